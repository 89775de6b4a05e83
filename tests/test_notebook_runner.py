"""The notebook runner, on notebooks of a few lines that import nothing heavy."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import nbformat
import pytest
from nbformat import v4

from alexnet_lib.__main__ import main
from alexnet_lib.notebooks import (
    NotebookError,
    build_book,
    files,
    refresh,
    refresh_notebooks,
    run,
    run_notebooks,
    sharing,
    test_command,
)
from alexnet_lib.notebooks.parameters import settle
from alexnet_lib.notebooks.progress import StatusLine, Watcher
from alexnet_lib.shards import Shard, parse_shard

PARAMETERS = """PRESET: str = "quick"  # quick | reduced | full
RATE: float = 0.1  # learning rate
SEEDS: int = 3  # runs
FLIP: bool = True  # mirror images
ARMS: tuple = ("relu", "tanh")  # what is compared"""

BARS = """import time
from tqdm.auto import tqdm
for _ in tqdm(range(2), desc="a bar that leaves nothing"):
    for _ in tqdm(range(3), desc="inner", leave=False): time.sleep(0.05)
print("trained")"""


def write_notebook(folder, name, *cells, parameters=PARAMETERS, **metadata):
    """Cells that begin with ``#`` and a space are markdown, the others code."""
    tagged = v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    made = [v4.new_markdown_cell(f"# {name}"), tagged]
    made += [(v4.new_markdown_cell if c.startswith(("# ", "## ")) else v4.new_code_cell)(c) for c in cells]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = v4.new_notebook(cells=made, metadata={"kernelspec": kernel, **metadata})
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"


@pytest.fixture(autouse=True)
def small_root(tmp_path_factory, monkeypatch):
    """A repository of its own, so that nothing here depends on records that are being written."""
    root = tmp_path_factory.mktemp("root")
    (root / "requirements.txt").write_text("numpy\n")
    (root / "figures" / "records").mkdir(parents=True)
    monkeypatch.setattr(files, "ROOT", root)
    return root


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Four notebooks, three of which fail, run once with the HTML edition."""
    root = tmp_path_factory.mktemp("course")
    source = root / "notebooks"
    write_notebook(source, "00_fine", "# $x^2$", BARS, "open('cwd.txt', 'w').close()")
    failing = "raise ValueError('no such\\nlayer')"
    write_notebook(source, "01_fails", "print('begun')", "## Four layers", failing, "2")
    write_notebook(source, "02_dies", "import os; os._exit(3)")
    write_notebook(source, "03_ends_early", "print('begun')", "raise SystemExit(0)", "print('never')")
    write_notebook(source, "04_also_fine", "print('reached the', 'end')")
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run_notebooks(build=root / "build", source=source, jobs=1)
    lines = {line.split()[0]: line for line in out.getvalue().splitlines() if re.match(r"\d\d_", line)}
    return SimpleNamespace(root=root, status=status, out=out.getvalue(), err=err.getvalue(), lines=lines)


def test_one_line_a_notebook_with_its_time(course):
    assert list(course.lines) == ["00_fine", "01_fails", "02_dies", "03_ends_early", "04_also_fine"]
    assert re.fullmatch(r"00_fine +\d+ s   ok", course.lines["00_fine"])


def test_status_is_1_and_the_others_are_run_when_one_fails(course):
    assert course.status == 1
    assert course.lines["04_also_fine"].endswith("ok")
    assert "reached the end" in (course.root / "build/notebooks/04_also_fine.ipynb").read_text()
    assert "3 of 5 notebooks failed" in course.out


def test_failure_names_cell_heading_and_error_in_one_line(course):
    assert course.lines["01_fails"].endswith(
        'FAILED in cell 3 of 4 (under "Four layers"): ValueError: no such layer'
    )


def test_dead_kernel_and_silent_end_are_failures(course):
    assert 'FAILED in cell 2 of 2 (under "02_dies"): the kernel died' in course.lines["02_dies"]
    assert "FAILED in cell 4 of 4: it was never run" in course.lines["03_ends_early"]


def test_failed_notebook_is_kept_under_another_name(course):
    made = {path.name for path in (course.root / "build/notebooks").glob("*.ipynb")}
    assert made == {
        "00_fine.ipynb", "01_fails.failed.ipynb", "02_dies.failed.ipynb", "03_ends_early.failed.ipynb",
        "04_also_fine.ipynb",
    }
    assert "01_fails.failed.ipynb" in course.out
    assert "begun" in (course.root / "build/notebooks/01_fails.failed.ipynb").read_text()


def test_notebook_runs_in_its_own_folder_and_is_not_written_to(course):
    assert (course.root / "notebooks/cwd.txt").exists()
    stored = nbformat.read(course.root / "notebooks/00_fine.ipynb", 4)
    assert all(not c.outputs and c.execution_count is None for c in stored.cells if c.cell_type == "code")


def test_book_shows_the_good_notebooks_and_leaves_out_the_failed(course):
    html = course.root / "build/html"
    assert course.out.splitlines()[-1].endswith("html/index.html")
    assert {page.stem for page in (html / "notebooks").glob("*.html")} == {"00_fine", "04_also_fine"}
    index = (html / "index.html").read_text()
    assert "Left out, because their last run failed: 01_fails, 02_dies, 03_ends_early" in index
    assert re.search(r"00_fine.{1,60}quick, ", index, re.DOTALL)


def test_book_leaves_no_trace_of_progress_bars(course):
    page = (course.root / "build/html/notebooks/00_fine.html").read_text()
    assert "trained" in page
    assert page.count("a bar that leaves nothing") == 1  # the code
    assert "widget" not in page.lower().replace("sidebar-widget", "")


def test_book_needs_no_network(course):
    for page in (course.root / "build/html").rglob("*.html"):
        text = page.read_text()
        tags = re.findall(r"<(?:script|link|img|iframe)\b[^>]*>", text)
        loaded = [tag for tag in tags if re.search(r"""(?:src|href)=["'](?:https?:)?//""", tag)]
        assert tags and not loaded, f"{page.name} loads {loaded}"
    assert "mathjax/tex-chtml.js" in (course.root / "build/html/notebooks/00_fine.html").read_text()


