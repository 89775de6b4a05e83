"""Kernels as pictures: where each lies, and how it is scaled."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from alexnet_lib.plots.kernels import (
    draw_spectrum,
    draw_with_spectra,
    kernel_mosaic,
    plot_columns,
    plot_kernels,
    plot_measures,
    plot_permutations,
)


def test_each_kernel_lies_in_its_place_scaled_by_itself():
    kernels = np.zeros((5, 3, 2, 2))
    kernels[3, 0, 1, 0] = -4.0  # red, second row, first column of the fourth kernel
    kernels[3, 2, 1, 0] = 2.0
    mosaic = kernel_mosaic(kernels, across=2)
    assert mosaic.shape == (8, 5, 3)
    np.testing.assert_array_equal(mosaic[4, 3], [0.0, 0.5, 0.75])
    np.testing.assert_array_equal(mosaic[0, 0], [0.5, 0.5, 0.5])  # a kernel of zeros is grey
    assert (mosaic[2] == 1).all() and (mosaic[:, 2] == 1).all() and (mosaic[6:, 3:] == 1).all()


def test_kernels_without_three_colours_are_refused():
    with pytest.raises(ValueError, match=r"\(N, 3, height, width\)"):
        kernel_mosaic(np.zeros((4, 1, 5, 5)), 2)


def test_the_picture_is_the_mosaic():
    kernels = np.random.default_rng(0).normal(size=(96, 3, 11, 11))
    _, ax = plt.subplots()
    plot_kernels(ax, kernels, title="kernels")
    np.testing.assert_array_equal(ax.images[0].get_array(), kernel_mosaic(kernels, 16))
    assert ax.images[0].get_array().shape == (6 * 12 - 1, 16 * 12 - 1, 3)
    plt.close("all")


def test_one_scale_for_all_leaves_weak_kernels_weak():
    kernels = np.zeros((2, 3, 1, 1))
    kernels[0, 0], kernels[1, 0] = 4.0, 1.0
    np.testing.assert_array_equal(kernel_mosaic(kernels, 2, "all")[0, [0, 2], 0], [1.0, 0.625])
    np.testing.assert_array_equal(kernel_mosaic(kernels, 2, "each")[0, [0, 2], 0], [1.0, 1.0])
    with pytest.raises(ValueError, match="each or all"):
        kernel_mosaic(kernels, 2, "both")


def test_two_columns_are_parted_where_the_second_begins():
    _, ax = plt.subplots()
    plot_kernels(ax, np.ones((32, 3, 5, 5)), across=8, columns=2)
    assert ax.lines[0].get_ydata()[0] == 11  # two rows of 5 pixels and their gaps: 0-4, 5, 6-10, 11
    assert [text.get_text() for text in ax.texts] == ["column 1", "column 2"]
    with pytest.raises(ValueError, match="whole rows"):
        plot_kernels(ax, np.ones((32, 3, 5, 5)), across=12, columns=2)
    plt.close("all")


def test_spectrum_has_frequency_0_in_the_middle_of_its_cell_and_stripes_where_they_lie():
    _, ax = plt.subplots()
    draw_spectrum(ax, np.eye(32), direction=45)
    left, right, bottom, top = ax.images[0].get_extent()
    assert left + 16.5 / 32 * (right - left) == pytest.approx(0)
    assert top + 16.5 / 32 * (bottom - top) == pytest.approx(0)
    (x0, x1), (y0, y1) = ax.lines[0].get_data()
    assert (y1 - y0) / (x1 - x0) == pytest.approx(-1)  # rows run down: a line that rises has falling y
    plt.close("all")


def test_a_direction_that_is_none_has_no_line():
    figure, axes = plt.subplots(2, 2)
    kernels = np.random.default_rng(0).normal(size=(2, 3, 5, 5))
    draw_with_spectra(axes, kernels, np.ones((2, 32, 32)), [90.0, np.nan], ["a", "b"], ["c", "d"])
    assert [len(ax.lines) for ax in axes[1]] == [1, 0]
    place = plt.rcParams["axes.titlelocation"]
    assert [ax.get_title(place) for ax in axes[0]] == ["a", "b"] and [ax.get_xlabel() for ax in axes[1]] == ["c", "d"]
    np.testing.assert_array_equal(axes[0, 1].images[0].get_array(), kernel_mosaic(kernels[1:], 1))
    assert axes[1, 0].get_xlim() == axes[1, 1].get_xlim()  # a line does not move the picture
    plt.close("all")


def test_measures_show_columns_noise_and_limits():
    _, ax = plt.subplots()
    plot_measures(ax, np.arange(4), np.arange(4) + 10, ([0.5], [0.6]), (1.5, None), "x", "y")
    noise, first, second, limit = ax.lines
    np.testing.assert_array_equal(second.get_xydata(), [[2, 12], [3, 13]])
    assert first.get_marker() != second.get_marker() and list(limit.get_xdata()) == [1.5, 1.5]
    assert list(noise.get_ydata()) == [0.6]
    for x, columns in ((np.arange(3), 2), (np.arange(4), 3), ([], 1)):
        with pytest.raises(ValueError, match="columns"):
            plot_measures(ax, x, x, ([], []), (None, None), "x", "y", columns)
    plt.close("all")


def test_columns_show_means_and_mark_a_small_p():
    _, ax = plt.subplots()
    plot_columns(ax, [("0", np.array([0.2, 0.4]), np.array([0.6, 0.8]), 0.0004), ("1", np.ones(2), np.ones(2), 0.051)],
                 "colour index")
    means = [line.get_ydata()[0] for line in ax.lines[1::2]]
    np.testing.assert_allclose(means, [0.3, 0.7, 1, 1])
    assert [text.get_text() for text in ax.texts] == ["<.001*", ".051"]
    with pytest.raises(ValueError, match="no runs"):
        plot_columns(ax, [], "colour index")
    plt.close("all")


def test_permutations_show_what_was_found_on_both_sides():
    _, ax = plt.subplots()
    plot_permutations(ax, np.linspace(-1, 1, 100), 0.4, "difference")
    assert [line.get_xdata()[0] for line in ax.lines] == [0.4, -0.4]
    assert sum(bar.get_height() for bar in ax.patches) == 100
    plt.close("all")
