"""Checkpoints: where a training stands, on disk whole or not at all, and checked before it is used.

A checkpoint is two files: ``step-00001234.safetensors`` with the tensors, then ``step-00001234.json``, which is
written last and makes it count. The second holds the step, the size and checksum of the first, the state (what is no
tensor: pass, batch, rates, settings) and a checksum of itself. Each is written under a temporary name, brought to the
disk and renamed, and older checkpoints go only when the new one is whole. So a process may be killed at any moment
and leaves a whole checkpoint, if it had one. One process saves into a folder; any number may read.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from alexnet_lib.files import check_json, file_digest, json_digest, one_line, remove_partials, write_whole

__all__ = ["Checkpoint", "CheckpointError", "latest_checkpoint", "save_checkpoint"]

FORMAT = 1

_NOTE = re.compile(r"step-(\d{8,})\.json")
_TENSORS = re.compile(r"step-\d{8,}(-[0-9a-f]{8})?\.safetensors")
_DTYPES = {torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
           torch.int8, torch.uint8, torch.bool}


class CheckpointError(RuntimeError):
    """A checkpoint cannot be written, or none can be read; the message is one line and names the remedy."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class _NotWhole(Exception):
    """A checkpoint that must not be used; the message names the file and what is wrong with it."""


@dataclass(frozen=True)
class Checkpoint:
    """What `save_checkpoint` was given; tensors lie on the CPU, contiguous, and belong to the caller."""

    step: int
    tensors: dict[str, Tensor]
    state: dict
    path: Path  # of the JSON file


def save_checkpoint(folder: Path, step: int, tensors: Mapping[str, Tensor], state: dict, keep: int = 2) -> Path:
    """Write a checkpoint, then remove all but the newest ``keep`` whole ones.

    Args:
        folder: made if it is not there.
        step: updates done so far, at least 0; a step saved again replaces itself.
        tensors: by name, any device and memory layout; values come back bit for bit, strides and sharing do not.
        state: what strict JSON can hold, so no NaN and no infinity (store None, or text); tuples come back as lists.
        keep: how many to keep, at least 1, this one included.

    Returns:
        The path of the JSON file.

    Raises:
        ValueError: a bad argument, named; nothing has been written.
        CheckpointError: the disk is full, the folder cannot be written, or it holds a later checkpoint; all is kept.
    """
    folder = Path(folder)
    for name, value, least in (("step", step, 0), ("keep", keep, 1)):
        if not isinstance(value, int) or value < least:
            raise ValueError(f"{name} must be a whole number, at least {least}, not {value!r}")
    check_json(state, "state")
    data = safetensors.torch.save(_on_cpu(tensors))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for other in _notes(folder):
            if _is_whole(other, bytes_too=_step_of(other) > step) and _step_of(other) > step:
                raise CheckpointError(f"{other} is later than step {step}: go on from that, or name another folder")
        remove_partials(folder, "step-*")
        note = folder / f"step-{step:08d}.json"
        _write(note, data, {"format": FORMAT, "step": step, "state": state})
        _remove_older(folder, note, keep)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        raise CheckpointError(f"cannot save step {step} in {folder} ({error.strerror or error}): "
                              f"{'make room' if full else 'make it a folder that can be written'}; earlier "
                              "checkpoints are kept") from None
    return note


def latest_checkpoint(folder: Path, report: Callable[[str], Any] = print) -> Checkpoint | None:
    """The newest whole checkpoint, every byte of it checked; None if none was ever finished here.

    Args:
        folder: where `save_checkpoint` wrote; need not exist.
        report: called with one line for each newer checkpoint that is damaged and was passed over.

    Raises:
        CheckpointError: there are checkpoints but none is whole, or one may not be read.
    """
    folder = Path(folder)
    damaged = []
    try:
        for note in _notes(folder):
            try:
                found = _read(note)
            except _NotWhole as error:
                damaged.append(str(error))
                continue
            for what in damaged:
                report(f"{folder / what}: going on from step {found.step} instead")
            return found
    except OSError as error:
        raise CheckpointError(f"cannot read {error.filename or folder} ({error.strerror or error}): make it readable, "
                              "or name another folder") from None
    if damaged:
        raise CheckpointError(f"no checkpoint in {folder} is whole ({'; '.join(damaged)}): delete the folder to start "
                              "anew")
    return None


def _notes(folder: Path) -> list[Path]:
    """The JSON files, highest step first."""
    if not folder.exists():
        return []
    return sorted((file for file in folder.iterdir() if _NOTE.fullmatch(file.name)), key=_step_of, reverse=True)


def _step_of(note: Path) -> int:
    return int(_NOTE.fullmatch(note.name)[1])


def _text(body: dict) -> bytes:
    return (json.dumps(body | {"digest": json_digest(body)}, indent=1, allow_nan=False) + "\n").encode()


