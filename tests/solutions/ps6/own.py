"""Answers to ps6-own, for the numbers of seed 0."""

import numpy as np
from scipy import stats

_DIFFERENCES = [-2.3, -1.2, -2.0, -0.4, -0.3]
_ENDS = stats.ttest_1samp(_DIFFERENCES, 0).confidence_interval()
_ERROR = np.std(_DIFFERENCES, ddof=1) / 5**0.5

right_exact = {"my_mean": -1.24, "my_low": float(_ENDS.low), "my_high": float(_ENDS.high), "my_verdict": "no worse"}
right_two_decimals = {"my_mean": -1.24, "my_low": -2.37, "my_high": -0.11, "my_verdict": "no worse"}
right_numpy = {"my_mean": np.mean(_DIFFERENCES), "my_low": _ENDS.low, "my_high": np.array(_ENDS.high),
               "my_verdict": "no worse"}


def _around(mean, half, verdict, hint=""):
    return {"my_mean": mean, "my_low": mean - half, "my_high": mean + half, "my_verdict": verdict, "hint": hint}


wrong_sign = _around(1.24, 2.776445 * _ERROR, "worse without it", "Hint: control minus ablated")
wrong_sum = _around(-6.2, 2.776445 * _ERROR, "no worse", "Hint: not divided by 5")
wrong_all_runs = _around(175.2 / 6 - 184.3 / 6, 2.776445 * _ERROR, "no worse", "Hint: without a partner")
wrong_median = _around(-1.2, 2.776445 * _ERROR, "no worse", "Hint: median")
wrong_normal = _around(-1.24, 1.96 * _ERROR, "no worse", "Hint: in place of Student's t")
wrong_one_sided = _around(-1.24, 2.131847 * _ERROR, "no worse", "Hint: on one side")
wrong_degrees = _around(-1.24, 2.570582 * _ERROR, "no worse", "Hint: 5 instead of 4")
wrong_population_sd = _around(-1.24, 2.776445 * _ERROR * 0.8**0.5, "no worse", "Hint: divides by 5")
wrong_no_root = _around(-1.24, 2.776445 * _ERROR * 5**0.5, "undecided", "Hint: not divided by the root of 5")
wrong_standard_error = _around(-1.24, _ERROR, "no worse", "Hint: without t")
wrong_ends_exchanged = _around(-1.24, -2.776445 * _ERROR, "no worse", "Hint: my_low should be below my_high")
wrong_verdict = _around(-1.24, 2.776445 * _ERROR, "undecided", "Hint: my_verdict should not be")
wrong_words = _around(-1.24, 2.776445 * _ERROR, "better", 'Hint: my_verdict should be "worse without it"')
wrong_text = _around(-1.24, 2.776445 * _ERROR, "no worse") | {"my_mean": "-1.24", "hint": "Hint: a single number"}
wrong_half_answered = {"my_mean": -1.24, "my_low": -2.37, "hint": "Hint: my_high is not answered yet"} | {
    "my_high": None, "my_verdict": None}
wrong_everything_unpaired = _around(-1.24, 3.35, "undecided")
