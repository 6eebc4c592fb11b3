"""The counters of others, run: each returns what its convention says of it, and our counts are the entries.

A counter that is not installed is left out: none of them is needed to build or to test convalgebra.
"""

from __future__ import annotations

import pytest

from benchmarks.counted import CASES, MODULES_ONLY, counts_of
from benchmarks.counters import COUNTERS, Counter
from convalgebra.networks.counters.conventions import convention
from tests.conftest import optional


@pytest.mark.parametrize("place", range(len(CASES)), ids=[case.label for case in CASES])
def test_our_multiplications_are_the_entries_of_the_matrix(place: int) -> None:
    optional("torch")
    counts = counts_of(place)
    assert counts.multiplications == counts.entries > 0
    assert counts.mult_adds >= counts.entries


@pytest.mark.parametrize("counter", COUNTERS, ids=lambda counter: counter.name)
def test_a_counter_returns_what_is_said_of_it(counter: Counter) -> None:
    optional("torch")
    if not counter.installed:
        pytest.skip(f"skipped, not installed: {counter.package}")
    if counter.convention is None:
        pytest.skip(f"{counter.name} has no convention here: it is only run for comparison")
    if counter.name != "torch" and counter.version not in convention(counter.convention).version:
        pytest.skip(f"{counter.name} {counter.version} is not the version that was read")
    for place, case in enumerate(CASES):
        counts = counts_of(place)
        if case.as_function and counter.name in MODULES_ONLY:
            assert counts.returned[counter.name] == 0, "it counts modules alone"
        else:
            assert counts.returned[counter.name] == counts.said[counter.name], case.label


def test_the_fork_of_thop_counts_them_as_we_do_without_looking_at_the_padding() -> None:
    optional("torch")
    fork = next(counter for counter in COUNTERS if counter.package == "ultralytics-thop")
    if not fork.installed:
        pytest.skip(f"skipped, not installed: {fork.package}")
    for place, case in enumerate(CASES):
        if not case.as_function:
            assert counts_of(place).returned[fork.name] == counts_of(place).mult_adds, case.label


def test_thop_counts_transposed_convolutions_too_high() -> None:
    optional("torch")
    transposed = [place for place, case in enumerate(CASES) if case.kind.startswith("ConvTranspose")]
    if "thop" not in counts_of(transposed[0]).returned:
        pytest.skip("skipped, not installed: thop")
    for place in transposed:
        counts = counts_of(place)
        if CASES[place].as_function:
            assert counts.returned["thop"] == 0
        else:
            assert counts.returned["thop"] > 1.5 * counts.entries


def test_a_counter_that_fails_is_said_and_ends_nothing() -> None:
    def fails(module: object, inputs: object) -> int:
        raise RuntimeError("of its own")

    counter = Counter("none", "os", "no-such-package", None, fails)
    assert counter.returned(None, None) == "fails: RuntimeError"
    assert counter.version == "of unknown version"
    assert not counter.installed
