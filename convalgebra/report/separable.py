"""What the report on separable convolutions says: every number and formula in it is computed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import sympy

from convalgebra.catalogue.basic import conv
from convalgebra.catalogue.cheap import depthwise_separable, spatially_separable
from convalgebra.claims import separable as claims
from convalgebra.counting.measure import measure
from convalgebra.derivation.derivation import Derivation, Row, Verification
from convalgebra.derivation.ends import put_sizes
from convalgebra.derivation.ratios import derive_ratio
from convalgebra.formulas import cancelled
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.proofs import as_formula, at_least, holds
from convalgebra.report.figures import Picture
from convalgebra.sizes import symbol


@dataclass(frozen=True)
class Count:
    """One line of a worked example: an operator, what its formula says and what was counted."""

    label: str
    operator: Operator
    formula: int
    measured: int

    @property
    def kernel(self) -> tuple[int, ...]:
        """The kernel of a single convolution; nothing for a composed operator."""
        return tuple(map(int, self.operator.kernel_size)) if isinstance(self.operator, Conv) else ()

    @property
    def agrees(self) -> bool:
        """Whether the two are the same number."""
        return self.formula == self.measured


@dataclass(frozen=True)
class Rule:
    """A rule of thumb beside the exact value, by formula and by counting."""

    sizes: tuple[tuple[str, int], ...]
    measured_at: tuple[tuple[str, int], ...]
    kernel_name: str
    rule: sympy.Rational
    formula: Fraction
    measured: Fraction

    @property
    def agrees(self) -> bool:
        """Whether formula and measurement are the same number."""
        return self.formula == self.measured


@dataclass(frozen=True)
class Chapter:
    """One cheap convolution beside the standard one; ``key`` names its sentences and its figure."""

    key: str
    title: str
    cheap: Operator
    standard: Conv
    derivation: Derivation
    verification: Verification
    example: tuple[Count, ...]
    pictures: tuple[Picture, ...]
    rules: tuple[Rule, ...]

    @property
    def limit_is_bound(self) -> bool:
        """Whether the ratio is proved never to be less than its limit, wherever outputs exist."""
        gap = cancelled(self.derivation.result - self.derivation.limits[0].right)
        return all(
            holds(at_least(part, 0), self.derivation.conditions)
            for part in (sympy.numer(gap), sympy.denom(gap))
        )

    @property
    def factors(self) -> tuple[Count, ...]:
        """The counts of the factors, in the order of application."""
        return self.example[1:-1]

    @property
    def whole(self) -> Count:
        """The count of all factors together."""
        return self.example[-1]

    @property
    def example_ratio(self) -> Fraction:
        """The ratio in the worked example, as measured."""
        return Fraction(self.whole.measured, self.example[0].measured)

    @property
    def sample(self) -> tuple[Row, ...]:
        """The rows of the verification at which the standard convolution costs most."""
        rows = self.verification.rows
        return tuple(row for row in rows if row in sorted(rows, key=lambda r: r.measured[1])[-8:])

    @property
    def rule_list(self) -> tuple[tuple[str, int], ...]:
        """Each rule of thumb in LaTeX, and the kernel length that it is for."""
        kernels = {dict(rule.sizes)[self.rules[0].kernel_name]: rule.rule for rule in self.rules}
        return tuple((str(rule), kernel) for kernel, rule in kernels.items())

    @property
    def rules_input(self) -> tuple[int, ...]:
        """The shape of the images on which the rules were measured."""
        sizes = dict(self.rules[0].measured_at)
        return tuple(sizes[name] for name in ("D", "H", "W"))

    @property
    def inverse(self) -> sympy.Expr:
        """The ratio the other way round."""
        return cancelled(1 / self.derivation.result)

    @property
    def figure_name(self) -> str:
        """The file name of its picture."""
        return f"separable-convolutions-{self.key}.pdf"

    @property
    def passed(self) -> bool:
        """Whether every comparison in the chapter came out equal."""
        counts = all(count.agrees for count in self.example)
        rules = self.limit_is_bound and all(rule.agrees for rule in self.rules)
        return self.verification.passed and counts and rules


@dataclass(frozen=True)
class ArticleForm:
    """The article's form of the spatial ratio beside the derived one."""

    printed: sympy.Expr
    derived: sympy.Expr
    difference: sympy.Expr
    agrees_for: tuple[sympy.Expr, ...]
    outputs: sympy.Expr
    outputs_where_it_agrees: sympy.Expr
    rows: tuple[tuple[Row, Fraction], ...]


