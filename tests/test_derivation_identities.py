"""Derivations of identities: which chain leads from side to side, what is shown, how it is checked."""

from __future__ import annotations

import dataclasses
import re
from functools import cache
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

import convalgebra as ca
from convalgebra.derivation import chains, identities
from convalgebra.derivation.chains import ENTRY_BY_ENTRY, parts
from convalgebra.derivation.checks import Difference, StepCheck
from convalgebra.derivation.identities import derive_identity
from convalgebra.derivation.identitychecks import _joined
from convalgebra.derivation.step import Step
from convalgebra.theorems.theorem import Theorem

N, m = map(ca.symbol, ("N", "m"))


NAMES = [theorem.name for theorem in ca.identities()]
derived = cache(derive_identity)


@pytest.mark.parametrize("name", NAMES)
def test_a_chain_leads_from_one_side_to_the_other_without_a_gap(name: str) -> None:
    derivation = derived(name)
    steps = derivation.steps
    assert steps[0].left.latex() == derivation.a.latex()
    assert steps[-1].right.latex() == derivation.b.latex() == derivation.result.latex()
    assert not any(a.rule and a.rule == b.rule and not (a.carries or b.carries) for a, b in pairwise(steps))
    assert sum(step.carries for step in steps) <= 1
    assert sum(step.reason == ENTRY_BY_ENTRY for step in steps) <= 1
    assert all(step.carries for step in steps if step.reason == ENTRY_BY_ENTRY)


def test_what_is_shown_of_an_identity_is_neither_trivial_nor_large() -> None:
    cells = {name: derived(name).a.shape[0] * derived(name).a.shape[1] for name in NAMES}
    assert sum(count < 8 for count in cells.values()) <= 2
    assert max(cells.values()) <= 200
    middle = sorted(cells.values())[len(cells) // 2]
    assert 25 <= middle <= 90
    # Strides and dilations do something wherever the theorem is about any.
    sizes = [dict(derivation.sizes) for derivation in map(derived, NAMES)]
    strides = [tuple(s["stride"]) for s in sizes if isinstance(s.get("stride"), tuple)]
    assert sum(set(stride) == {1} for stride in strides) <= 3 < len(strides)
    grouped = [s["groups"] for s in sizes if "groups" in s]
    assert sum(groups == 1 for groups in grouped) <= 2 < len(grouped)
    kernels = [tuple(s["kernel_size"]) for s in sizes if isinstance(s.get("kernel_size"), tuple)]
    assert all(set(kernel) != {1} for kernel in kernels)
    assert sum(max(kernel) > 3 for kernel in kernels) <= 2


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("transpose of a product", ["(a · b)ᵀ = (bᵀ) · (aᵀ)    [transpose of a product]"]),
        ("Kronecker product of a sum", ["(a + b) ⊗ c = a ⊗ c + b ⊗ c    [distributive law]"]),
        (
            "inverse of a permutation",
            [
                "(G(3×3)ᵀ) · G(3×3) = I(3)    [inverse of a permutation]",
                "if P takes every input exactly once",
            ],
        ),
        ("commuting a Kronecker product", ["Π(3) · (a ⊗ b) · (Π(3)ᵀ) = b ⊗ a    [entry by entry]"]),
        (
            "nearest upsampling is a transposed convolution",
            ["I(2) ⊗ (box[s=3](3)ᵀ) = (Σ_k W_k ⊗ S_k1[s=3])ᵀ    [entry by entry]"],
        ),
        ("transpose of a stack", ["[a; b]ᵀ = [aᵀ, bᵀ]    [transpose]"]),
    ],
)
def test_a_chain_is_told_rule_by_rule(name: str, told: list[str]) -> None:
    assert derived(name).text().splitlines() == told


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("master form", ["master form"]),
        ("pointwise", ["master form", ENTRY_BY_ENTRY]),
        ("spatially separable", ["master form", ENTRY_BY_ENTRY, "master form"]),
        # An expansion that would be too long to read is left out.
        ("order of separable factors", [ENTRY_BY_ENTRY]),
        ("flattened", [ENTRY_BY_ENTRY, "master form"]),
        ("transposed convolution is the transpose", ["definition"]),
        ("product of permutations", ["inverse of a permutation", "identity"]),
        ("the adjoint of valid is full", [ENTRY_BY_ENTRY, "master form"]),
    ],
)
def test_a_chain_goes_by_the_rules_as_far_as_they_lead(name: str, rules: list[str]) -> None:
    assert [step.rule or step.reason for step in derived(name).steps] == rules


