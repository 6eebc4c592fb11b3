"""Shapes carried through a graph, node by node, by the operators themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from convalgebra.errors import ArgumentError, ConvalgebraError, ShapeError, SymbolError
from convalgebra.networks.graph import Array, Graph, Node, Shape, Tensor
from convalgebra.networks.kinds import constants, filled
from convalgebra.networks.kinds.seen import Effect, Seen, UnsupportedError
from convalgebra.networks.kinds.table import KINDS
from convalgebra.networks.layer import Held, Layer
from convalgebra.networks.sources import held_of, is_learnt, origin_of, sources_of
from convalgebra.networks.telling import steps
from convalgebra.proofs import Size, is_number
from convalgebra.sizes import product

_HOUSE = {"", "ai.onnx", "convalgebra"}
# What attributes of the wrong type, length or size lead to: the error names the layer instead.
_MISTAKES = (
    ConvalgebraError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    ArithmeticError,
)


def walked(graph: Graph) -> tuple[tuple[Layer, ...], Mapping[str, Tensor]]:
    """Return the layers of a graph, every node that reads an input or what comes from one; its constants.

    Nodes of constants alone are no layers: they are worked out, and what they make is a constant too.
    Raises ``ArgumentError`` (or ``ShapeError``) that names the layer when shapes do not fit.
    """
    walk = _Walk(graph)
    return tuple(walk.layers()), walk.held


@dataclass
class _Walk:
    graph: Graph
    shapes: dict[str, Shape | None] = field(default_factory=dict)
    held: dict[str, Tensor] = field(default_factory=dict)
    values: dict[str, Array | None] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    lost: dict[str, str] = field(default_factory=dict)
    stated: Mapping[str, tuple[Size | None, ...]] = field(default_factory=dict)
    batch: Size = 1

    def layers(self) -> Iterator[Layer]:
        self.shapes.update(self.graph.inputs)
        self.stated = self.graph.shapes
        self.held.update(self.graph.constants)
        for name in self.graph.inputs:
            self.held.pop(name, None)
        self.batch = next((s[0] for s in self.graph.inputs.values() if s), 1)
        for place, node in enumerate(steps("carrying its shapes", self.graph.nodes)):
            self._check_inputs(node)
            if self._is_constant(node):
                self._work_out(node)
            else:
                yield from self._layers_of(node, self._name(node, place))

    # --- nodes ---

    def _check_inputs(self, node: Node) -> None:
        for name in node.inputs:
            if name and name not in self.held and name not in self.shapes:
                raise ArgumentError(
                    f"{node.op_type} {node.name!r} reads {name!r}, which nothing before it writes: "
                    "the nodes must stand in an order in which they can run"
                )

    def _is_constant(self, node: Node) -> bool:
        if node.op_type in ("Shape", "Size") and node.domain in _HOUSE:
            return True
        if node.op_type in ("If", "Loop", "Scan"):
            return False  # the graphs inside may read what the node itself does not
        given = [name for name in node.inputs if name]
        if not given:
            return node.op_type in constants.FOLDS
        return all(name in self.held for name in given)

    def _name(self, node: Node, place: int) -> str:
        return self._unused(
            node.name or (node.outputs[0] if node.outputs else "") or f"{node.op_type}_{place}"
        )

    def _unused(self, wanted: str) -> str:
        name, more = wanted, 2
        while name in self.names:
            name, more = f"{wanted}_{more}", more + 1
        self.names.add(name)
        return name

    def _seen(self, node: Node) -> Seen:
        shapes = tuple(self._shape(name) if name else None for name in node.inputs)
        constant = tuple(name in self.held for name in node.inputs)
        learnt = tuple(is_learnt(self.held[name]) if name in self.held else None for name in node.inputs)
        return Seen(node, shapes, constant, lambda i: self._value(node.inputs[i]), self.batch, learnt)

    def _shape(self, name: str) -> Shape | None:
        return self.held[name].shape if name in self.held else self.shapes[name]

    def _value(self, name: str) -> Array | None:
        """Return the values of a small constant, read at most once."""
        if name not in self.values:
            tensor = self.held[name]
            size = product(tensor.shape)
            small = is_number(size) and size <= constants.MOST and tensor.values is not None
            self.values[name] = constants.as_values(tensor.array()) if small else None
        return self.values[name]

    # --- constants ---

    def _work_out(self, node: Node) -> None:
        """Work out a node of constants: its values where they are small, else its shape."""
        seen = self._seen(node)
        with_values: Array | None = None
        try:
            if node.op_type in ("Shape", "Size"):
                with_values = None if seen.shapes[0] is None else constants.shape_of(seen)
            elif node.op_type in constants.FOLDS:
                with_values = constants.folded(seen, [self._value(n) if n else None for n in node.inputs])
        except _MISTAKES as error:
            raise _of_layer(error, node.name or node.op_type, node) from _cause(error)
        shapes: tuple[Shape, ...] = ()
        why = ""
        given = [self.held.get(n) for n in node.inputs]
        sources, origin = sources_of(node, given), origin_of(given)
        if with_values is None and node.op_type == "Constant":
            value: Any = seen.attribute("value")
            shapes = (tuple(value.shape),) if hasattr(value, "shape") else ()
        elif with_values is None and node.op_type in KINDS and None not in seen.shapes:
            try:
                shapes = KINDS[node.op_type](seen).shapes
            except _MISTAKES as error:
                shapes, why = (), f": {error}"
        for place, name in enumerate(node.outputs):
            if not name:
                continue
            if with_values is not None and place == 0:
                made = filled.made(seen, with_values.shape, given)
                plain = constants.as_floats(with_values) if made is None else made
                self.held[name] = Tensor(name, with_values.shape, "folded", plain, origin, sources)
                self.values[name] = with_values
            elif place < len(shapes):
                make = filled.made(seen, shapes[place], given) if place == 0 else None
                self.held[name] = Tensor(name, shapes[place], "float32", make, origin, sources)
            elif (stated := _whole(self.stated.get(name))) is not None:
                make = filled.made(seen, stated, given) if place == 0 else None
                self.held[name] = Tensor(name, stated, "float32", make, origin, sources)
            else:  # nobody knows its shape: what reads it will say so
                self.shapes[name] = None
                self.lost[name] = f"the shape of {name!r} is not known ({node.op_type}{why})"

    # --- layers ---

    def _layers_of(self, node: Node, name: str) -> Iterator[Layer]:
        """Yield the layer of a node, and behind it what it does besides to each value."""
        effect, why = self._effect(node, name, self._seen(node))
        layer = self._layer(node, name, effect, why)
        yield layer
        cell = effect.cell if effect is not None else None
        if cell is not None and layer.understood and layer.outputs:
            yield replace(
                layer,
                name=self._unused(f"{name}.cell"),
                op_type=f"{node.op_type}Cell",
                inputs=layer.outputs[:1],
                outputs=(f"{layer.outputs[0]}/cell",),
                input_shapes=layer.output_shapes[:1],
                output_shapes=layer.output_shapes[:1],
                category=cell.category,
                weights={},
                held=self._held(node, cell.held),
                counted=cell.counted,
                own_additions=cell.additions,
                conditions=cell.conditions,
            )

    def _layer(self, node: Node, name: str, effect: Effect | None, why: str) -> Layer:
        inputs = tuple(n for n in node.inputs if n and n not in self.held)
        before = tuple(self.shapes[n] for n in inputs)
        given = effect.shapes if effect is not None else ()
        outputs, after = [], []
        for place, output in enumerate(node.outputs):
            if not output:
                continue
            stated = self.stated.get(output)
            shape = given[place] if place < len(given) else _whole(stated)
            if place < len(given) and not _agree(given[place], stated):
                if _is_inferred_wrongly(node):
                    self.stated = {}  # what the file states from here on rests on that
                else:
                    why = why or f"the operator gives {given[place]}, the file states {stated}"
            self.shapes[output] = shape
            outputs.append(output)
            after.append(shape)
            if shape is None:
                self.lost[output] = f"the shape of {output!r} is not known ({node.op_type} {name!r}: {why})"
        found = effect or Effect((), "other")
        return Layer(
            name,
            node.op_type,
            inputs,
            tuple(outputs),
            before,
            tuple(after),
            found.category,
            found.operator if not why else None,
            {key: node.inputs[at] for key, at in found.weights.items() if node.inputs[at] in self.held},
            self._parameters(node, found),
            not why,
            why,
            (node,),
            found.counted if not why else None,
            found.additions,
            found.biased,
            self.batch,
            found.conditions,
            {n: self.held[n] for n in node.inputs if n in self.held},
        )

    def _effect(self, node: Node, name: str, seen: Seen) -> tuple[Effect | None, str]:
        for given in node.inputs:
            if given and self._shape(given) is None:
                return None, self.lost.get(given, f"the shape of {given!r} is not known")
        kind = KINDS.get(node.op_type) if node.domain in _HOUSE or node.op_type in _FOREIGN else None
        if kind is None:
            domain = f" of {node.domain}" if node.domain not in _HOUSE else ""
            return None, f"{node.op_type}{domain} is an op type that is not known here"
        try:
            return kind(seen), ""
        except UnsupportedError as error:
            shapes = error.shapes
            return (None if shapes is None else Effect(shapes, "other")), str(error)
        except SymbolError as error:
            return None, str(error)
        except _MISTAKES as error:
            raise _of_layer(error, name, node) from _cause(error)

    def _parameters(self, node: Node, effect: Effect) -> tuple[Held, ...]:
        """Return what a layer holds, by the tensors that the model itself holds.

        A parameter that a kind does not ask for (a token that is put before others, say) is an "other".
        """
        asked = {at for places in effect.held.values() for at in places}
        if effect.cell is not None:
            asked |= {at for places in effect.cell.held.values() for at in places}
        more = tuple(
            at
            for at, name in enumerate(node.inputs)
            if at not in asked and name in self.held and is_learnt(self.held[name])
        )
        others = {"other": (*effect.held.get("other", ()), *more)} if more else {}
        return self._held(node, {**effect.held, **others})

    def _held(self, node: Node, roles: Mapping[str, tuple[int, ...]]) -> tuple[Held, ...]:
        found: dict[tuple[str, str], Held] = {}
        for role, places in roles.items():
            for at in places:
                given = node.inputs[at] if at < len(node.inputs) else ""
                for held in held_of(self.held[given], given, role) if given in self.held else ():
                    found.setdefault((role, held.tensor), held)
        return tuple(found.values())


# Op types of other domains that do what ONNX's of the same name do.
_FOREIGN = {"ChannelShuffle", "Gelu", "QuickGelu", "QLinearConv", "ConvInteger", "MatMulInteger"}


def _cause(error: Exception) -> Exception | None:
    """Return what an error is chained to: one of the house says all, any other may be a fault of ours."""
    return None if isinstance(error, ConvalgebraError) else error


def _of_layer(error: Exception, name: str, node: Node) -> ConvalgebraError:
    """Return the error again with the layer's name before it."""
    kind = ShapeError if isinstance(error, ShapeError) else ArgumentError
    said = (
        str(error)
        if isinstance(error, ConvalgebraError)
        else (f"its attributes or inputs are not what {node.op_type} takes ({error})")
    )
    return kind(f"layer {name!r} ({node.op_type}): {said}")


