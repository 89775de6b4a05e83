"""Answers to ps6-arms."""

from dataclasses import replace

import numpy as np

from alexnet_lib.experiments.recipe import RECIPE
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.nets.cifar import CifarNetConfig

_SHORT = replace(RECIPE, images=2_000, train=replace(RECIPE.train, max_passes=4))


def _net(**changes):
    return replace(_SHORT, net=replace(_SHORT.net, **changes))


def _answer(ablated, control=_SHORT, seeds=(0, 1, 2), hint=""):
    return {"ablated_config": ablated, "control_config": control, "seeds": seeds, "hint": hint}


right_pooling = _answer(_net(pooling="2/2"))
right_constant_as_control = _answer(_net(normalisation="none"), _net(normalisation="constant"), [7, 3, 100, 4])
right_layer = _answer(_net(removed=("conv4",)), seeds=range(3))
right_mirror = _answer(replace(_SHORT, augmentation=replace(_SHORT.augmentation, mirror=False)), seeds=list(range(5)))
right_dropout = _answer(_SHORT, _net(dropout=0.5))
right_columns = _answer(_net(columns=1))
right_two_layers = _answer(_net(removed=("conv3", "conv4")), _net(removed=("conv4",)))
right_form_of_the_norm = _answer(_net(normalisation="released"))
right_decay = _answer(replace(_SHORT, train=replace(_SHORT.train, weight_decay=0.0)), seeds=tuple(np.arange(3)))

wrong_equal = _answer(_net(), hint="Hint: nothing is taken out")
wrong_two_fields = _answer(_net(pooling="2/2", normalisation="none"), hint="Hint: net.normalisation, net.pooling")
wrong_one_gpu = _answer(replace(_SHORT, net=AlexNetConfig.small_one_gpu(dropout=0.0)), hint="Hint: net.columns")
wrong_net_and_rate = _answer(replace(_net(pooling="2/2"), train=replace(_SHORT.train, lr=0.01)), hint="Hint: train.lr")
wrong_net_and_images = _answer(_net(pooling="2/2"), RECIPE, hint="Hint: images")
wrong_other_preset = _answer(replace(RECIPE, net=replace(RECIPE.net, bias=0.0)), hint="Hint: train.max_passes")
wrong_net_only = _answer(AlexNetConfig.small(pooling="2/2"), hint="Hint: should be a RunConfig")
wrong_dict = _answer({"pooling": "2/2"}, hint="Hint: not a dict")
wrong_full_net = _answer(replace(_SHORT, net=AlexNetConfig()), hint="Hint: the two arms differ in net.")
wrong_whole_images = _answer(replace(_SHORT, augmentation=None), hint="Hint: does not go with its images of 32 pixels")
wrong_size_of_images = _answer(_net(image_size=32), hint="Hint: does not go with its images of 24 pixels")
wrong_control_missing = _answer(_net(pooling="2/2"), None, hint="Hint: control_config is not answered yet")
wrong_two_seeds = _answer(_net(pooling="2/2"), seeds=(0, 1), hint="Hint: 2 seeds are too few")
wrong_same_seed = _answer(_net(pooling="2/2"), seeds=(0, 0, 1, 2), hint="Hint: comes twice")
wrong_number_of_seeds = _answer(_net(pooling="2/2"), seeds=3, hint="Hint: should be a tuple")
wrong_seeds_as_text = _answer(_net(pooling="2/2"), seeds=("0", "1", "2"), hint="Hint: whole numbers")
wrong_no_seeds = _answer(_net(pooling="2/2"), seeds=None, hint="Hint: seeds is not answered yet")
wrong_other_kind_of_net = _answer(replace(_SHORT, net=CifarNetConfig("13pct")), hint="Hint: net is no switch here")
wrong_field_without_effect = _answer(replace(_SHORT, evaluate_every=1), hint="Hint: evaluate_every is no switch here")
wrong_classes = _answer(_net(classes=100), hint="Hint: ten classes")
wrong_exchanged_dropout = _answer(_net(dropout=0.5), hint="Hint: missing in control_config, by its net.dropout")
wrong_exchanged_norm = _answer(_SHORT, _net(normalisation="none"), hint="Hint: exchange the arms")
wrong_exchanged_pooling = _answer(_SHORT, _net(pooling="2/2"), hint="Hint: exchange the arms")
wrong_exchanged_columns = _answer(_SHORT, _net(columns=1), hint="Hint: exchange the arms")
wrong_exchanged_layer = _answer(_SHORT, _net(removed=("conv4",)), hint="Hint: by its net.removed")
wrong_exchanged_decay = _answer(right_decay["control_config"], right_decay["ablated_config"],
                                hint="Hint: by its train.weight_decay")
wrong_exchanged_mirror = _answer(right_mirror["control_config"], right_mirror["ablated_config"],
                                 hint="Hint: by its augmentation.mirror")
