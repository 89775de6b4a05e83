"""What students hand in: found in a folder, read with suspicion, and brought into the form that is graded."""

from __future__ import annotations

import ast
import copy
import re
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from alexnet_lib.notebooks.files import NotebookError, read, shown

from .outputs import kept_outputs
from .sets import ProblemSet, grade_id, is_kind, is_live

__all__ = ["Submission", "assemble", "find_submissions", "seed_in"]

MAX_BYTES = 20_000_000  # of a notebook that is read at all

#: what nbgrader puts in place of an answer in words
EMPTY_ANSWER = "YOUR ANSWER HERE"

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
    if not folder.is_dir():
        raise NotebookError(f"there is no folder {shown(folder)}: name the one that holds the submissions, "
                            "one folder or one notebook for each student")
    paths = sorted(path for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    if not paths:
        raise NotebookError(f"there is no notebook in {shown(folder)}: one folder or one notebook for each student "
                            "is expected")
    latest: dict[tuple[str, str], Submission] = {}
    rest = []
    looked = [_look(path, folder, sets) for path in paths]
    for found in sorted(looked, key=lambda one: (not one.problem, one.path.lstat().st_mtime)):
        if found.set:
            latest[found.student, found.set] = found
        else:
            rest.append(found)
    return sorted([*latest.values(), *rest], key=lambda one: (one.set, one.student, one.path))


def _look(path: Path, folder: Path, sets: Mapping[str, ProblemSet]) -> Submission:
    inside = path.relative_to(folder)
    by_name = next((name for name in sets if re.search(rf"(?<![a-z0-9]){name}(?![0-9])", str(inside))), "")
    student = inside.parts[0] if len(inside.parts) > 1 else re.split(r"[_ -]+ps\d", inside.stem)[0]
    student = re.sub(r"[^\w.@-]+", "_", student).strip("._") or "unnamed"
    try:
        if path.is_symlink() or not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            raise ValueError("it is a link or no plain file: only notebooks themselves are read")
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES / 1e6:.0f} MB, which is no notebook of this course")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of cell ids that are missing or repeated: they are made anew
            notebook = read(path)
        _check_form(notebook)
    except (ValueError, OSError, RecursionError) as error:
        return Submission(student, by_name, path, str(error).splitlines()[0][:200])
    votes = Counter(grade_id(cell).split("-")[0] for cell in notebook.cells)
    by_cells = next((name for name, _ in votes.most_common() if name in sets), "")
    name = by_cells or by_name
    problem = "" if name else "which problem set it is cannot be told: no cell and no name says so"
    return Submission(student, name, path, problem, notebook)


def _check_form(notebook) -> None:
    """Refuse what would break what follows. Raises ValueError."""
    for cell in notebook.get("cells", []):
        if not isinstance(cell.get("source"), str) or cell.get("cell_type") not in ("code", "markdown", "raw"):
            raise ValueError("it is not a readable notebook: a cell has no text or no known type")
        if not isinstance(cell.get("metadata"), dict):
            raise ValueError("it is not a readable notebook: a cell has no metadata")
    if not notebook.get("cells"):
        raise ValueError("it has no cells")


def _tags(cell) -> set[str]:
    tags = cell.metadata.get("tags", [])
    return {tag for tag in tags if isinstance(tag, str)} if isinstance(tags, list) else set()


def seed_in(notebook) -> int:
    """The SEED that a notebook's parameters cells set; 0 if they set none."""
    seed = 0
    for cell in notebook.cells:
        if cell.cell_type == "code" and _tags(cell) & PARAMETERS:
            for found in re.findall(r"^SEED\b[^=\n]*=\s*(\d{1,9})\b", cell.source, re.M):
                seed = int(found)
    return seed


