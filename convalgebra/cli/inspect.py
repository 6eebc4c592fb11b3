"""``convalgebra inspect``: the inspector in a browser, or as one file."""

from __future__ import annotations

import webbrowser
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import click

from convalgebra.cli.mistakes import OF_LAYERS, told
from convalgebra.cli.options import describing_layers
from convalgebra.cli.writing import check_place, write_whole

SUFFIXES = (".html", ".htm")


@click.command(short_help="Look at a matrix in the browser.")
@click.argument("types", nargs=-1, metavar="[TYPE]...")
@click.option("--browser/--no-browser", default=True, help="Whether to open the browser.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="The port on this machine; by default one that is free.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Instead, write the page as one file that needs no network: page.html.",
)
@click.option("--layer", metavar="NAME", help="Of a network, which stands for TYPE: a file, or of the zoo.")
@describing_layers
def inspect(
    types: tuple[str, ...],
    browser: bool,
    port: int | None,
    output: Path | None,
    layer: str | None,
    **given: Any,
) -> None:
    """Look at the matrix of TYPE: point at an entry and see the convolution. Ctrl-C ends it.

    The page has the whole catalogue, TYPE first; with two the first stands before the second. It is
    served to this machine only, at the address that is printed, or written to a file that can be mailed.
    A page starts with numbers, its own where none are given: `convalgebra inspect`, `convalgebra inspect
    conv --input 5,5 --kernel 3`, `convalgebra inspect conv conv-transpose --stride 2`, `convalgebra
    inspect depthwise --output page.html`. With --layer it is a layer of a network, `convalgebra inspect
    model.onnx --layer conv1 --input 1,3,64,64`; one that is too large to draw has fewer channels and a
    smaller image, and the page says so. Other users of the machine may see the address among the
    processes, in the browser's command: with --no-browser it is only printed.
    """
    if output is not None:
        _check_output(output, port)
    with told():
        places = ("file",) if output else ("server", "file")
        if layer is None:
            data, file_data = _data(types, given, places)
        else:
            data, file_data = _layer_data(types, layer, given, places)
    if output is not None:
        from convalgebra.inspector.page import page  # noqa: PLC0415

        write_whole(output, lambda file: file.write_text(page(file_data), encoding="utf-8"))
        click.echo(f"wrote {output}")
        return
    _serve(data, file_data, port, browser)


def _check_output(output: Path, port: int | None) -> None:
    if port is not None:
        raise click.UsageError("--port is for a page that is served; with --output nothing is")
    if output.suffix.lower() not in SUFFIXES:
        raise click.UsageError(f"--output={str(output)!r} must end with {' or '.join(SUFFIXES)}")
    check_place(output)


def _data(
    types: Sequence[str], given: Mapping[str, Any], places: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the data of the page in each place, the first and the last; it names those asked for."""
    from convalgebra.catalogue.types import find_type  # noqa: PLC0415
    from convalgebra.cli.layers import spelt, taken  # noqa: PLC0415
    from convalgebra.cli.models import ENDINGS  # noqa: PLC0415
    from convalgebra.cli.options import keywords_of  # noqa: PLC0415
    from convalgebra.inspector.settings import setting  # noqa: PLC0415
    from convalgebra.inspector.start import data_for  # noqa: PLC0415
    from convalgebra.networks.zoo.models import zoo_names  # noqa: PLC0415

    for name in types:
        if Path(name).suffix.lower() in ENDINGS or name.lower().replace("-", "_") in zoo_names():
            raise click.UsageError(f"TYPE={name!r} is a network: name one of its layers with --layer")
    names = [find_type(name).name for name in types]
    if not names and (unused := spelt(given)):
        raise click.UsageError(f"{unused.split()[0]} belongs to a TYPE, as in convalgebra inspect conv")
    shown = names[:2]
    owns = taken(shown, given) if len(shown) > 1 else [dict(given)]
    settings = [setting(*keywords_of(name, own)) for name, own in zip(shown, owns, strict=False)]
    # As they are named: of two the first is what was, the second what comes.
    start = settings[-1] if settings else None
    held = settings[0] if len(settings) > 1 else None
    found = [{**data_for(place, start, held), "named": names} for place in places]
    return found[0], found[-1]


def _layer_data(
    models: Sequence[str], layer: str, given: Mapping[str, Any], places: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the data of a page for a layer of a network, with a line that says which it is."""
    from convalgebra.cli.layers import spelt  # noqa: PLC0415
    from convalgebra.cli.models import read_network  # noqa: PLC0415
    from convalgebra.inspector.start import data_of  # noqa: PLC0415
    from convalgebra.networks.smaller import drawable  # noqa: PLC0415

    if len(models) != 1:
        raise click.UsageError(
            f"--layer={layer!r} is of one network: convalgebra inspect MODEL --layer NAME"
        )
    rest = {key: value for key, value in given.items() if key != "input_size"}
    if unused := spelt(rest):
        raise click.UsageError(f"{unused.split()[0]} does not go with --layer: a layer has its own")
    with told(**{**OF_LAYERS, "path": "MODEL", "name": "--layer", "input_shape": "--input"}):
        network, _ = read_network(models[0], given.get("input_size"))
        found = network[layer]
        shown = drawable(found)
    note = shown.said or f"layer {found.name} of {network.source}"
    made = [data_of(shown.operator, place, whole=True, note=note) for place in places]
    return made[0], made[-1]


def _open(address: str) -> None:
    if not webbrowser.open(address):
        click.echo("no browser could be opened: open the address above", err=True)


def _serve(data: Mapping[str, Any], file_data: Mapping[str, Any], port: int | None, browser: bool) -> None:
    """Serve until an interrupt, and say where."""
    from convalgebra.cli.progress import Interruption, interruptible  # noqa: PLC0415
    from convalgebra.inspector.server import HOST, Application, Server  # noqa: PLC0415

    try:
        server = Server(Application(data, file_data), port or 0)
    except OSError as error:
        raise click.ClickException(
            f"--port {port or 0}: {HOST}:{port or 0} cannot be had: {error.strerror or error}; "
            "leave --port out for a free one"
        ) from None
    with interruptible():
        click.echo(server.address)
        click.echo("Ctrl-C ends it.", err=True)
        if browser:
            # A browser of the terminal's would hold up the page that it waits for.
            Thread(target=_open, args=(server.address,), daemon=True).start()
        server.run()
    click.echo("interrupted; the page is no longer served", err=True)
    Interruption(happened=True).leave()
