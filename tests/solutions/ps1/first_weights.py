"""Answers to ps1-first-weights."""

import math

import numpy as np
import torch


def right_by_torch_normal(shape, std, generator):
    return torch.normal(0.0, std, tuple(shape), generator=generator)


def right_in_place(shape, std, generator):
    weight = torch.empty(shape)
    weight.normal_(0, std, generator=generator)
    return weight


def right_as_parameter(shape, std, generator):
    return torch.nn.Parameter(torch.nn.init.normal_(torch.empty(*shape), std=std, generator=generator))


def right_row_by_row(shape, std, generator):
    n = math.prod(shape)
    rows = [torch.randn(min(1000, n - start), generator=generator, dtype=torch.float64) for start in range(0, n, 1000)]
    return (torch.cat(rows) * std).reshape(shape).float()


def right_by_box_muller(shape, std, generator):
    u, angle = torch.rand(2, math.prod(shape), generator=generator, dtype=torch.float64)
    z = torch.sqrt(-2 * torch.log1p(-u)) * torch.cos(2 * math.pi * angle)
    return (std * z).reshape(shape).to(torch.float32)


def right_numpy_seeded_by_a_draw(shape, std, generator):
    seed = int(torch.randint(2**62, (1,), generator=generator))
    return torch.from_numpy(np.random.default_rng(seed).normal(0, std, shape).astype(np.float32))


def wrong_variance(shape, std, generator):
    """std is multiplied in twice. Hint: std squared"""
    return torch.randn(shape, generator=generator) * std**2


def wrong_root(shape, std, generator):
    """std is taken for the variance. Hint: you use std as the variance"""
    return torch.randn(shape, generator=generator) * std**0.5


def wrong_std_unused(shape, std, generator):
    """N(0, 1). Hint: std is not used"""
    return torch.randn(shape, generator=generator)


def wrong_always_paper(shape, std, generator):
    """0.01 whatever is asked for. Hint: std is always 0.01"""
    return torch.randn(shape, generator=generator) * 0.01


def wrong_uniform(shape, std, generator):
    """Evenly from -std to std. Hint: you draw evenly between -std and std"""
    return (2 * torch.rand(shape, generator=generator) - 1) * std


def wrong_uniform_of_equal_spread(shape, std, generator):
    """Evenly, with the right standard deviation. Hint: you draw evenly instead of normally"""
    return (2 * torch.rand(shape, generator=generator) - 1) * std * 3**0.5


def wrong_uniform_positive(shape, std, generator):
    """Evenly from 0 to std. Hint: evenly between 0 and std"""
    return torch.rand(shape, generator=generator) * std


def wrong_two_values(shape, std, generator):
    """Heads or tails. Hint: either std or -std"""
    return (2.0 * torch.randint(2, shape, generator=generator) - 1) * std


def wrong_truncated(shape, std, generator):
    """Cut off at two standard deviations. Hint: cut off"""
    return torch.nn.init.trunc_normal_(torch.empty(shape), 0, std, -2 * std, 2 * std, generator=generator)


def wrong_clamped(shape, std, generator):
    """Tails are pushed back to three standard deviations. Hint: cut off"""
    return torch.randn(shape, generator=generator).clamp(-3, 3) * std


def wrong_clamped_at_two(shape, std, generator):
    """Tails are pushed back to two standard deviations. Hint: are pushed back"""
    return torch.randn(shape, generator=generator).clamp(-2, 2) * std


def wrong_sum_of_uniforms(shape, std, generator):
    """Three uniform numbers make a bell without tails. Hint: within one standard deviation"""
    return (torch.rand(3, *shape, generator=generator).sum(0) - 1.5) * 2 * std


def wrong_size_only(shape, std, generator):
    """No negative weights. Hint: the size of each weight"""
    return torch.randn(shape, generator=generator).abs() * std


def wrong_mean(shape, std, generator):
    """N(std, std^2)."""
    return (torch.randn(shape, generator=generator) + 1) * std


