"""Puts the notebook that is graded together: the student's answers, everything else from the source."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Mapping, Sequence

from .outputs import harmless, kept_outputs
from .sets import ProblemSet, grade_id, is_kind, is_live, tags_of
from .submissions import PARAMETERS

__all__ = ["assemble"]

#: what nbgrader puts in place of an answer in words
EMPTY_ANSWER = "YOUR ANSWER HERE"


def assemble(one: ProblemSet, submitted, student: str, seed: int):
    """The notebook that is graded: the student's answers and own cells, everything else as in the source.

    Tests and locked cells are the source's, at the places that the student gave them; those that are missing come back.
    A cell whose grade_id is unknown stays as an ordinary cell, so that code in it still counts.

    Args:
        one: the problem set.
        submitted: the student's notebook; not changed.
        student, seed: what its parameters cell is to say.
    """
    source = {grade_id(cell): cell for cell in one.notebook.cells if grade_id(cell)}
    places = _places(source, submitted.cells)
    texts = {cell.source for cell in one.notebook.cells if cell.cell_type == "markdown"}
    cells = []
    for number, cell in enumerate(submitted.cells):
        id = grade_id(cell)
        if number in places:
            cells.append(_from_source(source[places[number]], cell))
        elif cell.cell_type == "code" and tags_of(cell) & PARAMETERS:
            continue
        elif id in source and not is_kind(source[id], "solution") or cell.cell_type == "raw":
            continue  # a second copy of a test or a locked cell; what nobody can run or read
        else:
            cells.append(_plain(cell, texts))
    missing = [cell for id, cell in source.items() if id not in places.values()]
    first = [cell for cell in missing if is_kind(cell, "locked") and not is_kind(cell, "grade")]
    at_end = [cell for cell in missing if is_kind(cell, "grade")]
    whole = copy.deepcopy(one.notebook)
    begin = next((number for number, cell in enumerate(cells) if cell.cell_type == "code"), len(cells))
    whole.cells = [*cells[:begin], _parameters(one, student, seed), *map(_fresh, first), *cells[begin:],
                   *(_from_source(cell, None) for cell in at_end)]
    for number, cell in enumerate(whole.cells):
        cell.id = f"cell-{number:03d}"  # submitted ones may be missing or repeated
    return whole


def _places(source: Mapping[str, object], cells: Sequence) -> dict[int, str]:
    """Which submitted cell stands for which cell of the source: number -> grade_id.

    Of several with one grade_id the last. Answers in words whose grade_id is lost stand for those that are missing, in
    order: a person reads them.
    """
    last = {grade_id(cell): number for number, cell in enumerate(cells) if grade_id(cell) in source}
    lost = [number for number, cell in enumerate(cells) if grade_id(cell) not in source and _is_in_words(cell)]
    missing = [id for id, cell in source.items() if id not in last and _is_in_words(cell)]
    return {number: id for id, number in last.items()} | dict(zip(lost, missing, strict=False))


def _is_in_words(cell) -> bool:
    """Whether a cell asks for an answer that a person grades."""
    return cell.cell_type == "markdown" and is_kind(cell, "solution") and is_kind(cell, "grade")


def _fresh(cell):
    """A copy without outputs."""
    made = copy.deepcopy(cell)
    if made.cell_type == "code":
        made.outputs, made.execution_count = [], None
    return made


def _plain(cell, texts: Collection[str]):
    """A cell of the student's own: no outputs, nothing that nbgrader would look at; `texts` are the source's own."""
    from nbformat import v4

    if cell.cell_type == "code":
        return v4.new_code_cell(cell.source)
    return v4.new_markdown_cell(cell.source if cell.source in texts else harmless(cell.source))


def _from_source(cell, submitted):
    """A cell of the source; if it is there to be answered, with the student's answer, or none."""
    made = _fresh(cell)
    if is_live(cell) and submitted is not None and submitted.cell_type == "code":
        made.outputs = kept_outputs(submitted.get("outputs"))
    if is_kind(cell, "solution"):
        made.source = submitted.source if submitted is not None else ""
    if _is_in_words(cell):
        _mark_as_answered_or_not(made)
    return made


def _mark_as_answered_or_not(cell) -> None:
    """Let nbgrader see whether an answer in words was given: it compares with the checksum of the empty one."""
    from nbgrader.utils import compute_checksum

    answer = harmless(cell.source.strip())
    cell.source = EMPTY_ANSWER
    cell.metadata.nbgrader.checksum = compute_checksum(cell)
    cell.source = answer or EMPTY_ANSWER


def _parameters(one: ProblemSet, student: str, seed: int):
    """The source's parameters cell with this student's values."""
    cell = next(cell for cell in one.notebook.cells if "parameters" in tags_of(cell))
    made, lines = _fresh(cell), []
    for line in cell.source.splitlines():
        value = {"STUDENT": repr(student), "SEED": repr(seed)}.get(line.split(":")[0])
        lines.append(re.sub(r"= .+?  #", lambda _, value=value: f"= {value}  #", line) if value else line)
    made.source = "\n".join(lines)
    return made
