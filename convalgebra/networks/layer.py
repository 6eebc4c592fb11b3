"""One layer of a network: its shapes, its operator, what it costs for one image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any

import sympy
from scipy import sparse

from convalgebra.counting.closed import closed_form, is_closed
from convalgebra.errors import ArgumentError
from convalgebra.networks.formulas.floors import lost_share
from convalgebra.networks.graph import Array, Node, Shape, Tensor
from convalgebra.operators.base import Operator
from convalgebra.proofs import Size, as_formula, combined, is_number
from convalgebra.sizes import as_number, product

# The count of an operator, and what one of its stages has of it.
_OF_STAGE = {"multiplications": "products", "mult_adds": "tap_products", "additions": "sums"}


@dataclass(frozen=True)
class Held:
    """Parameters that a layer holds: the tensor's name, how many, and the role they have.

    Roles: "weight", "bias", "norm" (scale and shift), "running" (mean and variance, which are measured
    and not learned), "other" (slopes, embeddings, scales). ``given`` is the name that the layer's node
    reads, where that is worked out of the tensor (turned round, say).
    """

    tensor: str
    role: str
    size: Size
    given: str = ""


@dataclass(frozen=True)
class LayerCounts:
    """What one image costs in a layer; each is a number or a formula, None where nobody knows it.

    ``multiplications`` are products of a weight with an input value, padding zeros left out; ``mult_adds``
    have them too. ``additions`` are those of the products; ``bias_additions`` one for each output that a
    bias is added to. ``parameters`` are the entries of the weights; biases, normalisations (scale and
    shift), running statistics and others stand apart. ``activations`` are the values that come out.
    """

    multiplications: Size | None
    mult_adds: Size | None
    additions: Size | None
    parameters: Size
    bias: Size
    norm_parameters: Size
    activations: Size
    bias_additions: Size = 0
    running_parameters: Size = 0
    other_parameters: Size = 0


@dataclass(frozen=True)
class Layer:
    """One layer, as a network has it after its shapes are known.

    ``inputs`` and ``outputs`` are names of values, ``input_shapes`` and ``output_shapes`` theirs with the
    batch (None where unknown). ``operator`` maps one image, without bias; None where the layer is not
    linear or reads several values. ``weights`` say which tensor each weight of the operator is, ``tensors``
    are those that it reads, by name.
    ``category`` is "conv", "linear", "norm", "pool", "move" or "other". A layer that is not understood
    has no counts, and ``why`` says what is missing; no total may leave it out in silence.
    """

    name: str
    op_type: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    input_shapes: tuple[Shape | None, ...]
    output_shapes: tuple[Shape | None, ...]
    category: str = "other"
    operator: Operator | None = None
    weights: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    held: tuple[Held, ...] = ()
    understood: bool = True
    why: str = ""
    nodes: tuple[Node, ...] = field(default=(), repr=False)
    counted: Operator | None = field(default=None, repr=False)
    own_additions: Size | None = 0
    biased: bool = False
    batch: Size = 1
    conditions: tuple[sympy.Basic, ...] = ()
    tensors: Mapping[str, Tensor] = field(
        default_factory=lambda: MappingProxyType({}), repr=False, compare=False
    )

    @property
    def bias(self) -> Size:
        """The entries of the bias."""
        return self.parameters_of("bias")

    def parameters_of(self, role: str) -> Size:
        """Return how many parameters of a role this layer holds."""
        return sum((held.size for held in self.held if held.role == role), start=0)

    @cached_property
    def counts(self) -> LayerCounts | None:
        """What one image costs here; None for a layer that is not understood.

        >>> import convalgebra as ca
        >>> conv = ca.conv(3, 8, (7, 7), 3, padding=1)
        >>> shapes = ((1, 3, 7, 7),), ((1, 8, 7, 7),)
        >>> counts = Layer("c", "Conv", ("x",), ("y",), *shapes, "conv", conv).counts
        >>> counts.multiplications, counts.mult_adds, counts.activations
        (8664, 10584, 392)
        """
        shape = self.output_shapes[0] if self.output_shapes else None
        if not self.understood or shape is None:
            return None
        op = self.operator or self.counted
        activations = self._activations()
        additions = self.own_additions
        if op is not None:
            additions = None if additions is None else count(op, "additions") + additions
        return LayerCounts(
            count(op, "multiplications") if op else 0,
            count(op, "mult_adds") if op else 0,
            additions,
            self.parameters_of("weight"),
            self.bias,
            self.parameters_of("norm"),
            activations,
            activations if self.biased else 0,
            self.parameters_of("running"),
            self.parameters_of("other"),
        )

    def _activations(self) -> Size:
        shapes = self.output_shapes if self.op_type == "Split" else self.output_shapes[:1]
        total = sum((product(shape) for shape in shapes if shape is not None), start=0)
        if is_number(total) and is_number(self.batch) and total % self.batch == 0:
            return total // self.batch
        return total if self.batch == 1 else as_number(sympy.cancel(as_formula(total) / self.batch))

    @property
    def lost(self) -> Size | Fraction | None:
        """The share of the mult_adds that falls on padding zeros; None where the counts are not known.

        >>> import convalgebra as ca
        >>> conv = ca.conv(1, 1, (3, 3), 3, padding=1)
        >>> Layer("c", "Conv", ("x",), ("y",), ((1, 1, 3, 3),), ((1, 1, 3, 3),), "conv", conv).lost
        Fraction(32, 81)
        """
        counts = self.counts
        return None if counts is None else lost_share(counts.multiplications, counts.mult_adds)

    @property
    def kernel(self) -> Shape:
        """The size of the window that slides, of a convolution that of its weight; () without one."""
        attributes: Mapping[str, Any] = self.nodes[0].attributes if self.nodes else {}
        given: Any = attributes.get("kernel_shape")
        if "output_size" in attributes and self.input_shapes[0] is not None:  # as many as are asked for
            lines = list(zip(self.input_shapes[0][2:], attributes["output_size"], strict=False))
            given = [n // m for n, m in lines] if all(n % m == 0 for n, m in lines) else ()
        if given is None and self.category == "conv":
            tensors = (self.tensors.get(name) for name in self.weights.values())
            given = next((tensor.shape[2:] for tensor in tensors if tensor is not None), None)
        return tuple(given or ())

    # --- with the model's own weights ---

    def weight(self, name: str = "") -> Array:
        """Return a weight of the operator, as the model has it: the only one, or that of a name.

        A scale of a Gemm or of a batch normalisation is worked in. Raises ``ArgumentError`` where the
        model does not hold it, or the layer is not linear.
        """
        from convalgebra.networks.linear.affine import affine  # noqa: PLC0415

        if self.understood and self.operator is None and not self.held:
            raise ArgumentError(f"layer {self.name!r} ({self.op_type}) has no weight")
        found = affine(self).weights
        chosen = name or (next(iter(found)) if len(found) == 1 else "")
        if chosen not in found:
            raise ArgumentError(
                f"name={name!r} is no weight of layer {self.name!r}; it has {', '.join(found) or 'none'}"
            )
        return found[chosen]()

    def matrix(self, *, memory_limit: int | str | None = None) -> sparse.csr_array:
        """Return the matrix of the layer for one image, with the model's own weights, without its bias."""
        from convalgebra.networks.linear.part import of_layer  # noqa: PLC0415

        return of_layer(self).matrix(memory_limit=memory_limit)

    def inspect(self, **values: int) -> Any:
        """Return the inspector of the layer's operator, a widget for a notebook: as ``op.inspect()``.

        One whose matrix is too large to draw has fewer channels and a smaller image there, and the page
        says which. Raises ``ArgumentError`` where the layer has no operator.
        """
        from convalgebra.networks.smaller import drawable  # noqa: PLC0415

        found = drawable(self)
        widget = found.operator.inspect(**values)
        widget.data = {**widget.data, "note": found.said}
        return widget

    @cached_property
    def needs(self) -> tuple[sympy.Basic, ...]:
        """What must hold of the names for this layer to exist."""
        op = self.operator or self.counted
        return combined((*self.conditions, *(conditions_of(op) if op is not None else ())))


