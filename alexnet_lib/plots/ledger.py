"""The last chapter's figures: verdicts counted, the pairs an effect needs, differences set against noise.

They take numbers and axes, draw, and return the axes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from alexnet_lib.plots.comparisons import plot_curves, plot_effects
from alexnet_lib.plots.style import PAPER, SMALL

__all__ = ["VERDICT_LOOK", "plot_against_noise", "plot_pairs_needed", "plot_verdicts"]

#: label -> colour and hatching, so that verdicts are told apart without colour
VERDICT_LOOK = {
    "reproduced": ("#0072B2", ""), "exact, checked": ("#56B4E9", ""), "partly": ("#E69F00", "//"),
    "not reproduced": ("#D55E00", "xx"), "paper is inconsistent": ("#CC79A7", "++"), "undecided": ("#009E73", ".."),
    "not testable here": ("0.8", ""), "no record yet": ("white", ""),
}

_DARK = {"reproduced"}  # on which a number is written in white


def plot_verdicts(ax: Axes, counts: Mapping[str, Mapping[str, int]]) -> Axes:
    """One stacked bar a row, divided by verdict, the number of claims in each piece; the first row on top.

    Args:
        ax: where to draw.
        counts: row -> verdict -> claims; verdicts are keys of `VERDICT_LOOK`.

    Raises:
        ValueError: no rows, or an unknown verdict.
    """
    if not counts:
        raise ValueError("no rows to draw: give at least one with its counts")
    if odd := {label for row in counts.values() for label in row} - set(VERDICT_LOOK):
        raise ValueError(f"unknown verdict {sorted(odd)[0]!r}: choose from {', '.join(VERDICT_LOOK)}")
    places, left = np.arange(len(counts))[::-1], np.zeros(len(counts))
    for label, (colour, hatch) in VERDICT_LOOK.items():
        width = np.array([row.get(label, 0) for row in counts.values()])
        if not width.any():
            continue
        ax.barh(places, width, left=left, color=colour, hatch=hatch, edgecolor="black", linewidth=0.5, label=label)
        for place, start, number in zip(places, left, width, strict=True):
            if number:
                ax.annotate(str(number), (start + number / 2, place), ha="center", va="center", fontsize=SMALL,
                            color="white" if label in _DARK else "black",
                            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8} if hatch else None)
        left += width
    ax.set_yticks(places, list(counts))
    ax.set(xlabel="claims")
    ax.grid(False, axis="y")
    ax.grid(True, axis="x")
    ax.set_axisbelow(True)
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), fontsize=SMALL)
    return ax


def plot_pairs_needed(ax: Axes, curves: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]],
                      effects: Sequence[float], colours: Sequence[str] = ("C0", "C1", "C2")) -> Axes:
    """Pairs of seeds against the size of an effect, both on logarithmic axes; dotted lines at given effects.

    Args:
        ax: where to draw.
        curves: spread of seeds -> (effect in points, pairs, low, high), (n,) each.
        effects: sizes that the paper prints, in points.
        colours: one a curve.
    """
    ax.set(xscale="log", yscale="log")
    low, high = (limit(x.min() if limit is min else x.max() for x, *_ in curves.values()) for limit in (min, max))
    ax.set_xlim(low, high * (high / low) ** 0.35)  # room for the names of the curves
    ax.set_ylim(1.7, 1.3 * max(y.max() for _, _, _, y in curves.values()))
    plot_curves(ax, curves, list(colours), "true effect (points)", "pairs of seeds for 80 % power")
    for effect in effects:
        ax.axvline(effect, **PAPER)
        ax.annotate(f"{effect:g}", (effect, 1), xycoords=ax.get_xaxis_transform(), xytext=(0, 2),
                    textcoords="offset points", ha="center", fontsize=SMALL)
    ticks = [t for t in (0.25, 0.5, 1, 2, 4) if low <= t <= high]
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax.set_yticks([2, 5, 10, 20, 50, 100, 200], ["2", "5", "10", "20", "50", "100", "200"])
    ax.minorticks_off()
    return ax


def plot_against_noise(ax: Axes, rows: Sequence[tuple[str, float, float, float, str]],
                       bands: Sequence[tuple[str, float]], xlabel: str) -> Axes:
    """Differences with their intervals, over bands around 0 in which noise alone may put them.

    Args:
        ax: where to draw; a figure of `rows_size(len(rows) + len(bands))`.
        rows: (label, value, low, high, colour) as for `plot_effects`.
        bands: (what the noise is, half width in points), drawn from the widest down.
        xlabel: what differs, with its unit and sign.
    """
    for half in sorted((half for _, half in bands), reverse=True):
        ax.axvspan(-half, half, color="0.5", alpha=0.16, linewidth=0)
        ax.plot([half, half], [0, 1], transform=ax.get_xaxis_transform(), color="0.35", linewidth=0.8)
    plot_effects(ax, rows, xlabel)
    bottom, top = ax.get_ylim()
    heights = [bottom - 0.4 - step for step in range(len(bands))]
    for (_, half), height in zip(bands, heights, strict=True):
        ax.plot([-half, half], [height, height], color="0.35", linewidth=0.8, marker="|")
        ax.annotate(f"±{half:.2f}", (half, height), xytext=(4, 0), textcoords="offset points", va="center",
                    fontsize=SMALL)
    ax.set_yticks([*range(len(rows))[::-1], *heights], [row[0] for row in rows] + [label for label, _ in bands])
    ax.set_ylim(bottom - len(bands), top)
    return ax
