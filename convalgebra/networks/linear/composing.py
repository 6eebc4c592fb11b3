"""One operator made of those of the layers between two values: products, sums and stacks.

A value through which every way goes is a factor. Between two of these the branches are written out, one
term or row for each; where branches cross so often that this repeats too much, all that is still needed
stands side by side instead, one factor for each layer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from convalgebra.axis import Axis
from convalgebra.networks.graph import Shape
from convalgebra.networks.linear.maps import Affine, handed_on, shaped
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product
from convalgebra.operators.moves import Selection
from convalgebra.operators.sidebyside import Sum
from convalgebra.operators.stacks import VStack
from convalgebra.sizes import product

# Operators one after the other, the last one first; none of them is the identity.
Factors = tuple[Operator, ...]

# Branches that are read by several are written out for each of these, up to so many times as many steps.
_MOST_TIMES, _FEW = 4, 64


def composed(maps: Mapping[str, Affine], images: Mapping[str, Shape], source: str, target: str) -> Operator:
    """Return the operator from one value to another, of what makes each value between, in order.

    ``images`` are the shapes of the values for one image.

    >>> from convalgebra.operators.leaves import Dense
    >>> half = Affine(("x",), (Dense(2, 2),), (2,))
    >>> both = Affine(("h", "x"), (None, None), (2,))
    >>> composed({"h": half, "y": both}, {"x": (2,), "h": (2,), "y": (2,)}, "x", "y").structure()
    'W + I(2)'
    """
    dominators = _dominators(maps, source)
    if _times_written(maps, dominators, source, target) <= _MOST_TIMES * len(maps) + _FEW:
        factors = _nested(maps, dominators, images, source, target)
    else:
        factors = _side_by_side(maps, images, source, target)
    return _one(factors, images[source], images[target])


def _one(factors: Factors, inputs: Shape, outputs: Shape) -> Operator:
    if not factors:
        return handed_on(inputs, outputs)
    return shaped(factors[0] if len(factors) == 1 else Product(factors), inputs, outputs)


def _step(
    found: Affine, reads: Mapping[str, Factors], images: Mapping[str, Shape], source: Shape
) -> Factors:
    """Return what makes an output of what its inputs are, each by its factors on one source."""
    branches = []
    for name, op in zip(found.inputs, found.operators, strict=True):
        branches.append(reads[name] if op is None else (op, *reads[name]))
    if len(branches) == 1:
        return branches[0]
    wanted = [found.output_shape] * len(branches)
    if found.stacked:
        wanted = [images[name] for name in found.inputs]
    parts = tuple(_one(branch, source, shape) for branch, shape in zip(branches, wanted, strict=True))
    whole = VStack(parts) if found.stacked else Sum(parts)
    return (shaped(whole, whole.input_shape, found.output_shape),)


# --- written out, each branch from where it leaves the others ------------------------------------


def _dominators(maps: Mapping[str, Affine], source: str) -> dict[str, str]:
    """Return for each value the last one before it through which every way from the source goes."""
    above: dict[str, str] = {}
    depth = {source: 0}
    for name, found in maps.items():
        meet, *others = found.inputs
        for other in others:
            while meet != other:
                if depth[meet] >= depth[other]:
                    meet = above[meet]
                else:
                    other = above[other]  # noqa: PLW2901 - the two climb until they meet
        above[name], depth[name] = meet, depth[meet] + 1
    return above


def _up(name: str, top: str, dominators: Mapping[str, str]) -> Iterator[str]:
    """Yield the values from one up to one that dominates it, which is left out."""
    while name != top:
        yield name
        name = dominators[name]


def _times_written(
    maps: Mapping[str, Affine], dominators: Mapping[str, str], source: str, target: str
) -> int:
    sizes: dict[str, int] = {}
    for name, found in maps.items():
        ways = (_up(before, dominators[name], dominators) for before in found.inputs)
        sizes[name] = 1 + sum(sizes[at] for way in ways for at in way)
    return sum(sizes[at] for at in _up(target, source, dominators))


def _nested(
    maps: Mapping[str, Affine],
    dominators: Mapping[str, str],
    images: Mapping[str, Shape],
    source: str,
    target: str,
) -> Factors:
    """Return the factors of the whole, a value through which every way goes between each two."""
    steps: dict[str, Factors] = {}

    def chain(name: str, top: str) -> Factors:
        return tuple(factor for at in _up(name, top, dominators) for factor in steps[at])

    for name, found in maps.items():
        top = dominators[name]
        reads = {before: chain(before, top) for before in found.inputs}
        steps[name] = _step(found, reads, images, images[top])
    return chain(target, source)


# --- all that is still needed side by side, one layer after the other ----------------------------


def _side_by_side(
    maps: Mapping[str, Affine], images: Mapping[str, Shape], source: str, target: str
) -> Factors:
    """Return a factor for each layer: it has what later ones read one after the other.

    Nothing is written twice, however the branches cross.
    """
    uses = Counter(name for found in maps.values() for name in dict.fromkeys(found.inputs))
    uses[target] += 1
    state, factors = [source], list[Operator]()
    for name, found in maps.items():
        reads = _reads(state, images)
        before = (
            (sum((product(images[v]) for v in state), start=0),) if len(state) > 1 else images[state[0]]
        )
        made = _one(_step(found, reads, images, before), before, found.output_shape)
        uses.subtract(dict.fromkeys(found.inputs, 1))
        kept = [v for v in state if uses[v] > 0]
        rows = [*(_one(reads[v], before, images[v]) for v in kept), made]
        state = [*kept, name]
        flat = tuple(shaped(row, before, (product(row.output_shape),)) for row in rows)
        factors.insert(0, VStack(flat) if len(flat) > 1 else made)
    return tuple(factors)


def _reads(state: Sequence[str], images: Mapping[str, Shape]) -> dict[str, Factors]:
    """Return what takes each value out of several that stand one after the other."""
    if len(state) == 1:
        return {state[0]: ()}
    lengths = [product(images[name]) for name in state]
    whole, start = sum(lengths, start=0), 0
    found: dict[str, Factors] = {}
    for name, length in zip(state, lengths, strict=True):
        cut = Selection(Axis(whole, 1, 1, -start, start + length - whole), 0)
        found[name] = (shaped(cut, (whole,), images[name]),)
        start = start + length
    return found
