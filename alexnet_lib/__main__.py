"""The command line: ``python -m alexnet_lib VERB``. Each verb is a thin call into the library."""

from __future__ import annotations

import argparse
import shutil
import sys
import traceback
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Parse, call, and turn expected errors into one line and status 2."""
    args = _parser().parse_args(arguments)
    try:
        return args.call(args) or 0
    except KeyboardInterrupt:
        print("\ninterrupted: what was finished is kept, the same command goes on from there", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `... | head`
        sys.stderr.close()
        return 0
    except Exception as error:
        if not _is_expected(error):
            raise
        print(f"error: {error}", file=sys.stderr)
        return 2


def _is_expected(error: Exception) -> bool:
    """Whether the message was written for the user; anything else is a bug and shows its traceback."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds.intersection(("DataError", "RecordError", "RunnerError", "NotebookError")):
        return True
    ours = Path(traceback.extract_tb(error.__traceback__)[-1].filename).is_relative_to(Path(__file__).parent)
    return isinstance(error, ValueError) and ours


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m alexnet_lib", description="AlexNet, section by section.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

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
    action.add_argument("--jobs", type=_at_least_one, help="processes (default: one a core)")
    action.set_defaults(call=_data_photographs)

    verb = verbs.add_parser("experiments", help="list, run or look at the experiments behind the chapters")
    actions = verb.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("list", help="questions, rules, arms and budgets")
    action.add_argument("name", nargs="?", help="only this one, with its arms")
    action.set_defaults(call=_experiments_list)
    for word, text in (("run", "do every run that has no record yet; interrupt it whenever you like"),
                       ("status", "what is done and what is left")):
        action = actions.add_parser(word, help=text, description=text)
        action.add_argument("name", nargs="?" if word == "status" else None,
                            help="an experiment, see `experiments list`")
        action.add_argument("--budget", default="reduced", help="quick, reduced or full (default: reduced)")
        action.add_argument("--records", type=Path, help="folder of the records (default: figures/records)")
        action.set_defaults(call=_experiments_run if word == "run" else _experiments_status)
        if word == "run":
            action.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: auto)")
            action.add_argument("--jobs", type=_at_least_one,
                                help="runs side by side (default: one a core on CPU, one on a GPU)")
            action.add_argument("--only", default="", metavar="ARMS",
                                help="only these arms: names or parts of names, with commas between them")
            action.add_argument("--seeds", type=_at_least_one, metavar="N",
                                help="only the first N seeds of each arm (default: all of the budget)")

    verb = verbs.add_parser("claims", help="the ledger: what the paper claims, and what became of it")
    verb.add_argument("ids", nargs="*", help="e.g. C19; default all")
    verb.add_argument("--notebook", help="only the claims of one chapter, e.g. 02_relu")
    verb.add_argument("--markdown", action="store_true", help="as a Markdown table")
    verb.add_argument("--records", type=Path, help="folder of the records (default: figures/records)")
    verb.set_defaults(call=_claims)

    verb = verbs.add_parser("render", help="redraw the README's table and figures from the records")
    verb.set_defaults(call=_render)

    verb = verbs.add_parser("notebooks", help="run the notebooks, test them, or build the HTML edition")
    actions = verb.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("run", help="every notebook through papermill into build/, then the HTML edition")
    action.add_argument("names", nargs="*", help="e.g. 02_relu; default all")
    action.add_argument("--preset", default="quick", help="quick, reduced or full (default: quick)")
    action.add_argument("-p", "--parameter", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"),
                        help="set a parameter of the notebooks, as papermill does")
    action.add_argument("--force", action="store_true", help="also those that are unchanged since they last ran")
    action.add_argument("--no-book", action="store_true", help="leave the HTML edition alone")
    action.set_defaults(call=_notebooks_run)
    action = actions.add_parser("test", help="re-run the stored notebooks and compare their checked outputs (nbval)")
    action.add_argument("names", nargs="*", help="e.g. 02_relu; default all")
    action.set_defaults(call=_notebooks_test)
    action = actions.add_parser("book", help="build the HTML edition from what was executed")
    action.set_defaults(call=_notebooks_book)
    action = actions.add_parser("refresh", help="for authors: execute the stored notebooks and store their outputs")
    action.add_argument("names", nargs="*", help="e.g. 02_relu; default all")
    action.set_defaults(call=_notebooks_refresh)

    verb = verbs.add_parser("doctor", help="versions, device, data, disk: what would fail and how to mend it")
    verb.set_defaults(call=_doctor)
    return parser


