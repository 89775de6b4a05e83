"""What may be set in a notebook: the cell tagged ``parameters``, read through papermill.

papermill itself lets a misspelt name pass and leaves ``1e-3`` from a command line a string.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from pathlib import Path

from .files import read, shown

__all__ = ["PRESETS", "settle"]

PRESETS = ("quick", "reduced", "full")

TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def settle(
    paths: Sequence[Path], preset: str, parameters: Mapping[str, object]
) -> dict[Path, dict[str, object]]:
    """What to set in each notebook: the values that are not its defaults already.

    A parameter is set in those of the notebooks that have it; at least one must.

    Args:
        paths: stored notebooks.
        preset: one of `PRESETS`.
        parameters: further values by name; strings are converted to the type of the default.

    Raises:
        ValueError: unknown preset, a parameter that none of these notebooks has, or a value that
            does not fit.
    """
    wanted = {"PRESET": preset, **parameters}
    if wanted["PRESET"] not in PRESETS:
        raise ValueError(f"unknown preset {wanted['PRESET']!r}: choose one of {', '.join(PRESETS)}")
    defaults = {path: _defaults(path) for path in paths}
    known = sorted(set().union(*defaults.values()))
    for name in wanted:
        if name not in known and (name, wanted[name]) != ("PRESET", "quick"):
            raise ValueError(f"unknown parameter {name!r}: choose from {', '.join(known) or 'none at all'}")
    settled = {}
    for path, own in defaults.items():
        values = {name: _convert(name, value, own[name]) for name, value in wanted.items() if name in own}
        settled[path] = {name: value for name, value in values.items() if value != own[name]}
    return settled


def _defaults(path: Path) -> dict[str, object]:
    """Names and values in the ``parameters`` cell."""
    import papermill

    read(path)  # a damaged file is told apart from one without a kernel
    try:
        found = papermill.inspect_notebook(path)
        return {name: ast.literal_eval(entry["default"]) for name, entry in found.items()}
    except (ValueError, TypeError, KeyError, AttributeError, SyntaxError, MemoryError, RecursionError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"the parameters of {shown(path)} cannot be read: {reason[:120]}") from None


def _convert(name: str, value: object, default: object) -> object:
    """A value from the command line as the type of the default."""
    if not isinstance(value, str) or isinstance(default, str):
        return value
    try:
        if isinstance(default, bool):
            return TRUTH[value.lower()]
        if isinstance(default, int | float):
            return type(default)(value)
        given = ast.literal_eval(value)
        if default is not None and not isinstance(given, list | tuple if isinstance(default, list | tuple)
                                                  else type(default)):
            raise ValueError(type(given).__name__)
        return given
    except (KeyError, ValueError, TypeError, SyntaxError, MemoryError, RecursionError):  # the last of deep nesting
        kind = "true or false" if isinstance(default, bool) else f"of type {type(default).__name__}"
        message = f"parameter {name} must be {kind} like its default {default!r}, not {value[:80]!r}"
        raise ValueError(message) from None
