"""The paper's update rule, against a hand computation and against torch.optim.SGD."""

import pytest
import torch

from alexnet_lib.training.sgd import PaperSGD


def walk(optimiser_class, rates, **settings):
    """Positions of w = 1 under loss w²/2 + w, whose gradient is w + 1."""
    w = torch.nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
    optimiser = optimiser_class([w], lr=rates[0], **settings)
    positions = []
    for lr in rates:
        optimiser.param_groups[0]["lr"] = lr
        optimiser.zero_grad()
        (w * w / 2 + w).sum().backward()
        optimiser.step()
        positions.append(w.item())
    return positions


def test_two_steps_by_hand():
    # lr 0.1, momentum 0.9, decay 0.5
    # v1 = 0.9*0 - 0.5*0.1*1 - 0.1*2 = -0.25;           w1 = 0.75
    # v2 = 0.9*-0.25 - 0.5*0.1*0.75 - 0.1*1.75 = -0.4375; w2 = 0.3125
    assert walk(PaperSGD, [0.1, 0.1], momentum=0.9, weight_decay=0.5) == pytest.approx([0.75, 0.3125], abs=1e-15)


def test_equal_to_torch_at_a_constant_rate():
    settings = {"momentum": 0.9, "weight_decay": 0.0005}
    ours, torchs = walk(PaperSGD, [0.05] * 30, **settings), walk(torch.optim.SGD, [0.05] * 30, **settings)
    assert ours == pytest.approx(torchs, rel=1e-12)


def test_parts_from_torch_at_a_drop_of_the_rate_by_the_old_velocity():
    rates = [0.05] * 3 + [0.005]
    settings = {"momentum": 0.9, "weight_decay": 0.0}
    ours, torchs = walk(PaperSGD, rates, **settings), walk(torch.optim.SGD, rates, **settings)
    assert ours[:3] == pytest.approx(torchs[:3], rel=1e-12)
    velocity = ours[2] - ours[1]
    # torch scales the velocity it carries over by 0.005/0.05, the paper does not
    assert ours[3] - torchs[3] == pytest.approx(0.9 * velocity * (1 - 0.005 / 0.05), rel=1e-12)


def test_groups_keep_their_own_rate_and_decay():
    # as cuda-convnet: biases at twice the rate, without decay
    weight, bias = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    optimiser = PaperSGD([{"params": [weight]}, {"params": [bias], "lr": 0.2, "weight_decay": 0.0}],
                         lr=0.1, momentum=0.9, weight_decay=0.5)
    (weight.sum() + bias.sum()).backward()
    optimiser.step()
    assert weight.tolist() == pytest.approx([1 - 0.05 - 0.1] * 2)
    assert bias.tolist() == pytest.approx([1 - 0.2] * 2)


def test_a_tensor_without_gradient_is_left_alone():
    used, unused = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    optimiser = PaperSGD([used, unused], lr=0.1, weight_decay=0.5)
    used.sum().backward()
    optimiser.step()
    assert unused.tolist() == [1, 1] and used[0] < 1


def test_state_survives_saving_and_loading():
    def three_steps(reload):
        w = torch.nn.Parameter(torch.ones(3, dtype=torch.float64))
        optimiser = PaperSGD([w], lr=0.1)
        for step in range(3):
            if reload and step == 2:
                state = optimiser.state_dict()
                optimiser = PaperSGD([w], lr=0.1)
                optimiser.load_state_dict(state)
            optimiser.zero_grad()
            (w**2).sum().backward()
            optimiser.step()
        return w.detach()

    assert torch.equal(three_steps(True), three_steps(False))


@pytest.mark.parametrize("setting", [
    {"lr": 0}, {"lr": -1}, {"lr": float("nan")}, {"momentum": 1.0}, {"weight_decay": -1e-4},
])
def test_a_setting_out_of_range_is_named(setting):
    name, value = next(iter(setting.items()))
    with pytest.raises(ValueError, match=f"{name} must be .*{value}"):
        PaperSGD([torch.nn.Parameter(torch.ones(1))], **setting)
