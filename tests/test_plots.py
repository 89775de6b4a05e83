"""Plots: they draw what they are given, label their axes, and compute nothing."""

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

from alexnet_lib import plots


def curve(end):
    x = np.linspace(0.1, end, 20)
    return x, 90 - 10 * x, 85 - 10 * x, 95 - 10 * x


def test_figure_1_is_solid_and_dashed_with_units_band_and_target(ax):
    plots.plot_figure1(ax, {"relu": (*curve(4), []), "tanh": (*curve(5), [([5, 6], [40, 30])])}, 25, "title")
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert lines["ReLU"].get_linestyle() == "-" and lines["tanh"].get_linestyle() == "--"
    np.testing.assert_allclose(lines["ReLU"].get_ydata(), curve(4)[1])
    assert len(ax.collections) == 2  # one band each
    assert any(np.allclose(line.get_ydata(), 25) for line in ax.get_lines())
    assert ax.get_xlabel() == "passes over the training set" and ax.get_ylabel() == "training error (%)"
    assert {"ReLU", "tanh"} <= {text.get_text() for text in ax.texts}


def test_labels_at_line_ends_do_not_overlap(ax):
    for unit in ("relu", "tanh", "logistic"):
        ax.plot([0, 1], [0.5, 0.5], **plots.ACTIVATION_LOOK[unit])
    plots.label_ends(ax)
    heights = sorted(text.xy[1] for text in ax.texts)  # in axes heights
    assert np.diff(heights).min() >= 0.05


def test_labels_stand_at_their_lines_on_a_logarithmic_axis(ax):
    for unit, end in (("relu", 1.0), ("tanh", 0.001)):
        ax.plot([1, 2, 3], [0.1, 0.1, end], **plots.ACTIVATION_LOOK[unit])
    ax.set(yscale="log", ylim=(0.001, 1))
    plots.label_ends(ax)
    assert {text.get_text(): round(text.xy[1], 3) for text in ax.texts} == {"ReLU": 1.0, "tanh": 0.0}


def test_rate_search_rings_the_best_rate_and_opens_what_was_not_reached(ax):
    plots.plot_rate_search(ax, {"relu": {0.001: (5, True), 0.002: (4, True), 0.005: (30, False)}})
    rings = [line for line in ax.get_lines() if line.get_markersize() == 9]
    missed = [line for line in ax.get_lines() if line.get_marker() == "^"]
    assert [line.get_xdata()[0] for line in rings] == [0.002]
    assert missed[0].get_xdata().tolist() == [0.005] and missed[0].get_markerfacecolor() == "white"
    assert ax.get_xscale() == "log"


def test_a_search_in_which_nothing_reached_the_target_still_draws(ax):
    plots.plot_rate_search(ax, {"tanh": {0.01: (30, False)}})
    assert "tanh" in {text.get_text() for text in ax.texts}


def test_ratios_are_drawn_first_row_on_top_with_an_arrow_for_a_bound(ax):
    plots.plot_ratios(ax, [("a", 3.0, 2.0, 4.0, "C0"), ("≥ b", 8.0, float("nan"), float("nan"), "C1")], paper=6)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "≥ b"]
    assert ax.get_yticks().tolist() == [1, 0]
    assert [line.get_marker() for line in ax.get_lines() if len(line.get_xdata()) == 1] == ["o", ">"]


def test_saved_figures_have_the_same_bytes_each_time(ax, tmp_path, monkeypatch):
    monkeypatch.setattr("alexnet_lib.plots.style.FIGURES", tmp_path)
    ax.plot([1, 2])
    first = plots.save_figure(ax.figure, "02_relu", "x").read_bytes()
    assert plots.save_figure(ax.figure, "02_relu", "x").read_bytes() == first
    assert (tmp_path / "fig_02_relu_x.png").exists()


def test_names_stand_at_line_ends_even_while_autoscaling_is_pending(ax):
    ax.plot([0, 10], [0, 500], label="up")
    plots.label_ends(ax)
    ax.figure.canvas.draw()
    end = ax.transAxes.inverted().transform(ax.transData.transform((10, 500)))
    assert ax.texts[0].xy == pytest.approx(tuple(end), abs=0.02)
