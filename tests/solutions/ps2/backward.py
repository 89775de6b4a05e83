"""Answers to ps2-backward."""

import numpy as np
import torch
from torch.nn import functional as F


def _sums(v, n):
    return torch.stack([v[:, max(0, i - n // 2):i + n // 2 + 1].sum(1) for i in range(v.shape[1])], 1)


def right_by_loops(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    maps, gradient = a.shape[1], torch.zeros_like(a)
    d = k + alpha * _sums(a**2, n)
    for i in range(maps):
        gradient[:, i] += upstream[:, i] / d[:, i] ** beta
        for j in range(max(0, i - n // 2), min(maps - 1, i + n // 2) + 1):
            gradient[:, i] -= 2 * alpha * beta * upstream[:, j] * a[:, j] * a[:, i] * d[:, j] ** (-beta - 1)
    return gradient


def right_by_jacobian(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    place = torch.arange(a.shape[1], device=a.device)
    near = ((place[:, None] - place).abs() <= n // 2).to(a.dtype)
    d = k + alpha * torch.einsum("ij,njhw->nihw", near, a**2)
    jacobian = -2 * alpha * beta * torch.einsum("ji,njhw,nihw,njhw->njihw", near, a, a, d ** (-beta - 1))
    jacobian = jacobian + torch.einsum("ji,njhw->njihw", torch.eye(len(place)).to(a), d**-beta)
    return (jacobian * upstream.unsqueeze(2)).sum(1)


def right_by_what_leaves(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    d = k + alpha * n * F.avg_pool3d(F.pad(a**2, (0, 0, 0, 0, n // 2, n // 2))[:, None], (n, 1, 1), 1)[:, 0]
    shares = _sums(upstream * (a / d**beta) / d, n)
    return upstream / d**beta - 2 * alpha * beta * a * shares


def right_by_numpy(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    x, g = a.numpy(), upstream.numpy()
    near = np.abs(np.subtract.outer(np.arange(x.shape[1]), np.arange(x.shape[1]))) <= n // 2
    d = k + alpha * np.einsum("ij,njhw->nihw", near.astype(x.dtype), x * x)
    second = np.einsum("ij,njhw->nihw", near.astype(x.dtype), g * x * d ** (-beta - 1))
    return torch.from_numpy((g * d**-beta - 2 * alpha * beta * x * second).astype(x.dtype))


def wrong_only_direct(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The bracket held constant. Hint: held constant"""
    return upstream / (k + alpha * _sums(a**2, n)) ** beta


def wrong_only_diagonal(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """db_i/da_i without the neighbours. Hint: not its neighbours'"""
    d = k + alpha * _sums(a**2, n)
    return upstream * (d**-beta - 2 * alpha * beta * a**2 * d ** (-beta - 1))


def wrong_without_itself(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Neighbours without the map's own share. Hint: own share in its sum is left out"""
    d = k + alpha * _sums(a**2, n)
    share = upstream * a * d ** (-beta - 1)
    return upstream * d**-beta - 2 * alpha * beta * a * (_sums(share, n) - share)


def wrong_sign(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Plus for minus. Hint: wrong sign"""
    d = k + alpha * _sums(a**2, n)
    return upstream * d**-beta + 2 * alpha * beta * a * _sums(upstream * a * d ** (-beta - 1), n)


def wrong_beta_forgotten(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The exponent does not come down. Hint: beta is forgotten"""
    d = k + alpha * _sums(a**2, n)
    return upstream * d**-beta - 2 * alpha * a * _sums(upstream * a * d ** (-beta - 1), n)


def wrong_two_forgotten(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The square is not differentiated. Hint: factor 2"""
    d = k + alpha * _sums(a**2, n)
    return upstream * d**-beta - alpha * beta * a * _sums(upstream * a * d ** (-beta - 1), n)


def wrong_alpha_forgotten(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The inner derivative lacks its factor. Hint: alpha is forgotten"""
    d = k + alpha * _sums(a**2, n)
    return upstream * d**-beta - 2 * beta * a * _sums(upstream * a * d ** (-beta - 1), n)


def wrong_exponent(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """-beta is not lowered by one. Hint: -beta instead of -beta - 1"""
    d = k + alpha * _sums(a**2, n)
    return upstream * d**-beta - 2 * alpha * beta * a * _sums(upstream * a * d**-beta, n)


def wrong_exponent_one_up(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """-beta + 1 for -beta - 1. Hint: 1 - beta instead"""
    d = k + alpha * _sums(a**2, n)
    return upstream * d**-beta - 2 * alpha * beta * a * _sums(upstream * a * d ** (1 - beta), n)


def wrong_upstream_at_i(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """What comes from above is taken out of the sum. Hint: upstream is taken at i"""
    d = k + alpha * _sums(a**2, n)
    return upstream * (d**-beta - 2 * alpha * beta * a * _sums(a * d ** (-beta - 1), n))


def wrong_bracket_at_i(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The bracket is taken out of the sum. Hint: bracket is taken at i"""
    d = k + alpha * _sums(a**2, n)
    return upstream * d**-beta - 2 * alpha * beta * a * d ** (-beta - 1) * _sums(upstream * a, n)


def wrong_a_twice_at_i(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """a_i squared for a_i a_j. Hint: a is taken at i twice"""
    d = k + alpha * _sums(a**2, n)
    return upstream * d**-beta - 2 * alpha * beta * a**2 * _sums(upstream * d ** (-beta - 1), n)


def wrong_a_twice_at_j(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """a_j squared for a_i a_j. Hint: a is taken at j twice"""
    d = k + alpha * _sums(a**2, n)
    return upstream * d**-beta - 2 * alpha * beta * _sums(upstream * a**2 * d ** (-beta - 1), n)


def wrong_one_factor(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """a_i outside the sum is missing. Hint: one factor a instead of two"""
    d = k + alpha * _sums(a**2, n)
    return upstream * d**-beta - 2 * alpha * beta * _sums(upstream * a * d ** (-beta - 1), n)


def wrong_without_upstream(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The gradient of the sum of b. Hint: upstream is not used"""
    d = k + alpha * _sums(a**2, n)
    return d**-beta - 2 * alpha * beta * a * _sums(a * d ** (-beta - 1), n)


def wrong_upstream_first_only(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """upstream only in the direct term. Hint: upstream is not in the second term"""
    d = k + alpha * _sums(a**2, n)
    return upstream * d**-beta - 2 * alpha * beta * a * _sums(a * d ** (-beta - 1), n)


def wrong_alpha_over_n(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The released code's alpha. Hint: alpha is divided by n"""
    d = k + alpha / n * _sums(a**2, n)
    return upstream * d**-beta - 2 * alpha / n * beta * a * _sums(upstream * a * d ** (-beta - 1), n)


def wrong_with_relu(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Gradient 0 where a is 0. Hint: the ReLU's gradient"""
    return right_by_loops(a, upstream, k, n, alpha, beta) * (a > 0)


def wrong_nan_where_silent(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Divides by a. Hint: not finite"""
    d = k + alpha * _sums(a**2, n)
    b = a / d**beta
    return upstream * b / a - 2 * alpha * beta * a * _sums(upstream * b / d, n)


def wrong_k_typed_in(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """k = 2 in any case. Hint: k is 2.0 whatever"""
    return right_by_loops(a, upstream, 2.0, n, alpha, beta) if k != 1.0 or beta != 1 else right_by_loops(
        a, upstream, k, n, alpha, beta)


def wrong_n_typed_in(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """A window of five in any case. Hint: n is 5 whatever"""
    return right_by_loops(a, upstream, k, 5, alpha, beta)


def wrong_beta_typed_in(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """0.75 in any case. Hint: beta is 0.75 whatever"""
    return right_by_loops(a, upstream, k, n, alpha, 0.75)


def wrong_default_k(a, upstream, k=1.0, n=5, alpha=1e-4, beta=0.75):
    """torch's default."""
    return right_by_loops(a, upstream, k, n, alpha, beta)


def wrong_window_of_second_sum(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The sum over those whose window holds i leaves out the last."""
    d = k + alpha * _sums(a**2, n)
    share = F.pad(upstream * a * d ** (-beta - 1), (0, 0, 0, 0, n // 2, 0))
    second = torch.stack([share[:, i:i + n - 1].sum(1) for i in range(a.shape[1])], 1)
    return upstream * d**-beta - 2 * alpha * beta * a * second


def wrong_all_maps(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The second sum runs over all maps."""
    d = k + alpha * _sums(a**2, n)
    second = (upstream * a * d ** (-beta - 1)).sum(1, keepdim=True)
    return upstream * d**-beta - 2 * alpha * beta * a * second


def wrong_over_images(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The second sum runs over all images too."""
    d = k + alpha * _sums(a**2, n)
    second = _sums(upstream * a * d ** (-beta - 1), n).sum(0, keepdim=True)
    return upstream * d**-beta - 2 * alpha * beta * a * second


def wrong_wraps(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The second sum wraps round. Hint: do not exist"""
    d, shifts = k + alpha * _sums(a**2, n), range(-(n // 2), n // 2 + 1)
    share = upstream * a * d ** (-beta - 1)
    return upstream * d**-beta - 2 * alpha * beta * a * sum(share.roll(shift, 1) for shift in shifts)


def wrong_forward(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """LRN itself. Hint: b itself"""
    return F.local_response_norm(a, n, alpha * n, beta, k)


def wrong_lrn_of_upstream(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The forward formula on the gradient."""
    return F.local_response_norm(upstream, n, alpha * n, beta, k)


def wrong_autograd(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Not by the formula. Hint: autograd"""
    with torch.enable_grad():
        x = a.clone().requires_grad_()
        return torch.autograd.grad(F.local_response_norm(x, n, alpha * n, beta, k), x, upstream)[0]


def wrong_vjp(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Not by the formula either. Hint: autograd"""
    return torch.func.vjp(lambda x: F.local_response_norm(x, n, alpha * n, beta, k), a)[1](upstream)[0]


def wrong_finite_differences(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The slope in the direction of ones."""
    up, down = (F.local_response_norm(a + step, n, alpha * n, beta, k) for step in (1e-4, -1e-4))
    return upstream * (up - down) / 2e-4


def wrong_in_place(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Writes over upstream. Hint: in place"""
    d = k + alpha * _sums(a**2, n)
    second = 2 * alpha * beta * a * _sums(upstream * a * d ** (-beta - 1), n)
    return upstream.mul_(d**-beta).sub_(second)


def wrong_float32(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Always float32. Hint: should be float64"""
    return right_by_loops(a.float(), upstream.float(), k, n, alpha, beta)


def wrong_on_the_cpu(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """A new tensor without device. Hint: device="""
    gradient, right = torch.zeros(a.shape, dtype=a.dtype), right_by_loops(a, upstream, k, n, alpha, beta)
    for i in range(a.shape[1]):
        gradient[:, i] = right[:, i]
    return gradient


def wrong_central_differences(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The slope of each map by a small step. Hint: finite differences"""
    x, gradient = a.double(), torch.zeros_like(a)
    for i in range(a.shape[1]):
        step = torch.zeros_like(x)
        step[:, i] = 1e-5
        up, down = ((x + way) / (k + alpha * _sums((x + way) ** 2, n)) ** beta for way in (step, -step))
        gradient[:, i] = (upstream * (up - down) / 2e-5).sum(1)
    return gradient


def wrong_band_on_the_cpu(a, upstream, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """A matrix of neighbours without device. Hint: device="""
    place = torch.arange(a.shape[1])
    near = ((place[:, None] - place).abs() <= n // 2).to(a.dtype)
    d = k + alpha * torch.einsum("ij,njhw->nihw", near, a**2)
    second = torch.einsum("ij,njhw->nihw", near, upstream * a * d ** (-beta - 1))
    return upstream * d**-beta - 2 * alpha * beta * a * second
