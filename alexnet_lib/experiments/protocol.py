"""An experiment is data: what it asks, what it compares, how it decides, what it may cost.

A *run* is one (arm, learning rate, seed, budget) and leaves one record. Arms whose learning rate is
open carry a few starting rates; `plan` walks the ladder 1-2-5 from there until the best rate has a
worse neighbour on either side, all on a *tuning seed* that is used for nothing else, and only then
asks for the seeds that count. `plan` looks at records alone, so an interrupted sweep goes on where it
stopped and ends in the same place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass, replace
from importlib import import_module
from pathlib import Path

from alexnet_lib.data.augment import Augmentation
from alexnet_lib.nets.build import NetConfig
from alexnet_lib.training.loop import TrainConfig
from alexnet_lib.training.pretraining import Pretraining

__all__ = [
    "LADDER", "TUNING_SEED", "VERDICTS", "Arm", "Budget", "Experiment", "Run", "RunConfig", "Verdict", "chosen_rate",
    "exact", "judged_by", "plan", "same_config", "tuning_results",
]

VERDICTS = (
    "reproduced", "partly", "not reproduced", "undecided", "exact, checked", "paper is inconsistent",
    "not testable here", "no record yet",
)

TUNING_SEED = 1000  # seeds that count are 0, 1, 2, ...

#: Training error above which a run counts as having learnt nothing: chance is 90 % with ten classes. Such runs are
#: all alike to the search, which then goes on downwards; the least of several chance levels is no optimum.
NOTHING_LEARNT_PCT = 85.0

#: learning rates that a search may try
LADDER = tuple(float(f"{digit}e{exponent}") for exponent in range(-6, 1) for digit in (1, 2, 5))


@dataclass(frozen=True)
class RunConfig:
    """All that decides what one run does, but for the seed."""

    net: NetConfig
    input_scale: str  # data.statistics.INPUT_SCALES
    images: int  # the first so many of the training split
    train: TrainConfig
    augmentation: Augmentation | None = None  # crops and mirrors in training, centre crops in evaluation
    evaluate_every: int = 0  # passes between looks at the validation images; 0: only at the end
    #: train on the validation images too, as published results do; "validation" errors are training errors then
    fold_in: bool = False
    test: bool = False  # look at the test images too, at the end and once, and keep the predictions
    relight_sigma: float = 0.0  # at the end, count the predictions that a colour shift of this strength changes
    measures: tuple[str, ...] = ()  # what else is measured at the end: names in `measures.MEASURES`
    #: keep the first layer's kernels after so many passes, 0 being the start; if any, also those at the end
    kernels_at: tuple[int, ...] = ()
    keep_net: bool = False  # keep the whole net of seed 0
    pretraining: Pretraining | None = None  # what the convolutions learn without labels first

    def to_dict(self) -> dict:
        """Plain values, as they stand in a record."""
        return json.loads(json.dumps(asdict(self)))


def same_config(recorded: dict, config) -> bool:
    """Whether a record was made with this configuration; a field it does not name had its default then."""
    names = {field.name: field.default for field in fields(config)}
    if set(recorded) - set(names):
        return False
    for name, default in names.items():
        value = getattr(config, name)
        if name not in recorded:
            same = default is not MISSING and value == default
        elif is_dataclass(value):
            same = isinstance(recorded[name], dict) and same_config(recorded[name], value)
        else:
            same = recorded[name] == (list(value) if isinstance(value, tuple) else value)
        if not same:
            return False
    return True


@dataclass(frozen=True)
class Budget:
    """How much one may spend."""

    name: str  # quick | reduced | full
    seeds: int  # runs of each arm
    max_passes: float  # passes over the training set at most
    images: int = 40_000  # training images at most
    shown: int | None = None  # as many passes as it takes to show so many images, up to max_passes
    pretraining_shown: int | None = None  # images shown without labels, in arms that are pre-trained

    def apply(self, config: RunConfig) -> RunConfig:
        """The configuration, cut down to this budget."""
        images = min(config.images, self.images)
        passes = self.max_passes if self.shown is None else min(self.max_passes, self.shown / images)
        config = replace(config, images=images, train=replace(config.train, max_passes=passes))
        if config.pretraining and self.pretraining_shown:
            config = replace(config, pretraining=replace(config.pretraining, shown=self.pretraining_shown))
        return config


@dataclass(frozen=True)
class Arm:
    """One thing compared; its name is unique in the experiment and usable in a file name."""

    name: str
    config: RunConfig
    rates: tuple[float, ...] = ()  # where the search for a learning rate starts; () keeps config.train.lr
    #: (budget, passes, lr_drops) where an arm has a length of its own, and not the budget's
    lengths: tuple[tuple[str, float, tuple[float, ...]], ...] = ()

    def configured(self, budget: Budget) -> RunConfig:
        """The configuration at a budget."""
        config = budget.apply(self.config)
        for name, passes, lr_drops in self.lengths:
            if name == budget.name:
                config = replace(config, train=replace(config.train, max_passes=passes, lr_drops=lr_drops))
        return config


@dataclass(frozen=True)
class Verdict:
    """What the records say of one claim, and why."""

    label: str  # one of VERDICTS
    reason: str  # the numbers it rests on
    budget: str = ""  # whose records: reduced | full

    def __post_init__(self) -> None:
        if self.label not in VERDICTS:
            raise ValueError(f"unknown verdict {self.label!r}: choose one of {', '.join(VERDICTS)}")

    @property
    def text(self) -> str:
        """Label, numbers and budget in one phrase."""
        return f"{self.label}: {self.reason}" + (f" (budget {self.budget})" if self.budget else "")


def exact(holds: bool, found: str, otherwise: str = "not reproduced") -> Verdict:
    """The verdict of a check that needs no training."""
    return Verdict("exact, checked" if holds else otherwise, found)


def judged_by(name: str) -> Callable[[str, Path | None], Verdict]:
    """The judge ``module.function`` of this package, imported when it is asked: it needs scipy, running does not."""
    module, function = name.split(".")

    def judge(claim_id: str, folder: Path | None) -> Verdict:
        return getattr(import_module(f"alexnet_lib.experiments.{module}"), function)(claim_id, folder)

    return judge


@dataclass(frozen=True)
class Experiment:
    """A question, its arms, and the rule for the answer, written down before anything is run."""

    name: str
    title: str
    claims: tuple[str, ...]  # ids in alexnet_lib.paper
    question: str
    metric: str
    rule: str
    arms: tuple[Arm, ...]
    budgets: tuple[Budget, ...]
    judge: Callable[[str, Path | None], Verdict]  # (claim id, records folder) -> the rule, applied

    def budget(self, name: str) -> Budget:
        """Raises ValueError for a name this experiment has no budget for."""
        for budget in self.budgets:
            if budget.name == name:
                return budget
        raise ValueError(f"unknown budget {name!r}: choose one of {', '.join(b.name for b in self.budgets)}")

    def arm(self, name: str) -> Arm:
        """Raises ValueError for an unknown arm."""
        for arm in self.arms:
            if arm.name == name:
                return arm
        raise ValueError(f"{self.name} has no arm {name!r}; `experiments list {self.name}` shows them")


@dataclass(frozen=True)
class Run:
    """One training run."""

    experiment: str
    arm: str
    budget: str
    seed: int
    config: RunConfig

    @property
    def name(self) -> str:
        """File name of the record, without the ending."""
        return f"{self.arm}-lr{self.config.train.lr:g}-{self.budget}-s{self.seed}"


def _run(experiment: Experiment, arm: Arm, budget: Budget, lr: float, seed: int) -> Run:
    config = arm.configured(budget)
    return Run(experiment.name, arm.name, budget.name, seed, replace(config, train=replace(config.train, lr=lr)))


def _score(result: dict) -> tuple[int, float]:
    """Sorts best first: reached the target (sooner is better), did not (lower error is better), learnt nothing."""
    if result["stopped"] == "diverged" or result["trailing_error_pct"] > NOTHING_LEARNT_PCT:
        return 2, 0.0
    if result["images_to_target"] is not None:
        return 0, result["images_to_target"]
    return 1, result["trailing_error_pct"]


def _search(starting: Iterable[float], tried: dict[float, dict]) -> tuple[list[float], float | None]:
    """The rates to try next, and the best rate once none is left."""
    missing = [lr for lr in starting if lr not in tried]
    if missing:
        return missing, None
    rates = sorted(tried)
    best = min(rates, key=lambda lr: (*_score(tried[lr]), lr))
    at = LADDER.index(best)
    neighbours = [LADDER[i] for i in (at - 1, at + 1) if 0 <= i < len(LADDER)]
    missing = [lr for lr in neighbours if lr not in tried]
    return missing, None if missing else best


def chosen_rate(experiment: Experiment, arm: Arm, budget: Budget, results: dict[str, dict]) -> float | None:
    """The learning rate that the tuning runs chose for an arm; None while the search is not over.

    Args:
        results: run name -> the ``result`` part of its record.
    """
    if not arm.rates:
        return arm.config.train.lr
    return _search(arm.rates, tuning_results(experiment, arm, budget, results))[1]


def tuning_results(experiment: Experiment, arm: Arm, budget: Budget, results: dict[str, dict]) -> dict[float, dict]:
    """Learning rate -> result, for the rates tried so far."""
    names = {lr: _run(experiment, arm, budget, lr, TUNING_SEED).name for lr in LADDER}
    return {lr: results[name] for lr, name in names.items() if name in results}


def plan(experiment: Experiment, budget: Budget, results: dict[str, dict]) -> list[Run]:
    """The runs that can be done now and have no record yet, most important arm first."""
    todo = []
    for arm in experiment.arms:
        if arm.rates:
            rates, best = _search(arm.rates, tuning_results(experiment, arm, budget, results))
            todo += [_run(experiment, arm, budget, lr, TUNING_SEED) for lr in rates]
        else:
            best = arm.config.train.lr
        if best is not None:
            runs = (_run(experiment, arm, budget, best, seed) for seed in range(budget.seeds))
            todo += [run for run in runs if run.name not in results]
    return todo
