"""Crops, mirrors, colour noise and ten views against plain loops, hand numbers and numpy's covariance [K12 §4.1]."""

import dataclasses

import numpy as np
import pytest
import torch
from scipy import stats

from alexnet_lib.data import cifar10
from alexnet_lib.data.augment import (
    Augmentation,
    _gather_pixels,
    centre_crop,
    crop_and_mirror,
    draw_colour_shift,
    draw_crops,
    ten_views,
)
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.pixels import _normalise, _with_numpy, _with_torch
from alexnet_lib.data.statistics import Normalisation, RgbPca, RunningStatistics, mean_image, normalisation, rgb_pca


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def some_images(n, height, width=None, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, height, width or height, 3), dtype=np.uint8)


def naive_crops(images, rows, top, left, mirrored, size):
    """One image at a time, one slice and one reversal."""
    out = []
    for row, y, x, turn in zip(rows, top, left, mirrored, strict=True):
        crop = images[row][y : y + size, x : x + size]
        out.append(crop[:, ::-1] if turn else crop)
    return np.stack(out)


@pytest.fixture(scope="module")
def cifar():
    images, labels = (part[:300] for part in cifar10.load("train"))
    return images, labels


@pytest.fixture(scope="module")
def pca():
    """Made up, with a known covariance: the axes of a rotation about grey."""
    directions = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])
    return RgbPca(np.full(3, 120.0), np.array([900.0, 100.0, 25.0]), directions)


# --- crops -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size, height, width", [
    (24, 32, 32), (40, 48, 48), (41, 48, 48), (224, 256, 256), (7, 12, 9), (60, 61, 83), (1, 5, 5), (32, 32, 32),
])
def test_crops_equal_a_naive_loop(size, height, width):
    images, rng = some_images(20, height, width), np.random.default_rng(1)
    rows = rng.permutation(20)[:15]
    top, left = rng.integers(0, height - size + 1, 15), rng.integers(0, width - size + 1, 15)
    top[:2], left[:2] = (0, height - size), (width - size, 0)
    mirrored = np.arange(15) % 2 == 0
    wanted = naive_crops(images, rows, top, left, mirrored, size)
    arguments = [torch.from_numpy(x) for x in (top, left, mirrored)]
    got = crop_and_mirror(torch.from_numpy(images), *arguments, size, torch.from_numpy(rows))
    assert got.dtype == torch.uint8 and got.is_contiguous()
    np.testing.assert_array_equal(got.numpy(), wanted)
    # the GPU's way, which runs anywhere
    gathered = _gather_pixels(torch.from_numpy(images), torch.from_numpy(rows), *arguments, size)
    np.testing.assert_array_equal(gathered.numpy(), wanted)


def test_without_rows_every_image_gives_one_crop_in_order():
    images = some_images(6, 9)
    top, left, mirrored = draw_crops(6, 4, Augmentation(5), seeded())
    got = crop_and_mirror(torch.from_numpy(images), top, left, mirrored, 5)
    np.testing.assert_array_equal(got.numpy(), naive_crops(images, range(6), top, left, mirrored, 5))


@pytest.mark.parametrize("size", [24, 60])
def test_the_images_are_left_as_they_were(size):
    images = torch.from_numpy(some_images(10, size + 8))
    before = images.clone()
    crops = crop_and_mirror(images, *draw_crops(10, 8, Augmentation(size), seeded()), size)
    crops.zero_()
    ten_views(images, size).zero_()
    assert torch.equal(images, before)


@pytest.mark.parametrize("size", [6, 50])
def test_mirroring_twice_is_no_change(size):
    images = torch.from_numpy(some_images(3, size))
    nowhere, all_three = torch.zeros(3, dtype=torch.int64), torch.ones(3, dtype=torch.bool)
    once = crop_and_mirror(images, nowhere, nowhere, all_three, size)
    assert not torch.equal(once, images)
    assert torch.equal(crop_and_mirror(once, nowhere, nowhere, all_three, size), images)


def test_images_that_are_not_contiguous_give_the_same_crops():
    images = torch.from_numpy(some_images(12, 10))[::2]
    draws = draw_crops(6, 3, Augmentation(7), seeded())
    assert torch.equal(crop_and_mirror(images, *draws, 7), crop_and_mirror(images.clone(), *draws, 7))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no NVIDIA GPU")
