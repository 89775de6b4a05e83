"""One run of an experiment, or several at once, from the configuration to the record."""

from __future__ import annotations

import datetime
import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from alexnet_lib.data import cifar10
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import Normalisation, normalisation, rgb_pca
from alexnet_lib.experiments.measures import measure
from alexnet_lib.experiments.protocol import Run, RunConfig
from alexnet_lib.nets.build import build_net, first_kernels
from alexnet_lib.training.loop import History, error_and_loss, error_pct, images_to_target, train
from alexnet_lib.training.pretraining import pretrain
from alexnet_lib.training.provenance import peak_memory_mib, provenance
from alexnet_lib.training.together import train_together
from alexnet_lib.training.weights import TrainedNet

__all__ = ["Outcome", "execute", "execute_together"]

LOOKED_AT = 5_000  # training images whose error is measured as that of the validation images is


class Outcome(NamedTuple):
    """What a run leaves.

    ``record``: as it is written. ``arrays``: kept beside it: predictions as `measure` gives them, and "kernels_3" ->
    (kernels, 3, height, width) float32, the first layer after so many passes. ``trained``: the net, if it is kept.
    """

    record: dict
    arrays: dict[str, np.ndarray]
    trained: TrainedNet | None


def execute(run: Run, device: torch.device, progress: str | None = None, on_entry=None) -> Outcome:
    """Train one run; nothing is written.

    Raises:
        KeyboardInterrupt: the run was interrupted; there is no record of half a run.
    """
    sets = _open_sets(run.config, device)
    work = _Work(run, sets)
    history = train(work.net, sets.data, run.config.train, work.generator, progress, on_entry, work.look)
    return work.outcome(history)


def execute_together(runs: Sequence[Run], device: torch.device, progress: str | None = None, on_entry=None,
                     precision: str = "off") -> list[Outcome]:
    """Train several runs that differ in their seed only, all at once (`training.together`); nothing is written.

    Times in a record are the run's equal share of those of all; its provenance says with how many it was ``together``,
    and the ``precision`` if layers did not compute in float32.

    Raises:
        ValueError: runs of different configurations.
        KeyboardInterrupt: the runs were interrupted; there is no record of half a run.
    """
    config = runs[0].config
    if any(run.config != config for run in runs):
        raise ValueError("runs are trained together if they differ in their seed only: these differ in more")
    sets = _open_sets(config, device)
    works = [_Work(run, sets, len(runs)) for run in runs]
    histories = train_together([work.net for work in works], sets.data, config.train,
                               [work.generator for work in works], progress, on_entry,
                               lambda number, history: works[number].look(history), precision)
    outcomes = [work.outcome(history) for work, history in zip(works, histories, strict=True)]
    how = {"together": len(runs)} | ({} if precision == "off" else {"precision": precision})
    for outcome in outcomes:
        outcome.record["provenance"] |= how
    return outcomes


class _Sets(NamedTuple):
    """The images of a configuration, on the device."""

    scale: Normalisation
    data: ResidentImages  # training images
    held_out: ResidentImages  # validation images
    shown: ResidentImages  # some training images, looked at as the validation images are
    resident: Callable[..., ResidentImages]  # makes such a set from images and labels
    unlabelled: np.ndarray  # images of the whole split, for pretraining


def _open_sets(config: RunConfig, device: torch.device) -> _Sets:
    split = cifar10.load("train+validation" if config.fold_in else "train")
    images, labels = split.images[: config.images], split.labels[: config.images]
    scale = normalisation(images, config.input_scale)
    noisy = config.augmentation is not None and config.augmentation.colour_sigma
    pca = rgb_pca(images) if noisy or config.relight_sigma else None
    resident = partial(ResidentImages, scale=scale, device=device, augmentation=config.augmentation, pca=pca)
    return _Sets(scale, resident(images, labels), resident(*cifar10.load("validation")),
                 resident(images[:LOOKED_AT], labels[:LOOKED_AT]), resident, split.images)


