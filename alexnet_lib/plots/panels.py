"""Input scaling and top-k errors as curves: spectra, losses against the learning rate, errors against k [K12 §2]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from alexnet_lib.plots.curves import label_ends
from alexnet_lib.plots.style import SMALL

__all__ = ["plot_losses", "plot_spectra", "plot_top_k"]

#: of the forms in which pixels are handed to a net, in the order given; the untouched one is grey
LOOKS = (("0.45", "-"), ("#0072B2", "-"), ("#009E73", "--"), ("#D55E00", "-."))


def plot_spectra(ax: Axes, spectra: Mapping[str, Sequence[float]], ylabel: str = "eigenvalue (grey levels²)") -> Axes:
    """Eigenvalues, largest first, against their rank on two logarithmic axes; each curve named at its right end.

    Args:
        ax: where to draw.
        spectra: name -> positive eigenvalues, largest first; the first is drawn in grey, as what others start from.
        ylabel: with unit.

    Raises:
        ValueError: no spectra or too many, or values that are not positive or not sorted.
    """
    _check_count(spectra)
    for (name, values), (colour, dash) in zip(spectra.items(), LOOKS, strict=False):
        values = np.asarray(values, float)
        if not (values > 0).all() or (np.diff(values) > 0).any():
            raise ValueError(f"the eigenvalues of {name!r} must be positive and sorted, largest first")
        ax.plot(np.arange(1, len(values) + 1), values, label=name, color=colour, linestyle=dash, marker="o",
                markersize=2)
    ax.set(xscale="log", yscale="log", xlabel="rank", ylabel=ylabel)
    return label_ends(ax, gap=0.06)


def plot_losses(ax: Axes, losses: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]],
                limits: Mapping[str, float], ylabel: str = "training loss (nats)") -> Axes:
    """Loss against learning rate on two logarithmic axes, and the rate up to which theory calls it stable.

    Args:
        ax: where to draw.
        losses: name -> (rates, mean, low, high); where low and high are not numbers there is no bar.
        limits: name -> largest stable rate, a vertical line in that curve's colour.
        ylabel: with unit.

    Raises:
        ValueError: no losses or too many, or a limit without a curve.
    """
    _check_count(losses)
    if odd := set(limits) - set(losses):
        raise ValueError(f"the limit of {sorted(odd)[0]!r} has no curve: choose from {', '.join(losses)}")
    for (name, (rates, mean, low, high)), (colour, dash) in zip(losses.items(), LOOKS, strict=False):
        ax.plot(rates, mean, label=name, color=colour, linestyle=dash, marker="o")
        ax.vlines(rates, low, high, color=colour)
        if name in limits:
            ax.axvline(limits[name], color=colour, linestyle=(0, (2, 2)), linewidth=1)
            ax.annotate("limit", (limits[name], 1), xycoords=ax.get_xaxis_transform(), xytext=(3, -2),
                        textcoords="offset points", color=colour, fontsize=SMALL, va="top")
    ax.set(xscale="log", yscale="log", xlabel="learning rate", ylabel=ylabel)
    return label_ends(ax, gap=0.06)


def plot_top_k(ax: Axes, errors: Sequence[tuple[float, float, float]], classes: int, title: str = "") -> Axes:
    """Top-k error against k with intervals, and what guessing would give.

    Args:
        ax: where to draw.
        errors: (error, low, high) in per cent for k = 1, 2, ...
        classes: how many there are.
        title: of the panel.

    Raises:
        ValueError: no errors, or more than there are classes.
    """
    if not 1 <= len(errors) <= classes:
        raise ValueError(f"errors for 1 to {classes} guesses are needed, not {len(errors)}")
    k = np.arange(1, len(errors) + 1)
    value, low, high = np.array(errors, float).T
    ax.plot(k, 100 * (1 - k / classes), label="guessing", color="0.45", linestyle="--", marker="s")
    ax.plot(k, value, label="linear softmax", color="#0072B2", marker="o")
    ax.vlines(k, low, high, color="#0072B2")
    ax.set_xticks(k)
    ax.set(xlabel="k, guesses allowed", ylabel="top-k error (%)", ylim=(0, 100), title=title)
    for place in (1, 5):
        if place <= len(k):
            ax.annotate(f"{value[place - 1]:.1f}", (place, value[place - 1]), xytext=(4, 2),
                        textcoords="offset points", va="bottom", fontsize=SMALL, color="#0072B2")
    # in the middle, where the two curves are far apart; at their ends they meet
    middle = len(k) // 2
    for line in ax.get_lines():
        ax.annotate(line.get_label(), (k[middle], line.get_ydata()[middle]), xytext=(6, 5),
                    textcoords="offset points", color=line.get_color(), fontsize=8)
    return ax


def _check_count(curves: Mapping) -> None:
    if not 1 <= len(curves) <= len(LOOKS):
        raise ValueError(f"1 to {len(LOOKS)} curves can be told apart, not {len(curves)}")