@pytest.mark.parametrize("size, full", [(24, 32), (224, 256)])
def test_gpu_gives_the_crops_of_the_cpu(size, full):
    images = torch.from_numpy(some_images(64, full))
    draws = draw_crops(64, full - size, Augmentation(size), seeded())
    assert torch.equal(crop_and_mirror(images.cuda(), *draws, size).cpu(), crop_and_mirror(images, *draws, size))


# --- draws -----------------------------------------------------------------------------------------


def test_all_162_crops_of_24_from_32_occur_equally_often_and_no_other():
    top, left, mirrored = draw_crops(162 * 200, 8, Augmentation(24), seeded())
    assert (int(top.min()), int(top.max()), int(left.min()), int(left.max())) == (0, 8, 0, 8)
    counts = np.bincount((top * 9 + left) * 2 + mirrored, minlength=162)
    assert len(counts) == 162 and counts.min() > 0
    assert stats.chisquare(counts).pvalue > 0.001


@pytest.mark.parametrize("settings, border, crops", [
    ({"positions": "paper"}, 32, 2048),  # K12 §4.1: "a factor of 2048"
    ({"positions": "code"}, 32, 2178),  # 33 * 33 * 2
    ({"positions": "code", "mirror": False}, 32, 1089),
    ({"size": 24}, 8, 162),
    ({"size": 32}, 0, 2),
    ({"size": 24, "positions": "centre"}, 8, 2),
    ({"positions": "centre", "mirror": False}, 32, 1),
])
def test_number_of_crops(settings, border, crops):
    assert Augmentation(**settings).crops(border) == crops


def test_the_papers_count_leaves_out_the_last_offset():
    top, left, _ = draw_crops(5000, 32, Augmentation(positions="paper"), seeded())
    assert int(top.max()) == int(left.max()) == 31
    top, left, _ = draw_crops(5000, 32, Augmentation(), seeded())
    assert int(top.max()) == int(left.max()) == 32


def test_at_the_centre_every_crop_is_the_centre_crop(cifar):
    images = torch.from_numpy(cifar[0][:20].copy())
    settings = Augmentation(24, mirror=False, positions="centre")
    crops = crop_and_mirror(images, *draw_crops(20, 8, settings, seeded()), 24)
    assert torch.equal(crops, images[:, 4:28, 4:28])


def test_images_of_a_chunk_share_one_draw_and_chunks_differ():
    draws = torch.stack(draw_crops(100, 32, Augmentation(chunk=32), seeded()), dim=1)
    assert draws.shape == (100, 3)
    chunks = draws.split(32)
    assert [len(chunk) for chunk in chunks] == [32, 32, 32, 4]
    assert all((chunk == chunk[0]).all() for chunk in chunks)
    assert len({tuple(chunk[0].tolist()) for chunk in chunks}) == 4


def test_without_mirrors_the_crops_stay_as_they_were():
    with_, without = (draw_crops(50, 8, Augmentation(24, mirror=mirror), seeded()) for mirror in (True, False))
    assert torch.equal(with_[0], without[0]) and torch.equal(with_[1], without[1])
    assert with_[2].any() and not without[2].any()


@pytest.mark.parametrize("form, sizes", [
    ("paper", [900.0, 100.0, 25.0]), ("released", [30.0, 10.0, 5.0]),
    ("unit", [255 * variance / 255**2 for variance in (900.0, 100.0, 25.0)]),  # shifts of pixels 0-1, back to 0-255
])
def test_colour_noise_has_mean_0_and_the_covariance_of_its_form(pca, form, sizes):
    shift = draw_colour_shift(200_000, pca, Augmentation(colour_sigma=0.1, colour_form=form), seeded()).double().numpy()
    wanted = pca.directions.T @ np.diag(0.01 * np.square(sizes)) @ pca.directions
    spread = np.sqrt(np.trace(wanted))
    assert shift.mean(axis=0) == pytest.approx(np.zeros(3), abs=5 * spread / np.sqrt(200_000))
    np.testing.assert_allclose(np.cov(shift.T), wanted, atol=0.02 * wanted.max())
    along = shift @ pca.directions.T  # each component by itself, as the largest hides the others above
    np.testing.assert_allclose(along.std(axis=0), 0.1 * np.array(sizes), rtol=0.01)


