"""One notebook through papermill."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from alexnet_lib.data.processes import ended_by_the_system

from . import files
from .progress import Watcher, register_engine
from .sharing import kernel_environment
from .side_by_side import Kernels

__all__ = ["NotebookFailure", "execute"]

_log_lock = threading.Lock()


class NotebookFailure(Exception):
    """A notebook failed; the message is one line."""


def execute(
    path: Path, partial: Path, values: dict, watcher: Watcher, kernels: Kernels, threads: int | None
) -> None:
    """Run one notebook into `partial`, in the notebook's own folder.

    Args:
        path: the stored notebook.
        partial: where its executed copy grows.
        values: parameters to set.
        watcher: is told where the notebook is.
        kernels: the notebook's own is added.
        threads: of its kernel; None leaves it all cores.

    Raises:
        NotebookFailure: an error, a dead kernel, a cell that was never run, or no output at all.
    """
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    def place() -> str:
        under = f' (under "{watcher.heading}")' if watcher.heading else ""
        return f"in cell {watcher.number} of {watcher.total}{under}"

    try:
        with _kernel_log(partial.parent, path.stem) as log:
            # The folder is given to the kernel alone: papermill's `cwd` would change it for all threads.
            launch = {"env": kernel_environment(threads), "cwd": str(path.parent), "stdout": log, "stderr": log,
                      "preexec_fn": ended_by_the_system()}
            done = papermill.execute_notebook(
                files.shown(path), files.shown(partial), values, engine_name=register_engine(),
                kernel_name="python3", progress_bar=False, watcher=watcher, kernels=kernels, launch=launch,
            )
    except PapermillExecutionError as error:
        raise NotebookFailure(f"{place()}: {_one_line(error.ename, error.evalue)}") from None
    except DeadKernelError:
        raise NotebookFailure(f"{place()}: the kernel died (out of memory is the usual reason)") from None
    except OSError as error:
        if error.errno in files.CANNOT_WRITE:  # nor will the next notebook be written
            raise
        raise NotebookFailure(f"{place()}: {_one_line(type(error).__name__, str(error))}") from None
    except Exception as error:  # no kernel, ...
        raise NotebookFailure(f"{place()}: {_one_line(type(error).__name__, str(error))}") from None
    code = [cell for cell in done.cells if cell.cell_type == "code" and cell.source.strip()]
    unrun = [number for number, cell in enumerate(code, 1) if cell.execution_count is None]
    if unrun:
        raise NotebookFailure(f"in cell {unrun[0]} of {len(code)}: it was never run")
    if not any(cell.outputs for cell in code):
        raise NotebookFailure("at the end: no cell left any output")


@contextlib.contextmanager
def _kernel_log(folder: Path, name: str) -> Iterator[IO]:
    """A file for what a kernel says; at the end it goes under a heading into ``kernel.log``, which all share."""
    own = folder / f".{name}.kernel.log"
    try:
        with open(own, "wb") as log:
            yield log
    finally:
        try:
            with _log_lock, open(folder / "kernel.log", "ab") as whole:
                said = own.read_bytes()
                if said:
                    whole.write(f"--- {name}\n".encode() + said.rstrip(b"\n") + b"\n")
        finally:
            own.unlink()


def _one_line(name: str, message: str) -> str:
    """An error's name and message without colours and line ends."""
    return " ".join(re.sub(r"\x1b\[[\d;]*m", "", f"{name}: {message}").split())[:300]
