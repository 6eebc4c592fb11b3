"""How long the report takes, every check run and nothing taken over: the whole, and one chapter."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time

from benchmarks.results import Part, Row, Step

SECONDS = "seconds"
# What it may take on two cores, interpreter and imports included.
MOST = {
    "the whole report, .tex and .html": 60,
    "one chapter, .tex and .html": 6,
    "again, nothing changed": 6,
}


def part(quick: bool) -> Part:
    """Return the time of the command as a user starts it."""
    one = ["depthwise-separable"]
    runs = {
        "the whole report, .tex and .html": ["--fresh"],
        "one chapter, .tex and .html": ["--fresh", *one],
        "again, nothing changed": one,
    }
    names = list(runs)[1:] if quick else list(runs)
    store = tempfile.mkdtemp(prefix="convalgebra-")  # of this run alone: the last case takes over from it
    atexit.register(shutil.rmtree, store, ignore_errors=True)
    steps = [
        Step(name, lambda name=name: [_timed(name, runs[name], store)])  # type: ignore[misc]
        for name in names
    ]
    return Part("report", "convalgebra report: seconds on two cores, start and imports included", steps)


def _timed(name: str, arguments: list[str], store: str) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "convalgebra", "report", "--format", "tex,html", "-o", folder]
        environment = {**os.environ, "CONVALGEBRA_CACHE": store}
        begun = time.perf_counter()
        subprocess.run([*command, *arguments], check=True, capture_output=True, env=environment)
        seconds = time.perf_counter() - begun
    return Row(name, {SECONDS: round(seconds, 1)}, {SECONDS: MOST[name]})
