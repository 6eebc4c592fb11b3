"""The matrices of a chapter as pictures: small ones entry by entry, a large one in bins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from convalgebra.catalogue.basic import conv, conv_transpose
from convalgebra.operators.base import Operator
from convalgebra.reporting.blocks import Block, Figure, Heading
from convalgebra.reporting.figures.field import field_figure
from convalgebra.reporting.figures.large import large_figure
from convalgebra.reporting.figures.matrix import matrix_figure
from convalgebra.reporting.figures.overlap import overlap_figure
from convalgebra.reporting.parts.derived import number
from convalgebra.reporting.parts.part import Part
from convalgebra.reporting.subject import Layer, Subject
from convalgebra.reporting.words import Inline, Math, Words, listed, say


def _stored(operator: Operator) -> int:
    """Return how many entries the matrix of some numbers stores."""
    ones = {name: np.ones(shape, np.int8) for name, shape in operator.numeric_weight_shapes().items()}
    return int(operator.matrix(ones).nnz)


# What is said of options where there are none.
NONE = Words("")


def pictures(subject: Subject) -> Part:
    """Return the figures of a chapter, each with what there is to see in it."""
    return Part(tuple(_blocks(subject)))


def _blocks(subject: Subject) -> Iterator[Block]:
    yield Heading(2, say("part.pictures.title"))
    for at, layer in enumerate(subject.drawn, 1):
        yield small_picture(layer.operator(), f"{subject.key}-{at}", _title(layer), _options(layer))
    operator = subject.large.operator()
    rows, columns = operator.shape
    seen = {
        "name": _title(subject.large),
        "options": _options(subject.large),
        "rows": number(rows),
        "columns": number(columns),
    }
    yield Figure(
        large_figure(f"{subject.key}-large", operator),
        say("part.pictures.large", **seen, entries=number(_stored(operator))),
        say("part.pictures.large_shows", **seen),
        f"figure:{subject.key}-large",
    )
    yield from _EXTRA[subject.extra]() if subject.extra else ()


def _overlap() -> Iterator[Block]:
    """Yield how often a transposed convolution covers each output, unevenly and evenly."""
    size: dict[str, Any] = {"in_channels": 1, "out_channels": 1, "input_size": (4, 4), "stride": 2}
    operators = [conv_transpose(**size, kernel_size=kernel) for kernel in (3, 4)]
    yield Figure(
        overlap_figure("overlap", *operators),
        say("part.pictures.overlap"),
        say("part.pictures.overlap_shows"),
        "figure:overlap",
    )


def _field() -> Iterator[Block]:
    """Yield what one output reads through layers of rates 1, 2 and 4, as in Yu and Koltun, figure 1."""
    first = conv(1, 1, (15, 15), 3)
    second = conv(1, 1, first.output_size, 3, dilation=2, name="second")
    third = conv(1, 1, second.output_size, 3, dilation=4, name="third")
    stacks = [first, second @ first, third @ second @ first]
    yield Figure(
        field_figure("field", stacks),
        say("part.pictures.field"),
        say("part.pictures.field_shows"),
        "figure:field",
    )


_EXTRA: Mapping[str, Callable[[], Iterator[Block]]] = {"overlap": _overlap, "field": _field}


def small_picture(operator: Operator, name: str, title: Inline, options: Inline = NONE) -> Figure:
    """Return the figure of a small operator: input, kernel, output and matrix."""
    seen = {
        "name": title,
        "options": options,
        "input": _shape(operator.input_shape),
        "output": _shape(operator.output_shape),
    }
    sides = {"rows": number(operator.shape[0]), "columns": number(operator.shape[1])}
    return Figure(
        matrix_figure(name, operator),
        say("part.pictures.small", **seen, **sides),
        say("part.pictures.small_shows", **seen, **sides),
        f"figure:{name}",
    )


def _options(layer: Layer) -> Inline:
    return say("part.pictures.options", options=listed(map(Math, layer.options))) if layer.options else NONE


def _title(layer: Layer) -> Inline:
    return say(f"type.{layer.type}.heading")


def _shape(shape: tuple[object, ...]) -> Math:
    return Math(r" \times ".join(map(str, shape)))
