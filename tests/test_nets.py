"""The CIFAR nets: shapes, counts and initialisation against cuda-convnet's files."""

import numpy as np
import pytest
import torch

from alexnet_lib.data import cifar10
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation
from alexnet_lib.nets.cifar import NETS, CifarNetConfig, build_cifar_net
from alexnet_lib.nets.layers import WithinMapNorm, activation, average_pool, max_pool


def shapes(net, x):
    found = []
    for layer in net:
        x = layer(x)
        found.append((type(layer).__name__, tuple(x.shape[1:])))
    return found


@pytest.mark.parametrize("net", NETS)
def test_maps_are_32_16_8_4(net):
    found = shapes(build_cifar_net(CifarNetConfig(net)), torch.zeros(1, 3, 32, 32))
    pools = [shape for name, shape in found if name.endswith("Pool2d")]
    assert pools == [(32, 16, 16), (32, 8, 8), (64, 4, 4)]
    assert found[-1] == ("Linear", (10,))


@pytest.mark.parametrize("net, weights", [
    # counted by hand from the kernel sizes: inputs x outputs x 5 x 5, plus the fully connected layers
    ("figure1", 3 * 32 * 25 + 32 * 32 * 25 + 32 * 64 * 25 + 64 * 4 * 4 * 10),
    ("19pct", 3 * 32 * 25 + 32 * 32 * 25 + 32 * 64 * 25 + 64 * 4 * 4 * 10),
    ("18pct", 3 * 32 * 25 + 32 * 32 * 25 + 32 * 64 * 25 + 64 * 4 * 4 * 10),
    ("80sec", 3 * 32 * 25 + 32 * 32 * 25 + 32 * 64 * 25 + 64 * 4 * 4 * 64 + 64 * 10),
])
def test_weight_counts(net, weights):
    built = build_cifar_net(CifarNetConfig(net))
    assert sum(p.numel() for p in built.parameters() if p.ndim > 1) == weights
    biases = 32 + 32 + 64 + 10 + (64 if net == "80sec" else 0)
    assert sum(p.numel() for p in built.parameters() if p.ndim == 1) == biases


def test_only_18pct_normalises_and_it_does_so_after_the_first_two_pools():
    norms = {net: [i for i, layer in enumerate(build_cifar_net(CifarNetConfig(net)))
                   if isinstance(layer, WithinMapNorm)] for net in NETS}
    assert norms == {"figure1": [], "19pct": [], "18pct": [3, 7], "80sec": []}


@pytest.mark.parametrize("size, pooled", [(32, 16), (16, 8), (8, 4), (24, 12), (12, 6), (6, 3)])
def test_pooling_rounds_up(size, pooled):
    for pool in (max_pool(), average_pool()):
        assert pool(torch.zeros(1, 1, size, size)).shape[-1] == pooled


def test_average_pooling_divides_by_the_pixels_really_covered():
    assert torch.equal(average_pool()(torch.ones(1, 1, 8, 8)), torch.ones(1, 1, 4, 4))


def test_within_map_norm_equals_a_naive_loop():
    x = torch.randn(2, 3, 5, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 100
    got = WithinMapNorm(3, scale=5e-5, power=0.75)(x).numpy()
    a = x.numpy()
    for n, c, i, j in np.ndindex(a.shape):
        window = a[n, c, max(0, i - 1) : i + 2, max(0, j - 1) : j + 2]
        wanted = a[n, c, i, j] / (1 + 5e-5 / 9 * (window**2).sum()) ** 0.75
        assert got[n, c, i, j] == pytest.approx(wanted, rel=1e-12)


def test_within_map_norm_refuses_an_even_window():
    with pytest.raises(ValueError, match="odd.*4"):
        WithinMapNorm(4)


@pytest.mark.parametrize("name, wanted", [
    ("relu", [0.0, 0.0, 2.0]), ("tanh", [-0.7615941559557649, 0.0, 0.9640275800758169]),
    ("logistic", [0.2689414213699951, 0.5, 0.8807970779778823]),
    ("abs_tanh", [0.7615941559557649, 0.0, 0.9640275800758169]),
])
def test_activations_at_minus_1_0_and_2(name, wanted):
    x = torch.tensor([-1.0, 0.0, 2.0], dtype=torch.float64)
    assert activation(name)(x).tolist() == pytest.approx(wanted, abs=1e-15)


@pytest.mark.parametrize("initialisation, sds", [
    ("k12", [0.01, 0.01, 0.01, 0.01]),
    ("cuda-convnet", [0.0001, 0.01, 0.01, 0.01]),
    ("lecun", [75**-0.5, 800**-0.5, 800**-0.5, 1024**-0.5]),
    ("he", [(2 / 75) ** 0.5, (2 / 800) ** 0.5, (2 / 800) ** 0.5, (2 / 1024) ** 0.5]),
])
def test_initial_weights_have_the_stated_spread_and_biases_are_0(initialisation, sds):
    net = build_cifar_net(CifarNetConfig(initialisation=initialisation), torch.Generator().manual_seed(0))
    weights = [p for p in net.parameters() if p.ndim > 1]
    for weight, sd in zip(weights, sds, strict=True):
        # the sample s.d. of n normal numbers has a relative s.e. of 1/sqrt(2n): allow five of them
        assert weight.std().item() == pytest.approx(sd, rel=5 / (2 * weight.numel()) ** 0.5)
        assert abs(weight.mean().item()) < 5 * sd / weight.numel() ** 0.5
    assert all(torch.count_nonzero(p) == 0 for p in net.parameters() if p.ndim == 1)


def test_80sec_has_wider_fully_connected_layers():
    net = build_cifar_net(CifarNetConfig("80sec", initialisation="cuda-convnet"), torch.Generator().manual_seed(0))
    assert [round(p.std().item(), 2) for p in net.parameters() if p.ndim == 2] == [0.1, 0.1]


def test_same_seed_same_weights_whatever_the_activation():
    nets = [build_cifar_net(CifarNetConfig(activation=unit), torch.Generator().manual_seed(3))
            for unit in ("relu", "tanh")]
    for a, b in zip(*(net.parameters() for net in nets), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("field, value", [("net", "alexnet"), ("activation", "gelu"), ("initialisation", "xavier")])
def test_unknown_switch_names_the_choices(field, value):
    with pytest.raises(ValueError, match=f"unknown {field} '{value}': choose one of"):
        CifarNetConfig(**{field: value})


def test_a_wrong_image_size_fails():
    with pytest.raises(RuntimeError):
        build_cifar_net(CifarNetConfig())(torch.zeros(1, 3, 24, 24))


def test_the_papers_init_starts_at_a_loss_of_ln_10_on_raw_pixels():
    images, labels = cifar10.load("train")
    data = ResidentImages(images[:500], labels[:500], normalisation(images[:500], "raw"))
    net = build_cifar_net(CifarNetConfig(initialisation="k12"), torch.Generator().manual_seed(0))
    x, y = data.batch(slice(None))
    # sd of the logits: 60 grey levels times 0.01 per layer, so nearly nothing reaches the last one
    assert torch.nn.functional.cross_entropy(net(x), y).item() == pytest.approx(np.log(10), abs=0.02)
