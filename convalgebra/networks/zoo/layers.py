"""Layers as plain dicts: what the networks of the zoo are written with."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import sympy

from convalgebra.errors import ArgumentError
from convalgebra.grammar import parse_formula
from convalgebra.proofs import Size
from convalgebra.sizes import as_size

Layer: TypeAlias = dict[str, Any]
Description: TypeAlias = dict[str, Any]


# --- sizes ---------------------------------------------------------------------------------------


def read_size(value: Any, argument: str) -> Size:
    """Return a size, at least 1: from an int, a sympy expression, or a formula as text.

    Raises ``ArgumentError`` that names ``argument`` when it is no whole number or no formula.

    >>> read_size("32*q", "resolution") + 1
    32*q + 1
    """
    if isinstance(value, str):
        try:
            value = parse_formula(value)
        except ArgumentError as error:
            raise ArgumentError(f"{argument}={value!r}: {error}") from None
    return as_size(value, argument, least=1)


def plain(size: Size) -> int | str:
    """Return a size as JSON has it: a number, or a formula that ``parse_formula`` reads.

    >>> plain(7), plain(read_size("(H - 1)//2", "size"))
    (7, 'floor(H/2 - 1/2)')
    """
    return size if isinstance(size, int) else str(size)


def scaled(channels: int, factor: Any, argument: str) -> Size:
    """Return ``channels * factor``, exactly: the factor is a number or a formula.

    Raises ``ArgumentError`` when the product is no whole number, at least 1.

    >>> scaled(32, 0.75, "width"), scaled(32, "a/8", "width")
    (24, 4*a)
    """
    wanted = "a number such as 1, 0.75 or '1/4', or a formula such as 'a/8'"
    try:
        exact = parse_formula(factor) if isinstance(factor, str) else sympy.Rational(Fraction(str(factor)))
    except (ArgumentError, ValueError, ZeroDivisionError) as error:
        raise ArgumentError(f"{argument}={factor!r} must be {wanted}: {error}") from None
    try:
        return as_size(channels * exact, argument, least=1)
    except ArgumentError:
        raise ArgumentError(
            f"{argument}={factor!r} makes {channels * exact} of {channels} channels, which is no "
            f"whole number, at least 1: give {wanted} that does"
        ) from None


def image(channels: Size, resolution: Any) -> list[int | str]:
    """Return the shape of a batch of one image: ``resolution`` is one size or (height, width).

    >>> image(3, 224), image(1, ("H", "W"))
    ([1, 3, 224, 224], [1, 1, 'H', 'W'])
    """
    height, width = height_and_width(resolution)
    return [1, plain(channels), plain(height), plain(width)]


def height_and_width(resolution: Any) -> tuple[Size, Size]:
    """Return the two sizes that ``resolution`` says: one size for both, or a pair.

    >>> height_and_width("32*q")
    (32*q, 32*q)
    """
    pair = isinstance(resolution, Sequence) and not isinstance(resolution, str)
    if pair and len(resolution) != 2:
        raise ArgumentError(f"resolution={resolution!r} must be one size or a pair (height, width)")
    height, width = resolution if pair else (resolution, resolution)
    return read_size(height, "resolution"), read_size(width, "resolution")


def read_count(value: Any, argument: str, least: int = 1) -> int:
    """Return how many layers or how long a kernel: a number, from ``least`` to 1000.

    >>> read_count(4, "m")
    4
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 1000:
        raise ArgumentError(f"{argument}={value!r} must be a whole number from {least} to 1000")
    return value


def three(values: Any, argument: str) -> Sequence[Any]:
    """Return ``values`` when they are three.

    >>> three([1, 2, 4], "multi_grid")
    [1, 2, 4]
    """
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != 3:
        raise ArgumentError(f"{argument}={values!r} must be three whole numbers, such as (1, 2, 4)")
    return values


def choose(value: Any, argument: str, choices: Sequence[Any]) -> Any:
    """Return ``value`` when it is one of ``choices``; an ``ArgumentError`` names them otherwise.

    >>> choose(50, "depth", (18, 34, 50))
    50
    """
    if isinstance(value, bool) or value not in choices:
        raise ArgumentError(f"{argument}={value!r} must be one of {', '.join(map(repr, choices))}")
    return value


# --- layers --------------------------------------------------------------------------------------


def layer(kind: str, name: str, inputs: Sequence[str] = (), **settings: Any) -> Layer:
    """Return a layer; settings that are None are left out, without ``inputs`` it reads the layer before.

    >>> layer("relu", "relu1", inplace=None)
    {'name': 'relu1', 'type': 'relu'}
    """
    given = {key: value for key, value in settings.items() if value is not None}
    return {"name": name, "type": kind, **({"inputs": list(inputs)} if inputs else {}), **given}


def conv(
    name: str,
    out_channels: Size,
    kernel_size: int,
    *,
    stride: int = 1,
    padding: Any = 0,
    dilation: int = 1,
    groups: Size = 1,
    bias: bool = False,
    inputs: Sequence[str] = (),
) -> Layer:
    """Return a convolution; what is PyTorch's default is left out, save the bias, which is always said.

    >>> conv("conv1", 64, 7, stride=2, padding=3)["padding"]
    3
    """
    return layer(
        "conv",
        name,
        inputs,
        out_channels=plain(out_channels),
        kernel_size=kernel_size,
        stride=None if stride == 1 else stride,
        padding=None if padding == 0 else padding,
        dilation=None if dilation == 1 else dilation,
        groups=None if groups == 1 else plain(groups),
        bias=bias,
    )


def followed(before: Layer, *, norm: bool = True, activation: str | None = "relu") -> list[Layer]:
    """Return a layer with its batch norm and its activation, named after it.

    >>> [one["name"] for one in followed(conv("conv1", 8, 3))]
    ['conv1', 'conv1.norm', 'conv1.relu']
    """
    name = before["name"]
    after = [layer("batch_norm", f"{name}.norm")] if norm else []
    if activation:
        after.append(layer(activation, f"{name}.{activation}"))
    return [before, *after]


def max_pool(name: str, kernel_size: int, stride: int, padding: int = 0, *, ceil: bool = False) -> Layer:
    """Return max pooling; ``ceil`` keeps a last window that is not full.

    >>> max_pool("pool1", 3, 2)
    {'name': 'pool1', 'type': 'max_pool', 'kernel_size': 3, 'stride': 2}
    """
    return layer(
        "max_pool",
        name,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding or None,
        ceil_mode=ceil or None,
    )


def linear(name: str, out_features: Any, *, bias: bool = True) -> Layer:
    """Return a fully connected layer.

    >>> linear("fc", 1000)
    {'name': 'fc', 'type': 'linear', 'out_features': 1000, 'bias': True}
    """
    return layer("linear", name, out_features=plain(read_size(out_features, "classes")), bias=bias)


def classifier(classes: Any, name: str = "fc") -> list[Layer]:
    """Return the end that most of these networks have: the mean over the image, then one linear layer.

    >>> [one["type"] for one in classifier(1000)]
    ['global_average_pool', 'flatten', 'linear', 'softmax']
    """
    return [
        layer("global_average_pool", "pool"),
        layer("flatten", "flatten"),
        linear(name, classes),
        layer("softmax", "softmax"),
    ]


def described(name: str, shape: Sequence[int | str], layers: Sequence[Layer]) -> Description:
    """Return the description of a network: its name, the shape that goes in, its layers in order.

    >>> described("one", [1, 3, 8, 8], [conv("conv", 4, 3)])["input"]
    [1, 3, 8, 8]
    """
    return {"name": name, "input": list(shape), "layers": list(layers)}
