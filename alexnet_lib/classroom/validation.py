"""Makes sure that a problem set can be handed out: its own solutions pass its tests, an empty copy fails every one."""

from __future__ import annotations

from alexnet_lib.notebooks.files import read

from .assembling import assemble
from .course import Course
from .running import run_assembled
from .sets import ProblemSet, grade_id, is_kind
from .supervisor import AUTHORS, Supervisor

__all__ = ["check_empty_copy", "check_set", "check_solutions"]


def check_set(one: ProblemSet, course: Course) -> list[str]:
    """What is wrong with a problem set, one line each; nothing if it can be handed out."""
    return check_solutions(one, seed=0) + check_solutions(one, seed=7) + check_empty_copy(one, course)


def check_solutions(one: ProblemSet, seed: int = 0) -> list[str]:
    """What the tests say against the source's own solutions, with one student's numbers."""
    notebook = assemble(one, one.notebook, "sample", seed)
    ran = run_assembled(notebook, one, Supervisor(AUTHORS), seed, live=True)[0]
    return [f"seed {seed}: {ran.ended}"] * bool(ran.ended) + [
        f"seed {seed}: cell {number + 1} ({grade_id(cell) or 'not graded'}) fails: {failure['evalue']}"
        for number, cell, failure in _failures(notebook, ran)]


def check_empty_copy(one: ProblemSet, course: Course) -> list[str]:
    """What is wrong with how the student copy behaves before anything is answered: each test must fail and say why."""
    released = read(course.release([one])[0])
    notebook = assemble(one, released, "sample", 0)
    ran = run_assembled(notebook, one, Supervisor(AUTHORS), live=True)[0]
    failures = {number: failure for number, _, failure in _failures(notebook, ran)}
    problems = [ran.ended] * bool(ran.ended)
    for number, cell in enumerate(cell for cell in notebook.cells if cell.cell_type == "code"):
        name, failed = failures.get(number, {}).get("ename"), number in failures
        if is_kind(cell, "grade") and name != "CheckFailed":
            problems.append(f"{grade_id(cell)} does not say that nothing is answered yet, but "
                            + (f"fails with {name}: {failures[number]['evalue'][:100]}" if failed else "passes"))
        elif failed and not is_kind(cell, "grade") and not is_kind(cell, "solution"):
            problems.append(f"code cell {number + 1} needs an answer to run: {name}")
    return problems


def _failures(notebook, ran) -> list[tuple]:
    """Number, cell and error of each code cell that failed."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [(number, code[number], output) for number, outputs in sorted(ran.outputs.items())
            for output in outputs if output["output_type"] == "error"]
