"""Answers to ps1-own-steps for seed 0: weight 2.9, gradients 0.72, 1.92, 0.97, rates 0.2, 0.2, 0.02."""

import numpy as np
import torch

right_six_decimals = {"velocity_3": -0.482145, "weight_3": 1.759428, "torch_weight_3": 2.175879}
right_numpy_numbers = {"velocity_3": np.float64(-0.48214533), "weight_3": np.float64(1.7594281),
                       "torch_weight_3": np.float64(2.17587872)}
right_tensors = {"velocity_3": torch.tensor(-0.48214533), "weight_3": torch.tensor(1.7594281),
                 "torch_weight_3": torch.tensor(2.17587872)}

wrong_unanswered = {"velocity_3": None, "hint": "Hint: velocity_3 is not answered yet"}
wrong_weight_unanswered = {"weight_3": None, "hint": "Hint: weight_3 is not answered yet"}
wrong_torch_unanswered = {"torch_weight_3": None, "hint": "Hint: torch_weight_3 is not answered yet"}
wrong_rounded = {"velocity_3": -0.48, "weight_3": 1.76, "hint": "Hint: 2 decimals are too few"}
wrong_text = {"velocity_3": "-0.482145", "weight_3": "1.759428", "hint": "Hint: should be a number"}
wrong_words = {"velocity_3": "downwards", "hint": "Hint: should be a number"}
wrong_uphill = {"velocity_3": 0.481096, "weight_3": 4.037840, "torch_weight_3": 3.6,
                "hint": "Hint: which way does the weight move"}
wrong_no_decay = {"velocity_3": -0.48164, "weight_3": 1.76076, "hint": "Hint: the decay is left out"}
wrong_decay_without_rate = {"velocity_3": -0.485173, "weight_3": 1.753095,
                            "hint": "Hint: the decay is not multiplied by the rate"}
wrong_decay_outside = {"velocity_3": -0.48164, "weight_3": 1.760172,
                       "hint": "Hint: the decay is not in the velocity"}
wrong_old_velocity_moves = {"velocity_3": -0.482163, "weight_3": 2.241559,
                            "hint": "Hint: the weight moves by the old velocity"}
wrong_no_momentum = {"velocity_3": -0.019424, "weight_3": 2.352011, "hint": "Hint: momentum is left out"}
wrong_one_rate = {"velocity_3": -0.656947, "weight_3": 1.584626, "hint": "Hint: the third rate is not a tenth"}
wrong_two_steps = {"velocity_3": -0.514137, "weight_3": 2.241573, "hint": "Hint: you stop after two steps"}
wrong_nesterov = {"velocity_3": -0.482129, "weight_3": 1.325541}
wrong_damped = {"velocity_3": -0.048216, "weight_3": 2.785940}
wrong_velocity_of_torch = {"velocity_3": 3.284735, "weight_3": 1.759428,
                           "hint": "Hint: as in torch.optim.SGD"}
wrong_weight_of_torch = {"velocity_3": -0.482145, "weight_3": 2.175879, "hint": "Hint: as in torch.optim.SGD"}
wrong_torch_is_paper = {"torch_weight_3": 1.759428, "hint": "Hint: this is the paper's rule"}
wrong_torch_one_rate = {"torch_weight_3": 1.584626, "hint": "Hint: the third rate is not a tenth"}
wrong_torch_two_steps = {"torch_weight_3": 2.241573, "hint": "Hint: you stop after two steps"}
wrong_torch_no_momentum = {"torch_weight_3": 2.352011, "hint": "Hint: momentum is left out"}
wrong_torch_no_decay = {"torch_weight_3": 2.176776, "hint": "Hint: the decay is left out"}
wrong_numbers_of_another_seed = {"velocity_3": -0.35, "weight_3": 1.2, "torch_weight_3": 1.5}
