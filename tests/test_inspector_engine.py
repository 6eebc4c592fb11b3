"""The matrices that the page builds are those of Python: entry by entry, and term by term."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from math import prod
from typing import Any

import numpy as np
import pytest
import sympy
from scipy import sparse

import convalgebra as ca
from convalgebra.catalogue.types import find_type, types
from convalgebra.errors import ArgumentError, SymbolError
from convalgebra.exact import meets, value
from convalgebra.inspector.bundle import joined
from convalgebra.inspector.description import described
from convalgebra.inspector.expressions import expression
from convalgebra.operators.composition import Transposed
from convalgebra.operators.symbolic import symbolic_matrix, weight_symbols
from convalgebra.sizes import gcd, symbol
from tests.browsers import launched

# What the page answers for each case, typed arrays as lists.
ANSWER = """cases => JSON.stringify(JSON.parse(cases).map(({ stages, values }) => {
  const weights = weightsOf(stages, values);
  const matrices = stageMatrices(stages, values, weights);
  const list = array => array === null ? null : Array.from(array);
  const told = matrix => ({
    shape: [matrix.rows, matrix.columns], outputShape: matrix.outputShape, inputShape: matrix.inputShape,
    starts: list(matrix.starts), indices: list(matrix.indices),
    values: list(matrix.values), imaginary: list(matrix.imaginary), told: matrix.told,
    termStarts: list(matrix.termStarts), coefficients: list(matrix.coefficients),
    imaginaryCoefficients: list(matrix.imaginaryCoefficients),
    factors: list(matrix.monomials).map(weights.factorsOf),
  });
  return {
    weights: weights.list, count: weights.count, numbers: list(weights.values),
    stages: matrices.map(told), whole: told(multiplyAll(matrices)),
    turned: told(transposed(multiplyAll(matrices))),
  };
}))"""


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    with launched() as browser:
        found = browser.new_context(offline=True).new_page()
        found.add_script_tag(content=joined("operators", "expressions"))
        yield found


# --- the cases: every type, its settings drawn ---------------------------------------------------

# The operator that the page gets, that of numbers, and the numbers for the names.
Case = tuple[ca.Operator, ca.Operator, dict[str, int]]
# Names that a type is shown with, and the numbers that the page puts for them.
NUMBERS = {"D": 2, "N_c": 4, "H": 6, "W": 5, "N": 7, "T": 4, "h": 3, "g": 2, "b": 4, "s": 2, "l": 2}
NUMBERS |= {"p": 1, "r": 2, "C": 2, "q": 3}
MODES = ("zeros", "circular", "reflect", "replicate")
FEW = 5


def one_of(draw: np.random.Generator, *choices: Any) -> Any:
    return choices[draw.integers(len(choices))]


def sizes(draw: np.random.Generator, axes: int, low: int, high: int) -> tuple[int, ...]:
    return tuple(int(n) for n in draw.integers(low, high + 1, axes))


def pairs(draw: np.random.Generator, axes: int, low: int, high: int) -> tuple[tuple[int, ...], ...]:
    return tuple(sizes(draw, 2, low, high) for _ in range(axes))


def drawn(name: str, draw: np.random.Generator) -> dict[str, Any]:
    """Return keywords for a type, numbers all; some do not go together and are refused."""
    kind = find_type(name)
    axes = {"conv_1d": 1, "conv_3d": 3, "volume_conv": one_of(draw, 1, 2)}.get(
        name, one_of(draw, 1, 2, 2, 3)
    )
    small = {1: 9, 2: 6, 3: 4}[axes]
    groups = one_of(draw, 1, 2)
    least = 0 if name in ("padded", "cropped") else -1
    options: dict[str, Any] = {
        "in_channels": 2 * int(draw.integers(1, 3)),
        "out_channels": 2 * int(draw.integers(1, 3)),
        "channels": 2 * int(draw.integers(1, 3)),
        "middle_channels": 4,
        "input_size": sizes(draw, axes, 2, small),
        "kernel_size": sizes(draw, axes, 1, 4),
        "stride": sizes(draw, axes, 1, 3),
        "padding": pairs(draw, axes, least, 2),
        "amount": pairs(draw, axes, 0, 1),
        "output_padding": sizes(draw, axes, 0, 1),
        "dilation": sizes(draw, axes, 1, 2),
        "padding_mode": one_of(draw, *MODES),
        "groups": groups,
        "multiplier": one_of(draw, 1, 2),
        "factor": sizes(draw, axes, 1, 3),
        "flip": one_of(draw, True, False),
        "tile": sizes(draw, axes, 1, 4),
        "ceil_mode": one_of(draw, True, False),
        "count_include_pad": one_of(draw, True, False),
        "align_corners": one_of(draw, True, False),
        "form": one_of(draw, "grouped", "concatenated", "split"),
        "table": tuple(map(tuple, draw.integers(0, 2, (3, 2)).tolist())),
        # what is below the modulus on each axis multiplies: the products must stay exact
        "modulus": one_of(draw, None, {1: 2521, 2: 241, 3: None}[axes]),
    }
    if name.startswith("pixel") or name == "space_to_depth":
        factor = int(draw.integers(1, 4))
        options["factor"] = factor
        options["in_channels"] = factor**axes * 2 if name == "pixel_shuffle" else 2
        options["input_size"] = tuple(factor * n for n in sizes(draw, axes, 1, 2))
    if name == "fourier_conv":
        options["padding"] = "same"
    if name == "winograd":
        options["input_size"] = sizes(draw, axes, 4, 7)
        options["kernel_size"] = sizes(draw, axes, 1, 3)
        options["padding"] = pairs(draw, axes, 0, 1)
    return {key: options[key] for key in kind.parameters if key in options}


def made(name: str, draw: np.random.Generator) -> tuple[ca.Operator, dict[str, Any]]:
    """Return an operator of a type, small enough, and its keywords."""
    while True:
        given = drawn(name, draw)
        try:
            op = find_type(name).make(**given)
            if prod(op.shape) <= 40_000 and all(prod(s.shape) <= 40_000 for s in op.stages):
                return op, given
        except ArgumentError:
            continue


def named(kind: Any, given: Mapping[str, Any]) -> Case | None:
    """Return an operator with names for its numbers, as many as the type allows."""
    values: dict[str, int] = {}

    def name_of(key: str, number: Any) -> Any:
        if isinstance(number, tuple):
            return tuple(name_of(f"{key}_{at}", part) for at, part in enumerate(number))
        values[key] = number
        return key

    free = ["in_channels", "out_channels", "channels", "input_size", "kernel_size", "stride"]
    free += ["padding", "dilation", "output_padding"]
    while free:
        values.clear()
        chosen = {k: name_of(k, v) if k in free and positive(v) else v for k, v in given.items()}
        try:
            op = kind.make(**chosen)
            numbers = {str(s): values[str(s)] for s in op.symbols}
            if values:
                return op, op.subs(numbers), numbers
        except (ArgumentError, SymbolError, ca.ShapeError):
            pass
        free.pop()
    return None


def positive(number: Any) -> bool:
    """Say whether a name may stand for a number, or for all of several."""
    if isinstance(number, tuple):
        return all(map(positive, number))
    return isinstance(number, int) and not isinstance(number, bool) and number > 0


@cache
def cases() -> list[tuple[str, ca.Operator, ca.Operator, dict[str, int]]]:
    """Return the cases: what is told, the operator that the page gets, that of numbers, the numbers."""
    found: list[tuple[str, ca.Operator, ca.Operator, dict[str, int]]] = []
    for at, kind in enumerate(types()):
        shown = kind.make()
        numbers = {str(s): NUMBERS[str(s)] for s in shown.symbols}
        found.append((f"{kind.name} as it is shown", shown, shown.subs(numbers), numbers))
        draw = np.random.default_rng(at)
        for again in range(FEW):
            op, given = made(kind.name, draw)
            found.append((f"{kind.name} {given}", op, op, {}))
            if again == 0 and (symbolic := named(kind, given)):
                found.append((f"{kind.name} by names {given}", *symbolic))
    return found + others()


def others() -> list[tuple[str, ca.Operator, ca.Operator, dict[str, int]]]:
    """Return what no type of the catalogue is, but its users may put together."""
    conv = ca.conv(1, 1, (4, 4), (3, 2), padding=1)
    third = Fraction(1, 3)
    filtered = ca.Filter(ca.Axis(5, 3, lo=1, hi=1, padding_mode="reflect"), (1, third, 0))
    mixed = ca.Kron((ca.Dense(2, 3, name="mix"), ca.conv(1, 2, 4, 3, padding=1, padding_mode="circular")))
    unlike = ca.VStack((ca.Identity(2), ca.Dense(1, 2)))
    wide = ca.conv(1, 2, (3, 3), 5, padding=2, dilation=1)
    several = (
        conv.expand(),
        ca.conv(4, 2, (4, 3), 2, groups=2, flip=True).expand(),
        ca.conv(4, 2, (4, 3), 2, groups=2).blocks(),
        conv.T @ conv,
        (ca.pointwise(2, 1, (3, 3)) @ ca.conv(1, 2, (4, 4), 2)).T,
        ca.conv(2, 2, (4, 4), 3, padding=2, stride=2, padding_mode="reflect").T,
        ca.Reshaped(ca.conv(1, 2, (3, 4), 2), (12,), (12,)),
        filtered,
        filtered.T @ filtered,
        mixed,
        unlike.T @ unlike,
        ca.Kron((unlike, ca.Dense(2, 2, name="b"))),
        ca.Sum((ca.Dense(2, 2), ca.Identity(2), ca.Dense(2, 2))),
        ca.conv(1, 1, 5, 3) + ca.conv(1, 1, 5, 3),
        ca.Sum((ca.Dense(2, 2) @ ca.Dense(2, 2), ca.Identity(2))),
        ca.BlockDiag((ca.Dense(2, 3, name="a"), ca.Fixed(((0, third), (2, 1))))),
        ca.HStack((ca.Fourier(3), ca.Dense(3, 2))),
        ca.Fourier(5, inverse=True) @ ca.Fourier(5),
        ca.Fourier(4, inverse=True, modulus=13),
        ca.Fourier(2, modulus=2**31 - 1),
        ca.TapWeights(4, 2, 2, (2, 3), (1, 2)),
        ca.TapWeights(4, 2, 2, (2, 3), ()),
        ca.Selection(ca.Axis(5, 3, lo=1, hi=2, dilation=2, padding_mode="replicate"), 1),
        ca.Shuffle(6, 2).T @ ca.Shuffle(6, 2),
        wide,
        wide.T,
        ca.LocallyConnected(2, 2, (ca.Axis(3, 2, lo=1), ca.Axis(4, 3, stride=2, hi=1))),
        ca.winograd(1, 1, 7, 3, tile=5),
        ca.fourier_conv(2, 2, (3, 4), (3, 2), groups=2),
        ca.fourier_conv(1, 1, 4, 7, padding=3, modulus=13),
    )
    return [(f"{op!r}", op, op, {}) for op in several]


@pytest.fixture(scope="module")
def answers(page: Any) -> list[dict[str, Any]]:
    asked = [
        {"stages": [described(stage) for stage in told.stages], "values": numbers}
        for _, told, _, numbers in cases()
    ]
    found: list[dict[str, Any]] = json.loads(page.evaluate(ANSWER, json.dumps(asked)))
    return found


# --- what the page says, against Python ----------------------------------------------------------


def page_weights(op: ca.Operator) -> dict[str, np.ndarray]:
    """Return the weights that the page begins with: 1 to 9, again and again."""
    return {
        name: (1 + np.arange(prod(shape)) % 9).reshape(shape) for name, shape in op.weight_shapes.items()
    }


def coordinates(answer: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns of the entries; the columns of each row must ascend."""
    counts = np.diff(answer["starts"])
    rows, columns = np.repeat(np.arange(len(counts)), counts), np.array(answer["indices"], int)
    assert len(counts) == answer["shape"][0]
    assert answer["starts"][-1] == len(columns)
    places = rows * answer["shape"][1] + columns
    assert (np.diff(places) > 0).all()
    return rows, columns


