"""What is trained and how: the settings of a training run, checked before anything is started.

`TrainSettings` decide the result, and a run that goes on must have those it began with. `MachineSettings` say where
and how fast; they may change from one day to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import get_type_hints

from alexnet_lib.data.augment import COLOUR_FORMS, Augmentation
from alexnet_lib.files import one_line
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.nets.build import NetConfig
from alexnet_lib.nets.cifar import NETS as CIFAR_NETS
from alexnet_lib.nets.cifar import CifarNetConfig
from alexnet_lib.training.rates import RULES
from alexnet_lib.training.schedules import Schedule

__all__ = ["AMP", "NETS", "MachineSettings", "TrainSettings", "TrainingError", "net_config"]

#: name -> its configuration, from the fields that differ
NETS = {
    "paper": AlexNetConfig, "one-gpu": AlexNetConfig.one_gpu, "released": AlexNetConfig.released,
    "small": AlexNetConfig.small, "small-one-gpu": AlexNetConfig.small_one_gpu,
    **{name: partial(CifarNetConfig, name) for name in CIFAR_NETS},
}

AMP = ("auto", "off", "bf16", "fp16")
COLOUR_NOISE = ("auto", "off", *COLOUR_FORMS)

COLOUR_SIGMA = 0.1  # K12 §4.1

#: which of `TrainSettings` may change while a run goes on: `passes` upward, `micro_batch` but for rounding
MAY_CHANGE = ("passes", "micro_batch")

_TYPES = {int: "a whole number", float: "a number", bool: "true or false", str: "a word"}


class TrainingError(RuntimeError):
    """The training cannot start or go on; the message is one line that names the remedy."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


