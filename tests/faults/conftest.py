"""What goes wrong on real machines, done on purpose. ``make faults`` does each many times and prints a table.

A test here carries ``@pytest.mark.fault("what is done", holds="what must hold")`` and asks for the fixture ``cases``:
how many times to do it in the short form (part of ``make test``) and in the full one (``FAULTS=full``). What it says
with ``cases.done(n)`` is the number in the table.
"""

import os
import shutil
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]  # what the tests here share
pytest.register_assert_rewrite("killing")

FULL = os.environ.get("FAULTS") == "full"


class Cases:
    """How many cases to try, and how many were."""

    def __init__(self) -> None:
        self.tried = 0

    def rounds(self, short: int, full: int) -> int:
        return full if FULL else short

    def done(self, number: int = 1) -> None:
        self.tried += number


@pytest.fixture
def cases(request):
    counted = Cases()
    yield counted
    mark = request.node.get_closest_marker("fault")
    request.node.user_properties.append(("fault", (mark.args[0], mark.kwargs["holds"], counted.tried)))


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """What a job of `killing.ALL` leaves when it is left alone: run when it is first asked for, once for all tests."""
    import killing

    place, known = tmp_path_factory.mktemp("whole"), {}

    def of(name: str) -> killing.Whole:
        if name not in known:
            known[name] = killing.left_alone(killing.ALL[name](place / name / "inputs"), place / name / "out")
        return known[name]

    yield of
    shutil.rmtree(place, ignore_errors=True)  # pytest would keep hundreds of megabytes


def pytest_terminal_summary(terminalreporter):
    """The table of the full form, one line for each fault."""
    if not FULL:
        return
    rows, failed = {}, set()
    for reports in list(terminalreporter.stats.values()):  # a teardown that went well is under no outcome's name
        for report in reports:
            if getattr(report, "when", None) == "teardown":
                for name, value in report.user_properties:
                    if name == "fault":
                        rows[report.nodeid] = value
            if getattr(report, "failed", False):
                failed.add(report.nodeid)
    together = {}
    for node, (fault, holds, tried) in rows.items():
        before, well = together.get((fault, holds), (0, True))
        together[fault, holds] = before + tried, well and node not in failed
    terminalreporter.section("faults")
    for (fault, holds), (tried, well) in together.items():
        if tried or not well:
            terminalreporter.write_line(f"{'holds' if well else 'BROKEN':<7} {tried:>7,} x  {fault}: {holds}")
