"""The exact checks of section 5 find what is known, and each can fail."""

import pytest
import torch

from alexnet_lib import paper
from alexnet_lib.experiments import exact_learning
from alexnet_lib.experiments.exact_learning import CHECKS
from alexnet_lib.nets.alexnet import AlexNet
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.training import schedules
from alexnet_lib.training.sgd import PaperSGD


@pytest.mark.parametrize("claim", CHECKS)
def test_every_check_finds_what_is_known_whatever_was_drawn_before(claim):
    assert paper.claim(claim).status == "exact" and paper.claim(claim).section == "5"
    first = CHECKS[claim]()
    torch.rand(1)
    assert first.label == "exact, checked" and CHECKS[claim]() == first


def test_the_four_exact_claims_of_section_5_are_checked():
    exact = {claim.id for claim in paper.claims_of_notebook("09_details_of_learning") if claim.status == "exact"}
    assert set(CHECKS) == exact


def test_rates_of_the_made_up_course_are_the_paper_s():
    rates = CHECKS["C52"]().reason.split("rates ")[1].split(", ")
    assert [float(rate) for rate in rates] == [1e-2, 1e-3, 1e-4, 1e-5]


class HeavyMomentum(PaperSGD):
    def __init__(self, params, lr=0.01):
        super().__init__(params, lr, momentum=0.95)


class ForgetsDecay(PaperSGD):
    def step(self, closure=None):
        for group in self.param_groups:
            group["weight_decay"] = 0.0
        return super().step(closure)


class SumOfGradients(PaperSGD):
    def step(self, closure=None):
        for group in self.param_groups:
            for w in group["params"]:
                w.grad *= 128
        return super().step(closure)


class TorchInside(torch.optim.SGD):
    """The rate outside the velocity."""

    def __init__(self, params, lr=0.01):
        super().__init__(params, lr, momentum=0.9, weight_decay=0.0005)


def uniform_net(config, generator):
    """Right mean and spread, wrong shape."""
    net = AlexNet(config, generator)
    with torch.no_grad():
        for layer in net.weight_layers().values():
            layer.weight.uniform_(-0.01 * 3**0.5, 0.01 * 3**0.5, generator=generator)
    return net


def other_net(initialisation):
    return lambda config, generator: AlexNet(AlexNetConfig.small(initialisation=initialisation), generator)


def forgetful(rule, state, passes, error):
    """A schedule that never divides."""
    return state


def eager(rule, state, passes, error):
    """A schedule that counts every pass as stalled."""
    return schedules.after_pass(rule, state, passes, 99.0)


@pytest.mark.parametrize("claim, name, broken", [
    ("C47", "PaperSGD", HeavyMomentum), ("C47", "PaperSGD", SumOfGradients),
    ("C49", "PaperSGD", HeavyMomentum), ("C49", "PaperSGD", ForgetsDecay), ("C49", "PaperSGD", TorchInside),
    ("C50", "AlexNet", uniform_net), ("C50", "AlexNet", other_net("he")), ("C50", "AlexNet", other_net("released")),
    ("C52", "schedules", type("Broken", (), {"Schedule": schedules.Schedule, "start": schedules.start,
                                             "after_pass": staticmethod(forgetful)})),
    ("C52", "schedules", type("Broken", (), {"Schedule": schedules.Schedule, "start": schedules.start,
                                             "after_pass": staticmethod(eager)})),
])
def test_a_check_can_fail(monkeypatch, claim, name, broken):
    monkeypatch.setattr(exact_learning, name, broken)
    assert CHECKS[claim]().label == "not reproduced"


def test_checks_leave_the_caller_s_random_numbers_alone():
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    for check in CHECKS.values():
        check()
    assert torch.equal(torch.rand(4), expected)
