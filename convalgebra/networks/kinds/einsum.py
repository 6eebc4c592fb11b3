"""Einsum: an order of axes, a sum over some, or one product of two values; its text is only taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import sympy

from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.networks.graph import Shape
from convalgebra.networks.kinds.seen import Effect, Seen, UnsupportedError, agreed, listed, repeated
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Reshaped
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Dense, Identity
from convalgebra.operators.permutations import Permutation
from convalgebra.proofs import Size
from convalgebra.sizes import product

LONGEST = 256  # letters of an equation
Labels = tuple[str, ...]


@dataclass(frozen=True)
class Sums:
    """An equation taken apart: the label of each axis of each factor, those of the result, their sizes.

    A factor along whose axis one value stands for all has no label there: it is the same for each.
    """

    factors: tuple[Labels, ...]
    result: Labels
    sizes: dict[str, Size]
    conditions: tuple[sympy.Basic, ...] = ()

    def shape(self, labels: Sequence[str]) -> Shape:
        """Return the sizes of labels."""
        return tuple(self.sizes[label] for label in labels)


def einsum(seen: Seen) -> Effect:
    """Einsum of one or two factors; how much more of them cost depends on which are multiplied first."""
    shapes = tuple(shape for shape in seen.shapes if shape is not None)
    equation = seen.attribute("equation")
    if not isinstance(equation, str):
        raise ArgumentError(f"equation={equation!r} must be text, such as 'bij,jk->bik'")
    sums = parsed(equation, shapes)
    out = sums.shape(sums.result)
    if len(shapes) > 2:
        raise UnsupportedError(
            f"Einsum of {len(shapes)} factors: what it costs depends on which are multiplied first", (out,)
        )
    for labels, shape in zip(sums.factors, shapes, strict=True):
        if len(set(labels)) < len(labels):
            raise UnsupportedError(f"Einsum that takes a diagonal of {listed(shape)}", (out,))
    _check_batch(seen, sums, out)
    return _of_one(seen, sums, out) if len(shapes) == 1 else _of_two(seen, sums, out)


def parsed(equation: str, shapes: Sequence[Shape]) -> Sums:
    """Return an equation taken apart for factors of some shapes.

    Raises ``ArgumentError`` or ``ShapeError`` for one that is none, or does not fit.

    >>> found = parsed("...ij, jk -> ...ik", [(2, 4, 5), (5, 3)])
    >>> found.result, found.shape(found.result)
    (('.1', 'i', 'k'), (2, 4, 3))
    """
    text = "".join(equation.split())
    given, arrow, result = text.partition("->")
    terms = given.split(",")
    plain = all(
        c.isalpha() and c.isascii() for c in text.replace("...", "").replace("->", "").replace(",", "")
    )
    if len(text) > LONGEST or not plain or "," in result or "->" in result:
        raise ArgumentError(f"equation={equation[:60]!r} must be letters, such as 'bij,jk->bik'")
    if len(terms) != len(shapes):
        raise ArgumentError(f"equation={equation!r} has {len(terms)} factors, not {len(shapes)}")
    labels = [_labels(term, len(shape), equation) for term, shape in zip(terms, shapes, strict=True)]
    known: dict[str, list[Size]] = {}
    for own, shape in zip(labels, shapes, strict=True):
        for label, size in zip(own, shape, strict=True):
            known.setdefault(label, []).append(size)
    sizes: dict[str, Size] = {}
    conditions: list[sympy.Basic] = []
    for label, each in known.items():
        sizes[label], needs = agreed([n for n in each if n != 1] or [1], tuple(shapes))
        conditions += needs
    dots = sorted((label for label in known if label.startswith(".")), key=lambda label: -int(label[1:]))
    if arrow:
        out = _result(result, dots, equation)
    else:
        letters = given.replace(",", "").replace("...", "")
        out = (*dots, *sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    if len(set(out)) < len(out) or not set(out) <= set(known):
        raise ArgumentError(f"equation={equation!r}: each axis of the result must be one of a factor, once")
    factors = tuple(
        tuple(label for label, n in zip(own, shape, strict=True) if n != 1 or sizes[label] == 1)
        for own, shape in zip(labels, shapes, strict=True)
    )
    return Sums(factors, out, sizes, tuple(conditions))


def _labels(term: str, rank: int, equation: str) -> Labels:
    """Return the label of each axis of a factor; those of an ellipsis are counted from its end."""
    before, dots, after = term.partition("...")
    more = rank - len(before) - len(after)
    if "." in before + after or more < 0 or (more and not dots):
        raise ShapeError(f"equation={equation!r}: {term!r} does not fit a factor of {rank} axes")
    return (*before, *(f".{place}" for place in range(more, 0, -1)), *after)


def _result(text: str, dots: Sequence[str], equation: str) -> Labels:
    before, ellipsis, after = text.partition("...")
    if "." in before + after or (dots and not ellipsis):
        raise ArgumentError(f"equation={equation!r}: the result must have one ellipsis if a factor has")
    return (*before, *dots, *after)


def _check_batch(seen: Seen, sums: Sums, out: Shape) -> None:
    """Raise ``UnsupportedError`` where the batch is summed away."""
    for place, labels in enumerate(sums.factors):
        first = labels[0] if labels else ""
        if seen.is_constant(place) or first in sums.result or sums.sizes.get(first) != seen.batch:
            continue
        if seen.batch != 1:
            raise UnsupportedError("Einsum that sums over the batch", (out,))


def _of_one(seen: Seen, sums: Sums, out: Shape) -> Effect:
    (labels,) = sums.factors
    before = sums.shape(labels)
    if set(labels) != set(sums.result):
        additions = seen.for_one_image(before) - seen.for_one_image(out)
        return Effect((out,), "other", additions=additions, conditions=sums.conditions)
    op: Operator | None = None
    if len(out) > 1 and labels[0] == sums.result[0] and before[0] == seen.batch:
        op = Permutation(before[1:], tuple(labels.index(label) - 1 for label in sums.result[1:]))
    return Effect((out,), "move", op, conditions=sums.conditions)


def _of_two(seen: Seen, sums: Sums, out: Shape) -> Effect:
    left, right = sums.factors
    inside = [label for label in left if label in right and label not in sums.result]
    alone = [label for label in (*left, *right) if label not in sums.result and label not in inside]
    if alone:
        raise UnsupportedError("Einsum that sums along an axis which only one factor has", (out,))
    each = repeated(Dense(1, product(sums.shape(inside))), seen.for_one_image(out))
    constant = tuple(place for place in (0, 1) if seen.is_constant(place))
    if not inside:  # each value is one product, as in Mul
        held = tuple(p for p in constant if seen.is_parameter(p, product(seen.shape(p)) != 1))
        return Effect(
            (out,), "other", held={"other": held} if held else {}, counted=each, conditions=sums.conditions
        )
    op = _operator(seen, sums, out, constant[0]) if len(constant) == 1 else None
    return Effect(
        (out,),
        "linear",
        op,
        {"weight": constant[0]} if len(constant) == 1 else {},
        {"weight": constant} if constant else {},
        counted=None if op is not None else each,
        conditions=sums.conditions,
    )


def _operator(seen: Seen, sums: Sums, out: Shape, place: int) -> Operator | None:
    """Return the product with a weight as an operator on one image, where the weight is one matrix.

    That is where its outputs are its first axes and what is summed its last, or the other way round.
    """
    weight, image = sums.factors[place], sums.factors[1 - place]
    x = seen.shape(1 - place)
    whole = len(weight) == len(seen.shape(place)) and len(image) == len(x)
    if not whole or not sums.result or image[0] != sums.result[0] or x[0] != seen.batch:
        return None
    if image[0] in weight or any(label in image and label in sums.result for label in weight):
        return None
    summed = [label not in sums.result for label in weight]
    if sum(a != b for a, b in pairwise(summed)) > 1:
        return None
    inside = [label for label in weight if label not in sums.result]
    made = [label for label in weight if label in sums.result]
    kept = [label for label in image[1:] if label in sums.result]
    columns, rows, positions = (product(sums.shape(labels)) for labels in (inside, made, kept))
    dense = Dense(columns, rows).T if summed[0] else Dense(rows, columns)
    before, after = (*kept, *inside), (*kept, *made)
    gathered = Permutation(sums.shape(image[1:]), tuple(image[1:].index(label) for label in before))
    spread = Permutation(sums.shape(after), tuple(after.index(label) for label in sums.result[1:]))
    return (
        Reshaped(spread, (positions, rows), out[1:])
        @ Kron((Identity(positions), dense))
        @ Reshaped(gathered, sums.shape(image[1:]), (positions, columns))
    )
