"""Functions of arrays, called with numpy: what a torch module or an ONNX session needs besides is added.

Neither library is imported here: where a module or a session comes in, its user has it loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convalgebra.errors import ArgumentError
from convalgebra.weights import Array

_BATCH = 64
_ONNX_TYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
}


@dataclass(frozen=True)
class Callee:
    """A function to call with inputs of ``dtype``, ``batch`` at a time along a leading axis (0: none)."""

    function: Callable[[Array], Any]
    dtype: np.dtype[Any]
    batch: int
    what: str

    def outputs(self, inputs: Array, shape: tuple[int, ...]) -> Array:
        """Return the outputs for inputs stacked along a first axis; each must have the shape.

        Raises ``AssertionError`` for another shape, ``ArgumentError`` for what is no array of numbers.
        """
        __tracebackhide__ = True
        inputs = np.ascontiguousarray(inputs.astype(self.dtype))
        if self.batch == 0:
            return np.stack([self._checked(self.function(x), shape) for x in inputs])
        parts = [inputs[at : at + self.batch] for at in range(0, len(inputs), self.batch)]
        return np.concatenate([self._batch(part, shape) for part in parts])

    def _batch(self, part: Array, shape: tuple[int, ...]) -> Array:
        """Call with a full batch, zeros put behind the last one: some models take no other."""
        __tracebackhide__ = True
        full = np.zeros((self.batch, *part.shape[1:]), part.dtype)
        full[: len(part)] = part
        return self._checked(self.function(full), (self.batch, *shape))[: len(part)]

    def _checked(self, result: Any, shape: tuple[int, ...]) -> Array:
        __tracebackhide__ = True
        found = np.asarray(result)
        if found.dtype.kind not in "iufcb":
            raise ArgumentError(
                f"{self.what} returned {type(result).__name__}, which is no array of numbers"
            )
        if found.shape != shape:
            hint = "" if self.batch else "; where it wants a batch axis, give batch=1"
            raise AssertionError(f"{self.what} gives the shape {found.shape} where {shape} is due{hint}")
        return found


def callee(function: Any, rank: int, dtype: Any, batch: int | None, what: str) -> Callee:
    """Return what is to be called: a function of arrays, a torch module or an ONNX Runtime session.

    ``rank`` is that of one input, ``dtype`` and ``batch`` what the user asks for, or None.
    """
    if batch is not None and (not isinstance(batch, int) or isinstance(batch, bool) or batch < 0):
        raise ArgumentError(
            f"batch={batch!r} must be how many inputs are given at a time, 0 for no batch axis"
        )
    chosen = None if dtype is None else check_dtype(dtype)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(function, torch.nn.Module):
        return _module(torch, function, chosen, batch or 0, what)
    if hasattr(function, "run") and hasattr(function, "get_inputs"):
        return _session(function, rank, chosen, batch, what)
    if not callable(function):
        raise ArgumentError(f"{what}={function!r} must be a function of an array")
    return Callee(function, chosen or np.dtype(np.int64), batch or 0, what)


def check_dtype(dtype: Any) -> np.dtype[Any]:
    """Return a dtype that inputs may have; raise ``ArgumentError`` for one without negative numbers.

    >>> check_dtype("float32")
    dtype('float32')
    """
    found: np.dtype[Any] | None
    try:
        found = np.dtype(dtype)
    except (TypeError, ValueError, SyntaxError):
        found = None
    if found is None or found.kind not in "ifc":
        raise ArgumentError(
            f"dtype={dtype!r} must be signed integers, floats or complex numbers, "
            "such as 'int64' or 'float32'"
        )
    return found


def check_tolerance(tolerance: Any) -> None:
    """Raise ``ArgumentError`` unless a tolerance is a number that is not negative."""
    if (
        not isinstance(tolerance, int | float | np.integer | np.floating)
        or isinstance(tolerance, bool)
        or not tolerance >= 0
    ):
        raise ArgumentError(f"tolerance={tolerance!r} must be a number that is not negative")


def _module(torch: Any, module: Any, dtype: np.dtype[Any] | None, batch: int, what: str) -> Callee:
    """Run a torch module on tensors of its own type, without gradients."""
    own = next((p.detach().cpu().numpy().dtype for p in module.parameters()), np.dtype(np.float32))
    device = next((p.device for p in module.parameters()), None)

    def run(x: Array) -> Any:
        with torch.no_grad():
            return module(torch.from_numpy(x).to(device)).cpu().numpy()

    return Callee(run, dtype or own, batch, what)


def _session(session: Any, rank: int, dtype: np.dtype[Any] | None, batch: int | None, what: str) -> Callee:
    """Run an ONNX Runtime session of one input; a batch axis is seen in the shape it declares."""
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise ArgumentError(
            f"{what} has the inputs {', '.join(i.name for i in inputs)}; wrap it: "
            "lambda x: session.run(None, {...})[0]"
        )
    declared = inputs[0].shape
    if batch is None:
        first = declared[0] if len(declared) == rank + 1 else 0
        batch = first if isinstance(first, int) else _BATCH
    own = np.dtype(_ONNX_TYPES.get(inputs[0].type, "float32"))
    return Callee(lambda x: session.run(None, {inputs[0].name: x})[0], dtype or own, batch, what)
