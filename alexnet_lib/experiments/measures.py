"""What a run measures of its trained net at the end, beyond its error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from alexnet_lib.data import cifar10
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.experiments.off_centre import group_mistakes, off_centre_measures
from alexnet_lib.experiments.protocol import RunConfig
from alexnet_lib.experiments.retrieval import retrieval_measures
from alexnet_lib.training.evaluation import VIEWS, changed_by_light_pct, probabilities
from alexnet_lib.training.metrics import top_k_error_pct

__all__ = ["MEASURES", "measure"]

#: name in `RunConfig.measures` -> (net, training images, test images, seed) -> what stands in the record's result
MEASURES = {
    "retrieval": retrieval_measures,
    "off-centre": lambda net, data, test, seed: off_centre_measures(net, test),
    "mistakes": lambda net, data, test, seed: group_mistakes(probabilities(net, test).numpy(),
                                                             test.labels.cpu().numpy()),
}


def measure(net: nn.Module, config: RunConfig, seed: int, data: ResidentImages, held_out: ResidentImages,
            resident: Callable[..., ResidentImages]) -> tuple[dict, dict[str, np.ndarray]]:
    """Everything that `config` asks for.

    Args:
        net: trained.
        config: ``relight_sigma``, ``test`` and ``measures`` are read.
        seed: of the run.
        data, held_out: training and validation images.
        resident: makes such a set from images and labels.

    Returns:
        Numbers for the record's result, and predictions to be kept: set and views, e.g. "test_10" -> (N, 10) float16,
        softmax outputs.
    """
    result, predictions = {}, {}
    if config.relight_sigma:
        light = torch.Generator().manual_seed(seed)
        result["relit_changed_pct"] = changed_by_light_pct(net, held_out, config.relight_sigma, light)
    if not config.test and not config.measures:
        return result, predictions
    test = resident(*cifar10.load("test"))
    if config.test:
        sets = {"test": test} if config.fold_in else {"test": test, "validation": held_out}
        views = VIEWS if config.augmentation is not None else VIEWS[:1]
        for name, count in [(name, count) for name in sets for count in views]:
            found = probabilities(net, sets[name], count)
            predictions[f"{name}_{count}"] = found.half().numpy()
            result[f"{name}_{count}_view_error_pct"] = top_k_error_pct(found, sets[name].labels.cpu(), 1)
    result |= {name: MEASURES[name](net, data, test, seed) for name in config.measures}
    return result, predictions

