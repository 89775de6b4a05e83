"""Prepared photographs: 256x256 crops as uint8 arrays on disk, opened at once and read by rows [K12 §2].

`prepare` makes them from a folder, once: see `alexnet_lib.data.preparation`, or ``python -m alexnet_lib data
photographs --help``. Imagenette takes 2.6 GB, ILSVRC-2012 262 GB: only what is asked for is read.
"""

from __future__ import annotations

import io
import json
import operator
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm.auto import tqdm

from alexnet_lib.data.cifar10 import data_dir
from alexnet_lib.data.photograph_folders import PhotographError
from alexnet_lib.data.photographs import SIDE
from alexnet_lib.data.preparation import Report, prepare
from alexnet_lib.data.shards import FORMAT, ROW_BYTES, shard_header, shard_name
from alexnet_lib.data.statistics import RgbPca, RunningStatistics
from alexnet_lib.files import expanded, file_digest, json_digest, write_whole

__all__ = [
    "PhotographStatistics", "PreparedPhotographs", "Report", "ShardFiles", "default_cache", "load_prepared", "prepare",
    "statistics",
]

CHUNK = 256  # pictures, 50 MB


class ShardFiles:
    """The shards of one split as rows that follow each other.

    Args:
        place: the folder of the split.
        counts: how many rows each shard has.
    """

    def __init__(self, place: Path, counts: Sequence[int]) -> None:
        self.place, self.counts, self._ends = place, list(counts), np.cumsum(counts)

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def rows(self, indices: Sequence[int] | np.ndarray | slice) -> np.ndarray:
        """Some pictures, (n, 256, 256, 3) uint8, in the order asked for.

        Args:
            indices: whole numbers from -N to N - 1 (list, array or CPU tensor), or a slice.

        Raises:
            IndexError: a number out of this range.
            PhotographError: a shard is missing or shorter than it was.
        """
        if isinstance(indices, slice):
            wanted = np.arange(*indices.indices(len(self)))
        else:
            wanted = np.atleast_1d(np.asarray(indices))
            if wanted.ndim != 1 or (wanted.size and wanted.dtype.kind not in "iu"):
                raise ValueError(f"indices must be whole numbers in one row, not {wanted.dtype} {wanted.shape}")
            bad = wanted[(wanted < -len(self)) | (wanted >= len(self))]
            if bad.size:
                raise IndexError(f"there is no picture {bad[0]}: the {len(self):,} pictures have numbers from 0")
            wanted = np.where(wanted < 0, wanted + len(self), wanted).astype(np.int64)
        images = np.empty((len(wanted), SIDE, SIDE, 3), np.uint8)
        order = np.argsort(wanted, kind="stable")  # each file is opened once and read forwards
        numbers = np.searchsorted(self._ends, wanted[order], side="right")
        for places in np.split(order, np.flatnonzero(np.diff(numbers)) + 1) if len(order) else []:
            self._read(places, wanted[places], images)
        return images

    def _read(self, places: np.ndarray, wanted: np.ndarray, images: np.ndarray) -> None:
        """Read pictures of one file. Not through a memory map: where a file was cut short that kills the process."""
        number = int(np.searchsorted(self._ends, wanted[0], side="right"))
        file, rows = self.place / shard_name(number), self.counts[number]
        offsets = len(shard_header(rows)) + (wanted - (self._ends[number] - rows)) * ROW_BYTES
        try:
            with open(file, "rb", buffering=0) as source:
                for place, offset in zip(places, offsets, strict=True):
                    source.seek(offset)
                    if source.readinto(images[place].data) != ROW_BYTES:
                        raise PhotographError(f"{file} is damaged (cut short): {_remedy(self.place)}")
        except OSError as error:
            raise PhotographError(f"cannot read {file} ({error.strerror}): {_remedy(self.place)}") from None


