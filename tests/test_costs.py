"""Costs: closed forms against counted products, units that never mix, bytes, bias, comparisons."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from itertools import product as grid
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.catalogue.types import types
from convalgebra.counting.closed import is_closed
from convalgebra.counting.grids import drawn_points, meeting, seeded
from convalgebra.counting.quantity import Quantity
from convalgebra.counting.seen import output_size_seen, receptive_field_seen
from convalgebra.counting.signs import positive_from, sign
from convalgebra.exact import meets
from tests.registry import ENTRIES

p = ca.symbol("p")
LAYERS = {
    "same": ca.conv("D", "N_c", ("n", "n"), 2 * p + 1, padding=p),
    "any padding": ca.conv("D", 2, ("n",), "m", padding="p"),
    "two paddings": ca.conv(2, "N_c", ("n",), "m", padding=(("p", "q"),)),
    "strided": ca.conv(2, 3, ("n", "n"), 3, stride=2, padding=1),
    "first layer": ca.conv(3, 4, "n", 7, stride=2, padding=3),
    "separable": ca.depthwise_separable("D", "N_c", ("n", "n"), 2 * p + 1, padding=p),
    "spatial": ca.spatially_separable(1, 2, ("H", "W"), 2 * p + 1, padding=p),
    "transposed": ca.conv_transpose(2, 3, ("n", "n"), "m", stride=2),
    "cropped transpose": ca.conv_transpose(2, 2, "n", 4, stride=2, padding=1),
    "dilated": ca.conv(1, 2, "n", 2 * p + 1, dilation=2, padding=2 * p),
    "locally connected": ca.locally_connected(1, 2, ("n", "n"), 2 * p + 1, padding=p),
}


def _points(op: ca.Operator, conditions: Any) -> list[dict[str, int]]:
    names = sorted(map(str, op.symbols))
    found = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        point = {name: int(rng.integers(1, 9 if name in "nHW" else 4)) for name in names}
        values = {ca.symbol(name): value for name, value in point.items()}
        if all(c.subs(values) == sympy.true for c in conditions) and point not in found:
            found.append(point)
    return found[:8]


@pytest.mark.parametrize("count", ["multiplications", "additions"])
@pytest.mark.parametrize("name", LAYERS)
def test_a_closed_form_is_what_is_counted(name: str, count: str) -> None:
    op = LAYERS[name]
    closed = ca.closed_form(op, count)
    assert is_closed(closed.value)
    points = _points(op, closed.conditions)
    assert len(points) >= 3
    for point in points:
        assert closed.at({str(s): point[str(s)] for s in closed.symbols}) == getattr(
            ca.measure(op.subs(point)), count
        )


@pytest.mark.parametrize("kind", types(), ids=lambda kind: kind.name)
def test_every_type_has_closed_multiplications(kind: Any) -> None:
    closed = ca.closed_form(kind.make())
    assert is_closed(closed.value)
    assert closed.unit == "multiplications"


def test_exact_over_mult_adds_of_same_padding() -> None:
    n, k = ca.symbol("n"), sympy.Symbol("k")
    share = ca.costs(LAYERS["same"]).exact_share
    expected = (1 - (k**2 - 1) / (4 * k * n)) ** 2
    assert sympy.simplify(share.value - expected.subs(k, 2 * p + 1)) == 0
    assert share.conditions == (n >= p,)


@pytest.mark.parametrize("entry", ENTRIES, ids=str)
@given(data=st.data())
def test_what_an_operator_costs_with_a_bias_is_what_is_counted(entry: str, data: st.DataObject) -> None:
    op = data.draw(ENTRIES[entry].operators)
    costs, counted = ca.costs(op, bias=True, batch=3), ca.measure(op, bias=True)
    assert costs.multiplications.value == 3 * counted.multiplications
    assert costs.additions.value + costs.bias_additions.value == 3 * counted.additions
    assert costs.flops.value == 3 * (counted.multiplications + counted.additions)
    assert costs.input_elements.value == 3 * op.shape[1]
    assert costs.output_elements.value == 3 * op.shape[0]


def test_a_bias_makes_the_additions_the_entries() -> None:
    op = ca.conv(2, 3, (5, 4), 3, padding=1, dilation=2)
    costs = ca.costs(op, bias=True)
    assert costs.additions.value + costs.bias_additions.value == op.matrix(np.ones((3, 2, 3, 3))).nnz
    assert costs.bias_parameters.value == 3


def test_outputs_that_read_only_padding_copy_the_bias() -> None:
    op = ca.conv(1, 1, 3, 2, padding=3)
    assert ca.costs(op, bias=True).bias_additions.value == 4
    assert op.output_size == (8,)
    assert ca.measure(op, bias=True).additions - ca.measure(op).additions == 4


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8"])
def test_bytes_moved_are_those_of_the_arrays(dtype: str) -> None:
    op = ca.depthwise_separable(3, 5, (7, 6), 3)
    arrays = [np.zeros(shape, dtype) for shape in op.weight_shapes.values()]
    for stage in op.stages:
        arrays += [np.zeros(stage.input_shape, dtype), np.zeros(stage.output_shape, dtype)]
    moved = ca.costs(op, dtype=dtype).bytes_moved
    assert moved.value == sum(array.nbytes for array in arrays)
    assert moved.unit == "bytes"
    costs = ca.costs(op, dtype=dtype)
    assert costs.arithmetic_intensity.at() == Fraction(int(costs.flops.value), moved.value)


@pytest.mark.parametrize(
    ("op", "points"),
    [
        (
            ca.conv_transpose(1, 1, "n", "m", stride=2, dilation="d"),
            [{"n": 4, "m": 3, "d": 2}, {"n": 5, "m": 4, "d": 3}, {"n": 3, "m": 1, "d": 6}],
        ),
        (
            ca.conv_transpose(1, 1, "n", "m", stride="s", dilation="d"),
            [{"n": 4, "m": 3, "s": 4, "d": 6}, {"n": 4, "m": 4, "s": 3, "d": 2}],
        ),
        (
            ca.conv(1, 1, "N", 3, stride="s", dilation=2, padding=1).T,
            [{"N": 9, "s": 2}, {"N": 9, "s": 3}, {"N": 9, "s": 4}],
        ),
    ],
)
def test_named_strides_and_dilations_leave_an_honest_sum(op: ca.Operator, points: Any) -> None:
    for point in points:
        values = {ca.symbol(name): value for name, value in point.items()}
        said = op.additions.subs(values, simultaneous=True).doit()
        assert said == ca.measure(op.subs(point)).additions


def test_costs_are_of_one_input_in_float32_without_a_bias_unless_said() -> None:
    op = ca.conv(1, 1, 5, 3)
    plain = ca.Costs(op)
    assert plain == ca.costs(op)
    assert (plain.bias, plain.batch, plain.itemsize) == (False, 1, 4)
    assert (plain.bias_additions.value, plain.bias_parameters.value) == (0, 0)


# --- units and conditions ------------------------------------------------------------------------


def test_quantities_of_two_units_do_not_add_up() -> None:
    costs = ca.costs(ca.conv(1, 1, 5, 3))
    with pytest.raises(ca.ArgumentError, match=r"'multiplications' \+ 'additions'.*flops"):
        costs.multiplications + costs.additions
    with pytest.raises(ca.ArgumentError, match="'mult_adds'"):
        ca.flops(costs.mult_adds, costs.additions)
    with pytest.raises(ca.ArgumentError, match="additions"):
        ca.flops(costs.multiplications, costs.multiplications)
    assert ca.flops(costs.multiplications, costs.additions).value == 9 + 6


def test_a_formula_outside_its_conditions_is_an_error_that_says_so() -> None:
    closed = ca.closed_form(LAYERS["same"])
    with pytest.raises(ca.ArgumentError, match="do not meet n >= p"):
        closed.at(D=1, N_c=1, n=2, p=3)
    with pytest.raises(ca.ArgumentError, match="must give a number for each of D, N_c, n, p"):
        closed.at(n=2)
    assert closed.at(D=1, N_c=1, n=3, p=3) == 81


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ca.costs(3), "op=3 must be an operator"),
        (lambda: ca.costs(LAYERS["same"], dtype="float33"), "dtype='float33'"),
        (lambda: ca.costs(LAYERS["same"], dtype="U5"), "dtype='U5'"),
        (lambda: ca.costs(LAYERS["same"], dtype="S"), "dtype='S'"),
        (lambda: ca.costs(LAYERS["same"], dtype=object), "dtype="),
        (lambda: ca.costs(LAYERS["same"], dtype="M8[s]"), "dtype="),
        (lambda: ca.costs(LAYERS["same"], dtype=["x"]), "dtype="),
        (lambda: ca.costs(LAYERS["same"], bias="yes"), "bias='yes'"),
        (lambda: ca.costs(LAYERS["same"], batch=0), "batch=0 must be at least 1"),
        (lambda: ca.closed_form(LAYERS["same"], "macs"), "count='macs' must be one of multiplications"),
        (lambda: ca.compare(LAYERS["same"], LAYERS["same"], "macs"), "quantity='macs'"),
        (
            lambda: ca.compare(LAYERS["same"], LAYERS["same"], "entries"),
            "quantity='entries' must be one of",
        ),
        (lambda: ca.compare(3, LAYERS["same"]), "a=3 must be an operator"),
        (lambda: ca.compare(LAYERS["same"], None), "b=None must be an operator"),
        (lambda: ca.compare(LAYERS["same"], ca.channel_shuffle(4, 3, groups=2)), "no ratio"),
    ],
)
def test_mistakes_name_the_argument(call: Any, message: str) -> None:
    with pytest.raises(ca.ArgumentError, match=message):
        call()


def test_a_quantity_at_numbers_is_exact() -> None:
    N, m = ca.symbol("N"), ca.symbol("m")
    share = Quantity((N**40 - 1) / m, "", (m < N, sympy.Ne(N, 7)))
    assert share.at(N=3, m=2) == Fraction(3**40 - 1, 2)
    assert type(share.at(N=3, m=2)) is int
    assert share.at(N=6, m=4) == Fraction(6**40 - 1, 4)
    for outside in ({"N": 2, "m": 2}, {"N": 7, "m": 2}):
        with pytest.raises(ca.ArgumentError, match="do not meet"):
            share.at(outside)


def test_points_meet_every_condition_of_any_kind() -> None:
    N, m, s = sympy.symbols("N m s", integer=True, positive=True)
    conditions = [m <= N, sympy.Eq(sympy.Mod(N, s), 0), sympy.Ne(m, 2), sympy.And(s < 3, m > 1)]
    points = list(grid(range(1, 7), repeat=3))
    met = [(p["N"], p["m"], p["s"]) for p in meeting([N, m, s], points, conditions)]
    assert met == [(n, k, t) for n, k, t in points if n >= k and n % t == 0 and k != 2 and t < 3 and k > 1]
    assert met
    with pytest.raises(ca.ArgumentError, match="must compare two formulas"):
        meets(sympy.Or(m < N, m > 2), {N: 1, m: 1})


def test_drawn_points_meet_the_conditions_and_are_the_same_each_time() -> None:
    N, m = ca.symbol("N"), ca.symbol("m")
    larger = [sympy.Gt(N, m)]
    points = drawn_points([N, m], larger, seeded("a"), 60)
    assert len(points) == 60
    assert all(1 <= p["m"] < p["N"] <= 6 for p in points)
    assert {p["N"] for p in points} == {2, 3, 4, 5, 6}
    assert points == drawn_points([N, m], larger, seeded("a"), 60)
    assert points != drawn_points([N, m], larger, seeded("a", 1), 60)
    assert points != drawn_points([N, m], larger, seeded("b"), 60)
    assert drawn_points([N], [N >= 7], seeded("a"), 3) == []
    assert drawn_points([], [], seeded("a"), 3) == [{}, {}, {}]


@pytest.mark.parametrize(
    ("op", "output_size", "field"),
    [
        (ca.conv(2, 3, (7, 9), (3, 2), dilation=(2, 1)), (3, 8), (5, 2)),
        (ca.depthwise_separable(2, 3, (7, 8), 3, stride=2), (3, 3), (3, 3)),
        (ca.conv_transpose(1, 2, 4, 3, stride=2), (9,), (2,)),
        (ca.conv(1, 1, 4, 3, padding=2) @ ca.conv(1, 1, 6, 3), (6,), (5,)),
        (ca.conv(1, 1, 1, 1, stride=2, padding=1), (2,), (0,)),
    ],
    ids=str,
)
def test_what_is_seen_in_the_stored_entries(
    op: ca.Operator, output_size: tuple[int, ...], field: tuple[int, ...]
) -> None:
    assert output_size_seen(op) == output_size
    assert receptive_field_seen(op) == field


@pytest.mark.sweep
def test_conditions_are_in_one_order_in_every_process() -> None:
    script = (
        "import convalgebra as ca\n"
        "op = ca.conv('D', 'N_c', ('W', 'H', 'L'), 'h', padding='p')\n"
        "print(ca.closed_form(op), ca.text(ca.costs(op).exact_share.value))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in (1, 2)
    }
    assert len(said) == 1
    assert "if " in said.pop()


def test_a_cost_that_the_structure_does_not_tell_hides_no_other() -> None:
    told = str(ca.costs(ca.conv(1, 1, "N", 3, padding=1, padding_mode="circular").T))
    assert "multiplications: 3*N\n" in told
    assert "additions: not told by the structure (" in told
    assert "bytes_moved: " in told


# --- comparisons ---------------------------------------------------------------------------------


def test_depthwise_separable_beside_standard() -> None:
    N_c, h = ca.symbol("N_c"), ca.symbol("h")
    found = ca.compare(
        ca.depthwise_separable("D", "N_c", ("H", "W"), "h"), ca.conv("D", "N_c", ("H", "W"), "h")
    )
    assert found.ratio == 1 / N_c + 1 / h**2
    assert [(str(t.symbol), t.direction, t.limit) for t in found.trends] == [
        ("N_c", "falls", 1 / h**2),
        ("h", "falls", 1 / N_c),
    ]
    first = found.crossovers[0]
    assert first.condition == (N_c > h**2 / (h**2 - 1))
    assert (first.given, first.otherwise) == (h >= 2, "never")
    _check_crossovers(found, {"D": 3, "H": 9, "W": 9}, {"N_c": range(1, 6), "h": range(1, 6)})


def test_spatially_separable_beside_standard() -> None:
    N, m = ca.symbol("N"), ca.symbol("m")
    found = ca.compare(ca.spatially_separable(1, 1, ("N", "N"), "m"), ca.conv(1, 1, ("N", "N"), "m"))
    assert found.crossovers[0].condition == sympy.Gt(N, (m - 1) ** 2 / (m - 2))
    assert found.crossovers[0].given == (m >= 3)
    assert found.trends[0].direction == "falls"
    assert found.trends[1].limit is None  # the image bounds the kernel
    assert found.orders == (2 * N**2 * m, N**2 * m**2)
    _check_crossovers(found, {}, {"N": range(3, 12), "m": range(1, 6)})


def test_bounds_read_forwards_and_limits_are_taken_where_a_symbol_may_grow() -> None:
    found = ca.compare(
        ca.spatially_separable("C", "M", ("N", "N"), "k"), ca.conv("C", "M", ("N", "N"), "k")
    )
    assert ca.text(found.crossovers[0].condition) == "N*(C*k - C - M) > (k - 1)*(C*k - M)"
    limits = {str(trend.symbol): trend.limit for trend in found.trends}
    C, M, k = map(ca.symbol, ("C", "M", "k"))
    assert sympy.simplify(limits["N"] - (C + M) / (C * k)) == 0
    assert (limits["M"], limits["k"]) == (sympy.oo, None)
    sizes = {"N": range(2, 9), "k": range(2, 5), "C": range(1, 5), "M": range(1, 5)}
    _check_crossovers(found, {}, sizes)


def test_a_bound_of_a_square_over_several_names() -> None:
    found = ca.compare(
        ca.depthwise_separable("D", "N_c", ("H", "W"), "h", multiplier="q"),
        ca.conv("D", "N_c", ("H", "W"), "h"),
    )
    N_c, h, q = map(ca.symbol, ("N_c", "h", "q"))
    kernels = next(c for c in found.crossovers if c.symbol == h)
    assert kernels.condition == sympy.Gt(h**2 * (N_c - q), N_c * q)
    _check_crossovers(
        found, {"D": 2, "H": 9, "W": 9}, {"N_c": range(1, 7), "h": range(1, 5), "q": range(1, 4)}
    )


def test_a_bound_that_is_a_number_and_one_that_is_too_long() -> None:
    N = ca.symbol("N")
    found = ca.compare(ca.spatially_separable(1, 1, ("N", "N"), 3), ca.conv(1, 1, ("N", "N"), 3))
    assert [c.condition for c in found.crossovers] == [sympy.Gt(N, 4)]
    long = ca.compare(ca.flattened("D", "N_c", ("H", "W"), "m"), ca.conv("D", "N_c", ("H", "W"), "m"))
    assert long.crossovers == ()
    assert long.always == ""


def test_a_bound_over_several_names_is_multiplied_out() -> None:
    """sympy takes 30 > 144/(7*h) for false as soon as the 30 is put: its sign of a sum is wrong there."""
    first = ca.conv(8, 8, (5, 6), (1, 2), name="across") @ ca.conv(1, 8, (6, 6), (2, 1), name="down")
    found = ca.compare(first, ca.conv("N_c", "D", 9, "h"), "parameters")
    D, N_c, h = map(ca.symbol, ("D", "N_c", "h"))
    crossover = next(c for c in found.crossovers if c.symbol == D)
    assert crossover.condition == sympy.Gt(D * N_c * h, 144)
    assert crossover.condition.subs(D, 30).subs({N_c: 7, h: 12}) == sympy.true


def test_a_comparison_needs_the_second_count_to_be_more_than_nothing() -> None:
    found = ca.compare(
        ca.depthwise_separable("D", "N_c", ("H", "W"), "h"),
        ca.conv("D", "N_c", ("H", "W"), "h"),
        "additions",
    )
    D, h = ca.symbol("D"), ca.symbol("h")
    assert sympy.Ge(D * h**2, 2) in found.conditions


def _check_crossovers(found: Any, fixed: dict[str, int], grid: dict[str, Any]) -> None:
    """Hold each crossover against the two counts, at every size of a grid."""
    points = [dict(fixed)]
    for name, values in grid.items():
        points = [{**point, name: value} for point in points for value in values]
    met = {True: 0, False: 0}
    for point in points:
        values = {ca.symbol(name): value for name, value in point.items()}
        if any(c.subs(values) != sympy.true for c in found.conditions):
            continue
        a, b = (int(sympy.sympify(count.value).subs(values)) for count in (found.a, found.b))
        for crossover in found.crossovers:
            if crossover.given.subs(values) == sympy.true:
                assert bool(crossover.condition.subs(values)) == (a < b), (point, str(crossover))
                met[a < b] += 1
            elif crossover.otherwise:
                assert a >= b
    assert all(met.values())


@pytest.mark.parametrize(
    ("a", "always"),
    [
        (ca.grouped("D", "N_c", ("H", "W"), "h", groups="g"), "never dearer"),
        (ca.conv("D", "N_c", ("H", "W"), "h"), "as dear for all sizes"),
        (ca.conv("D", 2 * ca.symbol("N_c"), ("H", "W"), "h"), "never cheaper"),
    ],
)
def test_what_holds_for_all_sizes(a: ca.Operator, always: str) -> None:
    assert ca.compare(a, ca.conv("D", "N_c", ("H", "W"), "h")).always == always


def test_half_as_much_is_cheaper_for_all_sizes() -> None:
    found = ca.compare(ca.conv("D", "N_c", "H", "h"), ca.conv(2 * ca.symbol("D"), "N_c", "H", "h"))
    assert (found.ratio, found.always) == (sympy.Rational(1, 2), "cheaper for all sizes")


def test_the_table_is_what_the_counts_say() -> None:
    a, b = LAYERS["separable"], LAYERS["same"]
    found = ca.compare(a, b)
    assert len(found.table) >= 6
    for row in found.table:
        values = dict(row.sizes)
        assert row.ratio == Fraction(int(row.a), int(row.b))
        assert row.a == int(a.subs(values).multiplications)
        assert row.b == int(b.subs(values).multiplications)
    assert "ratio of multiplications" in str(found)
    images, kernels = ({dict(row.sizes)[name] for row in found.table} for name in ("n", "p"))
    assert (images, kernels) == ({12, 60, 240}, {1, 2, 3, 5})


def test_signs_are_proofs() -> None:
    N, m = ca.symbol("N"), ca.symbol("m")
    assert sign(m - N, [N - m]) == -1
    assert sign(m - N, []) is None
    assert sign((m - N) ** 2, []) == 1
    assert positive_from(m**2 - 5 * m + 6) == (m >= 4)
