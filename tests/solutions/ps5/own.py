"""Answers to ps5-own for SEED = 0: 7 columns, 77 maps of 30 x 30, 203 kernels of 7 x 7, batch 64, kernel 132."""

_RIGHT = {"own_bytes": 8 * 64 * 77 * 30 * 30 * 6, "own_saved": 203 * 66 * 49, "own_maps": (44, 54)}

right_by_formula = _RIGHT
right_column_by_column = {"own_bytes": sum(2 * 4 * 64 * 11 * 900 for a in range(7) for b in range(7) if a != b),
                          "own_saved": 203 * 77 * 49 - 7 * 29 * 11 * 49, "own_maps": [44, 54]}
right_floats = _RIGHT | {"own_bytes": 8 * 64 * 77 * 900 * 6.0, "own_saved": 203 * 66.0 * 49}

wrong_forward_only = _RIGHT | {"own_bytes": 4 * 64 * 77 * 900 * 6, "hint": "Hint: only one way is counted"}
wrong_each_share_once = _RIGHT | {"own_bytes": 8 * 64 * 77 * 900, "hint": "Hint: each share crosses once"}
wrong_own_share_too = _RIGHT | {"own_bytes": 8 * 64 * 77 * 900 * 7, "hint": "Hint: to itself, too"}
wrong_what_one_column_sends = _RIGHT | {"own_bytes": 8 * 64 * 11 * 900 * 6, "hint": "Hint: only what one column sends"}
wrong_all_maps_sent = _RIGHT | {"own_bytes": 8 * 64 * 77 * 900 * 42, "hint": "Hint: each column sends all maps"}
wrong_values = _RIGHT | {"own_bytes": 2 * 64 * 77 * 900 * 6, "hint": "Hint: values are counted, not bytes"}
wrong_one_image = _RIGHT | {"own_bytes": 8 * 77 * 900 * 6, "hint": "Hint: the batch is left out"}
wrong_not_squared = _RIGHT | {"own_bytes": 8 * 64 * 77 * 30 * 6, "hint": "Hint: it is square"}
wrong_kernels_cross = _RIGHT | {"own_bytes": 8 * 64 * 203 * 900 * 6, "hint": "Hint: the kernels of the layer"}
wrong_text = _RIGHT | {"own_bytes": "213 MB", "hint": "Hint: should be a number"}
wrong_what_is_left = _RIGHT | {"own_saved": 203 * 11 * 49, "hint": "Hint: the weights that are left"}
wrong_all_weights = _RIGHT | {"own_saved": 203 * 77 * 49, "hint": "Hint: all weights if the columns talk"}
wrong_half_saved = _RIGHT | {"own_saved": 203 * 77 * 49 // 2, "hint": "Hint: true for two columns only"}
wrong_row_of_weights = _RIGHT | {"own_saved": 203 * 66 * 7, "hint": "Hint: a kernel of k x k has k weights"}
wrong_with_biases = _RIGHT | {"own_saved": 203 * 66 * 49 + 203, "hint": "Hint: biases are counted"}
wrong_cut_twice = _RIGHT | {"own_saved": 203 * 77 * 49 - 29 * 11 * 49, "hint": "Hint: own_saved should not be"}
wrong_counted_from_1 = _RIGHT | {"own_maps": (45, 55), "hint": "Hint: counted from 1"}
wrong_end_of_a_slice = _RIGHT | {"own_maps": (44, 55), "hint": "Hint: the entry after the last map"}
wrong_column_before = _RIGHT | {"own_maps": (33, 43), "hint": "Hint: the column before"}
wrong_next_column = _RIGHT | {"own_maps": (55, 65), "hint": "Hint: the next column"}
wrong_column_0 = _RIGHT | {"own_maps": (0, 10), "hint": "Hint: this is column 0"}
wrong_all_maps = _RIGHT | {"own_maps": (0, 76), "hint": "Hint: the kernel reads all maps"}
wrong_number_of_maps = _RIGHT | {"own_maps": 11, "hint": "Hint: should be (first, last)"}
wrong_row_of_the_mask = _RIGHT | {"own_maps": [44 <= i <= 54 for i in range(77)],
                                  "hint": "Hint: should be (first, last)"}
wrong_left_out = _RIGHT | {"own_maps": None, "hint": "Hint: own_maps is not answered yet"}
