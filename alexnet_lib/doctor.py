"""What would fail on this machine, and how to mend it."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import sys
from pathlib import Path

__all__ = ["checkup"]

ROOT = Path(__file__).resolve().parents[1]
NEEDED_GB = 1.0  # to fetch CIFAR-10 and run every notebook


def checkup() -> int:
    """Print one line a check; returns 0 if all is well, else 1."""
    results = [_python(), _packages(), _torch(), _device(), _data(), _disk(), _records(), _grading()]
    for good, what in results:
        print(f"{'ok  ' if good else 'MEND'}  {what}")
    return 0 if all(good for good, _ in results) else 1


def _grading() -> tuple[bool, str]:
    from alexnet_lib.classroom.isolation import has_wall

    return True, "grading: submissions run " + (
        "without network, behind a wall" if has_wall() else "without a wall here: grade strangers' code in a container")


def _python() -> tuple[bool, str]:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    return good, f"Python {version}" + ("" if good else ": 3.11 or newer is needed")


def _packages() -> tuple[bool, str]:
    path = ROOT / "requirements.txt"
    if not path.is_file():
        return True, "packages: no requirements.txt here to compare with"
    pins = re.findall(r"^([\w.-]+)==(\S+)", path.read_text(), re.MULTILINE)
    wrong = []
    for name, wanted in pins:
        try:
            have = importlib.metadata.version(name).split("+")[0]
        except importlib.metadata.PackageNotFoundError:
            have = "nothing"
        if have != wanted:
            wrong.append(f"{name} {wanted} (here: {have})")
    if not wrong:
        return True, f"packages: all {len(pins)} as pinned"
    return False, f"packages: wants {', '.join(wrong)}: pip install -r requirements.txt"


def _torch() -> tuple[bool, str]:
    try:
        import torch
        import torchvision
    except (ImportError, RuntimeError) as error:
        return False, f"torch and torchvision do not go together ({error}): pip install -r requirements.txt"
    return True, f"torch {torch.__version__} with torchvision {torchvision.__version__}"


def _device() -> tuple[bool, str]:
    from alexnet_lib.training.device import choose_device, hardware

    device = choose_device()
    return True, f"device {device.type}: {hardware(device)}"


def _data() -> tuple[bool, str]:
    from alexnet_lib.data import cifar10

    try:
        cifar10.verify()
    except cifar10.DataError as error:
        return False, f"data: {error}"
    return True, f"data: CIFAR-10 verified in {cifar10.data_dir() / 'cifar10'}"


def _disk() -> tuple[bool, str]:
    from alexnet_lib.data import cifar10

    place = cifar10.data_dir()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free / 1e9
    good = free > NEEDED_GB
    return good, f"disk: {free:.1f} GB free at {place}" + ("" if good else f": make room, {NEEDED_GB:g} GB are needed")


def _records() -> tuple[bool, str]:
    from alexnet_lib.experiments.catalogue import EXPERIMENTS
    from alexnet_lib.experiments.records import RecordError, load_records, results_of

    count = 0
    try:
        for experiment in EXPERIMENTS.values():
            records = load_records(experiment.name)
            results_of(experiment, records)
            count += len(records)
    except RecordError as error:
        return False, f"records: {error}"
    return True, f"records: {count} whole"
