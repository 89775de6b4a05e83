"""From the uint8 images that are stored to the floats that a net sees."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from alexnet_lib.data.augment import Augmentation, centre_crop
from alexnet_lib.data.statistics import Normalisation, RgbPca

__all__ = ["Pixels"]

#: Elements that are worked on together on a CPU: 600 kB as floats, which a core's second cache holds.
IN_CACHE = 150_000


class Pixels:
    """From uint8 images to the floats that a net sees, on one device.

    Args:
        scale, augmentation, pca: as for `ResidentImages`.
        image_size: height and width of the images that crops are taken from.
        device: where the images are.

    Raises:
        ValueError: images, scale and augmentation that do not go together.
    """

    def __init__(self, scale: Normalisation, image_size: tuple[int, int], device: torch.device,
                 augmentation: Augmentation | None = None, pca: RgbPca | None = None) -> None:
        if augmentation is not None:
            scale = _fit_to_crops(scale, image_size, augmentation, pca)
        self.offset = torch.from_numpy(scale.offset).to(device)
        self.factor = torch.from_numpy(1 / scale.divisor).to(device)
        self._training_factor = self.factor / (augmentation.training_divisor if augmentation else 1)
        self._way = _with_numpy if device.type == "cpu" else _with_torch

    def in_training(self, crops: Tensor, shift: Tensor | None) -> Tensor:
        """(n, size, size, 3) uint8 and a (n, 3) colour shift -> (n, 3, size, size) in channels-last memory."""
        shift = None if shift is None else shift.to(crops.device)
        return _normalise(crops, self.offset, self._training_factor, shift, self._way).permute(0, 3, 1, 2)

    def in_tests(self, images: Tensor) -> Tensor:
        """(..., H, W, 3) uint8, whole images, centre crops or views, without noise -> (..., 3, H, W)."""
        # A permuted view of NHWC *is* channels_last: the fast layout for convolutions, without a copy.
        return images.float().sub_(self.offset).mul_(self.factor).movedim(-1, -3)


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
    at_once = max(1, IN_CACHE // (lines.shape[1] * lines.shape[2]))
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
