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

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from alexnet_lib.data import prepared
from alexnet_lib.data.augment import Augmentation
from alexnet_lib.data.photographs import sample_photographs
from alexnet_lib.data.statistics import Normalisation
from alexnet_lib.data.streams import Stream
from alexnet_lib.nets.alexnet import AlexNet
from alexnet_lib.training.device import choose_device, environment, keep_freed_memory, synchronise
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


def pass_rate(batches, device: torch.device) -> float:
    """Images/s of one pass, each batch brought to the device."""
    synchronise(device)
    start, images = time.perf_counter(), 0
    for x, y in batches:
        x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
        images += len(y)
    synchronise(device)
    return images / (time.perf_counter() - start)


def compare_loaders(streams: dict[int, Stream], peer: DataLoader, device: torch.device, passes: int) -> dict:
    """Images/s of each stream, by workers, and of the peer."""
    def one_round(number: int) -> dict:
        rates = {workers: pass_rate(stream.training_batches(0, number, 0, BATCH), device)
                 for workers, stream in streams.items()}
        return rates | {"peer": pass_rate(peer, device)}

    one_round(0)  # warm up: start the workers
    start, rounds = time.perf_counter(), []
    while len(rounds) < passes and (time.perf_counter() - start < LIMIT_S or not rounds):
        rounds.append(one_round(1 + len(rounds)))
    return {name: statistics.median(rates[name] for rates in rounds) for name in rounds[0]}


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
    """One row a comparison: name, ours, ratio, peer."""
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
        rates = compare_loaders(streams, peer_loader(folder, WORKERS), device, 2 if quick else 7)
        del streams[WORKERS]  # and its processes: the steps are fed by the thread
        step_rate, waiting_pct = training(streams[0], device, 20 if device.type == "cuda" else 2 if quick else 7)
    rows = []
    for workers, how in ((0, "a thread"), (WORKERS, f"{WORKERS} workers")):
        ours = f"{rates[workers]:,.0f} images/s"
        rows += [{"name": f"loader, 224 px, {how}", "ours": ours, "ratio": rates[workers] / rate, "peer": peer}
                 for rate, peer in ((step_rate, f"what training asks for, {step_rate:,.1f} images/s"),
                                    (rates["peer"], f"torchvision from JPEG, {WORKERS} workers"))]
    rows.append({"name": "training step fed by a thread", "ours": f"waits {waiting_pct:.1f} % of the time",
                 "ratio": 1 - waiting_pct / 100, "peer": "never waiting"})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer passes and steps")
    parser.add_argument("--cache", type=Path, metavar="FOLDER", help="prepared photographs with a train split")
    arguments = parser.parse_args()
    keep_freed_memory()  # for both sides: the workers inherit it
    print(environment(choose_device()))
    for row in measure(arguments.quick, arguments.cache):
        print(f"{row['name']:30} {row['ours']:>24}   {row['ratio']:7.2f}x {row['peer']}")


if __name__ == "__main__":
    main()