def test_the_two_colour_forms_differ_by_the_standard_deviation(pca):
    """The same alphas: eigenvalue against its root, so by 30, 10 and 5 here."""
    paper, released = (draw_colour_shift(4, pca, Augmentation(colour_sigma=0.1, colour_form=form), seeded()).double()
                       for form in ("paper", "released"))
    directions = torch.from_numpy(pca.directions)
    np.testing.assert_allclose(paper @ directions.T, (released @ directions.T) * torch.tensor([30, 10, 5]), rtol=1e-4)


def test_the_same_seed_draws_the_same_colours(pca):
    augmentation = Augmentation(24, colour_sigma=0.1)
    assert draw_colour_shift(3, pca, augmentation, seeded()).equal(draw_colour_shift(3, pca, augmentation, seeded()))
    one, two = (draw_colour_shift(3, pca, augmentation, seeded(seed)) for seed in (0, 1))
    assert not one.equal(two)


# --- views -----------------------------------------------------------------------------------------


def test_ten_views_by_hand():
    plane = torch.arange(16).reshape(4, 4)  # rows 0-3, 4-7, 8-11, 12-15
    views = ten_views(plane[None, :, :, None].expand(1, 4, 4, 3), 2)
    assert views.shape == (10, 1, 2, 2, 3)
    assert torch.equal(views[..., 0], views[..., 1]) and torch.equal(views[..., 0], views[..., 2])
    assert views[:, 0, :, :, 0].tolist() == [
        [[0, 1], [4, 5]], [[2, 3], [6, 7]], [[8, 9], [12, 13]], [[10, 11], [14, 15]], [[5, 6], [9, 10]],
        [[1, 0], [5, 4]], [[3, 2], [7, 6]], [[9, 8], [13, 12]], [[11, 10], [15, 14]], [[6, 5], [10, 9]],
    ]


def test_ten_views_are_torchvisions_ten_crop_in_another_order():
    """torchvision mirrors the image and then crops, so left and right change places in its second half."""
    from torchvision.transforms.v2.functional import ten_crop

    images = torch.from_numpy(some_images(5, 32))
    wanted = torch.stack(ten_crop(images.permute(0, 3, 1, 2), [24, 24])).permute(0, 1, 3, 4, 2)
    wanted = wanted[[0, 1, 2, 3, 4, 6, 5, 8, 7, 9]]
    assert torch.equal(ten_views(images, 24), wanted)
    assert torch.equal(ten_views(images.float(), 24), wanted.float())


def test_centre_crop_of_32_to_24_starts_at_4():
    images = torch.from_numpy(some_images(2, 32))
    assert torch.equal(centre_crop(images, 24), images[:, 4:28, 4:28])
    assert torch.equal(centre_crop(images[0], 24), images[0, 4:28, 4:28])


# --- statistics ------------------------------------------------------------------------------------


def test_pca_is_numpys_of_all_pixels(cifar):
    pixels = np.asarray(cifar[0]).reshape(-1, 3).astype(np.float64)
    found = rgb_pca(cifar[0])
    values, vectors = np.linalg.eigh(np.cov(pixels.T, bias=True))
    np.testing.assert_allclose(found.mean, pixels.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.variances, values[::-1], rtol=1e-9)
    np.testing.assert_allclose(np.abs(found.directions @ vectors[:, ::-1]), np.eye(3), atol=1e-9)
    np.testing.assert_allclose(found.directions @ found.directions.T, np.eye(3), atol=1e-12)
    # each direction does have its variance
    np.testing.assert_allclose((pixels @ found.directions.T).var(axis=0), found.variances, rtol=1e-9)


def test_each_direction_points_to_its_largest_component(cifar):
    assert (rgb_pca(cifar[0]).directions[0] > 0.5).all()  # brightness first, as in every set of photographs
    for images in (cifar[0], *(some_images(1, 4, seed=seed) for seed in range(8))):  # so few that all axes are free
        pixels, found = images.reshape(-1, 3).astype(np.float64), rgb_pca(images)
        assert (found.directions[np.arange(3), np.abs(found.directions).argmax(axis=1)] > 0).all()
        np.testing.assert_allclose((pixels @ found.directions.T).var(axis=0), found.variances, rtol=1e-9)


