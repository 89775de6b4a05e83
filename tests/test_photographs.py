"""Photographs: the geometry of section 2, every kind of file, and the folders they come in."""

import io
import shutil
import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from alexnet_lib.data import photographs
from alexnet_lib.data.photograph_folders import IMAGENETTE_CLASSES, PhotographError, find_photographs
from alexnet_lib.data.photographs import crop_geometry, prepare_photograph, resize_and_crop, sample_photographs

FISH, DOG = "n01440764", "n02102040"


def save(path, pixels, format="PNG", **settings):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    picture.save(path, format, **settings)
    return path


def plain(colour, width=8, height=6):
    return np.full((height, width, 3), colour, np.uint8)


# --- geometry --------------------------------------------------------------------------------------


@pytest.mark.parametrize("width, height, expected", [  # by hand
    (500, 375, (341, 256, 42, 0)),  # 341.33; margins 42 and 43
    (375, 500, (256, 341, 0, 42)),
    (256, 256, (256, 256, 0, 0)),
    (257, 256, (257, 256, 0, 0)),  # the odd column goes at the right
    (256, 259, (256, 259, 0, 1)),  # margins 1 and 2
    (512, 513, (256, 257, 0, 0)),  # 256.5: half a pixel is rounded up
    (1, 1, (256, 256, 0, 0)),
    (10_000, 10, (256_000, 256, 127_872, 0)),
    (3, 2, (384, 256, 64, 0)),
])
def test_size_and_crop_are_as_reckoned_by_hand(width, height, expected):
    assert crop_geometry(width, height) == expected


@pytest.mark.parametrize("bad", [(0, 5), (5, 0), (5, 5, 0)])
def test_sizes_below_1_are_refused(bad):
    with pytest.raises(ValueError, match="at least 1 pixel"):
        crop_geometry(*bad)


@pytest.mark.parametrize("width, height", [(500, 375), (375, 500), (501, 333), (1000, 301), (90, 61), (6000, 300)])
@pytest.mark.parametrize("axis", [0, 1])
def test_an_edge_in_the_picture_lands_where_the_geometry_says(width, height, axis):
    """A step from black to white: the sum of a line tells where it is, to a fraction of a pixel."""
    size = (height, width)[axis]
    edge = size // 2 + 3
    pixels = np.zeros((height, width, 3), np.uint8)
    np.moveaxis(pixels, axis, 0)[edge:] = 255
    after, start = (crop_geometry(width, height)[1 - axis], crop_geometry(width, height)[3 - axis])
    lines = resize_and_crop(pixels)[..., 0].sum(axis=axis) / 255
    assert lines == pytest.approx(np.full(256, 256 - (edge * after / size - start)), abs=0.06)


def bicubic_weights(size, after, start):
    """One axis, written out: Keys's kernel with a = -1/2, widened when shrinking, renormalised at the border."""
    scale = size / after
    weights = np.zeros((256, size))
    for i in range(256):
        centre = (start + i + 0.5) * scale
        x = np.abs(np.arange(size) + 0.5 - centre) / max(scale, 1)
        near, far = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
        weights[i] = np.where(x < 1, near, np.where(x < 2, far, 0))
        weights[i] /= weights[i].sum()
    return weights


@pytest.mark.parametrize("width, height", [(500, 375), (333, 501), (257, 301), (120, 90), (1, 3), (255, 400),
                                           (4500, 261)])  # the last is more than 16 to 1
def test_pixels_are_those_of_a_bicubic_resize_and_a_central_crop(width, height):
    pixels = np.random.default_rng(0).integers(100, 156, (height, width, 3), np.uint8)  # overshoots stay in 0-255
    wide, high, left, top = crop_geometry(width, height)
    expected = np.einsum("iy,jx,yxc->ijc", bicubic_weights(height, high, top), bicubic_weights(width, wide, left),
                         pixels.astype(float), optimize=True)
    assert np.abs(resize_and_crop(pixels) - expected).max() < 1.2  # rounded to whole numbers twice


def test_every_size_from_1_to_300_gives_256_pixels_of_the_same_colour():
    for size in range(1, 301):
        crop = resize_and_crop(plain((10, 120, 250), width=size, height=301 - size))
        assert crop.shape == (256, 256, 3) and crop.dtype == np.uint8
        assert (crop == (10, 120, 250)).all(), size


@pytest.mark.parametrize("pixels", [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 4), np.uint8), np.zeros((5, 5, 3))])
def test_an_array_that_is_no_rgb_picture_is_refused(pixels):
    with pytest.raises(ValueError, match=r"must be uint8 \(H, W, 3\)"):
        resize_and_crop(pixels)


# --- kinds of files --------------------------------------------------------------------------------


