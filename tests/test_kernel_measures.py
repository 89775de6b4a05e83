"""Colour, direction and frequency of made kernels with known answers; the permutation test against hand counts."""

import numpy as np
import pytest

from alexnet_lib.experiments.kernel_measures import (
    colour_index,
    column_difference,
    leading_pattern,
    noise_quantile,
    orientation_selectivity,
    permutation_test,
    power_spectrum,
    preferred_direction,
    preferred_frequency,
)

SIZES = (5, 11)


def grid(size):
    """x to the right and y upwards, of each pixel."""
    steps = np.arange(size) - (size - 1) / 2
    return steps[None], -steps[:, None]


def gabor(size, frequency, degrees, colours=(1.0, 1.0, 1.0)):
    """(1, 3, size, size): an odd wave whose stripes lie along `degrees`, in a round window."""
    x, y = grid(size)
    across = np.radians(degrees + 90)
    window = np.exp(-(x**2 + y**2) / (2 * (size / 4) ** 2))
    wave = window * np.sin(2 * np.pi * frequency * (x * np.cos(across) + y * np.sin(across)))
    return wave * np.reshape(colours, (1, 3, 1, 1))


def blob(size, colours):
    x, y = grid(size)
    return np.exp(-(x**2 + y**2) / (2 * (size / 5) ** 2)) * np.reshape(colours, (1, 3, 1, 1))


def noise(size, count=4000, seed=7):
    return np.random.default_rng(seed).normal(size=(count, 3, size, size))


# --- colour -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("colours, index", [
    ((1, 1, 1), 0), ((-2, -2, -2), 0),
    ((1, 0, 0), 2 / 3),  # grey is a third of it: 3 * (1/3)^2 = 1/3
    ((1, -1, 0), 1), ((1, 1, -2), 1),
    ((1, 1, 0), 1 / 3),  # 1 - 3 * (2/3)^2 / 2
])
def test_colour_index_of_a_blob_is_that_of_its_colour(colours, index):
    np.testing.assert_allclose(colour_index(blob(5, colours)), [index], atol=1e-12)


def test_colour_index_knows_no_scale_and_no_kernel_of_zeros():
    kernels = noise(5, 10)
    np.testing.assert_allclose(colour_index(-30 * kernels), colour_index(kernels))
    np.testing.assert_array_equal(colour_index(np.zeros((2, 3, 5, 5), np.float32)), [0, 0])
    assert (colour_index(np.full((1, 3, 5, 5), 0.3)) >= 0).all()  # 1 - 1 with rounding


@pytest.mark.parametrize("size", SIZES)
def test_white_noise_is_two_thirds_colour(size):
    assert abs(colour_index(noise(size)).mean() - 2 / 3) < 0.004  # standard error 0.0012 at 5 x 5


# --- direction and frequency ------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("degrees", [0, 30, 45, 90, 135, 150])
@pytest.mark.parametrize("colours", [(1, 1, 1), (1, -1, 0)])
def test_a_wave_has_its_direction_and_frequency_in_any_colour(size, degrees, colours):
    kernel = gabor(size, 0.3, degrees, colours)
    turned = (preferred_direction(kernel)[0] - degrees + 90) % 180 - 90
    assert abs(turned) < 1.5
    assert preferred_frequency(kernel)[0] == pytest.approx(0.3, abs=0.02)
    assert orientation_selectivity(kernel)[0] > {5: 0.75, 11: 0.9}[size]


def test_a_finer_wave_has_a_higher_frequency():
    found = [preferred_frequency(gabor(11, frequency, 60))[0] for frequency in (0.15, 0.2, 0.25, 0.35, 0.4)]
    np.testing.assert_allclose(found, (0.15, 0.2, 0.25, 0.35, 0.4), atol=0.01)


def test_stripes_of_upright_columns_are_upright():
    kernel = np.zeros((1, 3, 5, 5))
    kernel[:, :, :, ::2] = 1.0  # columns 0, 2 and 4
    assert preferred_direction(kernel)[0] == pytest.approx(90)
    assert preferred_direction(kernel.swapaxes(2, 3))[0] % 180 == pytest.approx(0, abs=1e-6)
    ramp = np.broadcast_to(np.add.outer(np.arange(5.0), np.arange(5.0)), (1, 3, 5, 5))  # dark upper left corner
    assert preferred_direction(ramp)[0] == pytest.approx(45)  # its edge rises to the right


