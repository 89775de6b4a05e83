"""What a training run says while it runs: a table on disk, TensorBoard if wanted, a bar, a printed line a pass."""

from __future__ import annotations

import contextlib
import csv
import os
import sys
import time
from pathlib import Path

from tqdm import tqdm

from alexnet_lib.training.settings import TrainingError
from alexnet_lib.training.state import TrainState

__all__ = ["COLUMNS", "LINE_EVERY_IMAGES", "Bar", "RunLog", "pass_line"]

#: images between two lines of the log, and more up to the end of a batch
LINE_EVERY_IMAGES = 2_000

#: kind: "line" or "pass", which holds the means over its images; times are those of training, without evaluation
COLUMNS = ("kind", "pass", "batch", "step", "images", "loss", "training_error_pct", "lr", "validation_top1_error_pct",
           "validation_top5_error_pct", "validation_loss", "training_s", "images_per_s")


class RunLog:
    """The table, ``log.csv``, and TensorBoard's files.

    Args:
        folder: the run's.
        state: where the run stands; lines that were written after its checkpoint are cut off.
        tensorboard: whether to write for TensorBoard too.
        report: is told in one line what is wrong with the log there is.

    Raises:
        TrainingError: TensorBoard is not installed.
        OSError: the log cannot be written.
    """

    def __init__(self, folder: Path, state: TrainState, tensorboard: bool = False, report=print) -> None:
        self.writer = _tensorboard(folder / "tensorboard", state.step) if tensorboard else None
        path = folder / "log.csv"
        there = path.stat().st_size if path.is_file() else 0
        if there < state.log_bytes:
            report(f"{path} has lost lines: it goes on with what there is")
        self.file = open(path, "r+" if path.is_file() else "w+", newline="")
        self.file.truncate(min(there, state.log_bytes))
        self.file.seek(0, os.SEEK_END)
        self.table = csv.DictWriter(self.file, COLUMNS)
        if self.file.tell() == 0:
            self.table.writeheader()

    def add(self, kind: str, state: TrainState, values: dict) -> None:
        """One line: what `values` says of some of `COLUMNS`, and where the run stands."""
        row = {"kind": kind, "pass": state.passes + 1, "batch": state.batch, "step": state.step,
               "images": state.images, **values}
        self.table.writerow({name: _short(value) for name, value in row.items()})
        self.file.flush()  # so that it can be followed
        if self.writer is not None:
            for name, value in values.items():
                if value is not None:
                    self.writer.add_scalar(f"{kind}/{name}", value, state.step)

    def save(self) -> int:
        """Bring what was written onto the disk; returns the length, for the checkpoint that follows."""
        self.file.flush()
        os.fsync(self.file.fileno())
        if self.writer is not None:
            self.writer.flush()
        return self.file.tell()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # the disk is full, as `add` has said
            self.file.close()
        if self.writer is not None:
            self.writer.close()


def _short(value):
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else value


def _tensorboard(folder: Path, step: int):
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise TrainingError("--tensorboard needs TensorBoard, which is not here: pip install tensorboard, or leave it "
                            "out (log.csv has the same numbers)") from None
    # What a TensorBoard shows of later steps belongs to work that was lost.
    return SummaryWriter(str(folder), purge_step=step + 1 if step else None)


class Bar:
    """A bar for each pass on a terminal: images/s, loss, training error, time left for the pass and for all.

    Args:
        passes: of the whole run.
        images: of one pass.
        shown: whether there is a bar; default: if stderr is a terminal.
    """

    def __init__(self, passes: int, images: int, shown: bool | None = None) -> None:
        self.passes, self.images = passes, images
        self.shown = sys.stderr.isatty() if shown is None else shown
        self.bar: tqdm | None = None
        self.start = time.monotonic(), 0

    def update(self, state: TrainState) -> None:
        """Show where the run stands."""
        if not self.shown:
            return
        done = state.this_pass.count
        if self.bar is None:
            self.bar = tqdm(total=self.images, initial=done, unit=" images", unit_scale=True, leave=False,
                            desc=f"pass {state.passes + 1}/{self.passes}")
            self.start = time.monotonic(), done
        self.bar.set_postfix_str(f"loss {state.this_pass.mean_loss:.3f}, training error "
                                 f"{state.this_pass.error_pct:.1f} %, all in {self._left(state)}", refresh=False)
        self.bar.update(done - self.bar.n)

    def _left(self, state: TrainState) -> str:
        since, before = self.start
        shown = state.this_pass.count - before
        if shown <= 0:
            return "?"
        left = self.passes * self.images - state.images
        return tqdm.format_interval(left * (time.monotonic() - since) / shown)

    def close(self) -> None:
        """Take the bar away, at the end of a pass."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None


def pass_line(entry: dict, passes: int) -> str:
    """The printed line of a finished pass."""
    said = [f"training error {entry['training_error_pct']:.2f} %, loss {entry['loss']:.4f}"]
    if entry["validation_top1_error_pct"] is not None:
        top5 = entry["validation_top5_error_pct"]
        said.append(f"validation top-1 {entry['validation_top1_error_pct']:.2f} %"
                    + ("" if top5 is None else f", top-5 {top5:.2f} %") + f", loss {entry['validation_loss']:.4f}")
    said.append(f"rate {entry['lr']:g}, {entry['images_per_s']:,.0f} images/s")
    return f"pass {entry['pass']} of {passes}: {'; '.join(said)}"
