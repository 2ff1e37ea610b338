"""The ONNX graph of all-MiniLM-L6-v2, written node by node from its published weights.

Exists so that the sentence encoder needs neither PyTorch nor TensorFlow, not even once. The result uses standard ONNX
operators only and is the same, byte for byte, for the same weights.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["GRAPH_VERSION", "build"]

GRAPH_VERSION = 1
"""Raise it with every change that alters the file or its vectors, so that files built before are built again."""

# Every figure in this block comes from the config.json and the pooling settings published with the weights.
_LAYERS = 6
_HEADS = 12
_HIDDEN = 384
_LAYER_NORM_EPSILON = 1e-12
_HEAD_WIDTH = _HIDDEN // _HEADS

# Opset 17 is the first with LayerNormalization; both are old enough for every onnx and onnxruntime the project allows.
_OPSET = 17
_IR_VERSION = 8

# Far below any attention score (they stay within some tens), so that a padding token weighs exactly zero.
_MASKED_SCORE = -10_000.0


def build(weights: Path) -> onnx.ModelProto:
    """Build the graph from token ids to sentence vectors.

    Inputs of the graph are `input_ids` and `attention_mask`, both int64 [batch, tokens] with 512 tokens at most; the
    mask is 1 for a token and 0 for padding, and every row needs at least one token. Its output is `embedding`, float32
    [batch, 384], each row of length one: the mean of the token vectors that the mask lets through.

    Args:
        weights: `model.safetensors` as published. Its digest is the caller's to check.

    Raises:
        KeyError: a tensor of this model is not in the file.
        safetensors.SafetensorError: the file is not in the safetensors format.
    """
    graph = _Graph(load_file(weights))
    hidden = _embeddings(graph)
    mask = graph.add("Cast", ["attention_mask"], to=TensorProto.FLOAT)
    padding = graph.add("Sub", [graph.constant(1.0), mask])
    penalty = graph.add("Mul", [padding, graph.constant(_MASKED_SCORE)])
    penalty = graph.add("Unsqueeze", [penalty, graph.integers([1, 2])])
    for layer in range(_LAYERS):
        hidden = _attention(graph, hidden, penalty, f"encoder.layer.{layer}")
        hidden = _feed_forward(graph, hidden, f"encoder.layer.{layer}")
    _pool(graph, hidden, mask)
    return graph.model()


class _Graph:
    """Collects nodes and weights while the graph is written."""

    def __init__(self, tensors: dict[str, NDArray[Any]]) -> None:
        self.tensors = tensors
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: dict[str, onnx.TensorProto] = {}

    def add(self, operator: str, inputs: list[str], *, output: str | None = None, **attributes: Any) -> str:
        """Add a node with one output and return that output's name."""
        return self.add_split(operator, inputs, [output or f"{operator}_{len(self._nodes)}"], **attributes)[0]

    def add_split(self, operator: str, inputs: list[str], outputs: list[str], **attributes: Any) -> list[str]:
        """Add a node with several outputs and return their names."""
        self._nodes.append(
            helper.make_node(operator, inputs, outputs, name=f"{operator}_{len(self._nodes)}", **attributes)
        )
        return outputs

    def weight(self, name: str, values: NDArray[Any] | None = None) -> str:
        """Add a tensor of the model, or `values` in its place, and return its name."""
        chosen = self.tensors[name] if values is None else values
        self._initializers[name] = numpy_helper.from_array(np.ascontiguousarray(chosen), name)
        return name

    def constant(self, value: float) -> str:
        """Add a float scalar, once for each value."""
        return self.weight(f"constant_{value:g}", np.array(value, dtype=np.float32))

    def integers(self, values: list[int]) -> str:
        """Add a list of int64 (axes, a shape, slice bounds), once for each list."""
        return self.weight("integers_" + "_".join(map(str, values)), np.array(values, dtype=np.int64))

    def linear(self, hidden: str, name: str) -> str:
        """Add a dense layer: the file holds [out, in], ONNX multiplies by [in, out]."""
        product = self.add("MatMul", [hidden, self.weight(f"{name}.weight", self.tensors[f"{name}.weight"].T)])
        return self.add("Add", [product, self.weight(f"{name}.bias")])

    def layer_norm(self, hidden: str, name: str) -> str:
        """Add a layer normalisation over the last axis."""
        inputs = [hidden, self.weight(f"{name}.weight"), self.weight(f"{name}.bias")]
        return self.add("LayerNormalization", inputs, axis=-1, epsilon=_LAYER_NORM_EPSILON)

    def model(self) -> onnx.ModelProto:
        """Return the finished, checked model."""
        table = helper.make_graph(
            self._nodes,
            "all-MiniLM-L6-v2",
            [
                helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"]),
                helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["batch", "tokens"]),
            ],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", _HIDDEN])],
            list(self._initializers.values()),
        )
        model = helper.make_model(
            table,
            producer_name="lantern",
            ir_version=_IR_VERSION,
            opset_imports=[helper.make_opsetid("", _OPSET)],
        )
        onnx.checker.check_model(model)
        return model


