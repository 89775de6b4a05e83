"""Section 6.1 on the small net: what its kernels, its answers and its last hidden layer show [K12 §6.1].

Every run keeps its first kernels at several moments (Figure 3); runs of the paper's form and of the net that never saw
an image off its centre are also asked for neighbours, binary codes and moved pictures (Figure 4).
"""

from __future__ import annotations

from dataclasses import replace

from alexnet_lib.experiments.protocol import Arm, Budget, Experiment, judged_by
from alexnet_lib.experiments.recipe import CROPS, RECIPE, SMALL

__all__ = ["CODE_BITS", "KERNEL_CLAIMS", "MOVED_PIXELS", "SEEING", "SEEING_TITLES", "SPECIALISED_P"]

KERNEL_CLAIMS = ("C67", "C68")
SPECIALISED_P = 0.05  # a run's columns differ if the permutation test says so at this level
MOVED_PIXELS = 8  # a third of the crop
CODE_BITS = 32

_RECIPE = replace(RECIPE, evaluate_every=1, kernels_at=(0, 1, 3, 6))
_ASKED = ("retrieval", "off-centre", "mistakes")

_ARMS = {
    "paper": ("two columns that talk at conv3", replace(_RECIPE, measures=_ASKED, keep_net=True)),
    "one-column": ("one column, cut in two", replace(_RECIPE, net=replace(SMALL, columns=1))),
    "silent": ("columns that talk in the dense layers only", replace(_RECIPE, net=replace(SMALL, talk=("fc6", "fc7")))),
    "centre": ("trained on centre crops only",
               replace(_RECIPE, measures=_ASKED[1:],
                       augmentation=replace(CROPS, mirror=False, positions="centre"))),
}

SEEING_TITLES = {name: title for name, (title, _) in _ARMS.items()}

SEEING = Experiment(
    name="seeing",
    title="Section 6.1: kernels, answers and neighbours of the small net",
    claims=(*KERNEL_CLAIMS, "C69", "C70", "C71"),
    question="What do the first kernels select, do columns specialise on every run, and is the last hidden layer a "
             "measure of likeness?",
    metric="measures of the first kernels; shares of right classes among the six nearest of 40,000 training images to "
           "test images",
    rule=(
        "Intervals are 95 % t intervals over seeds; at least 3 seeds. "
        "C67 (kernels select frequencies and directions, or are blobs of colour): the share of the first kernels of "
        "the paper's form whose selectivity for direction lies above the 95th percentile of kernels of white noise, "
        "and the share whose colour index does: reproduced if both shares lie wholly above 5 %; partly if one does; "
        "not reproduced if both lie wholly below; else undecided. "
        "C68 (one column ignores colour and the other responds to it, on every run): a run is specialised if a "
        f"two-sided permutation test over its kernels tells the columns' mean colour index apart at p < "
        f"{SPECIALISED_P:g}; at least 5 runs: reproduced if all are, and the columns' difference (without sign) minus "
        "that of one column cut in two, paired by seed, lies wholly above 0; partly if only the latter; not reproduced "
        "if at most one run in five is specialised and the latter does not lie wholly above 0; else undecided. "
        "C69 (the most probable labels mostly make sense, also off the centre): of the wrong answers on test images "
        "the share within the true class's group (animals, vehicles) minus the share by chance; and of the right "
        f"answers the share that stays right when the picture is moved by {MOVED_PIXELS} pixels: reproduced if the "
        "first lies wholly above 0 and the second wholly above 50 %; partly if only one; not reproduced if both lie "
        "wholly below; else undecided. "
        "C70 (neighbours by the last hidden layer show the same kind of object, though far in pixels): precision at 6 "
        "by hidden vectors minus by pixels; and the median rank in pixels of the neighbours by vector: reproduced if "
        "the first lies wholly above 0 and the second wholly above 1 % of the gallery; partly if only the first; not "
        "reproduced if the first lies wholly below 0; else undecided. "
        f"C71 (short binary codes from these vectors beat those from pixels): precision at 6 by {CODE_BITS}-bit codes "
        "of an auto-encoder, of vectors minus of pixels: reproduced if wholly above 0; not reproduced if wholly below "
        "0; else undecided. Codes by PCA are told with it."
    ),
    arms=tuple(Arm(name, config) for name, (_, config) in _ARMS.items()),
    budgets=(
        Budget("quick", seeds=1, max_passes=2, images=5_000),
        Budget("reduced", seeds=5, max_passes=6),
        Budget("full", seeds=10, max_passes=60),
    ),
    judge=judged_by("seeing_results.judge"),
)
