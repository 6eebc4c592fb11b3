"""What papers count, multiply-adds (every tap at every output, padding zeros too), and what is saved."""

from __future__ import annotations

from functools import partial
from typing import Any

from convalgebra.claims.forms.comparing import of_counts, quotient
from convalgebra.claims.forms.counts import count
from convalgebra.claims.forms.printed import percent

mult_adds = partial(count, quantity="mult_adds")
ratio_of_mult_adds = partial(of_counts, quantity="mult_adds")


def never(**sizes: Any) -> bool:
    """Say no: these sizes are all outside the condition."""
    return False


def saved(a: Any, b: Any) -> Any:
    """Return the share of the second count that the first one saves.

    >>> saved(18, 25)
    7/25
    """
    return 1 - quotient(a, b)


def saved_percent(a: Any, b: Any) -> str:
    """Return the same as a whole percentage.

    >>> saved_percent(18, 25)
    '28%'
    """
    return percent(saved(a, b))
