"""A network: its layers in order, numbers put for names, totals that say what they leave out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sympy
from scipy import sparse

from convalgebra.counting.quantity import Quantity
from convalgebra.errors import ArgumentError
from convalgebra.formulas import text
from convalgebra.networks.floors import legible
from convalgebra.networks.graph import Graph, Shape, Tensor
from convalgebra.networks.layer import Layer, count_conditions
from convalgebra.networks.patterns import joined
from convalgebra.networks.putting import graph_at
from convalgebra.networks.walk import walked
from convalgebra.operators.base import Operator
from convalgebra.proofs import Size, as_formula, combined
from convalgebra.sizes import SizeLike, as_size, symbol
from convalgebra.values import symbols_of

if TYPE_CHECKING:
    from convalgebra.networks.fields import Field
    from convalgebra.networks.linearpart import LinearPart
    from convalgebra.networks.recount import Recount
    from convalgebra.networks.table import Table
    from convalgebra.networks.whatif import Saving
    from convalgebra.reporting.doors import Report

INCLUDES = frozenset({"conv", "linear", "bias", "norm", "pool", "other"})
# As papers count: the products of convolutions and of fully connected layers.
AS_PAPERS = frozenset({"conv", "linear"})
UNITS = {
    "multiplications": "multiplications",
    "mult_adds": "mult_adds",
    "additions": "additions",
    "parameters": "parameters",
    "running_parameters": "parameters",
    "activations": "elements",
}


@dataclass(frozen=True)
class Total:
    """A quantity of a whole network, for one image.

    ``partial`` totals lack the layers named in ``missing``: what these cost is not known.
    """

    value: Size
    partial: bool
    missing: tuple[str, ...]
    quantity: str = ""
    include: frozenset[str] = AS_PAPERS

    def __str__(self) -> str:
        said = f"{text(self.value)} {UNITS.get(self.quantity, self.quantity)}".rstrip()
        if not self.partial:
            return said
        return f"{said}, partial: without {', '.join(self.missing)}"


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """A network whose shapes are known, made by ``read_onnx``, ``read_torch`` or ``read_layers``.

    It iterates over its layers, and ``network["conv1"]`` is one by its name: its ``operator``, shapes,
    ``weight()``, ``matrix()``, ``inspect()``. ``print(network.table())`` shows what each costs, ``total``
    and ``formula`` are sums over all, ``at`` and ``with_input`` put other sizes. ``constants`` are the
    tensors of the graph and those that its nodes make of them, by name.

    >>> import convalgebra as ca
    >>> conv = {"name": "c", "type": "conv", "out_channels": 8, "kernel_size": 3, "padding": 1}
    >>> net = ca.read_layers({"input": [1, 3, "N", "N"], "layers": [conv]})
    >>> net["c"].output_shapes
    ((1, 8, N, N),)
    >>> print(net.total("mult_adds"))
    216*N**2 mult_adds
    >>> print(net.at(N=7).total("multiplications"))
    8664 multiplications
    """

    graph: Graph
    layers: tuple[Layer, ...]
    constants: Mapping[str, Tensor]

    def __getitem__(self, name: str) -> Layer:
        found = self._by_name.get(name)
        if found is None:
            near = [known for known in self._by_name if str(name).lower() in known.lower()][:5]
            raise ArgumentError(
                f"name={name!r} is no layer of this network; it has "
                f"{', '.join(near or list(self._by_name)[:5]) or 'none'}"
            )
        return found

    def __repr__(self) -> str:
        inputs = ", ".join(f"{name}: ({', '.join(map(str, s))})" for name, s in self.inputs.items())
        return f"<Network of {len(self.layers)} layers from {self.source}, {inputs or 'no input'}>"

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    @cached_property
    def _by_name(self) -> dict[str, Layer]:
        return {layer.name: layer for layer in self.layers}

    # --- what goes in and out ---

    @property
    def source(self) -> str:
        """Where it was read from."""
        return self.graph.source

    @property
    def notes(self) -> tuple[str, ...]:
        """What its reader had to say, and which layers are not understood and why."""
        lacking = (f"{layer.name}: {layer.why}" for layer in self.layers if not layer.understood)
        return (*self.graph.notes, *lacking)

    @property
    def inputs(self) -> Mapping[str, Shape]:
        """The inputs' shapes by name, batch included."""
        return self.graph.inputs

    @cached_property
    def outputs(self) -> Mapping[str, Shape | None]:
        """The outputs' shapes by name; None where unknown."""
        shapes = {
            name: shape
            for layer in self.layers
            for name, shape in zip(layer.outputs, layer.output_shapes, strict=True)
        }
        constants = {name: tensor.shape for name, tensor in self.constants.items()}
        known: dict[str, Shape | None] = {**constants, **self.graph.inputs, **shapes}
        return {name: known.get(name) for name in self.graph.outputs}

    @cached_property
    def symbols(self) -> frozenset[sympy.Symbol]:
        """The names in its shapes and operators."""
        found: set[sympy.Symbol] = set()
        for shape in self.graph.inputs.values():
            found.update(symbols_of(shape))
        for tensor in self.graph.constants.values():
            found.update(symbols_of(tensor.shape))
        for layer in self.layers:
            for shapes in layer.output_shapes:
                found.update(symbols_of(shapes or ()))
        return frozenset(found)

    # --- other sizes ---

    def at(self, **sizes: SizeLike) -> Network:
        """Return the network with numbers (or other sizes) put for names.

        Raises ``ArgumentError`` for a name that it does not have, or where the shapes no longer fit.
        """
        known = {str(s) for s in self.symbols}
        for name, value in sizes.items():
            if name not in known:
                raise ArgumentError(
                    f"{name}={value!r} is put for a name that this network does not have; it has "
                    f"{', '.join(sorted(known)) or 'none'}"
                )
        return network_of(self.graph, **sizes)

    def with_input(self, shape: Any) -> Network:
        """Return the network for another input shape, batch included: a sequence, or one by each name.

        What the file said of shapes between is forgotten: the operators tell them.

        >>> from convalgebra.networks.graph import Graph, Node
        >>> pool = Node("p", "GlobalAveragePool", ("x",), ("y",))
        >>> net = network_of(Graph((pool,), {"x": (1, 3, 7, 7)}, {}, ("y",), "by hand"))
        >>> net.with_input((1, 3, "N", 5))["p"].input_shapes
        ((1, 3, N, 5),)
        """
        given = shape if isinstance(shape, Mapping) else {next(iter(self.inputs), ""): shape}
        inputs = dict(self.inputs)
        for name, sizes in given.items():
            if name not in inputs:
                raise ArgumentError(f"input {name!r} is none of {', '.join(inputs) or 'no input'}")
            try:
                found = tuple(as_size(n, "input_shape", least=1) for n in sizes)
            except TypeError:
                raise ArgumentError(
                    f"input_shape={sizes!r} must be a sequence of sizes, such as (1, 3, 224, 224)"
                ) from None
            if inputs[name] and len(found) != len(inputs[name]):
                raise ArgumentError(
                    f"input_shape={tuple(map(str, found))} must have {len(inputs[name])} axes, "
                    f"as {inputs[name]} has"
                )
            inputs[name] = found
        return network_of(replace(self.graph, inputs=inputs, shapes={}))

    def folded(self) -> Network:
        """Return the network with each batch normalisation taken into the convolution before it.

        One that follows anything else stays. The weights are worked out when they are asked for.
        """
        from convalgebra.networks.folding import folded  # noqa: PLC0415

        return network_of(folded(replace(self.graph, constants=self.constants)))

    # --- totals ---

    def total(self, quantity: str, include: Iterable[str] = AS_PAPERS) -> Total:
        """Return a quantity of the whole network, for one image.

        ``quantity`` is multiplications, mult_adds, additions, parameters, running_parameters or
        activations; ``include`` says what counts: "conv", "linear", "bias", "norm", "pool", "other"
        (activations with slopes, sums of branches, products of two values, embeddings). A tensor that
        several layers use is counted once. Raises ``ArgumentError`` for anything else.
        """
        if quantity not in UNITS:
            raise ArgumentError(f"quantity={quantity!r} must be one of {', '.join(UNITS)}")
        chosen = included(include)
        missing = [layer.name for layer in self.layers if not layer.understood]
        parameters = quantity in ("parameters", "running_parameters")
        terms = []
        for layer in () if parameters else self.layers:
            if layer.understood and layer.category in chosen:
                found = _of_layer(layer, quantity, chosen)
                if found is None:
                    missing.append(layer.name)
                else:
                    terms.append(found)
        if parameters:
            terms = self._parameters(quantity, chosen)
        return Total(added(terms), bool(missing), tuple(missing), quantity, chosen)

    def _parameters(self, quantity: str, chosen: frozenset[str]) -> list[Size]:
        found: dict[str, Size] = {}
        for layer in self.layers:
            roles = {"running"} if quantity == "running_parameters" else roles_of(layer, chosen)
            found |= {held.tensor: held.size for held in layer.held if held.role in roles}
        return list(found.values())

    def formula(self, quantity: str = "mult_adds", include: Iterable[str] = AS_PAPERS) -> Quantity:
        """Return a total as a formula in the network's names, with the conditions under which it holds.

        Raises ``ArgumentError`` where the total would be partial: a formula must not leave out a layer.
        """
        found = self.total(quantity, include)
        if found.partial:
            raise ArgumentError(
                f"quantity={quantity!r} has no formula: it is not known what "
                f"{', '.join(found.missing[:5])} cost"
            )
        return Quantity(legible(found.value), UNITS[quantity], self._conditions_of(quantity))

    def _conditions_of(self, quantity: str) -> tuple[sympy.Basic, ...]:
        """Return what the network needs, and what the closed forms of its layers' counts need besides."""
        operators = (layer.operator or layer.counted for layer in self.layers)
        found = (c for op in operators if op is not None for c in count_conditions(op, quantity))
        return combined(dict.fromkeys((*self.conditions, *found)))

    def table(self, convention: str = "convalgebra", include: Iterable[str] = AS_PAPERS) -> Table:
        """Return what each layer costs, with totals by type and in all: ``Table``.

        ``include`` says what the totals count, as ``total`` does; ``convention`` names a profiler
        (``convention_names``) whose count stands beside ours. Raises ``ArgumentError`` for others.
        """
        from convalgebra.networks.table import table_of  # noqa: PLC0415

        return table_of(self, convention, include)

    def check(self, quantity: str, values: Any, include: Iterable[str] = AS_PAPERS) -> Recount:
        """Put sizes into the formula of a total and count each again in numbers; say where they differ.

        ``values`` maps each name to the sizes to put for it, such as ``{"N": range(32, 257)}``.
        """
        from convalgebra.networks.recount import recounted  # noqa: PLC0415

        return recounted(self, quantity, values, include)

    def fields(self, source: str | None = None) -> Mapping[str, Field]:
        """Return the receptive field of each layer in an input, by default the first image."""
        from convalgebra.networks.fields import fields  # noqa: PLC0415

        return fields(self, source)

    # --- the linear map itself ---

    def linear_part(self, first: str | None = None, last: str | None = None) -> LinearPart:
        """Return the linear map between two layers or values, ``y = C x + b`` for one image.

        ``first`` is a layer, which is in it, or a value, which goes into it; ``last`` a layer or a value,
        which comes out; by default the network's input and output. What it has: ``operator``, ``matrix()``,
        ``weights``, ``offset``. Raises ``ArgumentError`` that names a layer between that is not linear.
        """
        from convalgebra.networks.linearpart import linear_part  # noqa: PLC0415

        return linear_part(self, first, last)

    def operator(self, first: str | None = None, last: str | None = None) -> Operator:
        """Return the operator of the linear part between two layers or values, as ``linear_part``."""
        return self.linear_part(first, last).operator

    def matrix(
        self, first: str | None = None, last: str | None = None, *, memory_limit: int | str | None = None
    ) -> sparse.csr_array:
        """Return the matrix C of ``linear_part``, with the model's own weights; the offset stands apart."""
        return self.linear_part(first, last).matrix(memory_limit=memory_limit)

    # --- on paper ---

    def report(self, path: str | Path, *, include: Iterable[str] = AS_PAPERS, **options: Any) -> Report:
        """Write a chapter on the network, counted now: a .tex, .pdf or .html file, or all in a folder.

        ``include`` says what the totals count, as ``total`` does; the other options, what is returned
        and what is raised are those of ``ca.report``.
        """
        # One of the ways up: the room of reports stands above, and is entered when it is asked for.
        from convalgebra.reporting.doors import NetworkCosts, report  # noqa: PLC0415

        return report([NetworkCosts(self, included(include))], path, **options)

    def plot(self, path: str | Path, picture: str = "layers", **options: Any) -> Path:
        """Write a picture of the costs, .png, .svg or .pdf: each layer's, or over the image's "size".

        ``options``: ``include`` what counts, ``at`` numbers for names, ``over`` the name that grows.
        Returns the path; raises ``ArgumentError`` where there is nothing to draw.
        """
        from convalgebra.drawing.networks import draw_network  # noqa: PLC0415 - the other way up

        return draw_network(self, path, picture, **options)

    # --- what if ---

    def replace(self, name: str, by: str, *, fitted: bool = False, **options: Any) -> Network:
        """Return the network with a convolution replaced by a type of the catalogue, such as "grouped".

        It has the layer's own channels, kernel, stride and padding, or what ``options`` say; ``fitted``
        gives it the weights that come nearest to the layer's.
        """
        from convalgebra.networks.whatif import replaced  # noqa: PLC0415

        return replaced(self, name, by, options, fitted)

    def advice(self, **options: Any) -> tuple[Saving, ...]:
        """Return what cheaper convolutions would save, the most first.

        ``options``: ``kinds`` and ``groups`` to try, ``weights=True`` to see what of the weights is kept,
        ``at`` numbers for the network's names.
        """
        from convalgebra.networks.whatif import advice  # noqa: PLC0415

        return advice(self, **options)

    @cached_property
    def conditions(self) -> tuple[sympy.Basic, ...]:
        """What must hold of the names for the network to exist."""
        each = dict.fromkeys(need for layer in self.layers for need in layer.needs)
        return combined(each)


