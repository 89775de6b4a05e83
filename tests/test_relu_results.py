"""From records to ratios and verdicts: the rule of `relu_speed`, on records with known numbers."""

import json
from dataclasses import replace

import pytest

from alexnet_lib.experiments.planning import LADDER, TUNING_SEED
from alexnet_lib.experiments.protocol import Run
from alexnet_lib.experiments.records import write_record
from alexnet_lib.experiments.relu import RELU_SPEED, STARTS, arm_name
from alexnet_lib.experiments.relu_results import judge, load_evidence, measured_effects
from alexnet_lib.experiments.verdicts import ledger, verdict
from alexnet_lib.render import replace_block

SPREAD = (0.95, 1.0, 1.05)  # what three seeds do, the same in both arms of a pair but for a little


def put(folder, arm_name_, passes, budget="reduced", best=0.01, validation=40.0, reached=True):
    """Records of a finished search and of three seeds of one arm, around the given number of passes."""
    arm, size = RELU_SPEED.arm(arm_name_), RELU_SPEED.arm(arm_name_).config.images
    at = LADDER.index(best)
    tuning = sorted({*arm.rates, *LADDER[at - 1 : at + 2]})
    seeds = range(len(SPREAD))
    for seed, lr in [(TUNING_SEED, lr) for lr in tuning] + [(seed, best) for seed in seeds]:
        config = RELU_SPEED.budget(budget).apply(arm.config)
        config = replace(config, train=replace(config.train, lr=lr))
        run = Run("relu_speed", arm.name, budget, seed, config)
        spread = SPREAD[seed % 3] * (1 + 0.01 * (seed % 2 if arm.name.endswith("relu") else 0))
        this = passes * (spread if seed != TUNING_SEED else 1 + abs(LADDER.index(lr) - at))
        ok = reached or seed == TUNING_SEED
        write_record(folder, run, {
            "experiment": "relu_speed", "arm": arm.name, "budget": budget, "seed": seed, "config": config.to_dict(),
            "result": {"stopped": "target" if ok else "finished", "images_to_target": this * size if ok else None,
                       "passes_to_target": this if ok else None, "trailing_error_pct": 25.0,
                       "validation_error_pct": validation + 0.1 * (seed % 3)},
            "history": {"images": [int(this * size)], "trailing_error_pct": [25.0], "time_s": [this]},
        })


def pair(folder, net, start, images, unit, ratio, **how):
    put(folder, arm_name(net, *start, images, unit), 4 * ratio, **how)
    put(folder, arm_name(net, *start, images, "relu"), 4)


def test_without_records_the_verdict_says_so(tmp_path):
    for claim in ("C18", "C19", "C20", "C21"):
        assert judge(claim, tmp_path).label == "no record yet"
    assert load_evidence(folder=tmp_path) is None and measured_effects(None) == {}


def test_ratio_and_rate_come_from_the_records(tmp_path):
    pair(tmp_path, "figure1", STARTS["2012"], 40_000, "tanh", 3.0)
    evidence = load_evidence(folder=tmp_path)
    slow = evidence.arm(arm_name("figure1", *STARTS["2012"], 40_000, "tanh"))
    assert slow.lr == 0.01 and slow.seeds == (0, 1, 2) and slow.passes == pytest.approx((11.4, 12.0, 12.6))
    ratio = evidence.ratio(slow.arm, slow.arm.replace("tanh", "relu"))
    # seed 1 of ReLU is 1 % slower, so the geometric mean is 3 / 1.01^(1/3)
    assert ratio.value == pytest.approx(3 / 1.01 ** (1 / 3)) and ratio.n == 3


@pytest.mark.parametrize("ratio, label", [
    (6.0, "reproduced"), (9.0, "reproduced"), (3.0, "partly"), (1.0, "not reproduced"), (0.7, "not reproduced"),
])
def test_c19_by_the_rule(tmp_path, ratio, label):
    pair(tmp_path, "figure1", STARTS["2012"], 40_000, "tanh", ratio)
    found = judge("C19", tmp_path)
    assert (found.label, found.budget) == (label, "reduced")
    assert f"{ratio / 1.01 ** (1 / 3):.2f}" in found.reason and "n = 3" in found.reason


