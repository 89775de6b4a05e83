"""Submissions of every kind are graded in one go: each gets its own marks, and none is in the way of another."""

from __future__ import annotations

import copy
import csv
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from made_course import DOUBLE, NAME, TOTAL, answered, cell_of, put_source, put_submission

from alexnet_lib.__main__ import main
from alexnet_lib.classroom import isolation
from alexnet_lib.classroom.assembling import assemble
from alexnet_lib.classroom.course import Course
from alexnet_lib.classroom.grading import grade
from alexnet_lib.classroom.handout import hand_out, read_students, seed_of
from alexnet_lib.classroom.marks import write_feedback, write_gradescope, write_marks
from alexnet_lib.classroom.sets import problem_sets
from alexnet_lib.classroom.submissions import find_submissions
from alexnet_lib.classroom.supervisor import Limits, Supervisor
from alexnet_lib.classroom.validation import check_set
from alexnet_lib.notebooks.files import NotebookError

ROOT = Path(__file__).resolve().parents[1]
LIMITS = Limits(cell_s=4, notebook_s=60, memory_mib=2000)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A course on the small problem set: its sources, its folder, and the student copy."""
    folder = tmp_path_factory.mktemp("course")
    sources, course = put_source(folder / "sources"), Course(folder / "course")
    released = nbformat.read(course.release([problem_sets(sources)["ps9"]])[0], 4)
    return sources, course, released


# --- student copies ----------------------------------------------------------------------------------


def test_student_copy_has_no_solution_and_no_hidden_test(small):
    text = "\n".join(cell.source for cell in small[2].cells)
    assert "2 * x" not in text and "-6" not in text and "Because" not in text
    assert text.count("raise NotImplementedError()") == 2 and "YOUR ANSWER HERE" in text


def test_run_all_goes_on_after_an_unsolved_task(small):
    tests = [cell for cell in small[2].cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert all("raises-exception" in cell.metadata.tags for cell in tests if cell.cell_type == "code")


def test_releasing_again_does_nothing_unless_the_source_changed(small):
    sources, course, _ = small
    one = problem_sets(sources)["ps9"]
    before = course.released(one).stat().st_mtime_ns
    assert course.is_released(one)
    course.release([one])
    assert course.released(one).stat().st_mtime_ns == before


def test_problem_set_can_be_handed_out(small):
    sources, course, _ = small
    assert check_set(problem_sets(sources)["ps9"], course) == []


def test_wrong_solution_and_test_that_passes_unanswered_are_found(tmp_path):
    sources = put_source(tmp_path / "sources")
    path = sources / "ps9" / NAME
    notebook = nbformat.read(path, 4)
    cell = cell_of(notebook, "ps9-double")
    cell.source = cell.source.replace("2 * x", "3 * x")
    cell_of(notebook, "ps9-total-sum").source = "# Nothing is checked."
    path.write_text(nbformat.writes(notebook))
    problems = check_set(problem_sets(sources)["ps9"], Course(tmp_path / "course"))
    assert any("ps9-double-value) fails: double(1) should not be 3" in problem for problem in problems)
    assert any("ps9-total-sum does not say that nothing is answered yet, but passes" in line for line in problems)


# --- a class of submissions --------------------------------------------------------------------------


FORGED = """from IPython import get_ipython
shell = get_ipython()
for kind, content in (("stream", {"name": {}, "text": [1]}), ("error", {"ename": {}, "traceback": {}}),
                      ("display_data", {"data": {"image/png": "'><script>"}})):
    shell.kernel.session.send(shell.kernel.iopub_socket, kind, content, parent=shell.parent_header, ident=b"x")
"""

SCRIPT_IN_TEXT = """<script>alert(1)</script> <img src=x onerror=alert(1)> [a](javascript:alert(1))
![b](data:text/html,x)

[c]

[c]: javascript:alert(1)

> [d]: data:text/html,x

