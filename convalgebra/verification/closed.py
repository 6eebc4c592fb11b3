"""The formulas of every layer held against counted products, at drawn sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from functools import cache
from typing import Any

from convalgebra.catalogue.basic import conv, conv_transpose
from convalgebra.catalogue.cheap import depthwise_separable, spatially_separable
from convalgebra.catalogue.types import types
from convalgebra.counting.closed import closed_form
from convalgebra.counting.grids import drawn_points, seeded
from convalgebra.counting.measure import Counts, measure
from convalgebra.counting.measured import run_count
from convalgebra.counting.quantity import Quantity
from convalgebra.errors import SymbolError
from convalgebra.exact import value
from convalgebra.formulas import sizes_text
from convalgebra.operators.base import Operator
from convalgebra.proofs import Size
from convalgebra.sizes import symbol

# Counts that take a run of their own: they are taken at each so many-th of the sizes.
RARELY, _OFTEN = ("mult_adds", "parameters"), 6


@cache
def layers() -> dict[str, Operator]:
    """Return every type of the catalogue with names, and layers whose padding makes their sums hard."""
    p, n = symbol("p"), symbol("n")
    line: dict[str, Any] = {"input_size": n}
    image: dict[str, Any] = {"input_size": (n, n)}
    return {kind.name: kind.make() for kind in types()} | {
        "conv, any padding": conv("D", "N_c", **line, kernel_size="m", padding="p"),
        "conv, two paddings": conv("D", "N_c", **line, kernel_size="m", padding=(("p", "q"),)),
        "conv, same": conv("D", "N_c", **image, kernel_size=2 * p + 1, padding="same"),
        "conv, same and dilated": conv(1, 2, **image, kernel_size=2 * p + 1, dilation=2, padding=2 * p),
        "conv, stride 2": conv("D", "N_c", **image, kernel_size=3, stride=2, padding=1),
        "conv, stride 2, even size": conv(1, "N_c", input_size=2 * n, kernel_size=7, stride=2, padding=3),
        "conv, stride 3, any kernel": conv("D", 2, **line, kernel_size="m", stride=3, padding=1),
        "conv, full and dilated": conv(1, 2, **line, kernel_size="m", dilation="d", padding="full"),
        "conv_transpose, stride 2": conv_transpose("D", "N_c", **line, kernel_size="m", stride=2),
        "conv_transpose, cropped": conv_transpose(2, 3, **line, kernel_size=4, stride=2, padding=1),
        "depthwise_separable, same": depthwise_separable("D", "N_c", **image, kernel_size=5, padding=2),
        "spatially_separable, same": spatially_separable(1, "N_c", **image, kernel_size=3, padding=1),
    }


def check_closed_forms(name: str, seed: int, cases: int) -> tuple[int, tuple[str, ...]]:
    """Check a layer's shape and counts at drawn sizes; return how many sizes, and what differs.

    At each the operator is built with numbers, run and counted; the formulas come from the operator with
    names.

    >>> check_closed_forms("conv", seed=0, cases=5)
    (5, ())
    """
    op = layers()[name]
    formulas = _formulas(op)
    symbols = sorted(op.symbols, key=str)
    conditions = dict.fromkeys((*op.conditions, *(c for f in formulas.values() for c in f.conditions)))
    points = drawn_points(symbols, conditions, seeded(name, seed), cases)
    failures = [
        failure
        for at, point in enumerate(points)
        for failure in _differences(op, formulas, point, RARELY if at % _OFTEN == 0 else ())
    ]
    if len(points) < cases:
        failures.append(f"only {len(points)} of {cases} sizes that were drawn meet the conditions")
    return len(points), tuple(failures)


def _formulas(op: Operator) -> dict[str, Quantity]:
    """Return the counts that the structure tells with names, in closed form."""
    found = {}
    for count in (*(field.name for field in fields(Counts)), *RARELY):
        try:
            found[count] = closed_form(op, count)
        except SymbolError:
            if count == "multiplications":
                raise
            # The additions of some compositions are seen in the pattern of numbers alone.
            continue
    return found


def _differences(
    op: Operator, formulas: Mapping[str, Quantity], point: Mapping[str, int], also: Iterable[str]
) -> Iterator[str]:
    """Yield what differs at some numbers; what is costly to count is looked at if ``also`` names it."""
    at = op.subs(point) if point else op
    values = {symbol(name): size for name, size in point.items()}
    counted = {**asdict(measure(at)), **{name: run_count(at, name) for name in also}}
    said: dict[str, tuple[Size, int]] = {
        **{name: (formula.value, counted[name]) for name, formula in formulas.items() if name in counted},
        "outputs": (op.shape[0], int(at.shape[0])),
        "inputs": (op.shape[1], int(at.shape[1])),
    }
    for name, (formula, found) in said.items():
        if (expected := value(formula, values)) != found:
            yield f"{name}: the formula says {expected}, counted {found} at {sizes_text(point)}"
