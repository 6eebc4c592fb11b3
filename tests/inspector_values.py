"""What the page does with the data, in Python and in as few lines: expressions, variants, formulas."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import reduce
from importlib import import_module
from itertools import pairwise

OPERATIONS = {
    "/": lambda a, b: Fraction(a) / b,
    "^": lambda a, b: Fraction(a) ** int(b),
    "mod": lambda a, b: a % b,
    "floor": math.floor,
    "ceil": math.ceil,
    "abs": abs,
    "max": max,
    "min": min,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "and": lambda *a: all(a),
    "or": lambda *a: any(a),
    "not": lambda a: not a,
    "+": lambda *a: sum(a),
    "*": lambda *a: math.prod(a),
    "gcd": lambda a, b: math.gcd(int(a), int(b)),
}


def evaluate(expression, values):
    if not isinstance(expression, dict):
        return expression
    if "op" not in expression:
        return values[expression["name"]]
    args = expression["args"]
    if expression["op"] == "sum":
        body, index, low, high = args
        low, high = evaluate(low, values), evaluate(high, values)
        if high < low - 1:  # sympy's empty sums: Karr's convention
            return -sum(evaluate(body, values | {index["name"]: i}) for i in range(high + 1, low))
        return sum(evaluate(body, values | {index["name"]: i}) for i in range(low, high + 1))
    return OPERATIONS[expression["op"]](*(evaluate(a, values) for a in args))


def flattened(values):
    """Return the values of the controls under the names that expressions have for them."""
    found = {}
    for key, value in values.items():
        if not isinstance(value, list):
            found[key] = value
            continue
        for axis, one in enumerate(value):
            pairs = zip(("lo", "hi"), one, strict=True) if isinstance(one, list) else ()
            found |= {f"{key}_{axis}_{end}": v for end, v in pairs} or {f"{key}_{axis}": one}
    return found


def variant_of(data, axes, values):
    for variant in data["variants"]:
        when = variant["when"]
        if when["axes"] == axes and all(values[k] == v for k, v in when.items() if k != "axes"):
            return variant
    return None


def is_legal(variant, values):
    return all(evaluate(c["expression"], flattened(values)) for c in variant["conditions"])


def default_of(control, values, axes):
    """Return the default of a control at these values, in the shape that the values have."""
    default = control["default"]

    def at(part, axis):
        names = {}
        for key, value in values.items():
            one = value[axis] if isinstance(value, list) else value
            names[key] = one
        return evaluate(part, names)

    if not control["per_axis"]:
        return at(default, 0)
    if isinstance(default, list):
        return [[at(part, a) for part in default] for a in range(axes)]
    return [[at(default, a)] * 2 if control["sides"] else at(default, a) for a in range(axes)]


def formulas_of(data, axes, values):
    """Yield the formulas that match, those whose conditions hold; the page takes the first."""
    controls = {c["key"]: c for c in data["controls"]}
    flat = flattened(values)
    for formula in data["formulas"]:
        when = formula["when"]
        conditions = [c for q in formula["quantities"].values() for c in q["conditions"]]
        if (
            when["axes"] == axes
            and (not when.get("linked") or is_linked(values))
            and all(values[k] == default_of(controls[k], values, axes) for k in when["plain"])
            and all(
                values[k] in v if isinstance(v, list) else values[k] == v for k, v in when["values"].items()
            )
            and all(evaluate(c, flat) for c in conditions)
        ):
            yield formula


def is_linked(values):
    return all(
        a == b
        for key, value in values.items()
        if isinstance(value, list) and key != "input_size"
        for ends in [[end for one in value for end in (one if isinstance(one, list) else [one])]]
        for a, b in pairwise(ends)
    )


ROOMS = (
    *("composition", "conv", "filters", "fixed", "fourier", "gather", "kron", "leaves", "local"),
    *("moves", "permutations", "phases", "points", "sidebyside", "stacks"),
)
KINDS = reduce(lambda found, room: found | vars(import_module(f"convalgebra.operators.{room}")), ROOMS, {})


def built(tree, values):
    """Return the operator that a tree describes, at numbers."""
    if isinstance(tree, list):
        return tuple(built(part, values) for part in tree)
    if not isinstance(tree, dict):
        return tree
    if "kind" not in tree:
        value = Fraction(evaluate(tree, values))
        return int(value) if value.denominator == 1 else value
    return KINDS[tree["kind"]](**{k: built(part, values) for k, part in tree.items() if k != "kind"})
