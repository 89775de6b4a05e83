"""Answers to ps6-verdict."""


def right_by_middle_first(low, high, smallest=0.0):
    if high < low:
        raise ValueError("ends exchanged")
    if low <= smallest <= high:
        return "undecided"
    return "no worse" if high < smallest else "worse without it"


def right_by_signs(low, high, smallest=0.0):
    if not low <= high:
        raise ValueError("ends exchanged")
    return {2: "worse without it", -2: "no worse"}.get(
        sum((end > smallest) - (end < smallest) for end in (low, high)), "undecided")


def _checked(low, high):
    if low > high:
        raise ValueError("ends exchanged")


def wrong_edge_above(low, high, smallest=0.0):
    """An end at smallest counts as above. Hint: taken as above it"""
    _checked(low, high)
    return "worse without it" if low >= smallest else "no worse" if high < smallest else "undecided"


def wrong_edge_below(low, high, smallest=0.0):
    """An end at smallest counts as below. Hint: taken as below it"""
    _checked(low, high)
    return "worse without it" if low > smallest else "no worse" if high <= smallest else "undecided"


def wrong_both_edges(low, high, smallest=0.0):
    """Both ends at smallest count."""
    _checked(low, high)
    return "worse without it" if low >= smallest else "no worse" if high <= smallest else "undecided"


def wrong_exchanged(low, high, smallest=0.0):
    """The two verdicts are exchanged."""
    _checked(low, high)
    return "no worse" if low > smallest else "worse without it" if high < smallest else "undecided"


def wrong_middle(low, high, smallest=0.0):
    """The middle of the interval decides. Hint: the middle, or one end, decides"""
    _checked(low, high)
    middle = (low + high) / 2
    return "worse without it" if middle > smallest else "no worse" if middle < smallest else "undecided"


def wrong_never_undecided(low, high, smallest=0.0):
    """What is not shown worse is no worse. Hint: taken for being shown no worse"""
    _checked(low, high)
    return "worse without it" if low > smallest else "no worse"


def wrong_smallest_ignored(low, high, smallest=0.0):
    """Always against 0. Hint: smallest is ignored"""
    _checked(low, high)
    return "worse without it" if low > 0 else "no worse" if high < 0 else "undecided"


def wrong_two_smallests(low, high, smallest=0.0):
    """No worse only below -smallest. Hint: below 0 or below -smallest"""
    _checked(low, high)
    return "worse without it" if low > smallest else "no worse" if high < -smallest else "undecided"


def wrong_smallest_above_only(low, high, smallest=0.0):
    """Smallest counts for worse, zero for no worse. Hint: below 0 or below -smallest"""
    _checked(low, high)
    return "worse without it" if low > smallest else "no worse" if high < 0 else "undecided"


def wrong_upper_end(low, high, smallest=0.0):
    """Worse as soon as the upper end is above. Hint: the middle, or one end, decides"""
    _checked(low, high)
    return "worse without it" if high > smallest else "no worse" if high < smallest else "undecided"


def wrong_lower_end(low, high, smallest=0.0):
    """No worse as soon as the lower end is below."""
    _checked(low, high)
    return "worse without it" if low > smallest else "no worse" if low < smallest else "undecided"


def wrong_sign_thrown_away(low, high, smallest=0.0):
    """Any effect that differs from 0 counts as worse. Hint: the sign of the effect does not count"""
    _checked(low, high)
    if low <= smallest <= high:
        return "undecided"
    return "worse without it"


def wrong_equivalence(low, high, smallest=0.0):
    """Within smallest on either side is no worse, below it is undecided."""
    _checked(low, high)
    return "worse without it" if low > smallest else "no worse" if -smallest < low and high < smallest else "undecided"


def wrong_width(low, high, smallest=0.0):
    """A long interval is undecided."""
    _checked(low, high)
    if high - low > 1.5:
        return "undecided"
    return "worse without it" if low > smallest else "no worse" if high < smallest else "undecided"


def wrong_never_refuses(low, high, smallest=0.0):
    """Does not look at the order of the ends. Hint: should raise ValueError"""
    return "worse without it" if low > smallest else "no worse" if high < smallest else "undecided"


def wrong_sorts(low, high, smallest=0.0):
    """Puts exchanged ends in order. Hint: should raise ValueError"""
    low, high = sorted((low, high))
    return "worse without it" if low > smallest else "no worse" if high < smallest else "undecided"


def wrong_words(low, high, smallest=0.0):
    """Other words."""
    _checked(low, high)
    return "worse" if low > smallest else "better" if high < smallest else "undecided"


def wrong_true_or_false(low, high, smallest=0.0):
    """A yes or no. Hint: should be text"""
    _checked(low, high)
    return low > smallest
