"""One step of a derivation: two sides, how they are related, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy

from convalgebra.derivation.brackets import Tally, settled
from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex, text
from convalgebra.operators.base import Operator
from convalgebra.proofs import Max, assuming, is_nonnegative

Side: TypeAlias = sympy.Expr | Operator
# How the two sides are related: the sign in text and in LaTeX. "->" is a limit in the symbol that the
# reason is about.
RELATIONS: Mapping[str, str] = {"=": "=", "->": r"\to", "<=": r"\le", ">=": r"\ge"}


@dataclass(frozen=True)
class Step:
    """``left relation right`` and its reason: formulas on both sides, or operators.

    ``rule`` is the name of the rule or identity that is used, or empty. ``about`` are the formulas
    that ``{}`` in the reason stands for. ``carries`` marks the step of an identity at which the weights
    of one side become those of the other.

    Raises ``ArgumentError`` for another relation or sides of two kinds.

    >>> from convalgebra.sizes import symbol
    >>> N = symbol("N")
    >>> print(Step(N + N, "=", 2 * N, "add {} to itself", about=(N,)))
    2*N = 2*N    [add N to itself]
    """

    left: Side
    relation: str
    right: Side
    reason: str
    rule: str = ""
    about: tuple[sympy.Expr, ...] = ()
    carries: bool = False

    def __post_init__(self) -> None:
        if self.relation not in RELATIONS:
            raise ArgumentError(f"relation={self.relation!r} must be one of {', '.join(RELATIONS)}")
        for name in ("left", "right"):
            side = getattr(self, name)
            if isinstance(side, int):
                object.__setattr__(self, name, sympy.Integer(side))
            elif not isinstance(side, sympy.Expr | Operator):
                raise ArgumentError(f"{name}={side!r} must be a formula or an operator")
        if self.of_operators != isinstance(self.right, Operator):
            raise ArgumentError(f"right={self.right!r} must be of the kind of left={self.left!r}")
        if self.of_operators and self.relation != "=":
            raise ArgumentError(f"relation={self.relation!r} must be = between operators")

    @property
    def of_operators(self) -> bool:
        """Whether the sides are operators."""
        return isinstance(self.left, Operator)

    @property
    def formulas(self) -> tuple[sympy.Expr, sympy.Expr]:
        """Both sides, where they are formulas; of a limit the left one is the limit itself."""
        left = sympy.Limit(self.left, self.about[0], sympy.oo) if self.relation == "->" else self.left
        return left, self.right

    @property
    def operators(self) -> tuple[Operator, ...]:
        """Both sides, where they are operators; else none."""
        return tuple(side for side in (self.left, self.right) if isinstance(side, Operator))

    def holds(
        self,
        named: Mapping[sympy.Symbol, sympy.Expr] | None = None,
        conditions: Iterable[sympy.Basic] = (),
    ) -> bool:
        """Say whether sympy proves the step in symbols, what is named put in, the conditions met."""
        conditions = tuple(conditions)
        known = [c.lhs - c.rhs for c in conditions if isinstance(c, sympy.Ge)]
        left, right = (_put_in(side, named or {}) for side in self.formulas)
        gap = (settled(left, known) - settled(right, known)).doit()
        if gap.has(Tally):
            return False  # what is left of a bare sum is for the numbers to check
        if self.relation in ("<=", ">="):
            return is_nonnegative(sympy.expand(gap if self.relation == ">=" else -gap), known)
        # Of sums and maxima sympy simplifies nothing that expanding does not, and takes long over it.
        shorten = sympy.expand if gap.has(sympy.Sum, Max) else sympy.simplify
        return any(shorten(form) == 0 for form in (gap, assuming(gap, conditions)))

    # --- in writing ---

    @property
    def changes_nothing(self) -> bool:
        """Whether both sides read the same on paper."""
        return side_latex(self.left) == side_latex(self.right)

    def reason_latex(self) -> str:
        """Return the reason for a LaTeX text."""
        return _filled(escaped(self.reason), (f"${latex(formula)}$" for formula in self.about))

    def reason_text(self) -> str:
        """Return the reason as plain text."""
        return _filled(self.reason, map(text, self.about))

    def __str__(self) -> str:
        told = self.reason_text()
        rule = f"; {self.rule}" if self.rule and self.rule != told else ""
        return f"{side_text(self.left)} {self.relation} {side_text(self.right)}    [{told}{rule}]"


def without_idle(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Leave out the steps that change nothing on paper."""
    return tuple(step for step in steps if not step.changes_nothing)


def side_latex(side: Side) -> str:
    """Return a side in LaTeX."""
    if isinstance(side, Operator):
        return side.latex()
    sums = [f for f in side.args if isinstance(f, sympy.Sum | Tally)] if side.is_Mul else []
    if not sums:
        return latex(side)
    others = [f for f in side.args if f not in sums]
    front = [latex(sympy.Mul(*others))] if others else []
    if len(sums) == 1 and not any(f.has(sympy.Sum, Tally) for f in others):
        return " ".join([*front, latex(sums[0])])
    return " ".join([*front, *(rf"\Bigl({latex(s)}\Bigr)" for s in sums)])


def side_text(side: Side) -> str:
    """Return a side as plain text: a formula, or an operator's structure."""
    return side.structure() if isinstance(side, Operator) else text(side)


_SPECIAL = re.compile(r"[\\{}$&#^_%~]")
_WORDS = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}


def escaped(words: str) -> str:
    r"""Return words so that LaTeX prints them as they are; ``{}`` stays for what is filled in.

    >>> escaped("50% of a_b"), escaped("cancel {}")
    ('50\\% of a\\_b', 'cancel {}')
    """
    parts = words.split("{}")
    return "{}".join(_SPECIAL.sub(lambda m: _WORDS.get(m[0], "\\" + m[0]), part) for part in parts)


def _filled(words: str, formulas: Iterable[str]) -> str:
    """Put formulas for ``{}``, one after the other; braces of other kinds are left alone."""
    parts = words.split("{}")
    given = [*formulas, *([""] * len(parts))]
    return "".join(part + put for part, put in zip(parts, [*given[: len(parts) - 1], ""], strict=True))


def _put_in(formula: Any, named: Mapping[sympy.Symbol, sympy.Expr]) -> Any:
    return formula.xreplace(dict(named))
