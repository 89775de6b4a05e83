"""What students hand in: found in a folder and read with suspicion."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alexnet_lib.notebooks.files import NotebookError, shown

from .outputs import printable, text_of
from .sets import ProblemSet, grade_id, tags_of

__all__ = ["Submission", "find_submissions", "seed_in"]

MAX_BYTES = 20_000_000  # of a notebook that is read at all
MAX_CELLS = 1_000
MAX_OUTPUTS = 50  # kept of one cell

#: tags of the cells that hold parameters: the source's own, and the one that papermill adds
PARAMETERS = {"parameters", "injected-parameters"}


@dataclass(frozen=True)
class Submission:
    """One student's notebook for one problem set."""

    student: str
    set: str  # e.g. ps2; empty if it cannot be told
    path: Path
    problem: str = ""  # why it cannot be graded, one line; empty if it can
    notebook: object = None  # as read


def find_submissions(folder: Path, sets: Mapping[str, ProblemSet]) -> list[Submission]:
    """All notebooks in a folder, by student and problem set.

    The student is the folder that a notebook lies in at the first level, ``FOLDER/ada/.../x.ipynb``, or the name of a
    notebook that lies there by itself, ``FOLDER/ada.ipynb`` (also ``ada_ps2_two.ipynb``). Which problem set it is, its
    cells say, and its name only if they do not. Of two for the same set the one that was changed last counts,
    unless it cannot be read.

    Raises:
        NotebookError: no such folder, or no notebook in it.
    """
    if not os.path.isdir(folder):  # unlike Path.is_dir it has an answer for any name
        raise NotebookError(f"there is no folder {shown(folder)}: name the one that holds the submissions, "
                            "one folder or one notebook for each student")
    paths = sorted(path for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    if not paths:
        raise NotebookError(f"there is no notebook in {shown(folder)}: one folder or one notebook for each student "
                            "is expected")
    latest: dict[tuple[str, str], Submission] = {}
    rest, names = [], {}
    looked = [_look(path, folder, sets) for path in paths]
    for found in sorted(looked, key=lambda one: (not one.problem, one.path.lstat().st_mtime)):
        raw = _raw_name(found.path, folder)
        if names.setdefault(found.student, raw) != raw:  # "ann lee" and "ann_lee" are two people
            other = f"{found.student}-{hashlib.sha256(os.fsencode(raw)).hexdigest()[:6]}"
            both = f"{printable(raw)} and {printable(names[found.student])}"
            found = replace(found, student=other, problem=f"{both} would both be called {found.student}: rename one")
        if found.set:
            latest[found.student, found.set] = found
        else:
            rest.append(found)
    return sorted([*latest.values(), *rest], key=lambda one: (one.set, one.student, one.path))


def _look(path: Path, folder: Path, sets: Mapping[str, ProblemSet]) -> Submission:
    inside = path.relative_to(folder)
    by_name = next((name for name in sets if re.search(rf"(?<![a-z0-9]){name}(?![0-9])", str(inside))), "")
    student = re.sub(r"[^\w.@-]+", "_", _raw_name(path, folder)).strip("._-@") or "unnamed"
    try:
        if path.is_symlink() or not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            raise ValueError("it is a link or no plain file: only notebooks themselves are read")
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES / 1e6:.0f} MB, which is no notebook of this course")
        notebook = _read(path)
    except (ValueError, OSError, RecursionError) as error:
        said = "".join(letter if letter.isprintable() else "?" for letter in str(error).splitlines()[0][:200])
        return Submission(student, by_name, path, said)
    votes = Counter(grade_id(cell).split("-")[0] for cell in notebook.cells)
    by_cells = next((name for name, _ in votes.most_common() if name in sets), "")
    name = by_cells or by_name
    problem = "" if name else "which problem set it is cannot be told: no cell and no name says so"
    return Submission(student, name, path, problem, notebook)


def _raw_name(path: Path, folder: Path) -> str:
    """The student's name as the folder or the file has it."""
    inside = path.relative_to(folder)
    return inside.parts[0] if len(inside.parts) > 1 else re.split(r"[_ -]+ps\d", inside.stem)[0]


def _read(path: Path):
    """A submitted notebook, cut down to what grading needs: text, tags, nbgrader's ids, some outputs.

    Raises:
        ValueError: it is not a notebook, or none that anybody could have written by hand.
    """
    from nbformat import NotebookNode

    try:
        raw = json.loads(path.read_bytes())
    except ValueError as error:  # of the coding or of the JSON
        raise ValueError(f"it is not a readable notebook: {error}") from None
    cells = raw.get("cells") if isinstance(raw, dict) and raw.get("nbformat") == 4 else None
    if not isinstance(cells, list) or not cells:
        raise ValueError("it is not a notebook with cells in the format of Jupyter today (nbformat 4)")
    if len(cells) > MAX_CELLS:
        raise ValueError(f"it has {len(cells):,} cells: up to {MAX_CELLS:,} are read")
    return NotebookNode(cells=[_cell(cell) for cell in cells])


def _cell(raw: Any):
    """One cell of JSON as a cell with text and well-formed metadata. Raises ValueError."""
    from nbformat import from_dict

    kind, text = (raw.get("cell_type"), raw.get("source")) if isinstance(raw, dict) else (None, None)
    if kind not in ("code", "markdown", "raw") or not isinstance(text, str | list):
        raise ValueError("it is not a readable notebook: a cell has no text or no known type")
    about = raw["metadata"] if isinstance(raw.get("metadata"), dict) else {}
    grader = about["nbgrader"] if isinstance(about.get("nbgrader"), dict) else {}
    kept = {name: grader[name] for name in ("grade_id", "grade", "solution")
            if isinstance(grader.get(name), str | bool)}
    outputs = raw["outputs"][:MAX_OUTPUTS] if isinstance(raw.get("outputs"), list) else []
    tags = [tag for tag in about["tags"] if isinstance(tag, str)] if isinstance(about.get("tags"), list) else []
    return from_dict({"cell_type": kind, "source": text_of(text), "metadata": {"nbgrader": kept, "tags": tags},
                      "outputs": outputs})


def seed_in(notebook) -> int:
    """The SEED that a notebook's parameters cells set; 0 if they set none."""
    seed = 0
    for cell in notebook.cells:
        if cell.cell_type == "code" and tags_of(cell) & PARAMETERS:
            for found in re.findall(r"^SEED\b[^=\n]*=\s*(\d{1,9})\b", cell.source, re.M):
                seed = int(found)
    return seed
