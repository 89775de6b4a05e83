"""The cache of prepared photographs: what is in it, and what happens when it is interrupted, damaged or in the way."""

import contextlib
import errno
import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from alexnet_lib.data import preparation, prepared, shards
from alexnet_lib.data.photographs import PhotographError, prepare_photograph
from alexnet_lib.data.prepared import load_prepared, prepare, statistics
from alexnet_lib.data.processes import results_of
from alexnet_lib.files import file_digest, write_whole

FISH, DOG = "n01440764", "n02102040"


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """7 + 4 training photographs and 3 for validation, small and all different."""
    root = tmp_path_factory.mktemp("original")
    rng = np.random.default_rng(0)
    for place, count in ((f"train/{FISH}", 7), (f"train/{DOG}", 4), (f"val/{DOG}", 3)):
        (root / place).mkdir(parents=True)
        for i in range(count):
            height, width = rng.integers(20, 60, 2)
            pixels = rng.integers(0, 256, (height, width, 3), np.uint8)
            Image.fromarray(pixels).save(root / place / f"{i}.JPEG", "JPEG")
    return root


@pytest.fixture
def folder(original, tmp_path, monkeypatch):
    """A private copy, and shards of 4 so that there are three: 4, 4 and 3 pictures."""
    monkeypatch.setattr(preparation, "SHARD", 4)
    shutil.copytree(original, tmp_path / "photographs")
    return tmp_path / "photographs"


def quietly(folder, cache, split="train", **settings):
    return prepare(folder, cache, split, **({"jobs": 1, "progress": False} | settings))


def contents(cache):
    return {str(file.relative_to(cache)): file.read_bytes() for file in sorted(cache.rglob("*"))
            if file.is_file() and file.name != ".lock"}


def flip_byte(path, offset):
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


def one_line(call, *says, kind=PhotographError):
    with pytest.raises(kind) as caught:
        call()
    for words in says:
        assert words in str(caught.value), str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


# --- what is in it ---------------------------------------------------------------------------------


def test_the_cache_holds_every_photograph_prepared_with_its_label_and_path(folder, tmp_path):
    report = quietly(folder, tmp_path / "cache")
    assert report == (11, 3, 0, (), ())
    photographs = load_prepared(tmp_path / "cache")
    assert len(photographs) == 11 and photographs.synsets == (FISH, DOG) and photographs.shards == 3
    assert photographs.labels.tolist() == [0] * 7 + [1] * 4
    assert photographs.paths[7] == f"train/{DOG}/0.JPEG"
    images = photographs.rows(range(11))
    for path, image in zip(photographs.paths, images, strict=True):
        assert np.array_equal(image, prepare_photograph(folder / path))
    photographs.verify()


def test_rows_come_in_the_order_asked_for(folder, tmp_path):
    quietly(folder, tmp_path / "cache")
    photographs = load_prepared(tmp_path / "cache")
    everything = np.concatenate([photographs.shard(number) for number in range(3)])  # through memory maps
    for wanted in (np.array([10, 0, 4, 3, 0, 5]), np.array([-1, -11]), np.array([2], np.uint8), np.array([], int),
                   slice(3, 9), slice(None, None, -2)):
        images = photographs.rows(wanted)
        assert images.dtype == np.uint8 and np.array_equal(images, everything[wanted])
    assert photographs.rows([]).shape == (0, 256, 256, 3)
    assert np.array_equal(photographs.rows(5), everything[5:6])


def test_rows_that_are_not_there_are_refused(folder, tmp_path):
    quietly(folder, tmp_path / "cache")
    photographs = load_prepared(tmp_path / "cache")
    for wrong in ([11], [-12]):
        one_line(lambda wrong=wrong: photographs.rows(wrong), str(wrong[0]), "11 pictures", kind=IndexError)
    for wrong in ([0.5], [[1, 2]], [True, False]):
        one_line(lambda wrong=wrong: photographs.rows(wrong), "whole numbers", kind=ValueError)
    one_line(lambda: list(photographs.chunks(0)), "1 picture or more", kind=ValueError)


