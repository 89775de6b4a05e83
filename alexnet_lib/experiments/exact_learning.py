"""Claims of section 5 that need no training: the rule, its numbers, the first weights, the schedule [K12 §5].

Each check computes what the library does and sets it beside numbers reckoned by hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from alexnet_lib import paper
from alexnet_lib.experiments.protocol import Verdict, exact
from alexnet_lib.nets.alexnet import RELEASED_SD, AlexNet
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.training import schedules
from alexnet_lib.training.loop import TrainConfig
from alexnet_lib.training.sgd import PaperSGD

__all__ = ["CHECKS"]

STEPS, DIVIDED_AT = 20, 12  # of the rule followed by hand; the rate is divided before this step
STANDARD_ERRORS = 5  # how far a moment of the first weights may lie from its value


def _settings() -> Verdict:
    """C47: the defaults are the printed ones, and a batch of 128 moves the weights by the mean of its gradients."""
    printed = paper.claim("C47").printed
    weights = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimiser = PaperSGD([weights])
    rule, loop = optimiser.param_groups[0], TrainConfig()
    holds = (rule["momentum"], rule["weight_decay"]) == (printed["momentum"], printed["weight decay"])
    holds &= (loop.momentum, loop.batch_size) == (printed["momentum"], printed["batch"])
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(loop.batch_size, 3, generator=generator, dtype=torch.float64)  # gradient of w.x is x
    (inputs @ weights).mean().backward()
    optimiser.step()
    holds &= torch.allclose(weights.detach(), -rule["lr"] * inputs.sum(0) / printed["batch"], rtol=1e-12, atol=0)
    return exact(holds, f"batch {loop.batch_size}, momentum {rule['momentum']:g}, decay {rule['weight_decay']:g}; a "
                        "batch counts by the mean of its gradients")


def _rule() -> Verdict:
    """C49: twenty steps by hand; torch's rule keeps pace until the rate is divided, and not a step longer."""
    printed = paper.claim("C49").printed
    momentum, decay, lr = printed["momentum"], printed["weight decay"], 0.01
    start = 0.5
    ours, torchs = (torch.tensor([start], dtype=torch.float64, requires_grad=True) for _ in range(2))
    optimisers = [PaperSGD([ours], lr=lr),
                  torch.optim.SGD([torchs], lr=lr, momentum=momentum, weight_decay=decay)]
    weight, velocity, furthest, parted = start, 0.0, 0.0, None
    for step in range(STEPS):
        if step == DIVIDED_AT:
            lr /= 10
            for optimiser in optimisers:
                optimiser.param_groups[0]["lr"] = lr
        gradient = math.cos(step)  # any course of gradients will do
        velocity = momentum * velocity - decay * lr * weight - lr * gradient
        weight = weight + velocity
        for w, optimiser in zip((ours, torchs), optimisers, strict=True):
            w.grad = torch.tensor([gradient], dtype=torch.float64)
            optimiser.step()
        furthest = max(furthest, abs(ours.item() - weight))
        if parted is None and abs(torchs.item() - weight) > 1e-12:
            parted = step
    return exact(furthest < 1e-12 and parted == DIVIDED_AT,
                 f"{STEPS} steps by hand and by the library agree to 1e-12; torch.optim.SGD does until the rate is "
                 f"divided, and parts from them at that step")


def _first_weights() -> Verdict:
    """C50: mean, spread and shape of the weights that a net of the printed start begins with."""
    sd = paper.claim("C50").printed["standard deviation"]
    # The small net has the eight layers; the full one would take a second to draw.
    net = AlexNet(AlexNetConfig.small(initialisation="k12"), torch.Generator().manual_seed(0))
    layers = {name: layer.weight.detach().double() for name, layer in net.weight_layers().items()}
    holds = AlexNetConfig().initialisation == "k12" and len(layers) == 8
    for weights in layers.values():
        n = weights.numel()
        within = STANDARD_ERRORS * sd / math.sqrt(n)
        holds &= abs(weights.mean().item()) < within
        holds &= abs(weights.std().item() - sd) < within / math.sqrt(2)  # s.e. of a standard deviation: sd / sqrt(2n)
    every = torch.cat([weights.flatten() for weights in layers.values()]) / sd
    # A normal distribution has a fourth moment of 3; its estimate has the standard error sqrt(96 / n).
    holds &= abs(every.pow(4).mean().item() - 3) < STANDARD_ERRORS * math.sqrt(96 / every.numel())
    return exact(bool(holds), f"{len(layers)} layers, mean 0 and s.d. {sd:g} within {STANDARD_ERRORS} standard "
                              f"errors, fourth moment that of a normal; the released files have another s.d. in "
                              + ", ".join(RELEASED_SD))


def _schedule() -> Verdict:
    """C52: made-up validation errors that stall four times; the rate falls three times and then no more."""
    printed = paper.claim("C52").printed
    first, divisor, reductions = (printed[name] for name in ("first learning rate", "divisor", "reductions"))
    rule = schedules.Schedule(kind="plateau", factor=divisor, reductions=int(reductions), patience=2)
    course = [60, 50, 45, 45, 45, 44, 40, 40, 40, 39, 39, 39, 39, 39]  # stalls after passes 5, 9, 12 and 14
    by_hand = [first / divisor**n for n in (0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3)]
    state, rates = schedules.start(rule, first), []
    for passes, error in enumerate(course, 1):
        state = schedules.after_pass(rule, state, passes, error)
        rates.append(state.lr)
    holds = all(math.isclose(a, b) for a, b in zip(rates, by_hand, strict=True))
    shown = list(dict.fromkeys(f"{rate:g}" for rate in rates))
    return exact(holds, f"a made-up course of errors that stalls four times gives the rates {', '.join(shown)}")


#: claim -> its check
CHECKS: dict[str, Callable[[], Verdict]] = {
    "C47": _settings, "C49": _rule, "C50": _first_weights, "C52": _schedule,
}
