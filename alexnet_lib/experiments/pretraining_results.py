"""What the records of `pretraining` say: points of error that pre-training takes off, its price, the verdict of C73."""

from __future__ import annotations

from pathlib import Path

from alexnet_lib.experiments.comparison import POINTS, Comparison, enough, judge_with, side_of_zero_for_all
from alexnet_lib.experiments.pretraining import LABELS, PRETRAINING
from alexnet_lib.experiments.protocol import Verdict
from alexnet_lib.experiments.statistics import Estimate, mean_interval
from alexnet_lib.training.pretraining import TASKS

__all__ = ["JUDGED_TASK", "WORTH_POINTS", "gains", "judge", "seconds"]

JUDGED_TASK = "autoencoder"  # of the kind that the authors knew
WORTH_POINTS = 1.0  # what pre-training would have to take off to count as a help, of validation error


def judge(claim_id: str, folder: Path | None = None) -> Verdict:
    """Apply the written rule of `pretraining` to the best records there are."""
    return judge_with({"C73": _judge_c73}[claim_id], PRETRAINING, folder)


def gains(found: Comparison, task: str) -> dict[int, Estimate | None]:
    """Labels -> validation error from scratch minus after pre-training, in points; None without two common seeds.

    Raises:
        ValueError: unknown task.
    """
    if task not in TASKS:
        raise ValueError(f"unknown task {task!r}: choose one of {', '.join(TASKS)}")
    return {labels: found.effect(f"scratch-{labels}", f"{task}-{labels}") for labels in LABELS}


def seconds(found: Comparison, arm: str) -> Estimate | None:
    """Mean time of a run with its pre-training, on the machine of the records; None without runs."""
    times = [run["history"]["time_s"][-1] + run["result"].get("pretraining", {}).get("time_s", 0.0)
             for run in found.runs(arm).values()]
    return mean_interval(times) if times else None


def _judge_c73(found: Comparison) -> Verdict | None:
    effects = {labels: enough(gain) for labels, gain in gains(found, JUDGED_TASK).items()}
    if None in effects.values():
        return None
    label = side_of_zero_for_all(effects.values(), WORTH_POINTS)
    told = "; ".join(f"with {labels:,} labels {gain.text(2, POINTS)}" for labels, gain in effects.items())
    beside = [f"{labels:,} {gain.text(2, POINTS)}" for labels, gain in gains(found, "rotation").items() if gain]
    reason = f"small net on CIFAR-10, error taken off by pre-training as an auto-encoder: {told}"
    return Verdict(label, reason + (f"; by rotation prediction: {'; '.join(beside)}" if beside else ""))
