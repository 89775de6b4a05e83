"""From records to verdicts of section 5: the written rule on made-up runs."""

import pytest
from made_records import put_run, shifted

from alexnet_lib.experiments import small_net_results
from alexnet_lib.experiments.comparison import load_comparison
from alexnet_lib.experiments.learning_results import LEARNING_CLAIMS, early_effect, judge, measured_effects
from alexnet_lib.experiments.small_net import LEARNING_RULE, LEARNING_TITLES, SMALL_NET
from alexnet_lib.experiments.verdicts import verdict

EARLY_BASE, END_BASE = (60.0, 61.0, 62.0), (30.0, 31.0, 32.0)


def put(folder, arm_name, early=EARLY_BASE, end=END_BASE, validation=END_BASE, passes=(3, 6, 9, 12), budget="reduced"):
    """One record a seed: training error early on and at the end, and validation error at the end."""
    for seed, (first, last, held_out) in enumerate(zip(early, end, validation, strict=True)):
        looks = {"passes": list(passes), "training_error_pct": [first, *[last] * (len(passes) - 1)],
                 "validation_error_pct": [held_out] * len(passes)}
        put_run(folder, SMALL_NET, arm_name, seed, {"validation_error_pct": held_out, "training_error_pct": last},
                budget, looks=looks)


def moved(base, points, spread=0.1):
    return shifted(base, points, (spread, 0.0, -spread))


#: the label by hand, for differences of points + s, s.d. = spread: half-width 4.303 spread / sqrt(3) = 2.48 spread
CASES = [(1.0, 0.1, "reproduced"), (-1.0, 0.1, "not reproduced"), (0.2, 0.1, "undecided"), (1.0, 0.5, "undecided"),
         (0.3, 0.1, "reproduced")]


@pytest.mark.parametrize("points, spread, label", CASES)
def test_decay_is_judged_by_the_training_error_at_the_end(tmp_path, points, spread, label):
    put(tmp_path, "paper")
    put(tmp_path, "decay-0", early=moved(EARLY_BASE, -9), end=moved(END_BASE, points, spread),
        validation=moved(END_BASE, -9))
    found = judge("C48", tmp_path)
    assert (found.label, found.budget) == (label, "reduced") and f"{points:.2f} points" in found.reason


@pytest.mark.parametrize("points, spread, label", CASES)
def test_biases_are_judged_by_the_training_error_after_a_quarter(tmp_path, points, spread, label):
    put(tmp_path, "paper")
    put(tmp_path, "bias-0", early=moved(EARLY_BASE, points, spread), end=moved(END_BASE, -9),
        validation=moved(END_BASE, -9))
    found = judge("C51", tmp_path)
    assert (found.label, found.budget) == (label, "reduced")
    assert "after 3 passes" in found.reason and f"{points:.2f} points" in found.reason


def test_nets_not_looked_at_after_a_quarter_decide_nothing(tmp_path):
    for arm in ("paper", "bias-0"):
        put(tmp_path, arm, passes=(4, 8, 12))
    assert judge("C51", tmp_path).label == "no record yet"
    assert early_effect(load_comparison(SMALL_NET, folder=tmp_path), "bias-0") is None


def test_a_quarter_of_sixty_passes_is_the_fifteenth(tmp_path):
    passes = tuple(range(3, 61, 3))
    put(tmp_path, "paper", passes=passes, budget="full")
    put(tmp_path, "bias-0", early=moved(EARLY_BASE, 40), end=moved(END_BASE, 1.0), passes=passes, budget="full")
    found = judge("C51", tmp_path)  # `early` stands at pass 3, `end` from pass 6 on
    assert found.budget == "full" and "after 15 passes" in found.reason and ": 1.00 points" in found.reason


@pytest.mark.parametrize("claim, arm", [("C48", "decay-0"), ("C51", "bias-0")])
def test_two_seeds_or_a_missing_arm_are_no_evidence(tmp_path, claim, arm):
    assert judge(claim, tmp_path).label == "no record yet"
    put(tmp_path, "paper")
    assert judge(claim, tmp_path).label == "no record yet"
    put(tmp_path, arm, EARLY_BASE[:2], END_BASE[:2], END_BASE[:2])
    assert judge(claim, tmp_path).label == "no record yet"


def test_further_arms_are_told_and_do_not_change_the_verdict(tmp_path):
    put(tmp_path, "paper")
    put(tmp_path, "decay-0", end=moved(END_BASE, 1))
    alone = judge("C48", tmp_path)
    put(tmp_path, "decay-10x", end=moved(END_BASE, 5))
    told = judge("C48", tmp_path)
    assert told.label == alone.label == "reproduced"
    assert LEARNING_TITLES["decay-10x"] in told.reason and "5.00 points" in told.reason


@pytest.mark.parametrize("claim", LEARNING_CLAIMS)
def test_ledger_asks_this_rule(tmp_path, claim):
    put(tmp_path, "paper")
    put(tmp_path, "decay-0", end=moved(END_BASE, 1))
    put(tmp_path, "bias-0", early=moved(EARLY_BASE, 1))
    assert verdict(claim, tmp_path) == small_net_results.judge(claim, tmp_path) == judge(claim, tmp_path)
    assert claim in LEARNING_RULE and claim in SMALL_NET.claims


def test_a_claim_of_another_rule_is_refused():
    with pytest.raises(ValueError, match="C28.*C48, C51"):
        judge("C28")


def test_effects_of_choices_are_differences_of_the_arms_that_isolate_them(tmp_path):
    put(tmp_path, "paper")
    put(tmp_path, "rule-released", validation=moved(END_BASE, -2))
    put(tmp_path, "init-k12-scaled", validation=moved(END_BASE, 3))
    put(tmp_path, "init-k12", validation=moved(END_BASE, 40))
    effects = measured_effects(load_comparison(SMALL_NET, folder=tmp_path))
    assert {key: text.split(": ")[1].split(" points")[0] for key, text in effects.items()} == {
        "CODE-07": "3.00", "CODE-08": "-2.00", "DEV-02": "37.00"}
    assert measured_effects(None) == {}


def test_effects_without_their_arms_are_absent(tmp_path):
    put(tmp_path, "paper")
    assert measured_effects(load_comparison(SMALL_NET, folder=tmp_path)) == {}
