"""How the checks of the problem sets word what they found."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

__all__ = ["call_text", "first_line", "guess", "kind_of", "line_of", "name_of", "short"]


def line_of(function: Callable[..., Any], error: BaseException) -> str:
    """The last line of the student's own cell that an error passed through."""
    own = getattr(getattr(function, "__code__", None), "co_filename", None)
    if own is None or "site-packages" in own:
        return ""  # a library's function
    trace, found = error.__traceback__, ""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == own:
            text = linecache.getline(own, trace.tb_lineno).strip()
            found = f" (line {trace.tb_lineno} of your cell{': ' + text if text else ''})"
        trace = trace.tb_next
    return found


def first_line(error: BaseException) -> str:
    """An error's message in one line."""
    return (str(error).strip().splitlines() or ["no message"])[0][:300]


def call_text(name: str, arguments: tuple, settings: Mapping[str, Any]) -> str:
    """The call as one would write it, tensors by their shape."""
    shown = [*map(short, arguments), *(f"{label}={short(value)}" for label, value in settings.items())]
    return f"{name}({', '.join(shown)})"


def short(value: Any) -> str:
    """A value in few characters, a tensor by its shape."""
    if isinstance(value, Tensor):
        return f"<{name_of(value.dtype)} tensor {tuple(value.shape)}>"
    if isinstance(value, torch.Generator):
        return "<generator>"
    if callable(value):
        return getattr(value, "__name__", "a function")
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        text = "{" + ", ".join(f"{key!r}: {short(entry)}" for key, entry in value.items()) + "}"
    elif isinstance(value, list):
        text = f"[{', '.join(map(short, value))}]"
    else:
        text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def kind_of(value: Any) -> str:
    """What sort of thing a value is, in a student's words."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    if callable(value):
        return f"the function {getattr(value, '__name__', value)} itself: call it, with ()"
    if hasattr(value, "values") and hasattr(value, "indices") and isinstance(value, tuple):
        return "a pair (values, indices): take .values"
    names = {"str": "text", "bool": "True or False", "NoneType": "None", "ndarray": "a numpy array",
             "int": "a whole number"}
    return names.get(type(value).__name__, f"a {type(value).__name__}")


def name_of(dtype: torch.dtype) -> str:
    """``float32`` for ``torch.float32``."""
    return str(dtype).removeprefix("torch.")


def guess(got: Tensor, expected: Tensor, rtol: float) -> str:
    """A mistake that shows without knowing the task."""
    if torch.equal(got, torch.zeros_like(got)):
        return ". All of yours are 0" if got.numel() > 1 else ""
    if torch.allclose(got, -expected, rtol):
        return ". The sign is the other one"
    if got.ndim > 1 and got.shape[-1] == got.shape[-2] and torch.allclose(got.mT, expected, rtol):
        return ". The last two axes are swapped"
    if got.numel() < 3:
        return ""
    for axis in range(got.ndim):
        if torch.allclose(got.flip(axis), expected, rtol):
            return f". Axis {axis} runs the wrong way"
    counted = expected != 0
    ratio = got[counted] / expected[counted]
    if ratio.numel() > 2 and torch.allclose(got, ratio[0] * expected, max(rtol, 1e-4), 1e-9):
        return f". All of yours are {short(ratio[0].item())} times what they should be"
    if torch.allclose(got - expected, (got - expected).mean().expand_as(got), 1e-4, 1e-9):
        return f". All of yours are {short((got - expected).mean().item())} too large"
    return ""
