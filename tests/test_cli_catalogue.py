"""The commands list, show and matrix: as a user meets them, and type by type of the catalogue."""

import json
import subprocess
import sys
from math import prod
from xml.etree import ElementTree

import numpy as np
import pytest
import sympy
from click.testing import CliRunner
from scipy import io, sparse

import convalgebra as ca
from convalgebra.catalogue.types import find_type, types
from convalgebra.cli import main, reading
from convalgebra.cli.mistakes import in_options
from convalgebra.cli.options import SPELLINGS
from convalgebra.cli.show import UNTOLD
from tests.test_cli import run

NUMBERS = {"D": 4, "N_c": 2, "H": 6, "W": 5, "T": 4, "N": 7, "h": 3, "s": 2, "l": 2}
NUMBERS |= {"q": 4, "g": 2, "b": 4, "p": 1, "r": 2, "C": 2}
TYPES = [t.name for t in types()]
SMALL = ("conv", "--in", "1", "--out", "2", "--input", "4,4", "--kernel", "3")


def numeric(kind):
    """The operator of a type with a number for every name."""
    operator = kind.make()
    return operator.subs({name: NUMBERS[name] for name in map(str, operator.symbols)})


def as_options(kind):
    """The same numbers as a user writes them."""
    arguments = []
    for keyword, value in as_keywords(kind).items():
        values = value if isinstance(value, tuple) else (value,)
        arguments += [SPELLINGS[keyword], ",".join(map(str, values))]
    return arguments


def as_keywords(kind):
    """The same numbers as keywords."""
    given = {k: v for k, v in kind.shown_with.items() if k != "table" and k not in kind.settled}
    return {
        keyword: tuple(map(in_numbers, value)) if isinstance(value, tuple) else in_numbers(value)
        for keyword, value in given.items()
    }


def in_numbers(size):
    symbols = {name: ca.symbol(name) for name in NUMBERS}
    formula = symbols.get(size, size) if isinstance(size, str) else size
    return int(sympy.sympify(formula).subs({symbols[n]: v for n, v in NUMBERS.items()}))


def numbered(operator):
    first, weights = 1, {}
    for name, shape in operator.weight_shapes.items():
        weights[name] = np.arange(first, first + prod(shape)).reshape(shape)
        first += prod(shape)
    return weights


def inside(*arguments):
    return CliRunner().invoke(main, list(arguments))


def made_by(call):
    """What a printed call makes: the calls are ours, and they can be pasted back."""
    assert call.startswith("ca.")
    return eval(call, {"ca": ca, "sympy": sympy})


def equal(a, b):
    return a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a.toarray(), b.toarray())


# --- list ----------------------------------------------------------------------------------------


