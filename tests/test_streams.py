"""Streams of batches: what a batch holds depends on (seed, pass, batch) alone, and nothing hangs or goes missing."""

import contextlib
import gc
import itertools
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import stats

from alexnet_lib.data import preparation
from alexnet_lib.data.augment import Augmentation
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.draws import batch_generator, mask_seed, pass_order, share_of
from alexnet_lib.data.photographs import PhotographError, find_photographs
from alexnet_lib.data.prepared import load_prepared, prepare, statistics
from alexnet_lib.data.statistics import Normalisation, normalisation, rgb_pca
from alexnet_lib.data.streams import Stream

FISH, DOG = "n01440764", "n02102040"
PHOTOGRAPHS = 23  # 12 fish and 11 dogs, in shards of 4
NOISE = Augmentation(224, colour_sigma=0.1, colour_form="released")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Small photographs, all different, prepared."""
    root = tmp_path_factory.mktemp("streams")
    rng = np.random.default_rng(0)
    for i in range(PHOTOGRAPHS):
        place = root / "photographs" / "train" / (FISH if i < 12 else DOG)
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (9, 12, 3), np.uint8)).save(place / f"{i:02}.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preparation, "SHARD", 4)
        prepare(root / "photographs", root / "cache", jobs=1, progress=False)
    return root / "cache"


def scale_of(cache):
    return Normalisation(statistics(cache, progress=False).mean_image, np.ones(3, np.float32))


def on_disk(cache, workers=0, augmentation=NOISE, **settings):
    return Stream(load_prepared(cache), scale_of(cache), "cpu", augmentation, statistics(cache, progress=False).pca,
                  workers, **settings)


def some_images(count=50, side=32, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def in_memory(count=50, kind=Stream, augmentation=None, **settings):
    """Labels are the images' own numbers, so that they tell which image a batch holds."""
    images = some_images(count)
    augmentation = augmentation or Augmentation(24, colour_sigma=0.1, colour_form="released")
    return kind((images, np.arange(count)), normalisation(images, "raw"), "cpu", augmentation, rgb_pca(images),
                **settings)


def resident(count=50):
    return in_memory(count, lambda pair, *rest: ResidentImages(*pair, *rest))


def equal(one, two):
    one, two = list(one), list(two)
    return len(one) == len(two) and all(torch.equal(a, b) for x, y in zip(one, two, strict=True)
                                        for a, b in zip(x, y, strict=True))


# --- draws -----------------------------------------------------------------------------------------


def test_a_pass_is_a_permutation_that_seed_and_pass_decide():
    for count in (0, 1, 1000):
        assert pass_order(3, 7, count).sort().values.tolist() == list(range(count))
    assert torch.equal(pass_order(3, 7, 1000), pass_order(3, 7, 1000))
    orders = [pass_order(seed, number, 1000) for seed in range(3) for number in range(3)]
    assert not any(torch.equal(a, b) for i, a in enumerate(orders) for b in orders[:i])


def test_every_image_is_as_likely_in_every_place():
    counts = np.zeros((6, 6))
    for number in range(1200):
        counts[np.arange(6), pass_order(0, number, 6).numpy()] += 1
    assert stats.chisquare(counts.ravel()).pvalue > 1e-4


def test_seeds_passes_batches_steps_and_purposes_share_no_draws():
    """Neighbours, swapped numbers, zeros at the end and numbers of more than 32 bits are all different draws."""
    numbers = [0, 1, 2, 2**32, 2**32 + 1, 2**64 - 1]
    first = lambda generator: int(torch.randint(2**62, (), generator=generator))  # noqa: E731
    found = [first(batch_generator(*three)) for three in itertools.product(numbers, repeat=3)]
    found += [mask_seed(a, b) for a in numbers for b in numbers]
    found += [int(pass_order(a, b, 10**5)[:3] @ torch.tensor([10**10, 10**5, 1])) for a in numbers for b in numbers]
    assert len(set(found)) == len(found) == 216 + 36 + 36


def test_draws_stay_what_they_are():
    """A checkpoint of today must go on to the same weights tomorrow."""
    assert mask_seed(0, 0) == 7224678797418390616 and 0 <= mask_seed(1, 2) < 2**63
    assert pass_order(0, 0, 10).tolist() == [4, 0, 2, 7, 8, 5, 9, 3, 6, 1]
    assert torch.randint(1000, (4,), generator=batch_generator(1, 2, 3)).tolist() == [643, 975, 133, 713]


