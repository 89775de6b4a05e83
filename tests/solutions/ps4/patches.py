"""Answers to ps4-patches."""


def check(size, crop):
    if crop > size:
        raise ValueError("too large")


def right_by_counting(size, crop):
    check(size, crop)
    count = 0
    for _ in range(size - crop + 1):
        for _ in range(size - crop + 1):
            count += 2
    return count


def right_by_sets(size, crop):
    places = [first for first in range(size) if first + crop <= size]
    if not places:
        raise ValueError(f"{crop} is larger than {size}")
    return len({(r, c, turned) for r in places for c in places for turned in (False, True)})


def wrong_as_printed(size, crop):
    """32 x 32 x 2. Hint: the last place is forgotten"""
    check(size, crop)
    return 2 * (size - crop) ** 2


def wrong_no_mirrors(size, crop):
    """Hint: mirror images are forgotten"""
    check(size, crop)
    return (size - crop + 1) ** 2


def wrong_one_direction(size, crop):
    """Hint: one direction only"""
    check(size, crop)
    return 2 * (size - crop + 1)


def wrong_upside_down_too(size, crop):
    """Hint: top to bottom"""
    check(size, crop)
    return 4 * (size - crop + 1) ** 2


def wrong_one_too_many(size, crop):
    """Hint: one place too many"""
    check(size, crop)
    return 2 * (size - crop + 2) ** 2


def wrong_constant(size, crop):
    """The number for 224 of 256, always."""
    check(size, crop)
    return 2178


def wrong_not_refused(size, crop):
    """Hint: should raise ValueError"""
    return 2 * (size - crop + 1) ** 2


def wrong_zero_where_it_does_not_fit(size, crop):
    """Hint: should raise ValueError"""
    return 2 * max(0, size - crop + 1) ** 2


def wrong_whole_image_refused(size, crop):
    """Refuses a patch as large as the image."""
    check(size - 1, crop)
    return 2 * (size - crop + 1) ** 2


def wrong_mirrored_places_squared(size, crop):
    """Twice as many places in each direction. Hint: top to bottom"""
    check(size, crop)
    return (2 * (size - crop + 1)) ** 2


def wrong_steps_without_overlap(size, crop):
    """Patches side by side."""
    check(size, crop)
    return 2 * (size // crop) ** 2


def wrong_ten_views(size, crop):
    """Counts the views of the test."""
    check(size, crop)
    return 10


def wrong_places_added(size, crop):
    """Adds the places in the two directions."""
    check(size, crop)
    return 2 * ((size - crop + 1) + (size - crop + 1))


def wrong_area(size, crop):
    """The ratio of areas."""
    check(size, crop)
    return 2 * size**2 // crop**2
