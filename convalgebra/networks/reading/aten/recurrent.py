"""Recurrent layers: each of a stack a node of ONNX's, its gates in ONNX's order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convalgebra.networks.reading.aten.call import Call, Ref
from convalgebra.networks.reading.aten.pooling import foreign

# ONNX's type, its activation where that is not tanh, and PyTorch's gates in ONNX's order.
_KINDS: dict[str, tuple[str, str, tuple[int, ...]]] = {
    "lstm": ("LSTM", "", (0, 3, 1, 2)),  # i, f, g, o there; i, o, f, c here
    "gru": ("GRU", "", (1, 0, 2)),  # r, z, n there; z, r, h here
    "rnn_tanh": ("RNN", "", (0,)),
    "rnn_relu": ("RNN", "Relu", (0,)),
}
CELLS = tuple(f"{kind}_cell" for kind in _KINDS)


def recurrent(call: Call) -> None:
    """lstm, gru, rnn_tanh, rnn_relu; packed sequences and projected states have no word."""
    if "params" not in call.given or "input" not in call.given:
        foreign(call)
        return
    ways = 2 if call["bidirectional"] else 1
    each = 4 if call["has_biases"] else 2
    parts: list[Ref] = call["params"]
    hidden = call["hx"][0].shape[-1] if isinstance(call["hx"], list) else call["hx"].shape[-1]
    layers = int(call["num_layers"])
    op_type, _, order = _kind(call)
    if len(parts) != layers * ways * each or any(part.shape[0] != len(order) * hidden for part in parts):
        foreign(call)  # a projection of the state
        return
    first, *states = call.out
    value: Ref | str = call["input"]
    last: list[list[str]] = [[] for _ in states]
    for layer in range(layers):
        own = parts[layer * ways * each : (layer + 1) * ways * each]
        weights = _weights(call, [own[way * each : (way + 1) * each] for way in range(ways)])
        made = _layer(
            call, op_type, layer, value, weights, [_first(call, n, layer, ways) for n in _given(call)]
        )
        value = _beside(call, made[0], ways, first.name if layer == layers - 1 else None)
        for state, name in zip(last, made[1:], strict=True):
            state.append(name)
    for place, (ref, names) in enumerate(zip(states, last, strict=True), start=1):
        if call.is_read(place):
            call.write("Concat", names, [ref.name], part="state", axis=0)


def cell(call: Call) -> None:
    """lstm_cell, gru_cell, rnn_tanh_cell, rnn_relu_cell: a sequence of one step."""
    op_type, activation, _ = _kind(call)
    names = ("w_ih", "w_hh", "b_ih", "b_hh")
    weights = _weights(call, [[call[name] for name in names if call.get(name) is not None]])
    axis = call.hold([0])
    x, *states = (call.between("Unsqueeze", [value, axis]) for value in (call["input"], *_given(call)))
    made = ["", *(call.program.values.new(f"{ref.name}/step") for ref in call.out)]
    given: dict[str, Any] = {"activations": [activation]} if activation else {}
    if op_type == "GRU":
        given["linear_before_reset"] = 1
    inputs = [x, *weights, *[None] * (4 - len(weights)), *states]
    call.write(op_type, inputs, made, hidden_size=call.out[0].shape[-1], **given)
    for ref, name in zip(call.out, made[1:], strict=True):
        call.write("Squeeze", [name, axis], [ref.name], part="state")


def _kind(call: Call) -> tuple[str, str, tuple[int, ...]]:
    return _KINDS[call.kind.removesuffix("_cell")]


def _given(call: Call) -> list[Ref]:
    """Return the first states, nothing where they are zeros that PyTorch itself makes."""
    states: list[Ref] = call["hx"] if isinstance(call["hx"], list) else [call["hx"]]
    held = [call.program.constants.get(state.name) for state in states]
    return [] if all(one is not None and one.origin == "buffer" for one in held) else states


def _layer(
    call: Call, op_type: str, layer: int, value: Ref | str, weights: Sequence[str], states: Sequence[str]
) -> list[str]:
    """Write the node of one layer; return the names of all its outputs, of the last state, of the cell."""
    activation = _kind(call)[1]
    ways = 2 if call["bidirectional"] else 1
    given: dict[str, Any] = {"activations": [activation] * ways} if activation else {}
    if op_type == "GRU":
        given["linear_before_reset"] = 1
    names = [
        call.program.values.new(f"{call.out[0].name}/{layer}.{part}")
        if not part or call.is_read(part)
        else ""
        for part in range(len(call.out))
    ]
    several = int(call["num_layers"]) > 1
    first = bool(call["batch_first"])
    outputs = names if not first else [names[0], *(name and f"{name}/turned" for name in names[1:])]
    call.write(
        op_type,
        [value, *weights, *[None] * (4 - len(weights)), *states],
        outputs,
        part=str(layer) if several else "",
        hidden_size=call.out[1].shape[-1],
        direction="bidirectional" if ways == 2 else "forward",
        layout=int(first),
        **given,
    )
    for turned, name in zip(outputs[1:], names[1:], strict=True) if first else ():
        if name:
            call.write("Transpose", [turned], [name], part="state", perm=[1, 0, 2])
    return names


def _beside(call: Call, value: str, ways: int, name: str | None) -> str:
    """Write what puts the outputs of both directions beside each other; return its name."""
    made = name or call.program.values.new(f"{call.out[0].name}/beside")
    if not call["batch_first"]:
        value = call.between("Transpose", [value], perm=[0, 2, 1, 3])
    sizes = call.hold([0, 0, ways * call.out[1].shape[-1]])  # steps and batch as before
    return call.write("Reshape", [value, sizes], [made], part="reshape")


def _weights(call: Call, ways: Sequence[Sequence[Ref]]) -> list[str]:
    """Return the names of W, R and B, an entry of axis 0 for each direction."""
    each = [[_ordered(call, part) for part in way] for way in ways]
    stacks = [[way[0] for way in each], [way[1] for way in each]]
    if len(each[0]) == 4:
        stacks.append([call.between("Concat", way[2:], axis=0) for way in each])
    found = []
    for names in stacks:
        rows = [call.between("Unsqueeze", [name, call.hold([0])]) for name in names]
        found.append(rows[0] if len(rows) == 1 else call.between("Concat", rows, axis=0))
    return found


def _ordered(call: Call, part: Ref) -> str:
    """Return the name of a weight with its gates in ONNX's order."""
    order = _kind(call)[2]
    if len(order) == 1:
        return part.name
    hidden = part.shape[0] // len(order)
    rows = [row for gate in order for row in range(gate * hidden, (gate + 1) * hidden)]
    return call.between("Gather", [part, call.hold(rows)], axis=0)


def _first(call: Call, state: Ref, layer: int, ways: int) -> str:
    """Return the name of a layer's part of a first state."""
    bounds = [call.hold([v]) for v in (layer * ways, (layer + 1) * ways, 0, 1)]
    part = call.between("Slice", [state, *bounds])
    return call.between("Transpose", [part], perm=[1, 0, 2]) if call["batch_first"] else part
