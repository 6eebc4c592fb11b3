"""A derivation is a value: equations with reasons, the conditions under which they hold, its check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import sympy

from convalgebra.counting.grids import sample_points
from convalgebra.counting.measure import measure
from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex, text
from convalgebra.operators.base import Operator
from convalgebra.proofs import assuming
from convalgebra.sizes import as_size, evaluate, number


@dataclass(frozen=True)
class Step:
    """One equation and its reason; ``about`` are the formulas that ``{}`` in the reason stands for."""

    left: sympy.Expr
    right: sympy.Expr
    reason: str
    about: tuple[sympy.Expr, ...] = ()

    def holds(
        self,
        named: Mapping[sympy.Symbol, sympy.Expr],
        conditions: Sequence[sympy.Basic] = (),
    ) -> bool:
        """Say whether sympy finds both sides equal, the named counts put in, the conditions met."""
        difference = (self.left.xreplace(dict(named)) - self.right.xreplace(dict(named))).doit()
        return any(sympy.simplify(form) == 0 for form in (difference, assuming(difference, conditions)))

    def reason_latex(self) -> str:
        """Return the reason for a LaTeX text."""
        return self.reason.format(*(f"${latex(formula)}$" for formula in self.about))

    def reason_text(self) -> str:
        """Return the reason as plain text."""
        return self.reason.format(*map(text, self.about))

    def __str__(self) -> str:
        return f"{text(self.left)} = {text(self.right)}    [{self.reason_text()}]"


@dataclass(frozen=True)
class Row:
    """One size of a check: what the formula says and what was counted."""

    sizes: tuple[tuple[str, int], ...]
    formula: Fraction
    measured: tuple[int, int]

    @property
    def counted(self) -> Fraction:
        """The measured ratio."""
        return Fraction(*self.measured)

    @property
    def agrees(self) -> bool:
        """Whether the formula gives exactly the measured ratio."""
        return self.formula == self.counted


@dataclass(frozen=True)
class Verification:
    """The outcome of ``Derivation.verify``: true where every step and every size agrees."""

    steps: tuple[bool, ...]
    rows: tuple[Row, ...]

    @property
    def passed(self) -> bool:
        """Whether every step holds and the formula met the counts at every size, at least one."""
        return all(self.steps) and bool(self.rows) and all(row.agrees for row in self.rows)

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        head = f"steps: {sum(self.steps)} of {len(self.steps)} hold"
        agree = sum(row.agrees for row in self.rows)
        lines = [
            f"{', '.join(f'{n}={v}' for n, v in row.sizes)}: formula {row.formula}, "
            f"measured {row.measured[0]}/{row.measured[1]}, {'equal' if row.agrees else 'DIFFERENT'}"
            for row in self.rows
        ]
        return "\n".join([head, f"sizes: {agree} of {len(self.rows)} agree", *lines])


@dataclass(frozen=True)
class Derivation:
    """Steps from the definition of two counts to their ratio and its limits.

    ``named`` gives the formula of each count that the steps call by name; ``result`` is the ratio in
    its simplest form, under ``conditions``.
    """

    a: Operator
    b: Operator
    steps: tuple[Step, ...]
    limits: tuple[Step, ...]
    named: tuple[tuple[sympy.Symbol, sympy.Expr], ...]
    result: sympy.Expr
    conditions: tuple[sympy.Basic, ...]

    def latex(self) -> str:
        """Return the steps, then the limits, in LaTeX: ``align*`` with the reason beside each line.

        It needs the package amsmath.
        """
        return "\n".join(_align(part) for part in (self.steps, self.limits) if part)

    def verify(self, points: Sequence[Mapping[str, int]] | None = None) -> Verification:
        """Check each step with sympy, and the result with sparse products on a grid of sizes.

        ``points`` are sizes by name; left out, a grid is drawn that meets the conditions. At each
        both operators are built and run, their products counted, and the ratio compared exactly.

        Raises ``ArgumentError`` when a point does not name every symbol.

        >>> import convalgebra as ca
        >>> a, b = ca.spatially_separable(1, 1, ("N", "N"), "m"), ca.conv(1, 1, ("N", "N"), "m")
        >>> print(ca.derive_ratio(a, b).verify([{"N": 5, "m": 3}]))
        steps: 13 of 13 hold
        sizes: 1 of 1 agree
        N=5, m=3: formula 8/9, measured 72/81, equal
        """
        if not isinstance(points, list | tuple | None):
            raise ArgumentError(f"points={points!r} must be a list of sizes, as in [{{'N': 5}}]")
        if points is None:
            points = sample_points(self.a, self.b, self.conditions)
        named = dict(self.named)
        steps = tuple(step.holds(named, self.conditions) for step in (*self.steps, *self.limits))
        return Verification(steps, tuple(self.measure_at(point) for point in points))

    def measure_at(self, sizes: Mapping[str, int]) -> Row:
        """Return what the formula says and what running the two operators counts, at one size.

        Raises ``ArgumentError`` when the sizes do not name every symbol.
        """
        wanted = {str(s): s for s in self.a.symbols | self.b.symbols}
        if not isinstance(sizes, Mapping) or set(sizes) != set(wanted):
            raise ArgumentError(f"sizes={sizes!r} must map each of {', '.join(sorted(wanted))} to a number")
        sizes = {name: number(as_size(value, name, least=1), name) for name, value in sizes.items()}
        for condition in self.conditions:
            if evaluate(condition, {wanted[n]: v for n, v in sizes.items()}) != sympy.true:
                raise ArgumentError(f"sizes={sizes!r} do not meet the condition {text(condition)}")
        counts = [measure(put_sizes(op, sizes)).multiplications for op in (self.a, self.b)]
        value = sympy.Rational(evaluate(self.result, {wanted[n]: v for n, v in sizes.items()}))
        return Row(
            tuple(sorted(sizes.items())), Fraction(int(value.p), int(value.q)), (counts[0], counts[1])
        )

    def __str__(self) -> str:
        lines = [str(step) for step in (*self.steps, *self.limits)]
        if self.conditions:
            lines.append("if " + ", ".join(map(text, self.conditions)))
        return "\n".join(lines)


def put_sizes(operator: Operator, sizes: Mapping[str, int]) -> Operator:
    """Return the operator at the sizes; they may name more symbols than the operator has."""
    known = {str(s) for s in operator.symbols}
    return operator.subs({name: value for name, value in sizes.items() if name in known})


def _align(steps: Sequence[Step]) -> str:
    rows, previous = [], None
    for step in steps:
        left = "" if step.left == previous else latex(step.left)
        reason = rf"\parbox{{0.22\linewidth}}{{\raggedright\footnotesize {step.reason_latex()}}}"
        rows.append(f"{left} &= {latex(step.right)} && {reason}")
        previous = step.right
    body = " \\\\\n".join(rows)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"
