"""Answers to ps4-mirror."""

import torch


def choose(images, generator, probability, shape=None):
    shape = shape or (len(images), 1, 1, 1)
    return torch.rand(shape, generator=generator) < probability


def right_one_after_another(images, generator, probability=0.5):
    mirrored = images.clone()
    for n in range(len(images)):
        if torch.rand((), generator=generator).item() < probability:
            mirrored[n] = torch.fliplr(images[n].permute(1, 2, 0)).permute(2, 0, 1)
    return mirrored


def right_by_index(images, generator, probability=0.5):
    turned = torch.bernoulli(torch.full((len(images),), float(probability)), generator=generator).bool()
    result = images.clone()
    result[turned] = images[turned][..., torch.arange(images.shape[3] - 1, -1, -1)]
    return result


def right_in_numpy(images, generator, probability=0.5):
    turned = torch.rand(len(images), generator=generator).numpy() >= 1 - probability
    result = images.numpy().copy()
    result[turned] = result[turned, ..., ::-1]
    return torch.from_numpy(result)


def wrong_all_or_none(images, generator, probability=0.5):
    """One draw for the batch. Hint: a draw of its own"""
    return images.flip(3) if torch.rand((), generator=generator) < probability else images.clone()


def wrong_top_and_bottom(images, generator, probability=0.5):
    """Flips the axis of rows. Hint: top and bottom are exchanged"""
    return torch.where(choose(images, generator, probability), images.flip(2), images)


def wrong_turned_round(images, generator, probability=0.5):
    """Flips both axes: a turn by 180 degrees."""
    return torch.where(choose(images, generator, probability), images.flip(2, 3), images)


def wrong_channels(images, generator, probability=0.5):
    """Flips the axis of channels."""
    return torch.where(choose(images, generator, probability), images.flip(1), images)


def wrong_in_place(images, generator, probability=0.5):
    """Writes into the batch it was given. Hint: in place"""
    turned = choose(images, generator, probability).flatten()
    images[turned] = images[turned].flip(3)
    return images


def wrong_probability_ignored(images, generator, probability=0.5):
    """Always a half."""
    return torch.where(choose(images, generator, 0.5), images.flip(3), images)


def wrong_way_round(images, generator, probability=0.5):
    """Mirrors where the draw is above the probability. Hint: the wrong way round"""
    return torch.where(choose(images, generator, probability), images, images.flip(3))


def wrong_default(images, generator, probability=1.0):
    """Mirrors always if nothing is said."""
    return torch.where(choose(images, generator, probability), images.flip(3), images)


def wrong_global_numbers(images, generator, probability=0.5):
    """Forgets the generator. Hint: global random numbers"""
    return torch.where(choose(images, None, probability), images.flip(3), images)


def wrong_seeds_again(images, generator, probability=0.5):
    """Seeds anew. Hint: the same values whatever the generator"""
    return torch.where(choose(images, generator.manual_seed(0), probability), images.flip(3), images)


def wrong_copy_of_the_generator(images, generator, probability=0.5):
    """Draws from a copy, so that every batch is treated alike. Hint: not from a copy"""
    copy = torch.Generator().set_state(generator.get_state())
    return torch.where(choose(images, copy, probability), images.flip(3), images)


def wrong_each_channel(images, generator, probability=0.5):
    """Each channel is decided on its own."""
    turned = choose(images, generator, probability, (*images.shape[:2], 1, 1))
    return torch.where(turned, images.flip(3), images)


def wrong_each_row(images, generator, probability=0.5):
    """Each row of pixels is decided on its own."""
    return torch.where(choose(images, generator, probability, (*images.shape[:3], 1)), images.flip(3), images)


def wrong_fixed_number(images, generator, probability=0.5):
    """Exactly the expected number of images in each batch. Hint: no fixed number"""
    mirrored = images.clone()
    chosen = torch.randperm(len(images), generator=generator)[:int(probability * len(images))]
    mirrored[chosen] = images[chosen].flip(3)
    return mirrored


def wrong_pairs_share(images, generator, probability=0.5):
    """Two neighbours share a draw. Hint: depends on another"""
    turned = choose(images, generator, probability).repeat_interleave(2, 0)[:len(images)]
    return torch.where(turned, images.flip(3), images)


def wrong_every_second(images, generator, probability=0.5):
    """Every second image, beginning at random."""
    start = torch.randint(2, (), generator=generator)
    turned = (torch.arange(len(images)) + start) % 2 == 1
    return torch.where(turned[:, None, None, None], images.flip(3), images)


def wrong_normal_draws(images, generator, probability=0.5):
    """Compares normal draws with the probability."""
    turned = torch.randn(len(images), 1, 1, 1, generator=generator) < probability
    return torch.where(turned, images.flip(3), images)


def wrong_float(images, generator, probability=0.5):
    """Mixes by multiplication in float. Hint: keep the dtype"""
    turned = choose(images, generator, probability).float()
    return turned * images.flip(3) + (1 - turned) * images


def wrong_twice_as_many(images, generator, probability=0.5):
    """Appends the mirror images to the batch."""
    return torch.cat([images, images[choose(images, generator, probability).flatten()].flip(3)])


def wrong_transposed(images, generator, probability=0.5):
    """Exchanges the two axes instead of flipping one."""
    return torch.where(choose(images, generator, probability), images.transpose(2, 3), images)


def wrong_nothing_mirrored(images, generator, probability=0.5):
    """Flips an axis twice."""
    return torch.where(choose(images, generator, probability), images.flip(3).flip(3), images)
