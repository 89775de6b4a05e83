"""What a trained net predicts: by one view of each image, or by the paper's ten [K12 §4.1]."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from alexnet_lib.data.augment import draw_colour_shift
from alexnet_lib.data.batches import ResidentImages

__all__ = ["VIEWS", "changed_by_light_pct", "probabilities"]

VIEWS = (1, 10)


@torch.no_grad()
def probabilities(net: nn.Module, data, views: int = 1, batch_size: int = 500) -> Tensor:
    """Softmax outputs for every image of a set, in its order; for ten views, their mean [K12 §4.1].

    Args:
        net: from (n, 3, size, size) to logits (n, classes); its mode is left as it was.
        data: has ``in_order(batch_size)``, and ``ten_view_batches(batch_size)`` for ten views, as
            `data.batches.ResidentImages` has.
        views: 1 or 10.
        batch_size: images at a time; a tenth of it with ten views.

    Returns:
        (N, classes) float32 on the CPU.

    Raises:
        ValueError: another number of views.
    """
    if views not in VIEWS:
        raise ValueError(f"views must be 1 or 10, not {views}")
    was_training = net.training
    net.eval()
    found = []
    try:
        if views == 1:
            for images, _ in data.in_order(batch_size):
                found.append(net(images).float().softmax(1).cpu())
        else:
            for images, _ in data.ten_view_batches(max(1, batch_size // 10)):
                logits = net(images.flatten(0, 1)).float()  # (10 n, classes)
                found.append(logits.softmax(1).view(10, -1, logits.shape[1]).mean(0).cpu())
    finally:
        net.train(was_training)
    return torch.cat(found)


@torch.no_grad()
def changed_by_light_pct(net: nn.Module, data: ResidentImages, sigma: float, generator: torch.Generator,
                         batch_size: int = 500) -> float:
    """How many predictions change when each image is lit otherwise, per cent [K12 §4.1].

    "Otherwise": one shift of colour an image, drawn as the released code draws its noise, with this sigma. The images
    are not clipped to 0-255, nor was the noise in training.

    Args:
        net: from (n, 3, size, size) to logits.
        data: with a ``pca``.
        sigma: of the draws; 0.1 is what the paper trains with.
        generator: CPU generator of the draws.
        batch_size: images at a time.
    """
    light = replace(data.augmentation, colour_sigma=sigma, colour_form="released")
    was_training = net.training
    net.eval()
    changed = 0
    for images, _ in data.in_order(batch_size):
        shift = draw_colour_shift(len(images), data.pca, light, generator).to(images.device)
        relit = images + (shift * data.pixels.factor)[:, :, None, None]
        changed += int((net(images).argmax(1) != net(relit).argmax(1)).sum())
    net.train(was_training)
    return 100 * changed / len(data)
