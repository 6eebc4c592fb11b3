"""Claims about single numbers and arrays, and claims that say several things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from convalgebra.claims.claim import Finding, Judge, derived, measured


def value(at: str, said: Any, derive: Callable[[], Any], run: Callable[[], Any], **options: Any) -> Judge:
    """Return the judge of one number (or array): what is said, derived, and measured."""

    def judge() -> Iterator[Finding]:
        yield derived(at, said, derive(), **options)
        yield measured(at, said, run(), **options)

    return judge


def several(*judges: Judge) -> Judge:
    """Return the judge of a claim that says several things: all that each finds."""

    def judge() -> Iterator[Finding]:
        for each in judges:
            yield from each()

    return judge


def instead(judge: Judge) -> Judge:
    """Return a judge whose findings are of the right statement, the one that replaces a wrong claim."""

    def rightly() -> Iterator[Finding]:
        yield from (replace(finding, right=True) for finding in judge())

    return rightly


def called(name: str, judge: Judge) -> Judge:
    """Return a judge whose findings say of what they are, beside the sizes.

    >>> whole = called("3 x 3", value("weights", 9, lambda: 3 * 3, lambda: len(range(9))))
    >>> [finding.at for finding in whole()]
    ['3 x 3: weights', '3 x 3: weights']
    """

    def named() -> Iterator[Finding]:
        yield from (replace(finding, at=f"{name}: {finding.at}") for finding in judge())

    return named
