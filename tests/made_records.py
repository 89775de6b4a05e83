"""Records with made-up results, for tests of the rules that judge them."""

from alexnet_lib.experiments.protocol import Run
from alexnet_lib.experiments.records import keep_arrays, write_record

SPREAD = (0.1, 0.0, -0.1)  # points, over three seeds


def put_run(folder, experiment, arm_name, seed, result, budget="reduced", arrays=None, looks=None, history=None):
    """Write the record of one run; `result`, `looks` and `history` as they shall stand in it."""
    arm = experiment.arm(arm_name)
    config = arm.configured(experiment.budget(budget))
    run = Run(experiment.name, arm_name, budget, seed, config)
    record = {
        "experiment": experiment.name, "arm": arm_name, "budget": budget, "seed": seed, "config": config.to_dict(),
        "looks": looks or {}, "result": {"stopped": "finished", "validation_loss": 1.0, **result},
        "history": history or {"time_s": [60.0]},
    }
    if arrays is not None:
        record["arrays"] = keep_arrays(folder, run, arrays)
    return write_record(folder, run, record)


def shifted(base, points, spread=SPREAD):
    """A value a seed: those of the base, so many points more, each with its own deviation."""
    return [value + points + deviation for value, deviation in zip(base, spread, strict=True)]
