"""Judges of the claims about transposed convolution: its sizes and its direct forms.

What it is as a matrix is judged in ``s06_matrices`` and ``s06_inverse``, what it paints in
``s06_checkerboards`` and ``s06_remedies``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sympy

from convalgebra.catalogue.arithmetic import relationships
from convalgebra.catalogue.basic import conv_transpose
from convalgebra.claims.claim import Finding, Judge, derived, grid, measured, named
from convalgebra.claims.forms.arithmetic import back, layer, run, size
from convalgebra.claims.forms.matrices import SAME, difference, in_numbers, integers_for, same_operator
from convalgebra.claims.forms.sliding import came_from, slid
from convalgebra.claims.forms.transposed import direct, exchanged, relationship
from convalgebra.claims.forms.values import several, value
from convalgebra.claims.judges.s06_checkerboards import CHECKERBOARDS
from convalgebra.claims.judges.s06_inverse import INVERSES
from convalgebra.claims.judges.s06_matrices import MATRICES
from convalgebra.claims.judges.s06_remedies import REMEDIES
from convalgebra.operators.base import Operator
from convalgebra.proofs import as_formula
from convalgebra.sizes import symbol

i, k, s, p, d, n, q, a = map(symbol, ("i", "k", "s", "p", "d", "n", "q", "a"))

# i and k first: the guide's own examples, which are also the small ones.
UNIT = [{"i": 2, "k": 3}, {"i": 2, "k": 2}, {"i": 3, "k": 3}, *grid(i=(1, 4), k=(1, 2, 4))]
PADDED = [
    {"i": 6, "k": 4, "p": 2},
    {"i": 3, "k": 3, "p": 1},
    *(at for at in grid(i=(3, 5), k=(1, 2, 3), p=(0, 1, 2)) if at["i"] + at["k"] - 1 > 2 * at["p"]),
]
STRIDED = [{"i": 2, "k": 3, "s": 2}, *grid(i=(1, 3), k=(1, 2, 4), s=(2, 3))]
ANY = [
    {"i": 3, "k": 3, "s": 2, "p": 1},
    {"i": 2, "k": 3, "s": 3, "p": 1},
    *(at for at in grid(i=(2, 3), k=(2, 4), s=(1, 2, 3), p=(0, 1)) if at["i"] + at["k"] > 3 + at["p"]),
]
LEFT = [
    {"i": 3, "k": 3, "s": 2, "p": 1, "a": 1},
    *(at | {"a": a} for at in ANY[::2] for a in range(at["s"])),
]


_EIGHT = [
    *({"s": 1, "p": pad, "a": 0} for pad in (0, 1)),
    *({"s": 2, "p": pad, "a": more} for more in (0, 1) for pad in (0, 1, 2)),
]


# --- is the output larger? ------------------------------------------------------------------------


def _exists(i: int, k: int, s: int, p: int) -> bool:
    return s * (i - 1) + k > 2 * p


def _larger(output: Any, given: Any) -> bool:
    return bool(sympy.expand(as_formula(output) - as_formula(given)).is_positive)


def _smaller(output: Any, given: Any) -> bool:
    return _larger(given, output)


def _grown(output: Any, given: Any) -> Any:
    return output - given


def _squares(at: str, said: Any, make: Callable[[], Operator]) -> Judge:
    """Return the judge of the output size of a direct form, the windows slid over its stretched image."""
    return value(at, said, lambda: make().output_size, lambda: slid(make().stages[0]))


def _lines(at: str, said: int, make: Callable[[], Operator]) -> Judge:
    return value(at, said, lambda: make().output_size[0], lambda: came_from(make()))


# --- direct forms ---------------------------------------------------------------------------------


def _emulated(i: Any, k: Any, s: Any, p: Any, a: Any, channels: Any, how: str) -> Operator:
    border = 0 if how == "no border" else k - p - 1
    return direct(i, k, s=s, border=border, a=a, turned=how != "not rotated", channels=channels)


def _transposed(i: Any, k: Any, s: Any, p: Any, a: Any, channels: Any, how: str) -> Operator:
    before, after = channels
    return conv_transpose(before, after, i, k, stride=s, padding=p, output_padding=a)


def _carried(weights: Any, how: str, **sizes: Any) -> Any:
    return weights if how == "channels not exchanged" else exchanged(weights)


def _settings(channels: Any, *lines: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    """Yield settings in which nothing is left out, then those that leave out one thing."""
    for image, kernel, stride, pad, more in lines:
        common = {"i": image, "k": kernel, "s": stride, "p": pad, "a": more, "channels": channels}
        for how in ("all", "not rotated", "channels not exchanged", "no border"):
            alike = how == "channels not exchanged" and channels == (1, 1)
            if not alike and not (how == "no border" and kernel - pad == 1):
                yield common | {"how": how}


# --- borders and extra zeros ----------------------------------------------------------------------


def _border(kernel: int, pad: int) -> list[int]:
    """Return the borders, negative ones too, with which the direct form is the transposed one."""
    op = back(9, kernel, p=pad)
    weights = integers_for(op)
    there = in_numbers(op, weights)
    return [
        b
        for b in range(-3, 6)
        if difference(in_numbers(direct(9, kernel, border=b), weights), there) == SAME
    ]


def _border_is_padding() -> Iterator[Finding]:
    """Is the border not negative? It is found from the sizes, and by trying."""
    b = sympy.Symbol("b", integer=True)
    sizes = as_formula(layer(i, k, p=p).output_size[0]).subs(p, b) - back(i, k, p=p).output_size[0]
    (border,) = sympy.solve(sizes, b)
    yield derived("the border, all sizes", k - p - 1, border)
    yield derived("p = k - 1", True, border.subs(p, k - 1) >= 0)
    yield derived("p = k - 1 - n", True, border.subs(p, k - 1 - n).is_nonnegative)
    yield derived("p = k - 1 + n", True, border.subs(p, k - 1 + n).is_nonnegative, inside=False)
    for kernel, pad in ((1, 0), (2, 0), (2, 1), (3, 1), (3, 2), (1, 1), (2, 2), (2, 3), (3, 4)):
        found = _border(kernel, pad)
        at = f"i'=9, k={kernel}, p={pad}"
        yield measured(f"{at}, the border", [kernel - pad - 1], found)
        yield measured(f"{at}, a padding", True, found[0] >= 0, inside=pad <= kernel - 1)
    yield measured("k=2, p=2: 9 becomes", 6, came_from(back(9, 2, p=2)))


def _extra_zeros() -> Iterator[Finding]:
    """Which output padding leads back to the size i that the convolution came from."""
    output = layer(i, k, s=s, p=p).output_size[0]
    (extra,) = sympy.solve(back(output, k, s=s, p=p, a=a).output_size[0] - i, a)
    yield derived("a, all sizes", ((i + 2 * p - k) % s).rewrite(sympy.floor), sympy.expand(extra))
    for point in grid(i=(5, 6, 7, 8), k=(2, 3), s=(2, 3), p=(0, 1)):
        small = run(layer(**point))
        letters = {letter: point[letter] for letter in "ksp"}
        fits = [
            more
            for more in range(point["s"])
            if came_from(back(small, **letters, a=more), more) == point["i"]
        ]
        yield measured(named(point), [(point["i"] + 2 * point["p"] - point["k"]) % point["s"]], fits)


def _caption() -> Iterator[Finding]:
    """The figure of (6, 3, 2, 1): the size of the small image."""
    sizes = {"k": 3, "s": 2, "p": 1}
    found = layer(6, **sizes).output_size[0], slid(layer(6, **sizes))[0]
    for claim, right in ((2, False), (3, True)):
        yield derived("i=6, k=3, s=2, p=1: i'", claim, found[0], right=right)
        yield measured("i=6, k=3, s=2, p=1: i'", claim, found[1], right=right)
    for small, right in ((2, False), (3, True)):
        op = back(small, **sizes, a=1)
        yield derived(f"from i'={small}, a=1: the output", 6, op.output_size[0], right=right)
        yield measured(f"from i'={small}, a=1: the output", 6, came_from(op, 1), right=right)


def _special_cases() -> Iterator[Finding]:
    """Relationship 14 with numbers put into it must be each of the others; and it leads back."""
    put: dict[int, dict[Any, Any]] = {
        8: {s: 1, p: 0, a: 0},
        9: {s: 1, a: 0},
        10: {s: 1, a: 0, k: 2 * n + 1, p: n},
        11: {s: 1, a: 0, p: k - 1},
        12: {p: 0, a: 0},
        13: {a: 0},
        14: {},
    }
    general = s * (i - 1) + a + k - 2 * p
    for each in relationships():
        if each.number in put:
            said = general.subs(put[each.number], simultaneous=True)
            yield derived(f"relationship {each.number}, {each.title}", said, each.output_size)
    for point in grid(i=(4, 5, 6, 7), k=(2, 3), s=(1, 2, 3), p=(0, 1)):
        i_, k_, s_, p_ = point["i"], point["k"], point["s"], point["p"]
        small = run(layer(**point))
        more = (i_ + 2 * p_ - k_) % s_
        said = s_ * (small - 1) + more + k_ - 2 * p_
        there = came_from(back(small, k_, s=s_, p=p_, a=more), more)
        yield measured(f"{named(point)}, there and back", said, there)
        yield measured(f"{named(point)}, the size it came from", said, i_)


JUDGES: dict[str, Judge] = (
    MATRICES
    | INVERSES
    | CHECKERBOARDS
    | REMEDIES
    | {
        "S06-01": several(
            size(
                lambda i, k, s, p: True,
                back,
                [at for at in grid(i=(2, 4, 7), k=(1, 2, 3), s=(1, 2), p=(0, 1, 2)) if _exists(**at)],
                puts=({"s": 1, "k": n + 1, "p": 0}, {"s": q + 1, "i": n + 1, "k": d + 1, "p": 0}),
                outside=({"s": 1, "k": n + 1, "p": n}, {"s": 1, "k": 2 * n + 1, "p": n}),
                met=lambda i, k, s, p: 2 * p < (s - 1) * (i - 1) + k - 1,
                of=_larger,
            ),
            size(lambda i, k, s, p: (s - 1) * (i - 1) + k - 1 - 2 * p, back, ANY, of=_grown),
        ),
        "S06-04": same_operator(
            _emulated,
            _transposed,
            [
                *_settings((1, 1), ((2, 2), 3, 1, 0, 0), (3, 3, 2, 1, 1), (4, 4, 3, 1, 2)),
                *_settings((2, 2), ((2, 3), 2, 2, 0, 1), (3, 1, 1, 0, 0)),
                *_settings((3, 2), ((3, 2), 3, 2, 1, 0)),
            ],
            symbols_at=[
                *_settings((1, 1), ((2, 2), 3, 1, 0, 0), (3, 3, 2, 1, 1)),
                *_settings((2, 2), (2, 2, 2, 0, 1)),
            ],
            carry=_carried,
            met=lambda how, k, **_: how == "all" or (how == "not rotated" and k == 1),
        ),
        "S06-05": several(
            _squares("3x3 over 2x2, border 2", (4, 4), lambda: direct((2, 2), 3, border=2)),
            _lines("transposed, 2 to", 4, lambda: back(2, 3)),
        ),
        "S06-06": several(
            _squares(
                "3x3 over 2x2, one zero between, border 2", (5, 5), lambda: direct((2, 2), 3, s=2, border=2)
            ),
            _lines("transposed with stride 2, 2 to", 5, lambda: back(2, 3, s=2)),
        ),
        "S06-07": several(
            value(
                "from 2, k=3: " + "; ".join(map(named, _EIGHT)),
                [4, 2, 5, 3, 1, 6, 4, 2],
                lambda: [back(2, 3, **letters).output_size[0] for letters in _EIGHT],
                lambda: [came_from(back(2, 3, **letters), letters["a"]) for letters in _EIGHT],
            ),
            size(
                lambda i, k, s, p, a: s * (i - 1) + a + k - 2 * p,
                back,
                [{"i": 2, "k": 3} | at for at in _EIGHT],
            ),
        ),
        "S06-16": relationship(lambda i, k: i + (k - 1), lambda i, k: k - 1, UNIT),
        "S06-17": relationship(
            lambda i, k, p: i + (k - 1) - 2 * p,
            lambda i, k, p: k - p - 1,
            PADDED,
            puts=({}, {"i": 6, "k": 4, "p": 2}),
        ),
        "S06-18": relationship(
            lambda i, n: i,
            lambda i, n: n,
            grid(i=(5, 2, 3), n=(1, 2)),
            letters=lambda i, n: {"i": i, "k": 2 * n + 1, "p": n},
        ),
        "S06-19": relationship(
            lambda i, k: i - (k - 1),
            lambda i, k: 0,
            [{"i": 7, "k": 3}, *(at for at in UNIT if at["i"] >= at["k"])],
            letters=lambda i, k: {"i": i, "k": k, "p": k - 1},
        ),
        "S06-20": relationship(lambda i, k, s: s * (i - 1) + k, lambda i, k, s: k - 1, STRIDED),
        "S06-21": relationship(
            lambda i, k, s, p: s * (i - 1) + k - 2 * p, lambda i, k, s, p: k - p - 1, ANY
        ),
        "S06-22": several(
            _extra_zeros,
            relationship(
                lambda i, k, s, p, a: s * (i - 1) + a + k - 2 * p, lambda i, k, s, p, a: k - p - 1, LEFT
            ),
        ),
        "S06-23": _caption,
        "S06-24": _border_is_padding,
        "S06-25": size(
            lambda i, k, s, p, d, a: s * (i - 1) + d * (k - 1) + 1 - 2 * p + a,
            back,
            [
                {"i": 5, "k": 3, "s": 2, "p": 1, "d": 2, "a": 1},
                *grid(i=(2, 4), k=(2, 3), s=(2, 3), p=(0, 1), d=(2, 3), a=(0, 1)),
            ],
        ),
        "S06-28": _special_cases,
    }
)
