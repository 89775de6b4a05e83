"""The paper's claims C01 to C75 in the paper's order, the notebooks they live in, and look-ups by id.

The claims themselves stand in ``claims_sections_1_to_3`` and ``claims_sections_4_to_7``. Five were split
and carry a letter: C26b, C27b, C28b, C28c, C39b.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from .claims_sections_1_to_3 import CLAIMS_SECTIONS_1_TO_3
from .claims_sections_4_to_7 import CLAIMS_SECTIONS_4_TO_7
from .types import Claim, Notebook

__all__ = ["CLAIMS", "NOTEBOOKS", "claim", "claims_of_notebook", "notebook"]

CLAIMS: tuple[Claim, ...] = CLAIMS_SECTIONS_1_TO_3 + CLAIMS_SECTIONS_4_TO_7

NOTEBOOKS = (
    Notebook("00_three_passes", "abstract, 1", "What does the paper claim, and how would one know?"),
    Notebook("01_dataset", "2", "What does the net see?"),
    Notebook("02_relu", "3.1, Fig. 1", "Do ReLUs reach 25 % training error six times sooner?"),
    Notebook("03_two_gpus", "3.2", "What do two columns cost and buy?"),
    Notebook("04_local_response_normalisation", "3.3", "Does LRN help, and on what does that depend?"),
    Notebook("05_overlapping_pooling", "3.4", "Is 3/2 better than 2/2, and harder to overfit?"),
    Notebook("06_architecture", "3.5, Fig. 2", "Does the arithmetic add up?"),
    Notebook("07_data_augmentation", "4.1", "How much overfitting do crops, flips and colour noise remove?"),
    Notebook("08_dropout", "4.2", "Is it model averaging at twice the price?"),
    Notebook("09_details_of_learning", "5", "Which of these settings matter?"),
    Notebook("10_results", "6", "What error do we reach, and what do ten views and five nets add?"),
    Notebook("11_learned_kernels", "6.1, Fig. 3", "Do columns specialise, every time?"),
    Notebook("12_what_it_sees", "6.1, Fig. 4", "Are 4096-d neighbours semantic?"),
    Notebook("13_depth", "7", "Does every layer count, and would unsupervised pre-training have helped?"),
    Notebook("14_third_pass", "all", "What stands, what does not, and what is still not known?"),
)


def unknown(kind: str, wanted: str, known: Iterable[str]) -> ValueError:
    """The one-line error for an id that does not exist, with the nearest that do."""
    by_key = {_loose(name): name for name in known}
    # a cutoff of 0 always finds something, so that even a wild guess is answered with valid ids
    nearest = difflib.get_close_matches(_loose(str(wanted)), by_key, n=3, cutoff=0.0)
    return ValueError(f"unknown {kind} {wanted!r}; nearest: {', '.join(by_key[key] for key in nearest)}")


def _loose(name: str) -> str:
    """Lower case and two-digit numbers, so that ``c7`` is seen to mean C07."""
    return re.sub(r"(?<!\d)(\d)(?!\d)", r"0\1", name.casefold())


def claim(claim_id: str) -> Claim:
    """The claim with this id, such as ``"C19"``; a ``ValueError`` names the nearest ids otherwise."""
    for candidate in CLAIMS:
        if candidate.id == claim_id:
            return candidate
    raise unknown("claim", claim_id, (candidate.id for candidate in CLAIMS))


def notebook(stem: str) -> Notebook:
    """The notebook with this file stem, such as ``"02_relu"``."""
    for candidate in NOTEBOOKS:
        if candidate.stem == stem:
            return candidate
    raise unknown("notebook", stem, (candidate.stem for candidate in NOTEBOOKS))


def claims_of_notebook(stem: str) -> tuple[Claim, ...]:
    """The claims at home in one notebook, in order.

    ``14_third_pass`` reviews every claim and is home to none, so its tuple is empty.
    """
    home = notebook(stem)
    return tuple(candidate for candidate in CLAIMS if candidate.notebook == home.stem)