def _line(*operators: ca.Operator) -> tuple[Step, ...]:
    """Return steps from each operator to the next."""
    return tuple(
        Step(a, "=", b, f"reason {at}", f"rule {at}") for at, (a, b) in enumerate(pairwise(operators))
    )


def test_steps_end_in_the_right_side_of_the_last() -> None:
    a, b, c, d = (ca.Dense(2, 2, name) for name in "abcd")
    assert chains._end((), a) is a
    assert [chains._end(_line(a, b, c, d)[:count], a) for count in (1, 2, 3)] == [b, c, d]
    theorem = derived("inverse of a permutation").theorem
    carrying = dataclasses.replace(theorem, carry=lambda weights, **_: weights)
    assert chains._carrying(theorem, _line(a, b, c), d) == _line(a, b, c)
    end = ca.Dense(2, 2, "e")
    *before, last = chains._carrying(carrying, _line(a, b, c, d), end)
    assert tuple(before) == _line(a, b, c, d)
    assert (last.left, last.right, last.reason, last.carries) == (d, end, ENTRY_BY_ENTRY, True)
    # Where a step goes entry by entry already, that is the one at which weights are carried.
    marked = tuple(
        dataclasses.replace(step, reason=ENTRY_BY_ENTRY if at == 1 else "~ after it in the alphabet")
        for at, step in enumerate(_line(a, b, c, d))
    )
    assert [step.carries for step in chains._carrying(carrying, marked, d)] == [False, True, False]


def test_of_steps_that_change_nothing_on_paper_the_last_is_left() -> None:
    a, b = ca.Dense(2, 2, "a"), ca.Dense(2, 2, "b")
    idle = _line(a, a, a, a)
    assert chains._on_paper(idle) == idle[-1:]
    assert chains._on_paper((*idle, *_line(a, b))) == _line(a, b)
    assert chains._on_paper((*_line(a, b), *_line(b, a))) == (Step(a, "=", a, "reason 0", "rule 0"),)
    apart = _line(a, b, a)
    assert chains._on_paper(apart) == apart
    swapped = tuple(dataclasses.replace(step, rule=rule) for step, rule in zip(apart, "ba", strict=True))
    assert chains._on_paper(swapped) == swapped
    c, d = ca.Dense(2, 2, "c"), ca.Dense(2, 2, "d")
    first, *rest = _line(a, b, c, d)
    rest = [dataclasses.replace(step, rule="one") for step in rest]
    assert chains._on_paper((first, *rest)) == (first, dataclasses.replace(rest[0], right=d))
    for place in range(3):  # the one whose weights are carried, the first of them, stays apart
        carried = dataclasses.replace(first, rule="one", carries=True)
        told = [*(dataclasses.replace(step, rule="one") for step in _line(a, b, a, b)[:place]), carried]
        found = chains._on_paper((*told, *rest))
        assert [step.carries for step in found] == [False] * min(place, 1) + [True, False]
    # Where weights are carried, a step stays one of its own.
    for at in range(2):
        one_rule = tuple(
            dataclasses.replace(step, rule="one", carries=place == at) for place, step in enumerate(apart)
        )
        assert chains._on_paper(one_rule) == one_rule


def test_an_expansion_is_readable_up_to_a_length(monkeypatch: pytest.MonkeyPatch) -> None:
    (step,) = _line(ca.Dense(2, 2, "a"), ca.Dense(2, 2, "b"))
    length = len(ca.Dense(2, 2, "b").latex())
    for most, readable in [(length - 1, False), (length, True), (length + 1, True)]:
        monkeypatch.setattr(chains, "_READABLE", most)
        assert chains._is_readable((step,)) is readable
    assert not chains._is_readable((Step(N, "=", m, "no operators"),))


def test_a_product_is_multiplied_out_where_it_has_several_terms_and_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = ca.conv(1, 1, 5, 2)
    for side, terms in [(ca.conv(1, 1, 3, 1) @ ca.Dense(3, 3, "a"), 1), (line @ ca.Dense(5, 5, "a"), 2)]:
        begin = chains._expanded(side)
        assert len(tuple(chains._terms(chains._end(begin, side)))) == terms
        for most in range(1, 4):
            monkeypatch.setattr(chains, "_FEW_TERMS", most)
            found = chains._multiplied_out(side)
            if 1 < terms <= most:
                assert found[:-1] == begin
                assert found[-1].reason == found[-1].rule == "distributive law"
                assert isinstance(found[-1].right, ca.Sum)
                assert len(found[-1].right.operators) == terms
            else:
                assert found == begin
    assert chains._multiplied_out(line) == chains._expanded(line), "it is a sum already"


