"""Claims that set counts of operators beside each other: ratios, differences, limits, which is cheaper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from math import prod
from typing import Any

import sympy

from convalgebra.claims.claim import Finding, Judge, derived, measured, named
from convalgebra.claims.forms.counts import Make, Says, Sizes, always, both_roads
from convalgebra.claims.forms.sliding import ones
from convalgebra.counting.measured import run_count
from convalgebra.errors import ArgumentError
from convalgebra.operators.base import Operator
from convalgebra.proofs import as_formula, is_nonnegative
from convalgebra.sizes import symbol


def quotient(a: Any, b: Any) -> Any:
    """Return the first count over the second."""
    return sympy.cancel(as_formula(a) / as_formula(b))


def difference(a: Any, b: Any) -> Any:
    """Return the first count less the second."""
    return as_formula(a) - as_formula(b)


def of_counts(
    says: Says,
    makes: tuple[Make, ...],
    sizes: Iterable[Sizes],
    *,
    how: Callable[..., Any] = quotient,
    met: Callable[..., bool] = always,
    fixed: Sizes | None = None,
    right: Says | None = None,
    quantity: str = "multiplications",
) -> Judge:
    """Return the judge of a claim about ``how(...)`` of the counts of several operators: their ratio.

    By derivation the counts are formulas, by measurement numbers counted by running; ``how`` puts both
    together. The claim is called with exact numbers, so that 2/m is a fraction.
    """
    points = [dict(point) for point in sizes]

    def exact(function: Says) -> Says:
        return lambda **put: function(**{name: as_formula(value) for name, value in put.items()})

    return both_roads(
        exact(says),
        lambda **put: [make(**put) for make in makes],
        points,
        lambda ops: how(*(formula_of(op, quantity) for op in ops)),
        lambda ops: how(*(run_count(op, quantity) for op in ops)),
        met,
        fixed,
        None if right is None else exact(right),
    )


def formula_of(op: Operator, quantity: str = "multiplications") -> sympy.Expr:
    """Return a count as the formula of the structure.

    ``moved`` are the values that the factors read and write, ``outputs`` those that come out at the end.

    >>> from convalgebra.catalogue.basic import conv
    >>> formula_of(conv(1, 2, 5, 3, padding=1), "moved")
    21
    """
    if quantity == "outputs":
        return as_formula(op.shape[0])
    if quantity == "moved":
        parts = [(*stage.shape, stage.parameters) for stage in op.stages]
        return sympy.factor(sum(as_formula(size) for part in parts for size in part))
    return as_formula(getattr(op, quantity))


# --- which is cheaper ------------------------------------------------------------------------------


def fewer(
    less: Make,
    more: Make,
    sizes: Iterable[Sizes],
    *,
    met: Callable[..., bool] = always,
    within: Iterable[Sizes] = (),
    beyond: Iterable[Sizes] = (),
    quantity: str = "multiplications",
) -> Judge:
    """Return the judge of a claim that ``less(**sizes)`` takes fewer than ``more(**sizes)``.

    By derivation: proved for all positive values of the names, in each family of sizes ``within`` the
    condition, and refuted in each one ``beyond`` it. By measurement: counted at every one of ``sizes``.
    """
    points = [dict(point) for point in sizes]

    def judge() -> Iterator[Finding]:
        for inside, families in ((True, within), (False, beyond)):
            for family in families:
                a, b = (formula_of(make(**family), quantity) for make in (less, more))
                yield derived(named(family), "fewer", _order(a, b), inside=inside)
        for point in points:
            a, b = (run_count(make(**point), quantity) for make in (less, more))
            yield measured(named(point), "fewer", _order(a, b), inside=met(**point))

    return judge


def _order(a: Any, b: Any) -> str:
    """Say whether one count is always below another: only what is proved."""
    a, b = as_formula(a), as_formula(b)
    if is_nonnegative(sympy.expand(b - a - 1)):
        return "fewer"
    return "not fewer" if is_nonnegative(sympy.expand(a - b)) else "not decided"


def threshold(
    says: int,
    makes: tuple[Make, Make],
    most: Any,
    name: str,
    start: int,
    *,
    right: bool = True,
    inside: bool = True,
    **others: Any,
) -> Judge:
    """Return the judge of the first size from which on the ratio of two counts is at most ``most``.

    By derivation the equality is solved for the size and rounded up; by measurement the sizes from
    ``start`` on, a few below the answer, are tried one after the other.
    """

    def judge() -> Iterator[Finding]:
        n = symbol(name)
        a, b = (formula_of(make(**{name: n}, **others)) for make in makes)
        roots = sympy.solve(sympy.numer(sympy.together(a / b - most)), n)
        at = f"the first {name} with a ratio of at most {most}"
        yield derived(at, says, sympy.ceiling(roots[0]) if roots else "none", inside=inside, right=right)
        yield measured(at, says, _first(makes, most, name, start, others), inside=inside, right=right)

    return judge


_TRIED = 20


def _first(makes: tuple[Make, Make], most: Any, name: str, start: int, others: Mapping[str, Any]) -> Any:
    for n in range(start, start + _TRIED):
        a, b = (run_count(make(**{name: n}, **others)) for make in makes)
        if Fraction(a, b) <= Fraction(int(most.p), int(most.q)):
            return n
    return f"none from {start} to {n}"


def change(
    said: str,
    of: Callable[[Any], tuple[Any, Any]],
    make: Make,
    family: Sizes,
    point: Sizes,
    *,
    inside: bool = True,
) -> Judge:
    """Return the judge of a claim that something "shrinks", "grows" or "stays" from input to output.

    ``of(operator)`` is what was and what is, such as the channels. By derivation: proved for a family of
    sizes; by measurement: seen at one, in the table of channels and in the shape of the matrix.
    """

    def judge() -> Iterator[Finding]:
        before, after = of(make(**family))
        yield derived(named(family), said, _changed(before, after), inside=inside)
        before, after = of(_Seen(make(**point)))
        yield measured(named(point), said, _changed(before, after), inside=inside)

    return judge


def channels(op: Any) -> tuple[Any, Any]:
    """Return the channels read and written."""
    return op.input_shape[0], op.output_shape[0]


def places(op: Any) -> tuple[Any, Any]:
    """Return the places of the image read and written."""
    return prod(op.input_shape[1:]), prod(op.output_shape[1:])


class _Seen:
    """The shapes that a matrix shows: its channels as the pattern tells them, its places flat."""

    def __init__(self, op: Operator) -> None:
        outs, ins = op.channel_pattern().table.shape
        rows, columns = op.matrix(ones(op)).shape
        self.input_shape, self.output_shape = (ins, columns // ins), (outs, rows // outs)


def _changed(before: Any, after: Any) -> str:
    more = sympy.expand(as_formula(after) - as_formula(before))
    if more == 0:
        return "stays"
    decided = [word for word, sign in (("grows", 1), ("shrinks", -1)) if is_nonnegative(sign * more - 1)]
    return decided[0] if decided else "not decided"


# --- limits ----------------------------------------------------------------------------------------


def limit(
    says: Says,
    makes: tuple[Make, Make],
    name: str,
    start: int,
    sizes: Iterable[Sizes],
    *,
    quantity: str = "multiplications",
    general: bool = True,
) -> Judge:
    """Return the judge of a claim about the limit of the ratio of two counts as ``name`` grows.

    By derivation: sympy's limit of the formulas, with names for the other sizes (if ``general``) and
    with the numbers of ``sizes``. By measurement: what is counted from the size ``start`` on is a
    polynomial; its differences give the degree and the leading coefficient, and these the limit.
    """
    points = [dict(point) for point in sizes]

    def judge() -> Iterator[Finding]:
        symbols = {n: symbol(n) for n in points[0]}
        n = symbol(name)
        for put in ([symbols] if general else []) + points:
            a, b = (formula_of(make(**{name: n}, **put), quantity) for make in makes)
            said = says(**{k: as_formula(v) for k, v in put.items()})
            at = f"{name} to infinity{''.join(f', {k}={v}' for k, v in put.items() if k != str(v))}"
            yield derived(at, said, sympy.limit(sympy.cancel(a / b), n, sympy.oo))
        for put in points:
            counts = [
                [run_count(make(**{name: k}, **put), quantity) for k in range(start, start + _PLACES)]
                for make in makes
            ]
            at = f"leading terms in {name}, {named(put)}"
            yield measured(at, says(**{k: as_formula(v) for k, v in put.items()}), leading_ratio(*counts))

    return judge


_PLACES = 5


def leading_ratio(a: list[int], b: list[int]) -> Any:
    """Return the limit of the ratio of two polynomials, given as values at consecutive integers.

    >>> leading_ratio([1, 4, 9, 16, 25], [3, 5, 7, 9, 11]), leading_ratio([2, 4, 6, 8], [3, 4, 5, 6])
    (oo, 2)
    """
    (p, up), (q, down) = leading(a), leading(b)
    return sympy.oo if p > q else sympy.Integer(0) if p < q else sympy.Rational(up, down)


def leading(values: list[int]) -> tuple[int, int]:
    """Return the degree of the polynomial through the values, and its last difference but zero.

    Raises ``ArgumentError`` where there are too few values to see that it is one.

    >>> leading([1, 4, 9, 16])
    (2, 2)
    """
    for degree in range(len(values) - 1):
        if len(set(values)) == 1:
            return degree, values[0]
        values = [after - before for before, after in pairwise(values)]
    raise ArgumentError("values: there are too few of them to show a polynomial")