class PreparedPhotographs:
    """One split of a cache.

    Attributes:
        labels: (N,) int64, places in ``synsets``.
        synsets: names of the classes, sorted.
        paths: (N,) where each picture came from, relative to the folder of photographs.
        skipped: (path, reason) of the pictures that were left out.
        settings: how the pictures were prepared.
        checksum: sixteen hex digits that name these pictures, labels and settings exactly, for records.
        files: reads rows, and holds little else, as a worker process needs it.
    """

    def __init__(self, place: Path, index: dict) -> None:
        self.place = place
        self.labels = np.array(index["labels"], np.int64)
        self.synsets: tuple[str, ...] = tuple(index["synsets"])
        self.paths: list[str] = index["paths"]
        self.skipped: list[tuple[str, str]] = [tuple(item) for item in index["skipped"]]
        self.settings: dict = index["settings"]
        self.checksum: str = index["checksum"][:16]
        self._digests = [shard["sha256"] for shard in index["shards"]]
        self.files = ShardFiles(place, [shard["rows"] for shard in index["shards"]])

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shards(self) -> int:
        """How many shards there are."""
        return len(self.files.counts)

    def shard(self, number: int) -> np.ndarray:
        """One shard, (n, 256, 256, 3) uint8, mapped into memory read-only; shards follow each other in the split.

        It keeps the file open, and ILSVRC has more shards than a process may open files: drop it after use. `rows`
        opens and closes files by itself.

        Raises:
            PhotographError: the shard is missing or damaged.
        """
        file = self.place / shard_name(number)
        try:
            return np.lib.format.open_memmap(file, mode="r")
        except Exception as error:  # numpy's reader of damaged headers raises all kinds
            raise PhotographError(f"{file} is damaged ({type(error).__name__}): {_remedy(self.place)}") from None

    def rows(self, indices: Sequence[int] | np.ndarray | slice) -> np.ndarray:
        """Some pictures, (n, 256, 256, 3) uint8, in the order asked for, see `ShardFiles.rows`."""
        return self.files.rows(indices)

    def chunks(self, size: int = CHUNK) -> Iterator[np.ndarray]:
        """All pictures in order, some at a time: (n, 256, 256, 3) uint8, the last chunk may be smaller."""
        if operator.index(size) < 1:
            raise ValueError(f"a chunk must have 1 picture or more, not {size}")
        for start in range(0, len(self), size):
            yield self.rows(slice(start, start + size))

    def verify(self, progress: bool = False) -> None:
        """Check every byte. Raises `PhotographError` with the names of what is damaged."""
        bar = tqdm(self._digests, desc=f"checking {self.place.name}", unit=" shards", disable=not progress)
        files = [self.place / shard_name(number) for number in range(self.shards)]
        damaged = [file.name for file, digest in zip(files, bar, strict=True)
                   if not file.is_file() or file_digest(file) != digest]
        if damaged:
            raise PhotographError(f"{', '.join(damaged[:5])}{' ...' if len(damaged) > 5 else ''} in {self.place} "
                                  f"({len(damaged)} of {self.shards} shards) are damaged: {_remedy(self.place)}")


def _remedy(place: Path) -> str:
    return f"run `python -m alexnet_lib data photographs FOLDER --out {place.parent}` again"


def default_cache(folder: Path) -> Path:
    """Where a folder's photographs are prepared, unless another place is named."""
    return data_dir() / "photographs" / folder.resolve().name


