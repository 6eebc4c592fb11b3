"""What a user writes for sizes, kernels and padding, turned into axes: one value per axis."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np

from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError
from convalgebra.proofs import Size
from convalgebra.sizes import as_size

PADDING_NAMES = ("valid", "same", "full")


def make_axes(
    input_size: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    padding_mode: str,
) -> tuple[Axis, ...]:
    """Return one axis per entry of ``input_size``; the other arguments are shared or one per axis.

    Raises ``ArgumentError`` that names the argument, and the axis where there are several.
    """
    lines = read_lines(input_size, kernel_size, stride, padding, dilation)
    axes = []
    for a, line in enumerate(lines):
        try:
            axes.append(Axis(*line, padding_mode))
        except ArgumentError as error:
            where = f" (axis {a} of {len(lines)})" if len(lines) > 1 else ""
            raise ArgumentError(f"{error}{where}") from None
    return tuple(axes)


class Line(NamedTuple):
    """What a user said of one axis, in the order of ``Axis``; whether it fits is not looked at."""

    size: Size
    kernel: Size
    stride: Size
    lo: Size
    hi: Size
    dilation: Size


def read_lines(
    input_size: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any
) -> tuple[Line, ...]:
    """Return one line per entry of ``input_size``; the other arguments are shared or one per axis.

    >>> read_lines((5, 7), 3, 1, "same", 1)[1]
    Line(size=7, kernel=3, stride=1, lo=1, hi=1, dilation=1)
    """
    sizes = read_sizes(input_size)
    kernels = per_axis(kernel_size, len(sizes), "kernel_size", least=1)
    strides = per_axis(stride, len(sizes), "stride", least=1)
    dilations = per_axis(dilation, len(sizes), "dilation", least=1)
    pads = read_padding(padding, kernels, dilations)
    return tuple(
        Line(n, m, s, lo, hi, d)
        for n, m, s, (lo, hi), d in zip(sizes, kernels, strides, pads, dilations, strict=True)
    )


def read_sizes(input_size: Any) -> tuple[Size, ...]:
    """Return the sizes, at least one; a single size is one axis."""
    given = tuple(input_size) if _is_sequence(input_size) else (input_size,)
    if not given:
        raise ArgumentError(f"input_size={input_size!r} must have at least one axis")
    return tuple(as_size(n, "input_size", least=1) for n in given)


def per_axis(value: Any, count: int, argument: str, least: int | None = None) -> tuple[Size, ...]:
    """Return ``count`` sizes from one shared value or a sequence of them.

    >>> per_axis(3, 2, "kernel_size"), per_axis((3, 5), 2, "kernel_size")
    ((3, 3), (3, 5))
    """
    if not _is_sequence(value):
        return (as_size(value, argument, least),) * count
    given = tuple(value)
    if len(given) != count:
        raise ArgumentError(f"{argument}={value!r} must be one value or one per axis ({count})")
    return tuple(as_size(v, argument, least) for v in given)


def read_padding(
    padding: Any, kernels: Sequence[Size], dilations: Sequence[Size]
) -> tuple[tuple[Size, Size], ...]:
    """Return (lo, hi) for each axis from an int, one per axis, pairs, or a name.

    "same" gives as many outputs as inputs at stride 1, the extra on the high side; "full" lets every
    tap meet every input; "valid" is none.

    >>> read_padding("same", [3, 4], [1, 1])
    ((1, 1), (1, 2))
    """
    count = len(kernels)
    if isinstance(padding, str) and padding in PADDING_NAMES:
        reach = [d * (m - 1) for m, d in zip(kernels, dilations, strict=True)]
        by_name = {
            "valid": [(0, 0)] * count,
            "same": [(r // 2, r - r // 2) for r in reach],
            "full": [(r, r) for r in reach],
        }
        return tuple(by_name[padding])
    if isinstance(padding, str) and (near := get_close_matches(padding.lower(), PADDING_NAMES, 1, 0.7)):
        raise ArgumentError(
            f"padding={padding!r} is too close to {near[0]!r} to be the name of a size: "
            f"write {near[0]!r}, or another name"
        )
    given = tuple(padding) if _is_sequence(padding) else (padding,) * count
    if len(given) != count:
        raise ArgumentError(
            f"padding={padding!r} must be one value, one per axis ({count}), (lo, hi) pairs such as "
            f"{((1, 0),) * count}, or one of {', '.join(PADDING_NAMES)}"
        )
    return tuple(_pair(p, padding) for p in given)


def _pair(value: Any, padding: Any) -> tuple[Size, Size]:
    if not _is_sequence(value):
        both = as_size(value, "padding")
        return both, both
    if len(value) != 2:
        raise ArgumentError(f"padding={padding!r}: {value!r} must be a size or a (lo, hi) pair")
    return as_size(value[0], "padding"), as_size(value[1], "padding")


def _is_sequence(value: Any) -> bool:
    return isinstance(value, list | tuple | range) or (isinstance(value, np.ndarray) and value.ndim == 1)
