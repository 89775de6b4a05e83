"""A function applied to many things in several processes that never outlive the one that started them."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import islice
from typing import Any

__all__ = ["end_with_parent", "ended_by_the_system", "results_of", "stop_processes", "usable_cores"]


def usable_cores() -> int:
    """How many cores this process may use, where the system says so; else how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def results_of(work: Callable[[Any], Any], things: Iterable[Any], jobs: int) -> Iterator[Any]:
    """Yield ``work(thing)`` for each thing, in the order in which they end.

    With one job everything happens in this process. Else processes are spawned, not forked, so ``work`` must be
    importable; they end when this generator is closed, at an error, at Ctrl-C, and when this process is killed.

    Raises:
        BrokenProcessPool: a process was killed.
        Exception: what ``work`` raises.
    """
    if jobs == 1:
        yield from map(work, things)
        return
    things = iter(things)
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _start, (os.getpid(),))
    try:
        with _interrupts_held():  # the processes are started here, and inherit it
            flying = {pool.submit(work, thing) for thing in islice(things, 2 * jobs)}
        while flying:
            ended, flying = wait(flying, return_when=FIRST_COMPLETED)
            for future in sorted(ended, key=lambda future: future.exception() is not None):  # what is done counts
                yield future.result()
                flying |= {pool.submit(work, thing) for thing in islice(things, 1)}
        pool.shutdown()
    finally:
        stop_processes(pool)


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait: a process that is just starting would answer it with a traceback."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle, also where it cannot be held
    end_with_parent(parent)


def end_with_parent(parent: int) -> None:
    """End this process when its parent is gone: after a kill -9 nobody else would."""
    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def ended_by_the_system() -> Callable[[], None] | None:
    """A ``preexec_fn`` for a program that is not ours: Linux kills it when the thread that starts it is gone.

    It holds from the first moment on; a program that looks for its parent itself may have lost it before it looks.
    Nothing on other systems.
    """
    if not sys.platform.startswith("linux"):
        return None
    parent, prctl = os.getpid(), ctypes.CDLL(None).prctl  # looked up here: little may be done after the fork

    def tie() -> None:
        prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)

    return tie


def stop_processes(pool: ProcessPoolExecutor) -> None:
    """End the processes at once, in the middle of whatever they do (nothing is left to do after a shutdown)."""
    workers = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(timeout=10)
