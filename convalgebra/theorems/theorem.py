"""What a theorem is, and how it is checked: in integers over drawn sizes, in symbols where it is small."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from math import prod
from random import Random
from typing import Any

import numpy as np
import sympy

from convalgebra.counting.grids import seeded
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.operators.base import Operator
from convalgebra.operators.symbolic import weight_symbols
from convalgebra.weights import Array

Sizes = Mapping[str, Any]
Named = dict[str, Array]

# So many draws are tried for each size that is wanted: some do not meet the condition.
_TRIES = 50
# Beyond so many cells, and so many weights, a symbolic comparison teaches nothing that integers do not.
_CELLS, _WEIGHTS = 150, 24


def _same_names(weights: Named, **sizes: Any) -> Named:
    return weights


@dataclass(frozen=True)
class Need:
    """One part of a condition: in words, as code, and sizes that show that it is needed.

    The ``counterexample`` breaks this part and no other, and at weights 1, 2, 3, ... the sides differ,
    in what ``differs`` says: "entries", "shapes", or "existence", where one of them or both do not exist.
    """

    words: str
    holds: Callable[..., bool]
    counterexample: Mapping[str, Any]
    differs: str = "entries"


@dataclass(frozen=True)
class Theorem:
    """An identity between two operators: ``left(**sizes)`` and ``right(**sizes)`` have one matrix.

    ``draw`` gives sizes, inside and outside the condition; ``needs`` are the parts of the condition,
    each with a counterexample (empty: none is needed). A ``sharp`` condition is necessary as well:
    wherever it fails, the sides differ for weights 1, 2, 3, ... ``carry`` turns the weights of the left
    side into those of the right one. ``compare`` says what is compared: the "entries", the entries
    modulo a prime ("modulo"), in symbols only where they are fractions ("symbols"), which entries are
    not zero ("pattern"), or the "singular values", the one comparison with a tolerance.
    """

    label: str
    name: str
    statement: str
    source: str
    draw: Callable[[Random], dict[str, Any]]
    left: Callable[..., Operator]
    right: Callable[..., Operator]
    needs: tuple[Need, ...] = ()
    carry: Callable[..., Named] = _same_names
    compare: str = "entries"
    sharp: bool = False

    @property
    def condition(self) -> str:
        """The condition in words; empty where there is none.

        >>> from convalgebra.theorems.table import find_identity
        >>> find_identity("the adjoint of valid is full").condition
        'stride 1, no padding'
        """
        return ", ".join(need.words for need in self.needs)

    def holds(self, **sizes: Any) -> bool:
        """Say whether these sizes meet the condition, all parts of it."""
        return all(need.holds(**sizes) for need in self.needs)

    @property
    def counterexamples(self) -> tuple[Mapping[str, Any], ...]:
        """Sizes at which the sides differ, for each part of the condition."""
        return tuple(need.counterexample for need in self.needs)

    def draws(self, seed: int = 0, tries: int = 2000) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield drawn sizes that meet the condition, each with the number of its draw, up to so many draws.

        They are the same each time; another seed draws others.
        """
        rng = seeded(self.name, seed)
        for at in range(tries):
            sizes = self.draw(rng)
            if self.holds(**sizes):
                yield at, sizes

    def drawn(self, count: int) -> list[dict[str, Any]]:
        """Return so many different sizes that meet the condition, the same each time; fewer if there are.

        >>> from convalgebra.theorems.table import find_identity
        >>> theorem = find_identity("mixed product")
        >>> [theorem.holds(**sizes) for sizes in theorem.drawn(3)]
        [True, True, True]
        """
        found: list[dict[str, Any]] = []
        for _, sizes in self.draws():
            if len(found) == count:
                break
            if sizes not in found:
                found.append(sizes)
        return found

    def weights(self, sizes: Sizes, seed: int) -> Named:
        """Return integer weights for the left side: small ones, zero among them; of a pattern, ones."""
        rng = np.random.default_rng(seed)
        shapes = self.left(**sizes).numeric_weight_shapes()
        if self.compare == "pattern":
            return {name: np.ones(shape, np.int64) for name, shape in shapes.items()}
        return {name: rng.integers(-4, 5, shape) for name, shape in shapes.items()}

    def _counted(self, sizes: Sizes) -> Named:
        shapes = self.left(**sizes).numeric_weight_shapes()
        return {name: np.arange(1, 1 + prod(shape)).reshape(shape) for name, shape in shapes.items()}

    def equal(self, sizes: Sizes, seed: int = 0) -> bool:
        """Say whether the two sides are equal for these sizes and some integer weights."""
        return self.difference(sizes, seed) == ""

    def difference(self, sizes: Sizes, seed: int = 0, counted: bool = False) -> str:
        """Say in what the two sides differ: nothing, "entries", "shapes", or "existence" of one of them.

        The weights are drawn, or ``counted``: 1, 2, 3, ...
        """
        try:
            if self.left(**sizes).shape != self.right(**sizes).shape:
                return "shapes"
            if self.compare == "symbols":
                return "" if self.equal_in_symbols(sizes) else "entries"
            weights = self._counted(sizes) if counted else self.weights(sizes, seed)
            left = self.left(**sizes).matrix(weights).toarray()
            right = self.right(**sizes).matrix(self.carry(weights, **sizes)).toarray()
        except ConvalgebraError:
            return "existence"
        if self.compare == "modulo":
            left, right = left % sizes["modulus"], right % sizes["modulus"]
        same = {"pattern": _same_pattern, "singular values": _same_singular_values}
        return "" if same.get(self.compare, _same_entries)(left, right) else "entries"

    def equal_in_symbols(self, sizes: Sizes) -> bool:
        """Say whether the two sides are equal for all weights: a symbol stands for each."""
        left, right = self.left(**sizes), self.right(**sizes)
        weights = {
            name: np.array(weight_symbols(name, shape), object).reshape(shape)
            for name, shape in left.numeric_weight_shapes().items()
        }
        carried = self.carry(weights, **sizes)
        matrices = []
        for side, given in ((left, weights), (right, carried)):
            values: dict[sympy.Symbol, Any] = {}
            for name, shape in side.numeric_weight_shapes().items():
                if np.shape(given[name]) != shape:
                    return False
                entries = np.asarray(given[name], object).ravel().tolist()
                values |= dict(zip(weight_symbols(name, shape), map(sympy.sympify, entries), strict=True))
            matrices.append(side.symbolic_matrix().subs(values, simultaneous=True))
        if matrices[0].shape != matrices[1].shape:
            return False
        difference = matrices[0] - matrices[1]
        if self.compare == "modulo":
            return all(_vanishes(sympy.expand(v), sizes["modulus"]) for v in difference)
        return all(sympy.expand(v) == 0 for v in difference)

    def small(self, sizes: Sizes) -> bool:
        """Say whether the sides are small enough to be compared in symbols."""
        left = self.left(**sizes)
        rows, columns = left.shape
        weights = sum(prod(shape) for shape in left.numeric_weight_shapes().values())
        return bool(rows * columns <= _CELLS and weights <= _WEIGHTS)


