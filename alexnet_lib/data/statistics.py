"""Statistics of a training set: what is subtracted from a pixel, and what it is divided by.

The paper subtracts the mean image and nothing else, so pixels stay on the 0-255 scale [K12 §2].
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

__all__ = [
    "INPUT_SCALES", "Normalisation", "RgbPca", "RunningStatistics", "channel_mean_and_sd", "mean_image",
    "normalisation", "rgb_pca",
]

#: "raw": pixels 0-255 minus the mean image [K12 §2; cuda-convnet]. "standardised": minus the mean
#: of each colour channel, divided by its standard deviation, as is usual today.
INPUT_SCALES = ("raw", "standardised")


class Normalisation(NamedTuple):
    """A pixel x becomes (x - offset) / divisor; both broadcast against (N, H, W, 3)."""

    offset: np.ndarray
    divisor: np.ndarray


def mean_image(images: np.ndarray) -> np.ndarray:
    """Mean over images, per pixel: (N, H, W, 3) uint8 -> (H, W, 3) float32, 0-255 [K12 §2]."""
    return images.mean(axis=0, dtype=np.float64).astype(np.float32)


def channel_mean_and_sd(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each colour channel over all pixels: two (3,) float64, 0-255."""
    mean = images.mean(axis=(0, 1, 2), dtype=np.float64)
    square = np.zeros(3)
    for start in range(0, len(images), 1000):  # squares of the whole set at once would take gigabytes
        square += np.square(images[start : start + 1000], dtype=np.float64).sum(axis=(0, 1, 2))
    return mean, np.sqrt(square / (images.size / 3) - mean**2)


def normalisation(images: np.ndarray, input_scale: str) -> Normalisation:
    """Offset and divisor for these training images.

    Raises:
        ValueError: unknown input scale.
    """
    if input_scale == "raw":
        return Normalisation(mean_image(images), np.ones(3, np.float32))
    if input_scale == "standardised":
        mean, sd = channel_mean_and_sd(images)
        return Normalisation(mean.astype(np.float32), sd.astype(np.float32))
    raise ValueError(f"unknown input scale {input_scale!r}: choose one of {', '.join(INPUT_SCALES)}")


@dataclass(frozen=True, eq=False)
class RgbPca:
    """Principal components of the colours of pixels, on the 0-255 scale [K12 §4.1].

    Attributes:
        mean: (3,) mean red, green, blue, grey levels.
        variances: (3,) eigenvalues of the covariance, largest first, grey levels squared.
        directions: (3, 3), row i the unit eigenvector of ``variances[i]``; its sign is fixed so that its largest
            component is positive.

    Published for ImageNet: Krizhevsky's later release has mean 127.3, 119.7, 104.9 and "PCA scales" 121.78, 37.09,
    19.72. These are standard deviations, the square roots of ``variances``: their squares add up to 16,600, or
    three channels with a standard deviation of 74 each, as photographs have. The 0.2175, 0.0188, 0.0045 often copied
    since are variances of pixels on a scale of 0 to 1.
    """

    mean: np.ndarray
    variances: np.ndarray
    directions: np.ndarray


class RunningStatistics:
    """The mean image and the colour PCA of a training set too large for memory, in one pass.

    Pixel sums are kept as whole numbers, so neither the size of the chunks nor their number changes a bit.
    """

    def __init__(self) -> None:
        self.images = 0
        self._sum: np.ndarray | None = None  # (H, W, 3) int64
        self._products = np.zeros((3, 3), np.int64)

    def update(self, chunk: np.ndarray) -> None:
        """Add some images, (n, H, W, 3) uint8, all of one size.

        Raises:
            ValueError: wrong type or shape, or another size than before.
        """
        if chunk.ndim != 4 or chunk.shape[3] != 3 or chunk.dtype != np.uint8:
            raise ValueError(f"images must be uint8 (N, H, W, 3), not {chunk.dtype} {chunk.shape}")
        if self._sum is None:
            self._sum = np.zeros(chunk.shape[1:], np.int64)
        if chunk.shape[1:] != self._sum.shape:
            raise ValueError(f"images are {chunk.shape[1]}x{chunk.shape[2]} here and {self._sum.shape[0]}x"
                             f"{self._sum.shape[1]} before: bring them to one size first")
        at_once = max(1, 2**21 // chunk[0].size)  # images whose float64 copy takes 16 MiB
        for start in range(0, len(chunk), at_once):
            part = chunk[start : start + at_once]
            pixels = part.reshape(-1, 3).astype(np.float64)
            self._products += (pixels.T @ pixels).astype(np.int64)  # exact: each sum stays far below 2^53
            self._sum += part.sum(axis=0, dtype=np.int64)
        self.images += len(chunk)

    @property
    def mean_image(self) -> np.ndarray:
        """(H, W, 3) float32, 0-255."""
        return (self._totals() / self.images).astype(np.float32)

    @property
    def pca(self) -> RgbPca:
        """Of all pixels, whatever their place; the covariance is that of the population (divided by their number)."""
        total, pixels = self._totals(), self.images * self._totals().size // 3
        mean = total.sum(axis=(0, 1)) / pixels
        variances, vectors = np.linalg.eigh(self._products / pixels - np.outer(mean, mean))
        directions = vectors.T[::-1]
        signs = np.sign(directions[np.arange(3), np.abs(directions).argmax(axis=1)])
        return RgbPca(mean, np.clip(variances[::-1], 0, None), directions * signs[:, None])

    def _totals(self) -> np.ndarray:
        if self._sum is None or self.images == 0:
            raise ValueError("no images yet: call update(chunk) first")
        return self._sum


def rgb_pca(images: np.ndarray | Iterable[np.ndarray]) -> RgbPca:
    """Colour PCA of (N, H, W, 3) uint8 images, or of chunks of them that come one at a time."""
    running = RunningStatistics()
    for chunk in [images] if isinstance(images, np.ndarray) else images:
        running.update(chunk)
    return running.pca
