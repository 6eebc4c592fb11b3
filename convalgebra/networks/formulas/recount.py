"""A formula of a whole network beside recounting it in numbers, size after size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

from convalgebra.counting.quantity import Quantity
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.formulas import sizes_text, text
from convalgebra.networks.formulas.written import written
from convalgebra.proofs import Size, as_formula, is_number
from convalgebra.sizes import as_size

if TYPE_CHECKING:
    from convalgebra.networks.network import Network

MOST_SIZES = 100_000


@dataclass(frozen=True)
class Difference:
    """Sizes at which formula and recount differ; ``recounted`` is None where the network does
    not exist or a layer of it is not known in numbers."""

    sizes: Mapping[str, int]
    formula: int | Fraction
    recounted: Size | None
    why: str = ""

    def __str__(self) -> str:
        again = "no count" if self.recounted is None else text(self.recounted)
        why = f" ({self.why})" if self.why else ""
        return f"{sizes_text(self.sizes)}: formula {self.formula}, recounted {again}{why}"


@dataclass(frozen=True)
class Recount:
    """A formula put at sizes and the same counted again in numbers.

    ``checked`` sizes were compared, and ``differences`` are those that failed. Not compared: ``outside``
    ones, where the network does not exist and the formula's conditions are not met either, and ``unsaid``
    ones, where it exists but the conditions are not met, so that the formula claims nothing. True where
    something was compared and all of it is equal. ``polynomial``: the formula is one in its names.
    """

    quantity: Quantity
    polynomial: bool
    checked: int
    outside: tuple[Mapping[str, int], ...] = ()
    unsaid: tuple[Mapping[str, int], ...] = ()
    differences: tuple[Difference, ...] = ()

    def __bool__(self) -> bool:
        return self.checked > 0 and not self.differences

    def __str__(self) -> str:
        kind = "polynomial" if self.polynomial else "with floors or minima"
        beyond = f", {len(self.outside)} where the network does not exist" if self.outside else ""
        beyond += f", {len(self.unsaid)} where the formula claims nothing" if self.unsaid else ""
        (formula,), names = written(self.quantity.value)
        head = f"{formula} {self.quantity.unit}{names}, {kind}: {self.checked} sizes recounted{beyond}"
        if not self.differences:
            return f"{head}, all equal" if self.checked else f"{head}, nothing compared"
        return "\n  ".join([f"{head}, {len(self.differences)} differ", *map(str, self.differences[:10])])


def recounted(
    network: Network,
    quantity: str,
    values: Any,
    include: Iterable[str],
    built: dict[tuple[int, ...], Network | str] | None = None,
) -> Recount:
    """Return the formula of a total beside its recount at every combination of sizes.

    ``values`` maps each name of the network to the sizes to put for it; a network of one name may be given
    the sizes alone. ``built`` keeps the networks in numbers, by the sizes in the order of their names, for
    the recount of another quantity. Raises ``ArgumentError`` for a name that is missing or not there, for
    sizes that are no positive integers, and for more than 100,000 combinations.

    >>> import convalgebra as ca
    >>> conv = {"type": "conv", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1}
    >>> net = ca.read_layers({"input": [1, 3, "N", "N"], "layers": [conv]})
    >>> bool(recounted(net, "multiplications", {"N": range(1, 9)}, {"conv"}))
    True
    """
    names, columns = _read(network, values)
    chosen = frozenset([include] if isinstance(include, str) else include)
    formula = network.formula(quantity, chosen)
    checked = 0
    outside: list[Mapping[str, int]] = []
    unsaid: list[Mapping[str, int]] = []
    differences: list[Difference] = []
    for row in product(*columns):
        sizes = dict(zip(names, row, strict=True))
        by_formula = _by_formula(formula, sizes)
        found = built[row] if built and row in built else _built(network, sizes)
        if built is not None:
            built[row] = found
        again, why = _again(found, quantity, chosen)
        if by_formula is None:
            (outside if again is None else unsaid).append(sizes)
            continue
        checked += 1
        if by_formula != again:
            differences.append(Difference(sizes, by_formula, again, why))
    polynomial = bool(as_formula(formula.value).is_polynomial(*network.symbols))
    return Recount(formula, polynomial, checked, tuple(outside), tuple(unsaid), tuple(differences))


def _read(network: Network, values: Any) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    names = tuple(sorted(map(str, network.symbols)))
    if not names:
        raise ArgumentError("this network has no names: there is no formula to check")
    given = values if isinstance(values, Mapping) else {names[0]: values} if len(names) == 1 else {}
    if {str(name) for name in given} != set(names):
        raise ArgumentError(
            f"values={values!r} must map each of {', '.join(names)} to the sizes put for it"
        )
    columns = tuple(tuple(_sizes(name, sizes)) for name, sizes in sorted(_named(given)))
    combinations = 1
    for column in columns:
        combinations *= len(column)
    if not 0 < combinations <= MOST_SIZES:
        raise ArgumentError(
            f"values: {combinations} combinations of sizes; at most {MOST_SIZES} are checked"
        )
    return names, columns


def _named(given: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    return ((str(name), sizes) for name, sizes in given.items())


def _sizes(name: str, sizes: Any) -> Iterator[int]:
    single = isinstance(sizes, int) and not isinstance(sizes, bool)
    if isinstance(sizes, range) and len(sizes) > MOST_SIZES:
        raise ArgumentError(f"{name}={sizes!r} are {len(sizes)} sizes; at most {MOST_SIZES} are checked")
    if not single and (isinstance(sizes, str) or not isinstance(sizes, Iterable)):
        raise ArgumentError(f"{name}={sizes!r} must be a number or numbers, such as range(32, 225)")
    for place, size in enumerate([sizes] if single else sizes):
        found = as_size(size, name, least=1)
        if not is_number(found) or place >= MOST_SIZES:
            raise ArgumentError(f"{name}={size!r} must be a number, one of at most {MOST_SIZES}")
        yield int(found)


def _by_formula(formula: Quantity, sizes: Mapping[str, int]) -> int | Fraction | None:
    """Return what the formula gives; None where the sizes do not meet its conditions."""
    wanted = {str(symbol) for symbol in formula.symbols}
    try:
        return formula.at({name: n for name, n in sizes.items() if name in wanted})
    except ArgumentError:
        return None


def _built(network: Network, sizes: Mapping[str, int]) -> Network | str:
    """Return the network in numbers, or why there is none."""
    try:
        return network.at(**sizes)
    except ConvalgebraError as error:
        return str(error)


def _again(built: Network | str, quantity: str, include: frozenset[str]) -> tuple[Size | None, str]:
    if isinstance(built, str):
        return None, built
    try:
        total = built.total(quantity, include)
    except ConvalgebraError as error:
        return None, str(error)
    if total.partial:  # less than all would be compared
        return None, f"it is not known what {', '.join(total.missing[:5])} cost"
    return total.value, ""
