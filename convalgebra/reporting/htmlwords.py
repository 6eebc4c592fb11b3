"""The words of a report as HTML and as plain text, in one language; all that anybody wrote is escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from convalgebra.errors import ArgumentError
from convalgebra.reporting.blocks import Entry, Heading
from convalgebra.reporting.languages import Language, pieces
from convalgebra.reporting.layout import Layout, Placed
from convalgebra.reporting.words import (
    Code,
    Inline,
    Link,
    Math,
    Recorded,
    Reference,
    Row,
    Said,
    Translated,
    Verdict,
    Words,
)
from convalgebra.typesetting.mathml import mathml, plain


@dataclass(frozen=True)
class Speaker:
    """What says the words of a report in a language; ``layout`` knows what references lead to."""

    language: Language
    layout: Layout

    def html(self, words: Inline, links: bool = True) -> Markup:
        """Return words as HTML; without ``links`` for where a link stands already."""
        if isinstance(words, Reference):
            return self._reference(words, links)
        if isinstance(words, Link):
            placed = self.layout.anchors.get(words.anchor)
            shown = self.html(words.words, links=False)
            return Markup('<a href="#{}">{}</a>').format(placed.id, shown) if links and placed else shown
        if isinstance(words, Verdict):
            return Markup('<span class="verdict {}">{}</span>').format(words.name, self._verdict(words))
        return Markup(self._joined(words, lambda part: self.html(part, links), _HTML))

    def text(self, words: Inline) -> str:
        """Return words as plain text: for attributes, where neither formulas nor links can stand."""
        if isinstance(words, Reference):
            placed = self.layout.anchors.get(words.anchor)
            return self._number(placed) if placed and placed.number else self.text(_name(placed, words))
        if isinstance(words, Link):
            return self.text(words.words)
        if isinstance(words, Verdict):
            return self._verdict(words)
        return self._joined(words, self.text, _TEXT)

    def message(self, key: str, **values: str) -> Markup:
        """Return a message as HTML; what is put in is escaped unless it is HTML already."""
        return Markup(self._said(key, {name: escape(value) for name, value in values.items()}, _HTML))

    # --- parts ---

    def _joined(self, words: Inline, part: Callable[[Inline], str], form: _Form) -> str:
        if isinstance(words, Math | Code | Words):
            return _written(words, form)
        if isinstance(words, Translated):
            said = self.language.translated(words.table, words.text).split("{}")
            return _filled(
                [form.words(one) for one in said], [form.math(one.latex) for one in words.about], form
            )
        if isinstance(words, Recorded):
            field = self.language.recorded(words.claim, words.field)
            return form.math(field) if words.field == "formula" or "\\" in field else form.words(field)
        if isinstance(words, Said):
            return self._said(words.key, {name: part(value) for name, value in words.values}, form)
        if isinstance(words, Row):
            between = form.words(self.language.message(words.between))
            parts = [one for said in words.parts for one in (between, part(said))]
            return form.join(parts[1:])
        raise ArgumentError(f"words={words!r} is none of the words that a report has")

    def _said(self, key: str, values: Mapping[str, str], form: _Form) -> str:
        return self._parsed(self.language.message(key), key, values, form)

    def _parsed(self, message: str, key: str, values: Mapping[str, str], form: _Form) -> str:
        found = []
        for piece in pieces(message):
            if piece.kind == "name":
                if piece.text not in values:
                    raise ArgumentError(
                        f"key={key!r}: nothing is given for {{{piece.text}}} in its message"
                    )
                found.append(values[piece.text])
            elif piece.kind == "emphasis":
                found.append(form.emphasis(self._parsed(piece.text, key, values, form)))
            else:
                shown = {"text": form.words, "math": form.math, "code": form.code}[piece.kind]
                found.append(shown(piece.text))
        return form.join(found)

    def _verdict(self, words: Verdict) -> str:
        return self.language.message(f"verdict.{words.name}")

    def _reference(self, words: Reference, links: bool) -> Markup:
        placed = self.layout.anchors.get(words.anchor)
        if placed is None:
            return self.html(words.otherwise, links)
        number = escape(self._number(placed))
        shown = number if placed.number else self.html(_name(placed, words), links=False)
        return Markup('<a href="#{}">{}</a>').format(placed.id, shown) if links else shown

    def _number(self, placed: Placed) -> str:
        """Return a number as the text has it: that of a formula stands in brackets."""
        if placed.kind not in ("formula", "step"):
            return placed.number
        return self._said("page.equation", {"number": placed.number}, _TEXT)


@dataclass(frozen=True)
class _Form:
    """How each part of a text is shown, and how parts are put together."""

    words: Callable[[str], str]
    math: Callable[[str], str]
    code: Callable[[str], str]
    emphasis: Callable[[str], str]
    join: Callable[[Iterable[str]], str]


# Joined by Markup, what is no HTML yet is escaped once more rather than never.
_HTML = _Form(
    words=escape,
    math=lambda latex: Markup(mathml(latex)),
    code=lambda text: Markup("<code>{}</code>").format(text),
    emphasis=lambda html: Markup("<em>{}</em>").format(html),
    join=lambda parts: Markup("").join(parts),
)
_TEXT = _Form(words=str, math=plain, code=str, emphasis=str, join="".join)


def _name(placed: Placed | None, words: Reference) -> Inline:
    """Return what is said of a place that has no number: what it is called."""
    match placed and placed.block:
        case Entry(name) | Heading(title=name):
            return name
    return words.otherwise


def _written(words: Math | Code | Words, form: _Form) -> str:
    """Return what is the same in all languages."""
    if isinstance(words, Math):
        return form.math(words.latex)
    return form.code(words.text) if isinstance(words, Code) else form.words(words.text)


def _filled(words: list[str], formulas: list[str], form: _Form) -> str:
    """Put formulas between words, one after the other, as far as there are any."""
    given = [*formulas, *[""] * len(words)][: len(words) - 1]
    return form.join(one for pair in zip(words, [*given, ""], strict=True) for one in pair)
