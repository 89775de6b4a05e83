"""From records to effects and verdicts: the rules of `small_net` and `cifar_norm`, and the exact checks."""

from dataclasses import replace

import pytest
from made_records import put_run, shifted

from alexnet_lib import paper
from alexnet_lib.data.augment import Augmentation
from alexnet_lib.experiments import exact
from alexnet_lib.experiments.cifar_norm import CIFAR_NORM
from alexnet_lib.experiments.comparison import load_comparison
from alexnet_lib.experiments.depth import DEPTH_TITLES
from alexnet_lib.experiments.exact import EXACT_CHECKS
from alexnet_lib.experiments.protocol import same_config
from alexnet_lib.experiments.small_net import ARM_TITLES, LEARNING_TITLES, SMALL_NET
from alexnet_lib.experiments.small_net_results import PAPER_EFFECT, judge, judge_cifar_norm, measured_effects
from alexnet_lib.experiments.verdicts import verdict
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.nets.counts import count_layers, total


def put(folder, arm_name, errors, training=20.0, experiment=SMALL_NET, budget="reduced"):
    """One record a seed, with these validation errors."""
    for seed, error in enumerate(errors):
        trained = training if isinstance(training, float) else training[seed]
        put_run(folder, experiment, arm_name, seed, {"validation_error_pct": error, "training_error_pct": trained},
                budget, looks={"passes": [3], "validation_error_pct": [error]})


BASE = (30.0, 31.0, 32.0)


@pytest.mark.parametrize("claim", [*SMALL_NET.claims, "C28b"])
def test_without_records_the_verdict_says_so(tmp_path, claim):
    found = judge_cifar_norm(claim, tmp_path) if claim == "C28b" else judge(claim, tmp_path)
    assert found.label == "no record yet" and "experiments run" in found.reason
    assert load_comparison(SMALL_NET, folder=tmp_path) is None and measured_effects(None) == {}


@pytest.mark.parametrize("claim", PAPER_EFFECT)
@pytest.mark.parametrize("points, spread, label", [
    (1.5, (0.1, 0.0, -0.1), "reproduced"),
    (-1.0, (0.1, 0.0, -0.1), "not reproduced"),
    (0.0, (0.02, 0.0, -0.02), "not reproduced"),  # shows that there is less than the paper's difference
    (0.3, (2.0, 0.0, -2.0), "undecided"),
])
def test_an_effect_is_judged_by_its_interval(tmp_path, claim, points, spread, label):
    put(tmp_path, "paper", BASE)
    put(tmp_path, PAPER_EFFECT[claim][0], shifted(BASE, points, spread))
    found = judge(claim, tmp_path)
    assert (found.label, found.budget) == (label, "reduced")


def test_paper_s_differences_are_those_of_its_claims():
    for claim, (_, points) in PAPER_EFFECT.items():
        assert {q.name: q.value for q in paper.claim(claim).quantities}["change of top-1 error"] == -points


def test_a_control_is_told_with_the_verdict_and_does_not_change_it(tmp_path):
    put(tmp_path, "paper", BASE)
    put(tmp_path, "lrn-none", shifted(BASE, 1.5))
    alone = judge("C28", tmp_path)
    put(tmp_path, "lrn-constant", shifted(BASE, 0.0))
    told = judge("C28", tmp_path)
    assert alone.label == told.label == "reproduced" and told.reason.startswith(alone.reason)
    assert ARM_TITLES["lrn-constant"] in told.reason and ARM_TITLES["lrn-constant"] not in alone.reason


def test_two_seeds_are_no_evidence(tmp_path):
    put(tmp_path, "paper", BASE[:2])
    put(tmp_path, "pool-2", shifted(BASE, 3)[:2])
    assert judge("C29", tmp_path).label == "no record yet"


def test_effects_are_paired_by_seed(tmp_path):
    put(tmp_path, "paper", BASE)
    put(tmp_path, "pool-2", shifted(BASE, 1.0, (0, 0, 0)))
    effect = load_comparison(SMALL_NET, folder=tmp_path).effect("pool-2", "paper")
    # the seeds spread by a point, the differences not at all
    assert (effect.value, effect.low, effect.high, effect.n) == pytest.approx((1, 1, 1, 3))


@pytest.mark.parametrize("gap, label", [(1.0, "reproduced"), (-1.0, "not reproduced"), (0.0, "undecided")])
def test_overfitting_is_judged_by_the_gap_and_not_by_the_error(tmp_path, gap, label):
    put(tmp_path, "paper", BASE, training=[20.0, 21.0, 22.0])
    put(tmp_path, "pool-2", shifted(BASE, 5), training=[25.0 - gap, 26.0 - gap + 0.01, 27.0 - gap])
    assert judge("C30", tmp_path).label == label


