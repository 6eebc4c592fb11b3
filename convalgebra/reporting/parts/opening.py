"""How a chapter begins: what the family is, its operators one by one, each as sum and as matrix."""

from __future__ import annotations

from collections.abc import Iterator

from convalgebra.catalogue.types import find_type
from convalgebra.derivation.lines import broken
from convalgebra.derivation.writing import ALONE
from convalgebra.operators.base import Operator
from convalgebra.reporting.blocks import Block, Formula, Heading, Paragraph
from convalgebra.reporting.indices import index_formulas
from convalgebra.reporting.parts.part import Part
from convalgebra.reporting.structures import master_forms
from convalgebra.reporting.subjects import Subject
from convalgebra.reporting.words import Code, listed, say


def opening(subject: Subject) -> Part:
    """Return the title, the two sentences on the family, and its operators."""
    return Part(tuple(_blocks(subject)))


def _blocks(subject: Subject) -> Iterator[Block]:
    yield Heading(1, say(f"chapter.{subject.key}.title"), f"chapter:{subject.key}")
    yield Paragraph(say(f"chapter.{subject.key}.what"))
    yield Heading(2, say("part.operators.title"))
    for name in subject.types:
        kind = find_type(name)
        yield Heading(3, say(f"type.{name}.heading"), f"type:{name}")
        yield Paragraph(
            say(
                "part.operators.type",
                summary=say(f"type.{name}.summary"),
                call=Code(f"ca.{kind.function.__name__}"),
                arguments=listed(Code(argument) for argument in kind.parameters),
            )
        )
        yield from described(kind.make())


def described(operator: Operator) -> Iterator[Block]:
    """Yield the operator as a sum over indices and as a formula of the algebra."""
    formulas = index_formulas(operator)
    outside = any(each.reads_outside for each in formulas)
    yield Paragraph(say("part.operators.outside" if outside else "part.operators.index"))
    for each in formulas:
        yield displayed(each.latex())
    yield Paragraph(say("part.operators.structure"))
    forms = master_forms(operator)
    if len(operator.stages) > 1:
        yield displayed(f"C = {operator.latex()}")
    for form in forms:
        yield displayed(form)


def displayed(latex: str, anchor: str = "") -> Formula:
    """Return a formula on lines of its own, broken where it is too long for one."""
    return Formula(tuple(broken(latex, ALONE)), anchor)