def test_book_is_not_built_again_without_a_change(course, capsys):
    page = build_book(course.root / "build", course.root / "notebooks")
    assert page.samefile(course.root / "build/html/index.html")
    assert "building" not in capsys.readouterr().err


def test_unchanged_notebook_is_not_run_again(tmp_path, small_root, capsys):
    source, build = tmp_path / "notebooks", tmp_path / "build"
    path = write_notebook(source, "00_counts", "print('one')")

    def last_line(**options):
        assert run_notebooks(build=build, source=source, book=False, **options) == 0
        return capsys.readouterr().out.strip()

    assert last_line().endswith("ok")
    assert last_line().endswith("unchanged")
    notebook = nbformat.read(path, 4)
    notebook.cells[-1].execution_count = 7  # as JupyterLab leaves it
    nbformat.write(notebook, path)
    assert last_line().endswith("unchanged")
    (small_root / "figures/records/new.json").write_text("{}")
    assert last_line().endswith("ok")
    assert last_line(parameters={"SEEDS": "4"}).endswith("ok")
    assert last_line(parameters={"SEEDS": "4"}, force=True).endswith("ok")
    write_notebook(source, "00_counts", "print('two')")
    assert last_line().endswith("ok")
    assert "two" in (build / "notebooks/00_counts.ipynb").read_text()


def test_failed_notebook_is_run_again_and_its_remains_go(tmp_path):
    source, build = tmp_path / "notebooks", tmp_path / "build"
    write_notebook(source, "00_unsteady", "import os; print('on'); assert os.path.exists('go')")
    remains = build / "notebooks/00_unsteady.failed.ipynb"

    def status(**options):
        return run_notebooks(build=build, source=source, book=False, **options)

    (source / "go").touch()
    assert status() == 0
    (source / "go").unlink()
    assert status(force=True) == 1
    assert status() == 1, "the older output, which still fits, must not hide the failure"
    assert remains.exists() and (build / "notebooks/00_unsteady.ipynb").exists()
    (source / "go").touch()
    assert status() == 0
    assert not remains.exists()


