"""Answers to ps6-run."""


def right_by_comprehension(train_one, ablated_config, control_config, seeds):
    return tuple({seed: train_one(config, seed) for seed in seeds} for config in (ablated_config, control_config))


def right_by_pairs(train_one, ablated_config, control_config, seeds):
    rows = [(seed, train_one(ablated_config, seed), train_one(config=control_config, seed=seed)) for seed in seeds]
    return dict((s, a) for s, a, _ in rows), dict((s, c) for s, _, c in rows)


def right_control_first(train_one, ablated_config, control_config, seeds):
    errors = {}
    for config in (control_config, ablated_config):
        errors[config] = {}
        for seed in sorted(seeds):
            errors[config][int(seed)] = float(train_one(config, seed))
    return errors[ablated_config], errors[control_config]


def wrong_exchanged(train_one, ablated_config, control_config, seeds):
    """Control first. Hint: the first dict holds the control's"""
    return ({seed: train_one(control_config, seed) for seed in seeds},
            {seed: train_one(ablated_config, seed) for seed in seeds})


def wrong_control_twice(train_one, ablated_config, control_config, seeds):
    """Trains the control for both. Hint: the first dict holds the control's"""
    return ({seed: train_one(control_config, seed) for seed in seeds},
            {seed: train_one(control_config, seed) for seed in seeds})


def wrong_one_dict_for_both(train_one, ablated_config, control_config, seeds):
    """The same dict under two names. Hint: the first dict holds the control's"""
    ablated = control = {}
    for seed in seeds:
        ablated[seed] = train_one(ablated_config, seed)
        control[seed] = train_one(control_config, seed)
    return ablated, control


def wrong_lists(train_one, ablated_config, control_config, seeds):
    """Lists, from which the seeds are gone. Hint: should be a dict seed -> error, not a list"""
    return [train_one(ablated_config, s) for s in seeds], [train_one(control_config, s) for s in seeds]


def wrong_by_number(train_one, ablated_config, control_config, seeds):
    """Keys 0, 1, 2, ... instead of seeds. Hint: should have the keys"""
    return ({i: train_one(ablated_config, seed) for i, seed in enumerate(seeds)},
            {i: train_one(control_config, seed) for i, seed in enumerate(seeds)})


def wrong_number_as_seed(train_one, ablated_config, control_config, seeds):
    """Trains with 0, 1, 2, ... whatever the seeds. Hint: these were trained: [0, 1, 2, 3]"""
    return ({seed: train_one(ablated_config, i) for i, seed in enumerate(seeds)},
            {seed: train_one(control_config, i) for i, seed in enumerate(seeds)})


def wrong_other_seeds_in_the_control(train_one, ablated_config, control_config, seeds):
    """The control has seeds of its own. Hint: these were trained"""
    return ({seed: train_one(ablated_config, seed) for seed in seeds},
            {seed: train_one(control_config, seed + 1000) for seed in seeds})


def wrong_seeds_turned_round(train_one, ablated_config, control_config, seeds):
    """Pairs the first seed with the last."""
    return ({seed: train_one(ablated_config, seed) for seed in seeds},
            {seed: train_one(control_config, other) for seed, other in zip(seeds, seeds[::-1], strict=True)})


def wrong_one_control(train_one, ablated_config, control_config, seeds):
    """One run of the control for all seeds."""
    error = train_one(control_config, seeds[0])
    return {seed: train_one(ablated_config, seed) for seed in seeds}, dict.fromkeys(seeds, error)


def wrong_one_seed(train_one, ablated_config, control_config, seeds):
    """Trains with the first seed only. Hint: one seed serves for all runs"""
    first = seeds[0]
    return ({seed: train_one(ablated_config, first) for seed in seeds},
            {seed: train_one(control_config, first) for seed in seeds})


def wrong_seeds_halved(train_one, ablated_config, control_config, seeds):
    """Every other seed for the control."""
    return ({seed: train_one(ablated_config, seed) for seed in seeds},
            {seed: train_one(control_config, seed) for seed in list(seeds)[::2]})


def wrong_best_of_two(train_one, ablated_config, control_config, seeds):
    """Trains everything twice and keeps the better run. Hint: more than once"""
    return tuple({seed: min(train_one(config, seed) for _ in range(2)) for seed in seeds}
                 for config in (ablated_config, control_config))


def wrong_means(train_one, ablated_config, control_config, seeds):
    """The mean of each arm. Hint: should be a dict"""
    return tuple(sum(train_one(config, seed) for seed in seeds) / len(seeds)
                 for config in (ablated_config, control_config))


def wrong_by_pairs(train_one, ablated_config, control_config, seeds):
    """One dict of pairs. Hint: two dicts should be returned"""
    return {seed: (train_one(ablated_config, seed), train_one(control_config, seed)) for seed in seeds}


def wrong_differences(train_one, ablated_config, control_config, seeds):
    """Differences instead of errors."""
    ablated = {seed: train_one(ablated_config, seed) for seed in seeds}
    return {s: e - train_one(control_config, s) for s, e in ablated.items()}, ablated


def wrong_text_keys(train_one, ablated_config, control_config, seeds):
    """Seeds as text. Hint: should have the keys"""
    return ({str(seed): train_one(ablated_config, seed) for seed in seeds},
            {str(seed): train_one(control_config, seed) for seed in seeds})


def wrong_three_seeds(train_one, ablated_config, control_config, seeds):
    """Seeds 0, 1, 2 whatever is asked for. Hint: these were trained: [0, 1, 2]"""
    return ({seed: train_one(ablated_config, seed) for seed in range(3)},
            {seed: train_one(control_config, seed) for seed in range(3)})


def wrong_as_many_from_zero(train_one, ablated_config, control_config, seeds):
    """As many seeds as asked for, but from 0. Hint: these were trained: [0, 1, 2, 3]"""
    return ({seed: train_one(ablated_config, seed) for seed in range(len(seeds))},
            {seed: train_one(control_config, seed) for seed in range(len(seeds))})


def wrong_arguments_exchanged(train_one, ablated_config, control_config, seeds):
    """Calls train_one(seed, config). Hint: fails with AttributeError"""
    return ({seed: train_one(seed, ablated_config) for seed in seeds},
            {seed: train_one(seed, control_config) for seed in seeds})


def wrong_rounded(train_one, ablated_config, control_config, seeds):
    """Whole numbers of per cent. Hint: the errors are rounded to whole numbers"""
    return tuple({seed: round(train_one(config, seed)) for seed in seeds}
                 for config in (ablated_config, control_config))


def wrong_cut(train_one, ablated_config, control_config, seeds):
    """int() drops what stands behind the point. Hint: the errors are cut to whole numbers"""
    return tuple({seed: int(train_one(config, seed)) for seed in seeds}
                 for config in (ablated_config, control_config))
