"""The benchmarks: what is counted, against hand values; rows, tables and the page they are written to. No times."""

import re
import runpy
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))  # scripts: they import each other by their bare names

import allocator  # noqa: E402
import common  # noqa: E402
import cut_steps  # noqa: E402
import floors  # noqa: E402
import normalisation  # noqa: E402
import programme  # noqa: E402
import step_tables  # noqa: E402
import steps  # noqa: E402
import table  # noqa: E402

from alexnet_lib import paper  # noqa: E402
from alexnet_lib.nets.build import build_net  # noqa: E402
from alexnet_lib.nets.layers import LocallyConnected2d  # noqa: E402
from alexnet_lib.nets.normalisation import LocalResponseNorm  # noqa: E402

CPU = torch.device("cpu")
SCRIPTS = [path.name for path in sorted(BENCHMARKS.glob("*.py")) if "__main__" in path.read_text()]


class FlatOut(floors.Ceilings):
    """A machine of a billion MACs and a billion bytes a second, whatever the size."""

    def __init__(self):
        self.macs_per_s = 1e9
        self.copy_s = {4**power: 4**power / 1e9 for power in range(8, 15)}


@pytest.fixture(scope="module")
def small():
    return cut_steps.Steps(steps.recipe("small"), 4, CPU, resident_bytes=1)


@pytest.fixture(scope="module")
def found(small):
    nets = [steps.measure_net("small", small, FlatOut(), repeats=1)]
    return {"environment": "here", "precision": "off", "macs_per_s": 1e9, "bytes_per_s": 1e9, "nets": nets}


def part(parts, name):
    return next(one for one in parts if one["part"] == name)


# --- work ---

def test_first_convolution_of_the_small_net_forward(small):
    # 24 x 24 places, 32 kernels of 5 x 5 x 3; float32 in, out, kernels and biases; 4 images
    work = part(small.parts(), "conv1")["forward"]
    assert work.macs == 4 * 24 * 24 * 32 * 75 == 5_529_600
    assert work.bytes == 4 * (4 * 3 * 24 * 24 + 4 * 32 * 24 * 24 + 32 * 75 + 32)


def test_first_convolution_has_no_gradient_of_its_input(small):
    work = part(small.parts(), "conv1")["backward"]
    assert work.macs == 5_529_600  # of the kernels only
    # gradient of the output and input read, gradients of kernels and biases written
    assert work.bytes == 4 * (4 * 32 * 24 * 24 + 4 * 3 * 24 * 24 + 32 * 75 + 32)


def test_a_later_layer_has_both_gradients_and_groups_halve_the_work(small):
    # conv2 reads its own column: 16 of 32 maps; 12 x 12 places, 64 kernels of 5 x 5
    conv2 = part(small.parts(), "conv2")
    assert conv2["forward"].macs == 4 * 12 * 12 * 64 * 16 * 25
    assert conv2["backward"].macs == 2 * conv2["forward"].macs
    weights, x, y = 64 * 16 * 25 + 64, 4 * 32 * 12 * 12, 4 * 64 * 12 * 12
    assert conv2["backward"].bytes == 4 * (y + 2 * x + 2 * weights)


