"""What single runs can show: seed noise as measured here, the noise of a set of images, and the pairs an effect needs.

The paper gives each of its ablations as one run a side [K12 §3.2-3.4, §4.1, §7]. Two kinds of chance stand between
such a difference and the truth: another seed gives another net, and other images give another error. The first is
measured on CIFAR-10 here, which is only a proxy for ImageNet's; beside it stands the scatter of the authors' own
nearly identical nets. All differences and standard deviations are in points of error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import special, stats

from alexnet_lib import paper
from alexnet_lib.experiments.comparison import MIN_SEEDS, Comparison
from alexnet_lib.experiments.planning import NOTHING_LEARNT_PCT

__all__ = [
    "MAX_PAIRS", "NEAR_IDENTICAL", "PLANNED_EFFECTS", "PaperDifference", "Spread", "author_spread", "detectable",
    "paired_sd", "pairs_needed", "paper_differences", "pooled_sd", "power", "sampling_se", "seed_errors",
]

#: sizes of effects that the paper prints, in points: top-5 and top-1 of §3.4, §3.3 and §3.2, and of §7
PLANNED_EFFECTS = (0.3, 0.4, 1.2, 1.4, 1.7, 2.0)

#: the authors' nets that differ in details only, on the validation images of 2012 [CHM parameter files]
NEAR_IDENTICAL = ("145", "120", "131", "135", "166", "167", "170", "177")

#: (run, what it lacks or changes, claim) of the authors' ablations that have numbers in the released files
_ABLATIONS = (
    ("145-half", "one GPU instead of two", "C24"), ("148", "no normalisation", "C28"), ("147", "pooling 2/2", "C29"),
    ("150", "columns never talk", "C26b"),
)

MAX_PAIRS = 100_000

#: where and with which weights Gauss and Legendre average over a share from 0 to 1
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(400)
_SHARES, _WEIGHTS = (1 + _NODES) / 2, _WEIGHTS / 2


@dataclass(frozen=True)
class Spread:
    """A standard deviation with its 95 % chi-square interval."""

    value: float
    low: float
    high: float
    degrees: int  # of freedom

    def text(self, digits: int = 2) -> str:
        """E.g. ``0.65 points [0.54, 0.82], 38 degrees of freedom``."""
        interval = f"[{self.low:.{digits}f}, {self.high:.{digits}f}]"
        return f"{self.value:.{digits}f} points {interval}, {self.degrees} degrees of freedom"

    def times(self, factor: float) -> Spread:
        """The spread of a quantity that is so many times as large."""
        return Spread(factor * self.value, factor * self.low, factor * self.high, self.degrees)


@dataclass(frozen=True)
class PaperDifference:
    """A difference between two of the authors' runs, one run a side, ten views."""

    change: str
    claim: str
    points: float  # error of the changed net minus that of the paper's
    images: str
    count: int  # images
    least_se: float  # standard error over images if one net is never wrong alone
    most_se: float  # if their mistakes were unrelated
    run: str  # the author's name of the changed net


def _spread(squares: float, degrees: int, level: float = 0.95) -> Spread | None:
    if degrees < 1:
        return None
    tail = (1 - level) / 2
    low, high = (sqrt(squares / stats.chi2.ppf(share, degrees)) for share in (1 - tail, tail))
    return Spread(sqrt(squares / degrees), low, high, degrees)


def pooled_sd(groups: Iterable[Sequence[float]]) -> Spread | None:
    """One standard deviation for several groups of runs, each about its own mean; None without two runs anywhere.

    The interval counts runs as independent. Arms that share seeds may be a little alike: then it is too narrow.
    """
    arrays = [np.asarray(group, float) for group in groups]
    arrays = [values for values in arrays if values.size > 1]
    squares = sum(float(((values - values.mean()) ** 2).sum()) for values in arrays)
    return _spread(squares, sum(values.size - 1 for values in arrays))


def paired_sd(arms: Mapping[str, Mapping[int, float]]) -> Spread | None:
    """Standard deviation of the difference of two runs of different arms with the same seed.

    Runs are taken as arm + seed + noise; the residuals about that give the noise, and a difference has twice its
    variance. With two arms it is the standard deviation of the paired differences.

    Args:
        arms: name -> seed -> error in per cent.

    Returns:
        None where there are too few runs.
    """
    rows = [(arm, seed, error) for arm, errors in arms.items() for seed, error in errors.items()]
    if not rows:
        return None
    names, seeds = sorted({row[0] for row in rows}), sorted({row[1] for row in rows})
    design = np.zeros((len(rows), len(names) + len(seeds)))
    for place, (arm, seed, _) in enumerate(rows):
        design[place, names.index(arm)] = design[place, len(names) + seeds.index(seed)] = 1
    errors = np.array([row[2] for row in rows])
    fit, _, rank, _ = np.linalg.lstsq(design, errors, rcond=None)
    noise = _spread(float(((errors - design @ fit) ** 2).sum()), len(rows) - int(rank))
    return noise.times(sqrt(2)) if noise else None