def depthwise_chapter() -> Chapter:
    """Return the chapter on depthwise separable convolutions; its example is 7 x 7 x 3 to 5 x 5 x 128."""
    cheap, standard = depthwise_separable("D", "N_c", ("H", "W"), "h"), conv("D", "N_c", ("H", "W"), "h")
    derivation = derive_ratio(cheap, standard)
    small = {"D": 3, "N_c": 128, "H": 7, "W": 7, "h": 3}
    points = [
        {**small, "N_c": filters, "h": rule.kernel, "H": 12, "W": 12}
        for rule in claims.DEPTHWISE_RULES
        for filters in (64, 256, 1024)
    ]
    rules = {rule.kernel: rule.value for rule in claims.DEPTHWISE_RULES}
    return _chapter(
        "depthwise",
        "Depthwise separable convolution",
        derivation,
        small,
        # The rule speaks of the standard convolution's cost in units of the cheap one's.
        tuple(_rule(derivation, p, rules[p["h"]], ("N_c", "h"), inverse=True) for p in points),
        shown=4,
    )


def spatial_chapter() -> Chapter:
    """Return the chapter on spatially separable convolutions, its worked example 5 x 5 by 3 x 3."""
    cheap, standard = spatially_separable(1, 1, ("N", "N"), "m"), conv(1, 1, ("N", "N"), "m")
    derivation = derive_ratio(cheap, standard)
    points = [{"N": size, "m": rule.kernel} for rule in claims.SPATIAL_RULES for size in (14, 56, 224)]
    rules = {rule.kernel: rule.value for rule in claims.SPATIAL_RULES}
    return _chapter(
        "spatial",
        "Spatially separable convolution",
        derivation,
        {"N": 5, "m": 3},
        tuple(_rule(derivation, p, rules[p["m"]], ("N", "m")) for p in points),
        shown=1,
    )


def article_form(derivation: Derivation) -> ArticleForm:
    """Hold the article's spatial ratio against the derived one: their difference, and where it vanishes."""
    printed, N, m = claims.spatial_ratio(), symbol("N"), symbol("m")
    difference = cancelled(derivation.result - printed)
    rows = []
    for kernel in (3, 5, 7):
        row = derivation.measure_at({"N": 16, "m": kernel})
        value = sympy.Rational(printed.subs({N: 16, m: kernel}))
        rows.append((row, Fraction(int(value.p), int(value.q))))
    zeros = sympy.solve(sympy.numer(difference), m)
    outputs = as_formula(derivation.b.output_size[0])
    at_zero = outputs.subs(m, zeros[0])
    return ArticleForm(printed, derivation.result, difference, tuple(zeros), outputs, at_zero, tuple(rows))


def _chapter(
    key: str,
    title: str,
    derivation: Derivation,
    sizes: dict[str, int],
    rules: tuple[Rule, ...],
    shown: int,
) -> Chapter:
    cheap, standard = (put_sizes(op, sizes) for op in (derivation.a, derivation.b))
    assert isinstance(standard, Conv)
    stages = [stage for stage in reversed(cheap.stages) if isinstance(stage, Conv)]
    example = (
        _count("standard", standard),
        *(_count(stage.name, stage) for stage in stages),
        _count(", then ".join(stage.name for stage in stages), cheap),
    )
    pictures = (
        Picture(standard, "standard", min(shown, int(standard.out_channels))),
        *(Picture(stage, stage.name, min(shown, int(stage.out_channels))) for stage in stages),
    )
    verification = derivation.verify()
    return Chapter(key, title, cheap, standard, derivation, verification, example, pictures, rules)


def _count(label: str, operator: Operator) -> Count:
    return Count(label, operator, int(operator.multiplications), measure(operator).multiplications)


def _rule(
    derivation: Derivation,
    sizes: dict[str, int],
    rule: sympy.Rational,
    named: Sequence[str],
    inverse: bool = False,
) -> Rule:
    row = derivation.measure_at(sizes)
    power = -1 if inverse else 1
    shown = tuple((name, sizes[name]) for name in named)
    return Rule(
        shown, tuple(sizes.items()), named[-1], rule, row.formula**power, Fraction(*row.measured) ** power
    )
