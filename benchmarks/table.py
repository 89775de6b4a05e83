"""All benchmarks in one table: what, how fast, how many times as fast as a named peer in the same run.

    python benchmarks/table.py [--quick]      # or: make bench
"""

from __future__ import annotations

import argparse

import augmentation
import loader
import network
import normalisation
import training_step
from tqdm.auto import tqdm

from alexnet_lib.training.device import choose_device, environment, keep_freed_memory


def of_normalisation(row: dict) -> tuple[str, str, float, str]:
    shape = "x".join(map(str, row["shape"]))
    what = f"LRN {shape}, {row['layout']}, freed memory {row['memory']}"
    return (what, f"{row['ours_ms']:.0f} ms, {row['times_floor']:.1f} x floor", row["ratio"],
            "torch.nn.LocalResponseNorm")


def of_augmentation(row: dict) -> tuple[str, str, float, str]:
    return (f"augmentation, {row['size']} px", f"{row['images_per_s']:,.0f} images/s", row["ratio"],
            f"torchvision, {row['workers']} workers")


def of_network(row: dict) -> tuple[str, str, float, str]:
    return (f"training step, {row['name']}", f"{row['images_per_s']:,.1f} images/s", row["ratio"],
            "torchvision alexnet, per MAC")


def of_named_row(row: dict) -> tuple[str, str, float, str]:
    return row["name"], row["ours"], row["ratio"], row["peer"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats: about three minutes")
    quick = parser.parse_args().quick
    # Those that start processes of their own come first: kept memory can not be given back.
    parts = ((normalisation, of_normalisation), (training_step, of_named_row), (augmentation, of_augmentation),
             (loader, of_named_row), (network, of_network))
    rows = []
    for module, as_row in (bar := tqdm(parts, leave=False, unit=" benchmarks")):
        bar.set_postfix_str(module.__name__)
        if module is augmentation:
            keep_freed_memory()  # for both sides, as in all that trains here
        rows += map(as_row, module.measure(quick))
    print(f"Medians of one run. {environment(choose_device())}")
    wide = max(len(row[0]) for row in rows)
    for what, ours, ratio, peer in rows:
        print(f"{what:{wide}}   {ours:>24}   {ratio:6.2f}x   {peer}")


if __name__ == "__main__":
    main()
