"""Judges of the claims about the transpose and the inverse of a convolution."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.claims.claim import Finding, Judge, derived, measured
from convalgebra.claims.forms.arithmetic import image_of, layer, the_guides
from convalgebra.claims.forms.matrices import (
    SAME,
    difference,
    in_numbers,
    in_symbols,
    integers_for,
    symbols_for,
)
from convalgebra.claims.forms.sliding import dense
from convalgebra.sizes import symbol

i, k, s, p, n = map(symbol, ("i", "k", "s", "p", "n"))


# --- no inverse -----------------------------------------------------------------------------------


def _no_inverse() -> Iterator[Finding]:
    op = layer(4, 3, p=2)
    x, w = image_of("x", 4), symbols_for(op)
    matrix = in_symbols(op, w)
    returned = difference(x, matrix.T * matrix * x)
    yield derived("full, i=4, k=3: C^T C x is x", False, returned == SAME)
    z = sympy.Symbol("z")
    taps = sympy.Poly(w["weight"].ravel().tolist()[::-1], z)
    output = sympy.Poly((matrix * x)[:], z)
    quotient, rest = sympy.div(output, taps)
    found = [sympy.cancel(v) for v in quotient.all_coeffs()]
    yield derived("the same, divided as polynomials", list(x), found)
    yield derived("what is left of the division", True, rest.is_zero)
    for kernel, image in (([1, 2, 3], [5, 0, -2, 7]), ([1, -1], [1, 4, 4, 2, 8])):
        op = layer(len(image), len(kernel), p=len(kernel) - 1)
        matrix = op.matrix(np.array(kernel)[None, None])
        outputs = matrix @ image
        yield measured(
            f"{kernel} on {image}: C^T C x is x", False, bool((matrix.T @ outputs == image).all())
        )
        quotient, rest = np.polydiv(outputs, kernel[::-1])
        yield measured(f"{kernel} on {image}: divided", image, quotient.round().astype(int))


def _identity_from_transpose() -> Iterator[Finding]:
    """Claimed: C^T C = I. What can be: at most rank 4 of 16, and C C^T = I."""
    op = the_guides()
    w = symbols_for(op)
    matrix = in_symbols(op, w)
    gram = matrix.T * matrix
    yield derived("C^T C", SAME, difference(sympy.eye(16), gram))
    squares = sum(tap**2 for tap in w["weight"].ravel())
    yield derived("trace of C^T C", 4 * squares, gram.trace(), right=True)
    yield derived("most that its rank can be", 4, min(op.shape), right=True)
    corners = np.zeros((1, 1, 3, 3), object)
    corners[0, 0, ::2, ::2] = np.array(sympy.symbols("a:4")).reshape(2, 2)
    around = in_symbols(op, {"weight": corners})
    scale = sum(tap**2 for tap in corners.ravel())
    at = "four corners: C C^T against I times their squares"
    yield derived(at, SAME, difference(scale * sympy.eye(4), around * around.T), right=True)
    ones = dense(op)
    yield measured("kernel of ones: C^T C", SAME, difference(np.eye(16, dtype=int), ones.T @ ones))
    yield measured("kernel of ones: trace", 36, int(np.trace(ones.T @ ones)), right=True)
    for name, given in (("ones", ones), ("1 to 9", in_numbers(op, integers_for(op)))):
        rank = sympy.Matrix(given.T @ given).rank()
        yield measured(f"kernel of {name}: rank of C^T C", 4, rank, right=True)
    half = op.matrix(np.where(corners != 0, 0.5, 0.0)).toarray()
    yield measured("corners of 1/2: C C^T", SAME, difference(np.eye(4), half @ half.T), right=True)
    project = half.T @ half
    yield measured("corners of 1/2: (C^T C)^2", SAME, difference(project, project @ project), right=True)


def _back_to_the_image() -> Iterator[Finding]:
    """Claimed: C^T Small = Large. What is: C^T C Large, and many images have this Small."""
    op = the_guides()
    x = image_of("x", 16)
    matrix = in_symbols(op)
    small = matrix * x
    yield derived("C^T Small, a symbol for each pixel", SAME, difference(x, matrix.T * small))
    large = sympy.Matrix(range(16))
    box = sympy.Matrix(dense(op))
    returned = box.T * box * large
    yield derived("ones, Large = 0..15: C^T Small", SAME, difference(large, returned))
    yield derived("ones: Small", [45, 54, 81, 90], list(box * large), right=True)
    yield derived("ones: C^T Small begins", [45, 99, 99, 54], list(returned[:4]), right=True)
    yield derived("ones: images that have Small 0, dimensions", 12, len(box.nullspace()), right=True)
    least = box.T * (box * box.T).inv() * (box * large)
    yield derived("ones: C of C^T (C C^T)^-1 Small", list(box * least), list(box * large), right=True)
    image = np.arange(16)
    run = op.matrix(np.ones((1, 1, 3, 3), int))
    again = op.T.matrix(np.ones((1, 1, 3, 3), int)) @ (run @ image)
    yield measured("ones, Large = 0..15: C^T Small", SAME, difference(image[:, None], again[:, None]))
    yield measured("ones: Small", [45, 54, 81, 90], run @ image, right=True)
    yield measured("ones: C^T Small begins", [45, 99, 99, 54], again[:4], right=True)
    rank = np.linalg.matrix_rank(run.toarray())
    yield measured("ones: dimensions that are lost", 12, int(16 - rank), right=True)


def _orthonormal() -> Iterator[Finding]:
    """Convolutions of which the transpose is the inverse: orthonormal patches, and a single tap."""
    c = sympy.Symbol("theta", real=True)
    turn = np.array([[sympy.cos(c), -sympy.sin(c)], [sympy.sin(c), sympy.cos(c)]])
    matrix = in_symbols(conv(1, 2, 6, 2, stride=2), {"weight": turn[:, None, :]})
    gram = (matrix.T * matrix).applyfunc(sympy.simplify)
    yield derived("patches of 2, 2 channels: C^T C", SAME, difference(sympy.eye(6), gram))
    for tap in (1, -1):
        single = in_symbols(layer(5, 1), {"weight": np.full((1, 1, 1), tap)})
        yield derived(f"1x1 kernel {tap}: C^T C", SAME, difference(sympy.eye(5), single.T * single))
    hadamard = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2
    for channels, kept in ((4, True), (3, False)):
        patches = conv(1, channels, (6, 4), 2, stride=2)
        run = patches.matrix(hadamard[:channels].reshape(channels, 1, 2, 2)).toarray()
        found = bool((run.T @ run == np.eye(24)).all())
        yield measured(f"6x4 in 2x2 patches, {channels} channels: C^T C = I", kept, found)
    for tap in (1, -1):
        run = layer((3, 3), 1).matrix(np.full((1, 1, 1, 1), tap)).toarray()
        yield measured(f"1x1 kernel {tap}", SAME, difference(np.eye(9, dtype=int), run.T @ run))


INVERSES: dict[str, Judge] = {
    "S06-03": _no_inverse,
    "S06-10": _identity_from_transpose,
    "S06-11": _back_to_the_image,
    "S06-15": _orthonormal,
}