def wrong_laplace(shape, std, generator):
    """Another bell, with heavier tails, and the same standard deviation. Hint: within one standard deviation"""
    u = torch.rand(shape, generator=generator).clamp(1e-6, 1 - 1e-6) - 0.5
    return -std / 2**0.5 * u.sign() * torch.log1p(-2 * u.abs())


def wrong_global_numbers(shape, std, generator):
    """The generator is not used. Hint: global random numbers"""
    return torch.randn(shape) * std


def wrong_reseeds_global(shape, std, generator):
    """Seeds torch's global numbers. Hint: global random numbers"""
    torch.manual_seed(generator.initial_seed())
    return torch.randn(shape) * std


def wrong_own_generator(shape, std, generator):
    """Brings its own generator. Hint: whatever the generator"""
    return torch.randn(shape, generator=torch.Generator().manual_seed(0)) * std


def wrong_numpy_global(shape, std, generator):
    """numpy's global numbers. Hint: other values for two generators"""
    return torch.from_numpy(np.random.normal(0, std, shape)).float()


def wrong_from_the_seed(shape, std, generator):
    """Starts again from the seed, so all layers get the same numbers. Hint: the same weights"""
    return torch.randn(shape, generator=torch.Generator().manual_seed(generator.initial_seed())) * std


def wrong_numpy_from_the_seed(shape, std, generator):
    """Starts again from the seed, in numpy. Hint: the same weights"""
    return torch.from_numpy(np.random.default_rng(generator.initial_seed()).normal(0, std, shape)).float()


def wrong_winds_back(shape, std, generator):
    """Winds the generator back to its seed first. Hint: the same weights"""
    generator.manual_seed(generator.initial_seed())
    return torch.randn(shape, generator=generator) * std


def wrong_float64(shape, std, generator):
    """float64. Hint: should be float32"""
    return torch.randn(shape, generator=generator, dtype=torch.float64) * std


def wrong_one_kernel_for_all(shape, std, generator):
    """One unit's weights, repeated for all. Hint: many weights are equal"""
    return (torch.randn((1, *shape[1:]), generator=generator) * std).repeat(shape[0], *[1] * (len(shape) - 1))


def wrong_one_number(shape, std, generator):
    """A single draw for all weights."""
    return torch.randn(1, generator=generator).expand(shape) * std


def wrong_corrected_after_the_draw(shape, std, generator):
    """Mean and spread are forced to be exact. Hint: correct them after the draw"""
    weight = torch.randn(shape, generator=generator)
    return (weight - weight.mean()) / max(weight.std(correction=0).item(), 1e-9) * std


def wrong_flat(shape, std, generator):
    """All weights in a row. Hint: should have the shape"""
    return torch.randn(math.prod(shape), generator=generator) * std


def wrong_fan_in(shape, std, generator):
    """Scales by the fan-in as well."""
    return torch.randn(shape, generator=generator) * std / math.prod(shape[1:]) ** 0.5


def wrong_list(shape, std, generator):
    """A list of numbers. Hint: should be a torch tensor"""
    return (torch.randn(shape, generator=generator) * std).tolist()


def wrong_four_axes_only(shape, std, generator):
    """Only for convolutions. Hint: fails with"""
    out, maps, height, width = shape
    return torch.randn(out, maps, height, width, generator=generator) * std


def wrong_mirrored(shape, std, generator):
    """Half of the weights are drawn, the others are their negatives. Hint: correct them after the draw"""
    n = math.prod(shape)
    half = torch.randn((n + 1) // 2, generator=generator)
    return torch.cat([half, -half])[:n].reshape(shape) * std


def wrong_sum_of_six_uniforms(shape, std, generator):
    """A good bell in the middle, with tails that are too thin. Hint: cut off"""
    return (torch.rand(6, *shape, generator=generator).sum(0) - 3) * 2**0.5 * std


def wrong_some_zeros(shape, std, generator):
    """One weight in twenty is 0. Hint: within 0.01 std"""
    weight = torch.randn(shape, generator=generator) * std / 0.95**0.5
    return weight * (torch.rand(shape, generator=generator) > 0.05)
