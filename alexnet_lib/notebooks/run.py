"""Runs the notebooks through papermill into ``build/notebooks/``, one line each.

Beside each ``NN_name.ipynb`` lies ``NN_name.run.json``: what decided the run and the checksum of what it left, so that
an unchanged notebook is not run again. A notebook that failed leaves ``NN_name.failed.ipynb`` instead. What the
kernels' processes said outside the notebooks is in ``kernel.log``, a heading for each that said anything.

Several notebooks may run side by side. Those that measure time are marked in their metadata and run alone, one
after the other, when the others are done (`sharing`).
"""

from __future__ import annotations

import datetime
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from alexnet_lib.data.processes import usable_cores
from alexnet_lib.files import file_digest, remove_partials, sealed, write_whole
from alexnet_lib.shards import Shard

from . import files
from .book import build_book
from .execution import NotebookFailure, execute
from .parameters import settle
from .progress import StatusLine, Watcher
from .sharing import choose_jobs, is_alone
from .side_by_side import Kernels, side_by_side

__all__ = ["run_notebooks"]


class _Run(NamedTuple):
    """What all notebooks of one call have in common."""

    folder: Path
    preset: str
    kernels: Kernels
    line: StatusLine


def run_notebooks(
    names: Sequence[str] = (),
    preset: str = "quick",
    parameters: Mapping[str, object] | None = None,
    build: Path | None = None,
    force: bool = False,
    book: bool = True,
    source: Path | None = None,
    jobs: int | None = None,
    shard: Shard | None = None,
) -> int:
    """Run notebooks in the order of their numbers; a failing one does not stop the others.

    With several jobs the lines come as the notebooks end, and those that measure time come last, one by one.

    Args:
        names: which, e.g. ``02_relu`` or ``02``; none means all.
        preset: ``quick``, ``reduced`` or ``full``.
        parameters: further parameters by name; strings are converted to the type of the default.
        build: folder to write to; default ``build/``.
        force: also run those that are unchanged since they last ran.
        book: build the reading edition afterwards; not done for a share, see `build_book`.
        source: folder of the stored notebooks; default ``notebooks/``.
        jobs: at most so many at a time; default: two where there are two cores and memory for two, else one.
        shard: only this machine's share of the notebooks that `names` chooses, the i-th, (i + n)-th and so on.

    Returns:
        Exit status: 0, 1 if a notebook failed, 130 if interrupted.

    Raises:
        ValueError: unknown notebook, preset or parameter, a value that does not fit, or jobs below 1.
        NotebookError: no notebooks, another run is at work in `build`, it cannot be written to, or the pages cannot be
            built.
    """
    from filelock import FileLock, Timeout

    source, build = source or files.SOURCE, build or files.BUILD
    chosen = files.choose(names, source)
    settled = settle(chosen, preset, parameters or {})  # before shares are taken: another's parameter is no mistake
    mine = shard.of(chosen) if shard else chosen
    choose_jobs(jobs, len(mine))
    run = _Run(build / "notebooks", preset, Kernels(), StatusLine())
    width = max(len(path.stem) for path in chosen)
    failed = 0

    def ended(result: tuple[Path, float, str, str]) -> None:
        nonlocal failed
        path, seconds, status, detail = result
        lines = [f"{path.stem:<{width}}  {seconds:5.0f} s   {status}"]
        if detail:
            lines.append(f"{'':<{width}}            {detail}")
            failed += 1
        run.line.lasting(*lines)

    try:
        run.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(run.folder / "run.lock", timeout=0):
            (run.folder / "kernel.log").unlink(missing_ok=True)
            for leftover in (*run.folder.glob(".*.partial.ipynb"), *run.folder.glob(".*.kernel.log")):
                leftover.unlink()  # of a run that was killed
            remove_partials(run.folder)
            left = []
            for path in mine:
                if force or not _is_unchanged(path, run.folder, settled[path]):
                    left.append(path)
                else:
                    ended((path, 0.0, "unchanged", ""))
            for some, at_once in _batches(left, jobs):
                threads = usable_cores() // at_once if at_once > 1 else None
                side_by_side(lambda path, n=threads: _run_one(path, settled[path], run, n), some, at_once,
                             run.kernels, ended)
            if book and not shard:
                page = build_book(build, source)
    except Timeout:
        message = f"another run is writing to {files.shown(run.folder)}: wait for its end"
        raise files.NotebookError(message) from None
    except OSError as error:
        if error.errno not in files.CANNOT_WRITE:
            raise
        raise files.NotebookError(f"cannot write to {files.shown(build)} ({error.strerror}): make room, or name "
                                  "another folder with --build; finished notebooks are kept") from None
    except KeyboardInterrupt:
        run.line.clear()
        kept = f"finished notebooks are kept in {files.shown(run.folder)}"
        print(f"interrupted: {kept}, the same command goes on from there", file=sys.stderr)
        return 130
    if failed:
        print(f"{failed} of {len(mine)} notebooks failed", flush=True)
    if shard:
        where = files.shown(run.folder)
        print(f"share {shard}: {len(mine)} of {len(chosen)} notebooks, in {where}", flush=True)
    elif book:
        print(f"to read them, open {files.shown(page)}", flush=True)
    return 1 if failed else 0


