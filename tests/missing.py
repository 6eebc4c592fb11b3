"""What to do where something that the default tests do not need is not installed."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

REQUIRE_OPTIONAL = "CONVALGEBRA_REQUIRE_OPTIONAL"


def missing(what: str) -> NoReturn:
    """Skip the test with a clear reason; fail it where everything must be there."""
    if os.environ.get(REQUIRE_OPTIONAL) == "1":
        pytest.fail(f"{what} is not installed, and {REQUIRE_OPTIONAL}=1 demands it")
    pytest.skip(f"skipped, not installed: {what}")
