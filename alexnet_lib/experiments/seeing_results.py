"""What the records of `seeing` say of answers, neighbours and codes: C69, C70 and C71 [K12 §6.1, Fig. 4].

C67 and C68, about the first kernels, are told by `kernel_results`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alexnet_lib.experiments.comparison import POINTS, Comparison, enough, judge_with, side_of_zero
from alexnet_lib.experiments.protocol import Verdict
from alexnet_lib.experiments.seeing import CODE_BITS, KERNEL_CLAIMS, MOVED_PIXELS, SEEING
from alexnet_lib.experiments.statistics import Estimate, mean_interval

__all__ = ["CODE_TITLES", "HALF_PCT", "code_precision", "judge", "kept_when_moved", "measured", "precision_effect"]

HALF_PCT = 50.0  # of the right answers, which are to stay right off the centre
RANK_PCT = 1.0  # of the gallery, beyond which a neighbour counts as far in pixels

#: how a code is made -> what a figure calls it; the most important first
CODE_TITLES = {
    "autoencoder-vectors": "auto-encoder of hidden vectors",
    "pca-vectors": "PCA of hidden vectors",
    "autoencoder-pixels": "auto-encoder of pixels",
    "pca-pixels": "PCA of pixels",
}


def judge(claim_id: str, folder: Path | None = None) -> Verdict:
    """Apply the written rule of `seeing` to the best records there are."""
    if claim_id in KERNEL_CLAIMS:
        from alexnet_lib.experiments import kernel_results  # Figure 3 has a module of its own

        return kernel_results.judge(claim_id, folder)
    return judge_with({"C69": _judge_c69, "C70": _judge_c70, "C71": _judge_c71}[claim_id], SEEING, folder)


def measured(found: Comparison, of: Callable[[dict], float | None], arm: str = "paper") -> Estimate | None:
    """Mean over seeds, with its 95 % t interval, of something in the results of an arm.

    Args:
        found: the records.
        of: from a run's result to a number; None or a missing key leaves the run out.
        arm: of the experiment.

    Returns:
        None if no run has it.
    """
    values = []
    for run in found.runs(arm).values():
        try:
            values.append(of(run["result"]))
        except KeyError:  # this arm is not asked for that
            continue
    values = [value for value in values if value is not None]
    return mean_interval(values) if values else None


def kept_when_moved(found: Comparison, arm: str, direction: str = "mean") -> dict[int, Estimate]:
    """Pixels moved -> share of the right answers that stay right, per cent; empty without a record."""
    runs = [run["result"]["off-centre"]["kept_pct"][direction] for run in found.runs(arm).values()
            if "off-centre" in run["result"]]
    return {int(by): mean_interval([run[by] for run in runs]) for by in (runs[0] if runs else {})}


def code_precision(found: Comparison, method: str) -> dict[int, Estimate]:
    """Bits -> precision at 6 of a kind of code, one of `CODE_TITLES`, per cent; empty without a record."""
    runs = [run["result"]["retrieval"]["codes"][method] for run in found.runs("paper").values()
            if "retrieval" in run["result"]]
    return {int(bits): mean_interval([run[bits] for run in runs]) for bits in (runs[0] if runs else {})}


def precision_effect(found: Comparison) -> Estimate | None:
    """Precision at 6 by hidden vectors minus by pixels, in points, within each seed; None without a record."""
    return measured(found, lambda result: result["retrieval"]["precision_at_6_vectors_pct"]
                    - result["retrieval"]["precision_at_6_pixels_pct"])


def _beyond_chance(found: Comparison) -> Estimate | None:
    def of(result: dict) -> float | None:
        shares = result["mistakes"]
        if shares["within_group_pct"] is None:
            return None
        return shares["within_group_pct"] - shares["within_group_by_chance_pct"]

    return measured(found, of)


def _judge_c69(found: Comparison) -> Verdict | None:
    within, kept = enough(_beyond_chance(found)), enough(kept_when_moved(found, "paper").get(MOVED_PIXELS))
    if within is None or kept is None:
        return None
    yes = (within.low > 0) + (kept.low > HALF_PCT)
    no = (within.high < 0) + (kept.high < HALF_PCT)
    label = {2: "reproduced", 1: "partly"}.get(yes, "not reproduced" if no == 2 else "undecided")
    share = measured(found, lambda result: result["mistakes"]["within_group_pct"])
    return Verdict(label, f"small net on CIFAR-10: {share.value:.1f} % of its wrong answers stay among animals or "
                          f"among vehicles, {within.text(1, POINTS)}, more than by chance; moved by {MOVED_PIXELS} "
                          f"pixels of 24, {kept.text(1, ' %')}, of the right answers stay right")


def _judge_c70(found: Comparison) -> Verdict | None:
    effect = enough(precision_effect(found))
    rank = measured(found, lambda result: result["retrieval"]["median_pixel_rank_pct"])
    if effect is None:
        return None
    label = side_of_zero(effect)
    if label == "reproduced" and not rank.low > RANK_PCT:
        label = "partly"
    return Verdict(label, f"small net on CIFAR-10: precision at 6 by hidden vectors minus by pixels "
                          f"{effect.text(1, POINTS)}; half of the neighbours by vector lie beyond the nearest "
                          f"{rank.text(1, ' %')}, of the gallery in pixels")


def _judge_c71(found: Comparison) -> Verdict | None:
    def difference(method: str) -> Estimate | None:
        def of(result: dict) -> float:
            codes = result["retrieval"]["codes"]
            return codes[f"{method}-vectors"][str(CODE_BITS)] - codes[f"{method}-pixels"][str(CODE_BITS)]

        return measured(found, of)

    effect = enough(difference("autoencoder"))
    if effect is None:
        return None
    return Verdict(side_of_zero(effect), f"small net on CIFAR-10: precision at 6 by {CODE_BITS}-bit codes of an "
                                         f"auto-encoder, of vectors minus of pixels {effect.text(1, POINTS)}; by PCA "
                                         f"{difference('pca').text(1, POINTS)}")