def with_imaginary(real: Any, imaginary: Any) -> np.ndarray:
    return np.array(real, float) if imaginary is None else np.array(real) + 1j * np.array(imaginary)


def agree(answer: dict[str, Any], matrix: sparse.csr_array, rounded: bool = False) -> None:
    """Check shape, pattern and values; of rounded ones the pattern of what is not nearly zero."""
    assert tuple(answer["shape"]) == matrix.shape
    assert prod(answer["outputShape"]) == matrix.shape[0]
    assert prod(answer["inputShape"]) == matrix.shape[1]
    rows, columns = coordinates(answer)
    values = with_imaginary(answer["values"], answer["imaginary"])
    expected = matrix.tocsr().copy()
    expected.sort_indices()
    wanted = expected.tocoo()
    if rounded:
        page, python = abs(values) > 1e-9, abs(wanted.data) > 1e-9
        rows, columns, values = rows[page], columns[page], values[page]
    else:
        python = np.ones(wanted.nnz, bool)
    np.testing.assert_array_equal(rows, wanted.coords[0][python])
    np.testing.assert_array_equal(columns, wanted.coords[1][python])
    if matrix.dtype.kind in "iu":
        np.testing.assert_array_equal(values, wanted.data[python])
    else:
        np.testing.assert_allclose(values, wanted.data[python], rtol=1e-9, atol=1e-9)


