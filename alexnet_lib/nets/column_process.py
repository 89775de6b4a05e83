"""A column in a process of its own, as the paper's two GPUs had it; the processes talk by messages [K12 §3.2].

All processes show their column the same images. At a layer that talks each sends its maps to the others, and in
the backward pass each sends the others the gradient of *their* maps that it computed. A column adds what comes back
to its own gradient: the loss depends on its maps by every path, and each path is counted once, where it runs.

fc8 and the loss are in process 0 alone, as in the released code. The others end with a zero that they call
``backward()`` on: it hangs on the message they sent for fc8, so it waits for the gradient that process 0 sends back.

    out = net(images)
    loss = cross_entropy(out, labels) if net.rank == 0 else out
    loss.backward()
"""

from __future__ import annotations

from collections import Counter

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from alexnet_lib.nets.alexnet import AlexNet, check_images
from alexnet_lib.nets.columns import Column, talking_layers

__all__ = ["ColumnProcess"]


class ColumnProcess(nn.Module):
    """This process's column: images (N, 3, S, S) -> logits (N, classes) in process 0, a scalar zero elsewhere.

    Every process must show it the same images, in the same order, and call ``backward()`` as often as process 0
    does, or the others wait for it. Outputs and gradients are those of the grouped net, but for rounding. Each
    process draws its own dropout masks: seed them differently, or both columns drop the same neurons.

    Attributes:
        rank: this process's number, which is that of its column.
        column: its `Column`, whose state dict ``join_columns`` takes.
        bytes_sent: layer -> bytes that this process sent so far, forward and backward, counted from the messages;
            ``bytes_sent.clear()`` starts afresh. The sum over processes is what crossed.

    Args:
        net: the grouped net; its weights are copied and must be the same in every process (build it from one seed).
        group: processes of torch.distributed, gloo on CPUs and nccl on GPUs; all of them without it.

    Raises:
        ValueError: no process group, another number of processes than columns, ``norm_across_columns``.
    """

    def __init__(self, net: AlexNet, group: dist.ProcessGroup | None = None) -> None:
        super().__init__()
        if not dist.is_initialized():
            raise ValueError("there is no process group: start the processes with torchrun and call "
                             "torch.distributed.init_process_group first")
        self.group = group or dist.group.WORLD
        self.rank, self.processes = dist.get_rank(self.group), dist.get_world_size(self.group)
        self.config = net.config
        if self.processes != net.config.columns:
            raise ValueError(f"{self.processes} processes do not go with {net.config.columns} columns: start one for "
                             f"each (torchrun --nproc-per-node {net.config.columns})")
        self.column = Column(net, self.rank).to(memory_format=torch.channels_last)
        self.bytes_sent: Counter[str] = Counter()
        self.train(net.training)

    def forward(self, images: Tensor) -> Tensor:
        check_images(images, self.config)
        talking = talking_layers(self.config)
        x = images.to(self.column.device, memory_format=torch.channels_last)
        for name, layer in self.column.layers():
            if name in talking:
                x = _Exchange.apply(x, name, self)
            x = layer(x)
        return x if self.rank == 0 else _Exchange.apply(x, "fc8", self)

    def swap(self, layer: str, outgoing: dict[int, Tensor], incoming: dict[int, Tensor]) -> None:
        """Send a dense tensor to each process named, fill a dense tensor from each, and count what was sent."""
        work = [dist.P2POp(dist.isend, x, group=self.group, group_peer=peer) for peer, x in outgoing.items()]
        work += [dist.P2POp(dist.irecv, x, group=self.group, group_peer=peer) for peer, x in incoming.items()]
        for request in dist.batch_isend_irecv(work) if work else ():
            request.wait()
        self.bytes_sent[layer] += sum(x.nbytes for x in outgoing.values())


class _Exchange(torch.autograd.Function):
    """Every reader gets the parts of all columns, (N, C, ...) of each -> (N, columns C, ...); who does not read, a 0.

    All columns read, but for fc8, which only the first does. Messages carry the channels last: with
    channels-last memory that is a view.
    """

    @staticmethod
    def forward(ctx, part: Tensor, layer: str, process: ColumnProcess) -> Tensor:
        everyone = range(process.processes)
        readers = (0,) if layer == "fc8" else everyone
        mine = part.movedim(1, -1).contiguous()
        ctx.layer, ctx.process, ctx.readers, ctx.shape = layer, process, readers, mine.shape
        others = [peer for peer in everyone if peer != process.rank and process.rank in readers]
        parts = {peer: torch.empty_like(mine) for peer in others}
        process.swap(layer, {peer: mine for peer in readers if peer != process.rank}, parts)
        if process.rank not in readers:
            return part.new_zeros(())
        parts[process.rank] = mine
        return torch.cat([parts[peer] for peer in everyone], dim=-1).movedim(-1, 1)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor):
        process, outgoing, total = ctx.process, {}, gradient.new_zeros(ctx.shape)
        if process.rank in ctx.readers:
            shares = dict(enumerate(gradient.movedim(1, -1).chunk(process.processes, dim=-1)))
            total = shares.pop(process.rank)
            outgoing = {peer: share.contiguous() for peer, share in shares.items()}
        incoming = {peer: gradient.new_empty(ctx.shape) for peer in ctx.readers if peer != process.rank}
        process.swap(ctx.layer, outgoing, incoming)
        for theirs in incoming.values():
            total = total + theirs
        return total.movedim(-1, 1), None, None
