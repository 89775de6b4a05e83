"""What a window sees: receptive fields, the windows at the edge of an image, overlapping pooling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from alexnet_lib.paper import LAYERS, Layer
from alexnet_lib.plots.diagrams import COLUMN_LOOK
from alexnet_lib.plots.style import SMALL

__all__ = ["draw_pooling", "draw_receptive_fields", "draw_windows"]

#: blue and solid for what convolutions read, vermillion and dashed or hatched for the rest
MAIN, OTHER = COLUMN_LOOK
HALO = withStroke(linewidth=2.5, foreground="white")
SHOWN, BREAK = 4, 7  # windows drawn at each end of a row; pixels' room between the ends


def draw_receptive_fields(ax: Axes, image: np.ndarray, layers: Sequence[Layer] = LAYERS) -> Axes:
    """Which pixels one unit of each layer sees: nested squares on a picture, named on the right.

    The units lie above each other: that unit of the last layer whose field is nearest the middle of the picture
    and wholly inside it if any is, and below it the units in the middle of its field.

    Args:
        ax: where to draw; about 1.4 times as wide as high.
        image: (H, W, 3) uint8 of the size that the "data" layer names.
        layers: those with a ``field`` are drawn; LRN is left out, its field is that of the layer before.

    Raises:
        ValueError: another size or type of image, or no layer with a field.
    """
    _, height, width = layers[0].output
    if image.dtype != np.uint8 or image.shape != (height, width, 3):
        raise ValueError(f"image of shape {image.shape} and type {image.dtype}: ({height}, {width}, 3) and uint8 "
                         "are needed; crop it")
    fields = _nested_fields(layers, width)
    if not fields:
        raise ValueError("no layer has a receptive field: 'field' is 0 in all of them")
    ax.imshow(image, interpolation="nearest")  # else smoothed, at twice the bytes
    ax.set(xlim=(-0.5, width * 1.42), ylim=(height - 0.5, -0.5))
    ax.axis("off")
    labels = [start - 0.5 for _, start in fields]
    for number in range(len(labels) - 2, -1, -1):  # the outermost label stays, the others move down
        labels[number] = max(labels[number], labels[number + 1] + 0.042 * height)
    for (layer, start), label in zip(fields, labels, strict=True):
        look = OTHER if layer.kind == "pool" else MAIN
        corner, right = (start - 0.5, start - 0.5), start - 0.5 + layer.field
        ax.add_patch(Rectangle(corner, layer.field, layer.field, fill=False, edgecolor="white", linewidth=2.6))
        ax.add_patch(Rectangle(corner, layer.field, layer.field, fill=False, edgecolor=look["color"],
                               linestyle=look["linestyle"], linewidth=1.2))
        ax.plot([right, width, width * 1.03], [start - 0.5, start - 0.5, label], color="0.2", linewidth=0.7,
                path_effects=[HALO])
        ax.text(width * 1.04, label, f"{layer.name}: {layer.field} x {layer.field}", fontsize=SMALL, va="center",
                color=look["color"])
    return ax


def _nested_fields(layers: Sequence[Layer], size: int) -> list[tuple[Layer, int]]:
    """(layer, first pixel of the field) along one side, from the smallest field to the largest."""
    shown, first, step = [], 0, 1  # first pixel that the first unit sees, before borders are cut off
    for layer in layers:
        if layer.kind in ("conv", "pool") and layer.field:
            first, step = first - layer.pad * step, layer.step
            shown.append((layer, first))
    if not shown:
        return []
    top, first = shown[-1]
    starts = [first + unit * top.step for unit in range(top.output[1])]
    inside = [start for start in starts if start >= 0 and start + top.field <= size] or starts
    middle = min((start + top.field / 2 for start in inside), key=lambda centre: abs(centre - size / 2))
    return [(layer, first + layer.step * round((middle - layer.field / 2 - first) / layer.step))
            for layer, first in shown]


def draw_windows(ax: Axes, size: int = 224, window: int = 11, stride: int = 4,
                 padding: tuple[int, int] = (0, 3)) -> Axes:
    """Where the first and the last windows fall along one row of pixels, and what hangs over the edges.

    Pixels are numbered from 0. What the padding adds is hatched, pixels that no window reaches are crossed out,
    and the middle of a long row is left out. A long window carries its number and the pixels it reads.

    Args:
        ax: where to draw, 6.4 x 2.4 inches or more.
        size, window, stride: in pixels; 224, 11 and 4 in conv1 [K12 §3.5].
        padding: zeros at the left and at the right; (0, 3) is what the authors' program adds by rounding up.

    Raises:
        ValueError: a size that is not positive, a negative padding, or a window that does not fit.
    """
    left, right = padding
    if min(size, window, stride) < 1 or min(padding) < 0 or size + left + right < window:
        raise ValueError(f"window {window} at stride {stride} in {left} + {size} + {right} pixels: window and stride "
                         "must be positive, the padding 0 or more and the window no longer than the padded row")
    starts = list(range(-left, size + right - window + 1, stride))
    places = _places(starts, window, size + right)
    for pixel, x in places.items():
        _draw_pixel(ax, x, outside=not 0 <= pixel < size, unread=starts[-1] + window <= pixel < size)
    broken = len(starts) > 2 * SHOWN
    for number in range(len(starts)):
        if broken and SHOWN <= number < len(starts) - SHOWN:
            continue
        level = number if not broken or number < SHOWN else SHOWN - len(starts) + number
        _draw_window(ax, places[starts[number]], -1.5 - 1.2 * level, starts[number], window, size, number + 1)
    for edge, neighbour in ((places[0], left), (places[size - 1] + 1, right)):
        if neighbour:
            ax.plot([edge, edge], [-2.5 - 1.2 * level, 1.3], color="black", linewidth=1, linestyle=(0, (3, 2)))
    _label_pixels(ax, places, stride, size, padding, size - starts[-1] - window)
    if broken:
        gap = (places[starts[SHOWN - 1] + window - 1] + places[starts[-SHOWN]] + 1) / 2
        ax.text(gap, 0.5, "···", ha="center", va="center")
        ax.text(gap, -3.4, f"windows\n{SHOWN + 1} to {len(starts) - SHOWN}\nlike these", fontsize=SMALL, ha="center",
                va="center")
    ax.set(xlim=(min(places.values()) - 0.3, max(places.values()) + 1.3), ylim=(-2.8 - 1.2 * level, 3.6))
    ax.axis("off")
    ax.set_title(f"{len(starts)} windows of {window} at stride {stride} along {size} pixels")
    return ax


def _places(starts: Sequence[int], window: int, end: int) -> dict[int, float]:
    """Pixel -> where it is drawn; the pixels between the first and the last windows are left out."""
    if len(starts) <= 2 * SHOWN:
        return {pixel: float(pixel) for pixel in range(starts[0], end)}
    first = range(starts[0], starts[SHOWN - 1] + window)
    last = range(max(starts[-SHOWN], first.stop), end)
    return {**{pixel: float(pixel) for pixel in first},
            **{pixel: float(pixel - last.start + first.stop + BREAK) for pixel in last}}


def _draw_pixel(ax: Axes, x: float, outside: bool, unread: bool) -> None:
    look = {"facecolor": "0.95", "edgecolor": "0.6"}
    if outside:
        look = {"facecolor": to_rgba(OTHER["color"], 0.25), "edgecolor": OTHER["color"], "hatch": OTHER["hatch"]}
    ax.add_patch(Rectangle((x, 0), 1, 1, linewidth=0.6, **look))
    if unread:
        ax.plot([x, x + 1], [0, 1], [x, x + 1], [1, 0], color="black", linewidth=0.8)


def _draw_window(ax: Axes, x: float, y: float, start: int, window: int, size: int, number: int) -> None:
    """One window below the row; what hangs over an edge is hatched."""
    ax.add_patch(Rectangle((x, y), window, 0.95, facecolor=to_rgba(MAIN["color"], 0.25), edgecolor=MAIN["color"],
                           linewidth=0.8))
    before, after = max(0, -start), max(0, start + window - size)
    for hanging, left in ((before, x), (after, x + window - after)):
        if hanging:
            ax.add_patch(Rectangle((left, y), hanging, 0.95, facecolor="white", edgecolor=OTHER["color"],
                                   hatch=OTHER["hatch"], linewidth=0.8))
    text = f"{number}"
    if window - before - after >= 8:
        text = f"{'window ' * (number == 1)}{number}: {start + before}–{start + window - after - 1}"
    ax.text(x + before + (window - before - after) / 2, y + 0.45, text, fontsize=SMALL, ha="center", va="center")


def _label_pixels(ax: Axes, places: dict[int, float], stride: int, size: int, padding: tuple[int, int],
                  unread: int) -> None:
    """Numbers above the row, and above them what lies beyond the edges."""
    step = stride * -(-4 // stride)
    last = max(places)
    numbered = [pixel for pixel in places if 0 <= pixel < size - 3 and pixel % step == 0 and places[pixel]]
    for pixel in (0, *numbered, size - 1):
        ax.text(places[pixel] + 0.5, 1.25, f"{pixel}", fontsize=SMALL, ha="center", va="bottom")
    left, right = padding
    if left:
        ax.text(min(places.values()), 2.45, f"{_count(left, 'zero')} before the edge", fontsize=SMALL, va="bottom")
    texts = [f"{_count(unread, 'pixel')} in no window"] * (unread > 0)
    texts += [f"{_count(right, 'zero')} beyond the edge"] * (right > 0)
    ax.text(places[last] + 1, 2.45, ", ".join(texts), fontsize=SMALL, ha="right", va="bottom")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def draw_pooling(ax: Axes, units: int = 9, pools: Sequence[tuple[int, int]] = ((2, 2), (3, 2))) -> Axes:
    """Pooling windows over one row of units, side by side: 2/2 windows touch, 3/2 windows share a unit.

    A unit in two windows or more is hatched, a unit in none is crossed out. Windows stand on two levels so that
    neighbours can be told apart; below each is the unit it makes.

    Args:
        ax: where to draw, 6.4 x 2 inches or more.
        units: in the row.
        pools: (window, stride) of each drawing.

    Raises:
        ValueError: a window or stride that is not positive, or a window longer than the row.
    """
    for number, (window, stride) in enumerate(pools):
        if stride < 1 or not 1 <= window <= units:
            raise ValueError(f"window {window} at stride {stride} over {units} units: both must be positive and the "
                             "window no longer than the row")
        left = number * (units + 1.5)
        starts = range(0, units - window + 1, stride)
        readers = [sum(start <= unit < start + window for start in starts) for unit in range(units)]
        for unit, read in enumerate(readers):
            shared = read > 1
            ax.add_patch(Rectangle((left + unit + 0.08, 0), 0.84, 1, edgecolor="0.3", linewidth=0.8,
                                   facecolor=to_rgba(OTHER["color"], 0.25) if shared else "0.95",
                                   hatch=OTHER["hatch"] if shared else ""))
            if not read:
                x = left + unit
                ax.plot([x + 0.08, x + 0.92], [0, 1], [x + 0.08, x + 0.92], [1, 0], color="black", linewidth=0.8)
        for made, start in enumerate(starts):
            y = -0.4 - 0.35 * (made % 2)
            ends = left + start + 0.12, left + start + window - 0.12
            ax.plot([ends[0], ends[0], ends[1], ends[1]], [y + 0.2, y, y, y + 0.2], color=MAIN["color"])
            middle = sum(ends) / 2
            ax.annotate("", (middle, -1.5), (middle, y), arrowprops={"arrowstyle": "-|>", "color": MAIN["color"],
                                                                     "shrinkA": 0, "shrinkB": 0, "linewidth": 1})
            ax.add_patch(Rectangle((middle - 0.42, -2.5), 0.84, 1, facecolor=to_rgba(MAIN["color"], 0.25),
                                   edgecolor=MAIN["color"], linewidth=0.8))
        ax.text(left, 1.35, _describe_pool(window, stride, len(starts), readers), fontsize=SMALL + 0.5, va="bottom",
                linespacing=1.25)
    ax.set(xlim=(-0.2, len(pools) * (units + 1.5) - 1.3), ylim=(-2.7, 3.2))
    ax.axis("off")
    return ax


def _describe_pool(window: int, stride: int, made: int, readers: Sequence[int]) -> str:
    """What to see in one row."""
    shared, unread = sum(read > 1 for read in readers), readers.count(0)
    text = f"window {window}, stride {stride}: {_count(made, 'window')}\n"
    text += f"{_count(shared, 'unit')} of {len(readers)} in two windows" if shared else "no unit in two windows"
    return text + (f", {unread} in none" if unread else "")
