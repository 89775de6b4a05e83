"""A copy of a problem set for each student, with numbers of their own."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from tqdm import tqdm

from alexnet_lib.files import write_whole
from alexnet_lib.notebooks.files import NotebookError, shown

from .course import Course
from .entries import handed_out
from .sets import ProblemSet

__all__ = ["hand_out", "read_students", "seed_of"]


def seed_of(student: str, problem_set: str, term: str = "") -> int:
    """The seed of a student's numbers: 1 ... 999,999, another one in each term."""
    digest = hashlib.sha256(f"{term}/{problem_set}/{student}".encode()).digest()
    return 1 + int.from_bytes(digest[:8]) % 999_999


def read_students(path: Path) -> list[str]:
    """The students in a CSV file: its column ``student`` (or ``id``), else its first.

    Raises:
        NotebookError: the file cannot be read or names nobody, or a name twice or with characters no folder has.
    """
    try:
        rows = [row for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))) if any(row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotebookError(f"the list of students {shown(path)} cannot be read: {error}") from None
    head = [name.strip().lower() for name in rows[0]] if rows else []
    column = next((head.index(name) for name in ("student", "id") if name in head), None)
    names = [row[column or 0].strip() for row in (rows[1:] if column is not None else rows) if len(row) > (column or 0)]
    if not any(names):
        raise NotebookError(f"{shown(path)} names no students: one a line, or a column called student")
    for name in names:
        if not re.fullmatch(r"\w[\w.@-]*", name):
            raise NotebookError(f"student {name!r} in {shown(path)}: use letters, digits and . _ - @ only, as folders "
                                "are named after students")
        if names.count(name) > 1:
            raise NotebookError(f"student {name!r} stands twice in {shown(path)}")
    return names


def hand_out(sets: Sequence[ProblemSet], students: Sequence[str], course: Course | None = None, term: str = ""
             ) -> list[Path]:
    """Write ``handout/<student>/<set>/...ipynb`` in the course folder, and ``seeds.csv``, which grading goes by.

    The same as ``papermill --prepare-only -p STUDENT ada -p SEED 17 release/... out.ipynb`` for each of them.

    Args:
        sets: which problem sets.
        students: to whom.
        course: where; default ``build/classroom``.
        term: makes other numbers of the same names, e.g. "spring 2027".
    """
    import papermill

    course = course or Course()
    copies, seeds = [], handed_out(course)
    course.release(sets)
    for one, student in tqdm([*product(sets, students)], unit=" notebooks", leave=False, disable=None):
        path = course.folder / "handout" / student / one.name / one.path.name
        path.parent.mkdir(parents=True, exist_ok=True)
        seed = seeds[student, one.name] = seed_of(student, one.name, term)
        papermill.execute_notebook(course.released(one), path, {"STUDENT": student, "SEED": seed}, prepare_only=True,
                                   progress_bar=False, log_output=False)
        copies.append(path)
    table = "".join(f"{student},{name},{seed}\n" for (student, name), seed in sorted(seeds.items()))
    write_whole(course.folder / "seeds.csv", f"student,set,seed\n{table}".encode())
    return copies