def one_pixel_kinds():
    """Name -> (picture, format, the colour that must come out)."""
    adobe = Image.new("CMYK", (8, 8), (255, 0, 127, 51))  # ink: R 0, G 80 %, B 50 % of 80 %
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([9, 9, 9, 200, 100, 50])
    return {
        "grey": (Image.new("L", (8, 8), 77), "PNG", (77, 77, 77)),
        "grey JPEG": (Image.new("L", (8, 8), 77), "JPEG", (77, 77, 77)),
        "grey and alpha": (Image.new("LA", (8, 8), (77, 3)), "PNG", (77, 77, 77)),
        "two levels": (Image.new("1", (8, 8), 1), "PNG", (255, 255, 255)),
        "palette": (palette, "PNG", (200, 100, 50)),
        "16 bits": (Image.fromarray(np.full((8, 8), 0x81FF, np.uint16)), "PNG", (129, 129, 129)),
        "16 bits TIFF": (Image.fromarray(np.full((8, 8), 0x81FF, np.uint16)), "TIFF", (129, 129, 129)),
        "32 bits": (Image.new("I", (8, 8), 0x8100), "TIFF", (129, 129, 129)),
        "alpha dropped": (Image.new("RGBA", (8, 8), (200, 100, 50, 0)), "PNG", (200, 100, 50)),
        "ink": (adobe, "TIFF", (0, 204, 102)),
        "Adobe's inverted ink": (adobe, "JPEG", (0, 204, 102)),
        "colour": (Image.new("RGB", (8, 8), (200, 100, 50)), "JPEG", (200, 100, 50)),
        "GIF": (palette, "GIF", (200, 100, 50)),
    }


@pytest.mark.parametrize("kind", one_pixel_kinds())
def test_every_kind_of_picture_comes_out_as_rgb(kind, tmp_path):
    picture, format, expected = one_pixel_kinds()[kind]
    settings = {"quality": 100, "subsampling": 0} if format == "JPEG" else {}
    crop = prepare_photograph(save(tmp_path / "x.JPEG", picture, format, **settings))  # never mind the name
    assert crop.shape == (256, 256, 3)
    assert np.abs(crop[128, 128].astype(int) - expected).max() <= (2 if format == "JPEG" else 0)
    assert (crop == crop[0, 0]).all()


def test_a_jpeg_with_adobes_mark_and_no_ink_is_white(tmp_path):
    file = save(tmp_path / "x.JPEG", Image.new("CMYK", (8, 8), 0), "JPEG")
    assert b"Adobe" in file.read_bytes()
    assert (prepare_photograph(file) == 255).all()


def test_floats_and_32_bits_are_refused_since_their_scale_is_unknown(tmp_path):
    for picture in (Image.new("F", (4, 4), 0.5), Image.new("I", (4, 4), 70_000), Image.new("I", (4, 4), -1)):
        with pytest.raises(PhotographError, match="scale is unknown"):
            prepare_photograph(save(tmp_path / "x.tif", picture, "TIFF"))


def sideways(tmp_path):
    """A picture with red above blue, stored on its side: orientation 6 says "turn me clockwise"."""
    pixels = np.zeros((300, 300, 3), np.uint8)
    pixels[:, :150, 0], pixels[:, 150:, 2] = 255, 255  # as stored: red left of blue
    exif = Image.Exif()
    exif[0x0112] = 6
    return save(tmp_path / "x.JPEG", pixels, "JPEG", exif=exif, quality=100, subsampling=0)


def test_exif_orientation_is_ignored_unless_asked_for(tmp_path):
    file = sideways(tmp_path)
    stored, turned = prepare_photograph(file), prepare_photograph(file, exif="apply")
    assert stored[128, 20].argmax() == 0 and stored[128, 235].argmax() == 2
    assert turned[20, 128].argmax() == 0 and turned[235, 128].argmax() == 2
    assert np.array_equal(turned, np.rot90(stored, -1))


def test_without_exif_applying_changes_nothing(tmp_path):
    file = save(tmp_path / "x.png", np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8))
    assert np.array_equal(prepare_photograph(file), prepare_photograph(file, exif="apply"))


def test_unknown_exif_is_refused(tmp_path):
    with pytest.raises(ValueError, match="unknown exif 'turn': choose one of ignore, apply"):
        prepare_photograph(tmp_path / "x.png", exif="turn")


