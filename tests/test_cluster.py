"""Experiments that several machines share out: no run twice, none left out, and the records of one sweep."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from filelock import FileLock, Timeout
from test_experiments import result

from alexnet_lib.__main__ import main
from alexnet_lib.data.augment import Augmentation
from alexnet_lib.experiments import cluster, runner
from alexnet_lib.experiments.catalogue import EXPERIMENTS
from alexnet_lib.experiments.cluster import Jobs, Share, submit, wait_for
from alexnet_lib.experiments.merging import merge_records
from alexnet_lib.experiments.planning import TUNING_SEED, plan, units
from alexnet_lib.experiments.protocol import Arm, Budget, Experiment, RunConfig, Verdict
from alexnet_lib.experiments.records import RecordError, load_records
from alexnet_lib.experiments.runner import _others_kept_out
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.shards import Shard
from alexnet_lib.training.loop import TrainConfig

TESTS = str(Path(__file__).parent)
JOBS_PATH = os.pathsep.join([TESTS, *filter(None, [os.environ.get("PYTHONPATH")])])  # so that jobs find this file


def shared_out():
    """Two arms on 128 images with a fixed rate, and one whose rate is searched; arrays and nets are kept."""
    net = AlexNetConfig.small(kernels=(4, 8, 8, 8, 8), hidden=(16, 16))
    config = RunConfig(net, "raw", 128, TrainConfig(lr=0.005), Augmentation(24), kernels_at=(0, 1), keep_net=True)
    arms = (Arm("plain", config), Arm("searched", config, (0.005, 0.01)), Arm("other", config))
    return Experiment("shared_out", "t", (), "q", "m", "r", arms, (Budget("quick", seeds=2, max_passes=1),),
                      lambda claim, folder: Verdict("no record yet", ""))


class SharedOut(Share):
    """A job that knows the experiment of these tests."""

    def __call__(self, *words):
        EXPERIMENTS["shared_out"] = shared_out()
        super().__call__(*words)


@pytest.fixture
def known(monkeypatch):
    """`shared_out` is in the catalogue, here and in jobs."""
    monkeypatch.setitem(EXPERIMENTS, "shared_out", shared_out())
    monkeypatch.setattr(cluster, "Share", SharedOut)
    monkeypatch.setenv("PYTHONPATH", JOBS_PATH)


# --- what is shared out ----------------------------------------------------------------------------


def test_seeds_that_are_trained_together_belong_to_one_shard():
    experiment = shared_out()
    arms = {arm.name for arm in experiment.arms}
    whole = units(experiment, experiment.budgets[0], arms, whole_arms=True)
    assert [{arm for arm, _ in unit} for unit in whole] == [{arm} for arm in dict.fromkeys(u[0][0] for u in whole)]
    single = units(experiment, experiment.budgets[0], arms)
    assert {pair for unit in whole for pair in unit} == {pair for unit in single for pair in unit}
    assert len(whole) == len(arms) < len(single)


def test_a_searched_arm_is_one_unit_and_comes_first_and_other_seeds_are_one_each():
    names = {arm.name for arm in shared_out().arms}
    assert units(shared_out(), shared_out().budgets[0], names) == [
        (("searched", TUNING_SEED), ("searched", 0), ("searched", 1)),
        (("plain", 0),), (("plain", 1),), (("other", 0),), (("other", 1),)]
    assert units(shared_out(), shared_out().budgets[0], {"other", "searched"}, seeds=1) == [
        (("searched", TUNING_SEED), ("searched", 0)), (("other", 0),)]
    assert units(shared_out(), shared_out().budgets[0], {"plain"}, seeds=9) == [(("plain", 0),), (("plain", 1),)]


@pytest.mark.parametrize("count", [1, 2, 3, 8])
@pytest.mark.parametrize("experiment", [*EXPERIMENTS.values(), shared_out()], ids=[*EXPERIMENTS, "shared_out"])
def test_shards_do_each_run_of_one_sweep_once_though_they_know_nothing_of_one_another(experiment, count):
    budget = experiment.budgets[-1]
    mine = units(experiment, budget, {arm.name for arm in experiment.arms})

    def outcome(run):
        return result(1000 + 1e4 * abs(run.config.train.lr - 0.005))

    results, done = {}, []
    while todo := plan(experiment, budget, results):
        results |= {run.name: outcome(run) for run in todo}
    alone = sorted(results)
    for index in range(1, count + 1):
        pairs = {pair for unit in Shard(index, count).of(mine) for pair in unit}
        results = {}
        while todo := [run for run in plan(experiment, budget, results) if (run.arm, run.seed) in pairs]:
            results |= {run.name: outcome(run) for run in todo}
        done += results
    assert sorted(done) == alone


def test_the_same_shard_the_whole_and_other_divisions_are_kept_out_but_not_the_other_shards(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "ASKING_S", 0.05)
    for held, kept_out, let_in in [
        (Shard(2, 8), [Shard(2, 8), None, Shard(2, 3), Shard(1, 28)], [Shard(1, 8), Shard(8, 8)]),
        (None, [None, Shard(1, 8), Shard(2, 3)], []),
    ]:
        with _others_kept_out(tmp_path, "full", held):
            for shard in kept_out:
                with pytest.raises(Timeout), _others_kept_out(tmp_path, "full", shard):
                    pass
            for shard in let_in:
                with _others_kept_out(tmp_path, "full", shard):
                    pass
            with _others_kept_out(tmp_path, "reduced", None):
                pass
    with _others_kept_out(tmp_path, "full", None):  # nothing stays held
        pass


# --- the command line ------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["run", "submit", "merge"])
def test_the_help_has_examples_or_says_what_is_kept(word, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["experiments", word, "--help"])
    shown = capsys.readouterr().out
    assert stop.value.code == 0 and ("examples:" in shown or "keeps it" in shown)


@pytest.mark.parametrize("words, says", [
    ("run cifar_norm --shard 9/8", "i goes from 1 to n"),
    ("run cifar_norm --shard two", "'two' is not i/n"),
    ("run all --only nothing", "no experiment has an arm that matches 'nothing'"),
    ("run all --budget huge", "unknown budget 'huge'"),
    ("submit nothing --shards 2", "unknown experiment 'nothing'"),
    ("submit cifar_norm --only nothing --shards 2", "no arm of cifar_norm matches 'nothing'"),
    ("submit all --budget huge --shards 2", "unknown budget 'huge'"),
    ("submit all --shards 2 --executor pbs", "unknown executor 'pbs': choose one of slurm, local"),
    ("submit all --shards 2 --gpus -1", "gpus must be 0 or more, not -1"),
    ("submit all --shards 2 --set 4=5", "setting '4=5' is not one of sbatch"),
    ("submit all --shards 2 --executor local --partition gpu", "leave them out with the local executor"),
    ("merge {out}", "there are no records in"),
])
def test_bad_words_are_one_line(words, says, tmp_path, capsys):
    assert main(["experiments", *(word.format(out=tmp_path) for word in words.split())]) == 2
    shown = capsys.readouterr().err
    assert says in shown and shown.startswith("error: ") and shown.count("\n") == 1


def test_all_runs_every_experiment_that_has_such_an_arm_with_the_same_flags(monkeypatch, capsys):
    calls = []

    def run(item, budget, *words, **more):
        calls.append((item.name, budget, *words, more))
        return len(calls)

    monkeypatch.setattr("alexnet_lib.experiments.programme.run_experiment", run)
    assert main("experiments run all --budget full --seeds 2 --shard 2/8".split()) == 0
    assert calls == [(name, "full", None, "auto", None, "", 2,
                      {"shard": Shard(2, 8), "together": None, "precision": "off"}) for name in EXPERIMENTS]
    assert capsys.readouterr().out.splitlines()[0] == f"{next(iter(EXPERIMENTS))} full 2/8: 1 runs done now"
    calls.clear()
    arm = EXPERIMENTS["seeing"].arms[0].name
    assert main(["experiments", "run", "all", "--only", arm]) == 0
    assert [call[0] for call in calls] == [
        item.name for item in EXPERIMENTS.values() if any(arm in other.name for other in item.arms)]


# --- two workers find what one finds ---------------------------------------------------------------

SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from test_cluster import SharedOut, shared_out
from alexnet_lib.__main__ import main
from alexnet_lib.experiments import catalogue, cluster
if __name__ == "__main__":
    catalogue.EXPERIMENTS["shared_out"], cluster.Share = shared_out(), SharedOut
    sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Starts the command line in a process of its own, with `shared_out` in the catalogue."""
    script = tmp_path_factory.mktemp("script") / "command.py"
    script.write_text(SCRIPT.format(tests=TESTS))
    environment = {**os.environ, "PYTHONPATH": JOBS_PATH}

    def start(*words):
        command = [sys.executable, str(script), "experiments", *map(str, words)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    return start


RUN = ("run", "shared_out", "--budget", "quick", "--device", "cpu", "--jobs", "1", "--records")


def finish(process):
    out, errors = process.communicate(timeout=400)
    assert process.returncode == 0, errors
    return out


@pytest.fixture(scope="module")
def one_sweep(tmp_path_factory, start):
    folder = tmp_path_factory.mktemp("one")
    finish(start(*RUN, folder))
    return found(folder)


@pytest.fixture(scope="module")
def two_folders(tmp_path_factory, start):
    """What two shards leave that run at the same time, into a folder each."""
    folders = [tmp_path_factory.mktemp(f"shard{index}") for index in (1, 2)]
    processes = [start(*RUN, folder, "--shard", f"{i}/2") for i, folder in enumerate(folders, 1)]
    for index, process in enumerate(processes, 1):
        assert f"shared_out quick {index}/2: " in finish(process)
    return folders


def found(folder):
    """Every file but locks: records without times, and without the checksum over them; of others the bytes."""
    files = {}
    for path in (folder / "shared_out").glob("[!.]*"):
        files[path.name] = path.read_bytes()
        if path.suffix == ".json":
            record = files[path.name] = json.loads(files[path.name])
            for part, names in (("provenance", ("date", "time_s", "peak_memory_mib", "commit", "dirty",
                                                 "checksum")),
                                ("result", ("time_to_target_s", "images_per_s")), ("history", ("time_s",))):
                for name in names:
                    record[part].pop(name)
    return files


@pytest.mark.timeout(900)
def test_two_shards_in_two_folders_copied_together_are_the_records_of_one_sweep(two_folders, one_sweep, tmp_path):
    names = [{path.name for path in (folder / "shared_out").glob("[!.]*")} for folder in two_folders]
    assert names[0] and names[1] and not names[0] & names[1]
    assert sum(name.endswith(".json") for name in one_sweep) >= 8 and any(n.endswith(".npz") for n in one_sweep)
    for folder in two_folders:
        shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    assert found(tmp_path) == one_sweep


def test_merged_records_are_those_of_one_sweep_and_a_run_keeps_the_record_it_has(two_folders, one_sweep, tmp_path,
                                                                                 known, capsys):
    assert main(["experiments", "merge", *map(str, two_folders), "--records", str(tmp_path)]) == 0
    count = sum(name.endswith(".json") for name in one_sweep)
    assert capsys.readouterr().out == f"{count} records copied, 0 runs had a record already\n"
    assert found(tmp_path) == one_sweep
    kept = tmp_path / "shared_out" / "plain-lr0.005-quick-s0.json"
    kept.write_text(kept.read_text().replace('"stopped": "', '"stopped": "by '))
    assert merge_records(two_folders, tmp_path) == (0, count, [])
    assert '"stopped": "by ' in kept.read_text()


@pytest.mark.parametrize("spoil, says", [
    (lambda path: path.write_text(path.read_text()[:-3]), "s0.json is damaged"),
    (lambda path: path.write_text("[]"), "s0.json is damaged"),
    (lambda path: path.write_text(path.read_text().replace('"momentum": 0.9', '"momentum": 0.5')),
     "another configuration"),
    (lambda path: path.rename(path.with_name("plain-lr0.005-quick-s7.json")), "is the record of the run plain-lr0.005"),
    (lambda path: path.with_suffix(".npz").unlink(), "npz is missing"),
    (lambda path: path.with_suffix(".npz").write_bytes(b""), "npz is damaged"),
    (lambda path: path.with_suffix(".safetensors").write_bytes(b""), "safetensors is missing or damaged"),
])
def test_a_record_that_is_not_whole_or_not_of_today_is_refused_by_name_and_the_others_are_copied(
        two_folders, tmp_path, known, capsys, spoil, says):
    source, folder = tmp_path / "source", tmp_path / "all"
    for other in two_folders:
        shutil.copytree(other, source, dirs_exist_ok=True)
    spoil(source / "shared_out" / "plain-lr0.005-quick-s0.json")
    assert main(["experiments", "merge", str(source), "--records", str(folder)]) == 1
    shown = capsys.readouterr()
    assert says in shown.err and shown.err.startswith("error: ") and shown.err.count("\n") == 1
    there = load_records("shared_out", folder=folder)
    assert len(there) == len(list((source / "shared_out").glob("*.json"))) - 1
    assert not any(name.startswith("plain-lr0.005-quick-s0") for name in there)


def test_a_folder_that_cannot_be_written_is_named(two_folders, tmp_path, known):
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match="cannot write records to .*file"):
        merge_records(two_folders, tmp_path / "file")


