"""The two columns on two devices, as the paper had to place them [K12 §3.2].

The grouped net of `alexnet.py` is cut into columns, one a device; together they hold the same weights and compute
the same function. Column c holds the c-th share of the kernels (neurons) of each layer. Its layers read its own
maps, but for those in ``config.talk`` and the last one, fc8, which read the maps of all columns. Only what these
read crosses the border between columns, and on the way back its gradient:

=====  =======================  ======================================
layer  crosses, paper's net     values an image, forward, both ways
=====  =======================  ======================================
conv3  pool2 of either column   2 x 21,632
fc6    pool5 of either column   2 x  4,608
fc7    half of fc6, either way  2 x  2,048
fc8    half of fc7, one way         2,048
=====  =======================  ======================================

fc8 stands whole in the first column, as in the released code; each column has its own copy of the images.
`TwoDeviceAlexNet` here drives both columns from one process; `column_process.py` gives each a process of its own.
"""

from __future__ import annotations

import copy
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from alexnet_lib.nets.alexnet import AlexNet, ColumnLinear, check_images
from alexnet_lib.nets.alexnet_config import CONVOLUTIONS, AlexNetConfig

__all__ = ["Column", "Traffic", "TwoDeviceAlexNet", "join_columns", "split_columns", "talking_layers", "traffic"]


class Traffic(NamedTuple):
    """What one layer makes cross the border between columns, all columns together."""

    layer: str
    forward: int  # values an image, activities
    backward: int  # values an image, their gradients
    batch_bytes: int  # bytes for the forward and backward pass of one batch


def traffic(config: AlexNetConfig, batch_size: int = 128, bytes_per_value: int = 4) -> list[Traffic]:
    """One row for each layer that reads more than its own column, counted from the configuration alone.

    ``batch_size`` is in images; ``bytes_per_value`` is 4 for float32.
    """
    rows = []
    for layer in talking_layers(config):
        values = _values_read(config, layer)
        # Each column's share goes to every other column; for fc8, all shares but the first go to the first.
        crossing = values * (config.columns - 1) // (config.columns if layer == "fc8" else 1)
        rows.append(Traffic(layer, crossing, crossing, 2 * crossing * batch_size * bytes_per_value))
    return rows


def talking_layers(config: AlexNetConfig) -> tuple[str, ...]:
    """The layers that read all columns, in the net's order: conv3, fc6, fc7, fc8 in the paper's net."""
    if config.columns == 1:
        return ()
    return tuple(name for name in (*CONVOLUTIONS, "fc6", "fc7", "fc8")
                 if name == "fc8" or (name in config.talk and name not in config.removed))


def _values_read(config: AlexNetConfig, layer: str) -> int:
    """Values an image that a layer reads, all columns together."""
    kept = [name for name in (*CONVOLUTIONS, "fc6", "fc7", "fc8") if name not in config.removed]
    before = kept[kept.index(layer) - 1]
    if before.startswith("fc"):
        return config.hidden[("fc6", "fc7").index(before)]
    # The pools stay where layers are removed, so the side follows from the reader, the depth from who is before it.
    source = {"conv2": "pool1", "conv3": "pool2", "conv4": "conv3", "conv5": "conv4"}.get(layer, "pool5")
    return config.kernels[CONVOLUTIONS.index(before)] * config.maps[source] ** 2


def split_columns(net: AlexNet) -> list[dict[str, Tensor]]:
    """The weights of each column under the grouped net's names, as copies; `join_columns` is the inverse.

    Every tensor is cut into equal parts along its first axis, which counts kernels or neurons. fc8 goes to the first
    column whole.
    """
    return [_share(net, index) for index in range(net.config.columns)]


def _share(net: AlexNet, index: int) -> dict[str, Tensor]:
    part = {}
    for name, value in net.state_dict().items():
        whole = name.startswith("classifier.fc8.")
        if not whole or index == 0:
            part[name] = (value if whole else value.chunk(net.config.columns)[index]).clone()
    return part


