"""The images of a training run: CIFAR-10, or a folder of photographs, prepared or raw.

CIFAR-10 is trained on its training split and looked at on its validation split. A folder holds ``train/`` and
``val/``: a cache that ``python -m alexnet_lib data photographs`` made, or photographs, which are then prepared first,
into the place where that command puts them.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from alexnet_lib.data import cifar10
from alexnet_lib.data.augment import Augmentation
from alexnet_lib.data.photograph_folders import SPLITS, PhotographError, find_photographs
from alexnet_lib.data.photographs import SIDE
from alexnet_lib.data.prepared import PreparedPhotographs, default_cache, load_prepared, prepare, statistics
from alexnet_lib.data.processes import usable_cores
from alexnet_lib.data.statistics import Normalisation, RgbPca, normalisation, rgb_pca
from alexnet_lib.data.streams import Stream
from alexnet_lib.files import expanded

__all__ = ["CIFAR10", "Sets", "Source", "open_sets", "open_source"]

CIFAR10 = "cifar10"

#: processes that read photographs for a GPU, if there are so many cores for it; a CPU has enough in one thread
WORKERS = 4


class Source(NamedTuple):
    """Images on disk, before anything is decided about crops."""

    train: PreparedPhotographs | tuple[np.ndarray, np.ndarray]
    validation: PreparedPhotographs | tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray] | None
    scale: Normalisation
    pca: RgbPca
    classes: tuple[str, ...]
    side: int  # pixels
    photographs: bool


class Sets(NamedTuple):
    """The sets of a run, as streams on its device."""

    train: Stream
    validation: Stream
    test: Stream | None
    checksum: str  # names the training and validation images


def open_source(data: str, images: int | None, test: bool, progress: bool = True) -> Source:
    """Find the images, prepare photographs if need be, and take the statistics of the training images.

    Args:
        data: "cifar10" or a folder.
        images: only so many training images are used, see `open_sets`; of CIFAR-10, statistics are those of these.
        test: open CIFAR-10's test images too.
        progress: show a bar while photographs are prepared.

    Raises:
        ValueError: fewer images than asked for, or a test set of photographs.
        DataError: images are missing or damaged.
    """
    if data == CIFAR10:
        cifar10.fetch(progress)
        train = cifar10.load("train")
        kept = slice(_check_images(images, len(train.labels)))
        scale = normalisation(train.images[kept], "raw")
        return Source(tuple(train), tuple(cifar10.load("validation")), tuple(cifar10.load("test")) if test else None,
                      scale, rgb_pca(train.images[kept]), cifar10.CLASSES, 32, False)
    if test:
        raise ValueError("--test is for cifar10 only: a folder of photographs has no test images")
    cache = _prepared(expanded(data), progress)
    train, validation = (load_prepared(cache, split) for split in SPLITS)
    _check_classes(train.synsets, data)
    if train.synsets != validation.synsets:
        raise PhotographError(f"train and val in {cache} have other classes: prepare both from one folder")
    _check_images(images, len(train))
    mean, pca = statistics(cache, progress)
    return Source(train, validation, None, Normalisation(mean, np.ones(3, np.float32)), pca, train.synsets, SIDE, True)


def open_sets(source: Source, augmentation: Augmentation, device: torch.device, workers: int | None,
              images: int | None, world: int = 1) -> Sets:
    """The streams of a run.

    Args:
        source: what `open_source` found.
        augmentation: of the training images; its size is that of all crops.
        device: where batches are wanted.
        workers: processes that read photographs; None: as suits the device.
        images: only so many of each set: the first of CIFAR-10, which is in no order; of photographs, which are in
            order of their classes, ones at equal distances.
        world: processes on this machine that each read.
    """
    if workers is None:
        workers = min(WORKERS, usable_cores() // world) if source.photographs and device.type == "cuda" else 0
    noise = source.pca if augmentation.colour_sigma else None

    def stream(of) -> Stream:
        count = len(of) if source.photographs else len(of[1])
        some = None
        if images is not None and images < count:
            step = count // images if source.photographs else 1
            some = slice(0, images * step, step)
        return Stream(of, source.scale, device, augmentation, noise, workers, some)

    train, validation = stream(source.train), stream(source.validation)
    checksum = hashlib.sha256(f"{train.checksum} {validation.checksum}".encode()).hexdigest()[:16]
    return Sets(train, validation, None if source.test is None else stream(source.test), checksum)


def _check_images(wanted: int | None, count: int) -> int:
    if wanted is not None and wanted > count:
        raise ValueError(f"--images must be at most {count:,}, the images there are, not {wanted:,}")
    return wanted or count


def _check_classes(synsets: tuple[str, ...], folder: Path | str) -> None:
    if len(synsets) < 2:
        raise PhotographError(f"{folder} holds one class only, {synsets[0]}, and there is nothing to learn: add the "
                              "photographs of another class")


def _prepared(folder: Path, progress: bool) -> Path:
    """The cache: the folder itself, or where its photographs are prepared."""
    if not os.path.isdir(folder):  # unlike Path.is_dir it has an answer for any name
        raise PhotographError(f"there is no folder {folder}: name a folder that holds train/ and val/, or cifar10")
    if any((folder / split / "shards.jsonl").exists() for split in SPLITS):
        return folder
    cache = default_cache(folder)
    for split in SPLITS:
        listing = find_photographs(folder, split)  # complains of what is missing
        _check_classes(listing.synsets, folder)
        if not _is_of(cache, split, set(listing.paths)):
            prepare(folder, cache, split, progress=progress)
    return cache


def _is_of(cache: Path, split: str, paths: set[str]) -> bool:
    """Whether a cache is whole and was made from these photographs; its bytes are not checked, that takes long."""
    try:
        ready = load_prepared(cache, split)
    except PhotographError:
        return False
    return paths == {*ready.paths, *(path for path, _ in ready.skipped)}
