"""Verdicts: computed from an experiment's rule and records, by an exact check, or from other claims; never typed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alexnet_lib import paper
from alexnet_lib.experiments.catalogue import EXPERIMENTS
from alexnet_lib.experiments.exact import EXACT_CHECKS
from alexnet_lib.experiments.full_size import judge_wait
from alexnet_lib.experiments.protocol import Verdict
from alexnet_lib.experiments.records import RecordError

__all__ = ["INDIRECT_RULE", "LedgerEntry", "ledger", "verdict"]

INDIRECT_RULE = (
    "A claim that no experiment judges, but that other claims decide, has their verdict: that of the one, or the one "
    "that all share. Where theirs differ it is partly if one of them is reproduced, holds exactly or is partly so, "
    "else undecided. While one of them has no record, neither has it."
)

#: claim -> the part of it that the claims which decide it say nothing about
_NOT_COVERED = {
    "C03": "the speed of a GPU program is not timed here",
    "C74": "the comparison with the visual pathway is not tested",
}

_HOLDS = {"reproduced", "exact, checked", "partly"}


@dataclass(frozen=True)
class LedgerEntry:
    """One row of the ledger: the claim, and what became of it."""

    claim: paper.Claim
    verdict: Verdict


def verdict(claim_id: str, folder: Path | None = None) -> Verdict:
    """What the records, or an exact check, say about a claim.

    Raises:
        ValueError: no such claim.
        RecordError: a record is damaged.
    """
    claim = paper.claim(claim_id)
    if claim_id in EXACT_CHECKS:
        return EXACT_CHECKS[claim_id]()
    if claim_id == "C36":  # measured in full-size trainings, which are no runs of an experiment
        return judge_wait(folder)
    for experiment in EXPERIMENTS.values():
        if claim_id in experiment.claims:
            try:
                return experiment.judge(claim_id, folder)
            except KeyError as error:
                raise RecordError(f"a record of {experiment.name} lacks {error}, which the rule for {claim_id} asks: "
                                  f"move it away and run `python -m alexnet_lib experiments run {experiment.name}` "
                                  "again") from None
    if claim.tested_by:
        return _decided_by(claim, folder)
    if claim.status in ("context", "not testable here"):
        return Verdict("not testable here", "background" if claim.status == "context" else "needs more than one has")
    return Verdict("no record yet", f"belongs to {claim.notebook}")


def _decided_by(claim: paper.Claim, folder: Path | None) -> Verdict:
    """Apply `INDIRECT_RULE`."""
    others = {other: verdict(other, folder) for other in claim.tested_by}
    labels, budgets = {found.label for found in others.values()}, {found.budget for found in others.values()}
    if "no record yet" in labels:
        label = "no record yet"
    elif len(labels) == 1:
        label = labels.pop()
    else:
        label = "partly" if labels & _HOLDS else "undecided"
    reason = "decided by " + " and ".join(f"{other} ({found.label})" for other, found in others.items())
    if claim.id in _NOT_COVERED:
        reason += f"; {_NOT_COVERED[claim.id]}"
    return Verdict(label, reason, budgets.pop() if len(budgets) == 1 else "")


def ledger(folder: Path | None = None) -> list[LedgerEntry]:
    """Every claim of the paper with its verdict, in the paper's order."""
    return [LedgerEntry(claim, verdict(claim.id, folder)) for claim in paper.CLAIMS]
