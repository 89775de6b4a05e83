"""Answers to ps4-crops."""

import numpy as np
import torch


def fits(images, size):
    if size > min(images.shape[2:]):
        raise ValueError(f"a crop of {size} pixels does not fit {tuple(images.shape)}")


def offsets(images, size, generator, n=None):
    fits(images, size)
    draws = (torch.randint(side - size + 1, (n or len(images),), generator=generator) for side in images.shape[2:])
    return [draw.expand(len(images)).tolist() for draw in draws]


def cut(images, rows, columns, size):
    crops = [image[:, r:r + size, c:c + size] for image, r, c in zip(images, rows, columns, strict=True)]
    return torch.stack(crops)


def right_one_image_after_another(images, size, generator):
    fits(images, size)
    crops = images.new_empty(*images.shape[:2], size, size)
    for n, image in enumerate(images):
        column = torch.randint(0, image.shape[2] - size + 1, (1,), generator=generator).item()
        row = torch.randint(0, image.shape[1] - size + 1, (1,), generator=generator).item()
        crops[n] = image[:, row:row + size, column:column + size]
    return crops


def right_by_windows(images, size, generator):
    fits(images, size)
    windows = images.unfold(2, size, 1).unfold(3, size, 1).flatten(2, 3)
    place = torch.randint(windows.shape[2], (len(images),), generator=generator)
    return windows[torch.arange(len(images)), :, place]


def right_by_index(images, size, generator):
    fits(images, size)
    n, c, h, w = images.shape
    top, left = (torch.rand(2, n, generator=generator) * torch.tensor([[h - size + 1], [w - size + 1]])).long()
    steps = torch.arange(size)
    rows, columns = (top[:, None] + steps)[:, None, :, None], (left[:, None] + steps)[:, None, None, :]
    return images[torch.arange(n)[:, None, None, None], torch.arange(c)[:, None, None], rows, columns]


