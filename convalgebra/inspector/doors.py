"""The ways into the inspector: light to come by, what is heavy is imported when one enters."""

from __future__ import annotations

import os
import sys
from collections.abc import Container, Mapping
from typing import TYPE_CHECKING, Any

# Set to "text", no page is made: each takes about half a million letters in a notebook.
DISPLAY = "CONVALGEBRA_DISPLAY"

if TYPE_CHECKING:
    from convalgebra.inspector.widget import Inspector as Inspector  # noqa: PLC0414
    from convalgebra.operators.base import Operator


def inspect(operator: Operator, values: Mapping[str, Any]) -> Inspector:
    """Return the widget that shows an operator in a notebook; ``values`` are the first ones of its names.

    Raises ``ImportError`` that says what to install where anywidget is missing, and ``ArgumentError``
    for a name that the operator does not have, a value that breaks it, or an operator too large to draw.
    """
    from convalgebra.inspector.widget import inspector  # noqa: PLC0415

    return inspector(operator, values)


def shown(
    operator: Operator, include: Container[str] | None = None, exclude: Container[str] | None = None
) -> dict[str, str]:
    """Return the display of an operator by MIME type: text always, LaTeX and a page where they are of use.

    ``include`` and ``exclude`` are the MIME types that are wanted and not wanted, as IPython hands them.
    The environment variable CONVALGEBRA_DISPLAY, set to "text", leaves out the page.

    >>> import convalgebra as ca
    >>> shown(ca.Identity(3), include={"text/plain", "text/latex"})
    {'text/plain': 'ca.Identity(size=3)', 'text/latex': '$I_{3}$'}
    """
    from convalgebra.inspector.display import MAKERS  # noqa: PLC0415

    bundle = {}
    for kind, made in MAKERS.items():
        unasked = kind in (exclude or ()) or (include is not None and kind not in include)
        unseen = (kind != "text/plain" and not _shows(kind)) or (kind == "text/html" and _text_alone())
        if not unasked and not unseen and (text := made(operator)) is not None:
            bundle[kind] = text
    return bundle


def _text_alone() -> bool:
    return os.environ.get(DISPLAY, "") == "text"


def _shows(kind: str) -> bool:
    """Say whether this MIME type is seen: IPython in a terminal asks for all and shows text."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is None or kind in shell.display_formatter.active_types
