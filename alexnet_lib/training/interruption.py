"""Ctrl-C and SIGTERM while a net is trained: the step is finished, a checkpoint written, then the run ends."""

from __future__ import annotations

import signal
import threading
import time
from types import TracebackType

__all__ = ["Interruption"]


class Interruption:
    """While it is entered, a signal only leaves a mark; a second one, in a process alone, interrupts at once.

    Args:
        alone: whether this process trains alone. Among several each gets the signal from the terminal and again from
            torchrun, which kills those that take longer than half a minute.
        minutes: after so many minutes, counted from now, a stop is wanted as well; None: never.
    """

    def __init__(self, alone: bool = True, minutes: float | None = None) -> None:
        self.alone = alone
        self.deadline = None if minutes is None else time.monotonic() + 60 * minutes
        self.signal = 0  # the first that came
        self._before: dict[int, object] = {}

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():  # elsewhere Python allows no handlers
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def is_wanted(self) -> bool:
        """Whether the training should stop now."""
        return bool(self.signal) or (self.deadline is not None and time.monotonic() >= self.deadline)

    def _note(self, number: int, frame) -> None:
        if self.signal and self.alone:
            raise KeyboardInterrupt
        self.signal = self.signal or number
