"""One update of a net by one batch, however the batch is divided [K12 §5].

The gradient is that of the mean loss over the whole batch: each image's loss is divided by the number of images of the
*global* batch. So pieces of a batch that are worked on one after the other, shares of several processes, and a last
batch that is smaller all add up to what one process would find at once, but for rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel

from alexnet_lib.data.draws import share_of
from alexnet_lib.nets.dropout import PaperDropout, share_masks
from alexnet_lib.nets.normalisation import LocalResponseNorm
from alexnet_lib.training.distributed import Group
from alexnet_lib.training.precision import Precision
from alexnet_lib.training.rates import parameter_groups
from alexnet_lib.training.settings import TrainingError, TrainSettings
from alexnet_lib.training.sgd import PaperSGD

__all__ = ["Updates"]


class Updates:
    """A net and its velocities, and how a batch changes them.

    Args:
        net: on the group's device; it is changed in place.
        settings: batch, rates, rule.
        precision: in which layers compute.
        group: the processes; with several, every one of them must call `update` for every batch.
        compile_for: side of the images to give the net to torch.compile for, pixels; None: leave it as it is.
        report: is told in one line if that fails.
    """

    def __init__(self, net: nn.Module, settings: TrainSettings, precision: Precision, group: Group,
                 compile_for: int | None = None, report: Callable[[str], None] = print) -> None:
        self.net, self.settings, self.precision, self.group = net, settings, precision, group
        groups = parameter_groups(net, settings.rule, settings.lr, settings.weight_decay)
        self.optimiser = PaperSGD(groups, settings.lr, settings.momentum, settings.weight_decay)
        for part in self.optimiser.param_groups:
            part["share"] = part["lr"] / settings.lr  # 2 for biases by the released rule
        self.forward = self._compiled(compile_for, report) if compile_for else net
        if group.world > 1:
            self.forward = DistributedDataParallel(
                self.forward, device_ids=[group.device] if group.device.type == "cuda" else None)

    def set_rate(self, lr: float) -> None:
        """The learning rate from now on; velocities stay as they are."""
        for part in self.optimiser.param_groups:
            part["lr"] = lr * part["share"]

    def update(self, images: Tensor, labels: Tensor, count: int, seed: int) -> Tensor:
        """One update.

        Args:
            images, labels: this process's share of the batch, (n, 3, size, size) and (n,); n may be 0.
            count: images of the batch of all processes together.
            seed: of the batch's dropout masks, see `data.draws.mask_seed`.

        Returns:
            (2,) on the device: sum of this share's losses in nats, and of its wrong answers, before the update.

        Raises:
            TrainingError: out of memory.
        """
        self.net.train()
        sums = torch.zeros(2, device=images.device)
        first = share_of(count, self.group.rank, self.group.world).start
        pieces = list(zip(*(part.split(self.settings.micro_batch or max(1, len(labels))) for part in (images, labels)),
                          strict=True))
        try:
            for number, (some, wanted) in enumerate(pieces, start=1):
                # without images, see `_backward`, one mask is wanted all the same
                share_masks(self.net, seed, count, slice(first, first + len(wanted)) if len(wanted) else slice(1))
                first += len(wanted)
                several = self.group.world > 1 and number < len(pieces)
                with self.forward.no_sync() if several else nullcontext():  # gradients meet at the last piece
                    sums += self._backward(some, wanted, count)
            self.precision.update(self.optimiser)
            self.optimiser.zero_grad()
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if not _is_out_of_memory(error):
                raise
            at_once = max(len(wanted) for _, wanted in pieces)
            raise TrainingError(
                f"{images.device.type} ran out of memory with {at_once} images at a time: " +
                (f"give --micro-batch {max(1, at_once // 2)}, which leaves the result as it is but for rounding"
                 if at_once > 1 else "take a smaller net")) from None
        return sums

    def _backward(self, images: Tensor, labels: Tensor, count: int) -> Tensor:
        idle = len(labels) == 0  # fewer images than processes: take part with an image that does not count
        if idle:
            images, labels = images.new_zeros((1, *images.shape[1:])), labels.new_zeros(1)
        with self.precision.layers():
            logits = self.forward(images)
        loss = cross_entropy(self.precision.logits(logits), labels, reduction="sum")
        # DistributedDataParallel takes the mean over processes, here their sum is wanted
        self.precision.backward(loss * (0.0 if idle else self.group.world / count))
        wrong = (logits.detach().argmax(1) != labels).sum()
        return torch.stack([loss.detach(), wrong.to(loss.dtype)]) * (not idle)

    # --- for checkpoints ---

    def tensors(self) -> dict[str, Tensor]:
        """Weights and velocities by name, for a checkpoint."""
        velocities = {f"velocity.{name}": self._velocity(weight) for name, weight in self.net.named_parameters()}
        return {f"net.{name}": value for name, value in self.net.state_dict().items()} | velocities

    @torch.no_grad()
    def load(self, tensors: dict[str, Tensor]) -> None:
        """Take weights and velocities from a checkpoint.

        Raises:
            ValueError: they are of another net.
        """
        own = self.tensors()
        if odd := [name for name in {**own, **tensors} if name not in own or name not in tensors
                   or own[name].shape != tensors[name].shape]:
            raise ValueError(f"{odd[0]} is not as this net has it")
        for name, value in own.items():
            value.copy_(tensors[name])

    def share_out(self) -> None:
        """Give every process the first one's weights and velocities."""
        self.group.send(self.tensors().values())

    def are_finite(self) -> bool:
        """Whether no weight and no velocity is infinite or not a number."""
        return all(bool(value.isfinite().all()) for value in self.tensors().values())

    def _velocity(self, weight: nn.Parameter) -> Tensor:
        state = self.optimiser.state[weight]
        if "velocity" not in state:
            state["velocity"] = torch.zeros_like(weight)
        return state["velocity"]

    # --- torch.compile ---

    def _compiled(self, size: int, report: Callable[[str], None]) -> nn.Module:
        """The compiled net, tried on one piece; the net itself, with a word about it, if that fails."""
        for layer in self.net.modules():
            if isinstance(layer, PaperDropout):  # masks have a new seed at each step: nothing to compile for
                layer.draw_mask = torch.compiler.disable(layer.draw_mask)
            elif isinstance(layer, LocalResponseNorm):  # works in pieces of memory, which the compiler refuses
                layer.forward = torch.compiler.disable(layer.forward)
        compiled = torch.compile(self.net)
        count = self.settings.micro_batch or -(-self.settings.batch_size // self.group.world)
        share_masks(self.net, 0, count, slice(0, count))
        try:
            images = torch.zeros(count, 3, size, size, device=self.group.device).to(memory_format=torch.channels_last)
            with self.precision.layers():
                logits = compiled(images)
            logits.float().sum().backward()
        except Exception as error:
            report(f"torch.compile failed ({type(error).__name__}: {str(error).splitlines()[0][:80]}): "
                   "training goes on without it")
            compiled = self.net
        self.net.zero_grad()
        return compiled


def _is_out_of_memory(error: Exception) -> bool:
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)
