"""A training run that is under way in this process: its passes, its checkpoints, its log."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import torch

from alexnet_lib.data.draws import mask_seed
from alexnet_lib.nets.build import NetConfig, build_net
from alexnet_lib.training.checkpoints import CheckpointError, latest_checkpoint, save_checkpoint
from alexnet_lib.training.distributed import Group
from alexnet_lib.training.interruption import Interruption
from alexnet_lib.training.logs import LINE_EVERY_IMAGES, Bar, RunLog, pass_line
from alexnet_lib.training.precision import Precision
from alexnet_lib.training.run_folder import CHECKPOINTS
from alexnet_lib.training.schedules import ScheduleState, after_pass, start
from alexnet_lib.training.scores import evaluate
from alexnet_lib.training.sets import Sets
from alexnet_lib.training.settings import MachineSettings, TrainingError, TrainSettings
from alexnet_lib.training.state import Sums, TrainState
from alexnet_lib.training.step import Updates

__all__ = ["Run"]

#: updates between two looks at the losses and at Ctrl-C on a GPU, which each look makes wait
LOOK_EVERY = 10


class Run:
    """See `trainer.train_run`, which knows what the arguments are.

    Raises:
        CheckpointError: there are checkpoints, but none is whole.
        TrainingError: TensorBoard is wanted and not installed.
    """

    def __init__(self, out: Path, config: NetConfig, sets: Sets, settings: TrainSettings, machine: MachineSettings,
                 group: Group, interruption: Interruption, say: Callable[[str], None], bar: bool | None) -> None:
        self.out, self.sets, self.settings, self.machine, self.group = out, sets, settings, machine, group
        self.interruption, self.say = interruption, say
        self.schedule, self.precision = settings.when_to_reduce(), Precision(settings.amp, group.device)
        self.state = TrainState(schedule=start(self.schedule, settings.lr).to_dict())
        self.saved_step: int | None = None
        net = build_net(config, torch.Generator().manual_seed(settings.seed))
        net.to(device=group.device, memory_format=torch.channels_last)
        tensors = group.together(self._take_up)
        self.updates = Updates(net, settings, self.precision, group, config.image_size if machine.compile else None,
                               say)
        if tensors is not None or group.world > 1:
            group.together(lambda: None if tensors is None else self._load(tensors))
        self.updates.share_out()
        self.state = TrainState.from_dict(group.tell(self.state.to_dict()))
        if self.state.scaler:
            self.precision.scaler.load_state_dict(self.state.scaler)
        self.log = group.together(lambda: RunLog(out, self.state, machine.tensorboard, say) if group.is_first else None)
        self.bar, self.saved_at = Bar(settings.passes, len(sets.train), bar), time.monotonic()

    def _take_up(self) -> dict[str, torch.Tensor] | None:
        """In the first process: the newest checkpoint, if there is one."""
        found = latest_checkpoint(self.out / CHECKPOINTS, self.say) if self.group.is_first else None
        if found is None:
            return None
        try:
            self.state, self.saved_step = TrainState.from_dict(found.state["run"]), found.step
            ScheduleState.from_dict(self.state.schedule)
        except (KeyError, TypeError, ValueError) as error:
            raise self._of_another_version(error) from None
        self.say(f"going on from {self.place}")
        return found.tensors

    def _load(self, tensors: dict[str, torch.Tensor]) -> None:
        try:
            self.updates.load(tensors)
        except ValueError as error:
            raise self._of_another_version(error) from None

    def _of_another_version(self, error: Exception) -> CheckpointError:
        return CheckpointError(f"the newest checkpoint in {self.out / CHECKPOINTS} is whole, but not of this version "
                               f"of the library ({type(error).__name__}: {error}): use the one that wrote it, or name "
                               "another --out")

    @property
    def place(self) -> str:
        """Where the run stands, in words."""
        state = self.state
        if state.passes == self.settings.passes:
            return f"the end of pass {state.passes}"
        return f"pass {state.passes + 1}, batch {state.batch} of {-(-len(self.sets.train) // self.settings.batch_size)}"

    @property
    def images_per_s(self) -> float:
        """Over all of the training so far, without evaluation and checkpoints."""
        return self.state.images / max(self.state.training_s, 1e-9)

    def train(self) -> bool:
        """Whatever passes are left; False if it is to stop before their end."""
        while self.state.passes < self.settings.passes:
            if not (self._train_pass() and self._end_pass()):
                return False
        return True

    def evaluate(self, name: str, views: int) -> dict | None:
        """See `scores.evaluate`; `name` is that of one of the sets."""
        return evaluate(self.updates.net, getattr(self.sets, name), views, self.group, self.precision,
                        self.interruption.is_wanted)

    def close(self) -> None:
        """Close bar and log."""
        self.bar.close()
        if self.log:
            self.log.close()

    def _train_pass(self) -> bool:
        """What is left of one pass; False if it is to stop before its end."""
        settings, group, state = self.settings, self.group, self.state
        lr = ScheduleState.from_dict(state.schedule).lr
        self.updates.set_rate(lr)
        batches = self.sets.train.training_batches(settings.seed, state.passes, state.batch, settings.batch_size,
                                                   group.rank, group.world)
        count, unseen, clock = len(self.sets.train), [], time.perf_counter()
        look_every = LOOK_EVERY if group.device.type == "cuda" else 1
        try:
            while (left := count - state.batch * settings.batch_size - sum(n for n, _ in unseen)) > 0:
                before = time.perf_counter()
                images, labels = next(batches)
                state.waited_s += time.perf_counter() - before
                shown = min(left, settings.batch_size)
                seed = mask_seed(settings.seed, state.step + len(unseen))
                unseen.append((shown, self.updates.update(images, labels, shown, seed)))
                if len(unseen) < look_every and shown < left:
                    continue
                stop, save = self._look(unseen, lr, clock)
                unseen, clock = [], time.perf_counter()
                if stop or save:
                    self._save()
                    clock = time.perf_counter()
                if stop:
                    return False
        finally:
            batches.close()
        return True

    def _look(self, unseen: list, lr: float, clock: float) -> tuple[bool, bool]:
        """Count what the last updates did; returns whether to stop, and whether a checkpoint is due."""
        state, group = self.state, self.group
        values = torch.stack([sums for _, sums in unseen]).flatten().tolist()  # waits for the device
        due = group.is_first and time.monotonic() - self.saved_at >= 60 * self.machine.checkpoint_minutes
        *values, stop, save = group.sum([*values, self.interruption.is_wanted(), due])
        state.training_s += time.perf_counter() - clock
        for (count, _), loss, wrong in zip(unseen, values[::2], values[1::2], strict=True):
            state.step, state.batch, state.images = state.step + 1, state.batch + 1, state.images + count
            if not math.isfinite(loss):
                group.fail(self._diverged(f"the loss is {loss} at step {state.step} (pass {state.passes + 1}, batch "
                                          f"{state.batch})"))
            state.line.add(loss, wrong, count)
            state.this_pass.add(loss, wrong, count)
            if state.line.count >= LINE_EVERY_IMAGES:
                self._add_line(lr)
        self.bar.update(state)
        return stop > 0, save > 0

    def _add_line(self, lr: float) -> None:
        line, self.state.line = self.state.line, Sums()
        if self.log:
            self.log.add("line", self.state, {
                "loss": line.mean_loss, "training_error_pct": line.error_pct, "lr": lr,
                "training_s": self.state.training_s, "images_per_s": self.images_per_s})

    def _end_pass(self) -> bool:
        """Evaluate, reduce the rate if it is time, log, save; False if it is to stop before the evaluation is done."""
        state, settings = self.state, self.settings
        done, found = state.passes + 1, {}
        scheduled = done % settings.evaluate_every == 0
        if scheduled or done == settings.passes:
            found = self.evaluate("validation", 1)
            if found is None:
                self._save()
                return False
        lr, error = ScheduleState.from_dict(state.schedule).lr, found.get("top1_error_pct")
        state.schedule = after_pass(self.schedule, ScheduleState.from_dict(state.schedule), done,
                                    error if scheduled else None).to_dict()
        entry = {"pass": done, "training_error_pct": state.this_pass.error_pct, "loss": state.this_pass.mean_loss,
                 "validation_top1_error_pct": error, "validation_top5_error_pct": found.get("top5_error_pct"),
                 "validation_loss": found.get("loss"), "lr": lr, "training_s": state.training_s,
                 "images_per_s": self.images_per_s}
        if error is not None and (state.best is None or error < state.best["validation_top1_error_pct"]):
            state.best = {"pass": done, "validation_top1_error_pct": error}
        if self.log:
            self.log.add("pass", state, {name: value for name, value in entry.items() if name != "pass"})
        state.curve.append(entry)
        state.passes, state.batch, state.line, state.this_pass = done, 0, Sums(), Sums()
        self.bar.close()
        self.say(pass_line(entry, settings.passes))
        self._save()
        return True

    def _save(self) -> None:
        """A checkpoint of the state as it is, by the first process, unless there is one."""
        if not self.group.is_first:
            return
        self.state.log_bytes, self.state.scaler = self.log.save(), self.precision.scaler.state_dict()
        if not self.updates.are_finite():
            raise self._diverged(f"a weight is not finite after step {self.state.step}")
        save_checkpoint(self.out / CHECKPOINTS, self.state.step, self.updates.tensors(), {"run": self.state.to_dict()})
        self.saved_step, self.saved_at = self.state.step, time.monotonic()

    def _diverged(self, what: str) -> TrainingError:
        before = "there is no checkpoint yet" if self.saved_step is None else (
            f"the checkpoint before is that of step {self.saved_step}")
        return TrainingError(f"{what}; {before}: begin anew with another --out and a lower --lr, now "
                             f"{self.settings.lr:g}")
