"""Every switch of the paper's net, as one frozen dataclass [K12 §3.5, §4.2, §5].

The defaults are the net of the paper. `one_gpu`, `small` and `released` are the other forms; an ablation
is one of them with one field changed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from alexnet_lib.nets.layers import ACTIVATIONS

__all__ = ["CONVOLUTIONS", "INITIALISATIONS", "REMOVABLE", "AlexNetConfig"]

CONVOLUTIONS = ("conv1", "conv2", "conv3", "conv4", "conv5")
REMOVABLE = ("conv2", "conv3", "conv4", "conv5", "fc6", "fc7")

#: "k12": N(0, 0.01²) in every layer [K12 §5]; "released": 0.03 in conv3 to conv5 [CHM layers-145.cfg];
#: "…-scaled": the same gain in every layer of a net of another width, see DEV-02; and today's two.
INITIALISATIONS = ("k12", "released", "k12-scaled", "released-scaled", "lecun", "he")

_CHOICES = {
    "stem": ("11/4", "5/1"),
    "activation": tuple(ACTIVATIONS),
    "normalisation": ("none", "paper", "released", "constant"),
    "norm_order": ("paper", "released"),
    "pooling": ("3/2", "2/2"),
    "dropout_form": ("paper", "inverted"),
    "initialisation": INITIALISATIONS,
}


@dataclass(frozen=True)
class AlexNetConfig:
    """Which net. Every field is one switch of an experiment."""

    image_size: int = 224  # pixels, square
    classes: int = 1000
    stem: str = "11/4"  # conv1: 11x11 at stride 4 [K12 §3.5], or 5x5 at stride 1 for images of 24 or 32
    kernels: tuple[int, ...] = (96, 256, 384, 384, 256)  # conv1 … conv5, all columns together
    hidden: tuple[int, ...] = (4096, 4096)  # neurons of fc6, fc7, all columns together
    columns: int = 2  # 1 or 2 (or more) [K12 §3.2]
    talk: tuple[str, ...] = ("conv3", "fc6", "fc7")  # layers that read all columns; fc8 always does
    removed: tuple[str, ...] = ()  # some of REMOVABLE [K12 §7]
    activation: str = "relu"  # one of layers.ACTIVATIONS [K12 §3.1]
    normalisation: str = "paper"  # after conv1, conv2 [K12 §3.3]: none | paper | released (alpha/n) | constant
    norm_order: str = "paper"  # paper: ReLU, then LRN | released: LRN, pool, ReLU in layer 1
    norm_across_columns: bool = False  # True: one window over all kernels, leaking over the columns' border
    same_map_norm: bool = False  # the released code's second norm in layer 2
    lrn_size: int = 5  # maps [K12 §3.3]
    lrn_alpha: float = 1e-4
    lrn_beta: float = 0.75
    lrn_k: float = 2.0
    pooling: str = "3/2"  # window/stride of the maximum, overlapping or not, equal output sizes [K12 §3.4]
    dropout: float = 0.5  # probability in fc6 and fc7 [K12 §4.2]
    dropout_form: str = "paper"  # paper (halve at test time) | inverted
    initialisation: str = "k12"  # one of INITIALISATIONS [K12 §5]
    bias: float = 1.0  # start of the biases of conv2, conv4, conv5, fc6, fc7; 0 elsewhere [K12 §5]

    @classmethod
    def one_gpu(cls, **changes) -> AlexNetConfig:
        """The net of section 3.2's comparison: half the kernels in conv1 to conv4, conv5 and dense layers full."""
        return replace(cls(kernels=(48, 128, 192, 192, 256), columns=1), **changes)

    @classmethod
    def released(cls, **changes) -> AlexNetConfig:
        """The paper's net as the released code has it [CHM layers/layers-145.cfg]."""
        return replace(cls(normalisation="released", norm_order="released", same_map_norm=True,
                           initialisation="released"), **changes)

    @classmethod
    def small(cls, **changes) -> AlexNetConfig:
        """The same eight layers for images of 24 (or 32) pixels and ten classes."""
        # DEV-02: widths and first layer scaled down; each layer starts with the gain it has at full size
        return replace(cls(image_size=24, classes=10, stem="5/1", kernels=(32, 64, 96, 96, 64), hidden=(256, 256),
                           initialisation="released-scaled"), **changes)

    @classmethod
    def small_one_gpu(cls, **changes) -> AlexNetConfig:
        """`small`, with half the kernels in conv1 to conv4, in one column."""
        return cls.small(**{"kernels": (16, 32, 48, 48, 64), "columns": 1, **changes})

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"unknown {name} {getattr(self, name)!r}: choose one of {', '.join(allowed)}")
        for name, length in (("kernels", 5), ("hidden", 2)):
            value = getattr(self, name)
            if len(value) != length or min(value) < 1:
                raise ValueError(f"{name} must be {length} positive numbers, not {value}")
        for name, allowed in (("talk", (*CONVOLUTIONS[1:], "fc6", "fc7")), ("removed", REMOVABLE)):
            if odd := [entry for entry in getattr(self, name) if entry not in allowed]:
                raise ValueError(f"{name} can not hold {odd[0]!r}: choose from {', '.join(allowed)}")
        if self.columns < 1 or any(n % self.columns for n in self.kernels + self.hidden):
            raise ValueError(f"{self.columns} columns can not share kernels {self.kernels} and neurons {self.hidden} "
                             "evenly: choose a number of columns that divides all of them")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must be at least 0 and below 1, not {self.dropout}")
        if self.classes < 1:
            raise ValueError(f"classes must be at least 1, not {self.classes}")
        if self.maps["pool5"] < 1:
            raise ValueError(f"images of {self.image_size} pixels are too small for this net: nothing is left after "
                             "three poolings")

    @property
    def maps(self) -> dict[str, int]:
        """Side of each layer's maps, pixels: conv1 55, pool1 27, pool2 13, pool5 6 for the paper's net."""
        # The released code rounds the number of positions up: 1 + ceil((224 - 11) / 4) = 55 (CODE-01).
        conv1 = 1 - (-(self.image_size - 11) // 4) if self.stem == "11/4" else self.image_size
        pool1 = _pooled(conv1, self.pooling)
        pool2 = _pooled(pool1, self.pooling)
        return {"conv1": conv1, "pool1": pool1, "conv2": pool1, "pool2": pool2, "conv3": pool2, "conv4": pool2,
                "conv5": pool2, "pool5": _pooled(pool2, self.pooling)}

    def to_dict(self) -> dict:
        """Plain values, for records."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


def _pooled(side: int, pooling: str) -> int:
    """Side after pooling at stride 2. Rounding 3/2 up and 2/2 down gives equal sizes for both stems [K12 §3.4]."""
    return -(-(side - 3) // 2) + 1 if pooling == "3/2" else side // 2
