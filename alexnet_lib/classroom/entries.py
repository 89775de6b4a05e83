"""What a submission got: entered into nbgrader's gradebook, and noted beside the graded notebook."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from alexnet_lib.files import file_digest, sealed, write_whole
from alexnet_lib.notebooks.files import NotebookError, read_note, shown

from .course import Course
from .sets import ProblemSet
from .submissions import Submission, seed_in
from .supervisor import Limits, Ran

__all__ = ["Graded", "earlier", "enter", "enter_nothing", "handed_out", "in_gradebook"]


@dataclass(frozen=True)
class Graded:
    """What one submission got."""

    student: str
    set: str
    points: float  # by the tests
    of: float  # that tests can give
    by_hand: float  # points that a person gives, of all answers that are not empty
    status: str  # ok, or what went wrong
    seed: int = 0
    time_s: float = 0.0
    remark: str = ""  # what happened on the way, though it came to its end
    fresh: bool = True  # graded now, not earlier

    @property
    def ok(self) -> bool:
        return self.status == "ok"


def enter(one: Submission, problem_set: ProblemSet, course: Course, notebook, status: str, seed: int, ran: Ran,
          limits: Limits) -> Graded:
    """Write the graded notebook and enter its marks; the note that says so comes last."""
    import nbformat
    from nbgrader.preprocessors import SaveAutoGrades

    folder, handed_in = _place(course, "autograded", one), _place(course, "submitted", one)
    for path in (folder, handed_in):
        path.mkdir(parents=True, exist_ok=True)
    (folder / "graded.json").unlink(missing_ok=True)
    shutil.copyfile(one.path, handed_in / problem_set.path.name)
    write_whole(folder / problem_set.path.name, (nbformat.writes(notebook) + "\n").encode())
    about = {"student": one.student, "assignment": one.set, "notebook": problem_set.path.stem,
             "db_url": course.database}
    _register(course, one)
    with course.marks_entered():
        SaveAutoGrades().preprocess(notebook, {"nbgrader": about})
    points, of, by_hand = _sums(course, one, problem_set)
    result = Graded(one.student, one.set, points, of, by_hand, status, seed, round(ran.time_s, 1),
                    _remark(one, seed, ran))
    _note(folder, asdict(result) | {"digest": _digest(one, problem_set, seed, limits),
                                    "notebook": file_digest(folder / problem_set.path.name)})
    return result


def enter_nothing(one: Submission, problem_set: ProblemSet | None, course: Course) -> Graded:
    """No points for a submission that is not a notebook of any use; in the gradebook if its problem set is known."""
    if problem_set is None:
        return Graded(one.student, one.set, 0.0, 0.0, 0.0, one.problem)
    _register(course, one)
    with course.gradebook() as book:
        for entry in book.find_submission(one.set, one.student).notebooks:
            for cell in entry.grades:
                cell.auto_score, cell.needs_manual_grade = 0, False
        book.db.commit()
    of = sum(task.points for task in problem_set.tasks.values() if not task.by_hand)
    result = Graded(one.student, one.set, 0.0, of, 0.0, one.problem)
    folder = _place(course, "autograded", one)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / problem_set.path.name).unlink(missing_ok=True)
    _note(folder, asdict(result))
    return result


def earlier(one: Submission, problem_set: ProblemSet, course: Course, seed: int, limits: Limits) -> Graded | None:
    """What an earlier run gave to this very submission, if it came to its end and nothing it left is damaged."""
    folder = _place(course, "autograded", one)
    note, graded = read_note(folder / "graded.json"), folder / problem_set.path.name
    if note.pop("digest", None) != _digest(one, problem_set, seed, limits):
        return None
    if not graded.is_file() or note.pop("notebook", None) != file_digest(graded):
        return None
    try:
        found = Graded(**note | {"fresh": False})
    except TypeError:  # of another version
        return None
    return found if _sums(course, one, problem_set)[:2] == (found.points, found.of) else None


def in_gradebook(course: Course) -> set[tuple[str, str]]:
    """Students and problem sets that have marks."""
    with course.gradebook() as book:
        return {(submission.student.id, assignment.name) for assignment in book.assignments
                for submission in assignment.submissions}


def handed_out(course: Course) -> dict[tuple[str, str], int]:
    """The seeds that students were given (`handout`), by student and problem set.

    Raises:
        NotebookError: the file with them is damaged.
    """
    try:
        with open(course.folder / "seeds.csv", newline="", encoding="utf-8-sig") as file:
            return {(row["student"], row["set"]): int(row["seed"]) for row in csv.DictReader(file)}
    except FileNotFoundError:
        return {}
    except (KeyError, TypeError, ValueError, csv.Error):
        raise NotebookError(f"{shown(course.folder / 'seeds.csv')} cannot be read: it needs the columns student, set "
                            "and seed") from None


def _register(course: Course, one: Submission) -> None:
    with course.gradebook() as book:
        book.update_or_create_student(one.student)
        book.update_or_create_submission(one.set, one.student)


def _sums(course: Course, one: Submission, problem_set: ProblemSet) -> tuple[float, float, float]:
    """Points by the tests, of how many, and points of answers that wait for a person."""
    with course.gradebook() as book:
        grades = book.find_submission_notebook(problem_set.path.stem, one.set, one.student).grades
        code = {id for id, cell in problem_set.graded.items() if cell.cell_type == "code"}
        points = sum(grade.auto_score or 0.0 for grade in grades if grade.name in code)
        of = sum(grade.max_score for grade in grades if grade.name in code)
        by_hand = sum(grade.max_score for grade in grades if grade.name not in code and grade.auto_score is None)
    return points, of, by_hand


def _remark(one: Submission, seed: int, ran: Ran) -> str:
    """What a teacher may want to know of a notebook that came to its end."""
    names = [output.get("ename") for outputs in ran.outputs.values() for output in outputs]
    counts = {"had to be stopped": names.count("Stopped"), "ended the kernel": names.count("KernelGone")}
    remarks = [f"{count} cell{'s' * (count > 1)} {what}" for what, count in counts.items() if count]
    if seed_in(one.notebook) != seed:
        remarks.append(f"its SEED was {seed_in(one.notebook)}, not {seed} as handed out")
    return "; ".join(remarks)


def _note(folder: Path, about: dict) -> None:
    write_whole(folder / "graded.json", json.dumps(sealed(about), indent=1).encode(), b"\n")


def _digest(one: Submission, problem_set: ProblemSet, seed: int, limits: Limits) -> str:
    """SHA-256 of all that decides the marks."""
    here = Path(__file__).parent
    code = [file_digest(here / name) for name in ("checks.py", "running.py", "sandbox.py", "submissions.py")]
    parts = [one.student, one.set, str(seed), file_digest(one.path), file_digest(problem_set.path), *code,
             json.dumps(asdict(limits))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _place(course: Course, step: str, one: Submission) -> Path:
    return course.folder / step / one.student / one.set
