"""The zoo: what its networks are, counted by plain arithmetic, against what was published."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import ceil
from pathlib import Path

import pytest

import convalgebra as ca
from convalgebra.errors import ArgumentError
from convalgebra.grammar import parse_formula
from convalgebra.networks.zoo.models import zoo, zoo_names, zoo_options
from convalgebra.networks.zoo.published import published
from convalgebra.networks.zoo.remarks import counted as counted_by_us
from convalgebra.networks.zoo.remarks import remarks_in_print
from convalgebra.sizes import symbol
from tests.conftest import optional
from tests.zoo_counts import counted, of_published, total

WEIGHTS = frozenset({"conv", "linear"})


def number_name(number):
    options = ",".join(f"{key}={value}" for key, value in number.options.items())
    return f"{number.network}({options})-{number.layers}-{number.quantity}-{number.printed}"


# --- the published numbers -----------------------------------------------------------------------


@pytest.mark.parametrize("number", published(), ids=number_name)
def test_a_count_agrees_with_the_print_as_the_data_says(number):
    count = of_published(number)
    assert number.agreement(count) == number.agrees, float(number.value(count))
    if number.agrees == "no":
        assert number.counted == count
        assert number.finding


@pytest.mark.parametrize("network", zoo_names())
def test_the_package_counts_what_plain_arithmetic_counts(network):
    """Each number in print, with the package's own reading, shapes and totals."""
    networks = {}

    def read(description):
        key = json.dumps(description)
        if key not in networks:
            networks[key] = ca.read_layers(description)
        return networks[key]

    for number in published(network):
        count = counted_by_us(number, read(number.description()))
        if (over := number.over()) is not None:
            count = Fraction(counted_by_us(replace(number, against=None), read(over)), count)
        assert count == of_published(number), number


def test_every_network_has_published_numbers_and_every_number_a_source():
    assert {number.network for number in published()} == set(zoo_names())
    for number in published():
        assert number.source
        assert number.include <= {"conv", "linear", "bias", "norm"}
        assert set(number.options) <= set(zoo_options(number.network))
        assert number.agrees == "rounded" or number.finding, number


# The documents whose digits were not read again when the numbers were checked.
UNREAD = {
    "arXiv:1608.00367, FSRCNN-s",
    "arXiv:1608.00367, table 1",
    "arXiv:1608.00367, table 2",
}


def test_it_is_known_where_the_digits_were_read():
    assert {number.source for number in published() if not number.seen} == UNREAD
    for number in published():
        assert number.per_channel == 2 or (number.quantity == "parameters" and "norm" in number.include)


@pytest.mark.parametrize(("width", "size"), list(product((1, 0.75, 0.5, 0.25), (224, 192, 160, 128))))
def test_the_authors_print_every_mobilenet(width, size):
    """The sixteen released networks, and what is printed for each of them."""
    released = [
        number.quantity
        for number in published("mobilenet_v1")
        if number.source.startswith("tensorflow/models")
        and number.options == {"width": width, "resolution": size}
    ]
    assert sorted(released) == ["mult_adds", "parameters"]


@pytest.mark.parametrize("groups", [1, 2, 3, 4, 8])
def test_every_shufflenet_is_in_print(groups):
    """All groups: mult-adds of the paper's three scales, and parameters to the last digit."""
    rows = [number for number in published("shufflenet_v1") if number.options["groups"] == groups]
    scales = {number.options.get("scale", 1) for number in rows if "table 2" in number.source}
    assert scales == {1, 0.5, 0.25}
    assert any("table 1" in number.source for number in rows)
    assert any(number.unit == "one" and number.quantity == "parameters" for number in rows)


def test_no_number_stands_twice():
    seen = Counter(
        (n.network, str(n.options), n.layers, n.quantity, n.source, n.printed) for n in published()
    )
    assert [row for row, times in seen.items() if times > 1] == []


# --- the findings beside them --------------------------------------------------------------------


@pytest.mark.parametrize(("width", "whole", "printed"), [(1, 569, 290), (0.5, 149, 76)])
def test_mobilenet_at_160_is_printed_as_if_scaled_from_224(width, whole, printed):
    exact = total(zoo("mobilenet_v1", width=width, resolution=160), "mult_adds", WEIGHTS)
    assert round(whole * (160 / 224) ** 2) == printed == exact // 10**6 < exact / 10**6 - 0.5


