"""EfficientNet-Lite0 as an ONNX graph, built from the parameters alone.

The network is the one of Tan and Le's EfficientNet-Lite (TensorFlow TPU repository): no squeeze and
excitation, ReLU6 throughout. Its parameters were converted from TensorFlow, so convolutions pad as
TensorFlow's "SAME" does and batch normalisation adds 1e-3 to the variance. The graph ends where the
classifier would begin, at the pooled features.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SIDE = 224
WIDTH = 1280
_BN_EPSILON = 1e-3
_OPSET = 17
_IR_VERSION = 8

# Stride and repeats of the seven stages. Channels and kernels are read off the parameters.
_STAGES = ((1, 1), (2, 2), (2, 2), (2, 3), (1, 3), (2, 4), (1, 1))
_STRIDES = [
    stride if first else 1
    for stride, repeats in _STAGES
    for first in (True, *[False] * (repeats - 1))
]

Parameters = Mapping[str, NDArray[Any]]


def build_graph(parameters: Parameters) -> onnx.ModelProto:
    """Return a graph from `images` (n, 3, 224, 224), -1..1, to `features` (n, 1280), float32.

    Raises:
        KeyError: a parameter is missing.
    """
    graph = _Graph(parameters)
    graph.constant("zero", np.float32(0))
    graph.constant("six", np.float32(6))
    last = graph.relu6(graph.convolution("images", "_conv_stem", "_bn0", stride=2))
    for number, stride in enumerate(_STRIDES):
        last = graph.block(last, f"_blocks.{number}", stride)
    last = graph.relu6(graph.convolution(last, "_conv_head", "_bn1"))
    pooled = graph.add("GlobalAveragePool", last, name="pooled")
    graph.add("Flatten", pooled, name="features")
    return graph.model()


class _Graph:
    """A growing ONNX graph whose layers have the names of their parameters."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def add(self, kind: str, *inputs: str, name: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, name: str, value: Any) -> str:
        self._constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def relu6(self, source: str) -> str:
        return self.add("Clip", source, "zero", "six", name=f"{source}.relu6")

    def convolution(self, source: str, layer: str, norm: str, stride: int = 1) -> str:
        """Add a convolution with its batch normalisation folded in."""
        kernel = self._parameters[f"{layer}.weight"]
        variance = self._parameters[f"{norm}.running_var"] + _BN_EPSILON
        gain = self._parameters[f"{norm}.weight"] / np.sqrt(variance)
        shift = self._parameters[f"{norm}.bias"] - self._parameters[f"{norm}.running_mean"] * gain
        return self.add(
            "Conv",
            source,
            self.constant(f"{layer}.weight", (kernel * gain[:, None, None, None])),
            self.constant(f"{layer}.bias", shift),
            name=layer,
            strides=[stride, stride],
            group=kernel.shape[0] if layer.endswith("_depthwise_conv") else 1,
            auto_pad="SAME_UPPER",
        )

    def block(self, source: str, prefix: str, stride: int) -> str:
        """Add an inverted residual block."""
        last = source
        expand = f"{prefix}._expand_conv"
        if f"{expand}.weight" in self._parameters:
            last = self.relu6(self.convolution(last, expand, f"{prefix}._bn0"))
        depthwise = f"{prefix}._depthwise_conv"
        last = self.relu6(self.convolution(last, depthwise, f"{prefix}._bn1", stride))
        last = self.convolution(last, f"{prefix}._project_conv", f"{prefix}._bn2")
        if stride == 1 and self._keeps_its_channels(prefix):
            last = self.add("Add", last, source, name=f"{prefix}.sum")
        return last

    def _keeps_its_channels(self, prefix: str) -> bool:
        expand = self._parameters.get(f"{prefix}._expand_conv.weight")
        first = (
            expand if expand is not None else self._parameters[f"{prefix}._depthwise_conv.weight"]
        )
        channels_in = first.shape[1] if expand is not None else first.shape[0]
        return bool(channels_in == self._parameters[f"{prefix}._project_conv.weight"].shape[0])

    def model(self) -> onnx.ModelProto:
        images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])
        features = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", WIDTH])
        graph = helper.make_graph(
            self._nodes, "efficientnet-lite0", [images], [features], self._constants
        )
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION
        )
