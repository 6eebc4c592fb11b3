"""How the sizes of the controls are written in formulas: the letters of the literature."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from convalgebra.inspector.controls import Control

_LETTERS: Mapping[str, str] = {
    "in_channels": "D",
    "out_channels": "N_c",
    "channels": "D",
    "middle_channels": "b",
    "multiplier": "mu",
    "groups": "g",
    "kernel_size": "h",
    "stride": "s",
    "dilation": "l",
    "factor": "r",
    "padding": "p",
    "amount": "p",
    "output_padding": "a",
}
IMAGES: Mapping[int, tuple[str, ...]] = {1: ("N",), 2: ("H", "W"), 3: ("T", "H", "W")}


def flat(control: Control, axes: int) -> tuple[str, ...]:
    """Return the names of a control's sizes, one per axis and side.

    >>> flat(Control("padding", "size", per_axis=True, sides=True), 1)
    ('padding_0_lo', 'padding_0_hi')
    """
    if not control.per_axis:
        return (control.key,)
    each = (f"{control.key}_{a}" for a in range(axes))
    return tuple(f"{name}_{end}" for name in each for end in ("lo", "hi")) if control.sides else tuple(each)


def letters(controls: Iterator[Control] | tuple[Control, ...], axes: int, linked: bool) -> dict[str, str]:
    """Return the letter of each size of the controls; ``linked`` gives all axes and sides the same.

    >>> kernel = Control("kernel_size", "size", per_axis=True)
    >>> letters((kernel,), 2, linked=False)
    {'kernel_size_0': 'h_1', 'kernel_size_1': 'h_2'}
    """
    found: dict[str, str] = {}
    for control in controls:
        if control.kind != "size":
            continue
        for name in flat(control, axes):
            found[name] = _letter(control, name, axes, linked)
    return found


def _letter(control: Control, name: str, axes: int, linked: bool) -> str:
    if not control.per_axis:
        return _LETTERS[control.key]
    at, _, side = name.removeprefix(f"{control.key}_").partition("_")
    if control.key == "input_size":
        return IMAGES[axes][int(at)]
    letter = _LETTERS[control.key]
    if linked:
        return letter
    indexed = f"{letter}_{int(at) + 1}" if axes > 1 else letter
    return f"{indexed}_{side}" if side else indexed
