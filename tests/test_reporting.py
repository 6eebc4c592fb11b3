"""What reports say: every message in both languages, every claim and identity told once."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import fields, is_dataclass
from itertools import pairwise
from pathlib import Path

import pytest

import convalgebra as ca
from convalgebra.catalogue.types import types
from convalgebra.claims.ledger import ledger
from convalgebra.errors import ArgumentError
from convalgebra.reporting import store
from convalgebra.reporting.blocks import Chapter, Entry, Heading, Table
from convalgebra.reporting.chapters import own_chapter
from convalgebra.reporting.languages import LANGUAGES, find_language, pieces
from convalgebra.reporting.make import make_chapter
from convalgebra.reporting.parts.claims import claims
from convalgebra.reporting.parts.comparing import plot, quotient
from convalgebra.reporting.parts.derived import number
from convalgebra.reporting.parts.worked import worked_numbers
from convalgebra.reporting.subjects import RULES, SUBJECTS, Layer, Plot, subjects_of
from convalgebra.reporting.words import Code, Recorded, Said, Translated
from convalgebra.theorems.table import identities

ENGLISH, CHINESE = map(find_language, LANGUAGES)


def inside(value, kind):
    """Yield everything of a kind inside a tree of blocks and words."""
    if isinstance(value, kind):
        yield value
    if is_dataclass(value):
        for field in fields(value):
            yield from inside(getattr(value, field.name), kind)
    elif isinstance(value, tuple):
        for part in value:
            yield from inside(part, kind)


@pytest.fixture(scope="module", params=("spatially_separable", "pointwise_grouped"))
def chapter(request):
    return make_chapter(request.param)


# --- languages -------------------------------------------------------------------------------------


def test_both_languages_have_every_message_with_the_same_names_and_formulas():
    assert ENGLISH.messages.keys() == CHINESE.messages.keys()
    for key, english in ENGLISH.messages.items():
        both = [pieces(english), pieces(CHINESE.messages[key])]
        fixed = [
            Counter((p.kind, p.text) for p in found if p.kind in ("name", "math", "code")) for found in both
        ]
        assert fixed[0] == fixed[1], key


def test_no_message_of_one_language_is_that_of_the_other():
    same = {k for k, text in ENGLISH.messages.items() if CHINESE.messages[k] == text}
    assert same <= {"page.equation", "network.found.tool"}  # no words, only what is put in


# Groups of which the code makes the keys: for each family, type, count, direction and so on.
MADE = (
    "chapter.",
    "type.",
    "count.",
    "glossary.",
    "verdict.",
    "part.trend.",
    "part.always.",
    "part.claims.",
    "derivation.",
    "front.measured.",
    "front.symbols.",
    "network.closed.caption_",
    "network.closed.on_",
    "part.theorems.",
    "part.plot.",
    "part.ratio.here_",
    "own.",
)


def test_every_message_is_said_by_the_code():
    """A message that nothing says is a leftover."""
    room = Path(store.__file__).parent
    code = "".join(p.read_text("utf-8") for p in room.rglob("*") if p.suffix in (".py", ".j2"))
    keys = {key for key in ENGLISH.messages if not key.startswith(MADE)}
    assert {key for key in keys if f'"{key}"' not in code and f"'{key}'" not in code} <= {
        "part.head.formula",
        "part.head.measured",
        "part.head.verdict",
        "part.operators.index",
        "part.pictures.how",
    }


def test_every_claim_is_told_in_chinese_field_by_field():
    for claim in ledger():
        for name in ("statement", "condition", "right", "counterexample"):
            if getattr(claim, name):
                assert CHINESE.claims[claim.id][name], (claim.id, name)
        assert CHINESE.claims[claim.id]["statement"] != claim.statement


def test_numbers_of_claims_are_the_same_in_both_languages():
    def numbers(text):
        return Counter(re.findall(r"\d+(?:\.\d+)?", text))

    for claim in ledger():
        for name in ("statement", "condition", "right", "counterexample"):
            assert numbers(getattr(claim, name)) == numbers(CHINESE.recorded(claim.id, name)), (
                claim.id,
                name,
            )


def test_every_identity_and_every_type_has_a_chinese_name():
    table = CHINESE.tables["theorems"]
    for theorem in identities():
        assert {theorem.name, theorem.source, *(need.words for need in theorem.needs)} <= table.keys()
    assert {f"type.{kind.name}.title" for kind in types()} <= CHINESE.messages.keys()


def test_an_unknown_language_and_an_unknown_message_are_named():
    with pytest.raises(ArgumentError, match="language='fr' must be one of en, zh"):
        find_language("fr")
    with pytest.raises(ArgumentError, match=r"no\.such"):
        ENGLISH.message("no.such")


# --- what is told ----------------------------------------------------------------------------------


def test_every_claim_identity_and_type_is_told_in_one_chapter():
    sections = [section for subject in SUBJECTS for section in subject.sections]
    assert sorted(sections) == sorted({claim.section for claim in ledger()})
    told = [*RULES, *(name for subject in SUBJECTS for name in subject.theorems)]
    assert sorted(told) == sorted(theorem.name for theorem in identities())
    assert sorted(name for subject in SUBJECTS for name in subject.types) == sorted(k.name for k in types())
    assert {subject.family for subject in SUBJECTS} == {kind.family for kind in types()}


def test_every_word_of_a_chapter_is_known_in_both_languages(chapter):
    for language in (ENGLISH, CHINESE):
        for said in inside(chapter, Said):
            message = language.message(said.key)
            names = {piece.text.strip("{}") for piece in pieces(message) if piece.kind == "name"}
            assert names <= dict(said.values).keys(), said.key
    for text in inside(chapter, Translated):
        assert not text.text or text.text in CHINESE.tables[text.table], text
    assert all(recorded.claim in CHINESE.claims for recorded in inside(chapter, Recorded))


def test_a_chapter_passes_and_its_anchors_are_its_own(chapter):
    assert chapter.passed
    anchors = [block.anchor for block in chapter.blocks if getattr(block, "anchor", "")]
    assert len(anchors) == len(set(anchors))
    levels = [block.level for block in chapter.blocks if isinstance(block, Heading)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert 1 not in levels[1:]


def test_the_surveys_numbers_are_worked_and_measured():
    (subject,) = subjects_of(["depthwise_separable"])
    tables = [b for b in worked_numbers(subject).blocks if isinstance(b, Table)]
    worked = next(t for t in tables if Said("part.worked.product") in t.head)
    found = {row[1].latex.split("=")[-1].strip(): row[2].latex for row in worked.rows}
    assert found["675"] == "675"
    assert found["9600"] == "9600"
    assert found[r"10\,275"] == r"10\,275"


def test_a_verdict_that_changes_is_seen(monkeypatch):
    from dataclasses import replace

    from convalgebra.reporting.parts import claims as room

    right = claims("1 convolution and cross-correlation")
    assert right.passed
    real = room.judge
    monkeypatch.setattr(
        room, "judge", lambda claim: replace(real(claim), claim=replace(claim, verdict="cited"))
    )
    assert not claims("1 convolution and cross-correlation").passed


def test_wrong_claims_have_what_is_right_and_conditional_ones_a_condition():
    entries = [b for b in claims("8.1 spatially separable convolution").blocks if isinstance(b, Entry)]
    labels = {entry.anchor: {line[0].key.rpartition(".")[2] for line in entry.lines} for entry in entries}
    for entry in entries:
        if entry.verdict.name == "wrong":
            assert {"right", "counterexample"} <= labels[entry.anchor]
        if entry.verdict.name == "conditional":
            assert "condition" in labels[entry.anchor]
    assert labels["claim:S08-12"] >= {"condition", "right", "counterexample", "judged"}


def test_a_measured_point_off_the_curve_is_seen():
    a, b = (Layer("grouped", {"input_size": "N"}).operator(), Layer("conv", {"input_size": "N"}).operator())
    wanted = Plot("g", (1, 4), (1, 2, 4), "h", (3,), {"D": 4, "N_c": 4, "N": 5})
    g = ca.symbol("g")
    assert plot("right", 1 / g, (a, b), wanted).agrees
    assert not plot("wrong", 2 / (g + 1), (a, b), wanted).agrees


def test_the_quotient_is_the_end_of_the_derivation():
    a, b = Layer("depthwise_separable").operator(), Layer("conv").operator()
    whole = ca.derive_ratio(a, b)
    part = quotient(whole)
    assert part.steps == whole.steps[-len(part.steps) :]
    assert len(part.steps) == 3
    assert part.limits == whole.limits


def test_numbers_are_in_groups_of_three_from_five_digits_on():
    assert [number(n).latex for n in (9600, 86400, 1234567, -12345, "N")] == [
        "9600",
        r"86\,400",
        r"1\,234\,567",
        r"-12\,345",
        "N",
    ]


def test_names_of_types_and_of_chapters_are_known():
    assert [s.key for s in subjects_of(["conv", "grouped"])] == ["convolution", "grouped"]
    assert [s.key for s in subjects_of(["algorithms"])] == ["algorithms"]
    with pytest.raises(
        ArgumentError, match=r"type='depthwize' is not in the catalogue; near it: depthwise"
    ):
        subjects_of(["depthwize"])


# --- one's own -------------------------------------------------------------------------------------

OWN = {
    "an operator with names": lambda: ca.conv("D", "N_c", ("H", "W"), "h"),
    "an operator with numbers": lambda: ca.conv(1, 2, (4, 4), 3),
    "a product": lambda: ca.pointwise(2, 3, (3, 3)) @ ca.depthwise(2, (5, 5), 3),
    "a cost": lambda: ca.derive_cost(ca.conv(1, 1, "N", "m")),
    "a ratio": lambda: ca.derive_ratio(ca.conv(1, 1, "N", "m"), ca.conv(1, 2, "N", "m")),
    "an identity": lambda: ca.derive_identity("depthwise separable"),
    "a size": lambda: ca.derive_output_size(ca.conv(1, 1, "N", "m")),
    "a receptive field": lambda: ca.derive_receptive_field(ca.conv(1, 1, "N", "m")),
    "a pair": lambda: (ca.depthwise("D", "N", 3), ca.conv("D", "N_c", "N", 3)),
}


@pytest.mark.parametrize("name", OWN)
def test_ones_own_is_a_chapter_that_passes(name):
    chapter = own_chapter(OWN[name](), "own")
    assert chapter.passed
    assert isinstance(chapter.blocks[0], Heading)
    for language in (ENGLISH, CHINESE):
        assert all(language.message(said.key) for said in inside(chapter, Said))


def test_a_wrong_derivation_does_not_pass():
    from dataclasses import replace

    good = ca.derive_cost(ca.conv(1, 1, "N", "m"))
    assert not own_chapter(replace(good, result=good.result + 1), "own").passed


@pytest.mark.parametrize("thing", [3, None, {"a": 1}, (ca.conv(1, 1, 3, 1),)])
def test_what_is_neither_is_refused(thing):
    with pytest.raises(ArgumentError, match=r"subjects: .* must be a name of `convalgebra list`"):
        own_chapter(thing, "own")


def test_a_hostile_name_of_a_weight_stays_code():
    chapter = own_chapter(ca.conv(1, 1, 4, 3, name="a_b"), "own")
    assert any("a_b" in code.text for code in inside(chapter, Code))


# --- what is kept ----------------------------------------------------------------------------------


def test_a_chapter_is_kept_as_data_and_comes_back_the_same(chapter, tmp_path, monkeypatch):
    monkeypatch.setenv(store.FOLDER, str(tmp_path))
    made_from = store.digest(chapter.key)
    assert store.kept_chapter(chapter.key, made_from) is None
    store.keep_chapter(chapter, made_from)
    assert store.kept_chapter(chapter.key, made_from) == chapter
    assert store.kept_chapter(chapter.key, store.digest("something else")) is None
    assert [file.name for file in tmp_path.iterdir()] == [f"{chapter.key}.json"]


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        '{"digest": "x"}',
        '{"digest": "D", "chapter": {"kind": "Nothing"}}',
        '{"digest": "D", "chapter": {"kind": "Words", "text": "no chapter"}}',
        '{"digest": "D", "chapter": {"kind": "Chapter", "no": 1}}',
    ],
)
def test_what_is_damaged_is_made_anew(damage, tmp_path, monkeypatch):
    monkeypatch.setenv(store.FOLDER, str(tmp_path))
    (tmp_path / "c.json").write_text(damage)
    assert store.kept_chapter("c", "D") is None


def test_where_nothing_can_be_kept_nothing_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(store.FOLDER, str(tmp_path / "file"))
    store.keep_chapter(Chapter("c", ()), "D")
    assert store.kept_chapter("c", "D") is None


def test_what_is_kept_is_plain_json(chapter, tmp_path, monkeypatch):
    monkeypatch.setenv(store.FOLDER, str(tmp_path))
    store.keep_chapter(chapter, "D")
    assert json.loads((tmp_path / f"{chapter.key}.json").read_text("utf-8"))["digest"] == "D"
