"""An experiment as jobs of a Slurm cluster, one a shard, by way of submitit (an optional package).

A job is the share of `run_experiment` that belongs to its shard, and leaves records as any run does. A job that is
preempted or comes to the end of its time is put into the queue again and goes on after its last finished run.
submitit's local executor starts the same jobs as processes of this machine: for trying out, and for several GPUs.
"""

from __future__ import annotations

import os
import re
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import torch
from tqdm.auto import tqdm

from alexnet_lib.data import cifar10
from alexnet_lib.data.processes import usable_cores
from alexnet_lib.experiments.programme import chosen_experiments, run_programme
from alexnet_lib.experiments.records import default_folder
from alexnet_lib.experiments.runner import RunnerError, chosen_arms
from alexnet_lib.files import expanded
from alexnet_lib.shards import Shard

__all__ = ["EXECUTORS", "Jobs", "Share", "cancel", "how_to_go_on", "submit", "wait_for"]

EXECUTORS = ("slurm", "local")

#: how often a job may come to the end of its time: one whose single runs take longer than that must not try for ever
RESTARTS = 20


@dataclass(frozen=True)
class Jobs:
    """What is asked of the cluster for each job; ``shards`` jobs are submitted."""

    shards: int
    executor: str = "slurm"
    partition: str | None = None  # Slurm's; None: its default
    time_min: int = 240
    gpus: int | None = None  # default: 1 on Slurm; on this machine all it has, shared out among the jobs
    cpus: int = 4  # Slurm's only
    settings: tuple[str, ...] = ()  # further ones of sbatch, "account=lab" or "exclusive"
    logs: Path | None = None  # default: build/jobs of this checkout; every machine must see it

    def __post_init__(self) -> None:
        if self.executor not in EXECUTORS:
            raise ValueError(f"unknown executor {self.executor!r}: choose one of {', '.join(EXECUTORS)}")
        for name, value, least in (("shards", self.shards, 1), ("time_min", self.time_min, 1), ("cpus", self.cpus, 1),
                                   ("gpus", self.gpus or 0, 0)):
            if value < least:
                raise ValueError(f"{name} must be {least} or more, not {value}")
        if self.executor == "local" and (self.partition or self.settings):
            raise ValueError("partition and further settings are Slurm's: leave them out with the local executor")
        for setting in self.settings:
            if not re.fullmatch(r"[a-z][a-z_-]*(=.+)?", setting):
                raise ValueError(f"setting {setting!r} is not one of sbatch: give e.g. account=lab, or exclusive")


class Share:
    """What a job does. submitit calls it, and asks for `checkpoint` when the job's time is up or it is preempted."""

    def __call__(self, name: str, budget: str, options: dict, index: int, count: int) -> None:
        if os.environ.get("SUBMITIT_EXECUTOR") == "local":
            _take_one_gpu(index)
        for item, done in run_programme(name, budget, **options, shard=Shard(index, count)):
            print(f"{item} {budget} {index}/{count}: " + (f"{done} runs done now" if done else "nothing left to do"),
                  flush=True)

    def checkpoint(self, *words):
        """The same again: runs with a record are not repeated."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self, *words)


def _take_one_gpu(index: int) -> None:
    """Of the GPUs that this machine's jobs share, leave one visible; nothing must have used a GPU yet."""
    visible = [gpu for gpu in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if gpu]
    if visible:
        os.environ["CUDA_VISIBLE_DEVICES"] = visible[(index - 1) % len(visible)]