# --- submitit --------------------------------------------------------------------------------------


def until_a_record(folder, process=None):
    while not list(folder.glob("shared_out/*.json")):
        assert process is None or process.poll() is None
        time.sleep(0.05)


@pytest.mark.timeout(900)
def test_two_local_jobs_into_one_folder_one_of_them_preempted_leave_the_records_of_one_sweep(
        tmp_path, known, one_sweep):
    asked = Jobs(2, "local", gpus=0, logs=tmp_path / "logs")
    jobs = submit("shared_out", "quick", asked, tmp_path, "cpu", 1)
    until_a_record(tmp_path)
    task, = psutil.Process(int(jobs[0].job_id)).children()
    task.send_signal(signal.SIGUSR2)  # what a cluster sends before it takes the machine away
    assert wait_for(jobs) == []
    assert found(tmp_path) == one_sweep
    assert "this job is preempted" in jobs[0].stderr()
    assert "shared_out quick 1/2: " in jobs[0].stdout() and "shared_out quick 2/2: " in jobs[1].stdout()


@pytest.mark.timeout(900)
def test_a_failed_job_is_named_with_its_reason_and_its_log(tmp_path, start):
    (tmp_path / "shared_out").mkdir()
    words = ("submit", "shared_out", "--budget", "quick", "--shards", "2", "--executor", "local", "--gpus", "0",
             "--only", "plain", "--seeds", "1", "--records", tmp_path, "--logs", tmp_path / "logs", "--wait")
    with FileLock(tmp_path / "shared_out" / ".quick-2-of-2.lock"):
        process = start(*words)
        out, errors = process.communicate(timeout=400)
    assert process.returncode == 1
    line = errors.splitlines()[-1]
    assert line.startswith("error: shard 2/2 failed (RunnerError: another process is running shared_out at quick")
    assert "shard 1/2" not in line and Path(line.rsplit(": see ")[1]).parent == tmp_path / "logs"
    assert out.startswith("2 jobs run on this machine, as processes ")
    assert list(load_records("shared_out", folder=tmp_path)) == ["plain-lr0.005-quick-s0"]


