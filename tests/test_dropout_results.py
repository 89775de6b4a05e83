"""Dropout's gap and price from records: passes between looks, bounds, and the rule of C44 to C46."""

import pytest
from made_records import put_run

from alexnet_lib import paper
from alexnet_lib.experiments.comparison import load_comparison
from alexnet_lib.experiments.dropout_results import (
    PAPER_RATIO,
    first_division,
    gap_at_equal_training_error,
    judge,
    match_errors,
    measured_effects,
    passes_to_error,
    price_ratio,
)
from alexnet_lib.experiments.overfitting import OVERFITTING
from alexnet_lib.experiments.verdicts import verdict
from alexnet_lib.plots.dropout import draw_units, plot_matched_passes, plot_price

LOOKS = (6, 12, 18, 24, 30, 36, 42, 48)
SLOW = (75, 70, 65, 60, 55, 50, 40, 38)  # the net with dropout has 50 % at the first division


def put(folder, arm_name, curves, gaps=(2.0, 2.0, 2.0), seconds_a_pass=5.0, budget="reduced"):
    """One record a seed, with these training errors at the looks and a constant gap to the validation error."""
    images = list(range(5_000, 240_001, 5_000))
    history = {"training_images": 5_000, "images": images, "time_s": [seconds_a_pass * n / 5_000 for n in images]}
    for seed, (curve, gap) in enumerate(zip(curves, gaps, strict=False)):
        put_run(folder, OVERFITTING, arm_name, seed,
                {"validation_error_pct": curve[-1] + gap, "training_error_pct": curve[-1]}, budget, history=history,
                looks={"passes": LOOKS, "training_error_pct": curve, "validation_error_pct": [e + gap for e in curve]})


def falling(at_50):
    """Training errors that fall by 2 points a pass and have 50 % at this pass."""
    return [50 + 2 * (at_50 - passes) for passes in LOOKS]


def both(folder, reached, slow=SLOW, slow_s=5.0, **how):
    put(folder, "dropout", [slow] * len(reached), seconds_a_pass=slow_s)
    put(folder, "paper", [falling(passes) for passes in reached], **how)


@pytest.mark.parametrize("level, expected", [
    (50, (12.0, "none")), (55, (9.0, "none")), (30, (24.0, "none")), (60, (6.0, "at most")), (70, (6.0, "at most")),
    (10, (30.0, "at least")),
])
def test_passes_run_straight_between_looks_and_are_bounds_beyond_them(level, expected):
    assert passes_to_error([6, 12, 18, 24, 30], [60, 50, 52, 30, 20], level) == expected


def test_the_first_time_counts_where_the_error_jumps():
    assert passes_to_error([6, 12, 18, 24], [60, 40, 55, 35], 50) == (9.0, "none")


@pytest.mark.parametrize("passes, errors", [([], []), ([6, 12], [50])])
def test_looks_without_errors_are_refused(passes, errors):
    with pytest.raises(ValueError, match="one error a look"):
        passes_to_error(passes, errors, 50)


def test_the_level_is_that_of_the_net_with_dropout_at_the_first_division(tmp_path):
    both(tmp_path, [18, 20, 22])
    found = load_comparison(OVERFITTING, folder=tmp_path)
    assert first_division(found) == 36  # three quarters of 48
    matches = match_errors(found)
    assert [match.seed for match in matches] == [0, 1, 2] and {match.error_pct for match in matches} == {50.0}
    assert [match.without_passes for match in matches] == pytest.approx([18, 20, 22])
    assert {match.with_passes for match in matches} == {36.0} and {match.bound for match in matches} == {"none"}
    earlier = match_errors(found, at=27)
    assert {match.error_pct for match in earlier} == {57.5}
    assert [match.without_passes for match in earlier] == pytest.approx([14.25, 16.25, 18.25])


def test_seconds_are_read_off_the_history(tmp_path):
    both(tmp_path, [18, 18, 18], seconds_a_pass=4.0, slow_s=5.0)
    matches = match_errors(load_comparison(OVERFITTING, folder=tmp_path))
    assert (matches[0].with_s, matches[0].without_s) == pytest.approx((180, 72))
    assert price_ratio(matches).value == pytest.approx(2) and price_ratio(matches, "s").value == pytest.approx(2.5)


