"""What TeX takes for commands of its own, and how it prints these signs as they are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# The double quote is left out: how it is written depends on the fonts that a document has.
TEX_SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "_": r"\_",
        "%": r"\%",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "`": r"\textasciigrave{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        # At the beginning of an item or of a row these would be part of the command before.
        "[": "{[}",
        "]": "{]}",
        "*": "{*}",
    }
)
