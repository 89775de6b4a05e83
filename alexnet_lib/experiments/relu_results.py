"""What the records of `relu_speed` say: passes to 25 %, ratios, and the verdicts of C18-C22."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alexnet_lib.experiments.comparison import BEST_BUDGETS, MIN_SEEDS
from alexnet_lib.experiments.planning import chosen_rate, tuning_results
from alexnet_lib.experiments.protocol import Verdict
from alexnet_lib.experiments.records import load_records, results_of
from alexnet_lib.experiments.relu import RELU_SPEED, STARTS, arm_name
from alexnet_lib.experiments.statistics import Estimate, band, mean_interval, paired_difference, paired_ratio

__all__ = ["ArmResult", "Evidence", "judge", "load_evidence", "measured_effects"]


@dataclass(frozen=True)
class ArmResult:
    """The seeds of one arm at its chosen learning rate; tuples run over seeds."""

    arm: str
    lr: float
    seeds: tuple[int, ...]
    passes: tuple[float, ...]  # to 25 %, or until the run was stopped
    cut_off: tuple[bool, ...]  # True: never reached 25 %, the passes are only a lower bound
    time_s: tuple[float, ...]  # seconds of training, likewise
    validation_error_pct: tuple[float, ...]  # when the run ended
    curves: tuple[tuple[list[float], list[float]], ...]  # (passes, trailing training error in per cent)

    @property
    def mean_passes(self) -> Estimate:
        return mean_interval(self.passes)

    @property
    def band(self) -> tuple:
        """(passes, mean, low, high, tails): the mean error over seeds while all run, and each run's own end."""
        x, mean, low, high = band(self.curves)
        tails = [([p for p in passes if p >= x[-1]], [e for p, e in zip(passes, error, strict=True) if p >= x[-1]])
                 for passes, error in self.curves]
        return x, mean, low, high, tails


class Evidence:
    """The records of one budget, asked by arm."""

    def __init__(self, budget: str, records: dict[str, dict]) -> None:
        self.budget = RELU_SPEED.budget(budget)
        self.records = records
        self.results = results_of(RELU_SPEED, records)

    def rates(self, name: str) -> dict[float, dict]:
        """The search for an arm's learning rate: rate -> result of the tuning run."""
        return tuning_results(RELU_SPEED, RELU_SPEED.arm(name), self.budget, self.results)

    def arm(self, name: str) -> ArmResult | None:
        """The runs that count; None while the rate is not chosen or no seed is finished."""
        lr = chosen_rate(RELU_SPEED, RELU_SPEED.arm(name), self.budget, self.results)
        runs = [] if lr is None else [
            record for record in (self.records.get(f"{name}-lr{lr:g}-{self.budget.name}-s{seed}")
                                  for seed in range(self.budget.seeds)) if record]
        if not runs:
            return None
        size = runs[0]["config"]["images"]
        passes = [r["result"]["passes_to_target"] for r in runs]
        ends = [r["history"]["images"][-1] / size for r in runs]
        return ArmResult(
            name, lr, tuple(r["seed"] for r in runs),
            tuple(end if p is None else p for p, end in zip(passes, ends, strict=True)),
            tuple(p is None for p in passes),
            tuple(r["history"]["time_s"][-1] for r in runs),
            tuple(r["result"]["validation_error_pct"] for r in runs),
            tuple(([i / size for i in r["history"]["images"]], r["history"]["trailing_error_pct"]) for r in runs),
        )

    def ratio(self, slow: str, fast: str, of: str = "passes") -> Estimate | None:
        """Passes of one arm over passes of another, paired by seed; None without two common seeds.

        Args:
            slow, fast: names of arms.
            of: "passes", or "time_s" for seconds of training on the machine of the records.
        """
        pair = self._paired(slow, fast)
        if pair is None:
            return None
        a, b, rows = pair
        return paired_ratio([getattr(a, of)[i] for i, _ in rows], [getattr(b, of)[j] for _, j in rows],
                            top_cut_off=[a.cut_off[i] for i, _ in rows], bottom_cut_off=[b.cut_off[j] for _, j in rows])

    def ratios(self) -> dict[str, Estimate]:
        """Name of the other unit's arm -> its passes over ReLU's, for every comparison with enough seeds."""
        names = [arm.name for arm in RELU_SPEED.arms if not arm.name.endswith("-relu")]
        found = {name: self.ratio(name, name.rpartition("-")[0] + "-relu") for name in names}
        return {name: ratio for name, ratio in found.items() if ratio is not None and ratio.n >= MIN_SEEDS}

    def validation_difference(self, first: str, second: str) -> Estimate | None:
        """Validation error of one arm minus that of another at the end of the runs, in points, paired by seed."""
        pair = self._paired(first, second)
        if pair is None:
            return None
        a, b, rows = pair
        return paired_difference([a.validation_error_pct[i] for i, _ in rows],
                                 [b.validation_error_pct[j] for _, j in rows])

    def _paired(self, first: str, second: str):
        a, b = self.arm(first), self.arm(second)
        if a is None or b is None:
            return None
        rows = [(a.seeds.index(seed), b.seeds.index(seed)) for seed in a.seeds if seed in b.seeds]
        return (a, b, rows) if len(rows) >= 2 else None


