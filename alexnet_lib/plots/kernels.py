"""Kernels of the first layer as small colour pictures, as in Figure 3 [K12 §6.1]."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

__all__ = ["kernel_mosaic", "plot_kernels"]

GAP = 1  # pixels between kernels


def kernel_mosaic(kernels: np.ndarray, across: int) -> np.ndarray:
    """All kernels side by side, row by row.

    Each kernel is scaled by itself, so that its largest weight of either sign reaches the end of the range: grey is 0.

    Args:
        kernels: (N, 3, height, width).
        across: how many in a row.

    Returns:
        (rows, columns, 3) float, from 0 to 1; gaps are white.

    Raises:
        ValueError: not colour kernels.
    """
    if kernels.ndim != 4 or kernels.shape[1] != 3 or not len(kernels):
        raise ValueError(f"kernels must be (N, 3, height, width), not {kernels.shape}")
    count, _, height, width = kernels.shape
    peak = np.abs(kernels).max(axis=(1, 2, 3), keepdims=True)
    pictures = 0.5 + 0.5 * np.moveaxis(kernels / np.where(peak > 0, peak, 1), 1, -1)
    down = -(-count // across)
    mosaic = np.ones((down * (height + GAP) - GAP, across * (width + GAP) - GAP, 3))
    for number, picture in enumerate(pictures):
        top, left = (number // across) * (height + GAP), (number % across) * (width + GAP)
        mosaic[top : top + height, left : left + width] = picture
    return mosaic


def plot_kernels(ax: Axes, kernels: np.ndarray, across: int = 16, title: str = "") -> Axes:
    """Draw `kernel_mosaic`; with 96 kernels the first three rows are the first column's, as in Figure 3."""
    ax.imshow(kernel_mosaic(kernels, across), interpolation="nearest")
    ax.set_title(title)
    ax.set_axis_off()
    return ax
