"""Learning from images without their labels: what the paper left out and expected to help [K12 §7].

Two tasks give the convolutional layers something to learn from images alone. An *auto-encoder*, the way of the
paper's years, squeezes a crop through all layers into the maps of pool5 (64 x 3 x 3 in the small net) and rebuilds
it from them. *Rotation prediction* [Gidaris 2018], which came later, turns the crop by 0, 90, 180 or 270 degrees
and asks by how much. Both train under the paper's rule; afterwards the net is trained on labelled images as usual.

The mean image is subtracted before the crop is turned. Were it subtracted afterwards, the mean image itself would
be seen upright in a turned crop, and would give the answer away.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.nets.alexnet import AlexNet
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.training.device import synchronise
from alexnet_lib.training.sgd import PaperSGD

__all__ = ["TASKS", "Pretraining", "build_decoder", "pretrain", "turned"]

#: Task -> its learning rate. At 0.005, the rate of supervised training, the auto-encoder learns fastest, but with one
#: seed of three it ended up painting the mean image; at 0.01 it did so at once, at 0.002 with none of five seeds.
TASKS = {"autoencoder": 0.002, "rotation": 0.005}

BATCH_SIZE = 128
WINDOW_IMAGES = 2_000  # a loss is the mean over so many images
PIXEL_SPREAD = 64.0  # grey levels: pixels less their mean vary by about so much; errors are told in this unit


@dataclass(frozen=True)
class Pretraining:
    """What to learn without labels, and for how long."""

    task: str  # one of TASKS
    images: int = 40_000  # the first so many of the training split, which the caller loads; their labels are unused
    shown: int = 96_000  # images shown in all
    lr: float | None = None  # learning rate; None: that of the task, TASKS

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise ValueError(f"unknown task {self.task!r}: choose one of {', '.join(TASKS)}")
        for name in ("images", "shown"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.lr is None:
            object.__setattr__(self, "lr", TASKS[self.task])
        if not 0 < self.lr < math.inf:
            raise ValueError(f"lr must be above 0 and finite, not {self.lr}")


def pretrain(net: AlexNet, data: ResidentImages, config: Pretraining, generator: torch.Generator,
             on_entry=None) -> dict:
    """Train ``net.features`` in place on images alone; ``net.classifier`` stays as it is.

    Args:
        net: any `AlexNet`; it is moved to the device of `data`.
        data: the images, shown as `ResidentImages.shuffled` gives them. Their labels are never read.
        config: the task and its length.
        generator: CPU generator that draws the weights of the task's own layers, then orders, crops and turns.
        on_entry: called every 2,000 images or so with a dict: "shown", "loss" and, for rotation, "error_pct".

    Returns:
        "task"; "stopped": "finished", or "diverged" at a loss that is no number; "shown"; "first_loss" and "loss",
        means over the first and the last window (squared error a value, in units of 64 grey levels; or nats);
        "time_s"; for rotation "error_pct", per cent over the last window (chance: 75).

    Raises:
        KeyboardInterrupt: passes through; the weights are those of that moment.
    """
    device = data.device
    net.to(device=device, memory_format=torch.channels_last).train()
    rotation = config.task == "rotation"
    if rotation:
        head = AlexNet(replace(net.config, classes=4, dropout=0.0), generator).classifier
    else:
        head = build_decoder(net.config, generator)
    head.to(device=device, memory_format=torch.channels_last)
    optimiser = PaperSGD([*net.features.parameters(), *head.parameters()], config.lr, momentum=0.9, weight_decay=0.0005)
    loss_sum, wrong, count = torch.zeros((), device=device), torch.zeros((), device=device), 0
    entries, shown, stopped = [], 0, "finished"
    start = time.perf_counter()
    while shown < config.shown and stopped == "finished":
        for crops, _ in data.shuffled(BATCH_SIZE, generator):
            crops = crops[: config.shown - shown]
            if rotation:
                turns = torch.randint(4, (len(crops),), generator=generator).to(device)
                answers = head(net.features(turned(crops, turns)).flatten(1))  # (n, 4)
                loss = cross_entropy(answers, turns)
                wrong += (answers.detach().argmax(1) != turns).sum()
            else:
                loss = mse_loss(head(net.features(crops)), crops / PIXEL_SPREAD)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            loss_sum += loss.detach() * len(crops)
            shown, count = shown + len(crops), count + len(crops)
            if count < WINDOW_IMAGES and shown < config.shown:
                continue
            entry = {"shown": shown, "loss": float(loss_sum) / count}
            if rotation:
                entry["error_pct"] = 100 * float(wrong) / count
            entries.append(entry)
            if on_entry is not None:
                on_entry(entry)
            if not math.isfinite(entry["loss"]):
                stopped = "diverged"
            loss_sum, wrong, count = torch.zeros_like(loss_sum), torch.zeros_like(wrong), 0
            if shown >= config.shown or stopped != "finished":
                break
    synchronise(device)
    return {"task": config.task, "stopped": stopped, "first_loss": entries[0]["loss"], **entries[-1],
            "time_s": time.perf_counter() - start}


def turned(images: Tensor, turns: Tensor) -> Tensor:
    """Each image (n, 3, S, S) turned to the left by its number of quarter turns, (n,) integers from 0 to 3."""
    every = torch.stack([images.rot90(quarter, (2, 3)) for quarter in range(4)])  # (4, n, 3, S, S)
    rows = torch.arange(len(images), device=images.device)
    return every[turns, rows].contiguous(memory_format=torch.channels_last)


def build_decoder(config: AlexNetConfig, generator: torch.Generator | None = None) -> nn.Sequential:
    """From the maps of pool5 back to an image, (N, 64, 3, 3) -> (N, 3, 24, 24) for the small net.

    It walks the three poolings back: each step repeats values up to the side of the maps before the pooling, then
    convolves. Weights start as N(0, 2 / inputs), for ReLUs; the last layer starts near 0, at the mean image.
    """
    conv1, conv2, *_, conv5 = config.kernels
    sides = (config.maps["pool2"], config.maps["pool1"], config.image_size)
    layers = []
    for inputs, outputs, side in zip((conv5, conv2, conv1), (conv2, conv1, 3), sides, strict=True):
        layers += [nn.Upsample(size=(side, side)), nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
    decoder = nn.Sequential(*layers[:-1])  # no ReLU after the last: pixels less their mean have either sign
    for layer in decoder:
        if isinstance(layer, nn.Conv2d):
            sd = math.sqrt(2 / layer.weight[0].numel()) if layer is not decoder[-1] else 0.001
            nn.init.normal_(layer.weight, 0.0, sd, generator=generator)
            nn.init.zeros_(layer.bias)
    return decoder