def test_gap_at_equal_training_error_is_that_of_the_validation_errors(tmp_path):
    both(tmp_path, [18, 20, 22], gaps=(9.0, 10.0, 11.0))  # with dropout the gap is 2
    matches = match_errors(load_comparison(OVERFITTING, folder=tmp_path))
    assert gap_at_equal_training_error(matches).value == pytest.approx(8)
    assert gap_at_equal_training_error(matches[:1]) is None
    both(tmp_path, [2, 3, 4])  # there by the first look: not at the same error
    assert gap_at_equal_training_error(match_errors(load_comparison(OVERFITTING, folder=tmp_path))) is None


@pytest.mark.parametrize("claim", ["C44", "C45", "C46"])
def test_without_records_or_with_two_seeds_there_is_no_verdict(tmp_path, claim):
    assert judge(claim, tmp_path).label == "no record yet"
    both(tmp_path, [18, 20])
    assert judge(claim, tmp_path).label == "no record yet"
    both(tmp_path, [18, 20, 22])
    assert judge(claim, tmp_path).label != "no record yet"


def test_one_arm_alone_gives_no_matches(tmp_path):
    put(tmp_path, "dropout", [SLOW] * 3)
    found = load_comparison(OVERFITTING, folder=tmp_path)
    assert match_errors(found) == () and price_ratio(()) is None and measured_effects(found) == {}
    assert measured_effects(None) == {}


@pytest.mark.parametrize("claim", ["C45", "C46"])
@pytest.mark.parametrize("reached, label", [
    ((17, 18, 19), "reproduced"),  # the interval holds 2
    ((11, 12, 13), "partly"),  # wholly above 2
    ((23.5, 24, 24.5), "partly"),  # between 1 and 2
    ((34, 36, 38), "not reproduced"),  # about 1
    ((8, 18, 40), "undecided"),  # holds 1 and 2
    ((4, 4, 5), "partly"),  # bounds: 6 times at least
    ((4, 18, 40), "undecided"),  # bounded, and not surely above 1
])
def test_price_is_judged_by_the_interval_of_the_ratio(tmp_path, claim, reached, label):
    both(tmp_path, reached)
    assert judge(claim, tmp_path).label == label


def test_an_error_that_is_never_reached_bounds_the_ratio_from_above(tmp_path):
    both(tmp_path, [60, 70, 80], slow=[20] * 8)
    ratio = price_ratio(match_errors(load_comparison(OVERFITTING, folder=tmp_path)))
    assert (ratio.value, ratio.bound) == (pytest.approx(36 / 48), "upper")
    found = judge("C45", tmp_path)
    assert found.label == "not reproduced" and "a bound at 3 of 3 seeds" in found.reason


def test_bounds_of_both_kinds_decide_nothing(tmp_path):
    put(tmp_path, "dropout", [SLOW] * 3)
    put(tmp_path, "paper", [falling(2), falling(2), [90] * 8])
    assert judge("C45", tmp_path).label == "undecided"


def test_time_and_passes_are_judged_apart(tmp_path):
    both(tmp_path, [17, 18, 19], slow_s=10.0)  # twice the passes, four times the seconds
    assert (judge("C45", tmp_path).label, judge("C46", tmp_path).label) == ("reproduced", "partly")


@pytest.mark.parametrize("without_gaps, end, label", [
    ((9.0, 9.1, 9.2), 40, "reproduced"),  # gap and validation error are larger without
    ((9.0, 9.1, 9.2), 20, "partly"),  # only the gap is
    ((1.0, 1.1, 0.9), 40, "not reproduced"),
    ((2.5, 2.0, 1.5), 40, "undecided"),
])
def test_overfitting_is_judged_by_gap_and_error(tmp_path, without_gaps, end, label):
    put(tmp_path, "dropout", [SLOW] * 3)
    put(tmp_path, "paper", [[*falling(18)[:-1], end]] * 3, gaps=without_gaps)
    assert judge("C44", tmp_path).label == label


def test_another_claim_is_refused():
    with pytest.raises(ValueError, match="C44, C45, C46, not C38"):
        judge("C38")


