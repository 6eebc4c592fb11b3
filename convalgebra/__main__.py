"""The command line as a process: ``convalgebra``, or ``python -m convalgebra``."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

# What a shell calls the end by an interrupt.
INTERRUPTED = 128 + signal.SIGINT


def run() -> None:
    """Run the command line; what is interrupted ends at once, with exit code 130, wherever that came."""
    try:
        from convalgebra.cli import main  # noqa: PLC0415 - an interrupt may come amid this

        main(prog_name="convalgebra")
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        _end()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _end()
        raise


def _end() -> NoReturn:
    """End without Python's own way out: after an interrupt amid an import or a library it may not find it.

    It has been seen to end by a signal then, or to abort, after all was printed.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    atexit._run_exitfuncs()  # what was started for us ends with us
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    run()
