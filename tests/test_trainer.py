"""The trainer: killed and resumed it ends where an uninterrupted run ends; its errors are one line; its nets load."""

import csv
import json
import math
import os
import signal
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from alexnet_lib.data import cifar10
from alexnet_lib.data.draws import mask_seed
from alexnet_lib.nets.build import build_net
from alexnet_lib.nets.dropout import PaperDropout, share_masks
from alexnet_lib.training import logs, step
from alexnet_lib.training.checkpoints import CheckpointError
from alexnet_lib.training.distributed import Group
from alexnet_lib.training.metrics import top_k_error_pct
from alexnet_lib.training.precision import Precision, choose_precision
from alexnet_lib.training.settings import MachineSettings, TrainingError, TrainSettings, net_config
from alexnet_lib.training.sgd import PaperSGD
from alexnet_lib.training.state import Sums, TrainState
from alexnet_lib.training.step import Updates
from alexnet_lib.training.trainer import train_run
from alexnet_lib.training.weights import WEIGHTS, load_trained

CPU = Group(torch.device("cpu"))
TINY = ("kernels=8,16,16,16,16", "hidden=32,32")  # the small net, smaller: with dropout, LRN and two columns

#: 241 images are five batches of 48 and one of 1
SETTINGS = TrainSettings(net="small", changes=TINY, images=241, batch_size=48, passes=3, lr=0.005, seed=3)
MACHINE = MachineSettings(device="cpu")
TIMES = ("training_s", "images_per_s", "waited_for_data_s", "peak_memory_mib", "provenance", "weights")


def go(out, settings=SETTINGS, machine=MACHINE, said=None, data="cifar10"):
    return train_run(data, settings, machine, out, CPU, (said if said is not None else []).append, bar=False)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of an uninterrupted run."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    assert go(out).status == "finished"
    return out


def weights(out):
    return load_trained(out).net.state_dict()


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(inner) for key, inner in value.items() if key not in TIMES}
    return [without_times(inner) for inner in value] if isinstance(value, list) else value


def assert_same_run(out, whole):
    for name, value in weights(whole).items():
        assert torch.equal(weights(out)[name], value), name
    logs_ = [list(csv.DictReader((folder / "log.csv").open())) for folder in (out, whole)]
    assert without_times(logs_[0]) == without_times(logs_[1])
    results = [json.loads((folder / "result.json").read_text()) for folder in (out, whole)]
    assert without_times(results[0]) == without_times(results[1])


# --- killed and resumed ----------------------------------------------------------------------------

