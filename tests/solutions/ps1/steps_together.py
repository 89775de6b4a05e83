"""Answers to ps1-steps-together."""

import numpy as np
import torch


def paths(rates, weight, gradients, momentum, weight_decay):
    """The weights after each step, by the paper's rule and by torch's."""
    w, u, v, b, found = weight, weight, 0.0, 0.0, []
    for lr, g in zip(rates, gradients, strict=True):
        v = momentum * v - lr * (g + weight_decay * w)
        b = momentum * b + g + weight_decay * u
        w, u = w + v, u - lr * b
        found.append((w, u))
    return found


def right_by_paths(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    found = paths(rates, weight, gradients, momentum, weight_decay)
    return next((step for step, (w, u) in enumerate(found) if abs(w - u) > tolerance), len(found))


def right_by_torchs_optimiser(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    w, v = weight, 0.0
    u = torch.tensor(weight, dtype=torch.float64, requires_grad=True)
    sgd = torch.optim.SGD([u], lr=rates[0], momentum=momentum, weight_decay=weight_decay)
    together = 0
    for lr, g in zip(rates, gradients, strict=True):
        v = momentum * v - weight_decay * lr * w - lr * g
        w = w + v
        sgd.param_groups[0]["lr"], u.grad = lr, torch.tensor(g, dtype=torch.float64)
        sgd.step()
        if abs(w - u.item()) > tolerance:
            break
        together += 1
    return together


def right_by_numpy(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    found = np.array(paths(rates, weight, gradients, momentum, weight_decay))
    apart = np.flatnonzero(np.abs(found[:, 0] - found[:, 1]) > tolerance)
    return apart[0] if len(apart) else len(rates)


def right_recursive(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    def walk(step, w, u, v, b):
        if step == len(rates):
            return step
        v = momentum * v - rates[step] * (gradients[step] + weight_decay * w)
        b = momentum * b + gradients[step] + weight_decay * u
        w, u = w + v, u - rates[step] * b
        return step if abs(w - u) > tolerance else walk(step + 1, w, u, v, b)
    return walk(0, weight, weight, 0.0, 0.0)


def wrong_change_of_rate(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """The first change of the rate, whether or not there is anything to carry on. Hint: a change of the rate"""
    return next((step for step in range(1, len(rates)) if rates[step] != rates[step - 1]), len(rates))


def wrong_change_with_momentum(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """The same, but it knows that momentum is needed. Hint: a change of the rate"""
    return wrong_change_of_rate(rates, weight, gradients) if momentum else len(rates)


def wrong_change_after_a_gradient(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """Asks whether there was any gradient, not whether there is a velocity."""
    for step in range(1, len(rates)):
        if rates[step] != rates[step - 1] and momentum and (any(gradients[:step]) or weight_decay):
            return step
    return len(rates)


def wrong_counts_from_one(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """The number of the first bad step. Hint: you number the steps from 1"""
    found = paths(rates, weight, gradients, momentum, weight_decay)
    return next((step for step, (w, u) in enumerate(found, 1) if abs(w - u) > tolerance), len(found))


def wrong_last_good_step(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """The index of the last good step. Hint: one step too early"""
    return right_by_paths(rates, weight, gradients, momentum, weight_decay, tolerance) - 1


def wrong_last_index_if_never(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """n - 1 if they never part. Hint: instead of n"""
    found = right_by_paths(rates, weight, gradients, momentum, weight_decay, tolerance)
    return min(found, len(rates) - 1)


def wrong_none_if_never(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """None if they never part. Hint: returns nothing"""
    found = right_by_paths(rates, weight, gradients, momentum, weight_decay, tolerance)
    return found if found < len(rates) else None


def wrong_zero_if_never(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """0 if they never part. Hint: steps_together at one rate should not be 0"""
    return right_by_paths(rates, weight, gradients, momentum, weight_decay, tolerance) % len(rates)


def wrong_compares_velocities(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """v and b have other sizes and signs. Hint: you compare velocities"""
    w, u, v, b = weight, weight, 0.0, 0.0
    for step, (lr, g) in enumerate(zip(rates, gradients, strict=True)):
        v = momentum * v - lr * (g + weight_decay * w)
        b = momentum * b + g + weight_decay * u
        w, u = w + v, u - lr * b
        if abs(v - b) > tolerance:
            return step
    return len(rates)


def wrong_compares_moves(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """Compares the moves of a step, v and -lr b, instead of the weights."""
    w, u, v, b = weight, weight, 0.0, 0.0
    for step, (lr, g) in enumerate(zip(rates, gradients, strict=True)):
        v = momentum * v - lr * (g + weight_decay * w)
        b = momentum * b + g + weight_decay * u
        w, u = w + v, u - lr * b
        if abs(v + lr * b) > tolerance:
            return step
    return len(rates)


def wrong_same_rule_twice(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """The rate is inside the buffer too. Hint: one and the same"""
    w, u, v, b = weight, weight, 0.0, 0.0
    for step, (lr, g) in enumerate(zip(rates, gradients, strict=True)):
        v = momentum * v - lr * (g + weight_decay * w)
        b = momentum * b + lr * (g + weight_decay * u)
        w, u = w + v, u - b
        if abs(w - u) > tolerance:
            return step
    return len(rates)


def wrong_signed_difference(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """Only if torch's weight is the larger one. Hint: in one direction only"""
    found = paths(rates, weight, gradients, momentum, weight_decay)
    return next((step for step, (w, u) in enumerate(found) if u - w > tolerance), len(found))


def wrong_signed_the_other_way(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """Only if the paper's weight is the larger one."""
    found = paths(rates, weight, gradients, momentum, weight_decay)
    return next((step for step, (w, u) in enumerate(found) if w - u > tolerance), len(found))


def wrong_tolerance_unused(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """Always a millionth."""
    return right_by_paths(rates, weight, gradients, momentum, weight_decay)


def wrong_exact(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """Rounding counts as a difference. Hint: take rounding"""
    return right_by_paths(rates, weight, gradients, momentum, weight_decay, 0.0)


def wrong_relative(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """A difference relative to the weight."""
    found = paths(rates, weight, gradients, momentum, weight_decay)
    return next((step for step, (w, u) in enumerate(found) if abs(w - u) > tolerance * abs(w)), len(found))


def wrong_counts_all_agreeing(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """Counts steps after the parting too, where the walks happen to cross."""
    return sum(abs(w - u) <= tolerance for w, u in paths(rates, weight, gradients, momentum, weight_decay))


def wrong_looks_from_the_end(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """The last time that they agree."""
    found = paths(rates, weight, gradients, momentum, weight_decay)
    return max((step for step, (w, u) in enumerate(found, 1) if abs(w - u) <= tolerance), default=0)


def wrong_last_step_skipped(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """The last step is not taken. Hint: not after the last step"""
    found = paths(rates, weight, gradients, momentum, weight_decay)[:-1]
    return next((step for step, (w, u) in enumerate(found) if abs(w - u) > tolerance), len(rates))


def wrong_momentum_fixed(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """0.9 whatever is given. Hint: leave a setting out"""
    return right_by_paths(rates, weight, gradients, 0.9, weight_decay, tolerance)


def wrong_decay_unused(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """No decay. Hint: the decay is left out"""
    return right_by_paths(rates, weight, gradients, momentum, 0.0, tolerance)


def wrong_decay_fixed(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """0.0005 whatever is given."""
    return right_by_paths(rates, weight, gradients, momentum, 0.0005, tolerance)


def wrong_decays_the_papers_weight(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """Torch's rule decays the paper's weight."""
    w, u, v, b = weight, weight, 0.0, 0.0
    for step, (lr, g) in enumerate(zip(rates, gradients, strict=True)):
        b = momentum * b + g + weight_decay * w
        v = momentum * v - lr * (g + weight_decay * w)
        w, u = w + v, u - lr * b
        if abs(w - u) > tolerance:
            return step
    return len(rates)


def wrong_one_rate(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """The first rate in all steps, so that they never part."""
    return right_by_paths(rates[:1] * len(rates), weight, gradients, momentum, weight_decay, tolerance)


def wrong_rate_of_the_step_before(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """The rate changes one step late. Hint: the rate changes too late"""
    return right_by_paths(rates[:1] + rates[:-1], weight, gradients, momentum, weight_decay, tolerance)


def wrong_decay_without_rate(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """The paper's decay is not multiplied by the rate, so that it parts from torch's at once."""
    w, u, v, b = weight, weight, 0.0, 0.0
    for step, (lr, g) in enumerate(zip(rates, gradients, strict=True)):
        v = momentum * v - weight_decay * w - lr * g
        b = momentum * b + g + weight_decay * u
        w, u = w + v, u - lr * b
        if abs(w - u) > tolerance:
            return step
    return len(rates)


def wrong_torch_with_damping(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """A running mean for torch's buffer, which torch does not do by default."""
    w, u, v, b = weight, weight, 0.0, 0.0
    for step, (lr, g) in enumerate(zip(rates, gradients, strict=True)):
        v = momentum * v - lr * (g + weight_decay * w)
        b = momentum * b + (1 - momentum) * (g + weight_decay * u)
        w, u = w + v, u - lr * b
        if abs(w - u) > tolerance:
            return step
    return len(rates)


def wrong_empties_the_lists(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """Uses up the lists that it was given. Hint: in place"""
    found = right_by_paths(rates, weight, gradients, momentum, weight_decay, tolerance)
    while rates:
        rates.pop(0)
    return found


def wrong_true_or_false(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """Whether they stay together. Hint: should be a number"""
    return right_by_paths(rates, weight, gradients, momentum, weight_decay, tolerance) == len(rates)


def wrong_default_decay(rates, weight, gradients, momentum=0.9, weight_decay=0.005, tolerance=1e-6):
    """Ten times the paper's decay by default."""
    return right_by_paths(rates, weight, gradients, momentum, weight_decay, tolerance)


def wrong_default_tolerance(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-3):
    """Another default than the task says."""
    return right_by_paths(rates, weight, gradients, momentum, weight_decay, tolerance)


def wrong_float32(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """Rounding of float32 counts as a difference. Hint: reckon in float64"""
    rates, gradients = np.float32(rates), np.float32(gradients)
    found = paths(rates, np.float32(weight), gradients, np.float32(momentum), np.float32(weight_decay))
    return next((step for step, (w, u) in enumerate(found) if abs(w - u) > tolerance), len(found))


def wrong_torchs_optimiser_in_float32(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """torch.tensor(1.0) is float32, Python's floats are not. Hint: reckon in float64"""
    u = torch.tensor(float(weight), requires_grad=True)
    sgd, w, v = torch.optim.SGD([u], lr=1.0, momentum=momentum, weight_decay=weight_decay), weight, 0.0
    for step, (lr, g) in enumerate(zip(rates, gradients, strict=True)):
        sgd.param_groups[0]["lr"], u.grad = lr, torch.tensor(g)
        sgd.step()
        v = momentum * v - lr * (g + weight_decay * w)
        w = w + v
        if abs(w - u.item()) > tolerance:
            return step
    return len(rates)


def wrong_isclose(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """np.isclose has a relative tolerance besides. Hint: unless rtol=0"""
    found = paths(rates, weight, gradients, momentum, weight_decay)
    return next((step for step, (w, u) in enumerate(found) if not np.isclose(w, u, atol=tolerance)), len(found))


def wrong_equal_counts(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """>= for "more than". Hint: a difference of just the tolerance"""
    found = paths(rates, weight, gradients, momentum, weight_decay)
    return next((step for step, (w, u) in enumerate(found) if abs(w - u) >= tolerance), len(found))


def wrong_uphill_twice(rates, weight, gradients, momentum=0.9, weight_decay=0.0005, tolerance=1e-6):
    """Both rules add the gradient, so that decay works the other way. Hint: turn a sign in both rules"""
    return right_by_paths(rates, weight, [-g for g in gradients], momentum, weight_decay, tolerance)
