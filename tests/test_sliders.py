"""Sliders: what is set is what is drawn, once; and what the four chapters draw with them is right at every setting."""

import ast
import base64
import io
import math
import symtable
from pathlib import Path

import matplotlib
import nbformat
import numpy as np
import pytest
import torch
from nbformat import v4
from PIL import Image

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from alexnet_lib import plots
from alexnet_lib.data.statistics import RgbPca
from alexnet_lib.experiments.exact_augmentation import IMAGENET_COLOURS
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.nets.counts import count_layers, total
from alexnet_lib.nets.normalisation import local_response_norm
from alexnet_lib.notebooks.files import clear_widgets

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
CHAPTERS = ("04_local_response_normalisation", "05_overlapping_pooling", "06_architecture", "07_data_augmentation")


@pytest.fixture(autouse=True)
def style():
    plots.use_style()
    yield
    plt.close("all")


class Drawer:
    """Draws a line and keeps what it was called with."""

    def __init__(self):
        self.calls = []

    def __call__(self, figure, **values):
        self.calls.append(values)
        if values.get("window", 0) > 5:
            raise ValueError(f"window {values['window']}\nis longer than the row")
        if values.get("window", 0) == 5:
            raise IndexError("out of range")
        figure.subplots().plot([0, values.get("window", 1)])
        return f"window {values.get('window')}"


def made(**more):
    drawer = Drawer()
    controls = {"window": plots.Slider("window (pixels)", 3, 1, 9), "rate": plots.Slider("rate", 0.5, 0.0, 1.0, 0.25),
                "alpha": plots.Slider("alpha", 1e-4, 1e-6, 10, 0.1, log=True),
                "up": plots.Choice("rounded", True, {"up": True, "down": False})}
    return drawer, plots.explore(drawer, (4, 2), **controls, **more)


def picture(panel):
    """The picture that is shown, as an array (H, W, 4)."""
    return np.array(Image.open(io.BytesIO(base64.b64decode(panel.picture.outputs[0]["data"]["image/png"]))))


# --- the panel ----------------------------------------------------------------------------------------


def test_first_picture_is_drawn_with_the_values_at_the_start():
    drawer, panel = made()
    assert drawer.calls == [{"window": 3, "rate": 0.5, "alpha": pytest.approx(1e-4), "up": True}]
    assert isinstance(drawer.calls[0]["window"], int)
    assert picture(panel).shape == (240, 480, 4)  # 4 x 2 inches at the style's 120 dots


def test_value_that_is_set_reaches_the_drawing():
    drawer, panel = made()
    for name, value in (("window", 4), ("rate", 0.75), ("up", False)):
        panel.controls[name].value = value
        assert drawer.calls[-1][name] == value


def test_moving_a_slider_draws_once():
    drawer, panel = made()
    before = picture(panel)
    panel.controls["window"].value = 4
    assert len(drawer.calls) == 2
    assert (picture(panel) != before).any()
    panel.controls["window"].value = 4  # as it is
    assert len(drawer.calls) == 2


def test_reset_sets_every_value_back_and_draws_once():
    drawer, panel = made()
    before = picture(panel)
    for name, value in (("window", 4), ("alpha", 1.0), ("up", False)):
        panel.controls[name].value = value
    drawn = len(drawer.calls)
    panel.reset.click()
    assert drawer.calls[drawn:] == [drawer.calls[0]]
    assert (picture(panel) == before).all()


def test_error_is_one_line_in_the_place_of_the_picture():
    drawer, panel = made()
    panel.controls["window"].value = 7
    assert panel.picture.outputs == ({"output_type": "stream", "name": "stderr",
                                      "text": "cannot be drawn: window 7 is longer than the row\n"},)
    panel.controls["window"].value = 5
    assert panel.picture.outputs[0]["text"] == "cannot be drawn: IndexError: out of range\n"
    panel.controls["window"].value = 2
    assert "image/png" in panel.picture.outputs[0]["data"] and len(drawer.calls) == 4


