"""What full-size trainings on photographs left behind: ``figures/records/imagenette/*.json`` [K12 §5, §6].

Each file is the ``result.json`` of one ``python -m alexnet_lib train``; the learned kernels of its first layer lie
beside it as safetensors. ``python -m alexnet_lib experiments keep RUN`` puts them there.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import safetensors

from alexnet_lib.experiments.protocol import Verdict
from alexnet_lib.experiments.records import RecordError, default_folder, read_all, write_lines
from alexnet_lib.files import write_whole
from alexnet_lib.nets.build import first_kernels
from alexnet_lib.training.run_folder import read_result
from alexnet_lib.training.settings import TrainingError

__all__ = ["FOLDER", "WAIT_RULE", "judge_wait", "keep_training", "load_kernels", "load_trainings", "wait_pct"]

FOLDER = "imagenette"

#: the share of the training time that may be spent waiting if it is to count as nothing, per cent
NOTHING_PCT = 5.0

WAIT_RULE = (
    "C36 (the altered images cost no time, as they are made while the net trains): the share of the training time that "
    f"is spent waiting for the next batch: reproduced if it is below {NOTHING_PCT:g} % in every recorded full-size "
    "training, else not reproduced."
)


def keep_training(run: Path | str, name: str | None = None, folder: Path | None = None) -> list[Path]:
    """Copy the result of a finished training, and its first layer's kernels, into the records.

    Args:
        run: folder of the training.
        name: of the record; default that of the folder.
        folder: of the records; default ``figures/records``.

    Returns:
        The files that were written.

    Raises:
        TrainingError: the training is not finished, or its weights are damaged.
    """
    import safetensors.torch

    from alexnet_lib.training.weights import load_trained

    run = Path(run)
    net, metadata = load_trained(run)
    try:
        result = read_result(run)
        result["data"]["name"] = Path(result["data"]["name"]).name  # where it lay is of no interest elsewhere
        _touch(result)
        checksum = metadata["data"]["checksum"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrainingError(f"{run / 'result.json'} is missing or damaged ({type(error).__name__}): delete it, and the "
                            "command that trained it makes it again from the run's checkpoint") from None
    kernels = first_kernels(net)
    about = {"weights": metadata["digest"], "data": checksum, "sha256": _digest(kernels.numpy())}
    place = Path(folder or default_folder()) / FOLDER / f"{name or run.resolve().name}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    write_whole(place.with_suffix(".safetensors"), safetensors.torch.save({"conv1": kernels}, about))
    write_lines(place, result)  # last: a record has its kernels
    return [place, place.with_suffix(".safetensors")]


def _digest(kernels: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(kernels).data).hexdigest()


def _touch(result: dict) -> None:
    """Read what each result must have. Raises KeyError, TypeError or ValueError."""
    for name in ("curve", "provenance", "images_per_s"):
        result[name]
    result["validation"]["10"], result["provenance"].get("hardware")
    if any(not isinstance(result.get(name, 0.0), int | float) for name in ("waited_for_data_s", "training_s")):
        raise ValueError("times are no numbers")


def load_kernels(name: str, folder: Path | None = None) -> np.ndarray:
    """The learned kernels of the first layer, (96, 3, 11, 11) float32 for the paper's net.

    Raises:
        RecordError: they are missing or damaged.
    """
    path = Path(folder or default_folder()) / FOLDER / f"{name}.safetensors"
    try:
        with safetensors.safe_open(path, "numpy") as opened:
            kernels, about = opened.get_tensor("conv1"), opened.metadata() or {}
        if "sha256" in about and about["sha256"] != _digest(kernels):  # those kept before November 2026 do not say
            raise ValueError("its checksum differs")
        return kernels
    except (OSError, KeyError, ValueError, TypeError, AttributeError, safetensors.SafetensorError) as error:
        raise RecordError(f"{path} is missing or damaged ({type(error).__name__}): run `python -m alexnet_lib "
                          "experiments keep RUN` on the folder of its training") from None


def load_trainings(folder: Path | None = None) -> dict[str, dict]:
    """Name -> result of every recorded full-size training, by name.

    Raises:
        RecordError: a file is not a whole result.
    """
    remedy = "copy it there again by `python -m alexnet_lib experiments keep RUN`"
    found = read_all(Path(folder or default_folder()) / FOLDER, _touch, remedy)
    for result in found.values():
        result["provenance"].pop("checksum", None)
    return found


def wait_pct(result: dict) -> float:
    """Share of the training time in which the net waited for images, per cent."""
    return 100 * result["waited_for_data_s"] / result["training_s"]


def judge_wait(folder: Path | None = None) -> Verdict:
    """C36 by `WAIT_RULE`."""
    trainings = load_trainings(folder)
    if not trainings:
        return Verdict("no record yet", "`python -m alexnet_lib train --data FOLDER --net paper`")
    waits = {name: wait_pct(result) for name, result in trainings.items()}
    worst = max(waits, key=waits.get)
    label = "reproduced" if waits[worst] < NOTHING_PCT else "not reproduced"
    result = trainings[worst]
    return Verdict(label, f"full-size net on photographs, {result['images_per_s']:.0f} images/s on "
                          f"{result['provenance']['hardware']}: {waits[worst]:.1f} % of the time spent waiting for "
                          f"images, the longest wait of n = {len(waits)}")
