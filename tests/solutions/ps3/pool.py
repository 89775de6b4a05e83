"""Answers to ps3-pool."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def right_by_loops(maps, size, stride):
    rows = range(0, maps.shape[2] - size + 1, stride)
    columns = range(0, maps.shape[3] - size + 1, stride)
    pooled = maps.new_empty(maps.shape[0], maps.shape[1], len(rows), len(columns))
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            pooled[:, :, i, j] = maps[:, :, top : top + size, left : left + size].amax(dim=(2, 3))
    return pooled


def right_by_shifted_slices(maps, size, stride):
    down, right = (maps.shape[2] - size) // stride + 1, (maps.shape[3] - size) // stride + 1
    best = None
    for a in range(size):
        for b in range(size):
            part = maps[:, :, a : a + stride * (down - 1) + 1 : stride, b : b + stride * (right - 1) + 1 : stride]
            best = part if best is None else torch.maximum(best, part)
    return best


def right_rows_then_columns(maps, size, stride):
    return maps.unfold(2, size, stride).max(-1).values.unfold(3, size, stride).max(-1).values


def right_by_unfold(maps, size, stride):
    n, c, h, w = maps.shape
    windows = F.unfold(maps.reshape(n * c, 1, h, w), size, stride=stride)
    return windows.max(dim=1).values.reshape(n, c, (h - size) // stride + 1, (w - size) // stride + 1)


def right_in_numpy(maps, size, stride):
    windows = np.lib.stride_tricks.sliding_window_view(maps.double().cpu().numpy(), (size, size), axis=(2, 3))
    return torch.from_numpy(windows[:, :, ::stride, ::stride].max(axis=(4, 5))).to(maps)


def wrong_mean(maps, size, stride):
    """Average pooling. Hint: the mean is taken"""
    return maps.unfold(2, size, stride).unfold(3, size, stride).mean((-2, -1))


def wrong_smallest(maps, size, stride):
    """amin in place of amax. Hint: the smallest value is kept"""
    return maps.unfold(2, size, stride).unfold(3, size, stride).amin((-2, -1))


def wrong_stride_is_the_size(maps, size, stride):
    """Windows that touch. Hint: the stride is as large as the window"""
    return maps.unfold(2, size, size).unfold(3, size, size).amax((-2, -1))


def wrong_size_is_the_stride(maps, size, stride):
    """Windows as large as the step. Hint: windows of 2 are taken"""
    return maps.unfold(2, stride, stride).unfold(3, stride, stride).amax((-2, -1))


def wrong_drops_the_last_window(maps, size, stride):
    """The 1 of the number of places is forgotten. Hint: the last windows are left out"""
    down, right = (maps.shape[2] - size) // stride, (maps.shape[3] - size) // stride
    return right_by_loops(maps, size, stride)[:, :, :down, :right]


def wrong_windows_stick_out(maps, size, stride):
    """Rounds up. Hint: windows that stick out are counted"""
    down, right = (-(-(n - size) // stride) * stride + size - n for n in maps.shape[2:])
    return right_rows_then_columns(F.pad(maps, (0, right, 0, down), value=float("-inf")), size, stride)


def wrong_zeros_around(maps, size, stride):
    """A border of zeros as a convolution has. Hint: should have the shape"""
    return right_rows_then_columns(F.pad(maps, (1, 1, 1, 1)), size, stride)


def wrong_begins_at_zero(maps, size, stride):
    """The maximum begins at 0: right after a ReLU only. Hint: a zero takes part"""
    return right_by_loops(maps, size, stride).clamp(min=0)


def wrong_begins_at_a_number(maps, size, stride):
    """The maximum begins at -1e9, which is not less than all others. Hint: -2e31"""
    return right_by_loops(maps, size, stride).clamp(min=-1e9)


def wrong_magnitudes(maps, size, stride):
    """The largest without its sign. Hint: signs are lost"""
    return right_by_loops(maps.abs(), size, stride)


def wrong_always_three_and_two(maps, size, stride):
    """Written for the paper's net."""
    return right_rows_then_columns(maps, 3, 2)


def wrong_square_maps_only(maps, size, stride):
    """The height stands for both sides."""
    side = (maps.shape[2] - size) // stride + 1
    pooled = maps.new_zeros(*maps.shape[:2], side, side)
    for i in range(side):
        for j in range(side):
            window = maps[:, :, i * stride : i * stride + size, j * stride : j * stride + size]
            pooled[:, :, i, j] = window.amax((2, 3)) if window.numel() else 0
    return pooled


def wrong_rows_and_columns_swapped(maps, size, stride):
    """Transposed maps."""
    return right_by_loops(maps, size, stride).mT


def wrong_over_the_maps(maps, size, stride):
    """Windows run over maps and rows."""
    return maps.unfold(1, min(size, maps.shape[1]), stride).unfold(2, size, stride).amax((-2, -1))


def wrong_one_axis_only(maps, size, stride):
    """Rows are pooled, columns only thinned out."""
    right = (maps.shape[3] - size) // stride + 1
    return maps.unfold(2, size, stride).amax(-1)[..., ::stride][..., :right]


def wrong_over_all_maps(maps, size, stride):
    """One maximum for all maps of an image."""
    return right_by_loops(maps, size, stride).amax(1, keepdim=True).expand(-1, maps.shape[1], -1, -1)


def wrong_over_the_batch(maps, size, stride):
    """One maximum for all images."""
    return right_by_loops(maps, size, stride).amax(0, keepdim=True).expand(len(maps), -1, -1, -1)