def test_notebook_without_output_is_a_failure(tmp_path, capsys):
    write_notebook(tmp_path / "notebooks", "00_mute", "1;")
    assert run_notebooks(build=tmp_path / "build", source=tmp_path / "notebooks", book=False) == 1
    assert "no cell left any output" in capsys.readouterr().out


def test_parameters_arrive_in_the_notebook_with_their_types(tmp_path):
    source, build = tmp_path / "notebooks", tmp_path / "build"
    write_notebook(source, "00_shows", "print(PRESET, repr(RATE), repr(SEEDS), FLIP is False, ARMS)")
    values = {"RATE": "1e-3", "SEEDS": "10", "FLIP": "false", "ARMS": "('relu',)"}
    assert run_notebooks(["00"], "full", values, build, book=False, source=source) == 0
    done = nbformat.read(build / "notebooks/00_shows.ipynb", 4)
    assert done.cells[-1].outputs[0].text == "full 0.001 10 True ('relu',)\n"


@pytest.mark.parametrize(
    ("names", "preset", "values", "message"),
    [
        (["99_nothing"], "quick", {}, "unknown notebook '99_nothing': choose from 00_shows"),
        ([], "fast", {}, "unknown preset 'fast': choose one of quick, reduced, full"),
        ([], "quick", {"PRESET": "fast"}, "unknown preset 'fast'"),
        ([], "quick", {"SEED": "3"}, "unknown parameter 'SEED': choose from ARMS, FLIP, PRESET, RATE, SEEDS"),
        ([], "quick", {"SEEDS": "1.5"}, "parameter SEEDS must be of type int like its default 3, not '1.5'"),
        ([], "quick", {"FLIP": "maybe"}, "parameter FLIP must be true or false"),
        ([], "quick", {"ARMS": "relu tanh"}, "parameter ARMS must be of type tuple"),
    ],
)
def test_bad_request_is_refused_before_anything_runs(tmp_path, names, preset, values, message):
    write_notebook(tmp_path / "notebooks", "00_shows", "print(1)")
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        run_notebooks(names, preset, values, tmp_path / "build", source=tmp_path / "notebooks")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "build").exists()


def test_only_values_that_differ_are_injected(tmp_path):
    path = write_notebook(tmp_path, "00_shows", "print(1)")
    assert settle([path], "quick", {"RATE": "0.1", "SEEDS": 3}) == {path: {}}
    assert settle([path], "reduced", {"RATE": "2"}) == {path: {"PRESET": "reduced", "RATE": 2.0}}


def test_parameter_may_be_missing_from_some_notebooks(tmp_path):
    plain = write_notebook(tmp_path, "00_plain", parameters='PRESET: str = "quick"  # quick | reduced | full')
    seeded = write_notebook(tmp_path, "01_seeded")
    assert settle([plain, seeded], "quick", {"SEEDS": "5"}) == {plain: {}, seeded: {"SEEDS": 5}}


def test_damaged_notebook_and_empty_folder_are_named(tmp_path):
    with pytest.raises(NotebookError, match="there are no notebooks"):
        run_notebooks(source=tmp_path, build=tmp_path / "build")
    (tmp_path / "00_torn.ipynb").write_text('{"cells": [')
    with pytest.raises(ValueError, match=r"00_torn\.ipynb is not a readable notebook"):
        run_notebooks(source=tmp_path, build=tmp_path / "build")


def test_interruption_keeps_what_is_finished(tmp_path, capsys, monkeypatch):
    source, build = tmp_path / "notebooks", tmp_path / "build"
    write_notebook(source, "00_first", "print(1)")
    write_notebook(source, "01_second", "print(2)")
    execute = run.execute

    def interrupted(path, partial, *others):
        if path.stem == "01_second":
            partial.write_text("half a notebook")
            raise KeyboardInterrupt
        execute(path, partial, *others)

    monkeypatch.setattr(run, "execute", interrupted)
    assert run_notebooks(build=build, source=source, jobs=1) == 130
    shown = capsys.readouterr()
    assert "interrupted: finished notebooks are kept in" in shown.err
    assert [path.name for path in (build / "notebooks").glob("*.ipynb")] == ["00_first.ipynb"]
    monkeypatch.setattr(run, "execute", execute)
    assert run_notebooks(build=build, source=source, book=False) == 0
    assert "unchanged" in capsys.readouterr().out


