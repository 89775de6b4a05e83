"""Section 4 on the small net: crops, mirrors, colour noise and dropout, and how much data there are [K12 §4].

Overfitting needs few images and many passes: most arms see 5,000 images, and every run shows the net the
same number of images in all, so that a smaller set is seen more often.
"""

from __future__ import annotations

from dataclasses import replace

from alexnet_lib.experiments.protocol import Arm, Budget, Experiment, judged_by
from alexnet_lib.experiments.recipe import CROPS, RECIPE, SMALL

__all__ = ["OVERFITTING", "SIZES"]

HALF = replace(SMALL, kernels=(16, 32, 48, 48, 32), hidden=(128, 128))

SIZES = (5_000, 10_000, 20_000, 40_000)  # training images
FEW = SIZES[0]

CENTRE = replace(CROPS, mirror=False, positions="centre")

_RECIPE = replace(RECIPE, images=FEW, evaluate_every=6, relight_sigma=0.1)

#: arm -> its configuration; the most important first
_ARMS = {
    "paper": _RECIPE,
    "none": replace(_RECIPE, augmentation=CENTRE),
    "dropout": replace(_RECIPE, net=replace(SMALL, dropout=0.5)),
    "colour-released": replace(_RECIPE, augmentation=replace(CROPS, colour_sigma=0.1, colour_form="released")),
    **{f"none-{size // 1000}k": replace(_RECIPE, augmentation=CENTRE, images=size, evaluate_every=every)
       for size, every in ((40_000, 1), (10_000, 3))},
    **{f"paper-{size // 1000}k": replace(_RECIPE, images=size, evaluate_every=every)
       for size, every in ((40_000, 1), (10_000, 3))},
    "half-none": replace(_RECIPE, net=HALF, augmentation=CENTRE),  # half the width
    "half": replace(_RECIPE, net=HALF),
    "colour-unit": replace(_RECIPE, augmentation=replace(CROPS, colour_sigma=0.1, colour_form="unit")),
    "dropout-inverted": replace(_RECIPE, net=replace(SMALL, dropout=0.5, dropout_form="inverted")),
    "mirror": replace(_RECIPE, augmentation=replace(CENTRE, mirror=True)),
    "colour-paper": replace(_RECIPE, augmentation=replace(CROPS, colour_sigma=0.1, colour_form="paper")),
    "none-20k": replace(_RECIPE, augmentation=CENTRE, images=20_000, evaluate_every=3),
    "paper-20k": replace(_RECIPE, images=20_000, evaluate_every=3),
}

OVERFITTING = Experiment(
    name="overfitting",
    title="Section 4: crops, mirrors, colour noise, dropout and the number of images",
    claims=("C09", "C38", "C41", "C42", "C44", "C45", "C46"),
    question="How much overfitting do crops, mirrors, colour noise and dropout remove, and at what price?",
    metric="top-1 error on the 10,000 validation images of CIFAR-10, centre crop, at the end of training; the gap is "
           "that minus the error on training images, shown in the same way",
    rule=(
        "Effects are paired by seed, with a 95 % t interval; at least 3 seeds; 5,000 training images. "
        "C38 (without crops and mirrors the net overfits badly, and would have to be much smaller): reproduced if "
        "without them the gap and the validation error are larger (both intervals above 0) and without them a net of "
        "half the width has the lower validation error (interval above 0); partly if only the first; not reproduced "
        "if the gap's or the error's interval lies wholly below 0; else undecided. "
        "C09 (the net overfits even on many images; this rule was written after the runs it judges): the gap without "
        "crops and mirrors on 5,000, 10,000 and 40,000 images: reproduced if its interval lies wholly above 0 at every "
        "size; partly if at some; not reproduced if it lies wholly below 0 at the largest; else undecided. "
        "C41 (colour noise lowers the error by more than 1 point): validation error without minus with it, in the "
        "released form: reproduced if the interval lies wholly above 1; partly if wholly above 0; not reproduced if "
        "wholly below 1; else undecided. "
        "C42 (the shifts teach that light does not matter): share of predictions changed by a new light, without "
        "minus with colour noise in training: reproduced if wholly above 0; not reproduced if wholly below 0; else "
        "undecided. "
        "C44 (without dropout there is substantial overfitting): gap without minus with dropout: reproduced if that "
        "lies wholly above 0 and so does the validation error; partly if only the gap; not reproduced if the gap's "
        "interval lies wholly below 0; else undecided. "
        "C45 (dropout doubles the iterations to converge): passes with dropout up to the first division of the rate, "
        "over the passes that the net without it needs to the same training error: reproduced if the interval "
        "contains 2 and lies above 1; partly if it lies wholly above 1 without containing 2; not reproduced if wholly "
        "below 2; else undecided. "
        "C46 (dropout costs about twice the training): the same ratio, in seconds of training; the same rule."
    ),
    arms=tuple(Arm(name, config) for name, config in _ARMS.items()),
    budgets=(
        Budget("quick", seeds=1, max_passes=48, images=2_000, shown=10_000),
        Budget("reduced", seeds=5, max_passes=48, shown=240_000),
        Budget("full", seeds=10, max_passes=400, shown=2_000_000),
    ),
    judge=judged_by("overfitting_results.judge"),
)
