"""Small real jobs of the library, what must be whole of theirs at any moment, and how to kill them at one."""

from __future__ import annotations

import contextlib
import csv
import ctypes
import hashlib
import io
import json
import os
import pickle
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

HERE = Path(__file__).resolve().parent
TEMPORARY = re.compile(r"\.partial$|\.tmp$|\.journal$|\.partial\.ipynb$|^\..*\.kernel\.log$")


class Job(NamedTuple):
    """A command, and what is known of what it leaves in a folder ``out``."""

    kind: str  # see jobs.py
    inputs: Path
    words: tuple[str, ...]  # "{out}" and "{inputs}" stand for the folders
    #: raises if anything is not whole; gives the files that are done, and must not change any more
    check: Callable[[Path], set[Path]]
    result: Callable[[Path], object]  # what must be as after a run that was left alone
    begin: Callable[[Path], None] = lambda out: None
    data: str = ""  # $ALEXNET_DATA, if not the usual

    def start(self, out: Path, **environment: str) -> subprocess.Popen:
        """Start it as the leader of a process group."""
        words = [word.format(out=out, inputs=self.inputs) for word in self.words]
        own = {"ALEXNET_DATA": self.data.format(out=out)} if self.data else {}
        return subprocess.Popen([sys.executable, str(HERE / "jobs.py"), self.kind, str(self.inputs), *words],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                start_new_session=True, env=os.environ | own | environment)

    def run(self, out: Path, **environment: str) -> tuple[int, str]:
        """Run it to its end: status, and what it said."""
        with self.start(out, **environment) as process:
            said = process.communicate(timeout=300)[0]
        return process.returncode, said

    def all_of(self, out: Path) -> dict:
        """What it leaves, with the names of all files, so that one too many is noticed."""
        return {"result": self.result(out), "files": names(out)}


class Whole(NamedTuple):
    """A job that was left alone."""

    job: Job
    out: Path
    took_s: float
    left: dict


def left_alone(job: Job, out: Path) -> Whole:
    """Run a job to its end, with nothing in its way."""
    out.mkdir(parents=True)
    job.begin(out)
    start = time.monotonic()
    status, said = job.run(out)
    assert status == 0, said
    took_s = time.monotonic() - start
    job.check(out)
    return Whole(job, out, took_s, job.all_of(out))


def assert_same(left: dict, wanted: dict) -> None:
    """Compare what `Job.all_of` gave."""
    assert left["files"] == wanted["files"]
    assert left["result"] == wanted["result"]


def names(out: Path) -> list[str]:
    """Its files, but for what is said of one call only."""
    return sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file() and path.name != "kernel.log")


def temporaries(out: Path) -> list[str]:
    return [name for name in names(out) if TEMPORARY.search(Path(name).name)]


def bytes_of(paths: set[Path]) -> dict[Path, tuple[str, int]]:
    """Checksum and time of change of files."""
    return {path: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in paths}


# --- killing -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def orphans_are_ours() -> Iterator[Callable[[float], list[str]]]:
    """Become the parent of whatever outlives a job; gives a function that says what still runs after a while.

    As under a service manager of a desktop, an orphan's parent is not process 1 then.
    """
    libc = ctypes.CDLL(None)
    libc.prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    before = {child.pid for child in psutil.Process().children()}

    def left(patience_s: float) -> list[str]:
        end = time.monotonic() + patience_s
        while True:
            alive = []
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error, ChildProcessError):
                    if child.pid in before:
                        continue
                    if child.status() == psutil.STATUS_ZOMBIE:
                        if child.ppid() == os.getpid():
                            os.waitpid(child.pid, os.WNOHANG)
                        continue
                    alive.append(child)
            if not alive:
                return []
            if time.monotonic() > end:
                said = []
                for child in alive:
                    with contextlib.suppress(psutil.Error):
                        said.append(f"{child.pid}: {' '.join(child.cmdline())[:200]}")
                        child.kill()
                return said
            time.sleep(0.1)

    try:
        yield left
    finally:
        libc.prctl(36, 0, 0, 0, 0)


def kill_again_and_again(whole: Whole, place: Path, rounds: int, seed: int, patience_s: float = 10) -> int:
    """Kill a job with its group ``rounds`` times, and let the same command go on each time; at the end it finishes.

    Half of the moments are drawn over the time that the job takes when it is left alone, half are just before a
    rename. After each the job's `check` must hold, what was done must not change any more, and nobody may be left
    running; when it has come to its end, all must be as after a run that was left alone.

    Returns:
        How often it was killed.
    """
    job, chance, killed, fresh = whole.job, random.Random(seed), 0, 0
    done: dict[Path, tuple[str, int]] = {}
    out = None
    with orphans_are_ours() as left:
        while killed < rounds or out is not None:
            if out is None:
                out, done, fresh = place / str(fresh), {}, fresh + 1
                out.mkdir(parents=True)
                job.begin(out)
            if killed == rounds:
                status, said = job.run(out)
            elif chance.random() < 0.5:
                status, said = job.run(out, FAULTS_KILL_AT=str(chance.randint(1, 12)))
            else:
                status, said = _run_for(job, out, chance.uniform(0, whole.took_s))
            assert status in (0, -signal.SIGKILL), said
            killed += status != 0
            assert not (orphans := left(patience_s)), f"still running: {orphans}"
            now = bytes_of(job.check(out))
            assert done.items() <= now.items(), f"changed after it was done: {sorted(map(str, done.keys() - now))}"
            done = now
            if status == 0:
                assert_same(job.all_of(out), whole.left)
                out = None
    return killed