def test_the_released_mobilenets_of_three_quarters_lack_their_first_convolution():
    printed = {
        number.options["resolution"]: int(number.printed)
        for number in published("mobilenet_v1")
        if number.source.startswith("tensorflow/models")
        and number.options["width"] == 0.75
        and number.quantity == "mult_adds"
    }
    for size, value in printed.items():
        net = zoo("mobilenet_v1", width=0.75, resolution=size)
        rest = total(net, "mult_adds", WEIGHTS) - total(net, "mult_adds", WEIGHTS, "conv1")
        assert round(rest / 1e6) == value
    assert sorted(printed) == [128, 160, 192, 224]


@pytest.mark.parametrize(("size", "printed"), [(224, 45.99), (128, 15.02)])
def test_table_12s_quarter_as_with_16_maps_first(size, printed):
    net = zoo("mobilenet_v1", width=0.25, resolution=size)
    first = [total(net, "mult_adds", {"conv"}, name) for name in ("conv1", "conv2")]
    assert round((total(net, "mult_adds", {"conv"}) + sum(first)) / 1e6, 2) == printed


@pytest.mark.parametrize(("groups", "printed"), [(3, (37.59, 137.46)), (8, (40.47, 138.37))])
def test_the_shufflenets_of_the_authors_with_their_classifier(groups, printed):
    """Their code has 16 channels first where 8 groups are halved, and 12 with 3 groups."""
    first = {3: 12, 8: 16}[groups]
    half = zoo("shufflenet_v1", groups=groups, scale=0.5, first_channels=first)
    whole = zoo("shufflenet_v1", groups=groups)
    assert tuple(round(total(net, "mult_adds", WEIGHTS) / 1e6, 2) for net in (half, whole)) == printed


def test_fsrcnn_with_its_deconvolution_counted_at_each_output():
    """The 6.0 billion in print: all 81 taps at each pixel of the enlarged image, four times too many."""
    net = zoo("fsrcnn", scale=2, resolution=(360, 640))
    last = total(net, "mult_adds", {"conv"}, "deconvolution")
    whole = total(net, "mult_adds", {"conv"})
    assert last == 81 * 56 * 360 * 640
    assert round((whole - last + 81 * 56 * 720 * 1280) / 1e9, 1) == 6.0


def test_resnets_table_mixes_what_it_counts():
    def billions(depth, **options):
        return total(zoo(f"resnet_{depth}", **options), "mult_adds", WEIGHTS) / 1e9

    assert round(billions(34), 2) == 3.66
    assert round(billions(50), 3) == 3.858
    assert round(billions(50, shortcut="identity"), 2) == 3.50
    assert round(billions(101, stride_in="middle"), 1) == 7.8
    assert round(billions(152, stride_in="middle"), 1) == 11.5


def test_vgg_is_printed_with_and_without_its_classifier():
    counts = {
        n: [total(zoo(n), "mult_adds", kinds) for kinds in ({"conv"}, WEIGHTS)]
        for n in ("vgg_16", "vgg_19")
    }
    assert [round(n / 1e9, 1) for n in counts["vgg_16"]] == [15.3, 15.5]
    assert [round(n / 1e9, 1) for n in counts["vgg_19"]] == [19.5, 19.6]


def test_alexnets_neurons_with_the_first_number_of_the_paper():
    neurons = total(zoo("alexnet"), "neurons", WEIGHTS)
    assert neurons == 659_272
    assert neurons - 55 * 55 * 96 + 253_440 == 622_312
    assert 48 * 96 * 55 == 253_440


def test_shufflenet_with_its_classifier():
    counts = [total(zoo("shufflenet_v1", groups=g), "mult_adds", WEIGHTS) for g in (1, 2, 3, 4, 8)]
    assert [round(n / 1e6) for n in counts] == [143, 141, 137, 134, 138]
    quarter = total(zoo("shufflenet_v1", groups=3, scale=0.25), "mult_adds", {"conv"})
    assert round(quarter / 1e6) == 11


