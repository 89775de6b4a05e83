"""Freed memory kept by the process against the allocator's default: time, page faults and memory of training steps.

    python benchmarks/allocator.py [--quick]

What `alexnet_lib.training.device.keep_freed_memory` is worth here, for steps of the small net at 128 images, on one
thread as experiments run, and of the paper's net at 16. Each setting has a process of its own; the two take turns.
A page fault is a page of memory that the system has to hand over, filled with zeros, at its first use.
"""

from __future__ import annotations

import resource
import statistics
import time

import torch
from common import command_line, in_process, row
from cut_steps import Steps
from steps import recipe

from alexnet_lib.training.device import choose_device, keep_freed_memory
from alexnet_lib.training.provenance import peak_memory_mib

NETS = {"small": 128, "paper": 16}  # images in a batch
WARM_UP = 3  # steps


def one_setting(net: str, keep: bool, steps: int) -> dict:
    """Median milliseconds and page faults of a step, and the most memory that the process ever had, MiB."""
    if keep:
        keep_freed_memory()
    torch.set_num_threads(1)
    taken = Steps(recipe(net), NETS[net], torch.device("cpu"), resident_bytes=10_000_000)
    times, faults = [], []
    for _ in range(WARM_UP + steps):
        before, start = resource.getrusage(resource.RUSAGE_SELF).ru_minflt, time.perf_counter()
        taken.whole()
        times.append(1e3 * (time.perf_counter() - start))
        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    return {"ms": statistics.median(times[WARM_UP:]), "faults": statistics.median(faults[WARM_UP:]),
            "peak_mib": peak_memory_mib(torch.device("cpu"))}


def compare_settings(net: str, rounds: int, steps: int) -> dict:
    """One row."""
    pairs = [[in_process(one_setting, net, keep, steps) for keep in (True, False)] for _ in range(rounds)]
    kept, default = zip(*pairs, strict=True)

    def in_words(found: tuple[dict, ...]) -> str:
        ms, faults, peak = (statistics.median(one[key] for one in found) for key in ("ms", "faults", "peak_mib"))
        return f"{ms:,.3g} ms, {faults:,.0f} page faults, {peak:,.0f} MiB"

    return row(f"step of the {net} net, freed memory kept", in_words(kept), [one["ms"] for one in kept],
               f"default malloc: {in_words(default)}", [one["ms"] for one in default])


def measure(quick: bool) -> list[dict]:
    """A row for each net; none where a GPU computes."""
    if choose_device().type != "cpu":
        return []
    return [compare_settings("small", 1 if quick else 3, 10 if quick else 40),
            compare_settings("paper", 1 if quick else 2, 3 if quick else 7)]


if __name__ == "__main__":
    command_line(measure, __doc__)
