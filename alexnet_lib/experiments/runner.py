"""Runs what an experiment still lacks and leaves a record of each run.

On the CPU a run has a process of its own and one thread, so that its bits do not depend on how many run side by side;
on a GPU the seeds of an arm are trained at once, as one net.
Interrupt it, kill it, lose the power: finished runs are kept, and the same command goes on.

Several machines may share an experiment out, each with its own `Shard`, into one folder on a shared disk or into a
folder each: what a shard does follows from the experiment alone, never from the records that are there already.
"""

from __future__ import annotations

import glob
import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch
from filelock import FileLock, Timeout
from tqdm.auto import tqdm

from alexnet_lib.data import cifar10
from alexnet_lib.data.processes import end_with_parent, stop_processes, usable_cores
from alexnet_lib.experiments.execution import execute, execute_together
from alexnet_lib.experiments.planning import units
from alexnet_lib.experiments.protocol import Experiment, Run, RunConfig
from alexnet_lib.experiments.records import default_folder, keep_arrays, keep_net, load_records, pending, write_record
from alexnet_lib.files import one_line, remove_partials
from alexnet_lib.shards import Shard
from alexnet_lib.training.device import choose_device, keep_freed_memory

__all__ = ["RunnerError", "chosen_arms", "run_experiment"]

#: who asks for a lock only to see whether it is held lets go of it at once; a holder keeps it for longer than this
ASKING_S = 3.0

#: seeds of an arm that are trained at once on a GPU: all of the budget "full"
TOGETHER = 10


class RunnerError(RuntimeError):
    """The sweep cannot go on; the message is one line and names the remedy."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


# --- worker processes ------------------------------------------------------------------------------

_reports = None


def _start_worker(reports, parent: int) -> None:
    global _reports
    _reports = reports
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    if hasattr(signal, "SIGUSR2"):  # and so is the warning of a cluster that a job's time is nearly over
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    end_with_parent(parent)
    tqdm.set_lock(threading.RLock())  # else it makes one for all processes, reported as leaked when this one is ended
    torch.set_num_threads(1)
    keep_freed_memory()


def _work(runs: tuple[Run, ...], device_name: str, folder: Path, precision: str) -> None:
    def report(*histories) -> None:
        error = sum(history.trailing_error_pct[-1] for history in histories) / len(histories)
        _reports.put((runs[0].name, histories[0].passes[-1], error))

    device = choose_device(device_name)
    if len(runs) == 1 and precision == "off":
        outcomes = [execute(runs[0], device, on_entry=report)]
    else:
        outcomes = execute_together(runs, device, on_entry=lambda histories: report(*histories), precision=precision)
    for run, (record, arrays, trained) in zip(runs, outcomes, strict=True):
        if arrays:
            record["arrays"] = keep_arrays(folder, run, arrays)
        if trained is not None:
            record["net"] = keep_net(folder, run, trained)
        write_record(folder, run, record)  # last: a run with a record is done


def _at_once(runs: Iterable[Run], together: int) -> list[tuple[Run, ...]]:
    """Runs that are trained together: those that differ in their seed only, at most so many."""
    alike: dict[tuple[str, RunConfig], list[Run]] = {}
    for run in runs:
        alike.setdefault((run.arm, run.config), []).append(run)
    return [tuple(same[start : start + together]) for same in alike.values() for start in range(0, len(same), together)]


# --- the sweep -------------------------------------------------------------------------------------


def run_experiment(experiment: Experiment, budget: str, folder: Path | None = None, device: str = "auto",
                   jobs: int | None = None, only: str = "", seeds: int | None = None, progress: bool = True,
                   shard: Shard | None = None, together: int | None = None, precision: str = "off") -> int:
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
        shard: do only this share of the runs that `only` and `seeds` leave; every shard must be given the same two,
            and the same `together`.
        together: seeds of an arm that are trained at once as one net; default 1 on the CPU, which has nothing to gain,
            and `TOGETHER` on a GPU. An arm's seeds then belong to one shard.
        precision: "off", or "bf16": layers compute in 16 bits; records say so.

    Returns:
        How many runs were done now.

    Raises:
        RunnerError: another process does some of these runs into the same folder, or a worker died.
        KeyboardInterrupt: after the workers are stopped; finished runs are kept.
    """
    folder = Path(folder or default_folder())
    if precision not in ("off", "bf16"):
        raise ValueError(f"unknown precision {precision!r}: choose off or bf16")
    kind = choose_device(device).type
    together = together or (1 if kind == "cpu" else TOGETHER)
    shared = units(experiment, experiment.budget(budget), chosen_arms(experiment, only), seeds, together > 1)
    mine = {pair for unit in (shard.of(shared) if shard else shared) for pair in unit}
    jobs = jobs or (usable_cores() if kind == "cpu" else 1)
    cifar10.fetch(progress=progress)
    place = folder / experiment.name
    try:
        place.mkdir(parents=True, exist_ok=True)
        with _others_kept_out(place, budget, shard):
            if any(place.glob("*.partial")):  # of a sweep that was killed, or of another shard that is at work
                for arm, seed in mine:
                    remove_partials(place, f"{glob.escape(arm)}-lr*-{budget}-s{seed}")
            share = f" {shard}" if shard else ""
            work = partial(_work, device_name=device, folder=folder, precision=precision)
            return _sweep(experiment, budget, folder, work, jobs, together, mine, progress, share)
    except Timeout as held:
        raise RunnerError(f"another process is running {experiment.name} at {budget} into {place} (it holds "
                          f"{Path(held.lock_file).name}): wait for it, or give another --records folder") from None
    except OSError as error:
        raise RunnerError(f"cannot write records to {place} ({error.strerror or error}): make room or give another "
                          "--records folder; finished runs are kept") from None


