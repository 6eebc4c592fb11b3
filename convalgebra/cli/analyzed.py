"""What ``convalgebra analyze`` writes besides the table: the report on a network, pictures of its costs."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from convalgebra.cli.mistakes import told

if TYPE_CHECKING:
    from convalgebra.networks.network import Network


def write_plot(network: Network, file: str, picture: str, kinds: Sequence[str]) -> None:
    """Draw the costs of a network into a file and say so; a wrong ending is a mistake in ``--plot``."""
    from convalgebra.networks.formulas.points import image_names  # noqa: PLC0415

    if picture == "size" and not image_names(network):
        raise click.UsageError(
            "--picture size needs a name for the image size: --symbol N, or --symbol 32*q"
        )
    with told(path="--plot", include="--include", picture="--picture"):
        network.plot(file, picture, include=kinds)
    click.echo(f"wrote {file}")


def write_report(network: Network, path: str, language: str, kinds: Sequence[str], command: str) -> None:
    """Write the report on a network and say which files were written; exit code 1 if a check fails."""
    with told(path="--report", include="--include"):
        written = network.report(path, include=kinds, language=language, command=command)
    for file in written.files:
        if file.parent.name != "figures":
            click.echo(f"wrote {file}")
    for warning in written.warnings:
        click.echo(f"TeX warns: {warning}", err=True)
    if not written.passed:
        click.echo("some checks FAIL: see the verdicts in the report", err=True)
        sys.exit(1)


def command_again(model: str, path: str, given: Sequence[tuple[str, str]]) -> str:
    """Return the command that makes a report again; of files the names alone, not where they lie.

    >>> command_again("/home/me/a net.onnx", "out/r.html", [("--symbol", "32*q"), ("--input", "")])
    "convalgebra analyze 'a net.onnx' --symbol '32*q' --report r.html"
    """
    options = [word for option, value in given if value for word in (option, value)]
    return shlex.join(["convalgebra", "analyze", Path(model).name, *options, "--report", Path(path).name])
