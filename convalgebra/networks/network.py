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
from convalgebra.networks.biases import with_biases
from convalgebra.networks.formulas.floors import legible
from convalgebra.networks.formulas.ranges import ranged
from convalgebra.networks.graph import Graph, Shape, Tensor
from convalgebra.networks.inputs import with_shapes
from convalgebra.networks.layer import Layer, count_conditions
from convalgebra.networks.patterns import joined
from convalgebra.networks.putting import check_known, graph_at
from convalgebra.networks.totals import AS_PAPERS, UNITS, Total, included, total_of
from convalgebra.networks.walk import walked
from convalgebra.operators.base import Operator
from convalgebra.proofs import combined
from convalgebra.sizes import SizeLike, as_size, symbol
from convalgebra.values import symbols_of

if TYPE_CHECKING:
    from convalgebra.networks.formulas.recount import Recount
    from convalgebra.networks.linear.part import LinearPart
    from convalgebra.networks.receptive.field import Field
    from convalgebra.networks.tables.table import Table
    from convalgebra.networks.whatif.advice import Saving
    from convalgebra.reporting.doors import Report


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
        check_known(sizes, {str(s) for s in self.symbols})
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
        inputs = with_shapes(self.inputs, shape)
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
        return total_of(self.layers, quantity, include)

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
        return combined(ranged((*self.conditions, *found)))

    def table(self, convention: str = "convalgebra", include: Iterable[str] = AS_PAPERS) -> Table:
        """Return what each layer costs, with totals by type and in all: ``Table``.

        ``include`` says what the totals count, as ``total`` does; ``convention`` names a profiler
        (``convention_names``) whose count stands beside ours. Raises ``ArgumentError`` for others.
        """
        from convalgebra.networks.tables.table import table_of  # noqa: PLC0415

        return table_of(self, convention, include)

    def check(self, quantity: str, values: Any, include: Iterable[str] = AS_PAPERS) -> Recount:
        """Put sizes into the formula of a total and count each again in numbers; say where they differ.

        ``values`` maps each name to the sizes to put for it, such as ``{"N": range(32, 257)}``.
        """
        from convalgebra.networks.formulas.recount import recounted  # noqa: PLC0415

        return recounted(self, quantity, values, include)

    def fields(self, source: str | None = None) -> Mapping[str, Field]:
        """Return the receptive field of each layer in an input, by default the first image."""
        from convalgebra.networks.receptive.fields import fields  # noqa: PLC0415

        return fields(self, source)

    # --- the linear map itself ---

    def linear_part(self, first: str | None = None, last: str | None = None) -> LinearPart:
        """Return the linear map between two layers or values, ``y = C x + b`` for one image.

        ``first`` is a layer, which is in it, or a value, which goes into it; ``last`` a layer or a value,
        which comes out; by default the network's input and output. What it has: ``operator``, ``matrix()``,
        ``weights``, ``offset``. Raises ``ArgumentError`` that names a layer between that is not linear.
        """
        from convalgebra.networks.linear.part import linear_part  # noqa: PLC0415

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

    def plot(
        self,
        path: str | Path,
        picture: str = "layers",
        *,
        include: Iterable[str] = AS_PAPERS,
        over: str = "",
        at: Mapping[str, int] | None = None,
    ) -> Path:
        """Write a picture of the costs, .png, .svg or .pdf: each layer's, or over the image's "size".

        ``include`` says what counts, ``at`` are numbers for names, ``over`` is the name that grows.
        Returns the path; raises ``ArgumentError`` where there is nothing to draw.
        """
        from convalgebra.drawing.networks import draw_network  # noqa: PLC0415 - the other way up

        return draw_network(self, path, picture, include=include, over=over, at=at)

    # --- what if ---

    def replace(self, name: str, by: str, *, fitted: bool = False, **options: Any) -> Network:
        """Return the network with a convolution replaced by a type of the catalogue, such as "grouped".

        It has the layer's own channels, kernel, stride and padding, or what ``options`` say; ``fitted``
        gives it the weights that come nearest to the layer's.
        """
        from convalgebra.networks.whatif.replacing import replaced  # noqa: PLC0415

        return replaced(self, name, by, options, fitted)

    def advice(
        self,
        *,
        kinds: Iterable[str] | None = None,
        groups: Iterable[int] | None = None,
        weights: bool = False,
        at: Mapping[str, int] | None = None,
    ) -> tuple[Saving, ...]:
        """Return what cheaper convolutions would save, the most first.

        ``kinds`` are types of the catalogue and ``groups`` the numbers of groups to try, by default the
        usual ones; ``weights=True`` tells what of the weights is kept; ``at`` are numbers for names.
        Raises ``ArgumentError`` for a type or a name that there is not.
        """
        from convalgebra.networks.whatif.advice import GROUPS, KINDS, advice  # noqa: PLC0415

        return advice(
            self, KINDS if kinds is None else kinds, GROUPS if groups is None else groups, weights, at
        )

    @cached_property
    def conditions(self) -> tuple[sympy.Basic, ...]:
        """What must hold of the names for the network to exist."""
        return combined(ranged(need for layer in self.layers for need in layer.needs))


def network_of(graph: Graph, **sizes: SizeLike) -> Network:
    """Return the network of a graph: shapes carried through every node, in numbers and names alike.

    ``sizes`` are put for names. Shapes that the file states are checked against the operators'.
    Raises ``ArgumentError`` or ``ShapeError`` that names the layer for which something does not fit.
    """
    checked = graph_at(graph, {symbol(name): as_size(value, name, 1) for name, value in sizes.items()})
    layers, constants = walked(checked)
    return Network(checked, joined(with_biases(layers), checked.outputs), constants)
