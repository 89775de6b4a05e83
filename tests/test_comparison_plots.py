"""Effects, pairs of runs and curves with bands: nothing overlaps, nothing is lost, nothing is computed."""

from itertools import combinations

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from alexnet_lib import plots

NAN = float("nan")
ROWS = [("pooling 2/2", 0.3, -0.1, 0.7, "C0"), ("no normalisation", 1.2, 0.9, 1.5, "C1"),
        ("one run only", 0.5, NAN, NAN, "C2")]


@pytest.fixture
def make_ax():
    figures = []

    def make(rows=3):
        plots.use_style()
        figure, ax = plt.subplots(figsize=plots.rows_size(rows))
        figures.append(figure)
        return ax

    yield make
    for figure in figures:
        plt.close(figure)


def overlaps(ax):
    """Pairs of texts, those of the ticks included, that cover each other in the drawn figure."""
    ax.figure.canvas.draw()
    renderer = ax.figure.canvas.get_renderer()
    texts = [text for text in (*ax.texts, *ax.get_yticklabels(), ax._left_title) if text.get_text()]
    # The text alone, without the white box behind it.
    boxes = [(text.get_text(), matplotlib.text.Text.get_window_extent(text, renderer)) for text in texts]
    return [(a, b) for (a, first), (b, second) in combinations(boxes, 2) if first.overlaps(second)]


