"""Two of the same at one time: both end well, or the second says in a line that the first is at work."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from killing import JOBS, Whole, assert_same

from alexnet_lib.data.prepared import prepare

pytestmark = pytest.mark.timeout(7200)


def twice_again_and_again(whole: Whole, place: Path, rounds: int, seed: int) -> int:
    """Run two of a job into one folder, the second a moment later, and what is left as after one.

    Returns:
        How many pairs were run.
    """
    job, chance = whole.job, random.Random(seed)
    for number in range(rounds):
        out = place / str(number)
        out.mkdir(parents=True)
        job.begin(out)
        first = job.start(out)
        time.sleep(chance.choice((0.0, chance.uniform(0, whole.took_s))))
        with first, job.start(out) as second:
            ended = [(process.communicate(timeout=300)[0], process.returncode) for process in (second, first)]
        assert sorted(status for _, status in ended) in ([0, 0], [0, 2]), ended
        for said, status in ended:
            assert "Traceback" not in said, said
            if status:
                assert said.strip().splitlines()[-1].startswith("error: another "), said
        job.check(out)
        assert_same(job.all_of(out), whole.left)
    return rounds


@pytest.mark.fault("two at once", holds="both end well or one says why not; what is left is as of one")
@pytest.mark.parametrize("name", JOBS)
def test_two_at_once_leave_what_one_leaves(whole, tmp_path, cases, name):
    rounds = cases.rounds(int(name not in ("sweep", "grading")), 4)
    if not rounds:
        pytest.skip("takes long: done by `make faults`")
    cases.done(twice_again_and_again(whole(name), tmp_path, rounds, seed=8))


@pytest.mark.fault("two at once", holds="statistics that one writes are not swept away by the other")
def test_preparing_again_leaves_the_statistics_that_another_process_is_writing(tmp_path, cases):
    folder = JOBS["preparing"](tmp_path / "inputs", 4).inputs / "some"
    prepare(folder, tmp_path / "cache", jobs=1, progress=False)
    place = tmp_path / "cache" / "train"
    theirs = place / f"mean_image.npy.{os.getppid()}.partial"  # of a process that is alive
    for file in (theirs, place / "00000.npy.99.partial", place / "statistics.json.4194999.partial"):
        file.write_bytes(b"half")
    prepare(folder, tmp_path / "cache", jobs=1, progress=False)
    assert list(place.glob("*.partial")) == [theirs]
    cases.done()