@pytest.mark.timeout(900)
def test_ctrl_c_ends_local_jobs_that_are_waited_for_and_keeps_what_is_finished(tmp_path, start):
    process = start("submit", "shared_out", "--budget", "quick", "--shards", "1", "--executor", "local", "--gpus", "0",
                    "--jobs", "1", "--records", tmp_path, "--logs", tmp_path / "logs", "--wait")
    until_a_record(tmp_path, process)
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 130 and "interrupted: what was finished is kept" in errors
    _, alive = psutil.wait_procs(family, timeout=10)
    assert family and not alive
    assert 0 < len(load_records("shared_out", folder=tmp_path)) < 8


def test_without_submitit_the_remedy_is_one_line(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "submitit", None)
    assert main("experiments submit cifar_norm --shards 2".split()) == 2
    assert capsys.readouterr().err.endswith("submitit, which is not here: pip install submitit\n")


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """An sbatch that keeps what it is given; returns the file."""
    pytest.importorskip("submitit")
    programs = tmp_path / "bin"
    programs.mkdir()
    kept = tmp_path / "kept.sh"
    (programs / "sbatch").write_text(f'#!/bin/sh\ncp "$1" {kept}\necho Submitted batch job 4711\n')
    (programs / "srun").write_text("#!/bin/sh\nexit 1\n")
    for program in programs.iterdir():
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return kept