def included(include: Iterable[str]) -> frozenset[str]:
    """Return a checked choice of what counts.

    >>> sorted(included(["conv", "bias"]))
    ['bias', 'conv']
    """
    given = frozenset([include] if isinstance(include, str) else include)
    if not given <= INCLUDES:
        raise ArgumentError(
            f"include={sorted(map(str, given))} must be some of {', '.join(sorted(INCLUDES))}"
        )
    return given


def roles_of(layer: Layer, chosen: frozenset[str]) -> frozenset[str]:
    """Return the roles of parameters that count in a layer when ``chosen`` is included."""
    roles = set(chosen & {"norm", "other"})
    if layer.category in chosen:
        roles.add("weight")
    if "bias" in chosen and (layer.category in chosen or layer.category == "other"):
        roles.add("bias")
    return frozenset(roles)


def _of_layer(layer: Layer, quantity: str, chosen: frozenset[str]) -> Size | None:
    counts = layer.counts
    found: Size | None = None if counts is None else getattr(counts, quantity)
    if counts is None or found is None or quantity != "additions":
        return found
    return found + counts.bias_additions if layer.category == "norm" or "bias" in chosen else found


def added(terms: Iterable[Size]) -> Size:
    """Return the sum of sizes, a polynomial multiplied out, so that like terms meet.

    >>> q = symbol("q")
    >>> added([(q + 1) ** 2, 3, -q])
    q**2 + q + 4
    """
    each = list(terms)
    if all(isinstance(term, int) for term in each):
        return sum(each, start=0)
    whole = sympy.Add(*map(as_formula, each))
    expanded = whole if whole.has(sympy.floor, sympy.Sum) else sympy.expand(whole)
    return int(expanded) if expanded.is_Integer else expanded


def network_of(graph: Graph, **sizes: SizeLike) -> Network:
    """Return the network of a graph: shapes carried through every node, in numbers and names alike.

    ``sizes`` are put for names. Shapes that the file states are checked against the operators'.
    Raises ``ArgumentError`` or ``ShapeError`` that names the layer for which something does not fit.
    """
    checked = graph_at(graph, {symbol(name): as_size(value, name, 1) for name, value in sizes.items()})
    layers, constants = walked(checked)
    return Network(checked, joined(layers, checked.outputs), constants)