def _at_least_one(text: str) -> int:
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
    from alexnet_lib.data.cifar10 import data_dir
    from alexnet_lib.data.photograph_folders import SPLITS
    from alexnet_lib.data.prepared import load_prepared, prepare, statistics

    cache = args.out or data_dir() / "photographs" / args.folder.resolve().name
    splits = [split for split in SPLITS if (args.folder / split).is_dir()] or SPLITS[:1]
    for split in splits:
        report = prepare(args.folder, cache, split, args.on_bad, args.exif, args.jobs, labels_file=args.labels)
        photographs = load_prepared(cache, split)
        print(f"{split}: {report.photographs:,} photographs of {len(photographs.synsets)} classes, "
              f"{report.photographs * 256 * 256 * 3 / 1e9:.2f} GB in {photographs.place}; "
              f"{report.made} shards made, {report.kept} kept")
        if report.remade:
            print(f"  damaged or mended, and made again: {', '.join(report.remade)}")
        for path, reason in report.skipped[:10]:
            print(f"  left out: {path} ({reason})")
        if len(report.skipped) > 10:
            print(f"  left out: {len(report.skipped) - 10} more, see {photographs.place / 'index.json'}")
    if "train" in splits:
        red, green, blue = statistics(cache).pca.mean
        print(f"train: mean red {red:.2f}, green {green:.2f}, blue {blue:.2f}")


def _experiments_list(args) -> None:
    from alexnet_lib.experiments.catalogue import EXPERIMENTS, experiment

    for item in [experiment(args.name)] if args.name else EXPERIMENTS.values():
        budgets = ", ".join(f"{b.name} ({b.seeds} seeds, {b.max_passes:g} passes)" for b in item.budgets)
        print(f"{item.name}: {item.title}\n  {item.question}")
        print(f"  claims {', '.join(item.claims)}; {len(item.arms)} arms; {budgets}")
        if args.name:
            print(f"  metric: {item.metric}\n  rule: {item.rule}")
            print("\n".join(f"  - {arm.name}" for arm in item.arms))


def _experiments_run(args) -> None:
    from alexnet_lib.experiments.catalogue import experiment
    from alexnet_lib.experiments.runner import run_experiment

    item = experiment(args.name)
    done = run_experiment(item, args.budget, args.records, args.device, args.jobs, args.only, args.seeds)
    print(f"{item.name} {args.budget}: " + (f"{done} runs done now" if done else "nothing left to do"))


def _experiments_status(args) -> None:
    from alexnet_lib.experiments.catalogue import EXPERIMENTS, experiment
    from alexnet_lib.experiments.records import load_records, pending, provenance_line

    for item in [experiment(args.name)] if args.name else EXPERIMENTS.values():
        records = load_records(item.name, item.budget(args.budget).name, args.records)
        left = pending(item, args.budget, args.records)
        print(f"{item.name} {args.budget}: {provenance_line(records)}")
        more = " (and the seeds that follow the search for a rate)" if any(r.seed >= 1000 for r in left) else ""
        print(f"  {len(left)} runs can be done now{more}" if left else "  complete")


def _claims(args) -> None:
    from alexnet_lib import paper
    from alexnet_lib.experiments.verdicts import ledger

    wanted = {paper.claim(name).id for name in args.ids}
    if args.notebook:
        wanted |= {claim.id for claim in paper.claims_of_notebook(args.notebook)}
    entries = [entry for entry in ledger(args.records) if not wanted or entry.claim.id in wanted]
    claims = [entry.claim for entry in entries]
    verdicts = {entry.claim.id: entry.verdict.text for entry in entries}
    if args.markdown:
        print(paper.claims_markdown(claims, verdicts=verdicts))
    else:
        width = min(max(shutil.get_terminal_size((100, 0)).columns, 40), 120)
        print(paper.claims_text(claims, verdicts=verdicts, width=width))


def _render(args) -> None:
    from alexnet_lib.render import render

    for path in render():
        print(path)


def _notebooks_run(args) -> int:
    from alexnet_lib.notebooks import run_notebooks

    return run_notebooks(args.names, args.preset, dict(args.parameter), force=args.force, book=not args.no_book)


def _notebooks_test(args) -> int:
    import subprocess

    from alexnet_lib.notebooks import test_command

    return subprocess.call(test_command(args.names))


def _notebooks_book(args) -> None:
    from alexnet_lib.notebooks import build_book

    print(f"open {build_book()}")


def _notebooks_refresh(args) -> int:
    from alexnet_lib.notebooks import refresh_notebooks

    return refresh_notebooks(args.names)


def _doctor(args) -> int:
    from alexnet_lib.doctor import checkup

    return checkup()


if __name__ == "__main__":
    sys.exit(main())
