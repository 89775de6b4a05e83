"""Planning, records and the runner: nothing is run twice, nothing is lost, nothing damaged is used."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from alexnet_lib.experiments.catalogue import EXPERIMENTS
from alexnet_lib.experiments.planning import LADDER, TUNING_SEED, chosen_rate, plan
from alexnet_lib.experiments.protocol import Arm, Budget, Experiment, Run, RunConfig, Verdict
from alexnet_lib.experiments.records import (
    RecordError,
    keep_arrays,
    load_arrays,
    load_records,
    pending,
    provenance_line,
    results_of,
    write_record,
)
from alexnet_lib.experiments.relu import RELU_SPEED
from alexnet_lib.experiments.runner import _at_once, chosen_arms, run_experiment
from alexnet_lib.nets.cifar import CifarNetConfig
from alexnet_lib.training.loop import TrainConfig


def tiny(rates=(0.01, 0.02)):
    """Two arms on 256 images; one searches its rate, one has it."""
    def config(unit):
        return RunConfig(CifarNetConfig(activation=unit, initialisation="lecun"), "standardised", 256,
                         TrainConfig(lr=0.01, target_error_pct=25))

    return Experiment("tiny", "t", (), "q", "m", "r", (Arm("relu", config("relu"), rates), Arm("tanh", config("tanh"))),
                      (Budget("quick", seeds=2, max_passes=2),), lambda claim, folder: Verdict("no record yet", ""))


def result(images=None, error=50.0, stopped="finished"):
    return {"images_to_target": images, "trailing_error_pct": error, "stopped": stopped}


def play(experiment, outcome):
    """Carry out a plan with made-up results until nothing is left; returns the results."""
    results, budget = {}, experiment.budgets[0]
    for _ in range(50):
        todo = plan(experiment, budget, results)
        if not todo:
            return results
        results[todo[0].name] = outcome(todo[0])
    raise AssertionError("the plan does not end")


# --- planning --------------------------------------------------------------------------------------


def test_the_ladder_is_1_2_5():
    assert [lr for lr in LADDER if 0.0009 < lr < 0.06] == [0.001, 0.002, 0.005, 0.01, 0.02, 0.05]


@pytest.mark.parametrize("best", [0.001, 0.01, 0.02, 0.5])
def test_the_search_walks_until_the_best_rate_has_a_worse_one_on_either_side(best):
    experiment = tiny()
    rank = {lr: abs(LADDER.index(lr) - LADDER.index(best)) for lr in LADDER}
    results = play(experiment, lambda run: result(1000 + 100 * rank[run.config.train.lr]))
    assert chosen_rate(experiment, experiment.arms[0], experiment.budgets[0], results) == best
    for neighbour in (LADDER.index(best) - 1, LADDER.index(best) + 1):
        assert f"relu-lr{LADDER[neighbour]:g}-quick-s{TUNING_SEED}" in results


@pytest.mark.parametrize("better, worse", [
    (result(900), result(1000)), (result(1000), result(None, 20)), (result(None, 30), result(None, 40)),
    (result(None, 80), result(None, 10, "diverged")), (result(None, 80), result(None, 89)),
])
def test_reaching_the_target_beats_a_low_error_beats_divergence(better, worse):
    experiment = tiny()
    outcomes = {0.01: better, 0.02: worse}
    results = play(experiment, lambda run: outcomes.get(run.config.train.lr, result(None, 99, "diverged")))
    assert chosen_rate(experiment, experiment.arms[0], experiment.budgets[0], results) == 0.01


def test_a_search_in_which_nothing_is_learnt_goes_on_downwards():
    # errors near 90 % differ by chance only: the least of them must not be taken for an optimum
    chance = {0.01: 90.3, 0.02: 89.5, 0.05: 90.2}
    def outcome(run):
        lr = run.config.train.lr
        return result(None, chance.get(lr, 90.0)) if lr > 0.002 else result(2000 + 1e6 * abs(lr - 0.001))

    experiment = tiny(rates=(0.01, 0.02, 0.05))
    assert chosen_rate(experiment, experiment.arms[0], experiment.budgets[0], play(experiment, outcome)) == 0.001


def test_seeds_that_count_never_include_the_tuning_seed():
    results = play(tiny(), lambda run: result(1000))
    best = chosen_rate(tiny(), tiny().arms[0], tiny().budgets[0], results)
    assert {f"relu-lr{best:g}-quick-s{seed}" for seed in (0, 1)} <= set(results)
    assert TUNING_SEED not in range(max(b.seeds for e in EXPERIMENTS.values() for b in e.budgets))


def test_an_arm_with_a_fixed_rate_is_not_searched():
    results = play(tiny(), lambda run: result(1000))
    assert sorted(name for name in results if name.startswith("tanh")) == [
        "tanh-lr0.01-quick-s0", "tanh-lr0.01-quick-s1"]


def test_an_arm_may_have_its_own_length_at_a_budget():
    arm = replace(tiny().arms[1], lengths=(("full", 7, (0.5,)),))
    assert arm.configured(Budget("full", 1, 2)).train == replace(arm.config.train, max_passes=7, lr_drops=(0.5,))
    assert arm.configured(Budget("quick", 1, 2)).train == replace(arm.config.train, max_passes=2)


@pytest.mark.parametrize("images, passes", [(5_000, 8), (20_000, 2), (1_000, 30)])
def test_a_budget_of_images_shown_gives_small_sets_more_passes_up_to_its_limit(images, passes):
    config = Budget("b", 1, max_passes=30, shown=40_000).apply(replace(tiny().arms[1].config, images=images))
    assert (config.images, config.train.max_passes) == (images, passes)


@pytest.mark.parametrize("only, arms", [
    ("", {"paper", "paper-5k", "none"}), ("paper", {"paper"}), ("pap", {"paper", "paper-5k"}),
    ("paper,none", {"paper", "none"}), ("5k,no", {"paper-5k", "none"}),
])
def test_arms_are_chosen_by_whole_names_first_then_by_parts(only, arms):
    experiment = replace(tiny(), arms=tuple(replace(tiny().arms[1], name=n) for n in ("paper", "paper-5k", "none")))
    assert chosen_arms(experiment, only) == arms


def test_arms_that_do_not_exist_are_named():
    with pytest.raises(ValueError, match="no arm of tiny matches 'dropout': choose from relu, tanh"):
        chosen_arms(tiny(), "dropout")


def test_the_plan_does_not_depend_on_the_order_in_which_runs_end():
    experiment, budget, results = tiny(), tiny().budgets[0], {}
    while todo := plan(experiment, budget, results):
        results[todo[-1].name] = result(1000 + 1e5 * todo[-1].config.train.lr)
    assert results == play(experiment, lambda run: result(1000 + 1e5 * run.config.train.lr))


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=list(EXPERIMENTS))
def test_arms_have_unique_names_fit_for_files_and_rates_on_the_ladder(experiment):
    names = [arm.name for arm in experiment.arms]
    assert len(set(names)) == len(names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.") for name in names)
    assert all(rate in LADDER for arm in experiment.arms for rate in arm.rates)
    assert {b.name for b in experiment.budgets} == {"quick", "reduced", "full"}


def test_the_two_sides_of_figure_1_differ_in_the_activation_only():
    by_name = {arm.name: arm.config.to_dict() for arm in RELU_SPEED.arms}
    pairs = [(name, name.replace("-tanh", "-relu")) for name in by_name if name.endswith("-tanh")]
    assert len(pairs) == 10
    for slow, fast in pairs:
        a, b = by_name[slow], by_name[fast]
        assert a["net"].pop("activation") == "tanh" and b["net"].pop("activation") == "relu"
        assert a == b


def test_unknown_budget_and_arm_are_named():
    with pytest.raises(ValueError, match="'huge'.*quick, reduced, full"):
        RELU_SPEED.budget("huge")
    with pytest.raises(ValueError, match="no arm 'nothing'"):
        RELU_SPEED.arm("nothing")


# --- records ---------------------------------------------------------------------------------------


def stored(folder, experiment=None, seed=0):
    experiment = experiment or tiny()
    arm, budget = experiment.arms[1], experiment.budgets[0]
    run = Run(experiment.name, arm.name, budget.name, seed, budget.apply(arm.config))
    return write_record(folder, run, {"arm": arm.name, "budget": "quick", "seed": seed, "config": run.config.to_dict(),
                                      "result": result(1000)})


def test_a_record_comes_back_as_it_was_written(tmp_path):
    path = stored(tmp_path)
    assert load_records("tiny", "quick", tmp_path) == {path.stem: json.loads(path.read_text())}
    assert load_records("tiny", "full", tmp_path) == {}
    assert [p.name for p in path.parent.iterdir()] == [path.name]  # no temporary file is left


def test_a_run_with_a_record_is_not_planned_again(tmp_path):
    before = [run.name for run in pending(tiny(), "quick", tmp_path)]
    path = stored(tmp_path)
    assert path.stem in before
    assert path.stem not in [run.name for run in pending(tiny(), "quick", tmp_path)]


@pytest.mark.parametrize("text", ["", '{"arm": "tanh", "bud', "[1, 2]", '{"arm": "tanh"}', "\udcff"])
def test_a_damaged_record_is_named_with_the_remedy(tmp_path, text):
    path = stored(tmp_path)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(RecordError, match=f"{path.name} is damaged .*delete it"):
        load_records("tiny", folder=tmp_path)


def test_a_record_of_another_configuration_is_not_used(tmp_path):
    path = stored(tmp_path)
    record = json.loads(path.read_text())
    record["config"]["train"]["momentum"] = 0.5
    path.write_text(json.dumps(record))
    with pytest.raises(RecordError, match="another configuration"):
        results_of(tiny(), load_records("tiny", folder=tmp_path))


def test_a_record_of_an_unknown_arm_is_named(tmp_path):
    path = stored(tmp_path)
    path.write_text(path.read_text().replace('"tanh"', '"gelu"', 1))
    with pytest.raises(RecordError, match="does not belong here"):
        results_of(tiny(), load_records("tiny", folder=tmp_path))


def test_a_failed_write_leaves_the_old_record_and_no_rubbish(tmp_path, monkeypatch):
    path = stored(tmp_path)
    before = path.read_text()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError):
        stored(tmp_path)
    assert path.read_text() == before and len(list(path.parent.iterdir())) == 1


def test_every_committed_record_is_whole_and_of_todays_configuration():
    for experiment in EXPERIMENTS.values():
        for name, record in load_records(experiment.name).items():
            assert results_of(experiment, {name: record})
            assert record["provenance"]["commit"] != "unknown" and not record["provenance"]["dirty"]
            assert name == f"{record['arm']}-lr{record['config']['train']['lr']:g}-{record['budget']}-s{record['seed']}"
            assert not record["history"]["stopped"].startswith("interrupted")


def test_damaged_or_missing_predictions_are_named_and_not_used(tmp_path):
    run = Run("tiny", "tanh", "quick", 0, tiny().arms[1].config)
    record = {"arrays": keep_arrays(tmp_path, run, {"test_1": np.ones((4, 2), np.float16)})}
    path = tmp_path / "tiny" / record["arrays"]["file"]
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
    with pytest.raises(RecordError, match="damaged.*experiments run tiny"):
        load_arrays("tiny", run.name, record, tmp_path)
    path.unlink()
    with pytest.raises(RecordError, match="missing.*experiments run tiny"):
        load_arrays("tiny", run.name, record, tmp_path)


def test_the_line_of_provenance_says_how_many_runs_computed_in_16_bits():
    part = {"date": "2026-01-01", "hardware": "h", "torch": "t", "commit": "c", "dirty": False, "data": "d",
            "time_s": 1}
    whole = {"seed": 0, "provenance": part}
    half = {"seed": 1, "provenance": part | {"precision": "bf16"}}
    assert provenance_line({"a": whole, "b": half}).startswith("2 runs, 1 of them with layers in 16 bits, 2026-01-01")
    assert provenance_line({"a": whole}).startswith("1 runs, 2026-01-01")


# --- the runner ------------------------------------------------------------------------------------

SWEEP = """
import sys
sys.path.insert(0, {here!r})
from pathlib import Path
from test_experiments import tiny
from alexnet_lib.experiments.runner import run_experiment
if __name__ == "__main__":
    print(run_experiment(tiny(), "quick", Path(sys.argv[1]), device="cpu", jobs=2, progress=False,
                         together=int(sys.argv[2]) if len(sys.argv) > 2 else None))
