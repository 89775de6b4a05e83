"""``python -m alexnet_lib train``: its options, and the call."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

__all__ = ["add_train"]

EXAMPLES = """
examples:
  the small net on CIFAR-10, to see it learn:
    python -m alexnet_lib train --data cifar10 --net small --lr 0.005 --passes 10 --out runs/small
  a net of cuda-convnet's with the first weights and decays of its file:
    python -m alexnet_lib train --data cifar10 --net 18pct --set initialisation=cuda-convnet --rule files --lr 0.001 \\
        --schedule 120,130 --passes 140 --out runs/18pct --test
  the paper's net on Imagenette or ILSVRC, raw or prepared:
    python -m alexnet_lib train --data ~/imagenette2 --net paper --out runs/paper
  the same with one thing changed:
    python -m alexnet_lib train --data ~/imagenette2 --net paper --set normalisation=none dropout=0 --out runs/no_lrn
  try it out, on a few images and for a quarter of an hour; the same command goes on:
    python -m alexnet_lib train --data ~/imagenette2 --images 1000 --stop-after 15 --out runs/trial
  two processes, which share every batch of 128:
    torchrun --nproc-per-node 2 -m alexnet_lib train --data ~/imagenette2 --out runs/two

Interrupt it, kill it, lose the power: the same command goes on from the last checkpoint, to the same weights.
"""

# (title, [(flag, how it is read, what stands for its value, help)])
_GROUPS = (
    ("what is trained", [
        ("--data", str, "cifar10|FOLDER", "cifar10: trained on its training split, looked at on its validation split. "
         "A folder with train/ and val/: photographs, which are prepared first as `data photographs` does, or what "
         "that made of them"),
        ("--net", str, "NAME", "paper, one-gpu, released, small, small-one-gpu, or of cuda-convnet's figure1, 80sec, "
         "19pct, 18pct, 13pct, 11pct (default: paper). Classes follow from the data, crops from the net"),
        ("--set", str, "FIELD=VALUE", "change fields of the net's configuration, as in --set dropout=0 talk=fc6,fc7"),
        ("--images", int, "N", "only N images of each set, for trying out (default: all)"),
        ("--out", Path, "RUN", "folder of the run: log.csv, checkpoints, weights.safetensors, result.json"),
    ]),
    ("how", [
        ("--passes", int, "N", "over the training images (default: 90); may be raised later"),
        ("--batch-size", int, "N", "images an update, of all processes together (default: 128)"),
        ("--lr", float, "RATE", "learning rate at the start (default: 0.01)"),
        ("--momentum", float, "M", "(default: 0.9)"),
        ("--weight-decay", float, "D", "(default: 0.0005)"),
        ("--rule", str, "RULE", "paper: one rate and decay for all; released: biases at twice the rate, without decay; "
         "files: as released, with the decay of each layer from cuda-convnet's file (default: paper)"),
        ("--schedule", str, "WHEN", "plateau: the rate is divided by ten when the validation error stops falling, "
         "three times in all; constant; or after these passes, as in 30,60,80 (default: plateau)"),
        ("--patience", int, "N", "of plateau: passes without a better validation error (default: 5)"),
        ("--colour-noise", str, "FORM", "off; released: standard deviations, as in the code of 2012; unit: eigenvalues "
         "of pixels from 0 to 1; paper: as printed, which on pixels from 0 to 255 is noise of 1,500 grey levels and "
         "keeps any net from learning (default: auto, off for cifar10 and released for photographs, as the paper "
         "trains with it)"),
        ("--no-mirror", None, "", "do not exchange left and right half the time"),
        ("--seed", int, "N", "of weights, order, crops and dropout (default: 0)"),
        ("--evaluate-every", int, "PASSES", "between looks at the validation images (default: 1)"),
        ("--test", None, "", "look at CIFAR-10's test images too, at the very end"),
    ]),
    ("where and how fast (no part of the result, but for rounding)", [
        ("--device", str, "DEVICE", "auto, cpu, cuda or mps (default: auto)"),
        ("--amp", str, "KIND", "precision of the layers: off, bf16, fp16 (cuda); weights, normalisation and loss stay "
         "float32 (default: auto, bf16 where the processor has it and images have 100 pixels or more). This one must "
         "stay as a run began"),
        ("--micro-batch", int, "N", "images a process works on at a time, where memory is short (default: its share of "
         "the batch)"),
        ("--compile", None, "", "use torch.compile"),
        ("--threads", int, "N", "of the CPU, for each process (default: torch's choice)"),
        ("--workers", int, "N", "processes that read photographs (default: up to 4 for a GPU, else a thread)"),
    ]),
    ("checkpoints and logs", [
        ("--checkpoint-minutes", float, "M", "between checkpoints (default: 5); there is one after each pass too"),
        ("--stop-after", float, "M", "write a checkpoint and end after so many minutes (default: never)"),
        ("--tensorboard", None, "", "write for TensorBoard too, into RUN/tensorboard (needs: pip install tensorboard)"),
    ]),
)

#: settings that are named otherwise than their flags
_NAMES = {"set": "changes"}


def add_train(verbs) -> None:
    """Add the verb to the command line's."""
    verb = verbs.add_parser(
        "train", help="train a net on CIFAR-10, Imagenette or ILSVRC; goes on where it stopped",
        description="Train any net; defaults are the paper's. The same command goes on where it stopped.",
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter, argument_default=argparse.SUPPRESS)
    for title, options in _GROUPS:
        group = verb.add_argument_group(title)
        for flag, kind, metavar, text in options:
            if kind is None:
                group.add_argument(flag, action="store_true", help=text)
            elif flag == "--set":
                group.add_argument(flag, nargs="+", action="extend", metavar=metavar, help=text)
            else:
                group.add_argument(flag, type=kind, metavar=metavar, help=text, required=flag in ("--data", "--out"))
    verb.set_defaults(call=train)