def test_second_run_at_the_same_time_is_refused(tmp_path):
    from filelock import FileLock

    write_notebook(tmp_path / "notebooks", "00_first", "print(1)")
    (tmp_path / "build/notebooks").mkdir(parents=True)
    with FileLock(tmp_path / "build/notebooks/run.lock"), pytest.raises(NotebookError, match="another run"):
        run_notebooks(build=tmp_path / "build", source=tmp_path / "notebooks")


# --- side by side -----------------------------------------------------------------------------------

ALONE = {"alexnet_lib": {"alone": True}}

WRITES_TIMES = """import json, os, time
began = time.time()
{meanwhile}
kept = {{name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "MALLOC_MMAP_MAX_")}}
json.dump([began, time.time(), kept], open("{name}.json", "w"))
print("this is", "{name}")"""

MEETS = """open("{me}", "w").close()
while not os.path.exists("{other}"):
    time.sleep(0.05)
    assert time.time() < began + 60, "nobody came"
"""


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """Two notebooks that wait for one another, one that fails and two that measure time, with two jobs on 6 cores."""
    root = tmp_path_factory.mktemp("company")
    source = root / "notebooks"

    def write(name, meanwhile="time.sleep(0.3)", *cells, **metadata):
        text = WRITES_TIMES.format(name=name, meanwhile=meanwhile)
        write_notebook(source, name, text, *cells, **metadata)

    write("00_one", MEETS.format(me="a", other="b"))
    write("01_measures", **ALONE)
    write("02_two", MEETS.format(me="b", other="a"))
    write("03_fails", "os.write(2, b'words of 03')", "1/0")
    write("04_measures_too", **ALONE)
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
        for name in os.environ:
            if name.startswith((*sharing.THREADS, "MALLOC_", "GLIBC_TUNABLES", "LD_PRELOAD", "ALEXNET_FIGURES")):
                patch.delenv(name)
        patch.setattr(run, "usable_cores", lambda: 6)
        status = run_notebooks(build=root / "build", source=source, jobs=2, book=False)
    times = {path.stem: json.loads(path.read_text()) for path in sorted(source.glob("*.json"))}
    return SimpleNamespace(root=root, status=status, lines=out.getvalue().splitlines(), times=times)


def test_two_notebooks_run_at_the_same_time_and_each_keeps_its_own_output(company):
    for name in ("00_one", "02_two", "01_measures", "04_measures_too"):
        text = (company.root / f"build/notebooks/{name}.ipynb").read_text()
        assert re.findall(r"this is (\w+)", text) == [name]
        assert (company.root / f"build/notebooks/{name}.run.json").exists()


def test_failure_does_not_stop_those_beside_it(company):
    assert company.status == 1
    assert company.lines[-1] == "1 of 5 notebooks failed"
    assert sum(line.endswith(" s   ok") for line in company.lines) == 4
    assert any(re.match(r"03_fails +\d+ s   FAILED in cell 3 of 3 .*ZeroDivisionError", x) for x in company.lines)


def test_notebook_that_measures_time_has_no_company(company):
    for name in ("01_measures", "04_measures_too"):
        began, ended, _ = company.times[name]
        others = [times for other, times in company.times.items() if other != name]
        assert len(others) == 4
        assert all(ended <= start or end <= began for start, end, _ in others)
    assert [line.split()[0] for line in company.lines[-3:-1]] == ["01_measures", "04_measures_too"]


def test_threads_are_shared_and_all_left_to_one_that_is_alone(company):
    threads = {name: times[2]["OMP_NUM_THREADS"] for name, times in company.times.items()}
    assert threads == {"00_one": "3", "02_two": "3", "03_fails": "3", "01_measures": None, "04_measures_too": None}
    assert {times[2]["MKL_NUM_THREADS"] for times in company.times.values()} == {"3", None}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="malloc is told by variables on Linux only")
def test_kernels_keep_freed_memory(company):
    assert {times[2]["MALLOC_MMAP_MAX_"] for times in company.times.values()} == {"0"}