DRIVER = """
import os, random, signal, sys, threading, time
from pathlib import Path
sys.path.insert(0, {tests!r})
import torch
import torch._dynamo  # what optimisers import when they are first used: once for all children
from test_trainer import CPU, SETTINGS, MachineSettings, Updates, train_run
machine = MachineSettings(device="cpu", checkpoint_minutes=0)
chance, update = random.Random(int({seed})), Updates.update

def stop_soon(number):
    # a moment after one of the next updates: in an update, while a checkpoint is written, while it is evaluated
    left, late = [chance.randint(1, 5)], chance.uniform(0, 3)
    def timed(*words):
        start = time.monotonic()
        sums = update(*words)
        left[0] -= 1
        if left[0] == 0:
            threading.Timer(late * (time.monotonic() - start), os.kill, (os.getpid(), number)).start()
        return sums
    Updates.update = timed

def run(out, number):
    Updates.update = update
    if number:
        stop_soon(number)
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    try:
        status = train_run("cifar10", SETTINGS, machine, Path(out), CPU, print, bar=False).status
        sys.stdout.flush()
        os._exit(dict(finished=0, interrupted=130, terminated=143)[status])
    except BaseException as error:
        print(repr(error), flush=True)
        os._exit(1)

torch.set_num_threads(1)
for name, number, times in (("killed", signal.SIGKILL, 4), ("interrupted", signal.SIGINT, 2),
                            ("terminated", signal.SIGTERM, 2)):
    for stop in [number] * times + [0]:
        state = run({out!r} + "/" + name, stop)
        print("STATE", name, os.WTERMSIG(state) if os.WIFSIGNALED(state) else -os.WEXITSTATUS(state), flush=True)
"""


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """Runs that were killed, interrupted and terminated at random moments until they were done; and what was said."""
    out = tmp_path_factory.mktemp("stopped")
    script = DRIVER.format(tests=str(Path(__file__).parent), out=str(out), seed=os.environ.get("SEED_OF_KILLS", "1"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=500,
                          env={**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"})
    assert done.returncode == 0, done.stdout + done.stderr
    return out, done.stdout


@pytest.mark.parametrize("name, ending", [("killed", 9), ("interrupted", -130), ("terminated", -143)])
def test_a_run_that_was_stopped_again_and_again_equals_an_uninterrupted_one(stopped, whole, name, ending):
    folder, said = stopped
    endings = [int(line.split()[2]) for line in said.splitlines() if line.startswith(f"STATE {name}")]
    assert endings[:-1] == [ending] * (len(endings) - 1) and endings[-1] == 0, said
    assert_same_run(folder / name, whole)


def test_an_interrupted_run_says_how_to_go_on(stopped):
    assert "saved in" in stopped[1] and "the same command goes on from there" in stopped[1]
    assert "going on from pass" in stopped[1]


def test_stop_after_saves_and_the_same_call_goes_on(tmp_path, whole):
    said = []
    assert go(tmp_path / "run", machine=replace(MACHINE, stop_after=0.0), said=said).status == "time"
    assert said == [f"stopped at pass 1, batch 1 of 6, saved in {tmp_path / 'run'}: the same command goes on from "
                    "there"]
    assert go(tmp_path / "run").status == "finished"
    assert_same_run(tmp_path / "run", whole)


@pytest.mark.parametrize("damage", ["step-*.json", "step-*.safetensors"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_leads_to_the_same_end(tmp_path, whole, damage):
    out = tmp_path / "run"
    go(out, replace(SETTINGS, passes=2))
    newest = sorted((out / "checkpoints").glob(damage))[-1]
    data = bytearray(newest.read_bytes())
    data[len(data) // 2] ^= 1
    newest.write_bytes(data)
    said = []
    assert go(out, said=said).status == "finished"
    assert newest.name in said[0] and "going on from step 6" in said[0]
    assert_same_run(out, whole)


def test_more_passes_go_on_from_the_last(tmp_path, whole):
    out = tmp_path / "run"
    go(out, replace(SETTINGS, passes=1))
    assert json.loads((out / "result.json").read_text())["passes"] == 1
    go(out)
    assert_same_run(out, whole)


def test_a_finished_run_has_nothing_left_to_do(whole):
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*") if path.name not in ("settings.json", ".lock")}
    outcome = go(whole)
    assert outcome.status == "nothing left" and outcome.result["passes"] == 3
    assert {path: path.stat().st_mtime_ns for path in before if path.is_file()} == {
        path: time for path, time in before.items() if path.is_file()}


def test_a_run_leaves_the_callers_generator_alone(tmp_path):
    torch.manual_seed(5)
    wanted = torch.random.get_rng_state()
    go(tmp_path / "run", replace(SETTINGS, passes=1))
    assert torch.equal(torch.random.get_rng_state(), wanted)


# --- what may not change ---------------------------------------------------------------------------


@pytest.mark.parametrize("change, says", [
    ({"lr": 0.01}, "--lr 0.005, not 0.01"), ({"batch_size": 64}, "--batch-size 48, not 64"),
    ({"seed": 4}, "--seed 3, not 4"),
    ({"changes": (*TINY, "dropout=0")}, "--set kernels=8,16,16,16,16 hidden=32,32, not kernels"),
    ({"schedule": "2"}, "--schedule plateau, not 2"), ({"amp": "bf16"}, "--amp off, not bf16"),
    ({"colour_noise": "unit"}, "--colour-noise off, not unit"), ({"mirror": False}, "--mirror True, not False"),
    ({"images": 240}, "--images 241, not 240"), ({"passes": 2}, "--passes 3, which may grow but not shrink to 2"),
])
def test_a_run_goes_on_with_its_own_settings_only(whole, change, says):
    with pytest.raises(TrainingError) as error:
        go(whole, replace(SETTINGS, **change))
    assert says in str(error.value) and "\n" not in str(error.value)


def test_every_setting_is_compared():
    kept = {field.name for field in fields(TrainSettings)}
    assert set(SETTINGS.to_dict()) == kept and not kept & {field.name for field in fields(MachineSettings)}


def test_other_images_are_refused(whole, monkeypatch):
    other = cifar10.load("train")
    monkeypatch.setattr(cifar10, "load", lambda split: cifar10.Split(other.images[::-1], other.labels[::-1]))
    with pytest.raises(TrainingError, match="was begun with other images"):
        go(whole)


def test_a_folder_that_holds_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(TrainingError, match="not empty .thesis.tex. and holds no training run"):
        go(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


# --- one update ------------------------------------------------------------------------------------


def images_and_labels(count, dtype):
    generator = torch.Generator().manual_seed(1)
    images = (60 * torch.randn(count, 3, 24, 24, generator=generator)).to(dtype, memory_format=torch.channels_last)
    return images, torch.randint(10, (count,), generator=generator)


def updated(batches=((32, 7), (20, 8)), changes=(), dtype=torch.float64, **settings):
    """Weights and sums after updates by batches of so many images, masks from such seeds."""
    settings = replace(SETTINGS, **{"amp": "off", **settings})
    net = build_net(net_config("small", (*TINY, *changes), 10), torch.Generator().manual_seed(0)).to(dtype)
    updates = Updates(net, settings, Precision(settings.amp, CPU.device), CPU)
    sums = [updates.update(*images_and_labels(count, dtype), count, seed) for count, seed in batches]
    return net.state_dict(), torch.stack(sums)


def test_an_update_is_that_of_the_mean_loss_by_the_papers_rule():
    net = build_net(net_config("small", (*TINY, "dropout=0"), 10), torch.Generator().manual_seed(0)).double()
    plain = PaperSGD(net.parameters(), 0.005, 0.9, 0.0005)
    wanted = []
    for count in (32, 20):
        images, labels = images_and_labels(count, torch.float64)
        loss = cross_entropy(logits := net(images), labels)
        plain.zero_grad()
        loss.backward()
        plain.step()
        wanted.append([loss.item() * count, (logits.argmax(1) != labels).sum().item()])
    found, sums = updated(changes=("dropout=0",))
    torch.testing.assert_close(sums, torch.tensor(wanted), rtol=1e-6, atol=0)
    for name, value in net.state_dict().items():
        torch.testing.assert_close(found[name], value, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("micro_batch", [1, 7, 16])
def test_pieces_of_a_batch_add_up_to_the_whole_with_dropout(micro_batch):
    """In float64, as two updates at this rate make much of a small difference."""
    whole, whole_sums = updated()
    found, sums = updated(micro_batch=micro_batch)
    torch.testing.assert_close(sums, whole_sums, rtol=1e-6, atol=0)
    for name, value in whole.items():
        torch.testing.assert_close(found[name], value, rtol=1e-9, atol=1e-12)


def test_pieces_of_a_batch_add_up_in_float32_as_well():
    whole, _ = updated(((32, 7),), dtype=torch.float32)
    found, _ = updated(((32, 7),), dtype=torch.float32, micro_batch=7)
    for name, value in whole.items():
        torch.testing.assert_close(found[name], value, rtol=1e-5, atol=1e-6)


def test_masks_come_from_the_seed_of_the_step(tmp_path, monkeypatch):
    assert not torch.equal(updated()[1], updated(batches=((32, 7), (20, 9)))[1])
    seeds, update = [], Updates.update
    monkeypatch.setattr(Updates, "update", lambda self, *words: (seeds.append(words[3]), update(self, *words))[1])
    go(tmp_path / "run", replace(SETTINGS, passes=1))
    go(tmp_path / "run", replace(SETTINGS, passes=2))
    assert seeds == [mask_seed(3, number) for number in range(12)] and len(set(seeds)) == 12


def test_rates_of_biases_keep_their_ratio_when_the_rate_falls():
    net = build_net(net_config("small", TINY, 10))
    updates = Updates(net, replace(SETTINGS, rule="released"), Precision("off", CPU.device), CPU)
    updates.set_rate(0.0005)
    assert {group["lr"] for group in updates.optimiser.param_groups} == {0.0005, 0.001}


def test_bf16_computes_layers_only_in_16_bits():
    net = build_net(net_config("small", TINY, 10))
    kinds = {}
    for name, layer in net.named_modules():
        layer.register_forward_hook(lambda _, inputs, output, name=name: kinds.update({name: output.dtype}))
    updates = Updates(net, replace(SETTINGS, amp="bf16"), Precision("bf16", CPU.device), CPU)
    before = [value.clone() for value in net.parameters()]
    sums = updates.update(*images_and_labels(32, torch.float32), 32, 7)
    assert kinds["features.conv2"] == kinds["classifier.fc6"] == torch.bfloat16 and sums.dtype == torch.float32
    assert {value.dtype for value in updates.tensors().values()} == {torch.float32}
    assert all(not torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))
    exact, approximate = updated()[1], updated(amp="bf16", dtype=torch.float32)[1]
    assert approximate[0, 0] != exact[0, 0]
    torch.testing.assert_close(approximate[0, 0], exact[0, 0], rtol=0.02, atol=0)


@pytest.mark.parametrize("name, size, wanted", [("off", 224, "off"), ("bf16", 24, "bf16"), ("auto", 24, "off")])
def test_small_nets_stay_in_float32_unless_asked(name, size, wanted):
    assert choose_precision(name, torch.device("cpu"), size) == wanted


def test_fp16_on_a_cpu_is_refused():
    with pytest.raises(ValueError, match="fp16 needs cuda"):
        choose_precision("fp16", torch.device("cpu"), 224)


def test_a_net_that_does_not_compile_is_trained_as_it_is(monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("no compiler here\nand more")

    monkeypatch.setattr(torch, "compile", lambda net: broken)
    net, said = build_net(net_config("small", TINY, 10)), []
    updates = Updates(net, SETTINGS, Precision("off", CPU.device), CPU, 24, said.append)
    assert updates.forward is net
    assert said == ["torch.compile failed (RuntimeError: no compiler here): training goes on without it"]


def test_out_of_memory_suggests_smaller_pieces(monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    monkeypatch.setattr(step, "cross_entropy", lambda *_, **__: full())
    with pytest.raises(TrainingError, match="ran out of memory with 32 images at a time: give --micro-batch 16"):
        updated()


# --- dropout ---------------------------------------------------------------------------------------


def test_inverted_dropout_is_torchs_bit_for_bit():
    x = torch.randn(40, 30)
    results = []
    for layer in (nn.Dropout(0.3), PaperDropout(0.3, inverted=True)):
        torch.manual_seed(0)
        results.append(layer.train()(x))
        assert torch.equal(layer.eval()(x), x)
    assert torch.equal(*results)


@pytest.mark.parametrize("inverted", [False, True])
def test_masks_of_a_part_are_rows_of_the_masks_of_the_batch(inverted):
    net = nn.Sequential(PaperDropout(0.5, inverted), PaperDropout(0.5, inverted))
    x = torch.ones(10, 50)
    share_masks(net, 11, 10, slice(0, 10))
    whole = net(x)
    share_masks(net, 11, 10, slice(3, 7))
    assert torch.equal(net(x[3:7]), whole[3:7])
    first, second = (layer.draw_mask(x[3:7]) for layer in net)
    assert not torch.equal(first, second)
    share_masks(net, 12, 10, slice(3, 7))
    assert not torch.equal(net(x[3:7]), whole[3:7])
    assert set(whole.unique().tolist()) == ({0.0, 4.0} if inverted else {0.0, 1.0})


# --- schedule, evaluation, log ---------------------------------------------------------------------


def test_the_rate_falls_after_the_passes_of_the_schedule(tmp_path):
    result = go(tmp_path / "run", replace(SETTINGS, schedule="1,2")).result
    assert [entry["lr"] for entry in result["curve"]] == pytest.approx([0.005, 0.0005, 0.00005])


def test_errors_by_one_and_ten_views_are_those_of_the_loaded_net(whole):
    net, metadata = load_trained(whole)
    images, labels = (part[:241] for part in cifar10.load("validation"))
    pixels = (torch.from_numpy(images.astype(np.float32)) - 0).permute(0, 3, 1, 2)
    offset = torch.from_numpy(metadata["scale"].offset).permute(2, 0, 1)[:, 4:28, 4:28]  # its centre, for every crop
    corners = [(0, 0), (0, 8), (8, 0), (8, 8), (4, 4)]
    crops = [pixels[..., top : top + 24, left : left + 24] - offset for top, left in corners]
    # mirrored as a whole, but less the same mean image
    crops += [pixels[..., top : top + 24, left : left + 24].flip(3) - offset for top, left in corners]
    with torch.no_grad():
        views = torch.stack([net(crop).softmax(1) for crop in crops])
    labels = torch.from_numpy(labels.astype(np.int64))
    result = json.loads((whole / "result.json").read_text())["validation"]
    for name, found in (("1", views[4]), ("10", views.mean(0))):
        for k in (1, 5):
            assert result[name][f"top{k}_error_pct"] == pytest.approx(top_k_error_pct(found, labels, k), abs=1e-9)
        loss = -found.gather(1, labels[:, None]).log().mean()
        assert result[name]["loss"] == pytest.approx(float(loss), rel=1e-4)


def test_the_result_says_all_that_is_needed(whole):
    result = json.loads((whole / "result.json").read_text())
    assert result["steps"] == 18 and result["training_images"] == 241 and len(result["curve"]) == 3
    assert result["best"]["validation_top1_error_pct"] == min(e["validation_top1_error_pct"] for e in result["curve"])
    assert result["settings"]["colour_noise"] == "off" and result["settings"]["amp"] == "off"
    assert 0 < result["images_per_s"] < math.inf and result["waited_for_data_s"] <= result["training_s"]
    assert {"hardware", "torch", "commit", "date", "processes"} <= set(result["provenance"])


def test_the_log_has_a_line_a_pass_and_one_every_so_many_images(tmp_path, monkeypatch):
    monkeypatch.setattr("alexnet_lib.training.run.LINE_EVERY_IMAGES", 100)
    go(tmp_path / "run", replace(SETTINGS, passes=2))
    rows = list(csv.DictReader((tmp_path / "run" / "log.csv").open()))
    assert [(row["kind"], row["step"], row["images"]) for row in rows] == [
        ("line", "3", "144"), ("pass", "6", "241"), ("line", "9", "385"), ("pass", "12", "482")]
    assert tuple(rows[0]) == logs.COLUMNS


def test_lines_after_the_checkpoint_are_cut_off(tmp_path):
    log = logs.RunLog(tmp_path, TrainState())
    log.add("line", TrainState(), {"loss": 1.0})
    kept = log.save()
    log.add("line", TrainState(), {"loss": 2.0})
    log.close()
    log = logs.RunLog(tmp_path, TrainState(log_bytes=kept))
    log.add("line", TrainState(), {"loss": 3.0})
    log.close()
    assert [row["loss"] for row in csv.DictReader((tmp_path / "log.csv").open())] == ["1", "3"]


def test_a_log_that_was_lost_is_said_and_begun_anew(tmp_path):
    said = []
    logs.RunLog(tmp_path, TrainState(log_bytes=500), report=said.append).close()
    assert "has lost lines" in said[0] and (tmp_path / "log.csv").read_text().startswith("kind,pass")


def test_tensorboard_that_is_not_there_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(TrainingError, match="pip install tensorboard"):
        go(tmp_path / "run", machine=replace(MACHINE, tensorboard=True))


def test_the_bar_says_loss_error_and_the_time_left(capsys):
    bar = logs.Bar(passes=2, images=1000, shown=True)
    bar.update(TrainState(images=100, this_pass=Sums(230.0, 90, 100)))
    bar.update(TrainState(images=900, this_pass=Sums(2070.0, 810, 900)))
    bar.bar.refresh()
    shown = capsys.readouterr().err
    assert "pass 1/2" in shown and "loss 2.300, training error 90.0 %, all in" in shown and "images/s" in shown
    bar.close()
    quiet = logs.Bar(passes=2, images=1000, shown=False)
    quiet.update(TrainState(images=100, this_pass=Sums(230.0, 90, 100)))
    assert capsys.readouterr().err.strip("\r \x1b[A\n") == ""


# --- what goes wrong -------------------------------------------------------------------------------


def test_a_loss_that_is_no_number_stops_at_once(tmp_path):
    with pytest.raises(TrainingError) as error:
        go(tmp_path / "run", replace(SETTINGS, lr=1e12))
    assert "at step " in str(error.value) or "after step" in str(error.value)
    assert "there is no checkpoint yet" in str(error.value) and "lower --lr, now 1e+12" in str(error.value)
    assert not list((tmp_path / "run").glob("checkpoints/*"))


def test_weights_that_are_not_finite_are_never_saved(tmp_path, monkeypatch):
    monkeypatch.setattr(Updates, "are_finite", lambda self: False)
    with pytest.raises(TrainingError, match="a weight is not finite after step 6; there is no checkpoint yet"):
        go(tmp_path / "run")


def test_a_full_disk_while_saving_leaves_the_checkpoints_before(tmp_path, monkeypatch, whole):
    out = tmp_path / "run"
    go(out, replace(SETTINGS, passes=1))

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("alexnet_lib.training.checkpoints.write_whole", full)
        with pytest.raises(CheckpointError, match="No space left on device.*make room"):
            go(out)
    go(out)
    assert_same_run(out, whole)


def test_a_full_disk_while_logging_is_one_line(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(logs.RunLog, "add", full)
    with pytest.raises(TrainingError, match="No space left on device.: make room; the same command goes on"):
        go(tmp_path / "run")


@pytest.mark.parametrize("settings, says", [
    ({"batch_size": 0}, "--batch-size must be at least 1, not 0"),
    ({"micro_batch": 49}, "--micro-batch 49 is larger than --batch-size 48"),
    ({"net": "vgg"}, "unknown --net 'vgg': choose one of paper, one-gpu"),
    ({"lr": -1.0}, "--lr must be above 0, not -1.0"), ({"lr": math.nan}, "--lr must be above 0, not nan"),
    ({"rule": "own"}, "unknown --rule 'own'"), ({"schedule": "soon"}, "unknown --schedule 'soon'"),
    ({"schedule": "30,20"}, "each higher than the one before"), ({"passes": 0}, "--passes must be at least 1"),
    ({"colour_noise": "loud"}, "unknown --colour-noise 'loud': choose one of auto, off, paper, unit, released"),
])
def test_settings_out_of_range_are_named(settings, says):
    with pytest.raises(ValueError) as error:
        replace(SETTINGS, **settings)
    assert says in str(error.value)


@pytest.mark.parametrize("name, changes, classes, says", [
    ("small", ["depth=3"], 10, "give FIELD=VALUE, FIELD one of image_size, stem, kernels"),
    ("small", ["dropout"], 10, "give FIELD=VALUE"), ("small", ["classes=3"], 10, "give FIELD=VALUE"),
    ("small", ["dropout=half"], 10, "--set dropout=half: dropout must be a number, not 'half'"),
    ("small", ["kernels=1,2,x"], 10, "kernels must be a whole number, not 'x'"),
    ("small", ["same_map_norm=1"], 10, "must be true or false"),
    ("18pct", [], 1000, "--net 18pct has 10 classes and the data have 1000: choose one of paper, one-gpu"),
])
def test_changes_of_the_net_are_checked(name, changes, classes, says):
    with pytest.raises(ValueError) as error:
        net_config(name, changes, classes)
    assert says in str(error.value)


def test_changes_of_the_net_are_taken():
    config = net_config("small", ["dropout=0", "kernels=4,8,8,8,8", "same_map_norm=true", "talk=", "pooling=2/2"], 7)
    assert (config.dropout, config.kernels, config.same_map_norm, config.talk, config.pooling, config.classes) == (
        0.0, (4, 8, 8, 8, 8), True, (), "2/2", 7)


def test_a_net_too_large_for_the_images_is_refused(tmp_path):
    with pytest.raises(ValueError, match="crops of 224 pixels and the images of cifar10 have 32"):
        go(tmp_path / "run", replace(SETTINGS, net="paper", changes=()))


# --- trained nets ----------------------------------------------------------------------------------


def test_a_trained_net_is_loaded_with_its_facts(whole):
    net, metadata = load_trained(whole / WEIGHTS)
    assert not net.training and metadata["config"] == net_config("small", TINY, 10)
    assert metadata["classes"][3] == "cat" and metadata["settings"]["lr"] == 0.005
    images = cifar10.load("train").images[:241]
    np.testing.assert_allclose(metadata["scale"].offset, images.mean(0), atol=1e-3)


@pytest.mark.parametrize("at", [8, 700, -40])
def test_a_changed_byte_of_a_trained_net_is_noticed(whole, tmp_path, at):
    data = bytearray((whole / WEIGHTS).read_bytes())
    data[at] ^= 1
    (tmp_path / WEIGHTS).write_bytes(data)
    with pytest.raises(TrainingError, match="is damaged"):
        load_trained(tmp_path)


def test_a_net_of_cuda_convnets_is_loaded_too(tmp_path):
    settings = TrainSettings(net="11pct", images=40, batch_size=40, passes=1, lr=0.001, rule="files")
    assert go(tmp_path / "run", settings).status == "finished"
    assert load_trained(tmp_path / "run").metadata["config"].net == "11pct"


def test_weights_that_are_not_there_are_one_line(tmp_path):
    with pytest.raises(TrainingError, match="there are no weights at"):
        load_trained(tmp_path)


# --- photographs -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """Three classes of raw photographs: 12 to train on and 6 to look at."""
    from PIL import Image

    root = tmp_path_factory.mktemp("photographs") / "some"
    chance = np.random.default_rng(0)
    for split, each in (("train", 4), ("val", 2)):
        for i, synset in enumerate(("n01440764", "n02102040", "n02979186")):
            (root / split / synset).mkdir(parents=True)
            for j in range(each):
                pixels = np.clip(chance.normal(60 + 60 * i, 30, (20, 24, 3)), 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(root / split / synset / f"{j}.JPEG")
    return root


PHOTOGRAPHS = replace(SETTINGS, images=None, batch_size=5, passes=1)


def test_raw_photographs_are_prepared_then_trained_on_with_the_released_noise(photographs, tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_DATA", str(tmp_path / "data"))
    said = []
    result = go(tmp_path / "run", PHOTOGRAPHS, data=str(photographs), said=said).result
    assert result["settings"]["colour_noise"] == "released" and result["training_images"] == 12
    assert result["validation"]["1"]["top5_error_pct"] is None  # five guesses at three classes
    assert said[0] == "the net sees crops of 24 of 256 pixels, small parts of each image"
    cache = tmp_path / "data" / "photographs" / "some"
    again = go(tmp_path / "again", PHOTOGRAPHS, data=str(cache)).result
    assert again["data"]["checksum"] == result["data"]["checksum"]
    for name, value in weights(tmp_path / "run").items():
        assert torch.equal(weights(tmp_path / "again")[name], value)
    some = go(tmp_path / "some", replace(PHOTOGRAPHS, images=3), data=str(cache)).result
    assert some["training_images"] == some["validation_images"] == 3


@pytest.mark.parametrize("spoil, says", [
    (lambda root: None, "there is no folder"),
    (lambda root: root.mkdir(), "there is no folder .*/train: name the folder that holds train/ and val/"),
    (lambda root: (root / "train").mkdir(parents=True), "holds no photographs"),
])
def test_folders_without_photographs_are_one_line(tmp_path, spoil, says):
    spoil(tmp_path / "folder")
    with pytest.raises(cifar10.DataError, match=says) as error:
        go(tmp_path / "run", PHOTOGRAPHS, data=str(tmp_path / "folder"))
    assert "\n" not in str(error.value) and not (tmp_path / "run").exists()


def test_one_class_is_refused(photographs, tmp_path):
    (tmp_path / "one").mkdir()
    for split in ("train", "val"):
        (tmp_path / "one" / split).mkdir()
        (tmp_path / "one" / split / "n01440764").symlink_to(photographs / split / "n01440764")
    with pytest.raises(cifar10.DataError, match="holds one class only, n01440764, and there is nothing to learn"):
        go(tmp_path / "run", PHOTOGRAPHS, data=str(tmp_path / "one"))


def test_photographs_have_no_test_set(photographs, tmp_path):
    with pytest.raises(ValueError, match="--test is for cifar10 only"):
        go(tmp_path / "run", PHOTOGRAPHS, replace(MACHINE, test=True), data=str(photographs))


def test_the_test_set_is_looked_at_when_asked_also_afterwards(tmp_path):
    out, settings = tmp_path / "run", replace(SETTINGS, passes=1, images=60)
    assert "test" not in go(out, settings).result
    result = go(out, settings, replace(MACHINE, test=True)).result
    assert set(result["test"]) == {"1", "10"} and result["passes"] == 1


def test_ctrl_c_is_noted_and_the_handler_put_back():
    from alexnet_lib.training.interruption import Interruption

    before = signal.getsignal(signal.SIGINT)
    with Interruption() as interruption:
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.is_wanted() and interruption.signal == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
