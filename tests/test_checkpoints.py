"""Checkpoints: bit for bit, whole or not at all, whatever happens to the process, the disk or the bytes."""

import contextlib
import errno
import json
import math
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import time

import pytest
import torch
from safetensors import safe_open

from alexnet_lib import files
from alexnet_lib.training import checkpoints
from alexnet_lib.training.checkpoints import CheckpointError, latest_checkpoint, save_checkpoint

STATE = {"pass": 3, "batch": 17, "lr": 0.1 + 0.2, "best": None, "settings": {"net": "19pct", "flips": True, "é": [1]}}


def tensors_of(step, count=50):
    return {"weight": torch.full((count,), float(step)), "step": torch.tensor(step)}


def save(folder, *steps, keep=2):
    for step in steps:
        save_checkpoint(folder, step, tensors_of(step), {"step": step}, keep)


def must_not_report(line):
    raise AssertionError(line)


def newest_step(folder, report=must_not_report):
    """The step of the newest whole checkpoint, after making sure that all of its parts are of that step."""
    found = latest_checkpoint(folder, report)
    assert found.state == {"step": found.step} and found.path.name == f"step-{found.step:08d}.json"
    assert found.tensors["step"].item() == found.step and bool((found.tensors["weight"] == found.step).all())
    return found.step


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def pair(step):
    return [f"step-{step:08d}.json", f"step-{step:08d}.safetensors"]


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def one_line(call, *says, kind=CheckpointError):
    with pytest.raises(kind) as caught:
        call()
    for words in says:
        assert words in str(caught.value), str(caught.value)
    assert "\n" not in str(caught.value)


# --- what goes in comes out ------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
    torch.uint8, torch.bool,
])
def test_every_bit_pattern_of_every_type_comes_back(dtype, tmp_path):
    size = torch.empty((), dtype=dtype).element_size()
    raw = torch.randint(0, 2 if dtype == torch.bool else 256, (600 * size,), generator=torch.Generator().manual_seed(0))
    many = raw.to(torch.uint8).view(dtype).reshape(20, 30)  # with not-a-numbers and infinities among the floats
    one = many[7, 9].clone()
    save_checkpoint(tmp_path, 1, {"many": many, "one": one, "none": many[:0]}, {})
    found = latest_checkpoint(tmp_path).tensors
    assert {name: (t.dtype, t.shape) for name, t in found.items()} == {
        "many": (dtype, (20, 30)), "one": (dtype, ()), "none": (dtype, (0, 30))}
    assert found["many"].view(torch.uint8).tolist() == many.view(torch.uint8).tolist()
    assert found["one"].reshape(1).view(torch.uint8).tolist() == one.reshape(1).view(torch.uint8).tolist()


def test_state_comes_back_equal_and_tuples_as_lists(tmp_path):
    path = save_checkpoint(tmp_path, 1_234, {}, STATE | {"passes": (30, 60)})
    found = latest_checkpoint(tmp_path)
    assert (found.step, found.tensors, found.state, found.path) == (1_234, {}, STATE | {"passes": [30, 60]}, path)
    assert path == tmp_path / "step-00001234.json"


def test_the_tensors_are_an_ordinary_safetensors_file_whose_checksum_sha256sum_finds(tmp_path):
    path = save_checkpoint(tmp_path, 7, tensors_of(7), {})
    note = json.loads(path.read_text())["tensors"]
    with safe_open(tmp_path / note["file"], framework="pt") as file:
        assert sorted(file.keys()) == ["step", "weight"] and file.get_tensor("step").item() == 7
    assert (tmp_path / note["file"]).stat().st_size == note["bytes"]
    if shutil.which("sha256sum"):
        said = subprocess.run(["sha256sum", tmp_path / note["file"]], capture_output=True, text=True, check=True)
        assert said.stdout.split()[0] == note["sha256"]


def test_memory_layouts_views_and_shared_memory_come_back_as_equal_values(tmp_path):
    weight = torch.arange(2 * 3 * 4 * 5, dtype=torch.float32).reshape(2, 3, 4, 5)
    flat = torch.arange(6.0)
    given = {"last": weight.contiguous(memory_format=torch.channels_last), "turned": weight.permute(3, 1, 0, 2),
             "part": flat[2:5], "whole": flat, "again": flat, "parameter": torch.nn.Parameter(weight.clone())}
    save_checkpoint(tmp_path, 1, given, {})
    found = latest_checkpoint(tmp_path).tensors
    for name, tensor in given.items():
        assert torch.equal(found[name], tensor) and found[name].is_contiguous() and not found[name].requires_grad
    found["whole"].zero_()
    assert found["again"].tolist() == [0, 1, 2, 3, 4, 5], "tensors that are read belong to the caller"


