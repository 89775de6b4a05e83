"""Recorded full-size trainings: what is read from them, and how C36 is judged."""

import json

import pytest

from alexnet_lib.experiments.full_size import judge_wait, load_trainings
from alexnet_lib.experiments.records import RecordError


def put(folder, name, waited, trained=100.0):
    (folder / "imagenette").mkdir(exist_ok=True)
    (folder / "imagenette" / f"{name}.json").write_text(json.dumps({
        "curve": [], "provenance": {"hardware": "a card"}, "validation": {"1": {}, "10": {}}, "images_per_s": 20.0,
        "waited_for_data_s": waited, "training_s": trained}))


def test_without_trainings_there_is_no_verdict(tmp_path):
    assert judge_wait(tmp_path).label == "no record yet" and load_trainings(tmp_path) == {}


@pytest.mark.parametrize("waits, label", [((1.0, 4.9), "reproduced"), ((1.0, 5.1), "not reproduced")])
def test_the_longest_wait_decides(tmp_path, waits, label):
    for number, wait in enumerate(waits):
        put(tmp_path, f"run-{number}", wait)
    found = judge_wait(tmp_path)
    assert found.label == label and f"{max(waits):.1f} %" in found.reason and "2 trainings" in found.reason


def test_a_damaged_result_is_named(tmp_path):
    put(tmp_path, "run", 1.0)
    (tmp_path / "imagenette" / "run.json").write_text("{}")
    with pytest.raises(RecordError, match="run.json is damaged"):
        load_trainings(tmp_path)
