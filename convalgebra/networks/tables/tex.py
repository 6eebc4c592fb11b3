"""The table of a network as LaTeX for a page of text; every name is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil

import sympy

from convalgebra.formulas import latex
from convalgebra.networks.graph import Shape
from convalgebra.networks.tables.brief import batch_of, costing, image, rest, spared
from convalgebra.networks.tables.cells import (
    FIELD,
    SHARE,
    Cell,
    cells_of,
    cells_of_sums,
    closed_forms,
    field_text,
    heads,
    remarks,
)
from convalgebra.networks.tables.names import values_of, with_names
from convalgebra.networks.tables.table import Row, Sums, Table
from convalgebra.proofs import Size, as_formula
from convalgebra.typesetting.texsigns import TEX_SIGNS
from convalgebra.typesetting.width import LETTER, letters

_UNKNOWN_TEX = r"\mathord{?}"
_TIMES = r" \times "
_SPECIAL = {**TEX_SIGNS, '"': r"{\char34}"}
_WORDS = ("layer", "type", "input", "output", "kernel")
# More layers than this go on in a next page, for which LaTeX needs a package.
_ONE_PAGE = 45
# The text of an article is so wide, in points; its small letters have so much of the width of ten points.
_PAGE, _SMALL = 345, 0.85
_GAP = 6  # points between two columns
_RULE = r"\noalign{\smallskip}\hline\noalign{\smallskip}"
_BEGIN = (
    rf"\par{{\footnotesize\raggedright\setlength{{\parindent}}{{0pt}}\setlength{{\parskip}}{{4pt}}"
    rf"\setlength{{\tabcolsep}}{{{_GAP / 2:g}pt}}\renewcommand{{\arraystretch}}{{1.15}}\relpenalty=10000"
)
_STAR = r"\ast"
# A formula of more letters has a name in the table, and a name of a layer may break.
_FORMULA, _NAME = 17, 28
_NAME_POINTS = 120.0
_SHORTER = {"lost on padding": "lost"}


@dataclass(frozen=True)
class _Names:
    """The names of formulas that are too long for a cell, in the order in which they come."""

    stem: str
    names: dict[Size, str] = field(default_factory=dict)

    def written(self, value: Size) -> str:
        """Return a formula as it stands in a cell: itself, or its name."""
        formula = _in_a_line(value)
        if letters(formula) > _FORMULA:
            formula = self.names.setdefault(value, f"{self.stem}_{{{len(self.names) + 1}}}")
        return rf"\({formula}\)"


# What stands in a cell, said to those names.
_Written = Callable[[_Names], str]


def tex_escaped(value: str) -> str:
    r"""Return text as LaTeX that prints it as it is; what is not ASCII is named by its number.

    >>> print(tex_escaped("50% of a_b"), tex_escaped("\u5377"))
    50\% of a\_b {[}U+5377{]}
    """
    return "".join(_tex_sign(sign) for sign in value)


def _tex_sign(sign: str) -> str:
    if sign in _SPECIAL:
        return _SPECIAL[sign]
    return sign if sign.isascii() and sign.isprintable() else f"{{[}}U+{ord(sign):04X}{{]}}"


def latex_of(table: Table, full: bool = False) -> str:
    """Return the table of layers, that of types, and what is to be said, a paragraph each.

    It is as wide as the text of an article: layers that cost nothing are summed up in a line, columns for
    which there is no room are left out, long formulas stand below. ``full`` has all layers and columns. A
    table that is higher than a page needs the package longtable, which its first line says.
    """
    table, where = with_names(table)
    shown = table.rows if full else costing(table)
    paged = len(shown) > _ONE_PAGE
    names = _Names(_stem(table))
    columns = [_SHORTER.get(head, head) for head in heads(table)]
    without, drawn = _tabular(
        (*_WORDS, *columns, FIELD), [_layer(table, row) for row in shown], names, 5, full=full, paged=paged
    )
    sums = [_sums(table, one) for one in (*table.by_type, table.total)]
    less, types = _tabular(("type", "layers", *columns), sums, names, 1, full=full)
    left = ", ".join(dict.fromkeys((*without, *less)))
    stand_for = ", ".join(rf"\({latex(name)} = {latex(one)}\)" for name, one in where)
    told = [
        _title(table),
        f"where {stand_for}" if where else "",
        drawn,
        _paragraph(rest(table, shown)),
        types,
        _paragraph(f"left out for want of room: {left}") if left else "",
        rf"\({_STAR}\): {SHARE}" if _STAR in drawn + types else "",
        *_formulas(table, names),
        *map(_paragraph, remarks(table, without)),
    ]
    needs = "% This needs \\usepackage{longtable}.\n" if paged else ""
    body = "\n\n".join(filter(None, told))
    return f"{needs}{_BEGIN}\n{body}\n\\par}}\n"


def _title(table: Table) -> str:
    inputs = ", ".join(f"{tex_escaped(name)} {_tex_shape(shape)}" for name, shape in table.inputs.items())
    return rf"\textbf{{{_paragraph(table.source)}}}: {inputs}"


def _layer(table: Table, row: Row) -> list[_Written]:
    batch = batch_of(table)
    shapes = (image(row.input, batch), image(row.output, batch), row.kernel)
    return [
        *(partial(_as_it_is, _word(word)) for word in (row.name, row.type)),
        *(partial(_as_it_is, _tex_shape(shape)) for shape in shapes),
        *(partial(_tex_cell, cell) for cell in cells_of(table, row)),
        partial(_as_it_is, tex_escaped(field_text(row.field))),
    ]


def _sums(table: Table, sums: Sums) -> list[_Written]:
    return [
        *(partial(_as_it_is, tex_escaped(word)) for word in (sums.type, str(sums.layers))),
        *(partial(_tex_cell, cell) for cell in cells_of_sums(table, sums)),
    ]


def _as_it_is(written: str, names: _Names) -> str:
    return written


def _formulas(table: Table, names: _Names) -> list[str]:
    """Return what the names of long formulas stand for, and the totals that are formulas."""
    said = [rf"\({name} = {latex(value)}\)" for value, name in names.names.items()]
    for name, value in closed_forms(table):
        known = names.names.get(value)
        said.append(rf"{tex_escaped(name)}: \({known or latex(value)}\)")
    return said


def _stem(table: Table) -> str:
    """Return a letter that no name in the table begins with."""
    taken = {str(name)[0] for value in values_of(table) for name in value.free_symbols}
    return next((letter for letter in "fFgGuvw" if letter not in taken), r"\varphi")


def _tex_cell(cell: Cell, names: _Names) -> str:
    if isinstance(cell.value, sympy.Expr):
        cell = replace(cell, value=names.written(cell.value))
    elif cell.value == SHARE:
        return rf"\({_STAR}\)"
    return cell.written(_tex_number, latex).replace("%", r"\%")


def _in_a_line(value: Size) -> str:
    """Return a formula as LaTeX no higher than a line: a fraction with a stroke.

    >>> from convalgebra.sizes import symbol
    >>> print(_in_a_line(4 * (3 * symbol("N") + 1) / (9 * symbol("N"))))
    4(3 N + 1)/(9 N)
    """
    above, below = sympy.fraction(as_formula(value))
    if below == 1 or as_formula(value).has(sympy.floor):
        return str(latex(value))
    times, whole = above.primitive() if above.is_Add else (sympy.S.One, above)
    upper = f"{'' if times == 1 else times}{_in_product(latex(whole))}"
    lower = latex(below)
    return f"{upper}/{lower if below.is_Atom else f'({lower})'}"


def _tex_number(value: int) -> str:
    return f"{value:,}".replace(",", r"\,")


def _tex_shape(shape: Shape) -> str:
    sizes = (_UNKNOWN_TEX if n is None else _in_product(latex(n)) for n in shape)
    return rf"\({_TIMES.join(sizes)}\)" if shape else ""


def _in_product(size: str) -> str:
    return rf"({size})" if re.search(r" [-+] ", size) else size


def _word(word: str) -> str:
    """Return a name as LaTeX, a long one as lines of a narrow column."""
    if len(word) <= _NAME:
        return tex_escaped(word)
    return rf"\parbox[t]{{{_NAME_POINTS:g}pt}}{{\raggedright {_breaking(word)}\strut}}"


def _breaking(word: str) -> str:
    """Return a word that breaks behind a point, a slash or a low line, or where it must."""
    signs = zip(word, _since_break(word), strict=True)
    return "".join(tex_escaped(sign) + (r"\allowbreak{}" if since == 0 else "") for sign, since in signs)


def _since_break(word: str) -> Iterator[int]:
    """Yield for each sign how far it is from the end of a line that is full."""
    since = 0
    for sign in word:
        since = 0 if sign in "./_-" or since >= _NAME // 2 else since + 1
        yield since


def _paragraph(told: str) -> str:
    """Return a sentence as LaTeX whose long words may break."""
    return " ".join(
        tex_escaped(word) if len(word) <= _NAME else _breaking(word) for word in told.split(" ")
    )


def _tabular(
    heading: Sequence[str],
    lines: Sequence[Sequence[_Written]],
    names: _Names,
    left: int,
    *,
    full: bool,
    paged: bool = False,
) -> tuple[tuple[str, ...], str]:
    """Return which columns are left out, and the table without them, one that breaks if ``paged``.

    The first ``left`` columns are words. Of a table of totals, which has one, the last line is ruled off.
    """
    tried = _Names(names.stem)
    rooms = {
        name: ceil(max([_points(tex_escaped(name)), *(_points(line[at](tried)) for line in lines)]) + _GAP)
        for at, name in enumerate(heading)
    }
    without = () if full else spared(rooms, _PAGE, ("type",) if left == 1 else ())
    kept = [at for at, name in enumerate(heading) if name not in without]
    columns = "".join("l" if at < left else "r" for at in kept)
    head = " & ".join(tex_escaped(heading[at]) for at in kept) + r" \\"
    rows = [" & ".join(line[at](names) for at in kept) + r" \\" for line in lines]
    if left == 1:
        rows.insert(len(rows) - 1, _RULE)
    body = "\n".join(rows)
    kind, ends = ("longtable", "\n\\endhead") if paged else ("tabular", "")
    return (
        without,
        f"\\begin{{{kind}}}{{@{{}}{columns}@{{}}}}\n{head}\n{_RULE}{ends}\n{body}\n\\end{{{kind}}}",
    )


def _points(cell: str) -> float:
    """Return about how wide a cell is, in points."""
    if cell.startswith(r"\parbox"):
        return _NAME_POINTS
    formulas = re.findall(r"\\\((.*?)\\\)", cell)
    words = re.sub(r"\\\(.*?\\\)", "", cell)
    words = re.sub(r"\\,", "\N{THIN SPACE}", words)
    plain = re.sub(r"\\[a-z]+\{\}|\\(.)|[{}]", r"\1", words)
    thin = plain.count("\N{THIN SPACE}")
    width = letters(rf"\mathrm{{{plain.replace(chr(0x2009), '')}}}") + sum(map(letters, formulas))
    return _SMALL * (LETTER * width + 1.7 * thin)