def test_tensors_may_be_changed_after_saving_and_saving_changes_none(tmp_path):
    given = tensors_of(5)
    save_checkpoint(tmp_path, 5, given, {"step": 5})
    given["weight"].zero_()
    assert newest_step(tmp_path) == 5


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device: tensors on one come back on the CPU")
def test_tensors_on_a_gpu_come_back_on_the_cpu(tmp_path):
    given = torch.randn(3, 4, 5, 6, device="cuda").to(memory_format=torch.channels_last)
    save_checkpoint(tmp_path, 1, {"weight": given}, {})
    found = latest_checkpoint(tmp_path).tensors["weight"]
    assert found.device.type == "cpu" and torch.equal(found, given.cpu())


@pytest.mark.parametrize("tensors, says", [
    ({"epoch": 3}, ["tensors['epoch'] must be a tensor, not int", "belongs in state"]),
    ({"w": [1.0]}, ["not list"]), ({3: torch.ones(1)}, ["name of a tensor", "not 3"]),
    ({"__metadata__": torch.ones(1)}, ["__metadata__"]), ({"w": torch.ones(1, dtype=torch.complex64)}, ["complex64"]),
    ({"w": torch.eye(2).to_sparse()}, ["sparse"]), ({"w": torch.ones(2, device="meta")}, ["meta"]),
])
def test_what_is_no_dense_tensor_with_a_name_is_refused_in_one_line(tensors, says, tmp_path):
    one_line(lambda: save_checkpoint(tmp_path / "new", 1, tensors, {}), *says, kind=ValueError)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("state, says", [
    ({"a": {"loss": math.nan}}, ["state['a']['loss'] is nan", "store None"]),
    ({"a": [1.0, -math.inf]}, ["state['a'][1] is -inf"]), ({"a": {1: 2}}, ["state['a'] has the key 1"]),
    ({"a": torch.ones(1)}, ["state['a'] is of type Tensor"]), ({"a": b"x"}, ["bytes"]), ({"a": {1}}, ["set"]),
])
def test_state_that_strict_json_cannot_hold_is_refused_with_its_place(state, says, tmp_path):
    one_line(lambda: save_checkpoint(tmp_path / "new", 1, {}, state), *says, kind=ValueError)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("step, keep, says", [
    (-1, 2, "step.*at least 0, not -1"), (1.0, 2, "step.*not 1.0"), (1, 0, "keep.*at least 1, not 0"),
])
def test_impossible_steps_and_counts_are_refused(step, keep, says, tmp_path):
    with pytest.raises(ValueError, match=says):
        save_checkpoint(tmp_path, step, {}, {}, keep)


# --- which are kept, and which is used -------------------------------------------------------------


def test_nothing_was_ever_saved(tmp_path):
    assert latest_checkpoint(tmp_path) is None and latest_checkpoint(tmp_path / "nowhere") is None
    (tmp_path / "log.csv").write_text("")
    (tmp_path / "step-00000009.safetensors").write_bytes(b"of a save that was killed before its JSON")
    assert latest_checkpoint(tmp_path, must_not_report) is None