def test_pca_of_one_colour_has_no_variance():
    found = rgb_pca(np.full((2, 4, 4, 3), 7, np.uint8))
    assert found.mean.tolist() == [7, 7, 7] and (found.variances == 0).all()


@pytest.mark.parametrize("chunks", [[300], [1, 299], [100, 100, 100], [128, 128, 44]])
def test_chunks_give_the_same_bits_as_the_whole(cifar, chunks):
    images, running = cifar[0], RunningStatistics()
    for part in np.split(images, np.cumsum(chunks)[:-1]):
        running.update(part)
    assert running.images == 300
    np.testing.assert_allclose(running.mean_image, mean_image(images), rtol=1e-7)
    for field in ("mean", "variances", "directions"):
        np.testing.assert_array_equal(getattr(running.pca, field), getattr(rgb_pca(images), field))
    assert np.array_equal(rgb_pca(iter([images[:100], images[100:]])).variances, running.pca.variances)


# --- batches ---------------------------------------------------------------------------------------


def resident(cifar, scale="raw", **settings):
    images, labels = cifar
    augmentation = Augmentation(**{"size": 24, **settings})
    return ResidentImages(images, labels, normalisation(images, scale), "cpu", augmentation, rgb_pca(images))


def test_without_augmentation_batches_are_the_old_formula_to_the_bit(cifar):
    images, labels = cifar
    for input_scale in ("raw", "standardised"):
        scale = normalisation(images, input_scale)
        generator, reference = seeded(3), seeded(3)
        got = list(ResidentImages(images, labels, scale).shuffled(128, generator))
        order = torch.randperm(300, generator=reference)
        assert torch.equal(generator.get_state(), reference.get_state())
        pixels = torch.from_numpy(np.array(images))
        for (batch, batch_labels), rows in zip(got, order.split(128), strict=True):
            wanted = pixels[rows].float().sub_(torch.from_numpy(scale.offset))
            wanted = wanted.mul_(torch.from_numpy(1 / scale.divisor)).permute(0, 3, 1, 2)
            assert torch.equal(batch, wanted) and batch.stride() == wanted.stride()
            assert batch_labels.tolist() == labels[rows].tolist()


@pytest.mark.parametrize("scale", ["raw", "standardised"])
@pytest.mark.parametrize("settings", [
    {}, {"mirror": False}, {"chunk": 32}, {"positions": "paper"}, {"colour_sigma": 0.1, "colour_form": "released"},
    {"colour_sigma": 0.01}, {"colour_form": "released"},
])
def test_an_augmented_pass_equals_a_naive_loop_with_the_same_draws(cifar, scale, settings):
    images, labels = cifar
    data, generator = resident(cifar, scale, **settings), seeded(5)
    offset, divisor = (np.asarray(x, np.float64) for x in normalisation(images, scale))
    offset = offset[4:28, 4:28] if offset.ndim == 3 else offset  # the centre, wherever the crop comes from
    sizes = []
    order = torch.randperm(300, generator=generator)
    for (batch, batch_labels), rows in zip(data.shuffled(128, seeded(5)), order.split(128), strict=True):
        draws = draw_crops(len(rows), 8, data.augmentation, generator)
        wanted = naive_crops(images, rows, *draws, 24) - offset
        if data.augmentation.colour_sigma:
            shift = draw_colour_shift(len(rows), data.pca, data.augmentation, generator)
            wanted = wanted + shift.double().numpy()[:, None, None]
        wanted = wanted / divisor
        if settings == {"colour_sigma": 0.1, "colour_form": "released"}:
            wanted = wanted / 1.1
        assert batch.dtype == torch.float32 and batch.is_contiguous(memory_format=torch.channels_last)
        np.testing.assert_allclose(batch.numpy(), wanted.transpose(0, 3, 1, 2), rtol=1e-5, atol=2e-4)
        assert batch_labels.tolist() == labels[rows].tolist()
        sizes.append(len(batch))
    assert sizes == [128, 128, 44]


