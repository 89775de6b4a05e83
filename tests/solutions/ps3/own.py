"""Answers to ps3-own, for the net of seed 0.

135 pixels; 72 kernels 9/4; pooling 3/2; 40 kernels 5/1 in 4 columns; 32 kernels 3/2.
"""

import numpy as np

right_by_hand = {"my_side": 8, "my_parameters": 72 * 244 + 40 * 451 + 32 * 361,
                 "my_macs": 72 * 243 * 32**2 + 40 * 450 * 15**2 + 32 * 360 * 8**2, "my_field": 65, "my_step": 16}
right_as_floats = {"my_side": 8.0, "my_parameters": 47_160.0, "my_macs": 2.2703184e7, "my_field": 65.0, "my_step": 16.0}
right_in_numpy = {"my_side": np.int64(8), "my_macs": np.dot([17_496, 18_000, 11_520], [1024, 225, 64])}

wrong_nothing_answered = {"my_side": None, "my_parameters": None, "my_macs": None, "my_field": None, "my_step": None,
                          "hint": "Hint: my_side is not answered yet"}
wrong_step_not_answered = {"my_step": None, "hint": "Hint: my_step is not answered yet"}
wrong_rounded_up = {"my_side": 9, "hint": "Hint: sizes are rounded up"}
wrong_one_forgotten = {"my_side": 7, "hint": "Hint: the 1 is forgotten"}
wrong_no_biases = {"my_parameters": 47_016, "hint": "Hint: the biases are forgotten"}
wrong_parameters_ignore_columns = {"my_parameters": 101_160, "hint": "Hint: columns are ignored"}
wrong_parameters_of_one_layer = {"my_parameters": 17_568}
wrong_macs_ignore_columns = {"my_macs": 34_853_184, "hint": "Hint: columns are ignored"}
wrong_operations = {"my_macs": 45_406_368, "hint": "Hint: a product and a sum count as two"}
wrong_macs_with_biases = {"my_macs": 22_787_960, "hint": "Hint: the biases are counted"}
wrong_field_without_pooling = {"my_field": 33, "my_step": 8, "hint": "Hint: the pooling is left out"}
wrong_field_without_strides = {"my_field": 17, "hint": "Hint: strides are ignored"}
wrong_field_step_first = {"my_field": 113, "hint": "Hint: the step is multiplied before"}
wrong_step_adds_strides = {"my_step": 9, "hint": "Hint: strides are added"}
wrong_step_of_conv2 = {"my_step": 8, "hint": "Hint: a stride of 2 is left out"}
wrong_field_of_the_paper = {"my_field": 195, "my_step": 32}
