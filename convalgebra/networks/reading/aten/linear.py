"""Convolutions, matrix products and norms."""

from __future__ import annotations

from convalgebra.networks.reading.aten.call import Call, Ref, per_axis


def conv(call: Call) -> None:
    """conv1d, conv2d, conv3d; padding as numbers or as "same", whose odd one is behind."""
    weight: Ref = call["weight"]
    kernel = weight.shape[2:]
    count = len(kernel)
    dilations = per_axis(call["dilation"], count, 1)
    padding = call["padding"]
    if padding == "same":
        reach = [d * (m - 1) for m, d in zip(kernel, dilations, strict=True)]
        pads = [r // 2 for r in reach] + [r - r // 2 for r in reach]
    else:
        pads = [0] * (2 * count) if padding == "valid" else per_axis(padding, count) * 2
    # Beside ONNX's numbers stays PyTorch's word, where it is one: some counters do not know it.
    word = {"padding": padding} if isinstance(padding, str) else {}
    call.write(
        "Conv",
        [call["input"], weight, call.get("bias")],
        kernel_shape=list(kernel),
        strides=per_axis(call["stride"], count, 1),
        pads=pads,
        dilations=dilations,
        group=call["groups"],
        **word,
    )


def conv_transpose(call: Call) -> None:
    """conv_transpose1d, 2d, 3d."""
    weight: Ref = call["weight"]
    count = weight.rank - 2
    call.write(
        "ConvTranspose",
        [call["input"], weight, call.get("bias")],
        kernel_shape=list(weight.shape[2:]),
        strides=per_axis(call["stride"], count, 1),
        pads=per_axis(call["padding"], count) * 2,
        output_padding=per_axis(call["output_padding"], count),
        dilations=per_axis(call["dilation"], count, 1),
        group=call["groups"],
    )


def convolution(call: Call) -> None:
    """The call that both of them are below."""
    (conv_transpose if call["transposed"] else conv)(call)


def linear(call: Call) -> None:
    """linear: Gemm for a matrix, MatMul and Add for more axes."""
    x, weight, bias = call["input"], call["weight"], call.get("bias")
    if x.rank == 2:
        call.write("Gemm", [x, weight, bias], transB=1)
    elif bias is None:
        call.write("MatMul", [x, call.turned(weight)])
    else:
        product = call.between("MatMul", [x, call.turned(weight)], part="")
        call.write("Add", [product, bias], part="bias")


def addmm(call: Call) -> None:
    """addmm: bias plus a matrix product."""
    call.write(
        "Gemm",
        [call["mat1"], call["mat2"], call["self"]],
        alpha=float(call["alpha"]),
        beta=float(call["beta"]),
    )


def matmul(call: Call) -> None:
    """matmul, mm, bmm: two factors."""
    call.write("MatMul", [value for value in call.given.values() if isinstance(value, Ref)])


def einsum(call: Call) -> None:
    """einsum: the sum that its text writes."""
    call.write("Einsum", call["tensors"], equation=call["equation"])


def attention(call: Call) -> None:
    """scaled_dot_product_attention: two matrix products with a softmax between."""
    query, key, value = call["query"], call["key"], call["value"]
    scale = call.get("scale", query.shape[-1] ** -0.5)
    scores = call.between("MatMul", [query, call.turned(key)])
    scores = call.between("Mul", [scores, call.hold(scale, "float32")])
    if call.get("attn_mask") is not None:
        scores = call.between("Add", [scores, call["attn_mask"]])
    call.write("MatMul", [call.between("Softmax", [scores], axis=-1), value])


def batch_norm(call: Call) -> None:
    """batch_norm, with the running mean and variance."""
    inputs = [call.get(name) for name in ("weight", "bias", "running_mean", "running_var")]
    call.write(
        "BatchNormalization",
        [call["input"], *inputs],
        [call.out[0].name],
        epsilon=float(call.get("eps", 1e-5)),
        momentum=1 - float(call.get("momentum", 0.1)),
    )


def layer_norm(call: Call) -> None:
    """layer_norm over the last axes."""
    axes = len(call["normalized_shape"])
    call.write(
        "LayerNormalization",
        [call["input"], call.get("weight"), call.get("bias")],
        axis=-axes,
        epsilon=float(call["eps"]),
    )


def group_norm(call: Call) -> None:
    """group_norm: each group of channels by itself."""
    call.write(
        "GroupNormalization",
        [call["input"], call.get("weight"), call.get("bias")],
        num_groups=int(call["num_groups"]),
        epsilon=float(call["eps"]),
    )


def instance_norm(call: Call) -> None:
    """instance_norm: each channel of each image by itself."""
    call.write(
        "InstanceNormalization",
        [call["input"], call.get("weight"), call.get("bias")],
        epsilon=float(call["eps"]),
    )


def embedding(call: Call) -> None:
    """embedding: rows of a table."""
    call.write("Gather", [call["weight"], call["indices"]], axis=0)