def load_prepared(cache: Path | str, split: str = "train") -> PreparedPhotographs:
    """Open one split of a cache; sizes are checked, bytes are not (`PreparedPhotographs.verify` does).

    Raises:
        PhotographError: not there, not finished, of another version, or damaged.
    """
    place = expanded(cache) / split
    path = place / "index.json"
    if not os.path.isfile(path):
        state = "is not finished" if os.path.exists(place / "shards.jsonl") else "holds no prepared photographs"
        raise PhotographError(f"{place} {state}: {_remedy(place)}")
    try:
        index = json.loads(path.read_bytes())
        checksum = index.pop("checksum")
        version = index["settings"]["format"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PhotographError(f"{path} is damaged: {_remedy(place)}") from None
    if version != FORMAT:
        raise PhotographError(f"{place} has version {version!r} of the format, not {FORMAT}: delete it and "
                              f"{_remedy(place)}")
    if checksum != json_digest(index):
        raise PhotographError(f"{path} is damaged (its checksum differs): {_remedy(place)}")
    if not _is_index(index):
        raise PhotographError(f"{path} was not written by this library (its parts do not fit): {_remedy(place)}")
    for number, shard in enumerate(index["shards"]):
        file = place / shard_name(number)
        wanted = len(shard_header(shard["rows"])) + shard["rows"] * ROW_BYTES
        if not file.is_file() or file.stat().st_size != wanted:
            what = f"damaged ({file.stat().st_size:,} bytes, not {wanted:,})" if file.is_file() else "missing"
            raise PhotographError(f"{file} is {what}: {_remedy(place)}")
    return PreparedPhotographs(place, index | {"checksum": checksum})


def _is_index(index: dict) -> bool:
    """Whether an index has all its parts and they go together: a checksum says nothing of who wrote it."""
    try:
        rows = [shard["rows"] for shard in index["shards"]]
        texts = [*index["synsets"], *index["paths"], *(shard["sha256"] for shard in index["shards"])]
        numbers = [*rows, *index["labels"]]
        pairs = [path + reason for path, reason in index["skipped"]]
    except (KeyError, TypeError, ValueError):
        return False
    return (all(isinstance(text, str) for text in texts + pairs)
            and all(type(number) is int and number >= 0 for number in numbers)
            and sum(rows) == len(index["labels"]) == len(index["paths"])
            and max(index["labels"], default=0) < max(len(index["synsets"]), 1))


class PhotographStatistics(NamedTuple):
    """Of the training pictures: ``mean_image`` (256, 256, 3) float32, 0-255 [K12 §2], colours' ``pca`` [K12 §4.1]."""

    mean_image: np.ndarray
    pca: RgbPca


def statistics(cache: Path | str, progress: bool = True) -> PhotographStatistics:
    """Mean image and colour PCA of the training split: computed in one pass the first time, then kept in the cache.

    They are kept with checksums, and computed again if the pictures or the kept files have changed.

    Raises:
        PhotographError: as `load_prepared`, or the cache cannot be written.
    """
    photographs = load_prepared(cache, "train")
    note, image = photographs.place / "statistics.json", photographs.place / "mean_image.npy"
    try:
        kept = json.loads(note.read_bytes())
        checksum = kept.pop("checksum")
        if checksum == json_digest(kept) and kept["pictures"] == photographs.checksum and (
                file_digest(image) == kept["mean_image"]):
            parts = [np.array(kept[name], np.float64) for name in ("mean", "variances", "directions")]
            mean = np.load(image, allow_pickle=False)
            if [part.shape for part in (*parts, mean)] == [(3,), (3,), (3, 3), (SIDE, SIDE, 3)]:
                return PhotographStatistics(mean, RgbPca(*parts))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        pass  # not there yet, or damaged
    running = RunningStatistics()
    with tqdm(total=len(photographs), desc="mean image", unit=" images", disable=not progress) as bar:
        for chunk in photographs.chunks():
            running.update(chunk)
            bar.update(len(chunk))
    mean, pca = running.mean_image, running.pca
    try:
        array = io.BytesIO()
        np.save(array, mean, allow_pickle=False)
        write_whole(image, array.getvalue())
        kept = {"pictures": photographs.checksum, "mean_image": file_digest(image), "mean": pca.mean.tolist(),
                "variances": pca.variances.tolist(), "directions": pca.directions.tolist()}
        write_whole(note, json.dumps(kept | {"checksum": json_digest(kept)}, indent=1).encode())
    except OSError as error:
        raise PhotographError(f"cannot write to {photographs.place} ({error.strerror}): make room or make it "
                              "writable") from None
    return PhotographStatistics(mean, pca)
