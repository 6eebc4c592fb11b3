"""How large a matrix may be: refuse before anything is allocated, and name the way out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from convalgebra.errors import ArgumentError, MemoryLimitError

VARIABLE = "CONVALGEBRA_MEMORY_LIMIT"
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_BYTES = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)
_INT32_MAX = 2**31 - 1
# What is free is not looked up for so little: it would take longer than to build the matrix.
_SMALL = 2**20
_limit: ContextVar[int | str | None] = ContextVar("memory_limit", default=None)


def parse_bytes(value: int | str, argument: str) -> int:
    """Return a number of bytes, written as an int or as text such as ``"500M"`` or ``"2 GiB"``.

    >>> parse_bytes("2 GiB", "memory_limit")
    2147483648
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    match = _BYTES.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ArgumentError(
            f"{argument}={value!r} is not an amount of memory: use bytes as an integer, "
            "or text such as '500M' or '2 GiB'"
        )
    return int(float(match[1]) * _UNITS[match[2].upper()])


def memory_limit() -> int:
    """Return the limit in bytes: that of ``limited``, else the environment's, else half of what is free."""
    limit = _limit.get()
    if limit is not None:
        return parse_bytes(limit, "memory_limit")
    if VARIABLE in os.environ:
        return parse_bytes(os.environ[VARIABLE], VARIABLE)
    return free_memory() // 2


@contextmanager
def limited(limit: int | str | None) -> Iterator[None]:
    """Hold every matrix that is built inside to this limit."""
    token = _limit.set(limit)
    try:
        yield
    finally:
        _limit.reset(token)


def free_memory() -> int:
    """Return the bytes that this process may still take: the machine's, or its container's if less."""
    return min(_free_on_machine(), _free_in_container())


def _free_on_machine() -> int:
    try:
        found = re.search(r"MemAvailable:\s*(\d+) kB", Path("/proc/meminfo").read_text())
        return int(found[1]) * 1024 if found else 2**63
    except OSError:  # not Linux: all there is, or, where even that is not told, no limit
        try:
            return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        except (AttributeError, ValueError, OSError):
            return 2**63


def _free_in_container() -> int:
    try:
        group = Path("/sys/fs/cgroup")
        most = int((group / "memory.max").read_text())
        return max(0, most - int((group / "memory.current").read_text()))
    except (OSError, ValueError):  # no such file, or "max"
        return 2**63


def index_bytes(shape: tuple[int, int], entries: int) -> int:
    """Return 4 when int32 indices can hold a matrix of that shape and count, 8 when not.

    >>> index_bytes((10, 10), 100), index_bytes((10, 10), 2**31)
    (4, 8)
    """
    return 4 if max(*shape, entries) <= _INT32_MAX else 8


def csr_bytes(shape: tuple[int, int], entries: int, itemsize: int) -> int:
    """Return the bytes of a CSR matrix: its values, its column indices and its row pointers.

    >>> csr_bytes((3, 5), 7, itemsize=8)
    100
    """
    index = index_bytes(shape, entries)
    return entries * (itemsize + index) + (shape[0] + 1) * index


def require_memory(shape: tuple[int, int], entries: int, itemsize: int) -> None:
    """Raise ``MemoryLimitError`` when a matrix would be over the limit."""
    needed = csr_bytes(shape, entries, itemsize)
    if needed < _SMALL and _limit.get() is None and VARIABLE not in os.environ:
        return
    allowed = memory_limit()
    if needed > allowed:
        raise MemoryLimitError(
            f"the {shape[0]} x {shape[1]} matrix would hold {entries} entries = {needed} bytes, over "
            f"the memory limit of {allowed} bytes; use op.linear_operator(weight), which never "
            f"builds it, or raise the limit with memory_limit=... or {VARIABLE}"
        )
