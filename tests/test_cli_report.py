"""``convalgebra report`` and snippets as a user meets them: a subprocess, files, TeX runs read back."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import convalgebra as ca
from convalgebra.errors import ArgumentError
from convalgebra.reporting import store
from convalgebra.reporting.languages import find_language
from convalgebra.reporting.tex import TexError, has_tex
from tests.missing import missing
from tests.test_cli import run

TYPE = "pointwise-grouped"
NAME = "pointwise_grouped"


@pytest.fixture(scope="module", autouse=True)
def own_store(tmp_path_factory):
    """Keep chapters of these tests apart from a user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(store.FOLDER, str(tmp_path_factory.mktemp("store")))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    done = run("report", TYPE, "--format", "tex,html", "--output", "here/and there", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        f"wrote here/and there/{NAME}.html",
        f"wrote here/and there/{NAME}.tex",
    ]
    return folder / "here" / "and there"


def read(pdf: Path) -> str:
    if shutil.which("pdftotext") is None:
        missing("pdftotext")
    done = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True
    )
    return done.stdout


def need_tex(language: str) -> None:
    if not has_tex(find_language(language)):
        missing(f"TeX for {language}")


def test_a_chapter_is_written_with_its_figures_and_nothing_else(folder):
    assert sorted(p.name for p in folder.iterdir()) == ["figures", f"{NAME}.html", f"{NAME}.tex"]
    source = (folder / f"{NAME}.tex").read_text("utf-8")
    wanted = {f"{name}.pdf" for name in re.findall(r"figures/([\w-]+)\.pdf", source)}
    assert wanted == {p.name for p in (folder / "figures").iterdir()}
    assert len(wanted) >= 3


def test_no_file_tells_where_it_was_made(folder):
    for file in folder.rglob("*"):
        if file.is_file():
            assert str(folder.parent.parent).encode() not in file.read_bytes()