def load_evidence(budget: str | None = None, folder: Path | None = None) -> Evidence | None:
    """The records of a budget; without a name, of the best budget that has any. None if there are none."""
    for name in (budget,) if budget else BEST_BUDGETS:
        records = load_records(RELU_SPEED.name, name, folder)
        if records:
            return Evidence(name, records)
    return None


def measured_effects(evidence: Evidence | None) -> dict[str, str]:
    """Id of an open choice -> how much it matters for tanh / ReLU, from the records; absent if not measured."""
    if evidence is None:
        return {}
    ratios = evidence.ratios()

    def between(*cases: tuple[str, str]) -> str | None:
        found = [(label, ratios.get(name)) for label, name in cases]
        if any(ratio is None for _, ratio in found):
            return None
        return "tanh/ReLU " + "; ".join(f"{label}: {ratio.text()}" for label, ratio in found)

    small, large = "{}-10k-tanh", "{}-40k-tanh"
    effects = {
        "OPEN-01": between(("figure1", small.format("figure1-lecun-standardised")),
                           ("18pct", small.format("18pct-lecun-standardised")),
                           ("80sec", small.format("80sec-lecun-standardised"))),
        "OPEN-02": between(("N(0, 0.01²)", small.format("figure1-k12-standardised")),
                           ("LeCun", small.format("figure1-lecun-standardised"))),
        "OPEN-03": between(("raw", small.format("figure1-k12-raw")),
                           ("standardised", small.format("figure1-k12-standardised"))),
        "DEV-01": between(("10,000 images", small.format("figure1-k12-raw")),
                          ("40,000 images", large.format("figure1-k12-raw"))),
    }
    seconds = evidence.ratio(large.format("figure1-k12-raw"), "figure1-k12-raw-40k-relu", of="time_s")
    if seconds is not None and "figure1-k12-raw-40k-tanh" in ratios:
        effects["OPEN-07"] = (f"tanh/ReLU in passes: {ratios['figure1-k12-raw-40k-tanh'].text()}; "
                              f"in seconds: {seconds.text()}")
    return {name: text for name, text in effects.items() if text}


def judge(claim_id: str, folder: Path | None = None) -> Verdict:
    """Apply the experiment's written rule to the best records there are."""
    if claim_id == "C22":
        return Verdict("not testable here", "an argument from C18-C20, not a measurement")
    rule = {"C18": _judge_c18, "C19": _judge_c19, "C20": _judge_c20, "C21": _judge_c21, "C27b": _judge_c27b}[claim_id]
    for budget in BEST_BUDGETS:
        evidence = load_evidence(budget, folder)
        verdict = rule(evidence) if evidence else None
        if verdict is not None:
            return Verdict(verdict.label, verdict.reason, budget)
    return Verdict("no record yet", f"`python -m alexnet_lib experiments run {RELU_SPEED.name}`")


