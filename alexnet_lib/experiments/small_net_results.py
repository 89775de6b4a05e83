"""What the records of `small_net` and `cifar_norm` say: effects in points, and the verdicts of C24 to C30.

What the records of `small_net` say of section 5 stands in `learning_results`, of section 7 in `depth_results`.
"""

from __future__ import annotations

from pathlib import Path

from alexnet_lib.experiments import depth_results, learning_results
from alexnet_lib.experiments.cifar_norm import CIFAR_NORM
from alexnet_lib.experiments.comparison import POINTS, Comparison, enough, judge_with, side_of_zero
from alexnet_lib.experiments.depth import DEPTH_CLAIMS
from alexnet_lib.experiments.protocol import Verdict
from alexnet_lib.experiments.small_net import ARM_TITLES, SMALL_NET

__all__ = ["PAPER_EFFECT", "judge", "judge_cifar_norm", "measured_effects"]

#: claim -> (arm without the thing, the paper's own difference in points of top-1 error [K12 §3.2-3.4])
PAPER_EFFECT = {"C24": ("one-gpu", 1.7), "C28": ("lrn-none", 1.4), "C29": ("pool-2", 0.4)}

#: arm -> the control that is told with it: it does not decide the claim, but what the effect may be due to
CONTROLS = {"lrn-none": "lrn-constant", "one-gpu": "one-column-equal-cost"}

#: error of the 11pct net above which it is too early to speak of 13 % and 11 %
TRAINED_PCT = 20.0


def judge(claim_id: str, folder: Path | None = None) -> Verdict:
    """Apply the written rule of `small_net` to the best records there are."""
    if claim_id in learning_results.LEARNING_CLAIMS:
        return learning_results.judge(claim_id, folder)
    if claim_id in DEPTH_CLAIMS:
        return depth_results.judge(claim_id, folder)
    rule = {"C26b": _judge_c26b, "C30": _judge_c30}.get(claim_id)
    return judge_with(rule or (lambda found: _judge_effect(found, *PAPER_EFFECT[claim_id])), SMALL_NET, folder)


def judge_cifar_norm(claim_id: str, folder: Path | None = None) -> Verdict:
    """Apply the written rule of `cifar_norm` (C28b)."""
    return judge_with(_judge_c28b, CIFAR_NORM, folder)


def _judge_effect(found: Comparison, arm: str, points: float) -> Verdict | None:
    effect = enough(found.effect(arm, "paper"))
    if effect is None:
        return None
    label = "reproduced" if effect.low > 0 else "not reproduced" if effect.high < points else "undecided"
    reason = f"small net on CIFAR-10: without it {effect.text(2, POINTS)} more error, the paper {points:g} on ImageNet"
    control = enough(found.effect(CONTROLS[arm], "paper")) if arm in CONTROLS else None
    return Verdict(label, reason + (f"; {ARM_TITLES[CONTROLS[arm]]}: {control.text(2, POINTS)}" if control else ""))


def _judge_c26b(found: Comparison) -> Verdict | None:
    effect = enough(found.effect("silent", "paper"))
    if effect is None:
        return None
    label = "reproduced" if effect.low > 0 or effect.high < 0 else "undecided"
    return Verdict(label, f"small net on CIFAR-10, columns that talk in the dense layers only: "
                          f"{effect.text(2, POINTS)} of error against the paper's pattern")


def _judge_c30(found: Comparison) -> Verdict | None:
    effect = enough(found.effect("pool-2", "paper", "gap_pct"))
    if effect is None:
        return None
    return Verdict(side_of_zero(effect), "small net on CIFAR-10, validation minus training error, 2/2 against 3/2: "
                                         + effect.text(2, POINTS))


def _judge_c28b(found: Comparison) -> Verdict | None:
    effect = enough(found.effect("11pct-no-norm", "11pct"))
    if effect is None:
        return None
    error = found.arm("11pct").mean()
    if error.value > TRAINED_PCT:
        label = "undecided"
    elif effect.low > 0:
        label = "reproduced" if effect.high >= 2 else "partly"
    else:
        label = "not reproduced" if effect.high < 2 else "undecided"
    return Verdict(label, f"11pct net, at an error of {error.value:.1f} %: without its norms {effect.text(2, POINTS)} "
                          "more, the paper 2")


def measured_effects(found: Comparison | None) -> dict[str, str]:
    """Id of a difference between paper and code -> what it changes on the small net; absent if not measured."""
    if found is None:
        return {}
    released, leaking = (found.effect(arm, "paper") for arm in ("lrn-released", "lrn-leaking"))
    effects = {}
    if released is not None:  # one arm has all three
        text = f"CODE-02, 03 and 04 together, small net: {released.text(2, POINTS)} of validation error"
        effects = dict.fromkeys(("CODE-02", "CODE-03", "CODE-04"), text)
    if leaking is not None:
        effects["CODE-05"] = f"small net: {leaking.text(2, POINTS)} of validation error"
    return effects
