"""An experiment is data: what it asks, what it compares, how it decides, what it may cost.

A *run* is one (arm, learning rate, seed, budget) and leaves one record; `planning` says which are still to be done.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass, replace
from importlib import import_module
from pathlib import Path

from alexnet_lib.data.augment import Augmentation
from alexnet_lib.nets.build import NetConfig
from alexnet_lib.training.loop import TrainConfig
from alexnet_lib.training.pretraining import Pretraining

__all__ = [
    "VERDICTS", "Arm", "Budget", "Experiment", "Run", "RunConfig", "Verdict", "exact", "judged_by", "run_name",
    "same_config",
]

VERDICTS = (
    "reproduced", "partly", "not reproduced", "undecided", "exact, checked", "paper is inconsistent",
    "not testable here", "no record yet",
)


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
        return run_name(self.arm, self.config.train.lr, self.budget, self.seed)


def run_name(arm: str, lr: float, budget: str, seed: int) -> str:
    """File name of a record, without the ending."""
    return f"{arm}-lr{lr:g}-{budget}-s{seed}"