1 < 2, $a<b$, [e](https://example.org)"""


def submissions(released, folder: Path) -> dict[str, tuple[float, str]]:
    """Write a class and return what each should get by the tests, and a part of the status or remark."""
    perfect = answered(released, double=DOUBLE, total=TOTAL)

    def with_double(code: str):
        return answered(released, double=code, total=TOTAL)

    def with_own_cell(code: str, double: str = DOUBLE):
        notebook = with_double(double)
        notebook.cells.insert(3, nbformat.v4.new_code_cell(code))
        return notebook

    with_script = copy.deepcopy(perfect)
    with_script.cells.append(nbformat.v4.new_markdown_cell(SCRIPT_IN_TEXT))
    cell_of(with_script, "ps9-words").source = f"Because. {SCRIPT_IN_TEXT}"
    wrong_ids = copy.deepcopy(perfect)
    cell_of(wrong_ids, "ps9-double").metadata.nbgrader.grade_id = "ps9-dubble"
    cell_of(wrong_ids, "ps9-total-sum").metadata.nbgrader.grade_id = "ps9-total-product"
    emptied = copy.deepcopy(released)
    cell_of(emptied, "ps9-total-own").update(source="pass")
    cell_of(emptied, "ps9-total-own").metadata.nbgrader.points = 100
    emptied.cells = [cell for cell in emptied.cells if cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
                     not in ("ps9-double-value", "ps9-setup")]
    twice = copy.deepcopy(perfect)
    twice.cells += [copy.deepcopy(cell_of(twice, id)) for id in ("ps9-double", "ps9-double-value")]
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    network = f"import socket\nsocket.create_connection(('127.0.0.1', {port}))"
    stubborn = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    forger = "from alexnet_lib.classroom import checks as c\nfrom unittest.mock import MagicMock\n"
    a_class = {
        "perfect": (perfect, 5, "ok"),
        "half": (answered(released, double=DOUBLE), 2, "ok"),
        "blank": (released, 0, "ok"),
        "crashing": (with_double("import os\ndef double(x): os._exit(1)"), 3, "1 cell ended the kernel"),
        "endless": (with_double("def double(x):\n    while True: pass"), 3, "1 cell had to be stopped"),
        "stubborn": (with_double(f"def double(x):\n    {stubborn.replace(chr(10), chr(10) + '    ')}"), 3, "1 cell"),
        "wrong_ids": (wrong_ids, 5, "ok"),
        "cells_gone": (emptied, 0, "ok"),
        "twice": (twice, 5, "ok"),
        "network": (with_double(f"{network}\n{DOUBLE}"), 3, "ok"),
        "warning": (with_double("import warnings\ndef double(x):\n    warnings.warn('slow')\n    return 2 * x"), 5,
                    "ok"),
        "hungry": (with_double("keep = [bytearray(10**8) for _ in range(100)]\n" + DOUBLE), 3, "ok"),
        "noisy": (with_double("while True: print('x' * 10**4)\n" + DOUBLE), 3, "ok"),
        "forger": (with_double("from alexnet_lib.classroom import checks as c\nc.same = lambda *_, **__: None"), 0,
                   "the checks were altered"),
        "shadower": (with_double("checks = None\nown = 'mine'\n" + DOUBLE), 5, "ok"),
        "mocker": (with_double(f"{forger}checks = MagicMock()\ndef double(x): return 7"), 3, "ok"),
        "mender": (with_double(f"{forger}old, c.same = c.same, print\ndef double(x): c.same = old; return 2 * x"), 0,
                   "the checks were altered"),
        "other_seed": (with_double(f"SEED = 99\n{DOUBLE}"), 5, "ok"),
        "quits_early": (with_own_cell("quit()"), 5, "ok"),
        "dies_at_times": (with_own_cell("import os\nif os.path.exists('mark'): os._exit(1)\nopen('mark', 'w')",
                                        "def double(x): os._exit(1)"), 3, "1 cell ended the kernel"),
        "half_letter": ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "markdown", '
                        '"source": "\\ud800", "metadata": {}}]}', 0, "ok"),
        "forged_messages": (with_double(f"{FORGED}\n{DOUBLE}"), 5, "ok"),
        "scripts": (with_script, 5, "ok"),
        "quits": (with_double("exit()\n" + DOUBLE), 5, "ok"),
        "children": (with_double("import subprocess, sys\n[subprocess.Popen([sys.executable, '-c', 'import time; "
                                 "time.sleep(99)']) for _ in range(100)]\n" + DOUBLE), 0, "processes"),
        "no_notebook": ('{"cells": [', 0, "not a readable notebook"),
    }
    for student, (notebook, _, _) in a_class.items():
        put_submission(folder, student, notebook)
    (folder / "link_ps9").mkdir()
    (folder / "link_ps9" / NAME).symlink_to(folder / "perfect" / NAME)
    return {student: expected for student, (_, *expected) in a_class.items()} | {"link_ps9": (0, "it is a link")}


