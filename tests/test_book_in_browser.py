"""Every page of the reading edition in a real browser, opened from disk, wide and narrow, light and dark.

The book is built from the stored notebooks. ``ALEXNET_BOOK=build/html`` looks at one that has been built, such as that
of a run, with its sharp figures.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from browser import listen, needs_browser, open_browser

pytestmark = needs_browser

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

#: axe-core's rules of the accessibility standard WCAG 2.1, levels A and AA, and those for landmarks and headings
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"], "resultTypes": ["violations"]}


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    if os.environ.get("ALEXNET_BOOK"):
        return Path(os.environ["ALEXNET_BOOK"]).resolve()
    from alexnet_lib.notebooks import build_book

    build = tmp_path_factory.mktemp("book")
    build_book(build)
    return build / "html"


@pytest.fixture(scope="module")
def browser():
    with open_browser() as started:
        yield started


@pytest.fixture(scope="module")
def pages(book) -> list[Path]:
    """All pages but the listings of source code, of which one stands for all."""
    found = sorted(book.rglob("*.html"))
    listings = [path for path in found if "_modules" in path.parts]
    return [path for path in found if path not in listings and "_static" not in path.parts] + listings[-1:]


def each(browser, pages, **settings):
    """Every page, loaded, with what it complained of."""
    context = browser.new_context(**settings)
    try:
        for path in pages:
            page = context.new_page()
            heard = listen(page)
            page.goto(path.as_uri())
            page.wait_for_load_state("load")
            page.evaluate("() => window.MathJax?.startup?.promise")
            yield path, page, heard
            page.close()
    finally:
        context.close()


def test_pages_load_without_complaint_and_without_a_network(browser, pages, book):
    found = {}
    for path, page, heard in each(browser, pages, viewport=WIDE):
        page.evaluate("() => document.querySelectorAll('img').forEach((one) => { one.loading = 'eager'; })")
        page.wait_for_function("() => [...document.images].every((one) => one.complete)")
        faults = heard.complaints()
        faults += page.evaluate("""() => [...document.images]
            .filter((one) => !one.naturalWidth || !(one.alt || "").trim())
            .map((one) => `image ${one.src.split("/").pop()} of width ${one.naturalWidth}, alt text "${one.alt}"`)""")
        faults += page.evaluate("""() => [...document.querySelectorAll("mjx-merror, .problematic, .system-message")]
            .map((one) => `not rendered: ${one.textContent.slice(0, 80)}`)""")
        if page.locator(".math").count() and not page.locator("mjx-container").count():
            faults.append("its formulas are not rendered")
        if faults:
            found[path.relative_to(book).as_posix()] = faults
    assert not found


def test_no_page_is_wider_than_a_phone(browser, pages, book):
    found = {}
    for path, page, _ in each(browser, pages, viewport=PHONE, is_mobile=True, has_touch=True):
        width = page.evaluate("() => document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            widest = page.evaluate("""(limit) => [...document.querySelectorAll("article *")]
                .filter((one) => one.getBoundingClientRect().right > limit + 1).slice(0, 3)
                .map((one) => one.outerHTML.slice(0, 100))""", PHONE["width"])
            found[path.relative_to(book).as_posix()] = (width, widest)
    assert not found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_can_be_read_by_everyone(browser, pages, book, scheme):
    """Contrast, landmarks, names of buttons and fields, keyboard: axe-core's judgement."""
    import axe_playwright_python

    axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
    found = {}
    for path, page, _ in each(browser, pages, viewport=WIDE, color_scheme=scheme, reduced_motion="reduce"):
        page.evaluate(axe)
        result = page.evaluate("(rules) => axe.run(document, rules)", RULES)
        faults = [f"{one['id']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])} places)"
                  for one in result["violations"]]
        if faults:
            found[path.relative_to(book).as_posix()] = faults
    assert not found


