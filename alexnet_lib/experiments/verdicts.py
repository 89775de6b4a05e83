"""Verdicts: computed from an experiment's rule and its records, or by an exact check; never typed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alexnet_lib import paper
from alexnet_lib.experiments.catalogue import EXPERIMENTS
from alexnet_lib.experiments.exact import EXACT_CHECKS
from alexnet_lib.experiments.full_size import judge_wait
from alexnet_lib.experiments.protocol import Verdict

__all__ = ["LedgerEntry", "ledger", "verdict"]


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
            return experiment.judge(claim_id, folder)
    if claim.status in ("context", "not testable here"):
        return Verdict("not testable here", "background" if claim.status == "context" else "needs more than one has")
    return Verdict("no record yet", f"belongs to {claim.notebook}")


def ledger(folder: Path | None = None) -> list[LedgerEntry]:
    """Every claim of the paper with its verdict, in the paper's order."""
    return [LedgerEntry(claim, verdict(claim.id, folder)) for claim in paper.CLAIMS]
