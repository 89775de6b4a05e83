"""Reading ahead: the uint8 images that a stream will ask for next, by a thread or by worker processes.

`alexnet_lib.data.streams` says what is read; here is how. A reader is asked for a batch by a small tuple and answers
with the images cut out, the colour shifts and the labels, all on the CPU, so that only uint8 travels.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from alexnet_lib.data.augment import Augmentation, centre_crop, crop_and_mirror
from alexnet_lib.data.batches import draw_batch
from alexnet_lib.data.draws import batch_generator, pass_order, share_of
from alexnet_lib.data.photograph_folders import PhotographError
from alexnet_lib.data.statistics import RgbPca

__all__ = ["Item", "Reader", "StoredImages", "TrainingBatch", "Workers", "with_a_thread"]

AHEAD = 3  # batches that the thread reads ahead
AHEAD_OF_EACH = 4  # batches that each worker process reads ahead

Item = tuple[Tensor, Tensor | None, Tensor]  # (n, side, side, 3) uint8 images, (n, 3) colour shift or None, (n,) labels


class TrainingBatch(NamedTuple):
    """Asks for a process's share of a training batch."""

    seed: int
    pass_number: int
    batch: int
    batch_size: int
    rank: int
    world: int


class StoredImages(NamedTuple):
    """Asks for images in stored order: ``whole``, or their centre crops."""

    places: slice
    whole: bool


class Reader(Dataset):
    """Answers requests.

    Args:
        rows: from (n,) numbers of images to (n, side, side, 3) uint8, an array or a tensor.
        side: of the images, pixels.
        numbers: (N,) which images of the source there are.
        labels: (N,) theirs.
        augmentation: crops and colour noise, or None for whole images.
        pca: for colour noise.
    """

    def __init__(self, rows: Callable, side: int, numbers: Tensor, labels: Tensor, augmentation: Augmentation | None,
                 pca: RgbPca | None) -> None:
        self.rows, self.side, self.numbers, self.labels = rows, side, numbers, labels
        self.augmentation, self.pca = augmentation, pca
        self._order_of, self._order = None, None  # that of one pass is kept

    def __getitem__(self, request: TrainingBatch | StoredImages) -> Item | PhotographError:
        """The answer, or the error to be raised: raised in a worker, it would come out as many lines."""
        try:
            return self._training(*request) if isinstance(request, TrainingBatch) else self._stored(*request)
        except PhotographError as error:
            return error

    def _training(self, seed: int, pass_number: int, batch: int, batch_size: int, rank: int, world: int) -> Item:
        if self._order_of != (seed, pass_number):
            self._order_of, self._order = (seed, pass_number), pass_order(seed, pass_number, len(self.labels))
        places = self._order[batch * batch_size : (batch + 1) * batch_size]
        share = share_of(len(places), rank, world)
        images, shift = self._images(places[share]), None
        if self.augmentation is not None:
            # Drawn for the whole batch, so that it does not matter how many processes share it.
            generator = batch_generator(seed, pass_number, batch)
            *where, shift = draw_batch(len(places), self.side, self.augmentation, self.pca, generator).share(share)
            images = crop_and_mirror(images, *where, self.augmentation.size)
        return images, shift, self.labels[places[share]]

    def _stored(self, places: slice, whole: bool) -> Item:
        images = self._images(places)
        if self.augmentation is not None and not whole:
            images = centre_crop(images, self.augmentation.size).contiguous()
        return images, None, self.labels[places]

    def _images(self, places: Tensor | slice) -> Tensor:
        return torch.as_tensor(self.rows(self.numbers[places]))


def with_a_thread(reader: Reader, requests: Sequence, pin: bool) -> Iterator[Item | PhotographError]:
    """Answers in the order of the requests, a few of them read ahead by one thread of this process.

    Args:
        pin: put them into memory from which a copy to a GPU does not stop the training.
    """
    def read(request) -> Item | PhotographError:
        item = reader[request]
        if pin and isinstance(item, tuple):
            item = tuple(part if part is None else part.pin_memory() for part in item)
        return item

    thread, waiting, flying = ThreadPoolExecutor(1, "photographs"), deque(requests), deque()
    try:
        while waiting or flying:
            while waiting and len(flying) < AHEAD:
                flying.append(thread.submit(read, waiting.popleft()))
            yield flying.popleft().result()
    finally:  # also when the answers that are left are not wanted, and at Ctrl-C
        thread.shutdown(wait=False, cancel_futures=True)


class Workers:
    """Worker processes that read ahead, kept from pass to pass.

    Args:
        reader: what they do.
        count: how many.
        pin: as for `with_a_thread`.
    """

    def __init__(self, reader: Reader, count: int, pin: bool) -> None:
        self._reader, self._count, self._pin = reader, count, pin
        self._idle: list[DataLoader] = []

    def read(self, requests: Sequence) -> Iterator[Item | PhotographError]:
        """Answers in the order of the requests.

        Raises:
            PhotographError: a worker was killed.
        """
        # A loader serves one call at a time, and is kept for the next if this one ends in order.
        loader = self._idle.pop() if self._idle else self._start()
        loader.sampler[:] = requests
        try:
            yield from loader
        except RuntimeError as error:
            if not str(error).startswith("DataLoader worker"):
                raise
            raise PhotographError(f"a process that reads photographs has ended ({str(error).splitlines()[0]}): try "
                                  "again with fewer workers, or with 0") from None
        self._idle.append(loader)

    def _start(self) -> DataLoader:
        return DataLoader(self._reader, batch_size=None, sampler=[], num_workers=self._count, collate_fn=_as_it_is,
                          prefetch_factor=AHEAD_OF_EACH, persistent_workers=True, pin_memory=self._pin,
                          generator=torch.Generator())  # else starting would draw from the global one


def _as_it_is(item):
    return item
