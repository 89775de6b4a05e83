"""From kept kernels with known answers to the verdicts C67 and C68."""

import numpy as np
import pytest
from made_records import put_run

from alexnet_lib.experiments.comparison import load_comparison
from alexnet_lib.experiments.kernel_results import (
    KINDS,
    KernelRun,
    difference_effect,
    judge,
    kept_kernels,
    kinds,
    measure_run,
    measured_runs,
    share,
)
from alexnet_lib.experiments.records import RecordError
from alexnet_lib.experiments.seeing import SEEING

GREY, REVERSED = (1, 1, 1), (1, -1, 0)  # a colour index of 0, and of 1


def wave(colours):
    """Upright stripes."""
    return np.broadcast_to(np.array([1.0, -1, 1, -1, 1]), (5, 5)) * np.reshape(colours, (3, 1, 1))


def blob(colours):
    return np.exp(-np.add.outer(np.arange(-2.0, 3) ** 2, np.arange(-2.0, 3) ** 2) / 2) * np.reshape(colours, (3, 1, 1))


MADE = dict(zip(KINDS, (wave(GREY), wave(REVERSED), blob(REVERSED), blob(GREY)), strict=True))


def column(**counts):
    """(16, 3, 5, 5): so many kernels of a kind, by the first words of its name, the rest of kind "neither"."""
    chosen = [MADE[kind.replace("_", " ")] for kind, count in counts.items() for _ in range(count)]
    return np.array(chosen + [MADE["neither"]] * (16 - len(chosen)), np.float32)


def net(first, second):
    return np.concatenate([first, second])


SPECIALISED = net(column(direction_only=12), column(colour_only=14))
ALIKE = net(column(direction_only=8, colour_only=6), column(direction_only=8, colour_only=6))
BLANK = net(column(), column())


def put(folder, arm_name, nets, budget="reduced", passes=6):
    """One record a seed with these kernels at the end, and grey ones at the start."""
    for seed, kernels in enumerate(nets):
        arrays = {"kernels_0": BLANK, f"kernels_{passes}": kernels, "test_1": np.zeros(3)}
        put_run(folder, SEEING, arm_name, seed, {}, budget, arrays)


def found_in(folder):
    return load_comparison(SEEING, folder=folder)


# --- one run ----------------------------------------------------------------------------------------


def test_made_kernels_are_of_their_kind():
    np.testing.assert_array_equal(kinds(np.array(list(MADE.values()))), [0, 1, 2, 3])


def test_a_run_in_numbers():
    run = measure_run(SPECIALISED, seed=3, passes=6)
    assert (run.seed, run.passes) == (3, 6)
    assert run.kinds_pct == (12 / 0.32, 0, 14 / 0.32, 6 / 0.32)
    assert run.column_index == pytest.approx((0, 14 / 16), abs=1e-6)
    assert run.difference == pytest.approx(14 / 16) and run.specialised and run.p < 0.001
    assert (run.directional_pct, run.coloured_pct) == (37.5, 43.75)
    turned = measure_run(SPECIALISED[::-1])
    assert turned.difference == pytest.approx(run.difference) and turned.column_index[0] > turned.column_index[1]
    alike = measure_run(ALIKE)
    assert alike.difference == 0 and alike.p == 1 and not alike.specialised


def test_an_odd_number_of_kernels_is_refused():
    with pytest.raises(ValueError, match="columns"):
        measure_run(SPECIALISED[:31])


# --- records ----------------------------------------------------------------------------------------


def test_kernels_are_found_by_seed_and_passes(tmp_path):
    put(tmp_path, "paper", [SPECIALISED, ALIKE])
    found = found_in(tmp_path)
    kept = kept_kernels(found, "paper", tmp_path)
    assert {seed: list(kernels) for seed, kernels in kept.items()} == {0: [0, 6], 1: [0, 6]}
    np.testing.assert_array_equal(kept[1][6], ALIKE)
    assert [run.passes for run in measured_runs(found, "paper", tmp_path)] == [6, 6]
    assert [run.kinds_pct[3] for run in measured_runs(found, "paper", tmp_path, passes=0)] == [100, 100]
    assert measured_runs(found, "paper", tmp_path, passes=3) == ()
    assert measured_runs(found, "silent", tmp_path) == () and kept_kernels(found, "silent", tmp_path) == {}


def test_kernels_of_another_moment_do_not_take_the_place_of_the_last(tmp_path):
    put(tmp_path, "paper", [SPECIALISED], passes=12)  # "12" stands before "6" in the alphabet
    assert list(kept_kernels(found_in(tmp_path), "paper", tmp_path)[0]) == [0, 12]


def test_shares_over_runs(tmp_path):
    put(tmp_path, "paper", [SPECIALISED, ALIKE, BLANK])
    runs = measured_runs(found_in(tmp_path), "paper", tmp_path)
    assert share(runs, "directional_pct").value == pytest.approx(100 * (12 + 16 + 0) / 96)
    assert share(runs, "colour only").value == pytest.approx(100 * (14 + 12 + 0) / 96)
    assert share(runs, "neither").n == 3 and share((), "neither") is None
    with pytest.raises(ValueError, match="directional_pct"):
        share(runs, "grey")