def join_columns(parts: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """State dict of the grouped net from those of its columns, on the first one's device. Works for gradients too."""
    return {name: torch.cat([part[name].to(first.device) for part in parts if name in part])
            for name, first in parts[0].items()}


class Column(nn.Module):
    """The layers of one column, under their names and with their weights; a copy, independent of `net`.

    It has no forward pass of its own: whoever holds it walks through `layers` and sees to what must cross.

    Args:
        net: the grouped net.
        index: which column, from 0; column 0 has fc8.

    Raises:
        ValueError: a normalisation that reads across the border between columns.
    """

    def __init__(self, net: AlexNet, index: int) -> None:
        super().__init__()
        config = net.config
        if config.norm_across_columns and config.normalisation != "none" and config.columns > 1:
            raise ValueError("norm_across_columns=True makes the normalisation read across the columns' border, which "
                             "the paper's split never sends: build the net with norm_across_columns=False")
        weights = _share(net, index)
        self.features = nn.Sequential(OrderedDict(_cut(net.features, "features", weights)))
        self.classifier = nn.Sequential(OrderedDict(_cut(net.classifier, "classifier", weights)))

    def layers(self) -> Iterator[tuple[str, nn.Module]]:
        """Name and layer from conv1 on; "flatten" stands between the maps and the dense layers."""
        yield from self.features.named_children()
        yield "flatten", nn.Flatten()  # own (N, C, H, W) -> (N, C H W), so that the columns' shares are neighbours
        yield from self.classifier.named_children()

    @property
    def device(self) -> torch.device:
        return self.features.get_submodule("conv1").weight.device


class TwoDeviceAlexNet(nn.Module):
    """Each column on a device of its own, driven by one process: (N, 3, S, S) -> logits (N, classes).

    Outputs and gradients are those of the grouped net, but for rounding. Dropout draws its masks on each device, so
    in training with dropout they are others than the grouped net's, alike only in distribution. The logits are on the
    first device. Moving the module with ``.to(device)`` brings all columns to one device, where it still works.

    Attributes:
        columns: a `Column` for each device; ``join_columns([c.state_dict() for c in net.columns])`` loads into the
            grouped net.
        bytes_moved: layer -> bytes that crossed between columns so far, forward and backward, counted from the
            tensors themselves; ``bytes_moved.clear()`` starts afresh. The images are not counted.

    Args:
        net: the grouped net, whose weights are copied.
        devices: as many as the net has columns; the same one may be named twice.

    Raises:
        ValueError: another number of devices than columns, a device that is not here, ``norm_across_columns``.
        ImageSizeError: in ``forward``, images of another size than ``config.image_size``.
    """

    def __init__(self, net: AlexNet, devices: Sequence[str | torch.device] = ("cuda:0", "cuda:1")) -> None:
        super().__init__()
        self.config = net.config
        if len(devices) != net.config.columns:
            raise ValueError(f"{len(devices)} devices do not go with {net.config.columns} columns: name one for each")
        places = [_known_device(device) for device in devices]
        # channels_last: the fast memory order for convolutions, on CPUs and on GPUs
        self.columns = nn.ModuleList(Column(net, index).to(place, memory_format=torch.channels_last)
                                     for index, place in enumerate(places))
        self.bytes_moved: Counter[str] = Counter()
        self.train(net.training)

    def forward(self, images: Tensor) -> Tensor:
        check_images(images, self.config)
        talking = talking_layers(self.config)
        values = [images.to(column.device, memory_format=torch.channels_last) for column in self.columns]
        for steps in zip(*(column.layers() for column in self.columns), strict=False):  # all but fc8
            if (name := steps[0][0]) in talking:
                values = [self._gather(name, values, index) for index in range(len(values))]
            values = [layer(x) for (_, layer), x in zip(steps, values, strict=True)]
        return self.columns[0].classifier.fc8(self._gather("fc8", values, 0))

    def _gather(self, name: str, values: list[Tensor], index: int) -> Tensor:
        """What all columns computed, on the device of one of them: (N, C, ...) of each -> (N, columns C, ...)."""
        here = values[index].device
        return torch.cat([x if source == index else _Move.apply(x, here, name, self.bytes_moved)
                          for source, x in enumerate(values)], dim=1)


class _Move(torch.autograd.Function):
    """A copy to another device, and of the gradient back again; both are added to the count."""

    @staticmethod
    def forward(ctx, x: Tensor, device: torch.device, layer: str, counter: Counter) -> Tensor:
        ctx.source, ctx.layer, ctx.counter = x.device, layer, counter
        counter[layer] += x.nbytes
        return x.to(device, copy=True)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor):
        ctx.counter[ctx.layer] += gradient.nbytes
        return gradient.to(ctx.source), None, None, None


def _cut(part: nn.Sequential, prefix: str, weights: dict[str, Tensor]) -> Iterator[tuple[str, nn.Module]]:
    """One column's share of each layer, in order; fc8 only where its weights are."""
    for name, layer in part.named_children():
        if not hasattr(layer, "weight"):
            layer = copy.deepcopy(layer)
            if hasattr(layer, "columns"):  # LRN: this column's kernels are all it is given
                layer.columns = 1
            yield name, layer
            continue
        weight = weights.get(f"{prefix}.{name}.weight")
        if weight is None:
            continue
        outputs, inputs = weight.shape[-2:] if isinstance(layer, ColumnLinear) else weight.shape[:2]
        with torch.device("meta"):  # the weights come from the net: draw none
            if isinstance(layer, nn.Conv2d):
                share = nn.Conv2d(inputs, outputs, layer.kernel_size, layer.stride, layer.padding)
            elif isinstance(layer, ColumnLinear):
                share = ColumnLinear(inputs, outputs, columns=1)
            else:
                share = nn.Linear(inputs, outputs)
        share.load_state_dict({"weight": weight, "bias": weights[f"{prefix}.{name}.bias"]}, assign=True)
        yield name, share


def _known_device(name: str | torch.device) -> torch.device:
    """The device, if this machine has it. Raises ValueError with the ones it has."""
    here = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    here += ["mps"] * torch.backends.mps.is_available()
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ValueError(f"unknown device {str(name)!r}: choose from {', '.join(here)}") from None
    plain = device.type if device.type in ("cpu", "mps") else f"{device.type}:{device.index or 0}"
    if plain not in here:
        raise ValueError(f"device {str(name)!r} is not here (one may be named twice): choose from {', '.join(here)}")
    return device
