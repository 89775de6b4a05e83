"""Folders of photographs: which files there are, and which class each belongs to [K12 §2].

Layouts: Imagenette v2 and ILSVRC, ``FOLDER/train/<synset>/*.JPEG`` and ``FOLDER/val/<synset>/*.JPEG``. ILSVRC's
``val/`` may also be flat, as it comes; then a file must say which synset each picture has (`find_photographs`).
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from alexnet_lib.data.cifar10 import DataError
from alexnet_lib.files import expanded

__all__ = ["IMAGENETTE_CLASSES", "SPLITS", "PhotographError", "Photographs", "find_photographs"]

SPLITS = ("train", "val")
SUFFIXES = (".jpeg", ".jpg", ".png", ".bmp", ".gif", ".ppm", ".tif", ".tiff", ".webp")
LABEL_FILES = ("val_labels.txt", "LOC_val_solution.csv", "imagenet_2012_validation_synset_labels.txt",
               "ILSVRC2012_validation_ground_truth.txt")

#: the ten synsets of Imagenette
IMAGENETTE_CLASSES = {
    "n01440764": "tench", "n02102040": "English springer", "n02979186": "cassette player", "n03000684": "chain saw",
    "n03028079": "church", "n03394916": "French horn", "n03417042": "garbage truck", "n03425413": "gas pump",
    "n03445777": "golf ball", "n03888257": "parachute",
}


class PhotographError(DataError):
    """Photographs are missing, damaged or unlabelled; one line that names the remedy.

    ``reason``: for a single picture, what is wrong with it.
    """

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class Photographs(NamedTuple):
    """The photographs of one split, in order of synset and file name.

    ``paths``: relative to ``folder``, with ``/``. ``labels``: (N,) int64, places in ``synsets``, which are sorted.
    """

    folder: Path
    paths: list[str]
    labels: np.ndarray
    synsets: tuple[str, ...]


def find_photographs(folder: Path | str, split: str, labels_file: Path | str | None = None) -> Photographs:
    """List the photographs of one split, with labels; nothing is opened.

    The classes are the folders in ``train/``, for both splits; those in ``val/`` if there is no ``train/``.

    Args:
        folder: holds ``train/`` and ``val/``.
        split: "train" or "val".
        labels_file: for a flat ``val/`` only. Its lines are ``file synset`` (Kaggle's ``LOC_val_solution.csv`` is such
            a file), or one synset a line, in the order of ILSVRC's numbers. Default: one of `LABEL_FILES` in
            ``folder`` or in ``val/``. The class numbers of ``ILSVRC2012_validation_ground_truth.txt`` are refused:
            their order is the development kit's own, and taken for sorted synsets they give wrong labels silently.

    Raises:
        ValueError: unknown split.
        PhotographError: nothing there, an empty or an unknown class, or pictures without a label.
    """
    if split not in SPLITS:
        raise ValueError(f"unknown split {split!r}: choose one of {', '.join(SPLITS)}")
    root = expanded(folder)
    place = root / split
    if not os.path.isdir(place):
        found = sorted(root.glob(f"*/{split}")) if os.path.isdir(root) else []
        inner = [path.parent for path in found if not (path / "shards.jsonl").exists()]
        remedy = f"name {inner[0]} instead" if inner else "name the folder that holds train/ and val/"
        raise PhotographError(f"there is no folder {place}: {remedy}")
    try:
        classes, flat = _subfolders(place), _pictures(place)
        if flat and (classes or split == "train"):
            raise PhotographError(f"{place} holds {len(flat)} pictures in no class folder, such as {flat[0]}: move "
                                  "them into the folder of their synset, or away")
        if classes:
            pairs = [(name, f"{name}/{file}") for name in classes for file in _pictures(place / name)]
        else:
            pairs = sorted(zip(_labels_of(flat, root, place, labels_file), flat, strict=True))
        synsets = _subfolders(root / "train") if (root / "train").is_dir() else sorted({name for name, _ in pairs})
    except OSError as error:
        raise PhotographError(f"cannot read {error.filename} ({error.strerror}): make it readable") from None
    if not pairs:
        raise PhotographError(f"{place} holds no photographs: unpack them there, a folder a synset")
    found = {name for name, _ in pairs}
    if split == "train" and (empty := [name for name in synsets if name not in found]):
        raise PhotographError(f"{place / empty[0]} holds no photographs: unpack them there or remove the folder")
    if unknown := sorted(found.difference(synsets)):
        raise PhotographError(f"{len(unknown)} classes of {place}, such as {unknown[0]}, are not in {root / 'train'}: "
                              "add them there, or take their pictures out")
    number = {name: i for i, name in enumerate(synsets)}
    return Photographs(root, [f"{split}/{path}" for _, path in pairs],
                       np.array([number[name] for name, _ in pairs], np.int64), tuple(synsets))


def _subfolders(place: Path) -> list[str]:
    with os.scandir(place) as entries:  # a folder named like a picture is a bad picture, not a class
        return sorted(e.name for e in entries if e.is_dir() and not _is_picture(e.name) and e.name[0] != ".")


def _pictures(place: Path) -> list[str]:
    return sorted(name for name in os.listdir(place) if _is_picture(name))


def _is_picture(name: str) -> bool:
    return name.lower().endswith(SUFFIXES) and name[0] != "."  # "._x.JPEG" is a file manager's


def _labels_of(names: list[str], root: Path, place: Path, labels_file: Path | str | None) -> list[str]:
    """The synset of each picture of a flat folder."""
    if not names:
        return []
    candidates = [expanded(labels_file)] if labels_file else [
        path / name for path in (root, place) for name in LABEL_FILES]
    file = next((path for path in candidates if os.path.isfile(path)), None)
    remedy = (f"put Kaggle's LOC_val_solution.csv, or val_labels.txt with a line `file synset` a picture, into {root}, "
              "or name such a file with --labels")
    if file is None:
        missing = f"{labels_file} is not there" if labels_file else f"{place} is flat and nothing says its labels"
        raise PhotographError(f"{missing}: {remedy}")
    table, number = {}, 0
    for line in file.read_text("utf-8-sig", "replace").splitlines():
        words = line.replace(",", " ").split()[:2]
        if not words or words[0] == "ImageId":  # the heading of Kaggle's file
            continue
        if not re.fullmatch(r"n\d{8}", words[-1]):
            raise PhotographError(f"{file} has the line {line[:40]!r}, which names no synset such as n01440764; class "
                                  f"numbers will not do, their order is not that of the synsets: {remedy}")
        number += 1
        table[Path(words[0]).stem if len(words) > 1 else f"ILSVRC2012_val_{number:08d}"] = words[-1]
    unlabelled = [name for name in names if Path(name).stem not in table]
    if unlabelled:
        raise PhotographError(f"{file} has no label for {len(unlabelled)} pictures, such as {unlabelled[0]}: {remedy}")
    return [table[Path(name).stem] for name in names]
