"""Answers to ps5-bytes."""


def _refuse(maps, columns):
    if maps % columns:
        raise ValueError(f"{columns} columns do not divide {maps} maps")


def right_message_by_message(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    _refuse(maps, columns)
    message, crossed = batch * (maps // columns) * size * size * bytes_per_value, 0
    for sender in range(columns):
        for receiver in range(columns):
            crossed += message if sender != receiver else 0
    return crossed + crossed * backward


def right_short(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    _refuse(maps, columns)
    return (1 + bool(backward)) * bytes_per_value * batch * maps * size**2 * (columns - 1)


def right_what_is_missing(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    if maps / columns != int(maps / columns):
        raise ValueError("uneven")
    missing = maps - maps / columns  # that each column needs and has not
    return columns * missing * size**2 * batch * bytes_per_value * {True: 2, False: 1}[backward]


def wrong_forward_only(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Forgets the gradients. Hint: only one way is counted"""
    return right_short(batch, maps, size, columns, bytes_per_value, False)


def wrong_always_both_ways(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """backward is not used. Hint: backward=False changes nothing"""
    return right_short(batch, maps, size, columns, bytes_per_value)


def wrong_one_column_sends(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Counts what one column sends. Hint: only one of the columns sends"""
    return right_short(batch, maps, size, columns, bytes_per_value, backward) // columns


def wrong_all_maps_sent(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Each column sends all maps. Hint: each column sends all maps"""
    return right_short(batch, maps, size, columns, bytes_per_value, backward) * columns


def wrong_sent_and_received(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Counts each message twice. Hint: should not be 576"""
    return 2 * right_short(batch, maps, size, columns, bytes_per_value, backward)


def wrong_own_share_too(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """A column sends its share to itself, too. Hint: a column sends its share to itself"""
    _refuse(maps, columns)
    return batch * maps * size**2 * columns * bytes_per_value * (1 + backward)


def wrong_each_share_once(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """As for two columns, whatever their number. Hint: each share crosses once"""
    _refuse(maps, columns)
    return batch * maps * size**2 * bytes_per_value * (1 + backward) * (columns > 1)


def wrong_one_column_sends_too(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """A single column sends its maps, too. Hint: bytes_on_wire with columns=1"""
    return right_short(batch, maps, size, max(columns, 2), bytes_per_value, backward)


def wrong_two_columns(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """columns is not used. Hint: there are always two columns"""
    return right_short(batch, maps, size, 2, bytes_per_value, backward)


def wrong_size_not_squared(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """A row for a map. Hint: a map has `size` values"""
    return right_short(batch, maps, size, columns, bytes_per_value, backward) // size


def wrong_four_bytes(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """bytes_per_value is not used. Hint: bytes_per_value is not used"""
    return right_short(batch, maps, size, columns, 4, backward)


def wrong_bits(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Counts bits. Hint: bits are counted"""
    return 8 * right_short(batch, maps, size, columns, bytes_per_value, backward)


def wrong_values(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Counts values. Hint: values are counted, not bytes"""
    return right_short(batch, maps, size, columns, 1, backward)


def wrong_no_batch(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Counts one image. Hint: the batch is not used"""
    return right_short(1, maps, size, columns, bytes_per_value, backward)


def wrong_batch_shared(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Each column sees its part of the batch, as in data parallelism. Hint: should not be"""
    return right_short(batch, maps, size, columns, bytes_per_value, backward) / columns


def wrong_not_refused(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Rounds uneven shares. Hint: should raise ValueError"""
    share = maps // columns
    return (1 + backward) * bytes_per_value * batch * share * size**2 * columns * (columns - 1)


def wrong_not_refused_no_rounding(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Does not look at the shares. Hint: should raise ValueError"""
    return (1 + backward) * bytes_per_value * batch * maps * size**2 * (columns - 1)


def wrong_odd_maps_refused(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Refuses odd numbers of maps only. Hint: should raise ValueError"""
    _refuse(maps, 2)
    return right_short(batch, maps - maps % columns, size, columns, bytes_per_value, backward)


def wrong_batch_times_maps_looked_at(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Refuses only where the whole batch can not be shared. Hint: three columns can not share 256 maps"""
    _refuse(batch * maps, columns)
    return (1 + backward) * bytes_per_value * batch * maps * size**2 * (columns - 1)


def wrong_batch_refused(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Wants the batch to be shared, too. Hint: fails with ValueError"""
    _refuse(batch, columns)
    return right_short(batch, maps, size, columns, bytes_per_value, backward)


def wrong_each_pair_once(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Counts a pair of columns once, though both send. Hint: only one of the columns sends"""
    return right_short(batch, maps, size, columns, bytes_per_value, backward) // 2


def wrong_pairs_exchange_all(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Each pair of columns sends all maps once. Hint: each pair of columns exchanges all"""
    _refuse(maps, columns)
    return (1 + backward) * bytes_per_value * batch * maps * size**2 * columns * (columns - 1) // 2


def wrong_in_32_bits(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Whole numbers of 32 bits, which end at 2,147,483,647. Hint: should not be"""
    return (right_short(batch, maps, size, columns, bytes_per_value, backward) + 2**31) % 2**32 - 2**31


def wrong_as_for_fc8(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Only the first column reads. Hint: only one of the columns sends"""
    return right_short(batch, maps, size, columns, bytes_per_value, backward) // columns


def wrong_one_column_refused(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Refuses a single column. Hint: fails with ValueError"""
    if columns < 2:
        raise ValueError("nobody to send to")
    return right_short(batch, maps, size, columns, bytes_per_value, backward)


def wrong_neighbours_only(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Each column sends to its two neighbours in a row. Hint: should not be"""
    _refuse(maps, columns)
    pairs = sum(abs(a - b) == 1 for a in range(columns) for b in range(columns))
    return (1 + backward) * bytes_per_value * batch * maps // columns * size**2 * pairs


def wrong_in_mb(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Megabytes. Hint: should not be"""
    return right_short(batch, maps, size, columns, bytes_per_value, backward) / 1e6


def wrong_text(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """A text with the unit. Hint: should be a number"""
    return f"{right_short(batch, maps, size, columns, bytes_per_value, backward)} bytes"


def wrong_averaged_gradients(batch, maps, size, columns=2, bytes_per_value=4, backward=True):
    """Each gradient comes back from one column only. Hint: should not be"""
    forward = right_short(batch, maps, size, columns, bytes_per_value, False)
    return forward + (forward // max(columns - 1, 1) if backward else 0)
