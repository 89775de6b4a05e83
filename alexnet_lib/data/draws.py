"""What chance decides in a training run, each draw a function of (seed, pass, batch) and of nothing before it.

Nothing is drawn from a stream that goes on from batch to batch. So a checkpoint needs no state of any generator, a
loader may prepare batches ahead of the training, and a run that goes on in the middle of a pass, or is spread over
several processes, draws what an uninterrupted run in one process draws. Different purposes, seeds, passes and batches
have different seeds, mixed so that neighbours are as unlike as any two; torch's CPU generator takes 32 bits of them.
"""

from __future__ import annotations

from numbers import Integral

import numpy as np
import torch
from torch import Tensor

__all__ = ["batch_generator", "mask_seed", "pass_order", "share_of"]

_ORDER, _BATCH, _MASKS = range(1, 4)  # purposes


def pass_order(seed: int, pass_number: int, count: int) -> Tensor:
    """In which order a pass shows its images: every number from 0 to ``count`` - 1 once, (count,) int64.

    Raises:
        ValueError: a number that is not whole or out of range, as for all functions here.
    """
    if not isinstance(count, Integral) or count < 0:
        raise ValueError(f"count must be a whole number from 0 up, not {count!r}")
    return torch.randperm(count, generator=_generator(_ORDER, seed, pass_number))


def batch_generator(seed: int, pass_number: int, batch: int) -> torch.Generator:
    """A CPU generator for the crops, mirrors and colour shifts of one batch of all processes together."""
    return _generator(_BATCH, seed, pass_number, batch)


def mask_seed(seed: int, step: int) -> int:
    """From which the dropout masks of one update are drawn: a whole number from 0 to 2^63 - 1."""
    return _mix(_MASKS, seed, step)


def share_of(count: int, rank: int, world: int) -> slice:
    """Which of the ``count`` images of a batch fall to process ``rank`` of ``world``.

    The shares follow each other, together they are the batch, and their sizes differ by 1 at most; a share is empty
    where there are fewer images than processes.
    """
    if world < 1 or not 0 <= rank < world or count < 0:
        raise ValueError(f"{count} images cannot be shared out to rank {rank} of {world} processes: ranks go from 0 to "
                         "the number of processes less 1")
    return slice(count * rank // world, count * (rank + 1) // world)


def _generator(*numbers: int) -> torch.Generator:
    return torch.Generator().manual_seed(_mix(*numbers))


def _mix(purpose: int, *numbers: int) -> int:
    # Each number as two words of 32 bits: numpy takes shorter lists, and lists that end in zeros, for the same.
    words = [purpose]
    for number in numbers:
        if not isinstance(number, Integral) or not 0 <= number < 2**64:
            raise ValueError(f"seeds, passes, batches and steps are whole numbers from 0 to 2^64 - 1, not {number!r}")
        words += divmod(int(number), 2**32)
    return int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> 1)
