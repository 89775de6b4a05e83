"""Answers to ps5-mask."""

import numpy as np
import torch


def _refuse(*numbers, columns):
    if any(number % columns for number in numbers):
        raise ValueError(f"{columns} does not divide {numbers}")


def right_by_comparison(out_channels, in_channels, columns):
    _refuse(out_channels, in_channels, columns=columns)
    kernel = torch.arange(out_channels) // (out_channels // columns)
    read = torch.arange(in_channels) // (in_channels // columns)
    return kernel[:, None] == read


def right_kronecker(out_channels, in_channels, columns):
    _refuse(out_channels, in_channels, columns=columns)
    block = torch.ones(out_channels // columns, in_channels // columns, dtype=torch.bool)
    return torch.kron(torch.eye(columns, dtype=torch.bool), block)


def right_loops(out_channels, in_channels, columns):
    _refuse(out_channels, in_channels, columns=columns)
    table = np.zeros((out_channels, in_channels), dtype=bool)
    for c in range(columns):
        table[c * out_channels // columns:(c + 1) * out_channels // columns,
              c * in_channels // columns:(c + 1) * in_channels // columns] = True
    return torch.from_numpy(table)


def wrong_transposed(out_channels, in_channels, columns):
    """Rows are the maps. Hint: it should be the other way round"""
    return right_by_comparison(in_channels, out_channels, columns)


def wrong_negated(out_channels, in_channels, columns):
    """True where nothing is read. Hint: False and True are exchanged"""
    return ~right_by_comparison(out_channels, in_channels, columns)


def wrong_interleaved(out_channels, in_channels, columns):
    """Columns take turns. Hint: reads every second map"""
    _refuse(out_channels, in_channels, columns=columns)
    return torch.arange(out_channels)[:, None] % columns == torch.arange(in_channels) % columns


def wrong_all_true(out_channels, in_channels, columns):
    """Everything talks. Hint: all kernels read all maps"""
    _refuse(out_channels, in_channels, columns=columns)
    return torch.ones(out_channels, in_channels, dtype=torch.bool)


def wrong_numbers(out_channels, in_channels, columns):
    """0 and 1 instead of False and True. Hint: should be bool"""
    return right_by_comparison(out_channels, in_channels, columns).float()


def wrong_numpy(out_channels, in_channels, columns):
    """A table of numpy. Hint: should be a torch tensor"""
    return right_by_comparison(out_channels, in_channels, columns).numpy()


def wrong_one_column_or_two(out_channels, in_channels, columns):
    """Two columns, but for a layer that talks. Hint: there are always two"""
    _refuse(out_channels, in_channels, columns=columns)
    return wrong_not_refused(out_channels, in_channels, min(columns, 2))


def wrong_two_columns(out_channels, in_channels, columns):
    """Always two columns. Hint: mask(3, 2, 1)"""
    _refuse(out_channels, in_channels, columns=columns)
    return wrong_not_refused(out_channels, in_channels, 2)


def wrong_only_first_block(out_channels, in_channels, columns):
    """The other columns read nothing. Hint: values differ"""
    _refuse(out_channels, in_channels, columns=columns)
    table = torch.zeros(out_channels, in_channels, dtype=torch.bool)
    table[:out_channels // columns, :in_channels // columns] = True
    return table


def wrong_off_the_diagonal(out_channels, in_channels, columns):
    """The blocks lie on the other diagonal. Hint: or the blocks lie on the other diagonal"""
    return right_by_comparison(out_channels, in_channels, columns).flip(1)


def wrong_square_blocks(out_channels, in_channels, columns):
    """Takes the kernels of a column for its maps, too. Hint: values differ"""
    _refuse(out_channels, in_channels, columns=columns)
    share = out_channels // columns
    return torch.arange(out_channels)[:, None] // share == torch.arange(in_channels) // share


def wrong_identity(out_channels, in_channels, columns):
    """Each kernel reads one map. Hint: values differ"""
    _refuse(out_channels, in_channels, columns=columns)
    return torch.eye(out_channels, in_channels).bool()


def wrong_not_refused(out_channels, in_channels, columns):
    """Rounds where the columns are uneven. Hint: should raise ValueError"""
    return torch.arange(out_channels)[:, None] * columns // out_channels == (
        torch.arange(in_channels) * columns // in_channels)


def wrong_maps_not_refused(out_channels, in_channels, columns):
    """Looks at the kernels only. Hint: two columns can not share five maps evenly"""
    _refuse(out_channels, columns=columns)
    return wrong_not_refused(out_channels, in_channels, columns)


def wrong_kernels_not_refused(out_channels, in_channels, columns):
    """Looks at the maps only. Hint: two columns can not share five kernels evenly"""
    _refuse(in_channels, columns=columns)
    return wrong_not_refused(out_channels, in_channels, columns)


def wrong_refused_only_if_neither_is_divided(out_channels, in_channels, columns):
    """`and` for `or`. Hint: should raise ValueError"""
    if out_channels % columns and in_channels % columns:
        raise ValueError
    return wrong_not_refused(out_channels, in_channels, columns)


def wrong_sum_looked_at(out_channels, in_channels, columns):
    """Divides kernels and maps together. Hint: neither five kernels nor three maps"""
    _refuse(out_channels + in_channels, columns=columns)
    return wrong_not_refused(out_channels, in_channels, columns)


def wrong_assertion(out_channels, in_channels, columns):
    """Another kind of error. Hint: AssertionError"""
    assert out_channels % columns == 0 and in_channels % columns == 0
    return right_by_comparison(out_channels, in_channels, columns)


def wrong_one_column_refused(out_channels, in_channels, columns):
    """Does not know a layer that talks. Hint: fails with ValueError"""
    if columns == 1:
        raise ValueError("columns must be at least 2")
    return right_by_comparison(out_channels, in_channels, columns)


def wrong_last_map_missing(out_channels, in_channels, columns):
    """The end of each slice is one too early. Hint: values differ"""
    _refuse(out_channels, in_channels, columns=columns)
    table, read = torch.zeros(out_channels, in_channels, dtype=torch.bool), in_channels // columns
    for o in range(out_channels):
        first = o // (out_channels // columns) * read
        table[o, first:first + read - 1] = True
    return table
