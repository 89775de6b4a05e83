"""The training loop: plain, seeded, and the same for every small experiment.

Training error is what cuda-convnet prints: the share of wrong answers among the images *as they are
shown*, before the update that follows (OPEN-05). It costs no extra pass. It is averaged over a trailing
window of 10,000 images, cuda-convnet's own unit, or of one pass where the set is smaller.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from tqdm.auto import tqdm

from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.training.device import synchronise
from alexnet_lib.training.rates import RULES, parameter_groups
from alexnet_lib.training.sgd import PaperSGD

__all__ = ["History", "TrainConfig", "error_and_loss", "error_pct", "images_to_target", "reason_to_stop",
           "train"]

LOG_EVERY_IMAGES = 2_000
WINDOW_IMAGES = 10_000


@dataclass(frozen=True)
class TrainConfig:
    """How to train; defaults are the paper's [K12 §5], but for the decay, which Figure 1 switches off."""

    lr: float = 0.01  # learning rate, equal for all layers
    momentum: float = 0.9
    weight_decay: float = 0.0  # K12 §5 has 0.0005; Figure 1 "no regularization"
    batch_size: int = 128  # images
    max_passes: float = 10.0  # passes over the training set
    target_error_pct: float | None = None  # stop once the trailing training error is this low, per cent
    rule: str = "paper"  # one of rates.RULES: who gets which rate and decay
    lr_drops: tuple[float, ...] = ()  # the rate is divided by ten at these shares of max_passes [K12 §5]

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"unknown rule {self.rule!r}: choose one of {', '.join(RULES)}")
        if any(not 0 < share < 1 for share in self.lr_drops) or list(self.lr_drops) != sorted(self.lr_drops):
            raise ValueError(f"lr_drops must be rising shares between 0 and 1, not {self.lr_drops}")
        if self.batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {self.batch_size}")
        if not self.max_passes > 0:
            raise ValueError(f"max_passes must be above 0, not {self.max_passes}")
        if self.target_error_pct is not None and not 0 < self.target_error_pct < 100:
            raise ValueError(f"target_error_pct must lie between 0 and 100, not {self.target_error_pct}")


@dataclass
class History:
    """What was measured; one entry every `LOG_EVERY_IMAGES` images or so."""

    training_images: int  # size of the training set
    images: list[int] = field(default_factory=list)  # images shown so far
    loss: list[float] = field(default_factory=list)  # nats, mean over the images since the last entry
    error_pct: list[float] = field(default_factory=list)  # per cent, over the images since the last entry
    trailing_error_pct: list[float] = field(default_factory=list)  # per cent, over the trailing window
    time_s: list[float] = field(default_factory=list)  # seconds of training, warm-up excluded
    stopped: str = "finished"  # finished | target | diverged | interrupted

    @property
    def passes(self) -> list[float]:
        """Passes over the training set at each entry."""
        return [images / self.training_images for images in self.images]

    def add(self, count: int, loss: float, wrong: float, time_s: float) -> None:
        """Append one entry for `count` images, of which `wrong` were misclassified."""
        self.images.append((self.images[-1] if self.images else 0) + count)
        self.loss.append(loss)
        self.error_pct.append(100 * wrong / count)
        self.time_s.append(time_s)
        window = min(WINDOW_IMAGES, self.training_images)
        shown = bad = 0.0
        for i in range(len(self.images) - 1, -1, -1):
            n = self.images[i] - (self.images[i - 1] if i else 0)
            shown, bad = shown + n, bad + n * self.error_pct[i]
            if shown >= window:
                break
        self.trailing_error_pct.append(bad / shown)

    def to_dict(self) -> dict:
        return asdict(self)


