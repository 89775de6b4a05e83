"""Grades a folder of submissions, several at a time; none can stop, see or change the others.

Each notebook is put together anew from the source and the student's answers (`submissions.assemble`), run behind a wall
(`supervisor`), and its marks are entered into nbgrader's gradebook as they come. What is graded stays graded: a run
that was interrupted or killed goes on where it stopped, and an unchanged submission is not graded again.
"""

from __future__ import annotations

import copy
import csv
import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path

from alexnet_lib.data.processes import usable_cores
from alexnet_lib.files import file_digest, write_whole
from alexnet_lib.notebooks.files import ROOT, NotebookError, read_note, shown

from .course import Course
from .outputs import error
from .sets import SOURCES, ProblemSet, is_kind, is_live, problem_sets
from .submissions import Submission, assemble, find_submissions, seed_in
from .supervisor import Limits, Ran, Supervisor

__all__ = ["Graded", "count_submissions", "grade", "mark", "run_assembled"]

#: raised by no answer: a check that is asked for nonsense must object, else somebody changed the checks
_CANARY = "from alexnet_lib.classroom import checks as _checks\n_checks.same(0.0, 1.0, {nonce!r})"


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


def grade(folder: Path, names: Sequence[str] = (), course: Course | None = None, limits: Limits | None = None,
          jobs: int | None = None, force: bool = False, tell: Callable[[Graded], None] | None = None,
          sources: Path = SOURCES) -> list[Graded]:
    """Grade all submissions in a folder.

    Args:
        folder: see `submissions.find_submissions`.
        names: only these problem sets; none means all that are found.
        course: where marks and graded notebooks are kept; default ``build/classroom``.
        limits: for one notebook.
        jobs: notebooks at a time; default one a core.
        force: also those that are graded already and have not changed.
        tell: called with each as it is done.
        sources: folder of the problem sets.

    Returns:
        All of them, by problem set and student.

    Raises:
        NotebookError: no submissions, or another process grades into the same folder.
        ValueError: unknown problem set.
    """
    from filelock import FileLock, Timeout

    course, sets = course or Course(), problem_sets(sources)
    unknown = [name for name in names if name not in sets]
    if unknown:
        raise ValueError(f"unknown problem set {unknown[0]!r}: choose from {', '.join(sets)}")
    found = [one for one in find_submissions(folder, sets) if not names or one.set in names]
    if not found:
        raise NotebookError(f"there are no submissions of {', '.join(names)} in {shown(folder)}")
    try:
        with FileLock(course.folder / "grading.lock", timeout=0):
            return _grade(found, sets, course, limits or Limits(), jobs, force, tell, [folder, sources])
    except Timeout:
        raise NotebookError(f"another process is grading into {shown(course.folder)}: wait for its end, or name "
                            "another folder with --course") from None


def count_submissions(folder: Path, names: Sequence[str] = (), sources: Path = SOURCES) -> int:
    """How many submissions `grade` will find."""
    return sum(not names or one.set in names for one in find_submissions(folder, problem_sets(sources)))


def _grade(found: Sequence[Submission], sets: dict[str, ProblemSet], course: Course, limits: Limits,
           jobs: int | None, force: bool, tell, hidden: Sequence[Path]) -> list[Graded]:
    course.release([sets[name] for name in sorted({one.set for one in found if one.set})])
    supervisor = Supervisor(limits, [*hidden, course.folder, ROOT / ".git", ROOT / "tests"])
    graded, waiting = [], []
    seeds = handed_out(course)
    for one in found:
        seed = seeds.get((one.student, one.set), seed_in(one.notebook) if one.notebook is not None else 0)
        earlier = None if force else _earlier(one, sets, course, seed, limits)
        if one.problem or earlier is not None:
            graded.append(earlier or _ungradable(one, sets, course))
            if tell:
                tell(graded[-1])
        else:
            waiting.append((one, sets[one.set], seed))

    def run(work: tuple[Submission, ProblemSet, int]) -> tuple:
        one, problem_set, seed = work
        notebook = assemble(problem_set, one.notebook, one.student, seed)
        return *work, notebook, run_assembled(notebook, supervisor)

    jobs = jobs or usable_cores()
    for one, problem_set, seed, notebook, (ran, honest) in _in_threads(run, waiting, jobs, supervisor):
        status = ran.ended or ("ok" if honest else "the checks were altered: a person must look at this notebook")
        mark(notebook, ran, honest)
        result = _keep(one, problem_set, course, notebook, status, seed, ran, limits)
        graded.append(result)
        if tell:
            tell(result)
    return sorted(graded, key=lambda one: (one.set, one.student))


