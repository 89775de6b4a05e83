"""The settings of section 5 as pictures: which units fire, and how the learning rate falls [K12 §5].

Functions take numbers and axes, draw, and return the axes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from alexnet_lib.plots.comparisons import DASHES
from alexnet_lib.plots.curves import label_ends
from alexnet_lib.plots.style import SMALL

__all__ = ["plot_rate_steps", "plot_unit_shares"]

#: silent for every image, for some, for none: colour and hatch
SHARES = (("never fires", "#D55E00", "//"), ("for some", "0.6", ""), ("always fires", "#0072B2", ".."))


def plot_unit_shares(ax: Axes, shares: Mapping[str, tuple[float, float, float]], title: str = "") -> Axes:
    """For each layer, the units that fire for none of some images, for some of them, and for all; first layer on top.

    Args:
        ax: where to draw.
        shares: layer -> (never, for some, always), in per cent, together 100.
        title: of the panel.

    Raises:
        ValueError: no layers, or shares that do not add up to 100.
    """
    if not shares:
        raise ValueError("no layers to draw: give (never, for some, always) in per cent for each")
    top = len(shares) - 1
    for height, (layer, parts) in zip(range(top, -1, -1), shares.items(), strict=True):
        if min(parts) < 0 or abs(sum(parts) - 100) > 0.5:
            raise ValueError(f"{layer}: shares of {parts} per cent do not add up to 100")
        left = 0.0
        for part, (_, colour, hatch) in zip(parts, SHARES, strict=True):
            ax.barh(height, part, left=left, height=0.75, facecolor=to_rgba(colour, 0.35), edgecolor=colour,
                    hatch=hatch, linewidth=0.6)
            left += part
        if parts[0] >= 0.5:  # beside a bar that is too short to hold it
            x, place = (parts[0] / 2, "center") if parts[0] > 12 else (parts[0] + 1.5, "left")
            ax.annotate(f"{parts[0]:.0f}", (x, height), ha=place, va="center", fontsize=SMALL,
                        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8})
    for x, place, (name, colour, _) in zip((1, 50, 99), ("left", "center", "right"), SHARES, strict=True):
        ax.annotate(name, (x, top + 0.5), ha=place, va="bottom", fontsize=SMALL,
                    color="0.35" if colour == "0.6" else colour)
    ax.set_yticks(range(top, -1, -1), list(shares))
    ax.set(xlim=(0, 100), ylim=(-0.6, top + 1.1), xlabel="share of units (%)", title=title)
    ax.grid(False)
    return ax


def plot_rate_steps(ax: Axes, schedules: Mapping[str, Sequence[tuple[float, float]]], ends: Mapping[str, float],
                    colours: Sequence[str]) -> Axes:
    """Learning rates that fall in steps, on a logarithmic axis, named where they end.

    A rate of 0 can not be drawn there: the line stops with a cross, and the name stands below it.

    Args:
        ax: where to draw.
        schedules: name -> (pass from which it holds, rate), passes rising.
        ends: name -> the last pass.
        colours: one a schedule.

    Raises:
        ValueError: no schedules, passes that do not rise, or a schedule without an end or a colour.
    """
    if not schedules or len(colours) < len(schedules) or set(schedules) - set(ends):
        raise ValueError("every schedule needs steps, an end and a colour")
    for number, ((name, steps), colour) in enumerate(zip(schedules.items(), colours, strict=False)):
        passes = [start for start, _ in steps] + [ends[name]]
        if passes != sorted(passes):
            raise ValueError(f"{name}: the passes {passes} do not rise")
        drawn = [(start, rate) for start, rate in steps if rate > 0]
        stopped = steps[-1][0] if steps[-1][1] == 0 else None
        x = [start for start, _ in drawn] + [ends[name] if stopped is None else stopped]
        ax.step(x, [rate for _, rate in drawn] + [drawn[-1][1]], where="post", color=colour,
                label=name if stopped is None else "_" + name, linestyle=DASHES[number % len(DASHES)])
        if stopped is not None:
            ax.plot(stopped, drawn[-1][1], marker="x", color=colour, linestyle="none")
            ax.annotate(f"{name}: 0 from here", (stopped, drawn[-1][1]), xytext=(0, -8), textcoords="offset points",
                        ha="center", va="top", color=colour)
    ax.set_yscale("log")
    ax.margins(y=0.15)
    ax.set(xlabel="passes over the training set", ylabel="learning rate")
    ax.set_xlim(0, 1.35 * max(ends.values()))
    return label_ends(ax, gap=0.07)
