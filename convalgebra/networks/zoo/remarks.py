"""What is in print about a network of the zoo, beside what is counted of it: counted when it is said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from convalgebra.networks.description import read_layers
from convalgebra.networks.network import Network
from convalgebra.networks.zoo.layers import Description
from convalgebra.networks.zoo.models import zoo
from convalgebra.networks.zoo.published import Published, published

# Options that tell readings of one paper apart, not networks: the other reading's numbers are told too.
_READINGS = frozenset({"shortcut", "stride_in", "root", "last_padding"})
_QUANTITIES = {"mult_adds": "mult-adds", "parameters": "parameters", "neurons": "neurons"}
_KINDS = ("conv", "linear", "bias", "norm")
_VERDICTS = {"rounded": "agrees", "cut": "agrees, cut and not rounded", "no": "does not agree"}


@dataclass
class _Line:
    """A number in print, what is counted for it, and where it stands."""

    reading: str
    number: Published
    count: int
    sources: list[str] = field(default_factory=list)

    def key(self) -> tuple[object, ...]:
        n = self.number
        digits = n.printed.replace(",", "")
        return self.reading, n.quantity, digits, n.unit, n.flops, n.include, n.per_channel

    def order(self) -> tuple[bool, int]:
        return bool(self.reading), list(_QUANTITIES).index(self.number.quantity)


def remarks_in_print(description: Description, network: Network) -> tuple[str, ...]:
    """Return a line for each number that was published for the network of a zoo's description.

    A line tells the number and its sources, what is counted as they count, and whether the two agree;
    the numbers for single layers share a line. There is none for a network that is not in print, nor
    where the count is a formula.

    >>> one = zoo("resnet_50")
    >>> for line in remarks_in_print(one, read_layers(one)):
    ...     print(line.partition(" (")[0])
    in print: 3.8 billion mult-adds
    in print for stride_in=middle: 4.089 billion mult-adds
    in print for stride_in=middle: 25,557,032 parameters
    """
    networks = {"": network}
    lines: dict[tuple[object, ...], _Line] = {}
    layers: dict[tuple[str, str], list[_Line]] = {}
    for number in published(description.get("name", "")):
        reading = _reading(number, description)
        if reading is None or number.against is not None:
            continue
        if reading not in networks:
            networks[reading] = read_layers(number.description())
        count = counted(number, networks[reading])
        if count is None:
            continue
        line = _Line(reading, number, count)
        if number.layers:
            layers.setdefault((number.source, number.quantity), []).append(line)
        else:
            lines.setdefault(line.key(), line).sources.append(number.source)
    said = [_said(line) for line in sorted(lines.values(), key=_Line.order)]
    return (*said, *(_of_layers(*key, each) for key, each in layers.items()))


def counted(number: Published, network: Network) -> int | None:
    """Return what is counted of a network as the source of a number counts; None if that is a formula.

    >>> number = published("vgg_16")[0]
    >>> counted(number, read_layers(number.description())), number.printed, number.unit
    (15346630656, '15300', 'million')
    """
    if number.layers:
        name = number.layers
        kept = [one for one in network.layers if one.name == name or one.name.startswith(f"{name}.")]
        network = replace(network, layers=tuple(kept))
    quantity = "activations" if number.quantity == "neurons" else number.quantity
    total = network.total(quantity, number.include)
    if total.partial or not isinstance(total.value, int):
        return None
    rest = network.total(quantity, number.include - {"norm"}).value
    if quantity != "parameters" or not isinstance(rest, int):
        return total.value
    return rest + (total.value - rest) * number.per_channel // 2


def _reading(number: Published, description: Description) -> str | None:
    """Return "" if a number is about just this network, the options of another reading, or None."""
    if number.description() == description:
        return ""
    others = {key: value for key, value in number.options.items() if key in _READINGS}
    same = {key: value for key, value in number.options.items() if key not in _READINGS}
    if others and zoo(number.network, **same) == description:
        return ", ".join(f"{key}={value}" for key, value in others.items())
    return None


def _said(line: _Line) -> str:
    number = line.number
    unit = "" if number.unit == "one" else f" {number.unit}"
    word = _QUANTITIES[number.quantity] if number.flops == 1 else f"FLOPs, {number.flops} a mult-add"
    agreement = number.agreement(line.count)
    # What agrees needs no more words than what is counted; a finding is told of what does not.
    why = f". {number.finding}" if number.finding and agreement != "rounded" else ""
    return (
        f"in print{f' for {line.reading}' if line.reading else ''}: {number.printed}{unit} {word} "
        f"({_sources(line.sources)}): counted {line.count:,} over "
        f"{', '.join(kind for kind in _KINDS if kind in number.include)}, {_VERDICTS[agreement]}{why}"
    )


def _sources(sources: Iterable[str]) -> str:
    """Return sources, the places of one document together.

    >>> _sources(["a, table 4", "a, table 6", "b, section 1"])
    'a, table 4, table 6; b, section 1'
    """
    documents: dict[str, dict[str, None]] = {}
    for source in sources:
        document, _, place = source.partition(", ")
        documents.setdefault(document, {})[place] = None
    return "; ".join(", ".join(filter(None, (document, *places))) for document, places in documents.items())


def _of_layers(source: str, quantity: str, each: list[_Line]) -> str:
    """Return one line for the numbers of single layers: how many agree, and those that do not."""
    differ = [one for one in each if one.number.agreement(one.count) == "no"]
    named = [f"{one.number.layers} {one.number.printed}, counted {one.count:,}" for one in differ]
    but = f"; not {'; '.join(named)}" if named else ""
    same = len(each) - len(differ)
    return f"in print: {_QUANTITIES[quantity]} of {len(each)} layers ({source}): {same} agree{but}"
