"""Answers to ps4-shift."""

import torch


def shift(eigenvalues, eigenvectors, draws):
    return torch.einsum("ni,i,ci->nc", draws, eigenvalues, eigenvectors)[:, :, None, None]


def right_by_loops(images, eigenvalues, eigenvectors, draws):
    shifted = images.clone()
    for n in range(len(images)):
        for i in range(3):
            for c in range(3):
                shifted[n, c] += (draws[n, i] * eigenvalues[i] * eigenvectors[c, i]).to(images.dtype)
    return shifted


def right_by_matrix(images, eigenvalues, eigenvectors, draws):
    added = (eigenvectors @ torch.diag(eigenvalues) @ draws.T).T.reshape(-1, 3, 1, 1)
    return (images.double() + added).to(images.dtype)


def right_in_numpy(images, eigenvalues, eigenvectors, draws):
    added = [eigenvectors.numpy() @ (draw * eigenvalues.numpy()) for draw in draws.numpy()]
    return torch.stack([image + torch.from_numpy(a).to(image)[:, None, None]
                        for image, a in zip(images, added, strict=True)])


def wrong_square_root(images, eigenvalues, eigenvectors, draws):
    """Standard deviations, as in the released code. Hint: the square root"""
    return images + shift(eigenvalues.sqrt(), eigenvectors, draws).to(images.dtype)


def wrong_rows(images, eigenvalues, eigenvectors, draws):
    """Multiplies by the transposed matrix. Hint: rows of the matrix"""
    return images + shift(eigenvalues, eigenvectors.T, draws).to(images.dtype)


def wrong_one_draw_for_the_batch(images, eigenvalues, eigenvectors, draws):
    """The first image's strengths for all. Hint: share the first draw"""
    return images + shift(eigenvalues, eigenvectors, draws[:1]).to(images.dtype)


def wrong_mean_draw(images, eigenvalues, eigenvectors, draws):
    """The mean of the strengths for all images."""
    return images + shift(eigenvalues, eigenvectors, draws.mean(0, keepdim=True)).to(images.dtype)


def wrong_no_eigenvalue(images, eigenvalues, eigenvectors, draws):
    """Hint: the eigenvalues are left out"""
    return images + shift(torch.ones_like(eigenvalues), eigenvectors, draws).to(images.dtype)


def wrong_no_eigenvectors(images, eigenvalues, eigenvectors, draws):
    """Component i is added to channel i. Hint: the eigenvectors are left out"""
    return images + (draws * eigenvalues)[:, :, None, None].to(images.dtype)


def wrong_clipped(images, eigenvalues, eigenvectors, draws):
    """Cuts off at 0 and 255. Hint: cut off at 255"""
    return (images + shift(eigenvalues, eigenvectors, draws).to(images.dtype)).clamp(0, 255)


def wrong_clipped_below(images, eigenvalues, eigenvectors, draws):
    """Cuts off at 0 only."""
    return (images + shift(eigenvalues, eigenvectors, draws).to(images.dtype)).clamp(min=0)


def wrong_divided(images, eigenvalues, eigenvectors, draws):
    """Divides by 1.1 as the released code. Hint: divided by 1.1"""
    return (images + shift(eigenvalues, eigenvectors, draws).to(images.dtype)) / 1.1


def wrong_blue_first(images, eigenvalues, eigenvectors, draws):
    """Hint: red and blue are exchanged"""
    return images + shift(eigenvalues, eigenvectors, draws).flip(1).to(images.dtype)


def wrong_sign(images, eigenvalues, eigenvectors, draws):
    """Hint: subtracted"""
    return images - shift(eigenvalues, eigenvectors, draws).to(images.dtype)


def wrong_same_for_all_channels(images, eigenvalues, eigenvectors, draws):
    """Sums over the components without vectors. Hint: added to every channel"""
    return images + (draws * eigenvalues).sum(1)[:, None, None, None].to(images.dtype)


def wrong_in_place(images, eigenvalues, eigenvectors, draws):
    """Adds to the images it was given. Hint: in place"""
    images += shift(eigenvalues, eigenvectors, draws).to(images.dtype)
    return images


