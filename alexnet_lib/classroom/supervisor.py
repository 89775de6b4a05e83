"""Has one notebook run by a `sandbox`, and ends it when it takes too long, too much memory or too many processes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from alexnet_lib.notebooks.files import ROOT

from . import isolation

__all__ = ["AUTHORS", "Limits", "Ran", "Supervisor"]

POLL_S = 0.2
RESULT_BYTES = 50_000_000  # of one notebook


@dataclass(frozen=True)
class Limits:
    """What one notebook may take."""

    cell_s: float = 30
    notebook_s: float = 300
    memory_mib: int = 3000  # all its processes together
    processes: int = 64  # kernel and its children

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value <= 0:
                raise ValueError(f"{name} must be above 0, not {value}")


#: for a problem set with its own solutions, cells that train included
AUTHORS = Limits(cell_s=600, notebook_s=1200, memory_mib=6000)


@dataclass
class Ran:
    """What became of a notebook."""

    outputs: dict[int, list[dict]] = field(default_factory=dict)  # of each code cell that was run, by number
    ended: str = ""  # empty: it came to its end; else why not
    time_s: float = 0.0


class Supervisor:
    """Runs notebooks, any number at a time from any thread; `stop` ends all of them.

    Args:
        limits: for each.
        hidden: folders that no notebook shall see; honoured where there is a wall (`isolation.has_wall`).
    """

    def __init__(self, limits: Limits, hidden: Sequence[Path] = ()) -> None:
        self.limits, self.hidden = limits, hidden
        self.stopped = threading.Event()

    def stop(self) -> None:
        """End what runs; what is asked for later ends at once."""
        self.stopped.set()

    def run(self, cells: Sequence[dict]) -> Ran:
        """Run code cells ``{"source": ..., "test": bool}`` behind the wall and wait for the end."""
        limits, start = self.limits, time.monotonic()
        place = "/tmp" if os.path.isdir("/tmp") else None  # not where $TMPDIR says: a socket's name must be short
        folder = Path(tempfile.mkdtemp(prefix="an-", dir=place))
        ran, got = Ran(), bytearray()
        request = json.dumps({"cells": list(cells), "cell_s": limits.cell_s, "memory_mib": limits.memory_mib,
                              "fonts": _font_lists(),
                              "prelude": "" if isolation.has_wall() else isolation.GUARD}) + "\n"
        command = [sys.executable, "-m", "alexnet_lib.classroom.sandbox"]
        if isolation.has_wall():
            command = isolation.behind_a_wall(command, folder, self.hidden)
        try:
            with open(folder / "sandbox.log", "w+b") as log:
                process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=folder,
                    env=isolation.environment(folder, ROOT), start_new_session=True)
                try:
                    reader = threading.Thread(target=_exchange, args=(process, request.encode(), got), daemon=True)
                    reader.start()
                    ran.ended = self._watch(process, reader, limits, start, got)
                finally:
                    _end(process)
                reader.join(timeout=5)
                log.seek(0)
                said = log.read()[-2000:].decode(errors="replace").strip()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        finished = _read_results(bytes(got), ran)
        if not finished and not ran.ended:
            ran.ended = "the program that runs it was ended" + (f": {said.splitlines()[-1][:200]}" if said else "")
        ran.time_s = time.monotonic() - start
        return ran

    def _watch(self, process, reader, limits: Limits, start: float, got: bytearray) -> str:
        """Wait; return why it had to be ended, or nothing."""
        while reader.is_alive():
            reader.join(timeout=POLL_S)
            if self.stopped.is_set():
                return "interrupted"
            if time.monotonic() - start > limits.notebook_s:
                return f"stopped after {limits.notebook_s:g} s, the limit for a notebook"
            memory_mib, processes = _use(process.pid, limits.memory_mib)
            if memory_mib > limits.memory_mib:
                return f"stopped at {memory_mib:,.0f} MiB of memory, the limit is {limits.memory_mib:,}"
            if processes > limits.processes:
                return f"stopped at {processes} processes, the limit is {limits.processes}"
            if len(got) > RESULT_BYTES:
                return "stopped: it writes without end"
        return ""


def _font_lists() -> list[str]:
    import matplotlib

    return [str(path) for path in Path(matplotlib.get_cachedir()).glob("fontlist-*.json")]


def _exchange(process: subprocess.Popen, request: bytes, got: bytearray) -> None:
    """Hand over the request and read the answers; standard input stays open, as its end would end the sandbox."""
    with contextlib.suppress(OSError):  # it may be gone already; what it said tells why
        process.stdin.write(request)
        process.stdin.flush()
    while (piece := process.stdout.read1(1 << 16)) and len(got) <= RESULT_BYTES:
        got += piece


def _read_results(text: bytes, ran: Ran) -> bool:
    """Fill in the outputs; return whether the sandbox came to its end."""
    for line in text.splitlines():
        try:
            result = json.loads(line)
        except ValueError:
            continue  # cut off in the middle
        if "end" in result:
            return True
        ran.outputs[result["cell"]] = result["outputs"]
    return False


def _use(pid: int, limit_mib: float) -> tuple[float, int]:
    """Memory in MiB and number of a process and all its descendants."""
    import psutil

    def sum_up(measure: Callable) -> float:
        total = 0
        for member in family:
            with contextlib.suppress(psutil.Error):
                total += measure(member)
        return total / (1 << 20)

    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return 0.0, 0
    memory = sum_up(lambda member: member.memory_info().rss)
    if memory > limit_mib and sys.platform == "linux":  # memory that processes share was counted for each of them
        memory = sum_up(lambda member: member.memory_full_info().pss)
    return memory, len(family)


def _end(process: subprocess.Popen) -> None:
    """End a process with all its descendants. Behind a wall the kernel does so; else as far as they can be found."""
    import psutil

    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        family = []
    process.kill()
    for member in family:
        with contextlib.suppress(psutil.Error):
            member.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