def wrong_first_image_only(maps, size, stride):
    """Right for a batch of one."""
    return right_by_loops(maps[:1], size, stride)


def wrong_in_place(maps, size, stride):
    """Writes into its input. Hint: in place"""
    pooled = right_by_loops(maps, size, stride)
    maps[:, :, : pooled.shape[2], : pooled.shape[3]] = pooled
    return maps[:, :, : pooled.shape[2], : pooled.shape[3]]


def wrong_dtype(maps, size, stride):
    """float64 for everything. Hint: keep the dtype"""
    return right_by_loops(maps.double(), size, stride)


def wrong_single_precision(maps, size, stride):
    """float32 for everything: torch.zeros without a dtype."""
    down, right = (maps.shape[2] - size) // stride + 1, (maps.shape[3] - size) // stride + 1
    pooled = torch.zeros(*maps.shape[:2], down, right, device=maps.device)
    return pooled.copy_(right_by_loops(maps, size, stride))


def wrong_device(maps, size, stride):
    """A new tensor in the CPU's memory, whatever the input's. Hint: device=x.device"""
    rows, columns = (range(0, n - size + 1, stride) for n in maps.shape[2:])
    pooled = torch.empty(*maps.shape[:2], len(rows), len(columns), dtype=maps.dtype)
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            pooled[:, :, i, j] = maps[:, :, top : top + size, left : left + size].amax((2, 3))
    return pooled


def wrong_window_one_short(maps, size, stride):
    """Slices that end one unit too early."""
    down, right = ((n - size) // stride + 1 for n in maps.shape[2:])
    smaller = max(1, size - 1)
    return right_by_loops(maps, smaller, stride)[:, :, :down, :right]


def wrong_returns_a_list(maps, size, stride):
    """Nested lists. Hint: should return a torch tensor"""
    return right_by_loops(maps, size, stride).tolist()


def wrong_returns_places_too(maps, size, stride):
    """A pair of values and indices, as torch.max gives. Hint: should return a torch tensor"""
    return maps.unfold(2, size, stride).unfold(3, size, stride).flatten(-2).max(-1)


def wrong_windows_centred(maps, size, stride):
    """Windows centred on every second unit, as a convolution with a border."""
    half = size // 2
    return right_by_shifted_slices(F.pad(maps, (half, half, half, half), value=float("-inf")), size, stride)


def right_from_a_list(maps, size, stride):
    rows, columns = (range(0, n - size + 1, stride) for n in maps.shape[2:])
    pooled = [[[[image[top : top + size, left : left + size].max().item() for left in columns] for top in rows]
               for image in images] for images in maps]
    return torch.tensor(pooled, dtype=maps.dtype, device=maps.device)


def right_by_indices(maps, size, stride):
    rows, columns = (torch.arange(0, n - size + 1, stride)[:, None] + torch.arange(size) for n in maps.shape[2:])
    windows = maps[:, :, rows[:, None, :, None], columns[None, :, None, :]]
    return windows.flatten(-2).sort(-1).values[..., -1]


def wrong_smooth_maximum(maps, size, stride):
    """logsumexp, which is a little more than the maximum."""
    return maps.unfold(2, size, stride).unfold(3, size, stride).logsumexp((-2, -1))


def wrong_order_of_rows(maps, size, stride):
    """Windows are laid from the last row on: the same only where they fit without a rest."""
    return right_by_loops(maps.flip(2, 3), size, stride).flip(2, 3)


def wrong_calls_max_pool2d(maps, size, stride):
    """Lets torch do the task. Hint: max_pool calls max_pool2d of torch"""
    return F.max_pool2d(maps, size, stride)


def wrong_calls_max_pool1d(maps, size, stride):
    """Rows, then columns, but torch still lays the windows. Hint: max_pool calls max_pool1d of torch"""
    rows = F.max_pool1d(maps.flatten(0, 2), size, stride).unflatten(0, maps.shape[:3])
    columns = rows.mT
    return F.max_pool1d(columns.flatten(0, 2), size, stride).unflatten(0, columns.shape[:3]).mT


def wrong_calls_max_pool3d(maps, size, stride):
    """Windows of one map in depth. Hint: max_pool calls max_pool3d of torch"""
    return F.max_pool3d(maps, (1, size, size), (1, stride, stride))


def wrong_module(maps, size, stride):
    """The layer that torch has for it. Hint: write the windows yourself"""
    return nn.MaxPool2d(size, stride)(maps)


def wrong_values_of_max_pool2d(maps, size, stride):
    """Asks for the places too, and drops them. Hint: write the windows yourself"""
    return F.max_pool2d(maps, size, stride, return_indices=True)[0]


def wrong_from_torch_itself(maps, size, stride):
    """torch.max_pool2d is the same function. Hint: max_pool calls max_pool2d of torch"""
    return torch.max_pool2d(maps, size, stride)


def wrong_through_single_precision(maps, size, stride):
    """Loses half of the digits on the way. Hint: float64 passes through float32"""
    return right_rows_then_columns(maps.float(), size, stride).to(maps.dtype)


def wrong_numpy_knows_no_bfloat16(maps, size, stride):
    """numpy has no bfloat16. Hint: fails with TypeError"""
    windows = np.lib.stride_tricks.sliding_window_view(maps.cpu().numpy(), (size, size), axis=(2, 3))
    return torch.from_numpy(windows[:, :, ::stride, ::stride].max(axis=(4, 5))).to(maps)
