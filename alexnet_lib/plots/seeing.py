"""Figure 4: pictures with their most probable labels and with their neighbours; codes against their length [K12 §6.1].

Functions take numbers and axes, draw, and return the axes; they never load, compute or train.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from alexnet_lib.plots.comparisons import plot_curves
from alexnet_lib.plots.photographs import draw_picture
from alexnet_lib.plots.style import SMALL

__all__ = ["draw_neighbours", "draw_panels", "palette_png", "plot_code_precision", "plot_probabilities"]

RIGHT, WRONG = "#0072B2", "0.65"  # of the picture's own class, and of another
GAP = 0.12  # between pictures, of their side
NAMES = 0.5  # room for a name below a picture, of its side: two lines


def plot_probabilities(ax: Axes, labels: Sequence[str], shares: Sequence[float], true: str) -> Axes:
    """The most probable labels as bars with their names, as in Figure 4: the right one blue and hatched, others grey.

    Args:
        ax: where to draw, below a picture.
        labels: names, the most probable first.
        shares: their probabilities, per cent.
        true: the right label, which need not be among them.

    Raises:
        ValueError: numbers of labels and probabilities that differ, or none.
    """
    if len(labels) != len(shares) or not labels:
        raise ValueError(f"{len(labels)} labels do not go with {len(shares)} probabilities: give one each")
    for place, (label, share) in enumerate(zip(labels, shares, strict=True)):
        right = label == true
        ax.barh(place, share, height=0.86, color=RIGHT if right else WRONG, alpha=0.45, hatch="//" if right else None,
                edgecolor="white", linewidth=0)
        ax.text(2, place, f"{label}, {share:.0f} %", va="center", fontsize=SMALL,
                fontweight="bold" if right else "normal")
    ax.set(xlim=(0, 100), ylim=(len(labels) - 0.4, -0.6))
    ax.set_axis_off()
    return ax


def palette_png(figure: Figure, colours: int = 256) -> bytes:
    """A figure full of photographs as a PNG of few colours, a third of the size; the figure is closed."""
    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png")
    plt.close(figure)
    Image.open(drawn).convert("RGB").quantize(colours, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


def draw_panels(axes: np.ndarray, pictures: Sequence[np.ndarray], true: Sequence[int], shares: np.ndarray,
                names: Sequence[str], most: int = 5) -> np.ndarray:
    """Pictures, each with its class above and its most probable labels below, as the left half of Figure 4.

    Args:
        axes: (2 rows, columns): rows of pictures and rows of labels take turns; one place a picture.
        pictures: (H, W, 3) each.
        true: the right class of each.
        shares: (pictures, classes), probabilities from 0 to 1.
        names: of the classes.
        most: labels below each.

    Raises:
        ValueError: pictures, classes and places that do not go together.
    """
    above, below = axes[0::2].flatten(), axes[1::2].flatten()
    if not len(pictures) == len(true) == len(shares) == len(above) == len(below):
        raise ValueError(f"{len(pictures)} pictures, {len(true)} classes and {len(shares)} rows of probabilities do "
                         f"not fill {len(above)} places")
    for picture, right, share, top, bottom in zip(pictures, true, shares, above, below, strict=True):
        draw_picture(top, picture).set_title(names[right], loc="center")
        best = np.argsort(-share)[:most]
        plot_probabilities(bottom, [names[k] for k in best], 100 * share[best], names[right])
    return axes


def draw_neighbours(ax: Axes, pictures: np.ndarray, names: Sequence[Sequence[str]], title: str = "") -> Axes:
    """Rows of pictures, each beginning with the one that asked; then its neighbours, nearest first.

    Neighbours of the same class have a solid blue frame; others a dashed grey one, and their name below them.

    Args:
        ax: where to draw.
        pictures: (rows, 1 + neighbours, H, W, 3) uint8.
        names: (rows, 1 + neighbours), the classes.
        title: of the panel.

    Raises:
        ValueError: pictures and names that do not go together.
    """
    pictures = np.asarray(pictures)
    rows, across = pictures.shape[:2]
    if pictures.ndim != 5 or [len(row) for row in names] != [across] * rows:
        raise ValueError(f"pictures {pictures.shape} need {rows} rows of {across} names")
    step = 1 + NAMES
    for row, column in np.ndindex(rows, across):
        left, top = column * (1 + GAP) + (GAP if column else 0), row * step
        ax.imshow(pictures[row, column], extent=(left, left + 1, top + 1, top), interpolation="nearest")
        own, name = column == 0, names[row][column]
        same = name == names[row][0]
        if not own:
            ax.add_patch(Rectangle((left, top), 1, 1, fill=False, linewidth=2 if same else 1.2,
                                   edgecolor=RIGHT if same else "0.4", linestyle="-" if same else "--"))
        if own or not same:
            ax.text(left + 0.5, top + 1.05, name.replace(" ", "\n"), ha="center", va="top", fontsize=6.5,
                    linespacing=0.9, fontweight="bold" if own else "normal")
    ax.set(xlim=(-0.02, across * (1 + GAP) + GAP), ylim=(rows * step, -0.05), aspect="equal", title=title)
    ax.set_axis_off()
    return ax


def plot_code_precision(ax: Axes, curves: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]],
                        colours: Mapping[str, str] | Sequence[str], levels: Mapping[str, float]) -> Axes:
    """Precision at six against the bits of a code, one curve a kind of code, and what whole vectors reach.

    Args:
        ax: where to draw.
        curves: name -> (bits, mean, low, high), per cent.
        colours: by name, or one a curve in their order.
        levels: name -> precision without a code, a dotted line.

    Raises:
        ValueError: no curves, or one without a colour.
    """
    if not curves:
        raise ValueError("no curves to draw: give at least one name with its (bits, mean, low, high)")
    bits = sorted({int(b) for curve in curves.values() for b in curve[0]})
    ax.set_xscale("log", base=2)
    for name, value in levels.items():
        ax.plot([min(bits), max(bits)], [value, value], color="0.4", linestyle=(0, (1, 2)), linewidth=1)
        ax.annotate(name, (min(bits), value), xytext=(2, 2), textcoords="offset points", fontsize=SMALL, color="0.3",
                    va="bottom")
    ax.set(ylim=(0, 1.15 * max([*levels.values(), *(float(np.max(curve[1])) for curve in curves.values())], default=1)))
    plot_curves(ax, curves, colours, "bits of a code (logarithmic)", "right among the six nearest (%)")
    ax.set_xticks(bits, [str(b) for b in bits])
    ax.minorticks_off()
    return ax
