"""What the commands print: sizes and formulas as numbers or text, and aligned lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from convalgebra.proofs import Size

F = TypeVar("F", bound=Callable[..., Any])


def format_option(choices: Sequence[str] = ("text", "json")) -> Callable[[F], F]:
    """Return the option that says how to print: the first choice is the default."""
    return click.option(
        "--format",
        "as_format",
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        help="How to print.",
    )


FORMAT = format_option()


def plain(size: Size) -> int | str:
    """Return a number as it is and a formula as text.

    >>> from convalgebra.sizes import symbol
    >>> plain(3), plain(1 + symbol("N"))
    (3, 'N + 1')
    """
    from convalgebra.formulas import text  # noqa: PLC0415

    return size if isinstance(size, int) else text(size)


def shape_text(shape: Sequence[Any]) -> str:
    """Return a shape in brackets, as it is written.

    >>> shape_text((3, "N"))
    '(3, N)'
    """
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def rows_of(rows: Sequence[Sequence[str]], gap: str = "  ") -> str:
    """Return rows of cells as lines with aligned columns; nothing is cut.

    >>> print(rows_of([("a", "bb", "c"), ("aaa", "b", "c")]))
    a    bb  c
    aaa  b   c
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (gap.join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines)
