"""Whether a net's answers make sense: objects off the centre, and what a wrong answer confuses [K12 §6.1, Fig. 4].

The paper shows eight photographs and finds the labels mostly sensible, even for an object off the centre (C69). Here
both are counted: how many right answers stay right when the picture is moved, and how many wrong answers stay among
animals, or among vehicles.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.cifar10 import CLASSES
from alexnet_lib.nets.alexnet import AlexNet

__all__ = [
    "DIRECTIONS", "GROUPS", "GROUP_OF", "MOVES", "group_mistakes", "moved", "off_centre_measures",
]

#: the two kinds of things that CIFAR-10 shows
GROUPS = {
    "animals": ("bird", "cat", "deer", "dog", "frog", "horse"),
    "vehicles": ("airplane", "automobile", "ship", "truck"),
}

#: (10,): the group of each class, as its number in `GROUPS`
GROUP_OF = np.array([[name in members for members in GROUPS.values()].index(True) for name in CLASSES])

#: where the picture goes: name -> (down, right) for each pixel moved
DIRECTIONS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}

MOVES = (2, 4, 6, 8, 10, 12)  # pixels

#: Test images that are moved, the first of them: 24 answers are asked for each that is right.
IMAGES = 4_000


def moved(data: ResidentImages, rows: Tensor | slice, down: int, right: int) -> Tensor:
    """What the net sees when pictures are moved before the centre is cut out of them.

    Of a 32-pixel picture the net sees the middle 24. A picture moved by up to 4 pixels still fills that window with
    its own pixels; beyond that the edge of the picture comes in, and behind it the mean image, which is zero for the
    net.

    Args:
        data: where the images are, and what is subtracted from them.
        rows: which of them.
        down, right: pixels; negative is up, and left.

    Returns:
        (n, 3, size, size) floats.
    """
    images = data.images[rows]  # (n, 32, 32, 3)
    side = images.shape[1]
    size = data.augmentation.size if data.augmentation else side
    border = (side - size) // 2
    window = data.pixels.offset.expand(len(images), size, size, 3).clone()
    (to_rows, from_rows), (to_columns, from_columns) = (_overlap(border - by, size, side) for by in (down, right))
    window[:, to_rows, to_columns] = images[:, from_rows, from_columns].float()
    return data.pixels.in_tests(window)


def _overlap(first: int, size: int, side: int) -> tuple[slice, slice]:
    """A window of `size` pixels starts at `first` of `side`: which of its own are filled, and from where."""
    start, stop = max(first, 0), max(first, 0, min(first + size, side))
    return slice(start - first, stop - first), slice(start, stop)


@torch.no_grad()
def off_centre_measures(net: AlexNet, test: ResidentImages, batch_size: int = 500) -> dict:
    """How many of the right answers stay right when the picture is moved.

    Args:
        net: trained; its mode is left as it was.
        test: of its images the first `IMAGES` are used.
        batch_size: images at a time.

    Returns:
        Plain numbers: ``images``; ``error_at_centre_pct`` of those; ``kept_pct``: direction, or "mean" of the four ->
        pixels moved, as text -> share of the right answers that stay right, per cent.
    """
    was_training = net.training
    net.eval()
    images = range(min(IMAGES, len(test)))
    right = torch.cat([rows[net(moved(test, rows, 0, 0)).argmax(1) == test.labels[rows]]
                       for rows in torch.tensor(images, device=test.device).split(batch_size)])
    kept = {}
    for name, (down, across) in DIRECTIONS.items():
        kept[name] = {}
        for by in MOVES:
            still = sum(int((net(moved(test, rows, by * down, by * across)).argmax(1) == test.labels[rows]).sum())
                        for rows in right.split(batch_size))
            kept[name][str(by)] = 100 * still / max(1, len(right))
    net.train(was_training)
    kept["mean"] = {str(by): sum(kept[name][str(by)] for name in DIRECTIONS) / len(DIRECTIONS) for by in MOVES}
    return {"images": len(images), "error_at_centre_pct": 100 - 100 * len(right) / len(images), "kept_pct": kept}


def group_mistakes(outputs: np.ndarray, labels: np.ndarray) -> dict:
    """How many wrong answers stay within the true class's group, and how many would by chance.

    Args:
        outputs: (N, 10), softmax outputs or logits of CIFAR-10's classes.
        labels: (N,).

    Returns:
        Plain numbers: ``mistakes``, how many; ``within_group_pct`` of them; ``within_group_by_chance_pct``: the same
        share if each wrong answer were any of the nine other classes, all as likely. Both None without mistakes.
    """
    answers = outputs.argmax(-1)
    mistaken = answers != labels
    true, answers = GROUP_OF[labels[mistaken]], GROUP_OF[answers[mistaken]]
    if not mistaken.any():
        return {"mistakes": 0, "within_group_pct": None, "within_group_by_chance_pct": None}
    others = np.bincount(GROUP_OF) - 1  # classes of a group besides the true one
    return {
        "mistakes": int(mistaken.sum()),
        "within_group_pct": 100 * float((true == answers).mean()),
        "within_group_by_chance_pct": 100 * float(others[true].mean() / (len(CLASSES) - 1)),
    }
