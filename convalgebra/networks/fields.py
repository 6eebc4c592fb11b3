"""Receptive fields in a network: what one output of each layer sees of the input, through all branches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from math import gcd, lcm
from typing import TYPE_CHECKING

import sympy

from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.formulas import text, tidy
from convalgebra.networks.graph import Shape
from convalgebra.networks.kinds.pooling import pool_axes
from convalgebra.networks.kinds.seen import Seen
from convalgebra.networks.layer import Layer
from convalgebra.proofs import Size, as_formula, is_number
from convalgebra.properties.receptive import Windows, check_no_circle, windows
from convalgebra.properties.window import STILL, Path, Step, Window, line_window, period, seen, taps_window
from convalgebra.sizes import product

if TYPE_CHECKING:
    from convalgebra.networks.network import Network

# Beyond so many phases, or steps back through layers, the bound of the window stands.
_MOST_PHASES = 256
_MOST_STEPS = 100_000

# Op types whose operator keeps positions in line, so that it has a window along each axis.
_IN_LINE_NAMES = (
    "Conv ConvInteger QLinearConv ConvTranspose AveragePool GlobalAveragePool ReduceMean Pad Resize "
    "Upsample ChannelShuffle PixelShuffle PixelUnshuffle DepthToSpace SpaceToDepth"
)
# Op types of which an output sees its own position, in every input.
_IN_PLACE_NAMES = (
    "Abs Acos Acosh Add And Asin Asinh Atan Atanh BatchNormalization BitShift BitwiseAnd BitwiseOr Cast "
    "Ceil Celu Clip Cos Cosh DequantizeLinear Div Dropout Elu Equal Erf Exp Floor Gelu Greater "
    "GreaterOrEqual HardSigmoid HardSwish Identity IsInf IsNaN LRN LeakyRelu Less LessOrEqual Log Max "
    "Mean Min Mish Mod Mul Neg Not Or PRelu Pow QuantizeLinear QuickGelu Reciprocal Relu Round Selu "
    "Shrink Sigmoid Sign Silu Sin Sinh Softplus Softsign Sqrt Sub Sum Swish Tan Tanh ThresholdedRelu "
    "Where Xor"
)
_IN_LINE, _IN_PLACE = frozenset(_IN_LINE_NAMES.split()), frozenset(_IN_PLACE_NAMES.split())
# Those that see their own position if the axis they work along is the channels.
_ALONG_CHANNELS = {"Concat": None, "Split": 0, "Softmax": -1, "LogSoftmax": -1, "Hardmax": -1}


@dataclass(frozen=True)
class Phase:
    """Outputs ``phase + t*phases`` see ``extent`` inputs from ``offset + t*jump*phases`` on; 0 is none."""

    phase: int
    offset: int
    extent: int


@dataclass(frozen=True)
class AxisField:
    """What an output sees along one axis: ``extent`` inputs, the first of output o at ``o*jump + offset``.

    A negative offset lies in the padding, which stands for what it mirrors or repeats; inputs that a
    dilated kernel skips count. ``jump`` 0: every output sees the same. Where outputs see differently, as
    after a transposed convolution, ``phases`` tells each, and ``extent`` is the most that one sees.
    ``exact`` is False where this only bounds it.
    """

    extent: Size
    jump: Size
    offset: Size
    phases: tuple[Phase, ...] = ()
    exact: bool = True

    def __str__(self) -> str:
        most = "" if self.exact else "at most "
        by_phase = sorted({phase.extent for phase in self.phases})
        spread = f" ({', '.join(map(str, by_phase))} by phase)" if len(by_phase) > 1 else ""
        return f"{most}{text(self.extent)}{spread}"


@dataclass(frozen=True)
class Field:
    """The receptive field of a layer in one input of the network, an entry per axis of the image."""

    layer: str
    source: str
    axes: tuple[AxisField, ...]

    @property
    def size(self) -> tuple[Size, ...]:
        """The most inputs that one output sees, from the first to the last, along each axis."""
        return tuple(axis.extent for axis in self.axes)

    @property
    def exact(self) -> bool:
        """Whether the size is exact along every axis, and not only a bound."""
        return all(axis.exact for axis in self.axes)

    def __str__(self) -> str:
        return " x ".join(map(str, self.axes))


@dataclass(frozen=True)
class _Value:
    """What one entry of a value sees: a window per axis of the image.

    ``periods``: after how many outputs all is as before. ``rises``: something on the way has a jump below
    1, so the window may be wider than what any output sees. ``together``: all entries see this exactly,
    even if each sees less. ``links``: the values it reads, and the windows through which.
    """

    windows: Windows
    periods: tuple[int, ...]
    rises: bool = False
    exact: bool = True
    together: bool = True
    links: tuple[tuple[str, Windows], ...] = ()


def fields(network: Network, source: str | None = None) -> dict[str, Field]:
    """Return the receptive field of each layer (of its first output) that reads the input, by layer name.

    ``source`` is the input looked from, by default the first one of (batch, channels, *size). Branches
    are seen together: from the first input that any of them sees to the last. Exact in numbers and names
    for windows that slide; per phase, in numbers, after what enlarges. Where an output's position has no
    line to the input (flattened images, attention, broadcasts), the field is what all outputs together
    see, said to be a bound. Layers behind a value of unknown shape have none. Raises ``ArgumentError`` for
    an input that is no image.

    >>> import convalgebra as ca
    >>> layers = [{"type": "conv", "name": "a", "out_channels": 4, "kernel_size": 3, "stride": 2}]
    >>> layers += [{"type": "max_pool", "name": "b", "kernel_size": 3, "stride": 2}]
    >>> net = ca.read_layers({"input": [1, 3, "N", "N"], "layers": layers})
    >>> {name: field.size for name, field in fields(net).items()}
    {'a': (3, 3), 'b': (7, 7)}
    """
    source, shape = _source(network, source)
    count = len(shape) - 2
    values: dict[str, _Value] = {source: _Value((STILL,) * count, (1,) * count)}
    found = {}
    lost: set[str] = set()
    for layer in network.layers:
        if _is_lost(layer, values, lost):
            lost.update(layer.outputs)
            continue
        value = _through(layer, network, values, count)
        if value is None:
            continue
        values.update(dict.fromkeys(layer.outputs, value))
        axes = tuple(_axis(layer.outputs[0], a, values) for a in range(count))
        found[layer.name] = Field(layer.name, source, axes)
    return found


def _source(network: Network, source: str | None) -> tuple[str, Shape]:
    images = {name: shape for name, shape in network.inputs.items() if len(shape) > 2}
    name = next(iter(images), None) if source is None else source
    if name is None or name not in images:
        raise ArgumentError(
            f"source={source!r} must be an input of (batch, channels, *size); there is "
            f"{', '.join(images) or 'none'}"
        )
    return name, images[name]


# --- one layer -----------------------------------------------------------------------------------


def _is_lost(layer: Layer, values: Mapping[str, _Value], lost: set[str]) -> bool:
    """Say whether not even a bound is known: a shape is missing, or a graph inside reads what it likes."""
    reads = zip(layer.inputs, layer.input_shapes, strict=True)
    return layer.op_type in ("If", "Loop", "Scan") or any(
        name in lost or (name in values and shape is None) for name, shape in reads
    )


def _through(layer: Layer, network: Network, values: Mapping[str, _Value], count: int) -> _Value | None:
    """Return what an output of a layer sees, through every input that sees anything; None for none."""
    reached = [(n, s) for n, s in zip(layer.inputs, layer.input_shapes, strict=True) if n in values]
    if not reached or not layer.outputs:
        return None
    out = layer.output_shapes[0]
    own = _own(layer, network, count) if out is not None and len(out) == count + 2 else None
    each = [_after(values[name], own, name, shape, out) for name, shape in reached]
    value = reduce(lambda a, b: _beside(a, b, out), each)
    if layer.op_type == "Gemm":  # every output reads every input
        return replace(value, exact=value.together)
    return value


def _after(value: _Value, own: Windows | None, name: str, shape: Shape | None, out: Shape | None) -> _Value:
    if all(window.jump == 0 for window in value.windows):
        return replace(value, links=())
    if own is None or shape is None or out is None or len(shape) != len(out):
        return _all(value, shape)
    stretched = [n == 1 and m != 1 for n, m in zip(shape[2:], out[2:], strict=True)]
    if own == (STILL,) * len(own) and any(stretched):
        return _all(value, shape)
    pairs = list(zip(own, value.windows, strict=True))
    in_numbers = all(w.path is not None for w in own)
    return _Value(
        tuple(replace(o, path=None).after(w) for o, w in pairs),
        tuple(_period(o.path or (), p) for o, p in zip(own, value.periods, strict=True)),
        value.rises or any(_rises(o) for o in own),
        value.exact and (in_numbers or not any(_rises(o) for o in own)),
        value.together,
        ((name, own),),
    )


def _all(value: _Value, shape: Shape | None) -> _Value:
    """Return what all entries of a value see together, the same for each."""
    sizes = None if shape is None or len(shape) != len(value.windows) + 2 else shape[2:]
    if sizes is None:  # only a value that has lost its axes, all of whose entries see the same
        return replace(value, exact=False, together=False, links=())
    fixed = tuple(_fixed(window, n) for window, n in zip(value.windows, sizes, strict=True))
    alone = all(n == 1 for n in sizes)
    return _Value(
        fixed,
        (1,) * len(fixed),
        False,
        value.exact and alone and not value.rises,
        value.together and not value.rises,
    )


def _fixed(window: Window, size: Size) -> Window:
    extent = window.extent + window.jump * (as_formula(size) - 1)
    return Window(sympy.Integer(0), window.start, sympy.expand(extent))


def _beside(a: _Value, b: _Value, out: Shape | None) -> _Value:
    """Return what two branches see together: from the first input of either to the last."""
    if any(sympy.expand(u.jump - v.jump) != 0 for u, v in zip(a.windows, b.windows, strict=True)):
        a, b = (value if value.windows[0].jump == 0 else _all(value, out) for value in (a, b))
        a, b = (replace(value, exact=False, links=()) for value in (a, b))
    return _Value(
        tuple(_hull(u, v) for u, v in zip(a.windows, b.windows, strict=True)),
        tuple(map(lcm, a.periods, b.periods)),
        a.rises or b.rises,
        a.exact and b.exact,
        a.together and b.together,
        (*a.links, *b.links),
    )


def _hull(a: Window, b: Window) -> Window:
    start = sympy.Min(a.start, b.start)
    end = sympy.Max(a.start + a.extent, b.start + b.extent)
    return Window(a.jump, start, end - start)


def _rises(own: Window) -> bool:
    return not own.jump.is_integer or _has_up(own.path or ())


def _has_up(path: Path) -> bool:
    return any(s.up if isinstance(s, Step) else any(map(_has_up, s.paths)) for s in path)


def _period(path: Path, before: int) -> int:
    """Return after how many outputs all is as before, where it is so after ``before`` of what is read."""
    for step in reversed(path):
        if not isinstance(step, Step):
            before *= period((step,))
        elif step.up:
            before *= step.stride
        else:
            before //= gcd(before, step.stride)
    return before


# --- the windows of a layer itself ---------------------------------------------------------------


def _own(layer: Layer, network: Network, count: int) -> Windows | None:
    """Return the windows through which a layer reads its inputs; None where it has none."""
    still = (STILL,) * count
    node = layer.nodes[0] if layer.nodes else None
    shape = layer.input_shapes[0]
    if not layer.understood or node is None or shape is None:
        return None
    if layer.op_type in _IN_PLACE:
        return still
    if layer.op_type in _ALONG_CHANNELS:
        default = _ALONG_CHANNELS[layer.op_type]
        axis = node.attributes.get("axis", default)
        beyond = node.attributes.get("flattened", 0) and len(shape) > 2
        return still if isinstance(axis, int) and axis % len(shape) == 1 and not beyond else None
    if layer.op_type == "Slice":
        return still if _only_channels(layer, network) else None
    return _sliding(layer, shape, count)


def _sliding(layer: Layer, shape: Shape, count: int) -> Windows | None:
    if layer.op_type in ("MaxPool", "LpPool"):
        look = Seen(layer.nodes[0], (shape,))
        axes, _ = pool_axes(look, shape[2:], bool(look.attribute("ceil_mode", 0)))
        return tuple(map(taps_window, axes))
    if layer.op_type in ("GlobalMaxPool", "GlobalLpPool"):
        return tuple(line_window(n, 0, 1, n) for n in shape[2:])
    if layer.op_type not in _IN_LINE or layer.operator is None:
        return None
    try:
        check_no_circle(layer.operator)
        found = windows(layer.operator)
    except ConvalgebraError:  # no one window along each axis
        return None
    return found if len(found) == count else None


def _only_channels(layer: Layer, network: Network) -> bool:
    """Say whether a Slice leaves the image as it is: same sizes, no step but 1."""
    before, after = layer.input_shapes[0], layer.output_shapes[0]
    if before is None or after is None or before[2:] != after[2:]:
        return False
    given = layer.nodes[0].inputs
    if len(given) < 5 or not given[4]:
        return True
    steps = network.constants.get(given[4])
    known = steps is not None and steps.values is not None and is_number(product(steps.shape))
    return steps is not None and known and all(int(s) == 1 for s in steps.array().reshape(-1))


# --- in numbers, phase by phase ------------------------------------------------------------------


def _axis(name: str, axis: int, values: Mapping[str, _Value]) -> AxisField:
    value = values[name]
    window = value.windows[axis]
    extent = tidy(sympy.floor(window.extent) + 1)
    jump, offset = (_plain(v) for v in (window.jump, window.start))
    if not value.rises or window.jump == 0:
        return AxisField(extent, jump, offset, (), value.exact)
    if not value.exact or value.periods[axis] > _MOST_PHASES:
        return AxisField(extent, jump, offset, (), False)
    phases = _phases(name, axis, values)
    if phases is None:
        return AxisField(extent, jump, offset, (), False)
    return AxisField(max(p.extent for p in phases), jump, offset, phases, True)


def _phases(name: str, axis: int, values: Mapping[str, _Value]) -> tuple[Phase, ...] | None:
    """Return what the outputs of each phase see: sets of positions taken back, layer after layer."""
    order = tuple(_ancestors(name, values))
    count = values[name].periods[axis]
    if len(order) * count > _MOST_STEPS:
        return None
    found = []
    for phase in range(count):
        inputs = _back(name, phase, axis, order, values)
        if inputs is None:
            return None
        first, last = min(inputs, default=0), max(inputs, default=-1)
        found.append(Phase(phase, first, last - first + 1))
    return tuple(found)


def _back(
    name: str, output: int, axis: int, order: tuple[str, ...], values: Mapping[str, _Value]
) -> set[int] | None:
    """Return the inputs of the network that one output sees; None where a path is not in numbers."""
    sets: dict[str, set[int]] = {name: {output}}
    inputs: set[int] = set()
    for at in order:
        positions = sets.pop(at, set())
        if not values[at].links:
            inputs |= positions
        for before, own in values[at].links:
            path = own[axis].path
            if path is None:
                return None
            sets.setdefault(before, set()).update(seen(path, positions))
    return inputs


def _ancestors(name: str, values: Mapping[str, _Value]) -> Iterator[str]:
    """Yield a value and all that it comes from, each after what reads it."""
    wanted = {name}
    for at in reversed(tuple(values)):
        if at in wanted:
            wanted.update(before for before, _ in values[at].links)
            yield at


def _plain(value: sympy.Expr) -> Size:
    return int(value) if value.is_Integer else value