def png_of(width, height):
    """A file that says it is a picture of this size, and is little else."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""))


def bad_files():
    jpeg = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 90, 3), np.uint8)).save(jpeg, "JPEG")
    jpeg = jpeg.getvalue()
    return {"cut in half": (jpeg[: len(jpeg) // 2], "truncated"), "empty": (b"", "not a picture"),
            "text": (b"hello", "not a picture"), "only a start": (jpeg[:20], ""),
            "huge": (png_of(20_000, 20_000), "pixels"), "large": (png_of(12_000, 12_000), "12000x12000 pixels"),
            "broken PNG": (png_of(9, 9)[:-20], "")}


@pytest.mark.parametrize("kind", bad_files())
def test_a_bad_file_is_one_line_with_its_name_the_reason_and_the_remedy(kind, tmp_path, recwarn):
    data, reason = bad_files()[kind]
    file = tmp_path / "x.JPEG"
    file.write_bytes(data)
    with pytest.raises(PhotographError, match="replace or remove it") as caught:
        prepare_photograph(file)
    assert str(file) in str(caught.value) and reason in str(caught.value) and "\n" not in str(caught.value)
    assert caught.value.reason and reason in caught.value.reason
    assert not recwarn.list, "Pillow's own remarks do not show"


def test_a_folder_and_a_missing_file_are_bad_files_too(tmp_path):
    (tmp_path / "x.JPEG").mkdir()
    for name, reason in (("x.JPEG", "a folder"), ("y.JPEG", "No such file")):
        with pytest.raises(PhotographError, match=reason):
            prepare_photograph(tmp_path / name)


def test_the_largest_picture_allowed_is_read_and_one_more_row_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(photographs, "MAX_PIXELS", 48)
    assert prepare_photograph(save(tmp_path / "a.png", plain(7, 8, 6))).shape == (256, 256, 3)
    with pytest.raises(PhotographError, match="8x7 pixels, more than 48"):
        prepare_photograph(save(tmp_path / "b.png", plain(7, 8, 7)))


# --- folders ---------------------------------------------------------------------------------------


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")


@pytest.fixture
def folder(tmp_path):
    touch(tmp_path, f"train/{DOG}/b.JPEG", f"train/{DOG}/a.jpg", f"train/{FISH}/c.JPEG", f"val/{DOG}/v.JPEG")
    return tmp_path


@pytest.fixture
def flat(tmp_path):
    """ILSVRC's own ``val/``: picture 1 and 3 are dogs, 2 is a fish."""
    touch(tmp_path, f"train/{DOG}/a.JPEG", f"train/{FISH}/c.JPEG",
          *(f"val/ILSVRC2012_val_0000000{i}.JPEG" for i in (1, 2, 3)))
    return tmp_path


def test_labels_are_places_in_the_sorted_synsets(folder):
    train, val = find_photographs(folder, "train"), find_photographs(folder, "val")
    assert train.paths == [f"train/{FISH}/c.JPEG", f"train/{DOG}/a.jpg", f"train/{DOG}/b.JPEG"]
    assert train.labels.tolist() == [0, 1, 1] and train.synsets == (FISH, DOG)
    assert val.labels.tolist() == [1], "val has the labels of train even where it lacks a class"


def test_what_is_not_a_photograph_is_passed_over(folder):
    touch(folder, f"train/{FISH}/notes.txt", f"train/{FISH}/._c.JPEG", f"train/{FISH}/.DS_Store", "train/list.csv",
          "train/.cache/z.JPEG")
    assert len(find_photographs(folder, "train").paths) == 3


def test_a_folder_named_like_a_picture_is_a_bad_picture_not_a_class(flat):
    (flat / "val_labels.txt").write_text(FISH_AND_DOGS["val_labels.txt"].format(DOG=DOG, FISH=FISH))
    (flat / "val" / "ILSVRC2012_val_00000002.JPEG").unlink()
    for name in (f"train/{FISH}/x.JPEG", "val/ILSVRC2012_val_00000002.JPEG"):
        (flat / name).mkdir()
        assert name in find_photographs(flat, name.split("/")[0]).paths
    (flat / "train" / "y.JPEG").mkdir()
    with pytest.raises(PhotographError, match="in no class folder, such as y.JPEG"):
        find_photographs(flat, "train")


FISH_AND_DOGS = {
    "LOC_val_solution.csv": "ImageId,PredictionString\nILSVRC2012_val_00000003,{DOG} 1 2 3 4 \n"
                            "ILSVRC2012_val_00000001,{DOG} 85 1 499 272 {DOG} 1 2 3 4 \n"
                            "ILSVRC2012_val_00000002,{FISH} 1 2 3 4 \n",
    "val_labels.txt": "ILSVRC2012_val_00000002.JPEG {FISH}\r\nILSVRC2012_val_00000001.JPEG {DOG}\r\n\r\n"
                      "val/ILSVRC2012_val_00000003.JPEG {DOG}\r\n",
    "imagenet_2012_validation_synset_labels.txt": "{DOG}\n{FISH}\n{DOG}\n{FISH}\n",
}


