"""The forms in which the paper's contents are written down: small frozen records that check themselves.

A record that is built is a record that is well formed: a claim without a full sentence, a number without
a unit or a choice without a reason is refused with a ``ValueError`` that names it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields

__all__ = [
    "NOT_MEASURED", "STATUSES", "UNITS",
    "AuthorRun", "Claim", "CodeDifference", "Deviation", "Notebook", "OpenChoice", "Quantity", "Reimplementation",
]

#: What can become of a claim in this project.
#: ``measured``: experiments give it a verdict, at CIFAR scale unless the notebook says otherwise.
#: ``exact``: a definition, a shape or a sum, checked without training.
#: ``context``: background, nothing to test.
#: ``not testable here``: needs ILSVRC-scale training or the hardware of 2012.
STATUSES = ("measured", "exact", "context", "not testable here")

#: One spelling for each unit; ``x`` is a ratio and ``no unit`` a coefficient of a formula.
UNITS = (
    "%", "percentage points", "x", "no unit",
    "images", "classes", "categories", "views",
    "parameters", "neurons", "values", "layers", "kernels", "maps", "pixels", "nets", "models",
    "bits", "FLOP", "updates", "images per second", "TFLOP/s",
    "passes", "days", "GPUs", "GB",
)

NOT_MEASURED = "not measured"


def _check_text(record: object, optional: tuple[str, ...] = ()) -> None:
    """Refuse a record one of whose text fields is blank or has stray white space."""
    for field in fields(record):  # type: ignore[arg-type]
        value = getattr(record, field.name)
        if not isinstance(value, str) or field.name in optional:
            continue
        if not value or value != value.strip() or "\n" in value:
            raise ValueError(
                f"{type(record).__name__}: field '{field.name}' is {value!r}; "
                "one line of text without white space at its ends is needed"
            )


def _check_id(record: object, pattern: str, example: str) -> None:
    """Refuse an id of the wrong form."""
    identifier = record.id  # type: ignore[attr-defined]
    if not re.fullmatch(pattern, identifier):
        raise ValueError(f"{type(record).__name__}: id {identifier!r} is not of the form {example}")


@dataclass(frozen=True)
class Quantity:
    """One number that a source prints, with its unit and the place where it stands."""

    name: str  # what is counted or measured
    value: float | int
    unit: str  # one of UNITS
    source: str  # "K12 §3.1", "K12 Table 1", "CHM layer.py"

    def __post_init__(self) -> None:
        _check_text(self)
        if type(self.value) not in (int, float) or not math.isfinite(self.value):
            raise ValueError(f"Quantity '{self.name}': value {self.value!r} is not a finite number")
        if self.unit not in UNITS:
            raise ValueError(f"Quantity '{self.name}': unknown unit {self.unit!r}; known: {', '.join(UNITS)}")


@dataclass(frozen=True)
class Claim:
    """One thing the paper says, in our words, and what this project does about it.

    The verdict is no field: it is computed from the recorded runs by the decision rule of the experiment.
    """

    id: str  # C01 … C75; a letter follows where a claim was split
    section: str  # of the NIPS paper: "3.1, Fig. 1"
    statement: str  # one sentence
    quantities: tuple[Quantity, ...]  # the numbers the paper gives with it
    how_tested: str  # one sentence
    notebook: str  # stem of the one notebook where the claim is at home
    status: str  # one of STATUSES
    tested_by: tuple[str, ...] = ()  # claims whose tests decide this one too

    def __post_init__(self) -> None:
        _check_id(self, r"C\d{2}[a-z]?", "C19 or C28b")
        _check_text(self)
        for name in ("statement", "how_tested"):
            text = getattr(self, name)
            if not text.endswith(".") or re.search(r"[.!?]\s+[A-Z]", text):
                raise ValueError(f"claim {self.id}: '{name}' must be one sentence that ends with a full stop")
        if self.status not in STATUSES:
            raise ValueError(f"claim {self.id}: unknown status {self.status!r}; known: {', '.join(STATUSES)}")
        names = [quantity.name for quantity in self.quantities]
        if len(set(names)) != len(names):
            raise ValueError(f"claim {self.id}: two quantities have the same name: {', '.join(names)}")

    @property
    def printed(self) -> dict[str, float]:
        """Name -> value of its numbers."""
        return {quantity.name: quantity.value for quantity in self.quantities}


@dataclass(frozen=True)
class Notebook:
    """A chapter of the course: the sections it reads and the one question it asks."""

    stem: str  # file name without .ipynb
    section: str  # of the NIPS paper
    question: str

    def __post_init__(self) -> None:
        _check_text(self)
        if not self.question.endswith("?"):
            raise ValueError(f"notebook {self.stem}: the question {self.question!r} has no question mark")


@dataclass(frozen=True)
class Deviation:
    """A place where the paper is plain and we do something else."""

    id: str
    section: str
    paper_says: str
    we_do: str
    why: str
    expected_effect: str
    measured_effect: str = NOT_MEASURED

    def __post_init__(self) -> None:
        _check_id(self, r"DEV-\d{2}", "DEV-01")
        _check_text(self)


@dataclass(frozen=True)
class OpenChoice:
    """A place where the paper leaves something open and we had to choose."""

    id: str
    section: str
    question: str  # what the paper leaves open
    we_choose: str
    why: str
    measured_effect: str = NOT_MEASURED

    def __post_init__(self) -> None:
        _check_id(self, r"OPEN-\d{2}", "OPEN-01")
        _check_text(self)


@dataclass(frozen=True)
class CodeDifference:
    """A place where the paper's text and a program differ.

    ``CODE-…``: the authors' own programs of 2011-13. ``LIB-…``: what libraries of today do by default.
    """

    id: str
    section: str
    paper: str
    code: str
    source: str  # the file in which the code was read

    def __post_init__(self) -> None:
        _check_id(self, r"(CODE|LIB)-\d{2}", "CODE-01 or LIB-01")
        _check_text(self)


@dataclass(frozen=True)
class AuthorRun:
    """A result noted in the released parameter files: ten views unless ``views`` says 1, one run each."""

    run: str  # the author's name of the net
    change: str  # what differs from the net it is compared with
    images: str  # "2010 test", "2012 validation", "2012 validation (inferred)"
    top1_pct: float
    top5_pct: float
    views: int = 10
    compared_with: str = ""  # the run it is compared with, on the same images

    def __post_init__(self) -> None:
        _check_text(self, optional=("compared_with",))
        if not 0 < self.top5_pct < self.top1_pct < 100:
            raise ValueError(
                f"run {self.run}: {self.top1_pct} and {self.top5_pct} are no top-1 and top-5 errors in %"
            )


@dataclass(frozen=True)
class Reimplementation:
    """What others measured with nets of this kind on the 50,000 validation images of ILSVRC-2012; one net each."""

    name: str
    top1_pct: float  # errors, not accuracies
    top5_pct: float
    views: int  # 1: the central crop
    differs: str  # from the paper's net and training
    source: str

    def __post_init__(self) -> None:
        _check_text(self)
        if not 0 < self.top5_pct < self.top1_pct < 100:
            raise ValueError(f"{self.name}: {self.top1_pct} and {self.top5_pct} are no top-1 and top-5 errors in %")
