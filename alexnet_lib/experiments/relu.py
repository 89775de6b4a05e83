"""Section 3.1 and Figure 1: do ReLUs reach 25 % training error six times sooner? [K12 §3.1, Fig. 1]

Figure 1's net, initialisation, input scale and learning rates are unpublished (OPEN-01 to OPEN-04), so
the question is put to three nets, to the paper's kind of start and to a modern one, and to two sizes of
training set. In every comparison the two arms differ in the activation only; each has the learning
rate that brings *it* to 25 % soonest, as the paper chose them.
"""

from __future__ import annotations

from alexnet_lib.experiments.protocol import Arm, Budget, Experiment, RunConfig, judged_by
from alexnet_lib.nets.cifar import CifarNetConfig
from alexnet_lib.training.loop import TrainConfig

__all__ = ["RELU_SPEED", "STARTS", "TARGET_ERROR_PCT", "arm_name", "arm_title"]

TARGET_ERROR_PCT = 25.0  # K12 Fig. 1

#: the two families of start: (initialisation, input scale)
STARTS = {
    "2012": ("k12", "raw"),  # N(0, 0.01²) [K12 §5] on 0-255 pixels minus the mean image [K12 §2]
    "modern": ("lecun", "standardised"),
}

# Where each search for a learning rate starts. Only a start: `plan` walks on from here until the best rate
# has a worse one on either side.
_RATES = {
    ("k12", "raw"): {"relu": (0.0005, 0.001, 0.002), "tanh": (0.005, 0.01, 0.02),
                     "logistic": (0.02, 0.05, 0.1), "abs_tanh": (0.005, 0.01, 0.02)},
    ("lecun", "standardised"): {"relu": (0.005, 0.01, 0.02), "tanh": (0.01, 0.02, 0.05),
                                "logistic": (0.05, 0.1, 0.2), "abs_tanh": (0.01, 0.02, 0.05)},
    ("cuda-convnet", "raw"): {"relu": (0.001, 0.002, 0.005), "tanh": (0.005, 0.01, 0.02)},
    ("k12", "standardised"): {"relu": (0.01, 0.02, 0.05), "tanh": (0.01, 0.02, 0.05)},
    ("lecun", "raw"): {"relu": (5e-6, 1e-5, 2e-5), "tanh": (0.002, 0.005, 0.01)},
    ("he", "standardised"): {"relu": (0.002, 0.005, 0.01)},
}


def arm_name(net: str, initialisation: str, input_scale: str, images: int, activation: str) -> str:
    """The name of an arm, e.g. ``figure1-k12-raw-40k-relu``."""
    return f"{net}-{initialisation}-{input_scale}-{images // 1000}k-{activation}"


def arm_title(name: str) -> str:
    """An arm's name for people, e.g. ``figure1, N(0, 0.01²), raw, 10k: tanh``."""
    config = RELU_SPEED.arm(name).config
    weights = {"k12": "N(0, 0.01²)", "lecun": "N(0, 1/n)", "he": "N(0, 2/n)", "cuda-convnet": "own widths"}
    unit = config.net.activation.replace("abs_tanh", "|tanh|")
    return (f"{config.net.net}, {weights[config.net.initialisation]}, {config.input_scale}, "
            f"{config.images // 1000}k: {unit}")


def _arms(net: str, initialisation: str, input_scale: str, images: int, *activations: str) -> list[Arm]:
    return [
        Arm(arm_name(net, initialisation, input_scale, images, activation),
            RunConfig(CifarNetConfig(net, activation, initialisation), input_scale, images,
                      TrainConfig(target_error_pct=TARGET_ERROR_PCT)),
            _RATES[initialisation, input_scale][activation])
        for activation in activations
    ]

RELU_SPEED = Experiment(
    name="relu_speed",
    title="Figure 1: passes to 25 % training error, by activation",
    claims=("C18", "C19", "C20", "C21", "C22", "C27b"),
    question="Do ReLUs reach 25 % training error six times sooner than tanh units?",
    metric="passes over the training set until the running training error first falls to 25 %",
    rule=(
        "Ratio: passes of the slower unit over passes of ReLU, paired by seed, geometric mean with a 95 % t interval "
        "on its logarithm. "
        "C19 (tanh six times slower; Figure 1's net, 2012 start, 40,000 images): reproduced if the interval "
        "contains 6 or lies above it, and excludes 1; partly if it lies wholly above 1 but below 6; else not "
        "reproduced. "
        "C18 (tanh and logistic much slower; Figure 1's net, 10,000 images): reproduced if both intervals lie wholly "
        "above 2 in the 2012 start and in the modern one; partly if in the 2012 start only; else not reproduced. "
        "C20 (several times faster whatever the net; three nets, 10,000 images): reproduced if the interval of "
        "tanh / ReLU lies wholly above 2 for all three nets in both starts; partly if in the 2012 start only; else "
        "not reproduced. "
        "C21 (|tanh| helps against overfitting, not with speed; 2012 start, 10,000 images): reproduced if |tanh| is "
        "no faster than ReLU (interval not wholly below 1) and its validation error on reaching 25 % training error "
        "is lower (paired 95 % interval below 0); partly if one of the two holds; else not reproduced. "
        "C22 is an argument from these, not a measurement. "
        "C27b (ReLUs need no normalised inputs; Figure 1's net, N(0, 0.01²), 10,000 images): reproduced if every seed "
        "reaches 25 % training error on raw pixels as on standardised ones; else not reproduced. "
        "A run that never reaches 25 % counts at its last pass, which makes the ratio a lower bound, and is said."
    ),
    arms=tuple(
        # most important first: a sweep that is cut short has the main comparison
        _arms("figure1", *STARTS["2012"], 40_000, "relu", "tanh")
        + _arms("figure1", *STARTS["modern"], 40_000, "relu", "tanh")
        + _arms("figure1", *STARTS["2012"], 10_000, "relu", "tanh")
        + _arms("figure1", *STARTS["modern"], 10_000, "relu", "tanh")
        # which of the two matters, the initialisation or the input scale?
        + _arms("figure1", "k12", "standardised", 10_000, "relu", "tanh")
        + [arm for start in STARTS.values() for arm in _arms("figure1", *start, 10_000, "logistic")]
        + [arm for start in (STARTS["modern"], ("cuda-convnet", "raw")) for net in ("18pct", "80sec")
           for arm in _arms(net, *start, 10_000, "relu", "tanh")]
        + [arm for start in STARTS.values() for arm in _arms("figure1", *start, 10_000, "abs_tanh")]
        + _arms("figure1", "lecun", "raw", 10_000, "relu", "tanh")
        + _arms("figure1", "he", "standardised", 10_000, "relu")
    ),
    budgets=(
        Budget("quick", seeds=1, max_passes=3, images=5_000),
        Budget("reduced", seeds=5, max_passes=30),
        Budget("full", seeds=5, max_passes=60),
    ),
    judge=judged_by("relu_results.judge"),
)
