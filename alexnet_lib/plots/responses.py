"""What a layer does to maps of responses: a map, and what the maps of one place are divided by [K12 §3.3, §3.4].

Functions take arrays and axes, draw, and return the axes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from alexnet_lib.plots.style import PAPER

__all__ = ["draw_map", "plot_divisors"]


def draw_map(ax: Axes, values: np.ndarray, title: str = "", high: float | None = None, low: float = 0.0,
             scale: str = "") -> Axes:
    """One map as squares of colour, dark blue at `low` and yellow at `high`.

    Args:
        ax: where to draw.
        values: (H, W).
        title: of the panel.
        high, low: ends of the colours; panels that are compared should share them. By default `high` is the largest
            value there is.
        scale: what the colours mean, with unit; without it no scale is drawn.

    Raises:
        ValueError: not (H, W), or `high` below `low`.
    """
    values = np.asarray(values)
    if values.ndim != 2:
        raise ValueError(f"a map must be (H, W), not {values.shape}: choose one kernel and one image")
    high = max(float(values.max()), low) if high is None else high
    if high < low:
        raise ValueError(f"high must not be below low, not {high} and {low}")
    shown = ax.imshow(values, vmin=low, vmax=high if high > low else low + 1, interpolation="nearest")
    ax.set_axis_off()
    ax.set_title(title)
    if scale:
        ticks = MaxNLocator(4, integer=values.dtype.kind in "iu")
        ax.figure.colorbar(shown, ax=ax, location="bottom", shrink=0.9, pad=0.02, label=scale, ticks=ticks)
    return ax


def plot_divisors(ax: Axes, divisors: Sequence[float], constant: float, title: str = "",
                  mark: int | None = None) -> Axes:
    """What each map is divided by, in the order of the maps, and the constant that quiet maps are divided by.

    Args:
        ax: where to draw.
        divisors: one a map.
        constant: k to the power of beta, the black dashes.
        title: of the panel.
        mark: a map that is ringed, as it is shown beside.

    Raises:
        ValueError: no maps, or no map of that number.
    """
    if not len(divisors) or (mark is not None and not 0 <= mark < len(divisors)):
        raise ValueError(f"map {mark} of {len(divisors)} divisors: give one for each map")
    ax.axhline(constant, **PAPER)
    ax.plot(range(len(divisors)), divisors, marker="o", markersize=3, color="C0", clip_on=False)
    if mark is not None:
        ax.plot(mark, divisors[mark], marker="o", markersize=9, markerfacecolor="none", color="C1", clip_on=False)
    ax.margins(y=0.15)
    ax.set(xlabel="map", title=title, xlim=(-0.7, len(divisors) - 0.3))
    return ax
