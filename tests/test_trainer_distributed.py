"""Processes that torchrun starts train as one does, dropout included; they stop together and fail in one line."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from alexnet_lib.nets.build import build_net
from alexnet_lib.training import run
from alexnet_lib.training.distributed import Group, join_group
from alexnet_lib.training.settings import MachineSettings, TrainSettings
from alexnet_lib.training.trainer import train_run
from alexnet_lib.training.weights import load_trained

#: 145 images are three batches of 48 and one of 1, in which the second process has nothing to do
SETTINGS = TrainSettings(net="small", changes=("kernels=8,16,16,16,16", "hidden=32,32"), images=145, batch_size=48,
                         passes=2, lr=0.005, seed=3)
MACHINE = MachineSettings(device="cpu")


def build_double_net(*words):
    """A net in float64: a few updates make much of a small difference, and here it is kept small."""
    net = build_net(*words).double()
    net.register_forward_pre_hook(lambda _, inputs: inputs[0].double())
    return net


#: all scenarios in one pair of processes, as starting them takes longest; the one with the error ends them
SCRIPT = """
import contextlib, json, os, signal, sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_trainer_distributed import MACHINE, SETTINGS, build_double_net
from alexnet_lib.data.photograph_folders import PhotographError
from alexnet_lib.data.streams import Stream
from alexnet_lib.__main__ import main
from alexnet_lib.training import distributed, run
from alexnet_lib.training.step import Updates
from alexnet_lib.training.trainer import train_run

out, run.build_net = Path({out!r}), build_double_net
with distributed.join_group("cpu") as group:
    said = []
    def go(name, **changes):
        return train_run("cifar10", replace(SETTINGS, **changes), MACHINE, out / name, group, said.append, bar=False)
    assert go("both").status == "finished"
    assert go("both").status == "nothing left"
    assert go("pieces", micro_batch=7).status == "finished"

    update, steps = Updates.update, []
    def interrupted(*words):
        steps.append(1)
        if len(steps) == 3 and group.rank == 1:  # Ctrl-C reaches one process only
            os.kill(os.getpid(), signal.SIGINT)
        return update(*words)
    Updates.update = interrupted
    assert go("stopped").status == "interrupted" and len(steps) == 3
    Updates.update = update

    assert group.tell(group.rank) == 0 and group.sum([1.0, group.rank]) == [2.0, 1.0]
    try:
        group.together(lambda: 1 / group.rank)
        caught = "nothing"
    except Exception as error:
        caught = type(error).__name__
    said.append(caught)
    (out / f"said-{{group.rank}}.json").write_text(json.dumps(said))

    def unreadable(self, *words):
        if group.rank == 1:
            raise PhotographError("picture 7 cannot be read: look at it")
        yield from training_batches(self, *words)

    training_batches, Stream.training_batches = Stream.training_batches, unreadable
    distributed.join_group = lambda *_: contextlib.nullcontext(group)  # the processes know each other already
    words = "train --data cifar10 --net small --images 100 --device cpu --passes 1 --out".split()
    status = main([*words, str(out / "bad")])
    os._exit(status)
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The folder with the runs of two processes, and what torchrun and they printed."""
    out = tmp_path_factory.mktemp("two")
    script = out / "script.py"
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent), out=str(out)))
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr", "localhost",
         "--nproc-per-node", "2", str(script)], capture_output=True, text=True, timeout=500,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"})
    assert (out / "said-0.json").is_file(), done.stdout + done.stderr
    return out, done


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("one") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "build_net", build_double_net)
        train_run("cifar10", SETTINGS, MACHINE, out, Group(torch.device("cpu")), bar=False)
        yield out
    torch.set_num_threads(before)


def assert_close_runs(out, alone):
    """Weights equal when rounded to float32, after eight updates; errors equal, losses to the seventh digit."""
    found = load_trained(out).net.state_dict()
    for name, value in load_trained(alone).net.state_dict().items():
        torch.testing.assert_close(found[name], value, rtol=1e-6, atol=1e-9,
                                   msg=lambda text, name=name: f"{name} {text}")
    results = [json.loads((folder / "result.json").read_text()) for folder in (out, alone)]
    for two, one in zip(*(result["curve"] for result in results), strict=True):
        for name in ("training_error_pct", "loss", "validation_top1_error_pct", "validation_loss"):
            assert two[name] == pytest.approx(one[name], rel=1e-6)
    for views in ("1", "10"):
        assert results[0]["validation"][views] == pytest.approx(results[1]["validation"][views], rel=1e-6)


def test_two_processes_with_dropout_train_as_one(both, alone):
    assert_close_runs(both[0] / "both", alone)
    assert json.loads((both[0] / "both" / "result.json").read_text())["provenance"]["processes"] == 2


def test_two_processes_that_work_in_pieces_train_as_one(both, alone):
    assert_close_runs(both[0] / "pieces", alone)


def test_two_processes_stop_together_and_one_alone_can_go_on(both, alone):
    out = both[0] / "stopped"
    said = []
    outcome = train_run("cifar10", SETTINGS, MACHINE, out, Group(torch.device("cpu")), said.append, bar=False)
    assert said[0] == "going on from pass 1, batch 3 of 4" and outcome.status == "finished"
    assert_close_runs(out, alone)


#: what each of two machines runs; both are this one, with an agent of torchrun's each
MACHINE_SCRIPT = """
import sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, {tests!r})
from alexnet_lib.training.settings import TrainingError
from test_trainer_distributed import MACHINE, SETTINGS, build_double_net
from alexnet_lib.training import distributed, run
from alexnet_lib.training.trainer import train_run

