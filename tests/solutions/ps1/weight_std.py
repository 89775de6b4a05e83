"""Answers to ps1-weight-std."""

import math

import numpy as np
import torch

RULES = ("paper", "fan_in", "he")


def right_by_product(shape, rule):
    if rule == "paper":
        return 0.01
    n = 1
    for size in shape[1:]:
        n *= size
    if rule == "fan_in":
        return n**-0.5
    if rule == "he":
        return (2 / n) ** 0.5
    raise ValueError(f"{rule}: no such rule")


def right_by_numpy(shape, rule):
    n = np.prod(np.array(shape)) / shape[0]
    try:
        return np.sqrt({"paper": 1e-4, "fan_in": 1 / n, "he": 2 / n}[rule])
    except KeyError:
        raise ValueError(f"no rule {rule!r}") from None


def right_by_torchs_fans(shape, rule):
    if rule not in RULES:
        raise ValueError(f"no rule {rule!r}")
    n, _ = torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(tuple(shape), device="meta"))
    gain = torch.nn.init.calculate_gain("relu" if rule == "he" else "linear")
    return 0.01 if rule == "paper" else gain / math.sqrt(n)


def changed(shape, rule, n, gain=2.0):
    """The rules with another fan-in."""
    if rule not in RULES:
        raise ValueError(f"no rule {rule!r}")
    return {"paper": 0.01, "fan_in": (1 / n) ** 0.5, "he": (gain / n) ** 0.5}[rule]


def wrong_fan_out(shape, rule):
    """Outputs instead of inputs. Hint: you count outputs instead of inputs"""
    return changed(shape, rule, shape[0])


def wrong_fan_out_with_pixels(shape, rule):
    """Outputs times the kernel's pixels. Hint: outputs"""
    return changed(shape, rule, shape[0] * math.prod(shape[2:]))


def wrong_pixels_forgotten(shape, rule):
    """Maps only. Hint: you forget the kernel's pixels"""
    return changed(shape, rule, shape[1])


def wrong_maps_forgotten(shape, rule):
    """Pixels only. Hint: you forget the maps"""
    return changed(shape, rule, math.prod(shape[2:]) if len(shape) == 4 else shape[1])


def wrong_all_weights(shape, rule):
    """All weights of the layer. Hint: you count all weights of the layer"""
    return changed(shape, rule, math.prod(shape))


def wrong_variance(shape, rule):
    """The variance. Hint: this is the variance"""
    return right_by_product(shape, rule) ** 2


def wrong_variance_except_paper(shape, rule):
    """1/n and 2/n. Hint: this is the variance"""
    return right_by_product(shape, rule) ** (1 if rule == "paper" else 2)


def wrong_two_outside(shape, rule):
    """2/sqrt(n). Hint: the 2 stands outside the root"""
    return right_by_product(shape, rule) * (math.sqrt(2) if rule == "he" else 1)


def wrong_he_without_two(shape, rule):
    """He's rule without its 2. Hint: the 2 is missing"""
    return changed(shape, rule, math.prod(shape[1:]), gain=1)


def wrong_he_halved(shape, rule):
    """1/(2n). Hint: the 2 is below"""
    return changed(shape, rule, math.prod(shape[1:]), gain=0.5)


def wrong_glorot(shape, rule):
    """The mean of inputs and outputs. Hint: you average inputs and outputs"""
    return changed(shape, rule, (shape[0] + shape[1]) / 2 * math.prod(shape[2:]))


def wrong_height_squared(shape, rule):
    """Takes every kernel for a square of its height. Hint: kh times kh"""
    return changed(shape, rule, shape[1] * (shape[2] ** 2 if len(shape) == 4 else 1))


def wrong_width_squared(shape, rule):
    """Takes every kernel for a square of its width. Hint: kw times kw"""
    return changed(shape, rule, shape[1] * (shape[-1] ** 2 if len(shape) == 4 else 1))


def wrong_one_side(shape, rule):
    """One side of the kernel only. Hint: one side of the kernel"""
    return changed(shape, rule, math.prod(shape[1:3]))


def wrong_convolutions_only(shape, rule):
    """Unpacks four sizes. Hint: ValueError: not enough values"""
    out, maps, height, width = shape
    return changed(shape, rule, maps * height * width)


def wrong_paper_as_released(shape, rule):
    """0.03 for 3x3 kernels, as in the released code, not as printed."""
    return 0.01 if rule == "paper" and shape[-1] != 11 else 0.03 if rule == "paper" else right_by_product(shape, rule)


def wrong_else_is_he(shape, rule):
    """Every other name means He. Hint: should raise ValueError"""
    return right_by_product(shape, rule if rule in RULES else "he")


def wrong_key_error(shape, rule):
    """A dict raises KeyError. Hint: KeyError"""
    n = math.prod(shape[1:])
    return {"paper": 0.01, "fan_in": n**-0.5, "he": (2 / n) ** 0.5}[rule]


def wrong_message_without_rule(shape, rule):
    """The message helps nobody. Hint: should contain the rule"""
    if rule not in RULES:
        raise ValueError("unknown rule")
    return right_by_product(shape, rule)


def wrong_text(shape, rule):
    """A text instead of a number. Hint: should be a number"""
    return f"{right_by_product(shape, rule):.4f}"


def wrong_rounded(shape, rule):
    """Three decimals only."""
    return round(right_by_product(shape, rule), 3)


def wrong_groups_divided_again(shape, rule):
    """Halves the maps of conv2, conv4 and conv5 though the shape does that already."""
    return changed(shape, rule, math.prod(shape[1:]) / (2 if shape[1] in (48, 192) else 1))


def wrong_adds_the_bias(shape, rule):
    """Counts the bias as an input."""
    return changed(shape, rule, math.prod(shape[1:]) + 1)


def wrong_rules_exchanged(shape, rule):
    """He's rule under LeCun's name and the reverse. Hint: this is He's rule"""
    return right_by_product(shape, {"fan_in": "he", "he": "fan_in"}.get(rule, rule))
