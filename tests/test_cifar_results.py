"""From records to the results of section 6: verdicts, published errors, averaged nets, shared mistakes, sampling."""

import itertools
import math

import numpy as np
import pytest
from made_records import put_run

from alexnet_lib import paper
from alexnet_lib.data import cifar10
from alexnet_lib.experiments import cifar_results_judged as judged
from alexnet_lib.experiments.cifar_results import CIFAR_RESULTS, SCHEDULES
from alexnet_lib.experiments.comparison import load_comparison
from alexnet_lib.experiments.mistakes import (
    average_nets,
    bootstrap_mean,
    chance_within,
    mistake_counts,
    sampling_half_width,
    shared_mistakes,
    wrong,
)
from alexnet_lib.experiments.records import RecordError
from alexnet_lib.experiments.statistics import Estimate

IMAGES = 400
LABELS = np.arange(IMAGES) % 10


def outputs_missing(images):
    """Outputs that are right but for these images, whose next class gets everything."""
    answers = LABELS.copy()
    answers[images] = (answers[images] + 1) % 10
    return np.eye(10, dtype=np.float16)[answers]


def put(folder, arm_name, results, outputs=None, budget="reduced", seconds=60.0):
    """One record a seed with these results; outputs: one (N, classes) a seed, kept as "test_1"."""
    for seed, result in enumerate(results):
        put_run(folder, CIFAR_RESULTS, arm_name, seed, result, budget, history={"time_s": [seconds + seed]},
                arrays=None if outputs is None else {"test_1": outputs[seed]})


def put_views(folder, one, ten, arm="13pct"):
    put(folder, arm, [{"test_1_view_error_pct": a, "test_10_view_error_pct": b} for a, b in zip(one, ten, strict=True)])


def put_nets(folder, mistakes, monkeypatch):
    """80sec nets that miss these images."""
    monkeypatch.setattr(cifar10, "load", lambda split: cifar10.Split(np.zeros((IMAGES, 1)), LABELS))
    outputs = [outputs_missing(images) for images in mistakes]
    put(folder, "80sec", [{"test_1_view_error_pct": 100 * len(m) / IMAGES} for m in mistakes], outputs)


def found_in(folder):
    return load_comparison(CIFAR_RESULTS, folder=folder)


# --- verdicts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("claim", CIFAR_RESULTS.claims)
def test_without_records_the_verdict_says_so(tmp_path, claim):
    found = CIFAR_RESULTS.judge(claim, tmp_path)
    assert found.label == "no record yet" and "experiments run cifar_results" in found.reason


@pytest.mark.parametrize("gains, label", [
    ((1.0, 1.2, 0.8), "reproduced"), ((-1.0, -1.2, -0.8), "not reproduced"), ((1.0, -1.0, 0.1), "undecided"),
])
def test_ten_views_are_judged_by_the_paired_gain(tmp_path, gains, label):
    ten = np.array([20.0, 25.0, 30.0])  # the seeds spread by far more than the gain
    put_views(tmp_path, ten + gains, ten)
    found = judged.judge("C39b", tmp_path)
    assert (found.label, found.budget) == (label, "reduced")
    assert f"{np.mean(gains):.2f} points" in found.reason and "25.0 % by ten views" in found.reason


def test_two_seeds_do_not_decide_about_ten_views(tmp_path):
    put_views(tmp_path, (21.0, 22.0), (20.0, 21.1))
    assert judged.judge("C39b", tmp_path).label == "no record yet"
    assert judged.ten_views_gain(found_in(tmp_path)).n == 2


def test_five_nets_that_err_on_different_images_beat_one(tmp_path, monkeypatch):
    put_nets(tmp_path, [range(40 * net, 40 * net + 40) for net in range(5)], monkeypatch)
    found = judged.judge("C62", tmp_path)
    assert found.label == "reproduced"
    assert "10.00 % for one net, 0.00 % for 5 averaged, 10.00 points less" in found.reason


def test_five_equal_nets_gain_nothing_and_decide_nothing(tmp_path, monkeypatch):
    put_nets(tmp_path, [range(40)] * 5, monkeypatch)
    assert judged.judge("C62", tmp_path).label == "undecided"


def test_nets_that_together_miss_more_are_not_reproduced(tmp_path, monkeypatch):
    # three of five miss the same 100 images, two none: alone 15 % on average, together 25 %
    put_nets(tmp_path, [range(100)] * 3 + [[]] * 2, monkeypatch)
    found = judged.judge("C62", tmp_path)
    assert found.label == "not reproduced" and "-10.00 points" in found.reason


