"""Arms of one experiment compared at the end of training, paired by seed: for experiments of fixed length."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from alexnet_lib.experiments.planning import chosen_rate
from alexnet_lib.experiments.protocol import Experiment, Verdict
from alexnet_lib.experiments.records import load_records, results_of
from alexnet_lib.experiments.statistics import Estimate, mean_interval, paired_difference

__all__ = [
    "BEST_BUDGETS", "MIN_SEEDS", "POINTS", "ArmRuns", "Comparison", "enough", "judge_with", "load_comparison",
    "paired_by_seed", "side_of_zero", "side_of_zero_for_all",
]

BEST_BUDGETS = ("full", "reduced")  # the first that has the records wins; quick is never evidence
MIN_SEEDS = 3
POINTS = " points"  # the unit of an effect, in the text of a verdict


@dataclass(frozen=True)
class ArmRuns:
    """The finished seeds of one arm; tuples run over seeds."""

    arm: str
    seeds: tuple[int, ...]
    validation_error_pct: tuple[float, ...]  # at the end of training
    training_error_pct: tuple[float, ...]  # over training images shown as the validation images are
    validation_loss: tuple[float, ...]  # nats
    curves: tuple[dict[str, list[float]], ...]  # passes, training_error_pct, validation_error_pct, while training
    time_s: tuple[float, ...]  # of training, on the machine of the records

    @property
    def gap_pct(self) -> tuple[float, ...]:
        """Validation minus training error, in points: what overfitting costs."""
        return tuple(v - t for v, t in zip(self.validation_error_pct, self.training_error_pct, strict=True))

    def mean(self, of: str = "validation_error_pct") -> Estimate:
        """Mean over seeds with its 95 % t interval, of any field or of ``gap_pct``."""
        return mean_interval(getattr(self, of))


class Comparison:
    """The records of one budget of an experiment, asked by arm."""

    def __init__(self, experiment: Experiment, budget: str, records: dict[str, dict]) -> None:
        self.experiment = experiment
        self.budget = experiment.budget(budget)
        self.records = records
        self.results = results_of(experiment, records)

    def runs(self, name: str) -> dict[str, dict]:
        """Record name -> record of an arm's finished runs, in the order of their seeds; empty if there are none."""
        lr = chosen_rate(self.experiment, self.experiment.arm(name), self.budget, self.results)
        names = [] if lr is None else [f"{name}-lr{lr:g}-{self.budget.name}-s{s}" for s in range(self.budget.seeds)]
        return {run: self.records[run] for run in names if run in self.records}

    def arm(self, name: str) -> ArmRuns | None:
        """The finished runs of an arm; None if there are none."""
        runs = list(self.runs(name).values())
        if not runs:
            return None

        def of(key: str) -> tuple[float, ...]:
            return tuple(run["result"][key] for run in runs)

        return ArmRuns(name, tuple(run["seed"] for run in runs), of("validation_error_pct"), of("training_error_pct"),
                       of("validation_loss"), tuple(run["looks"] for run in runs),
                       tuple(run["history"]["time_s"][-1] for run in runs))

    def effect(self, changed: str, base: str, of: str = "validation_error_pct") -> Estimate | None:
        """Mean of changed minus base over common seeds, with its 95 % t interval; None without two of them.

        Args:
            changed, base: names of arms.
            of: a field of `ArmRuns` over seeds, or "gap_pct".
        """
        arms = self.arm(changed), self.arm(base)
        if None in arms:
            return None
        return paired_by_seed(*(dict(zip(arm.seeds, getattr(arm, of), strict=True)) for arm in arms))


def paired_by_seed(changed: dict[int, float], base: dict[int, float]) -> Estimate | None:
    """Mean of changed minus base over the seeds that both have, with its 95 % t interval; None without two of them."""
    common = sorted(changed.keys() & base.keys())
    if len(common) < 2:
        return None
    return paired_difference([changed[seed] for seed in common], [base[seed] for seed in common])


def enough(effect: Estimate | None) -> Estimate | None:
    """The effect, if it rests on as many seeds as the rules ask for; else None."""
    return effect if effect is not None and effect.n >= MIN_SEEDS else None


def side_of_zero(effect: Estimate) -> str:
    """The verdict of a rule that asks on which side of 0 the interval lies."""
    return "reproduced" if effect.low > 0 else "not reproduced" if effect.high < 0 else "undecided"


def side_of_zero_for_all(effects: Collection[Estimate], refuted_below: float = 0.0) -> str:
    """The verdict of a rule that asks several effects to lie above 0.

    "Partly" if only some do. If none does, "not reproduced" where all lie below `refuted_below`, else "undecided".
    """
    above = sum(effect.low > 0 for effect in effects)
    if above:
        return "reproduced" if above == len(effects) else "partly"
    return "not reproduced" if all(effect.high < refuted_below for effect in effects) else "undecided"


def load_comparison(experiment: Experiment, budget: str | None = None, folder: Path | None = None
                    ) -> Comparison | None:
    """The records of a budget; without a name, of the best budget that has any. None if there are none."""
    for name in (budget,) if budget else BEST_BUDGETS:
        records = load_records(experiment.name, name, folder)
        if records:
            return Comparison(experiment, name, records)
    return None


def judge_with(rule, experiment: Experiment, folder: Path | None) -> Verdict:
    """Apply a rule to the best budget whose records decide it.

    Args:
        rule: (Comparison) -> Verdict, or None where runs are missing.
        experiment: whose records.
        folder: of the records.
    """
    for budget in BEST_BUDGETS:
        comparison = load_comparison(experiment, budget, folder)
        verdict = rule(comparison) if comparison else None
        if verdict is not None:
            return Verdict(verdict.label, verdict.reason, budget)
    return Verdict("no record yet", f"`python -m alexnet_lib experiments run {experiment.name}`")
