"""Redraws what the README shows from the records: Figure 1, and the table of verdicts.

Nothing on the first page is typed by hand: this writes it between the ``rendered`` marks, and a test
fails if the page and the records disagree.
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["readme_blocks", "render"]

ROOT = Path(__file__).resolve().parents[1]


def render(root: Path = ROOT) -> list[Path]:
    """Rewrite the README's blocks and the figures; returns what was written."""
    readme = root / "README.md"
    text = readme.read_text()
    for name, block in readme_blocks().items():
        text = replace_block(text, name, block)
    readme.write_text(text)
    return [readme, draw_figure1()]


def replace_block(text: str, name: str, block: str) -> str:
    """Put `block` between ``<!-- rendered: name -->`` and ``<!-- end -->``.

    Raises:
        ValueError: the marks are not there.
    """
    pattern = re.compile(rf"(<!-- rendered: {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"README.md has no block '<!-- rendered: {name} -->' … '<!-- end -->'")
    return pattern.sub(lambda match: match[1] + block.strip() + "\n" + match[2], text, count=1)


def readme_blocks() -> dict[str, str]:
    """Block name -> Markdown, from the records as they are now."""
    return {"figure1": _figure1_block(), "verdicts": _verdict_block()}


def _figure1_block() -> str:
    from alexnet_lib.experiments.relu_results import load_evidence

    evidence = load_evidence()
    if evidence is None:
        return "Figure 1 has no records yet: `python -m alexnet_lib experiments run relu_speed` makes them."
    sentences = []
    for _, title, ratio, lr in _figure1_ratios(evidence):
        sentences.append(f"{title}: tanh takes **{ratio.text()}** times as many passes as ReLU "
                         f"(rates {lr['relu']:g} and {lr['tanh']:g})." if ratio else f"{title}: no record yet.")
    return (
        "![Training error against passes over CIFAR-10 for ReLU (solid) and tanh (dashed), in two panels, "
        "with 95 % bands over seeds and the 25 % line](figures/fig_02_relu_figure1.png)\n\n"
        f"*Figure 1, reproduced: passes over 40,000 CIFAR-10 images until the training error falls to 25 %; mean and "
        f"95 % interval over seeds, budget `{evidence.budget.name}`. {' '.join(sentences)} "
        f"The paper says six times. {_reading(evidence)}*")


def _reading(evidence) -> str:
    """One sentence on the two panels together, chosen by the numbers."""
    ratios = {start: ratio for start, _, ratio, _ in _figure1_ratios(evidence) if ratio}
    if len(ratios) < 2:
        return ""
    if ratios["2012"].low > 1 and ratios["modern"].low > 1:
        return "ReLU is faster from either start."
    if ratios["2012"].low > 1:
        return "The advantage belongs to the 2012 way of starting a net: with a modern start " + (
            "tanh is the faster one." if ratios["modern"].high < 1 else "there is none that can be told from chance.")
    return "What the advantage depends on is the subject of notebook 02."


def _figure1_ratios(evidence):
    from alexnet_lib.experiments.relu import STARTS, arm_name

    for start, title in (("2012", "2012 start"), ("modern", "Modern start")):
        names = {unit: arm_name("figure1", *STARTS[start], 40_000, unit) for unit in ("relu", "tanh")}
        ratio = evidence.ratio(names["tanh"], names["relu"])
        yield start, title, ratio, {unit: arm.lr for unit, name in names.items() if (arm := evidence.arm(name))}


def draw_figure1() -> Path:
    """``figures/fig_02_relu_figure1.png``: one panel for each kind of start."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from alexnet_lib.experiments.relu import STARTS, TARGET_ERROR_PCT, arm_name
    from alexnet_lib.experiments.relu_results import load_evidence
    from alexnet_lib.plots import WIDE, plot_figure1, save_figure, use_style

    use_style()
    evidence = load_evidence()
    figure, axes = plt.subplots(1, 2, figsize=WIDE, sharey=True)
    if evidence is not None:
        for ax, (start, title, ratio, _) in zip(axes, _figure1_ratios(evidence), strict=True):
            arms = {unit: evidence.arm(arm_name("figure1", *STARTS[start], 40_000, unit)) for unit in ("relu", "tanh")}
            bands = {unit: arm.band for unit, arm in arms.items() if arm}
            found = ratio.text(1) if ratio else "no record yet"
            plot_figure1(ax, bands, TARGET_ERROR_PCT, f"{title}: tanh/ReLU {found}")
    axes[1].set_ylabel("")
    path = save_figure(figure, "02_relu", "figure1")
    plt.close(figure)
    return path


def _verdict_block() -> str:
    from alexnet_lib.experiments.verdicts import ledger

    entries = ledger()
    open_labels = ("no record yet", "not testable here")
    judged = [entry for entry in entries if entry.verdict.label not in open_labels]
    rows = ["| claim | section | verdict | measured |", "|---|---|---|---|"]
    for claim, verdict in ((entry.claim, entry.verdict) for entry in judged):
        cells = (f"{claim.id}: {claim.statement}", claim.section, f"**{verdict.label}**",
                 verdict.reason + (f" (`{verdict.budget}`)" if verdict.budget else ""))
        rows.append("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |")
    waiting = sum(entry.verdict.label == "no record yet" for entry in entries)
    beyond = sum(entry.verdict.label == "not testable here" for entry in entries)
    return "\n".join(rows) + (
        f"\n\nOf the paper's {len(entries)} claims, {len(judged)} have a verdict from records or counts, {waiting} "
        f"wait for their chapter, and {beyond} are background or beyond what can be tested here. "
        "`python -m alexnet_lib claims` lists them all.")
