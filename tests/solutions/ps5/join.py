"""Answers to ps5-join."""

import numpy as np
import torch


def _whole(name):
    return name.startswith("fc8.")


def _joined(parts, join):
    """All names, put together by ``join(pieces)``."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: join([part[name] for part in parts if name in part]) for name in names}


def right_by_name(parts):
    net = {}
    for name, value in parts[0].items():
        net[name] = value.clone() if _whole(name) else torch.cat([part[name] for part in parts], dim=0)
    return net


def right_filled_in(parts):
    net = {}
    for name, first in parts[0].items():
        pieces = [part[name] for part in parts if name in part]
        net[name] = first.new_empty(sum(map(len, pieces)), *first.shape[1:])
        for c, piece in enumerate(pieces):
            net[name][c * len(piece):(c + 1) * len(piece)] = piece
    return net


def right_in_numpy(parts):
    return _joined(parts, lambda pieces: torch.from_numpy(np.concatenate([piece.numpy() for piece in pieces])))


def right_one_after_the_other(parts):
    net = {name: value.clone() for name, value in parts[0].items()}
    for part in parts[1:]:
        for name, value in part.items():
            net[name] = torch.vstack([net[name], value]) if value.ndim > 1 else torch.hstack([net[name], value])
    return net


def wrong_order(parts):
    """The last column comes first. Hint: the columns come in the wrong order"""
    return _joined(parts, lambda pieces: torch.cat(pieces[::-1]))


def wrong_second_axis(parts):
    """Side by side. Hint: the pieces are laid side by side"""
    return _joined(parts, lambda pieces: torch.cat(pieces, dim=min(1, pieces[0].ndim - 1)))


def wrong_last_axis(parts):
    """Along the last axis. Hint: the pieces are laid side by side"""
    return _joined(parts, lambda pieces: torch.cat(pieces, dim=-1))


def wrong_hstack(parts):
    """``hstack`` is right for biases only. Hint: the pieces are laid side by side"""
    return _joined(parts, torch.hstack)


def wrong_vstack(parts):
    """``vstack`` is right for weights only. Hint: stacked on a new axis"""
    return _joined(parts, torch.vstack)


def wrong_stacked(parts):
    """A new axis for the columns. Hint: stacked on a new axis"""
    return _joined(parts, lambda pieces: torch.stack(pieces) if len(pieces) > 1 else pieces[0].clone())


def wrong_summed(parts):
    """Adds the pieces up. Hint: the pieces are added up"""
    return _joined(parts, lambda pieces: torch.stack(pieces).sum(0))


def wrong_mean(parts):
    """Averages the pieces, as data parallelism does with gradients. Hint: should have the shape"""
    return _joined(parts, lambda pieces: torch.stack(pieces).mean(0))


def wrong_only_column_0(parts):
    """The others are left out. Hint: there is only column 0"""
    return {name: value.clone() for name, value in parts[0].items()}


def wrong_last_wins(parts):
    """dicts put together by name: the last column wins. Hint: there is only the last column"""
    return {name: value.clone() for part in parts for name, value in part.items()}


def wrong_columns_0_and_1(parts):
    """Two columns, whatever their number. Hint: there are only columns 0 and 1"""
    return right_by_name(parts[:2])


def wrong_two_columns_needed(parts):
    """Counts on a second column. Hint: fails with IndexError"""
    return {name: torch.cat([value, parts[1][name]]) if name in parts[1] else value.clone()
            for name, value in parts[0].items()}


def wrong_fc8_in_all_columns(parts):
    """Looks for fc8 in every column. Hint: fails with KeyError"""
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def wrong_fc8_lost(parts):
    """Takes the names from the last column. Hint: should have the keys"""
    return {name: torch.cat([part[name] for part in parts]) for name in parts[-1]}


def wrong_fc8_not_copied(parts):
    """fc8 is the tensor of column 0. Hint: changes a piece"""
    return {name: value if _whole(name) else torch.cat([part[name] for part in parts])
            for name, value in parts[0].items()}


def wrong_one_column_not_copied(parts):
    """With one column there is nothing to do. Hint: copy"""
    return dict(parts[0]) if len(parts) == 1 else right_by_name(parts)


def wrong_conv3_second_axis(parts):
    """conv3 talks, so its pieces are laid side by side. Hint: the pieces of conv3 are laid side by side"""
    return {name: torch.cat([part[name] for part in parts], 1) if name == "conv3.weight" else value
            for name, value in right_by_name(parts).items()}


def wrong_known_layers(parts):
    """Only the paper's layers. Hint: should have the keys"""
    known = *(f"conv{n}" for n in range(1, 6)), "fc6", "fc7", "fc8"
    return {name: value for name, value in right_by_name(parts).items() if name.split(".")[0] in known}


def wrong_fc8_without_the_dot(parts):
    """Takes fc80 for fc8. Hint: ['fc80.bias']"""
    return {name: value.clone() if name.startswith("fc8") else torch.cat([part[name] for part in parts])
            for name, value in parts[0].items()}


def wrong_take_turns(parts):
    """The columns' rows take turns. Hint: the columns take turns"""
    return _joined(parts, lambda pieces: torch.stack(pieces, 1).flatten(0, 1))


def wrong_float32(parts):
    """All is float32. Hint: should be float64"""
    return {name: value.float() for name, value in right_by_name(parts).items()}


def wrong_float64(parts):
    """All is float64. Hint: should be float32"""
    return {name: value.double() for name, value in right_by_name(parts).items()}


def wrong_in_place(parts):
    """Writes the joined tensors into column 0. Hint: in place"""
    for part in parts[1:]:
        for name, value in part.items():
            parts[0][name] = torch.cat([parts[0][name], value])
    return {name: value.clone() for name, value in parts[0].items()}


def wrong_lists(parts):
    """Lists of pieces. Hint: should be a torch tensor"""
    return _joined(parts, list)


def wrong_sorted_by_size(parts):
    """fc8 is found by its number of rows, not by its name. Hint: should have the shape"""
    return {name: torch.cat([part[name] for part in parts]) if len(value) % len(parts) == 0 else value.clone()
            for name, value in parts[0].items()}


def wrong_biases_of_column_0(parts):
    """Only weights are laid end to end. Hint: there is only column 0"""
    return {name: torch.cat([part[name] for part in parts if name in part]) if value.ndim > 1 else value.clone()
            for name, value in parts[0].items()}
