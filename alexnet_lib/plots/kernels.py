"""Kernels of the first layer: as small colour pictures, as in Figure 3, and what they measure [K12 §6.1].

Functions take arrays and axes, draw, and return the axes; none of them loads or trains.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from alexnet_lib.plots.style import SMALL

__all__ = [
    "draw_spectrum", "draw_with_spectra", "kernel_mosaic", "plot_columns", "plot_kernels", "plot_measures",
    "plot_permutations",
]

GAP = 1  # pixels between kernels
SCALES = ("each", "all")

#: of the first and the second column, told apart without colour
COLUMN_LOOKS = (("o", "#0072B2"), ("^", "#D55E00"))


def kernel_mosaic(kernels: np.ndarray, across: int, scale: str = "each") -> np.ndarray:
    """All kernels side by side, row by row; grey is 0.

    Args:
        kernels: (N, 3, height, width).
        across: how many in a row.
        scale: "each" scales each kernel by itself, so that its largest weight of either sign reaches the end of the
            range; "all" scales all by the largest weight there is, so that weak kernels look weak.

    Returns:
        (rows, columns, 3) float, from 0 to 1; gaps are white.

    Raises:
        ValueError: not colour kernels, or an unknown scale.
    """
    if kernels.ndim != 4 or kernels.shape[1] != 3 or not len(kernels):
        raise ValueError(f"kernels must be (N, 3, height, width), not {kernels.shape}")
    if scale not in SCALES:
        raise ValueError(f"unknown scale {scale!r}: choose {' or '.join(SCALES)}")
    count, _, height, width = kernels.shape
    peak = np.abs(kernels).max(axis=(1, 2, 3) if scale == "each" else None, keepdims=True)
    pictures = 0.5 + 0.5 * np.moveaxis(kernels / np.where(peak > 0, peak, 1), 1, -1)
    down = -(-count // across)
    mosaic = np.ones((down * (height + GAP) - GAP, across * (width + GAP) - GAP, 3))
    for number, picture in enumerate(pictures):
        top, left = (number // across) * (height + GAP), (number % across) * (width + GAP)
        mosaic[top : top + height, left : left + width] = picture
    return mosaic


def plot_kernels(ax: Axes, kernels: np.ndarray, across: int = 16, title: str = "", scale: str = "each",
                 columns: int = 1) -> Axes:
    """Draw `kernel_mosaic`; with 96 kernels the first three rows are the first column's, as in Figure 3.

    Args:
        ax: where to draw.
        kernels: (N, 3, height, width).
        across: how many in a row.
        title: of the panel.
        scale: "each" kernel by itself, or "all" by one scale.
        columns: with 2, a line parts the first half of the kernels from the second, and both are named.

    Raises:
        ValueError: as `kernel_mosaic`; or the columns do not fill whole rows.
    """
    rows, rest = divmod(len(kernels), columns * across)
    if columns > 1 and rest:
        raise ValueError(f"{len(kernels)} kernels, {across} across, do not fill whole rows for {columns} columns")
    ax.imshow(kernel_mosaic(kernels, across, scale), interpolation="nearest")
    ax.set_title(title)
    ax.set_axis_off()
    height = rows * (kernels.shape[2] + GAP)
    for column in range(columns if columns > 1 else 0):
        if column:
            ax.axhline(column * height - GAP, color="black", linewidth=1.5)
        ax.annotate(f"column {column + 1}", (0, (column + 0.5) * height), xytext=(-4, 0), textcoords="offset points",
                    xycoords="data", rotation=90, ha="right", va="center", fontsize=SMALL, annotation_clip=False)
    return ax


def draw_spectrum(ax: Axes, power: np.ndarray, direction: float | None = None) -> Axes:
    """The power spectrum of a kernel, frequency 0 in the middle, up to half a cycle per pixel each way.

    Args:
        ax: where to draw.
        power: (size, size), rows running down.
        direction: of the kernel's stripes in degrees, anticlockwise from level: a white line through the middle;
            None or NaN: no line.
    """
    step = 1 / len(power)
    first, last = -0.5 - step / 2, 0.5 - step / 2  # frequencies lie in the middle of their cells
    ax.imshow(power, extent=(first, last, last, first), interpolation="nearest")
    if direction is not None and np.isfinite(direction):
        along = 0.45 * np.exp(1j * np.radians(direction))
        ax.plot([-along.real, along.real], [along.imag, -along.imag], color="white", linewidth=1)
    ax.set_xticks([-0.5, 0, 0.5 - step], ["−½", "0", "½"])
    ax.set_yticks([])
    ax.set(xlim=(first, last), ylim=(last, first))
    ax.grid(False)
    return ax


def draw_with_spectra(axes: np.ndarray, kernels: np.ndarray, spectra: np.ndarray, directions: Sequence[float],
                      titles: Sequence[str], notes: Sequence[str]) -> np.ndarray:
    """Kernels, each by its own scale, above their spectra.

    Args:
        axes: (2, N).
        kernels: (N, 3, height, width).
        spectra: (N, size, size).
        directions: (N,) degrees, NaN for none, as `draw_spectrum` draws them.
        titles, notes: above each kernel, and below each spectrum.

    Returns:
        The axes.
    """
    for above, below, *parts in zip(*axes, kernels, spectra, directions, titles, notes, strict=True):
        kernel, power, direction, title, note = parts
        plot_kernels(above, kernel[None], 1, title)
        draw_spectrum(below, power, direction)
        below.set_xlabel(note)
    return axes


def plot_measures(ax: Axes, x: np.ndarray, y: np.ndarray, noise: tuple[np.ndarray, np.ndarray],
                  limits: tuple[float | None, float | None], xlabel: str, ylabel: str, columns: int = 2) -> Axes:
    """One measure of each kernel against another; the first column's are circles, the second's triangles.

    Args:
        ax: where to draw.
        x, y: (N,) of the kernels, the columns one after the other.
        noise: the same two measures of kernels of white noise, small grey points behind.
        limits: of x and of y, dashed lines, each with its meaning left to the caption; None: no line.
        xlabel, ylabel: with units.
        columns: 1 draws all kernels alike.

    Raises:
        ValueError: x and y are not of one length, or the columns are not of equal size.
    """
    if len(x) != len(y) or not len(x) or len(x) % columns or not 1 <= columns <= len(COLUMN_LOOKS):
        raise ValueError(f"{len(x)} and {len(y)} values do not make points for {columns} columns")
    ax.plot(*noise, linestyle="none", marker=".", markersize=2, color="0.75")
    parts = zip(np.split(np.asarray(x), columns), np.split(np.asarray(y), columns), COLUMN_LOOKS, strict=False)
    for number, (across, up, (marker, colour)) in enumerate(parts, 1):
        ax.plot(across, up, linestyle="none", marker=marker, color=colour, alpha=0.8, markeredgewidth=0,
                label=f"column {number}" if columns > 1 else "kernels")
    for limit, line in zip(limits, (ax.axvline, ax.axhline), strict=True):
        if limit is not None:
            line(limit, color="0.3", linestyle="--", linewidth=1)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    return ax


def plot_columns(ax: Axes, runs: Sequence[tuple[str, np.ndarray, np.ndarray, float]], ylabel: str,
                 level: float = 0.05) -> Axes:
    """Each run's two columns side by side: a point a kernel, a black bar at each mean, p above.

    Args:
        ax: where to draw; y runs from 0 to 1.
        runs: (name, values of the first column, of the second, p); circles and triangles.
        ylabel: what is measured.
        level: a p below it is set bold and marked by a star.

    Raises:
        ValueError: no runs.
    """
    if not runs:
        raise ValueError("no runs to draw: give at least one (name, first, second, p)")
    for place, (_, first, second, p) in enumerate(runs):
        for side, values, (marker, colour) in zip((-0.2, 0.2), (first, second), COLUMN_LOOKS, strict=True):
            spread = 0.08 * np.linspace(-1, 1, len(values))  # so that equal values stay apart
            ax.plot(place + side + spread, values, linestyle="none", marker=marker, color=colour, alpha=0.6,
                    markersize=3, markeredgewidth=0)
            ax.plot(place + side + np.array([-0.15, 0.15]), [np.mean(values)] * 2, color="black", linewidth=2)
        star = "*" if p < level else ""
        ax.annotate(f"{_short(p)}{star}", (place, 1.0), xytext=(0, 2), textcoords="offset points", ha="center",
                    va="bottom", fontsize=SMALL, weight="bold" if star else "normal", annotation_clip=False)
    ax.set_xticks(range(len(runs)), [name for name, *_ in runs])
    ax.set(xlim=(-0.6, len(runs) - 0.4), ylim=(0, 1), ylabel=ylabel)
    return ax


def plot_permutations(ax: Axes, differences: np.ndarray, found: float, xlabel: str) -> Axes:
    """What chance gives, as a histogram, and what was found: a line, and a dashed one on the other side of 0.

    Args:
        ax: where to draw.
        differences: (splits,) of random splits.
        found: the difference at hand.
        xlabel: what differs.
    """
    ax.hist(differences, bins=40, color="0.7")
    ax.axvline(found, color=COLUMN_LOOKS[1][1])
    ax.axvline(-found, color=COLUMN_LOOKS[1][1], linestyle="--")
    ax.set(xlabel=xlabel, ylabel="random splits")
    return ax


def _short(p: float) -> str:
    """A p with two digits, or that it is tiny."""
    return "<.001" if p < 0.001 else f"{p:.3f}".lstrip("0") if p < 0.095 else f"{p:.2f}".lstrip("0")
