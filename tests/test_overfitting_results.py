"""From the records of `overfitting` to the verdicts of section 4.1 and the effects of the colour noise."""

import re

import pytest
from made_records import SPREAD, put_run, shifted

from alexnet_lib import paper
from alexnet_lib.experiments.comparison import load_comparison
from alexnet_lib.experiments.overfitting import OVERFITTING, SIZES
from alexnet_lib.experiments.overfitting_results import (
    arms_by_size,
    judge,
    light_effect,
    measured_effects,
    relit_changed_pct,
)

BASE = (50.0, 51.0, 52.0)
NARROW, WIDE = SPREAD, (2.0, 0.0, -2.0)


def put(folder, arm_name, errors, training=20.0, relit=(10.0, 10.0, 10.0), budget="reduced"):
    """One record a seed, with these validation errors and shares of predictions changed by light."""
    for seed, error in enumerate(errors):
        result = {"validation_error_pct": error, "training_error_pct": training, "relit_changed_pct": relit[seed]}
        put_run(folder, OVERFITTING, arm_name, seed, result, budget,
                looks={"passes": [6], "validation_error_pct": [error]})


@pytest.mark.parametrize("claim", ["C09", "C38", "C41", "C42"])
def test_without_records_the_verdict_says_so(tmp_path, claim):
    found = judge(claim, tmp_path)
    assert found.label == "no record yet" and "experiments run overfitting" in found.reason
    assert measured_effects(None) == {}


@pytest.mark.parametrize("without, training, half, label", [
    (shifted(BASE, 8.0), 5.0, shifted(BASE, 6.0), "reproduced"),
    (shifted(BASE, 8.0), 5.0, shifted(BASE, 9.0), "partly"),  # half the width is worse
    (shifted(BASE, 8.0), 5.0, shifted(BASE, 7.0, WIDE), "partly"),  # better, but not surely
    (shifted(BASE, 8.0), 5.0, None, "no record yet"),  # whether a smaller net does better is not known
    (shifted(BASE, -3.0), 5.0, None, "not reproduced"),  # a larger gap, but a lower error
    (shifted(BASE, 3.0), 60.0, None, "not reproduced"),  # a higher error, but a smaller gap
    (shifted(BASE, 0.5, WIDE), 5.0, None, "undecided"),
    (shifted(BASE, 0.5, WIDE), 20.0, shifted(BASE, -5.0), "undecided"),
])
def test_c38_wants_a_larger_gap_and_error_and_a_better_smaller_net(tmp_path, without, training, half, label):
    put(tmp_path, "paper", BASE, training=20.0)
    put(tmp_path, "none", without, training=training)
    if half is not None:
        put(tmp_path, "half-none", half)
    assert judge("C38", tmp_path).label == label


@pytest.mark.parametrize("gaps, label", [
    ((30.0, 20.0, 1.0), "reproduced"),
    ((30.0, 20.0, 0.0), "partly"),
    ((30.0, -2.0, -2.0), "partly"),
    ((0.0, 20.0, 1.0), "partly"),
    ((0.0, 0.0, -2.0), "not reproduced"),
    ((-2.0, 0.0, 0.0), "undecided"),
    ((30.0, 20.0, None), "no record yet"),
])
def test_c09_looks_at_the_gap_at_three_sizes(tmp_path, gaps, label):
    for arm, gap in zip(("none", "none-10k", "none-40k"), gaps, strict=True):
        if gap is not None:  # NARROW: 0.25 points to each side; a gap of 0 is one that cannot be told
            put(tmp_path, arm, [50 + s for s in (NARROW if gap else WIDE)], training=50 - gap)
    put(tmp_path, "none-20k", BASE, training=90.0)  # written down after the rule, which does not ask for it
    found = judge("C09", tmp_path)
    assert found.label == label
    assert label == "no record yet" or "40,000 images" in found.reason
    assert "written after the runs" in OVERFITTING.rule.split("C09")[1].split("C41")[0]


@pytest.mark.parametrize("taken_off, spread, label", [
    (2.0, NARROW, "reproduced"),
    (1.3, NARROW, "reproduced"),  # NARROW makes an interval of 0.25 points to each side
    (1.2, NARROW, "partly"),
    (0.3, NARROW, "partly"),
    (0.2, NARROW, "not reproduced"),
    (-2.0, NARROW, "not reproduced"),
    (1.0, WIDE, "undecided"),
])
def test_c41_is_judged_by_the_released_form_against_one_point(tmp_path, taken_off, spread, label):
    put(tmp_path, "paper", BASE)
    put(tmp_path, "colour-released", shifted(BASE, -taken_off, spread))
    put(tmp_path, "colour-unit", shifted(BASE, -9.0))  # another reading, which must not count
    found = judge("C41", tmp_path)
    assert (found.label, found.budget) == (label, "reduced")


