"""Plots of chapter 01: photographs, input scaling, top-k errors. They draw what they are given."""

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")
from matplotlib.patches import Rectangle

from alexnet_lib import plots


def picture(height=20, width=30):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def boxes(ax, hatched):
    """(x, y, width, height) of the rectangles that are, or are not, hatched."""
    return {(*patch.get_xy(), patch.get_width(), patch.get_height()) for patch in ax.patches
            if isinstance(patch, Rectangle) and bool(patch.get_hatch()) == hatched}


# --- photographs -----------------------------------------------------------------------------------


def test_kept_square_is_outlined_and_the_sides_of_a_wide_picture_are_hatched(ax):
    plots.draw_kept_square(ax, picture(), 384, 256, 63, 0)
    assert boxes(ax, hatched=False) == {(63, 0, 256, 256)}
    assert boxes(ax, hatched=True) == {(0, 0, 63, 256), (319, 0, 65, 256)}  # 63 + 256 + 65 = 384
    assert ax.images[0].get_extent() == [0, 384, 256, 0]  # pixels after the resize


def test_top_and_bottom_of_an_upright_picture_are_hatched(ax):
    plots.draw_kept_square(ax, picture(30, 20), 256, 300, 0, 22)
    assert boxes(ax, hatched=True) == {(0, 0, 256, 22), (0, 278, 256, 22)}


def test_nothing_of_a_square_picture_is_hatched(ax):
    plots.draw_kept_square(ax, picture(20, 20), 256, 256, 0, 0)
    assert boxes(ax, hatched=True) == set()


@pytest.mark.parametrize("place", [(300, 256, 45, 0), (300, 256, -1, 0), (256, 300, 0, 45), (200, 200, 0, 0)])
def test_square_outside_the_picture_is_refused(ax, place):
    with pytest.raises(ValueError, match="does not fit"):
        plots.draw_kept_square(ax, picture(), *place)


def test_five_views_begin_at_the_corners_and_in_the_middle(ax):
    plots.draw_views(ax, picture(256, 256), 224)
    assert boxes(ax, hatched=False) == {(x, y, 224, 224) for x, y in ((0, 0), (32, 0), (0, 32), (32, 32), (16, 16))}


def test_each_view_has_a_name_in_its_own_corner_and_its_own_look(ax):
    plots.draw_views(ax, picture(256, 256), 224)
    where = {text.get_text().replace("\n", " "): text.get_position() for text in ax.texts}
    assert where["top left"][0] < 128 > where["top left"][1]
    assert where["bottom right"][0] > 128 < where["bottom right"][1]
    assert where["top right"][0] > 128 > where["top right"][1]
    assert where["bottom left"][0] < 128 < where["bottom left"][1]
    assert where["centre"] == (128, 128)
    outlines = [patch for patch in ax.patches if patch.get_edgecolor()[:3] != (1, 1, 1)]  # less the white halos
    assert len({(patch.get_edgecolor(), str(patch.get_linestyle())) for patch in outlines}) == 5


@pytest.mark.parametrize("size", [0, 21])
def test_view_larger_than_the_picture_is_refused(ax, size):
    with pytest.raises(ValueError, match="does not fit a picture of 30x20"):
        plots.draw_views(ax, picture(), size)


def test_picture_is_drawn_pixel_by_pixel_rounded_and_clipped(ax):
    plots.draw_picture(ax, np.array([[[-5.0, 0.4, 0.6], [254.6, 255.0, 300.0]]]), "title")
    assert ax.images[0].get_array().tolist() == [[[0, 0, 1], [255, 255, 255]]]
    assert ax.images[0].get_interpolation() == "nearest" and ax.get_title(loc="left") == "title"


@pytest.mark.parametrize("draw", [plots.draw_picture, plots.draw_views])
def test_grey_picture_without_channels_is_refused(ax, draw):
    with pytest.raises(ValueError, match=r"\(H, W, 3\), not \(256, 256\)"):
        draw(ax, np.zeros((256, 256), np.uint8))


@pytest.mark.parametrize(("values", "limit", "expected"), [
    ([[-3.0, 1.0]], None, 3), ([[-3.0, 1.0]], 10, 10), ([[0.0, 0.0]], None, 1)])
def test_map_of_signed_values_is_white_at_zero_and_has_a_scale_with_unit(ax, values, limit, expected):
    plots.draw_signed(ax, np.array(values), limit=limit)
    assert ax.images[0].get_clim() == (-expected, expected)
    bar = ax.images[0].colorbar
    assert bar.ax.get_ylabel() == "grey levels"
    np.testing.assert_allclose(ax.images[0].cmap(0.5)[:3], 1, atol=0.04)


@pytest.mark.parametrize(("values", "limit", "message"), [
    (np.zeros((2, 2, 3)), None, "choose one channel"), (np.zeros((2, 2)), 0, "above 0"),
    (np.zeros((2, 2)), -1, "above 0"), (np.zeros((2, 2)), float("nan"), "above 0")])
