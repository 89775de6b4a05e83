"""Figure 2 of the paper, drawn so that it can be read: two columns from top to bottom [K12 Fig. 2].

A block is what a layer puts out: its height is the side of a map, its width the number of maps in that
column, each on one scale for the whole figure. Arrows carry the sizes. A grey band marks where the GPUs
talk, and how many values cross for one image. The drawing is laid out in inches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from alexnet_lib.paper import LAYERS, Layer
from alexnet_lib.plots.style import SMALL

__all__ = ["COLUMN_LOOK", "architecture_size", "draw_architecture"]

#: column -> how it looks: the style's blue and vermillion, told apart without colour by name and hatching
COLUMN_LOOK = (
    {"label": "column 1 (GPU 1)", "color": "#0072B2", "hatch": "", "linestyle": "-"},
    {"label": "column 2 (GPU 2)", "color": "#D55E00", "hatch": "////", "linestyle": (0, (4, 2))},
)

WIDTH = 6.4
AXES_OF_COLUMNS = {1: (3.3,), 2: (2.5, 4.1)}
WIDEST, TALLEST = 1.24, 0.9  # of a block of maps
NOTES = 5.02  # where the text on the right begins
LINE = 0.13
HEADER, IMAGE, DENSE, GAP, TALK, FOOTER = 0.28, 0.26, 0.2, 0.26, 0.5, 0.6


@dataclass(frozen=True)
class Row:
    """One layer's place in the drawing; heights in inches from the top."""

    layer: Layer
    normalised: Layer | None  # the LRN that follows
    text: tuple[str, ...]  # what stands on the left
    top: float
    height: float  # of the block, centred in the row
    bottom: float

    @property
    def centre(self) -> float:
        return (self.top + self.bottom) / 2


def architecture_size(layers: Sequence[Layer] = LAYERS) -> tuple[float, float]:
    """Width and height in inches of a figure in which `draw_architecture` has the room it needs."""
    rows = _lay_out(layers)
    return WIDTH, rows[-1].bottom + GAP + FOOTER


def draw_architecture(ax: Axes, layers: Sequence[Layer] = LAYERS) -> Axes:
    """Figure 2 redrawn: what each layer puts out, in one or two columns, and where the columns talk.

    Args:
        ax: where to draw; give its figure `architecture_size(layers)`, or text will collide.
        layers: a "data" layer first; a net of one column has one entry in each layer's ``kernels``.

    Raises:
        ValueError: the first layer is no "data" layer, or there are more than two columns.
    """
    rows = _lay_out(layers)
    columns = _column_count(layers)
    axes = AXES_OF_COLUMNS[columns]
    width, height = architecture_size(layers)
    ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    ax.axis("off")
    maps_per_inch = max(_maps(row.layer, columns) for row in rows if len(row.layer.output) == 3) / WIDEST

    for look, x in zip(COLUMN_LOOK, axes, strict=False):
        label = look["label"] if columns == 2 else "column 1 (one GPU)"
        _write(ax, x, HEADER / 2, label, ha="center", color=look["color"], fontweight="bold")
    for number, row in enumerate(rows):
        _describe(ax, row)
        last = number == len(rows) - 1
        if row.layer.kind == "data":
            _draw_image(ax, row, axes)
        else:
            for column, x in _places(row, axes):
                _draw_block(ax, row, x, _block_width(row, columns, maps_per_inch), column)
        if last:
            for column, x in _places(row, axes):
                _draw_arrow(ax, (x, row.centre + row.height / 2), (x, row.bottom + GAP), column)
                _write(ax, x + 0.06, row.bottom + GAP / 2, f"{_size(row.layer, columns)} values, to the softmax")
        else:
            _connect(ax, row, rows[number + 1], axes)
    _draw_scale(ax, height, maps_per_inch, rows)
    return ax


