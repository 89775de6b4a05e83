"""The command line: helpful help, one-line errors with status 2, and no notebook tools needed to import."""

import subprocess
import sys

import pytest

from alexnet_lib.__main__ import main

NOTEBOOK_TOOLS = ("IPython", "ipykernel", "ipywidgets", "jupyterlab", "jupyter_client", "nbclient", "nbconvert",
                  "nbformat", "nbval", "papermill", "sphinx", "myst_nb", "scipy", "matplotlib")


@pytest.mark.parametrize("words", [[], ["data"], ["experiments"], ["experiments", "run"], ["experiments", "status"],
                                   ["claims"], ["notebooks"], ["notebooks", "run"], ["doctor"], ["render"]])
def test_every_verb_has_help(words, capsys):
    with pytest.raises(SystemExit) as stop:
        main([*words, "--help"])
    assert stop.value.code == 0 and "usage:" in capsys.readouterr().out


@pytest.mark.parametrize("words, says", [
    (["experiments", "run", "nothing"], "unknown experiment 'nothing': choose one of relu_speed"),
    (["experiments", "run", "relu_speed", "--budget", "huge"], "unknown budget 'huge': choose one of quick, reduced"),
    (["experiments", "run", "relu_speed", "--device", "tpu"], "'tpu' is not here"),
    (["claims", "C99"], "C99"),
    (["claims", "--notebook", "99_nothing"], "99_nothing"),
    (["notebooks", "run", "99_nothing"], "99_nothing"),
    (["notebooks", "run", "--preset", "huge"], "huge"),
])
def test_bad_input_is_one_line_and_status_2(words, says, capsys):
    assert main(words) == 2
    shown = capsys.readouterr().err
    assert says in shown and shown.startswith("error: ") and shown.count("\n") == 1


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_jobs_must_be_a_number_from_1_up(jobs, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["experiments", "run", "relu_speed", "--jobs", jobs])
    assert stop.value.code == 2 and "from 1 up" in capsys.readouterr().err


def test_a_bug_is_not_hidden_behind_one_line(monkeypatch):
    def broken(*_):
        int("not a number")  # a ValueError that was not written for the user

    monkeypatch.setattr("alexnet_lib.paper.claim", broken)
    with pytest.raises(ValueError):
        main(["claims", "C19"])


def test_claims_can_be_chosen_and_come_as_text_or_markdown(capsys):
    assert main(["claims", "C19"]) == 0
    text = capsys.readouterr().out
    assert "C19" in text and "C20" not in text
    assert main(["claims", "--notebook", "02_relu", "--markdown"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| C")]
    assert [row[2:5] for row in rows] == ["C18", "C19", "C20", "C21", "C22"]


def test_status_tells_what_is_left(capsys, tmp_path):
    assert main(["experiments", "status", "relu_speed", "--records", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "no records" in shown and "runs can be done now" in shown


def test_a_records_folder_that_can_not_be_written_is_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("not a folder")
    assert main(["experiments", "run", "relu_speed", "--records", str(tmp_path / "file")]) == 2
    shown = capsys.readouterr().err
    assert "cannot write records" in shown and "--records" in shown and shown.count("\n") == 1


def test_missing_data_is_one_line(monkeypatch, tmp_path, capsys):
    from alexnet_lib.data import cifar10_sources

    def fail(work, *_):
        raise OSError("no route")

    monkeypatch.setenv("ALEXNET_DATA", str(tmp_path))
    monkeypatch.setattr(cifar10_sources, "_download_official", fail)
    monkeypatch.setattr(cifar10_sources, "_download_mirror", fail)
    assert main(["data"]) == 2
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1 and "cifar-10-python.tar.gz" in shown


def test_running_experiments_needs_no_notebook_tool_and_no_plot():
    """The library runs on a machine that has torch, torchvision, numpy and pure-Python packages only."""
    script = (
        "import sys\n"
        f"blocked = {NOTEBOOK_TOOLS!r}\n"
        "class Block:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.split('.')[0] in blocked: raise ImportError(f'{name} is blocked')\n"
        "sys.meta_path.insert(0, Block())\n"
        "import alexnet_lib, alexnet_lib.experiments.runner, alexnet_lib.data.cifar10_sources\n"
        "from alexnet_lib.__main__ import main\n"
        "assert main(['experiments', 'list']) == 0 and main(['experiments', 'status']) == 0\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "relu_speed" in done.stdout


@pytest.fixture
def photographs(tmp_path):
    """Two classes of two small photographs, and one for validation."""
    from PIL import Image

    for i, name in enumerate(("train/n01440764/a", "train/n01440764/b", "train/n02102040/c", "train/n02102040/d",
                              "val/n02102040/e")):
        file = tmp_path / "imagenette2" / f"{name}.JPEG"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 30), (50 * i, 100, 200)).save(file, "PNG")
    return tmp_path / "imagenette2"


def test_photographs_are_prepared_where_the_data_are_and_kept(photographs, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ALEXNET_DATA", str(tmp_path / "data"))
    for made, kept in ((1, 0), (0, 1)):
        assert main(["data", "photographs", str(photographs), "--jobs", "1"]) == 0
        train, val, mean = capsys.readouterr().out.splitlines()
        assert train.startswith("train: 4 photographs of 2 classes") and val.startswith("val: 1 photographs of 2")
        assert str(tmp_path / "data" / "photographs" / "imagenette2" / "train") in train
        assert f"{made} shards made, {kept} kept" in train and f"{made} shards made, {kept} kept" in val
        assert mean == "train: mean red 75.00, green 100.00, blue 200.00"


def test_bad_photographs_are_refused_in_one_line_or_skipped_and_named(photographs, tmp_path, capsys):
    (photographs / "train" / "n01440764" / "b.JPEG").write_bytes(b"not a picture")
    words = ["data", "photographs", str(photographs), "--jobs", "1", "--out", str(tmp_path / "cache")]
    assert main(words) == 2
    shown = capsys.readouterr().err.splitlines()[-1]
    assert shown.startswith("error: ") and "b.JPEG" in shown and "--on-bad skip" in shown
    assert main([*words, "--on-bad", "skip"]) == 0
    shown = capsys.readouterr().out
    assert "train: 3 photographs" in shown and "left out: train/n01440764/b.JPEG (not a picture)" in shown


@pytest.mark.parametrize("words, says", [
    (["nowhere"], "there is no folder nowhere/train: name the folder that holds train/ and val/"),
    (["{photographs}", "--on-bad", "ignore"], "unknown on_bad 'ignore': choose one of refuse, skip"),
    (["{photographs}", "--exif", "turn"], "unknown exif 'turn': choose one of ignore, apply"),
    (["{photographs}", "--out", "{photographs}"], "lies among the photographs"),
])
def test_bad_words_about_photographs_are_one_line(words, says, photographs, capsys):
    assert main(["data", "photographs", *(word.format(photographs=photographs) for word in words)]) == 2
    shown = capsys.readouterr().err
    assert says in shown and shown.startswith("error: ") and shown.count("\n") == 1
