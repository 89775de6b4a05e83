"""What the checks of the problem sets say: each mistake gets a message of its own, and right values get none."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from alexnet_lib.classroom import checks
from alexnet_lib.classroom.checks import CheckFailed


def said(check, *arguments, **settings) -> str:
    with pytest.raises(CheckFailed) as caught:
        check(*arguments, **settings)
    return str(caught.value)


GRID = torch.arange(12, dtype=torch.float64).reshape(3, 4)


@pytest.mark.parametrize(("got", "expected"), [
    (3, 3), (3.0, 3), (np.float64(0.5), 0.5), (torch.tensor(0.5), 0.5), (1 / 3, 0.333333333), ((1, 2), (1, 2)),
    ([1, 2], (1, 2)), ({"a": GRID}, {"a": GRID}), (GRID + 1e-9, GRID), (True, True), (np.bool_(True), True),
    ("relu", "relu"), (None, None), (torch.zeros(0), torch.zeros(0)), (GRID.clone().requires_grad_(), GRID)])
def test_right_values_pass(got, expected):
    checks.same(got, expected, "x")


@pytest.mark.parametrize(("got", "expected", "message"), [
    (None, 3, "x is not answered yet"), (..., 3, "x is not answered yet"), (None, GRID, "x is not answered yet"),
    (None, "relu", "x is not answered yet"), (True, 3, "should be a number, not True or False"),
    ("3", 3, "should be a number, not text"), (float("nan"), 3.0, "finite number"), (4, 3, "x should not be 4"),
    (1 + 2j, 3, "finite number"), (max, 3, "the function max itself: call it"), (1, True, "should be True or False"),
    (False, True, "should not be False"), ((1, 2), (1, 3), "x[1] should not be 2"), ([1], (1, 2), "2 entries, not 1"),
    ({"a": 1}, {"b": 1}, "the keys 'b', not 'a'"), (5, (1, 2), "should be a tuple, not a whole number"),
    (np.zeros(3), torch.zeros(3), "should be a torch tensor, not a numpy array"),
    (torch.zeros(3, 2).max(1), torch.zeros(3), "take .values"), ({"0": 1}, {0: 1}, "the keys 0, not '0'"),
    (torch.zeros(3), torch.zeros(4), "the shape (4,), not (3,)"),
    (GRID.float(), GRID, "should be float64, not float32"), (GRID * torch.nan, GRID, "values that are not finite"),
    (-GRID, GRID, "sign is the other one"), (2 * GRID, GRID, "All of yours are 2 times"),
    (GRID + 0.5, GRID, "All of yours are 0.5 too large"), (GRID.flip(1), GRID, "Axis 1 runs the wrong way"),
    (GRID * 0, GRID, "All of yours are 0"),
    (torch.arange(9).reshape(3, 3).mT, torch.arange(9).reshape(3, 3), "swapped"),
    (torch.tensor([1, 2]), torch.tensor([1, 3]), "x[1] is 2 and should be 3; 1 of 2 values differ")])
def test_wrong_values_are_named(got, expected, message):
    assert message in said(checks.same, got, expected, "x")


def test_known_mistake_is_named_also_inside_a_tuple_or_dict():
    mistakes = {"the rows are the columns": {"a": (1, 9)}}
    message = said(checks.same, {"a": (1, 9)}, {"a": (1, 2)}, "x", mistakes)
    assert message == "x['a'][1] should not be 9. It looks as if the rows are the columns"
    two = {"the second is doubled": (1, 4), "both are doubled": (2, 4)}
    assert "both" in said(checks.same, (2, 4), (1, 2), "x", two)
    assert "forgot" in said(checks.same, GRID + 1, GRID, "x", {"you forgot the one": GRID + 1})
    assert "all of it" in said(checks.same, GRID[:2], GRID, "x", {"not all of it is there": GRID[:2]})


def unanswered(x):
    raise NotImplementedError()


def raises(x):
    return x + torch.zeros(5)


def changes(x):
    x += 1
    return x


def asks_for_gradients(x):
    x.requires_grad_()
    (x * x).sum().backward()
    return x.grad


def changes_list(x):
    x.append(1)
    return x


@pytest.mark.parametrize(("function", "argument", "message"), [
    (unanswered, 1, "unanswered is not answered yet"), (lambda x: None, 1, "returns nothing: is there a `return`"),
    (changes, torch.zeros(2), "changes changes its argument 1 in place"),
    (asks_for_gradients, torch.ones(2), "it asks for gradients of it; use x.detach().clone()"),
    (torch.nn.functional.conv2d, 1, "conv2d(1) fails with TypeError"),
    (changes_list, [], "changes_list changes its argument 1 in place"),
    (raises, torch.zeros(2), "raises(<float32 tensor (2,)>) fails with RuntimeError: The size of tensor a (2)"),
    (raises, torch.zeros(2), "return x + torch.zeros(5)"), (lambda x: exit(), 1, "fails with SystemExit"),
    (lambda x, y: 1, 1, "fails with TypeError"), (lambda x: x[99], [1], "fails with IndexError")])
def test_function_that_fails_is_explained(function, argument, message):
    text = said(checks.run, function, argument)
    assert message in text and "\n" not in text


def test_number_that_equals_everything_is_no_answer():
    class Sly(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    assert "should not be 0" in said(checks.same, Sly(0), 3, "x")


def test_function_gets_copies_and_may_keep_what_it_made():
    given = torch.zeros(2)
    assert checks.run(lambda x: x.clone().add_(1), given).tolist() == [1, 1] and given.tolist() == [0, 0]
    assert checks.run(lambda x, scale: x * scale, given + 1, scale=3).tolist() == [3, 3]
    assert torch.isnan(checks.run(lambda x: x.clone(), torch.tensor([torch.nan]))).all()


def test_failed_check_is_shown_without_a_traceback():
    assert CheckFailed("too large")._render_traceback_() == ["not yet: too large"]


def test_refusal_is_required():
    def strict(n):
        if n < 0:
            raise ValueError(n)
        return n

    checks.refuses(strict, -1, why="n is negative")
    assert said(checks.refuses, strict, 1, why="n is odd") == "strict(1) should raise ValueError: n is odd"
    assert "fails with RuntimeError" in said(checks.refuses, raises, torch.zeros(2), why="x")
    assert "not answered yet" in said(checks.refuses, unanswered, 1, why="x")


def test_generator_must_be_used_and_only_it():
    checks.draws_from_generator(lambda n, generator: torch.randn(n, generator=generator), 3)
    assert "global random numbers" in said(checks.draws_from_generator, lambda n, generator: torch.randn(n), 3)
    assert "do not reseed" in said(
        checks.draws_from_generator, lambda n, generator: (torch.manual_seed(1), torch.randn(n))[1], 3)
    assert "same values whatever" in said(checks.draws_from_generator, lambda n, generator: torch.ones(n), 3)
    assert "two generators of equal seed" in said(
        checks.draws_from_generator, lambda n, generator: torch.from_numpy(np.random.rand(n)), 3)


def test_global_random_numbers_are_as_before():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    checks.draws_from_generator(lambda n, generator: torch.randn(n, generator=generator), 3)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("function", [
    lambda x: x + torch.zeros(2, device=x.device), lambda x: torch.zeros_like(x) + x, lambda x: torch.tensor(2.0) * x,
    lambda x: torch.tensor([x[0].item()]).to(x.device), lambda x: torch.from_numpy(x.numpy()), lambda x: x.new_zeros(2),
    lambda x: x + torch.full((), 2.0), lambda x: torch.tensor(x.tolist()), lambda x: x[torch.arange(2)],
    lambda x: torch.add(torch.tensor(2.0), x, out=x.clone()), lambda x: x[x > 0], lambda x: torch.stack(list(x))])
def test_function_that_follows_the_device_or_cannot_be_judged_passes(function):
    checks.follows_device(function, torch.ones(2))


def filled(x):
    made = torch.empty(2)
    made[:] = x
    return made


def summed(x):
    total = torch.zeros(x.shape, dtype=x.dtype)
    for _ in range(2):
        total += x
    return x / total


@pytest.mark.parametrize("function", [
    lambda x: torch.zeros(2), lambda x: x @ torch.zeros(2), lambda x: x + torch.arange(2), filled, summed,
    lambda x: x @ torch.eye(2), lambda x: torch.nn.functional.conv1d(x[None, None], torch.ones(1, 1, 2))])
def test_device_of_the_input_must_be_followed(function):
    assert "device=x.device" in said(checks.follows_device, function, torch.ones(2))
