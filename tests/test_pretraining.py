"""Pre-training without labels: labels are never read, the convolutions learn, and the same seed gives the same bits."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from alexnet_lib.data import cifar10
from alexnet_lib.data.augment import Augmentation
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation
from alexnet_lib.nets.alexnet import AlexNet
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.training import pretraining
from alexnet_lib.training.pretraining import TASKS, Pretraining, build_decoder, pretrain, turned

SMALL = AlexNetConfig.small(dropout=0.0)
IMAGES = 256


def resident(labels=None, count=IMAGES):
    images = cifar10.load("train").images[:count]
    labels = np.zeros(count, np.int64) if labels is None else labels
    return ResidentImages(images, labels, normalisation(images, "raw"), "cpu", Augmentation(size=24))


@pytest.fixture(scope="module")
def data():
    return resident()


def pretrained(task, data, seed=0, shown=256, **changes):
    generator = torch.Generator().manual_seed(seed)
    net = AlexNet(SMALL, generator)
    return net, pretrain(net, data, Pretraining(task, shown=shown, **changes), generator)


# --- what is trained -------------------------------------------------------------------------------


@pytest.mark.parametrize("task", TASKS)
def test_features_change_and_the_classifier_does_not(task, data):
    net, result = pretrained(task, data)
    fresh = AlexNet(SMALL, torch.Generator().manual_seed(0))
    same = {name: torch.equal(value, fresh.state_dict()[name]) for name, value in net.state_dict().items()}
    assert {name for name, kept in same.items() if kept} == {n for n in same if n.startswith("classifier.")}
    assert (result["task"], result["stopped"], result["shown"]) == (task, "finished", 256)


@pytest.mark.parametrize("task", TASKS)
def test_labels_are_never_read_and_a_seed_repeats_every_bit(task, data):
    class Unreadable:
        def __getitem__(self, rows):
            return self  # ResidentImages cuts them to batches; whoever looks at one fails

        def __len__(self):
            return IMAGES

    first, result = pretrained(task, data, shown=200)
    blind = resident(np.arange(IMAGES) % 10)
    blind.labels = Unreadable()
    second, again = pretrained(task, blind, shown=200)
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name
    assert {**result, "time_s": 0} == {**again, "time_s": 0}
    other, _ = pretrained(task, data, seed=1, shown=200)
    assert not torch.equal(first.features.conv1.weight, other.features.conv1.weight)


def test_the_auto_encoder_s_loss_falls_within_2000_images(monkeypatch):
    monkeypatch.setattr(pretraining, "WINDOW_IMAGES", 500)
    entries = []
    generator = torch.Generator().manual_seed(0)
    result = pretrain(AlexNet(SMALL, generator), resident(count=1_000), Pretraining("autoencoder", shown=2_000),
                      generator, entries.append)
    assert result["loss"] < 0.8 * result["first_loss"]
    assert [entry["shown"] for entry in entries] == [512, 1128, 1640, 2000]  # batches of 128, the last of a pass 104
    assert entries[-1]["loss"] == result["loss"] and "error_pct" not in result


def test_which_way_is_up_is_learnt_where_it_is_plain(monkeypatch):
    monkeypatch.setattr(pretraining, "WINDOW_IMAGES", 256)
    images = np.array(cifar10.load("train").images[:IMAGES])
    scale = normalisation(images, "raw")
    images[:, :16] = 0  # a black upper half
    data = ResidentImages(images, np.zeros(IMAGES), scale, "cpu", Augmentation(size=24))
    _, result = pretrained("rotation", data, shown=2_500)
    assert result["loss"] < math.log(4) - 0.2 < result["first_loss"]
    assert result["error_pct"] < 60  # chance: 75


# --- turning and rebuilding ------------------------------------------------------------------------


def test_turns_are_those_of_numpy(data):
    images, _ = data.batch(slice(0, 8))
    turns = torch.tensor([0, 1, 2, 3, 3, 2, 1, 0])
    found = turned(images, turns)
    for image, turn, one in zip(images.numpy(), turns.tolist(), found.numpy(), strict=True):
        np.testing.assert_array_equal(one, np.rot90(image, turn, (1, 2)))
    assert found.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("config", [SMALL, AlexNetConfig.small(image_size=32), AlexNetConfig()])
def test_decoder_gives_images_of_the_net_s_size_and_starts_at_the_mean_image(config):
    conv5, side = config.kernels[-1], config.maps["pool5"]
    rebuilt = build_decoder(config)(torch.rand(2, conv5, side, side))
    assert rebuilt.shape == (2, 3, config.image_size, config.image_size)
    assert rebuilt.abs().max() < 0.5  # of one spread of the pixels


def test_rotation_head_has_four_answers_and_no_dropout(data):
    generator = torch.Generator().manual_seed(0)
    net = AlexNet(replace(SMALL, dropout=0.5), generator)
    before = torch.get_rng_state()
    pretrain(net, data, Pretraining("rotation", shown=128), generator)
    assert torch.equal(torch.get_rng_state(), before)  # dropout would have drawn from torch's own generator
    assert net.classifier.fc8.out_features == 10


# --- what goes wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize("settings, message", [
    ({"task": "jigsaw"}, "unknown task 'jigsaw': choose one of autoencoder, rotation"),
    ({"task": "rotation", "images": 0}, "images must be at least 1, not 0"),
    ({"task": "rotation", "shown": 0}, "shown must be at least 1, not 0"),
    ({"task": "rotation", "lr": 0.0}, "lr must be above 0 and finite, not 0.0"),
    ({"task": "rotation", "lr": math.inf}, "lr must be above 0 and finite, not inf"),
])
def test_bad_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        Pretraining(**settings)


def test_a_task_brings_its_rate_and_another_can_be_given():
    assert {task: Pretraining(task).lr for task in TASKS} == TASKS
    assert Pretraining("rotation", lr=0.1).lr == 0.1
    assert replace(Pretraining("autoencoder"), shown=5).lr == TASKS["autoencoder"]


def test_a_diverged_loss_is_a_result(data, monkeypatch):
    monkeypatch.setattr(pretraining, "WINDOW_IMAGES", 256)
    _, result = pretrained("autoencoder", data, shown=10_000, lr=1e4)
    assert result["stopped"] == "diverged" and not math.isfinite(result["loss"])
    assert result["shown"] < 10_000


def test_ctrl_c_passes_through(data):
    def interrupt(entry):
        raise KeyboardInterrupt

    generator = torch.Generator().manual_seed(0)
    with pytest.raises(KeyboardInterrupt):
        pretrain(AlexNet(SMALL, generator), data, Pretraining("rotation", shown=128), generator, interrupt)
