"""What the records say of section 5: the verdicts of C48 and C51, and what the released settings change [K12 §5]."""

from __future__ import annotations

from pathlib import Path

from alexnet_lib.experiments.comparison import (
    POINTS,
    ArmRuns,
    Comparison,
    enough,
    judge_with,
    paired_by_seed,
    side_of_zero,
)
from alexnet_lib.experiments.protocol import Verdict
from alexnet_lib.experiments.small_net import LEARNING_TITLES, SMALL_NET
from alexnet_lib.experiments.statistics import Estimate

__all__ = ["LEARNING_CLAIMS", "early_effect", "judge", "measured_effects"]

LEARNING_CLAIMS = ("C48", "C51")

#: the share of the passes that counts as "the first stages of learning" in the rule
EARLY = 0.25

_TRAINING = "training_error_pct"


def judge(claim_id: str, folder: Path | None = None) -> Verdict:
    """Apply `LEARNING_RULE` to the best records there are.

    Raises:
        ValueError: a claim the rule does not speak of.
    """
    rules = {"C48": _judge_c48, "C51": _judge_c51}
    if claim_id not in rules:
        raise ValueError(f"the rule of section 5 does not decide {claim_id!r}: choose one of {', '.join(rules)}")
    return judge_with(rules[claim_id], SMALL_NET, folder)


def early_effect(found: Comparison, changed: str, base: str = "paper") -> Estimate | None:
    """Training error of changed minus base after a quarter of the passes, in points, paired by seed.

    The training images are shown as the validation images are. None without two common seeds, or where the nets
    were not looked at then.
    """
    a, b = found.arm(changed), found.arm(base)
    if a is None or b is None:
        return None
    return paired_by_seed(*(_early_errors(arm, EARLY * found.budget.max_passes) for arm in (a, b)))


def _early_errors(arm: ArmRuns, passes: float) -> dict[int, float]:
    """Seed -> training error at a pass, for the seeds that were looked at then."""
    return {seed: looks[_TRAINING][looks["passes"].index(passes)]
            for seed, looks in zip(arm.seeds, arm.curves, strict=True) if passes in looks.get("passes", ())}


def _judge_c48(found: Comparison) -> Verdict | None:
    effect = enough(found.effect("decay-0", "paper", _TRAINING))
    if effect is None:
        return None
    reason = f"small net on CIFAR-10, training error without decay against 0.0005: {effect.text(2, POINTS)}"
    more = enough(found.effect("decay-10x", "paper", _TRAINING))
    if more is not None:
        reason += f"; with {LEARNING_TITLES['decay-10x']}: {more.text(2, POINTS)}"
    return Verdict(side_of_zero(effect), reason)


def _judge_c51(found: Comparison) -> Verdict | None:
    effect = enough(early_effect(found, "bias-0"))
    if effect is None:
        return None
    reason = (f"small net on CIFAR-10, training error after {EARLY * found.budget.max_passes:g} passes, biases of 0 "
              f"against 1: {effect.text(2, POINTS)}")
    end = found.effect("bias-0", "paper", _TRAINING)
    return Verdict(side_of_zero(effect), reason + (f"; at the end {end.text(2, POINTS)}" if end is not None else ""))


def measured_effects(found: Comparison | None) -> dict[str, str]:
    """Id of a choice of section 5 -> what it changes on the small net, in validation error; absent if not measured.

    CODE-07: N(0, 0.01²) everywhere against the released 0.03 in conv3 to conv5, both scaled to the width (DEV-02).
    CODE-08: biases at twice the rate without decay. DEV-02: 0.01 as printed against 0.01 scaled to the width.
    """
    if found is None:
        return {}
    compared = {"CODE-07": ("0.01 instead of 0.03", "init-k12-scaled", "paper"),
                "CODE-08": ("biases at twice the rate, without decay", "rule-released", "paper"),
                "DEV-02": ("printed widths of the weights instead of scaled ones", "init-k12", "init-k12-scaled")}
    effects = {key: (what, found.effect(changed, base)) for key, (what, changed, base) in compared.items()}
    return {key: f"small net, {what}: {effect.text(2, POINTS)} of validation error"
            for key, (what, effect) in effects.items() if effect is not None}
