"""Photographs on their way into the net: what is cut off, which crops are read, what numbers arrive [K12 §2].

Functions take arrays and axes, draw, and return the axes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from alexnet_lib.plots.style import SMALL

__all__ = ["draw_colour_strips", "draw_kept_square", "draw_picture", "draw_signed", "draw_views"]

KEPT = "#0072B2"
LOST = "#D55E00"
#: one a view: colours and dashes, so that the outlines are told apart without colour
VIEWS = (("#0072B2", "-"), ("#D55E00", "--"), ("#009E73", "-."), ("#CC79A7", ":"), ("black", "-"))
HALO = withStroke(linewidth=2.5, foreground="white")


def draw_picture(ax: Axes, picture: np.ndarray, title: str = "") -> Axes:
    """A picture as it is: (H, W, 3) uint8, or floats on the scale 0-255, every pixel a square.

    Raises:
        ValueError: another shape.
    """
    _check_picture(picture)
    ax.imshow(np.clip(np.rint(picture), 0, 255).astype(np.uint8), interpolation="nearest")
    ax.set_axis_off()
    ax.set_title(title)
    return ax


def draw_signed(ax: Axes, values: np.ndarray, title: str = "", limit: float | None = None,
                unit: str = "grey levels") -> Axes:
    """Values on both sides of 0 as a map: red above, blue below, white at 0, with a scale beside it.

    Args:
        ax: where to draw.
        values: (H, W).
        title: of the panel.
        limit: the value of the darkest colours; by default the largest there is, and 1 if all are 0.
        unit: written beside the scale.

    Raises:
        ValueError: not (H, W), or a limit that is not positive.
    """
    values = np.asarray(values, float)
    if values.ndim != 2:
        raise ValueError(f"a map must be (H, W), not {values.shape}: choose one channel or average them")
    if limit is not None and not limit > 0:
        raise ValueError(f"limit must be above 0, not {limit}")
    limit = limit or np.abs(values).max() or 1.0
    shown = ax.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
    ax.set_axis_off()
    ax.set_title(title)
    ax.figure.colorbar(shown, ax=ax, shrink=0.8, label=unit)
    return ax


def draw_kept_square(ax: Axes, photograph: np.ndarray, width: int, height: int, left: int, top: int,
                     side: int = 256) -> Axes:
    """A photograph after the resize: what the central square keeps, and what is lost outside it, hatched.

    Args:
        ax: where to draw; panels drawn together should have widths in proportion to ``width``.
        photograph: (H, W, 3) uint8, of any size; it is stretched to ``width`` x ``height``.
        width, height: pixels after the resize.
        left, top: where the square begins.
        side: of the square.

    Raises:
        ValueError: a picture of another shape, or a square that does not fit.
    """
    _check_picture(photograph)
    if min(left, top) < 0 or left + side > width or top + side > height:
        raise ValueError(f"a square of {side} at ({left}, {top}) does not fit {width}x{height} pixels")
    ax.imshow(photograph, extent=(0, width, height, 0))
    right, bottom = left + side, top + side
    for x, y, wide, high in ((0, 0, left, height), (right, 0, width - right, height),
                             (left, 0, side, top), (left, bottom, side, height - bottom)):
        if wide and high:
            ax.add_patch(Rectangle((x, y), wide, high, facecolor=(1, 1, 1, 0.55), edgecolor=LOST, hatch="//",
                                   linewidth=0))
    ax.add_patch(Rectangle((left, top), side, side, fill=False, edgecolor="white", linewidth=3))
    ax.add_patch(Rectangle((left, top), side, side, fill=False, edgecolor=KEPT, linewidth=1.5))
    ax.set(xlim=(-2, width + 2), ylim=(height + 2, -2))
    ax.set_axis_off()
    return ax


def draw_views(ax: Axes, photograph: np.ndarray, size: int = 224) -> Axes:
    """The four corner crops and the central crop of a prepared photograph, as outlines that are named.

    Args:
        ax: where to draw, 2.5 x 2.5 inches or more.
        photograph: (H, W, 3) uint8.
        size: side of a crop.

    Raises:
        ValueError: a picture of another shape, or a crop that does not fit.
    """
    _check_picture(photograph)
    height, width = photograph.shape[:2]
    if not 1 <= size <= min(height, width):
        raise ValueError(f"a {size}-pixel crop does not fit a picture of {width}x{height}: use a smaller size")
    ax.imshow(photograph, extent=(0, width, height, 0))
    down, right = height - size, width - size
    corners = {"top left": (0, 0), "top right": (right, 0), "bottom left": (0, down), "bottom right": (right, down),
               "centre": (right // 2, down // 2)}
    for (name, (x, y)), (colour, dash) in zip(corners.items(), VIEWS, strict=True):
        ax.add_patch(Rectangle((x, y), size, size, fill=False, edgecolor="white", linewidth=2.8))
        ax.add_patch(Rectangle((x, y), size, size, fill=False, edgecolor=colour, linestyle=dash, linewidth=1.4))
        # each name stands in the corner of the picture that its crop reaches, the centre's in the middle
        across = {"left": 0.17 * width, "right": 0.83 * width}.get(name.split()[-1], width / 2)
        along = {"top": 0.16 * height, "bottom": 0.84 * height}.get(name.split()[0], height / 2)
        ax.text(across, along, name.replace(" ", "\n"), color=colour, fontsize=SMALL, ha="center", va="center",
                path_effects=[HALO])
    ax.set(xlim=(-3, width + 3), ylim=(height + 3, -3))
    ax.set_axis_off()
    return ax


def draw_colour_strips(ax: Axes, mean: Sequence[float], sds: Sequence[float], directions: np.ndarray,
                       title: str = "", reach: float = 2.0, steps: int = 81) -> Axes:
    """What the principal components of colours look like: a strip each, from -reach to +reach standard deviations.

    In the middle of each strip is the mean colour; what leaves the scale 0-255 is clipped.

    Args:
        ax: where to draw.
        mean: (3,) mean red, green, blue, 0-255.
        sds: (n,) standard deviation along each direction, grey levels.
        directions: (n, 3), unit vectors.
        title: of the panel.
        reach: how far the strips go.
        steps: colours in a strip.

    Raises:
        ValueError: shapes that do not fit.
    """
    mean, sds, directions = np.asarray(mean, float), np.asarray(sds, float), np.asarray(directions, float)
    if mean.shape != (3,) or sds.ndim != 1 or directions.shape != (len(sds), 3):
        raise ValueError(f"a mean (3,), n standard deviations and directions (n, 3) are needed, not {mean.shape}, "
                         f"{sds.shape} and {directions.shape}")
    along = np.linspace(-reach, reach, steps)
    strips = mean + along[None, :, None] * (sds[:, None] * directions)[:, None, :]  # (n, steps, 3)
    ax.imshow(np.clip(np.rint(strips), 0, 255).astype(np.uint8), aspect="auto", interpolation="nearest",
              extent=(-reach, reach, len(sds) - 0.5, -0.5))
    for edge in range(1, len(sds)):
        ax.axhline(edge - 0.5, color="white", linewidth=4)
    ax.set_yticks(range(len(sds)), [f"{number + 1}: {sd:.1f}" for number, sd in enumerate(sds)])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.grid(False)
    ax.set(xlabel="distance from the mean (standard deviations)", title=title)
    return ax


def _check_picture(picture: np.ndarray) -> None:
    if picture.ndim != 3 or picture.shape[2] != 3:
        raise ValueError(f"a picture must be (H, W, 3), not {picture.shape}")