def test_kernel_log_says_whose_words_they_are(company):
    said = (company.root / "build/notebooks/kernel.log").read_text()
    assert "--- 03_fails\n" in said and "words of 03" in said.split("--- 03_fails\n")[1]
    assert not list((company.root / "build/notebooks").glob(".*"))


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="sends SIGINT")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interruption_ends_all_kernels_and_keeps_what_is_finished(tmp_path, how):
    source, build = tmp_path / "notebooks", tmp_path / "build"
    write_notebook(source, "00_first", "print(1)")
    for name in ("01_long", "02_long"):
        write_notebook(source, name, f"import os, time; open('{name}.tmp', 'w').write(str(os.getpid()))\n"
                       f"os.rename('{name}.tmp', '{name}.pid'); time.sleep(300)")
    write_notebook(source, "03_never", "open('never', 'w')")
    call = ("import pathlib, sys; from alexnet_lib.notebooks import run_notebooks; "
            "sys.exit(run_notebooks(source=pathlib.Path(sys.argv[1]), build=pathlib.Path(sys.argv[2]), jobs=2))")
    runner = subprocess.Popen([sys.executable, "-c", call, source, build], start_new_session=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: len(list(source.glob("*.pid"))) == 2 or runner.poll() is not None)
    pids = [int(path.read_text()) for path in source.glob("*.pid")]
    runner.send_signal(how)
    out, err = runner.communicate(timeout=60)
    wait_until(lambda: not any(map(is_running, pids)))
    assert len(pids) == 2
    made = {path.name for path in (build / "notebooks").iterdir()}
    assert {"00_first.ipynb", "00_first.run.json"} <= made and not (source / "never").exists()
    assert not made & {"01_long.ipynb", "01_long.failed.ipynb", "02_long.ipynb", "02_long.failed.ipynb"}
    if how == signal.SIGINT:
        assert runner.returncode == 130
        assert "interrupted: finished notebooks are kept in" in err and "Traceback" not in err
        assert made == {"00_first.ipynb", "00_first.run.json", "kernel.log", "run.lock"}
        assert len(out.splitlines()) == 1


def wait_until(condition, patience_s=60):
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return not stat.startswith("Z")


@pytest.mark.parametrize(
    ("cores", "memory", "wanted", "notebooks", "jobs"),
    [
        (2, 8_000_000_000, None, 15, 2),
        (64, 10**12, None, 15, 2),
        (1, 10**12, None, 15, 1),
        (2, 7_900_000_000, None, 15, 1),
        (2, None, None, 15, 1),
        (2, 10**12, None, 1, 1),
        (2, None, 4, 15, 4),
        (2, None, 4, 3, 3),
        (2, None, 1, 0, 1),
    ],
)
def test_two_at_a_time_where_there_are_cores_and_memory(monkeypatch, cores, memory, wanted, notebooks, jobs):
    monkeypatch.setattr(sharing, "usable_cores", lambda: cores)
    monkeypatch.setattr(sharing, "memory_left", lambda: memory)
    assert sharing.choose_jobs(wanted, notebooks) == jobs


def test_no_jobs_at_all_is_refused_before_anything_runs(tmp_path):
    write_notebook(tmp_path / "notebooks", "00_shows", "print(1)")
    with pytest.raises(ValueError, match="0 notebooks at a time: at least 1 is needed"):
        run_notebooks(build=tmp_path / "build", source=tmp_path / "notebooks", jobs=0)
    assert not (tmp_path / "build").exists()


def test_memory_left_minds_the_limits_of_a_container_and_of_a_batch_job(tmp_path):
    def write(path, text):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    assert sharing.memory_left(tmp_path) is None, "as on a system that says nothing"
    write("proc/meminfo", "MemTotal:       24684092 kB\nMemAvailable:   20000000 kB\n")
    assert sharing.memory_left(tmp_path) == 20_480_000_000
    write("proc/self/cgroup", "0::/slurm/job_7/step_0\n")
    write("sys/fs/cgroup/slurm/job_7/step_0/memory.max", "max\n")
    assert sharing.memory_left(tmp_path) == 20_480_000_000
    write("sys/fs/cgroup/slurm/job_7/memory.max", "6000000000\n")
    assert sharing.memory_left(tmp_path) == 6_000_000_000
    write("proc/self/cgroup", "9:cpuset:/x\n4:memory:/docker/abc\n")  # version 1; the group's own folder is not shown
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "5000000000\n")
    assert sharing.memory_left(tmp_path) == 5_000_000_000