def test_normalisation_moves_five_tensors_and_pooling_and_flattening_less():
    x = torch.zeros(2, 8, 6, 6)
    norm, pool, flat = LocalResponseNorm(), nn.MaxPool2d(2), nn.Flatten()
    both = [floors.forward_work(norm, x, x), floors.backward_work(norm, x, x)]
    assert [work.macs for work in both] == [0, 0] and sum(work.bytes for work in both) == 5 * 4 * x.numel()
    assert floors.backward_work(pool, x, x[:, :, :3, :3]).bytes == 4 * (x.numel() + x.numel() // 4)
    assert floors.forward_work(flat, x, x.flatten(1)) == floors.backward_work(flat, x, x.flatten(1))
    assert floors.forward_work(flat, x, x.flatten(1)).bytes == 0


def test_locally_connected_and_dense_layers_use_each_weight_once_an_image():
    x = torch.zeros(3, 4, 6, 6)
    local, dense = LocallyConnected2d(4, 5, 3, map_size=6, padding=1), nn.Linear(144, 7)
    assert floors.forward_work(local, x, local(x)).macs == 3 * 36 * 36 * 5
    assert floors.forward_work(dense, x.flatten(1), dense(x.flatten(1))).macs == 3 * 144 * 7


def test_half_precision_moves_half_the_bytes_of_a_layer_without_weights():
    x = torch.zeros(2, 8, 6, 6)
    full, half = (floors.forward_work(nn.ReLU(), y, y).bytes for y in (x, x.bfloat16()))
    assert full == 2 * half == 8 * x.numel()


def test_layers_of_the_papers_net_add_up_to_its_published_macs():
    with torch.device("meta"):
        x = torch.zeros(1, 3, 224, 224)
        net = build_net(steps.PAPER.net).to("meta")
        macs = 0
        for _, layer in cut_steps.named_layers(net):
            y = layer(x)
            macs, x = macs + floors.forward_work(layer, x, y).macs, y
    assert macs == paper.TOTAL_MACS


def test_update_reads_three_tensors_and_writes_two():
    assert floors.update_work([torch.zeros(10), torch.zeros(3, 2)]) == floors.Work(0, 5 * 4 * 16)


# --- floors ---

def test_floor_is_the_longer_of_arithmetic_and_copying():
    machine = FlatOut()
    assert machine.floor_ms(floors.Work(3_000_000, 1_000_000)) == pytest.approx(3.0)
    assert machine.floor_ms(floors.Work(1_000_000, 2_000_000)) == pytest.approx(2.0)
    assert machine.floor_ms(floors.Work(0, 0)) == 0
    assert machine.floor_ms(floors.Work(0, 10**10)) == pytest.approx(1e4)  # larger than any copy that was timed


def test_ceilings_are_those_of_the_copies_that_were_timed(monkeypatch):
    monkeypatch.setattr(floors, "LARGEST", 2**18)
    monkeypatch.setattr(floors, "best_macs_per_s", lambda *settings: 5.0)
    ceilings = floors.Ceilings(CPU, quick=True)
    assert list(ceilings.copy_s) == [2**16, 2**18] and min(ceilings.copy_s.values()) > 0
    assert ceilings.bytes_per_s == 2**18 / ceilings.copy_s[2**18] and ceilings.macs_per_s == 5.0


# --- steps ---

def test_cut_steps_change_the_weights_as_whole_ones_do():
    nets = []
    for way in ("whole", "cut"):
        taken = cut_steps.Steps(steps.recipe("small"), 4, CPU, resident_bytes=20_000)
        for _ in range(3):
            getattr(taken, way)()
        nets.append(taken.net)
    for whole, cut in zip(*(net.parameters() for net in nets), strict=True):
        torch.testing.assert_close(whole, cut)
    fresh = cut_steps.Steps(steps.recipe("small"), 4, CPU, resident_bytes=20_000).net
    assert not torch.equal(next(fresh.parameters()), next(nets[0].parameters()))


@pytest.mark.parametrize("net", steps.NETS[1:-1])
def test_nets_of_the_files_are_cut_from_first_layer_to_last(net):
    taken = cut_steps.Steps(steps.recipe(net), 2, CPU, resident_bytes=1)
    times = taken.cut()
    parts = taken.parts()
    ways = [f"{one['part']} {way}" for one in parts for way in ("forward", "backward") if one[way] is not None]
    assert sorted(times) == sorted(ways) and len(set(ways)) == len(ways)
    assert {"conv1", "conv2", "loss", "update"} <= {one["part"] for one in parts}


def test_layers_without_names_are_named_by_kind_and_number():
    net = build_net(steps.recipe("11pct").net)
    assert [name for name, _ in cut_steps.named_layers(net)] == [
        "conv1", "relu1", "pool1", "lrn1", "conv2", "relu2", "lrn2", "pool2", "local3", "relu3", "local4", "relu4",
        "flatten", "fc5"]


def test_unknown_nets_and_precisions_are_refused():
    with pytest.raises(ValueError, match="unknown net 'vgg'.*small"):
        steps.measure(True, nets=("vgg",))
    with pytest.raises(ValueError, match="unknown precision 'fp8'.*off"):
        steps.measure(True, precision="fp8")


@pytest.mark.skipif(torch.cuda.is_available(), reason="cuda has tf32")
def test_tf32_is_refused_without_cuda():
    with pytest.raises(ValueError, match="tf32 needs cuda, not"):
        steps.measure(True, precision="tf32")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
def test_a_step_on_a_gpu_is_timed_by_the_device_and_its_launches_are_counted():
    taken = cut_steps.Steps(steps.recipe("small"), 8, torch.device("cuda"), resident_bytes=1)
    taken.cut()
    assert all(ms >= 0 for ms in taken.cut().values())
    assert taken.launches() > 50


# --- tables ---

def timing(ms, floor_ms):
    return {"ms": ms, "floor_ms": floor_ms, "macs": 0, "bytes": 0}


MADE_UP = {"net": "made up", "batch": 1, "step_ms": 20.0, "launches": None, "parts": [
    {"part": "conv1", "kind": "convolutions", "output": "", "forward": timing(8, 7.5), "backward": timing(2, 1)},
    {"part": "pool1", "kind": "pooling", "output": "", "forward": timing(3, 0), "backward": timing(1, 1)},
    {"part": "update", "kind": "update", "output": "", "forward": timing(2, 0.5), "backward": None}]}


def test_shares_of_a_step_and_what_lies_between_add_up(found):
    headings, rows = step_tables.summary_table({"nets": [MADE_UP, *found["nets"]]})
    line = {name: made_up for name, made_up, _ in rows}
    assert headings == ["", "made up", "small"]
    assert (line["convolutions"], line["pooling"], line["update"]) == ("50.0 %", "20.0 %", "10.0 %")
    assert line["sum of its parts, ms"] == "16" and line["bookkeeping and launches"] == "20.0 %"
    assert line["images a second"] == "50" and line["times the floor"] == "2.0"
    assert "kernels launched" not in line  # nothing was launched
    shares = [float(row[2].removesuffix(" %")) for row in rows if row[2].endswith("%")]
    assert sum(shares) == pytest.approx(100, abs=0.6) and len(shares) == len(step_tables.KINDS) + 1


def test_layer_table_has_a_row_for_every_part(found):
    headings, rows = step_tables.layer_table(found["nets"][0])
    assert [line[0] for line in rows][:4] == ["drawing", "conv1", "relu1", "lrn1"] and rows[-1][0] == "update"
    assert {len(line) for line in rows} == {len(headings)}
    assert headings[5] == "floor" and rows[1][5] == "5.53"  # 5.53 million MACs, at a billion a second


def test_reading_names_what_takes_longest_and_what_is_furthest_above_its_floor():
    assert step_tables.reading(MADE_UP) == (
        "made up: convolutions take 50 % of a step, pooling 20 %. Furthest above their floors: pool1 forward "
        "(3.00 ms), update (1.50 ms), conv1 backward (1.00 ms).")


def test_screen_and_page_show_every_net(found, capsys):
    step_tables.show(found)
    shown = capsys.readouterr().out
    assert "small, 4 images" in shown and "bookkeeping and launches" in shown
    assert step_tables.markdown(found).count("<details>") == 1


# --- rows ---

def test_a_row_has_the_ratio_of_the_medians_and_the_range_of_the_rounds():
    assert common.row("what", "fast", [1.0, 2.0, 4.0], "peer", [3.0, 8.0, 4.0]) == {
        "name": "what", "ours": "fast", "ratio": 2.0, "spread": [1.0, 4.0], "peer": "peer"}


def test_calls_take_turns_after_one_round_that_does_not_count():
    calls = []
    times = common.interleaved({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, CPU, 3)
    assert calls == ["a", "b"] * 4 and {name: len(taken) for name, taken in times.items()} == {"a": 3, "b": 3}


def test_a_time_limit_ends_the_rounds_but_not_the_first():
    times = common.interleaved({"a": lambda: None}, CPU, 5, limit_s=-1.0)
    assert len(times["a"]) == 1


def test_normalisation_gives_a_row_of_the_common_form():
    found = normalisation.compare_norms((2, 8, 5, 5), "channels_last", CPU, 2, ", here")
    assert set(found) == {"name", "ours", "ratio", "spread", "peer"}
    assert found["name"] == "LRN 2x8x5x5, channels_last, here" and found["ratio"] > 0


def test_each_setting_of_the_allocator_is_taken_in_a_process_of_its_own(monkeypatch):
    asked = []

    def in_process(function, net, keep, steps):
        asked.append((function, net, keep, steps))
        return {"ms": 10.0 if keep else 15.0, "faults": 0 if keep else 900, "peak_mib": 500}

    monkeypatch.setattr(allocator, "in_process", in_process)
    found = allocator.compare_settings("small", 2, 4)
    assert asked == [(allocator.one_setting, "small", keep, 4) for keep in (True, False)] * 2
    assert found["ratio"] == 1.5 and "0 page faults" in found["ours"] and "900 page faults" in found["peer"]


def test_every_part_of_the_table_is_a_module_that_measures():
    for name in table.PARTS:
        assert re.search(r"^def measure\(quick: bool", (BENCHMARKS / f"{name}.py").read_text(), re.MULTILINE), name


def test_the_programme_is_as_long_as_its_images_at_the_fastest_way_of_each_net():
    speeds = [{"net": net, "seeds": 5, "together": 1e6, "bf16": 2e6 if net == "80sec" else 5e5, "one by one": 1e5}
              for net in programme.NETS]
    found = programme.estimate_minutes(speeds)
    assert found["cifar_norm"] == pytest.approx(3 * 5 * 160 * 40_000 / 1e6 / 60)  # arms, seeds, passes, images
    images = {"80sec": (5 * 12 * 50_000 + 5 * 12 * 40_000) / 2e6, "18pct": 5 * 140 * 50_000 / 1e6,
              "13pct": (5 * 160 * 50_000 + 5 * 160 * 40_000) / 1e6, "11pct": 5 * 520 * 50_000 / 1e6}
    assert found["cifar_results"] == pytest.approx(sum(images.values()) / 60)


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_works(script, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [script, "--help"])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(BENCHMARKS / script), run_name="__main__")
    assert end.value.code == 0 and "--quick" in capsys.readouterr().out


def test_options_of_a_benchmark_reach_it(monkeypatch, capsys):
    asked = {}

    def measure(quick, cache=None):
        asked.update(quick=quick, cache=cache)
        return [{"name": "n", "ours": "o", "ratio": 1.0, "peer": "p"}]

    monkeypatch.setattr(sys, "argv", ["x", "--quick", "--cache", "folder"])
    common.command_line(measure, "What it is.", cache={"metavar": "FOLDER"})
    assert asked == {"quick": True, "cache": "folder"} and "1.00x" in capsys.readouterr().out


# --- the page ---

ROWS = [{"name": "a", "ours": "5 ms", "ratio": 2.0, "spread": [1.5, 2.5], "peer": "p"},
        {"name": "b", "ours": "6 ms", "ratio": 0.5, "peer": "q"}]


def test_the_page_has_every_mark_and_writing_twice_changes_nothing_more(found):
    page = (BENCHMARKS / "README.md").read_text()
    blocks = {"peers-cpu": table.peers_markdown(ROWS), "steps-cuda": step_tables.markdown(found)}
    for name in ("peers-cpu", "peers-cuda", "steps-cpu", "steps-cuda"):
        assert page.count(f"<!-- rendered: {name} -->") == 1
    once = table.fill(page, blocks)
    assert table.fill(once, blocks) == once != page
    assert once.count("<!-- end -->") == page.count("<!-- end -->") == 4


def test_what_is_slower_than_its_peer_is_said():
    found = table.peers_markdown(ROWS)
    assert "| a | 5 ms | 2.00 | 1.50–2.50 | p |" in found and found.endswith("slower than the peer: b.")
    assert table.peers_markdown(ROWS[:1]).endswith("nothing.")


def test_every_module_that_measures_stands_on_the_page():
    page = (BENCHMARKS / "README.md").read_text()
    assert [name for name in table.PARTS if f"`{name}.py`" not in page] == []
