"""Marks as a table for a spreadsheet, and feedback as pages for students."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from alexnet_lib.files import write_whole
from alexnet_lib.notebooks.files import NotebookError, read, read_note, shown

from .course import Course, reason_of
from .sets import ProblemSet, grade_id, is_kind

__all__ = ["write_feedback", "write_gradescope", "write_marks"]

HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS[^\n]*\n?", re.M | re.S)


class Entry(NamedTuple):
    """What nbgrader knows of one test or answer of a submission."""

    task: str  # its grade_id
    is_test: bool  # else a person gives the points
    by_test: float | None
    by_hand: float | None
    most: float

    @property
    def score(self) -> float:
        """A person's points count before the test's, as in nbgrader."""
        return self.by_hand if self.by_hand is not None else self.by_test or 0.0

    @property
    def waits(self) -> bool:
        return self.by_test is None and self.by_hand is None


def write_marks(course: Course, path: Path | None = None, by_task: bool = False) -> Path:
    """Write all marks of a course as CSV: one line for a submission, or one for each test and answer of it.

    Args:
        course: whose.
        path: where to; default ``marks.csv`` (``tasks.csv``) in the course folder.
        by_task: one line for each cell with points.

    Raises:
        NotebookError: nothing is graded yet.
    """
    rows = _task_rows(course) if by_task else _rows(course)
    if not rows:
        raise NotebookError(f"nothing is graded yet in {shown(course.folder)}: run `classroom grade` first")
    path = Path(path or course.folder / ("tasks.csv" if by_task else "marks.csv"))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    try:
        write_whole(path, text.getvalue().encode())
    except OSError as error:
        raise NotebookError(f"cannot write {shown(path)} ({error.strerror or error}): make room, or name another file "
                            "(classroom marks --to); the marks are kept in the gradebook") from None
    return path


def write_gradescope(course: Course, path: Path) -> Path:
    """Write what the tests said of the only submission in a course, as Gradescope reads it: ``results.json``.

    Raises:
        NotebookError: nothing is graded, or more than one submission.
    """
    graded = _graded(course)
    if len(graded) != 1:
        raise NotebookError(f"results for Gradescope are those of one submission, and {shown(course.folder)} has "
                            f"{len(graded)}: name a new folder with --course")
    ((name, student, entries),) = graded
    folder = course.folder / "autograded" / student / name
    said = {grade_id(cell): [output.evalue for output in cell.outputs if output.output_type == "error"]
            for notebook in folder.glob("*.ipynb") for cell in read(notebook).cells if cell.cell_type == "code"}
    tests = [{"name": entry.task, "score": entry.score, "max_score": entry.most,
              "output": "; ".join(said.get(entry.task, [])) or ("" if entry.is_test else "graded by a person")}
             for entry in entries]
    status = read_note(folder / "graded.json").get("status", "")
    write_whole(path, json.dumps({"tests": tests, "output": "" if status == "ok" else status}, indent=1).encode())
    return path


def _graded(course: Course) -> list[tuple[str, str, list[Entry]]]:
    """Problem set, student and entries of all that is graded."""
    if not (course.folder / "gradebook.db").exists():
        return []
    with course.gradebook() as book:
        return sorted((assignment.name, submission.student.id, [
            Entry(grade.name, grade.cell_type == "code", grade.auto_score, grade.manual_score, grade.max_score)
            for grade in notebook.grades
        ]) for assignment in book.assignments for submission in assignment.submissions
            for notebook in submission.notebooks)


def _rows(course: Course) -> list[dict]:
    rows = []
    for name, student, entries in _graded(course):
        note = read_note(course.folder / "autograded" / student / name / "graded.json")
        tests = [entry for entry in entries if entry.is_test]
        answers = [entry for entry in entries if not entry.is_test]
        rows.append({
            "student": student, "set": name,
            "score": _sum(entry.score for entry in entries), "max_score": _sum(entry.most for entry in entries),
            "tests": _sum(entry.score for entry in tests), "max_tests": _sum(entry.most for entry in tests),
            "by_hand": _sum(entry.score for entry in answers),
            "to_grade_by_hand": _sum(entry.most for entry in answers if entry.waits),
            "status": note.get("status", ""), "remark": note.get("remark", ""), "seed": note.get("seed", ""),
            "seconds": note.get("time_s", ""),
        })
    return rows


def _task_rows(course: Course) -> list[dict]:
    return [{"student": student, "set": name, "task": entry.task, "score": f"{entry.score:g}",
             "max_score": f"{entry.most:g}", "to_grade_by_hand": "yes" if entry.waits else ""}
            for name, student, entries in _graded(course) for entry in entries]


def _sum(points: Iterable[float]) -> str:
    return f"{sum(points):g}"


def write_feedback(course: Course, sets: Sequence[ProblemSet], show_hidden: bool = False) -> list[Path]:
    """Write one HTML page for each graded submission, with marks, comments and what each test said.

    Args:
        course: whose.
        sets: for which problem sets.
        show_hidden: leave the hidden tests in; the next class will have them.

    Raises:
        NotebookError: nothing is graded yet, or some pages cannot be made (the others are).
    """
    returned, pages = course.folder / "returned", []
    graded = [(one, path) for one in sets
              for path in sorted(course.folder.glob(f"autograded/*/{one.name}/{one.path.name}"))]
    if not graded:
        raise NotebookError(f"nothing is graded yet in {shown(course.folder)}: run `classroom grade` first")
    failed = []
    shutil.rmtree(returned, ignore_errors=True)
    for one, path in tqdm(graded, unit=" pages", leave=False, disable=None):
        student = path.parents[1].name
        copied = returned / student / one.name / path.name
        copied.parent.mkdir(parents=True)
        write_whole(copied, _to_return(read(path), show_hidden).encode())
        done = course.api(autograded_directory="returned").generate_feedback(one.name, student, force=True)
        if not done["success"]:
            failed.append(f"{student}, {one.name}: {reason_of(done)}")
            continue
        pages.append(course.folder / "feedback" / student / one.name / f"{one.path.stem}.html")
    shutil.rmtree(returned, ignore_errors=True)
    if failed:
        raise NotebookError(f"{len(pages)} pages were made, {len(failed)} could not be: {'; '.join(failed)[:500]}")
    return pages


def _to_return(notebook, show_hidden: bool) -> str:
    """A graded notebook for its student, as text: errors by their message, hidden tests left out."""
    import nbformat

    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            if output.output_type == "error" and is_kind(cell, "grade"):
                name = "not yet" if output.ename == "CheckFailed" else output.ename
                output.traceback = [f"{name}: {output.evalue}"]
        if not show_hidden:
            cell.source = HIDDEN.sub("# ... and hidden tests\n", cell.source)
            # nor what a cell of the student's printed of the cells before it
            cell.outputs = [output for output in cell.outputs if "HIDDEN TESTS" not in json.dumps(output)]
    return nbformat.writes(notebook) + "\n"
