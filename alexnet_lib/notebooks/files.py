"""Where notebooks and what is made of them lie, and how one is known to have changed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = [
    "BUILD", "MAX_BYTES", "ROOT", "SOURCE", "NotebookError", "choose", "clear_widgets", "path_of_a_machine",
    "read", "read_note", "run_digest", "shown", "source_digest", "test_command",
]

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "notebooks"
BUILD = ROOT / "build"

MAX_BYTES = 1_000_000  # of a stored notebook

CELL_TIMEOUT_S = 300  # nbval does not notice a dead kernel before this

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


ABSOLUTE_PATH = re.compile(
    r"(?<![\w.:/~<>*-])(?:/(?:home|root|Users|tmp|private|mnt)/|[A-Z]:\\+Users\\+)\w[\w./-]*"
)


class NotebookError(RuntimeError):
    """Notebooks or pages cannot be made; the message is one line that names the remedy."""


def shown(path: Path) -> str:
    """The path as a reader types it: relative to the current folder."""
    return os.path.relpath(path)


def choose(names: Sequence[str] = (), source: Path = SOURCE) -> list[Path]:
    """The stored notebooks, in the order of their numbers.

    Args:
        names: ``02_relu``, ``02_relu.ipynb`` or just ``02``; none means all.
        source: the folder of the stored notebooks.

    Raises:
        ValueError: a name fits no notebook.
        NotebookError: there are no notebooks.
    """
    every = sorted(source.glob("[0-9][0-9]_*.ipynb"))
    if not every:
        raise NotebookError(f"there are no notebooks in {shown(source)}: is this the whole repository?")
    wanted = set()
    for name in names:
        fits = [path for path in every if name in (path.stem, path.name, path.stem[:2])]
        if not fits:
            raise ValueError(f"unknown notebook {name!r}: choose from {', '.join(p.stem for p in every)}")
        wanted.update(fits)
    return [path for path in every if not names or path in wanted]


def path_of_a_machine(text: str) -> str:
    """A path in this text that exists on one machine only, this one's own among them; else empty."""
    found = ABSOLUTE_PATH.search(text)
    here = [f"{folder}/" for folder in (ROOT, Path.home()) if len(folder.parts) > 2]
    return found.group() if found else next((folder for folder in here if folder in text), "")


def read(path: Path):
    """One notebook as nbformat 4.

    Raises:
        ValueError: the file is not a notebook.
    """
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:  # nbformat raises half a dozen kinds
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ValueError(f"{shown(path)} is not a readable notebook: {reason[:120]}") from None


def source_digest(path: Path) -> str:
    """SHA-256 of what is written in a notebook; stored outputs and counts do not matter."""
    cells = [[c.cell_type, c.source, sorted(c.metadata.get("tags", []))] for c in read(path).cells]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def run_digest(path: Path, parameters: Mapping[str, object]) -> str:
    """SHA-256 of all that decides what a run of this notebook leaves behind."""
    whole = hashlib.sha256(source_digest(path).encode())
    whole.update(json.dumps(dict(parameters), sort_keys=True, default=str).encode())
    files = [*ROOT.glob("alexnet_lib/**/*.py"), *ROOT.glob("figures/records/**/*.json")]
    files += [*ROOT.glob("figures/*.mplstyle"), ROOT / "requirements.txt"]
    for file in sorted(files):
        whole.update(file.relative_to(ROOT).as_posix().encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def read_note(path: Path) -> dict:
    """What a run left in ``NN_name.run.json``; empty if there is none or it is damaged."""
    try:
        note = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def clear_widgets(notebook) -> None:
    """Remove progress bars, with the text that stands in for them, from all outputs (in place)."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if WIDGET_VIEW not in output.get("data", {})]


def test_command(names: Sequence[str] = (), source: Path = SOURCE) -> list[str]:
    """The command that runs the tests and re-runs the stored notebooks, comparing their checked outputs.

    Args:
        names: only these notebooks, and none of the other tests; none means everything.
        source: the folder of the stored notebooks.

    Raises:
        ValueError: a name fits no notebook.
    """
    if names:
        where = choose(names, source)
    else:
        where = [ROOT / "tests", *([source] if any(source.rglob("*.ipynb")) else [])]
    options = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout", str(CELL_TIMEOUT_S)]
    return [sys.executable, "-m", "pytest", *map(shown, where), *options]


test_command.__test__ = False  # its name is no invitation to pytest
