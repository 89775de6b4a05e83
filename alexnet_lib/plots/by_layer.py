"""Layer by layer: which maps are read, what moves between the columns, what is stored, computed and seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from alexnet_lib.plots.curves import label_ends
from alexnet_lib.plots.diagrams import COLUMN_LOOK
from alexnet_lib.plots.style import PAPER, SMALL

__all__ = ["connectivity_size", "draw_connectivity", "draw_ledger", "draw_traffic", "plot_chains"]

SIDE, CELL, PER_ROW = 1.0, (1.56, 1.66), 4
KIB, MIB = 2**10, 2**20
BAND = 150  # between the starts of two small multiples: 100 per cent, and room for the last label
MEASURES = ("parameters", "multiply-accumulates", "neurons")
#: of chains of layers: the first in the paper's black dashes, the others told apart by dash and marker as well
CHAIN_LOOKS = ({**PAPER, "marker": "o", "markerfacecolor": "white"}, {"color": "C0", "linestyle": "-", "marker": "s"},
               {"color": "C1", "linestyle": "--", "marker": "^"}, {"color": "C2", "linestyle": "-.", "marker": "D"})
CHAIN_TITLES = ("side of a map", "receptive field (pixels)", "multiply-accumulates (million)")


def connectivity_size(layers: Sequence) -> tuple[float, float]:
    """Width and height in inches of a figure in which `draw_connectivity` has the room it needs."""
    return CELL[0] * min(max(len(layers), 2), PER_ROW) + 0.1, CELL[1] * -(-len(layers) // PER_ROW) + 0.5


def draw_connectivity(ax: Axes, layers: Sequence[tuple[str, int, int, int]], columns: int = 2) -> Axes:
    """One square a layer: which of the maps before it (across) each of its maps (downwards) reads.

    Squares are filled where weights are; grouped layers are block-diagonal. The rows of column 1 are blue,
    those of column 2 vermillion and hatched.

    Args:
        ax: where to draw; give its figure `connectivity_size(layers)`.
        layers: (name, maps read, maps made, groups), such as ("conv2", 96, 256, 2). Leave fc8 out where
            its neurons are not divided between the columns.
        columns: 1 or 2, into which the maps made are divided equally.

    Raises:
        ValueError: no layers, a number of groups that does not divide the maps, or another number of columns.
    """
    if columns not in (1, 2):
        raise ValueError(f"columns={columns}: one or two columns can be drawn")
    if not layers:
        raise ValueError("no layers to draw: give (name, maps read, maps made, groups) for each")
    width, height = connectivity_size(layers)
    ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    ax.axis("off")
    for number, (name, read, made, groups) in enumerate(layers):
        if groups < 1 or read % groups or made % groups:
            raise ValueError(f"{name}: {groups} groups do not divide {read} maps read and {made} made; "
                             "use a common divisor")
        left, top = 0.35 + CELL[0] * (number % PER_ROW), 0.25 + CELL[1] * (number // PER_ROW)
        _draw_blocks(ax, left, top, groups, columns)
        ax.add_patch(Rectangle((left, top), SIDE, SIDE, facecolor="none", edgecolor="0.3", linewidth=0.8))
        ax.text(left, top - 0.06, name, fontsize=SMALL + 0.5, fontweight="bold", va="bottom")
        ax.text(left - 0.05, top + SIDE / 2, f"{made} made", fontsize=SMALL, rotation=90, ha="right", va="center")
        ax.text(left + SIDE / 2, top + SIDE + 0.05, f"reads {read // groups} of {read}", fontsize=SMALL,
                ha="center", va="top")
    _draw_key(ax, height - 0.38, columns)
    return ax


def _draw_blocks(ax: Axes, left: float, top: float, groups: int, columns: int) -> None:
    """The filled parts of one square: rows between two borders belong to one column and one group."""
    borders = sorted({k / groups for k in range(groups + 1)} | {k / columns for k in range(columns + 1)})
    for start, end in zip(borders, borders[1:], strict=False):
        middle = (start + end) / 2
        look = COLUMN_LOOK[int(middle * columns)]
        ax.add_patch(Rectangle((left + SIDE * int(middle * groups) / groups, top + SIDE * start),
                               SIDE / groups, SIDE * (end - start), facecolor=to_rgba(look["color"], 0.35),
                               edgecolor=look["color"], hatch=look["hatch"], linewidth=0.8))


def _draw_key(ax: Axes, y: float, columns: int) -> None:
    """What fillings and directions mean, in two lines at the foot."""
    x = 0.35
    for look in COLUMN_LOOK[:columns]:
        ax.add_patch(Rectangle((x, y - 0.06), 0.24, 0.12, facecolor=to_rgba(look["color"], 0.35),
                               edgecolor=look["color"], hatch=look["hatch"], linewidth=0.8))
        ax.text(x + 0.3, y, look["label"] if columns == 2 else "one column", fontsize=SMALL, va="center")
        x += 1.56
    ax.text(0.35, y + 0.22, "down: maps made; across: maps read", fontsize=SMALL, va="center")


def draw_traffic(ax: Axes, bytes_by_layer: Mapping[str, tuple[float, float]],
                 xlabel: str = "values of one image") -> Axes:
    """What each layer computes against what moves between the columns for it, first layer on top.

    Args:
        ax: where to draw; `rows_size(len(bytes_by_layer))` is enough room.
        bytes_by_layer: layer -> (bytes computed, bytes moved between the columns).
        xlabel: what the bytes belong to; the unit is added.

    Raises:
        ValueError: nothing to draw, or a negative number of bytes.
    """
    if not bytes_by_layer:
        raise ValueError("no layers to draw: give (bytes computed, bytes moved) for each")
    for name, pair in bytes_by_layer.items():
        if min(pair) < 0:
            raise ValueError(f"{name}: {min(pair)} bytes; a number of bytes is 0 or more")
    largest = max(max(pair) for pair in bytes_by_layer.values())
    unit, size = ("MiB", MIB) if largest >= 10 * MIB else ("KiB", KIB)
    rows = range(len(bytes_by_layer))
    for which, (word, look) in enumerate(zip(("computed", "moved"), COLUMN_LOOK, strict=True)):
        values = [pair[which] / size for pair in bytes_by_layer.values()]
        bars = ax.barh([row - 0.2 + 0.4 * which for row in rows], values, height=0.36, edgecolor=look["color"],
                       facecolor=to_rgba(look["color"], 0.35), hatch=look["hatch"], label=word)
        labels = [f"{word} {_amount(value)} {unit}" if value else f"{word} nothing" for value in values]
        ax.bar_label(bars, labels, padding=3, fontsize=SMALL)
    ax.set_yticks(rows, list(bytes_by_layer))
    ax.set_ylim(len(rows) - 0.45, -0.55)
    ax.set_xlim(0, 1.3 * largest / size or 1)
    ax.grid(False, axis="y")
    ax.grid(True, axis="x")
    ax.set_xlabel(f"{xlabel} ({unit})")
    return ax


def _amount(value: float) -> str:
    """Whole numbers from ten on, one decimal below, never a zero for something."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 0.1 else f"{value:.1g}"


