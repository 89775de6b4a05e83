"""How notebooks that run side by side share a machine: cores, memory, and the variables of their kernels.

**Cores.** Kernels that run side by side get equal parts of the cores as threads, since two that each start a
thread a core wait for one another. A kernel that runs alone is left all of them.

**Alone.** A notebook that measures time says so in its metadata, ``{"alexnet_lib": {"alone": true}}``: beside
others its seconds would be false.

**Memory.** Where there is glibc (Linux), kernels are told to keep freed memory, as
`alexnet_lib.training.device.keep_freed_memory` does for processes that train: else every large tensor costs
page faults anew. What that is worth in a training step, and the memory it costs, is measured by
``benchmarks/allocator.py``; of the settings tried on whole chapters (this one, a high threshold for separate mappings
instead of none, more padding at the top of the heap) it gained most, and their memory grew by less than a tenth.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from alexnet_lib.data.processes import usable_cores

from . import files

__all__ = ["KEEP_FREED_MEMORY", "MEMORY_OF_ONE", "choose_jobs", "is_alone", "kernel_environment", "memory_left"]

#: bytes that a notebook may take
MEMORY_OF_ONE = 4 * 10**9

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

#: the same settings as `keep_freed_memory` makes from inside
KEEP_FREED_MEMORY = {
    "MALLOC_MMAP_MAX_": "0",  # no separate mapping for large blocks
    "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1),  # bytes; do not give the top of the heap back
}


def is_alone(path: Path) -> bool:
    """Whether this stored notebook measures time, so that nothing may run beside it."""
    mark = files.read(path).metadata.get("alexnet_lib", {})
    return isinstance(mark, dict) and mark.get("alone") is True


def choose_jobs(wanted: int | None, notebooks: int) -> int:
    """How many notebooks to run at a time, never more than there are.

    Args:
        wanted: by the caller; None means two where there are two cores and memory for two, else one.
        notebooks: how many there are to run.

    Raises:
        ValueError: fewer than one is wanted.
    """
    if wanted is None:
        left = memory_left()
        wanted = 2 if usable_cores() >= 2 and left is not None and left >= 2 * MEMORY_OF_ONE else 1
    if wanted < 1:
        raise ValueError(f"{wanted} notebooks at a time: at least 1 is needed")
    return max(1, min(wanted, notebooks))


def memory_left(root: Path = Path("/")) -> int | None:
    """Bytes that can still be taken, by the limit of a container or batch job too; None where the system says nothing.

    Args:
        root: of the file system, for tests.
    """
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
        left = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError, IndexError):
        return None
    return min([left, *_limits(root)])


def _limits(root: Path) -> list[int]:
    """Memory limits of the control groups (versions 1 and 2) that this process belongs to."""
    try:
        groups = [line.split(":", 2)[1:] for line in (root / "proc/self/cgroup").read_text().splitlines()]
    except OSError:
        return []
    found = []
    for kinds, group in groups:
        if kinds and "memory" not in kinds.split(","):
            continue
        top, name = ("memory", "memory.limit_in_bytes") if kinds else ("", "memory.max")
        place = Path(group.lstrip("/"))
        for folder in (place, *place.parents):  # a group is bound by those above it
            try:
                found.append(int((root / "sys/fs/cgroup" / top / folder / name).read_text()))
            except (OSError, ValueError):  # no such file, or "max"
                continue
    return found


def kernel_environment(threads: int | None = None, system: str = sys.platform) -> dict[str, str]:
    """The variables of a kernel's process: this checkout is imported, figures are shown, start-up is quiet.

    Whoever has set threads, malloc or LD_PRELOAD (another malloc) himself is left his choice.

    Args:
        threads: for the numerical libraries; None leaves it to them.
        system: as ``sys.platform``.
    """
    own = dict(os.environ)
    own["PYTHONPATH"] = os.pathsep.join([str(files.ROOT), *filter(None, [own.get("PYTHONPATH")])])
    own["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # else debugpy warns on stderr of every kernel
    own.setdefault("ALEXNET_FIGURES", "svg")  # for the reading edition, see `plots.use_style`
    own.pop("MPLBACKEND", None)  # any other than the kernel's own would leave no figure in the notebook
    if threads and not _any_set(own, THREADS):
        own.update(dict.fromkeys(THREADS, str(threads)))
    if system.startswith("linux") and not _any_set(own, ("LD_PRELOAD", "GLIBC_TUNABLES", "MALLOC_")):
        own.update(KEEP_FREED_MEMORY)
    return own


def _any_set(variables: dict[str, str], beginnings: Sequence[str]) -> bool:
    return any(value and name.startswith(tuple(beginnings)) for name, value in variables.items())
