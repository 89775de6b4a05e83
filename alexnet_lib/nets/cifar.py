"""The small CIFAR-10 nets of 2011-12: Figure 1's stand-in and cuda-convnet's 19pct, 18pct, 80sec.

All take (N, 3, 32, 32) and return logits (N, 10). Layer order and per-layer ``initW`` are those of
cuda-convnet's example-layers files; the activation is a parameter because Figure 1 varies it.

=========  ==========================================================================  ==========
figure1    conv32 max, conv32 max, conv64 max, fc10 (OPEN-01)                          4 weight layers
19pct      conv32 max, conv32 avg, conv64 avg, fc10                                    89,578
18pct      19pct with same-map normalisation after the first two pools                 89,578
80sec      conv32 max, conv32 avg, conv64 avg, fc64, fc10                              145,578
=========  ==========================================================================  ==========

In cuda-convnet's files the first activation follows the first pool. For max pooling and an increasing
function the order does not matter (and pooling first is a quarter of the work); for |tanh| it does,
and the file's order is kept.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from alexnet_lib.nets.layers import ACTIVATIONS, WithinMapNorm, activation, average_pool, max_pool

__all__ = ["INITIALISATIONS", "NETS", "CifarNetConfig", "build_cifar_net"]

NETS = ("figure1", "19pct", "18pct", "80sec")

#: "k12": N(0, 0.01²) in every layer [K12 §5]; "cuda-convnet": each layer's own initW; the other two
#: are the modern N(0, 1/fan_in) [LeCun 1998] and N(0, 2/fan_in) [He 2015]. Biases start at 0.
INITIALISATIONS = ("k12", "cuda-convnet", "lecun", "he")

PARAMETERS = {"figure1": 89_578, "19pct": 89_578, "18pct": 89_578, "80sec": 145_578}


@dataclass(frozen=True)
class CifarNetConfig:
    """Which net; every field is one switch of an experiment."""

    net: str = "figure1"  # one of NETS
    activation: str = "relu"  # one of layers.ACTIVATIONS [K12 §3.1]
    initialisation: str = "k12"  # one of INITIALISATIONS [K12 §5]

    def __post_init__(self) -> None:
        for field, value, allowed in (
            ("net", self.net, NETS),
            ("activation", self.activation, ACTIVATIONS),
            ("initialisation", self.initialisation, INITIALISATIONS),
        ):
            if value not in allowed:
                raise ValueError(f"unknown {field} {value!r}: choose one of {', '.join(allowed)}")

    def to_dict(self) -> dict[str, str]:
        return asdict(self)


def build_cifar_net(config: CifarNetConfig, generator: torch.Generator | None = None) -> nn.Sequential:
    """Build and initialise one net.

    Args:
        config: which net, activation and initialisation.
        generator: CPU generator that draws the weights; the same seed gives the same bits.

    Returns:
        A plain ``nn.Sequential`` from (N, 3, 32, 32) to logits (N, 10). Any other image size fails.
    """
    # torch draws its own initial weights first, from the global generator: give it one to throw away
    with torch.random.fork_rng(devices=[]):
        net = nn.Sequential(*_layers(config))
    count = sum(p.numel() for p in net.parameters())
    assert count == PARAMETERS[config.net], f"{config.net} must have {PARAMETERS[config.net]} parameters, not {count}"
    initialise(net, config, generator)
    return net


def _layers(config: CifarNetConfig) -> list[nn.Module]:
    """The layers in order; shapes are those after each line, for (N, 3, 32, 32) in."""
    def act() -> nn.Module:
        return activation(config.activation)

    def conv(inputs: int, outputs: int) -> nn.Module:
        return nn.Conv2d(inputs, outputs, 5, padding=2)

    later_pool = max_pool if config.net == "figure1" else average_pool
    norm = WithinMapNorm if config.net == "18pct" else nn.Identity
    hidden = [nn.Linear(64 * 4 * 4, 64), act()] if config.net == "80sec" else []
    layers = [
        conv(3, 32), max_pool(), act(), norm(),  # (N, 32, 16, 16)
        conv(32, 32), act(), later_pool(), norm(),  # (N, 32, 8, 8)
        conv(32, 64), act(), later_pool(),  # (N, 64, 4, 4)
        nn.Flatten(), *hidden,  # (N, 1024), or (N, 64) after the hidden layer
        nn.Linear(64 if hidden else 1024, 10),  # (N, 10)
    ]
    return [layer for layer in layers if not isinstance(layer, nn.Identity)]


#: initW of each weight layer, first to last, in cuda-convnet's layer files
_CUDA_CONVNET_INIT = {
    "figure1": (0.0001, 0.01, 0.01, 0.01),  # as 19pct
    "19pct": (0.0001, 0.01, 0.01, 0.01),
    "18pct": (0.0001, 0.01, 0.01, 0.01),
    "80sec": (0.0001, 0.01, 0.01, 0.1, 0.1),
}


@torch.no_grad()
def initialise(net: nn.Module, config: CifarNetConfig, generator: torch.Generator | None = None) -> None:
    """Draw every weight from a zero-mean normal and set every bias to 0, in place."""
    weights: list[Tensor] = [p for p in net.parameters() if p.ndim > 1]
    for index, weight in enumerate(weights):
        fan_in = weight[0].numel()
        sd = {
            "k12": 0.01,
            "cuda-convnet": _CUDA_CONVNET_INIT[config.net][index],
            "lecun": math.sqrt(1 / fan_in),
            "he": math.sqrt(2 / fan_in),
        }[config.initialisation]
        weight.normal_(0.0, sd, generator=generator)
    for parameter in net.parameters():
        if parameter.ndim == 1:
            parameter.zero_()
