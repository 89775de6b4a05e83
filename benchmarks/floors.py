"""What a layer has to do at least, and how fast this machine could do it.

The work of a layer is counted, not measured:

- multiply-accumulates (MACs). Forward: of convolutions, dense and locally connected layers; backward as many again for
  the gradients of the weights, and as many for those of the input where they are wanted, which in a net's first layer
  they are not. All other arithmetic counts as free.
- bytes. Forward: the input and the parameters are read once, the output is written once. Backward: the output's
  gradient is read, the input's gradient and those of the parameters are written, and what the formula of the gradient
  needs is read again: the parameters for the input's gradient, the input for that of the parameters, of a ReLU and of
  response normalisation. Where maxima were and what dropout dropped is a bit or a byte a value and counts as nothing.
  Flattening is a change of view and counts as no work, though in channels-last memory it costs a copy.

The *floor* is the longer of two times, both measured in the same run: the MACs at the best rate found (see
`best_macs_per_s`), and the copying of as many bytes within memory that was used just before. Copies of a few megabytes
are faster than large ones, as they stay in the processor's caches, so each size is timed for itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from common import timed
from torch import Tensor, nn

from alexnet_lib.nets.alexnet import ColumnLinear
from alexnet_lib.nets.layers import LocallyConnected2d
from alexnet_lib.nets.normalisation import LocalResponseNorm, WithinMapNorm

__all__ = ["Ceilings", "Work", "backward_work", "best_macs_per_s", "forward_work", "update_work"]

CONVOLUTIONS, NORMS = nn.Conv2d, (LocalResponseNorm, WithinMapNorm)
DENSE = (nn.Linear, ColumnLinear, LocallyConnected2d)  # each weight serves once an image
READ_INPUT_AGAIN = (CONVOLUTIONS, *DENSE, *NORMS, nn.ReLU)

SMALLEST, LARGEST = 2**16, 2**28  # bytes moved by the copies that are timed


@dataclass(frozen=True)
class Work:
    """What has to be done, for a whole batch."""

    macs: int
    bytes: int


def _size(*tensors: Tensor) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _macs(layer: nn.Module, y: Tensor) -> int:
    if isinstance(layer, CONVOLUTIONS):
        return y[:, 0].numel() * layer.weight.numel()  # groups are in the weight's shape
    return len(y) * layer.weight.numel() if isinstance(layer, DENSE) else 0


def forward_work(layer: nn.Module, x: Tensor, y: Tensor) -> Work:
    """Of ``y = layer(x)``."""
    return Work(_macs(layer, y), 0 if isinstance(layer, nn.Flatten) else _size(x, y, *layer.parameters()))


def backward_work(layer: nn.Module, x: Tensor, y: Tensor, input_gradient: bool = True) -> Work:
    """From the gradient of y to those of the parameters, and to that of x where it is wanted."""
    if isinstance(layer, nn.Flatten):
        return Work(0, 0)
    parameters = list(layer.parameters())
    moved = _size(y, *parameters)
    if isinstance(layer, READ_INPUT_AGAIN):
        moved += _size(x)
    if input_gradient:
        moved += _size(x, *parameters)
    return Work(_macs(layer, y) * (bool(parameters) + input_gradient), moved)


def update_work(parameters: list[Tensor]) -> Work:
    """Weight, velocity and gradient read, weight and velocity written; arithmetic counts as free."""
    return Work(0, 5 * _size(*parameters))


class Ceilings:
    """How fast this machine multiplies matrices and copies memory, measured now, with torch's threads as they are.

    Args:
        device: where.
        dtype: of the matrices.
        quick: fewer repeats.
    """

    def __init__(self, device: torch.device, dtype: torch.dtype = torch.float32, quick: bool = False) -> None:
        repeats = 5 if quick else 15
        self.macs_per_s = best_macs_per_s(device, dtype, repeats)
        self.copy_s = {}  # bytes moved -> seconds
        moved = SMALLEST
        while moved <= LARGEST:
            source, target = (torch.zeros(moved // 2, dtype=torch.uint8, device=device) for _ in range(2))
            at_once = max(1, 2**22 // moved)  # copies a reading: one small one is too short for a clock

            def copy(source=source, target=target, at_once=at_once) -> None:
                for _ in range(at_once):
                    target.copy_(source)

            copy()
            self.copy_s[moved] = min(timed(copy, device) for _ in range(repeats)) / at_once
            moved *= 4

    @property
    def bytes_per_s(self) -> float:
        """Of the largest copy: memory, not a cache."""
        return LARGEST / self.copy_s[LARGEST]

    def floor_ms(self, work: Work) -> float:
        """Milliseconds that the work takes at least; see the head of this module."""
        copying = 0.0
        if work.bytes:
            near = 4 ** round(math.log(work.bytes, 4))
            near = min(max(near, SMALLEST), LARGEST)
            copying = work.bytes / near * self.copy_s[near]
        return 1e3 * max(copying, work.macs / self.macs_per_s)


def best_macs_per_s(device: torch.device, dtype: torch.dtype = torch.float32, repeats: int = 5) -> float:
    """The best of some products of square matrices and, on a CPU, of a wide convolution.

    The latter because the two come from different libraries there, and the one for products does not use all that
    every processor has.
    """
    products = []
    for size in (2048, 4096, 8192) if device.type == "cuda" else (512, 1536):
        a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
        products.append((size**3, lambda a=a, b=b, out=a @ b: torch.mm(a, b, out=out)))
    if device.type == "cpu":
        x, kernels = torch.randn(32, 64, 12, 12).to(dtype), torch.randn(64, 64, 5, 5).to(dtype)
        x, kernels = (part.to(memory_format=torch.channels_last) for part in (x, kernels))
        macs = x[:, 0].numel() * kernels.numel()
        products.append((macs, lambda: torch.conv2d(x, kernels, padding=2)))
    best = 0.0
    for macs, product in products:
        product()
        best = max(best, macs / min(timed(product, device) for _ in range(repeats)))
    return best
