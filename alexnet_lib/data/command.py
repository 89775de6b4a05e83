"""``python -m alexnet_lib data``: its options, and the calls."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from alexnet_lib.files import one_line

__all__ = ["add_data", "at_least_one"]


def add_data(verbs) -> None:
    """Add the verb to the command line's."""
    verb = verbs.add_parser("data", help="fetch and verify CIFAR-10, or prepare folders of photographs",
                            description="Without an action: fetch CIFAR-10 once and verify it. $ALEXNET_DATA says "
                                        "where; default ~/.cache/alexnet_lib.")
    verb.set_defaults(call=_data)
    actions = verb.add_subparsers(metavar="ACTION")
    action = actions.add_parser("photographs", help="bring Imagenette or ILSVRC to 256x256, once",
                                description="Bring the photographs in FOLDER/train/<synset>/ and FOLDER/val/ to "
                                            "256x256 and keep them with their mean image and colour statistics. "
                                            "Interrupt it whenever you like: the same command goes on, and checks "
                                            "what is done.")
    action.add_argument("folder", type=Path, metavar="FOLDER", help="holds train/ and val/")
    action.add_argument("--out", type=Path, metavar="CACHE",
                        help="where the results go, 197 kB a picture (default: photographs/FOLDER in $ALEXNET_DATA)")
    action.add_argument("--on-bad", default="refuse", metavar="refuse|skip",
                        help="what to do about a picture that cannot be used (default: refuse)")
    action.add_argument("--exif", default="ignore", metavar="ignore|apply",
                        help="what to do about the orientation noted by the camera (default: ignore)")
    action.add_argument("--labels", type=Path, metavar="FILE",
                        help="for a flat val/: lines `file synset`, such as Kaggle's LOC_val_solution.csv")
    action.add_argument("--decoder", default="pillow", metavar="pillow|gpu",
                        help="what decodes JPEGs; gpu needs an NVIDIA GPU and gives slightly other pixels (default: "
                             "pillow)")
    action.add_argument("--jobs", type=at_least_one, help="processes (default: one a core)")
    action.set_defaults(call=_data_photographs)


def at_least_one(text: str) -> int:
    """Read a whole number from 1 up, for argparse."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 up, not {text!r}")
    return int(text)


def _data(args) -> None:
    from alexnet_lib.data import cifar10

    folder = cifar10.fetch()
    cifar10.verify()
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"CIFAR-10: 50,000 + 10,000 images, verified, {size / 1e6:.0f} MB in {folder}")


def _data_photographs(args) -> None:
    from alexnet_lib.data.photograph_folders import SPLITS
    from alexnet_lib.data.prepared import default_cache, load_prepared, prepare, statistics

    cache = args.out or default_cache(args.folder)
    splits = [split for split in SPLITS if os.path.isdir(args.folder / split)] or SPLITS[:1]
    for split in splits:
        report = prepare(args.folder, cache, split, args.on_bad, args.exif, args.jobs, labels_file=args.labels,
                         decoder=args.decoder)
        photographs = load_prepared(cache, split)
        print(f"{split}: {report.photographs:,} photographs of {len(photographs.synsets)} classes, "
              f"{report.photographs * 256 * 256 * 3 / 1e9:.2f} GB in {photographs.place}; "
              f"{report.made} shards made, {report.kept} kept")
        if report.remade:
            print(f"  damaged or mended, and made again: {', '.join(report.remade)}")
        for path, reason in report.skipped[:10]:
            print(f"  left out: {one_line(path)} ({reason})")
        if len(report.skipped) > 10:
            print(f"  left out: {len(report.skipped) - 10} more, see {photographs.place / 'index.json'}")
    if "train" in splits:
        red, green, blue = statistics(cache).pca.mean
        print(f"train: mean red {red:.2f}, green {green:.2f}, blue {blue:.2f}")
