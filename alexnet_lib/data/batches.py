"""A data set that lives on the device, and shuffled batches from it.

CIFAR-10 is 123 MB of uint8, so it is copied to the device once; a batch is one gather and one
conversion to float. No worker processes, nothing to wait for. With an `Augmentation` a batch is one
fresh crop of each image, cut out on the device as well [K12 §4.1].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
from alexnet_lib.data.statistics import Normalisation, RgbPca

__all__ = ["ResidentImages"]

#: Elements that are worked on together on a CPU: 600 kB as floats, which a core's second cache holds.
IN_CACHE = 150_000


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
        if augmentation is not None:
            scale = _fit_to_crops(scale, images.shape[1:3], augmentation, pca)
        self.device = torch.device(device)
        self.images = torch.from_numpy(np.array(images)).to(self.device)  # np.array copies out of the file
        self.labels = torch.from_numpy(np.array(labels, dtype=np.int64)).to(self.device)
        self.offset = torch.from_numpy(scale.offset).to(self.device)
        self.factor = torch.from_numpy(1 / scale.divisor).to(self.device)
        self.augmentation, self.pca = augmentation, pca
        if augmentation is not None:
            self._training_factor = self.factor / augmentation.training_divisor

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, rows: Tensor | slice) -> tuple[Tensor, Tensor]:
        """Some images as floats (n, 3, H, W) in channels-last memory, and their labels (n,).

        With an augmentation, the centre crop of each, without noise: what a test sees.
        """
        images = self.images[rows]
        if self.augmentation is not None:
            images = centre_crop(images, self.augmentation.size)
        pixels = images.float().sub_(self.offset).mul_(self.factor)  # (n, H, W, 3)
        # A permuted view of NHWC *is* channels_last: the fast layout for convolutions, without a copy.
        return pixels.permute(0, 3, 1, 2), self.labels[rows]

    def augmented_batch(self, rows: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """A freshly drawn crop of each image, floats (n, 3, size, size), and the labels (n,).

        Drawn from the generator: the crops (`draw_crops`), then, if there is colour noise, `draw_colour_shift`.
        """
        augmentation = self.augmentation
        border = self.images.shape[1] - augmentation.size
        crops = crop_and_mirror(self.images, *draw_crops(len(rows), border, augmentation, generator),
                                augmentation.size, rows)
        shift = None
        if augmentation.colour_sigma:
            shift = draw_colour_shift(len(rows), self.pca, augmentation, generator).to(self.device)
        way = _with_numpy if self.device.type == "cpu" else _with_torch
        pixels = _normalise(crops, self.offset, self._training_factor, shift, way)
        return pixels.permute(0, 3, 1, 2), self.labels[rows]

    def shuffled(self, batch_size: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """One pass in random order: every image once, the last batch may be smaller.

        The order is drawn on the CPU, so a seed means the same order on every device. With an augmentation the
        generator gives the order first, then for each batch what `augmented_batch` draws.
        """
        order = torch.randperm(len(self), generator=generator).to(self.device)
        for rows in order.split(batch_size):
            yield self.batch(rows) if self.augmentation is None else self.augmented_batch(rows, generator)

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
            views = ten_views(self.images[rows], self.augmentation.size).float().sub_(self.offset).mul_(self.factor)
            yield views.permute(0, 1, 4, 2, 3), self.labels[rows]


def _normalise(crops: Tensor, offset: Tensor, factor: Tensor, shift: Tensor | None, way: Callable) -> Tensor:
    """(crops - offset + shift) * factor, for (n, size, size, 3) uint8 crops and a (n, 3) shift, as float32."""
    n, size = crops.shape[:2]
    # Laid out by lines of a crop: loops over three channels would be too short to be fast.
    offset = offset.reshape(size, 3 * size) if offset.ndim == 3 else offset.repeat(size)
    added = None if shift is None else (shift * factor).repeat(1, size)[:, None]  # (n, 1, 3 * size)
    pixels = way(crops.view(n, size, 3 * size), offset, factor.repeat(size), added)
    return pixels.view(n, size, size, 3)


def _with_torch(lines: Tensor, offset: Tensor, factor: Tensor, added: Tensor | None) -> Tensor:
    """For a GPU."""
    pixels = lines.float().sub_(offset).mul_(factor)
    return pixels if added is None else pixels.add_(added)


def _with_numpy(lines: Tensor, offset: Tensor, factor: Tensor, added: Tensor | None) -> Tensor:
    """For a CPU, on one thread for the reason given in `alexnet_lib.data.augment`; a few images at a time."""
    pixels = torch.empty(lines.shape)
    target, lines, offset, factor = pixels.numpy(), lines.numpy(), offset.numpy(), factor.numpy()
    factor = factor[:1] if np.all(factor == factor[0]) else factor  # one number for all channels: faster
    at_once = max(1, IN_CACHE // lines[0].size)
    for start in range(0, len(lines), at_once):
        rows = slice(start, start + at_once)
        some = target[rows]
        some[...] = lines[rows]
        some -= offset
        some *= factor
        if added is not None:
            some += added[rows].numpy()
    return pixels


def _fit_to_crops(scale: Normalisation, image_size: tuple[int, int], augmentation: Augmentation, pca: RgbPca | None
                  ) -> Normalisation:
    """Cut a mean image to its centre; refuse what does not fit."""
    (height, width), size = image_size, augmentation.size
    if height != width:
        raise ValueError(f"crops are drawn from square images, not {height}x{width}: cut them to a square first")
    augmentation.offsets(height - size)  # says so if the crop does not fit
    if augmentation.colour_sigma and pca is None:
        raise ValueError("colour noise needs the colours of the training set: pass pca=rgb_pca(training_images)")
    offset = scale.offset
    if offset.shape == (height, width, 3):
        offset = np.ascontiguousarray(centre_crop(torch.from_numpy(offset), size).numpy())
    if offset.shape not in ((3,), (size, size, 3)) or scale.divisor.shape != (3,):
        raise ValueError(f"an offset {scale.offset.shape} and a divisor {scale.divisor.shape} do not fit "
                         f"{height}-pixel images and {size}-pixel crops: take normalisation(training_images, ...)")
    return Normalisation(offset, scale.divisor)
