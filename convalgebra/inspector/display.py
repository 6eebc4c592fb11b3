"""What a notebook shows of an operator by itself: text, LaTeX, and a page in a frame that nothing leaves.

The page works in what nbconvert writes too, without a kernel and without a network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING

from convalgebra.errors import ConvalgebraError
from convalgebra.inspector.page import page
from convalgebra.inspector.start import data_of
from convalgebra.proofs import surely

if TYPE_CHECKING:
    from convalgebra.operators.base import Operator

MOST_ENTRIES = 2_000_000  # of all stages together: what the page draws in half a second
MOST_LETTERS = 1_500_000  # of a page: a notebook keeps it with each display
MOST_LATEX = 20_000
HEIGHT = 640  # pixels


def latex(operator: Operator) -> str | None:
    """Return an operator as inline LaTeX, or None where that is longer than anyone reads.

    >>> import convalgebra as ca
    >>> latex(ca.conv(1, 1, 2, 1) @ ca.identity(2))
    '$C \\\\, I_{2}$'
    """
    written = operator.latex()
    return f"${written}$" if len(written) <= MOST_LATEX else None


def html(operator: Operator) -> str | None:
    """Return a frame with a page that shows an operator, or None for one that cannot be drawn.

    The frame runs scripts and hands out downloads; it has no origin, so it reaches nothing around it.
    """
    if _too_large(operator):
        return None
    try:
        written = page(data_of(operator, "static"), place="static")
    except ConvalgebraError:
        return None
    return framed(written, repr(operator)) if len(written) <= MOST_LETTERS else None


def framed(written: str, name: str) -> str:
    """Return a page in a sandbox of its own, with the name of what it shows below it.

    The name is also what is left where frames are taken out, as sites that only preview notebooks do.

    >>> print(framed("<p id='a'>1 &lt; 2</p>", "ca.identity(3)"))  # doctest: +ELLIPSIS
    <figure class="convalgebra-inspector"><iframe title="Inspector of ca.identity(3)" sandbox=...
    """
    # In single quotes: JSON is full of double ones.
    document = escape(written, quote=False).replace("'", "&#39;")
    return (
        f'<figure class="convalgebra-inspector"><iframe title="Inspector of {escape(name)}" '
        'sandbox="allow-scripts allow-downloads" loading="lazy" '
        f'style="width: 100%; height: {HEIGHT}px; border: 0" '
        f"srcdoc='{document}'></iframe>"
        f"<figcaption><code>{escape(name)}</code></figcaption></figure>"
    )


def _too_large(operator: Operator) -> bool:
    """Say whether there are too many entries to draw; with names, small numbers are found for them."""
    if operator.symbols:
        return False
    return sum(int(stage.entries) for stage in operator.stages) > MOST_ENTRIES


MAKERS: Mapping[str, Callable[[Operator], str | None]] = MappingProxyType(
    {"text/plain": repr, "text/latex": latex, "text/html": html}
)
