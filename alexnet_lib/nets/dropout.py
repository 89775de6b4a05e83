"""Dropout as the paper has it, beside the inverted kind of today's libraries [K12 §4.2; LIB-02]."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

__all__ = ["MaskRows", "PaperDropout", "share_masks"]


class MaskRows(NamedTuple):
    """Which masks of a batch are wanted, where only a part of its images is at hand."""

    seed: int  # from which the masks of the whole batch are drawn
    count: int  # images of the whole batch
    part: slice  # the images at hand


class PaperDropout(nn.Module):
    """Zero each value with probability `p` in training; multiply all by ``1 - p`` at test time [K12 §4.2].

    The inverted kind divides by ``1 - p`` in training instead and does nothing at test time: equal expectations, but
    in training the layer above sees twice the scale for which 0.01 was chosen. It gives what ``torch.nn.Dropout``
    gives, on a CPU bit for bit.

    Masks come from torch's global generator, unless ``rows`` says otherwise (`share_masks`). Then the masks of the
    whole batch are drawn from a seed, on the device where they are needed, and those of the images at hand are taken:
    an image meets the same mask however its batch is divided, among processes or within one.

    Args:
        p: probability that a value is dropped, in [0, 1).
        inverted: see above.
    """

    def __init__(self, p: float = 0.5, inverted: bool = False) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"p must be at least 0 and below 1, not {p}")
        self.p, self.inverted = p, inverted
        self.rows: MaskRows | None = None

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x if self.inverted else x * (1 - self.p)
        return x * self.draw_mask(x)

    def draw_mask(self, x: Tensor) -> Tensor:
        """What `x` (N, ...) is multiplied by in training: 0 or 1, or in the inverted form 0 or 1 / (1 - p)."""
        if self.rows is None:
            mask = torch.empty_like(x).bernoulli_(1 - self.p)
        else:
            seed, count, part = self.rows
            generator = torch.Generator(x.device).manual_seed(seed)
            mask = x.new_empty((count, *x.shape[1:])).bernoulli_(1 - self.p, generator=generator)[part]
        return mask.div_(1 - self.p) if self.inverted else mask

    def extra_repr(self) -> str:
        return f"p={self.p}" + (", inverted" if self.inverted else "")


def share_masks(net: nn.Module, seed: int, count: int, part: slice) -> None:
    """Let every `PaperDropout` of a net draw the masks of a whole batch, and use those of a part of its images.

    Args:
        net: any net; its dropout layers each draw from a seed of their own, made from ``seed`` and their number.
        seed: of this batch's masks, from 0 to 2^63 - 1.
        count: images of the whole batch.
        part: the images that come next.
    """
    layers = (layer for layer in net.modules() if isinstance(layer, PaperDropout))
    for number, layer in enumerate(layers):
        layer.rows = MaskRows((seed + number) % 2**63, count, part)
