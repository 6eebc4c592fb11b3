"""Claims about counts and sizes.

What a claim *says* is a function of the sizes; it is called with symbols for the derivation and with
numbers for the measurement, so that a claim is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from convalgebra.claims.claim import Finding, Judge, derived, measured, named
from convalgebra.claims.forms.sliding import first_size
from convalgebra.counting.measured import run_count, weights_seen
from convalgebra.operators.base import Operator
from convalgebra.proofs import as_formula
from convalgebra.sizes import symbol

Says = Callable[..., Any]
Make = Callable[..., Operator]
Sizes = Mapping[str, Any]


def always(**sizes: Any) -> bool:
    """Say yes: the condition of a claim that has none."""
    return True


def count(
    says: Says,
    make: Make,
    sizes: Iterable[Sizes],
    *,
    met: Callable[..., bool] = always,
    fixed: Sizes | None = None,
    right: Says | None = None,
    quantity: str = "multiplications",
) -> Judge:
    """Return the judge of a claim about a count: ``says(**sizes)`` is what ``make(**sizes)`` takes.

    By derivation the claim is held against the formula of the operator with names for its sizes, and
    again with the numbers of ``fixed``, where the condition is met. By measurement it is held against
    products counted by running, at every one of ``sizes``; ``met`` says where the condition is.
    ``quantity`` is one of an operator's counts, such as ``mult_adds`` or ``parameters``.
    """
    points = [dict(point) for point in sizes]

    def derive(of: Operator) -> Any:
        return as_formula(getattr(of, quantity))

    def run(of: Operator) -> int:
        return run_count(of, quantity)

    return both_roads(says, make, points, derive, run, met, fixed, right)


def parameters(
    says: Says,
    make: Make,
    sizes: Iterable[Sizes],
    *,
    met: Callable[..., bool] = always,
    fixed: Sizes | None = None,
    right: Says | None = None,
) -> Judge:
    """Return the judge of a claim about the number of weights.

    By measurement: the weights are numbered, and the different numbers in the matrices are counted. An
    image must be large enough for every tap to read it.
    """
    points = [dict(point) for point in sizes]
    return both_roads(
        says, make, points, lambda of: as_formula(of.parameters), weights_seen, met, fixed, right
    )


def output_size(
    says: Says,
    make: Make,
    sizes: Iterable[Sizes],
    *,
    met: Callable[..., bool] = always,
    fixed: Sizes | None = None,
    right: Says | None = None,
) -> Judge:
    """Return the judge of a claim about the output size along the first axis of a layer.

    By measurement: the windows that fit, slid over the padded image of each step.
    """
    points = [dict(point) for point in sizes]

    def derive(of: Operator) -> Any:
        return as_formula(of.output_size[0])

    return both_roads(says, make, points, derive, first_size, met, fixed, right)


def both_roads(
    says: Says,
    make: Callable[..., Any],
    points: list[dict[str, Any]],
    derive: Callable[[Any], Any],
    run: Callable[[Any], Any],
    met: Callable[..., bool] = always,
    fixed: Sizes | None = None,
    right: Says | None = None,
) -> Judge:
    """Return the judge that derives from what is made of names, and runs what is made of numbers."""
    symbols = {name: symbol(name) for name in points[0]}

    def judge() -> Iterator[Finding]:
        found = derive(make(**symbols))
        general = met is always
        yield derived("all sizes", says(**symbols), found, inside=general)
        if fixed is not None:
            put = {**symbols, **fixed}
            yield derived(named(fixed), says(**put), derive(make(**put)))
        if right is not None:
            yield derived("all sizes, the right statement", right(**symbols), found, right=True)
        for point in points:
            counted = run(make(**point))
            yield measured(named(point), says(**point), counted, inside=met(**point))
            if right is not None:
                yield measured(named(point), right(**point), counted, right=True)

    return judge
