"""The published numbers of the zoo's networks as data: value as printed, unit, convention, finding."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from convalgebra.networks.zoo.layers import Description
from convalgebra.networks.zoo.models import zoo

UNITS = {"one": 1, "million": 10**6, "billion": 10**9}


@dataclass(frozen=True)
class Published:
    """A number that was printed for a network, with the convention that reproduces it.

    ``include`` says what is counted of ``quantity`` (conv, linear, bias, norm), ``flops`` how many
    FLOPs the print makes of one mult-add, ``layers`` which layers alone ("" for all), ``against`` the
    network that is counted above the line when the number is a quotient. ``agrees`` is "rounded",
    "cut" or "no"; then ``counted`` is the count that differs, and ``finding`` says why. ``per_channel``
    is how many numbers of a normalisation the source counts for each channel. ``seen`` is where the
    digits were read, "" where they were not read again.
    """

    network: str
    quantity: str
    printed: str
    unit: str
    include: frozenset[str]
    source: str
    agrees: str
    options: Mapping[str, Any] = field(default_factory=dict)
    layers: str = ""
    step: int | None = None
    flops: int = 1
    against: Mapping[str, Any] | None = None
    counted: Fraction | None = None
    finding: str = ""
    per_channel: int = 2
    seen: str = ""

    def description(self) -> Description:
        """Return the network that the number is about.

        >>> published("vgg_16")[0].description()["name"]
        'vgg_16'
        """
        return zoo(self.network, **self.options)

    def over(self) -> Description | None:
        """Return the network above the line when the number is a quotient, else None.

        >>> [one.over()["name"] for one in published("squeezenet_1_0") if one.over()]
        ['alexnet']
        """
        return zoo(self.against["network"], **self.against.get("options", {})) if self.against else None

    def value(self, count: Fraction | int) -> Fraction:
        """Return a count (or a quotient of counts) in the unit of the print.

        >>> published("mobilenet_v1")[0].value(4866269184)
        Fraction(76035456, 15625)
        """
        return Fraction(count) * self.flops / UNITS[self.unit]

    def written(self, count: Fraction | int, how: str = "rounded") -> str:
        """Return a count as it would be printed, to the printed digits, "rounded" (half up) or "cut".

        >>> number = published("resnet_50")[0]
        >>> number.written(3857973248), number.written(3857973248, "cut"), number.printed
        ('3.9', '3.8', '3.8')
        """
        value, printed = self.value(count), self.printed.replace(",", "")
        decimals = len(printed.partition(".")[2])
        step = Decimal(self.step) if self.step else Decimal(1).scaleb(-decimals)
        steps = value / Fraction(step)
        whole = Decimal(steps.numerator) / Decimal(steps.denominator)
        digits = whole.to_integral_value(ROUND_DOWN if how == "cut" else ROUND_HALF_UP) * step
        return f"{digits:,}" if "," in self.printed else f"{digits}"

    def agreement(self, count: Fraction | int) -> str:
        """Return how a count agrees with the print: "rounded", "cut" or "no".

        >>> published("resnet_50")[0].agreement(3857973248)
        'cut'
        """
        for how in ("rounded", "cut"):
            if self.written(count, how) == self.printed:
                return how
        return "no"


def published(network: str | None = None) -> tuple[Published, ...]:
    """Return the published numbers of one network of the zoo, or of all.

    >>> [(one.printed, one.options["groups"]) for one in published("shufflenet_v1")[:5]]
    [('143', 1), ('140', 2), ('137', 3), ('133', 4), ('137', 8)]
    """
    return tuple(one for one in _all() if network in (None, one.network))


@cache
def _all() -> tuple[Published, ...]:
    text = (files(__package__) / "published.toml").read_text(encoding="utf-8")
    held = tomllib.loads(text)
    return tuple(_read(row, held["seen"]) for row in held["number"])


def _read(row: Mapping[str, Any], seen: Mapping[str, str]) -> Published:
    counted = Fraction(row["counted"]) if "counted" in row else None
    source = row["source"]
    where = seen.get(source, seen.get(source.partition(", ")[0], ""))
    return Published(**{**row, "include": frozenset(row["include"]), "counted": counted, "seen": where})
