"""What if: a convolution of a network replaced by a cheaper one of the catalogue, and what that saves."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import count as numbers
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy

from convalgebra.catalogue.arguments import per_axis
from convalgebra.counting.ratio import ratio
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.exact import value as exact_value
from convalgebra.formulas import cancelled, text
from convalgebra.networks.graph import Array, Graph, Node, Tensor
from convalgebra.networks.layer import Layer, count
from convalgebra.networks.reading.layers.convolutions import CATALOGUE, conv_attributes
from convalgebra.networks.whatif.fitting import MOST_VALUES, Fit, fit
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.conv import Conv
from convalgebra.operators.kron import Kron
from convalgebra.operators.permutations import Shuffle
from convalgebra.proofs import Size, as_formula, is_number
from convalgebra.sizes import as_size, exact_quotient, product, symbol

if TYPE_CHECKING:
    from convalgebra.networks.network import Network

KINDS = ("depthwise_separable", "flattened", "grouped", "shuffled_grouped", "spatially_separable")
GROUPS = (2, 4, 8)
DEFAULT_SIZE = 224
_FROM_LAYER = frozenset({"in_channels", "out_channels", "input_size", "name", "padding_mode"})


@dataclass(frozen=True)
class Saving:
    """What one replacement saves in one layer, in multiplications for one image.

    ``before`` and ``after`` are the layer's, ``total`` the network's (convolutions and linear layers;
    ``partial`` where layers of it are not understood): numbers, or formulas in the network's names, which
    ``at`` puts numbers for. ``fit`` says what of the weights is kept, where that was asked for.
    """

    layer: str
    by: str
    options: Mapping[str, Any]
    before: Size
    after: Size
    total: Size
    partial: bool = False
    at: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    fit: Fit | None = None
    conv: Conv | None = field(default=None, compare=False, repr=False)

    @property
    def saved(self) -> int | Fraction:
        """The multiplications saved, at the sizes ``at``."""
        return self.number(self.before) - self.number(self.after)

    @property
    def share(self) -> Fraction:
        """The share of the whole network's multiplications that is saved, at the sizes ``at``."""
        return Fraction(self.saved) / Fraction(self.number(self.total))

    @property
    def ratio(self) -> sympy.Expr:
        """The multiplications after over those before, in the network's names."""
        return cancelled(as_formula(self.after) / as_formula(self.before))

    def number(self, size: Size) -> int | Fraction:
        """Return a count at the sizes ``at``."""
        found = exact_value(size, {symbol(name): n for name, n in self.at.items()})
        return int(found) if found.denominator == 1 else found

    def law(self) -> sympy.Expr:
        """Return the ratio for any channels: C in, M out, g groups, on this layer's image and kernel.

        Raises ``ArgumentError`` for a layer that has groups of its own.
        """
        if self.conv is None or self.conv.groups != 1:
            raise ArgumentError(f"layer {self.layer!r} has groups of its own: see its ratio")
        whole = replace(self.conv, in_channels=symbol("C"), out_channels=symbol("M"))
        options = {name: "g" if name == "groups" else value for name, value in self.options.items()}
        return ratio(replacement(whole, self.by, options), whole)

    def __str__(self) -> str:
        given = "".join(f", {name}={value}" for name, value in self.options.items())
        where = f" at {', '.join(f'{k}={v}' for k, v in self.at.items())}" if self.at else ""
        kept = "" if self.fit is None else f"; {_kept(self.fit)}"
        return (
            f"{self.layer}: {self.by}{given}: {text(self.before)} -> {text(self.after)} multiplications, "
            f"{float(self.share):.1%} of the {'partial ' if self.partial else ''}total{where}{kept}"
        )


def _kept(found: Fit) -> str:
    said = {True: "exact", False: "not exact", None: "exactness not known"}[found.exact]
    return said if found.error is None else f"{said}, error {found.error:.3g} (float)"


# --- replacing -----------------------------------------------------------------------------------


def replaced(
    network: Network, name: str, by: str, options: Mapping[str, Any], fitted: bool = False
) -> Network:
    """Return the network with a convolution replaced by a type of the catalogue.

    The layer's channels, image, kernel, stride, padding and dilation are the replacement's, unless
    ``options`` say otherwise; a separable one keeps the layer's groups. Its bias stays with the last
    factor, which keeps the layer's name. The new weights have no values, or with ``fitted`` those of
    the best fit. Raises ``ArgumentError`` for a layer that is no plain convolution, a type or option
    that there is not, where another shape would come out, and where no fit is known.

    >>> import convalgebra as ca
    >>> conv = {"type": "conv", "name": "c", "out_channels": 64, "kernel_size": 3, "bias": False}
    >>> net = ca.read_layers({"input": [1, 32, 7, 7], "layers": [conv]})
    >>> [layer.name for layer in replaced(net, "c", "depthwise_separable", {})]
    ['c.depthwise', 'c']
    """
    from convalgebra.networks.network import network_of  # noqa: PLC0415 - it enters here lazily

    layer = network[name]
    conv = conv_of(layer)
    if conv is None:
        raise ArgumentError(
            f"name={name!r} is {layer.op_type}: only a Conv, with numbers or names for sizes and each "
            "image by itself, is replaced"
        )
    op = replacement(conv, by, options)
    values: Mapping[str, Array] = {}
    if fitted:
        found = _fit(network, layer, conv, by, options, True)
        if found.weights is None:
            raise ArgumentError(
                f"name={name!r}: no fitted weights for {by} ({found.why or 'none is known'})"
            )
        values = found.weights
    return network_of(_with_factors(network.graph, layer, op, values))


