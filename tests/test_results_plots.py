"""Budgets, averages, shared mistakes and confusions: drawn as given, named, and refused where they do not fit."""

import numpy as np
import pytest

from alexnet_lib.plots.results import draw_matrix, plot_averages, plot_budgets, plot_mistake_counts, shade_within

PUBLISHED = {"80sec": (6e5, 26.0), "11pct": (2.6e7, 11.0)}
X = np.array([1e4, 1e5, 6e5])
CURVE = (X, np.array([80.0, 40, 22]), np.array([78.0, 39, 21]), np.array([82.0, 41, 23]))


def points(ax, marker):
    return [(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.get_lines() if line.get_marker() == marker]


def test_budgets_show_ours_and_published_at_their_images(ax):
    plot_budgets(ax, {"80sec": CURVE}, {"80sec": (6e5, 25.6, 25.3, 25.9)}, PUBLISHED)
    assert points(ax, "D") == [(6e5, 26.0), (2.6e7, 11.0)] and points(ax, "o") == [(6e5, 25.6)]
    assert {text.get_text() for text in ax.texts} == {"80sec: 26 %", "11pct: 11 %"}
    assert ax.get_xscale() == "log" and "%" in ax.get_ylabel() and ax.get_xlim()[1] > 2.6e7
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["80sec, training error"]
    assert [25.3, 25.9] in [np.asarray(line.get_ydata()).tolist() for line in ax.get_lines()]  # the interval


def test_budgets_without_records_show_the_published_errors_alone(ax):
    plot_budgets(ax, {}, {}, PUBLISHED)
    assert len(points(ax, "D")) == 2 and points(ax, "o") == [] and ax.get_legend() is None


def test_a_single_run_has_a_point_and_no_bar(ax):
    plot_budgets(ax, {}, {"80sec": (6e5, 25.6, float("nan"), float("nan"))}, PUBLISHED)
    assert points(ax, "o") == [(6e5, 25.6)] and len(ax.get_lines()) == 3


@pytest.mark.parametrize("curves, published, message", [
    ({"18pct": CURVE}, PUBLISHED, "nothing was published of '18pct'"),
    ({}, {}, "1 to 4 nets"), ({}, {str(n): (1.0, 1.0) for n in range(5)}, "1 to 4 nets"),
])
def test_nets_that_cannot_be_drawn_are_refused(ax, curves, published, message):
    with pytest.raises(ValueError, match=message):
        plot_budgets(ax, curves, {}, published)


def test_averages_show_every_choice_beside_the_mean(ax):
    plot_averages(ax, {1: [26.0, 25.0], 2: [23.0]}, [(25.5, 25.0, 26.0), (23.0, 22.0, 24.0)])
    grey = [line for line in ax.get_lines() if line.get_color() == "0.6"]
    assert [list(line.get_ydata()) for line in grey] == [[26.0, 25.0], [23.0]]
    assert ax.get_lines()[-1].get_ydata().tolist() == [25.5, 23.0]
    assert ax.get_xticks().tolist() == [1, 2] and ax.get_xlabel() == "nets averaged"
    with pytest.raises(ValueError, match="give one a number"):
        plot_averages(ax, {1: [26.0]}, [])


def test_shares_are_bars_with_their_numbers(ax):
    plot_mistake_counts(ax, [60.0, 25.0, 15.0], [56.0, 38.0, 6.0])
    assert [bar.get_height() for bar in ax.patches] == [60, 25, 15, 56, 38, 6]
    assert ax.texts[0].get_text() == "60.0" and ax.get_ylim()[0] == 0
    with pytest.raises(ValueError, match="do not go together"):
        plot_mistake_counts(ax, [1.0], [1.0, 2.0])


def test_matrix_has_every_number_and_no_colour_on_its_diagonal(ax):
    draw_matrix(ax, [[90, 5], [float("nan"), 80]], ["cat", "dog"], ["cat", "dog"], "answer", "class")
    texts = {(text.get_position(), text.get_text()) for text in ax.texts}
    assert texts == {((0, 0), "90"), ((1, 0), "5"), ((1, 1), "80")}
    image = ax.images[0].get_array()
    assert np.ma.getmaskarray(image).tolist() == [[True, False], [True, True]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("answer", "class")
    with pytest.raises(ValueError, match="do not fit a square matrix"):
        draw_matrix(ax, [[1, 2]], ["cat"], ["cat", "dog"], "", "")


def test_numbers_are_white_on_dark_cells_and_black_on_light_ones(ax):
    draw_matrix(ax, [[1, 10], [90, 1]], ["a", "b"], ["a", "b"], "", "", limits=(0, 100))
    colours = {text.get_text(): text.get_color() for text in ax.texts}
    assert colours == {"1": "black", "10": "white", "90": "black"}


def test_tolerance_is_shaded_on_both_sides(ax):
    shade_within(ax, 0.1, "within 0.1")
    assert ax.patches[0].get_x() == pytest.approx(-0.1) and ax.patches[0].get_width() == pytest.approx(0.2)
    assert ax.texts[0].get_text() == "within 0.1"
