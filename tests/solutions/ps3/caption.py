"""Answers to ps3-caption."""

import numpy as np
import torch

right_in_python = {"wrong_layer": 1, "right_number": 96 * 55**2, "rounded_down": 96 * 54**2, "intruder": 48,
                   "all_neurons": 659_272}
right_as_floats = {"right_number": 290_400.0, "intruder": 253_440 / 96 / 55, "all_neurons": 659_272.0}
right_in_numpy = {"wrong_layer": np.int64(1), "right_number": np.prod([96, 55, 55])}
right_in_torch = {"right_number": torch.tensor([96, 55, 55]).prod(), "rounded_down": torch.tensor(279_936)}

wrong_nothing_answered = {"wrong_layer": None, "right_number": None, "rounded_down": None, "intruder": None,
                          "all_neurons": None, "hint": "Hint: wrong_layer is not answered yet"}
wrong_half_answered = {"intruder": None, "hint": "Hint: intruder is not answered yet"}
wrong_counted_from_zero = {"wrong_layer": 0, "hint": "Hint: from 1 to 8"}
wrong_layer_two = {"wrong_layer": 2, "hint": "Hint: wrong_layer should not be 2"}
wrong_name_of_the_layer = {"wrong_layer": "conv1", "hint": "Hint: from 1 to 8"}
wrong_printed_number = {"right_number": 253_440, "hint": "Hint: the printed number is given"}
wrong_maps_of_54 = {"right_number": 279_936, "hint": "Hint: the maps are 54 x 54"}
wrong_one_column = {"right_number": 145_200, "hint": "Hint: one column is counted"}
wrong_one_map = {"right_number": 55 * 55, "hint": "Hint: one map is counted"}
wrong_parameters = {"right_number": 34_944, "hint": "Hint: parameters are counted"}
wrong_rounded_up = {"rounded_down": 290_400, "hint": "Hint: the maps are 55 x 55"}
wrong_one_map_of_54 = {"rounded_down": 54 * 54, "hint": "Hint: one map is counted"}
wrong_replaced_factor = {"intruder": 55, "hint": "Hint: the factor that was replaced"}
wrong_other_factor = {"intruder": 96, "hint": "Hint: another factor"}
wrong_ratio = {"intruder": 48 / 55, "hint": "Hint: the ratio"}
wrong_sum_as_printed = {"all_neurons": 622_312, "hint": "Hint: the printed numbers are added up"}
wrong_sum_with_inputs = {"all_neurons": 809_800, "hint": "Hint: the inputs are counted too"}
wrong_sum_of_the_abstract = {"all_neurons": 650_000, "hint": "Hint: of the abstract"}
wrong_sum_counts_conv4_once = {"all_neurons": 659_272 - 64_896, "hint": "Hint: counted once"}
