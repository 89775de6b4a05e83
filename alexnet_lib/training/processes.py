"""Training with two processes: the paper's columns, or data-parallel, or one process alone [K12 §3.2].

=========  =================================  ==================================================
mode       a process holds                    what crosses at each step
=========  =================================  ==================================================
columns    half the kernels, every image      maps that the other column reads, their gradients
ddp        every kernel, half of each batch   gradients of all weights, so that all take one mean
single     everything                         nothing
=========  =================================  ==================================================

Same images, order, first weights and update rule in all three: without dropout they end with the same weights, but
for rounding. With dropout each process draws its own masks, so they agree in distribution only. Batches are whole:
what is left over at the end of a pass is not shown. `columns.py` is the command that starts this.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.nets.alexnet import AlexNet
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.nets.column_process import ColumnProcess
from alexnet_lib.training.loop import History
from alexnet_lib.training.sgd import PaperSGD

__all__ = ["MODES", "Settings", "check_mode", "sum_over_processes", "train_process"]

MODES = ("columns", "ddp", "single")

#: steps between two looks at the sums and at Ctrl-C; each look costs the processes one small message
STEPS_AN_ENTRY = 5


@dataclass(frozen=True)
class Settings:
    """How to train; the rate suits `AlexNetConfig.small`, the rest is the paper's [K12 §5]."""

    passes: int = 1  # over the training images
    batch_size: int = 128  # images, of all processes together
    lr: float = 0.005
    momentum: float = 0.9
    weight_decay: float = 0.0005
    seed: int = 0  # decides weights, order and, with the process's number, the dropout masks

    def __post_init__(self) -> None:
        for name in ("passes", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")


def check_mode(mode: str, settings: Settings, images: int, processes: int, columns: int) -> None:
    """Refuse, before anything is started, what cannot work. Raises ValueError."""
    if mode not in MODES:
        raise ValueError(f"unknown mode {mode!r}: choose one of {', '.join(MODES)}")
    if images < settings.batch_size:
        raise ValueError(f"{images} images do not make one batch of {settings.batch_size}: "
                         "give more images or a smaller batch size")
    if mode == "columns" and processes != columns:
        raise ValueError(f"a net of {columns} columns needs {columns} processes, not {processes}: "
                         f"start it with --nproc-per-node {columns}")
    if mode == "ddp" and settings.batch_size % processes:
        raise ValueError(f"{processes} processes can not share a batch of {settings.batch_size} evenly: "
                         f"choose a batch size that {processes} divides")


def train_process(mode: str, config: AlexNetConfig, data: ResidentImages, settings: Settings,
                  stop: Callable[[], bool] = lambda: False, progress: bool = False) -> tuple[dict, nn.Module]:
    """This process's part of the training.

    Args:
        mode: one of `MODES`; for all but "single", every process of the group must call this.
        config: which net.
        data: the training set, the same in every process, on this process's device.
        settings: how to train.
        stop: asked every few steps; once it is true in one process, all of them end with what was done.
        progress: show a bar in process 0.

    Returns:
        What was measured, the same in every process: ``images`` shown, ``time_s`` without the warm-up,
        ``images_per_s``, ``training_error_pct`` (of the images as shown in training, over the last pass or 10,000
        images), ``bytes_per_step`` of each layer, and ``stopped``: finished | interrupted | diverged. Then the
        net: the grouped one, or this process's `ColumnProcess`.

    Raises:
        ValueError: see `check_mode`.
    """
    processes, rank = (1, 0) if mode == "single" else (dist.get_world_size(), dist.get_rank())
    check_mode(mode, settings, len(data), processes, config.columns)
    generator = torch.Generator().manual_seed(settings.seed)
    net, crossed = _distribute(mode, AlexNet(config, generator).to(data.device, memory_format=torch.channels_last))
    optimiser = PaperSGD(net.parameters(), settings.lr, settings.momentum, settings.weight_decay)
    steps = settings.passes * (len(data) // settings.batch_size)
    history = History(len(data))
    sums = torch.zeros(3, device=data.device)  # of losses, of wrong answers, of processes that want to stop

    def backward(images: Tensor, labels: Tensor) -> None:
        if mode == "ddp":
            images, labels = (part.chunk(processes)[rank] for part in (images, labels))
        logits = net(images)
        if mode == "columns" and rank > 0:  # the logits are in process 0, here is the zero that waits for it
            logits.backward()
            return
        loss = cross_entropy(logits, labels)
        loss.backward()
        sums[0] += loss.detach() * len(labels)
        sums[1] += (logits.detach().argmax(1) != labels).sum()

    with (torch.random.fork_rng(devices=[data.device] if data.device.type == "cuda" else []),
          tqdm(total=steps * settings.batch_size, desc=mode, unit=" images", unit_scale=True, leave=False,
               disable=not progress or rank > 0) as bar):
        torch.manual_seed(settings.seed + rank)  # dropout masks: other ones in each process
        backward(*data.batch(slice(0, settings.batch_size)))  # warm-up: first-call costs stay out of the clock
        optimiser.zero_grad()
        sum_over_processes(sums, processes).zero_().tolist()  # all start together
        crossed.clear()
        start, entered = time.perf_counter(), 0
        for step, (images, labels) in enumerate(_whole_batches(data, settings, generator), start=1):
            backward(images, labels)
            optimiser.step()
            optimiser.zero_grad()
            if step % STEPS_AN_ENTRY and step < steps:
                continue
            sums[2] += stop()
            loss, wrong, stops = sum_over_processes(sums, processes).tolist()  # waits for the device
            count, entered = (step - entered) * settings.batch_size, step
            history.add(count, loss / count, wrong, time.perf_counter() - start)
            bar.update(count)
            bar.set_postfix_str(f"training error {history.trailing_error_pct[-1]:.1f} %")
            if stops and step < steps or not math.isfinite(loss):
                history.stopped = "interrupted" if math.isfinite(loss) else "diverged"
                break
            sums.zero_()
    return {
        "mode": mode, "processes": processes, "threads": torch.get_num_threads(), "device": data.device.type,
        "settings": asdict(settings), "images": history.images[-1], "time_s": history.time_s[-1],
        "images_per_s": history.images[-1] / history.time_s[-1],
        "training_error_pct": history.trailing_error_pct[-1], "stopped": history.stopped,
        "bytes_per_step": _bytes_per_step(crossed, config, entered, data.device, processes),
    }, net.module if mode == "ddp" else net


def sum_over_processes(values: Tensor, processes: int) -> Tensor:
    """Replace `values` by their sum over all processes; with one process they stay."""
    if processes > 1:
        dist.all_reduce(values)
    return values


def _distribute(mode: str, net: AlexNet) -> tuple[nn.Module, Counter[str]]:
    """The net as this mode has it, and the count of bytes that this process sends, layer by layer."""
    if mode == "columns":
        columns = ColumnProcess(net)
        return columns, columns.bytes_sent
    sent: Counter[str] = Counter()
    if mode == "single":
        return net, sent
    parallel = DistributedDataParallel(net)
    layers = {parameter: name.split(".")[1] for name, parameter in net.named_parameters()}

    def count_and_average(_, bucket):  # no annotations: torch refuses them as strings
        processes = dist.get_world_size()
        for parameter, gradient in zip(bucket.parameters(), bucket.gradients(), strict=True):
            # A ring passes each share of the sum round twice, so a process sends 2 (p - 1) / p of it: once for p = 2.
            sent[layers[parameter]] += 2 * (processes - 1) * gradient.nbytes // processes
        average = bucket.buffer().div_(processes)
        return dist.all_reduce(average, async_op=True).get_future().then(lambda done: done.value()[0])

    parallel.register_comm_hook(None, count_and_average)
    return parallel, sent


def _whole_batches(data: ResidentImages, settings: Settings, generator: torch.Generator
                   ) -> Iterator[tuple[Tensor, Tensor]]:
    for _ in range(settings.passes):
        for images, labels in data.shuffled(settings.batch_size, generator):
            if len(labels) == settings.batch_size:
                yield images, labels


def _bytes_per_step(sent: Counter[str], config: AlexNetConfig, steps: int, device: torch.device, processes: int
                    ) -> dict[str, float]:
    """Bytes that all processes together sent for each layer, a step; layers without any are left out."""
    layers = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"]
    kind = torch.float32 if device.type == "mps" else torch.float64
    totals = torch.tensor([sent[layer] for layer in layers], dtype=kind, device=device)
    crossed = sum_over_processes(totals, processes).tolist()
    return {layer: total / steps for layer, total in zip(layers, crossed, strict=True) if total}