@pytest.mark.parametrize("call", [
    lambda: batch_generator(-1, 0, 0), lambda: batch_generator(0, 2**64, 0), lambda: mask_seed(0, 0.5),
    lambda: pass_order("1", 0, 5), lambda: pass_order(0, 0, -1), lambda: pass_order(0, 0, 2.0),
    lambda: share_of(5, 2, 2), lambda: share_of(5, -1, 2), lambda: share_of(5, 0, 0), lambda: share_of(-1, 0, 1),
])
def test_numbers_out_of_range_are_refused(call):
    with pytest.raises(ValueError, match="not|cannot"):
        call()


@pytest.mark.parametrize("count", [0, 1, 2, 5, 128, 1001])
@pytest.mark.parametrize("world", [1, 2, 3, 7])
def test_shares_follow_each_other_and_differ_by_1_at_most(count, world):
    shares = [list(range(count))[share_of(count, rank, world)] for rank in range(world)]
    assert sum(shares, []) == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


# --- what a batch holds ----------------------------------------------------------------------------


def test_training_batches_are_those_of_resident_images_with_the_same_draws():
    data, order = resident(), pass_order(5, 2, 50)
    wanted = [data.augmented_batch(rows, batch_generator(5, 2, number)) for number, rows in enumerate(order.split(16))]
    assert equal(in_memory().training_batches(5, 2, 0, 16), wanted)


def test_photographs_on_disk_and_the_same_in_memory_give_the_same_bits(cache):
    photographs, disk = load_prepared(cache), on_disk(cache)
    memory = Stream((photographs.rows(slice(None)), photographs.labels), scale_of(cache), "cpu", NOISE,
                    statistics(cache, progress=False).pca)
    assert equal(disk.training_batches(1, 0, 0, 8), memory.training_batches(1, 0, 0, 8))
    assert equal(disk.in_order(8), memory.in_order(8))
    assert equal(disk.ten_view_batches(8), memory.ten_view_batches(8))


def test_one_and_ten_views_are_those_of_resident_images():
    assert equal(in_memory().in_order(16), resident().in_order(16))
    assert equal(in_memory().ten_view_batches(16), resident().ten_view_batches(16))


@pytest.mark.parametrize("workers", [1, 2])
def test_the_number_of_workers_does_not_change_a_bit(workers, cache):
    thread, processes = on_disk(cache), on_disk(cache, workers)
    for number in (0, 1):  # in the second pass the workers are those of the first
        assert equal(thread.training_batches(1, number, 0, 5), processes.training_batches(1, number, 0, 5))
    assert equal(thread.in_order(5), processes.in_order(5))
    assert equal(thread.ten_view_batches(5), processes.ten_view_batches(5))


@pytest.mark.parametrize("workers", [0, 2])
def test_a_pass_may_begin_at_any_batch(workers, cache):
    whole = list(on_disk(cache).training_batches(1, 4, 0, 5))
    assert len(whole) == 5 and len(whole[-1][1]) == 3
    stream = on_disk(cache, workers)
    for first in (0, 1, 4, 5):
        assert equal(stream.training_batches(1, 4, first, 5), whole[first:])


@pytest.mark.parametrize("world", [1, 2, 3])
@pytest.mark.parametrize("count", [50, 49])  # the last batch has 2 images or 1: fewer than three processes
def test_the_shares_of_all_ranks_are_the_batch(world, count):
    stream = in_memory(count)
    ranks = [list(stream.training_batches(1, 0, 0, 16, rank, world)) for rank in range(world)]
    joined = [tuple(torch.cat(parts) for parts in zip(*shares, strict=True)) for shares in zip(*ranks, strict=True)]
    assert equal(joined, stream.training_batches(1, 0, 0, 16))
    if world == 3:
        empty = [images for images, labels in (rank[-1] for rank in ranks) if not len(labels)]
        assert len(empty) == 3 - count % 16 and all(images.shape == (0, 3, 24, 24) for images in empty)


@pytest.mark.parametrize("workers", [0, 1])
def test_the_shares_of_photographs_are_the_batch(workers, cache):
    stream = on_disk(cache, workers)
    ranks = [list(stream.training_batches(1, 0, 0, 11, rank, 2)) for rank in range(2)]
    assert [len(labels) for _, labels in ranks[0]] == [5, 5, 0]
    joined = [tuple(map(torch.cat, zip(*shares, strict=True))) for shares in zip(*ranks, strict=True)]
    assert equal(joined, on_disk(cache).training_batches(1, 0, 0, 11))