@contextmanager
def _others_kept_out(place: Path, budget: str, shard: Shard | None) -> Iterator[None]:
    """Hold the lock of the whole sweep, or of a shard; whoever could do the same runs at the same time is turned away.

    Those are the same shard, and a sweep that is shared out in another way or not at all. The other shards of the
    same division do other runs.

    Raises:
        Timeout: a lock is held.
    """
    division = f"-of-{shard.count}.lock" if shard else ""
    mine = place / (f".{budget}-{shard.index}{division}" if shard else f".{budget}.lock")
    with FileLock(mine, timeout=0):
        for other in (place / f".{budget}.lock", *place.glob(f".{budget}-*-of-*.lock")):
            if other != mine and not (shard and other.name.endswith(division)):
                with FileLock(other, timeout=ASKING_S):
                    pass
        yield


def chosen_arms(experiment: Experiment, only: str) -> set[str]:
    """The arms that are named, and those that have a part which is no arm's whole name.

    Args:
        only: names or parts of names, with commas between them; "" for all arms.

    Raises:
        ValueError: there is no such arm.
    """
    names = [arm.name for arm in experiment.arms]
    chosen = {name for part in only.split(",") for name in ([part] if part in names else names) if part in name}
    if not chosen:
        raise ValueError(f"no arm of {experiment.name} matches {only!r}: choose from {', '.join(names)}")
    return chosen


def _sweep(experiment: Experiment, budget: str, folder: Path, work: Callable[[tuple[Run, ...]], None], jobs: int,
           together: int, mine: set[tuple[str, int]], progress: bool, share: str) -> int:
    """Do the runs of these arms and seeds, up to `together` at once in each of `jobs` processes; returns how many."""
    context = multiprocessing.get_context("spawn")
    reports = context.Queue()
    pool = ProcessPoolExecutor(jobs, context, _start_worker, (reports, os.getpid()))
    flying: dict[Future, tuple[str, ...]] = {}  # names of the runs under way
    done, latest = 0, {}
    found = load_records(experiment.name, budget, folder).values()
    bar = tqdm(desc=f"{experiment.name} {budget}{share}", unit=" runs", disable=not progress,
               initial=sum((record["arm"], record["seed"]) in mine for record in found))
    try:
        while True:
            under_way = {name for names in flying.values() for name in names}
            todo = [run for run in pending(experiment, budget, folder) if (run.arm, run.seed) in mine]
            bar.total = bar.n + len(todo)
            items = _at_once((run for run in todo if run.name not in under_way), together)
            for runs in items[: jobs - len(flying)]:
                flying[pool.submit(work, runs)] = tuple(run.name for run in runs)
            if not flying:
                pool.shutdown()
                return done
            under_way = {name for names in flying.values() for name in names}
            while not (ended := wait(flying, timeout=1, return_when=FIRST_COMPLETED).done):
                _drain(reports, latest)
                bar.set_postfix_str("; ".join(f"{name}: pass {p:.1f}, {e:.1f} %" for name, (p, e) in latest.items()
                                              if name in under_way), refresh=sys.stderr.isatty())
            for future in ended:
                future.result()
                names = flying.pop(future)
                for name in names:
                    latest.pop(name, None)
                done += len(names)
                bar.update(len(names))
    except (BrokenProcessPool, torch.OutOfMemoryError):
        raise RunnerError("a worker ran out of memory or was killed: finished runs are kept; try again with fewer "
                          "--jobs or --together") from None
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
