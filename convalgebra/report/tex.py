"""Run a TeX engine, where there is one, so that the same source gives the same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from convalgebra.errors import ConvalgebraError

ENGINES = ("pdflatex", "xelatex", "lualatex")
HOW_TO_GET_ONE = (
    "no TeX engine found (looked for pdflatex, xelatex, lualatex), so no PDF; on Debian or Ubuntu: "
    "apt-get install texlive-latex-recommended texlive-pictures; elsewhere: https://tug.org/texlive"
)
# References settle on the second run.
_RUNS = 2
_SECONDS = 300


class TexError(ConvalgebraError):
    """TeX did not accept the source; the message ends with what it said."""


def find_engine() -> str | None:
    """Return the path of the first TeX engine on the search path, or None."""
    return next((path for engine in ENGINES if (path := shutil.which(engine))), None)


def compile_pdf(source: Path, engine: str) -> Path:
    """Run the engine on a source in its own folder and return the PDF beside it.

    Raises ``TexError`` with the engine's first complaint.
    """
    # A fixed date, which TeX takes for its own: no time of the day in the file.
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1"}
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", source.name]
    for _ in range(_RUNS):
        try:
            done = subprocess.run(
                command,
                cwd=source.parent,
                env=environment,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TexError(f"{Path(engine).name} did not end within {_SECONDS} s") from None
        if done.returncode:
            said = done.stdout.decode(errors="replace").splitlines()
            first = next((i for i, line in enumerate(said) if line.startswith("!")), len(said) - 12)
            raise TexError(f"{Path(engine).name} failed:\n" + "\n".join(said[max(first, 0) :][:12]))
    return source.with_suffix(".pdf")
