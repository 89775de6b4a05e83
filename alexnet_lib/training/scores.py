"""Top-1 and top-5 error and loss of a net over a whole set, shared out among processes [K12 §2, §4.1]."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from torch import Tensor, nn

from alexnet_lib.data.draws import share_of
from alexnet_lib.data.streams import Stream
from alexnet_lib.training.distributed import Group
from alexnet_lib.training.evaluation import probabilities
from alexnet_lib.training.metrics import top_k_error_pct
from alexnet_lib.training.precision import Precision

__all__ = ["evaluate"]

#: with no more classes than guesses everything is right
GUESSES = 5

#: pixels of a side above which fewer images go through the net at a time, for memory's sake
LARGE = 100


class _Stopped(Exception):
    """The evaluation is not wanted any more."""


class _Share:
    """This process's part of a stream, as `probabilities` wants it."""

    def __init__(self, stream: Stream, group: Group, stop: Callable[[], bool]) -> None:
        self.stream, self.group, self.stop = stream, group, stop

    def in_order(self, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        return self._until_stopped(self.stream.in_order(batch_size, self.group.rank, self.group.world))

    def ten_view_batches(self, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        return self._until_stopped(self.stream.ten_view_batches(batch_size, self.group.rank, self.group.world))

    def _until_stopped(self, batches: Iterator) -> Iterator:
        for batch in batches:
            if self.stop():
                raise _Stopped
            yield batch


def evaluate(net: nn.Module, stream: Stream, views: int, group: Group, precision: Precision,
             stop: Callable[[], bool] = lambda: False) -> dict | None:
    """What a net makes of a set, by one or ten views of each image.

    Args:
        net: the same in every process; its mode is left as it was.
        stream: the set; each process looks at its share.
        views: 1 or 10.
        group: the processes, which all have to call this.
        precision: in which layers compute.
        stop: asked after each batch; once it is true in one process there is no result in any.

    Returns:
        ``top1_error_pct``, ``top5_error_pct`` (None for five classes or fewer) and ``loss``, nats an image; the same
        in every process. None if it was stopped.
    """
    share = share_of(len(stream), group.rank, group.world)
    labels = stream.labels[share]
    top5 = stream.classes > GUESSES
    mistakes = [0.0, 0.0, 0.0, 0.0]  # top-1, top-5, loss, stopped
    if len(labels):
        try:
            large = stream.augmentation is not None and stream.augmentation.size > LARGE
            with precision.layers():
                found = probabilities(net, _Share(stream, group, stop), views, 128 if large else 500)
            mistakes[0] = _mistakes(found, labels, 1)
            mistakes[1] = _mistakes(found, labels, GUESSES) if top5 else 0.0
            own = found.double().gather(1, labels[:, None]).clamp_min(1e-38)  # 87 nats at most
            mistakes[2] = -float(own.log().sum())
        except _Stopped:
            mistakes[3] = 1.0
    first, five, loss, stopped = group.sum(mistakes)
    if stopped:
        return None
    return {"top1_error_pct": 100 * first / len(stream), "top5_error_pct": 100 * five / len(stream) if top5 else None,
            "loss": loss / len(stream)}


def _mistakes(found: Tensor, labels: Tensor, k: int) -> float:
    return round(top_k_error_pct(found, labels, k) * len(labels) / 100)
