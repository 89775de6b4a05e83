"""Diagrams: the printed sizes come from the paper's data, the scale is kept, and every word can be read."""

from dataclasses import replace
from itertools import combinations
from math import prod

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.colors import to_hex, to_rgba
from matplotlib.patches import Rectangle
from matplotlib.path import Path
from matplotlib.text import Text

from alexnet_lib import paper, plots

BLUE, VERMILLION = "#0072B2", "#D55E00"
WEIGHTED = [layer for layer in paper.LAYERS if layer.weights]
IMAGE = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)


def one_gpu_layers():
    """The paper's net on one GPU: half the kernels in conv1 to conv4, all of the others [K12 §3.2]."""
    kernels = dict(zip(("conv1", "conv2", "conv3", "conv4", "conv5"), paper.COMPARED_NETS[1].conv_kernels, strict=True))
    kernels |= {"fc6": 4096, "fc7": 4096, "fc8": 1000}
    layers, before = [paper.LAYERS[0]], paper.LAYERS[0].output
    for layer in paper.LAYERS[1:]:
        read = (prod(before),) if layer.kind == "fc" else before
        made = (kernels.get(layer.name, before[0]), *layer.output[1:])
        layers.append(replace(layer, input=read, output=made, depth=read[0] if layer.weights else 0,
                              kernels=(kernels[layer.name],) if layer.weights else (),
                              reads="image" if layer.name == "conv1" else "own column"))
        before = made
    return layers


CONNECTIONS = [(layer.name, layer.input[0], layer.output[0], groups)
               for layer, groups in zip(WEIGHTED, (*paper.CONV_GROUPS, 1, 1), strict=False)]
TRAFFIC = {layer.name: (4 * prod(layer.output), 4 * moved)
           for layer, moved in zip(WEIGHTED, (0, 0, 43_264, 0, 0, 9_216, 4_096, 2_048), strict=True)}
LEDGER = [(layer.name, layer.parameters, layer.macs, layer.neurons) for layer in WEIGHTED]

#: name -> (size in inches, what draws it)
DRAWINGS = {
    "architecture": (plots.architecture_size(), plots.draw_architecture),
    "one GPU": (plots.architecture_size(one_gpu_layers()), lambda ax: plots.draw_architecture(ax, one_gpu_layers())),
    "connectivity": (plots.connectivity_size(CONNECTIONS), lambda ax: plots.draw_connectivity(ax, CONNECTIONS)),
    "one matrix": (plots.connectivity_size(CONNECTIONS[:1]),
                   lambda ax: plots.draw_connectivity(ax, CONNECTIONS[:1], columns=1)),
    "traffic": (plots.rows_size(8), lambda ax: plots.draw_traffic(ax, TRAFFIC)),
    "traffic at notebook width": ((6.4, 3.6), lambda ax: plots.draw_traffic(ax, TRAFFIC)),
    "ledger": (plots.rows_size(10), lambda ax: plots.draw_ledger(ax, LEDGER)),
    "ledger at notebook width": ((6.4, 4.2), lambda ax: plots.draw_ledger(ax, LEDGER)),
    "receptive fields": ((6.4, 4.6), lambda ax: plots.draw_receptive_fields(ax, IMAGE)),
    "windows": ((6.4, 2.4), plots.draw_windows),
    "windows, border on both sides": ((6.4, 2.4), lambda ax: plots.draw_windows(ax, padding=(2, 2))),
    "windows, no border": ((6.4, 2.4), lambda ax: plots.draw_windows(ax, padding=(0, 0))),
    "few windows": ((6.4, 2.4), lambda ax: plots.draw_windows(ax, 24, 5, 3, (0, 1))),
    "windows of a CIFAR net": ((6.4, 2.4), lambda ax: plots.draw_windows(ax, 32, 5, 1, (2, 2))),
    "pooling": ((6.4, 2), plots.draw_pooling),
    "pooling over eight": ((6.4, 2), lambda ax: plots.draw_pooling(ax, 8)),
}


