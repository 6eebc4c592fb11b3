"""Index formulas in other shapes: several indices in one, one in several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sympy

from convalgebra.operators.described import Sizes
from convalgebra.proofs import Size, as_formula
from convalgebra.reporting.terms import Range, Stretch, Term, horner
from convalgebra.sizes import product


class NotASum(Exception):  # noqa: N818 - it says what an operator is, and is always caught
    """An operator whose entries are no single sum of products, or none that can be written shortly."""


def reshaped(term: Term, inputs: Sizes, outputs: Sizes) -> Term:
    """Return a term with its input and output read in other shapes; parts of arrays keep their own.

    Raises ``NotASum`` where an index that can fall outside of its axis would become part of another one:
    that it is outside could not be seen any more.
    """
    known = {sympy.Integer(0), *(r.index for r in term.ranges)}
    if term.gives.part is None and term.gives.shape != outputs:
        term = _split(term, outputs)
        known |= {r.index for r in term.ranges}
        if term.beyond:
            _check_kept(term.output, known, term.gives.shape, outputs)
        output = _read(term.output, term.gives.shape, outputs)
        term = replace(term, output=output, gives=Stretch(0, outputs))
    if term.reads.part is None and term.reads.shape != inputs:
        if term.outside:
            _check_kept(term.input, known, term.reads.shape, inputs)
        input_ = _read(term.input, term.reads.shape, inputs)
        term = replace(term, input=input_, reads=Stretch(0, inputs))
    return term


def _check_kept(indices: tuple[sympy.Expr, ...], known: set[sympy.Expr], old: Sizes, new: Sizes) -> None:
    for a, b in _groups(old, new):
        if not len(old[a]) == len(new[b]) == 1 and not set(indices[a]) <= known:
            raise NotASum


def equal(a: Size, b: Size) -> bool:
    """Say whether two sizes are plainly equal; a no is no proof.

    >>> n = sympy.Symbol("n")
    >>> equal(2 * (n + 1), 2 * n + 2)
    True
    """
    return bool(sympy.expand(as_formula(a) - as_formula(b)) == 0)


def _groups(old: Sizes, new: Sizes) -> Iterator[tuple[slice, slice]]:
    """Pair off the shortest stretches of two shapes that have equal lengths."""
    a = b = 0
    while a < len(old) or b < len(new):
        ends = ((i, j) for i in range(a, len(old) + 1) for j in range(b, len(new) + 1) if (i, j) != (a, b))
        fits = ((i, j) for i, j in sorted(ends, key=sum) if equal(product(old[a:i]), product(new[b:j])))
        i, j = next(fits, (len(old), len(new)))
        yield slice(a, i), slice(b, j)
        a, b = i, j


def _split(term: Term, outputs: Sizes) -> Term:
    """Put, for a plain index of the output that becomes several, the number that those make."""
    counts = {r.index: r for r in term.ranges}
    values: dict[sympy.Symbol, sympy.Expr] = {}
    ranges = {r.index: [r] for r in term.ranges}
    for a, b in _groups(term.gives.shape, outputs):
        sizes, plain = outputs[b], term.output[a]
        if len(plain) != 1 or len(sizes) < 2 or plain[0] not in counts:
            continue
        old = counts[plain[0]]
        if not equal(old.count, product(sizes)):
            continue
        digits = [
            sympy.Integer(0) if n == 1 else sympy.Dummy(old.over, integer=True, nonnegative=True)
            for n in sizes
        ]
        values[old.index] = horner(tuple(digits), sizes)
        ranges[old.index] = [Range(d, n, old.over) for d, n in zip(digits, sizes, strict=True) if n != 1]
    put = term.put(values)
    kept = tuple(r for parts in ranges.values() for r in parts)
    return replace(put, ranges=kept)


def _read(indices: tuple[sympy.Expr, ...], old: Sizes, new: Sizes) -> tuple[sympy.Expr, ...]:
    found: list[sympy.Expr] = []
    for a, b in _groups(old, new):
        if len(old[a]) == len(new[b]) == 1:
            found += indices[a]
            continue
        place = horner(indices[a], old[a])
        found += (_digit(place, new[b], at) for at in range(len(new[b])))
    return tuple(found)


def _digit(place: sympy.Expr, sizes: Sizes, at: int) -> sympy.Expr:
    """Return the index along one axis of what stands at a place of the flattened array."""
    if sizes[at] == 1:
        return sympy.Integer(0)
    step = as_formula(product(sizes[at + 1 :]))
    above = sympy.floor(sympy.expand(place / step))
    first = all(n == 1 for n in sizes[:at])
    return above if first else sympy.Mod(above, as_formula(sizes[at]))
