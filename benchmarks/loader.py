"""Training batches from prepared photographs: fast enough for the paper's net, and against JPEG files each time.

    python benchmarks/loader.py [--quick] [--cache FOLDER]

Ours: `Stream.training_batches`, from a prepared cache to batches on the device (224 of 256 px, mirrored, mean image
subtracted, colour noise added). It is compared with what a training step of the paper's net asks for in the same run,
and with torchvision's ``ImageFolder``, the usual transforms (without colour noise) and a ``DataLoader`` with as many
warm workers, from the same photographs as JPEG files. Then training steps are fed by a stream: what share of the time
do they wait for data? Passes over the photographs are interleaved, and every number is a median.

``--cache`` takes a prepared cache (``python -m alexnet_lib data photographs``), whose pictures become JPEG files of
256 px for the peer. Without it parts of scikit-image's sample photographs become JPEG files of 500x375 px, ILSVRC's
usual size, and a cache of them. Everything was read shortly before, so the disk itself does not count.
"""

from __future__ import annotations

import itertools
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from common import command_line, interleaved, row
from PIL import Image
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from alexnet_lib.data import prepared
from alexnet_lib.data.augment import Augmentation
from alexnet_lib.data.photographs import sample_photographs
from alexnet_lib.data.statistics import Normalisation
from alexnet_lib.data.streams import Stream
from alexnet_lib.nets.alexnet import AlexNet
from alexnet_lib.training.device import choose_device, keep_freed_memory, synchronise
from alexnet_lib.training.sgd import PaperSGD

BATCH = 128
PHOTOGRAPHS = 512
WORKERS = min(8, os.cpu_count() or 1)
LIMIT_S = 20  # for the passes, on a machine that is busy with other things


def write_jpegs(folder: Path, pictures) -> None:
    """Pictures as JPEG files of two classes, as `ImageFolder` and `prepare` like them."""
    for i, picture in enumerate(pictures):
        place = folder / "train" / f"n{i % 2:08d}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place / f"{i:05d}.JPEG", quality=90)


def sample_parts(count: int):
    """Parts of the sample photographs, (375, 500, 3), all different."""
    rng, photographs = np.random.default_rng(0), list(sample_photographs().values())
    for i in range(count):
        picture = Image.fromarray(photographs[i % len(photographs)])
        wide = rng.uniform(0.6, 1) * min(picture.width, picture.height * 4 / 3)
        left, top = rng.uniform(0, picture.width - wide), rng.uniform(0, picture.height - wide * 3 / 4)
        yield np.asarray(picture.resize((500, 375), box=(left, top, left + wide, top + wide * 3 / 4)))


def peer_loader(folder: Path, workers: int) -> DataLoader:
    from torchvision import transforms
    from torchvision.datasets import ImageFolder

    transform = transforms.Compose([
        transforms.Resize(256), transforms.RandomCrop(224), transforms.RandomHorizontalFlip(), transforms.ToTensor(),
        transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])
    return DataLoader(ImageFolder(folder / "train", transform), BATCH, shuffle=True, num_workers=workers,
                      persistent_workers=True, pin_memory=torch.cuda.is_available())


def compare_loaders(streams: dict[int, Stream], peer: DataLoader, device: torch.device, passes: int) -> dict:
    """Seconds of each pass over the photographs, batches brought to the device: of the streams, by workers, and peer.
    """
    numbers = itertools.count()

    def go_through(batches) -> None:
        for x, y in batches:
            x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)

    calls = {workers: lambda stream=stream: go_through(stream.training_batches(0, next(numbers), 0, BATCH))
             for workers, stream in streams.items()}
    return interleaved(calls | {"peer": lambda: go_through(peer)}, device, passes, LIMIT_S)


def endless(stream: Stream, batch_size: int):
    number = 0
    while True:
        yield from stream.training_batches(1, number, 0, batch_size)
        number += 1


def training(stream: Stream, device: torch.device, steps: int) -> tuple[float, float]:
    """Images/s of training steps on a batch that is there already; for what share of the time fed ones wait, per cent.
    """
    batch = BATCH if device.type == "cuda" else 32
    net = AlexNet().to(device, memory_format=torch.channels_last).train()
    rule = PaperSGD(net.parameters(), lr=1e-6)

    def step(images: torch.Tensor, labels: torch.Tensor) -> None:
        rule.zero_grad()
        cross_entropy(net(images), labels).backward()
        rule.step()
        synchronise(device)

    batches = endless(stream, batch)
    same = next(batches)
    step(*same)  # warm up
    alone, waited, fed = [], [], []
    for _ in range(steps):
        start = time.perf_counter()
        step(*same)
        middle = time.perf_counter()
        following = next(batches)
        synchronise(device)
        got = time.perf_counter()
        step(*following)
        alone.append(middle - start), waited.append(got - middle), fed.append(time.perf_counter() - middle)
    batches.close()
    return batch / statistics.median(alone), 100 * statistics.median(w / t for w, t in zip(waited, fed, strict=True))


def measure(quick: bool, cache: Path | None = None) -> list[dict]:
    """Rows for the loader by a thread and by workers, and one for steps that are fed."""
    keep_freed_memory()  # for both sides: the workers inherit it
    device = choose_device()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "photographs"
        if cache is None:
            cache = Path(scratch) / "cache"
            write_jpegs(folder, sample_parts(PHOTOGRAPHS))
            prepared.prepare(folder, cache, progress=False)
        else:
            write_jpegs(folder, prepared.load_prepared(cache).rows(slice(0, PHOTOGRAPHS)))
        mean_image, pca = prepared.statistics(cache, progress=False)
        scale, noise = Normalisation(mean_image, np.ones(3, np.float32)), Augmentation(
            224, colour_sigma=0.1, colour_form="released")
        streams = {workers: Stream(prepared.load_prepared(cache), scale, device, noise, pca, workers,
                                   slice(0, PHOTOGRAPHS)) for workers in (0, WORKERS)}
        peer = peer_loader(folder, WORKERS)
        count, times = len(peer.dataset), compare_loaders(streams, peer, device, 2 if quick else 7)
        del streams[WORKERS]  # and its processes: the steps are fed by the thread
        step_rate, waiting_pct = training(streams[0], device, 20 if device.type == "cuda" else 2 if quick else 7)
    rows = []
    for workers, how in ((0, "a thread"), (WORKERS, f"{WORKERS} workers")):
        name, rate = f"loader, 224 px, {how}", count / statistics.median(times[workers])
        rows.append({"name": name, "ours": f"{rate:,.0f} images/s", "ratio": rate / step_rate,
                     "peer": f"what training asks for, {step_rate:,.1f} images/s"})
        rows.append(row(name, f"{rate:,.0f} images/s", times[workers], f"torchvision from JPEG, {WORKERS} workers",
                        times["peer"]))
    rows.append({"name": "training step fed by a thread", "ours": f"waits {waiting_pct:.1f} % of the time",
                 "ratio": 1 - waiting_pct / 100, "peer": "never waiting"})
    return rows


if __name__ == "__main__":
    command_line(measure, __doc__, cache={"type": Path, "metavar": "FOLDER",
                                          "help": "prepared photographs with a train split"})