def at_weights(answer: dict[str, Any], numbers: np.ndarray) -> np.ndarray:
    """Return what the terms of each entry come to at weights."""
    assert answer["told"]
    terms = [prod((numbers[i] for i in ids), start=1.0) for ids in answer["factors"]]
    given = np.array(terms) if terms else np.zeros(0)
    if answer["coefficients"] is not None:
        given = given * with_imaginary(answer["coefficients"], answer["imaginaryCoefficients"])
    entries = len(answer["indices"])
    starts = answer["termStarts"] or list(range(entries + 1))
    assert len(starts) == entries + 1
    assert starts[-1] == len(terms)
    sums = np.zeros(entries, given.dtype)
    np.add.at(sums, np.repeat(np.arange(entries), np.diff(starts)), given)
    return sums


def in_order(answer: dict[str, Any], weights: Mapping[str, Any]) -> Any:
    """Return the numbers of all weights in the order of the page."""
    return np.concatenate([np.zeros(0), *(weights[w["name"]].ravel() for w in answer["weights"])])


def modulus_of(op: ca.Operator) -> int | None:
    found = re.search(r"modulus=(\d+)", repr(op))
    return int(found[1]) if found else None


def test_every_type_is_among_the_cases() -> None:
    named_ones = {told.split()[0] for told, op, _, _ in cases() if op.symbols}
    numeric = {told.split()[0] for told, op, _, _ in cases() if not op.symbols}
    assert {t.name for t in types()} <= named_ones & numeric
    by_names = [op for told, op, _, _ in cases() if " by names " in told]
    assert len(by_names) > 0.8 * len(types())


