"""Outside frameworks as oracles: each gives a convolution's matrix by running it on the identity basis."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tests.conftest import optional

Keywords = dict[str, Any]
ONNX_MODES = {"zeros": "constant", "circular": "wrap", "reflect": "reflect", "replicate": "edge"}
TORCH_MODES = ONNX_MODES | {"circular": "circular", "replicate": "replicate"}


def basis(keywords: Keywords, dtype: Any) -> np.ndarray:
    """Return one image per input value, a one at its place."""
    shape = (keywords["in_channels"], *keywords["input_size"])
    return np.eye(prod(shape), dtype=dtype).reshape(-1, *shape)


def columns(result: np.ndarray) -> np.ndarray:
    """Return the matrix whose columns are the images that came out."""
    exact = result.astype(np.int64)
    assert (exact == result).all()
    return exact.reshape(len(result), -1).T


def crop(image: Any, padding: Any) -> Any:
    """Cut off what negative padding takes away, after positive padding has been added."""
    inside = [slice(max(-lo, 0), image.shape[2 + a] - max(-hi, 0)) for a, (lo, hi) in enumerate(padding)]
    return image[(slice(None), slice(None), *inside)]


def upright(keywords: Keywords, weight: np.ndarray) -> np.ndarray:
    spatial = tuple(range(2, weight.ndim))
    return np.flip(weight, spatial).copy() if keywords.get("flip") else weight


# --- ONNX Runtime: float32, in which integers below 2**24 are exact ---


def onnx_run(kind: str, attributes: Keywords, **inputs: np.ndarray) -> np.ndarray:
    helper, runtime = optional("onnx").helper, optional("onnxruntime")
    node = helper.make_node(kind, list(inputs), ["y"], **attributes)

    def value(name: str, array: np.ndarray, shape: Any) -> Any:
        return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), shape)

    given = [value(name, array, array.shape) for name, array in inputs.items()]
    graph = helper.make_graph([node], "one", given, [value("y", inputs["x"], None)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    session = runtime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, inputs)[0]


def onnx_conv(keywords: Keywords, weight: np.ndarray) -> np.ndarray:
    """Pad and Conv of ONNX; reflection must stay below the size."""
    padding = keywords["padding"]
    begins, ends = ([max(pair[side], 0) for pair in padding] for side in (0, 1))
    pads = np.array([0, 0, *begins, 0, 0, *ends], np.int64)
    image = onnx_run(
        "Pad", {"mode": ONNX_MODES[keywords["padding_mode"]]}, x=basis(keywords, np.float32), pads=pads
    )
    attributes = {
        "kernel_shape": keywords["kernel_size"],
        "strides": keywords["stride"],
        "dilations": keywords["dilation"],
        "group": keywords["groups"],
    }
    w = upright(keywords, weight).astype(np.float32)
    return columns(onnx_run("Conv", attributes, x=np.ascontiguousarray(crop(image, padding)), w=w))


def onnx_conv_transpose(keywords: Keywords, weight: np.ndarray) -> np.ndarray:
    """ConvTranspose of ONNX: no negative pads, so these are left to the loops."""
    attributes = {
        "kernel_shape": keywords["kernel_size"],
        "strides": keywords["stride"],
        "dilations": keywords["dilation"],
        "group": keywords["groups"],
        "pads": [pair[side] for side in (0, 1) for pair in keywords["padding"]],
        "output_padding": keywords["output_padding"],
    }
    x = basis(keywords, np.float32)
    return columns(onnx_run("ConvTranspose", attributes, x=x, w=weight.astype(np.float32)))


# --- torch: int64, exact whatever the size ---


def torch_conv(keywords: Keywords, weight: np.ndarray) -> np.ndarray:
    """F.pad and F.conv*d of torch, up to three axes; reflection below the size, circles up to it."""
    torch = optional("torch")
    rank, padding = len(keywords["input_size"]), keywords["padding"]
    pads = [max(side, 0) for pair in reversed(padding) for side in pair]
    image = torch.from_numpy(basis(keywords, np.float64))
    image = torch.nn.functional.pad(image, pads, TORCH_MODES[keywords["padding_mode"]])
    image = crop(image, padding).to(torch.int64)
    conv = getattr(torch.nn.functional, f"conv{rank}d")
    w = torch.from_numpy(upright(keywords, weight))
    result = conv(
        image,
        w,
        stride=keywords["stride"],
        dilation=keywords["dilation"],
        groups=keywords["groups"],
    )
    return columns(result.numpy())


def torch_conv_transpose(keywords: Keywords, weight: np.ndarray) -> np.ndarray:
    """F.conv_transpose*d of torch, up to three axes; symmetric padding only."""
    torch = optional("torch")
    conv = getattr(torch.nn.functional, f"conv_transpose{len(keywords['input_size'])}d")
    result = conv(
        torch.from_numpy(basis(keywords, np.int64)),
        torch.from_numpy(weight),
        stride=keywords["stride"],
        padding=tuple(lo for lo, _ in keywords["padding"]),
        output_padding=keywords["output_padding"],
        groups=keywords["groups"],
        dilation=keywords["dilation"],
    )
    return columns(result.numpy())
