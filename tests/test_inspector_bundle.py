"""The front end as modules: each imports what it uses, and no name stands twice where they are joined."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import convalgebra
from convalgebra.inspector.bundle import script

FRONT = Path(convalgebra.__file__).parent / "inspector" / "front"
ROOT = Path(__file__).parents[1]
MODULES = {path.stem: path.read_text("utf-8") for path in sorted(FRONT.glob("*.js"))}
TOP = re.compile(r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)
EXPORTED = re.compile(r"^export (?:async )?(?:function|const|class) (\w+)", re.MULTILINE)
IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./([\w-]+)\.js";$', re.MULTILINE)
# What the places call that the page stands in.
ENTRANCE = "mount"
# What else may name an export: tests and benchmarks, which load modules by themselves.
ELSEWHERE = "\n".join(
    path.read_text("utf-8")
    for room in ("tests", "benchmarks")
    for path in sorted((ROOT / room).glob("*.py"))
)
WRITTEN = {**MODULES, "notebook": (FRONT.parent / "notebook.js").read_text("utf-8")}
# Texts and comments hold words that are no names.
WORDS = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)


def imports(name: str) -> dict[str, str]:
    return {one: home for names, home in IMPORT.findall(MODULES[name]) for one in names.split(", ")}


def test_no_name_stands_twice() -> None:
    counted = Counter(name for source in MODULES.values() for name in TOP.findall(source))
    assert [name for name, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_what_there_is_and_uses_it(name: str) -> None:
    assert MODULES[name].count("\nimport ") + MODULES[name].startswith("import ") == len(
        IMPORT.findall(MODULES[name])
    )
    code = WORDS.sub("", IMPORT.sub("", MODULES[name]))
    for one, home in imports(name).items():
        assert one in EXPORTED.findall(MODULES[home]), f"{home}.js has no {one}"
        assert re.search(rf"\b{one}\b", code), f"{one} is imported and not used"


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_all_that_it_uses_of_others(name: str) -> None:
    code = WORDS.sub("", IMPORT.sub("", MODULES[name]))
    others = {one: home for home in MODULES if home != name for one in EXPORTED.findall(MODULES[home])}
    local = set(re.findall(r"\b(?:const|let|function|class) (\w+)", code)) | set(imports(name))
    for one, home in others.items():
        called = re.search(rf"(?<![.\w]){one}\s*\(", code)
        assert not called or one in local, f"{one} of {home}.js is used and not imported"


@pytest.mark.parametrize("name", MODULES)
def test_what_is_exported_is_used_elsewhere(name: str) -> None:
    imported = {one for other in MODULES for one, home in imports(other).items() if home == name}
    for one in EXPORTED.findall(MODULES[name]):
        named = one == ENTRANCE or re.search(rf"\b{one}\b", ELSEWHERE)
        assert one in imported or named, f"nobody uses {one} of {name}.js"


@pytest.mark.parametrize("name", WRITTEN)
def test_all_modules_are_of_one_dialect(name: str) -> None:
    source = WRITTEN[name]
    code = WORDS.sub('""', source)
    assert re.findall(r"(?<![\w.$])(?!async\b)[A-Za-z_$][\w$]* =>", code) == [], (
        "(x) => ..., never x => ..."
    )
    assert re.findall(r"\w?(?:\+\+|\b--|(?<![(\w])--\w)", code) == [], "i += 1, never i++"
    comments = [one for one in WORDS.findall(source) if one.startswith("/")]
    assert not any("``" in one for one in comments), "single backticks"
    assert not re.match(r"(?://[^\n]*\n)+\nimport ", source), "a blank line before the imports"


def test_every_module_is_joined_and_the_whole_imports_nothing() -> None:
    whole = script()
    for name, source in MODULES.items():
        for one in EXPORTED.findall(source):
            assert re.search(rf"\b(function|const|class) {one}\b", whole), f"{name}.js is left out"
    assert not re.search(r"^\s*(import|export)\b", whole, re.MULTILINE)


def test_the_script_can_stand_in_a_page_and_asks_for_nothing() -> None:
    whole = script()
    assert "</script" not in whole.lower()
    assert "<!--" not in whole
    assert not re.search(r"\beval\b|new Function|innerHTML|outerHTML\s*=|document\.write", whole)
    addresses = set(re.findall(r"https?://[\w./-]+", whole))
    assert addresses <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1998/Math/MathML",
        "http://www.w3.org/1999/xhtml",
    }
