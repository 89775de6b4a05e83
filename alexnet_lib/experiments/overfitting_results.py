"""What the records of `overfitting` say of section 4.1: effects in points; the verdicts of C09, C38, C41 and C42.

Those of section 4.2 (C44 to C46) are told by `dropout_results`.
"""

from __future__ import annotations

from pathlib import Path

from alexnet_lib.experiments.comparison import POINTS, Comparison, enough, judge_with, paired_by_seed, side_of_zero
from alexnet_lib.experiments.overfitting import OVERFITTING, SIZES
from alexnet_lib.experiments.protocol import Verdict
from alexnet_lib.experiments.statistics import Estimate

__all__ = ["arms_by_size", "judge", "light_effect", "measured_effects", "relit_changed_pct"]

#: the arms with colour noise, and what each reading of the formula is called
COLOUR_READINGS = {
    "colour-released": "as released, with CODE-14",
    "colour-unit": "as printed, pixels 0 to 1",
    "colour-paper": "as printed, pixels 0 to 255",
}

#: training images at which C09 is judged: those that had been run without crops and mirrors when its rule was written
JUDGED_SIZES = (5_000, 10_000, 40_000)


def judge(claim_id: str, folder: Path | None = None) -> Verdict:
    """Apply the written rule of `overfitting` to the best records there are."""
    if claim_id in ("C44", "C45", "C46"):
        from alexnet_lib.experiments import dropout_results  # section 4.2 has a module of its own

        return dropout_results.judge(claim_id, folder)
    rules = {"C09": _judge_c09, "C38": _judge_c38, "C41": _judge_c41, "C42": _judge_c42}
    return judge_with(rules[claim_id], OVERFITTING, folder)


def arms_by_size(way: str) -> dict[int, str]:
    """Training images -> arm, for "paper" (crops and mirrors) or "none" (the centre of each image only)."""
    if way not in ("paper", "none"):
        raise ValueError(f"unknown way {way!r}: choose paper (crops and mirrors) or none (centre only)")
    return {size: way if size == SIZES[0] else f"{way}-{size // 1000}k" for size in SIZES}


def relit_changed_pct(found: Comparison, arm: str) -> dict[int, float]:
    """Seed -> share of the validation predictions that a new light changes at the end of training, per cent."""
    return {run["seed"]: run["result"]["relit_changed_pct"] for run in found.runs(arm).values()}


def light_effect(found: Comparison, changed: str, base: str) -> Estimate | None:
    """Mean of changed minus base in `relit_changed_pct`, paired by seed; None without two common seeds."""
    return paired_by_seed(relit_changed_pct(found, changed), relit_changed_pct(found, base))


def _judge_c09(found: Comparison) -> Verdict | None:
    gaps = {}
    for size in JUDGED_SIZES:
        arm = found.arm(arms_by_size("none")[size])
        gaps[size] = enough(arm.mean("gap_pct")) if arm else None
    if None in gaps.values():
        return None
    above = [gap.low > 0 for gap in gaps.values()]
    label = ("reproduced" if all(above) else "partly" if any(above) else
             "not reproduced" if gaps[max(gaps)].high < 0 else "undecided")
    told = "; ".join(f"{size:,} images: {gap.text(2, POINTS)}" for size, gap in gaps.items())
    return Verdict(label, f"small net on CIFAR-10 without crops and mirrors, validation minus training error, {told}")


def _judge_c38(found: Comparison) -> Verdict | None:
    error, gap = (enough(found.effect("none", "paper", of)) for of in ("validation_error_pct", "gap_pct"))
    if error is None or gap is None:
        return None
    reason = (f"small net, {SIZES[0]:,} images of CIFAR-10, without crops and mirrors: gap {gap.text(2, POINTS)} "
              f"larger, validation error {error.text(2, POINTS)} higher")
    if not (error.low > 0 and gap.low > 0):
        return Verdict("not reproduced" if error.high < 0 or gap.high < 0 else "undecided", reason)
    half = enough(found.effect("none", "half-none"))
    if half is None:
        return None  # whether a smaller net does better without crops is half of the claim
    return Verdict("reproduced" if half.low > 0 else "partly",
                   f"{reason}; its error minus that of half the width {half.text(2, POINTS)}")


def _judge_c41(found: Comparison) -> Verdict | None:
    effect = enough(found.effect("paper", "colour-released"))
    if effect is None:
        return None
    label = ("reproduced" if effect.low > 1 else "partly" if effect.low > 0 else
             "not reproduced" if effect.high < 1 else "undecided")
    return Verdict(label, f"small net, {SIZES[0]:,} images of CIFAR-10: colour noise as released takes off "
                          f"{effect.text(2, POINTS)} of validation error, the paper more than 1 on ImageNet")


def _judge_c42(found: Comparison) -> Verdict | None:
    effect = enough(light_effect(found, "paper", "colour-released"))
    if effect is None:
        return None
    without = relit_changed_pct(found, "paper")
    return Verdict(side_of_zero(effect), f"small net, {SIZES[0]:,} images of CIFAR-10: a new light changes "
                                         f"{sum(without.values()) / len(without):.1f} % of the predictions, and "
                                         f"{effect.text(2, POINTS)} fewer after training with colour noise")


def measured_effects(found: Comparison | None) -> dict[str, str]:
    """Id of a difference between paper and code -> what it changes on the small net; absent if not measured."""
    if found is None:
        return {}
    told = {arm: effect.text(2, POINTS) for arm in COLOUR_READINGS if (effect := found.effect(arm, "paper"))}
    effects = {}
    if told:
        effects["CODE-13"] = ("validation error against no colour noise, small net: "
                              + "; ".join(f"{COLOUR_READINGS[arm]}: {text}" for arm, text in told.items()))
    if "colour-released" in told:
        effects["CODE-14"] = f"together with CODE-13's square roots, small net: {told['colour-released']}"
    return effects
