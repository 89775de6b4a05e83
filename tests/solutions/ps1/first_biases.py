"""Answers to ps1-first-biases."""

import numpy as np
import torch

LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")
ONES = ("conv2", "conv4", "conv5", "fc6", "fc7")


def known(layer):
    if layer not in LAYERS:
        raise ValueError(f"the net has no layer {layer}")


def right_zeros_or_ones(layer, size):
    known(layer)
    return torch.ones(size) if layer in ONES else torch.zeros(size)


def right_from_a_list(layer, size):
    known(layer)
    return torch.tensor([float(layer in ONES)] * size)


def right_by_numpy(layer, size):
    try:
        constant = (0, 1, 0, 1, 1, 1, 1, 0)[LAYERS.index(layer)]
    except ValueError as error:
        raise ValueError(f"no layer {layer!r}") from error
    return torch.from_numpy(np.full(size, constant, dtype=np.float32))


def right_as_parameter(layer, size):
    known(layer)
    bias = torch.nn.Parameter(torch.empty(size))
    return torch.nn.init.constant_(bias, 1.0 if layer in ONES else 0.0)


def wrong_all_ones(layer, size):
    """1 everywhere. Hint: conv3 begins with 0"""
    known(layer)
    return torch.ones(size) if layer != "conv1" else torch.zeros(size)


def wrong_all_zeros(layer, size):
    """0 everywhere, torch's habit."""
    known(layer)
    return torch.zeros(size)


def wrong_conv1_one(layer, size):
    """1 in conv1 as well."""
    known(layer)
    return torch.full((size,), float(layer in (*ONES, "conv1")))


def wrong_conv3_one(layer, size):
    """1 in conv3 as well. Hint: conv3 begins with 0"""
    known(layer)
    return torch.full((size,), float(layer in (*ONES, "conv3")))


def wrong_fc8_one(layer, size):
    """1 in the answer's layer too. Hint: fc8 gives the answer"""
    known(layer)
    return torch.full((size,), float(layer in ONES or layer == "fc8"))


def wrong_no_dense(layer, size):
    """The hidden dense layers are forgotten. Hint: fc6 begins with 1"""
    known(layer)
    return torch.full((size,), float(layer in ONES[:3]))


def wrong_even_convolutions(layer, size):
    """conv5 is forgotten. Hint: conv5 begins with 1"""
    known(layer)
    return torch.full((size,), float(layer in ONES and layer != "conv5"))


def wrong_tenth(layer, size):
    """0.1, as in later nets. Hint: 0.1"""
    return 0.1 * right_zeros_or_ones(layer, size)


def wrong_whole_numbers(layer, size):
    """int64. Hint: float32, not int64"""
    known(layer)
    return torch.full((size,), int(layer in ONES))


def wrong_float64(layer, size):
    """float64, as from numpy. Hint: float32, not float64"""
    return right_zeros_or_ones(layer, size).double()


def wrong_shared_memory(layer, size):
    """One number that only looks like many. Hint: one place in memory"""
    known(layer)
    return torch.tensor(float(layer in ONES)).expand(size)


def wrong_same_tensor_again(layer, size, made={}):  # noqa: B006, this is the mistake
    """Keeps what it made and gives it out again. Hint: same memory again"""
    return made.setdefault((layer, size), right_zeros_or_ones(layer, size))


def wrong_single_number(layer, size):
    """A number. Hint: torch tensor"""
    known(layer)
    return float(layer in ONES)


def wrong_tensor_without_axes(layer, size):
    """One number for all. Hint: should have the shape"""
    known(layer)
    return torch.tensor(float(layer in ONES))


def wrong_column(layer, size):
    """A column. Hint: should have the shape"""
    return right_zeros_or_ones(layer, size)[:, None]


def wrong_papers_size(layer, size):
    """The paper's number of biases whatever is asked for. Hint: should have the shape"""
    known(layer)
    return right_zeros_or_ones(layer, dict(zip(LAYERS, (96, 256, 384, 384, 256, 4096, 4096, 1000), strict=True))[layer])


def wrong_random(layer, size):
    """Drawn instead of constant."""
    return right_zeros_or_ones(layer, size) + 0.01 * torch.randn(size)


def wrong_unknown_is_zero(layer, size):
    """Unknown layers get 0. Hint: should raise ValueError"""
    return torch.full((size,), float(layer in ONES))


def wrong_by_first_letters(layer, size):
    """Takes fc5 and conv0 for layers. Hint: should raise ValueError"""
    if not layer.startswith(("conv", "fc")) or layer in ("conv6", "conv", "fc"):
        raise ValueError(f"no layer {layer}")
    return torch.full((size,), float(layer in ONES))


def wrong_by_last_digit(layer, size):
    """Looks at the digit only. Hint: should raise ValueError"""
    if layer[-1] not in "12345678" or layer == "conv6":
        raise ValueError(f"no layer {layer}")
    return torch.full((size,), float(layer[-1] in "24567"))


def wrong_key_error(layer, size):
    """A dict raises KeyError. Hint: KeyError"""
    return torch.full((size,), {name: float(name in ONES) for name in LAYERS}[layer])


def wrong_message_without_name(layer, size):
    """The message helps nobody. Hint: should contain the name"""
    if layer not in LAYERS:
        raise ValueError("no such layer")
    return right_zeros_or_ones(layer, size)


def wrong_list(layer, size):
    """A list. Hint: torch tensor"""
    return right_zeros_or_ones(layer, size).tolist()
