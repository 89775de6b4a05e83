"""The tests of every problem set discriminate: they reject each classical mistake and accept each right answer.

``solutions/ps2/respond.py`` holds answers to the task ``ps2-respond``: functions named ``right_...`` and ``wrong_...``
(dicts, for a task that asks for values), by the mistake that they make. A wrong one may say in its docstring, or under
``"hint"``, after ``Hint:``, what the message to the student must contain.
"""

from __future__ import annotations

import contextlib
import copy
import csv
import importlib.util
import io
import re
from pathlib import Path

import matplotlib
import nbformat
import pytest

from alexnet_lib.__main__ import main
from alexnet_lib.classroom.checks import CheckFailed
from alexnet_lib.classroom.course import Course
from alexnet_lib.classroom.sets import SOURCES, problem_sets
from alexnet_lib.classroom.validation import check_empty_copy

SOLUTIONS = Path(__file__).with_name("solutions")
SETS = problem_sets()
TASKS = {id: task for one in SETS.values() for id, task in one.tasks.items() if not task.by_hand}
UNANSWERED = re.compile(r"### BEGIN SOLUTION.*?### END SOLUTION", re.S)
LEAST_WRONG, LEAST_RIGHT = 8, 2


def solutions(task_id: str) -> dict[str, object]:
    """The right and wrong answers to a task, by name."""
    problem_set, name = task_id.split("-", 1)
    path = SOLUTIONS / problem_set / f"{name.replace('-', '_')}.py"
    if not path.exists():
        return {}
    spec = importlib.util.spec_from_file_location(f"solutions_{task_id.replace('-', '_')}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: value for name, value in vars(module).items() if name.startswith(("right_", "wrong_"))}


def set_up(name: str, **parameters) -> dict[str, object]:
    """The names that a problem set's parameters and set-up cells make."""
    matplotlib.use("agg")
    names: dict[str, object] = {"__name__": "__main__"}
    for cell in SETS[name].notebook.cells:
        if cell.cell_type == "code" and {"parameters", "setup"} & set(cell.metadata.get("tags", [])):
            run(cell.source, names)
            if "parameters" in cell.metadata.tags:
                names |= parameters
    return names


def run(source: str, names: dict[str, object]) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, "<cell>", "exec"), names)


def answer(task, solution, names: dict[str, object]) -> dict[str, object]:
    """The names of a notebook in which a task is answered by a solution instead of the source's."""
    if isinstance(solution, dict):  # what it leaves out is as in the source; the source's other names are not there
        made, solved = asked_for(task), dict(names)
        run(task.answer.source, solved)
        names |= {name: solved[name] for name in made}
        wanted = {name: value for name, value in solution.items() if name != "hint"}
        assert set(wanted) <= set(made), f"{set(wanted)} should be among what the task asks for: {made}"
        return names | wanted
    wanted = re.search(r"^(?:def|class) (\w+)", task.answer.source, re.M).group(1)
    return names | {wanted: solution}


def asked_for(task) -> list[str]:
    """The names to which a task that asks for values wants values."""
    names: dict[str, object] = {}
    run(UNANSWERED.sub("", task.answer.source), names)
    return [name for name in names if name != "__builtins__"]


def objections(task, names: dict[str, object]) -> list[str]:
    """What the tests of a task say."""
    found = []
    for test in task.tests:
        try:
            run(test.source, dict(names))
        except CheckFailed as failure:
            found.append(str(failure))
    return found


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return Course(tmp_path_factory.mktemp("course"))


CASES = [(id, name) for id in TASKS for name in solutions(id)]


@pytest.mark.parametrize("id", TASKS)
def test_there_are_enough_solutions_to_each_task(id):
    names = solutions(id)
    assert sum(name.startswith("wrong_") for name in names) >= LEAST_WRONG
    assert sum(name.startswith("right_") for name in names) >= LEAST_RIGHT


@pytest.mark.parametrize(("id", "name"), CASES, ids=[f"{id}-{name}" for id, name in CASES])
def test_right_is_accepted_and_wrong_rejected_with_a_hint(id, name):
    task, solution = TASKS[id], solutions(id)[name]
    said = objections(task, answer(task, solution, set_up(id.split("-")[0])))
    if name.startswith("right_"):
        assert said == []
        return
    assert said, "accepted"
    about = (solution.get("hint") if isinstance(solution, dict) else solution.__doc__) or ""
    hint = about.partition("Hint:")[2].strip()
    assert hint in " | ".join(said)