def _run_for(job: Job, out: Path, time_s: float) -> tuple[int, str]:
    process = job.start(out)
    try:
        return process.wait(timeout=time_s), process.stdout.read()
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return process.returncode, ""
    finally:
        process.stdout.close()


# --- the jobs ----------------------------------------------------------------------------------------


def notebooks(inputs: Path) -> Job:
    """Three notebooks that take a second each, one of them with a process of its own."""
    from nbformat import v4, writes

    (inputs / "notebooks").mkdir(parents=True)
    (inputs / "requirements.txt").write_text("numpy\n")
    for name, code in (("00_first", "time.sleep(0.5)"), ("01_second", "subprocess.run(['sleep', '0.5'])"),
                       ("02_third", "time.sleep(0.5)")):
        cells = [v4.new_markdown_cell(f"# {name}"),
                 v4.new_code_cell('PRESET: str = "quick"  # quick | reduced | full', metadata={"tags": ["parameters"]}),
                 v4.new_code_cell(f"import subprocess, time\n{code}"), v4.new_code_cell("print(6 * 7)")]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        path = inputs / "notebooks" / f"{name}.ipynb"
        path.write_text(writes(v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})))
    words = ("notebooks", "run", "--no-book", "--jobs", "2", "--build", "{out}")
    return Job("notebooks", inputs, words, check_notebooks, lambda out: sorted(map(str, check_notebooks(out))) and [
        _shown_by(path) for path in sorted(out.glob("notebooks/*.ipynb"))])


def chapter(inputs: Path) -> Job:
    """A chapter of the course, as ``make run ONLY=06`` runs it; what it shows holds times, and is not compared."""
    return Job("plain", inputs, ("notebooks", "run", "06", "--no-book", "--build", "{out}"), check_notebooks,
               lambda out: len(check_notebooks(out)))