@pytest.mark.parametrize(("resolution", "old", "new"), [(227, 1.67, 0.78), (224, 1.64, 0.70)])
def test_squeezenets_flops_without_the_padding(resolution, old, new):
    flops = [
        2 * total(zoo(name, resolution=resolution), "mult_adds", {"conv"})
        for name in ("squeezenet_1_0", "squeezenet_1_1")
    ]
    assert [round(n / 1e9, 2) for n in flops] == [old, new]


def on_maps_rounded_up_to_the_rate(net):
    """Return the mult-adds where a dilated convolution's map is made a multiple of its rate."""
    shapes = {one.name: one for one in counted(net)}
    rounded = 0
    for one in net["layers"]:
        own, rate = shapes[one["name"]], one.get("dilation", 1)
        height, width = own.shape[1:]
        places = (rate * ceil(height / rate)) * (rate * ceil(width / rate))
        rounded += own.mult_adds.get("conv", 0) // (height * width) * places
    return rounded


def test_deeplabs_mult_adds_on_maps_rounded_up_to_the_rate():
    assert round(on_maps_rounded_up_to_the_rate(zoo("deeplab_v3", root="3x3")) / 1e9, 2) == 80.83
    # The 4870.6 of the same table: output stride 8, six scales of the image, each flipped too.
    sizes = [int(512 * quarters / 4) + 1 for quarters in (2, 3, 4, 5, 6, 7)]
    nets = [zoo("deeplab_v3", root="3x3", output_stride=8, resolution=size) for size in sizes]
    assert sizes[2] == 513
    assert round(2 * sum(map(on_maps_rounded_up_to_the_rate, nets)) / 1e9, 1) == 4868.9
    plain = sum(total(net, "mult_adds", {"conv"}) for net in nets)
    assert round(2 * plain / 1e9, 1) == 4353.8
    paper = total(zoo("deeplab_v3"), "parameters", {"conv", "bias", "norm"})
    assert round(paper / 1e6, 2) == 58.04


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize(("d", "s", "m"), [(56, 12, 4), (32, 5, 1), (48, 16, 2)])
def test_fsrcnn_by_its_papers_formula(d, s, m, scale):
    net = zoo("fsrcnn", d=d, s=s, m=m, scale=scale, resolution=(20, 31))
    assert total(net, "mult_adds", {"conv"}) == (25 * d + s * d + 9 * m * s**2 + d * s + 81 * d) * 20 * 31
    assert counted(net)[-1].shape == (1, 20 * scale, 31 * scale)


# --- what a description is -----------------------------------------------------------------------

NUMBERS = {"squeezenet_1_0": 227, "squeezenet_1_1": 227, "fsrcnn": 32, "srcnn": 32}


def numeric(name):
    return zoo(name, resolution=NUMBERS[name]) if name in NUMBERS else zoo(name)


@pytest.mark.parametrize("name", zoo_names())
def test_a_description_is_plain_data_under_its_own_name(name):
    net = zoo(name)
    assert json.loads(json.dumps(net)) == net
    assert set(net) == {"name", "input", "layers"}
    assert net["name"] == name
    assert zoo(name) is not net
    assert zoo(name) == net


@pytest.mark.parametrize("name", zoo_names())
def test_layers_read_what_stands_before_them(name):
    before = {"input"}
    for one in numeric(name)["layers"]:
        assert set(one.get("inputs", ())) <= before, one
        before.add(one["name"])
    assert len(counted(numeric(name))) + 1 == len(before)


@pytest.mark.parametrize("name", zoo_names())
def test_with_names_it_is_the_same_network(name):
    """A description in names, numbers put for them, is the description in numbers."""
    with_names = zoo(name, resolution=("H", "W"))
    put = {symbol("H"): 227, symbol("W"): 192}
    assert _put(with_names, put) == zoo(name, resolution=(227, 192))
    assert with_names["input"][2:] == ["H", "W"]


SIZES = {"input", "out_channels", "out_features", "groups", "size"}


