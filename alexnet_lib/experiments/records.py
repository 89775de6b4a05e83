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
from pathlib import Path

import numpy as np

from alexnet_lib.experiments.planning import TUNING_SEED, plan
from alexnet_lib.experiments.protocol import Experiment, Run, run_name, same_config
from alexnet_lib.files import file_digest, json_digest, one_line, strict_json, write_whole
from alexnet_lib.training.settings import TrainingError
from alexnet_lib.training.weights import TrainedNet, load_trained, save_trained

__all__ = [
    "RecordError", "default_folder", "keep_arrays", "keep_net", "load_arrays", "load_kept_net", "load_records",
    "provenance_line", "results_of", "write_lines", "write_record",
]


class RecordError(RuntimeError):
    """A record is damaged or was made with another configuration; the message is one line and names the remedy."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


#: what a record is known by; the experiment's definition and the file's name check it
_IDENTITY = ("experiment", "arm", "budget", "seed", "config")

#: what a record's result holds of numbers, those that may be None apart
_NUMBERS = ("trailing_error_pct", "training_error_pct", "validation_error_pct", "images_per_s")
_NUMBERS_OR_NONE = ("images_to_target", "passes_to_target", "time_to_target_s", "validation_loss")
# in every record of a run
_ALWAYS = ("stopped", "trailing_error_pct", "validation_error_pct", "images_per_s", *_NUMBERS_OR_NONE[:3])
_SEARCHED = ("stopped", "trailing_error_pct", "images_to_target")  # what the search for a rate looks at
_PROVENANCE = ("date", "hardware", "torch", "commit", "data", "dirty", "time_s")


def default_folder() -> Path:
    """``figures/records`` of this checkout."""
    return Path(__file__).resolve().parents[2] / "figures" / "records"


def record_path(folder: Path, run: Run) -> Path:
    return Path(folder) / run.experiment / f"{run.name}.json"


def write_record(folder: Path, run: Run, record: dict) -> Path:
    """Write one record, whole or not at all."""
    return write_lines(record_path(folder, run), record)


def write_lines(path: Path, record: dict) -> Path:
    """Write JSON with one top-level key a line: short enough to read, and a diff names what changed.

    Its provenance gets a checksum of all that the record's name and the experiment's definition do not check already:
    of what was measured. Records written before November 2026 have none; the commit that brought them vouches for them.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if "provenance" in record:
        checksum = _checksum(json.loads(json.dumps(record, allow_nan=False)))
        record = record | {"provenance": record["provenance"] | {"checksum": checksum}}
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in record.items())
    write_whole(path, ("{" + lines + "}\n").encode())
    return path


