"""Files that are there whole or not at all, and the checksums that prove it.

Standard library only, so every part of the package may import it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import math
import os
from pathlib import Path
from typing import Any

__all__ = [
    "check_json", "expanded", "file_digest", "json_digest", "one_line", "remove_partials", "sealed", "strict_json",
    "unsealed", "write_whole",
]


def write_whole(path: Path, *parts: Any, durable: bool = False) -> None:
    """Write bytes under a temporary name, ``<name>.<process>.partial``, then rename the file.

    A reader sees the file before or the file after, never half of one. A write that fails leaves the file as it was
    and no temporary; a process that is killed may leave one (see `remove_partials`).

    Args:
        path: the file; its folder must exist.
        parts: bytes, or what has a buffer of them, written one after the other.
        durable: wait until file and name are on the disk, so that they outlast a power cut as well.

    Raises:
        OSError: the disk is full, the folder is read-only, ...
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with open(partial, "wb") as file:
            for part in parts:
                file.write(part)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):  # what went wrong first is what the caller should hear of
            partial.unlink(missing_ok=True)
        raise
    if durable:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can say so."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network disks have no such call
            raise
    finally:
        os.close(handle)


def remove_partials(folder: Path, pattern: str = "*") -> None:
    """Remove the temporaries that killed processes left of files named like ``pattern``.

    Those of other processes that are alive stay. Call it while this process writes nothing in the folder: what bears
    its number is then of an earlier process with the same one.
    """
    for file in folder.glob(f"{pattern}.*.partial"):
        process = file.name.split(".")[-2]
        if process.isdecimal() and (int(process) == os.getpid() or not _is_alive(int(process))):
            file.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    if os.name != "posix":
        return True  # elsewhere signal 0 is not a question
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # alive, and somebody else's
    return True


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def json_digest(data: Any) -> str:
    """SHA-256 of data that JSON can hold."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def sealed(record: dict) -> dict:
    """A record with a ``checksum`` of itself as its last entry, by which `unsealed` notices a single changed digit.

    Raises:
        ValueError: strict JSON cannot hold the record.
    """
    return record | {"checksum": json_digest(json.loads(json.dumps(record, allow_nan=False)))}


def unsealed(text: bytes | str) -> Any:
    """What strict JSON says, without its checksum if it has one; what was written before there were any has none.

    Raises:
        ValueError: no JSON, numbers that JSON does not know, nested beyond reason, or the checksum differs.
    """
    found = strict_json(text)
    checksum = found.pop("checksum", None) if isinstance(found, dict) else None
    if checksum not in (None, json_digest(found)):
        raise ValueError("its checksum differs")
    return found


def strict_json(text: bytes | str) -> Any:
    """What JSON says, in the numbers that JSON knows: neither NaN nor infinity, however it is written.

    Raises:
        ValueError: it is anything else, or nested beyond reason.
    """
    try:
        found = json.loads(text)
        json.dumps(found, allow_nan=False)  # 1e999 is read as infinity
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return found


def expanded(path: Path | str) -> Path:
    """A path as a user types it, ``~`` replaced by the home folder.

    Raises:
        ValueError: there is no such user.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise ValueError(f"there is no home folder {Path(path).parts[0]!r}: write the whole path") from None


def one_line(text: str) -> str:
    """Text as one line that any terminal can show: line ends and what cannot be printed become escapes."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def check_json(value: Any, name: str) -> None:
    """Make sure that strict JSON can hold a value and gives it back, but for tuples, which come back as lists.

    Raises:
        ValueError: it cannot; the message says where in the value, which is called ``name``.
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise ValueError(f"{name} has the key {key!r}: JSON keeps text keys only")
            check_json(inner, f"{name}[{key!r}]")
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            check_json(inner, f"{name}[{place}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} is {value}, which JSON cannot hold: store None or text")
    elif value is not None and not isinstance(value, str | bool | int | float):
        raise ValueError(f"{name} is of type {type(value).__name__}, which JSON cannot hold: store numbers, text, "
                         "lists or dicts")
