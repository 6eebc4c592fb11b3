"""What is being done to a long network and how far it is, told to whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
# What is done, how many of it are, and how many there are.
Listener = Callable[[str, int, int], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let a function be told what is being done inside, before each step of it.

    >>> with listening(lambda *told: print(*told)):
    ...     _ = [None for _ in steps("reading its nodes", "ab")]
    reading its nodes 0 2
    reading its nodes 1 2
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def steps(what: str, items: Sequence[T]) -> Iterator[T]:
    """Yield the items, and tell before each how many are done; to nobody, if nobody listens.

    >>> list(steps("counting its layers", (1, 2)))
    [1, 2]
    """
    listener = _listener.get()
    for place, item in enumerate(items):
        if listener is not None:
            listener(what, place, len(items))
        yield item
