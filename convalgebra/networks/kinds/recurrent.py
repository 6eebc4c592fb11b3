"""Recurrent layers: at each step a product with the input, one with the state, and products of gates."""

from __future__ import annotations

from dataclasses import dataclass

from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.networks.graph import Shape
from convalgebra.networks.kinds.norms import by_channel
from convalgebra.networks.kinds.seen import Effect, Seen, UnsupportedError, agreed, listed, repeated
from convalgebra.operators.leaves import Dense
from convalgebra.proofs import Size, is_number


@dataclass(frozen=True)
class _Cell:
    """How many gates there are, and for each value of the state the products and sums of two values."""

    gates: int
    products: int = 0
    sums: int = 0


# As ONNX writes them. LSTM: f * c + i * g, o * tanh(c). GRU: r * h, (1 - z) * n + z * h.
_CELLS = {"RNN": _Cell(1), "GRU": _Cell(3, 3, 2), "LSTM": _Cell(4, 3, 1)}
_PEEPHOLES = 3  # each a product and a sum


def recurrent(seen: Seen) -> Effect:
    """RNN, GRU and LSTM: at each step W with the input and R with the state, in one direction or both.

    The input is (steps, batch, size), with ``layout=1`` (batch, steps, size); steps may be a name. The
    matrices count as linear; what is done to each value (gates, peepholes, biases) is a layer of its own,
    an "other", as a product or a sum of two values is elsewhere. A first state that is left out is
    multiplied as any other. Counts are those of one entry of the network's batch, axis 0 of its input.
    """
    x, weight, state = seen.shape(0), seen.shape(1), seen.shape(2)
    cell = _CELLS[seen.node.op_type]
    if not len(x) == len(weight) == len(state) == 3:
        raise ShapeError(f"{seen.node.op_type} takes three axes, not {listed(x)} and {listed(weight)}")
    ways = 2 if seen.attribute("direction", "forward") == "bidirectional" else 1
    hidden = state[2]
    if seen.attribute("hidden_size") is not None:
        agreed([seen.size("hidden_size", hidden), hidden], (state,))
    rows = cell.gates * hidden
    agreed([weight[0], ways], (weight,))
    agreed([state[0], ways], (state,))
    agreed([weight[1], rows], (weight, state))
    agreed([state[1], rows], (state,))
    columns, conditions = agreed([x[2], weight[2]], (x, weight))
    shapes = _shapes(x, ways, hidden, _layout(seen))
    _check_lengths(seen, x[_layout(seen)], shapes)
    if seen.attribute("input_forget", 0):
        raise UnsupportedError("gates that are coupled (input_forget)", shapes)
    times = seen.for_one_image(x[:2]) * ways
    held = {"weight": (1, 2)} | ({"bias": (3,)} if seen.has(3) else {})
    more = _PEEPHOLES if seen.has(7) else 0
    values = times * hidden
    products, sums = cell.products + more, cell.sums + more + (2 * cell.gates if seen.has(3) else 0)
    each = Effect(
        (shapes[0],),
        "other",
        counted=by_channel((products * values,)) if products else None,
        additions=sums * values,
        held={"other": (7,)} if more else {},
    )
    return Effect(
        shapes,
        "linear",
        counted=repeated(Dense(rows, columns + hidden), times),
        held=held,
        conditions=tuple(conditions),
        cell=each if products or sums else None,
    )


def _layout(seen: Seen) -> int:
    given = seen.attribute("layout", 0)
    if given not in (0, 1):
        raise ArgumentError(f"layout={given!r} must be 0 or 1")
    return int(given)


def _shapes(x: Shape, ways: int, hidden: Size, layout: int) -> tuple[Shape, ...]:
    """Return the shapes of all outputs, of the last state, and of the last cell."""
    if layout:
        return (x[0], x[1], ways, hidden), *((x[0], ways, hidden),) * 2
    return (x[0], ways, x[1], hidden), *((ways, x[1], hidden),) * 2


def _check_lengths(seen: Seen, steps: Size, shapes: tuple[Shape, ...]) -> None:
    """Raise ``UnsupportedError`` where sequences may end before the last step."""
    if not seen.has(4):
        return
    lengths = seen.value(4)
    if lengths is None or not is_number(steps) or any(n != steps for n in lengths.reshape(-1).tolist()):
        raise UnsupportedError("sequences that may end before the last step (sequence_lens)", shapes)