def test_four_nets_are_not_five(tmp_path, monkeypatch):
    put_nets(tmp_path, [range(40 * net, 40 * net + 40) for net in range(4)], monkeypatch)
    assert judged.judge("C62", tmp_path).label == "no record yet"


def test_without_the_labels_the_verdict_says_what_is_missing(tmp_path, monkeypatch):
    put_nets(tmp_path, [range(40)] * 5, monkeypatch)

    def missing(split):
        raise cifar10.DataError("not here")

    monkeypatch.setattr(cifar10, "load", missing)
    found = judged.judge("C62", tmp_path)
    assert found.label == "no record yet" and "alexnet_lib data" in found.reason


def test_a_damaged_file_of_outputs_is_named(tmp_path, monkeypatch):
    put_nets(tmp_path, [range(40)] * 5, monkeypatch)
    path = next((tmp_path / CIFAR_RESULTS.name).glob("*s3.npz"))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RecordError, match="s3.npz is damaged"):
        judged.judge("C62", tmp_path)


@pytest.mark.parametrize("test_pct, validation_pct, images, label", [
    (25.5, 25.0, 10_000, "undecided"), (25.0, 20.0, 10_000, "not reproduced"), (20.0, 25.0, 10_000, "not reproduced"),
    (25.0, 25.0, 10_000_000, "reproduced"), (25.2, 25.0, 10_000_000, "not reproduced"),
])
def test_two_sets_are_judged_by_what_their_images_allow(tmp_path, monkeypatch, test_pct, validation_pct, images, label):
    monkeypatch.setattr(judged, "HELD_OUT_IMAGES", images)
    result = {"test_1_view_error_pct": test_pct, "validation_1_view_error_pct": validation_pct}
    put(tmp_path, "80sec-held-out", [result] * 3)
    assert judged.judge("C65", tmp_path).label == label


def test_rules_and_published_numbers_agree():
    assert (judged.AVERAGED, judged.CLOSE) == (5, 0.1)
    assert judged.PAPER_GAINS == {"C39b": 1.5, "C62": 2.6}
    assert "five 80sec nets" in CIFAR_RESULTS.rule and "within 0.1" in CIFAR_RESULTS.rule


# --- published errors ---------------------------------------------------------------------------------


@pytest.mark.parametrize("estimate, published, said", [
    (Estimate(27.0, 26.5, 27.5, 3), 26, False),  # wholly above
    (Estimate(26.2, 25.8, 26.6, 3), 26, True),  # within
    (Estimate(25.0, 24.5, 25.5, 3), 26, True),  # better
    (Estimate(25.0, math.nan, math.nan, 1), 26, None),
])
def test_a_published_error_is_reached_within_the_interval_or_below_it(estimate, published, said):
    assert judged.reached(estimate, published) is said


def test_a_net_stands_beside_what_was_published_of_it(tmp_path):
    put_views(tmp_path, (30.0, 31.0, 32.0), (20.0, 21.0, 22.0))
    found = judged.net_result(found_in(tmp_path), "13pct")
    # t = 4.3027 with two degrees of freedom, s.d. 1
    half = 4.302653 / math.sqrt(3)
    assert (found.error_pct.value, found.error_pct.low) == pytest.approx((21, 21 - half))
    assert (found.views, found.passes, found.published_passes) == (10, 10, 160)
    assert (found.published_error_pct, found.published_time_s, found.reached) == (13, 1500, False)
    assert found.time_s.value == pytest.approx(61)
    assert judged.net_result(found_in(tmp_path), "11pct") is None


def test_views_are_those_of_the_published_errors():
    assert {net: judged.published_views(net) for net in judged.NETS} == {
        "80sec": 1, "18pct": 1, "13pct": 10, "11pct": 10}
    for net in judged.NETS:
        assert ("ten views" in paper.cifar_net(net).augmentation) == (judged.published_views(net) == 10)


def test_schedules_have_the_published_passes_where_the_files_tell_them():
    told = {net: paper.cifar_net(net).passes for net in SCHEDULES if paper.cifar_net(net).passes}
    assert told == {net: SCHEDULES[net][0] for net in told} and set(told) == {"18pct", "13pct", "11pct"}


