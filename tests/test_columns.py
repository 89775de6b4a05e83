"""The two columns apart: equal to the grouped net, on two devices and in two processes; what crosses between them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch.nn.functional import cross_entropy

from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation
from alexnet_lib.nets.alexnet import AlexNet, ImageSizeError
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.nets.column_process import ColumnProcess
from alexnet_lib.nets.columns import TwoDeviceAlexNet, join_columns, split_columns, traffic
from alexnet_lib.nets.dropout import PaperDropout
from alexnet_lib.training import columns as command
from alexnet_lib.training.columns import ProcessesError, compare_processes
from alexnet_lib.training.processes import Settings, train_process

small = AlexNetConfig.small
VARIANTS = {
    "small": small(dropout=0.0),
    "never talks": small(dropout=0.0, talk=()),
    "talks at conv4 only": small(dropout=0.0, talk=("conv4",)),
    "talks everywhere": small(dropout=0.0, talk=("conv2", "conv3", "conv4", "conv5", "fc6", "fc7")),
    "released form": small(dropout=0.0, normalisation="released", norm_order="released", same_map_norm=True),
    "no conv3, no fc6": small(dropout=0.0, removed=("conv3", "fc6")),
    "no conv2, no conv5": small(dropout=0.0, removed=("conv2", "conv5"), talk=("conv3", "conv4", "fc6")),
    "inverted dropout": small(dropout=0.5, dropout_form="inverted"),
    "paper's dropout": small(dropout=0.5, dropout_form="paper"),
}


def grouped(config, seed=0):
    net = AlexNet(config, torch.Generator().manual_seed(seed)).double()
    return net.train(config.dropout == 0)  # with dropout the masks differ, so there only the test-time form can agree


def some_images(count=4, size=24):
    return torch.randn(count, 3, size, size, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 60


def gradients(net):
    return {name: p.grad for name, p in net.named_parameters()}


def assert_equal_weights(found, wanted, **tolerance):
    assert list(found) == list(wanted)
    for name, value in wanted.items():
        torch.testing.assert_close(found[name], value, msg=lambda text, name=name: f"{name}: {text}", **tolerance)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Two threads gain nothing on nets this small, and lose much where other programs want the cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


# --- two devices, one process -----------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
def test_columns_compute_what_the_grouped_net_computes(variant):
    net = grouped(VARIANTS[variant])
    apart, images = TwoDeviceAlexNet(net, ("cpu", "cpu")), some_images()
    wanted, found = net(images), apart(images)
    torch.testing.assert_close(found, wanted, rtol=1e-11, atol=1e-12)
    wanted.square().sum().backward()
    found.square().sum().backward()
    joined = join_columns([gradients(column) for column in apart.columns])
    assert_equal_weights(joined, gradients(net), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("variant", VARIANTS)
def test_traffic_is_what_crosses(variant):
    config = VARIANTS[variant]
    net = TwoDeviceAlexNet(grouped(config), ("cpu", "cpu"))
    rows = traffic(config, batch_size=4, bytes_per_value=8)
    logits = net(some_images())
    assert net.bytes_moved == {row.layer: row.forward * 4 * 8 for row in rows}
    logits.sum().backward()
    assert net.bytes_moved == {row.layer: row.batch_bytes for row in rows}


def test_four_columns_work_and_each_sends_to_three():
    config = small(dropout=0.0, columns=4)
    net, images = grouped(config), some_images()
    apart = TwoDeviceAlexNet(net, ("cpu",) * 4)
    found = apart(images)
    torch.testing.assert_close(found, net(images), rtol=1e-11, atol=1e-12)
    found.sum().backward()
    assert apart.bytes_moved == {row.layer: row.batch_bytes for row in traffic(config, 4, 8)}
    assert [(row.layer, row.forward) for row in traffic(config)] == [
        ("conv3", 3 * 64 * 6 * 6), ("fc6", 3 * 64 * 3 * 3), ("fc7", 3 * 256), ("fc8", 192)]


def test_the_papers_net_in_two_columns_is_the_papers_net():
    net = AlexNet(AlexNetConfig(), torch.Generator().manual_seed(0)).eval()
    apart = TwoDeviceAlexNet(net, ("cpu", "cpu"))
    assert sum(p.numel() for p in apart.parameters()) == 60_965_224
    images = some_images(1, 224).float()
    with torch.no_grad():
        torch.testing.assert_close(apart(images), net(images), rtol=1e-4, atol=1e-5)
    # both columns' pool2, pool5 and fc6 [K12 Fig. 2], and the second column's fc7, four bytes each
    assert apart.bytes_moved == {"conv3": 4 * 2 * 128 * 13 * 13, "fc6": 4 * 2 * 128 * 6 * 6, "fc7": 4 * 2 * 2048,
                                 "fc8": 4 * 2048}


def test_traffic_of_the_papers_net_by_hand():
    rows = traffic(AlexNetConfig(), batch_size=128, bytes_per_value=4)
    assert [row[:3] for row in rows] == [
        ("conv3", 43_264, 43_264), ("fc6", 9_216, 9_216), ("fc7", 4_096, 4_096), ("fc8", 2_048, 2_048)]
    assert sum(row.batch_bytes for row in rows) == (43_264 + 9_216 + 4_096 + 2_048) * 2 * 128 * 4


def test_one_column_has_no_traffic():
    assert traffic(AlexNetConfig.one_gpu()) == []


def test_nothing_crosses_backwards_at_test_time():
    net = TwoDeviceAlexNet(grouped(small()).eval(), ("cpu", "cpu"))
    with torch.no_grad():
        net(some_images())
    assert net.bytes_moved == {row.layer: row.forward * 4 * 8 for row in traffic(small())}


@pytest.mark.parametrize("variant", VARIANTS)
def test_joining_undoes_splitting(variant):
    net = grouped(VARIANTS[variant])
    assert_equal_weights(join_columns(split_columns(net)), net.state_dict(), rtol=0, atol=0)


def test_a_column_is_the_first_or_second_half_of_the_kernels():
    net = grouped(small(talk=("conv3", "fc6")))
    first, second = split_columns(net)
    conv3, fc7, fc8 = (net.get_submodule(name).weight for name in ("features.conv3", "classifier.fc7",
                                                                   "classifier.fc8"))
    assert torch.equal(second["features.conv3.weight"], conv3[48:])  # 96 kernels, all 64 maps of layer 2
    assert torch.equal(second["classifier.fc7.weight"], fc7[1:])  # block-diagonal: a block is a column's
    assert torch.equal(first["classifier.fc8.weight"], fc8)
    assert "classifier.fc8.weight" not in second and "classifier.fc8.bias" not in second


def test_training_the_columns_leaves_the_grouped_net_alone():
    net = grouped(small(dropout=0.0))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    apart = TwoDeviceAlexNet(net, ("cpu", "cpu"))
    apart(some_images()).sum().backward()
    torch.optim.SGD(apart.parameters(), 0.1).step()
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert not torch.equal(join_columns([c.state_dict() for c in apart.columns])["features.conv1.weight"],
                           before["features.conv1.weight"])


@pytest.mark.parametrize("config, devices, message", [
    (small(), ("cpu",), "1 devices do not go with 2 columns"),
    (small(columns=1), ("cpu", "cpu"), "2 devices do not go with 1 columns"),
    (small(norm_across_columns=True), ("cpu", "cpu"), "norm_across_columns=False"),
    (small(), ("cpu", "gpu0"), "unknown device 'gpu0': choose from cpu"),
    (small(), ("cpu", "cuda:99"), "device 'cuda:99' is not here.*choose from cpu"),
])
def test_what_cannot_be_placed_is_refused(config, devices, message):
    with pytest.raises(ValueError, match=message):
        TwoDeviceAlexNet(AlexNet(config), devices)


def test_images_of_another_size_are_refused():
    with pytest.raises(ImageSizeError, match=r"\(N, 3, 24, 24\), not \(2, 3, 32, 32\)"):
        TwoDeviceAlexNet(AlexNet(small()), ("cpu", "cpu"))(torch.zeros(2, 3, 32, 32))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
def test_columns_on_a_gpu_and_a_cpu_compute_what_the_grouped_net_computes():
    net = grouped(VARIANTS["small"])
    apart, images = TwoDeviceAlexNet(net, ("cuda:0", "cpu")), some_images()
    found, wanted = apart(images), net(images)
    assert [column.device.type for column in apart.columns] == ["cuda", "cpu"] and found.device.type == "cuda"
    torch.testing.assert_close(found.cpu(), wanted, rtol=1e-9, atol=1e-10)
    found.square().sum().backward()
    wanted.square().sum().backward()
    joined = join_columns([gradients(column) for column in apart.columns])
    assert_equal_weights({name: value.cpu() for name, value in joined.items()}, gradients(net), rtol=1e-7, atol=1e-8)
    assert apart.bytes_moved == {row.layer: row.batch_bytes for row in traffic(net.config, 4, 8)}


# --- two processes ----------------------------------------------------------------------------------

STEPS = Settings(batch_size=32, lr=0.005, seed=3)
PROCESS_VARIANTS = ("small", "never talks", "talks at conv4 only", "released form", "no conv3, no fc6")


def noise_images():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3 * 32 + 5, 24, 24, 3), np.uint8)  # five are left over: batches are whole
    return ResidentImages(images, rng.integers(0, 10, len(images)), normalisation(images, "raw"))


def process(rank, folder):
    """What each of the two processes does; it leaves its findings in a file."""
    torch.set_num_threads(1)
    Path(folder, f"{rank}.started").touch()
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    found = {}
    for variant in PROCESS_VARIANTS:
        net = ColumnProcess(grouped(VARIANTS[variant]))
        out = net(some_images())
        forward_bytes = dict(net.bytes_sent)
        (out.square().sum() if rank == 0 else out).backward()
        with torch.no_grad():
            silent = net.eval()(some_images())
        found[variant] = {"out": out.detach(), "silent": silent, "gradients": gradients(net.column),
                          "forward_bytes": forward_bytes, "all_bytes": dict(net.bytes_sent)}
    for name, config in (("four columns", small(columns=4)), ("leaking norm", small(norm_across_columns=True))):
        try:
            ColumnProcess(AlexNet(config))
        except ValueError as error:
            found[name] = str(error)
    for mode in ("columns", "ddp"):
        measured, net = train_process(mode, small(dropout=0.0), noise_images(), STEPS)
        found[mode] = {"measured": measured, "weights": getattr(net, "column", net).state_dict()}
    found["interrupted"], _ = train_process("columns", small(dropout=0.0), noise_images(),
                                            Settings(passes=4, batch_size=32), stop=lambda: rank == 1)
    found["masks"] = []
    forward = PaperDropout.forward

    def listening(layer, x):
        y = forward(layer, x)
        found["masks"].append((x > 0, y == 0))
        return y

    PaperDropout.forward = listening
    train_process("columns", small(), noise_images(), STEPS)
    torch.save(found, f"{folder}/{rank}.pt")
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes")
    context = torch.multiprocessing.start_processes(process, (str(folder),), nprocs=2, join=False,
                                                    start_method="spawn")
    working = start = time.monotonic()
    try:
        while not context.join(timeout=1):
            if len(list(folder.glob("*.started"))) < 2 and time.monotonic() - start < 180:
                working = time.monotonic()  # importing torch takes as long as the machine is busy
            assert time.monotonic() - working < 300, "the two processes hang"
    finally:
        for child in context.processes:
            child.kill()
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in (0, 1)]


@pytest.mark.parametrize("variant", PROCESS_VARIANTS)
def test_two_processes_compute_what_the_grouped_net_computes(both, variant):
    net = grouped(VARIANTS[variant])
    wanted = net(some_images())
    wanted.square().sum().backward()
    first, second = (found[variant] for found in both)
    torch.testing.assert_close(first["out"], wanted.detach(), rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(first["silent"], wanted.detach(), rtol=1e-11, atol=1e-12)
    assert second["out"].shape == () and second["out"] == 0
    joined = join_columns([first["gradients"], second["gradients"]])
    assert_equal_weights(joined, gradients(net), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("variant", PROCESS_VARIANTS)
def test_the_messages_are_the_traffic(both, variant):
    rows = traffic(VARIANTS[variant], batch_size=4, bytes_per_value=8)

    def sent(which):
        return {row.layer: sum(found[variant][which].get(row.layer, 0) for found in both) for row in rows}

    assert sent("forward_bytes") == {row.layer: row.forward * 4 * 8 for row in rows}
    # one pass with its backward pass, then one without
    assert sent("all_bytes") == {row.layer: row.batch_bytes + row.forward * 4 * 8 for row in rows}


def test_two_processes_refuse_what_they_cannot_split(both):
    assert "2 processes do not go with 4 columns" in both[0]["four columns"]
    assert "norm_across_columns=False" in both[0]["leaking norm"]


def test_a_column_needs_a_process_group():
    with pytest.raises(ValueError, match="start the processes with torchrun"):
        ColumnProcess(AlexNet(small()))


@pytest.fixture(scope="module")
def plainly_trained():
    """Weights after three steps of the grouped net, by torch's own SGD, which agrees at a constant rate."""
    generator, data = torch.Generator().manual_seed(STEPS.seed), noise_images()
    net = AlexNet(small(dropout=0.0), generator).to(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(net.parameters(), STEPS.lr, STEPS.momentum, weight_decay=STEPS.weight_decay)
    order = torch.randperm(len(data), generator=generator)
    wrong = 0
    for rows in order.split(32)[:3]:
        images, labels = data.batch(rows)
        logits = net(images)
        optimiser.zero_grad()
        cross_entropy(logits, labels).backward()
        optimiser.step()
        wrong += int((logits.argmax(1) != labels).sum())
    return net.state_dict(), 100 * wrong / 96


def assert_same_path(found, wanted):
    """Weights that differ by less than a ten-thousandth of the way they went since the start."""
    start = AlexNet(small(dropout=0.0), torch.Generator().manual_seed(STEPS.seed)).state_dict()
    assert list(found) == list(wanted)
    for name, value in wanted.items():
        assert (found[name] - value).norm() < 1e-4 * (value - start[name]).norm(), name


def test_columns_learn_what_one_process_learns(both, plainly_trained):
    assert_same_path(join_columns([found["columns"]["weights"] for found in both]), plainly_trained[0])
    assert both[0]["columns"]["measured"]["training_error_pct"] == pytest.approx(plainly_trained[1])


def test_halves_of_the_batch_learn_what_one_process_learns(both, plainly_trained):
    for found in both:
        assert_same_path(found["ddp"]["weights"], plainly_trained[0])
        assert found["ddp"]["measured"]["training_error_pct"] == pytest.approx(plainly_trained[1])


def test_one_process_alone_takes_the_same_path(plainly_trained):
    state = torch.get_rng_state()
    measured, net = train_process("single", small(dropout=0.0), noise_images(), STEPS)
    assert_same_path(net.state_dict(), plainly_trained[0])
    assert (measured["images"], measured["stopped"], measured["bytes_per_step"]) == (96, "finished", {})
    assert torch.equal(torch.get_rng_state(), state)


def test_bytes_per_step_are_maps_for_columns_and_weights_for_ddp(both):
    wanted = {row.layer: row.batch_bytes for row in traffic(small(), batch_size=32)}
    layers = AlexNet(small()).weight_layers()
    for found in both:
        assert found["columns"]["measured"]["bytes_per_step"] == wanted
        # two processes: each sends half of its gradient, then half of the sum
        assert found["ddp"]["measured"]["bytes_per_step"] == {
            name: 2 * 4 * sum(p.numel() for p in layer.parameters()) for name, layer in layers.items()}


def test_an_interruption_in_one_process_ends_both_with_what_was_done(both):
    for found in both:
        assert found["interrupted"]["stopped"] == "interrupted"
        assert found["interrupted"]["images"] == 5 * 32  # processes look at each other every five steps


def test_the_columns_drop_different_neurons(both):
    for (x, dropped), (other_x, other_dropped) in zip(both[0]["masks"], both[1]["masks"], strict=True):
        live = x & other_x
        assert 0.4 < (dropped == other_dropped)[live].double().mean() < 0.6  # 1 if both drew the same masks


# --- the command and the function for notebooks -----------------------------------------------------


@pytest.mark.parametrize("environment, arguments, message", [
    ({}, "--mode columns ddp", "torch.distributed.run --nproc-per-node 2 -m alexnet_lib.training.columns --mode col"),
    ({"RANK": "0", "WORLD_SIZE": "3"}, "", "a net of 2 columns needs 2 processes, not 3: start it with --nproc-per"),
    ({"RANK": "0", "WORLD_SIZE": "2"}, "--mode ddp --batch-size 33", "2 processes can not share a batch of 33 evenly"),
    ({"RANK": "0", "WORLD_SIZE": "2"}, "--images 100", "100 images do not make one batch of 128"),
    ({"RANK": "0", "WORLD_SIZE": "2"}, "--passes 0", "passes must be at least 1, not 0"),
    ({}, "--mode single --images 50000", "images must be from 1 to 40000, not 50000"),
    ({}, "--mode single --lr 0 --images 128", "lr must be above 0"),
    ({}, "--mode single --threads 0", "threads must be at least 1, not 0"),
    ({}, "--mode single --out nowhere/results.json", "there is no folder nowhere for the results"),
])
def test_what_cannot_work_ends_in_one_line(environment, arguments, message, monkeypatch, capfd):
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert command.main(arguments.split()) == 2
    said = capfd.readouterr().err
    assert said.startswith("error: ") and message in said and said.count("\n") == 1


def test_only_the_first_process_complains(monkeypatch, capfd):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "3")
    assert command.main([]) == 2
    assert capfd.readouterr().err == ""


