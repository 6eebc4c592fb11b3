"""The options that describe a convolution: one table, keyword by keyword of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from convalgebra.cli import reading

if TYPE_CHECKING:
    from convalgebra.catalogue.types import ConvType
    from convalgebra.operators.base import Operator

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Option:
    """An option: the keyword it gives, how it is spelt, how its text is read, and what it says."""

    keyword: str
    spellings: tuple[str, ...]
    read: Callable[[str, str], Any]
    help: str
    shown: str = "SIZE"

    @property
    def spelling(self) -> str:
        """The spelling that messages use: the first."""
        return self.spellings[0]

    @property
    def is_switch(self) -> bool:
        """Whether it takes no value."""
        return self.read is reading.switch


def _sizes(keyword: str, spelling: str, text: str, *others: str) -> Option:
    return Option(keyword, (spelling, *others), reading.sizes, text, "SIZE[,SIZE...]")


OPTIONS: tuple[Option, ...] = (
    Option("in_channels", ("--in", "--in-channels"), reading.size, "Channels of the input."),
    Option("out_channels", ("--out", "--out-channels"), reading.size, "Channels of the output."),
    _sizes("input_size", "--input", "Size of the input, one per axis: 7,7 or N,N or 2*q,2*q."),
    _sizes("kernel_size", "--kernel", "Size of the kernel, for all axes or one per axis."),
    _sizes("stride", "--stride", "Step from output to output."),
    Option(
        "padding",
        ("--padding",),
        reading.padding,
        "1 or 1,2 or low:high pairs 1:0,2:2, or valid, same, full.",
        "PADDING",
    ),
    _sizes("dilation", "--dilation", "Step from tap to tap."),
    Option("groups", ("--groups",), reading.size, "Groups of channels that do not meet."),
    Option("multiplier", ("--multiplier",), reading.size, "Outputs per channel of a depthwise one."),
    Option("middle_channels", ("--middle-channels",), reading.size, "Channels between the factors."),
    _sizes("output_padding", "--output-padding", "What a transposed one adds at the end."),
    Option(
        "padding_mode", ("--padding-mode",), reading.word, "zeros, circular, reflect or replicate.", "MODE"
    ),
    _sizes("factor", "--factor", "How many times larger or smaller."),
    _sizes("tile", "--tile", "Outputs per tile of Winograd's."),
    Option("points", ("--points",), reading.fractions, "Winograd's finite points: 0,1,-1,1/2.", "NUMBERS"),
    Option("amount", ("--amount",), reading.padding, "What cropping takes off: 1 or 1:0,2:2.", "SIZE"),
    Option("form", ("--form",), reading.word, "The form of a ResNeXt block.", "FORM"),
    Option("modulus", ("--modulus",), reading.whole, "A prime: frequencies in its integers.", "PRIME"),
    Option("table", ("--table",), reading.table, "A text file of 0 and 1: out by in channels.", "FILE"),
    Option("name", ("--name",), reading.word, "The name of the weight.", "NAME"),
    Option("flip", ("--flip/--no-flip",), reading.switch, "Mirror the kernel."),
    Option(
        "ceil_mode",
        ("--ceil-mode/--no-ceil-mode",),
        reading.switch,
        "Whether a last window may overhang.",
    ),
    Option(
        "count_include_pad",
        ("--count-include-pad/--no-count-include-pad",),
        reading.switch,
        "Whether padding counts in a mean.",
    ),
    Option(
        "align_corners",
        ("--align-corners/--no-align-corners",),
        reading.switch,
        "Whether corners stay in place.",
    ),
)

# Keyword -> how a message spells it.
SPELLINGS: Mapping[str, str] = {
    **{o.keyword: o.spelling.partition("/")[0] for o in OPTIONS},
    "channels": "--in",
    "memory_limit": "--memory-limit",
    "output": "--output",
}


def describing(command: F) -> F:
    """Give a command the argument TYPE and every option that describes a convolution."""
    return click.argument("type_name", metavar="TYPE")(describing_layers(command))


def describing_layers(command: F) -> F:
    """Give a command every option that describes a convolution."""
    for option in reversed(OPTIONS):
        given: dict[str, Any] = {"help": option.help, "default": None}
        if not option.is_switch:
            given["metavar"] = option.shown
        command = click.option(*option.spellings, option.keyword, **given)(command)
    return command


def described(type_name: str, given: Mapping[str, Any]) -> tuple[ConvType, Operator]:
    """Return the type of that name and its operator for the options given as text.

    Raises what ``keywords_of`` raises, and what the type itself raises.
    """
    kind, keywords = keywords_of(type_name, given)
    return kind, kind.make(**keywords)


def keywords_of(type_name: str, given: Mapping[str, Any]) -> tuple[ConvType, dict[str, Any]]:
    """Return the type of that name and its keywords for the options given as text.

    Raises ``UsageError`` for an option that the type does not take or that reads as nothing.
    """
    from convalgebra.catalogue.types import find_type  # noqa: PLC0415

    kind = find_type(type_name)
    keywords = {}
    for option in OPTIONS:
        value = given.get(option.keyword)
        if value is None:
            continue
        keyword = _keyword(option.keyword, kind.parameters)
        if keyword not in kind.parameters:
            takes = ", ".join(SPELLINGS[p] for p in kind.parameters if p in SPELLINGS)
            raise click.UsageError(
                f"{SPELLINGS[option.keyword]} is not an option of {kind.name}; it takes {takes}"
            )
        keywords[keyword] = option.read(value, SPELLINGS[option.keyword])
    return kind, keywords


def _keyword(keyword: str, parameters: tuple[str, ...]) -> str:
    """Return "channels" for in_channels where a type has one number of channels for both sides."""
    both = keyword == "in_channels" and "in_channels" not in parameters and "channels" in parameters
    return "channels" if both else keyword


def require_numbers(kind: ConvType, operator: Operator, given: Mapping[str, Any]) -> None:
    """Raise ``UsageError`` that says which names are left, and which options give them numbers."""
    if not operator.symbols:
        return
    names = ", ".join(sorted(map(str, operator.symbols)))
    shown = [k for k in kind.shown_with if k in SPELLINGS and k in kind.parameters]
    missing = [SPELLINGS[k] for k in shown if not _is_given(k, given)]
    missing += [SPELLINGS[o.keyword] for o in OPTIONS if _has_letters(given.get(o.keyword), o)]
    raise click.UsageError(
        f"a matrix needs numbers, and {names} are names: give numbers with {', '.join(missing)}"
    )


def _is_given(keyword: str, given: Mapping[str, Any]) -> bool:
    return given.get("in_channels" if keyword == "channels" else keyword) is not None


def _has_letters(value: Any, option: Option) -> bool:
    sized = option.read in (reading.size, reading.sizes, reading.padding)
    words = isinstance(value, str) and value not in reading.PADDING_NAMES
    return sized and words and any(c.isalpha() for c in value)
