"""What if: what each cheaper convolution would save in each layer, the most first."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import sympy

from convalgebra.counting.ratio import ratio
from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.exact import value as exact_value
from convalgebra.formulas import cancelled
from convalgebra.networks.formulas.written import written
from convalgebra.networks.layer import count
from convalgebra.networks.reading.layers.convolutions import CATALOGUE
from convalgebra.networks.whatif.fitting import Fit
from convalgebra.networks.whatif.keeping import fit_of
from convalgebra.networks.whatif.replacing import conv_of, replacement
from convalgebra.operators.base import Operator
from convalgebra.operators.conv import Conv
from convalgebra.proofs import Size, as_formula, is_number
from convalgebra.sizes import as_size, exact_quotient, symbol

if TYPE_CHECKING:
    from convalgebra.networks.network import Network

KINDS = ("depthwise_separable", "flattened", "grouped", "shuffled_grouped", "spatially_separable")
GROUPS = (2, 4, 8)
DEFAULT_SIZE = 224


@dataclass(frozen=True)
class Saving:
    """What one replacement saves in one layer, in multiplications for one image.

    ``before`` and ``after`` are the layer's, ``total`` the network's (convolutions and linear layers;
    ``partial`` where layers of it are not understood): numbers, or formulas in the network's names, which
    ``at`` puts numbers for. ``fit`` says what of the weights is kept, where that was asked for.
    """

    layer: str
    by: str
    options: Mapping[str, Any]
    before: Size
    after: Size
    total: Size
    partial: bool = False
    at: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    fit: Fit | None = None
    conv: Conv | None = field(default=None, compare=False, repr=False)

    @property
    def saved(self) -> int | Fraction:
        """The multiplications saved, at the sizes ``at``."""
        return self.number(self.before) - self.number(self.after)

    @property
    def share(self) -> Fraction:
        """The share of the whole network's multiplications that is saved, at the sizes ``at``."""
        return Fraction(self.saved) / Fraction(self.number(self.total))

    @property
    def ratio(self) -> sympy.Expr:
        """The multiplications after over those before, in the network's names."""
        return cancelled(as_formula(self.after) / as_formula(self.before))

    def number(self, size: Size) -> int | Fraction:
        """Return a count at the sizes ``at``."""
        found = exact_value(size, {symbol(name): n for name, n in self.at.items()})
        return int(found) if found.denominator == 1 else found

    def law(self) -> sympy.Expr:
        """Return the ratio for any channels: C in, M out, g groups, on this layer's image and kernel.

        Raises ``ArgumentError`` for a layer that has groups of its own.
        """
        if self.conv is None or self.conv.groups != 1:
            raise ArgumentError(f"layer {self.layer!r} has groups of its own: see its ratio")
        whole = replace(self.conv, in_channels=symbol("C"), out_channels=symbol("M"))
        options = {name: "g" if name == "groups" else value for name, value in self.options.items()}
        return ratio(replacement(whole, self.by, options), whole)

    def __str__(self) -> str:
        given = "".join(f", {name}={value}" for name, value in self.options.items())
        where = f" at {', '.join(f'{k}={v}' for k, v in self.at.items())}" if self.at else ""
        kept = "" if self.fit is None else f"; {_kept(self.fit)}"
        (before, after), names = written(self.before, self.after)
        return (
            f"{self.layer}: {self.by}{given}: {before} -> {after} multiplications{names}, "
            f"{float(self.share):.1%} of the {'partial ' if self.partial else ''}total{where}{kept}"
        )


def _kept(found: Fit) -> str:
    said = {True: "exact", False: "not exact", None: "exactness not known"}[found.exact]
    return said if found.error is None else f"{said}, error {found.error:.3g} (float)"


def advice(
    network: Network,
    kinds: Iterable[str] = KINDS,
    groups: Iterable[int] = GROUPS,
    weights: bool = False,
    at: Mapping[str, int] | None = None,
) -> tuple[Saving, ...]:
    """Return what each replacement of each convolution would save, the most first.

    ``kinds`` are types of the catalogue; those with groups are tried with each of ``groups`` that divides
    the channels. With names in the sizes, the order is that ``at`` the given numbers, 224 for each name
    not given. With ``weights`` the model's values are read (of layers up to 4,194,304 of them), and each
    saving has its ``fit``. Replacements that save nothing are left out.
    """
    chosen = tuple([kinds] if isinstance(kinds, str) else kinds)
    for kind in chosen:
        if kind not in CATALOGUE:
            raise ArgumentError(f"kinds: {kind!r} must be one of {', '.join(CATALOGUE)}")
    point = _point(network, at or {})
    total = network.total("multiplications")
    found = []
    for layer in network.layers:
        conv = conv_of(layer)
        if conv is None:
            continue
        before = count(conv, "multiplications")
        for by, options in _candidates(conv, chosen, tuple(groups)):
            try:
                after = count(replacement(conv, by, options), "multiplications")
            except ConvalgebraError:  # this layer's channels or kernel do not allow it
                continue
            saving = Saving(
                layer.name, by, options, before, after, total.value, total.partial, point, None, conv
            )
            if saving.saved > 0:
                kept = fit_of(network, layer, conv, by, options) if weights else None
                found.append(replace(saving, fit=kept))
    return tuple(sorted(found, key=lambda saving: (-saving.saved, saving.layer, saving.by)))


def _point(network: Network, at: Mapping[str, int]) -> Mapping[str, int]:
    names = sorted(map(str, network.symbols))
    for name, value in at.items():
        if name not in names or not is_number(as_size(value, name, least=1)):
            raise ArgumentError(f"at: {name}={value!r} must be a number for one of {', '.join(names)}")
    return MappingProxyType({name: at.get(name, DEFAULT_SIZE) for name in names})


def _candidates(
    conv: Conv, kinds: tuple[str, ...], groups: tuple[int, ...]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is worth a try: a kernel of one tap is not taken apart, groups are not made fewer."""
    wide = sum(kernel != 1 for kernel in conv.kernel_size)
    for by in kinds:
        make: Callable[..., Operator] = CATALOGUE[by]
        parameter = inspect.signature(make).parameters.get("groups")
        if parameter is not None and parameter.default is inspect.Parameter.empty:
            if conv.groups == 1 and (by != "shuffled_grouped" or wide):
                yield from ((by, {"groups": g}) for g in groups if _divides(g, conv))
        elif by == "spatially_separable":
            if wide > 1:
                yield by, {}
        elif conv.groups == 1 and wide:
            yield by, {}


def _divides(groups: int, conv: Conv) -> bool:
    each = (as_formula(exact_quotient(n, groups)) for n in (conv.in_channels, conv.out_channels))
    return all(bool(n.is_integer) for n in each)
