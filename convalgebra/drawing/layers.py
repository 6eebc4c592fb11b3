"""What each layer of a network costs as bars: coloured by type, what is lost on padding zeros hatched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from convalgebra.drawing.colours import INK, LINE, QUIET
from convalgebra.drawing.lettering import SERIES, few_digits, percent, shown
from convalgebra.errors import ArgumentError
from convalgebra.networks.alike import Alike, alike, costly
from convalgebra.networks.network import Network
from convalgebra.networks.totals import AS_PAPERS, included
from convalgebra.proofs import Size, is_number

# More bars are not drawn: what costs least is summed up in the last one.
MOST_BARS = 40
OTHERS = "others"
# Types that have the colours of SERIES, one each, in every picture.
_USUAL = ("Conv", "Conv 1 x 1", "Conv depthwise", "Conv grouped", "Gemm", "ConvTranspose")
_WIDTH = 6.3  # inches
_LONGEST = 30  # letters of a name
_LETTER = 0.068  # inches, about, of a letter of 7.5 points
_NUMBER = 1.05  # inches for the number behind the longest bar
_NARROW = 0.03  # inches: what is narrower is not hatched
_TITLE, _TITLE_LETTERS = 0.22, 82  # inches of its line, letters in it
_LEGEND = 0.21  # inches of a line of it


@dataclass(frozen=True)
class Bar:
    """What ``times`` layers that are alike cost together, ``name`` the first of them.

    ``mult_adds`` include ``lost`` ones, on padding zeros; None where it is not known.
    """

    name: str
    kind: str
    times: int
    mult_adds: int | None
    lost: int = 0


def bars_of(network: Network, include: Iterable[str] = AS_PAPERS, most: int = MOST_BARS) -> tuple[Bar, ...]:
    """Return what is to be drawn of a network in numbers, in its order; the rest is summed up last.

    Raises ``ArgumentError`` for a network with names, and for one of which nothing that counts costs
    anything.

    >>> import convalgebra as ca
    >>> layers = [{"type": "conv", "name": "c", "out_channels": 2, "kernel_size": 3, "padding": 1}]
    >>> bars_of(ca.read_layers({"input": [1, 1, 3, 3], "layers": layers}))
    (Bar(name='c', kind='Conv', times=1, mult_adds=162, lost=64),)
    """
    chosen = included(include)
    if network.symbols:
        names = ", ".join(sorted(map(str, network.symbols)))
        raise ArgumentError(f"network: {names} have no number; network.at(...) gives them one")
    layers = [
        layer
        for layer in costly(network, chosen)
        if not layer.understood or layer.counts is None or layer.category in chosen
    ]
    every = [_bar(group) for group in alike(layers)]
    if not any(bar.mult_adds for bar in every):
        raise ArgumentError("network: no layer that counts costs anything, so there is nothing to draw")
    if len(every) <= most:
        return tuple(every)
    order = sorted(range(len(every)), key=lambda at: (-_length(every[at]), at))
    largest = sorted(order[: most - 1])
    rest = [every[at] for at in sorted(order[most - 1 :])]
    known = [bar for bar in rest if bar.mult_adds is not None]
    unknown = [bar for bar in rest if bar.mult_adds is None]
    summed = Bar(
        "",
        OTHERS,
        sum(bar.times for bar in known),
        sum(bar.mult_adds or 0 for bar in known),
        sum(bar.lost for bar in known),
    )
    lacking = [Bar("", OTHERS, sum(bar.times for bar in unknown), None)] if unknown else []
    return (*(every[at] for at in largest), summed, *lacking)


def _bar(group: Alike) -> Bar:
    taps = _together([layer.counts.mult_adds if layer.counts else None for layer in group.layers])
    exact = _together([layer.counts.multiplications if layer.counts else None for layer in group.layers])
    lost = 0 if taps is None or exact is None else taps - exact
    return Bar(group.first.name, group.kind, len(group.layers), taps, lost)


def _together(each: Sequence[Size | None]) -> int | None:
    total = 0
    for one in each:
        if one is None or not is_number(one):
            return None
        total += int(one)
    return total


def _length(bar: Bar) -> int:
    return bar.mult_adds or 0


def layers_layout(bars: Sequence[Bar], title: str = "") -> Figure:
    """Return the bars as they are laid out, not yet a file: names, bars, numbers, and on top the types.

    ``title`` stands above, for a picture without a caption. The longest bar of layers is as long as there
    is room; that of all others together is cut where it is longer.

    >>> [round(float(side), 2) for side in layers_layout([Bar("c", "Conv", 1, 162, 64)]).get_size_inches()]
    [6.3, 0.59]
    """
    kinds = _kinds(bars)
    legend = _legend(bars, kinds)
    row = 0.22 if len(bars) <= 14 else 0.175
    above = _TITLE if title else 0.0
    top = above + _LEGEND * len(legend) + 0.1
    height = top + row * len(bars) + 0.06
    figure = Figure(figsize=(_WIDTH, height))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, _WIDTH)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    names = [_name(bar) for bar in bars]
    start = min(2.4, max(map(len, names)) * _LETTER + 0.18)
    longest = max(_length(bar) for bar in bars if bar.kind != OTHERS) or max(map(_length, bars))
    unit = (_WIDTH - start - _NUMBER) / longest
    total = sum(map(_length, bars))
    for at, (bar, name) in enumerate(zip(bars, names, strict=True)):
        middle = top + row * (at + 0.5)
        thick = 0.7 * row
        # Half the letters' height below the middle, which all writers agree on.
        base = middle + 0.037
        axes.text(
            start - 0.07, base, name, fontsize=7.5, color=INK, ha="right", va="baseline", parse_math=False
        )
        if bar.mult_adds is None:
            axes.text(start + 0.04, base, "?", fontsize=8, color=INK, fontweight="bold", va="baseline")
            continue
        shrunk = min(1.0, longest / bar.mult_adds) if bar.mult_adds else 1.0
        counted, lost = unit * shrunk * (bar.mult_adds - bar.lost), unit * shrunk * bar.lost
        colour = kinds[bar.kind]
        axes.add_patch(
            Rectangle((start, middle - thick / 2), counted, thick, facecolor=colour, linewidth=0)
        )
        if lost > 0:
            axes.add_patch(_hatched(start + counted, middle - thick / 2, lost, thick, colour))
        if shrunk < 1:
            _cut(axes, start + 0.8 * (counted + lost), middle, thick)
        said = f"{few_digits(bar.mult_adds)}   {percent(bar.mult_adds / total)}"
        axes.text(
            start + counted + lost + 0.06,
            base,
            said,
            fontsize=7,
            color=QUIET,
            va="baseline",
            parse_math=False,
        )
    axes.plot([start, start], [top, height - 0.06], color=LINE, linewidth=0.8, zorder=3)
    for line, entries in enumerate(legend):
        _draw_legend(figure, entries, kinds, above + 0.04 + _LEGEND * (line + 0.5))
    if title:
        said = shown(title, _TITLE_LETTERS)
        axes.text(0.05, 0.16, said, fontsize=8.5, color=INK, va="baseline", parse_math=False)
    return figure


def _cut(axes: Axes, x: float, middle: float, thick: float) -> None:
    """Draw two strokes through a bar: it is longer than it is drawn."""
    slant = [middle + 0.75 * thick, middle - 0.75 * thick]
    for at in (x, x + 0.07):
        axes.plot([at - 0.04, at + 0.04], slant, color="white", linewidth=2.2, zorder=4)


def _hatched(x: float, y: float, width: float, height: float, colour: str) -> Rectangle:
    pale = tuple(0.75 + 0.25 * part for part in to_rgb(colour))
    narrow = width < _NARROW
    return Rectangle(
        (x, y),
        width,
        height,
        facecolor=pale,
        edgecolor=colour,
        hatch="" if narrow else "/////",
        linewidth=0 if narrow else 0.5,
    )


def _kinds(bars: Sequence[Bar]) -> dict[str, str]:
    """Return a colour for each type in the order in which they come, the usual ones always the same."""
    found = dict.fromkeys(bar.kind for bar in bars if bar.kind != OTHERS)
    usual = {kind: colour for kind, colour in zip(_USUAL, SERIES, strict=False) if kind in found}
    free = [colour for colour in SERIES[:-1] if colour not in usual.values()]
    rest = [kind for kind in found if kind not in usual]
    colours = {kind: free[min(at, len(free) - 1)] for at, kind in enumerate(rest)} if free else {}
    return {
        **{kind: usual.get(kind) or colours.get(kind, SERIES[-2]) for kind in found},
        OTHERS: SERIES[-1],
    }


def _name(bar: Bar) -> str:
    if bar.kind == OTHERS:
        return f"\N{HORIZONTAL ELLIPSIS} ({bar.times})"
    times = f"{bar.times} \N{MULTIPLICATION SIGN} " if bar.times > 1 else ""
    return f"{times}{shown(bar.name, _LONGEST - len(times))}"


def _legend(bars: Sequence[Bar], kinds: dict[str, str]) -> list[list[tuple[str, str, float]]]:
    """Return lines of entries: the type ("" for what is lost), what is said of it, where it stands."""
    total = sum(map(_length, bars))
    entries = []
    for kind in kinds:
        own = [bar for bar in bars if bar.kind == kind]
        if own and (kind != OTHERS or len(kinds) > 1):
            known = any(bar.mult_adds is not None for bar in own)
            share = percent(sum(map(_length, own)) / total) if known else "?"
            said = "\N{HORIZONTAL ELLIPSIS}" if kind == OTHERS else shown(kind, _LONGEST)
            entries.append((kind, f"{said}  {share}"))
    if lost := sum(bar.lost for bar in bars):
        entries.append(("", f"mult_adds \N{MINUS SIGN} multiplications  {percent(lost / total)}"))
    lines: list[list[tuple[str, str, float]]] = [[]]
    x = 0.05
    for kind, said in entries:
        width = 0.22 + _LETTER * len(said) + 0.2
        if lines[-1] and x + width > _WIDTH:
            lines.append([])
            x = 0.05
        lines[-1].append((kind, said, x))
        x += width
    return lines


def _draw_legend(
    figure: Figure, entries: Sequence[tuple[str, str, float]], kinds: dict[str, str], middle: float
) -> None:
    axes = figure.axes[0]
    for kind, said, x in entries:
        if kind:
            box = Rectangle((x, middle - 0.05), 0.14, 0.1, facecolor=kinds[kind], linewidth=0)
        else:
            box = _hatched(x, middle - 0.05, 0.14, 0.1, QUIET)
        axes.add_patch(box)
        axes.text(x + 0.2, middle + 0.037, said, fontsize=7.5, color=INK, va="baseline", parse_math=False)
