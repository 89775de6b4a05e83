"""Several nets of one form as one net: their channels side by side, their weights one after the other.

Small nets leave a GPU idle. S of them, that differ in their weights only, are one net whose layers have S times as many
groups: a convolution of S times the groups, response normalisation of S times the columns, a dense layer that is
block-diagonal. Nothing passes between groups, so each net computes what it would compute alone, but for the order in
which the processor adds; a net whose weights have become infinite stays alone with them.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from alexnet_lib.nets.alexnet import AlexNet, ColumnLinear
from alexnet_lib.nets.dropout import PaperDropout
from alexnet_lib.nets.layers import ACTIVATIONS, LocallyConnected2d
from alexnet_lib.nets.normalisation import LocalResponseNorm, WithinMapNorm

__all__ = ["StackedNet"]

#: layers without weights that treat every channel alike
_CHANNELWISE = (*ACTIVATIONS.values(), nn.MaxPool2d, nn.AvgPool2d, nn.ZeroPad2d, nn.Flatten, WithinMapNorm)


class StackedNet(nn.Module):
    """S nets side by side: images (N, S * 3, H, W), first those of the first net -> logits (N, S, classes).

    Args:
        nets: each an `AlexNet`, or each one of cuda-convnet's nets, of one form; they are left as they are.

    Raises:
        ValueError: no nets, nets of different forms, or a layer that is not known here.
    """

    def __init__(self, nets: Sequence[nn.Module]) -> None:
        super().__init__()
        if len({str(net) for net in nets}) != 1:
            raise ValueError(f"nets are stacked if they are of one form: these {len(nets)} are not")
        self.count = len(nets)
        self.layers = nn.Sequential(*(_stacked(same) for same in zip(*map(_layers, nets), strict=True)))
        self.to(next(nets[0].parameters()).dtype)
        self.load(nets)

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images).unflatten(1, (self.count, -1))

    @torch.no_grad()
    def load(self, nets: Sequence[nn.Module]) -> None:
        """Take over the weights of as many nets."""
        for number, net in enumerate(nets):
            for mine, theirs in self._pairs(number, net):
                mine.copy_(theirs)

    @torch.no_grad()
    def store(self, number: int, net: nn.Module) -> None:
        """Copy the weights of one of the nets, numbered from 0, into a net of its own."""
        for mine, theirs in self._pairs(number, net):
            theirs.copy_(mine)

    def _pairs(self, number: int, net: nn.Module):
        """Every parameter of one net, as a part of the stack's and as the net's own."""
        for stacked, theirs in zip(self.parameters(), net.parameters(), strict=True):
            yield stacked.unflatten(0, (self.count, -1))[number].view(theirs.shape), theirs

    def seed_masks(self, seeds: Sequence[int], device: torch.device) -> None:
        """From now on each net's dropout masks come from a generator of its own, seeded with its number in `seeds`."""
        self.generators = [torch.Generator(device).manual_seed(seed) for seed in seeds]
        for layer in self.layers:
            if isinstance(layer, _StackedDropout):
                layer.generators = self.generators


class _StackedDropout(PaperDropout):
    """`PaperDropout` that draws the masks of each net from that net's generator."""

    generators: Sequence[torch.Generator] = ()

    def draw_mask(self, x: Tensor) -> Tensor:
        shape = len(x), x.shape[1] // len(self.generators)
        masks = [x.new_empty(shape).bernoulli_(1 - self.p, generator=generator) for generator in self.generators]
        mask = torch.cat(masks, dim=1)
        return mask.div_(1 - self.p) if self.inverted else mask


def _layers(net: nn.Module) -> list[nn.Module]:
    """The layers of a net in order."""
    return [*net.features, nn.Flatten(), *net.classifier] if isinstance(net, AlexNet) else list(net)


def _stacked(same: Sequence[nn.Module]) -> nn.Module:
    """The layer that does what these do, one of each net."""
    first, count = same[0], len(same)
    if isinstance(first, nn.Conv2d):
        layer = nn.Conv2d(count * first.in_channels, count * first.out_channels, first.kernel_size, first.stride,
                          first.padding, groups=count * first.groups)
    elif isinstance(first, LocallyConnected2d):
        layer = LocallyConnected2d(count * first.in_channels, count * first.out_channels, first.kernel_size,
                                   first.map_size, first.padding, count * first.groups)
    elif isinstance(first, ColumnLinear):
        columns, outputs, inputs = first.weight.shape
        layer = ColumnLinear(count * columns * inputs, count * columns * outputs, count * columns)
    elif isinstance(first, nn.Linear):
        layer = ColumnLinear(count * first.in_features, count * first.out_features, count)
    elif isinstance(first, LocalResponseNorm):
        layer = LocalResponseNorm(first.size, first.alpha, first.beta, first.k, first.form, count * first.columns)
    elif isinstance(first, PaperDropout):
        layer = _StackedDropout(first.p, first.inverted)
    elif isinstance(first, _CHANNELWISE):
        layer = copy.deepcopy(first)
    else:
        raise ValueError(f"a layer {type(first).__name__} cannot be stacked: train these nets one by one")
    if hasattr(first, "file_weight_decay"):
        layer.file_weight_decay = first.file_weight_decay
    return layer
