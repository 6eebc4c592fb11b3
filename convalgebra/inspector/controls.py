"""The controls of a type of the catalogue: one for each parameter of its function, with what it may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from inspect import Parameter, signature
from typing import Any

from convalgebra.axis import PADDING_MODES
from convalgebra.catalogue.arguments import read_padding
from convalgebra.catalogue.grouped import FORMS, lenet5_c3
from convalgebra.catalogue.types import ConvType
from convalgebra.inspector.expressions import expression
from convalgebra.sizes import symbol

# What is no control: the name of a weight, and the points of Winograd, whose usual ones are taken.
NO_CONTROLS = frozenset({"name", "points"})


@dataclass(frozen=True)
class Control:
    """One control. ``default`` is a value, an expression of other controls, or None where one is required.

    ``least`` and ``most`` bound what the control offers; what is legal within them the conditions say.
    ``sides`` are a value before and one behind each axis. ``python`` is how an option is written in a call,
    where it is not written as it stands.

    >>> Control("stride", "size", per_axis=True, default=1).told()["per_axis"]
    True
    """

    key: str
    kind: str
    per_axis: bool = False
    sides: bool = False
    least: int | None = None
    most: int | None = None
    default: Any = None
    options: tuple[Any, ...] = ()
    help: str = ""
    python: Mapping[str, str] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """Return the control as the page reads it; ``python`` only where there is something in it."""
        found = {**asdict(self), "options": list(self.options)}
        return found if self.python else {k: v for k, v in found.items() if k != "python"}


TABLES: Mapping[str, tuple[tuple[int, ...], ...]] = {
    "three_of_two": ((1, 0), (1, 1), (0, 1)),
    "neighbours": ((1, 1, 0), (0, 1, 1), (1, 0, 1)),
    "lenet5_c3": lenet5_c3(),
}
MODULI = ("none", "13", "17", "2521")


def _same() -> list[Any]:
    """Return the padding that keeps the size, before an axis and behind it, by kernel and dilation."""
    pair = read_padding("same", [symbol("kernel_size")], [symbol("dilation")])[0]
    return [expression(side) for side in pair]


_CONTROLS: Mapping[str, Control] = {
    c.key: c
    for c in (
        Control("in_channels", "size", least=1, most=64, help="channels of the input"),
        Control("out_channels", "size", least=1, most=64, help="channels of the output"),
        Control("channels", "size", least=1, most=64, help="channels, each by itself"),
        Control("middle_channels", "size", least=1, most=64, help="channels between the factors"),
        Control("multiplier", "size", least=1, most=8, help="outputs of each channel"),
        Control("groups", "size", least=1, most=64, help="groups within which channels meet"),
        Control("input_size", "size", per_axis=True, least=1, most=64, help="values along an axis"),
        Control("kernel_size", "size", per_axis=True, least=1, most=15, help="taps along an axis"),
        Control(
            "stride", "size", per_axis=True, least=1, most=8, help="steps between neighbouring outputs"
        ),
        Control("dilation", "size", per_axis=True, least=1, most=8, help="steps between neighbouring taps"),
        Control("factor", "size", per_axis=True, least=1, most=8, help="how many times larger"),
        Control("tile", "choice", options=(1, 2, 3, 4), help="outputs that are computed together"),
        Control(
            "padding",
            "size",
            per_axis=True,
            sides=True,
            least=-15,
            most=15,
            help="values before and behind an axis; negative ones crop",
        ),
        Control(
            "amount", "size", per_axis=True, sides=True, least=0, most=15, help="what is cut off each end"
        ),
        Control(
            "output_padding",
            "size",
            per_axis=True,
            least=0,
            most=7,
            help="outputs more, that a strided convolution would have left over",
        ),
        Control("padding_mode", "choice", options=PADDING_MODES, help="what stands outside the input"),
        Control("flip", "flag", options=(False, True), help="mirrored kernel: signal processing"),
        Control("ceil_mode", "flag", options=(False, True), help="keep a last window that reaches beyond"),
        Control("count_include_pad", "flag", options=(True, False), help="padding counts in the mean"),
        Control("align_corners", "flag", options=(False, True), help="corners stay where they are"),
        Control("form", "choice", options=FORMS, help="which of the three equal forms"),
        Control(
            "table",
            "choice",
            options=tuple(TABLES),
            help="which output channel reads which input channel",
            python={k: "ca.lenet5_c3()" if k == "lenet5_c3" else repr(v) for k, v in TABLES.items()},
        ),
        Control(
            "modulus",
            "choice",
            options=MODULI,
            help="complex numbers, or integers modulo a prime",
            python={k: "None" if k == "none" else k for k in MODULI},
        ),
    )
}

# Defaults that are None in Python: the value of another control.
_AS_ANOTHER: Mapping[tuple[str, str], Any] = {
    ("spatially_separable", "middle_channels"): {"name": "out_channels"},
    ("shuffled_grouped", "middle_channels"): {"name": "out_channels"},
    ("average_pool", "stride"): {"name": "kernel_size"},
    ("fourier_conv", "padding"): _same(),
    ("fourier_conv", "modulus"): "none",
}

# What the structure itself depends on: one of a few numbers, the same along all axes.
_NUMBERS: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    "winograd": {"kernel_size": (2, 3, 4, 5), "tile": (1, 2, 3, 4)},
    "dilated_polyphase": {"dilation": (1, 2, 3), "stride": (1, 2), "padding": (0, 1)},
}


def controls_of(kind: ConvType) -> tuple[Control, ...]:
    """Return the controls of a type, in the order of the parameters of its function.

    >>> from convalgebra.catalogue.types import find_type
    >>> [c.key for c in controls_of(find_type("channel_shuffle"))]
    ['channels', 'input_size', 'groups']
    """
    parameters = signature(kind.function).parameters
    return tuple(_control(kind, parameters[p]) for p in kind.parameters if p not in NO_CONTROLS)


def _control(kind: ConvType, parameter: Parameter) -> Control:
    key, function = parameter.name, kind.function.__name__
    plain = None if parameter.default is Parameter.empty else parameter.default
    default = _AS_ANOTHER.get((function, key), plain)
    control = replace(_CONTROLS[key], default=default)
    numbers = _NUMBERS.get(function, {}).get(key)
    if numbers is None:
        return control
    return Control(key, "choice", default=default, options=numbers, help=control.help)


def choices(kind: ConvType) -> tuple[Control, ...]:
    """Return the controls of which each value makes another structure.

    >>> from convalgebra.catalogue.types import find_type
    >>> [c.key for c in choices(find_type("winograd"))]
    ['kernel_size', 'tile']
    """
    return tuple(c for c in controls_of(kind) if c.kind != "size")


def has_branches(chosen: Mapping[str, Any]) -> bool:
    """Say whether among the choices is a form of a block that has a branch for each group.

    >>> has_branches({"form": "split"}), has_branches({"form": "grouped"}), has_branches({"flip": True})
    (True, False, False)
    """
    return bool(chosen.get("form", FORMS[0]) != FORMS[0])


def axes_of(kind: ConvType) -> tuple[int, ...]:
    """Return how many axes a type may have.

    >>> from convalgebra.catalogue.types import find_type
    >>> axes_of(find_type("conv")), axes_of(find_type("conv_3d"))
    ((1, 2, 3), (3,))
    """
    named = {
        "conv_1d": (1,),
        "conv_3d": (3,),
        "volume_conv": (2,),
        "dilated_polyphase": (1, 2),
        "winograd": (1, 2),
    }
    return named.get(kind.name, (1, 2, 3))