def test_two_gpus_are_asked_for_by_name_where_there_are_none(monkeypatch, capfd):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert command.main(["--device", "cuda"]) == 2
    assert "2 processes need 2 GPUs and here are 1: use --device cpu" in capfd.readouterr().err


def processes_of(seed):
    """Ids of the processes of this module that were started with this seed."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"alexnet_lib.training.columns" in words and str(seed).encode() in words:
            found.append(path.parent.name)
    return found


def test_all_modes_can_be_compared_from_a_notebook():
    results = compare_processes(images=300, seed=4)
    assert list(results) == ["columns", "ddp", "single-1-thread", "single-2-threads"]
    for name, result in results.items():
        assert result["stopped"] == "finished" and result["images"] == 256 and result["images_per_s"] > 0
        assert result["processes"] == (1 if name.startswith("single") else 2)
        assert 50 < result["training_error_pct"] <= 100  # two steps teach nothing
    assert [result["threads"] for result in results.values()] == [1, 1, 1, 2]
    assert results["columns"]["bytes_per_step"] == {row.layer: row.batch_bytes for row in traffic(small())}
    assert results["ddp"]["bytes_per_step"]["fc6"] == 2 * 4 * (64 * 9 * 256 + 256)


def test_comparing_refuses_at_once_what_cannot_work():
    with pytest.raises(ValueError, match="2 processes can not share a batch of 33"):
        compare_processes(batch_size=33)


@pytest.mark.parametrize("said, reason", [
    ("W1123 06:37:35 api.py:1028] Sending closing signal\nerror: CIFAR-10 is not here\nTraceback (most recent call "
     "last):\n  File run.py, line 1142\ntorch.distributed.elastic.multiprocessing.errors.ChildFailedError: \n=====",
     "the processes failed: CIFAR-10 is not here"),
    ("[rank1]: Traceback (most recent call last):\n[rank1]:     work.wait()\n[rank1]: RuntimeError: Connection reset "
     "by peer\nW1123 06:37:35 api.py:1028] Sending closing signal", "failed: RuntimeError: Connection reset by peer"),
    ("", "no reason was given"),
])
def test_the_reason_of_a_failure_is_passed_on_in_one_line(said, reason, monkeypatch, tmp_path):
    failing = tmp_path / "python"  # in the place of torchrun, with words that torchrun has been seen to say
    failing.write_text(f"#!{sys.executable}\nimport sys\nsys.exit({said!r})\n")
    failing.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(failing))
    with pytest.raises(ProcessesError, match=reason) as caught:
        compare_processes(images=128, modes=("columns",))
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc to see what is left over")
def test_processes_that_take_too_long_are_ended():
    with pytest.raises(ProcessesError, match="not done after 9 s") as caught:
        compare_processes(images=40_000, passes=1000, seed=991_271, timeout_s=9)
    assert "\n" not in str(caught.value)
    assert processes_of(991_271) == []


def test_ctrl_c_ends_both_processes_with_what_was_done(tmp_path):
    out = tmp_path / "results.json"
    running = subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", command.__name__,
         "--mode", "columns", "ddp", "--images", "40000", "--passes", "100", "--seed", "991272", "--out", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    try:
        assert running.stdout.readline() == "columns: 2 processes on cpu through gloo, 1 thread each\n"
        time.sleep(6)  # a step or more
        running.send_signal(signal.SIGINT)
        said, complained = running.communicate(timeout=120)
    finally:
        running.kill()
    assert said.count("\n") == 1 and "interrupted; 3.34 MB a step" in said
    assert "KeyboardInterrupt" not in complained and "rank0" not in complained
    results = json.loads(out.read_text())
    assert list(results) == ["columns"] and results["columns"]["stopped"] == "interrupted"
    assert processes_of(991_272) == []