def _column_count(layers: Sequence[Layer]) -> int:
    if not layers or layers[0].kind != "data":
        raise ValueError(f"the first layer is {layers[0].name if layers else 'missing'!r}: it must be of kind 'data'")
    columns = max((len(layer.kernels) for layer in layers), default=1)
    if columns not in AXES_OF_COLUMNS:
        raise ValueError(f"kernels in {columns} columns: one or two columns can be drawn")
    return columns


def _lay_out(layers: Sequence[Layer]) -> list[Row]:
    """The rows from top to bottom; an LRN layer has no row, it is a strip under the block before it."""
    columns = _column_count(layers)
    tallest = max(layer.output[1] for layer in layers[1:] if len(layer.output) == 3)
    shown = [layer for layer in layers if layer.kind != "lrn"]
    follower = {before.name: layer for before, layer in zip(layers, layers[1:], strict=False) if layer.kind == "lrn"}
    rows: list[Row] = []
    y = HEADER
    for layer in shown:
        if rows:
            y += TALK if _talks(layer, columns) else GAP
        text = _text(layer, follower.get(layer.name))
        height = IMAGE if layer.kind == "data" else TALLEST * layer.output[1] / tallest if layer.window else DENSE
        bottom = y + max(height, LINE * len(text))
        rows.append(Row(layer, follower.get(layer.name), text, y, height, bottom))
        y = bottom
    return rows


def _talks(layer: Layer, columns: int) -> bool:
    return columns == 2 and layer.reads == "both columns"


def _maps(layer: Layer, columns: int) -> int:
    """Maps of one column's output; of the image for both columns."""
    return 0 if layer.kind == "data" else layer.output[0] // columns


def _size(layer: Layer, columns: int) -> str:
    """What one arrow carries out of a layer: "48 x 55 x 55"."""
    split = 1 if layer.kind == "data" or len(layer.kernels) == 1 else columns
    return " x ".join(str(n) for n in (layer.output[0] // split, *layer.output[1:]))


def _text(layer: Layer, lrn: Layer | None) -> tuple[str, ...]:
    """Name and details of a layer, a line each."""
    kernels = " + ".join(str(n) for n in layer.kernels)
    if layer.kind == "data":
        return ("image",)
    if layer.kind == "conv":
        lines = (layer.name, f"{kernels} kernels {layer.window} x {layer.window} x {layer.depth},",
                 f"stride {layer.stride}" + (f", border {layer.pad}" if layer.pad else ""))
        return (*lines, f"LRN over {lrn.window} maps (strip)") if lrn else lines
    if layer.kind == "pool":
        return layer.name, f"max {layer.window} x {layer.window}, stride {layer.stride}"
    return layer.name, f"{kernels} neurons", f"of {layer.depth} inputs each"


def _write(ax: Axes, x: float, y: float, text: str, **look: object) -> None:
    ax.text(x, y, text, **{"fontsize": SMALL, "va": "center", "ha": "left", "linespacing": 1.15, **look})


def _describe(ax: Axes, row: Row) -> None:
    """Name in bold and details, centred on the row, on the left."""
    first = row.centre - LINE * (len(row.text) - 1) / 2
    _write(ax, 0, first, row.text[0], fontweight="bold")
    for number, line in enumerate(row.text[1:], start=1):
        _write(ax, 0, first + number * LINE, line)


def _places(row: Row, axes: Sequence[float]) -> list[tuple[int | None, float]]:
    """(column, x) of each block of a layer; a layer without columns in a net of two stands between them."""
    if len(axes) == 2 and len(row.layer.kernels) == 1:
        return [(None, sum(axes) / 2)]
    return list(enumerate(axes))


def _block_width(row: Row, columns: int, maps_per_inch: float) -> float:
    return _maps(row.layer, columns) / maps_per_inch if row.layer.window else WIDEST


def _draw_image(ax: Axes, row: Row, axes: Sequence[float]) -> None:
    half = WIDEST / 2 if len(axes) == 2 else WIDEST
    left, right = axes[0] - half, axes[-1] + half
    ax.add_patch(Rectangle((left, row.top), right - left, row.height, facecolor="0.93", edgecolor="0.3"))
    text = f"{_size(row.layer, 1)} = {prod(row.layer.output):,} values"
    _write(ax, (left + right) / 2, row.centre, text, ha="center")
    _write(ax, right + 0.18, row.centre, "(not to scale)")


def _draw_block(ax: Axes, row: Row, x: float, width: float, column: int | None) -> None:
    """A block of maps, tinted; after pooling white with a dotted edge; an LRN is a solid strip below it."""
    look = COLUMN_LOOK[column] if column is not None else {"color": "0.3", "hatch": ""}
    pooled = row.layer.kind == "pool"
    corner = (x - width / 2, row.centre - row.height / 2)
    ax.add_patch(Rectangle(corner, width, row.height, facecolor="white" if pooled else to_rgba(look["color"], 0.25),
                           edgecolor=look["color"], hatch=look["hatch"], linestyle=":" if pooled else "-"))
    if row.normalised:
        strip = (corner[0], corner[1] + row.height - 0.06)
        ax.add_patch(Rectangle(strip, width, 0.06, facecolor=look["color"], edgecolor=look["color"]))


def _draw_arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], column: int | None) -> None:
    look = COLUMN_LOOK[column] if column is not None else {"color": "0.3", "linestyle": "-"}
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": look["color"], "shrinkA": 0, "shrinkB": 0,
                                            "linestyle": look["linestyle"], "linewidth": 1, "mutation_scale": 7})


