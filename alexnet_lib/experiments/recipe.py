"""The recipe that all experiments on the small net start from: section 5's, on CIFAR-10 [K12 §5]."""

from __future__ import annotations

from alexnet_lib.data.augment import Augmentation
from alexnet_lib.experiments.protocol import RunConfig
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.training.loop import TrainConfig

__all__ = ["CROPS", "RECIPE", "SMALL"]

SMALL = AlexNetConfig.small(dropout=0.0)  # DEV-03
CROPS = Augmentation(size=24)

#: One rate for all, chosen on the whole net; divided by ten once, after three quarters of the passes (DEV-05).
RECIPE = RunConfig(
    net=SMALL, input_scale="raw", images=40_000, augmentation=CROPS,
    train=TrainConfig(lr=0.005, weight_decay=0.0005, lr_drops=(0.75,)),
)
