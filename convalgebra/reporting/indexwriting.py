"""Index formulas in LaTeX, as the literature writes them: no index of a single value, no stride of 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sympy

from convalgebra.formulas import latex
from convalgebra.operators.described import Sizes
from convalgebra.operators.fourier import root_of_unity
from convalgebra.proofs import as_formula
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
        return (rf"{_array(formula.gives)} = \left({formula.operator.latex()}\right) {_array(formula.reads)}",)
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
                if (line := _definition(node, term)) is not None:
                    found[line] = None
    return tuple(found)


def _range(index: sympy.Symbol, count: object) -> str:
    return rf"0 \le {latex(index)} < {latex(count)}"  # type: ignore[arg-type]


def _array(name: str, part: int | None = None) -> str:
    """Return the name of an array: x, y or z with its stage above, and which part of it.

    >>> _array("z_2"), _array("x", 1), _array("z_1", 3)
    ('z^{(2)}', 'x^{(1)}', 'z^{(1;3)}')
    """
    letter, _, stage = name.partition("_")
    above = ";".join(mark for mark in (stage, "" if part is None else str(part)) if mark)
    return f"{letter}^{{({above})}}" if above else letter


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


def _order(term: Term) -> dict[sympy.Symbol, int]:
    """Return where the indices stand in a place such as s i + d a: outputs first, then taps."""
    listed = [t for t in term.targets if t is not None]
    listed += [r.index for r in term.ranges if r.index not in listed]
    return {index: at for at, index in enumerate(listed)}


def _sum(formula: IndexFormula, term: Term) -> str:
    order = _order(term)
    targets = {t for t in term.targets if t is not None}
    free = [r for r in term.ranges if r.index not in targets]
    bound: list[tuple[list[Range], str]] = []
    written = set(targets)
    for place, target in zip(term.output, term.targets, strict=True):
        if target is None:
            written |= place.free_symbols
        elif place != target:
            own = [r for r in free if r.index in place.free_symbols and not _in(bound, r)]
            bound.append((own, f"{_index(place, order)} = {_index(target, order)}"))
    free = [r for r in free if r.index not in written and not _in(bound, r)]
    channels = [r for r in free if r.over in _CHANNELS]
    others = [r for r in free if r.over not in _CHANNELS]
    signs = [rf"\sum_{{{_listed(group)}}}" for group in (channels, others) if group]
    if bound:
        signs.append(_bound_sum(bound))
    inner = {r.index for r in term.ranges} - targets - (written - targets)
    before, after = _factor(term.factor, inner, order)
    names = [
        _weight(w.name) + _subscript(w.indices, w.shape, order) for w in term.weights
    ]
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


def _factor(
    factor: sympy.Expr, summed: set[sympy.Symbol], order: dict[sympy.Symbol, int]
) -> tuple[list[str], list[str]]:
    """Return what stands before the sums and what behind them."""
    fixed, running = [], []
    for part in sympy.Mul.make_args(factor):
        (running if part.free_symbols & summed else fixed).append(part)
    constant = sympy.Mul(*fixed)
    before = [] if constant == 1 else [_number(constant, order)]

    def place(part: sympy.Expr) -> tuple[object, ...]:
        return min(order.get(s, len(order)) for s in part.free_symbols), sympy.default_sort_key(part)

    return before, [_number(part, order) for part in sorted(running, key=place)]


def _number(part: sympy.Expr, order: dict[sympy.Symbol, int]) -> str:
    above, below = sympy.fraction(part)
    if below != 1 and not part.is_Add:
        return rf"\frac{{{_index(above, order)}}}{{{_index(below, order)}}}"
    text = _index(part, order)
    return rf"\left({text}\right)" if part.is_Add else text


def _subscript(indices: Sequence[sympy.Expr], shape: Sizes, order: dict[sympy.Symbol, int]) -> str:
    """Return the indices of an array, those of axes with a single value left out."""
    shown = [e for e, size in zip(indices, shape, strict=True) if size != 1]
    if not shown:
        return ""
    between = "," if all(e.is_Symbol or e.is_Integer for e in shown) else r",\,"
    return f"_{{{between.join(_index(e, order) for e in shown)}}}"


# --- formulas in a subscript ---------------------------------------------------------------------


def _index(e: sympy.Expr, order: dict[sympy.Symbol, int]) -> str:
    """Return a formula without spaces, its terms in the order of the indices in them."""
    match e:
        case sympy.Add():
            return _added(e, order)
        case sympy.Mul():
            return _multiplied(e, order)
        case sympy.Pow() if e.exp.is_Integer and e.exp > 0:
            return rf"{_bracketed(e.base, order)}^{{{e.exp}}}"
        case sympy.floor():
            return rf"\lfloor {_divided(e.args[0], order)} \rfloor"
        case sympy.Mod():
            whole = e.args[0]
            left = _index(whole, order)
            left = rf"({left})" if whole.is_Add or whole.is_Mul else left
            return rf"{left} \bmod {_bracketed(e.args[1], order)}"
        case sympy.Max() | sympy.Min():
            name = r"\max" if isinstance(e, sympy.Max) else r"\min"
            inside = sorted(
                e.args, key=lambda part: (not set(order) & part.free_symbols, sympy.default_sort_key(part))
            )
            return rf"{name}({', '.join(_index(part, order) for part in inside)})"
        case sympy.Abs():
            return rf"\lvert {_index(e.args[0], order)} \rvert"
        case Present():
            return rf"{latex(e.args[0])}_{{{_index(e.args[1], order)}}}"
        case Reflected():
            return rf"\rho_{{{_index(e.args[1], order)}}}({_index(e.args[0], order)})"
        case Entry():
            inside = [_index(i, order) for i in e.args[2:]]
            between = "," if all(i.is_Symbol or i.is_Integer for i in e.args[2:]) else r",\,"
            return rf"{_letter(e.args[0].name)}_{{{between.join(inside)}}}"
        case Root():
            return rf"\omega_{{{_index(e.args[0], order)}}}^{{{_index(e.args[1], order)}}}"
    return latex(e).replace(" + ", "+").replace(" - ", "-")


def _letter(name: str) -> str:
    letter, _, above = name.partition("^")
    return rf"\{letter}^{{{above}}}" if above else rf"\{letter}"


def _divided(e: sympy.Expr, order: dict[sympy.Symbol, int]) -> str:
    above, below = sympy.fraction(sympy.together(e))
    if below == 1:
        return _index(above, order)
    left = rf"({_index(above, order)})" if above.is_Add else _index(above, order)
    return rf"{left}/{_bracketed(below, order, products=True)}"


def _added(e: sympy.Expr, order: dict[sympy.Symbol, int]) -> str:
    """Return a sum: s i + d a - p, h - 1 - a, r (u mod r) + floor(v / r)."""
    digits = bool(e.atoms(sympy.Mod, sympy.floor))
    running = [term for term in e.args if set(order) & term.free_symbols]
    constant = [term for term in e.args if term not in running]

    def rank(term: sympy.Expr) -> tuple[object, ...]:
        places = [order[s] for s in term.free_symbols if s in order]
        return digits and not _has_factor(term, order), min(places), sympy.default_sort_key(term)

    running.sort(key=rank)
    running.sort(key=_negative)
    constant.sort(key=lambda term: (bool(term.is_number), sympy.default_sort_key(term)))
    if not running or _negative(running[0]):
        terms = [*sorted(constant, key=_negative), *running]
    else:
        terms = [*running, *constant]
    return "".join(_signed(term, order, first=at == 0) for at, term in enumerate(terms))


def _has_factor(term: sympy.Expr, order: dict[sympy.Symbol, int]) -> bool:
    """Say whether a term has a factor without a running index."""
    return any(not set(order) & f.free_symbols for f in sympy.Mul.make_args(term))


def _signed(term: sympy.Expr, order: dict[sympy.Symbol, int], first: bool) -> str:
    negative = _negative(term)
    value = -term if negative else term
    inside = _index(value, order)
    if value.is_Add or isinstance(value, sympy.Mod):
        inside = f"({inside})"
    return ("-" if negative else "" if first else "+") + inside


def _negative(term: sympy.Expr) -> bool:
    return bool(term.as_coeff_Mul()[0].is_negative)


def _multiplied(e: sympy.Expr, order: dict[sympy.Symbol, int]) -> str:
    if e.as_coeff_Mul()[0].is_negative:
        return f"-{_index(-e, order)}"
    above, below = sympy.fraction(e)
    if below != 1:
        fixed, running = sympy.Integer(1), sympy.Integer(1)
        for factor in sympy.Mul.make_args(above):
            if set(order) & factor.free_symbols:
                running *= factor
            else:
                fixed *= factor
        if fixed == 1 or running == 1:
            return rf"\tfrac{{{_index(above, order)}}}{{{_index(below, order)}}}"
        return rf"\tfrac{{{_index(fixed, order)}}}{{{_index(below, order)}}} {_bracketed(running, order)}"
    factors = sorted(
        sympy.Mul.make_args(e),
        key=lambda f: (bool(f.free_symbols), bool(set(order) & f.free_symbols), sympy.default_sort_key(f)),
    )
    return " ".join(_bracketed(f, order) for f in factors)


def _bracketed(e: sympy.Expr, order: dict[sympy.Symbol, int], products: bool = False) -> str:
    text = _index(e, order)
    return rf"({text})" if e.is_Add or isinstance(e, sympy.Mod) or (products and e.is_Mul) else text


# --- what signs stand for ------------------------------------------------------------------------


def _definition(node: sympy.Expr, term: Term) -> str | None:
    order = _order(term)
    match node:
        case Present():
            return f"{_index(node, order)} = {_index(node.args[2], order)}"
        case Reflected():
            n = as_formula(node.args[1])
            if n == 1:
                return r"\rho_{1}(t) = 0"
            last = _index(n - 1, order)
            turn = _index(2 * (n - 1), order)
            return rf"\rho_{{{_index(n, order)}}}(t) = {last}-\lvert {last}-(t \bmod {turn}) \rvert"
        case Root():
            size, _, modulus = node.args
            if modulus == 0:
                return rf"\omega_{{{_index(size, order)}}} = e^{{2 \pi \mathrm{{i}} / {_bracketed(size, order)}}}"
            root = root_of_unity(int(size), int(modulus))
            return rf"\omega_{{{size}}} \equiv {root} \pmod{{{modulus}}}"
        case Entry():
            return f"{_letter(node.args[0].name)} = {_table(node.args[1])}"
    return None


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
