"""What is kept of a cell's output: text and PNG pictures, of bounded size. No HTML and no scripts, which would run in
the browser of whoever looks at a submission."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["CELL_BYTES", "cut", "error", "harmless", "kept_data", "kept_outputs", "printable",
           "text_of"]

TEXT = 20_000  # characters of one output
CELL_BYTES = 1_000_000  # characters of one cell's outputs


def error(name: str, message: str, traceback: Sequence[str] = ()) -> dict[str, Any]:
    """An error as a cell's output."""
    trace = list(traceback) or [f"{name}: {message}"]
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": trace}


def cut(text: str) -> str:
    """Text, its end left out if it is long."""
    return text if len(text) <= TEXT else f"{text[:TEXT]}\n... {len(text) - TEXT:,} characters more"


def harmless(markdown: str) -> str:
    """Markdown that makes no HTML of its own, and no links but to the web."""
    text = re.sub(r"<(?=[A-Za-z/!?])", "&lt;", printable(markdown))
    text = re.sub(r"\]\((?!\s*https?://)", r"]\\(", text)
    return re.sub(r"^([\s>*+-]*)\[(?=[^\]]*\]:)", r"\1\\[", text, flags=re.M)


def printable(text: str) -> str:
    """Text that any file can hold: half characters, which JSON allows, become question marks."""
    return text.encode("utf-8", "replace").decode()


def kept_data(data: Mapping[str, Any]) -> dict[str, str]:
    """The forms of a displayed thing that may be shown."""
    kept = {kind: cut(text_of(data[kind])) for kind in ("text/plain", "text/markdown") if kind in data}
    if "text/markdown" in kept:
        kept["text/markdown"] = harmless(kept["text/markdown"])
    picture = text_of(data.get("image/png"))
    if picture and len(picture) < CELL_BYTES // 2 and _is_base64(picture):
        kept["image/png"] = picture
    return kept


def kept_outputs(outputs: Any) -> list[dict]:
    """What may be shown of outputs that a notebook brings along."""
    kept, size = [], 0
    for output in outputs if isinstance(outputs, Sequence) else []:
        kind = output.get("output_type") if isinstance(output, Mapping) else None
        if kind == "stream":
            shown = {"output_type": kind, "name": "stdout", "text": cut(text_of(output.get("text")))}
        elif kind in ("display_data", "execute_result") and isinstance(output.get("data"), Mapping):
            shown = {"output_type": "display_data", "data": kept_data(output["data"]), "metadata": {}}
        else:
            continue
        size += len(str(shown))
        if size < CELL_BYTES:
            kept.append(shown)
    return kept


def text_of(value: Any) -> str:
    """Text, which notebooks also keep as a list of lines; empty for anything else."""
    if isinstance(value, list):
        value = "".join(line for line in value if isinstance(line, str))
    return printable(value) if isinstance(value, str) else ""


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