def check_notebooks(out: Path) -> set[Path]:
    """Every executed notebook can be read and is executed to its end, every note too; those with a note are done."""
    import nbformat

    done = set()
    for path in (out / "notebooks").glob("[0-9]*.ipynb"):
        notebook = nbformat.read(path, 4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert all(cell.execution_count for cell in code), path
    for note in (out / "notebooks").glob("*.run.json"):
        json.loads(note.read_text())
        executed = note.with_name(note.name.replace(".run.json", ".ipynb"))
        assert executed.is_file(), f"{note} without its notebook"
        done |= {note, executed}
    return done


def _shown_by(path: Path) -> list:
    import nbformat

    return [cell.get("outputs", []) for cell in nbformat.read(path, 4).cells]


def sweep(inputs: Path) -> Job:
    """Four runs of an experiment, each with a record; two keep their net."""
    def check(out: Path) -> set[Path]:
        from alexnet_lib.experiments.records import load_kept_net, load_records

        done = set()
        for name, record in load_records("tiny", folder=out).items():
            done.add(out / "tiny" / f"{name}.json")
            if "net" in record:
                load_kept_net("tiny", name, record, out)
                done.add(out / "tiny" / record["net"]["file"])
        return done

    def result(out: Path) -> object:
        from alexnet_lib.experiments.records import load_records

        keep = ("stopped", "images_to_target", "trailing_error_pct", "validation_error_pct", "validation_loss")
        return {name: ({key: record["result"][key] for key in keep}, record["history"]["loss"], record.get("net"))
                for name, record in load_records("tiny", folder=out).items()}

    words = ("experiments", "run", "tiny", "--budget", "quick", "--device", "cpu", "--jobs", "2", "--records", "{out}")
    return Job("experiments", inputs, words, check, result)


def training(inputs: Path) -> Job:
    """Three passes over 241 images, a checkpoint after every update."""
    def check(out: Path) -> set[Path]:
        from alexnet_lib.training.checkpoints import latest_checkpoint
        from alexnet_lib.training.weights import load_trained

        said: list[str] = []
        latest_checkpoint(out / "run" / "checkpoints", said.append)
        assert not said
        finished = {out / "run" / name for name in ("weights.safetensors", "result.json")}
        if (out / "run" / "weights.safetensors").exists():
            load_trained(out / "run")
        if (out / "run" / "result.json").exists():
            json.loads((out / "run" / "result.json").read_text())
            return finished
        return set()

    def result(out: Path) -> object:
        from alexnet_lib.training.checkpoints import latest_checkpoint
        from alexnet_lib.training.weights import load_trained

        net, metadata = load_trained(out / "run")
        weights = {name: value.numpy().tobytes() for name, value in net.state_dict().items()}
        with open(out / "run" / "log.csv", newline="") as file:
            log = [{key: value for key, value in row.items() if not key.endswith("_s")} for row in csv.DictReader(file)]
        found = latest_checkpoint(out / "run" / "checkpoints")
        kept = {name: value.numpy().tobytes() for name, value in found.tensors.items()}
        return {"weights": weights, "log": log, "checkpoint": (found.step, kept)}

    words = ("train", "--data", "cifar10", "--net", "small", "--set", "kernels=8,16,16,16,16", "hidden=32,32",
             "--images", "241", "--batch-size", "48", "--passes", "3", "--lr", "0.005", "--device", "cpu",
             "--threads", "1", "--checkpoint-minutes", "0", "--out", "{out}/run")
    return Job("plain", inputs, words, check, result)


def grading(inputs: Path) -> Job:
    """Three submissions of a problem set of two tasks."""
    from made_course import DOUBLE, TOTAL, answered, put_source, put_submission, source_notebook

    put_source(inputs / "sources")
    handed_out = source_notebook()
    wrong = DOUBLE.replace("2 *", "3 *")
    for student, answers in (("ada", {"double": DOUBLE, "total": TOTAL}), ("bob", {"double": wrong, "total": TOTAL}),
                             ("cyd", {"double": DOUBLE, "total": "import os; os.fork() or os.setsid() or "
                                      "__import__('time').sleep(60)\n" + TOTAL})):
        put_submission(inputs / "in", student, answered(handed_out, **answers))

    def check(out: Path) -> set[Path]:
        import nbformat

        if (out / "gradebook.db").exists():
            with contextlib.closing(sqlite3.connect(out / "gradebook.db")) as book:
                assert book.execute("pragma integrity_check").fetchall() == [("ok",)]
        notes = set(out.glob("autograded/*/ps9/graded.json"))
        for note in notes:
            json.loads(note.read_text())
            nbformat.read(note.with_name("ps9_small.ipynb"), 4)
        return notes

    def result(out: Path) -> object:
        with open(out / "marks.csv", newline="") as file:
            marks = [{key: value for key, value in row.items() if key != "seconds"} for row in csv.DictReader(file)]
        said = ("points", "of", "by_hand", "status", "remark")
        notes = {note.parts[-3]: [json.loads(note.read_text())[name] for name in said] for note in check(out)}
        return {"marks": marks, "notes": notes}

    words = ("classroom", "grade", "{inputs}/in", "--course", "{out}", "--jobs", "2")
    return Job("classroom", inputs, words, check, result)


def fetching(inputs: Path) -> Job:
    """CIFAR-10 made from an archive in the official format, all of it."""
    from alexnet_lib.data import cifar10, cifar10_sources

    inputs.mkdir(parents=True)
    archive = inputs / cifar10_sources.OFFICIAL_FILE
    train, test = cifar10.load("train+validation"), cifar10.load("test")
    parts = [(f"data_batch_{i + 1}", *(array[10_000 * i : 10_000 * (i + 1)] for array in train)) for i in range(5)]
    with tarfile.open(archive, "w") as tar:
        for name, images, labels in (*parts, ("test_batch", *test)):
            rows = np.ascontiguousarray(images.transpose(0, 3, 1, 2)).reshape(len(images), 3072)
            data = pickle.dumps({b"data": rows, b"labels": labels.tolist()}, protocol=2)
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))

    def check(out: Path) -> set[Path]:
        files = set((out / "cifar10").glob("*.npy"))
        for file in files:
            array = np.load(file, allow_pickle=False)
            assert hashlib.sha256(array).hexdigest() == cifar10.ARRAYS[file.name][1], f"{file} is not whole"
        assert not files or len(files) == 4
        return files

    def result(out: Path) -> object:
        return {path.name: digest for path, (digest, _) in bytes_of(check(out)).items()}

    return Job("data", inputs, ("data",), check, result,
               lambda out: (out / archive.name).symlink_to(archive), "{out}")


def preparing(inputs: Path, pictures: int = 520) -> Job:
    """Photographs of two classes in three shards, and their statistics."""
    from PIL import Image

    from alexnet_lib.data.photograph_folders import PhotographError
    from alexnet_lib.data.prepared import load_prepared

    chance = np.random.default_rng(0)
    for number in range(pictures):
        path = inputs / "some" / "train" / f"n0{number % 2}" / f"{number}.JPEG"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(chance.integers(0, 256, (16, 20, 3), np.uint8)).save(path)

    def check(out: Path) -> set[Path]:
        place = out / "cache" / "train"
        with contextlib.suppress(PhotographError):
            found = load_prepared(out / "cache", "train")
            found.verify()
            return {place / "index.json", *place.glob("0*.npy")}
        assert not (place / "index.json").exists(), "an index of shards that are not whole"
        return set()

    def result(out: Path) -> object:
        place = out / "cache" / "train"
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in place.glob("*[0-9ex].*")}

    return Job("plain", inputs, ("data", "photographs", "{inputs}/some", "--out", "{out}/cache", "--jobs", "2"),
               check, result)


#: those that every fault is tried on
JOBS = {"notebooks": notebooks, "sweep": sweep, "training": training, "grading": grading, "fetching": fetching,
        "preparing": preparing}
ALL = JOBS | {"chapter": chapter}