def test_the_matrices_are_those_of_python(answers: list[dict[str, Any]]) -> None:
    for (told, _, op, _), answer in zip(cases(), answers, strict=True):
        weights = page_weights(op)
        try:
            shapes = {w["name"]: tuple(w["shape"]) for w in answer["weights"]}
            assert shapes == op.weight_shapes
            # Those of the stages, the last one first, as Python has them where the stages are factors.
            if not isinstance(op, Transposed | ca.Kron):
                assert list(shapes) == list(op.weight_shapes)
            assert answer["numbers"] == in_order(answer, weights).tolist()
            for stage, factor, one in zip(answer["stages"], op.factors(weights), op.stages, strict=True):
                agree(stage, factor, rounded=isinstance(one, ca.Product | ca.Sum))
                if not isinstance(one, ca.Reshaped):
                    assert tuple(stage["outputShape"]) == one.output_shape
                    assert tuple(stage["inputShape"]) == one.input_shape
            whole = op.matrix(weights)
            agree(answer["whole"], whole, rounded=True)
            agree(answer["turned"], whole.T.tocsr(), rounded=True)
            if whole.dtype.kind in "iu":
                agree(answer["whole"], whole)
        except AssertionError as error:
            raise AssertionError(told) from error


def test_the_terms_are_those_of_python(answers: list[dict[str, Any]]) -> None:
    """At other weights than the page's own the terms come to the values of Python's matrices."""
    for seed, ((told, _, op, _), answer) in enumerate(zip(cases(), answers, strict=True)):
        draw = np.random.default_rng(seed)
        modulus = modulus_of(op)
        weights = {
            name: draw.integers(1, 9, shape) if modulus else draw.uniform(0.5, 2, shape)
            for name, shape in op.weight_shapes.items()
        }
        flat = in_order(answer, weights)
        try:
            for part, matrix in zip(
                [*answer["stages"], answer["whole"], answer["turned"]],
                [*op.factors(weights), op.matrix(weights), op.matrix(weights).T],
                strict=True,
            ):
                rows, columns = coordinates(part)
                sums = at_weights(part, flat)
                dense = matrix.toarray()
                expected = dense[rows, columns]
                if modulus:
                    np.testing.assert_array_equal(sums % modulus, expected % modulus)
                else:
                    np.testing.assert_allclose(sums, expected, rtol=1e-8, atol=1e-8)
                if not modulus:
                    dense[rows, columns] = 0
                    assert not dense.any() or abs(dense).max() < 1e-9
        except AssertionError as error:
            raise AssertionError(told) from error