def _write(note: Path, data: bytes, body: dict) -> None:
    digest = hashlib.sha256(data).hexdigest()
    file = note.with_suffix(".safetensors")
    there = file.exists() and file_digest(file) == digest
    if not there and note.exists():
        # This step is saved again with other tensors: the old ones stay until the new note names the new ones.
        file = file.with_stem(f"{file.stem}-{digest[:8]}")
    try:
        if not there:
            write_whole(file, data, durable=True)
        tensors = {"file": file.name, "bytes": len(data), "sha256": digest}
        write_whole(note, _text(body | {"tensors": tensors}), durable=True)
    except BaseException:
        with contextlib.suppress(OSError):
            if not note.exists() or file.name.encode() not in note.read_bytes():
                file.unlink(missing_ok=True)
        raise


def _read_note(note: Path) -> dict:
    """What a JSON file says. Raises `_NotWhole`, and `CheckpointError` if it is whole but of another version."""
    try:
        data = note.read_bytes()
        body = json.loads(data)
        body.pop("digest")
        # Written again from what was read, it must be the same bytes: then even a changed space is noticed.
        if data != _text(body) or body["step"] != _step_of(note):
            raise _NotWhole(f"{note.name} is damaged (its checksum differs)")
        if body["format"] != FORMAT:
            raise CheckpointError(f"{note} has version {body['format']!r} of the format, not {FORMAT}: use the version "
                                  "of the project that wrote it, or delete the folder to start anew")
        facts = body["tensors"]
        if not (_TENSORS.fullmatch(facts["file"]) and isinstance(facts["bytes"], int)
                and isinstance(facts["sha256"], str) and isinstance(body["state"], dict)):
            raise ValueError(facts)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _NotWhole(f"{note.name} is damaged (not the JSON of a checkpoint)") from None
    except OSError as error:
        raise _unless_forbidden(error, note) from None
    return body


def _read(note: Path) -> Checkpoint:
    """A checkpoint, after checking every byte. Raises `_NotWhole`."""
    body = _read_note(note)
    facts = body["tensors"]
    file = note.with_name(facts["file"])
    try:
        data = file.read_bytes()
        if len(data) != facts["bytes"]:
            raise _NotWhole(f"{file.name} is damaged ({len(data):,} bytes, not {facts['bytes']:,})")
        if hashlib.sha256(data).hexdigest() != facts["sha256"]:
            raise _NotWhole(f"{file.name} is damaged (its checksum differs)")
        return Checkpoint(body["step"], safetensors.torch.load(data), body["state"], note)
    except OSError as error:
        raise _unless_forbidden(error, file) from None
    except SafetensorError:
        raise _NotWhole(f"{file.name} is damaged (not a safetensors file)") from None


def _unless_forbidden(error: OSError, file: Path) -> Exception:
    """A missing file, or a bad spot on the disk, is damage; a file that we may not read is not."""
    if isinstance(error, PermissionError):
        return error
    if isinstance(error, FileNotFoundError):
        return _NotWhole(f"{file.name} is missing")
    return _NotWhole(f"{file.name} cannot be read ({error.strerror})")


def _is_whole(note: Path, bytes_too: bool = True) -> bool:
    """Whether a checkpoint may be used, or, without its bytes, whether its JSON may; never all of it in memory."""
    try:
        facts = _read_note(note)["tensors"]
        return not bytes_too or file_digest(note.with_name(facts["file"])) == facts["sha256"]
    except PermissionError:
        raise
    except (_NotWhole, OSError):
        return False


def _remove_older(folder: Path, newest: Path, keep: int) -> None:
    """Leave ``keep`` whole checkpoints; remove older ones, damaged ones, and tensors that no JSON file names."""
    kept = [newest]
    for note in _notes(folder):
        if note != newest and len(kept) < keep and _is_whole(note):
            kept.append(note)
        elif note != newest:
            note.unlink(missing_ok=True)  # before its tensors: what is left half removed no longer counts
    needed = {_read_note(note)["tensors"]["file"] for note in kept}
    for file in folder.iterdir():
        if _TENSORS.fullmatch(file.name) and file.name not in needed:
            file.unlink(missing_ok=True)


def _on_cpu(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Contiguous tensors on the CPU, each with memory of its own. Raises `ValueError` naming what is no such thing."""
    ready, seen = {}, set()
    for name, tensor in tensors.items():
        if not isinstance(name, str) or name == "__metadata__":
            raise ValueError(f"the name of a tensor must be text other than '__metadata__', not {name!r}")
        if not isinstance(tensor, Tensor):
            raise ValueError(f"tensors[{name!r}] must be a tensor, not {type(tensor).__name__}: what is no tensor "
                             "belongs in state")
        if tensor.dtype not in _DTYPES or tensor.layout != torch.strided or tensor.is_meta:
            raise ValueError(f"tensors[{name!r}] must be a dense tensor of floats, whole numbers or truth values, not "
                             f"{tensor.dtype}, {tensor.layout}, on {tensor.device}")
        tensor = tensor.detach().cpu().contiguous()
        memory = tensor.untyped_storage().data_ptr()
        ready[name] = tensor.clone() if memory in seen else tensor
        seen.add(memory)
    return ready