@pytest.mark.parametrize("points, label", [(0.8, "reproduced"), (-0.8, "reproduced"), (0.0, "undecided")])
def test_where_columns_talk_matters_if_the_error_moves_either_way(tmp_path, points, label):
    put(tmp_path, "paper", BASE)
    put(tmp_path, "silent", shifted(BASE, points))
    assert judge("C26b", tmp_path).label == label


@pytest.mark.parametrize("points, spread, label", [
    (2.0, (0.1, 0, -0.1), "reproduced"), (1.0, (0.1, 0, -0.1), "partly"), (0.0, (0.1, 0, -0.1), "not reproduced"),
    (1.0, (2.0, 0, -2.0), "undecided"),
])
def test_13_to_11_is_judged_by_the_clean_comparison(tmp_path, points, spread, label):
    def at(start):
        base = [error - 30 + start for error in BASE]
        put(tmp_path, "11pct", base, experiment=CIFAR_NORM)
        put(tmp_path, "11pct-no-norm", shifted(base, points, spread), experiment=CIFAR_NORM)
        put(tmp_path, "13pct", shifted(BASE, 9), experiment=CIFAR_NORM)  # must not matter
        return judge_cifar_norm("C28b", tmp_path).label

    assert at(11) == label
    assert at(21) == "undecided"  # too early in training


def test_what_one_arm_changes_together_is_told_together(tmp_path):
    put(tmp_path, "paper", BASE)
    put(tmp_path, "lrn-released", shifted(BASE, 0.5))
    effects = measured_effects(load_comparison(SMALL_NET, folder=tmp_path))
    assert set(effects) == {"CODE-02", "CODE-03", "CODE-04"} and "together" in effects["CODE-02"]


def test_full_records_win_over_reduced_ones_once_they_decide(tmp_path):
    put(tmp_path, "paper", BASE)
    put(tmp_path, "pool-2", shifted(BASE, 1.5))
    put(tmp_path, "paper", BASE, budget="full")
    assert judge("C29", tmp_path).budget == "reduced"
    put(tmp_path, "pool-2", shifted(BASE, -1.5), budget="full")
    assert (judge("C29", tmp_path).budget, judge("C29", tmp_path).label) == ("full", "not reproduced")


def test_arms_differ_from_the_paper_s_form_in_the_net_only():
    base = SMALL_NET.arm("paper").config
    for arm in (arm for arm in SMALL_NET.arms if arm.name in ARM_TITLES):
        assert replace(arm.config, net=base.net) == base
    assert {*ARM_TITLES, *LEARNING_TITLES, *DEPTH_TITLES} == {arm.name for arm in SMALL_NET.arms}


def test_equal_cost_means_equal_macs():
    two, one = (total(count_layers(SMALL_NET.arm(name).config.net), "macs")
                for name in ("paper", "one-column-equal-cost"))
    assert abs(one / two - 1) < 0.01


def test_clean_comparison_changes_the_norms_only():
    with_norm, without = (CIFAR_NORM.arm(name).config for name in ("11pct", "11pct-no-norm"))
    assert replace(with_norm, net=replace(with_norm.net, normalisation="none")) == without


def test_a_record_without_a_newer_field_is_one_with_its_default():
    config = SMALL_NET.arm("paper").config
    old = config.to_dict()
    assert same_config(old, config)
    del old["augmentation"]
    assert not same_config(old, config) and same_config(old, replace(config, augmentation=None))
    assert not same_config({**config.to_dict(), "unheard_of": 1}, config)
    assert not same_config(config.to_dict(), replace(config, augmentation=Augmentation(size=24, mirror=False)))
    assert not same_config(config.to_dict(), replace(config, net=AlexNetConfig.small()))


# --- exact checks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("claim", EXACT_CHECKS)
def test_every_exact_check_finds_what_is_known(claim):
    assert paper.claim(claim).status == "exact"
    expected = "paper is inconsistent" if claim in ("C34", "C37") else "exact, checked"
    assert verdict(claim).label == expected


def test_the_caption_s_one_wrong_number_is_named():
    assert "printed 253,440, counted 290,400" in verdict("C34").reason and "8 of 9" in verdict("C34").reason


@pytest.mark.parametrize("claim, name, broken", [
    ("C27", "local_response_norm", lambda x: x),
    ("C28c", "local_response_norm", lambda x: x - x.mean(1, keepdim=True)),
    ("C15", "top_k_error_pct", lambda scores, labels, k: 0.0),
    ("C02", "count_layers", lambda config: count_layers(AlexNetConfig.one_gpu())[:-1]),
    ("C33", "count_layers", lambda config: count_layers(AlexNetConfig.one_gpu())),
    ("C25", "count_layers", lambda config: count_layers(config)[: 5 if config.columns == 1 else None]),
])
def test_an_exact_check_can_fail(monkeypatch, claim, name, broken):
    monkeypatch.setattr(exact, name, broken)
    assert EXACT_CHECKS[claim]().label == "not reproduced"
