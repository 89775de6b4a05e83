"""Sections 3, 5 and 7 on the small net: one thing changed at a time [K12 §3, §5, §7].

The paper's net, scaled to CIFAR-10's pixels (DEV-02), is trained as it stands and with one switch turned:
one column, columns that never talk, no normalisation, pooling without overlap; then another decay, other
biases and other weights at the start, another schedule; then the arms of `depth`. All share the recipe of
section 5 and one learning rate, as the paper's did, and are paired by seed. Dropout is off (DEV-03).
"""

from __future__ import annotations

from dataclasses import replace

from alexnet_lib.experiments.depth import DEPTH_CLAIMS, DEPTH_RULE, depth_arms
from alexnet_lib.experiments.protocol import Arm, Budget, Experiment, judged_by
from alexnet_lib.experiments.recipe import RECIPE, SMALL
from alexnet_lib.nets.alexnet_config import AlexNetConfig

__all__ = ["ARM_TITLES", "LEARNING_RULE", "LEARNING_TITLES", "SMALL_NET"]

_RECIPE = replace(RECIPE, evaluate_every=3)

#: arm -> (what a figure calls it, the net); the most important first: a sweep cut short has the main comparisons
_NETS = {
    "paper": ("two columns, LRN, pooling 3/2", SMALL),
    "lrn-none": ("no normalisation", replace(SMALL, normalisation="none")),
    "pool-2": ("pooling 2/2", replace(SMALL, pooling="2/2")),
    "one-gpu": ("one GPU: half the kernels in conv1 to conv4", AlexNetConfig.small_one_gpu(dropout=0.0)),
    "lrn-constant": ("LRN replaced by its constant, 1/1.68", replace(SMALL, normalisation="constant")),
    "one-column-equal-cost": ("one column, as many MACs as two",
                              replace(SMALL, columns=1, kernels=(24, 48, 72, 72, 64))),
    "silent": ("columns talk in the dense layers only", replace(SMALL, talk=("fc6", "fc7"))),
    "one-column": ("one column of the same width", replace(SMALL, columns=1)),
    "talk-conv4": ("columns talk at conv4 instead of conv3", replace(SMALL, talk=("conv4", "fc6", "fc7"))),
    "lrn-released": ("LRN as released: alpha/n, before the ReLU in layer 1",
                     replace(SMALL, normalisation="released", norm_order="released", same_map_norm=True)),
    "lrn-leaking": ("LRN across the columns' border", replace(SMALL, norm_across_columns=True)),
}

ARM_TITLES = {name: title for name, (title, _) in _NETS.items()}

_TRAIN = _RECIPE.train

#: arm -> (what a figure calls it, the recipe): section 5, told in chapter 09
_LEARNING = {
    "decay-0": ("no weight decay", replace(_RECIPE, train=replace(_TRAIN, weight_decay=0.0))),
    "bias-0": ("biases start at 0", replace(_RECIPE, net=replace(SMALL, bias=0.0))),
    "init-k12": ("N(0, 0.01²) in every layer, as printed",
                 replace(_RECIPE, net=replace(SMALL, initialisation="k12"))),
    "init-he": ("He's weights at the start", replace(_RECIPE, net=replace(SMALL, initialisation="he"))),
    "decay-10x": ("ten times the decay, 0.005", replace(_RECIPE, train=replace(_TRAIN, weight_decay=0.005))),
    "rule-released": ("biases at twice the rate, without decay",
                      replace(_RECIPE, train=replace(_TRAIN, rule="released"))),
    "constant-rate": ("the rate is never divided", replace(_RECIPE, train=replace(_TRAIN, lr_drops=()))),
    "bias-0.1": ("biases start at 0.1", replace(_RECIPE, net=replace(SMALL, bias=0.1))),
    "init-k12-scaled": ("N(0, 0.01²), each layer scaled to its width",
                        replace(_RECIPE, net=replace(SMALL, initialisation="k12-scaled"))),
}

LEARNING_TITLES = {"paper": "the paper's recipe", **{name: title for name, (title, _) in _LEARNING.items()}}

LEARNING_RULE = (
    "Effects are paired by seed, with a 95 % t interval; at least 3 seeds. "
    "C48 (weight decay lowers the training error too): training error without decay minus that with 0.0005, at the "
    "end: reproduced if the interval lies wholly above 0; not reproduced if wholly below 0; else undecided. "
    "C51 (biases of 1 speed up the first stages of learning): training error with biases of 0 minus that with biases "
    "of 1, after a quarter of the passes: reproduced if wholly above 0; not reproduced if wholly below 0; else "
    "undecided."
)

SMALL_NET = Experiment(
    name="small_net",
    title="Sections 3, 5 and 7: the small net with one thing changed at a time",
    claims=("C24", "C26b", "C28", "C29", "C30", "C48", "C51", *DEPTH_CLAIMS),
    question="What do two columns, normalisation, overlapping pooling, the settings of section 5 and depth buy?",
    metric="top-1 error on the 10,000 validation images of CIFAR-10, centre crop, at the end of training",
    rule=(
        "Effect: validation error of the changed net minus that of the paper's form, in points, paired by seed, with "
        "a 95 % t interval; at least 3 seeds. "
        "C24 (two columns beat one GPU's net), C28 (LRN helps) and C29 (overlapping pooling helps): reproduced if the "
        "interval lies wholly above 0; not reproduced if it lies below the paper's own difference in points (1.7, 1.4, "
        "0.4); else undecided: these runs can not tell. "
        "C26b (where columns talk is a matter to be chosen): reproduced if the error of columns that never talk below "
        "the dense layers differs from the paper's pattern (interval excludes 0); else undecided. "
        "C30 (overlapping pooling is harder to overfit): the gap between validation and training error, of pooling 2/2 "
        "minus that of 3/2, at the end of training: reproduced if wholly above 0; not reproduced if wholly below 0; "
        "else undecided. " + LEARNING_RULE + " " + DEPTH_RULE
    ),
    arms=(*(Arm(name, replace(_RECIPE, net=net)) for name, (_, net) in _NETS.items()),
          *(Arm(name, recipe) for name, (_, recipe) in _LEARNING.items()),
          *depth_arms(_RECIPE)),
    budgets=(
        Budget("quick", seeds=1, max_passes=2, images=5_000),
        Budget("reduced", seeds=5, max_passes=12, images=20_000),
        Budget("full", seeds=10, max_passes=60),
    ),
    judge=judged_by("small_net_results.judge"),
)
