"""Grades a folder of submissions, several at a time; none can stop, see or change the others.

Each notebook is put together anew from the source and the student's answers (`assembling`), run behind a wall
(`running`, `supervisor`), and its marks are entered into nbgrader's gradebook as they come (`entries`). What is graded
stays graded: a run that was interrupted or killed goes on where it stopped, and an unchanged submission is not graded
again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from alexnet_lib.data.processes import usable_cores
from alexnet_lib.files import remove_partials
from alexnet_lib.notebooks.files import ROOT, NotebookError, shown

from .assembling import assemble
from .course import COURSE, Course
from .entries import Graded, earlier, enter, enter_nothing, handed_out, in_gradebook
from .running import ALTERED, mark, run_assembled
from .sets import SOURCES, ProblemSet, choose_sets, problem_sets
from .submissions import Submission, find_submissions, seed_in
from .supervisor import Limits, Supervisor

__all__ = ["grade"]

Tell = Callable[[Graded, int], None]


def grade(folder: Path, names: Sequence[str] = (), course: Course | None = None, limits: Limits | None = None,
          jobs: int | None = None, force: bool = False, tell: Tell | None = None, sources: Path = SOURCES
          ) -> list[Graded]:
    """Grade all submissions in a folder.

    Args:
        folder: see `submissions.find_submissions`.
        names: only these problem sets; none means all that are found.
        course: where marks and graded notebooks are kept; default ``build/classroom``.
        limits: for one notebook.
        jobs: notebooks at a time; default one a core.
        force: also those that are graded already and have not changed.
        tell: called with each as it is done, and how many there are.
        sources: folder of the problem sets.

    Returns:
        All of them, by problem set and student.

    Raises:
        NotebookError: no submissions, another process grades into the same folder, or it cannot be written to.
        ValueError: unknown problem set.
    """
    from filelock import FileLock, Timeout

    course, sets = course or Course(), problem_sets(sources)
    choose_sets(names, sources)
    found = [one for one in find_submissions(folder, sets) if not names or one.set in names]
    if not found:
        raise NotebookError(f"there are no submissions of {', '.join(names)} in {shown(folder)}")
    hidden = [folder, sources, course.folder, COURSE, ROOT / ".git", ROOT / "tests"]
    graded = []
    try:
        with course.written_to(), FileLock(course.folder / "grading.lock", timeout=0):
            remove_partials(course.folder, "**/*")  # of a grading that was killed
            for one in _each(found, sets, course, Supervisor(limits or Limits(), hidden), jobs, force):
                graded.append(one)
                if tell:
                    tell(one, len(found))
    except Timeout:
        raise NotebookError(f"another process is grading into {shown(course.folder)}: wait for its end, or name "
                            "another folder with --course") from None
    return sorted(graded, key=lambda one: (one.set, one.student))


def _each(found: Sequence[Submission], sets: dict[str, ProblemSet], course: Course, supervisor: Supervisor,
          jobs: int | None, force: bool) -> Iterator[Graded]:
    """What each submission got, as it is known."""
    course.release([sets[name] for name in sorted({one.set for one in found if one.set})])
    seeds, known, waiting = handed_out(course), in_gradebook(course), []
    for one in found:
        if one.problem:
            yield enter_nothing(one, sets.get(one.set), course)
            continue
        seed = seeds.get((one.student, one.set), seed_in(one.notebook))
        done = None if force or (one.student, one.set) not in known else earlier(
            one, sets[one.set], course, seed, supervisor.limits)
        if done is not None:
            yield done
        else:
            waiting.append((one, sets[one.set], seed))

    def run(work: tuple[Submission, ProblemSet, int]) -> tuple:
        one, problem_set, seed = work
        notebook = assemble(problem_set, one.notebook, one.student, seed)
        return *work, notebook, run_assembled(notebook, problem_set, supervisor, seed)

    jobs = jobs or usable_cores()
    for one, problem_set, seed, notebook, (ran, honest) in _in_threads(run, waiting, jobs, supervisor):
        mark(notebook, ran, honest)
        status = ran.ended or ("ok" if honest else ALTERED)
        yield enter(one, problem_set, course, notebook, status, seed, ran, supervisor.limits)


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
