"""Mutation testing of counting, axis and derivation: ``make mutants``, ``python -m tests.mutants ROOM``.

Each mutant is the package with one operator, number or comparison changed, as cosmic-ray makes them; it is
killed when a test of its room fails; only tests that run the changed line are tried, quick ones first.
The mutants stand in copies of the project, so the checkout is never touched. A worker imports the libraries
once and forks for each mutant: that is what makes thousands of them a matter of minutes. What survives is
printed as a diff as soon as it has; how far a module is stands in ``progress.txt`` of its copy:
``tail .mutants/*/progress.txt``. With ``--again OUTPUT`` only those are tried that survived there.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import difflib
import json
import os
import re
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".mutants"
COPIED = ("convalgebra", "tests", "pyproject.toml", "README.md")
WORKERS = 2
LEAST_KILLED = 0.9
# A mutant that never ends is killed too. The seconds are a processor's: a busy machine kills nothing. Its
# tests take ENOUGH together; to run all of a room and watch them takes longer.
TIMEOUT, WATCHED = 50, 600
# Left out: unions in annotations, which are never run; powers, shifts, bits and remainders in the place of
# sums and products, which formulas refuse at once: to count these would only flatter the share.
EXCLUDED = re.compile(
    r"core/ReplaceBinaryOperator_(BitOr_.*|.*_(Pow|LShift|RShift|BitOr|BitAnd|BitXor|Mod))"
)
OPTIONS = ("-x", "-q", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:xdist")
# Of the tests that run a changed line the quick ones are tried, as many as took so long together; none that
# may take all of TIMEOUT with these: stopped, it would kill every mutant.
ENOUGH, LONGEST = 15.0, 30.0
# What pytest ends with where there was no test to run: a mutant that renames its tests is not killed.
NO_TESTS = 5
# Of each module, which tests run a line, a function by the first line of its body; and all of them.
Covering = dict[str, dict[int, list[str]]]
ALL = 0

# Each room, and the tests that are to kill its mutants.
ROOMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "axis": (
        ("axis.py", "unclipped.py"),
        (
            "convalgebra/axis.py",
            "convalgebra/unclipped.py",
            "tests/test_axis.py",
            "tests/test_unclipped.py",
            # It draws formulas: slow, and what it would kill the tests of numbers have killed.
            "--deselect=tests/test_axis.py::test_formulas_are_the_counts",
        ),
    ),
    "counting": (
        ("counting",),
        (
            "convalgebra/counting",
            "tests/test_compare.py",
            "tests/test_counting_rooms.py",
            "tests/test_measure.py",
            "tests/test_costs.py",
            "tests/test_measured.py",
            "tests/test_testing_counts.py",
        ),
    ),
    "derivation": (
        ("derivation", "exact.py"),
        (
            "convalgebra/exact.py",
            "convalgebra/derivation",
            "tests/test_brackets.py",
            "tests/test_derivation_costs.py",
            "tests/test_derivation_identities.py",
            "tests/test_derivation_rooms.py",
            "tests/test_derivation_sizes.py",
            "tests/test_derivations_oracle.py",
            "tests/test_derivations_steps.py",
            "tests/test_derivations_written.py",
            "tests/test_derivations.py",
            "tests/test_derivations_kinds.py",
        ),
    ),
}


@dataclass(frozen=True)
class Tally:
    """How many mutants of a module were killed and how many were not, of how many there are."""

    module: str
    total: int
    killed: int = 0
    survived: int = 0

    def __str__(self) -> str:
        tried = self.killed + self.survived
        return (
            f"{self.module}: {self.killed} killed, {self.survived} survived, {tried} tried of {self.total}"
        )


def main() -> int:
    """Run the mutants of the rooms; return 1 where fewer than nine in ten are killed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"some of {', '.join(ROOMS)}; all of them")
    parser.add_argument(
        "--module", action="append", metavar="FILE", help="only this one: derivation/step.py"
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each N-th mutant: a sample")
    parser.add_argument("--again", type=Path, metavar="OUTPUT", help="only what survives in that output")
    parser.add_argument("--workers", type=int, default=WORKERS, metavar="N", help="modules at once")
    given = parser.parse_args()
    if unknown := set(given.module or ()) - {name for room in ROOMS for name in _modules(ROOMS[room][0])}:
        parser.error(f"--module {', '.join(sorted(unknown))}: none of the rooms' modules")
    shutil.rmtree(WORK, ignore_errors=True)
    for name in ("convalgebra", "tests"):
        compileall.compile_dir(ROOT / name, quiet=2)  # once, and not again for each mutant
    rooms = given.rooms or [room for room in ROOMS if _wanted(_modules(ROOMS[room][0]), given.module)]
    again = given.again and given.again.read_text("utf-8")
    tallies = []
    # A process for each task: what one has imported is not the next one's.
    with ProcessPoolExecutor(given.workers, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        work = [
            (module, covering[module], given.every, again)
            for covering in pool.map(_covering, rooms)
            for module in _wanted(covering, given.module)
        ]
        work.sort(key=lambda task: -(ROOT / "convalgebra" / task[0]).stat().st_size)
        for tally in pool.map(_try_module, *zip(*work, strict=True)):
            tallies.append(tally)
            print(tally, flush=True)
    return _summed_up(tallies)


def _summed_up(tallies: Sequence[Tally]) -> int:
    """Print how many of all were killed; return 1 where they are too few, or where nothing was tried."""
    killed, total = sum(t.killed for t in tallies), sum(t.total for t in tallies)
    if not total:
        print("no mutant was tried: with --again, the code is not that of the output")
        return 1
    print(f"all: {killed} of {total} killed, {killed / total:.1%}")
    return 0 if killed >= LEAST_KILLED * total else 1


def _wanted(modules: Iterable[str], chosen: Sequence[str] | None) -> list[str]:
    """Return those modules that were asked for, all where none was."""
    return [module for module in modules if not chosen or module in chosen]


def _modules(names: tuple[str, ...]) -> list[str]:
    package = ROOT / "convalgebra"
    found = [
        path for name in names for path in (sorted((package / name).rglob("*.py")) or [package / name])
    ]
    return [str(path.relative_to(package)) for path in found if path.name != "__init__.py"]


def _covering(room: str) -> Covering:
    """Run the tests of a room as they are, and see which of them run which lines."""
    parts, tests = ROOMS[room]
    copy = _copied(f"all of {room}")
    _import_libraries(copy)
    modules = _modules(parts)
    if _ended(copy, tests, lambda: _Watch(copy, modules), WATCHED):
        raise SystemExit(f"{room}: its tests fail before anything is changed: {' '.join(tests)}")
    seen = json.loads((copy / "seen.json").read_text("utf-8"))
    return {module: {int(line): names for line, names in seen[module].items()} for module in modules}


class _Watch:
    """A pytest plugin that writes which tests run which lines of some modules, quick tests first."""

    def __init__(self, copy: Path, modules: Sequence[str]) -> None:
        import coverage

        self.copy, self.modules, self.seconds = copy, modules, dict[str, float]()
        self.begun = 0.0
        files = [str(copy / "convalgebra" / module) for module in modules]
        self.coverage = coverage.Coverage(data_file=None, include=files, config_file=False)
        self.coverage.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.coverage.switch_context(nodeid)
        self.begun = time.process_time()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.seconds[nodeid] = time.process_time() - self.begun

    def pytest_sessionfinish(self) -> None:
        self.coverage.stop()
        data = self.coverage.get_data()
        quick = sorted(self.seconds, key=self.seconds.__getitem__)
        seen = {}
        for module in self.modules:
            path = self.copy / "convalgebra" / module
            by_line = data.contexts_by_lineno(str(path))
            seen[module] = {
                body.start: _enough((name for name in quick if name in tests), self.seconds)
                for _, body in _functions(path.read_text("utf-8"))
                # What an import runs, any test may notice.
                if "" not in (tests := {name for line in body for name in by_line.get(line, ())})
            }
            seen[module][ALL] = _enough(quick, self.seconds)
            for line, tests in by_line.items():
                # What stands outside of functions an import runs too, bodies of lambdas tests alone.
                if named := set(tests) - {""}:
                    seen[module].setdefault(
                        line, _enough((name for name in quick if name in named), self.seconds)
                    )
        (self.copy / "seen.json").write_text(json.dumps(seen), "utf-8")


def _enough(names: Iterable[str], seconds: Mapping[str, float]) -> list[str]:
    """Return the first of some tests, quick ones first, until they take long enough together.

    >>> _enough("abc", {"a": 1, "b": 14, "c": 15}), _enough("d", {"d": 31})
    (['a', 'b'], [])
    """
    found, left = [], ENOUGH
    for name in names:
        if left <= 0 or seconds[name] > LONGEST:
            break
        found.append(name)
        left -= seconds[name]
    return found


def _functions(code: str) -> list[tuple[range, range]]:
    """Return the lines of each function, from its decorators on, and those of its body; inner ones last."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            end = (node.end_lineno or 0) + 1
            first = min(node.lineno, *(decorator.lineno for decorator in node.decorator_list), end)
            found.append((range(first, end), range(node.body[0].lineno, end)))
    return sorted(found, key=lambda lines: len(lines[0]), reverse=True)


class _Only:
    """A pytest plugin that runs some tests of those collected, in their order."""

    def __init__(self, names: Sequence[str]) -> None:
        self.place = {name: place for place, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        kept = [item for item in items if item.nodeid in self.place]
        items[:] = sorted(kept, key=lambda item: self.place[item.nodeid])


def _try_module(module: str, covering: dict[int, list[str]], every: int, again: str | None) -> Tally:
    """Try a module's mutants, each so many-th, or those of a former output, in a copy of the project."""
    copy = _copied(module)
    _import_libraries(copy)
    path = copy / "convalgebra" / module
    whole = path.read_text("utf-8")
    # From here on bytecode is read and not written: two versions of a file may bear one date.
    sys.dont_write_bytecode = True
    mutants = list(_mutants(whole))[::every]
    if again is not None:
        mutants = [mutant for mutant in mutants if _difference(module, whole, mutant) in again]
    tally = Tally(module, len(mutants))
    for mutant in mutants:
        for stale in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            stale.unlink()
        path.write_text(mutant, "utf-8")
        names = _tests_of(_changed_line(whole, mutant), whole, covering)
        files = sorted({name.partition("::")[0] for name in names})
        if names and _ended(copy, files, lambda n=names: _Only(n)) not in (0, NO_TESTS):
            tally = replace(tally, killed=tally.killed + 1)
        else:
            print(_difference(module, whole, mutant), flush=True)
            tally = replace(tally, survived=tally.survived + 1)
        _tell(copy, tally)
    path.write_text(whole, "utf-8")
    return tally


def _difference(module: str, whole: str, mutant: str) -> str:
    lines = (text.splitlines(keepends=True) for text in (whole, mutant))
    return "".join(difflib.unified_diff(*lines, module, module, n=1))


def _changed_line(whole: str, mutant: str) -> int:
    """Return the number of the first line in which the two differ."""
    lines = zip(whole.splitlines(), mutant.splitlines(), strict=False)
    return next((number for number, (a, b) in enumerate(lines, 1) if a != b), ALL)


def _tests_of(line: int, whole: str, covering: dict[int, list[str]]) -> list[str]:
    """Return the tests that run a line; else those of the innermost function around it; else all."""
    around = [body.start for lines, body in reversed(_functions(whole)) if line in lines]
    return next((covering[at] for at in (line, *around[:1]) if at in covering), covering[ALL])


def _tell(copy: Path, tally: Tally) -> None:
    """Write how far a module is where one can watch it."""
    written = copy / "progress.txt.new"
    written.write_text(f"{tally}\n", "utf-8")
    written.replace(copy / "progress.txt")


def _copied(module: str) -> Path:
    copy = WORK / module.replace("/", "-").removesuffix(".py")
    for name in COPIED:
        source, target = ROOT / name, copy / name
        if source.is_dir():
            shutil.copytree(source, target)  # with its bytecode: the dates of its files stay
        else:
            shutil.copy(source, target)
    return copy


def _mutants(code: str) -> Iterator[str]:
    """Yield the code with one thing changed, each in turn."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    tree = get_ast(code)
    for name in operator_names():
        kind = get_operator(name)
        if EXCLUDED.fullmatch(name) or kind.arguments():
            continue
        places = sum(len(list(kind().mutation_positions(node))) for node in ast_nodes(tree))
        for occurrence in range(places):
            if (mutant := mutate_code(code, kind(), occurrence)) is not None:
                yield mutant


def _import_libraries(copy: Path) -> None:
    """Import what the tests need and no mutant changes; the package itself must come from the copy."""
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "CONVALGEBRA_HYPOTHESIS_PROFILE": "mutants"}
    import hypothesis.extra.numpy
    import pytest
    import scipy.sparse.linalg
    import sympy.printing.latex

    del hypothesis, pytest, scipy, sympy
    for name in [name for name in sys.modules if name.partition(".")[0] in ("convalgebra", "tests")]:
        if name != __name__:
            del sys.modules[name]
    os.chdir(copy)
    sys.path[:] = [str(copy), *(entry for entry in sys.path if Path(entry or ".").resolve() != ROOT)]


def _ended(copy: Path, tests: Sequence[str], plugin: Callable[[], object], seconds: int = TIMEOUT) -> int:
    """Run the tests, with a plugin, in a process of its own; return what it ends with, 0 if all pass."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            import pytest

            status = int(pytest.main([*OPTIONS, f"--rootdir={copy}", *tests], plugins=[plugin()]))
        finally:  # whatever a mutant raises, this is not the process that goes on to the next one
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.exit(main())
