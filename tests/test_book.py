"""The reading edition: what becomes of a notebook, of ids and of links, and what is refused."""

from __future__ import annotations

import re

import nbformat
import pytest
from nbformat import v4

from alexnet_lib import paper
from alexnet_lib.experiments.verdicts import ledger
from alexnet_lib.notebooks import NotebookError, build_book, files
from alexnet_lib.notebooks.book import building, chapters, claims, pages

SVG = '<?xml version="1.0"?><svg width="460.8pt" height="72pt" viewBox="0 0 460.8 72"><path d="M 0 0"/></svg>'


def figure(**kinds):
    return v4.new_output("display_data", {kind.replace("_", "/", 1): data for kind, data in kinds.items()})


def code(*outputs, **metadata):
    return v4.new_code_cell("draw()", outputs=list(outputs), metadata=metadata)


def alt_text(cell) -> str:
    return cell.metadata["mystnb"]["image"]["alt"]


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("C28 holds", '<a href="../claims.html#C28">C28</a> holds'),
        ("see DEV-02, OPEN-08", 'see <a href="../deviations.html#DEV-02">DEV-02</a>, '
                                '<a href="../deviations.html#OPEN-08">OPEN-08</a>'),
        ("C27b", '<a href="../claims.html#C27b">C27b</a>'),
    ],
)
def test_ids_become_links(text, linked):
    assert chapters.link_ids(text, "../") == linked


@pytest.mark.parametrize("text", ["`C28`", "$C28$", "[C28](x.md)", "# C28", "C99", "xC28", "DEV-99", "```\nC28\n```",
                                  "<b title='C28'>"])
def test_code_formulas_links_headings_and_unknown_ids_stay(text):
    assert chapters.link_ids(text, "../") == text


def test_ids_in_html_become_links_outside_links_code_and_tags():
    page = '<td title="C28">C28</td><a href="x">C28</a><code>C28</code><style>.C28 {}</style>'
    assert chapters.link_ids(page, html=True) == page.replace(">C28</td>", '><a href="claims.html#C28">C28</a></td>')


def test_every_id_of_the_paper_has_an_entry_to_link_to():
    page = pages.deviations_page()
    for one in (*paper.DEVIATIONS, *paper.OPEN_CHOICES, *paper.CODE_DIFFERENCES, *paper.LIBRARY_DIFFERENCES):
        assert f'id="{one.id}"' in page
        assert chapters.link_ids(one.id) != one.id
    table = claims.claims_page(ledger(), {})
    for claim in paper.CLAIMS:
        assert f'<tr id="{claim.id}"' in table
        assert chapters.link_ids(claim.id) != claim.id


def test_alt_text_moves_to_the_figure_before_it():
    notebook = v4.new_notebook(cells=[
        code(figure(image_png="x")),
        v4.new_markdown_cell("*Alt text: two lines,\none dashed.*\n\nThe dashed one rises."),
        code(figure(image_png="x")), code(), v4.new_markdown_cell("*Alt text: a bar.*"),
        code(figure(image_png="x")), v4.new_markdown_cell("No text.")])
    chapters.prepare(notebook, reference=False)
    first, read, second, _, empty, third, last = notebook.cells
    assert alt_text(first) == "two lines, one dashed." and read.source == "The dashed one rises."
    assert alt_text(second) == "a bar." and empty.source == ""
    assert "text that follows" in alt_text(third) and last.source == "No text."


def test_every_stored_figure_has_an_alt_text():
    for path in files.choose():
        notebook = files.read(path)
        chapters.prepare(notebook)
        for cell in notebook.cells:
            if any(kind.startswith("image/") for output in cell.get("outputs", []) for kind in output.get("data", {})):
                assert len(alt_text(cell)) > 40 and "text that follows" not in alt_text(cell), path.stem
            assert cell.cell_type == "code" or "Alt text" not in cell.source, path.stem


