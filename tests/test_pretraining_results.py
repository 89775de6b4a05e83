"""From the records of `pretraining` to the verdict of C73, the gains and the price."""

import pytest
from made_records import SPREAD, put_run, shifted

from alexnet_lib.experiments.comparison import load_comparison
from alexnet_lib.experiments.pretraining import LABELS, PRETRAINING
from alexnet_lib.experiments.pretraining_results import gains, judge, seconds

BASE = (50.0, 51.0, 52.0)
NARROW, WIDE = SPREAD, (2.0, 0.0, -2.0)  # intervals of 0.25 and 5 points to each side


def put(folder, arm, errors, budget="reduced", pretraining_s=None):
    for seed, error in enumerate(errors):
        result = {"validation_error_pct": error, "training_error_pct": 20.0}
        if pretraining_s is not None:
            result["pretraining"] = {"task": arm.split("-")[0], "loss": 0.3, "time_s": pretraining_s + seed}
        put_run(folder, PRETRAINING, arm, seed, result, budget, history={"time_s": [30.0, 100.0]})


def put_all(folder, taken_off, spread=NARROW, task="autoencoder", errors=BASE):
    for labels, points in zip(LABELS, taken_off, strict=True):
        put(folder, f"scratch-{labels}", errors)
        put(folder, f"{task}-{labels}", shifted(errors, -points, spread))


def test_without_records_the_verdict_names_the_command(tmp_path):
    found = judge("C73", tmp_path)
    assert found.label == "no record yet" and "experiments run pretraining" in found.reason


@pytest.mark.parametrize("taken_off, spread, label", [
    ((2.0, 1.0, 0.3), NARROW, "reproduced"),
    ((2.0, 1.0, 0.2), NARROW, "partly"),
    ((2.0, -1.0, -1.0), NARROW, "partly"),
    ((0.2, 0.7, 0.2), NARROW, "partly"),  # 0.7 - 0.25 is above 0
    ((0.2, 0.2, 0.2), NARROW, "not reproduced"),
    ((-9.0, -9.0, -9.0), NARROW, "not reproduced"),
    ((-9.0, 0.2, 0.0), WIDE, "undecided"),  # the interval reaches above 1 point
    ((3.0, 3.0, 3.0), WIDE, "undecided"),
])
def test_c73_is_judged_by_the_auto_encoder_at_three_numbers_of_labels(tmp_path, taken_off, spread, label):
    put_all(tmp_path, taken_off, spread)
    found = judge("C73", tmp_path)
    assert (found.label, found.budget) == (label, "reduced")
    assert "with 4,000 labels" in found.reason and "rotation" not in found.reason


def test_rotation_is_told_and_does_not_count(tmp_path):
    put_all(tmp_path, (0.0, 0.0, 0.0))
    put_all(tmp_path, (9.0, 9.0, 9.0), task="rotation")
    found = judge("C73", tmp_path)
    assert found.label == "not reproduced"
    assert found.reason.endswith("40,000 9.00 points [8.75, 9.25], n = 3")


@pytest.mark.parametrize("missing", ["scratch-400", "autoencoder-40000"])
def test_a_missing_arm_or_seed_is_no_record(tmp_path, missing):
    put_all(tmp_path, (2.0, 2.0, 2.0))
    assert judge("C73", tmp_path).label == "reproduced"
    records = sorted((tmp_path / "pretraining").glob(f"{missing}-*.json"))
    records[0].unlink()  # two seeds are left
    assert judge("C73", tmp_path).label == "no record yet"
    for record in records[1:]:
        record.unlink()
    assert judge("C73", tmp_path).label == "no record yet"


def test_gains_are_scratch_minus_pre_trained_and_paired_by_seed(tmp_path):
    put(tmp_path, "scratch-400", (60.0, 70.0, 80.0))
    put(tmp_path, "rotation-400", (58.0, 66.0))
    found = load_comparison(PRETRAINING, folder=tmp_path)
    effect = gains(found, "rotation")
    assert (effect[400].value, effect[400].n) == (3.0, 2)  # (2 + 4) / 2
    assert effect[4_000] is None and gains(found, "autoencoder")[400] is None
    with pytest.raises(ValueError, match="unknown task 'jigsaw': choose one of autoencoder, rotation"):
        gains(found, "jigsaw")


def test_seconds_count_the_pre_training_too(tmp_path):
    put(tmp_path, "scratch-400", BASE)
    put(tmp_path, "autoencoder-400", BASE, pretraining_s=40.0)
    found = load_comparison(PRETRAINING, folder=tmp_path)
    assert seconds(found, "scratch-400").value == 100.0
    assert seconds(found, "autoencoder-400").value == 141.0  # 100 + the mean of 40, 41, 42
    assert seconds(found, "rotation-400") is None
