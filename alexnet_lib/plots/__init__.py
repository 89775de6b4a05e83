"""How things are drawn: take numbers and axes, return axes."""

from alexnet_lib.plots.curves import (
    label_ends,
    plot_figure1,
    plot_learning_curve,
    plot_rate_search,
    plot_ratios,
    plot_target,
)
from alexnet_lib.plots.style import ACTIVATION_LOOK, PAPER, save_figure, use_style

__all__ = [
    "ACTIVATION_LOOK", "PAPER", "label_ends", "plot_figure1", "plot_learning_curve", "plot_rate_search", "plot_ratios",
    "plot_target", "save_figure", "use_style",
]
