"""What a claim of the literature is, and how a verdict is reached: two roads, what they find, one rule.

A judge is a function that yields findings. Each sets what the claim says beside what is found, on one of
two roads: derivation (the formula of the structure, by sympy) and measurement (counted, enumerated, or
computed with matrices). The verdict is never read from the record: it follows from the findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Any

import numpy as np
import sympy

from convalgebra.errors import ArgumentError


class Verdict(StrEnum):
    """What is to be said of a claim."""

    EXACT = "exact"
    CONDITIONAL = "conditional"
    WRONG = "wrong"
    CITED = "cited"  # hardware, history, published accuracies: nothing here can check it
    UNDECIDED = "undecided"  # the two roads disagree, or one of them was not taken


class Road(StrEnum):
    """How something was found."""

    DERIVATION = "derivation"
    MEASUREMENT = "measurement"


@dataclass(frozen=True)
class Claim:
    """One statement of the literature as it is recorded.

    ``verdict`` is the recorded one, to be compared with what the judge finds. ``formula`` is LaTeX;
    ``convention`` says what the source counts; ``condition`` when a conditional claim holds; ``right``
    the right statement where the claim is wrong; ``counterexample`` where it fails.
    """

    id: str
    section: str
    source: str
    statement: str
    verdict: Verdict
    formula: str = ""
    convention: str = ""
    condition: str = ""
    right: str = ""
    counterexample: str = ""
    note: str = ""


@dataclass(frozen=True)
class Finding:
    """What the claim says beside what was found, at one place.

    ``inside`` is false where the claim's condition is not met: there it is expected to fail. A finding
    of the ``right`` statement, the one that replaces a wrong claim, must always agree.
    """

    road: Road
    at: str
    said: Any
    found: Any
    inside: bool = True
    right: bool = False

    @property
    def agrees(self) -> bool:
        """Whether what is said is what is found: formulas, numbers and arrays alike."""
        return same(self.said, self.found)


Judge = Callable[[], Iterable[Finding]]


def same(said: Any, found: Any) -> bool:
    """Say whether two values are the same: formulas after simplification, arrays entry for entry.

    >>> N = sympy.Symbol("N")
    >>> same((N + 1) ** 2, N**2 + 2 * N + 1), same([1, 2], np.array([1, 2])), same(3, 4)
    (True, True, False)
    """
    if isinstance(said, np.ndarray) or isinstance(found, np.ndarray):
        return np.shape(said) == np.shape(found) and bool(np.all(np.asarray(said) == np.asarray(found)))
    if isinstance(said, sympy.MatrixBase) or isinstance(found, sympy.MatrixBase):
        left, right = sympy.Matrix(said), sympy.Matrix(found)
        return bool(left.shape == right.shape and sympy.simplify(left - right).is_zero_matrix)
    if isinstance(said, list | tuple) and isinstance(found, list | tuple):
        return len(said) == len(found) and all(map(same, said, found))
    if isinstance(said, sympy.Expr) or isinstance(found, sympy.Expr):
        return said == found or bool(sympy.simplify(said - found) == 0)
    return bool(said == found)


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Return the verdict of the findings of one road.

    A claim that fails where its condition is met (or has none) is wrong; one that fails only outside
    its condition, and there wherever one looks, is conditional; one that never fails is exact. Where
    it fails at one place outside its condition and holds at another, the condition is not the right
    one: nothing is decided.

    >>> holds, fails_outside, fails_inside = (
    ...     Finding(Road.MEASUREMENT, "", said, 1, inside) for said, inside in ((1, 1), (2, 0), (2, 1))
    ... )
    >>> [str(verdict_of([holds, other])) for other in (holds, fails_outside, fails_inside)]
    ['exact', 'conditional', 'wrong']
    >>> str(verdict_of([holds, fails_outside, Finding(Road.MEASUREMENT, "", 1, 1, inside=False)]))
    'undecided'
    """
    given = [f for f in findings if not f.right]
    failed = [f.inside for f in given if not f.agrees]
    if not any(f.inside for f in given):
        return Verdict.UNDECIDED
    if not failed or any(failed):
        return Verdict.WRONG if failed else Verdict.EXACT
    outside = sum(not f.inside for f in given)
    return Verdict.CONDITIONAL if len(failed) == outside else Verdict.UNDECIDED


@dataclass(frozen=True)
class Judgement:
    """A claim and all that its judge found."""

    claim: Claim
    findings: tuple[Finding, ...]

    def on(self, road: Road) -> tuple[Finding, ...]:
        """Return the findings of one road."""
        return tuple(f for f in self.findings if f.road == road)

    def reached(self, road: Road) -> Verdict:
        """Return the verdict that one road reaches by itself."""
        return verdict_of(self.on(road)) if self.findings else Verdict.CITED

    @property
    def verdict(self) -> Verdict:
        """The verdict that both roads reach; undecided where they do not, or where one was not taken.

        A wrong claim needs its right statement found to hold, and that never fails.
        """
        if not self.findings:
            return Verdict.CITED
        if not all(f.agrees for f in self.findings if f.right):
            return Verdict.UNDECIDED
        reached = {self.reached(road) for road in Road}
        verdict = reached.pop() if len(reached) == 1 else Verdict.UNDECIDED
        replaced = any(f.right for f in self.findings)
        return Verdict.UNDECIDED if verdict == Verdict.WRONG and not replaced else verdict

    @property
    def stands(self) -> bool:
        """Whether the verdict is the recorded one."""
        return self.verdict == self.claim.verdict

    @property
    def counterexample(self) -> Finding | None:
        """The first finding at which the claim fails."""
        return next((f for f in self.findings if not f.agrees and not f.right), None)


def judged(claim: Claim, judge: Judge | None) -> Judgement:
    """Return what a judge finds of a claim; a claim without a judge is cited, not checked."""
    return Judgement(claim, tuple(judge()) if judge is not None else ())


# --- the two roads ---------------------------------------------------------------------------------


def derived(at: str, said: Any, found: Any, *, inside: bool = True, right: bool = False) -> Finding:
    """Return a finding by derivation: two formulas (or symbolic matrices) beside each other."""
    return Finding(Road.DERIVATION, at, said, found, inside, right)


def measured(at: str, said: Any, found: Any, *, inside: bool = True, right: bool = False) -> Finding:
    """Return a finding by measurement: two numbers (or arrays) beside each other."""
    return Finding(Road.MEASUREMENT, at, said, found, inside, right)


def named(sizes: Mapping[str, Any]) -> str:
    """Return sizes as text.

    >>> named({"N": 5, "m": 3})
    'N=5, m=3'
    """
    return ", ".join(f"{name}={value}" for name, value in sizes.items())


def grid(**values: Iterable[Any]) -> tuple[dict[str, Any], ...]:
    """Return every combination of the values, by name.

    A tuple, not an iterator: a judge goes through its sizes each time that it is asked.

    >>> [named(sizes) for sizes in grid(N=(4, 5), m=(3,))]
    ['N=4, m=3', 'N=5, m=3']
    """
    if not values:
        raise ArgumentError("values: a grid needs at least one name")
    return tuple(dict(zip(values, sizes, strict=True)) for sizes in product(*values.values()))
