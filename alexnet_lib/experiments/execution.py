"""One run of an experiment, from its configuration to its record."""

from __future__ import annotations

import datetime
import math
import time
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from alexnet_lib.data import cifar10
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation, rgb_pca
from alexnet_lib.experiments.measures import measure
from alexnet_lib.experiments.protocol import Run
from alexnet_lib.nets.build import build_net, first_kernels
from alexnet_lib.training.loop import error_and_loss, error_pct, images_to_target, train
from alexnet_lib.training.pretraining import pretrain
from alexnet_lib.training.provenance import peak_memory_mib, provenance
from alexnet_lib.training.weights import TrainedNet

__all__ = ["Outcome", "execute"]

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
    config = run.config
    split = cifar10.load("train+validation" if config.fold_in else "train")
    images, labels = split.images[: config.images], split.labels[: config.images]
    scale = normalisation(images, config.input_scale)
    noisy = config.augmentation is not None and config.augmentation.colour_sigma
    pca = rgb_pca(images) if noisy or config.relight_sigma else None
    generator = torch.Generator().manual_seed(run.seed)  # draws the weights first, then every order
    net = build_net(config.net, generator)
    resident = partial(ResidentImages, scale=scale, device=device, augmentation=config.augmentation, pca=pca)
    data, held_out = resident(images, labels), resident(*cifar10.load("validation"))
    shown = resident(images[:LOOKED_AT], labels[:LOOKED_AT])
    looks = {"passes": [], "training_error_pct": [], "validation_error_pct": [], "validation_loss": []}
    arrays = {"kernels_0": first_kernels(net).numpy()} if 0 in config.kernels_at else {}

    def look(history) -> None:
        """Evaluate every so many passes; training images are shown as the validation images are."""
        passes = round(history.passes[-1])
        if passes in config.kernels_at:
            arrays[f"kernels_{passes}"] = first_kernels(net).numpy()
        if config.evaluate_every and passes % config.evaluate_every == 0:
            error, loss = error_and_loss(net, held_out)
            for key, value in zip(looks, (passes, error_pct(net, shown), error, loss), strict=True):
                looks[key].append(value)

    started = datetime.datetime.now(datetime.UTC)
    clock = time.perf_counter()
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    further = {}
    if config.pretraining:
        unlabelled = split.images[: config.pretraining.images]
        blank = np.zeros(len(unlabelled), np.int64)  # there are no labels yet
        learnt = pretrain(net, resident(unlabelled, blank), config.pretraining, generator)
        further["pretraining"] = {key: _rounded(v) if isinstance(v, float) else v for key, v in learnt.items()}
    history = train(net, data, config.train, generator, progress, on_entry, look)
    if history.stopped == "interrupted":
        raise KeyboardInterrupt
    if config.kernels_at:
        arrays[f"kernels_{round(history.passes[-1])}"] = first_kernels(net).numpy()
    target = config.train.target_error_pct
    reached = None if target is None else images_to_target(history, target)
    validation_error, validation_loss = error_and_loss(net, held_out)
    measured, predictions = measure(net, config, run.seed, data, held_out, resident)
    record = {
        "experiment": run.experiment, "arm": run.arm, "budget": run.budget, "seed": run.seed,
        "config": config.to_dict(),
        "result": {
            "stopped": history.stopped,
            "images_to_target": reached,
            "passes_to_target": None if reached is None else reached / len(images),
            "time_to_target_s": history.time_s[-1] if history.stopped == "target" else None,
            "trailing_error_pct": history.trailing_error_pct[-1],
            "training_error_pct": error_pct(net, shown),
            "validation_error_pct": validation_error,
            "validation_loss": _rounded(validation_loss),
            "images_per_s": history.images[-1] / history.time_s[-1],
            **further, **measured,
        },
        "looks": {key: [_rounded(v) for v in value] for key, value in looks.items()} if config.evaluate_every else {},
        "provenance": {
            "date": started.isoformat(timespec="seconds"), "time_s": round(time.perf_counter() - clock, 1),
            "data": cifar10.data_checksum(), "peak_memory_mib": peak_memory_mib(device), **provenance(device),
        },
        "history": {key: [_rounded(v) for v in value] if isinstance(value, list) else value
                    for key, value in history.to_dict().items()},
    }
    kept = config.keep_net and run.seed == 0
    return Outcome(record, arrays | predictions, TrainedNet(net, {"scale": scale}) if kept else None)


def _rounded(value: float) -> float | None:
    """Four decimals; None for what is not a number, which JSON does not know."""
    return round(value, 4) if math.isfinite(value) else None
