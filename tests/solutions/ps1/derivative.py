"""Answers to ps1-derivative."""

import numpy as np
import torch

UNITS = {"relu": torch.relu, "tanh": torch.tanh, "logistic": torch.sigmoid}


def known(kind):
    if kind not in UNITS:
        raise ValueError(f"no unit is called {kind}")


def right_by_autograd(x, kind):
    known(kind)
    x = x.detach().clone().requires_grad_(True)
    UNITS[kind](x).sum().backward()
    return x.grad


def right_by_cosh(x, kind):
    known(kind)
    if kind == "relu":
        return torch.heaviside(x, torch.zeros((), dtype=x.dtype, device=x.device))
    half = x if kind == "tanh" else x / 2
    return (1 if kind == "tanh" else 0.25) / torch.cosh(half) ** 2


def right_by_numpy(x, kind):
    known(kind)
    z = x.double().numpy() if x.device.type == "cpu" else np.zeros(tuple(x.shape))
    small = np.exp(-np.abs(z))
    y = {"relu": (z > 0) * 1.0, "tanh": 4 * small**2 / (1 + small**2) ** 2, "logistic": small / (1 + small) ** 2}[kind]
    return torch.as_tensor(y).reshape(x.shape).to(x)


def right_entry_by_entry(x, kind):
    known(kind)
    out = torch.empty_like(x).contiguous()
    for place, z in enumerate(x.reshape(-1)):
        y = UNITS[kind](z)
        out.view(-1)[place] = (z > 0).to(x.dtype) if kind == "relu" else 1 - y * y if kind == "tanh" else y - y * y
    return out


def wrong_function_itself(x, kind):
    """The unit's output, not its derivative. Hint: the function itself"""
    known(kind)
    return UNITS[kind](x)


def wrong_relu_one_at_zero(x, kind):
    """x >= 0 instead of x > 0. Hint: you take 1 at 0"""
    return (x >= 0).to(x.dtype) if kind == "relu" else right_by_autograd(x, kind)


def wrong_relu_half_at_zero(x, kind):
    """The middle of the two slopes at 0. Hint: you take 1/2 at 0"""
    return (x.sign() + 1) / 2 if kind == "relu" else right_by_autograd(x, kind)


def wrong_sign_for_relu(x, kind):
    """-1 for negative inputs. Hint: the sign of x"""
    return x.sign() if kind == "relu" else right_by_autograd(x, kind)


def wrong_tanh_without_square(x, kind):
    """1 - tanh. Hint: the square is missing"""
    return 1 - x.tanh() if kind == "tanh" else right_by_autograd(x, kind)


def wrong_input_for_output(x, kind):
    """1 - x^2 and x (1 - x): formulas for the output, used on the input. Hint: you take x for the unit's output"""
    known(kind)
    return {"relu": (x > 0).to(x.dtype), "tanh": 1 - x**2, "logistic": x * (1 - x)}[kind]


def wrong_logistic_factor_missing(x, kind):
    """1 - s instead of s (1 - s). Hint: a factor is missing"""
    return 1 - x.sigmoid() if kind == "logistic" else right_by_autograd(x, kind)


def wrong_logistic_sign(x, kind):
    """s (1 + s). Hint: there is a plus"""
    return x.sigmoid() * (1 + x.sigmoid()) if kind == "logistic" else right_by_autograd(x, kind)


def wrong_kinds_swapped(x, kind):
    """Tanh's for the logistic function. Hint: it is tanh's"""
    return right_by_autograd(x, "tanh" if kind == "logistic" else kind)


def wrong_overflow_in_exponential(x, kind):
    """Infinity by infinity for large inputs. Hint: not finite"""
    e = x.exp()
    return e / (1 + e) ** 2 if kind == "logistic" else right_by_autograd(x, kind)


def wrong_overflow_in_tanh(x, kind):
    """tanh by two exponentials. Hint: not finite"""
    y = (x.exp() - (-x).exp()) / (x.exp() + (-x).exp())
    return 1 - y**2 if kind == "tanh" else right_by_autograd(x, kind)


def wrong_always_float32(x, kind):
    """Loses float64. Hint: float64, not float32"""
    return right_by_autograd(x.float(), kind)


def wrong_always_float64(x, kind):
    """Turns float32 into float64. Hint: float32, not float64"""
    return right_by_autograd(x.double(), kind)


def wrong_relu_is_bool(x, kind):
    """A comparison is no number yet. Hint: not bool"""
    return x > 0 if kind == "relu" else right_by_autograd(x, kind)


def wrong_relu_is_float32(x, kind):
    """.float() forgets float64. Hint: keep the dtype"""
    return (x > 0).float() if kind == "relu" else right_by_autograd(x, kind)


def wrong_on_cpu_only(x, kind):
    """New tensors lie on the CPU whatever the device. Hint: device"""
    known(kind)
    one = torch.ones(x.shape, dtype=x.dtype)
    return torch.where(x > 0, one, 0 * one) if kind == "relu" else right_by_autograd(x, kind)


def wrong_unknown_kind_is_logistic(x, kind):
    """`else` takes every other name. Hint: should raise ValueError"""
    return right_by_autograd(x, kind if kind in UNITS else "logistic")


def wrong_key_error(x, kind):
    """A dict raises KeyError. Hint: KeyError"""
    return right_by_autograd(x, {name: name for name in UNITS}[kind])


def wrong_message_without_kind(x, kind):
    """The message helps nobody. Hint: should contain the kind"""
    if kind not in UNITS:
        raise ValueError("unknown kind")
    return right_by_autograd(x, kind)


def wrong_overwrites_input(x, kind):
    """Works in place. Hint: changes its argument 1 in place"""
    known(kind)
    return x.copy_(right_by_autograd(x, kind))


def wrong_relu_fixed_shape(x, kind):
    """Fails for tensors without axes or with one. Hint: fails with"""
    known(kind)
    return torch.stack([right_by_autograd(row, kind) for row in x.unbind(1)], 1)


def wrong_float32_inside(x, kind):
    """Reckons tanh' from rounded exponentials and clips too early."""
    return right_by_autograd(x.clamp(-2, 2), kind)


def wrong_finite_difference_in_float32(x, kind):
    """A difference over a tiny step, which rounding spoils."""
    if kind == "relu" or x.ndim == 0:
        return right_by_autograd(x, kind)
    known(kind)
    z = x.float()
    return ((UNITS[kind](z + 1e-6) - UNITS[kind](z)) / 1e-6).to(x.dtype)


def wrong_leaky(x, kind):
    """A slope of 0.01 for negative inputs."""
    return torch.where(x > 0, 1.0, 0.01).to(x.dtype) if kind == "relu" else right_by_autograd(x, kind)


def wrong_outer_product(x, kind):
    """The matrix of all derivatives instead of its diagonal. Hint: should have the shape"""
    known(kind)
    return torch.autograd.functional.jacobian(UNITS[kind], x.flatten())


def wrong_asks_for_gradients_of_x(x, kind):
    """Autograd on x itself, not on a copy. Hint: in place"""
    known(kind)
    x.requires_grad_(True)
    UNITS[kind](x).sum().backward()
    return x.grad


def wrong_small_number_added(x, kind):
    """A saturated unit lets nothing pass, not a little."""
    return right_by_autograd(x, kind) + (1e-7 if kind == "logistic" else 0)
