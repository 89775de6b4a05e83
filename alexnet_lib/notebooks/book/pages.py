"""The pages around the chapters: first page, deviations, students, teachers, speed, machines, packages, the library.

What the repository's own documents say is shown, not said again: their relative links are turned to pages.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from alexnet_lib import paper
from alexnet_lib.paper.tables import CHOICE_HEADINGS

from .. import files
from .chapters import link_ids

__all__ = ["DOCUMENTS", "contents", "deviations_page", "fill", "library_pages", "plain_index", "relink",
           "section_of_readme", "title_of"]

#: document of the repository -> its page
DOCUMENTS = {
    "README.md": "index.md", "CLUSTER.md": "machines.md", "THIRD_PARTY.md": "packages.md",
    "benchmarks/README.md": "speed.md", "notebooks/assignments/README.md": "teachers.md",
}

#: headings of the navigation by the paper's sections -> the sections that begin so
SECTIONS = {
    "1 Introduction": ("abstract",), "2 The dataset": ("2",), "3 The architecture": ("3",),
    "4 Reducing overfitting": ("4",), "5 Details of learning": ("5",), "6 Results": ("6",), "7 Discussion": ("7",),
    "The paper as a whole": ("all",),
}

PARTS = ("paper", "data", "nets", "training", "experiments", "plots", "notebooks", "classroom")

MODULE = "```{{eval-rst}}\n.. automodule:: {name}\n{members}```\n"

_LINK = re.compile(r"(?P<open>!?\[(?P<text>(?:[^\[\]]|!?\[[^\]]*\]\([^)]*\))*)\])\((?P<target>[^)\s]+)\)")


def title_of(notebook) -> str:
    """The first heading of a notebook, without its number: ``# 04 · Local response normalisation``."""
    for cell in notebook.cells:
        found = re.match(r"#\s+(.+)", cell.source) if cell.cell_type == "markdown" else None
        if found:
            return re.sub(r"^\d\d\s*·\s*", "", found[1]).strip()
    return ""


def contents(titles: Mapping[str, str], others: Mapping[str, Sequence[str]]) -> str:
    """The navigation: chapters under the paper's sections, then other pages under their headings.

    Args:
        titles: stem of a chapter -> its title, in their order.
        others: heading -> pages, each ``title <page>`` or ``page``.
    """
    known = {notebook.stem: notebook for notebook in paper.NOTEBOOKS}
    parts: dict[str, list[str]] = {}
    for stem, title in titles.items():
        heading, section = "Chapters", ""
        if stem in known:
            section = known[stem].section.split(",")[0]
            heading = next(name for name, starts in SECTIONS.items() if section.startswith(starts))
        number = f"{section} " if section[:1].isdigit() else ""
        parts.setdefault(heading, []).append(f"{number}{title} <notebooks/{stem}>")
    for heading, pages in others.items():
        parts.setdefault(heading, []).extend(pages)
    return "\n\n".join("```{toctree}\n:hidden:\n:caption: " + heading + "\n\n" + "\n".join(pages) + "\n```"
                       for heading, pages in parts.items())


def plain_index(titles: Mapping[str, str], notes: str) -> str:
    """The first page of a book of other notebooks than this repository's."""
    return "\n\n".join(("# Notebooks", notes, contents(titles, {})))


def fill(book: Path, titles: Mapping[str, str], verdicts: str, notes: str, root: Path = files.ROOT) -> None:
    """Write the first page, the guides and the documents of the repository into the book.

    Args:
        book: its folder, with templates whose slots are comments, ``% chapters``.
        titles: stem of a chapter -> its title.
        verdicts: Markdown table of verdicts.
        notes: Markdown on the runs that the chapters are shown from.
        root: of the repository.
    """
    from alexnet_lib.classroom.sets import problem_sets
    from alexnet_lib.render import draw_figure1, readme_blocks

    documents = {name: page for name, page in DOCUMENTS.items() if (root / name).is_file()}
    known = frozenset({*documents.values(), *(f"notebooks/{stem}.ipynb" for stem in titles)})
    text = {name: relink((root / name).read_text(), name, known) for name in documents}
    for name in ("CLUSTER.md", "THIRD_PARTY.md", "benchmarks/README.md"):
        if name in text:
            (book / documents[name]).write_text(text[name])

    (book / "figures").mkdir()
    draw_figure1(book / "figures" / "figure1.svg")
    figure = re.sub(r"\(figures/[\w.]+\)", "(figures/figure1.svg)", readme_blocks()["figure1"])
    rows = [(notebook.section, f"[{titles[notebook.stem]}](notebooks/{notebook.stem}.ipynb)", notebook.question)
            for notebook in paper.NOTEBOOKS if notebook.stem in titles]
    others = {
        "Evidence": ["claims", "deviations", "speed"], "In class": ["students", "teachers"],
        "The library": ["library/index", *(f"library/{part}" for part in PARTS), "machines",
                        *(["packages"] if "THIRD_PARTY.md" in text else [])],
    }
    _fill(book / "index.md", {
        "figure 1": figure, "verdicts": link_ids(verdicts), "notes on this build": notes,
        "chapters": paper.markdown_table(("section", "chapter", "the question"), rows),
        "contents": contents(titles, others)})
    sets = [(one.name, one.title, f"{one.points:g}") for one in problem_sets().values()]
    _fill(book / "students.md", {"problem sets": paper.markdown_table(("set", "about", "points"), sets)})
    guide = re.sub(r"^# .*\n", "", text["notebooks/assignments/README.md"])
    _fill(book / "teachers.md", {"in class": section_of_readme(text["README.md"], "In class"), "guide": guide})


