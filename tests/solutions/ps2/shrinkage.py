"""Answers to ps2-shrinkage."""

import math

import torch


def right_by_loop(a, norm):
    pairs = [(x, y) for x, y in zip(a.flatten().tolist(), norm(a).flatten().tolist(), strict=True) if x != 0]
    if not pairs:
        raise ValueError("all silent")
    return math.fsum(y / x for x, y in pairs) / len(pairs)


def right_by_nanmean(a, norm):
    mean = float((norm(a) / a).nanmean())
    if math.isnan(mean):
        raise ValueError("all silent")
    return mean


def right_by_where(a, norm):
    active = a > 0
    count = int(active.sum())
    if count == 0:
        raise ValueError("all silent")
    ratio = norm(a.clone()) / torch.where(active, a, torch.ones_like(a))
    return float((ratio * active).sum() / count)


def right_by_numpy(a, norm):
    b, values = norm(a).numpy(), a.numpy()
    if not values.any():
        raise ValueError("all silent")
    return float((b[values != 0] / values[values != 0]).mean())


def _active(a):
    if not a.any():
        raise ValueError("all silent")
    return a != 0


def wrong_silent_counted(a, norm):
    """0 for 0/0. Hint: silent activities are counted"""
    _active(a)
    return (norm(a) / a).nan_to_num().mean().item()


def wrong_silent_counted_as_one(a, norm):
    """1 for 0/0."""
    _active(a)
    return (norm(a) / a).nan_to_num(1.0).mean().item()


def wrong_nan(a, norm):
    """0/0 is not left out. Hint: nan"""
    _active(a)
    return (norm(a) / a).mean().item()


def wrong_small_number_added(a, norm):
    """Against 0/0, but silent ones are counted. Hint: silent activities are counted"""
    _active(a)
    return (norm(a) / (a + 1e-12)).mean().item()


def wrong_small_number_added_to_active(a, norm):
    """Is not small beside small activities. Hint: should not be"""
    active = _active(a)
    return (norm(a)[active] / (a[active] + 1e-6)).mean().item()


def wrong_threshold(a, norm):
    """Small activities do not count."""
    _active(a)
    active = a > 1e-3
    return (norm(a)[active] / a[active]).mean().item() if active.any() else 0.0


def wrong_ratio_of_means(a, norm):
    """The loud count more. Hint: ratio of means"""
    _active(a)
    return (norm(a).mean() / a.mean()).item()


def wrong_inverse(a, norm):
    """What LRN divides by. Hint: a/b instead of b/a"""
    active = _active(a)
    return (a[active] / norm(a)[active]).mean().item()


def wrong_inverse_of_the_mean(a, norm):
    """One over the mean of a/b. Hint: 1 over the mean"""
    active = _active(a)
    return 1 / (a[active] / norm(a)[active]).mean().item()


def wrong_loss(a, norm):
    """What is taken away. Hint: 1 - b/a"""
    active = _active(a)
    return 1 - (norm(a)[active] / a[active]).mean().item()


def wrong_per_cent(a, norm):
    """A hundred times too large. Hint: per cent"""
    active = _active(a)
    return 100 * (norm(a)[active] / a[active]).mean().item()


def wrong_median(a, norm):
    """Another mean. Hint: median"""
    active = _active(a)
    return (norm(a)[active] / a[active]).median().item()


def wrong_geometric(a, norm):
    """Another mean. Hint: geometric mean"""
    active = _active(a)
    return (norm(a)[active] / a[active]).log().mean().exp().item()


def wrong_mean_of_images(a, norm):
    """Every image has the same weight. Hint: each image"""
    _active(a)
    return (norm(a) / a).flatten(1).nanmean(1).nanmean().item()


def wrong_mean_of_maps(a, norm):
    """Every map has the same weight. Hint: each map"""
    _active(a)
    return (norm(a) / a).transpose(0, 1).flatten(1).nanmean(1).nanmean().item()


def wrong_mean_of_pixels(a, norm):
    """Every pixel has the same weight."""
    _active(a)
    return (norm(a) / a).nanmean(1).nanmean().item()


def wrong_first_image(a, norm):
    """The others are not looked at."""
    active = _active(a[:1])
    return (norm(a)[:1][active] / a[:1][active]).mean().item()


def wrong_sum(a, norm):
    """Not the mean. Hint: it is the sum"""
    active = _active(a)
    return (norm(a)[active] / a[active]).sum().item()


def wrong_where_b_is_active(a, norm):
    """Leaves out what norm silenced. Hint: makes 0 are not counted"""
    _active(a)
    b = norm(a)
    return (b[b > 0] / a[b > 0]).mean().item()


def wrong_norm_of_the_active(a, norm):
    """The maps are lost before norm sees them. Hint: norm sees the active ones alone"""
    x = a[_active(a)].view(1, -1, 1, 1)
    return (norm(x) / x).mean().item()


def wrong_constant(a, norm):
    """What it is if LRN does nothing. Hint: 1/1.68"""
    _active(a)
    return 2**-0.75


def wrong_mean_of_b(a, norm):
    """Not divided by a. Hint: not divided by a"""
    return norm(a)[_active(a)].mean().item()


def wrong_tensor(a, norm):
    """Not a float. Hint: Python float"""
    active = _active(a)
    return (norm(a)[active] / a[active]).mean()


def wrong_nan_for_silence(a, norm):
    """No error where there is no value. Hint: should raise ValueError"""
    active = a != 0
    return (norm(a)[active] / a[active]).mean().item()


def wrong_zero_for_silence(a, norm):
    """0 where there is no value. Hint: should raise ValueError"""
    active = a != 0
    return (norm(a)[active] / a[active]).mean().item() if active.any() else 0.0


def wrong_in_place(a, norm):
    """Writes into the activities. Hint: in place"""
    _active(a)
    b = norm(a.clone())
    a[a == 0] = math.nan
    return (b / a).nanmean().item()


def wrong_norm_ignored(a, norm):
    """LRN in any case."""
    active = _active(a)
    b = torch.nn.functional.local_response_norm(a, 5, 5e-4, 0.75, 2.0)
    return (b[active] / a[active]).mean().item()


def wrong_rounded(a, norm):
    """Two decimals."""
    active = _active(a)
    return round((norm(a)[active] / a[active]).mean().item(), 2)


def wrong_tiny_threshold(a, norm):
    """Activities of a millionth and less do not count. Hint: all that are not 0 count alike"""
    _active(a)
    active = a > 1e-6
    return (norm(a)[active] / a[active]).mean().item()


def wrong_image_by_image(a, norm):
    """norm does not see all images at once. Hint: on the whole of a"""
    active = _active(a)
    b = torch.cat([norm(one[None]) for one in a])
    return (b[active] / a[active]).mean().item()


def wrong_norm_of_float32(a, norm):
    """norm does not see a itself, but fewer digits of it. Hint: on the whole of a"""
    active = _active(a)
    return (norm(a.float())[active] / a[active]).mean().item()


def wrong_error_for_a_silent_image(a, norm):
    """One silent image is no reason to give up. Hint: ValueError"""
    for one in a:
        _active(one)
    return (norm(a)[a > 0] / a[a > 0]).mean().item()


def wrong_error_for_a_norm_of_zeros(a, norm):
    """The mean of 0/a is 0, not nothing. Hint: ValueError"""
    active, b = _active(a), norm(a)
    _active(b)
    return (b[active] / a[active]).mean().item()
