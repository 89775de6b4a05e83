"""Whatever the input, a parser gives a valid value or its own documented error, in one line: searched by hypothesis.

Most inputs are valid ones that were changed a little, as noise alone never comes far. The search is the same every time
(derandomised, no database); its length is 50 inputs each in the short form, 2,000 in the full one.
"""

import contextlib
import io
import json
import os
import pickle
import resource
from pathlib import Path

import numpy as np
import pytest
from hostile import mirror_members, official_members, packed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_damaged_files import CIFAR_NORM, SCALE, put, trained
from test_hostile_inputs import _notebook, resealed

from alexnet_lib.__main__ import _parser, main
from alexnet_lib.data import cifar10_sources
from alexnet_lib.data.cifar10 import DataError
from alexnet_lib.experiments.merging import merge_records
from alexnet_lib.experiments.records import RecordError, load_records, results_of
from alexnet_lib.files import json_digest, one_line, sealed, unsealed
from alexnet_lib.shards import parse_shard
from alexnet_lib.training.checkpoints import CheckpointError, latest_checkpoint, save_checkpoint
from alexnet_lib.training.settings import NETS, TrainingError, TrainSettings, net_config
from alexnet_lib.training.state import TrainState
from alexnet_lib.training.weights import load_trained

HOLDS = "a valid value, or the documented error in one line"


def fuzz(cases, check, *inputs, short: int = 50, full: int = 2000) -> None:
    """Call ``check`` with inputs of these strategies."""

    @settings(derandomize=True, database=None, deadline=None, max_examples=cases.rounds(short, full),
              suppress_health_check=list(HealthCheck))
    @given(st.tuples(*inputs))
    def run(values):
        cases.done()
        check(*values)

    run()


@contextlib.contextmanager
def documented(*errors):
    """Only these errors, and in one printable line."""
    try:
        yield
    except errors as error:
        assert str(error) and str(error).isprintable(), repr(error)


@contextlib.contextmanager
def bounded_memory(mib: int = 2000):
    """A length that is a lie must not fill the machine: beyond so much more, memory is refused."""
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if os.path.exists("/proc/self/statm") else 0
    limits = resource.getrlimit(resource.RLIMIT_AS)
    if pages:
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + mib * 2**20, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


# --- strategies ------------------------------------------------------------------------------------

_EDIT = st.tuples(st.sampled_from(["flip", "set", "cut", "drop", "insert", "repeat"]),
                  st.floats(0, 1, exclude_max=True), st.integers(0, 255), st.binary(max_size=12))


def edited(whole: bytes):
    """A valid file with up to four small changes."""
    def apply(edits):
        data = bytearray(whole)
        for kind, where, number, some in edits:
            place = int(where * len(data)) if data else 0
            if not data:
                data += some
            elif kind == "flip":
                data[place] ^= 1 << number % 8
            elif kind == "set":
                data[place] = number
            elif kind == "cut":
                del data[place:]
            elif kind == "drop":
                del data[place : place + 1 + number % 16]
            elif kind == "insert":
                data[place:place] = some
            else:
                data[place:place] = data[place : place + number]
        return bytes(data)

    return st.lists(_EDIT, min_size=1, max_size=4).map(apply)


ODD_TEXT = st.one_of(st.text(max_size=12), st.sampled_from(
    ["", "\n", "..", "/", "../../x", "-", "--", "~x", "x" * 300, "\udcff", "NaN", "1e999", "None", "0", "-1"]))
ODD_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.integers(-3, 3), st.floats(), ODD_TEXT,
              st.just(2**70), st.just(10**400)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_TEXT, inner, max_size=3), max_leaves=5)


def _places(value, here=()):
    yield here
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _places(inner, (*here, key))


