"""Lays the pages out for Sphinx, and calls it when something has changed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from alexnet_lib import paper

from .. import files
from . import chapters, claims, pages

__all__ = ["build_book"]

TEMPLATES = files.ROOT / "book"

#: of MathJax only what pages use: formulas in TeX, drawn as text; the rest is 20 MB of other formats and languages
UNUSED_MATHJAX = ("a11y", "adaptors", "sre", "input/mml", "input/asciimath.js", "input/mml.js", "output/svg",
                  "output/svg.js", "mml-chtml.js", "mml-svg.js", "node-main.js", "tex-mml-chtml.js", "tex-mml-svg.js",
                  "tex-svg.js", "tex-svg-full.js", "tex-chtml-full.js", "tex-chtml-full-speech.js", "input/tex-full.js",
                  "latest.js")


@dataclass
class _Chapters:
    """What became of each chapter: stem -> title, and stem -> the run it is shown from."""

    titles: dict[str, str] = field(default_factory=dict)
    run: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)


def build_book(build: Path | None = None, source: Path | None = None) -> Path:
    """Make the pages in ``build/html``; nothing is done if nothing changed.

    A notebook that was run here and has not been edited since is shown as it was run, any other as it is stored. One
    whose last run failed is left out, and the first page says so. Claims, deviations, guides and the library have
    pages of their own if the chapters are this repository's.

    Args:
        build: folder that holds ``notebooks/`` of a run, if there was one; default ``build/``.
        source: folder of the stored notebooks; default ``notebooks/``.

    Returns:
        The first page, relative to the current folder.

    Raises:
        NotebookError: Sphinx failed; the message names its log. Or a notebook holds what papermill left of a failure.
    """
    source, build = source or files.SOURCE, build or files.BUILD
    laid_out, html, log = build / "book-source", build / "html", build / "sphinx.log"
    _assemble(laid_out, source, build / "notebooks")
    digest = _digest(laid_out)
    mark = html / ".digest"
    if not (mark.is_file() and mark.read_text() == digest and (html / "index.html").is_file()):
        print("building the pages", file=sys.stderr, flush=True)
        fresh = build / "html.partial"
        shutil.rmtree(fresh, ignore_errors=True)
        command = [sys.executable, "-m", "sphinx", "-q", "-E", "-b", "html", "-d", str(build / "doctrees")]
        done = subprocess.run([*command, str(laid_out), str(fresh)], capture_output=True, text=True)
        log.write_text(done.stdout + done.stderr)
        if done.returncode or not (fresh / "index.html").is_file():
            raise files.NotebookError(f"the pages could not be built: {files.shown(log)} says why")
        _shrink(fresh)
        (fresh / ".digest").write_text(digest)
        shutil.rmtree(html, ignore_errors=True)
        os.replace(fresh, html)
        size = sum(path.stat().st_size for path in html.rglob("*") if path.is_file())
        print(f"{len(list(html.rglob('*.html')))} pages, {size / 1e6:.0f} MB", file=sys.stderr, flush=True)
    return Path(files.shown(html / "index.html"))


def _assemble(laid_out: Path, source: Path, executed: Path) -> None:
    """Lay out what Sphinx reads: ``book/``, and a prepared copy of each notebook."""
    shutil.rmtree(laid_out, ignore_errors=True)
    shutil.copytree(TEMPLATES, laid_out, ignore=shutil.ignore_patterns("_build", "__pycache__"))
    own = source.resolve() == files.SOURCE
    made = _chapters(laid_out / "notebooks", source, executed, own)
    index = laid_out / "index.md"
    if not own:  # other notebooks have no claims to show
        index.write_text(pages.plain_index(made.titles, _notes(made)))
        for name in ("students.md", "teachers.md"):
            (laid_out / name).unlink()
        return
    from alexnet_lib.experiments.verdicts import ledger

    entries = ledger()
    (laid_out / "claims.md").write_text(claims.claims_page(entries, made.titles))
    (laid_out / "deviations.md").write_text(pages.deviations_page())
    for name, text in pages.library_pages().items():
        (laid_out / name).parent.mkdir(exist_ok=True)
        (laid_out / name).write_text(text)
    pages.fill(laid_out, made.titles, claims.verdicts_table(entries), _notes(made))


def _chapters(folder: Path, source: Path, executed: Path, reference: bool) -> _Chapters:
    """Prepared copies of the notebooks in `folder`."""
    import nbformat

    folder.mkdir()
    made = _Chapters()
    for path in files.choose(source=source):
        copy = executed / path.name
        if (executed / f"{path.stem}.failed.ipynb").exists():
            made.failed.append(path.stem)
            continue
        note = files.read_note(executed / f"{path.stem}.run.json")
        if copy.is_file() and note.get("source") == files.source_digest(path):
            further = [f"{k} = {v}" for k, v in note["parameters"].items() if k != "PRESET"]
            made.run[path.stem] = ", ".join([note["preset"], *further, note["date"]])
        else:
            copy = path
        notebook = files.read(copy)
        if notebook.metadata.get("papermill", {}).get("exception"):
            raise files.NotebookError(f"{files.shown(copy)} is what papermill left of a failed run, so it is no page: "
                                      f"run it again, or restore it (git checkout)")
        made.titles[path.stem] = pages.title_of(notebook) or path.stem
        chapters.prepare(notebook, reference=reference)
        nbformat.write(notebook, folder / path.name)
    return made


def _notes(made: _Chapters) -> str:
    """Markdown that says which pages come from which run, and which are missing."""
    parts = []
    if made.failed:
        parts.append(
            f":::{{warning}}\nLeft out, because their last run failed: {', '.join(made.failed)}. What they did "
            "until then is in `build/notebooks/`, in the files that end in `.failed.ipynb`.\n:::")
    rows = [(stem, made.run.get(stem, "as published; figures are as large as they were stored"))
            for stem in made.titles]
    table = paper.markdown_table(("chapter", "shown from the run"), rows)
    parts.append("<details><summary>From which run each chapter is shown</summary>\n\n" + table + "\n\n</details>")
    return "\n\n".join(parts)


def _shrink(html: Path) -> None:
    """Remove what no page loads."""
    for name in UNUSED_MATHJAX:
        place = html / "_static" / "mathjax" / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    shutil.rmtree(html / "_sources", ignore_errors=True)
    for sources in html.glob("_static/**/*.map"):  # of the theme's scripts and styles
        sources.unlink()


def _digest(folder: Path) -> str:
    """SHA-256 of all files in a folder, with their names."""
    whole = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            whole.update(file.relative_to(folder).as_posix().encode())
            whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()
