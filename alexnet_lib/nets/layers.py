"""Layers of cuda-convnet that torch lacks or spells otherwise [cuda-convnet wiki, LayerParams].

Pooling windows of 3 at stride 2 may hang over the right and bottom edge, so 32 -> 16 -> 8 -> 4: that
is ``ceil_mode=True`` in torch. Average pooling divides by the pixels really covered, which torch does
in ceil mode. Same-map normalisation has no layer in torch.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["ACTIVATIONS", "AbsTanh", "WithinMapNorm", "activation", "average_pool", "max_pool"]


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


class WithinMapNorm(nn.Module):
    """Same-map response normalisation, cuda-convnet's ``rnorm``: (N, C, H, W) -> (N, C, H, W).

    b = a / (1 + scale/size² * sum of a² over the size x size window around the pixel) ** power

    Zeros outside the map count as pixels, so the divisor is size² everywhere [cuda-convnet layer.py].

    Args:
        size: window width in pixels, odd.
        scale, power: as in cuda-convnet's parameter files; 5e-5 and 0.75 in ``layers-18pct``.
    """

    def __init__(self, size: int = 3, scale: float = 5e-5, power: float = 0.75) -> None:
        super().__init__()
        if size < 1 or size % 2 == 0:
            raise ValueError(f"size must be odd and positive, not {size}")
        self.size, self.scale, self.power = size, scale, power

    def forward(self, x: Tensor) -> Tensor:
        mean_square = nn.functional.avg_pool2d(x * x, self.size, stride=1, padding=self.size // 2)
        return x * torch.pow(1 + self.scale * mean_square, -self.power)

    def extra_repr(self) -> str:
        return f"size={self.size}, scale={self.scale}, power={self.power}"
