"""Answers to ps5-reads."""


def right_by_cases(kernels, talk, columns=2, image_maps=3):
    out = []
    for number in range(1, len(kernels) + 1):
        if number == 1:
            out.append(image_maps)
        elif number in talk:
            out.append(kernels[number - 2])
        else:
            out.append(kernels[number - 2] // columns)
    return out


def right_one_line(kernels, talk, columns=2, image_maps=3):
    return [image_maps, *(maps // (1 if n in talk else columns) for n, maps in enumerate(kernels[:-1], 2))]


def right_tuple_of_floats(kernels, talk, columns=2, image_maps=3):
    before = (image_maps * columns, *kernels)
    shared = [1 if n in talk and n > 1 else columns for n in range(1, len(kernels) + 1)]
    return tuple(maps / c for maps, c in zip(before, shared, strict=False))


def wrong_image_shared(kernels, talk, columns=2, image_maps=3):
    """The colours are shared, too. Hint: the colours of the image are shared"""
    return [image_maps // columns, *right_by_cases(kernels, talk, columns)[1:]]


def wrong_conv1_in_talk(kernels, talk, columns=2, image_maps=3):
    """conv1 sees the image only if talk names it. Hint: the colours of the image are shared"""
    return [image_maps if 1 in talk else image_maps // columns, *right_by_cases(kernels, talk, columns)[1:]]


def wrong_no_talk(kernels, talk, columns=2, image_maps=3):
    """talk is not used. Hint: conv3 does not talk"""
    return right_by_cases(kernels, (), columns, image_maps)


def wrong_all_talk(kernels, talk, columns=2, image_maps=3):
    """Everybody reads everything. Hint: all layers read all maps"""
    return [image_maps, *kernels[:-1]]


def wrong_counted_from_0(kernels, talk, columns=2, image_maps=3):
    """The fourth layer is number 3. Hint: counted from 0"""
    return right_by_cases(kernels, [n + 1 for n in talk], columns, image_maps)


def wrong_layer_before_talks(kernels, talk, columns=2, image_maps=3):
    """Asks whether the layer before talks. Hint: counted from 0"""
    return [image_maps, *(maps if n in talk else maps // columns for n, maps in enumerate(kernels[:-1], 1))]


def wrong_own_kernels(kernels, talk, columns=2, image_maps=3):
    """Counts what the layer makes. Hint: a layer's own kernels are counted"""
    return [maps if n in talk else maps // columns for n, maps in enumerate(kernels, 1)]


def wrong_own_kernels_but_conv1(kernels, talk, columns=2, image_maps=3):
    """Counts what the layer makes, but for conv1. Hint: a layer's own kernels are counted"""
    return [image_maps, *(maps if n in talk else maps // columns for n, maps in enumerate(kernels[1:], 2))]


def wrong_talk_inverted(kernels, talk, columns=2, image_maps=3):
    """Layers in talk read one column. Hint: talk and not talk are exchanged"""
    others = [n for n in range(1, len(kernels) + 1) if n not in talk]
    return right_by_cases(kernels, others, columns, image_maps)


def wrong_two_columns(kernels, talk, columns=2, image_maps=3):
    """Always two columns. Hint: there are always two"""
    return right_by_cases(kernels, talk, 2, image_maps)


def wrong_conv3_always(kernels, talk, columns=2, image_maps=3):
    """The paper's pattern is written into the code. Hint: conv3 always talks"""
    return right_by_cases(kernels, (3,), columns, image_maps)


def wrong_three_colours(kernels, talk, columns=2, image_maps=3):
    """image_maps is not used. Hint: the image always has three maps"""
    return right_by_cases(kernels, talk, columns)


def wrong_paper_numbers(kernels, talk, columns=2, image_maps=3):
    """The paper's numbers, whatever is asked. Hint: maps_read of one column"""
    return [3, 48, 256, 192, 192]


def wrong_without_conv1(kernels, talk, columns=2, image_maps=3):
    """conv1 is left out. Hint: should have 5 entries, not 4"""
    return right_by_cases(kernels, talk, columns, image_maps)[1:]


def wrong_one_more(kernels, talk, columns=2, image_maps=3):
    """What a layer after the last would read is there, too. Hint: should have 5 entries, not 6"""
    return [image_maps, *(maps if n in talk else maps // columns for n, maps in enumerate(kernels, 2))]


def wrong_talk_makes_it_wider(kernels, talk, columns=2, image_maps=3):
    """Takes the widths for those of one column. Hint: maps_read of the paper's net"""
    return [image_maps, *(maps * columns if n in talk else maps for n, maps in enumerate(kernels[:-1], 2))]


def wrong_five_layers(kernels, talk, columns=2, image_maps=3):
    """Counts on five layers. Hint: IndexError"""
    return [image_maps, *(kernels[n] if n + 2 in talk else kernels[n] // columns for n in range(4))]


def wrong_dict(kernels, talk, columns=2, image_maps=3):
    """A dict by name. Hint: should be a list"""
    return {f"conv{n}": maps for n, maps in enumerate(right_by_cases(kernels, talk, columns, image_maps), 1)}
