"""Constants worked out before anything runs: how a Reshape's target comes from shapes.

Values are small arrays of objects: ints, formulas in the names of sizes, floats.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy

from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Array, Tensor
from convalgebra.networks.kinds.elementwise import aligned
from convalgebra.networks.kinds.seen import Seen, normal_axis
from convalgebra.networks.kinds.stretches import slices
from convalgebra.networks.kinds.views import axes_of, reshaped
from convalgebra.proofs import is_nonnegative, is_number
from convalgebra.sizes import floor_div, number, product

MOST = 4096  # values of one constant; shapes are short

Fold = Callable[[Seen, list[Array]], Array | None]


def as_values(values: Any) -> Array:
    """Return an array of plain Python numbers (and formulas)."""
    given = np.asarray(values)
    found = np.empty(given.shape, object)
    found[...] = given.astype(object) if given.dtype != object else given
    return found


def as_floats(values: Array) -> Array:
    """Return values as floats where one of them is a float (a weight's), else as they are.

    >>> as_floats(as_values([0.5, 2.0])).dtype, as_floats(as_values([1, 2])).dtype
    (dtype('float64'), dtype('O'))
    """
    each = values.reshape(-1).tolist()
    plain = all(map(is_number_or_float, each)) and any(isinstance(value, float) for value in each)
    return values.astype(np.float64) if plain else values


def folded(seen: Seen, inputs: list[Array | None]) -> Array | None:
    """Return the values of a node's output, None where they are unknown or too many."""
    rule = FOLDS.get(seen.node.op_type)
    if rule is None or any(value is None for value in inputs):
        return None
    found = rule(seen, [value for value in inputs if value is not None])
    if found is None or found.size > MOST or any(map(_is_too_long, found.reshape(-1).tolist())):
        return None
    return found


def _is_too_long(value: Any) -> bool:
    """Say whether a whole number has more than the 64 bits that one can have where the model runs."""
    return isinstance(value, int) and value.bit_length() > 64


def shape_of(seen: Seen) -> Array | None:
    """Shape and Size: sizes as values, names among them."""
    shape = seen.shape(0)
    if seen.node.op_type == "Size":
        return as_values(np.array(product(shape), object))
    rank = len(shape)
    start, end = seen.attribute("start", 0), seen.attribute("end", None)
    return _objects(list(shape[slice(start, rank if end is None else end)]))


def constant(seen: Seen, _: list[Array]) -> Array | None:
    """Constant: a value, or one of the short forms."""
    for name in ("value_int", "value_float", "value_ints", "value_floats", "value"):
        value = seen.attribute(name)
        if value is not None:
            array = value.array() if isinstance(value, Tensor) else np.asarray(value)
            return as_values(array) if array.dtype.kind in "biufO" and array.size <= MOST else None
    return None


def _objects(values: list[Any]) -> Array:
    found = np.empty(len(values), object)
    found[:] = values
    return found


def _gather(seen: Seen, inputs: list[Array]) -> Array:
    data, places = inputs
    at = normal_axis(seen.attribute("axis", 0), data.ndim)
    length = data.shape[at]
    if any(not -length <= p < length for p in places.reshape(-1).tolist()):
        raise ArgumentError(f"indices {places.tolist()} reach beyond {length} values")
    return as_values(np.take(data, places.astype(np.int64), axis=at))


def _concat(seen: Seen, inputs: list[Array]) -> Array:
    return np.concatenate(inputs, axis=int(seen.attribute("axis", 0)))


def _cut(seen: Seen, inputs: list[Array]) -> Array:
    data = inputs[0]
    lines = slices(seen, data.ndim)
    places = [slice(None)] * data.ndim
    for a, (start, end, step) in lines.items():
        first, last, by = number(start, "starts"), number(end, "ends"), number(step, "steps")
        places[a] = slice(first, None if by < 0 and last < -data.shape[a] else last, by)
    return data[tuple(places)]


def _unsqueeze(seen: Seen, inputs: list[Array]) -> Array:
    data = inputs[0]
    given = seen.attribute("axes") if seen.attribute("axes") is not None else inputs[1].reshape(-1).tolist()
    rank = data.ndim + len(given)
    axes = sorted(normal_axis(a, rank, "axes") for a in given)
    for a in axes:
        data = np.expand_dims(data, a)
    return data


def _squeeze(seen: Seen, inputs: list[Array]) -> Array:
    axes = axes_of(seen, inputs[0].ndim)
    return np.squeeze(inputs[0], None if axes is None else tuple(axes))


def _reshape(seen: Seen, inputs: list[Array]) -> Array:
    target = reshaped(inputs[0].shape, inputs[1].reshape(-1).tolist())
    return inputs[0].reshape([number(n, "shape") for n in target])


def _same(seen: Seen, inputs: list[Array]) -> Array:
    return inputs[0]


def _cast(seen: Seen, inputs: list[Array]) -> Array | None:
    to = seen.attribute("to")
    whole = to in (2, 3, 4, 5, 6, 7, 12, 13) or (isinstance(to, str) and "int" in to.lower())
    if not whole:
        return inputs[0]
    return _each(lambda v: v if isinstance(v, sympy.Expr) else int(v))(seen, inputs)


def _each(change: Callable[..., Any]) -> Fold:
    """Return the rule that does something to each value, or to values of one place."""

    def rule(seen: Seen, inputs: list[Array]) -> Array | None:
        if seen.attribute("broadcast", 0):
            inputs = [x.reshape(shape) for x, shape in zip(inputs, aligned(seen), strict=True)]
        if math.prod(np.broadcast_shapes(*(x.shape for x in inputs))) > MOST:
            return None
        parts = np.broadcast_arrays(*inputs)
        found = np.empty(parts[0].shape, object)
        for place in np.ndindex(found.shape):
            value = change(*(x[place] for x in parts))
            if value is None:
                return None
            found[place] = value
        return found

    return rule


def _divided(a: Any, b: Any) -> Any:
    if b == 0:
        return None
    if isinstance(a, float) or isinstance(b, float):
        return a / b if is_number_or_float(a) and is_number_or_float(b) else None
    if is_number(a) and is_number(b):
        return int(a / b) if abs(a) < 2**53 and (a < 0) != (b < 0) else a // b
    return floor_div(a, b)


def is_number_or_float(value: Any) -> bool:
    """Say whether a value is a number and no formula."""
    return isinstance(value, int | float)


def _equal(a: Any, b: Any) -> Any:
    if a == b:
        return True
    if is_number_or_float(a) and is_number_or_float(b):
        return False
    # A size is at least 1: it is never the -1 or the 0 of a target.
    for one, other in ((a, b), (b, a)):
        if is_number_or_float(one) and one < 1 and is_nonnegative(other - 1):
            return False
    return None


def _less(a: Any, b: Any) -> Any:
    return a < b if is_number_or_float(a) and is_number_or_float(b) else None


def _chosen(which: Any, a: Any, b: Any) -> Any:
    return a if which else b


def _numbers(change: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of numbers that knows nothing of formulas."""

    def guarded(*values: Any) -> Any:
        return change(*values) if all(map(is_number_or_float, values)) else None

    return guarded


def _floor(value: Any) -> Any:
    return value if isinstance(value, int | sympy.Expr) else math.floor(value)


def _ceil(value: Any) -> Any:
    return value if isinstance(value, int | sympy.Expr) else math.ceil(value)


def _filled(seen: Seen, inputs: list[Array]) -> Array | None:
    sizes = inputs[0].reshape(-1).tolist()
    if not all(is_number(n) and n >= 0 for n in sizes) or math.prod(sizes) > MOST:
        return None
    value = seen.attribute("value", 0)
    value = value.array() if isinstance(value, Tensor) else value
    found = np.empty(sizes, object)
    found[...] = np.asarray(value).reshape(-1).tolist()[0]
    return found


def _range(seen: Seen, inputs: list[Array]) -> Array | None:
    start, end, step = (x.reshape(-1).tolist()[0] for x in inputs)
    if not all(map(is_number, (start, end, step))) or step == 0:
        return None
    span = range(start, end, step)
    return _objects(list(span)) if len(span) <= MOST else None


def _expand(seen: Seen, inputs: list[Array]) -> Array | None:
    sizes = inputs[1].reshape(-1).tolist()
    if not all(is_number(n) and n >= 0 for n in sizes):
        return None
    shape = np.broadcast_shapes(inputs[0].shape, tuple(sizes))
    return np.broadcast_to(inputs[0], shape) if math.prod(shape) <= MOST else None


def _product(seen: Seen, inputs: list[Array]) -> Array | None:
    if inputs[0].ndim > 1:
        return None
    value = product(inputs[0].tolist())
    return _objects([value]) if seen.attribute("keepdims", 1) else as_values(np.array(value, object))


def _transpose(seen: Seen, inputs: list[Array]) -> Array:
    return np.transpose(inputs[0], seen.attribute("perm"))


FOLDS: Mapping[str, Fold] = {
    "Constant": constant,
    "Gather": _gather,
    "Concat": _concat,
    "Slice": _cut,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Reshape": _reshape,
    "Identity": _same,
    "Cast": _cast,
    "Transpose": _transpose,
    "Add": _each(lambda a, b: a + b),
    "Sub": _each(lambda a, b: a - b),
    "Mul": _each(lambda a, b: a * b),
    "Div": _each(_divided),
    "Floor": _each(_floor),
    "Ceil": _each(_ceil),
    "Neg": _each(lambda a: -a),
    "Min": _each(_numbers(min)),
    "Max": _each(_numbers(max)),
    "Mod": _each(_numbers(lambda a, b: a % b if b else None)),
    "Equal": _each(_equal),
    "Less": _each(_less),
    "Greater": _each(lambda a, b: _less(b, a)),
    "Not": _each(lambda a: not a),
    "Where": _each(_chosen),
    "ConstantOfShape": _filled,
    "Range": _range,
    "Expand": _expand,
    "ReduceProd": _product,
}
