"""What importing costs, told by what is imported: no timing, so no flaw of the machine's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import convalgebra as ca

ROOT = Path(ca.__file__).parent.parent
HEAVY = {"matplotlib", "jinja2", "click", "rich", "onnx", "onnxruntime", "torch", "dask", "anywidget"}
CORE = {"numpy", "scipy", "sympy"}


def imported_by(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after running the code."""
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert not imported_by("import convalgebra") & (HEAVY | CORE)


def test_using_every_public_name_imports_nothing_heavy() -> None:
    code = "import convalgebra as ca\nfor name in ca.__all__: getattr(ca, name)"
    assert not imported_by(code) & HEAVY


def test_importing_the_command_line_imports_no_mathematics() -> None:
    assert not imported_by("import convalgebra.cli") & CORE


@pytest.mark.parametrize("arguments", [["--help"]])
def test_the_help_of_the_command_line_needs_no_mathematics(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom convalgebra.cli import main\n"
        f"sys.argv = ['convalgebra', *{arguments!r}]\n"
        "try: main()\nexcept SystemExit as end: assert not end.code, end.code"
    )
    assert not imported_by(code) & CORE
