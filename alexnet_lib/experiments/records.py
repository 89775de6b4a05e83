"""Records: one JSON file a run, written whole or not at all.

``figures/records/<experiment>/<arm>-lr<rate>-<budget>-s<seed>.json`` holds the configuration, the
measured history, the result, and where it was measured. Records of several machines merge by being
copied into one folder.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from operator import itemgetter
from pathlib import Path

import numpy as np

from alexnet_lib.experiments.planning import plan
from alexnet_lib.experiments.protocol import Experiment, Run, same_config
from alexnet_lib.files import file_digest, write_whole
from alexnet_lib.training.settings import TrainingError
from alexnet_lib.training.weights import TrainedNet, load_trained, save_trained

__all__ = [
    "RecordError", "default_folder", "keep_arrays", "keep_net", "load_arrays", "load_kept_net", "load_records",
    "provenance_line", "results_of", "write_lines", "write_record",
]


class RecordError(RuntimeError):
    """A record is damaged or was made with another configuration; the message names the remedy."""


def default_folder() -> Path:
    """``figures/records`` of this checkout."""
    return Path(__file__).resolve().parents[2] / "figures" / "records"


def record_path(folder: Path, run: Run) -> Path:
    return Path(folder) / run.experiment / f"{run.name}.json"


def write_record(folder: Path, run: Run, record: dict) -> Path:
    """Write one record, whole or not at all."""
    return write_lines(record_path(folder, run), record)


def write_lines(path: Path, record: dict) -> Path:
    """Write JSON with one top-level key a line: short enough to read, and a diff names what changed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in record.items())
    write_whole(path, ("{" + lines + "}\n").encode())
    return path


def keep_arrays(folder: Path, run: Run, arrays: dict[str, np.ndarray]) -> dict:
    """Keep arrays beside the record, ``<run>.npz``; returns what the record says of the file."""
    path = record_path(folder, run).with_suffix(".npz")
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_whole(path, buffer.getbuffer())
    return {"file": path.name, "sha256": file_digest(path)}


def keep_net(folder: Path, run: Run, trained: TrainedNet) -> dict:
    """Keep a trained net beside the record, ``<run>.safetensors``; returns what the record says of the file."""
    path = record_path(folder, run).with_suffix(".safetensors")
    path.parent.mkdir(parents=True, exist_ok=True)
    return {"file": path.name, "digest": save_trained(path, trained.net, run.config.net, trained.metadata["scale"], {})}


def load_arrays(experiment: str, record_name: str, record: dict, folder: Path | None = None
                ) -> dict[str, np.ndarray]:
    """The arrays kept with a run, e.g. the predictions "test_10" -> (N, 10) float16.

    Raises:
        RecordError: the file is missing or is not the one that the record names.
    """
    path = Path(folder or default_folder()) / experiment / record["arrays"]["file"]
    remedy = f"delete the record {record_name} and run `python -m alexnet_lib experiments run {experiment}` again"
    if not path.is_file():
        raise RecordError(f"{path} is missing: {remedy}")
    if file_digest(path) != record["arrays"]["sha256"]:
        raise RecordError(f"{path} is damaged (its checksum differs): {remedy}")
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def load_kept_net(experiment: str, record_name: str, record: dict, folder: Path | None = None) -> TrainedNet:
    """The net kept with a run, ready to use.

    Raises:
        RecordError: the file is missing, damaged, or is not the one that the record names.
    """
    path = Path(folder or default_folder()) / experiment / record["net"]["file"]
    try:
        trained = load_trained(path)
    except TrainingError:
        trained = None
    if trained is None or trained.metadata["digest"] != record["net"]["digest"]:
        raise RecordError(f"{path} is missing or damaged: delete the record {record_name} and run `python -m "
                          f"alexnet_lib experiments run {experiment}` again")
    return trained


def read_all(place: Path, touch: Callable[[dict], object], remedy: str) -> dict[str, dict]:
    """Name -> content of every JSON file in a folder, by name.

    Args:
        place: the folder; need not exist.
        touch: reads what each must have; a KeyError says that it is not whole.
        remedy: what to do after deleting a damaged file.

    Raises:
        RecordError: a file is damaged.
    """
    found = {}
    for path in sorted(place.glob("*.json")):
        try:
            found[path.stem] = json.loads(path.read_text())
            touch(found[path.stem])
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
            raise RecordError(f"{path} is damaged ({type(error).__name__}): delete it and {remedy}") from None
    return found


def load_records(experiment: str, budget: str | None = None, folder: Path | None = None) -> dict[str, dict]:
    """All records of an experiment, by run name.

    Raises:
        RecordError: a file is not a whole record.
    """
    remedy = f"run `python -m alexnet_lib experiments run {experiment}` again"
    found = read_all(Path(folder or default_folder()) / experiment, itemgetter("budget", "result", "config", "seed"),
                     remedy)
    return {name: record for name, record in found.items() if budget is None or record["budget"] == budget}


def results_of(experiment: Experiment, records: dict[str, dict]) -> dict[str, dict]:
    """Run name -> result, after checking that each record's configuration is the one in use today.

    Raises:
        RecordError: the experiment's definition has changed since the record was made.
    """
    results = {}
    for name, record in records.items():
        try:
            config = experiment.arm(record["arm"]).configured(experiment.budget(record["budget"]))
        except ValueError as error:
            raise RecordError(f"record {name} does not belong here ({error}): move it away") from None
        config = replace(config, train=replace(config.train, lr=record["config"]["train"]["lr"]))
        if not same_config(record["config"], config):
            raise RecordError(f"record {name} was made with another configuration: move it away and run again")
        results[name] = record["result"]
    return results


def pending(experiment: Experiment, budget: str, folder: Path | None = None) -> list[Run]:
    """The runs that can be done now."""
    records = load_records(experiment.name, budget, folder)
    return plan(experiment, experiment.budget(budget), results_of(experiment, records))


def provenance_line(records: dict[str, dict]) -> str:
    """One line that says where these records come from."""
    if not records:
        return "no records"
    parts = [record["provenance"] for record in records.values()]

    def distinct(key: str) -> str:
        return " / ".join(sorted({str(part[key]) for part in parts}))

    dates = sorted(part["date"][:10] for part in parts)
    seeds = sorted({record["seed"] for record in records.values()})
    span = dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
    low = sum(part.get("precision", "off") != "off" for part in parts)
    half = f"{low} of them with layers in 16 bits, " if low else ""
    dirty = " (with uncommitted changes)" if any(part["dirty"] for part in parts) else ""
    return (f"{len(records)} runs, {half}{span}, {distinct('hardware')}, torch {distinct('torch')}, "
            f"seeds {', '.join(map(str, seeds))}, commit {distinct('commit')}{dirty}, "
            f"CIFAR-10 {distinct('data')}, {sum(part['time_s'] for part in parts) / 3600:.1f} h of training")
