"""Answers to ps3-output-size."""

import math

import numpy as np
import torch
import torch.nn.functional as F


def right_by_listing_the_windows(size, kernel, stride=1, padding=0, ceil=False):
    length = size + 2 * padding
    if kernel > length:
        raise ValueError("the kernel does not fit")
    places = 0
    for start in range(0, length, stride):
        whole = start + kernel <= length
        previous_reaches_the_end = start > 0 and start - stride + kernel >= length
        if whole or (ceil and start < size + padding and not previous_reaches_the_end):
            places += 1
    return places


def right_by_torch(size, kernel, stride=1, padding=0, ceil=False):
    if kernel > size + 2 * padding:
        raise ValueError("the kernel does not fit")
    if ceil:
        return F.max_pool1d(torch.zeros(1, 1, size), kernel, stride, padding, ceil_mode=True).shape[-1]
    return F.pad(torch.zeros(1, 1, size), (padding, padding)).unfold(2, kernel, stride).shape[2]


def right_by_negated_division(size, kernel, stride=1, padding=0, ceil=False):
    rest = size + 2 * padding - kernel
    if rest < 0:
        raise ValueError(f"{kernel} > {size + 2 * padding}")
    if not ceil:
        return rest // stride + 1
    return min(-(-rest // stride), (size + padding - 1) // stride) + 1


def right_in_numpy(size, kernel, stride=1, padding=0, ceil=False):
    rest = np.int64(size + 2 * padding - kernel)
    if rest < 0:
        raise ValueError("too large")
    places = np.int64((np.ceil if ceil else np.floor)(rest / stride)) + 1
    return places - 1 if ceil and (places - 1) * stride >= size + padding else places


def wrong_forgets_the_one(size, kernel, stride=1, padding=0, ceil=False):
    """Counts the steps instead of the places. Hint: the 1 is forgotten"""
    if kernel > size + 2 * padding:
        raise ValueError
    return (size + 2 * padding - kernel) // stride


def wrong_pads_once(size, kernel, stride=1, padding=0, ceil=False):
    """Zeros at one end only. Hint: zeros are added at one end only"""
    if kernel > size + padding:
        raise ValueError
    return (math.ceil if ceil else math.floor)((size + padding - kernel) / stride) + 1


def wrong_ignores_padding(size, kernel, stride=1, padding=0, ceil=False):
    """No zeros at all. Hint: the padding is ignored"""
    if kernel > size:
        raise ValueError
    return (size - kernel) // stride + 1


def wrong_rounds_down_always(size, kernel, stride=1, padding=0, ceil=False):
    """The argument ceil does nothing. Hint: it rounds down"""
    if kernel > size + 2 * padding:
        raise ValueError
    return (size + 2 * padding - kernel) // stride + 1


def wrong_rounds_up_always(size, kernel, stride=1, padding=0, ceil=False):
    """As the authors' program, whatever ceil says. Hint: it rounds up"""
    if kernel > size + 2 * padding:
        raise ValueError
    places = math.ceil((size + 2 * padding - kernel) / stride) + 1
    return places - ((places - 1) * stride >= size + padding)


def wrong_rounds_to_the_nearest(size, kernel, stride=1, padding=0, ceil=False):
    """round() in place of rounding down. Hint: it rounds, but not down"""
    if kernel > size + 2 * padding:
        raise ValueError
    steps = (size + 2 * padding - kernel) / stride
    places = (math.ceil(steps) if ceil else round(steps)) + 1
    return places - (ceil and (places - 1) * stride >= size + padding)


def wrong_last_window_outside(size, kernel, stride=1, padding=0, ceil=False):
    """With ceil the last window may begin anywhere. Hint: the last window begins outside"""
    if kernel > size + 2 * padding:
        raise ValueError
    return (math.ceil if ceil else math.floor)((size + 2 * padding - kernel) / stride) + 1


def wrong_last_window_in_the_zeros_at_the_right(size, kernel, stride=1, padding=0, ceil=False):
    """Leaves out windows beyond the zeros only. Hint: in the zeros at the right"""
    if kernel > size + 2 * padding:
        raise ValueError
    places = (math.ceil if ceil else math.floor)((size + 2 * padding - kernel) / stride) + 1
    return places - (ceil and (places - 1) * stride >= size + 2 * padding)


def wrong_adds_a_window_with_ceil(size, kernel, stride=1, padding=0, ceil=False):
    """One more place with ceil, also where the windows fit. Hint: the last one ends at the last pixel"""
    if kernel > size + 2 * padding:
        raise ValueError
    places = (size + 2 * padding - kernel) // stride + 1 + ceil
    return places - (ceil and (places - 1) * stride >= size + padding)


def wrong_drops_the_window_without_ceil_too(size, kernel, stride=1, padding=0, ceil=False):
    """A convolution may well begin in the zeros at the right."""
    if kernel > size + 2 * padding:
        raise ValueError
    places = (math.ceil if ceil else math.floor)((size + 2 * padding - kernel) / stride) + 1
    return places - ((places - 1) * stride >= size + padding)


def wrong_refuses_nothing(size, kernel, stride=1, padding=0, ceil=False):
    """0 or fewer places for a kernel that is too large. Hint: should raise ValueError"""
    steps = (size + 2 * padding - kernel) / stride
    places = (math.ceil if ceil else math.floor)(steps) + 1
    return places - (ceil and (places - 1) * stride >= size + padding)


def wrong_forgets_the_zeros_when_it_refuses(size, kernel, stride=1, padding=0, ceil=False):
    """Refuses a kernel larger than the pixels, although zeros make room."""
    if kernel > size:
        raise ValueError
    return right_by_negated_division(size, kernel, stride, padding, ceil)


def wrong_refuses_a_kernel_that_just_fits(size, kernel, stride=1, padding=0, ceil=False):
    """>= in place of >."""
    if kernel >= size + 2 * padding:
        raise ValueError
    return right_by_negated_division(size, kernel, stride, padding, ceil)


def wrong_accepts_a_large_kernel_with_ceil(size, kernel, stride=1, padding=0, ceil=False):
    """One window that sticks out at once. Hint: does not fit into 2 pixels"""
    if ceil and kernel > size + 2 * padding:
        return 1
    return right_by_negated_division(size, kernel, stride, padding, ceil)


def wrong_stride_is_the_kernel(size, kernel, stride=None, padding=0, ceil=False):
    """torch's default for pooling, not 1. Hint: the default stride is not 1"""
    return right_by_negated_division(size, kernel, stride or kernel, padding, ceil)


def wrong_returns_a_float(size, kernel, stride=1, padding=0, ceil=False):
    """Right in value, but no side that torch would take. Hint: should be an int"""
    return float(right_by_negated_division(size, kernel, stride, padding, ceil))


def wrong_ends_the_program(size, kernel, stride=1, padding=0, ceil=False):
    """assert raises AssertionError, not ValueError. Hint: fails with AssertionError"""
    assert kernel <= size + 2 * padding, "too large"
    return right_by_negated_division(size, kernel, stride, padding, ceil)