def test_options_that_do_nothing_are_plain() -> None:
    idle = identities._plainness
    assert idle({}) == idle({"stride": 2, "g": 3, "sizes": (1, 1)}) == 0
    for name in ("stride", "dilation", "groups", "g", "q", "factor", "r"):
        assert idle({name: 1}) == idle({name: (1, 1)}) == 1
        assert idle({name: (1, 2)}) == idle({name: (0, 1)}) == idle({name: 3}) == idle({name: 0}) == 0
    assert idle({"stride": 1, "dilation": (1,), "groups": 2}) == 2


def test_sizes_are_shown_that_are_disliked_least_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """No merit makes up for a fault: what is disliked adds up."""
    faults = {"none": (0.1, 0.1, 0.1), "left": (5, 0, 0), "right": (0, 5, 0), "sizes": (0, 0, 5)}
    theorem = SimpleNamespace(
        drawn=lambda _: [{"name": name} for name in faults],
        left=lambda name: SimpleNamespace(shape=(6, 8), dull=faults[name][0]),
        right=lambda name: SimpleNamespace(shape=(6, 8), dull=faults[name][1]),
    )
    monkeypatch.setattr(identities, "_triviality", lambda side: side.dull)
    monkeypatch.setattr(identities, "_plainness", lambda sizes: faults[sizes["name"]][2])
    for _ in range(len(faults)):
        assert identities._shown_sizes(theorem) == {"name": "none"}
        first = next(iter(faults))
        faults[first] = faults.pop(first)


