"""EfficientNet-Lite as an ONNX graph, built from the parameters alone.

The network is the one of Tan and Le, "EfficientNet-lite" (TensorFlow TPU repository): no squeeze
and excitation, ReLU6 throughout, a stem and a head that do not scale with the width. Its
parameters were converted from TensorFlow, so convolutions pad as TensorFlow's "SAME" does (the
odd pixel goes to the bottom and right) and batch normalisation adds 1e-3 to the variance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

_BN_EPSILON = 1e-3
_OPSET = 17
_IR_VERSION = 8



@dataclass(frozen=True, slots=True)
class Variant:
    """One size of the family: how much deeper than B0 it is, and the pixels it was trained at."""

    name: str
    depth: float
    side: int


LITE0 = Variant("efficientnet-lite0", depth=1.0, side=224)
LITE1 = Variant("efficientnet-lite1", depth=1.1, side=240)
LITE2 = Variant("efficientnet-lite2", depth=1.2, side=260)

# Stride and repeats of B0's seven stages. Channels and kernels are read off the parameters.
_STAGES = ((1, 1), (2, 2), (2, 2), (2, 3), (1, 3), (2, 4), (1, 1))


def strides(variant: Variant) -> list[int]:
    """Return each block's stride. The family's first and last stages never grow deeper."""
    found: list[int] = []
    for number, (stride, repeats) in enumerate(_STAGES):
        fixed = number in (0, len(_STAGES) - 1)
        deep = repeats if fixed else math.ceil(repeats * variant.depth)
        found += [stride, *[1] * (deep - 1)]
    return found


class _Graph:
    """A growing ONNX graph whose layers are the parameters' own names."""

    def __init__(self, parameters: Mapping[str, NDArray[Any]]) -> None:
        self._parameters = parameters
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def has(self, layer: str) -> bool:
        return f"{layer}.weight" in self._parameters

    def add(self, kind: str, *inputs: str, name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def convolution(self, source: str, layer: str, norm: str, stride: int = 1) -> str:
        """Add a convolution with its batch normalisation folded in, without activation."""
        kernel = self._parameters[f"{layer}.weight"]
        gain = self._parameters[f"{norm}.weight"] / np.sqrt(
            self._parameters[f"{norm}.running_var"] + _BN_EPSILON
        )
        shift = self._parameters[f"{norm}.bias"] - self._parameters[f"{norm}.running_mean"] * gain
        depthwise = kernel.shape[1] == 1 and kernel.shape[2] > 1
        return self.add(
            "Conv",
            source,
            self.constant(f"{layer}.weight", kernel * gain[:, None, None, None]),
            self.constant(f"{layer}.bias", shift),
            name=layer,
            strides=[stride, stride],
            group=kernel.shape[0] if depthwise else 1,
            auto_pad="SAME_UPPER",
        )

    def relu6(self, source: str) -> str:
        return self.add("Clip", source, "zero", "six", name=f"{source}.relu6")

    def block(self, source: str, prefix: str, stride: int) -> str:
        """Add one inverted residual block."""
        x = source
        if self.has(f"{prefix}._expand_conv"):
            x = self.relu6(self.convolution(x, f"{prefix}._expand_conv", f"{prefix}._bn0"))
        x = self.relu6(self.convolution(x, f"{prefix}._depthwise_conv", f"{prefix}._bn1", stride))
        x = self.convolution(x, f"{prefix}._project_conv", f"{prefix}._bn2")
        width_in = self._parameters[
            f"{prefix}._{'expand' if self.has(f'{prefix}._expand_conv') else 'depthwise'}_conv.weight"
        ].shape
        return x if width_in else x


def build(parameters: Mapping[str, NDArray[Any]], variant: Variant) -> onnx.ModelProto:
    """Return a graph from ``images`` (n, 3, side, side) float32 to the pooled ``stages``."""
    g = _Graph(parameters)
    g.constant("zero", np.float32(0)); g.constant("six", np.float32(6))
    x = g.relu6(g.convolution("images", "_conv_stem", "_bn0", 2))
    width=parameters["_conv_stem.weight"].shape[0]
    outs=[]
    for i, s in enumerate(strides(variant)):
        p=f"_blocks.{i}"
        y=g.block(x,p,s)
        w=parameters[f"{p}._project_conv.weight"].shape[0]
        if s==1 and w==width: y=g.add("Add",y,x,name=f"{p}.sum")
        x,width=y,w
        outs.append((x,w))
    assert not g.has(f"_blocks.{i+1}._depthwise_conv")
    x=g.relu6(g.convolution(x,"_conv_head","_bn1"))
    outs.append((x,1280))
    fx=g.add("GlobalAveragePool",x,name="gap"); fx=g.add("Flatten",fx,name="flat")
    g.constant("fcw",parameters["_fc.weight"]); g.constant("fcb",parameters["_fc.bias"])
    g.add("Gemm",fx,"fcw","fcb",name="logits",transB=1)
    outputs=[helper.make_tensor_value_info("logits",TensorProto.FLOAT,["n",1000])]
    for n,w in outs: outputs.append(helper.make_tensor_value_info(n,TensorProto.FLOAT,["n",w,None,None]))
    graph=helper.make_graph(g.nodes,variant.name,[helper.make_tensor_value_info("images",TensorProto.FLOAT,["n",3,"h","w"])],outputs,g.constants)
    return helper.make_model(graph,opset_imports=[helper.make_opsetid("",_OPSET)],ir_version=_IR_VERSION)
