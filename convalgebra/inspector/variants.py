"""The structures of a type: stages and conditions for each number of axes and each value chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product as grid
from typing import Any

import sympy

from convalgebra.catalogue.types import ConvType
from convalgebra.formulas import latex, text
from convalgebra.inspector.controls import axes_of, choices, controls_of, has_branches
from convalgebra.inspector.description import described, stages_of
from convalgebra.inspector.expressions import expression
from convalgebra.inspector.letters import letters
from convalgebra.inspector.standins import renamed, replaced, replaced_in
from convalgebra.inspector.symbolic import Condition, Setting, Symbolic, symbolic
from convalgebra.operators.base import Operator
from convalgebra.proofs import Max
from convalgebra.reporting.structures import structure_latex
from convalgebra.sizes import symbol
from convalgebra.typesetting.mathml import mathml
from convalgebra.values import exchange

MOST_BRANCHES = 4


def variants(kind: ConvType) -> list[dict[str, Any]]:
    """Return the variants of a type as JSON: when it is meant, its stages, what must hold.

    >>> from convalgebra.catalogue.types import find_type
    >>> [v["when"] for v in variants(find_type("pointwise"))]
    [{'axes': 1}, {'axes': 2}, {'axes': 3}]
    """
    found = []
    for axes in axes_of(kind):
        for chosen in combinations(kind):
            found += [_variant(kind, axes, values) for values in _numbered(kind, chosen)]
            if has_branches(chosen):
                found.append(_too_many_branches(axes, chosen))
    return found


def combinations(kind: ConvType) -> Iterator[dict[str, Any]]:
    """Yield a value of each choice and flag, in every combination, those of the defaults first.

    >>> from convalgebra.catalogue.types import find_type
    >>> list(combinations(find_type("upsample_bilinear")))
    [{'align_corners': False}, {'align_corners': True}]
    """
    controls = choices(kind)
    for values in grid(*(c.options for c in controls)):
        yield dict(zip((c.key for c in controls), values, strict=True))


def _numbered(kind: ConvType, chosen: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the settings of a combination whose structure depends on a number besides."""
    if kind.name == "im2col":  # with one group the weight is one dense matrix
        return [{**chosen, "groups": 1}, dict(chosen)]
    if has_branches(chosen):
        return [{**chosen, "groups": g} for g in range(1, MOST_BRANCHES + 1)]
    return [dict(chosen)]


def _variant(kind: ConvType, axes: int, chosen: Mapping[str, Any]) -> dict[str, Any]:
    made = symbolic(Setting(kind, axes, chosen))
    written = letters(controls_of(kind), axes, linked=False)
    found: dict[str, Any] = {
        "when": {"axes": axes, **chosen},
        "stages": replaced_in(_trees(made, chosen), made.shares, {}),
        "conditions": [told(c, made, written) for c in conditions(made)],
    }
    if is_unusual(kind, chosen):
        found["structure"] = {"mathml": mathml(structure(made, written))}
    return found


def is_unusual(kind: ConvType, chosen: Mapping[str, Any]) -> bool:
    """Say whether a value is chosen that is not the default: its structure stands with the variant."""
    defaults = {c.key: c.default for c in choices(kind)}
    return any(key in defaults and defaults[key] not in (None, value) for key, value in chosen.items())


def _trees(made: Symbolic, chosen: Mapping[str, Any]) -> list[Any]:
    trees = [described(stage) for stage in stages_of(made.operator)]
    modulus = chosen.get("modulus", "none")
    return trees if modulus == "none" else [_with_modulus(tree, int(modulus)) for tree in trees]


def _with_modulus(tree: Any, modulus: int) -> Any:
    """Put a prime into a description: the constructors take one only with numbers, which they check."""
    if isinstance(tree, list):
        return [_with_modulus(part, modulus) for part in tree]
    if not isinstance(tree, dict):
        return tree
    parts = {key: _with_modulus(part, modulus) for key, part in tree.items()}
    return {**parts, "modulus": modulus} if parts.get("kind") in ("Fourier", "Spectrum") else parts


def _too_many_branches(axes: int, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said where each group is a branch of its own and there are too many to be shown."""
    condition = sympy.Le(symbol("groups"), MOST_BRANCHES)
    few: Condition = (condition, "in this form each group is a branch, of which only a few are shown")
    told_ = told(few, None, {"groups": "g"})
    return {"when": {"axes": axes, **chosen}, "stages": [], "conditions": [told_]}


# --- conditions ----------------------------------------------------------------------------------


def conditions(made: Symbolic) -> tuple[Condition, ...]:
    """Return what numbers must meet, each with words that say what it is about."""
    own = [(condition, _words(condition)) for condition in made.operator.conditions]
    found: dict[sympy.Basic, str] = {}
    for condition, words in (*own, *made.extra):
        found.setdefault(condition, words)
    return tuple(found.items())


def told(condition: Condition, made: Symbolic | None, written: Mapping[str, str]) -> dict[str, Any]:
    """Return a condition as JSON: for the page to check, as a formula, and in words."""
    formula, words = condition
    shares = made.shares if made else {}
    read = renamed(replaced(formula, shares), written)
    return {
        "expression": replaced_in(expression(formula), shares, {}),
        "mathml": mathml(latex(read)),
        "text": f"{words}: {text(read)}" if words else text(read),
    }


def _words(condition: sympy.Basic) -> str:
    """Return what a condition is about: the first of these words that are for one like it."""
    names = {s.name for s in condition.free_symbols}

    def about(key: str) -> bool:
        return any(name == key or name.startswith(f"{key}_") for name in names)

    told = (
        (condition.has(sympy.Mod), "the groups must divide the channels"),
        (about("output_padding"), "there must be an output"),
        (condition.has(Max), "every window must begin inside the input or the padding before it"),
        (condition.has(sympy.floor), "every phase must read something of the input on this page"),
        (
            about("kernel_size") and about("input_size"),
            "the kernel must fit into the padded input",
        ),
        (about("input_size"), "something of the input must be left"),
    )
    return next((words for meant, words in told if meant), "")


# --- structure -----------------------------------------------------------------------------------


def structure(made: Symbolic, written: Mapping[str, str]) -> str:
    """Return the structure of an operator in LaTeX, in the letters of the literature."""
    return structure_latex(as_written(made, written))


def as_written(made: Symbolic, written: Mapping[str, str]) -> Operator:
    """Return the operator with letters for its names, only to be written: shares stay as they are."""
    result: Operator = exchange(
        made.operator, sympy.Basic, lambda part: renamed(replaced(part, {}), written)
    )
    return result
