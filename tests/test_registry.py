"""The laws that every public operator keeps, run over the registry; and that nothing public is missing."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import pickle
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.testing.strategies.parts import several
from tests.registry import ENTRIES, NESTED, NOT_NAMEABLE, Entry
from tests.strategies import integer_array, integer_weights, seeds

LAWS_OVER = ENTRIES | NESTED
# What a matrix may cost here; bigger ones teach nothing more.
MOST = 20_000

law = settings(max_examples=10, suppress_health_check=list(HealthCheck))
over_the_registry = pytest.mark.parametrize("name", LAWS_OVER)


def drawn(data: st.DataObject, name: str) -> ca.Operator:
    op = data.draw(LAWS_OVER[name].operators, label="operator")
    rows, columns = op.shape
    assume(rows * columns <= MOST)
    return op


def stored(matrix: Any) -> list[tuple[int, int, Any]]:
    coo = matrix.tocoo()
    return sorted(zip(coo.row.tolist(), coo.col.tolist(), coo.data.tolist(), strict=True))


# --- matrices ---


@over_the_registry
@given(data=st.data(), seed=seeds())
@law
def test_the_matrix_is_canonical_csr_of_the_shape_told(name: str, data: st.DataObject, seed: int) -> None:
    op = drawn(data, name)
    matrix = op.matrix(integer_weights(op, seed))
    assert matrix.format == "csr"
    assert matrix.shape == op.shape == (np.prod(op.output_shape), np.prod(op.input_shape))
    assert matrix.indptr[0] == 0
    assert matrix.indptr[-1] == len(matrix.indices) == len(matrix.data)
    for begin, end in pairwise(matrix.indptr):
        row = matrix.indices[begin:end]
        assert (np.diff(row) > 0).all()
        assert ((row >= 0) & (row < matrix.shape[1])).all()


@over_the_registry
@given(data=st.data(), seed=seeds())
@law
def test_the_transpose_has_the_transposed_matrix(name: str, data: st.DataObject, seed: int) -> None:
    op = drawn(data, name)
    weights = integer_weights(op, seed)
    matrix, transposed = op.matrix(weights), op.T.matrix(weights)
    assert stored(transposed) == stored(matrix.T)
    assert op.T.shape == op.shape[::-1]
    assert op.T == op.T.T.T
    assert op.T.weight_shapes == op.weight_shapes


@over_the_registry
@given(data=st.data(), seed=seeds())
@law
def test_the_adjoint_moves_to_the_other_side(name: str, data: st.DataObject, seed: int) -> None:
    op = drawn(data, name)
    weights = integer_weights(op, seed)
    matrix, free = op.matrix(weights), op.linear_operator(weights)
    y, x = (integer_array((n,), seed + n) for n in matrix.shape)
    expected = (matrix @ x) @ y
    assert expected == x @ (op.T.matrix(weights) @ y)
    assert expected == free.matvec(x) @ y == x @ free.rmatvec(y)
    assert expected == x @ op.T.linear_operator(weights).matvec(y)


@over_the_registry
@given(data=st.data(), seed=seeds(), complex_weights=st.booleans())
@law
def test_the_linear_operator_is_the_matrix(
    name: str, data: st.DataObject, seed: int, complex_weights: bool
) -> None:
    op = drawn(data, name)
    weights = integer_weights(op, seed)
    if complex_weights and name != "fourier_conv":  # modulo a prime there are integers only
        weights = {key: value + 1j * integer_array(value.shape, seed) for key, value in weights.items()}
    dense, free = op.matrix(weights).toarray(), op.linear_operator(weights)
    assert (free.shape, free.dtype) == (dense.shape, dense.dtype)
    y, x = (integer_array((n, 2), seed + n) for n in dense.shape)
    same = np.testing.assert_array_equal
    same(free.matvec(x[:, 0]), dense @ x[:, 0])
    same(free.matmat(x), dense @ x)
    same(free.rmatvec(y[:, 0]), dense.conj().T @ y[:, 0])
    same(free.rmatmat(y), dense.conj().T @ y)
    same(free.T.matmat(y), dense.T @ y)
    same(free.H.matmat(y), dense.conj().T @ y)
    same(free @ x, dense @ x)


@over_the_registry
@given(data=st.data(), seed=seeds())
@law
def test_the_factors_multiply_to_the_matrix(name: str, data: st.DataObject, seed: int) -> None:
    op = drawn(data, name)
    weights = integer_weights(op, seed)
    product = np.eye(op.shape[1], dtype=int)
    for factor in reversed(op.factors(weights)):
        product = factor @ product
    np.testing.assert_array_equal(product, op.matrix(weights).toarray())


@over_the_registry
@given(data=st.data(), seed=seeds())
@settings(law, max_examples=10)
def test_the_symbolic_matrix_with_numbers_is_the_matrix(name: str, data: st.DataObject, seed: int) -> None:
    op = drawn(data, name)
    assume(np.prod(op.shape) <= 120)
    assume(op.parameters <= 40)
    weights = integer_weights(op, seed)
    values = {}
    for key, array in weights.items():
        channels = 2 if array.ndim > 2 and array.shape[:2] == (1, 1) else 0
        for index in np.ndindex(array.shape):
            place = ",".join(map(str, index[channels:]))
            values[f"{'w' if key == 'weight' else key}_{{{place}}}"] = int(array[index])
    symbolic = op.symbolic_matrix()
    numbers = symbolic.subs({s: values[s.name] for s in symbolic.free_symbols})
    exact = [[Fraction(int(v.p), int(v.q)) for v in numbers.row(r)] for r in range(numbers.rows)]
    expected = [list(map(Fraction, row)) for row in op.matrix(weights).toarray().tolist()]
    if name == "fourier_conv":  # numbers are reduced modulo the prime, symbols are not
        modulus = op.operators[1].transforms[0].modulus
        exact, expected = ([[v % modulus for v in row] for row in rows] for rows in (exact, expected))
    assert exact == expected


# --- counts ---


@over_the_registry
@given(data=st.data(), seed=seeds())
@law
def test_measured_is_the_closed_form(name: str, data: st.DataObject, seed: int) -> None:
    op = drawn(data, name)
    measured = ca.measure(op, integer_weights(op, seed))
    assert measured.multiplications == op.multiplications
    try:
        additions = op.additions
    except ca.SymbolError:  # how the terms of a sum overlap is not told by their structure
        assert "ca.Sum(" in repr(op)
        return
    assert measured.additions == additions


@over_the_registry
@given(data=st.data())
@law
def test_counts_are_numbers_and_parameters_are_the_weights(name: str, data: st.DataObject) -> None:
    op = drawn(data, name)
    sizes = [int(np.prod(shape)) for shape in op.weight_shapes.values()]
    assert op.parameters == sum(sizes)
    counts = (op.multiplications, op.mult_adds, op.parameters, *op.shape)
    assert {type(count) for count in counts} == {int}
    assert op.mult_adds >= op.multiplications
    assert (op.symbols, op.conditions) == (frozenset(), ())


# --- values ---


@over_the_registry
@given(data=st.data())
@law
def test_the_repr_can_be_pasted_back(name: str, data: st.DataObject) -> None:
    op = drawn(data, name)
    pasted = eval(repr(op), {"ca": ca, "sympy": sympy})
    assert pasted == op
    assert hash(pasted) == hash(op)
    assert type(pasted) is type(op)


@over_the_registry
@given(data=st.data())
@law
def test_operators_are_frozen_values_that_pickle(name: str, data: st.DataObject) -> None:
    op = drawn(data, name)
    assert pickle.loads(pickle.dumps(op)) == op
    assert len({op, pickle.loads(pickle.dumps(op))}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(op, dataclasses.fields(op)[0].name, None)


@over_the_registry
@given(data=st.data())
@law
def test_the_latex_has_balanced_braces(name: str, data: st.DataObject) -> None:
    op = drawn(data, name)
    for latex in (op.latex(), op.T.latex()):
        assert latex.strip()
        depth = 0
        for sign in latex.replace(r"\{", "").replace(r"\}", ""):
            depth += {"{": 1, "}": -1}.get(sign, 0)
            assert depth >= 0, latex
        assert depth == 0, latex
        assert latex.count(r"\left") == latex.count(r"\right")


@over_the_registry
@given(data=st.data())
@law
def test_renaming_weights_changes_only_their_names(name: str, data: st.DataObject) -> None:
    op = drawn(data, name)
    renamed = op.renamed({key: f"{key}x" for key in op.weight_shapes})
    assert renamed.weight_shapes == {f"{key}x": shape for key, shape in op.weight_shapes.items()}
    assert (renamed.shape, renamed.multiplications) == (op.shape, op.multiplications)


# --- names for numbers ---


def with_names(value: Any, names: dict[int, str]) -> Any:
    """Put a name for each number that has one, wherever it stands."""
    if isinstance(value, tuple):
        return tuple(with_names(part, names) for part in value)
    if isinstance(value, ca.Axis):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return ca.Axis(**{key: with_names(part, names) for key, part in fields.items()})
    return names.get(value, value) if type(value) is int else value


def numbers_in(value: Any) -> Iterable[int]:
    if isinstance(value, tuple):
        for part in value:
            yield from numbers_in(part)
    elif isinstance(value, ca.Axis):
        yield from numbers_in(tuple(getattr(value, f.name) for f in dataclasses.fields(value)))
    elif type(value) is int and value >= 1:
        yield value


@st.composite
def named_keywords(draw: st.DrawFn, entry: Entry) -> tuple[dict, dict, dict[str, int]]:
    """Draw keywords, the same with names for some numbers, and the number behind each name."""
    keywords = draw(entry.keywords)
    renamed, values = dict(keywords), {}
    fields = draw(st.sets(st.sampled_from(sorted(keywords)), min_size=1, max_size=2))
    for field in sorted(fields):
        numbers = sorted(set(numbers_in(keywords[field])))
        if not numbers:
            continue
        number = draw(st.sampled_from(numbers))
        label = f"{field.replace('_', '')}{number}"
        renamed[field] = with_names(keywords[field], {number: label})
        values[label] = number
    assume(any(renamed[field] != keywords[field] for field in keywords))
    return keywords, renamed, values


NAMEABLE = [name for name, entry in ENTRIES.items() if entry.nameable]


@pytest.mark.parametrize("name", NAMEABLE)
@given(data=st.data())
@settings(law, max_examples=10)
def test_formulas_with_numbers_put_in_are_the_counts(name: str, data: st.DataObject) -> None:
    entry = ENTRIES[name]
    keywords, renamed, values = data.draw(named_keywords(entry))
    numeric, symbolic = entry.make(**keywords), entry.make(**renamed)
    at = {ca.symbol(label): number for label, number in values.items()}
    assert {str(s) for s in symbolic.symbols} <= set(values)
    assert all(bool(condition.subs(at)) for condition in symbolic.conditions)
    for count in ("multiplications", "mult_adds", "additions", "parameters"):
        try:
            formula = sympy.sympify(getattr(symbolic, count))
        except ca.SymbolError:  # which inputs a strided, dilated, or repeating layer reads needs numbers
            assert count == "additions"
            continue
        assert formula.subs(at, simultaneous=True).doit() == getattr(numeric, count), count


@pytest.mark.parametrize("name", NAMEABLE)
@given(data=st.data())
@settings(law, max_examples=15)
def test_putting_numbers_for_names_gives_the_numeric_operator(name: str, data: st.DataObject) -> None:
    entry = ENTRIES[name]
    keywords, renamed, values = data.draw(named_keywords(entry))
    symbolic = entry.make(**renamed)
    known = {str(s) for s in symbolic.symbols}
    put = symbolic.subs({label: number for label, number in values.items() if label in known})
    assert put == entry.make(**keywords)
    pasted = eval(repr(symbolic), {"ca": ca, "sympy": sympy})
    assert pasted == symbolic
    assert pickle.loads(pickle.dumps(symbolic)) == symbolic


@given(data=st.data(), operators=several(3))
@law
def test_a_block_diagonal_costs_what_its_blocks_cost(
    data: st.DataObject, operators: tuple[ca.Operator, ...]
) -> None:
    assume(all(np.prod(op.shape) <= MOST for op in operators))
    whole = ca.BlockDiag(operators)
    assert whole.multiplications == sum(op.multiplications for op in operators)
    assert whole.additions == sum(op.additions for op in operators)


# --- counterexamples that once were drawn ---

BLOCK_THAT_MOVES = ca.BlockDiag((ca.Dense(2, 2), ca.Identity(3)))


@pytest.mark.parametrize("op", [BLOCK_THAT_MOVES, BLOCK_THAT_MOVES.T, ca.Transposed(BLOCK_THAT_MOVES)])
def test_a_block_that_moves_values_multiplies_nothing(op: ca.Operator) -> None:
    assert op.multiplications == 4
    assert ca.measure(op).multiplications == 4


def test_the_columns_of_what_is_linear_in_a_weight_are_sorted() -> None:
    op = ca.OnWeight(ca.conv(1, 2, 1, 1, padding_mode="circular").T)
    matrix = op.matrix(np.array([[1], [2]]))
    assert matrix.has_sorted_indices
    assert matrix.indices.tolist() == sorted(matrix.indices.tolist())


TWO_TERMS = ca.Sum((ca.Dense(2, 2, "a"), ca.Dense(2, 2, "b")))


@pytest.mark.parametrize(
    "op",
    [
        ca.Transposed(TWO_TERMS),
        ca.BlockDiag((TWO_TERMS, ca.Dense(1, 1, "c"))),
    ],
    ids=lambda op: type(op).__name__,
)
def test_a_sum_inside_another_operator_is_measured_as_it_is_told(op: ca.Operator) -> None:
    assert ca.measure(op) == ca.Counts(op.multiplications, op.additions)


@pytest.mark.parametrize(
    "op",
    [
        ca.Transposed(ca.Identity(3)),
        ca.Transposed(ca.Kron((ca.Dense(2, 3),))),
        ca.Transposed(ca.Transposed(ca.Dense(2, 3))),
        ca.Product((ca.Dense(2, 2),)),
        ca.Product((ca.Dense(2, 2, "a"), ca.Dense(2, 2, "a"))),
    ],
    ids=["identity", "Kron", "twice", "one factor", "one weight twice"],
)
def test_the_repr_of_what_the_algebra_would_write_shorter(op: ca.Operator) -> None:
    assert eval(repr(op), {"ca": ca, "sympy": sympy}) == op


def test_a_sum_of_products_has_a_matrix() -> None:
    product = ca.Product((ca.Dense(2, 3, "a"), ca.Dense(3, 2, "b")))
    both = ca.Sum((product, ca.Dense(2, 2, "c")))
    ones = {name: np.ones(shape, int) for name, shape in both.weight_shapes.items()}
    assert both.matrix(ones).toarray().tolist() == [[4, 4], [4, 4]]


# --- completeness ---


def public_operators() -> set[str]:
    """Return the public names that are operator classes or functions that return operators."""
    found = set()
    for name in ca.__all__:
        value = getattr(ca, name)
        kind = value if inspect.isclass(value) else None
        if inspect.isfunction(value):
            kind = get_type_hints(value).get("return")
        if inspect.isclass(kind) and issubclass(kind, ca.Operator) and not inspect.isabstract(value):
            found.add(name)
    return found


def test_the_registry_is_complete() -> None:
    assert set(ENTRIES) == public_operators()
    assert set(ENTRIES) > NOT_NAMEABLE
    assert {"conv", "Conv", "Kron"} <= public_operators()


def test_all_homes_and_type_checking_name_the_same() -> None:
    source = Path(ca.__file__).read_text(encoding="utf-8")
    imported = {
        (node.module, alias.name)
        for block in ast.walk(ast.parse(source))
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    homes = {(f"convalgebra.{home}", name) for home, names in ca._HOMES.items() for name in names}
    assert imported == homes
    assert sorted(ca.__all__) == sorted(name for _, name in homes)
    assert len(set(ca.__all__)) == len(ca.__all__)


def test_every_public_name_is_there_and_no_other() -> None:
    for name in ca.__all__:
        assert getattr(ca, name).__module__.startswith("convalgebra.")
        assert name in dir(ca)
    with pytest.raises(AttributeError, match="no_such_name"):
        ca.no_such_name  # noqa: B018


STACKS = (
    ca.VStack((ca.Dense(2, 2, "u"), ca.Dense(1, 2, "v"))),
    ca.HStack((ca.Dense(2, 1, "u"), ca.Identity(2))),
)


@pytest.mark.parametrize("parts", [TWO_TERMS, BLOCK_THAT_MOVES, TWO_TERMS.T, *STACKS], ids=repr)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_kronecker_product_distributes_over_what_it_holds(parts: ca.Operator, place: int) -> None:
    others: list[ca.Operator] = [ca.Dense(2, 3, "k"), ca.Identity(2)]
    operands = (*others[:place], parts, *others[place:])
    whole = ca.Kron(operands)
    weights = integer_weights(whole, 7)
    matrices = [op.matrix({name: weights[name] for name in op.weight_shapes}).toarray() for op in operands]
    expected = np.kron(np.kron(matrices[0], matrices[1]), matrices[2])
    np.testing.assert_array_equal(whole.matrix(weights).toarray(), expected)
    x = integer_array((whole.shape[1],), 1)
    np.testing.assert_array_equal(whole.linear_operator(weights).matvec(x), expected @ x)
    assert ca.measure(whole, weights) == ca.Counts(whole.multiplications, whole.additions)


def test_a_tie_within_a_side_is_kept_and_sides_are_told_apart() -> None:
    tied = ca.Product((ca.conv(1, 1, 5, 3), ca.conv(1, 1, 7, 3)))
    assert (tied @ ca.conv(1, 1, 9, 3, name="x")).parameters == 6
    assert list((tied @ ca.conv(1, 1, 9, 3)).weight_shapes) == ["weight_1", "weight_2"]


def test_a_matrix_does_not_share_memory_with_its_weight() -> None:
    weight = np.ones((2, 2))
    ca.Dense(2, 2).matrix(weight).data[0] = 99
    assert weight[0, 0] == 1


def test_groups_that_never_divide_are_refused() -> None:
    with pytest.raises(ca.ArgumentError, match="groups"):
        ca.conv("D", "D", 5, 3, groups=2 * ca.symbol("D"))


def test_numbers_beyond_any_array_are_refused() -> None:
    for options in ({"stride": 10**30}, {"padding": 10**20, "stride": 10**19}):
        op = ca.conv(1, 1, 5, 3, **options)
        for build in (op.matrix, op.linear_operator):
            with pytest.raises(ca.ConvalgebraError):
                build(np.ones((1, 1, 3)))
