"""Claims that print a total of a published network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from convalgebra.claims.claim import Finding, Judge, derived, measured
from convalgebra.claims.forms.networks import (
    Placed,
    total,
    total_beside,
    total_beside_counted,
    total_counted,
)
from convalgebra.claims.forms.printed import Show

# --- totals of networks ----------------------------------------------------------------------------

Row = tuple[str, str, Callable[[], tuple[Placed, ...]]]


def totals(
    rows: Iterable[Row],
    quantity: str,
    show: Show,
    *,
    beside: bool = False,
    inside: bool = True,
    right: bool = False,
) -> Judge:
    """Return the judge of printed totals: each row is (at, what is said, what makes the network).

    ``show`` prints a number as the paper does. ``beside`` adds biases and batch normalisations. By
    derivation: the formulas of the layers; by measurement: the stored entries of their matrices.
    """
    rows = list(rows)

    def judge() -> Iterator[Finding]:
        for at, said, make in rows:
            network = make()
            formulas = total(network, quantity) + (total_beside(network) if beside else 0)
            entries = total_counted(network, quantity)
            entries += total_beside_counted(network) if beside else 0
            what = f"{at}, {quantity.replace('_', '-')}"
            yield derived(what, said, show(formulas), inside=inside, right=right)
            yield measured(what, said, show(entries), inside=inside, right=right)

    return judge