def _checksum(record: dict) -> str:
    provenance = {key: value for key, value in record["provenance"].items() if key != "checksum"}
    return json_digest({key: value for key, value in record.items() if key not in _IDENTITY}
                       | {"provenance": provenance})


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
        touch: reads what each must have; a KeyError, TypeError or ValueError says that it is not whole.
        remedy: what to do after deleting a damaged file.

    Raises:
        RecordError: a file is damaged.
    """
    found = {}
    for path in sorted(place.glob("*.json")):
        try:
            found[path.stem] = read_whole(path)
            touch(found[path.stem])
        except (ValueError, KeyError, TypeError) as error:
            reason = f"{error}" if type(error) is ValueError else type(error).__name__
            raise RecordError(f"{path} is damaged ({reason}): delete it and {remedy}") from None
        except OSError as error:
            raise RecordError(f"{path} cannot be read ({error.strerror}): make it readable, or move it away") from None
    return found


def read_whole(path: Path) -> dict:
    """The record in a file; its checksum, if it has one, has been compared.

    Raises:
        ValueError: it is damaged.
        RecordError: it is of a later version of this project.
        OSError: it cannot be read.
    """
    record = strict_json(path.read_bytes())
    if not isinstance(record, dict):
        raise TypeError("no record")
    if "format" in record:  # those of today do not say so
        raise RecordError(f"{path} has version {record['format']!r} of the format, which this version of the project "
                          "does not know: use the one that wrote it, or move the file away")
    provenance = record.get("provenance")
    if isinstance(provenance, dict) and provenance.get("checksum", "") not in ("", _checksum(record)):
        raise ValueError("its checksum differs")
    return record


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def check_record(record: dict) -> None:
    """Make sure that the record of a run has the form that all who read it rely on.

    Raises:
        KeyError, ValueError: it has not.
    """
    kinds = {"arm": str, "budget": str, "seed": int, "config": dict, "result": dict}
    optional = {"looks": dict, "history": dict, "provenance": dict, "arrays": dict, "net": dict}
    for name, kind in (kinds | {name: kind for name, kind in optional.items() if name in record}).items():
        if not isinstance(record[name], kind) or isinstance(record[name], bool):
            raise ValueError(f"its {name} is of type {type(record[name]).__name__}")
    if not _is_number(record["config"]["train"]["lr"]):
        raise ValueError("its learning rate is no number")
    if unknown := sorted(set(record).difference(("experiment", *kinds, *optional))):
        raise ValueError(f"unknown field {unknown[0]!r}")
    result, known = record["result"], (*_NUMBERS, *_NUMBERS_OR_NONE)
    for name in (name for name in known if name in result):
        if not (_is_number(result[name]) or name in _NUMBERS_OR_NONE and result[name] is None):
            raise ValueError(f"its {name} is no number")
    for name, series in [*record.get("looks", {}).items(), *record.get("history", {}).items()]:
        if name not in ("stopped", "training_images") and not isinstance(series, list):
            raise ValueError(f"its {name} is no list")
    if "provenance" in record:
        if missing := [name for name in _ALWAYS if name not in result]:
            raise ValueError(f"its result lacks {missing[0]}")
        for name in _PROVENANCE:
            value, kind = record["provenance"][name], bool if name == "dirty" else str
            if not (_is_number(value) if name == "time_s" else isinstance(value, kind)):
                raise ValueError(f"its provenance has {name} of type {type(record['provenance'][name]).__name__}")
    for name, key in (("arrays", "sha256"), ("net", "digest")):
        if name in record:
            check_kept(record, name, key)


def check_kept(record: dict, name: str, key: str) -> None:
    """Make sure that what a record says of a file beside it is the name of a file there, and a checksum.

    Raises:
        KeyError, ValueError: it is not.
    """
    file, digest = record[name]["file"], record[name][key]
    if not (isinstance(file, str) and isinstance(digest, str)) or Path(file).name != file:
        raise ValueError(f"its {name} names no file beside it")


def load_records(experiment: str, budget: str | None = None, folder: Path | None = None) -> dict[str, dict]:
    """All records of an experiment, by run name.

    Raises:
        RecordError: a file is not a whole record.
    """
    remedy = f"run `python -m alexnet_lib experiments run {experiment}` again"
    place = Path(folder or default_folder()) / experiment
    found = read_all(place, check_record, remedy)
    for name, record in found.items():
        if not name.endswith(f"-{record['budget']}-s{record['seed']}"):  # or else it would be passed over silently
            raise RecordError(f"{place / name}.json says that its budget is {record['budget']!r} and its seed "
                              f"{record['seed']}: it is damaged or has another's name; delete it and {remedy}")
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
        if (own := run_name(record["arm"], config.train.lr, record["budget"], record["seed"])) != name:
            raise RecordError(f"record {name} is that of the run {own}: give it that name, or move it away")
        if missing := [key for key in _SEARCHED if key not in record["result"] and record["seed"] == TUNING_SEED]:
            raise RecordError(f"record {name} lacks the result's {missing[0]}: move it away and run again")
        results[name] = record["result"]
    return results


def pending(experiment: Experiment, budget: str, folder: Path | None = None) -> list[Run]:
    """The runs that can be done now."""
    records = load_records(experiment.name, budget, folder)
    return plan(experiment, experiment.budget(budget), results_of(experiment, records))


def provenance_line(records: dict[str, dict]) -> str:
    """One line that says where these records come from.

    Raises:
        RecordError: one of them does not say so.
    """
    if not records:
        return "no records"
    if silent := [name for name, record in records.items() if "provenance" not in record]:
        raise RecordError(f"record {silent[0]} does not say where it was measured: move it away and run again")
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
