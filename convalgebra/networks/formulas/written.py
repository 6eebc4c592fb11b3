"""Formulas of a network as text for a sentence: the quotients in them by the names of the table."""

from __future__ import annotations

import sympy

from convalgebra.networks.formulas.floors import legible, names_of
from convalgebra.networks.shapes import text
from convalgebra.proofs import Size, as_formula


def written(*values: Size) -> tuple[tuple[str, ...], str]:
    """Return formulas as text, and what the names in them stand for, " where ..."; "" if nothing.

    >>> from sympy import floor
    >>> from convalgebra.sizes import symbol
    >>> written(98304 * (3 * floor((symbol("N") - 1) / 16) + 1) ** 2, 7)
    (('98304*(3*N_16 - 2)**2', '7'), ' where N_16 = floor((N + 15)/16)')
    """
    # What has no quotients has the form that whoever found it gave it.
    formulas = [as_formula(legible(v) if as_formula(v).has(sympy.floor) else v) for v in values]
    names = names_of(formulas)
    told = ", ".join(f"{name} = {text(one)}" for one, name in names.items())
    return tuple(text(formula.xreplace(names)) for formula in formulas), f" where {told}" if told else ""
