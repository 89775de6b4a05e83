"""Preparing photographs on a GPU: the arithmetic on CPU tensors against Pillow, what goes to Pillow, and refusals."""

import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from alexnet_lib.data import gpu_decoding
from alexnet_lib.data.gpu_decoding import decoder_name, prepare_on_gpu
from alexnet_lib.data.photographs import PhotographError, prepare_photographs, resize_and_crop
from alexnet_lib.data.prepared import load_prepared, prepare

pytestmark = pytest.mark.filterwarnings("ignore:The image decoding and encoding capabilities of TorchVision")
SYNSET = "train/n01440764"


def smooth(width, height, seed=0):
    """Something like a photograph: JPEG and resizing treat noise worse than that."""
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def files():
    """Name -> bytes: what a GPU decodes, and what it must not be given."""
    def saved(picture, format="JPEG", **settings):
        file = io.BytesIO()
        picture.save(file, format, **settings)
        return file.getvalue()

    turned = Image.Exif()
    turned[0x0112] = 6
    whole = saved(smooth(300, 200))
    return {
        "ordinary.JPEG": whole, "tall.JPEG": saved(smooth(190, 333, 1)), "small.JPEG": saved(smooth(8, 8, 2)),
        "progressive.JPEG": saved(smooth(300, 200, 3), progressive=True), "zeros.JPEG": whole + bytes(5),
        "turned.JPEG": saved(smooth(300, 200, 4), exif=turned),
        "grey.JPEG": saved(smooth(300, 200).convert("L")), "ink.JPEG": saved(smooth(300, 200).convert("CMYK")),
        "really_a.png.JPEG": saved(smooth(300, 200), "PNG"), "long.JPEG": saved(smooth(402, 200)),
        "cut.JPEG": whole[:-300], "text.JPEG": b"hello", "empty.JPEG": b"",
    }


TO_PILLOW = {"grey.JPEG", "ink.JPEG", "really_a.png.JPEG", "long.JPEG", "cut.JPEG", "text.JPEG", "empty.JPEG"}


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "photographs" / SYNSET
    place.mkdir(parents=True)
    for name, content in files().items():
        (place / name).write_bytes(content)
    return tmp_path / "photographs"


@pytest.fixture
def on_cpu(monkeypatch):
    """The same code with torchvision's decoder for CPUs."""
    monkeypatch.setattr(gpu_decoding, "DEVICE", "cpu")
    monkeypatch.setattr(gpu_decoding, "decoder_name", lambda: "a decoder for tests")


def paths():
    return [f"{SYNSET}/{name}" for name in sorted(files())]


@pytest.mark.parametrize("width, height", [(500, 375), (375, 500), (256, 256), (257, 256), (120, 90), (255, 400),
                                           (7, 4), (1500, 1001), (300, 600)])
def test_resize_and_crop_differ_from_pillows_by_1_grey_level_at_most(width, height):
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)  # overshoots are clipped twice
    for pixels in (noise, np.asarray(smooth(width, height))):
        ours = gpu_decoding.resize_and_crop(torch.from_numpy(pixels.copy()).permute(2, 0, 1)).numpy()
        difference = np.abs(ours.astype(int) - resize_and_crop(pixels))
        assert ours.dtype == np.uint8 and difference.max() <= 1 and difference.mean() < 0.002


@pytest.mark.parametrize("exif", ["ignore", "apply"])
def test_every_file_comes_out_as_from_pillow_in_the_same_order(exif, folder, on_cpu):
    found, wanted = list(prepare_on_gpu(folder, paths(), exif)), list(prepare_photographs(folder, paths(), exif))
    assert len(found) == len(wanted) == len(files())
    for path, one, other in zip(paths(), found, wanted, strict=True):
        if isinstance(other, PhotographError):
            assert str(one) == str(other) and one.reason == other.reason and path in str(one)
        else:
            assert np.abs(one.astype(int) - other).max() <= 2, path  # 1 for the decoder, 1 for the filter
    assert sum(isinstance(one, PhotographError) for one in found) == 3


@pytest.mark.parametrize("exif", ["ignore", "apply"])
def test_what_is_no_ordinary_jpeg_is_left_to_pillow(exif, folder, on_cpu, monkeypatch):
    left = []

    def noted(folder, some, exif):
        left.extend(some)
        return prepare_photographs(folder, some, exif)

    monkeypatch.setattr(gpu_decoding, "prepare_photographs", noted)
    list(prepare_on_gpu(folder, paths(), exif))
    wanted = TO_PILLOW | ({"turned.JPEG"} if exif == "apply" else set())
    assert left == [path for path in paths() if path.split("/")[-1] in wanted]


