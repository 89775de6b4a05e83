"""What was measured of all differences between the paper, the programs and this project, in one place."""

from __future__ import annotations

from pathlib import Path

from alexnet_lib.experiments import (
    dropout_results,
    learning_results,
    overfitting_results,
    relu_results,
    small_net_results,
)
from alexnet_lib.experiments.comparison import load_comparison
from alexnet_lib.experiments.overfitting import OVERFITTING
from alexnet_lib.experiments.small_net import SMALL_NET

__all__ = ["all_measured_effects"]


def all_measured_effects(folder: Path | None = None) -> dict[str, str]:
    """Id of a deviation, open choice or difference -> its measured effect; absent if not measured.

    Args:
        folder: of the records; default ``figures/records``.

    Raises:
        RecordError: a record is damaged.
    """
    small, overfitting = load_comparison(SMALL_NET, folder=folder), load_comparison(OVERFITTING, folder=folder)
    return (relu_results.measured_effects(relu_results.load_evidence(folder=folder))
            | small_net_results.measured_effects(small) | learning_results.measured_effects(small)
            | overfitting_results.measured_effects(overfitting) | dropout_results.measured_effects(overfitting))
