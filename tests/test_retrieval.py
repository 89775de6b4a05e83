"""Neighbours by hidden vectors and by pixels, binary codes, moved pictures and mistakes, against naive computations."""

import itertools
import json

import numpy as np
import pytest
import torch

from alexnet_lib.data.augment import Augmentation
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation
from alexnet_lib.experiments import binary_codes, off_centre, retrieval
from alexnet_lib.nets.alexnet import AlexNet
from alexnet_lib.nets.alexnet_config import AlexNetConfig


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def picture_set(count=12, seed=0, scale="raw", augmentation=True):
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    labels = generator.integers(0, 10, count)
    training = np.random.default_rng(99).integers(0, 256, (50, 32, 32, 3), dtype=np.uint8)
    return ResidentImages(images, labels, normalisation(training, scale), "cpu",
                          Augmentation(size=24) if augmentation else None)


def small_net(**changes):
    return AlexNet(AlexNetConfig.small(**changes), torch.Generator().manual_seed(1))


# --- neighbours ----------------------------------------------------------------------------------------


def naive_distances(queries, gallery):
    return np.array([[float(np.sum((q - g) ** 2)) for g in gallery.double().numpy()] for q in queries.double().numpy()])


@pytest.mark.parametrize("at_once", [3, 200])
def test_the_nearest_are_those_of_a_naive_loop_in_float64(monkeypatch, at_once):
    monkeypatch.setattr(retrieval, "AT_ONCE", at_once)
    queries, gallery = 100 * drawn(7, 20), 100 * drawn(50, 20, seed=1)
    expected = np.argsort(naive_distances(queries, gallery), axis=1)[:, :6]
    assert retrieval.nearest(queries, gallery).tolist() == expected.tolist()


def test_an_image_of_the_gallery_is_its_own_nearest():
    gallery = drawn(30, 8)
    assert retrieval.nearest(gallery, gallery, 1)[:, 0].tolist() == list(range(30))


@pytest.mark.parametrize("at_once", [3, 200])
def test_rank_in_pixels_counts_the_images_that_are_nearer(monkeypatch, at_once):
    monkeypatch.setattr(retrieval, "AT_ONCE", at_once)
    queries, gallery, pixels, stored = drawn(7, 4), drawn(40, 4, seed=1), drawn(7, 30, seed=2), drawn(40, 30, seed=3)
    found = retrieval.nearest_with_rank(queries, gallery, pixels, stored, k=5)
    order = np.argsort(naive_distances(pixels, stored), axis=1)  # nearest first
    for query in range(7):
        expected = [list(order[query]).index(row) + 1 for row in found.rows[query].tolist()]
        assert found.rank[query].tolist() == expected


def test_neighbours_by_pixels_have_the_ranks_1_to_k():
    pixels, stored = drawn(5, 9), drawn(20, 9, seed=1)
    assert retrieval.nearest_with_rank(pixels, stored, pixels, stored).rank.tolist() == [[1, 2, 3, 4, 5, 6]] * 5


def test_precision_is_the_share_of_right_classes():
    gallery_labels = torch.tensor([0, 1, 0, 2])
    rows = torch.tensor([[0, 2], [0, 1], [3, 1]])
    assert retrieval.precision_pct(rows, torch.tensor([0, 1, 0]), gallery_labels) == pytest.approx(50)


@pytest.mark.parametrize("changes, neurons", [({}, 256), ({"removed": ("fc7",)}, 256), ({"hidden": (32, 16)}, 16)])
def test_hidden_vectors_are_what_the_last_layer_reads(monkeypatch, changes, neurons):
    monkeypatch.setattr(retrieval, "BATCH", 5)
    net, data = small_net(**changes), picture_set()
    net.train()
    found = retrieval.hidden_vectors(net, data)
    assert net.training and found.shape == (12, neurons)
    if "removed" not in changes:
        assert found.min() == 0  # after the ReLU
    net.eval()
    images = next(data.in_order(12))[0]
    with torch.no_grad():  # also under dropout at test time, which halves the vectors
        torch.testing.assert_close(net.classifier.fc8(found), net(images), rtol=1e-4, atol=1e-5)


def test_the_first_images_alone_have_the_same_vectors(monkeypatch):
    monkeypatch.setattr(retrieval, "BATCH", 5)
    net, data = small_net(), picture_set()
    torch.testing.assert_close(retrieval.hidden_vectors(net, data, 7), retrieval.hidden_vectors(net, data)[:7])
    assert torch.equal(retrieval.pixel_vectors(data, 7), next(data.in_order(7))[0].flatten(1))


# --- binary codes --------------------------------------------------------------------------------------


