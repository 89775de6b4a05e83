"""The ledger: verdicts taken from other claims, the page that shows them all, its figures, its links in the book."""

import re
from html.parser import HTMLParser

import nbformat
import numpy as np
import pytest
from nbformat import v4

from alexnet_lib import paper
from alexnet_lib.experiments import verdicts
from alexnet_lib.experiments.ledger_page import LedgerPage, count_by_section, count_verdicts, section_of
from alexnet_lib.experiments.protocol import VERDICTS, Verdict
from alexnet_lib.experiments.verdicts import LedgerEntry
from alexnet_lib.notebooks.book import building
from alexnet_lib.plots.ledger import VERDICT_LOOK, plot_against_noise, plot_pairs_needed, plot_verdicts

# --- verdicts from other claims ----------------------------------------------------------------------


@pytest.mark.parametrize("labels, expected", [
    (("reproduced", "reproduced"), "reproduced"),
    (("not reproduced", "not reproduced"), "not reproduced"),
    (("undecided", "undecided"), "undecided"),
    (("reproduced", "not reproduced"), "partly"),
    (("partly", "undecided"), "partly"),
    (("exact, checked", "undecided"), "partly"),
    (("not reproduced", "undecided"), "undecided"),
    (("reproduced", "no record yet"), "no record yet"),
    (("not reproduced", "no record yet"), "no record yet"),
])
def test_a_claim_without_an_experiment_has_the_verdict_of_those_that_decide_it(monkeypatch, labels, expected):
    found = dict(zip(("C18", "C19"), labels, strict=True))

    class Speed:
        claims = ("C18", "C19")

        @staticmethod
        def judge(claim_id, folder):
            return Verdict(found[claim_id], "numbers", "reduced" if claim_id == "C18" else "full")

    monkeypatch.setattr(verdicts, "EXPERIMENTS", {"speed": Speed})
    verdict = verdicts.verdict("C03")
    assert (verdict.label, verdict.budget) == (expected, "")
    assert verdict.reason.startswith(f"decided by C18 ({labels[0]}) and C19 ({labels[1]})")
    assert "not timed here" in verdict.reason


def test_one_deciding_claim_gives_its_label_and_budget(monkeypatch):
    class Dropout:
        claims = ("C44",)

        @staticmethod
        def judge(claim_id, folder):
            return Verdict("not reproduced", "numbers", "full")

    monkeypatch.setattr(verdicts, "EXPERIMENTS", {"dropout": Dropout})
    assert verdicts.verdict("C04") == Verdict("not reproduced", "decided by C44 (not reproduced)", "full")


def test_an_experiment_comes_before_claims_that_decide_too(monkeypatch):
    class Depth:
        claims = ("C10",)  # C72 decides it as well

        @staticmethod
        def judge(claim_id, folder):
            return Verdict("partly", "numbers", "full")

    monkeypatch.setattr(verdicts, "EXPERIMENTS", {"depth": Depth})
    assert verdicts.verdict("C10").reason == "numbers"


def test_without_records_deciding_claims_leave_the_others_open(tmp_path):
    for claim in ("C03", "C04", "C74"):
        assert verdicts.verdict(claim, tmp_path).label == "no record yet"
    assert verdicts.verdict("C08", tmp_path).label == "no record yet"  # it has neither runs nor deciding claims


# --- the page -----------------------------------------------------------------------------------------


def made_up(claims=paper.CLAIMS):
    """Every claim, with the labels in turn and a reason that needs escaping."""
    return [LedgerEntry(claim, Verdict(VERDICTS[i % len(VERDICTS)], f"{i} < `x` & more", "full" if i % 2 else ""))
            for i, claim in enumerate(claims)]