@pytest.mark.parametrize("with_noise, label", [
    ((6.0, 6.1, 5.9), "reproduced"), ((14.0, 14.1, 13.9), "not reproduced"), ((6.0, 10.0, 14.0), "undecided"),
])
def test_c42_counts_the_predictions_that_light_changes(tmp_path, with_noise, label):
    put(tmp_path, "paper", BASE, relit=(10.0, 10.0, 10.0))
    put(tmp_path, "colour-released", BASE, relit=with_noise)
    found = judge("C42", tmp_path)
    assert found.label == label and "10.0 % of the predictions" in found.reason


def test_effect_of_light_is_paired_by_seed(tmp_path):
    put(tmp_path, "paper", BASE, relit=(10.0, 20.0, 30.0))
    put(tmp_path, "colour-released", BASE[:2], relit=(8.0, 17.0))
    found = load_comparison(OVERFITTING, folder=tmp_path)
    assert relit_changed_pct(found, "paper") == {0: 10.0, 1: 20.0, 2: 30.0}
    effect = light_effect(found, "paper", "colour-released")
    assert (effect.value, effect.n) == (2.5, 2)  # (10 - 8 + 20 - 17) / 2
    assert relit_changed_pct(found, "colour-unit") == {} and light_effect(found, "paper", "colour-unit") is None


@pytest.mark.parametrize("claim", ["C09", "C38", "C41", "C42"])
def test_two_seeds_are_no_evidence(tmp_path, claim):
    for arm in ("paper", "none", "none-10k", "none-40k", "half-none", "colour-released"):
        put(tmp_path, arm, BASE[:2])
    assert judge(claim, tmp_path).label == "no record yet"


def test_full_records_without_the_half_net_leave_the_verdict_to_the_reduced_ones(tmp_path):
    put(tmp_path, "half-none", shifted(BASE, 6.0))
    for budget in ("reduced", "full"):
        put(tmp_path, "paper", BASE, budget=budget)
        put(tmp_path, "none", shifted(BASE, 8.0), training=5.0, budget=budget)
    found = judge("C38", tmp_path)
    assert (found.label, found.budget) == ("reproduced", "reduced")


@pytest.mark.parametrize("claim", ["C44", "C45", "C46"])
def test_claims_of_section_4_2_are_judged_by_the_other_module(tmp_path, claim, monkeypatch):
    dropout_results = pytest.importorskip("alexnet_lib.experiments.dropout_results")
    monkeypatch.setattr(dropout_results, "judge", lambda name, folder: (name, folder))
    assert judge(claim, tmp_path) == (claim, tmp_path)


def test_measured_effects_name_entries_of_the_paper_s_tables_and_the_arms_there_are(tmp_path):
    put(tmp_path, "paper", BASE)
    assert measured_effects(load_comparison(OVERFITTING, folder=tmp_path)) == {}
    put(tmp_path, "colour-unit", shifted(BASE, -0.5))
    found = measured_effects(load_comparison(OVERFITTING, folder=tmp_path))
    assert set(found) == {"CODE-13"} and "pixels 0 to 1: -0.50 points" in found["CODE-13"]
    put(tmp_path, "colour-released", shifted(BASE, -1.5))
    put(tmp_path, "colour-paper", shifted(BASE, 30.0))
    found = measured_effects(load_comparison(OVERFITTING, folder=tmp_path))
    assert set(found) == {"CODE-13", "CODE-14"} and all(paper.code_difference(name) for name in found)
    numbers = re.findall(r"(-?[\d.]+) points", found["CODE-13"])
    assert numbers == ["-1.50", "-0.50", "30.00"]


def test_arms_by_size_train_on_as_many_images_as_they_say():
    for way, mirror in (("paper", True), ("none", False)):
        arms = arms_by_size(way)
        assert tuple(arms) == SIZES
        for size, name in arms.items():
            config = OVERFITTING.arm(name).config
            assert (config.images, config.augmentation.mirror) == (size, mirror)
    with pytest.raises(ValueError, match="choose paper"):
        arms_by_size("mirror")
