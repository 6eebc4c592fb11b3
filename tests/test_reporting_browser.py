"""Reports as a browser shows them: it asks for nothing, nothing is too wide, all formulas are there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from convalgebra.reporting.html import write_html
from convalgebra.reporting.languages import LANGUAGES
from tests.browsers import launched
from tests.page_demo import demo, demo_language

# Elements that reach beyond the page; what scrolls inside an element stays inside it.
WIDER = """() => {
  const width = document.documentElement.clientWidth;
  const inside = element => {
    for (let above = element.parentElement; above; above = above.parentElement)
      if (getComputedStyle(above).overflowX !== 'visible') return true;
    return false;
  };
  const wide = [...document.body.querySelectorAll('*')].filter(element => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && (box.right > width + 0.5 || box.left < -0.5) && !inside(element);
  });
  const told = wide.map(element => element.outerHTML.slice(0, 120));
  return [document.documentElement.scrollWidth > width, ...told];
}"""
EMPTY = """() => [...document.querySelectorAll('main math')].filter(math => {
  const box = math.getBoundingClientRect();
  return !(box.width > 1 && box.height > 1);
}).map(math => math.outerHTML)"""
# Contrast of words with what is behind them, as WCAG 2 has it; words under 4.5 are given back.
PALE = """() => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => {
    const bend = part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = channels(colour).map(part => bend(part / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if ((channels(colour)[3] ?? 1) === 1) return colour;
    }
  };
  return [...document.body.querySelectorAll('*')].filter(element => {
    if (element.closest('svg, .permalink, .hidden, .skip')) return false;
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) return false;
    const pair = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05) < 4.5;
  }).map(element => element.outerHTML.slice(0, 120));
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    found = {code: folder / f"{code}.html" for code in LANGUAGES}
    for code, file in found.items():
        file.write_text(write_html(demo(), demo_language(code)), "utf-8")
    return found


@contextmanager
def shown(browser: Any, file: Path, width: int = 1280, **options: Any) -> Iterator[Any]:
    """Yield a page without a network; it must ask for nothing and complain of nothing."""
    context = browser.new_context(viewport={"width": width, "height": 800}, offline=True, **options)
    asked: list[str] = []
    said: list[str] = []

    def refuse(route: Any) -> None:
        if route.request.url == file.as_uri():
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    context.route("**/*", refuse)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    yield page
    context.close()
    # What stands in the page itself, a font or a drawing, comes from nowhere.
    assert [url for url in asked if url != file.as_uri() and not url.startswith("data:")] == []
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 768, 360])
@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_is_wider_than_the_page(
    browser: Any, files: dict[str, Path], code: str, width: int, scheme: str
) -> None:
    with shown(browser, files[code], width, color_scheme=scheme) as page:
        assert page.evaluate(WIDER) == [False]
        assert page.evaluate(EMPTY) == []
        assert page.evaluate(PALE) == []
        assert page.evaluate("document.querySelectorAll('main math').length") > 50


def test_the_font_for_formulas_is_there_and_used(browser: Any, files: dict[str, Path]) -> None:
    with shown(browser, files["en"]) as page:
        assert page.evaluate(
            "document.fonts.ready.then(() => document.fonts.check('16px \"Convalgebra Math\"'))"
        )
        assert page.evaluate("[...document.fonts].map(font => font.status)") == ["loaded"]
        # Brackets grow with what they hold only by a font that has a table for mathematics.
        heights = page.evaluate(
            """() => [...document.querySelectorAll('.steps mo[fence="true"]')].map(sign =>
              sign.getBoundingClientRect().height / parseFloat(getComputedStyle(sign).fontSize))"""
        )
        assert max(heights) > 2


def test_it_is_read_without_javascript(browser: Any, files: dict[str, Path]) -> None:
    with shown(browser, files["en"], java_script_enabled=False) as page:
        assert page.locator("h1").is_visible()
        chapters = page.locator(".contents > details > ol > li > a")
        assert chapters.count() == 2
        assert chapters.first.is_visible()  # beside the text, nobody has to open anything
        section = page.locator(".sections li a").first
        assert not section.is_visible()
        page.locator(".sections > summary").first.click()
        section.click()
        assert page.url.endswith("#part-1-1")
        assert page.locator("#part-1-1").bounding_box()["y"] < 200


def test_on_a_narrow_screen_the_contents_open_above_the_text(browser: Any, files: dict[str, Path]) -> None:
    with shown(browser, files["zh"], 360, java_script_enabled=False) as page:
        chapter = page.locator(".contents > details > ol > li > a").first
        assert not chapter.is_visible()
        page.locator(".contents > details > summary").click()
        assert chapter.is_visible()


def test_the_contents_stay_in_sight(browser: Any, files: dict[str, Path]) -> None:
    with shown(browser, files["en"]) as page:
        page.locator("article").last.scroll_into_view_if_needed()
        assert page.evaluate("scrollY") > 1000
        assert abs(page.locator(".contents").bounding_box()["y"]) < 1


def test_the_first_key_leads_past_the_contents(browser: Any, files: dict[str, Path]) -> None:
    with shown(browser, files["en"]) as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.url.endswith("#text")


def test_it_is_printed_whole(browser: Any, files: dict[str, Path], tmp_path: Path) -> None:
    with shown(browser, files["en"]) as page:
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 660, "height": 900})  # A4 without its margins
        assert page.evaluate(WIDER) == [False]
        assert page.locator(".sections li a").first.is_visible()
        assert not page.locator(".skip").is_visible()
        link = page.locator("main p a").first
        assert link.evaluate("a => getComputedStyle(a).textDecorationLine") == "none"
        size = len(page.pdf(path=str(tmp_path / "page.pdf"), format="A4"))
        assert size > 20_000


def test_what_drawings_show_is_read_aloud(browser: Any, files: dict[str, Path]) -> None:
    with shown(browser, files["en"]) as page:
        assert page.get_by_role("img", name="nine diagonals").count() == 1
        assert page.get_by_role("navigation", name="Contents").count() == 1
        assert page.get_by_role("columnheader").count() == 6
        assert page.get_by_role("rowheader").count() == 3
