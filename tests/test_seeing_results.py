"""From records with known answers to the verdicts C69, C70 and C71."""

import pytest
from made_records import put_run

from alexnet_lib.experiments.binary_codes import BITS
from alexnet_lib.experiments.comparison import load_comparison
from alexnet_lib.experiments.off_centre import DIRECTIONS, MOVES
from alexnet_lib.experiments.retrieval import NEIGHBOURS
from alexnet_lib.experiments.seeing import CODE_BITS, MOVED_PIXELS, SEEING
from alexnet_lib.experiments.seeing_results import (
    CODE_TITLES,
    code_precision,
    judge,
    kept_when_moved,
    measured,
    precision_effect,
)

NARROW, WIDE = (0.1, 0.0, -0.1), (20.0, 0.0, -20.0)  # an interval of 0.25 points to each side, and of 50


def result(within=60.0, chance=50.0, kept=70.0, vectors=50.0, pixels=27.0, rank=8.0, code=(46.0, 25.0),
           pca=(44.0, 24.0)):
    """What one run measures; only the entries that the rules read differ from 1."""
    kept_pct = {name: {str(by): 1.0 for by in MOVES} for name in (*DIRECTIONS, "mean")}
    kept_pct["mean"][str(MOVED_PIXELS)] = kept
    codes = {method: {str(bits): 1.0 for bits in BITS} for method in CODE_TITLES}
    for method, (of_vectors, of_pixels) in (("autoencoder", code), ("pca", pca)):
        codes[f"{method}-vectors"][str(CODE_BITS)] = of_vectors
        codes[f"{method}-pixels"][str(CODE_BITS)] = of_pixels
    return {
        "mistakes": {"mistakes": 3000, "within_group_pct": within, "within_group_by_chance_pct": chance},
        "off-centre": {"images": 4000, "error_at_centre_pct": 30.0, "kept_pct": kept_pct},
        "retrieval": {"gallery": 40_000, "queries": 2000, "precision_at_6_vectors_pct": vectors,
                      "precision_at_6_pixels_pct": pixels, "median_pixel_rank": 400 * rank,
                      "median_pixel_rank_pct": rank, "codes": codes},
    }


def put(folder, results, arm_name="paper", budget="reduced"):
    for seed, measures in enumerate(results):
        put_run(folder, SEEING, arm_name, seed, measures, budget)


def varied(key, value, spread=NARROW, **others):
    return [result(**{key: value + change}, **others) for change in spread]


def codes_apart(points, spread=NARROW):
    return [result(code=(25 + points + change, 25.0)) for change in spread]


@pytest.mark.parametrize("claim", ["C67", "C69", "C70", "C71"])
def test_without_records_the_verdict_says_so(tmp_path, claim):
    found = judge(claim, tmp_path)
    assert found.label == "no record yet" and "experiments run seeing" in found.reason


@pytest.mark.parametrize("claim", ["C69", "C70", "C71"])
def test_two_seeds_are_not_enough(tmp_path, claim):
    put(tmp_path, [result(), result()])
    assert judge(claim, tmp_path).label == "no record yet"


@pytest.mark.parametrize("within, kept, spread, label", [
    (60.0, 70.0, NARROW, "reproduced"),
    (50.3, 50.3, NARROW, "reproduced"),
    (50.2, 70.0, NARROW, "partly"),  # within 0.25 points of chance
    (60.0, 50.2, NARROW, "partly"),  # within 0.25 points of one half
    (60.0, 30.0, NARROW, "partly"),
    (40.0, 70.0, NARROW, "partly"),
    (40.0, 30.0, NARROW, "not reproduced"),
    (40.0, 50.0, NARROW, "undecided"),
    (60.0, 30.0, WIDE, "undecided"),
])
def test_c69_wants_mistakes_within_the_group_and_answers_that_stay(tmp_path, within, kept, spread, label):
    put(tmp_path, [result(within=within + change, kept=kept + change) for change in spread])
    assert judge("C69", tmp_path).label == label


def test_c69_sets_the_mistakes_against_chance_within_each_run(tmp_path):
    put(tmp_path, [result(within=40.0 + far, chance=30.0 + far) for far in WIDE])
    found = judge("C69", tmp_path)
    assert found.label == "reproduced" and "10.0 points [10.0, 10.0], n = 3" in found.reason


@pytest.mark.parametrize("vectors, rank, spread, label", [
    (50.0, 8.0, NARROW, "reproduced"),
    (27.3, 1.3, NARROW, "reproduced"),
    (50.0, 1.2, NARROW, "partly"),  # an interval of 0.25 to each side reaches below 1 %
    (50.0, 0.5, NARROW, "partly"),
    (27.2, 8.0, NARROW, "undecided"),
    (20.0, 8.0, NARROW, "not reproduced"),
    (50.0, 8.0, WIDE, "undecided"),
])
def test_c70_wants_better_neighbours_that_are_far_in_pixels(tmp_path, vectors, rank, spread, label):
    put(tmp_path, [result(vectors=vectors + change, rank=rank + change) for change in spread])
    assert judge("C70", tmp_path).label == label


@pytest.mark.parametrize("points, spread, label", [
    (20.0, NARROW, "reproduced"), (0.3, NARROW, "reproduced"), (0.2, NARROW, "undecided"),
    (-0.3, NARROW, "not reproduced"), (20.0, WIDE, "undecided"),
])
def test_c71_compares_the_autoencoders_at_32_bits(tmp_path, points, spread, label):
    put(tmp_path, codes_apart(points, spread))
    assert judge("C71", tmp_path).label == label


def test_c71_tells_pca_beside_it(tmp_path):
    put(tmp_path, codes_apart(20.0))
    assert "by PCA 20.0 points" in judge("C71", tmp_path).reason


def test_the_centre_arm_decides_nothing(tmp_path):
    put(tmp_path, varied("kept", 70.0))
    put(tmp_path, varied("kept", 10.0), arm_name="centre")
    assert "70.0 %" in judge("C69", tmp_path).reason


def test_the_full_budget_wins(tmp_path):
    put(tmp_path, varied("vectors", 50.0))
    put(tmp_path, varied("vectors", 20.0), budget="full")
    found = judge("C70", tmp_path)
    assert (found.label, found.budget) == ("not reproduced", "full")


def test_curves_have_a_mean_and_an_interval_at_each_place(tmp_path):
    put(tmp_path, varied("kept", 70.0))
    found = load_comparison(SEEING, folder=tmp_path)
    assert list(kept_when_moved(found, "paper")) == list(MOVES)
    assert kept_when_moved(found, "paper")[MOVED_PIXELS].value == pytest.approx(70)
    assert kept_when_moved(found, "centre") == {}
    precision = code_precision(found, "autoencoder-vectors")
    assert list(precision) == list(BITS) and precision[CODE_BITS].value == 46 and precision[8].value == 1
    assert precision_effect(found).value == pytest.approx(23)


def test_what_an_arm_is_not_asked_for_is_left_out(tmp_path):
    measures = result()
    del measures["retrieval"]
    put(tmp_path, [measures] * 3)
    found = load_comparison(SEEING, folder=tmp_path)
    assert measured(found, lambda run: run["retrieval"]["queries"]) is None
    assert code_precision(found, "pca-pixels") == {} and precision_effect(found) is None
    assert judge("C70", tmp_path).label == judge("C71", tmp_path).label == "no record yet"
    assert judge("C69", tmp_path).label == "reproduced"


def test_records_speak_of_the_six_neighbours_of_the_paper():
    assert NEIGHBOURS == 6  # the names of the measures say so
