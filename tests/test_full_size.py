"""Recorded full-size trainings: what is read from them, and how C36 is judged."""

import json

import numpy as np
import pytest

from alexnet_lib.data.statistics import Normalisation
from alexnet_lib.experiments.full_size import judge_wait, keep_training, load_kernels, load_trainings, wait_pct
from alexnet_lib.experiments.records import RecordError
from alexnet_lib.nets.alexnet import AlexNet
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.training.settings import TrainingError
from alexnet_lib.training.weights import save_trained


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
    assert found.label == label and f"{max(waits):.1f} %" in found.reason and "n = 2" in found.reason


def test_trainings_come_by_name_with_what_they_recorded(tmp_path):
    for name, waited in (("b", 2.0), ("a", 1.0)):
        put(tmp_path, name, waited)
    assert [(name, run["images_per_s"], run["provenance"]["hardware"], wait_pct(run))
            for name, run in load_trainings(tmp_path).items()] == [
                ("a", 20.0, "a card", 1.0), ("b", 20.0, "a card", 2.0)]


@pytest.mark.parametrize("text", ["", "[1]", "{", "{}"])
def test_a_damaged_result_is_named(tmp_path, text):
    put(tmp_path, "run", 1.0)
    (tmp_path / "imagenette" / "run.json").write_text(text)
    with pytest.raises(RecordError, match="run.json is damaged"):
        load_trainings(tmp_path)


def test_a_finished_training_is_kept_with_its_kernels(tmp_path):
    run, records = tmp_path / "run", tmp_path / "records"
    run.mkdir()
    with pytest.raises(TrainingError, match="no weights"):
        keep_training(run, folder=records)
    config = AlexNetConfig.small()
    net = AlexNet(config)
    scale = Normalisation(np.zeros(3, np.float32), np.ones(3, np.float32))
    save_trained(run / "weights.safetensors", net, config, scale, {"data": {"checksum": "c"}})
    result = {"curve": [], "provenance": {}, "images_per_s": 1.0, "validation": {"1": {}, "10": {}},
              "data": {"name": "photographs", "checksum": "c"}}
    where = {"data": {"name": str(tmp_path / "photographs"), "checksum": "c"}}
    (run / "result.json").write_text(json.dumps(result | where))
    assert [path.name for path in keep_training(run, "mine", records)] == ["mine.json", "mine.safetensors"]
    assert load_trainings(records) == {"mine": result}
    np.testing.assert_array_equal(load_kernels("mine", records), net.features.conv1.weight.detach().numpy())
    with pytest.raises(RecordError, match="other.safetensors is missing.*experiments keep"):
        load_kernels("other", records)
