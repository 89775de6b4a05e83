"""The paper's augmentation (crop, mirror, colour noise) on whole batches, against one image at a time.

    python benchmarks/augmentation.py [--quick] [--photographs FOLDER]

Ours: `ResidentImages.shuffled`, from uint8 images in memory to normalised float batches on the device. The peer:
torchvision's ``transforms.v2`` an image at a time in a torch ``DataLoader``, from the same uint8 images in memory,
with two warm workers and with none. Both do the same work: RandomCrop, RandomHorizontalFlip, conversion to float,
minus the mean, plus the colour noise, divided by 1.1. At 224 pixels writing the floats, 77 MB a batch, sets the pace
of both on a CPU, so less is to be gained there. One thread on each side; freed memory is kept, for both.

At 24 of 32 pixels the images are CIFAR-10's. At 224 of 256 they are CIFAR-10's enlarged, as the arithmetic does not
depend on what they show; ``--photographs`` takes real ones from a folder of JPEG files or tar archives of them.
"""

from __future__ import annotations

import io
import statistics
import tarfile
from pathlib import Path

import numpy as np
import torch
from common import command_line, interleaved, row
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from alexnet_lib.data import cifar10
from alexnet_lib.data.augment import Augmentation, centre_crop
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation, rgb_pca
from alexnet_lib.training.device import choose_device, keep_freed_memory

BATCH = 128
WORKERS = 2
SIGMA = 0.1
PHOTOGRAPHS = 256
OUR_PASSES = 3  # in a round: one is short
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


class MeanAndNoise(nn.Module):
    """Less the mean image, plus colour noise, divided by what the noise adds to the spread."""

    def __init__(self, images: np.ndarray, size: int) -> None:
        super().__init__()
        scale, pca = normalisation(images, "raw"), rgb_pca(images)
        self.mean = centre_crop(torch.from_numpy(scale.offset), size).permute(2, 0, 1).contiguous()
        self.spread = torch.from_numpy(np.sqrt(pca.variances)[:, None] * pca.directions).float() * SIGMA

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return (image - self.mean + (torch.randn(3) @ self.spread)[:, None, None]) / (1 + SIGMA)


def peer_transform(images: np.ndarray, size: int):
    """The same augmentation as a chain of torchvision transforms."""
    return v2.Compose([v2.RandomCrop(size), v2.RandomHorizontalFlip(), v2.ToDtype(torch.float32),
                       MeanAndNoise(images, size)])


def compare_loaders(images: np.ndarray, what: str, size: int, device: torch.device, passes: int) -> list[dict]:
    """One row for the peer with workers, one for the peer without."""
    labels = np.zeros(len(images), np.uint8)
    augmentation = Augmentation(size, colour_sigma=SIGMA, colour_form="released")
    ours = ResidentImages(images, labels, normalisation(images, "raw"), device, augmentation, rgb_pca(images))
    generator = torch.Generator().manual_seed(0)
    one_by_one = OneByOne(images, labels, peer_transform(images, size))
    loaders = {workers: DataLoader(one_by_one, BATCH, shuffle=True, num_workers=workers,
                                   persistent_workers=workers > 0) for workers in (WORKERS, 0)}

    def passes_of(batches, count: int = 1) -> None:
        for _ in range(count):
            for x, y in batches():
                x, y = x.to(device), y.to(device)

    calls = {"ours": lambda: passes_of(lambda: ours.shuffled(BATCH, generator), OUR_PASSES)}
    calls |= {f"torchvision, {workers} workers": lambda loader=loader: passes_of(lambda: loader)
              for workers, loader in loaders.items()}
    times = interleaved(calls, device, passes, LIMIT_S)
    mine = [seconds / OUR_PASSES for seconds in times.pop("ours")]
    return [row(f"augmentation, {size} px, {what}", f"{len(images) / statistics.median(mine):,.0f} images/s", mine,
                f"{peer} ({len(images) / statistics.median(other):,.0f} images/s)", other)
            for peer, other in times.items()]


def enlarged(count: int) -> np.ndarray:
    """CIFAR-10 images at 256 pixels, (count, 256, 256, 3) uint8."""
    small = torch.from_numpy(np.array(cifar10.load("train").images[:count])).permute(0, 3, 1, 2)
    large = v2.functional.resize(small, [256, 256], antialias=False)
    return large.permute(0, 2, 3, 1).contiguous().numpy()


def read(folder: Path, count: int = PHOTOGRAPHS) -> np.ndarray:
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


def measure(quick: bool, photographs: Path | None = None) -> list[dict]:
    """Two rows for each size of image."""
    keep_freed_memory()  # for both sides: the workers inherit it
    torch.set_num_threads(1)  # as workers have; ours uses one on a CPU, and the peer without workers is faster so
    device = choose_device()
    small = cifar10.load("train").images[: 1_280 if quick else 2_560]
    large, what = (read(photographs), "photographs") if photographs else (enlarged(PHOTOGRAPHS), "CIFAR-10 enlarged")
    return (compare_loaders(small, "CIFAR-10", 24, device, passes=1 if quick else 5)
            + compare_loaders(large, what, 224, device, passes=1 if quick else 5))


if __name__ == "__main__":
    command_line(measure, __doc__, photographs={"type": Path, "metavar": "FOLDER",
                                                "help": "JPEG files, or tar archives of them"})
