"""Names of the algebra are positive integers; here stand in for them what may be 0 or negative, or a share.

A padding that may crop is the difference of two names, and channels that must divide are a multiple of a
name: so no proof takes for granted what need not hold. Afterwards the stand-ins give way to what they
stand for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from convalgebra.inspector.expressions import expression
from convalgebra.sizes import symbol

_MORE, _LESS = "_more", "_less"


def any_sign(name: str) -> sympy.Expr:
    """Return a size that may have any sign: the difference of two positive ones.

    >>> any_sign("p")
    -p_less + p_more
    """
    return symbol(name + _MORE) - symbol(name + _LESS)


def free(name: str) -> sympy.Symbol:
    """Return the symbol of an integer of any sign, for formulas that are only written.

    >>> free("p").is_positive
    """
    return sympy.Symbol(name, integer=True)


def stood_for(names: Mapping[str, Any], shares: Mapping[str, sympy.Expr]) -> dict[str, sympy.Expr]:
    """Return what each name of a formula stands for: ``names`` renames, ``shares`` are the divided ones.

    >>> stood_for({"p_more": 0, "p_less": 0}, {})
    {'p_more': p, 'p_less': 0}
    """
    found: dict[str, sympy.Expr] = {}
    for name in names:
        if name in shares:
            found[name] = shares[name]
        elif name.endswith(_MORE):
            found[name] = free(name.removesuffix(_MORE))
        elif name.endswith(_LESS):
            found[name] = sympy.Integer(0)
    return found


def replaced(formula: sympy.Basic, shares: Mapping[str, sympy.Expr]) -> sympy.Basic:
    """Return a formula with what the stand-ins stand for.

    >>> replaced(symbol("H") + any_sign("p"), {})
    H + p
    """
    by_name = {s.name: s for s in formula.free_symbols}
    found = stood_for(by_name, shares)
    return formula.xreplace({by_name[name]: value for name, value in found.items()})


def renamed(formula: sympy.Basic, names: Mapping[str, str]) -> sympy.Basic:
    """Return a formula with other names for its symbols, each as positive or free as it was.

    >>> renamed(symbol("kernel_size_0") + 1, {"kernel_size_0": "h"})
    h + 1
    """
    return formula.xreplace(
        {s: sympy.Symbol(names[s.name], **s.assumptions0) for s in formula.free_symbols if s.name in names}
    )


def replaced_in(tree: Any, shares: Mapping[str, sympy.Expr], names: Mapping[str, str]) -> Any:
    """Return JSON with what the stand-ins stand for and other names; zeros and ones that this leaves go.

    >>> replaced_in(expression(symbol("H") + any_sign("p")), {}, {"H": "input_size_0"})
    {'op': '+', 'args': [{'name': 'input_size_0'}, {'name': 'p'}]}
    """
    if isinstance(tree, list):
        return [replaced_in(part, shares, names) for part in tree]
    if not isinstance(tree, dict):
        return tree
    if set(tree) == {"name"}:
        name = tree["name"]
        found = stood_for({name: 0}, shares)
        if name in found:
            return replaced_in(expression(found[name]), {}, names)
        return {"name": names.get(name, name)}
    parts = {key: replaced_in(part, shares, names) for key, part in tree.items()}
    return _folded(parts) if "op" in parts and "kind" not in parts else parts


def _folded(tree: dict[str, Any]) -> Any:
    """Leave out what adds 0, multiplies with 1, and what is multiplied with 0."""
    operation, args = tree["op"], tree["args"]
    if operation == "*" and 0 in [a for a in args if not isinstance(a, bool)]:
        return 0
    neutral = {"+": 0, "*": 1}.get(operation)
    if neutral is None:
        return tree
    kept = [a for a in args if isinstance(a, dict | bool) or a != neutral]
    if not kept:
        return neutral
    return kept[0] if len(kept) == 1 else {"op": operation, "args": kept}
