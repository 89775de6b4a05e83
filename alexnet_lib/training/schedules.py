"""When the learning rate falls: the paper's rule, fixed passes, or never [K12 §5].

The paper starts at 0.01 and divides by ten whenever the validation error has stopped falling, three times in all
(C52). How long "stopped" is goes unsaid: `Schedule.patience` and `Schedule.min_improvement` are our reading of it
(OPEN-11).
The released parameter files say in which passes it was done: `RELEASED_RUNS`.

    state = start(schedule, lr=0.01)
    state = after_pass(schedule, state, passes_done=1, validation_error_pct=93.1)
    state.lr  # for the next pass
"""

from __future__ import annotations

import math
import operator
from dataclasses import asdict, dataclass, fields, replace
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["KINDS", "RELEASED_RUNS", "ReleasedRun", "Schedule", "ScheduleState", "after_pass", "start"]

#: "plateau": when the validation error stops falling [K12 §5]; "passes": after given passes; "constant": never
KINDS = ("plateau", "passes", "constant")


class ReleasedRun(NamedTuple):
    """The passes of one training run, read from its parameter file (CODE-09)."""

    passes: tuple[int, ...]  # the rate is divided by ten in each
    conv1_passes: tuple[int, ...]  # the rate of conv1 alone is cut in the first and set to 0 in the second
    noise_off: int  # no colour noise from this pass on
    stopped: int


#: by the year of the images; 2010 is the run of the paper's Table 1 (CODE-09)
RELEASED_RUNS = MappingProxyType({
    2010: ReleasedRun((23, 51, 78), (68, 72), 68, 93),
    2012: ReleasedRun((25, 51, 79), (67, 72), 67, 91),
})


@dataclass(frozen=True)
class Schedule:
    """A rule for the learning rate.

    Raises:
        ValueError: a setting out of range, or passes that do not go with the kind.
    """

    kind: str = "plateau"  # one of KINDS
    factor: float = 10.0  # the rate is divided by it, above 1 [K12 §5]
    reductions: int = 3  # plateau: at most so many in all [K12 §5]
    patience: int = 5  # plateau: a reduction after so many passes without improvement
    min_improvement: float = 0.1  # plateau: points of error; a smaller fall is no improvement, nor is none at all
    passes: tuple[int, ...] = ()  # passes: a reduction when so many passes are done, each higher than the one before

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown schedule {self.kind!r}: choose one of {', '.join(KINDS)}")
        if not 1 < self.factor < math.inf:
            raise ValueError(f"factor must be above 1, not {self.factor}")
        if not 0 <= self.min_improvement < math.inf:
            raise ValueError(f"min_improvement must be at least 0, not {self.min_improvement}")
        for name, least in (("reductions", 0), ("patience", 1)):
            value = getattr(self, name)
            if not _is_whole(value) or value < least:
                raise ValueError(f"{name} must be a whole number, at least {least}, not {value}")
        object.__setattr__(self, "passes", tuple(self.passes))  # JSON brings lists
        if (self.kind == "passes") != bool(self.passes):
            raise ValueError("schedule 'passes' needs one pass or more, such as (30, 60, 80)" if not self.passes
                             else f"passes {self.passes} need schedule 'passes', not {self.kind!r}")
        if not all(map(_is_whole, self.passes)) or any(a >= b for a, b in zip((0, *self.passes), self.passes,
                                                                              strict=False)):
            raise ValueError(f"passes must be whole numbers from 1 on, each higher than the one before, "
                             f"not {self.passes}")

    def to_dict(self) -> dict:
        """For records and checkpoints; ``Schedule(**data)`` reads it back."""
        return asdict(self) | {"passes": list(self.passes)}


@dataclass(frozen=True)
class ScheduleState:
    """Where a schedule stands between two passes."""

    lr: float  # of the next pass
    best_error_pct: float | None = None  # validation error of the last improvement; None: not yet measured
    stale: int = 0  # passes since the last improvement or reduction
    reductions: int = 0  # so far
    passes_done: int = 0  # at the last change of this state

    def to_dict(self) -> dict:
        """For checkpoints: numbers that strict JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict) -> ScheduleState:
        """What `to_dict` gave. Raises `ValueError` if the names differ."""
        names = [field.name for field in fields(cls)]
        if sorted(data) != sorted(names):
            raise ValueError(f"a schedule's state has {', '.join(names)}, not {', '.join(map(str, data)) or 'nothing'}")
        return cls(**data)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def start(schedule: Schedule, lr: float) -> ScheduleState:
    """The state before the first pass.

    Raises:
        ValueError: ``lr`` is not above 0.
    """
    if not 0 < lr < math.inf:
        raise ValueError(f"lr must be above 0, not {lr}")
    return ScheduleState(float(lr))


def after_pass(schedule: Schedule, state: ScheduleState, passes_done: int,
               validation_error_pct: float | None = None) -> ScheduleState:
    """The state after a pass; nothing but the arguments decides it.

    Args:
        schedule: the rule.
        state: what the call before returned, or `start`.
        passes_done: passes finished since the first; they may be more than one since the call before, and all count.
        validation_error_pct: None if it was not measured after this pass. NaN is no improvement.

    Raises:
        ValueError: the pass is not after those that ``state`` has seen.
    """
    if operator.index(passes_done) <= state.passes_done:
        raise ValueError(f"passes_done must be above {state.passes_done}, which the schedule has seen, "
                         f"not {passes_done}")
    if schedule.kind == "constant":
        return replace(state, passes_done=passes_done)
    if schedule.kind == "passes":
        due = sum(number <= passes_done for number in schedule.passes)
        return replace(_reduced(schedule, state, max(0, due - state.reductions)), passes_done=passes_done)
    if validation_error_pct is None:
        return state  # these passes count when the error is measured next
    if _improves(schedule, state.best_error_pct, validation_error_pct):
        return replace(state, best_error_pct=float(validation_error_pct), stale=0, passes_done=passes_done)
    state = replace(state, stale=state.stale + passes_done - state.passes_done, passes_done=passes_done)
    if state.stale >= schedule.patience and state.reductions < schedule.reductions:
        return replace(_reduced(schedule, state, 1), stale=0)
    return state


def _improves(schedule: Schedule, best: float | None, error: float) -> bool:
    if best is None:
        return math.isfinite(error)
    # Errors are whole numbers of images: a fall of just min_improvement is common and must not be lost to rounding.
    return error < best and best - error > schedule.min_improvement - 1e-9


def _reduced(schedule: Schedule, state: ScheduleState, times: int) -> ScheduleState:
    lr = state.lr
    for _ in range(times):
        lr /= schedule.factor
    return replace(state, lr=lr, reductions=state.reductions + times)
