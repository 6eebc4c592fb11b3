"""``python -m convalgebra`` is the command line."""

from convalgebra.cli import main

main(prog_name="convalgebra")