def _vanishes(polynomial: sympy.Expr, modulus: int) -> bool:
    coefficients = polynomial.as_coefficients_dict().values()
    return bool(polynomial == 0) or all(int(c) % modulus == 0 for c in coefficients)


def _same_entries(left: Array, right: Array) -> bool:
    return bool((left == right).all())


def _same_pattern(left: Array, right: Array) -> bool:
    return bool(((left != 0) == (right != 0)).all())


def _same_singular_values(left: Array, right: Array) -> bool:
    first, second = (np.sort(np.linalg.svd(side, compute_uv=False)) for side in (left, right))
    return bool(np.allclose(first, second, atol=1e-9))


@dataclass(frozen=True)
class Checked:
    """What came of checking a theorem: how many cases, and what failed."""

    theorem: Theorem
    in_integers: int
    in_symbols: int
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything held, and the condition was needed."""
        return not self.failures and self.in_integers > 0

    def __bool__(self) -> bool:
        return self.passed


def check(theorem: Theorem, cases: int = 12, seed: int = 0) -> Checked:
    """Check a theorem: on drawn sizes in integers, on small ones in symbols, and its counterexamples.

    Of a sharp condition it is also checked that the sides differ wherever drawn sizes do not meet it.
    The sizes drawn are the same each time; another ``seed`` draws others. The outcome tells what fails.

    Raises ``ArgumentError`` for what is no theorem or a number of cases that is not positive.

    >>> from convalgebra.theorems.table import identities
    >>> bool(check(identities()[0], cases=3))
    True
    """
    if not isinstance(theorem, Theorem):
        raise ArgumentError(f"theorem={theorem!r} must be one of ca.identities()")
    if not isinstance(cases, int) or cases < 1:
        raise ArgumentError(f"cases={cases!r} must be a positive integer")
    failures: list[str] = []
    counted = in_symbols = 0
    for draw, sizes in islice(theorem.draws(seed, _TRIES * cases), cases):
        counted += 1
        if not theorem.equal(sizes, draw):
            failures.append(f"the sides differ at {sizes}")
        if theorem.compare in ("entries", "modulo") and in_symbols < 2 and theorem.small(sizes):
            in_symbols += 1
            if not theorem.equal_in_symbols(sizes):
                failures.append(f"the sides differ in symbols at {sizes}")
    if counted < cases:
        failures.append(f"only {counted} of {cases} sizes that were drawn meet the condition")
    for need in theorem.needs:
        failures += _counterexample_failures(theorem, need)
    if theorem.sharp:
        failures += _sharpness_failures(theorem, cases, seed)
    return Checked(theorem, counted, in_symbols, tuple(failures))


def _counterexample_failures(theorem: Theorem, need: Need) -> Iterator[str]:
    """Say what is wrong with a counterexample: it must break its part alone, and differ as it says."""
    sizes = need.counterexample
    others = (other for other in theorem.needs if other is not need)
    if need.holds(**sizes):
        yield f"the counterexample {dict(sizes)} meets the condition: {need.words}"
        return
    for other in others:
        if not other.holds(**sizes):
            yield f"the counterexample {dict(sizes)} to {need.words!r} breaks {other.words!r} too"
    found = theorem.difference(sizes, counted=True)
    if not found:
        yield f"the counterexample {dict(sizes)} is none: the sides are equal"
    elif found != need.differs:
        yield f"the sides differ in their {found}, not in their {need.differs}, at {dict(sizes)}"


def _sharpness_failures(theorem: Theorem, cases: int, seed: int) -> Iterator[str]:
    """Say where the sides are equal though the sizes do not meet the condition."""
    rng = seeded(theorem.name, seed)
    drawn = (theorem.draw(rng) for _ in range(_TRIES * cases))
    outside = list(islice((sizes for sizes in drawn if not theorem.holds(**sizes)), cases))
    if len(outside) < cases:
        yield f"only {len(outside)} of {cases} sizes that were drawn are outside the condition"
    for sizes in outside:
        if not theorem.difference(sizes, counted=True):
            yield f"the condition is not necessary: the sides are equal at {sizes}"