class Page(HTMLParser):
    """Rows with their classes and cells, buttons, links; complains about tags that do not close."""

    def __init__(self, text):
        super().__init__()
        self.open, self.rows, self.inputs, self.labels, self.links, self.text = [], [], [], {}, [], ""
        self.style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag not in ("input", "br"):
            self.open.append(tag)
        if tag == "input":
            self.inputs.append(attrs)
        elif tag == "label":
            self.labels[attrs["for"]] = ""
            self.current = attrs["for"]
        elif tag == "tr" and "class" in attrs:
            self.rows.append((attrs["class"].split(), []))
        elif tag == "td":
            self.rows[-1][1].append("")
        elif tag == "a":
            self.links.append(attrs["href"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "td" in self.open:
            self.rows[-1][1][-1] += data
        elif "label" in self.open:
            self.labels[self.current] += data

    def shown(self, *chosen):
        """Claims left when these buttons are chosen: the style rules applied by hand."""
        left = self.rows
        for key in chosen:
            rule = re.search(rf"#{key}:checked~\.ledger-rows tr\.ledger-row:not\(\.([\w-]+)\)", self.style)
            left = [row for row in left if rule is None or rule[1] in row[0]]
        return [cells[0] for _, cells in left]


def test_page_has_a_row_a_claim_with_its_verdict_and_a_link_to_its_chapter():
    entries = made_up()
    page = Page(LedgerPage(entries)._repr_html_())
    assert [cells[0] for _, cells in page.rows] == [claim.id + claim.section for claim in paper.CLAIMS]
    for (_, cells), entry in zip(page.rows, entries, strict=True):
        assert cells[1:3] == [entry.claim.statement, entry.verdict.label]
        assert cells[3] == entry.verdict.reason.replace("`", "") + (" (full)" if entry.verdict.budget else "")
    assert page.links == [f"{claim.notebook}.ipynb" for claim in paper.CLAIMS]


def test_page_hides_what_is_not_chosen_by_verdict_and_by_chapter():
    entries = made_up()
    page = Page(LedgerPage(entries)._repr_html_())
    groups = {name: [b["id"] for b in page.inputs if b["name"] == name] for name in ("ledger-v", "ledger-c")}
    assert [b["id"] for b in page.inputs if "checked" in b] == ["ledger-v0", "ledger-c0"]
    assert page.shown("ledger-v0", "ledger-c0") == [cells[0] for _, cells in page.rows]
    for verdict in groups["ledger-v"][1:]:
        label = page.labels[verdict].rsplit(" ", 1)[0]
        for chapter in groups["ledger-c"][1:]:
            number = page.labels[chapter][:2]
            expected = [e.claim.id + e.claim.section for e in entries
                        if e.verdict.label == label and e.claim.notebook[:2] == number]
            assert page.shown(verdict, chapter) == expected
    counts = [int(page.labels[b].rsplit(" ", 1)[1]) for b in groups["ledger-v"]]
    assert counts[0] == sum(counts[1:]) == len(entries)


def test_page_needs_no_network_and_no_script():
    text = LedgerPage(made_up())._repr_html_()
    assert not re.search(r"<script|https?:|url\(|@import|\son\w+=|src=", text)


def test_names_of_the_page_begin_with_its_own():
    text = LedgerPage(made_up())._repr_html_()
    names = {name for names in re.findall(r'(?:class|id|for|name)="([^"]+)"', text) for name in names.split()}
    assert {name.split("-")[0] for name in names} == {"ledger"}  # "row" or "note" would get another sheet's style


def test_two_pages_of_one_notebook_do_not_share_names():
    first, second = (LedgerPage(made_up(), name)._repr_html_() for name in ("ledger", "second"))
    ids = [set(re.findall(r'id="([^"]+)"', text)) for text in (first, second)]
    assert not ids[0] & ids[1] and ".second" in second and ".ledger" not in second
    with pytest.raises(ValueError, match="begin with a letter"):
        LedgerPage([], "1 page")


def test_plain_text_has_a_line_a_claim():
    lines = repr(LedgerPage(made_up())).splitlines()
    assert len(lines) == len(paper.CLAIMS) and lines[0] == "C01  00  reproduced: 0 < `x` & more"


def test_claims_are_counted_by_verdict_and_section():
    entries = made_up()
    assert count_verdicts(entries) == dict.fromkeys(VERDICTS, 10)  # 80 claims, eight labels in turn
    assert list(count_verdicts(entries[::-1])) == list(VERDICTS)
    by_section = count_by_section(entries)
    assert sum(sum(row.values()) for row in by_section.values()) == 80
    assert sum(by_section["2 Dataset"].values()) == 3
    assert section_of(paper.claim("C34")) == "3"  # Figure 2


# --- the book -----------------------------------------------------------------------------------------


def test_links_in_html_outputs_lead_to_pages_of_the_book(tmp_path):
    source, executed = tmp_path / "notebooks", tmp_path / "build" / "notebooks"
    source.mkdir()
    page = '<a href="02_relu.ipynb">02</a> <a href="04_lrn.ipynb#gain">x</a> <a href="data.ipynb">kept</a>'
    cell = v4.new_code_cell("page", execution_count=1, outputs=[
        v4.new_output("execute_result", {"text/html": page, "text/plain": "plain"}, execution_count=1)])
    stored = source / "14_third_pass.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_markdown_cell("# A title\n[first](../README.md)"), cell]), stored)
    before = stored.read_bytes()
    building._assemble(tmp_path / "pages", source, executed)
    copy = nbformat.read(tmp_path / "pages" / "notebooks" / "14_third_pass.ipynb", 4)
    assert copy.cells[1].outputs[0].data["text/html"] == (
        '<a href="02_relu.html">02</a> <a href="04_lrn.html#gain">x</a> <a href="data.ipynb">kept</a>')
    assert copy.cells[0].source == "# A title\n[first](../index.md)" and (tmp_path / "pages" / "index.md").exists()
    assert stored.read_bytes() == before


# --- figures ------------------------------------------------------------------------------------------


def test_verdicts_stack_to_the_number_of_claims_first_row_on_top(ax):
    plot_verdicts(ax, {"a": {"reproduced": 3, "undecided": 2}, "b": {"undecided": 4}})
    ends = {}
    for bar in ax.patches:
        place = round(bar.get_y() + bar.get_height() / 2)
        ends[place] = max(ends.get(place, 0), bar.get_x() + bar.get_width())
    assert ends == {1: 5, 0: 4} and [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]
    assert sorted(text.get_text() for text in ax.texts) == ["2", "3", "4"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["reproduced", "undecided"]
    assert set(VERDICT_LOOK) == set(VERDICTS) and ax.get_xlabel() == "claims"


@pytest.mark.parametrize("counts, says", [({}, "no rows"), ({"a": {"proved": 1}}, "unknown verdict 'proved'")])
def test_verdicts_that_cannot_be_drawn_are_refused(ax, counts, says):
    with pytest.raises(ValueError, match=says):
        plot_verdicts(ax, counts)


def test_pairs_needed_are_drawn_on_logarithmic_axes_with_the_paper_s_effects(ax):
    x = np.array([0.3, 0.6, 1.2, 2.4])
    plot_pairs_needed(ax, {"here": (x, 30 / x, 20 / x, 40 / x), "there": (x, 10 / x, 5 / x, 20 / x)}, (0.4, 1.7))
    assert ax.get_xscale() == ax.get_yscale() == "log" and "power" in ax.get_ylabel()
    assert {"here", "there", "0.4", "1.7"} <= {text.get_text() for text in ax.texts}
    uprights = [line.get_xdata()[0] for line in ax.get_lines() if len(set(line.get_xdata())) == 1]
    assert uprights == [0.4, 1.7]


def test_differences_lie_over_bands_as_wide_as_the_noise(ax):
    plot_against_noise(ax, [("a", 1.0, 0.5, 1.5, "C0"), ("b", 0.2, -0.1, 0.5, "C0")], [("seeds", 0.8), ("more", 1.7)],
                       "difference (points)")
    widths = sorted(patch.get_width() for patch in ax.patches)
    assert widths == pytest.approx([1.6, 3.4])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b", "seeds", "more"]
    ticks = ax.get_yticks()
    assert all(np.diff(ticks) < -0.5) and ax.get_ylim()[0] < ticks[-1]
    assert {"±0.80", "±1.70"} <= {text.get_text() for text in ax.texts}
