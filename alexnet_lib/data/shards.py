"""The files of a cache of prepared photographs: arrays of rows that are there whole or not at all.

A shard is an ordinary ``.npy`` file, (rows, 256, 256, 3) uint8, and the checksum noted of it is that of the whole
file, so ``sha256sum`` can check it as well.
"""

from __future__ import annotations

import io

import numpy as np

from alexnet_lib.data.photographs import SIDE

__all__ = ["FORMAT", "ROW_BYTES", "shard_header", "shard_name"]

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
