"""Answers to ps4-views."""

import torch


def fits(images, size):
    if size > min(images.shape[2:]):
        raise ValueError("too large")


def five(images, size):
    fits(images, size)
    down, right = (side - size for side in images.shape[2:])
    places = (0, 0), (0, right), (down, 0), (down, right), (down // 2, right // 2)
    return [images[:, :, r:r + size, c:c + size] for r, c in places]


def right_with_negative_slices(images, size):
    h, w = images.shape[2:]
    if size > h or size > w:
        raise ValueError("too large")
    top, left = (h - size) // 2, (w - size) // 2
    views = [images[..., :size, :size], images[..., :size, w - size:], images[..., h - size:, :size],
             images[..., h - size:, w - size:], images[..., top:top + size, left:left + size]]
    views += [torch.flip(view, [-1]) for view in views]
    return torch.stack(views).transpose(0, 1)


def right_from_the_mirrored_image(images, size):
    plain, mirrored = five(images, size), five(images.flip(3), size)
    down, right = (side - size for side in images.shape[2:])
    r, c = down // 2, right - right // 2
    centre = images.flip(3)[:, :, r:r + size, c:c + size]
    order = [mirrored[1], mirrored[0], mirrored[3], mirrored[2], centre]
    return torch.stack(plain + order, 1)


def right_by_writing(images, size):
    views = images.new_empty(len(images), 10, images.shape[1], size, size)
    for number, view in enumerate(five(images, size)):
        views[:, number] = view
        for column in range(size):
            views[:, number + 5, :, :, column] = view[..., size - 1 - column]
    return views


def wrong_views_first(images, size):
    """The view is the first axis. Hint: the image is the first axis"""
    views = torch.stack(five(images, size))
    return torch.cat([views, views.flip(4)])


def wrong_interleaved(images, size):
    """Each view is followed by its mirror image. Hint: the five mirror images come last"""
    return torch.stack([v for view in five(images, size) for v in (view, view.flip(3))], 1)


def wrong_corners_exchanged(images, size):
    """Bottom left before top right. Hint: top right and bottom left are exchanged"""
    a, b, c, d, e = five(images, size)
    views = torch.stack([a, c, b, d, e], 1)
    return torch.cat([views, views.flip(4)], 1)


def wrong_centre_first(images, size):
    """The centre comes first."""
    *corners, centre = five(images, size)
    views = torch.stack([centre, *corners], 1)
    return torch.cat([views, views.flip(4)], 1)


def wrong_mirrors_first(images, size):
    """Hint: mirror images come first"""
    views = torch.stack(five(images, size), 1)
    return torch.cat([views.flip(4), views], 1)


def wrong_upside_down(images, size):
    """Flips rows. Hint: top and bottom are exchanged"""
    views = torch.stack(five(images, size), 1)
    return torch.cat([views, views.flip(3)], 1)


def wrong_turned(images, size):
    """Flips both axes."""
    views = torch.stack(five(images, size), 1)
    return torch.cat([views, views.flip(3, 4)], 1)


def wrong_channels_flipped(images, size):
    """Flips the axis of channels."""
    views = torch.stack(five(images, size), 1)
    return torch.cat([views, views.flip(2)], 1)


def wrong_views_of_the_mirrored_image(images, size):
    """Mirrors the image and cuts again: left and right corners are exchanged. Hint: of another corner"""
    return torch.stack(five(images, size) + five(images.flip(3), size), 1)


def wrong_views_not_mirrored(images, size):
    """The five views twice. Hint: it is not mirrored"""
    return torch.stack(five(images, size) * 2, 1)


def wrong_only_five(images, size):
    """No mirror images. Hint: (2, 10, 3, 4, 4)"""
    return torch.stack(five(images, size), 1)


def wrong_centre_rounded_up(images, size):
    """Hint: half a pixel is rounded up"""
    *corners, _ = five(images, size)
    r, c = (-(-(side - size) // 2) for side in images.shape[2:])
    views = torch.stack([*corners, images[:, :, r:r + size, c:c + size]], 1)
    return torch.cat([views, views.flip(4)], 1)


def wrong_centre_by_halves(images, size):
    """H // 2 - size // 2, which differs where H is even and the size is odd. Hint: half a pixel"""
    *corners, _ = five(images, size)
    r, c = (side // 2 - size // 2 for side in images.shape[2:])
    views = torch.stack([*corners, images[:, :, r:r + size, c:c + size]], 1)
    return torch.cat([views, views.flip(4)], 1)


def wrong_centre_rounded(images, size):
    """Python's round takes halves to the even number. Hint: half a pixel"""
    *corners, _ = five(images, size)
    r, c = (round((side - size) / 2) for side in images.shape[2:])
    views = torch.stack([*corners, images[:, :, r:r + size, c:c + size]], 1)
    return torch.cat([views, views.flip(4)], 1)


def wrong_square_only(images, size):
    """Takes the height for the width."""
    fits(images, size)
    end = images.shape[2] - size
    places = (0, 0), (0, end), (end, 0), (end, end), (end // 2, end // 2)
    views = torch.stack([images[:, :, r:r + size, c:c + size] for r, c in places], 1)
    return torch.cat([views, views.flip(4)], 1)


def wrong_corner_one_short(images, size):
    """The last place is forgotten."""
    fits(images, size)
    down, right = (max(0, side - size - 1) for side in images.shape[2:])
    places = (0, 0), (0, right), (down, 0), (down, right), ((down + 1) // 2, (right + 1) // 2)
    views = torch.stack([images[:, :, r:r + size, c:c + size] for r, c in places], 1)
    return torch.cat([views, views.flip(4)], 1)


def wrong_negative_slices(images, size):
    """Counts the corner from the end with -size:, the centre with equal margins on both sides."""
    fits(images, size)
    r, c = ((side - size) // 2 for side in images.shape[2:])
    h, w = images.shape[2:]
    views = torch.stack([images[..., :size, :size], images[..., :size, -size:], images[..., -size:, :size],
                         images[..., -size:, -size:], images[..., h - r - size:h - r, w - c - size:w - c]], 1)
    return torch.cat([views, views.flip(4)], 1)


def wrong_one_long_batch(images, size):
    """Joins images and views in one axis. Hint: (2, 10, 3, 4, 4)"""
    views = five(images, size)
    return torch.cat(views + [view.flip(3) for view in views])


def wrong_batch_of_reshaped_views(images, size):
    """Reshapes (10, N) to (N, 10) instead of exchanging the axes."""
    views = torch.stack(five(images, size))
    views = torch.cat([views, views.flip(4)])
    return views.reshape(len(images), 10, *views.shape[2:])


def wrong_float(images, size):
    """Hint: keep the dtype"""
    views = torch.stack(five(images, size), 1)
    return torch.cat([views, views.flip(4)], 1).float()


def wrong_not_refused(images, size):
    """A view that does not fit is cut off."""
    down, right = (max(0, side - size) for side in images.shape[2:])
    places = (0, 0), (0, right), (down, 0), (down, right), (down // 2, right // 2)
    views = torch.stack([images[:, :, r:r + size, c:c + size] for r, c in places], 1)
    return torch.cat([views, views.flip(4)], 1)


def wrong_list(images, size):
    """A list of views. Hint: one tensor"""
    views = five(images, size)
    return views + [view.flip(3) for view in views]
