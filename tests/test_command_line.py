"""The command line: helpful help, one-line errors with status 2, and no notebook tools needed to import."""

import subprocess
import sys

import pytest

from alexnet_lib.__main__ import main

NOTEBOOK_TOOLS = ("IPython", "ipykernel", "ipywidgets", "jupyterlab", "jupyter_client", "nbclient", "nbconvert",
                  "nbformat", "nbval", "papermill", "sphinx", "myst_nb", "scipy", "matplotlib")


@pytest.mark.parametrize("words", [[], ["data"], ["experiments"], ["experiments", "run"], ["experiments", "status"],
                                   ["claims"], ["notebooks"], ["notebooks", "run"], ["doctor"], ["render"], ["train"]])
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
    (["train", "--data", "cifar10", "--out", "{out}", "--net", "vgg"], "unknown --net 'vgg': choose one of paper"),
    (["train", "--data", "cifar10", "--out", "{out}"], "crops of 224 pixels and the images of cifar10 have 32"),
    (["train", "--data", "cifar10", "--out", "{out}", "--net", "small", "--set", "depth=3"], "FIELD one of image_size"),
    (["train", "--data", "nowhere", "--out", "{out}"], "there is no folder nowhere: name a folder that holds train/"),
    (["train", "--data", "cifar10", "--out", "{out}", "--batch-size", "0"], "--batch-size must be at least 1, not 0"),
    (["train", "--data", "cifar10", "--out", "{out}", "--threads", "0"], "--threads must be at least 1, not 0"),
    (["train", "--data", "cifar10", "--out", "{out}", "--device", "tpu"], "'tpu' is not here"),
    (["train", "--data", "cifar10", "--net", "small", "--out", "{file}"], "cannot write to"),
])
def test_bad_input_is_one_line_and_status_2(words, says, capsys, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    assert main([word.format(out=tmp_path / "out", file=tmp_path / "file") for word in words]) == 2
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


# --- train -----------------------------------------------------------------------------------------

TRAIN = ["train", "--data", "cifar10", "--net", "small", "--images", "60", "--batch-size", "30", "--device", "cpu",
         "--set", "kernels=4,8,8,8,8", "hidden=16,16", "--lr", "0.005"]


def test_training_says_a_line_a_pass_then_the_result_and_then_that_nothing_is_left(tmp_path, capsys):
    words = [*TRAIN, "--passes", "2", "--schedule", "1", "--out", str(tmp_path / "run")]
    assert main(words) == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert lines[1].startswith("pass 1 of 2: training error ") and "rate 0.005, " in lines[1]
    assert lines[2].startswith("pass 2 of 2: training error ") and "rate 0.0005, " in lines[2]
    assert lines[3].startswith("validation, 1 view: top-1 ") and lines[4].startswith("validation, 10 views: top-1 ")
    assert lines[5].startswith("2 passes in ") and lines[5].endswith(f"weights and result in {tmp_path / 'run'}")
    assert shown.err == ""  # no bar where there is no terminal
    assert main(words) == 0
    again = capsys.readouterr().out.splitlines()
    assert again[1] == "nothing left to do" and again[2:] == lines[3:]


@pytest.mark.parametrize("number, status", [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_ends_the_training_with_its_own_status(tmp_path, capsys, monkeypatch, number, status):
    import os
    import signal

    from alexnet_lib.training.step import Updates

    update = Updates.update

    def then_signal(*words):
        os.kill(os.getpid(), getattr(signal, number))
        return update(*words)

    monkeypatch.setattr(Updates, "update", then_signal)
    assert main([*TRAIN, "--out", str(tmp_path / "run")]) == status
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == f"stopped at pass 1, batch 1 of 2, saved in {tmp_path / 'run'}: the same command goes on from there"


def test_help_tells_the_defaults_that_hold(capsys):
    import re

    from alexnet_lib.training.settings import MachineSettings, TrainSettings

    with pytest.raises(SystemExit):
        main(["train", "--help"])
    text = " ".join(capsys.readouterr().out.split("how:")[1].split())
    for settings in (TrainSettings(), MachineSettings()):
        for name, value in vars(settings).items():
            if name in ("net", "changes", "mirror", "compile", "tensorboard", "test", "images") or value is None:
                continue
            flag = "--" + name.replace("_", "-")
            told = re.search(rf"{flag} [A-Z]+ .*?\(default: ([^,;)]+)", text)
            assert told and told[1] == f"{value:g}" if isinstance(value, float | int) else told[1] == value, name


def test_the_verbs_are_listed_without_importing_torch():
    script = ("import sys\nfrom alexnet_lib.__main__ import main\n"
              "try: main(['--help'])\nexcept SystemExit: pass\nassert 'torch' not in sys.modules")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "train" in done.stdout, done.stderr
