"""The reports that are kept: their LaTeX through a real TeX run and read back, their pages in a browser.

That they are what the command writes now is checked by ``make check-reports``, byte for byte.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from convalgebra.claims.ledger import ledger
from convalgebra.reporting.languages import find_language
from convalgebra.reporting.subjects import SUBJECTS
from convalgebra.reporting.tex import Compiled, compile_pdf, has_tex
from convalgebra.theorems.table import identities
from tests.missing import missing
from tests.test_reporting_browser import EMPTY, PALE, WIDER, browser, shown

__all__ = ["browser"]

KEPT = Path(__file__).parent.parent / "reports"
NAMES = {"en": "convolutions", "zh": "convolutions-zh"}
# Of each chapter the numbers of its worked example, counted by hand or by the literature.
NUMBERS = {
    "convolution": ["3·128·3 2·5·5=86400", "2·4·3·14=336"],
    "channels": ["=243"],
    "three_axes": ["864"],
    "pointwise": ["3·5·128·5=9600"],
    "arithmetic": ["=225", "=169", "=81"],
    "transposed": ["=36"],
    "dilated": ["=81"],
    "spatially_separable": ["45+27=72"],
    "depthwise_separable": ["675+9600=10275"],
    "flattened": ["588+420+300=1308"],
    "grouped": ["=3600"],
    "shuffled": ["=576", "=256"],
    "pointwise_grouped": ["=400"],
    "algorithms": ["=96"],
    "resampling": [],
}


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def compiled(code: str) -> Compiled:
    language = find_language(code)
    if not has_tex(language):
        missing(f"TeX for {code}")
    source = (KEPT / f"{NAMES[code]}.tex").read_text("utf-8")
    figures = {file.stem: file.read_bytes() for file in (KEPT / "figures").iterdir()}
    return compile_pdf(source, figures, language)


def words_of(pdf: bytes, folder: Path) -> str:
    if shutil.which("pdftotext") is None:
        missing("pdftotext")
    (folder / "read.pdf").write_bytes(pdf)
    command = ["pdftotext", str(folder / "read.pdf"), "-"]
    return squeezed(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.sweep
@pytest.mark.parametrize("code", NAMES)
def test_tex_complains_of_nothing_and_the_pdf_has_every_chapter_claim_and_identity(
    code: str, tmp_path: Path
) -> None:
    """One test, for one run of TeX."""
    found = compiled(code)
    assert found.warnings == ()
    text = words_of(found.pdf, tmp_path)
    language = find_language(code)
    assert set(NUMBERS) == {subject.key for subject in SUBJECTS}
    for subject in SUBJECTS:
        assert squeezed(language.message(f"chapter.{subject.key}.title")) in text, subject.key
        for said in NUMBERS[subject.key]:
            assert squeezed(said) in text, (subject.key, said)
    assert [claim.id for claim in ledger() if claim.id not in text] == []
    labels = {theorem.label for theorem in identities() if theorem.label}
    assert {label for label in labels if label not in text} == set()
    assert "??" not in text
    if code == "en":
        assert words_of((KEPT / "convolutions.pdf").read_bytes(), tmp_path) == text


@pytest.mark.parametrize(("code", "width"), [("en", 360), ("zh", 1280)])
def test_the_page_asks_for_nothing_and_fits(browser, code: str, width: int) -> None:
    with shown(browser, KEPT / f"{NAMES[code]}.html", width) as page:
        assert page.evaluate(WIDER) == [False]
        assert page.evaluate(EMPTY) == []
        assert page.evaluate(PALE) == []
        assert page.evaluate("document.querySelectorAll('main math').length") > 2000


@pytest.mark.parametrize("code", NAMES)
def test_every_link_of_the_page_leads_somewhere(code: str) -> None:
    page = (KEPT / f"{NAMES[code]}.html").read_text("utf-8")
    ids = set(re.findall(r'\sid="([^"]+)"', page))
    assert {link for link in re.findall(r'href="#([^"]+)"', page) if link not in ids} == set()
    assert {f"claim-{claim.id}" for claim in ledger()} <= ids
