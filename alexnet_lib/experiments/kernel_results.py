"""What the kernels kept by `seeing` say: the share that selects, columns that specialise, C67 and C68 [K12 §6.1]."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alexnet_lib.experiments.comparison import MIN_SEEDS, Comparison, judge_with, paired_by_seed
from alexnet_lib.experiments.kernel_measures import (
    colour_index,
    column_difference,
    noise_quantile,
    orientation_selectivity,
    permutation_test,
)
from alexnet_lib.experiments.protocol import Verdict
from alexnet_lib.experiments.records import RecordError, load_arrays
from alexnet_lib.experiments.seeing import SEEING, SPECIALISED_P
from alexnet_lib.experiments.statistics import Estimate, mean_interval

__all__ = [
    "BY_CHANCE_PCT", "KINDS", "MIN_RUNS", "NOISE_LEVEL", "KernelRun", "difference_effect", "judge", "kept_kernels",
    "kinds", "measure_run", "measured_runs", "share",
]

NOISE_LEVEL = 0.95  # a kernel selects if its measure lies above this share of kernels of white noise
BY_CHANCE_PCT = 100 * (1 - NOISE_LEVEL)  # what white noise has above it
MIN_RUNS = 5  # "on every run" needs some
KINDS = ("direction only", "direction and colour", "colour only", "neither")

_NET = "small net on CIFAR-10"


@dataclass(frozen=True)
class KernelRun:
    """The first layer of one run, in numbers."""

    seed: int
    passes: int  # over the training images, when the kernels were kept
    column_index: tuple[float, float]  # mean colour index of the first column's kernels, and of the second's
    p: float  # of a two-sided permutation test between the columns' colour indices
    kinds_pct: tuple[float, float, float, float]  # share of the kernels of each of `KINDS`

    @property
    def difference(self) -> float:
        """Between the columns' mean colour indices, without sign: which column is which is chance."""
        return abs(self.column_index[0] - self.column_index[1])

    @property
    def specialised(self) -> bool:
        """Whether the columns differ by more than chance."""
        return self.p < SPECIALISED_P

    @property
    def directional_pct(self) -> float:
        """Share of the kernels that are more selective for direction than noise."""
        return self.kinds_pct[0] + self.kinds_pct[1]

    @property
    def coloured_pct(self) -> float:
        """Share of the kernels with more colour than noise."""
        return self.kinds_pct[1] + self.kinds_pct[2]


def kinds(kernels: np.ndarray) -> np.ndarray:
    """(N,) the place in `KINDS` of each kernel (N, 3, side, side), by the 95th percentiles of white noise.

    Raises:
        ValueError: not square colour kernels.
    """
    size = np.shape(kernels)[-1]
    directional, coloured = (measure(kernels) > noise_quantile(measure, size, NOISE_LEVEL)
                             for measure in (orientation_selectivity, colour_index))
    return np.where(directional, np.where(coloured, 1, 0), np.where(coloured, 2, 3))


def measure_run(kernels: np.ndarray, seed: int = 0, passes: int = 0) -> KernelRun:
    """The measures of one net's first layer, whose columns lie one after the other.

    Args:
        kernels: (N, 3, side, side), N even.
        seed, passes: of the run, to be kept with them.

    Raises:
        ValueError: not colour kernels, or an odd number of them.
    """
    index = colour_index(kernels)
    column_difference(index)  # refuses columns of unequal size
    first, second = np.split(index, 2)
    counts = np.bincount(kinds(kernels), minlength=len(KINDS))
    return KernelRun(seed, passes, (float(first.mean()), float(second.mean())), permutation_test(first, second),
                     tuple(float(100 * count / len(kernels)) for count in counts))


def kept_kernels(found: Comparison, arm: str, folder: Path | None = None) -> dict[int, dict[int, np.ndarray]]:
    """Seed -> passes -> the first layer's kernels (N, 3, side, side) after them; empty without a record of the arm.

    Raises:
        RecordError: a file of kernels is missing or damaged.
    """
    kept = {}
    for name, record in found.runs(arm).items():
        arrays = load_arrays(found.experiment.name, name, record, folder)
        kernels = {int(key.removeprefix("kernels_")): arrays[key] for key in arrays if key.startswith("kernels_")}
        if not kernels:
            raise RecordError(f"the record {name} keeps no kernels: delete it and run `python -m alexnet_lib "
                              f"experiments run {found.experiment.name}` again")
        kept[record["seed"]] = dict(sorted(kernels.items()))
    return kept


