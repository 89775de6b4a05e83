"""What the paper says, checked: every count is made again here from kernel sizes and printed formulas."""

import ast
import dataclasses
import doctest
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from alexnet_lib import paper

PACKAGE = Path(paper.__file__).parent
REPOSITORY = PACKAGE.parent.parent
WEIGHT_LAYERS = [layer for layer in paper.LAYERS if layer.kind in ("conv", "fc")]
FIGURE_2 = [number for number in paper.PRINTED_NUMBERS if number.source == "K12 Fig. 2"]

# The net again, independent of the package: name, kernels, window, maps that a kernel reads, side of the map.
CONV = [
    ("conv1", 96, 11, 3, 55), ("conv2", 256, 5, 48, 27), ("conv3", 384, 3, 256, 13),
    ("conv4", 384, 3, 192, 13), ("conv5", 256, 3, 192, 13),
]
DENSE = [("fc6", 4096, 256 * 6 * 6), ("fc7", 4096, 4096), ("fc8", 1000, 4096)]


def count_net(conv_kernels, conv_groups):
    """Parameters and MACs of a net of AlexNet's shape, from widths and groups alone."""
    parameters = macs = 0
    inputs = 3
    windows_and_sides = [(11, 55), (5, 27), (3, 13), (3, 13), (3, 13)]
    for kernels, groups, (window, side) in zip(conv_kernels, conv_groups, windows_and_sides, strict=True):
        weights = kernels * window * window * inputs // groups
        parameters += weights + kernels
        macs += weights * side * side
        inputs = kernels
    values = conv_kernels[-1] * 6 * 6
    for neurons in (4096, 4096, 1000):
        parameters += values * neurons + neurons
        macs += values * neurons
        values = neurons
    return parameters, macs


# ---- the layer table -----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "kernels", "window", "depth", "side"), CONV)
def test_conv_layer_counts_follow_from_its_kernels(name, kernels, window, depth, side):
    layer = paper.layer(name)
    assert sum(layer.kernels) == kernels
    assert layer.output == (kernels, side, side)
    assert layer.weights == kernels * window * window * depth
    assert layer.biases == kernels
    assert layer.macs == kernels * window * window * depth * side * side
    assert layer.neurons == kernels * side * side


@pytest.mark.parametrize(("name", "neurons", "values"), DENSE)
def test_dense_layer_counts_follow_from_its_sizes(name, neurons, values):
    layer = paper.layer(name)
    assert sum(layer.kernels) == neurons
    assert (layer.input, layer.output) == ((values,), (neurons,))
    assert layer.weights == layer.macs == neurons * values
    assert layer.biases == layer.neurons == neurons


def test_the_net_has_60_965_224_parameters():
    assert sum(layer.weights for layer in WEIGHT_LAYERS) == paper.TOTAL_WEIGHTS == 60_954_656
    assert sum(layer.biases for layer in WEIGHT_LAYERS) == paper.TOTAL_BIASES == 10_568
    assert sum(layer.parameters for layer in WEIGHT_LAYERS) == paper.TOTAL_PARAMETERS == 60_965_224


def test_one_image_costs_724_406_816_macs():
    assert sum(layer.macs for layer in WEIGHT_LAYERS) == paper.TOTAL_MACS == 724_406_816


def test_the_net_has_659_272_neurons():
    assert sum(layer.neurons for layer in paper.LAYERS) == paper.TOTAL_NEURONS == 659_272


def test_the_net_has_eight_layers_with_weights():
    assert len(WEIGHT_LAYERS) == paper.claim("C31").quantities[0].value == 8


def test_every_layer_reads_what_the_layer_before_it_gives():
    for before, after in zip(paper.LAYERS, paper.LAYERS[1:], strict=False):
        expected = (math.prod(before.output),) if after.kind == "fc" else before.output
        assert after.input == expected, after.name


def test_map_sizes_are_55_27_13_6_when_positions_are_rounded_up():
    side = 224
    sides = []
    for layer in paper.LAYERS:
        if layer.kind in ("conv", "pool"):
            side = 1 + math.ceil((side + 2 * layer.pad - layer.window) / layer.stride)
            assert layer.output[1:] == (side, side), layer.name
            sides.append(side)
    assert sides == [55, 27, 27, 13, 13, 13, 13, 6]


