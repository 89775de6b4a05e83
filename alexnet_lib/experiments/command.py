"""``python -m alexnet_lib experiments``: its options, and the calls."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from alexnet_lib.data.command import at_least_one
from alexnet_lib.shards import parse_shard

__all__ = ["add_experiments"]

RUN = """
examples:
  one experiment, on this machine:
    python -m alexnet_lib experiments run relu_speed
  all of them on one GPU, the whole programme:
    python -m alexnet_lib experiments run all --budget full
  the second of eight machines, which share it out; the others are given 1/8, 3/8 and so on:
    python -m alexnet_lib experiments run all --budget full --shard 2/8

Interrupt it, kill it, lose the power: finished runs are kept, and the same command goes on. Shards need not know of one
another: they may write into one folder on a shared disk, or into a folder each, and `experiments merge` joins those.
"""

SUBMIT = """
examples:
  eight jobs of a GPU each, as one array:
    python -m alexnet_lib experiments submit all --budget full --shards 8 --partition gpu --set account=lab
  two processes of this machine, to try it out:
    python -m alexnet_lib experiments submit cifar_norm --budget quick --shards 2 --executor local --wait

A job whose time is up, or that is preempted, is put into the queue again and goes on. When all jobs are over, the same
command does what is left: runs with a record are not repeated. Needs the package submitit.
"""


def add_experiments(verbs) -> None:
    """Add the verb to the command line's."""
    verb = verbs.add_parser("experiments", help="list, run or look at the experiments behind the chapters")
    actions = verb.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("list", help="questions, rules, arms and budgets")
    action.add_argument("name", nargs="?", help="only this one, with its arms")
    action.set_defaults(call=_list)

    action = _add(actions, "run", "do every run that has no record yet; interrupt it whenever you like", RUN, _run)
    action.add_argument("name", help="an experiment, see `experiments list`, or all: one after the other")
    _add_runs(action)
    action.add_argument("--jobs", type=at_least_one, metavar="N",
                        help="runs side by side (default: one a core on CPU, one on a GPU)")
    action.add_argument("--shard", metavar="I/N",
                        help="only the I-th of N shares of these runs, as in 2/8; give every share the same --budget, "
                             "--only, --seeds and --together")

    action = _add(actions, "submit", "have a Slurm cluster do it: one job a shard, by way of submitit", SUBMIT, _submit)
    action.add_argument("name", help="an experiment, see `experiments list`, or all: one after the other in each job")
    _add_runs(action)
    action.add_argument("--jobs", type=at_least_one, metavar="N",
                        help="runs side by side in a job (default: one a core on CPU, one on a GPU)")
    group = action.add_argument_group("jobs")
    group.add_argument("--shards", type=at_least_one, required=True, metavar="N", help="how many jobs share the runs")
    group.add_argument("--executor", default="slurm", metavar="slurm|local",
                       help="local: processes of this machine instead (default: slurm)")
    group.add_argument("--partition", help="of Slurm (default: its own)")
    group.add_argument("--time-min", type=at_least_one, default=240, metavar="M",
                       help="minutes until a job is put into the queue again (default: 240)")
    group.add_argument("--gpus", type=int, metavar="N",
                       help="a job (default: 1); with --executor local, of this machine, one a job in turn (default: "
                            "all it has)")
    group.add_argument("--cpus", type=at_least_one, default=4, metavar="N", help="cores a job, of Slurm (default: 4)")
    group.add_argument("--set", nargs="+", action="extend", default=[], metavar="KEY=VALUE",
                       help="further options of sbatch, as in --set account=lab mem=16G exclusive")
    group.add_argument("--logs", type=Path, metavar="FOLDER",
                       help="of the jobs; all machines must see it (default: build/jobs)")
    group.add_argument("--wait", action="store_true", help="until all jobs are through; status 1 if one failed")

    text = "what is done and what is left"
    action = actions.add_parser("status", help=text, description=text)
    action.add_argument("name", nargs="?", help="an experiment, see `experiments list` (default: all)")
    _add_place(action)
    action.set_defaults(call=_status)

    action = actions.add_parser("merge", help="join the records of several machines",
                                description="Copy records, and what is kept beside them, into one folder: those that "
                                            "are whole and of today's experiments. A run that has a record there "
                                            "keeps it. Status 1 if a record is refused.")
    action.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="the --records of another machine")
    action.add_argument("--records", type=Path, help="where to (default: figures/records)")
    action.set_defaults(call=_merge)

    action = actions.add_parser("keep", help="copy a finished training into the records",
                                description="Copy result and first-layer kernels of a finished `train` into the "
                                            "records, where the chapters show them.")
    action.add_argument("run", type=Path, metavar="RUN", help="the --out of the training")
    action.add_argument("--name", help="of the record (default: that of the folder)")
    action.add_argument("--records", type=Path, help="folder of the records (default: figures/records)")
    action.set_defaults(call=_keep)

    action = actions.add_parser("see", help="record what a finished training sees in photographs",
                                description="Record the most probable labels of validation photographs and their "
                                            "neighbours among the training photographs, as the paper's Figure 4 "
                                            "shows them: minutes on a CPU.")
    action.add_argument("run", type=Path, metavar="RUN", help="the --out of the training")
    action.add_argument("--data", required=True, help="the photographs it was trained on: their folder or cache")
    action.add_argument("--name", help="of the record (default: that of the folder)")
    action.add_argument("--records", type=Path, help="folder of the records (default: figures/records)")
    action.set_defaults(call=_see)


