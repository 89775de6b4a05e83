"""The paper's net, layer by layer, and the nets it is compared with, as numbers [K12 §3.5, Fig. 2].

Kernel sizes come from the paper; strides, borders and the place where a column ends from the released
layer file [CHM layers/layers-145.cfg]. Every count was made here from those sizes. Shapes are
``(maps, rows, columns)``; one multiply-accumulate (MAC) is one product added to a sum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .claims import unknown
from .types import Quantity

__all__ = [
    "CIFAR_NETS", "COMPARED_NETS", "CONV_GROUPS", "IMPLIED_COST", "LAYERS", "PRINTED_NUMBERS",
    "TOTAL_BIASES", "TOTAL_MACS", "TOTAL_NEURONS", "TOTAL_PARAMETERS", "TOTAL_WEIGHTS",
    "CifarLayer", "CifarNet", "ComparedNet", "Layer", "PrintedNumber",
    "cifar_net", "layer", "parameter_share_pct", "total_bits",
]


@dataclass(frozen=True)
class Layer:
    """One layer of the two-column net."""

    name: str
    kind: str  # "data", "conv", "lrn", "pool" or "fc"
    input: tuple[int, ...]  # (maps, rows, columns), or (values,) for a dense layer
    kernels: tuple[int, ...]  # kernels or neurons in each column; one entry where there is one column
    depth: int  # maps that one kernel reads; 0 where there are no weights
    window: int  # side of the kernel or of the pooling window; for LRN the number of maps; 0 if none
    stride: int
    pad: int  # zeros at each border, before what rounding up adds at the right and bottom
    reads: str  # "image", "own column" or "both columns"
    output: tuple[int, ...]
    weights: int = 0
    biases: int = 0
    macs: int = 0
    neurons: int = 0  # 0 where a layer only rescales or selects
    field: int = 0  # side of the receptive field in input pixels; 0 where it is the whole image
    step: int = 0  # input pixels between neighbouring outputs

    @property
    def parameters(self) -> int:
        """Weights and biases together."""
        return self.weights + self.biases


#: [K12 §3.5, Fig. 2; CHM layers/layers-145.cfg]. conv1 has no border: its last windows hang three pixels
#: over the right and bottom edges, where the program reads zeros (see CODE-01).
LAYERS = (
    Layer("data", "data", (3, 224, 224), (), 0, 0, 0, 0, "image", (3, 224, 224)),
    Layer(
        "conv1", "conv", (3, 224, 224), (48, 48), 3, 11, 4, 0, "image", (96, 55, 55),
        34_848, 96, 105_415_200, 290_400, 11, 4,
    ),
    Layer("lrn1", "lrn", (96, 55, 55), (), 0, 5, 1, 0, "own column", (96, 55, 55), field=11, step=4),
    Layer("pool1", "pool", (96, 55, 55), (), 0, 3, 2, 0, "own column", (96, 27, 27), field=19, step=8),
    Layer(
        "conv2", "conv", (96, 27, 27), (128, 128), 48, 5, 1, 2, "own column", (256, 27, 27),
        307_200, 256, 223_948_800, 186_624, 51, 8,
    ),
    Layer("lrn2", "lrn", (256, 27, 27), (), 0, 5, 1, 0, "own column", (256, 27, 27), field=51, step=8),
    Layer("pool2", "pool", (256, 27, 27), (), 0, 3, 2, 0, "own column", (256, 13, 13), field=67, step=16),
    Layer(
        "conv3", "conv", (256, 13, 13), (192, 192), 256, 3, 1, 1, "both columns", (384, 13, 13),
        884_736, 384, 149_520_384, 64_896, 99, 16,
    ),
    Layer(
        "conv4", "conv", (384, 13, 13), (192, 192), 192, 3, 1, 1, "own column", (384, 13, 13),
        663_552, 384, 112_140_288, 64_896, 131, 16,
    ),
    Layer(
        "conv5", "conv", (384, 13, 13), (128, 128), 192, 3, 1, 1, "own column", (256, 13, 13),
        442_368, 256, 74_760_192, 43_264, 163, 16,
    ),
    Layer("pool5", "pool", (256, 13, 13), (), 0, 3, 2, 0, "own column", (256, 6, 6), field=195, step=32),
    Layer(
        "fc6", "fc", (9216,), (2048, 2048), 9216, 0, 0, 0, "both columns", (4096,),
        37_748_736, 4096, 37_748_736, 4096,
    ),
    Layer(
        "fc7", "fc", (4096,), (2048, 2048), 4096, 0, 0, 0, "both columns", (4096,),
        16_777_216, 4096, 16_777_216, 4096,
    ),
    Layer(
        "fc8", "fc", (4096,), (1000,), 4096, 0, 0, 0, "both columns", (1000,),
        4_096_000, 1000, 4_096_000, 1000,
    ),
)

TOTAL_WEIGHTS = 60_954_656
TOTAL_BIASES = 10_568
TOTAL_PARAMETERS = 60_965_224
TOTAL_MACS = 724_406_816  # for one image
TOTAL_NEURONS = 659_272

#: The same connections on one device: groups of conv1 … conv5.
CONV_GROUPS = (1, 2, 1, 2, 2)


@dataclass(frozen=True)
class ComparedNet:
    """A net of the same shape, with other widths or groups; dense layers of 4096, 4096 and 1000 neurons."""

    name: str
    conv_kernels: tuple[int, int, int, int, int]
    conv_groups: tuple[int, int, int, int, int]
    parameters: int
    macs: int
    source: str


COMPARED_NETS = (
    ComparedNet(
        "two columns (the paper's net)", (96, 256, 384, 384, 256), (1, 2, 1, 2, 2), 60_965_224, 724_406_816,
        "K12 §3.5; CHM layers/layers-145.cfg",
    ),
    ComparedNet(
        "one GPU (half the kernels in conv1 to conv4)", (48, 128, 192, 192, 256), (1, 1, 1, 1, 1),
        59_798_312, 391_514_384, "K12 §3.2; CHM layers/layers-145-half.cfg",
    ),
    ComparedNet(
        "the paper's widths without columns", (96, 256, 384, 384, 256), (1, 1, 1, 1, 1),
        62_378_344, 1_135_256_096, "counted here; often quoted by mistake for the paper's net",
    ),
    ComparedNet(
        "torchvision alexnet", (64, 192, 384, 256, 256), (1, 1, 1, 1, 1), 61_100_840, 714_188_480,
        "torchvision models/alexnet.py",
    ),
)


#: How far a rounded figure may be from the count, as a share of it.
ROUNDING = 0.02


@dataclass(frozen=True)
class PrintedNumber:
    """A count the paper prints beside the same count made from the kernel sizes."""

    name: str
    printed: float
    counted: float
    unit: str
    source: str
    remark: str = ""

    @property
    def verdict(self) -> str:
        """``right``, ``rounded`` (within 2 % of the count) or ``wrong``."""
        if self.printed == self.counted:
            return "right"
        return "rounded" if math.isclose(self.printed, self.counted, rel_tol=ROUNDING) else "wrong"


#: The nine numbers of Figure 2's caption first, in its order, then other counts in the text.
PRINTED_NUMBERS = (
    PrintedNumber("inputs", 150_528, 150_528, "values", "K12 Fig. 2"),
    PrintedNumber(
        "neurons of layer 1", 253_440, 290_400, "neurons", "K12 Fig. 2",
        "253,440 is 96 x 55 x 48; maps of 55 x 55 give 290,400",
    ),
    PrintedNumber("neurons of layer 2", 186_624, 186_624, "neurons", "K12 Fig. 2"),
    PrintedNumber("neurons of layer 3", 64_896, 64_896, "neurons", "K12 Fig. 2"),
    PrintedNumber("neurons of layer 4", 64_896, 64_896, "neurons", "K12 Fig. 2"),
    PrintedNumber("neurons of layer 5", 43_264, 43_264, "neurons", "K12 Fig. 2"),
    PrintedNumber("neurons of layer 6", 4096, 4096, "neurons", "K12 Fig. 2"),
    PrintedNumber("neurons of layer 7", 4096, 4096, "neurons", "K12 Fig. 2"),
    PrintedNumber("neurons of layer 8", 1000, 1000, "neurons", "K12 Fig. 2"),
    PrintedNumber(
        "neurons of the net", 650_000, 659_272, "neurons", "K12 abstract",
        "fits the corrected sum; the printed layers add up to 622,312",
    ),
    PrintedNumber("parameters of the net", 60_000_000, 60_965_224, "parameters", "K12 abstract"),
    PrintedNumber(
        "largest share of one convolutional layer", 1, 1.451_844, "%", "K12 §1",
        "conv3 holds 1.45 % and conv4 1.09 % of the parameters",
    ),
    PrintedNumber(
        "patches and mirror images of one picture", 2048, 2178, "x", "K12 §4.1",
        "2,048 is 32 x 32 x 2; a patch of 224 in 256 pixels has 33 positions each way",
    ),
    PrintedNumber("information in one label", 10, 9.965_784, "bits", "K12 §4"),
)

#: What the printed training time asks of the hardware: three passes (forward, and backward for maps and
#: for weights) of two operations for each MAC, over 90 x 1.2 million images.
IMPLIED_COST = (
    Quantity("updates", 843_750, "updates", "counted here from K12 §5"),
    Quantity("arithmetic", 4.694e17, "FLOP", "counted here from K12 §5"),
    Quantity("rate on both cards, in five days", 1.087, "TFLOP/s", "counted here from K12 §5"),
    Quantity("rate on both cards, in six days", 0.906, "TFLOP/s", "counted here from K12 §5"),
    Quantity("images per second, in five days", 250, "images per second", "counted here from K12 §5"),
    Quantity("images per second, in six days", 208, "images per second", "counted here from K12 §5"),
)


@dataclass(frozen=True)
class CifarLayer:
    """A layer with weights of a CIFAR-10 net; pooling and normalisation stand in ``CifarNet.chain``."""

    name: str
    kind: str  # "conv", "local" (untied weights, one bias for each output) or "fc"
    inputs: int  # maps read, or values for "fc"
    window: int  # side of the kernel, 0 for "fc"
    outputs: int  # kernels or neurons
    side: int  # side of the output map, 1 for "fc"
    weights: int
    biases: int
    init_std: float  # of the zero-mean normal; biases start at 0
    weight_decay: float  # "wc" of the parameter file; biases have none


@dataclass(frozen=True)
class CifarNet:
    """A CIFAR-10 net published with cuda-convnet: what its files and its web page say."""

    name: str
    error_pct: float
    time_s: int  # on an unnamed GPU of 2011
    image_side: int  # pixels the net sees; 24 means a random crop out of 32
    augmentation: str
    chain: str  # all layers in order, as in the layer file
    layers: tuple[CifarLayer, ...]
    parameters: int
    macs: int  # for one image
    passes: int | None  # over the data, where the files tell the schedule
    schedule: str
    source: str
    remark: str


#: All: ReLU, stride 1 in convolutions and 2 in pooling, softmax, batch 128, learning rate 0.001 for weights
#: and 0.002 for biases, momentum 0.9, raw 0-255 pixels less the mean image, pooling sizes rounded up.
CIFAR_NETS = (
    CifarNet(
        "80sec", 26, 80, 32, "none",
        "conv1, max pool 3/2, ReLU; conv2, ReLU, average pool 3/2; conv3, ReLU, average pool 3/2; fc64, "
        "ReLU; fc10",
        (
            CifarLayer("conv1", "conv", 3, 5, 32, 32, 2_400, 32, 1e-4, 0.004),
            CifarLayer("conv2", "conv", 32, 5, 32, 16, 25_600, 32, 0.01, 0.004),
            CifarLayer("conv3", "conv", 32, 5, 64, 8, 51_200, 64, 0.01, 0.004),
            CifarLayer("fc64", "fc", 1024, 0, 64, 1, 65_536, 64, 0.1, 0.03),
            CifarLayer("fc10", "fc", 64, 0, 10, 1, 640, 10, 0.1, 0.03),
        ),
        145_578, 12_354_176, None, "rate divided by 10 after 8 passes",
        "CC1 example-layers/layers-80sec.cfg, layer-params-80sec.cfg", "no normalisation, no dropout",
    ),
    CifarNet(
        "18pct", 18, 1200, 32, "none",
        "conv1, max pool 3/2, ReLU, same-map norm of 3; conv2, ReLU, average pool 3/2, same-map norm of 3; "
        "conv3, ReLU, average pool 3/2; fc10",
        (
            CifarLayer("conv1", "conv", 3, 5, 32, 32, 2_400, 32, 1e-4, 0.004),
            CifarLayer("conv2", "conv", 32, 5, 32, 16, 25_600, 32, 0.01, 0.004),
            CifarLayer("conv3", "conv", 32, 5, 64, 8, 51_200, 64, 0.01, 0.004),
            CifarLayer("fc10", "fc", 1024, 0, 10, 1, 10_240, 10, 0.01, 1.0),
        ),
        89_578, 12_298_240, 140, "rate divided by 10 after 120 passes and again 10 later",
        "CC1 example-layers/layers-18pct.cfg, layer-params-18pct.cfg",
        "the decay of 1 on fc10 is in every copy of the file",
    ),
    CifarNet(
        "19pct", 19, 1200, 32, "none",
        "conv1, max pool 3/2, ReLU; conv2, ReLU, average pool 3/2; conv3, ReLU, average pool 3/2; fc10",
        (
            CifarLayer("conv1", "conv", 3, 5, 32, 32, 2_400, 32, 1e-4, 0.004),
            CifarLayer("conv2", "conv", 32, 5, 32, 16, 25_600, 32, 0.01, 0.004),
            CifarLayer("conv3", "conv", 32, 5, 64, 8, 51_200, 64, 0.01, 0.004),
            CifarLayer("fc10", "fc", 1024, 0, 10, 1, 10_240, 10, 0.01, 3.0),
        ),
        89_578, 12_298_240, None, "not told",
        "CC1 example-layers/layers-19pct.cfg, layer-params-19pct.cfg",
        "18pct without its norms; 14.2 % with translations and no decay on fc10",
    ),
    CifarNet(
        "13pct", 13, 1500, 24, "random 24-pixel crops and mirror images; ten views at test time",
        "conv1, ReLU, max pool 3/2; conv2, ReLU, max pool 3/2; local3, ReLU; local4, ReLU; fc10",
        (
            CifarLayer("conv1", "conv", 3, 5, 64, 24, 4_800, 64, 1e-4, 0.0),
            CifarLayer("conv2", "conv", 64, 5, 64, 12, 102_400, 64, 0.01, 0.0),
            CifarLayer("local3", "local", 64, 3, 32, 6, 663_552, 1_152, 0.04, 0.004),
            CifarLayer("local4", "local", 32, 3, 32, 6, 331_776, 1_152, 0.04, 0.004),
            CifarLayer("fc10", "fc", 1152, 0, 10, 1, 11_520, 10, 0.01, 0.004),
        ),
        1_116_490, 18_517_248, 160,
        "about 100 passes on batches 1-4, 40 on 1-5, then twice 10 at a tenth of the rate",
        "CC1 example-layers/layers-conv-local-13pct.cfg, layer-params-conv-local-13pct.cfg",
        "12.6 % in the run that the wiki describes; 25 minutes on the front page, 21.7 in the wiki",
    ),
    CifarNet(
        "11pct", 11, 4500, 24, "random 24-pixel crops and mirror images; ten views at test time",
        "conv1, ReLU, max pool 3/2, across-map norm of 9; conv2, ReLU, across-map norm of 9, max pool 3/2; "
        "local3, ReLU; local4, ReLU; fc10",
        (
            CifarLayer("conv1", "conv", 3, 5, 64, 24, 4_800, 64, 1e-4, 0.0),
            CifarLayer("conv2", "conv", 64, 5, 64, 12, 102_400, 64, 0.01, 0.0),
            CifarLayer("local3", "local", 64, 3, 64, 6, 1_327_104, 2_304, 0.04, 0.004),
            CifarLayer("local4", "local", 64, 3, 32, 6, 663_552, 1_152, 0.04, 0.004),
            CifarLayer("fc10", "fc", 1152, 0, 10, 1, 11_520, 10, 0.01, 0.01),
        ),
        2_112_970, 19_512_576, 520,
        "about 350 passes on batches 1-4, 150 on 1-5, then twice 10 at a tenth of the rate",
        "CC1 example-layers/layers-conv-local-11pct.cfg, layer-params-conv-local-11pct.cfg",
        "differs from 13pct in more than the norms, see CODE-19",
    ),
)


def layer(name: str) -> Layer:
    """The layer of the paper's net with this name, such as ``"conv3"``."""
    for candidate in LAYERS:
        if candidate.name == name:
            return candidate
    raise unknown("layer", name, (candidate.name for candidate in LAYERS))


def cifar_net(name: str) -> CifarNet:
    """The published CIFAR-10 net with this name, such as ``"18pct"``."""
    for candidate in CIFAR_NETS:
        if candidate.name == name:
            return candidate
    raise unknown("CIFAR-10 net", name, (candidate.name for candidate in CIFAR_NETS))


def parameter_share_pct(name: str) -> float:
    """The share of the net's parameters in one layer, in per cent."""
    return 100 * layer(name).parameters / TOTAL_PARAMETERS


def total_bits(images: int, classes: int) -> float:
    """The information in the labels of a set of images, if all classes are equally likely [K12 §4]."""
    return images * math.log2(classes)
