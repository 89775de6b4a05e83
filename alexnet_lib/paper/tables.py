"""What the paper says, as tables: Markdown for notebooks and the README, plain text for a terminal.

Pure functions from records to strings. Verdicts and measured effects are computed elsewhere and handed in.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

from .architecture import LAYERS, Layer
from .choices import OPEN_CHOICES
from .claims import CLAIMS
from .types import Claim, CodeDifference, Deviation, OpenChoice, Quantity

__all__ = [
    "CLAIM_COLUMNS", "choices_markdown", "claims_markdown", "claims_text",
    "format_quantity", "layers_markdown", "markdown_table",
]

#: column -> heading
CLAIM_COLUMNS = {
    "id": "claim", "section": "section", "statement": "the paper says", "quantities": "printed",
    "how_tested": "how it is tested here", "notebook": "notebook", "status": "status", "verdict": "verdict",
}

CHOICE_HEADINGS = {
    "id": "id", "section": "section", "paper_says": "the paper says", "we_do": "here", "why": "why",
    "expected_effect": "expected effect", "measured_effect": "measured effect",
    "question": "left open by the paper", "we_choose": "here",
    "paper": "the paper", "code": "the code", "source": "read in",
}


def format_quantity(quantity: Quantity, with_name: bool = True) -> str:
    """A number with its unit, ``top-1 error 37.5 %``; large counts get commas."""
    value = quantity.value
    # a thousands comma in 4096 or 1000 helps nobody, and these stand beside tensor shapes
    number = f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else str(value)
    if quantity.unit == "x":
        number = f"{number}x"
    elif quantity.unit != "no unit" and not quantity.name.startswith(quantity.unit):
        number = f"{number} {quantity.unit}"
    return f"{quantity.name} {number}" if with_name else number


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; cells are made safe: ``|`` is escaped and line breaks become spaces."""
    lines = [_markdown_row(headings), _markdown_row(["---"] * len(headings))]
    for row in rows:
        if len(row) != len(headings):
            raise ValueError(f"a row of {len(row)} cells does not fit {len(headings)} headings: {row!r}")
        lines.append(_markdown_row(row))
    return "\n".join(lines)


def claims_markdown(
    claims: Iterable[Claim] = CLAIMS,
    columns: Sequence[str] = ("id", "section", "statement", "quantities", "notebook", "status"),
    verdicts: Mapping[str, object] | None = None,
) -> str:
    """The claim ledger as a Markdown table, one row for each claim.

    Args:
        claims: the claims, in the order of the rows.
        columns: keys of ``CLAIM_COLUMNS``; ``verdict`` is added at the end when ``verdicts`` are given.
        verdicts: claim id -> verdict; a claim without one shows why in its place.
    """
    chosen = list(columns)
    if verdicts is not None and "verdict" not in chosen:
        chosen.append("verdict")
    for column in chosen:
        if column not in CLAIM_COLUMNS:
            raise ValueError(f"unknown column {column!r}; known: {', '.join(CLAIM_COLUMNS)}")
    rows = ([_claim_cell(item, column, verdicts or {}) for column in chosen] for item in claims)
    return markdown_table([CLAIM_COLUMNS[column] for column in chosen], rows)


def claims_text(
    claims: Iterable[Claim] = CLAIMS, width: int = 100, verdicts: Mapping[str, object] | None = None,
) -> str:
    """The claim ledger for a terminal: a head line and the wrapped statement and numbers of each claim.

    Args:
        claims: the claims, in order.
        width: columns of the terminal, at least 40.
        verdicts: claim id -> verdict, shown at the end of the head line.
    """
    if width < 40:
        raise ValueError(f"width {width} is too narrow for the claim ledger; at least 40 columns are needed")
    indent = " " * 6
    blocks = []
    for item in claims:
        head = f"{item.id:<6}{item.section} · {item.notebook} · {item.status}"
        if verdicts is not None:
            head += f" · {_claim_cell(item, 'verdict', verdicts)}"
        paragraphs = [(head, ""), (item.statement, indent)]
        if item.quantities:
            paragraphs.append((f"[{_claim_cell(item, 'quantities', {})}]", indent))
        blocks.append("\n".join(
            textwrap.fill(text, width, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False)
            for text, first in paragraphs
        ))
    return "\n\n".join(blocks)


def choices_markdown(
    choices: Sequence[Deviation] | Sequence[OpenChoice] | Sequence[CodeDifference] = OPEN_CHOICES,
    columns: Sequence[str] | None = None,
    measured: Mapping[str, str] | None = None,
) -> str:
    """Deviations, open choices or code differences as a Markdown table, one row each.

    Args:
        choices: records of one kind.
        columns: names of their fields; all of them by default.
        measured: id -> measured effect, in place of ``not measured``.
    """
    choices = tuple(choices)
    if not choices:
        raise ValueError("no choices to show; give at least one deviation, open choice or code difference")
    kinds = sorted({type(choice).__name__ for choice in choices})
    if len(kinds) > 1:
        raise ValueError(f"one table holds one kind of record, not {' and '.join(kinds)}")
    known = [field.name for field in fields(choices[0])]
    chosen = known if columns is None else list(columns)
    for column in chosen:
        if column not in known:
            raise ValueError(f"unknown column {column!r}; {kinds[0]} has: {', '.join(known)}")
    effects = measured or {}

    def cell(choice: Deviation | OpenChoice | CodeDifference, column: str) -> str:
        text = getattr(choice, column)
        return effects.get(choice.id, text) if column == "measured_effect" else text

    rows = ([cell(choice, column) for column in chosen] for choice in choices)
    return markdown_table([CHOICE_HEADINGS[column] for column in chosen], rows)


def layers_markdown(layers: Iterable[Layer] = LAYERS) -> str:
    """The layer table of the paper's net: shapes, weights, biases, MACs and neurons."""
    headings = (
        "layer", "input", "kernels", "window / stride / pad", "reads", "output",
        "weights", "biases", "MACs", "neurons",
    )
    rows = (
        (
            item.name,
            _shape(item.input),
            "+".join(str(count) for count in item.kernels) + (f", depth {item.depth}" if item.depth else ""),
            f"{item.window} / {item.stride} / {item.pad}" if item.window else "",
            item.reads,
            _shape(item.output),
            *(f"{n:,}" if n else "" for n in (item.weights, item.biases, item.macs, item.neurons)),
        )
        for item in layers
    )
    return markdown_table(headings, rows)


def _markdown_row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(" ".join(str(cell).split()).replace("|", "\\|") for cell in cells) + " |"


def _shape(shape: Sequence[int]) -> str:
    return "x".join(str(size) for size in shape)


def _claim_cell(item: Claim, column: str, verdicts: Mapping[str, object]) -> str:
    if column == "quantities":
        return "; ".join(format_quantity(quantity) for quantity in item.quantities)
    if column == "verdict":
        waiting = {"context": "nothing to test", "not testable here": "not testable here"}
        return str(verdicts.get(item.id, waiting.get(item.status, "not measured yet")))
    return getattr(item, column)
