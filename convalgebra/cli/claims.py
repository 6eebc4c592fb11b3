"""``convalgebra claims``: what the literature states, and a verdict on it, computed anew."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from convalgebra.cli.mistakes import told
from convalgebra.cli.printing import FORMAT

if TYPE_CHECKING:
    import sympy

    from convalgebra.claims.claim import Claim, Finding, Judgement

VERDICTS = ("exact", "conditional", "wrong", "cited", "undecided")
# A formula of more operations is printed as it is: to factor it could take long.
MOST_OPERATIONS = 200


@click.command("claims")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--section", help="Only the claims of a section: its number or a part of its name.")
@click.option("--verdict", type=click.Choice(VERDICTS), help="Show only those with this verdict.")
@FORMAT
def list_claims(ids: tuple[str, ...], section: str | None, verdict: str | None, as_format: str) -> None:
    """Print the claims of the literature and judge each anew, by derivation and by measurement.

    ID is the label of a claim such as S08-12: what was found is printed too. No verdict is printed that
    was not computed now; the exit code is 1 when one differs from the recorded one. Cited claims are
    about hardware, history or accuracies: they are not checked. Each is printed as soon as it is judged;
    interrupting it leaves those and a summary of them.
    """
    from convalgebra.claims.ledger import judge  # noqa: PLC0415
    from convalgebra.cli.progress import Progress, interruptible  # noqa: PLC0415

    with told(claim="ID", section="--section"):
        chosen = _chosen(ids, section)
    told_as = _in_full if ids else _as_list
    judged: list[Judgement] = []
    shown: list[Judgement] = []
    with interruptible() as interruption, Progress(len(chosen)) as progress:
        for claim in chosen:
            progress.stage(claim.id)
            one = judge(claim)
            judged.append(one)
            if verdict in (None, str(one.verdict)):
                if as_format == "text":
                    progress.echo("\n".join(told_as(one, shown[-1] if shown else None)))
                shown.append(one)
    if as_format == "json":
        click.echo(json.dumps([as_json(one) for one in shown], indent=2, ensure_ascii=False))
    else:
        if not ids:
            click.echo("\n" + "\n".join(_summary(judged)))
        if interruption.happened:
            click.echo(f"interrupted; judged so far: {len(judged)} of {len(chosen)} claims")
    interruption.leave()
    if not all(one.stands for one in judged):
        sys.exit(1)


def _chosen(ids: tuple[str, ...], section: str | None) -> list[Claim]:
    from convalgebra.claims.ledger import find_claim, find_section, ledger  # noqa: PLC0415

    named = list(dict.fromkeys(map(find_claim, ids))) if ids else list(ledger())
    if section is None:
        return named
    there = find_section(section)
    return [claim for claim in named if claim in there]


# --- a line for each -------------------------------------------------------------------------------


def _as_list(one: Judgement, before: Judgement | None) -> Iterator[str]:
    """Yield a claim's line, below the name of its section where another section begins."""
    if before is None or one.claim.section != before.claim.section:
        yield from ([] if before is None else [""])
        yield one.claim.section
    yield f"  {one.claim.id:<12}{one.verdict:<13}{one.claim.statement}{_differs(one)}"


def _differs(one: Judgement) -> str:
    return "" if one.stands else f"  [RECORDED AS {str(one.claim.verdict).upper()}]"


def _summary(judged: list[Judgement]) -> Iterator[str]:
    """Say how many there are of each verdict: the checked ones first, the cited ones apart."""
    counts = Counter(str(one.verdict) for one in judged)
    checked = len(judged) - counts["cited"]
    each = ", ".join(f"{counts[name]} {name}" for name in VERDICTS if name != "cited" and counts[name])
    yield f"{checked} claims checked by derivation and by measurement{f': {each}' if each else ''}"
    if counts["cited"]:
        yield f"{counts['cited']} cited, not checked"
    wrong = [one.claim.id for one in judged if not one.stands]
    yield f"recorded otherwise: {', '.join(wrong)}" if wrong else "each verdict is the recorded one"


# --- one in full -----------------------------------------------------------------------------------

