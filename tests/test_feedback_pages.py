"""A feedback page needs nothing but itself: its formulas are drawn by the browser, and nothing is fetched."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import nbformat
import pytest
from browser import browser_page, listen, needs_browser
from bs4 import BeautifulSoup
from made_course import DOUBLE, answered, cell_of, put_source, put_submission

from alexnet_lib.classroom import pages
from alexnet_lib.classroom.course import Course
from alexnet_lib.classroom.grading import grade
from alexnet_lib.classroom.marks import write_feedback
from alexnet_lib.classroom.pages import formula
from alexnet_lib.classroom.sets import problem_sets
from alexnet_lib.classroom.supervisor import Limits

MATHML = "{http://www.w3.org/1998/Math/MathML}"

WORDS = r"""Since $\frac{3}{4} > a<b$, and $\nosuch{x}$ & <b>co</b>:

$$\Big(\sum_{i=1}^{n} x_i^2\Big)^{\tfrac12}$$

![a picture](https://example.org/far.png) and [a link](https://example.org)

$\text{<script>alert(1)</script>}$ <script>alert(2)</script> <img src="https://example.org/spy.png">
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a student who wrote formulas, markup and addresses into an answer in words."""
    folder = tmp_path_factory.mktemp("feedback")
    sources, course = put_source(folder / "sources"), Course(folder / "course")
    sets = problem_sets(sources)
    notebook = answered(nbformat.read(course.release([sets["ps9"]])[0], 4), double=DOUBLE)
    cell_of(notebook, "ps9-words").source = WORDS
    put_submission(folder / "in", "ada", notebook)
    (result,) = grade(folder / "in", course=course, limits=Limits(20, 100, 2000), sources=sources)
    assert result.status == "ok"
    (made,) = write_feedback(course, list(sets.values()))
    return made


def elements(tex: str, block: bool = False) -> list[str]:
    """The elements of a formula in order, with their text."""
    return [f"{element.tag.removeprefix(MATHML)} {(element.text or '').strip()}".strip()
            for element in ET.fromstring(formula(tex, block)).iter()]


def test_a_fraction_is_a_fraction_however_it_is_written():
    wanted = ["math", "mfrac", "mn 1", "mn 2"]
    assert elements(r"\frac{1}{2}") == elements(r"\frac12") == wanted
    assert [name for name in elements(r"\tfrac12") if name.startswith("m")][-3:] == wanted[-3:]


def test_a_formula_of_its_own_line_is_marked_as_one():
    assert ET.fromstring(formula("x", block=True)).get("display") == "block"
    assert ET.fromstring(formula("x")).get("display") is None


def test_what_is_no_formula_is_shown_as_it_was_written():
    assert formula(r"\nosuch{a&lt;b}") == r"<code>$\nosuch{a&lt;b}$</code>"
    assert formula("a^", block=True) == "<code>$$a^$$</code>"


def test_every_formula_of_the_problem_sets_can_be_read(monkeypatch):
    made = []
    monkeypatch.setattr(pages, "formula", lambda *given, **named: made.append(formula(*given, **named)) or made[-1])
    for one in problem_sets().values():
        for cell in one.notebook.cells:
            if cell.cell_type == "markdown":
                pages.markdown_page(cell.source)
    assert len(made) > 50
    assert [one for one in made if not one.startswith("<math ")] == []


def test_page_names_nothing_that_a_browser_would_fetch(page):
    text = page.read_text()
    found = BeautifulSoup(text, "html.parser")
    assert found.find_all(["script", "link", "iframe", "object", "embed"]) == []
    addresses = [element[name] for name in ("src", "srcset", "poster") for element in found.select(f"[{name}]")]
    addresses += re.findall(r"url\(([^)]*)\)|@import", "".join(style.text for style in found.find_all("style")))
    assert [address for address in addresses if not address.startswith("data:")] == []
    assert "default-src 'none'" in text.partition("<title>")[0]
    assert found.find("a", href="https://example.org/far.png")  # a picture from elsewhere is a link


@needs_browser
def test_page_opens_without_a_request_and_its_formulas_are_drawn(page):
    with browser_page(viewport={"width": 1000, "height": 1400}) as tab:
        heard = listen(tab)
        tab.goto(page.as_uri())
        tab.wait_for_load_state("networkidle")
        assert heard.complaints() == []
        assert tab.locator("math").count() == 3 and tab.locator("script").count() == 0
        above, below = (tab.locator("math mfrac").first.locator("mn").nth(place).bounding_box() for place in (0, 1))
        assert above["y"] + above["height"] <= below["y"] + 2  # pixels: one number stands over the other
        letter, power = (tab.locator("math msubsup").first.locator("> *").nth(place).bounding_box() for place in (0, 2))
        assert power["y"] < letter["y"]  # an exponent stands higher
        assert tab.get_by_text(r"$\nosuch{x}$").is_visible()