def test_pictures_too_large_for_the_gpu_are_left_to_pillow(folder, monkeypatch):
    monkeypatch.setattr(gpu_decoding, "MAX_PIXELS", 300 * 200 - 1)
    assert gpu_decoding._read_if_suitable(folder / SYNSET / "ordinary.JPEG", "ignore") is None
    assert gpu_decoding._read_if_suitable(folder / SYNSET / "small.JPEG", "ignore") == files()["small.JPEG"]


def test_a_file_that_the_gpu_refuses_does_not_spoil_the_others(folder, on_cpu, monkeypatch):
    decode, refused = gpu_decoding._decode, files()["tall.JPEG"]

    def picky(contents):
        if refused in contents:
            raise RuntimeError("nvJPEG says no")
        return decode(contents)

    names = ["ordinary.JPEG", "tall.JPEG", "small.JPEG"]
    plain = list(prepare_on_gpu(folder, [f"{SYNSET}/{name}" for name in names]))
    monkeypatch.setattr(gpu_decoding, "_decode", picky)
    found = list(prepare_on_gpu(folder, [f"{SYNSET}/{name}" for name in names]))
    assert np.array_equal(found[0], plain[0]) and np.array_equal(found[2], plain[2])
    (by_pillow,) = prepare_photographs(folder, [f"{SYNSET}/tall.JPEG"])
    assert np.array_equal(found[1], by_pillow)


def test_a_gpu_without_memory_is_one_line_and_not_pillows_turn(folder, on_cpu, monkeypatch):
    def full(_):
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate ...")

    monkeypatch.setattr(gpu_decoding, "_decode", full)
    with pytest.raises(PhotographError, match="GPU has no memory left.*shards are kept") as caught:
        list(prepare_on_gpu(folder, [f"{SYNSET}/ordinary.JPEG"]))
    assert "\n" not in str(caught.value)


def test_a_cache_says_which_decoder_made_it_and_keeps_to_it(folder, tmp_path, on_cpu):
    settings = {"on_bad": "skip", "progress": False, "jobs": 1}
    for name, decoder in (("one", "gpu"), ("two", "pillow")):
        assert prepare(folder, tmp_path / name, decoder=decoder, **settings).photographs == 10
        assert prepare(folder, tmp_path / name, decoder=decoder, **settings).kept == 1
    one, two = (load_prepared(tmp_path / name) for name in ("one", "two"))
    assert one.settings == two.settings | {"decoder": "gpu"} and one.checksum != two.checksum
    assert one.paths == two.paths and one.skipped == two.skipped
    assert np.abs(one.rows(slice(None)).astype(int) - two.rows(slice(None))).max() <= 2
    head = json.loads((tmp_path / "one" / "train" / "shards.jsonl").read_text().splitlines()[0])
    assert head["decoder"].startswith("a decoder for tests, Pillow")
    for name, decoder, says in (("one", "pillow", "decoder 'gpu', not 'pillow'"),
                                ("two", "gpu", "decoder 'pillow', not 'gpu'")):
        with pytest.raises(PhotographError, match=says):
            prepare(folder, tmp_path / name, decoder=decoder, **settings)


def test_a_bad_picture_is_refused_with_both_remedies(folder, tmp_path, on_cpu):
    with pytest.raises(PhotographError, match="cut.JPEG.*truncated.*--on-bad skip"):
        prepare(folder, tmp_path / "cache", decoder="gpu", progress=False)


def test_without_a_gpu_the_decoder_is_refused_in_one_line(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="needs an NVIDIA GPU, and torch finds none: use --decoder pillow"):
        prepare(folder, tmp_path / "cache", decoder="gpu")
    assert not (tmp_path / "cache").exists()
    with pytest.raises(ValueError, match="unknown decoder 'nvjpeg': choose one of pillow, gpu"):
        prepare(folder, tmp_path / "cache", decoder="nvjpeg")


def test_a_torchvision_that_cannot_use_the_gpu_is_one_line(monkeypatch):
    def unable(_):
        raise RuntimeError("decode_jpegs_cuda: torchvision not compiled with nvJPEG support\nException raised from ...")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(gpu_decoding, "_decode", unable)
    with pytest.raises(ValueError, match=r"not compiled with nvJPEG support\): use --decoder pillow") as caught:
        decoder_name()
    assert "\n" not in str(caught.value)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no NVIDIA GPU")
def test_a_gpu_makes_nearly_the_pixels_of_pillow_and_the_same_each_time(folder, tmp_path):
    settings = {"on_bad": "skip", "progress": False}
    for name, decoder in (("one", "gpu"), ("again", "gpu"), ("pillow", "pillow")):
        prepare(folder, tmp_path / name, decoder=decoder, **settings)
    one, again, pillow = (load_prepared(tmp_path / name) for name in ("one", "again", "pillow"))
    assert one.checksum == again.checksum and one.paths == pillow.paths
    difference = np.abs(one.rows(slice(None)).astype(int) - pillow.rows(slice(None)))
    assert difference.mean() < 2 and difference.max() < 64  # chroma is enlarged otherwise
