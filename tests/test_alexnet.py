"""The paper's net: shapes, counts and connections against independent values, and every switch."""

import itertools
import json
import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from alexnet_lib import paper
from alexnet_lib.nets.alexnet import AlexNet, ColumnLinear, ImageSizeError
from alexnet_lib.nets.alexnet_config import REMOVABLE, AlexNetConfig
from alexnet_lib.nets.build import build_net
from alexnet_lib.nets.cifar import CifarNetConfig
from alexnet_lib.nets.counts import count_layers, total
from alexnet_lib.nets.dropout import PaperDropout

SMALL = AlexNetConfig.small()


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def full_net():
    return AlexNet(generator=seeded())


@pytest.fixture(scope="module")
def small_net():
    return AlexNet(SMALL, seeded())


def images(size, count=2, seed=1):
    return 60 * torch.randn(count, 3, size, size, generator=seeded(seed))


# --- counts ----------------------------------------------------------------------------------------


def conv_parameters(kernels, depth, window):
    return kernels * depth * window * window + kernels


def test_paper_net_has_60_965_224_parameters(full_net):
    by_hand = (conv_parameters(96, 3, 11) + conv_parameters(256, 48, 5) + conv_parameters(384, 256, 3)
               + conv_parameters(384, 192, 3) + conv_parameters(256, 192, 3)
               + 9216 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 1000 + 1000)
    assert by_hand == 60_965_224 == sum(p.numel() for p in full_net.parameters())


@pytest.mark.parametrize("config, parameters, macs", [
    (AlexNetConfig(), 60_965_224, 724_406_816),
    (AlexNetConfig.released(), 60_965_224, 724_406_816),
    (AlexNetConfig.one_gpu(), 59_798_312, 391_514_384),
    (AlexNetConfig(columns=1), 62_378_344, 1_135_256_096),
    (AlexNetConfig(image_size=227), 60_965_224, 724_406_816),
])
def test_parameters_and_macs_of_the_full_size_nets(config, parameters, macs):
    rows = count_layers(config)
    assert (total(rows, "parameters"), total(rows, "macs")) == (parameters, macs)


def test_macs_agree_with_torch_s_own_counter(small_net):
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        small_net(images(24, 1))
    assert counter.get_total_flops() == 2 * total(count_layers(SMALL), "macs")


def test_built_net_agrees_with_the_paper_s_table():
    for row in count_layers(AlexNetConfig()):
        layer = paper.layer(row.name)
        assert (row.output, row.weights, row.biases, row.macs, row.neurons, row.field, row.step) == (
            layer.output, layer.weights, layer.biases, layer.macs, layer.neurons, layer.field, layer.step)


def test_outputs_of_every_layer_have_the_counted_shapes(full_net):
    shapes = {}
    parts = [*full_net.features.named_children(), *full_net.classifier.named_children()]
    hooks = [layer.register_forward_hook(lambda *a, name=name: shapes.update({name: tuple(a[2].shape[1:])}))
             for name, layer in parts]
    with torch.no_grad():
        full_net(images(224, 1))
    for hook in hooks:
        hook.remove()
    assert {row.name: row.output for row in count_layers(AlexNetConfig())}.items() <= shapes.items()


def test_a_net_that_is_not_the_paper_s_is_refused(monkeypatch):
    monkeypatch.setattr(AlexNetConfig, "maps", property(lambda self: {
        "conv1": 54, "pool1": 26, "pool2": 12, "pool5": 5, **dict.fromkeys(("conv2", "conv3", "conv4", "conv5"), 1)}))
    with pytest.raises(AssertionError, match="55-27-13-6"):
        AlexNet(device="meta")


# --- 224 and 227 -----------------------------------------------------------------------------------


