"""Another library's loggers kept quiet, where what goes wrong is said in our own words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hushed(name: str) -> Iterator[None]:
    """Keep the loggers of a library quiet inside, those there are; after it they are as before.

    >>> log = logging.getLogger("noisy.part")
    >>> with hushed("noisy"):
    ...     log.disabled
    True
    >>> log.disabled
    False
    """
    every = [logging.getLogger(key) for key in list(logging.root.manager.loggerDict)]
    mine = [log for log in every if f"{log.name}.".startswith(f"{name}.") and not log.disabled]
    for log in mine:
        log.disabled = True
    try:
        yield
    finally:
        for log in mine:
            log.disabled = False
