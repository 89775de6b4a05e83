"""``kill -9`` at moments drawn by chance: nothing half written counts, and the same command goes on to the same end."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time

import psutil
import pytest
from killing import kill_again_and_again, orphans_are_ours

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="follows orphans as Linux allows"),
              pytest.mark.timeout(7200)]


@pytest.mark.fault("kill -9 of a sweep", holds="records whole, finished ones kept, the rest as undisturbed")
def test_a_sweep_goes_on(whole, tmp_path, cases):
    cases.done(kill_again_and_again(whole("sweep"), tmp_path, cases.rounds(1, 20), seed=1))


@pytest.mark.fault("kill -9 of a training", holds="a checkpoint to read, then the same weights bit for bit")
def test_a_training_goes_on_to_the_same_weights(whole, tmp_path, cases):
    cases.done(kill_again_and_again(whole("training"), tmp_path, cases.rounds(1, 20), seed=2))


@pytest.mark.fault("kill -9 of a grading", holds="marks kept, nobody left running, then the same marks")
def test_a_grading_goes_on_to_the_same_marks(whole, tmp_path, cases):
    cases.done(kill_again_and_again(whole("grading"), tmp_path, cases.rounds(1, 20), seed=3))


@pytest.mark.fault("kill -9 of a run of notebooks", holds="finished chapters kept, no kernel left, then all there")
def test_a_run_of_notebooks_goes_on(whole, tmp_path, cases):
    cases.done(kill_again_and_again(whole("notebooks"), tmp_path, cases.rounds(1, 20), seed=4))


@pytest.mark.fault("kill -9 of a chapter", holds="nothing half run counts, no kernel left, then it is there")
def test_a_chapter_is_run_again(whole, tmp_path, cases):
    rounds = cases.rounds(0, 10)
    if not rounds:
        pytest.skip("takes long: done by `make faults`")
    cases.done(kill_again_and_again(whole("chapter"), tmp_path, rounds, seed=9))


@pytest.mark.fault("kill -9 of fetching CIFAR-10", holds="all of it or none, then the same bytes")
def test_fetching_goes_on(whole, tmp_path, cases):
    cases.done(kill_again_and_again(whole("fetching"), tmp_path, cases.rounds(1, 20), seed=5))


@pytest.mark.fault("kill -9 of preparing photographs", holds="no half shard counts, then the same bytes")
def test_preparing_goes_on(whole, tmp_path, cases):
    cases.done(kill_again_and_again(whole("preparing"), tmp_path, cases.rounds(1, 20), seed=6))


def _is_kernel(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):  # it has just ended
        return "ipykernel_launcher" in process.cmdline()
    return False


@pytest.mark.fault("kill -9 while a kernel starts", holds="the kernel ends too, whoever becomes its parent")
def test_a_kernel_that_is_just_starting_ends_too(whole, tmp_path, cases):
    job = whole("notebooks").job
    for number in range(cases.rounds(1, 10)):
        with orphans_are_ours() as left:
            runner = job.start(tmp_path / str(number))
            family = psutil.Process(runner.pid)
            while not (kernels := [one for one in family.children() if _is_kernel(one)]):
                assert runner.poll() is None
                time.sleep(0.005)
            os.killpg(runner.pid, signal.SIGKILL)
            runner.communicate()
            assert kernels and not (orphans := left(15)), f"still running: {orphans}"
        cases.done()


AT_THE_LAST_TABLE = """
import os, sys
from pathlib import Path
import nbgrader.api
nbgrader.api.get_alembic_version = lambda: os.kill(os.getpid(), 9)
from alexnet_lib.classroom.course import Course
from alexnet_lib.classroom.sets import problem_sets
Course(Path(sys.argv[2])).release(list(problem_sets(Path(sys.argv[1])).values()))
"""


@pytest.mark.fault("kill -9 while the gradebook is made", holds="it is there whole or not at all")
def test_a_gradebook_without_the_mark_of_its_version_is_never_left(whole, tmp_path, cases):
    job, out = whole("grading").job, tmp_path / "course"
    killed = subprocess.run([sys.executable, "-c", AT_THE_LAST_TABLE, str(job.inputs / "sources"), str(out)])
    assert killed.returncode == -signal.SIGKILL and not (out / "gradebook.db").exists()
    status, said = job.run(out)
    assert status == 0, said
    with contextlib.closing(sqlite3.connect(out / "gradebook.db")) as book:
        assert len(book.execute("select version_num from alembic_version").fetchall()) == 1
    cases.done()
