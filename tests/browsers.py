"""A real browser for the tests that need one, and pages in it that must ask for nothing."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.missing import missing

try:
    from playwright.sync_api import sync_playwright
except ImportError:
    sync_playwright = None  # type: ignore[assignment]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@contextmanager
def launched() -> Iterator[Any]:
    """Yield Chromium without a window; skip the test where there is none."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if sync_playwright is None:
        missing("playwright")
    if program is None:
        missing("chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield found
        found.close()


@contextmanager
def opened(
    browser: Any, address: str, *, allowed: Callable[[str], bool] | None = None, **options: Any
) -> Iterator[Any]:
    """Yield the page of an address, the network cut but for it; it must ask and complain of nothing.

    ``allowed`` says which other addresses it may ask for; ``options`` are those of a browser context.
    """
    own = address.partition("#")[0]
    permitted = allowed or (lambda url: False)
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    asked: list[str] = []
    said: list[str] = []

    def refuse(route: Any) -> None:
        url = route.request.url
        if url.partition("#")[0] == own or permitted(url):
            route.continue_()
        else:
            asked.append(url)
            route.abort()

    context.route("**/*", refuse)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    ready(page)
    yield page
    context.close()
    assert not asked, f"asked for {asked}"
    assert not said, f"said {said}"


def ready(page: Any) -> None:
    """Wait until all of an inspector is there, which paints its picture first; other pages are."""
    page.evaluate(
        """async () => {
          if (!document.getElementById("convalgebra")) return;
          while (!window.convalgebra?.store) await new Promise(requestAnimationFrame);
          await window.convalgebra.ready;
        }"""
    )


def until(page: Any, told: str, seconds: float = 15.0) -> None:
    """Wait until an expression is true in a page; its policy lets nobody else put code into it."""
    end = time.monotonic() + seconds
    while not page.evaluate(told):
        assert time.monotonic() < end, f"never true: {told}"
        page.wait_for_timeout(50)
