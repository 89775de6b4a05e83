"""How things are drawn: take numbers and axes, return axes."""

from alexnet_lib.plots.by_layer import (
    connectivity_size,
    draw_connectivity,
    draw_ledger,
    draw_traffic,
    plot_chains,
)
from alexnet_lib.plots.comparisons import plot_curves, plot_effects, plot_pairs
from alexnet_lib.plots.curves import (
    label_ends,
    plot_figure1,
    plot_learning_curve,
    plot_rate_search,
    plot_ratios,
    plot_target,
)
from alexnet_lib.plots.diagrams import COLUMN_LOOK, architecture_size, draw_architecture
from alexnet_lib.plots.panels import plot_losses, plot_spectra, plot_top_k
from alexnet_lib.plots.photographs import (
    draw_colour_strips,
    draw_kept_square,
    draw_picture,
    draw_signed,
    draw_views,
)
from alexnet_lib.plots.responses import draw_map, plot_divisors
from alexnet_lib.plots.sliders import Choice, Panel, Slider, explore
from alexnet_lib.plots.style import ACTIVATION_LOOK, PAPER, WIDE, rows_size, save_figure, use_style
from alexnet_lib.plots.windows import draw_pooling, draw_receptive_fields, draw_windows

__all__ = [
    "ACTIVATION_LOOK", "COLUMN_LOOK", "Choice", "PAPER", "Panel", "Slider", "WIDE", "architecture_size",
    "connectivity_size", "draw_architecture", "draw_colour_strips", "draw_connectivity", "draw_kept_square",
    "draw_ledger", "draw_map", "draw_picture", "draw_pooling", "draw_receptive_fields", "draw_signed", "draw_traffic",
    "draw_views", "draw_windows", "explore", "label_ends", "plot_chains", "plot_curves", "plot_divisors",
    "plot_effects", "plot_figure1", "plot_learning_curve", "plot_losses", "plot_pairs", "plot_rate_search",
    "plot_ratios", "plot_spectra", "plot_target", "plot_top_k", "rows_size", "save_figure", "use_style",
]
