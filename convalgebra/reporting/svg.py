"""Drawings inside a page: SVG with ids of its own, and nothing in it that runs or asks for a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from markupsafe import Markup

from convalgebra.errors import ArgumentError

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
# What a drawing may consist of; what else a file holds is left out.
_SHAPES = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "image"}
_PAINTS = {"clipPath", "mask", "pattern", "linearGradient", "radialGradient", "stop", "marker"}
_KEPT = {"svg", "g", "defs", "use", "symbol", "title", "desc", *_SHAPES, *_PAINTS}
_OF_ALL = re.compile(r"\*\s*\{([^{}]*)\}")
_POINTS_AT = re.compile(r"url\(\s*['\"]?#([^)'\"]+)['\"]?\s*\)")


def inlined(image: str, prefix: str, name: str, width: float) -> Markup:
    """Return a drawing as an element ``<svg>``: ``name`` says what there is to see, ``width`` is in inches.

    Every id in it begins with ``prefix``, so that drawings do not take each other's parts. Raises
    ``ArgumentError`` for what is no SVG.

    >>> image = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g id="a"/></svg>'
    >>> inlined(image, "f1", "A dot", 2)
    Markup('<svg viewBox="0 0 9 9" role="img" aria-label="A dot" style="width:2in"><g id="f1-a"></g></svg>')
    """
    try:
        root = ElementTree.fromstring(image)
    except ElementTree.ParseError as error:
        raise ArgumentError(f"image={image[:60]!r}... is no SVG: {error}") from error
    if root.tag != f"{{{_SVG}}}svg":
        raise ArgumentError(f"image={image[:60]!r}... is no SVG: it begins with {root.tag}")
    style = _fit(root)
    _clean(root, prefix)
    style = [_scoped(_POINTS_AT.sub(rf"url(#{prefix}-\1)", part), prefix, root) for part in style]
    root.attrib |= {"role": "img", "aria-label": name}
    root.set("style", ";".join(filter(None, [f"width:{width:g}in", *style])))
    return Markup(ElementTree.tostring(root, encoding="unicode", short_empty_elements=False))


def _fit(root: Element) -> list[str]:
    """Give a drawing a box instead of a size; return the styles that stand in it."""
    size = [re.match(r"[\d.]+", root.attrib.pop(side, "")) for side in ("width", "height")]
    if "viewBox" not in root.attrib and all(size):
        root.set("viewBox", " ".join(["0 0", *(side[0] for side in size if side)]))
    return [element.text or "" for element in root.iter(f"{{{_SVG}}}style")]


def _clean(element: Element, prefix: str) -> None:
    element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
    element.attrib = dict(_attributes(element, prefix))
    for child in list(element):
        plain = child.tag.removeprefix(f"{{{_SVG}}}") if isinstance(child.tag, str) else ""
        if plain not in _KEPT:
            element.remove(child)
        else:
            _clean(child, prefix)


def _attributes(element: Element, prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in element.attrib.items():
        plain = key.removeprefix(f"{{{_XLINK}}}")
        if plain == "href":
            if value.startswith("#"):
                yield "href", f"#{prefix}-{value[1:]}"
            elif value.startswith("data:image/"):
                yield "href", value
        elif plain == "id":
            yield "id", f"{prefix}-{value}"
        elif not plain.startswith(("{", "on")) and plain not in ("version", "role", "aria-label"):
            yield plain, _POINTS_AT.sub(rf"url(#{prefix}-\1)", value)


def _scoped(css: str, prefix: str, root: Element) -> str:
    """Return what a style says of all elements; what it says of some of them goes with the drawing."""
    general = ";".join(match[1].strip().rstrip(";") for match in _OF_ALL.finditer(css))
    if rest := _OF_ALL.sub("", css).strip():
        root.set("id", f"{prefix}-drawing")
        style = Element("style")
        style.text = f"#{prefix}-drawing{{{rest}}}"
        root.insert(0, style)
    return general