def test_links_of_pages_lead_somewhere(browser, pages, book):
    names: dict[Path, set[str]] = {}

    def anchors(path: Path) -> set[str]:
        if path not in names:
            names[path] = set(re.findall(r'\bid="([^"]+)"', path.read_text()))
        return names[path]

    found = {}
    for path, page, _ in each(browser, pages, viewport=WIDE, java_script_enabled=False):
        faults = []
        for link in page.eval_on_selector_all("a[href]", "all => all.map((one) => one.getAttribute('href'))"):
            target, _, anchor = link.partition("#")
            target = target.partition("?")[0]
            if "://" in target or target.startswith(("mailto:", "javascript:")):
                continue
            place = (path.parent / target).resolve() if target else path
            if not place.is_file() or anchor and place.suffix == ".html" and anchor not in anchors(place):
                faults.append(link)
        if faults:
            found[path.relative_to(book).as_posix()] = sorted(set(faults))
    assert not found


def test_claims_filter_sort_and_can_be_linked(browser, book):
    page = browser.new_page(viewport=WIDE)
    page.goto((book / "claims.html").as_uri())
    shown = page.locator("#ledger tbody tr:not([hidden])")
    every = shown.count()
    assert every == page.locator("#ledger tbody tr").count() > 70

    page.locator("select[name=verdict]").select_option("not reproduced")
    some = shown.count()
    assert 0 < some < every
    assert set(shown.locator(".verdict").all_inner_texts()) == {"not reproduced"}
    assert page.locator("output").inner_text() == f"{some} of {every} claims"
    page.get_by_label("Words").fill("no such words anywhere")
    assert shown.count() == 0 and "no claim fits" in page.locator("output").inner_text()
    page.get_by_role("button", name="All claims").click()
    page.wait_for_function(f"() => document.querySelectorAll('#ledger tbody tr:not([hidden])').length === {every}")
    page.get_by_label("Words").fill("dropout overfitting")
    assert shown.count() >= 1

    page.get_by_role("button", name="All claims").click()
    ids = page.locator("#ledger tbody tr").evaluate_all("rows => rows.map((row) => row.id)")
    page.get_by_role("columnheader", name="the paper says").get_by_role("button").click()
    sorted_texts = page.locator("#ledger tbody tr td:nth-child(2)").all_inner_texts()
    assert sorted_texts == page.evaluate(
        "texts => [...texts].sort((a, b) => a.localeCompare(b, 'en', {numeric: true}))", sorted_texts)
    page.get_by_role("columnheader", name="claim").get_by_role("button").click()
    assert page.locator("#ledger tbody tr").evaluate_all("rows => rows.map((row) => row.id)") == ids

    page.goto((book / "claims.html").as_uri() + "?verdict=not+reproduced")
    assert shown.count() == some
    page.goto((book / "claims.html").as_uri() + "?verdict=not+reproduced#C27")  # C27 has another verdict
    page.wait_for_function("() => !document.getElementById('C27').hidden")
    page.close()


def test_search_finds_a_chapter(browser, book):
    page = browser.new_page(viewport=WIDE)
    heard = listen(page)
    page.goto((book / "search.html").as_uri() + "?q=normalisation")
    page.locator("#search-results li").first.wait_for(timeout=20_000)
    assert any("Local response normalisation" in text for text in page.locator("#search-results li").all_inner_texts())
    assert not heard.complaints()
    page.close()


def test_page_prints_without_navigation_and_without_loss(browser, book):
    page = browser.new_page(viewport=WIDE)
    page.goto((book / "notebooks" / "02_relu.html").as_uri())
    page.emulate_media(media="print")
    assert not page.locator(".bd-sidebar-primary").is_visible()
    cut = page.evaluate("""() => [...document.querySelectorAll("article pre")]
        .filter((one) => one.scrollWidth > one.clientWidth + 1).length""")
    assert cut == 0
    assert page.pdf(prefer_css_page_size=True)[:5] == b"%PDF-"
    page.close()
