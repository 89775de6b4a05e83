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


def draw_figure1(path: Path | None = None) -> Path:
    """One panel for each kind of start.

    Args:
        path: where to, with the ending of a kind of picture; default ``figures/fig_02_relu_figure1.png``.

    Returns:
        The path.
    """
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
    if path is None:
        path = save_figure(figure, "02_relu", "figure1")
    else:
        figure.savefig(path)
    plt.close(figure)
    return path


def _verdict_block() -> str:
    from alexnet_lib.experiments.protocol import VERDICTS
    from alexnet_lib.experiments.verdicts import ledger
    from alexnet_lib.paper import markdown_table

    entries = ledger()
    linked = {label: " ".join(f"[{entry.claim.id}](notebooks/{entry.claim.notebook}.ipynb)" for entry in entries
                              if entry.verdict.label == label) for label in VERDICTS}
    summary = [(f"**{label}**", ids.count("["), ids) for label, ids in linked.items() if ids]
    judged = [(f"{claim.id}: {claim.statement}", claim.section, f"**{found.label}**",
               found.reason + (f" (`{found.budget}`)" if found.budget else ""))
              for claim, found in ((entry.claim, entry.verdict) for entry in entries)
              if found.label != "not testable here"]
    return "\n\n".join((
        markdown_table(("verdict", "of the paper's claims", "which, each with its chapter"), summary),
        f"<details>\n<summary>The {len(judged)} claims that can be tested here, and what was measured</summary>",
        markdown_table(("claim", "section", "verdict", "measured"), judged),
        "</details>",
        f"`python -m alexnet_lib claims` lists all {len(entries)} in the terminal, notebook 14 filters them."))