def mutated(whole):
    """Valid JSON in which up to three parts are taken away, doubled, or something else."""
    def apply(edits):
        value = json.loads(json.dumps(whole))
        for kind, where, new in edits:
            places = list(_places(value))
            *path, last = places[int(where * len(places))] or (None,)
            inner = value
            if last is None:
                value = new if kind == "set" else value
                continue
            for key in path:
                inner = inner[key]
            if kind == "set":
                inner[last] = new
            elif kind == "drop":
                del inner[last]
            elif isinstance(inner, dict):
                inner[str(new)[:20]] = new
            else:
                inner.append(new)
        return value

    edits = st.tuples(st.sampled_from(["set", "drop", "add"]), st.floats(0, 1, exclude_max=True), ODD_VALUES)
    return st.lists(edits, min_size=1, max_size=3).map(apply)


def text_of(value) -> str:
    return json.dumps(value)


# --- CIFAR-10 --------------------------------------------------------------------------------------


def arrays():
    chance = np.random.default_rng(0)
    made = {}
    for part, count in (("train", 10), ("test", 2)):
        made[f"{part}_images.npy"] = chance.integers(0, 256, (count, 32, 32, 3), np.uint8)
        made[f"{part}_labels.npy"] = chance.integers(0, 10, count).astype(np.uint8)
    return made


@pytest.mark.fault("fuzzed: archives of CIFAR-10", holds=HOLDS)
@pytest.mark.parametrize("name", ["official", "mirror"])
@pytest.mark.parametrize("inside", [True, False], ids=["one part", "the whole"])
def test_archives(tmp_path, name, inside, cases):
    make, read = {"official": (official_members, cifar10_sources.read_official),
                  "mirror": (mirror_members, cifar10_sources.read_mirror)}[name]
    members, file = make(arrays()), tmp_path / "archive.tgz"

    def check(which, data):
        file.write_bytes(packed(members | {sorted(members)[which % len(members)]: data}) if inside else data)
        with documented(DataError), bounded_memory():
            found = read(file)
            assert all(array.dtype == np.uint8 for array in found.values()) and len(found) == 4

    if inside:
        for number, part in enumerate(sorted(members)[:: len(members) - 1]):  # the first and the last
            fuzz(cases, check, st.just(number * (len(members) - 1)), edited(members[part]))
    else:
        fuzz(cases, check, st.just(0), edited(packed(members)))


_GLOBALS = st.sampled_from([
    ("os", "system"), ("builtins", "eval"), ("builtins", "getattr"), ("numpy", "load"), ("numpy", "ndarray"),
    ("numpy", "dtype"), ("numpy.core.multiarray", "_reconstruct"), ("_codecs", "encode"), ("_codecs", "decode"),
    ("numpy.core.multiarray", "fromfile"), ("", ""), ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "dtype.type"), ("numpy", "ndarray.tofile"), ("posix", "system")])
def _stacked(module: str, name: str) -> bytes:
    return b"\x8c%c%s\x8c%c%s\x93" % (len(module), module.encode(), len(name), name.encode())


_OPCODES = st.one_of(
    _GLOBALS.map(lambda pair: b"c%s\n%s\n" % tuple(part.encode() for part in pair)),
    _GLOBALS.map(lambda pair: _stacked(*pair)),
    st.sampled_from([b"(", b")", b"]", b"}", b"R", b"b", b"t", b"a", b"e", b"s", b"u", b"\x85", b"\x86", b"\x87", b"N",
                     b"0", b"2", b"\x81", b"\x92", b"q\0", b"h\0", b"K\1", b"K\0", b"o", b"d", b"l", b"\x88", b"Q"]),
    st.binary(max_size=5).map(lambda some: b"C%c%s" % (len(some), some)),
    st.sampled_from(["u1", "O", "O8", "|V8", "bz2", "zlib", "hex", "latin1", "touch owned"]).map(
        lambda text: b"\x8c%c%s" % (len(text), text.encode())))


@pytest.mark.fault("fuzzed: the unpickler of CIFAR-10, by its own instructions", holds="arrays or an error, never code")
def test_unpickler(tmp_path, monkeypatch, cases):
    monkeypatch.chdir(tmp_path)
    file, members = tmp_path / "archive.tgz", official_members(arrays())

    def check(parts, whole):
        data = b"\x80\2" + b"".join(parts) + (pickle.dumps({b"data": 1}, 2)[2:] if whole else b".")
        file.write_bytes(packed(members | {"cifar-10-batches-py/test_batch": data}))
        with documented(DataError), bounded_memory():
            cifar10_sources.read_official(file)
        assert [path.name for path in tmp_path.iterdir()] == [file.name]

    fuzz(cases, check, st.lists(_OPCODES, max_size=12), st.booleans())