def polynomial(answer: dict[str, Any], entry: int) -> dict[tuple[int, ...], complex]:
    starts = answer["termStarts"] or list(range(len(answer["indices"]) + 1))
    ones = [1] * len(answer["factors"])
    real, turned = answer["coefficients"] or ones, answer["imaginaryCoefficients"] or [0] * len(ones)
    span = range(starts[entry], starts[entry + 1])
    found = {tuple(answer["factors"][t]): complex(real[t], turned[t]) for t in span}
    assert len(found) == len(span)  # like terms stand together
    return found


def python_polynomial(entry: Any, ids: dict[sympy.Symbol, int]) -> dict[tuple[int, ...], complex]:
    """Return the terms of a sympy entry by the numbers of their weights."""
    found: dict[tuple[int, ...], complex] = {}
    for powers, coefficient in sympy.Poly(entry, *ids).terms() if ids else [((), entry)]:
        factors = tuple(i for i, power in zip(ids.values(), powers, strict=True) for _ in range(power))
        number = complex(coefficient)
        if abs(number) > 1e-9:
            found[factors] = number
    return found


def test_small_symbolic_matrices_are_the_same(answers: list[dict[str, Any]]) -> None:
    looked_at: set[str] = set()
    for (told, _, op, _), answer in zip(cases(), answers, strict=True):
        kind = told.split()[0].split("(")[0]
        count = sum(prod(shape) for shape in op.weight_shapes.values())
        if prod(op.shape) > 700 or kind in looked_at or count > 40 or len(answer["whole"]["indices"]) > 150:
            continue
        looked_at.add(kind)
        listed = [(w["name"], tuple(w["shape"])) for w in answer["weights"]]
        symbols = [s for name, shape in listed for s in weight_symbols(name, shape)]
        ids = {s: at for at, s in enumerate(symbols)}
        matrix = symbolic_matrix(op)
        rows, columns = coordinates(answer["whole"])
        places = {(int(r), int(c)): at for at, (r, c) in enumerate(zip(rows, columns, strict=True))}
        for place in places.keys() | set(matrix.todok()):
            page = polynomial(answer["whole"], places[place]) if place in places else {}
            python = python_polynomial(matrix[place], ids)
            assert page.keys() == python.keys(), (told, place)
            for factors, coefficient in page.items():
                assert coefficient == pytest.approx(python[factors], abs=1e-9), (told, place)
    assert len(looked_at) > 25


def test_a_name_of_two_meanings_is_one_weight(page: Any) -> None:
    """The same name in two stages is the same weight: w w of one weight is its square."""
    op = ca.Product((ca.Dense(1, 1), ca.Dense(1, 1)))
    asked = [{"stages": [described(s) for s in op.stages], "values": {}}]
    (answer,) = json.loads(page.evaluate(ANSWER, json.dumps(asked)))
    assert answer["count"] == 1
    assert answer["whole"]["factors"] == [[0, 0]]


