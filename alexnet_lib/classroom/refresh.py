"""For authors: runs the problem sets with their solutions and stores what they show."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from alexnet_lib.files import write_whole
from alexnet_lib.notebooks.files import NotebookError
from alexnet_lib.notebooks.refresh import check_stored, clean

from .running import mark, run_assembled
from .sets import ProblemSet
from .supervisor import AUTHORS, Supervisor

__all__ = ["refresh_sets"]


def refresh_sets(sets: Sequence[ProblemSet]) -> None:
    """Run each source from top to bottom and write its outputs into it.

    Raises:
        NotebookError: a cell fails; the source stays as it was.
        ValueError: a source would be too large or name a path of this machine.
    """
    import nbformat

    for one in sets:
        executed = copy.deepcopy(one.notebook)
        ran, _ = run_assembled(executed, one, Supervisor(AUTHORS), live=True)
        failed = [output["evalue"] for outputs in ran.outputs.values() for output in outputs
                  if output["output_type"] == "error"]
        if failed or ran.ended:
            raise NotebookError(f"{one.name} fails with its own solutions: {(failed or [ran.ended])[0][:200]}")
        mark(executed, ran)
        text = nbformat.writes(clean(copy.deepcopy(one.notebook), executed, one.path.name)) + "\n"
        check_stored(text, one.path.name)
        write_whole(one.path, text.encode())
