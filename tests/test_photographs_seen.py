"""What a full-size training sees in photographs: recorded by the command, with the pictures that are shown."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from alexnet_lib.__main__ import main
from alexnet_lib.data.augment import Augmentation
from alexnet_lib.experiments import photographs_seen
from alexnet_lib.experiments.photographs_seen import SIDE, load_photographs_seen, see_photographs
from alexnet_lib.experiments.records import RecordError
from alexnet_lib.experiments.retrieval import hidden_vectors
from alexnet_lib.nets.alexnet import AlexNet
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.training.precision import Precision
from alexnet_lib.training.sets import open_sets, open_source
from alexnet_lib.training.weights import load_trained, save_trained

SYNSETS = ("n01440764", "n02102040", "n02979186")
SIZE = 24


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    """A net, and the photographs that it claims to be trained on: 8 of each of three classes, 3 for validation."""
    root = tmp_path_factory.mktemp("seen")
    rng = np.random.default_rng(0)
    for split, count in (("train", 8), ("val", 3)):
        for kind, synset in enumerate(SYNSETS):
            for i in range(count):
                file = root / "photographs" / split / synset / f"{i}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                picture = rng.integers(0, 60, (30, 40, 3)) + 60 * kind  # one class lighter than the other
                Image.fromarray(picture.astype(np.uint8)).save(file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALEXNET_DATA", str(root / "data"))
        source = open_source(str(root / "photographs"), None, False, progress=False)
    cache = source.train.place.parent
    sets = open_sets(source, Augmentation(size=SIZE), torch.device("cpu"), 0, None)
    config = AlexNetConfig.small(classes=3)
    net = AlexNet(config, torch.Generator().manual_seed(0))
    (root / "run").mkdir()
    save_trained(root / "run" / "weights.safetensors", net, config, source.scale, {"data": {"checksum": sets.checksum}})
    return root / "run", cache


@pytest.fixture(scope="module")
def records(training, tmp_path_factory):
    run, cache = training
    folder = tmp_path_factory.mktemp("records")
    written = see_photographs(run, cache, "mine", folder, progress=False)
    assert sorted(path.name for path in written) == ["mine.jpg", "mine.json"]
    return folder


def test_every_picture_that_is_named_is_on_the_sheet(records):
    (name, seen), = load_photographs_seen(records).items()
    record = seen.record
    assert name == "mine" and (record["gallery"], record["queries"]) == (24, 9)
    assert len(record["panels"]) == len(record["rows"]) == 3  # one of each class there is
    shown = [*record["panels"], *(entry for row in record["rows"] for entry in (row, *row["vectors"], *row["pixels"]))]
    assert [entry["picture"] for entry in shown] == list(range(3 + 3 * 13)) and len(seen.pictures) >= len(shown)
    for entry in shown:
        assert seen.pictures[entry["picture"]].shape == (SIDE, SIDE, 3)
        assert abs(seen.pictures[entry["picture"]].mean() - (30 + 60 * entry["label"])) < 25  # as light as its class
        assert SYNSETS[entry["label"]] in entry["path"]


def test_each_row_and_panel_shows_another_class(records):
    record = load_photographs_seen(records)["mine"].record
    for part in ("panels", "rows"):
        assert sorted(entry["label"] for entry in record[part]) == [0, 1, 2]
    for panel in record["panels"]:
        shares = [share for _, share in panel["top5"]]
        assert shares == sorted(shares, reverse=True) and sum(shares) == pytest.approx(1, abs=1e-3)


def test_neighbours_and_precision_are_those_of_a_naive_computation(training, records):
    record = load_photographs_seen(records)["mine"].record
    source = open_source(str(training[1]), None, False, progress=False)
    crop = slice(128 - SIZE // 2, 128 + SIZE // 2)
    stored, asked = (of.rows(slice(None))[:, crop, crop].astype(float) for of in (source.train, source.validation))
    distances = ((asked[:, None] - stored[None]) ** 2).sum((2, 3, 4))  # (9, 24)
    order = distances.argsort(1)
    right = (source.train.labels[order[:, :6]] == source.validation.labels[:, None]).mean()
    assert record["measures"]["precision_at_6_pixels_pct"]["value"] == pytest.approx(100 * right)
    for row in record["rows"]:
        query = source.validation.paths.index(row["path"])
        assert [source.train.paths.index(entry["path"]) for entry in row["pixels"]] == order[query, :6].tolist()
    sets = open_sets(source, Augmentation(size=SIZE), torch.device("cpu"), 0, None)
    net = load_trained(training[0]).net
    hidden, own = (hidden_vectors(net, of).double().numpy() for of in (sets.train, sets.validation))
    chosen = ((own[:, None] - hidden[None]) ** 2).sum(2).argsort(1)[:, :6]
    ranks = [[list(order[query]).index(row) + 1 for row in chosen[query]] for query in range(9)]
    answers = photographs_seen._ask(net, sets, np.arange(9), Precision("off", torch.device("cpu")), False)
    assert answers.rank.tolist() == ranks and answers.by_vector.tolist() == chosen.tolist()
    assert record["median_pixel_rank_pct"] == pytest.approx(100 * np.sort(ranks, axis=None)[(9 * 6 - 1) // 2] / 24)
    vectors, difference = (load_photographs_seen(records)["mine"].estimate(f"precision_at_6_{key}")
                           for key in ("vectors_pct", "difference"))
    assert difference.value == pytest.approx(vectors.value - 100 * right) and difference.n == 9
    assert difference.low <= difference.value <= difference.high


def test_the_record_names_the_net_and_no_place_on_this_machine(training, records):
    text = (records / "photographs_seen" / "mine.json").read_text()
    record = json.loads(text)
    assert str(training[1]) not in text and str(training[0]) not in text
    assert len(record["weights"]) == 64 and record["nets"] == 1
    assert {"hardware", "torch", "commit", "date", "data"} <= set(record["provenance"])


def test_the_command_writes_the_same_record(training, records, tmp_path, capsys):
    run, cache = training
    words = ["experiments", "see", str(run), "--data", str(cache), "--name", "mine", "--records", str(tmp_path)]
    assert main(words) == 0
    assert "mine.json" in capsys.readouterr().out
    kept = {key: value for key, value in load_photographs_seen(tmp_path)["mine"].record.items() if key != "provenance"}
    assert kept == {key: value for key, value in load_photographs_seen(records)["mine"].record.items()
                    if key != "provenance"}


def test_other_photographs_are_refused_in_one_line(training, tmp_path, capsys):
    run, cache = training
    source = open_source(str(cache), None, False, progress=False)
    config = AlexNetConfig.small(classes=3)
    weights = tmp_path / "weights.safetensors"
    save_trained(weights, AlexNet(config), config, source.scale, {"data": {"checksum": "other"}})
    assert main(["experiments", "see", str(tmp_path), "--data", str(cache), "--records", str(tmp_path)]) == 2
    shown = capsys.readouterr().err.splitlines()[-1]
    assert shown.startswith("error: ") and "does not hold the photographs" in shown
    assert load_photographs_seen(tmp_path) == {}


def test_a_training_that_is_not_finished_is_refused(training, tmp_path, capsys):
    assert main(["experiments", "see", str(tmp_path), "--data", str(training[1])]) == 2
    assert "there are no weights" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_damaged_sheet_is_named(training, records, tmp_path, damage):
    place = tmp_path / "photographs_seen"
    place.mkdir()
    (place / "mine.json").write_bytes((records / "photographs_seen" / "mine.json").read_bytes())
    if damage == "changed":
        (place / "mine.jpg").write_bytes(b"another picture")
    with pytest.raises(RecordError, match="mine.jpg is missing or damaged.*experiments see"):
        load_photographs_seen(tmp_path)


def test_without_records_there_is_nothing_to_show(tmp_path):
    assert load_photographs_seen(tmp_path) == {}


def test_photographs_that_ask_are_spread_over_the_classes(training, tmp_path, monkeypatch):
    monkeypatch.setattr(photographs_seen, "QUERIES", 3)
    see_photographs(*training, "few", tmp_path, progress=False)
    record = load_photographs_seen(tmp_path)["few"].record
    assert record["queries"] == 3 and sorted(entry["label"] for entry in record["rows"]) == [0, 1, 2]
