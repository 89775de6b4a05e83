"""Marks as a table for a spreadsheet, and feedback as pages for students."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from alexnet_lib.files import write_whole
from alexnet_lib.notebooks.files import NotebookError, read, read_note, shown

from .course import Course, reason_of
from .sets import ProblemSet, grade_id, is_kind

__all__ = ["write_feedback", "write_gradescope", "write_marks"]

COLUMNS = ["student", "set", "score", "max_score", "tests", "max_tests", "by_hand", "to_grade_by_hand", "status",
           "remark", "seed", "seconds"]

HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS[^\n]*\n?", re.M | re.S)


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
    path = path or course.folder / ("tasks.csv" if by_task else "marks.csv")
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, text.getvalue().encode())
    return path


def write_gradescope(course: Course, path: Path) -> Path:
    """Write what the tests said of the only submission in a course, as Gradescope reads it: ``results.json``.

    Raises:
        NotebookError: nothing is graded, or more than one submission.
    """
    graded = _submissions(course)
    if len(graded) != 1:
        raise NotebookError(f"results for Gradescope are those of one submission, and {shown(course.folder)} has "
                            f"{len(graded)}: name a new folder with --course")
    ((name, student, grades),) = graded
    folder = course.folder / "autograded" / student / name
    said = {grade_id(cell): [output.evalue for output in cell.outputs if output.output_type == "error"]
            for notebook in folder.glob("*.ipynb") for cell in read(notebook).cells if cell.cell_type == "code"}
    tests = [{"name": grade[0], "score": _score(grade), "max_score": grade[4],
              "output": "; ".join(said.get(grade[0], [])) or ("" if grade[1] == "code" else "graded by a person")}
             for grade in grades]
    status = read_note(folder / "graded.json").get("status", "")
    write_whole(path, json.dumps({"tests": tests, "output": "" if status == "ok" else status}, indent=1).encode())
    return path


def _submissions(course: Course) -> list[tuple[str, str, object]]:
    """Problem set, student and entries (task, kind, points by test and by hand, most, waiting) of all graded."""
    if not (course.folder / "gradebook.db").exists():
        return []
    with course.gradebook() as book:
        entries = [(assignment.name, submission.student.id, entry) for assignment in book.assignments
                   for submission in assignment.submissions for entry in submission.notebooks]
        return [(name, student, [(grade.name, grade.cell_type, grade.auto_score, grade.manual_score, grade.max_score,
                                  grade.needs_manual_grade) for grade in entry.grades])
                for name, student, entry in sorted(entries, key=lambda entry: entry[:2])]


def _rows(course: Course) -> list[dict]:
    rows = []
    for name, student, grades in _submissions(course):
        note = read_note(course.folder / "autograded" / student / name / "graded.json")
        tests = [grade for grade in grades if grade[1] == "code"]
        answers = [grade for grade in grades if grade[1] != "code"]
        score = sum(_score(grade) for grade in grades)
        waiting = sum(grade[4] for grade in answers if grade[2] is None and grade[3] is None)
        values = [student, name, score, sum(grade[4] for grade in grades), sum(_score(grade) for grade in tests),
                  sum(grade[4] for grade in tests), sum(_score(grade) for grade in answers), waiting,
                  note.get("status", ""), note.get("remark", ""), note.get("seed", ""), note.get("time_s", "")]
        rows.append(dict(zip(COLUMNS, (f"{value:g}" if isinstance(value, float) else value for value in values),
                             strict=True)))
    return rows


def _task_rows(course: Course) -> list[dict]:
    return [{"student": student, "set": name, "task": grade[0], "score": f"{_score(grade):g}",
             "max_score": f"{grade[4]:g}", "to_grade_by_hand": "yes" if grade[2] is None and grade[3] is None else ""}
            for name, student, grades in _submissions(course) for grade in grades]


def _score(grade: tuple) -> float:
    """A person's points count before the test's, as in nbgrader."""
    return grade[3] if grade[3] is not None else grade[2] or 0.0


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
        if not show_hidden:  # also where a cell printed what was run before it
            cell.outputs = [output for output in cell.outputs if "HIDDEN TESTS" not in json.dumps(output)]
        if is_kind(cell, "grade"):
            if not show_hidden:
                cell.source = HIDDEN.sub("# ... and hidden tests\n", cell.source)
            for output in cell.outputs:
                if output.output_type == "error":
                    name = "not yet" if output.ename == "CheckFailed" else output.ename
                    output.traceback = [f"{name}: {output.evalue}"]
    return nbformat.writes(notebook) + "\n"
