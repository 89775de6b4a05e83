"""The command line: ``python -m alexnet_lib VERB``. Each verb is a thin call into the library."""

from __future__ import annotations

import argparse
import shutil
import sys
import traceback
from pathlib import Path

from alexnet_lib.classroom.command import add_classroom
from alexnet_lib.data.command import add_data, at_least_one
from alexnet_lib.experiments.command import add_experiments
from alexnet_lib.training.command import add_train

#: errors of the library whose message is one line for the user; named, as importing them would import torch
EXPECTED = ("DataError", "RecordError", "RunnerError", "NotebookError", "TrainingError", "CheckpointError")


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
    if {kind.__name__ for kind in type(error).__mro__}.intersection(EXPECTED):
        return True
    ours = Path(traceback.extract_tb(error.__traceback__)[-1].filename).is_relative_to(Path(__file__).parent)
    return isinstance(error, ValueError) and ours


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m alexnet_lib", description="AlexNet, section by section.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    add_data(verbs)

    add_experiments(verbs)
    add_train(verbs)

    verb = verbs.add_parser("claims", help="the ledger: what the paper claims, and what became of it")
    verb.add_argument("ids", nargs="*", help="e.g. C19; default all")
    verb.add_argument("--notebook", help="only the claims of one chapter, e.g. 02_relu")
    verb.add_argument("--markdown", action="store_true", help="as a Markdown table")
    verb.add_argument("--records", type=Path, help="folder of the records (default: figures/records)")
    verb.set_defaults(call=_claims)

    verb = verbs.add_parser("render", help="redraw the README's table and figures from the records")
    verb.set_defaults(call=_render)

    verb = verbs.add_parser("notebooks", help="run the notebooks, test them, or build the reading edition")
    actions = verb.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("run", help="every notebook through papermill into build/, then the reading edition")
    action.add_argument("names", nargs="*", help="e.g. 02_relu; default all")
    action.add_argument("--preset", default="quick", help="quick, reduced or full (default: quick)")
    action.add_argument("-p", "--parameter", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"),
                        help="set a parameter of the notebooks, as papermill does")
    action.add_argument("--force", action="store_true", help="also those that are unchanged since they last ran")
    action.add_argument("--no-book", action="store_true", help="leave the reading edition alone")
    action.add_argument("--jobs", type=at_least_one, metavar="N",
                        help="notebooks side by side; those that measure time run alone, after the others "
                             "(default: 2 where there are 2 cores and 8 GB of memory left, else 1)")
    action.add_argument("--shard", metavar="I/N",
                        help="only this machine's share: every N-th of the chosen notebooks, from the I-th on, "
                             "e.g. 2/8; makes no pages")
    action.add_argument("--build", type=Path, metavar="FOLDER", help="what to write into (default: build)")
    action.set_defaults(call=_notebooks_run)
    action = actions.add_parser("test", help="re-run the stored notebooks and compare their checked outputs (nbval)")
    action.add_argument("names", nargs="*", help="e.g. 02_relu; default all")
    action.set_defaults(call=_notebooks_test)
    action = actions.add_parser("book", help="build the reading edition from what was executed")
    action.add_argument("--build", type=Path, metavar="FOLDER", help="where notebooks/ of a run lies (default: build)")
    action.set_defaults(call=_notebooks_book)
    action = actions.add_parser("refresh", help="for authors: execute the stored notebooks and store their outputs")
    action.add_argument("names", nargs="*", help="e.g. 02_relu; default all")
    action.set_defaults(call=_notebooks_refresh)

    add_classroom(verbs)

    verb = verbs.add_parser("doctor", help="versions, device, data, disk: what would fail and how to mend it")
    verb.set_defaults(call=_doctor)
    return parser


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
    from alexnet_lib.shards import parse_shard

    shard = parse_shard(args.shard) if args.shard is not None else None
    return run_notebooks(args.names, args.preset, dict(args.parameter), force=args.force, book=not args.no_book,
                         build=args.build, jobs=args.jobs, shard=shard)


def _notebooks_test(args) -> int:
    import subprocess

    from alexnet_lib.notebooks import test_command

    return subprocess.call(test_command(args.names))


def _notebooks_book(args) -> None:
    from alexnet_lib.notebooks import build_book

    print(f"open {build_book(args.build)}")


def _notebooks_refresh(args) -> int:
    from alexnet_lib.notebooks import refresh_notebooks

    return refresh_notebooks(args.names)


def _doctor(args) -> int:
    from alexnet_lib.doctor import checkup

    return checkup()


if __name__ == "__main__":
    sys.exit(main())
