"""Mutation testing of counting, axis and derivation: ``make mutants``, ``python -m tests.mutants ROOM``.

Each mutant is a copy of the package with one operator, number or comparison changed; it is killed when a
test of its room fails. The copies stand in a folder of their own, so the checkout is never touched, and
two are worked on side by side. What survives is printed as a diff.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".mutants"
COPIED = ("convalgebra", "tests", "pyproject.toml", "README.md")
WORKERS = 2
LEAST_KILLED = 0.9
# Seconds that the tests of a room may take; a mutant that never ends is killed too.
TIMEOUT = 180
# Left out: unions in annotations, which are never run; powers, shifts, bits and remainders in the place of
# sums and products, which formulas refuse at once: to count these would only flatter the share.
EXCLUDED = (
    "core/ReplaceBinaryOperator_BitOr_.*",
    "core/ReplaceBinaryOperator_.*_(Pow|LShift|RShift|BitOr|BitAnd|BitXor|Mod)",
)

# Each room, and the tests that are to kill its mutants: quick ones first.
ROOMS = {
    "axis": (
        ("axis.py", "unclipped.py"),
        (
            "tests/test_axis.py",
            "convalgebra/axis.py",
            "convalgebra/unclipped.py",
            "tests/test_unclipped.py",
        ),
    ),
    "counting": (
        ("counting",),
        ("convalgebra/counting", "tests/test_measure.py", "tests/test_costs.py"),
    ),
    "derivation": (
        ("derivation",),
        ("convalgebra/derivation", "tests/test_derivations.py"),
    ),
}


@dataclass(frozen=True)
class Tally:
    """How many mutants of a module were killed, and the diffs of those that were not."""

    module: str
    killed: int
    survivors: tuple[str, ...]

    @property
    def total(self) -> int:
        """All mutants that were tried."""
        return self.killed + len(self.survivors)


def main(chosen: list[str]) -> int:
    """Run the mutants of the rooms; return 1 where fewer than nine in ten are killed."""
    shutil.rmtree(WORK, ignore_errors=True)
    work = [
        (module, tests)
        for room in chosen or ROOMS
        for module in _modules(ROOMS[room][0])
        for tests in (ROOMS[room][1],)
    ]
    work.sort(key=lambda pair: -(ROOT / "convalgebra" / pair[0]).stat().st_size)
    with ThreadPoolExecutor(WORKERS) as pool:
        tallies = list(pool.map(lambda pair: _try_module(*pair), work))
    for tally in tallies:
        for survivor in tally.survivors:
            print(survivor)
    for tally in tallies:
        print(f"{tally.module}: {tally.killed} of {tally.total} killed")
    killed, total = sum(t.killed for t in tallies), sum(t.total for t in tallies)
    print(f"all: {killed} of {total} killed, {killed / max(total, 1):.1%}")
    return 0 if killed >= LEAST_KILLED * total else 1


def _modules(names: tuple[str, ...]) -> list[str]:
    package = ROOT / "convalgebra"
    found = [
        path for name in names for path in (sorted((package / name).rglob("*.py")) or [package / name])
    ]
    return [str(path.relative_to(package)) for path in found if path.name != "__init__.py"]


def _try_module(module: str, tests: tuple[str, ...]) -> Tally:
    """Try every mutant of a module in a copy of the project."""
    copy = WORK / module.replace("/", "-").removesuffix(".py")
    for name in COPIED:
        source, target = ROOT / name, copy / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    options = "-x -q -p no:cacheprovider -p no:xdist --hypothesis-profile=mutants"
    command = f"{sys.executable} -m pytest {options} {' '.join(tests)}"
    (copy / "mutants.toml").write_text(
        "[cosmic-ray]\n"
        f'module-path = "convalgebra/{module}"\n'
        f"timeout = {TIMEOUT}\nexcluded-modules = []\n"
        f"test-command = {json.dumps(command)}\n"
        '[cosmic-ray.distributor]\nname = "local"\n'
        f"[cosmic-ray.filters.operators-filter]\nexclude-operators = {json.dumps(list(EXCLUDED))}\n"
    )
    for step in (
        ("baseline", "mutants.toml"),
        ("init", "mutants.toml", "session.sqlite"),
        ("filter", "session.sqlite", "mutants.toml"),
        ("exec", "mutants.toml", "session.sqlite"),
    ):
        _cosmic_ray(copy, *step)
    return _tally(module, copy)


def _cosmic_ray(copy: Path, what: str, *arguments: str) -> str:
    tool = ["cr-filter-operators"] if what == "filter" else ["cosmic-ray", what]
    command = [str(Path(sys.executable).with_name(tool[0])), *tool[1:], *arguments]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def _tally(module: str, copy: Path) -> Tally:
    """Read the outcomes of a session: killed, or survived and how it differs."""
    killed, survivors = 0, []
    for line in _cosmic_ray(copy, "dump", "session.sqlite").splitlines():
        _, result = json.loads(line)
        if result is None or result["worker_outcome"] == "skipped":
            continue
        if result["test_outcome"] == "survived":
            survivors.append(result["diff"])
        else:
            killed += 1
    return Tally(module, killed, tuple(survivors))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
