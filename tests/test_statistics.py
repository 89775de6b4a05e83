"""Intervals against textbook values."""

import math

import numpy as np
import pytest

from alexnet_lib.experiments.statistics import (
    band,
    mean_interval,
    paired_difference,
    paired_ratio,
    wilson_interval,
)


def test_t_interval_of_three_values():
    # mean 2, s.d. 1, t(0.975, 2) = 4.302653: 2 +- 4.302653/sqrt(3)
    found = mean_interval([1, 2, 3])
    assert (found.value, found.n) == (2, 3)
    assert (found.low, found.high) == pytest.approx((2 - 2.484138, 2 + 2.484138), abs=1e-5)


def test_one_value_has_no_interval():
    found = mean_interval([5.0])
    assert found.value == 5 and math.isnan(found.low) and math.isnan(found.high)
    assert "[" not in found.text()


def test_t_intervals_cover_the_truth_in_95_of_100():
    draws = np.random.default_rng(0).normal(3.0, 2.0, size=(4000, 4))
    covered = np.mean([found.low <= 3 <= found.high for found in map(mean_interval, draws)])
    assert covered == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / 4000) ** 0.5)  # four standard errors


def test_pairing_removes_what_the_pair_shares():
    shared = np.array([10.0, 50.0, 90.0])
    found = paired_difference(shared + [1.0, 1.1, 0.9], shared)
    assert found.value == pytest.approx(1.0) and found.high - found.low < 0.6


def test_ratio_is_the_geometric_mean_with_an_interval_on_the_logarithm():
    found = paired_ratio([2.0, 8.0], [1.0, 2.0])
    # logs ln2, ln4: mean ln(2.828), s.d. 0.490129, t(0.975, 1) = 12.7062
    half = 12.7062 * 0.490129 / math.sqrt(2)
    assert found.value == pytest.approx(math.sqrt(8))
    low, high = math.sqrt(8) * math.exp(-half), math.sqrt(8) * math.exp(half)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-4)


@pytest.mark.parametrize("top, bottom, bound, sign", [
    ([False, False], [False, False], "none", ""), ([True, False], [False, False], "lower", "≥ "),
    ([False, False], [False, True], "upper", "≤ "), ([True, True], [True, True], "unknown", "~ "),
])
def test_runs_cut_off_make_the_ratio_a_bound(top, bottom, bound, sign):
    found = paired_ratio([4, 4.1], [2, 2], top_cut_off=top, bottom_cut_off=bottom)
    assert found.bound == bound and found.text().startswith(sign + "2.0")


def test_wilson_interval_of_a_textbook_case():
    # 10 of 100 by the closed formula with z = 1.959964
    z, n, p = 1.959964, 100, 0.1
    centre, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    found = wilson_interval(10, 100)
    assert (found.low, found.high) == pytest.approx(
        (100 * (centre - half) / (1 + z * z / n), 100 * (centre + half) / (1 + z * z / n)), abs=1e-4)


def test_band_covers_the_stretch_that_all_curves_share():
    x, mean, low, high = band([([1, 2, 3, 4], [10, 20, 30, 40]), ([0, 2, 6], [0, 22, 66])], points=5)
    assert (x[0], x[-1]) == (1, 4)
    assert mean[0] == pytest.approx((10 + 11) / 2) and mean[-1] == pytest.approx((40 + 44) / 2)
    assert (low <= mean).all() and (mean <= high).all() and low[0] < mean[0]


@pytest.mark.parametrize("call", [
    lambda: mean_interval([]), lambda: paired_difference([1, 2], [1]), lambda: paired_ratio([1, 0], [1, 1]),
    lambda: wilson_interval(5, 4), lambda: wilson_interval(0, 0), lambda: band([]),
])
def test_impossible_input_is_a_value_error(call):
    with pytest.raises(ValueError):
        call()