def wrong_noise_a_pixel(images, eigenvalues, eigenvectors, draws):
    """Draws strengths anew for each pixel."""
    draws = draws[:, :, None, None] * torch.randn(len(images), 3, *images.shape[2:], dtype=draws.dtype)
    return images + torch.einsum("nihw,i,ci->nchw", draws, eigenvalues, eigenvectors).to(images.dtype)


def wrong_along_the_width(images, eigenvalues, eigenvectors, draws):
    """Lets the channels of the shift stand at the last axis."""
    added = shift(eigenvalues, eigenvectors, draws).to(images.dtype).permute(0, 2, 3, 1)
    return images + added if images.shape[3] == 3 else images + added.permute(0, 3, 1, 2)


def wrong_images_for_channels(images, eigenvalues, eigenvectors, draws):
    """Exchanges images and channels where there are three of both."""
    added = shift(eigenvalues, eigenvectors, draws).to(images.dtype)
    return images + (added.transpose(0, 1) if len(images) == 3 else added)


def wrong_dtype(images, eigenvalues, eigenvectors, draws):
    """Returns float64 whatever came in. Hint: keep the dtype"""
    return images + shift(eigenvalues, eigenvectors, draws)


def wrong_rounded(images, eigenvalues, eigenvectors, draws):
    """Rounds to whole grey levels. Hint: rounded"""
    return (images + shift(eigenvalues, eigenvectors, draws).to(images.dtype)).round()


def wrong_unit_scale(images, eigenvalues, eigenvectors, draws):
    """Divides the eigenvalues by 255."""
    return images + shift(eigenvalues / 255, eigenvectors, draws).to(images.dtype)


def wrong_a_tenth_again(images, eigenvalues, eigenvectors, draws):
    """Multiplies the strengths by 0.1 although they have been drawn so."""
    return images + 0.1 * shift(eigenvalues, eigenvectors, draws).to(images.dtype)


def wrong_first_component(images, eigenvalues, eigenvectors, draws):
    """Adds the largest component only."""
    return images + shift(eigenvalues[:1], eigenvectors[:, :1], draws[:, :1]).to(images.dtype)


def wrong_multiplied(images, eigenvalues, eigenvectors, draws):
    """Multiplies instead of adding."""
    return images * (1 + shift(eigenvalues, eigenvectors, draws).to(images.dtype))


def wrong_sorts(images, eigenvalues, eigenvectors, draws):
    """Sorts the eigenvalues without their vectors."""
    return images + shift(eigenvalues.sort(descending=True).values, eigenvectors, draws).to(images.dtype)


def wrong_shift_only(images, eigenvalues, eigenvectors, draws):
    """Returns what is to be added, without the images."""
    return shift(eigenvalues, eigenvectors, draws).to(images.dtype).expand_as(images).clone()


def wrong_one_image_only(images, eigenvalues, eigenvectors, draws):
    """Adds the shift to the first image only."""
    shifted = images.clone()
    shifted[:1] += shift(eigenvalues, eigenvectors, draws[:1]).to(images.dtype)
    return shifted


def wrong_on_the_cpu(images, eigenvalues, eigenvectors, draws):
    """Makes the shift on the CPU wherever the images are. Hint: device"""
    added = torch.zeros(len(images), 3, dtype=images.dtype)
    for i in range(3):
        added = added + (draws[:, i, None] * eigenvalues[i] * eigenvectors[:, i]).to(images.dtype)
    return images + added[:, :, None, None]


def wrong_images_themselves(images, eigenvalues, eigenvectors, draws):
    """Nothing to add, so nothing is copied. Hint: should give a new tensor"""
    return images + shift(eigenvalues, eigenvectors, draws).to(images.dtype) if draws.any() else images


def wrong_guesses_the_scale(images, eigenvalues, eigenvectors, draws):
    """Takes images from 0 to 1 for images on another scale than the shift. Hint: divided by 255"""
    scale = 255 if images.max() <= 1 else 1
    return images + shift(eigenvalues / scale, eigenvectors, draws).to(images.dtype)
