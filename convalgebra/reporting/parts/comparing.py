"""One operator beside another: the ratio derived, its limits, where one is cheaper, a plot with points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import sympy

from convalgebra.counting.compare import Comparison, Crossover, Trend, compare
from convalgebra.counting.measure import measure
from convalgebra.derivation.derivation import Derivation
from convalgebra.derivation.ratios import derive_ratio
from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex
from convalgebra.operators.base import Operator
from convalgebra.reporting.blocks import Block, Figure, Heading, Items, Paragraph
from convalgebra.reporting.figures.ratio import Curve, ratio_figure
from convalgebra.reporting.parts.costs import checked
from convalgebra.reporting.parts.derived import Derived, conditions, derived
from convalgebra.reporting.parts.opening import displayed
from convalgebra.reporting.parts.part import Part, joined
from convalgebra.reporting.steps import steps_of
from convalgebra.reporting.subject import Pair, Plot, Subject
from convalgebra.reporting.words import Inline, Math, Reference, Words, formula, listed, say
from convalgebra.sizes import symbol

# Formulas of a comparison that are longer say less than the derivation above them.
_LONGEST = 40


@dataclass(frozen=True)
class Compared:
    """A pair of operators, the derived ratio of their costs, and what can be said of it."""

    key: str
    pair: Pair
    derived: Derived
    comparison: Comparison


def compared(subject: Subject) -> tuple[Compared, ...]:
    """Return the ratio of each pair of the chapter, derived and checked."""
    return tuple(_compared(pair, f"{subject.key}-{at}") for at, pair in enumerate(subject.pairs, 1))


def _compared(pair: Pair, key: str) -> Compared:
    a, b = pair.a.operator(), pair.b.operator()
    name: Inline = say("part.ratio.name", a=_title(pair, "a"), b=_title(pair, "b"))
    return Compared(key, pair, derived(derive_ratio(a, b), f"ratio:{key}", name), compare(a, b))


def comparing(found: Sequence[Compared]) -> Part:
    """Return what the operators cost beside each other; no part where a chapter compares nothing."""
    if not found:
        return Part(())
    head = Part((Heading(2, say("part.ratio.title")),))
    return joined([head, *map(_one, found)])


def _one(one: Compared) -> Part:
    pair, derivation = one.pair, one.derived.derivation
    counts = (
        rf"\mu_A = {latex(derivation.a.multiplications)}",
        rf"\mu_B = {latex(derivation.b.multiplications)}",
    )
    blocks: list[Block] = [
        Heading(3, one.derived.name),
        Paragraph(_introduced(pair)),
        *map(displayed, counts),
    ]
    needed = conditions(derivation)
    blocks += [] if needed is None else [Paragraph(needed)]
    blocks += steps_of(quotient(derivation), one.derived.anchor)
    blocks.append(Paragraph(checked(one.derived, "part.checked_whole")))
    said = findings(one.comparison)
    blocks += [Items(tuple(said))] if said else []
    whole = Part(tuple(blocks), one.derived.passed)
    if pair.plot is None:
        return whole
    plotted = plot(one.key, derivation.result, (derivation.a, derivation.b), pair.plot)
    return joined([whole, Part((plotted.figure,), plotted.agrees)])


def _introduced(pair: Pair) -> Inline:
    said: dict[str, Inline] = {
        "a": _title(pair, "a"),
        "b": _title(pair, "b"),
        "at_a": Reference(f"cost:{pair.a.type}", say("part.ratio.its_structure")),
        "at_b": Reference(f"cost:{pair.b.type}", say("part.ratio.its_structure")),
    }
    where = _where(pair)
    return (
        say("part.ratio.introduced", **said)
        if where is None
        else say("part.ratio.introduced_at", **said, sizes=where)
    )


def _where(pair: Pair) -> Inline | None:
    """Return the sizes for which the pair is compared, where they are not those of the chapter."""
    a, b = (layer.put for layer in (pair.a, pair.b))
    both = [Math(text) for text in a if text in b]
    said: list[Inline] = list(both)
    for key, own, other in (("a", a, b), ("b", b, a)):
        if only := [Math(text) for text in own if text not in other]:
            said.append(say(f"part.ratio.here_{key}", sizes=listed(only)))
    return listed(said) if said else None


def _title(pair: Pair, side: str) -> Inline:
    return say(f"type.{getattr(pair, side).type}.title")


def quotient(derivation: Derivation) -> Derivation:
    """Return the derivation of a ratio from where the two counts are put over each other.

    >>> import convalgebra as ca
    >>> whole = ca.derive_ratio(ca.depthwise("D", ("H", "W"), "h"), ca.conv("D", "N_c", ("H", "W"), "h"))
    >>> [str(step.right) for step in quotient(whole).steps][-1], len(whole.steps)
    ('1/N_c', 8)
    """
    counts = [step.left for step in derivation.steps]
    start = next((at for at, left in enumerate(counts) if _is_quotient(left, derivation)), 0)
    return replace(derivation, steps=derivation.steps[start:])


def _is_quotient(left: object, derivation: Derivation) -> bool:
    """Say whether a side is one named count over another."""
    named = {name for name, _ in derivation.named}
    return isinstance(left, sympy.Expr) and left.is_Mul and len(left.free_symbols & named) == 2


# --- what can be said ------------------------------------------------------------------------------


def divisors(conditions: Iterable[sympy.Basic]) -> set[sympy.Basic]:
    """Return what must divide something under some conditions: the groups of channels.

    >>> import convalgebra as ca
    >>> divisors(ca.grouped("D", "N_c", "N", 3, groups="g").conditions)
    {g}
    """
    return {c.lhs.args[1] for c in conditions if isinstance(c, sympy.Eq) and c.has(sympy.Mod)}


def findings(found: Comparison) -> list[Inline]:
    """Return what is proved of a ratio: its limits and directions, and where the first is cheaper."""
    divides = divisors(found.conditions)
    said: list[Inline] = [
        # What must divide another size does not grow beyond it.
        _trend(replace(trend, limit=None) if trend.symbol in divides else trend)
        for trend in found.trends
        if trend.direction != "not decided" or trend.limit is not None
    ]
    if found.always:
        said.append(say(f"part.always.{found.always.replace(' ', '_')}"))
    said += map(_crossover, found.crossovers)
    if found.orders[0] != found.orders[1]:
        a, b = map(formula, found.orders)
        said.append(say("part.ratio.orders", a=a, b=b))
    return said


def _trend(trend: Trend) -> Inline:
    key = trend.direction.replace(" ", "_")
    name = formula(trend.symbol)
    if trend.limit is None or sympy.count_ops(trend.limit) > _LONGEST:
        return say(f"part.trend.{key}", symbol=name)
    return say(f"part.trend.{key}_to", symbol=name, limit=formula(trend.limit))


def _crossover(found: Crossover) -> Inline:
    condition = formula(found.condition)
    if found.given == sympy.true:
        return say("part.cheaper.where", condition=condition)
    key = "part.cheaper.only" if found.otherwise else "part.cheaper.given"
    return say(key, condition=condition, given=formula(found.given))


# --- the plot --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plotted:
    """The figure of a ratio, and whether the measured points lie on its curves, exactly."""

    figure: Figure
    agrees: bool


def plot(name: str, ratio: sympy.Expr, operators: tuple[Operator, Operator], wanted: Plot) -> Plotted:
    """Return the ratio over a symbol as curves, with points that were measured on the operators."""
    divided = divisors(condition for operator in operators for condition in operator.conditions)
    curves, agrees = [], True
    for member in wanted.members:
        fixed = {**wanted.rest, wanted.over: member}
        points = [(size, _measured(operators, {**fixed, wanted.symbol: size})) for size in wanted.measured]
        right = all(_value(ratio, {**fixed, wanted.symbol: size}) == found for size, found in points)
        agrees = agrees and right
        curves.append(_curve(ratio, wanted, member, divided, [(n, float(found)) for n, found in points]))
    x, over = symbol(wanted.symbol), symbol(wanted.over)
    drawn = ratio_figure(f"ratio-{name}", curves, x_label=latex(x), y_label=r"\mu_A / \mu_B")
    seen: dict[str, Inline] = {
        "symbol": formula(x),
        "over": formula(over),
        "members": listed(Math(str(member)) for member in wanted.members),
        "points": Math(str(len(wanted.members) * len(wanted.measured))),
        "ratio": formula(ratio),
        "rest": listed(Math(f"{latex(symbol(n))} = {size}") for n, size in wanted.rest.items()),
    }
    several = "several" if len(wanted.members) > 1 else "one"
    if wanted.rest:
        seen["rest"] = say("part.plot.rest", sizes=seen["rest"])
    else:
        seen["rest"] = Words("")
    caption = say(f"part.plot.caption_{several}", **seen)
    figure = Figure(drawn, caption, say(f"part.plot.shows_{several}", **seen), f"figure:ratio-{name}")
    return Plotted(figure, agrees)


def _curve(
    ratio: sympy.Expr,
    wanted: Plot,
    member: int,
    divided: set[sympy.Basic],
    points: list[tuple[int, float]],
) -> Curve:
    fixed = {symbol(n): size for n, size in {**wanted.rest, wanted.over: member}.items()}
    along = ratio.subs(fixed)
    x = symbol(wanted.symbol)
    low, high = wanted.span
    whole = along.has(sympy.floor, sympy.Mod) or x in divided
    xs = np.arange(low, high + 1) if whole else np.geomspace(low, high, 160)
    function = sympy.lambdify(x, along, "numpy")
    ys = np.broadcast_to(np.asarray(function(xs), float), xs.shape)
    limit = None if whole or not along.has(x) else sympy.limit(along, x, sympy.oo)
    known = limit is not None and bool(limit.is_finite)
    return Curve(
        f"{latex(symbol(wanted.over))} = {member}" if len(wanted.members) > 1 else "",
        tuple(map(float, xs)),
        tuple(map(float, ys)),
        tuple((float(size), value) for size, value in points),
        float(limit) if limit is not None and known else None,
        latex(limit) if known else "",
    )


def _measured(operators: Sequence[Operator], sizes: dict[str, int]) -> Fraction:
    counts = [measure(_at(operator, sizes)).multiplications for operator in operators]
    return Fraction(*counts)


def _at(operator: Operator, sizes: dict[str, int]) -> Operator:
    names = {s.name for s in operator.symbols}
    missing = names - sizes.keys()
    if missing:
        raise ArgumentError(f"plot: {', '.join(sorted(missing))} have no number")
    return operator.subs(**{name: size for name, size in sizes.items() if name in names})


def _value(ratio: sympy.Expr, sizes: dict[str, int]) -> Fraction:
    value = sympy.Rational(ratio.subs({symbol(name): size for name, size in sizes.items()}))
    return Fraction(int(value.p), int(value.q))
