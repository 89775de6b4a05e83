"""The network of the paper: five convolutional layers, three dense ones, two columns [K12 §3.5, Fig. 2].

The two columns are groups of one net: ``groups=2`` where a column reads its own maps only, 1 where it
reads both. The first half of the channels is column 1. `columns.py` places the same weights on two devices.

=======  ==================================================  =======================
layer    what follows it                                     paper's output
=======  ==================================================  =======================
conv1    ReLU, LRN, max pool 3/2                             96 x 55 x 55 -> 27 x 27
conv2    ReLU, LRN, max pool 3/2 (own column)                256 x 27 x 27 -> 13 x 13
conv3    ReLU (both columns)                                 384 x 13 x 13
conv4    ReLU (own column)                                   384 x 13 x 13
conv5    ReLU, max pool 3/2 (own column)                     256 x 13 x 13 -> 6 x 6
fc6      ReLU, dropout                                       4096, from 9216
fc7      ReLU, dropout                                       4096
fc8      softmax, in the loss                                1000
=======  ==================================================  =======================
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from alexnet_lib import paper
from alexnet_lib.nets.alexnet_config import CONVOLUTIONS, AlexNetConfig
from alexnet_lib.nets.dropout import PaperDropout
from alexnet_lib.nets.layers import activation
from alexnet_lib.nets.normalisation import LocalResponseNorm, WithinMapNorm

__all__ = ["AlexNet", "ColumnLinear", "ImageSizeError", "check_images"]

#: layers whose biases start at 1, so that their ReLUs see positive input early on [K12 §5]
BIASED = ("conv2", "conv4", "conv5", "fc6", "fc7")

#: standard deviation of the first weights: 0.01 [K12 §5], but 0.03 here in the released code [CHM layers-145.cfg]
RELEASED_SD = {"conv3": 0.03, "conv4": 0.03, "conv5": 0.03}

_KERNEL = {"conv2": 5, "conv3": 3, "conv4": 3, "conv5": 3}


class ImageSizeError(ValueError):
    """Images of another size than the net was built for."""


def check_images(images: Tensor, config: AlexNetConfig) -> None:
    """Refuse images of another size than the net was built for, with an `ImageSizeError` that explains."""
    size = config.image_size
    if images.ndim != 4 or tuple(images.shape[1:]) != (3, size, size):
        sides = "-".join(str(config.maps[name]) for name in ("conv1", "pool1", "pool2", "pool5"))
        raise ImageSizeError(
            f"this net reads (N, 3, {size}, {size}), not {tuple(images.shape)}: it is built for maps of {sides}. "
            f"Crop the images to {size} pixels, or build the net with AlexNetConfig(image_size=…)")


class ColumnLinear(nn.Module):
    """A dense layer that reads its own column only: (N, inputs) -> (N, outputs), block-diagonal.

    Args:
        inputs, outputs: values of all columns together, which `columns` must divide.
    """

    def __init__(self, inputs: int, outputs: int, columns: int) -> None:
        super().__init__()
        self.columns = columns
        self.weight = nn.Parameter(torch.empty(columns, outputs // columns, inputs // columns))
        self.bias = nn.Parameter(torch.empty(outputs))

    def forward(self, x: Tensor) -> Tensor:
        parts = x.unflatten(1, (self.columns, -1))  # (N, columns, inputs of one)
        return torch.einsum("nci,coi->nco", parts, self.weight).flatten(1) + self.bias

    def extra_repr(self) -> str:
        columns, outputs, inputs = self.weight.shape
        return f"{columns} x ({inputs} -> {outputs})"


class AlexNet(nn.Module):
    """The net of the paper, or a variant of it: images (N, 3, S, S) -> logits (N, classes).

    Images are pixels on the 0-255 scale less the mean image [K12 §2]; on other scales LRN does nothing.
    `features` holds conv1 to pool5, `classifier` fc6 to fc8, each layer under its name.

    Args:
        config: which net; the default is the paper's.
        generator: CPU generator that draws the first weights; the same seed gives the same bits.
        device: where the weights live. "meta" builds shapes without weights, in no time and no memory.

    Raises:
        ImageSizeError: in ``forward``, images of another size than ``config.image_size``.
    """

    def __init__(self, config: AlexNetConfig | None = None, generator: torch.Generator | None = None,
                 device: torch.device | str = "cpu") -> None:
        super().__init__()
        self.config = config = config or AlexNetConfig()
        # Without storage first: torch's own initial weights would be drawn only to be thrown away.
        with torch.device("meta"):
            self.features = nn.Sequential(OrderedDict(self._features()))
            self.classifier = nn.Sequential(OrderedDict(self._classifier()))
        _assert_paper_facts(self)
        if torch.device(device).type != "meta":
            self.to_empty(device="cpu")
            self._initialise(generator)
            self.to(device)

    def forward(self, images: Tensor) -> Tensor:
        check_images(images, self.config)
        maps = self.features(images)  # (N, 256, 6, 6) at full size
        return self.classifier(maps.flatten(1))  # (N, 9216) -> (N, 1000)

    def weight_layers(self) -> dict[str, nn.Module]:
        """conv1 … fc8: the layers with weights, by name."""
        return {name: module for part in (self.features, self.classifier) for name, module in part.named_children()
                if hasattr(module, "weight")}

    def _features(self) -> Iterator[tuple[str, nn.Module]]:
        config, inputs = self.config, 3
        for name, kernels in zip(CONVOLUTIONS, config.kernels, strict=True):
            number = name[-1]
            kept = name not in config.removed
            late_relu = name == "conv1" and config.norm_order == "released"
            if kept:
                if name == "conv1" and config.stem == "11/4" and (over := _overhang(config)):
                    # CODE-01: the last windows read zeros beyond the right and bottom edges
                    yield "border", nn.ZeroPad2d((0, over, 0, over))  # (N, 3, 227, 227)
                yield name, self._convolution(name, inputs, kernels)
                if not late_relu:
                    yield f"relu{number}", activation(config.activation)
                if name in ("conv1", "conv2"):
                    yield from self._normalisation(number)
                inputs = kernels
            if name in ("conv1", "conv2", "conv5"):
                overlapping = config.pooling == "3/2"
                yield f"pool{number}", nn.MaxPool2d(3 if overlapping else 2, stride=2, ceil_mode=overlapping)
            if kept and late_relu:
                yield f"relu{number}", activation(config.activation)

    def _convolution(self, name: str, inputs: int, kernels: int) -> nn.Conv2d:
        config = self.config
        if name == "conv1":
            return nn.Conv2d(3, kernels, 11, stride=4) if config.stem == "11/4" else nn.Conv2d(3, kernels, 5, padding=2)
        window = _KERNEL[name]
        groups = 1 if name in config.talk else config.columns
        return nn.Conv2d(inputs, kernels, window, padding=window // 2, groups=groups)

    def _normalisation(self, number: str) -> Iterator[tuple[str, nn.Module]]:
        config = self.config
        if config.normalisation != "none":
            constant = config.normalisation == "constant"  # what LRN tends to for small responses: 1 / k^beta
            yield f"lrn{number}", LocalResponseNorm(
                config.lrn_size, 0.0 if constant else config.lrn_alpha, config.lrn_beta, config.lrn_k,
                form="paper" if constant else config.normalisation,
                columns=1 if config.norm_across_columns else config.columns)
        if number == "2" and config.same_map_norm:
            yield "same_map_norm2", WithinMapNorm(5, scale=0.001, power=0.75)  # cnorm2 [CHM layers-145.cfg]

    def _classifier(self) -> Iterator[tuple[str, nn.Module]]:
        config = self.config
        kept = [name for name in CONVOLUTIONS if name not in config.removed]
        inputs = config.kernels[CONVOLUTIONS.index(kept[-1])] * config.maps["pool5"] ** 2  # 256 * 6 * 6 = 9216
        for name, neurons in zip(("fc6", "fc7"), config.hidden, strict=True):
            if name in config.removed:
                continue
            yield name, (nn.Linear(inputs, neurons) if name in config.talk or config.columns == 1
                         else ColumnLinear(inputs, neurons, config.columns))
            yield f"relu{name[-1]}", activation(config.activation)
            if config.dropout:
                yield f"dropout{name[-1]}", PaperDropout(config.dropout, config.dropout_form == "inverted")
            inputs = neurons
        yield "fc8", nn.Linear(inputs, config.classes)

    @torch.no_grad()
    def _initialise(self, generator: torch.Generator | None) -> None:
        config = self.config
        for name, layer in self.weight_layers().items():
            fan_in = layer.weight[0, 0].numel() if isinstance(layer, ColumnLinear) else layer.weight[0].numel()
            layer.weight.normal_(0.0, _first_sd(config.initialisation, name, fan_in), generator=generator)
            layer.bias.fill_(config.bias if name in BIASED else 0.0)


def _overhang(config: AlexNetConfig) -> int:
    """Rows and columns by which conv1's last windows hang over the edge: 3 for 224 pixels, 0 for 227."""
    return (config.maps["conv1"] - 1) * 4 + 11 - config.image_size


