"""Answers to ps4-components."""

import numpy as np
import torch


def points(images):
    return images.double().permute(0, 2, 3, 1).reshape(-1, 3)


def components(covariance):
    values, vectors = torch.linalg.eigh(covariance)
    return values.flip(0), vectors.flip(1)


def right_by_svd(images):
    x = points(images)
    _, s, vh = torch.linalg.svd(x - x.mean(0), full_matrices=False)
    return s**2 / (len(x) - 1), vh.T


def right_in_numpy(images):
    x = images.numpy().astype(np.float64).transpose(1, 0, 2, 3).reshape(3, -1)
    values, vectors = np.linalg.eig(np.cov(x))
    order = np.argsort(-values)
    return torch.from_numpy(values[order]), torch.from_numpy(vectors[:, order])


def right_with_moments(images):
    x = images.to(torch.float64)
    mean = x.mean(dim=(0, 2, 3))
    second = torch.einsum("nihw,njhw->ij", x, x) / (x.numel() // 3)
    values, vectors = torch.linalg.eigh(second - torch.outer(mean, mean))
    order = values.argsort(descending=True)
    return values[order], -vectors[:, order]


def wrong_ascending(images):
    """As torch.linalg.eigh returns them. Hint: the smallest comes first"""
    return tuple(torch.linalg.eigh(torch.cov(points(images).T)))


def wrong_only_values_turned(images):
    """Eigenvalues in the right order, vectors not. Hint: in another order than the eigenvalues"""
    values, vectors = torch.linalg.eigh(torch.cov(points(images).T))
    return values.flip(0), vectors


def wrong_rows(images):
    """Eigenvectors in rows. Hint: stand in rows"""
    values, vectors = components(torch.cov(points(images).T))
    return values, vectors.T


def wrong_rows_turned(images):
    """Flips the axis of channels instead of the axis of components."""
    values, vectors = torch.linalg.eigh(torch.cov(points(images).T))
    return values.flip(0), vectors.flip(0)


def wrong_correlation(images):
    """Divides by the standard deviations. Hint: correlations"""
    return components(torch.corrcoef(points(images).T))


def wrong_mean_not_removed(images):
    """Second moments about 0. Hint: the mean is not subtracted"""
    x = points(images)
    return components(x.T @ x / len(x))


def wrong_standard_deviations(images):
    """Square roots of the eigenvalues. Hint: square roots"""
    values, vectors = components(torch.cov(points(images).T))
    return values.sqrt(), vectors


def wrong_scaled_to_one(images):
    """Pixels from 0 to 1. Hint: divided by 255"""
    return components(torch.cov(points(images).T / 255))


def wrong_not_divided(images):
    """The sum over pixels instead of their mean. Hint: not divided"""
    x = points(images)
    x = x - x.mean(0)
    return components(x.T @ x)


def wrong_divided_by_images(images):
    """Divides by N. Hint: number of images"""
    x = points(images)
    x = x - x.mean(0)
    return components(x.T @ x / len(images))


def wrong_divided_by_values(images):
    """Divides by the number of values, three a pixel."""
    return components(torch.cov(points(images).T) / 3)


def wrong_mean_of_each_image(images):
    """Removes the mean of each image. Hint: the mean of each image"""
    x = images.double()
    return components(torch.cov(points(x - x.mean((2, 3), keepdim=True)).T))


def wrong_mean_image(images):
    """Removes the mean image, place by place. Hint: place by place"""
    x = images.double()
    return components(torch.cov(points(x - x.mean(0)).T))


def wrong_one_mean_for_all_channels(images):
    """Subtracts one number from all channels."""
    x = points(images)
    x = x - x.mean()
    return components(x.T @ x / len(x))


def wrong_mean_over_images(images):
    """Averages the components of single images."""
    found = [components(torch.cov(points(image[None]).T)) for image in images]
    return tuple(torch.stack(parts).mean(0) for parts in zip(*found, strict=True))


def wrong_colour_of_each_image(images):
    """The components of the mean colours of images."""
    return components(torch.cov(images.double().mean((2, 3)).T)) if len(images) > 1 else components(torch.eye(3))


def wrong_first_image(images):
    """Looks at one image only. Hint: or only one image is used"""
    return components(torch.cov(points(images[:1]).T))


def wrong_reshape(images):
    """Takes neighbours in a row for channels. Hint: neighbours in a row"""
    return components(torch.cov(images.double().reshape(-1, 3).T))


def wrong_float32(images):
    """Returns float32."""
    return tuple(part.float() for part in components(torch.cov(points(images).T)))


def wrong_uint8_arithmetic(images):
    """Works in the dtype of the images, which overflows in uint8."""
    x = images.permute(0, 2, 3, 1).reshape(-1, 3)
    x = (x - x.double().mean(0).to(x.dtype)).double()
    return components(x.T @ x / len(x))


def wrong_channels_reversed(images):
    """Blue first."""
    return components(torch.cov(points(images).flip(1).T))


def wrong_scaled_vectors(images):
    """Eigenvectors as long as the standard deviation."""
    values, vectors = components(torch.cov(points(images).T))
    return values, vectors * values.clamp(min=0).sqrt()


def wrong_in_place(images):
    """Subtracts the mean from the images that it was given."""
    if images.is_floating_point():
        images -= images.mean((0, 2, 3), keepdim=True)
    return components(torch.cov(points(images).T))


def wrong_vectors_first(images):
    """Returns the eigenvectors first."""
    return components(torch.cov(points(images).T))[::-1]


def wrong_unsorted(images):
    """Takes eigenvalues as torch.linalg.eig happens to order them."""
    values, vectors = torch.linalg.eig(torch.cov(points(images).T))
    return values.real, vectors.real


def wrong_shares(images):
    """Divides the eigenvalues by their sum."""
    values, vectors = components(torch.cov(points(images).T))
    return values / values.sum(), vectors


def wrong_uint8_scaled(images):
    """Brings uint8 images to a scale from 0 to 1, others not."""
    return components(torch.cov(points(images).T / (255 if images.dtype == torch.uint8 else 1)))


def wrong_absolute_values(images):
    """Takes the signs off the eigenvectors."""
    values, vectors = components(torch.cov(points(images).T))
    return values, vectors.abs()
