"""The command that trains the small net with two processes, and a function that starts it from a notebook [K12 §3.2].

    torchrun --nproc-per-node 2 -m alexnet_lib.training.columns --mode columns
    torchrun --nproc-per-node 2 -m alexnet_lib.training.columns --mode columns ddp single --out two.json

What the modes are stands in `processes.py`. The processes talk through nccl, one GPU each, where there are enough
GPUs, else through gloo on the CPU. Ctrl-C ends all of them with what was done; torchrun then adds a traceback of its
own, which says no more than that there was a signal.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
import torch.distributed as dist

from alexnet_lib.data import cifar10
from alexnet_lib.data.augment import centre_crop
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation
from alexnet_lib.files import write_whole
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.training.device import keep_freed_memory
from alexnet_lib.training.distributed import started_by_torchrun
from alexnet_lib.training.processes import MODES, Settings, check_mode, sum_over_processes, train_process

__all__ = ["ProcessesError", "compare_processes", "main"]

COMMAND = "python -m torch.distributed.run --nproc-per-node 2 -m alexnet_lib.training.columns"


class ProcessesError(RuntimeError):
    """The processes failed or hung; the message is one line."""


def compare_processes(images: int = 1_500, passes: int = 1, batch_size: int = 128, lr: float = 0.005, seed: int = 0,
                      modes: tuple[str, ...] = MODES, timeout_s: float = 120.0) -> dict[str, dict]:
    """Train `AlexNetConfig.small` on CIFAR-10 in each mode, one after the other, in two processes on this machine.

    Works from a notebook. torchrun starts the processes once for all modes, as starting takes longer than training.
    While one process trains alone, the other sleeps.

    Args:
        images: the first of the training set, up to 40,000.
        passes, batch_size, lr, seed: see `Settings`.
        modes: some of `MODES`.
        timeout_s: seconds after which the processes are ended, whatever they do.

    Returns:
        Name -> what `train_process` measured. The names are "columns", "ddp" and, for one process with one thread and
        with as many as both processes had, "single-1-thread" and "single-2-threads".

    Raises:
        ValueError: settings that cannot work, before anything is started.
        ProcessesError: the processes failed, or took longer than `timeout_s`.
    """
    for mode in modes:
        check_mode(mode, Settings(passes, batch_size, lr, seed=seed), images, 2, AlexNetConfig.small().columns)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "results.json")
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr", "localhost",
                   "--nproc-per-node", "2", "-m", "alexnet_lib.training.columns", "--mode", *modes,
                   "--images", str(images), "--passes", str(passes), "--batch-size", str(batch_size),
                   "--lr", str(lr), "--seed", str(seed), "--out", str(out)]
        paths = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
        # One thread a process is what torchrun sets as well, but not without a warning. Threads that wait must sleep:
        # where other programs want the cores too, spinning makes two threads several times slower than one.
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive",
                       "PYTHONPATH": os.pathsep.join(paths)}
        # A session of its own: interrupting the kernel must reach us alone, and we end the processes in order.
        running = subprocess.Popen(command, env=environment, text=True, start_new_session=True,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            _, said = running.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise ProcessesError(f"the processes were not done after {timeout_s:g} s and were ended: "
                                 "give fewer images or a longer timeout_s") from None
        finally:
            _end(running)
        if running.returncode or not out.is_file():
            raise ProcessesError(f"the processes failed: {_reason(said)}")
        return json.loads(out.read_text())


def _end(running: subprocess.Popen) -> None:
    """Ask torchrun to end its processes and itself; kill it if it does not."""
    if running.poll() is None:
        running.terminate()
        try:
            running.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def _reason(said: str) -> str:
    """The one line among torchrun's many that says what went wrong."""
    lines = [re.sub(r"^\[rank\d+\]:", "", line).strip() for line in said.splitlines() if line.strip()]
    ours = [line.split("error: ", 1)[1] for line in lines if "error: " in line]
    raised = [line for line in lines if line.split(":")[0].endswith(("Error", "Exception"))]
    return (ours or raised or lines or ["no reason was given"])[0]


def main(arguments: list[str] | None = None) -> int:
    """One process's share of the command; returns the exit status."""
    args = _parser().parse_args(arguments)
    try:
        return _run(args)
    except (ValueError, cifar10.DataError) as error:
        if os.environ.get("RANK", "0") == "0":
            print(f"error: {error}", file=sys.stderr, flush=True)
        return 2


