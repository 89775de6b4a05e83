"""Which runs an experiment still lacks: the search for learning rates first, then the seeds that count.

Arms whose learning rate is open carry a few starting rates; `plan` walks the ladder 1-2-5 from there until the best
rate has a worse neighbour on either side, all on a *tuning seed* that is used for nothing else, and only then asks
for the seeds that count. It looks at records alone, so an interrupted sweep goes on where it stopped and ends in the
same place.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace

from alexnet_lib.experiments.protocol import Arm, Budget, Experiment, Run

__all__ = ["LADDER", "NOTHING_LEARNT_PCT", "TUNING_SEED", "chosen_rate", "plan", "tuning_results", "units"]

TUNING_SEED = 1000  # seeds that count are 0, 1, 2, ...

#: Training error above which a run counts as having learnt nothing: chance is 90 % with ten classes. Such runs are
#: all alike to the search, which then goes on downwards; the least of several chance levels is no optimum.
NOTHING_LEARNT_PCT = 85.0

#: learning rates that a search may try
LADDER = tuple(float(f"{digit}e{exponent}") for exponent in range(-6, 1) for digit in (1, 2, 5))


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


def units(experiment: Experiment, budget: Budget, arms: Container[str], seeds: int | None = None,
          whole_arms: bool = False) -> list[tuple[tuple[str, int], ...]]:
    """The work that several machines may share out, whatever records there are: each unit is for one of them.

    An arm whose rate is searched is one unit, as its seeds wait for its search; of other arms each seed is one.
    Searched arms, which are long, come first: every n-th unit is a fair share.

    Args:
        arms: only these, by name.
        seeds: only so many seeds of each arm; default those of the budget.
        whole_arms: leave the seeds of every arm together.

    Returns:
        For each unit the (arm, seed) of its runs; the tuning seed stands for the whole search.
    """
    chosen = [arm for arm in experiment.arms if arm.name in arms]
    counted = range(budget.seeds if seeds is None else min(seeds, budget.seeds))
    searched = [tuple((arm.name, seed) for seed in (TUNING_SEED, *counted)) for arm in chosen if arm.rates]
    fixed = [tuple((arm.name, seed) for seed in counted) for arm in chosen if not arm.rates]
    return searched + (fixed if whole_arms else [(pair,) for unit in fixed for pair in unit])
