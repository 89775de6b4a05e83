"""Training steps of one net, whole, or cut at every layer so that each can be timed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from floors import CONVOLUTIONS, DENSE, NORMS, Work, backward_work, forward_work, update_work
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation, rgb_pca
from alexnet_lib.experiments.protocol import RunConfig
from alexnet_lib.nets.build import build_net
from alexnet_lib.training.device import synchronise
from alexnet_lib.training.precision import Precision
from alexnet_lib.training.rates import parameter_groups
from alexnet_lib.training.sgd import PaperSGD

__all__ = ["Clock", "Steps", "kind", "named_layers"]

RESIDENT_BYTES = 120_000_000  # images to draw batches from: more than a cache holds
HOLD_CYCLES = 100_000_000  # of a GPU, some 50 ms: until the queue is filled


def named_layers(net: nn.Module) -> list[tuple[str, nn.Module]]:
    """Every layer in order. Where layers have no names each has its kind and the number of the weights before it."""
    if hasattr(net, "classifier"):
        return [*net.features.named_children(), ("flatten", nn.Flatten()), *net.classifier.named_children()]
    short = {"Conv2d": "conv", "LocallyConnected2d": "local", "Linear": "fc", "MaxPool2d": "pool", "AvgPool2d": "pool",
             "ReLU": "relu", "LocalResponseNorm": "lrn", "WithinMapNorm": "same_map_norm", "Flatten": "flatten"}
    named, number = [], 0
    for layer in net:
        number += hasattr(layer, "weight")
        name = short[type(layer).__name__]
        named.append((name if name == "flatten" else f"{name}{number}", layer))
    return named


def kind(layer: nn.Module) -> str:
    """The part of a step that a layer is counted in."""
    for name, classes in (("convolutions", CONVOLUTIONS), ("dense and local layers", DENSE), ("normalisation", NORMS),
                          ("pooling", (nn.MaxPool2d, nn.AvgPool2d)), ("activations", (nn.ReLU, nn.Tanh, nn.Sigmoid))):
        if isinstance(layer, classes):
            return name
    return "other layers"


class Clock:
    """Milliseconds of named parts of one step; on a GPU they are read when all is done."""

    def __init__(self, device: torch.device) -> None:
        self.device, self.marks = device, {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        start = self._now()
        yield
        self.marks[name] = (start, self._now())

    def read_ms(self) -> dict[str, float]:
        synchronise(self.device)
        return {name: start.elapsed_time(end) if isinstance(start, torch.cuda.Event) else 1e3 * (end - start)
                for name, (start, end) in self.marks.items()}

    def _now(self):
        if self.device.type == "cuda":
            event = torch.cuda.Event(enable_timing=True)
            event.record()
            return event
        synchronise(self.device)
        return time.perf_counter()


class Steps:
    """Training steps of one net, whole or cut into their parts.

    Args:
        config: net, pixels' scale, augmentation, rates.
        batch: images.
        device: where.
        precision: off | bf16.
        resident_bytes: of the images, of random pixels, that batches are drawn from.
    """

    def __init__(self, config: RunConfig, batch: int, device: torch.device, precision: str = "off",
                 resident_bytes: int = RESIDENT_BYTES) -> None:
        self.batch, self.device, self.precision = batch, device, Precision(precision, device)
        self.generator = torch.Generator().manual_seed(0)
        net = build_net(config.net, self.generator)
        self.net = net.to(device, memory_format=torch.channels_last).train()
        self.layers = named_layers(self.net)
        train = config.train
        groups = parameter_groups(self.net, train.rule, train.lr, train.weight_decay)
        self.optimiser = PaperSGD(groups, train.lr, train.momentum, train.weight_decay)
        classes = next(layer.out_features for _, layer in reversed(self.layers) if hasattr(layer, "out_features"))
        side = 256 if config.net.image_size == 224 else 32
        count = batch * max(1, resident_bytes // (3 * side * side * batch))
        rng = np.random.default_rng(0)
        images = rng.integers(0, 256, (count, side, side, 3), np.uint8)
        some = images[:200]  # random pixels: enough for their statistics
        self.data = ResidentImages(images, rng.integers(0, classes, count), normalisation(some, config.input_scale),
                                   device, config.augmentation, rgb_pca(some))
        self.batches = self._endless()
        self.loss_sum, self.wrong = torch.zeros((), device=device), torch.zeros((), device=device)

    def _endless(self) -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield from self.data.shuffled(self.batch, self.generator)

    def _count(self, logits: Tensor, loss: Tensor, labels: Tensor) -> None:
        """As the training loop does."""
        self.loss_sum += loss.detach() * len(labels)
        self.wrong += (logits.detach().argmax(1) != labels).sum()

    def whole(self) -> None:
        """One step as the training loop takes it."""
        images, labels = next(self.batches)
        with self.precision.layers():
            logits = self.net(images)
        loss = cross_entropy(self.precision.logits(logits), labels)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self._count(logits, loss, labels)

    def cut(self) -> dict[str, float]:
        """The same step, part after part; milliseconds of each: ``conv1 forward``, ``conv1 backward``, …"""
        start = time.perf_counter()
        images, labels = next(self.batches)
        synchronise(self.device)
        drawing_ms = 1e3 * (time.perf_counter() - start)  # of the processor, which draws and asks
        clock = Clock(self.device)
        if self.device.type == "cuda":
            torch.cuda._sleep(HOLD_CYCLES)
        trail = self._forward(images, clock)
        logits = trail[-1][3].detach().requires_grad_()
        with clock.part("loss forward"):
            loss = cross_entropy(self.precision.logits(logits), labels)
            self._count(logits, loss, labels)
        with clock.part("loss backward"):
            gradient, = torch.autograd.grad(loss, logits)
        while trail:
            name, layer, x, y = trail.pop()
            if not y.requires_grad:
                break
            parameters = list(layer.parameters())
            with clock.part(f"{name} backward"):
                *found, gradient = torch.autograd.grad(y, [*parameters, *([x] if x.requires_grad else [])],
                                                       gradient) + (() if x.requires_grad else (None,))
            for parameter, its_gradient in zip(parameters, found, strict=True):
                parameter.grad = its_gradient
        with clock.part("update forward"):
            self.optimiser.step()
            self.optimiser.zero_grad()
        return {"drawing forward": drawing_ms, **clock.read_ms()}

    def _forward(self, x: Tensor, clock: Clock) -> list[tuple[str, nn.Module, Tensor, Tensor]]:
        """(name, layer, its input, its output) of every layer, each with a graph of its own."""
        trail, learned = [], False  # no gradient is wanted before the first layer with weights
        for name, layer in self.layers:
            x = x.detach().requires_grad_(learned)
            with clock.part(f"{name} forward"), self.precision.layers():
                y = layer(x)
            trail.append((name, layer, x, y))
            learned, x = y.requires_grad, y
        return trail

    def parts(self) -> list[dict]:
        """Every part with its kind, the shape of its output, and its work forward and backward (None: there is none).
        """
        images, _ = next(self.batches)
        pixels = images.numel()
        found = [{"part": "drawing", "kind": "drawing the batch", "output": "x".join(map(str, images.shape[1:])),
                  "forward": Work(0, pixels * (1 + images.element_size())), "backward": None}]
        for name, layer, x, y in self._forward(images, Clock(self.device)):
            backward = backward_work(layer, x, y, x.requires_grad) if y.requires_grad else None
            found.append({"part": name, "kind": kind(layer), "output": "x".join(map(str, y.shape[1:])),
                          "forward": forward_work(layer, x, y), "backward": backward})
        found.append({"part": "loss", "kind": "loss and errors", "output": "", "forward": Work(0, 0),
                      "backward": Work(0, 0)})
        found.append({"part": "update", "kind": "update", "output": "",
                      "forward": update_work(list(self.net.parameters())), "backward": None})
        return found

    def launches(self) -> int:
        """Kernels that a step launches on a GPU."""
        activities = [torch.profiler.ProfilerActivity.CPU, torch.profiler.ProfilerActivity.CUDA]
        with torch.profiler.profile(activities=activities) as profile:
            self.whole()
            synchronise(self.device)
        return sum(event.count for event in profile.key_averages() if "LaunchKernel" in event.key)
