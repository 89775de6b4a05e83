"""Nets trained together against the same nets trained one by one.

Differences are told as a share of what training changed. In double precision, in which convolutions are slow here,
rounding is no excuse; in single precision it grows with every step.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from alexnet_lib.data import cifar10
from alexnet_lib.data.augment import Augmentation
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation, rgb_pca
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.nets.build import build_net
from alexnet_lib.nets.cifar import CifarNetConfig
from alexnet_lib.nets.layers import LocallyConnected2d
from alexnet_lib.nets.stacked import StackedNet
from alexnet_lib.training.loop import TrainConfig, train
from alexnet_lib.training.together import train_together

SMALL = AlexNetConfig.small(dropout=0.0)
SEEDS = (0, 1, 7)
CONFIG = TrainConfig(lr=0.005, weight_decay=0.0005, max_passes=2, batch_size=48, lr_drops=(0.75,))
ROUNDING = 0.1  # in single precision; other images, crops or masks would make it 1 or so


class InDouble(ResidentImages):
    """Double precision, in which the order of additions does not matter to nine digits."""

    def batch(self, rows):
        images, labels = super().batch(rows)
        return images.double(), labels

    def augmented_batch(self, rows, generator):
        images, labels = super().augmented_batch(rows, generator)
        return images.double(), labels

    def stacked_batch(self, draws):
        images, labels = super().stacked_batch(draws)
        return images.double(), labels


def images_of(kind, size=24, colour=0.0, count=112):
    """112 images: two whole batches of 48 and one of 16."""
    images, labels = (part[:count] for part in cifar10.load("train"))
    augmentation = None if size == 32 else Augmentation(size, colour_sigma=colour, colour_form="released")
    return kind(images, labels, normalisation(images, "raw"), augmentation=augmentation, pca=rgb_pca(images))


def made(net_config, seeds=SEEDS, double=False):
    """Nets at their start, and the generators that drew them."""
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    nets = [build_net(net_config, generator) for generator in generators]
    return [net.double() if double else net for net in nets], generators


def both_ways(net_config, config, data, seeds=SEEDS):
    """Nets and histories, trained one by one and together."""
    double = isinstance(data, InDouble)
    alone, generators = made(net_config, seeds, double)
    first = [train(net, data, config, generator) for net, generator in zip(alone, generators, strict=True)]
    together, generators = made(net_config, seeds, double)
    return (alone, first), (together, train_together(together, data, config, generators))


def largest_difference(net_config, alone, together, seeds=SEEDS):
    """Over all parameters, as a share of the largest change of that parameter in training."""
    found = []
    for seed, one, other in zip(seeds, alone, together, strict=True):
        start = build_net(net_config, torch.Generator().manual_seed(seed)).state_dict()
        for name, mine in one.state_dict().items():
            change = (mine - start[name]).abs().max()
            found.append(float((mine - other.state_dict()[name]).abs().max() / change))
    return max(found)


NETS = {
    "the small net": (SMALL, 24, 0.1, CONFIG),
    "with dropout": (AlexNetConfig.small(), 24, 0.0, CONFIG),
    "with inverted dropout": (replace(SMALL, dropout=0.3, dropout_form="inverted"), 24, 0.0, CONFIG),
    "columns that never talk": (replace(SMALL, talk=()), 24, 0.0, CONFIG),
    "the released norms": (replace(SMALL, normalisation="released", norm_order="released", same_map_norm=True), 24, 0.0,
                           replace(CONFIG, rule="released")),
    "80sec, whole images": (CifarNetConfig("80sec"), 32, 0.0, replace(CONFIG, lr=0.001, rule="files")),
    "11pct": (CifarNetConfig("11pct", initialisation="lecun"), 24, 0.0, replace(CONFIG, lr=1e-5, rule="files")),
}


@pytest.mark.parametrize(("net", "size", "colour", "config"), NETS.values(), ids=NETS)
def test_nets_trained_together_are_those_trained_one_by_one(net, size, colour, config):
    (alone, first), (together, second) = both_ways(net, config, images_of(ResidentImages, size, colour))
    assert largest_difference(net, alone, together) < ROUNDING
    for one, other in zip(first, second, strict=True):
        assert one.images == other.images and one.stopped == other.stopped == "finished"
        assert one.trailing_error_pct == pytest.approx(other.trailing_error_pct, abs=1)
        assert one.loss == pytest.approx(other.loss, rel=1e-4)
    assert len({history.loss[-1] for history in second}) == len(SEEDS)  # and they are not all the same net


@pytest.mark.parametrize("net", [SMALL, AlexNetConfig.small()], ids=["small", "with dropout"])
def test_but_for_rounding_they_are_equal(net):
    data = images_of(InDouble, colour=0.1, count=20)
    (alone, first), (together, second) = both_ways(net, replace(CONFIG, batch_size=8), data, SEEDS[:2])
    assert largest_difference(net, alone, together, SEEDS[:2]) < 1e-9
    for one, other in zip(first, second, strict=True):
        assert one.trailing_error_pct == other.trailing_error_pct
        assert one.loss == pytest.approx(other.loss, rel=1e-6)  # summed in single precision by the one


def test_a_net_that_diverges_harms_no_other():
    data, config = images_of(ResidentImages), replace(CONFIG, max_passes=4, lr_drops=())
    nets, generators = made(SMALL)
    with torch.no_grad():
        nets[1].features.conv1.weight.mul_(1e30)
    histories = train_together(nets, data, config, generators)
    assert [history.stopped for history in histories] == ["finished", "diverged", "finished"]
    assert len(histories[1].images) < len(histories[0].images)
    (alone, _), _ = both_ways(SMALL, config, data, SEEDS[::2])
    assert largest_difference(SMALL, alone, nets[::2], SEEDS[::2]) < ROUNDING


def test_each_net_stops_at_the_target_with_the_weights_of_that_moment():
    net = CifarNetConfig(initialisation="cuda-convnet")
    config = TrainConfig(lr=0.001, max_passes=20, target_error_pct=79.0, batch_size=56)
    (alone, first), (together, second) = both_ways(net, config, images_of(ResidentImages, 32))
    assert {history.stopped for history in first} == {"target"}
    assert len({len(history.images) for history in first}) > 1, "they should stop at different moments"
    assert [history.images for history in first] == [history.images for history in second]
    assert largest_difference(net, alone, together) < 3 * ROUNDING  # after 40 steps


def test_nets_are_up_to_date_at_the_end_of_every_pass():
    data = images_of(ResidentImages)
    nets, generators = made(SMALL)
    seen = []
    train_together(nets, data, replace(CONFIG, max_passes=3), generators, on_pass=lambda number, history: seen.append(
        (number, round(history.passes[-1]), float(nets[number].classifier.fc8.weight.detach().sum()))))
    assert [(number, passes) for number, passes, _ in seen] == [(n, p) for p in (1, 2, 3) for n in range(3)]
    assert len({total for _, _, total in seen}) == 9


def test_ctrl_c_keeps_what_was_measured():
    data = images_of(ResidentImages)
    nets, generators = made(SMALL)
    before = nets[0].features.conv1.weight.detach().clone()

    def interrupt(histories):
        if len(histories[0].images) == 2:
            raise KeyboardInterrupt

    histories = train_together(nets, data, replace(CONFIG, max_passes=9), generators, on_entry=interrupt)
    assert {history.stopped for history in histories} == {"interrupted"} and len(histories[2].images) == 2
    assert not torch.equal(before, nets[0].features.conv1.weight)


def test_the_draws_of_a_pass_are_those_of_single_batches():
    data = images_of(ResidentImages, colour=0.1)
    together = data.draw_pass(48, [torch.Generator().manual_seed(seed) for seed in SEEDS])
    images, labels = data.stacked_batch(together.share(slice(96, 144)))
    assert images.shape == (16, 9, 24, 24) and images.is_contiguous(memory_format=torch.channels_last)
    for number, seed in enumerate(SEEDS):
        *_, (alone, wanted) = data.shuffled(48, torch.Generator().manual_seed(seed))
        assert torch.equal(images[:, 3 * number : 3 * number + 3], alone) and torch.equal(labels[:, number], wanted)


def test_nets_of_different_forms_are_refused():
    nets = [build_net(SMALL), build_net(replace(SMALL, pooling="2/2"))]
    with pytest.raises(ValueError, match="of one form"):
        StackedNet(nets)
    with pytest.raises(ValueError, match="Softplus cannot be stacked"):
        StackedNet([torch.nn.Sequential(torch.nn.Softplus())])
    with pytest.raises(ValueError, match="as many generators, not 1"):
        train_together(nets, images_of(ResidentImages), CONFIG, [torch.Generator()])


def test_a_stack_gives_its_weights_back():
    nets, _ = made(SMALL)
    copy = build_net(SMALL)
    StackedNet(nets).store(2, copy)
    for name, value in copy.state_dict().items():
        assert torch.equal(value, nets[2].state_dict()[name])


def test_groups_of_a_locally_connected_layer_do_not_see_each_other():
    layer = LocallyConnected2d(6, 4, 3, map_size=5, padding=1, groups=2)
    x = torch.randn(2, 6, 5, 5)
    halves = []
    for group, part in enumerate(x.chunk(2, 1)):
        half = LocallyConnected2d(3, 2, 3, map_size=5, padding=1)
        with torch.no_grad():
            half.weight.copy_(layer.weight.chunk(2)[group])
            half.bias.copy_(layer.bias.chunk(2)[group])
        halves.append(half(part))
    np.testing.assert_allclose(layer(x).detach(), torch.cat(halves, 1).detach(), atol=1e-6)
    with pytest.raises(ValueError, match="4 does not"):
        LocallyConnected2d(6, 4, 3, map_size=5, groups=4)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no NVIDIA GPU here")
def test_a_recorded_graph_does_what_the_steps_do():
    images, labels = (part[:1000] for part in cifar10.load("train"))
    data = ResidentImages(images, labels, normalisation(images, "raw"), "cuda", Augmentation(24))
    results = []
    for graphs in (False, True):
        nets, generators = made(AlexNetConfig.small())
        train_together(nets, data, CONFIG, generators, graphs=graphs)
        results.append([net.cpu() for net in nets])
    assert largest_difference(AlexNetConfig.small(), *results) < ROUNDING
