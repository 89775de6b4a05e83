"""A training step of the paper's net against torchvision's AlexNet, per multiply-accumulate.

    python benchmarks/network.py [--quick]

The two nets are not the same (LIB-05): torchvision's has other widths, no normalisation and no columns. So what
is compared is arithmetic done a second: images/s times the MACs of one image. Each side runs as its user would
write it: ours in channels-last memory with the paper's update rule, theirs with ``torch.optim.SGD``. The share of
the best rate found for a matrix product or a wide convolution is printed too. Freed memory is kept, for both.
"""

from __future__ import annotations

import statistics

import torch
from common import command_line, interleaved, row
from floors import best_macs_per_s
from torch.nn.functional import cross_entropy

from alexnet_lib import paper
from alexnet_lib.nets.alexnet import AlexNet
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.training.device import choose_device, keep_freed_memory
from alexnet_lib.training.sgd import PaperSGD

TORCHVISION_MACS = next(net.macs for net in paper.COMPARED_NETS if "torchvision" in net.name)


def stepper(net, optimiser, device: torch.device, batch: int, steps: int, memory_format: torch.memory_format):
    """Some training steps, as a function without arguments."""
    net = net.to(device, memory_format=memory_format).train()
    images = (60 * torch.randn(batch, 3, 224, 224)).to(device, memory_format=memory_format)
    labels = torch.randint(0, 1000, (batch,), device=device)
    rule = optimiser(net.parameters(), lr=1e-6, momentum=0.9, weight_decay=0.0005)

    def take_steps() -> None:
        for _ in range(steps):
            rule.zero_grad()
            cross_entropy(net(images), labels).backward()
            rule.step()

    return take_steps


def measure(quick: bool) -> list[dict]:
    """One row for each of our forms."""
    from torchvision.models import alexnet

    keep_freed_memory()
    device = choose_device()
    batch, steps, repeats = (128, 10, 5) if device.type == "cuda" else (32, 1, 3 if quick else 7)
    nets = {"paper's net": AlexNet(), "paper's net without LRN": AlexNet(AlexNetConfig(normalisation="none"))}
    calls = {name: stepper(net, PaperSGD, device, batch, steps, torch.channels_last) for name, net in nets.items()}
    calls["peer"] = stepper(alexnet(), torch.optim.SGD, device, batch, steps, torch.contiguous_format)
    times = interleaved(calls, device, repeats)
    ceiling = best_macs_per_s(device)
    rate = {name: batch * steps / statistics.median(found) for name, found in times.items()}  # images/s
    # A training step is three passes over the MACs: forward, and backward for maps and for weights.
    share = {name: 3 * rate[name] * paper.TOTAL_MACS / ceiling for name in nets}
    return [row(f"training step, {name}", f"{rate[name]:,.1f} images/s, {100 * share[name]:.0f} % of the ceiling",
                [t / paper.TOTAL_MACS for t in times[name]],
                f"torchvision alexnet, per MAC ({rate['peer']:,.1f} images/s)",
                [t / TORCHVISION_MACS for t in times["peer"]]) for name in nets]


if __name__ == "__main__":
    command_line(measure, __doc__)