def _run(args: argparse.Namespace) -> int:
    started = started_by_torchrun()
    if not started and set(args.mode) != {"single"}:
        raise ValueError(f"this needs processes that torchrun starts: {COMMAND} --mode {' '.join(args.mode)}")
    processes, rank = (int(os.environ[name]) for name in ("WORLD_SIZE", "RANK")) if started else (1, 0)
    config = AlexNetConfig.small(dropout=args.dropout)
    settings = Settings(args.passes, args.batch_size, args.lr, args.momentum, args.weight_decay, args.seed)
    for mode in args.mode:
        check_mode(mode, settings, args.images, processes, config.columns)
    if args.threads < 1:
        raise ValueError(f"threads must be at least 1, not {args.threads}")
    if args.out and not args.out.absolute().parent.is_dir():
        raise ValueError(f"there is no folder {args.out.parent} for the results: make it, or name another with --out")
    device = _own_device(args.device, processes)
    keep_freed_memory()
    data = _load(args.images, config.image_size, device)
    with _interruption() as interrupted:
        if started:
            dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        try:
            results = {}
            for name, mode, threads in _trainings(args, processes, device):
                torch.set_num_threads(threads)
                if rank == 0:
                    print(_announcement(name, 1 if mode == "single" else processes, threads, device), flush=True)
                takes_part = mode != "single" or rank == 0
                if takes_part:
                    results[name], _ = train_process(mode, config, data, settings, interrupted, sys.stderr.isatty())
                stops = torch.tensor(float(takes_part and results[name]["stopped"] == "interrupted"), device=device)
                stopped = sum_over_processes(stops, processes).item() > 0  # who takes no part waits here
                if rank == 0:
                    print(_summary(name, results[name]), flush=True)
                    if args.out:
                        write_whole(args.out, json.dumps(results, indent=1).encode(), b"\n")
                if stopped:
                    break
        finally:
            if dist.is_initialized():
                dist.destroy_process_group()
    return 0


def _trainings(args: argparse.Namespace, processes: int, device: torch.device) -> Iterator[tuple[str, str, int]]:
    """Name, mode and threads of each training asked for."""
    for mode in args.mode:
        if mode != "single":
            yield mode, mode, args.threads
            continue
        # One process alone: with one process's threads, and with those of all.
        for threads in sorted({args.threads, args.threads * (processes if device.type == "cpu" else 1)}):
            yield f"single-{threads}-thread{'s' * (threads > 1)}", mode, threads


def _own_device(name: str, processes: int) -> torch.device:
    """This process's device: a GPU of its own, or the CPU."""
    gpus = torch.cuda.device_count()
    if name == "cuda" and gpus < processes:
        raise ValueError(f"{processes} processes need {processes} GPUs and here are {gpus}: use --device cpu")
    if name == "cpu" or gpus < processes:
        return torch.device("cpu")
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    torch.cuda.set_device(device)
    return device


def _load(count: int, size: int, device: torch.device) -> ResidentImages:
    """The first images of the training set, their centres, less the mean image."""
    images, labels = cifar10.load("train")
    if not 1 <= count <= len(labels):
        raise ValueError(f"images must be from 1 to {len(labels)}, not {count}")
    images = centre_crop(images[:count], size)
    return ResidentImages(images, labels[:count], normalisation(images, "raw"), device)


@contextmanager
def _interruption() -> Iterator[Callable[[], bool]]:
    """Ctrl-C only leaves a mark, so that the processes can agree on where to end; the yielded function tells of it."""
    marks: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: marks.append(number))
    try:
        yield lambda: bool(marks)
    finally:
        signal.signal(signal.SIGINT, before)


def _announcement(name: str, count: int, threads: int, device: torch.device) -> str:
    place = f"processes on {device.type} through {dist.get_backend()}" if count > 1 else f"process on {device.type}"
    return f"{name}: {count} {place}, {threads} thread{'s' * (threads > 1)} each"


def _summary(name: str, result: dict) -> str:
    ending = "" if result["stopped"] == "finished" else f", {result['stopped']}"
    said = (f"{name}: {result['images']:,} images in {result['time_s']:.1f} s, {result['images_per_s']:,.0f} images/s, "
            f"training error {result['training_error_pct']:.1f} %{ending}")
    if crossed := result["bytes_per_step"]:
        layers = ", ".join(f"{layer} {count / 1e6:.2f}" for layer, count in crossed.items())
        said += f"; {sum(crossed.values()) / 1e6:.2f} MB a step between the processes ({layers})"
    return said


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="alexnet_lib.training.columns", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Train the small AlexNet on CIFAR-10 in two processes: columns as in the paper, or data-parallel.",
        epilog=f"Start it with torchrun: {COMMAND} --mode columns ddp single")
    parser.add_argument("--mode", nargs="+", choices=MODES, default=["columns"],
                        help="columns: half the kernels each; ddp: half of each batch each; single: one process alone "
                             "(needs no torchrun). Several are run one after the other")
    usual = Settings()
    for name, value, text in (
        ("images", 5_000, "training images, up to 40000"), ("passes", usual.passes, "passes over them"),
        ("batch-size", usual.batch_size, "images a step, of all processes together"),
        ("lr", usual.lr, "learning rate"), ("momentum", usual.momentum, "of the paper's update rule"),
        ("weight-decay", usual.weight_decay, "of the paper's update rule"),
        ("dropout", 0.5, "probability in fc6 and fc7"), ("seed", usual.seed, "of weights, order and dropout masks"),
        ("threads", 1, "CPU threads of each process"),
    ):
        parser.add_argument(f"--{name}", type=type(value), default=value, metavar="N", help=text)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto",
                        help="auto: a GPU for each process if there are enough, else the CPU")
    parser.add_argument("--out", type=Path, help="JSON file for what was measured")
    return parser


if __name__ == "__main__":
    sys.exit(main())
