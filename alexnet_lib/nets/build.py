"""From a configuration to a net, whichever family it belongs to."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from alexnet_lib.nets.alexnet import AlexNet
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.nets.cifar import CifarNetConfig, build_cifar_net

__all__ = ["NetConfig", "build_net", "first_kernels"]

NetConfig = CifarNetConfig | AlexNetConfig


def build_net(config: NetConfig, generator: torch.Generator | None = None) -> nn.Module:
    """Build and initialise a net; the same seed of the CPU generator gives the same bits."""
    return AlexNet(config, generator) if isinstance(config, AlexNetConfig) else build_cifar_net(config, generator)


def first_kernels(net: nn.Module) -> Tensor:
    """A copy of the weights of the first convolution, (kernels, 3, height, width), on the CPU."""
    return next(value for value in net.state_dict().values() if value.ndim == 4).detach().cpu().contiguous().clone()
