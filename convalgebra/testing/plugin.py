"""The pytest plugin: below a failed count, the whole table of formula and measured.

pytest loads it at its start, in every run of everybody who has the package installed: so it imports
nothing but pytest, and knows the error by an attribute that it carries.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import pytest

_TITLE = "formula / measured"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Add the table of each failed count to the report of the test; do nothing for any other."""
    outcome = yield
    if call.excinfo is None:
        return
    tables = dict.fromkeys(_tables(call.excinfo.value, set()))
    # What fails without a traceback has no place for a table.
    add = getattr(outcome.get_result().longrepr, "addsection", None)
    if add is not None:
        for table in tables:
            add(_TITLE, table)


def _tables(error: BaseException | None, seen: set[int]) -> Iterator[str]:
    """Yield the tables of an error, of those it came from, and of those it groups."""
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    table = getattr(error, "convalgebra_table", None)
    if isinstance(table, str):
        yield table
    for part in (error.__cause__, error.__context__, *getattr(error, "exceptions", ())):
        yield from _tables(part, seen)