def test_list_has_a_line_for_every_type_with_its_cost(tmp_path):
    done = run("list", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines, _, settings = done.stdout.partition("\n\n")
    lines = lines.splitlines()
    assert len(lines) == 1 + len(TYPES)
    for line, kind in zip(lines[1:], types(), strict=True):
        assert line.split()[:2] == [str(kind.family or "-"), kind.name]
        assert kind.summary in line
        assert line.endswith(ca.text(kind.make().multiplications))
    assert "\x1b" not in done.stdout
    assert done.stderr == ""
    assert max(map(len, settings.splitlines())) <= 100
    _, *named = settings.replace("\n", " ").partition("Settings of ca.conv: ")[2].rstrip(". ").split(", ")
    assert named == [kind.name for kind in types() if kind.function is ca.conv and kind.name != "conv"][1:]


def test_list_as_json(tmp_path):
    found = json.loads(run("list", "--format", "json", cwd=tmp_path).stdout)
    assert [f["name"] for f in found] == TYPES
    for one, kind in zip(found, types(), strict=True):
        cost = kind.make().multiplications
        assert one["multiplications"] == (cost if isinstance(cost, int) else ca.text(cost))
        assert (one["family"], one["summary"]) == (kind.family, kind.summary)
        assert one["arguments"] == list(kind.parameters)
        assert made_by(one["call"]) == kind.make()


# --- show ----------------------------------------------------------------------------------------


def test_show_by_name_prints_formulas(tmp_path):
    done = run("show", "depthwise", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "D*h**2*(H - h + 1)*(W - h + 1)" in done.stdout
    assert "H >= h, W >= h" in done.stdout
    assert "depthwise (D, 1, h, h)" in done.stdout
    assert "measured" not in done.stdout


def test_show_with_numbers_measures(tmp_path):
    done = run("show", "conv", "--in", "3", "--out", "128", "--input", "7,7", "--kernel", "3", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "(3200, 147)" in done.stdout
    assert "86400 multiplications, 83200 additions  ✓" in done.stdout


def test_show_as_json_says_what_python_says(tmp_path):
    done = run("show", *SMALL, "--padding", "1:0,2:2", "--format", "json", cwd=tmp_path)
    facts = json.loads(done.stdout)
    operator = ca.conv(1, 2, (4, 4), 3, padding=((1, 0), (2, 2)))
    counts = ca.measure(operator)
    assert facts["call"] == "ca.conv(1, 2, (4, 4), 3, padding=((1, 0), (2, 2)))"
    assert facts["structure"] == operator.structure()
    assert tuple(facts["output_shape"]) == operator.output_shape
    assert tuple(facts["shape"]) == operator.shape
    assert facts["weights"] == {"weight": [2, 1, 3, 3]}
    for name in ("multiplications", "mult_adds", "additions", "parameters"):
        assert facts[name] == getattr(operator, name)
    assert facts["measured"] == {
        "multiplications": counts.multiplications,
        "additions": counts.additions,
    }
    assert facts["agrees"] is True


def test_show_takes_sizes_as_small_formulas():
    done = inside("show", "pixel-shuffle", "--in", "4*C", "--input", "2*q,(N-1)", "--factor", "2")
    assert done.exit_code == 0, done.output
    assert "(C, 4*q, 2*N - 2)" in done.output


def test_show_says_what_divides_what():
    assert "g divides D, g divides N_c" in inside("show", "grouped").output


def test_show_pictures_the_channels():
    sizes = ("--in", "4", "--out", "4", "--input", "5", "--kernel", "3", "--groups", "2")
    done = inside("show", "grouped", *sizes, "--channels")
    assert done.output.endswith("██··\n██··\n··██\n··██\n")


def test_a_count_that_the_structure_does_not_tell_is_null(monkeypatch):
    def untold(self):
        raise ca.SymbolError("numbers are needed")

    monkeypatch.setattr(ca.Conv, "additions", property(untold))
    assert json.loads(inside("show", "conv", "--format", "json").output)["additions"] is None
    assert UNTOLD in inside("show", "conv").output


def test_a_table_of_connections_comes_from_a_file(tmp_path):
    file = tmp_path / "table.txt"
    file.write_text("1 0 1\n0 1 1\n")
    sizes = ("--input", "4", "--kernel", "2", "--format", "json")
    facts = json.loads(inside("show", "connected", "--table", str(file), *sizes).output)
    assert facts["multiplications"] == ca.connected([[1, 0, 1], [0, 1, 1]], 4, 2).multiplications
    assert facts["call"] == "ca.connected(((1, 0, 1), (0, 1, 1)), 4, 2)"
    for wrong in ("1 2\n0 1\n", "1 0\n1\n", "a b\n", "", "1.0 0.0\n"):
        file.write_text(wrong)
        done = inside("show", "connected", "--table", str(file))
        assert done.exit_code == 2, wrong
        assert "--table=" in done.output
    assert inside("show", "connected", "--table", str(tmp_path / "missing")).exit_code == 2


def test_switches_and_words():
    flipped = json.loads(inside("show", *SMALL, "--flip", "--format", "json").output)
    assert made_by(flipped["call"]) == ca.conv(1, 2, (4, 4), 3, flip=True)
    around = json.loads(
        inside("show", *SMALL, "--padding", "same", "--padding-mode", "circular", "--format", "json").output
    )
    assert made_by(around["call"]) == ca.conv(1, 2, (4, 4), 3, padding="same", padding_mode="circular")


# --- every type ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TYPES)
def test_every_type_is_shown_by_name_and_by_number(name):
    kind = find_type(name)
    by_name = inside("show", name, "--format", "json")
    assert by_name.exit_code == 0, by_name.output
    assert json.loads(by_name.output)["measured"] is None
    assert inside("show", name).exit_code == 0
    done = inside("show", name, *as_options(kind), "--format", "json")
    assert done.exit_code == 0, done.output
    facts = json.loads(done.output)
    assert tuple(facts["shape"]) == numeric(kind).shape
    assert made_by(facts["call"]) == kind.make(**as_keywords(kind))
    assert len(facts["call"]) < 250 or name == "connected"
    assert facts["agrees"] is True


@pytest.mark.parametrize("name", TYPES)
def test_every_type_is_written_as_a_matrix(name, tmp_path):
    kind = find_type(name)
    operator = numeric(kind)
    expected = operator.matrix(numbered(operator))
    for suffix, read in ((".npz", sparse.load_npz), (".mtx", io.mmread)):
        file = tmp_path / f"matrix{suffix}"
        done = inside("matrix", name, *as_options(kind), "--output", str(file))
        assert done.exit_code == 0, done.output
        assert equal(sparse.csr_array(read(file)), expected)
    file = tmp_path / "matrix.png"
    done = inside("matrix", name, *as_options(kind), "--output", str(file), "--format", "json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.output) == {
        "file": str(file),
        "shape": list(expected.shape),
        "entries": expected.nnz,
    }
    assert file.read_bytes().startswith(b"\x89PNG\r\n")


# --- matrix --------------------------------------------------------------------------------------


def test_a_matrix_keeps_its_entries_and_says_what_it_wrote(tmp_path):
    done = run("matrix", *SMALL, "--output", "c.npz", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "wrote c.npz: matrix (8, 16), 72 entries\n"
    operator = ca.conv(1, 2, (4, 4), 3)
    assert equal(sparse.load_npz(tmp_path / "c.npz"), operator.matrix(numbered(operator)))
    assert [file.name for file in tmp_path.iterdir()] == ["c.npz"]


@pytest.mark.sweep
@pytest.mark.parametrize("suffix", ["npz", "mtx", "png", "svg", "pdf"])
def test_the_same_input_gives_the_same_bytes(suffix, tmp_path):
    files = [tmp_path / f"{at}.{suffix}" for at in range(2)]
    sizes = ("--in", "2", "--out", "2", "--input", "5,5", "--kernel", "3")
    for file in files:
        done = run("matrix", "depthwise_separable", *sizes, "-o", file.name, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
    first, second = (file.read_bytes() for file in files)
    assert first == second
    if suffix == "svg":
        assert ElementTree.fromstring(first).tag.endswith("svg")
    if suffix == "pdf":
        assert first.startswith(b"%PDF-")
        assert first.rstrip().endswith(b"%%EOF")
    if suffix in ("svg", "pdf", "png"):
        assert str(tmp_path).encode() not in first


def test_weights_are_ones_random_or_from_a_file(tmp_path):
    operator = ca.conv(1, 2, (4, 4), 3)
    file, given = tmp_path / "c.mtx", tmp_path / "weights.npz"
    weight = np.random.default_rng(3).normal(size=(2, 1, 3, 3))
    np.savez(given, weight=weight)

    def written(*arguments):
        done = inside("matrix", *SMALL, "-o", str(file), *arguments)
        assert done.exit_code == 0, done.output
        return sparse.csr_array(io.mmread(file))

    assert equal(written("--weights", "ones"), operator.matrix(np.ones((2, 1, 3, 3), int)))
    assert equal(written("--weights", str(given)), operator.matrix(weight))
    one, again, other = (written("--weights", "random", "--seed", seed) for seed in ("1", "1", "2"))
    assert equal(one, again)
    assert not equal(one, other)


def test_weights_that_do_not_fit_are_mistakes(tmp_path):
    wrong_shape, wrong_name, pickled, text = (tmp_path / f"{n}.npz" for n in "abcd")
    np.savez(wrong_shape, weight=np.ones((2, 1, 2, 2)))
    np.savez(wrong_name, kernel=np.ones((2, 1, 3, 3)))
    np.savez(pickled, weight=np.array([{}], object))
    text.write_text("no archive")
    for source in (wrong_shape, wrong_name, pickled, text, tmp_path / "missing.npz", "twos"):
        done = inside("matrix", *SMALL, "-o", str(tmp_path / "out.npz"), "--weights", str(source))
        assert done.exit_code == 2, done.output
        assert "weight" in done.output
    assert not (tmp_path / "out.npz").exists()


def test_a_large_matrix_is_drawn_as_a_density(tmp_path):
    sizes = ("--in", "2", "--out", "3", "--input", "40,40", "--kernel", "3")
    for suffix in ("png", "pdf"):
        done = inside("matrix", "conv", *sizes, "-o", str(tmp_path / f"c.{suffix}"))
        assert done.exit_code == 0, done.output
        assert (tmp_path / f"c.{suffix}").stat().st_size < 300_000


# --- mistakes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "conf"], 2, "near it: conv"),
        (["show", "conv", "--input", "N;M"], 2, "--input='N;M' is not a size"),
        (["show", "conv", "--input", "__import__('os')"], 2, "is not a size"),
        (
            ["show", "winograd", "--dilation", "2"],
            2,
            "not an option of winograd; it takes --in",
        ),
        (["show", "conv", "--kernel", "9", "--input", "7"], 2, "--kernel 9"),
        (["matrix", *SMALL, "-o", "c.jpg"], 2, ".npz, .mtx (numbers) or .png, .svg, .pdf"),
        (["matrix", *SMALL, "-o", "nowhere/c.npz"], 2, "the folder 'nowhere' is not there"),
        (["matrix", "conv", "--in", "3", "-o", "c.npz"], 2, "numbers with --out, --input, --kernel"),
        (["matrix", *SMALL], 2, "--output"),
        (["matrix", *SMALL, "--memory-limit", "10", "-o", "c.npz"], 1, "over the memory limit of 10 bytes"),
        (["matrix", *SMALL, "--memory-limit", "much", "-o", "c.png"], 2, "--memory-limit='much'"),
    ],
)
def test_a_mistake_says_what_would_be_right_and_leaves_nothing(arguments, code, said, tmp_path):
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_survives_a_mistake(tmp_path):
    file = tmp_path / "c.npz"
    file.write_text("mine")
    assert inside("matrix", *SMALL, "--memory-limit", "10", "-o", str(file)).exit_code == 1
    assert file.read_text() == "mine"
    folder = tmp_path / "d.npz"
    folder.mkdir()
    assert inside("matrix", *SMALL, "-o", str(folder)).exit_code == 2
    assert list(tmp_path.glob(".*")) == []


NO_SIZES = ("", "N**2", "N/2", "2.5", "f(N)", "N.real", "N[0]", "True", "None", "'N'", "lambda: 1")
NO_SIZES += ("N if 1 else 2", "N__c", "_N", "1 2", "x:=1", "~1", "é", "1_000", "0x10", "N//2", "floor(N)")
TOO_LARGE = ("(" * 150, "9" * 30, "10**9", "99999*99999", "N" * 201)


@pytest.mark.parametrize("text", NO_SIZES + TOO_LARGE)
def test_what_is_not_a_size_is_refused(text):
    done = inside("show", "conv", "--kernel", text)
    assert done.exit_code == 2, done.output
    assert "--kernel" in done.output


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("N", ca.symbol("N")),
        ("-N", -ca.symbol("N")),
        ("2*q-1", 2 * ca.symbol("q") - 1),
        ("2*(3+4)", 14),
        ("N-N", 0),
        ("N_c", ca.symbol("N_c")),
    ],
)
def test_what_is_a_size(text, value):
    found = reading.size(text, "--input")
    assert found == value
    assert type(found) is type(value) or not isinstance(value, int)


def test_names_of_python_are_only_names():
    assert reading.size("eval", "--input") == ca.symbol("eval")
    assert reading.size("os", "--input") is not None


def test_messages_speak_of_options():
    assert in_options("padding='x' and stride are words") == "--padding='x' and stride are words"
    assert in_options("put numbers for N, as in op.subs(N=...)") == "put numbers for N"


@pytest.mark.parametrize("arguments", ["--help", "--version", "show --help", "matrix --help"])
def test_help_loads_nothing_heavy(arguments):
    code = (
        "import sys; from convalgebra.cli import main\n"
        "try: main(sys.argv[1:], prog_name='convalgebra')\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'scipy', 'sympy', 'matplotlib', 'jinja2', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments.split()], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_keyword_of_every_type_has_an_option() -> None:
    assert {p for kind in types() for p in kind.parameters} <= set(SPELLINGS)


@pytest.mark.sweep
def test_a_last_window_that_overhangs_and_points_of_winograd(tmp_path):
    sizes = ("--in", "1", "--input", "5", "--kernel", "2")
    shown = json.loads(
        run("show", "average-pool", *sizes, "--ceil-mode", "--format", "json", cwd=tmp_path).stdout
    )
    assert shown["output_shape"] == [1, 3]
    sizes = ("--in", "1", "--out", "1", "--input", "5", "--kernel", "2", "--tile", "2")
    shown = run("show", "winograd", *sizes, "--points", "0,-1/2", cwd=tmp_path)
    assert "ca.winograd(1, 1, 5, 2, tile=2, points=(0, sympy.Rational(-1, 2)))" in shown.stdout
    for wrong in ("1/0", "x,1", "1/2/3", "0.5,1"):
        done = run("show", "winograd", *sizes, "--points", wrong, cwd=tmp_path)
        assert done.returncode == 2
        assert "--points" in done.stderr
