"""Runs one notebook that nobody trusts: the process inside, started by `supervisor`.

It reads one line of JSON from standard input, ``{"cells": [...], "cell_s": 30, ...}``, runs the cells one after the
other in a Jupyter kernel, and writes one line of JSON for each: what is known of a notebook survives its end. A cell
that takes too long is interrupted; one that ends the kernel, or will not be interrupted, costs its own points only:
a new kernel takes over, in which the earlier cells that are not tests are run again.

When standard input closes, the one who asked is gone, and everything here ends.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence

from .outputs import CELL_BYTES, cut, error, kept_data, text_of

__all__ = ["main", "run_cells"]

GRACE_S = 5  # for a cell to end after an interrupt
RESTARTS = 3  # kernels that may die, and be replaced
OUTPUTS = 200  # kept of one cell
FLOOD = 3_000_000  # characters after which a cell is stopped

#: run in each kernel: a cell that prints without end would fill the memory before anybody could read it
BOUND = f"""
def _bound_printing():
    import sys
    def bounded(write):
        printed = 0
        def write_some(text):
            nonlocal printed
            printed += len(text)
            if printed > {FLOOD}:
                raise RuntimeError("this cell prints without end")
            return write(text)
        return write_some
    def start(_):  # of a cell; IPython takes it back at the cell's end
        for stream in (sys.stdout, sys.stderr):
            stream.write = bounded(stream.write)
    get_ipython().events.register("pre_run_cell", start)
    get_ipython().ask_exit = lambda *_: None  # quit() in a cell ends nothing