def _first_sd(initialisation: str, name: str, fan_in: int) -> float:
    """Standard deviation of a layer's first weights."""
    if initialisation in ("lecun", "he"):
        return math.sqrt({"lecun": 1, "he": 2}[initialisation] / fan_in)
    family, _, scaled = initialisation.partition("-")
    sd = RELEASED_SD.get(name, 0.01) if family == "released" else 0.01
    if scaled:  # DEV-02: fewer inputs, larger weights: the sum keeps the spread it has at full size
        full = paper.layer(name)
        full_fan_in = full.depth * max(full.window, 1) ** 2
        sd *= math.sqrt(full_fan_in / fan_in)
    return sd


def _assert_paper_facts(net: AlexNet) -> None:
    """What the paper and its layer file fix must come out, or the net is not what its name says."""
    config = net.config
    if (config.image_size, config.stem, config.classes, config.removed) != (224, "11/4", 1000, ()):
        return
    maps = [config.maps[name] for name in ("conv1", "pool1", "pool2", "pool5")]
    assert maps == [55, 27, 13, 6], f"maps must be 55-27-13-6, not {maps}"
    groups = tuple(net.features.get_submodule(name).groups for name in CONVOLUTIONS)
    for known in paper.COMPARED_NETS:
        if (config.kernels, groups, config.hidden) != (known.conv_kernels, known.conv_groups, (4096, 4096)):
            continue
        if not {"fc6", "fc7"} <= set(config.talk) and config.columns > 1:
            continue
        features = config.kernels[-1] * maps[-1] ** 2
        parameters = sum(p.numel() for p in net.parameters())
        sides = [config.maps[name] for name in CONVOLUTIONS] + [1, 1, 1]
        macs = sum(layer.weight.numel() * side**2
                   for layer, side in zip(net.weight_layers().values(), sides, strict=True))
        assert features == 9216, f"fc6 must read 9,216 features, not {features}"
        assert parameters == known.parameters, f"{known.name} has {known.parameters} parameters, not {parameters}"
        assert macs == known.macs, f"{known.name} takes {known.macs} MACs, not {macs}"
