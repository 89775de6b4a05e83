"""Archives in the two formats of CIFAR-10, whole or with something in them that should not be there."""

import gzip
import io
import json
import pickle
import tarfile

import numpy as np
from PIL import Image


def packed(members: dict[str, bytes | tarfile.TarInfo]) -> bytes:
    """A compressed tar of files, and of entries that are no files; always the same bytes."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)


def official_members(arrays: dict[str, np.ndarray]) -> dict[str, bytes]:
    """The six batches of the official archive; the training images are shared out among five."""
    members = {}
    for part, names in (("train", [f"data_batch_{i}" for i in range(1, 6)]), ("test", ["test_batch"])):
        images, labels = arrays[f"{part}_images.npy"], arrays[f"{part}_labels.npy"]
        for name, some, those in zip(names, np.split(images, len(names)), np.split(labels, len(names)), strict=True):
            rows = np.ascontiguousarray(some.transpose(0, 3, 1, 2)).reshape(len(some), 3072)
            members[f"cifar-10-batches-py/{name}"] = pickle.dumps(
                {b"data": rows, b"labels": [int(label) for label in those]}, protocol=2)
    return members


def official_archive(arrays: dict[str, np.ndarray]) -> bytes:
    return packed(official_members(arrays))


def mirror_members(arrays: dict[str, np.ndarray]) -> dict[str, bytes]:
    """The sheets and labels of the npm package."""
    def sheet(images: np.ndarray) -> bytes:
        written = io.BytesIO()
        Image.fromarray(images.reshape(len(images), 1024, 3)).save(written, "PNG")
        return written.getvalue()

    parts = np.split(arrays["train_images.npy"], 5)
    members = {f"package/data_batch_{i}.png": sheet(part) for i, part in enumerate(parts, 1)}
    for part in ("train", "test"):
        members[f"package/{part}_lables.json"] = json.dumps(arrays[f"{part}_labels.npy"].tolist()).encode()
    return members | {"package/test_batch.png": sheet(arrays["test_images.npy"])}


def mirror_archive(arrays: dict[str, np.ndarray]) -> bytes:
    return packed(mirror_members(arrays))
