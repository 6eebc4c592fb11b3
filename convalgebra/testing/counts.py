"""``assert_count`` and ``assert_ratio``: a stated formula against counts that were measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import TypeAlias

import sympy

from convalgebra.bounds import expanded_terms
from convalgebra.counting.measured import QUANTITIES, check_quantity, run_count
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.formulas import tidy
from convalgebra.operators.base import Operator
from convalgebra.proofs import as_formula
from convalgebra.sizes import symbol
from convalgebra.testing.fitting import agrees, fitted
from convalgebra.testing.points import Family, Point, SizesLike, Source, below, points
from convalgebra.testing.stated import FormulaLike, Stated, stated
from convalgebra.testing.table import CountError, Row, message, table

_FOR_A_FIT = 60  # sizes to draw where a difference wants a formula
_MOST_TERMS = 100  # of a formula that is multiplied out to bring a difference into a short form
# The count of an operator, or of one over another: exact, and as it is shown.
Measure: TypeAlias = Callable[[Sequence[Operator]], tuple[Fraction, str] | None]


def assert_count(
    formula: FormulaLike,
    operator: Source,
    sizes: SizesLike = None,
    quantity: str = "multiplications",
) -> None:
    """Fail unless a closed form is exactly what is counted when the operator is run.

    ``formula`` is a text (read by ``parse_formula``), a sympy formula whose symbols are matched by
    name, a function of the sizes, or a number. ``operator`` has names in it, or is a function that
    makes operators from sizes, called by keyword. ``sizes`` is a grid (names to sizes; points at which
    no operator exists are left out), a list of sizes, or how many to draw; left out, 24 are drawn, the
    same each time, small and such that the operator exists.

    ``quantity`` is multiplications or additions, counted by running sparse products; mult_adds, the
    products of the same layer with its padding zeros made part of the input; or parameters, the
    different weights seen in its matrices.

    Raises ``AssertionError`` with the smallest counterexample, the difference as a formula where a small
    one fits all the sizes, and a table; ``ArgumentError`` for arguments that make no sense.

    >>> import convalgebra as ca
    >>> assert_count("m*(N - m + 1)", ca.conv(1, 1, input_size="N", kernel_size="m"))
    >>> assert_count(lambda N, m: m * (N - m), ca.conv(1, 1, "N", "m"), {"N": range(3, 9), "m": (2, 3)})
    Traceback (most recent call last):
        ...
    convalgebra.testing.table.CountError: <lambda> is not the multiplications of \
ca.conv(1, 1, input_size='N', kernel_size='m')
    smallest counterexample: N=3, m=2: formula 2, measured 4
    formula - measured = -m at all 12 sizes tried
    12 of 12 sizes differ:
      N  m  formula  measured
      3  2        2         4  differs
      3  3        0         3  differs
      4  2        4         6  differs
      4  3        3         6  differs
      5  2        6         8  differs
      5  3        6         9  differs
      ... and 6 more that differ
    """
    __tracebackhide__ = True
    check_quantity(quantity, QUANTITIES)
    family = Family(operator, "operator")

    def measure(operators: Sequence[Operator]) -> tuple[Fraction, str]:
        count = run_count(operators[0], quantity)
        return Fraction(count), str(count)

    claim = f"is not the {quantity} of {family}"
    _confront(formula, [family], sizes, measure, claim, lambda: _formula_of(family, quantity))


def assert_ratio(
    formula: FormulaLike,
    a: Source,
    b: Source,
    sizes: SizesLike = None,
    quantity: str = "multiplications",
) -> None:
    """Fail unless a closed form is exactly the count of ``a`` over that of ``b``, both measured.

    Arguments and errors are those of ``assert_count``; sizes at which ``b`` counts nothing are left out.

    >>> import convalgebra as ca
    >>> assert_ratio(
    ...     "1/N_c + 1/h**2",
    ...     ca.depthwise_separable("D", "N_c", ("H", "W"), "h"),
    ...     ca.conv("D", "N_c", ("H", "W"), "h"),
    ...     sizes={"D": (1, 3), "N_c": (1, 4), "H": (3, 5), "W": 4, "h": (1, 2, 3)},
    ... )
    """
    __tracebackhide__ = True
    check_quantity(quantity, QUANTITIES)
    top, bottom = Family(a, "a"), Family(b, "b")

    def measure(operators: Sequence[Operator]) -> tuple[Fraction, str] | None:
        counts = [run_count(operator, quantity) for operator in operators]
        return (Fraction(*counts), f"{counts[0]}/{counts[1]}") if counts[1] else None

    def closed() -> sympy.Expr:
        return _formula_of(top, quantity) / _formula_of(bottom, quantity)

    claim = f"is not the ratio of the {quantity} of {top} to those of {bottom}"
    _confront(formula, [top, bottom], sizes, measure, claim, closed)


def _confront(
    formula: FormulaLike,
    families: Sequence[Family],
    sizes: SizesLike,
    measure: Measure,
    claim: str,
    closed: Callable[[], sympy.Expr],
) -> None:
    """Compare at every size; on a difference look for more, smaller ones, and a formula for it."""
    __tracebackhide__ = True
    rows: list[Row] = []
    statement: Stated | None = None
    for point, operators in points(families, sizes):
        statement = statement or _read(formula, tuple(point))
        rows += _row(statement, measure, point, operators)
    if statement is None or not rows:
        raise ArgumentError(f"sizes: at none of those tried there is anything to divide by; {claim}")
    if all(row.agrees for row in rows):
        return
    if sizes is None or isinstance(sizes, int):
        rows += _more(statement, families, measure, rows)
    difference = _difference(statement, rows, closed)
    raise CountError(message(f"{statement.shown} {claim}", rows, difference), table(rows))


def _read(formula: FormulaLike, names: Sequence[str]) -> Stated:
    """Return what is stated; a mistake in it is shown at the user's line, as a failure is."""
    __tracebackhide__ = True
    try:
        return stated(formula, names)
    except ArgumentError as error:
        raise error.with_traceback(None) from None


