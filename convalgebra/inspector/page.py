"""The view as one page of HTML: all in it, and a policy that lets nothing else in."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from string import Template
from typing import Any

from convalgebra.inspector.bundle import FRONT, script
from convalgebra.inspector.catalogue import compressed, is_whole
from convalgebra.inspector.packing import packed

# The page around the view: its own style stands in the view.
STYLE = "html,body{margin:0;padding:0}body{min-height:100vh}"
_BESIDE = '\n<script type="text/plain" id="convalgebra-catalogue">%s</script>'
_BEGIN = """(() => {
"use strict";
%s
start(document);
})();"""
# What a page may do: run its own script, and fetch from where it came only where Python is asked.
_POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; img-src data: blob:; font-src data:; "
    "connect-src {connect}; base-uri 'none'; form-action 'none'"
)


def page(
    data: Mapping[str, Any], *, nonce: str | None = None, title: str = "convalgebra: the inspector"
) -> str:
    """Return the page for the data of ``start``: one document that asks no network for anything.

    With a ``nonce`` the one who sends it states the policy, of ``policy(nonce)``; else the page bears its
    own, by the hashes of its script and style.

    >>> shown = page({"types": [], "own": None, "start": {"type": "conv"}, "place": "file"})
    >>> "http://" in shown.replace("http://www.w3.org/", ""), "</script><" in shown
    (False, False)
    """
    begun = _BEGIN % script()
    template = Template((FRONT / "page.html").read_text("utf-8"))
    own = "" if nonce else _meta(policy_of(_hashed(begun), _hashed(STYLE), "'none'"))
    return template.substitute(
        policy=own,
        title=escape(title),
        nonce=f' nonce="{escape(nonce)}"' if nonce else "",
        style=STYLE,
        script=begun,
        data=_embedded(data),
        catalogue=_BESIDE % compressed() if is_whole(data["types"]) else "",
    )


def policy(nonce: str) -> str:
    """Return the Content-Security-Policy of a page that was sent with a nonce, by its own server.

    >>> "connect-src 'self'" in policy("abc")
    True
    """
    own = f"'nonce-{nonce}'"
    return policy_of(own, own, "'self'") + "; frame-ancestors 'none'"


def policy_of(script_source: str, style_source: str, connect: str) -> str:
    """Return a policy with these sources of script, style and connections; all else is shut."""
    return _POLICY.format(script=script_source, style=style_source, connect=connect)


def _meta(content: str) -> str:
    return f'<meta http-equiv="Content-Security-Policy" content="{content}">'


def _hashed(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


def _embedded(data: Mapping[str, Any]) -> str:
    """Return JSON that cannot end the element it stands in; of the whole catalogue, what is shown first."""
    types = _first(data) if is_whole(data["types"]) else data["types"]
    written = json.dumps({**data, "types": packed(types)}, ensure_ascii=False, separators=(",", ":"))
    return written.replace("<!--", "\\u003c!--").replace("</", "<\\/")  # formulas are full of the rest


def _first(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the types that are shown before the others are read; the first of all where none is named."""
    start = data["start"]
    names = [start.get("type"), (start.get("held") or start).get("type")]
    return [kind for kind in data["types"] if kind["name"] in names] or data["types"][:1]