@dataclass(frozen=True)
class TrainSettings:
    """What decides the result; defaults are the paper's [K12 §5]."""

    net: str = "paper"  # one of NETS
    changes: tuple[str, ...] = ()  # FIELD=VALUE: fields of the net's configuration that differ
    passes: int = 90  # over the training images [K12 §5]
    batch_size: int = 128  # images an update, of all processes together
    micro_batch: int | None = None  # images that a process works on at a time; None: its share of the batch
    lr: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 0.0005
    rule: str = "paper"  # one of rates.RULES: who gets which rate and decay
    schedule: str = "plateau"  # plateau | constant | passes after which the rate is divided by ten: "30,60,80"
    patience: int = Schedule.patience  # passes without a better validation error before a plateau divides the rate
    seed: int = 0  # decides weights, order, crops, mirrors, colour noise and dropout masks
    colour_noise: str = "auto"  # auto | off | one of augment.COLOUR_FORMS, with sigma 0.1 [K12 §4.1]
    mirror: bool = True  # left and right exchanged half the time
    amp: str = "auto"  # one of AMP: in which precision layers compute
    evaluate_every: int = 1  # passes between looks at the validation images
    images: int | None = None  # only so many images of each set, for trying out; None: all

    def __post_init__(self) -> None:
        for name in ("passes", "batch_size", "micro_batch", "patience", "evaluate_every", "images"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{_flag(name)} must be at least 1, not {value}")
        if self.micro_batch and self.micro_batch > self.batch_size:
            raise ValueError(f"--micro-batch {self.micro_batch} is larger than --batch-size {self.batch_size}: choose "
                             "a part of the batch, or leave it out")
        for name, allowed in (("net", NETS), ("rule", RULES), ("colour_noise", COLOUR_NOISE), ("amp", AMP)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"unknown {_flag(name)} {getattr(self, name)!r}: choose one of {', '.join(allowed)}")
        for name, low, high, range_ in (("lr", 0, float("inf"), "above 0"), ("momentum", 0, 1, "from 0 to below 1"),
                                        ("weight_decay", 0, float("inf"), "0 or more"),
                                        ("seed", 0, 2**63, "from 0 to 2^63 - 1")):
            value = getattr(self, name)
            if not low <= value < high or (name == "lr" and value == 0):
                raise ValueError(f"{_flag(name)} must be {range_}, not {value}")
        self.when_to_reduce()

    def when_to_reduce(self) -> Schedule:
        """The schedule of the learning rate."""
        if self.schedule in ("plateau", "constant"):
            return Schedule(self.schedule, patience=self.patience)
        try:
            passes = tuple(map(int, self.schedule.split(",")))
        except ValueError:
            raise ValueError(f"unknown --schedule {self.schedule!r}: choose plateau, constant, or passes such as "
                             "30,60,80") from None
        return Schedule("passes", passes=passes)

    def to_dict(self) -> dict:
        """Plain values, for checkpoints and results."""
        return asdict(self) | {"changes": list(self.changes)}

    def augmentation(self, image_size: int) -> Augmentation:
        """Crops of this many pixels, mirrors and colour noise; ``colour_noise`` must be resolved."""
        noise = {} if self.colour_noise == "off" else {"colour_sigma": COLOUR_SIGMA, "colour_form": self.colour_noise}
        return Augmentation(size=image_size, mirror=self.mirror, **noise)


@dataclass(frozen=True)
class MachineSettings:
    """Where and how fast; no part of the result but for rounding."""

    device: str = "auto"  # auto | cpu | cuda | mps
    workers: int | None = None  # processes that read photographs; None: as suits the device
    compile: bool = False  # torch.compile
    checkpoint_minutes: float = 5.0  # between checkpoints; there is one after each pass as well
    stop_after: float | None = None  # minutes, then a checkpoint and the end; None: at the last pass
    tensorboard: bool = False
    test: bool = False  # look at the test images too, at the very end

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 0:
            raise ValueError(f"--workers must be 0 or more, not {self.workers}")
        for name in ("checkpoint_minutes", "stop_after"):
            value = getattr(self, name)
            if value is not None and not value >= 0:
                raise ValueError(f"{_flag(name)} must be 0 or more minutes, not {value}")


def check_same(then: dict, now: dict, place: str) -> None:
    """Refuse to go on with other settings than a run began with.

    Args:
        then, now: what `TrainSettings.to_dict` gave.
        place: the run's folder, for the message.

    Raises:
        TrainingError: names the first setting that differs.
    """
    for name, value in now.items():
        before = then.get(name)
        if before == value or name in MAY_CHANGE and (name != "passes" or value > before):
            continue
        if name == "passes":
            raise TrainingError(f"{place} was begun with --passes {before}, which may grow but not shrink to {value}: "
                                "give as many, or another --out")
        raise TrainingError(f"{place} was begun with {_flag(name)} {_shown(before)}, not {_shown(value)}: give the "
                            "same, or another --out")


def net_config(name: str, changes: Sequence[str] = (), classes: int | None = None) -> NetConfig:
    """The configuration of a named net with some fields changed.

    Args:
        name: one of `NETS`.
        changes: each ``FIELD=VALUE``; a tuple's values have commas between them.
        classes: how many the data have.

    Raises:
        ValueError: an unknown field, a value of another type, or a net that does not go with the classes.
    """
    make = NETS[name]
    kind = type(make())
    fixed = "classes" if kind is AlexNetConfig else "net"  # the data, and --net, say these
    allowed = [field.name for field in fields(kind) if field.name != fixed]
    values = {}
    for change in changes:
        field, equals, text = change.partition("=")
        if not equals or field not in allowed:
            raise ValueError(f"--set {change!r}: give FIELD=VALUE, FIELD one of {', '.join(allowed)}")
        values[field] = _parse(field, get_type_hints(kind)[field], text)
    if kind is AlexNetConfig:
        return make(**values, **({} if classes is None else {"classes": classes}))
    if classes not in (None, 10):
        raise ValueError(f"--net {name} has 10 classes and the data have {classes}: choose one of "
                         f"{', '.join(n for n in NETS if n not in CIFAR_NETS)}")
    return make(**values)


def _parse(field: str, kind: type, text: str):
    parts = getattr(kind, "__args__", None)  # tuple[int, ...]
    if parts:
        return tuple(_parse(field, parts[0], part) for part in text.split(",") if part)
    try:
        return {"true": True, "false": False}[text.lower()] if kind is bool else kind(text)
    except (ValueError, KeyError):
        raise ValueError(f"--set {field}={one_line(text)}: {field} must be {_TYPES[kind]}, not {text!r}") from None


def _flag(name: str) -> str:
    return {"changes": "--set"}.get(name, "--" + name.replace("_", "-"))


def _shown(value) -> str:
    return " ".join(value) or "nothing" if isinstance(value, list) else f"{value}"
