"""The plugin, in runs of pytest of their own; and what importing the kit brings in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from convalgebra.testing.plugin import _tables
from convalgebra.testing.table import CountError

SUITE = """
    import pytest
    import convalgebra as ca
    from convalgebra.testing import assert_count, assert_ratio

    LINE = ca.conv(1, 1, "N", "m")
    GRID = {"N": range(1, 6), "m": (1, 2)}

    def test_right():
        assert_count("m*(N - m + 1)", LINE, GRID)

    def test_wrong():
        assert_count("m*N", LINE, GRID)

    def test_wrong_ratio():
        assert_ratio("2", LINE, LINE, [{"N": 5, "m": 3}])

    def test_wrong_elsewhere():
        assert 1 == 2

    def test_caught():
        with pytest.raises(AssertionError):
            assert_count("m*N", LINE, GRID)

    def test_within_another_error():
        try:
            assert_count("m*N", LINE, {"N": 2, "m": 2})
        except AssertionError as error:
            raise RuntimeError("the cost is off") from error
"""
ROOT = Path(__file__).parents[1]
TITLE = " formula / measured "


def run(folder: Path, suite: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(textwrap.dedent(suite))
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    command += ["-p", "convalgebra.testing.plugin", *options, str(folder)]
    return subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )


def environment() -> dict[str, str]:
    """Return one in which this tree's package is found and no plugin is loaded that is not asked for."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    own = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return given | own


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    done = run(tmp_path_factory.mktemp("suite"), SUITE)
    assert "4 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    return done.stdout


def sections(output: str) -> dict[str, str]:
    """Return what is told of each failure, by the name of its test."""
    failures = output.split(" FAILURES ")[1].split(" short test summary ", maxsplit=1)[0]
    parts = failures.split("\n__")[1:]
    return {part.split()[1]: part for part in parts}


def test_the_whole_table_is_below_each_failed_count(output: str) -> None:
    told = sections(output)
    assert set(told) == {
        "test_wrong",
        "test_wrong_ratio",
        "test_wrong_elsewhere",
        "test_within_another_error",
    }
    table = told["test_wrong"].split(TITLE)[1].splitlines()[1:]
    rows = [(N, m) for N in range(1, 6) for m in (1, 2) if m <= N]
    expected = [f"{N}  {m}  {N * m:7}  {m * (N - m + 1):8}{'  differs' * (m > 1)}" for N, m in rows]
    assert table[0] == "N  m  formula  measured"
    assert sorted(line for line in table[1:] if line) == sorted(expected)
    assert "5  3        2       9/9  differs" in told["test_wrong_ratio"].split(TITLE)[1]


def test_a_formula_that_cannot_be_read_is_told_at_the_users_line(tmp_path: Path) -> None:
    suite = """
        import convalgebra as ca
        from convalgebra.testing import assert_count

        def test_misspelt():
            assert_count("m^2 * N", ca.conv(1, 1, "N", "m"))
    """
    told = run(tmp_path, suite).stdout
    assert "formula: '^' is no part of a formula" in told
    assert 'assert_count("m^2 * N", ca.conv(1, 1, "N", "m"))' in told
    assert not re.search(r"(grammar|stated|counts)\.py", told)


def test_an_error_that_came_from_a_count_shows_its_table(output: str) -> None:
    assert sections(output)["test_within_another_error"].count(TITLE) == 1
    assert (
        "2  2        4         2  differs" in sections(output)["test_within_another_error"].split(TITLE)[1]
    )


def test_no_other_test_shows_one(output: str) -> None:
    assert output.count(TITLE) == 3
    assert TITLE not in sections(output)["test_wrong_elsewhere"]


def test_the_traceback_ends_at_the_users_line(output: str) -> None:
    told = sections(output)["test_wrong"]
    assert 'assert_count("m*N", LINE, GRID)' in told
    assert "counts.py" not in told.split(TITLE)[0].split("E  ")[0]


@pytest.mark.sweep
def test_without_the_plugin_the_message_has_the_first_rows(tmp_path: Path) -> None:
    done = run(tmp_path, SUITE, "-p", "no:convalgebra.testing.plugin", "-k", "test_wrong")
    assert TITLE not in done.stdout
    assert "smallest counterexample: N=2, m=2: formula 4, measured 2" in done.stdout


@pytest.mark.sweep
def test_each_style_of_traceback_and_a_report_file_take_it(tmp_path: Path) -> None:
    done = run(tmp_path, SUITE, "--tb=native", "--junitxml=report.xml", "-k", "test_wrong_ratio")
    assert TITLE in done.stdout
    assert "5  3        2       9/9  differs" in (tmp_path / "report.xml").read_text()
    done = run(tmp_path, SUITE, "--tb=no", "-k", "test_wrong_ratio")
    assert "1 failed" in done.stdout
    assert TITLE not in done.stdout


def test_errors_that_go_round_in_circles_end() -> None:
    first, second = ValueError(), CountError("wrong", "the table")
    first.__context__, second.__context__ = second, first
    assert list(_tables(first, set())) == ["the table"]
    assert list(_tables(ExceptionGroup("several", [second]), set())) == ["the table"]
    assert list(_tables(first.with_traceback(None), {id(first)})) == []


LOOK = """
    import sys

    def test_what_is_loaded():
        loaded = {name for name in sys.modules if name.partition(".")[0] == "convalgebra"}
        assert loaded == {"convalgebra", "convalgebra.testing", "convalgebra.testing.plugin"}
        assert not {"numpy", "scipy", "sympy", "hypothesis"} & set(sys.modules)

    def test_that_fails():
        assert 0
"""


def test_pytest_loads_nothing_else_through_the_plugin(tmp_path: Path) -> None:
    done = run(tmp_path, LOOK)
    assert "1 failed, 1 passed" in done.stdout, done.stdout


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_kit_needs_neither_hypothesis_nor_pytest() -> None:
    told = python(
        """
        import sys
        for name in ("hypothesis", "pytest", "_pytest"):
            sys.modules[name] = None
        import convalgebra.testing as kit
        assert "numpy" not in sys.modules
        import convalgebra as ca
        kit.assert_count("m*(N - m + 1)", ca.conv(1, 1, "N", "m"), 5)
        kit.assert_adjoint(lambda x: x, lambda y: y, shapes=(3, 3))
        for name in ("operators", "axes", "weights"):
            try:
                getattr(kit, name)
            except ImportError as error:
                print(error)
        """
    )
    names = ("operators", "axes", "weights")
    expected = [f"convalgebra.testing.{name} needs hypothesis: pip install hypothesis" for name in names]
    assert told.splitlines() == expected


def test_the_kit_has_what_it_lists_and_nothing_else() -> None:
    import convalgebra.testing as kit

    assert sorted(kit.__all__) == kit.__all__
    assert all(callable(getattr(kit, name)) for name in kit.__all__)
    assert set(kit.__all__) <= set(dir(kit))
    with pytest.raises(AttributeError, match="assert_nothing"):
        _ = kit.assert_nothing