def test_large_crops_equal_a_naive_loop_too():
    images = some_images(6, 256)
    data = ResidentImages(images, np.zeros(6), normalisation(images, "raw"), "cpu", Augmentation())
    generator = seeded()
    order = torch.randperm(6, generator=generator)
    wanted = naive_crops(images, order, *draw_crops(6, 32, data.augmentation, generator), 224)
    wanted = wanted - images.mean(0)[16:240, 16:240]
    (batch, _), = data.shuffled(6, seeded())
    np.testing.assert_allclose(batch.permute(0, 2, 3, 1).numpy(), wanted, atol=1e-4)


@pytest.mark.parametrize("factor", [[0.5, 0.5, 0.5], [0.5, 1.0, 2.0]])
@pytest.mark.parametrize("offset", [np.float32([10, 20, 30]), np.float32(some_images(1, 24)[0])])
def test_the_gpus_way_to_normalise_equals_the_cpus(factor, offset):
    crops, factor, offset = torch.from_numpy(some_images(200, 24)), torch.tensor(factor), torch.from_numpy(offset)
    for shift in (None, 20 * torch.randn(200, 3, generator=seeded())):
        wanted = (crops.double() - offset + (0 if shift is None else shift[:, None, None])) * factor
        for way in (_with_torch, _with_numpy):
            got = _normalise(crops, offset, factor, shift, way)
            assert got.dtype == torch.float32
            torch.testing.assert_close(got.double(), wanted, rtol=1e-5, atol=2e-4)


@pytest.mark.parametrize("form", ["paper", "released"])
def test_tests_see_centre_crops_without_noise_and_undivided(cifar, form):
    data = resident(cifar, colour_sigma=0.1, colour_form=form)
    batches = [batch for batch, _ in data.in_order(128)]
    assert [len(batch) for batch in batches] == [128, 128, 44]
    wanted = (np.asarray(cifar[0], np.float64) - np.mean(cifar[0], axis=0))[:, 4:28, 4:28].transpose(0, 3, 1, 2)
    np.testing.assert_allclose(torch.cat(batches).numpy(), wanted, atol=1e-4)
    assert all(batch.is_contiguous(memory_format=torch.channels_last) for batch in batches)


def test_ten_view_batches_are_normalised_views_with_the_centre_fifth(cifar):
    data = resident(cifar, colour_sigma=0.1, colour_form="released")
    pairs = list(zip(data.ten_view_batches(200), data.in_order(200), strict=True))
    assert [views.shape for (views, _), _ in pairs] == [(10, 200, 3, 24, 24), (10, 100, 3, 24, 24)]
    for (views, labels), (centre, wanted_labels) in pairs:
        assert torch.equal(views[4], centre) and torch.equal(labels, wanted_labels)
        assert views.flatten(0, 1).is_contiguous(memory_format=torch.channels_last)
    wanted = np.asarray(cifar[0], np.float64)[:200, :24, 8:] - np.mean(cifar[0], axis=0)[4:28, 4:28]
    np.testing.assert_allclose(pairs[0][0][0][1].permute(0, 2, 3, 1).numpy(), wanted, atol=1e-4)  # top right


def test_same_seed_same_bits_and_a_new_draw_each_pass(cifar):
    data = resident(cifar, colour_sigma=0.1, colour_form="released")
    one, two = (list(data.shuffled(100, seeded(1))) for _ in range(2))
    assert all(torch.equal(a, b) for (a, _), (b, _) in zip(one, two, strict=True))
    generator = seeded(1)
    passes = [torch.cat([x for x, _ in data.shuffled(100, generator)]) for _ in range(2)]
    assert not torch.equal(*passes)


def test_the_number_of_threads_does_not_change_a_bit(cifar):
    threads, found = torch.get_num_threads(), []
    try:
        for number in (1, 2):
            torch.set_num_threads(number)
            data = resident(cifar, colour_sigma=0.1, colour_form="released")
            found.append(torch.cat([x for x, _ in data.shuffled(100, seeded())]))
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(*found)


def test_a_pass_leaves_the_images_as_they_were(cifar):
    data = resident(cifar, colour_sigma=0.1)
    list(data.shuffled(100, seeded())), list(data.in_order(100)), list(data.ten_view_batches(100))
    assert np.array_equal(data.images.numpy(), cifar[0])


