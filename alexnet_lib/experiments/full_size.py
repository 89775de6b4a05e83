"""What full-size trainings on photographs left behind: ``figures/records/imagenette/*.json`` [K12 §5, §6].

Each file is the ``result.json`` of one ``python -m alexnet_lib train``, copied under the run's name.
"""

from __future__ import annotations

import json
from pathlib import Path

from alexnet_lib.experiments.protocol import Verdict
from alexnet_lib.experiments.records import RecordError, default_folder

__all__ = ["FOLDER", "WAIT_RULE", "judge_wait", "load_trainings", "wait_pct"]

FOLDER = "imagenette"

#: the share of the training time that may be spent waiting if it is to count as nothing, per cent
NOTHING_PCT = 5.0

WAIT_RULE = (
    "C36 (the altered images cost no time, as they are made while the net trains): the share of the training time that "
    f"is spent waiting for the next batch: reproduced if it is below {NOTHING_PCT:g} % in every recorded full-size "
    "training, else not reproduced."
)


def load_trainings(folder: Path | None = None) -> dict[str, dict]:
    """Name -> result of every recorded full-size training, by name.

    Raises:
        RecordError: a file is not a whole result.
    """
    found = {}
    for path in sorted((Path(folder or default_folder()) / FOLDER).glob("*.json")):
        try:
            result = json.loads(path.read_text())
            result["curve"], result["provenance"], result["validation"]["10"]  # noqa: B018
            found[path.stem] = result
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
            raise RecordError(f"{path} is damaged ({type(error).__name__}): delete it and copy result.json there again "
                              "from the folder of its training") from None
    return found


def wait_pct(result: dict) -> float:
    """Share of the training time in which the net waited for images, per cent."""
    return 100 * result["waited_for_data_s"] / result["training_s"]


def judge_wait(folder: Path | None = None) -> Verdict:
    """C36 by `WAIT_RULE`."""
    trainings = load_trainings(folder)
    if not trainings:
        return Verdict("no record yet", "`python -m alexnet_lib train --data FOLDER --net paper`")
    waits = {name: wait_pct(result) for name, result in trainings.items()}
    worst = max(waits, key=waits.get)
    label = "reproduced" if waits[worst] < NOTHING_PCT else "not reproduced"
    result = trainings[worst]
    return Verdict(label, f"full-size net on photographs, {result['images_per_s']:.0f} images/s on "
                          f"{result['provenance']['hardware']}: {waits[worst]:.1f} % of the time spent waiting for "
                          f"images ({len(waits)} trainings, the longest wait)")
