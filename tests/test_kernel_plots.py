"""Kernels as pictures: where each lies, and how it is scaled."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from alexnet_lib.plots.kernels import kernel_mosaic, plot_kernels


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