@pytest.fixture
def draw():
    """Draws on fresh axes in the project's style and returns them, rendered."""
    figures = []

    def drawn(size, function):
        plots.use_style()
        figure, ax = plt.subplots(figsize=size)
        figures.append(figure)
        assert function(ax) is ax
        figure.canvas.draw()
        return ax

    yield drawn
    for figure in figures:
        plt.close(figure)


def visible_texts(ax):
    """Every piece of text on the page."""
    texts = [child for child in ax.get_children() if isinstance(child, Text)]  # with the titles
    if ax.axison:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            texts += [axis.label, *(tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high)]
    return [text for text in texts if text.get_text()]


def box(artist):
    return artist.get_window_extent(artist.figure.canvas.get_renderer())


def words(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def arrows(ax):
    """(start, end, colour) of each arrow, in data units."""
    return [(text.xyann, text.xy, to_hex(text.arrow_patch.get_edgecolor()).upper())
            for text in ax.texts if getattr(text, "arrow_patch", None)]


def blocks(ax, colour=BLUE):
    """Tinted or dotted rectangles of one column, in the order drawn; strips of normalisation left out."""
    return [patch for patch in ax.patches if isinstance(patch, Rectangle) and patch.get_height() > 0.07
            and to_hex(patch.get_edgecolor()).upper() == colour]


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_two_texts_overlap_and_none_leaves_the_figure(draw, name):
    ax = draw(*DRAWINGS[name])
    texts = visible_texts(ax)
    assert len(texts) >= 2
    page = ax.figure.bbox
    for text in texts:
        found = box(text)
        assert found.x0 >= 0 and found.y0 >= 0 and found.x1 <= page.x1 and found.y1 <= page.y1, text.get_text()
    for one, other in combinations(texts, 2):
        assert not box(one).overlaps(box(other)), f"{one.get_text()!r} and {other.get_text()!r} overlap"


@pytest.mark.parametrize("name", DRAWINGS)
def test_text_is_seven_points_or_more_and_no_drawing_is_wider_than_the_style_allows(draw, name):
    size, function = DRAWINGS[name]
    assert min(text.get_fontsize() for text in visible_texts(draw(size, function))) >= 7
    assert size[0] <= plots.WIDE[0]


@pytest.mark.parametrize("name", DRAWINGS)
def test_nothing_drawn_leaves_the_figure(draw, name):
    ax = draw(*DRAWINGS[name])
    found, page = ax.get_tightbbox(ax.figure.canvas.get_renderer()), ax.figure.bbox
    assert found.x0 >= -1 and found.y0 >= -1 and found.x1 <= page.x1 + 1 and found.y1 <= page.y1 + 1


@pytest.mark.parametrize("name", ["architecture", "one GPU"])
def test_no_text_of_figure_2_straddles_a_block_or_touches_an_arrow(draw, name):
    ax = draw(*DRAWINGS[name])
    for text in visible_texts(ax):
        found = box(text)
        for patch in ax.patches:
            other = box(patch)
            inside = other.x0 < found.x0 and found.x1 < other.x1 and other.y0 < found.y0 and found.y1 < other.y1
            assert inside or not other.overlaps(found), f"{text.get_text()!r} straddles the border of a block"
        for start, end, _ in arrows(ax):
            line = Path(ax.transData.transform([start, end]))
            assert not line.intersects_bbox(found, filled=False), f"an arrow runs through {text.get_text()!r}"


def test_columns_are_blue_and_vermillion_of_the_style_and_differ_without_colour():
    plots.use_style()
    assert [look["color"].lstrip("#") for look in plots.COLUMN_LOOK] == \
        [entry["color"].lstrip("#") for entry in plt.rcParams["axes.prop_cycle"]][:2] == ["0072B2", "D55E00"]
    for key in ("label", "hatch", "linestyle"):
        assert plots.COLUMN_LOOK[0][key] != plots.COLUMN_LOOK[1][key]


def test_figure_2_names_both_columns_and_hatches_the_second(draw):
    ax = draw(*DRAWINGS["architecture"])
    assert {"column 1 (GPU 1)", "column 2 (GPU 2)"} <= set(words(ax))
    first, second = blocks(ax, BLUE), blocks(ax, VERMILLION)
    assert len(first) == len(second) == 10  # five convolutions, three pools, fc6 and fc7
    assert not any(patch.get_hatch() for patch in first) and all(patch.get_hatch() for patch in second)


def test_figure_2_prints_the_sizes_and_kernels_of_the_papers_data(draw):
    found = words(draw(*DRAWINGS["architecture"]))
    for layer in paper.LAYERS:
        if layer.kind in ("conv", "pool"):
            maps, rows, columns = layer.output
            assert found.count(f"{maps // 2} x {rows} x {columns}") >= 2, layer.name
        if layer.kind == "conv":
            one, two = layer.kernels
            assert f"{one} + {two} kernels {layer.window} x {layer.window} x {layer.depth}," in found, layer.name
    assert "48 x 55 x 55" in found and "48 + 48 kernels 11 x 11 x 3," in found and "stride 4" in found
    assert found.count("LRN over 5 maps (strip)") == 2 and found.count("max 3 x 3, stride 2") == 3


def test_figure_2_changes_with_its_data(draw):
    layers = [replace(layer, output=(384, 14, 14)) if layer.name == "conv3" else layer for layer in paper.LAYERS]
    ax = draw(plots.architecture_size(layers), lambda ax: plots.draw_architecture(ax, layers))
    assert words(ax).count("192 x 14 x 14") == 2 and words(ax).count("192 x 13 x 13") == 2  # conv4 keeps its size


def test_values_that_cross_are_21632_4608_2048_and_2048(draw):
    notes = [text.replace("\n", " ") for text in words(draw(*DRAWINGS["architecture"]))
             if "GPUs talk" in text or "cross" in text]
    assert len(notes) == 4  # before conv3, fc6, fc7 and fc8
    assert "128 x 13 x 13 = 21,632 values" in notes[0]
    assert "128 x 6 x 6 = 4,608 values" in notes[1]
    assert "2,048 values" in notes[2]
    assert "fc8 runs on one GPU" in notes[3] and "2,048 values" in notes[3]


def test_arrows_cross_the_columns_before_conv3_fc6_and_fc7_only(draw):
    ax = draw(*DRAWINGS["architecture"])
    middle = sum(text.get_position()[0] for text in ax.texts if text.get_text().startswith("column ")) / 2
    for colour, side in ((BLUE, -1), (VERMILLION, 1)):
        own = [(start, end) for start, end, found in arrows(ax) if found == colour]
        assert all((start[0] - middle) * side > 0 for start, _ in own)
        crossing = [end for start, end in own if (end[0] - middle) * side < 0]
        assert len(crossing) == 3
        assert len(own) == 10 + 3 + 1  # into ten blocks of its own, three times across, once to fc8


def test_blocks_keep_one_scale_for_sides_and_one_for_numbers_of_maps(draw):
    ax = draw(*DRAWINGS["architecture"])
    drawn = blocks(ax)[:8]
    layers = [layer for layer in paper.LAYERS if layer.kind in ("conv", "pool")]
    np.testing.assert_allclose([patch.get_height() / drawn[0].get_height() for patch in drawn],
                               [layer.output[1] / 55 for layer in layers])
    np.testing.assert_allclose([patch.get_width() / drawn[0].get_width() for patch in drawn],
                               [layer.output[0] / 96 for layer in layers])
    (scale,) = ax.get_lines()
    x, y = scale.get_data()
    np.testing.assert_allclose((y[1] - y[0]) / drawn[0].get_height(), 20 / 55)
    np.testing.assert_allclose((x[2] - x[1]) / drawn[0].get_width(), 100 / 48)
    assert {"20 pixels", "100 maps"} <= set(words(ax))


def test_the_one_gpu_net_is_one_column_without_talk(draw):
    ax = draw(*DRAWINGS["one GPU"])
    assert "column 1 (one GPU)" in words(ax) and not any("talk" in text for text in words(ax))
    assert not blocks(ax, VERMILLION) and len(blocks(ax)) == 11
    assert len(arrows(ax)) == 12 and all(start[0] == end[0] for start, end, _ in arrows(ax))
    assert {"48 x 55 x 55", "256 x 6 x 6", "192 kernels 3 x 3 x 128,", "4096"} <= set(words(ax))


def test_figure_2_exports_as_vectors(draw, tmp_path):
    figure = draw(*DRAWINGS["architecture"]).figure
    figure.savefig(tmp_path / "figure.svg")
    figure.savefig(tmp_path / "figure.pdf")
    assert "<image" not in (tmp_path / "figure.svg").read_text()
    assert (tmp_path / "figure.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("layers, message", [
    (paper.LAYERS[1:], "first layer is 'conv1'"),
    ((), "first layer is 'missing'"),
    ((paper.LAYERS[0], replace(paper.LAYERS[1], kernels=(32, 32, 32))), "kernels in 3 columns"),
])
def test_figure_2_refuses_what_it_cannot_draw(draw, layers, message):
    with pytest.raises(ValueError, match=message):
        draw((6.4, 6.4), lambda ax: plots.draw_architecture(ax, layers))


