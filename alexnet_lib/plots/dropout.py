"""Dropout: hidden units under a mask, and how passes to an equal training error are read off two curves [K12 §4.2]."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from alexnet_lib.plots.style import PAPER, SMALL

__all__ = ["draw_units", "plot_matched_passes", "plot_price"]

WITHOUT, WITH = {"color": "#0072B2", "linestyle": "-"}, {"color": "#D55E00", "linestyle": "--"}

#: marker of a ratio by what its value bounds: an arrow points to where the truth lies
MARKERS = {"none": "o", "lower": "^", "upper": "v", "unknown": "D"}


def draw_units(ax: Axes, values: Sequence[float], kept: Sequence[bool] | None = None, across: int = 16,
               highest: float | None = None) -> Axes:
    """A layer's values as a grid of squares, row by row; dropped units are white with a cross.

    Args:
        ax: where to draw.
        values: one a unit, at least 0; as many as fill whole rows.
        kept: which units are not dropped; all without it.
        across: units in a row.
        highest: the value that is brightest, to share a scale between panels; by default the largest.

    Raises:
        ValueError: values that fill no rectangle, or a mask of another length.
    """
    values = np.asarray(values, float)
    kept = np.ones(len(values), bool) if kept is None else np.asarray(kept, bool)
    if len(values) == 0 or len(values) % across:
        raise ValueError(f"{len(values)} units do not fill rows of {across}: choose another number across")
    if len(kept) != len(values):
        raise ValueError(f"a mask of {len(kept)} units does not fit {len(values)} values")
    grid = np.ma.masked_where(~kept, values).reshape(-1, across)
    ax.imshow(grid, vmin=0, vmax=values.max() if highest is None else highest)
    rows, columns = np.nonzero(~kept.reshape(-1, across))
    ax.plot(columns, rows, marker="x", markersize=2.5, markeredgewidth=0.6, color="0.6", linestyle="none")
    ax.grid(False)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(True)
    return ax


def plot_matched_passes(ax: Axes, without: tuple[Sequence[float], Sequence[float]],
                        with_dropout: tuple[Sequence[float], Sequence[float]], error_pct: float, needed: float,
                        division: float, sign: str = "") -> Axes:
    """Two training curves, and the passes at which each has the same error, with feet on the axis.

    Args:
        ax: where to draw.
        without, with_dropout: (passes, training error in per cent), a point a look.
        error_pct: the error that is matched.
        needed: passes of the net without dropout to it.
        division: passes of the net with dropout to it: the first division of the rate.
        sign: before ``needed``, where it is only a bound: "≤ " or "≥ ".

    Raises:
        ValueError: a curve without points.
    """
    for name, (passes, errors), look in (("without", without, WITHOUT), ("with dropout", with_dropout, WITH)):
        if len(passes) == 0:
            raise ValueError(f"the curve {name!r} has no points")
        ax.plot(passes, errors, marker="o", markersize=3, label=name, **look)
    ax.set_xlim(0, 1.03 * max(without[0][-1], with_dropout[0][-1]))
    ax.set_ylim(0, 1.12 * max(*without[1], *with_dropout[1]))
    ax.plot([min(needed, division), max(needed, division)], [error_pct] * 2, **PAPER)
    for passes, look, text in ((needed, WITHOUT, f"{sign}{needed:.1f}"), (division, WITH, f"{division:g}")):
        ax.plot([passes] * 2, [0, error_pct], color=look["color"], linestyle=":", linewidth=1)
        ax.annotate(text, (passes, 0), xytext=(3, 3), textcoords="offset points", color=look["color"], fontsize=SMALL)
    ax.annotate("with dropout", (with_dropout[0][0], with_dropout[1][0]), xytext=(5, 3), textcoords="offset points",
                color=WITH["color"], fontsize=SMALL)
    above = without[1][-1] < 0.2 * ax.get_ylim()[1]  # there is no room below
    ax.annotate("without", (without[0][-1], without[1][-1]), xytext=(0, 5 if above else -6), textcoords="offset points",
                ha="right", va="bottom" if above else "top", color=WITHOUT["color"], fontsize=SMALL)
    ax.set(xlabel="passes over the training set", ylabel="training error (%)")
    return ax


def plot_price(ax: Axes, passes: Sequence[float], ratios: Sequence[tuple[float, float, float, str]], paper: float
               ) -> Axes:
    """The ratio of passes to an equal error, against the pass at which it is read; the last one is the rule's.

    Args:
        ax: where to draw.
        passes: of the net with dropout.
        ratios: (value, low, high, bound) for each; a ratio that is a "lower" or "upper" bound is an open arrow head
            pointing up or down, one that is "unknown" an open diamond.
        paper: the paper's own ratio, a black dashed line.

    Raises:
        ValueError: no ratios, or not one for each pass.
    """
    if len(passes) != len(ratios) or len(passes) == 0:
        raise ValueError(f"{len(passes)} passes and {len(ratios)} ratios: give one ratio a pass, and one at least")
    ax.axhline(1, color="0.6", linewidth=1)
    ax.axhline(paper, **PAPER)
    for number, (at, (value, low, high, bound)) in enumerate(zip(passes, ratios, strict=True)):
        look = WITHOUT if number == len(passes) - 1 else {"color": "0.4"}
        ax.plot([at, at], [low, high], color=look["color"])
        ax.plot(at, value, marker=MARKERS[bound], color=look["color"], linestyle="none", markersize=6,
                markerfacecolor=look["color"] if bound == "none" else "white")
        ax.annotate(f"{value:.2f}", (at, value), xytext=(6, 2), textcoords="offset points", va="bottom",
                    color=look["color"], fontsize=SMALL)
    for height, text in ((paper, f"paper: {paper:g}"), (1, "no price")):
        ax.annotate(text, (1, height), xycoords=ax.get_yaxis_transform(), xytext=(4, 0), textcoords="offset points",
                    va="center", fontsize=SMALL, annotation_clip=False)
    ax.annotate("the rule", (passes[-1], ratios[-1][2]), xytext=(0, 4), textcoords="offset points", ha="center",
                color=WITHOUT["color"], fontsize=SMALL)
    ax.set_ylim(0, 1.15 * max(high for _, _, high, _ in ratios))
    ax.set_xticks(passes, [f"{at:g}" for at in passes])
    ax.set(xlabel="read at this pass of the net with dropout", ylabel="ratio of passes, with over without")
    return ax
