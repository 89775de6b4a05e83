"""Answers to ps2-numbers, for SEED = 0: activities 370, 220, 340, 380, 230, map 0; alpha = 0.0006, n = 9."""

import numpy as np
import torch

B, FACTOR, ALPHA = 370 / 32.09**0.75, (2 * (2 ** (4 / 3) - 1) / 30.09) ** 0.5, 0.0006 / 9
RIGHT = {"my_b": B, "my_factor": FACTOR, "my_alpha": ALPHA}

right_as_expressions = RIGHT

right_with_four_digits = {"my_b": 27.44, "my_factor": 0.3178, "my_alpha": 6.667e-5}

right_as_tensors = {"my_b": torch.tensor(B), "my_factor": np.float64(FACTOR), "my_alpha": np.array(ALPHA)}

wrong_b_all_maps = RIGHT | {"my_b": 370 / (2 + 1e-4 * 498_200) ** 0.75, "hint": "Hint: all five maps"}

wrong_b_alpha_over_n = RIGHT | {"my_b": 370 / (2 + 2e-5 * 300_900) ** 0.75, "hint": "Hint: alpha is divided by n"}

wrong_b_without_itself = RIGHT | {"my_b": 370 / (2 + 1e-4 * 164_000) ** 0.75, "hint": "Hint: left out of the sum"}

wrong_b_k_of_torch = RIGHT | {"my_b": 370 / (1 + 30.09) ** 0.75, "hint": "Hint: k is 1"}

wrong_b_no_power = RIGHT | {"my_b": 370 / 32.09, "hint": "Hint: the power is missing"}

wrong_b_root = RIGHT | {"my_b": 370 / 32.09**0.5, "hint": "Hint: the power is 1/2"}

wrong_b_not_squared = RIGHT | {"my_b": 370 / (2 + 1e-4 * 930) ** 0.75, "hint": "Hint: not squared"}

wrong_b_square_of_sum = RIGHT | {"my_b": 370 / (2 + 1e-4 * 930**2) ** 0.75, "hint": "Hint: the sum is squared"}

wrong_b_narrow_window = RIGHT | {"my_b": 370 / (2 + 1e-4 * 185_300) ** 0.75, "hint": "Hint: one map on each side"}

wrong_b_is_the_ratio = RIGHT | {"my_b": B / 370, "hint": "Hint: it is b/a"}

wrong_b_multiplied = RIGHT | {"my_b": 370 * 32.09**0.75, "hint": "Hint: my_b should be above 0 and below 370 / 1.68"}

wrong_b_constant_only = RIGHT | {"my_b": 370 / 1.68, "hint": "Hint: my_b should"}

wrong_b_rounded = RIGHT | {"my_b": 27, "hint": "Hint: 2 digits are too few"}

wrong_b_text = RIGHT | {"my_b": "about 27", "hint": "Hint: should be a number"}

wrong_b_number_as_text = RIGHT | {"my_b": "27.44", "hint": "Hint: my_b should be a number"}

wrong_b_three_digits = RIGHT | {"my_b": 27.4, "hint": "Hint: 3 digits are too few"}

wrong_factor_number_as_text = RIGHT | {"my_factor": "0.3178", "hint": "Hint: my_factor should be a number"}

wrong_alpha_number_as_text = RIGHT | {"my_alpha": "6.667e-5", "hint": "Hint: my_alpha should be a number"}

wrong_factor_three_digits = RIGHT | {"my_factor": 0.318, "hint": "Hint: too few digits"}

wrong_alpha_three_digits = RIGHT | {"my_alpha": 6.67e-5, "hint": "Hint: too few digits"}

wrong_factor_bracket_doubled = RIGHT | {"my_factor": (2 / 30.09) ** 0.5, "hint": "Hint: the bracket is doubled"}

wrong_factor_no_root = RIGHT | {"my_factor": FACTOR**2, "hint": "Hint: the root is forgotten"}

wrong_factor_from_now = RIGHT | {"my_factor": ((32.09 * 2 ** (4 / 3) - 2) / 30.09) ** 0.5,
                                 "hint": "Hint: now is doubled"}

wrong_factor_alpha_over_n = RIGHT | {"my_factor": FACTOR * 5**0.5, "hint": "Hint: alpha is divided by n"}

wrong_factor_all_maps = RIGHT | {"my_factor": FACTOR * (30.09 / 49.82) ** 0.5, "hint": "Hint: all five maps"}

wrong_factor_alone = RIGHT | {"my_factor": FACTOR * (30.09 / 13.69) ** 0.5, "hint": "Hint: the map itself alone"}

wrong_factor_inverse = RIGHT | {"my_factor": 1 / FACTOR, "hint": "Hint: 1 over the factor"}

wrong_factor_k_forgotten = RIGHT | {"my_factor": (2 ** (7 / 3) / 30.09) ** 0.5, "hint": "Hint: k is forgotten"}

wrong_factor_sum = RIGHT | {"my_factor": 30_397**0.5, "hint": "Hint: not a factor"}

wrong_factor_negative = RIGHT | {"my_factor": -FACTOR, "hint": "Hint: above 0"}

wrong_alpha_multiplied = RIGHT | {"my_alpha": 0.0054, "hint": "Hint: multiplied by n"}

wrong_alpha_unchanged = RIGHT | {"my_alpha": 0.0006, "hint": "Hint: handed on as it is"}

wrong_alpha_n_of_the_paper = RIGHT | {"my_alpha": 0.00012, "hint": "Hint: n is 5"}

wrong_alpha_twice = RIGHT | {"my_alpha": 0.0006 / 81, "hint": "Hint: divided by n twice"}

wrong_alpha_of_the_paper = RIGHT | {"my_alpha": 1e-4, "hint": "Hint: the paper's 1e-4"}

wrong_nothing = {"my_b": None, "my_factor": None, "my_alpha": None, "hint": "Hint: not answered yet"}

wrong_one_missing = RIGHT | {"my_alpha": None, "hint": "Hint: my_alpha is not answered yet"}
