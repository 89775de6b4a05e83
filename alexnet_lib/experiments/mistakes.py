"""Which images of a fixed set nets get wrong: averaged nets, shared mistakes, and what the number of images allows.

Intervals here come from the images alone, the nets being fixed: they say how far other images of the same kind could
move the number, and nothing of other seeds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from alexnet_lib.experiments.statistics import Estimate

__all__ = [
    "Average", "average_nets", "bootstrap_mean", "chance_within", "mistake_counts", "sampling_half_width",
    "shared_mistakes", "wrong",
]


def wrong(outputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Which images are misclassified: outputs (..., N, classes), labels (N,) -> (..., N) of bool.

    An output that is not a number is a mistake.
    """
    return (outputs.argmax(-1) != labels) | np.isnan(outputs).any(-1)


def bootstrap_mean(values: np.ndarray, draws: int = 10_000, level: float = 0.95) -> Estimate:
    """Mean over images and its bootstrap interval: as many images are drawn, with replacement.

    Args:
        values: (N,), one an image. They should have few distinct values, as counts of mistakes have: drawing images is
            then one multinomial draw of how often each value comes up, which is exact and fast.
        draws: bootstrap samples, from a generator with a fixed seed.
        level: of the interval.

    Raises:
        ValueError: no values.
    """
    if len(values) == 0:
        raise ValueError("no values to average")
    distinct, counts = np.unique(np.round(values, 9), return_counts=True)
    samples = np.random.default_rng(0).multinomial(len(values), counts / len(values), size=draws)
    low, high = np.quantile(samples @ distinct / len(values), [0.5 - level / 2, 0.5 + level / 2])
    return Estimate(float(np.mean(values)), float(low), float(high), len(values))


@dataclass(frozen=True)
class Average:
    """Nets of one kind averaged, so many at a time."""

    nets: int  # averaged
    errors_pct: tuple[float, ...]  # of each choice of so many nets
    error_pct: Estimate  # mean over the choices, interval over the images
    gain_pct: Estimate  # mean error of one net minus that, in points, image by image


def average_nets(outputs: np.ndarray, labels: np.ndarray, nets: int) -> Average:
    """Average the softmax outputs of every choice of so many nets [K12 §6].

    Args:
        outputs: (all nets, N, classes).
        labels: (N,).
        nets: how many to average, from 1 to all.

    Raises:
        ValueError: more nets than there are, or none.
    """
    if not 1 <= nets <= len(outputs):
        raise ValueError(f"from 1 to {len(outputs)} nets can be averaged, not {nets}")
    choices = combinations(range(len(outputs)), nets)
    mistakes = np.stack([wrong(outputs[list(some)].mean(0), labels) for some in choices])  # (choices, N)
    single, averaged = wrong(outputs, labels).mean(0), mistakes.mean(0)  # (N,), shares of nets and of choices
    return Average(nets, tuple((100 * mistakes.mean(1)).tolist()), bootstrap_mean(100 * averaged),
                   bootstrap_mean(100 * (single - averaged)))


def shared_mistakes(mistakes: np.ndarray) -> np.ndarray:
    """Of the images that one net gets wrong, the share that another does too: (nets, N) -> (nets, nets), per cent.

    Row: whose mistakes; column: who shares them. If nets erred independently, a column would hold the column's own
    error everywhere but on the diagonal, which is 100. A net without mistakes has a row of NaN.
    """
    counts = mistakes.astype(float)
    own = counts.sum(1, keepdims=True)
    return np.divide(100 * (counts @ counts.T), own, out=np.full((len(own), len(own)), np.nan), where=own > 0)


def mistake_counts(mistakes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of images that 0, 1, ... all nets get wrong, per cent; and what it would be if nets erred independently.

    Args:
        mistakes: (nets, N) of bool.

    Returns:
        Two arrays (nets + 1,).
    """
    nets, images = mistakes.shape
    found = 100 * np.bincount(mistakes.sum(0), minlength=nets + 1) / images
    independent = np.ones(1)
    for error in mistakes.mean(1):
        independent = np.convolve(independent, [1 - error, error])
    return found, 100 * independent


def sampling_half_width(error_pct: float, first: int, second: int, level: float = 0.95) -> float:
    """How far two samples of images let the errors of one net differ, in points: half the interval.

    Args:
        error_pct: the true error, the same in both.
        first, second: images in each sample, drawn independently.
        level: of the interval.
    """
    return float(stats.norm.ppf(0.5 + level / 2)) * _sampling_sd(error_pct, first, second)


def chance_within(points: float, error_pct: float, first: int, second: int) -> float:
    """Probability that the errors on two samples lie as close as that, if nothing but sampling parts them."""
    return float(1 - 2 * stats.norm.sf(points / _sampling_sd(error_pct, first, second)))


def _sampling_sd(error_pct: float, first: int, second: int) -> float:
    return math.sqrt(error_pct * (100 - error_pct) * (1 / first + 1 / second))
