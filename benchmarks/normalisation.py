"""Local response normalisation, forward and backward, against torch's and against copying the tensor.

    python benchmarks/normalisation.py [--quick]

The two shapes are those of AlexNet's first and second layer at a batch of 64, in both orders of memory. The peer is
``torch.nn.LocalResponseNorm`` with alpha set so that it computes the same, which is checked first. The unit is one
``x.clone()``, which reads a tensor and writes one. The whole operation can not read less than x twice and the
gradient once, nor write less than the result and the new gradient: five tensors, or 2.5 copies, are the floor.

Each setting of the allocator needs a process of its own. Every number is the median of interleaved repeats.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time

import torch

from alexnet_lib.nets.normalisation import LocalResponseNorm
from alexnet_lib.training.device import choose_device, environment, keep_freed_memory, synchronise

SHAPES = ((64, 96, 55, 55), (64, 256, 27, 27))
LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
FLOOR = 2.5  # copies


def compare(shape: tuple[int, ...], layout: str, device: torch.device, repeats: int) -> dict:
    """One row: milliseconds of ours, of torch's and of a copy, and their ratios."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(shape, generator=generator).mul(60).relu()
    x = x.to(device, memory_format=LAYOUTS[layout]).requires_grad_()
    gradient = torch.randn(shape, generator=generator).to(device, memory_format=LAYOUTS[layout])
    ours, peer = LocalResponseNorm(size=5, alpha=1e-4), torch.nn.LocalResponseNorm(size=5, alpha=5e-4, k=2.0)
    torch.testing.assert_close(ours(x), peer(x))

    def time_ms(call) -> float:
        synchronise(device)
        start = time.perf_counter()
        call()
        synchronise(device)
        x.grad = None
        return 1e3 * (time.perf_counter() - start)

    def copy_ms() -> float:  # short, so taken more often
        return statistics.median(time_ms(lambda: x.detach().clone()) for _ in range(5))

    def round_of_three() -> list[float]:
        return [time_ms(lambda: ours(x).backward(gradient)), time_ms(lambda: peer(x).backward(gradient)), copy_ms()]

    round_of_three()  # warm up
    mine, other, copy = (statistics.median(column)
                         for column in zip(*(round_of_three() for _ in range(repeats)), strict=True))
    return {"shape": list(shape), "layout": layout, "ours_ms": mine, "torch_ms": other, "copy_ms": copy,
            "ratio": other / mine, "copies": mine / copy, "torch_copies": other / copy,
            "times_floor": mine / copy / FLOOR}


def measure(quick: bool) -> list[dict]:
    """All comparisons; each row has shape, layout, memory (kept or default), ratio, copies, times_floor and times."""
    if choose_device().type != "cpu":
        return one_process("default", quick)
    rows = []
    for memory in ("kept", "default"):
        command = [sys.executable, __file__, "--one", memory, *(["--quick"] if quick else [])]
        rows += json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    return rows


def one_process(memory: str, quick: bool) -> list[dict]:
    if memory == "kept":
        keep_freed_memory()
    return [{"memory": memory, **compare(shape, layout, choose_device(), 3 if quick else 9)}
            for shape in SHAPES for layout in LAYOUTS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("--one", choices=("kept", "default"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(one_process(arguments.one, arguments.quick)))
        return
    print(environment(choose_device()))
    print(f"{'x':18} {'memory order':14} {'freed memory':13} {'ours':>9} {'torch':>9} {'ratio':>7} "
          f"{'copies':>7} {'torch':>6}   times the floor")
    for row in measure(arguments.quick):
        print(f"{'x'.join(map(str, row['shape'])):18} {row['layout']:14} {row['memory']:13} {row['ours_ms']:6.0f} ms "
              f"{row['torch_ms']:6.0f} ms {row['ratio']:6.1f}x {row['copies']:7.1f} {row['torch_copies']:6.0f} "
              f"{row['times_floor']:8.1f}")


if __name__ == "__main__":
    main()