def test_chunks_are_all_pictures_in_order(folder, tmp_path):
    quietly(folder, tmp_path / "cache")
    photographs = load_prepared(tmp_path / "cache")
    chunks = list(photographs.chunks(5))
    assert [len(chunk) for chunk in chunks] == [5, 5, 1]
    assert np.array_equal(np.concatenate(chunks), photographs.rows(slice(None)))


def test_the_checksums_are_those_of_the_files(folder, tmp_path):
    quietly(folder, tmp_path / "cache")
    index = json.loads((tmp_path / "cache" / "train" / "index.json").read_text())
    for number, shard in enumerate(index["shards"]):
        data = (tmp_path / "cache" / "train" / f"0000{number}.npy").read_bytes()
        assert hashlib.sha256(data).hexdigest() == shard["sha256"]
    assert [shard["rows"] for shard in index["shards"]] == [4, 4, 3]


def test_the_checksum_names_pictures_labels_and_settings(folder, tmp_path):
    quietly(folder, tmp_path / "a")
    quietly(folder, tmp_path / "b", exif="apply")
    quietly(folder, tmp_path / "c")
    a, b, c = (load_prepared(tmp_path / name) for name in "abc")
    assert np.array_equal(a.rows([0, 1]), b.rows([0, 1])), "these photographs have no EXIF"
    assert a.checksum != b.checksum and a.checksum == c.checksum and len(a.checksum) == 16


def test_a_file_is_made_of_its_header_and_its_rows():
    for rows in (0, 1, 512):
        header = shards.shard_header(rows)
        assert header[:6] == b"\x93NUMPY" and f"({rows}, 256, 256, 3)".encode() in header
        assert len(header) % 64 == 0


# --- going on --------------------------------------------------------------------------------------


def test_a_second_call_keeps_everything(folder, tmp_path):
    quietly(folder, tmp_path / "cache")
    before = contents(tmp_path / "cache")
    times = {file: file.stat().st_mtime_ns for file in (tmp_path / "cache" / "train").glob("*.npy")}
    assert quietly(folder, tmp_path / "cache") == (11, 0, 3, (), ())
    assert contents(tmp_path / "cache") == before
    assert all(file.stat().st_mtime_ns == then for file, then in times.items())


def test_two_processes_make_the_same_bytes_as_one(folder, tmp_path):
    quietly(folder, tmp_path / "one")
    quietly(folder, tmp_path / "two", jobs=2)
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    journals = one.pop("train/shards.jsonl"), two.pop("train/shards.jsonl")  # in the order in which they ended
    assert one == two and sorted(journals[0].splitlines()) == sorted(journals[1].splitlines())


def alive(pid):
    """Whether a process runs (one that ended and was not collected yet does not)."""
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    return False


