"""Answers to ps5-own for SEED = 0: 7 columns, 84 maps of 30 x 30, 182 kernels of 11 x 11, batch 64, kernel 103."""

_RIGHT = {"own_bytes": 8 * 64 * 84 * 30 * 30 * 6, "own_saved": 182 * 72 * 121, "own_maps": (36, 47)}

right_by_formula = _RIGHT
right_column_by_column = {"own_bytes": sum(2 * 4 * 64 * 12 * 900 for a in range(7) for b in range(7) if a != b),
                          "own_saved": 182 * 84 * 121 - 7 * 26 * 12 * 121, "own_maps": [36, 47]}
right_floats = _RIGHT | {"own_bytes": 8 * 64 * 84 * 900 * 6.0, "own_saved": 182 * 72.0 * 121}

wrong_forward_only = _RIGHT | {"own_bytes": 4 * 64 * 84 * 900 * 6, "hint": "Hint: only one way is counted"}
wrong_each_share_once = _RIGHT | {"own_bytes": 8 * 64 * 84 * 900, "hint": "Hint: each share crosses once"}
wrong_own_share_too = _RIGHT | {"own_bytes": 8 * 64 * 84 * 900 * 7, "hint": "Hint: to itself, too"}
wrong_what_one_column_sends = _RIGHT | {"own_bytes": 8 * 64 * 12 * 900 * 6, "hint": "Hint: only what one column sends"}
wrong_all_maps_sent = _RIGHT | {"own_bytes": 8 * 64 * 84 * 900 * 42, "hint": "Hint: each column sends all maps"}
wrong_pairs_exchange_all = _RIGHT | {"own_bytes": 8 * 64 * 84 * 900 * 21, "hint": "Hint: each pair of columns"}
wrong_values = _RIGHT | {"own_bytes": 2 * 64 * 84 * 900 * 6, "hint": "Hint: values are counted, not bytes"}
wrong_one_image = _RIGHT | {"own_bytes": 8 * 84 * 900 * 6, "hint": "Hint: the batch is left out"}
wrong_not_squared = _RIGHT | {"own_bytes": 8 * 64 * 84 * 30 * 6, "hint": "Hint: it is square"}
wrong_kernels_cross = _RIGHT | {"own_bytes": 8 * 64 * 182 * 900 * 6, "hint": "Hint: the kernels of the layer"}
wrong_text = _RIGHT | {"own_bytes": "232 MB", "hint": "Hint: should be a number"}
wrong_what_is_left = _RIGHT | {"own_saved": 182 * 12 * 121, "hint": "Hint: the weights that are left"}
wrong_all_weights = _RIGHT | {"own_saved": 182 * 84 * 121, "hint": "Hint: all weights if the columns talk"}
wrong_half_saved = _RIGHT | {"own_saved": 182 * 84 * 121 // 2, "hint": "Hint: true for two columns only"}
wrong_row_of_weights = _RIGHT | {"own_saved": 182 * 72 * 11, "hint": "Hint: a kernel of k x k has k weights"}
wrong_with_biases = _RIGHT | {"own_saved": 182 * 72 * 121 + 182, "hint": "Hint: biases are counted"}
wrong_cut_twice = _RIGHT | {"own_saved": 182 * 84 * 121 - 26 * 12 * 121, "hint": "Hint: own_saved should not be"}
wrong_counted_from_1 = _RIGHT | {"own_maps": (37, 48), "hint": "Hint: counted from 1"}
wrong_end_of_a_slice = _RIGHT | {"own_maps": (36, 48), "hint": "Hint: the entry after the last map"}
wrong_column_before = _RIGHT | {"own_maps": (24, 35), "hint": "Hint: the column before"}
wrong_next_column = _RIGHT | {"own_maps": (48, 59), "hint": "Hint: the next column"}
wrong_column_0 = _RIGHT | {"own_maps": (0, 11), "hint": "Hint: this is column 0"}
wrong_all_maps = _RIGHT | {"own_maps": (0, 83), "hint": "Hint: the kernel reads all maps"}
wrong_number_of_maps = _RIGHT | {"own_maps": 12, "hint": "Hint: should be (first, last)"}
wrong_row_of_the_mask = _RIGHT | {"own_maps": [36 <= i <= 47 for i in range(84)],
                                  "hint": "Hint: should be (first, last)"}
wrong_left_out = _RIGHT | {"own_maps": None, "hint": "Hint: own_maps is not answered yet"}