def conv_of(layer: Layer) -> Conv | None:
    """Return the convolution that a layer is, if it is one that can be replaced."""
    plain = layer.op_type == "Conv" and len(layer.nodes) == 1 and len(layer.inputs) == 1
    return layer.operator if plain and isinstance(layer.operator, Conv) else None


def replacement(conv: Conv, by: str, options: Mapping[str, Any]) -> Operator:
    """Return the catalogue's operator of a type with what a convolution has.

    >>> import convalgebra as ca
    >>> replacement(ca.conv(4, 8, (7, 7), 3, padding=1), "grouped", {"groups": 2}).multiplications
    5776
    """
    make = CATALOGUE.get(by)
    if make is None:
        raise ArgumentError(f"by={by!r} must be one of {', '.join(CATALOGUE)}")
    named = inspect.signature(make).parameters
    for option in options:
        if option not in named or option in _FROM_LAYER:
            known = ", ".join(n for n in named if n not in _FROM_LAYER) or "none"
            raise ArgumentError(f"{option}={options[option]!r} is no option of {by}, which has {known}")
    given = {name: value for name, value in _own(conv, by).items() if name in named} | dict(options)
    if "groups" in named and named["groups"].default is inspect.Parameter.empty and "groups" not in given:
        raise ArgumentError(f"by={by!r} needs groups, such as groups=2")
    op = make(**given)
    if by == "spatially_separable" and conv.groups != 1:
        op = _in_groups(op, conv.groups)
    if op.output_shape != conv.output_shape:
        raise ArgumentError(
            f"by={by!r} would give the shape {op.output_shape}; the layer gives {conv.output_shape}"
        )
    return op


def _own(conv: Conv, by: str) -> dict[str, Any]:
    own: dict[str, Any] = {
        "in_channels": conv.in_channels,
        "out_channels": conv.out_channels,
        "input_size": conv.input_size,
        "kernel_size": conv.kernel_size,
        "stride": tuple(a.stride for a in conv.axes),
        "padding": tuple((a.lo, a.hi) for a in conv.axes),
        "dilation": tuple(a.dilation for a in conv.axes),
    }
    if by == "depthwise":
        own["multiplier"] = exact_quotient(conv.out_channels, conv.in_channels)
    return own


def _in_groups(op: Operator, groups: Size) -> Operator:
    if isinstance(op, Product):
        return Product(tuple(_in_groups(factor, groups) for factor in op.operators))
    return replace(op, groups=groups) if isinstance(op, Conv) else op


def _with_factors(graph: Graph, layer: Layer, op: Operator, values: Mapping[str, Array]) -> Graph:
    """Return the graph with the nodes of an operator's factors in the place of a layer's node."""
    (old,) = layer.nodes
    constants = dict(graph.constants)
    taken = {name for node in graph.nodes for name in (*node.inputs, *node.outputs, node.name)}
    taken |= constants.keys() | graph.inputs.keys()
    factors = list(reversed(op.operators)) if isinstance(op, Product) else [op]
    nodes, source = [], old.inputs[0]
    for place, factor in enumerate(factors):
        last = place == len(factors) - 1
        called = factor.name if isinstance(factor, Conv) else "shuffle"
        name = layer.name if last else _new(f"{layer.name}.{called}", taken)
        output = old.outputs[0] if last else _new(f"{name}.output", taken)
        if isinstance(factor, Conv):
            (shape,) = factor.weight_shapes.values()
            weight = _new(f"{layer.name}.{called}.weight", taken)
            array = values.get(called)
            constants[weight] = Tensor(
                weight, shape, "float32" if array is None else str(array.dtype), array
            )
            bias = old.inputs[2:3] if last else ()
            node = Node(name, "Conv", (source, weight, *bias), (output,), conv_attributes(factor))
        elif isinstance(factor, Kron) and isinstance(factor.operators[0], Shuffle):
            node = Node(
                name, "ChannelShuffle", (source,), (output,), {"groups": factor.operators[0].groups}
            )
        else:
            raise ArgumentError(f"{type(factor).__name__} is no layer of a network")
        nodes.append(node)
        source = output
    rest = [new for node in graph.nodes for new in (nodes if node is old else [node])]
    used = {name for node in rest for name in node.inputs} | set(graph.outputs)
    constants = {
        name: tensor for name, tensor in constants.items() if name in used or name not in old.inputs
    }
    return replace(graph, nodes=tuple(rest), constants=constants)


