"""What the whole evidence programme costs on this machine, in one call: agreement, speed, time to error, estimate.

    python benchmarks/programme.py [--quick] [--out report.json]

Four questions, one after the other:

1. Do seeds that are trained together, by recorded graphs on cuda, end as single runs do?
2. How many images/s do S of them get through, in float32 and bf16, and how many times as fast is that as one by one?
3. How long does a seed of each of cuda-convnet's nets take to its published test error, in its own schedule?
4. How long would all experiments at the budget "full" take at these speeds, every run at its full length?

Meant for a GPU. ``--quick`` goes through all of it with a few images, on a CPU too; its numbers mean nothing.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import torch
from together import data_for, trainings

from alexnet_lib.data import cifar10
from alexnet_lib.data.augment import Augmentation
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation
from alexnet_lib.experiments.catalogue import EXPERIMENTS
from alexnet_lib.experiments.cifar_results import CIFAR_RESULTS
from alexnet_lib.experiments.planning import LADDER
from alexnet_lib.experiments.recipe import SMALL
from alexnet_lib.nets.build import build_net
from alexnet_lib.nets.cifar import CifarNetConfig
from alexnet_lib.training.device import choose_device, environment, synchronise
from alexnet_lib.training.evaluation import probabilities
from alexnet_lib.training.loop import TrainConfig
from alexnet_lib.training.metrics import top_k_error_pct
from alexnet_lib.training.together import train_together

SMALL_NET = "small"
CROPS = Augmentation(24)
NETS = {SMALL_NET: (SMALL, CROPS), **{
    name: (CifarNetConfig(name, initialisation="cuda-convnet"), CROPS if name in ("13pct", "11pct") else None)
    for name in ("80sec", "18pct", "13pct", "11pct")}}

#: per cent of the test images, by ten views where training images are cropped: cuda-convnet's own figures
PUBLISHED_PCT = {"80sec": 26.0, "18pct": 18.0, "13pct": 13.0, "11pct": 11.0}


def agreement(device: torch.device, count: int = 3, images: int = 2_000) -> dict[str, float]:
    """Net -> the largest difference of a training error, in points, between nets trained together and one by one."""
    found = {}
    for name, (net, augmentation) in NETS.items():
        calls = trainings(net, data_for(augmentation, images, device), count, TrainConfig(lr=0.001, max_passes=2))
        errors = [torch.tensor([history.error_pct for history in calls[way]()]) for way in ("together", "one by one")]
        found[name] = float((errors[0] - errors[1]).abs().max())
    return found


def speeds(device: torch.device, counts: tuple[int, ...], images: int) -> list[dict]:
    """For each net and number of seeds: images/s of all together, in float32 and bf16, and of one by one."""
    rows = []
    for name, (net, augmentation) in NETS.items():
        data, config = data_for(augmentation, images, device), TrainConfig(lr=1e-4, max_passes=1)
        for count in counts:
            calls, row = trainings(net, data, count, config), {"net": name, "seeds": count}
            for way in ("together", "bf16", *(["one by one"] if count == counts[0] else [])):
                calls[way]()  # the first round chooses algorithms
                synchronise(device)
                start = time.perf_counter()
                calls[way]()
                synchronise(device)
                row[way] = count * images / (time.perf_counter() - start)
            rows.append(row)
            print("  " + "  ".join(f"{key} {value:,.0f}" if isinstance(value, float) else f"{key} {value}"
                                   for key, value in row.items()), flush=True)
    return rows


def times_to_error(device: torch.device, count: int, longest: float) -> dict[str, dict]:
    """Net -> mean seconds a seed until its test error is the published one, None if no seed got there, and the best.

    Looked at after each pass once the rate has been divided for the first time: before that no net is near.
    """
    found = {}
    split, test = cifar10.load("train+validation"), cifar10.load("test")
    budget = CIFAR_RESULTS.budget("full")
    for name, target in PUBLISHED_PCT.items():
        config = CIFAR_RESULTS.arm(name).configured(budget)
        scale = normalisation(split.images, config.input_scale)
        data, held_out = (ResidentImages(*some, scale, device, config.augmentation) for some in (split, test))
        generators = [torch.Generator().manual_seed(seed) for seed in range(count)]
        nets = [build_net(config.net, generator) for generator in generators]
        passes = min(config.train.max_passes, longest)
        reached, best, first = {}, [100.0] * count, config.train.lr_drops[0] * passes
        views = 1 if config.augmentation is None else 10

        def look(number: int, history, nets=nets, held_out=held_out, reached=reached, best=best, target=target,
                 first=first, views=views) -> None:
            if history.passes[-1] <= first:
                return
            found = probabilities(nets[number], held_out, views)
            best[number] = min(best[number], top_k_error_pct(found, held_out.labels.cpu(), 1))
            if best[number] <= target:
                reached.setdefault(number, history.time_s[-1])

        histories = train_together(nets, data, replace(config.train, max_passes=passes), generators, progress=name,
                                   on_pass=look)
        found[name] = {"target_pct": target, "best_pct": best, "seeds": count, "reached": len(reached),
                       "seconds": sum(reached.values()) / len(reached) if reached else None,
                       "whole_training_s": histories[0].time_s[-1]}
        print(f"  {name}: {found[name]}", flush=True)
    return found


def estimate_minutes(rows: list[dict]) -> dict[str, float]:
    """Experiment -> minutes at the budget "full" with the fastest way of each net; searches as long as they start."""
    fastest = {}
    for row in rows:
        ways = [row[way] for way in ("together", "bf16", "one by one") if way in row]
        fastest[row["net"]] = max(fastest.get(row["net"], 0.0), *ways)
    found = {}
    for name, item in EXPERIMENTS.items():
        budget, seconds = item.budget("full"), 0.0
        for arm in item.arms:
            config = arm.configured(budget)
            net = getattr(config.net, "net", SMALL_NET)
            runs = budget.seeds + (min(len(arm.rates) + 2, len(LADDER)) if arm.rates else 0)
            seconds += runs * config.train.max_passes * config.images / fastest.get(net, fastest["80sec"])
        found[name] = seconds / 60
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="also as JSON, into this file")
    parser.add_argument("--quick", action="store_true", help="a few images only: the numbers mean nothing")
    arguments = parser.parse_args()
    device, quick = choose_device(), arguments.quick
    report = {"environment": environment(device)}
    print(report["environment"])
    print("1. points of training error between seeds trained together and one by one")
    report["agreement"] = agreement(device, images=256 if quick else 2_000)
    print(f"  {report['agreement']}", flush=True)
    print("2. images/s of all seeds")
    report["speeds"] = speeds(device, (2,) if quick else (5, 10, 20), 256 if quick else 40_000)
    print("3. seconds a seed to the published test error")
    report["times_to_error"] = times_to_error(device, *((1, 0.02) if quick else (5, float("inf"))))
    print("4. minutes of the whole programme")
    report["minutes"] = estimate_minutes(report["speeds"])
    print("  " + ", ".join(f"{name} {minutes:.1f}" for name, minutes in report["minutes"].items())
          + f"; together {sum(report['minutes'].values()):.1f}")
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
