"""Claims about single numbers and arrays, and claims that say several things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
