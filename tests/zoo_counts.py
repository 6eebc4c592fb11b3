"""A plain count over a network's description: no operator, no symbol, nothing of the package."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import prod


@dataclass
class Counted:
    """What one layer has: its output without the batch, mult-adds and parameters by kind."""

    name: str
    shape: tuple[int, ...]
    mult_adds: dict[str, int] = field(default_factory=dict)
    parameters: dict[str, int] = field(default_factory=dict)


def counted(description):
    """Return a ``Counted`` per layer; a layer of an unknown type or shapes that disagree raise."""
    shapes, last, layers = {}, "input", []
    shapes[last] = tuple(description["input"][1:])
    for one in description["layers"]:
        inputs = [shapes[name] for name in one.get("inputs", [last])]
        result = _one(one, inputs)
        assert result.name not in shapes, f"{result.name} twice"
        assert all(isinstance(n, int) and n > 0 for n in result.shape), result
        shapes[result.name], last = result.shape, result.name
        layers.append(result)
    return layers


def total(description, quantity, include, layers=""):
    """Return the sum over the layers, or over those that are called ``layers`` or ``layers.*``."""
    chosen = [
        c for c in counted(description) if not layers or c.name == layers or c.name.startswith(layers + ".")
    ]
    assert chosen, layers
    if quantity == "neurons":
        return sum(prod(c.shape) for c in chosen if set(c.mult_adds) & set(include))
    return sum(n for c in chosen for kind, n in getattr(c, quantity).items() if kind in include)


def of_published(row):
    """Return the count that a published number is about, a quotient where it is one."""
    own = total(_sized(row), row.quantity, row.include, row.layers)
    if row.quantity == "parameters" and "norm" in row.include:
        each = total(_sized(row), row.quantity, {"norm"}, row.layers) // 2
        own += (row.per_channel - 2) * each
    over = row.over()
    return Fraction(total(over, row.quantity, row.include), own) if over else own


def _sized(row):
    """Return the network in numbers: parameters are printed for images of any size."""
    net = row.description()
    numbers = [32 if isinstance(size, str) else size for size in net["input"]]
    return {**net, "input": numbers} if row.quantity == "parameters" else net


_SAME = {"batch_norm", "relu", "prelu", "lrn", "dropout", "softmax", "channel_shuffle"}


def _one(one, inputs):
    kind, name, shape = one["type"], one["name"], inputs[0]
    if kind in {"conv", "depthwise", "pointwise"}:
        return _conv(one, shape)
    if kind == "conv_transpose":
        k, s, p = one["kernel_size"], one["stride"], one["padding"]
        out = [(n - 1) * s - 2 * p + k + one.get("output_padding", 0) for n in shape[1:]]
        weights = shape[0] * one["out_channels"] * k * k
        bias = one["out_channels"] if one["bias"] else 0
        return Counted(
            name,
            (one["out_channels"], *out),
            {"conv": weights * prod(shape[1:])},
            {"conv": weights, "bias": bias},
        )
    if kind == "linear":
        (features,), out = shape, one["out_features"]
        bias = out if one["bias"] else 0
        return Counted(name, (out,), {"linear": features * out}, {"linear": features * out, "bias": bias})
    result = Counted(name, _moved(kind, one, inputs))
    if kind == "batch_norm":
        result.parameters["norm"] = 2 * shape[0]
    return result


def _conv(one, shape):
    channels, *size = shape
    out = one["out_channels"] if one["type"] != "depthwise" else channels
    groups = channels if one["type"] == "depthwise" else one.get("groups", 1)
    assert channels % groups == 0, (one, shape)
    assert out % groups == 0, (one, shape)
    k = one.get("kernel_size", 1)
    weights = out * (channels // groups) * k * k
    size = [_slid(n, k, one) for n in size]
    bias = out if one["bias"] else 0
    return Counted(
        one["name"], (out, *size), {"conv": weights * prod(size)}, {"conv": weights, "bias": bias}
    )


def _slid(n, k, one):
    """Return how many places a window takes; with ceil_mode the last may stand out."""
    room = n + 2 * one.get("padding", 0) - one.get("dilation", 1) * (k - 1) - 1
    assert room >= 0, (n, one)
    stride = one.get("stride", 1)
    return (-(-room // stride) if one.get("ceil_mode") else room // stride) + 1


def _moved(kind, one, inputs):
    """Return the shape after a layer without weights."""
    shape = inputs[0]
    if kind in _SAME:
        assert kind != "channel_shuffle" or shape[0] % one["groups"] == 0, (one, shape)
        return shape
    if kind in {"max_pool", "average_pool"}:
        return shape[0], *(_slid(n, one["kernel_size"], one) for n in shape[1:])
    if kind == "global_average_pool":
        return shape[0], 1, 1
    if kind == "flatten":
        return (prod(shape),)
    if kind == "concat":
        assert len({other[1:] for other in inputs}) == 1, (one, inputs)
        return sum(other[0] for other in inputs), *shape[1:]
    if kind == "add":
        assert len(set(inputs)) == 1, (one, inputs)
        return shape
    if kind == "pad":
        return shape[0] + sum(one["channels"]), *shape[1:]
    assert kind == "resize", one
    return shape[0], *one["size"]
