"""The problem sets: where they lie, and which of their cells are what.

A source is an nbgrader notebook ``notebooks/assignments/ps2/ps2_response_normalisation.ipynb``. Its cells are known by
their grade_id: ``ps2-respond`` is the solution of the task *respond*, ``ps2-respond-values`` one of its tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from alexnet_lib.notebooks.files import ROOT, NotebookError, read, shown

__all__ = ["SOURCES", "ProblemSet", "Task", "choose_sets", "grade_id", "is_kind", "is_live",
           "problem_sets", "tags_of"]

SOURCES = ROOT / "notebooks" / "assignments"


def grade_id(cell) -> str:
    """The name by which nbgrader knows a cell; empty for cells that are no business of its."""
    about = cell.get("metadata", {}).get("nbgrader")
    name = about.get("grade_id") if isinstance(about, dict) else None
    return name if isinstance(name, str) else ""


def is_kind(cell, kind: str) -> bool:
    """Whether a cell is of a kind: ``solution``, ``grade`` (it has points) or ``locked``."""
    return bool(grade_id(cell)) and bool(cell.metadata.nbgrader.get(kind))


def tags_of(cell) -> set[str]:
    """The tags of a cell."""
    return set(cell.metadata.get("tags", []))


def is_live(cell) -> bool:
    """Whether a cell trains or shows what was trained: it is left out when submissions are graded."""
    return "live" in tags_of(cell)


@dataclass(frozen=True)
class Task:
    """One thing to solve: the cell with the answer, and the cells that test it."""

    id: str  # of the answer's cell, e.g. ps2-respond
    answer: object  # the cell
    tests: tuple  # cells with points; none where a person gives the points

    @property
    def points(self) -> float:
        return sum(cell.metadata.nbgrader.points for cell in self.tests or [self.answer])

    @property
    def by_hand(self) -> bool:
        return not self.tests


@dataclass(frozen=True)
class ProblemSet:
    """One problem set, by its source notebook."""

    name: str  # e.g. ps2
    path: Path

    @cached_property
    def notebook(self):
        """The source, solutions and hidden tests included. Do not change it."""
        return read(self.path)

    @property
    def title(self) -> str:
        return self.notebook.cells[0].source.splitlines()[0].lstrip("# ")

    @cached_property
    def graded(self) -> dict[str, object]:
        """All cells with points, by grade_id, in order."""
        return {grade_id(cell): cell for cell in self.notebook.cells if is_kind(cell, "grade")}

    @cached_property
    def tasks(self) -> dict[str, Task]:
        """The tasks by id, in order."""
        answers = [cell for cell in self.notebook.cells if is_kind(cell, "solution")]
        found = {}
        for cell in answers:
            tests = [test for id, test in self.graded.items()
                     if test.cell_type == "code" and id.startswith(f"{grade_id(cell)}-")]
            found[grade_id(cell)] = Task(grade_id(cell), cell, tuple(tests))
        return found

    @property
    def points(self) -> float:
        return sum(cell.metadata.nbgrader.points for cell in self.graded.values())


def problem_sets(folder: Path = SOURCES) -> dict[str, ProblemSet]:
    """All problem sets, by name.

    Raises:
        NotebookError: there are none in the folder.
    """
    found = {path.parent.name: ProblemSet(path.parent.name, path) for path in sorted(folder.glob("ps*/ps*.ipynb"))}
    if not found:
        raise NotebookError(f"there are no problem sets in {shown(folder)}: is this the whole repository?")
    return found


def choose_sets(names: Sequence[str] = (), folder: Path = SOURCES) -> list[ProblemSet]:
    """Some of the problem sets; all of them if none is named.

    Raises:
        ValueError: a name fits no problem set.
    """
    every = problem_sets(folder)
    unknown = [name for name in names if name not in every]
    if unknown:
        raise ValueError(f"unknown problem set {unknown[0]!r}: choose from {', '.join(every)}")
    return [one for name, one in every.items() if not names or name in names]
