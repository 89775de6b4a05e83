"""Statistics of a training set: what is subtracted from a pixel, and what it is divided by.

The paper subtracts the mean image and nothing else, so pixels stay on the 0-255 scale [K12 §2].
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["INPUT_SCALES", "Normalisation", "channel_mean_and_sd", "mean_image", "normalisation"]

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
