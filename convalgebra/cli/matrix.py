"""``convalgebra matrix``: the matrix as a file, numbers or a picture."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from convalgebra.cli.mistakes import told
from convalgebra.cli.options import described, describing, require_numbers
from convalgebra.cli.printing import FORMAT, shape_text
from convalgebra.cli.weighting import make_weights
from convalgebra.cli.writing import check_place, write_whole

if TYPE_CHECKING:
    from scipy import sparse

    from convalgebra.operators.base import Operator
    from convalgebra.operators.described import Weights

NUMBERS = (".npz", ".mtx")
PICTURES = (".png", ".svg", ".pdf")


@click.command(short_help="Write a matrix: numbers or a picture.")
@describing
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help=f"The file to write; its suffix says what: {', '.join((*NUMBERS, *PICTURES))}.",
)
@click.option(
    "--weights",
    "source",
    default="numbered",
    show_default=True,
    metavar="ones|numbered|random|FILE.npz",
    help="Numbered from 1 in order, ones, random integers, or arrays by name from a file.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="For --weights random.")
@click.option("--memory-limit", metavar="BYTES", help='The most a matrix may take, such as "2 GiB".')
@FORMAT
def matrix(
    type_name: str,
    output: Path,
    source: str,
    seed: int,
    memory_limit: str | None,
    as_format: str,
    **given: Any,
) -> None:
    """Write the matrix of TYPE: for scipy (.npz), MatrixMarket (.mtx) or as a picture (.png .svg .pdf).

    A picture has a colour for each tap of the kernel and lines between channels; a large one shows how
    dense the matrix is. All sizes must be numbers:
    `convalgebra matrix conv --in 1 --out 1 --input 4,4 --kernel 3 --output conv.png`.
    """
    _check_output(output)
    with told():
        kind, operator = described(type_name, given)
        require_numbers(kind, operator, given)
        weights = make_weights(source, operator, seed, memory_limit)
        built = write_whole(output, lambda file: _write(file, operator, weights, memory_limit))
    facts = {"file": str(output), "shape": list(built.shape), "entries": int(built.nnz)}
    if as_format == "json":
        click.echo(json.dumps(facts))
    else:
        click.echo(f"wrote {output}: matrix {shape_text(built.shape)}, {built.nnz} entries")


def _check_output(output: Path) -> None:
    if output.suffix.lower() not in NUMBERS + PICTURES:
        raise click.UsageError(
            f"--output={str(output)!r} has the suffix {output.suffix!r}; it must be one of "
            f"{', '.join(NUMBERS)} (numbers) or {', '.join(PICTURES)} (a picture)"
        )
    check_place(output)


def _write(file: Path, operator: Operator, weights: Weights, limit: str | None) -> sparse.csr_array:
    """Write the matrix as the file's suffix says, and return it."""
    if file.suffix in PICTURES:
        from convalgebra.drawing.matrix import draw_matrix  # noqa: PLC0415

        return draw_matrix(operator, weights, file, memory_limit=limit)
    built = operator.matrix(weights, memory_limit=limit)
    with file.open("wb") as stream:
        _NUMBER_WRITERS[file.suffix](stream, built)
    return built


def _write_npz(stream: Any, built: sparse.csr_array) -> None:
    from scipy import sparse  # noqa: PLC0415

    sparse.save_npz(stream, built)


def _write_mtx(stream: Any, built: sparse.csr_array) -> None:
    from scipy import io  # noqa: PLC0415

    # symmetry="general": what is written is every entry, whatever the matrix looks like.
    io.mmwrite(stream, built, symmetry="general")


_NUMBER_WRITERS: Mapping[str, Callable[[Any, Any], None]] = {".npz": _write_npz, ".mtx": _write_mtx}
