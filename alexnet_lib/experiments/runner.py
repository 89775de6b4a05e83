"""Runs what an experiment still lacks, one process a run, and leaves a record of each.

Every run on the CPU uses one thread, so that its bits do not depend on how many run side by side.
Interrupt it, kill it, lose the power: finished runs are kept, and the same command goes on.
"""

from __future__ import annotations

import datetime
import math
import multiprocessing
import os
import queue
import signal
import sys
import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock, Timeout
from tqdm.auto import tqdm

from alexnet_lib.data import cifar10
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.processes import end_with_parent, stop_processes, usable_cores
from alexnet_lib.data.statistics import normalisation, rgb_pca
from alexnet_lib.experiments.protocol import TUNING_SEED, Experiment, Run
from alexnet_lib.experiments.records import default_folder, load_records, pending, write_predictions, write_record
from alexnet_lib.nets.build import build_net
from alexnet_lib.training.device import choose_device, keep_freed_memory
from alexnet_lib.training.evaluation import VIEWS, changed_by_light_pct, probabilities
from alexnet_lib.training.loop import error_and_loss, error_pct, images_to_target, train
from alexnet_lib.training.metrics import top_k_error_pct
from alexnet_lib.training.provenance import peak_memory_mib, provenance

__all__ = ["RunnerError", "execute", "run_experiment"]

LOOKED_AT = 5_000  # training images whose error is measured as that of the validation images is


class RunnerError(RuntimeError):
    """The sweep cannot go on; the message names the remedy."""


def execute(run: Run, device: torch.device, progress: str | None = None, on_entry=None
            ) -> tuple[dict, dict[str, np.ndarray]]:
    """Train one run and return its record (not yet written), and the predictions if it has to keep them.

    Predictions: set and views, e.g. "test_10" -> (N, 10) float16, softmax outputs.

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
    data = ResidentImages(images, labels, scale, device, config.augmentation, pca)
    held_out = ResidentImages(*cifar10.load("validation"), scale, device, config.augmentation, pca)
    looks = {"passes": [], "training_error_pct": [], "validation_error_pct": [], "validation_loss": []}

    def look(history) -> None:
        """Evaluate every so many passes; training images are shown as the validation images are."""
        passes = round(history.passes[-1])
        if config.evaluate_every and passes % config.evaluate_every == 0:
            error, loss = error_and_loss(net, held_out)
            for key, value in zip(looks, (passes, error_pct(net, shown), error, loss), strict=True):
                looks[key].append(value)

    shown = ResidentImages(images[:LOOKED_AT], labels[:LOOKED_AT], scale, device, config.augmentation, pca)
    started = datetime.datetime.now(datetime.UTC)
    clock = time.perf_counter()
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    history = train(net, data, config.train, generator, progress, on_entry, look)
    if history.stopped == "interrupted":
        raise KeyboardInterrupt
    target = config.train.target_error_pct
    reached = None if target is None else images_to_target(history, target)
    validation_error, validation_loss = error_and_loss(net, held_out)
    further, predictions = {}, {}
    if config.relight_sigma:
        light = torch.Generator().manual_seed(run.seed)
        further["relit_changed_pct"] = changed_by_light_pct(net, held_out, config.relight_sigma, light)
    if config.test:
        sets = {"test": ResidentImages(*cifar10.load("test"), scale, device, config.augmentation, pca)}
        if not config.fold_in:
            sets["validation"] = held_out
        views = VIEWS if config.augmentation is not None else VIEWS[:1]
        for name, count in [(name, count) for name in sets for count in views]:
            found = probabilities(net, sets[name], count)
            predictions[f"{name}_{count}"] = found.half().numpy()
            further[f"{name}_{count}_view_error_pct"] = top_k_error_pct(found, sets[name].labels.cpu(), 1)
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
            **further,
        },
        "looks": {key: [_rounded(v) for v in value] for key, value in looks.items()} if config.evaluate_every else {},
        "provenance": {
            "date": started.isoformat(timespec="seconds"), "time_s": round(time.perf_counter() - clock, 1),
            "data": cifar10.data_checksum(), "peak_memory_mib": peak_memory_mib(device), **provenance(device),
        },
        "history": {key: [_rounded(v) for v in value] if isinstance(value, list) else value
                    for key, value in history.to_dict().items()},
    }
    return record, predictions


def _rounded(value: float) -> float | None:
    """Four decimals; None for what is not a number, which JSON does not know."""
    return round(value, 4) if math.isfinite(value) else None


# --- worker processes ------------------------------------------------------------------------------

_reports = None


def _start_worker(reports, parent: int) -> None:
    global _reports
    _reports = reports
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    end_with_parent(parent)
    torch.set_num_threads(1)
    keep_freed_memory()


def _work(run: Run, device_name: str, folder: Path) -> str:
    def report(history) -> None:
        _reports.put((run.name, history.passes[-1], history.trailing_error_pct[-1]))

    record, predictions = execute(run, choose_device(device_name), on_entry=report)
    if predictions:
        record["predictions"] = write_predictions(folder, run, predictions)
    write_record(folder, run, record)  # last: a run with a record is done
    return run.name


def run_experiment(experiment: Experiment, budget: str, folder: Path | None = None, device: str = "auto",
                   jobs: int | None = None, only: str = "", seeds: int | None = None, progress: bool = True) -> int:
    """Do every run that has no record yet.

    Args:
        experiment: what to run.
        budget: name of one of its budgets.
        folder: where records go; default ``figures/records``.
        device: "auto", "cpu", "cuda", "mps".
        jobs: runs side by side; default one a core on the CPU, one on a GPU.
        only: do only these arms: names or parts of names, with commas between them.
        seeds: do only so many seeds of each arm; default those of the budget.
        progress: show a bar.

    Returns:
        How many runs were done now.

    Raises:
        RunnerError: another process is running this experiment into the same folder, or a worker died.
        KeyboardInterrupt: after the workers are stopped; finished runs are kept.
    """
    folder = Path(folder or default_folder())
    experiment.budget(budget)  # an unknown name fails before anything is started
    arms = _chosen_arms(experiment, only)
    kind = choose_device(device).type
    jobs = jobs or (usable_cores() if kind == "cpu" else 1)
    cifar10.fetch(progress=progress)
    place = folder / experiment.name
    try:
        place.mkdir(parents=True, exist_ok=True)
        with FileLock(place / f".{budget}.lock", timeout=0):
            return _sweep(experiment, budget, folder, device, jobs, arms, seeds, progress)
    except Timeout:
        raise RunnerError(f"another process is running {experiment.name} at {budget} into {place}: "
                          "wait for it, or give another --records folder") from None
    except OSError as error:
        raise RunnerError(f"cannot write records to {place} ({error.strerror or error}): make room or give another "
                          "--records folder; finished runs are kept") from None


def _chosen_arms(experiment: Experiment, only: str) -> set[str]:
    """The arms that are named, and those that have a part which is no arm's whole name."""
    names = [arm.name for arm in experiment.arms]
    chosen = {name for part in only.split(",") for name in ([part] if part in names else names) if part in name}
    if not chosen:
        raise ValueError(f"no arm of {experiment.name} matches {only!r}: choose from {', '.join(names)}")
    return chosen


