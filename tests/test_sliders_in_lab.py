"""The sliders of chapters 04 to 07 in a real JupyterLab: a key moves one, the picture follows, Reset brings it back.

Each chapter is run whole, as a reader runs it, so these tests take minutes.
"""

import shutil
from pathlib import Path

import pytest
from browser import lab_session, listen, needs_browser, open_browser, open_notebook, run_all

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
#: chapter -> label of the slider that is moved, the key, and what the line below the picture must then hold
MOVED = {
    "04_local_response_normalisation": ("n (maps)", "ArrowLeft", "k^beta 1.6818"),
    "05_overlapping_pooling": ("window z (units)", "ArrowRight", "windows overlap by 2"),
    "06_architecture": ("zeros after the edge", "ArrowLeft", "conv1 54 x 54, 223 pixels reached"),
    "07_data_augmentation": ("alpha 1 (standard deviations)", "End", "shift of length 36.5 grey levels"),
}
PICTURE = ".widget-output img"

pytestmark = [needs_browser, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    root = tmp_path_factory.mktemp("lab")
    for name in MOVED:
        shutil.copy(NOTEBOOKS / f"{name}.ipynb", root)
    with lab_session(root) as lab:
        yield lab


@pytest.fixture(scope="module")
def browser():
    with open_browser() as browser:
        yield browser


def changed(page, old):
    """Wait until another picture is shown, and return it."""
    page.wait_for_function("""([where, old]) => {
        const picture = document.querySelector(where);
        return picture && picture.src !== old;
    }""", arg=[PICTURE, old], timeout=60_000)
    return page.locator(PICTURE).get_attribute("src")


@pytest.mark.parametrize("name", MOVED)
def test_key_moves_a_slider_and_the_picture_follows(lab, browser, name):
    label, key, told = MOVED[name]
    page = browser.new_page(viewport={"width": 1400, "height": 1200})
    heard = listen(page, lab.home)
    try:
        open_notebook(page, lab, f"{name}.ipynb")
        assert run_all(page, timeout_s=900) == []
        first = page.locator(PICTURE).get_attribute("src")
        slider = page.locator(".widget-slider", has_text=label)
        slider.scroll_into_view_if_needed()
        assert page.locator(PICTURE).count() == 1  # one picture, in the sliders' own place
        slider.locator(".noUi-handle").focus()
        page.keyboard.press(key)
        moved = changed(page, first)
        assert moved.startswith("data:image/png;base64,")
        assert told in page.locator(".widget-output").inner_text()
        page.get_by_role("button", name="Reset", exact=True).click()
        assert changed(page, moved) == first  # to the last bit
        assert heard.page_errors == []
    finally:
        page.close()
        lab.end_kernel(f"{name}.ipynb")
