"""Answers to ps3-zeros."""

import math


def right_by_trying(size, kernel, stride, wanted):
    for zeros in range(kernel + stride * wanted + 1):
        places = len(range(0, size + zeros - kernel + 1, stride))
        if places == wanted:
            return zeros
    raise ValueError("there are more places already")


def right_by_places(size, kernel, stride, wanted):
    places = max(0, (size - kernel) // stride + 1)
    if places > wanted:
        raise ValueError(f"{places} > {wanted}")
    return 0 if places == wanted else (wanted - 1) * stride + kernel - size


def right_one_by_one(size, kernel, stride, wanted):
    zeros = 0
    while math.floor((size + zeros - kernel) / stride) + 1 < wanted:
        zeros += 1
    if math.floor((size + zeros - kernel) / stride) + 1 > wanted:
        raise ValueError
    return zeros


def wrong_one_window_too_many(size, kernel, stride, wanted):
    """wanted strides in place of wanted - 1. Hint: one window more is counted than wanted"""
    needed = kernel + stride * wanted
    if size >= needed + stride:
        raise ValueError
    return max(0, needed - size)


def wrong_half_at_each_end(size, kernel, stride, wanted):
    """The padding of a convolution. Hint: divided between both ends"""
    return right_by_places(size, kernel, stride, wanted) / 2


def wrong_half_at_each_end_rounded_up(size, kernel, stride, wanted):
    """The padding of a convolution, 2 for 224 pixels. Hint: shared between both ends"""
    return -(-right_by_places(size, kernel, stride, wanted) // 2)


def wrong_less_than_nothing(size, kernel, stride, wanted):
    """Forgets that pixels may be left over. Hint: counted as less than 0 zeros"""
    needed = kernel + stride * (wanted - 1)
    if size >= needed + stride:
        raise ValueError
    return needed - size


def wrong_fills_the_next_window(size, kernel, stride, wanted):
    """One window more than there is, whatever is wanted. Hint: although there are enough pixels"""
    if (size - kernel) // stride + 1 > wanted:
        raise ValueError
    return -(size - kernel) % stride


def wrong_refuses_any_pixel_left_over(size, kernel, stride, wanted):
    """228 pixels are too many for 55 places; 224 are not for 54."""
    needed = kernel + stride * (wanted - 1)
    if size > needed:
        raise ValueError
    return needed - size


def wrong_refuses_nothing(size, kernel, stride, wanted):
    """0 where there are too many places. Hint: should raise ValueError"""
    return max(0, kernel + stride * (wanted - 1) - size)


def wrong_refuses_one_window_late(size, kernel, stride, wanted):
    """> in place of >=. Hint: should raise ValueError"""
    needed = kernel + stride * (wanted - 1)
    if size > needed + stride:
        raise ValueError
    return max(0, needed - size)


def wrong_as_many_as_possible(size, kernel, stride, wanted):
    """The last number of zeros that still gives the wanted places. Hint: more zeros than needed"""
    right_by_places(size, kernel, stride, wanted)
    return kernel + stride * wanted - 1 - size


def wrong_gives_the_rest(size, kernel, stride, wanted):
    """The pixels left over. Hint: the rest is given"""
    right_by_places(size, kernel, stride, wanted)
    return (size - kernel) % stride


def wrong_only_conv1(size, kernel, stride, wanted):
    """Written for 11 and 4. Hint: zeros_to_add(6, 3, 2, 3)"""
    return right_by_places(size, 11, 4, wanted)


def wrong_refuses_few_pixels(size, kernel, stride, wanted):
    """Zeros can make room for a kernel as well. Hint: fails with ValueError"""
    if size < kernel:
        raise ValueError
    return right_by_places(size, kernel, stride, wanted)


def wrong_counts_with_rounding_up(size, kernel, stride, wanted):
    """55 places are there at once, if they are rounded up. Hint: sides are rounded up"""
    places = max(0, math.ceil((size - kernel) / stride) + 1)
    if places > wanted:
        raise ValueError
    return 0 if places == wanted else (wanted - 1) * stride + kernel - size


def wrong_returns_a_float(size, kernel, stride, wanted):
    """A number of rows is whole. Hint: should be an int"""
    return right_by_places(size, kernel, stride, wanted) * 1.0