def test_conv1_hangs_three_pixels_over_the_edge():
    conv1 = paper.layer("conv1")
    needed = (conv1.output[1] - 1) * conv1.stride + conv1.window
    assert (needed, needed - conv1.input[1]) == (227, 3)


def test_receptive_fields_follow_from_windows_and_strides():
    field, step = 1, 1
    for layer in paper.LAYERS:
        if layer.kind in ("conv", "pool"):
            field += (layer.window - 1) * step
            step *= layer.stride
        if layer.kind in ("conv", "pool", "lrn"):
            assert (layer.field, layer.step) == (field, step), layer.name
    assert (field, step) == (195, 32)


def test_response_normalisation_spans_the_five_maps_of_the_formula():
    maps = next(quantity.value for quantity in paper.claim("C27").quantities if quantity.name == "n")
    assert [layer.window for layer in paper.LAYERS if layer.kind == "lrn"] == [maps, maps] == [5, 5]


def test_columns_talk_at_conv3_and_the_dense_layers_only():
    talking = [layer.name for layer in paper.LAYERS if layer.reads == "both columns"]
    assert talking == ["conv3", "fc6", "fc7", "fc8"]


def test_groups_are_the_maps_read_over_the_maps_given():
    convs = [paper.layer(name) for name, *_ in CONV]
    assert tuple(conv.input[0] // conv.depth for conv in convs) == paper.CONV_GROUPS == (1, 2, 1, 2, 2)


def test_conv3_and_conv4_hold_more_than_the_one_per_cent_of_the_introduction():
    shares = {name: paper.parameter_share_pct(name) for name, *_ in CONV}
    bound = paper.claim("C10").quantities[0].value
    assert [name for name, share in shares.items() if share > bound] == ["conv3", "conv4"]
    assert shares["conv3"] == pytest.approx(100 * 885_120 / 60_965_224)


@pytest.mark.parametrize(("position", "parameters", "macs"), [
    (0, 60_965_224, 724_406_816), (1, 59_798_312, 391_514_384),
    (2, 62_378_344, 1_135_256_096), (3, 61_100_840, 714_188_480),
])
def test_compared_nets_are_counted_from_widths_and_groups(position, parameters, macs):
    net = paper.COMPARED_NETS[position]
    assert (net.parameters, net.macs) == (parameters, macs) == count_net(net.conv_kernels, net.conv_groups)


def test_one_gpu_net_has_half_the_kernels_except_in_conv5():
    two, one = (paper.COMPARED_NETS[position].conv_kernels for position in (0, 1))
    assert [2 * few == many for many, few in zip(two, one, strict=True)] == [True, True, True, True, False]
    assert one[4] == two[4]


# ---- the paper's printed counts ------------------------------------------------------------------


def test_figure_2_prints_one_wrong_number_and_it_is_253_440():
    assert [number.printed for number in FIGURE_2 if number.verdict != "right"] == [253_440]
    assert {number.verdict for number in FIGURE_2} == {"right", "wrong"}
    assert 253_440 == 96 * 55 * 48
    assert 290_400 == 96 * 55 * 55 == FIGURE_2[1].counted


def test_figure_2_is_the_same_in_claim_and_table():
    printed = [quantity.value for quantity in paper.claim("C34").quantities]
    assert printed == [number.printed for number in FIGURE_2]


def test_figure_2_counts_are_those_of_the_layer_table():
    counted = [math.prod(paper.layer("data").output), *(layer.neurons for layer in WEIGHT_LAYERS)]
    assert [number.counted for number in FIGURE_2] == counted


def test_printed_neurons_sum_to_622_312():
    neurons = FIGURE_2[1:]
    assert sum(number.printed for number in neurons) == 622_312
    assert sum(number.counted for number in neurons) == 659_272


def test_other_printed_numbers_have_the_verdict_arithmetic_gives():
    others = {number.printed: number for number in paper.PRINTED_NUMBERS if number not in FIGURE_2}
    assert {printed: number.verdict for printed, number in others.items()} == {
        650_000: "rounded", 60_000_000: "rounded", 1: "wrong", 2048: "wrong", 10: "rounded",
    }
    assert others[2048].counted == 33 * 33 * 2 == 2178
    assert others[2048].printed == 32 * 32 * 2
    assert others[10].counted == pytest.approx(math.log2(1000), abs=1e-6)
    assert others[1].counted == pytest.approx(paper.parameter_share_pct("conv3"), abs=1e-6)


def test_labels_of_cifar10_hold_166_thousand_bits():
    assert paper.total_bits(50_000, 10) == pytest.approx(166_096, abs=1)
    assert paper.total_bits(1, 1000) == pytest.approx(9.966, abs=5e-4)


def test_implied_cost_follows_from_90_passes():
    updates, flop, *rates = (quantity.value for quantity in paper.IMPLIED_COST)
    images = 90 * 1_200_000
    assert updates == images / 128
    assert flop == pytest.approx(3 * 2 * 724_406_816 * images, rel=1e-3)
    for rate, days in zip(rates[:2], (5, 6), strict=True):
        assert rate == pytest.approx(flop / (days * 86_400) / 1e12, rel=1e-3)
    for rate, days in zip(rates[2:], (5, 6), strict=True):
        assert rate == round(images / (days * 86_400))


# ---- the CIFAR-10 nets ---------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "parameters", "macs"), [
    ("80sec", 145_578, 12_354_176), ("18pct", 89_578, 12_298_240), ("19pct", 89_578, 12_298_240),
    ("13pct", 1_116_490, 18_517_248), ("11pct", 2_112_970, 19_512_576),
])
def test_cifar_net_counts_follow_from_its_layers(name, parameters, macs):
    net = paper.cifar_net(name)
    total = cost = 0
    for layer in net.layers:
        positions = layer.side ** 2
        fan_in = layer.inputs * (layer.window ** 2 if layer.kind != "fc" else 1)
        untied = positions if layer.kind == "local" else 1
        assert layer.weights == fan_in * layer.outputs * untied, layer.name
        assert layer.biases == layer.outputs * untied, layer.name
        total += layer.weights + layer.biases
        cost += fan_in * layer.outputs * positions
    assert (net.parameters, net.macs) == (parameters, macs) == (total, cost)


