"""Constants that nodes make of others: which tensors of the model they are worked out of.

A matrix that is read turned round, one that is cut out of a larger one, or one that is a length times a
direction has no parameters of its own: those of the model's tensors are counted, each once.
"""

from __future__ import annotations

from collections.abc import Sequence

from convalgebra.networks.graph import Node, Tensor
from convalgebra.networks.layer import Held
from convalgebra.sizes import product

_FIRST = (
    "Cast CastLike DepthToSpace DequantizeLinear Dropout Expand Flatten Gather GatherElements GatherND "
    "Identity Pad QuantizeLinear Reshape Slice SpaceToDepth Split Squeeze Tile Transpose Trilu Unsqueeze "
    "flip roll"
)
# The first input has the values, others say where they go, or how they are scaled to be stored in 8 bits.
_OF_FIRST = frozenset(_FIRST.split())
_OF_NONE = frozenset(
    {"Constant", "ConstantOfShape", "EyeLike", "NonZero", "OneHot", "Range", "Shape", "Size"}
)
# Numbers of these types are places, sizes and choices.
_PLACES = frozenset({"bool", "folded", "int32", "int64", "object", "string"})
_FIXED = "buffer"


def sources_of(node: Node, given: Sequence[Tensor | None]) -> tuple[Tensor, ...]:
    """Return the tensors of the model that what a node of constants makes is worked out of, each once.

    Places, sizes and plain numbers (of no axis, or of a Constant node) are none of them. Where a file does
    not say what is learnt, neither is what a single number is worked out of (a spectral norm); and of two
    factors of one shape one is a mask: their product counts as a tensor of its own.

    >>> turn = Node("t", "Transpose", ("w",), ("v",))
    >>> [tensor.name for tensor in sources_of(turn, [Tensor("w", (2, 3))])]
    ['w']
    >>> scale = Node("m", "Mul", ("v", "g"), ("w",))
    >>> [tensor.name for tensor in sources_of(scale, [Tensor("v", (2, 3)), Tensor("g", (2, 1))])]
    ['v', 'g']
    """
    if node.op_type in _OF_NONE:
        return ()
    if node.op_type in _OF_FIRST:
        first = given[0] if given else None
        return () if first is None else first.sources or (first,)
    there = [tensor for tensor in given if tensor is not None]
    if node.op_type == "Mul" and _is_masked(there):
        return ()
    found = (source for tensor in there if not _is_norm(tensor) for source in tensor.sources or (tensor,))
    return tuple({source.name: source for source in found if _may_be_learnt(source)}.values())


def _is_masked(factors: Sequence[Tensor]) -> bool:
    shapes = {tensor.shape for tensor in factors}
    told = any(tensor.origin == "parameter" for tensor in factors)
    return len(factors) == 2 and len(shapes) == 1 and product(factors[0].shape) != 1 and not told


def _is_norm(tensor: Tensor) -> bool:
    return bool(tensor.sources) and tensor.origin != "parameter" and product(tensor.shape) == 1


def _may_be_learnt(tensor: Tensor) -> bool:
    number = product(tensor.shape) == 1 and (not tensor.shape or tensor.origin == "node")
    return tensor.origin == "parameter" or not (number or tensor.dtype in _PLACES)


def origin_of(given: Sequence[Tensor | None]) -> str:
    """Return how the model holds what a node makes of these: fixed if they all are, else as the first.

    >>> origin_of([Tensor("a", (2,), origin="buffer"), Tensor("b", (2,), origin="parameter")])
    'parameter'
    """
    origins = [tensor.origin for tensor in given if tensor is not None]
    return "parameter" if "parameter" in origins else next(iter(origins), "")


def is_learnt(tensor: Tensor) -> bool | None:
    """Say whether a constant is learnt, or made of what is; None where the model does not tell.

    >>> is_learnt(Tensor("w", (2,), origin="parameter")), is_learnt(Tensor("w", (2,)))
    (True, None)
    """
    origins = {source.origin for source in tensor.sources or (tensor,)}
    if "parameter" in origins:
        return True
    return False if origins == {_FIXED} else None


def counted(tensor: Tensor) -> tuple[Tensor, ...]:
    """Return the tensors whose entries are the parameters of a constant: those of the model, each once.

    Where some of them are known to be learnt, others (what a norm has measured) are left out.
    """
    sources = tensor.sources or (tensor,)
    learnt = tuple(source for source in sources if source.origin == "parameter")
    return learnt or sources


def held_of(tensor: Tensor, given: str, role: str) -> tuple[Held, ...]:
    """Return what a layer holds that reads a constant by a name: the model's tensors, in one role.

    >>> turned = Tensor("v", (3, 2), sources=(Tensor("w", (2, 3)),))
    >>> held_of(turned, "v", "weight")
    (Held(tensor='w', role='weight', size=6, given='v'),)
    """
    each = ((one.name, product(one.shape)) for one in counted(tensor))
    return tuple(Held(name, role, size, "" if name == given else given) for name, size in each)