run.build_net = build_double_net
with distributed.join_group("cpu") as group:
    assert (group.world, group.local_rank, group.local_world) == (2, 0, 1)
    other = replace(SETTINGS, weight_decay=0.5) if group.rank == 1 else SETTINGS
    try:
        train_run("cifar10", other, MACHINE, Path({out!r}) / "never", group, bar=False)
    except (TrainingError, distributed.ElsewhereError) as error:
        print(error, flush=True)
    train_run("cifar10", SETTINGS, MACHINE, Path({out!r}) / f"machine-{{group.rank}}", group, bar=False)
"""


def test_two_machines_train_as_one_and_only_the_first_needs_the_folder_of_the_run(tmp_path, alone):
    script = tmp_path / "script.py"
    script.write_text(MACHINE_SCRIPT.format(tests=str(Path(__file__).parent), out=str(tmp_path)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    agents = [subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", "--nnodes", "2", "--node-rank", rank, "--nproc-per-node", "1",
         "--master-addr", "127.0.0.1", "--master-port", port, str(script)], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, env={**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"},
    ) for rank in "01"]
    try:
        said = [agent.communicate(timeout=400)[0] for agent in agents]
    finally:
        for agent in agents:  # where one has failed the other waits for it
            agent.kill()
    assert [agent.returncode for agent in agents] == [0, 0], said
    assert_close_runs(tmp_path / "machine-0", alone)
    assert "process 1 has not the same weight_decay as the first: start all machines" in said[1]
    assert "process 1 failed" in said[0] and not (tmp_path / "never").exists()
    assert not (tmp_path / "machine-1").exists() and "pass 1 of 2" in said[0] and "pass 1 of 2" not in said[1]


def test_only_the_first_process_speaks(both):
    first, second = (json.loads((both[0] / f"said-{rank}.json").read_text()) for rank in (0, 1))
    assert second == ["ElsewhereError"] and first[-1] == "ZeroDivisionError"
    assert sum(line.startswith("pass 1 of 2") for line in first) == 2


def test_an_error_in_one_process_ends_all_with_one_line(both):
    _, done = both
    errors = [line for line in done.stderr.splitlines() if "error: " in line and "exitcode" not in line]
    assert [line.split("error: ")[1] for line in errors] == ["picture 7 cannot be read: look at it"], done.stderr
    assert done.returncode != 0 and "RuntimeError" not in done.stderr


def test_too_few_gpus_are_refused(monkeypatch):
    for name, value in (("RANK", "0"), ("WORLD_SIZE", "2"), ("LOCAL_RANK", "0"), ("LOCAL_WORLD_SIZE", "2")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ValueError, match="2 processes need 2 GPUs and here are 1: use --device cpu"), \
            join_group("cuda"):
        pass


def test_an_idle_process_of_a_small_batch_changes_nothing():
    """What a process without images adds to the gradient is nothing, whatever its image is."""
    from alexnet_lib.nets.build import build_net
    from alexnet_lib.training.precision import Precision
    from alexnet_lib.training.settings import net_config
    from alexnet_lib.training.step import Updates

    net = build_net(net_config("small", SETTINGS.changes, 10), torch.Generator().manual_seed(0))
    updates = Updates(net, replace(SETTINGS, weight_decay=0.0), Precision("off", torch.device("cpu")),
                      Group(torch.device("cpu")))
    before = [value.clone() for value in net.parameters()]
    sums = updates.update(torch.zeros(0, 3, 24, 24), torch.zeros(0, dtype=torch.int64), 1, 5)
    assert sums.tolist() == [0.0, 0.0]
    for value, wanted in zip(net.parameters(), before, strict=True):
        assert torch.equal(value, wanted)
