"""A training step of the paper's net against torchvision's AlexNet, per multiply-accumulate.

    python benchmarks/network.py [--quick]

The two nets are not the same (LIB-05): torchvision's has other widths, no normalisation and no columns. So what
is compared is arithmetic done a second: images/s times the MACs of one image. Each side runs as its user would
write it: ours in channels-last memory with the paper's update rule, theirs with ``torch.optim.SGD``. On a GPU the
share of a plain matrix product's arithmetic is printed too. Medians of interleaved steps.
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch
from torch.nn.functional import cross_entropy

from alexnet_lib import paper
from alexnet_lib.nets.alexnet import AlexNet
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.training.device import choose_device, environment, keep_freed_memory, synchronise
from alexnet_lib.training.sgd import PaperSGD

TORCHVISION_MACS = next(net.macs for net in paper.COMPARED_NETS if "torchvision" in net.name)


def stepper(net, optimiser, size: int, device: torch.device, batch: int, memory_format: torch.memory_format):
    """One training step, as a function without arguments."""
    net = net.to(device, memory_format=memory_format).train()
    images = (60 * torch.randn(batch, 3, size, size)).to(device, memory_format=memory_format)
    labels = torch.randint(0, 1000, (batch,), device=device)
    rule = optimiser(net.parameters(), lr=1e-6, momentum=0.9, weight_decay=0.0005)

    def step() -> None:
        rule.zero_grad()
        cross_entropy(net(images), labels).backward()
        rule.step()

    return step


def rate(step, batch: int, device: torch.device, steps: int) -> float:
    synchronise(device)
    start = time.perf_counter()
    for _ in range(steps):
        step()
    synchronise(device)
    return batch * steps / (time.perf_counter() - start)


def matmul_macs_per_s(device: torch.device, size: int = 4096) -> float:
    """What a plain product of two float32 matrices reaches: the ceiling."""
    size = size if device.type == "cuda" else 1536
    a, b = torch.randn(size, size, device=device), torch.randn(size, size, device=device)
    rates = []
    for _ in range(5):
        synchronise(device)
        start = time.perf_counter()
        a @ b
        synchronise(device)
        rates.append(size**3 / (time.perf_counter() - start))
    return statistics.median(rates)


def measure(quick: bool) -> list[dict]:
    """One row for each of our forms: images/s, MAC/s, the ratio to torchvision's MAC/s, the share of a matmul's."""
    from torchvision.models import alexnet

    device = choose_device()
    batch, steps, repeats = (128, 10, 5) if device.type == "cuda" else (32, 1, 3 if quick else 7)
    peer = stepper(alexnet(), torch.optim.SGD, 224, device, batch, torch.contiguous_format)
    ours = {
        "paper's net": (AlexNet(), paper.TOTAL_MACS),
        "paper's net without LRN": (AlexNet(AlexNetConfig(normalisation="none")), paper.TOTAL_MACS),
    }
    steps_of = {name: stepper(net, PaperSGD, 224, device, batch, torch.channels_last)
                for name, (net, _) in ours.items()}
    for step in (peer, *steps_of.values()):
        step()  # warm up
    rates = {name: [] for name in (*steps_of, "peer")}
    for _ in range(repeats):
        for name, step in {**steps_of, "peer": peer}.items():
            rates[name].append(rate(step, batch, device, steps))
    peer_macs = statistics.median(rates["peer"]) * TORCHVISION_MACS
    ceiling = matmul_macs_per_s(device)
    rows = []
    for name, (_, macs) in ours.items():
        images_per_s = statistics.median(rates[name])
        rows.append({"name": name, "images_per_s": images_per_s, "ratio": images_per_s * macs / peer_macs,
                     "peer_images_per_s": statistics.median(rates["peer"]),
                     # a training step is three passes over the MACs: forward, and backward for maps and for weights
                     "share_of_matmul": 3 * images_per_s * macs / ceiling})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    arguments = parser.parse_args()
    keep_freed_memory()  # for both sides
    print(environment(choose_device()))
    for row in measure(arguments.quick):
        print(f"{row['name']:26} {row['images_per_s']:7,.1f} images/s   {row['ratio']:5.2f}x torchvision alexnet per "
              f"MAC ({row['peer_images_per_s']:,.1f} images/s)   {100 * row['share_of_matmul']:.0f} % of a matmul")


if __name__ == "__main__":
    main()
