"""``python -m alexnet_lib classroom``: the teacher's commands, one line each."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from alexnet_lib.data.command import at_least_one

__all__ = ["add_classroom"]


def add_classroom(verbs) -> None:
    """Add the verb to the command line."""
    verb = verbs.add_parser("classroom", help="problem sets: student copies, grading, marks, feedback",
                            description="Problem sets: student copies, grading, marks, feedback. The teacher's guide "
                                        "is notebooks/assignments/README.md.")
    actions = verb.add_subparsers(required=True, metavar="ACTION")

    def action(word: str, text: str, call, *, sets: bool = True, course: bool = True) -> argparse.ArgumentParser:
        made = actions.add_parser(word, help=text, description=text[0].upper() + text[1:] + ".")
        if sets:
            made.add_argument("sets", nargs="*", metavar="SET", help="e.g. ps2; default all")
        if course:
            made.add_argument("--course", type=Path, metavar="FOLDER",
                              help="where everything is kept (default: build/classroom)")
        made.set_defaults(call=call)
        return made

    action("list", "the problem sets, with their tasks and points", _list, course=False)
    action("check", "run each problem set's own solutions and an empty copy: full points and none are expected", _check)
    action("release", "make the student copies", _release)
    action("refresh", "for authors: run the sources with their solutions, store what they show", _refresh, course=False)
    made = action("hand-out", "make a copy for each student, with numbers of their own", _hand_out)
    made.add_argument("--students", type=Path, required=True, metavar="CSV", help="one a line, or a column `student`")
    made.add_argument("--term", default="", help="makes other numbers of the same names, e.g. 2027")
    made = action("grade", "grade a folder of submissions, behind a wall and within limits", _grade, sets=False)
    made.add_argument("folder", type=Path, metavar="FOLDER", help="one folder or one notebook for each student")
    made.add_argument("sets", nargs="*", metavar="SET", help="only these, e.g. ps2; default all that are found")
    made.add_argument("--jobs", type=at_least_one, help="notebooks at a time (default: one a core)")
    made.add_argument("--cell-limit", type=float, default=30, metavar="S", help="seconds for a cell (default: 30)")
    made.add_argument("--limit", type=float, default=300, metavar="S", help="seconds for a notebook (default: 300)")
    made.add_argument("--memory", type=int, default=3000, metavar="MIB", help="memory for a notebook (default: 3000)")
    made.add_argument("--force", action="store_true", help="also what is graded already and has not changed")
    made = action("marks", "write the marks as CSV", _marks, sets=False)
    made.add_argument("--to", type=Path, metavar="CSV", help="default: marks.csv in the course folder")
    made.add_argument("--by-task", action="store_true", help="one line for each test and answer")
    made.add_argument("--gradescope", type=Path, metavar="JSON", help="instead: results of the only submission")
    made = action("feedback", "write a page for each graded submission", _feedback)
    made.add_argument("--show-hidden", action="store_true", help="leave the hidden tests in")


def _sets(args):
    from .sets import choose_sets

    return choose_sets(args.sets)


def _course(args):
    from .course import Course

    return Course(args.course)


def _list(args) -> None:
    for one in _sets(args):
        print(f"{one.name}: {one.title} ({one.points:g} points)")
        for task in one.tasks.values():
            if task.points:
                print(f"  {task.id:<28} {task.points:>3g} points" + (", by hand" if task.by_hand else ""))


def _release(args) -> None:
    from alexnet_lib.notebooks.files import shown

    course = _course(args)
    for one in _sets(args):
        print(shown(course.release([one], force=True)[0]), flush=True)


def _refresh(args) -> None:
    from .refresh import refresh_sets

    for one in _sets(args):
        refresh_sets([one])
        print(f"refreshed {one.name}", flush=True)


def _hand_out(args) -> None:
    from alexnet_lib.notebooks.files import shown

    from .handout import hand_out, read_students

    course, students = _course(args), read_students(args.students)
    copies = hand_out(_sets(args), students, course, args.term)
    print(f"{len(copies)} notebooks for {len(students)} students in {shown(course.folder / 'handout')}; "
          f"their numbers are in {shown(course.folder / 'seeds.csv')}, which grading goes by: keep it")


def _grade(args) -> int:
    from tqdm import tqdm

    from alexnet_lib.notebooks.files import shown

    from .entries import Graded
    from .grading import grade
    from .isolation import has_wall
    from .marks import write_marks
    from .supervisor import Limits

    course = _course(args)
    limits = Limits(args.cell_limit, args.limit, args.memory)
    if not has_wall():
        print("note: this machine lets no wall be built round the submissions, so they can read and change your files "
              "and start programs that use the network: for code of people you do not know, grade in a container, see "
              "notebooks/assignments/README.md", file=sys.stderr)
    with tqdm(unit=" notebooks", leave=False, disable=None) as bar:

        def tell(one: Graded, total: int) -> None:
            tqdm.write(_line(one))
            bar.total = total
            bar.update()

        graded = grade(args.folder, args.sets, course, limits, args.jobs, args.force, tell)
    path = write_marks(course)
    wrong = [one for one in graded if not one.ok]
    print(f"{len(graded)} submissions, {len(wrong)} of them not graded to the end" if wrong else
          f"{len(graded)} submissions graded")
    print(f"marks are in {shown(path)}")
    return 1 if wrong else 0


def _line(one) -> str:
    hand = f" + {one.by_hand:g} by hand" if one.by_hand else ""
    earlier = "" if one.fresh else " (earlier)"
    return (f"{one.set or '?':<4} {one.student:<20} {one.points:>4g} of {one.of:<3g}{hand:<13} {one.time_s:>5.0f} s  "
            f"{one.status}{f' ({one.remark})' if one.remark else ''}{earlier}")


def _marks(args) -> None:
    from alexnet_lib.notebooks.files import shown

    from .marks import write_gradescope, write_marks

    course = _course(args)
    print(shown(write_gradescope(course, args.gradescope) if args.gradescope else
                write_marks(course, args.to, args.by_task)))


def _feedback(args) -> None:
    from alexnet_lib.notebooks.files import shown

    from .marks import write_feedback

    course = _course(args)
    pages = write_feedback(course, _sets(args), args.show_hidden)
    print(f"{len(pages)} pages in {shown(course.folder / 'feedback')}")


def _check(args) -> int:
    from .validation import check_set

    status = 0
    for one in _sets(args):
        problems = check_set(one, _course(args))
        points = sum(task.points for task in one.tasks.values() if not task.by_hand)
        print(f"{one.name}: " + ("; ".join(problems) or f"its solutions get all {points:g} points of the tests, an "
                                                        "empty copy none"), flush=True)
        status |= bool(problems)
    return status
