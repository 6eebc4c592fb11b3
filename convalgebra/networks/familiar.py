"""What other libraries call the layers and options of a description: for hints, never read as such."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

# Names that no likeness of letters finds, by the name here.
_TYPES = {
    "linear": ("fc", "dense", "gemm", "fully_connected", "inner_product", "matmul"),
    "conv_transpose": ("deconv", "deconvolution", "up_conv", "transposed_conv", "transpose_conv"),
    "resize": ("upsample", "upsampling", "interpolate", "up", "zoom"),
    "batch_norm": ("bn", "norm", "batch_normalization", "batch_normalisation"),
    "lrn": ("local_response_norm",),
    "average_pool": ("avg_pool", "mean_pool"),
    "global_average_pool": ("gap", "global_avg_pool", "adaptive_average_pool", "adaptive_avg_pool"),
    "max_pool": ("pool", "pooling"),
    "depthwise": ("depthwise_conv", "dw_conv"),
    "depthwise_separable": ("separable_conv", "separable"),
    "concat": ("cat", "concatenate", "merge"),
    "multiply": ("mul",),
    "add": ("sum", "residual", "shortcut", "eltwise", "skip"),
    "conv": ("convolution", "convolutional"),
    "reshape": ("view",),
    "transpose": ("permute",),
    "pixel_shuffle": ("depth_to_space",),
    "pad": ("padding", "zero_pad", "zero_padding"),
}
_OPTIONS = {
    "out_channels": ("out", "filters", "channels", "num_output", "features", "planes", "num_filters"),
    "kernel_size": ("kernel", "k", "size", "filter_size", "kernel_shape", "ksize", "pool_size", "window"),
    "stride": ("s", "strides"),
    "padding": ("pad", "pads", "p", "padding_size"),
    "dilation": ("dilations", "dilation_rate", "rate"),
    "groups": ("group",),
    "bias": ("use_bias", "bias_term"),
    "out_features": ("out", "units", "features", "classes", "num_output", "out_channels"),
    "factor": ("scale", "scale_factor", "upscale_factor", "block_size"),
    "size": ("output_size", "out_size"),
    "inputs": ("input", "from", "bottom", "bottoms", "source", "sources"),
    "axis": ("dim",),
    "order": ("perm", "dims"),
    "eps": ("epsilon",),
}


def nearest_types(written: str, known: Collection[str]) -> list[str]:
    """Return the types that a name of another library means, or those near it by their letters.

    >>> nearest_types("MaxPool2d", ("conv", "max_pool")), nearest_types("Dense", ("conv", "linear"))
    (['max_pool'], ['linear'])
    """
    plain = _plain(written)
    for name in known:
        if plain in {_plain(other) for other in (name, *_TYPES.get(name, ()))}:
            return [name]
    return get_close_matches(written.lower(), known, 3, 0.5)


def meant_option(written: str, known: Collection[str]) -> str | None:
    """Return the option that a name of another library means; None where it is no such name.

    >>> meant_option("filters", ("out_channels", "stride")), meant_option("colour", ("stride",))
    ('out_channels', None)
    """
    found = (name for name, others in _OPTIONS.items() if name in known and written.lower() in others)
    return next(found, None)


def _plain(name: str) -> str:
    """Return a name without case, underscores and the number of its axes: "maxpool" of MaxPool2d."""
    plain = name.lower().replace("_", "").replace("-", "").replace(" ", "")
    return plain[:-2] if plain[-2:] in ("1d", "2d", "3d") else plain