"""


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """Starts the tiny sweep in a process of its own, into a folder."""
    script = tmp_path_factory.mktemp("script") / "sweep.py"
    script.write_text(SWEEP.format(here=os.path.dirname(__file__)))
    return lambda *words: subprocess.Popen([sys.executable, str(script), *map(str, words)], stdout=subprocess.PIPE,
                                           stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory, sweep):
    """What the tiny sweep measures when it is left alone."""
    folder = tmp_path_factory.mktemp("whole")
    printed, errors = sweep(folder).communicate(timeout=300)
    assert int(printed) == len(measured(folder)) > 4, errors
    return measured(folder)


def measured(folder):
    """What does not depend on the clock, of every record."""
    keep = ("stopped", "images_to_target", "trailing_error_pct", "validation_error_pct")
    return {name: ({key: record["result"][key] for key in keep}, record["history"]["loss"])
            for name, record in load_records("tiny", folder=folder).items()}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_a_sweep_that_was_stopped_ends_like_one_that_was_not(tmp_path, sweep, uninterrupted, sign):
    process = sweep(tmp_path)
    place = tmp_path / "tiny"
    while not list(place.glob("*.json")):  # until the first run is finished and others are under way
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(sign)
    process.communicate(timeout=60)  # returns only when the workers are gone too
    assert process.returncode != 0
    kept = {path: path.stat().st_mtime_ns for path in place.glob("*.json")}
    assert 0 < len(kept) < len(uninterrupted)

    printed, errors = sweep(tmp_path).communicate(timeout=300)
    assert measured(tmp_path) == uninterrupted, errors
    assert all(path.stat().st_mtime_ns == then for path, then in kept.items())  # finished runs were kept


@pytest.mark.timeout(600)
def test_seeds_that_are_trained_at_once_leave_the_records_of_single_runs(tmp_path, sweep, uninterrupted):
    printed, errors = sweep(tmp_path, 3).communicate(timeout=300)
    assert set(measured(tmp_path)) == set(uninterrupted) and int(printed) == len(uninterrupted), errors
    records = load_records("tiny", folder=tmp_path)
    counted = {name: record for name, record in records.items() if record["seed"] < TUNING_SEED}
    seeds = tiny().budget("quick").seeds
    assert seeds > 1 and {record["provenance"].get("together", 1) for record in counted.values()} == {seeds}
    for name in counted:
        assert measured(tmp_path)[name][1] == pytest.approx(uninterrupted[name][1], rel=1e-2), name


def test_runs_of_one_configuration_are_trained_at_once_up_to_a_number():
    config, other = (arm.config for arm in tiny().arms[:2])
    runs = [Run("tiny", "a", "quick", seed, config) for seed in range(5)] + [Run("tiny", "b", "quick", 0, other)]
    at_once = [[(run.arm, run.seed) for run in some] for some in _at_once(runs, 3)]
    assert at_once == [[("a", 0), ("a", 1), ("a", 2)], [("a", 3), ("a", 4)], [("b", 0)]]
    assert all(len(some) == 1 for some in _at_once(runs, 1))


def test_an_unknown_precision_is_named(tmp_path):
    with pytest.raises(ValueError, match="choose off or bf16"):
        run_experiment(tiny(), "quick", tmp_path, device="cpu", precision="fp16")


def test_a_second_sweep_into_the_same_folder_is_turned_away(tmp_path, sweep):
    from filelock import FileLock

    (tmp_path / "tiny").mkdir()
    with FileLock(tmp_path / "tiny" / ".quick.lock"):
        _, errors = sweep(tmp_path).communicate(timeout=120)
    assert "another process is running tiny" in errors
