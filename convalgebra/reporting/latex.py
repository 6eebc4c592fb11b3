"""A document in LaTeX: the blocks by a template, which a user may replace, the words by ``texwords``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import jinja2

from convalgebra.errors import ArgumentError
from convalgebra.reporting.blocks import (
    Block,
    Document,
    Entry,
    Figure,
    Formula,
    Heading,
    Steps,
    Table,
)
from convalgebra.reporting.languages import Language
from convalgebra.reporting.plain import plain
from convalgebra.reporting.templating import make_environment, rendered
from convalgebra.reporting.texlayout import lay_formula, lay_steps, lay_table
from convalgebra.reporting.texwords import TexWords, label
from convalgebra.reporting.words import Inline

TEMPLATE = "report.tex.j2"


def write_latex(document: Document, language: Language, templates: Path | None = None) -> str:
    r"""Return the LaTeX source of a document.

    Templates are searched in the folder ``templates`` first. Figures are included from the folder
    ``figures`` beside the source, as ``figures_of`` names them.

    Raises ``ArgumentError`` for an anchor that stands twice, a row of a table that is too short, or a
    figure whose name cannot be that of a file; ``TemplateError`` for a template that does not work.

    >>> from convalgebra.reporting.blocks import Chapter, Paragraph
    >>> from convalgebra.reporting.languages import find_language
    >>> from convalgebra.reporting.words import Words
    >>> chapter = Chapter("one", (Paragraph(Words("50% of a_b")),))
    >>> source = write_latex(Document("r", Words("T"), Words(""), (chapter,)), find_language("en"))
    >>> r"50\% of a\_b" in source
    True
    """
    _check(document)
    figures_of(document)
    found = dict(_anchors(document))
    titles = {anchor: title for anchor, (_, title) in found.items() if title is not None}
    words = TexWords(language, {anchor: kind for anchor, (kind, _) in found.items()}, titles)
    environment = _environment(templates)
    environment.filters.update(
        inline=words.inline,
        title=words.title,
        bookmark=lambda inline: words.bookmark(plain(inline, language)),
        code_lines=lambda text: [words.code(line) for line in text.expandtabs(4).splitlines()] or [""],
        message=lambda key: words.message(language.message(key), {}),
        label=label,
        kind=lambda block: type(block).__name__,
        laid_steps=partial(lay_steps, plain=partial(plain, language=language)),
        laid_formula=lay_formula,
        laid_table=partial(lay_table, plain=partial(plain, language=language)),
    )
    return rendered(environment, TEMPLATE, document=document, language=language.code)


def figures_of(document: Document) -> Mapping[str, bytes]:
    """Return the figures of a document for paper, by name.

    Raises ``ArgumentError`` for a name that two different figures have, or that is no name of a file.
    """
    found: dict[str, bytes] = {}
    for block in _blocks(document):
        if isinstance(block, Figure):
            drawing = block.drawing
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", drawing.name):
                raise ArgumentError(f"name={drawing.name!r} of a figure must be letters, digits, - and _")
            if found.setdefault(drawing.name, drawing.vector) != drawing.vector:
                raise ArgumentError(f"name={drawing.name!r} must be that of one figure; two have it")
    return found


def _blocks(document: Document) -> Iterator[Block]:
    for chapter in document.chapters:
        yield from chapter.blocks


def _anchors(document: Document) -> Iterator[tuple[str, tuple[str, Inline | None]]]:
    """Yield each anchor with how it is referred to: by equation, by number, or by its title."""
    for block in _blocks(document):
        if isinstance(block, Steps):
            yield from ((step.anchor, ("equation", None)) for step in block.steps if step.anchor)
        elif isinstance(block, Heading | Formula | Table | Figure | Entry) and block.anchor:
            yield block.anchor, _referred(block)


def _referred(block: Heading | Formula | Table | Figure | Entry) -> tuple[str, Inline | None]:
    match block:
        case Formula():
            return "equation", None
        case Heading(level, title):
            return "number" if level < 3 else "name", title
        case Entry(name):
            return "name", name
        case _:
            return "number" if block.caption is not None else "name", block.caption


def _check(document: Document) -> None:
    seen: set[str] = set()
    for anchor, _ in _anchors(document):
        if anchor in seen:
            raise ArgumentError(f"anchor={anchor!r} must stand once in a document; it stands twice")
        seen.add(anchor)
    for block in _blocks(document):
        if isinstance(block, Table):
            if not block.columns or set(block.columns) - set("lcrp"):
                raise ArgumentError(f"columns={block.columns!r} of a table must be letters of l, c, r, p")
            for row in (block.head, *block.rows):
                if len(row) != len(block.columns):
                    raise ArgumentError(
                        f"rows={row!r} of a table must have {len(block.columns)} cells, not {len(row)}"
                    )


def _environment(templates: Path | None) -> jinja2.Environment:
    return make_environment(
        templates,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        autoescape=False,  # whatever comes in passes through the filters, which escape
    )