@pytest.mark.parametrize("name", FISH_AND_DOGS)
@pytest.mark.parametrize("where", [".", "val", "given"])
def test_a_flat_val_folder_takes_its_labels_from_a_file(name, where, flat, tmp_path_factory):
    text = FISH_AND_DOGS[name].format(DOG=DOG, FISH=FISH)
    file = (tmp_path_factory.mktemp("labels") / "any.name" if where == "given" else flat / where / name)
    file.write_text(text, "utf-8-sig")  # with a byte-order mark, as spreadsheets write
    val = find_photographs(flat, "val", file if where == "given" else None)
    assert val.paths == [f"val/ILSVRC2012_val_0000000{i}.JPEG" for i in (2, 1, 3)]  # by synset, as from class folders
    assert val.labels.tolist() == [0, 1, 1]


@pytest.mark.parametrize("text, says", [
    ("490\n361\n171\n", "'490', which names no synset such as n01440764; class numbers will not do"),
    ("ILSVRC2012_val_00000001.JPEG 65\n", "class numbers will not do"),
    (f"ILSVRC2012_val_00000001.JPEG {DOG}\n", "no label for 2 pictures, such as ILSVRC2012_val_00000002.JPEG"),
    (f"{DOG}\n{DOG}\n", "no label for 1 pictures, such as ILSVRC2012_val_00000003.JPEG"),
    ("", "no label for 3 pictures"),
])
def test_labels_that_will_not_do_are_one_line_with_the_remedy(text, says, flat):
    (flat / "ILSVRC2012_validation_ground_truth.txt").write_text(text)
    with pytest.raises(PhotographError) as caught:
        find_photographs(flat, "val")
    assert says in str(caught.value) and "LOC_val_solution.csv" in str(caught.value) and "\n" not in str(caught.value)


def test_a_flat_val_folder_without_labels_says_which_file_to_put_where(flat):
    with pytest.raises(PhotographError, match=r"val is flat.*LOC_val_solution.csv.*--labels"):
        find_photographs(flat, "val")
    with pytest.raises(PhotographError, match="none.csv is not there"):
        find_photographs(flat, "val", flat / "none.csv")


@pytest.mark.parametrize("name, split, says", [
    ("train/loose.JPEG", "train", "1 pictures in no class folder, such as loose.JPEG"),
    ("val/loose.JPEG", "val", "1 pictures in no class folder, such as loose.JPEG"),
    ("train/n00000001/notes.txt", "train", "n00000001 holds no photographs"),
    ("val/n00000001/x.JPEG", "val", "1 classes of "),
])
def test_folders_that_will_not_do_are_one_line(name, split, says, folder):
    touch(folder, name)
    with pytest.raises(PhotographError) as caught:
        find_photographs(folder, split)
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_folder_names_the_right_one_if_it_is_inside(folder):
    with pytest.raises(PhotographError, match="name the folder that holds train/ and val/"):
        find_photographs(folder / "nowhere", "train")
    touch(folder, f"more/imagenette2/train/{DOG}/a.JPEG")
    with pytest.raises(PhotographError, match="more/imagenette2 instead"):
        find_photographs(folder / "more", "train")


def test_empty_folders_and_unknown_splits_are_refused(tmp_path):
    (tmp_path / "train").mkdir()
    with pytest.raises(PhotographError, match="holds no photographs"):
        find_photographs(tmp_path, "train")
    with pytest.raises(ValueError, match="unknown split 'test': choose one of train, val"):
        find_photographs(tmp_path, "test")


def test_val_alone_has_its_own_classes(folder):
    shutil.rmtree(folder / "train")
    assert find_photographs(folder, "val").synsets == (DOG,)


def test_imagenette_has_ten_classes_in_sorted_order():
    assert len(IMAGENETTE_CLASSES) == 10 and list(IMAGENETTE_CLASSES) == sorted(IMAGENETTE_CLASSES)
    assert IMAGENETTE_CLASSES[FISH] == "tench" and IMAGENETTE_CLASSES[DOG] == "English springer"


# --- samples ---------------------------------------------------------------------------------------


def test_sample_photographs_are_real_rgb_pictures():
    pytest.importorskip("skimage", reason="scikit-image is not installed")
    samples = sample_photographs()
    assert {name: picture.shape for name, picture in samples.items()} == {
        "astronaut": (512, 512, 3), "cat": (300, 451, 3), "coffee": (400, 600, 3), "rocket": (427, 640, 3),
        "camera": (512, 512, 3)}
    assert all(picture.dtype == np.uint8 and picture.std() > 30 for picture in samples.values())
    assert (samples["camera"] == samples["camera"][..., :1]).all()
    assert resize_and_crop(samples["cat"]).shape == (256, 256, 3)


def test_without_scikit_image_the_samples_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(PhotographError, match="pip install") as caught:
        sample_photographs()
    assert "\n" not in str(caught.value)
