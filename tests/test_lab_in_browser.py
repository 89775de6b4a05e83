"""In a real JupyterLab and a real browser, every chapter runs from top to bottom, and a problem set can be solved.

Chapters are opened as they are stored, in a copy; problem sets as students get them. While one chapter runs, the next
is opened and started in a second tab, as most of the time of a short one is that of its kernel's start.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from browser import lab_session, listen, needs_browser, open_browser, open_notebook, start_all, wait_all

from alexnet_lib.classroom.course import Course
from alexnet_lib.classroom.handout import hand_out
from alexnet_lib.classroom.sets import choose_sets, grade_id
from alexnet_lib.data.processes import usable_cores
from alexnet_lib.notebooks.sharing import KEEP_FREED_MEMORY

pytestmark = [needs_browser, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
VIEW = {"width": 1300, "height": 1500}

#: tasks, each of another set: a wrong answer, what is said of it, and a right answer
ANSWERS = {
    "ps2-window": ("def window(i, maps, n=5):\n    return i - n // 2, min(maps - 1, i + n // 2)",
                   "maps below 0 are counted",
                   "def window(i, maps, n=5):\n    return max(0, i - n // 2), min(maps - 1, i + n // 2)"),
    "ps5-saved": ("saved_conv2, saved_conv4, saved_conv5 = 307200, 663552, 442368\none_column_parameters = 60965224\n"
                  "saved_parameters_pct, saved_macs_pct = 2.2654, 36.19",
                  "the net in two columns",
                  "saved_conv2, saved_conv4, saved_conv5 = 307200, 663552, 442368\none_column_parameters = 62378344\n"
                  "saved_parameters_pct, saved_macs_pct = 2.2654, 36.19"),
}
SETS = [task.split("-")[0] for task in ANSWERS]


class Tabs:
    """Notebooks that are open and running, each in a tab of its own."""

    def __init__(self, lab, browser) -> None:
        self.lab, self.browser, self.open = lab, browser, {}

    def begin(self, name: str) -> tuple:
        """Open a notebook and start all its cells, unless that is done; its page, and what is heard of it."""
        if name not in self.open:
            page = self.browser.new_page(viewport=VIEW)
            self.open[name] = page, listen(page, self.lab.home)
            try:
                open_notebook(page, self.lab, name, workspace=Path(name).stem)
                start_all(page)
            except BaseException:
                self.end(name)
                raise
        return self.open[name]

    def end(self, name: str) -> None:
        """Close its tab and end its kernel."""
        if name in self.open:
            self.open.pop(name)[0].close()
            self.lab.end_kernel(name)


@pytest.fixture(scope="module")
def tabs(tmp_path_factory):
    """JupyterLab on a copy of the chapters and a student's problem sets, in a browser."""
    root = tmp_path_factory.mktemp("lab")
    for name in CHAPTERS:
        shutil.copy(ROOT / "notebooks" / name, root)
    for path in hand_out(choose_sets(SETS), ["ada"], Course(tmp_path_factory.mktemp("course"))):
        shutil.copy(path, root)
    threads = str(max(1, usable_cores() // 2))  # two notebooks at a time
    with lab_session(root, OMP_NUM_THREADS=threads, **KEEP_FREED_MEMORY) as lab, open_browser() as browser:
        yield Tabs(lab, browser)


def numbers(page) -> list[str]:
    """What stands before each code cell, e.g. ``[3]:``."""
    return page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()


def following(request, name: str) -> str | None:
    """The chapter whose test comes after that of this one, if any does."""
    chosen = [item.callspec.params["name"] for item in request.session.items
              if getattr(item, "function", None) is request.function]  # cells of stored notebooks have none
    return next(iter(chosen[chosen.index(name) + 1:]), None)


@pytest.mark.parametrize("name", CHAPTERS)
def test_chapter_runs_from_top_to_bottom(name, tabs, request):
    try:
        page, heard = tabs.begin(name)
        if coming := following(request, name):
            with contextlib.suppress(Exception):  # its own test will say why
                tabs.begin(coming)
        assert wait_all(page) == []
        found = numbers(page)
        assert found == [f"[{number}]:" for number in range(1, len(found) + 1)]
        assert page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').all_inner_texts() == []
        assert heard.complaints() == []
    finally:
        tabs.end(name)


def shown(page, place: int):
    """What the cell at a place shows below its code."""
    return page.locator(".jp-Notebook .jp-Cell").nth(place).locator(".jp-OutputArea-output")


def answer(page, place: int, code: str, tests: int) -> None:
    """Type code into the cell at a place, and run it and the tests below it."""
    before = max(int(re.search(r"\d+", text).group()) for text in numbers(page))
    page.locator(".jp-Notebook .jp-Cell").nth(place).locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)
    for _ in range(1 + tests):
        page.keyboard.press("Shift+Enter")
    page.locator(".jp-Notebook .jp-Cell").nth(place + tests).get_by_text(f"[{before + 1 + tests}]:").wait_for()
    wait_all(page)


@pytest.mark.parametrize("task", ANSWERS)
def test_student_is_told_what_is_missing_then_what_is_wrong_then_nothing(task, tabs):
    from playwright.sync_api import expect

    (source,) = choose_sets([task.split("-")[0]])
    wrong, said, right = ANSWERS[task]
    name = source.path.name
    cells = nbformat.read(tabs.lab.root / name, 4).cells
    places = {grade_id(cell): place for place, cell in enumerate(cells)}
    tests = [places[id] for id, cell in source.graded.items() if cell.cell_type == "code"]
    try:
        page, heard = tabs.begin(name)
        errors = wait_all(page)
        for test in tests:
            expect(shown(page, test)).to_have_text(re.compile("^not yet: .* is not answered yet"))
        assert [text for text in errors if not re.search("^not yet: |NotImplementedError", text)] == []

        place, count = places[task], len(source.tasks[task].tests)
        answer(page, place, wrong, count)
        expect(page.locator(".jp-OutputArea-output", has_text=said)).not_to_have_count(0)
        expect(shown(page, place)).to_have_count(0)
        answer(page, place, right, count)
        for number in range(1 + count):
            expect(shown(page, place + number)).to_have_count(0)
        assert heard.complaints() == []
    finally:
        tabs.end(name)
