"""Answers to ps5-split."""

import copy

import torch


def _cut(weights, columns, piece, whole_in=(0,), uncut="fc8."):
    """A cut by ``piece(tensor, c)``; ``uncut`` names are whole in some columns."""
    for name, value in weights.items():
        if not name.startswith(uncut) and len(value) % columns:
            raise ValueError(f"{columns} does not divide {len(value)}, of {name}")
    return [{name: value.clone() if name.startswith(uncut) else piece(value, c) for name, value in weights.items()
             if not name.startswith(uncut) or c in whole_in} for c in range(columns)]


def _rows(value, columns, c):
    share = len(value) // columns
    return value[c * share:(c + 1) * share]


def right_rows_copied(weights, columns):
    return _cut(weights, columns, lambda value, c: _rows(value, columns, c).clone())


def right_reshaped(weights, columns):
    return _cut(weights, columns, lambda value, c: value.reshape(columns, -1, *value.shape[1:])[c].clone())


def right_copied_first(weights, columns):
    parts = tuple({} for _ in range(columns))
    for name in weights:
        if name.split(".")[0] == "fc8":
            parts[0][name] = copy.deepcopy(weights[name])
        elif weights[name].shape[0] % columns == 0:
            for c in range(columns):
                parts[c][name] = torch.stack([row.clone() for row in _rows(weights[name], columns, c)])
        else:
            raise ValueError(name)
    return parts


def right_pieces_of_one_copy(weights, columns):
    return _cut({name: value.clone() for name, value in weights.items()}, columns,
                lambda value, c: value.tensor_split(columns)[c])


def wrong_views(weights, columns):
    """Slices share memory with the net. Hint: give copies"""
    return _cut(weights, columns, lambda value, c: _rows(value, columns, c))


def wrong_fc8_not_copied(weights, columns):
    """Only what is cut is copied. Hint: writing into fc8.weight changes the net"""
    parts = right_rows_copied(weights, columns)
    parts[0] |= {name: value for name, value in weights.items() if name.startswith("fc8.")}
    return parts


def wrong_one_column_not_copied(weights, columns):
    """One column gets the net itself. Hint: columns=1"""
    return [dict(weights)] if columns == 1 else right_rows_copied(weights, columns)


def wrong_fc8_cut(weights, columns):
    """fc8 is cut like the others. Hint: fails with ValueError"""
    return _cut(weights, columns, lambda value, c: _rows(value, columns, c).clone(), uncut="none")


def wrong_fc8_cut_unevenly(weights, columns):
    """fc8 is cut like the others, as well as it goes. Hint: fc8 is cut, too"""
    parts = right_rows_copied(weights, columns)
    for name, value in weights.items():
        if name.startswith("fc8."):
            for part, piece in zip(parts, value.tensor_split(columns), strict=True):
                part[name] = piece.clone()
    return parts


def wrong_fc8_everywhere(weights, columns):
    """Each column has fc8. Hint: should have the keys"""
    return _cut(weights, columns, lambda value, c: _rows(value, columns, c).clone(), range(columns))


def wrong_fc8_in_the_last(weights, columns):
    """fc8 is in the last column. Hint: should have the keys"""
    return _cut(weights, columns, lambda value, c: _rows(value, columns, c).clone(), (columns - 1,))


def wrong_fc8_lost(weights, columns):
    """Nobody has fc8. Hint: should have the keys"""
    return _cut(weights, columns, lambda value, c: _rows(value, columns, c).clone(), ())


def wrong_fc8_bias_cut(weights, columns):
    """Only fc8's weight stays whole. Hint: fc8.bias"""
    return _cut(weights, columns, lambda value, c: _rows(value, columns, c).clone(), uncut="fc8.weight")


def wrong_fc8_without_the_dot(weights, columns):
    """Takes fc80 for fc8. Hint: fc80.bias"""
    return _cut(weights, columns, lambda value, c: _rows(value, columns, c).clone(), uncut="fc8")


def wrong_known_layers(weights, columns):
    """Only the paper's layers. Hint: should have the keys"""
    known = *(f"conv{n}" for n in range(1, 6)), "fc6", "fc7", "fc8"
    return right_rows_copied({name: value for name, value in weights.items() if name.split(".")[0] in known}, columns)


def wrong_all_dense_layers_whole(weights, columns):
    """fc6 and fc7 stay whole, too. Hint: fc6.bias"""
    return _cut(weights, columns, lambda value, c: _rows(value, columns, c).clone(), uncut="fc")


def wrong_biases_whole(weights, columns):
    """Each column has all biases. Hint: the biases are not cut"""
    return _cut(weights, columns, lambda value, c: (_rows(value, columns, c) if value.ndim > 1 else value).clone())


def wrong_biases_in_column_0(weights, columns):
    """Biases stay in column 0. Hint: the biases are not cut"""
    parts = right_rows_copied(weights, columns)
    for name in [name for name in weights if name.endswith("bias")]:
        parts[0][name] = weights[name].clone()
        for part in parts[1:]:
            part.pop(name, None)
    return parts


