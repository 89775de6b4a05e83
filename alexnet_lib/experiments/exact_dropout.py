"""C43, enumerated: halved outputs against the geometric mean over every mask of a small net [K12 §4.2].

With masks m on the hidden units h before the last layer, log p_m = W (m * h) + b - log Z_m. The mean over all masks
replaces m by 1/2 and log Z_m by a constant, which normalising removes: with one hidden layer the halved pass *is* the
normalised geometric mean. With a second layer a ReLU stands between the mask and the logits, the mean does not pass
through it, and the two are only near.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from alexnet_lib.experiments.protocol import Verdict, exact
from alexnet_lib.nets.dropout import PaperDropout

__all__ = ["CHECKS", "all_masks", "distance_pct", "geometric_mean"]

UNITS, CLASSES, IMAGES = 12, 10, 8
HALF = 0.5  # factor on outputs at test time [K12 §4.2]
EQUAL, NEAR = 1e-9, 0.5  # per cent of probability; a share of the distance of a single net


def all_masks(units: int) -> Tensor:
    """Every way to keep or drop so many units: (2^units, units) of 0 and 1, float64.

    Raises:
        ValueError: more than 16 units, of which 65,536 masks would be too many to go through at once.
    """
    if not 1 <= units <= 16:
        raise ValueError(f"{units} units: masks are enumerated for 1 to 16; sample them for more")
    return (torch.arange(2**units)[:, None] >> torch.arange(units) & 1).double()


def geometric_mean(log_probabilities: Tensor) -> Tensor:
    """Geometric mean over the first axis, normalised to sum 1: (nets, ..., classes) of logarithms -> (..., classes)."""
    return log_probabilities.mean(0).softmax(-1)


def distance_pct(p: Tensor, q: Tensor) -> Tensor:
    """Total variation, half the sum of absolute differences over classes: per cent of probability placed otherwise."""
    return 50 * (p - q).abs().sum(-1)


def _small_net(sizes: tuple[int, ...]) -> tuple[Callable[[Tensor, Tensor], Tensor], Tensor]:
    """A net of random weights, float64: (values of the units, factors on all of them) -> log-probabilities; its input.

    ``sizes`` are the units of each masked layer; the factors of all layers stand side by side in one row.
    """
    generator = torch.Generator().manual_seed(0)
    # He's standard deviation for the half of the inputs that a mask keeps
    weights = [torch.randn(outputs, inputs, generator=generator, dtype=torch.float64) * (4 / inputs) ** 0.5
               for inputs, outputs in pairwise((*sizes, CLASSES))]
    values = torch.randn(IMAGES, sizes[0], generator=generator, dtype=torch.float64).relu()

    def log_probabilities(hidden: Tensor, factors: Tensor) -> Tensor:
        for weight, part in zip(weights, factors.split(list(sizes), -1), strict=True):
            hidden = (hidden.relu() * part) @ weight.T  # the values given are above 0: the first ReLU leaves them
        return hidden.log_softmax(-1)

    return log_probabilities, values


def _distances(sizes: tuple[int, ...]) -> tuple[float, float]:
    """Mean distance of the geometric mean over all masks from the halved pass, and from the net of one mask."""
    net, values = _small_net(sizes)
    masks = all_masks(sum(sizes))
    by_mask = net(values, masks[:, None])  # (masks, images, classes)
    mean = geometric_mean(by_mask)
    halved = net(values, torch.full((sum(sizes),), HALF, dtype=torch.float64)).exp()
    return distance_pct(mean, halved).mean().item(), distance_pct(mean, by_mask.exp()).mean().item()


def _layer_does_what_is_printed() -> bool:
    """In training each value is dropped or left as it is, about half of each; in testing all are halved."""
    layer, ones = PaperDropout(0.5), torch.ones(100, 100)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        kept = layer(ones)
    share = kept.mean().item()  # its standard deviation is 0.005
    return set(kept.unique().tolist()) == {0.0, 1.0} and abs(share - 0.5) < 0.025 and bool(
        (layer.eval()(3 * ones) == 1.5).all())


def _geometric() -> Verdict:
    """C43: exact with one hidden layer before the softmax, near with two, as the paper's net has."""
    one, _ = _distances((UNITS,))
    two, single = _distances((UNITS // 2, UNITS // 2))
    holds = _layer_does_what_is_printed() and one < EQUAL and EQUAL < two < NEAR * single
    return exact(holds, (
        f"all {2**UNITS:,} masks of a small random net: with one hidden layer the halved pass equals their geometric "
        f"mean{'' if one < EQUAL else ' NOT'}; with two it is near and no more, {two:.1f} % of the probability apart, "
        f"where the net of one mask is {single:.0f} % away"))


#: claim -> its check
CHECKS: dict[str, Callable[[], Verdict]] = {"C43": _geometric}