# --- records, checkpoints, weights -----------------------------------------------------------------


@pytest.mark.fault("fuzzed: the reader and the merger of records", holds=HOLDS)
@pytest.mark.parametrize("form", ["edited", "mutated"])
def test_records(tmp_path, form, cases):
    *_, path = put(tmp_path)
    whole = path.read_bytes()
    record = json.loads(whole)
    del record["provenance"]["checksum"]

    def check(data):
        path.write_bytes(data if form == "edited" else text_of(data).encode())
        with documented(RecordError):
            found = load_records(CIFAR_NORM.name, folder=tmp_path)
            results_of(CIFAR_NORM, found)
            assert all(isinstance(one["seed"], int) for one in found.values())
        for left in (tmp_path / "to").rglob("*.*"):
            left.unlink()
        merged = merge_records([tmp_path], tmp_path / "to")
        assert merged.copied + len(merged.refused) == 1 and all(line.isprintable() for line in merged.refused)

    fuzz(cases, check, edited(whole) if form == "edited" else mutated(record))


@pytest.mark.fault("fuzzed: the reader of checkpoints, and what it makes of their state", holds=HOLDS)
@pytest.mark.parametrize("form", ["edited", "mutated"])
def test_checkpoints(tmp_path, form, cases):
    import torch

    note = save_checkpoint(tmp_path, 1, {"w": torch.zeros(3)}, {"run": TrainState(passes=1, curve=[{}]).to_dict()})
    whole = note.read_bytes()
    body = {key: value for key, value in json.loads(whole).items() if key != "digest"}

    def check(data):
        with contextlib.suppress(ValueError):  # NaN, which is no JSON: then it cannot be given a fitting checksum
            note.write_bytes(data if form == "edited" else (json.dumps(
                data | {"digest": json_digest(data)} if isinstance(data, dict) else data, indent=1,
                allow_nan=False) + "\n").encode())
        with documented(CheckpointError):
            found = latest_checkpoint(tmp_path, lambda line: None)
            if found is not None and "run" in found.state:
                with contextlib.suppress(KeyError, TypeError, ValueError):
                    state = TrainState.from_dict(found.state["run"])
                    assert state.passes >= 0 and len(state.curve) == state.passes

    fuzz(cases, check, edited(whole) if form == "edited" else mutated(body))


@pytest.mark.fault("fuzzed: the reader of weights, with checksums that fit", holds=HOLDS)
def test_weights(tmp_path, cases):
    run = trained(tmp_path / "run")
    file = run / "weights.safetensors"
    whole = file.read_bytes()

    def check(config, family):
        file.write_bytes(whole)
        with contextlib.suppress(TypeError, ValueError):  # NaN and the like
            resealed(file, lambda note, _: note.update(config=config, family=family))
        with documented(TrainingError), bounded_memory():
            load_trained(run)

    fuzz(cases, check, st.one_of(*(mutated(NETS[name]().to_dict()) for name in ("small", "80sec", "paper"))),
         st.sampled_from(["AlexNet", "cuda-convnet", "", 3]), full=2000)
    file.write_bytes(whole)
    fuzz(cases, lambda data: _load(file, data), edited(whole[:2000]).map(lambda head: head + whole[2000:]))


