"""Figure 4 with the paper's net: what a full-size training sees in photographs [K12 §6.1, Fig. 4].

``python -m alexnet_lib experiments see RUN --data CACHE`` asks a finished training for the probabilities and the
neighbours of validation photographs among the training photographs. It leaves ``figures/records/photographs_seen/
<name>.json``, and beside it ``<name>.jpg``, one sheet of the photographs that are shown.
"""

from __future__ import annotations

import datetime
import io
import time
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from alexnet_lib.data.augment import Augmentation, centre_crop
from alexnet_lib.data.photograph_folders import IMAGENETTE_CLASSES, PhotographError
from alexnet_lib.data.prepared import PreparedPhotographs
from alexnet_lib.experiments.mistakes import bootstrap_mean
from alexnet_lib.experiments.records import RecordError, check_kept, default_folder, read_all, write_lines
from alexnet_lib.experiments.retrieval import NEIGHBOURS, last_hidden, one_of_each, ranks
from alexnet_lib.experiments.statistics import Estimate
from alexnet_lib.files import file_digest, write_whole
from alexnet_lib.training.precision import Precision, choose_precision
from alexnet_lib.training.provenance import provenance
from alexnet_lib.training.sets import open_sets, open_source
from alexnet_lib.training.weights import load_trained

__all__ = ["FOLDER", "PANELS", "ROWS", "SIDE", "PhotographsSeen", "load_photographs_seen", "see_photographs"]

FOLDER = "photographs_seen"

PANELS, ROWS = 8, 5  # photographs with their labels, and with their neighbours [K12 Fig. 4]
QUERIES = 1_000  # or somewhat more validation photographs ask for neighbours, spread evenly over the classes
SIDE = 96  # pixels, of a photograph on the sheet
COLUMNS = 12  # of the sheet
AT_ONCE = 125  # photographs

_DRAWN = "drawn at random from those that ask (seed 0), of as many classes"


class PhotographsSeen(NamedTuple):
    """A record of this module: ``record`` as in the file, ``pictures`` (N, 96, 96, 3) uint8, by their number in it."""

    record: dict
    pictures: np.ndarray

    def estimate(self, name: str) -> Estimate:
        """One of the record's measures, with its interval over the photographs that asked."""
        return Estimate(**self.record["measures"][name])


class _Answers(NamedTuple):
    probabilities: np.ndarray  # (Q, classes)
    by_vector: Tensor  # (Q, k), rows of the gallery
    by_pixels: Tensor
    rank: Tensor  # (Q, k), in pixels, of those by vector


