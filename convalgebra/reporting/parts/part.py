"""What a part of a chapter is: blocks, and whether every check in them came out as it must."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from convalgebra.reporting.blocks import Block


@dataclass(frozen=True)
class Part:
    """Some blocks; ``passed`` is false where a check among them failed."""

    blocks: tuple[Block, ...]
    passed: bool = True


def joined(parts: Iterable[Part]) -> Part:
    """Return the parts as one.

    >>> joined([Part(()), Part((), False)]).passed
    False
    """
    found = tuple(parts)
    return Part(tuple(block for part in found for block in part.blocks), all(part.passed for part in found))
