"""Tables of networks: every number against the layers' and the totals', and what the profilers count."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import re
import shutil
import subprocess
import time
from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.errors import ArgumentError
from convalgebra.exact import meets
from convalgebra.exact import value as value_of
from convalgebra.formulas import latex
from convalgebra.networks.counters.conventions import (
    convention,
    convention_names,
    differences,
    weight_shape,
)
from convalgebra.networks.formulas.floors import gathered, names_of
from convalgebra.networks.graph import Graph, Node, Tensor
from convalgebra.networks.network import Network, network_of
from convalgebra.networks.tables.brief import costing
from convalgebra.networks.tables.cells import field_text
from convalgebra.networks.tables.names import with_names
from convalgebra.networks.tables.table import QUANTITIES
from convalgebra.networks.tables.tex import tex_escaped
from convalgebra.networks.tables.web import page_of
from convalgebra.networks.tables.webformulas import formula_as_html
from convalgebra.networks.totals import AS_PAPERS, INCLUDES
from tests.browsers import launched, opened
from tests.conftest import optional
from tests.missing import missing

TOOLS = ("flop_counter_mode", "ptflops", "thop", "fvcore")
# What the tools themselves printed for one module each, in the versions that ``conventions`` names,
# run on PyTorch 2.13: input without the batch, layer, counts in the order of TOOLS.
PRINTED: list[tuple[list[int], dict[str, Any], tuple[int, ...]]] = [
    (
        [4, 9, 9],
        {"type": "conv", "out_channels": 6, "kernel_size": 3, "stride": 2, "padding": 1, "groups": 2},
        (5400, 2850, 2700, 2700),
    ),
    (
        [4, 5, 5],
        {
            "type": "conv_transpose",
            "out_channels": 6,
            "kernel_size": 3,
            "stride": 2,
            "padding": 1,
            "output_padding": 1,
            "groups": 2,
        },
        (5400, 3300, 10800, 2700),
    ),
    (
        [4, 5, 5],
        {"type": "conv_transpose", "out_channels": 6, "kernel_size": 3, "stride": 2, "bias": False},
        (10800, 5400, 26136, 5400),
    ),
    ([7], {"type": "linear", "out_features": 5}, (70, 40, 35, 35)),
    ([4, 5, 5], {"type": "batch_norm"}, (0, 200, 400, 200)),
    ([4, 5, 5], {"type": "relu"}, (0, 200, 0, 0)),
    ([4, 5, 5], {"type": "clip", "min": 0, "max": 6}, (0, 100, 0, 0)),
    ([4, 5, 5], {"type": "leaky_relu"}, (0, 100, 0, 0)),
    ([4, 5, 5], {"type": "prelu"}, (0, 200, 100, 0)),
    ([4, 5, 5], {"type": "elu"}, (0, 200, 0, 0)),
    ([4, 5, 5], {"type": "gelu"}, (0, 200, 0, 0)),
    ([4, 5, 5], {"type": "silu"}, (0, 100, 0, 0)),
    ([4, 5, 5], {"type": "sigmoid"}, (0, 0, 0, 0)),
    ([4, 6, 6], {"type": "max_pool", "kernel_size": 2, "stride": 2}, (0, 288, 0, 0)),
    ([4, 6, 6], {"type": "average_pool", "kernel_size": 2, "stride": 2}, (0, 288, 36, 0)),
    ([4, 6, 6], {"type": "global_average_pool"}, (0, 288, 148, 144)),
    ([4, 6], {"type": "global_average_pool"}, (0, 48, 28, 0)),
    ([4, 6, 6], {"type": "global_max_pool"}, (0, 288, 0, 0)),
    ([7], {"type": "softmax"}, (0, 7, 20, 0)),
    ([4, 5, 5], {"type": "layer_norm"}, (0, 100, 400, 500)),
    ([4, 5, 5], {"type": "group_norm", "groups": 2}, (0, 200, 0, 500)),
    ([4, 5, 5], {"type": "instance_norm"}, (0, 200, 400, 500)),
    ([4, 5, 5], {"type": "resize", "factor": 2, "mode": "nearest"}, (0, 800, 400, 400)),
    ([4, 5, 5], {"type": "resize", "factor": 2, "mode": "linear"}, (0, 800, 4400, 1600)),
    ([4, 5], {"type": "resize", "factor": 2, "mode": "linear"}, (0, 80, 200, 0)),
    ([4, 5, 5], {"type": "dropout"}, (0, 0, 0, 0)),
    ([4, 5, 5], {"type": "pixel_shuffle", "factor": 2}, (0, 0, 0, 0)),
]


def small(size: Any = 8) -> Network:
    layers = [
        {"name": "c1", "type": "conv", "out_channels": 4, "kernel_size": 3, "padding": 1, "stride": 2},
        {"name": "n1", "type": "batch_norm"},
        {"name": "r1", "type": "relu"},
        {"name": "c2", "type": "depthwise", "kernel_size": 3, "padding": 1},
        {"name": "pool", "type": "global_average_pool"},
        {"name": "flat", "type": "flatten"},
        {"name": "fc", "type": "linear", "out_features": 10},
    ]
    return ca.read_layers({"input": [1, 3, size, size], "layers": layers, "name": "small"})


def lacking(name: str = "odd") -> Network:
    nodes = (
        Node("c", "Conv", ("x", "w"), ("y",), {}),
        Node(name, "NoSuchThing", ("y",), ("z",), {}),
    )
    return network_of(
        Graph(nodes, {"x": (1, 2, 5, 5)}, {"w": Tensor("w", (3, 2, 3, 3))}, ("z",), "by hand")
    )


# --- the profilers -------------------------------------------------------------------------------


@pytest.mark.parametrize(("shape", "layer", "printed"), PRINTED, ids=lambda v: str(v)[:60])
def test_a_convention_gives_what_its_tool_printed(shape, layer, printed):
    net = ca.read_layers({"input": [1, *shape], "layers": [layer]})
    (only,) = net.layers
    found = tuple(convention(tool).count(only, weight_shape(net, only)) for tool in TOOLS)
    assert found == printed


@pytest.mark.parametrize(
    ("padding", "printed"), [("same", (10800, 5550, 5400, 0)), ("valid", (3888, 1998, 1944, 0)), (1, None)]
)
def test_fvcore_does_not_know_a_padding_that_is_a_word(padding, printed):
    torch = optional("torch")
    module = torch.nn.Conv2d(4, 6, 3, padding=padding)
    net = ca.read_torch(module, (1, 4, 5, 5))
    (only,) = net.layers
    found = tuple(convention(tool).count(only, weight_shape(net, only)) for tool in TOOLS)
    assert found == (printed or (10800, 5550, 5400, 5400))
    assert ("does not know" in convention("fvcore").why(only)) == (printed is not None)


# What is told apart in a module alone, and what was printed for it in the order of TOOLS.
MODULES: list[tuple[str, tuple[Any, ...], dict[str, Any], list[int], tuple[int, ...]]] = [
    ("BatchNorm2d", (4,), {"affine": False}, [4, 3, 3], (0, 36, 72, 36)),
    ("BatchNorm2d", (4,), {}, [4, 3, 3], (0, 72, 144, 72)),
    ("BatchNorm1d", (4,), {"affine": False}, [4], (0, 4, 8, 4)),
    ("InstanceNorm2d", (4,), {}, [4, 5, 5], (0, 100, 200, 400)),
    ("InstanceNorm2d", (4,), {"affine": True}, [4, 5, 5], (0, 200, 400, 500)),
    ("GroupNorm", (2, 4), {"affine": False}, [4, 5, 5], (0, 100, 0, 400)),
    ("LayerNorm", (8,), {"elementwise_affine": False}, [5, 8], (0, 40, 80, 160)),
    ("LayerNorm", (8,), {"bias": False}, [5, 8], (0, 40, 160, 200)),
    ("AdaptiveAvgPool2d", (2,), {}, [4, 8, 8], (0, 512, 272, 256)),
    ("AdaptiveAvgPool2d", ((1, 2),), {}, [4, 8, 8], (0, 512, 264, 256)),
    ("AdaptiveAvgPool1d", (2,), {}, [4, 8], (0, 64, 40, 0)),
    ("AdaptiveAvgPool3d", (2,), {}, [4, 4, 4, 4], (0, 512, 288, 0)),
    ("AvgPool2d", (4,), {}, [4, 8, 8], (0, 512, 16, 0)),
]


@pytest.mark.parametrize(("kind", "given", "options", "shape", "printed"), MODULES, ids=str)
def test_a_module_is_counted_as_its_tool_printed(kind, given, options, shape, printed):
    torch = optional("torch")
    net = ca.read_torch(getattr(torch.nn, kind)(*given, **options), (1, *shape))
    (only,) = net.layers
    found = tuple(convention(tool).count(only, weight_shape(net, only)) for tool in TOOLS)
    assert found == printed


def test_flop_counter_mode_of_the_torch_that_is_here():
    torch = optional("torch")
    from torch.utils.flop_counter import FlopCounterMode

    module = torch.nn.Sequential(
        torch.nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2),
        torch.nn.BatchNorm2d(6),
        torch.nn.ReLU(),
        torch.nn.ConvTranspose2d(6, 4, 3, stride=2, padding=1, output_padding=1, groups=2),
        torch.nn.AvgPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(100, 7),
    ).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.zeros(1, 4, 9, 9))
    table = ca.read_torch(module, (1, 4, 9, 9)).table("flop_counter_mode")
    assert table.total.theirs is not None
    assert table.total.theirs.value == counter.get_total_flops() > 0
    assert not table.total.theirs.partial


def test_a_linear_layer_on_several_rows():
    nodes = (Node("m", "MatMul", ("x", "w"), ("y",), {}), Node("b", "Add", ("y", "bias"), ("z",), {}))
    held = {"w": Tensor("w", (7, 5)), "bias": Tensor("bias", (5,))}
    net = network_of(Graph(nodes, {"x": (1, 3, 7)}, held, ("z",), "by hand"))
    # Printed by the tools for torch.nn.Linear(7, 5) on an input of shape (1, 3, 7).
    found = [net.table(tool).total.theirs.value for tool in TOOLS]
    assert found == [210, 120, 105, 105]


def test_a_difference_has_a_reason_and_what_is_equal_is_no_difference():
    net = small()
    for name in convention_names()[1:]:
        found = {one.layer: one for one in differences(net, name, AS_PAPERS)}
        for layer in net:
            theirs = convention(name).count(layer, weight_shape(net, layer))
            ours = layer.counts.mult_adds if layer.category in AS_PAPERS else 0
            assert (layer.name in found) == (ours != theirs)
        assert all(one.why for one in found.values())
    assert [d.layer for d in differences(net, "fvcore", AS_PAPERS)] == ["n1", "pool"]


def test_what_a_tool_cannot_know_is_not_nothing():
    table = lacking().table("fvcore")
    assert table.rows[1].theirs is None
    assert table.total.theirs.partial
    assert table.total.theirs.missing == ("odd",)


# --- the table -----------------------------------------------------------------------------------


@pytest.mark.parametrize("include", [AS_PAPERS, {"conv"}, INCLUDES, {"conv", "linear", "bias", "norm"}])
@pytest.mark.parametrize("size", [8, "N"])
def test_totals_are_the_sums_of_what_counts_and_those_of_the_network(include, size):
    net = small(size)
    table = net.table(include=include)
    for name in QUANTITIES:
        whole = net.total(name, include)
        assert _same(table.total.totals[name].value, whole.value)
        counted = [getattr(row, name) for row in table.rows if name not in row.outside]
        assert _same(sum(counted), whole.value)
        types = [one.totals[name].value for one in table.by_type if name in one.totals]
        assert _same(sum(types), whole.value)


def _same(a: Any, b: Any) -> bool:
    return bool(a == b or gathered(a - b) == 0)


def test_a_row_says_what_its_layer_costs():
    row = small().table().rows[0]
    op = ca.conv(3, 4, (8, 8), 3, padding=1, stride=2)
    assert (row.name, row.type, row.kernel) == ("c1", "Conv", (3, 3))
    assert (row.input, row.output) == ((1, 3, 8, 8), (1, 4, 4, 4))
    assert row.multiplications == ca.measure(op).multiplications
    assert row.lost == Fraction(op.mult_adds - op.multiplications, op.mult_adds)
    assert (row.parameters, row.activations) == (108, 64)


def test_names_become_formulas_that_give_the_numbers():
    from convalgebra.exact import value

    names, numbers = small("N").table("thop"), small(8).table("thop")
    N = ca.symbol("N")
    for row, other in zip(names.rows, numbers.rows, strict=True):
        for name in (*QUANTITIES, "lost", "theirs"):
            assert value(getattr(row, name), {N: 8}) == getattr(other, name)
    assert value(names.total.lost, {N: 8}) == numbers.total.lost


def test_a_partial_total_says_what_is_missing_in_every_format():
    table = lacking().table()
    assert table.missing == ("odd",)
    assert table.rows[1].multiplications is None
    assert "it is not known what odd cost" in table.text()
    assert "+ ?" in table.text()
    assert json.loads(table.json())["total"]["mult_adds"] == {
        "value": 3 * 2 * 9 * 9,
        "partial": True,
        "missing": ["odd"],
    }
    assert json.loads(table.json())["layers"][1]["mult_adds"] is None
    for written in (table.latex(), table.html()):
        assert "it is not known what odd cost" in written
    (total,) = [r for r in csv.DictReader(io.StringIO(table.csv())) if r["of"] == "total"]
    assert total["missing"] == "odd"


def test_a_type_of_which_some_layers_count_has_a_total_of_those():
    nodes = [Node("bias", "Add", ("x", "b"), ("y",)), Node("sum", "Add", ("y", "x"), ("z",))]
    held = {"b": Tensor("b", (3, 1, 1))}
    table = network_of(Graph(tuple(nodes), {"x": (1, 3, 4, 4)}, held, ("z",), "by hand")).table(
        include={"bias"}
    )
    (adds,) = table.by_type
    assert adds.totals["parameters"].value == table.total.totals["parameters"].value == 3
    assert set(adds.outside) == {"multiplications", "mult_adds", "additions", "activations"}
    assert [("parameters" in row.outside, row.parameters) for row in table.rows] == [(False, 3), (True, 0)]


def test_a_share_above_zero_is_not_printed_as_zero():
    layers = [{"type": "conv", "out_channels": 1, "kernel_size": 1}]
    layers += [{"type": "conv", "out_channels": 1, "kernel_size": 3, "padding": 1}]
    table = ca.read_layers({"input": [1, 20000, 300, 300], "layers": layers}).table()
    assert 0 < table.total.lost < Fraction(1, 20000)
    total = next(line for line in table.text().splitlines() if line.split()[:1] == ["total"])
    assert "<0.01%" in total
    assert " 0.00%" not in total
    assert r"<0.01\%" in table.latex()
    assert "&lt;0.01%" in table.html()


def test_what_is_included_is_printed():
    text = small().table(include={"conv", "norm"}).text()
    assert "counted in the totals: conv, norm; not counted: bias, linear, other, pool" in text


def test_a_condition_stands_with_the_formulas():
    layers = [{"type": "conv", "out_channels": 1, "kernel_size": 5}]
    text = ca.read_layers({"input": [1, 1, "N", "N"], "layers": layers}).table().text()
    assert "\n- this holds if N >= 5\n" in text


def test_unknown_choices_raise():
    with pytest.raises(ArgumentError, match=r"convention='flops'.*fvcore"):
        small().table("flops")
    with pytest.raises(ArgumentError, match="include"):
        small().table(include={"everything"})


def test_a_shared_tensor_is_said_to_count_once():
    nodes = tuple(Node(f"c{i}", "Conv", (f"x{i}", "w"), (f"x{i + 1}",), {}) for i in range(2))
    net = network_of(Graph(nodes, {"x0": (1, 2, 4, 4)}, {"w": Tensor("w", (2, 2, 1, 1))}, ("x2",), "hand"))
    table = net.table()
    assert table.total.totals["parameters"].value == 4
    assert any("c0, c1" in note for note in table.notes)


# --- the receptive field -------------------------------------------------------------------------

DECODER = [
    {"name": "down", "type": "conv", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "relu", "type": "relu"},
    {"name": "up", "type": "conv_transpose", "out_channels": 1, "kernel_size": [3, 2], "stride": 2},
]


def test_each_layer_has_its_receptive_field_in_every_format():
    net = ca.read_layers({"input": [1, 1, 9, 9], "layers": DECODER})
    table = net.table()
    assert [row.field for row in table.rows] == [net.fields()[layer.name] for layer in net]
    # Along the first axis the phases of "up" see 5 and 3 inputs, along the second all see 3.
    assert [phase.extent for phase in table.rows[2].field.axes[0].phases] == [5, 3]
    seen = [field_text(row.field) for row in table.rows]
    assert seen == ["3 x 3", "3 x 3", "5 x 3 (3, 5 x - by phase)"]
    assert all(words in table.text() and words in table.latex(full=True) for words in seen)
    assert all(f">{words.replace(' x ', ' × ')}</td>" in table.html() for words in seen)
    rows = list(csv.DictReader(io.StringIO(table.csv())))
    assert [row["receptive_field"] for row in rows if row["of"] == "layer"] == seen
    told = json.loads(table.json())["layers"][2]["receptive_field"]
    assert (told["size"], told["exact"], told["by_phase"]) == ([5, 3], True, [[5, 3], [3, 3]])


def test_a_field_that_nobody_knows_is_blank():
    behind = lacking().table().rows
    assert [row.name for row in behind if row.field is None] == [row.name for row in behind[2:]]
    vector = ca.read_layers({"input": [1, 5], "layers": [{"type": "linear", "out_features": 2}]})
    (row,) = vector.table().rows
    assert row.field is None
    assert json.loads(vector.table().json())["layers"][0]["receptive_field"] is None


def test_a_field_may_be_a_formula_and_says_where_it_only_bounds():
    layers = [{"type": "global_average_pool", "name": "g"}, *({"type": "flatten"},)]
    first = ca.read_layers({"input": [1, 1, "N", "M"], "layers": layers}).table().rows[0]
    assert field_text(first.field) == "N x M"
    assert first.field.exact


# --- names for what is rounded -------------------------------------------------------------------


@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 3), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_gathered_formulas_are_those_that_were_gathered(stride, kernel, padding, depth, size):
    layer = {
        "type": "conv",
        "out_channels": 2,
        "kernel_size": kernel,
        "stride": stride,
        "padding": min(padding, kernel - 1),
    }
    net = ca.read_layers({"input": [1, 2, "N", "N"], "layers": [layer] * depth})
    try:
        numbers = net.at(N=size)
    except ca.ConvalgebraError:
        assume(False)
    N = ca.symbol("N")
    table = net.table()
    for quantity in QUANTITIES:
        formula = table.total.totals[quantity].value
        if all(meets(need, {N: size}) for need in net.formula(quantity).conditions):
            assert value_of(formula, {N: size}) == numbers.total(quantity).value
    named, where = with_names(table)
    stand_for = {name: value_of(one, {N: size}) for name, one in where}
    for row, other, number in zip(table.rows, named.rows, numbers.table().rows, strict=True):
        assert not any(isinstance(n, sympy.Expr) and n.has(sympy.floor) for n in other.output)
        for shape in (row.output, other.output):
            assert tuple(value_of(n, {N: size, **stand_for}) for n in shape) == number.output


def test_a_network_of_strides_names_its_rounded_sizes():
    from convalgebra.networks.zoo.models import zoo

    table = ca.read_layers({**zoo("resnet_18"), "input": [1, 3, "N", "N"]}).table()
    lines = table.text().splitlines()
    names = [(f"N_{d}", f"floor((N + {d - 1})/{d})") for d in (2, 4, 8, 16, 32)]
    assert lines[1] == "where " + ", ".join(f"{name} = {one}" for name, one in names)
    assert not any("floor" in line for line in lines[2:])
    assert "mult_adds = 2097152*N_16**2 + 9408*N_2**2 + 8388608*N_32**2" in table.text()
    assert max(map(len, lines[4:-20])) < 330
    assert r"\(N_{32} = \left\lfloor" in table.latex()
    assert "<i>N</i><sub>32</sub> = ⌊(<i>N</i> +\N{NO-BREAK SPACE}31)/32⌋</p>" in table.html()
    # What a program reads has the formulas themselves.
    assert "floor" in json.loads(table.json())["total"]["mult_adds"]["value"]
    assert "N_32" not in table.json() + table.csv()


def test_a_large_network_of_a_name_is_written_in_time():
    from convalgebra.networks.zoo.models import zoo

    begin = time.process_time()
    net = ca.read_layers({**zoo("resnet_50"), "input": [1, 3, "N", "N"]})
    assert len(net) > 150
    assert "receptive field" in net.table().text()
    assert time.process_time() - begin < 3


def test_a_name_that_is_taken_is_not_taken_twice():
    N, taken = ca.symbol("N"), ca.symbol("N_2")
    half, other = sympy.floor((N + 1) / 2), sympy.floor((taken + N) / 3)
    names = names_of([half + taken, other, 5])
    assert len({*names.values(), N, taken}) == 4


# --- what is written -----------------------------------------------------------------------------

EVIL = r"=x<script>&\input{a}_%$#[red]\\"


class _Seen(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.words = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.words.append(data)


def test_names_are_escaped_wherever_they_are_written():
    table = lacking(EVIL).table()
    assert EVIL in table.text()
    seen = _Seen()
    seen.feed(table.html())
    assert "script" not in seen.tags
    assert EVIL in "".join(seen.words)
    assert EVIL not in table.latex()
    assert tex_escaped(EVIL) in table.latex().replace(r"\allowbreak{}", "")
    assert r"\input" not in table.latex()
    assert json.loads(table.json())["layers"][1]["name"] == EVIL
    rows = list(csv.DictReader(io.StringIO(table.csv())))
    assert [r["name"] for r in rows][:2] == ["c", f"'{EVIL}"]


@pytest.mark.parametrize("full", [False, True])
def test_latex_has_one_cell_for_each_column_and_no_package(full):
    for table in (small().table("fvcore"), small("N").table()):
        for part in table.latex(full).split(r"\begin{tabular}")[1:]:
            columns = part[1 : part.index("}\n")].replace("@{}", "")
            lines = [x for x in part.split(r"\end{tabular}")[0].splitlines() if x.endswith(r"\\")]
            assert len(lines) > 1
            for line in lines:
                assert line.replace(r"\&", "").count("&") == len(columns) - 1
        assert "toprule" not in table.latex(full)
        assert "longtable" not in table.latex(full)


def test_latex_of_a_pool_that_rounds_up():
    conv = {"type": "conv", "out_channels": 2, "kernel_size": 3, "stride": 2, "bias": False}
    layers = [conv, {"type": "max_pool", "kernel_size": 3, "stride": 2, "ceil_mode": True}, conv]
    net = ca.read_layers({"input": [1, 2, "N", "N"], "layers": layers})
    assert r"\right)^{2}" in net.table().latex()


def test_csv_and_json_hold_the_same_numbers():
    table = small().table("ptflops")
    rows = list(csv.DictReader(io.StringIO(table.csv())))
    data = json.loads(table.json())
    for row, layer in zip(rows, data["layers"], strict=False):
        for name in (*QUANTITIES, "ptflops", "lost"):
            assert row[name] == str(layer[name])
    assert rows[-1]["of"] == "total"
    assert rows[-1]["mult_adds"] == str(data["total"]["mult_adds"]["value"])


def test_a_table_prints_as_text_and_shows_as_html():
    table = small("N").table()
    assert str(table) == table.text()
    assert table._repr_html_() == table.html()


# --- as wide as the terminal -------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 120, 200])
def test_a_table_fits_into_a_width_and_says_what_is_left_out(width):
    table = ca.read_layers(ca.zoo("resnet_18")).table()
    lines = table.text(width=width, brief=True).splitlines()
    heading = next(line for line in lines if line.strip().startswith("layer"))
    drawn = lines[lines.index(heading) : next(at for at, line in enumerate(lines) if line.startswith("- "))]
    told = [line for line in drawn if line.startswith("left out")]
    assert all(len(line) <= width for line in drawn if line not in told and not line.startswith("  and "))
    for column in ("output", "additions", "activations", "parameters", "receptive field"):
        assert (column in heading) != any(column in line for line in told)
    assert "multiplications" in heading
    assert "mult-adds" in heading


def test_a_brief_table_sums_up_the_layers_that_cost_nothing_and_no_others():
    network = ca.read_layers(ca.zoo("resnet_18"))
    whole, brief = network.table().text(), network.table().text(brief=True)
    assert "and 49 that cost nothing in the totals: 20 BatchNormalization, 17 Relu" in brief
    for layer in network.layers:
        named = any(line.split()[:1] == [layer.name] for line in brief.splitlines())
        assert named == (layer.category in ("conv", "linear")), layer.name
        assert any(line.split()[:1] == [layer.name] for line in whole.splitlines())
    counting = network.table(include={"conv", "norm"}).text(brief=True)
    assert "conv1.norm" in counting


# --- as wide as a screen ----------------------------------------------------------------------------

LONG = "features.denseblock3.denselayer24.with_a_name_that_nobody_would_type.conv2"
WIDE: list[tuple[str, dict[str, Any], str]] = [
    ("resnet_50", {}, "convalgebra"),
    ("resnet_50", {"resolution": "N"}, "convalgebra"),
    ("alexnet", {"resolution": "N"}, "convalgebra"),
    ("vgg_19", {"resolution": "N"}, "convalgebra"),
    ("mobilenet_v1", {}, "fvcore"),
    ("deeplab_v3", {}, "convalgebra"),
]


@pytest.fixture(scope="module")
def browser():
    with launched() as found:
        yield found


@pytest.mark.parametrize(("name", "options", "tool"), WIDE, ids=str)
def test_a_page_fits_a_screen_until_all_is_asked_for(tmp_path, browser, name, options, tool):
    table = ca.read_layers(ca.zoo(name, **options)).table(tool)
    (tmp_path / "net.html").write_text(page_of(table), "utf-8")
    with opened(browser, (tmp_path / "net.html").as_uri()) as page:
        assert page.viewport_size["width"] == 1280
        assert _widest(page) <= 1280
        assert _heads(page, ":visible") >= {"layer", "multiplications", "mult-adds", "lost on padding"}
        spared = _heads(page, ":not(:visible)")
        told = page.locator("p.folded:visible").all_inner_texts()
        assert spared == set(", ".join(told).partition("left out for want of room: ")[2].split(", ")) - {""}
        assert page.locator("tbody").first.locator("tr:visible").count() == len(costing(table))
        page.check("input")
        assert page.locator("tbody").first.locator("tr:visible").count() == len(table.rows)
        assert not _heads(page, ":not(:visible)")
        assert page.locator("p.folded:visible").count() == 0
        # The table scrolls, the page does not.
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def _widest(page: Any) -> int:
    return int(page.evaluate("Math.max(...[...document.querySelectorAll('*')].map(e => e.scrollWidth))"))


def _heads(page: Any, which: str) -> set[str]:
    return set(page.locator(f"thead th{which}").evaluate_all("all => all.map(e => e.textContent)"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_of_long_names_is_read_in_both_colours(tmp_path, browser, scheme):
    layers = [{"type": "conv_transpose", "out_channels": 2, "kernel_size": 3, "stride": 2}] * 2
    layers = [{**layer, "name": name} for layer, name in zip(layers, (LONG, "x" * 90), strict=True)]
    page_ = page_of(ca.read_layers({"input": [1, 3, "N", "N"], "layers": layers}).table())
    (tmp_path / "net.html").write_text(page_, "utf-8")
    with opened(browser, (tmp_path / "net.html").as_uri(), color_scheme=scheme) as page:
        assert _widest(page) <= 1280
        ink = page.evaluate("getComputedStyle(document.querySelector('td')).color")
        assert ink == {"light": "rgb(0, 0, 0)", "dark": "rgb(255, 255, 255)"}[scheme]
        assert page.locator("tbody th").first.text_content() == LONG


def test_a_page_is_printed_in_pages_that_hold_its_width(tmp_path, browser):
    table = ca.read_layers(ca.zoo("resnet_50", resolution="N")).table()
    (tmp_path / "net.html").write_text(page_of(table), "utf-8")
    with opened(browser, (tmp_path / "net.html").as_uri()) as page:
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 1031, "height": 700})  # A4 on its side, without margins
        assert _widest(page) <= 1031
        assert page.locator("label:visible").count() == 0


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("(N_4_0 - 1)**2", "(<i>N</i><sub>4,0</sub> −\N{NO-BREAK SPACE}1)<sup>2</sup>"),
        ("floor((a + ceiling(b/2))/3)", "⌊(<i>a</i> +\N{NO-BREAK SPACE}⌈<i>b</i>/2⌉)/3⌋"),
        ("Max(0, N)*1000000", "Max(0, <i>N</i>)·1,000,000"),
        ("a<b&c", "<i>a</i>&lt;<i>b</i>&amp;<i>c</i>"),
    ],
)
def test_formulas_as_html_have_raised_exponents_and_nothing_raw(formula, written):
    assert formula_as_html(formula) == written


# --- as wide as a page ------------------------------------------------------------------------------

PAGES = [
    *((name, options, tool) for name, options, tool in WIDE),
    ("resnet_152", {}, "thop"),
    ("fsrcnn", {"resolution": "N"}, "convalgebra"),
    ("shufflenet_v1", {"resolution": "32*q"}, "ptflops"),
]


def _hard_to_set() -> ca.Network:
    """Return a network whose names are long, and of which a layer is not known."""
    nodes = (
        Node(LONG, "Conv", ("x", "w"), ("y",), {}),
        Node("x" * 90, "NoSuchThing", ("y",), ("z",), {}),
        Node(EVIL, "Relu", ("y",), ("r",), {}),
    )
    return network_of(
        Graph(nodes, {"x": (1, 2, 5, 5)}, {"w": Tensor("w", (3, 2, 3, 3))}, ("z",), "a/folder/by_hand")
    )


@pytest.mark.parametrize("engine", ["pdflatex", "xelatex"])
def test_no_table_is_wider_than_the_text_of_an_article(tmp_path, engine):
    if shutil.which(engine) is None:
        missing(engine)
    tables = [ca.read_layers(ca.zoo(name, **options)).table(tool) for name, options, tool in PAGES]
    tables.append(_hard_to_set().table())
    parts = [rf"\message{{NETWORK {at}}}{table.latex()}" for at, table in enumerate(tables)]
    body = "\n".join(parts)
    (tmp_path / "all.tex").write_text(
        f"\\documentclass{{article}}\\usepackage{{longtable}}\\begin{{document}}\n{body}\n\\end{{document}}\n"
    )
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "all.tex"]
    for _ in range(2):  # longtable knows its widths in the second run
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=120)
    log = (tmp_path / "all.log").read_text(errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert f"NETWORK {len(tables) - 1}" in log
    assert not re.findall(r"Overfull \\[hv]box.*", log)


def test_only_a_table_that_is_higher_than_a_page_needs_a_package_and_repeats_its_head():
    deep = ca.read_layers(ca.zoo("resnet_152")).table().latex()
    assert deep.startswith("% This needs \\usepackage{longtable}.\n")
    (top,) = re.findall(r"\\begin\{longtable\}.*?\\endhead", deep, re.DOTALL)
    assert "layer & " in top
    assert "longtable" not in ca.read_layers(ca.zoo("alexnet")).table().latex()


def test_a_column_that_is_left_out_is_not_explained():
    table = ca.read_layers(ca.zoo("mobilenet_v1")).table()
    explained = "receptive field: what one output sees"
    assert explained not in table.latex()
    assert explained not in table.text(width=80)
    assert explained in table.latex(full=True)
    assert explained in table.text()


def test_latex_says_what_it_leaves_out_and_full_has_it_all():
    table = ca.read_layers(ca.zoo("alexnet", resolution="N")).table()
    brief, full = table.latex(), table.latex(full=True)
    assert "and 14 that cost nothing in the totals: 7 Relu" in brief
    assert "left out for want of room: additions, input" in brief
    assert "left out" not in full
    assert "cost nothing" not in full
    for row in table.rows:
        named = any(line.startswith(f"{row.name} & ") for line in brief.splitlines())
        assert named == (row in costing(table))
        assert any(line.startswith(f"{row.name} & ") for line in full.splitlines())


def test_where_no_layer_costs_anything_all_of_them_are_shown():
    table = ca.read_layers({"input": [1, 1, "N", 4], "layers": [{"name": "r", "type": "relu"}]}).table()
    assert costing(table) == table.rows
    for full in (False, True):
        assert any(line.startswith("r & Relu & ") for line in table.latex(full).splitlines())
    assert '<tr><th scope="row" class="word">r</th>' in table.html()


def test_a_network_without_layers_has_a_table_too():
    table = network_of(Graph((), {"x": (1, 2, 5, 5)}, {}, ("x",), "by_hand")).table()
    assert table.rows == ()
    assert "by\\_hand" in table.latex()


def test_a_formula_that_is_too_long_for_a_cell_has_a_name_that_is_told_below():
    said = ca.read_layers(ca.zoo("alexnet", resolution="N")).table().latex()
    named = set(re.findall(r"\\\((f_\{\d+\})\\\)", said))
    told = re.findall(r"^\\\((f_\{\d+\}) = ", said, re.MULTILINE)
    assert len(told) == len(set(told)) > 2
    assert named == set(told)
    taken = ca.read_layers({"input": [1, 1, "f", "f"], "layers": DECODER}).table().latex()
    assert r"\(F_{1} = " in taken


def test_names_with_two_numbers_are_not_read_as_one():
    assert latex(ca.symbol("N_4_0")) == "N_{4,0}"
