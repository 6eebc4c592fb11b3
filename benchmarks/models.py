"""Models as files: descriptions written as ONNX without their weights, and the same network in PyTorch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Description = Mapping[str, Any]

_STAGES = {50: (3, 4, 6, 3), 152: (3, 8, 36, 3)}


def residual_1001() -> Description:
    """Return a residual network of 1,001 layers for images of 32 x 32: 333 bottlenecks in three stages.

    Its depth and widths are those of He et al., arXiv:1603.05027, its units those of the zoo's ResNet.
    """
    from convalgebra.networks.zoo.residual import Unit, bottleneck

    layers: list[Any] = [
        {
            "name": "conv1",
            "type": "conv",
            "out_channels": 16,
            "kernel_size": 3,
            "padding": 1,
            "bias": False,
        },
        {"name": "relu1", "type": "relu"},
    ]
    source, channels = "relu1", 16
    for stage in range(3):
        width = 16 * 2**stage
        for i in range(111):
            stride = 2 if stage and not i else 1
            unit = Unit(f"stage{stage + 1}.unit{i + 1}", source, channels, width, 4 * width, stride)
            layers += bottleneck(unit, "projection", "middle")
            source, channels = f"{unit.name}.relu", 4 * width
    layers += [
        {"name": "pool", "type": "global_average_pool"},
        {"name": "flat", "type": "flatten"},
        {"name": "fc", "type": "linear", "out_features": 10},
    ]
    return {"name": "residual_1001", "input": [1, 3, 32, 32], "layers": layers}


def dense_1001() -> Description:
    """Return a densely connected network of 1,001 layers: no two of its convolutions are alike.

    Each of 500 units has a 1 x 1 and a 3 x 3 convolution, and sets 4 channels beside those it reads.
    """
    layers: list[Any] = [
        {"name": "conv1", "type": "conv", "out_channels": 16, "kernel_size": 3, "padding": 1},
    ]
    source = "conv1"
    for i in range(500):
        layers += [
            {"name": f"one{i}", "type": "conv", "out_channels": 8, "kernel_size": 1, "inputs": [source]},
            {"name": f"relu{i}", "type": "relu"},
            {"name": f"three{i}", "type": "conv", "out_channels": 4, "kernel_size": 3, "padding": 1},
            {"name": f"join{i}", "type": "concat", "inputs": [source, f"three{i}"]},
        ]
        source = f"join{i}"
    return {"name": "dense_1001", "input": [1, 3, 32, 32], "layers": layers}


def write_onnx(description: Description, file: Path) -> Path:
    """Write a description as an ONNX file of today's operator set.

    The weights are said to be in a file beside, which nobody writes: reading shapes must not need it.
    """
    from onnx import TensorProto, helper

    from convalgebra.networks.description import graph_of_layers

    graph = graph_of_layers(description)
    nodes = [
        helper.make_node(node.op_type, node.inputs, node.outputs, node.name, **node.attributes)
        for node in graph.nodes
    ]
    inputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in graph.inputs.items()]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in graph.outputs]
    weights = list(_weights(graph.constants.values()))
    whole = helper.make_graph(nodes, str(description["name"]), inputs, outputs, weights)
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    file.write_bytes(model.SerializeToString())
    return file


def _weights(tensors: Any) -> Iterator[Any]:
    from onnx import TensorProto, numpy_helper

    for tensor in tensors:
        if tensor.values is not None:
            yield numpy_helper.from_array(tensor.array(), tensor.name)
            continue
        proto = TensorProto(name=tensor.name, dims=tensor.shape, data_type=TensorProto.FLOAT)
        proto.data_location = TensorProto.EXTERNAL
        proto.external_data.add(key="location", value="weights.bin")
        yield proto


def light(name: str) -> Path:
    """Return a model that the onnx package ships, such as "densenet121"."""
    import onnx

    return Path(onnx.__file__).parent / "backend/test/data/light" / f"light_{name}.onnx"


def resnet(depth: int, device: str = "cpu") -> Any:
    """Return the zoo's ResNet of that depth as a PyTorch module, on a device ("meta": no weights)."""
    import torch
    from torch import nn

    class Bottleneck(nn.Module):
        def __init__(self, channels: int, width: int, stride: int) -> None:
            super().__init__()
            self.body = nn.Sequential(
                *(nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width), nn.ReLU()),
                *(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()),
                *(nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width)),
            )
            self.shortcut = nn.Sequential()
            if channels != 4 * width:
                aside = nn.Conv2d(channels, 4 * width, 1, stride, bias=False)
                self.shortcut = nn.Sequential(aside, nn.BatchNorm2d(4 * width))
            self.relu = nn.ReLU()

        def forward(self, x: Any) -> Any:
            return self.relu(self.body(x) + self.shortcut(x))

    with torch.device(device):
        root = (nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        units, channels = [], 64
        for stage, count in enumerate(_STAGES[depth]):
            width = 64 * 2**stage
            for i in range(count):
                units.append(Bottleneck(channels, width, 2 if stage and not i else 1))
                channels = 4 * width
        end = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 1000))
        return nn.Sequential(*root, *units, *end).eval()
