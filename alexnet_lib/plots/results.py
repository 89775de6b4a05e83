"""Errors against budgets, averaged nets, shared mistakes, confusions [K12 §6].

Functions take numbers and axes, draw, and return the axes; they never load, compute or train.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from alexnet_lib.plots.style import PAPER, SMALL

__all__ = ["draw_matrix", "plot_averages", "plot_budgets", "plot_mistake_counts", "shade_within"]

#: one a net, in the order given: colours and dashes, so that nets are told apart without colour
LOOKS = (("#0072B2", "-"), ("#D55E00", "--"), ("#009E73", "-."), ("#CC79A7", ":"))
UNCOLOURED = "0.92"  # cells of a matrix that are not on its scale


def plot_budgets(ax: Axes, curves: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]],
                 ours: Mapping[str, tuple[float, float, float, float]],
                 published: Mapping[str, tuple[float, float]]) -> Axes:
    """Error against images shown, logarithmic: what was trained here, and where the published runs ended.

    Training error is a line with its band, the test error at its end a filled point with its interval, a published
    error an open black diamond with its name, at the images shown until then.

    Args:
        ax: where to draw.
        curves: net -> (images shown, mean, low, high), (n,) each, per cent.
        ours: net -> (images shown, test error, low, high); a NaN interval draws the point alone.
        published: net -> (images shown, error), per cent; every net of the other two stands here.

    Raises:
        ValueError: more nets than can be told apart, or a net that nothing was published of.
    """
    if not 1 <= len(published) <= len(LOOKS):
        raise ValueError(f"1 to {len(LOOKS)} nets can be told apart, not {len(published)}")
    if odd := (set(curves) | set(ours)) - set(published):
        raise ValueError(f"nothing was published of {sorted(odd)[0]!r}: choose from {', '.join(published)}")
    for (name, (images, error)), (colour, dash) in zip(published.items(), LOOKS, strict=False):
        if name in curves:
            x, mean, low, high = curves[name]
            ax.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
            ax.plot(x, mean, color=colour, linestyle=dash, label=f"{name}, training error")
        ax.plot(images, error, marker="D", linestyle="none", color=PAPER["color"], markerfacecolor="none", markersize=7,
                zorder=4)
        ax.annotate(f"{name}: {error:g} %", (images, error), xytext=(4, 4), textcoords="offset points", va="bottom",
                    fontsize=SMALL)
        if name in ours:
            x, value, low, high = ours[name]
            if np.isfinite([low, high]).all():
                ax.plot([x, x], [low, high], color=colour, zorder=3)
            ax.plot(x, value, marker="o", linestyle="none", color=colour, zorder=3)
    ax.set_xscale("log")
    ax.set_xlim(right=5 * max(images for images, _ in published.values()))  # room for the last name
    ax.set_ylim(0, 90)
    ax.set(xlabel="training images shown (logarithmic)", ylabel="error (%)")
    if curves:
        ax.legend(loc="upper right")
    return ax


def plot_averages(ax: Axes, errors: Mapping[int, Sequence[float]], mean: Sequence[tuple[float, float, float]],
                  ylabel: str = "test error (%)") -> Axes:
    """Error against the number of nets averaged: a grey point for every choice of nets, the mean with its interval.

    Args:
        ax: where to draw.
        errors: nets averaged -> error of every choice of so many, per cent.
        mean: (value, low, high) for each number of nets, in the same order.
        ylabel: with unit.

    Raises:
        ValueError: nothing to draw, or numbers of values that do not fit.
    """
    if not errors or len(errors) != len(mean):
        raise ValueError(f"{len(errors)} numbers of nets do not go with {len(mean)} means: give one a number")
    for nets, values in errors.items():
        ax.plot([nets - 0.12] * len(values), values, marker="o", linestyle="none", color="0.6", markersize=3)
    value, low, high = np.array(mean, float).T
    ax.plot(list(errors), value, marker="o", color=LOOKS[0][0])
    ax.vlines(list(errors), low, high, color=LOOKS[0][0])
    ax.set_xticks(list(errors))
    ax.set(xlabel="nets averaged", ylabel=ylabel)
    return ax


def plot_mistake_counts(ax: Axes, found: Sequence[float], independent: Sequence[float]) -> Axes:
    """Shares of images that 0, 1, ... nets get wrong, beside what nets that err independently would give.

    Args:
        ax: where to draw.
        found, independent: (nets + 1,) each, per cent.

    Raises:
        ValueError: different numbers of values, or none.
    """
    if len(found) != len(independent) or len(found) == 0:
        raise ValueError(f"{len(found)} and {len(independent)} shares do not go together: give one of each a count")
    places = np.arange(len(found))
    for values, shift, name, look in (
        (found, -0.2, "found", {"color": LOOKS[0][0]}),
        (independent, 0.2, "if independent", {"color": "0.85", "edgecolor": "0.4", "hatch": "//"}),
    ):
        ax.bar(places + shift, values, width=0.38, label=name, **look)
        for place, share in zip(places, values, strict=True):
            ax.annotate(f"{share:.1f}", (place + shift, share), xytext=(0, 1), textcoords="offset points", ha="center",
                        va="bottom", fontsize=6.5)
    ax.set_xticks(places)
    ax.set(xlabel="nets that get an image wrong", ylabel="share of the test images (%)")
    ax.legend(loc="upper right")
    return ax


def draw_matrix(ax: Axes, values: np.ndarray, rows: Sequence[str], columns: Sequence[str], xlabel: str, ylabel: str,
                digits: int = 0, limits: tuple[float | None, float | None] = (None, None)) -> Axes:
    """A square matrix as coloured cells with their numbers; the diagonal has its numbers, but no colour.

    The diagonal of an agreement or a confusion matrix is so large that nothing else would be seen on its scale.

    Args:
        ax: where to draw.
        values: (n, n); cells that are not numbers stay empty.
        rows, columns: n names each.
        xlabel, ylabel: what columns and rows are.
        digits: decimals of the numbers.
        limits: values of the darkest and the lightest colour; by default the least and the largest off the diagonal.

    Raises:
        ValueError: shapes that do not fit.
    """
    values = np.asarray(values, float)
    if values.shape != (len(rows), len(columns)) or len(rows) != len(columns):
        raise ValueError(f"{len(rows)} and {len(columns)} names do not fit a square matrix {values.shape}")
    coloured = np.where(np.eye(len(rows), dtype=bool), np.nan, values)
    ax.set_facecolor(UNCOLOURED)
    scale = ax.imshow(coloured, vmin=limits[0], vmax=limits[1]).norm
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            dark = i != j and scale(value) < 0.5  # cividis is dark at its lower end
            ax.text(j, i, f"{value:.{digits}f}", ha="center", va="center", fontsize=6.5,
                    color="white" if dark else "black")
    ax.set_xticks(range(len(columns)), columns, rotation=90 if max(map(len, columns)) > 3 else 0)
    ax.set_yticks(range(len(rows)), rows)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.grid(False)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    return ax


def shade_within(ax: Axes, points: float, name: str) -> Axes:
    """A grey strip from -points to +points behind a plot of differences, named at its foot."""
    ax.axvspan(-points, points, color="0.85", zorder=0, linewidth=0)
    ax.annotate(name, (points, 0), xycoords=ax.get_xaxis_transform(), xytext=(3, 3), textcoords="offset points",
                fontsize=SMALL, color="0.4")
    return ax