def draw_ledger(ax: Axes, rows: Sequence[tuple[str, float, float, float]],
                subtotals: Sequence[str] = ("conv", "fc")) -> Axes:
    """Each layer's share of the parameters, the multiply-accumulates and the neurons, side by side.

    Args:
        ax: where to draw; `rows_size(len(rows) + len(subtotals))` is enough room.
        rows: (layer, parameters, MACs, neurons) as counts; the shares are of the sums of these rows.
        subtotals: beginnings of layer names that are added up below, in grey.

    Raises:
        ValueError: a measure whose rows add up to nothing, or a subtotal that no layer begins with.
    """
    lines = [(name, counts, COLUMN_LOOK[0]["color"]) for name, *counts in rows]
    for beginning in subtotals:
        chosen = [counts for name, *counts in rows if name.startswith(beginning)]
        if not chosen:
            raise ValueError(f"no layer begins with {beginning!r}; there are {', '.join(row[0] for row in rows)}")
        lines.append((f"all {beginning}", [sum(column) for column in zip(*chosen, strict=True)], "0.4"))
    heights = [number + 0.4 * (number >= len(rows)) for number in range(len(lines))]
    bottom = heights[-1] + 0.6
    for number, measure in enumerate(MEASURES):
        total = sum(row[1 + number] for row in rows)
        if total <= 0:
            raise ValueError(f"the {measure} of these rows add up to {total}: a share needs a positive sum")
        shares = [100 * counts[number] / total for _, counts, _ in lines]
        start = BAND * number
        bars = ax.barh(heights, shares, left=start, height=0.66, color=[colour for *_, colour in lines])
        ax.bar_label(bars, [f"{_share(share)} %" for share in shares], padding=2, fontsize=SMALL)
        ax.vlines(start, -0.55, bottom, color="0.3", linewidth=0.8)
        ax.vlines([start + 50, start + 100], -0.55, bottom, color="0.9", linewidth=0.8, zorder=0)
        ax.text(start, -0.75, f"{measure}\n{total:,}", fontsize=SMALL + 0.5, va="bottom", linespacing=1.2)
    ax.set_yticks(heights, [name for name, *_ in lines])
    ax.set_ylim(bottom, -2.1)
    ax.set_xlim(0, BAND * len(MEASURES))
    ticks = [BAND * number + tick for number in range(len(MEASURES)) for tick in (0, 50, 100)]
    ax.set_xticks(ticks, [f"{tick % BAND}" for tick in ticks])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(False)
    ax.set_xlabel("share of the net (%)")
    return ax


def _share(share: float) -> str:
    """One decimal from one per cent on, two below; something is never called nothing."""
    return f"{share:.1f}" if share >= 1 else "<0.01" if 0 < share < 0.005 else f"{share:.2f}" if share else "0"


def plot_chains(axes: Sequence[Axes], chains: Mapping[str, Sequence[tuple[str, int, int, float]]]) -> Sequence[Axes]:
    """How maps shrink, fields widen and where the work is, along chains of layers that are to be compared.

    Args:
        axes: three, beside each other.
        chains: name -> (layer, side of its maps, side of its receptive field in pixels, million multiply-accumulates)
            of each layer. The first is drawn as the paper's; a layer without work is left out of the third panel.

    Raises:
        ValueError: no chains, more than can be told apart, or chains of different layers.
    """
    if not 1 <= len(chains) <= len(CHAIN_LOOKS):
        raise ValueError(f"{len(chains)} chains: one to {len(CHAIN_LOOKS)} can be told apart")
    layers = [[row[0] for row in rows] for rows in chains.values()]
    if any(names != layers[0] for names in layers):
        raise ValueError("the chains must have the same layers, in the same order")
    for column, (ax, title) in enumerate(zip(axes, CHAIN_TITLES, strict=True), 1):
        for (name, rows), look in zip(chains.items(), CHAIN_LOOKS, strict=False):
            worked = [place for place, row in enumerate(rows) if column < 3 or row[3]]
            ax.plot(worked, [rows[place][column] for place in worked], label=name, **look)
        ax.set_xticks(range(len(layers[0])), layers[0], rotation=90)
        ax.set(title=title, xlim=(-0.4, 1.35 * len(layers[0])), ylim=(0, 1.08 * ax.get_ylim()[1]))
        label_ends(ax, gap=0.08)
    return axes
