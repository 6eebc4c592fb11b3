"""One hypothesis profile for all tests, and what to do where an optional dependency is missing."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

from hypothesis import HealthCheck, Phase, settings

from tests.missing import missing

PROFILE = "CONVALGEBRA_HYPOTHESIS_PROFILE"

# The same examples on every machine: what fails in one place fails in the other.
settings.register_profile(
    "convalgebra",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
# For mutants: whether a test fails is all that counts, not how small its example is.
settings.register_profile(
    "mutants",
    settings.get_profile("convalgebra"),
    max_examples=25,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile(os.environ.get(PROFILE, "convalgebra"))


def optional(name: str) -> ModuleType:
    """Import an optional dependency; skip the test without it, or fail where all must be there."""
    try:
        module = importlib.import_module(name)
    except ImportError:
        missing(name)
    if name == "torch":
        module.set_num_threads(1)  # the tests run side by side
    return module
