"""The CIFAR nets: shapes, counts and initialisation against cuda-convnet's files."""

import numpy as np
import pytest
import torch

from alexnet_lib.data import cifar10
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation
from alexnet_lib.nets.cifar import NETS, CifarNetConfig, build_cifar_net
from alexnet_lib.nets.layers import LocallyConnected2d, activation, average_pool, max_pool
from alexnet_lib.nets.normalisation import LocalResponseNorm, WithinMapNorm

CROPPED = ("13pct", "11pct")  # the nets that take 24-pixel crops
WHOLE = tuple(net for net in NETS if net not in CROPPED)


def shapes(net, x):
    found = []
    for layer in net:
        x = layer(x)
        found.append((type(layer).__name__, tuple(x.shape[1:])))
    return found


@pytest.mark.parametrize("net", WHOLE)
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
                   if isinstance(layer, WithinMapNorm)] for net in WHOLE}
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


@pytest.mark.parametrize("field, value", [("net", "alexnet"), ("activation", "gelu"), ("initialisation", "xavier"),
                                          ("normalisation", "batch")])
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


@pytest.mark.parametrize("net, order", [
    ("13pct", "Conv2d ReLU MaxPool2d Conv2d ReLU MaxPool2d "
              "LocallyConnected2d ReLU LocallyConnected2d ReLU Flatten Linear"),
    ("11pct", "Conv2d ReLU MaxPool2d LocalResponseNorm Conv2d ReLU LocalResponseNorm MaxPool2d "
              "LocallyConnected2d ReLU LocallyConnected2d ReLU Flatten Linear"),
])
def test_the_nets_for_crops_have_the_layers_of_their_files_in_order(net, order):
    found = shapes(build_cifar_net(CifarNetConfig(net)), torch.zeros(1, 3, 24, 24))
    assert " ".join(name for name, _ in found) == order
    assert [shape for name, shape in found if name.endswith("Pool2d")] == [(64, 12, 12), (64, 6, 6)]
    assert [shape for name, shape in found if name == "LocallyConnected2d"] == [
        (64 if net == "11pct" else 32, 6, 6), (32, 6, 6)]
    assert found[-1] == ("Linear", (10,))


def test_the_norms_of_11pct_are_those_of_its_parameter_file():
    norms = [layer for layer in build_cifar_net(CifarNetConfig("11pct")) if isinstance(layer, LocalResponseNorm)]
    assert [(n.size, n.alpha, n.beta, n.k, n.form) for n in norms] == 2 * [(9, 0.001, 0.75, 1.0, "released")]


@pytest.mark.parametrize("net, weights, biases, parameters, macs", [
    # weights, then biases, of each layer in turn; MACs of one image
    ("13pct", [4_800, 102_400, 663_552, 331_776, 11_520], [64, 64, 1_152, 1_152, 10], 1_116_490, 18_517_248),
    ("11pct", [4_800, 102_400, 1_327_104, 663_552, 11_520], [64, 64, 2_304, 1_152, 10], 2_112_970, 19_512_576),
])
def test_counts_of_the_nets_for_crops(net, weights, biases, parameters, macs):
    built = build_cifar_net(CifarNetConfig(net))
    assert [p.numel() for p in built.parameters() if p.ndim > 1] == weights
    assert [p.numel() for p in built.parameters() if p.ndim == 1] == biases
    assert sum(p.numel() for p in built.parameters()) == parameters
    counted = []

    def count(layer, _, output):
        # kernels are used once a place; untied weights and dense ones have one place each
        places = output[0, 0].numel() if isinstance(layer, torch.nn.Conv2d) else 1
        counted.append(layer.weight.numel() * places)

    for layer in built:
        if hasattr(layer, "weight"):
            layer.register_forward_hook(count)
    built(torch.zeros(1, 3, 24, 24))
    assert sum(counted) == macs


@pytest.mark.parametrize("net, layers", [("11pct", 12), ("18pct", 11), ("13pct", 12), ("80sec", 13)])
def test_without_normalisation_only_the_norms_are_gone(net, layers):
    nets = [build_cifar_net(CifarNetConfig(net, normalisation=choice), torch.Generator().manual_seed(1))
            for choice in ("file", "none")]
    with_norms, without = ([type(layer) for layer in net] for net in nets)
    assert [kind for kind in with_norms if kind not in (LocalResponseNorm, WithinMapNorm)] == without
    assert len(without) == layers
    for a, b in zip(*(net.parameters() for net in nets), strict=True):
        assert torch.equal(a, b)


