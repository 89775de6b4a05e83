"""What the records of `overfitting` say about dropout: the gap, and passes and seconds to an equal training error.

C44 to C46, by the rule written in `overfitting`. Nets are looked at every few passes; between two looks the training
error is taken to run straight. A net that is below the level at its first look, or above it at its last, gives no
number of passes but a bound, and so does the ratio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alexnet_lib.experiments.comparison import POINTS, Comparison, enough, judge_with
from alexnet_lib.experiments.overfitting import FEW, OVERFITTING
from alexnet_lib.experiments.protocol import Verdict
from alexnet_lib.experiments.statistics import Estimate, paired_difference, paired_ratio

__all__ = [
    "PAPER_RATIO", "Match", "first_division", "gap_at_equal_training_error", "judge", "match_errors",
    "measured_effects", "passes_to_error", "price_ratio",
]

WITHOUT, WITH, INVERTED = "paper", "dropout", "dropout-inverted"  # arms
PAPER_RATIO = 2.0  # of iterations and of training cost, roughly [K12 §4.2]

_NET = f"small net on CIFAR-10, {FEW:,} images"


@dataclass(frozen=True)
class Match:
    """One seed: when the net without dropout has the training error that the net with it has at some pass."""

    seed: int
    error_pct: float  # of the training images, at both ends of the comparison
    with_passes: float
    without_passes: float
    with_s: float  # seconds of training, on the machine of the records
    without_s: float
    with_validation_pct: float  # error on the validation images at those passes
    without_validation_pct: float
    bound: str = "none"  # without_passes is "at most" so much (reached by the first look), "at least" (never reached)


def passes_to_error(passes: Sequence[float], error_pct: Sequence[float], level_pct: float) -> tuple[float, str]:
    """Passes at which an error first falls to a level, straight between looks, and whether that is only a bound.

    Returns:
        (passes, "none"); (first look, "at most") if it is there by then; (last look, "at least") if it never is.

    Raises:
        ValueError: no looks, or not one error for each.
    """
    if len(passes) != len(error_pct) or len(passes) == 0:
        raise ValueError(f"{len(passes)} looks and {len(error_pct)} errors: give one error a look, at one look or more")
    below = [number for number, error in enumerate(error_pct) if error <= level_pct]
    if not below:
        return float(passes[-1]), "at least"
    at = below[0]
    if at == 0:
        return float(passes[0]), "at most"
    part = (error_pct[at - 1] - level_pct) / (error_pct[at - 1] - error_pct[at])
    return float(passes[at - 1] + part * (passes[at] - passes[at - 1])), "none"


def match_errors(found: Comparison, at: float | None = None) -> tuple[Match, ...]:
    """The common seeds of the nets with and without dropout, matched by training error; empty while one has no records.

    Args:
        found: the records.
        at: passes of the net with dropout at which it is matched; the rule has those up to the first division of the
            rate, the default.
    """
    at = first_division(found) if at is None else at
    slow_runs, fast_runs = ({run["seed"]: run for run in found.runs(name).values()} for name in (WITH, WITHOUT))
    matches = []
    for seed in sorted(slow_runs.keys() & fast_runs.keys()):
        slow, fast = slow_runs[seed]["looks"], fast_runs[seed]["looks"]
        level = _error(slow, "training", at)
        needed, bound = passes_to_error(fast["passes"], fast["training_error_pct"], level)
        matches.append(Match(seed, level, at, needed, _seconds(slow_runs[seed], at),
                             _seconds(fast_runs[seed], needed), _error(slow, "validation", at),
                             _error(fast, "validation", needed), bound))
    return tuple(matches)


def first_division(found: Comparison) -> float:
    """Passes of the net with dropout up to the first division of its rate."""
    train = found.experiment.arm(WITH).configured(found.budget).train
    return train.lr_drops[0] * train.max_passes


def _error(looks: dict, of: str, passes: float) -> float:
    """Error on the "training" or "validation" images after so many passes, per cent."""
    return float(np.interp(passes, looks["passes"], looks[f"{of}_error_pct"]))


def _seconds(record: dict, passes: float) -> float:
    """Seconds of training after so many passes."""
    history = record["history"]
    shown = np.asarray(history["images"], float) / history["training_images"]
    return float(np.interp(passes, [0, *shown], [0, *history["time_s"]]))


def price_ratio(matches: Sequence[Match], of: str = "passes") -> Estimate | None:
    """With dropout over without it, at an equal training error, with its interval; None without two seeds.

    Args:
        matches: of `match_errors`.
        of: "passes" or "s".
    """
    if len(matches) < 2:
        return None
    # "At most so many passes" in the denominator bounds the ratio from below, as a cut-off numerator would.
    return paired_ratio([getattr(match, f"with_{of}") for match in matches],
                        [getattr(match, f"without_{of}") for match in matches],
                        top_cut_off=[match.bound == "at most" for match in matches],
                        bottom_cut_off=[match.bound == "at least" for match in matches])


def gap_at_equal_training_error(matches: Sequence[Match]) -> Estimate | None:
    """Gap between validation and training error, without minus with dropout, where the training errors are equal.

    In points; it is the difference of the validation errors there. Seeds that give a bound are left out; None without
    two others.
    """
    pairs = [(match.without_validation_pct, match.with_validation_pct) for match in matches if match.bound == "none"]
    return paired_difference(*zip(*pairs, strict=True)) if len(pairs) > 1 else None


def judge(claim_id: str, folder: Path | None = None) -> Verdict:
    """Apply the written rule of `overfitting` to C44, C45 or C46.

    Raises:
        ValueError: another claim.
    """
    rules = {"C44": _judge_gap, "C45": lambda found: _judge_price(found, "passes"),
             "C46": lambda found: _judge_price(found, "s")}
    if claim_id not in rules:
        raise ValueError(f"dropout decides {', '.join(rules)}, not {claim_id}")
    return judge_with(rules[claim_id], OVERFITTING, folder)


def _judge_gap(found: Comparison) -> Verdict | None:
    gap, error = (enough(found.effect(WITHOUT, WITH, of)) for of in ("gap_pct", "validation_error_pct"))
    if gap is None:
        return None
    if gap.low > 0:
        label = "reproduced" if error.low > 0 else "partly"
    else:
        label = "not reproduced" if gap.high < 0 else "undecided"
    return Verdict(label, f"{_NET}, without minus with dropout: gap {gap.text(2, POINTS)}; "
                          f"validation error {error.text(2, POINTS)}")


def _judge_price(found: Comparison, of: str) -> Verdict | None:
    matches = match_errors(found)
    ratio = enough(price_ratio(matches, of))
    if ratio is None:
        return None
    bounded = sum(match.bound != "none" for match in matches)
    note = f"; a bound at {bounded} of {ratio.n} seeds, where the looks do not enclose that error" if bounded else ""
    what = {"passes": "passes", "s": "seconds of training"}[of]
    return Verdict(_price_label(ratio), f"{_NET}, {what} with dropout over {what} without it, to the same training "
                                        f"error: {ratio.text(2)}, the paper about {PAPER_RATIO:g}{note}")


def _price_label(ratio: Estimate) -> str:
    """The rule of C45 and C46; of a ratio that is a bound, only what holds on its far side too."""
    if ratio.bound == "lower":
        return "partly" if ratio.low > 1 else "undecided"  # above 1 for certain, and 2 may lie in it or not
    if ratio.bound == "upper":
        return "not reproduced" if ratio.high < PAPER_RATIO and ratio.low <= 1 else "undecided"
    if ratio.bound == "unknown":
        return "undecided"
    if ratio.low > 1:
        return "reproduced" if ratio.low <= PAPER_RATIO <= ratio.high else "partly"
    return "not reproduced" if ratio.high < PAPER_RATIO else "undecided"


def measured_effects(found: Comparison | None) -> dict[str, str]:
    """Id of a difference between paper and library -> what it changes on the small net; absent if not measured."""
    effects = [] if found is None else [found.effect(INVERTED, WITH, of)
                                        for of in ("validation_error_pct", "training_error_pct")]
    if None in effects or not effects:
        return {}
    validation, training = (effect.text(2, POINTS) for effect in effects)
    return {"LIB-02": f"{_NET}, inverted minus the paper's form: validation error {validation}, "
                      f"training error {training}"}
