"""Every experiment of the project, by name."""

from __future__ import annotations

from alexnet_lib.experiments.cifar_norm import CIFAR_NORM
from alexnet_lib.experiments.cifar_results import CIFAR_RESULTS
from alexnet_lib.experiments.overfitting import OVERFITTING
from alexnet_lib.experiments.pretraining import PRETRAINING
from alexnet_lib.experiments.protocol import Experiment
from alexnet_lib.experiments.relu import RELU_SPEED
from alexnet_lib.experiments.seeing import SEEING
from alexnet_lib.experiments.small_net import SMALL_NET

__all__ = ["EXPERIMENTS", "experiment"]

EXPERIMENTS: dict[str, Experiment] = {
    e.name: e for e in (RELU_SPEED, SMALL_NET, CIFAR_NORM, OVERFITTING, CIFAR_RESULTS, SEEING, PRETRAINING)
}


def experiment(name: str) -> Experiment:
    """Raises ValueError for an unknown name."""
    if name not in EXPERIMENTS:
        raise ValueError(f"unknown experiment {name!r}: choose one of {', '.join(EXPERIMENTS)}")
    return EXPERIMENTS[name]
