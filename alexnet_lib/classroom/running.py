"""Runs one assembled notebook and puts what its tests said into it, as nbgrader reads marks from there."""

from __future__ import annotations

import copy
import secrets

from .outputs import error
from .sets import ProblemSet, is_kind, is_live, tags_of
from .supervisor import Ran, Supervisor

__all__ = ["ALTERED", "mark", "run_assembled"]

ALTERED = "the checks were altered: a person must look at this notebook"

#: run before each test: names of the set-up mean again what they meant, and the checks still object to what is wrong.
#: A notebook whose checks do not object as they should has altered them.
_BEFORE_A_TEST = """
SEED = {seed}
{setup}
import torch as _torch
from alexnet_lib.classroom import checks
for _wrong in (lambda: checks.that(False, ""), lambda: checks.same(_torch.zeros(2), _torch.ones(2), ""),
               lambda: checks.same(True, False, ""), lambda: checks.run(max, 1)):
    try:
        _wrong()
    except AssertionError:
        continue
    raise SystemExit
checks.same(0.0, 1.0, {nonce!r})
"""


def run_assembled(notebook, one: ProblemSet, supervisor: Supervisor, seed: int = 0, live: bool = False
                  ) -> tuple[Ran, bool]:
    """Run an assembled notebook; return what became of it, and whether the checks were themselves at every test.

    Args:
        notebook: of `assemble`.
        one: its problem set.
        supervisor: runs it.
        seed: the SEED that counts.
        live: also the cells that train, on which no points depend; else what the notebook brings along is kept.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    setup = "\n\n".join(cell.source for cell in one.notebook.cells
                        if cell.cell_type == "code" and "setup" in tags_of(cell))
    nonce, cells, numbers = secrets.token_hex(8), [], []  # numbers: of the notebook's cell, None before a test
    for number, cell in enumerate(code):
        test = is_kind(cell, "grade")
        if test:
            before = _BEFORE_A_TEST.format(setup=setup, seed=seed, nonce=nonce)
            cells.append({"source": before, "test": True})
            numbers.append(None)
        left_out = is_live(cell) and not live
        cells.append({"source": "" if left_out else cell.source, "test": test})
        numbers.append(None if left_out else number)
    ran = supervisor.run(cells)
    honest = True
    for place, number in enumerate(numbers):
        if number is not None or not cells[place]["source"] or place not in ran.outputs:
            continue
        failed = [output for output in ran.outputs[place] if output["output_type"] == "error"]
        if any(nonce in output["evalue"] for output in failed):
            continue
        if failed and failed[0]["ename"] not in ("SystemExit", "CheckFailed"):  # no memory, no kernel, ...
            why = f"{failed[0]['ename']}: {failed[0]['evalue']}".rstrip(": ")
            ran.outputs[place + 1] = [error("NotRun", f"this test could not be run: {why}")]
        else:
            honest = False
    ran.outputs = {number: ran.outputs[place] for place, number in enumerate(numbers)
                   if number is not None and place in ran.outputs}
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
                outputs = [error("NotCounted", f"no points: {ALTERED}")]
            outputs = [output for output in outputs if output.get("name") != "stderr"]
        if number in ran.outputs:
            count += 1
            cell.execution_count = count
        cell.outputs = [v4.nbbase.NotebookNode(output) for output in outputs or []]
