"""The course folder, laid out as nbgrader wants it, and the student copies.

``build/classroom/`` holds ``source/`` (copies of the problem sets), ``release/`` (student copies), ``submitted/``,
``autograded/``, ``feedback/`` and ``gradebook.db``: `nbgrader formgrader` works in it for what a person must grade.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from alexnet_lib.files import file_digest, write_whole
from alexnet_lib.notebooks.files import BUILD, NotebookError, read, shown

from .sets import ProblemSet, is_kind

__all__ = ["COURSE", "Course", "reason_of"]

COURSE = BUILD / "classroom"

_CONFIG = """c = get_config()
c.CourseDirectory.course_id = "alexnet"
"""

#: what SQLite and the system say of a disk that is full, or a file that is not ours to write to
FULL = re.compile(r"full|disk I/O|readonly|unable to open|No space|Read-only|quota", re.I)

_STUB = "# YOUR CODE HERE\nraise NotImplementedError()"


class Course:
    """One course folder.

    Args:
        folder: where; made if it is not there.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (folder or COURSE).resolve()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / "nbgrader_config.py", _CONFIG.encode())
        except OSError as error:
            raise NotebookError(f"the course folder {shown(self.folder)} cannot be written to ({error.strerror}): "
                                "make room, or name another with --course") from None
        _find_own_programs()
        self.database = f"sqlite:///{self.folder / 'gradebook.db'}"

    def config(self):
        """The settings for nbgrader's own classes."""
        from traitlets.config import Config

        from .pages import feedback_exporter

        settings = Config()
        settings.CourseDirectory.root = str(self.folder)
        settings.CourseDirectory.course_id = "alexnet"
        settings.ClearSolutions.code_stub = {"python": _STUB}
        settings.GenerateFeedback.exporter_class = feedback_exporter()
        return settings

    def api(self, **directories: str):
        """nbgrader's interface for this folder; ``directories`` overrides where a step reads or writes."""
        from nbgrader.apps.api import NbGraderAPI
        from nbgrader.coursedir import CourseDirectory

        settings = self.config()
        settings.CourseDirectory.update(directories)
        return NbGraderAPI(CourseDirectory(config=settings), config=settings)

    @contextmanager
    def gradebook(self) -> Iterator:
        """The marks, as nbgrader keeps them."""
        from nbgrader.api import Gradebook
        from sqlalchemy.exc import SAWarning

        with self.marks_entered(), warnings.catch_warnings(), Gradebook(self.database, "alexnet") as book:
            warnings.simplefilter("ignore", SAWarning)  # nbgrader's own way of adding rows
            yield book

    @contextmanager
    def written_to(self) -> Iterator[None]:
        """Where files of the course are written. Raises `NotebookError` if they cannot be."""
        from filelock import Timeout

        try:
            yield
        except Timeout:  # a kind of OSError that says something else
            raise
        except OSError as error:
            raise NotebookError(f"cannot write to {shown(self.folder)} ({error.strerror or error}): make room, or name "
                                "another folder with --course; what is graded is kept") from None

    @contextmanager
    def marks_entered(self) -> Iterator[None]:
        """Where nbgrader uses the gradebook. Raises `NotebookError` if it cannot be used."""
        from nbgrader.api import MissingEntry
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except (SQLAlchemyError, MissingEntry, LookupError, UnicodeError) as error:  # the latter two of damaged texts
            if isinstance(error, KeyError | IndexError):  # a mistake of ours
                raise
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            if FULL.search(reason):
                raise NotebookError(f"cannot write to {shown(self.folder / 'gradebook.db')} ({reason}): make room, or "
                                    "make it writable; what is graded is kept") from None
            raise NotebookError(f"{shown(self.folder / 'gradebook.db')} cannot be used ({reason}): bring back a copy, "
                                "or move it away and grade again; points given by hand are in it alone") from None

    def released(self, one: ProblemSet) -> Path:
        """Where the student copy of a problem set lies."""
        return self.folder / "release" / one.name / one.path.name

    def is_released(self, one: ProblemSet) -> bool:
        """Whether the student copy and the gradebook are those of the present source."""
        note = self.folder / "source" / one.name / "released.sha256"
        return (self.released(one).exists() and note.exists() and (self.folder / "gradebook.db").exists()
                and note.read_bytes() == self._of_release(one))

    def _of_release(self, one: ProblemSet) -> bytes:
        """Checksums of the present source and of the student copy."""
        return f"{file_digest(one.path)}\n{file_digest(self.released(one))}\n".encode()

    def release(self, sets: Sequence[ProblemSet], force: bool = False) -> list[Path]:
        """Make the student copies, and enter the tasks and their points into the gradebook.

        Args:
            sets: of which problem sets; those that are up to date are left alone.
            force: make them all the same.

        Returns:
            The student copies.

        Raises:
            NotebookError: nbgrader refuses, for instance as tasks were added or removed that have marks already.
        """
        for one in sets:
            if force or not self.is_released(one):
                self._release(one)
        return [self.released(one) for one in sets]

    def _release(self, one: ProblemSet) -> None:
        source = self.folder / "source" / one.name
        with self.written_to():
            shutil.rmtree(source, ignore_errors=True)
            source.mkdir(parents=True)
            shutil.copy(one.path, source)
            self._begin_gradebook()
        done = self.api().generate_assignment(one.name, force=True)
        if not done["success"]:
            reason = reason_of(done)
            remedy = (": its tasks have changed since submissions were graded; name another folder with --course, or "
                      f"remove {shown(self.folder)} and its marks") if "submissions" in reason else (
                          f": make room in {shown(self.folder)}, what is graded is kept" if FULL.search(reason) else "")
            raise NotebookError(f"{one.name} could not be released: {reason}{remedy}")
        path = self.released(one)
        with self.written_to():
            write_whole(path, _for_students(read(path)).encode())
            write_whole(source / "released.sha256", self._of_release(one))

    def _begin_gradebook(self) -> None:
        """Make the gradebook, whole or not at all: nbgrader makes one table after the other, and marks it at last."""
        from nbgrader.api import Gradebook

        path = self.folder / "gradebook.db"
        if path.exists():
            return
        with tempfile.TemporaryDirectory() as place:
            Gradebook(f"sqlite:///{place}/gradebook.db", "alexnet").close()
            write_whole(path, Path(place, "gradebook.db").read_bytes())


def _find_own_programs() -> None:
    """Let programs of this environment be found by name, as nbgrader starts alembic, without its being activated."""
    own = str(Path(sys.executable).parent)
    if own not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([own, *filter(None, [os.environ.get("PATH")])])


def reason_of(done: dict) -> str:
    """The line that says why, out of what nbgrader leaves of a failure."""
    said = f"{done.get('error', '')}\n{done.get('log', '')}"
    errors = re.findall(r"^\s*(?:\w+\.)*(\w*(?:Error|Exception|Entry): .+)$", said, re.M)
    return next((line for line in reversed(errors) if "above traceback" not in line), "no reason given")[:200]


def _for_students(notebook) -> str:
    """A released notebook as text: "Run All" goes on after an unsolved task, chapters are named, not linked to."""
    import nbformat

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"\[[^\]]*\]\(\.\./\.\./(\w+\.ipynb)\)", r"`notebooks/\1`", cell.source)
        if cell.cell_type == "code" and (is_kind(cell, "solution") or is_kind(cell, "grade")):
            cell.metadata.tags = [*cell.metadata.get("tags", []), "raises-exception"]
    return nbformat.writes(notebook) + "\n"
