"""Answers to ps4-average."""

import torch


def right_by_hand(logits):
    powers = (logits - logits.amax(2, keepdim=True)).exp()
    return (powers / powers.sum(2, keepdim=True)).sum(1) / logits.shape[1]


def right_in_logarithms(logits):
    p = logits.log_softmax(-1)
    return (p.logsumexp(1) - torch.log(torch.tensor(float(logits.shape[1])))).exp().to(logits.dtype)


def right_by_loops(logits):
    rows = [sum(torch.softmax(view, 0) for view in image) / len(image) for image in logits]
    return torch.stack(rows)


def right_reshaped(logits):
    n, v, k = logits.shape
    return torch.nn.functional.softmax(logits.reshape(n * v, k), 1).reshape(n, v, k).mean(1)


def wrong_mean_of_logits(logits):
    """Averages before the softmax. Hint: the logits are averaged before the softmax"""
    return logits.mean(1).softmax(1)


def wrong_geometric_mean(logits):
    """Normalised product of the outputs, which is the softmax of the mean logits. Hint: averaged before the softmax"""
    p = logits.log_softmax(2).mean(1).exp()
    return p / p.sum(1, keepdim=True)


def wrong_softmax_over_views(logits):
    """Hint: over the views"""
    return logits.softmax(1).mean(1)


def wrong_softmax_over_images(logits):
    """Hint: over the images"""
    return logits.softmax(0).mean(1)


def wrong_mean_over_images(logits):
    """Averages over the batch. Hint: shape"""
    return logits.softmax(2).mean(0)


def wrong_mean_over_classes(logits):
    """Averages over the classes."""
    return logits.softmax(2).mean(2)


def wrong_sum(logits):
    """Hint: not divided by their number"""
    return logits.softmax(2).sum(1)


def wrong_always_ten(logits):
    """Divides by 10 whatever the number of views. Hint: divided by 10"""
    return logits.softmax(2).sum(1) / 10


def wrong_infinite(logits):
    """Powers without the largest taken off: infinite for large logits. Hint: not finite"""
    powers = logits.exp()
    return (powers / powers.sum(2, keepdim=True)).mean(1)


def wrong_one_largest_for_all(logits):
    """Takes the largest logit of the whole batch off: powers vanish where logits are much smaller."""
    powers = (logits - logits.max()).exp()
    return (powers / powers.sum(2, keepdim=True)).mean(1)


def wrong_clipped(logits):
    """Clips the logits to keep the powers finite."""
    return logits.clamp(-80, 80).softmax(2).mean(1)


def wrong_epsilon(logits):
    """Adds something to the denominator, which then is too large."""
    powers = (logits - logits.amax(2, keepdim=True)).exp()
    return (powers / (powers.sum(2, keepdim=True) + 1e-2)).mean(1)


def wrong_votes(logits):
    """Each view has one vote. Hint: views vote"""
    return torch.nn.functional.one_hot(logits.argmax(2), logits.shape[2]).to(logits.dtype).mean(1)


def wrong_largest(logits):
    """The most certain view decides."""
    return logits.softmax(2).amax(1)


def wrong_median(logits):
    """The median of the outputs."""
    return logits.softmax(2).median(1).values


def wrong_logarithms(logits):
    """Hint: logarithms"""
    return logits.log_softmax(2).mean(1)


def wrong_plain_logits(logits):
    """No softmax. Hint: without a softmax"""
    return logits.mean(1)


def wrong_softmax_twice(logits):
    """A softmax of the mean of the softmax outputs."""
    return logits.softmax(2).mean(1).softmax(1)


def wrong_first_five(logits):
    """No mirror images. Hint: the first five views"""
    return logits[:, :5].softmax(2).mean(1)


def wrong_first_ten(logits):
    """Further views than ten do not count. Hint: only the first ten views"""
    return logits[:, :10].softmax(2).mean(1)


def wrong_first_view(logits):
    """One view only. Hint: only the first view is used"""
    return logits[:, 0].softmax(1)


def wrong_float32(logits):
    """Hint: float64"""
    return logits.float().softmax(2).mean(1)


def wrong_float64(logits):
    """Returns float64 whatever came in. Hint: keep the dtype"""
    return logits.double().softmax(2).mean(1)


def wrong_kept_axis(logits):
    """Hint: (4, 6)"""
    return logits.softmax(2).mean(1, keepdim=True)


def wrong_class(logits):
    """The answer instead of the probabilities."""
    return logits.softmax(2).mean(1).argmax(1)


def wrong_in_place(logits):
    """Writes the powers into the logits it was given. Hint: in place"""
    logits -= logits.amax(2, keepdim=True)
    return logits.softmax(2).mean(1)


def wrong_on_the_cpu(logits):
    """Sums up in a tensor that lies on the CPU. Hint: device"""
    p = torch.zeros(len(logits), logits.shape[2], dtype=logits.dtype)
    return p + logits.softmax(2).mean(1)


def wrong_transposed_mean(logits):
    """Reshapes (V, N) instead of (N, V)."""
    n, v, k = logits.shape
    return logits.softmax(2).reshape(v, n, k).mean(0)


def wrong_mean_of_powers(logits):
    """Averages the powers and divides once, so that certain views weigh more."""
    powers = (logits - logits.amax((1, 2), keepdim=True)).exp().mean(1)
    return powers / powers.sum(1, keepdim=True)
