"""What is done to each value by itself, or to two of the same place."""

from __future__ import annotations

from typing import Any

from convalgebra.networks.reading.aten.call import Call, Ref, Translation, axis_of

_ATTRIBUTES = {
    "alpha": "alpha",
    "negative_slope": "alpha",
}


def one(op_type: str) -> Translation:
    """Return the translation of a function of one tensor, its slope as an attribute."""

    def translate(call: Call) -> None:
        given: dict[str, Any] = {
            new: float(call[old]) for old, new in _ATTRIBUTES.items() if call.get(old) is not None
        }
        call.write(op_type, [call.x], **given)

    return translate


def two(op_type: str) -> Translation:
    """Return the translation of a function of two tensors or numbers; ``alpha`` scales the second."""

    def translate(call: Call) -> None:
        left, right = [v for name, v in call.given.items() if name in {"self", "other", "exponent"}][:2]
        second = call.operand(right)
        if call.get("alpha", 1) != 1:
            second = call.between("Mul", [second, call.operand(call["alpha"])])
        call.write(op_type, [call.operand(left), second])

    return translate


def reversed_sub(call: Call) -> None:
    """rsub: the second less the first."""
    first = call["self"].name
    if call.get("alpha", 1) != 1:
        first = call.between("Mul", [first, call.operand(call["alpha"])])
    call.write("Sub", [call.operand(call["other"]), first])


def clip(low: float | None = None, high: float | None = None) -> Translation:
    """Return the translation of a function that bounds values: by these, or by what the call says."""

    def translate(call: Call) -> None:
        least = low if low is not None else call.get("min_val", call.get("min"))
        most = high if high is not None else call.get("max_val", call.get("max"))
        call.write("Clip", [call.x, *(None if v is None else call.operand(v) for v in (least, most))])

    return translate


def silu(call: Call) -> None:
    """silu: x times its sigmoid, one function in ONNX too."""
    call.write("Swish", [call.x])


def softmax(op_type: str) -> Translation:
    """Return the translation of a softmax along an axis."""

    def translate(call: Call) -> None:
        call.write(op_type, [call.x], axis=int(call["dim"]))

    return translate


def where(call: Call) -> None:
    """where: one of two values."""
    call.write("Where", [call["condition"], call.operand(call["self"]), call.operand(call["other"])])


def glu(call: Call) -> None:
    """glu: one half of an axis times the sigmoid of the other."""
    axis = axis_of(call["dim"], call.x.rank)
    half = call.x.shape[axis] // 2
    parts = [call.program.values.new(f"{call.out[0].name}/{name}") for name in ("value", "gate")]
    call.write("Split", [call.x, call.hold([half, half])], parts, part="split", axis=axis)
    call.write("Mul", [parts[0], call.between("Sigmoid", [parts[1]])])


def gelu(call: Call) -> None:
    """gelu, exact or by tanh."""
    call.write("Gelu", [call.x], approximate=call.get("approximate", "none"))


def prelu(call: Call) -> None:
    """prelu: a slope per channel, its axis followed by those of the image."""
    weight: Ref = call["weight"]
    shape = [weight.shape[0], *[1] * max(call.x.rank - 2, 0)]
    slope = call.between("Reshape", [weight, call.hold(shape)]) if len(shape) > 1 else weight
    call.write("PRelu", [call.x, slope])
