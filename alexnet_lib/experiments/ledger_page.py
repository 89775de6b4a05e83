"""The ledger of all claims as a page to search: HTML without scripts, and plain text where HTML is not shown.

Choosing a verdict or a chapter hides the other rows by style rules alone, so that the page works in Jupyter and, with
no network, in the reading edition. Where a viewer takes styles and buttons away, the whole table is left.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from alexnet_lib import paper
from alexnet_lib.experiments.protocol import VERDICTS
from alexnet_lib.experiments.verdicts import LedgerEntry

__all__ = ["LedgerPage", "SECTIONS", "count_by_section", "count_verdicts", "section_of"]

#: first number of a section -> its title
SECTIONS = {
    "abstract": "Abstract", "1": "1 Introduction", "2": "2 Dataset", "3": "3 Architecture", "4": "4 Overfitting",
    "5": "5 Learning", "6": "6 Results", "7": "7 Discussion",
}

_HEADINGS = ("claim", "the paper says", "verdict", "why", "chapter")


class LedgerPage:
    """What a notebook shows as the last expression of a cell.

    Args:
        entries: rows, in their order.
        name: of the page; two on one notebook need different ones (letters, digits and hyphens).
    """

    def __init__(self, entries: Sequence[LedgerEntry], name: str = "ledger") -> None:
        if not re.fullmatch(r"[A-Za-z][\w-]*", name):
            raise ValueError(f"page name {name!r}: begin with a letter, go on with letters, digits and hyphens")
        self.entries, self.name = tuple(entries), name

    def __repr__(self) -> str:
        lines = []
        for claim, verdict in ((entry.claim, entry.verdict) for entry in self.entries):
            lines.append(f"{claim.id:<5}{claim.notebook[:2]}  {verdict.text}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        name, labels, chapters = self.name, count_verdicts(self.entries), _chapters(self.entries)
        total = len(self.entries)
        verdicts = [("all verdicts", total, "")] + [(label, n, "") for label, n in labels.items()]
        places = [("all chapters", total, "")] + [
            (stem[:2], n, paper.notebook(stem).question) for stem, n in chapters.items()]
        keys = [f"{name}-{group}{i}" for group, choices in (("v", verdicts), ("c", places))
                for i in range(1, len(choices))]
        # A button and the rows it keeps share a word: the id of the one is the class of the others.
        rules = [f"#{key}:checked~.{name}-rows tr.{name}-row:not(.{key})" for key in keys]
        classes = dict(zip([*labels, *chapters], keys, strict=True))
        hidden = ",\n".join(rules)
        rows = "\n".join(_row(entry, name, classes) for entry in self.entries)
        head = "".join(f"<th>{heading}</th>" for heading in _HEADINGS)
        return (
            f'<div class="{name}">\n<style>\n{_style(name)}\n{hidden} {{display: none}}\n</style>\n'
            f'{_buttons(name, "v", verdicts)}<br>\n{_buttons(name, "c", places)}\n'
            f'<p class="{name}-note">Choose a verdict, a chapter, or both; an empty table means that no claim has '
            f'both.</p>\n<div class="{name}-rows"><table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n'
            "</tbody></table></div>\n</div>"
        )


def section_of(claim: paper.Claim) -> str:
    """Key of `SECTIONS`; Figure 2 belongs to section 3.5."""
    first = claim.section.split(",")[0].split(".")[0]
    return "3" if first == "Fig" else first


def count_verdicts(entries: Sequence[LedgerEntry]) -> dict[str, int]:
    """Label -> how many claims have it, in the order of `VERDICTS`; labels that none has are left out."""
    found = Counter(entry.verdict.label for entry in entries)
    return {label: found[label] for label in VERDICTS if found[label]}


def count_by_section(entries: Sequence[LedgerEntry]) -> dict[str, dict[str, int]]:
    """Title of a section -> label -> how many claims, in the paper's order."""
    return {title: count_verdicts([e for e in entries if section_of(e.claim) == key])
            for key, title in SECTIONS.items()}


def _chapters(entries: Sequence[LedgerEntry]) -> dict[str, int]:
    found = Counter(entry.claim.notebook for entry in entries)
    return {notebook.stem: found[notebook.stem] for notebook in paper.NOTEBOOKS if found[notebook.stem]}


def _buttons(name: str, group: str, choices: Sequence[tuple[str, int, str]]) -> str:
    """Radio buttons of one group; the first is chosen."""
    parts = []
    for i, (text, count, title) in enumerate(choices):
        key, hint = f"{name}-{group}{i}", f' title="{html.escape(title)}"' if title else ""
        parts.append(f'<input type="radio" name="{name}-{group}" id="{key}"{"" if i else " checked"}>'
                     f'<label for="{key}"{hint}>{html.escape(text)} <small>{count}</small></label>')
    return "\n".join(parts)


def _row(entry: LedgerEntry, name: str, classes: Mapping[str, str]) -> str:
    claim, verdict = entry.claim, entry.verdict
    stem = claim.notebook
    reason = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(verdict.reason))
    if verdict.budget:
        reason += f" (<code>{html.escape(verdict.budget)}</code>)"
    link = f'<a href="{stem}.ipynb" title="{html.escape(paper.notebook(stem).question)}">{stem[:2]}</a>'
    cells = (f"<b>{claim.id}</b><br><small>{html.escape(claim.section)}</small>", html.escape(claim.statement),
             f"<b>{html.escape(verdict.label)}</b>", reason, link)
    return (f'<tr class="{name}-row {classes[verdict.label]} {classes[stem]}">'
            + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")


def _style(name: str) -> str:
    """Colours are shades of the page's own, so that light and dark themes both work.

    All names begin with the page's: words such as "row" mean something to the style sheets of others.
    """
    me = f".{name}"
    return "\n".join((
        f"{me} input {{position: absolute; opacity: 0}}",
        f"{me} label {{display: inline-block; margin: 2px; padding: 1px 8px; border: 1px solid #888; "
        "border-radius: 10px; cursor: pointer; font-size: 90%}",
        f"{me} input:checked+label {{background: #0072B2; border-color: #0072B2; color: white}}",
        f"{me} input:focus-visible+label {{outline: 2px solid #E69F00}}",
        f"{me}-note {{margin: 4px 2px; font-size: 85%}}",
        f"{me}-rows {{max-height: 38em; overflow: auto; border-top: 1px solid #888; border-bottom: 1px solid #888}}",
        f"{me} table {{width: 100%; table-layout: auto !important; margin: 0; border-collapse: collapse; "
        "font-size: 85%}",
        f"{me} th {{position: sticky; top: 0; background: #666; color: white}}",
        f"{me} th, {me} td {{text-align: left !important; vertical-align: top !important; padding: 3px 6px; "
        "white-space: normal !important}",
        f"{me} td {{border-top: 1px solid #8884}}",
        f"{me} td:nth-child(2), {me} td:nth-child(4) {{width: 42%}}",
        f"{me} code, {me} a {{color: inherit; background: none; font-size: inherit}}",
    ))
