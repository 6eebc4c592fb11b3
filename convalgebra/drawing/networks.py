"""Pictures of what a network costs as files: its layers as bars, or its cost as a function of its image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from convalgebra.drawing.growth import growth_layout, growth_of
from convalgebra.drawing.layers import bars_of, layers_layout
from convalgebra.drawing.lettering import SETTINGS, few_digits
from convalgebra.errors import ArgumentError
from convalgebra.files import write_whole
from convalgebra.networks.formulas.points import example_point
from convalgebra.networks.network import Network
from convalgebra.networks.shapes import shape_text
from convalgebra.networks.totals import AS_PAPERS

PICTURES = ("layers", "size")
# No dates and no versions: the same input gives the same bytes.
_METADATA: dict[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}


def draw_network(
    network: Network,
    path: str | Path,
    picture: str = "layers",
    *,
    include: Iterable[str] = AS_PAPERS,
    over: str = "",
    at: Mapping[str, int] | None = None,
) -> Path:
    """Write a picture of a network as .png, .svg or .pdf, as ``path`` is called, and return the path.

    ``picture`` is "layers" (a bar for each, or for those that are alike; ``at`` are numbers for names) or
    "size" (the cost over the image's size: ``over`` which name, ``at`` numbers for the others). The file
    is written whole or not at all; the same input gives the same bytes. Raises ``ArgumentError`` for
    another ending or picture, and for a network of which there is nothing to draw.

    >>> import convalgebra as ca, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     draw_network(ca.read_layers(ca.zoo("alexnet")), f"{folder}/alexnet.svg").name
    'alexnet.svg'
    """
    file = Path(path)
    if file.suffix.lower() not in _METADATA:
        raise ArgumentError(f"path={str(path)!r} must end in {', '.join(_METADATA)}")
    if not file.parent.is_dir():
        raise ArgumentError(f"path={str(path)!r}: there is no folder {str(file.parent)!r}")
    if file.is_dir():
        raise ArgumentError(f"path={str(path)!r} is a folder")
    if picture not in PICTURES:
        raise ArgumentError(f"picture={picture!r} must be one of {', '.join(PICTURES)}")
    if over and picture != "size":
        raise ArgumentError(f"over={over!r} is for picture='size'; picture={picture!r} has one size")
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        drawn = _layers(network, include, at) if picture == "layers" else _size(network, include, over, at)
        _save(drawn, file)
    return file


def _layers(network: Network, include: Iterable[str], at: Mapping[str, int] | None) -> Figure:
    sized = network
    if network.symbols:
        point = at or example_point(network)
        if point is None:
            raise ArgumentError("at: a number for each name of the network is needed")
        sized = network.at(**point)
    bars = bars_of(sized, include)
    total = sized.total("mult_adds", include)
    cost = f"{few_digits(int(total.value))}{' + ?' if total.partial else ''} mult_adds"
    return layers_layout(bars, f"{_title(sized)}: {cost}")


def _size(network: Network, include: Iterable[str], over: str, at: Mapping[str, int] | None) -> Figure:
    growth = growth_of(network, include, over, at)
    fixed = "".join(f", {name} = {number}" for name, number in growth.fixed.items())
    return growth_layout(growth, f"{_title(network)}{fixed}")


def _title(network: Network) -> str:
    """Return what a picture is of: its caption is elsewhere, or nowhere."""
    times = " \N{MULTIPLICATION SIGN} "
    inputs = ", ".join(shape_text(shape, times) for shape in network.inputs.values())
    return f"{network.source}, input {inputs}"


def _save(figure: Figure, file: Path) -> None:
    metadata = _METADATA[file.suffix.lower()]
    write_whole(file, lambda beside: figure.savefig(beside, dpi=200, metadata=metadata, facecolor="white"))
