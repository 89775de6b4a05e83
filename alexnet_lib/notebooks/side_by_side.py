"""Several notebooks at a time: a thread follows each, and Ctrl-C ends all their kernels.

Threads are enough, for the work is done in the kernels, which are processes. Signals reach the main thread
only, so it is the one that ends the kernels, whatever the threads are waiting for; each of them then finds
its kernel dead and comes to its end.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

__all__ = ["Interrupted", "Kernels", "side_by_side"]

#: from the request to end until kernels are killed
PATIENCE_S = 3.0


class Interrupted(Exception):
    """No kernel may start any more."""


class Kernels:
    """The kernels of one run."""

    def __init__(self) -> None:
        self.ending = False
        self._starting = threading.Lock()
        self._managers: list = []

    def add(self, manager) -> None:
        """Put in a kernel manager; its kernel need not have started."""
        self._managers.append(manager)

    @contextlib.contextmanager
    def starting(self) -> Iterator[None]:
        """Where a kernel is started: one at a time, for they look for free ports. Raises Interrupted."""
        with self._starting:
            if self.ending:
                raise Interrupted
            yield

    def end(self, kill: bool = False) -> None:
        """Ask all kernels to end, with the processes they started, or kill them."""
        self.ending = True
        for manager in self._managers:
            process = getattr(manager.provisioner, "process", None)
            if process is None or process.poll() is not None:
                continue
            with contextlib.suppress(OSError):  # it has just ended
                if hasattr(os, "killpg"):  # a kernel leads a group of its own
                    os.killpg(process.pid, signal.SIGKILL if kill else signal.SIGTERM)
                else:
                    process.kill()


def side_by_side(
    work: Callable[[Any], Any], things: Iterable, jobs: int, kernels: Kernels, ended: Callable[[Any], None]
) -> None:
    """Call ``work(thing)`` for all things, at most `jobs` at a time, and ``ended(result)`` as each ends.

    Args:
        work: called in a thread; whatever it waits for ends when the kernels end.
        things: begun in this order.
        jobs: 1 or more.
        kernels: where `work` puts those it starts.
        ended: called in this thread.

    Raises:
        KeyboardInterrupt: the kernels have been ended then, and all threads.
        Exception: the first that `work` raises; the same holds.
    """
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="notebook")
    flying: set[Future] = set()
    try:
        flying.update(pool.submit(work, thing) for thing in things)
        while flying:
            done, flying = wait(flying, timeout=1.0, return_when=FIRST_COMPLETED)  # else deaf to Ctrl-C on Windows
            for future in done:
                ended(future.result())
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        _end(flying, kernels)
        raise
    finally:
        pool.shutdown()


def _end(flying: Iterable[Future], kernels: Kernels) -> None:
    """End the kernels and wait for the threads; a second Ctrl-C does not wait for the kernels' consent."""
    kill_at = time.monotonic() + PATIENCE_S
    while any(not future.done() for future in flying):
        try:
            kernels.end(kill=time.monotonic() > kill_at)
            time.sleep(0.1)
        except KeyboardInterrupt:
            kill_at = 0.0
