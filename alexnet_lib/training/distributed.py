"""The processes that share a training run: one alone, or those that torchrun started, on one machine or several.

Numbers that have to be agreed on go through gloo, on the CPU; gradients through nccl where each process has a GPU.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from alexnet_lib.training.device import choose_device

__all__ = ["ElsewhereError", "Group", "is_lost_peer", "join_group", "started_by_torchrun"]

T = TypeVar("T")

#: preparing or reading ILSVRC takes one process hours, while the others wait
PATIENCE = timedelta(hours=12)


class ElsewhereError(RuntimeError):
    """Another process failed, and says why."""


@dataclass(frozen=True)
class Group:
    """This process among those that train one net together."""

    device: torch.device
    rank: int = 0  # of this process, from 0
    world: int = 1  # processes
    local_rank: int = 0  # of this process among those of its machine
    local_world: int = 1  # processes of this machine

    @property
    def is_first(self) -> bool:
        """Whether this process prints, logs and saves."""
        return self.rank == 0

    def sum(self, values: Sequence[float]) -> list[float]:
        """The sums over all processes of some numbers, in double precision."""
        if self.world == 1:
            return list(values)
        total = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(total)
        return total.tolist()

    def tell(self, value: Any) -> Any:
        """What the first process has, in every process; anything that JSON can hold."""
        if self.world == 1:
            return value
        data = torch.frombuffer(bytearray(json.dumps(value).encode()), dtype=torch.uint8)
        length = torch.tensor([len(data)])
        dist.broadcast(length, 0)
        data = data if self.is_first else torch.empty(int(length), dtype=torch.uint8)
        dist.broadcast(data, 0)
        return json.loads(bytes(data.numpy()))

    def send(self, tensors: Iterable[Tensor]) -> None:
        """Overwrite tensors on the device with those of the first process."""
        if self.world > 1:
            for tensor in tensors:
                dist.broadcast(tensor, 0)

    def together(self, work: Callable[[], T]) -> T:
        """Do something that may fail in one process only; then it fails in all.

        Raises:
            ElsewhereError: it failed in another process, and here it either did not, or that one's word is enough.
        """
        result, error = None, None
        try:
            result = work()
        except Exception as caught:
            error = caught
        if self.world > 1:
            first = torch.tensor([self.world if error is None else self.rank])
            dist.all_reduce(first, dist.ReduceOp.MIN)
            if int(first) != self.rank and int(first) < self.world:
                raise ElsewhereError(f"process {int(first)} failed") from error
        if error is not None:
            raise error
        return result

    def fail(self, error: Exception) -> NoReturn:
        """Raise an error that every process has met: it is told once.

        Raises:
            Exception: `error`, in the first process.
            ElsewhereError: in the others.
        """
        raise error if self.is_first else ElsewhereError(str(error))

    def one_a_machine(self, work: Callable[[], T]) -> T:
        """Do something in every process, but first on each machine in one: what it leaves on disk is found there."""
        if self.world == 1:
            return work()
        if self.local_rank == 0:
            return self._after(work, None)
        return self._after(lambda: None, work)

    def _after(self, before: Callable, then: Callable | None):
        result = self.together(before)
        return self.together(then or (lambda: result))


def started_by_torchrun() -> bool:
    """Whether torchrun started this process."""
    return "RANK" in os.environ and "WORLD_SIZE" in os.environ


@contextmanager
def join_group(device_name: str = "auto") -> Iterator[Group]:
    """Find the other processes, if torchrun started some, and this process's device.

    Args:
        device_name: "auto", "cpu", "cuda" or "mps"; several processes take a GPU each, or the CPU.

    Raises:
        ValueError: a device that is not here, or fewer GPUs than processes.
    """
    if not started_by_torchrun():
        yield Group(choose_device(device_name))
        return
    rank, world, local_rank, local_world = (int(os.environ.get(name, default)) for name, default in (
        ("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0), ("LOCAL_WORLD_SIZE", 1)))
    gpus = torch.cuda.device_count()
    if device_name == "cuda" and gpus < local_world:
        raise ValueError(f"{local_world} processes need {local_world} GPUs and here are {gpus}: use --device cpu")
    if device_name not in ("auto", "cpu", "cuda"):
        raise ValueError(f"several processes train on cpu or cuda, not {device_name!r}")
    device = torch.device("cuda", local_rank) if device_name != "cpu" and gpus >= local_world else torch.device("cpu")
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    yield Group(device, rank, world, local_rank, local_world)
    dist.destroy_process_group()  # not after an error: that would wait for processes that are gone


def is_lost_peer(error: BaseException) -> bool:
    """Whether this error only says that another process has gone, which will have said why."""
    if isinstance(error, ElsewhereError):
        return True
    text = str(error)
    return started_by_torchrun() and isinstance(error, RuntimeError) and any(
        sign in text for sign in ("Connection closed by peer", "Connection reset by peer", "Broken pipe",
                                  "Socket closed", "ncclRemoteError"))