def test_line_below_the_picture_is_what_the_drawing_returns():
    _, panel = made()
    assert panel.picture.outputs[1] == {"output_type": "stream", "name": "stdout", "text": "window 3\n"}
    silent = plots.explore(lambda figure, n: None, n=plots.Slider("n", 1, 0, 2))
    assert len(silent.picture.outputs) == 1


def test_no_figure_is_left_open():
    _, panel = made()
    for value in (4, 7, 2):  # one of them fails
        panel.controls["window"].value = value
    assert plt.get_fignums() == []


def test_controls_carry_label_and_unit_and_wait_until_they_are_let_go():
    _, panel = made()
    assert [type(widget).__name__ for widget in panel.controls.values()] == [
        "IntSlider", "FloatSlider", "FloatLogSlider", "Dropdown"]
    assert panel.controls["window"].description == "window (pixels)"
    assert not any(panel.controls[name].continuous_update for name in ("window", "rate", "alpha"))
    log = panel.controls["alpha"]
    assert (log.base, log.min, log.max, log.step) == (10, -6, 1, 0.1)
    assert panel.controls["up"].options == (("up", True), ("down", False))


def test_names_of_explore_itself_can_be_controls():
    panel = plots.explore(lambda figure, size, draw: f"{size} {draw}", size=plots.Slider("size", 2, 1, 3),
                          draw=plots.Slider("draw", 5, 4, 6))
    assert panel.picture.outputs[1]["text"] == "2 5\n"


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: plots.Slider("n", 5, 6, 9), "n: low 6, start 5 and high 9"),
        (lambda: plots.Slider("n", 5, 5, 5), "n: low 5, start 5 and high 5"),
        (lambda: plots.Slider("n", 5, 1, 9, 0), "step=0"),
        (lambda: plots.Slider("n", 5, 0, 9, 0.1, log=True), "low=0"),
        (lambda: plots.Choice("form", "x", {"printed": "paper"}), "'x' is no option: choose one of 'paper'"),
        (lambda: plots.explore(Drawer()), "nothing to set"),
    ],
)
def test_bad_control_is_refused_by_name(make, told):
    with pytest.raises(ValueError, match=told):
        make()


