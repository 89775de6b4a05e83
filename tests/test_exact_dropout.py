"""Halved outputs against the mean over every mask: means and distances by hand, and what the check finds."""

import math

import pytest
import torch

from alexnet_lib.experiments import exact_dropout
from alexnet_lib.experiments.exact_dropout import CHECKS, all_masks, distance_pct, geometric_mean


def test_every_mask_comes_once():
    masks = all_masks(3)
    assert sorted(map(tuple, masks.tolist())) == [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    assert masks.mean(0).tolist() == [0.5] * 3 and masks.dtype == torch.float64


@pytest.mark.parametrize("units", [0, -1, 17])
def test_too_many_units_are_refused(units):
    with pytest.raises(ValueError, match="sample them"):
        all_masks(units)


def test_geometric_mean_by_hand():
    p = torch.tensor([[[0.2, 0.8]], [[0.8, 0.2]], [[0.5, 0.5]]]).double()
    assert geometric_mean(p.log()).flatten().tolist() == pytest.approx([0.5, 0.5])
    p = torch.tensor([[[0.9, 0.1]], [[0.5, 0.5]]]).double()
    roots = math.sqrt(0.9 * 0.5), math.sqrt(0.1 * 0.5)
    assert geometric_mean(p.log()).flatten().tolist() == pytest.approx([root / sum(roots) for root in roots])


def test_distance_is_the_probability_placed_otherwise():
    p, q = torch.tensor([[0.7, 0.2, 0.1], [1.0, 0, 0]]), torch.tensor([[0.5, 0.2, 0.3], [0.0, 1, 0]])
    assert distance_pct(p, q).tolist() == pytest.approx([20, 100])


def test_one_hidden_layer_is_exact_by_hand():
    """Outputs 2 and 4, identity weights: four masks, logits (0, 0), (2, 0), (0, 4), (2, 4); halved (1, 2)."""
    log_p = (torch.tensor([2.0, 4.0]).double() * all_masks(2))[:, None].log_softmax(-1)
    assert torch.allclose(geometric_mean(log_p), torch.tensor([[1.0, 2.0]]).double().softmax(-1), atol=1e-15)
    # a ReLU with a threshold of 3 in between: logits (0, 0) three times and (0, 1) twice over four masks
    logits = (torch.tensor([2.0, 4.0]).double() * all_masks(2) - 3).relu()
    between = geometric_mean(logits[:, None].log_softmax(-1))
    assert between[0, 1].item() == pytest.approx(1 / (1 + math.exp(-0.5))) and between[0, 1] > 0.6
    # while the halved pass (1, 2) stays below the threshold and knows nothing: 1/2


def test_halving_is_exact_with_one_hidden_layer_and_near_with_two():
    found = CHECKS["C43"]()
    assert found.label == "exact, checked" and "4,096 masks" in found.reason and "near and no more" in found.reason


def test_another_factor_than_one_half_is_noticed(monkeypatch):
    monkeypatch.setattr(exact_dropout, "HALF", 0.6)
    found = CHECKS["C43"]()
    assert found.label == "not reproduced" and "NOT" in found.reason


def test_a_layer_that_does_something_else_is_noticed(monkeypatch):
    monkeypatch.setattr(exact_dropout, "PaperDropout", torch.nn.Dropout)  # doubles in training, does not halve
    assert CHECKS["C43"]().label == "not reproduced"


def test_the_check_leaves_the_global_generator_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    CHECKS["C43"]()
    assert torch.equal(torch.get_rng_state(), before)