def test_a_mean_image_already_cut_to_the_crop_is_taken_as_it_is(cifar):
    images, labels = cifar
    scale = normalisation(images, "raw")
    cut = Normalisation(scale.offset[4:28, 4:28].copy(), scale.divisor)
    whole, small = (ResidentImages(images, labels, s, augmentation=Augmentation(24)) for s in (scale, cut))
    assert torch.equal(whole.batch(slice(0, 9))[0], small.batch(slice(0, 9))[0])


def test_settings_go_into_a_record_and_back():
    settings = Augmentation(24, colour_sigma=0.1, colour_form="released")
    assert Augmentation(**dataclasses.asdict(settings)) == settings


# --- failure paths ---------------------------------------------------------------------------------


@pytest.mark.parametrize("settings, message", [
    ({"size": 0}, "size.*at least 1, not 0"), ({"size": 24.0}, "whole number.*24.0"), ({"chunk": 0}, "chunk.*not 0"),
    ({"positions": "all"}, "'all'.*code, paper"), ({"colour_form": "rgb"}, "'rgb'.*paper, unit, released"),
    ({"colour_sigma": -0.1}, "at least 0, not -0.1"), ({"colour_sigma": float("nan")}, "at least 0, not nan"),
])
def test_wrong_settings_are_refused_with_what_is_allowed(settings, message):
    with pytest.raises(ValueError, match=message):
        Augmentation(**settings)


def test_a_crop_larger_than_the_images_is_refused(cifar):
    images, labels = cifar
    with pytest.raises(ValueError, match="40-pixel crop.*32-pixel images.*smaller size"):
        ResidentImages(images, labels, normalisation(images, "raw"), augmentation=Augmentation(40))
    with pytest.raises(ValueError, match="'paper'.*or 'code'"):
        draw_crops(1, 0, Augmentation(32, positions="paper"), seeded())
    for function in (centre_crop, ten_views):
        with pytest.raises(ValueError, match="40-pixel crop does not fit 32x32"):
            function(torch.from_numpy(np.array(images)), 40)


@pytest.mark.parametrize("images, top, message", [
    (torch.zeros(2, 3, 8, 8, dtype=torch.uint8), [0, 0], r"\(N, H, W, 3\), not"),
    (torch.zeros(2, 8, 8, 3), [0, 0], "uint8.*float32.*before converting"),
    (torch.zeros(2, 8, 8, 3, dtype=torch.uint8), [0], "2 images need as many crops, not 1"),
    (torch.zeros(2, 8, 8, 3, dtype=torch.uint8), [0, 4], "between 0 and 3.*not 0 to 4"),
    (torch.zeros(2, 8, 8, 3, dtype=torch.uint8), [-1, 0], "between 0 and 3.*not -1 to 0"),
])
def test_wrong_images_and_places_are_refused(images, top, message):
    with pytest.raises(ValueError, match=message):
        crop_and_mirror(images, torch.tensor(top), torch.tensor([0, 0]), torch.tensor([False, True]), 5)


def test_what_does_not_go_together_is_refused_with_the_remedy(cifar):
    images, labels = cifar
    scale = normalisation(images, "raw")
    with pytest.raises(ValueError, match="pass pca=rgb_pca"):
        ResidentImages(images, labels, scale, augmentation=Augmentation(24, colour_sigma=0.1))
    with pytest.raises(ValueError, match="square images, not 32x20"):
        ResidentImages(images[:, :, :20], labels, scale, augmentation=Augmentation(16))
    with pytest.raises(ValueError, match=r"\(30, 30, 3\).*normalisation"):
        wrong = Normalisation(scale.offset[:30, :30], scale.divisor)
        ResidentImages(images, labels, wrong, augmentation=Augmentation(24))
    with pytest.raises(ValueError, match="give ResidentImages an Augmentation"):
        next(ResidentImages(images, labels, scale).ten_view_batches(10))


def test_statistics_refuse_wrong_chunks():
    running = RunningStatistics()
    with pytest.raises(ValueError, match=r"call update\(chunk\) first"):
        _ = running.pca
    with pytest.raises(ValueError, match="uint8.*float64"):
        running.update(np.zeros((1, 4, 4, 3)))
    running.update(np.zeros((1, 4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match="5x4 here and 4x4 before"):
        running.update(np.zeros((1, 5, 4, 3), np.uint8))
