"""What `steps` measured, as tables: for the screen and for benchmarks/README.md."""

from __future__ import annotations

from alexnet_lib.paper import markdown_table

__all__ = ["layer_table", "markdown", "reading", "show", "summary_table"]

Table = tuple[list[str], list[list[str]]]  # headings, rows

KINDS = ("drawing the batch", "convolutions", "dense and local layers", "normalisation", "pooling", "activations",
         "other layers", "loss and errors", "update")
NAMED = 3  # how many passes of layers are named as furthest from their floors


def _passes(net: dict) -> list[tuple[str, str, dict]]:
    """(part, kind, measured) of everything that was timed in a net's step, forward and backward each for itself."""
    return [(f"{part['part']} {way}" if part["backward"] else part["part"], part["kind"], part[way])
            for part in net["parts"] for way in ("forward", "backward") if part[way]]


def _times(measured: float, floor: float) -> str:
    return f"{measured / floor:.1f}" if floor else ""


def summary_table(found: dict) -> Table:
    """One column a net: the step, the share of each kind of work, what lies between, and the step over its floor."""
    columns = []
    for net in found["nets"]:
        step, passes = net["step_ms"], _passes(net)
        total = sum(timing["ms"] for _, _, timing in passes)
        shares = [sum(timing["ms"] for _, kind, timing in passes if kind == wanted) / step for wanted in KINDS]
        columns.append([f"{net['batch']}", f"{step:,.3g}", f"{1e3 * net['batch'] / step:,.0f}", f"{total:,.3g}",
                        *(f"{100 * share:.1f} %" for share in shares), f"{100 * (step - total) / step:.1f} %",
                        _times(step, sum(timing["floor_ms"] for _, _, timing in passes)),
                        f"{net['launches'] or ''}"])
    names = ["images in a batch", "a step, ms", "images a second", "sum of its parts, ms", *KINDS,
             "bookkeeping and launches", "times the floor", "kernels launched"]
    rows = [list(line) for line in zip(names, *columns, strict=True)]
    return ["", *(net["net"] for net in found["nets"])], [line for line in rows if any(line[1:])]


def layer_table(net: dict) -> Table:
    """One row a layer: MACs and bytes of the forward pass, measured times, floors and their ratios."""
    rows = []
    for part in net["parts"]:
        forward, backward = part["forward"], part["backward"]
        there = [f"{forward['ms']:.2f}", f"{forward['floor_ms']:.2f}", _times(forward["ms"], forward["floor_ms"])]
        back = [f"{backward['ms']:.2f}", f"{backward['floor_ms']:.2f}",
                _times(backward["ms"], backward["floor_ms"])] if backward else [""] * 3
        share = (forward["ms"] + (backward["ms"] if backward else 0)) / net["step_ms"]
        rows.append([part["part"], part["output"], f"{forward['macs'] / 1e6:,.0f}" if forward["macs"] else "",
                     f"{forward['bytes'] / 1e6:.1f}" if forward["bytes"] else "", *there, *back,
                     f"{100 * share:.1f} %"])
    return ["part", "output", "million MACs", "MB", "forward, ms", "floor", "times", "backward, ms", "floor", "times",
            "of the step"], rows


def reading(net: dict) -> str:
    """What takes longest and what lies furthest above its floor, in a sentence that the numbers choose."""
    passes, step = _passes(net), net["step_ms"]
    by_kind = {kind: sum(timing["ms"] for _, its, timing in passes if its == kind) for kind in KINDS}
    first, second = sorted(by_kind, key=by_kind.get, reverse=True)[:2]
    above = sorted(passes, key=lambda one: one[2]["floor_ms"] - one[2]["ms"])[:NAMED]
    named = ", ".join(f"{name} ({timing['ms'] - timing['floor_ms']:.2f} ms)" for name, _, timing in above)
    return (f"{net['net']}: {first} take {100 * by_kind[first] / step:.0f} % of a step, {second} "
            f"{100 * by_kind[second] / step:.0f} %. Furthest above their floors: {named}.")


def _ceilings(found: dict) -> str:
    return (f"{found['environment']}, precision {found['precision']}. Matrix product: {found['macs_per_s'] / 1e9:,.0f} "
            f"billion MACs a second; large copy: {found['bytes_per_s'] / 1e9:,.1f} GB/s, read and written.")


def markdown(found: dict) -> str:
    """All of it for a README: summary, reading, and each net's layers folded away."""
    parts = [_ceilings(found), markdown_table(*summary_table(found)),
             "\n".join(f"- {reading(net)}" for net in found["nets"])]
    parts += [f"<details>\n<summary>{net['net']}: every layer</summary>\n\n{markdown_table(*layer_table(net))}\n\n"
              "</details>" for net in found["nets"]]
    return "\n\n".join(parts)


def show(found: dict) -> None:
    """All of it on the screen."""
    print(_ceilings(found))
    for net in found["nets"]:
        print(f"\n{net['net']}, {net['batch']} images")
        _aligned(*layer_table(net))
        print(reading(net))
    print()
    _aligned(*summary_table(found))


def _aligned(headings: list[str], rows: list[list[str]]) -> None:
    wide = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    for line in (headings, *rows):
        print("  ".join(f"{cell:<{width}}" if i == 0 else f"{cell:>{width}}"
                        for i, (cell, width) in enumerate(zip(line, wide, strict=True))))