KILLED = """
import multiprocessing, os, signal, sys
from alexnet_lib.data import preparation
preparation.SHARD = 4
results_of = preparation.results_of
def two_and_then_the_end(*args):
    for done, result in enumerate(results_of(*args)):
        if done == 2:
            print(*(child.pid for child in multiprocessing.active_children()), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        yield result
preparation.results_of = two_and_then_the_end
preparation.prepare(sys.argv[1], sys.argv[2], jobs=2, progress=False)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc")
def test_after_a_kill_the_same_call_goes_on_to_the_same_bytes(folder, tmp_path):
    quietly(folder, tmp_path / "whole")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(tmp_path / "cache")],
                            capture_output=True, text=True, timeout=60)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    workers = [int(pid) for pid in killed.stdout.split()]
    assert len(workers) == 2
    one_line(lambda: load_prepared(tmp_path / "cache"), "is not finished", "data photographs FOLDER --out")
    place = tmp_path / "cache" / "train"
    (place / "00002.npy.99.partial").write_bytes(b"half a shard")
    with open(place / "shards.jsonl", "a") as journal:
        journal.write('{"number": 2, "rows": 3, "sha')  # the line that was being written
    assert quietly(folder, tmp_path / "cache") == (11, 1, 2, (), ())
    whole, cache = contents(tmp_path / "whole"), contents(tmp_path / "cache")
    for files in (whole, cache):
        files["train/shards.jsonl"] = sorted(files["train/shards.jsonl"].splitlines())
    assert whole == cache
    deadline = time.monotonic() + 10
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, workers)), "the processes end with their parent"


INTERRUPTED = """
import sys
from alexnet_lib.__main__ import main
from alexnet_lib.data import preparation
preparation.SHARD = 2
sys.exit(main(["data", "photographs", sys.argv[1], "--out", sys.argv[2], "--jobs", "2"]))
"""


def test_ctrl_c_is_one_line_and_keeps_what_is_finished(folder, tmp_path):
    big = tmp_path / "big.JPEG"
    Image.fromarray(np.zeros((1200, 1600, 3), np.uint8)).save(big)
    for i in range(400):  # some ten seconds of work
        os.link(big, folder / "train" / DOG / f"big{i}.JPEG")
    journal = tmp_path / "cache" / "train" / "shards.jsonl"
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED, str(folder), str(tmp_path / "cache")],
                          stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        deadline = time.monotonic() + 60
        while not (journal.exists() and journal.read_text().count("\n") > 4) and time.monotonic() < deadline:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process
        error = process.stderr.read()
        assert process.wait(30) == 130, error
    assert "Traceback" not in error and "what was finished is kept" in error.splitlines()[-1]
    done = [json.loads(line) for line in journal.read_text().splitlines()[1:]]
    assert 4 <= len(done) < 200
    for line in done:
        assert file_digest(journal.parent / shards.shard_name(line["number"])) == line["sha256"]


def test_processes_end_when_no_more_results_are_wanted():
    results = results_of(time.sleep, [0.01, 600, 600], jobs=2)
    assert next(results) is None
    started = [child.pid for child in multiprocessing.active_children()]
    assert started
    results.close()
    for pid in started:  # asked of the system: two threads may have waited for a process, and one was told nothing
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


# --- damage and change -----------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "remove"])
def test_a_damaged_shard_is_named_and_made_again(damage, folder, tmp_path):
    quietly(folder, tmp_path / "cache")
    before = contents(tmp_path / "cache")
    photographs, file = load_prepared(tmp_path / "cache"), tmp_path / "cache" / "train" / "00001.npy"
    whole = file.read_bytes()
    if damage == "flip":
        flip_byte(file, 50_000)
        load_prepared(tmp_path / "cache")  # the size is right
        one_line(load_prepared(tmp_path / "cache").verify, "00001.npy", "1 of 3 shards", "again")
    else:
        file.unlink()
        if damage != "remove":
            file.write_bytes(whole[: {"cut": 400_000, "empty": 0}[damage]])
        one_line(lambda: load_prepared(tmp_path / "cache"), "00001.npy", "data photographs FOLDER --out")
        one_line(lambda: photographs.rows([7]), "00001.npy", "data photographs FOLDER --out")  # opened before
        one_line(photographs.verify, "00001.npy", "1 of 3 shards")
    assert quietly(folder, tmp_path / "cache") == (11, 0, 2, ("train/00001.npy",), ())
    after = contents(tmp_path / "cache")
    assert len(after.pop("train/shards.jsonl")) > len(before.pop("train/shards.jsonl"))  # noted once more
    assert after == before


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b'{"checksum": 1}', b"\xff\xfe"])
def test_a_damaged_index_is_refused_and_written_again(text, folder, tmp_path):
    quietly(folder, tmp_path / "cache")
    index = tmp_path / "cache" / "train" / "index.json"
    before = index.read_bytes()
    index.write_bytes(text)
    one_line(lambda: load_prepared(tmp_path / "cache"), "index.json is damaged", "again")
    assert quietly(folder, tmp_path / "cache").kept == 3 and index.read_bytes() == before


def test_a_changed_label_in_the_index_is_noticed(folder, tmp_path):
    quietly(folder, tmp_path / "cache")
    path = tmp_path / "cache" / "train" / "index.json"
    index = json.loads(path.read_text())
    index["labels"][0] = 1
    path.write_text(json.dumps(index))
    one_line(lambda: load_prepared(tmp_path / "cache"), "its checksum differs")


def test_another_version_of_the_format_is_refused(folder, tmp_path, monkeypatch):
    quietly(folder, tmp_path / "cache")
    monkeypatch.setattr(prepared, "FORMAT", 2)
    one_line(lambda: load_prepared(tmp_path / "cache"), "version 1", "not 2", "delete it")
    monkeypatch.setattr(preparation, "FORMAT", 2)
    one_line(lambda: quietly(folder, tmp_path / "cache"), "format 1, not 2")


def test_other_settings_are_refused_with_the_remedy(folder, tmp_path, monkeypatch):
    quietly(folder, tmp_path / "cache")
    before = contents(tmp_path / "cache")
    one_line(lambda: quietly(folder, tmp_path / "cache", exif="apply"), "exif 'ignore', not 'apply'", "--out", "delete")
    monkeypatch.setattr(preparation, "SHARD", 5)
    one_line(lambda: quietly(folder, tmp_path / "cache"), "shard 4, not 5")
    assert contents(tmp_path / "cache") == before


def test_other_photographs_are_refused_with_the_remedy(folder, tmp_path):
    quietly(folder, tmp_path / "cache")
    (folder / "train" / DOG / "0.JPEG").unlink()
    one_line(lambda: quietly(folder, tmp_path / "cache"), "other photographs", "11 pictures then, 10 now", "--out")


def test_a_photograph_that_changed_under_the_same_name_is_noticed_when_its_shard_is_made_again(folder, tmp_path):
    quietly(folder, tmp_path / "cache")
    shutil.copy(folder / "train" / DOG / "0.JPEG", folder / "train" / DOG / "1.JPEG")
    (tmp_path / "cache" / "train" / "00002.npy").unlink()
    one_line(lambda: quietly(folder, tmp_path / "cache"), "have changed", f"train/{DOG}/1.JPEG", "delete")


def test_another_decoder_makes_no_shards_but_may_check_them(folder, tmp_path, monkeypatch):
    quietly(folder, tmp_path / "cache")
    monkeypatch.setattr(preparation.PIL, "__version__", "99.0")
    assert quietly(folder, tmp_path / "cache").kept == 3
    (tmp_path / "cache" / "train" / "00002.npy").unlink()
    one_line(lambda: quietly(folder, tmp_path / "cache"), "was begun with Pillow", "Pillow 99.0", "--out")


def test_a_damaged_journal_is_refused_with_the_remedy(folder, tmp_path):
    quietly(folder, tmp_path / "cache")
    (tmp_path / "cache" / "train" / "shards.jsonl").write_bytes(b"\0\0\0")
    one_line(lambda: quietly(folder, tmp_path / "cache"), "shards.jsonl is damaged", "delete")


# --- bad pictures ----------------------------------------------------------------------------------


@pytest.fixture
def spoilt(folder):
    """Two pictures of the second shard are bad: one cut short, one no picture at all."""
    cut = folder / "train" / FISH / "5.JPEG"
    cut.write_bytes(cut.read_bytes()[:-300])
    (folder / "train" / DOG / "0.JPEG").write_bytes(b"not a picture")
    return folder


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_bad_picture_is_refused_with_its_name_and_both_remedies(jobs, spoilt, tmp_path):
    error = one_line(lambda: quietly(spoilt, tmp_path / "cache", jobs=jobs), f"train/{FISH}/5.JPEG", "truncated",
                     "replace or remove it", "--on-bad skip")
    assert "truncated" in error.reason


def test_bad_pictures_are_skipped_reported_and_recorded(spoilt, tmp_path):
    report = quietly(spoilt, tmp_path / "cache", on_bad="skip")
    assert report.photographs == 9 and report.made == 3
    assert [path for path, _ in report.skipped] == [f"train/{FISH}/5.JPEG", f"train/{DOG}/0.JPEG"]
    assert "truncated" in report.skipped[0][1] and report.skipped[1][1] == "not a picture"
    photographs = load_prepared(tmp_path / "cache")
    assert photographs.skipped == list(report.skipped) and photographs.labels.tolist() == [0] * 6 + [1] * 3
    assert photographs.shard(1).shape == (2, 256, 256, 3)
    for path, image in zip(photographs.paths, photographs.rows(slice(None)), strict=True):
        assert np.array_equal(image, prepare_photograph(spoilt / path))
    assert quietly(spoilt, tmp_path / "cache", on_bad="skip") == (9, 0, 3, (), report.skipped)


def test_what_was_finished_before_a_bad_picture_is_kept_when_it_is_skipped_next(spoilt, tmp_path):
    one_line(lambda: quietly(spoilt, tmp_path / "cache"), "5.JPEG")
    assert quietly(spoilt, tmp_path / "cache", on_bad="skip")[:3] == (9, 2, 1)
    quietly(spoilt, tmp_path / "at once", on_bad="skip")
    assert contents(tmp_path / "cache") == contents(tmp_path / "at once")


def test_mended_pictures_come_in_when_bad_ones_are_refused(original, spoilt, tmp_path):
    quietly(spoilt, tmp_path / "cache", on_bad="skip")
    one_line(lambda: quietly(spoilt, tmp_path / "cache"), "5.JPEG")
    for name in (f"train/{FISH}/5.JPEG", f"train/{DOG}/0.JPEG"):
        shutil.copy(original / name, spoilt / name)
    assert quietly(spoilt, tmp_path / "cache", on_bad="skip").kept == 3, "skipped stays skipped until asked"
    assert quietly(spoilt, tmp_path / "cache") == (11, 0, 2, ("train/00001.npy",), ())
    quietly(spoilt, tmp_path / "fresh")
    assert load_prepared(tmp_path / "cache").checksum == load_prepared(tmp_path / "fresh").checksum


def test_a_shard_of_bad_pictures_only_is_empty(folder, tmp_path):
    for i in range(4):
        (folder / "train" / FISH / f"{i}.JPEG").write_bytes(b"")
    assert quietly(folder, tmp_path / "cache", on_bad="skip").photographs == 7
    photographs = load_prepared(tmp_path / "cache")
    assert np.array_equal(photographs.rows([0])[0], prepare_photograph(folder / photographs.paths[0]))
    assert photographs.shard(0).shape == (0, 256, 256, 3)
    photographs.verify()


def test_a_split_of_bad_pictures_only_is_refused(folder, tmp_path):
    for file in (folder / "train").rglob("*.JPEG"):
        file.write_bytes(b"")
    one_line(lambda: quietly(folder, tmp_path / "cache", on_bad="skip"), "none of the 11 pictures", "not a picture")


# --- places ----------------------------------------------------------------------------------------


def test_two_calls_at_once_do_not_mix(folder, tmp_path):
    (tmp_path / "cache" / "train").mkdir(parents=True)
    with FileLock(tmp_path / "cache" / "train" / ".lock"):
        one_line(lambda: quietly(folder, tmp_path / "cache"), "another process is preparing", "wait for it")
        quietly(folder, tmp_path / "cache", "val")  # another split is another matter


def test_a_full_disk_is_noticed_before_anything_is_read(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(preparation.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 8, 1_000_000))
    one_line(lambda: quietly(folder, tmp_path / "cache"), "needs 0.0 GB more", "--out")


def test_a_disk_that_fills_up_is_one_line_and_the_same_call_goes_on(folder, tmp_path, monkeypatch):
    def full(path, *parts):
        if path.name == "00001.npy":
            raise OSError(errno.ENOSPC, "No space left on device")
        write_whole(path, *parts)

    with monkeypatch.context() as patch:
        patch.setattr(preparation, "write_whole", full)
        one_line(lambda: quietly(folder, tmp_path / "cache"), "No space left on device", "finished shards are kept")
    assert quietly(folder, tmp_path / "cache")[:3] == (11, 2, 1)


def test_a_write_that_fails_leaves_no_half_file(tmp_path):
    with pytest.raises(TypeError):
        write_whole(tmp_path / "x", b"one", "not bytes")
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_a_folder_is_one_line(folder, tmp_path):
    (tmp_path / "file").write_text("")
    one_line(lambda: quietly(folder, tmp_path / "file"), "cannot write to", "Not a directory", "--out")


def test_a_cache_among_the_photographs_is_refused(folder):
    for place in (folder, folder / "train", folder / "val" / "cache"):
        one_line(lambda place=place: quietly(folder, place), "lies among the photographs", kind=ValueError)


@pytest.mark.parametrize("settings, says", [
    ({"on_bad": "ignore"}, "unknown on_bad 'ignore': choose one of refuse, skip"),
    ({"exif": "no"}, "unknown exif 'no': choose one of ignore, apply"), ({"jobs": 0}, "jobs must be 1 or more, not 0"),
    ({"split": "test"}, "unknown split 'test': choose one of train, val"),
])
def test_unknown_settings_are_refused(settings, says, folder, tmp_path):
    one_line(lambda: quietly(folder, tmp_path / "cache", **settings), says, kind=ValueError)
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_is_not_there_says_how_to_make_it(tmp_path):
    one_line(lambda: load_prepared(tmp_path), "holds no prepared photographs", "data photographs FOLDER --out")


# --- statistics ------------------------------------------------------------------------------------


def test_statistics_are_those_of_all_training_pixels_and_are_computed_once(folder, tmp_path, monkeypatch):
    for split in ("train", "val"):
        quietly(folder, tmp_path / "cache", split)
    images = np.stack([prepare_photograph(path) for path in sorted((folder / "train").rglob("*.JPEG"))]).astype(float)
    first = statistics(tmp_path / "cache", progress=False)
    assert first.mean_image.dtype == np.float32 and first.mean_image == pytest.approx(images.mean(axis=0), abs=1e-4)
    covariance = np.cov(images.reshape(-1, 3).T, bias=True)
    assert first.pca.mean == pytest.approx(images.mean(axis=(0, 1, 2)))
    assert first.pca.directions.T @ np.diag(first.pca.variances) @ first.pca.directions == pytest.approx(covariance)
    monkeypatch.setattr(prepared, "RunningStatistics", None)  # computing again would fail
    again = statistics(tmp_path / "cache", progress=False)
    assert np.array_equal(again.mean_image, first.mean_image)
    for name in ("mean", "variances", "directions"):
        assert np.array_equal(getattr(again.pca, name), getattr(first.pca, name))


@pytest.mark.parametrize("file, offset", [("statistics.json", 40), ("mean_image.npy", 5000)])
def test_damaged_statistics_are_computed_again(file, offset, folder, tmp_path):
    quietly(folder, tmp_path / "cache")
    first = statistics(tmp_path / "cache", progress=False)
    before = (tmp_path / "cache" / "train" / file).read_bytes()
    flip_byte(tmp_path / "cache" / "train" / file, offset)
    assert np.array_equal(statistics(tmp_path / "cache", progress=False).mean_image, first.mean_image)
    assert (tmp_path / "cache" / "train" / file).read_bytes() == before


def test_statistics_of_other_pictures_are_not_taken_for_these(original, spoilt, tmp_path):
    quietly(spoilt, tmp_path / "cache", on_bad="skip")
    fewer = statistics(tmp_path / "cache", progress=False).mean_image
    for name in (f"train/{FISH}/5.JPEG", f"train/{DOG}/0.JPEG"):
        shutil.copy(original / name, spoilt / name)
    quietly(spoilt, tmp_path / "cache")
    assert not np.array_equal(statistics(tmp_path / "cache", progress=False).mean_image, fewer)


def test_statistics_that_cannot_be_kept_are_one_line(folder, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    quietly(folder, tmp_path / "cache")
    monkeypatch.setattr(prepared, "write_whole", full)
    one_line(lambda: statistics(tmp_path / "cache", progress=False), "cannot write to", "Read-only file system")