def test_page_without_widgets_shows_a_line_in_their_place():
    bundle = made()[1]._repr_mimebundle_()
    assert bundle["text/plain"].startswith("Sliders: they need a running kernel, and JupyterLab")
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_cell_of_sliders_runs_without_a_page_and_leaves_no_output(tmp_path):
    """As papermill and nbval run it."""
    from nbclient import NotebookClient

    source = ("from alexnet_lib import plots\n"
              "plots.explore(lambda figure, n: str(figure.subplots().plot([0, n])), n=plots.Slider('n', 1, 0, 2))")
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source)])
    NotebookClient(notebook, kernel_name="python3", timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    assert [output.output_type for output in notebook.cells[0].outputs] == ["execute_result"]
    clear_widgets(notebook)
    assert notebook.cells[0].outputs == [] and "widgets" not in notebook.metadata


# --- pictures that the chapters need for them ---------------------------------------------------------


def test_map_is_drawn_on_the_colours_that_are_asked_for(ax):
    assert plots.draw_map(ax, np.eye(3), "one", high=4, low=1, scale="windows") is ax
    assert ax.images[0].get_clim() == (1, 4)
    assert ax.get_title(loc="left") == "one"
    assert "windows" in [other.get_xlabel() for other in ax.figure.axes]


def test_silent_map_is_drawn_all_the_same(ax):
    plots.draw_map(ax, np.zeros((2, 2)))
    assert ax.images[0].get_clim() == (0, 1)


def test_divisors_are_drawn_in_order_with_the_constant(ax):
    plots.plot_divisors(ax, [2.0, 3.0, 2.5], 1.68, mark=1)
    constant, line, ring = ax.get_lines()
    assert list(line.get_ydata()) == [2, 3, 2.5] and set(constant.get_ydata()) == {1.68}
    assert (ring.get_xdata()[0], ring.get_ydata()[0]) == (1, 3)


@pytest.mark.parametrize(
    ("draw", "told"),
    [
        (lambda ax: plots.draw_map(ax, np.zeros(3)), "must be"),
        (lambda ax: plots.draw_map(ax, np.zeros((2, 2)), high=-1), "below low"),
        (lambda ax: plots.plot_divisors(ax, [], 1), "of 0 divisors"),
        (lambda ax: plots.plot_divisors(ax, [1, 2], 1, mark=2), "map 2 of 2"),
        (lambda ax: plots.plot_chains([ax] * 3, {}), "0 chains"),
        (lambda ax: plots.plot_chains([ax] * 3, {"a": [("conv1", 1, 1, 1)], "b": [("pool1", 1, 1, 1)]}), "same layers"),
    ],
)
def test_what_cannot_be_drawn_is_refused(ax, draw, told):
    with pytest.raises(ValueError, match=told):
        draw(ax)


def test_chain_shows_its_numbers_and_leaves_out_layers_without_work():
    _, axes = plt.subplots(1, 3)
    rows = [("conv1", 55, 11, 105.4), ("pool1", 27, 19, 0), ("conv2", 27, 51, 223.9)]
    plots.plot_chains(axes, {"paper": rows})
    sides, fields, work = (list(ax.get_lines()[0].get_ydata()) for ax in axes)
    assert (sides, fields, work) == ([55, 27, 27], [11, 19, 51], [105.4, 223.9])


# --- the four chapters --------------------------------------------------------------------------------


def chapter(number):
    return nbformat.read(next(NOTEBOOKS.glob(f"{number}_*.ipynb")), 4)


def source(number, tagged="sliders", containing=""):
    """A cell's source: that of the sliders, or the one that contains some text."""
    return next(cell.source for cell in chapter(number).cells if cell.cell_type == "code"
                and (containing in cell.source if containing else tagged in cell.metadata.get("tags", [])))


def panel_of(number, **names):
    """The panel of a chapter, made in a namespace with these names."""
    *before, last = ast.parse(source(number)).body
    names |= {"plots": plots, "np": np, "torch": torch}
    exec(compile(ast.Module(before, []), f"chapter {number}", "exec"), names)
    return eval(compile(ast.Expression(last.value), f"chapter {number}", "eval"), names)


@pytest.mark.parametrize("name", CHAPTERS)
def test_sliders_stand_after_a_picture_and_a_question_and_store_nothing(name):
    cells = nbformat.read(NOTEBOOKS / f"{name}.ipynb", 4).cells
    places = [place for place, cell in enumerate(cells) if "sliders" in cell.metadata.get("tags", [])]
    assert len(places) == 1
    drawn, said, sliders = cells[places[0] - 2 : places[0] + 1]
    if name.startswith("07"):  # there the reading of the picture is a cell of its own
        drawn = cells[places[0] - 3]
    assert sliders.outputs == []
    assert any("image/png" in output.get("data", {}) for output in drawn.outputs)
    assert said.cell_type == "markdown" and "running kernel" in said.source and "*Find" in said.source


def globals_of(code, names):
    """What the functions of these names, defined in a piece of code, look up outside themselves."""
    tables = [table for table in symtable.symtable(code, "cell", "exec").get_children() if table.get_name() in names]
    found = set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        found |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return found


def set_by(code):
    """Names that a cell sets where all cells can see them."""
    return {symbol.get_name() for symbol in symtable.symtable(code, "cell", "exec").get_symbols()
            if symbol.is_assigned() or symbol.is_imported()}


def overwritten(codes, place):
    """What `draw` of cell `place` looks up, itself or through functions of earlier cells, and a later cell sets."""
    needed, new = set(), globals_of(codes[place], {"draw"})
    while new:
        needed |= new
        new = set().union(*(globals_of(code, new) for code in codes[:place])) - needed
    return needed & set().union(*map(set_by, codes[place + 1 :]))


@pytest.mark.parametrize("name", CHAPTERS)
def test_nothing_that_sliders_draw_with_is_set_anew_further_down(name):
    cells = [cell for cell in nbformat.read(NOTEBOOKS / f"{name}.ipynb", 4).cells if cell.cell_type == "code"]
    place = next(place for place, cell in enumerate(cells) if "sliders" in cell.metadata.get("tags", []))
    assert overwritten([cell.source for cell in cells], place) == set()


def test_name_that_is_set_anew_is_found():
    codes = ["def side(n):\n    return n // step\n[side(n) for n in other]", "def draw(figure):\n    side(rows)",
             "step = 2\nrows = [n for n in x]\nother = []"]
    assert overwritten(codes, 1) == {"step", "rows"}


def test_html_page_of_a_chapter_shows_nothing_of_the_sliders():
    from nbconvert import HTMLExporter

    stored = chapter("04")
    place = next(n for n, cell in enumerate(stored.cells) if "sliders" in cell.metadata.get("tags", []))
    stored.cells = stored.cells[place - 1 : place + 1]
    page, _ = HTMLExporter().from_notebook_node(stored)
    assert "plots" in page and "explore" in page
    assert "widget-view" not in page and "need a running kernel, and JupyterLab" not in page


# 04: local response normalisation

ENTERING = 40 * torch.rand(16, 6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) + 1e-9


def lrn_panel():
    names = {"entering": ENTERING, "local_response_norm": local_response_norm, "place": 7, "shown": 3, "sd": 63.0}
    code = source("04", containing="def divisors(")
    exec(code[code.index("def divisors") : code.index("settings = ")], names)
    return panel_of("04", **names), names["divisors"]


def test_divisors_of_chapter_04_are_those_of_a_naive_loop():
    _, divisors = lrn_panel()
    for n, form, k, beta in ((5, "paper", 2.0, 0.75), (4, "paper", 1.0, 0.5), (16, "released", 2.0, 1.25)):
        found = divisors(k, n, 1e-3, beta, form, 0.5)
        for i in range(16):
            window = range(max(0, i - n // 2), min(15, i - n // 2 + n - 1) + 1)
            squares = sum((0.5 * ENTERING[j, 2, 3].item()) ** 2 for j in window)
            wanted = (k + (1e-3 / n if form == "released" else 1e-3) * squares) ** beta
            assert found[i, 2, 3].item() == pytest.approx(wanted, rel=1e-9)


def test_alpha_that_chapter_04_asks_for_is_255_squared_times_larger():
    panel, divisors = lrn_panel()
    torch.testing.assert_close(divisors(alpha=1e-4 * 255**2, pixels=1 / 255), divisors(), rtol=1e-9, atol=0)
    said = panel.picture.outputs[1]["text"]
    panel.controls["pixels"].value = 1 / 255
    assert panel.picture.outputs[1]["text"].startswith("divisors from 1.6818 to 1.6818; k^beta 1.6818")
    panel.controls["alpha"].value = 6.5025
    assert panel.picture.outputs[1]["text"] == said


@pytest.mark.parametrize("values", [{"n": 4}, {"n": 1}, {"n": 16, "form": "released"}, {"beta": 0.0}, {"alpha": 10.0},
                                    {"k": 0.5, "beta": 1.5, "alpha": 1e-6, "pixels": 1 / 255}])
def test_chapter_04_draws_every_setting(values):
    panel, _ = lrn_panel()
    for name, value in values.items():
        panel.controls[name].value = value
    assert "image/png" in panel.picture.outputs[0].get("data", {}), panel.picture.outputs


# 05: pooling


ONE_MAP = torch.rand(24, 24, generator=torch.Generator().manual_seed(1)) - 0.3


def pooling_panel():
    names = {"torch": torch, "one_map": ONE_MAP.relu()}
    code = source("05", containing="def pool_any(")
    exec(code[: code.index("one_map = ")], names)
    return panel_of("05", **names), names["pool_any"]


@pytest.mark.parametrize(("window", "stride", "up"), [
    (2, 2, False), (3, 2, True), (5, 2, True), (3, 5, True), (1, 3, True), (12, 8, True), (7, 3, False)])
def test_pooling_of_chapter_05_is_that_of_a_naive_loop(window, stride, up):
    x, (y, readers, won) = ONE_MAP.relu(), pooling_panel()[1](ONE_MAP.relu(), window, stride, up)
    places = (24 - window) / stride
    outputs = 1 + (math.ceil(places) if up else math.floor(places))
    while (outputs - 1) * stride >= 24:  # a window that begins beyond the edge is left out
        outputs -= 1
    read, wins = torch.zeros(24, 24), torch.zeros(24, 24)
    for i in range(outputs):
        for j in range(outputs):
            rows, columns = slice(i * stride, i * stride + window), slice(j * stride, j * stride + window)
            read[rows, columns] += 1
            assert y[i, j] == x[rows, columns].max()
            wins[rows, columns] += (x[rows, columns] == y[i, j]) * (y[i, j] > 0)
    assert tuple(y.shape) == (outputs, outputs)
    assert (readers == read).all() and (won == wins).all()


def test_window_that_chapter_05_asks_for_is_7():
    panel, _ = pooling_panel()
    panel.controls["stride"].value = 3
    told = {}
    for window in range(1, 13):
        panel.controls["window"].value = window
        told[window] = panel.picture.outputs[1]["text"]
    assert [window for window, text in told.items() if "to 9 windows" in text] == [7, 8, 9]
    assert "no overlap" in told[3] and "overlap by 1;" in told[4]


def test_window_longer_than_the_map_is_one_line():
    panel, _ = pooling_panel()
    panel.controls["window"].max = 40
    panel.controls["window"].value = 40
    panel.controls["round_up"].value = False
    assert [output["output_type"] for output in panel.picture.outputs] == ["stream"]
    assert panel.picture.outputs[0]["text"].startswith("cannot be drawn: ")
    assert panel.picture.outputs[0]["text"].count("\n") == 1


# 06: arithmetic of the layers


def arithmetic_panel():
    names = {"rows": count_layers(AlexNetConfig())}
    exec(source("06", containing="SIZES = {").split("def by_hand")[0], names)
    exec(source("06", containing="def layer_by_layer("), names)
    return panel_of("06", **names), names["layer_by_layer"]


@pytest.mark.parametrize(
    ("size", "window", "stride", "before", "after", "side"),
    [(224, 11, 4, 0, 3, 55), (224, 11, 4, 0, 0, 54), (227, 11, 4, 0, 0, 55), (224, 11, 4, 2, 2, 55),
     (224, 7, 2, 0, 5, 112), (224, 7, 2, 0, 4, 111), (224, 1, 1, 0, 0, 224)],
)
def test_first_layer_has_the_side_reckoned_by_hand(size, window, stride, before, after, side):
    panel, layer_by_layer = arithmetic_panel()
    assert layer_by_layer(size, window, stride, before, after)[0][1] == side
    conv1 = torch.nn.Conv2d(3, 1, window, stride, device="meta")
    assert conv1(torch.empty(1, 3, size + before + after, size + before + after, device="meta")).shape[-1] == side
    figure = plt.figure()
    panel.draw(figure, size, window, stride, before, after)
    row = figure.axes[0]
    assert row.get_title(loc="left") == f"{side} windows of {window} at stride {stride} along {size} pixels"


@pytest.mark.parametrize("size", [224, 227, 195, 256])
def test_all_layers_equal_the_library_s_own_count(size):
    _, layer_by_layer = arithmetic_panel()
    counted = count_layers(AlexNetConfig(image_size=size))
    rows = layer_by_layer(size, after=-(size - 11) % 4)  # the library rounds up
    wanted = {row.name: [row.output[-1], row.field, row.macs / 1e6] for row in counted if row.kind in ("conv", "pool")}
    assert {name: numbers for name, *numbers in rows} == wanted


def test_paper_s_chain_has_the_published_numbers():
    _, layer_by_layer = arithmetic_panel()
    rows = {name: numbers for name, *numbers in layer_by_layer()}
    assert [rows[name][0] for name in ("conv1", "pool1", "pool2", "pool5")] == [55, 27, 13, 6]
    assert rows["pool5"][1] == 195 and rows["conv1"][2] == 105.4152  # million
    convolutions = total([row for row in count_layers(AlexNetConfig()) if row.kind == "conv"], "macs")
    assert sum(numbers[2] for numbers in rows.values()) == pytest.approx(convolutions / 1e6)


def test_chapter_06_says_what_it_draws_and_one_line_where_nothing_fits():
    panel, _ = arithmetic_panel()
    assert panel.picture.outputs[1]["text"] == (
        "conv1 55 x 55, 227 pixels reached; 9,216 values to fc6, which reads 9,216; pool5 sees 195 pixels; "
        "666 million MACs\n")
    panel.controls["size"].value = 64
    panel.controls["stride"].value = 8
    assert "image/png" in panel.picture.outputs[0]["data"]
    panel.controls["size"].min = 4
    panel.controls["size"].value = 4
    assert panel.picture.outputs[0]["text"].startswith("cannot be drawn: window 11 at stride 8")
    panel.controls["window"].value = 3
    assert panel.picture.outputs[0]["text"].startswith("cannot be drawn: pool1 has no place")


# 07: colour noise


def colour_panel():
    grey = {"coffee": np.full((8, 8, 3), 120, np.uint8)}
    names = {"photographs": grey, "IMAGENET_COLOURS": IMAGENET_COLOURS, "np": np}
    noise = source("07", containing="def plain_shift(")
    exec(noise[noise.index("def plain_shift(") : noise.index("values, vectors = plain_pca")], names)
    exec(noise[noise.index("SIZES = ") : noise.index("alphas = ")], names)
    exec(source("07", containing="titles = {").split("choices = ")[0], names)
    return panel_of("07", **names)


def length(panel):
    return float(panel.picture.outputs[1]["text"].split("length ")[1].split(" ")[0].replace(",", ""))


def set_alphas(panel, *values):
    for i, value in enumerate(values, 1):
        panel.controls[f"alpha_{i}"].value = value


@pytest.mark.parametrize(("form", "wanted"), [("released", 12.2), ("unit", 5.8), ("paper", 1483.0)])
def test_one_deviation_of_alpha_1_is_as_long_as_published_scales_say(form, wanted):
    assert isinstance(IMAGENET_COLOURS, RgbPca)
    panel = colour_panel()
    panel.controls["form"].value = form
    set_alphas(panel, 1.0, 0.0, 0.0)
    assert length(panel) == pytest.approx(wanted, abs=0.06 if wanted < 100 else 0.6)


@pytest.mark.parametrize(("form", "answer"), [("released", 0.9), ("paper", 0.3)])
def test_alpha_that_chapter_07_asks_for(form, answer):
    panel = colour_panel()
    panel.controls["form"].value = form
    set_alphas(panel, 0.0, 3.0, 0.0)
    wanted = length(panel)
    found = {}
    for tenth in range(31):
        set_alphas(panel, tenth / 10, 0.0, 0.0)
        found[tenth / 10] = abs(length(panel) - wanted)
    assert min(found, key=found.get) == answer
    power = {"released": 1, "paper": 2}[form]
    assert answer == round(3 * (37.09 / 121.78) ** power, 1)


def test_printed_reading_leaves_no_value_within_0_to_255():
    panel = colour_panel()
    panel.controls["form"].value = "paper"
    assert "100 % of the values beyond" in panel.picture.outputs[1]["text"]
    panel.reset.click()
    assert " 0 % of the values beyond" in panel.picture.outputs[1]["text"]
