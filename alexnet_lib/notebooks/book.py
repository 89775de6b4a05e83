"""The HTML edition: Sphinx pages of the executed notebooks, readable without a network."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import files

__all__ = ["build_book"]

TEMPLATE = files.ROOT / "book"

NOTES_SLOT = "% notes on this build"  # a comment in index.md

NOTEBOOK_LINK = re.compile(r'href="(\d\d_\w+)\.ipynb(#[^"]*)?"')


def build_book(build: Path | None = None, source: Path | None = None) -> Path:
    """Make the pages in ``build/html``; nothing is done if nothing changed.

    A notebook that was run here and has not been edited since is shown as it was run, any other as
    it is stored. One whose last run failed is left out, and the first page says so.

    Args:
        build: folder that holds ``notebooks/`` of a run, if there was one; default ``build/``.
        source: folder of the stored notebooks; default ``notebooks/``.

    Returns:
        The first page, relative to the current folder.

    Raises:
        NotebookError: Sphinx failed; the message names its log.
    """
    source, build = source or files.SOURCE, build or files.BUILD
    pages, html, log = build / "book-source", build / "html", build / "sphinx.log"
    _assemble(pages, source, build / "notebooks")
    digest = _digest(pages)
    mark = html / ".digest"
    if not (mark.is_file() and mark.read_text() == digest and (html / "index.html").is_file()):
        print("building the pages", file=sys.stderr, flush=True)
        fresh = build / "html.partial"
        shutil.rmtree(fresh, ignore_errors=True)
        command = [sys.executable, "-m", "sphinx", "-q", "-E", "-b", "html", "-d", str(build / "doctrees")]
        done = subprocess.run([*command, str(pages), str(fresh)], capture_output=True, text=True)
        log.write_text(done.stdout + done.stderr)
        if done.returncode or not (fresh / "index.html").is_file():
            raise files.NotebookError(f"the pages could not be built: {files.shown(log)} says why")
        (fresh / ".digest").write_text(digest)
        shutil.rmtree(html, ignore_errors=True)
        os.replace(fresh, html)
    return Path(files.shown(html / "index.html"))


def _assemble(pages: Path, source: Path, executed: Path) -> None:
    """Lay out what Sphinx reads: ``book/``, the figures, and a copy of each notebook."""
    import nbformat

    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(TEMPLATE, pages, ignore=shutil.ignore_patterns("_build", "__pycache__"))
    figures = source.parent / "figures"
    if figures.is_dir():
        shutil.copytree(figures, pages / "figures", ignore=shutil.ignore_patterns("records"))
    (pages / "notebooks").mkdir()
    run, stored, failed = [], [], []
    for path in files.choose(source=source):
        copy = executed / path.name
        if (executed / f"{path.stem}.failed.ipynb").exists():
            failed.append(path.stem)
            continue
        note = files.read_note(executed / f"{path.stem}.run.json")
        if copy.is_file() and note.get("source") == files.source_digest(path):
            further = [f"{k} = {v}" for k, v in note["parameters"].items() if k != "PRESET"]
            run.append(f"{path.stem} ({', '.join([note['preset'], *further, note['date']])})")
        else:
            copy = path
            stored.append(path.stem)
        notebook = files.read(copy)
        files.clear_widgets(notebook)
        _link_pages(notebook)
        nbformat.write(notebook, pages / "notebooks" / path.name)
    index = pages / "index.md"
    index.write_text(index.read_text().replace(NOTES_SLOT, _notes(run, stored, failed)))


def _link_pages(notebook) -> None:
    """Let links in HTML outputs lead to the page of a notebook and not to its file (in place).

    Sphinx does so for links in text; what a cell shows as HTML it leaves alone. The README is no page of the book,
    whose first page stands in for it.
    """
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("](../README.md)", "](../index.md)")
        for output in cell.get("outputs", []):
            page = output.get("data", {}).get("text/html")
            if page is not None:
                page = page if isinstance(page, str) else "".join(page)
                output.data["text/html"] = NOTEBOOK_LINK.sub(r'href="\1.html\2"', page)


def _notes(run: list[str], stored: list[str], failed: list[str]) -> str:
    """Markdown that says which pages come from which run, and which are missing."""
    parts = []
    if failed:
        parts.append(
            f":::{{warning}}\nLeft out, because their last run failed: {', '.join(failed)}. What they did "
            "until then is in `build/notebooks/`, in the files that end in `.failed.ipynb`.\n:::"
        )
    if run:
        parts.append("Run on this machine: " + "; ".join(run) + ".")
    if stored:
        parts.append("Shown with the outputs they were published with: " + ", ".join(stored) + ".")
    return "\n\n".join(parts)


def _digest(folder: Path) -> str:
    """SHA-256 of all files in a folder, with their names."""
    whole = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            whole.update(file.relative_to(folder).as_posix().encode())
            whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()
