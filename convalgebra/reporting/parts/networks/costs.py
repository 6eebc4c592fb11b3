"""What the parts of a network's chapter share: the network with its names, and the same in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import sympy

from convalgebra.networks.counters.conventions import convention, convention_names
from convalgebra.networks.counters.rules import Convention
from convalgebra.networks.formulas.floors import gathered, names_of
from convalgebra.networks.formulas.points import example_point
from convalgebra.networks.network import Network
from convalgebra.networks.tables.names import values_of, with_names
from convalgebra.networks.tables.table import QUANTITIES, Table
from convalgebra.networks.totals import Total
from convalgebra.networks.whatif.advice import Saving
from convalgebra.proofs import Size
from convalgebra.reporting.parts.networks.cells import against, number
from convalgebra.reporting.words import Inline, Math, Words
from convalgebra.typesetting.width import letters

# Formulas of more letters are told below the tables, which then have numbers.
LONGEST = 22


@dataclass(frozen=True)
class Costs:
    """A network, what counts in its totals, and the ``key`` of its chapter.

    ``point`` are the numbers for its names that examples are worked with: {} without names, None where no
    numbers were found for which it exists.
    """

    key: str
    network: Network
    include: frozenset[str]

    @cached_property
    def point(self) -> Mapping[str, int] | None:
        """The numbers for the network's names in examples."""
        return example_point(self.network) if self.network.symbols else {}

    @cached_property
    def sized(self) -> Network | None:
        """The network in numbers."""
        if not self.network.symbols:
            return self.network
        return None if self.point is None else self.network.at(**self.point)

    @cached_property
    def names(self) -> Mapping[sympy.floor, sympy.Symbol]:
        """A short name for each quotient in the chapter that is rounded down."""
        totals = (self.network.total(name, self.include).value for name in QUANTITIES)
        return names_of([*values_of(self._spelt), *map(gathered, totals)])

    @cached_property
    def _spelt(self) -> Table:
        return self.network.table(include=self.include)

    @cached_property
    def table(self) -> Table:
        """The table of the network with its names, and with the short ones for quotients."""
        return with_names(self._spelt, self.names)[0]

    @cached_property
    def sized_table(self) -> Table | None:
        """The table of the network in numbers."""
        if self.sized is None or self.sized is self.network:
            return self.table if self.sized is self.network else None
        return self.sized.table(include=self.include)

    @cached_property
    def layers(self) -> Table:
        """The table of which the layers are printed: with formulas where they fit, else in numbers."""
        found = (getattr(row, name) for row in self.table.rows for name in ("mult_adds", "multiplications"))
        return self._legible(all(map(fits, found)))

    @cached_property
    def types(self) -> Table:
        """The table of which the types are printed: with formulas where they fit, else in numbers."""
        sums = (*self.table.by_type, self.table.total)
        return self._legible(all(fits(t.value) for one in sums for t in one.totals.values()))

    def _legible(self, short: bool) -> Table:
        return self.table if short or self.sized_table is None else self.sized_table

    @cached_property
    def advice(self) -> tuple[Saving, ...]:
        """What cheaper types would save, most first; nothing where no numbers are known."""
        if self.sized is None:
            return ()
        found = self.network.advice(at=self.point) if self.network.symbols else self.network.advice()
        return tuple(found)

    @cached_property
    def tools(self) -> tuple[tuple[Convention, Total], ...]:
        """What each of the common counters says in all of the network in numbers."""
        if self.sized is None:
            return ()
        totals = (
            (name, self.sized.table(name, self.include).total.theirs) for name in convention_names()[1:]
        )
        return tuple((convention(name), total) for name, total in totals if total is not None)

    def more(self, tool: Convention, total: Total) -> Inline:
        """Return how much more than our mult-adds a tool counts, two of its flops for each of them."""
        ours = None if self.sized_table is None else self.sized_table.total.totals["mult_adds"]
        if ours is None or ours.partial or total.partial:
            return Words("?")
        return against(total.value, ours.value * (2 if tool.unit == "flops" else 1))

    @property
    def names_first(self) -> bool:
        """Whether the short names stand in the tables of layers or types, before the formulas."""
        return bool(self.names) and any(one is self.table for one in (self.layers, self.types))

    def in_numbers(self, table: Table) -> bool:
        """Whether a table is in numbers though the network has names."""
        return bool(self.network.symbols) and table is self.sized_table


def fits(value: Size | None, room: int = LONGEST) -> bool:
    """Say whether a count is short enough for a cell of so many letters.

    >>> from convalgebra.sizes import symbol
    >>> fits(10**9), fits((symbol("N") + 10**12) ** 2 * symbol("M") + 10**18)
    (True, False)
    """
    found = number(value)
    return not isinstance(found, Math) or letters(found.latex) <= room