def test_map_that_can_not_be_drawn_is_refused(ax, values, limit, message):
    with pytest.raises(ValueError, match=message):
        plots.draw_signed(ax, values, limit=limit)


def test_colour_strips_pass_through_the_mean_and_end_at_two_standard_deviations(ax):
    plots.draw_colour_strips(ax, (100, 120, 140), (20, 10), np.array([[1, 0, 0], [0, 0, -1]]), "title", steps=5)
    strips = ax.images[0].get_array().tolist()
    assert strips[0] == [[60, 120, 140], [80, 120, 140], [100, 120, 140], [120, 120, 140], [140, 120, 140]]
    assert strips[1][0] == [100, 120, 160] and strips[1][4] == [100, 120, 120]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1: 20.0", "2: 10.0"]
    assert "standard deviations" in ax.get_xlabel()


def test_colours_outside_the_scale_are_clipped(ax):
    plots.draw_colour_strips(ax, (10, 250, 100), (50,), np.array([[1, 1, 0]]), steps=3)
    assert ax.images[0].get_array().tolist() == [[[0, 150, 100], [10, 250, 100], [110, 255, 100]]]


def test_directions_that_do_not_fit_the_spreads_are_refused(ax):
    with pytest.raises(ValueError, match=r"directions \(n, 3\)"):
        plots.draw_colour_strips(ax, (1, 2, 3), (1, 2), np.eye(3))


# --- curves ----------------------------------------------------------------------------------------


def labelled(ax):
    return {line.get_label(): line for line in ax.get_lines() if not line.get_label().startswith("_")}


def test_spectra_stand_against_rank_from_1_on_logarithmic_axes(ax):
    plots.plot_spectra(ax, {"raw": [100, 5, 1], "centred": [9, 5, 1]})
    lines = labelled(ax)
    assert lines["raw"].get_xdata().tolist() == [1, 2, 3] and lines["centred"].get_ydata().tolist() == [9, 5, 1]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert {text.get_text() for text in ax.texts} == {"raw", "centred"}
    assert lines["raw"].get_color() != lines["centred"].get_color()


@pytest.mark.parametrize("values", [[1, 2], [2, 0], [2, -1]])
def test_eigenvalues_out_of_order_or_not_positive_are_refused(ax, values):
    with pytest.raises(ValueError, match="eigenvalues of 'a' must be positive and sorted"):
        plots.plot_spectra(ax, {"a": values})


@pytest.mark.parametrize("count", [0, 5])
def test_more_curves_than_looks_are_refused(ax, count):
    with pytest.raises(ValueError, match=f"told apart, not {count}"):
        plots.plot_spectra(ax, {str(i): [2, 1] for i in range(count)})
    with pytest.raises(ValueError, match=f"told apart, not {count}"):
        plots.plot_losses(ax, {str(i): ([1], [1], [1], [1]) for i in range(count)}, {})


def loss(value, spread):
    rates = np.array([1e-3, 1e-2])
    return rates, np.full(2, value), np.full(2, value - spread), np.full(2, value + spread)


def test_losses_have_bars_and_their_limits_have_their_colour(ax):
    plots.plot_losses(ax, {"raw": loss(2.0, 0.1), "centred": loss(1.0, float("nan"))}, {"centred": 5e-3})
    lines = labelled(ax)
    limit = next(line for line in ax.get_lines() if np.allclose(line.get_xdata(), 5e-3))
    assert limit.get_color() == lines["centred"].get_color() and limit.get_linestyle() != "-"
    bars = ax.collections[0].get_segments()
    np.testing.assert_allclose(bars[1], [[1e-2, 1.9], [1e-2, 2.1]])
    assert ax.get_xscale() == "log" and ax.get_ylabel() == "training loss (nats)"


def test_limit_without_a_curve_is_refused(ax):
    with pytest.raises(ValueError, match="limit of 'b' has no curve: choose from a"):
        plots.plot_losses(ax, {"a": loss(1.0, 0.1)}, {"b": 1.0})


def test_top_k_curve_starts_at_1_beside_what_guessing_gives(ax):
    plots.plot_top_k(ax, [(60, 59, 61), (40, 39, 41), (30, 29, 31), (20, 19, 21), (10, 9, 11)], 10, "title")
    lines = labelled(ax)
    assert lines["guessing"].get_ydata().tolist() == [90, 80, 70, 60, 50]  # 1 - k/10
    assert lines["linear softmax"].get_xdata().tolist() == [1, 2, 3, 4, 5]
    assert ax.get_ylim() == (0, 100)
    np.testing.assert_allclose(ax.collections[0].get_segments()[0], [[1, 59], [1, 61]])
    assert {"60.0", "10.0", "guessing", "linear softmax"} <= {text.get_text() for text in ax.texts}


@pytest.mark.parametrize("count", [0, 4])
def test_more_guesses_than_classes_are_refused(ax, count):
    with pytest.raises(ValueError, match=f"1 to 3 guesses are needed, not {count}"):
        plots.plot_top_k(ax, [(50, 40, 60)] * count, 3)
