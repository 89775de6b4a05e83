"""Batches of a training run, from arrays in memory or from prepared photographs on disk, read ahead of the training.

What a batch holds is a function of (seed, pass, batch), see `alexnet_lib.data.draws`: neither the number of workers,
nor where a run began, nor how many processes share it changes a bit. However large the set, a stream holds its labels,
the order of a pass and a few batches.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from alexnet_lib.data.augment import Augmentation, ten_views
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.draws import share_of
from alexnet_lib.data.photograph_folders import PhotographError
from alexnet_lib.data.photographs import SIDE
from alexnet_lib.data.pixels import Pixels
from alexnet_lib.data.prepared import PreparedPhotographs
from alexnet_lib.data.reading import Item, Reader, StoredImages, TrainingBatch, Workers, with_a_thread
from alexnet_lib.data.statistics import Normalisation, RgbPca

__all__ = ["Stream"]


class Stream:
    """The images of one set, or some of them, as batches on a device.

    Args:
        source: prepared photographs, or a pair of arrays: (N, H, W, 3) uint8 images and (N,) labels.
        scale: what to subtract and divide by, from the *training* images, as for `data.batches.ResidentImages`.
        device: where batches are wanted; arrays live there as a whole, photographs stay on disk.
        augmentation: crops (and colour noise) for training; tests see centre crops. None: whole images.
        pca: colours of the training set, for colour noise.
        workers: processes that read photographs; 0: a thread of this process. Arrays need neither.
        images: which images of the source; default all.

    Attributes:
        labels: (N,) int64, on the CPU.
        classes: how many classes the whole source has.
        checksum: sixteen hex digits that name the images and labels, for records.

    Raises:
        ValueError: images, labels, scale, augmentation and numbers that do not go together.
    """

    def __init__(self, source: PreparedPhotographs | tuple[np.ndarray, np.ndarray], scale: Normalisation,
                 device: torch.device | str = "cpu", augmentation: Augmentation | None = None,
                 pca: RgbPca | None = None, workers: int = 0, images: slice | None = None) -> None:
        if isinstance(workers, bool) or not isinstance(workers, int) or workers < 0:
            raise ValueError(f"workers must be 0 (a thread) or the number of processes, not {workers!r}")
        self.device, self.augmentation = torch.device(device), augmentation
        self._on_disk = isinstance(source, PreparedPhotographs)
        if self._on_disk:
            labels, side, rows, self.checksum = source.labels, SIDE, source.files.rows, source.checksum
            self.classes = len(source.synsets)
            self._pixels = Pixels(scale, (SIDE, SIDE), self.device, augmentation, pca)
        else:
            resident = ResidentImages(*source, scale, self.device, augmentation, pca)
            labels, side, self._pixels = resident.labels.cpu().numpy(), resident.images.shape[1], resident.pixels
            self.classes, self.checksum = int(labels.max()) + 1, _digest(*source)
            rows = functools.partial(_rows_in_memory, resident.images)
        numbers = np.arange(len(labels))[slice(None) if images is None else images].copy()
        if not len(numbers):
            raise ValueError(f"{images} leaves none of the {len(labels)} images: name others")
        if len(numbers) < len(labels) or numbers[0]:
            self.checksum = _digest(np.frombuffer(self.checksum.encode(), np.uint8), numbers)
        self.labels = torch.from_numpy(labels[numbers])
        self._reader = Reader(rows, side, torch.from_numpy(numbers), self.labels, augmentation, pca)
        self._workers = Workers(self._reader, workers, self.device.type == "cuda") if workers else None

    def __len__(self) -> int:
        return len(self.labels)

    def training_batches(self, seed: int, pass_number: int, first_batch: int, batch_size: int, rank: int = 0,
                         world: int = 1) -> Iterator[tuple[Tensor, Tensor]]:
        """What is left of one pass in random order: every image once, the last batch may be smaller.

        Args:
            seed, pass_number: say the order, crops, mirrors and colour shifts.
            first_batch: how many batches of the pass are done already.
            batch_size: images in a batch of all processes together.
            rank, world: this process, and how many share each batch, see `share_of`.

        Yields:
            this process's share of a batch: (n, 3, size, size) float32 in channels-last memory and (n,) labels, both on
            the device; n is 0 where a last batch has fewer images than there are processes.

        Raises:
            ValueError: a number out of range.
            PhotographError: a photograph cannot be read any more, or a worker process was killed.
        """
        batches = len(range(0, len(self), _at_least_1(batch_size)))
        if not 0 <= first_batch <= batches:
            raise ValueError(f"first_batch must be between 0 and {batches}, the batches of a pass, not {first_batch}")
        share_of(0, rank, world)  # refuses these now, not when the first batch is asked for
        return self._training([TrainingBatch(seed, pass_number, batch, batch_size, rank, world)
                               for batch in range(first_batch, batches)])

    def _training(self, requests: list[TrainingBatch]) -> Iterator[tuple[Tensor, Tensor]]:
        for images, shift, labels in self._read(requests):
            if self.augmentation is None:
                yield self._pixels.in_tests(images), labels
            else:
                yield self._pixels.in_training(images, shift), labels

    def in_order(self, batch_size: int, rank: int = 0, world: int = 1) -> Iterator[tuple[Tensor, Tensor]]:
        """One pass in stored order, as a test sees the images: centre crops without noise.

        With several processes, each has a share of the images, ``share_of(len(stream), rank, world)``.
        """
        for images, _, labels in self._read(self._stored(batch_size, rank, world, whole=False)):
            yield self._pixels.in_tests(images), labels

    def ten_view_batches(self, batch_size: int, rank: int = 0, world: int = 1) -> Iterator[tuple[Tensor, Tensor]]:
        """One pass in stored order, each image in the paper's ten views without noise; shares as for `in_order`.

        Yields:
            (10, n, 3, size, size) floats, views in the order of `ten_views`, and the labels (n,).
        """
        if self.augmentation is None:
            raise ValueError("ten views need the size of the crops: give Stream an Augmentation")
        for images, _, labels in self._read(self._stored(batch_size, rank, world, whole=True)):
            yield self._pixels.in_tests(ten_views(images, self.augmentation.size)), labels

    def _stored(self, batch_size: int, rank: int, world: int, whole: bool) -> list[StoredImages]:
        share = share_of(len(self), rank, world)
        return [StoredImages(slice(start, min(start + batch_size, share.stop)), whole)
                for start in range(share.start, share.stop, _at_least_1(batch_size))]

    def _read(self, requests: list[TrainingBatch] | list[StoredImages]) -> Iterator[Item]:
        """What there is for each request, in their order, on the device."""
        if not self._on_disk:
            found = (self._reader[request] for request in requests)
        elif self._workers:
            found = self._workers.read(requests)
        else:
            found = with_a_thread(self._reader, requests, self.device.type == "cuda")
        with contextlib.closing(found):  # an error keeps this frame alive: the reading must end all the same
            for item in found:
                if isinstance(item, PhotographError):
                    raise item
                yield tuple(part if part is None else part.to(self.device, non_blocking=True) for part in item)


def _rows_in_memory(images: Tensor, numbers: Tensor) -> Tensor:
    return images[numbers.to(images.device)]


def _digest(*arrays: np.ndarray) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(repr((array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:16]


def _at_least_1(batch_size: int) -> int:
    if batch_size < 1:
        raise ValueError(f"batch_size must be 1 or more, not {batch_size}")
    return batch_size
