"""Answers to ps6-differences."""

import numpy as np


def right_by_removing(ablated, control):
    seeds = [seed for seed in range(max([-1, *ablated]) + 1) if seed in ablated and seed in control]
    if len(seeds) in (0, 1):
        raise ValueError("too few pairs")
    return [ablated[seed] - control[seed] for seed in seeds]


def right_with_numpy(ablated, control):
    seeds = np.intersect1d(list(ablated), list(control)).astype(int)
    if seeds.size < 2:
        raise ValueError("too few pairs")
    first, second = (np.array([errors[seed] for seed in seeds.tolist()]) for errors in (ablated, control))
    return (first - second).tolist()


def right_by_sorted_pairs(ablated, control):
    pairs = sorted((seed, error - control[seed]) for seed, error in ablated.items() if seed in control)
    if not pairs[1:]:
        raise ValueError("too few pairs")
    return tuple(difference for _, difference in pairs)


def wrong_by_place(ablated, control):
    """Pairs the runs by their place in the dicts. Hint: paired by their place"""
    if len(ablated.keys() & control.keys()) < 2:
        raise ValueError("too few pairs")
    return [a - c for a, c in zip(ablated.values(), control.values(), strict=False)]


def wrong_by_rank(ablated, control):
    """Sorts the errors of each arm. Hint: paired by rank"""
    if len(ablated.keys() & control.keys()) < 2:
        raise ValueError("too few pairs")
    return [a - c for a, c in zip(sorted(ablated.values()), sorted(control.values()), strict=False)]


def wrong_sign(ablated, control):
    """Control minus ablated. Hint: control minus ablated"""
    shared = sorted(ablated.keys() & control.keys())
    if len(shared) < 2:
        raise ValueError("too few pairs")
    return [control[seed] - ablated[seed] for seed in shared]


def wrong_absolute(ablated, control):
    """Throws the sign away. Hint: the sign is thrown away"""
    shared = sorted(ablated.keys() & control.keys())
    if len(shared) < 2:
        raise ValueError("too few pairs")
    return [abs(ablated[seed] - control[seed]) for seed in shared]


def wrong_per_cent(ablated, control):
    """Change in per cent of the control. Hint: not in points"""
    shared = sorted(ablated.keys() & control.keys())
    if len(shared) < 2:
        raise ValueError("too few pairs")
    return [100 * (ablated[seed] / control[seed] - 1) for seed in shared]


def wrong_order_as_text(ablated, control):
    """Sorts seeds as text. Hint: seeds are sorted as text"""
    shared = sorted(ablated.keys() & control.keys(), key=str)
    if len(shared) < 2:
        raise ValueError("too few pairs")
    return [ablated[seed] - control[seed] for seed in shared]


def wrong_order_of_the_dict(ablated, control):
    """Keeps the order of the dict. Hint: the order is that of a dict"""
    shared = [seed for seed in ablated if seed in control]
    if len(shared) < 2:
        raise ValueError("too few pairs")
    return [ablated[seed] - control[seed] for seed in shared]


def wrong_order_of_a_set(ablated, control):
    """Takes the seeds as a set gives them."""
    shared = set(ablated) & set(control)
    if len(shared) < 2:
        raise ValueError("too few pairs")
    return [ablated[seed] - control[seed] for seed in shared]


def wrong_order_of_size(ablated, control):
    """Sorts the differences. Hint: sorted by size"""
    shared = ablated.keys() & control.keys()
    if len(shared) < 2:
        raise ValueError("too few pairs")
    return sorted(ablated[seed] - control[seed] for seed in shared)


def wrong_missing_is_zero(ablated, control):
    """A run that is missing counts as an error of 0. Hint: should have 2 entries, not 5"""
    if len(ablated.keys() & control.keys()) < 2:
        raise ValueError("too few pairs")
    return [ablated.get(seed, 0.0) - control.get(seed, 0.0) for seed in sorted(ablated.keys() | control.keys())]


def wrong_needs_all(ablated, control):
    """Fails where a seed is missing in the control. Hint: fails with KeyError"""
    if len(ablated) < 2:
        raise ValueError("too few pairs")
    return [ablated[seed] - control[seed] for seed in sorted(ablated)]


def wrong_skips_errors_of_zero(ablated, control):
    """Takes an error of 0 for a missing run."""
    shared = [seed for seed in sorted(ablated) if ablated.get(seed) and control.get(seed)]
    if len(shared) < 2:
        raise ValueError("too few pairs")
    return [ablated[seed] - control[seed] for seed in shared]


def wrong_accepts_one_pair(ablated, control):
    """Refuses only where there is no pair at all. Hint: fewer than 2 seeds"""
    shared = sorted(ablated.keys() & control.keys())
    if not shared:
        raise ValueError("no pairs")
    return [ablated[seed] - control[seed] for seed in shared]


def wrong_never_refuses(ablated, control):
    """Returns what there is. Hint: should raise ValueError"""
    return [ablated[seed] - control[seed] for seed in sorted(ablated.keys() & control.keys())]


def wrong_counts_runs_not_pairs(ablated, control):
    """Looks at the number of runs of the arms, not at the pairs."""
    if min(len(ablated), len(control)) < 2:
        raise ValueError("too few runs")
    return [ablated[seed] - control[seed] for seed in sorted(ablated.keys() & control.keys())]


def wrong_by_seed_dict(ablated, control):
    """Returns a dict. Hint: should be a list"""
    shared = sorted(ablated.keys() & control.keys())
    if len(shared) < 2:
        raise ValueError("too few pairs")
    return {seed: ablated[seed] - control[seed] for seed in shared}


def wrong_throws_partners_out(ablated, control):
    """Removes the runs without a partner from the arms themselves. Hint: in place"""
    for one, other in ((ablated, control), (control, ablated)):
        for seed in [seed for seed in one if seed not in other]:
            del one[seed]
    if len(ablated) < 2:
        raise ValueError("too few pairs")
    return [ablated[seed] - control[seed] for seed in sorted(ablated)]


def wrong_order_of_a_set_of_the_control(ablated, control):
    """The set is filled in the control's order. Hint: a set has no order"""
    shared = {seed for seed in control if seed in ablated}
    if len(shared) < 2:
        raise ValueError("too few pairs")
    return [ablated[seed] - control[seed] for seed in shared]
