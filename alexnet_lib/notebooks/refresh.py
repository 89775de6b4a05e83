"""For authors: executes the stored notebooks and stores their outputs, cleaned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alexnet_lib.files import write_whole

from . import files
from .run import run_notebooks

__all__ = ["check_stored", "clean", "refresh_notebooks"]

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}

#: of the notebook's own metadata, what says how it is to be run (see `sharing.is_alone`)
KEPT_METADATA = ("alexnet_lib",)

UNWANTED_METADATA = ("papermill", "execution", "ExecuteTime", "collapsed", "scrolled", "pycharm", "widgets")

#: of a figure only the PNG is kept
UNWANTED_TYPES = ("image/svg+xml", "image/jpeg", "image/gif", "application/pdf")


def refresh_notebooks(
    names: Sequence[str] = (), source: Path | None = None, build: Path | None = None, force: bool = False
) -> int:
    """Run notebooks at the quick preset, one at a time, and write their outputs back into the stored ones.

    Args:
        names: which, e.g. ``02_relu``; none means all.
        source: folder of the stored notebooks; default ``notebooks/``.
        build: folder to run in; default ``build/``.
        force: also run those that are unchanged since they last ran.

    Returns:
        Exit status: 0, 1 if a notebook failed (it is left as it was), 130 if interrupted.

    Raises:
        ValueError: unknown notebook; a cleaned notebook is too large or names a path of this machine.
    """
    import nbformat

    source, build = source or files.SOURCE, build or files.BUILD
    status = run_notebooks(names, build=build, force=force, book=False, source=source, jobs=1)
    if status == 130:
        return status
    for path in files.choose(names, source):
        executed = build / "notebooks" / path.name
        if (build / "notebooks" / f"{path.stem}.failed.ipynb").exists() or not executed.exists():
            continue
        text = nbformat.writes(clean(files.read(path), files.read(executed), path.name)) + "\n"
        check_stored(text, path.name)
        if text != path.read_text():
            write_whole(path, text.encode())
            print(f"refreshed {files.shown(path)} ({len(text.encode()) / 1000:.0f} kB)", flush=True)
    return status


def clean(stored, executed, name: str = "the notebook"):
    """The stored notebook with the outputs of its executed copy, and without what a run leaves besides.

    Args:
        stored: notebook node; changed in place and returned.
        executed: notebook node of its run.
        name: for error messages.

    Raises:
        ValueError: the two do not have the same cells.
    """
    done = [cell for cell in executed.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    if [cell.source for cell in done] != [cell.source for cell in stored.cells]:
        raise ValueError(f"{name} was edited while it ran: run the command again")
    files.clear_widgets(executed)
    count = 0
    for number, (cell, ran) in enumerate(zip(stored.cells, done, strict=True)):
        for key in UNWANTED_METADATA:
            cell.metadata.pop(key, None)
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]
        cell.setdefault("id", f"cell-{number:02d}")
        if cell.cell_type == "code":
            count += bool(cell.source.strip())
            cell.execution_count = count if cell.source.strip() else None
            cell.outputs = _clean_outputs(ran.outputs, count)
    marks = {key: stored.metadata[key] for key in KEPT_METADATA if key in stored.metadata}
    stored.metadata = type(stored.metadata)({**marks, "kernelspec": KERNEL, "language_info": {"name": "python"}})
    stored.nbformat, stored.nbformat_minor = 4, 5
    return stored


def _clean_outputs(outputs, count: int) -> list:
    """Outputs without stderr and other pictures than PNG; neighbouring pieces of text joined."""
    kept = []
    for output in outputs:
        if output.get("name") == "stderr":
            continue
        for kind in UNWANTED_TYPES:
            output.get("data", {}).pop(kind, None)
        if "execution_count" in output:
            output.execution_count = count
        if kept and output.get("name") == kept[-1].get("name") == "stdout":
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def check_stored(text: str, name: str) -> None:
    """Refuse a notebook that must not be stored: too large, or with a path of this machine. Raises ValueError."""
    path = files.path_of_a_machine(text)
    if path:
        raise ValueError(f"{name} shows a path of this machine ({path}): print a relative one")
    size = len(text.encode())
    if size > files.MAX_BYTES:
        raise ValueError(f"{name} has {size / 1e6:.1f} MB, more than 1 MB: show fewer or smaller figures")