SUBMIT = ["experiments", "submit", "cifar_norm", "--budget", "full", "--seeds", "3"]


def test_slurm_is_asked_for_one_array_with_what_each_job_may_use(slurm, tmp_path, capsys):
    assert main([*SUBMIT, "--shards", "8", "--partition", "gpu", "--time-min", "90", "--gpus", "2", "--cpus", "3",
                 "--set", "account=lab", "mem=16G", "exclusive", "--logs", str(tmp_path / "logs"), "--records",
                 str(tmp_path / "records")]) == 0
    asked = {line[len("#SBATCH --"):] for line in slurm.read_text().splitlines() if line.startswith("#SBATCH")}
    assert asked >= {"array=0-7%8", "partition=gpu", "time=90", "gpus-per-node=2", "cpus-per-task=3", "account=lab",
                     "mem=16G", "exclusive", "job-name=alexnet-cifar_norm"}
    assert any(line.startswith("signal=USR2@") for line in asked)
    shown = capsys.readouterr().out
    assert "squeue -j 4711" in shown and "scancel 4711" in shown and str(tmp_path / "logs" / "4711") in shown


def test_each_job_is_given_its_shard_and_the_same_flags(slurm, tmp_path):
    only = EXPERIMENTS["cifar_norm"].arms[0].name
    jobs = submit("cifar_norm", "full", Jobs(3, cpus=6, logs=tmp_path / "logs"), tmp_path, "cpu", None, only, 2)
    options = {"folder": str(tmp_path), "device": "cpu", "jobs": 6, "only": only, "seeds": 2,
               "together": None, "precision": "off"}
    for index, job in enumerate(jobs, 1):
        submission = job.submission()
        assert type(submission.function) is Share and submission.args == ("cifar_norm", "full", options, index, 3)
        again = submission.function.checkpoint(*submission.args)
        assert again.args == submission.args


