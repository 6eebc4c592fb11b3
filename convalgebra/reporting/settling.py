"""Index formulas in the form in which they are written: one output at a time, letters for the indices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

import sympy

from convalgebra.proofs import as_formula
from convalgebra.reporting.reshaping import equal
from convalgebra.reporting.terms import Entry, Range, Term

_LETTERS = {
    "out": "o",
    "channel": "c",
    "group": "q",
    "position": "ijk",
    "target": "uvt",
    "tap": "abe",
    "frequency": "fgh",
    "tile": "tuv",
    "point": "rs",
    "column": "qln",
}
_CHANNELS = ("out", "channel", "group")


def settled(term: Term) -> Term:
    """Return a term in which each index of the output is a single one, where it can be.

    An output at ``r*i + a`` with a below r becomes one at u, with i = floor(u/r) and a = u mod r; an output
    at ``i + a`` becomes one at u, with i = u - a.
    """
    for at in range(len(term.output)):
        term = _digits(term, at) or _moved(term, at) or term
    plain = {r.index for r in term.ranges}
    open_ = any(e not in plain and e != 0 for e in term.output)
    outputs = [e for e in term.output if e in plain]
    ranges = sorted(
        term.ranges, key=lambda r: outputs.index(r.index) if r.index in outputs else len(outputs)
    )
    return replace(term, ranges=tuple(ranges), beyond=term.beyond and open_)


def _linear(term: Term, at: int) -> tuple[list[tuple[Range, sympy.Expr]], sympy.Expr] | None:
    """Return the ranges in an index of the output with coefficients, and the rest; None if not linear."""
    place = sympy.expand(term.output[at])
    own = [r for r in term.ranges if r.index in place.free_symbols]
    if len(own) == 1 and place == own[0].index:
        return None
    found = [(r, place.coeff(r.index)) for r in own]
    rest = sympy.expand(place - sum(c * r.index for r, c in found))
    indices = {r.index for r in own}
    if not own or indices & rest.free_symbols or any(indices & c.free_symbols for _, c in found):
        return None
    others = {s for b, e in enumerate(term.output) if b != at for s in e.free_symbols}
    return None if indices & others else (found, rest)


def _digits(term: Term, at: int) -> Term | None:
    """Read the indices of an output off as the digits of one number."""
    linear = _linear(term, at)
    if linear is None or linear[1] != 0:
        return None
    ordered: list[tuple[Range, sympy.Expr]] = []
    step: sympy.Expr = sympy.Integer(1)
    left = list(linear[0])
    while left:
        fit = next((part for part in left if equal(part[1], step)), None)
        if fit is None:
            return None
        left.remove(fit)
        ordered.append(fit)
        step = step * as_formula(fit[0].count)
    size, top = term.gives.shape[at], ordered[-1][0]
    checked = any(
        e == top.index and equal(n, top.count) for e, n in zip(term.input, term.reads.shape, strict=True)
    )
    if not equal(size, step) and not checked:
        return None
    over = _over(r for r, _ in ordered)
    whole = sympy.Dummy(over, integer=True, nonnegative=True)
    values = {}
    for part, (run, pace) in enumerate(ordered):
        above = whole if part == 0 else sympy.floor(whole / pace)
        values[run.index] = above if run is top else sympy.Mod(above, as_formula(run.count))
    put = _put(term, sympy.expand(term.output[at]), whole, values)
    gone = set(values)
    kept = (Range(whole, size, over), *(r for r in term.ranges if r.index not in gone))
    return replace(put, ranges=kept, outside=put.outside or not equal(size, step))


def _put(
    term: Term, place: sympy.Expr, whole: sympy.Symbol, values: dict[sympy.Symbol, sympy.Expr]
) -> Term:
    """Put one index for the very same place wherever it stands, and digits for the indices elsewhere."""
    mark = sympy.Dummy(integer=True, nonnegative=True)

    def marked(e: sympy.Expr) -> sympy.Expr:
        return mark if sympy.expand(e) == place else e

    weights = tuple(replace(w, indices=tuple(map(marked, w.indices))) for w in term.weights)
    term = replace(
        term,
        output=tuple(map(marked, term.output)),
        input=tuple(map(marked, term.input)),
        weights=weights,
    )
    return term.put({**values, mark: whole})


def _over(ranges: Iterable[Range]) -> str:
    kinds = [r.over for r in ranges]
    if "out" in kinds:
        return "out"
    return "channel" if any(kind in _CHANNELS for kind in kinds) else "target"


def _moved(term: Term, at: int) -> Term | None:
    """Solve for an index that the output moves with, one by one, and that the input is read at."""
    linear = _linear(term, at)
    if linear is None:
        return None
    for run, pace in linear[0]:
        reads = [e for e in term.input if run.index in e.free_symbols]
        read_whole = any(
            e == run.index and equal(n, run.count)
            for e, n in zip(term.input, term.reads.shape, strict=True)
        )
        in_table = any(run.index in node.free_symbols for node in term.factor.atoms(sympy.Function))
        if pace != 1 or len(reads) != 1 or not read_whole or in_table:
            continue
        size = term.gives.shape[at]
        whole = sympy.Dummy("target", integer=True, nonnegative=True)
        moved = whole - sympy.expand(term.output[at] - run.index)
        put = replace(
            term,
            output=tuple(whole if b == at else e for b, e in enumerate(term.output)),
        ).put({run.index: moved})
        kept = (Range(whole, size, "target"), *(r for r in term.ranges if r is not run))
        return replace(put, ranges=kept, outside=True)
    return None


# --- letters -------------------------------------------------------------------------------------


def lettered(terms: Sequence[Term], taken: Iterable[str]) -> tuple[Term, ...]:
    """Return terms with letters for their indices, the same ones for one output; ``taken`` are in use."""
    used = set(taken)
    terms = _tables_apart(terms)
    targets: dict[object, tuple[sympy.Symbol | None, ...]] = {}
    found = []
    for term in terms:
        key = (term.gives.start, term.gives.shape)
        others = [t for t in terms if (t.gives.start, t.gives.shape) == key]
        if len(others) > 1 and all(_are_apart(a, b) for a, b in combinations(others, 2)):
            found.append(_named(term, used, None, shared=False))
            continue
        named = _named(term, used, targets.get(key), shared=len(others) > 1)
        targets.setdefault(key, named.targets)
        found.append(named)
    return tuple(found)


def _are_apart(a: Term, b: Term) -> bool:
    """Say whether two terms are written out where they lie and surely have no place in common."""
    plain = [{r.index for r in term.ranges} for term in (a, b)]
    written = all(
        place in known or _is_written_out(term, at)
        for term, known in zip((a, b), plain, strict=True)
        for at, place in enumerate(term.output)
    )
    return written and any(map(_residues_differ, a.output, b.output))


def _residues_differ(a: sympy.Expr, b: sympy.Expr) -> bool:
    """Say whether two places such as 2i and 2j + 1 differ modulo a pace that they share."""
    residues = []
    for place in (a, b):
        indices = place.atoms(sympy.Dummy)
        paces = {sympy.expand(place).coeff(index) for index in indices}
        rest = sympy.expand(place).subs(dict.fromkeys(indices, 0))
        residues.append((paces, rest))
    (paces, first), (others, second) = residues
    numbers = first.is_Integer and second.is_Integer and all(p.is_Integer for p in paces | others)
    common = sympy.igcd(0, *paces, *others) if numbers and paces | others else 0
    return bool(numbers and (first != second if common == 0 else (first - second) % common != 0))


def _named(
    term: Term, taken: set[str], targets: tuple[sympy.Symbol | None, ...] | None, shared: bool
) -> Term:
    used, values = set(taken), {}
    plain = {r.index: r for r in term.ranges}
    outputs: list[sympy.Symbol | None] = []
    if targets is not None:
        used |= {t.name for t in targets if t is not None}
    for at, place in enumerate(term.output):
        given = targets[at] if targets is not None else None
        if place in plain and place not in values:
            values[place] = given or _letter(plain[place].over, used)
            outputs.append(values[place])
        elif given is not None or not _is_written_out(term, at) or (shared and term.gives.shape[at] != 1):
            outputs.append(given or _letter(_over_of(term, at), used))
        else:
            outputs.append(None)
    for r in term.ranges:
        if r.index not in values:
            values[r.index] = _letter(r.over, used)
    put = term.put(values)
    ranges = tuple(replace(r, index=values[r.index]) for r in term.ranges)
    return replace(put, ranges=ranges, targets=tuple(outputs))


def _over_of(term: Term, at: int) -> str:
    kinds = {r.over for r in term.ranges if r.index in term.output[at].free_symbols}
    return "channel" if at == 0 and len(term.output) > 1 and kinds & {*_CHANNELS, "column"} else "target"


def _is_written_out(term: Term, at: int) -> bool:
    """Say whether an output is written where it lies, as at 2i: each place is reached by one index."""
    place = term.output[at]
    own = [r for r in term.ranges if r.index in place.free_symbols]
    others = {s for b, e in enumerate(term.output) if b != at for s in e.free_symbols}
    if not own:
        return True
    index = own[0].index
    pace = sympy.expand(place).coeff(index)
    straight = bool(pace.is_positive) and index not in sympy.expand(place - pace * index).free_symbols
    return len(own) == 1 and straight and index not in others


def _letter(over: str, used: set[str]) -> sympy.Symbol:
    letters = _LETTERS[over]
    names = [*letters, *(f"{letters[0]}_{n}" for n in range(1, len(used) + 2))]
    name = next(n for n in names if n not in used)
    used.add(name)
    return sympy.Symbol(name, integer=True, nonnegative=True)


def _tables_apart(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Number the letters of tables that differ."""
    known: dict[str, list[sympy.Tuple]] = {}
    nodes = [
        node for term in terms for e in (*term.output, *term.input, term.factor) for node in _tables(e)
    ]
    for node in nodes:
        tables = known.setdefault(node.args[0].name, [])
        if node.args[1] not in tables:
            tables.append(node.args[1])

    def apart(e: sympy.Expr) -> sympy.Expr:
        return e.replace(lambda node: isinstance(node, Entry), renamed)

    def renamed(node: sympy.Expr) -> sympy.Expr:
        letter, table, *indices = node.args
        tables = known.get(letter.name, [])
        if len(tables) < 2:
            return node
        return Entry(sympy.Symbol(f"{letter.name}^({tables.index(table) + 1})"), table, *indices)

    return tuple(
        replace(
            t,
            output=tuple(map(apart, t.output)),
            input=tuple(map(apart, t.input)),
            factor=apart(t.factor),
        )
        for t in terms
    )


def _tables(e: sympy.Expr) -> list[sympy.Expr]:
    return sorted(e.atoms(Entry), key=sympy.default_sort_key)
