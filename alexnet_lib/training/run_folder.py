"""The folder of a training run: what lies in it, and whether a command may go on with it.

=======================  ==============================================================================
``settings.json``        written first: a folder with it is a run
``checkpoints/``         the newest two, see `training.checkpoints`
``log.csv``              one line every few thousand images and one a pass; ``tensorboard/`` if wanted
``weights.safetensors``  the trained net, see `training.weights`
``result.json``          written last: errors, curve, times, machine; like ``settings.json`` with a checksum of
                         itself
=======================  ==============================================================================
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from alexnet_lib.files import json_digest, remove_partials, sealed, strict_json, unsealed, write_whole
from alexnet_lib.training.settings import TrainingError, TrainSettings, check_same
from alexnet_lib.training.weights import WEIGHTS

__all__ = ["CHECKPOINTS", "begin", "finished_result", "locked", "read_result", "write_result"]

CHECKPOINTS = "checkpoints"
SETTINGS, RESULT = "settings.json", "result.json"
FORMAT = 1


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make the folder if need be, and keep other trainings out of it.

    Raises:
        TrainingError: another process trains into it, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        foreign = [path.name for path in folder.iterdir() if path.name[0] != "." and not path.name.endswith(".partial")]
        if foreign and SETTINGS not in foreign:
            raise TrainingError(f"{folder} is not empty ({sorted(foreign)[0]}) and holds no training run: name another "
                                "--out")
        lock = FileLock(folder / ".lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise TrainingError(f"another process is training into {folder}: wait for it, or name another --out") from None
    except OSError as error:
        raise _cannot_write(folder, error) from None
    try:
        yield
    finally:
        lock.release()


def begin(folder: Path, settings: TrainSettings, config: dict, checksum: str) -> None:
    """Note what is trained here, or make sure that it is what was noted.

    Args:
        settings: resolved, nothing "auto" in them.
        config: of the net.
        checksum: of the images.

    Raises:
        TrainingError: the run was begun with other settings or data, or its note is damaged.
    """
    path = folder / SETTINGS
    now = {"format": FORMAT, "settings": settings.to_dict(), "config": config, "data": checksum}
    if path.is_file():
        try:
            then = unsealed(path.read_bytes())
            check_same(then["settings"], now["settings"], str(folder))
            if then["format"] != FORMAT or then["config"] != config:
                raise TrainingError(f"{folder} was begun by another version of this library, with another form of the "
                                    "net: name another --out")
            same = then["data"] == checksum
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise TrainingError(f"{path} is damaged: name another --out, or delete {folder}") from None
        if not same:
            raise TrainingError(f"{folder} was begun with other images (checksum {then['data']}, now {checksum}): give "
                                "the same --data, or another --out")
    try:
        remove_partials(folder)  # of a call that was killed
        write_whole(path, _text(sealed(now)), durable=True)
    except OSError as error:
        raise _cannot_write(folder, error) from None


def finished_result(folder: Path, passes: int, test: bool) -> dict | None:
    """The result, if so many passes are finished and nothing is missing or damaged; else None."""
    try:
        result = read_result(folder)
        done = result["passes"] == passes and (not test or "test" in result)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return result if done and (folder / WEIGHTS).is_file() else None


def write_result(folder: Path, result: dict) -> None:
    """Write the result, which ends the run; its provenance gets a checksum of it all. Raises OSError."""
    checksum = json_digest(json.loads(json.dumps(result)))
    write_whole(folder / RESULT, _text(result | {"provenance": result["provenance"] | {"checksum": checksum}}),
                durable=True)


def read_result(folder: Path) -> dict:
    """What `write_result` was given; from before there were checksums, as it is.

    Raises:
        OSError, ValueError, KeyError, TypeError, AttributeError: it is not there, or damaged.
    """
    result = strict_json((folder / RESULT).read_bytes())
    checksum = result["provenance"].pop("checksum", None)
    if checksum not in (None, json_digest(result)):
        raise ValueError("its checksum differs")
    return result


def _text(values: dict) -> bytes:
    return (json.dumps(values, indent=1, allow_nan=False) + "\n").encode()


def _cannot_write(folder: Path, error: OSError) -> TrainingError:
    return TrainingError(f"cannot write to {folder} ({error.strerror or error}): make room, make it writable, or name "
                         "another --out")
