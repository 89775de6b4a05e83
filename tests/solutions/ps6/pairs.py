"""Answers to ps6-pairs."""

from itertools import count
from math import ceil, sqrt

from scipy import stats


def right_by_counting(sd, effect, confidence=0.95):
    if not effect > 0 or not sd > 0:
        raise ValueError("no answer")
    return next(n for n in count(2) if stats.t.isf((1 - confidence) / 2, n - 1) * sd <= effect * sqrt(n))


def right_by_halving(sd, effect, confidence=0.95):
    def long_enough(n):
        return stats.t.interval(confidence, n - 1, scale=sd / n**0.5)[1] <= effect

    if effect <= 0 or sd <= 0:
        raise ValueError("no answer")
    low, high = 1, 2
    while not long_enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if long_enough(middle) else (middle, high)
    return high


def right_as_in_chapter_05(sd, effect, confidence=0.95):
    if effect <= 0 or sd <= 0:
        raise ValueError("no answer")
    n = 2
    while n < (stats.t.ppf(0.5 + confidence / 2, n - 1) * sd / effect) ** 2:
        n += 1
    return n


def _search(sd, half, effect, first=2):
    if effect <= 0 or sd <= 0:
        raise ValueError("no answer")
    n = first
    while half(n) > effect:
        n += 1
    return n


def wrong_normal(sd, effect, confidence=0.95):
    """The normal distribution. Hint: in place of Student's t"""
    return _search(sd, lambda n: stats.norm.ppf((1 + confidence) / 2) * sd / sqrt(n), effect)


def wrong_normal_by_formula(sd, effect, confidence=0.95):
    """The square of z sd / effect, rounded up. Hint: in place of Student's t"""
    if effect <= 0 or sd <= 0:
        raise ValueError("no answer")
    return max(2, ceil((stats.norm.ppf((1 + confidence) / 2) * sd / effect) ** 2))


def wrong_one_sided(sd, effect, confidence=0.95):
    """The whole tail on one side. Hint: the whole tail is put on one side"""
    return _search(sd, lambda n: stats.t.ppf(confidence, n - 1) * sd / sqrt(n), effect)


def wrong_degrees(sd, effect, confidence=0.95):
    """n degrees of freedom. Hint: the degrees of freedom are n"""
    return _search(sd, lambda n: stats.t.ppf((1 + confidence) / 2, n) * sd / sqrt(n), effect)


def wrong_whole_width(sd, effect, confidence=0.95):
    """Compares the whole width. Hint: the whole width"""
    return _search(sd, lambda n: 2 * stats.t.ppf((1 + confidence) / 2, n - 1) * sd / sqrt(n), effect)


def wrong_one_more(sd, effect, confidence=0.95):
    """One pair too many. Hint: one pair too many"""
    return right_by_counting(sd, effect, confidence) + 1


def wrong_one_less(sd, effect, confidence=0.95):
    """One pair too few. Hint: one pair too few"""
    return max(2, right_by_counting(sd, effect, confidence) - 1)


def wrong_no_root(sd, effect, confidence=0.95):
    """Divides by n instead of its root."""
    return _search(sd, lambda n: stats.t.ppf((1 + confidence) / 2, n - 1) * sd / n, effect)


def wrong_root_of_degrees(sd, effect, confidence=0.95):
    """Divides by the root of n - 1."""
    return _search(sd, lambda n: stats.t.ppf((1 + confidence) / 2, n - 1) * sd / sqrt(n - 1), effect)


def wrong_root_counted_twice(sd, effect, confidence=0.95):
    """Takes the variance for the standard deviation."""
    return _search(sd, lambda n: stats.t.ppf((1 + confidence) / 2, n - 1) * sd**2 / sqrt(n), effect)


def wrong_standard_error(sd, effect, confidence=0.95):
    """Leaves t out."""
    return _search(sd, lambda n: sd / sqrt(n), effect)


def wrong_confidence_ignored(sd, effect, confidence=0.95):
    """Always 95 %. Hint: the confidence is ignored"""
    return right_by_counting(sd, effect)


def wrong_from_one(sd, effect, confidence=0.95):
    """Begins with a single pair, for which t does not exist. Hint: take at least 2"""
    return _search(sd, lambda n: stats.t.ppf((1 + confidence) / 2, n - 1) * sd / sqrt(n), effect, first=1)


def wrong_from_three(sd, effect, confidence=0.95):
    """Never fewer than three."""
    return max(3, right_by_counting(sd, effect, confidence))


def wrong_four_in_five(sd, effect, confidence=0.95):
    """Chapter 05's number for an effect found four times in five."""
    return _search(sd, lambda n: (stats.t.ppf((1 + confidence) / 2, n - 1) + stats.t.ppf(0.8, n - 1)) * sd / sqrt(n),
                   effect)


def wrong_gives_up(sd, effect, confidence=0.95):
    """Tries no more than 100."""
    if effect <= 0 or sd <= 0:
        raise ValueError("no answer")
    return next((n for n in range(2, 100) if stats.t.isf((1 - confidence) / 2, n - 1) * sd <= effect * sqrt(n)), 100)


def wrong_float(sd, effect, confidence=0.95):
    """The number as a float. Hint: should be an int"""
    return float(right_by_counting(sd, effect, confidence))


def wrong_not_rounded(sd, effect, confidence=0.95):
    """The square of t sd / effect with t of the right n, not rounded."""
    n = right_by_counting(sd, effect, confidence)
    return (stats.t.ppf((1 + confidence) / 2, n - 1) * sd / effect) ** 2


def wrong_takes_any_effect(sd, effect, confidence=0.95):
    """Takes an effect without its sign. Hint: should raise ValueError"""
    return right_by_counting(sd, abs(effect) or 1e9, confidence)


def wrong_takes_any_spread(sd, effect, confidence=0.95):
    """Does not look at the sign of the spread. Hint: should raise ValueError"""
    return right_by_counting(abs(sd) or 1e-9, effect, confidence)


def wrong_comparison(sd, effect, confidence=0.95):
    """Goes on while the interval is short enough. Hint: the comparison is the wrong way round"""
    if effect <= 0 or sd <= 0:
        raise ValueError("no answer")
    n = 2
    while stats.t.ppf((1 + confidence) / 2, n - 1) * sd / sqrt(n) < effect:
        n += 1
        if n > 50:
            break
    return n


def wrong_gives_up_at_a_thousand(sd, effect, confidence=0.95):
    """Tries no more than 1,000. Hint: pairs_needed(10.0, 0.5"""
    return min(1_000, right_by_counting(sd, effect, confidence))
