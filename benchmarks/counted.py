"""What each counter returns when it is run on one layer, beside the entries of the layer's matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from benchmarks.counters import COUNTERS, Counter, Returned, notes
from benchmarks.results import Part, Row, Step, Value
from benchmarks.timing import is_installed

# How many counters return something else than convalgebra's conventions say of them.
UNLIKE = "unlike"


@dataclass(frozen=True)
class Case:
    """A layer on an image: PyTorch's module of that name, or the function that it calls."""

    label: str
    kind: str
    channels: tuple[int, int]
    size: tuple[int, ...]
    options: dict[str, Any]
    as_function: bool = False

    def module(self) -> Any:
        """Return the module, without a bias unless the options have one."""
        from torch import nn

        layer = getattr(nn, self.kind)(*self.channels, **({"bias": False} | self.options)).eval()
        if not self.as_function:
            return layer
        name = f"conv_transpose{len(self.size)}d"
        names = ("stride", "padding", "output_padding", "groups", "dilation")
        options = {name: getattr(layer, name) for name in names}

        class Called(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.weight = layer.weight

            def forward(self, x: Any) -> Any:
                # Looked up when it is called: counters put their own in its place.
                return getattr(nn.functional, name)(x, self.weight, **options)

        return Called().eval()

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the input, one image."""
        return (1, self.channels[0], *self.size)


_UP = {"kernel_size": 4, "stride": 2, "padding": 1}
_ODD = {"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1}
# What our convention tells of these counters, it tells of layers that are modules.
MODULES_ONLY = ("thop", "ptflops")
CASES = (
    Case("3x3, no padding", "Conv2d", (4, 8), (8, 8), {"kernel_size": 3}),
    Case("3x3, padding 1", "Conv2d", (4, 8), (8, 8), {"kernel_size": 3, "padding": 1}),
    Case("7x7, stride 2, padding 3", "Conv2d", (3, 8), (16, 16), _UP | {"kernel_size": 7, "padding": 3}),
    Case(
        "depthwise 3x3, padding 1", "Conv2d", (8, 8), (8, 8), {"kernel_size": 3, "padding": 1, "groups": 8}
    ),
    Case(
        "grouped 3x3, padding 1, bias",
        "Conv2d",
        (8, 8),
        (8, 8),
        {"kernel_size": 3, "padding": 1, "groups": 4, "bias": True},
    ),
    Case(
        "3x3 dilated by 6, padding 6",
        "Conv2d",
        (4, 8),
        (8, 8),
        {"kernel_size": 3, "padding": 6, "dilation": 6},
    ),
    Case("3x3, padding='same'", "Conv2d", (4, 8), (8, 8), {"kernel_size": 3, "padding": "same"}),
    Case("1-D 5, padding 2", "Conv1d", (4, 8), (16,), {"kernel_size": 5, "padding": 2}),
    Case("3-D 3x3x3, padding 1", "Conv3d", (2, 4), (4, 4, 4), {"kernel_size": 3, "padding": 1}),
    Case("transposed 3x3, stride 1", "ConvTranspose2d", (4, 8), (8, 8), {"kernel_size": 3}),
    Case("transposed 2x2, stride 2", "ConvTranspose2d", (4, 8), (8, 8), {"kernel_size": 2, "stride": 2}),
    Case("transposed 4x4, stride 2, pad 1", "ConvTranspose2d", (4, 8), (8, 8), _UP),
    Case("the same, a bias", "ConvTranspose2d", (4, 8), (8, 8), _UP | {"bias": True}),
    Case("the same, called as function", "ConvTranspose2d", (4, 8), (8, 8), _UP, as_function=True),
    Case("transposed 3x3, output padding", "ConvTranspose2d", (4, 8), (8, 8), _ODD),
    Case("transposed grouped, stride 2", "ConvTranspose2d", (8, 8), (8, 8), _UP | {"groups": 4}),
    Case("transposed depthwise, stride 2", "ConvTranspose2d", (8, 8), (8, 8), _UP | {"groups": 8}),
    Case("transposed depthwise, output pad", "ConvTranspose2d", (8, 8), (8, 8), _ODD | {"groups": 8}),
    Case("transposed 3x3, stride 2, dilated", "ConvTranspose2d", (4, 8), (8, 8), _ODD | {"dilation": 2}),
    Case("transposed 1-D 4, stride 2", "ConvTranspose1d", (4, 8), (16,), _UP),
    Case("transposed 3-D 4x4x4, stride 2", "ConvTranspose3d", (2, 4), (4, 4, 4), _UP),
    Case(
        "FSRCNN's 9x9, stride 3",
        "ConvTranspose2d",
        (8, 1),
        (8, 8),
        {"kernel_size": 9, "stride": 3, "padding": 4, "output_padding": 2},
    ),
)
QUICK = (1, 11, 16)


def part(quick: bool) -> Part:
    """Return what each counter returns, layer by layer."""
    title = "One layer: what its matrix holds, what we say, what each counter returns when it is run"
    return Part(
        "counters",
        title,
        _steps(quick, _returned),
        notes=[
            *notes(),
            "entries: products of the layer's matrix, counted by running it",
            "torch is its FlopCounterMode: its unit is two for each product, that of the others one",
            f"{UNLIKE}: how many return another number than our convention of that name says; a function's "
            "call is not held against thop and ptflops, whose conventions are of modules",
        ],
    )


def factors_part(quick: bool) -> Part:
    """Return by which factor each counter is off, layer by layer."""
    title = "One layer: each counter's products over those of the matrix (1 is right, 0 counts nothing)"
    return Part("factors", title, _steps(quick, _factors), _right)


def _steps(quick: bool, made: Callable[[Case], Row]) -> list[Step]:
    if not is_installed("torch"):
        return []
    cases = [CASES[place] for place in QUICK] if quick else CASES
    return [Step(case.label, lambda case=case: [made(case)]) for case in cases]


# --- one layer -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counts:
    """Of a layer: what is counted in its matrix, ours, what each counter returns, what we say it would."""

    entries: int
    multiplications: int
    mult_adds: int
    returned: dict[str, Returned]
    said: dict[str, int]

    @property
    def unlike(self) -> list[str]:
        """The counters that return something else than is said of them."""
        return [name for name, value in self.said.items() if self.returned[name] != value]


@lru_cache
def counts_of(place: int) -> Counts:
    """Count a case, once for both tables."""
    import torch

    import convalgebra as ca
    from convalgebra.networks.counters.conventions import convention, weight_shape

    case = CASES[place]
    network = ca.read_torch(case.module(), case.shape)
    layer = next(layer for layer in network.layers if layer.category == "conv")
    numbers = layer.counts
    ran = [counter for counter in COUNTERS if counter.installed]
    returned = {c.name: c.returned(case.module(), torch.zeros(case.shape)) for c in ran}
    said = {
        c.name: sum(
            convention(c.convention).count(one, weight_shape(network, one)) for one in network.layers
        )
        for c in ran
        if c.convention and not (case.as_function and c.name in MODULES_ONLY)
    }
    entries = ca.measure(layer.operator).multiplications
    return Counts(entries, numbers.multiplications, numbers.mult_adds, returned, said)


def _returned(case: Case) -> Row:
    found = counts_of(CASES.index(case))
    values: dict[str, Value] = {
        "entries": found.entries,
        "ours": found.multiplications,
        "mult_adds": found.mult_adds,
        **found.returned,
        UNLIKE: len(found.unlike),
    }
    return Row(case.label, values, at_most={UNLIKE: 0})


def _factors(case: Case) -> Row:
    found = counts_of(CASES.index(case))
    values: dict[str, Value] = {
        "ours": found.multiplications / found.entries,
        "mult_adds": found.mult_adds / found.entries,
        **{c.name: _factor(c, found) for c in COUNTERS if c.name in found.returned},
    }
    return Row(case.label, values)


def _factor(counter: Counter, found: Counts) -> Value:
    returned = found.returned[counter.name]
    return returned if isinstance(returned, str) else returned / counter.flops / found.entries


def _right(rows: Sequence[Row]) -> list[Row]:
    """Return for how many layers each has the products of the matrix, and for how many the mult_adds."""
    names = rows[0].values
    right: dict[str, Value] = {name: sum(row.values[name] == 1 for row in rows) for name in names}
    usual: dict[str, Value] = {
        name: sum(row.values[name] == row.values["mult_adds"] for row in rows)
        for name in names
        if name != "ours"
    }
    return [
        Row(f"the entries, of {len(rows)} layers", right, at_least={"ours": len(rows)}),
        Row("the mult_adds, padding too", usual),
    ]
