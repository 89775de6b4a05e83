"""Answers to ps6-interval."""

from math import fsum, sqrt
from statistics import NormalDist, mean, median, pstdev, stdev, variance

import numpy as np
import torch
from scipy import stats


def right_by_scipy(values, confidence=0.95):
    if len(values) < 2:
        raise ValueError("too few values")
    ends = stats.ttest_1samp(values, 0.0).confidence_interval(confidence)
    return np.mean(values), ends.low, ends.high


def right_by_sums(values, confidence=0.95):
    n = len(values)
    if n <= 1:
        raise ValueError("too few values")
    middle = fsum(values) / n
    error = sqrt(fsum((value - middle) ** 2 for value in values) / (n * (n - 1)))
    half = stats.t.isf((1 - confidence) / 2, df=n - 1) * error
    return [middle, middle - half, middle + half]


def wrong_by_t_interval(values, confidence=0.95):
    """stats.t.interval gives nan for a scale of 0. Hint: an interval of width 0"""
    if len(values) < 2:
        raise ValueError("too few values")
    return mean(values), *stats.t.interval(confidence, len(values) - 1, loc=mean(values), scale=stats.sem(values))


def right_with_torch(values, confidence=0.95):
    values = torch.tensor(values, dtype=torch.float64)
    if values.numel() < 2:
        raise ValueError("too few values")
    half = stats.t.ppf(0.5 + confidence / 2, values.numel() - 1) * values.std() / values.numel() ** 0.5
    return values.mean(), values.mean() - half, values.mean() + half


def _interval(values, quantile, sd=None, root=None):
    if len(values) < 2:
        raise ValueError("too few values")
    half = quantile * (stdev(values) if sd is None else sd) / (sqrt(len(values)) if root is None else root)
    return mean(values), mean(values) - half, mean(values) + half


def wrong_normal(values, confidence=0.95):
    """The normal distribution. Hint: in place of Student's t"""
    return _interval(values, NormalDist().inv_cdf((1 + confidence) / 2))


def wrong_population_sd(values, confidence=0.95):
    """The standard deviation divides by n. Hint: ddof=1"""
    if len(values) < 2:
        raise ValueError("too few values")
    return _interval(values, stats.t.ppf((1 + confidence) / 2, len(values) - 1), sd=pstdev(values))


def wrong_no_root(values, confidence=0.95):
    """Standard deviation instead of standard error. Hint: not divided by the root of n"""
    return _interval(values, stats.t.ppf((1 + confidence) / 2, len(values) - 1), root=1)


def wrong_over_n(values, confidence=0.95):
    """Divides by n, not by its root. Hint: divided by n instead of its root"""
    return _interval(values, stats.t.ppf((1 + confidence) / 2, len(values) - 1), root=len(values))


def wrong_one_sided(values, confidence=0.95):
    """The whole tail on one side. Hint: the whole tail is put on one side"""
    return _interval(values, stats.t.ppf(confidence, len(values) - 1))


def wrong_degrees(values, confidence=0.95):
    """n degrees of freedom. Hint: the degrees of freedom are n"""
    return _interval(values, stats.t.ppf((1 + confidence) / 2, len(values)))


def wrong_variance(values, confidence=0.95):
    """Variance over n. Hint: the variance over n"""
    if len(values) < 2:
        raise ValueError("too few values")
    return _interval(values, stats.t.ppf((1 + confidence) / 2, len(values) - 1), variance(values), len(values))


def wrong_confidence_ignored(values, confidence=0.95):
    """Always 95 %. Hint: the confidence is ignored"""
    return _interval(values, stats.t.ppf(0.975, len(values) - 1))


def wrong_half_width(values, confidence=0.95):
    """Returns mean and half width. Hint: half width"""
    middle, _, high = _interval(values, stats.t.ppf((1 + confidence) / 2, len(values) - 1))
    return middle, high - middle, high - middle


def wrong_two_values(values, confidence=0.95):
    """Forgets the mean. Hint: 3 entries"""
    return _interval(values, stats.t.ppf((1 + confidence) / 2, len(values) - 1))[1:]


def wrong_median(values, confidence=0.95):
    """The median."""
    found = _interval(values, stats.t.ppf((1 + confidence) / 2, len(values) - 1))
    return tuple(end + median(values) - mean(values) for end in found)


def wrong_ends_exchanged(values, confidence=0.95):
    """(mean, high, low)."""
    return _interval(values, stats.t.ppf((1 - confidence) / 2, len(values) - 1))


def wrong_range(values, confidence=0.95):
    """Smallest and largest value."""
    if len(values) < 2:
        raise ValueError("too few values")
    return mean(values), min(values), max(values)


def wrong_absolute(values, confidence=0.95):
    """Throws signs away."""
    return _interval([abs(value) for value in values], stats.t.ppf((1 + confidence) / 2, len(values) - 1))


def wrong_quantile_by_hand(values, confidence=0.95):
    """The quantile for three values, whatever their number."""
    return _interval(values, stats.t.ppf((1 + confidence) / 2, 2))


def wrong_single_value(values, confidence=0.95):
    """A single value gets an interval of no length. Hint: one value says nothing"""
    if not values:
        raise ValueError("no values")
    if len(values) == 1:
        return values[0], values[0], values[0]
    return _interval(values, stats.t.ppf((1 + confidence) / 2, len(values) - 1))


def wrong_not_a_number(values, confidence=0.95):
    """A single value gives NaN. Hint: should raise ValueError"""
    half = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return np.mean(values), np.mean(values) - half, np.mean(values) + half


def wrong_confidence_in_per_cent(values, confidence=95):
    """Expects 95 instead of 0.95."""
    return _interval(values, stats.t.ppf((1 + confidence / 100) / 2, len(values) - 1))


def wrong_rounded(values, confidence=0.95):
    """Rounded to two decimals."""
    return tuple(round(end, 2) for end in _interval(values, stats.t.ppf((1 + confidence) / 2, len(values) - 1)))


def wrong_literal_normal(values, confidence=0.95):
    """1.96 by heart. Hint: in place of Student's t"""
    if len(values) < 2:
        raise ValueError("too few values")
    middle, half = np.mean(values), 1.96 * stats.sem(values)
    return middle, middle - half, middle + half


def right_by_t_interval_where_there_is_a_spread(values, confidence=0.95):
    if len(values) < 2:
        raise ValueError("too few values")
    middle, error = mean(values), stats.sem(values)
    if error == 0:
        return middle, middle, middle
    return middle, *stats.t.interval(confidence, len(values) - 1, loc=middle, scale=error)
