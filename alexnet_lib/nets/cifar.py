"""The small CIFAR-10 nets of 2011-12: Figure 1's stand-in and cuda-convnet's 19pct, 18pct, 80sec, 13pct, 11pct.

All return logits (N, 10). They take (N, 3, 32, 32), but 13pct and 11pct see crops, (N, 3, 24, 24). Layer
order, ``initW`` and weight decay of each layer are those of cuda-convnet's example-layers files; the
activation is a parameter because Figure 1 varies it.

=========  ==========================================================================  ==========
figure1    conv32 max, conv32 max, conv64 max, fc10 (OPEN-01)                          4 weight layers
19pct      conv32 max, conv32 avg, conv64 avg, fc10                                    89,578
18pct      19pct with same-map normalisation after the first two pools                 89,578
80sec      conv32 max, conv32 avg, conv64 avg, fc64, fc10                              145,578
13pct      conv64 max, conv64 max, local32, local32, fc10                              1,116,490
11pct      conv64 max norm, conv64 norm max, local64, local32, fc10                    2,112,970
=========  ==========================================================================  ==========

In cuda-convnet's files the first activation follows the first pool. For max pooling and an increasing
function the order does not matter (and pooling first is a quarter of the work); for |tanh| it does,
and the file's order is kept. In 13pct and 11pct the activation comes first.

Section 3.3 says that normalisation takes 13 % to 11 %, but the two files differ in local3, decay and passes
too (CODE-19). The clean comparison is "11pct" against itself with ``normalisation="none"``, which is 13pct
with 64 instead of 32 kernels in local3 (and, if the files' own decay is used, 0.01 instead of 0.004 on fc10).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from alexnet_lib import paper
from alexnet_lib.nets.layers import ACTIVATIONS, LocallyConnected2d, activation, average_pool, max_pool
from alexnet_lib.nets.normalisation import LocalResponseNorm, WithinMapNorm

__all__ = ["INITIALISATIONS", "NETS", "NORMALISATIONS", "CifarNetConfig", "build_cifar_net"]

NETS = ("figure1", "19pct", "18pct", "80sec", "13pct", "11pct")

#: "k12": N(0, 0.01²) in every layer [K12 §5]; "cuda-convnet": each layer's own initW; the other two
#: are the modern N(0, 1/fan_in) [LeCun 1998] and N(0, 2/fan_in) [He 2015]. Biases start at 0.
INITIALISATIONS = ("k12", "cuda-convnet", "lecun", "he")

#: "file": the normalisation layers of the layer file, if it has any; "none": without them. There is no need of
#: a constant in their place: what they divide by tends to 1 for small inputs.
NORMALISATIONS = ("file", "none")

PARAMETERS = {"figure1": 89_578, "19pct": 89_578, "18pct": 89_578, "80sec": 145_578,
              "13pct": 1_116_490, "11pct": 2_112_970}


@dataclass(frozen=True)
class CifarNetConfig:
    """Which net; every field is one switch of an experiment."""

    net: str = "figure1"  # one of NETS
    activation: str = "relu"  # one of layers.ACTIVATIONS [K12 §3.1]
    initialisation: str = "k12"  # one of INITIALISATIONS [K12 §5]
    normalisation: str = "file"  # one of NORMALISATIONS [K12 §3.3]

    def __post_init__(self) -> None:
        for field, value, allowed in (
            ("net", self.net, NETS),
            ("activation", self.activation, ACTIVATIONS),
            ("initialisation", self.initialisation, INITIALISATIONS),
            ("normalisation", self.normalisation, NORMALISATIONS),
        ):
            if value not in allowed:
                raise ValueError(f"unknown {field} {value!r}: choose one of {', '.join(allowed)}")

    @property
    def image_size(self) -> int:
        """Height and width of the images the net takes, pixels."""
        return _published(self.net).image_side

    def to_dict(self) -> dict[str, str]:
        """The fields; ``normalisation`` only if it is not the default, as in records older than the field."""
        fields = asdict(self)
        if self.normalisation == "file":
            del fields["normalisation"]
        return fields


def _published(net: str) -> paper.CifarNet:
    """What cuda-convnet's files say of a net; Figure 1's net, which has no file, has the sizes of 19pct."""
    return paper.cifar_net("19pct" if net == "figure1" else net)


def build_cifar_net(config: CifarNetConfig, generator: torch.Generator | None = None) -> nn.Sequential:
    """Build and initialise one net.

    Args:
        config: which net, activation and initialisation.
        generator: CPU generator that draws the weights; the same seed gives the same bits.

    Returns:
        A plain ``nn.Sequential`` from (N, 3, size, size), size = ``config.image_size``, to logits (N, 10).
        Each layer that has weights carries a float, ``file_weight_decay``: its own decay in cuda-convnet's
        parameter file, 0 for Figure 1's net ("no regularization"). It is for the training loop to use or not;
        biases have no decay in the files.

    Raises:
        ValueError, RuntimeError: in forward, where the images' size leads to maps that do not fit the first
            layer whose weights belong to places. Pooling rounds, so a few pixels too many may pass unnoticed.
    """
    # torch draws its own initial weights first, from the global generator: give it one to throw away
    with torch.random.fork_rng(devices=[]):
        net = nn.Sequential(*(_cropped_layers(config) if config.image_size == 24 else _layers(config)))
    count = sum(p.numel() for p in net.parameters())
    assert count == PARAMETERS[config.net], f"{config.net} must have {PARAMETERS[config.net]} parameters, not {count}"
    initialise(net, config, generator)
    for layer, file in zip(_weight_layers(net), _published(config.net).layers, strict=True):
        layer.file_weight_decay = 0.0 if config.net == "figure1" else float(file.weight_decay)
    return net


def _layers(config: CifarNetConfig) -> list[nn.Module]:
    """The layers in order; shapes are those after each line, for (N, 3, 32, 32) in."""
    def act() -> nn.Module:
        return activation(config.activation)

    def conv(inputs: int, outputs: int) -> nn.Module:
        return nn.Conv2d(inputs, outputs, 5, padding=2)

    later_pool = max_pool if config.net == "figure1" else average_pool
    norm = WithinMapNorm if config.net == "18pct" and config.normalisation == "file" else nn.Identity
    hidden = [nn.Linear(64 * 4 * 4, 64), act()] if config.net == "80sec" else []
    layers = [
        conv(3, 32), max_pool(), act(), norm(),  # (N, 32, 16, 16)
        conv(32, 32), act(), later_pool(), norm(),  # (N, 32, 8, 8)
        conv(32, 64), act(), later_pool(),  # (N, 64, 4, 4)
        nn.Flatten(), *hidden,  # (N, 1024), or (N, 64) after the hidden layer
        nn.Linear(64 if hidden else 1024, 10),  # (N, 10)
    ]
    return [layer for layer in layers if not isinstance(layer, nn.Identity)]


def _cropped_layers(config: CifarNetConfig) -> list[nn.Module]:
    """13pct and 11pct, which take 24-pixel crops; shapes are those after each line, for (N, 3, 24, 24) in."""
    def act() -> nn.Module:
        return activation(config.activation)

    def norm() -> list[nn.Module]:
        if config.net == "13pct" or config.normalisation == "none":
            return []
        return [LocalResponseNorm(size=9, alpha=0.001, beta=0.75, k=1.0, form="released")]

    kernels = 64 if config.net == "11pct" else 32  # of local3
    return [
        nn.Conv2d(3, 64, 5, padding=2), act(), max_pool(), *norm(),  # (N, 64, 12, 12); norm after pooling
        nn.Conv2d(64, 64, 5, padding=2), act(), *norm(), max_pool(),  # (N, 64, 6, 6); norm before pooling
        LocallyConnected2d(64, kernels, 3, map_size=6, padding=1), act(),  # (N, kernels, 6, 6)
        LocallyConnected2d(kernels, 32, 3, map_size=6, padding=1), act(),  # (N, 32, 6, 6)
        nn.Flatten(), nn.Linear(32 * 6 * 6, 10),  # (N, 10)
    ]


def _weight_layers(net: nn.Module) -> list[nn.Module]:
    return [layer for layer in net.modules() if isinstance(layer, nn.Conv2d | nn.Linear | LocallyConnected2d)]


@torch.no_grad()
def initialise(net: nn.Module, config: CifarNetConfig, generator: torch.Generator | None = None) -> None:
    """Draw every weight from a zero-mean normal and set every bias to 0, in place."""
    for layer, file in zip(_weight_layers(net), _published(config.net).layers, strict=True):
        weight: Tensor = layer.weight
        fan_in = layer.fan_in if isinstance(layer, LocallyConnected2d) else weight[0].numel()
        sd = {
            "k12": 0.01,
            "cuda-convnet": file.init_std,
            "lecun": math.sqrt(1 / fan_in),
            "he": math.sqrt(2 / fan_in),
        }[config.initialisation]
        weight.normal_(0.0, sd, generator=generator)
        layer.bias.zero_()
