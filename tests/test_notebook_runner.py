"""The notebook runner, on notebooks of a few lines that import nothing heavy."""

from __future__ import annotations

import contextlib
import io
import json
import re
from types import SimpleNamespace

import nbformat
import pytest
from nbformat import v4

from alexnet_lib.notebooks import (
    NotebookError,
    build_book,
    files,
    refresh,
    refresh_notebooks,
    run,
    run_notebooks,
    test_command,
)
from alexnet_lib.notebooks.parameters import settle
from alexnet_lib.notebooks.progress import Watcher

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


def write_notebook(folder, name, *cells, parameters=PARAMETERS):
    """Cells that begin with ``#`` and a space are markdown, the others code."""
    tagged = v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    made = [v4.new_markdown_cell(f"# {name}"), tagged]
    made += [(v4.new_markdown_cell if c.startswith(("# ", "## ")) else v4.new_code_cell)(c) for c in cells]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = v4.new_notebook(cells=made, metadata={"kernelspec": kernel})
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
        status = run_notebooks(build=root / "build", source=source)
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
    assert "00_fine (quick, " in index


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
    execute = run._execute

    def interrupted(path, partial, *others):
        if path.stem == "01_second":
            partial.write_text("half a notebook")
            raise KeyboardInterrupt
        execute(path, partial, *others)

    monkeypatch.setattr(run, "_execute", interrupted)
    assert run_notebooks(build=build, source=source) == 130
    shown = capsys.readouterr()
    assert "interrupted: finished notebooks are kept in" in shown.err
    assert [path.name for path in (build / "notebooks").glob("*.ipynb")] == ["00_first.ipynb"]
    monkeypatch.setattr(run, "_execute", execute)
    assert run_notebooks(build=build, source=source, book=False) == 0
    assert "unchanged" in capsys.readouterr().out


def test_second_run_at_the_same_time_is_refused(tmp_path):
    from filelock import FileLock

    write_notebook(tmp_path / "notebooks", "00_first", "print(1)")
    (tmp_path / "build/notebooks").mkdir(parents=True)
    with FileLock(tmp_path / "build/notebooks/run.lock"), pytest.raises(NotebookError, match="another run"):
        run_notebooks(build=tmp_path / "build", source=tmp_path / "notebooks")


# --- the stored notebooks ---------------------------------------------------------------------------

MESSY = """import sys
from IPython.display import publish_display_data
print("first")
print("a warning", file=sys.stderr)
print("second")
publish_display_data({"image/png": "iVBORw0KGgo=", "image/svg+xml": "<svg/>", "text/plain": "a figure"})"""


def test_refresh_stores_clean_outputs_and_nothing_else(tmp_path):
    source = tmp_path / "notebooks"
    path = write_notebook(source, "00_messy", BARS, MESSY, "1 + 1")
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
    assert dict(stored.metadata) == {"kernelspec": refresh.KERNEL, "language_info": {"name": "python"}}
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
    watcher = Watcher("02_relu", stream, every_s=0)
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
    Watcher("x", io.StringIO(), every_s=0).comm(message)


def test_progress_line_is_rare_where_it_cannot_be_rewritten():
    stream = io.StringIO()
    watcher = Watcher("x", stream, every_s=60)
    for _ in range(100):
        watcher.comm(widget("HTML", "l", {"value": "more"}))
    assert stream.getvalue() == ""


def test_test_command_covers_tests_and_notebooks(tmp_path):
    alone = test_command(source=tmp_path)
    assert [part for part in alone if part.endswith("tests")] and "--nbval-lax" in alone
    write_notebook(tmp_path, "02_relu")
    assert any(part.endswith(tmp_path.name) for part in test_command(source=tmp_path))
    one = test_command(["02"], source=tmp_path)
    assert one[3].endswith("02_relu.ipynb") and not any(part.endswith("tests") for part in one)
    with pytest.raises(ValueError, match="unknown notebook"):
        test_command(["77"], source=tmp_path)