def test_svg_is_shown_in_the_size_of_the_png():
    cell = code(figure(image_png="x", **{"image_svg+xml": SVG}))
    chapters.prepare(v4.new_notebook(cells=[cell]))
    (output,) = cell.outputs
    assert set(output.data) == {"image/svg+xml"}
    assert 'width="576pt" height="90pt"' in output.data["image/svg+xml"]  # 6.4 inches at 120 dots, 768 pixels of CSS


def test_very_large_svg_leaves_the_png(monkeypatch):
    monkeypatch.setattr(chapters, "MAX_SVG_BYTES", 50)
    cell = code(figure(image_png="x", **{"image_svg+xml": SVG}))
    chapters.prepare(v4.new_notebook(cells=[cell]))
    assert set(cell.outputs[0].data) == {"image/png"}


def test_sliders_say_that_they_need_a_kernel():
    cell = code(tags=["sliders"])
    chapters.prepare(v4.new_notebook(cells=[cell]))
    assert "make lab" in cell.outputs[0].data["text/html"]


def test_notebook_that_papermill_marked_as_failed_is_refused(tmp_path):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# One")],
                               metadata={"kernelspec": kernel, "papermill": {"exception": True}})
    (tmp_path / "notebooks").mkdir()
    nbformat.write(notebook, tmp_path / "notebooks/00_one.ipynb")
    with pytest.raises(NotebookError, match=r"00_one\.ipynb is what papermill left of a failed run") as refused:
        build_book(tmp_path / "build", tmp_path / "notebooks")
    assert "\n" not in str(refused.value)


def test_links_between_documents_lead_to_pages_or_leave_their_text():
    known = frozenset({"speed.md", "index.md", "notebooks/02_relu.ipynb"})
    text = ("[speed](../benchmarks/README.md#on-a-cpu) [home](../README.md) [chapter](02_relu.ipynb) "
            "[records](../figures/records/) [site](https://example.org) [`set`](assignments/ps1/GUIDE.md)")
    assert pages.relink(text, "notebooks/README.md", known) == (
        "[speed](speed.md#on-a-cpu) [home](index.md) [chapter](notebooks/02_relu.ipynb) "
        "records [site](https://example.org) `set`")


def test_chapters_stand_under_the_sections_of_the_paper():
    titles = {notebook.stem: notebook.stem for notebook in paper.NOTEBOOKS}
    listed = pages.contents(titles, {"Evidence": ["claims"]})
    captions = re.findall(r":caption: (.*)", listed)
    assert captions == [*pages.SECTIONS, "Evidence"]
    under = dict(zip(captions, re.split(r":caption: .*", listed)[1:], strict=True))
    stem = "04_local_response_normalisation"
    assert f"3.3 {stem} <notebooks/{stem}>" in under["3 The architecture"]
    assert all(f"<notebooks/{stem}>" in listed for stem in titles)


def test_missing_part_of_the_readme_is_named():
    with pytest.raises(NotebookError, match="README.md has no part '## In class'"):
        pages.section_of_readme("# Title\n\n## Else\n\ntext\n", "In class")


def test_every_slot_of_the_templates_is_filled(tmp_path):
    building._assemble(tmp_path / "pages", files.SOURCE, tmp_path / "none")
    for page in (tmp_path / "pages").glob("*.md"):
        assert not re.findall(r"^% .*", page.read_text(), re.MULTILINE), page.name


def test_claims_page_is_whole_without_scripts():
    page = claims.claims_page(ledger(), {"02_relu": "Rectified linear units"})
    assert page.count("<tr id=") == len(paper.CLAIMS)
    assert '<form id="ledger-choice" class="ledger-choice" role="search" aria-label="choose claims" hidden>' in page
    assert '<a href="notebooks/02_relu.html">02 Rectified linear units</a>' in page
    assert "notebooks/03_two_gpus.html" not in page  # it is not in this book