@pytest.mark.sweep
def test_the_same_bytes_come_again_made_anew_or_taken_over(folder, tmp_path):
    for options in ([], ["--fresh"]):
        done = run("report", TYPE, "--format", "tex,html", "-o", "out", *options, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        for file in (tmp_path / "out").rglob("*"):
            if file.is_file():
                assert file.read_bytes() == (folder / file.relative_to(tmp_path / "out")).read_bytes(), (
                    file.name
                )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_pdf_holds_the_formulas_and_numbers_and_tex_warns_of_nothing(language, tmp_path):
    need_tex(language)
    written = ca.report([TYPE], tmp_path, formats=["pdf"], language=language)
    assert written.passed
    assert written.warnings == ()
    (file,) = written.files
    text = " ".join(read(file).split())
    for said in ("S12-03", "A9", "2.1", "400", "D = 4"):
        assert said in text, said
    titles = {
        "en": ("The algebra of convolutions", "Pointwise grouped convolution"),
        "zh": ("卷积的代数", "逐点分组卷积"),
    }
    assert all(title in text for title in titles[language])
    assert "??" not in text


@pytest.mark.sweep
def test_comparing_two_types_is_one_call(tmp_path):
    options = ["--compare", "depthwise-separable", "conv", "--input", "N,N", "--kernel", "h", "--in", "D"]
    done = run("report", *options, "--format", "html", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "depthwise-separable-conv.html").read_text("utf-8")
    assert "convalgebra report --compare depthwise-separable conv --in D --input N,N --kernel h" in page
    assert page.count("<math") > 20


def test_ones_own_derivation_hands_itself_to_a_file(tmp_path):
    derivation = ca.derive_ratio(
        ca.grouped("D", "N_c", "N", "h", groups="g"), ca.conv("D", "N_c", "N", "h")
    )
    for end in ("tex", "html"):
        written = derivation.report(tmp_path / f"ratio.{end}")
        assert written.passed
        assert written.files[-1] == tmp_path / f"ratio.{end}"
    assert r"\frac{1}{g}" in (tmp_path / "ratio.tex").read_text("utf-8")


HOSTILE = r"a_b%$#&{}~^\input{x}<script>alert(1)</script>"


def test_a_hostile_title_is_printed_as_it_is_and_does_nothing(tmp_path):
    need_tex("en")
    operator = ca.conv(1, 1, (4, 4), 3)
    page = ca.report([operator], tmp_path / "own.html", title=HOSTILE).files[-1].read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    pdf = ca.report([operator], tmp_path / "own.pdf", title=HOSTILE).files[-1]
    assert HOSTILE in re.sub(r"\s", "", read(pdf))


def test_a_hostile_name_of_a_file_is_only_that(tmp_path):
    (file,) = ca.report([ca.conv(1, 1, 4, 3)], tmp_path / "a_b%$ <script>.html").files
    assert file.name == "a_b%$ <script>.html"
    assert "<script" not in file.read_text("utf-8")


# --- what goes wrong -------------------------------------------------------------------------------


@pytest.mark.sweep
def test_without_tex_there_is_no_pdf_and_it_says_how_to_get_one(tmp_path):
    done = run("report", TYPE, "-o", "out", cwd=tmp_path, path=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "out" / f"{NAME}.pdf").exists()
    assert "apt-get install latexmk" in done.stdout
    done = run("report", TYPE, "--format", "pdf", "-o", "other", cwd=tmp_path, path=str(tmp_path))
    assert done.returncode == 1
    assert "no PDF without latexmk" in done.stderr


def test_a_tex_failure_shows_the_lines_and_leaves_the_source(tmp_path):
    need_tex("en")
    templates = tmp_path / "templates"
    templates.mkdir()
    shutil.copy(Path(store.__file__).parent / "templates" / "report.tex.j2", templates)
    template = templates / "report.tex.j2"
    begin = r"\begin{document}"
    template.write_text(template.read_text("utf-8").replace(begin, f"{begin}\n\\nosuchcommand"))
    shown = r"(?s)Undefined control sequence.*nosuchcommand.*the source is left in"
    with pytest.raises(TexError, match=shown):
        ca.report([TYPE], tmp_path / "out", formats=["pdf"], templates=templates)
    left = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert left == ["figures", f"{NAME}.tex"]


def test_an_interrupt_ends_it_at_once_and_leaves_nothing(tmp_path):
    command = [sys.executable, "-m", "convalgebra", "report", "--fresh", "--format", "html", "-o", "out"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    time.sleep(4)  # long enough for the processes that make chapters to have begun
    begun = children(process.pid)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130, said
    assert b"Traceback" not in said
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
    assert begun
    assert [pid for pid in begun if Path(f"/proc/{pid}").exists()] == []


def children(pid: int) -> list[str]:
    if not Path(f"/proc/{pid}/task").is_dir():
        missing("/proc, which tells the children of a process")
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.mark.sweep
def test_a_script_of_a_user_is_not_run_again(tmp_path):
    """The processes that make chapters know nothing of it: it has no guard."""
    (tmp_path / "mine.py").write_text(
        "print('once')\n"
        "import convalgebra as ca\n"
        "print(ca.report(['pointwise', 'pointwise_grouped'], 'out', formats=['html']).passed)\n"
    )
    done = subprocess.run(
        [sys.executable, "mine.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["once", "True"]


def test_what_is_too_large_to_be_measured_is_said_to_be(tmp_path):
    a, b = (layer(64, 128, (56, 56), 3, padding=1) for layer in (ca.depthwise_separable, ca.conv))
    written = ca.report([(a, b)], tmp_path / "large.html")
    assert written.passed
    page = written.files[0].read_text("utf-8")
    assert "not measured" in page
    assert "None" not in page


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["depthwize"], "TYPE='depthwize' is not in the catalogue"),
        (["conv", "--format", "docx"], "--format='docx' must be one of tex, pdf, html"),
        (["conv", "--language", "fr"], "--language"),
        (["conv", "--kernel", "3"], "--kernel belongs to --compare"),
        (["conv", "--compare", "conv", "grouped"], "--compare takes two types"),
        (["--compare", "conv", "depthwize"], "depthwize"),
        (["conv", "--templates", "nowhere"], "--templates='nowhere' must be a folder"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(arguments, named, tmp_path):
    done = run("report", *arguments, "-o", "out", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_an_output_that_is_a_file_is_a_mistake(tmp_path):
    occupied = tmp_path / "taken"
    occupied.write_text("mine")
    for target in (occupied, occupied / "below"):
        done = run("report", TYPE, "--output", str(target), cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert "--output" in done.stderr
        assert "Traceback" not in done.stderr
    assert occupied.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [occupied]


def test_a_folder_in_the_way_of_a_file_is_a_mistake(tmp_path):
    (tmp_path / f"{NAME}.html").mkdir()
    with pytest.raises(ArgumentError, match="in the way"):
        ca.report([TYPE], tmp_path, formats=["html"])


@pytest.mark.parametrize(
    ("subjects", "options", "named"),
    [
        ("conv", {}, r"subjects='conv' must be a list, as in \['conv'\]"),
        ([3], {}, "subjects: 3 must be a name"),
        (["conv", ca.conv(1, 1, 3, 1)], {}, "give one kind"),
        (["conv"], {"language": "xx"}, "language='xx'"),
        (["conv"], {"formats": ["docx"]}, "formats='docx'"),
    ],
)
def test_a_wrong_argument_is_named(subjects, options, named, tmp_path):
    with pytest.raises(ArgumentError, match=named):
        ca.report(subjects, tmp_path, **options)
    assert list(tmp_path.iterdir()) == []


# --- snippets --------------------------------------------------------------------------------------


@pytest.mark.sweep
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["derivation", "table"])
def test_a_snippet_stands_in_a_paper(kind, language, tmp_path):
    need_tex(language)
    command = [
        "derive",
        "depthwise-separable",
        "--against",
        "conv",
        f"--snippet={kind}",
        "--language",
        language,
    ]
    done = run(*command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (tmp_path / "snippet.tex").write_text(done.stdout)
    chinese = r"\usepackage{xeCJK}\setCJKmainfont{FandolSong-Regular.otf}" if language == "zh" else ""
    package = {"derivation": "amsmath", "table": "booktabs"}[kind]
    (tmp_path / "paper.tex").write_text(
        rf"\documentclass{{article}}\usepackage{{{package}}}{chinese}\begin{{document}}\input{{snippet}}\end{{document}}"
    )
    engine = {"en": "pdflatex", "zh": "xelatex"}[language]
    said = subprocess.run(
        [engine, "-interaction=nonstopmode", "-halt-on-error", "paper.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout[-1500:]
    text = read(tmp_path / "paper.pdf")
    words = {
        ("derivation", "en"): "cancel",
        ("derivation", "zh"): "约去",
        ("table", "en"): "equal",
        ("table", "zh"): "相等",
    }
    assert words[kind, language] in text


@pytest.mark.sweep
def test_derive_takes_a_type_where_it_expects_a_command(tmp_path):
    ratio = run("derive", "depthwise-separable", "--against", "conv", cwd=tmp_path)
    assert ratio.stdout == run("derive", "ratio", "depthwise-separable", "conv", cwd=tmp_path).stdout
    cost = run("derive", "conv", "--no-check", cwd=tmp_path)
    assert cost.stdout == ca.derive_cost(ca.conv("D", "N_c", ("H", "W"), "h")).text() + "\n"
    wrong = run("derive", "depthwize", "--snippet", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "near it: depthwise" in wrong.stderr


def test_a_snippet_of_what_does_not_hold_is_refused():
    from dataclasses import replace

    wrong = ca.derive_cost(ca.conv(1, 1, "N", "m"))
    with pytest.raises(ArgumentError, match="it does not hold"):
        ca.snippet(replace(wrong, result=wrong.result + 1))
    with pytest.raises(ArgumentError, match="kind='graph'"):
        ca.snippet(wrong, "graph")
    with pytest.raises(ArgumentError, match="ends in no number"):
        ca.snippet(ca.derive_identity("depthwise separable"), "table")
    with pytest.raises(ArgumentError, match="must be a derivation"):
        ca.snippet(3)
