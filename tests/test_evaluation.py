"""What a net predicts, by one view and by ten, and how a new light changes it."""

import numpy as np
import pytest
import torch
from torch import nn

from alexnet_lib.data import cifar10
from alexnet_lib.data.augment import Augmentation
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation, rgb_pca
from alexnet_lib.training.evaluation import changed_by_light_pct, probabilities


@pytest.fixture(scope="module")
def data():
    images, labels = (array[:60] for array in cifar10.load("validation"))
    return ResidentImages(images, labels, normalisation(images, "raw"), augmentation=Augmentation(24),
                          pca=rgb_pca(images))


class Counting(nn.Module):
    """Two classes: their logits are the mean of the left and of the upper half, over 50."""

    def forward(self, x):
        return torch.stack([x[..., :12].mean((1, 2, 3)), x[:, :, :12].mean((1, 2, 3))], 1) / 50


def test_ten_views_average_the_outputs_and_not_the_logits(data):
    wanted = np.zeros((60, 2))
    for top, left in ((0, 0), (0, 8), (8, 0), (8, 8), (4, 4)):
        view = data.images[:, top : top + 24, left : left + 24].double()
        for pixels in (view, view.flip(2)):
            seen = pixels - data.pixels.offset  # the mean image is not mirrored
            halves = np.stack([seen[:, :, :12].mean((1, 2, 3)), seen[:, :12].mean((1, 2, 3))], 1) / 50
            wanted += np.exp(halves) / np.exp(halves).sum(1, keepdims=True) / 10
    np.testing.assert_allclose(probabilities(Counting(), data, 10, batch_size=70).numpy(), wanted, atol=1e-6)


def test_one_view_is_the_centre(data):
    found = probabilities(Counting(), data, 1, batch_size=17)
    images, _ = data.batch(slice(0, 60))
    torch.testing.assert_close(found, Counting()(images).softmax(1))


@pytest.mark.parametrize("views", [1, 10])
def test_evaluation_leaves_the_mode_alone(data, views):
    for mode in (True, False):
        net = nn.Sequential(nn.Dropout(0.5), Counting()).train(mode)
        probabilities(net, data, views)
        assert net.training is mode


def test_other_numbers_of_views_are_refused(data):
    with pytest.raises(ValueError, match="1 or 10, not 5"):
        probabilities(Counting(), data, 5)


class BrighterThan(nn.Module):
    """Two classes: is the mean of the picture above a level?"""

    def __init__(self, level):
        super().__init__()
        self.level = level

    def forward(self, x):
        return torch.stack([x.mean((1, 2, 3)) - self.level, torch.zeros(len(x))], 1)


def test_light_changes_what_depends_on_brightness_and_nothing_else(data):
    seed = torch.Generator().manual_seed(0)
    assert changed_by_light_pct(BrighterThan(1e6), data, 1.0, seed) == 0  # always dark
    changed = changed_by_light_pct(BrighterThan(0.0), data, 1.0, seed)
    assert 10 < changed < 60  # a shift of one standard deviation of the pixels
    assert changed_by_light_pct(BrighterThan(0.0), data, 0.0, seed) == 0
    # a net that sees differences between pixels only
    assert changed_by_light_pct(Contrast(), data, 1.0, seed) < 2


class Contrast(nn.Module):
    def forward(self, x):
        return torch.stack([x[..., :12].mean((1, 2, 3)) - x[..., 12:].mean((1, 2, 3)), torch.zeros(len(x))], 1)