@pytest.mark.parametrize("keep", [1, 2, 3])
def test_the_newest_are_kept_and_no_others(keep, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for step in (0, 5, 10, 100_000_000, 100_000_001):  # the highest number, not the last in the alphabet
        save(tmp_path, step, keep=keep)
        assert newest_step(tmp_path) == step
    last = [10, 100_000_000, 100_000_001][-keep:]
    assert names(tmp_path) == sorted(["notes.txt"] + [name for step in last for name in pair(step)])


def test_a_step_saved_again_replaces_itself(tmp_path):
    save(tmp_path, 1, 2)
    for value in (1.0, 1.0, 2.0, 2.0, 3.0, 1.0):
        given = {"w": torch.full((3,), value)}
        save_checkpoint(tmp_path, 2, given, {"seconds": value})
        found = latest_checkpoint(tmp_path, must_not_report)
        assert found.step == 2 and torch.equal(found.tensors["w"], given["w"]) and found.state == {"seconds": value}
        assert len(names(tmp_path)) == 4


def test_a_whole_later_checkpoint_is_not_overwritten_by_an_earlier_step(tmp_path):
    save(tmp_path, 5, 10)
    before = contents(tmp_path)
    one_line(lambda: save(tmp_path, 7), "step-00000010.json is later than step 7", "another folder")
    assert contents(tmp_path) == before


def test_damaged_checkpoints_neither_count_nor_stay_when_training_goes_on_from_an_older_one(tmp_path):
    save(tmp_path, 5, 10)
    flip(tmp_path / pair(10)[1], 100, 0)
    save(tmp_path, 7)  # went on from 5
    assert names(tmp_path) == pair(5) + pair(7) and newest_step(tmp_path) == 7
    flip(tmp_path / pair(7)[1], 100, 0)
    save(tmp_path, 9)
    assert names(tmp_path) == pair(5) + pair(9), "two whole ones, not the newest two files"


# --- damage ----------------------------------------------------------------------------------------


def flip(path, offset, bit):
    data = bytearray(path.read_bytes())
    data[offset] ^= 1 << bit
    path.write_bytes(data)


@pytest.mark.parametrize("which", [0, 1], ids=["json", "safetensors"])
def test_a_flipped_bit_anywhere_is_named_and_the_checkpoint_before_is_used(which, tmp_path):
    save(tmp_path, 5, 10)
    path = tmp_path / pair(10)[which]
    whole = path.read_bytes()
    for offset in [*range(0, len(whole), 3), len(whole) - 1]:
        flip(path, offset, offset % 8)
        said = []
        assert newest_step(tmp_path, said.append) == 5, offset
        assert len(said) == 1 and str(path) in said[0] and "damaged" in said[0] and "from step 5" in said[0], said
        path.write_bytes(whole)
    assert newest_step(tmp_path) == 10


def spoil(path, how):
    if how == "missing":
        path.unlink()
    elif how == "a folder":
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes({"cut": path.read_bytes()[:-20], "empty": b"", "zeros": bytes(path.stat().st_size),
                          "longer": path.read_bytes() + b"\n", "other": b'{"step": 10}', "deep": b"[" * 100_000}[how])


@pytest.mark.parametrize("how", ["cut", "empty", "zeros", "longer", "other", "deep", "a folder"])
@pytest.mark.parametrize("which", [0, 1], ids=["json", "safetensors"])
def test_a_spoilt_file_is_named_and_the_checkpoint_before_is_used(which, how, tmp_path):
    save(tmp_path, 5, 10)
    spoil(tmp_path / pair(10)[which], how)
    said = []
    assert newest_step(tmp_path, said.append) == 5
    assert len(said) == 1 and pair(10)[which] in said[0] and "\n" not in said[0]


def test_missing_tensors_are_named_and_missing_json_means_not_finished(tmp_path):
    save(tmp_path, 5, 10)
    spoil(tmp_path / pair(10)[1], "missing")
    said = []
    assert newest_step(tmp_path, said.append) == 5 and "step-00000010.safetensors is missing" in said[0]
    spoil(tmp_path / pair(10)[0], "missing")
    assert newest_step(tmp_path) == 5


def test_a_checkpoint_under_the_name_of_another_step_is_not_used(tmp_path):
    save(tmp_path, 5)
    for old, new in zip(pair(5), pair(10), strict=True):
        shutil.copy(tmp_path / old, tmp_path / new)
    said = []
    assert newest_step(tmp_path, said.append) == 5 and "step-00000010.json" in said[0]


def test_no_whole_checkpoint_is_one_line_with_every_name_and_the_remedy(tmp_path):
    save(tmp_path, 5, 10)
    spoil(tmp_path / pair(5)[1], "cut")
    spoil(tmp_path / pair(10)[0], "cut")
    one_line(lambda: latest_checkpoint(tmp_path, must_not_report), str(tmp_path), pair(5)[1], pair(10)[0],
             "delete the folder to start anew")


def test_another_version_of_the_format_is_refused_and_nothing_is_lost(tmp_path, monkeypatch):
    save(tmp_path, 5)
    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "FORMAT", 2)
        save_checkpoint(tmp_path / "newer", 10, tensors_of(10), {})
    for file in (tmp_path / "newer").iterdir():
        file.rename(tmp_path / file.name)
    (tmp_path / "newer").rmdir()
    before = contents(tmp_path)
    for call in (lambda: latest_checkpoint(tmp_path), lambda: save(tmp_path, 11)):
        one_line(call, "step-00000010.json has version 2 of the format, not 1", "delete the folder")
    assert contents(tmp_path) == before


