"""The networks of the zoo by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from convalgebra.errors import ArgumentError
from convalgebra.networks.zoo.alexnet import alexnet, alexnet_one_tower
from convalgebra.networks.zoo.deeplab import deeplab_v3
from convalgebra.networks.zoo.layers import Description
from convalgebra.networks.zoo.mobilenet import mobilenet_v1
from convalgebra.networks.zoo.resnet import resnet
from convalgebra.networks.zoo.shufflenet import shufflenet_v1
from convalgebra.networks.zoo.squeezenet import squeezenet
from convalgebra.networks.zoo.superresolution import fsrcnn, srcnn
from convalgebra.networks.zoo.vgg import vgg

# The function that describes a network, and the options that its name fixes.
_MODELS: Mapping[str, tuple[Callable[..., Description], Mapping[str, Any]]] = {
    "alexnet": (alexnet, {}),
    "alexnet_one_tower": (alexnet_one_tower, {}),
    "deeplab_v3": (deeplab_v3, {}),
    "fsrcnn": (fsrcnn, {}),
    "mobilenet_v1": (mobilenet_v1, {}),
    "resnet_18": (resnet, {"depth": 18}),
    "resnet_34": (resnet, {"depth": 34}),
    "resnet_50": (resnet, {"depth": 50}),
    "resnet_101": (resnet, {"depth": 101}),
    "resnet_152": (resnet, {"depth": 152}),
    "shufflenet_v1": (shufflenet_v1, {}),
    "squeezenet_1_0": (squeezenet, {"version": "1.0"}),
    "squeezenet_1_1": (squeezenet, {"version": "1.1"}),
    "srcnn": (srcnn, {}),
    "vgg_11": (vgg, {"configuration": "A"}),
    "vgg_13": (vgg, {"configuration": "B"}),
    "vgg_16": (vgg, {"configuration": "D"}),
    "vgg_16_c": (vgg, {"configuration": "C"}),
    "vgg_19": (vgg, {"configuration": "E"}),
}


def zoo(name: str, **options: Any) -> Description:
    """Return the description of a published network: plain data, as a JSON file would hold it.

    ``ca.read_layers`` makes a network of it. There are alexnet, alexnet_one_tower, deeplab_v3, fsrcnn,
    mobilenet_v1, resnet_18, resnet_34, resnet_50, resnet_101, resnet_152, shufflenet_v1, squeezenet_1_0,
    squeezenet_1_1, srcnn, vgg_11, vgg_13, vgg_16, vgg_16_c and vgg_19. ``options`` are the network's own,
    such as ``resolution``, ``width`` or ``classes``; one that it has not is answered with those it has.
    Sizes may be names or formulas. Raises ``ArgumentError`` that says which names or options there are.

    >>> import convalgebra as ca
    >>> print(ca.read_layers(zoo("mobilenet_v1")).total("mult_adds"))
    568740352 mult_adds
    >>> zoo("mobilenet_v1", width=0.75, resolution=192)["input"]
    [1, 3, 192, 192]
    >>> zoo("resnet_50", resolution="32*q")["input"]
    [1, 3, '32*q', '32*q']
    >>> zoo("resnet50")
    Traceback (most recent call last):
        ...
    convalgebra.errors.ArgumentError: name='resnet50' is not in the zoo; did you mean 'resnet_50'?
    """
    function, fixed = _find(name)
    for option, default in zoo_options(name).items():
        if isinstance(default, bool) and not isinstance(options.get(option, default), bool):
            raise ArgumentError(f"{option}={options[option]!r} must be True or False")
    if unknown := set(options) - set(zoo_options(name)):
        takes = ", ".join(zoo_options(name))
        raise ArgumentError(
            f"{min(unknown)}={options[min(unknown)]!r} is no option of {name!r}, which takes {takes}"
        )
    return {**function(**fixed, **options), "name": name}


def zoo_names() -> tuple[str, ...]:
    """Return the names of the networks in the zoo.

    >>> zoo_names()[:4]
    ('alexnet', 'alexnet_one_tower', 'deeplab_v3', 'fsrcnn')
    """
    return tuple(_MODELS)


def zoo_options(name: str) -> dict[str, Any]:
    """Return the options of a network of the zoo with their defaults.

    >>> zoo_options("resnet_18")
    {'resolution': 224, 'classes': 1000, 'shortcut': 'projection', 'stride_in': 'first'}
    """
    function, fixed = _find(name)
    parameters = inspect.signature(function).parameters.values()
    return {one.name: one.default for one in parameters if one.name not in fixed}


def _find(name: str) -> tuple[Callable[..., Description], Mapping[str, Any]]:
    if isinstance(name, str) and name in _MODELS:
        return _MODELS[name]
    close = get_close_matches(str(name), _MODELS, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(_MODELS)}"
    raise ArgumentError(f"name={name!r} is not in the zoo; {hint}")
