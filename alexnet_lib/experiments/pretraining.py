"""Would unsupervised pre-training have helped? Section 7's expectation, tried on the small net [K12 §7].

The convolutions first learn without labels, from all images: to rebuild them (an auto-encoder, the kind of 2012) or
to tell how they were turned (rotation prediction, a later and simpler task). Then the whole net learns the classes
from a part of the labels. A net from scratch is shown as many images in all.
"""

from __future__ import annotations

from dataclasses import replace

from alexnet_lib.experiments.protocol import Arm, Budget, Experiment, judged_by
from alexnet_lib.experiments.recipe import RECIPE
from alexnet_lib.training.pretraining import TASKS, Pretraining

__all__ = ["LABELS", "PRETRAINING"]

LABELS = (400, 4_000, 40_000)  # 1, 10 and 100 % of the training images

#: budget -> images shown without labels, and again with them
SHOWN = {"quick": 4_000, "reduced": 64_000, "full": 1_600_000}


def _arm(start: str, labels: int) -> Arm:
    config = replace(RECIPE, images=labels, pretraining=Pretraining(start) if start in TASKS else None)
    parts = 2 if start == "scratch" else 1  # from scratch the whole time goes to the labels
    lengths = tuple((budget, parts * shown / labels, (0.75,)) for budget, shown in SHOWN.items())
    return Arm(f"{start}-{labels}", config, lengths=lengths)


PRETRAINING = Experiment(
    name="pretraining",
    title="Section 7: unsupervised pre-training, with 1, 10 and 100 % of the labels",
    claims=("C73",),
    question="Would unsupervised pre-training have helped, as the authors expected?",
    metric="top-1 error on the 10,000 validation images of CIFAR-10, centre crop, at the end of training",
    rule=(
        "C73 (unsupervised pre-training was expected to help): validation error from scratch minus after pre-training "
        "by the auto-encoder, equal numbers of images shown in all, paired by seed, 95 % t intervals, at least 3 "
        "seeds, with 400, 4,000 and 40,000 labels: reproduced if all three intervals lie wholly above 0; partly if one "
        "or two do; not reproduced if none does and all lie wholly below 1 point; else undecided. Rotation prediction "
        "is told beside it, and so is half the time from scratch (arms \"short\", added when the others were known)."
    ),
    arms=tuple(_arm(start, labels) for labels in LABELS for start in ("scratch", *TASKS, "short")),
    budgets=tuple(Budget(name, seeds, max_passes=shown / min(LABELS) * 2, pretraining_shown=shown)
                  for (name, shown), seeds in zip(SHOWN.items(), (1, 5, 5), strict=True)),
    judge=judged_by("pretraining_results.judge"),
)