def _add(actions, word: str, text: str, examples: str, call) -> argparse.ArgumentParser:
    action = actions.add_parser(word, help=text, description=text[0].upper() + text[1:] + ".", epilog=examples,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    action.set_defaults(call=call)
    return action


def _add_place(action) -> None:
    action.add_argument("--budget", default="reduced", help="quick, reduced or full (default: reduced)")
    action.add_argument("--records", type=Path, help="folder of the records (default: figures/records)")


def _add_runs(action) -> None:
    """Which runs, and on what."""
    _add_place(action)
    action.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: auto)")
    action.add_argument("--only", default="", metavar="ARMS",
                        help="only these arms: names or parts of names, with commas between them; of all, only "
                             "experiments that have such an arm")
    action.add_argument("--seeds", type=at_least_one, metavar="N",
                        help="only the first N seeds of each arm (default: all of the budget)")
    action.add_argument("--together", type=at_least_one, metavar="N",
                        help="seeds of an arm that are trained at once, as one net (default: 1 on CPU, 10 on a GPU)")
    action.add_argument("--precision", default="off", metavar="off|bf16",
                        help="bf16: layers compute in 16 bits, and the records say so (default: off)")


def _list(args) -> None:
    from alexnet_lib.experiments.catalogue import EXPERIMENTS, experiment

    for item in [experiment(args.name)] if args.name else EXPERIMENTS.values():
        budgets = ", ".join(f"{b.name} ({b.seeds} seeds, {b.max_passes:g} passes)" for b in item.budgets)
        print(f"{item.name}: {item.title}\n  {item.question}")
        print(f"  claims {', '.join(item.claims)}; {len(item.arms)} arms; {budgets}")
        if args.name:
            print(f"  metric: {item.metric}\n  rule: {item.rule}")
            print("\n".join(f"  - {arm.name}" for arm in item.arms))


def _run(args) -> None:
    from alexnet_lib.experiments.programme import run_programme

    shard = parse_shard(args.shard) if args.shard else None
    for name, done in run_programme(args.name, args.budget, args.records, args.device, args.jobs, args.only,
                                    args.seeds, shard, args.together, args.precision):
        print(f"{name} {args.budget}{f' {shard}' if shard else ''}: "
              + (f"{done} runs done now" if done else "nothing left to do"), flush=True)


def _submit(args) -> int:
    from alexnet_lib.experiments.cluster import Jobs, cancel, how_to_go_on, submit, wait_for

    jobs = Jobs(args.shards, args.executor, args.partition, args.time_min, args.gpus, args.cpus, tuple(args.set),
                args.logs)
    submitted = submit(args.name, args.budget, jobs, args.records, args.device, args.jobs, args.only, args.seeds,
                       args.together, args.precision)
    for line in how_to_go_on(submitted, jobs):
        print(line, flush=True)
    if not args.wait:
        return 0
    try:
        failed = wait_for(submitted)
    except KeyboardInterrupt:
        if args.executor == "local":
            cancel(submitted)
            raise
        print("\ninterrupted: the jobs go on in Slurm", file=sys.stderr)
        return 130
    for line in failed:
        print(f"error: {line}", file=sys.stderr)
    return 1 if failed else 0


def _merge(args) -> int:
    from alexnet_lib.experiments.merging import merge_records

    merged = merge_records(args.folders, args.records)
    print(f"{merged.copied} records copied, {merged.there} runs had a record already")
    for line in merged.refused:
        print(f"error: {line}", file=sys.stderr)
    return 1 if merged.refused else 0


def _status(args) -> None:
    from alexnet_lib.experiments.programme import ALL, chosen_experiments
    from alexnet_lib.experiments.records import load_records, pending, provenance_line

    for item in chosen_experiments(args.name or ALL):
        records = load_records(item.name, item.budget(args.budget).name, args.records)
        left = pending(item, args.budget, args.records)
        print(f"{item.name} {args.budget}: {provenance_line(records)}")
        more = " (and the seeds that follow the search for a rate)" if any(r.seed >= 1000 for r in left) else ""
        print(f"  {len(left)} runs can be done now{more}" if left else "  complete")


def _keep(args) -> None:
    from alexnet_lib.experiments.full_size import keep_training

    for path in keep_training(args.run, args.name, args.records):
        print(path)


def _see(args) -> None:
    from alexnet_lib.experiments.photographs_seen import see_photographs

    for path in see_photographs(args.run, args.data, args.name, args.records):
        print(path)
