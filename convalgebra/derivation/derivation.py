"""A derivation is a value: steps with reasons, the conditions under which they hold, its check."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sympy

from convalgebra.counting.grids import sample_points
from convalgebra.derivation import ends
from convalgebra.derivation.checks import StepCheck, check_step
from convalgebra.derivation.exact import meets
from convalgebra.derivation.step import Step
from convalgebra.errors import ArgumentError
from convalgebra.formulas import text
from convalgebra.operators.base import Operator
from convalgebra.sizes import as_size, number
from convalgebra.theorems.theorem import Theorem

Row = ends.Row

# At so many of the sizes each step is gone through number by number; all of them are measured.
STEP_POINTS = 12


@dataclass(frozen=True)
class Verification:
    """The outcome of ``Derivation.verify``: true where every step and every size agrees.

    ``steps`` has a check for each step, then for each limit; it is true where the step holds.
    """

    steps: tuple[StepCheck, ...]
    rows: tuple[Row, ...]

    @property
    def passed(self) -> bool:
        """Whether every step holds and the result met what was measured at every size, at least one."""
        return all(self.steps) and bool(self.rows) and all(row.agrees for row in self.rows)

    @property
    def wrong(self) -> tuple[StepCheck, ...]:
        """The steps that do not hold; each says at which sizes its sides differ, and what they are."""
        return tuple(check for check in self.steps if not check)

    @property
    def summary(self) -> str:
        """How many steps hold and at how many sizes the result agrees; what is wrong is named."""
        agree = [row for row in self.rows if row.agrees]
        return "\n".join(
            [
                f"steps: {sum(map(bool, self.steps))} of {len(self.steps)} hold",
                *map(str, self.wrong),
                f"sizes: {len(agree)} of {len(self.rows)} agree",
                *(str(row) for row in self.rows if not row.agrees),
            ]
        )

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return "\n".join([self.summary, *(str(row) for row in self.rows if row.agrees)])


@dataclass(frozen=True)
class Derivation:
    """Steps from a definition to a result, and on to its limits, under conditions.

    ``kind`` is "ratio", "cost", "output size", "receptive field" or "identity"; ``title`` says what of
    what. ``about`` are the operators (or the theorem) that it is about; ``named`` gives the formula of
    each symbol that the steps call something by. ``result`` is a formula, an operator, or a tuple with a
    formula per axis; ``relation`` says how what is measured stands to it: "=", or "<=" for a bound.
    ``sizes`` are those of the operators of an identity. ``verdict`` is what ``verified`` found; a
    derivation that is changed has none.
    """

    kind: str
    title: str
    about: tuple[Operator | Theorem, ...]
    steps: tuple[Step, ...]
    limits: tuple[Step, ...]
    named: tuple[tuple[sympy.Symbol, sympy.Expr], ...]
    result: Any
    conditions: tuple[sympy.Basic, ...] = ()
    relation: str = "="
    sizes: tuple[tuple[str, Any], ...] = ()
    verdict: Verification | None = field(init=False, default=None, compare=False, repr=False)

    @property
    def operators(self) -> tuple[Operator, ...]:
        """The operators that the derivation is about."""
        return tuple(thing for thing in self.about if isinstance(thing, Operator))

    @property
    def a(self) -> Operator:
        """The first operator; of a ratio the one above."""
        return self.operators[0]

    @property
    def b(self) -> Operator:
        """The last operator; of a ratio the one below."""
        return self.operators[-1]

    @property
    def theorem(self) -> Theorem | None:
        """The theorem, of an identity."""
        return next((thing for thing in self.about if isinstance(thing, Theorem)), None)

    @property
    def symbols(self) -> tuple[sympy.Symbol, ...]:
        """The symbols that stand for numbers, by name."""
        return tuple(sorted(frozenset().union(*(op.symbols for op in self.operators)), key=str))

    @property
    def needed(self) -> tuple[str, ...]:
        """The conditions in words."""
        words = (self.theorem.condition,) if self.theorem and self.theorem.condition else ()
        return (*map(text, self.conditions), *words)

    # --- checking ---

    def verify(self, points: Sequence[Mapping[str, Any]] | None = None) -> Verification:
        """Check each step twice, with sympy and by numbers, and the result against sparse matrices.

        ``points`` are sizes by name; left out, sizes are drawn that meet the conditions. At each the
        operators are built, and what the result says is held against what is measured.

        Raises ``ArgumentError`` when a point does not name every symbol.

        >>> import convalgebra as ca
        >>> a, b = ca.spatially_separable(1, 1, ("N", "N"), "m"), ca.conv(1, 1, ("N", "N"), "m")
        >>> print(ca.derive_ratio(a, b).verify([{"N": 5, "m": 3}]))
        steps: 16 of 16 hold
        sizes: 1 of 1 agree
        N=5, m=3: formula 8/9, measured 72/81, equal
        """
        if not isinstance(points, list | tuple | None):
            raise ArgumentError(f"points={points!r} must be a list of sizes, as in [{{'N': 5}}]")
        if self.theorem is not None:
            # Here alone the kinds part: an identity is checked with weights, at sizes of its own.
            from convalgebra.derivation.identitychecks import verify_identity  # noqa: PLC0415

            return verify_identity(self, points)
        if points is None:
            points = sample_points(self.operators, self.conditions)
        rows = tuple(self.measure_at(point) for point in points)
        tried = self._step_points(points)
        named = dict(self.named)
        checks = (check_step(s, named, self.conditions, tried) for s in (*self.steps, *self.limits))
        return Verification(tuple(checks), rows)

    def _step_points(self, points: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """Return the smaller half of many points, thinned out: there every sum is soon gone through."""
        order = sorted(points, key=lambda point: sum(point.values()))
        smaller = order[: max(STEP_POINTS, len(order) // 2)]
        pace = max(1, len(smaller) // STEP_POINTS)
        return smaller[::pace][:STEP_POINTS]

    def verified(self, points: Sequence[Mapping[str, Any]] | None = None) -> Derivation:
        """Return the derivation with its verdict.

        >>> import convalgebra as ca
        >>> from convalgebra.derivation.costs import derive_cost
        >>> bool(derive_cost(ca.conv(1, 1, "N", "m")).verified().verdict)
        True
        """
        checked = replace(self)
        object.__setattr__(checked, "verdict", self.verify(points))
        return checked

    def measure_at(self, sizes: Mapping[str, int]) -> Row:
        """Return what the result says and what is measured on the operators, at one size.

        Raises ``ArgumentError`` when the sizes do not name every symbol.
        """
        wanted = {str(s): s for s in self.symbols}
        if not isinstance(sizes, Mapping) or set(sizes) != set(wanted):
            raise ArgumentError(f"sizes={sizes!r} must map each of {', '.join(sorted(wanted))} to a number")
        sizes = {name: number(as_size(value, name, least=1), name) for name, value in sizes.items()}
        for condition in self.conditions:
            if not meets(condition, {wanted[n]: v for n, v in sizes.items()}):
                raise ArgumentError(f"sizes={sizes!r} do not meet the condition {text(condition)}")
        return ends.measured(
            self.kind, self.operators, self.result, self.relation, {wanted[n]: v for n, v in sizes.items()}
        )

    # --- in writing ---

    def latex(self) -> str:
        """Return the steps, then the limits, in LaTeX: ``align*`` with the reason beside each line.

        It needs the package amsmath.
        """
        from convalgebra.derivation.writing import as_latex  # noqa: PLC0415

        return as_latex(self)

    def markdown(self) -> str:
        """Return the derivation in Markdown: a table of steps, formulas between dollar signs."""
        from convalgebra.derivation.writing import as_markdown  # noqa: PLC0415

        return as_markdown(self)

    def html(self) -> str:
        """Return the derivation as a fragment of HTML that needs nothing else: formulas in MathML."""
        from convalgebra.derivation.webpage import as_html  # noqa: PLC0415

        return as_html(self)

    def json(self) -> dict[str, Any]:
        """Return the derivation as a dict of texts, numbers and lists.

        >>> import convalgebra as ca
        >>> from convalgebra.derivation.costs import derive_cost
        >>> d = derive_cost(ca.conv(1, 1, "N", "m"))
        >>> d.json()["result"]["text"], d.json()["verdict"]
        ('m*(N - m + 1)', None)
        """
        from convalgebra.derivation.data import as_data  # noqa: PLC0415

        data = as_data(self)
        json.dumps(data)  # what is no text, number or list is better found here than by a user
        return data

    def text(self) -> str:
        """Return the derivation as plain text, one line per step."""
        lines = [str(step) for step in (*self.steps, *self.limits)]
        if needed := self.needed:
            lines.append("if " + ", ".join(needed))
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()


def put_sizes(operator: Operator, sizes: Mapping[str, int]) -> Operator:
    """Return the operator at the sizes; they may name more symbols than the operator has."""
    return ends.put_sizes(operator, sizes)


__all__ = ["Derivation", "Row", "Step", "Verification", "put_sizes"]