@pytest.fixture(scope="module")
def graded(small, tmp_path_factory):
    """The class, graded by the command line into the course folder."""
    sources, course, released = small
    folder = tmp_path_factory.mktemp("submissions")
    expected = submissions(released, folder)
    start, told = time.perf_counter(), []
    results = grade(folder, course=course, limits=LIMITS, jobs=2, sources=sources,
                    tell=lambda one, total: told.append((one, total)))
    assert len(told) == len(results) == len(expected) == told[0][1]
    return expected, {one.student: one for one in results}, folder, time.perf_counter() - start


def test_each_submission_gets_its_marks(graded):
    expected, results, _, _ = graded
    assert {name: one.points for name, one in results.items()} == {name: points for name, (points, _) in
                                                                   expected.items()}
    assert {name: (one.of, one.seed) for name, one in results.items()} == {name: (5, 0) for name in expected}


def test_what_went_wrong_is_said(graded):
    expected, results, _, _ = graded
    for name, (_, said) in expected.items():
        assert said in f"{results[name].status} {results[name].remark}", name
    broken = {name for name, one in results.items() if not one.ok}
    assert broken == {"forger", "mender", "children", "no_notebook", "link_ps9"}


def test_notebook_that_fills_the_memory_is_not_called_a_forgery(small, tmp_path):
    sources, _, released = small
    hoard = "keep = []\nwhile True: keep.append(bytearray(10**6))\n"
    notebook = answered(released, double=DOUBLE, total=hoard + TOTAL)
    put_submission(tmp_path / "in", "hoarder", notebook)
    (result,) = grade(tmp_path / "in", course=Course(tmp_path / "course"), limits=LIMITS, sources=sources)
    assert result.status == "ok" and result.points == 2  # what was tested before counts


