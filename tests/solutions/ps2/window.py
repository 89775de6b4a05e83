"""Answers to ps2-window."""


def right_by_listing(i, maps, n=5):
    near = [j for j in range(maps) if abs(j - i) <= n // 2]
    return near[0], near[-1]


def right_by_walking(i, maps, n=5):
    first = last = i
    for _ in range((n - 1) // 2):
        first -= first > 0
        last += last < maps - 1
    return first, last


def wrong_slides_back(i, maps, n=5):
    """Keeps its length at the edges. Hint: slides back"""
    first = max(0, min(max(0, i - n // 2), maps - n))
    return first, min(maps, first + n) - 1


def wrong_exclusive_end(i, maps, n=5):
    """As a slice needs it. Hint: the last map is not counted"""
    return max(0, i - n // 2), min(maps, i + n // 2 + 1)


def wrong_last_map_is_n(i, maps, n=5):
    """N for N - 1 in the upper limit. Hint: the last map is 96"""
    return max(0, i - n // 2), min(maps, i + n // 2)


def wrong_not_cut_below(i, maps, n=5):
    """No lower limit. Hint: maps below 0"""
    return i - n // 2, min(maps - 1, i + n // 2)


def wrong_not_cut_above(i, maps, n=5):
    """No upper limit. Hint: maps beyond the last"""
    return max(0, i - n // 2), i + n // 2


def wrong_radius(i, maps, n=5):
    """n maps on each side. Hint: length of one side"""
    return max(0, i - n), min(maps - 1, i + n)


def wrong_both_sides_cut(i, maps, n=5):
    """The window stays symmetric at the edges. Hint: both sides are cut"""
    side = min(n // 2, i, maps - 1 - i)
    return i - side, i + side


def wrong_true_division(i, maps, n=5):
    """n / 2 is not rounded. Hint: n / 2 is rounded down"""
    return max(0, i - n / 2), min(maps - 1, i + n / 2)


def wrong_truncates_late(i, maps, n=5):
    """One map too many below. Hint: i - n / 2 is rounded down"""
    return int(max(0, i - n / 2)), int(min(maps - 1, i + n / 2))


def wrong_rounds_up(i, maps, n=5):
    """(n + 1) / 2 on each side. Hint: n / 2 is rounded up"""
    return max(0, i - (n + 1) // 2), min(maps - 1, i + (n + 1) // 2)


def wrong_n_ignored(i, maps, n=5):
    """Two on each side whatever n. Hint: n is not used"""
    return max(0, i - 2), min(maps - 1, i + 2)


def wrong_96_maps(i, maps, n=5):
    """The paper's layer 1 only. Hint: always 96"""
    return max(0, i - n // 2), min(95, i + n // 2)


def wrong_wraps(i, maps, n=5):
    """Round the end, as the index -2 does. Hint: wraps round"""
    return (i - n // 2) % maps, (i + n // 2) % maps


def wrong_from_one(i, maps, n=5):
    """Maps are numbered from 1. Hint: numbered from 1"""
    return max(1, i + 1 - n // 2), min(maps, i + 1 + n // 2)


def wrong_floats(i, maps, n=5):
    """Rounded down, but floats. Hint: two ints"""
    return max(0.0, i - n / 2 + 0.5), min(maps - 1.0, i + n / 2 - 0.5)


def wrong_one_side_only(i, maps, n=5):
    """The n maps up to the map itself."""
    return max(0, i - n + 1), i


def wrong_range(i, maps, n=5):
    """The maps themselves. Hint: should be a tuple"""
    return range(max(0, i - n // 2), min(maps, i + n // 2 + 1))
