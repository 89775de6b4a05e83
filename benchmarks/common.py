"""What the benchmarks share: fair timing, rows, processes of their own, a command line.

A *row* is a dict. ``name``: what was measured; ``ours``: how fast, in words; ``peer``: what it is compared with;
``ratio``: how many times as fast as the peer; ``spread``: the smallest and the largest ratio of a round, where several
were interleaved. Every module here has ``measure(quick, ...) -> rows`` and runs in a process of its own, so it may set
threads and allocator as it needs them.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, get_start_method, set_start_method

import torch

from alexnet_lib.training.device import choose_device, environment, synchronise

__all__ = ["command_line", "compare", "in_process", "interleaved", "row", "show", "spread_text", "timed"]


def timed(call: Callable[[], object], device: torch.device) -> float:
    """Seconds of one call, with all that it asks of the device."""
    synchronise(device)
    start = time.perf_counter()
    call()
    synchronise(device)
    return time.perf_counter() - start


def interleaved(calls: dict[str, Callable[[], object]], device: torch.device, repeats: int,
                limit_s: float = float("inf")) -> dict[str, list[float]]:
    """Seconds of every call in every round.

    A round makes each call once, so that a slow moment of the machine hits all. The first round warms up and does not
    count. No new round is begun after `limit_s` seconds.
    """
    for call in calls.values():
        call()
    start, times = time.perf_counter(), {name: [] for name in calls}
    for number in range(repeats):
        if number and time.perf_counter() - start > limit_s:
            break
        for name, call in calls.items():
            times[name].append(timed(call, device))
    return times


def row(name: str, ours: str, mine: list[float], peer: str, others: list[float]) -> dict:
    """A row from interleaved times, in any unit; the ratio is that of the medians."""
    ratios = [other / own for own, other in zip(mine, others, strict=True)]
    found = {"name": name, "ours": ours, "ratio": statistics.median(others) / statistics.median(mine), "peer": peer}
    return found | ({"spread": [min(ratios), max(ratios)]} if len(ratios) > 1 else {})


def compare(name: str, ours: Callable[[], object], peer_name: str, peer: Callable[[], object], device: torch.device,
            repeats: int, images: int = 0) -> dict:
    """One row for two calls; in images/s where a call works on so many images, else in µs."""
    times = interleaved({"ours": ours, "peer": peer}, device, repeats)
    median = statistics.median(times["ours"])
    speed = f"{images / median:,.0f} images/s" if images else f"{1e6 * median:,.0f} µs"
    return row(name, speed, times["ours"], peer_name, times["peer"])


def in_process(function: Callable, *arguments):
    """What a function of a module returns in a fresh process: kept memory and threads can not be given back."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_call, get_start_method(), function, arguments).result()


def _call(start_method: str, function: Callable, arguments: tuple):
    set_start_method(start_method, force=True)  # a spawned process would spawn its loaders' workers, too
    return function(*arguments)


def spread_text(found: dict) -> str:
    """Smallest and largest ratio of a row, or nothing."""
    return "{:.2f}–{:.2f}".format(*found["spread"]) if found.get("spread") else ""


def show(rows: list[dict]) -> None:
    """Rows as a table on the screen."""
    wide = [max(len(found[key]) for found in rows) for key in ("name", "ours")]
    for found in rows:
        print(f"{found['name']:{wide[0]}}   {found['ours']:>{wide[1]}}   {found['ratio']:6.2f}x "
              f"{spread_text(found):>13}   {found['peer']}")


def command_line(measure: Callable[..., list[dict]], doc: str, **options: dict) -> None:
    """Run one benchmark as its own command.

    Args:
        measure: called with ``quick`` and the options.
        doc: of the module; its first line is the help.
        options: settings of ``argparse`` for what else `measure` takes, by name: ``photographs={"type": Path}`` is
            ``--photographs``.
    """
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    for name, settings in options.items():
        parser.add_argument(f"--{name}", **settings)
    rows = measure(**vars(parser.parse_args()))
    print(environment(choose_device()))
    show(rows)