def right_in_numpy(images, size, generator):
    fits(images, size)
    windows = np.lib.stride_tricks.sliding_window_view(images.numpy(), (size, size), axis=(2, 3))
    n, _, down, right = windows.shape[:4]
    place = torch.multinomial(torch.ones(down * right), n, replacement=True, generator=generator).numpy()
    return torch.from_numpy(windows[np.arange(n), :, place // right, place % right].copy())


def wrong_one_place_for_the_batch(images, size, generator):
    """Draws one pair of offsets and uses it for all images. Hint: each image needs its own draw"""
    return cut(images, *offsets(images, size, generator, n=1), size)


def wrong_one_row_for_the_batch(images, size, generator):
    """The row is drawn once, the column for each image. Hint: begin at the same row"""
    rows, columns = offsets(images, size, generator)
    return cut(images, [rows[0]] * len(rows), columns, size)


def wrong_last_offset_never(images, size, generator):
    """Offsets end at H - size - 1: 32 places instead of 33. Hint: is never drawn"""
    fits(images, size)
    rows, columns = (torch.randint(max(1, side - size), (len(images),), generator=generator).tolist()
                     for side in images.shape[2:])
    return cut(images, rows, columns, size)


def wrong_first_offset_never(images, size, generator):
    """Offsets begin at 1. Hint: the first row, 0, is never drawn"""
    rows, columns = offsets(images, size, generator)
    return cut(images, [max(r, min(1, images.shape[2] - size)) for r in rows], columns, size)


def wrong_same_offset_down_and_right(images, size, generator):
    """One number is both row and column: crops lie on the diagonal. Hint: is never drawn"""
    fits(images, size)
    draws = torch.randint(min(images.shape[2:]) - size + 1, (len(images),), generator=generator).tolist()
    return cut(images, draws, draws, size)


def wrong_column_follows_row(images, size, generator):
    """The column is the row's draw stretched to the width. Hint: rows and columns not independent"""
    fits(images, size)
    draws = torch.rand(len(images), generator=generator)
    rows, columns = ((draws * (side - size + 1)).long().tolist() for side in images.shape[2:])
    return cut(images, rows, columns, size)


def wrong_square_images_only(images, size, generator):
    """Both offsets from the height."""
    fits(images, size)
    rows, columns = torch.randint(images.shape[2] - size + 1, (2, len(images)), generator=generator).tolist()
    return cut(images, rows, columns, size)


def wrong_width_and_height_exchanged(images, size, generator):
    """Rows are drawn up to the width, columns up to the height."""
    rows, columns = offsets(images.transpose(2, 3), size, generator)
    return cut(images, rows, columns, size)


def wrong_channels_apart(images, size, generator):
    """Each channel is cut at a place of its own. Hint: channels of one image are cut at different places"""
    n, c, *sides = images.shape
    channels = images.reshape(n * c, 1, *sides)
    return cut(channels, *offsets(channels, size, generator), size).reshape(n, c, size, size)


def wrong_rounds(images, size, generator):
    """Rounds a uniform number: the first and the last place have half the chance. Hint: not equally likely"""
    fits(images, size)
    ends = torch.tensor(images.shape[2:]) - size
    rows, columns = (torch.rand(len(images), 2, generator=generator) * ends).round().long().T.tolist()
    return cut(images, rows, columns, size)


def wrong_towards_the_centre(images, size, generator):
    """The mean of two draws: places in the middle are likelier. Hint: not equally likely"""
    pairs = zip(*(offsets(images, size, generator) for _ in range(2)), strict=True)
    rows, columns = ([(a + b) // 2 for a, b in zip(*pair, strict=True)] for pair in pairs)
    return cut(images, rows, columns, size)


def wrong_global_numbers(images, size, generator):
    """Forgets to hand on the generator. Hint: global random numbers"""
    return cut(images, *offsets(images, size, None), size)


def wrong_seeds_again(images, size, generator):
    """Seeds the generator before each batch. Hint: the same values whatever the generator"""
    return cut(images, *offsets(images, size, generator.manual_seed(0)), size)


def wrong_copy_of_the_generator(images, size, generator):
    """Draws from a copy, so that every batch is cut alike. Hint: not from a copy"""
    return cut(images, *offsets(images, size, torch.Generator().set_state(generator.get_state())), size)


def wrong_numpy_numbers(images, size, generator):
    """Draws by numpy. Hint: equal seed"""
    fits(images, size)
    rows, columns = (np.random.randint(side - size + 1, size=len(images)) for side in images.shape[2:])
    return cut(images, rows, columns, size)


def wrong_pairs_share(images, size, generator):
    """Two neighbours share a draw, as 32 did in the released code. Hint: depends on another"""
    rows, columns = offsets(images, size, generator)
    return cut(images, [rows[n // 2] for n in range(len(rows))], [columns[n // 2] for n in range(len(rows))], size)


def wrong_in_turn(images, size, generator):
    """Goes through the places in order from a random one on. Hint: depends on another"""
    fits(images, size)
    down, right = (side - size + 1 for side in images.shape[2:])
    places = torch.arange(len(images)) + torch.randint(down * right, (1,), generator=generator)
    return cut(images, (places // right % down).tolist(), (places % right).tolist(), size)


def wrong_always_the_centre(images, size, generator):
    """Cuts out the centre."""
    fits(images, size)
    rows, columns = ([(side - size) // 2] * len(images) for side in images.shape[2:])
    return cut(images, rows, columns, size)


def wrong_other_images(images, size, generator):
    """Draws the images as well, so that crop n is not of image n. Hint: pixels of another image"""
    chosen = images[torch.randint(len(images), (len(images),), generator=generator)]
    return cut(chosen, *offsets(images, size, generator), size)


def wrong_float(images, size, generator):
    """Returns float32 whatever came in. Hint: keep the dtype"""
    return cut(images, *offsets(images, size, generator), size).float()


def wrong_list(images, size, generator):
    """Returns a list of crops. Hint: one tensor"""
    return list(cut(images, *offsets(images, size, generator), size))


def wrong_too_large_is_cut_down(images, size, generator):
    """Makes a crop that does not fit smaller. Hint: should raise ValueError"""
    size = min(size, *images.shape[2:])
    return cut(images, *offsets(images, size, generator), size)


def wrong_only_the_height_is_checked(images, size, generator):
    """A crop wider than the image is cut off. Hint: should raise ValueError"""
    if size > images.shape[2]:
        raise ValueError("too large")
    rows, columns = (torch.randint(max(1, side - size + 1), (len(images),), generator=generator).tolist()
                     for side in images.shape[2:])
    return cut(images, rows, columns, size)


def wrong_same_size_is_refused(images, size, generator):
    """Refuses a crop as large as the image."""
    if size >= min(images.shape[2:]):
        raise ValueError("too large")
    return cut(images, *offsets(images, size, generator), size)


def wrong_rolls(images, size, generator):
    """Wraps the image round instead of cutting a window out of it."""
    fits(images, size)
    rows, columns = offsets(images, 1, generator)
    rolled = [image.roll((-r, -c), (1, 2)) for image, r, c in zip(images, rows, columns, strict=True)]
    return torch.stack(rolled)[:, :, :size, :size]


def wrong_mirrors_too(images, size, generator):
    """Mirrors every second crop."""
    crops = cut(images, *offsets(images, size, generator), size)
    crops[::2] = crops[::2].flip(3)
    return crops


def wrong_halves_share(images, size, generator):
    """Draws for half of the batch and uses the draws twice. Hint: depends on another"""
    half = (len(images) + 1) // 2
    rows, columns = (side * 2 for side in offsets(images[:half], size, generator))
    return cut(images, rows[:len(images)], columns[:len(images)], size)


def wrong_corners_only(images, size, generator):
    """Draws one of the four corners. Hint: not every row"""
    rows, columns = offsets(images, size, generator)
    rows, columns = ([(side - size) * (n % 2) for n in draws]
                     for side, draws in zip(images.shape[2:], (rows, columns), strict=True))
    return cut(images, rows, columns, size)


def wrong_modulo(images, size, generator):
    """Takes the remainder of a number below 8: the first places are likelier. Hint: not equally likely"""
    fits(images, size)
    rows, columns = (torch.randint(8, (len(images),), generator=generator) % (side - size + 1)
                     for side in images.shape[2:])
    return cut(images, rows.tolist(), columns.tolist(), size)