@pytest.mark.parametrize("net", paper.CIFAR_NETS, ids=lambda net: net.name)
def test_cifar_net_maps_halve_from_the_image_to_the_last_layer(net):
    convs = [layer.side for layer in net.layers if layer.kind == "conv"]
    assert convs == [net.image_side // 2 ** index for index in range(len(convs))]
    maps = net.image_side // 2 ** len(convs)
    outputs = [layer.outputs for layer in net.layers if layer.kind != "fc"]
    first_dense = next(layer for layer in net.layers if layer.kind == "fc")
    assert first_dense.inputs == outputs[-1] * maps ** 2


def test_cifar_nets_have_the_errors_in_their_names():
    named = {net.name: net.error_pct for net in paper.CIFAR_NETS if net.name.endswith("pct")}
    assert named == {name: int(name.removesuffix("pct")) for name in ("18pct", "19pct", "13pct", "11pct")}
    assert (paper.cifar_net("80sec").time_s, paper.cifar_net("80sec").error_pct) == (80, 26)


# First weights and weight decays, copied once more from initW and wc of the files in CC1.
@pytest.mark.parametrize(("name", "init_stds", "weight_decays"), [
    ("80sec", [0.0001, 0.01, 0.01, 0.1, 0.1], [0.004, 0.004, 0.004, 0.03, 0.03]),
    ("18pct", [0.0001, 0.01, 0.01, 0.01], [0.004, 0.004, 0.004, 1]),
    ("19pct", [0.0001, 0.01, 0.01, 0.01], [0.004, 0.004, 0.004, 3]),
    ("13pct", [0.0001, 0.01, 0.04, 0.04, 0.01], [0, 0, 0.004, 0.004, 0.004]),
    ("11pct", [0.0001, 0.01, 0.04, 0.04, 0.01], [0, 0, 0.004, 0.004, 0.01]),
])
def test_cifar_net_starts_and_decays_as_its_files_say(name, init_stds, weight_decays):
    layers = paper.cifar_net(name).layers
    assert [layer.init_std for layer in layers] == init_stds
    assert [layer.weight_decay for layer in layers] == weight_decays


def test_errors_of_claim_c28b_are_those_of_the_public_nets():
    printed = [quantity.value for quantity in paper.claim("C28b").quantities[:2]]
    assert printed == [paper.cifar_net("13pct").error_pct, paper.cifar_net("11pct").error_pct]


# ---- the claims ----------------------------------------------------------------------------------


def test_claims_are_c01_to_c75_in_order_with_five_lettered_ones():
    expected = [f"C{number:02d}" for number in range(1, 76)]
    for lettered in ("C26b", "C27b", "C28b", "C28c", "C39b"):
        before = lettered[:3] if lettered != "C28c" else "C28b"
        expected.insert(expected.index(before) + 1, lettered)
    assert [claim.id for claim in paper.CLAIMS] == expected
    assert len(set(expected)) == 80


HOMES = {
    "00_three_passes": "C01 C02 C03 C04 C05 C06 C07 C08 C09 C12 C13",
    "01_dataset": "C14 C15 C16",
    "02_relu": "C18 C19 C20 C21 C22",
    "03_two_gpus": "C23 C24 C25 C26 C26b",
    "04_local_response_normalisation": "C27 C27b C28 C28b C28c",
    "05_overlapping_pooling": "C29 C30",
    "06_architecture": "C31 C32 C33 C34",
    "07_data_augmentation": "C35 C36 C37 C38 C39 C39b C40 C41 C42",
    "08_dropout": "C43 C44 C45 C46",
    "09_details_of_learning": "C11 C47 C48 C49 C50 C51 C52 C53",
    "10_results": "C54 C55 C56 C57 C58 C59 C60 C61 C62 C63 C64 C65 C66",
    "11_learned_kernels": "C67 C68",
    "12_what_it_sees": "C69 C70 C71",
    "13_depth": "C10 C17 C72 C73 C74 C75",
    "14_third_pass": "",
}


@pytest.mark.parametrize(("stem", "ids"), HOMES.items())
def test_notebook_is_home_to_its_claims(stem, ids):
    assert [claim.id for claim in paper.claims_of_notebook(stem)] == ids.split()


def test_every_claim_lives_in_one_of_the_15_notebooks():
    assert [notebook.stem for notebook in paper.NOTEBOOKS] == list(HOMES)
    assert sum(len(paper.claims_of_notebook(stem)) for stem in HOMES) == len(paper.CLAIMS)


def test_lettered_claims_live_with_their_parents():
    lettered = [claim for claim in paper.CLAIMS if len(claim.id) == 4]
    assert len(lettered) == 5
    assert all(claim.notebook == paper.claim(claim.id[:3]).notebook for claim in lettered)


def test_every_quantity_of_a_claim_has_a_known_unit_and_a_place_in_the_paper():
    quantities = [(claim, quantity) for claim in paper.CLAIMS for quantity in claim.quantities]
    assert len(quantities) > 100
    for claim, quantity in quantities:
        assert quantity.unit in paper.UNITS, claim.id
        assert re.fullmatch(r"K12 (abstract|§\d(\.\d)?|Fig\. \d|Table \d)", quantity.source), claim.id


def test_every_unit_is_used():
    used = {quantity.unit for claim in paper.CLAIMS for quantity in claim.quantities}
    used |= {quantity.unit for quantity in paper.IMPLIED_COST}
    used |= {number.unit for number in paper.PRINTED_NUMBERS}
    assert used == set(paper.UNITS)


def test_decimal_numbers_in_a_statement_are_among_its_quantities():
    found = 0
    for claim in paper.CLAIMS:
        values = {quantity.value for quantity in claim.quantities}
        without_sections = re.sub(r"[Ss]ections? \d\.\d( to \d\.\d)?", "", claim.statement)
        for number in re.findall(r"\d+\.\d+", without_sections):
            millions = f"{number} million" in claim.statement
            assert float(number) * (1_000_000 if millions else 1) in values, (claim.id, number)
            found += 1
    assert found >= 5


def test_claims_that_are_tested_elsewhere_name_claims_that_are_measured():
    pointers = [(claim, other) for claim in paper.CLAIMS for other in claim.tested_by]
    assert {claim.id for claim, _ in pointers} == {"C03", "C04", "C10", "C74"}
    for claim, other in pointers:
        assert paper.claim(other).status == claim.status == "measured"
        assert paper.claim(other).tested_by == ()


def test_claims_repeated_in_the_paper_have_the_same_numbers():
    def values(claim_id, start):
        quantities = paper.claim(claim_id).quantities
        return [quantity.value for quantity in quantities if quantity.name.startswith(start)]

    assert values("C01", "top") == values("C56", "top") == values("C39b", "top")[2:] == [37.5, 17.0]
    assert values("C05", "top-5 error of the winner") == values("C61", "test") == [15.3]
    assert values("C64", "test") == [15.3]
    assert values("C58", "validation") == [40.7, 18.2]
    assert values("C62", "top-1") == values("C58", "validation top-1") + values("C59", "validation top-1")
    assert values("C60", "validation") == values("C63", "top-1") + values("C63", "top-5") == [39.0, 16.6]


@pytest.mark.parametrize(("lookup", "wanted", "named"), [
    (paper.claim, "C76", "C75"), (paper.claim, "C7", "C07"), (paper.claim, "c19", "C19"),
    (paper.claim, "", "C"),
    (paper.deviation, "DEV-1", "DEV-01"), (paper.open_choice, "OPEN-4", "OPEN-04"),
    (paper.code_difference, "LIB-99", "LIB-0"), (paper.claims_of_notebook, "2_relu", "02_relu"),
    (paper.notebook, "dropout", "08_dropout"), (paper.layer, "conv6", "conv5"),
    (paper.cifar_net, "11 pct", "11pct"),
])
def test_unknown_id_is_answered_with_the_nearest_in_one_line(lookup, wanted, named):
    with pytest.raises(ValueError) as error:
        lookup(wanted)
    message = str(error.value)
    assert repr(wanted) in message.split("; nearest: ")[0]
    assert named in message.split("; nearest: ")[1]
    assert "\n" not in message


def test_look_ups_find_every_record():
    assert all(paper.claim(record.id) is record for record in paper.CLAIMS)
    assert all(paper.deviation(record.id) is record for record in paper.DEVIATIONS)
    assert all(paper.open_choice(record.id) is record for record in paper.OPEN_CHOICES)
    differences = paper.CODE_DIFFERENCES + paper.LIBRARY_DIFFERENCES
    assert all(paper.code_difference(record.id) is record for record in differences)


# ---- choices and the authors' runs ---------------------------------------------------------------


@pytest.mark.parametrize(("records", "prefix"), [
    (paper.DEVIATIONS, "DEV"), (paper.OPEN_CHOICES, "OPEN"),
    (paper.CODE_DIFFERENCES, "CODE"), (paper.LIBRARY_DIFFERENCES, "LIB"),
])
def test_choices_are_numbered_without_gaps(records, prefix):
    expected = [f"{prefix}-{number:02d}" for number in range(1, len(records) + 1)]
    assert [record.id for record in records] == expected


def test_remark_on_the_11pct_net_points_at_the_other_changes():
    assert "CODE-19" in paper.cifar_net("11pct").remark
    assert "local3" in paper.code_difference("CODE-19").code


def test_ids_that_a_text_of_the_package_mentions_exist():
    known = {record.id for record in paper.CODE_DIFFERENCES + paper.LIBRARY_DIFFERENCES}
    known |= {record.id for record in paper.DEVIATIONS + paper.OPEN_CHOICES}
    for file in PACKAGE.glob("*.py"):
        mentioned = set(re.findall(r"(?:DEV|OPEN|CODE|LIB)-\d{2}", file.read_text(encoding="utf-8")))
        assert mentioned <= known, file.name


@pytest.mark.parametrize(("changed", "base_images", "claim_id"), [
    ("145-half", "2010 test", "C24"), ("148", "2012 validation", "C28"), ("147", "2012 validation", "C29"),
])
def test_differences_of_the_authors_runs_round_to_the_printed_gains(changed, base_images, claim_id):
    without = next(run for run in paper.AUTHOR_RUNS if run.run == changed)
    base = next(run for run in paper.AUTHOR_RUNS if (run.run, run.images) == ("145", base_images))
    assert base.views == without.views == 10
    gains = [base.top1_pct - without.top1_pct, base.top5_pct - without.top5_pct]
    quantities = paper.claim(claim_id).quantities
    printed = [quantity.value for quantity in quantities if quantity.name.startswith("change")]
    assert [round(gain, 1) for gain in gains] == printed


def test_authors_runs_round_to_the_printed_errors():
    runs = {(run.run, run.images, run.views): (round(run.top1_pct, 1), round(run.top5_pct, 1))
            for run in paper.AUTHOR_RUNS}
    assert runs["145", "2010 test", 10] == (37.5, 17.0)
    assert runs["145", "2010 test", 1] == (39.0, 18.3)
    assert runs["145", "2012 validation", 10] == (40.7, 18.2)
    assert runs["146-2012-2011", "2012 validation", 10] == (39.0, 16.6)


def test_authors_runs_are_compared_with_runs_on_the_same_images():
    for run in paper.AUTHOR_RUNS:
        if run.compared_with:
            images = run.images.removesuffix(" (inferred)")
            assert any(
                other.run == run.compared_with and other.images.removesuffix(" (inferred)") == images
                for other in paper.AUTHOR_RUNS
            ), run.run


def test_removals_start_from_a_net_like_the_paper_s_and_name_its_layers():
    base, *others = paper.REMOVALS
    printed = next(run for run in paper.AUTHOR_RUNS if (run.run, run.images) == ("145", "2012 validation"))
    assert base.removed == () and abs(base.top1_pct - printed.top1_pct) < 0.2 and abs(base.top5_pct - 18.2) < 0.2
    layers = {layer.name for layer in paper.LAYERS}
    for removal in others:
        assert removal.removed and set(removal.removed) <= layers
        assert removal.top5_pct < removal.top1_pct and removal.training_top1_pct < removal.top1_pct
    assert [(removal.removed, removal.top1_pct) for removal in others if removal.top1_pct < base.top1_pct] == [
        (("fc7",), 40.0)]  # one dense layer could be spared


# ---- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("change", "named"), [
    ({"id": "19"}, "'19'"), ({"statement": "Two sentences. They are too many."}, "C19"),
    ({"statement": "No full stop"}, "full stop"), ({"how_tested": ""}, "how_tested"),
    ({"status": "reproduced"}, "reproduced"), ({"section": " 3.1"}, "section"),
    ({"quantities": paper.claim("C19").quantities * 2}, "same name"),
])
def test_claim_that_is_not_well_formed_is_refused(change, named):
    with pytest.raises(ValueError, match=re.escape(named)):
        dataclasses.replace(paper.claim("C19"), **change)


