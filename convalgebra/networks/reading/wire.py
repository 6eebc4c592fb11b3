"""A model file's bytes without its weights: what is left is small, and parsed by the library for it.

A protobuf message is a list of fields, each a number and a value; where a value is a message itself, it is
one inside the other. The walk here keeps the fields that shapes and costs need, leaves out the bytes of
weights and remembers where they stand, and stops at a bound of parts, of bytes and of depth, before
anything that costs more is made of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from mmap import mmap
from types import MappingProxyType
from typing import TypeAlias

from convalgebra.errors import ArgumentError

HELD = 4096  # bytes of a tensor's values that are kept; what is longer stays in the file
MOST_PARTS = 500_000
MOST_BYTES = 2**25  # of what is kept, names and shapes and attributes
DEEPEST = 32
LONGEST_VARINT = 10
LONGEST_TEXT = 2**14

Where: TypeAlias = tuple[tuple[int, int], ...]

# What is kept of each message: a field's number, and the message that its value is. Graphs inside nodes,
# functions, training and texts of documentation are left out.
_TEXT, _PLAIN = "text", ""
_KEPT: Mapping[str, Mapping[int, str]] = MappingProxyType(
    {
        "model": {1: _PLAIN, 7: "graph", 8: "opset"},
        "opset": {1: _TEXT, 2: _PLAIN},
        "graph": {1: "node", 5: "tensor", 11: "named", 12: "named", 13: "named", 15: "sparse"},
        "node": {1: _TEXT, 2: _TEXT, 3: _TEXT, 4: _TEXT, 5: "attribute", 7: _TEXT},
        "attribute": {
            **dict.fromkeys((2, 3, 4, 7, 8, 9, 20), _PLAIN),
            **{1: _TEXT, 5: "tensor", 10: "tensor", 22: "sparse", 23: "sparse"},
        },
        "tensor": {**dict.fromkeys((1, 2, 4, 5, 6, 7, 9, 10, 11, 14), _PLAIN), 8: _TEXT, 13: "pair"},
        "sparse": {1: "tensor", 2: "tensor", 3: _PLAIN},
        "pair": {1: _TEXT, 2: _TEXT},
        "named": {1: _TEXT, 2: "type"},
        "type": {1: "array", 4: _PLAIN, 5: _PLAIN, 7: _PLAIN, 8: _PLAIN, 9: _PLAIN},
        "array": {1: _PLAIN, 2: "shape"},
        "shape": {1: "dimension"},
        "dimension": {1: _PLAIN, 2: _TEXT},
    }
)
_VALUES = frozenset({4, 5, 6, 7, 9, 10, 11})  # of a tensor
_FIXED = {1: 8, 5: 4}  # bytes of a value of fixed length, by its wire type
FUNCTIONS = 25  # of a model


@dataclass(frozen=True)
class Slim:
    """A message without the bytes of its weights.

    ``cut`` tells of each tensor whose values were left out where it stands in the file: from the message
    down, (number of the field, how manieth), to its first byte and the one behind its last.
    """

    data: bytes
    cut: Mapping[Where, tuple[int, int]]
    functions: int = 0


def slim(data: bytes | mmap, held: int = HELD) -> Slim:
    """Return the message of a model file without what is large or not looked at.

    Raises ``ArgumentError`` where the bytes are no such message, or more of one than any network has.

    >>> slim(bytes([8, 9])).data
    b'\\x08\\t'
    >>> slim(b"GIF89a")
    Traceback (most recent call last):
        ...
    convalgebra.errors.ArgumentError: it is no ONNX model, or damaged at byte 0: a field has the wire type 7
    """
    walk = _Walk(data, held)
    kept = walk.message(0, len(walk.data), "model", ())
    return Slim(bytes(kept), MappingProxyType(walk.cut), walk.functions)


class _Walk:
    def __init__(self, data: bytes | mmap, held: int) -> None:
        self.data, self.held = data, held
        self.cut: dict[Where, tuple[int, int]] = {}
        self.parts = self.functions = 0

    def wrong(self, at: int, why: str) -> ArgumentError:
        return ArgumentError(f"it is no ONNX model, or damaged at byte {at}: {why}")

    def varint(self, at: int, end: int) -> tuple[int, int]:
        """Return the number that starts at a byte, and where it ends."""
        value = 0
        for shift in range(LONGEST_VARINT):
            if at >= end:
                raise self.wrong(at, "it ends within a number")
            byte = self.data[at]
            at += 1
            value |= (byte & 127) << (7 * shift)
            if byte < 128:
                return value, at
        raise self.wrong(at, f"a number is longer than {LONGEST_VARINT} bytes")

    def fields(self, at: int, end: int) -> Iterator[tuple[int, int, int, int, int]]:
        """Yield each field: its number and wire type, where it starts, where its value starts and ends."""
        while at < end:
            self.parts += 1
            if self.parts > MOST_PARTS:
                raise ArgumentError(f"it has more than {MOST_PARTS} parts, which no network has")
            start = at
            tag, at = self.varint(at, end)
            number, kind = tag >> 3, tag & 7
            value = at
            if kind == 0:
                _, at = self.varint(at, end)
            elif kind == 2:
                length, value = self.varint(at, end)
                at = value + length
            elif kind in _FIXED:
                at += _FIXED[kind]
            else:
                raise self.wrong(start, f"a field has the wire type {kind}")
            if not number or at > end:
                raise self.wrong(start, f"field {number} ends behind it")
            yield number, kind, start, value, at

    def check_text(self, start: int, value: int, stop: int, name: str) -> None:
        if stop - value > LONGEST_TEXT:
            raise ArgumentError(f"a {name} has a name of more than {LONGEST_TEXT} bytes")
        try:
            self.data[value:stop].decode()
        except UnicodeDecodeError:
            raise self.wrong(start, f"a {name} has a name that is no text") from None

    def message(self, at: int, end: int, name: str, where: Where) -> bytearray:
        """Return what is kept of a message; its tensors that are cut are noted."""
        if len(where) > DEEPEST:
            raise ArgumentError(f"its parts are nested deeper than {DEEPEST}, which no network's are")
        kept, known = bytearray(), _KEPT[name]
        counts: dict[int, int] = {}
        for number, kind, start, value, stop in self.fields(at, end):
            self.functions += name == "model" and number == FUNCTIONS
            if number not in known:
                continue
            if name == "tensor" and number in _VALUES and stop - value > self.held:
                self.cut[where] = (at, end)
                continue
            part = known[number]
            if part == _TEXT:
                self.check_text(start, value, stop, name)
            if part in {_TEXT, _PLAIN}:
                kept += self.data[start:stop]
            elif kind != 2:
                raise self.wrong(start, f"the field {number} of a {name} is no message")
            else:
                counts[number] = counts.get(number, -1) + 1
                inner = self.message(value, stop, part, (*where, (number, counts[number])))
                kept += _varint(number << 3 | 2) + _varint(len(inner)) + inner
            if len(kept) > MOST_BYTES:
                raise ArgumentError(
                    f"it holds more than {MOST_BYTES} bytes of names and shapes, as no network does"
                )
        return kept


def _varint(value: int) -> bytes:
    """Return a number as protobuf writes it, seven bits a byte."""
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    return bytes((*written, value))
