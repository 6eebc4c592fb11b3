"""How many (operator, sizes) ``convalgebra verify`` checks in a minute, on two processes."""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.results import Part, Row, Step

LEAST_PER_MINUTE = 10_000
PER_MINUTE = "checks per minute"


def part(quick: bool) -> Part:
    """Return the rate of the checks that draw their sizes: the rest is done once, in fixed time."""
    seconds = 15 if quick else 60
    steps = [
        Step(kind, lambda kind=kind: [_rate(kind, seconds)])  # type: ignore[misc]
        for kind in ("closed-forms", "identities")
    ]
    return Part("verify", "Checks of drawn sizes, two processes, start and formulas included", steps)


def _rate(kind: str, seconds: int) -> Row:
    command = [sys.executable, "-m", "convalgebra", "verify", "--only", kind, "--cases", "100"]
    command += ["--budget", str(seconds), "--format", "json"]
    # Exit code 1 also says that the budget ended before everything was done once.
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["kinds"][kind]
    rate = found["checks"] * 60 / seconds
    least = {PER_MINUTE: LEAST_PER_MINUTE} if kind == "closed-forms" else {}
    return Row(kind, {PER_MINUTE: round(rate), "failures": found["failures"]}, {}, least)
