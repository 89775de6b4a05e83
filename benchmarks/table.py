"""All benchmarks in one table: what, how fast, how many times as fast as a named peer in the same run.

    python benchmarks/table.py [--quick] [--write]      # or: make bench

``--write`` measures where the steps of training go as well (`steps`) and puts both into benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import datetime
from importlib import import_module
from pathlib import Path

import steps
from common import in_process, show, spread_text
from step_tables import markdown
from tqdm.auto import tqdm

from alexnet_lib.paper import markdown_table
from alexnet_lib.render import replace_block
from alexnet_lib.training.device import choose_device, environment

#: modules with a ``measure(quick) -> rows``, see `common`
PARTS = ("normalisation", "training_step", "allocator", "augmentation", "loader", "network", "together")
README = Path(__file__).with_name("README.md")


def rows_of(part: str, quick: bool) -> list[dict]:
    return import_module(part).measure(quick)


def peers_markdown(rows: list[dict]) -> str:
    """The rows of all parts for a README, and what they amount to."""
    slower = [found["name"] for found in rows if found["ratio"] < 1]
    table = markdown_table(("what", "ours", "ratio", "smallest and largest", "peer"), [
        (found["name"], found["ours"], f"{found['ratio']:.2f}", spread_text(found), found["peer"]) for found in rows])
    return f"{table}\n\nBelow 1, slower than the peer: {'; '.join(dict.fromkeys(slower)) or 'nothing'}."


def fill(text: str, blocks: dict[str, str]) -> str:
    """The README with these blocks, which stand between ``<!-- rendered: name -->`` and ``<!-- end -->``."""
    for name, block in blocks.items():
        text = replace_block(text, name, block)
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("--write", action="store_true", help="measure steps too, and write benchmarks/README.md")
    arguments = parser.parse_args()
    rows, found = [], None
    for part in (bar := tqdm([*PARTS, *(["steps"] if arguments.write else [])], leave=False, unit=" benchmarks")):
        bar.set_postfix_str(part)
        if part == "steps":
            found = in_process(steps.measure, arguments.quick)
        else:
            rows += in_process(rows_of, part, arguments.quick)
    device = choose_device()
    print(f"Medians of one run. {environment(device)}")
    show(rows)
    if arguments.write:
        when = f"{datetime.date.today()}{', --quick' if arguments.quick else ''}. "
        blocks = {f"peers-{device.type}": f"{when}{environment(device)}.\n\n{peers_markdown(rows)}",
                  f"steps-{device.type}": when + markdown(found)}
        README.write_text(fill(README.read_text(), blocks))
        print(f"written: {README.parent.name}/{README.name}")


if __name__ == "__main__":
    main()
