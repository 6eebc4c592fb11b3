"""The algebra of convolutions: sparse matrices, closed-form costs, and proofs that the two agree.

>>> import convalgebra as ca
>>> conv = ca.conv(3, 128, input_size=(7, 7), kernel_size=3)
>>> conv.output_size, conv.shape, conv.multiplications
((5, 5), (3200, 147), 86400)
>>> separable, standard = (
...     ca.depthwise_separable("D", "N_c", ("H", "W"), "h"),
...     ca.conv("D", "N_c", ("H", "W"), "h"),
... )
>>> print(ca.text(ca.ratio(separable, standard)))
1/N_c + 1/h**2
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convalgebra.axis import Axis
    from convalgebra.catalogue.arithmetic import Relationship, relationships, same_output_sizes
    from convalgebra.catalogue.basic import conv, conv_transpose
    from convalgebra.catalogue.cheap import (
        depthwise,
        depthwise_separable,
        flattened,
        pointwise,
        spatially_separable,
    )
    from convalgebra.catalogue.dilated import dilated_polyphase, upsample_kernel
    from convalgebra.catalogue.fast import fourier_conv, winograd
    from convalgebra.catalogue.forms import im2col, locally_connected, volume_conv
    from convalgebra.catalogue.grouped import (
        channel_shuffle,
        connected,
        grouped,
        lenet5_c3,
        pointwise_grouped,
        resnext_block,
        shuffled_grouped,
    )
    from convalgebra.catalogue.resampling import (
        average_pool,
        cropped,
        decimation,
        padded,
        pixel_shuffle,
        pixel_unshuffle,
        space_to_depth,
        upsample_bilinear,
        upsample_nearest,
        zero_insertion,
    )
    from convalgebra.claims.claim import Claim, Finding, Judgement
    from convalgebra.claims.ledger import find_claim, judge, ledger
    from convalgebra.counting.closed import closed_form
    from convalgebra.counting.compare import Comparison, compare
    from convalgebra.counting.costs import Costs, costs
    from convalgebra.counting.measure import Counts, measure
    from convalgebra.counting.quantity import Quantity, flops
    from convalgebra.counting.ratio import ratio
    from convalgebra.derivation.costs import derive_cost
    from convalgebra.derivation.derivation import Derivation, Step, Verification
    from convalgebra.derivation.fields import derive_receptive_field
    from convalgebra.derivation.identities import derive_identity
    from convalgebra.derivation.outputs import derive_output_size
    from convalgebra.derivation.ratios import derive_ratio
    from convalgebra.errors import (
        ArgumentError,
        ConvalgebraError,
        MemoryLimitError,
        ShapeError,
        SymbolError,
    )
    from convalgebra.formulas import latex, text
    from convalgebra.networks.description import read_layers
    from convalgebra.networks.layer import Layer
    from convalgebra.networks.network import Network, network_of
    from convalgebra.networks.onnxfile import read_onnx
    from convalgebra.networks.torchmodule import read_torch
    from convalgebra.networks.zoo.models import zoo
    from convalgebra.operators.base import Operator
    from convalgebra.operators.composition import Product, Reshaped, Transposed
    from convalgebra.operators.conv import Conv
    from convalgebra.operators.filters import Filter
    from convalgebra.operators.fixed import Fixed
    from convalgebra.operators.fourier import Fourier
    from convalgebra.operators.gather import Gather
    from convalgebra.operators.kron import Kron
    from convalgebra.operators.leaves import Dense, Identity, TapWeights
    from convalgebra.operators.local import LocallyConnected
    from convalgebra.operators.moves import Selection, Unfold
    from convalgebra.operators.onweight import OnWeight
    from convalgebra.operators.pattern import ChannelPattern
    from convalgebra.operators.permutations import Permutation, Shuffle
    from convalgebra.operators.phases import Phases
    from convalgebra.operators.points import Evaluation, PointProducts, Spectrum
    from convalgebra.operators.rewriting import Rewrite
    from convalgebra.operators.rules import Rule
    from convalgebra.operators.sidebyside import BlockDiag, Sum
    from convalgebra.operators.stacks import HStack, VStack
    from convalgebra.properties.inverse import least_squares
    from convalgebra.properties.overlap import Overlap, overlap
    from convalgebra.properties.receptive import Window, receptive_field, windows
    from convalgebra.properties.separation import Separation, separate
    from convalgebra.reporting.doors import Report, report
    from convalgebra.reporting.snippets import snippet
    from convalgebra.sizes import symbol
    from convalgebra.theorems.table import identities
    from convalgebra.theorems.theorem import Checked, Need, Theorem, check

__version__ = "0.1.0"

# Where each public name lives. Loaded on first use, so that the command line starts at once.
_HOMES = {
    "axis": ("Axis",),
    "catalogue.arithmetic": (
        "Relationship",
        "relationships",
        "same_output_sizes",
    ),
    "catalogue.basic": (
        "conv",
        "conv_transpose",
    ),
    "catalogue.cheap": (
        "depthwise",
        "depthwise_separable",
        "flattened",
        "pointwise",
        "spatially_separable",
    ),
    "catalogue.dilated": (
        "dilated_polyphase",
        "upsample_kernel",
    ),
    "catalogue.fast": (
        "fourier_conv",
        "winograd",
    ),
    "catalogue.forms": (
        "im2col",
        "locally_connected",
        "volume_conv",
    ),
    "catalogue.grouped": (
        "channel_shuffle",
        "connected",
        "grouped",
        "lenet5_c3",
        "pointwise_grouped",
        "resnext_block",
        "shuffled_grouped",
    ),
    "catalogue.resampling": (
        "average_pool",
        "cropped",
        "decimation",
        "padded",
        "pixel_shuffle",
        "pixel_unshuffle",
        "space_to_depth",
        "upsample_bilinear",
        "upsample_nearest",
        "zero_insertion",
    ),
    "claims.claim": (
        "Claim",
        "Finding",
        "Judgement",
    ),
    "claims.ledger": (
        "find_claim",
        "judge",
        "ledger",
    ),
    "counting.closed": ("closed_form",),
    "counting.compare": (
        "Comparison",
        "compare",
    ),
    "counting.costs": (
        "Costs",
        "costs",
    ),
    "counting.measure": (
        "Counts",
        "measure",
    ),
    "counting.quantity": (
        "Quantity",
        "flops",
    ),
    "counting.ratio": ("ratio",),
    "derivation.costs": ("derive_cost",),
    "derivation.derivation": (
        "Derivation",
        "Step",
        "Verification",
    ),
    "derivation.fields": ("derive_receptive_field",),
    "derivation.identities": ("derive_identity",),
    "derivation.outputs": ("derive_output_size",),
    "derivation.ratios": ("derive_ratio",),
    "errors": (
        "ArgumentError",
        "ConvalgebraError",
        "MemoryLimitError",
        "ShapeError",
        "SymbolError",
    ),
    "formulas": (
        "latex",
        "text",
    ),
    "networks.description": ("read_layers",),
    "networks.layer": ("Layer",),
    "networks.network": (
        "Network",
        "network_of",
    ),
    "networks.onnxfile": ("read_onnx",),
    "networks.torchmodule": ("read_torch",),
    "networks.zoo.models": ("zoo",),
    "operators.base": ("Operator",),
    "operators.composition": (
        "Product",
        "Reshaped",
        "Transposed",
    ),
    "operators.conv": ("Conv",),
    "operators.filters": ("Filter",),
    "operators.fixed": ("Fixed",),
    "operators.fourier": ("Fourier",),
    "operators.gather": ("Gather",),
    "operators.kron": ("Kron",),
    "operators.leaves": (
        "Dense",
        "Identity",
        "TapWeights",
    ),
    "operators.local": ("LocallyConnected",),
    "operators.moves": (
        "Selection",
        "Unfold",
    ),
    "operators.onweight": ("OnWeight",),
    "operators.pattern": ("ChannelPattern",),
    "operators.permutations": (
        "Permutation",
        "Shuffle",
    ),
    "operators.phases": ("Phases",),
    "operators.points": (
        "Evaluation",
        "PointProducts",
        "Spectrum",
    ),
    "operators.rewriting": ("Rewrite",),
    "operators.rules": ("Rule",),
    "operators.sidebyside": (
        "BlockDiag",
        "Sum",
    ),
    "operators.stacks": (
        "HStack",
        "VStack",
    ),
    "properties.inverse": ("least_squares",),
    "properties.overlap": (
        "Overlap",
        "overlap",
    ),
    "properties.receptive": (
        "Window",
        "receptive_field",
        "windows",
    ),
    "properties.separation": (
        "Separation",
        "separate",
    ),
    "reporting.doors": (
        "Report",
        "report",
    ),
    "reporting.snippets": ("snippet",),
    "sizes": ("symbol",),
    "theorems.table": ("identities",),
    "theorems.theorem": (
        "Checked",
        "Need",
        "Theorem",
        "check",
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ArgumentError",
    "Axis",
    "BlockDiag",
    "ChannelPattern",
    "Checked",
    "Claim",
    "Comparison",
    "Conv",
    "ConvalgebraError",
    "Costs",
    "Counts",
    "Dense",
    "Derivation",
    "Evaluation",
    "Filter",
    "Finding",
    "Fixed",
    "Fourier",
    "Gather",
    "HStack",
    "Identity",
    "Judgement",
    "Kron",
    "Layer",
    "LocallyConnected",
    "MemoryLimitError",
    "Need",
    "Network",
    "OnWeight",
    "Operator",
    "Overlap",
    "Permutation",
    "Phases",
    "PointProducts",
    "Product",
    "Quantity",
    "Relationship",
    "Report",
    "Reshaped",
    "Rewrite",
    "Rule",
    "Selection",
    "Separation",
    "ShapeError",
    "Shuffle",
    "Spectrum",
    "Step",
    "Sum",
    "SymbolError",
    "TapWeights",
    "Theorem",
    "Transposed",
    "Unfold",
    "VStack",
    "Verification",
    "Window",
    "average_pool",
    "channel_shuffle",
    "check",
    "closed_form",
    "compare",
    "connected",
    "conv",
    "conv_transpose",
    "costs",
    "cropped",
    "decimation",
    "depthwise",
    "depthwise_separable",
    "derive_cost",
    "derive_identity",
    "derive_output_size",
    "derive_ratio",
    "derive_receptive_field",
    "dilated_polyphase",
    "find_claim",
    "flattened",
    "flops",
    "fourier_conv",
    "grouped",
    "identities",
    "im2col",
    "judge",
    "latex",
    "least_squares",
    "ledger",
    "lenet5_c3",
    "locally_connected",
    "measure",
    "network_of",
    "overlap",
    "padded",
    "pixel_shuffle",
    "pixel_unshuffle",
    "pointwise",
    "pointwise_grouped",
    "ratio",
    "read_layers",
    "read_onnx",
    "read_torch",
    "receptive_field",
    "relationships",
    "report",
    "resnext_block",
    "same_output_sizes",
    "separate",
    "shuffled_grouped",
    "snippet",
    "space_to_depth",
    "spatially_separable",
    "symbol",
    "text",
    "upsample_bilinear",
    "upsample_kernel",
    "upsample_nearest",
    "volume_conv",
    "windows",
    "winograd",
    "zero_insertion",
    "zoo",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'convalgebra' has no attribute {name!r}")
    value = getattr(import_module(f"convalgebra.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
