"""What the tests of the problem sets are made of: checks that say what is wrong, and guess why.

A check that fails raises `CheckFailed`, whose message is written for the student; Jupyter shows it without a
traceback. The typical test cell runs the student's function on small data and compares::

    got = checks.run(respond, a, alpha=0.1)
    checks.same(got, expected, "b", mistakes={"alpha is divided by n": wrong})
"""

from __future__ import annotations

import contextlib
import copy
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from numbers import Number
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .wording import call_text, first_line, guess, kind_of, line_of, name_of, short

__all__ = ["CheckFailed", "draws_from_generator", "follows_device", "is_number", "refuses", "run", "same", "that"]


class CheckFailed(AssertionError):
    """A check that failed; the message is for the student."""

    def _render_traceback_(self) -> list[str]:  # what IPython shows in place of a traceback
        return [f"not yet: {self}"]


def that(condition: object, message: str) -> None:
    """Fail with the message unless the condition holds."""
    if not bool(condition):
        raise CheckFailed(message)


def run(function: Callable[..., Any], *arguments: Any, **settings: Any) -> Any:
    """Call a student's function on copies of the arguments and return its value.

    Raises:
        CheckFailed: it is not answered yet, raises an error, changes its arguments, or returns nothing.
    """
    given, named = copy.deepcopy((arguments, settings))
    name = getattr(function, "__name__", str(function))
    with _explained(function, call_text(name, arguments, settings)):
        value = function(*given, **named)
    for label, before, after in [
        *((f"argument {place}", *pair) for place, pair in enumerate(zip(arguments, given, strict=True), 1)),
        *((label, before, named[label]) for label, before in settings.items()),
    ]:
        that(isinstance(before, torch.Generator) or _equal(before, after),
             f"{name} changes its {label} in place: work on a copy, "
             f"as of {'x.clone()' if isinstance(before, Tensor) else 'copy.deepcopy(x)'}")
        that(not isinstance(after, Tensor) or after.requires_grad == before.requires_grad and after.grad is None,
             f"{name} changes its {label} in place: it asks for gradients of it; use x.detach().clone()")
    that(value is not None, f"{name} returns nothing: is there a `return` at the end?")
    return value


def refuses(function: Callable[..., Any], *arguments: Any, why: str, **settings: Any) -> None:
    """Make sure that a student's function raises ValueError for arguments that make no sense."""
    name = getattr(function, "__name__", str(function))
    with _explained(function, call_text(name, arguments, settings), ValueError), contextlib.suppress(ValueError):
        function(*copy.deepcopy(arguments), **copy.deepcopy(settings))
        raise CheckFailed(f"{call_text(name, arguments, settings)} should raise ValueError: {why}")


def draws_from_generator(function: Callable[..., Any], *arguments: Any, **settings: Any) -> None:
    """Make sure that a function ``f(..., generator=g)`` draws its random numbers from the generator, and only there."""
    name = getattr(function, "__name__", str(function))
    state, drawn = torch.get_rng_state(), []
    try:
        for seed, disturbance in ((1, 10), (1, 11), (2, 10)):
            torch.manual_seed(disturbance)
            before = torch.get_rng_state()
            drawn.append(run(function, *arguments, generator=torch.Generator().manual_seed(seed), **settings))
            that(torch.equal(before, torch.get_rng_state()),
                 f"{name} draws from torch's global random numbers: hand `generator=generator` to the function that "
                 "draws, and do not reseed")
    finally:
        torch.set_rng_state(state)
    that(all(not isinstance(value, Tensor) or torch.isfinite(value).all() for value in drawn),
         f"{name} gives values that are not finite")
    that(_equal(drawn[0], drawn[1]), f"{name} gives other values for two generators of equal seed: draw everything "
                                     "from the generator that you are given")
    that(not _equal(drawn[0], drawn[2]), f"{name} gives the same values whatever the generator: draw from it")


