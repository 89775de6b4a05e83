"""How things are drawn: take numbers and axes, return axes."""

from alexnet_lib.plots.curves import (
    label_ends,
    plot_figure1,
    plot_learning_curve,
    plot_rate_search,
    plot_ratios,
    plot_target,
)
from alexnet_lib.plots.style import ACTIVATION_LOOK, PAPER, WIDE, rows_size, save_figure, use_style

__all__ = [
    "ACTIVATION_LOOK", "PAPER", "WIDE", "label_ends", "plot_figure1", "plot_learning_curve", "plot_rate_search",
    "plot_ratios", "plot_target", "rows_size", "save_figure", "use_style",
]
