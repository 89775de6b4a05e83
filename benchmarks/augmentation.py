"""The paper's augmentation (crop, mirror, colour noise) on whole batches, against one image at a time.

    python benchmarks/augmentation.py [--quick] [--photographs FOLDER]

Ours: `ResidentImages.shuffled`, from uint8 images in memory to normalised float batches on the device. The peer:
torchvision's ``transforms.v2`` an image at a time in a torch ``DataLoader``, from the same uint8 images in memory,
with two warm workers and with none. Both do the same work: RandomCrop, RandomHorizontalFlip, conversion to float,
minus the mean, plus the colour noise, divided by 1.1. At 224 pixels writing the floats, 77 MB a batch, sets the pace
of both on a CPU, so less is to be gained there. Every number is the median of up to five interleaved passes.

At 24 of 32 pixels the images are CIFAR-10's. At 224 of 256 they are CIFAR-10's enlarged, as the arithmetic does not
depend on what they show; ``--photographs`` takes real ones from a folder of JPEG files or tar archives of them.
"""

from __future__ import annotations

import argparse
import io
import statistics
import tarfile
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from alexnet_lib.data import cifar10
from alexnet_lib.data.augment import Augmentation, centre_crop
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation, rgb_pca
from alexnet_lib.training.device import choose_device, environment, keep_freed_memory, synchronise

BATCH = 128
WORKERS = 2
SIGMA = 0.1
PHOTOGRAPHS = 256
LIMIT_S = 15  # for the passes of one comparison, on a machine that is busy with other things


class OneByOne(Dataset):
    """Images in memory, transformed each time they are asked for."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, transform) -> None:
        self.images = torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).contiguous()  # as torchvision likes them
        self.labels, self.transform = labels.astype(np.int64), transform

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int):
        return self.transform(self.images[index]), self.labels[index]


def peer_transform(images: np.ndarray, size: int):
    """The same augmentation as a chain of torchvision transforms."""
    scale, pca = normalisation(images, "raw"), rgb_pca(images)
    mean = centre_crop(torch.from_numpy(scale.offset), size).permute(2, 0, 1).contiguous()
    spread = torch.from_numpy(np.sqrt(pca.variances)[:, None] * pca.directions).float() * SIGMA

    def subtract_mean_and_add_noise(image: torch.Tensor) -> torch.Tensor:
        return (image - mean + (torch.randn(3) @ spread)[:, None, None]) / (1 + SIGMA)

    return v2.Compose([v2.RandomCrop(size), v2.RandomHorizontalFlip(), v2.ToDtype(torch.float32),
                       v2.Lambda(subtract_mean_and_add_noise)])


def compare(images: np.ndarray, size: int, device: torch.device, passes: int) -> list[dict]:
    """One row for the peer with workers, one for the peer without."""
    labels = np.zeros(len(images), np.uint8)
    augmentation = Augmentation(size, colour_sigma=SIGMA, colour_form="released")
    ours = ResidentImages(images, labels, normalisation(images, "raw"), device, augmentation, rgb_pca(images))
    generator = torch.Generator().manual_seed(0)
    one_by_one = OneByOne(images, labels, peer_transform(images, size))
    loaders = {workers: DataLoader(one_by_one, BATCH, shuffle=True, num_workers=workers,
                                   persistent_workers=workers > 0) for workers in (WORKERS, 0)}

    def one_pass(batches) -> float:
        synchronise(device)
        start = time.perf_counter()
        for x, y in batches:
            x, y = x.to(device), y.to(device)
        synchronise(device)
        return len(images) / (time.perf_counter() - start)

    def all_three() -> list[float]:
        return [statistics.median(one_pass(ours.shuffled(BATCH, generator)) for _ in range(3)),
                *(one_pass(loader) for loader in loaders.values())]

    all_three()  # warm up: start the workers, touch the memory
    start, rates = time.perf_counter(), []
    while len(rates) < passes and (time.perf_counter() - start < LIMIT_S or not rates):
        rates.append(all_three())
    mine, *peers = (statistics.median(column) for column in zip(*rates, strict=True))
    return [{"size": size, "workers": workers, "images_per_s": mine, "peer_images_per_s": peer, "ratio": mine / peer}
            for workers, peer in zip(loaders, peers, strict=True)]


def enlarged(count: int) -> np.ndarray:
    """CIFAR-10 images at 256 pixels, (count, 256, 256, 3) uint8."""
    small = torch.from_numpy(np.array(cifar10.load("train").images[:count])).permute(0, 3, 1, 2)
    large = v2.functional.resize(small, [256, 256], antialias=False)
    return large.permute(0, 2, 3, 1).contiguous().numpy()


def photographs(folder: Path, count: int = PHOTOGRAPHS) -> np.ndarray:
    """The first JPEG files of a folder, or of the tar archives in it, at 256 pixels [K12 §2]."""
    from PIL import Image

    def files():
        for path in sorted(folder.rglob("*.JPEG")) + sorted(folder.rglob("*.jpg")):
            yield path.read_bytes()
        for path in sorted(folder.glob("*.tar")):
            with tarfile.open(path) as archive:
                for member in archive:
                    if member.name.lower().endswith((".jpeg", ".jpg")):
                        yield archive.extractfile(member).read()

    to_256 = v2.Compose([v2.Resize(256), v2.CenterCrop(256)])
    found = []
    for content in files():
        found.append(np.asarray(to_256(Image.open(io.BytesIO(content)).convert("RGB"))))
        if len(found) == count:
            return np.stack(found)
    raise SystemExit(f"{folder} holds {len(found)} JPEG files, {count} are needed: give a folder with more")


def measure(quick: bool, folder: Path | None = None) -> list[dict]:
    """All comparisons; each row has size, workers, images_per_s, peer_images_per_s, ratio."""
    device = choose_device()
    small = cifar10.load("train").images[: 1_280 if quick else 2_560]
    large = photographs(folder) if folder else enlarged(PHOTOGRAPHS)
    return (compare(small, 24, device, passes=1 if quick else 5)
            + compare(large, 224, device, passes=1 if quick else 5))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer images and passes")
    parser.add_argument("--photographs", type=Path, metavar="FOLDER", help="JPEG files, or tar archives of them")
    arguments = parser.parse_args()
    keep_freed_memory()  # for both sides: the workers inherit it
    torch.set_num_threads(1)  # as workers have; ours uses one on a CPU, and the peer without workers is faster so
    print(environment(choose_device()))
    print("224 px: " + ("photographs" if arguments.photographs else "CIFAR-10 images enlarged to 256 px"))
    for row in measure(arguments.quick, arguments.photographs):
        print(f"{row['size']:4} px: {row['images_per_s']:9,.0f} images/s   {row['ratio']:6.1f}x torchvision with "
              f"{row['workers']} workers ({row['peer_images_per_s']:7,.0f} images/s)")


if __name__ == "__main__":
    main()