def _new(name: str, taken: set[str]) -> str:
    more = (f"{name}_{place}" for place in numbers(2))
    found = name if name not in taken else next(n for n in more if n not in taken)
    taken.add(found)
    return found


# --- advice --------------------------------------------------------------------------------------


def advice(
    network: Network,
    kinds: Iterable[str] = KINDS,
    groups: Iterable[int] = GROUPS,
    weights: bool = False,
    at: Mapping[str, int] | None = None,
) -> tuple[Saving, ...]:
    """Return what each replacement of each convolution would save, the most first.

    ``kinds`` are types of the catalogue; those with groups are tried with each of ``groups`` that divides
    the channels. With names in the sizes, the order is that ``at`` the given numbers, 224 for each name
    not given. With ``weights`` the model's values are read (of layers up to 4,194,304 of them), and each
    saving has its ``fit``. Replacements that save nothing are left out.
    """
    chosen = tuple([kinds] if isinstance(kinds, str) else kinds)
    for kind in chosen:
        if kind not in CATALOGUE:
            raise ArgumentError(f"kinds: {kind!r} must be one of {', '.join(CATALOGUE)}")
    point = _point(network, at or {})
    total = network.total("multiplications")
    found = []
    for layer in network.layers:
        conv = conv_of(layer)
        if conv is None:
            continue
        before = count(conv, "multiplications")
        for by, options in _candidates(conv, chosen, tuple(groups)):
            try:
                after = count(replacement(conv, by, options), "multiplications")
            except ConvalgebraError:  # this layer's channels or kernel do not allow it
                continue
            saving = Saving(
                layer.name, by, options, before, after, total.value, total.partial, point, None, conv
            )
            if saving.saved > 0:
                kept = _fit(network, layer, conv, by, options) if weights else None
                found.append(replace(saving, fit=kept))
    return tuple(sorted(found, key=lambda saving: (-saving.saved, saving.layer, saving.by)))


def _point(network: Network, at: Mapping[str, int]) -> Mapping[str, int]:
    names = sorted(map(str, network.symbols))
    for name, value in at.items():
        if name not in names or not is_number(as_size(value, name, least=1)):
            raise ArgumentError(f"at: {name}={value!r} must be a number for one of {', '.join(names)}")
    return MappingProxyType({name: at.get(name, DEFAULT_SIZE) for name in names})


def _candidates(
    conv: Conv, kinds: tuple[str, ...], groups: tuple[int, ...]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is worth a try: a kernel of one tap is not taken apart, groups are not made fewer."""
    wide = sum(kernel != 1 for kernel in conv.kernel_size)
    for by in kinds:
        make: Callable[..., Operator] = CATALOGUE[by]
        parameter = inspect.signature(make).parameters.get("groups")
        if parameter is not None and parameter.default is inspect.Parameter.empty:
            if conv.groups == 1 and (by != "shuffled_grouped" or wide):
                yield from ((by, {"groups": g}) for g in groups if _divides(g, conv))
        elif by == "spatially_separable":
            if wide > 1:
                yield by, {}
        elif conv.groups == 1 and wide:
            yield by, {}


def _divides(groups: int, conv: Conv) -> bool:
    each = (as_formula(exact_quotient(n, groups)) for n in (conv.in_channels, conv.out_channels))
    return all(bool(n.is_integer) for n in each)


def _fit(
    network: Network,
    layer: Layer,
    conv: Conv,
    by: str,
    options: Mapping[str, Any],
    with_weights: bool = False,
) -> Fit:
    tensor = network.constants.get(next(iter(layer.weights.values()), ""))
    if tensor is None or tensor.values is None:
        return Fit(None, why="the values of the weights are not in the model")
    size = product(tensor.shape)
    if not is_number(size) or size > MOST_VALUES or not is_number(conv.groups):
        return Fit(None, why=f"more than {MOST_VALUES} weights are not read")
    if per_axis(options.get("kernel_size", conv.kernel_size), len(conv.axes), "kernel_size") != tuple(
        conv.kernel_size
    ):
        return Fit(None, why="another kernel size has other weights")
    if not all(is_number(n) for n in options.values() if isinstance(n, str | int | sympy.Expr)):
        return Fit(None, why="options that are names have no weights")
    try:
        return fit(np.asarray(tensor.array()), by, options, conv.groups, with_weights)
    except np.linalg.LinAlgError as error:
        return Fit(None, why=f"the singular values were not found ({error})")
