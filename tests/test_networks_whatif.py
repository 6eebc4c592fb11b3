"""What if: formulas recounted, convolutions replaced, weights kept; each against another road."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.errors import ArgumentError
from convalgebra.networks.graph import Graph, Node, Tensor
from convalgebra.networks.network import Network, network_of
from convalgebra.networks.whatif.fitting import fit, rank_one
from convalgebra.networks.zoo.models import zoo

SOME = settings(max_examples=40, deadline=None)
RANDOM = np.random.default_rng(7)


def described(shape: list[Any], *layers: dict[str, Any]) -> Network:
    return ca.read_layers({"input": shape, "layers": list(layers)})


def conv(name: str = "c", **options: Any) -> dict[str, Any]:
    return {"type": "conv", "name": name, "out_channels": 8, "kernel_size": 3, "bias": False} | options


def weighted(weight: Any, groups: int = 1, size: int = 7, **attributes: Any) -> Network:
    """Return a network of one convolution with values, stride 2 and padding 1, with a bias."""
    values = weight if callable(weight) else None
    shape = (8, 4, 3, 3) if values else weight.shape
    node = Node("c", "Conv", ("x", "w", "b"), ("y",), {"group": groups, "pads": [1] * 4, "strides": [2, 1]})
    held = {"w": Tensor("w", shape, "float32", weight), "b": Tensor("b", shape[:1])}
    inputs = {"x": (1, shape[1] * groups, size, size + 1)}
    return network_of(Graph((node,), inputs, held, ("y",), "by hand"))


def matrix(net: Network) -> np.ndarray:
    """Return the matrix of a chain."""
    found = None
    for layer in net.layers:
        values = {own: net.constants[name].array() for own, name in layer.weights.items()}
        one = (layer.operator.matrix(values) if values else layer.operator.matrix()).toarray()
        found = one if found is None else one @ found
    return found


# --- formulas recounted --------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", ["multiplications", "mult_adds", "additions", "activations"])
def test_a_published_network_is_a_polynomial_when_its_size_is_32_q(quantity: str) -> None:
    found = ca.read_layers(zoo("resnet_18", resolution="32*q")).check(quantity, range(1, 5))
    assert found, str(found)
    assert (found.polynomial, found.checked) == (True, 4)


def test_any_size_has_floors_and_is_recounted_as_well() -> None:
    found = ca.read_layers(zoo("mobilenet_v1", resolution="N")).check(
        "multiplications", {"N": range(50, 58)}
    )
    assert found, str(found)
    assert not found.polynomial
    assert str(found).endswith("with floors or minima: 8 sizes recounted, all equal")


def test_channels_and_groups_may_be_names_and_sizes_without_a_network_are_told() -> None:
    layer = conv(out_channels="M", groups="g", padding=1)
    found = described([1, 6, "N", 5], layer).check(
        "multiplications", {"N": range(1, 4), "M": (6, 8), "g": [1, 2, 3, 4]}
    )
    assert found, str(found)
    assert len(found.outside) == 3 * (4 * 2 - 5)
    assert found.checked == 3 * 5
    assert {sizes["g"] for sizes in found.outside} == {3, 4}


def test_a_formula_that_is_wrong_is_found_and_says_where() -> None:
    net = described([1, 3, "N", "N"], conv("a"), conv("b", kernel_size=1, stride=2))
    lacking = replace(net, layers=net.layers[:1])  # its recount reads the graph, which has both
    found = lacking.check("mult_adds", {"N": [4, 5]})
    assert not found
    assert [(d.sizes, d.formula, d.recounted) for d in found.differences] == [
        ({"N": n}, 216 * (n - 2) ** 2, 216 * (n - 2) ** 2 + 64 * ((n - 1) // 2) ** 2) for n in (4, 5)
    ]
    assert "N=4: formula 864, recounted 928" in str(found)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "must map each of N"),
        ({"M": [1]}, "must map each of N"),
        ({"N": ["q"]}, "must be a number"),
        ({"N": "abc"}, "must be a number or numbers"),
        ({"N": [0]}, "N=0"),
        ({"N": []}, "0 combinations"),
        ({"N": range(10**9)}, "at most 100000"),
    ],
)
def test_values_that_are_no_sizes_are_refused(values: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        described([1, 3, "N", "N"], conv()).check("mult_adds", values)


def test_a_recount_that_lacks_a_layer_compares_nothing() -> None:
    net = described([1, 3, "N", "N"], conv("a"))
    odd = Node("odd", "NobodysOp", net.graph.outputs, ("after",))
    lacking = replace(net, graph=replace(net.graph, nodes=(*net.graph.nodes, odd), outputs=("after",)))
    found = lacking.check("mult_adds", [5])
    assert not found
    assert [(d.recounted, "odd" in d.why) for d in found.differences] == [(None, True)]


def test_what_saves_nothing_is_not_advised() -> None:
    even = conv("a", kernel_size=[1, 2], out_channels=2)  # 2*4 + 4*2 multiplications, and 2*4*2
    assert described([1, 4, 1, 2], even).advice(kinds="depthwise_separable") == ()


def test_advice_and_plot_say_which_options_they_have(tmp_path: Path) -> None:
    net = described([1, 8, 9, 9], conv("a"))
    assert {saving.by for saving in net.advice(kinds="grouped", groups=[2])} == {"grouped"}
    with pytest.raises(TypeError, match="kind"):
        net.advice(kind="grouped")  # type: ignore[call-arg]
    pytest.importorskip("matplotlib")
    with pytest.raises(ArgumentError, match="over='N'"):
        net.plot(tmp_path / "a.png", over="N")


def test_nothing_compared_is_not_true() -> None:
    found = described([1, 3, "N", "N"], conv()).check("mult_adds", [1, 2])
    assert (bool(found), found.checked, len(found.outside)) == (False, 0, 2)


# --- replacing -----------------------------------------------------------------------------------

REPLACEMENTS = [
    ("depthwise_separable", {}),
    ("depthwise_separable", {"multiplier": 2}),
    ("flattened", {}),
    ("grouped", {"groups": 4}),
    ("shuffled_grouped", {"groups": 2}),
    ("spatially_separable", {"middle_channels": 3}),
    ("depthwise", {}),
    ("conv", {"groups": 2}),
]


@pytest.mark.parametrize(("by", "options"), REPLACEMENTS)
@pytest.mark.parametrize("size", [9, "N"])
def test_the_replacement_costs_what_the_catalogue_s_operator_costs(
    by: str, options: dict[str, int], size: Any
) -> None:
    layers = [conv("a", out_channels=4), conv(stride=2, padding=1), {"type": "relu"}, conv("z")]
    net = described([1, 3, size, size], *layers)
    other = net.replace("c", by, **options)
    assert other.outputs == net.outputs
    if size == "N":
        net, other = net.at(N=9), other.at(N=9)
    image, kernel = {"input_size": (7, 7)}, {"kernel_size": 3, "stride": 2, "padding": 1}
    channels = (4,) if by == "depthwise" else (4, 8)
    extra = {"multiplier": 2} if by == "depthwise" else options
    op = getattr(ca, by)(*channels, **image, **kernel, **extra)
    for quantity in ("multiplications", "mult_adds", "parameters"):
        kept = net["a"].counts, net["z"].counts
        rest = sum(getattr(counts, quantity) for counts in kept)
        mine = {"parameters": sum(int(np.prod(s)) for s in op.weight_shapes.values())}
        wanted = mine.get(quantity) or sum(getattr(stage, quantity) for stage in op.stages)
        assert other.total(quantity).value == rest + wanted
    assert other["c"].outputs == net["c"].outputs


def test_a_replaced_layer_can_be_replaced_again_and_keeps_its_bias() -> None:
    net = described([1, 4, 9, 9], conv(bias=True))
    once = net.replace("c", "depthwise_separable")
    twice = once.replace("c.depthwise", "spatially_separable").replace("c", "grouped", groups=4)
    names = [layer.name for layer in twice]
    assert names == ["c.depthwise.vertical", "c.depthwise", "c"]
    assert [layer.bias for layer in twice] == [0, 0, 8]
    assert twice.total("parameters").value == 4 * 3 + 4 * 3 + 8


@pytest.mark.parametrize(
    ("name", "by", "options", "message"),
    [
        ("relu_2", "grouped", {"groups": 2}, "only a Conv"),
        ("nothing", "grouped", {"groups": 2}, "is no layer"),
        ("c", "winograd", {}, "by='winograd' must be one of"),
        ("c", "grouped", {}, "needs groups"),
        ("c", "grouped", {"groups": 3}, "groups"),
        ("c", "flattened", {"groups": 2}, "groups=2 is no option of flattened"),
        ("c", "grouped", {"groups": 2, "out_channels": 4}, "out_channels=4 is no option"),
        ("c", "pointwise", {}, "would give the shape"),
        ("c", "grouped", {"groups": 2, "stride": 2}, "would give the shape"),
        ("c", "shuffled_grouped", {"groups": 2, "fitted": True}, "no fitted weights"),
        ("c", "grouped", {"groups": 2, "fitted": True}, "not in the model"),
    ],
)
def test_replacements_that_cannot_be_are_refused(
    name: str, by: str, options: dict[str, Any], message: str
) -> None:
    net = described([1, 4, 9, 9], conv(), {"type": "relu"})
    with pytest.raises(ArgumentError, match=message):
        net.replace(name, by, **options)


# --- weights -------------------------------------------------------------------------------------

tables = st.integers(1, 4).flatmap(
    lambda rows: st.lists(
        st.lists(st.integers(-2, 2), min_size=rows, max_size=rows), min_size=1, max_size=4
    )
)


@SOME
@given(tables, st.sampled_from([np.int8, np.int64, np.float32, np.float64]), st.integers(0, 3))
def test_rank_one_is_what_separate_says(table: list[list[int]], dtype: Any, scale: int) -> None:
    array = np.array(table, dtype) * dtype(3**scale)
    expected = not array.any() or ca.separate(array).separable
    assert bool(rank_one(array)) == expected


def test_one_last_bit_is_no_rank_one() -> None:
    for dtype in (np.float32, np.float64):
        exact = np.outer(np.array([1, 2, -1], dtype), np.array([0.25, 3, 1.5], dtype))
        near = exact.copy()
        near[2, 1] = np.nextafter(near[2, 1], dtype(0))
        assert rank_one(np.stack([exact, near])).tolist() == [True, False]


def integers(*shape: int) -> np.ndarray:
    return (RANDOM.integers(1, 4, shape) * RANDOM.choice([-1, 1], shape)).astype(np.float32)


def kept_exactly() -> list[Any]:
    lines = integers(8, 1, 3, 1) * integers(8, 1, 1, 3)
    blocks = np.zeros((8, 4, 3, 3), np.float32)
    blocks[:4, :2], blocks[4:, 2:] = integers(4, 2, 3, 3), integers(4, 2, 3, 3)
    return [
        pytest.param(integers(8, 4, 1, 1) * integers(1, 4, 3, 3), 1, "depthwise_separable", {}),
        pytest.param(lines, 8, "spatially_separable", {}),
        pytest.param(integers(1, 4, 3, 1) * integers(8, 1, 1, 3), 1, "spatially_separable", {"middle": 1}),
        pytest.param(blocks, 1, "grouped", {"groups": 2}),
    ]


@pytest.mark.parametrize(("weight", "groups", "by", "options"), kept_exactly())
def test_what_is_exact_is_the_same_map(weight: Any, groups: int, by: str, options: dict[str, int]) -> None:
    options = {"middle_channels" if name == "middle" else name: n for name, n in options.items()}
    net = weighted(weight, groups)
    told = fit(weight, by, options, groups)
    assert told.exact is True
    assert told.error == pytest.approx(0, abs=1e-7)
    assert told.weights is None
    other = net.replace("c", by, fitted=True, **options)
    np.testing.assert_allclose(matrix(other), matrix(net), atol=1e-5)
    spoiled = weight.copy()
    spoiled[0, -1, 0, 0] += 0.5
    assert fit(spoiled, by, options, groups).exact is False


@pytest.mark.parametrize(
    ("by", "options"),
    [
        ("depthwise_separable", {}),
        ("depthwise_separable", {"multiplier": 2}),
        ("spatially_separable", {"middle_channels": 3}),
        ("spatially_separable", {}),
        ("grouped", {"groups": 4}),
    ],
)
def test_the_error_is_that_of_the_fitted_weights(by: str, options: dict[str, int]) -> None:
    weight = integers(8, 4, 3, 3)
    net = weighted(weight, 1, 5)
    told = fit(weight, by, options)
    assert told.exact is False
    once = net.replace("c", by, **options, fitted=True)
    # Where all 3 x 3 taps are inside the image, one row of the matrix is the kernel.
    rows = [matrix(n).reshape(8, 3, 6, 4, 5, 6)[:, 1, 2] for n in (once, net)]
    assert np.linalg.norm(rows[0] - rows[1]) / np.linalg.norm(rows[1]) == pytest.approx(told.error)


def test_singular_values_that_would_take_seconds_are_left_open_unless_asked_for() -> None:
    large = np.ones((300, 300, 3, 3), np.float32)
    large[0, 0, 0, 0] = 2
    told = fit(large, "spatially_separable", {})
    assert (told.exact, told.error, told.separable) == (None, None, (90_000 - 1, 90_000))
    assert "seconds" in told.why


def test_as_many_products_as_the_rank_can_be_are_exact() -> None:
    told = fit(integers(8, 4, 3, 3), "spatially_separable", {"middle_channels": 12})
    assert (told.exact, told.error) == (True, pytest.approx(0, abs=1e-12))
    assert fit(integers(8, 4, 3, 3), "depthwise_separable", {"multiplier": 8}).exact


def test_kernels_of_rank_one_are_counted_and_flattened_is_tested() -> None:
    weight = integers(8, 4, 3, 3)
    weight[3, 2] = np.outer([1, 2, 1], [-1, 0, 1])
    wanted = sum(ca.separate(kernel).separable for kernel in weight.reshape(-1, 3, 3))
    assert fit(weight, "spatially_separable", {}).separable == (wanted, 32)
    product = integers(8, 4, 1, 1) * integers(8, 1, 3, 1) * integers(8, 1, 1, 3)
    assert fit(product, "flattened", {}).exact is True
    assert fit(weight, "flattened", {}).exact is False


# --- advice --------------------------------------------------------------------------------------


def test_advice_is_ranked_and_each_saving_is_what_replacing_saves() -> None:
    layers = [
        conv("a", padding=1),
        conv("b", groups=8),
        {"type": "relu"},
        conv("z", kernel_size=1),
    ]
    net = described([1, 4, 13, "N"], *layers)
    found = net.advice(at={"N": 11}, groups=(2, 4, 3))
    assert {(s.layer, s.by) for s in found} >= {
        ("a", "depthwise_separable"),
        ("a", "flattened"),
        ("b", "spatially_separable"),
        ("z", "grouped"),
    }
    assert [s.saved for s in found] == sorted((s.saved for s in found), reverse=True)
    before = net.at(N=11).total("multiplications").value
    for saving in found:
        after = net.replace(saving.layer, saving.by, **saving.options).at(N=11)
        assert saving.saved == before - after.total("multiplications").value > 0
        assert saving.share == Fraction(saving.saved, before)
        assert saving.fit is None
        wanted = Fraction(saving.number(saving.after), saving.number(saving.before))
        assert saving.ratio.subs(ca.symbol("N"), 11) == wanted


def test_the_law_is_the_papers_formula() -> None:
    first = {s.by: s for s in described([1, 4, 9, 9], conv()).advice(groups=[2])}
    M, g = ca.symbol("M"), ca.symbol("g")
    assert (first["depthwise_separable"].law() - (1 / M + Fraction(1, 9))).expand() == 0
    assert first["grouped"].law() == 1 / g
    assert first["grouped"].ratio == Fraction(1, 2)


def test_values_are_read_only_when_asked_for() -> None:
    read = []

    def values() -> np.ndarray:
        read.append(1)
        return integers(8, 4, 1, 1) * integers(1, 4, 3, 3)

    net = weighted(values)
    assert net.advice()
    assert not read
    found = {s.by: s for s in net.advice(kinds=["depthwise_separable", "shuffled_grouped"], weights=True)}
    assert read
    assert found["depthwise_separable"].fit.exact is True
    assert "exact, error" in str(found["depthwise_separable"])
    assert found["shuffled_grouped"].fit.exact is None


def test_weights_that_nobody_knows_are_said_not_to_be_there() -> None:
    (saving, *_) = described([1, 4, 9, 9], conv()).advice(weights=True)
    assert saving.fit.exact is None
    assert "not in the model" in saving.fit.why


@pytest.mark.parametrize("options", [{"kinds": ["winograd"]}, {"at": {"N": 3}}])
def test_advice_refuses_what_it_does_not_know(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        described([1, 4, 9, 9], conv()).advice(**options)


def test_a_formula_of_a_network_claims_nothing_where_that_of_a_layer_does_not() -> None:
    # The first convolution, 7 x 7 with stride 2 and padding 3: its closed form holds from N = 3 on.
    network = ca.read_layers(ca.zoo("resnet_18", resolution="N"))
    checked = network.check("multiplications", {"N": range(1, 12)})
    assert checked
    assert [dict(sizes) for sizes in checked.unsaid] == [{"N": 1}, {"N": 2}]
