"""Layers of cuda-convnet that torch lacks or spells otherwise [cuda-convnet wiki, LayerParams].

Pooling windows of 3 at stride 2 may hang over the right and bottom edge, so 32 -> 16 -> 8 -> 4: that
is ``ceil_mode=True`` in torch. Average pooling divides by the pixels really covered, which torch does
in ceil mode. Same-map normalisation and locally connected layers have no layer in torch.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["ACTIVATIONS", "AbsTanh", "LocallyConnected2d", "activation", "average_pool", "max_pool"]


class AbsTanh(nn.Module):
    """f(x) = |tanh(x)|, the nonlinearity of Jarrett et al. that section 3.1 mentions [K12 §3.1]."""

    def forward(self, x: Tensor) -> Tensor:
        return x.tanh().abs()


#: name -> layer class; "relu" max(0, x) and "tanh" are Figure 1's two, "logistic" 1/(1+exp(-x))
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "logistic": nn.Sigmoid, "abs_tanh": AbsTanh}


def activation(name: str) -> nn.Module:
    """A fresh activation layer. Raises ValueError for a name not in `ACTIVATIONS`."""
    if name not in ACTIVATIONS:
        raise ValueError(f"unknown activation {name!r}: choose one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]()


def max_pool() -> nn.Module:
    """Overlapping max pooling, 3x3 windows at stride 2, rounded up: 32 -> 16 -> 8 -> 4."""
    return nn.MaxPool2d(3, stride=2, ceil_mode=True)


def average_pool() -> nn.Module:
    """Overlapping average pooling, 3x3 at stride 2, rounded up; divides by the pixels really covered."""
    return nn.AvgPool2d(3, stride=2, ceil_mode=True)


class LocallyConnected2d(nn.Module):
    """A convolution with untied weights: each place of the map has its own kernels and its own biases.

    (N, in_channels, map_size, map_size) -> (N, out_channels, side, side) at stride 1, with
    side = map_size + 2 padding - kernel_size + 1. The output is channels_last if the input was.

    weight  (groups side², kernel_size² in_channels / groups, out_channels / groups); the middle index runs over
            kernel row, kernel column and channel, the channel fastest, so its length is the fan-in of a unit
    bias    (side² out_channels,), group by group and place by place: one for each unit, and 1-D as every bias of
            the nets is

    Args:
        map_size: height and width of the maps it reads, pixels; part of the layer, as the weights belong to places.
        padding: rows and columns of zeros on each side.
        groups: as in torch's convolutions: equal parts of the channels that do not see each other.

    Raises:
        ValueError: a size below 1, a kernel larger than the padded map, channels that groups does not divide, or (in
            forward) maps of another shape.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, map_size: int, padding: int = 0,
                 groups: int = 1) -> None:
        super().__init__()
        for name, value in (("in_channels", in_channels), ("out_channels", out_channels),
                            ("kernel_size", kernel_size), ("map_size", map_size), ("groups", groups)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if in_channels % groups or out_channels % groups:
            raise ValueError(f"groups must divide the channels, {in_channels} and {out_channels}: {groups} does not")
        if padding < 0:
            raise ValueError(f"padding must be at least 0, not {padding}")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.map_size, self.padding, self.groups = kernel_size, map_size, padding, groups
        self.side = map_size + 2 * padding - kernel_size + 1
        if self.side < 1:
            raise ValueError(f"kernel_size {kernel_size} is larger than the padded map ({map_size + 2 * padding}): "
                             "choose a smaller kernel or more padding")
        places, self.fan_in = self.side**2, kernel_size**2 * in_channels // groups
        weight = torch.randn(groups * places, self.fan_in, out_channels // groups) / self.fan_in**0.5
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(torch.zeros(places * out_channels))

    def forward(self, x: Tensor) -> Tensor:
        wanted = (self.in_channels, self.map_size, self.map_size)
        if x.shape[1:] != wanted:
            raise ValueError(
                f"this locally connected layer has weights for maps of {wanted}, one kernel a place, and cannot read "
                f"maps of {tuple(x.shape[1:])}: give the net images of its own size (CifarNetConfig.image_size)")
        side, p, groups = self.side, self.padding, self.groups
        padded = nn.functional.pad(x, (p, p, p, p)).unflatten(1, (groups, -1)).permute(1, 3, 4, 0, 2)  # (g, H, W, N, C)
        shifted = [padded[:, i : i + side, j : j + side]
                   for i in range(self.kernel_size) for j in range(self.kernel_size)]
        # Whole channel vectors are copied, never single pixels, which nn.functional.unfold would do more slowly.
        windows = torch.cat(shifted, dim=-1).flatten(0, 2)  # (g side², N, fan_in)
        y = torch.baddbmm(self.bias.view(len(windows), 1, -1), windows, self.weight)  # (g side², N, out / g)
        y = y.unflatten(0, (groups, side, side)).permute(3, 0, 4, 1, 2).flatten(1, 2)  # (N, out, side, side)
        channels_last = x.is_contiguous(memory_format=torch.channels_last)
        return y.contiguous(memory_format=torch.channels_last if channels_last else torch.contiguous_format)

    def extra_repr(self) -> str:
        return (f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, map_size={self.map_size}, "
                f"padding={self.padding}" + (f", groups={self.groups}" if self.groups > 1 else ""))
