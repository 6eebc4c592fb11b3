"""Transforms as programs: what is done instruction by instruction, run and counted.

An instruction multiplies a value by a number, adds two values or takes one from another, or does both
at once (a fused multiply-add). The programs are those of F(4, 3); that they are it is itself judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from convalgebra.catalogue.basic import conv
from convalgebra.claims.claim import Finding, derived, measured
from convalgebra.claims.forms.functions import beside, run, symbols
from convalgebra.errors import ArgumentError
from convalgebra.proofs import as_formula
from convalgebra.weights import Array

Instruction = tuple[str, tuple[tuple[Any, str], ...]]  # the name of the result, what is added up
Program = tuple[tuple[Instruction, ...], tuple[str, ...]]  # instructions, and the names of the outputs

SIXTH, TWELFTH = Fraction(1, 6), Fraction(1, 12)
DOUBLED: tuple[Instruction, ...] = (
    ("e", ((2, "d"),)),
    ("y3", ((1, "c"), (1, "e"))),
    ("y4", ((1, "c"), (-1, "e"))),
)
FUSED: tuple[Instruction, ...] = (("y3", ((1, "c"), (2, "d"))), ("y4", ((1, "c"), (-2, "d"))))


def data(doubled: tuple[Instruction, ...] = DOUBLED) -> Program:
    """Return the transform of six inputs; 2 (x3 - x1) is an instruction of its own, or is fused."""
    first: tuple[Instruction, ...] = (
        ("p", ((-5, "x2"), (1, "x4"))),
        ("y0", ((4, "x0"), (1, "p"))),
        ("a", ((-4, "x2"), (1, "x4"))),
        ("b", ((-4, "x1"), (1, "x3"))),
        ("y1", ((1, "a"), (1, "b"))),
        ("y2", ((1, "a"), (-1, "b"))),
        ("c", ((1, "x4"), (-1, "x2"))),
        ("d", ((1, "x3"), (-1, "x1"))),
    )
    last: tuple[Instruction, ...] = (("q", ((-5, "x3"), (1, "x5"))), ("y5", ((4, "x1"), (1, "q"))))
    return (*first, *doubled, *last), ("y0", "y1", "y2", "y3", "y4", "y5")


FILTER: Program = (
    (
        ("y0", ((Fraction(1, 4), "x0"),)),
        ("p", ((SIXTH, "x2"),)),
        ("t", ((-SIXTH, "x0"), (-1, "p"))),
        ("y1", ((-SIXTH, "x1"), (1, "t"))),
        ("y2", ((SIXTH, "x1"), (1, "t"))),
        ("v", ((SIXTH, "y0"), (1, "p"))),
        ("y3", ((TWELFTH, "x1"), (1, "v"))),
        ("y4", ((-TWELFTH, "x1"), (1, "v"))),
    ),
    ("y0", "y1", "y2", "y3", "y4", "x2"),
)
INVERSE: Program = (
    (
        ("s", ((1, "x1"), (1, "x2"))),
        ("d", ((1, "x1"), (-1, "x2"))),
        ("t", ((1, "x3"), (1, "x4"))),
        ("e", ((1, "x3"), (-1, "x4"))),
        ("u", ((1, "x0"), (1, "s"))),
        ("y0", ((1, "u"), (1, "t"))),
        ("y1", ((2, "e"), (1, "d"))),
        ("y2", ((4, "t"), (1, "s"))),
        ("w", ((8, "e"), (1, "d"))),
        ("y3", ((1, "w"), (1, "x5"))),
    ),
    ("y0", "y1", "y2", "y3"),
)


def executed(program: Program, inputs: Any) -> tuple[Array, int]:
    """Run a program on x0, x1, ...; return its outputs and how many instructions were done.

    Raises ``ArgumentError`` for what is more than one instruction.

    >>> executed(INVERSE, [1, 2, 3, 4, 5, 6])
    (array([15, -3, 41, -3], dtype=object), 10)
    """
    instructions, outputs = program
    known = {f"x{at}": value for at, value in enumerate(inputs)}
    done = 0
    for name, terms in instructions:
        if len(terms) > 2 or sum(abs(factor) != 1 for factor, _ in terms) > 1:
            raise ArgumentError(f"program: {name} takes more than one multiply-add")
        known[name] = sum(as_exact(factor, known[of]) for factor, of in terms)
        done += 1
    return np.array([known[name] for name in outputs], object), done


def as_exact(factor: Any, value: Any) -> Any:
    """Return a product, exact for numbers and for symbols."""
    return factor * value if isinstance(value, int | Fraction) else as_formula(factor) * value


def on_tile(program: Program, tile: Array) -> tuple[Array, int]:
    """Run a program on the columns of a tile, then on the rows of what comes out; count all of it."""
    done = 0
    for _ in range(2):
        each = [executed(program, column) for column in tile.T]
        tile = np.array([outputs for outputs, _ in each], object)
        done += sum(steps for _, steps in each)
    return tile, done


def convolve_a_tile(of_data: Program, at: str) -> Iterator[Finding]:
    """Yield whether the three programs convolve: six symbols by three, 6 x 6 integers by 3 x 3."""
    x, g = symbols("x", (6,)), symbols("g", (3,))
    transformed = executed(FILTER, g)[0] * executed(of_data, x)[0]
    said = run(conv(1, 1, 6, 3), x[None], weight=g[None, None])[0]
    yield derived(f"{at}: outputs of F(4, 3), in symbols", *beside(said, executed(INVERSE, transformed)[0]))
    rng = np.random.default_rng(4)
    image, kernel = rng.integers(-9, 10, (6, 6)), rng.integers(-9, 10, (3, 3))
    by_programs = on_tile(FILTER, exact(kernel))[0] * on_tile(of_data, exact(image))[0]
    found = on_tile(INVERSE, by_programs)[0]
    said = run(conv(1, 1, (6, 6), 3), image[None], weight=kernel[None, None])[0]
    yield measured(f"{at}: outputs of F(4 x 4, 3 x 3)", said.tolist(), found.tolist())


def exact(array: Array) -> Array:
    """Return an array of integers as exact ones."""
    return np.array(array.tolist(), object)


def instructions_of(what: str, said: tuple[int, int], program: Program, inputs: int, **options: Any) -> Any:
    """Yield how many instructions a transform of a line takes, and that of a tile."""
    outputs, each = executed(program, symbols("x", (inputs,)))
    yield derived(f"{what}, a line", said[0], each, **options)
    yield derived(
        f"{what}, a tile: {inputs} columns, {len(outputs)} rows",
        said[1],
        each * (inputs + len(outputs)),
        **options,
    )
    _, lines = executed(program, range(inputs))
    _, tiles = on_tile(program, exact(np.arange(inputs**2).reshape(inputs, inputs)))
    yield measured(f"{what}, a line, run", said[0], lines, **options)
    yield measured(f"{what}, a tile, run", said[1], tiles, **options)


def instructions(of_data: tuple[int, int], of_filter: tuple[int, int], inverse: tuple[int, int]) -> Any:
    """Return the judge of the instructions of F(4 x 4, 3 x 3): of a line, and of a tile, each."""

    def judge() -> Iterator[Finding]:
        yield from convolve_a_tile(data(), "13, 8 and 10")
        yield from instructions_of("data", of_data, data(), 6)
        yield from instructions_of("filter", of_filter, FILTER, 3)
        yield from instructions_of("inverse", inverse, INVERSE, 6)
        yield from convolve_a_tile(data(FUSED), "with fused doubling")
        yield from instructions_of("data, the doubling fused", of_data, data(FUSED), 6, inside=False)

    return judge
