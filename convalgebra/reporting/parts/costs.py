"""What the operators of a chapter cost: each count derived step by step, then all counts side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convalgebra.counting.costs import costs
from convalgebra.counting.quantity import Quantity
from convalgebra.derivation.costs import derive_cost
from convalgebra.errors import SymbolError
from convalgebra.formulas import latex
from convalgebra.operators.base import Operator
from convalgebra.reporting.blocks import Block, Heading, Paragraph, Table
from convalgebra.reporting.parts.derived import Derived, conditions, derived
from convalgebra.reporting.parts.opening import displayed
from convalgebra.reporting.parts.part import Part
from convalgebra.reporting.steps import steps_of
from convalgebra.reporting.subject import Layer, Subject
from convalgebra.reporting.words import Inline, Math, say
from convalgebra.typesetting.width import letters

# Letters of a formula that fit into a table.
_LONG = 58
COUNTS = ("multiplications", "mult_adds", "additions", "parameters")


def derived_costs(subject: Subject) -> tuple[Derived, ...]:
    """Return the derived cost of each type of the chapter, checked."""
    return tuple(
        derived(derive_cost(Layer(name).operator()), f"cost:{name}", say(f"type.{name}.heading"))
        for name in subject.types
    )


def cost_part(found: Sequence[Derived]) -> Part:
    """Return the derivations of the costs, each followed by the other counts of its operator."""
    blocks: list[Block] = [Heading(2, say("part.costs.title"))]
    for one in found:
        blocks += [Heading(3, one.name), *derivation_blocks(one), *counted(one.derivation.a)]
    return Part(tuple(blocks), all(one.passed for one in found))


def derivation_blocks(one: Derived) -> Iterator[Block]:
    """Yield what a derivation needs, its steps, and what became of checking it."""
    needed = conditions(one.derivation)
    yield from [] if needed is None else [Paragraph(needed)]
    yield from steps_of(one.derivation, one.anchor)
    yield Paragraph(checked(one))


def checked(one: Derived, key: str = "part.checked") -> Inline:
    """Return how many steps hold, how many sympy proves, and at how many sizes the end was measured."""
    rows, steps = one.verification.rows, one.verification.steps
    if not one.passed:
        key = "part.not_checked"
    if not one.measured:
        key = "part.unmeasured"
    return say(
        key,
        steps=Math(str(sum(map(bool, steps)))),
        all_steps=Math(str(len(steps))),
        proved=Math(str(sum(check.proved is True for check in steps))),
        sizes=Math(str(sum(row.agrees for row in rows))),
        all_sizes=Math(str(len(rows))),
    )


def counted(operator: Operator) -> Iterator[Block]:
    """Yield the counts of an operator as formulas: a table, and below it what is too long for one."""
    found = {count: _count(operator, count) for count in COUNTS}
    long = [
        count for count, value in found.items() if isinstance(value, Math) and letters(value.latex) > _LONG
    ]
    rows = tuple((say(f"count.{count}"), value) for count, value in found.items() if count not in long)
    if any(value != Math("0") for value in found.values()):
        yield Table("ll", (say("part.head.count"), say("part.head.formula")), rows)
    for count in long:
        yield Paragraph(say("part.costs.long", count=say(f"count.{count}")))
        value = found[count]
        assert isinstance(value, Math)
        yield displayed(value.latex)


def _count(operator: Operator, count: str) -> Inline:
    try:
        quantity: Quantity = getattr(costs(operator), count)
    except SymbolError:
        return say("part.costs.untold")
    return Math(latex(quantity.value))