def test_not_a_number_slipped_into_the_json_is_damage(tmp_path):
    path = save_checkpoint(tmp_path, 1, {}, {"loss": 0.5})
    path.write_text(path.read_text().replace("0.5", "NaN"))
    one_line(lambda: latest_checkpoint(tmp_path), "damaged")


# --- killed processes ------------------------------------------------------------------------------


def fork(work, *arguments):
    process = multiprocessing.get_context("fork").Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


def save_for_ever(folder):
    torch.set_num_threads(1)
    found = latest_checkpoint(folder, must_not_report)
    step = found.step if found else 0
    while True:
        step += 1
        save_checkpoint(folder, step, tensors_of(step, 30_000), {"step": step})


def test_a_process_killed_at_any_moment_leaves_a_whole_checkpoint(tmp_path):
    save(tmp_path, 0)
    moments, before = random.Random(0), 0
    for _ in range(10):
        process = fork(save_for_ever, tmp_path)
        deadline = time.monotonic() + 60
        while not (tmp_path / f"step-{before + 1:08d}.json").exists() and newest_step(tmp_path) == before:
            assert process.is_alive() and time.monotonic() < deadline
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.05))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert newest_step(tmp_path) > before
        before = newest_step(tmp_path)
    save(tmp_path, before + 1)
    assert names(tmp_path) == pair(before) + pair(before + 1)


def killed_at(moment, folder, step, value):
    """Save, and die before or after the given one of the calls that change the folder."""
    count = 0

    def deadly(real):
        def call(*arguments, **named):
            nonlocal count
            for do in (lambda: None, lambda: real(*arguments, **named)):
                count += 1
                result = do()
                if count == moment:
                    os.kill(os.getpid(), signal.SIGKILL)
            return result
        return call

    os.replace, os.fsync, os.unlink = map(deadly, (os.replace, os.fsync, os.unlink))
    save_checkpoint(folder, step, {"value": torch.tensor(value)}, {"value": value}, keep=1)
    os._exit(0)


@pytest.mark.parametrize("step", [6, 5], ids=["the next step", "the same step again"])
def test_death_between_any_two_changes_of_the_folder_leaves_the_old_or_the_new_checkpoint(step, tmp_path):
    seen = []
    for moment in range(1, 100):
        folder = tmp_path / str(moment)
        save_checkpoint(folder, 5, {"value": torch.tensor(0.0)}, {"value": 0.0}, keep=1)
        process = fork(killed_at, moment, folder, step, 1.0)
        process.join(60)
        found = latest_checkpoint(folder, must_not_report)
        value = found.state["value"]
        assert found.tensors["value"].item() == value and found.step == (step if value else 5)
        seen.append(value)
        save(folder, 7, keep=1)
        assert names(folder) == pair(7), "what the dead process left is gone"
        if process.exitcode == 0:
            break
    assert process.exitcode == 0 and len(seen) > 12 and seen == sorted(seen) and set(seen) == {0.0, 1.0}


def test_temporaries_of_living_processes_stay_and_those_of_dead_ones_go(tmp_path):
    sleeper = subprocess.Popen(["sleep", "60"])
    dead = subprocess.Popen(["true"])
    dead.wait()
    try:
        living = tmp_path / f"step-00000001.json.{sleeper.pid}.partial"
        others = [tmp_path / f"step-00000001.json.{dead.pid}.partial", tmp_path / f"step-2.json.{os.getpid()}.partial"]
        for file in (living, *others, tmp_path / "thesis.partial", tmp_path / "thesis.7.partial"):
            file.write_text("half")
        save(tmp_path, 3)
        assert names(tmp_path) == sorted([living.name, "thesis.partial", "thesis.7.partial", *pair(3)])
    finally:
        sleeper.kill()
        sleeper.wait()


