"""What the records of `cifar_results` say: errors beside those of 2011, ten views, five nets, two sets of images.

Intervals over seeds are Student t, the test images being fixed. Intervals over images take the nets as fixed. Each
function says which it gives; neither holds the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alexnet_lib import paper
from alexnet_lib.data import cifar10
from alexnet_lib.experiments.cifar_results import CIFAR_RESULTS, SCHEDULES
from alexnet_lib.experiments.comparison import POINTS, Comparison, enough, judge_with, side_of_zero
from alexnet_lib.experiments.mistakes import average_nets, sampling_half_width
from alexnet_lib.experiments.protocol import Verdict
from alexnet_lib.experiments.records import load_arrays
from alexnet_lib.experiments.statistics import Estimate, mean_interval, paired_difference

__all__ = [
    "AVERAGED", "CLOSE", "HELD_OUT_IMAGES", "NETS", "PAPER_GAINS", "NetResult", "held_out_difference", "judge",
    "kept_outputs", "net_result", "published_views", "reached", "ten_views_gain",
]

NETS = tuple(SCHEDULES)
HELD_OUT_IMAGES = 10_000  # test images of CIFAR-10, and validation images

_VIEWS, _NETS = paper.claim("C39b").printed, paper.claim("C62").printed
AVERAGED = _NETS["nets averaged"]
CLOSE = paper.claim("C65").printed["difference, at most"]  # points

#: claim -> the paper's own gain in points of top-1 error: ten views against one, five nets against one
PAPER_GAINS = {
    "C39b": round(_VIEWS["top-1 error with one patch"] - _VIEWS["top-1 error with ten patches"], 1),
    "C62": round(_NETS["top-1 error of one net"] - _NETS["top-1 error of five nets"], 1),
}


@dataclass(frozen=True)
class NetResult:
    """One net at the recorded budget, beside what was published of it in 2011-12."""

    net: str
    views: int  # of each test image, as published
    error_pct: Estimate  # on the test images, over seeds
    published_error_pct: float
    passes: float  # over the training images
    published_passes: int
    time_s: Estimate  # of training, over seeds, on the machine of the records
    published_time_s: int
    reached: bool | None  # the published error, by the rule; None with fewer than two seeds


def published_views(net: str) -> int:
    """1 or 10: with how many views of an image the published error of a net was taken."""
    return 10 if paper.cifar_net(net).image_side < 32 else 1


def reached(error_pct: Estimate, published_pct: float) -> bool | None:
    """The rule: the published error lies in the interval over seeds, or above it; None if there is no interval."""
    return published_pct >= error_pct.low if math.isfinite(error_pct.low) else None


def net_result(found: Comparison, net: str) -> NetResult | None:
    """A net's mean test error with its 95 % t interval over seeds, and its cost; None without a record."""
    runs = found.runs(net).values()
    if not runs:
        return None
    published, views = paper.cifar_net(net), published_views(net)
    error = mean_interval([run["result"][f"test_{views}_view_error_pct"] for run in runs])
    passes = found.experiment.arm(net).configured(found.budget).train.max_passes
    time = mean_interval([run["history"]["time_s"][-1] for run in runs])
    return NetResult(net, views, error, published.error_pct, passes, SCHEDULES[net][0], time, published.time_s,
                     reached(error, published.error_pct))


def ten_views_gain(found: Comparison, arm: str = "13pct") -> Estimate | None:
    """Test error by one view minus that by ten, in points, paired by seed, 95 % t interval; None without two seeds."""
    results = [run["result"] for run in found.runs(arm).values()]
    if len(results) < 2:
        return None
    return paired_difference(*([result[f"test_{views}_view_error_pct"] for result in results] for views in (1, 10)))


def kept_outputs(found: Comparison, arm: str, key: str, folder: Path | None = None) -> np.ndarray | None:
    """The kept softmax outputs of all seeds of an arm, (nets, N, classes) float32; None without a record.

    Args:
        found: the records.
        arm: of the experiment.
        key: set and views: "test_1", "test_10", "validation_1" or "validation_10".
        folder: of the records; by default that of the checkout.

    Raises:
        RecordError: a file of outputs is missing or damaged.
    """
    runs = found.runs(arm)
    if not runs:
        return None
    outputs = [load_arrays(found.experiment.name, *run, folder)[key] for run in runs.items()]
    return np.stack(outputs).astype(np.float32)


def held_out_difference(found: Comparison, net: str = "80sec") -> Estimate | None:
    """Test minus validation error of the nets that saw no validation image, in points; None without a record.

    Mean over seeds. The interval is that of one net on two samples of images, a little too wide for the mean of
    several nets; ``n`` counts the nets.
    """
    results = [run["result"] for run in found.runs(f"{net}-held-out").values()]
    if not results:
        return None
    test, validation = (float(np.mean([result[f"{name}_{published_views(net)}_view_error_pct"] for result in results]))
                        for name in ("test", "validation"))
    half = sampling_half_width((test + validation) / 2, HELD_OUT_IMAGES, HELD_OUT_IMAGES)
    return Estimate(test - validation, test - validation - half, test - validation + half, len(results))


def judge(claim_id: str, folder: Path | None = None) -> Verdict:
    """Apply the written rule of `cifar_results` to the best records there are (C39b, C62, C65)."""
    rules = {"C39b": _judge_ten_views, "C62": lambda found: _judge_five_nets(found, folder), "C65": _judge_two_sets}
    return judge_with(rules[claim_id], CIFAR_RESULTS, folder)


def _judge_ten_views(found: Comparison) -> Verdict | None:
    gain = enough(ten_views_gain(found))
    if gain is None:
        return None
    error = net_result(found, "13pct").error_pct.value
    return Verdict(side_of_zero(gain), f"13pct net on CIFAR-10, {error:.1f} % by ten views: one view minus ten "
                                       f"{gain.text(2, POINTS)}, the paper {PAPER_GAINS['C39b']:g} on ILSVRC-2010")


def _judge_five_nets(found: Comparison, folder: Path | None) -> Verdict | None:
    outputs = kept_outputs(found, "80sec", "test_1", folder)
    if outputs is None or len(outputs) < AVERAGED:
        return None
    try:
        labels = cifar10.load("test").labels
    except cifar10.DataError:  # the ledger of all claims must not fail because the data are not on this machine
        return Verdict("no record yet", "the records wait for the labels of CIFAR-10: `python -m alexnet_lib data`")
    average = average_nets(outputs[:AVERAGED], labels, AVERAGED)
    gain, five = average.gain_pct, average.error_pct.value
    less = f"{gain.value:.2f} points less [{gain.low:.2f}, {gain.high:.2f}] over {gain.n:,} test images"
    return Verdict(side_of_zero(gain), f"80sec net on CIFAR-10: {five + gain.value:.2f} % for one net, {five:.2f} % "
                                       f"for {AVERAGED} averaged, {less}, the paper {PAPER_GAINS['C62']:g} on "
                                       "ILSVRC-2012")


def _judge_two_sets(found: Comparison) -> Verdict | None:
    difference = enough(held_out_difference(found))
    if difference is None:
        return None
    if -CLOSE <= difference.low and difference.high <= CLOSE:
        label = "reproduced"
    else:
        label = "not reproduced" if difference.low > CLOSE or difference.high < -CLOSE else "undecided"
    half = difference.high - difference.value
    return Verdict(label, f"80sec net on CIFAR-10, test minus validation error {difference.text(2, POINTS)}; two "
                          f"samples of {HELD_OUT_IMAGES:,} images leave {half:.1f} points open either way")
