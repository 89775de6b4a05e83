"""Runs ``python -m alexnet_lib`` on something small, in a process that can be killed.

    python jobs.py KIND INPUTS WORD ...

``KIND`` says what is made small: ``plain`` nothing; ``notebooks`` takes those in ``INPUTS/notebooks``; ``experiments``
knows one of four runs, ``tiny``; ``classroom`` takes the problem sets in ``INPUTS/sources``; ``data`` takes the archive
in ``$ALEXNET_DATA`` for the official one. With ``FAULTS_KILL_AT=N`` the process kills its group at its N-th rename:
just before a file becomes what others read.
"""

import hashlib
import os
import signal
import sys
from functools import partial
from pathlib import Path


def kill_at_a_rename() -> None:
    left = [int(os.environ.get("FAULTS_KILL_AT", 0))]
    replace = os.replace

    def counted(*places, **how):
        left[0] -= 1
        if left[0] == 0:
            os.killpg(0, signal.SIGKILL)
        return replace(*places, **how)

    if left[0]:
        os.replace = counted


def tiny():
    """Two arms, two seeds each, 256 images: four runs of a second or two."""
    from alexnet_lib.experiments.protocol import Arm, Budget, Experiment, RunConfig, Verdict
    from alexnet_lib.nets.cifar import CifarNetConfig
    from alexnet_lib.training.loop import TrainConfig

    arms = tuple(Arm(unit, RunConfig(CifarNetConfig(activation=unit, initialisation="lecun"), "standardised", 256,
                                     TrainConfig(lr=0.01, target_error_pct=25), keep_net=True))
                 for unit in ("relu", "tanh"))
    return Experiment("tiny", "t", (), "q", "m", "r", arms, (Budget("quick", seeds=2, max_passes=2),),
                      lambda claim, folder: Verdict("no record yet", ""))


def make_small(kind: str, inputs: Path) -> None:
    if kind == "notebooks":
        from alexnet_lib.notebooks import files

        files.SOURCE, files.ROOT = inputs / "notebooks", inputs
    elif kind == "experiments":
        from alexnet_lib.experiments.catalogue import EXPERIMENTS

        EXPERIMENTS["tiny"] = tiny()
    elif kind == "classroom":
        from alexnet_lib.classroom import grading

        grading.grade = partial(grading.grade, sources=inputs / "sources")
    elif kind == "data":
        from alexnet_lib.data import cifar10, cifar10_sources

        archive = cifar10.data_dir() / cifar10_sources.OFFICIAL_FILE
        with open(archive, "rb") as file:
            cifar10_sources.OFFICIAL_MD5 = hashlib.file_digest(file, "md5").hexdigest()


kill_at_a_rename()  # in the processes that this one starts as well, which import this file
if __name__ == "__main__":
    from alexnet_lib.__main__ import main

    make_small(sys.argv[1], Path(sys.argv[2]))
    sys.exit(main(sys.argv[3:]))
