"""The look of every figure: one style file, and colours that mean the same everywhere."""

from __future__ import annotations

import os
from pathlib import Path

import matplotlib.pyplot as plt

__all__ = ["ACTIVATION_LOOK", "PAPER", "SMALL", "WIDE", "rows_size", "save_figure", "use_style"]

FIGURES = Path(__file__).resolve().parents[2] / "figures"

#: size in inches of a figure of two panels with long titles; other figures have the style's 6.4 x 3.6
WIDE = (8.4, 3.6)

#: size of text inside a plot, points
SMALL = 7.5

#: the paper's own numbers
PAPER = {"color": "black", "linestyle": (0, (2, 2)), "linewidth": 1.0}

#: name -> label, colour and dash: solid ReLU and dashed tanh as in Figure 1 [K12 Fig. 1]
ACTIVATION_LOOK = {
    "relu": {"label": "ReLU", "color": "#0072B2", "linestyle": "-"},
    "tanh": {"label": "tanh", "color": "#D55E00", "linestyle": "--"},
    "logistic": {"label": "logistic", "color": "#009E73", "linestyle": "-."},
    "abs_tanh": {"label": "|tanh|", "color": "#CC79A7", "linestyle": ":"},
}


def use_style() -> None:
    """Apply ``figures/alexnet.mplstyle``; with ``ALEXNET_FIGURES=svg`` a notebook keeps each figure as SVG too.

    `make run` asks for that: drawings are then sharp at any size in the reading edition.
    """
    plt.style.use(FIGURES / "alexnet.mplstyle")
    if os.environ.get("ALEXNET_FIGURES") == "svg":
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        if get_ipython() is not None:
            set_matplotlib_formats("png", "svg")


def rows_size(rows: int) -> tuple[float, float]:
    """Size in inches of a figure with one labelled row for each thing compared."""
    return 7.4, 0.8 + 0.34 * rows


def save_figure(figure, notebook: str, slug: str) -> Path:
    """Save as ``figures/fig_<notebook>_<slug>.png`` and return the path."""
    path = FIGURES / f"fig_{notebook}_{slug}.png"
    # Without metadata the same picture has the same bytes, whatever matplotlib drew it.
    figure.savefig(path, metadata={"Software": None})
    return path