def test_choice_of_threads_and_malloc_is_left_to_whoever_made_it(monkeypatch):
    for name in list(os.environ):
        if name.startswith((*sharing.THREADS, "MALLOC_", "GLIBC_TUNABLES", "LD_PRELOAD", "ALEXNET_FIGURES")):
            monkeypatch.delenv(name)

    def differences(**variables):
        with pytest.MonkeyPatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            before, made = dict(os.environ), sharing.kernel_environment(2, "linux")
        changed = {name for name in made if made[name] != before.get(name)}
        return changed - {"PYTHONPATH", "PYDEVD_DISABLE_FILE_VALIDATION", "ALEXNET_FIGURES"}

    threads, malloc = set(sharing.THREADS), set(sharing.KEEP_FREED_MEMORY)
    assert differences() == threads | malloc
    assert differences(MKL_NUM_THREADS="5") == malloc
    for name in ("MALLOC_ARENA_MAX", "MALLOC_MMAP_MAX_", "GLIBC_TUNABLES", "LD_PRELOAD"):
        assert differences(**{name: "x"}) == threads
    assert not set(sharing.kernel_environment(system="darwin")) & malloc


def test_figures_of_a_run_are_drawings_unless_chosen_otherwise(monkeypatch):
    monkeypatch.delenv("ALEXNET_FIGURES", raising=False)
    assert sharing.kernel_environment()["ALEXNET_FIGURES"] == "svg"
    monkeypatch.setenv("ALEXNET_FIGURES", "png")
    assert sharing.kernel_environment()["ALEXNET_FIGURES"] == "png"


def test_shares_are_the_whole_and_none_overlap(tmp_path, capsys):
    source = tmp_path / "notebooks"
    for number in range(3):
        write_notebook(source, f"0{number}_x", f"print({number})")

    def made(build, shard):
        assert run_notebooks(build=tmp_path / build, source=source, shard=shard) == 0
        return sorted(path.stem for path in (tmp_path / build / "notebooks").glob("*.ipynb"))

    assert made("one", Shard(1, 2)) == ["00_x", "02_x"]
    assert made("other", Shard(2, 2)) == ["01_x"]
    assert "share 2/2: 1 of 3 notebooks, in " in capsys.readouterr().out
    assert made("idle", Shard(4, 4)) == []
    assert not (tmp_path / "one/html").exists(), "pages are made of the gathered shares"


def test_share_without_a_parameter_that_others_have_is_no_mistake(tmp_path):
    source = tmp_path / "notebooks"
    write_notebook(source, "00_plain", "print(1)", parameters='PRESET: str = "quick"  # quick | reduced | full')
    write_notebook(source, "01_seeded", "print(SEEDS)")
    options = {"parameters": {"SEEDS": "5"}, "source": source, "build": tmp_path / "build"}
    assert run_notebooks(shard=Shard(1, 2), **options) == 0
    with pytest.raises(ValueError, match="unknown parameter 'SEED'"):
        run_notebooks(shard=Shard(1, 2), **options | {"parameters": {"SEED": "5"}})


def test_command_line_takes_jobs_share_and_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(files, "SOURCE", tmp_path / "notebooks")
    for number in range(3):
        write_notebook(tmp_path / "notebooks", f"0{number}_x", f"print({number})")
    build = tmp_path / "elsewhere"
    assert main(["notebooks", "run", "--jobs", "1", "--shard", "2/3", "--build", str(build)]) == 0
    assert [path.stem for path in (build / "notebooks").glob("*.ipynb")] == ["01_x"]
    capsys.readouterr()
    assert main(["notebooks", "run", "--shard", "4/3"]) == 2
    assert capsys.readouterr().err == "error: shard '4/3' is out of range: i goes from 1 to n, e.g. 1/8 to 8/8\n"


