"""Reports as HTML: one file that asks for nothing, for any screen and for paper, without JavaScript."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from markupsafe import Markup

from convalgebra.errors import ArgumentError
from convalgebra.reporting.blocks import Document, Figure
from convalgebra.reporting.htmlwords import Speaker
from convalgebra.reporting.languages import Language
from convalgebra.reporting.layout import Placed, lay_out
from convalgebra.reporting.svg import inlined
from convalgebra.reporting.templating import make_environment, rendered
from convalgebra.typesetting.mathml import mathml

PAGE, FONT = "report.html.j2", "convalgebra-math.woff2"
# As the attribute lang of a page wants it.
_TAGS = {"en": "en", "zh": "zh-Hans"}


def write_html(document: Document, language: Language, templates: Path | None = None) -> str:
    """Return a report as one page of HTML, style, drawings and the font for formulas in it.

    Templates are looked for in the folder ``templates`` first. Raises ``ArgumentError`` where that is no
    folder, for an anchor that two places bear, a table whose rows do not fit its columns, and a formula
    that MathML cannot show.

    >>> from convalgebra.reporting.languages import find_language
    >>> from convalgebra.reporting.words import Words
    >>> page = write_html(Document("d", Words("A < B"), Words(""), ()), find_language("en"))
    >>> "<h1>A &lt; B</h1>" in page
    True
    """
    layout = lay_out(document)
    speaker = Speaker(language, layout)
    environment = make_environment(templates, autoescape=True)
    environment.filters |= _filters(speaker)
    environment.globals |= {"message": speaker.message}
    return rendered(
        environment,
        PAGE,
        document=document,
        layout=layout,
        language=language.code,
        tag=_TAGS.get(language.code, language.code),
        font=_font(),
    )


def _filters(speaker: Speaker) -> dict[str, Callable[..., object]]:
    """Return what the templates show the parts of a report with."""
    return {
        "words": speaker.html,
        "unlinked": lambda words: speaker.html(words, links=False),
        "plain": speaker.text,
        "display": lambda latex: Markup(mathml(latex, wide=True)),
        "drawing": lambda placed: _drawing(placed, speaker),
    }


def _font() -> str:
    """Return the font for formulas in base 64."""
    file = resources.files("convalgebra.reporting") / "templates" / FONT
    return b64encode(file.read_bytes()).decode("ascii")


def _drawing(placed: Placed, speaker: Speaker) -> Markup:
    figure = placed.block
    if not isinstance(figure, Figure):
        raise ArgumentError(f"block={figure!r} has no drawing")
    drawing = figure.drawing
    return inlined(
        drawing.image,
        f"figure-{placed.number.replace('.', '-')}",
        speaker.text(figure.shows),
        drawing.width,
    )