class _Work:
    """A run under way: its net, what it draws from, and what was seen of it so far.

    Args:
        run: which.
        sets: of its configuration.
        share: runs among which the time is divided.
    """

    def __init__(self, run: Run, sets: _Sets, share: int = 1) -> None:
        self.run, self.sets, self.share = run, sets, share
        self.started, self.clock = datetime.datetime.now(datetime.UTC), time.perf_counter()
        config, device = run.config, sets.data.device
        self.generator = torch.Generator().manual_seed(run.seed)  # draws the weights first, then every order
        self.net = build_net(config.net, self.generator)
        self.looks = {"passes": [], "training_error_pct": [], "validation_error_pct": [], "validation_loss": []}
        self.arrays = {"kernels_0": first_kernels(self.net).numpy()} if 0 in config.kernels_at else {}
        self.further = {}
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        if config.pretraining:
            images = sets.unlabelled[: config.pretraining.images]
            blank = np.zeros(len(images), np.int64)  # there are no labels yet
            learnt = pretrain(self.net, sets.resident(images, blank), config.pretraining, self.generator)
            self.further["pretraining"] = {key: _rounded(v) if isinstance(v, float) else v for key, v in learnt.items()}

    def look(self, history: History) -> None:
        """Evaluate every so many passes; training images are shown as the validation images are."""
        config, passes = self.run.config, round(history.passes[-1])
        if passes in config.kernels_at:
            self.arrays[f"kernels_{passes}"] = first_kernels(self.net).numpy()
        if config.evaluate_every and passes % config.evaluate_every == 0:
            error, loss = error_and_loss(self.net, self.sets.held_out)
            found = passes, error_pct(self.net, self.sets.shown), error, loss
            for key, value in zip(self.looks, found, strict=True):
                self.looks[key].append(value)

    def outcome(self, history: History) -> Outcome:
        """What the run leaves, at the end of its training."""
        if history.stopped == "interrupted":
            raise KeyboardInterrupt
        run, config, sets, net = self.run, self.run.config, self.sets, self.net
        if config.kernels_at:
            self.arrays[f"kernels_{round(history.passes[-1])}"] = first_kernels(net).numpy()
        target = config.train.target_error_pct
        reached = None if target is None else images_to_target(history, target)
        validation_error, validation_loss = error_and_loss(net, sets.held_out)
        measured, predictions = measure(net, config, run.seed, sets.data, sets.held_out, sets.resident)
        device, took = sets.data.device, (time.perf_counter() - self.clock) / self.share
        record = {
            "experiment": run.experiment, "arm": run.arm, "budget": run.budget, "seed": run.seed,
            "config": config.to_dict(),
            "result": {
                "stopped": history.stopped,
                "images_to_target": reached,
                "passes_to_target": None if reached is None else reached / len(sets.data),
                "time_to_target_s": history.time_s[-1] if history.stopped == "target" else None,
                "trailing_error_pct": history.trailing_error_pct[-1],
                "training_error_pct": error_pct(net, sets.shown),
                "validation_error_pct": validation_error,
                "validation_loss": _rounded(validation_loss),
                "images_per_s": history.images[-1] / history.time_s[-1],
                **self.further, **measured,
            },
            "looks": ({key: [_rounded(v) for v in value] for key, value in self.looks.items()}
                      if config.evaluate_every else {}),
            "provenance": {
                "date": self.started.isoformat(timespec="seconds"), "time_s": round(took, 1),
                "data": cifar10.data_checksum(), "peak_memory_mib": peak_memory_mib(device), **provenance(device),
            },
            "history": {key: [_rounded(v) for v in value] if isinstance(value, list) else value
                        for key, value in history.to_dict().items()},
        }
        kept = config.keep_net and run.seed == 0
        trained = TrainedNet(net, {"scale": sets.scale}) if kept else None
        return Outcome(record, self.arrays | predictions, trained)


def _rounded(value: float) -> float | None:
    """Four decimals; None for what is not a number, which JSON does not know."""
    return round(value, 4) if math.isfinite(value) else None
