"""The leaf that matters: a convolution on any number of axes, and its second road."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product as grid
from typing import Any

import numpy as np
import sympy
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from convalgebra.assembly import assemble, without_padding
from convalgebra.axis import Axis
from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex
from convalgebra.matrixfree.product import conv_linear_operator
from convalgebra.operators.base import Operator
from convalgebra.operators.described import Sizes, Weights
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity, TapWeights, check_groups, check_name, divides
from convalgebra.operators.moves import Selection
from convalgebra.operators.onaxis import named
from convalgebra.operators.sidebyside import BlockDiag, Sum
from convalgebra.proofs import Size, at_least, combined
from convalgebra.sizes import as_size, exact_quotient, number, product
from convalgebra.values import code
from convalgebra.weights import Array


@dataclass(frozen=True, repr=False)
class Conv(Operator):
    """A convolution: channels, one ``Axis`` per spatial dimension, groups. Made by ``ca.conv``.

    Raises ``ArgumentError`` when the groups do not divide the channels.

    >>> import convalgebra as ca
    >>> ca.Conv(1, 1, axes=(ca.Axis(size=5, kernel=3),))
    ca.conv(1, 1, input_size=5, kernel_size=3)
    """

    in_channels: Size
    out_channels: Size
    axes: tuple[Axis, ...]
    groups: Size = 1
    flip: bool = False
    name: str = "weight"

    def __post_init__(self) -> None:
        for field in ("in_channels", "out_channels", "groups"):
            object.__setattr__(self, field, as_size(getattr(self, field), field, least=1))
        axes = self.axes if isinstance(self.axes, tuple) else ()
        if not axes or not all(isinstance(axis, Axis) for axis in axes):
            raise ArgumentError(f"axes={self.axes!r} must be a tuple of at least one Axis")
        if len(modes := {axis.padding_mode for axis in axes}) > 1:
            raise ArgumentError(f"axes: they must share one padding_mode, not {', '.join(sorted(modes))}")
        if not isinstance(self.flip, bool | np.bool_):
            raise ArgumentError(f"flip={self.flip!r} must be True (convolution) or False")
        object.__setattr__(self, "flip", bool(self.flip))
        check_name(self.name)
        check_groups(self.in_channels, self.out_channels, self.groups)

    # --- geometry ---

    @property
    def kernel_size(self) -> Sizes:
        """The taps along each axis."""
        return tuple(axis.kernel for axis in self.axes)

    @property
    def padding_mode(self) -> str:
        """What stands outside the input."""
        return self.axes[0].padding_mode

    @property
    def input_shape(self) -> Sizes:
        """(in_channels, *input_size)."""
        return (self.in_channels, *(axis.size for axis in self.axes))

    @property
    def output_shape(self) -> Sizes:
        """(out_channels, *output_size).

        >>> import convalgebra as ca
        >>> ca.conv(3, 128, input_size=("H", "W"), kernel_size="h").output_shape
        (128, H - h + 1, W - h + 1)
        """
        return (self.out_channels, *(axis.outputs for axis in self.axes))

    @property
    def in_group(self) -> Size:
        """Input channels of a group."""
        return exact_quotient(self.in_channels, self.groups)

    @property
    def own_weights(self) -> Mapping[str, Sizes]:
        """(out_channels, in_channels / groups, *kernel_size), as in PyTorch."""
        return {self.name: (self.out_channels, self.in_group, *self.kernel_size)}

    @property
    def conditions(self) -> tuple[sympy.Basic, ...]:
        """What must hold of the symbols: the kernel fits, the groups divide the channels."""
        found = [condition for axis in self.axes for condition in axis.conditions]
        found += [at_least(n, 1) for n in (self.in_channels, self.out_channels, self.groups)]
        for channels in (self.in_channels, self.out_channels):
            found += divides(self.groups, channels)
        return combined(found)

    # --- counts ---

    @property
    def channel_pairs(self) -> Size:
        """Pairs of an output channel and an input channel of its group."""
        return self.out_channels * self.in_group

    @property
    def entries(self) -> Size:
        """Each pair of channels that meet, times each pair (output, input) along every axis."""
        return self.channel_pairs * product(axis.entries for axis in self.axes)

    @property
    def taps(self) -> Size:
        """Each pair of channels that meet, times each pair (output, tap) along every axis."""
        return self.channel_pairs * product(axis.taps for axis in self.axes)

    @property
    def rows_hit(self) -> Size:
        """Output channels times the outputs that read something."""
        return self.out_channels * product(axis.outputs_hit for axis in self.axes)

    @property
    def columns_hit(self) -> Size:
        """Input channels times the inputs that are read."""
        return self.in_channels * product(axis.inputs_hit for axis in self.axes)

    @property
    def stages(self) -> tuple[Operator, ...]:
        """One; with padding that repeats inputs two: conv(padded) = conv(valid) @ padding."""
        if self.padding_mode == "zeros":
            return (self,)
        pads = (
            Selection(Axis(a.size, 1, lo=a.lo, hi=a.hi, padding_mode=a.padding_mode), 0) for a in self.axes
        )
        valid = replace(self, axes=tuple(without_padding(axis) for axis in self.axes))
        return (valid, Kron((Identity(self.in_channels), *pads)))

    # --- matrices ---

    def _upright(self, weights: Weights, dtype: np.dtype[Any]) -> Array:
        """Return the weight as cross-correlation reads it."""
        weight = weights[self.name].astype(dtype, copy=False)
        return np.flip(weight, tuple(range(2, weight.ndim))) if self.flip else weight

    def build(self, weights: Weights, dtype: np.dtype[Any]) -> sparse.csr_array:
        """Return the matrix, by the fast assembly."""
        return assemble(self._upright(weights, dtype), self.axes, number(self.groups, "groups"))

    def apply(self, weights: Weights, dtype: np.dtype[Any]) -> LinearOperator:
        """Return the matrix-free operator."""
        if self.padding_mode != "zeros":
            valid, padding = self.stages
            return valid.apply(weights, dtype) @ padding.apply({}, dtype)
        weight = self._upright(weights, dtype)
        return conv_linear_operator(weight, self.axes, number(self.groups, "groups"))

    def expand(self) -> Operator:
        """Return the second road: ``sum over taps k of W_k (x) S_k1 (x) ... (x) S_kd``.

        The kernel must be numbers; everything else may be symbols.

        >>> import convalgebra as ca
        >>> conv = ca.conv(1, 1, input_size="N", kernel_size=2)
        >>> conv.expand().latex()
        'W_{0} \\\\otimes S_{0} + W_{1} \\\\otimes S_{1}'
        >>> conv.expand().multiplications == conv.multiplications
        True
        """
        kernel = [number(m, "kernel_size") for m in self.kernel_size]
        return Sum(tuple(self._tap(tap) for tap in grid(*map(range, kernel))))

    def blocks(self) -> BlockDiag:
        """Return the groups as convolutions side by side, weights "weight_1", "weight_2" and so on.

        Their weights are the equal parts of the whole weight along its first axis. Raises
        ``SymbolError`` while the groups are a name.

        >>> import convalgebra as ca
        >>> ca.conv(4, 2, 5, 3, groups=2).blocks().weight_shapes
        {'weight_1': (1, 2, 3), 'weight_2': (1, 2, 3)}
        """
        groups = number(self.groups, "groups")
        outs = exact_quotient(self.out_channels, self.groups)
        one = replace(self, in_channels=self.in_group, out_channels=outs, groups=1)
        return BlockDiag(tuple(replace(one, name=f"{self.name}_{i}") for i in range(1, groups + 1)))

    def _tap(self, tap: tuple[int, ...]) -> Operator:
        kernel = [number(m, "kernel_size") for m in self.kernel_size]
        read = tuple(m - 1 - k for m, k in zip(kernel, tap, strict=True)) if self.flip else tap
        channels = (self.out_channels, self.in_channels, self.groups)
        mix = TapWeights(*channels, self.kernel_size, read, self.name)
        return Kron((mix, *(Selection(axis, k) for axis, k in zip(self.axes, tap, strict=True))))

    # --- in writing ---

    def latex(self) -> str:
        r"""Return the operator in LaTeX: its kernel above, its channels and options below.

        >>> import convalgebra as ca
        >>> ca.conv("D", "N_c", input_size=("H", "W"), kernel_size="h").latex()
        'C^{h \\times h}_{D \\to N_{c}}'
        """
        kernel = r" \times ".join(map(latex, self.kernel_size))
        below = [rf"{latex(self.in_channels)} \to {latex(self.out_channels)}"]
        if self.groups != 1:
            below.append(named("g", latex(self.groups), " = "))
        for letter, field, plain in (
            ("s", "stride", 1),
            ("p", "padding", (0, 0)),
            ("d", "dilation", 1),
        ):
            values = [(a.lo, a.hi) if field == "padding" else getattr(a, field) for a in self.axes]
            if any(value != plain for value in values):
                below.append(named(letter, _shared_latex(values), " = "))
        if self.flip:
            below.append(r"\text{flipped}")
        if self.padding_mode != "zeros":
            below.append(rf"\text{{{self.padding_mode}}}")
        return f"C^{{{kernel}}}_{{{', '.join(below)}}}"

    def __repr__(self) -> str:
        keywords = {
            "input_size": _shared(self.input_size, alone=len(self.axes) == 1),
            "kernel_size": _shared(self.kernel_size),
            "stride": _shared(tuple(a.stride for a in self.axes)),
            "padding": _shared(tuple(a.lo if a.lo == a.hi else (a.lo, a.hi) for a in self.axes)),
            "dilation": _shared(tuple(a.dilation for a in self.axes)),
            "groups": self.groups,
            "padding_mode": self.padding_mode,
            "flip": self.flip,
            "name": self.name,
        }
        plain: dict[str, Any] = {
            "stride": 1,
            "padding": 0,
            "dilation": 1,
            "groups": 1,
            "flip": False,
        }
        plain |= {"padding_mode": "zeros", "name": "weight"}
        given = [f"{k}={code(v)}" for k, v in keywords.items() if v != plain.get(k)]
        channels = f"{code(self.in_channels)}, {code(self.out_channels)}"
        return f"ca.conv({', '.join([channels, *given])})"


def _shared(values: tuple[Any, ...], alone: bool = True) -> Any:
    """Return the one value that all axes share, or the values."""
    if alone and all(value == values[0] for value in values) and not isinstance(values[0], tuple):
        return values[0]
    return tuple((v, v) if _mixed(values) and not isinstance(v, tuple) else v for v in values)


def _mixed(values: tuple[Any, ...]) -> bool:
    return any(isinstance(value, tuple) for value in values)


def _shared_latex(values: list[Any]) -> str:
    def one(value: Any) -> str:
        if isinstance(value, tuple):
            return latex(value[0]) if value[0] == value[1] else f"{latex(value[0])}{{:}}{latex(value[1])}"
        return latex(value)

    alike = all(value == values[0] for value in values)
    return one(values[0]) if alike else f"({', '.join(map(one, values))})"
