"""Arms compared: effects with intervals, pairs of runs, and curves with bands.

These functions take numbers and axes, draw, and return the axes; they never load or train, and compute no more than
the mean of a side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import offset_copy

from alexnet_lib.plots.curves import label_ends
from alexnet_lib.plots.style import PAPER, SMALL

__all__ = ["plot_curves", "plot_effects", "plot_pairs"]

#: one a curve, in their order, so that curves are told apart without colour
DASHES = ("-", "--", "-.", ":")
BELOW = 7.5  # points between a row and the number of the paper


def plot_effects(ax: Axes, rows: Sequence[tuple[str, float, float, float, str]], xlabel: str = "difference (points)",
                 paper: Mapping[str, float] | None = None, digits: int = 2) -> Axes:
    """Differences with their intervals, one row each, first row on top; a grey line marks no difference.

    Args:
        ax: where to draw; a figure of `rows_size(len(rows))` leaves room for every number.
        rows: (label, value, low, high, colour); a NaN interval draws the point alone.
        xlabel: what differs, with its unit and sign.
        paper: label of a row -> the paper's own difference, an open black diamond below the row's point.
        digits: decimals of the numbers beside the points.

    Raises:
        ValueError: no rows, or a number of the paper for a row that is not there.
    """
    paper = paper or {}
    if not rows:
        raise ValueError("no rows to draw: give at least one (label, value, low, high, colour)")
    if odd := set(paper) - {row[0] for row in rows}:
        raise ValueError(f"the paper's number for {sorted(odd)[0]!r} has no row: choose from "
                         f"{', '.join(row[0] for row in rows)}")
    ax.axvline(0, color="0.6", linewidth=1)
    top = len(rows) - 1
    for height, (label, value, low, high, colour) in zip(range(top, -1, -1), rows, strict=True):
        if np.isfinite([low, high]).all():
            ax.plot([low, high], [height, height], color=colour)
        ax.plot(value, height, marker="o", linestyle="none", color=colour, markersize=5)
        ax.annotate(_signed(f"{value:+.{digits}f}"), (value, height), xytext=(0, 4), textcoords="offset points",
                    ha="center", fontsize=SMALL)
        if label in paper:
            ax.plot(paper[label], height, marker="D", linestyle="none", color=PAPER["color"], markerfacecolor="white",
                    transform=offset_copy(ax.transData, ax.figure, y=-BELOW, units="points"))
            ax.annotate(_signed(f"paper {paper[label]:+g}"), (paper[label], height), xytext=(5, -BELOW),
                        textcoords="offset points", va="center", fontsize=SMALL)
    ax.annotate("no difference", (0, 1), xycoords=ax.get_xaxis_transform(), ha="center", va="top",
                fontsize=SMALL, color="0.4", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})
    ax.margins(x=0.12)
    ax.set_yticks(range(top, -1, -1), [row[0] for row in rows])
    ax.set_ylim(-0.65, top + 1.1)  # room for "no difference" above the first number
    ax.grid(False, axis="y")
    ax.grid(True, axis="x")
    ax.set(xlabel=xlabel)
    return ax


def plot_curves(ax: Axes, curves: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]],
                colours: Mapping[str, str] | Sequence[str], xlabel: str, ylabel: str) -> Axes:
    """Mean curves with their bands, named at their right ends.

    The names stand where the lines end when this is called: set limits and scales before.

    Args:
        ax: where to draw.
        curves: name -> (x, mean, low, high), (n,) each, as `experiments.statistics.band` returns them.
        colours: by name, or one a curve in their order.
        xlabel, ylabel: with units.

    Raises:
        ValueError: no curves, or a curve without a colour.
    """
    if not curves:
        raise ValueError("no curves to draw: give at least one name with its (x, mean, low, high)")
    if not isinstance(colours, Mapping):
        colours = dict(zip(curves, colours, strict=False))
    if missing := [name for name in curves if name not in colours]:
        raise ValueError(f"no colour for the curve {missing[0]!r}: give one a curve")
    for number, (name, (x, mean, low, high)) in enumerate(curves.items()):
        ax.fill_between(x, low, high, color=colours[name], alpha=0.2, linewidth=0)
        ax.plot(x, mean, label=name, color=colours[name], linestyle=DASHES[number % len(DASHES)])
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.get_xlim(), ax.get_ylim()  # makes matplotlib settle the limits, by which the names are placed
    return label_ends(ax, gap=0.07)


def plot_pairs(ax: Axes, names: tuple[str, str], first: Sequence[float], second: Sequence[float], colour: str,
               ylabel: str) -> Axes:
    """Two values of each seed joined by a line, and the mean of each side as a short black bar.

    A rising line is a seed whose second value is larger. Values stand on their own scale, which need not begin at 0.

    Args:
        ax: where to draw.
        names: what stands on the left and on the right.
        first, second: (n,) each, paired by seed.
        colour: of the points and lines.
        ylabel: what is measured, with its unit.

    Raises:
        ValueError: no pairs, or values without a partner.
    """
    if len(first) != len(second) or len(first) == 0:
        raise ValueError(f"{len(first)} and {len(second)} values make no pairs: give one of each for every seed")
    for pair in zip(first, second, strict=True):
        ax.plot([0, 1], pair, color=colour, marker="o", linewidth=0.8, alpha=0.8)
    for place, values in enumerate((first, second)):
        ax.plot([place - 0.15, place + 0.15], [np.mean(values)] * 2, color="black", linewidth=2)
    ax.set_xticks([0, 1], names)
    ax.set(xlim=(-0.5, 1.5), ylabel=ylabel)
    return ax


def _signed(text: str) -> str:
    """With a true minus sign, as the axes have."""
    return text.replace("-", "−")