def assemble(one: ProblemSet, submitted, student: str, seed: int):
    """The notebook that is graded: the student's answers and own cells, everything else as in the source.

    Tests and locked cells are the source's, at the places that the student gave them; those that are missing come back.
    A cell whose grade_id is unknown stays as an ordinary cell, so that code in it still counts.

    Args:
        one: the problem set.
        submitted: the student's notebook; not changed.
        student, seed: what its parameters cell is to say.
    """
    source = {grade_id(cell): cell for cell in one.notebook.cells if grade_id(cell)}
    places = _places(source, submitted.cells)
    cells = []
    for number, cell in enumerate(submitted.cells):
        id = grade_id(cell)
        if number in places:
            cells.append(_from_source(source[places[number]], cell))
        elif cell.cell_type == "code" and _tags(cell) & PARAMETERS:
            continue
        elif id in source and not is_kind(source[id], "solution"):
            continue  # a second copy of a test or a locked cell
        else:
            cells.append(_plain(cell))
    missing = [cell for id, cell in source.items() if id not in places.values()]
    first = [cell for cell in missing if is_kind(cell, "locked") and not is_kind(cell, "grade")]
    at_end = [cell for cell in missing if is_kind(cell, "grade")]
    whole = copy.deepcopy(one.notebook)
    begin = next((number for number, cell in enumerate(cells) if cell.cell_type == "code"), len(cells))
    whole.cells = [*cells[:begin], _parameters(one, student, seed), *map(_fresh, first), *cells[begin:],
                   *(_from_source(cell, None) for cell in at_end)]
    for number, cell in enumerate(whole.cells):
        cell.id = f"cell-{number:03d}"  # submitted ones may be missing or repeated
    return whole


def _places(source: Mapping[str, object], cells: Sequence) -> dict[int, str]:
    """Which submitted cell stands for which cell of the source: number -> grade_id.

    Of several with one grade_id the last. Answers in words whose grade_id is lost stand for those that are missing, in
    order: a person reads them.
    """
    last = {grade_id(cell): number for number, cell in enumerate(cells) if grade_id(cell) in source}
    lost = [number for number, cell in enumerate(cells) if grade_id(cell) not in source and _is_in_words(cell)]
    missing = [id for id, cell in source.items() if id not in last and _is_in_words(cell)]
    return {number: id for id, number in last.items()} | dict(zip(lost, missing, strict=False))


def _is_in_words(cell) -> bool:
    """Whether a cell asks for an answer that a person grades."""
    return cell.cell_type == "markdown" and is_kind(cell, "solution") and is_kind(cell, "grade")


def _fresh(cell):
    """A copy without outputs."""
    made = copy.deepcopy(cell)
    if made.cell_type == "code":
        made.outputs, made.execution_count = [], None
    return made


def _plain(cell):
    """A cell of the student's own: no outputs, nothing that nbgrader would look at."""
    from nbformat import v4

    make = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell, "raw": v4.new_raw_cell}[cell.cell_type]
    return make(cell.source)


def _from_source(cell, submitted):
    """A cell of the source; if it is there to be answered, with the student's answer, or none."""
    made = _fresh(cell)
    if is_live(cell) and submitted is not None and submitted.cell_type == "code":
        made.outputs = kept_outputs(submitted.get("outputs"))
    if is_kind(cell, "solution"):
        made.source = submitted.source if submitted is not None else ""
    if _is_in_words(cell):
        _mark_as_answered_or_not(made)
    return made


def _mark_as_answered_or_not(cell) -> None:
    """Let nbgrader see whether an answer in words was given: it compares with the checksum of the empty one."""
    from nbgrader.utils import compute_checksum

    answer = cell.source.strip()
    cell.source = EMPTY_ANSWER
    cell.metadata.nbgrader.checksum = compute_checksum(cell)
    cell.source = answer or EMPTY_ANSWER


def _parameters(one: ProblemSet, student: str, seed: int):
    """The source's parameters cell with this student's values."""
    cell = next(cell for cell in one.notebook.cells if "parameters" in _tags(cell))
    made, lines = _fresh(cell), []
    for line in cell.source.splitlines():
        value = {"STUDENT": repr(student), "SEED": repr(seed)}.get(line.split(":")[0])
        lines.append(re.sub(r"= .+?  #", lambda _, value=value: f"= {value}  #", line) if value else line)
    made.source = "\n".join(lines)
    ast.parse(made.source)
    return made
