"""Answers to ps5-saved."""

_RIGHT = {"saved_conv2": 307_200, "saved_conv4": 663_552, "saved_conv5": 442_368,
          "one_column_parameters": 62_378_344, "saved_parameters_pct": 2.26540, "saved_macs_pct": 36.18999}

right_to_many_places = _RIGHT
right_rounded = _RIGHT | {"saved_parameters_pct": 2.27, "saved_macs_pct": 36.2}
right_from_shapes = _RIGHT | {"saved_conv2": 256 * 48 * 5 * 5, "saved_conv4": 384 * 192 * 3 * 3.0,
                              "saved_parameters_pct": 100 * 1_413_120 / 62_378_344,
                              "saved_macs_pct": 100 * 410_849_280 / 1_135_256_096}

wrong_conv2_all_weights = _RIGHT | {"saved_conv2": 614_400, "hint": "Hint: these are all weights"}
wrong_all_layers_whole = _RIGHT | {"saved_conv2": 614_400, "saved_conv4": 1_327_104, "saved_conv5": 884_736,
                                   "one_column_parameters": 63_791_464, "hint": "Hint: these are all weights"}
wrong_with_biases = _RIGHT | {"saved_conv2": 307_456, "saved_conv4": 663_936, "saved_conv5": 442_624,
                              "one_column_parameters": 62_379_240, "hint": "Hint: biases are counted"}
wrong_only_one_half = _RIGHT | {"saved_conv2": 153_600, "saved_conv4": 331_776, "saved_conv5": 221_184,
                                "one_column_parameters": 61_671_784, "hint": "Hint: only half of the kernels"}
wrong_three_quarters = _RIGHT | {"saved_conv2": 460_800, "saved_conv4": 995_328, "saved_conv5": 663_552,
                                 "one_column_parameters": 63_084_904, "hint": "Hint: three quarters"}
wrong_conv4_and_5_exchanged = _RIGHT | {"saved_conv4": 442_368, "saved_conv5": 663_552,
                                        "hint": "Hint: saved_conv4 should not be"}
wrong_conv2_of_3x3 = _RIGHT | {"saved_conv2": 110_592, "hint": "Hint: saved_conv2 should not be"}
wrong_one_column_without_biases = _RIGHT | {"one_column_parameters": 62_367_776, "hint": "Hint: biases are left out"}
wrong_two_columns_counted = _RIGHT | {"one_column_parameters": 60_965_224,
                                      "hint": "Hint: this is the net in two columns"}
wrong_saved_taken_away = _RIGHT | {"one_column_parameters": 59_552_104,
                                   "hint": "Hint: the saved weights are taken away"}
wrong_one_gpu_net = _RIGHT | {"one_column_parameters": 59_798_312, "hint": "Hint: one_column_parameters should not be"}
wrong_sum_does_not_fit = _RIGHT | {"one_column_parameters": 62_000_000,
                                   "hint": "Hint: is 1,034,776 more than 60,965,224: one of the two is wrong"}
wrong_share_of_two_columns = _RIGHT | {"saved_parameters_pct": 100 * 1_413_120 / 60_965_224,
                                       "hint": "Hint: a share of the net in two columns"}
wrong_macs_share_of_two_columns = _RIGHT | {"saved_macs_pct": 56.715, "hint": "Hint: a share of the net in two columns"}
wrong_fraction = _RIGHT | {"saved_macs_pct": 0.3619, "hint": "Hint: multiply by 100"}
wrong_parameters_fraction = _RIGHT | {"saved_parameters_pct": 0.022654, "hint": "Hint: multiply by 100"}
wrong_what_is_left = _RIGHT | {"saved_macs_pct": 63.81, "hint": "Hint: it is what is left"}
wrong_equal_shares = _RIGHT | {"saved_macs_pct": 2.265, "hint": "Hint: saved_macs_pct should not be"}
wrong_half_of_the_work = _RIGHT | {"saved_macs_pct": 50.0, "hint": "Hint: saved_macs_pct should not be"}
wrong_share_of_conv_weights = _RIGHT | {"saved_parameters_pct": 37.7,
                                        "hint": "Hint: saved_parameters_pct should not be"}
wrong_conv2_left_out = _RIGHT | {"saved_conv2": None, "hint": "Hint: saved_conv2 is not answered yet"}
wrong_share_left_out = _RIGHT | {"saved_macs_pct": None, "hint": "Hint: saved_macs_pct is not answered yet"}
wrong_text = _RIGHT | {"saved_parameters_pct": "2.27 %", "hint": "Hint: saved_parameters_pct should be a number"}
wrong_text_of_digits = _RIGHT | {"saved_conv2": "307,200", "hint": "Hint: saved_conv2 should be a number"}