@pytest.mark.parametrize("count", [1, 2, 3, 7, 20])
def test_shards_share_out_everything_once_and_evenly(count):
    things = list(range(15))
    shares = [Shard(index, count).of(things) for index in range(1, count + 1)]
    assert sorted(sum(shares, [])) == things
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert all(share == sorted(share) for share in shares)


def test_shard_is_read_as_it_is_written():
    assert parse_shard("2/8") == (2, 8) and str(parse_shard(" 12/12 ")) == "12/12"
    assert parse_shard("2/8").of("abcdefghij") == ["b", "j"]


@pytest.mark.parametrize("text", ["", "3", "1/", "/2", "1/2/3", "a/b", "-1/2", "1.0/2", "1 / 2", "\u0661/2"])
def test_malformed_shard_is_refused(text):
    with pytest.raises(ValueError, match=re.escape(f"shard {text!r} is not i/n: give e.g. 2/8")):
        parse_shard(text)


@pytest.mark.parametrize("text", ["0/2", "3/2", "0/0", "1/0"])
def test_shard_out_of_range_is_refused(text):
    with pytest.raises(ValueError, match=f"shard '{text}' is out of range: i goes from 1 to n"):
        parse_shard(text)


# --- the stored notebooks ---------------------------------------------------------------------------

MESSY = """import sys
from IPython.display import publish_display_data
print("first")
print("a warning", file=sys.stderr)
print("second")
publish_display_data({"image/png": "iVBORw0KGgo=", "image/svg+xml": "<svg/>", "text/plain": "a figure"})"""


def test_refresh_stores_clean_outputs_and_nothing_else(tmp_path):
    source = tmp_path / "notebooks"
    path = write_notebook(source, "00_messy", BARS, MESSY, "1 + 1", **ALONE)
    notebook = nbformat.read(path, 4)
    notebook.cells[2].metadata = {"papermill": {}, "execution": {}, "tags": ["nbval-ignore-output"]}
    notebook.metadata["papermill"] = {"input_path": "x"}
    nbformat.write(notebook, path)
    assert refresh_notebooks(source=source, build=tmp_path / "build") == 0
    text = path.read_text()
    stored = nbformat.reads(text, 4)
    nbformat.validate(stored)
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [1, 2, 3, 4]
    assert json.loads(text)["nbformat_minor"] == 5
    assert dict(stored.metadata) == {"kernelspec": refresh.KERNEL, "language_info": {"name": "python"}, **ALONE}
    assert code[1].metadata == {"tags": ["nbval-ignore-output"]}
    assert [output.text for output in code[1].outputs] == ["trained\n"]
    assert code[2].outputs[0].text == "first\nsecond\n"
    assert set(code[2].outputs[1].data) == {"image/png", "text/plain"}
    assert code[3].outputs[0].execution_count == 4
    outputs = json.dumps([cell.outputs for cell in code])
    for trace in ("svg", "warning", "widget", "leaves nothing"):
        assert trace not in outputs
    assert "papermill" not in text and "injected" not in text
    before = path.stat().st_mtime_ns
    assert refresh_notebooks(source=source, build=tmp_path / "build") == 0
    assert path.stat().st_mtime_ns == before


def test_refresh_leaves_a_failing_notebook_as_it_was(tmp_path):
    path = write_notebook(tmp_path / "notebooks", "00_fails", "1/0")
    before = path.read_bytes()
    assert refresh_notebooks(source=tmp_path / "notebooks", build=tmp_path / "build") == 1
    assert path.read_bytes() == before


def test_refresh_refuses_paths_of_this_machine_and_large_files():
    refresh.check_stored('"text": "see build/html and https://example.org/home/page"', "00_good")
    for path in ("/".join(["", "home", "somebody", "x"]), "C:" + r"\\Users\\x"):
        with pytest.raises(ValueError, match="00_bad shows a path of this machine"):
            refresh.check_stored(f'"text": "see {path}"', "00_bad")
    with pytest.raises(ValueError, match="00_bad has 1.2 MB, more than 1 MB"):
        refresh.check_stored("x" * 1_200_000, "00_bad")