def follows_device(function: Callable[..., Any], *arguments: Any, **settings: Any) -> None:
    """Make sure that a function works on other devices than the CPU: what it makes anew lies where its inputs are.

    Tried with torch's fake tensors, which claim to lie on a GPU, know shapes and devices and hold no values; none is
    needed for it. A function that must look at values cannot be judged so, and passes.
    """
    from torch._subclasses.fake_tensor import FakeTensorMode

    name = getattr(function, "__name__", str(function))
    with FakeTensorMode(allow_non_fake_inputs=True):
        try:
            moved = [torch.empty_like(value, device="cuda") if isinstance(value, Tensor) else value
                     for value in arguments]
            value = function(*moved, **settings)
            parts = value if isinstance(value, tuple | list) else [value]
            follows = all(part.device.type == "cuda" for part in parts if isinstance(part, Tensor))
        except Exception as error:
            follows = "same device" not in str(error)
    that(follows, f"{name} makes a tensor that does not lie where its input does, which fails on a GPU: name the "
                  "device, as in torch.zeros(..., device=x.device)")


def same(got: Any, expected: Any, what: str, mistakes: Mapping[str, Any] | None = None, rtol: float = 1e-5,
         atol: float = 1e-6) -> None:
    """Make sure that a student's value is the expected one: kind, shape, dtype, then values.

    Args:
        got: the student's: a number, text, tensor, or a tuple, list or dict of these.
        expected: what it should be; its type says what is asked for.
        what: its name in the message.
        mistakes: what a value that comes of a known mistake looks like, by what to say of it.
        rtol, atol: tolerance for numbers that are not whole: ``|got - expected| <= atol + rtol |expected|``.
    """
    if isinstance(expected, Tensor):
        _same_tensor(got, expected, what, mistakes or {}, rtol, atol)
    elif isinstance(expected, Mapping):
        that(isinstance(got, Mapping), f"{what} should be a dict, not {kind_of(got)}")
        that(set(got) == set(expected), f"{what} should have the keys {_listed(expected)}, not {_listed(got)}")
        mistakes = _whole(got, mistakes)
        for key, value in expected.items():
            same(got[key], value, f"{what}[{key!r}]", _part(mistakes, key), rtol, atol)
    elif isinstance(expected, list | tuple):
        that(isinstance(got, list | tuple), f"{what} should be a {type(expected).__name__}, not {kind_of(got)}")
        that(len(got) == len(expected), f"{what} should have {len(expected)} entries, not {len(got)}")
        mistakes = _whole(got, mistakes)
        for place, value in enumerate(expected):
            same(got[place], value, f"{what}[{place}]", _part(mistakes, place), rtol, atol)
    elif isinstance(expected, bool | str) or expected is None:
        that(got is not Ellipsis and (got is not None or expected is None), f"{what} is not answered yet")
        fits = type(expected) is type(got) or isinstance(expected, bool) and isinstance(got, np.bool_)
        that(fits, f"{what} should be {kind_of(expected)}, not {kind_of(got)}")
        that(bool(got) == expected if isinstance(expected, bool) else got == expected,
             f"{what} should not be {got!r}{_hint(got, mistakes or {}, lambda a, b: a == b)}")
    else:
        _same_number(got, expected, what, mistakes or {}, rtol, atol)


def is_number(value: Any) -> bool:
    """Whether a value is one number, plain or of numpy or torch."""
    single = isinstance(value, Tensor | np.ndarray | np.generic) and np.ndim(value) == 0
    return (isinstance(value, Number) or single) and not isinstance(value, bool)


def _same_number(got: Any, expected: Number, what: str, mistakes: Mapping[str, Any], rtol: float, atol: float) -> None:
    that(got is not None and got is not Ellipsis, f"{what} is not answered yet")
    that(is_number(got), f"{what} should be a number, not {kind_of(got)}")
    value = got.item() if isinstance(got, Tensor | np.ndarray | np.generic) else got
    value = operator.index(value) if isinstance(value, int) else value  # and nothing that only says it is one

    def near(a: Any, b: Any) -> bool:
        if not isinstance(b, Number):
            return False
        return a == b if isinstance(b, int) else math.isclose(a, b, rel_tol=rtol, abs_tol=atol)

    that(not isinstance(value, complex) and math.isfinite(value), f"{what} should be a finite number, not {value}")
    that(near(value, expected), f"{what} should not be {short(value)}" + (_hint(value, mistakes, near) or guess(
        torch.tensor([float(value)]), torch.tensor([float(expected)]), rtol)))


