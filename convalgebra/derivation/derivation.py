"""A derivation is a value: steps with reasons, the conditions under which they hold, its check."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sympy

from convalgebra.derivation.data import as_data
from convalgebra.derivation.ends import MEASURES, measured, verify_measured
from convalgebra.derivation.identitychecks import verify_identity
from convalgebra.derivation.step import Step
from convalgebra.derivation.verdict import Row, Verification
from convalgebra.derivation.writing import as_latex, as_markdown, steps_latex
from convalgebra.errors import ArgumentError
from convalgebra.formulas import text
from convalgebra.operators.base import Operator
from convalgebra.theorems.theorem import Theorem

if TYPE_CHECKING:
    from convalgebra.reporting.doors import Report

__all__ = ["Derivation", "Row", "Step", "Verification"]


@dataclass(frozen=True)
class Derivation:
    """Steps from a definition to a result, and on to its limits, under conditions.

    ``kind`` is "ratio", "cost", "output size", "receptive field" or "identity"; ``title`` says what of
    what. ``about`` are the operators (or the theorem) that it is about; ``named`` gives the formula of
    each symbol that the steps call something by. ``result`` is a formula, an operator, or a tuple with a
    formula per axis; ``relation`` says how what is measured stands to it: "=", or "<=" for a bound.
    ``sizes`` are those of the operators of an identity. ``found`` is what ``verified`` found, and of which
    derivation. Made by ``ca.derive_cost`` and its like.

    >>> import convalgebra as ca
    >>> derivation = ca.derive_cost(ca.conv(1, 1, "N", "m"))
    >>> derivation.kind, derivation.result, derivation.conditions, len(derivation.steps)
    ('cost', m*(N - m + 1), (N >= m,), 3)
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
    found: tuple[Derivation, Verification] | None = field(default=None, compare=False, repr=False)

    @property
    def verdict(self) -> Verification | None:
        """What ``verified`` found; none of a derivation that was changed since."""
        if self.found is None:
            return None
        checked, verification = self.found
        return verification if checked == self else None

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

        Raises ``ArgumentError`` when a point does not name every symbol or does not meet the conditions,
        or left out when none that was tried meets them.

        >>> import convalgebra as ca
        >>> a, b = ca.spatially_separable(1, 1, ("N", "N"), "m"), ca.conv(1, 1, ("N", "N"), "m")
        >>> print(ca.derive_ratio(a, b).verify([{"N": 5, "m": 3}]))
        steps: 16 of 16 hold
        sizes: 1 of 1 agree
        N=5, m=3: formula 8/9, measured 72/81, equal
        """
        if not isinstance(points, list | tuple | None):
            raise ArgumentError(f"points={points!r} must be a list of sizes, as in [{{'N': 5}}]")
        return _VERIFIED[self.kind](self, points)

    def verified(self, points: Sequence[Mapping[str, Any]] | None = None) -> Derivation:
        """Return the derivation with its verdict. Raises what ``verify`` raises.

        >>> import convalgebra as ca
        >>> bool(ca.derive_cost(ca.conv(1, 1, "N", "m")).verified().verdict)
        True
        """
        return replace(self, found=(self, self.verify(points)))

    def measure_at(self, sizes: Mapping[str, int]) -> Row:
        """Return what the result says and what is measured on the operators, at one size.

        Raises ``ArgumentError`` for sizes that do not name every symbol or do not meet a condition, and for
        an identity, whose end is no number.

        >>> import convalgebra as ca
        >>> print(ca.derive_cost(ca.conv(1, 1, "N", "m")).measure_at({"N": 5, "m": 3}))
        N=5, m=3: formula 9, measured 9, equal
        """
        if self.kind not in MEASURES:
            raise ArgumentError(f"kind={self.kind!r} ends in no number; verify() compares the matrices")
        return measured(self, sizes)

    # --- in writing ---

    def latex(self) -> str:
        r"""Return what is needed, the steps and the limits: ``align*`` with the reason beside each line.

        It needs the package amsmath. Long derivations go on on the next page.

        >>> import convalgebra as ca
        >>> print("\n".join(ca.derive_cost(ca.conv(1, 1, "N", "m")).latex().splitlines()[:3]))
        If $N \geq m$:
        \begingroup\allowdisplaybreaks
        \begin{align*}
        """
        return as_latex(self)

    def steps_latex(self) -> str:
        r"""Return the steps and the limits in LaTeX, for a text that says itself what is needed.

        >>> import convalgebra as ca
        >>> print(ca.derive_cost(ca.conv(1, 1, "N", "m")).steps_latex().splitlines()[1])
        \begin{align*}
        """
        return steps_latex(self)

    def markdown(self) -> str:
        """Return the derivation in Markdown: a table of steps, formulas between dollar signs.

        >>> import convalgebra as ca
        >>> print(ca.derive_cost(ca.conv(1, 1, 3, 1)).markdown().splitlines()[2])
        | | | | because |
        """
        return as_markdown(self)

    def html(self) -> str:
        """Return the derivation as a fragment of HTML that needs nothing else: formulas in MathML.

        >>> import convalgebra as ca
        >>> print(ca.derive_cost(ca.conv(1, 1, 3, 1)).html().splitlines()[0])
        <section class="convalgebra-derivation">
        """
        # Its converter of formulas takes a while to import, and a derivation is seldom put on a page.
        from convalgebra.derivation.webpage import as_html  # noqa: PLC0415

        return as_html(self)

    def report(self, path: str | Path, **options: Any) -> Report:
        """Write the derivation as a document, checked now: a .tex, .pdf or .html file, or all in a folder.

        The options, what is returned and what is raised are those of ``ca.report``.

        >>> import convalgebra as ca, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     ca.derive_cost(ca.conv(1, 1, "N", "m")).report(f"{folder}/cost.html").passed
        True
        """
        # The one way up: the room of reports stands above, and is entered when it is asked for.
        from convalgebra.reporting.doors import report  # noqa: PLC0415

        return report([self], path, **options)

    def json(self) -> dict[str, Any]:
        """Return the derivation as a dict of texts, numbers and lists.

        >>> import convalgebra as ca
        >>> d = ca.derive_cost(ca.conv(1, 1, "N", "m"))
        >>> d.json()["result"]["text"], d.json()["verdict"]
        ('m*(N - m + 1)', None)
        """
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


# How a derivation of each kind is checked: what ends in numbers by measuring, two operators with weights.
_VERIFIED: Mapping[str, Callable[[Derivation, Sequence[Mapping[str, Any]] | None], Verification]] = {
    **dict.fromkeys(MEASURES, verify_measured),
    "identity": verify_identity,
}