def _batches(paths: list[Path], jobs: int | None) -> Iterator[tuple[list[Path], int]]:
    """What may run at the same time, and how many of it: first those that may have company, then the others."""
    alone = [path for path in paths if is_alone(path)]
    together = [path for path in paths if path not in alone]
    at_once = choose_jobs(jobs, len(together))
    yield from [(paths, 1)] if at_once == 1 else [(together, at_once), (alone, 1)]


def _places(path: Path, folder: Path) -> tuple[Path, Path, Path]:
    """Where a notebook's output, its note, and its remains if it fails belong."""
    output, note, broken = (folder / f"{path.stem}.{end}" for end in ("ipynb", "run.json", "failed.ipynb"))
    return output, note, broken


def _is_unchanged(path: Path, folder: Path, values: dict) -> bool:
    """Whether what this run would leave behind is there already."""
    output, note, broken = _places(path, folder)
    if broken.exists() or not output.exists():
        return False
    said = files.read_note(note)
    return said.get("run") == files.run_digest(path, values) and said.get("output") == file_digest(output)


def _run_one(path: Path, values: dict, run: _Run, threads: int | None) -> tuple[Path, float, str, str]:
    """Run one notebook; return it, its time in s, its status and, if it failed, where to look."""
    start = time.perf_counter()
    output, note, broken = _places(path, run.folder)
    facts = {
        "run": files.run_digest(path, values),
        "source": files.source_digest(path),
        "preset": run.preset,
        "parameters": values,
        "date": datetime.date.today().isoformat(),
    }
    partial = run.folder / f".{path.stem}.partial.ipynb"
    watcher = Watcher(path.stem, run.line)
    status, detail = "ok", ""
    try:
        execute(path, partial, values, watcher, run.kernels, threads)
    except NotebookFailure as failure:
        status, detail = f"FAILED {failure}", "nothing could be written"
        if run.kernels.ending:  # this is why it failed
            status, detail = "interrupted", ""
        elif partial.exists():
            os.replace(partial, broken)
            detail = f"as far as it came: {files.shown(broken)}"
    else:
        note.unlink(missing_ok=True)  # at no time does a note lie beside an output that is not its own
        os.replace(partial, output)
        broken.unlink(missing_ok=True)
        facts["output"] = file_digest(output)
        write_whole(note, json.dumps(sealed(facts), indent=1).encode(), b"\n")
    finally:
        run.line.drop(path.stem)
        partial.unlink(missing_ok=True)
    return path, time.perf_counter() - start, status, detail
