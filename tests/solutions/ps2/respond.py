"""Answers to ps2-respond."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from alexnet_lib.nets.normalisation import LocalResponseNorm, local_response_norm


def _sums(v, n):
    maps = v.shape[1]
    return torch.stack([v[:, max(0, i - n // 2):i + n // 2 + 1].sum(1) for i in range(maps)], 1)


def right_by_loops(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    b = a.clone()
    maps = a.shape[1]
    for i in range(maps):
        total = torch.zeros_like(a[:, 0])
        for j in range(max(0, i - n // 2), min(maps - 1, i + n // 2) + 1):
            total += a[:, j] ** 2
        b[:, i] /= (k + alpha * total) ** beta
    return b


def right_by_matrix(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    place = torch.arange(a.shape[1], device=a.device)
    near = ((place[:, None] - place).abs() <= n // 2).to(a.dtype)
    return a * (k + alpha * torch.einsum("ij,njhw->nihw", near, a.square())).pow(-beta)


def right_by_pooling(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    squares = F.avg_pool3d(F.pad(a.square(), (0, 0, 0, 0, n // 2, n // 2))[:, None], (n, 1, 1), stride=1)[:, 0]
    return a / (k + alpha * n * squares) ** beta


def right_by_running_sums(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    total = F.pad(a**2, (0, 0, 0, 0, n // 2 + 1, n // 2)).cumsum(1)
    return a / (k + alpha * (total[:, n:] - total[:, :-n])) ** beta


def right_by_unfold(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    squares = F.pad((a * a).movedim(1, -1), (n // 2, n // 2)).unfold(-1, n, 1).sum(-1)
    return (a.movedim(1, -1) / torch.pow(k + alpha * squares, beta)).movedim(-1, 1)


def right_by_numpy(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    values = a.numpy()
    squares = np.pad(values**2, ((0, 0), (n // 2, n // 2), (0, 0), (0, 0)))
    squares = sum(squares[:, start:start + values.shape[1]] for start in range(n))
    return torch.from_numpy((values / (k + alpha * squares) ** beta).astype(values.dtype))


def wrong_alpha_over_n(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The released code's alpha. Hint: alpha is divided by n"""
    return F.local_response_norm(a, n, alpha, beta, k)