def test_224_equals_227_with_three_zero_rows_and_columns_right_and_bottom(full_net):
    twin = AlexNet(AlexNetConfig(image_size=227), device="meta")
    assert [name for name, _ in twin.features.named_children()][0] == "conv1"
    twin.load_state_dict(full_net.state_dict(), assign=True)
    x = images(224, 1)
    with torch.no_grad():
        torch.testing.assert_close(full_net.eval()(x), twin.eval()(F.pad(x, (0, 3, 0, 3))), rtol=0, atol=0)
    full_net.train()


@pytest.mark.parametrize("shape", [(1, 3, 227, 227), (1, 3, 256, 224), (1, 1, 224, 224), (3, 224, 224)])
def test_a_wrong_image_size_fails_with_an_explanation(full_net, shape):
    with pytest.raises(ImageSizeError, match="55-27-13-6"):
        full_net(torch.zeros(shape))


# --- connections -----------------------------------------------------------------------------------


def gradient_reach(config):
    """Layer -> whether its column 1 outputs depend on column 2's inputs, by gradients."""
    net = AlexNet(config, seeded()).double()
    reach = {}
    for name in ("conv2", "conv3", "conv4", "conv5"):
        layer = net.features.get_submodule(name)
        channels = layer.in_channels
        x = torch.randn(1, channels, 7, 7, dtype=torch.float64, generator=seeded(), requires_grad=True)
        layer(x)[:, : layer.out_channels // 2].sum().backward()
        reach[name] = x.grad[:, channels // 2:].abs().sum().item() > 0
    return reach


def test_columns_talk_at_conv3_only():
    assert gradient_reach(SMALL) == {"conv2": False, "conv3": True, "conv4": False, "conv5": False}


def test_columns_talk_where_they_are_told_to():
    talk = gradient_reach(replace(SMALL, talk=("conv4", "fc6", "fc7")))
    assert talk == {"conv2": False, "conv3": False, "conv4": True, "conv5": False}


def test_silent_columns_meet_at_the_last_layer_only():
    config = replace(SMALL, talk=(), dropout=0.0)
    net = AlexNet(config, seeded()).double().eval()
    half = config.hidden[1] // 2
    x = images(24).double().requires_grad_()
    maps = net.features[0](x)  # conv1 reads the image in both columns: look from its output on
    maps.retain_grad()
    hidden = net.classifier[:4](net.features[1:](maps).flatten(1))  # up to relu7
    hidden[:, :half].sum().backward()
    assert maps.grad[:, 16:].abs().sum() == 0 and maps.grad[:, :16].abs().sum() > 0


def test_a_dense_layer_within_columns_is_block_diagonal():
    layer = ColumnLinear(6, 4, 2)
    nn.init.normal_(layer.weight, generator=seeded())
    nn.init.normal_(layer.bias, generator=seeded(1))
    x = torch.randn(3, 6, generator=seeded(2))
    dense = torch.block_diag(*layer.weight)
    torch.testing.assert_close(layer(x), x @ dense.T + layer.bias)


def test_layers_stand_in_the_paper_s_order(full_net):
    names = [name for part in (full_net.features, full_net.classifier) for name, _ in part.named_children()]
    assert names == ["border", "conv1", "relu1", "lrn1", "pool1", "conv2", "relu2", "lrn2", "pool2", "conv3", "relu3",
                     "conv4", "relu4", "conv5", "relu5", "pool5", "fc6", "relu6", "dropout6", "fc7", "relu7",
                     "dropout7", "fc8"]


def test_released_code_normalises_before_the_relu_of_layer_1():
    names = [name for name, _ in AlexNet(AlexNetConfig.released(), device="meta").features.named_children()]
    assert names[:9] == ["border", "conv1", "lrn1", "pool1", "relu1", "conv2", "relu2", "lrn2", "same_map_norm2"]


def test_normalisation_stays_within_a_column_unless_told_otherwise():
    for across, columns in ((False, 2), (True, 1)):
        net = AlexNet(replace(SMALL, norm_across_columns=across), device="meta")
        assert (net.features.lrn1.columns, net.features.lrn2.columns) == (columns, columns)


# --- switches --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [24, 32])
@pytest.mark.parametrize("pooling", ["3/2", "2/2"])
def test_both_poolings_make_maps_of_equal_size(size, pooling):
    net = AlexNet(AlexNetConfig.small(image_size=size, pooling=pooling), seeded())
    assert net.config.maps == AlexNetConfig.small(image_size=size).maps
    assert net(images(size)).shape == (2, 10)


def test_pooling_without_overlap_keeps_55_27_13_6():
    assert AlexNetConfig(pooling="2/2").maps == AlexNetConfig().maps


@pytest.mark.parametrize("removed", [combination for n in (1, 2, 6) for combination in itertools.combinations(
    REMOVABLE, n)])
def test_any_middle_layers_can_be_removed(removed):
    net = AlexNet(replace(SMALL, removed=removed), seeded())
    assert set(net.weight_layers()) == {"conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"} - set(removed)
    assert net(images(24)).shape == (2, 10)


@pytest.mark.parametrize("change", [
    {"activation": "tanh"}, {"normalisation": "none"}, {"normalisation": "released"}, {"normalisation": "constant"},
    {"norm_order": "released"}, {"same_map_norm": True}, {"dropout": 0.0}, {"dropout_form": "inverted"},
    {"initialisation": "he"}, {"bias": 0.1}, {"columns": 4}, {"talk": ()}, {"kernels": (16, 32, 48, 48, 32)},
])
def test_every_switch_builds_trains_and_changes_something(small_net, change):
    config = replace(SMALL, **change)
    net = AlexNet(config, seeded())
    x, y = images(24, 8), torch.arange(8)
    F.cross_entropy(net(x), y).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())
    same = [torch.equal(a, b) for a, b in zip(net.state_dict().values(), small_net.state_dict().values(), strict=False)]
    assert str(net) != str(small_net) or not all(same)


def test_the_constant_in_place_of_normalisation_divides_by_2_to_the_three_quarters():
    layer = AlexNet(replace(SMALL, normalisation="constant"), seeded()).features.lrn1
    x = images(24)[:, :1].repeat(1, 32, 1, 1)
    torch.testing.assert_close(layer(x), x / 2**0.75)


@pytest.mark.parametrize("change, message", [
    ({"pooling": "3x2"}, "unknown pooling '3x2': choose one of 3/2, 2/2"),
    ({"activation": "gelu"}, "choose one of relu"),
    ({"kernels": (96, 256)}, "5 positive numbers"),
    ({"columns": 3}, "3 columns can not share"),
    ({"talk": ("conv1",)}, "can not hold 'conv1'"),
    ({"removed": ("conv1",)}, "can not hold 'conv1'"),
    ({"dropout": 1.0}, "below 1"),
    ({"image_size": 2}, "too small"),
    ({"classes": 0}, "at least 1"),
])
def test_a_bad_setting_names_itself_and_what_is_allowed(change, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        replace(SMALL, **change)


def test_config_becomes_plain_values():
    plain = AlexNetConfig().to_dict()
    assert json.loads(json.dumps(plain)) == plain and plain["kernels"] == [96, 256, 384, 384, 256]


# --- first weights ---------------------------------------------------------------------------------


def test_first_weights_have_the_paper_s_spread(full_net):
    for name, layer in full_net.weight_layers().items():
        tolerance = 4 * 0.01 / math.sqrt(2 * layer.weight.numel())  # four standard errors of a standard deviation
        assert abs(layer.weight.std().item() - 0.01) < tolerance, name
        assert abs(layer.weight.mean().item()) < 4 * 0.01 / math.sqrt(layer.weight.numel()), name


def test_first_biases_are_1_in_conv2_conv4_conv5_fc6_fc7(full_net):
    values = {name: set(layer.bias.tolist()) for name, layer in full_net.weight_layers().items()}
    assert values == {"conv1": {0}, "conv2": {1}, "conv3": {0}, "conv4": {1}, "conv5": {1}, "fc6": {1}, "fc7": {1},
                      "fc8": {0}}


def test_released_code_starts_conv3_to_conv5_three_times_wider():
    config = AlexNetConfig(initialisation="released", hidden=(8, 8))  # small dense layers: quick to draw
    spreads = {name: layer.weight.std().item() for name, layer in AlexNet(config, seeded()).weight_layers().items()}
    assert all(abs(spreads[name] / 0.03 - 1) < 0.02 for name in ("conv3", "conv4", "conv5"))
    assert all(abs(spreads[name] / 0.01 - 1) < 0.02 for name in ("conv1", "conv2", "fc6"))


def test_scaled_start_gives_the_small_net_the_gain_of_the_full_one():
    full = AlexNet(AlexNetConfig(initialisation="released"), seeded()).weight_layers()
    small = AlexNet(AlexNetConfig.small(initialisation="released-scaled"), seeded()).weight_layers()
    for name in full:
        gains = [layer.weight.std().item() * math.sqrt(layer.weight[0].numel()) for layer in (full[name], small[name])]
        assert abs(gains[1] / gains[0] - 1) < 0.08, name


def test_scaled_start_changes_nothing_at_full_size():
    config = AlexNetConfig(hidden=(8, 8))  # quick to draw
    a, b = (AlexNet(replace(config, initialisation=name), seeded()).features.conv4.weight
            for name in ("k12", "k12-scaled"))
    assert torch.equal(a, b)


def test_same_seed_same_bits_and_the_global_generator_is_left_alone():
    before = torch.random.get_rng_state()
    first, second = (AlexNet(SMALL, seeded(3)).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert torch.equal(before, torch.random.get_rng_state())


def test_loss_at_the_start_is_near_that_of_guessing(full_net):
    with torch.no_grad():
        loss = F.cross_entropy(full_net.eval()(images(224, 2)), torch.tensor([3, 7])).item()
    full_net.train()
    assert abs(loss - math.log(1000)) < 0.5


def test_evaluation_leaves_no_trace_and_is_repeatable(small_net):
    before = {name: value.clone() for name, value in small_net.state_dict().items()}
    with torch.no_grad():
        first, second = (small_net.eval()(images(24)) for _ in range(2))
    small_net.train()
    assert torch.equal(first, second)
    assert all(torch.equal(before[name], value) for name, value in small_net.state_dict().items())


def test_small_net_learns_one_batch_by_heart():
    from alexnet_lib.training.sgd import PaperSGD

    net = AlexNet(replace(SMALL, dropout=0.0), seeded())
    x, y = images(24, 16), torch.arange(16) % 10
    optimiser = PaperSGD(net.parameters(), lr=0.003, weight_decay=0.0)
    for _ in range(120):
        optimiser.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.05


def test_build_net_knows_both_families():
    assert isinstance(build_net(SMALL, seeded()), AlexNet)
    assert isinstance(build_net(CifarNetConfig(), seeded()), nn.Sequential)


# --- dropout ---------------------------------------------------------------------------------------


def test_paper_s_dropout_keeps_values_in_training_and_halves_them_in_testing():
    layer, x = PaperDropout(0.5), torch.full((100, 1000), 3.0)
    torch.manual_seed(0)
    shown = layer.train()(x)
    assert set(shown.unique().tolist()) == {0.0, 3.0}
    assert abs((shown == 0).float().mean().item() - 0.5) < 0.01
    assert torch.equal(layer.eval()(x), torch.full((100, 1000), 1.5))


def test_paper_s_dropout_passes_gradients_through_the_mask():
    x = torch.ones(1000, requires_grad=True)
    torch.manual_seed(0)
    y = PaperDropout(0.25)(x)
    y.sum().backward()
    assert torch.equal(x.grad, (y != 0).float())


@pytest.mark.parametrize("p", [-0.1, 1.0, 2])
def test_dropout_refuses_what_is_no_probability(p):
    with pytest.raises(ValueError, match="below 1"):
        PaperDropout(p)
