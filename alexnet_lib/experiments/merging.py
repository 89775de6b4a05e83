"""Records of several machines in one folder: copied if they are whole and of today's experiments.

Records merge by being files, so copying the folders together does as well; this also looks at what it copies.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from alexnet_lib.experiments.catalogue import EXPERIMENTS
from alexnet_lib.experiments.protocol import Experiment, run_name
from alexnet_lib.experiments.records import (
    RecordError,
    check_record,
    default_folder,
    load_arrays,
    load_kept_net,
    read_whole,
    results_of,
)
from alexnet_lib.files import write_whole

__all__ = ["Merged", "merge_records"]


class Merged(NamedTuple):
    """What became of the records that were found."""

    copied: int
    there: int  # the same run had a record already, which was kept
    refused: list[str]  # one line each, with the reason


def merge_records(sources: Iterable[Path], folder: Path | None = None) -> Merged:
    """Copy records, and what is kept beside them, into one folder.

    A run that has a record in `folder` keeps it: of two records of a run neither is better, they differ in times, and
    in rounding if the machines do.

    Args:
        sources: folders of records, each with a folder an experiment.
        folder: where to; default ``figures/records``.

    Raises:
        RecordError: a source holds no records at all, or `folder` cannot be written.
    """
    folder, copied, there, refused = Path(folder or default_folder()), 0, 0, []
    for source in map(Path, sources):
        names = {path.parent.name for path in source.glob("*/*.json")} if os.path.isdir(source) else set()
        if not names:
            raise RecordError(f"there are no records in {source}: name a folder that was the --records of a run")
        for name in sorted(names.intersection(EXPERIMENTS)):
            for path in sorted((source / name).glob("*.json")):
                if (folder / name / path.name).is_file():
                    there += 1
                    continue
                try:
                    files = _whole(EXPERIMENTS[name], path)
                except RecordError as error:
                    refused.append(str(error))
                    continue
                _copy(files, folder / name)
                copied += 1
    return Merged(copied, there, refused)


def _whole(experiment: Experiment, path: Path) -> list[Path]:
    """The files of one record, itself the last, all of them whole.

    Raises:
        RecordError: they are not, or the record is of another configuration.
    """
    folder, files = path.parent.parent, []
    try:
        record = read_whole(path)
        check_record(record)
        name = run_name(record["arm"], record["config"]["train"]["lr"], record["budget"], record["seed"])
        if name != path.stem:
            raise RecordError(f"{path} is the record of the run {name}: give it that name")
        results_of(experiment, {name: record})
        if "arrays" in record:
            load_arrays(experiment.name, name, record, folder)
            files.append(path.with_name(record["arrays"]["file"]))
        if "net" in record:
            load_kept_net(experiment.name, name, record, folder)
            files.append(path.with_name(record["net"]["file"]))
        for file in files:
            if file.stem != name:  # it could stand in for what another run kept
                raise RecordError(f"{path} names {file.name}, which is not its own: run it again")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise RecordError(f"{path} is damaged: copy it again, or run it again") from None
    return [*files, path]


def _copy(files: list[Path], place: Path) -> None:
    try:
        place.mkdir(parents=True, exist_ok=True)
        for file in files:  # the record last: a run with a record is done
            write_whole(place / file.name, file.read_bytes())
    except OSError as error:
        raise RecordError(f"cannot write records to {place} ({error.strerror or error}): make room or give another "
                          "--records folder") from None