def see_photographs(run: Path | str, data: Path | str, name: str | None = None, folder: Path | None = None,
                    progress: bool = True) -> list[Path]:
    """Look at photographs through a finished training, and record what it sees.

    Args:
        run: folder of the training.
        data: the photographs that it was trained on: their folder, or the cache made of it.
        name: of the record; default that of the folder.
        folder: of the records; default ``figures/records``.
        progress: show bars.

    Returns:
        The files that were written.

    Raises:
        TrainingError: the training is not finished, or its weights are damaged.
        DataError: the photographs are missing, damaged, or are not those of the training.
    """
    clock = time.perf_counter()
    device = torch.device("cpu")
    net, trained = load_trained(run)
    source = open_source(str(data), None, False, progress)
    sets = open_sets(source, Augmentation(size=net.config.image_size), device, 0, None)
    if sets.checksum != trained["data"]["checksum"]:
        raise PhotographError(f"{data} does not hold the photographs that {run} was trained on (checksum "
                              f"{sets.checksum}, not {trained['data']['checksum']}): name those")
    asking = np.arange(0, len(source.validation), max(1, len(source.validation) // QUERIES))
    amp = choose_precision("auto", device, net.config.image_size)
    found = _ask(net, sets, asking, Precision(amp, device), progress)
    labels = source.train.labels
    asked = source.validation.labels[asking]
    shown = _Shown(source.validation, source.train, net.config.image_size)
    generator = np.random.default_rng(0)
    panels = [shown.panel(asking[i], found.probabilities[i]) for i in one_of_each(asked, PANELS, generator)]
    rows = [shown.row(asking[i], found.by_vector[i], found.by_pixels[i]) for i in one_of_each(asked, ROWS, generator)]
    right = {kind: (labels[chosen.numpy()] == asked[:, None]).mean(1)
             for kind, chosen in (("vectors", found.by_vector), ("pixels", found.by_pixels))}
    measures = {
        "precision_at_6_vectors_pct": bootstrap_mean(100 * right["vectors"]),
        "precision_at_6_pixels_pct": bootstrap_mean(100 * right["pixels"]),
        "precision_at_6_difference": bootstrap_mean(100 * (right["vectors"] - right["pixels"])),
    }
    place = Path(folder or default_folder()) / FOLDER / f"{name or Path(run).resolve().name}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    sheet = place.with_suffix(".jpg")
    write_whole(sheet, _sheet(shown.pictures))
    record = {
        "nets": 1, "weights": trained["digest"], "gallery": len(labels), "queries": len(asking),
        "vector": net.classifier.fc8.in_features, "pixels": 3 * net.config.image_size**2, "precision": amp,
        "measures": {key: {"value": value.value, "low": value.low, "high": value.high, "n": value.n}
                     for key, value in measures.items()},
        "median_pixel_rank_pct": 100 * float(found.rank.double().median()) / len(labels),
        "classes": [IMAGENETTE_CLASSES.get(synset, synset) for synset in source.train.synsets],
        "chosen": f"{PANELS} and {ROWS} photographs, {_DRAWN}",
        "panels": panels, "rows": rows, "pictures": {"file": sheet.name, "sha256": file_digest(sheet)},
        "provenance": {"date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
                       "time_s": round(time.perf_counter() - clock, 1), "data": sets.checksum, **provenance(device)},
    }
    return [write_lines(place, record), sheet]  # written last: a record has its pictures


@torch.no_grad()
def _ask(net, sets, asking: np.ndarray, precision: Precision, progress: bool) -> _Answers:
    """Hidden vectors and pixels of all photographs, a few at a time: the pixels of all would take gigabytes."""
    from tqdm.auto import tqdm

    def batches(stream, text: str):
        with tqdm(total=len(stream), desc=text, unit=" images", disable=not progress) as bar:
            for images, _ in stream.in_order(AT_ONCE):
                with precision.layers():
                    vectors = last_hidden(net, images)
                yield images.flatten(1), vectors.float()
                bar.update(len(images))

    wanted, start, asked = torch.zeros(len(sets.validation), dtype=torch.bool), 0, []
    wanted[asking] = True
    for pixels, vectors in batches(sets.validation, "validation photographs"):
        kept = wanted[start : start + len(pixels)]
        asked.append((pixels[kept], vectors[kept]))
        start += len(pixels)
    own_pixels, own_vectors = (torch.cat(parts) for parts in zip(*asked, strict=True))
    in_pixels, in_vectors = [], []
    for pixels, vectors in batches(sets.train, "training photographs"):
        for distances, own, other in ((in_pixels, own_pixels, pixels), (in_vectors, own_vectors, vectors)):
            distances.append(torch.addmm(other.square().sum(1), own, other.T, alpha=-2))  # (Q, batch)
    in_pixels, in_vectors = torch.cat(in_pixels, 1), torch.cat(in_vectors, 1)  # (Q, N)
    by_vector, by_pixels = (distances.topk(NEIGHBOURS, largest=False).indices for distances in (in_vectors, in_pixels))
    return _Answers(net.classifier.fc8(own_vectors).softmax(1).numpy(), by_vector, by_pixels,
                    ranks(in_pixels, by_vector))


class _Shown:
    """Collects the photographs that are shown, and what is said of them."""

    def __init__(self, asking: PreparedPhotographs, gallery: PreparedPhotographs, size: int) -> None:
        self.asking, self.gallery, self.size, self.pictures = asking, gallery, size, []

    def _add(self, of: PreparedPhotographs, row: int) -> dict:
        crop = centre_crop(torch.from_numpy(of.rows([row])), self.size)[0]  # what the net sees
        self.pictures.append(Image.fromarray(crop.numpy()).resize((SIDE, SIDE), Image.Resampling.LANCZOS))
        return {"picture": len(self.pictures) - 1, "label": int(of.labels[row]), "path": of.paths[row]}

    def panel(self, row: int, probabilities: np.ndarray) -> dict:
        """A photograph and its five most probable labels."""
        best = np.argsort(-probabilities)[:5]
        return self._add(self.asking, row) | {"top5": [[int(i), round(float(probabilities[i]), 4)] for i in best]}

    def row(self, row: int, by_vector: Tensor, by_pixels: Tensor) -> dict:
        """A photograph and its neighbours."""
        return self._add(self.asking, row) | {
            kind: [self._add(self.gallery, int(other)) for other in chosen]
            for kind, chosen in (("vectors", by_vector), ("pixels", by_pixels))}


def _sheet(pictures: list[Image.Image]) -> bytes:
    """All pictures in one JPEG, in rows of `COLUMNS`; its blocks of 16 pixels do not cross from one to the next."""
    sheet = Image.new("RGB", (SIDE * COLUMNS, SIDE * -(-len(pictures) // COLUMNS)))
    for number, picture in enumerate(pictures):
        sheet.paste(picture, (SIDE * (number % COLUMNS), SIDE * (number // COLUMNS)))
    written = io.BytesIO()
    sheet.save(written, "JPEG", quality=80)
    return written.getvalue()


def load_photographs_seen(folder: Path | None = None) -> dict[str, PhotographsSeen]:
    """Name -> what was recorded, by name; empty if nothing was.

    Raises:
        RecordError: a file is missing or damaged.
    """
    place = Path(folder or default_folder()) / FOLDER
    remedy = "run `python -m alexnet_lib experiments see RUN --data CACHE` again"
    found = {}
    for name, record in read_all(place, itemgetter("measures", "panels", "rows", "pictures"), remedy).items():
        try:
            check_kept(record, "pictures", "sha256")
        except (KeyError, TypeError, ValueError):
            raise RecordError(f"{place / name}.json is damaged (its pictures): {remedy}") from None
        path = place / record["pictures"]["file"]
        if not path.is_file() or file_digest(path) != record["pictures"]["sha256"]:
            raise RecordError(f"{path} is missing or damaged: {remedy}")
        with Image.open(path) as opened:
            sheet = np.asarray(opened)
        tiles = sheet.reshape(-1, SIDE, COLUMNS, SIDE, 3).swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)
        found[name] = PhotographsSeen(record, tiles)
    return found
