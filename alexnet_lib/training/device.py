"""Where to compute, and what to say about it."""

from __future__ import annotations

import ctypes
import os
import platform
import sys

import torch

__all__ = ["choose_device", "environment", "hardware", "keep_freed_memory", "synchronise"]


def choose_device(name: str = "auto") -> torch.device:
    """The named device, or for "auto" the best there is: cuda, then mps, then the CPU.

    Raises:
        ValueError: a device that this machine, or this torch, does not have.
    """
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, available in here.items() if available)
    if not here.get(name.split(":")[0], False):
        raise ValueError(f"device {name!r} is not here: this machine has {', '.join(k for k in here if here[k])}")
    return torch.device(name)


def synchronise(device: torch.device) -> None:
    """Wait until the device has done all it was asked, so that a clock read now is true."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def hardware(device: torch.device) -> str:
    """One phrase that names the processor, for records."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as lines:
            name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), name)
    except OSError:
        pass
    return f"{name}, {os.cpu_count()} cores"


def environment(device: torch.device) -> str:
    """One line for the top of a notebook: versions, device, threads."""
    return (f"Python {platform.python_version()}, torch {torch.__version__}, {device.type} "
            f"({hardware(device)}), {torch.get_num_threads()} threads")


def keep_freed_memory() -> None:
    """Tell glibc's malloc to keep freed blocks instead of handing them back to the system.

    Each new large tensor otherwise costs page faults all over again. What that is worth depends on the
    machine: ``benchmarks/allocator.py`` prints it. It costs memory that stays with the process, so it
    is meant for processes that do nothing but train. Does nothing where there is no glibc.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(-4, 0)  # M_MMAP_MAX: no separate mapping for large blocks
    mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD: do not give the top of the heap back
