"""Training any net on CIFAR-10 or on photographs, for minutes or for days; killed at any moment it goes on [K12 §5].

On a CPU a run that was killed and resumed any number of times ends with the weights, the log and the result of an
uninterrupted one, bit for bit: what chance decides is a function of (seed, pass, batch), a checkpoint holds the rest,
and what was logged after it is cut off. Several processes, and batches worked on in pieces, find the same but for
rounding. On a GPU some sums depend on the order in which its threads arrive, and agree but for rounding as well.

    with join_group() as group:
        train_run("cifar10", TrainSettings(net="small", passes=10, lr=0.005), MachineSettings(), Path("my_run"), group)
"""

from __future__ import annotations

import datetime
import json
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch

from alexnet_lib.nets.build import NetConfig
from alexnet_lib.training.distributed import Group
from alexnet_lib.training.interruption import Interruption
from alexnet_lib.training.precision import choose_precision
from alexnet_lib.training.provenance import peak_memory_mib, provenance
from alexnet_lib.training.run import Run
from alexnet_lib.training.run_folder import begin, finished_result, locked, write_result
from alexnet_lib.training.sets import Sets, Source, open_sets, open_source
from alexnet_lib.training.settings import MachineSettings, TrainingError, TrainSettings, net_config
from alexnet_lib.training.weights import WEIGHTS, save_trained

__all__ = ["Outcome", "train_run"]

SCORES = ("top1_error_pct", "top5_error_pct", "loss")


class Outcome(NamedTuple):
    """How a call of `train_run` ended.

    ``status``: "finished", "nothing left", "time" (stopped as asked), "interrupted" or "terminated" (by a signal).
    ``result``: what ``result.json`` holds; None if the run is not finished, and in all processes but the first.
    """

    status: str
    result: dict | None


def train_run(data: str, settings: TrainSettings, machine: MachineSettings, out: Path, group: Group,
              report: Callable[[str], None] = print, bar: bool | None = None) -> Outcome:
    """Train until the last pass is done, or go on where an earlier call stopped.

    Args:
        data: "cifar10", or a folder of photographs.
        settings: what decides the result.
        machine: where, how fast, how long.
        out: the run's folder; see `training.run_folder` for what it holds.
        group: the processes; every one of them must call this.
        report: called with a line a pass, and with what else is worth a line; in the first process only.
        bar: whether there is a progress bar on stderr; default: if that is a terminal.

    Raises:
        ValueError: settings, net and images that do not go together.
        DataError, TrainingError, CheckpointError: one line with the remedy.
        KeyboardInterrupt: at the second Ctrl-C.
    """
    say = report if group.is_first else lambda _: None
    bar = group.is_first and (sys.stderr.isatty() if bar is None else bar)
    source = group.one_a_machine(lambda: open_source(data, settings.images, machine.test, progress=bar))
    config, settings = group.together(lambda: _fit(data, source, settings, group, say))
    sets = group.together(lambda: open_sets(source, settings.augmentation(config.image_size), group.device,
                                            machine.workers, settings.images, group.local_world))
    group.together(lambda: _agree(settings, sets, group))
    with locked(out) if group.is_first else nullcontext():
        result = group.together(lambda: _begin(out, settings, machine, config, sets) if group.is_first else None)
        if group.tell(result is not None):
            return Outcome("nothing left", result)
        if group.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(group.device)
        interruption = Interruption(group.world == 1, machine.stop_after)
        run = Run(out, config, sets, settings, machine, group, interruption, say, bar)
        try:
            with interruption:
                result = _finish(run, data, config, source) if run.train() else None
        except BrokenPipeError:  # nobody reads what we print
            raise
        except OSError as error:
            raise TrainingError(f"cannot write to {out} ({error.strerror or error}): make room; the same command goes "
                                "on from the last checkpoint") from None
        finally:
            run.close()
    if result is None:
        say(f"stopped at {run.place}, saved in {out}: the same command goes on from there")
        return Outcome(_why_stopped(interruption, group), None)
    return Outcome("finished", result if group.is_first else None)


def _fit(data: str, source: Source, settings: TrainSettings, group: Group, say: Callable[[str], None]
         ) -> tuple[NetConfig, TrainSettings]:
    """The net for these images, and settings with nothing left to be chosen."""
    config = net_config(settings.net, settings.changes, len(source.classes))
    if config.image_size > source.side:
        raise ValueError(f"--net {settings.net} sees crops of {config.image_size} pixels and the images of {data} have "
                         f"{source.side}: choose another, such as small")
    if 2 * config.image_size <= source.side:
        say(f"the net sees crops of {config.image_size} of {source.side} pixels, small parts of each image")
    noise = ("released" if source.photographs else "off") if settings.colour_noise == "auto" else settings.colour_noise
    amp = choose_precision(settings.amp, group.device, config.image_size)
    return config, replace(settings, colour_noise=noise, amp=amp)


def _agree(settings: TrainSettings, sets: Sets, group: Group) -> None:
    """Refuse to train where machines were started with other flags or have other images than the first."""
    mine = settings.to_dict() | {"the images": sets.checksum}
    first = group.tell(mine)
    if other := [name for name, value in json.loads(json.dumps(mine)).items() if value != first[name]]:
        raise TrainingError(f"process {group.rank} has not the same {', '.join(other)} as the first: start all "
                            "machines with the same flags, commit and images")


def _why_stopped(interruption: Interruption, group: Group) -> str:
    """The same word in every process, whichever of them a signal reached."""
    by_hand, from_outside = group.sum([interruption.signal == signal.SIGINT, interruption.signal == signal.SIGTERM])
    return "interrupted" if by_hand else "terminated" if from_outside else "time"


def _begin(out: Path, settings: TrainSettings, machine: MachineSettings, config: NetConfig, sets: Sets) -> dict | None:
    """Note what is trained, or check that it is the same; returns the result if there is nothing left to do."""
    begin(out, settings, config.to_dict(), sets.checksum)
    return finished_result(out, settings.passes, machine.test)


def _finish(run: Run, data: str, config: NetConfig, source: Source) -> dict | None:
    """The last evaluations, the weights, the result; None if it is to stop before they are done."""
    state, settings, sets, group = run.state, run.settings, run.sets, run.group
    last = state.curve[-1]
    scores = {"validation": {"1": {name: last[f"validation_{name}"] for name in SCORES}}}
    for name, views in [("validation", 10)] + [("test", 1), ("test", 10)] * (sets.test is not None):
        found = run.evaluate(name, views)
        if found is None:
            return None
        scores.setdefault(name, {})[str(views)] = found
    if not group.is_first:
        return {}
    origin = {
        "settings": settings.to_dict(), "passes": state.passes, "data": {"name": data, "checksum": sets.checksum},
        "provenance": {"date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
                       "processes": group.world, **provenance(group.device)},
    }
    digest = save_trained(run.out / WEIGHTS, run.updates.net, config, source.scale,
                          {"classes": list(source.classes), **origin})
    result = {
        **origin, "net": config.to_dict(), "training_images": len(sets.train),
        "validation_images": len(sets.validation), "steps": state.step, **scores, "best": state.best,
        "curve": state.curve, "images_per_s": run.images_per_s, "training_s": state.training_s,
        "waited_for_data_s": state.waited_s, "peak_memory_mib": peak_memory_mib(group.device), "weights": digest,
    }
    write_result(run.out, result)
    return result
