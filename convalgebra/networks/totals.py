"""What counts in a total of a network, and the total itself, which says what it leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sympy

from convalgebra.errors import ArgumentError
from convalgebra.formulas import text
from convalgebra.networks.layer import Layer
from convalgebra.proofs import Size, as_formula
from convalgebra.sizes import as_number

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


def total_of(layers: Sequence[Layer], quantity: str, include: Iterable[str] = AS_PAPERS) -> Total:
    """Return a quantity of layers in all, for one image, each tensor of parameters counted once.

    Raises ``ArgumentError`` for a quantity that there is not, and for what can not be included.
    """
    if quantity not in UNITS:
        raise ArgumentError(f"quantity={quantity!r} must be one of {', '.join(UNITS)}")
    chosen = included(include)
    missing = [layer.name for layer in layers if not layer.understood]
    if quantity in ("parameters", "running_parameters"):
        terms = _parameters(layers, quantity, chosen)
    else:
        terms = []
        for layer in layers:
            if layer.understood and layer.category in chosen:
                found = count_of(layer, quantity, chosen)
                if found is None:
                    missing.append(layer.name)
                else:
                    terms.append(found)
    return Total(added(terms), bool(missing), tuple(missing), quantity, chosen)


def _parameters(layers: Iterable[Layer], quantity: str, chosen: frozenset[str]) -> list[Size]:
    found: dict[str, Size] = {}
    for layer in layers:
        roles = {"running"} if quantity == "running_parameters" else roles_of(layer, chosen)
        found |= {held.tensor: held.size for held in layer.held if held.role in roles}
    return list(found.values())


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


def count_of(layer: Layer, quantity: str, chosen: frozenset[str]) -> Size | None:
    """Return what a layer has of a quantity that is no parameter, None where nobody knows it.

    The sums with a bias go with the bias, in a normalisation with the normalisation.
    """
    counts = layer.counts
    found: Size | None = None if counts is None else getattr(counts, quantity)
    if counts is None or found is None or quantity != "additions":
        return found
    return found + counts.bias_additions if layer.category == "norm" or "bias" in chosen else found


def added(terms: Iterable[Size]) -> Size:
    """Return the sum of sizes, a polynomial multiplied out, so that like terms meet.

    >>> q = sympy.Symbol("q")
    >>> added([(q + 1) ** 2, 3, -q])
    q**2 + q + 4
    """
    each = list(terms)
    if all(isinstance(term, int) for term in each):
        return sum(each, start=0)
    whole = sympy.Add(*map(as_formula, each))
    expanded = whole if whole.has(sympy.floor, sympy.Sum) else sympy.expand(whole)
    return as_number(expanded)