def test_many_terms_are_told_by_their_values(page: Any) -> None:
    """Beyond about a million terms only values are told, and they are right."""
    told = page.evaluate(
        """([stages]) => {
          const weights = weightsOf(stages, {});
          const whole = multiplyAll(stageMatrices(stages, {}, weights));
          return [whole.told, Array.from(whole.values), whole.monomials.length, transposed(whole).told];
        }""",
        [[described(ca.Dense(110, 110, name="a")), described(ca.Dense(110, 110, name="b"))]],
    )
    one = (1 + np.arange(110 * 110) % 9).reshape(110, 110)
    assert told[0] is False
    assert told[2:] == [0, False]
    np.testing.assert_array_equal(np.reshape(told[1], (110, 110)), one @ one)


def test_two_million_entries_are_as_many(page: Any) -> None:
    """How long they take, the benchmarks measure."""
    op = ca.conv(4, 14, ("N", "N"), 3, padding=1)
    for one in (op, op.T):
        entries = page.evaluate(
            """([stages, values]) =>
              stageMatrices(stages, values, weightsOf(stages, values))[0].indices.length""",
            [[described(one)], {"N": 64}],
        )
        assert entries == one.subs(N=64).entries == 2_021_600


# --- formulas ------------------------------------------------------------------------------------


def test_formulas_come_to_what_they_do_in_python(page: Any) -> None:
    N, m, s = map(symbol, ("N", "m", "s"))
    k, t = (sympy.Symbol(name, integer=True, nonnegative=True) for name in ("k", "t"))
    formulas = [
        (N - m) // s + 1,
        sympy.Rational(1, 49) * 49 * N / 49,
        sympy.ceiling((m - N) / s),
        sympy.Mod(m - N, s) + gcd(N, 2 * s),
        N**2 / m**3,
        ca.proofs.Max(N - m, s) + sympy.Min(N, m) + sympy.Max(N, 2 * s),
        (2 * N + 1) ** 40 - (2 * N) ** 40,
        sympy.Sum(ca.proofs.Max(0, N - k), (k, 0, m - 1)),
        sympy.Sum(k * t + s, (k, 0, t), (t, 1, m)),
    ]
    conditions = [sympy.Ge(N, m), sympy.Gt(N, m), sympy.Le(N, 2 * m), sympy.Lt(N, m)]
    conditions += [sympy.Eq(sympy.Mod(N, s), 0), sympy.Ne(N, m), sympy.true, sympy.false]
    conditions += [sympy.And(sympy.Ge(N, m), sympy.Ge(m, s))]
    numbers = [{"N": 7, "m": 3, "s": 2}, {"N": 4, "m": 5, "s": 4}, {"N": 49, "m": 49, "s": 1}]
    numbers = [{**NUMBERS, **given} for given in numbers]
    asked = [[expression(f) for f in formulas], [expression(c) for c in conditions], numbers]
    found, met = page.evaluate(
        """([formulas, conditions, numbers]) => [formulas, conditions].map(all =>
          numbers.map(values => all.map(one => evaluate(one, values))))""",
        asked,
    )
    for given, values, answers in zip(numbers, found, met, strict=True):
        at = {symbol(name): number for name, number in given.items()}
        assert values == [float(value(f, at)) for f in formulas]
        assert answers == [meets(c, at) for c in conditions]


def test_what_cannot_be_worked_out_is_said(page: Any) -> None:
    with pytest.raises(ArgumentError, match="cannot work out a sin"):
        expression(sympy.sin(symbol("N")))
    said = page.evaluate(
        """all => all.map(one => {
          try { return evaluate(one, { N: 1 }); } catch (error) { return error.message; }
        })""",
        [
            {"name": "toString"},
            {"op": "constructor", "args": []},
            {"op": "/", "args": [1, 0]},
            {"op": "or", "args": [False, {"op": "not", "args": [{"op": ">", "args": [{"name": "N"}, 1]}]}]},
        ],
    )
    assert said == [
        "there is no number for toString",
        "there is no operation constructor",
        "a formula divides by zero here",
        True,
    ]
