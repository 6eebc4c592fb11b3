"""The operator of a type with names for its sizes, made by the catalogue's own function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy

from convalgebra.catalogue.types import ConvType
from convalgebra.inspector.controls import TABLES, Control, controls_of, has_branches
from convalgebra.inspector.standins import any_sign
from convalgebra.operators.base import Operator
from convalgebra.operators.leaves import divides
from convalgebra.proofs import Max, as_formula, at_least
from convalgebra.sizes import product, symbol

# Sizes that may be 0 or less: names of the algebra are positive.
SIGNED = frozenset({"padding", "output_padding", "amount"})

Condition = tuple[sympy.Basic, str]


@dataclass(frozen=True)
class Setting:
    """What of a type is settled: its axes, the values chosen, which sizes keep their default.

    ``linked`` has one name for all axes and both sides, but for the input's; ``letter`` names a size.
    """

    kind: ConvType
    axes: int
    chosen: Mapping[str, Any]
    plain: frozenset[str] = frozenset()
    linked: bool = False
    letter: Callable[[str], str] = str


@dataclass(frozen=True)
class Symbolic:
    """An operator with names; ``shares`` are its stand-ins, ``extra`` what numbers must meet besides."""

    operator: Operator
    shares: Mapping[str, sympy.Expr] = field(default_factory=dict)
    extra: tuple[Condition, ...] = ()


def symbolic(setting: Setting) -> Symbolic:
    """Return the operator of a setting with names for all that is not settled.

    >>> from convalgebra.catalogue.types import find_type
    >>> made = symbolic(Setting(find_type("conv"), 1, {"padding_mode": "zeros", "flip": False}))
    >>> [str(c) for c in made.operator.conditions][1:]
    ['Eq(Mod(in_channels, groups), 0)', 'Eq(Mod(out_channels, groups), 0)']
    """
    arguments = sizes_of(setting)
    for key, value in setting.chosen.items():
        arguments[key] = in_python(key, value)
    given = _Given(setting, arguments, {}, [])
    if (mend := _MENDED.get(setting.kind.function.__name__)) is not None:
        mend(given)
    operator = setting.kind.function(**arguments, **setting.kind.settled)
    return Symbolic(operator, given.shares, tuple(given.extra))


def sizes_of(setting: Setting) -> dict[str, Any]:
    """Return a name, or one for each axis, for each parameter that does not keep its default."""
    return {
        control.key: _argument(setting, control)
        for control in controls_of(setting.kind)
        if control.kind == "size" and control.key not in setting.plain
    }


def in_python(key: str, value: Any) -> Any:
    """Return the argument that an option of a choice stands for.

    >>> in_python("modulus", "none"), in_python("modulus", "13"), in_python("flip", True)
    (None, 13, True)
    """
    if key == "table":
        return TABLES[value]
    if key == "modulus":
        return None if value == "none" else int(value)
    return value


def _argument(setting: Setting, control: Control) -> Any:
    def one(name: str) -> Any:
        signed = control.key in SIGNED and not setting.linked
        return any_sign(setting.letter(name)) if signed else symbol(setting.letter(name))

    if not control.per_axis:
        return one(control.key)
    names = [f"{control.key}_{a}" for a in range(setting.axes)]
    return tuple((one(f"{n}_lo"), one(f"{n}_hi")) if control.sides else one(n) for n in names)


# --- where numbers are asked more than names, or a name must be a multiple ------------------------


@dataclass(frozen=True)
class _Given:
    setting: Setting
    arguments: dict[str, Any]
    shares: dict[str, sympy.Expr]
    extra: list[Condition]

    def share(self, whole: sympy.Symbol, part: Any) -> sympy.Expr:
        """Return a size that is a multiple of a part: a share takes the place of the whole."""
        name = f"{whole.name}_share"
        self.shares[name] = whole / part
        self.need(sympy.Eq(sympy.Mod(whole, part), 0), "what is divided must come out even")
        return symbol(name) * part

    def need(self, condition: sympy.Basic, words: str) -> None:
        self.extra.append((condition, words))


def _transposed(given: _Given) -> None:
    axes = range(given.setting.axes)
    extras = given.arguments.get("output_padding", ())
    for a in axes if extras else ():
        stride = given.arguments["stride"][a] if "stride" in given.arguments else 1
        dilation = given.arguments["dilation"][a] if "dilation" in given.arguments else 1
        given.need(at_least(extras[a], 0), "the output padding must not be negative")
        most = Max(as_formula(stride), as_formula(dilation))
        given.need(
            sympy.Ge(most, extras[a] + 1), "the output padding must be below the stride or the dilation"
        )


def _cropped(given: _Given) -> None:
    for pair in given.arguments["amount"]:
        for side in pair:
            given.need(at_least(side, 0), "what is cut off must not be negative")


def _in_groups(given: _Given) -> None:
    if "groups" in given.arguments:
        for key in ("in_channels", "out_channels"):
            for condition in divides(given.arguments["groups"], given.arguments[key]):
                given.need(condition, "the groups must divide the channels")


def _fourier(given: _Given) -> None:
    _in_groups(given)
    arguments = given.arguments
    modulus = arguments.pop("modulus")  # the prime is put into the description, see ``variants``
    if modulus is not None:
        for size in arguments["input_size"]:
            given.need(sympy.Eq(sympy.Mod(modulus - 1, size), 0), f"the size must divide {modulus} - 1")
    if "padding" in arguments and not given.setting.linked:
        pads = []
        for a, (lo, hi) in enumerate(arguments["padding"]):
            dilation = arguments["dilation"][a] if "dilation" in arguments else 1
            reach = dilation * (arguments["kernel_size"][a] - 1)
            given.need(sympy.Eq(lo + hi, reach), "there must be as many outputs as inputs")
            pads.append((lo, reach - lo))
        arguments["padding"] = tuple(pads)


def _branches(given: _Given) -> None:
    if has_branches(given.setting.chosen):
        middle = given.arguments["middle_channels"]
        given.arguments["middle_channels"] = given.share(middle, given.arguments["groups"])


def _to_space(given: _Given) -> None:
    channels = given.arguments["in_channels"]
    given.arguments["in_channels"] = given.share(channels, product(given.arguments["factor"]))


def _to_depth(given: _Given) -> None:
    pairs = zip(given.arguments["input_size"], given.arguments["factor"], strict=True)
    given.arguments["input_size"] = tuple(given.share(n, r) for n, r in pairs)


_MENDED: Mapping[str, Callable[[_Given], None]] = {
    "conv_transpose": _transposed,
    "cropped": _cropped,
    "winograd": _in_groups,
    "fourier_conv": _fourier,
    "resnext_block": _branches,
    "pixel_shuffle": _to_space,
    "pixel_unshuffle": _to_depth,
    "space_to_depth": _to_depth,
}
