"""The tests of every problem set discriminate: they reject each classical mistake and accept each right answer.

``solutions/ps2/respond.py`` holds answers to the task ``ps2-respond``: functions named ``right_...`` and ``wrong_...``
(dicts, for a task that asks for values), by the mistake that they make. A wrong one may say in its docstring, or under
``"hint"``, after ``Hint:``, what the message to the student must contain.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
from pathlib import Path

import matplotlib
import pytest

from alexnet_lib.classroom.checks import CheckFailed
from alexnet_lib.classroom.sets import problem_sets

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
        before, solved = set(names), dict(names)
        run(UNANSWERED.sub("", task.answer.source), names)
        run(task.answer.source, solved)
        made = [name for name in names if name not in before]
        names |= {name: solved[name] for name in made}
        wanted = {name: value for name, value in solution.items() if name != "hint"}
        assert set(wanted) <= set(made), f"{set(wanted)} should be among what the task asks for: {made}"
        return names | wanted
    wanted = re.search(r"^(?:def|class) (\w+)", task.answer.source, re.M).group(1)
    return names | {wanted: solution}


def objections(task, names: dict[str, object]) -> list[str]:
    """What the tests of a task say."""
    found = []
    for test in task.tests:
        try:
            run(test.source, dict(names))
        except CheckFailed as failure:
            found.append(str(failure))
    return found


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


@pytest.mark.parametrize("id", TASKS)
def test_source_answers_its_own_task(id):
    task, names = TASKS[id], set_up(id.split("-")[0])
    run(task.answer.source, names)
    assert objections(task, names) == []
