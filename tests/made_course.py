"""A problem set of two tasks, and a class that answers it in every way: for the tests of grading."""

from __future__ import annotations

import copy
from pathlib import Path

from nbformat import v4, writes

NAME = "ps9_small.ipynb"

DOUBLE = "def double(x):\n    return 2 * x"
TOTAL = "def total(values):\n    return sum(values)"

_STUB = "\n    ### BEGIN SOLUTION\n{}\n    ### END SOLUTION"


def _graded(id: str, points: int | None = None, locked: bool = False) -> dict:
    about = {"grade_id": id, "grade": points is not None, "locked": locked or points is not None,
             "solution": points is None and not locked, "schema_version": 3, "task": False}
    return {"nbgrader": about | ({} if points is None else {"points": points})}


def _region(code: str) -> str:
    head, body = code.split("\n", 1)
    return head + _STUB.format(body)


def source_notebook():
    """Two tasks with tests (2 + 3 points, one of the student's own numbers), and an answer in words (4 points)."""
    answer = _graded("ps9-words", 4)
    answer["nbgrader"] |= {"solution": True, "locked": False}
    return v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        cells=[
            v4.new_markdown_cell("# Problem set 9: small"),
            v4.new_code_cell('STUDENT: str = "sample"  # name\nSEED: int = 0  # your numbers',
                             metadata={"tags": ["parameters"]}),
            v4.new_code_cell("from alexnet_lib.classroom import checks\n\nown = 10 + SEED",
                             metadata={"tags": ["setup"]} | _graded("ps9-setup", locked=True)),
            v4.new_code_cell(_region(DOUBLE), metadata=_graded("ps9-double")),
            v4.new_code_cell("# Twice one.\nchecks.same(checks.run(double, 1), 2, 'double(1)')\n"
                             "### BEGIN HIDDEN TESTS\nchecks.same(checks.run(double, -3), -6, 'double(-3)')\n"
                             "### END HIDDEN TESTS", metadata=_graded("ps9-double-value", 2)),
            v4.new_code_cell(_region(TOTAL), metadata=_graded("ps9-total")),
            v4.new_code_cell("# The sum.\nchecks.same(checks.run(total, [1, 2]), 3, 'total')",
                             metadata=_graded("ps9-total-sum", 1)),
            v4.new_code_cell("# Your own numbers.\nchecks.same(checks.run(total, [own, 1]), 11 + SEED, 'total')",
                             metadata=_graded("ps9-total-own", 2)),
            v4.new_markdown_cell("Because.", metadata=answer),
        ],
    )


def put_source(folder: Path) -> Path:
    """Write the problem set where `problem_sets(folder)` finds it, and return the folder."""
    (folder / "ps9").mkdir(parents=True)
    (folder / "ps9" / NAME).write_text(writes(source_notebook()))
    return folder


def cell_of(notebook, id: str):
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == id)


def answered(released, **answers: str):
    """A student copy with code in the cells of some tasks: ``double="def double(x): ..."``."""
    notebook = copy.deepcopy(released)
    for task, code in answers.items():
        cell_of(notebook, f"ps9-{task}").source = code
    return notebook


def put_submission(folder: Path, student: str, notebook) -> Path:
    """Write a student's notebook, or text in place of one."""
    path = folder / student / NAME
    path.parent.mkdir(parents=True)
    path.write_text(notebook if isinstance(notebook, str) else writes(notebook))
    return path