def _is_inferred_wrongly(node: Node) -> bool:
    """Say whether onnx is known to infer a shape of this node that no runtime has.

    With ``ceil_mode`` it has windows that begin beyond the input. Of a transposed convolution it adds
    ``output_padding`` to what SAME gives, which runtimes take from the padding, and forgets the batch, the
    channels or the axes of an ``output_shape``.
    """
    mode = node.attributes.get("auto_pad", "")
    mode = mode.decode("utf-8", "replace") if isinstance(mode, bytes) else str(mode)
    return bool(node.attributes.get("ceil_mode", 0)) or (
        node.op_type == "ConvTranspose" and (mode.startswith("SAME") or "output_shape" in node.attributes)
    )


def _whole(shape: tuple[Size | None, ...] | None) -> Shape | None:
    """Return a stated shape if it has no gap."""
    if shape is None or any(n is None for n in shape):
        return None
    return tuple(n for n in shape if n is not None)


def _agree(ours: Shape, stated: tuple[Size | None, ...] | None) -> bool:
    """Say whether a stated shape contradicts ours: by its rank, or by a number that is another."""
    if stated is None:
        return True
    return len(ours) == len(stated) and not any(
        b is not None and is_number(a) and is_number(b) and a != b
        for a, b in zip(ours, stated, strict=True)
    )
