"""Section 4.1 without training: bits in a label, patches counted, the ten views, the formula of the colour noise."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch

from alexnet_lib import paper
from alexnet_lib.data.augment import Augmentation, draw_colour_shift, draw_crops, ten_views
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import Normalisation, RgbPca
from alexnet_lib.experiments.protocol import Verdict, exact
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.nets.counts import count_layers, total
from alexnet_lib.training.evaluation import probabilities

__all__ = ["CHECKS", "IMAGENET_COLOURS"]

#: ImageNet's colours as Krizhevsky's release of 2014 has them: standard deviations 121.78, 37.09, 19.72 on the scale
#: 0-255. Its directions are grey, orange to blue and purple to green, within a few degrees of these.
IMAGENET_COLOURS = RgbPca(
    mean=np.array([127.30, 119.72, 104.91]), variances=np.array([121.78, 37.09, 19.72]) ** 2,
    directions=np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]]),
)

DRAWS = 20_000


def _bits() -> Verdict:
    """C35: bits in one label, and in all, against the parameters that they should fix."""
    images = paper.claim("C14").printed["training images, about"]
    parameters = total(count_layers(AlexNetConfig()), "parameters")
    bits, bits_cifar = math.log2(1000), math.log2(10)
    holds = round(bits) == paper.claim("C35").printed["information in one label, about"] and images * bits < parameters
    return exact(holds, f"log2(1000) = {bits:.2f} bits; {images * bits / 1e6:.1f} million bits in {images:,} labels, "
                        f"for {parameters:,} parameters; CIFAR-10: {50_000 * bits_cifar:,.0f} bits in 50,000 labels")


def numbered_pixels(side: int) -> np.ndarray:
    """(side, side, 3) uint8: red is the row and green the column, so that no two pixels are alike; side up to 256."""
    rows, columns = np.indices((side, side))
    return np.stack([rows, columns, np.zeros_like(rows)], axis=2).astype(np.uint8)


def distinct_patches(side: int, size: int) -> int:
    """How many different patches a picture of numbered pixels has, mirrored ones included."""
    picture = numbered_pixels(side)
    patches = np.lib.stride_tricks.sliding_window_view(picture, (size, size), axis=(0, 1))  # (n, n, 3, size, size)
    both = (patches, patches[..., ::-1])
    # the ends of its first line tell a patch of numbered pixels from every other, and from its mirror image
    return len({(*some[i, j, :2, 0, 0], *some[i, j, :2, 0, -1])
                for some in both for i in range(len(patches)) for j in range(len(patches))})


def _patches() -> Verdict:
    """C37: all patches of 224 pixels in 256, counted; and which offsets the library draws."""
    numbers = paper.claim("C37").printed
    printed, side, size = (numbers[name] for name in ("factor", "side of the image", "side of the patch"))
    counted = distinct_patches(side, size)
    offsets = side - size + 1
    drawn = {way: draw_crops(DRAWS, side - size, Augmentation(positions=way), torch.Generator().manual_seed(0))[0]
             for way in ("code", "paper")}
    library = {way: len(top.unique()) ** 2 * 2 for way, top in drawn.items()}
    if library != {"code": counted, "paper": printed}:
        return Verdict("not reproduced", f"{counted:,} patches exist; the library draws {library['code']:,}, and "
                                         f"{library['paper']:,} as printed")
    return exact(counted == printed, f"{offsets} x {offsets} x 2 = {counted:,} different patches of {size} pixels in "
                                     f"{side}; the printed {printed:,} are {offsets - 1} x {offsets - 1} x 2",
                 otherwise="paper is inconsistent")


def _ten_views() -> Verdict:
    """C39: where the ten views lie in a picture of numbered pixels, and what is averaged."""
    picture = numbered_pixels(256)
    views = ten_views(torch.from_numpy(picture)[None], 224)[:, 0].numpy()
    places = ((0, 0), (0, 32), (32, 0), (32, 32), (16, 16))
    wanted = [picture[r : r + 224, c : c + 224] for r, c in places]
    wanted += [view[:, ::-1] for view in wanted]
    holds = bool(np.array_equal(views, np.stack(wanted)))
    # a linear net on small numbered pictures: softmax, then the mean, and not the other way round
    pictures = np.stack([numbered_pixels(8), 7 - numbered_pixels(8)])
    plain = Normalisation(np.zeros(3, np.float32), np.ones(3, np.float32))
    data = ResidentImages(pictures, np.zeros(2), plain, augmentation=Augmentation(size=6))
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(108, 4, bias=False))
    weights = np.sin(np.arange(4 * 108)).reshape(4, 108)
    net[1].weight.data = torch.from_numpy(weights).float()
    corners = [pictures[:, r : r + 6, c : c + 6] for r, c in ((0, 0), (0, 2), (2, 0), (2, 2), (1, 1))]
    scores = [view.transpose(0, 3, 1, 2).reshape(2, 108) @ weights.T
              for corner in corners for view in (corner, corner[:, :, ::-1])]
    by_hand = np.mean([np.exp(s) / np.exp(s).sum(1, keepdims=True) for s in scores], axis=0)
    holds &= bool(np.allclose(probabilities(net, data, views=10).numpy(), by_hand, atol=1e-5))
    return exact(holds, "four corners, the centre and their mirror images lie where they are written out by hand; "
                        "their softmax outputs are averaged")


def _colour_noise() -> Verdict:
    """C40: the shifts of the library against the formula: by hand from the same random numbers, and their moments."""
    sigma, colours = paper.claim("C40").printed["standard deviation of the random numbers"], IMAGENET_COLOURS
    sizes = {"paper": colours.variances, "released": np.sqrt(colours.variances)}
    holds, spread = True, {}
    for form, size in sizes.items():
        settings, generator = Augmentation(colour_sigma=sigma, colour_form=form), torch.Generator().manual_seed(0)
        first, again = (draw_colour_shift(DRAWS, colours, settings, generator).numpy() for _ in range(2))
        alphas = sigma * torch.randn(DRAWS, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64).numpy()
        holds &= bool(np.allclose(first, (alphas * size) @ colours.directions, rtol=1e-4, atol=1e-4 * size[0]))
        holds &= not np.array_equal(first, again)  # drawn anew at every use
        along = first @ colours.directions.T / (sigma * size)  # should be independent, with mean 0 and variance 1
        holds &= bool(np.abs(along.mean(0)).max() < 0.05 and np.abs(np.cov(along.T) - np.eye(3)).max() < 0.05)
        spread[form] = sigma * size[0]
    return exact(holds, "the library's shifts are the printed formula, and with square roots the released one; with "
                        f"ImageNet's colours the first component's standard deviation is {spread['paper']:,.0f} grey "
                        f"levels as printed on pixels 0 to 255, {spread['released']:.1f} as released")


#: claim -> its check
CHECKS: dict[str, Callable[[], Verdict]] = {"C35": _bits, "C37": _patches, "C39": _ten_views, "C40": _colour_noise}