def _sweep(experiment: Experiment, budget: str, folder: Path, device: str, jobs: int, arms: set[str],
           seeds: int | None, progress: bool) -> int:
    context = multiprocessing.get_context("spawn")
    reports = context.Queue()
    pool = ProcessPoolExecutor(jobs, context, _start_worker, (reports, os.getpid()))
    flying, done, latest = {}, 0, {}
    bar = tqdm(desc=f"{experiment.name} {budget}", unit=" runs", disable=not progress,
               initial=len(load_records(experiment.name, budget, folder)))
    try:
        while True:
            todo = [run for run in pending(experiment, budget, folder) if run.arm in arms
                    and (seeds is None or run.seed < seeds or run.seed == TUNING_SEED)]
            bar.total = bar.n + len(todo)
            for run in [run for run in todo if run.name not in flying][: jobs - len(flying)]:
                flying[run.name] = pool.submit(_work, run, device, folder)
            if not flying:
                pool.shutdown()
                return done
            while not (ended := wait(flying.values(), timeout=1, return_when=FIRST_COMPLETED).done):
                _drain(reports, latest)
                bar.set_postfix_str("; ".join(f"{name}: pass {p:.1f}, {e:.1f} %" for name, (p, e) in latest.items()
                                              if name in flying), refresh=sys.stderr.isatty())
            for future in ended:
                name = future.result()
                del flying[name]
                latest.pop(name, None)
                done += 1
                bar.update()
    except (BrokenProcessPool, torch.OutOfMemoryError):
        raise RunnerError("a worker ran out of memory or was killed: finished runs are kept; try again with fewer "
                          "--jobs") from None
    finally:
        bar.close()
        stop_processes(pool)


def _drain(reports, latest: dict) -> None:
    try:
        while True:
            name, passes, error = reports.get_nowait()
            latest[name] = (passes, error)
    except queue.Empty:
        pass