@pytest.mark.parametrize("seed", [0, 7, 123_456])
@pytest.mark.parametrize("id", TASKS)
def test_source_answers_its_own_task_whatever_the_numbers(id, seed):
    task, names = TASKS[id], set_up(id.split("-")[0], SEED=seed)
    run(task.answer.source, names)
    assert objections(task, names) == []


@pytest.mark.parametrize("name", SETS)
def test_a_set_has_numbers_of_each_students_own(name):
    answers = []
    for seed in (1, 2, 3):
        for task in SETS[name].tasks.values():
            if not task.by_hand and not re.search(r"^(?:def|class) ", task.answer.source, re.M):
                names = set_up(name, SEED=seed)
                run(task.answer.source, names)
                answers.append((task.id, seed, str({key: names[key] for key in asked_for(task)})))
    own = {id for id, _, _ in answers if len({text for other, _, text in answers if other == id}) == 3}
    assert own, "no task has another answer for another seed"


@pytest.mark.parametrize("name", SETS)
def test_every_test_belongs_to_a_task_and_says_first_what_it_checks(name):
    tests = [test for task in SETS[name].tasks.values() for test in task.tests]
    code = [cell for cell in SETS[name].graded.values() if cell.cell_type == "code"]
    assert len(tests) == len(code)
    assert all(test.source.startswith("# ") for test in tests)


@pytest.mark.parametrize("name", SETS)
def test_empty_copy_says_of_each_task_that_it_is_not_answered_yet(name, course):
    assert check_empty_copy(SETS[name], course) == []


@pytest.mark.parametrize("name", SETS)
def test_guide_states_the_points(name):
    text = (SOURCES / "README.md").read_text()
    by_hand = sum(task.points for task in SETS[name].tasks.values() if task.by_hand)
    row = next(line for line in text.splitlines() if line.startswith(f"| [{name}]("))
    assert row.endswith(f"| {SETS[name].points - by_hand:g} + {by_hand:g} |")
    assert (SOURCES / row.split("](")[1].split(")")[0]).exists()
    guide = (SOURCES / name / "GUIDE.md").read_text()
    for about in (SETS[name].notebook.cells[0].source.replace("\n", " "), guide):
        assert f"{SETS[name].points:g} points" in about
    assert SETS[name].title in guide


#: what a class hands in for set 3, and what each should get of its 24 points by tests
SAMPLE = {
    "perfect": (9, "", 24, ""), "half_done": (4, "", 12, ""), "blank": (0, "", 0, ""),
    "crashing": (9, "import os; os._exit(1)\n", 20, "1 cell ended the kernel"),
    "endless": (9, "while True: pass\n", 20, "1 cell had to be stopped"), "wrong_ids": (9, "", 24, ""),
}


def test_sample_submissions_are_graded_from_end_to_end(course, tmp_path):
    one = SETS["ps3"]
    (released,) = (nbformat.read(path, 4) for path in course.release([one]))
    for student, (solved, before, _, _) in SAMPLE.items():
        notebook = copy.deepcopy(released)
        answers = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
        for cell in answers[:solved]:
            cell.source = one.tasks[cell.metadata.nbgrader.grade_id].answer.source
        answers[0].source = before + answers[0].source
        for cell in notebook.cells if student == "wrong_ids" else []:
            if cell.metadata.get("nbgrader", {}).get("grade_id"):
                cell.metadata.nbgrader.grade_id += "-copy"
        (tmp_path / student).mkdir()
        (tmp_path / student / one.path.name).write_text(nbformat.writes(notebook))
    arguments = ["classroom", "grade", str(tmp_path), "--course", str(course.folder), "--cell-limit", "10"]
    assert main(arguments) == 0
    with open(course.folder / "marks.csv", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {name: float(row["tests"]) for name, row in rows.items()} == {name: row[2] for name, row in SAMPLE.items()}
    assert {name: row["remark"] for name, row in rows.items()} == {name: row[3] for name, row in SAMPLE.items()}
    waits = {"perfect": 2, "half_done": 0, "blank": 0, "crashing": 2, "endless": 2, "wrong_ids": 2}
    assert {name: float(row["to_grade_by_hand"]) for name, row in rows.items()} == waits
