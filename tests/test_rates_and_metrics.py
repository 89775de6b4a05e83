"""Who gets which rate and decay, when the rate drops, and the top-5 error."""

import pytest
import torch
from torch import nn

from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import Normalisation
from alexnet_lib.nets.alexnet import AlexNet
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.nets.cifar import CifarNetConfig, build_cifar_net
from alexnet_lib.training.loop import TrainConfig, train
from alexnet_lib.training.metrics import top_k_error_pct
from alexnet_lib.training.rates import parameter_groups


def test_paper_s_rule_treats_all_parameters_alike():
    (group,) = parameter_groups(nn.Linear(2, 3), "paper", 0.01, 0.0005)
    assert (group["lr"], group["weight_decay"], len(group["params"])) == (0.01, 0.0005, 2)


@pytest.mark.parametrize("net", [AlexNet(AlexNetConfig.small()), AlexNet(AlexNetConfig.small(talk=()))])
def test_released_rule_gives_biases_twice_the_rate_and_no_decay(net):
    groups = parameter_groups(net, "released", 0.01, 0.0005)
    biases = {id(layer.bias) for layer in net.weight_layers().values()}
    assert sorted(id(p) for g in groups for p in g["params"]) == sorted(id(p) for p in net.parameters())
    for group in groups:
        is_bias = id(group["params"][0]) in biases
        assert (group["lr"], group["weight_decay"]) == ((0.02, 0.0) if is_bias else (0.01, 0.0005))


def test_files_rule_takes_each_layer_s_own_decay():
    net = build_cifar_net(CifarNetConfig("11pct", "relu", "cuda-convnet"))
    decays = [g["weight_decay"] for g in parameter_groups(net, "files", 0.001, 99.0) if g["lr"] == 0.001]
    assert decays == [0, 0, 0.004, 0.004, 0.01]  # paper_facts: layer-params-conv-local-11pct.cfg


def test_files_rule_refuses_a_net_without_a_file():
    with pytest.raises(ValueError, match="choose 'released'"):
        parameter_groups(AlexNet(AlexNetConfig.small()), "files", 0.01, 0.0)


def test_unknown_rule_is_named():
    with pytest.raises(ValueError, match="unknown rule 'adam': choose one of paper, released, files"):
        TrainConfig(rule="adam")


@pytest.mark.parametrize("drops", [(0.0,), (1.0,), (0.9, 0.5), (-1,)])
def test_drops_must_be_rising_shares(drops):
    with pytest.raises(ValueError, match="rising shares"):
        TrainConfig(lr_drops=drops)


def tiny_data(count=256):
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (count, 4, 4, 3), generator=generator, dtype=torch.uint8).numpy()
    labels = torch.randint(0, 10, (count,), generator=generator).numpy()
    scale = Normalisation(images.mean(0).astype("float32"), torch.full((3,), 60.0).numpy())
    return ResidentImages(images, labels, scale)


def test_rate_is_divided_by_ten_at_the_given_share(monkeypatch):
    rates = []
    from alexnet_lib.training import loop

    class Spy(loop.PaperSGD):
        def step(self, closure=None):
            rates.append(self.param_groups[0]["lr"])
            return super().step(closure)

    monkeypatch.setattr(loop, "PaperSGD", Spy)
    net = nn.Sequential(nn.Flatten(), nn.Linear(48, 10))
    train(net, tiny_data(), TrainConfig(lr=0.1, batch_size=64, max_passes=2, lr_drops=(0.5, 0.75)),
          torch.Generator().manual_seed(0))
    assert rates == pytest.approx([0.1] * 4 + [0.01] * 2 + [0.001] * 2)


def test_dropout_masks_follow_the_seed_and_not_the_global_generator():
    def weights(seed, world):
        torch.manual_seed(world)
        generator = torch.Generator().manual_seed(seed)
        net = nn.Sequential(nn.Flatten(), nn.Linear(48, 32), nn.Dropout(0.5), nn.Linear(32, 10))
        with torch.no_grad():
            for p in net.parameters():
                p.normal_(0, 0.1, generator=generator)
        state = torch.random.get_rng_state()
        train(net, tiny_data(), TrainConfig(lr=0.01, max_passes=2), generator)
        assert torch.equal(state, torch.random.get_rng_state())
        return net[1].weight

    assert torch.equal(weights(0, 1), weights(0, 2))
    assert not torch.equal(weights(0, 1), weights(1, 1))


def test_top_k_error_on_ranks_known_by_hand():
    scores = torch.tensor([[0.1, 0.9, 0.5, 0.2, 0.3, 0.4, 0.0]] * 7)
    labels = torch.arange(7)  # ranks, best first: class 1, 2, 5, 4, 3, 0, 6
    assert [top_k_error_pct(scores, labels, k) for k in (1, 3, 5, 7)] == pytest.approx(
        [100 * 6 / 7, 100 * 4 / 7, 100 * 2 / 7, 0])


def test_top_k_error_agrees_with_topk_on_random_scores():
    scores = torch.randn(500, 20, generator=torch.Generator().manual_seed(0))
    labels = torch.randint(0, 20, (500,), generator=torch.Generator().manual_seed(1))
    for k in (1, 5):
        hit = (scores.topk(k).indices == labels[:, None]).any(1)
        assert top_k_error_pct(scores, labels, k) == pytest.approx(100 * (~hit).double().mean().item())


def test_a_net_that_gives_equal_scores_is_not_right_every_time():
    assert top_k_error_pct(torch.zeros(10, 10), torch.arange(10), 5) == pytest.approx(50)
    assert top_k_error_pct(torch.full((10, 10), float("nan")), torch.arange(10), 5) == 100


@pytest.mark.parametrize("scores, labels, k, message", [
    (torch.zeros(3), torch.zeros(3), 1, "scores"), (torch.zeros(2, 3), torch.zeros(3), 1, "scores"),
    (torch.zeros(0, 3), torch.zeros(0), 1, "scores"), (torch.zeros(2, 3), torch.zeros(2), 5, "from 1 to 3"),
])
def test_top_k_error_refuses_what_does_not_fit(scores, labels, k, message):
    with pytest.raises(ValueError, match=message):
        top_k_error_pct(scores, labels.long(), k)
