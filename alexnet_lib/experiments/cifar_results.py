"""Section 6 in small: cuda-convnet's CIFAR-10 nets, trained on all 50,000 images and tested once [K12 §6].

Four nets as their files have them: 26 % in 80 seconds, 18 % in 20 minutes, 13 % in 25, 11 % in 75, on a GPU of
2011. Ten views against one, five nets averaged against each, validation against test images: the questions of the
paper's tables on data that fit here.
"""

from __future__ import annotations

from alexnet_lib.data.augment import Augmentation
from alexnet_lib.experiments.protocol import Arm, Budget, Experiment, RunConfig, judged_by
from alexnet_lib.nets.cifar import CifarNetConfig
from alexnet_lib.training.loop import TrainConfig

__all__ = ["CIFAR_RESULTS", "SCHEDULES"]

#: net -> (published passes, shares at which its rate is divided by ten, passes at the reduced budget, their shares)
SCHEDULES = {
    "80sec": (12, (8 / 12,), 12, (8 / 12,)),
    "13pct": (160, (140 / 160, 150 / 160), 10, (0.8, 0.9)),
    "18pct": (140, (120 / 140, 130 / 140), 16, (0.8, 0.9)),
    "11pct": (520, (500 / 520, 510 / 520), 8, (0.8, 0.9)),
}


def _recipe(net: str, fold_in: bool = True) -> RunConfig:
    config = CifarNetConfig(net, "relu", "cuda-convnet")
    crops = Augmentation(size=24) if config.image_size == 24 else None
    return RunConfig(config, "raw", 50_000 if fold_in else 40_000, TrainConfig(lr=0.001, rule="files"), crops,
                     fold_in=fold_in, test=True)


def _arm(net: str, fold_in: bool = True) -> Arm:
    published, shares, passes, reduced = SCHEDULES[net]
    name = net if fold_in else f"{net}-held-out"
    return Arm(name, _recipe(net, fold_in), lengths=(("full", published, shares), ("reduced", passes, reduced)))

CIFAR_RESULTS = Experiment(
    name="cifar_results",
    title="Section 6 in small: cuda-convnet's CIFAR-10 nets against their published errors",
    claims=("C39b", "C62", "C65"),
    question="What error do the nets of 2011 reach here, and what do ten views and five nets add?",
    metric="top-1 error on the 10,000 test images of CIFAR-10 at the end of training, looked at once",
    rule=(
        "C39b (ten views are better than one): test error by one view minus that by ten of the 13pct net, paired by "
        "seed, 95 % t interval, at least 3 seeds: reproduced if wholly above 0; not reproduced if wholly below 0; else "
        "undecided. "
        "C62 (five nets averaged are better than one): mean test error of the five 80sec nets minus the error of their "
        "averaged outputs, 95 % bootstrap interval over the test images: reproduced if wholly above 0; not reproduced "
        "if wholly below 0; else undecided. "
        "C65 (validation and test error differ by at most 0.1 points): test minus validation error of the 80sec nets "
        "that saw no validation image, 95 % interval for two samples of 10,000 images: reproduced if it lies within "
        "0.1 of 0; not reproduced if it lies wholly outside; else undecided. "
        "A net's published error is reached if it lies in the 95 % t interval over seeds, or above it."
    ),
    arms=(_arm("80sec"), _arm("13pct"), _arm("80sec", False), _arm("18pct"), _arm("11pct"), _arm("13pct", False)),
    budgets=(
        Budget("quick", seeds=1, max_passes=1, images=5_000),
        Budget("reduced", seeds=5, max_passes=12, images=50_000),
        Budget("full", seeds=5, max_passes=520, images=50_000),
    ),
    judge=judged_by("cifar_results_judged.judge"),
)
