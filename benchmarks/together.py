"""Several seeds trained at once against one after the other, and three ways to do it.

    python benchmarks/together.py [--quick] [--nets 10]

Ours: `training.together`, one net of grouped layers. Peers: `training.loop.train` for each seed in turn, as a tutorial
would do it; ``torch.func.vmap`` over stacked weights, on a net whose layers it knows; and on cuda our own steps without
CUDA graphs, and float32 against bf16. Images/s are those of all nets together.

On a CPU one thread works in every case, as in a sweep, which has a process a core: nothing is to be gained there.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from common import command_line, compare
from torch.nn.functional import cross_entropy

from alexnet_lib.data import cifar10
from alexnet_lib.data.augment import Augmentation
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation
from alexnet_lib.experiments.recipe import SMALL
from alexnet_lib.nets.build import NetConfig, build_net
from alexnet_lib.nets.cifar import CifarNetConfig
from alexnet_lib.nets.stacked import StackedNet
from alexnet_lib.training.device import choose_device, keep_freed_memory
from alexnet_lib.training.loop import History, TrainConfig, train
from alexnet_lib.training.sgd import PaperSGD
from alexnet_lib.training.together import train_together

#: what it is called -> the net, and how its images are cut
NETS = {"small net": (SMALL, Augmentation(24)), "80sec": (CifarNetConfig("80sec", initialisation="cuda-convnet"), None),
        "11pct": (CifarNetConfig("11pct", initialisation="cuda-convnet"), Augmentation(24))}
BATCH = 128


def data_for(augmentation: Augmentation | None, count: int, device: torch.device) -> ResidentImages:
    images, labels = (part[:count] for part in cifar10.load("train"))
    return ResidentImages(images, labels, normalisation(images, "raw"), device, augmentation)


def trainings(net: NetConfig, data: ResidentImages, count: int, config: TrainConfig) -> dict:
    """Calls that each train as many nets, seeds 0, 1, 2, …, and return their histories."""
    def made() -> tuple[list, list]:
        generators = [torch.Generator().manual_seed(seed) for seed in range(count)]
        return [build_net(net, generator) for generator in generators], generators

    def one_by_one() -> list[History]:
        return [train(one, data, config, generator) for one, generator in zip(*made(), strict=True)]

    def together(**how) -> list[History]:
        nets, generators = made()
        return train_together(nets, data, config, generators, **how)

    return {"one by one": one_by_one, "together": together, "without graphs": lambda: together(graphs=False),
            "bf16": lambda: together(precision="bf16")}


def steps(net: NetConfig, count: int, size: int, device: torch.device) -> dict:
    """One step of `count` nets on given images, by grouped layers and by vmap; both with the paper's rule."""
    nets = [build_net(net).to(device) for _ in range(count)]
    images = torch.randn(count, BATCH, 3, size, size, device=device) * 60
    labels = torch.randint(10, (BATCH, count), device=device)
    grouped = StackedNet(nets).to(device=device, memory_format=torch.channels_last)
    side_by_side = images.movedim(0, 1).flatten(1, 2).contiguous(memory_format=torch.channels_last)
    stacked, _ = torch.func.stack_module_state(nets)
    over_nets = torch.vmap(lambda weights, some: torch.func.functional_call(nets[0], weights, (some,)))

    def stepper(logits, weights):
        optimiser = PaperSGD(weights, 1e-6)

        def step() -> None:
            optimiser.zero_grad()
            cross_entropy(logits().flatten(0, 1), labels.flatten(), reduction="none").sum().backward()
            optimiser.step()
        return step

    return {"grouped": stepper(lambda: grouped(side_by_side), grouped.parameters()),
            "vmap": stepper(lambda: over_nets(stacked, images).movedim(0, 1), list(stacked.values()))}


def measure(quick: bool, nets: int | None = None) -> list[dict]:
    """Rows for each net, then for the three ways."""
    device = choose_device()
    on_gpu = device.type == "cuda"
    if not on_gpu:
        torch.set_num_threads(1)
        keep_freed_memory()
    count, images = nets or (10 if on_gpu else 3), 40_000 if on_gpu else 1_280
    config, repeats, rows = TrainConfig(lr=1e-4, max_passes=1), 2 if quick else 5, []
    for name, (net, augmentation) in list(NETS.items())[: 1 if quick else None]:
        calls = trainings(net, data_for(augmentation, images, device), count, config)
        pairs = [("together", "one by one")]
        if on_gpu:
            pairs += [("together", "without graphs"), ("bf16", "together")]
        rows += [compare(f"{count} seeds of {name}: {ours}", calls[ours], peer, calls[peer], device, repeats,
                         count * images) for ours, peer in pairs]
    for name, net, size in (("80sec", NETS["80sec"][0], 32),
                            ("small net without LRN", replace(SMALL, normalisation="none"), 24)):
        calls = steps(net, count, size, device)
        rows.append(compare(f"step of {count} x {name}: grouped layers", calls["grouped"], "torch.func.vmap",
                            calls["vmap"], device, repeats, count * BATCH))
    return rows


if __name__ == "__main__":
    command_line(measure, __doc__, nets={"type": int, "help": "so many seeds (default: 10 on cuda, else 3)"})