def test_a_run_cut_off_makes_c19_a_lower_bound_and_says_so(tmp_path):
    pair(tmp_path, "figure1", STARTS["2012"], 40_000, "tanh", 7.0, reached=False)
    found = judge("C19", tmp_path)
    assert found.label == "reproduced" and "≥ 6.9" in found.reason


def test_two_seeds_are_not_enough(tmp_path):
    pair(tmp_path, "figure1", STARTS["2012"], 40_000, "tanh", 6.0)
    next((tmp_path / "relu_speed").glob("*tanh*-s2.json")).unlink()
    assert judge("C19", tmp_path).label == "no record yet"


def test_quick_records_are_no_evidence(tmp_path):
    pair(tmp_path, "figure1", STARTS["2012"], 40_000, "tanh", 6.0)
    for path in (tmp_path / "relu_speed").glob("*.json"):
        record = json.loads(path.read_text())
        path.unlink()
        path.with_name(path.name.replace("reduced", "quick")).write_text(json.dumps(record | {"budget": "quick"}))
    assert judge("C19", tmp_path).label == "no record yet"


def test_full_records_win_over_reduced_ones(tmp_path):
    pair(tmp_path, "figure1", STARTS["2012"], 40_000, "tanh", 3.0)
    for unit, passes in (("tanh", 24), ("relu", 4)):
        put(tmp_path, arm_name("figure1", *STARTS["2012"], 40_000, unit), passes, budget="full")
    found = judge("C19", tmp_path)
    assert (found.label, found.budget) == ("reproduced", "full")


@pytest.mark.parametrize("old, modern, label", [(5, 5, "reproduced"), (5, 0.7, "partly"), (1.2, 5, "not reproduced")])
def test_c18_and_c20_by_the_rule(tmp_path, old, modern, label):
    for unit in ("tanh", "logistic"):
        pair(tmp_path, "figure1", STARTS["2012"], 10_000, unit, old)
        pair(tmp_path, "figure1", STARTS["modern"], 10_000, unit, modern)
    # the other nets are missing: they matter only if this one is above 2
    assert judge("C20", tmp_path).label == ("no record yet" if old > 2 else "not reproduced")
    for net in ("18pct", "80sec"):
        pair(tmp_path, net, ("cuda-convnet", "raw"), 10_000, "tanh", old)
        pair(tmp_path, net, STARTS["modern"], 10_000, "tanh", modern)
    assert judge("C18", tmp_path).label == label
    assert judge("C20", tmp_path).label == label


@pytest.mark.parametrize("ratio, validation, label", [
    (2.0, 35.0, "reproduced"), (2.0, 45.0, "partly"), (0.5, 35.0, "partly"), (0.5, 45.0, "not reproduced"),
])
def test_c21_by_the_rule(tmp_path, ratio, validation, label):
    pair(tmp_path, "figure1", STARTS["2012"], 10_000, "abs_tanh", ratio, validation=validation)
    assert judge("C21", tmp_path).label == label


def test_measured_effects_speak_only_of_what_was_measured(tmp_path):
    pair(tmp_path, "figure1", STARTS["2012"], 40_000, "tanh", 3.0)
    assert set(measured_effects(load_evidence(folder=tmp_path))) == {"OPEN-07"}


def test_the_ledger_has_every_claim_and_says_which_have_no_record(tmp_path):
    entries = ledger(tmp_path)
    assert len(entries) == 80
    assert {e.claim.id for e in entries if e.verdict.budget} == set()
    assert verdict("C29", tmp_path).label == "no record yet"
    assert verdict("C07", tmp_path).label == "not testable here"


def test_a_block_of_the_readme_is_replaced_and_a_missing_one_is_named():
    text = "a\n<!-- rendered: x -->\nold\n<!-- end -->\nb\n"
    assert replace_block(text, "x", "new \\1") == "a\n<!-- rendered: x -->\nnew \\1\n<!-- end -->\nb\n"
    with pytest.raises(ValueError, match="rendered: y"):
        replace_block(text, "y", "new")