@lru_cache(maxsize=8192)
def count(op: Operator, name: str) -> Size:
    """Return a count of an operator, summed over its stages; a formula is not brought to a nicer form.

    Equal operators are counted once. Sums over taps are carried out as ``closed_form`` does.

    >>> import convalgebra as ca
    >>> count(ca.conv(1, 1, "N", 3, padding=1), "multiplications")
    3*N - 2
    """
    if not op.symbols:
        return _plain(op, name)
    found = _plain(op, name)
    return found if is_closed(found) else closed_form(op, name).value


@lru_cache(maxsize=8192)
def count_conditions(op: Operator, name: str) -> tuple[sympy.Basic, ...]:
    """Return what the formula of a count needs besides what the operator does: nothing where it is plain.

    >>> import convalgebra as ca
    >>> count_conditions(ca.conv(1, 1, "N", 7, stride=2, padding=3), "multiplications")
    (N >= 3,)
    """
    if name not in _OF_STAGE or not op.symbols or is_closed(_plain(op, name)):
        return ()
    own = set(op.conditions)
    return tuple(c for c in closed_form(op, name).conditions if c not in own)


def _plain(op: Operator, name: str) -> Size:
    return sum((getattr(stage, _OF_STAGE[name]) for stage in op.stages), start=0)


@lru_cache(maxsize=8192)
def conditions_of(op: Operator) -> tuple[sympy.Basic, ...]:
    """Return what must hold of an operator's names; equal operators are asked once."""
    return op.conditions
