"""How fast the small nets train here, each as a ratio to a named peer in the same run.

    python benchmarks/training_step.py [--quick]

Three comparisons: the paper's update rule against ``torch.optim.SGD``; our loop (resident uint8 images,
channels-last memory) against the loop of a tutorial (DataLoader with torchvision's ToTensor and
Normalize); and freed memory kept against the allocator's default. Every number is the median of interleaved repeats.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

import torch

from alexnet_lib.data import cifar10
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation
from alexnet_lib.nets.cifar import CifarNetConfig, build_cifar_net
from alexnet_lib.training.device import choose_device, environment, keep_freed_memory, synchronise
from alexnet_lib.training.loop import TrainConfig, train
from alexnet_lib.training.sgd import PaperSGD

REPEATS = 7
IMAGES = 2560


def timed(call, device: torch.device) -> float:
    synchronise(device)
    start = time.perf_counter()
    call()
    synchronise(device)
    return time.perf_counter() - start


def compare(name: str, ours, peer_name: str, peer, device: torch.device, repeats: int, images: int = 0) -> dict:
    """Alternate the two, so that a slow moment of the machine hits both; returns one row."""
    ours(), peer()  # warm up
    times = [(timed(ours, device), timed(peer, device)) for _ in range(repeats)]
    mine, other = (statistics.median(column) for column in zip(*times, strict=True))
    speed = f"{images / mine:,.0f} images/s" if images else f"{1e6 * mine:,.0f} µs"
    return {"name": name, "ours": speed, "ratio": other / mine, "peer": peer_name}


def optimisers(device: torch.device, repeats: int) -> dict:
    def stepper(optimiser_class):
        net = build_cifar_net(CifarNetConfig()).to(device)
        for p in net.parameters():
            p.grad = torch.randn_like(p)
        return optimiser_class(net.parameters(), lr=1e-6, momentum=0.9, weight_decay=0.0005).step

    return compare("update: PaperSGD", stepper(PaperSGD), "torch.optim.SGD", stepper(torch.optim.SGD), device, repeats)


def loops(device: torch.device, repeats: int) -> dict:
    from torchvision import transforms

    images, labels = (part[:IMAGES] for part in cifar10.load("train"))
    data = ResidentImages(images, labels, normalisation(images, "standardised"), device)

    def ours() -> None:
        generator = torch.Generator().manual_seed(0)
        net = build_cifar_net(CifarNetConfig(initialisation="lecun"), generator)
        train(net, data, TrainConfig(lr=0.01, max_passes=1), generator)

    standardise = transforms.Normalize((0.49, 0.48, 0.45), (0.25, 0.24, 0.26))
    transform = transforms.Compose([transforms.ToTensor(), standardise])
    pairs = [(image.copy(), int(label)) for image, label in zip(images, labels, strict=True)]

    class Pairs(torch.utils.data.Dataset):
        def __len__(self):
            return len(pairs)

        def __getitem__(self, index):
            return transform(pairs[index][0]), pairs[index][1]

    def tutorial() -> None:
        net = build_cifar_net(CifarNetConfig(initialisation="lecun")).to(device)
        optimiser = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
        running = 0.0
        for x, y in torch.utils.data.DataLoader(Pairs(), batch_size=128, shuffle=True):
            loss = torch.nn.functional.cross_entropy(net(x.to(device)), y.to(device))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            running += loss.item()

    return compare("one pass: our loop", ours, "tutorial loop", tutorial, device, repeats, IMAGES)


def allocator(repeats: int) -> dict:
    """A process of its own each time: the setting can not be taken back."""
    def rate(keep: bool) -> float:
        command = [sys.executable, __file__, "--one", "keep" if keep else "default"]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    pairs = [(rate(True), rate(False)) for _ in range(repeats)]
    kept, default = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {"name": "one thread: freed memory kept", "ours": f"{kept:,.0f} images/s", "ratio": kept / default,
            "peer": "default malloc"}


def one(keep: bool) -> None:
    torch.set_num_threads(1)
    if keep:
        keep_freed_memory()
    images, labels = (part[:IMAGES] for part in cifar10.load("train"))
    data = ResidentImages(images, labels, normalisation(images, "standardised"))
    rates = []
    for _ in range(REPEATS):
        generator = torch.Generator().manual_seed(0)
        net = build_cifar_net(CifarNetConfig(initialisation="lecun"), generator)
        history = train(net, data, TrainConfig(lr=0.01, max_passes=1), generator)
        rates.append(history.images[-1] / history.time_s[-1])
    print(statistics.median(rates))


def measure(quick: bool) -> list[dict]:
    """One row a comparison: name, ours, ratio, peer."""
    device = choose_device()
    rows = [optimisers(device, REPEATS), loops(device, 3 if quick else REPEATS)]
    return rows + ([allocator(1 if quick else 3)] if device.type == "cpu" else [])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("--one", choices=("keep", "default"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        one(arguments.one == "keep")
        return
    print(environment(choose_device()))
    for row in measure(arguments.quick):
        print(f"{row['name']:34} {row['ours']:>16}   {row['ratio']:5.2f}x {row['peer']}")


if __name__ == "__main__":
    main()