def submit(name: str, budget: str, jobs: Jobs, folder: Path | None = None, device: str = "auto",
           side_by_side: int | None = None, only: str = "", seeds: int | None = None, together: int | None = None,
           precision: str = "off") -> list:
    """Submit one job a shard, on Slurm as one array; data are fetched first, as its machines may have no network.

    Args:
        name: of an experiment, or "all".
        budget: name of one of its budgets.
        jobs: how many, and what each may use.
        folder: where records go; default ``figures/records``. All jobs write there.
        device, only, seeds, together, precision: as for `run_experiment`.
        side_by_side: runs side by side in a job; default one a core on the CPU, one on a GPU.

    Returns:
        submitit's jobs, in the order of the shards.

    Raises:
        RunnerError: submitit or Slurm is missing, or Slurm refuses the jobs.
        ValueError: an unknown experiment, budget or arm.
    """
    for item in chosen_experiments(name, only):  # what is wrong is said here, not by each job
        item.budget(budget)
        chosen_arms(item, only)
    submitit = _submitit()
    cifar10.fetch()
    options = {"folder": str(expanded(folder or default_folder()).resolve()), "device": device,
               "jobs": side_by_side or _side_by_side(jobs, device), "only": only, "seeds": seeds,
               "together": together, "precision": precision}
    logs = expanded(jobs.logs or default_folder().parents[1] / "build" / "jobs").resolve()
    counts = [jobs.shards] * jobs.shards
    many = [[value] * jobs.shards for value in (name, budget, options)]
    try:
        logs.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of options that an older Slurm would want otherwise
            executor = submitit.AutoExecutor(logs, cluster=jobs.executor, slurm_max_num_timeout=RESTARTS,
                                             local_max_num_timeout=RESTARTS)
            executor.update_parameters(**_parameters(name, jobs))
            return executor.map_array(Share(), *many, range(1, jobs.shards + 1), counts)
    except OSError as error:
        raise RunnerError(f"cannot write logs to {logs} ({error.strerror or error}): give another --logs "
                          "folder") from None
    except RuntimeError as error:  # all of submitit's are
        if "srun" in str(error):
            raise RunnerError("there is no Slurm here (no srun): submit from a machine of the cluster, or use "
                              "--executor local") from None
        raise RunnerError(f"Slurm refuses the jobs ({_last_line(str(error))}): look at --partition, --time-min, "
                          "--gpus, --cpus and --set") from None


def _submitit():
    try:
        import submitit
    except ImportError:
        raise RunnerError("jobs are submitted by the package submitit, which is not here: pip install "
                          "submitit") from None
    return submitit


def _side_by_side(jobs: Jobs, device: str) -> int | None:
    """Runs side by side in a job; None: as many as suit the machine on which it will be."""
    if jobs.executor == "local" and not _gpus(jobs):
        return max(1, usable_cores() // jobs.shards)
    return jobs.cpus if jobs.executor == "slurm" and device == "cpu" else None


def _gpus(jobs: Jobs) -> int:
    if jobs.gpus is not None:
        return jobs.gpus
    return 1 if jobs.executor == "slurm" else torch.cuda.device_count()


def _parameters(name: str, jobs: Jobs) -> dict:
    """In submitit's words."""
    pairs = [setting.partition("=") for setting in jobs.settings]
    return {
        "name": f"alexnet-{name}", "timeout_min": jobs.time_min, "cpus_per_task": jobs.cpus,
        "gpus_per_node": _gpus(jobs) or None, "slurm_partition": jobs.partition,
        "slurm_additional_parameters": {key.replace("-", "_"): value or True for key, _, value in pairs} or None,
    }


def how_to_go_on(submitted: list, jobs: Jobs) -> list[str]:
    """What to do next, line by line."""
    ids, logs = [job.job_id for job in submitted], submitted[0].paths.folder
    if jobs.executor == "local":
        return [f"{len(ids)} jobs run on this machine, as processes {' '.join(ids)}; end them with: kill -INT "
                f"{' '.join(ids)}", f"what they say: {logs}/*_log.out and *_log.err"]
    array = ids[0].split("_")[0]
    return [f"{len(ids)} jobs submitted as {array}; look at them with: squeue -j {array}; end them with: scancel "
            f"{array}", f"what they say: {logs}/{array}*_log.out and *_log.err"]


def wait_for(jobs: list) -> list[str]:
    """Wait until all jobs are through; returns a line for each that failed, with its log."""
    waiting, failed = dict(enumerate(jobs, 1)), []
    with tqdm(total=len(jobs), desc="shards", unit=" jobs") as bar:
        while waiting:
            for index, job in list(waiting.items()):
                if job.done():
                    del waiting[index]
                    bar.update()
                    if (error := job.exception()) is not None:
                        why = _last_line(job.stderr() or str(error))
                        failed.append(f"shard {index}/{len(jobs)} failed ({why}): see {job.paths.stderr}")
            time.sleep(1 if waiting else 0)
    return failed


def cancel(jobs: list) -> None:
    """End jobs, and wait for a moment until they are gone; finished runs are kept."""
    alive = [job for job in jobs if not job.done()]
    for job in alive:
        job.cancel()
    until = time.monotonic() + 20
    while any(not job.done() for job in alive) and time.monotonic() < until:
        time.sleep(0.2)


def _last_line(text: str) -> str:
    """The last line that says something, without the place of an error's class."""
    lines = [line.strip() for line in text.splitlines() if line.strip(" -\t")]
    return re.sub(r"^([a-z_]\w*\.)+(?=\w+: )", "", lines[-1]) if lines else "no word of it"
