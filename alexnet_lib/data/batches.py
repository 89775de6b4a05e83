"""A data set that lives on the device, and shuffled batches from it.

CIFAR-10 is 123 MB of uint8, so it is copied to the device once; a batch is one gather and one
conversion to float. No worker processes, nothing to wait for.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from alexnet_lib.data.statistics import Normalisation

__all__ = ["ResidentImages"]


class ResidentImages:
    """Images and labels on one device, normalised as they are drawn.

    Args:
        images: (N, H, W, 3) uint8.
        labels: (N,) integers.
        scale: what to subtract and divide by, from the *training* images.
        device: where they live.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, scale: Normalisation,
                 device: torch.device | str = "cpu") -> None:
        if images.ndim != 4 or images.shape[3] != 3 or images.dtype != np.uint8:
            raise ValueError(f"images must be uint8 (N, H, W, 3), not {images.dtype} {images.shape}")
        if len(images) != len(labels) or len(images) == 0:
            raise ValueError(f"{len(images)} images do not go with {len(labels)} labels")
        self.device = torch.device(device)
        self.images = torch.from_numpy(np.array(images)).to(self.device)  # np.array copies out of the file
        self.labels = torch.from_numpy(np.array(labels, dtype=np.int64)).to(self.device)
        self.offset = torch.from_numpy(scale.offset).to(self.device)
        self.factor = torch.from_numpy(1 / scale.divisor).to(self.device)

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, rows: Tensor | slice) -> tuple[Tensor, Tensor]:
        """Some images as floats (n, 3, H, W) in channels-last memory, and their labels (n,)."""
        pixels = self.images[rows].float().sub_(self.offset).mul_(self.factor)  # (n, H, W, 3)
        # A permuted view of NHWC *is* channels_last: the fast layout for convolutions, without a copy.
        return pixels.permute(0, 3, 1, 2), self.labels[rows]

    def shuffled(self, batch_size: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """One pass in random order: every image once, the last batch may be smaller.

        The order is drawn on the CPU, so a seed means the same order on every device.
        """
        order = torch.randperm(len(self), generator=generator).to(self.device)
        for rows in order.split(batch_size):
            yield self.batch(rows)

    def in_order(self, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """One pass in stored order."""
        for start in range(0, len(self), batch_size):
            yield self.batch(slice(start, start + batch_size))