@pytest.mark.parametrize("cells", [1, 6, 300], ids="cells={}".format)
def test_matrices_are_shown_that_are_neither_trivial_nor_large(
    cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def side(cells: int) -> SimpleNamespace:
        return SimpleNamespace(shape=(1, cells))

    theorem = SimpleNamespace(drawn=lambda _: [{"cells": cells}, {"cells": 48}], left=side, right=side)
    monkeypatch.setattr(identities, "_triviality", lambda side: 0)
    assert identities._shown_sizes(theorem) == {"cells": 48}


def test_a_side_is_the_duller_the_less_it_shows() -> None:
    dull = identities._triviality
    assert dull(ca.Dense(2, 2, "a")) == 0
    several, single, long = (ca.conv(1, 1, 6, kernel, name=f"w{kernel}") for kernel in (2, 1, 4))
    assert dull(single) > dull(long) > dull(several) > 0, "a single tap shows nothing, many are long"
    assert dull(long) == pytest.approx(2 * dull(several)), "twice the taps on one axis: twice as long"
    assert dull(ca.conv(1, 1, (6, 6), (1, 2))) > dull(several), "one axis is enough"
    assert dull(ca.VStack((several, single))) < dull(single) + dull(several), "one of them has taps"
    idle = [dull(ca.Shuffle(6, groups)) for groups in (1, 2, 3, 6)]
    assert idle[0] == idle[3] > idle[1] == idle[2] == 0, "one group, or one value in each"
    a = ca.Dense(2, 2, "a")
    assert dull(ca.BlockDiag((a,))) > dull(ca.BlockDiag((a, a))) == 0


def test_an_identity_is_checked_as_shown_and_at_other_sizes_with_several_weights() -> None:
    derivation = derived("mixed product")
    found = derivation.verify()
    assert 6 <= len(found.rows) <= 7, "six are drawn, and the sizes shown may be one of them"
    assert len({row.sizes for row in found.rows}) == len(found.rows)
    assert dict(found.rows[0].sizes) == dict(derivation.sizes)
    assert [(row.measured, row.agrees) for row in found.rows] == [((0,), True)] * len(found.rows)
    (step,) = found.steps
    assert (step.proved, step.points, step.wrong) == (True, 3 * len(found.rows), ())
    assert [len(derivation.verify(points).rows) for points in ([], [dict(derivation.sizes)])] == [1, 1]


def test_an_identity_is_compared_in_symbols_as_shown_and_at_one_other_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    derivation, seen = derived("transpose of a product"), []
    compare = Theorem.equal_in_symbols

    def counting(theorem: Theorem, sizes: dict[str, Any]) -> bool:
        seen.append(sizes)
        return compare(theorem, sizes)

    monkeypatch.setattr(Theorem, "equal_in_symbols", counting)
    points = [{"sizes": sizes} for sizes in ((1, 2, 3), (2, 2, 1), (3, 1, 2))]
    for count in range(4):
        seen.clear()
        found = derivation.verify(points[:count])
        assert seen == [dict(derivation.sizes), *points[: min(count, 1)]]
        assert [(step.proved, step.points) for step in found.steps] == [(True, 3 * (count + 1))]


@pytest.mark.parametrize(
    "point", [{}, {"sizes": (1, 2, 3), "more": 1}, {"shapes": ()}, 3, [("sizes", (1, 2, 3))]], ids=str
)
def test_points_of_an_identity_give_each_of_its_sizes(point: Any) -> None:
    with pytest.raises(ca.ArgumentError, match=r"points: .* must give sizes"):
        derived("transpose of a product").verify([point])


@pytest.mark.parametrize("entry", [2, 0, -1], ids="entry={}".format)
@pytest.mark.parametrize("row", range(3))
def test_the_first_entry_that_differs_is_told(row: int, entry: int) -> None:
    derivation = derived("inverse of a permutation")
    wrong = tuple(tuple((entry if r >= row else 1) * (r == c) for c in range(3)) for r in range(3))
    step = dataclasses.replace(derivation.steps[-1], right=ca.Fixed(wrong))
    (check,) = dataclasses.replace(derivation, steps=(step,)).verify([]).wrong
    assert (check.wrong[0].left, check.wrong[0].right) == (
        f"1 at ({row}, {row})",
        f"{entry} at ({row}, {row})",
    )


@pytest.mark.parametrize("size", [2, 4])
def test_shapes_that_differ_are_told(size: int) -> None:
    derivation = derived("inverse of a permutation")
    step = dataclasses.replace(derivation.steps[-1], right=ca.Identity(size))
    (check,) = dataclasses.replace(derivation, steps=(step,)).verify([]).wrong
    assert (check.wrong[0].left, check.wrong[0].right) == ("of shape (3, 3)", f"of shape ({size}, {size})")


def test_of_another_way_at_other_sizes_what_fails_there_is_kept() -> None:
    same = StepCheck(Step(N, "=", N, "one"), True, 1)
    holds, fails = (
        StepCheck(Step(N, "=", m, "another"), None, 2, wrong)
        for wrong in ((), (Difference((("N", 3),), "3", "2"),))
    )
    assert _joined([same], [holds, fails]) == [same, fails]
    assert _joined([same], [dataclasses.replace(same, points=2)]) == [dataclasses.replace(same, points=3)]


def test_an_identity_in_symbols_needs_no_weights() -> None:
    found = derived("average pooling with and without its padding").verify([])
    assert [(step.proved, step.points) for step in found.steps] == [(True, 1)]
    pattern = derived("every group sees every group").verify([])
    assert {step.proved for step in pattern.steps} == {None}, "patterns are not compared in symbols"


def test_what_is_wrong_of_an_identity_is_told_by_an_entry_or_a_shape() -> None:
    derivation = derived("transpose of a product")
    (step,) = derivation.steps
    rows, columns = step.right.shape
    swapped = tuple(tuple(int(c == columns - 1 - r) for c in range(columns)) for r in range(columns))
    for wrong, told in [
        (step.right @ ca.Fixed(swapped), r"-?\d+ at \(\d+, \d+\)"),
        (
            ca.Dense(rows + 1, columns, "a"),
            rf"of shape \({rows}, {columns}\)|a matrix \({rows}, {columns}\)",
        ),
    ]:
        tampered = dataclasses.replace(derivation, steps=(dataclasses.replace(step, right=wrong),))
        found = tampered.verify([])
        assert not found
        (check,) = found.wrong
        assert len(check.wrong) == 1
        assert re.fullmatch(told, check.wrong[0].left)
        assert check.wrong[0].left != check.wrong[0].right
        assert dict(check.wrong[0].sizes) == dict(derivation.sizes)
    ended = dataclasses.replace(derivation, result=ca.Dense(*derivation.result.shape, "a"))
    assert [row.measured for row in ended.verify([]).rows] == [(1,)]


def test_an_operator_is_a_part_of_itself() -> None:
    a, b = ca.Dense(2, 3, "a"), ca.Dense(3, 4, "b")
    whole = ca.Sum((a @ b, ca.Dense(2, 4, "c")))
    assert [type(part).__name__ for part in parts(whole)] == ["Sum", "Product", "Dense", "Dense", "Dense"]
    assert next(parts(whole)) is whole