def test_chunks_of_images_with_one_draw_belong_to_the_batch_of_all_processes():
    stream = in_memory(augmentation=Augmentation(24, chunk=8))
    ranks = [list(stream.training_batches(1, 0, 0, 16, rank, 3)) for rank in range(3)]
    joined = [tuple(map(torch.cat, zip(*shares, strict=True))) for shares in zip(*ranks, strict=True)]
    assert equal(joined, stream.training_batches(1, 0, 0, 16))


@pytest.mark.parametrize("world", [1, 2, 3])
def test_the_ranks_share_the_images_of_a_test_out(world):
    stream = in_memory()
    for method in (stream.in_order, stream.ten_view_batches):
        parts = [list(method(7, rank, world)) for rank in range(world)]
        labels = [label for part in parts for _, batch in part for label in batch.tolist()]
        assert labels == list(range(50))
        images = torch.cat([batch for part in parts for batch, _ in part], dim=-4)
        assert torch.equal(images, torch.cat([batch for batch, _ in method(50)], dim=-4))


@pytest.mark.parametrize("batch_size", [1, 7, 50, 60])
def test_every_image_comes_once_a_pass(batch_size):
    stream = in_memory()
    for number in range(2):
        labels = [int(label) for _, batch in stream.training_batches(0, number, 0, batch_size) for label in batch]
        assert Counter(labels) == Counter(range(50))


def test_labels_go_with_their_images(cache):
    images, labels = some_images(30), np.arange(30) % 4
    zero = Normalisation(np.zeros(3, np.float32), np.ones(3, np.float32))
    for batch, found in Stream((images, labels), zero).training_batches(0, 0, 0, 8):
        for image, label in zip(batch.permute(0, 2, 3, 1).numpy(), found.tolist(), strict=True):
            (place,) = np.flatnonzero((images == image).all(axis=(1, 2, 3)))
            assert label == place % 4


def test_without_augmentation_batches_are_whole_normalised_images():
    images = some_images(20)
    scale = normalisation(images, "standardised")
    stream, data = Stream((images, np.arange(20)), scale), ResidentImages(images, np.arange(20), scale)
    for batch, labels in stream.training_batches(0, 0, 0, 8):
        assert torch.equal(batch, data.batch(labels)[0])
    assert equal(stream.in_order(8), data.in_order(8))
    with pytest.raises(ValueError, match="give Stream an Augmentation"):
        next(stream.ten_view_batches(8))


def test_batches_are_float32_in_channels_last_memory(cache):
    for stream in (in_memory(), on_disk(cache)):
        batches = [*stream.training_batches(0, 0, 0, 16), *stream.in_order(16)]
        for images, labels in batches:
            assert images.dtype == torch.float32 and labels.dtype == torch.int64
            assert images.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("part, wanted", [
    (slice(10, 20), range(10, 20)), (slice(None, 5), range(5)), (slice(-3, None), range(47, 50)),
    (slice(None, None, 7), range(0, 50, 7)), (slice(4, 1, -1), (4, 3, 2)),
])
def test_a_stream_may_hold_some_of_the_images(part, wanted):
    stream = in_memory(images=part)
    assert stream.labels.tolist() == list(wanted) and len(stream) == len(wanted) and stream.classes == 50
    assert torch.cat([labels for _, labels in stream.in_order(4)]).tolist() == list(wanted)
    assert {int(x) for _, labels in stream.training_batches(0, 0, 0, 4) for x in labels} == set(wanted)
    whole = torch.cat([images for images, _ in in_memory().in_order(50)])
    assert torch.equal(torch.cat([images for images, _ in stream.in_order(4)]), whole[list(wanted)])


def test_the_checksum_names_images_labels_and_which_of_them(cache):
    images, scale = some_images(), normalisation(some_images(), "raw")
    name = lambda *pair, **part: Stream(pair, scale, **part).checksum  # noqa: E731
    labels, other = np.arange(50), images.copy()
    other[3, 4, 5, 0] ^= 1
    same = name(images, labels)
    assert len(same) == 16 and same == name(images.copy(), labels.copy(), images=slice(0, 50))
    parts = [slice(0, 49), slice(1, 50), slice(None, None, -1)]
    different = [same, name(other, labels), name(images, labels[::-1].copy()),
                 *(name(images, labels, images=part) for part in parts)]
    assert len(set(different)) == 6
    assert on_disk(cache).checksum == load_prepared(cache).checksum != on_disk(cache, images=slice(0, 9)).checksum


