"""Top-1 and top-5 error [K12 §2]."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["top_k_error_pct"]


def top_k_error_pct(scores: Tensor, labels: Tensor, k: int = 5) -> float:
    """Share of images whose label is not among the k classes with the highest scores, per cent [K12 §2].

    Of classes with equal scores the one with the lower number comes first, so that the answer does not
    depend on how a sort breaks ties. A label whose score is not a number is an error.

    Args:
        scores: (N, classes) logits or probabilities.
        labels: (N,) integers.
        k: guesses, from 1 to the number of classes.

    Raises:
        ValueError: shapes that do not fit, no images, or k out of range.
    """
    if scores.ndim != 2 or labels.shape != scores.shape[:1] or len(labels) == 0:
        raise ValueError(f"scores (N, classes) and labels (N,) are needed, not {tuple(scores.shape)} and "
                         f"{tuple(labels.shape)}")
    if not 1 <= k <= scores.shape[1]:
        raise ValueError(f"k must be from 1 to {scores.shape[1]} classes, not {k}")
    own = scores.gather(1, labels[:, None])  # (N, 1)
    number = torch.arange(scores.shape[1], device=scores.device)
    earlier = (scores == own) & (number < labels[:, None])
    rank = (scores > own).sum(1) + earlier.sum(1)
    return 100 * ((rank >= k) | own.isnan()[:, 0]).double().mean().item()
