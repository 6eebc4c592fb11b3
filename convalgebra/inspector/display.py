"""What a notebook shows of an operator by itself: text, LaTeX, and a page in a frame that nothing leaves.

The page works in what nbconvert writes too, without a kernel and without a network. What makes it is
imported when one is asked for: text needs none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from convalgebra.errors import ConvalgebraError

if TYPE_CHECKING:
    from convalgebra.operators.base import Operator

MOST_LETTERS = 1_500_000  # of a page: a notebook keeps it with each display
MOST_LATEX = 20_000
HEIGHT = 720  # pixels


def latex(operator: Operator) -> str | None:
    """Return an operator as inline LaTeX, or None where that is longer than anyone reads.

    >>> import convalgebra as ca
    >>> latex(ca.Identity(2))
    '$I_{2}$'
    """
    written = operator.latex()
    return f"${written}$" if len(written) <= MOST_LATEX else None


def html(operator: Operator) -> str | None:
    """Return a frame with a page that shows an operator, or a line that says why there is none.

    The frame runs scripts and hands out downloads; it has no origin, so it reaches nothing around it.
    """
    from convalgebra.inspector.page import page  # noqa: PLC0415
    from convalgebra.inspector.start import data_of  # noqa: PLC0415

    try:
        if why := _too_large(operator):
            return undrawn(operator, why)
        written = page(narrowed(data_of(operator, "static")))
    except ConvalgebraError as error:
        return undrawn(operator, str(error))
    if len(written) > MOST_LETTERS:
        return undrawn(operator, f"its page would take {len(written):,} letters")
    return framed(written, repr(operator))


def undrawn(operator: Operator, why: str) -> str:
    """Return a line of HTML for an operator that gets no page.

    >>> import convalgebra as ca
    >>> print(undrawn(ca.Identity(3), "it has too many entries"))
    <p><code>ca.Identity(size=3)</code><br>3 × 3, not drawn here: it has too many entries</p>
    """
    rows, columns = operator.shape
    return (
        f"<p><code>{escape(repr(operator))}</code><br>{rows} × {columns}, not drawn here: {escape(why)}</p>"
    )


def narrowed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a page with what is said of other numbers of axes left out: a third of the size.

    >>> kind = {"name": "conv", "axes": [1, 2], "variants": [{"when": {"axes": 1}}, {"when": {"axes": 2}}]}
    >>> data = {"start": {"type": "conv", "axes": 2}, "types": [{**kind, "formulas": []}]}
    >>> narrowed(data)["types"][0]["axes"], narrowed(data)["types"][0]["variants"]
    ([2], [{'when': {'axes': 2}}])
    """
    axes = data["start"].get("axes")
    kinds = [
        {
            **kind,
            "axes": [axes],
            **{
                part: [each for each in kind[part] if each["when"].get("axes", axes) == axes]
                for part in ("variants", "formulas")
            },
        }
        for kind in data["types"]
    ]
    return {**data, "types": kinds}


def framed(written: str, name: str) -> str:
    """Return a page in a sandbox of its own, with the name of what it shows below it.

    The name is also what is left where frames are taken out, as sites that only preview notebooks do.

    >>> print(framed("<p id='a'>1 &lt; 2</p>", "ca.Identity(3)"))  # doctest: +ELLIPSIS
    <figure class="convalgebra-inspector"><iframe title="Inspector of ca.Identity(3)" sandbox=...
    """
    # In single quotes, for JSON is full of double ones; what else has no meaning there stays as it is.
    document = written.replace("&", "&amp;").replace("'", "&#39;")
    return (
        f'<figure class="convalgebra-inspector"><iframe title="Inspector of {escape(name)}" '
        'sandbox="allow-scripts allow-downloads" loading="lazy" '
        f'style="width: 100%; height: {HEIGHT}px; border: 0" '
        f"srcdoc='{document}'></iframe>"
        f"<figcaption><code>{escape(name)}</code></figcaption></figure>"
    )


def _too_large(operator: Operator) -> str:
    """Say why there are too many entries to draw; with names, small numbers are found for them."""
    from convalgebra.inspector.answers import MOST_ENTRIES, most_entries  # noqa: PLC0415

    entries = 0 if operator.symbols else sum(map(most_entries, operator.stages))
    return f"{entries:,} entries, more than {MOST_ENTRIES:,}" if entries > MOST_ENTRIES else ""


MAKERS: Mapping[str, Callable[[Operator], str | None]] = MappingProxyType(
    {"text/plain": repr, "text/latex": latex, "text/html": html}
)
