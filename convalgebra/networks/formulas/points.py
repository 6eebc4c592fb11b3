"""Numbers for the names of a network: an example to print, and sizes at which formulas are recounted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from types import MappingProxyType

import sympy

from convalgebra.errors import ConvalgebraError
from convalgebra.exact import value
from convalgebra.networks.network import Network
from convalgebra.proofs import as_formula
from convalgebra.sizes import symbol

# The sides of an image, and what else a name may be, in the order in which they are tried.
SIDES = (224, 256, 192, 320, 128, 64, 32, 96, 48, 16, 8, 512, 1024)
_OTHERS = (16, 32, 8, 64, 4, 12, 2, 1)
_WIDEST = 1024
_MOST_TRIED = 200
# A recount goes through all layers: so many layers, and so many sizes, are gone through in all.
_MOST_LAYERS, _FEWEST, _MOST_SIZES = 6000, 8, 128


def image_names(network: Network) -> tuple[str, ...]:
    """Return the names in the sides of the images, in the order of the axes.

    >>> import convalgebra as ca
    >>> conv = {"type": "conv", "out_channels": "M", "kernel_size": 3}
    >>> image_names(ca.read_layers({"input": [1, 3, "H", "2*W"], "layers": [conv]}))
    ('H', 'W')
    """
    return tuple(dict.fromkeys(name for name, _ in _sides(network)))


def _sides(network: Network) -> Iterator[tuple[str, sympy.Expr]]:
    for shape in network.inputs.values():
        for side in map(as_formula, shape[2:]):
            for name in sorted(map(str, side.free_symbols)):
                yield name, side


def example_point(network: Network) -> Mapping[str, int] | None:
    """Return numbers for a network's names with which it exists, images of 224 if that can be.

    None where none of those tried fits.

    >>> import convalgebra as ca
    >>> network = ca.read_layers({**ca.zoo("resnet_18"), "input": [1, 3, "32*q", "32*q"]})
    >>> dict(example_point(network))
    {'q': 7}
    """
    names = sorted(map(str, network.symbols))
    sides = dict(reversed(list(_sides(network))))
    batch = {str(s) for shape in network.inputs.values() for s in as_formula(shape[0]).free_symbols}
    tried: list[tuple[int, ...]] = []
    wanted: Iterator[int]
    for name in names:
        if name in sides:
            wanted = (_nearest(sides[name], name, side) for side in SIDES)
        else:
            wanted = iter((1,) if name in batch else _OTHERS)
        tried.append(tuple(dict.fromkeys(wanted)))
    # What all names have at one place is tried first, then every combination.
    together = zip(*(column * (len(SIDES) // len(column) + 1) for column in tried), strict=False)
    for count, row in enumerate((*list(together)[: len(SIDES)], *_some(tried))):
        point = dict(zip(names, row, strict=True))
        if count >= _MOST_TRIED:
            break
        if _exists(network, point):
            return MappingProxyType(point)
    return None


def _some(tried: list[tuple[int, ...]]) -> Iterator[tuple[int, ...]]:
    for count, row in enumerate(product(*tried)):
        if count >= _MOST_TRIED:
            return
        yield row


def _nearest(side: sympy.Expr, name: str, wanted: int) -> int:
    """Return the number for a name that brings a side nearest to what is wanted."""
    if side.free_symbols != {symbol(name)}:
        return wanted
    return min(range(1, _WIDEST + 1), key=lambda n: abs(value(side, {symbol(name): n}) - wanted))


def _exists(network: Network, point: Mapping[str, int]) -> bool:
    try:
        network.at(**point)
    except ConvalgebraError:
        return False
    return True


def recounted_sizes(network: Network, point: Mapping[str, int]) -> Mapping[str, tuple[int, ...]]:
    """Return the sizes at which a network's formulas are recounted, more for a network of fewer layers.

    They go up to twice the example, or end with it where that would be too many; in a row, as floors
    are seen only there. Other names than those of the image have their example's number and its double.

    >>> import convalgebra as ca
    >>> network = ca.read_layers({**ca.zoo("resnet_18"), "input": [1, 3, "32*q", "32*q"]})
    >>> recounted_sizes(network, {"q": 7})["q"]
    (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)
    """
    sides = [name for name in image_names(network) if name in point]
    others = [name for name in point if name not in sides]
    most = max(_FEWEST, min(_MOST_SIZES, _MOST_LAYERS // max(1, len(network.layers))))
    each = int(max(1, most >> len(others)) ** (1 / max(1, len(sides))))
    found = {name: _in_a_row(point[name], max(3, each)) for name in sides}
    found |= {name: (point[name], 2 * point[name]) for name in others}
    return {name: found[name] for name in point}


def _in_a_row(example: int, most: int) -> tuple[int, ...]:
    if 2 * example <= most:
        return tuple(range(1, 2 * example + 1))
    return tuple(range(max(1, example - most + 1), example + 1))
