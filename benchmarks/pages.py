"""The reading edition: how much a page is and how soon it stands, against nbconvert's page of the same notebook.

    python benchmarks/pages.py [--quick] [--build FOLDER]      # after `make run` or `make book`

Every chapter in `FOLDER/html` (default `build`) is opened from disk in Chromium, with nothing kept from page to page,
and so is what ``jupyter nbconvert --to html`` makes of the notebook that was run, or of the stored one without a run.
The time is from the request to the browser's ``load`` event, images and style sheets included, and the size that of all
files read until then; formulas are set after it. Nbconvert's page asks other machines for MathJax and more: these
requests are refused at once, so its figures are without them. Visits are interleaved, and every number is a median.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
from common import command_line, row
from nbconvert import HTMLExporter
from playwright.sync_api import sync_playwright
from tqdm.auto import tqdm

from alexnet_lib.notebooks import files

LOADED = "() => performance.getEntriesByType('navigation')[0].loadEventStart"


def visit(browser, page_file: Path) -> tuple[float, float]:
    """Milliseconds until a page stands, in a window that has seen nothing before, and megabytes read from disk."""
    page, read = browser.new_page(), set()
    try:
        page.route("http*://**", lambda route: route.abort())
        page.on("requestfinished", lambda request: read.add(unquote(urlsplit(request.url).path)))
        page.goto(page_file.resolve().as_uri(), wait_until="load")
        milliseconds = page.evaluate(LOADED)
    finally:
        page.close()
    return milliseconds, sum(os.path.getsize(path) for path in read if os.path.isfile(path)) / 1e6


def of_run(build: Path, stem: str) -> Path:
    """The notebook a chapter is made of."""
    return next(path for path in (build / "notebooks" / f"{stem}.ipynb", files.SOURCE / f"{stem}.ipynb")
                if path.is_file())


def size_of(folder: Path) -> float:
    """Megabytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def measure(quick: bool, build: Path | None = None) -> list[dict]:
    """Rows of all chapters."""
    html = (build or files.BUILD) / "html"
    chapters = sorted((html / "notebooks").glob("[0-9]*.html"))
    if not chapters:
        raise SystemExit(f"no chapters in {files.shown(html)}: run `make run` or `make book` first")
    browser_path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser_path is None:
        raise SystemExit("no browser: install chromium")
    print(f"{len(list(html.rglob('*.html')))} pages, {size_of(html):.1f} MB in all")
    rows = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        for chapter in tqdm(chapters, unit=" chapters", leave=False):
            text, _ = HTMLExporter().from_notebook_node(
                nbformat.read(of_run(html.parent, chapter.stem), as_version=4))
            peer = Path(folder, chapter.name)
            peer.write_text(text)
            rounds = [(visit(browser, chapter), visit(browser, peer)) for _ in range(2 if quick else 6)][1:]
            mine, others = ([one[side][0] for one in rounds] for side in (0, 1))
            ours, theirs = (f"{statistics.median(times):,.0f} ms, {rounds[0][side][1]:.1f} MB"
                            for side, times in enumerate((mine, others)))
            rows.append(row(chapter.stem, ours, mine, f"nbconvert: {theirs}", others))
        browser.close()
    return rows


if __name__ == "__main__":
    command_line(measure, __doc__, build={"type": Path})