def wrong_second_axis(weights, columns):
    """Cuts the maps that are read. Hint: the second axis is cut"""
    return _cut(weights, columns, lambda value, c: (
        value.chunk(columns, 1)[c] if value.ndim > 1 else value).clone())


def wrong_both_axes(weights, columns):
    """Cuts kernels and maps. Hint: both axes are cut"""
    def piece(value, c):
        own = _rows(value, columns, c)
        return (own.chunk(columns, 1)[c] if value.ndim > 1 else own).clone()

    return _cut(weights, columns, piece)


def wrong_every_second(weights, columns):
    """Columns take turns. Hint: a column gets every second kernel"""
    return _cut(weights, columns, lambda value, c: value[c::columns].clone())


def wrong_columns_exchanged(weights, columns):
    """Column 0 gets the last part. Hint: the columns are exchanged"""
    return _cut(weights, columns, lambda value, c: _rows(value, columns, columns - 1 - c).clone())


def wrong_two_columns(weights, columns):
    """Always two columns. Hint: should have 3 entries, not 2"""
    return [{name: value.clone() if name.startswith("fc8.") else value.chunk(2)[c].clone()
             for name, value in weights.items() if c == 0 or not name.startswith("fc8.")} for c in (0, 1)]


def wrong_uneven_pieces(weights, columns):
    """chunk gives uneven pieces where it can not cut evenly. Hint: should raise ValueError"""
    parts = [{} for _ in range(columns)]
    for name, value in weights.items():
        pieces = [value] if name.startswith("fc8.") else value.chunk(columns)
        for part, piece in zip(parts, pieces, strict=False):
            part[name] = piece.clone()
    return parts


def wrong_uneven_tensors_whole(weights, columns):
    """What can not be cut evenly is left whole in column 0. Hint: should raise ValueError"""
    parts = [{} for _ in range(columns)]
    for name, value in weights.items():
        even = len(value) % columns == 0 and not name.startswith("fc8.")
        for part, piece in zip(parts, value.chunk(columns) if even else [value], strict=False):
            part[name] = piece.clone()
    return parts


def wrong_fc8_cut_where_even(weights, columns):
    """fc8 stays whole only where it can not be cut evenly. Hint: should have the shape"""
    parts = right_rows_copied(weights, columns)
    for name, value in weights.items():
        if name.startswith("fc8.") and len(value) % columns == 0:
            for c, part in enumerate(parts):
                part[name] = _rows(value, columns, c).clone()
    return parts


def wrong_last_layer_whole(weights, columns):
    """The last layer of the dict stays whole, whatever its name. Hint: fc6.bias"""
    last = list(weights)[-1].split(".")[0] + "."
    return _cut(weights, columns, lambda value, c: _rows(value, columns, c).clone(), uncut=last)


def wrong_only_convolutions_cut(weights, columns):
    """Biases and dense layers stay whole in column 0. Hint: should have the"""
    parts = [{} for _ in range(columns)]
    for name, value in weights.items():
        if name.startswith("conv") and len(value) % columns:
            raise ValueError(name)
        for part, piece in zip(parts, value.chunk(columns) if value.ndim == 4 else [value], strict=False):
            part[name] = piece.clone()
    return parts


def wrong_refuses_fc8(weights, columns):
    """Looks at the rows of fc8, too. Hint: fails with ValueError"""
    if any(len(value) % columns for value in weights.values()):
        raise ValueError("uneven")
    return right_rows_copied(weights, columns)


def wrong_float32(weights, columns):
    """All pieces are float32. Hint: should be float64"""
    return [{name: value.float() for name, value in part.items()} for part in right_rows_copied(weights, columns)]


def wrong_float64(weights, columns):
    """All pieces are float64. Hint: should be float32"""
    return [{name: value.double() for name, value in part.items()} for part in right_rows_copied(weights, columns)]


def wrong_nothing_cut(weights, columns):
    """Each column has the whole net. Hint: nothing is cut"""
    return _cut(weights, columns, lambda value, c: value.clone())


def wrong_zeros_elsewhere(weights, columns):
    """Keeps the shapes and fills up with zeros. Hint: should have the shape"""
    def piece(value, c):
        own, share = torch.zeros_like(value), len(value) // columns
        own[c * share:(c + 1) * share] = _rows(value, columns, c)
        return own

    return _cut(weights, columns, piece)


def wrong_fc8_popped(weights, columns):
    """Takes fc8 out of the dict that it is given. Hint: in place"""
    last = {name: weights.pop(name) for name in list(weights) if name.startswith("fc8.")}
    parts = right_rows_copied(weights, columns)
    parts[0] |= last
    return parts


def wrong_dict_by_column(weights, columns):
    """A dict of dicts. Hint: should be a list"""
    return dict(enumerate(right_rows_copied(weights, columns)))


def wrong_names_of_columns(weights, columns):
    """New names. Hint: should have the keys"""
    return [{f"column{c}.{name}": value for name, value in part.items()}
            for c, part in enumerate(right_rows_copied(weights, columns))]


def wrong_same_dict(weights, columns):
    """``[{}] * columns`` is one dict many times. Hint: one and the same dict"""
    one = {}
    for part in right_rows_copied(weights, columns):
        one |= part
    return [one] * columns
