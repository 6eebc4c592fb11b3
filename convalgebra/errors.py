"""What convalgebra raises for a user's mistake: always a ``ValueError`` that names the argument."""

from __future__ import annotations


class ConvalgebraError(ValueError):
    """The common base: catch it to catch every mistake that convalgebra reports."""


class ArgumentError(ConvalgebraError):
    """An argument has a value that no convolution can have."""


class ShapeError(ConvalgebraError):
    """Two shapes that must agree do not; the message shows both."""


class SymbolError(ConvalgebraError):
    """A number is needed where a symbol stands; the message says which."""


class MemoryLimitError(ConvalgebraError):
    """A matrix would not fit; nothing has been allocated."""
