"""Where a result comes from: the commit, the versions, the machine and the memory it took."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import torch

from alexnet_lib.training.device import hardware

__all__ = ["peak_memory_mib", "provenance"]


def provenance(device: torch.device) -> dict:
    """Hardware, threads, versions and commit, for records."""
    return {"hardware": hardware(device), "device": device.type, "threads": torch.get_num_threads(),
            "python": platform.python_version(), "torch": torch.__version__, **_commit()}


def peak_memory_mib(device: torch.device) -> int:
    """The most memory that was in use at a time: of a GPU what torch took, else of the whole process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) // 2**20
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**10


def _commit() -> dict:
    """The commit of the library, and whether its files differ from it."""
    root = Path(__file__).resolve().parents[2]

    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True).stdout

    try:
        return {"commit": git("rev-parse", "--short=10", "HEAD").strip(),
                "dirty": bool(git("status", "--porcelain", "--", "alexnet_lib"))}
    except (OSError, subprocess.CalledProcessError):
        return {"commit": "unknown", "dirty": True}
