"""The formulas of a type: the shortest first, with what is plain left out; the last one holds always.

Each is a pattern of settings: how many axes, whether all have the same values, which options keep their
defaults. Nothing is typed: the algebra counts the operator that the catalogue makes of the pattern's names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.grouped import FORMS
from convalgebra.catalogue.types import ConvType
from convalgebra.counting.closed import closed_form, is_closed
from convalgebra.counting.ratio import growing
from convalgebra.errors import ArgumentError, SymbolError
from convalgebra.formulas import latex, split, text
from convalgebra.inspector.controls import Control, axes_of, controls_of, has_branches
from convalgebra.inspector.expressions import expression
from convalgebra.inspector.honest import honest
from convalgebra.inspector.letters import letters
from convalgebra.inspector.standins import replaced, replaced_in
from convalgebra.inspector.symbolic import SIGNED, Setting, Symbolic, sizes_of, symbolic
from convalgebra.inspector.variants import combinations, is_unusual, structure
from convalgebra.operators.base import Operator
from convalgebra.proofs import Size, as_formula, combined, is_number
from convalgebra.typesetting.mathml import mathml

# A formula longer than this is one for the page to work out, not for a person to read.
MOST_SIGNS = 480
QUANTITIES = ("multiplications", "mult_adds", "parameters")


def formulas(kind: ConvType) -> list[dict[str, Any]]:
    """Return the formulas of a type as JSON, in the order in which the page tries them.

    >>> from convalgebra.catalogue.types import find_type
    >>> first = formulas(find_type("conv_1d"))[0]
    >>> first["quantities"]["multiplications"]["text"], first["names"]["h"]
    ('D*N_c*h*(N - h + 1)', 'kernel_size_0')
    """
    found = []
    for axes in axes_of(kind):
        for values in _merged(kind):
            for pattern in _patterns(kind, axes, values):
                try:
                    found.append(_formula(kind, pattern))
                except ArgumentError:  # no setting of this pattern is legal
                    continue
    return found


# --- patterns ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pattern:
    """``values`` of choices, those that make no difference as lists; ``plain`` keys keep their default."""

    axes: int
    values: Mapping[str, Any]
    plain: frozenset[str]
    linked: bool

    @property
    def chosen(self) -> dict[str, Any]:
        """One value of each choice."""
        return {k: v[0] if isinstance(v, list) else v for k, v in self.values.items()}


# Values that make no difference to a count; the first of each stands for them.
_ALIKE: Mapping[str, tuple[tuple[Any, ...], ...]] = {
    "padding_mode": (("zeros",), ("circular", "reflect", "replicate")),
    "flip": ((False, True),),
    "ceil_mode": ((False,), (True,)),
}


def _merged(kind: ConvType) -> Iterator[dict[str, Any]]:
    """Yield the combinations of choices, those that are counted alike together."""
    seen = []
    for chosen in combinations(kind):
        values = {k: _alike(kind, k, v) for k, v in chosen.items()}
        if has_branches(chosen):
            values["form"] = list(FORMS[1:])
        if values not in seen:
            seen.append(values)
            yield values


def _alike(kind: ConvType, key: str, value: Any) -> Any:
    if key == "modulus":
        return next(list(c.options) for c in controls_of(kind) if c.key == key)
    for group in _ALIKE.get(key, ()):
        if value in group:
            return list(group) if len(group) > 1 else value
    return value


def _patterns(kind: ConvType, axes: int, values: Mapping[str, Any]) -> Iterator[_Pattern]:
    optional = [c.key for c in controls_of(kind) if c.kind == "size" and c.default is not None]
    usual = not any(
        _first(v) != c.default for c in controls_of(kind) for k, v in values.items() if k == c.key
    )
    plains = _plains(optional, axes <= _main(kind)) if usual else [tuple(optional), ()]
    several = any(c.per_axis and c.kind == "size" and c.key != "input_size" for c in controls_of(kind))
    if several and kind.name != "dilated_polyphase":  # its blocks are counted one by one: no short formula
        for plain in dict.fromkeys(frozenset(p) for p in plains):
            yield _Pattern(axes, values, plain, linked=True)
    yield _Pattern(axes, values, frozenset(), linked=False)


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list | tuple) else value


def _main(kind: ConvType) -> int:
    return 2 if 2 in axes_of(kind) else axes_of(kind)[0]


def _plains(optional: Sequence[str], all_: bool) -> list[tuple[str, ...]]:
    """Return which options keep their default: from all of them to none; ``all_`` with those between."""
    pads = [key for key in optional if key in SIGNED]
    free = [key for key in optional if key not in SIGNED]

    def but(*left_out: str) -> tuple[str, ...]:
        return tuple(key for key in optional if key not in left_out)

    pairs = [but(key, pad) for pad in pads for key in free]
    between = [but(key) for key in optional] + pairs + [but("stride", *pads)]
    return [but(), *(between if all_ else []), tuple(pads), *([tuple(free)] if all_ else []), ()]


# --- one formula ---------------------------------------------------------------------------------


def _formula(kind: ConvType, pattern: _Pattern) -> dict[str, Any]:
    controls = controls_of(kind)
    names = letters(controls, pattern.axes, pattern.linked)
    setting = Setting(
        kind, pattern.axes, _numbered(pattern), pattern.plain, pattern.linked, names.__getitem__
    )
    made = symbolic(setting)
    back = _back(names)
    write = _Written(made, back)
    needed = _positive(controls, names, pattern)
    closed = _has_closed_form(kind, pattern)
    found: dict[str, Any] = {
        "when": {
            "axes": pattern.axes,
            "linked": pattern.linked,
            "plain": sorted(pattern.plain),
            "values": dict(pattern.values),
        },
        "names": {letter: name for letter, name in back.items() if letter in write.letters()},
        "shape": {"mathml": mathml(write.shape())},
    }
    if not pattern.linked:
        del found["when"]["linked"]
    if not is_unusual(kind, pattern.chosen):
        found["structure"] = {"mathml": mathml(structure(made, {}))}
    found["quantities"] = write.quantities(closed, needed)
    found["ratio"] = write.ratio(_standard(setting, made), closed)
    return found


def _numbered(pattern: _Pattern) -> dict[str, Any]:
    """Return the choices of a pattern; a form with branches counts as the one without."""
    chosen = pattern.chosen
    return {**chosen, "form": FORMS[0]} if "form" in chosen else chosen


def _back(names: Mapping[str, str]) -> dict[str, str]:
    """Return the first size that each letter is of."""
    found: dict[str, str] = {}
    for name, letter in names.items():
        found.setdefault(letter, name)
    return found


def _positive(
    controls: Sequence[Control], names: Mapping[str, str], pattern: _Pattern
) -> list[sympy.Basic]:
    """Return that paddings are positive where a formula has a name for one: names of the algebra are."""
    if not pattern.linked:
        return []
    keys = [c.key for c in controls if c.kind == "size" and c.key in SIGNED and c.key not in pattern.plain]
    letters_ = {letter for name, letter in names.items() for key in keys if name.startswith(f"{key}_")}
    return [sympy.Ge(sympy.Symbol(letter, integer=True), 1) for letter in sorted(letters_)]


@dataclass(frozen=True)
class _Written:
    """What is written of an operator with names: its counts, each with what it needs."""

    made: Symbolic
    back: Mapping[str, str]

    def letters(self) -> frozenset[str]:
        """The letters that may stand in a formula of it."""
        symbols = self.made.operator.symbols
        shares = [s for share in self.made.shares.values() for s in share.free_symbols]
        return frozenset(
            s.name
            for s in (*(replaced(symbols_, {}) for symbols_ in symbols), *shares)
            if isinstance(s, sympy.Symbol)
        )

    def read(self, formula: Size | sympy.Basic) -> sympy.Basic:
        """Return a formula as it is printed."""
        basic = as_formula(formula) if is_number(formula) else formula
        return replaced(basic, self.made.shares)

    def json(self, formula: Size | sympy.Basic) -> Any:
        """Return a formula in the names of the controls, for the page to work out."""
        return replaced_in(expression(formula), self.made.shares, self.back)

    def shape(self) -> str:
        """Return rows x columns in LaTeX."""
        return r" \times ".join(map(self._factor, self.made.operator.shape))

    def _factor(self, size: Size) -> str:
        read = self.read(size)
        return rf"\left({latex(read)}\right)" if read.is_Add else latex(read)

    def quantities(self, closed: bool, needed: Sequence[sympy.Basic]) -> dict[str, Any]:
        """Return the counts that the structure tells."""
        found = {}
        for name in QUANTITIES:
            counted = _count(self.made.operator, name, closed)
            if counted is not None:
                value, conditions = counted
                found[name] = self._told(value, (*needed, *conditions))
        return found

    def _told(self, value: Size, conditions: Sequence[sympy.Basic]) -> dict[str, Any]:
        read = self.read(value)
        written = text(read)
        return {
            "mathml": mathml(latex(read), wide=True) if len(written) <= MOST_SIGNS else "",
            "text": written if len(written) <= MOST_SIGNS else "",
            "expression": self.json(value),
            "conditions": [self.json(c) for c in conditions],
        }

    def ratio(self, standard: Operator | None, closed: bool) -> dict[str, Any] | None:
        """Return the ratio of the multiplications to those of the standard convolution."""
        if standard is None:
            return None
        a, b = (_count(op, "multiplications", closed) for op in (self.made.operator, standard))
        if a is None or b is None:
            return None
        if a[1] or b[1] or not (is_closed(a[0]) and is_closed(b[0])):  # a number tells it, no short formula
            parts = [self.json(a[0]), self.json(b[0])]
            conditions = combined((*a[1], *b[1]))
            return {
                "mathml": "",
                "text": "",
                "expression": {"op": "/", "args": parts},
                "conditions": [self.json(c) for c in conditions],
            }
        quotient = split(as_formula(a[0]) / as_formula(b[0]), growing(self.made.operator, standard))
        return self._told(quotient, ())


def _count(op: Operator, name: str, closed: bool) -> tuple[Size, tuple[sympy.Basic, ...]] | None:
    """Return a count and what it needs besides what the operator does; None where nothing tells it."""
    try:
        if closed:
            quantity = closed_form(op, name)
            if is_closed(quantity.value):
                known = set(op.conditions)
                return quantity.value, tuple(c for c in quantity.conditions if c not in known)
        return honest(op, name), ()
    except SymbolError:
        return None


def _has_closed_form(kind: ConvType, pattern: _Pattern) -> bool:
    """Say whether a closed form is looked for: with padding one is known at stride and dilation 1."""
    keys = {c.key for c in controls_of(kind) if c.kind == "size"} - pattern.plain
    padded = "padding" in keys or "output_padding" in keys or "padding" in kind.settled
    zeros = pattern.chosen.get("padding_mode", "zeros") == "zeros"
    return pattern.linked and not (padded and zeros and keys & {"stride", "dilation", "output_padding"})


# --- the standard convolution --------------------------------------------------------------------

# The convolution itself, other names for it, and what does not stand in the place of one.
_NO_STANDARD = frozenset({"conv", "conv_transpose", "pointwise"})
_OF_CONV = ("stride", "padding", "dilation", "padding_mode")


def _standard(setting: Setting, made: Symbolic) -> Operator | None:
    """Return the convolution of the same arguments, in all channels at once; None where there is none."""
    function = setting.kind.function.__name__
    given = {c.key: c for c in controls_of(setting.kind)}
    if function in _NO_STANDARD or not ({"in_channels", "table"} & set(given)) or "factor" in given:
        return None
    op = made.operator
    arguments = {**sizes_of(setting), **setting.chosen}
    channels = (op.input_shape[0], op.output_shape[0])
    if function == "volume_conv":
        channels = (arguments["in_channels"], arguments["out_channels"])
    options = {k: arguments[k] for k in _OF_CONV if k in arguments}
    if function == "fourier_conv":
        options |= {"padding": "same", "padding_mode": "circular"}
    try:
        return conv(*channels, arguments["input_size"], arguments.get("kernel_size", 1), **options)
    except ArgumentError:
        return None
