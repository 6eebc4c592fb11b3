"""The table of a network as LaTeX that needs no package; every name is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convalgebra.formulas import latex
from convalgebra.networks.graph import Shape
from convalgebra.networks.tables.cells import (
    FIELD,
    Cell,
    cells_of,
    cells_of_sums,
    closed_forms,
    field_text,
    heads,
    remarks,
)
from convalgebra.networks.tables.names import with_names
from convalgebra.networks.tables.table import Table
from convalgebra.proofs import Size
from convalgebra.typesetting.texsigns import TEX_SIGNS

_UNKNOWN_TEX = r"\mathord{?}"
_TIMES = r" \times "
_SPECIAL = {**TEX_SIGNS, '"': r"{\char34}"}


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


def latex_of(table: Table) -> str:
    """Return two tabulars, of the layers and of the types, and what is to be said, a paragraph each."""
    table, where = with_names(table)
    layers = [
        [
            *map(tex_escaped, (row.name, row.type)),
            *map(_tex_shape, (row.input, row.output, row.kernel)),
            *map(_tex_cell, cells_of(table, row)),
            tex_escaped(field_text(row.field)),
        ]
        for row in table.rows
    ]
    sums = [
        [tex_escaped(one.type), str(one.layers), *(_tex_cell(cell) for cell in cells_of_sums(table, one))]
        for one in (*table.by_type, table.total)
    ]
    columns = [tex_escaped(head) for head in heads(table)]
    names = [rf"\({latex(name)} = {latex(one)}\)" for name, one in where]
    forms = [rf"{tex_escaped(name)}: \({latex(value)}\)" for name, value in closed_forms(table)]
    return (
        "\n\n".join(
            (
                *names,
                _tabular(("layer", "type", "input", "output", "kernel", *columns, FIELD), layers, 5),
                _tabular(("type", "layers", *columns), sums, 1, last=True),
                *forms,
                *(tex_escaped(remark) for remark in remarks(table)),
                "",
            )
        ).rstrip("\n")
        + "\n"
    )


def _tex_cell(cell: Cell) -> str:
    found = cell.written(_tex_number, _tex_formula)
    return found.replace("%", r"\%")


def _tex_number(value: int) -> str:
    return f"{value:,}".replace(",", r"\,")


def _tex_formula(value: Size) -> str:
    return rf"\({latex(value)}\)"


def _tex_shape(shape: Shape) -> str:
    sizes = (_UNKNOWN_TEX if n is None else latex(n) for n in shape)
    return rf"\({_TIMES.join(sizes)}\)" if shape else ""


def _tabular(heading: Sequence[str], lines: Iterable[Sequence[str]], left: int, last: bool = False) -> str:
    columns = "l" * left + "r" * (len(heading) - left)
    rows = [" & ".join(line) + r" \\" for line in lines]
    if last:
        rows.insert(len(rows) - 1, r"\hline")
    body = "\n".join((" & ".join(heading) + r" \\", r"\hline", *rows))
    return f"\\begin{{tabular}}{{{columns}}}\n{body}\n\\end{{tabular}}"