def test_ctrl_c_leaves_slurm_jobs_alone_and_says_so(slurm, tmp_path, monkeypatch, capsys):
    def interrupted(jobs):
        raise KeyboardInterrupt

    monkeypatch.setattr(cluster, "wait_for", interrupted)
    assert main([*SUBMIT, "--shards", "2", "--wait", "--logs", str(tmp_path / "logs")]) == 130
    assert "the jobs go on in Slurm" in capsys.readouterr().err


def test_no_slurm_and_a_slurm_that_refuses_are_one_line(slurm, tmp_path, monkeypatch, capsys):
    words = [*SUBMIT, "--shards", "2", "--logs", str(tmp_path / "logs")]
    (slurm.parent / "bin" / "sbatch").write_text("#!/bin/sh\necho sbatch: error: invalid partition >&2\nexit 1\n")
    assert main(words) == 2
    shown = capsys.readouterr().err.splitlines()[-1]
    assert shown.startswith("error: Slurm refuses the jobs (sbatch: error: invalid partition): look at --partition")
    monkeypatch.setenv("PATH", "")
    assert main(words) == 2
    assert "there is no Slurm here (no srun)" in capsys.readouterr().err


@pytest.mark.parametrize("index, gpu", [(1, "4"), (2, "7"), (3, "4")])
def test_jobs_of_this_machine_take_its_gpus_in_turn(monkeypatch, index, gpu):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    monkeypatch.setenv("SUBMITIT_EXECUTOR", "local")
    monkeypatch.setattr(cluster, "run_programme", lambda *words, **more: iter(()))
    Share()("cifar_norm", "full", {}, index, 3)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == gpu


def test_local_jobs_share_the_cores(monkeypatch):
    monkeypatch.setattr(cluster, "usable_cores", lambda: 6)
    for shards, runs in ((1, 6), (2, 3), (12, 1)):
        assert cluster._side_by_side(Jobs(shards, "local", gpus=0), "auto") == runs
    assert cluster._side_by_side(Jobs(2, "local", gpus=2), "auto") is None
