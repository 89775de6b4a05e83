"""A share of the work for each of several machines: ``2/8`` is the second of eight.

Machines that share out a list need not speak with one another: each takes every n-th item of the same
list, beginning at its own place. Taken together the shares are the whole list, and none overlap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Shard", "parse_shard"]


class Shard(NamedTuple):
    """One of `count` equal shares, counted from 1."""

    index: int  # 1 … count
    count: int

    def of(self, items: Iterable) -> list:
        """This share of `items`: those at places index, index + count, index + 2 count, … (the first is place 1).

        Their order is kept. Sizes of shares differ by one at most; a share is empty where items are too few.
        """
        return list(items)[self.index - 1 :: self.count]

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


def parse_shard(text: str) -> Shard:
    """Read ``i/n``, the i-th of n shares.

    Args:
        text: two whole numbers with a stroke between them, 1 <= i <= n, e.g. ``2/8``.

    Raises:
        ValueError: anything else; one line that says what is allowed.
    """
    found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text.strip())
    if not found:
        raise ValueError(f"shard {text!r} is not i/n: give e.g. 2/8, the second of eight shares")
    shard = Shard(*map(int, found.groups()))
    if not 1 <= shard.index <= shard.count:
        raise ValueError(f"shard {text!r} is out of range: i goes from 1 to n, e.g. 1/8 to 8/8")
    return shard