# --- disks -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def file_size_limit(count):
    """No file may grow beyond this many bytes: a write fails half way, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("count, state, file", [(40_000, {}, "tensors"), (20, {"text": "x" * 30_000}, "JSON")])
def test_a_write_that_fails_half_way_is_one_line_and_leaves_what_was_there(count, state, file, tmp_path):
    save(tmp_path, 5, 10)
    before = contents(tmp_path)
    with file_size_limit(20_000):
        one_line(lambda: save_checkpoint(tmp_path, 11, {"w": torch.ones(count)}, state), "cannot save step 11",
                 "File too large", "make room", "kept")
    assert contents(tmp_path) == before
    save(tmp_path, 11)
    assert newest_step(tmp_path) == 11


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 kB, all of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place], capture_output=True,
                             text=True) if shutil.which("mount") else None
    if mounted is None or mounted.returncode:
        pytest.skip("no file system can be mounted here (needs root): a real full disk is not tried")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize("count, state", [(80_000, {}), (30_000, {"text": "x" * 150_000})], ids=["tensors", "json"])
def test_a_full_disk_is_one_line_and_leaves_what_was_there(count, state, small_disk):
    save(small_disk, 5, 10)
    before = contents(small_disk)
    one_line(lambda: save_checkpoint(small_disk, 11, {"w": torch.ones(count)}, state), "cannot save step 11",
             "No space left on device", "make room", "kept")
    assert contents(small_disk) == before
    save(small_disk, 11)
    assert newest_step(small_disk) == 11


def test_a_full_disk_while_a_step_is_saved_again_leaves_the_step_as_it_was(tmp_path):
    save(tmp_path, 5, 10)
    before = contents(tmp_path)
    with file_size_limit(20_000):
        one_line(lambda: save_checkpoint(tmp_path, 10, {"w": torch.ones(9)}, {"text": "x" * 30_000}), "make room")
    assert contents(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, monkeypatch):
    save(tmp_path / "run", 5)
    before = contents(tmp_path / "run")
    (tmp_path / "file").write_text("")
    one_line(lambda: save(tmp_path / "file", 6), "cannot save step 6", "File exists", "can be written")
    one_line(lambda: save(tmp_path / "file" / "run", 6), "Not a directory")
    if os.geteuid():
        (tmp_path / "run").chmod(0o555)
    else:  # nothing is forbidden to root
        def forbidden(*_, **__):
            raise PermissionError(errno.EACCES, "Permission denied")
        monkeypatch.setattr(checkpoints, "write_whole", forbidden)
    one_line(lambda: save(tmp_path / "run", 6), "cannot save step 6", "Permission denied", "can be written", "kept")
    (tmp_path / "run").chmod(0o755)
    assert contents(tmp_path / "run") == before and newest_step(tmp_path / "run") == 5


def test_a_folder_that_is_read_only_can_be_read_but_not_saved_into(small_disk):
    save(small_disk, 5)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert newest_step(small_disk) == 5
    one_line(lambda: save(small_disk, 6), "cannot save step 6", "Read-only file system", "can be written")
    assert newest_step(small_disk) == 5


def test_a_checkpoint_that_may_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    def forbidden(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    save(tmp_path, 5, 10)
    monkeypatch.setattr(checkpoints.Path, "read_bytes", forbidden)
    one_line(lambda: latest_checkpoint(tmp_path), "cannot read", pair(10)[0], "Permission denied", "make it readable")


def test_a_bad_spot_on_the_disk_is_damage(tmp_path, monkeypatch):
    def bad(path):
        if path.name == pair(10)[1]:
            raise OSError(errno.EIO, "Input/output error", str(path))
        return path.open("rb").read()

    save(tmp_path, 5, 10)
    monkeypatch.setattr(checkpoints.Path, "read_bytes", bad)
    said = []
    assert newest_step(tmp_path, said.append) == 5 and "Input/output error" in said[0]


def test_durable_means_that_file_and_folder_are_synced_before_and_after_the_rename(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, name=name, real=real: (calls.append(name), real(*a)))
    files.write_whole(tmp_path / "x", b"one", memoryview(b"two"))
    assert calls == ["replace"] and (tmp_path / "x").read_bytes() == b"onetwo"
    files.write_whole(tmp_path / "x", b"three", durable=True)
    assert calls == ["replace", "fsync", "replace", "fsync"] and (tmp_path / "x").read_bytes() == b"three"
    calls.clear()
    save(tmp_path, 1)
    assert calls == ["fsync", "replace", "fsync"] * 2, "tensors, then JSON"


def test_a_write_that_is_broken_off_leaves_the_old_file_and_no_temporary(tmp_path):
    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(TypeError):
        files.write_whole(tmp_path / "x", b"new", "not bytes")
    assert contents(tmp_path) == {"x": b"old"}
