"""``convalgebra identities``: every theorem, checked again by computing."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from convalgebra.cli.mistakes import told
from convalgebra.cli.printing import FORMAT

if TYPE_CHECKING:
    from convalgebra.theorems.theorem import Checked, Theorem


@click.command("identities")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--cases",
    type=click.IntRange(1, 1000),
    default=12,
    show_default=True,
    help="How many drawn sizes each is checked at.",
)
@FORMAT
def list_identities(names: tuple[str, ...], cases: int, as_format: str) -> None:
    """Print the identities and check each: on drawn sizes, in symbols, and at its counterexamples.

    NAME is a label such as A12 or a part of a name; without one all are checked. Each is printed as soon
    as it is checked; interrupting it leaves those. The exit code is 1 when one does not hold.
    """
    from convalgebra.cli.progress import Progress, interruptible  # noqa: PLC0415
    from convalgebra.theorems.theorem import check  # noqa: PLC0415

    with told(name="NAME"):
        chosen = _chosen(names)
    found: list[Checked] = []
    with interruptible() as interruption, Progress(len(chosen)) as progress:
        for theorem in chosen:
            progress.stage(theorem.name)
            found.append(check(theorem, cases))
            if as_format == "text":
                progress.echo(_as_text(found[-1]))
    if as_format == "json":
        click.echo(json.dumps([_as_json(checked) for checked in found], indent=2, ensure_ascii=False))
    else:
        held = sum(map(bool, found))
        click.echo(f"{held} of {len(found)} identities hold, each at {cases} drawn sizes")
        if interruption.happened:
            click.echo(f"interrupted; checked so far: {len(found)} of {len(chosen)} identities")
    interruption.leave()
    if not all(found):
        sys.exit(1)


def _chosen(names: tuple[str, ...]) -> list[Theorem]:
    from convalgebra.theorems.table import identities  # noqa: PLC0415

    meant = [theorem for name in names for theorem in _meant(name)] if names else identities()
    return [theorem for at, theorem in enumerate(meant) if theorem not in meant[:at]]


def _meant(name: str) -> list[Theorem]:
    """Return the one identity that a name stands for, or all those of a label or a part of a name."""
    from convalgebra.errors import ArgumentError  # noqa: PLC0415
    from convalgebra.theorems.table import find_identity, identities  # noqa: PLC0415

    try:
        return [find_identity(name)]
    except ArgumentError:
        wanted = name.lower().strip()
        several = [t for t in identities() if wanted == t.label.lower() or wanted in t.name.lower()]
        if not wanted or not several:
            raise
        return several


_DIFFERING = {
    "entries": "the entries differ",
    "shapes": "the shapes differ",
    "existence": "a side does not exist",
}


def _as_text(checked: Checked) -> str:
    from convalgebra.formulas import sizes_text  # noqa: PLC0415

    theorem = checked.theorem
    mark, label = ("holds" if checked else "FAILS"), f"{theorem.label}  " if theorem.label else ""
    lines = [f"{mark}  {label}{theorem.name}", f"       {theorem.statement}"]
    if theorem.condition:
        lines.append(f"       if {theorem.condition}")
    for need in theorem.needs:
        lines.append(f"       not at {sizes_text(need.counterexample)}: {_DIFFERING[need.differs]}")
    lines.append(f"       source: {theorem.source}")
    lines += [f"       {failure}" for failure in checked.failures]
    return "\n".join(lines)


def _as_json(checked: Checked) -> dict[str, Any]:
    theorem = checked.theorem
    return {
        "label": theorem.label,
        "name": theorem.name,
        "statement": theorem.statement,
        "condition": theorem.condition,
        "counterexamples": [
            {
                "to": need.words,
                "sizes": {name: str(v) for name, v in need.counterexample.items()},
                "differs_in": need.differs,
            }
            for need in theorem.needs
        ],
        "source": theorem.source,
        "compared": theorem.compare,
        "cases": checked.in_integers,
        "in_symbols": checked.in_symbols,
        "holds": bool(checked),
        "failures": list(checked.failures),
    }
