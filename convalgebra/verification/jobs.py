"""What there is to check, in pieces that can be run anywhere, each with the command that repeats it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from time import perf_counter

from convalgebra.catalogue.types import find_type, types
from convalgebra.claims.claim import Verdict
from convalgebra.claims.ledger import find_claim, judge, ledger
from convalgebra.derivation.costs import derive_cost
from convalgebra.derivation.derivation import Derivation
from convalgebra.derivation.fields import derive_receptive_field
from convalgebra.derivation.identities import derive_identity
from convalgebra.derivation.outputs import derive_output_size
from convalgebra.derivation.ratios import derive_ratio
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.theorems.table import find_identity, identities
from convalgebra.theorems.theorem import check
from convalgebra.verification.closed import check_closed_forms, layers

Found = tuple[int, tuple[str, ...]]


@dataclass(frozen=True)
class Kind:
    """One kind of check: what it is called, its names, and how one is done.

    ``check(name, seed, cases)`` returns how many (operator, sizes) it looked at, and what failed.
    ``drawn`` says that another seed draws other sizes.
    """

    name: str
    summary: str
    names: Callable[[], Iterable[str]]
    check: Callable[[str, int, int], Found]
    drawn: bool


@dataclass(frozen=True)
class Job:
    """One thing to check, with sizes drawn from a seed."""

    kind: str
    name: str
    seed: int
    cases: int

    @property
    def command(self) -> str:
        """The command that does just this again."""
        what = shlex.quote(f"{self.kind}:{self.name}")
        return f"convalgebra verify --only {what} --seed {self.seed} --cases {self.cases}"


@dataclass(frozen=True)
class Outcome:
    """What came of a job: how many (operator, sizes) were looked at, and what failed."""

    job: Job
    checks: int
    failures: tuple[str, ...]
    seconds: float


def run(job: Job) -> Outcome:
    """Do a job. What goes wrong in it, an error too, is a failure, not an error."""
    begun = perf_counter()
    try:
        checks, failures = _KINDS[job.kind].check(job.name, job.seed, job.cases)
    except Exception as error:
        checks, failures = 0, (f"{type(error).__name__}: {error}",)
    return Outcome(job, checks, failures, perf_counter() - begun)


def jobs(only: Iterable[str], seed: int, cases: int) -> list[Job]:
    """Return what is to be done: everything, or what ``only`` names as KIND or KIND:NAME.

    An identity may be named by its label, which several may share. Raises ``ArgumentError`` for a kind or
    name that there is not, and for a claim that is cited only.

    >>> [job.name for job in jobs(["closed-forms:conv"], seed=0, cases=1)]
    ['conv']
    """
    named = [_meant(text) for text in (list(only) or list(_KINDS))]
    # The kinds take turns, so that a short budget sees something of each.
    turns = sorted(
        (at / len(names), turn, kind.name, name)
        for turn, names in enumerate(named)
        for at, (kind, name) in enumerate(names)
    )
    return list(dict.fromkeys(Job(kind, name, seed, cases) for _, _, kind, name in turns))


def _meant(text: str) -> list[tuple[Kind, str]]:
    kind_name, _, name = text.partition(":")
    kind = _KINDS.get(kind_name)
    if kind is None:
        raise ArgumentError(f"--only {text}: the kind must be one of {', '.join(_KINDS)}")
    names = list(kind.names())
    meant = _named(kind_name, name.strip().lower(), names) if name else names
    if not meant:
        if kind_name == "claims" and name.strip().upper() in {claim.id for claim in ledger()}:
            raise ArgumentError(f"--only {text}: this claim is cited, there is nothing to check")
        near = get_close_matches(name, names, 3, 0.5) or [*names[:3], "and so on"]
        raise ArgumentError(f"--only {text}: {kind_name} has no {name!r}; it has {', '.join(near)}")
    return [(kind, each) for each in meant]


def _named(kind_name: str, wanted: str, names: Iterable[str]) -> list[str]:
    """Return what has a name, in small letters; of identities also all that have it as their label."""
    if found := [each for each in names if each.lower() == wanted]:
        return found
    labelled = identities() if kind_name == "identities" and wanted else ()  # some have none
    return [theorem.name for theorem in labelled if theorem.label.lower() == wanted]


def again(job: Job, seed: int) -> Job | None:
    """Return the job with other sizes, if it draws any."""
    return Job(job.kind, job.name, seed, job.cases) if _KINDS[job.kind].drawn else None


# --- the kinds -----------------------------------------------------------------------------------


def _check_identity(name: str, seed: int, cases: int) -> Found:
    checked = check(find_identity(name), cases, seed)
    return checked.in_integers, checked.failures


def _check_claim(name: str, seed: int, cases: int) -> Found:
    judgement = judge(find_claim(name))
    told = f"the verdict is {judgement.verdict}, recorded is {judgement.claim.verdict}"
    return len(judgement.findings), () if judgement.stands else (told,)


def _check_derivation(name: str, seed: int, cases: int) -> Found:
    """Check what is derived of a type: each step, and what it ends in against what is measured."""
    subject, _, about = name.partition(": ")
    verified = _DERIVED[subject](about).verify()
    told = [str(step) for step in verified.wrong]
    told += [str(row) for row in verified.rows if not row.agrees]
    if not verified and not told:
        told.append("no size was measured")
    return len(verified.rows), tuple(told)


def _made(type_name: str) -> Operator:
    return find_type(type_name).make()


_DERIVED: dict[str, Callable[[str], Derivation]] = {
    "cost": lambda name: derive_cost(_made(name)),
    "ratio to conv": lambda name: derive_ratio(_made(name), _made("conv")),
    "output size": lambda name: derive_output_size(_made(name)),
    "receptive field": lambda name: derive_receptive_field(_made(name)),
    "identity": derive_identity,
}


def _derivations() -> list[str]:
    """Return what can be derived: every identity, and of every type what it has."""
    found = [f"identity: {theorem.name}" for theorem in identities()]
    for kind in types():
        multiplies = kind.make().multiplications != 0
        found += [f"{subject}: {kind.name}" for subject in ("cost", "ratio to conv") if multiplies]
        found += [
            f"{subject}: {kind.name}"
            for subject in ("output size", "receptive field")
            if _exists(_DERIVED[subject], kind.name)
        ]
    return found


def _exists(derive: Callable[[str], Derivation], about: str) -> bool:
    """Say whether there is such a derivation: a form that takes the image apart has no output size."""
    try:
        derive(about)
    except ArgumentError:
        return False
    return True


def _claims() -> list[str]:
    return [claim.id for claim in ledger() if claim.verdict != Verdict.CITED]


KINDS = (
    Kind(
        "closed-forms",
        "formulas of every layer against counted products",
        lambda: tuple(layers()),
        check_closed_forms,
        drawn=True,
    ),
    Kind(
        "identities",
        "theorems: two matrices, entry for entry",
        lambda: [theorem.name for theorem in identities()],
        _check_identity,
        drawn=True,
    ),
    Kind("derivations", "each step, and the end against counts", _derivations, _check_derivation, False),
    Kind("claims", "the literature's statements, judged anew", _claims, _check_claim, False),
)
_KINDS = {kind.name: kind for kind in KINDS}