def test_neither_thread_nor_workers_touch_the_callers_random_numbers(cache):
    torch.manual_seed(0)
    before = torch.get_rng_state()
    for workers in (0, 1):
        stream = on_disk(cache, workers)
        list(stream.training_batches(0, 0, 0, 8)), list(stream.in_order(8))
    assert torch.equal(torch.get_rng_state(), before)


def test_two_passes_over_one_stream_at_once_do_not_mix(cache):
    for workers in (0, 1):
        stream = on_disk(cache, workers)
        both = list(zip(stream.training_batches(0, 0, 0, 8), stream.training_batches(0, 1, 0, 8), strict=True))
        for number in (0, 1):
            assert equal([pair[number] for pair in both], on_disk(cache).training_batches(0, number, 0, 8))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no NVIDIA GPU")
@pytest.mark.parametrize("workers", [0, 2])
def test_on_a_gpu_the_batches_are_those_of_the_cpu(workers, cache):
    gpu = Stream(load_prepared(cache), scale_of(cache), "cuda", NOISE, statistics(cache, progress=False).pca, workers)
    for (images, labels), (wanted, wanted_labels) in zip(
            gpu.training_batches(0, 0, 0, 8), on_disk(cache).training_batches(0, 0, 0, 8), strict=True):
        assert images.is_cuda and torch.equal(labels.cpu(), wanted_labels)
        torch.testing.assert_close(images.cpu(), wanted, rtol=1e-5, atol=1e-3)


# --- wrong numbers, lost files, early ends ---------------------------------------------------------


@pytest.mark.parametrize("arguments, says", [
    ((0, 0, 0, 0), "batch_size must be 1 or more, not 0"), ((0, 0, 5, 16), "between 0 and 4.*not 5"),
    ((0, 0, -1, 16), "not -1"), ((0, 0, 0, 16, 2, 2), "rank 2 of 2"), ((0, 0, 0, 16, 0, 0), "rank 0 of 0"),
])
def test_wrong_numbers_are_refused_before_the_first_batch(arguments, says):
    with pytest.raises(ValueError, match=says):
        in_memory().training_batches(*arguments)


def test_what_does_not_go_together_is_refused(cache):
    images, scale = some_images(), normalisation(some_images(), "raw")
    for workers in (-1, 1.5, True):
        with pytest.raises(ValueError, match="workers must be 0"):
            Stream((images, np.arange(50)), scale, workers=workers)
    with pytest.raises(ValueError, match="leaves none of the 50 images"):
        Stream((images, np.arange(50)), scale, images=slice(50, None))
    with pytest.raises(ValueError, match="50 images do not go with 49 labels"):
        Stream((images, np.arange(49)), scale)
    with pytest.raises(ValueError, match="300-pixel crop.*256-pixel images"):
        on_disk(cache, augmentation=Augmentation(300))
    with pytest.raises(ValueError, match="pass pca=rgb_pca"):
        Stream(load_prepared(cache), scale_of(cache), "cpu", NOISE)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_shard_that_is_lost_meanwhile_is_one_error_of_one_line(workers, cache, tmp_path):
    shutil.copytree(cache, tmp_path / "cache")
    stream = on_disk(tmp_path / "cache", workers)
    (tmp_path / "cache" / "train" / "00002.npy").unlink()
    for batches in (stream.training_batches(0, 0, 0, 8), stream.in_order(8)):
        with pytest.raises(PhotographError, match="cannot read .*00002.npy .*alexnet_lib data photographs") as caught:
            list(batches)
        assert "\n" not in str(caught.value)
        assert list(batches) == [], "the pass is over"
    with contextlib.closing(on_disk(cache).in_order(8)) as whole, contextlib.closing(stream.in_order(8)) as left:
        assert torch.equal(next(whole)[0], next(left)[0]), "images of other shards can still be had"


def children():
    return {child.pid for child in multiprocessing.active_children()}


def until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("photographs")]


def test_a_pass_that_is_not_wanted_to_its_end_ends_its_thread(cache):
    gc.collect()  # what earlier tests left half done in a cycle with their errors
    assert until(lambda: not threads())
    for leave in ("close", "forget"):
        batches = on_disk(cache).training_batches(0, 0, 0, 2)
        next(batches)
        assert threads()
        batches.close() if leave == "close" else None
        del batches
        assert until(lambda: not threads())