def test_difference_is_paired_by_seed():
    def runs(**differences):
        return tuple(KernelRun(int(seed[1:]), 6, (0.5, 0.5 - difference), 0.5, (0, 0, 0, 100))
                     for seed, difference in differences.items())

    effect = difference_effect(runs(s0=0.1, s1=-0.3, s2=0.2), runs(s1=0.1, s2=0.2, s3=0.9))
    assert effect.value == pytest.approx((0.2 + 0.0) / 2) and effect.n == 2
    assert difference_effect(runs(s0=0.1), runs(s0=0.1)) is None


@pytest.mark.parametrize("harm", ["delete", "change", "empty"])
def test_a_lost_or_damaged_file_is_named(tmp_path, harm):
    put(tmp_path, "paper", [SPECIALISED] * 3)
    path = next((tmp_path / "seeing").glob("*s1.npz"))
    if harm == "delete":
        path.unlink()
    elif harm == "change":
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    else:
        put_run(tmp_path, SEEING, "paper", 1, {}, arrays={"test_1": np.zeros(3)})
    with pytest.raises(RecordError, match="s1.*experiments run seeing"):
        judge("C67", tmp_path)


# --- verdicts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("claim", ["C67", "C68"])
def test_without_enough_runs_there_is_no_verdict(tmp_path, claim):
    assert judge(claim, tmp_path).label == "no record yet"
    put(tmp_path, "paper", [SPECIALISED] * (2 if claim == "C67" else 5))
    assert judge(claim, tmp_path).label == "no record yet"  # C68: nothing to set against
    put(tmp_path, "one-column", [ALIKE] * 4)
    found = judge(claim, tmp_path)
    assert found.label == "no record yet" and "experiments run seeing" in found.reason


def test_another_claim_is_refused(tmp_path):
    with pytest.raises(ValueError, match="C67, C68, not C69"):
        judge("C69", tmp_path)


FEW = net(column(direction_only=1), column(direction_only=1))  # 2 of 32: 6.25 %
ONE = net(column(direction_only=1), column())  # 1 of 32: 3.1 %


@pytest.mark.parametrize("nets, label", [
    ([ALIKE] * 3, "reproduced"),
    ([net(column(direction_only=8), column())] * 3, "partly"),
    ([net(column(colour_only=8), column())] * 3, "partly"),
    ([FEW] * 3, "partly"),  # 6.25 % each time is above 5
    ([ONE, BLANK, ONE, BLANK], "not reproduced"),  # 0 to 4.4 %, and no colour
    ([ONE, BLANK, FEW], "undecided"),  # not wholly below 5
    ([SPECIALISED, BLANK, BLANK], "undecided"),  # 12 and 15 % on average, but not surely above 5
])
def test_c67_wants_more_kernels_than_noise_has_by_direction_and_by_colour(tmp_path, nets, label):
    put(tmp_path, "paper", nets)
    found = judge("C67", tmp_path)
    assert found.label == label and found.budget == "reduced" and f"n = {len(nets)}" in found.reason
    assert "6 passes" in found.reason


MILD = net(column(colour_only=4), column(colour_only=7))  # differs, but p is far above 0.05


@pytest.mark.parametrize("nets, control, label", [
    ([SPECIALISED] * 5, [ALIKE] * 5, "reproduced"),
    ([SPECIALISED[::-1], *[SPECIALISED] * 4], [ALIKE] * 5, "reproduced"),  # either column may be the coloured one
    ([SPECIALISED] * 5, [SPECIALISED] * 5, "undecided"),  # so does one column: its halves differ as much
    ([SPECIALISED] * 4 + [MILD], [ALIKE] * 5, "partly"),  # not every run
    ([MILD] * 5, [ALIKE] * 5, "partly"),  # always more than the control, never beyond chance
    ([SPECIALISED] + [ALIKE] * 4, [ALIKE] * 5, "not reproduced"),  # one in five, and the mean difference is unsure
    ([SPECIALISED] * 2 + [ALIKE] * 3, [ALIKE] * 5, "undecided"),
    ([ALIKE] * 5, [SPECIALISED] * 5, "not reproduced"),
])
def test_c68_wants_every_run_specialised_and_more_than_one_column(tmp_path, nets, control, label):
    put(tmp_path, "paper", nets)
    put(tmp_path, "one-column", control)
    found = judge("C68", tmp_path)
    assert found.label == label and "of 5 runs" in found.reason and "n = 5" in found.reason


def test_the_better_budget_decides(tmp_path):
    put(tmp_path, "paper", [BLANK] * 5)
    put(tmp_path, "paper", [ALIKE] * 10, budget="full", passes=60)
    found = judge("C67", tmp_path)
    assert (found.label, found.budget) == ("reproduced", "full") and "60 passes" in found.reason
