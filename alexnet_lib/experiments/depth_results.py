"""What the records say of depth, width, data and the order of sections 3.1 to 3.4: C10, C12, C17 and C72."""

from __future__ import annotations

from pathlib import Path

from alexnet_lib.experiments.comparison import (
    POINTS,
    Comparison,
    enough,
    judge_with,
    load_comparison,
    side_of_zero_for_all,
)
from alexnet_lib.experiments.depth import MIDDLE
from alexnet_lib.experiments.overfitting import OVERFITTING
from alexnet_lib.experiments.protocol import Verdict
from alexnet_lib.experiments.small_net import SMALL_NET
from alexnet_lib.experiments.statistics import Estimate
from alexnet_lib.nets.alexnet_config import CONVOLUTIONS, AlexNetConfig
from alexnet_lib.nets.counts import count_layers, total

__all__ = ["PRINTED_POINTS", "RANKED", "conv_shares_pct", "judge", "scaling_effects"]

PRINTED_POINTS = 2.0  # what a middle layer is worth, of top-1 error [K12 §7]
PRINTED_SHARE_PCT = 1.0  # what a convolution holds at most, of the parameters [K12 §1]

#: section -> the arm without what it describes, in the paper's order of importance [K12 §3]
RANKED = {"3.1": "tanh", "3.2": "one-gpu", "3.3": "lrn-none", "3.4": "pool-2"}


def judge(claim_id: str, folder: Path | None = None) -> Verdict:
    """Apply `depth.DEPTH_RULE` to the best records there are."""
    if claim_id == "C12":
        return judge_with(lambda found: _judge_scaling(scaling_effects(found, folder)), SMALL_NET, folder)
    return judge_with({"C10": _judge_c10, "C17": _judge_order, "C72": _judge_middle}[claim_id], SMALL_NET, folder)


def conv_shares_pct() -> dict[str, float]:
    """Layer -> its share of the parameters of the paper's net, per cent, weights and biases."""
    rows = count_layers(AlexNetConfig())
    return {row.name: 100 * row.parameters / total(rows, "parameters") for row in rows if row.name in CONVOLUTIONS}


def scaling_effects(found: Comparison, folder: Path | None = None) -> dict[str, Estimate | None]:
    """What each kind of growth takes off the validation error, in points; None without enough seeds."""
    data = load_comparison(OVERFITTING, found.budget.name, folder)
    return {
        "full instead of half the width": enough(found.effect("half", "paper")),
        "double the width": enough(found.effect("paper", "double")),
        "twice the passes": enough(found.effect("paper", "longer")),
        "40,000 images instead of 5,000": enough(data.effect("paper", "paper-40k")) if data else None,
    }


def _all_of(effects: dict[str, Estimate | None]) -> dict[str, Estimate] | None:
    return None if None in effects.values() else effects


def _told(effects: dict[str, Estimate]) -> str:
    return "; ".join(f"{name} {effect.text(2, POINTS)}" for name, effect in effects.items())


def _without(found: Comparison, layers: tuple[str, ...]) -> dict[str, Estimate] | None:
    return _all_of({layer: enough(found.effect(f"no-{layer}", "paper")) for layer in layers})


def _judge_middle(found: Comparison) -> Verdict | None:
    effects = _without(found, tuple(MIDDLE))
    if effects is None:
        return None
    label = side_of_zero_for_all(effects.values(), PRINTED_POINTS)
    control = enough(found.effect("two-middle", "paper"))
    equal = f"; two middle layers of the same size in all {control.text(2, POINTS)}" if control else ""
    return Verdict(label, f"small net on CIFAR-10, more error without {_told(effects)}{equal}; the paper about "
                          f"{PRINTED_POINTS:g} on ImageNet")


def _judge_c10(found: Comparison) -> Verdict | None:
    effects = _without(found, ("conv2", *MIDDLE))
    if effects is None:
        return None
    worse, shares = all(effect.low > 0 for effect in effects.values()), conv_shares_pct()
    too_large = {name: share for name, share in shares.items() if share > PRINTED_SHARE_PCT}
    if worse or not too_large:
        label = "partly" if too_large or not worse else "reproduced"
    else:
        label = "not reproduced" if any(effect.high < 0 for effect in effects.values()) else "undecided"
    counted = ", ".join(f"{name} {share:.2f} %" for name, share in too_large.items())
    return Verdict(label, f"small net, more error without {_told(effects)}; of the full net's parameters "
                          f"{counted or 'no convolution'} above {PRINTED_SHARE_PCT:g} %")


def _judge_scaling(effects: dict[str, Estimate | None]) -> Verdict | None:
    if _all_of(effects) is None:
        return None
    return Verdict(side_of_zero_for_all(effects.values()),
                   f"small net on CIFAR-10, error taken off by {_told(effects)}")


def _judge_order(found: Comparison) -> Verdict | None:
    arms = list(RANKED.items())
    steps = _all_of({f"{section} minus {after}": enough(found.effect(arm, next_arm))
                     for (section, arm), (after, next_arm) in zip(arms, arms[1:], strict=False)})
    if steps is None:
        return None
    if all(step.low > 0 for step in steps.values()):
        label = "reproduced"
    else:
        label = "not reproduced" if any(step.high < 0 for step in steps.values()) else "undecided"
    effects = {section: found.effect(arm, "paper") for section, arm in RANKED.items()}
    order = ", ".join(f"{section} {effect.value:.2f}" for section, effect in
                      sorted(effects.items(), key=lambda item: -item[1].value))
    return Verdict(label, f"small net on CIFAR-10, points of error without each: {order}; {_told(steps)}")