def test_workers_are_kept_for_the_next_pass_and_end_with_the_stream_or_an_early_close(cache):
    before, stream = children(), on_disk(cache, workers=2)
    list(stream.training_batches(0, 0, 0, 2))
    kept = children() - before
    assert len(kept) == 2
    list(stream.in_order(2))
    assert children() - before == kept
    batches = stream.training_batches(0, 1, 0, 2)
    next(batches)
    batches.close()
    assert until(lambda: children() == before)
    list(stream.training_batches(0, 1, 0, 2))
    del stream, batches
    assert until(lambda: children() == before)


def test_a_worker_that_is_killed_is_one_line(cache):
    before, stream = children(), on_disk(cache, workers=1)
    list(stream.in_order(8))
    (worker,) = children() - before
    os.kill(worker, signal.SIGKILL)
    with pytest.raises(PhotographError, match="process that reads photographs has ended.*fewer workers") as caught:
        list(stream.in_order(8))
    assert "\n" not in str(caught.value)
    assert len(list(stream.in_order(8))) == 3, "the next pass has new workers"


MANY_ENDS = """
import json, os, signal, sys, time
from pathlib import Path
import numpy as np
from alexnet_lib.data.augment import Augmentation
from alexnet_lib.data.prepared import load_prepared
from alexnet_lib.data.statistics import Normalisation
from alexnet_lib.data.streams import Stream

def run(cache, workers, what):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    scale = Normalisation(np.zeros(3, np.float32), np.ones(3, np.float32))
    stream = Stream(load_prepared(cache), scale, "cpu", Augmentation(224), workers=workers)
    for number in range(10**9):
        for images, labels in stream.training_batches(0, number, 0, 2):
            if what == "end":
                sys.exit(0)
            if what == "error":
                raise SystemError("of the training")
            if number == 1:
                print("running", flush=True)
                if what == "asleep":
                    time.sleep(600)

def until(condition):
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()

def gone(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True

cases, folder, started = json.loads(sys.argv[3]), Path(sys.argv[2]), {}
for workers, what in cases:
    if not (pid := os.fork()):
        os.setsid()
        for name, number in (("out", 1), ("error", 2)):
            os.dup2(os.open(folder / f"{what}-{workers}.{name}", os.O_CREAT | os.O_WRONLY), number)
        run(sys.argv[1], workers, what)
        sys.exit(0)
    started[pid] = f"{what}-{workers}"
found = {}
for pid, name in started.items():
    if name.startswith(("busy", "asleep")):
        until(lambda: (folder / f"{name}.out").exists() and (folder / f"{name}.out").read_text())
        os.killpg(pid, signal.SIGINT)  # as a terminal does: to every process
    ended = []
    until(lambda: ended or ended.extend(os.waitpid(pid, os.WNOHANG)) or ended[0] or ended.clear())
    found[name] = [os.waitstatus_to_exitcode(ended[1]) if ended else "hangs", bool(until(lambda: gone(pid))),
                   (folder / f"{name}.error").read_text()]
    if not found[name][1]:
        os.killpg(pid, signal.SIGKILL)
print(json.dumps(found))
"""
CASES = [(workers, what) for workers in (0, 2) for what in ("end", "error", "busy", "asleep")]


@pytest.fixture(scope="module")
def ends(cache, tmp_path_factory):
    """All at the same time, from one process that has imported what they need."""
    command = [sys.executable, "-c", MANY_ENDS, str(cache), str(tmp_path_factory.mktemp("ends")), json.dumps(CASES)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=500).stdout)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("workers, what", CASES)
def test_nothing_hangs_at_ctrl_c_or_when_a_run_ends_in_the_middle(workers, what, ends):
    """Busy: Ctrl-C in the middle of reading; asleep: while the training does something else."""
    status, all_gone, error = ends[f"{what}-{workers}"]
    assert status == {"end": 0, "error": 1}.get(what, -signal.SIGINT), error
    assert all_gone, "no process of the group is left"
    last = {"end": "", "error": "SystemError: of the training"}.get(what, "KeyboardInterrupt")
    assert (error.strip().splitlines() or [""])[-1] == last, error
    assert error.count("Traceback") == (what != "end"), error


# --- hostile folders: one clear line, or batches ---------------------------------------------------


