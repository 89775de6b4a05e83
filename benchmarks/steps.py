"""Where a training step goes: every layer of every net, forward and backward, beside its floor.

    python benchmarks/steps.py [--quick] [--nets small,80sec] [--precision off|tf32|bf16] [--markdown]

Each net takes real steps, with the recipe of its experiment and images as large as its own, of random pixels: drawing
the batch, layers forward, the loss and the count of errors, layers backward, the update. Whole steps alternate with
steps that are cut at every layer: a layer gets what the layer before put out, and backward the gradient that the layer
after found. Numbers are medians; what a layer has to do at least is said in `floors`.

On a CPU one thread computes, as in every run of an experiment there, and freed memory is kept. On a GPU the queue is
filled before a cut step begins, so that each layer's time is the device's own; what a whole step takes beyond the sum
is then waiting for launches.
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch
from common import timed
from cut_steps import Steps
from floors import Ceilings
from step_tables import markdown, show

from alexnet_lib.data.augment import Augmentation
from alexnet_lib.experiments.cifar_results import CIFAR_RESULTS
from alexnet_lib.experiments.protocol import RunConfig
from alexnet_lib.experiments.recipe import RECIPE
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.training.device import choose_device, environment, keep_freed_memory
from alexnet_lib.training.loop import TrainConfig

NETS = ("small", "80sec", "18pct", "13pct", "11pct", "paper")
PRECISIONS = ("off", "tf32", "bf16")
PAPER = RunConfig(AlexNetConfig(), "raw", 1_200_000, TrainConfig(lr=0.01, weight_decay=0.0005),
                  Augmentation(224, colour_sigma=0.1, colour_form="released"))
LIMIT_S = 30  # for one net, on a machine that is busy with other things


def recipe(net: str) -> RunConfig:
    """What the experiments train a net with. Raises ValueError for a name not in `NETS`."""
    if net not in NETS:
        raise ValueError(f"unknown net {net!r}: choose one of {', '.join(NETS)}")
    return {"small": RECIPE, "paper": PAPER}.get(net) or CIFAR_RESULTS.arm(net).config


def measure_net(net: str, steps: Steps, ceilings: Ceilings, repeats: int, at_once: int = 1) -> dict:
    """What `step_tables` shows of one net: times are medians in ms; whole and cut steps alternate."""
    for _ in range(2):  # warm up
        steps.whole(), steps.cut()
    start, whole, cut = time.perf_counter(), [], []
    while len(cut) < repeats and (time.perf_counter() - start < LIMIT_S or len(cut) < 2):
        whole.append(1e3 * timed(lambda: [steps.whole() for _ in range(at_once)], steps.device) / at_once)
        cut.append(steps.cut())
    median = {name: statistics.median(found[name] for found in cut) for name in cut[0]}
    parts = steps.parts()
    for part in parts:
        for way in ("forward", "backward"):
            work = part[way]
            part[way] = work and {"macs": work.macs, "bytes": work.bytes, "ms": median[f"{part['part']} {way}"],
                                  "floor_ms": ceilings.floor_ms(work)}
    launches = steps.launches() if steps.device.type == "cuda" else None
    return {"net": net, "batch": steps.batch, "step_ms": statistics.median(whole), "launches": launches,
            "parts": parts}


def measure(quick: bool, precision: str = "off", nets: tuple[str, ...] = NETS) -> dict:
    """All nets: environment, precision, ceilings, and for each net what `measure_net` gives.

    Raises:
        ValueError: an unknown net or precision, or tf32 anywhere but on cuda.
    """
    configs = {net: recipe(net) for net in nets}
    device = choose_device()
    if precision not in PRECISIONS:
        raise ValueError(f"unknown precision {precision!r}: choose one of {', '.join(PRECISIONS)}")
    if precision == "tf32" and device.type != "cuda":
        raise ValueError(f"--precision tf32 needs cuda, not {device.type}: choose off or bf16")
    keep_freed_memory()
    torch.set_num_threads(1)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    layers = "bf16" if precision == "bf16" else "off"
    ceilings = Ceilings(device, torch.bfloat16 if layers == "bf16" else torch.float32, quick)
    cuda = device.type == "cuda"
    found = []
    for net, config in configs.items():
        steps = Steps(config, 16 if net == "paper" and not cuda else 128, device, layers)
        found.append(measure_net(net, steps, ceilings, 3 if quick else 11, 10 if cuda else 1))
        del steps
    return {"environment": environment(device), "precision": precision, "macs_per_s": ceilings.macs_per_s,
            "bytes_per_s": ceilings.bytes_per_s, "nets": found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("--nets", default=",".join(NETS), help=f"some of {','.join(NETS)}")
    parser.add_argument("--precision", default="off", help="off (float32), tf32 (cuda) or bf16")
    parser.add_argument("--markdown", action="store_true", help="as it stands in benchmarks/README.md")
    arguments = parser.parse_args()
    try:
        found = measure(arguments.quick, arguments.precision, tuple(arguments.nets.split(",")))
    except ValueError as error:
        parser.error(str(error))
    if arguments.markdown:
        print(markdown(found))
    else:
        show(found)


if __name__ == "__main__":
    main()
