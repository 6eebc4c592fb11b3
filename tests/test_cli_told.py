"""What the command line says: mistakes in its own words, channel patterns without an image, orders."""

import json

import pytest
import sympy
from click.testing import CliRunner

import convalgebra as ca
from convalgebra.catalogue.types import find_type, types
from convalgebra.cli import main
from convalgebra.cli.channels import DECIDING
from convalgebra.cli.claims import in_text, readable
from convalgebra.cli.mistakes import in_options
from convalgebra.cli.show import needed
from convalgebra.counting.quantity import COUNTS

NUMBERS = {"D": 4, "N_c": 8, "g": 2, "b": 4, "C": 2, "r": 2}


def inside(*arguments):
    return CliRunner().invoke(main, list(arguments))


# --- mistakes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("groups=3 and stride do not fit", "--groups=3 and stride do not fit"),
        ("input_size (7, 7) is too small", "--input (7, 7) is too small"),
        ("too small (kernel_size 9)", "too small (--kernel 9)"),
        ("b=ca.Shuffle(size='D', groups='g') is no", "b=ca.Shuffle(size='D', groups='g') is no"),
        ("ca.Kron(operators=(ca.F(groups=2), g(1)), groups=3): groups=4", None),
        ("padding_mode='kernel_size' is no mode", "--padding-mode='kernel_size' is no mode"),
        ("type='conf' is not known", "TYPE='conf' is not known"),
        ("unbalanced) groups=2", "unbalanced) --groups=2"),
        ("output = H must be a number here: put numbers for H, for example op.subs(H=...)", ""),
    ],
)
def test_keywords_become_options_and_code_stays_code(message, told):
    found = in_options(message)
    if told is None:
        assert found == message.replace(": groups=4", ": --groups=4")
    elif told == "":
        assert found == "--output must be a number here, not H: put numbers for H"
    else:
        assert found == told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["derive", "ratio", "conv", "channel-shuffle"],
            "Error: OTHER=ca.Kron(operators=(ca.Shuffle(size='D', groups='g'), ",
        ),
        (["derive", "ratio", "channel-shuffle", "nix"], "Error: TYPE='nix'"),
        (
            ["derive", "identity", "A5"],
            "Error: NAME='A5' may be any of the identities depthwise separable;",
        ),
        (["derive", "identity", "A99"], "NAME='A99' is no identity; `convalgebra identities` has them"),
        (["identities", "A99"], "NAME='A99' is no identity; `convalgebra identities` has them"),
        (["identities", " "], "NAME=' ' must be the name of one of `convalgebra identities`"),
        (["claims", "S99-01"], "ID='S99-01' is not in the ledger"),
        (["claims", "--section", "99"], "--section='99' is none"),
        (["show", "fourier-conv", "--modulus", "13"], "--input must be a number here, not H: put numbers"),
    ],
)
def test_a_mistake_is_told_in_the_words_of_the_usage_line(arguments, said):
    done = inside(*arguments)
    assert done.exit_code == 2
    assert said in done.output


# --- channels ------------------------------------------------------------------------------------


def test_channels_need_no_image():
    shown = inside("show", "grouped", "--channels", "--in", "4", "--out", "4", "--groups", "2")
    assert shown.exit_code == 0, shown.output
    assert shown.output.endswith("██··\n██··\n··██\n··██\n")
    assert "conditions:       H >= h, W >= h" in shown.output  # the rest of it keeps its names


def test_channels_name_the_options_that_join_them():
    done = inside("show", "grouped", "--channels", "--in", "4")
    assert done.exit_code == 2
    assert "give --out, --groups" in done.output
    assert "give --in\n" in inside("show", "depthwise", "--channels").output


@pytest.mark.parametrize("name", [kind.name for kind in types()])
def test_the_channels_of_every_type_are_those_at_any_size(name):
    kind = find_type(name)
    given = {k: kind.shown_with[k] for k in DECIDING if k in kind.shown_with and k in kind.parameters}
    given = {k: ca.conv(1, 1, v, 1).subs(_named(v)).input_size[0] for k, v in given.items()}
    spelt = {"in_channels": "--in", "channels": "--in", "out_channels": "--out"}
    options = [
        part for k, v in given.items() for part in (spelt.get(k, f"--{k.replace('_', '-')}"), str(v))
    ]
    done = inside("show", name, "--channels", "--format", "json", *options)
    assert done.exit_code == 0, done.output
    operator = kind.make(**given)
    larger = operator.subs(
        {str(n): {"h": 3}.get(str(n), 2) if str(n) not in "HWNTq" else 8 for n in operator.symbols}
    )
    assert json.loads(done.output)["channels"] == str(larger.channel_pattern()).splitlines()


def _named(value):
    names = {str(s) for s in ca.conv(1, 1, value, 1).symbols}
    return {name: NUMBERS[name] for name in names}


