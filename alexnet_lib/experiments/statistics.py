"""Means with intervals, paired comparisons, and times of which some are only bounds.

Everything is small-sample: intervals over seeds are Student t. scipy does the distributions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

__all__ = ["Estimate", "band", "mean_interval", "paired_difference", "paired_ratio", "wilson_interval"]


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; `low` and `high` are NaN when there are too few values for one."""

    value: float
    low: float
    high: float
    n: int
    bound: str = "none"  # "lower": some times were cut off, the truth is at least this; "upper"; "unknown"

    def text(self, digits: int = 2, unit: str = "") -> str:
        """E.g. ``5.31 [4.9, 5.8], n = 3``; ``≥ 5.31 …`` for a lower bound; ``~`` if the direction is unknown."""
        sign = {"none": "", "lower": "≥ ", "upper": "≤ ", "unknown": "~ "}[self.bound]
        interval = f" [{self.low:.{digits}f}, {self.high:.{digits}f}]" if np.isfinite(self.low) else ""
        return f"{sign}{self.value:.{digits}f}{unit}{interval}, n = {self.n}"


def mean_interval(values: Sequence[float], level: float = 0.95) -> Estimate:
    """Mean and t interval. Raises ValueError for no values."""
    values = np.asarray(values, float)
    if values.size == 0:
        raise ValueError("no values to average")
    mean = float(values.mean())
    if values.size == 1:
        return Estimate(mean, float("nan"), float("nan"), 1)
    half = float(stats.t.ppf(0.5 + level / 2, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size))
    return Estimate(mean, mean - half, mean + half, int(values.size))


def paired_difference(first: Sequence[float], second: Sequence[float], level: float = 0.95) -> Estimate:
    """Mean of first - second over pairs (same seed), with a t interval.

    Raises:
        ValueError: different numbers of values, or none.
    """
    if len(first) != len(second):
        raise ValueError(f"pairs need equal numbers of values, not {len(first)} and {len(second)}")
    return mean_interval(np.asarray(first, float) - np.asarray(second, float), level)


def paired_ratio(top: Sequence[float], bottom: Sequence[float], level: float = 0.95,
                 top_cut_off: Sequence[bool] = (), bottom_cut_off: Sequence[bool] = ()) -> Estimate:
    """Geometric mean of top / bottom over pairs, with a t interval on the logarithm.

    Args:
        top, bottom: positive values, paired by seed.
        level: of the interval.
        top_cut_off, bottom_cut_off: per value, whether it is only a lower bound (the run was stopped
            before it got there). A cut-off top makes the ratio a lower bound, a cut-off bottom an upper one.

    Raises:
        ValueError: unpaired or not positive.
    """
    if min([*top, *bottom], default=1) <= 0:
        raise ValueError("a ratio needs positive values")
    logs = paired_difference(np.log(top), np.log(bottom), level)
    bound = {(False, False): "none", (True, False): "lower", (False, True): "upper", (True, True): "unknown"}[
        any(top_cut_off), any(bottom_cut_off)]
    return Estimate(float(np.exp(logs.value)), float(np.exp(logs.low)), float(np.exp(logs.high)), logs.n, bound)


def wilson_interval(wrong: int, total: int, level: float = 0.95) -> Estimate:
    """An error rate in per cent and its Wilson interval: the sampling error of a test set.

    Raises:
        ValueError: not 0 <= wrong <= total, or no trials.
    """
    if total < 1 or not 0 <= wrong <= total:
        raise ValueError(f"need 0 <= wrong <= total and total >= 1, not {wrong} of {total}")
    interval = stats.binomtest(wrong, total).proportion_ci(level, method="wilson")
    return Estimate(100 * wrong / total, 100 * interval.low, 100 * interval.high, total)


def band(curves: Sequence[tuple[Sequence[float], Sequence[float]]], points: int = 200, level: float = 0.95
         ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean curve and t band over seeds, on the stretch that all curves cover.

    Args:
        curves: one (x, y) a seed, x increasing.

    Returns:
        x, mean, low, high, each (points,); low and high equal the mean for a single curve.
    """
    if not curves:
        raise ValueError("no curves to average")
    x = np.linspace(max(c[0][0] for c in curves), min(c[0][-1] for c in curves), points)
    y = np.stack([np.interp(x, *c) for c in curves])
    mean = y.mean(0)
    if len(curves) == 1:
        return x, mean, mean, mean
    half = stats.t.ppf(0.5 + level / 2, len(curves) - 1) * y.std(0, ddof=1) / np.sqrt(len(curves))
    return x, mean, mean - half, mean + half
