"""Index formulas in LaTeX, as the literature writes them: no index of a single value, no stride of 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sympy

from convalgebra.formulas import latex
from convalgebra.operators.described import Sizes
from convalgebra.operators.fourier import root_of_unity
from convalgebra.proofs import Size, as_formula
from convalgebra.reporting.subscripts import Order, bracketed, letter, written
from convalgebra.reporting.terms import Entry, Present, Range, Reflected, Root, Term

if TYPE_CHECKING:
    from convalgebra.reporting.indices import IndexFormula

# Terms and parts beyond so many are left out, but for the last.
_MANY = 4
# A list of numbers beyond so many is cut short.
_LONG = 12
_CHANNELS = ("out", "channel", "group")


def equations(formula: IndexFormula) -> tuple[str, ...]:
    """Return one equation for each part of the output."""
    if formula.as_matrix:
        return (
            rf"{_array(formula.gives)} = \left({formula.operator.latex()}\right) {_array(formula.reads)}",
        )
    parts: dict[tuple[object, object], list[Term]] = {}
    for term in formula.terms:
        apart = None if None not in _open(term) else len(parts)
        parts.setdefault((term.gives.start, apart), []).append(term)
    found = [_equation(formula, terms) for terms in parts.values()]
    return (*found[: _MANY - 2], r"\ldots", found[-1]) if len(found) > _MANY else tuple(found)


def _open(term: Term) -> list[sympy.Symbol | None]:
    """Return the targets of a term, without those of axes with a single value."""
    pairs = zip(term.targets, term.gives.shape, strict=True)
    return [target for target, size in pairs if size != 1]


def ranges(formula: IndexFormula) -> tuple[str, ...]:
    """Return what each index of the first term runs over, those of the output first."""
    found = []
    for term in formula.terms[:1]:
        known = {r.index for r in term.ranges}
        for target, size in zip(term.targets, term.gives.shape, strict=True):
            if target is not None and target not in known:
                found.append(_range(target, size))
        found += [_range(r.index, r.count) for r in term.ranges]
    return tuple(found)


def definitions(formula: IndexFormula) -> tuple[str, ...]:
    """Return what the tables and signs stand for."""
    found: dict[str, None] = {}
    for term in formula.terms:
        for e in (*term.output, *term.input, term.factor):
            for node in sorted(e.atoms(sympy.Function), key=sympy.default_sort_key):
                if (line := _definition(node, _order(term))) is not None:
                    found[line] = None
    return tuple(found)


def _range(index: sympy.Symbol, count: Size) -> str:
    return rf"0 \le {latex(index)} < {latex(count)}"


def _array(name: str, part: int | None = None) -> str:
    """Return the name of an array: x, y or z with its stage above, and which part of it.

    >>> _array("z_2"), _array("x", 1), _array("z_1", 3)
    ('z^{(2)}', 'x^{(1)}', 'z^{(1;3)}')
    """
    base, _, stage = name.partition("_")
    above = ";".join(mark for mark in (stage, "" if part is None else str(part)) if mark)
    return f"{base}^{{({above})}}" if above else base


def _weight(name: str) -> str:
    r"""Return the letter of a weight's entries.

    >>> _weight("weight"), _weight("pointwise_1")
    ('w', 'w^{\\mathrm{pointwise\\_1}}')
    """
    if name == "weight":
        return "w"
    if name == "x":
        return "x"
    return rf"w^{{\mathrm{{{name.replace('_', chr(92) + '_')}}}}}"


def _equation(formula: IndexFormula, terms: Sequence[Term]) -> str:
    first = terms[0]
    places = [
        place if target is None else target
        for place, target in zip(first.output, first.targets, strict=True)
    ]
    order = _order(first)
    left = _array(formula.gives, first.gives.part) + _subscript(places, first.gives.shape, order)
    sums = [_sum(formula, term) for term in terms]
    if len(sums) > _MANY:
        sums = [*sums[: _MANY - 2], r"\cdots", sums[-1]]
    return f"{left} = {' + '.join(sums)}"


def _order(term: Term) -> Order:
    """Return where the indices stand in a place such as s i + d a: outputs first, then taps."""
    listed = [t for t in term.targets if t is not None]
    listed += [r.index for r in term.ranges if r.index not in listed]
    return {index: at for at, index in enumerate(listed)}


def _sum(formula: IndexFormula, term: Term) -> str:
    order = _order(term)
    targets = {t for t in term.targets if t is not None}
    free = [r for r in term.ranges if r.index not in targets]
    bound: list[tuple[list[Range], str]] = []
    placed = set(targets)
    for place, target in zip(term.output, term.targets, strict=True):
        if target is None:
            placed |= place.free_symbols
        elif place != target:
            own = [r for r in free if r.index in place.free_symbols and not _in(bound, r)]
            bound.append((own, f"{written(place, order)} = {written(target, order)}"))
    free = [r for r in free if r.index not in placed and not _in(bound, r)]
    channels = [r for r in free if r.over in _CHANNELS]
    others = [r for r in free if r.over not in _CHANNELS]
    signs = [rf"\sum_{{{_listed(group)}}}" for group in (channels, others) if group]
    if bound:
        signs.append(_bound_sum(bound))
    inner = {r.index for r in term.ranges} - targets - (placed - targets)
    before, after = _factor(term.factor, inner, order)
    names = [_weight(w.name) + _subscript(w.indices, w.shape, order) for w in term.weights]
    names.append(_array(formula.reads, term.reads.part) + _subscript(term.input, term.reads.shape, order))
    inside = r"\, ".join([*after, *names])
    return " ".join([*before, *signs, inside])


def _in(bound: Sequence[tuple[list[Range], str]], r: Range) -> bool:
    return any(r in own for own, _ in bound)


def _bound_sum(bound: Sequence[tuple[list[Range], str]]) -> str:
    lines = [rf"{_listed(own)}:\, {line}" if own else line for own, line in bound]
    below = r" \\ ".join(lines)
    return rf"\sum_{{{below}}}" if len(lines) == 1 else rf"\sum_{{\substack{{{below}}}}}"


def _listed(group: Sequence[Range]) -> str:
    return ",".join(latex(r.index) for r in group)


def _factor(factor: sympy.Expr, summed: set[sympy.Symbol], order: Order) -> tuple[list[str], list[str]]:
    """Return what stands before the sums and what behind them."""
    fixed: list[sympy.Expr] = []
    running: list[sympy.Expr] = []
    for part in sympy.Mul.make_args(factor):
        (running if part.free_symbols & summed else fixed).append(part)
    constant = sympy.Mul(*fixed)
    before = [] if constant == 1 else [_number(constant, order)]

    def place(part: sympy.Expr) -> tuple[object, ...]:
        return min(order.get(s, len(order)) for s in part.free_symbols), sympy.default_sort_key(part)

    return before, [_number(part, order) for part in sorted(running, key=place)]


def _number(part: sympy.Expr, order: Order) -> str:
    above, below = sympy.fraction(part)
    if below != 1 and not part.is_Add:
        return rf"\frac{{{written(above, order)}}}{{{written(below, order)}}}"
    text = written(part, order)
    return rf"\left({text}\right)" if part.is_Add else text


def _subscript(indices: Sequence[sympy.Expr], shape: Sizes, order: Order) -> str:
    """Return the indices of an array; those of axes with a single value, always 0, are left out."""
    shown = [e for e, size in zip(indices, shape, strict=True) if size != 1 or e != 0]
    if not shown:
        return ""
    between = "," if all(e.is_Symbol or e.is_Integer for e in shown) else r",\,"
    return f"_{{{between.join(written(e, order) for e in shown)}}}"


# --- what signs stand for ------------------------------------------------------------------------


def _definition(node: sympy.Expr, order: Order) -> str | None:
    match node:
        case Present():
            return f"{written(node, order)} = {written(node.args[2], order)}"
        case Reflected():
            return _reflection(as_formula(node.args[1]))
        case Root():
            return _root(*node.args[::2])
        case Entry():
            return f"{letter(node.args[0].name)} = {_table(node.args[1])}"
    return None


def _reflection(size: sympy.Expr) -> str:
    if size == 1:
        return r"\rho_{1}(t) = 0"
    last, turn = written(size - 1, {}), bracketed(sympy.expand(2 * (size - 1)), {})
    last_off = rf"({last})" if (size - 1).is_Add else last
    return rf"\rho_{{{written(size, {})}}}(t) = {last}-\lvert {last_off}-(t \bmod {turn}) \rvert"


def _root(size: sympy.Expr, modulus: sympy.Integer) -> str:
    if modulus == 0:
        power = rf"2 \pi \mathrm{{i}} / {bracketed(size, {})}"
        return rf"\omega_{{{written(size, {})}}} = e^{{{power}}}"
    root = root_of_unity(int(size), int(modulus))
    return rf"\omega_{{{size}}} \equiv {root} \pmod{{{modulus}}}"


def _table(table: sympy.Tuple) -> str:
    rows = [row if isinstance(row, sympy.Tuple) else None for row in table]
    if all(row is None for row in rows):
        values = [_small(v) for v in table]
        if len(values) > _LONG:
            values = [*values[: _LONG // 2], r"\ldots", values[-1]]
        return rf"\left({', '.join(values)}\right)"
    lines = r" \\ ".join(" & ".join(_small(v) for v in row) for row in rows if row is not None)
    return rf"\begin{{pmatrix}} {lines} \end{{pmatrix}}"


def _small(value: sympy.Rational) -> str:
    sign = "-" if value < 0 else ""
    return str(value) if value.q == 1 else rf"{sign}\tfrac{{{abs(value.p)}}}{{{value.q}}}"