def measured_runs(found: Comparison, arm: str, folder: Path | None = None, passes: int | None = None
                  ) -> tuple[KernelRun, ...]:
    """The measures of every run of an arm, by seed; empty without a record.

    Args:
        found: the records.
        arm: of the experiment.
        folder: of the records; by default that of the checkout.
        passes: after how many; None: the last that were kept. Runs that kept none then are left out.
    """
    runs = {seed: (max(kernels) if passes is None else passes, kernels)
            for seed, kernels in kept_kernels(found, arm, folder).items()}
    return tuple(measure_run(kernels[when], seed, when) for seed, (when, kernels) in runs.items() if when in kernels)


def share(runs: tuple[KernelRun, ...], of: str) -> Estimate | None:
    """Mean over runs with its 95 % t interval, per cent; None without a run.

    Args:
        runs: of one arm.
        of: "directional_pct" or "coloured_pct", or one of `KINDS`.

    Raises:
        ValueError: another name.
    """
    if of not in ("directional_pct", "coloured_pct", *KINDS):
        raise ValueError(f"unknown share {of!r}: choose directional_pct, coloured_pct, {', '.join(KINDS)}")
    values = [run.kinds_pct[KINDS.index(of)] if of in KINDS else getattr(run, of) for run in runs]
    return mean_interval(values) if values else None


def difference_effect(runs: tuple[KernelRun, ...], control: tuple[KernelRun, ...]) -> Estimate | None:
    """The columns' difference minus that of the control, paired by seed; None without two pairs."""
    return paired_by_seed({run.seed: run.difference for run in runs}, {run.seed: run.difference for run in control})


def judge(claim_id: str, folder: Path | None = None) -> Verdict:
    """Apply the written rule of `seeing` to C67 or C68.

    Raises:
        ValueError: another claim.
    """
    rules = {"C67": _judge_kinds, "C68": _judge_columns}
    if claim_id not in rules:
        raise ValueError(f"kernels decide {', '.join(rules)}, not {claim_id}")
    return judge_with(lambda found: rules[claim_id](found, folder), SEEING, folder)


def _judge_kinds(found: Comparison, folder: Path | None) -> Verdict | None:
    runs = measured_runs(found, "paper", folder)
    if len(runs) < MIN_SEEDS:
        return None
    shares = [share(runs, of) for of in ("directional_pct", "coloured_pct")]
    above = sum(one.low > BY_CHANCE_PCT for one in shares)
    label = ("reproduced" if above == 2 else "partly" if above else
             "not reproduced" if all(one.high < BY_CHANCE_PCT for one in shares) else "undecided")
    direction, colour = (one.text(0, " %") for one in shares)
    return Verdict(label, f"{_NET}, {runs[0].passes} passes: {direction}, of the first kernels are more selective for "
                          f"direction than {100 * NOISE_LEVEL:g} % of white noise, {colour}, more coloured")


def _judge_columns(found: Comparison, folder: Path | None) -> Verdict | None:
    runs, control = (measured_runs(found, arm, folder) for arm in ("paper", "one-column"))
    effect = difference_effect(runs, control)
    if effect is None or effect.n < MIN_RUNS:
        return None
    specialised = sum(run.specialised for run in runs)
    more = effect.low > 0
    if more:
        label = "reproduced" if specialised == len(runs) else "partly"
    else:
        label = "not reproduced" if specialised <= len(runs) / 5 else "undecided"
    return Verdict(label, f"{_NET}, {runs[0].passes} passes: the columns' colour indices differ in {specialised} of "
                          f"{len(runs)} runs (p < {SPECIALISED_P:g}), in {sum(run.specialised for run in control)} of "
                          f"{len(control)} of one column cut in two; mean difference minus that of one column "
                          f"{effect.text(3)}")
