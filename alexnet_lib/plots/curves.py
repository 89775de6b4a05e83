"""Learning curves, searches for a learning rate, ratios with intervals.

These functions take numbers and axes, draw, and return the axes; they never load, compute or train.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from alexnet_lib.plots.style import ACTIVATION_LOOK, PAPER

__all__ = ["label_ends", "plot_figure1", "plot_learning_curve", "plot_rate_search", "plot_ratios", "plot_target"]


def plot_learning_curve(ax: Axes, passes: np.ndarray, mean: np.ndarray, low: np.ndarray, high: np.ndarray,
                        activation: str, tails: Iterable[tuple[Sequence[float], Sequence[float]]] = ()) -> Axes:
    """Mean training error against passes, with its band.

    Args:
        ax: where to draw.
        passes, mean, low, high: (n,) each; errors in per cent.
        activation: key of `ACTIVATION_LOOK`: colour, dash and the label at the line's end.
        tails: single runs (passes, error) drawn thin, where the seeds end at different times.
    """
    look = ACTIVATION_LOOK[activation]
    for x, y in tails:
        ax.plot(x, y, color=look["color"], linestyle=look["linestyle"], linewidth=0.6, alpha=0.6)
    ax.fill_between(passes, low, high, color=look["color"], alpha=0.2, linewidth=0)
    ax.plot(passes, mean, **look)
    ax.set(xlabel="passes over the training set", ylabel="training error (%)")
    ax.set_xlim(left=0)
    ax.set_ylim(0, 90)
    return ax


def plot_figure1(ax: Axes, bands: Mapping[str, tuple], target_error_pct: float, title: str) -> Axes:
    """Figure 1 redrawn [K12 Fig. 1]: training error of several activations against passes, with the target.

    Args:
        ax: where to draw.
        bands: activation -> (passes, mean, low, high, tails), see `plot_learning_curve`.
        target_error_pct: the level raced to.
        title: what is compared, and the ratio with its interval.
    """
    for activation, band in bands.items():
        plot_learning_curve(ax, *band[:4], activation, tails=band[4])
    ends = [passes[-1] for band in bands.values() for passes, _ in band[4]]
    ax.set_xlim(0, 1.15 * max(ends, default=1))
    label_ends(ax)
    plot_target(ax, target_error_pct)
    ax.set_title(title)
    return ax


def plot_target(ax: Axes, error_pct: float, label: str = "25 %, as in Figure 1") -> Axes:
    """The level that is raced to, in the paper's black dashes."""
    ax.axhline(error_pct, **PAPER)
    ax.annotate(label, (0, error_pct), xytext=(4, -3), textcoords="offset points", va="top", fontsize=8)
    return ax


def label_ends(ax: Axes, gap: float = 0.06) -> Axes:
    """Write each labelled line's name at its right end, in its colour; names keep `gap` axis heights apart."""
    lines = [line for line in ax.get_lines() if not line.get_label().startswith("_")]
    ax.get_xlim(), ax.get_ylim()  # asking for the limits makes pending autoscaling happen
    to_axes = ax.transData + ax.transAxes.inverted()  # so that it works on a logarithmic axis too
    ends = sorted((*to_axes.transform((line.get_xdata()[-1], line.get_ydata()[-1]))[::-1], i)
                  for i, line in enumerate(lines))
    height = -1.0
    for wanted, across, i in ends:
        height = max(wanted, height + gap)
        ax.annotate(lines[i].get_label(), (across, height), xycoords="axes fraction", xytext=(4, 2),
                    textcoords="offset points", va="center", color=lines[i].get_color(), annotation_clip=False,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8}, zorder=3)
    return ax


def plot_rate_search(ax: Axes, searches: Mapping[str, Mapping[float, tuple[float, bool]]]) -> Axes:
    """Passes to the target against learning rate, one line an activation; the best rate is ringed.

    Args:
        ax: where to draw.
        searches: activation -> {rate: (passes, reached)}; an unreached target is an open triangle at the last pass.
    """
    for activation, tried in searches.items():
        look = ACTIVATION_LOOK[activation]
        rates = sorted(tried)
        reached = [rate for rate in rates if tried[rate][1]]
        ax.plot(reached, [tried[r][0] for r in reached], marker="o", **look)
        missed = [rate for rate in rates if not tried[rate][1]]
        ax.plot(missed, [tried[r][0] for r in missed], marker="^", linestyle="none", color=look["color"],
                markerfacecolor="white")
        if reached:
            best = min(reached, key=lambda rate: tried[rate][0])
            ax.plot(best, tried[best][0], marker="o", markersize=9, markerfacecolor="none", color=look["color"])
            ax.annotate(look["label"], (best, tried[best][0]), xytext=(0, -8), textcoords="offset points",
                        color=look["color"], ha="center", va="top")
        elif rates:
            ax.annotate(look["label"], (rates[-1], tried[rates[-1]][0]), xytext=(6, 0), textcoords="offset points",
                        color=look["color"], va="center")
    ax.set_xscale("log")
    rates = sorted({rate for tried in searches.values() for rate in tried})
    ax.set_xticks(rates, [f"{rate:g}" for rate in rates], rotation=45)
    ax.minorticks_off()
    ax.set_ylim(bottom=0)
    ax.set(xlabel="learning rate", ylabel="passes to 25 % training error")
    return ax


def plot_ratios(ax: Axes, rows: Sequence[tuple[str, float, float, float, str]], paper: float | None = None,
                xlabel: str = "ratio") -> Axes:
    """Ratios with intervals on a logarithmic axis, one row each, first row on top.

    Args:
        ax: where to draw.
        rows: (label, ratio, low, high, colour); a NaN interval draws the point alone; a label that starts
            with "≥" is drawn as an arrow to the right.
        paper: the paper's own ratio, a black dashed line.
        xlabel: what the ratio is.
    """
    for height, (label, value, low, high, colour) in zip(range(len(rows) - 1, -1, -1), rows, strict=True):
        if np.isfinite(low):
            ax.plot([low, high], [height, height], color=colour)
        ax.plot(value, height, marker=">" if label.startswith("≥") else "o", color=colour, markersize=5)
        ax.annotate(f"{value:.2g}" if value < 10 else f"{value:.0f}", (value, height), xytext=(0, 5),
                    textcoords="offset points", ha="center", fontsize=8)
    ax.axvline(1, color="0.6", linewidth=1)
    if paper is not None:
        ax.axvline(paper, **PAPER)
        ax.annotate("paper", (paper, len(rows) - 0.45), ha="center", fontsize=8)
    ax.set_xscale("log")
    ticks = [t for t in (0.25, 0.5, 1, 2, 4, 6, 8, 16)
             if 0.9 * min(r[1] for r in rows) / 1.5 <= t <= 1.5 * max([r[1] for r in rows] + [paper or 1])]
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax.minorticks_off()
    ax.set_yticks(range(len(rows) - 1, -1, -1), [r[0] for r in rows])
    ax.set_ylim(-0.6, len(rows) - 0.1)
    ax.grid(False, axis="y")
    ax.grid(True, axis="x")
    ax.set(xlabel=xlabel)
    return ax