def _row(statement: Stated, measure: Measure, point: Point, operators: Sequence[Operator]) -> list[Row]:
    counted = measure(operators)
    return [] if counted is None else [Row(point, statement.at(point), *counted)]


# --- after a difference --------------------------------------------------------------------------


def _more(
    statement: Stated, families: Sequence[Family], measure: Measure, rows: Sequence[Row]
) -> Iterator[Row]:
    """Yield further rows: a counterexample made as small as it gets, and draws to find a formula from."""
    known = {tuple(row.sizes.items()) for row in rows}
    smallest = min((row for row in rows if not row.agrees), key=lambda row: row.weight)
    while True:
        smaller = [
            row for point in below(smallest.sizes) for row in _tried(statement, families, measure, point)
        ]
        wrong = [row for row in smaller if not row.agrees]
        for row in smaller:
            if tuple(row.sizes.items()) not in known:
                known.add(tuple(row.sizes.items()))
                yield row
        if not wrong:
            break
        smallest = min(wrong, key=lambda row: row.weight)
    for point, operators in points(families, _FOR_A_FIT):
        if tuple(point.items()) not in known:
            yield from _row(statement, measure, point, operators)


def _tried(statement: Stated, families: Sequence[Family], measure: Measure, point: Point) -> list[Row]:
    try:
        operators = [family.at(point) for family in families]
    except ConvalgebraError:
        return []
    return _row(statement, measure, point, operators)


def _difference(
    statement: Stated, rows: Sequence[Row], closed: Callable[[], sympy.Expr]
) -> sympy.Expr | None:
    """Return a formula for formula - measured that every row agrees with, or None.

    First one found from the numbers alone; then that of the package's own closed form, if the
    measured numbers bear it out.
    """
    differences = [row.formula - row.measured for row in rows if isinstance(row.formula, Fraction)]
    if len(differences) < len(rows) or not rows[0].sizes:
        return None
    tried = [row.sizes for row in rows]
    if (found := fitted(tried, differences)) is not None:
        return found
    if statement.formula is None or expanded_terms(statement.formula) > _MOST_TERMS:
        return None
    try:
        candidate = as_formula(tidy(_ours(statement.formula) - closed()))
    except ConvalgebraError:
        return None
    return candidate if agrees(candidate, tried, differences) else None


def _ours(formula: sympy.Expr) -> sympy.Expr:
    return formula.xreplace({s: symbol(s.name) for s in formula.free_symbols})


def _formula_of(family: Family, quantity: str) -> sympy.Expr:
    if not isinstance(family.source, Operator):
        raise ArgumentError(f"{family.argument} has no closed form: it is a function")
    return as_formula(getattr(family.source, quantity))
