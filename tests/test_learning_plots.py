"""Plots of chapter 09: which units fire, and how the rate falls. They draw what they are given."""

import pytest

from alexnet_lib.plots.learning import plot_rate_steps, plot_unit_shares


def test_bars_of_a_layer_lie_end_to_end_first_layer_on_top(ax):
    plot_unit_shares(ax, {"conv1": (10.0, 60.0, 30.0), "conv2": (0.0, 0.0, 100.0)})
    spans = [(round(p.get_x(), 6), round(p.get_width(), 6), round(p.get_y() + p.get_height() / 2, 6))
             for p in ax.patches]
    assert spans == [(0, 10, 1), (10, 60, 1), (70, 30, 1), (0, 0, 0), (0, 0, 0), (0, 100, 0)]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["conv2", "conv1"][::-1]


def test_silent_units_are_numbered_where_there_are_any(ax):
    plot_unit_shares(ax, {"conv1": (12.0, 50.0, 38.0), "conv2": (0.2, 0.0, 99.8)})
    assert [t.get_text() for t in ax.texts if t.get_text().isdigit()] == ["12"]


def test_kinds_of_units_are_told_apart_without_colour(ax):
    plot_unit_shares(ax, {"conv1": (20.0, 50.0, 30.0)})
    assert len({patch.get_hatch() for patch in ax.patches}) == 3


@pytest.mark.parametrize("shares", [{}, {"conv1": (10, 10, 10)}, {"conv1": (-10, 60, 50)}])
def test_shares_that_are_no_shares_are_refused(ax, shares):
    with pytest.raises(ValueError, match="no layers|add up"):
        plot_unit_shares(ax, shares)


def test_rate_holds_from_its_pass_to_the_next(ax):
    plot_rate_steps(ax, {"weights": [(0, 0.01), (23, 0.001)]}, {"weights": 93}, ["C0"])
    line = ax.get_lines()[0]
    assert list(line.get_xdata()) == [0, 23, 93] and list(line.get_ydata()) == [0.01, 0.001, 0.001]
    assert line.get_drawstyle() == "steps-post" and ax.get_yscale() == "log"


def test_rate_of_zero_ends_the_line_with_a_cross(ax):
    plot_rate_steps(ax, {"conv1": [(0, 0.01), (72, 0.0)]}, {"conv1": 93}, ["C1"])
    line, cross = ax.get_lines()
    assert list(line.get_xdata()) == [0, 72] and cross.get_marker() == "x" and list(cross.get_xdata()) == [72]


@pytest.mark.parametrize("steps, ends, colours", [
    ({}, {}, []), ({"a": [(0, 1)]}, {}, ["C0"]), ({"a": [(0, 1)]}, {"a": 9}, []), ({"a": [(5, 1), (2, 1)]}, {"a": 9},
                                                                                   ["C0"]),
])
def test_schedule_that_can_not_be_drawn_is_refused(ax, steps, ends, colours):
    with pytest.raises(ValueError, match="needs|rise"):
        plot_rate_steps(ax, steps, ends, colours)
