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

    NAME is a label such as A12 or a part of a name; without one all are checked. The exit code is 1
    when one does not hold.
    """
    from convalgebra.cli.progress import Progress  # noqa: PLC0415
    from convalgebra.theorems.theorem import check  # noqa: PLC0415

    with told():
        chosen = _chosen(names)
    found = []
    with Progress(len(chosen)) as progress:
        for theorem in chosen:
            progress.stage(theorem.name)
            found.append(check(theorem, cases))
    if as_format == "json":
        click.echo(json.dumps([_as_json(checked) for checked in found], indent=2, ensure_ascii=False))
    else:
        for checked in found:
            click.echo(_as_text(checked))
        held = sum(map(bool, found))
        click.echo(f"{held} of {len(found)} identities hold, each at {cases} drawn sizes")
    if not all(found):
        sys.exit(1)


def _chosen(names: tuple[str, ...]) -> list[Theorem]:
    from convalgebra.errors import ArgumentError  # noqa: PLC0415
    from convalgebra.theorems.table import identities  # noqa: PLC0415

    known = identities()
    found: list[Theorem] = []
    for name in names:
        wanted = name.lower().strip()
        meant = [t for t in known if wanted == t.label.lower() or (wanted and wanted in t.name.lower())]
        if not meant:
            raise ArgumentError(
                f"NAME={name!r} is no identity; `convalgebra identities` prints their names"
            )
        found += [theorem for theorem in meant if theorem not in found]
    return found if names else list(known)


def _as_text(checked: Checked) -> str:
    theorem = checked.theorem
    mark, label = ("holds" if checked else "FAILS"), f"{theorem.label}  " if theorem.label else ""
    lines = [f"{mark}  {label}{theorem.name}", f"       {theorem.statement}"]
    if theorem.condition:
        lines.append(f"       if {theorem.condition}")
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