def naive_precision(queries, gallery, query_labels, gallery_labels, k):
    """Mean over every order in which images at equal distance may come, by brute force."""
    shares = []
    for code, label in zip(queries.tolist(), query_labels.tolist(), strict=True):
        distances = [sum(a != b for a, b in zip(code, other, strict=True)) for other in gallery.tolist()]
        totals = []
        for order in itertools.permutations(range(len(distances))):
            best = sorted(order, key=lambda row: distances[row])[:k]  # a stable sort: ties stay in this order
            totals.append(sum(int(gallery_labels[row]) == label for row in best) / k)
        shares.append(sum(totals) / len(totals))
    return 100 * sum(shares) / len(shares)


@pytest.mark.parametrize("at_once", [2, 500])
@pytest.mark.parametrize("bits, k", [(1, 3), (2, 4), (3, 2), (2, 7), (8, 3)])
def test_ties_count_at_their_mean_over_all_orders(monkeypatch, bits, k, at_once):
    monkeypatch.setattr(binary_codes, "AT_ONCE", at_once)
    queries, gallery = drawn(5, bits, seed=bits).sign(), drawn(7, bits, seed=9).sign()
    query_labels, gallery_labels = torch.tensor([0, 1, 2, 0, 1]), torch.tensor([0, 1, 1, 2, 0, 0, 1])
    found = binary_codes.hamming_precision_pct(queries, gallery, query_labels, gallery_labels, k)
    assert found == pytest.approx(naive_precision(queries, gallery, query_labels, gallery_labels, k), abs=1e-9)


def test_equal_codes_find_each_class_as_often_as_it_is_there():
    codes = torch.ones(50, 16)
    gallery_labels = torch.arange(50) % 10 // 4  # 20, 20 and 10 images of three classes
    found = binary_codes.hamming_precision_pct(codes[:3], codes, torch.tensor([0, 1, 2]), gallery_labels, 6)
    assert found == pytest.approx(100 * (0.4 + 0.4 + 0.2) / 3)


@pytest.mark.parametrize("encode", [binary_codes.autoencoder_codes, binary_codes.pca_codes])
def test_codes_are_signs_of_the_wanted_lengths_and_the_same_for_one_seed(encode):
    gallery, queries = 50 + 20 * drawn(300, 12), 50 + 20 * drawn(20, 12, seed=1)
    first, second = (dict(encode(gallery, queries, (2, 8), 3)) for _ in range(2))
    assert list(first) == [2, 8]
    for bits, (asked, stored) in first.items():
        assert asked.shape == (20, bits) and stored.shape == (300, bits)
        assert set(stored.unique().tolist()) == {-1.0, 1.0}
        assert torch.equal(stored, second[bits][1]) and torch.equal(asked, second[bits][0])


def test_pca_codes_are_the_signs_of_the_scores_of_scikit_free_svd():
    gallery, queries = drawn(200, 6) * torch.tensor([9.0, 5, 3, 2, 1, 0.5]) + 4, drawn(10, 6, seed=1) + 4
    directions = np.linalg.svd((gallery - gallery.mean(0)).double().numpy(), full_matrices=False)[2]
    expected = np.sign((queries - gallery.mean(0)).double().numpy() @ directions[:3].T)
    (_, (asked, _)), = binary_codes.pca_codes(gallery, queries, (3,))
    for bit in range(3):  # an eigenvector's sign is arbitrary, a whole bit may be turned over
        assert abs(float((asked[:, bit].numpy() * expected[:, bit]).mean())) == 1


def test_another_seed_learns_another_autoencoder():
    gallery = drawn(200, 12)
    codes = [dict(binary_codes.autoencoder_codes(gallery, gallery, (8,), seed))[8][1] for seed in (0, 1)]
    assert not torch.equal(*codes)


def test_an_autoencoder_gives_one_cluster_one_code():
    centres = 10 * drawn(4, 20)
    labels = torch.arange(800) % 4
    gallery = centres[labels] + 0.1 * drawn(800, 20, seed=1)
    (_, (asked, stored)), = binary_codes.autoencoder_codes(gallery, gallery[:40], (8,), 0)
    assert binary_codes.hamming_precision_pct(asked, stored, labels[:40], labels, 6) > 99


def test_the_measures_of_a_net_are_json_and_complete(monkeypatch):
    monkeypatch.setattr(binary_codes, "PASSES", 1)
    monkeypatch.setattr(retrieval, "BITS", (4, 8))
    monkeypatch.setattr(retrieval, "QUERIES", 15)
    gallery, queries = picture_set(60), picture_set(20, seed=1)
    found = retrieval.retrieval_measures(small_net(), gallery, queries, seed=0)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert (found["gallery"], found["queries"]) == (60, 15)
    assert set(found["codes"]) == {f"{m}-{k}" for m in ("autoencoder", "pca") for k in ("vectors", "pixels")}
    assert all(list(values) == ["4", "8"] for values in found["codes"].values())
    assert found["median_pixel_rank_pct"] == pytest.approx(100 * found["median_pixel_rank"] / 60)
    numpy_pixels = [np.stack([image for image in data.images.numpy()[:n, 4:28, 4:28].astype(float)])
                    for data, n in ((queries, 15), (gallery, 60))]
    nearest = [np.argsort([((a - b) ** 2).sum() for b in numpy_pixels[1]])[:6] for a in numpy_pixels[0]]
    right = (gallery.labels.numpy()[np.array(nearest)] == queries.labels.numpy()[:15, None]).mean()
    assert found["precision_at_6_pixels_pct"] == pytest.approx(100 * right, abs=1e-4)