def train(args: argparse.Namespace) -> int:
    """Run the verb in this process; returns the exit status."""
    from alexnet_lib.training.distributed import is_lost_peer, join_group, started_by_torchrun

    try:
        settings, machine, threads = _settings(vars(args))
        with join_group(machine.device) as group:
            return _train(args, settings, machine, threads, group)
    except Exception as error:
        if is_lost_peer(error):  # the process that failed says why
            return 2
        if isinstance(error, ValueError) and started_by_torchrun() and os.environ["LOCAL_RANK"] != "0":
            return 2  # a bad word on the command line is bad for all
        raise


def _settings(given: dict) -> tuple:
    """What the words on the command line say, over the defaults: settings, machine, threads."""
    from dataclasses import fields

    from alexnet_lib.training.settings import MachineSettings, TrainSettings

    given = {_NAMES.get(name, name): value for name, value in given.items()}
    if given.pop("no_mirror", False):
        given["mirror"] = False
    if "changes" in given:
        given["changes"] = tuple(given["changes"])
    threads = given.get("threads")
    if threads is not None and threads < 1:
        raise ValueError(f"--threads must be at least 1, not {threads}")
    return *(kind(**{field.name: given[field.name] for field in fields(kind) if field.name in given})
             for kind in (TrainSettings, MachineSettings)), threads


def _train(args: argparse.Namespace, settings, machine, threads: int | None, group) -> int:
    import torch

    from alexnet_lib.files import expanded
    from alexnet_lib.training.device import environment, keep_freed_memory
    from alexnet_lib.training.trainer import train_run

    keep_freed_memory()
    if threads is not None:
        torch.set_num_threads(threads)
    if group.is_first:
        print(environment(group.device) + (f", {group.world} processes" if group.world > 1 else ""), flush=True)
    outcome = train_run(args.data, settings, machine, expanded(args.out), group, _say)
    if outcome.status == "nothing left" and group.is_first:
        print("nothing left to do")
    if outcome.result:
        for line in _summary(outcome.result, args.out):
            print(line)
    return {"interrupted": 130, "terminated": 143}.get(outcome.status, 0)


def _say(line: str) -> None:
    print(line, flush=True)


def _summary(result: dict, out: Path) -> list[str]:
    """The result in a few lines."""
    said = []
    for name in ("validation", "test"):
        for views, scores in result.get(name, {}).items():
            top5 = "" if scores["top5_error_pct"] is None else f", top-5 {scores['top5_error_pct']:.2f} %"
            said.append(f"{name}, {views} view{'s' * (views != '1')}: top-1 {scores['top1_error_pct']:.2f} %{top5}, "
                        f"loss {scores['loss']:.4f}")
    return [*said, f"{result['passes']} passes in {result['training_s']:,.0f} s, {result['images_per_s']:,.0f} "
                   f"images/s; weights and result in {out}"]
