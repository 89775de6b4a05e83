"""Preparing folders of photographs once, in parallel; `alexnet_lib.data.prepared` opens the result.

What a cache holds for each split:

===================  =======================================================================================
``00000.npy`` ...    shards, (up to 256, 256, 256, 3) uint8, 50 MB: shard k holds the pictures from 256 k to
                     256 k + 255 of the listing, less those that were left out
``shards.jsonl``     a line with the settings, then one for each finished shard: rows, SHA-256, left out; each line with
                     a checksum of itself: one that is damaged does not count, and its shard is made again
``index.json``       written last: settings, paths, labels, synsets, shards, left out, and a checksum
===================  =======================================================================================

The bytes depend on the photographs, the settings and the decoder, and on nothing else: neither on the number of
processes nor on interruptions. A shard is written, renamed, then noted. Whatever is interrupted, killed or damaged, the
same call goes on from the shards that are as noted.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import shutil
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import NamedTuple

import numpy as np
import PIL
from filelock import FileLock, Timeout
from PIL import features
from tqdm.auto import tqdm

from alexnet_lib.data.photograph_folders import SPLITS, PhotographError, Photographs, find_photographs
from alexnet_lib.data.photographs import EXIF, SIDE, prepare_photographs
from alexnet_lib.data.processes import results_of, usable_cores
from alexnet_lib.data.shards import FORMAT, ROW_BYTES, shard_header, shard_name
from alexnet_lib.files import expanded, file_digest, json_digest, remove_partials, sealed, unsealed, write_whole

__all__ = ["DECODERS", "ON_BAD", "SHARD", "Report", "prepare"]

DECODERS = ("pillow", "gpu")
ON_BAD = ("refuse", "skip")
SHARD = 256  # pictures, 50 MB

#: what the first line of the journal has, and each of the others
_HEAD = {"settings": dict, "photographs": int, "listing": str, "decoder": str}
_ENTRY = {"number": int, "rows": int, "sha256": str, "skipped": list}


class Report(NamedTuple):
    """What `prepare` did.

    ``photographs``: pictures in the cache. ``made``, ``kept``: shards made now, and found as noted. ``remade``: files
    of shards that were damaged, or whose mended pictures could now be used. ``skipped``: (path, what is wrong with it).
    """

    photographs: int
    made: int
    kept: int
    remade: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]


class _Shard(NamedTuple):
    """One piece of work. ``known``: what was noted of this shard when it was made."""

    number: int
    paths: list[str]
    known: dict | None


def prepare(folder: Path | str, cache: Path | str, split: str = "train", on_bad: str = "refuse", exif: str = "ignore",
            jobs: int | None = None, progress: bool = True, labels_file: Path | str | None = None,
            decoder: str = "pillow") -> Report:
    """Bring every photograph of a split to 256x256 and keep the results; what is done already is checked and kept.

    Args:
        folder: holds ``train/`` and ``val/``, see `find_photographs`.
        cache: where the results go, 197 kB a picture, a folder a split.
        on_bad: "refuse" a folder with a picture that cannot be used, or "skip" the picture and report it.
        exif: "ignore" or "apply" the orientation noted by the camera (OPEN-09).
        jobs: processes; default one a core; with a GPU always one.
        labels_file: for a flat ``val/``, see `find_photographs`.
        decoder: "pillow", in processes, or "gpu", in this one (`alexnet_lib.data.gpu_decoding`): not the same pixels,
            so a cache keeps to one of them.

    Raises:
        ValueError: unknown split, on_bad, exif, decoder or jobs, a cache among the photographs, or no GPU.
        PhotographError: a picture cannot be used, the cache has other settings or other photographs, another process
            is at work on it, or it cannot be written.
        KeyboardInterrupt: after the processes are stopped; finished shards are kept.
    """
    for name, value, allowed in (("on_bad", on_bad, ON_BAD), ("exif", exif, EXIF),
                                 ("decoder", decoder, DECODERS)):
        if value not in allowed:
            raise ValueError(f"unknown {name} {value!r}: choose one of {', '.join(allowed)}")
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs must be 1 or more, not {jobs}")
    if decoder == "gpu":
        jobs = 1
    jobs = jobs or usable_cores()
    decoder_name, pictures = _decoder(decoder)
    settings = {"format": FORMAT, "side": SIDE, "resize": "bicubic", "exif": exif, "shard": SHARD}
    if decoder != "pillow":  # caches made before there was another do not say so
        settings["decoder"] = decoder
    photographs = find_photographs(folder, split, labels_file)
    place = expanded(cache) / split
    if any(place.resolve().is_relative_to((photographs.folder / name).resolve()) for name in SPLITS):
        raise ValueError(f"the cache {cache} lies among the photographs: name a folder elsewhere")
    try:
        place.mkdir(parents=True, exist_ok=True)
        with FileLock(place / ".lock", timeout=0):
            work = functools.partial(_do_shard, photographs.folder, place, on_bad, exif, pictures)
            return _prepare_locked(photographs, place, settings, decoder_name, work, jobs, progress)
    except Timeout:
        raise PhotographError(f"another process is preparing {place}: wait for it, or name another cache") from None
    except OSError as error:
        raise PhotographError(f"cannot write to {place} ({error.strerror or error}): make room, or name another cache "
                              "(--out); finished shards are kept") from None
    except (BrokenProcessPool, MemoryError):
        raise PhotographError("a process was killed or ran out of memory: finished shards are kept; try again with "
                              "fewer --jobs") from None


def _decoder(decoder: str) -> tuple[str, Callable]:
    """What decodes, for the journal, and what brings some pictures to 256x256 with it."""
    pillow = f"Pillow {PIL.__version__}, libjpeg-turbo {features.version_feature('libjpeg_turbo')}"
    if decoder == "pillow":
        return pillow, prepare_photographs
    from alexnet_lib.data import gpu_decoding  # imports torch, which the processes do without

    return f"{gpu_decoding.decoder_name()}, {pillow}", gpu_decoding.prepare_on_gpu


def _prepare_locked(photographs: Photographs, place: Path, settings: dict, decoder: str, work: Callable, jobs: int,
                    progress: bool) -> Report:
    for leftover in place.glob("*.partial"):  # of a call that was killed
        if leftover.name.split(".")[0] not in ("mean_image", "statistics"):
            leftover.unlink(missing_ok=True)
    remove_partials(place)  # these are written without the lock, perhaps by another process at this moment
    _, paths, labels, synsets = photographs
    head, noted = _read_journal(place / "shards.jsonl", {
        "settings": settings, "photographs": len(paths), "listing": json_digest([paths, labels.tolist(), synsets]),
        "decoder": decoder})
    other_decoder = "" if decoder == head["decoder"] else (
        f"{place} was begun with {head['decoder']}, and {decoder} may decode to other pixels: install the former, name "
        "another cache (--out), or delete this one")
    shards = [_Shard(number, paths[start : start + SHARD], noted.get(number))
              for number, start in enumerate(range(0, len(paths), SHARD))]
    _check_room(place, shards)
    work = functools.partial(work, other_decoder)
    files: dict[str, list[str]] = {"made": [], "kept": [], "remade": []}
    with (tqdm(total=len(paths), desc=place.name, unit=" images", smoothing=0, disable=not progress) as bar,
          open(place / "shards.jsonl", "a") as journal,
          contextlib.closing(results_of(work, shards, jobs)) as results):
        for number, entry, what in results:
            if what == "kept":
                if progress:
                    bar.initial += len(shards[number].paths)  # does not count in the images a second
            else:
                noted[number] = entry
                journal.write(json.dumps(sealed(entry)) + "\n")
                journal.flush()
            bar.update(len(shards[number].paths))
            files[what].append(f"{place.name}/{shard_name(number)}")
    entries = [noted[shard.number] for shard in shards]
    count, skipped = _write_index(place / "index.json", photographs, head, entries)
    return Report(count, len(files["made"]), len(files["kept"]), tuple(sorted(files["remade"])), skipped)


def _read_journal(path: Path, head: dict) -> tuple[dict, dict[int, dict]]:
    """The first line, which must agree with ``head`` in all but the decoder, and what is noted of finished shards."""
    noted = {}
    if path.exists():
        lines = []
        for line in path.read_text(errors="replace").splitlines():
            with contextlib.suppress(ValueError):  # damaged, or the last line of a call that was killed
                lines.append(unsealed(line))
        if not lines or not _is_like(lines[0], _HEAD):
            raise PhotographError(f"{path} is damaged: delete {path.parent} and prepare it again")
        _check_same(path.parent, lines[0], head)
        head, noted = lines[0], {line["number"]: line for line in lines[1:] if _is_like(line, _ENTRY)}
    write_whole(path, "".join(json.dumps(sealed(line)) + "\n" for line in (head, *noted.values())).encode())
    return head, noted


def _is_like(line: object, parts: dict[str, type]) -> bool:
    return isinstance(line, dict) and all(type(line.get(name)) is kind for name, kind in parts.items())


def _check_same(place: Path, then: dict, now: dict) -> None:
    remedy = f"name another cache (--out), or delete {place}"
    for name in (*now["settings"], "decoder"):
        before, value = (settings.get(name, "pillow") for settings in (then["settings"], now["settings"]))
        if before != value:
            raise PhotographError(f"{place} was prepared with {name} {before!r}, not {value!r}: {remedy}")
    if then["listing"] != now["listing"]:
        raise PhotographError(f"{place} was prepared from other photographs or labels ({then['photographs']:,} "
                              f"pictures then, {now['photographs']:,} now): {remedy}")


def _check_room(place: Path, shards: list[_Shard]) -> None:
    needed = sum(len(s.paths) for s in shards if not (place / shard_name(s.number)).exists()) * ROW_BYTES
    free = shutil.disk_usage(place).free
    if needed > free:
        raise PhotographError(f"{place} needs {needed / 1e9:.1f} GB more, and {free / 1e9:.1f} GB are free: make room, "
                              "or name another cache (--out)")


def _write_index(path: Path, photographs: Photographs, head: dict, entries: list[dict]) -> tuple[int, tuple]:
    """Write the index if it differs; returns how many pictures there are, and those that were left out."""
    folder, paths, labels, synsets = photographs
    skipped = tuple(tuple(item) for entry in entries for item in entry["skipped"])
    left_out = {name for name, _ in skipped}
    if len(left_out) == len(paths):
        raise PhotographError(f"none of the {len(paths)} pictures of {folder} can be used ({skipped[0][0]}: "
                              f"{skipped[0][1]}): name another folder")
    kept = [i for i, name in enumerate(paths) if name not in left_out]
    index = {
        "settings": head["settings"], "decoder": head["decoder"], "synsets": list(synsets),
        "paths": [paths[i] for i in kept], "labels": labels[kept].tolist(), "skipped": skipped,
        "shards": [{"rows": entry["rows"], "sha256": entry["sha256"]} for entry in entries],
    }
    text = json.dumps(index | {"checksum": json_digest(index)}, indent=0).encode()
    if not path.is_file() or path.read_bytes() != text:
        write_whole(path, text)
    return len(kept), skipped


def _do_shard(folder: Path, place: Path, on_bad: str, exif: str, pictures: Callable, other_decoder: str,
              shard: _Shard) -> tuple[int, dict, str]:
    """Check one shard, or make it; returns its number, what to note of it, and "made", "kept" or "remade"."""
    number, paths, known = shard
    if known and (known["number"], known["rows"] + len(known["skipped"])) != (number, len(paths)):
        known = None  # a line from before lines had checksums, damaged
    file = place / shard_name(number)
    mended = known is not None and known["skipped"] and on_bad == "refuse"  # perhaps: then it is worth another try
    if known and not mended and file.is_file() and file_digest(file) == known["sha256"]:
        return number, known, "kept"
    if other_decoder:
        raise PhotographError(other_decoder)
    images, skipped = np.empty((len(paths), SIDE, SIDE, 3), np.uint8), []
    for i, (path, found) in enumerate(zip(paths, pictures(folder, paths, exif), strict=True)):
        if not isinstance(found, PhotographError):
            images[i - len(skipped)] = found
        elif on_bad == "refuse":
            raise PhotographError(f"{found}, or leave such pictures out (--on-bad skip)", found.reason) from None
        else:
            skipped.append([path, found.reason])
    rows = len(paths) - len(skipped)
    header, pixels = shard_header(rows), images[:rows].reshape(-1).data
    digest = hashlib.sha256(header)
    digest.update(pixels)
    entry = {"number": number, "rows": rows, "sha256": digest.hexdigest(), "skipped": skipped}
    if known and known["skipped"] == skipped and known != entry:
        raise PhotographError(f"some of the photographs from {paths[0]} to {paths[-1]} have changed since they were "
                              f"prepared: delete {place} to prepare all again, or name another cache (--out)")
    write_whole(file, header, pixels)
    return number, entry, "remade" if known else "made"
