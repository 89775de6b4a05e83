"""The page of all claims: a table that filters and sorts, and is whole without scripts."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from alexnet_lib import paper
from alexnet_lib.experiments.ledger_page import SECTIONS, count_verdicts, section_of
from alexnet_lib.experiments.verdicts import LedgerEntry

from .chapters import link_ids

__all__ = ["claims_page", "verdicts_table"]

_HEADINGS = ("claim", "the paper says", "verdict", "what was measured or counted", "chapter")

_INTRODUCTION = """# The claims

Every claim of the paper with its verdict. Verdicts are computed from rules written before the runs, and from the
records; intervals are 95 % over n seeds. "Undecided" means that the runs cannot tell.
"""


def claims_page(entries: Sequence[LedgerEntry], titles: dict[str, str]) -> str:
    """Markdown of the page.

    Args:
        entries: the ledger, in the paper's order.
        titles: stem of a chapter in this book -> its title; a chapter that is not in it is not linked.
    """
    choices = (
        ("verdict", "Verdict", count_verdicts(entries)),
        ("section", "Section", {SECTIONS[key]: "" for key in SECTIONS
                                if any(section_of(entry.claim) == key for entry in entries)}),
        ("chapter", "Chapter", {_chapter(stem, titles): "" for stem in
                                dict.fromkeys(entry.claim.notebook for entry in entries)}),
    )
    menus = "\n".join(_menu(name, label, values) for name, label, values in choices)
    orders = "".join(f'<option value="{i}">{heading}</option>' for i, heading in enumerate(_HEADINGS))
    heads = "".join(f'<th scope="col" aria-sort="{"none" if i else "ascending"}"><button type="button">{heading}'
                    "</button></th>" for i, heading in enumerate(_HEADINGS))
    rows = "\n".join(_row(place, entry, titles) for place, entry in enumerate(entries))
    return f"""{_INTRODUCTION}
```{{raw}} html
<form id="ledger-choice" class="ledger-choice" role="search" aria-label="choose claims" hidden>
<label>Words <input type="search" name="words" placeholder="e.g. dropout" autocomplete="off"></label>
{menus}
<label>Sort by <select name="order" autocomplete="off">{orders}</select></label>
<button type="reset">All claims</button>
<output name="count" aria-live="polite"></output>
</form>
<table id="ledger" class="ledger">
<caption>The claims of the paper, their verdicts, and what was measured.</caption>
<thead><tr>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
<script src="_static/ledger.js"></script>
```
"""


def verdicts_table(entries: Sequence[LedgerEntry]) -> str:
    """Markdown: how many claims have each verdict, and which; each verdict leads to its claims."""
    rows = []
    for label, number in count_verdicts(entries).items():
        ids = " ".join(entry.claim.id for entry in entries if entry.verdict.label == label)
        link = f'<a href="claims.html?verdict={html.escape(label.replace(" ", "+"))}">{html.escape(label)}</a>'
        rows.append((f"**{link}**", number, ids))
    return paper.markdown_table(("verdict", "claims", "which"), rows)


def _menu(name: str, label: str, values: Iterable[str]) -> str:
    options = "".join(f"<option>{html.escape(value)}</option>" for value in values)
    return f'<label>{label} <select name="{name}"><option value="">all</option>{options}</select></label>'


def _chapter(stem: str, titles: dict[str, str]) -> str:
    return f"{stem[:2]} {titles[stem]}" if stem in titles else stem


def _row(place: int, entry: LedgerEntry, titles: dict[str, str]) -> str:
    claim, verdict = entry.claim, entry.verdict
    section = SECTIONS[section_of(claim)]
    chapter = html.escape(_chapter(claim.notebook, titles))
    link = f'<a href="notebooks/{claim.notebook}.html">{chapter}</a>' if claim.notebook in titles else chapter
    reason = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(verdict.reason))
    if verdict.budget:
        reason += f" (<code>{html.escape(verdict.budget)}</code>)"
    reason = link_ids(reason, html=True)
    kind = re.sub(r"\W+", "-", verdict.label)
    cells = (f'<a href="#{claim.id}">{claim.id}</a> <small>{_shown_section(claim.section)}</small>',
             html.escape(claim.statement), f'<span class="verdict {kind}">{html.escape(verdict.label)}</span>',
             reason, link)
    marks = {"place": place, "verdict": verdict.label, "section": section, "chapter": _chapter(claim.notebook, titles)}
    data = " ".join(f'data-{name}="{html.escape(str(value))}"' for name, value in marks.items())
    return f'<tr id="{claim.id}" {data}>' + "".join(
        f'<td data-heading="{heading}">{cell}</td>' for heading, cell in zip(_HEADINGS, cells, strict=True)) + "</tr>"


def _shown_section(section: str) -> str:
    """``§3.3``; ``abstract`` stays."""
    return html.escape(f"§{section}" if section[:1].isdigit() else section)
