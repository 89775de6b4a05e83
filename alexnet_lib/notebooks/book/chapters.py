"""From an executed notebook to a page: alt texts, sharp figures, links to chapters, claims and deviations."""

from __future__ import annotations

import re

from alexnet_lib import paper

from .. import files

__all__ = ["SLIDERS", "link_ids", "prepare", "take_alt_text"]

#: tag of a cell that shows sliders: they need a running kernel, and leave nothing behind
SLIDERS = "sliders"

NO_SLIDERS = ('<p class="needs-kernel">These sliders work in Jupyter (<code>make lab</code>); here the figure before '
              "them stands in.</p>")

#: an SVG larger than this is left out, and the PNG shown: it holds thousands of points or large photographs
MAX_SVG_BYTES = 700_000

#: pixels of the screen for a pixel of CSS that an SVG believes in: brings it to the size of the PNG
SVG_SCALE = 1.25

ALT_TEXT = re.compile(r"^\*Alt text: (?P<text>.*?)\*[ \t]*$\n?", re.DOTALL | re.MULTILINE)

CHAPTER_LINK = re.compile(r'href="(\d\d_\w+)\.ipynb(#[^"]*)?"')

_PAGE_OF = {claim.id: "claims" for claim in paper.CLAIMS}
_PAGE_OF |= {found.id: "deviations" for found in (
    *paper.DEVIATIONS, *paper.OPEN_CHOICES, *paper.CODE_DIFFERENCES, *paper.LIBRARY_DIFFERENCES)}

#: Markdown in which nothing is linked: code, formulas, links, tags, headings; or an id
_MARKDOWN = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]+(?:\n[^$\n]+)?\$|!?\[[^\]]*\]\([^)]*\)|<[^>]*>|^#+ .*?$"
    r"|\b(?P<id>C\d\d[a-z]?|(?:DEV|OPEN|CODE|LIB)-\d\d)\b", re.DOTALL | re.MULTILINE)

#: HTML in which nothing is linked: styles, scripts, links, code, tags; or an id
_HTML = re.compile(
    r"<(?P<element>style|script|a|code|label)\b.*?</(?P=element)>|<[^>]*>"
    r"|\b(?P<id>C\d\d[a-z]?|(?:DEV|OPEN|CODE|LIB)-\d\d)\b", re.DOTALL)


def prepare(notebook, folder: str = "../", reference: bool = True) -> None:
    """Make an executed notebook fit for the page (in place).

    Args:
        notebook: nbformat node.
        folder: from the chapter's page to the pages of claims and deviations.
        reference: whether the book has those pages, so that ids become links.
    """
    files.clear_widgets(notebook)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            _choose_picture(output)
    give_alt_text(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("](../README.md)", "](../index.md)")
            if reference:
                cell.source = link_ids(cell.source, folder)
            continue
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data:
                page = CHAPTER_LINK.sub(r'href="\1.html\2"', _joined(data["text/html"]))
                data["text/html"] = link_ids(page, folder, html=True) if reference else page
            elif "text/markdown" in data and reference:
                data["text/markdown"] = link_ids(_joined(data["text/markdown"]), folder)
        if SLIDERS in cell.metadata.get("tags", []):
            cell.outputs = [_html_output(NO_SLIDERS)]


def link_ids(text: str, folder: str = "", html: bool = False) -> str:
    """Turn ids such as C28, DEV-03 or OPEN-04 into links; those that are not known, and code and formulas, stay.

    Args:
        text: Markdown or HTML.
        folder: from the page to those of claims and deviations.
        html: whether `text` is HTML.
    """
    def link(found: re.Match) -> str:
        name = found["id"]
        if name not in _PAGE_OF:
            return found[0]
        return f'<a href="{folder}{_PAGE_OF[name]}.html#{name}">{name}</a>'

    return (_HTML if html else _MARKDOWN).sub(link, text)


def take_alt_text(source: str) -> tuple[list[str], str]:
    """The alt texts of a Markdown cell, and the cell without them."""
    texts = [" ".join(found["text"].split()) for found in ALT_TEXT.finditer(source)]
    return texts, ALT_TEXT.sub("", source).lstrip("\n") if texts else source


def give_alt_text(notebook) -> None:
    """Move each ``*Alt text: …*`` to the figure before it (in place); figures that share one text all have it."""
    waiting = []  # cells with figures that have no text yet
    for cell in notebook.cells:
        if cell.cell_type == "code":
            if any(_picture(output) for output in cell.get("outputs", [])):
                waiting.append(cell)
        elif cell.cell_type == "markdown":
            texts, rest = take_alt_text(cell.source)
            if texts and waiting:
                cell.source = rest
                for figure, text in zip(waiting, _spread(texts, len(waiting)), strict=True):
                    figure.metadata.setdefault("mystnb", {})["image"] = {"alt": text}
                waiting = []
    for figure in waiting:
        figure.metadata.setdefault("mystnb", {})["image"] = {"alt": "a figure, read in the text that follows"}


def _spread(texts: list[str], figures: int) -> list[str]:
    """A text for each figure: one each if the numbers agree, else all texts with each."""
    return texts if len(texts) == figures else [" ".join(texts)] * figures


def _picture(output) -> bool:
    return any(kind.startswith("image/") for kind in output.get("data", {}))


def _choose_picture(output) -> None:
    """Keep a figure's SVG, in the PNG's size, if there is one that is not too large; else the PNG (in place)."""
    data = output.get("data", {})
    svg = _joined(data.pop("image/svg+xml", ""))
    if svg and (len(svg.encode()) <= MAX_SVG_BYTES or "image/png" not in data):
        data.pop("image/png", None)
        head, rest = svg[:2000], svg[2000:]
        data["image/svg+xml"] = re.sub(
            r'\b(width|height)="([\d.]+)pt"', lambda m: f'{m[1]}="{float(m[2]) * SVG_SCALE:g}pt"', head, count=2) + rest


def _html_output(page: str):
    from nbformat import v4

    return v4.new_output("display_data", {"text/html": page})


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
