"""Answers to ps5-dense."""

import numpy as np
import torch


def right_rows_of_zeros(weight, columns):
    made, read = len(weight) // columns, weight.shape[1]
    full = torch.zeros(len(weight), read * columns, *weight.shape[2:], dtype=weight.dtype, device=weight.device)
    for o in range(len(weight)):
        first = o // made * read
        full[o, first:first + read] = weight[o]
    return full


def right_padded(weight, columns):
    read = weight.shape[1]
    blocks = [torch.nn.functional.pad(w, (0, 0, 0, 0, c * read, (columns - 1 - c) * read))
              for c, w in enumerate(weight.chunk(columns))]
    return torch.cat(blocks)


def right_repeated_and_masked(weight, columns):
    made, read = weight.shape[:2]
    kernel = torch.arange(made, device=weight.device) * columns // made
    place = torch.arange(read * columns, device=weight.device) // read
    return weight.repeat(1, columns, 1, 1) * (kernel[:, None] == place)[:, :, None, None]


def right_in_numpy(weight, columns):
    w = weight.numpy()
    full = np.zeros((w.shape[0], w.shape[1] * columns, *w.shape[2:]), dtype=w.dtype)
    for c in range(columns):
        rows = np.s_[c * len(w) // columns:(c + 1) * len(w) // columns]
        full[rows, c * w.shape[1]:(c + 1) * w.shape[1]] = w[rows]
    return torch.from_numpy(full)


def wrong_beside_the_diagonal(weight, columns):
    """The blocks are exchanged. Hint: the blocks lie beside the diagonal"""
    return torch.cat(right_padded(weight, columns).chunk(columns, 1)[::-1], 1)


def wrong_repeated(weight, columns):
    """Repeats the kernels, no zeros. Hint: the kernels are repeated"""
    return weight.repeat(1, columns, 1, 1)


def wrong_repeated_and_divided(weight, columns):
    """Repeats the kernels and divides by the number of columns. Hint: values differ"""
    return weight.repeat(1, columns, 1, 1) / columns


def wrong_interleaved(weight, columns):
    """The maps of a column are every second one. Hint: reads every second map"""
    full = weight.new_zeros(len(weight), weight.shape[1] * columns, *weight.shape[2:])
    for c, rows in enumerate(torch.arange(len(weight)).chunk(columns)):
        full[rows, c::columns] = weight[rows]
    return full


def wrong_kernels_interleaved(weight, columns):
    """The kernels of a column are every second one. Hint: are taken to be neighbours of other columns' kernels"""
    full, read = weight.new_zeros(len(weight), weight.shape[1] * columns, *weight.shape[2:]), weight.shape[1]
    for c in range(columns):
        full[c::columns, c * read:(c + 1) * read] = weight[c::columns]
    return full


def wrong_all_read_column_0(weight, columns):
    """Zeros only at the end. Hint: all kernels read the maps of column 0"""
    return torch.nn.functional.pad(weight, (0, 0, 0, 0, 0, weight.shape[1] * (columns - 1)))


def wrong_only_column_0(weight, columns):
    """The other blocks stay zero. Hint: there is only column 0"""
    full, made = weight.new_zeros(len(weight), weight.shape[1] * columns, *weight.shape[2:]), len(weight) // columns
    full[:made, :weight.shape[1]] = weight[:made]
    return full


def wrong_two_columns(weight, columns):
    """Always two columns. Hint: should have the shape"""
    return right_padded(weight, 2)


def wrong_float32(weight, columns):
    """Zeros of the default dtype. Hint: should be float64"""
    return right_padded(weight, columns).float()


def wrong_float64(weight, columns):
    """Zeros in float64. Hint: should be float32"""
    return right_padded(weight, columns).double()


def wrong_through_float32(weight, columns):
    """Zeros of the default dtype take the weights, and lose digits. Hint: to the last digit"""
    full, made, read = torch.zeros(len(weight), weight.shape[1] * columns, *weight.shape[2:],
                                   device=weight.device), len(weight) // columns, weight.shape[1]
    for c in range(columns):
        full[c * made:(c + 1) * made, c * read:(c + 1) * read] = weight[c * made:(c + 1) * made]
    return full.to(weight.dtype)


def wrong_on_the_cpu(weight, columns):
    """Zeros on the CPU, wherever the weight lies. Hint: device="""
    made, read = len(weight) // columns, weight.shape[1]
    full = torch.zeros(len(weight), read * columns, *weight.shape[2:], dtype=weight.dtype)
    for o in range(len(weight)):
        first = o // made * read
        full[o, first:first + read] = weight[o] if weight.device.type == "cpu" else 0
    return full


def wrong_weight_itself(weight, columns):
    """One column needs no work. Hint: should be a new tensor"""
    return weight if columns == 1 else right_padded(weight, columns)


def wrong_not_changed(weight, columns):
    """Nothing is filled up. Hint: should have the shape"""
    return weight.clone()


def wrong_transposed(weight, columns):
    """Maps first. Hint: should have the shape"""
    return right_padded(weight, columns).transpose(0, 1)


def wrong_square_blocks(weight, columns):
    """Takes the kernels of a column for its maps, too. Hint: fails with"""
    full, made = weight.new_zeros(len(weight), weight.shape[1] * columns, *weight.shape[2:]), len(weight) // columns
    for c in range(columns):
        full[c * made:(c + 1) * made, c * made:(c + 1) * made] = weight[c * made:(c + 1) * made]
    return full


def wrong_turned_kernels(weight, columns):
    """Flips the kernels as for a mathematical convolution. Hint: values differ"""
    return right_padded(weight, columns).flip(2, 3)


def wrong_one_map_too_far(weight, columns):
    """The blocks start one map too late. Hint: values differ"""
    return right_padded(weight, columns).roll(1, 1)
