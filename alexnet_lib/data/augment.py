"""The paper's data augmentation, on whole batches where they live [K12 §4.1].

Training: a random crop, mirrored half the time, and one random colour shift an image. Testing: ten
views of each image, whose predictions are averaged. From 256 to 224 pixels the paper counts
32 x 32 x 2 = 2,048 crops; its code draws offsets 0 to 32 *inclusive*, which makes 33 x 33 x 2 = 2,178.
cuda-convnet's CIFAR-10 nets see 24 pixels of 32: 9 x 9 x 2 = 162.

Images are (N, H, W, 3) throughout, uint8 until the colour shift is added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from alexnet_lib.data.statistics import RgbPca

__all__ = [
    "COLOUR_FORMS", "POSITIONS", "Augmentation", "centre_crop", "crop_and_mirror", "draw_colour_shift", "draw_crops",
    "ten_views",
]

#: "code": offsets 0..border, both included, as drawn in the released code; "paper": 0..border - 1, as counted in print;
#: "centre": the middle of the image, always.
POSITIONS = ("code", "paper", "centre")

#: The published forms of the colour noise; see `draw_colour_shift`.
COLOUR_FORMS = ("paper", "unit", "released")

#: A torch operation on fewer elements than this stays on one thread.
ONE_THREAD = 2**15 - 1


@dataclass(frozen=True)
class Augmentation:
    """What is done to a training image each time it is shown.

    Raises:
        ValueError: a setting that is not allowed, and what is.
    """

    size: int = 224  # pixels, side of the crop [K12 §4.1]; cuda-convnet's CIFAR-10 nets: 24
    mirror: bool = True  # left and right exchanged, with probability 1/2
    positions: str = "code"  # POSITIONS
    chunk: int = 1  # images that share one draw of crop and mirror; the released ImageNet code: 32
    colour_sigma: float = 0.0  # standard deviation of the alphas [K12 §4.1: 0.1]; 0: no colour noise
    colour_form: str = "paper"  # COLOUR_FORMS

    def __post_init__(self) -> None:
        for name in ("size", "chunk"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a whole number, at least 1, not {value!r}")
        for name, allowed in (("positions", POSITIONS), ("colour_form", COLOUR_FORMS)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"unknown {name} {getattr(self, name)!r}: choose one of {', '.join(allowed)}")
        if not 0 <= self.colour_sigma < float("inf"):
            raise ValueError(f"colour_sigma must be at least 0, not {self.colour_sigma} (0 switches the noise off)")

    @property
    def training_divisor(self) -> float:
        """What a training image is divided by after the noise: 1 + sigma in the released form, else 1."""
        return 1 + self.colour_sigma if self.colour_form == "released" else 1.0

    def offsets(self, border: int) -> int:
        """How many offsets there are along one side, for images that are ``border`` pixels larger than the crop."""
        count = border + (self.positions == "code") if self.positions != "centre" else 1
        if border < 0 or count == 0:
            raise ValueError(f"no {self.size}-pixel crop fits {self.size + border}-pixel images with "
                             f"positions={self.positions!r}: use a smaller size" + (" or 'code'" if count == 0 else ""))
        return count

    def crops(self, border: int) -> int:
        """How many different crops an image has, mirrored ones included: 2,178 or 2,048 at 224 of 256."""
        return self.offsets(border) ** 2 * (1 + self.mirror)


# --- draws: always on the CPU, so that a seed means the same draws on every device --------------------


def draw_crops(count: int, border: int, augmentation: Augmentation, generator: torch.Generator
               ) -> tuple[Tensor, Tensor, Tensor]:
    """Where to crop, and which crops to mirror.

    Drawn in this order: all tops, all lefts, all mirrors, one for each chunk of images. The mirrors are drawn even
    if none is wanted, so that switching them off leaves the crops as they were.

    Args:
        count: images.
        border: pixels by which the images are larger than the crop (32 for 224 of 256).
        augmentation: the settings.
        generator: a CPU generator.

    Returns:
        top (count,) int64, left (count,) int64, mirrored (count,) bool.

    Raises:
        ValueError: the crop does not fit.
    """
    offsets, draws = augmentation.offsets(border), -(-count // augmentation.chunk)
    first = border // 2 if augmentation.positions == "centre" else 0
    top, left = (first + torch.randint(offsets, (draws,), generator=generator) for _ in range(2))
    mirrored = torch.randint(2, (draws,), generator=generator) == 1
    if not augmentation.mirror:
        mirrored = torch.zeros_like(mirrored)
    if augmentation.chunk > 1:
        top, left, mirrored = (x.repeat_interleave(augmentation.chunk)[:count] for x in (top, left, mirrored))
    return top, left, mirrored


def draw_colour_shift(count: int, pca: RgbPca, augmentation: Augmentation, generator: torch.Generator) -> Tensor:
    """What is added to every pixel of an image, in grey levels (0-255 scale).

    With alpha_i ~ N(0, sigma²), one triple an image, and p_i, lambda_i the unit eigenvectors and the eigenvalues of
    the RGB covariance:

    - "paper", as printed [K12 §4.1]: sum of alpha_i * lambda_i * p_i. An eigenvalue is a *variance*, so the result
      depends on the pixel scale: with sigma 0.1 on 0-255 pixels the first term alone is some 1,500 grey levels for
      natural images, and everything saturates the net.
    - "unit": the same formula for pixels between 0 and 1, as later libraries have it: a few grey levels.
    - "released", as in the 2012 code: sum of alpha_i * sqrt(lambda_i) * p_i, standard deviations (12.2, 3.7 and 2.0
      grey levels with sigma 0.1 on ImageNet). Training images, mean subtracted and noise added, are then divided by
      1 + sigma (`Augmentation.training_divisor`); test images are not.

    Returns:
        (count, 3) float32.
    """
    alphas = augmentation.colour_sigma * torch.randn(count, 3, generator=generator, dtype=torch.float64)
    sizes = {"paper": pca.variances, "unit": pca.variances / 255, "released": np.sqrt(pca.variances)}[
        augmentation.colour_form]
    components = torch.from_numpy(sizes[:, None] * pca.directions)  # (3, 3), one a row
    # Written out, as a matrix product would wake every thread for so small a sum.
    return sum(alphas[:, i, None] * components[i] for i in range(3)).float()


# --- crops -------------------------------------------------------------------------------------------


def crop_and_mirror(images: Tensor, top: Tensor, left: Tensor, mirrored: Tensor, size: int,
                    rows: Tensor | None = None) -> Tensor:
    """One crop of each image, some mirrored; the images are left as they are.

    Args:
        images: (N, H, W, 3) uint8.
        top, left: (n,) int64, the crop's first row and column.
        mirrored: (n,) bool.
        size: side of the crop, pixels.
        rows: (n,) int64, which images; without it, all of them in order (n = N).

    Returns:
        (n, size, size, 3) uint8 on the images' device.

    Raises:
        ValueError: wrong shape or type, a crop larger than the images, or one that begins outside them. The last is
            not asked of draws that lie on a GPU, which would have to be waited for.
    """
    _check(images, size)
    if images.ndim != 4 or images.dtype != torch.uint8:
        raise ValueError(f"images must be uint8 (N, H, W, 3), not {images.dtype} {tuple(images.shape)}: "
                         "crop before converting to float")
    rows = torch.arange(len(images)) if rows is None else rows
    if not len(rows) == len(top) == len(left) == len(mirrored):
        raise ValueError(f"{len(rows)} images need as many crops, not {len(top)}, {len(left)} and {len(mirrored)}")
    for name, first, side in (("top", top, images.shape[1]), ("left", left, images.shape[2])):
        if first.device.type == "cpu" and len(first) and not 0 <= int(first.min()) <= int(first.max()) <= side - size:
            raise ValueError(f"{name} must be between 0 and {side - size} for {size}-pixel crops of {side} pixels, "
                             f"not {int(first.min())} to {int(first.max())}")
    cut = _cut_lines if images.device.type == "cpu" else _gather_pixels
    return cut(images.contiguous(), rows, top, left, mirrored, size)


def _gather_pixels(images: Tensor, rows: Tensor, top: Tensor, left: Tensor, mirrored: Tensor, size: int) -> Tensor:
    """For a GPU: one gather of whole pixels; a mirrored crop reads its columns backwards."""
    _, height, width, _ = images.shape
    rows, top, left, mirrored = (x.to(images.device)[:, None] for x in (rows, top, left, mirrored))
    steps = torch.arange(size, device=images.device)
    lines = rows * height + top + steps  # (n, size)
    columns = left + torch.where(mirrored, steps.flip(0), steps)  # (n, size)
    pixels = lines[:, :, None] * width + columns[:, None, :]  # (n, size, size)
    return images.view(-1, 3).index_select(0, pixels.flatten()).view(-1, size, size, 3)


def _cut_lines(images: Tensor, rows: Tensor, top: Tensor, left: Tensor, mirrored: Tensor, size: int) -> Tensor:
    """For a CPU: one gather whose element is a whole line of a crop, 3 * size bytes; then mirror in place.

    On one thread on purpose: when other processes keep the cores busy, a torch operation on several threads waits for
    the slowest of them each time, and a batch took a hundred times longer.
    """
    count, height, width, _ = images.shape
    # every line of every crop there could be, as overlapping elements of the same memory
    lines = np.ndarray((count, height, width - size + 1), f"V{3 * size}", images.numpy().data,
                       strides=(height * width * 3, width * 3, 3))
    chosen = lines[rows.numpy()[:, None], top.numpy()[:, None] + np.arange(size), left.numpy()[:, None]]
    crops = chosen.view(np.uint8).reshape(-1, size, size, 3)
    turned = mirrored.numpy().nonzero()[0]
    if size <= 40:  # small crops: all at once, with one pixel as the element
        pixels = crops.view("V3")[..., 0]  # (n, size, size)
        pixels[turned] = pixels[turned][:, :, ::-1]
    else:  # large ones: a few lines at a time, which torch flips on one thread and the cache holds
        at_once = max(1, ONE_THREAD // (3 * size))
        for i in turned.tolist():
            for y in range(0, size, at_once):
                some = crops[i, y : y + at_once]
                some[...] = torch.from_numpy(some).flip(1).numpy()
    return torch.from_numpy(crops)


def centre_crop(images: Tensor, size: int) -> Tensor:
    """The middle ``size`` x ``size`` pixels of (..., H, W, 3), as a view."""
    _check(images, size)
    top, left = ((side - size) // 2 for side in images.shape[-3:-1])
    return images[..., top : top + size, left : left + size, :]


def ten_views(images: Tensor, size: int) -> Tensor:
    """The ten views of the paper's test: four corners, the centre, and the mirror image of each [K12 §4.1].

    Args:
        images: (N, H, W, 3), any type.
        size: side of a view, pixels.

    Returns:
        (10, N, size, size, 3): top left, top right, bottom left, bottom right, centre; then the same five mirrored.
    """
    _check(images, size)
    bottom, right = (side - size for side in images.shape[-3:-1])
    corners = [images[:, y : y + size, x : x + size] for y in (0, bottom) for x in (0, right)]
    views = torch.stack([*corners, centre_crop(images, size)])
    return torch.cat([views, views.flip(3)])


def _check(images: Tensor, size: int) -> None:
    if images.ndim < 3 or images.shape[-1] != 3:
        raise ValueError(f"images must be (N, H, W, 3), not {tuple(images.shape)}")
    if not 1 <= size <= min(images.shape[-3:-1]):
        raise ValueError(f"a {size}-pixel crop does not fit {images.shape[-3]}x{images.shape[-2]} images: "
                         "use a smaller size or larger images")
