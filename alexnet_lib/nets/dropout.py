"""Dropout as the paper has it, beside the inverted kind of today's libraries [K12 §4.2; LIB-02]."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["PaperDropout"]


class PaperDropout(nn.Module):
    """Zero each value with probability `p` in training; multiply all by ``1 - p`` at test time [K12 §4.2].

    ``torch.nn.Dropout`` divides by ``1 - p`` in training instead and does nothing at test time: equal
    expectations, but in training the layer above sees twice the scale for which 0.01 was chosen.

    Args:
        p: probability that a value is dropped, in [0, 1).
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"p must be at least 0 and below 1, not {p}")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x * (1 - self.p)
        return x * torch.empty_like(x).bernoulli_(1 - self.p)

    def extra_repr(self) -> str:
        return f"p={self.p}"