@pytest.mark.parametrize("size", SIZES)
def test_a_round_blob_has_no_direction(size):
    assert orientation_selectivity(blob(size, (1, -1, 0)))[0] < 1e-9
    centre = np.zeros((1, 3, size, size))
    centre[:, :, size // 2, size // 2] = 1
    assert orientation_selectivity(centre)[0] < 1e-9


@pytest.mark.parametrize("size", SIZES)
def test_white_noise_favours_no_direction_and_fills_the_disc(size):
    kernels = noise(size)
    directions = preferred_direction(kernels)
    counts = np.histogram(directions, [0, 45, 90, 135, 180])[0]
    assert abs(counts / len(kernels) - 0.25).max() < 0.03  # four standard errors
    assert abs(np.exp(4j * np.radians(directions)).mean()) < 0.06  # the axes are no better than the diagonals
    assert preferred_frequency(kernels).mean() == pytest.approx(1 / 3, abs=0.015)  # mean radius: 2/3 of the disc's


@pytest.mark.parametrize("size", SIZES)
def test_a_measure_of_the_change_ignores_a_constant_and_the_scale(size):
    kernels = noise(size, 20)
    for measure in (orientation_selectivity, preferred_frequency, preferred_direction):
        np.testing.assert_allclose(measure(5 + 3 * kernels), measure(kernels), rtol=1e-9)
        flat = measure(np.concatenate([np.zeros((1, 3, size, size)), np.full((1, 3, size, size), 0.3)]))
        np.testing.assert_array_equal(flat, [np.nan] * 2 if measure is preferred_direction else [0, 0])


def test_spectrum_obeys_parseval_and_keeps_to_the_disc():
    kernels = 0.05 * gabor(11, 0.25, 20)  # nothing of it lies in the corners
    power, across, down = power_spectrum(kernels)
    assert power.shape == (1, 32, 32) and across.shape == down.shape == (32, 32)
    assert power[0].sum() / 32**2 == pytest.approx((leading_pattern(kernels) ** 2).sum(), rel=1e-3)
    assert (power_spectrum(noise(5, 3))[0][:, np.hypot(across, down) >= 0.5] == 0).all()
    assert across[16, 16] == down[16, 16] == 0 and power[0, 16, 16] < 1e-12


def test_pattern_is_the_leading_principal_component():
    kernels = noise(5, 4)
    for kernel, pattern in zip(kernels, leading_pattern(kernels), strict=True):
        pixels = kernel.reshape(3, -1) - kernel.reshape(3, -1).mean(1, keepdims=True)
        singular = np.linalg.svd(pixels)
        assert (pattern**2).sum() == pytest.approx(singular.S[0] ** 2)
        assert abs(pattern.ravel() @ singular.Vh[0]) == pytest.approx(singular.S[0])


@pytest.mark.parametrize("measure", [colour_index, orientation_selectivity, preferred_direction, preferred_frequency])
@pytest.mark.parametrize("shape", [(4, 1, 5, 5), (3, 5, 5), (0, 3, 5, 5)])
def test_other_shapes_are_refused(measure, shape):
    with pytest.raises(ValueError, match=r"\(N, 3, height, width\)"):
        measure(np.zeros(shape))


# --- noise, columns, permutations -------------------------------------------------------------------


@pytest.mark.parametrize("measure", [colour_index, orientation_selectivity])
def test_one_noise_kernel_in_twenty_lies_above_the_quantile(measure):
    for size in SIZES:
        share = (measure(noise(size)) > noise_quantile(measure, size)).mean()
        assert abs(share - 0.05) < 0.013  # standard errors of both samples: 0.0034 and 0.0022
        assert noise_quantile(measure, size, level=0.5) < noise_quantile(measure, size)
    assert noise_quantile(measure, 11) < noise_quantile(measure, 5)  # a larger frame leaves chance less room


def test_difference_is_first_column_minus_second():
    assert column_difference([1.0, 2.0, 5.0, 7.0]) == -4.5
    assert column_difference([1.0, 2.0, 5.0, 7.0, 0.0, 0.0], columns=3) == -4.5


@pytest.mark.parametrize("index, columns", [(np.ones(5), 2), (np.ones((2, 2)), 2), ([], 2), (np.ones(4), 1)])
def test_columns_that_do_not_fit_are_refused(index, columns):
    with pytest.raises(ValueError, match="columns"):
        column_difference(index, columns)


@pytest.mark.parametrize("first, second, p", [
    ([1, 2], [3, 4, 5], 2 / 10),  # of C(5, 2) = 10 splits, {1, 2} and {4, 5} are as far apart
    ([1, 4], [2, 3], 1.0),  # means are equal: every split is as far apart
    ([0, 0, 0], [1, 1, 1], 2 / 20),
    ([1, 3], [2, 9], 4 / 6),  # differences: {1,3} 3.5, {1,2} 4.5, {1,9} 2.5, and their complements
])
def test_small_groups_are_counted_out(first, second, p):
    assert permutation_test(first, second) == pytest.approx(p)
    assert permutation_test(second, first) == pytest.approx(p)


def test_separated_groups_reach_the_smallest_p_that_random_splits_can_give():
    assert permutation_test(np.arange(16), np.arange(16) + 100.0) == pytest.approx(1 / 10_001)
    assert permutation_test(np.arange(16), np.arange(16) + 100.0, permutations=499) == pytest.approx(1 / 500)


def test_p_is_even_when_there_is_no_difference():
    generator = np.random.default_rng(3)
    found = [permutation_test(*generator.normal(size=(2, 16)), permutations=200, seed=s) for s in range(400)]
    for level in (0.05, 0.25, 0.5, 0.75):
        assert abs(np.mean(np.array(found) <= level) - level) < 4 * np.sqrt(level * (1 - level) / 400)


def test_same_seed_same_p():
    groups = np.random.default_rng(4).normal(size=(2, 16))
    assert permutation_test(*groups, seed=1) == permutation_test(*groups, seed=1)
    assert permutation_test(*groups, seed=1) != permutation_test(*groups, seed=2)


@pytest.mark.parametrize("first, second", [([], [1.0]), ([1.0], []), ([1.0, np.nan], [2.0])])
def test_groups_without_values_are_refused(first, second):
    with pytest.raises(ValueError, match="finite"):
        permutation_test(first, second)
