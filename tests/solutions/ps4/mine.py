"""Answers to ps4-mine, for SEED = 0: images of 94 x 179 pixels, crops of 53."""

import numpy as np
import torch

right_all = {"my_patches": 10_668, "my_green": -202.653, "my_green_released": -2.6739}
right_rounded = {"my_patches": 10_668.0, "my_green": -202.7, "my_green_released": -2.674}
right_arrays = {"my_patches": np.int64(10_668), "my_green": torch.tensor(-202.653, dtype=torch.float64),
                "my_green_released": np.float32(-2.6739)}

wrong_last_places_forgotten = {"my_patches": 2 * 41 * 126, "hint": "Hint: the last places are forgotten"}
wrong_no_mirrors = {"my_patches": 42 * 127, "hint": "Hint: mirror images are forgotten"}
wrong_square_by_height = {"my_patches": 2 * 42**2, "hint": "Hint: squares as high as they are"}
wrong_square_by_width = {"my_patches": 2 * 127**2, "hint": "Hint: squares as wide as they are"}
wrong_places_added = {"my_patches": 2 * (42 + 127), "hint": "Hint: are added"}
wrong_paper_count = {"my_patches": 2178}
wrong_exchanged = {"my_green": -2.6739, "my_green_released": -202.653, "hint": "Hint: are exchanged"}
wrong_released_as_printed = {"my_green_released": -202.653, "hint": "Hint: are exchanged"}
wrong_rows = {"my_green": 207.594, "my_green_released": 3.5788, "hint": "Hint: rows of the matrix"}
wrong_red = {"my_green": -56.7027, "my_green_released": 0.2105, "hint": "Hint: shift of red"}
wrong_blue = {"my_green": -305.7665, "my_green_released": -7.2037, "hint": "Hint: shift of blue"}
wrong_no_draws = {"my_green": -3848.0568, "my_green_released": -75.1954, "hint": "Hint: the draws are left out"}
wrong_first_component = {"my_green": -199.447, "my_green_released": -3.0938, "hint": "Hint: only the first component"}
wrong_a_tenth_again = {"my_green": -20.2653, "my_green_released": -0.26739, "hint": "Hint: 0.1 once more"}
wrong_sign = {"my_green": 202.653, "my_green_released": 2.6739}
wrong_one_is_missing = {"my_green_released": None, "hint": "Hint: my_green_released is not answered yet"}
wrong_none = {"my_patches": None, "my_green": None, "my_green_released": None, "hint": "Hint: not answered yet"}
wrong_text = {"my_patches": "10668", "hint": "Hint: should be a number"}
wrong_all_three_channels = {"my_green": torch.tensor([-56.7027, -202.653, -305.7665], dtype=torch.float64)}
wrong_unit_scale = {"my_green": -202.653 / 255, "my_green_released": -2.6739 / 255}