_bound_printing()
"""


class KernelGone(Exception):
    """The kernel died, or had to be ended; the message says why."""


class Kernel:
    """One Jupyter kernel, reached through a socket in a folder, so that it needs no network.

    Args:
        folder: where it works, and keeps the socket.
        number: which kernel this is, in the name of the socket.
    """

    def __init__(self, folder: str, number: int) -> None:
        from jupyter_client.manager import KernelManager

        self.manager = KernelManager(kernel_name="python3", transport="ipc", ip=os.path.join(folder, f"k{number}"))
        nowhere = {name: open(os.devnull, "wb") for name in ("stdout", "stderr")}  # this process's own are for results
        self.manager.start_kernel(cwd=folder, **nowhere)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)

    def run(self, source: str, limit_s: float) -> list[dict]:
        """Run one cell and return its outputs, an error among them if it took longer than the limit.

        Raises:
            KernelGone: it did not survive.
        """
        asked = self.client.execute(source, allow_stdin=False, stop_on_error=False)
        outputs, size, end, stopped, idle, reply = [], 0, time.monotonic() + limit_s, "", False, None
        while not idle:
            message = _next(self.client.get_iopub_msg, 0.5)
            if message is None:
                reply = reply or self._reply(asked)
                if reply:
                    break  # a kernel's first messages may be lost, "idle" among them; its reply never is
                if not self.manager.is_alive():
                    raise KernelGone("the kernel died in this cell (out of memory, or ended by the code)")
            late = time.monotonic() > end
            if late and stopped:
                raise KernelGone(f"this cell could not be stopped ({stopped})")
            if not stopped and (late or size > 2 * FLOOD):  # by other means than print
                self.manager.interrupt_kernel()
                stopped = f"it ran for {limit_s:g} s" if late else "it shows things without end"
                end = time.monotonic() + GRACE_S
            if message is None or message["parent_header"].get("msg_id") != asked:
                continue
            idle = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
            output = _output(message)
            if output is not None and size < CELL_BYTES and len(outputs) < OUTPUTS:
                outputs.append(output)
            size += len(str(message["content"]))
        reply = reply or self._reply(asked, GRACE_S)
        if reply is None:
            raise KernelGone("the kernel died in this cell")
        result = reply["content"]
        if result["status"] == "error" and not any(output["output_type"] == "error" for output in outputs):
            outputs.append(error(text_of(result.get("ename")), cut(text_of(result.get("evalue")))))
        if stopped:
            outputs.append(error("Stopped", f"this cell was stopped: {stopped}; is there a loop that never ends?"))
        return outputs

    def _reply(self, asked: str, wait_s: float = 0.0) -> dict | None:
        """The kernel's reply to a request, if it comes in time."""
        while (message := _next(self.client.get_shell_msg, wait_s)) is not None:
            if message["parent_header"].get("msg_id") == asked:
                return message
        return None

    def end(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def _next(get: Callable, wait_s: float) -> dict | None:
    try:
        return get(timeout=wait_s)
    except queue.Empty:
        return None


def _output(message: dict) -> dict | None:
    """A kernel's message as a notebook keeps it."""
    content, kind = message["content"], message["msg_type"]
    if kind == "stream":  # a notebook may send messages of its own making: everything is made text
        name = "stderr" if content.get("name") == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": cut(text_of(content.get("text")))}
    if kind == "error":
        return error(text_of(content.get("ename")), cut(text_of(content.get("evalue"))),
                     [cut(text_of(line)) for line in list(content.get("traceback") or [])[-20:]])
    if kind in ("display_data", "execute_result") and isinstance(content.get("data"), dict):
        return {"output_type": "display_data", "data": kept_data(content["data"]), "metadata": {}}
    return None


def run_cells(cells: Sequence[dict], prelude: str, cell_s: float, folder: str, tell: Callable) -> None:
    """Run code cells in order.

    Args:
        cells: ``{"source": ..., "test": bool}``.
        prelude: run before them in each kernel.
        cell_s: limit for one cell.
        folder: where to work.
        tell: called with the number and the outputs of each cell that was run.
    """
    kernels, kernel, kept = 0, None, []
    for number, cell in enumerate(cells):
        while kernel is None and kernels <= RESTARTS:
            kernel = _started(folder, kernels, [prelude, BOUND], kept, cell_s)
            kernels += 1
        if kernel is None:
            break
        try:
            outputs = kernel.run(cell["source"], cell_s)
        except KernelGone as gone:
            tell(number, [error("KernelGone", str(gone))])
            kernel.end()
            kernel = None
        else:
            tell(number, outputs)
            if not cell["test"] and not any(output.get("ename") == "Stopped" for output in outputs):
                kept.append(cell["source"])
    if kernel is not None:
        kernel.end()


def _started(folder: str, number: int, first: Sequence[str], kept: list[str], cell_s: float) -> Kernel | None:
    """A kernel in which the earlier cells were run again; None if one of them ends it, which then is left out."""
    kernel = Kernel(folder, number)
    for source in (*first, *kept):
        try:
            kernel.run(source, cell_s)
        except KernelGone:
            kernel.end()
            kept[:] = [other for other in kept if other != source]
            return None
    return kernel


def _copy_fonts(lists: Sequence[str]) -> None:
    """Hand matplotlib its lists of fonts: making them anew takes seconds."""
    place = os.environ.get("MPLCONFIGDIR")
    if place:
        os.makedirs(place, exist_ok=True)
        for path in lists:
            shutil.copy(path, place)


def _end_with_asker() -> None:
    def watch() -> None:
        while sys.stdin.buffer.read(1):
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _keep_results_to_ourselves() -> None:
    """On Linux no other process of this user may open this one's files, the pipe for the results among them."""
    import ctypes

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE


def _limit_each_process(memory_mib: int) -> None:
    """Refuse a process more than three quarters of what all may have together: Python reports it, and goes on."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_DATA, (memory_mib * 3 // 4 << 20,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 << 20, 256 << 20))


def main() -> None:
    """Answer the one request on standard input."""
    _keep_results_to_ourselves()
    request = json.loads(sys.stdin.buffer.readline())
    _end_with_asker()
    _limit_each_process(request["memory_mib"])
    _copy_fonts(request["fonts"])

    def tell(number: int, outputs: list[dict]) -> None:
        sys.stdout.write(json.dumps({"cell": number, "outputs": outputs}) + "\n")
        sys.stdout.flush()

    run_cells(request["cells"], request["prelude"], request["cell_s"], os.getcwd(), tell)
    sys.stdout.write('{"end": true}\n')
    sys.stdout.flush()
    os._exit(0)  # no thread or child of the notebook holds this up


if __name__ == "__main__":
    main()