def _connect(ax: Axes, row: Row, after: Row, axes: Sequence[float]) -> None:
    """Arrows from one row to the next, with what they carry; across the columns where the GPUs talk."""
    start, end = row.centre + row.height / 2, after.centre - after.height / 2
    talks = _talks(after.layer, len(axes))
    if talks:
        left, right = axes[0] - WIDEST / 2 - 0.22, axes[1] + WIDEST / 2 + 0.22
        ax.add_patch(Rectangle((left, start + 0.03), right - left, end - start - 0.06, facecolor="0.92",
                               edgecolor="none", zorder=0))
        _write(ax, NOTES, (row.bottom + after.top) / 2, _note(row.layer, after.layer))
    for column, x in enumerate(axes):
        outward = -1 if column == 0 and len(axes) == 2 else 1
        _write(ax, x + 0.06 * outward, (row.bottom + after.top) / 2, _size(row.layer, len(axes)),
               ha="right" if outward < 0 else "left")
        if len(_places(after, axes)) < len(axes):
            middle = sum(axes) / 2
            _draw_arrow(ax, (x, start), (middle + 0.2 * outward, end), column)
            continue
        _draw_arrow(ax, (x, start), (x, end), column)
        if talks:
            other = axes[1 - column]
            _draw_arrow(ax, (x - 0.25 * outward, start), (other + 0.25 * outward, end), column)


def _note(before: Layer, after: Layer) -> str:
    """How many values cross for one image, one way."""
    values = prod(before.output) // 2
    if len(after.kernels) == 1:
        return f"{after.name} runs on one GPU:\nthe other column's\n{values:,} values cross"
    if len(before.output) == 1:
        return f"GPUs talk: each\nreads the other's\n{values:,} values"
    return f"GPUs talk: each reads\nthe other's {_size(before, 2)}\n= {values:,} values"


def _draw_scale(ax: Axes, height: float, maps_per_inch: float, rows: Sequence[Row]) -> None:
    """Two scale bars at the foot: 20 pixels of a map's side upwards, 100 maps across."""
    tallest = max(row.layer.output[1] for row in rows[1:] if row.layer.window)
    top = height - FOOTER + 0.2
    side, width = 20 * TALLEST / tallest, 100 / maps_per_inch
    ax.plot([0.05, 0.05, 0.05 + width], [top, top + side, top + side], color="black", linewidth=1)
    _write(ax, 0.12, top + side / 2 - 0.02, "20 pixels")
    _write(ax, 0.12 + width, top + side, "100 maps")
    _write(ax, 1.9, top + side / 2, "A block's height is the side of a map, its width the number of maps;\n"
                                     "dotted: after pooling. Dense layers are not to scale.")
