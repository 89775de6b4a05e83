"""Runs what an experiment still lacks, one process a run, and leaves a record of each.

Every run on the CPU uses one thread, so that its bits do not depend on how many run side by side.
Interrupt it, kill it, lose the power: finished runs are kept, and the same command goes on.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import sys
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import torch
from filelock import FileLock, Timeout
from tqdm.auto import tqdm

from alexnet_lib.data import cifar10
from alexnet_lib.data.processes import end_with_parent, stop_processes, usable_cores
from alexnet_lib.experiments.execution import execute
from alexnet_lib.experiments.planning import TUNING_SEED
from alexnet_lib.experiments.protocol import Experiment, Run
from alexnet_lib.experiments.records import default_folder, keep_arrays, keep_net, load_records, pending, write_record
from alexnet_lib.training.device import choose_device, keep_freed_memory

__all__ = ["RunnerError", "run_experiment"]

class RunnerError(RuntimeError):
    """The sweep cannot go on; the message names the remedy."""


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

    record, arrays, trained = execute(run, choose_device(device_name), on_entry=report)
    if arrays:
        record["arrays"] = keep_arrays(folder, run, arrays)
    if trained is not None:
        record["net"] = keep_net(folder, run, trained)
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
