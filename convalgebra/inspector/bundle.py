"""The front end as one text: its modules, what is needed first, and its style.

Each module imports by name, in lines at its top, so that to join them is to leave these lines out.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import cache
from importlib import resources

FRONT = resources.files("convalgebra.inspector") / "front"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(?P<module>[\w-]+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(async )?(function|const|class)\b)", re.MULTILINE)
_STYLES = ("page.css", "views.css")
_FONT = resources.files("convalgebra.reporting") / "templates" / "convalgebra-math.woff2"


@cache
def script() -> str:
    """Return the whole front end as one script that defines ``mount``; no module asks for a file.

    >>> "function mount(" in script(), "import " in script()[:2000]
    (True, False)
    """
    constants = [
        f"const CSS = {json.dumps(style())};",
        f'const MATH_FONT = "{b64encode(_FONT.read_bytes()).decode()}";',
    ]
    return "\n".join([*constants, joined("main")])


def joined(*names: str) -> str:
    """Return modules and all that they need as one text, what is needed first.

    >>> "function evaluate(" in joined("expressions")
    True
    """
    found: list[str] = []
    for name in names:
        _in_order(name, found)
    return "\n".join(map(_bare, found))


@cache
def style() -> str:
    """Return the style of the page."""
    return "\n".join((FRONT / name).read_text("utf-8") for name in _STYLES)


def _in_order(name: str, found: list[str]) -> list[str]:
    """Return a module and all that it needs, what is needed first."""
    if name not in found:
        for needed in _IMPORT.finditer(_source(name)):
            _in_order(needed["module"], found)
        found.append(name)
    return found


@cache
def _source(name: str) -> str:
    return (FRONT / f"{name}.js").read_text("utf-8")


def _bare(name: str) -> str:
    return _EXPORT.sub("", _IMPORT.sub("", _source(name)))