def test_refresh_refuses_outputs_of_other_cells(tmp_path):
    paths = [write_notebook(tmp_path, f"0{number}_x", f"print({number})") for number in range(2)]
    stored, executed = (nbformat.read(path, 4) for path in paths)
    with pytest.raises(ValueError, match="00_x was edited while it ran"):
        refresh.clean(stored, executed, "00_x")


# --- the progress line and the test command ---------------------------------------------------------


def widget(kind, comm_id, state, opened=True):
    """A message as ipywidgets sends it."""
    state = {"_model_name": f"{kind}Model", **state} if opened else state
    content = {"comm_id": comm_id, "data": {"state": state}}
    return {"msg_type": "comm_open" if opened else "comm_msg", "content": content}


def test_progress_line_shows_the_bars_that_are_not_full():
    stream = io.StringIO()
    watcher = Watcher("02_relu", StatusLine(stream, every_s=0))
    cells = [v4.new_markdown_cell("# t\n\n## Four layers"), v4.new_code_cell("1"), v4.new_code_cell("2")]
    watcher.cell_starts(cells, 2)
    watcher.comm(widget("HTML", "l", {"value": "ReLU,\u2007rate\u20070.002:\u2007\u200745%"}))
    watcher.comm(widget("FloatProgress", "b", {"value": 0.0, "max": 200.0}))
    watcher.comm(widget("HTML", "r", {"value": "9/20"}))
    watcher.comm(widget("HBox", "h", {"children": ["IPY_MODEL_l", "IPY_MODEL_b", "IPY_MODEL_r"]}))
    watcher.comm(widget("FloatProgress", "b", {"value": 90.0}, opened=False))
    assert stream.getvalue().splitlines()[-1] == "02_relu  cell 2/2  ReLU, rate 0.002: 45 %"
    assert watcher.heading == "Four layers"
    watcher.comm(widget("FloatProgress", "b", {"value": 200.0}, opened=False))
    assert watcher.bars() == ""


@pytest.mark.parametrize(
    "message", [{}, {"msg_type": "comm_msg", "content": None}, widget("HBox", "h", {"children": 3})]
)
def test_progress_line_ignores_what_it_does_not_understand(message):
    Watcher("x", StatusLine(io.StringIO(), every_s=0)).comm(message)


def test_progress_line_is_rare_where_it_cannot_be_rewritten():
    stream = io.StringIO()
    watcher = Watcher("x", StatusLine(stream, every_s=60))
    for _ in range(100):
        watcher.comm(widget("HTML", "l", {"value": "more"}))
    assert stream.getvalue() == ""


def test_notebooks_side_by_side_share_the_progress_line():
    line = StatusLine(stream := io.StringIO(), every_s=0)
    cells = [v4.new_code_cell("1"), v4.new_code_cell("2")]
    Watcher("05_pooling", line).cell_starts(cells, 1)
    Watcher("02_relu", line).cell_starts(cells, 0)
    assert stream.getvalue().splitlines()[-1] == "02_relu  cell 1/2  |  05_pooling  cell 2/2"
    line.drop("02_relu")
    line.show("05_pooling", "05_pooling  cell 2/2")
    assert stream.getvalue().splitlines()[-1] == "05_pooling  cell 2/2"


def test_line_on_a_terminal_has_room_for_every_notebook(monkeypatch):
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((40, 24)))
    stream = io.StringIO()
    stream.isatty = lambda: True
    line = StatusLine(stream)
    for name in ("02_relu", "05_pooling"):
        line.last = 0.0
        line.show(name, f"{name}  {'a bar ' * 20}")
    last = stream.getvalue().split("\r")[-1]
    assert len(last) == 39 and last.startswith("02_relu") and "05_pooling" in last


def test_test_command_covers_tests_and_notebooks(tmp_path):
    alone = test_command(source=tmp_path)
    assert [part for part in alone if part.endswith("tests")] and "--nbval-lax" in alone
    write_notebook(tmp_path, "02_relu")
    assert any(part.endswith(tmp_path.name) for part in test_command(source=tmp_path))
    one = test_command(["02"], source=tmp_path)
    assert one[3].endswith("02_relu.ipynb") and not any(part.endswith("tests") for part in one)
    with pytest.raises(ValueError, match="unknown notebook"):
        test_command(["77"], source=tmp_path)
