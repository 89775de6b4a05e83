"""One run from its configuration to its record: what is measured, what is kept, what happens without labels."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from alexnet_lib.data import cifar10
from alexnet_lib.data.augment import Augmentation
from alexnet_lib.experiments.execution import execute, execute_together
from alexnet_lib.experiments.protocol import Arm, Budget, Run, RunConfig, same_config
from alexnet_lib.experiments.records import RecordError, keep_arrays, keep_net, load_arrays, load_kept_net, write_record
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.nets.build import build_net, first_kernels
from alexnet_lib.nets.cifar import CifarNetConfig
from alexnet_lib.training.loop import TrainConfig
from alexnet_lib.training.pretraining import Pretraining

CPU = torch.device("cpu")
SMALL = RunConfig(AlexNetConfig.small(dropout=0.0), "raw", 256, TrainConfig(lr=0.005, max_passes=2),
                  Augmentation(24))


@pytest.fixture
def few_images(monkeypatch):
    """300 images of each set."""
    whole = cifar10.load
    monkeypatch.setattr(cifar10, "load", lambda split: cifar10.Split(*(array[:300] for array in whole(split))))


def run_of(config, seed=0):
    return Run("tiny", "arm", "quick", seed, config)


def test_a_run_that_diverged_leaves_a_record_of_plain_json(tmp_path):
    run = run_of(RunConfig(CifarNetConfig(activation="relu", initialisation="lecun"), "standardised", 256,
                           TrainConfig(lr=1e6, max_passes=5)))
    path = write_record(tmp_path, run, execute(run, CPU).record)
    record = json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert record["result"]["stopped"] == "diverged" and record["history"]["loss"][-1] is None


def test_a_run_that_looks_at_the_test_images_keeps_its_predictions(tmp_path, few_images):
    run = run_of(RunConfig(CifarNetConfig("13pct", "relu", "cuda-convnet"), "raw", 256,
                           TrainConfig(lr=0.001, max_passes=1), Augmentation(24, colour_sigma=0.1), test=True,
                           relight_sigma=0.1))
    record, predictions, trained = execute(run, CPU)
    assert set(predictions) == {"test_1", "test_10", "validation_1", "validation_10"} and trained is None
    for name, found in predictions.items():
        assert found.shape == (300, 10) and found.dtype == np.float16
        split, views = name.split("_")
        wrong = 100 * np.mean(found.astype(np.float32).argmax(1) != cifar10.load(split).labels)
        assert record["result"][f"{split}_{views}_view_error_pct"] == pytest.approx(wrong, abs=0.5)  # ties in halves
    assert 0 < record["result"]["relit_changed_pct"] < 100
    assert record["result"]["validation_1_view_error_pct"] == pytest.approx(record["result"]["validation_error_pct"])
    record["arrays"] = keep_arrays(tmp_path, run, predictions)
    loaded = load_arrays("tiny", run.name, record, tmp_path)
    assert all(np.array_equal(loaded[name], predictions[name]) for name in predictions)


def test_the_first_kernels_are_kept_after_the_passes_asked_for_and_at_the_end(few_images):
    _, arrays, _ = execute(run_of(replace(SMALL, kernels_at=(0, 1))), CPU)  # of two passes
    assert {name: kernels.shape for name, kernels in arrays.items()} == dict.fromkeys(
        ("kernels_0", "kernels_1", "kernels_2"), (32, 3, 5, 5))
    start = first_kernels(build_net(SMALL.net, torch.Generator().manual_seed(0))).numpy()
    assert np.array_equal(arrays["kernels_0"], start) and not np.array_equal(arrays["kernels_2"], start)


def test_the_net_of_seed_0_is_kept_and_answers_as_the_record_says(tmp_path, few_images):
    run = run_of(replace(SMALL, keep_net=True, measures=("mistakes",)))
    record, _, trained = execute(run, CPU)
    record["net"] = keep_net(tmp_path, run, trained)
    kept = load_kept_net("tiny", run.name, record, tmp_path)
    held_out = cifar10.load("validation")
    crops = held_out.images[:, 4:28, 4:28].astype(np.float32) - kept.metadata["scale"].offset[4:28, 4:28]
    answers = kept.net(torch.from_numpy(crops).permute(0, 3, 1, 2)).argmax(1).numpy()
    wrong = 100 * np.mean(answers != held_out.labels)
    assert wrong == pytest.approx(record["result"]["validation_error_pct"], abs=0.5) and record["result"]["mistakes"]
    assert execute(run_of(run.config, seed=1), CPU).trained is None


def test_a_kept_net_that_is_not_the_records_is_refused(tmp_path, few_images):
    run = run_of(replace(SMALL, keep_net=True))
    record, _, trained = execute(run, CPU)
    record["net"] = keep_net(tmp_path, run, trained)
    with pytest.raises(RecordError, match="missing or damaged.*experiments run tiny"):
        load_kept_net("tiny", run.name, {"net": {**record["net"], "digest": "0"}}, tmp_path)
    path = tmp_path / "tiny" / record["net"]["file"]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RecordError, match="missing or damaged"):
        load_kept_net("tiny", run.name, record, tmp_path)


def test_pretraining_goes_before_training_and_leaves_its_loss_in_the_record(few_images):
    config = replace(SMALL, pretraining=Pretraining("rotation", images=256, shown=512))
    record, _, _ = execute(run_of(config), CPU)
    plain, _, _ = execute(run_of(SMALL), CPU)
    assert record["result"]["pretraining"]["shown"] == 512 and "pretraining" not in plain["result"]
    assert record["history"]["loss"] != plain["history"]["loss"]
    assert same_config(record["config"], config) and not same_config(record["config"], SMALL)


def test_a_budget_sets_how_long_an_arm_learns_without_labels():
    budget = Budget("quick", seeds=1, max_passes=2, pretraining_shown=1_000)
    arm = Arm("a", replace(SMALL, pretraining=Pretraining("autoencoder", shown=5)))
    assert arm.configured(budget).pretraining == Pretraining("autoencoder", shown=1_000)
    assert Arm("b", SMALL).configured(budget).pretraining is None


def test_runs_that_are_trained_together_leave_the_records_of_single_ones(few_images):
    config = replace(SMALL, evaluate_every=1, kernels_at=(0, 1), measures=("mistakes",), keep_net=True,
                     pretraining=Pretraining("rotation", images=200, shown=200))
    runs = [run_of(config, seed) for seed in (0, 3)]
    alone = [execute(run, CPU) for run in runs]
    together = execute_together(runs, CPU)
    for (one, arrays, _), (other, other_arrays, _) in zip(alone, together, strict=True):
        assert one["seed"] == other["seed"] and one["config"] == other["config"]
        assert one["result"].keys() == other["result"].keys()
        for key in ("trailing_error_pct", "training_error_pct", "validation_error_pct"):
            assert one["result"][key] == pytest.approx(other["result"][key], abs=1), key
        assert one["looks"]["validation_loss"] == pytest.approx(other["looks"]["validation_loss"], rel=1e-2)
        assert one["history"]["images"] == other["history"]["images"]
        assert set(arrays) == set(other_arrays) and np.array_equal(arrays["kernels_0"], other_arrays["kernels_0"])
        assert "together" not in one["provenance"] and other["provenance"]["together"] == 2
        json.dumps(other, allow_nan=False)
    assert together[0].trained is not None and together[1].trained is None
    assert together[0].record["history"]["loss"] != together[1].record["history"]["loss"]


def test_only_runs_that_differ_in_their_seed_are_trained_together():
    with pytest.raises(ValueError, match="differ in more"):
        execute_together([run_of(SMALL), run_of(replace(SMALL, images=128), 1)], CPU)
