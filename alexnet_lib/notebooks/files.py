"""Where notebooks and what is made of them lie, and how one is known to have changed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from alexnet_lib.files import one_line, unsealed

__all__ = [
    "BUILD", "CANNOT_WRITE", "MAX_BYTES", "ROOT", "SOURCE", "NotebookError", "choose", "clear_widgets",
    "path_of_a_machine", "read", "read_note", "run_digest", "shown", "source_digest", "test_command",
]

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "notebooks"
BUILD = ROOT / "build"

MAX_BYTES = 1_000_000  # of a stored notebook
MAX_READ_BYTES = 40_000_000  # of a notebook that is read at all, executed ones too

CELL_TIMEOUT_S = 300  # nbval does not notice a dead kernel before this

#: errors of a disk that is full, or of a folder that is not ours to write to
CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES)

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


ABSOLUTE_PATH = re.compile(
    r"(?<![\w.:/~<>*-])(?:/(?:home|root|Users|tmp|private|mnt)/|[A-Z]:\\+Users\\+)\w[\w./-]*"
)


class NotebookError(RuntimeError):
    """Notebooks or pages cannot be made; the message is one line that names the remedy."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


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
        ValueError: the file is not a notebook, or larger than any that belongs here.
    """
    import nbformat

    try:
        if (size := path.stat().st_size) > MAX_READ_BYTES:
            raise ValueError(f"it has {size / 1e6:.0f} MB, more than {MAX_READ_BYTES / 1e6:.0f}")
        with _without_complaints():
            notebook = nbformat.read(path, as_version=4)
        _check_cells(notebook)
        return notebook
    except Exception as error:  # nbformat raises half a dozen kinds
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ValueError(f"{one_line(shown(path))} is not a readable notebook: {one_line(reason[:120])}") from None


def _check_cells(notebook) -> None:
    """Make sure of what all who read a notebook rely on; nbformat itself only complains. Raises ValueError."""
    if not isinstance(notebook.get("metadata"), dict):
        raise ValueError("it has no metadata")
    if not isinstance(notebook.get("cells"), list) or not notebook.cells:
        raise ValueError("it has no cells")
    for number, cell in enumerate(notebook.cells, 1):
        if not (isinstance(cell, dict) and isinstance(cell.get("source"), str)
                and cell.get("cell_type") in ("code", "markdown", "raw") and isinstance(cell.get("metadata"), dict)):
            raise ValueError(f"cell {number} has no text, no metadata or no known type")
        tags = cell.metadata.get("tags", [])
        if not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
            raise ValueError(f"the tags of cell {number} are no list of words")
        if cell.cell_type == "code" and not all(isinstance(one, dict) for one in _outputs_of(cell)):
            raise ValueError(f"the outputs of cell {number} are no outputs")


def _outputs_of(cell) -> list:
    outputs = cell.setdefault("outputs", [])
    return outputs if isinstance(outputs, list) else [outputs]


@contextlib.contextmanager
def _without_complaints() -> Iterator[None]:
    """nbformat writes a page to stderr about a schema that is not met; what matters of it is an error here."""
    log = logging.getLogger("traitlets")
    before = log.disabled
    log.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.disabled = before


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
    """What a run left in ``NN_name.run.json``; empty if there is none or it is damaged, by its checksum too."""
    try:
        note = unsealed(path.read_bytes())
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