def _same_tensor(got: Any, expected: Tensor, what: str, mistakes: Mapping[str, Any], rtol: float, atol: float) -> None:
    that(got is not None and got is not Ellipsis, f"{what} is not answered yet")
    that(isinstance(got, Tensor), f"{what} should be a torch tensor, not {kind_of(got)}")

    def near(a: Any, b: Any) -> bool:
        b = torch.as_tensor(b)
        return a.shape == b.shape and torch.allclose(a.double(), b.double(), rtol, atol, equal_nan=True)

    that(got.shape == expected.shape, f"{what} should have the shape {tuple(expected.shape)}, not {tuple(got.shape)}"
         + _hint(got, mistakes, near))
    that(got.dtype == expected.dtype, f"{what} should be {name_of(expected.dtype)}, not {name_of(got.dtype)}: keep the "
                                      "dtype of an input, and name it where you make a new tensor")
    that(got.device == expected.device, f"{what} should be on {expected.device}, not on {got.device}")
    got = got.detach()
    if not got.dtype.is_floating_point:
        rtol = atol = 0.0
    wrong = ~torch.isclose(got.double(), expected.double(), rtol, atol)
    if not wrong.any():
        return
    that(torch.isfinite(got).all(), f"{what} has values that are not finite: is there a division by zero, an "
                                    "overflow as of exp(1000), or a logarithm or power of something negative?")
    worst = (got.double() - expected.double()).abs().masked_fill(~wrong, -1).argmax()
    place = [int(index) for index in np.unravel_index(int(worst), tuple(got.shape))]
    where = f"{what}{place}" if got.ndim else what
    raise CheckFailed(
        f"{where} is {short(got[tuple(place)].item())} and should be {short(expected[tuple(place)].item())}; "
        f"{int(wrong.sum()):,} of {got.numel():,} values differ" + (_hint(got, mistakes, near) or guess(
            got.double(), expected.double(), rtol)))


def _hint(got: Any, mistakes: Mapping[str, Any], near: Callable[[Any, Any], bool]) -> str:
    """What to say of a value that a known mistake would give."""
    return next((f". It looks as if {text}" for text, value in mistakes.items() if near(got, value)), "")


@contextlib.contextmanager
def _explained(function: Callable[..., Any], call: str, *allowed: type[Exception]) -> Iterator[None]:
    """Say what went wrong in a student's function in one message instead of a traceback."""
    name = getattr(function, "__name__", str(function))
    try:
        yield
    except (CheckFailed, *allowed):
        raise
    except NotImplementedError as error:
        if not str(error):
            raise CheckFailed(f"{name} is not answered yet: put your own lines in place of "
                              "`raise NotImplementedError()`") from None
        raise CheckFailed(f"{call} fails with NotImplementedError: {first_line(error)}{line_of(function, error)}"
                          ) from None
    except (Exception, SystemExit) as error:
        raise CheckFailed(f"{call} fails with {type(error).__name__}: {first_line(error)}{line_of(function, error)}"
                          ) from None


def _part(mistakes: Mapping[str, Any] | None, key: Any) -> dict[str, Any]:
    """The mistakes, each cut down to one entry of what it would give."""
    parts = {}
    for text, value in (mistakes or {}).items():
        with contextlib.suppress(KeyError, IndexError, TypeError):
            parts[text] = value[key]
    return parts


def _listed(keys: Iterable[Any]) -> str:
    return ", ".join(sorted(map(repr, keys))) or "none at all"


def _whole(got: Any, mistakes: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The mistake that explains all of a value, if there is one: no other is then named for a part of it."""
    for text, value in (mistakes or {}).items():
        with contextlib.suppress(CheckFailed):
            same(got, value, "")
            return {text: value}
    return mistakes or {}


def _equal(one: Any, other: Any) -> bool:
    """Whether two values are the same to the last bit."""
    if isinstance(one, Tensor):
        return (isinstance(other, Tensor) and one.shape == other.shape and one.dtype == other.dtype
                and torch.equal(one.isnan(), other.isnan())
                and torch.equal(one.nan_to_num() if one.is_floating_point() else one,
                                other.nan_to_num() if other.is_floating_point() else other))
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and np.array_equal(one, other)
    if isinstance(one, Mapping):
        return isinstance(other, Mapping) and list(one) == list(other) and all(_equal(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return (isinstance(other, list | tuple) and len(one) == len(other)
                and all(_equal(a, b) for a, b in zip(one, other, strict=True)))
    return one is other or bool(one == other)
