"""When the rate falls: made-up courses of errors, and the answers by hand."""

import json
import math

import pytest

from alexnet_lib.paper.claims import CLAIMS
from alexnet_lib.training.schedules import RELEASED_RUNS, Schedule, ScheduleState, after_pass, start

NAN = math.nan


def rates(schedule, errors, lr=1.0):
    """The rate of each pass, the first included, when pass i ends with errors[i]."""
    state, found = start(schedule, lr), []
    for number, error in enumerate(errors, 1):
        found.append(state.lr)
        state = after_pass(schedule, state, number, error)
    return found + [state.lr]


@pytest.mark.parametrize("errors, by_hand", [
    # patience 2: the rate falls after the second pass in a row that brings no improvement
    ([50, 40, 30, 20], [1, 1, 1, 1, 1]),
    ([50, 40, 41, 42, 30], [1, 1, 1, 1, 0.1, 0.1]),
    ([50, 40, 41, 39, 40, 41], [1, 1, 1, 1, 1, 1, 0.1]),  # an improvement starts the count again
    ([50, 60, 50, 60, 50], [1, 1, 1, 0.1, 0.1, 0.01]),  # a tie is no improvement
    ([50, 50, 50, 50, 50], [1, 1, 1, 0.1, 0.1, 0.01]),  # a reduction starts the count again
    ([50, 49.95, 49.9, 49.85, 49.8], [1, 1, 1, 1, 1, 1]),  # 0.05 is too little in one pass, 0.1 in two is enough
    ([50, 49.95, 49.95, 40], [1, 1, 1, 0.1, 0.1]),
    ([NAN, NAN, 50, NAN, NAN], [1, 1, 0.1, 0.1, 0.1, 0.01]),  # not a number is no improvement, nor is it ever the best
    ([50, NAN, 40, NAN, 30], [1, 1, 1, 1, 1, 1]),
    ([math.inf, math.inf, 50], [1, 1, 0.1, 0.1]),
    ([0, 0, 0], [1, 1, 1, 0.1]),
])
def test_plateau_by_hand(errors, by_hand):
    assert rates(Schedule(patience=2), errors) == pytest.approx(by_hand)


def test_the_papers_rule_goes_from_0_01_to_0_00001_in_three_reductions_and_no_further():
    quantities = {q.name: q.value for q in next(c for c in CLAIMS if c.id == "C52").quantities}
    schedule = Schedule(patience=1)
    assert (schedule.factor, schedule.reductions) == (quantities["divisor"], quantities["reductions"])
    found = rates(schedule, [50] * 40, quantities["first learning rate"])
    assert found[:5] == [0.01, 0.01, 0.001, 0.0001, 0.00001] and set(found[4:]) == {0.00001}


@pytest.mark.parametrize("reductions", [0, 1, 2, 5])
def test_never_more_than_reductions(reductions):
    schedule = Schedule(patience=3, reductions=reductions, factor=2)
    assert rates(schedule, [50] * 100)[-1] == 0.5**reductions


def test_without_a_least_improvement_any_fall_counts_and_a_tie_does_not():
    schedule = Schedule(patience=1, min_improvement=0)
    assert rates(schedule, [50, 50 - 1e-12, 50 - 1e-12]) == [1, 1, 1, 0.1]


def test_a_fall_of_just_the_least_improvement_counts_whatever_the_rounding():
    assert 18.2 - 18.1 < 0.1 < 18.3 - 18.1 - 0.09
    assert set(rates(Schedule(patience=1), [18.3, 18.2, 18.1, 18.0, 17.9, 17.8])) == {1.0}
    assert rates(Schedule(patience=1), [18.3, 18.201]) == [1, 1, 0.1]


def test_patience_counts_passes_also_where_only_some_are_measured():
    measured = {3: 50.0, 6: 50.0, 9: 50.0}
    for numbers in (range(1, 10), (3, 6, 9)):  # told of every pass, or only of those that were measured
        schedule = Schedule(patience=6)
        state = start(schedule, 1.0)
        found = {}
        for number in numbers:
            state = after_pass(schedule, state, number, measured.get(number))
            found[number] = state.lr
        assert (found[3], found[6], found[9]) == (1.0, 1.0, 0.1)