_FIELDS = ("formula", "source", "convention", "condition", "right", "counterexample", "note")


def _in_full(one: Judgement, before: Judgement | None) -> Iterator[str]:
    from convalgebra.claims.claim import Road  # noqa: PLC0415

    claim = one.claim
    yield from ([] if before is None else [""])
    yield f"{claim.id}  {one.verdict}{_differs(one)}"
    yield f"  {claim.statement}"
    yield f"  {'section':<16}{claim.section}"
    for name in _FIELDS:
        if getattr(claim, name):
            yield f"  {name:<16}{getattr(claim, name)}"
    yield f"  {'recorded':<16}{claim.verdict}"
    if not one.findings:
        yield f"  {'recomputed':<16}no: cited, not checked"
        return
    roads = ", ".join(f"by {road} {one.reached(road)}" for road in Road)
    yield f"  {'recomputed':<16}{one.verdict} ({roads})"
    for road in Road:
        yield f"  {road}"
        yield from (f"    {_in_a_line(finding)}" for finding in one.on(road))


def _in_a_line(finding: Finding) -> str:
    agrees = "holds" if finding.agrees else "fails"
    where = "" if finding.inside else ", outside the condition"
    which = "the right statement " if finding.right else ""
    says, found = in_text(finding.said), _found(finding.found)
    return f"{which}{agrees}{where}: {finding.at}: says {says}, found {found}"


def _found(value: Any) -> str:
    """Return what was found as text: it came out of computing, so it is put as a person would print it."""
    return in_text(value, readable)


def in_text(value: Any, form: Callable[[sympy.Basic], sympy.Basic] = lambda formula: formula) -> str:
    """Return what is said or found as text: formulas in reading order and a form, arrays as lists.

    >>> from convalgebra.sizes import symbol
    >>> in_text([1 / symbol("h") ** 2 + 1 / symbol("N_c"), 3, True])
    '[1/N_c + 1/h**2, 3, True]'
    """
    import numpy as np  # noqa: PLC0415
    import sympy  # noqa: PLC0415

    from convalgebra.formulas import text  # noqa: PLC0415

    if isinstance(value, np.ndarray | sympy.MatrixBase):
        value = value.tolist()
    if isinstance(value, tuple | list):
        inside = ", ".join(in_text(part, form) for part in value)
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    return text(form(value)) if isinstance(value, sympy.Basic) else str(value)


def readable(formula: sympy.Basic) -> sympy.Basic:
    """Return a fraction of polynomials as one, in factors, where that is not longer to read.

    >>> from convalgebra.sizes import symbol
    >>> N, m = symbol("N"), symbol("m")
    >>> readable((m - 2 * N - 1) / (m**2 - N * m - m))
    (2*N - m + 1)/(m*(N - m + 1))
    """
    import sympy  # noqa: PLC0415

    from convalgebra.formulas import cancelled, shortest  # noqa: PLC0415

    names = formula.free_symbols
    if not isinstance(formula, sympy.Expr) or not names or formula.has(sympy.Float):
        return formula
    if formula.is_polynomial(*names) or not formula.is_rational_function(*names):
        return formula
    if sympy.count_ops(formula) > MOST_OPERATIONS:
        return formula
    found: sympy.Basic = shortest(cancelled(formula), formula)
    return found


# --- data ------------------------------------------------------------------------------------------


def as_json(one: Judgement) -> dict[str, Any]:
    """Return a judgement as plain data: the record, what was found now, and whether they agree."""
    from dataclasses import asdict  # noqa: PLC0415

    from convalgebra.claims.claim import Road  # noqa: PLC0415

    record = asdict(one.claim)
    recorded = record.pop("verdict")
    return {
        **record,
        "recorded": str(recorded),
        "verdict": str(one.verdict),
        "checked": bool(one.findings),
        "stands": one.stands,
        "roads": {str(road): str(one.reached(road)) for road in Road},
        "findings": [
            {
                "road": str(finding.road),
                "at": finding.at,
                "says": in_text(finding.said),
                "found": _found(finding.found),
                "agrees": finding.agrees,
                "inside": finding.inside,
                "right": finding.right,
            }
            for finding in one.findings
        ],
    }
