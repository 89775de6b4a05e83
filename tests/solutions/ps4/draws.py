"""Answers to ps4-draws."""

import numpy as np
import torch


def right_by_normal(n, generator, std=0.1):
    return torch.normal(0.0, std, (n, 3), generator=generator, dtype=torch.float64)


def right_row_by_row(n, generator, std=0.1):
    return torch.stack([torch.empty(3).normal_(0, std, generator=generator) for _ in range(n)])


def wrong_variance(n, generator, std=0.1):
    """Takes std for the variance. Hint: the variance is set to std"""
    return std**0.5 * torch.randn(n, 3, generator=generator)


def wrong_squared(n, generator, std=0.1):
    """Scales by the variance. Hint: std is squared"""
    return std**2 * torch.randn(n, 3, generator=generator)


def wrong_std_not_used(n, generator, std=0.1):
    """Standard normal numbers. Hint: std is not used"""
    return torch.randn(n, 3, generator=generator)


def wrong_always_a_tenth(n, generator, std=0.1):
    """0.1 written into the formula. Hint: is used always"""
    return 0.1 * torch.randn(n, 3, generator=generator)


def wrong_default(n, generator, std=1.0):
    """Another default. Hint: not 0.1"""
    return std * torch.randn(n, 3, generator=generator)


def wrong_uniform(n, generator, std=0.1):
    """Uniform numbers from -std to std."""
    return std * (2 * torch.rand(n, 3, generator=generator) - 1)


def wrong_uniform_of_the_right_spread(n, generator, std=0.1):
    """Uniform numbers whose standard deviation is right. Hint: not normally distributed"""
    return std * 12**0.5 * (torch.rand(n, 3, generator=generator) - 0.5)


def wrong_cut_off(n, generator, std=0.1):
    """Cuts off beyond two standard deviations."""
    return std * torch.randn(n, 3, generator=generator).clamp(-2, 2)


def wrong_one_draw_for_the_batch(n, generator, std=0.1):
    """The same three numbers for all images. Hint: images share their draws"""
    return std * torch.randn(1, 3, generator=generator).repeat(n, 1)


def wrong_one_number_an_image(n, generator, std=0.1):
    """The same strength for all three components. Hint: not independent"""
    return std * torch.randn(n, 1, generator=generator).repeat(1, 3)


def wrong_pairs_share(n, generator, std=0.1):
    """Two images share a draw."""
    return std * torch.randn(n, 3, generator=generator)[torch.arange(n) // 2]


def wrong_axes(n, generator, std=0.1):
    """Components first. Hint: (2, 3)"""
    return std * torch.randn(3, n, generator=generator)


def wrong_positive_only(n, generator, std=0.1):
    """Absolute values."""
    return std * torch.randn(n, 3, generator=generator).abs()


def wrong_around_std(n, generator, std=0.1):
    """The mean is std, the standard deviation 1."""
    return std + torch.randn(n, 3, generator=generator)


def wrong_centred_at_std(n, generator, std=0.1):
    """Mean and standard deviation are std. Hint: mean"""
    return std + std * torch.randn(n, 3, generator=generator)


def wrong_global_numbers(n, generator, std=0.1):
    """Forgets the generator. Hint: global random numbers"""
    return std * torch.randn(n, 3)


def wrong_numpy_numbers(n, generator, std=0.1):
    """Draws by numpy. Hint: equal seed"""
    return torch.from_numpy(np.random.normal(0, std, (n, 3)))


def wrong_seeds_again(n, generator, std=0.1):
    """Seeds anew. Hint: whatever the generator"""
    return std * torch.randn(n, 3, generator=generator.manual_seed(1))


def wrong_copy_of_the_generator(n, generator, std=0.1):
    """Draws from a copy, so that every batch has the same light. Hint: not from a copy"""
    return std * torch.randn(n, 3, generator=torch.Generator().set_state(generator.get_state()))


def wrong_pairs_of_opposites(n, generator, std=0.1):
    """The second half of the batch has the strengths of the first with the other sign. Hint: not independent"""
    half = torch.randn((n + 1) // 2, 3, generator=generator)
    return std * torch.cat([half, -half])[:n]


def wrong_half_precision(n, generator, std=0.1):
    """Too few digits. Hint: float32 or float64"""
    return (std * torch.randn(n, 3, generator=generator)).half()


def wrong_numpy_array(n, generator, std=0.1):
    """An array instead of a tensor. Hint: a tensor of shape (2, 3)"""
    return std * torch.randn(n, 3, generator=generator).numpy()


def wrong_exact_moments(n, generator, std=0.1):
    """Forces mean and standard deviation of each batch. Hint: a single image"""
    z = torch.randn(n, 3, generator=generator)
    return std * (z - z.mean(0)) / z.std(0, correction=0)
