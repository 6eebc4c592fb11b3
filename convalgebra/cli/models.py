"""The network that MODEL names on the command line: a file, a description, or one of the zoo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from convalgebra.cli import reading

if TYPE_CHECKING:
    from convalgebra.networks.network import Network

_DESCRIPTIONS = (".json", ".yaml", ".yml")
# The endings by which a file is a model, and not a name of the zoo.
ENDINGS = (".onnx", *_DESCRIPTIONS)


def read_network(
    model: str, given: str | None = None, symbol: str | None = None, options: tuple[str, ...] = ()
) -> tuple[Network, Any]:
    """Return the network that MODEL is, for the input that is asked for, and its description in the zoo.

    MODEL is a file, or a network of the zoo; the description of a file is None.
    """
    import convalgebra as ca  # noqa: PLC0415

    shape = None if given is None else _shape(given)
    size = None if symbol is None else reading.size(symbol, "--symbol")
    suffix = Path(model).suffix.lower()
    if suffix not in ENDINGS:
        described = _for_input(_of_zoo(model, options), shape, size)
        return ca.read_layers(described), described
    if options:
        raise click.UsageError(f"--option={options[0]!r} is for a network of the zoo, not for a file")
    if not Path(model).is_file():
        raise click.UsageError(f"MODEL={model!r}: there is no such file")
    if suffix in _DESCRIPTIONS:
        from convalgebra.networks.description import description_of  # noqa: PLC0415

        description = description_of(model)
        if (shape is None and size is None) or not isinstance(description, Mapping):
            return ca.read_layers(model), None
        named = {"name": Path(model).name, **description}
        return ca.read_layers(_for_input(named, shape, size)), None
    try:
        network = ca.read_onnx(model, shape)
    except ImportError as error:
        raise click.ClickException(str(error)) from None
    if size is None:
        return network, None
    first = next(iter(network.inputs.values()), ())
    return network.with_input(_sized(first, size)), None


def _shape(text: str) -> tuple[Any, ...]:
    found = reading.sizes(text, "--input")
    return found if isinstance(found, tuple) else (found,)


def _sized(shape: Any, size: Any) -> tuple[Any, ...]:
    """Return a shape with the size for each axis of the image."""
    if len(shape) <= 2:
        raise click.UsageError(f"--symbol={str(size)!r}: the input {tuple(shape)} has no image size")
    return (*shape[:2], *(size for _ in shape[2:]))


def _for_input(description: Any, shape: tuple[Any, ...] | None, size: Any) -> Any:
    """Return a description for another input; what hangs on its size follows."""
    own = description.get("input")
    found = own if shape is None else shape
    if shape is not None and isinstance(own, list | tuple) and len(own) != len(shape):
        raise click.UsageError(
            f"--input={','.join(map(str, shape))!r} must have {len(own)} sizes, as {own}"
        )
    if size is not None and isinstance(found, list | tuple):
        found = _sized(found, size)
    return {**description, "input": found if found is None else list(found)}


def _of_zoo(name: str, options: tuple[str, ...]) -> Any:
    from convalgebra.errors import ArgumentError  # noqa: PLC0415
    from convalgebra.networks.zoo.models import zoo, zoo_names  # noqa: PLC0415

    known = name.lower().replace("-", "_")
    if known not in zoo_names():
        try:
            zoo(known)
        except ArgumentError as error:
            hint = str(error).partition("; ")[2]
            raise click.UsageError(
                f"MODEL={name!r} is neither a file .onnx, .json or .yaml nor in the zoo; {hint}"
            ) from None
    try:
        return zoo(known, **dict(_option(option) for option in options))
    except ArgumentError as error:
        raise click.UsageError(f"--option: {error}") from None


def _option(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not (equals and key.isidentifier() and value):
        raise click.UsageError(f"--option={text!r} must be KEY=VALUE, such as width=0.75")
    if value.lower() in ("true", "false"):
        return key, value.lower() == "true"
    readers: tuple[Callable[[str], Any], ...] = (int, float)
    for read in readers:
        try:
            return key, read(value)
        except ValueError:
            continue
    return key, value
