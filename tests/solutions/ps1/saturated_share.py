"""Answers to ps1-saturated-share."""

import math

import numpy as np
import torch


def slopes(x, kind):
    y = {"relu": (x > 0).to(x.dtype), "tanh": x.tanh(), "logistic": x.sigmoid()}[kind]
    return {"relu": y, "tanh": 1 - y**2, "logistic": y * (1 - y)}[kind]


def right_plain(x, kind, below=0.01):
    small = slopes(x, kind).abs() < below
    return small.sum().item() / small.numel()


def right_by_counting(x, kind, below=0.01):
    found = 0
    for z in x.flatten().tolist():
        if kind == "relu":
            found += z <= 0
        else:
            y = math.tanh(z if kind == "tanh" else z / 2)
            found += (1 - y * y) * (1 if kind == "tanh" else 0.25) < below
    return found / x.numel()


def right_in_numpy(x, kind, below=0.01):
    z = np.abs(x.numpy().astype(np.float64))
    if kind == "relu":
        return np.mean(x.numpy() <= 0)
    e = np.exp(-z)
    return np.mean((4 * e**2 / (1 + e**2) ** 2 if kind == "tanh" else e / (1 + e) ** 2) < below)


def right_tensor_of_one_number(x, kind, below=0.01):
    return (slopes(x.double(), kind) < below).double().mean()


def wrong_per_cent(x, kind, below=0.01):
    """0 to 100. Hint: per cent"""
    return 100 * right_plain(x, kind, below)


def wrong_count(x, kind, below=0.01):
    """Not divided by the number of entries. Hint: a count instead of a share"""
    return (slopes(x, kind) < below).sum().item()


def wrong_the_others(x, kind, below=0.01):
    """The share that still learns. Hint: you count the others"""
    return 1 - right_plain(x, kind, below)


def wrong_equal_counts(x, kind, below=0.01):
    """<= instead of <. Hint: equals `below` count"""
    return (slopes(x, kind) <= below).double().mean().item()


def wrong_input_is_compared(x, kind, below=0.01):
    """|x| < below. Hint: x itself"""
    return (x.abs() < below).double().mean().item()


def wrong_positive_side_only(x, kind, below=0.01):
    """Large positive inputs only. Hint: only one of negative and positive"""
    return ((slopes(x, kind) < below) & (x > 0)).double().mean().item() if kind != "relu" else right_plain(x, kind)


def wrong_relu_without_zeros(x, kind, below=0.01):
    """x < 0 for ReLU. Hint: you leave out entries at 0"""
    return (x < 0).double().mean().item() if kind == "relu" else right_plain(x, kind, below)


def wrong_relu_by_small_outputs(x, kind, below=0.01):
    """Small outputs of a ReLU are not small derivatives. Hint: small positive entries"""
    return (x.relu() < below).double().mean().item() if kind == "relu" else right_plain(x, kind, below)


def wrong_limit_is_fixed(x, kind, below=0.01):
    """`below` is not used. Hint: is always 0.01"""
    return right_plain(x, kind, 0.01)


def wrong_other_default(x, kind, below=0.1):
    """Another default than the task says. Hint: 0.1 by default"""
    return right_plain(x, kind, below)


def wrong_output_near_its_end(x, kind, below=0.01):
    """Compares the output with its limits, not the derivative with 0."""
    if kind == "relu":
        return right_plain(x, kind)
    return ((1 - x.tanh().abs()) if kind == "tanh" else torch.minimum(x.sigmoid(), 1 - x.sigmoid())).lt(
        below).double().mean().item()


def wrong_logistic_like_tanh(x, kind, below=0.01):
    """One derivative for both. Hint: tanh's derivative"""
    return right_plain(x, "tanh" if kind == "logistic" else kind, below)


def wrong_nan_for_large(x, kind, below=0.01):
    """nan is never smaller than anything. Hint: is there a nan"""
    e = (2 * x if kind == "tanh" else x).exp()
    return right_plain(x, kind) if kind == "relu" else (
        ((4 if kind == "tanh" else 1) * e / (1 + e) ** 2) < below).double().mean().item()


def wrong_first_axis_only(x, kind, below=0.01):
    """Divides by the length of the first axis."""
    return (slopes(x, kind) < below).sum().item() / len(x)


def wrong_share_of_rows(x, kind, below=0.01):
    """Rows in which any unit is saturated."""
    return (slopes(x, kind) < below).reshape(len(x), -1).any(1).double().mean().item()


def wrong_share_a_row(x, kind, below=0.01):
    """One share for each row. Hint: should be a number"""
    return (slopes(x, kind) < below).double().reshape(len(x), -1).mean(1)


def wrong_mean_slope(x, kind, below=0.01):
    """The mean of the derivative instead of a share."""
    return slopes(x, kind).double().mean().item()


def wrong_rounded(x, kind, below=0.01):
    """Two decimals only."""
    return round(right_plain(x, kind, below), 2)


def wrong_relative_to_steepest(x, kind, below=0.01):
    """A share of the steepest slope: 1 for tanh, but 1/4 for the logistic function. Hint: relative to the steepest"""
    return right_plain(x, kind, below / 4 if kind == "logistic" else below)


def wrong_output_is_compared(x, kind, below=0.01):
    """The unit's output instead of its derivative. Hint: or the unit's output"""
    y = {"relu": x.relu(), "tanh": x.tanh(), "logistic": x.sigmoid()}[kind]
    return (y.abs() < below).double().mean().item()


def wrong_output_is_compared_with_its_sign(x, kind, below=0.01):
    """The unit's output, so that all negative ones count. Hint: signs and all"""
    y = {"relu": x.relu(), "tanh": x.tanh(), "logistic": x.sigmoid()}[kind]
    return (y < below).double().mean().item()


def wrong_logistic_without_a_quarter(x, kind, below=0.01):
    """1 / cosh(x / 2)^2 without its 1/4. Hint: lacks a factor 1/4"""
    return ((4 if kind == "logistic" else 1) * slopes(x, kind) < below).double().mean().item()
