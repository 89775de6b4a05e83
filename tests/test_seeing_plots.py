"""Labels, neighbours and codes are drawn as given, told apart without colour, and refused where they do not fit."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from alexnet_lib.plots.seeing import (
    draw_neighbours,
    draw_panels,
    palette_png,
    plot_code_precision,
    plot_probabilities,
)

PICTURES = np.arange(2 * 3 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 4, 3)
NAMES = [["cat", "cat", "dog"], ["ship", "ship", "ship"]]


def test_bars_are_as_long_as_their_labels_are_probable(ax):
    plot_probabilities(ax, ["cat", "dog"], [80.0, 20.0], "dog")
    assert [bar.get_width() for bar in ax.patches] == [80, 20]
    assert [bar.get_hatch() for bar in ax.patches] == [None, "//"]  # the right one, also without colour
    assert [text.get_text() for text in ax.texts] == ["cat, 80 %", "dog, 20 %"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the most probable on top


def test_a_missing_right_label_is_no_error(ax):
    plot_probabilities(ax, ["cat"], [80.0], "ship")
    assert ax.patches[0].get_hatch() is None


@pytest.mark.parametrize("labels, shares", [(["cat"], [1.0, 2.0]), ([], [])])
def test_labels_and_probabilities_go_together(ax, labels, shares):
    with pytest.raises(ValueError, match="do not go with"):
        plot_probabilities(ax, labels, shares, "cat")


def test_panels_stand_above_their_labels():
    figure, axes = plt.subplots(2, 2)
    shares = np.array([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]])
    draw_panels(axes, PICTURES[0, :2], [1, 2], shares, ("cat", "dog", "ship"), most=2)
    assert [ax.get_title("center") for ax in axes[0]] == ["dog", "ship"]
    assert [np.array_equal(ax.get_images()[0].get_array(), picture)
            for ax, picture in zip(axes[0], PICTURES[0], strict=False)] == [True, True]
    assert [[text.get_text() for text in ax.texts] for ax in axes[1]] == [["dog, 70 %", "ship, 20 %"],
                                                                         ["cat, 50 %", "ship, 30 %"]]
    with pytest.raises(ValueError, match="do not fill 2 places"):
        draw_panels(axes, PICTURES[0], [1, 2, 0], shares, ("cat", "dog", "ship"))
    plt.close(figure)


def test_neighbours_stand_in_their_order_and_other_classes_are_named(ax):
    draw_neighbours(ax, PICTURES, NAMES, "neighbours")
    shown = [image.get_array() for image in ax.get_images()]
    assert np.array_equal(np.stack(shown), PICTURES.reshape(6, 4, 4, 3))
    lefts = [image.get_extent()[0] for image in ax.get_images()]
    assert lefts[:3] == sorted(lefts[:3]) == lefts[3:] and len(set(lefts)) == 3
    assert [text.get_text() for text in ax.texts] == ["cat", "dog", "ship"]
    assert [frame.get_linestyle() for frame in ax.patches] == ["-", "--", "-", "-"]
    low, high = ax.get_xlim()
    assert all(low <= image.get_extent()[0] and image.get_extent()[1] <= high for image in ax.get_images())


@pytest.mark.parametrize("names", [NAMES[:1], [["cat"] * 2] * 2])
def test_every_picture_needs_a_name(ax, names):
    with pytest.raises(ValueError, match="2 rows of 3 names"):
        draw_neighbours(ax, PICTURES, names)


def test_precision_stands_at_its_bits(ax):
    bits, mean = np.array([8, 16]), np.array([40.0, 44.0])
    plot_code_precision(ax, {"a code": (bits, mean, mean - 1, mean + 1)}, ["C0"], {"vectors": 50.0})
    line = next(line for line in ax.get_lines() if line.get_label() == "a code")
    assert line.get_xdata().tolist() == [8, 16] and line.get_ydata().tolist() == [40, 44]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["8", "16"]
    assert {"vectors", "a code"} <= {text.get_text() for text in ax.texts}
    assert ax.get_ylim()[0] == 0 and ax.get_ylim()[1] > 50


def test_codes_without_curves_are_refused(ax):
    with pytest.raises(ValueError, match="no curves"):
        plot_code_precision(ax, {}, {}, {})


def test_a_figure_of_few_colours_is_smaller_and_looks_alike():
    figure, ax = plt.subplots()
    draw_neighbours(ax, np.random.default_rng(0).integers(0, 256, (1, 3, 8, 8, 3), dtype=np.uint8), NAMES[:1])
    figure.canvas.draw()
    before = np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(float)
    whole = io.BytesIO()
    figure.savefig(whole, format="png")
    small = palette_png(figure)
    after = np.asarray(Image.open(io.BytesIO(small)).convert("RGB")).astype(float)
    assert after.shape == before.shape and np.abs(after - before).mean() < 3 and len(small) < len(whole.getvalue())
    assert not plt.fignum_exists(figure.number)


def test_a_code_without_a_colour_is_refused(ax):
    bits = np.array([8, 16])
    with pytest.raises(ValueError, match="no colour for the curve 'a code'"):
        plot_code_precision(ax, {"a code": (bits, bits, bits, bits)}, {}, {})
