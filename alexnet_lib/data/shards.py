"""The files of a cache of prepared photographs: arrays of rows that are there whole or not at all.

A shard is an ordinary ``.npy`` file, (rows, 256, 256, 3) uint8, and the checksum noted of it is that of the whole
file, so ``sha256sum`` can check it as well.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from alexnet_lib.data.photographs import SIDE

__all__ = ["FORMAT", "ROW_BYTES", "file_digest", "json_digest", "shard_header", "shard_name", "write_whole"]

FORMAT = 1
ROW_BYTES = SIDE * SIDE * 3


def shard_name(number: int) -> str:
    """The file of a shard, e.g. ``00003.npy``."""
    return f"{number:05d}.npy"


def shard_header(rows: int) -> bytes:
    """How a shard's file begins; picture r begins ``r * ROW_BYTES`` after it."""
    header = io.BytesIO()
    array = {"descr": "|u1", "fortran_order": False, "shape": (rows, SIDE, SIDE, 3)}
    np.lib.format.write_array_header_1_0(header, array)
    return header.getvalue()


def write_whole(path: Path, *parts: Any) -> None:
    """Write bytes under a temporary name, then rename the file."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with open(partial, "wb") as file:
            for part in parts:
                file.write(part)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def json_digest(data: Any) -> str:
    """SHA-256 of data that JSON can hold."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
