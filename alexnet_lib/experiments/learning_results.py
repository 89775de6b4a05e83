"""What the records say of section 5: the verdicts of C48 and C51, and what the released settings change [K12 §5].

Also the speeds of recorded trainings of the full net, which are no part of a comparison.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from alexnet_lib.experiments.comparison import MIN_SEEDS, ArmRuns, Comparison, judge_with
from alexnet_lib.experiments.protocol import Verdict
from alexnet_lib.experiments.records import RecordError, default_folder
from alexnet_lib.experiments.small_net import LEARNING_TITLES, SMALL_NET
from alexnet_lib.experiments.statistics import Estimate, paired_difference

__all__ = ["LEARNING_CLAIMS", "RecordedSpeed", "early_effect", "judge", "measured_effects", "recorded_speeds"]

LEARNING_CLAIMS = ("C48", "C51")

#: the share of the passes that counts as "the first stages of learning" in the rule
EARLY = 0.25

_POINTS = " points"
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
    first, second = (_early_errors(arm, EARLY * found.budget.max_passes) for arm in (a, b))
    common = [seed for seed in first if seed in second]
    if len(common) < 2:
        return None
    return paired_difference([first[seed] for seed in common], [second[seed] for seed in common])


def _early_errors(arm: ArmRuns, passes: float) -> dict[int, float]:
    """Seed -> training error at a pass, for the seeds that were looked at then."""
    return {seed: looks[_TRAINING][looks["passes"].index(passes)]
            for seed, looks in zip(arm.seeds, arm.curves, strict=True) if passes in looks.get("passes", ())}


def _label(effect: Estimate) -> str:
    return "reproduced" if effect.low > 0 else "not reproduced" if effect.high < 0 else "undecided"


def _judge_c48(found: Comparison) -> Verdict | None:
    effect = found.effect("decay-0", "paper", _TRAINING)
    if effect is None or effect.n < MIN_SEEDS:
        return None
    reason = f"small net on CIFAR-10, training error without decay against 0.0005: {effect.text(2, _POINTS)}"
    more = found.effect("decay-10x", "paper", _TRAINING)
    if more is not None and more.n >= MIN_SEEDS:
        reason += f"; with {LEARNING_TITLES['decay-10x']}: {more.text(2, _POINTS)}"
    return Verdict(_label(effect), reason)


def _judge_c51(found: Comparison) -> Verdict | None:
    effect = early_effect(found, "bias-0")
    if effect is None or effect.n < MIN_SEEDS:
        return None
    reason = (f"small net on CIFAR-10, training error after {EARLY * found.budget.max_passes:g} passes, biases of 0 "
              f"against 1: {effect.text(2, _POINTS)}")
    end = found.effect("bias-0", "paper", _TRAINING)
    return Verdict(_label(effect), reason + (f"; at the end {end.text(2, _POINTS)}" if end is not None else ""))


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
    return {key: f"small net, {what}: {effect.text(2, _POINTS)} of validation error"
            for key, (what, effect) in effects.items() if effect is not None}


@dataclass(frozen=True)
class RecordedSpeed:
    """How fast one recorded training went."""

    name: str  # of the record
    images_per_s: float
    hardware: str
    device: str  # cpu | cuda | mps


def recorded_speeds(experiment: str = "imagenette", folder: Path | None = None) -> list[RecordedSpeed]:
    """The speeds of recorded trainings, by name; empty if there are none.

    A record is any JSON object that has ``images_per_s``, ``hardware`` and ``device``, at the top or in one of its
    parts (``result``, ``provenance``); files without a speed are passed over.

    Raises:
        RecordError: a file is no JSON object.
    """
    found = []
    for path in sorted((Path(folder or default_folder()) / experiment).glob("*.json")):
        try:
            record = json.loads(path.read_text())
        except (json.JSONDecodeError, UnicodeDecodeError):
            record = None
        if not isinstance(record, dict):
            raise RecordError(f"{path} is damaged (no JSON object): delete it or bring it back from git")
        flat = {key: value for part in (record, *record.values()) if isinstance(part, dict)
                for key, value in part.items()}
        speed = flat.get("images_per_s")
        if isinstance(speed, int | float) and math.isfinite(speed) and speed > 0:
            found.append(RecordedSpeed(path.stem, float(speed), str(flat.get("hardware", "not recorded")),
                                       str(flat.get("device", "not recorded"))))
    return found
