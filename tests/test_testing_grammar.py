"""Formulas as text: what they mean, what is refused, and where the caret stands."""

from __future__ import annotations

import ast
import re
import warnings
from fractions import Fraction

import pytest
import sympy
from hypothesis import example, given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.grammar import LONGEST, parse_formula
from convalgebra.testing import parse_formula as exported

N, m, s = map(ca.symbol, ("N", "m", "s"))


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("7", sympy.Integer(7)),
        ("0.28", sympy.Rational(7, 25)),
        ("1/N + 1/m**2", 1 / N + 1 / m**2),
        ("-N**2", -(N**2)),
        ("(-N)**2", N**2),
        ("2**-1", sympy.Rational(1, 2)),
        ("2**3**2", sympy.Integer(512)),
        ("8/4/2", sympy.Integer(1)),
        ("7 - 3 - 2", sympy.Integer(2)),
        ("-7//2", sympy.Integer(-4)),
        ("2*7//3", sympy.Integer(4)),
        ("2*(7//3)", sympy.Integer(4)),
        ("7//3*2", sympy.Integer(4)),
        ("(N - m)//s + 1", sympy.floor((N - m) / s) + 1),
        ("floor(N/2) + ceiling(m/2)", sympy.floor(N / 2) + sympy.ceiling(m / 2)),
        ("  N\n + \tm ", N + m),
        ("+N - -m", N + m),
        ("2**(N - 1)", 2 ** (N - 1)),
        ("N**64", N**64),
    ],
)
def test_what_a_text_means(text: str, formula: sympy.Expr) -> None:
    assert parse_formula(text) == formula


def test_names_are_the_symbols_of_the_registry() -> None:
    assert parse_formula("N_c") is ca.symbol("N_c")
    assert exported is parse_formula


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("h^2", "a power with **, as in h**2"),
        ("h\u00b2", "a power with **, as in h**2"),
        ("h\u00b3", "a power with **, as in h**3"),
        ("2\u00d7N", "a product with *"),
        ("2\u00b7N", "a product with *"),
        ("N \u2212 m", "a difference with -"),
        ("y = N", "the right side alone"),
    ],
)
def test_other_ways_to_write_are_told_the_one_that_is_read(text: str, meant: str) -> None:
    with pytest.raises(ca.ArgumentError, match=re.escape(f"is no part of a formula: write {meant}\n")):
        parse_formula(text)


REFUSED = {
    "N.real": 1,
    "N + __import__": 4,
    "__class__": 0,
    "N_": 0,
    "N__c": 0,
    "f(N)": 0,
    "1 + floor(1, 2)": 4,
    "floor(*N)": 6,
    "floor()": 0,
    "floor(N,)": 7,
    "1 + floor(N , )": 12,
    "(N,)": 2,
    "floor(x=1)": 7,
    "N * floor": 4,
    "lambda x: x": 0,
    "N if m else s": 2,
    "N and m": 2,
    "not N": 0,
    "True": 0,
    "N + \u0663": 4,  # an Arabic three
    "N + \uff13": 4,  # a wide three
    "\u2115": 0,  # a double-struck N, which Python takes for N
    "N\u22121": 1,  # a minus sign that is none
    "N\u00b2": 1,
    "N\0": 1,
    "N # a comment": 2,
    "N\\": 1,
    "'N'": 0,
    "`N`": 0,
    "N[0]": 1,
    "{N}": 0,
    "N; m": 1,
    "N == m": 2,
    "N < m": 2,
    "N % m": 2,
    "N @ m": 2,
    "N | m": 2,
    "(N := 3)": 3,
    "N!": 1,
    "0x10": 1,
    "1_000": 1,
    "1e3": 1,
    "3j": 1,
    "2N": 1,
    "2(N)": 0,
    "007": 0,
    "1.": 1,
    ".5": 0,
    "N m": 2,
    "N + m s": 6,
    "N +": 3,
    "N + * m": 4,
    "(N": 0,
    "N)": 1,
    "()": 0,
    "N, m": 0,
    "N\nm": 2,
    "N/0": 2,
    "N//(m - m)": 4,
    "(N - N)**-1": 9,
    "9**9**9": 3,
    "9**9**N": 3,
    "10**19**2": 4,
    "N**65": 3,
    "N**-65": 3,
    "N**m": 3,
    "N**(1/2)": 4,
    "N**0.5": 3,
    "(N**8)**9": 8,
    "((2**N)**8)**9": 13,
    "2**(N*m)": 4,
    "2**(65*N)": 4,
    "(10**9)**64": 9,
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_formula_is_shown_where_it_goes_wrong(text: str) -> None:
    with pytest.raises(ca.ArgumentError) as caught:
        parse_formula(text)
    head, shown, caret = str(caught.value).split("\n")
    assert head.startswith("formula: ")
    assert caret.strip() == "^"
    assert caret.index("^") - 4 == REFUSED[text]
    assert len(shown) - 4 == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "(" * 499 + "N" + ")" * 499,
        "-" * 900 + "N",
        "+" * (LONGEST - 1) + "N",
        "N**" * 300 + "2",
        "2**" * 300 + "N",
        "floor(" * 150 + "N" + ")" * 150,
        "N" * 1_000_000,
        "1" * 1_000_000,
        "1" * 900,
        "*".join(["10**60"] * 140),
        "**".join(["2"] * 300),
        "(((((N**60)**60)**60)**60)**60)",
        "(" * 5 + "2*N" + ")**64" * 5,
        "((10**4*N)**64)**64",
        "((10**4*N)**64)**64 - ((10**4*N)**64)**64",
        "(10**5*N)**64",
        "(N/10**5)**64",
        "(10**5/N)**-64",
        "(((N**2*m)**64)**64)**64",
        "((((N+1)**64+1)**64+1)**64+1)**64+1",
        "((((N+1)**8)/m)**8)**2",
        "floor((10**5*N)//3 + 1/2)**64",
        "floor(floor(N**9)**8)",
        "(3**(64*N))**(64)",
        "(10**9)**(64*N)",
        "(2**64)**(64*N - 64)",
        "*".join(["(10**4*N)**64"] * 2),
        "9**64**64",
        "\n" * 1_000_000,
        "N" + " " * 1_000_000,
        "(" * 41 + "N" + ")" * 41,
    ],
)
def test_what_is_too_long_deep_or_large_is_refused_at_once(text: str) -> None:
    """Where one of these were built, this test would not end."""
    with pytest.raises(ca.ArgumentError) as caught:
        parse_formula(text)
    assert len(str(caught.value)) < 400


