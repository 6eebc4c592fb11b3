"""Matplotlib's SVG made into an element of a page: small, with names of its own, asking for nothing."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_PLACED = re.compile(r'(?<= d=")[^"]*|(?<=translate\()[^)]*')
_SQUARE = (
    r'<path d="M (?P<x>[-\d.]+) (?P<y>[-\d.]+) L (?P<x2>[-\d.]+) (?P=y) L (?P=x2) (?P<y2>[-\d.]+) '
    r'L (?P=x) (?P=y2) z ?" style="(?P<style>[^"]*)"/>\n?'
)
_ONE_SQUARE = re.compile(_SQUARE)


def element(svg: str, name: str) -> str:
    """Return an SVG file of matplotlib as an element that may stand beside others in one page.

    It loses its prologue and its metadata, which name addresses, and its style sheet, which would hold
    for the page too; what is called by a name in it has ``name`` before its own.
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.DOTALL)
    # Pixels that are many to one on the screen must be mixed.
    svg = re.sub(r"image-rendering:[^;\"]*;?", "", svg)
    svg = svg.replace("<svg ", '<svg style="stroke-linejoin: round; stroke-linecap: butt" ', 1)
    svg = re.sub(r"\s*\n\s*", "\n", svg)
    svg = re.sub(r'(?<= d=")[^"]*', lambda match: " ".join(match[0].split()), svg)
    svg = _PLACED.sub(lambda match: _NUMBER.sub(_rounded, match[0]), svg)
    svg = _compact(svg)
    prefix = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "figure"
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    return re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{prefix}-", svg)


def _rounded(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")


def _compact(svg: str) -> str:
    """Draw squares in a row that look alike as one path, and drop the groups that hold one text each."""
    svg = re.sub(r'<g id="text_\d+">\n(<g .*?</g>)\n</g>', r"\1", svg, flags=re.DOTALL)
    return re.sub(r"(?:<path [^>]*/>\n)+", lambda match: _together(match[0]), svg)


def _together(paths: str) -> str:
    """Return paths in a row, squares of the same style as one; each kind where the first of it stood."""
    found: dict[str, list[str]] = {}
    for at, path in enumerate(paths.splitlines()):
        square = _ONE_SQUARE.fullmatch(path)
        if square is None:
            found[f"{at}"] = [path]
            continue
        corner = f"M{square['x']} {square['y']}H{square['x2']}V{square['y2']}H{square['x']}z"
        found.setdefault(square["style"], []).append(corner)
    lines = (
        parts[0] if style.isdigit() else f'<path d="{"".join(parts)}" style="{style}"/>'
        for style, parts in found.items()
    )
    return "".join(f"{line}\n" for line in lines)