@pytest.mark.parametrize("read, made, groups, columns", [
    (12, 32, 2, 2), (16, 24, 1, 2), (12, 24, 4, 2), (12, 12, 3, 2), (8, 12, 1, 1), (6, 6, 6, 1),
])
def test_connectivity_fills_what_a_naive_mask_says(draw, read, made, groups, columns):
    layers = [("layer", read, made, groups)]
    ax = draw(plots.connectivity_size(layers), lambda ax: plots.draw_connectivity(ax, layers, columns))
    frame = next(patch for patch in ax.patches if to_rgba(patch.get_facecolor())[3] == 0)
    filled = [patch for patch in ax.patches if to_rgba(patch.get_facecolor())[3] > 0 and patch.get_y() < 1.3]
    for output in range(made):
        for source in range(read):
            x = frame.get_x() + (source + 0.5) / read * frame.get_width()
            y = frame.get_y() + (output + 0.5) / made * frame.get_height()
            here = [patch for patch in filled if patch.get_x() < x < patch.get_x() + patch.get_width()
                    and patch.get_y() < y < patch.get_y() + patch.get_height()]
            assert len(here) == (source // (read // groups) == output // (made // groups))
            if here:
                wanted = (BLUE, VERMILLION)[output * columns // made]
                assert to_hex(here[0].get_edgecolor()).upper() == wanted
                assert bool(here[0].get_hatch()) == (wanted == VERMILLION)
    assert {f"{made} made", f"reads {read // groups} of {read}"} <= set(words(ax))


def test_connectivity_refuses_groups_that_do_not_divide_and_three_columns(draw):
    with pytest.raises(ValueError, match="conv2: 5 groups do not divide 96 maps read and 256 made"):
        draw((4, 2), lambda ax: plots.draw_connectivity(ax, [("conv2", 96, 256, 5)]))
    with pytest.raises(ValueError, match="columns=3"):
        draw((4, 2), lambda ax: plots.draw_connectivity(ax, CONNECTIONS, columns=3))
    with pytest.raises(ValueError, match="no layers"):
        draw((4, 2), lambda ax: plots.draw_connectivity(ax, []))


def test_traffic_bars_start_at_zero_in_order_and_say_how_much(draw):
    ax = draw(*DRAWINGS["traffic"])
    computed, moved = ax.containers
    assert [label.get_text() for label in ax.get_yticklabels()] == list(TRAFFIC)
    assert ax.yaxis_inverted() and ax.get_xlim()[0] == 0
    assert all(bar.get_x() == 0 for bars in (computed, moved) for bar in bars)
    np.testing.assert_allclose([bar.get_width() for bar in moved], [pair[1] / 1024 for pair in TRAFFIC.values()])
    assert {"computed 1,134 KiB", "moved 169 KiB", "moved nothing"} <= set(words(ax))  # 290,400 and 43,264 floats
    assert not computed[0].get_hatch() and moved[0].get_hatch()
    assert ax.get_xlabel().endswith("(KiB)")


def test_large_traffic_is_in_mebibytes_and_wrong_traffic_is_refused(draw):
    large = {name: (128 * a, 128 * b) for name, (a, b) in TRAFFIC.items()}
    ax = draw(plots.rows_size(8), lambda ax: plots.draw_traffic(ax, large, xlabel="values of a batch of 128"))
    assert ax.get_xlabel() == "values of a batch of 128 (MiB)" and "moved 21 MiB" in words(ax)
    with pytest.raises(ValueError, match="conv3: -1 bytes"):
        plots.draw_traffic(ax, {"conv3": (10, -1)})
    with pytest.raises(ValueError, match="no layers"):
        plots.draw_traffic(ax, {})


def test_ledger_shows_convolutions_with_few_parameters_and_most_arithmetic(draw):
    ax = draw(*DRAWINGS["ledger"])
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == [row[0] for row in LEDGER] + ["all conv", "all fc"]
    shares = [[bar.get_width() for bar in bars] for bars in ax.containers]
    for share in shares:
        assert sum(share[:8]) == pytest.approx(100) and sum(share[8:]) == pytest.approx(100)
    at = labels.index("all conv")
    assert round(shares[0][at], 2) == 3.83 and round(shares[1][at], 1) == 91.9
    assert {"3.8 %", "91.9 %", "parameters\n60,965,224", "neurons\n659,272"} <= set(words(ax))


def test_ledger_refuses_unknown_groups_and_empty_measures(draw):
    with pytest.raises(ValueError, match="no layer begins with 'pool'"):
        draw((6.4, 4), lambda ax: plots.draw_ledger(ax, LEDGER, subtotals=("pool",)))
    with pytest.raises(ValueError, match="neurons of these rows add up to 0"):
        draw((6.4, 4), lambda ax: plots.draw_ledger(ax, [("conv1", 1, 1, 0)], subtotals=()))


def seen_by(layers, unit):
    """First and last pixel that one unit of the last layer sees, traced back layer by layer."""
    first = last = unit
    for layer in reversed([layer for layer in layers if layer.kind in ("conv", "pool")]):
        first, last = first * layer.stride - layer.pad, last * layer.stride - layer.pad + layer.window - 1
    return first, last


def test_receptive_fields_are_those_of_units_above_each_other(draw):
    ax = draw(*DRAWINGS["receptive fields"])
    squares = ax.patches[1::2]  # the white outlines lie below
    assert [patch.get_width() for patch in squares] == [11, 19, 51, 67, 99, 131, 163, 195]
    assert [patch.get_height() for patch in squares] == [patch.get_width() for patch in squares]
    assert len({patch.get_x() + patch.get_width() / 2 for patch in squares}) == 1
    largest = squares[-1].get_x() + 0.5, squares[-1].get_x() + squares[-1].get_width() - 0.5
    assert largest == seen_by(paper.LAYERS, 2) == (0, 194)
    assert {"conv1: 11 x 11", "pool5: 195 x 195"} <= set(words(ax))
    dashed = [patch.get_linestyle() not in ("-", "solid") for patch in squares]
    assert dashed == [False, True, False, True, False, False, False, True]  # the pools


@pytest.mark.parametrize("border", [0, 2])
def test_each_square_is_the_field_of_a_unit_that_exists(draw, border):
    layers = [replace(layer, pad=border) if layer.name == "conv1" else layer for layer in paper.LAYERS]
    ax = draw((6.4, 4.6), lambda ax: plots.draw_receptive_fields(ax, IMAGE, layers))
    with_field = [number for number, layer in enumerate(layers) if layer.kind in ("conv", "pool")]
    for number, square in zip(with_field, ax.patches[1::2], strict=True):
        fields = [seen_by(layers[:number + 1], unit) for unit in range(layers[number].output[1])]
        assert (square.get_x() + 0.5, square.get_x() + square.get_width() - 0.5) in fields


@pytest.mark.parametrize("shape, dtype", [
    ((227, 227, 3), np.uint8), ((224, 224, 3), np.float32), ((224, 224), np.uint8),
])
def test_receptive_fields_refuse_another_size_or_type_of_image(draw, shape, dtype):
    with pytest.raises(ValueError, match="crop it"):
        draw((6.4, 4.6), lambda ax: plots.draw_receptive_fields(ax, np.zeros(shape, dtype)))


def hanging(ax):
    """Widths of the hatched parts of windows, which lie below the row of pixels."""
    return [patch.get_width() for patch in ax.patches if patch.get_hatch() and patch.get_y() < 0]


@pytest.mark.parametrize("padding, count, over, note", [
    ((0, 3), 55, [3], "3 zeros beyond the edge"),
    ((2, 2), 55, [2, 1], "2 zeros beyond the edge"),
    ((0, 0), 54, [], "1 pixel in no window"),
])
def test_conv1_windows_along_224_pixels(draw, padding, count, over, note):
    ax = draw((6.4, 2.4), lambda ax: plots.draw_windows(ax, padding=padding))
    assert ax.get_title(loc="left") == f"{count} windows of 11 at stride 4 along 224 pixels"
    assert hanging(ax) == over and note in words(ax)
    assert f"windows\n5 to {count - 4}\nlike these" in words(ax)
    assert count == len([start for start in range(-padding[0], 224) if (start + padding[0]) % 4 == 0
                         and start + 11 <= 224 + padding[1]])


def test_the_last_conv1_window_reads_pixels_216_to_223_and_three_zeros(draw):
    ax = draw(*DRAWINGS["windows"])
    found = words(ax)
    assert "window 1: 0–10" in found and "55: 216–223" in found and "54: 212–222" in found
    outside = [patch for patch in ax.patches if patch.get_hatch() and patch.get_y() == 0]
    assert len(outside) == 3


def test_a_short_row_is_drawn_without_a_gap(draw):
    ax = draw(*DRAWINGS["few windows"])
    assert not any("like these" in text for text in words(ax))
    row = sorted(patch.get_x() for patch in ax.patches if patch.get_y() == 0)
    assert row == list(range(25))
    assert "1 pixel in no window, 1 zero beyond the edge" in words(ax)


@pytest.mark.parametrize("arguments", [
    (10, 11, 4, (0, 0)), (224, 11, 0, (0, 3)), (224, 11, 4, (-1, 3)), (0, 1, 1, (0, 1)),
])
def test_windows_refuse_what_does_not_fit(draw, arguments):
    with pytest.raises(ValueError, match="no longer than the padded row"):
        draw((6.4, 2.4), lambda ax: plots.draw_windows(ax, *arguments))


@pytest.mark.parametrize("units, shared, made", [(9, [0, 3], [4, 4]), (8, [0, 2], [4, 3]), (13, [0, 5], [6, 6])])
def test_pooling_hatches_the_units_that_two_windows_share(draw, units, shared, made):
    ax = draw((6.4, 2), lambda ax: plots.draw_pooling(ax, units))
    split = units + 0.75
    for number in range(2):
        here = [patch for patch in ax.patches if (patch.get_x() > split) == bool(number)]
        assert sum(bool(patch.get_hatch()) for patch in here) == shared[number]
        assert sum(patch.get_y() < -1 for patch in here) == made[number]
    assert any(text.startswith(f"window 3, stride 2: {made[1]} windows") for text in words(ax))


def test_pooling_refuses_a_window_longer_than_the_row(draw):
    with pytest.raises(ValueError, match="window 5 at stride 2 over 4 units"):
        draw((6.4, 2), lambda ax: plots.draw_pooling(ax, 4, ((5, 2),)))