def seed_errors(found: Comparison | None, of: str = "validation_error_pct") -> dict[str, dict[int, float]]:
    """Arm -> seed -> error, for the arms with at least `MIN_SEEDS` runs; runs that learnt nothing do not scatter.

    Args:
        found: the records; None gives an empty answer.
        of: a field of the records' result, in per cent.
    """
    errors = {}
    for arm in found.experiment.arms if found else ():
        runs = {run["seed"]: run["result"][of] for run in found.runs(arm.name).values() if of in run["result"]}
        if len(runs) >= MIN_SEEDS and np.mean(list(runs.values())) < NOTHING_LEARNT_PCT:
            errors[arm.name] = runs
    return errors


def author_spread(top: int = 1) -> Spread:
    """Scatter of the authors' nearly identical nets on the same 50,000 images, top-1 or top-5 error.

    They differ in details as well as in chance, so that chance alone may be less.
    """
    if top not in (1, 5):
        raise ValueError(f"the log has top-1 and top-5 errors, not top-{top}: choose 1 or 5")
    runs = [run for run in paper.AUTHOR_RUNS if run.run in NEAR_IDENTICAL and run.views == 10
            and run.images.startswith("2012")]
    return pooled_sd([[getattr(run, f"top{top}_pct") for run in runs]])


def detectable(difference: Spread, level: float = 0.95) -> float:
    """The smallest difference of one pair of runs that noise alone exceeds in 5 of 100 cases.

    Args:
        difference: spread of the difference of two runs that are alike; its own uncertainty is allowed for.
    """
    return float(stats.t.ppf(0.5 + level / 2, difference.degrees)) * difference.value


def power(effect: float, sd: float, pairs: int, level: float = 0.95) -> float:
    """Chance that a paired t test on so many pairs sees an effect: one tail or the other of the noncentral t.

    For a standard deviation that happens to come out at a share u of its distribution the chance is that of a normal
    variable; the mean over u is the answer. scipy's own nct is not asked, as it is NaN in far tails.

    Args:
        effect: the true mean difference.
        sd: standard deviation of a difference.
        pairs: at least 2.
        level: of the two-sided test.
    """
    if pairs < 2 or not sd > 0:
        raise ValueError(f"a t test needs at least 2 pairs and a spread above 0, not {pairs} and {sd}")
    degrees, centre = pairs - 1, abs(effect) / sd * sqrt(pairs)
    scale = stats.t.ppf(0.5 + level / 2, degrees) * stats.chi.ppf(_SHARES, degrees) / sqrt(degrees)
    return float(_WEIGHTS @ (special.ndtr(centre - scale) + special.ndtr(-centre - scale)))


def pairs_needed(effect: float, sd: float, wanted: float = 0.8, level: float = 0.95) -> int:
    """The fewest pairs of seeds with which a paired t test sees an effect as often as wanted.

    Raises:
        ValueError: more than `MAX_PAIRS` would be needed.
    """
    if not effect:
        raise ValueError("an effect of 0 cannot be seen with any number of pairs")
    low, high = 1, 2
    while power(effect, sd, high, level) < wanted:
        low, high = high, 2 * high
        if low > MAX_PAIRS:
            raise ValueError(f"an effect of {effect} at a spread of {sd} needs more than {MAX_PAIRS:,} pairs")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(effect, sd, middle, level) >= wanted else (middle, high)
    return high


def sampling_se(first_pct: float, second_pct: float, images: int) -> tuple[float, float]:
    """Least and largest standard error, over images, of the difference of two nets' errors on the same images.

    Least: one net is never wrong alone, so that they disagree on as few images as can be. Largest: their mistakes are
    unrelated, which is also the standard error for two different sets of this size.

    Args:
        first_pct, second_pct: errors in per cent.
        images: looked at by both.

    Returns:
        Both in points.
    """
    p, q = first_pct / 100, second_pct / 100
    if not (0 <= p <= 1 and 0 <= q <= 1 and images >= 1):
        raise ValueError(f"need errors from 0 to 100 % on at least one image, not {first_pct}, {second_pct}, {images}")
    gap = abs(p - q)
    return 100 * sqrt((gap - gap**2) / images), 100 * sqrt((p * (1 - p) + q * (1 - q)) / images)


def paper_differences(top: int = 1) -> tuple[PaperDifference, ...]:
    """The paper's ablations as the released parameter files have them: two runs, the same images, ten views."""
    author_spread(top)  # the same complaint about another top
    printed = paper.claim("C14").printed
    counts = {"2010 test": printed["test images"], "2012 validation": printed["validation images"]}
    tens = [run for run in paper.AUTHOR_RUNS if run.views == 10]
    found = []
    for name, change, claim in _ABLATIONS:
        run = next(run for run in tens if run.run == name)
        images = run.images.removesuffix(" (inferred)")
        base = next(r for r in tens if (r.run, r.images) == (run.compared_with, images))
        p, q = (getattr(r, f"top{top}_pct") for r in (run, base))
        found.append(PaperDifference(change, claim, p - q, run.images, counts[images],
                                     *sampling_se(p, q, counts[images]), name))
    return tuple(found)
