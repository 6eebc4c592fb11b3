"""``convalgebra claims``: what the literature states, and a verdict on it, computed anew."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from convalgebra.cli.mistakes import told
from convalgebra.cli.printing import FORMAT

if TYPE_CHECKING:
    from convalgebra.claims.claim import Claim, Finding, Judgement

VERDICTS = ("exact", "conditional", "wrong", "cited", "undecided")


@click.command("claims")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--section", help="Only the claims of a section: its number or a part of its name.")
@click.option("--verdict", type=click.Choice(VERDICTS), help="Show only those with this verdict.")
@FORMAT
def list_claims(ids: tuple[str, ...], section: str | None, verdict: str | None, as_format: str) -> None:
    """Print the claims of the literature and judge each anew, by derivation and by measurement.

    ID is the label of a claim such as S08-12: what was found is printed too. No verdict is printed that
    was not computed now; the exit code is 1 when one differs from the recorded one. Cited claims are
    about hardware, history or accuracies: they are not checked.
    """
    from convalgebra.claims.ledger import judge  # noqa: PLC0415
    from convalgebra.cli.progress import Progress  # noqa: PLC0415

    with told():
        chosen = _chosen(ids, section)
    judged = []
    with Progress(len(chosen)) as progress:
        for claim in chosen:
            progress.stage(claim.id)
            judged.append(judge(claim))
    shown = [one for one in judged if verdict in (None, str(one.verdict))]
    if as_format == "json":
        click.echo(json.dumps([as_json(one) for one in shown], indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_in_full(shown) if ids else _as_list(shown)))
        if not ids:
            click.echo("\n" + "\n".join(_summary(judged)))
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


def _as_list(judged: Iterable[Judgement]) -> Iterator[str]:
    section = None
    for one in judged:
        if one.claim.section != section:
            if section is not None:
                yield ""
            section = one.claim.section
            yield section
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


def _in_full(judged: Iterable[Judgement]) -> Iterator[str]:
    from convalgebra.claims.claim import Road  # noqa: PLC0415

    for index, one in enumerate(judged):
        claim = one.claim
        yield f"{'' if index == 0 else chr(10)}{claim.id}  {one.verdict}{_differs(one)}"
        yield f"  {claim.statement}"
        yield f"  {'section':<16}{claim.section}"
        for name in _FIELDS:
            if getattr(claim, name):
                yield f"  {name:<16}{getattr(claim, name)}"
        yield f"  {'recorded':<16}{claim.verdict}"
        if not one.findings:
            yield f"  {'recomputed':<16}no: cited, not checked"
            continue
        roads = ", ".join(f"by {road} {one.reached(road)}" for road in Road)
        yield f"  {'recomputed':<16}{one.verdict} ({roads})"
        for road in Road:
            yield f"  {road}"
            yield from (f"    {_in_a_line(finding)}" for finding in one.on(road))


def _in_a_line(finding: Finding) -> str:
    agrees = "holds" if finding.agrees else "fails"
    where = "" if finding.inside else ", outside the condition"
    which = "the right statement " if finding.right else ""
    says, found = in_text(finding.said), in_text(finding.found)
    return f"{which}{agrees}{where}: {finding.at}: says {says}, found {found}"


def in_text(value: Any) -> str:
    """Return what is said or found as text: formulas in reading order, arrays as lists.

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
        inside = ", ".join(map(in_text, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    return text(value) if isinstance(value, sympy.Basic) else str(value)


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
                "found": in_text(finding.found),
                "agrees": finding.agrees,
                "inside": finding.inside,
                "right": finding.right,
            }
            for finding in one.findings
        ],
    }
