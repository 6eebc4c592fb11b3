"""The command line as a user meets it: a subprocess, its streams and its exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FIGURES = ["separable-convolutions-depthwise.pdf", "separable-convolutions-spatial.pdf"]


def run(*arguments, cwd, path=None):
    environment = {**os.environ, **({} if path is None else {"PATH": path})}
    code = "from convalgebra.cli import main; main(prog_name='convalgebra')"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=False,
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_help_names_the_commands(tmp_path):
    done = run("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "report" in done.stdout


def test_the_installed_command_is_this_one():
    from importlib.metadata import entry_points

    (entry,) = entry_points(group="console_scripts", name="convalgebra")
    assert entry.value == "convalgebra.cli:main"


def test_report_without_tex_writes_latex_and_says_how_to_get_a_pdf(tmp_path):
    done = run("report", "--output", "here/and there", cwd=tmp_path, path=str(tmp_path))
    folder = tmp_path / "here" / "and there"
    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in folder.iterdir()) == sorted(
        [*FIGURES, "separable-convolutions.tex"]
    )
    assert "no TeX engine found" in done.stdout
    assert "apt-get install" in done.stdout
    assert "here/and there/separable-convolutions.tex" in done.stdout
    assert done.stderr == ""


def test_report_can_leave_the_pdf_out(tmp_path):
    done = run("report", "--no-pdf", "-o", str(tmp_path / "out"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "out" / "separable-convolutions.pdf").exists()
    assert "no TeX engine" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["report", "--output"], "--output"),
        (["report", "--colour", "red"], "--colour"),
        (["reprot"], "reprot"),
        (["report", "extra"], "extra"),
    ],
)
def test_a_mistake_ends_with_2_and_says_what_it_was(arguments, named, tmp_path):
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_is_a_file_is_a_mistake(tmp_path):
    occupied = tmp_path / "taken"
    occupied.write_text("mine")
    for target in (occupied, occupied / "below"):
        done = run("report", "--output", str(target), cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert "output" in done.stderr.lower()
        assert "Traceback" not in done.stderr
    assert occupied.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [occupied]


def test_a_failing_tex_leaves_nothing_behind(tmp_path):
    engine = tmp_path / "bin" / "pdflatex"
    engine.parent.mkdir()
    engine.write_text("#!/bin/sh\necho '! Undefined control sequence.'\nexit 1\n")
    engine.chmod(0o755)
    done = run("report", "-o", "out", cwd=tmp_path, path=f"{engine.parent}:/usr/bin:/bin")
    assert done.returncode == 1
    assert "Undefined control sequence" in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_the_command_line_does_not_load_what_it_does_not_need(tmp_path):
    code = (
        "import sys, convalgebra.cli\n"
        "heavy = {'numpy', 'scipy', 'sympy', 'matplotlib', 'jinja2', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_file_of_the_report_tells_where_it_was_made(tmp_path):
    run("report", "--no-pdf", "-o", "out", cwd=tmp_path)
    for file in Path(tmp_path / "out").iterdir():
        assert str(tmp_path).encode() not in file.read_bytes()
