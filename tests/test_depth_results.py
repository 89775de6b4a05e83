"""From records to verdicts of depth, width, data and order: the written rules on made-up runs."""

import pytest
from made_records import put_run, shifted

from alexnet_lib.experiments import depth
from alexnet_lib.experiments.depth import DEPTH_CLAIMS, DEPTH_TITLES, MIDDLE
from alexnet_lib.experiments.depth_results import RANKED, conv_shares_pct
from alexnet_lib.experiments.overfitting import OVERFITTING
from alexnet_lib.experiments.small_net import SMALL_NET
from alexnet_lib.experiments.small_net_results import judge
from alexnet_lib.experiments.verdicts import verdict
from alexnet_lib.nets.counts import count_layers, total

BASE = (30.0, 31.0, 32.0)


def put(folder, arm_name, errors, experiment=SMALL_NET):
    """One record a seed, with these validation errors."""
    for seed, error in enumerate(errors):
        put_run(folder, experiment, arm_name, seed, {"validation_error_pct": error, "training_error_pct": 20.0})


def put_without(folder, **points):
    """The paper's arm, and one arm without each layer, so many points worse."""
    put(folder, "paper", BASE)
    for layer, worse in points.items():
        put(folder, f"no-{layer}", shifted(BASE, worse))


@pytest.mark.parametrize("conv3, conv4, conv5, label", [
    (2.0, 1.5, 1.0, "reproduced"),
    (2.0, 0.0, -1.0, "partly"),
    (0.0, 0.1, -1.0, "not reproduced"),  # all below the paper's 2 points
])
def test_middle_layers_are_judged_one_by_one(tmp_path, conv3, conv4, conv5, label):
    put_without(tmp_path, conv3=conv3, conv4=conv4, conv5=conv5)
    found = judge("C72", tmp_path)
    assert found.label == label and f"conv3 {conv3:.2f} points" in found.reason and found.budget == "reduced"
    put(tmp_path, "two-middle", shifted(BASE, 0.5))
    assert "two middle layers of the same size in all 0.50 points" in judge("C72", tmp_path).reason


def test_a_wide_interval_leaves_depth_undecided(tmp_path):
    put(tmp_path, "paper", BASE)
    for layer in MIDDLE:
        put(tmp_path, f"no-{layer}", shifted(BASE, 1.0, (3.0, 0.0, -3.0)))
    assert judge("C72", tmp_path).label == "undecided"


@pytest.mark.parametrize("missing", ["conv3", "conv4", "conv5"])
def test_one_missing_arm_or_too_few_seeds_is_no_verdict(tmp_path, missing):
    put_without(tmp_path, **{layer: 2.0 for layer in MIDDLE if layer != missing})
    assert judge("C72", tmp_path).label == "no record yet"
    put(tmp_path, f"no-{missing}", shifted(BASE, 2.0)[:2])
    assert judge("C72", tmp_path).label == "no record yet"


@pytest.mark.parametrize("conv4, label", [(2.0, "partly"), (-2.0, "not reproduced"), (0.0, "undecided")])
def test_c10_needs_every_convolution_and_its_share(tmp_path, conv4, label):
    put_without(tmp_path, conv2=3.0, conv3=2.0, conv4=conv4, conv5=2.0)
    found = judge("C10", tmp_path)
    assert found.label == label and "conv3 1.45 %, conv4 1.09 % above 1 %" in found.reason


def test_shares_are_those_of_the_layer_table():
    """[CHM layers-145.cfg]: weights and biases of each layer over 60,965,224."""
    counted = {"conv1": 34_944, "conv2": 307_456, "conv3": 885_120, "conv4": 663_936, "conv5": 442_624}
    assert conv_shares_pct() == pytest.approx({name: 100 * n / 60_965_224 for name, n in counted.items()})


def put_scaling(folder, half=2.0, double=-1.0, longer=-1.0, more_data=-2.0):
    put(folder, "paper", BASE)
    for arm, points in (("half", half), ("double", double), ("longer", longer)):
        put(folder, arm, shifted(BASE, points))
    put(folder, "paper", BASE, experiment=OVERFITTING)
    put(folder, "paper-40k", shifted(BASE, more_data), experiment=OVERFITTING)


@pytest.mark.parametrize("changes, label", [
    ({}, "reproduced"),
    ({"more_data": 2.0}, "partly"),
    ({"half": -2.0, "double": 1.0, "longer": 1.0, "more_data": 1.0}, "not reproduced"),
    ({"half": 0.0, "double": 0.0, "longer": 0.0, "more_data": 0.0}, "undecided"),
])
def test_growth_is_judged_in_all_its_kinds(tmp_path, changes, label):
    put_scaling(tmp_path, **changes)
    assert judge("C12", tmp_path).label == label
    assert verdict("C74", tmp_path).label == label  # decided by C12


@pytest.mark.parametrize("points, label", [
    ((3.0, 2.0, 1.0, 0.0), "reproduced"),
    ((1.0, 3.0, 2.0, 0.0), "not reproduced"),
    ((3.0, 2.0, 2.0, 0.0), "undecided"),
])
def test_the_order_of_the_sections_is_that_of_the_effects(tmp_path, points, label):
    put(tmp_path, "paper", BASE)
    for arm, worse in zip(RANKED.values(), points, strict=True):
        # each arm its own scatter, or differences of equal effects would have no spread
        put(tmp_path, arm, shifted(BASE, worse, {"lrn-none": (0.2, -0.1, 0.0)}.get(arm, (0.1, 0.0, -0.1))))
    assert judge("C17", tmp_path).label == label


@pytest.mark.parametrize("claim", DEPTH_CLAIMS)
def test_without_records_the_verdict_says_what_to_run(tmp_path, claim):
    found = judge(claim, tmp_path)
    assert found.label == "no record yet" and "experiments run small_net" in found.reason


def test_two_middle_layers_hold_what_three_do():
    """Whichever of the three is missing: 64 x 9 x 144 + 72 x 9 x 64 = 64 x 9 x 96 + 48 x 9 x 96 + 48 x 9 x 64."""
    paper, equal = (count_layers(SMALL_NET.arm(arm).config.net) for arm in ("paper", "two-middle"))
    assert 64 * 9 * 144 + 72 * 9 * 64 == 64 * 9 * 96 + 48 * 9 * 96 + 48 * 9 * 64
    assert total(paper, "weights") == total(equal, "weights") and total(paper, "macs") == total(equal, "macs")
    assert sum(row.kind == "conv" for row in paper) == 5 and sum(row.kind == "conv" for row in equal) == 4


def test_every_arm_has_a_title_and_changes_one_thing():
    assert set(DEPTH_TITLES) == {arm.name for arm in depth.depth_arms(SMALL_NET.arm("paper").config)}
    base = SMALL_NET.arm("paper").config
    for name in DEPTH_TITLES:
        arm = SMALL_NET.arm(name)
        assert (arm.config.train, arm.config.images) == (base.train, base.images)
        assert (arm.config.net != base.net) == (name != "longer")  # which differs in its passes
    passes = {name: SMALL_NET.arm(name).configured(SMALL_NET.budget("reduced")).train.max_passes
              for name in ("longer", "paper")}
    assert passes["longer"] == 2 * passes["paper"]