def test_full_records_win_once_they_decide(tmp_path):
    both(tmp_path, [17, 18, 19])
    put(tmp_path, "paper", [falling(18)], budget="full")
    assert judge("C45", tmp_path).budget == "reduced"


def test_the_ledger_asks_here(tmp_path):
    both(tmp_path, [17, 18, 19])
    assert verdict("C45", tmp_path) == judge("C45", tmp_path)


def test_what_the_inverted_form_changes_is_told(tmp_path):
    put(tmp_path, "dropout", [SLOW] * 3)
    put(tmp_path, "dropout-inverted", [[e - 3 for e in SLOW]] * 3)
    text = measured_effects(load_comparison(OVERFITTING, folder=tmp_path))["LIB-02"]
    assert "validation error -3.00 points" in text and "training error -3.00 points" in text


def test_the_paper_s_ratio_is_that_of_its_claims():
    assert {q.value for claim in ("C45", "C46") for q in paper.claim(claim).quantities} == {PAPER_RATIO}


# --- plots ------------------------------------------------------------------------------------------


def test_dropped_units_are_crossed_and_hidden(ax):
    draw_units(ax, [0, 1, 2, 3, 4, 5], [1, 0, 1, 1, 1, 0], across=3)
    grid = ax.images[0].get_array()
    assert grid.mask.tolist() == [[False, True, False], [False, False, True]]
    assert {tuple(point) for point in ax.lines[0].get_xydata().tolist()} == {(1, 0), (2, 1)}
    assert ax.images[0].get_clim() == (0, 5)


def test_panels_can_share_a_scale(ax):
    draw_units(ax, [0, 1, 2, 3], across=2, highest=8)
    assert ax.images[0].get_clim() == (0, 8) and not ax.images[0].get_array().mask.any()


@pytest.mark.parametrize("values, kept, message", [([1] * 5, None, "rows of 2"), ([], None, "rows of 2"),
                                                   ([1] * 4, [1] * 3, "a mask of 3")])
def test_units_that_fill_no_rectangle_are_refused(ax, values, kept, message):
    with pytest.raises(ValueError, match=message):
        draw_units(ax, values, kept, across=2)


def test_matched_passes_stand_at_their_feet(ax):
    plot_matched_passes(ax, (LOOKS, falling(18)), (LOOKS, SLOW), 50, 18, 36, "≤ ")
    level = next(line for line in ax.lines if len(set(line.get_ydata())) == 1)
    assert level.get_xydata().tolist() == [[18, 50], [36, 50]]
    feet = [line.get_xydata().tolist() for line in ax.lines if list(line.get_ydata()) == [0, 50]]
    assert feet == [[[18, 0], [18, 50]], [[36, 0], [36, 50]]]
    assert {text.get_text() for text in ax.texts} == {"≤ 18.0", "36", "without", "with dropout"}


def test_a_curve_without_looks_is_refused(ax):
    with pytest.raises(ValueError, match="no points"):
        plot_matched_passes(ax, ([], []), (LOOKS, SLOW), 50, 18, 36)


def test_bounds_are_open_arrows_and_the_last_ratio_is_the_rule_s(ax):
    plot_price(ax, [12, 24, 36], [(1.9, 1.5, 2.4, "lower"), (2.5, 1.6, 4.0, "none"), (0.8, 0.7, 0.9, "upper")], 2)
    points = [line for line in ax.lines if line.get_marker() not in ("None", None)]
    assert [(line.get_marker(), line.get_markerfacecolor() == "white") for line in points] == [
        ("^", True), ("o", False), ("v", True)]
    bars = [line.get_xydata().tolist() for line in ax.lines if len(set(line.get_xdata())) == 1 and line not in points]
    assert bars == [[[12, 1.5], [12, 2.4]], [[24, 1.6], [24, 4.0]], [[36, 0.7], [36, 0.9]]]
    rule = next(text for text in ax.texts if text.get_text() == "the rule")
    assert rule.xy == (36, 0.9) and rule.get_color() == points[-1].get_color() != points[0].get_color()


def test_a_price_needs_a_pass(ax):
    with pytest.raises(ValueError, match="one ratio a pass"):
        plot_price(ax, [12], [], 2)