def test_the_norms_of_11pct_act_on_raw_pixels_and_hardly_on_standardised_ones():
    small = torch.randn(4, 3, 24, 24, generator=torch.Generator().manual_seed(0))
    file, none = (build_cifar_net(CifarNetConfig("11pct", initialisation="he", normalisation=choice),
                                  torch.Generator().manual_seed(1)) for choice in ("file", "none"))
    with torch.no_grad():
        torch.testing.assert_close(file(small), none(small), rtol=0.02, atol=0.02)
        ratio = file(100 * small).std() / none(100 * small).std()
    assert ratio < 0.5


@pytest.mark.parametrize("net, decays", [
    ("figure1", [0, 0, 0, 0]), ("19pct", [0.004, 0.004, 0.004, 3]), ("18pct", [0.004, 0.004, 0.004, 1]),
    ("80sec", [0.004, 0.004, 0.004, 0.03, 0.03]), ("13pct", [0, 0, 0.004, 0.004, 0.004]),
    ("11pct", [0, 0, 0.004, 0.004, 0.01]),
])
def test_layers_carry_the_decay_of_their_parameter_file(net, decays):
    layers = [layer for layer in build_cifar_net(CifarNetConfig(net)) if hasattr(layer, "weight")]
    assert [layer.file_weight_decay for layer in layers] == decays
    assert all(type(layer.file_weight_decay) is float for layer in layers)


@pytest.mark.parametrize("initialisation, sds", [
    ("k12", 5 * [0.01]),
    ("cuda-convnet", [0.0001, 0.01, 0.04, 0.04, 0.01]),
    ("lecun", [75**-0.5, 1600**-0.5, 576**-0.5, 576**-0.5, 1152**-0.5]),
    ("he", [(2 / 75) ** 0.5, (2 / 1600) ** 0.5, (2 / 576) ** 0.5, (2 / 576) ** 0.5, (2 / 1152) ** 0.5]),
])
def test_local_layers_start_with_the_spread_of_their_fan_in_and_biases_of_0(initialisation, sds):
    net = build_cifar_net(CifarNetConfig("11pct", initialisation=initialisation), torch.Generator().manual_seed(0))
    weights = [p for p in net.parameters() if p.ndim > 1]
    for weight, sd in zip(weights, sds, strict=True):
        assert weight.std().item() == pytest.approx(sd, rel=5 / (2 * weight.numel()) ** 0.5)
    assert all(torch.count_nonzero(p) == 0 for p in net.parameters() if p.ndim == 1)


@pytest.mark.parametrize("net", NETS)
def test_a_seed_draws_the_weights_of_each_layer_in_turn_and_nothing_else(net):
    # records hold only the seed, so this order must never change
    built = build_cifar_net(CifarNetConfig(net), torch.Generator().manual_seed(7))
    generator = torch.Generator().manual_seed(7)
    for weight in (p for p in built.parameters() if p.ndim > 1):
        assert torch.equal(weight, torch.empty(weight.shape).normal_(0.0, 0.01, generator=generator))


def test_a_config_leaves_the_default_normalisation_out_of_its_record():
    assert CifarNetConfig("11pct").to_dict() == {"net": "11pct", "activation": "relu", "initialisation": "k12"}
    assert CifarNetConfig("11pct", normalisation="none").to_dict()["normalisation"] == "none"
    for choice in ("file", "none"):
        config = CifarNetConfig("18pct", "tanh", "he", choice)
        assert CifarNetConfig(**config.to_dict()) == config


def test_13pct_and_11pct_take_24_pixels_and_the_others_32():
    assert {net: CifarNetConfig(net).image_size for net in NETS} == {
        "figure1": 32, "19pct": 32, "18pct": 32, "80sec": 32, "13pct": 24, "11pct": 24}


@pytest.mark.parametrize("net", CROPPED)
def test_whole_images_are_refused_by_the_nets_for_crops_with_the_reason(net):
    with pytest.raises(ValueError, match=r"weights for maps of \(64, 6, 6\).*maps of \(64, 8, 8\).*image_size"):
        build_cifar_net(CifarNetConfig(net))(torch.zeros(1, 3, 32, 32))