def test_kept_outputs_come_in_the_order_of_the_seeds(tmp_path, monkeypatch):
    put_nets(tmp_path, [range(net) for net in range(5)], monkeypatch)
    outputs = judged.kept_outputs(found_in(tmp_path), "80sec", "test_1", tmp_path)
    assert outputs.shape == (5, IMAGES, 10) and outputs.dtype == np.float32
    assert wrong(outputs, LABELS).sum(1).tolist() == [0, 1, 2, 3, 4]
    assert judged.kept_outputs(found_in(tmp_path), "18pct", "test_1", tmp_path) is None


# --- mistakes -----------------------------------------------------------------------------------------


def test_averages_equal_a_plain_loop():
    generator = np.random.default_rng(1)
    outputs = generator.dirichlet(np.full(10, 0.3), size=(4, IMAGES))
    single = [np.mean([output[i].argmax() != LABELS[i] for i in range(IMAGES)]) for output in outputs]
    for nets in (1, 2, 3, 4):
        by_hand = []
        for some in itertools.combinations(range(4), nets):
            bad = 0
            for i in range(IMAGES):
                mean = sum(outputs[k, i] for k in some) / nets
                bad += mean.argmax() != LABELS[i]
            by_hand.append(100 * bad / IMAGES)
        found = average_nets(outputs, LABELS, nets)
        assert found.errors_pct == pytest.approx(by_hand)
        assert found.error_pct.value == pytest.approx(np.mean(by_hand))
        assert found.gain_pct.value == pytest.approx(100 * np.mean(single) - np.mean(by_hand))


@pytest.mark.parametrize("nets", [0, 4])
def test_more_nets_than_there_are_cannot_be_averaged(nets):
    with pytest.raises(ValueError, match=f"from 1 to 3 nets can be averaged, not {nets}"):
        average_nets(np.ones((3, 5, 2)), np.zeros(5, int), nets)


def test_an_output_that_is_no_number_is_a_mistake():
    outputs = np.array([[1.0, 0.0], [np.nan, 0.0], [np.nan, np.nan]])
    assert wrong(outputs, np.zeros(3, int)).tolist() == [False, True, True]


def test_bootstrap_over_images_agrees_with_theory_and_repeats():
    values = np.repeat([0.0, 100.0], [7_500, 2_500])
    found = bootstrap_mean(values)
    half = 1.959964 * math.sqrt(25 * 75 / 10_000)  # normal approximation, in points
    assert found.value == 25 and found.n == 10_000
    assert (found.low, found.high) == pytest.approx((25 - half, 25 + half), abs=0.03)
    assert bootstrap_mean(values) == found
    assert bootstrap_mean(np.full(10, 3.0)) == Estimate(3.0, 3.0, 3.0, 10)
    with pytest.raises(ValueError, match="no values"):
        bootstrap_mean(np.array([]))


def test_bootstrap_by_counts_equals_drawing_images():
    values = np.random.default_rng(2).integers(0, 6, 300) * 20.0
    drawn = np.random.default_rng(3).choice(values, (20_000, 300)).mean(1)
    found = bootstrap_mean(values)
    assert (found.low, found.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.15)


def test_shared_mistakes_by_hand():
    mistakes = np.array([[1, 1, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0], [0, 0, 0, 0, 0, 0]], dtype=bool)
    shared = shared_mistakes(mistakes)
    assert shared[0, :2].tolist() == [100, 50]  # of four mistakes the other net makes two
    assert shared[1, :2] == pytest.approx([200 / 3, 100])
    assert shared[0, 2] == 0 and np.isnan(shared[2]).all()


def test_mistake_counts_by_hand():
    mistakes = np.array([[1, 1, 0, 0], [1, 0, 0, 0]], dtype=bool)
    found, independent = mistake_counts(mistakes)
    assert found.tolist() == [50, 25, 25]
    assert independent == pytest.approx([37.5, 50, 12.5])  # errors of 1/2 and 1/4: 3/8, 1/2, 1/8


def test_sampling_widths_are_those_of_binomial_draws():
    draws = np.random.default_rng(4).binomial([[50_000], [150_000]], 0.164, (2, 100_000)) / [[50_000], [150_000]]
    difference = 100 * np.subtract(*draws)
    assert sampling_half_width(16.4, 50_000, 150_000) == pytest.approx(1.959964 * difference.std(), rel=0.01)
    assert chance_within(0.1, 16.4, 50_000, 150_000) == pytest.approx(np.mean(np.abs(difference) <= 0.1), abs=0.01)
    assert sampling_half_width(25, 10_000, 10_000) == pytest.approx(1.2002, abs=1e-3)
