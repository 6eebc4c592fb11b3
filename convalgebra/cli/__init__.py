"""The command line. Heavy imports stand inside the commands, so that ``--help`` answers at once."""

from __future__ import annotations

import click

from convalgebra import __version__
from convalgebra.cli import (
    analyze,
    claims,
    derive,
    identities,
    inspect,
    listing,
    matrix,
    report,
    show,
    verify,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="convalgebra")
def main() -> None:
    """The algebra of convolutions: sparse matrices, closed-form costs, and proofs that the two agree."""


COMMANDS = (
    listing.list_types,
    show.show,
    matrix.matrix,
    analyze.analyze,
    inspect.inspect,
    identities.list_identities,
    derive.derive,
    claims.list_claims,
    verify.verify_all,
    report.report,
)
for command in COMMANDS:
    main.add_command(command)
