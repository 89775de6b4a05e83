"""How far a training run has come: all that a checkpoint holds beside weights and velocities.

There is no state of any random generator in it: what chance decides is a function of seed, pass and batch
(`data.draws`).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field

__all__ = ["Sums", "TrainState"]


@dataclass
class Sums:
    """Over some images as they were shown in training."""

    loss: float = 0.0  # nats
    wrong: float = 0.0  # images
    count: int = 0  # images

    def add(self, loss: float, wrong: float, count: int) -> None:
        self.loss, self.wrong, self.count = self.loss + loss, self.wrong + wrong, self.count + count

    @property
    def mean_loss(self) -> float:
        """Nats an image."""
        return self.loss / self.count if self.count else math.nan

    @property
    def error_pct(self) -> float:
        """Top-1 error, per cent."""
        return 100 * self.wrong / self.count if self.count else math.nan


@dataclass
class TrainState:
    """The place in a run, and what was measured so far."""

    passes: int = 0  # finished
    batch: int = 0  # batches done of the pass under way
    step: int = 0  # updates of the weights
    images: int = 0  # shown
    line: Sums = field(default_factory=Sums)  # since the last line of the log
    this_pass: Sums = field(default_factory=Sums)
    schedule: dict = field(default_factory=dict)  # what ScheduleState.to_dict gives
    curve: list[dict] = field(default_factory=list)  # one entry a pass
    best: dict | None = None  # lowest validation top-1 error: "pass", "validation_top1_error_pct"
    training_s: float = 0.0  # seconds of training, with waiting for data, without evaluation and checkpoints
    waited_s: float = 0.0  # seconds of these that went in waiting for data
    log_bytes: int = 0  # length of the log
    scaler: dict = field(default_factory=dict)  # of fp16

    def to_dict(self) -> dict:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict) -> TrainState:
        """What `to_dict` gave. Raises KeyError, TypeError or ValueError if it is anything else."""
        state = cls(**{**data, "line": Sums(**data["line"]), "this_pass": Sums(**data["this_pass"])})
        counts = (state.passes, state.batch, state.step, state.images, state.log_bytes)
        if any(type(count) is not int or count < 0 for count in counts) or not (
                isinstance(state.curve, list) and len(state.curve) == state.passes):
            raise ValueError("its counts do not fit")
        return state
