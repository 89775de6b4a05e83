"""Where the running notebooks are: one live line on stderr.

``tqdm.auto`` bars are widgets in a notebook. What moves them are messages from the kernel to a
browser, and papermill shows none of these. So a papermill engine, registered here under the name
`ENGINE`, hands them to a `Watcher`; the watchers of notebooks that run side by side share a `StatusLine`.
"""

from __future__ import annotations

import functools
import html
import re
import shutil
import sys
import threading
import time
from collections.abc import Mapping

from .side_by_side import Kernels

__all__ = ["ENGINE", "StatusLine", "Watcher", "register_engine"]

ENGINE = "alexnet_lib"


class StatusLine:
    """One line for all notebooks that run; any thread may call it.

    On a terminal the line is rewritten in place; elsewhere a plain line is written now and then.

    Args:
        stream: where to write; default stderr.
        every_s: seconds between two lines when `stream` is no terminal.
    """

    def __init__(self, stream=None, every_s: float = 10.0) -> None:
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.pause_s = 0.1 if self.live else every_s
        self.last = time.monotonic()
        self.parts: dict[str, str] = {}  # by notebook
        self.lock = threading.RLock()

    def show(self, name: str, text: str) -> None:
        """Note where a notebook is, and write the line if it is time to."""
        with self.lock:
            self.parts[name] = text
            if time.monotonic() - self.last >= self.pause_s:
                self.last = time.monotonic()
                self._write(self._joined())

    def drop(self, name: str) -> None:
        """Forget a notebook that has ended."""
        with self.lock:
            self.parts.pop(name, None)

    def lasting(self, *lines: str) -> None:
        """Print to stdout, in the place of the live line."""
        with self.lock:
            self.clear()
            print(*lines, sep="\n", flush=True)

    def clear(self) -> None:
        """Wipe the live line."""
        with self.lock:
            if self.live:
                self._write("")

    def _joined(self) -> str:
        parts = [self.parts[name] for name in sorted(self.parts)]
        line = "  |  ".join(parts)
        width = shutil.get_terminal_size().columns - 1
        if self.live and len(line) > width:  # each gets its share
            share = max(1, (width - 5 * (len(parts) - 1)) // len(parts))
            line = "  |  ".join(part[:share] for part in parts)
        return line

    def _write(self, line: str) -> None:
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            self.stream.write("\r" + line[:width].ljust(width) + ("" if line else "\r"))
        else:
            self.stream.write(line + "\n")
        self.stream.flush()


class Watcher:
    """Follows one notebook.

    Args:
        name: what its part of the line begins with.
        line: where it is shown.
    """

    def __init__(self, name: str, line: StatusLine) -> None:
        self.name = name
        self.line = line
        self.pause_s = min(0.1, line.pause_s)
        self.last = time.monotonic()
        self.number = self.total = 0
        self.heading = ""
        self.widgets: dict[str, dict] = {}  # comm id -> the widget's state

    def cell_starts(self, cells, index: int) -> None:
        """Note which cell begins; cells are counted as Jupyter counts the stored notebook's."""

        def counted(some) -> int:
            return sum(
                c.cell_type == "code" and bool(c.source.strip())
                and "injected-parameters" not in c.metadata.get("tags", [])
                for c in some
            )

        self.number, self.total = counted(cells[: index + 1]), counted(cells)
        text = "\n".join(c.source for c in cells[:index] if c.cell_type == "markdown")
        self.heading = (re.findall(r"^#+ +(.+)$", text, re.MULTILINE) or [""])[-1].strip()
        self.widgets.clear()
        self._show()

    def comm(self, message: Mapping) -> None:
        """Take note of a widget message. Whatever is not understood is ignored."""
        try:
            content = message["content"]
            if message["msg_type"] == "comm_close":
                self.widgets.pop(content["comm_id"], None)
            else:
                state = content["data"].get("state", {})
                self.widgets.setdefault(content["comm_id"], {}).update(state)
            self._show()
        except Exception:  # a status line is never worth a failed run
            pass

    def bars(self) -> str:
        """The progress bars that are not full yet, e.g. ``ReLU, rate 0.002: 45 %``."""
        parts = []
        for box in list(self.widgets.values()):
            ids = [str(child).removeprefix("IPY_MODEL_") for child in box.get("children", [])]
            inside = [self.widgets.get(id, {}) for id in ids]
            bar = next((w for w in inside if w.get("_model_name") == "FloatProgressModel"), None)
            if bar is None or not bar.get("value", 0) < bar.get("max", 0):
                continue
            text = html.unescape(re.sub("<[^>]*>", "", inside[0].get("value", "")))
            label = re.sub(r"\s*\d+%\s*$", "", " ".join(text.split())).rstrip(": ")
            parts.append(f"{label}: {100 * bar['value'] / bar['max']:.0f} %".removeprefix(": "))
        return ", ".join(parts)

    def _show(self) -> None:
        if time.monotonic() - self.last < self.pause_s:
            return
        self.last = time.monotonic()
        self.line.show(self.name, f"{self.name}  cell {self.number}/{self.total}  {self.bars()}".rstrip())


@functools.cache
def register_engine() -> str:
    """Make the engine known to papermill and return its name.

    `papermill.execute_notebook` hands three more arguments on to it: ``watcher``, a `Watcher`; ``kernels``, the
    `Kernels` to put the notebook's into; and ``launch``, with which its process is started (``env``, ``cwd``, ...).
    """
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine, papermill_engines

    class WatchedClient(PapermillNotebookClient):
        watcher: Watcher
        kernels: Kernels

        def create_kernel_manager(self):
            manager = super().create_kernel_manager()
            self.kernels.add(manager)
            return manager

        def start_new_kernel(self, **options):
            with self.kernels.starting():
                super().start_new_kernel(**options)

        def execute_cell(self, cell, cell_index, **options):
            self.watcher.cell_starts(self.nb.cells, cell_index)
            return super().execute_cell(cell, cell_index, **options)

        def handle_comm_msg(self, outs, msg, cell_index):
            super().handle_comm_msg(outs, msg, cell_index)
            self.watcher.comm(msg)

    class WatchedEngine(Engine):
        @classmethod
        def execute_managed_notebook(cls, nb_man, kernel_name, watcher, kernels, launch, **_):
            # iopub_timeout: a machine at full load may take longer than the usual 4 s to hand over outputs.
            client = WatchedClient(nb_man, kernel_name=kernel_name, startup_timeout=120, iopub_timeout=60)
            client.watcher, client.kernels = watcher, kernels
            return client.execute(**launch)

    papermill_engines.register(ENGINE, WatchedEngine)
    return ENGINE
