"""The command line as a user meets it: a subprocess, its streams and its exit code."""

import os
import subprocess
import sys

import pytest


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
    assert entry.value == "convalgebra.__main__:run"


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


def test_the_command_line_does_not_load_what_it_does_not_need(tmp_path):
    code = (
        "import sys, convalgebra.cli\n"
        "heavy = {'numpy', 'scipy', 'sympy', 'matplotlib', 'jinja2', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
