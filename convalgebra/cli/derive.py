"""``convalgebra derive``: how a cost, a ratio, a size, a receptive field or an identity comes about."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from difflib import get_close_matches
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


class _OfType(click.Group):
    """A group that takes the name of a type where it expects a command: its cost, or a ratio."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named, or the one that is about a type."""
        if args[0] in self.commands or (args[0].startswith("-") and not _is_type(args[0])):
            return super().resolve_command(ctx, args)
        if not _is_type(args[0]):
            names = ", ".join(self.commands)
            near = get_close_matches(args[0].lower().replace("-", "_"), _types(), 3, 0.5)
            hint = f"; near it: {', '.join(near)}" if near else ""
            ctx.fail(f"{args[0]!r} is neither one of {names} nor a type of the catalogue{hint}")
        return "type", of_type, args


def _is_type(name: str) -> bool:
    return name.lower().replace("-", "_") in _types()


def _types() -> list[str]:
    from convalgebra.catalogue.types import types  # noqa: PLC0415

    return [kind.name for kind in types()]


@click.group(cls=_OfType, short_help="A derivation, step by step, each step checked.")
def derive() -> None:
    """Derive a result step by step, each with its reason, and check every step and the end.

    Steps are checked by sympy and by numbers at drawn sizes, the end by counting on sparse matrices. The
    exit code is 1 when a check fails.

    `convalgebra derive TYPE` is the cost of a type, `convalgebra derive TYPE --against OTHER` the ratio to
    another; with --snippet either is LaTeX for a paper.
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


@click.command("type", short_help="The cost of a type, or with --against its ratio to another.")
@describing
@click.option("--against", "other_name", metavar="OTHER", help="The type to be compared with.")
@click.option(
    "--snippet",
    is_flag=False,
    flag_value="derivation",
    type=click.Choice(("derivation", "table")),
    help=r"LaTeX to \input in a paper: the derivation, or a table of formula, measured, verdict.",
)
@click.option(
    "--language", type=click.Choice(("en", "zh")), default="en", help="The language of a snippet."
)
@_printing
def of_type(
    type_name: str,
    other_name: str | None,
    snippet: str | None,
    language: str,
    as_format: str,
    checked: bool,
    **given: Any,
) -> None:
    """Derive the multiplications of TYPE, or those of TYPE over those of OTHER.

    For example `convalgebra derive depthwise-separable --against conv --snippet`.
    """
    from convalgebra.derivation.ratios import derive_ratio  # noqa: PLC0415

    with told(a="TYPE", b="--against"):
        names = (type_name,) if other_name is None else (type_name, other_name)
        operators = tuple(layers_given(names, given))
        found = _cost(operators[0]) if other_name is None else derive_ratio(*operators)
    if snippet is None:
        _show(found, as_format, checked)
        return
    from convalgebra.reporting.snippets import snippet as written  # noqa: PLC0415

    with told():
        click.echo(written(found, snippet, language=language), nl=False)


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