def test_marks_are_a_table_and_agree(small, graded, tmp_path):
    _, results, _, _ = graded
    with open(write_marks(small[1], tmp_path / "marks.csv"), newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(results)
    assert all(float(rows[name]["score"]) == one.points for name, one in results.items())
    assert {row["max_score"] for row in rows.values()} == {"9"}
    assert rows["blank"]["to_grade_by_hand"] == "0"  # nothing was answered
    with open(write_marks(small[1], tmp_path / "tasks.csv", by_task=True), newline="") as file:
        tasks = [row for row in csv.DictReader(file) if row["student"] == "half"]
    assert {row["task"]: row["score"] for row in tasks} == {
        "ps9-double-value": "2", "ps9-total-sum": "0", "ps9-total-own": "0", "ps9-words": "0"}


def test_points_given_by_hand_count_and_outlast_another_grading(small, tmp_path):
    sources, _, released = small
    notebook = answered(released, double=DOUBLE)
    cell_of(notebook, "ps9-words").source = "Because the sum says so."
    put_submission(tmp_path / "in", "ada", notebook)
    course = Course(tmp_path / "course")
    (result,) = grade(tmp_path / "in", course=course, limits=LIMITS, sources=sources)
    assert (result.points, result.of, result.by_hand) == (2, 5, 4)
    with course.gradebook() as book:  # as Formgrader does
        given = book.find_grade("ps9-words", Path(NAME).stem, "ps9", "ada")
        assert given.needs_manual_grade
        given.manual_score, given.needs_manual_grade = 3, False
        book.db.commit()
    for _ in range(2):
        (row,) = csv.DictReader(open(write_marks(course), newline=""))
        assert (row["score"], row["tests"], row["by_hand"], row["to_grade_by_hand"]) == ("5", "2", "3", "0")
        grade(tmp_path / "in", course=course, limits=LIMITS, sources=sources, force=True)


def test_gradescope_gets_what_each_test_said(small, tmp_path):
    sources, _, released = small
    put_submission(tmp_path / "in", "ada", answered(released, double=DOUBLE))
    course = Course(tmp_path / "course")
    grade(tmp_path / "in", course=course, limits=LIMITS, sources=sources)
    results = json.loads(write_gradescope(course, tmp_path / "results.json").read_text())
    assert results["output"] == ""
    assert {test["name"]: (test["score"], test["max_score"]) for test in results["tests"]} == {
        "ps9-double-value": (2, 2), "ps9-total-sum": (0, 1), "ps9-total-own": (0, 2), "ps9-words": (0, 4)}
    said = {test["name"]: test["output"] for test in results["tests"]}
    assert said["ps9-double-value"] == "" and "total is not answered yet" in said["ps9-total-sum"]
    with pytest.raises(NotebookError, match="those of one submission"):
        write_gradescope(small[1], tmp_path / "other.json")


def test_feedback_says_why_and_shows_no_hidden_test(small, graded):
    sources, course, _ = small
    pages = write_feedback(course, list(problem_sets(sources).values()))
    assert len(pages) == len([one for one in graded[1].values() if one.time_s])
    text = next(page for page in pages if "half" in page.parts).read_text()
    assert "not yet: total is not answered yet" in text and "... and hidden tests" in text
    assert "HIDDEN" not in text and "double(-3)" not in text
    (page,) = (page for page in pages if "scripts" in page.parts)
    body = page.read_text().partition("<body")[2]
    assert body.count("alert(1)") and "<script>alert" not in body and "<img src=x" not in body
    assert not re.search(r"(?:href|src)=.(?:javascript|data:text)", body) and 'href="https://example.org"' in body
    shown = write_feedback(course, list(problem_sets(sources).values()), show_hidden=True)
    assert "-3" in next(page for page in shown if "half" in page.parts).read_text()


def test_graded_submissions_are_not_graded_again_and_changed_ones_are(small, graded):
    sources, course, released = small
    _, first, folder, _ = graded
    path = folder / "half" / NAME
    before = path.read_text()
    path.write_text(nbformat.writes(answered(released, double=DOUBLE, total=TOTAL)))
    try:
        again = {one.student: one for one in grade(folder, course=course, limits=LIMITS, sources=sources)}
    finally:
        path.write_text(before)
    assert again["half"].fresh and again["half"].points == 5
    assert not any(one.fresh for one in again.values() if one.student != "half" and one.time_s)
    assert all(again[name].points == first[name].points for name in first if name != "half")


def test_nothing_is_left_running(graded):
    running = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    assert not [line for line in running if "classroom.sandbox" in line or "time.sleep(99)" in line]


# --- the wall ----------------------------------------------------------------------------------------


@pytest.mark.skipif(not isolation.has_wall(), reason="this machine makes no namespaces for this user")
def test_behind_the_wall_nothing_of_the_teacher_can_be_seen_or_changed(tmp_path):
    hidden = tmp_path / "marks"
    hidden.mkdir()
    (hidden / "marks.csv").write_text("ada,20")
    cells = [f"import os\nprint(os.path.exists({str(hidden / 'marks.csv')!r}))",
             f"open({str(ROOT / 'README.md')!r}, 'a')", f"open({str(tmp_path / 'new.txt')!r}, 'w')",
             "import os\nprint(os.getpid() < 100, os.listdir('.') != [])",
             "import os\nos.system('umount /tmp; mount -t tmpfs none /mnt') and print('refused')"]
    ran = Supervisor(LIMITS, [hidden]).run([{"source": cell, "test": False} for cell in cells])
    assert ran.ended == ""
    assert ran.outputs[0][0]["text"] == "False\n"
    assert ran.outputs[1][0]["evalue"].startswith("[Errno 30] Read-only file system")
    assert ran.outputs[2][0]["output_type"] == "error" and not (tmp_path / "new.txt").exists()
    assert ran.outputs[3][0]["text"] == "True True\n"
    assert "refused" in "".join(output.get("text", "") for output in ran.outputs[4])


def test_without_a_wall_pythons_network_is_switched_off_and_the_rest_is_graded(small, tmp_path, monkeypatch):
    sources, _, released = small
    monkeypatch.setattr(isolation, "has_wall", lambda: False)
    put_submission(tmp_path / "in", "ada", answered(released, double=DOUBLE, total=TOTAL))
    code = "import socket\nsocket.create_connection(('127.0.0.1', 9))\n"
    put_submission(tmp_path / "in", "bob", answered(released, double=code + DOUBLE, total=TOTAL))
    results = grade(tmp_path / "in", course=Course(tmp_path / "course"), limits=LIMITS, sources=sources)
    assert [(one.student, one.points, one.status) for one in results] == [("ada", 5, "ok"), ("bob", 3, "ok")]
    text = (tmp_path / "course" / "autograded" / "bob" / "ps9" / NAME).read_text()
    assert "the network is switched off while this is graded" in text


def test_limits_hold_for_a_whole_notebook():
    slow = [{"source": "import time\ntime.sleep(2)", "test": False}] * 4
    ran = Supervisor(Limits(cell_s=20, notebook_s=6)).run(slow)
    assert ran.ended == "stopped after 6 s, the limit for a notebook" and 0 < len(ran.outputs) < 4


def test_memory_of_all_processes_together_is_limited():
    code = ("import subprocess, sys, time\n[subprocess.Popen([sys.executable, '-c', 'x = bytearray(3 * 10**8); "
            "import time; time.sleep(60)']) for _ in range(4)]\ntime.sleep(30)")
    ran = Supervisor(Limits(cell_s=40, memory_mib=800)).run([{"source": code, "test": False}])
    assert "MiB of memory, the limit is 800" in ran.ended


@pytest.mark.parametrize("name", ["cell_s", "notebook_s", "memory_mib", "processes"])
def test_limit_that_makes_no_sense_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be above 0, not -1"):
        Limits(**{name: -1})


# --- interruption ------------------------------------------------------------------------------------

SCRIPT = """
import sys
from pathlib import Path
from alexnet_lib.classroom.assembling import assemble
from alexnet_lib.classroom.course import Course
from alexnet_lib.classroom.grading import grade
folder = Path(sys.argv[1])
for one in grade(folder / "in", course=Course(folder / "course"), jobs=1, sources=folder / "sources"):
    print(one.student, one.points, one.fresh)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_grading_goes_on_where_it_stopped(small, tmp_path, how):
    put_source(tmp_path / "sources")
    Course(tmp_path / "course").release(list(problem_sets(tmp_path / "sources").values()))
    slow = "import time\ntime.sleep(20)\n"
    put_submission(tmp_path / "in", "ada", answered(small[2], double=DOUBLE, total=TOTAL))
    second = put_submission(tmp_path / "in", "bob", answered(small[2], double=slow + DOUBLE, total=TOTAL))
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    note = tmp_path / "course" / "autograded" / "ada" / "ps9" / "graded.json"
    deadline = time.monotonic() + 60
    while not note.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1)
    running.send_signal(how)
    running.wait(timeout=20)
    assert json.loads(note.read_text())["points"] == 5
    second.write_text(nbformat.writes(answered(small[2], double=DOUBLE)))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == ["ada 5.0 False", "bob 2.0 True"], done.stderr


# --- finding and putting together --------------------------------------------------------------------


def test_students_and_sets_are_found_however_the_folder_is_laid_out(small, tmp_path):
    sources, _, released = small
    (tmp_path / "ada" / "deep" / "er").mkdir(parents=True)
    bare = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    for path, notebook in [("ada/deep/er/final.ipynb", released), ("bob.ipynb", released),
                           ("Cy D_ps9_small.ipynb", bare), ("eve_ps1.ipynb", bare),
                           ("ada/.ipynb_checkpoints/x.ipynb", released)]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(nbformat.writes(notebook))
    found = find_submissions(tmp_path, problem_sets(sources))
    assert [(one.student, one.set, bool(one.problem)) for one in found] == [
        ("eve", "", True), ("Cy_D", "ps9", False), ("ada", "ps9", False), ("bob", "ps9", False)]


def test_of_two_notebooks_the_later_counts_unless_it_cannot_be_read(small, tmp_path):
    sources, _, released = small
    for name, text, when in [("old", nbformat.writes(released), 100), ("new", nbformat.writes(released), 200),
                             ("newest_ps9", "{", 300)]:
        path = tmp_path / "ada" / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        os.utime(path, (when, when))
    assert [one.path.stem for one in find_submissions(tmp_path, problem_sets(sources))] == ["new"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}',
                                  "[" * 100_000, '{"nbformat": 99, "cells": []}',
                                  '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "x", '
                                  '"metadata": [], "source": 5}]}'])
def test_what_is_no_notebook_is_named_and_gets_nothing(small, tmp_path, text):
    sources, course, _ = small
    put_submission(tmp_path, "ada_x", text)
    (result,) = grade(tmp_path, course=course, sources=sources)
    assert not result.ok and result.points == 0 and "\n" not in result.status


def test_two_students_of_one_name_are_told_apart(small, tmp_path):
    for name in ("ann lee", "ann_lee"):
        put_submission(tmp_path, name, small[2])
    found = find_submissions(tmp_path, problem_sets(small[0]))
    assert len({one.student for one in found}) == 2
    assert [one.problem for one in found if one.problem] == [
        "ann_lee and ann lee would both be called ann_lee: rename one"]


def test_name_that_is_no_text_stops_nothing(small, tmp_path):
    folder = os.fsencode(tmp_path) + b"/bad\xff\xfe"
    os.mkdir(folder)
    with open(folder + b"/ps9.ipynb", "w") as file:
        file.write("{")
    (result,) = grade(tmp_path, course=small[1], sources=small[0])
    assert result.student == "bad" and result.status.isprintable()


def test_huge_notebooks_are_refused_or_cut_before_they_cost_anything(small, tmp_path):
    cell = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": [{}] * 200_000, "execution_count": None}
    raw = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"x": ["y"] * 100_000}, "cells": [cell]}
    put_submission(tmp_path, "outputs_ps9", json.dumps(raw))
    put_submission(tmp_path, "cells_ps9", json.dumps(raw | {"cells": [cell | {"outputs": []}] * 2_000}))
    found = {one.student: one for one in find_submissions(tmp_path, problem_sets(small[0]))}
    assert len(found["outputs_ps9"].notebook.cells[0].outputs) <= 50
    assert found["cells_ps9"].problem == "it has 2,000 cells: up to 1,000 are read"


@pytest.mark.parametrize(("file", "text", "said"), [
    ("seeds.csv", "student,set\nada,ps9\n", "needs the columns student, set and seed"),
    ("seeds.csv", "student,set,seed\n" + "x" * 200_000, "needs the columns"),
    ("gradebook.db", "garbage" * 1000, "gradebook.db cannot be used")])
def test_damaged_course_file_is_one_line(small, tmp_path, file, text, said):
    sources, _, released = small
    put_submission(tmp_path / "in", "ada", released)
    course = Course(tmp_path / "course")
    course.release([problem_sets(sources)["ps9"]])
    (course.folder / file).write_text(text)
    with pytest.raises(NotebookError, match=said) as caught:
        grade(tmp_path / "in", course=course, sources=sources)
    assert "\n" not in str(caught.value)


def test_lost_gradebook_and_notes_of_another_version_are_made_anew(small, tmp_path):
    sources, _, released = small
    put_submission(tmp_path / "in", "ada", answered(released, double=DOUBLE))
    course = Course(tmp_path / "course")
    grade(tmp_path / "in", course=course, sources=sources)
    (course.folder / "gradebook.db").unlink()
    (result,) = grade(tmp_path / "in", course=course, sources=sources)
    assert result.fresh and result.points == 2
    note = course.folder / "autograded" / "ada" / "ps9" / "graded.json"
    note.write_text(json.dumps(json.loads(note.read_text()) | {"colour": "green"}))
    (result,) = grade(tmp_path / "in", course=course, sources=sources)
    assert result.fresh and result.points == 2


def test_no_submissions_is_one_line(tmp_path, capsys):
    assert main(["classroom", "grade", str(tmp_path / "none"), "--course", str(tmp_path / "course")]) == 2
    assert "there is no folder" in capsys.readouterr().err
    assert main(["classroom", "grade", str(tmp_path), "--course", str(tmp_path / "course")]) == 2
    assert "there is no notebook in" in capsys.readouterr().err
    assert main(["classroom", "marks", "--course", str(tmp_path / "course")]) == 2
    assert "nothing is graded yet" in capsys.readouterr().err
    assert main(["classroom", "release", "ps77", "--course", str(tmp_path / "course")]) == 2
    assert "unknown problem set 'ps77': choose from ps1" in capsys.readouterr().err


def test_tests_are_the_sources_whatever_was_submitted(small):
    sources, _, released = small
    one = problem_sets(sources)["ps9"]
    submitted = answered(released, double=DOUBLE)
    cell_of(submitted, "ps9-double-value").source = "pass"
    submitted.cells.insert(4, nbformat.v4.new_code_cell("helper = 1", metadata={"nbgrader": {"grade": True}}))
    whole = assemble(one, submitted, "ada", 5)
    assert "double(-3)" in cell_of(whole, "ps9-double-value").source
    assert cell_of(whole, "ps9-double").source == DOUBLE
    assert [cell.source for cell in whole.cells if "helper" in cell.source] == ["helper = 1"]
    assert "STUDENT: str = 'ada'" in whole.cells[1].source and "SEED: int = 5" in whole.cells[1].source


# --- numbers of one's own ----------------------------------------------------------------------------


def test_each_student_gets_numbers_of_their_own_and_is_graded_by_them(small, tmp_path):
    sources, _, _ = small
    course, one = Course(tmp_path / "course"), problem_sets(sources)["ps9"]
    copies = hand_out([one], ["ada", "bob"], course, term="2027")
    seeds = {student: seed_of(student, "ps9", "2027") for student in ("ada", "bob")}
    assert seeds["ada"] != seeds["bob"] != seed_of("bob", "ps9", "2028")
    for path, student in zip(copies, ("ada", "bob"), strict=True):
        notebook = nbformat.read(path, 4)
        assert any(f"SEED = {seeds[student]}" in cell.source for cell in notebook.cells)
        own = f"def total(values):\n    return 3 if values == [1, 2] else {11 + seeds['ada']}"
        put_submission(tmp_path / "in", student, answered(notebook, total=own))
    results = {one.student: one for one in grade(tmp_path / "in", course=course, limits=LIMITS, sources=sources)}
    assert (results["ada"].points, results["ada"].seed) == (3, seeds["ada"])  # bob copied from ada
    assert (results["bob"].points, results["bob"].seed) == (1, seeds["bob"])


def test_papermill_gives_a_student_their_numbers_too(small, tmp_path):
    sources, course, _ = small
    out = tmp_path / "in" / "ada" / NAME
    out.parent.mkdir(parents=True)
    released = course.released(problem_sets(sources)["ps9"])
    subprocess.run([sys.executable, "-m", "papermill", "--prepare-only", "-p", "STUDENT", "ada", "-p", "SEED", "17",
                    released, out], check=True, capture_output=True)
    out.write_text(nbformat.writes(answered(nbformat.read(out, 4), total=TOTAL)))
    (result,) = grade(tmp_path / "in", course=Course(tmp_path / "course"), limits=LIMITS, sources=sources)
    assert (result.points, result.seed, result.remark) == (3, 17, "")


@pytest.mark.parametrize(("text", "students"), [
    ("ada\nbob\n", ["ada", "bob"]), ("name,student\nAda,a1\nBob,b2\n", ["a1", "b2"]), ("\ufeffid\nx@y.z\n", ["x@y.z"])])
def test_list_of_students_is_read(tmp_path, text, students):
    (tmp_path / "students.csv").write_text(text, encoding="utf-8")
    assert read_students(tmp_path / "students.csv") == students


@pytest.mark.parametrize(("text", "said"), [
    ("", "names no students"), ("student\n", "names no students"), ("ada\nada\n", "stands twice"),
    ("../etc\n", "use letters, digits")])
def test_list_of_students_that_makes_no_sense_is_refused(tmp_path, text, said):
    (tmp_path / "students.csv").write_text(text)
    with pytest.raises(NotebookError, match=said):
        read_students(tmp_path / "students.csv")
