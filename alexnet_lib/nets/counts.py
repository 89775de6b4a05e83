"""Counting a net: outputs, parameters, multiply-accumulates and memory of every layer [K12 §3.5, Fig. 2].

Everything is counted from the layers that were really built, not from a table, so that the paper's
numbers, the table in `alexnet_lib.paper` and the net can be held against each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from alexnet_lib.nets.alexnet import AlexNet, ColumnLinear
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.nets.normalisation import LocalResponseNorm, WithinMapNorm

__all__ = ["LayerCount", "count_layers", "total"]

_KINDS = {nn.Conv2d: "conv", nn.MaxPool2d: "pool", LocalResponseNorm: "lrn", WithinMapNorm: "lrn",
          nn.Linear: "fc", ColumnLinear: "fc"}


@dataclass(frozen=True)
class LayerCount:
    """One layer, for one image; one multiply-accumulate (MAC) is one product added to a sum."""

    name: str
    kind: str  # conv | lrn | pool | fc
    output: tuple[int, ...]  # (maps, rows, columns), or (neurons,)
    weights: int
    biases: int
    macs: int
    field: int  # side of the receptive field, input pixels; 0 from the dense layers on: the whole image
    step: int  # input pixels between neighbouring outputs; 0 likewise

    @property
    def parameters(self) -> int:
        """Weights and biases together."""
        return self.weights + self.biases

    @property
    def values(self) -> int:
        """Numbers that the layer puts out."""
        return torch.Size(self.output).numel()

    @property
    def neurons(self) -> int:
        """Outputs of a layer with weights; poolings and normalisations have no neurons of their own."""
        return self.values if self.weights else 0


def count_layers(config: AlexNetConfig) -> list[LayerCount]:
    """Every convolution, normalisation, pooling and dense layer of a net, in order."""
    net = AlexNet(config, device="meta")
    rows, maps, side, field, step = [], 3, config.image_size, 1, 1
    for name, layer in [*net.features.named_children(), *net.classifier.named_children()]:
        kind = next((kind for cls, kind in _KINDS.items() if isinstance(layer, cls)), None)
        if kind is None:  # border, ReLU, dropout: nothing to count
            continue
        if kind in ("conv", "pool"):
            side = config.maps[name]
            window, stride = (_one(layer.kernel_size), _one(layer.stride))
            field, step = field + (window - 1) * step, step * stride
        if kind == "conv":
            maps = layer.out_channels
        output = (layer.bias.numel(),) if kind == "fc" else (maps, side, side)
        weights, biases = (layer.weight.numel(), layer.bias.numel()) if hasattr(layer, "weight") else (0, 0)
        positions = 1 if kind == "fc" else side * side
        rows.append(LayerCount(name, kind, output, weights, biases, weights * positions,
                               *((0, 0) if kind == "fc" else (field, step))))
    return rows


def _one(size: int | tuple[int, int]) -> int:
    return size if isinstance(size, int) else size[0]


def total(rows: list[LayerCount], of: str) -> int:
    """Sum of one column: ``parameters``, ``weights``, ``biases``, ``macs``, ``neurons`` or ``values``."""
    return sum(getattr(row, of) for row in rows)