@pytest.mark.parametrize(("change", "named"), [
    ({"unit": "percent"}, "percent"), ({"unit": ""}, "unit"), ({"source": ""}, "source"),
    ({"value": "25"}, "'25'"), ({"value": math.nan}, "nan"), ({"value": True}, "True"),
])
def test_quantity_that_is_not_well_formed_is_refused(change, named):
    with pytest.raises(ValueError, match=re.escape(named)):
        dataclasses.replace(paper.claim("C19").quantities[0], **change)


@pytest.mark.parametrize(("record", "change"), [
    (paper.DEVIATIONS[0], {"id": "DEV-1"}), (paper.DEVIATIONS[0], {"why": ""}),
    (paper.OPEN_CHOICES[0], {"id": "DEV-01"}), (paper.CODE_DIFFERENCES[0], {"source": ""}),
    (paper.NOTEBOOKS[0], {"question": "No question"}), (paper.AUTHOR_RUNS[0], {"top5_pct": 50.0}),
])
def test_other_records_that_are_not_well_formed_are_refused(record, change):
    with pytest.raises(ValueError):
        dataclasses.replace(record, **change)


def test_records_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        paper.claim("C19").status = "exact"


# ---- tables --------------------------------------------------------------------------------------


def cells(line):
    """The cells of a Markdown row: split at bars that are not escaped."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_claim_table_has_one_row_for_each_claim():
    lines = paper.claims_markdown().splitlines()
    assert [cells(line)[0] for line in lines[2:]] == [claim.id for claim in paper.CLAIMS]
    assert {len(cells(line)) for line in lines} == {6}


def test_bars_and_line_breaks_in_a_cell_do_not_break_the_table():
    odd = dataclasses.replace(paper.claim("C19"), statement="A | bar and |x| beside it.")
    header, _, row = paper.claims_markdown((odd,)).splitlines()
    assert cells(row)[2] == r"A \| bar and \|x\| beside it."
    assert len(cells(row)) == len(cells(header))
    assert paper.markdown_table(("a",), [("two\nlines",)]).splitlines()[2] == "| two lines |"


def test_verdicts_are_shown_where_given_and_their_absence_is_explained():
    table = paper.claims_markdown(
        [paper.claim(name) for name in ("C19", "C20", "C06", "C01")], ("id",), verdicts={"C19": "partly"},
    )
    assert [cells(line) for line in table.splitlines()[2:]] == [
        ["C19", "partly"], ["C20", "not measured yet"],
        ["C06", "nothing to test"], ["C01", "not testable here"],
    ]


def test_claim_table_refuses_an_unknown_column():
    with pytest.raises(ValueError, match="colour"):
        paper.claims_markdown(columns=("id", "colour"))


def test_row_of_wrong_length_is_refused():
    with pytest.raises(ValueError, match="2 cells"):
        paper.markdown_table(("a",), [("b", "c")])


@pytest.mark.parametrize("width", [40, 72, 100])
def test_claims_in_the_terminal_keep_within_the_width(width):
    text = paper.claims_text(width=width, verdicts={"C19": "partly"})
    assert max(map(len, text.splitlines())) <= width
    heads = [block.split()[0] for block in text.split("\n\n")]
    assert heads == [claim.id for claim in paper.CLAIMS]
    assert " ".join(paper.claim("C19").statement.split()) in " ".join(text.split())
    assert "partly" in text


def test_terminal_narrower_than_40_is_refused():
    with pytest.raises(ValueError, match="39"):
        paper.claims_text(width=39)


@pytest.mark.parametrize("choices", [
    paper.DEVIATIONS, paper.OPEN_CHOICES, paper.CODE_DIFFERENCES, paper.LIBRARY_DIFFERENCES,
], ids=["deviations", "open", "code", "library"])
def test_choice_table_has_one_row_for_each_record(choices):
    lines = paper.choices_markdown(choices).splitlines()
    assert [cells(line)[0] for line in lines[2:]] == [choice.id for choice in choices]
    assert {len(cells(line)) for line in lines} == {len(dataclasses.fields(choices[0]))}


def test_measured_effects_replace_not_measured():
    lines = paper.choices_markdown(measured={"OPEN-02": "1.3 times sooner"}).splitlines()
    effects = {cells(line)[0]: cells(line)[-1] for line in lines[2:]}
    assert effects["OPEN-02"] == "1.3 times sooner"
    assert effects["OPEN-01"] == paper.NOT_MEASURED


@pytest.mark.parametrize("arguments", [
    ((),), ((paper.DEVIATIONS[0], paper.OPEN_CHOICES[0]),), (paper.OPEN_CHOICES, ("colour",)),
], ids=["empty", "two kinds", "unknown column"])
def test_choice_table_that_cannot_be_made_is_refused(arguments):
    with pytest.raises(ValueError):
        paper.choices_markdown(*arguments)


def test_layer_table_shows_every_layer_and_its_counts():
    lines = paper.layers_markdown().splitlines()
    assert [cells(line)[0] for line in lines[2:]] == [layer.name for layer in paper.LAYERS]
    assert cells(lines[3]) == [
        "conv1", "3x224x224", "48+48, depth 3", "11 / 4 / 0", "image", "96x55x55",
        "34,848", "96", "105,415,200", "290,400",
    ]


@pytest.mark.parametrize(("value", "unit", "shown"), [
    (37.5, "%", "37.5 %"), (17.0, "%", "17.0 %"), (6, "x", "6x"), (1e-4, "no unit", "0.0001"),
    (-1.7, "percentage points", "-1.7 percentage points"), (1_200_000, "images", "1,200,000 images"),
    (4096, "values", "4096 values"),
])
def test_quantities_are_shown_with_their_units(value, unit, shown):
    quantity = paper.Quantity("something", value, unit, "K12 §3")
    assert paper.format_quantity(quantity, with_name=False) == shown
    assert paper.format_quantity(quantity) == f"something {shown}"


# ---- the package ---------------------------------------------------------------------------------


def test_importing_the_package_imports_no_torch_and_no_numpy():
    code = "import alexnet_lib.paper, sys; assert not {'torch', 'numpy'} & set(sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )
    assert result.returncode == 0, result.stderr


def test_package_imports_only_itself_and_the_standard_library():
    seen = 0
    for file in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                modules = [] if node.level == 1 else [("." * node.level) + (node.module or "")]
            elif isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            else:
                continue
            seen += 1
            for module in modules:
                assert module.split(".")[0] in sys.stdlib_module_names, f"{file.name} imports {module}"
    assert seen > 10


def test_example_in_the_docstring_is_true():
    result = doctest.testmod(paper)
    assert result.attempted == 2
    assert result.failed == 0
