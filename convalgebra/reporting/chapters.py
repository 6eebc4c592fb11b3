"""From subjects, and from a user's own operators and derivations, to chapters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import prod
from typing import Any

from convalgebra.counting.compare import compare
from convalgebra.derivation.costs import derive_cost
from convalgebra.derivation.derivation import Derivation
from convalgebra.derivation.ratios import derive_ratio
from convalgebra.errors import ArgumentError
from convalgebra.networks.network import Network
from convalgebra.networks.totals import AS_PAPERS
from convalgebra.operators.base import Operator
from convalgebra.reporting.blocks import Chapter, Heading, Items, Paragraph
from convalgebra.reporting.doors import NetworkCosts
from convalgebra.reporting.parts.checking import checking
from convalgebra.reporting.parts.claims import claims, claims_head
from convalgebra.reporting.parts.comparing import compared, comparing, findings
from convalgebra.reporting.parts.costs import cost_part, counted, derivation_blocks, derived_costs
from convalgebra.reporting.parts.derived import derived
from convalgebra.reporting.parts.networks.chapter import network_parts
from convalgebra.reporting.parts.opening import described, opening
from convalgebra.reporting.parts.part import Part, joined
from convalgebra.reporting.parts.pictures import pictures, small_picture
from convalgebra.reporting.parts.theorems import theorems
from convalgebra.reporting.parts.worked import worked_numbers, worked_operator
from convalgebra.reporting.subject import Subject
from convalgebra.reporting.words import Code, Inline, Translated, say

# A user's own matrix with more cells is not drawn cell by cell.
LARGEST_DRAWN = 2500


def pieces_of(subject: Subject) -> int:
    """Return in how many pieces the chapter of a family is made: each can be made by itself.

    >>> from convalgebra.reporting.subjects import SUBJECTS
    >>> pieces_of(SUBJECTS[0])
    3
    """
    return 2 + len(subject.sections)


def piece_of(subject: Subject, number: int) -> Part:
    """Return a piece of a chapter, all in it derived, measured and judged now.

    The first is what is derived and measured, the second the identities, then the claims by section.
    """
    if number == 0:
        return _derived(subject)
    if number == 1:
        return joined((theorems(subject.theorems), claims_head(subject.sections)))
    return claims(subject.sections[number - 2])


def whole_chapter(key: str, pieces: Iterable[Part]) -> Chapter:
    """Return a chapter of its pieces."""
    whole = joined(pieces)
    return Chapter(key, whole.blocks, whole.passed)


def _derived(subject: Subject) -> Part:
    """Return what is derived and measured of the operators of a family."""
    costs, pairs = derived_costs(subject), compared(subject)
    return joined(
        (
            opening(subject),
            pictures(subject),
            worked_numbers(subject),
            cost_part(costs),
            comparing(pairs),
            checking((*costs, *(pair.derived for pair in pairs))),
        )
    )


# --- a user's own ----------------------------------------------------------------------------------


def own_chapter(thing: Any, key: str) -> Chapter:
    """Return the chapter of an operator, a derivation, a network, or two operators to be compared.

    Raises ``ArgumentError`` for anything else.
    """
    for kind, make in _OWN:
        if kind(thing):
            part = joined(make(thing, key))
            return Chapter(key, part.blocks, part.passed)
    raise ArgumentError(
        f"subjects: {thing!r} must be a name of `convalgebra list`, an operator, a derivation, "
        "a network, or a pair of operators to be compared"
    )


def _of_operator(operator: Operator, key: str) -> Iterator[Part]:
    yield Part((Heading(1, _name(operator), f"chapter:{key}"), *described(operator)))
    if not operator.symbols and prod(map(int, operator.shape)) <= LARGEST_DRAWN:
        yield Part((Heading(2, say("part.pictures.title")), small_picture(operator, key, _name(operator))))
    if not operator.symbols:
        yield Part((Heading(2, say("part.worked.title")), Paragraph(say("part.worked.how"))))
        yield worked_operator(operator, _name(operator))
    cost = derived(derive_cost(operator), f"cost:{key}", _name(operator))
    blocks = (Heading(2, say("part.costs.title")), *derivation_blocks(cost), *counted(operator))
    yield Part(blocks, cost.passed)
    yield checking([cost]) if cost.measured else Part(())


def _of_derivation(derivation: Derivation, key: str) -> Iterator[Part]:
    found = derived(derivation, f"derivation:{key}", _title(derivation))
    blocks = (Heading(1, _title(derivation), f"chapter:{key}"), *derivation_blocks(found))
    yield Part(blocks, found.passed)
    if found.verification.rows and derivation.kind != "identity":
        yield checking([found])


def _of_pair(pair: tuple[Operator, Operator], key: str) -> Iterator[Part]:
    a, b = pair
    names = {"a": _name(a), "b": _name(b)}
    yield Part((Heading(1, say("own.pair"), f"chapter:{key}"), Paragraph(say("own.compared", **names))))
    for letter, operator in zip("ab", pair, strict=True):
        name = say(f"own.{letter}")
        yield Part((Heading(2, say(f"own.{letter}_is", name=_name(operator))), *described(operator)))
        if not operator.symbols:
            yield worked_operator(operator, name)
    title = say("own.ratio")
    found = derived(derive_ratio(a, b), f"ratio:{key}", title)
    yield Part((Heading(2, title), *derivation_blocks(found)), found.passed)
    said = findings(compare(a, b))
    yield Part((Items(tuple(said)),) if said else ())
    yield checking([found]) if found.measured else Part(())


def _of_network(network: Network | NetworkCosts, key: str) -> Iterator[Part]:
    if isinstance(network, NetworkCosts):
        return network_parts(network.network, network.include, key)
    return network_parts(network, AS_PAPERS, key)


def is_network(thing: Any) -> bool:
    """Say whether a thing is a network, with or without a choice of what counts."""
    return isinstance(thing, Network | NetworkCosts)


def is_pair(thing: Any) -> bool:
    """Say whether a thing is two operators, which are to be compared."""
    return (
        isinstance(thing, tuple | list)
        and len(thing) == 2
        and all(isinstance(part, Operator) for part in thing)
    )


_OWN: tuple[tuple[Callable[[Any], bool], Callable[[Any, str], Iterator[Part]]], ...] = (
    (lambda thing: isinstance(thing, Operator), _of_operator),
    (lambda thing: isinstance(thing, Derivation), _of_derivation),
    (is_network, _of_network),
    (is_pair, _of_pair),
)

# A call that is longer says less than the structure.
_LONGEST = 110


def _name(operator: Operator) -> Inline:
    call = repr(operator)
    return Code(call if len(call) <= _LONGEST else operator.structure())


def _title(derivation: Derivation) -> Inline:
    if derivation.theorem is not None:
        return Translated("theorems", derivation.theorem.name)
    names = {f"part_{at}": _name(operator) for at, operator in enumerate(derivation.operators)}
    return say(f"derivation.{derivation.kind.replace(' ', '_')}", **names)
