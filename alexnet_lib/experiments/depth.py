"""Sections 7 and 1 on the small net: layers taken out, width and length of training [K12 §1, §7].

A net without one middle layer is smaller as well as shallower. The paper did not hold its size equal; one arm does:
a net with two middle layers that has as many parameters and MACs as the paper's form with three. It is the same
net, in kernels and connections, whichever of the three is missing, for all their maps have one size and the last
keeps its 64 kernels; only the first weights and biases go by a layer's name, here conv3 and conv5.
"""

from __future__ import annotations

from dataclasses import replace

from alexnet_lib.experiments.protocol import Arm, RunConfig

__all__ = ["DEPTH_CLAIMS", "DEPTH_RULE", "DEPTH_TITLES", "MIDDLE", "depth_arms"]

DEPTH_CLAIMS = ("C10", "C12", "C17", "C72")

#: the middle layers of the paper's net: convolutions that no pooling separates, and one arm without each
MIDDLE = {"conv3": "no-conv3", "conv4": "no-conv4", "conv5": "no-conv5"}

#: arm -> (what a figure calls it, fields of the net that change); the most important first
_NETS = {
    "no-conv3": ("without conv3; the columns talk at conv4", {"removed": ("conv3",), "talk": ("conv4", "fc6", "fc7")}),
    "no-conv4": ("without conv4", {"removed": ("conv4",)}),
    "no-conv5": ("without conv5", {"removed": ("conv5",)}),
    "two-middle": ("two middle layers, as many parameters and MACs as three",
                   {"removed": ("conv4",), "kernels": (32, 64, 144, 144, 64)}),
    "tanh": ("tanh instead of ReLU", {"activation": "tanh"}),
    "no-conv2": ("without conv2", {"removed": ("conv2",)}),
    "no-fc7": ("one hidden dense layer", {"removed": ("fc7",)}),
    "no-fc6-fc7": ("no hidden dense layer", {"removed": ("fc6", "fc7")}),
    "half": ("half the width", {"kernels": (16, 32, 48, 48, 32), "hidden": (128, 128)}),
    "no-conv3-conv4": ("without conv3 and conv4; the columns talk at conv5",
                       {"removed": ("conv3", "conv4"), "talk": ("conv5", "fc6", "fc7")}),
}
#: The second was added when the first records of the middle layers were known, to see whether depth pays later. It
#: decides no claim.
_LONGER = {
    "longer": ("twice the passes", {}),
    "longer-no-conv4": ("without conv4, twice the passes", _NETS["no-conv4"][1]),
}
_DOUBLE = ("twice the width", {"kernels": (64, 128, 192, 192, 128), "hidden": (512, 512)})

DEPTH_TITLES = {name: title for name, (title, _) in {**_NETS, **_LONGER, "double": _DOUBLE}.items()}

DEPTH_RULE = (
    "C72 (taking out any one middle layer costs about two points): the effects of taking out conv3, conv4 and conv5: "
    "reproduced if all three intervals lie wholly above 0; partly if one or two do; not reproduced if none does and "
    "all three lie below 2 points; else undecided. The net of two middle layers and equal size is told with it. "
    "C10 (taking out any convolution makes the net worse, though none holds more than 1 % of the parameters): "
    "reproduced if the effects of taking out conv2, conv3, conv4 and conv5 lie wholly above 0 and the shares, counted, "
    "are as said; partly if only one of the two; not reproduced if the shares are not and one effect lies wholly below "
    "0; else undecided. "
    "C12 (faster GPUs and more images alone would improve the results): validation error of half minus full width, of "
    "full minus double width, of the usual minus twice the passes, and of 5,000 minus 40,000 images (240,000 shown, "
    "experiment `overfitting`): reproduced if all lie wholly above 0; partly if some do; not reproduced if all lie "
    "wholly below 0; else undecided. "
    "C17 (sections 3.1 to 3.4 stand in the order of their importance): the effects of tanh for ReLU, one GPU's net, no "
    "normalisation and pooling 2/2, each minus the next, paired by seed: reproduced if all three differences lie "
    "wholly above 0; not reproduced if one lies wholly below 0; else undecided."
)


def depth_arms(recipe: RunConfig) -> tuple[Arm, ...]:
    """The arms of this module, which change one thing in `recipe`."""
    def changed(fields: dict) -> RunConfig:
        return replace(recipe, net=replace(recipe.net, **fields))

    twice = tuple((budget, passes, recipe.train.lr_drops)
                  for budget, passes in (("quick", 4), ("reduced", 24), ("full", 120)))
    return (*(Arm(name, changed(fields)) for name, (_, fields) in _NETS.items()),
            *(Arm(name, changed(fields), lengths=twice) for name, (_, fields) in _LONGER.items()),
            Arm("double", changed(_DOUBLE[1])))
