"""Runs the notebooks through papermill into ``build/notebooks/``, one line each.

Beside each ``NN_name.ipynb`` lies ``NN_name.run.json``: what decided the run, so that an unchanged
notebook is not run again. A notebook that failed leaves ``NN_name.failed.ipynb`` instead. What the
kernels' processes said outside the notebooks is in ``kernel.log``.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from alexnet_lib.files import write_whole

from . import files
from .book import build_book
from .parameters import settle
from .progress import Watcher, register_engine

__all__ = ["run_notebooks"]


class _Failure(Exception):
    """A notebook failed; the message is one line."""


def run_notebooks(
    names: Sequence[str] = (),
    preset: str = "quick",
    parameters: Mapping[str, object] | None = None,
    build: Path | None = None,
    force: bool = False,
    book: bool = True,
    source: Path | None = None,
) -> int:
    """Run notebooks in the order of their numbers; a failing one does not stop the others.

    Args:
        names: which, e.g. ``02_relu`` or ``02``; none means all.
        preset: ``quick``, ``reduced`` or ``full``.
        parameters: further parameters by name; strings are converted to the type of the default.
        build: folder to write to; default ``build/``.
        force: also run those that are unchanged since they last ran.
        book: build the HTML edition afterwards.
        source: folder of the stored notebooks; default ``notebooks/``.

    Returns:
        Exit status: 0, 1 if a notebook failed, 130 if interrupted.

    Raises:
        ValueError: unknown notebook, preset or parameter, or a value that does not fit.
        NotebookError: no notebooks, another run is at work in `build`, or the pages cannot be built.
    """
    from filelock import FileLock, Timeout

    source, build = source or files.SOURCE, build or files.BUILD
    settled = settle(files.choose(names, source), preset, parameters or {})
    folder = build / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    width = max(len(path.stem) for path in settled)
    failed = 0
    try:
        with FileLock(folder / "run.lock", timeout=0):
            (folder / "kernel.log").unlink(missing_ok=True)
            for path, values in settled.items():
                start = time.perf_counter()
                status, detail = _run_one(path, folder, values, preset, force)
                print(f"{path.stem:<{width}}  {time.perf_counter() - start:5.0f} s   {status}", flush=True)
                if detail:
                    print(f"{'':<{width}}            {detail}", flush=True)
                    failed += 1
            if book:
                page = build_book(build, source)
    except Timeout:
        message = f"another run is writing to {files.shown(folder)}: wait for its end"
        raise files.NotebookError(message) from None
    except KeyboardInterrupt:
        kept = f"finished notebooks are kept in {files.shown(folder)}"
        print(f"interrupted: {kept}, the same command goes on from there", file=sys.stderr)
        return 130
    if failed:
        print(f"{failed} of {len(settled)} notebooks failed", flush=True)
    if book:
        print(f"to read them, open {files.shown(page)}", flush=True)
    return 1 if failed else 0


def _run_one(path: Path, folder: Path, values: dict, preset: str, force: bool) -> tuple[str, str]:
    """Run one notebook unless it is done; return its status and, if it failed, where to look."""
    output, note, broken = (folder / f"{path.stem}.{end}" for end in ("ipynb", "run.json", "failed.ipynb"))
    digest = files.run_digest(path, values)
    if not force and not broken.exists() and output.exists() and files.read_note(note).get("run") == digest:
        return "unchanged", ""
    facts = {
        "run": digest,
        "source": files.source_digest(path),
        "preset": preset,
        "parameters": values,
        "date": datetime.date.today().isoformat(),
    }
    partial = folder / f".{path.stem}.partial.ipynb"
    watcher = Watcher(path.stem)
    try:
        _execute(path, partial, values, watcher)
    except _Failure as failure:
        if not partial.exists():
            return f"FAILED {failure}", "nothing could be written"
        os.replace(partial, broken)
        return f"FAILED {failure}", f"as far as it came: {files.shown(broken)}"
    else:
        note.unlink(missing_ok=True)  # at no time does a note lie beside an output that is not its own
        os.replace(partial, output)
        broken.unlink(missing_ok=True)
        write_whole(note, json.dumps(facts, indent=1).encode(), b"\n")
        return "ok", ""
    finally:
        watcher.clear()
        partial.unlink(missing_ok=True)


def _execute(path: Path, partial: Path, values: dict, watcher: Watcher) -> None:
    """Run one notebook into `partial`, in the notebook's own folder."""
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    def place() -> str:
        under = f' (under "{watcher.heading}")' if watcher.heading else ""
        return f"in cell {watcher.number} of {watcher.total}{under}"

    try:
        with open(partial.with_name("kernel.log"), "a") as log:
            done = papermill.execute_notebook(
                files.shown(path), files.shown(partial), values, engine_name=register_engine(),
                kernel_name="python3", progress_bar=False, cwd=path.parent, watcher=watcher,
                launch={"env": _environment(), "stdout": log, "stderr": log},
            )
    except PapermillExecutionError as error:
        raise _Failure(f"{place()}: {_one_line(error.ename, error.evalue)}") from None
    except DeadKernelError:
        raise _Failure(f"{place()}: the kernel died (out of memory is the usual reason)") from None
    except Exception as error:  # no space left, no kernel, ...
        raise _Failure(f"{place()}: {_one_line(type(error).__name__, str(error))}") from None
    code = [cell for cell in done.cells if cell.cell_type == "code" and cell.source.strip()]
    unrun = [number for number, cell in enumerate(code, 1) if cell.execution_count is None]
    if unrun:
        raise _Failure(f"in cell {unrun[0]} of {len(code)}: it was never run")
    if not any(cell.outputs for cell in code):
        raise _Failure("at the end: no cell left any output")


def _one_line(name: str, message: str) -> str:
    """An error's name and message without colours and line ends."""
    return " ".join(re.sub(r"\x1b\[[\d;]*m", "", f"{name}: {message}").split())[:300]


def _environment() -> dict[str, str]:
    """The kernel's variables: this checkout is imported, figures are shown, start-up is quiet."""
    own = dict(os.environ)
    own["PYTHONPATH"] = os.pathsep.join([str(files.ROOT), *filter(None, [own.get("PYTHONPATH")])])
    own["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # else debugpy warns on stderr of every kernel
    own.pop("MPLBACKEND", None)  # any other than the kernel's own would leave no figure in the notebook
    return own