def touch_class(root, name, count=2):
    (root / name).mkdir(parents=True, exist_ok=True)
    for i in range(count):
        pixels = np.random.default_rng(i).integers(0, 256, (8, 8, 3), np.uint8)
        Image.fromarray(pixels).save(root / name / f"{i}.JPEG")


def batches_of(folder, cache, split="train"):
    for part in ("train", split):
        prepare(folder, cache, part, jobs=1, progress=False)
    stream = Stream(load_prepared(cache, split), scale_of(cache), "cpu", NOISE, statistics(cache, progress=False).pca)
    return stream, list(stream.training_batches(0, 0, 0, 4))


@pytest.mark.parametrize("classes, split, labels", [
    ({f"train/{FISH}": 2}, "train", [0, 0]),  # one class
    ({f"train/{FISH}": 1}, "train", [0]),  # one picture
    ({f"train/{FISH}": 2, f"train/{DOG}": 1, f"val/{DOG}": 2}, "val", [1, 1]),  # val lacks a class
    ({f"train/{FISH}": 2, f"train/{DOG}": 1, f"val/{DOG}": 2, f"val/{FISH}": 0}, "val", [1, 1]),  # and is empty
])
def test_odd_folders_that_are_whole_give_batches(classes, split, labels, tmp_path):
    for name, count in classes.items():
        touch_class(tmp_path / "photographs", name, count)
    stream, batches = batches_of(tmp_path / "photographs", tmp_path / "cache", split)
    assert stream.labels.tolist() == labels and sorted(batches[0][1].tolist()) == labels
    assert stream.classes == sum(name.startswith("train") for name in classes)
    assert len(batches) == 1 and batches[0][0].isfinite().all()


@pytest.mark.parametrize("classes, split, says", [
    ({f"train/{FISH}": 2, f"train/{DOG}": 0}, "train", f"{DOG} holds no photographs.*remove the folder"),
    ({f"train/{FISH}": 2, f"val/{DOG}": 2}, "val", f"1 classes of .*val, such as {DOG}, are not in .*take their"),
    ({f"train/{FISH}": 0}, "train", "train holds no photographs: unpack them there"),
    ({"train": 3}, "train", "3 pictures in no class folder, such as 0.JPEG"),
])
def test_folders_that_will_not_do_are_one_line(classes, split, says, tmp_path):
    for name, count in classes.items():
        touch_class(tmp_path / "photographs", name, count)
    with pytest.raises(PhotographError, match=says) as caught:
        batches_of(tmp_path / "photographs", tmp_path / "cache", split)
    assert "\n" not in str(caught.value)


def test_20_000_files_in_two_classes_are_all_listed(tmp_path):
    """Tiny ones, under many names; prepared they would take 4 GB."""
    touch_class(tmp_path, "train/originals", 20)
    for i in range(20_000):
        place = tmp_path / "train" / (FISH if i % 3 else DOG)
        if i < 3:
            place.mkdir(exist_ok=True)
        os.link(tmp_path / "train" / "originals" / f"{i % 20}.JPEG", place / f"{i}.JPEG")
    shutil.rmtree(tmp_path / "train" / "originals")
    found = find_photographs(tmp_path, "train")
    assert len(found.paths) == len(set(found.paths)) == 20_000
    assert np.bincount(found.labels).tolist() == [20_000 - 6667, 6667] and found.synsets == (FISH, DOG)


def test_a_shard_with_a_flipped_byte_is_named_by_verify(cache, tmp_path):
    shutil.copytree(cache, tmp_path / "cache")
    file = tmp_path / "cache" / "train" / "00003.npy"
    data = bytearray(file.read_bytes())
    data[70_000] ^= 4
    file.write_bytes(data)
    with pytest.raises(PhotographError, match=r"^00003.npy in .* \(1 of 6 shards\) are damaged: run") as caught:
        load_prepared(tmp_path / "cache").verify()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("lost", ["mean_image.npy", "statistics.json"])
def test_a_lost_mean_image_is_computed_again(lost, cache, tmp_path):
    before = statistics(cache, progress=False)
    shutil.copytree(cache, tmp_path / "cache")
    (tmp_path / "cache" / "train" / lost).unlink()
    after = statistics(tmp_path / "cache", progress=False)
    assert np.array_equal(after.mean_image, before.mean_image)
    assert np.array_equal(after.pca.directions, before.pca.directions)
    assert (tmp_path / "cache" / "train" / lost).is_file()