def _put(value, numbers, key=""):
    if isinstance(value, dict):
        return {k: _put(v, numbers, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_put(v, numbers, key) for v in value]
    if isinstance(value, str) and key in SIZES:
        return int(parse_formula(value).subs(numbers))
    return value


@pytest.mark.parametrize("width", [0.25, 0.5, 0.75, 1, "3/4", 2])
def test_widths_as_numbers_and_as_a_name(width):
    by_name = zoo("mobilenet_v1", width="a/8", classes="K")
    eighths = {0.25: 2, 0.5: 4, 0.75: 6, 1: 8, "3/4": 6, 2: 16}[width]
    assert _put(by_name, {symbol("a"): eighths, symbol("K"): 10}) == zoo(
        "mobilenet_v1", width=width, classes=10
    )


def test_fsrcnn_in_names():
    net = zoo("fsrcnn", d="d", s="s", m=2, resolution="N")
    assert _put(net, {symbol("d"): 56, symbol("s"): 12, symbol("N"): 40}) == zoo(
        "fsrcnn", m=2, resolution=40
    )


@pytest.mark.parametrize("groups", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("scale", [0.25, 0.5, 1, 1.5, 2])
def test_shufflenets_channels_divide_into_the_groups(groups, scale):
    assert counted(zoo("shufflenet_v1", groups=groups, scale=scale))[-1].shape == (1000,)


@pytest.mark.parametrize("stride", [8, 16])
@pytest.mark.parametrize("unit", ["first", "last"])
@pytest.mark.parametrize("resolution", [97, 128])
def test_deeplabs_maps_are_smaller_by_the_output_stride(stride, unit, resolution):
    net = zoo("deeplab_v3", depth=50, resolution=resolution, output_stride=stride, striding_unit=unit)
    shapes = {one.name: one.shape for one in counted(net)}
    assert shapes["stage5.unit3.relu"][1] == ceil(resolution / stride)
    assert shapes["upsample"] == (21, resolution, resolution)


KEYWORDS = {"kernel_size", "stride", "padding", "dilation", "groups", "output_padding"}


@pytest.mark.parametrize("name", zoo_names())
def test_the_catalogues_operators_count_the_same(name):
    """Each convolution as operator: its output, mult-adds and parameters are those of plain arithmetic."""
    net = numeric(name)
    shapes, last = {"input": tuple(net["input"][1:])}, "input"
    for one, result in zip(net["layers"], counted(net), strict=True):
        if "conv" in result.mult_adds:
            channels, *size = shapes[one.get("inputs", [last])[0]]
            settings = {key: one[key] for key in KEYWORDS & set(one)}
            into = [one["out_channels"]] if "out_channels" in one else []
            operator = getattr(ca, one["type"])(channels, *into, size, **settings)
            assert operator.output_shape == result.shape, one
            assert operator.mult_adds == result.mult_adds["conv"], one
            assert operator.parameters == result.parameters["conv"], one
        last = one["name"]
        shapes[last] = result.shape


# --- the same networks as real files -------------------------------------------------------------

# The package's shufflenet is not here: its bottlenecks are as wide as its units, the paper's a quarter.
LIGHT = {
    "squeezenet": ("squeezenet_1_1", {}),
    "bvlc_alexnet": ("alexnet", {}),
    "vgg19": ("vgg_19", {}),
    "resnet50": ("resnet_50", {"stride_in": "middle"}),
}


@pytest.mark.parametrize("light", LIGHT)
def test_a_model_file_has_the_same_convolutions(light):
    """The light models of the onnx package: kernels, strides, groups and channels of every convolution."""
    onnx = optional("onnx")
    path = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / f"light_{light}.onnx"
    name, options = LIGHT[light]
    graph = onnx.load(path).graph
    held = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
    # What makes these files light: a weight is a ConstantOfShape.
    shapes = {
        node.output[0]: held[node.input[0]].tolist()
        for node in graph.node
        if node.op_type == "ConstantOfShape"
    }
    theirs = Counter(_their_convolution(node, shapes) for node in graph.node if node.op_type == "Conv")
    ours = _our_convolutions(zoo(name, **options))
    assert theirs == ours


def _their_convolution(node, shapes):
    settings = {one.name: list(one.ints) or one.i for one in node.attribute}
    out, inside, kernel, _ = shapes[node.input[1]]
    return out, inside, kernel, settings["strides"][0], settings.get("group", 1)


def _our_convolutions(net):
    found, channels = Counter(), {"input": net["input"][1]}
    last = "input"
    for one, result in zip(net["layers"], counted(net), strict=True):
        if one["type"] in {"conv", "depthwise", "pointwise"}:
            inside = channels[one.get("inputs", [last])[0]]
            groups = inside if one["type"] == "depthwise" else one.get("groups", 1)
            kernel = one.get("kernel_size", 1)
            found[(result.shape[0], inside // groups, kernel, one.get("stride", 1), groups)] += 1
        last = one["name"]
        channels[last] = result.shape[0]
    return found


# --- what is said under a table --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (
            "mobilenet_v1",
            "in print: 569 million mult-adds (arXiv:1704.04861, table 4, table 6, table 7; "
            "tensorflow/models, research/slim/nets/mobilenet_v1.md): counted 568,740,352 over conv, "
            "linear, agrees",
        ),
        (
            "resnet_50",
            "in print for stride_in=middle: 4.089 billion mult-adds (torchvision, metadata of the "
            "weights): counted 4,089,184,256 over conv, linear, agrees",
        ),
        (
            "resnet_34",
            "in print for shortcut=identity: 3.6 billion mult-adds (arXiv:1512.03385, table 1): counted "
            "3,644,493,824 over conv, linear, agrees",
        ),
        (
            "squeezenet_1_0",
            "in print for last_padding=1: 1.72 billion FLOPs, 2 a mult-add (forresti/SqueezeNet, "
            "SqueezeNet_v1.1/README.md): counted 861,339,936 over conv, agrees",
        ),
        (
            "alexnet",
            "in print: neurons of 8 layers (NIPS 2012, figure 2): 7 agree; not conv1 253,440, "
            "counted 290,400",
        ),
        (
            "fsrcnn",
            "in print: 12,464 parameters (arXiv:1608.00367, table 1, table 2): counted 12,464 over conv, "
            "agrees",
        ),
    ],
)
def test_what_is_in_print_is_told_beside_the_count(name, line):
    net = zoo(name)
    assert line in remarks_in_print(net, ca.read_layers(net))


@pytest.mark.parametrize("name", zoo_names())
def test_each_network_is_told_with_what_is_in_print(name):
    net = zoo(name)
    remarks = remarks_in_print(net, ca.read_layers(net))
    assert remarks
    assert len(remarks) <= 6
    assert len(set(remarks)) == len(remarks)


def test_agreement_is_found_anew():
    """Beside another network's count the same number does not agree."""
    other = ca.read_layers(zoo("mobilenet_v1", width=0.5))
    first = remarks_in_print(zoo("mobilenet_v1"), other)[0]
    assert first.endswith("counted 149,497,088 over conv, linear, does not agree")


def test_nothing_is_said_of_what_is_not_in_print():
    for options in ({"width": 2}, {"resolution": 97}, {"classes": 7}, {"resolution": "32*q"}):
        net = zoo("mobilenet_v1", **options)
        assert remarks_in_print(net, ca.read_layers(net)) == ()
    assert remarks_in_print({"input": [1, 3, 8, 8], "layers": []}, ca.read_layers(zoo("vgg_11"))) == ()


# Where each stage of a paper's table of its architecture ends, and the maps it prints there.
MAPS = {
    "mobilenet_v1": (
        {"conv1": 112, "conv2": 112, "conv3": 56, "conv5": 28, "conv7": 14, "conv12": 14, "conv14": 7},
        {"conv1": 32, "conv2": 64, "conv3": 128, "conv5": 256, "conv7": 512, "conv12": 512, "conv14": 1024},
    ),
    "resnet_18": (
        {"conv1": 112, "stage2": 56, "stage3": 28, "stage4": 14, "stage5": 7},
        {"conv1": 64, "stage2": 64, "stage3": 128, "stage4": 256, "stage5": 512},
    ),
    "resnet_152": (
        {"conv1": 112, "stage2": 56, "stage3": 28, "stage4": 14, "stage5": 7},
        {"conv1": 64, "stage2": 256, "stage3": 512, "stage4": 1024, "stage5": 2048},
    ),
    "shufflenet_v1": (
        {"conv1": 112, "pool1": 56, "stage2": 28, "stage3": 14, "stage4": 7},
        {"conv1": 24, "pool1": 24, "stage2": 240, "stage3": 480, "stage4": 960},
    ),
    "squeezenet_1_0": (
        {"conv1": 111, "pool1": 55, "fire2": 55, "fire4": 55, "pool4": 27, "fire8": 27, "pool8": 13},
        {"conv1": 96, "pool1": 96, "fire2": 128, "fire4": 256, "pool4": 256, "fire8": 512, "pool8": 512},
    ),
    "vgg_16": (
        {"conv1_2": 224, "conv2_2": 112, "conv3_3": 56, "conv4_3": 28, "conv5_3": 14, "pool5": 7},
        {"conv1_2": 64, "conv2_2": 128, "conv3_3": 256, "conv4_3": 512, "conv5_3": 512, "pool5": 512},
    ),
    "alexnet": (
        {"conv1": 55, "conv2": 27, "conv3": 13, "conv4": 13, "conv5": 13},
        {"conv1": 96, "conv2": 256, "conv3": 384, "conv4": 384, "conv5": 256},
    ),
}


@pytest.mark.parametrize("name", MAPS)
def test_maps_are_those_of_the_papers_table(name):
    network = ca.read_layers(zoo(name))
    sizes, channels = MAPS[name]
    for stage, size in sizes.items():
        mine = [one for one in network.layers if one.name == stage or one.name.startswith(f"{stage}.")]
        assert mine[-1].output_shapes[0] == (1, channels[stage], size, size), stage


# --- mistakes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("resnet50", {}, "did you mean 'resnet_50'"),
        ("nothing like it", {}, "there are alexnet"),
        (3, {}, "name=3 is not in the zoo"),
        ("resnet_50", {"depth": 18}, "depth=18 is no option of 'resnet_50', which takes resolution"),
        ("resnet_50", {"shortcut": "none"}, "shortcut='none' must be one of 'projection', 'identity'"),
        ("mobilenet_v1", {"width": 0.3}, "width=0.3 makes 48/5 of 32 channels"),
        ("mobilenet_v1", {"width": "a/64"}, "width='a/64' makes a/2 of 32 channels"),
        ("mobilenet_v1", {"width": "a."}, "width='a.' must be a number"),
        ("mobilenet_v1", {"width": 0}, "width=0 makes 0 of 32 channels"),
        ("mobilenet_v1", {"width": float("nan")}, "width=nan must be a number"),
        ("mobilenet_v1", {"repeats": -1}, "repeats=-1 must be a whole number from 0"),
        ("mobilenet_v1", {"resolution": "__import__('os')"}, "resolution="),
        ("mobilenet_v1", {"resolution": (1, 2, 3)}, r"resolution=\(1, 2, 3\) must be one size or a pair"),
        ("mobilenet_v1", {"resolution": 0}, "resolution=0 must be at least 1"),
        ("vgg_16", {"classes": 2.5}, "classes=2.5"),
        ("shufflenet_v1", {"groups": 5}, "groups=5 must be one of 1, 2, 3, 4, 8"),
        ("shufflenet_v1", {"scale": "s"}, "scale='s' must be a number"),
        ("shufflenet_v1", {"groups": 8, "scale": 0.25, "first_channels": 6}, "first_channels=6 and the 96"),
        ("fsrcnn", {"first_kernel": 4}, "first_kernel=4 must be odd"),
        ("srcnn", {"kernels": (9, 5)}, r"kernels=\(9, 5\) must be three"),
        ("srcnn", {"kernels": 9}, "kernels=9 must be three"),
        ("deeplab_v3", {"output_stride": 32}, "output_stride=32 must be one of 8, 16"),
        ("deeplab_v3", {"multi_grid": 2}, "multi_grid=2 must be three"),
        ("squeezenet_1_0", {"last_padding": -1}, "last_padding=-1"),
    ],
)
def test_mistakes_say_what_would_be_right(name, options, says):
    with pytest.raises(ArgumentError, match=says):
        zoo(name, **options)


def test_the_names_of_the_zoo_stand_in_its_docstring():
    told = zoo.__doc__.split("There are")[1].split("``options``")[0]
    assert set(told.replace(" and ", " ").replace(",", " ").replace(".", " ").split()) == set(zoo_names())


@pytest.mark.parametrize(("name", "option"), [("mobilenet_v1", "separable"), ("deeplab_v3", "auxiliary")])
def test_an_option_that_is_true_or_false_is_nothing_else(name, option):
    with pytest.raises(ArgumentError, match=f"{option}='no' must be True or False"):
        zoo(name, **{option: "no"})
    assert zoo(name, **{option: True})["layers"] != zoo(name, **{option: False})["layers"]