def _in_threads(run: Callable, work: Sequence, jobs: int, supervisor: Supervisor) -> Iterator:
    """Results of run(item) as they come; when the caller is done with them, or interrupted, all that runs is ended."""
    pool, items = ThreadPoolExecutor(jobs), iter(work)
    flying: set[Future] = set()
    try:
        for item in items:
            flying.add(pool.submit(run, item))
            if len(flying) < jobs:
                continue
            done, flying = wait(flying, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
        while flying:
            done, flying = wait(flying, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    finally:
        supervisor.stop()
        pool.shutdown(cancel_futures=True)


def run_assembled(notebook, supervisor: Supervisor, live: bool = False) -> tuple[Ran, bool]:
    """Run an assembled notebook; return what became of it, and whether the checks still were themselves at its end.

    Args:
        notebook: of `assemble`.
        supervisor: runs it.
        live: also the cells that train, on which no points depend; else what the notebook brings along is kept.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    nonce = secrets.token_hex(8)
    left_out = {number for number, cell in enumerate(code) if is_live(cell) and not live}
    cells = [{"source": "" if number in left_out else cell.source, "test": is_kind(cell, "grade")}
             for number, cell in enumerate(code)]
    ran = supervisor.run([*cells, {"source": _CANARY.format(nonce=nonce), "test": True}])
    for number in left_out:
        ran.outputs.pop(number, None)
    said = ran.outputs.pop(len(code), None)
    honest = said is None or any(output["output_type"] == "error" and nonce in output["evalue"] for output in said)
    return ran, honest


def mark(notebook, ran: Ran, honest: bool = True) -> None:
    """Put a run's outputs into the notebook (in place), as nbgrader reads marks from them.

    nbgrader gives full points to a test without outputs, and none to one that printed a warning: a test that was not
    run gets an error here, and what a test wrote to stderr is left out.
    """
    from nbformat import v4

    count = 0
    for number, cell in enumerate(cell for cell in notebook.cells if cell.cell_type == "code"):
        outputs = copy.deepcopy(ran.outputs.get(number))
        if is_live(cell) and outputs is None:
            continue  # it shows what the notebook brought along
        if is_kind(cell, "grade"):
            if outputs is None:
                outputs = [error("NotRun", f"this test was not run: {ran.ended or 'the notebook ended before it'}")]
            elif not honest:
                outputs = [error("NotCounted", "the notebook altered the checks, so they count for nothing")]
            outputs = [output for output in outputs if output.get("name") != "stderr"]
        if number in ran.outputs:
            count += 1
            cell.execution_count = count
        cell.outputs = [v4.nbbase.NotebookNode(output) for output in outputs or []]


def _keep(one: Submission, problem_set: ProblemSet, course: Course, notebook, status: str, seed: int, ran: Ran,
          limits: Limits) -> Graded:
    """Write the graded notebook and enter its marks; the note that says so comes last."""
    import nbformat
    from nbgrader.preprocessors import SaveAutoGrades

    path = _place(course, "autograded", one)
    path.mkdir(parents=True, exist_ok=True)
    handed_in = _place(course, "submitted", one)
    handed_in.mkdir(parents=True, exist_ok=True)
    (path / "graded.json").unlink(missing_ok=True)
    shutil.copyfile(one.path, handed_in / problem_set.path.name)
    write_whole(path / problem_set.path.name, (nbformat.writes(notebook) + "\n").encode())
    about = {"student": one.student, "assignment": one.set, "notebook": problem_set.path.stem,
             "db_url": course.database}
    _enter(course, one)
    SaveAutoGrades().preprocess(notebook, {"nbgrader": about})
    points, of, by_hand = _sum_up(course, one, problem_set)
    result = Graded(one.student, one.set, points, of, by_hand, status, seed, round(ran.time_s, 1),
                    _remark(one, seed, ran))
    note = asdict(result) | {"digest": _digest(one, problem_set, seed, limits)}
    write_whole(path / "graded.json", json.dumps(note, indent=1).encode(), b"\n")
    return result


def _remark(one: Submission, seed: int, ran: Ran) -> str:
    """What a teacher may want to know of a notebook that came to its end."""
    names = [output.get("ename") for outputs in ran.outputs.values() for output in outputs]
    counts = {"had to be stopped": names.count("Stopped"), "ended the kernel": names.count("KernelGone")}
    remarks = [f"{count} cell{'s' * (count > 1)} {what}" for what, count in counts.items() if count]
    if seed_in(one.notebook) != seed:
        remarks.append(f"its SEED was {seed_in(one.notebook)}, not {seed} as handed out")
    return "; ".join(remarks)


def _enter(course: Course, one: Submission) -> None:
    with course.gradebook() as book:
        book.update_or_create_student(one.student)
        book.update_or_create_submission(one.set, one.student)


def _sum_up(course: Course, one: Submission, problem_set: ProblemSet) -> tuple[float, float, float]:
    """Points by the tests, of how many, and points of answers that wait for a person."""
    with course.gradebook() as book:
        grades = book.find_submission_notebook(problem_set.path.stem, one.set, one.student).grades
        code = {id for id, cell in problem_set.graded.items() if cell.cell_type == "code"}
        points = sum(grade.auto_score or 0.0 for grade in grades if grade.name in code)
        of = sum(grade.max_score for grade in grades if grade.name in code)
        by_hand = sum(grade.max_score for grade in grades if grade.name not in code and grade.auto_score is None)
    return points, of, by_hand


def _ungradable(one: Submission, sets: dict[str, ProblemSet], course: Course) -> Graded:
    """A submission that is not a notebook of any use: no points, and in the gradebook all the same."""
    if one.set:
        _enter(course, one)
        with course.gradebook() as book:
            for entry in book.find_submission(one.set, one.student).notebooks:
                for cell in entry.grades:
                    cell.auto_score, cell.needs_manual_grade = 0, False
            book.db.commit()
    of = sum(cell.metadata.nbgrader.points for cell in sets[one.set].graded.values()
             if cell.cell_type == "code") if one.set else 0
    result = Graded(one.student, one.set, 0.0, of, 0.0, one.problem)
    if one.set:
        path = _place(course, "autograded", one)
        path.mkdir(parents=True, exist_ok=True)
        (path / sets[one.set].path.name).unlink(missing_ok=True)
        write_whole(path / "graded.json", json.dumps(asdict(result), indent=1).encode(), b"\n")
    return result


def _earlier(one: Submission, sets: dict[str, ProblemSet], course: Course, seed: int, limits: Limits) -> Graded | None:
    """What an earlier run gave to this very submission, if it came to its end."""
    if one.problem:
        return None
    note = read_note(_place(course, "autograded", one) / "graded.json")
    if note.get("digest") != _digest(one, sets[one.set], seed, limits):
        return None
    return Graded(**{name: value for name, value in note.items() if name != "digest"} | {"fresh": False})


def _digest(one: Submission, problem_set: ProblemSet, seed: int, limits: Limits) -> str:
    """SHA-256 of all that decides the marks."""
    checks = Path(__file__).with_name("checks.py")
    parts = [one.student, one.set, str(seed), file_digest(one.path), file_digest(problem_set.path),
             file_digest(checks), json.dumps(asdict(limits))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _place(course: Course, step: str, one: Submission) -> Path:
    return course.folder / step / one.student / one.set


def handed_out(course: Course) -> dict[tuple[str, str], int]:
    """The seeds that students were given (`handout`), by student and problem set."""
    try:
        with open(course.folder / "seeds.csv", newline="") as file:
            return {(row["student"], row["set"]): int(row["seed"]) for row in csv.DictReader(file)}
    except FileNotFoundError:
        return {}
    except (KeyError, TypeError, ValueError):
        raise NotebookError(f"{shown(course.folder / 'seeds.csv')} cannot be read: it needs the columns student, set "
                            "and seed") from None
