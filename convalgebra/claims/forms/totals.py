"""Claims about whole networks, AlexNet, ResNet-50 and ResNeXt-50: their totals, as papers print them."""

from __future__ import annotations

from typing import Any

import sympy

from convalgebra.catalogue.grouped import resnext_block
from convalgebra.claims.claim import Judge
from convalgebra.claims.forms.networks import (
    ALEXNET,
    RESNET50,
    RESNEXT50,
    Layer,
    placed,
    total,
    total_beside,
    total_beside_counted,
    total_counted,
    ungrouped,
    weighted,
)
from convalgebra.claims.forms.printed import as_printed
from convalgebra.claims.forms.values import several, value
from convalgebra.operators.base import Operator
from convalgebra.proofs import as_formula
from convalgebra.sizes import symbol

CONVOLUTIONS = tuple(row for row in ALEXNET if row.name.startswith(("conv", "pool")))


def saved(like: str, table: tuple[Layer, ...], what: str) -> Judge:
    """Return the judge of the percentage of the weights that the groups of AlexNet save, as printed."""
    nets = placed(table, 3, 227), placed(ungrouped(table), 3, 227)

    def share(weights: Any) -> str:
        few, many = (weights(net, "parameters") for net in nets)
        return as_printed(sympy.Rational(100 * (many - few), many), like)

    at = f"percent of the weights saved, {what}"
    return value(at, like, lambda: share(total), lambda: share(total_counted))


def saved_by_layer(said: list[Any]) -> Judge:
    """Return the judge of the weights of AlexNet's convolutions, over those without groups."""

    def ratios(of: Any) -> list[Any]:
        tables = (CONVOLUTIONS, ungrouped(CONVOLUTIONS))
        pairs = zip(*(weighted(placed(rows, 3, 227)) for rows in tables), strict=True)
        return [sympy.Rational(of((a,), "parameters"), of((b,), "parameters")) for a, b in pairs]

    at = "weights over weights without groups"
    return value(at, said, lambda: ratios(total), lambda: ratios(total_counted))


def million(said: tuple[str, ...], at: str, *tables: tuple[Layer, ...], inside: bool = True) -> Judge:
    """Return the judge of the parameters of several networks, counted alike, in millions as printed."""
    networks = [placed(table, 3, 224) for table in tables]

    def printed(weights: Any, beside: Any) -> tuple[str, ...]:
        counts = [weights(network, "parameters") + beside(network) for network in networks]
        return tuple(
            as_printed(sympy.Rational(n, 10**6), like) for n, like in zip(counts, said, strict=True)
        )

    return value(
        f"millions of parameters, {at}",
        said,
        lambda: printed(total, total_beside),
        lambda: printed(total_counted, total_beside_counted),
        inside=inside,
    )


def billion(like: str, name: str, table: tuple[Layer, ...], channels: int = 3, size: int = 224) -> Judge:
    """Return the judge of a network's multiply-adds in billions, as printed."""

    def formula() -> int:
        """Return the polynomial in the size of the image, seven blocks long, with the number put."""
        blocks = symbol("q")
        found = as_formula(total(placed(table, channels, size // 7 * blocks), "mult_adds"))
        return int(found.subs(blocks, 7))

    def printed(count: int) -> str:
        return as_printed(sympy.Rational(count, 10**9), like)

    return value(
        f"billions of multiply-adds, {name}",
        like,
        lambda: printed(formula()),
        lambda: printed(total_counted(placed(table, channels, size), "mult_adds")),
    )


def resnext_beside_resnet(said: str, quantity: str) -> Judge:
    """Return the judge of whether ResNeXt-50 has fewer or more of something than ResNet-50."""
    plain, other = placed(RESNET50, 3, 224), placed(RESNEXT50, 3, 224)

    def word(of: Any) -> str:
        return "fewer" if of(other, quantity) < of(plain, quantity) else "more"

    at = f"{quantity} of ResNeXt-50 beside ResNet-50"
    return value(at, said, lambda: word(total), lambda: word(total_counted))


def block(C: Any, d: Any) -> Operator:
    """Return the block with 256 channels, C paths of width d, on an image where all taps are read."""
    return resnext_block(256, 256, (3, 3), 3, groups=C, middle_channels=C * d, padding=1)


def bottleneck(C: int, d: int) -> tuple[Layer, ...]:
    """Return the block as a table of layers."""
    return (Layer("reduce", C * d), Layer("transform", C * d, 3, padding=1, groups=C), Layer("expand", 256))


def table_two(C: int, d: int, width: int) -> Judge:
    """Return the judge of a column of the paper's Table 2: about 70k parameters, and the width."""

    def about(parameters: int) -> str:
        return "70k" if abs(parameters - 70_000) <= 0.03 * 70_000 else f"{parameters}"

    return several(
        value(
            f"parameters within 3 percent, C={C}, d={d}",
            "70k",
            lambda: about(block(C, d).parameters),
            lambda: about(total_counted(placed(bottleneck(C, d), 256, 3), "parameters")),
        ),
        value(
            f"width of the grouped convolution, C={C}, d={d}",
            width,
            lambda: block(C, d).weight_shapes["transform"][0],
            lambda: block(C, d).stages[1].channel_pattern().table.shape[0],
        ),
    )
