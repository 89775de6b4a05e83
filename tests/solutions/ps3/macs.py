"""Answers to ps3-macs."""

import math

import torch


def right_as_a_product(size_out, in_channels, out_channels, kernel, columns=1):
    return math.prod((size_out, size_out, out_channels, in_channels // columns, kernel, kernel))


def right_column_by_column(size_out, in_channels, out_channels, kernel, columns=1):
    reads, makes, places = in_channels // columns, out_channels // columns, size_out * size_out
    return sum(places * makes * reads * kernel * kernel for _ in range(columns))


def wrong_counts_the_biases(size_out, in_channels, out_channels, kernel, columns=1):
    """One more for each output. Hint: the bias is counted"""
    return size_out**2 * out_channels * (in_channels // columns * kernel**2 + 1)


def wrong_counts_two_operations(size_out, in_channels, out_channels, kernel, columns=1):
    """Operations, not multiply-adds. Hint: counted as two"""
    return 2 * right_as_a_product(size_out, in_channels, out_channels, kernel, columns)


def wrong_side_not_squared(size_out, in_channels, out_channels, kernel, columns=1):
    """One row of places. Hint: along one side only"""
    return size_out * out_channels * in_channels // columns * kernel**2


def wrong_kernel_not_squared(size_out, in_channels, out_channels, kernel, columns=1):
    """One row of weights. Hint: the side of the kernel is not squared"""
    return size_out**2 * out_channels * in_channels // columns * kernel


def wrong_ignores_columns(size_out, in_channels, out_channels, kernel, columns=1):
    """1,135 million in place of 724 for the whole net. Hint: columns are ignored"""
    return size_out**2 * out_channels * in_channels * kernel**2


def wrong_one_column(size_out, in_channels, out_channels, kernel, columns=1):
    """The work of one GPU. Hint: one column is counted"""
    return size_out**2 * (out_channels // columns) * (in_channels // columns) * kernel**2


def wrong_reads_one_map(size_out, in_channels, out_channels, kernel, columns=1):
    """A kernel as a flat square. Hint: a kernel reads one map only"""
    return size_out**2 * out_channels * kernel**2


def wrong_one_kernel(size_out, in_channels, out_channels, kernel, columns=1):
    """The work for one map. Hint: only one of the kernels"""
    return size_out**2 * in_channels // columns * kernel**2


def wrong_weights_once(size_out, in_channels, out_channels, kernel, columns=1):
    """Forgets the places."""
    return out_channels * in_channels // columns * kernel**2


def wrong_returns_a_float(size_out, in_channels, out_channels, kernel, columns=1):
    """/ in place of //. Hint: should be an int"""
    return size_out**2 * out_channels * in_channels / columns * kernel**2


def wrong_two_columns_always(size_out, in_channels, out_channels, kernel, columns=1):
    """Any number above one is taken for two."""
    return size_out**2 * out_channels * in_channels // min(columns, 2) * kernel**2


def wrong_leaves_the_border_out(size_out, in_channels, out_channels, kernel, columns=1):
    """Counts places of a convolution without zeros."""
    return (size_out - kernel + 1) ** 2 * out_channels * in_channels // columns * kernel**2


def wrong_divides_twice(size_out, in_channels, out_channels, kernel, columns=1):
    """Both maps and work are divided. Hint: the columns are divided out twice"""
    return right_as_a_product(size_out, in_channels, out_channels, kernel, columns) // columns


def wrong_single_precision(size_out, in_channels, out_channels, kernel, columns=1):
    """float32 has 24 binary digits. Hint: rounded to float32"""
    factors = [size_out, size_out, out_channels, in_channels // columns, kernel, kernel]
    return int(torch.tensor(factors, dtype=torch.float32).prod())


def wrong_overflows(size_out, in_channels, out_channels, kernel, columns=1):
    """int32 ends at 2,147,483,647. Hint: overflows in int32"""
    factors = [size_out, size_out, out_channels, in_channels // columns, kernel, kernel]
    return int(torch.tensor(factors, dtype=torch.int32).prod(dtype=torch.int32))