def test_an_image_that_nothing_small_fits_is_told():
    done = inside("show", "conv", "--in", "1", "--out", "1", "--kernel", "99", "--channels")
    assert done.exit_code == 2
    assert "give numbers for H, W" in done.output


# --- what is shown -------------------------------------------------------------------------------


def test_show_prints_the_call_of_the_catalogue():
    assert (
        "ca.winograd('D', 'N_c', ('H', 'W'), 3, tile=4)\n"
        in inside("show", "winograd", "--tile", "4").output
    )
    assert "ca.conv('D', 'N_c', ('H', 'W'), 3, padding='same')\n" in inside("show", "same").output
    assert "ca.conv('D', 'N_c', 'N', 'h')\n" in inside("show", "conv_1d").output


def test_show_has_every_count_of_the_package():
    assert set(COUNTS) <= set(json.loads(inside("show", "conv", "--format", "json").output))


def test_what_two_counts_need_is_told_in_one_order():
    H, W, operator = ca.symbol("H"), ca.symbol("W"), ca.conv("D", "N_c", ("H", "W"), 1)
    orders = ((H >= 2, W >= 3, H >= W), (W >= 3, H >= W, H >= 2))
    costs = {str(at): ca.Quantity(1, "additions", order) for at, order in enumerate(orders)}
    first, second = needed(operator, costs).values()
    assert first == second
    assert first == ["H >= 2", "H >= W", "W >= 3"]


def test_identities_show_source_and_counterexample():
    done = inside("identities", "--cases", "2", "a bias through", "A12")
    assert done.exit_code == 0, done.output
    lines = [line.strip() for line in done.output.splitlines()]
    theorems = {theorem.name: theorem for theorem in ca.identities()}
    assert f"source: {theorems['a bias through a depthwise stage'].source}" in lines
    assert f"source: {theorems['strided is decimated'].source}" in lines
    outside = "not at channels=1, input_size=(3,), kernel_size=(2,), padding=((1, 1),): the entries differ"
    assert [line for line in lines if line.startswith("not at")] == [outside]


def test_identities_are_named_by_label_name_or_part_and_checked_once():
    def names(*given):
        found = json.loads(inside("identities", "--cases", "1", "--format", "json", *given).output)
        return [one["name"] for one in found]

    a7 = [theorem.name for theorem in ca.identities() if theorem.label == "A7"]
    assert len(a7) > 1
    assert names("a7") == names("A7", "order of a shuffle") == a7
    assert names("Pointwise") == ["pointwise"]
    assert names("mixed prod", "MIXED product") == ["mixed product"]
    assert names("shuffle ") == [t.name for t in ca.identities() if "shuffle" in t.name]


N, m, h = (ca.symbol(name) for name in ("N", "m", "h"))


@pytest.mark.parametrize(
    ("found", "printed"),
    [
        ((m - 2 * N - 1) / (m**2 - N * m - m), "(2*N - m + 1)/(m*(N - m + 1))"),
        ((9 + N) / (N * h**2 + 9 * h), "(N + 9)/(h*(N*h + 9))"),
        (1 / N + 1 / h**2, "1/N + 1/h**2"),  # as short as it is
        (h * (m - 1) + 1, "h*(m - 1) + 1"),  # no fraction
        (sympy.floor(N / 2) / m, "floor(N/2)/m"),  # of no polynomials
        (0.5 * N / (m * N + N), "0.5*N/(N*m + N)"),  # not exact
        (sympy.Integer(3), "3"),
        (sympy.Ge(N, m), "N >= m"),
    ],
)
def test_a_formula_that_was_found_reads_as_a_person_writes_it(found, printed):
    assert ca.text(readable(found)) == printed
    assert in_text([found, "28%"], readable) == f"[{printed}, 28%]"


def test_a_very_long_formula_is_printed_as_it_is():
    long = sum(ca.symbol(f"a{at}") ** at for at in range(1, 150)) / (m * N + N)
    assert readable(long) is long


def test_a_claim_says_what_it_says_and_finds_it_in_reading_order():
    lines = inside("claims", "S08-12").output.splitlines()
    (first,) = (line for line in lines if "fails, outside the condition: all sizes" in line)
    assert first.endswith("says 2/m + 2/(m*(N - 2)), found (2*N - m + 1)/(m*(N - m + 1))")


# --- Python --------------------------------------------------------------------------------------


def test_a_claim_is_judged_by_its_name():
    assert ca.judge("s08-12") == ca.judge(ca.find_claim("S08-12"))
    for wrong in ("S99-01", 3, None):
        with pytest.raises(ca.ArgumentError, match=repr(wrong)):
            ca.judge(wrong)


def test_the_package_shows_its_public_names_alone():
    assert [name for name in dir(ca) if not name.startswith("__")] == sorted(ca.__all__)
    assert {"__version__", "__doc__"} <= set(dir(ca))