# --- moved pictures ------------------------------------------------------------------------------------


@pytest.mark.parametrize("augmentation", [True, False])
@pytest.mark.parametrize("scale", ["raw", "standardised"])
def test_a_picture_that_is_not_moved_is_what_a_test_sees(augmentation, scale):
    data = picture_set(scale=scale, augmentation=augmentation)
    rows = torch.tensor([3, 0, 7])
    torch.testing.assert_close(off_centre.moved(data, rows, 0, 0), data.batch(rows)[0])


@pytest.mark.parametrize("down, right", [(1, 0), (-3, 4), (6, 0), (0, -9), (-12, 0), (12, -12), (0, 27), (30, 0)])
def test_a_moved_picture_shows_its_own_pixels_and_then_the_mean(down, right):
    data = picture_set(scale="raw")
    found = off_centre.moved(data, slice(0, 2), down, right).numpy()
    images, mean = data.images.numpy().astype(float), data.pixels.offset.numpy().astype(float)
    factor = data.pixels.factor.numpy()
    for image, row, column in itertools.product(range(2), range(24), range(24)):
        from_row, from_column = row + 4 - down, column + 4 - right
        inside = 0 <= from_row < 32 and 0 <= from_column < 32
        behind = np.broadcast_to(mean, (24, 24, 3))[row, column]  # what is subtracted stays where it is
        value = (images[image, from_row, from_column] - behind) * factor if inside else np.zeros(3)
        np.testing.assert_allclose(found[image, :, row, column], value, atol=1e-4)


def test_of_the_right_answers_those_that_stay_right_are_counted(monkeypatch):
    class BrightestHalf(torch.nn.Module):
        """Answers 0 if the upper half is the brighter, else 1."""

        def forward(self, images):
            difference = images[:, :, :12].sum((1, 2, 3)) - images[:, :, 12:].sum((1, 2, 3))
            return torch.stack([difference, -difference], dim=1)

    images = np.zeros((8, 32, 32, 3), np.uint8)
    images[:4, 4:16] = 200  # the upper half of what the net sees
    images[4:, 16:28] = 200
    labels = np.array([0, 0, 0, 1, 1, 1, 1, 1])  # the fourth answer is wrong
    black = normalisation(images, "raw")._replace(offset=np.zeros(3, np.float32))
    data = ResidentImages(images, labels, black, "cpu", Augmentation(size=24))
    net = BrightestHalf().train()
    found = off_centre.off_centre_measures(net, data, batch_size=3)
    assert net.training
    assert found["images"] == 8 and found["error_at_centre_pct"] == pytest.approx(12.5)
    kept = found["kept_pct"]
    assert kept["left"]["8"] == kept["down"]["4"] == 100  # moved by 4, two thirds are still where they were
    assert kept["down"]["8"] == pytest.approx(100 * 4 / 7)  # moved by 8, one third is
    assert kept["up"]["8"] == pytest.approx(100 * 3 / 7)
    assert kept["mean"]["8"] == pytest.approx((100 + 100 + 400 / 7 + 300 / 7) / 4)


# --- mistakes ------------------------------------------------------------------------------------------


def test_groups_name_every_class_once():
    assert off_centre.GROUP_OF.tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 1, 1]  # airplane, automobile, bird ... ship, truck


def test_mistakes_within_a_group_are_set_against_chance():
    labels = np.array([3, 3, 3, 0, 0, 5])  # cats, airplanes, a dog
    answers = np.array([5, 5, 9, 2, 0, 5])  # dog, dog, truck; bird, airplane; dog
    found = off_centre.group_mistakes(np.eye(10)[answers], labels)
    assert found["mistakes"] == 4
    assert found["within_group_pct"] == 50
    assert found["within_group_by_chance_pct"] == pytest.approx(100 * (3 * 5 / 9 + 3 / 9) / 4)


def test_the_chance_level_is_what_wrong_answers_drawn_at_random_give():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 10, 100_000).astype(np.uint8)
    answers = (labels + generator.integers(1, 10, labels.size)) % 10
    found = off_centre.group_mistakes(np.eye(10)[answers], labels)
    assert found["within_group_pct"] == pytest.approx(found["within_group_by_chance_pct"], abs=0.5)


def test_a_net_without_mistakes_has_no_share():
    assert off_centre.group_mistakes(np.eye(10), np.arange(10))["within_group_pct"] is None
