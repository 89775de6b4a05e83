"""What a kernel of the first layer selects, in numbers: colour, direction, frequency [K12 §6.1].

The paper tells this of Figure 3 by eye. Kernels are (N, 3, height, width) arrays throughout; a kernel that has
nothing to measure (all zero, or flat) counts as selecting nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import comb

import numpy as np
from scipy import stats

__all__ = [
    "colour_index", "column_difference", "leading_pattern", "noise_quantile", "orientation_selectivity",
    "permutation_test", "power_spectrum", "preferred_direction", "preferred_frequency",
]

GRID = 32  # points of the padded Fourier transform, each way: enough for all that a kernel up to 16 pixels wide holds
EXACT_SPLITS = 20_000  # up to so many ways to split two groups, all are counted


def colour_index(kernels: np.ndarray) -> np.ndarray:
    """Share of a kernel's energy that is not grey, 0 (grey throughout, or all zero) to 1.

    Grey is the mean of the three colours at each pixel. White noise has 2/3 on average: two of three directions.

    Returns:
        (N,) float.

    Raises:
        ValueError: not colour kernels.
    """
    kernels = _checked(kernels)
    energy = (kernels**2).sum((1, 2, 3))
    grey = 3 * (kernels.mean(1) ** 2).sum((1, 2))
    # Rounding can take the share of a grey kernel a little past 1.
    return 1 - np.minimum(np.divide(grey, energy, out=np.ones(len(kernels)), where=energy > 0), 1)


def leading_pattern(kernels: np.ndarray) -> np.ndarray:
    """The one picture that tells most of each kernel: (N, height, width), its mean 0.

    The mean of each colour is taken off (frequency 0, and what the kernel's frame would spread of it along the axes);
    then the colours are mixed with the weights that leave most energy: the first principal component over channels.
    So a grey edge and a red-green one are measured alike. A flat kernel gives zeros.

    Raises:
        ValueError: not colour kernels.
    """
    kernels = _checked(kernels)
    changing = kernels - kernels.mean((2, 3), keepdims=True)
    flat = (changing**2).sum((1, 2, 3)) <= 1e-12 * (kernels**2).sum((1, 2, 3))  # else rounding would be measured
    changing[flat] = 0
    pixels = changing.reshape(len(kernels), 3, -1)
    _, mixes = np.linalg.eigh(pixels @ pixels.transpose(0, 2, 1))  # eigenvalues rise: the last column leads
    return np.einsum("nc,nchw->nhw", mixes[:, :, -1], changing)


def power_spectrum(kernels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Squared Fourier amplitudes of `leading_pattern`, inside the circle of half a cycle per pixel.

    A disc, and not the whole square: its corners hold frequencies that only diagonal waves reach.

    Returns:
        power (N, size, size), the frequency 0 in the middle, 0 outside the circle; and the frequencies of its
        rows and columns together, across and down, (size, size) each, cycles per pixel.

    Raises:
        ValueError: not colour kernels.
    """
    patterns = leading_pattern(kernels)
    size = max(GRID, 2 * max(patterns.shape[1:]))
    frequency = np.fft.fftshift(np.fft.fftfreq(size))
    down, across = np.meshgrid(frequency, frequency, indexing="ij")
    power = np.abs(np.fft.fftshift(np.fft.fft2(patterns, s=(size, size)), axes=(1, 2))) ** 2
    return power * (np.hypot(across, down) < 0.5), across, down


def orientation_selectivity(kernels: np.ndarray) -> np.ndarray:
    """How far a kernel keeps to one direction: |sum P exp(2iθ)| / sum P over its `power_spectrum`.

    θ is the direction of a frequency; twice θ, since a wave and the same one seen from behind are one. 1 for a wave
    of one direction, 0 for a round blob; noise in a small frame has some too, see `noise_quantile`.

    Returns:
        (N,) float from 0 to 1.

    Raises:
        ValueError: not colour kernels.
    """
    total, pull = _pull(kernels)
    return np.divide(np.abs(pull), total, out=np.zeros(len(total)), where=total > 0)


def preferred_direction(kernels: np.ndarray) -> np.ndarray:
    """Direction of a kernel's stripes or edge in degrees, 0 (level) to 180, anticlockwise; NaN for a flat kernel.

    Raises:
        ValueError: not colour kernels.
    """
    total, pull = _pull(kernels)
    # Stripes lie across the frequency that makes them: a quarter turn on.
    return np.where(total > 0, (np.degrees(np.angle(pull)) / 2 + 90) % 180, np.nan)


def preferred_frequency(kernels: np.ndarray) -> np.ndarray:
    """Mean frequency of a kernel, weighted with its power: cycles per pixel, (N,); 0 for a flat kernel.

    Raises:
        ValueError: not colour kernels.
    """
    power, across, down = power_spectrum(kernels)
    total = power.sum((1, 2))
    return np.divide((power * np.hypot(across, down)).sum((1, 2)), total, out=np.zeros(len(total)), where=total > 0)


@lru_cache
def noise_quantile(measure: Callable[[np.ndarray], np.ndarray], size: int, level: float = 0.95, count: int = 10_000,
                   seed: int = 0) -> float:
    """What `measure` gives for kernels of white noise: the value that the share `level` of them stays below.

    Args:
        measure: kernels (N, 3, size, size) -> (N,).
        size: of the kernels, in pixels.
        level: 0 to 1.
        count: kernels drawn.
        seed: of the noise.
    """
    generator = np.random.default_rng(seed)
    parts = [min(1000, count - done) for done in range(0, count, 1000)]  # so that the spectra take little memory
    values = [measure(generator.normal(size=(part, 3, size, size))) for part in parts]
    return float(np.quantile(np.concatenate(values), level))


def column_difference(index: np.ndarray, columns: int = 2) -> float:
    """Mean of the first column's kernels minus that of the second's.

    Args:
        index: (N,) a measure of each kernel; the columns lie one after the other.
        columns: how many of them.

    Raises:
        ValueError: fewer than two columns, or kernels that cannot be dealt to them evenly.
    """
    index = np.asarray(index, float)
    if index.ndim != 1 or columns < 2 or not len(index) or len(index) % columns:
        raise ValueError(f"values {index.shape} do not split into {columns} columns: need (N,), N a multiple of "
                         "columns, and two columns or more")
    first, second = index.reshape(columns, -1).mean(1)[:2]
    return float(first - second)


def permutation_test(first: np.ndarray, second: np.ndarray, permutations: int = 10_000, seed: int = 0) -> float:
    """How often chance alone, dealing the same values out anew, sets the two means as far apart: p, two-sided.

    Every split is counted if there are at most `EXACT_SPLITS`; else `permutations` random ones, and the split
    at hand as one more (so p is never 0).

    Args:
        first, second: (N,) and (M,) values.
        permutations: random splits.
        seed: of the splits.

    Raises:
        ValueError: a group is empty, or a value is not finite.
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    if not (first.size and second.size and np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError(f"both groups need values, all finite; these have {first.size} and {second.size}")
    exact = comb(first.size + second.size, first.size) <= EXACT_SPLITS
    found = stats.permutation_test(
        (first, second), lambda a, b, axis: np.abs(a.mean(axis) - b.mean(axis)), vectorized=True,
        n_resamples=np.inf if exact else permutations, batch=1000, alternative="greater",
        rng=np.random.default_rng(seed))
    return float(found.pvalue)


def _pull(kernels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Total power, and its sum with every direction's doubled angle; rows run down, so angles are turned upright."""
    power, across, down = power_spectrum(kernels)
    return power.sum((1, 2)), (power * np.exp(2j * np.arctan2(-down, across))).sum((1, 2))


def _checked(kernels: np.ndarray) -> np.ndarray:
    kernels = np.asarray(kernels, float)
    if kernels.ndim != 4 or kernels.shape[1] != 3 or not kernels.size:
        raise ValueError(f"kernels must be (N, 3, height, width), not {kernels.shape}")
    return kernels
