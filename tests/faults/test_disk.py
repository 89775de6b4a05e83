"""A full disk, and data that cannot be written to: one line with the remedy, and nothing that was there is lost.

The disks are made for the test, as root or as root of a namespace of one's own.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from killing import JOBS, Whole, assert_same, bytes_of, temporaries

from alexnet_lib.data import cifar10
from alexnet_lib.data.prepared import prepare, statistics

pytestmark = pytest.mark.timeout(7200)

PAGE = 4096


def _root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _may_mount(place: Path, before: tuple[str, ...] = ()) -> bool:
    """Whether file systems can be mounted here."""
    place.mkdir(exist_ok=True)
    with contextlib.suppress(OSError):
        script = f"mount -t tmpfs -o size=1m none '{place}' && umount '{place}'"
        return subprocess.run([*before, "sh", "-c", script], capture_output=True).returncode == 0
    return False


@pytest.mark.skipif(_root(), reason="root runs the tests of this file without a namespace")
def test_disks_can_be_made_without_being_root(tmp_path):
    """Everything in this file once more, as root of a namespace of its own."""
    if not _may_mount(tmp_path / "probe", ("unshare", "--user", "--map-root-user", "--mount")):
        pytest.skip("this machine lets no disks be mounted, nor namespaces be made")
    command = ["unshare", "--user", "--map-root-user", "--mount", sys.executable, "-m", "pytest", "-q", "-p",
               "no:cacheprovider", "--basetemp", str(tmp_path / "inside"), __file__]
    done = subprocess.run(command, capture_output=True, text=True)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def mounted(tmp_path) -> Iterator[Callable[..., Path]]:
    """Mounts ``(options)`` at a new place, and takes all away at the end."""
    if not _root() or not _may_mount(tmp_path / "probe"):
        pytest.skip("not root: done in test_disks_can_be_made_without_being_root, where namespaces can be made")
    places: list[Path] = []

    def mount(*options: str) -> Path:
        place = tmp_path / f"disk{len(places)}"
        place.mkdir()
        subprocess.run(["mount", *options, str(place)], check=True)
        places.append(place)
        return place

    yield mount
    for place in reversed(places):
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def _resize(disk: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


def _used(disk: Path) -> int:
    return shutil.disk_usage(disk).used


def assert_one_line(said: str, *words: str) -> None:
    """The last line is the error, with these words, and there is no traceback."""
    lines = said.strip().splitlines()
    assert "Traceback" not in said, said
    assert lines and lines[-1].startswith("error: "), said
    for word in words:
        assert re.search(word, lines[-1]), (word, lines[-1])


def fill_again_and_again(whole: Whole, mounted, rounds: int, seed: int) -> int:
    """Run a job on disks that are too small by amounts that chance draws; then with room, to the end.

    Returns:
        How often the disk was full.
    """
    job, chance, tried = whole.job, random.Random(seed), 0
    needed = sum((path.stat().st_size + 2 * PAGE) for path in whole.out.rglob("*") if path.is_file())
    while tried < rounds:
        disk = mounted("-t", "tmpfs", "-o", f"size={2 * needed + (64 << 20)}", "none")
        out, done = disk / "out", {}
        out.mkdir()
        job.begin(out)
        for _ in range(min(2, rounds - tried)):  # full once, then once more with a little more room
            _resize(disk, _used(disk) + PAGE * chance.randint(1, max(1, needed // PAGE // 2)))
            status, said = job.run(out)
            if status == 0:
                break
            tried += 1
            assert status == 2, said
            assert_one_line(said, disk.name, "make room", "No space left|Not enough|disk is full|disk I/O|GB are free")
            now = bytes_of(job.check(out))
            assert done.items() <= now.items()
            assert not temporaries(out), "what a failed write left takes room"
            done = now
        _resize(disk, 2 * needed + (64 << 20))
        status, said = job.run(out)
        assert status == 0, said
        assert done.items() <= bytes_of(job.check(out)).items()
        assert_same(job.all_of(out), whole.left)
    return tried


@pytest.mark.fault("full disk", holds="one line, status 2, nothing lost; with room the same command completes")
@pytest.mark.parametrize("name", JOBS)
def test_a_full_disk_is_one_line_and_with_room_the_command_completes(whole, mounted, cases, name):
    rounds = cases.rounds(int(name not in ("sweep", "fetching")), 4)
    if not rounds:
        pytest.skip("takes long: done by `make faults`")
    cases.done(fill_again_and_again(whole(name), mounted, rounds, seed=7))


# --- data that cannot be written to ------------------------------------------------------------------


@pytest.fixture
def photographs(tmp_path) -> Path:
    """Twenty photographs to train on, and the same to look at."""
    folder = JOBS["preparing"](tmp_path / "inputs", 20).inputs / "some"
    (folder / "val").symlink_to("train")
    return folder


@pytest.fixture
def read_only(mounted, photographs, tmp_path) -> Iterator[Path]:
    """A data folder with CIFAR-10 and prepared photographs, on a disk that is read-only."""
    data = tmp_path / "data"
    shutil.copytree(cifar10.data_dir() / "cifar10", data / "cifar10")
    for split in ("train", "val"):
        prepare(photographs, data / "photographs" / "some", split, jobs=1, progress=False)
    statistics(data / "photographs" / "some", progress=False)
    place = mounted("--bind", str(data))
    subprocess.run(["mount", "-o", "remount,bind,ro", str(place)], check=True)
    yield place
    shutil.rmtree(data)


def _run(read_only: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-m", "alexnet_lib", *words], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env=os.environ | {"ALEXNET_DATA": str(read_only)}, timeout=300)
    return done.returncode, done.stdout


SMALL = ("--net", "small", "--set", "kernels=8,16,16,16,16", "hidden=32,32", "--images", "20", "--passes", "1",
         "--device", "cpu", "--threads", "1")


@pytest.mark.fault("read-only data", holds="training reads them")
@pytest.mark.parametrize("data", ["cifar10", "prepared", "folder"])
def test_training_works_from_read_only_data(read_only, photographs, tmp_path, cases, data):
    words = {"cifar10": "cifar10", "prepared": str(read_only / "photographs" / "some"), "folder": str(photographs)}
    status, said = _run(read_only, "train", "--data", words[data], *SMALL, "--out", str(tmp_path / "run"))
    assert status == 0 and "1 passes in" in said, said
    cases.done()


@pytest.mark.fault("read-only data", holds="a chapter reads them")
def test_a_chapter_works_from_read_only_data(read_only, tmp_path, cases):
    if not cases.rounds(0, 1):
        pytest.skip("takes long: done by `make faults`")
    status, said = _run(read_only, "notebooks", "run", "01", "--no-book", "--build", str(tmp_path / "build"))
    assert status == 0, said
    cases.done()


@pytest.mark.fault("read-only data", holds="what is there and whole is said to be; nothing is fetched")
def test_asking_for_data_that_are_there_needs_no_writing(read_only, cases):
    status, said = _run(read_only, "data")
    assert status == 0 and "verified" in said, said
    cases.done()


@pytest.mark.fault("read-only data", holds="what must write there is refused in one line")
def test_fetching_into_read_only_data_is_refused(read_only, photographs, tmp_path, cases):
    (tmp_path / "data" / "cifar10" / "test_labels.npy").unlink()
    status, said = _run(read_only, "data")
    assert status == 2, said
    assert_one_line(said, "cannot write CIFAR-10", str(read_only), "Read-only", "ALEXNET_DATA")
    status, said = _run(read_only, "data", "photographs", str(photographs))
    assert status == 2, said
    assert_one_line(said, str(read_only), "Read-only", "--out")
    cases.done(2)