def _load(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    with documented(TrainingError), bounded_memory():
        assert load_trained(file).metadata["scale"][1].shape == SCALE.divisor.shape


# --- prepared photographs --------------------------------------------------------------------------


@pytest.mark.fault("fuzzed: index and statistics of prepared photographs", holds=HOLDS)
@pytest.mark.parametrize("form", ["edited", "mutated"])
def test_indexes(tmp_path, form, cases):
    from alexnet_lib.data.prepared import load_prepared, statistics
    from alexnet_lib.data.shards import shard_header

    place = tmp_path / "train"
    place.mkdir()
    index = {"settings": {"format": 1, "side": 256}, "decoder": "x", "synsets": ["a", "b"], "paths": ["p", "q"],
             "labels": [0, 1], "skipped": [["c", "bad"]], "shards": [{"rows": 2, "sha256": "0" * 64}]}
    (place / "00000.npy").write_bytes(shard_header(2) + bytes(2 * 256 * 256 * 3))
    whole = json.dumps(sealed(index), indent=0).encode()

    def check(data):
        with contextlib.suppress(ValueError):
            (place / "index.json").write_bytes(
                data if form == "edited" else json.dumps(sealed(data) if isinstance(data, dict) else data).encode())
        with documented(DataError):
            found = load_prepared(tmp_path)
            assert found.rows(slice(None)).shape[0] == len(found) == len(found.paths)

    fuzz(cases, check, edited(whole) if form == "edited" else mutated(index))
    (place / "index.json").write_bytes(whole)
    statistics(tmp_path, progress=False)
    note = place / "statistics.json"
    kept = unsealed(note.read_bytes())
    text = note.read_bytes()

    def check_statistics(data):
        with contextlib.suppress(ValueError):
            note.write_bytes(data if form == "edited" else
                             json.dumps(sealed(data) if isinstance(data, dict) else data).encode())
        with documented(DataError):
            found = statistics(tmp_path, progress=False)
            assert found.mean_image.shape == (256, 256, 3) and found.pca.directions.shape == (3, 3)

    fuzz(cases, check_statistics, edited(text) if form == "edited" else mutated(kept), full=500)


@pytest.mark.fault("fuzzed: the journal of prepared photographs", holds=HOLDS)
def test_journals(tmp_path, cases):
    from alexnet_lib.data.preparation import _read_journal

    head = {"settings": {"format": 1}, "photographs": 2, "listing": "x", "decoder": "d"}
    entry = {"number": 0, "rows": 2, "sha256": "0", "skipped": []}
    file = tmp_path / "shards.jsonl"

    def check(first, second, sums):
        with contextlib.suppress(ValueError):
            file.write_text("".join(json.dumps(sealed(line) if sums and isinstance(line, dict) else line) + "\n"
                                    for line in (first, second)))
        with documented(DataError):
            _, noted = _read_journal(file, head)
            assert all(type(number) is int for number in noted)

    fuzz(cases, check, st.just(head) | mutated(head), mutated(entry), st.booleans())


# --- words -----------------------------------------------------------------------------------------


@pytest.mark.fault("fuzzed: shares, `i/n`", holds=HOLDS)
def test_shards(cases):
    def check(text):
        with documented(ValueError):
            shard = parse_shard(text)
            assert 1 <= shard.index <= shard.count and parse_shard(str(shard)) == shard

    number = st.integers(-2, 10**10).map(str) | st.sampled_from(["", "٣", "²", "1_0", "+1", "0x1", " 1", "1.0"])
    fuzz(cases, check, st.builds("{}{}{}".format, number, st.sampled_from("/ \\-∕\n"), number) | ODD_TEXT)


@pytest.mark.fault("fuzzed: changes of a net, `FIELD=VALUE`", holds=HOLDS)
def test_changes(cases):
    fields = sorted({*NETS["small"]().to_dict(), *NETS["80sec"]().to_dict(), "depth", ""})

    def check(net, changes):
        with documented(ValueError):
            assert net_config(net, changes).to_dict()

    value = ODD_TEXT | st.integers().map(str) | st.floats().map(str) | st.sampled_from(
        ["true", "relu", "0.5", "8,16,16,16,16", "conv2", "conv3,fc6", ",", "1,,2", "none", "3/2"])
    fuzz(cases, check, st.sampled_from(sorted(NETS)), st.lists(
        st.builds("{}{}{}".format, st.sampled_from(fields), st.sampled_from(["=", "=", "==", ""]), value), max_size=3))


@pytest.mark.fault("fuzzed: settings of a training", holds=HOLDS)
def test_settings(cases):
    def check(values):
        with documented(ValueError):
            assert TrainSettings(**values).when_to_reduce()

    numbers = st.integers(-2, 2**65)
    rates = st.floats()
    fuzz(cases, check, st.fixed_dictionaries({}, optional={
        "passes": numbers, "batch_size": numbers, "micro_batch": numbers | st.none(), "patience": numbers, "lr": rates,
        "momentum": rates, "weight_decay": rates, "seed": numbers, "images": numbers, "evaluate_every": numbers,
        "net": ODD_TEXT | st.sampled_from(sorted(NETS)), "rule": ODD_TEXT, "amp": ODD_TEXT, "colour_noise": ODD_TEXT,
        "schedule": ODD_TEXT | st.lists(st.integers(-1, 99), max_size=4).map(lambda some: ",".join(map(str, some)))}))


@pytest.mark.fault("fuzzed: parameters of notebooks, `NAME VALUE`", holds=HOLDS)
def test_parameters(tmp_path, cases):
    from test_notebook_runner import write_notebook

    from alexnet_lib.notebooks.parameters import settle

    path = write_notebook(tmp_path, "00_fine")
    kinds = {"PRESET": str, "RATE": float, "SEEDS": int, "FLIP": bool, "ARMS": (list, tuple)}

    def check(name, value):
        with documented(ValueError):
            for key, found in settle([path], "quick", {name: value})[path].items():
                assert isinstance(found, kinds[key])

    fuzz(cases, check, st.sampled_from(sorted(kinds)) | ODD_TEXT,
         ODD_TEXT | ODD_VALUES.map(repr) | st.text("([{-'\"1,:"))


@pytest.mark.fault("fuzzed: lists of students and of seeds, CSV", holds=HOLDS)
def test_students(tmp_path, cases):
    from alexnet_lib.classroom.course import Course
    from alexnet_lib.classroom.entries import handed_out
    from alexnet_lib.classroom.handout import read_students
    from alexnet_lib.notebooks.files import NotebookError

    course = Course(tmp_path)

    def check(data):
        (tmp_path / "seeds.csv").write_bytes(data)
        with documented(NotebookError):
            assert all(type(seed) is int for seed in handed_out(course).values())
        with documented(NotebookError):
            names = read_students(tmp_path / "seeds.csv")
            assert len(set(names)) == len(names) and all("/" not in name and name[0] != "." for name in names)

    rows = st.lists(st.lists(ODD_TEXT.filter(lambda text: "\udcff" not in text) | st.sampled_from(["student", "set"]),
                             max_size=4).map(",".join), max_size=4).map("\n".join)
    fuzz(cases, check, edited(b"\xef\xbb\xbfstudent,set,seed\nada,ps1,17\n\"b, c\",ps2,3\n") | rows.map(
        lambda text: text.encode("utf-8", "surrogatepass")))


@pytest.mark.fault("fuzzed: submissions, by name and contents", holds="named by student; what is wrong is one line")
def test_submissions(tmp_path, cases):
    import shutil

    from alexnet_lib.classroom.submissions import find_submissions, seed_in

    notebook = json.loads(_notebook())

    def check(folder, name, content, data):
        shutil.rmtree(tmp_path / "in", ignore_errors=True)
        path = tmp_path / "in" / folder / f"{name}.ipynb"
        try:
            path.parent.mkdir(parents=True)
            path.write_bytes(text_of(content).encode() if data is None else data)
        except (OSError, ValueError):
            return  # no such name on this disk
        if not path.resolve().is_relative_to((tmp_path / "in").resolve()):
            return
        for found in find_submissions(tmp_path / "in", {"ps1": None, "ps2": None}):
            assert found.student and "/" not in found.student and found.student[0] not in ".-"
            assert found.problem.isprintable() and found.set in ("", "ps1", "ps2")
            assert found.notebook is None or seed_in(found.notebook) >= 0

    names = ODD_TEXT.filter(lambda text: not {"/", "\0"} & set(text)) | st.sampled_from(["ada", "ps1_a", "ada_ps2"])
    fuzz(cases, check, names, names.filter(bool), mutated(notebook), st.none() | edited(_notebook().encode()))


@pytest.mark.fault("fuzzed: notebooks, and notes of their runs", holds=HOLDS)
def test_notebooks(tmp_path, cases):
    from alexnet_lib.notebooks import files
    from alexnet_lib.notebooks.sharing import is_alone

    whole, note = json.loads(_notebook()), sealed({"run": "x", "parameters": {}, "date": "2026-11-23"})
    path = tmp_path / "a.ipynb"

    def check(content, data, said):
        path.write_bytes(text_of(content).encode() if data is None else data)
        with documented(ValueError):
            files.read(path)
            assert len(files.source_digest(path)) == 64 and is_alone(path) in (True, False)
        (tmp_path / "a.run.json").write_text(text_of(said))
        assert isinstance(files.read_note(tmp_path / "a.run.json"), dict)

    fuzz(cases, check, mutated(whole), st.none() | edited(_notebook().encode()), mutated(note))


@pytest.mark.fault("fuzzed: ids of claims, choices and notebooks", holds=HOLDS)
def test_ids(cases):
    from alexnet_lib import paper

    def check(text):
        for look_up in (paper.claim, paper.claims_of_notebook, paper.notebook):
            with documented(ValueError):
                assert look_up(text)
        assert one_line(text).isprintable()

    known = st.sampled_from(["C19", "C26b", "02_relu", "DEV-02", "OPEN-09"])
    fuzz(cases, check, known | ODD_TEXT | known.map(str.encode).flatmap(edited).map(lambda data: data.decode("latin1")))


# --- the command line ------------------------------------------------------------------------------


def _verbs(parser, words=()):
    """Every verb and its options: (words, option strings)."""
    options = [text for action in parser._actions for text in action.option_strings]
    inner = [action for action in parser._actions if hasattr(action, "_name_parser_map")]
    if not inner or not words and not inner[0].required:
        yield list(words), options
    for action in inner:
        for name, sub in action.choices.items():
            yield from _verbs(sub, (*words, name))


VERBS = list(_verbs(_parser()))


@pytest.mark.fault("fuzzed: words on the command line", holds="status 0, 1 or 2, and never a traceback")
@pytest.mark.parametrize("number", range(len(VERBS)), ids=[" ".join(words) or "none" for words, _ in VERBS])
def test_command_lines(tmp_path, monkeypatch, number, cases):
    """What would train, run notebooks, write into the repository or take minutes is replaced by nothing."""
    import alexnet_lib.__main__ as entry
    from alexnet_lib import notebooks
    from alexnet_lib.classroom import command as classroom
    from alexnet_lib.experiments import records, runner
    from alexnet_lib.training import trainer
    from alexnet_lib.training.trainer import Outcome

    verb, options = VERBS[number]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(trainer, "train_run", lambda *_: Outcome("nothing left", None))
    monkeypatch.setattr(runner, "_sweep", lambda *_: 0)
    monkeypatch.setattr(records, "default_folder", lambda: tmp_path / "records")  # those of the project take long
    for module, names in ((entry, ("_render", "_doctor", "_notebooks_test", "_notebooks_book", "_notebooks_refresh")),
                          (classroom, ("_check", "_refresh", "_release", "_feedback"))):
        for name in names:
            monkeypatch.setattr(module, name, lambda args: None)
    monkeypatch.setattr(notebooks, "run_notebooks", lambda *_, **__: 0)
    if verb[:2] in (["experiments", "submit"], ["classroom", "grade"], ["classroom", "hand-out"]) or verb == ["data"]:
        monkeypatch.setattr(f"alexnet_lib.{verb[0]}.command._{verb[-1].replace('-', '_')}", lambda args: None)

    def check(words):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = main([*verb, *words])
            except SystemExit as stop:
                status = stop.code
        assert status in (0, 1, 2) and (status == 0 or "error: " in err.getvalue()), (words, status, err.getvalue())

    good = ("ps1", "C19", "02_relu", "relu_speed", "quick", "1/2", "x=1", "small", "1", "cpu", "cifar10", "0.5", "nan")
    word = st.one_of(st.sampled_from([*options, *good]), ODD_TEXT.filter(lambda text: "\0" not in text))
    fuzz(cases, check, st.lists(word, max_size=6), short=8, full=100)  # times as many as there are verbs
