"""Plain descriptions of networks as graphs: a mapping, or a file of JSON or YAML."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.networks.familiar import meant_option, nearest_types
from convalgebra.networks.graph import Graph, Shape
from convalgebra.networks.network import Network, network_of
from convalgebra.networks.putting import check_names
from convalgebra.networks.reading.layers.given import COMMON, Given, shown
from convalgebra.networks.reading.layers.maker import Maker
from convalgebra.networks.reading.layers.table import TYPES
from convalgebra.networks.reading.textfile import DEEPEST, check_depth, json_of, text_of

MOST_LAYERS = 20_000
LONGEST_YAML = 2**19  # bytes: its reader takes seconds for a million
LONGEST_NAME = 200
_KEYS = ("name", "input", "layers", "outputs")
_INPUT = "input"


def read_layers(path_or_mapping: Any, **sizes: Any) -> Network:
    """Return the network of a plain description: a mapping, or the path of a JSON or YAML file.

    It has the shape of its ``input``, the batch first, and ``layers``, each a mapping with a ``type`` and
    that type's options, which have PyTorch's names. ``name`` names a layer, ``inputs`` lists what it reads
    (by default the layer before; ``"input"`` is the network's). A size is a number, a name or a formula
    as text. A convolution has a bias unless ``bias`` is false. The networks of ``ca.zoo`` are such
    descriptions, to copy from. As YAML::

        input: [1, 3, 32*q, 32*q]
        layers:
          - {name: conv1, type: conv, out_channels: 16, kernel_size: 3, padding: 1}
          - {type: relu}
          - {name: conv2, type: conv, out_channels: 16, kernel_size: 3, padding: same}
          - {type: add, inputs: [conv1, conv2]}

    The types: conv, pointwise, depthwise, depthwise_separable, grouped, pointwise_grouped,
    shuffled_grouped, spatially_separable, flattened, dilated, conv_transpose, linear; max_pool,
    average_pool, global_average_pool, global_max_pool; batch_norm, layer_norm, group_norm, instance_norm,
    lrn; relu, relu6, leaky_relu, prelu, elu, selu, gelu, silu, swish, mish, sigmoid, hard_sigmoid,
    hard_swish, tanh, softplus, softmax, clip, dropout, identity; add, multiply, concat, split, flatten,
    reshape, transpose, channel_shuffle, pixel_shuffle, space_to_depth, resize, pad.

    ``sizes`` are numbers for the description's names. Raises ``ArgumentError`` that names the layer and
    what would be right.

    >>> layers = [{"type": "conv", "out_channels": 8, "kernel_size": 3, "bias": False}, {"type": "relu"}]
    >>> print(read_layers({"input": [1, 3, "N", "N"], "layers": layers}).total("mult_adds"))
    216*N**2 - 864*N + 864 mult_adds
    """
    return network_of(check_names(graph_of_layers(path_or_mapping), sizes), **sizes)


def graph_of_layers(path_or_mapping: Any) -> Graph:
    """Return the graph of a plain description.

    It has an ``input`` shape (the batch first; numbers, names, formulas as text) and ``layers``, each with
    a ``type``, the options of that type, a ``name`` where one is wanted, and ``inputs`` where it reads
    other than the layer before (``"input"`` is what goes in). What no layer reads comes out, or ``outputs``
    says. Channels are those that come in; a convolution has a bias unless ``bias`` is false.

    Raises ``ArgumentError`` that names the layer and what would be right.
    """
    if isinstance(path_or_mapping, Mapping):
        check_depth(path_or_mapping)
        return _graph(path_or_mapping, str(path_or_mapping.get("name", "a description")))
    if not isinstance(path_or_mapping, str | os.PathLike):
        raise ArgumentError(
            f"path_or_mapping={shown(path_or_mapping)} must be a mapping or a path; a mapping as in "
            "{'input': [1, 3, 224, 224], 'layers': [...]}"
        )
    path = Path(path_or_mapping)
    try:
        return _graph(_read(path), str(path))
    except ConvalgebraError as error:
        raise ArgumentError(f"path={str(path)!r}: {error}") from None


def description_of(path: str | os.PathLike[str]) -> Any:
    """Return what a file of JSON or YAML holds; raises ``ArgumentError`` that says what is wrong."""
    try:
        return _read(Path(path))
    except ConvalgebraError as error:
        raise ArgumentError(f"path={str(path)!r}: {error}") from None


def _read(path: Path) -> Any:
    if path.suffix.lower() in {".yaml", ".yml"}:
        found = _yaml_of(text_of(path, LONGEST_YAML))
    elif path.suffix.lower() == ".json":
        found = json_of(text_of(path))
    else:
        reader = "; ca.read_onnx reads a file .onnx" if path.suffix.lower() == ".onnx" else ""
        zoo = "" if path.suffix else "; a network of the zoo is ca.zoo(name)"
        raise ArgumentError(f"a description is a file .json, .yaml or .yml{reader or zoo}")
    check_depth(found)
    return found


def _yaml_of(text: str) -> Any:
    """Return what a text of YAML says; what stands for other parts of it (aliases) is refused."""
    import yaml  # noqa: PLC0415 - only where there is YAML to read

    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 0
            if isinstance(event, yaml.AliasEvent):
                raise ArgumentError(f"line {line}: an alias (*) is not read here")
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise ArgumentError(f"line {line}: it is nested deeper than {DEEPEST}")
        return yaml.safe_load(text)
    except ArgumentError:
        raise
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # dates that are none are ValueErrors
        raise ArgumentError(f"it is no YAML ({' '.join(str(error).split())[:300]})") from None


# --- the layers ----------------------------------------------------------------------------------


def _graph(description: Any, source: str) -> Graph:
    if not isinstance(description, Mapping):
        raise ArgumentError("a description is a mapping with 'input' and 'layers'")
    for key in description:
        if key not in _KEYS:
            raise ArgumentError(f"{shown(key)} is no key of a description, which has {', '.join(_KEYS)}")
    layers = description.get("layers")
    if not isinstance(layers, list | tuple) or not layers:
        raise ArgumentError(f"layers={shown(layers)} must be a list of at least one layer")
    if len(layers) > MOST_LAYERS:
        raise ArgumentError(f"layers: there are {len(layers)}, over {MOST_LAYERS}")
    maker = Maker()
    shape = _input(description.get("input"))
    maker.shapes[_INPUT], maker.batch = shape, shape[0]
    known = [_INPUT]
    unread: dict[str, None] = {}
    for number, layer in enumerate(layers):
        given = _given(layer, number, maker)
        inputs = _inputs(given, maker, known)
        before = len(maker.nodes)
        TYPES[given.kind].write(maker, given, inputs)
        made = maker.nodes[-1].outputs if len(maker.nodes) > before else ()
        for name in inputs:
            unread.pop(name, None)
        unread.update(dict.fromkeys(made))
        known += made
    return Graph(
        tuple(maker.nodes),
        MappingProxyType({_INPUT: shape}),
        MappingProxyType(maker.constants),
        _outputs(description.get("outputs"), maker, tuple(unread)),
        source,
    )


def _input(shape: Any) -> Shape:
    given = Given("input", "shape", {"input": shape})
    if not isinstance(shape, list | tuple) or not 2 <= len(shape) <= 8:
        raise ArgumentError(f"input={shown(shape)} must be a list of sizes, such as [1, 3, 224, 224]")
    for size in shape:
        if size is None or size == -1:
            raise ArgumentError(
                f"input={shown(shape)}: each size must be at least 1; one that is open is a name, such as "
                f"'N', not {size}"
            )
    try:
        return tuple(given.read(size, "input") for size in shape)
    except ArgumentError as error:
        raise ArgumentError(str(error).removeprefix("layer 'input' (shape): ")) from None


def _given(layer: Any, number: int, maker: Maker) -> Given:
    """Return one layer's options, its name and type looked at."""
    if not isinstance(layer, Mapping):
        raise ArgumentError(f"layers[{number}]={shown(layer)} must be a mapping with a 'type'")
    if layer.get("type") is None:
        raise ArgumentError(
            f"layers[{number}]={shown(layer)} has no 'type', such as {{'type': 'conv', 'out_channels': 8, "
            "'kernel_size': 3}"
        )
    kind = layer["type"]
    written = kind.lower().replace("-", "_") if isinstance(kind, str) else kind
    name = layer.get("name", f"{written}_{number + 1}")
    if not isinstance(name, str) or not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise ArgumentError(
            f"layers[{number}]: name={shown(name)} must be a text of 1 to {LONGEST_NAME} signs"
        )
    if not isinstance(written, str) or written not in TYPES:
        near = nearest_types(str(kind), TYPES)
        hint = f"near it: {', '.join(near)}" if near else f"there are {', '.join(sorted(TYPES))}"
        raise ArgumentError(f"layer {name!r}: type={shown(kind)} is no type of a description; {hint}")
    if (
        name in maker.shapes
        or name in maker.constants
        or any(name == node.name for node in maker.nodes[-1:])
    ):
        raise ArgumentError(f"layer {name!r} ({written}): the name is there twice")
    given = Given(name, written, layer)
    known = (*TYPES[written].options, *COMMON)
    for option in layer:
        if option not in known and (meant := meant_option(str(option), known)):
            raise given.wrong(f"{shown(option)} is no option of it; is {meant!r} meant?")
    given.check(TYPES[written].options)
    return given


def _inputs(given: Given, maker: Maker, known: list[str]) -> list[str]:
    """Return what a layer reads: what it says, or the layer before."""
    told = given.options.get("inputs")
    kind = TYPES[given.kind]
    if told is None:
        names = known[-1:]
    elif isinstance(told, list | tuple):
        names = list(told)
    else:
        raise given.wrong(f"inputs={shown(told)} must be a list of names, such as [{shown(known[-1])}]")
    for name in names:
        if isinstance(name, str) and name in maker.shapes:
            continue
        near = get_close_matches(name, known, 1, 0.5) if isinstance(name, str) else []
        hint = f"; is {near[0]!r} meant?" if near else ""
        raise given.wrong(f"it reads {shown(name)}, which no layer before it makes{hint}")
    if not kind.least <= len(names) <= kind.most:
        wanted = f"{kind.least}" if kind.least == kind.most else f"at least {kind.least}"
        raise given.wrong(f"it reads {len(names)} inputs; it must be {wanted}: give them as 'inputs'")
    return names


def _outputs(told: Any, maker: Maker, unread: tuple[str, ...]) -> tuple[str, ...]:
    if told is None:
        return unread
    if not isinstance(told, list | tuple) or not told:
        raise ArgumentError(f"outputs={shown(told)} must be a list of names of layers")
    for name in told:
        if not isinstance(name, str) or name not in maker.shapes:
            raise ArgumentError(f"outputs: {shown(name)} is made by no layer")
    return tuple(told)
