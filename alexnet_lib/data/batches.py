"""A data set that lives on the device, and shuffled batches from it, for one net or for several side by side.

CIFAR-10 is 123 MB of uint8, so it is copied to the device once; a batch is one gather and one
conversion to float. No worker processes, nothing to wait for. With an `Augmentation` a batch is one
fresh crop of each image, cut out on the device as well [K12 §4.1].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from alexnet_lib.data.augment import (
    Augmentation,
    centre_crop,
    crop_and_mirror,
    draw_colour_shift,
    draw_crops,
    ten_views,
)
from alexnet_lib.data.pixels import Pixels
from alexnet_lib.data.statistics import Normalisation, RgbPca

__all__ = ["Draws", "PassDraws", "ResidentImages", "draw_batch"]


class Draws(NamedTuple):
    """What chance decides for some images: each (n,), the colour shift (n, 3) float32 or None without colour noise."""

    top: Tensor
    left: Tensor
    mirrored: Tensor
    shift: Tensor | None

    def share(self, part: slice) -> Draws:
        """The draws of some of these images."""
        return Draws(*(None if drawn is None else drawn[part] for drawn in self))


class PassDraws(NamedTuple):
    """What chance decides for one pass of S nets over N images: (S, N), in the order in which they are shown.

    ``crops`` is ``(top, left, mirrored)`` as one (3, S, N) int64, ``shift`` (S, N, 3) float32; None where not drawn.
    """

    rows: Tensor  # int64, which image
    crops: Tensor | None
    shift: Tensor | None

    def share(self, part: slice) -> PassDraws:
        """The draws of one batch."""
        crops = None if self.crops is None else self.crops[:, :, part]
        return PassDraws(self.rows[:, part], crops, None if self.shift is None else self.shift[:, part])

    def to(self, device: torch.device) -> PassDraws:
        """The same on a device."""
        return PassDraws(*(None if drawn is None else drawn.to(device) for drawn in self))


def draw_batch(count: int, side: int, augmentation: Augmentation, pca: RgbPca | None, generator: torch.Generator
               ) -> Draws:
    """The draws of ``count`` images of ``side`` pixels: `draw_crops`, then `draw_colour_shift` if there is noise."""
    where = draw_crops(count, side - augmentation.size, augmentation, generator)
    noise = augmentation.colour_sigma > 0
    return Draws(*where, draw_colour_shift(count, pca, augmentation, generator) if noise else None)


class ResidentImages:
    """Images and labels on one device, normalised as they are drawn.

    Args:
        images: (N, H, W, 3) uint8.
        labels: (N,) integers.
        scale: what to subtract and divide by, from the *training* images. A mean image as large as the images is cut
            to its centre if crops are taken: the same centre is subtracted from every crop wherever it comes
            from, as the released code does.
        device: where they live.
        augmentation: crops (and colour noise) for `shuffled`; `batch` and `in_order` then give centre crops.
        pca: colours of the training set, for colour noise.

    Raises:
        ValueError: images, labels, scale and augmentation that do not go together.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, scale: Normalisation,
                 device: torch.device | str = "cpu", augmentation: Augmentation | None = None,
                 pca: RgbPca | None = None) -> None:
        if images.ndim != 4 or images.shape[3] != 3 or images.dtype != np.uint8:
            raise ValueError(f"images must be uint8 (N, H, W, 3), not {images.dtype} {images.shape}")
        if len(images) != len(labels) or len(images) == 0:
            raise ValueError(f"{len(images)} images do not go with {len(labels)} labels")
        self.device = torch.device(device)
        self.pixels = Pixels(scale, images.shape[1:3], self.device, augmentation, pca)
        self.images = torch.from_numpy(np.array(images)).to(self.device)  # np.array copies out of the file
        self.labels = torch.from_numpy(np.array(labels, dtype=np.int64)).to(self.device)
        self.factor = self.pixels.factor
        self.augmentation, self.pca = augmentation, pca

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, rows: Tensor | slice) -> tuple[Tensor, Tensor]:
        """Some images as floats (n, 3, H, W) in channels-last memory, and their labels (n,).

        With an augmentation, the centre crop of each, without noise: what a test sees.
        """
        images = self.images[rows]
        if self.augmentation is not None:
            images = centre_crop(images, self.augmentation.size)
        return self.pixels.in_tests(images), self.labels[rows]

    def augmented_batch(self, rows: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """A freshly drawn crop of each image, floats (n, 3, size, size), and the labels (n,).

        Drawn from the generator: the crops (`draw_crops`), then, if there is colour noise, `draw_colour_shift`.
        """
        augmentation = self.augmentation
        *where, shift = draw_batch(len(rows), self.images.shape[1], augmentation, self.pca, generator)
        crops = crop_and_mirror(self.images, *where, augmentation.size, rows)
        return self.pixels.in_training(crops, shift), self.labels[rows]

    def shuffled(self, batch_size: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """One pass in random order: every image once, the last batch may be smaller.

        The order is drawn on the CPU, so a seed means the same order on every device. With an augmentation the
        generator gives the order first, then for each batch what `augmented_batch` draws.
        """
        order = torch.randperm(len(self), generator=generator).to(self.device)
        for rows in order.split(batch_size):
            yield self.batch(rows) if self.augmentation is None else self.augmented_batch(rows, generator)

    def draw_pass(self, batch_size: int, generators: Sequence[torch.Generator]) -> PassDraws:
        """One pass of several nets: what `shuffled` would draw from each generator, all at once, on the CPU."""
        rows, crops, shifts = [], [], []
        for generator in generators:
            rows.append(torch.randperm(len(self), generator=generator))
            if self.augmentation is None:
                continue
            parts = [draw_batch(len(some), self.images.shape[1], self.augmentation, self.pca, generator)
                     for some in rows[-1].split(batch_size)]
            crops.append(torch.stack([torch.cat(drawn) for drawn in list(zip(*parts, strict=True))[:3]]))
            if parts[0].shift is not None:
                shifts.append(torch.cat([part.shift for part in parts]))
        return PassDraws(torch.stack(rows), torch.stack(crops, 1) if crops else None,
                         torch.stack(shifts) if shifts else None)

    def stacked_batch(self, draws: PassDraws) -> tuple[Tensor, Tensor]:
        """The images of a batch of each net, side by side as `nets.stacked` reads them, and their labels.

        Args:
            draws: of S nets and n images, on the device.

        Returns:
            Floats (n, S * 3, size, size) in channels-last memory, and labels (n, S).
        """
        rows = draws.rows.flatten()
        if draws.crops is None:
            pixels = self.pixels.in_tests(self.images[rows])
        else:
            top, left, mirrored = draws.crops.flatten(1)
            crops = crop_and_mirror(self.images, top, left, mirrored == 1, self.augmentation.size, rows)
            pixels = self.pixels.in_training(crops, None if draws.shift is None else draws.shift.flatten(0, 1))
        each = pixels.permute(0, 2, 3, 1).unflatten(0, draws.rows.shape)  # (S, n, size, size, 3)
        side_by_side = each.permute(1, 2, 3, 0, 4).flatten(3)  # (n, size, size, S * 3)
        return side_by_side.permute(0, 3, 1, 2), self.labels[draws.rows.T]

    def in_order(self, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """One pass in stored order."""
        for start in range(0, len(self), batch_size):
            yield self.batch(slice(start, start + batch_size))

    def ten_view_batches(self, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """One pass in stored order, each image in the paper's ten views without noise.

        Yields:
            (10, n, 3, size, size) floats, views in the order of `ten_views`, and the labels (n,).
        """
        if self.augmentation is None:
            raise ValueError("ten views need the size of the crops: give ResidentImages an Augmentation")
        for start in range(0, len(self), batch_size):
            rows = slice(start, start + batch_size)
            yield self.pixels.in_tests(ten_views(self.images[rows], self.augmentation.size)), self.labels[rows]
