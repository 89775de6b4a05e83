"""Answers to ps3-parameters."""

import math

from torch import nn


def right_by_building_it(in_channels, out_channels, kernel, columns=1, bias=True):
    if in_channels % columns != 0 or out_channels % columns != 0:
        raise ValueError("columns must divide both numbers of maps")
    layer = nn.Conv2d(in_channels, out_channels, kernel, groups=columns, bias=bias, device="meta")
    return sum(math.prod(part.shape) for part in layer.parameters())


def right_column_by_column(in_channels, out_channels, kernel, columns=1, bias=True):
    own_in, left_in = divmod(in_channels, columns)
    own_out, left_out = divmod(out_channels, columns)
    if left_in or left_out:
        raise ValueError("a map or a kernel is left over")
    total = 0
    for _ in range(columns):
        total += own_out * own_in * kernel * kernel
        if bias:
            total += own_out
    return total


def wrong_no_biases(in_channels, out_channels, kernel, columns=1, bias=True):
    """Weights only. Hint: the biases are forgotten"""
    if in_channels % columns or out_channels % columns:
        raise ValueError
    return out_channels * in_channels // columns * kernel**2


def wrong_one_bias(in_channels, out_channels, kernel, columns=1, bias=True):
    """One bias for all kernels. Hint: one bias for the whole layer"""
    return wrong_no_biases(in_channels, out_channels, kernel, columns) + bias


def wrong_bias_for_each_map_read(in_channels, out_channels, kernel, columns=1, bias=True):
    """Biases belong to kernels, not to what they read. Hint: each map that is read"""
    return wrong_no_biases(in_channels, out_channels, kernel, columns) + in_channels * bias


def wrong_always_biases(in_channels, out_channels, kernel, columns=1, bias=True):
    """bias=False does nothing. Hint: the biases are counted all the same"""
    return wrong_no_biases(in_channels, out_channels, kernel, columns) + out_channels


def wrong_kernel_not_squared(in_channels, out_channels, kernel, columns=1, bias=True):
    """A row of weights only. Hint: not squared"""
    if in_channels % columns or out_channels % columns:
        raise ValueError
    return out_channels * (in_channels // columns * kernel + bias)


def wrong_ignores_columns(in_channels, out_channels, kernel, columns=1, bias=True):
    """62 million in place of 61 for the whole net. Hint: columns are ignored"""
    if in_channels % columns or out_channels % columns:
        raise ValueError
    return out_channels * (in_channels * kernel**2 + bias)


def wrong_one_column_only(in_channels, out_channels, kernel, columns=1, bias=True):
    """Counts what lies on one GPU. Hint: maps and kernels of one column are counted"""
    if in_channels % columns or out_channels % columns:
        raise ValueError
    return out_channels // columns * (in_channels // columns * kernel**2 + bias)


def wrong_divides_twice(in_channels, out_channels, kernel, columns=1, bias=True):
    """All biases, but the weights of one column. Hint: divided by the columns twice"""
    return wrong_no_biases(in_channels, out_channels, kernel, columns) // columns + out_channels * bias


def wrong_biases_in_each_column(in_channels, out_channels, kernel, columns=1, bias=True):
    """Every column has the biases of the whole layer. Hint: each column has all the biases"""
    return wrong_no_biases(in_channels, out_channels, kernel, columns) + columns * out_channels * bias


def wrong_divides_the_biases(in_channels, out_channels, kernel, columns=1, bias=True):
    """The whole count is divided. Hint: the biases are divided by the columns"""
    if in_channels % columns or out_channels % columns:
        raise ValueError
    return out_channels * (in_channels * kernel**2 + bias) // columns


def wrong_two_columns_always(in_channels, out_channels, kernel, columns=1, bias=True):
    """Any number above one is taken for two."""
    if in_channels % columns or out_channels % columns:
        raise ValueError
    return out_channels * (in_channels // (2 if columns > 1 else 1) * kernel**2 + bias)


def wrong_reads_one_map(in_channels, out_channels, kernel, columns=1, bias=True):
    """A kernel as a flat square. Hint: a kernel reads one map only"""
    if in_channels % columns or out_channels % columns:
        raise ValueError
    return out_channels * (kernel**2 + bias)


def wrong_refuses_nothing(in_channels, out_channels, kernel, columns=1, bias=True):
    """Rounds 3 maps in 2 columns down to 1. Hint: should raise ValueError"""
    return out_channels * (in_channels // columns * kernel**2 + bias)


def wrong_checks_the_maps_only(in_channels, out_channels, kernel, columns=1, bias=True):
    """9 kernels in 4 columns pass. Hint: 9 kernels cannot be divided"""
    if in_channels % columns:
        raise ValueError
    return out_channels * (in_channels // columns * kernel**2 + bias)


def wrong_checks_the_kernels_only(in_channels, out_channels, kernel, columns=1, bias=True):
    """3 maps in 2 columns pass. Hint: 3 maps cannot be divided"""
    if out_channels % columns:
        raise ValueError
    return out_channels * (in_channels // columns * kernel**2 + bias)


def wrong_returns_a_float(in_channels, out_channels, kernel, columns=1, bias=True):
    """/ in place of //. Hint: should be an int"""
    if in_channels % columns or out_channels % columns:
        raise ValueError
    return out_channels * (in_channels / columns * kernel**2 + bias)


def wrong_refuses_columns_that_do_not_divide_each_other(in_channels, out_channels, kernel, columns=1, bias=True):
    """Maps and kernels need not divide one another. Hint: fails with ValueError"""
    if in_channels % columns or out_channels % columns or out_channels % in_channels:
        raise ValueError
    return out_channels * (in_channels // columns * kernel**2 + bias)


def wrong_checks_the_sum(in_channels, out_channels, kernel, columns=1, bias=True):
    """3 maps and 9 kernels are 12, which 2 divides. Hint: neither 3 maps nor 9 kernels"""
    if (in_channels + out_channels) % columns:
        raise ValueError
    return out_channels * (in_channels // columns * kernel**2 + bias)


def wrong_refuses_only_with_biases(in_channels, out_channels, kernel, columns=1, bias=True):
    """Returns early where there are no biases. Hint: biases or not"""
    if not bias:
        return out_channels * (in_channels // columns) * kernel**2
    return wrong_no_biases(in_channels, out_channels, kernel, columns) + out_channels
