"""How a chapter begins: what the family is, its operators one by one, each as sum and as matrix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from convalgebra.catalogue.calls import call_of
from convalgebra.catalogue.grouped import lenet5_c3
from convalgebra.catalogue.types import ConvType, find_type
from convalgebra.derivation.writing import ALONE
from convalgebra.operators.base import Operator
from convalgebra.reporting.blocks import Block, Formula, Heading, Paragraph
from convalgebra.reporting.indices import index_formulas
from convalgebra.reporting.parts.part import Part
from convalgebra.reporting.structures import master_forms
from convalgebra.reporting.subject import Subject
from convalgebra.reporting.words import Code, say
from convalgebra.typesetting.lines import broken
from convalgebra.values import code


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
        summary = say(f"type.{name}.summary")
        yield Paragraph(say("part.operators.type", summary=summary, call=Code(_call(kind))))
        yield from described(kind.make())


def _call(kind: ConvType) -> str:
    """Return the call that makes the operator; the table of LeNet-5 by its name."""
    return call_of(kind, {}).replace(code(lenet5_c3()), "ca.lenet5_c3()")


def described(operator: Operator) -> Iterator[Block]:
    """Yield the operator as a sum over indices and as a formula of the algebra."""
    formulas = index_formulas(operator)
    outside = any(each.reads_outside for each in formulas)
    yield Paragraph(say("part.operators.outside" if outside else "part.operators.index"))
    for latex in told_apart([(each.latex(), each.definitions()) for each in formulas]):
        yield displayed(latex)
    yield Paragraph(say("part.operators.structure"))
    if len(operator.stages) > 1:
        yield displayed(f"C = {operator.latex()}")
    forms = master_forms(operator)
    yield from (displayed(form) for form in forms if "=" in form or len(forms) == 1)


def told_apart(formulas: Sequence[tuple[str, Sequence[str]]]) -> Iterator[str]:
    r"""Yield formulas with what stands for the letters in them; one letter never stands for two things.

    >>> list(told_apart([(r"y = \tau_{1}", (r"\tau = 2",)), (r"z = \tau_{1}", (r"\tau = 3",))]))
    ['y = \\tau_{1}, \\qquad \\tau = 2', "z = \\tau'_{1}, \\qquad \\tau' = 3"]
    """
    said: dict[str, list[str]] = {}
    for formula, definitions in formulas:
        whole = ", \\qquad ".join([formula, *definitions])
        for definition in definitions:
            letter, _, value = definition.partition(" = ")
            values = said.setdefault(letter, [])
            if value not in values:
                values.append(value)
            if primes := "'" * values.index(value):
                whole = re.sub(rf"({re.escape(letter)})(?![a-zA-Z])", rf"\g<1>{primes}", whole)
        yield whole


def displayed(latex: str, anchor: str = "") -> Formula:
    """Return a formula on lines of its own, broken where it is too long for one."""
    return Formula(tuple(broken(latex, ALONE)), anchor)
