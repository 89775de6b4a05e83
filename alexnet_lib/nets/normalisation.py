"""Local response normalisation [K12 §3.3], and cuda-convnet's same-map relative of it.

With a the activity of kernel i at some pixel, after the ReLU, and the sum over neighbouring kernels j at that pixel,

    b_i = a_i / (k + alpha * sum_j a_j²) ** beta          k = 2, n = 5, alpha = 1e-4, beta = 0.75

No mean is subtracted: a kernel is damped by how loudly its neighbours fire. The denominator only departs from
the constant k ** beta where squares times alpha are not small beside k, so it needs pixels on the scale 0-255.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

__all__ = ["FORMS", "LocalResponseNorm", "WithinMapNorm", "local_response_norm"]

#: "paper": alpha multiplies the sum of squares, as printed (and in TensorFlow); "released": alpha / size does, as in
#: the code of 2012 (and Caffe, ONNX, torch), where 1e-4 is then what 2e-5 would be in the paper's formula
FORMS = ("paper", "released")

#: elements worked on at a time on a CPU: few enough for its cache, enough to keep its threads busy
PIECE = 1 << 19


def local_response_norm(x: Tensor, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0,
                        form: str = "paper", columns: int = 1) -> Tensor:
    """Divide each activity by a power of the squares of its neighbours among the channels [K12 §3.3].

    Args:
        x: (N, C, ...), any floating type, often (N, C, H, W); memory in either order. Not changed.
        size: channels in a window, n in the paper. Even: the window of i starts at i - size / 2. OPEN-08
        alpha, beta, k: as in the formula above.
        form: one of `FORMS`.
        columns: equal groups of channels that do not see each other; 2 is the paper's pair of GPUs.

    Returns:
        A tensor of x's shape, type and memory format. Half precision is computed in float32.

    Raises:
        ValueError: a setting out of range, channels that columns does not divide, or an x that is not floating.
    """
    _check_settings(size, alpha, beta, k, form, columns)
    if not x.is_floating_point():
        raise ValueError(f"x must be floating, not {x.dtype}: convert it first, as in x.float()")
    if x.ndim < 2 or x.shape[1] % columns:
        raise ValueError(f"x must be (N, C, ...) with C a multiple of columns={columns}, not {tuple(x.shape)}: "
                         "choose a number of columns that divides the channels")
    # OPEN-08: the printed limits i - n/2 .. i + n/2 hold n members only if n is odd, n + 1 if it is even. Here every
    # window has n members and starts at i - n // 2, as in cuda-convnet and torch; ONNX leans the other way.
    scale = alpha / size if form == "released" else alpha
    if x.numel() == 0:
        return x.clone()
    return _Normalise.apply(x, size, scale, beta, k, columns)


class LocalResponseNorm(nn.Module):
    """`local_response_norm` as a layer: (N, C, ...) -> (N, C, ...), no parameters [K12 §3.3]."""

    def __init__(self, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0,
                 form: str = "paper", columns: int = 1) -> None:
        super().__init__()
        _check_settings(size, alpha, beta, k, form, columns)
        self.size, self.alpha, self.beta, self.k, self.form, self.columns = size, alpha, beta, k, form, columns

    def forward(self, x: Tensor) -> Tensor:
        return local_response_norm(x, self.size, self.alpha, self.beta, self.k, self.form, self.columns)

    def extra_repr(self) -> str:
        return (f"size={self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}, "
                f"form={self.form!r}, columns={self.columns}")


class WithinMapNorm(nn.Module):
    """Same-map response normalisation, cuda-convnet's ``rnorm``: (N, C, H, W) -> (N, C, H, W).

    b = a / (k + scale/size² * sum of a² over the size x size window around the pixel) ** power

    Zeros outside the map count as pixels, so the divisor is size² everywhere [cuda-convnet layer.py]. The
    released ImageNet net has one after its second layer, size 5 and scale 0.001, that the paper does not mention.

    Args:
        size: window width in pixels, odd.
        scale, power: as in cuda-convnet's parameter files; 5e-5 and 0.75 in ``layers-18pct``.
        k: the constant, ``minDiv`` in the later files.
    """

    def __init__(self, size: int = 3, scale: float = 5e-5, power: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        if size < 1 or size % 2 == 0:
            raise ValueError(f"size must be odd and positive, not {size}")
        if not scale >= 0 or not k > 0:
            raise ValueError(f"scale must be 0 or more and k above 0, not scale={scale}, k={k}")
        self.size, self.scale, self.power, self.k = size, scale, power, k

    def forward(self, x: Tensor) -> Tensor:
        a = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x  # 256² is too much for float16
        mean_square = nn.functional.avg_pool2d(a * a, self.size, stride=1, padding=self.size // 2)
        return (a * torch.pow(self.k + self.scale * mean_square, -self.power)).to(x.dtype)

    def extra_repr(self) -> str:
        return f"size={self.size}, scale={self.scale}, power={self.power}, k={self.k}"


def _check_settings(size: int, alpha: float, beta: float, k: float, form: str, columns: int) -> None:
    if not isinstance(size, int) or size < 1:
        raise ValueError(f"size must be a whole number of channels, at least 1, not {size!r}")
    if not isinstance(columns, int) or columns < 1:
        raise ValueError(f"columns must be a whole number, at least 1, not {columns!r}")
    if not alpha >= 0 or not beta >= 0:
        raise ValueError(f"alpha and beta must be 0 or more, not alpha={alpha}, beta={beta}")
    if not k > 0:
        raise ValueError(f"k must be above 0, or silent channels divide 0 by 0, not {k}")
    if form not in FORMS:
        raise ValueError(f"unknown form {form!r}: choose one of {', '.join(FORMS)}")


class _Normalise(torch.autograd.Function):
    """Forward and closed-form gradient, a piece of the tensor at a time; keeps nothing but x between the two.

    With d = k + scale * (sum of x² over the window), p = d^-beta and the window turned round in the second sum,
    b = x p and dL/dx = g p - 2 scale beta x * sum of (g p x / d).
    """

    @staticmethod
    def forward(ctx, x: Tensor, size: int, scale: float, beta: float, k: float, columns: int) -> Tensor:
        channels_inside = not x.is_contiguous() and x.stride(1) == 1
        ctx.save_for_backward(x)
        ctx.constants, ctx.layout = (scale, beta, k), (size, columns, channels_inside)
        x = _dense(x, channels_inside)
        y = torch.empty_like(x)
        for buffers, part, result in _pieces(size, columns, channels_inside, x, y):
            part = part.to(buffers.dtype)
            buffers.denominator(part, scale, beta, k)
            torch.mul(part, buffers.power, out=result)
        return y

    @staticmethod
    def backward(ctx, grad: Tensor):
        x, = ctx.saved_tensors
        (scale, beta, k), (size, columns, channels_inside) = ctx.constants, ctx.layout
        if torch.is_grad_enabled():  # create_graph=True: a gradient that can itself be differentiated
            y = _plain(x, size, scale, beta, k, columns)
            return torch.autograd.grad(y, x, grad, create_graph=True) + (None,) * 5
        x, grad = _dense(x, channels_inside), _dense(grad, channels_inside)
        grad_x = torch.empty_like(x)
        for buffers, part, g, result in _pieces(*ctx.layout, x, grad, grad_x):
            part, g = part.to(buffers.dtype), g.to(buffers.dtype)
            buffers.denominator(part, scale, beta, k)
            direct = torch.mul(g, buffers.power, out=result if result.dtype == g.dtype else None)
            torch.mul(direct, part, out=buffers.inside).div_(buffers.total)
            buffers.sum_windows(turned=True)
            direct.addcmul_(part, buffers.total, value=-2 * scale * beta)
            if direct is not result:
                result.copy_(direct)  # half precision: rounded once, at the end
        return (grad_x,) + (None,) * 5


class _Buffers:
    """Scratch for pieces of one shape (rows, channels, pixels), small enough to stay in the cache.

    inside  takes the values to be summed; in memory each of its rows follows as many channels of zeros as a window
            reaches back, so a window is a sum of shifts of one flat buffer and meets zeros, never another column,
            image or pixel
    total   the sums, then the denominator d
    power   d^-beta, until the next sums are taken: sums of pairs need the same memory
    """

    def __init__(self, piece: Tensor, size: int) -> None:
        rows, channels, self.pixels = piece.shape
        self.dtype = torch.float64 if piece.dtype == torch.float64 else torch.float32
        self.left, self.right = min(size // 2, channels - 1), min((size - 1) // 2, channels - 1)
        width = self.left + channels
        self.flat = [torch.zeros((rows * width + self.left) * self.pixels, dtype=self.dtype, device=piece.device)
                     for _ in range(3)]
        inside, self.wide_total, self.wide_power = (
            flat[: rows * width * self.pixels].view(rows, width, self.pixels) for flat in self.flat)
        self.inside = inside[:, self.left :]
        self.total, self.power = self.wide_total[:, :channels], self.wide_power[:, :channels]

    def sum_windows(self, turned: bool = False) -> None:
        """total of channel i = sum of inside from i - left to i + right, or turned from i - right to i + left."""
        values, total, pairs = self.flat
        values = values[(self.left - self.right) * self.pixels :] if turned else values
        last = (self.left + self.right) * self.pixels  # from the first member of a window to its last
        length = len(values) - last
        terms = [] if last % (2 * self.pixels) else [values[last:]]
        if last:  # add neighbours first: then a window of five is two pairs and one, three additions
            pairs = torch.add(values[: -self.pixels], values[self.pixels :], out=pairs[: len(values) - self.pixels])
            terms += [pairs[start : start + length] for start in range(0, last, 2 * self.pixels)]
        total = total[:length]
        torch.add(terms[0], terms[1], out=total) if len(terms) > 1 else total.copy_(terms[0])
        for term in terms[2:]:
            total += term

    def denominator(self, piece: Tensor, scale: float, beta: float, k: float) -> None:
        """Leaves d in total and d^-beta in power."""
        torch.mul(piece, piece, out=self.inside)
        self.sum_windows()
        d, power = self.wide_total, self.wide_power  # one run of memory; what lies between the rows is not read
        torch.add(torch.tensor(k, dtype=self.dtype), d, alpha=scale, out=d)
        if beta == 0.75:  # d^-3/4 = d^1/4 / d, several times faster than a power
            torch.rsqrt(d, out=power).rsqrt_().div_(d)
        else:
            torch.pow(d, -beta, out=power)


def _plain(x: Tensor, size: int, scale: float, beta: float, k: float, columns: int) -> Tensor:
    """The formula in torch's own differentiable operations: slow, for second derivatives only."""
    a = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
    squares = a.unflatten(1, (columns, -1)).movedim(2, -1).square()  # (N, columns, ..., channels)
    windows = nn.functional.pad(squares, (size // 2, (size - 1) // 2)).unfold(-1, size, 1)
    sums = windows.sum(-1).movedim(-1, 2).flatten(1, 2)  # (N, C, ...)
    return (a * (k + scale * sums) ** -beta).to(x.dtype)


def _dense(x: Tensor, channels_inside: bool) -> Tensor:
    """x, or a copy, with the channels of a pixel side by side in memory, or else the pixels of a channel."""
    return x.movedim(1, -1).contiguous().movedim(-1, 1) if channels_inside else x.contiguous()


def _pieces(size: int, columns: int, channels_inside: bool, *tensors: Tensor) -> Iterator[tuple]:
    """Buffers, and matching views (rows, channels of a column, pixels side by side) of some rows of each tensor."""
    n, channels = tensors[0].shape[0], tensors[0].shape[1] // columns
    if channels_inside:
        views = [x.movedim(1, -1).view(-1, channels, 1) for x in tensors]
    else:
        views = [x.view(n * columns, channels, -1) for x in tensors]
    # a GPU gains nothing from small pieces, and pays for each
    rows = max(1, PIECE // views[0][0].numel()) if tensors[0].device.type == "cpu" else len(views[0])
    buffers = None
    for parts in zip(*(view.split(rows) for view in views), strict=True):
        if buffers is None or len(parts[0]) != rows:  # the last piece may be smaller
            buffers = _Buffers(parts[0], size)
        yield buffers, *parts
