"""Judges of what Lavin and Gray say of fast convolution: 1509.09308."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.fast import ToomCook, toom_cook, winograd
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured, named
from convalgebra.claims.forms.comparing import of_counts, quotient
from convalgebra.claims.forms.counts import count
from convalgebra.claims.forms.printed import rounded
from convalgebra.claims.forms.programs import instructions
from convalgebra.claims.forms.values import called, several, value
from convalgebra.counting.measure import measure
from convalgebra.operators.base import Operator
from convalgebra.operators.fixed import Fixed
from convalgebra.operators.fourier import Fourier
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import Identity
from convalgebra.operators.points import vandermonde
from convalgebra.proofs import as_formula
from convalgebra.sizes import ceil_div, symbol

PAIRS = ((2, 3), (3, 2), (4, 3), (2, 5))
WIDTHS = list(grid(C=(1, 2), K=(1, 3)))


def tile(C: Any, K: Any, outputs: tuple[int, ...], kernel: tuple[int, ...]) -> Operator:
    """Return F(outputs, kernel) on one tile, for C input and K output channels."""
    size = tuple(m + r - 1 for m, r in zip(outputs, kernel, strict=True))
    return winograd(C, K, size, kernel, tile=outputs)


def direct(C: Any, K: Any, outputs: tuple[int, ...], kernel: tuple[int, ...]) -> Operator:
    """Return the convolution of the same tile."""
    return conv(C, K, tuple(m + r - 1 for m, r in zip(outputs, kernel, strict=True)), kernel)


def told(outputs: tuple[int, ...], kernel: tuple[int, ...]) -> str:
    """Return the name of the algorithm.

    >>> told((2, 2), (3, 3))
    'F(2 x 2, 3 x 3)'
    """
    return f"F({' x '.join(map(str, outputs))}, {' x '.join(map(str, kernel))})"


def products(says: Callable[[Any, Any], Any], outputs: tuple[int, ...], kernel: tuple[int, ...]) -> Judge:
    """Return the judge of the products of one tile, and of its being the convolution."""
    takes = count(says, lambda C, K: tile(C, K, outputs, kernel), WIDTHS)
    return called(told(outputs, kernel), several(takes, convolves(outputs, kernel)))


def line(m: int, r: int) -> Judge:
    """Return the judge of F(m, r) taking m + r - 1 products for each pair of channels."""
    return products(lambda C, K: (m + r - 1) * C * K, (m,), (r,))


def whole(said: int, m: int, r: int) -> Judge:
    """Return the judge of the products of the direct convolution of a tile, m x m outputs."""
    return called(
        "direct", count(lambda C, K: said * C * K, lambda C, K: direct(C, K, (m, m), (r, r)), WIDTHS)
    )


def convolves(outputs: tuple[int, ...], kernel: tuple[int, ...]) -> Judge:
    """Return the judge of the fast algorithm giving the matrix of the convolution."""

    def judge() -> Iterator[Finding]:
        fast, plain = tile(1, 1, outputs, kernel), direct(1, 1, outputs, kernel)
        if len(kernel) == 1:
            yield derived("its matrix, in symbols", plain.symbolic_matrix(), fast.symbolic_matrix())
        weight = np.random.default_rng(3).integers(-9, 10, (1, 1, *kernel))
        there, here = plain.matrix(weight).toarray(), fast.matrix(weight).toarray()
        yield measured("largest difference of its matrix", 0, int(np.rint(1e6 * abs(there - here)).max()))

    return judge


def gain(said: Any, m: int, r: int) -> Judge:
    """Return the judge of what F(m x m, r x r) saves where its tiles fill the image, and where not."""

    def size(t: Any, more: Any) -> Any:
        return (m * t + r - 1 + more,) * 2

    return of_counts(
        lambda **_: said,
        (
            lambda C, K, t, more: conv(C, K, size(t, more), r),
            lambda C, K, t, more: winograd(C, K, size(t, more), r, tile=m),
        ),
        grid(C=(1, 2), K=(2,), t=(1, 2), more=(0, 1)),
        met=lambda C, K, t, more: more % m == 0,  # whole tiles
        fixed={"more": 0},
    )


# --- transforms ------------------------------------------------------------------------------------


def nested(matrix: Fixed) -> Operator:
    """Return a transform of rows, then of columns: what M d M^T takes."""
    there, here = (int(n) for n in matrix.shape)
    return Kron((matrix, Identity(there))) @ Kron((Identity(here), matrix))


def additions(at: str, said: int, of: Callable[[], Operator]) -> Judge:
    """Return the judge of the additions of a transform."""
    return value(at, said, lambda: of().additions, lambda: measure(of()).additions)


def uses(at: str, said: int, part: Callable[[ToomCook], Fixed], m: int, r: int) -> Judge:
    """Return the judge of how many one-dimensional transforms stand in a two-dimensional one."""

    def matrix() -> Fixed:
        return part(toom_cook(m, r))

    def runs() -> Any:
        return sympy.Rational(measure(nested(matrix())).additions, measure(matrix()).additions)

    def formulas() -> Any:
        return as_formula(nested(matrix()).additions) / matrix().additions

    return value(at, said, formulas, runs)


def filter_rows(transform: ToomCook) -> Fixed:
    """Return the transform of the filter as a matrix, G."""
    return Fixed(tuple(map(tuple, vandermonde(transform.kernel.points, transform.kernel.kernel))))


@lru_cache(maxsize=1)
def fewest_additions() -> int:
    """Return the fewest additions for g0 + g1 + g2 and g0 - g1 + g2: every program of sums is tried."""
    wanted = {(1, 1, 1), (1, -1, 1)}
    programs: set[frozenset[tuple[int, ...]]] = {frozenset({(1, 0, 0), (0, 1, 0), (0, 0, 1)})}
    for steps in range(1, 5):
        further = set()
        for known in programs:
            for a, b in product(known, repeat=2):
                for sign in (1, -1):
                    further.add(known | {tuple(x + sign * y for x, y in zip(a, b, strict=True))})
        if any(wanted <= known for known in further):
            return steps
        programs = further
    return 0


def filter_additions() -> Iterator[Finding]:
    """Yield the additions of the filter transform of F(2, 3): with g0 + g2 shared, and row by row."""
    matrix = filter_rows(toom_cook(2, 3))
    g = sympy.Matrix(sympy.symbols("g0:3"))
    shared, rows = sympy.cse(list(sympy.Matrix(matrix.rows) * g), optimizations="basic")
    adds = sum(len(e.args) - 1 for e in [*(e for _, e in shared), *rows] if e.is_Add)
    yield derived("g0 + g2 computed once", 3, adds)
    yield measured("the shortest program of sums", 3, fewest_additions())
    yield derived("each row by itself", 3, matrix.additions, inside=False)
    yield measured("each row by itself", 3, measure(matrix).additions, inside=False)


# --- tables ----------------------------------------------------------------------------------------


def per_output(said: Iterable[tuple[int, str]]) -> Judge:
    """Return the judge of the products per output of 3 x 3 filters, by the tile size of the input."""

    def judge() -> Iterator[Finding]:
        for size, printed in said:
            m = size - 2
            op = tile(1, 1, (m, m), (3, 3))
            yield derived(f"tile {size}", printed, rounded(as_formula(op.multiplications) / m**2, 2))
            yield measured(f"tile {size}", printed, rounded(quotient(measure(op).multiplications, m**2), 2))

    return judge


MODULUS = 257  # a prime: it has roots of unity of every order that divides 256


def conjugate_rows(size: int) -> set[frozenset[tuple[int, ...]]]:
    """Return the rows of the Fourier matrix, conjugate ones together; exact, modulo a prime.

    >>> len(conjugate_rows(8))
    5
    """
    rows = Fourier(size, modulus=MODULUS).matrix().toarray().tolist()
    inverse = [0, *(pow(v, -1, MODULUS) for v in range(1, MODULUS))]
    return {frozenset((tuple(row), tuple(inverse[v] for v in row))) for row in rows}


def by_fourier(said: Iterable[tuple[int, str]]) -> Judge:
    """Return the judge of the real products per output by Fourier, four to a complex one.

    By derivation: of a real image the rows of the Fourier matrix that are inverse to each other, entry
    by entry, give conjugate coefficients: one of both is kept, along one axis. By measurement: the
    coefficients that numpy keeps of the transform of a real image.
    """

    def judge() -> Iterator[Finding]:
        for size, printed in said:
            outputs = (size - 2) ** 2
            kept = size * len(conjugate_rows(size))
            yield derived(f"tile {size}", printed, rounded(sympy.Rational(4 * kept, outputs), 2))
            counted = np.fft.rfft2(np.ones((size, size))).size
            yield measured(f"tile {size}", printed, rounded(sympy.Rational(4 * counted, outputs), 2))

    return judge


def stage(m: int, n: int, R: int, S: int) -> Judge:
    """Return the judge of the model of the multiplication stage, F(m x n, R x S), one image."""

    def says(C: Any, K: Any, H: Any, W: Any) -> Any:
        return ceil_div(H, m) * ceil_div(W, n) * C * K * (m + R - 1) * (n + S - 1)

    def make(C: Any, K: Any, H: Any, W: Any) -> Operator:
        return winograd(C, K, (H + R - 1, W + S - 1), (R, S), tile=(m, n))

    return called(told((m, n), (R, S)), count(says, make, grid(C=(2,), K=(1, 3), H=(4, 5), W=(3, 6))))


def one_by_one() -> Iterator[Finding]:
    """Yield the products of F(1 x 1, R x S) beside those of the convolution."""
    sizes = {name: symbol(name) for name in ("C", "K", "H", "W")}
    for kernel in ((3, 3), (2, 3)):
        for point in (sizes, {"C": 2, "K": 3, "H": 5, "W": 6}):
            C, K, size = point["C"], point["K"], (point["H"], point["W"])
            fast, plain = winograd(C, K, size, kernel, tile=1), conv(C, K, size, kernel)
            at = f"{kernel[0]} x {kernel[1]} filters"
            if point is sizes:
                yield derived(at, plain.multiplications, fast.multiplications)
            else:
                counts = measure(plain).multiplications, measure(fast).multiplications
                yield measured(f"{at}, {named(point)}", *counts)


def one_per_input() -> Iterator[Finding]:
    """Yield the products of a tile beside the inputs that it reads."""
    for outputs, kernel in (((2,), (3,)), ((4,), (3,)), ((2, 2), (3, 3)), ((2, 4), (3, 3))):
        at = told(outputs, kernel)
        fast, plain = tile(1, 1, outputs, kernel), direct(1, 1, outputs, kernel)
        yield derived(at, plain.shape[1], fast.multiplications)
        ones = plain.matrix(np.ones((1, 1, *kernel), np.int8))
        yield measured(at, len(set(ones.indices.tolist())), measure(fast).multiplications)


JUDGES: dict[str, Judge] = {
    "LAVIN-01": several(*(line(m, r) for m, r in PAIRS)),
    "LAVIN-02": several(
        products(lambda C, K: (2 + 3 - 1) * (4 + 3 - 1) * C * K, (2, 4), (3, 3)),
        products(lambda C, K: (2 + 3 - 1) * (3 + 2 - 1) * C * K, (2, 3), (3, 2)),
        products(lambda C, K: (2 + 3 - 1) ** 2 * C * K, (2, 2), (3, 3)),
    ),
    "LAVIN-03": one_per_input,
    "LAVIN-04": several(
        called("products", count(lambda C, K: 4 * C * K, lambda C, K: tile(C, K, (2,), (3,)), WIDTHS)),
        additions("additions of the data", 4, lambda: toom_cook(2, 3).input),
        additions("additions to the results", 4, lambda: toom_cook(2, 3).output),
    ),
    "LAVIN-05": filter_additions,
    "LAVIN-06": several(
        products(lambda C, K: 16 * C * K, (2, 2), (3, 3)),
        whole(36, 2, 3),
        gain(sympy.Rational(9, 4), 2, 3),
    ),
    "LAVIN-07": several(
        additions("data", 32, lambda: nested(toom_cook(2, 3).input)),
        additions("inverse", 24, lambda: nested(toom_cook(2, 3).output)),
    ),
    "LAVIN-08": several(
        products(lambda C, K: 16 * C * K, (3, 3), (2, 2)),
        whole(36, 3, 2),
    ),
    "LAVIN-09": several(
        products(lambda C, K: 36 * C * K, (4, 4), (3, 3)),
        called(
            "direct", count(lambda C, K: 144 * C * K, lambda C, K: direct(C, K, (4, 4), (3, 3)), WIDTHS)
        ),
        gain(4, 4, 3),
    ),
    "LAVIN-10": several(
        uses("data: 6 + 6", 6 + 6, lambda t: t.input, 4, 3),
        uses("filter: 3 + 6", 3 + 6, filter_rows, 4, 3),
        uses("inverse: 6 + 4", 6 + 4, lambda t: t.output, 4, 3),
    ),
    "LAVIN-10b": instructions((13, 156), (8, 72), (10, 100)),
    "LAVIN-11": per_output([(4, "4.00"), (5, "2.78"), (6, "2.25"), (8, "1.78")]),
    "LAVIN-12": by_fourier(
        [(8, "4.44"), (16, "2.94"), (32, "2.42"), (64, "2.20"), (128, "2.10"), (256, "2.05")]
    ),
    "LAVIN-13": several(stage(2, 2, 3, 3), stage(4, 2, 3, 3), stage(2, 3, 3, 2)),
    "LAVIN-14": one_by_one,
}
