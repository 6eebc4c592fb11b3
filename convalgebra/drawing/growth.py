"""What a network costs as a function of its image: formulas as curves, as steps where they have floors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import sympy
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, MaxNLocator

from convalgebra.counting.quantity import Quantity
from convalgebra.drawing.colours import INK, QUIET
from convalgebra.drawing.frame import TICKS, framed
from convalgebra.drawing.lettering import SERIES, evenly, grouped, shown
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.exact import value
from convalgebra.formulas import latex
from convalgebra.networks.formulas.points import example_point, image_names
from convalgebra.networks.network import Network
from convalgebra.networks.totals import AS_PAPERS
from convalgebra.proofs import as_formula, is_number
from convalgebra.sizes import symbol
from convalgebra.typesetting.width import letters

QUANTITIES = ("multiplications", "mult_adds")
_COLOURS = {"multiplications": SERIES[0], "mult_adds": SERIES[4]}
_WIDTH, _HEIGHT = 6.3, 3.2  # inches
_LEFT, _RIGHT, _BELOW = 0.55, 1.25, 0.42
_LINE = 0.19  # inches from a line of text to the next
_POINTS = 10
_TITLE_LETTERS = 82
_LONGEST = 62  # letters of a formula that is printed above


class NoGrowthError(ArgumentError):
    """There is no curve: the cost of the network does not depend on the size of its image."""


@dataclass(frozen=True)
class Line:
    """A quantity over a size: the formula, what it gives at ``xs``, recounted ``points`` (x, count)."""

    quantity: str
    formula: sympy.Expr
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    points: tuple[tuple[int, int], ...]
    agrees: bool


@dataclass(frozen=True)
class Growth:
    """The lines over the size ``name`` of an image with the ``side``; other names are ``fixed``."""

    name: str
    side: sympy.Expr
    fixed: Mapping[str, int]
    lines: tuple[Line, ...]
    steps: bool

    @property
    def agrees(self) -> bool:
        """Whether there are recounted points, and each is what the formula gives, exactly."""
        return all(line.points and line.agrees for line in self.lines)


def growth_of(
    network: Network,
    include: Iterable[str] = AS_PAPERS,
    over: str = "",
    at: Mapping[str, int] | None = None,
) -> Growth:
    """Return the cost over a name of a network's image, by default the first, recounted at some sizes.

    ``at`` are numbers for the other names, and the middle of those drawn for the name itself. Raises
    ``ArgumentError`` for a network without names in its image, or whose total is partial;
    ``NoGrowthError``, which is one, where the cost does not depend on the name.

    >>> import convalgebra as ca
    >>> network = ca.read_layers({**ca.zoo("resnet_18"), "input": [1, 3, "32*q", "32*q"]})
    >>> found = growth_of(network)
    >>> found.name, found.agrees, found.steps, len(found.lines[0].points)
    ('q', True, False, 10)
    """
    names = image_names(network)
    if not names or (over and over not in names):
        raise ArgumentError(
            f"over={over!r}: the image of this network has {', '.join(names) or 'no name'}; "
            "network.with_input((1, 3, 'N', 'N')) gives it one"
        )
    chosen = frozenset([include] if isinstance(include, str) else include)
    name = over or names[0]
    example = at or example_point(network)
    if example is None or name not in example:
        raise ArgumentError(f"at={at!r} must give a number for each name of the network")
    fixed = {other: number for other, number in example.items() if other != name}
    sized = network.at(**fixed) if fixed else network
    formulas = {quantity: sized.formula(quantity, chosen) for quantity in QUANTITIES}
    x = symbol(name)
    drawn = [formulas[q] for q in QUANTITIES if not as_formula(formulas[q].value).is_number]
    if not drawn:
        raise NoGrowthError(f"over={name!r}: the cost does not depend on it")
    steps = not all(as_formula(f.value).is_polynomial(x) for f in drawn)
    low = _lowest(sized, formulas.values(), name, example[name])
    high = 2 * example[name]
    sizes = sorted({round(n) for n in np.linspace(low, high, _POINTS)})
    recounted = {n: sized.at(**{name: n}) for n in sizes}
    lines = tuple(
        _line(
            quantity,
            formula,
            x,
            (low, high),
            steps,
            [(n, _count(recounted[n], quantity, chosen)) for n in sizes],
        )
        for quantity, formula in formulas.items()
    )
    side = next(
        as_formula(s)
        for shape in network.inputs.values()
        for s in shape[2:]
        if x in as_formula(s).free_symbols
    )
    return Growth(name, side.subs({symbol(k): n for k, n in fixed.items()}), fixed, lines, steps)


def _lowest(network: Network, formulas: Iterable[Quantity], name: str, example: int) -> int:
    """Return the least size at which the network exists and all formulas say something."""
    each = tuple(formulas)
    for n in range(1, example):
        try:
            for formula in each:
                _at(formula, name, n)
            network.at(**{name: n})
        except ConvalgebraError:
            continue
        return n
    return example


def _at(formula: Quantity, name: str, n: int) -> int | Fraction:
    return formula.at({name: n} if formula.symbols else {})


def _count(network: Network, quantity: str, include: frozenset[str]) -> int:
    found = network.total(quantity, include).value
    if not is_number(found):
        raise ConvalgebraError(f"{quantity} of {network!r} is no number")
    return int(found)


def _line(
    quantity: str,
    formula: Quantity,
    x: sympy.Symbol,
    span: tuple[int, int],
    steps: bool,
    points: list[tuple[int, int]],
) -> Line:
    low, high = span
    whole = as_formula(formula.value)
    xs = np.arange(low, high + 1, dtype=float) if steps else np.linspace(low, high, 200)
    found = sympy.lambdify(x, whole, "numpy")(xs)
    ys = np.broadcast_to(np.asarray(found, float), xs.shape)
    agrees = all(value(whole, {x: n}) == counted for n, counted in points)
    return Line(quantity, whole, tuple(map(float, xs)), tuple(map(float, ys)), tuple(points), agrees)


# --- drawing -------------------------------------------------------------------------------------


def growth_layout(growth: Growth, title: str = "") -> Figure:
    """Return the curves as they are laid out, not yet a file: direct labels, recounted points, formulas.

    ``title`` stands above, for a picture without a caption.
    """
    said = [line for line in growth.lines if not growth.steps and letters(latex(line.formula)) <= _LONGEST]
    x = symbol(growth.name)
    two = growth.side != x
    lines = len(said) + bool(title)
    above = 0.1 + _LINE * lines + (0.36 if two else 0.12)
    height = _HEIGHT + _LINE * lines
    figure = Figure(figsize=(_WIDTH, height))
    FigureCanvasAgg(figure)
    inside = (_WIDTH - _LEFT - _RIGHT, height - _BELOW - above)
    axes = figure.add_axes((_LEFT / _WIDTH, _BELOW / height, inside[0] / _WIDTH, inside[1] / height))
    for line in growth.lines:
        _draw(axes, line, growth.steps)
    if len(growth.lines) == 2:
        first, second = growth.lines
        step: Literal["post"] | None = "post" if growth.steps else None
        axes.fill_between(
            first.xs, first.ys, second.ys, step=step, color=_COLOURS["mult_adds"], alpha=0.18, linewidth=0
        )
    _set_axes(axes, growth, two)
    _label(axes, growth.lines, inside[1])
    for at, line in enumerate(said):
        text = f"{line.quantity} $= {grouped(latex(line.formula))}$"
        y = 1 - (0.16 + _LINE * (at + bool(title))) / height
        figure.text(_LEFT / _WIDTH, y, text, fontsize=8.5, color=_COLOURS[line.quantity], va="center")
    if title:
        words = shown(title, _TITLE_LETTERS)
        figure.text(
            0.05 / _WIDTH, 1 - 0.15 / height, words, fontsize=8.5, color=INK, va="center", parse_math=False
        )
    return figure


def _draw(axes: Axes, line: Line, steps: bool) -> None:
    colour = _COLOURS[line.quantity]
    dashes = "-" if line.quantity == "multiplications" else (0, (5, 1.5))
    style = "steps-post" if steps else "default"
    axes.plot(line.xs, line.ys, color=colour, linestyle=dashes, linewidth=1.3, drawstyle=style, zorder=3)
    axes.plot(
        *zip(*line.points, strict=True),
        linestyle="none",
        marker="o" if line.quantity == "multiplications" else "s",
        markersize=4.2 if line.quantity == "multiplications" else 5.4,
        markerfacecolor="white" if line.quantity == "multiplications" else "none",
        markeredgecolor=colour,
        markeredgewidth=1.0,
        zorder=5,
        clip_on=False,
    )


class _OneUnit(Formatter):
    """Writes the numbers of an axis in one unit, so that they compare at a glance."""

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Return what stands at each tick."""
        return evenly([float(value) for value in values])

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return a number by itself."""
        return evenly([x])[0]


def _set_axes(axes: Axes, growth: Growth, two: bool) -> None:
    xs = [x for line in growth.lines for x in line.xs]
    top = max(y for line in growth.lines for y in line.ys)
    axes.set_xlim(min(xs), max(xs))
    axes.set_ylim(0, 1.05 * top)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.yaxis.set_major_formatter(_OneUnit())
    framed(axes)
    axes.set_xlabel(f"${latex(symbol(growth.name))}$", fontsize=9.5, labelpad=2)
    if two:
        x = symbol(growth.name)
        upper = axes.secondary_xaxis("top")
        ticks = [t for t in axes.get_xticks() if min(xs) <= t <= max(xs)]
        sides = [value(growth.side, {x: int(t)}) for t in ticks]
        upper.set_xticks(ticks, [str(s) for s in sides])
        upper.tick_params(**TICKS)
        upper.spines["top"].set_color(QUIET)
        upper.set_xlabel(f"${latex(growth.side)}$", fontsize=9, labelpad=3)


def _label(axes: Axes, lines: Sequence[Line], height: float) -> None:
    """Write at the right what each line is, apart where two would meet."""
    _, top = axes.get_ylim()
    wanted = sorted((line.ys[-1] / top * height, line.quantity) for line in lines)
    places = [place for place, _ in wanted]
    for at in range(1, len(places)):
        places[at] = max(places[at], places[at - 1] + _LINE)
    for place, (_, quantity) in zip(places, wanted, strict=True):
        axes.annotate(
            quantity,
            (1, place / height),
            (8, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            color=_COLOURS[quantity],
            fontsize=8,
            va="center",
            annotation_clip=False,
            parse_math=False,
        )
