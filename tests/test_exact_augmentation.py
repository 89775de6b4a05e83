"""The exact checks of section 4.1, and that each objects when the library does something else."""

import numpy as np
import pytest
import torch

from alexnet_lib.data.augment import crop_and_mirror
from alexnet_lib.experiments import exact_augmentation
from alexnet_lib.experiments.exact_augmentation import CHECKS, IMAGENET_COLOURS, distinct_patches, numbered_pixels


def test_verdicts_and_their_numbers():
    found = {claim: check() for claim, check in CHECKS.items()}
    assert {claim: verdict.label for claim, verdict in found.items()} == {
        "C35": "exact, checked", "C37": "paper is inconsistent", "C39": "exact, checked", "C40": "exact, checked"}
    assert "9.97 bits" in found["C35"].reason and "60,965,224" in found["C35"].reason
    assert "166,096 bits" in found["C35"].reason  # 50,000 x 3.3219
    assert "33 x 33 x 2 = 2,178" in found["C37"].reason and "2,048 are 32 x 32 x 2" in found["C37"].reason
    assert "1,483 grey levels" in found["C40"].reason and "12.2" in found["C40"].reason


def test_patches_are_counted_as_their_bytes_are():
    for side, size, count in ((32, 24, 162), (6, 4, 18), (5, 5, 2), (4, 1, 16)):  # one pixel is its own mirror image
        picture = numbered_pixels(side)
        places = [(r, c) for r in range(side - size + 1) for c in range(side - size + 1)]
        patches = [picture[r : r + size, c : c + size] for r, c in places]
        assert len({patch.tobytes() for p in patches for patch in (p, p[:, ::-1])}) == count
        assert distinct_patches(side, size) == count


def test_library_cuts_out_all_162_patches_of_24_in_32():
    places = torch.cartesian_prod(torch.arange(9), torch.arange(9), torch.arange(2))
    image = torch.from_numpy(numbered_pixels(32))[None]
    patches = crop_and_mirror(image, places[:, 0], places[:, 1], places[:, 2] == 1, 24,
                              torch.zeros(len(places), dtype=torch.int64))
    assert len({patch.numpy().tobytes() for patch in patches}) == distinct_patches(32, 24)


def test_imagenet_s_colours_are_unit_directions_at_right_angles():
    np.testing.assert_allclose(IMAGENET_COLOURS.directions @ IMAGENET_COLOURS.directions.T, np.eye(3), atol=1e-12)
    published = np.array([[0.56, 0.58, 0.59], [0.71, 0.02, -0.70], [0.42, -0.82, 0.40]])
    cosine = np.abs((published * IMAGENET_COLOURS.directions).sum(1)) / np.linalg.norm(published, axis=1)
    assert np.degrees(np.arccos(cosine)).max() < 3


@pytest.mark.parametrize("claim, name, changed", [
    ("C37", "draw_crops", lambda count, border, settings, generator: (torch.arange(border),)),
    ("C39", "ten_views", lambda images, size: torch.stack([images[:, :size, :size]] * 10)),
    ("C39", "probabilities", lambda net, data, views: torch.full((2, 4), 0.25)),
    ("C40", "draw_colour_shift", lambda count, pca, settings, generator: torch.zeros(count, 3)),
    ("C40", "draw_colour_shift", lambda count, pca, settings, generator: torch.from_numpy(  # the same at every use
        0.1 * torch.randn(count, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64).numpy()
        * (pca.variances if settings.colour_form == "paper" else np.sqrt(pca.variances)) @ pca.directions)),
])
def test_a_check_objects_when_the_library_does_something_else(monkeypatch, claim, name, changed):
    monkeypatch.setattr(exact_augmentation, name, changed)
    assert CHECKS[claim]().label == "not reproduced"