def _ratios(evidence: Evidence, cases: dict[str, tuple[str, str, int, str]]) -> dict[str, Estimate] | None:
    """Label -> ratio slow / ReLU, for (net, initialisation and scale, images, slow unit); None if one is missing."""
    found = {}
    for label, (net, start, images, slow) in cases.items():
        ratio = evidence.ratio(arm_name(net, *start, images, slow), arm_name(net, *start, images, "relu"))
        if ratio is None or ratio.n < MIN_SEEDS:
            return None
        found[label] = ratio
    return found


def _list(ratios: dict[str, Estimate]) -> str:
    return "; ".join(f"{label} {ratio.text()}" for label, ratio in ratios.items())


def _judge_c19(evidence: Evidence) -> Verdict | None:
    ratios = _ratios(evidence, {"tanh/ReLU": ("figure1", STARTS["2012"], 40_000, "tanh")})
    if ratios is None:
        return None
    ratio = ratios["tanh/ReLU"]
    # A ratio that is only an upper bound can not support the claim.
    if ratio.high >= 6 and ratio.low > 1 and ratio.bound in ("none", "lower"):
        label = "reproduced"
    else:
        label = "partly" if ratio.low > 1 and ratio.bound in ("none", "lower") else "not reproduced"
    return Verdict(label, _list(ratios))


def _above_two(ratio: Estimate) -> bool:
    return ratio.low > 2 and ratio.bound in ("none", "lower")


def _by_start(old: dict[str, Estimate], modern: dict[str, Estimate]) -> Verdict:
    if not all(map(_above_two, old.values())):
        label = "not reproduced"
    else:
        label = "reproduced" if all(map(_above_two, modern.values())) else "partly"
    return Verdict(label, f"2012 start: {_list(old)}. Modern start: {_list(modern)}")


def _judge_c18(evidence: Evidence) -> Verdict | None:
    old, modern = (
        _ratios(evidence, {f"{slow}/ReLU": ("figure1", start, 10_000, slow) for slow in ("tanh", "logistic")})
        for start in STARTS.values())
    return None if old is None or modern is None else _by_start(old, modern)


def _judge_c20(evidence: Evidence) -> Verdict | None:
    nets = {"figure1": STARTS["2012"], "18pct": ("cuda-convnet", "raw"), "80sec": ("cuda-convnet", "raw")}
    old = {net: (net, start, 10_000, "tanh") for net, start in nets.items()}
    found = {net: ratio[net] for net, case in old.items() if (ratio := _ratios(evidence, {net: case}))}
    # The claim speaks of every net: one that is not above 2 decides it, whatever the others do.
    if any(not _above_two(ratio) for ratio in found.values()):
        return Verdict("not reproduced", f"2012 start: {_list(found)}")
    modern = _ratios(evidence, {net: (net, STARTS["modern"], 10_000, "tanh") for net in nets})
    return None if len(found) < len(nets) or modern is None else _by_start(found, modern)


def _judge_c21(evidence: Evidence) -> Verdict | None:
    ratios = _ratios(evidence, {"|tanh|/ReLU": ("figure1", STARTS["2012"], 10_000, "abs_tanh")})
    if ratios is None:
        return None
    ratio = ratios["|tanh|/ReLU"]
    gap = evidence.validation_difference(arm_name("figure1", *STARTS["2012"], 10_000, "abs_tanh"),
                                         arm_name("figure1", *STARTS["2012"], 10_000, "relu"))
    holds = (not ratio.high < 1, gap.high < 0)
    label = "reproduced" if all(holds) else "partly" if any(holds) else "not reproduced"
    return Verdict(label, f"{_list(ratios)}; validation error {gap.text(1, ' points')} against ReLU")


def _judge_c27b(evidence: Evidence) -> Verdict | None:
    arms = {scale: evidence.arm(arm_name("figure1", "k12", scale, 10_000, "relu")) for scale in ("raw", "standardised")}
    if any(arm is None or len(arm.seeds) < MIN_SEEDS for arm in arms.values()):
        return None
    learnt = not any(cut for arm in arms.values() for cut in arm.cut_off)
    found = "; ".join(f"{scale} pixels: {arm.mean_passes.text(1)} passes to 25 %" for scale, arm in arms.items())
    return Verdict("reproduced" if learnt else "not reproduced", found)