def _fill(page: Path, slots: Mapping[str, str]) -> None:
    """Put text in the place of the comments ``% name`` of a page."""
    text = page.read_text()
    for name, content in slots.items():
        text = text.replace(f"% {name}\n", content.strip() + "\n")
    page.write_text(text)


def relink(text: str, document: str, pages: frozenset[str]) -> str:
    """A document's Markdown with its relative links turned to pages of the book.

    A link to what the book does not hold, such as a folder of records, leaves its text.

    Args:
        text: the Markdown, or a part of it.
        document: where it stands in the repository.
        pages: all that can be linked, relative to the book's folder.
    """
    folder = PurePosixPath(document).parent

    def turn(found: re.Match) -> str:
        target, mark, anchor = found["target"].partition("#")
        if re.match(r"[a-z]+:", target) or not target:
            return found[0]
        place = os.path.normpath(folder / target)
        place = DOCUMENTS.get(place, place)
        return f"{found['open']}({place}{mark}{anchor})" if place in pages else found["text"]

    return _LINK.sub(turn, text)


def section_of_readme(readme: str, heading: str) -> str:
    """The part of the README under ``## heading``, without the heading.

    Raises:
        NotebookError: there is none.
    """
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", readme, re.DOTALL | re.MULTILINE)
    if found is None:
        raise files.NotebookError(f"README.md has no part '## {heading}', which the book shows")
    return found[1].strip() + "\n"


def deviations_page() -> str:
    """Where the paper, the programs and this project part: one entry for each id, with what was measured."""
    from alexnet_lib.experiments.effects import all_measured_effects

    measured = all_measured_effects()
    parts = ["# Where we part from the paper\n\nChoices that could matter are named, and measured where a comparison "
             "exists. The ids stand in the code as comments."]
    kinds = (
        ("Deviations", "The paper is plain, and this project does something else.", paper.DEVIATIONS),
        ("Open choices", "The paper leaves something open, and one had to choose.", paper.OPEN_CHOICES),
        ("The authors' programs", "The paper's text and the programs of 2011 to 2013 differ.", paper.CODE_DIFFERENCES),
        ("Libraries of today", "What libraries do by default, and the paper does not.", paper.LIBRARY_DIFFERENCES),
    )
    for title, about, found in kinds:
        parts.append(f"## {title}\n\n{about}")
        parts += [_entry(one, measured) for one in found]
    return "\n\n".join(parts) + "\n"


def _entry(one, measured: Mapping[str, str]) -> str:
    """One deviation, choice or difference as a list of what is known of it."""
    rows = {name: getattr(one, name) for name in one.__dataclass_fields__ if name not in ("id", "section")}
    rows["measured_effect"] = measured.get(one.id, paper.NOT_MEASURED)
    lines = "\n".join(f"- **{CHOICE_HEADINGS[name]}:** {link_ids(text)}" for name, text in rows.items())
    return f'<span id="{one.id}"></span>\n\n### {one.id} · section {one.section}\n\n{lines}'


def library_pages(root: Path = files.ROOT) -> dict[str, str]:
    """Page -> Markdown that has Sphinx read the docstrings, one page for each part of the library."""
    pages = {"library/index.md": "# The library\n\nFrom the docstrings. A part imports only those before it.\n\n"
             + "\n".join(f"- [`alexnet_lib.{part}`]({part}.md)" for part in PARTS) + "\n"}
    for part in PARTS:
        package = root / "alexnet_lib" / part
        modules = [path.stem for path in sorted(package.glob("*.py")) if not path.stem.startswith("_")]
        text = [f"# alexnet_lib.{part}", MODULE.format(name=f"alexnet_lib.{part}", members="   :no-members:\n")]
        for module in modules:
            name = f"alexnet_lib.{part}.{module}"
            text += [f"## {module}", MODULE.format(name=name, members="   :members:\n")]
        pages[f"library/{part}.md"] = "\n\n".join(text)
    return pages
