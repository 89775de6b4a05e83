"""One experiment by its name, or "all" of them one after the other, so that the whole programme is one command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alexnet_lib.experiments.catalogue import EXPERIMENTS, experiment
from alexnet_lib.experiments.protocol import Experiment
from alexnet_lib.experiments.runner import run_experiment
from alexnet_lib.shards import Shard

__all__ = ["ALL", "chosen_experiments", "run_programme"]

ALL = "all"


def chosen_experiments(name: str, only: str = "") -> list[Experiment]:
    """The experiment of this name; of "all" those that have an arm which `only` matches.

    Raises:
        ValueError: an unknown name, or no experiment has such an arm.
    """
    if name != ALL:
        return [experiment(name)]
    parts = only.split(",")
    found = [item for item in EXPERIMENTS.values() if any(part in arm.name for arm in item.arms for part in parts)]
    if not found:
        raise ValueError(f"no experiment has an arm that matches {only!r}: `experiments list NAME` shows its arms")
    return found


def run_programme(name: str, budget: str, folder: Path | None = None, device: str = "auto", jobs: int | None = None,
                  only: str = "", seeds: int | None = None, shard: Shard | None = None, together: int | None = None,
                  precision: str = "off") -> Iterator[tuple[str, int]]:
    """Run one experiment or all; yields (its name, how many runs were done now) when one is through.

    A shard takes its share of every experiment. Arguments and errors are those of `run_experiment`.
    """
    items = chosen_experiments(name, only)
    for item in items:
        item.budget(budget)  # an unknown name fails before anything is started
    for item in items:
        done = run_experiment(item, budget, folder, device, jobs, only, seeds, shard=shard, together=together,
                              precision=precision)
        yield item.name, done