def train(net: nn.Module, data: ResidentImages, config: TrainConfig, generator: torch.Generator,
          progress: str | None = None, on_entry=None, on_pass=None) -> History:
    """Train `net` in place and return what was measured.

    Args:
        net: from (N, 3, H, W) to logits (N, classes), on the device of `data`.
        data: the training set.
        config: rates, batch, when to stop.
        generator: CPU generator that draws the order of the images; its seed also decides the dropout masks.
        progress: label of the progress bar; None for no bar.
        on_entry: called with the history after each entry, for progress reports.
        on_pass: called with the history after each pass over the training set, to evaluate the net; the clock
            stands still meanwhile.

    Returns:
        The history. Ctrl-C ends the training and returns what was measured until then, marked
        ``stopped == "interrupted"``.
    """
    net.to(device=data.device, memory_format=torch.channels_last).train()
    groups = parameter_groups(net, config.rule, config.lr, config.weight_decay)
    optimiser = PaperSGD(groups, config.lr, config.momentum, config.weight_decay)
    history = History(len(data))
    total = math.ceil(config.max_passes * len(data))
    drops = [share * total for share in config.lr_drops]
    loss_sum, wrong = torch.zeros((), device=data.device), torch.zeros((), device=data.device)
    count = shown = 0
    _warm_up(net, data, config.batch_size)
    bar = tqdm(total=total, desc=progress, unit=" images", unit_scale=True, leave=False, disable=progress is None)
    start = time.perf_counter()
    try:
        with _own_masks(data.device, generator):
            for images, labels, last in _batches(data, config.batch_size, generator, total):
                while drops and shown >= drops[0]:
                    drops.pop(0)
                    for group in optimiser.param_groups:
                        group["lr"] /= 10
                logits = net(images)
                loss = cross_entropy(logits, labels)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                # Sums stay on the device: reading them here would make the device wait at every step.
                loss_sum += loss.detach() * len(labels)
                wrong += (logits.detach().argmax(1) != labels).sum()
                count += len(labels)
                shown += len(labels)
                if count < LOG_EVERY_IMAGES and not last:
                    continue
                synchronise(data.device)
                history.add(count, float(loss_sum) / count, float(wrong), time.perf_counter() - start)
                bar.update(count)
                bar.set_postfix_str(f"training error {history.trailing_error_pct[-1]:.1f} %")
                if on_entry is not None:
                    on_entry(history)
                history.stopped = reason_to_stop(history, config.target_error_pct)
                if on_pass is not None and last:
                    before = time.perf_counter()
                    on_pass(history)
                    start += time.perf_counter() - before
                if history.stopped != "finished":
                    break
                loss_sum.zero_()
                wrong.zero_()
                count = 0
    except KeyboardInterrupt:
        history.stopped = "interrupted"
    finally:
        bar.close()
    return history


@contextmanager
def _own_masks(device: torch.device, generator: torch.Generator) -> Iterator[None]:
    """Dropout draws from torch's global generator: seed it from ours, and leave it as it was afterwards."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(generator.initial_seed())
        yield


def _batches(data: ResidentImages, batch_size: int, generator: torch.Generator, total: int
             ) -> Iterator[tuple[Tensor, Tensor, bool]]:
    """Pass after pass until `total` images were shown; True marks the last batch of a pass and of all."""
    shown = 0
    while shown < total:
        left = len(data)
        for images, labels in data.shuffled(batch_size, generator):
            shown, left = shown + len(labels), left - len(labels)
            yield images, labels, left == 0 or shown >= total
            if shown >= total:
                return


def reason_to_stop(history: History, target_error_pct: float | None) -> str:
    """What `History.stopped` says after its last entry."""
    if not math.isfinite(history.loss[-1]):
        return "diverged"
    full = history.images[-1] >= min(WINDOW_IMAGES, history.training_images)  # a lucky start does not count
    if target_error_pct is not None and full and history.trailing_error_pct[-1] <= target_error_pct:
        return "target"
    return "finished"


def _warm_up(net: nn.Module, data: ResidentImages, batch_size: int) -> None:
    """One forward and backward pass without an update, so that first-call costs stay out of the clock."""
    with torch.random.fork_rng(devices=[data.device] if data.device.type == "cuda" else []):
        images, labels = data.batch(slice(0, batch_size))
        cross_entropy(net(images), labels).backward()
    net.zero_grad()
    synchronise(data.device)


def images_to_target(history: History, target_error_pct: float) -> float | None:
    """Images shown until the trailing training error first fell to the target, interpolated linearly.

    Returns None if it never did (the run is *censored*: all one knows is that it takes longer).
    """
    previous_images, previous_error = None, None
    full = min(WINDOW_IMAGES, history.training_images)
    for images, error in zip(history.images, history.trailing_error_pct, strict=True):
        if images < full:
            continue
        if error <= target_error_pct:
            if previous_error is None:
                return float(images)
            part = (previous_error - target_error_pct) / (previous_error - error)
            return previous_images + part * (images - previous_images)
        previous_images, previous_error = images, error
    return None


def error_pct(net: nn.Module, data: ResidentImages, batch_size: int = 500) -> float:
    """Top-1 error over a whole set, per cent; leaves the net's mode as it was."""
    return error_and_loss(net, data, batch_size)[0]


@torch.no_grad()
def error_and_loss(net: nn.Module, data: ResidentImages, batch_size: int = 500) -> tuple[float, float]:
    """Top-1 error in per cent and mean cross-entropy in nats over a whole set; leaves the net's mode as it was."""
    was_training = net.training
    net.eval()
    wrong, loss = torch.zeros((), device=data.device), torch.zeros((), device=data.device)
    for images, labels in data.in_order(batch_size):
        logits = net(images)
        wrong += (logits.argmax(1) != labels).sum()
        loss += cross_entropy(logits, labels, reduction="sum")
    net.train(was_training)
    return 100 * float(wrong) / len(data), float(loss) / len(data)
