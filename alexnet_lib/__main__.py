"""The command line: ``python -m alexnet_lib VERB``. Each verb is a thin call into the library."""

from __future__ import annotations

import argparse
import shutil
import sys
import traceback
from pathlib import Path

from alexnet_lib.classroom.command import add_classroom
from alexnet_lib.data.command import add_data, at_least_one
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
            action.add_argument("--jobs", type=at_least_one,
                                help="runs side by side (default: one a core on CPU, one on a GPU)")
            action.add_argument("--only", default="", metavar="ARMS",
                                help="only these arms: names or parts of names, with commas between them")
            action.add_argument("--seeds", type=at_least_one, metavar="N",
                                help="only the first N seeds of each arm (default: all of the budget)")

    action = actions.add_parser("keep", help="copy a finished training into the records",
                                description="Copy result and first-layer kernels of a finished `train` into the "
                                            "records, where the chapters show them.")
    action.add_argument("run", type=Path, metavar="RUN", help="the --out of the training")
    action.add_argument("--name", help="of the record (default: that of the folder)")
    action.add_argument("--records", type=Path, help="folder of the records (default: figures/records)")
    action.set_defaults(call=_experiments_keep)

    action = actions.add_parser("see", help="record what a finished training sees in photographs",
                                description="Record the most probable labels of validation photographs and their "
                                            "neighbours among the training photographs, as the paper's Figure 4 "
                                            "shows them: minutes on a CPU.")
    action.add_argument("run", type=Path, metavar="RUN", help="the --out of the training")
    action.add_argument("--data", required=True, help="the photographs it was trained on: their folder or cache")
    action.add_argument("--name", help="of the record (default: that of the folder)")
    action.add_argument("--records", type=Path, help="folder of the records (default: figures/records)")
    action.set_defaults(call=_experiments_see)

    add_train(verbs)

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

    add_classroom(verbs)

    verb = verbs.add_parser("doctor", help="versions, device, data, disk: what would fail and how to mend it")
    verb.set_defaults(call=_doctor)
    return parser


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


def _experiments_keep(args) -> None:
    from alexnet_lib.experiments.full_size import keep_training

    for path in keep_training(args.run, args.name, args.records):
        print(path)


def _experiments_see(args) -> None:
    from alexnet_lib.experiments.photographs_seen import see_photographs

    for path in see_photographs(args.run, args.data, args.name, args.records):
        print(path)


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
