"""``convalgebra derive``: how a cost, a ratio, a size, a receptive field or an identity comes about."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from convalgebra.cli.layers import layers_given
from convalgebra.cli.mistakes import told
from convalgebra.cli.options import described, describing
from convalgebra.cli.printing import format_option

if TYPE_CHECKING:
    from convalgebra.derivation.derivation import Derivation
    from convalgebra.operators.base import Operator

FORMATS = ("text", "latex", "markdown", "html", "json")
HELP_OF_NAMES = "What is not given stays a name."


@click.group(short_help="A derivation, step by step, each step checked.")
def derive() -> None:
    """Derive a result step by step, each with its reason, and check every step and the end.

    Steps are checked by sympy and by numbers at drawn sizes, the end by counting on sparse matrices. The
    exit code is 1 when a check fails.
    """


def _printing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say how to print, and whether to check."""
    checking = click.option(
        "--check/--no-check", "checked", default=True, help="Check it; this is the default."
    )
    return checking(format_option(FORMATS)(command))


def _of_one(name: str, what: str, deriving: Callable[[Operator], Derivation]) -> None:
    """Add the command that derives something of one operator."""

    def command(type_name: str, as_format: str, checked: bool, **given: Any) -> None:
        with told():
            _, operator = described(type_name, given)
            found = deriving(operator)
        _show(found, as_format, checked)

    command.__doc__ = f"Derive {what} of TYPE, for names or numbers. {HELP_OF_NAMES}"
    derive.command(name, short_help=f"{what[0].upper()}{what[1:]}.")(describing(_printing(command)))


def _cost(operator: Operator) -> Derivation:
    from convalgebra.derivation.costs import derive_cost  # noqa: PLC0415

    return derive_cost(operator)


def _output_size(operator: Operator) -> Derivation:
    from convalgebra.derivation.outputs import derive_output_size  # noqa: PLC0415

    return derive_output_size(operator)


def _receptive_field(operator: Operator) -> Derivation:
    from convalgebra.derivation.fields import derive_receptive_field  # noqa: PLC0415

    return derive_receptive_field(operator)


_of_one("cost", "the multiplications", _cost)
_of_one("output-size", "the output size", _output_size)
_of_one("receptive-field", "the receptive field", _receptive_field)


@derive.command("ratio", short_help="The cost of one type over that of another.")
@describing
@click.argument("other_name", metavar="OTHER")
@_printing
def ratio(type_name: str, other_name: str, as_format: str, checked: bool, **given: Any) -> None:
    """Derive the multiplications of TYPE over those of OTHER. Each takes the options that it has.

    For example `convalgebra derive ratio depthwise-separable conv`.
    """
    from convalgebra.derivation.ratios import derive_ratio  # noqa: PLC0415

    with told(a="TYPE", b="OTHER"):
        found = derive_ratio(*layers_given((type_name, other_name), given))
    _show(found, as_format, checked)


@derive.command("identity", short_help="One side of an identity from the other.")
@click.argument("name")
@_printing
def identity(name: str, as_format: str, checked: bool) -> None:
    """Derive the identity NAME, one of `convalgebra identities`, from its left side to its right side."""
    from convalgebra.derivation.identities import derive_identity  # noqa: PLC0415

    with told(name="NAME"):
        found = derive_identity(name)
    _show(found, as_format, checked)


def _show(found: Derivation, as_format: str, checked: bool) -> None:
    """Print a derivation, checked if wanted; end with exit code 1 where it fails."""
    if checked:
        with told():
            found = found.verified()
    verdict = found.verdict
    if as_format == "json":
        click.echo(json.dumps(found.json(), indent=2, ensure_ascii=False))
    else:
        click.echo(
            {"latex": found.latex, "markdown": found.markdown, "html": found.html}.get(
                as_format, found.text
            )()
        )
        if as_format == "text" and verdict is not None:
            click.echo(verdict.summary)
    if verdict is not None and not verdict:
        click.echo(f"convalgebra: the derivation does not hold: {verdict.summary}", err=True)
        sys.exit(1)