def wrong_alpha_squared(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The factor is squared with the activity. Hint: alpha is squared too"""
    return a / (k + _sums((alpha * a) ** 2, n)) ** beta


def wrong_without_itself(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Neighbours only. Hint: left out of the sum"""
    return a / (k + alpha * (_sums(a**2, n) - a**2)) ** beta


def wrong_not_squared(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Activities summed as they are. Hint: without being squared"""
    return a / (k + alpha * _sums(a, n)) ** beta


def wrong_square_of_sum(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The square comes after the sum. Hint: the sum is squared"""
    return a / (k + alpha * _sums(a, n) ** 2) ** beta


def wrong_root(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """A length instead of its square. Hint: the root of the sum"""
    return a / (k + alpha * _sums(a**2, n).sqrt()) ** beta


def wrong_no_power(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """beta left out. Hint: the power beta is missing"""
    return a / (k + alpha * _sums(a**2, n))


def wrong_power_on_the_sum(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """k is outside the power. Hint: k stands outside the power"""
    return a / (k + (alpha * _sums(a**2, n)) ** beta)


def wrong_k_inside_alpha(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """A bracket too many. Hint: inside the factor alpha"""
    return a / (alpha * (k + _sums(a**2, n))) ** beta


def wrong_k_typed_in(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """k = 2 in any case. Hint: k is 2 whatever"""
    return a / (2 + alpha * _sums(a**2, n)) ** beta


def wrong_k_of_torch(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """k left at torch's default. Hint: k is 1"""
    return F.local_response_norm(a, n, alpha * n, beta)


def wrong_defaults(a, k=1.0, n=5, alpha=1e-4, beta=0.75):
    """The signature has torch's k."""
    return F.local_response_norm(a, n, alpha * n, beta, k)


def wrong_window_of_images(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The axis of the images. Hint: runs over images"""
    return a / (k + alpha * _sums((a**2).transpose(0, 1), n).transpose(0, 1)) ** beta


def wrong_window_of_pixels(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The last axis. Hint: runs over columns"""
    return a / (k + alpha * _sums((a**2).transpose(1, 3), n).transpose(1, 3)) ** beta


def wrong_square_of_pixels(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Within maps, like the released code's second norm."""
    return a / (k + alpha * n**2 * F.avg_pool2d(a**2, n, 1, n // 2)) ** beta


def wrong_next_image(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Images and maps flattened to one axis. Hint: next image"""
    squares = _sums((a**2).flatten(0, 1)[None], n).view_as(a)
    return a / (k + alpha * squares) ** beta


def wrong_flat(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Maps and pixels flattened to one axis."""
    squares = _sums((a**2).flatten(1)[:, :, None], n).view_as(a)
    return a / (k + alpha * squares) ** beta


def wrong_wraps(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """roll brings the last map to the first. Hint: wraps round"""
    squares = sum((a**2).roll(shift, 1) for shift in range(-(n // 2), n // 2 + 1))
    return a / (k + alpha * squares) ** beta


def wrong_all_maps(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """No window. Hint: all maps"""
    return a / (k + alpha * (a**2).sum(1, keepdim=True)) ** beta


def wrong_slice_end(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The slice ends one map early. Hint: last map of the window is left out"""
    squares = [(a[:, max(0, i - n // 2):i + n // 2] ** 2).sum(1) for i in range(a.shape[1])]
    return a / (k + alpha * torch.stack(squares, 1)) ** beta


def wrong_slides_back(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Windows keep their length at the edges."""
    first = [max(0, min(i - n // 2, a.shape[1] - n)) for i in range(a.shape[1])]
    squares = torch.stack([(a[:, f:f + n] ** 2).sum(1) for f in first], 1)
    return a / (k + alpha * squares) ** beta


def wrong_negative_start(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Without max(0, ...), a slice from -2 is empty or starts at the other end."""
    squares = [(a[:, i - n // 2:i + n // 2 + 1] ** 2).sum(1) for i in range(a.shape[1])]
    return a / (k + alpha * torch.stack(squares, 1)) ** beta


def wrong_mean(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The mean of those in the window, fewer at the edges."""
    return a / (k + alpha * _sums(a**2, n) / _sums(torch.ones_like(a), n)) ** beta


def wrong_n_ignored(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """A window of five in any case. Hint: is n used"""
    return a / (k + alpha * _sums(a**2, 5)) ** beta


def wrong_beta_ignored(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """0.75 typed in. Hint: beta is 0.75 whatever"""
    return a / (k + alpha * _sums(a**2, n)) ** 0.75


def wrong_multiplies(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The wrong sign of the exponent. Hint: multiplied by the power"""
    return a * (k + alpha * _sums(a**2, n)) ** beta


def wrong_factor_only(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """b/a instead of b. Hint: a itself is missing"""
    return (k + alpha * _sums(a**2, n)) ** -beta


def wrong_in_place(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Divides the argument itself. Hint: in place"""
    return a.div_((k + alpha * _sums(a**2, n)) ** beta)


def wrong_grows_on_the_way(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Later maps see what is already normalised."""
    b = a.clone()
    for i in range(a.shape[1]):
        b[:, i] = a[:, i] / (k + alpha * (b[:, max(0, i - n // 2):i + n // 2 + 1] ** 2).sum(1)) ** beta
    return b


def wrong_float32(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Always float32. Hint: should be float64"""
    return F.local_response_norm(a.float(), n, alpha * n, beta, k)


def wrong_float64(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Always float64. Hint: should be float32"""
    return F.local_response_norm(a.double(), n, alpha * n, beta, k)


def wrong_exactness_lost(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Sums in a float32 buffer. Hint: no more exact"""
    squares = torch.zeros(a.shape, device=a.device)
    squares += _sums(a**2, n)
    return a / (k + alpha * squares) ** beta


def wrong_result_on_the_cpu(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """A new tensor without device. Hint: device="""
    b, d = torch.empty(a.shape, dtype=a.dtype), k + alpha * _sums(a**2, n)
    for i in range(a.shape[1]):
        b[:, i] = a[:, i] / d[:, i] ** beta
    return b


def wrong_sums_on_the_cpu(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """A new tensor without device, on the way. Hint: device="""
    squares = torch.zeros(a.shape, dtype=a.dtype)
    for i in range(a.shape[1]):
        squares[:, i] = (a[:, max(0, i - n // 2):i + n // 2 + 1] ** 2).sum(1)
    return a / (k + alpha * squares) ** beta


def wrong_border_on_the_cpu(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The zeros of the border without device. Hint: device"""
    border = torch.zeros(len(a), n // 2, *a.shape[2:], dtype=a.dtype)
    squares = torch.cat([border, a**2, border], 1)
    return a / (k + alpha * sum(squares[:, i:i + a.shape[1]] for i in range(n))) ** beta


def wrong_edges_repeated(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The sums of whole windows are repeated at the edges."""
    squares = (a**2).unfold(1, n, 1).sum(-1)
    side = n // 2
    squares = torch.cat([squares[:, :1]] * side + [squares] + [squares[:, -1:]] * side, 1)
    return a / (k + alpha * squares) ** beta


def wrong_one_image(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Only the first image. Hint: should have the shape"""
    return F.local_response_norm(a[:1], n, alpha * n, beta, k)


def wrong_subtracts_the_mean(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Contrast instead of brightness."""
    centred = a - _sums(a, n) / _sums(torch.ones_like(a), n)
    return a / (k + alpha * _sums(centred**2, n)) ** beta


def wrong_ready_made_by_torch(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Right numbers, but not written from the formula. Hint: ready-made"""
    return F.local_response_norm(a, n, alpha * n, beta, k)


def wrong_ready_made_layer(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The same as a layer. Hint: ready-made"""
    return nn.LocalResponseNorm(n, alpha * n, beta, k)(a)


def wrong_ready_made_by_the_library(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The course's own. Hint: ready-made"""
    return local_response_norm(a, n, alpha, beta, k)


def wrong_ready_made_layer_of_the_library(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """The course's own as a layer. Hint: ready-made"""
    return LocalResponseNorm(n, alpha, beta, k)(a)


def wrong_radius(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """n maps on each side. Hint: the window is too long"""
    return a / (k + alpha * _sums(a**2, 2 * n + 1)) ** beta


def wrong_band_on_the_cpu(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """A matrix of neighbours from arange without device. Hint: device="""
    place = torch.arange(a.shape[1])
    near = ((place[:, None] - place).abs() <= n // 2).to(a.dtype)
    return a / (k + alpha * torch.einsum("ij,njhw->nihw", near, a**2)) ** beta


def wrong_eye_on_the_cpu(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """A matrix of neighbours from eye without device. Hint: device="""
    one = F.pad(torch.eye(a.shape[1], dtype=a.dtype), (n // 2, n // 2))
    near = sum(one[:, shift:shift + a.shape[1]] for shift in range(n))
    return a / (k + alpha * torch.einsum("ij,njhw->nihw", near, a**2)) ** beta


def wrong_kernel_on_the_cpu(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """A convolution over maps whose ones have no device. Hint: device="""
    ones = torch.ones(1, 1, n, 1, 1, dtype=a.dtype)
    return a / (k + alpha * F.conv3d(a.square()[:, None], ones, padding=(n // 2, 0, 0))[:, 0]) ** beta