def _embeddings(graph: _Graph) -> str:
    words = graph.add("Gather", [graph.weight("embeddings.word_embeddings.weight"), "input_ids"])
    # A sentence alone is always token type 0, so that row is added to every position beforehand.
    positions = graph.tensors["embeddings.position_embeddings.weight"]
    types = graph.tensors["embeddings.token_type_embeddings.weight"]
    table = graph.weight("embeddings.position_embeddings.weight", positions + types[0])
    shape = graph.add("Shape", ["input_ids"])
    tokens = graph.add("Slice", [shape, graph.integers([1]), graph.integers([2])])
    places = graph.add("Slice", [table, graph.integers([0]), tokens, graph.integers([0])])
    return graph.layer_norm(graph.add("Add", [words, places]), "embeddings.LayerNorm")


def _attention(graph: _Graph, hidden: str, penalty: str, layer: str) -> str:
    name = f"{layer}.attention.self"
    # The scores' scale is multiplied into the query; query, key and value are one multiplication instead of three.
    scale = np.float32(_HEAD_WIDTH**-0.5)
    parts = {
        part: [graph.tensors[f"{name}.{part}.weight"], graph.tensors[f"{name}.{part}.bias"]]
        for part in ("query", "key", "value")
    }
    parts["query"] = [values * scale for values in parts["query"]]
    kernel = np.concatenate([weight for weight, _ in parts.values()]).T
    bias = np.concatenate([bias for _, bias in parts.values()])
    joined = graph.add("MatMul", [hidden, graph.weight(f"{name}.weight", kernel)])
    joined = graph.add("Add", [joined, graph.weight(f"{name}.bias", bias)])
    query, key, value = graph.add_split(
        "Split", [joined, graph.integers([_HIDDEN] * 3)], [f"{name}.{part}" for part in parts], axis=-1
    )
    query = _heads(graph, query, [0, 2, 1, 3])
    key = _heads(graph, key, [0, 2, 3, 1])
    value = _heads(graph, value, [0, 2, 1, 3])
    scores = graph.add("Add", [graph.add("MatMul", [query, key]), penalty])
    context = graph.add("MatMul", [graph.add("Softmax", [scores], axis=-1), value])
    context = graph.add("Transpose", [context], perm=[0, 2, 1, 3])
    context = graph.add("Reshape", [context, graph.integers([0, 0, _HIDDEN])])
    context = graph.linear(context, f"{layer}.attention.output.dense")
    return graph.layer_norm(graph.add("Add", [context, hidden]), f"{layer}.attention.output.LayerNorm")


def _heads(graph: _Graph, part: str, order: list[int]) -> str:
    split = graph.add("Reshape", [part, graph.integers([0, 0, _HEADS, _HEAD_WIDTH])])
    return graph.add("Transpose", [split], perm=order)


def _feed_forward(graph: _Graph, hidden: str, layer: str) -> str:
    inner = _gelu(graph, graph.linear(hidden, f"{layer}.intermediate.dense"))
    outer = graph.linear(inner, f"{layer}.output.dense")
    return graph.layer_norm(graph.add("Add", [outer, hidden]), f"{layer}.output.LayerNorm")


def _gelu(graph: _Graph, hidden: str) -> str:
    # In exactly this form ONNX Runtime replaces the five nodes by one; Gelu itself is an operator from opset 20 only.
    error = graph.add("Erf", [graph.add("Div", [hidden, graph.constant(2.0**0.5)])])
    product = graph.add("Mul", [hidden, graph.add("Add", [error, graph.constant(1.0)])])
    return graph.add("Mul", [product, graph.constant(0.5)])


def _pool(graph: _Graph, hidden: str, mask: str) -> None:
    # The sum over the tokens points the same way as their mean, and only the direction outlives the last division.
    column = graph.add("Unsqueeze", [mask, graph.integers([2])])
    total = graph.add("ReduceSum", [graph.add("Mul", [hidden, column]), graph.integers([1])], keepdims=0)
    length = graph.add("ReduceL2", [total], axes=[1], keepdims=1)
    graph.add("Div", [total, length], output="embedding")
