"""A ratio of costs over its main symbol: curves, what was measured, limits, and where it crosses 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from convalgebra.drawing.colours import INK
from convalgebra.drawing.frame import framed
from convalgebra.errors import ArgumentError
from convalgebra.reporting.blocks import Drawing
from convalgebra.reporting.figures.canvas import finish, styled

_WIDTH, _HEIGHT = 5.2, 3.0  # inches
_LEFT, _RIGHT, _BELOW, _ABOVE = 0.45, 1.3, 0.42, 0.5
_LINE = 0.155  # inches from a label to the next one
_NEAR = 0.75  # crossings nearer than this are labelled one above the other
# Of the colours of taps those that are read as lines on white.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#332288", "#56b4e9")
_STROKES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (6, 1.5, 1.2, 1.5)), (0, (3, 1.2)), (0, (1.5, 1)), "-")
_MARKERS = "os^Dvp"


@dataclass(frozen=True)
class Curve:
    """A ratio over its main symbol, the others fixed as ``label`` says, maths in LaTeX without dollars.

    ``points`` are what was measured, (x, y). ``limit`` is where it tends to, and ``limit_label`` how
    that prints; its value, as a fraction where it is a simple one, if it is empty. ``crossing`` is the
    exact x at which the ratio is 1 and ``crossing_label`` how that prints; where it is None a crossing
    is found between neighbouring xs and marked without a number.
    """

    label: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    points: tuple[tuple[float, float], ...] = ()
    limit: float | None = None
    limit_label: str = ""
    crossing: float | None = None
    crossing_label: str = ""


def ratio_figure(
    name: str, curves: Sequence[Curve], *, x_label: str, y_label: str, log_x: bool | None = None
) -> Drawing:
    r"""Return curves of a ratio with their measured points, limits, and where they cross 1.

    ``x_label`` and ``y_label`` are maths in LaTeX without dollars. The x axis is logarithmic where the
    xs go over more than a factor of 20, or as ``log_x`` says. Raises ``ArgumentError`` for no curve, for
    more than six, for xs and ys that are not of one length, do not grow or are not finite, and for
    maths that matplotlib's own reader does not know.

    >>> xs = (1.0, 2.0, 4.0, 8.0)
    >>> curve = Curve("h = 3", xs, tuple(1 / x + 1 / 9 for x in xs), ((4.0, 13 / 36),), 1 / 9)
    >>> ratio_figure("ratio", [curve], x_label="N_c", y_label=r"\frac{1}{N_c} + \frac{1}{h^2}").width
    5.2
    """
    with styled():
        return finish(ratio_layout(curves, x_label=x_label, y_label=y_label, log_x=log_x), name)


def ratio_layout(
    curves: Sequence[Curve], *, x_label: str, y_label: str, log_x: bool | None = None
) -> Figure:
    """Return the curves as they are laid out, not yet a file."""
    _check(curves)
    figure = Figure(figsize=(_WIDTH, _HEIGHT))
    FigureCanvasAgg(figure)
    inside = (_WIDTH - _LEFT - _RIGHT, _HEIGHT - _BELOW - _ABOVE)
    axes = figure.add_axes((_LEFT / _WIDTH, _BELOW / _HEIGHT, inside[0] / _WIDTH, inside[1] / _HEIGHT))
    _set_axes(axes, curves, log_x)
    for curve, colour, stroke, marker in zip(curves, _COLOURS, _STROKES, _MARKERS, strict=False):
        axes.plot(curve.xs, curve.ys, color=colour, linestyle=stroke, linewidth=1.4, zorder=3)
        if curve.points:
            axes.plot(
                *zip(*curve.points, strict=True),
                linestyle="none",
                marker=marker,
                markersize=4.2,
                markerfacecolor="white",
                markeredgecolor=colour,
                markeredgewidth=1.1,
                zorder=4,
                clip_on=False,
            )
        if curve.limit is not None:
            axes.axhline(curve.limit, color=colour, linewidth=0.8, linestyle=(0, (2, 2)), zorder=2)
    _draw_crossings(axes, curves, inside)
    _label(axes, curves, inside[1])
    axes.set_xlabel(f"${x_label}$", fontsize=9.5, labelpad=2)
    shown = y_label.replace(r"\frac", r"\dfrac")
    axes.text(0, 1 + 0.27 / inside[1], f"${shown}$", fontsize=9.5, transform=axes.transAxes, va="center")
    try:
        figure.canvas.draw()
    except ValueError as error:
        labels = [x_label, y_label, *(text for c in curves for text in (c.label, c.limit_label))]
        raise ArgumentError(f"labels={labels!r}: {str(error).strip().splitlines()[-1]}") from None
    return figure


def _check(curves: Sequence[Curve]) -> None:
    if not 1 <= len(curves) <= len(_COLOURS):
        raise ArgumentError(f"curves: there are {len(curves)}, there must be 1 to {len(_COLOURS)}")
    for curve in curves:
        numbers = [*curve.xs, *curve.ys, *chain.from_iterable(curve.points)]
        ordered = all(a < b for a, b in pairwise(curve.xs))
        if len(curve.xs) != len(curve.ys) or not curve.xs or not ordered or not np.isfinite(numbers).all():
            raise ArgumentError(f"curves: xs of {curve!r} must grow and be as many as ys, all finite")


def _set_axes(axes: Axes, curves: Sequence[Curve], log_x: bool | None) -> None:
    xs = [x for c in curves for x in (*c.xs, *(p[0] for p in c.points))]
    ys = [y for c in curves for y in (*c.ys, *(p[1] for p in c.points))]
    crossed = any(crossings(curve) for curve in curves)
    limits = [c.limit for c in curves if c.limit is not None]
    if log_x is None:
        log_x = min(xs) > 0 and max(xs) > 20 * min(xs)
    if log_x:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(10, subs=(1, 2, 5)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_minor_formatter(NullFormatter())
        if max(xs) > 3000 * min(xs):
            axes.xaxis.set_major_locator(LogLocator(10))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.4g}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:.4g}"))
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.set_xlim(min(xs), max(xs))
    top = max([*ys, *limits, *([1.0] if crossed else [])])
    axes.set_ylim(0, top * 1.06)
    framed(axes)


def crossings(curve: Curve) -> tuple[float, ...]:
    """Return where a curve crosses 1: where it says so, else in between neighbours on either side.

    >>> crossings(Curve("", (1, 2, 3), (1.5, 0.5, 0.25)))
    (1.5,)
    """
    if curve.crossing is not None:
        return (curve.crossing,)
    pairs = pairwise(zip(curve.xs, curve.ys, strict=True))
    return tuple(a + (b - a) * (1 - p) / (q - p) for (a, p), (b, q) in pairs if (p - 1) * (q - 1) < 0)


def _draw_crossings(axes: Axes, curves: Sequence[Curve], size: tuple[float, float]) -> None:
    """Mark where the ratio is 1; exact places bear their number, one above the other if near."""
    if not any(map(crossings, curves)):
        return
    axes.axhline(1, color=INK, linewidth=0.8, zorder=2)
    numbered: list[tuple[float, float, str, str]] = []
    for curve, colour in zip(curves, _COLOURS, strict=False):
        for x in crossings(curve):
            axes.plot([x, x], [0, 1], color=colour, linewidth=0.8, linestyle=(0, (1, 2)), zorder=2)
            axes.plot([x], [1], marker="o", markersize=4.5, color=colour, markeredgecolor="white", zorder=5)
            if curve.crossing is not None:
                text = curve.crossing_label or number_label(x)
                place = float(axes.transAxes.inverted().transform(axes.transData.transform((x, 1)))[0])
                numbered.append((place * size[0], x, text, colour))
    # From the right: the one furthest left stands highest, next to nothing of its own curve.
    level, before = 0, float("inf")
    for place, x, text, colour in sorted(numbered, reverse=True):
        level = level + 1 if before - place < _NEAR else 0
        before = place
        shift = (5, 7 + level * _LINE * 72)
        axes.annotate(f"${text}$", (x, 1), shift, textcoords="offset points", color=colour, fontsize=8)
        _make_room(axes, (level + 1) * _LINE + 0.15, size[1])


def _make_room(axes: Axes, room: float, height: float) -> None:
    """Let there be so much room in inches above the line 1."""
    _, top = axes.get_ylim()
    axes.set_ylim(0, max(top, 1 / (1 - room / height)))


def _label(axes: Axes, curves: Sequence[Curve], height: float) -> None:
    """Write at the right what each line is, pushed apart where two would meet."""
    _, top = axes.get_ylim()
    wanted: list[tuple[float, str, str]] = []
    if any(map(crossings, curves)):
        wanted.append((1.0, "1", INK))
    for curve, colour in zip(curves, _COLOURS, strict=False):
        limit = "" if curve.limit is None else rf" \to {curve.limit_label or number_label(curve.limit)}"
        at = curve.ys[-1] if curve.limit is None else (curve.ys[-1] + curve.limit) / 2
        if curve.label or limit:
            wanted.append((at, f"{curve.label}{limit}".strip(), colour))
    wanted.sort(key=lambda label: label[0])
    places = spread([at / top * height for at, _, _ in wanted], _LINE, height)
    for (_, text, colour), place in zip(wanted, places, strict=True):
        axes.annotate(
            f"${text}$",
            (1, place / height),
            (6, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            color=colour,
            fontsize=8.5,
            va="center",
            ha="left",
            annotation_clip=False,
        )


def spread(wanted: Sequence[float], apart: float, end: float) -> list[float]:
    """Return places near those wanted, in their order, none nearer to the next than ``apart``.

    They stay between 0 and ``end`` as long as there is room.

    >>> spread([0.0, 0.1, 2.0], 0.5, 2.0)
    [0.0, 0.5, 2.0]
    >>> spread([1.9, 1.95], 0.5, 2.0)
    [1.5, 2.0]
    """
    places: list[float] = []
    for place in wanted:
        places.append(max(place, places[-1] + apart) if places else max(place, 0.0))
    above = end
    for at in reversed(range(len(places))):
        places[at] = min(places[at], above)
        above = places[at] - apart
    return places


def number_label(value: float) -> str:
    """Return a number as maths: a simple fraction as one, else three digits.

    >>> number_label(1 / 9), number_label(2.0), number_label(0.12345)
    ('1/9', '2', '0.123')
    """
    near = Fraction(value).limit_denominator(144)
    if abs(float(near) - value) > 1e-12:
        return f"{value:.3g}"
    return str(near)
