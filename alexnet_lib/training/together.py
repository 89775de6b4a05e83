"""Several nets trained at once, as one: all seeds of an arm in one go.

A small net asks a GPU for hundreds of launches a step, each over before the GPU is full. Trained together, S nets ask
for as many launches, each S times as large; and on cuda a whole step, from the draws of the batch to the new weights,
is recorded once as a CUDA graph and then asked for in one launch.

Each net sees the images, the crops and the dropout masks that it would see alone with its generator, and ends with the
weights that `loop.train` gives it, but for the order in which the processor adds. Tolerance: after a few steps all
weights agree to 1e-9 of what training changed in double precision, and to a tenth in single precision, where rounding
grows with every step as it does between any two machines (tests/test_together.py).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from tqdm.auto import tqdm

from alexnet_lib.data.batches import PassDraws, ResidentImages
from alexnet_lib.nets.stacked import StackedNet
from alexnet_lib.training.device import synchronise
from alexnet_lib.training.loop import LOG_EVERY_IMAGES, History, TrainConfig, reason_to_stop
from alexnet_lib.training.precision import Precision
from alexnet_lib.training.rates import parameter_groups
from alexnet_lib.training.sgd import PaperSGD

__all__ = ["train_together"]

#: steps before a graph is recorded: libraries choose their algorithms and take their memory in the first ones
STEPS_BEFORE_A_GRAPH = 3


def train_together(nets: Sequence[nn.Module], data: ResidentImages, config: TrainConfig,
                   generators: Sequence[torch.Generator], progress: str | None = None,
                   on_entry: Callable[[Sequence[History]], None] | None = None,
                   on_pass: Callable[[int, History], None] | None = None, precision: str = "off",
                   graphs: bool = True) -> list[History]:
    """Train nets of one form in place, and return what was measured of each.

    Args:
        nets: of one form, see `StackedNet`.
        data: the training set, on the device where they are trained.
        config: as for `loop.train`, the same for all.
        generators: one a net, on the CPU: order of the images, crops, and the seed of the dropout masks.
        progress: label of the progress bar; None for no bar.
        on_entry: called with all histories after each entry.
        on_pass: called with the number of a net and its history after each pass of that net, whose weights are then
            up to date in `nets`; the clock stands still meanwhile.
        precision: "off" or "bf16", in which layers compute; weights and the loss stay float32.
        graphs: on cuda, record steps as graphs.

    Returns:
        One history a net, as `loop.train` gives it; ``time_s`` is the net's share, an equal part of the time of all. A
        net that reaches its target or diverges keeps the weights of that moment while the others go on.

    Raises:
        ValueError: other numbers of nets and generators, or nets that cannot be stacked.
    """
    if len(nets) != len(generators):
        raise ValueError(f"{len(nets)} nets need as many generators, not {len(generators)}")
    device = data.device
    for net in nets:
        net.to(device=device, memory_format=torch.channels_last).train()
    stacked = StackedNet(nets).to(device=device, memory_format=torch.channels_last).train()
    groups = parameter_groups(stacked, config.rule, config.lr, config.weight_decay)
    optimiser = PaperSGD(groups, config.lr, config.momentum, config.weight_decay)
    step = _Step(stacked, optimiser, data, Precision(precision, device), graphs and device.type == "cuda")
    histories = [History(len(data)) for _ in nets]
    total = math.ceil(config.max_passes * len(data))
    drops = [share * total for share in config.lr_drops]
    active, count, shown = list(range(len(nets))), 0, 0
    step.warm_up(config.batch_size)
    stacked.seed_masks([generator.initial_seed() for generator in generators], device)
    bar = tqdm(total=total, desc=progress, unit=" images", unit_scale=True, leave=False, disable=progress is None)
    start = time.perf_counter()
    try:
        for draws, last in _batches(data, config.batch_size, generators, total):
            while drops and shown >= drops[0]:
                drops.pop(0)
                step.divide_rate(10)
            step(draws)
            count += draws.rows.shape[1]
            shown += draws.rows.shape[1]
            if count < LOG_EVERY_IMAGES and not last:
                continue
            losses, wrong = step.take_sums()
            elapsed = (time.perf_counter() - start) / len(nets)
            now = time.perf_counter()
            for number in active:
                history = histories[number]
                history.add(count, losses[number] / count, wrong[number], elapsed)
                history.stopped = reason_to_stop(history, config.target_error_pct)
            bar.update(count)
            errors = [history.trailing_error_pct[-1] for history in histories]
            bar.set_postfix_str(f"training error {min(errors):.1f} to {max(errors):.1f} %")
            if on_entry is not None:
                on_entry(histories)
            for number in active:
                if last or histories[number].stopped != "finished":
                    stacked.store(number, nets[number])
                if last and on_pass is not None:
                    on_pass(number, histories[number])
            active = [number for number in active if histories[number].stopped == "finished"]
            if not active:
                break
            start += time.perf_counter() - now
            count = 0
    except KeyboardInterrupt:
        for number in active:
            histories[number].stopped = "interrupted"
            stacked.store(number, nets[number])
    finally:
        bar.close()
    return histories


class _Step:
    """One update of all nets by a batch of each, and the sums of what was measured.

    Args:
        net: the stack, on the device of `data`.
        optimiser: of its parameters.
        data: where batches come from.
        precision: in which layers compute.
        graphs: record the step as a CUDA graph, one for each size of batch and each learning rate.
    """

    def __init__(self, net: StackedNet, optimiser: PaperSGD, data: ResidentImages, precision: Precision,
                 graphs: bool) -> None:
        self.net, self.optimiser, self.data, self.precision, self.graphs = net, optimiser, data, precision, graphs
        self.sums = torch.zeros(2, net.count, device=data.device, dtype=torch.float64)  # losses in nats, wrong answers
        self.recorded: dict[int, tuple[torch.cuda.CUDAGraph, PassDraws]] = {}
        self.taken = 0

    def __call__(self, draws: PassDraws) -> None:
        self.taken += 1
        if not self.graphs:
            self.update(draws)
        elif self.taken <= STEPS_BEFORE_A_GRAPH:
            stream = torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                self.update(draws)
            torch.cuda.current_stream().wait_stream(stream)
        else:
            size = draws.rows.shape[1]
            if size not in self.recorded:
                self.recorded[size] = self.record(draws)
            graph, inputs = self.recorded[size]
            for old, new in zip(inputs, draws, strict=True):
                if old is not None:
                    old.copy_(new)
            graph.replay()

    def update(self, draws: PassDraws) -> None:
        """The step itself."""
        images, labels = self.data.stacked_batch(draws)
        logits, losses = self.losses(images, labels)
        self.optimiser.zero_grad()
        self.precision.backward(losses.mean(0).sum())  # no net's loss depends on another's weights
        self.precision.update(self.optimiser)
        self.sums[0] += losses.detach().sum(0)
        self.sums[1] += (logits.detach().argmax(2) != labels).sum(0)

    def losses(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n, S, classes) and losses in nats (n, S)."""
        with self.precision.layers():
            logits = self.net(images)
        logits = self.precision.logits(logits)
        return logits, cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").view_as(labels)

    def record(self, draws: PassDraws) -> tuple[torch.cuda.CUDAGraph, PassDraws]:
        """The step as a graph, which is not run yet, and the memory from which it reads its draws."""
        inputs = PassDraws(*(None if drawn is None else drawn.clone() for drawn in draws))
        graph = torch.cuda.CUDAGraph()
        for generator in self.net.generators:
            graph.register_generator_state(generator)
        with torch.cuda.graph(graph):
            self.update(inputs)
        return graph, inputs

    def divide_rate(self, by: float) -> None:
        """Divide all learning rates; a graph holds the rate it was recorded with."""
        for group in self.optimiser.param_groups:
            group["lr"] /= by
        self.recorded.clear()

    def take_sums(self) -> tuple[list[float], list[float]]:
        """Losses and wrong answers of each net since the last call."""
        losses, wrong = self.sums.tolist()
        self.sums.zero_()
        return losses, wrong

    def warm_up(self, batch_size: int) -> None:
        """One forward and backward pass without an update, so that first-call costs stay out of the clock."""
        rows = torch.arange(min(batch_size, len(self.data)), device=self.data.device).expand(self.net.count, -1)
        self.net.seed_masks([0] * self.net.count, self.data.device)
        crops = shift = None
        if self.data.augmentation is not None:
            crops = torch.zeros(3, *rows.shape, dtype=torch.int64, device=self.data.device)
        images, labels = self.data.stacked_batch(PassDraws(rows, crops, shift))
        self.losses(images, labels)[1].mean(0).sum().backward()
        self.optimiser.zero_grad()
        synchronise(self.data.device)


def _batches(data: ResidentImages, batch_size: int, generators: Sequence[torch.Generator], total: int
             ) -> Iterator[tuple[PassDraws, bool]]:
    """Pass after pass until `total` images were shown to each net; True marks the last batch of a pass and of all.

    While the device works on a pass, another thread draws the next.
    """
    shown = 0
    with ThreadPoolExecutor(1) as other:
        following = other.submit(data.draw_pass, batch_size, generators)
        while shown < total:
            draws = following.result().to(data.device)
            if shown + len(data) < total:
                following = other.submit(data.draw_pass, batch_size, generators)
            for start in range(0, len(data), batch_size):
                some = draws.share(slice(start, start + batch_size))
                shown += some.rows.shape[1]
                yield some, start + batch_size >= len(data) or shown >= total
                if shown >= total:
                    return