def points(ax, marker):
    return [(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.get_lines() if line.get_marker() == marker]


def bars(ax):
    """(low, high, height) of each interval."""
    return [(*line.get_xdata(), line.get_ydata()[0]) for line in ax.get_lines()
            if len(line.get_xdata()) == 2 and line.get_ydata()[0] == line.get_ydata()[1]]


def test_first_row_is_on_top_and_every_point_stands_at_its_value(make_ax):
    ax = plots.plot_effects(make_ax(), ROWS, xlabel="error (points)")
    assert [label.get_text() for label in ax.get_yticklabels()] == [row[0] for row in ROWS]
    assert ax.get_yticks().tolist() == [2, 1, 0]
    assert points(ax, "o") == [(0.3, 2), (1.2, 1), (0.5, 0)]
    assert ax.get_xlabel() == "error (points)"


def test_nan_interval_draws_the_point_alone(make_ax):
    assert bars(plots.plot_effects(make_ax(), ROWS)) == [(-0.1, 0.7, 2), (0.9, 1.5, 1)]


def test_line_of_no_difference_is_at_zero_and_in_view_when_all_effects_are_large(make_ax):
    ax = plots.plot_effects(make_ax(), [("a", 5.0, 4.0, 6.0, "C0")])
    assert any(np.allclose(line.get_xdata(), 0) for line in ax.get_lines())
    assert "no difference" in {text.get_text() for text in ax.texts}
    assert ax.get_xlim()[0] < 0 < ax.get_xlim()[1]


def test_paper_is_an_open_black_marker_at_its_own_value_below_the_row(make_ax):
    ax = plots.plot_effects(make_ax(), ROWS, paper={"pooling 2/2": 0.4})
    (mark,) = [line for line in ax.get_lines() if line.get_marker() == "D"]
    assert (mark.get_color(), mark.get_markerfacecolor()) == ("black", "white")
    (x, y), row = mark.get_transform().transform((0.4, 2)), ax.transData.transform((0.4, 2))
    assert mark.get_xdata()[0] == 0.4 and x == pytest.approx(row[0])
    assert row[1] - y == pytest.approx(7.5 / 72 * ax.figure.dpi)
    assert "paper +0.4" in {text.get_text() for text in ax.texts}


@pytest.mark.parametrize("number", [1, 2, 11])
def test_texts_do_not_overlap_when_every_effect_is_the_same(make_ax, number):
    rows = [(f"arm {n}", 0.0, -0.1, 0.1, "C0") for n in range(number)]
    ax = plots.plot_effects(make_ax(number), rows, paper={label: 0.0 for label, *_ in rows})
    ax.set_title("a title that is long enough to reach over the line at zero, which stands in the middle")
    assert overlaps(ax) == []


def test_one_row_works(make_ax):
    ax = plots.plot_effects(make_ax(1), ROWS[:1], paper={"pooling 2/2": 0.4})
    assert points(ax, "o") == [(0.3, 0)] and ax.get_ylim()[0] < -0.3


def test_number_of_the_paper_without_a_row_is_refused(make_ax):
    with pytest.raises(ValueError, match="'dropout' has no row: choose from pooling 2/2"):
        plots.plot_effects(make_ax(), ROWS, paper={"dropout": 2.0})


def test_no_rows_are_refused(make_ax):
    with pytest.raises(ValueError, match="no rows to draw"):
        plots.plot_effects(make_ax(), [])


def band(end):
    x = np.linspace(0, 10, 20)
    return x, end + 0 * x, end - 1 + 0 * x, end + 1 + 0 * x


def test_curves_keep_their_values_bands_and_names(make_ax):
    curves = {"3/2": band(5.0), "2/2": band(9.0)}
    ax = plots.plot_curves(make_ax(), curves, {"2/2": "C1", "3/2": "C0"}, "passes", "gap (points)")
    lines = {line.get_label(): line for line in ax.get_lines()}
    np.testing.assert_allclose(lines["2/2"].get_ydata(), 9.0)
    assert lines["2/2"].get_color() == "C1" and lines["3/2"].get_color() == "C0"
    assert lines["2/2"].get_linestyle() != lines["3/2"].get_linestyle()  # never by colour alone
    heights = [band.get_paths()[0].vertices[:, 1] for band in ax.collections]
    assert [(y.min(), y.max()) for y in heights] == [(4, 6), (8, 10)]
    assert {text.get_text() for text in ax.texts} == {"3/2", "2/2"}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("passes", "gap (points)")


def test_names_of_curves_that_end_together_do_not_overlap(make_ax):
    curves = {f"arm {n}": band(5.0) for n in range(4)}
    assert overlaps(plots.plot_curves(make_ax(6), curves, ["C0", "C1", "C2", "C3"], "x", "y")) == []


def test_name_stands_at_the_end_of_its_curve_beside_a_line_at_zero(make_ax):
    ax = make_ax(6)
    ax.axhline(0)
    plots.plot_curves(ax, {"a": band(5.0)}, ["C0"], "x", "y")
    ax.figure.canvas.draw()  # the limits are final
    (name,) = ax.texts
    assert ax.transAxes.inverted().transform(ax.transData.transform((10, 5))) == pytest.approx(name.xy)


def test_one_curve_without_a_band_is_drawn(make_ax):
    x = np.array([1.0, 2.0])
    nothing = np.full(2, np.nan)
    ax = plots.plot_curves(make_ax(), {"a": (x, x, nothing, nothing)}, ["C0"], "x", "y")
    assert ax.get_lines()[0].get_ydata().tolist() == [1, 2]


def test_curve_without_a_colour_is_refused(make_ax):
    for colours in ({"a": "C0"}, ["C0"]):
        with pytest.raises(ValueError, match="no colour for the curve 'b'"):
            plots.plot_curves(make_ax(), {"a": band(1.0), "b": band(2.0)}, colours, "x", "y")


def test_no_curves_are_refused(make_ax):
    with pytest.raises(ValueError, match="no curves to draw"):
        plots.plot_curves(make_ax(), {}, {}, "x", "y")


def test_negative_effects_have_a_true_minus_sign(make_ax):
    ax = plots.plot_effects(make_ax(1), [("a", -0.25, -0.5, 0.0, "C0")], digits=1, paper={"a": -0.4})
    assert {"−0.2", "paper −0.4"} <= {text.get_text() for text in ax.texts}


def test_pairs_join_the_values_of_one_seed_and_mark_the_means(make_ax):
    ax = plots.plot_pairs(make_ax(), ("3/2", "2/2"), [33.0, 37.0, 32.0], [34.0, 34.0, 34.0], "C0", "error (%)")
    joined = [tuple(line.get_ydata()) for line in ax.get_lines() if line.get_marker() == "o"]
    means = [line for line in ax.get_lines() if line.get_color() == "black"]
    assert joined == [(33, 34), (37, 34), (32, 34)]
    assert [(np.mean(line.get_xdata()), *line.get_ydata()) for line in means] == [(0, 34, 34), (1, 34, 34)]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["3/2", "2/2"]


@pytest.mark.parametrize(("first", "second"), [([], []), ([1.0], [1.0, 2.0])])
def test_values_without_a_partner_are_refused(make_ax, first, second):
    with pytest.raises(ValueError, match="make no pairs"):
        plots.plot_pairs(make_ax(), ("a", "b"), first, second, "C0", "error (%)")