def test_what_is_long_and_honest_is_read() -> None:
    assert parse_formula("+".join(["N"] * 500)) == 500 * N
    assert parse_formula("(" * 39 + "N" + ")" * 39) == N
    assert parse_formula("*".join(["N**64"] * 100)) == N**6400
    assert parse_formula("(10**4*N)**64 + 1") == 10**256 * N**64 + 1
    assert parse_formula("((N + 1)**8 - 1)**8") == ((N + 1) ** 8 - 1) ** 8
    assert parse_formula("((2**N)**8 + m)**8") == (2 ** (8 * N) + m) ** 8
    assert parse_formula("(1/N + 1/m)**32") == (1 / N + 1 / m) ** 32
    assert parse_formula("+".join(["0.001*N"] * 90)) == sympy.Rational(9, 100) * N


def test_the_operations_may_be_limited() -> None:
    assert parse_formula("-2*N + (m - 1)", operations="+-*") == m - 2 * N - 1
    for text in ("N/2", "N//2", "N**2", "floor(N)", "ceiling(N)"):
        with pytest.raises(ca.ArgumentError, match=r"only numbers, names, brackets, \+ - \* are read"):
            parse_formula(text, operations="+-*")


@pytest.mark.parametrize("text", [None, 3, b"N", "", " \n"])
def test_what_is_no_text_or_empty_is_refused(text: object) -> None:
    with pytest.raises(ca.ArgumentError, match="formula="):
        parse_formula(text)  # type: ignore[arg-type]


def test_names_may_be_limited_and_a_near_one_is_offered() -> None:
    assert parse_formula("N + m", ("N", "m")) == N + m
    with pytest.raises(ca.ArgumentError, match=r"'Nc' is no name .* N_c, h \(is 'N_c' meant\?\)"):
        parse_formula("h*Nc", ("N_c", "h"))


PIECES = st.sampled_from(
    [
        "N",
        "m",
        "2",
        "10",
        "0",
        "0.5",
        "floor",
        "ceiling",
        "(",
        ")",
        "+",
        "-",
        "*",
        "/",
        "**",
        "//",
        " ",
        ",",
    ]
)


@given(text=st.one_of(st.lists(PIECES, max_size=14).map("".join), st.text(max_size=30)))
@example("0**-N")
@example("floor(0**(-1))")
def test_any_text_is_a_formula_or_refused_with_one_error(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            formula = parse_formula(text)
        except ca.ArgumentError:
            return
    assert isinstance(formula, sympy.Expr)
    assert not formula.has(sympy.zoo, sympy.nan, sympy.oo, sympy.Float)
    assert formula.free_symbols <= {ca.symbol(name) for name in ast_names(text)}


def ast_names(text: str) -> set[str]:
    tree = ast.parse(" ".join(text.split()), mode="eval")
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


ATOMS = st.one_of(st.sampled_from(["N", "m", "s"]), st.integers(0, 9).map(str))
TREES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "/"]), inner).map(
            lambda t: f"({' '.join(t)})"
        ),
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(" ".join).map("({})".format),
        inner.map("-{}".format),
        st.tuples(inner, st.integers(0, 2)).map(lambda t: f"{t[0]}**{t[1]}"),
    ),
    max_leaves=8,
)


@given(text=TREES, sizes=st.tuples(*[st.integers(1, 9)] * 3))
def test_the_value_is_that_of_python_on_fractions(text: str, sizes: tuple[int, int, int]) -> None:
    """Python itself, on exact fractions, is the outsider; the text is one that this test has made."""
    values = dict(zip("Nms", map(Fraction, sizes), strict=True))
    exact = re.sub(r"(?<!\*\*)\b(\d+)\b", r"Fraction(\1)", text)
    try:
        expected = eval(exact, {"__builtins__": {}, "Fraction": Fraction}, values)
    except ZeroDivisionError:
        return
    try:
        formula = parse_formula(text)
    except ca.ArgumentError as error:
        if "division by zero" not in str(error):  # for all sizes, as in N//(m - m)
            raise
        return
    found = formula.subs({ca.symbol(name): int(v) for name, v in values.items()})
    assert found == sympy.Rational(expected.numerator, expected.denominator)