@pytest.mark.parametrize("kernel_size, map_size, padding", [(3, 6, 1), (3, 5, 0), (2, 4, 1), (1, 3, 0), (5, 5, 0)])
def test_a_locally_connected_layer_equals_a_naive_loop_over_places(kernel_size, map_size, padding):
    torch.manual_seed(0)
    layer = LocallyConnected2d(2, 3, kernel_size, map_size, padding).double()
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(2, 2, map_size, map_size, dtype=torch.float64)
    got = layer(x).detach().numpy()
    side = map_size + 2 * padding - kernel_size + 1
    assert got.shape == (2, 3, side, side)
    padded = np.pad(x.numpy(), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    kernels = layer.weight.detach().numpy().reshape(side, side, kernel_size, kernel_size, 2, 3)
    biases = layer.bias.detach().numpy().reshape(side, side, 3)
    for n, o, i, j in np.ndindex(got.shape):
        wanted = biases[i, j, o]
        for c, r, s in np.ndindex(2, kernel_size, kernel_size):
            wanted += padded[n, c, i + r, j + s] * kernels[i, j, r, s, c, o]
        assert got[n, o, i, j] == pytest.approx(wanted, abs=1e-12)


def test_a_locally_connected_layer_with_tied_weights_is_a_convolution_forwards_and_backwards():
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(4, 5, 3, padding=1).double()
    layer = LocallyConnected2d(4, 5, 3, map_size=6, padding=1).double()
    with torch.no_grad():
        layer.weight.copy_(conv.weight.permute(2, 3, 1, 0).reshape(1, 36, 5).expand(36, -1, -1))
        layer.bias.copy_(conv.bias.repeat(36))
    inputs = [torch.randn(7, 4, 6, 6, dtype=torch.float64).requires_grad_()]
    inputs.append(inputs[0].detach().clone().requires_grad_())
    outputs = [net(x) for net, x in zip((conv, layer), inputs, strict=True)]
    torch.testing.assert_close(outputs[1], outputs[0])
    direction = torch.randn_like(outputs[0])
    for y in outputs:
        y.backward(direction)
    torch.testing.assert_close(inputs[1].grad, inputs[0].grad)
    torch.testing.assert_close(layer.weight.grad.sum(0).view(3, 3, 4, 5).permute(3, 2, 0, 1), conv.weight.grad)
    torch.testing.assert_close(layer.bias.grad.view(36, 5).sum(0), conv.bias.grad)


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_a_locally_connected_layer_keeps_the_memory_format(memory_format):
    torch.manual_seed(0)
    layer = LocallyConnected2d(4, 5, 3, map_size=6, padding=1).to(memory_format=torch.channels_last)
    x = torch.randn(2, 4, 6, 6)
    y = layer(x.to(memory_format=memory_format))
    assert y.is_contiguous(memory_format=memory_format)
    torch.testing.assert_close(y, layer(x))


@pytest.mark.parametrize("shape", [(1, 4, 7, 7), (1, 4, 6, 5), (1, 3, 6, 6), (4, 6, 6)])
def test_a_locally_connected_layer_refuses_maps_it_has_no_weights_for(shape):
    with pytest.raises(ValueError, match=r"weights for maps of \(4, 6, 6\)"):
        LocallyConnected2d(4, 5, 3, map_size=6, padding=1)(torch.zeros(shape))


@pytest.mark.parametrize("settings, message", [
    ((0, 5, 3, 6), "in_channels must be at least 1, not 0"),
    ((4, 5, 3, 6, -1), "padding must be at least 0, not -1"),
    ((4, 5, 7, 4, 1), "kernel_size 7 is larger than the padded map"),
])
def test_a_locally_connected_layer_refuses_impossible_sizes(settings, message):
    with pytest.raises(ValueError, match=message):
        LocallyConnected2d(*settings)


@pytest.fixture
def one_thread():
    """Small batches on many threads mostly wait for each other where other programs run beside the tests."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("one_thread")
def test_11pct_learns_a_handful_of_images_by_heart():
    # with the numbers of its files: raw pixels, initW, rate 0.001, momentum 0.9
    images, labels = cifar10.load("train")
    data = ResidentImages(images[:32], labels[:32], normalisation(images[:500], "raw"))
    x, y = data.batch(slice(None))
    x = x[:, :, 4:28, 4:28]
    net = build_cifar_net(CifarNetConfig("11pct", initialisation="cuda-convnet"), torch.Generator().manual_seed(0))
    optimiser = torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9)
    for _ in range(40):
        loss = torch.nn.functional.cross_entropy(net(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 1
