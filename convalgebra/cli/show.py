"""``convalgebra show``: what a type is and what it costs, for names or numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from convalgebra.catalogue.calls import call_of
from convalgebra.cli.channels import channels_of
from convalgebra.cli.mistakes import told
from convalgebra.cli.options import describing, keywords_of
from convalgebra.cli.printing import FORMAT, plain, rows_of, shape_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convalgebra.catalogue.types import ConvType
    from convalgebra.counting.quantity import Quantity
    from convalgebra.operators.base import Operator

# Counting by running builds the matrices: past this many entries it is left out.
MEASURED = 20_000_000
MORE = (
    "flops",
    "input_elements",
    "output_elements",
    "weight_elements",
    "bytes_moved",
    "arithmetic_intensity",
)
UNTOLD = "not told by the structure"


@click.command(short_help="What a type is and what it costs.")
@describing
@click.option("--channels", "picture", is_flag=True, help="Also which channel reads which.")
@click.option("--costs", "more", is_flag=True, help="Also flops, elements, bytes, arithmetic intensity.")
@FORMAT
def show(type_name: str, picture: bool, more: bool, as_format: str, **given: Any) -> None:
    """Show what TYPE is and what it costs, for names or numbers: structure, shapes, counts, formulas.

    What is not given stays a name: `convalgebra show depthwise`, `convalgebra show conv --input N,N
    --kernel m`, `convalgebra show conv --in 3 --out 128 --input 7,7 --kernel 3`.
    """
    from convalgebra.counting.quantity import COUNTS  # noqa: PLC0415

    with told():
        kind, keywords = keywords_of(type_name, given)
        operator = kind.make(**keywords)
        counts = (*COUNTS, *(MORE if more else ()))
        facts = _facts(kind, call_of(kind, keywords), operator, counts)
        channels = channels_of(kind, keywords, operator) if picture else None
    if as_format == "json":
        extra = {} if channels is None else {"channels": channels.splitlines()}
        click.echo(json.dumps({**facts, **extra}, indent=2, ensure_ascii=False))
        return
    click.echo(rows_of([(f"{name}:", text) for name, text in _lines(facts, counts)]))
    if channels is not None:
        click.echo(f"channels, outputs by inputs:\n{channels}")


def _facts(kind: ConvType, call: str, operator: Operator, counts: tuple[str, ...]) -> dict[str, Any]:
    """Return all there is to show; what the structure does not tell is None."""
    from convalgebra.formulas import text  # noqa: PLC0415

    costs = {name: _cost(operator, name) for name in counts}
    facts: dict[str, Any] = {
        "type": kind.name,
        "family": kind.family,
        "summary": kind.summary,
        "call": call,
        "structure": operator.structure(),
        "input_shape": [plain(n) for n in operator.input_shape],
        "output_shape": [plain(n) for n in operator.output_shape],
        "shape": [plain(n) for n in operator.shape],
        "weights": {name: [plain(n) for n in s] for name, s in operator.weight_shapes.items()},
        **{name: None if cost is None else plain(cost.value) for name, cost in costs.items()},
        "conditions": [text(c) for c in operator.conditions],
        "needed": needed(operator, costs),
        "measured": None,
        "agrees": None,
    }
    if not operator.symbols and _is_small(operator):
        from convalgebra.counting.measure import measure  # noqa: PLC0415

        counted = measure(operator)
        facts["measured"] = {n: getattr(counted, n) for n in ("multiplications", "additions")}
        facts["agrees"] = all(facts[n] in (None, value) for n, value in facts["measured"].items())
    return facts


def _cost(operator: Operator, name: str) -> Quantity | None:
    """Return a cost; None where the structure does not tell it and the matrix cannot be looked at."""
    from convalgebra.counting.costs import costs  # noqa: PLC0415
    from convalgebra.errors import MemoryLimitError, SymbolError  # noqa: PLC0415

    try:
        found: Quantity = getattr(costs(operator), name)
    except (SymbolError, MemoryLimitError):
        return None
    return found


def needed(operator: Operator, costs: Mapping[str, Quantity | None]) -> dict[str, list[str]]:
    """Return the conditions of each closed form beyond those of the operator, in one order for all."""
    from convalgebra.formulas import text  # noqa: PLC0415

    known = set(operator.conditions)
    found = {
        name: sorted(text(c) for c in cost.conditions if c not in known)
        for name, cost in costs.items()
        if cost
    }
    return {name: conditions for name, conditions in found.items() if conditions}


def _is_small(operator: Operator) -> bool:
    return all(_most_entries(stage) <= MEASURED for stage in operator.stages)


def _most_entries(operator: Operator) -> int:
    """Return the entries, or where the structure does not tell them, those of what it is made of."""
    if operator.structured or not operator.operands:
        return int(operator.entries)
    return sum(_most_entries(part) for part in operator.operands)


def _count_text(facts: dict[str, Any], name: str) -> str:
    needed = facts["needed"].get(name)
    value = UNTOLD if facts[name] is None else str(facts[name])
    return f"{value}  (if {', '.join(needed)})" if needed else value


def _lines(facts: dict[str, Any], counts: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the facts as names and texts, for the eye."""
    family = f" (family {facts['family']})" if facts["family"] else ""
    weights = "; ".join(f"{name} {shape_text(shape)}" for name, shape in facts["weights"].items())
    lines = [
        ("type", f"{facts['type']}{family}: {facts['summary']}"),
        ("call", facts["call"]),
        ("structure", facts["structure"]),
        ("input shape", shape_text(facts["input_shape"])),
        ("output shape", shape_text(facts["output_shape"])),
        ("matrix shape", shape_text(facts["shape"])),
        ("weights", weights or "none"),
        *((name, _count_text(facts, name)) for name in counts),
    ]
    if facts["conditions"]:
        lines.append(("conditions", ", ".join(facts["conditions"])))
    if facts["measured"] is not None:
        counted = ", ".join(f"{value} {name}" for name, value in facts["measured"].items())
        mark = "✓ as the formulas say" if facts["agrees"] else "✗ NOT what the formulas say"
        lines.append(("measured", f"{counted}  {mark}"))
    return lines