@pytest.mark.parametrize("numbers", [range(1, 8), (3, 7), (7,)])
def test_fixed_passes_are_divided_when_they_are_done_however_often_one_asks(numbers):
    schedule = Schedule("passes", passes=(2, 3, 5, 7))
    state = start(schedule, 1.0)
    for number in numbers:
        state = after_pass(schedule, state, number)
        assert state.lr == pytest.approx(0.1 ** sum(at <= number for at in (2, 3, 5, 7)))
    assert state.reductions == 4, "as many as are named, also beyond three"


def test_the_released_runs_drop_in_passes_23_51_and_78():
    run = RELEASED_RUNS[2010]
    found = rates(Schedule("passes", passes=run.passes), [None] * run.stopped, 0.01)
    assert [found.index(lr) for lr in (0.01, 0.001, 0.0001, 0.00001)] == [0, 23, 51, 78]
    assert len(found) == 93 + 1 and (run.conv1_passes, run.noise_off) == ((68, 72), 68)
    assert RELEASED_RUNS[2012] == ((25, 51, 79), (67, 72), 67, 91)


def test_constant_never_changes():
    assert set(rates(Schedule("constant"), [50, 60, NAN, None] * 10, 0.02)) == {0.02}


@pytest.mark.parametrize("schedule", [Schedule(patience=2), Schedule("passes", passes=(2, 4)), Schedule("constant")])
def test_a_state_that_went_through_strict_json_goes_on_as_if_it_had_not(schedule):
    state = kept = start(schedule, 0.01)
    for number, error in enumerate([50, 51, 52, NAN, 40, 39.95, 41, 42], 1):
        state = after_pass(schedule, state, number, error)
        text = json.dumps(kept.to_dict(), allow_nan=False)
        kept = after_pass(Schedule(**json.loads(json.dumps(schedule.to_dict()))),
                          ScheduleState.from_dict(json.loads(text)), number, error)
        assert kept == state


def test_the_same_arguments_give_the_same_state_whatever_was_asked_before():
    schedule = Schedule(patience=1)
    state = after_pass(schedule, start(schedule, 1.0), 1, 50)
    first = after_pass(schedule, state, 2, 60)
    for error in (40, 70, NAN):
        after_pass(schedule, state, 2, error)
    assert after_pass(schedule, state, 2, 60) == first and state.passes_done == 1


@pytest.mark.parametrize("passes_done", [3, 2, 0])
def test_a_pass_is_not_counted_twice(passes_done):
    for schedule in (Schedule(), Schedule("constant"), Schedule("passes", passes=(1,))):
        state = after_pass(schedule, start(schedule, 1.0), 3, 50)
        with pytest.raises(ValueError, match=f"above 3.*not {passes_done}"):
            after_pass(schedule, state, passes_done, 50)


@pytest.mark.parametrize("settings, message", [
    ({"kind": "cosine"}, "'cosine': choose one of plateau, passes, constant"), ({"factor": 1}, "above 1, not 1"),
    ({"factor": NAN}, "above 1, not nan"), ({"reductions": -1}, "reductions.*at least 0, not -1"),
    ({"patience": 0}, "patience.*at least 1, not 0"), ({"patience": 2.5}, "whole number.*2.5"),
    ({"min_improvement": -0.1}, "at least 0, not -0.1"), ({"kind": "passes"}, "needs one pass or more"),
    ({"passes": (3,)}, r"\(3,\) need schedule 'passes', not 'plateau'"),
    ({"kind": "passes", "passes": (30, 30)}, "higher than the one before"),
    ({"kind": "passes", "passes": (0, 30)}, "from 1 on"), ({"kind": "passes", "passes": (1.5,)}, "whole numbers"),
])
def test_impossible_schedules_are_refused_with_what_is_allowed(settings, message):
    with pytest.raises(ValueError, match=message):
        Schedule(**settings)


@pytest.mark.parametrize("lr", [0, -0.1, NAN, math.inf])
def test_impossible_rates_are_refused(lr):
    with pytest.raises(ValueError, match="lr must be above 0"):
        start(Schedule(), lr)


@pytest.mark.parametrize("data", [{}, {"lr": 0.1}, ScheduleState(0.1).to_dict() | {"speed": 1}])
def test_a_state_of_other_names_is_refused(data):
    with pytest.raises(ValueError, match="a schedule's state has lr, best_error_pct, stale"):
        ScheduleState.from_dict(data)
