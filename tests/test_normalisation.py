"""Local response normalisation against a naive loop, hand numbers, torch and published vectors."""

import math

import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.nn import functional as F

from alexnet_lib.nets import normalisation
from alexnet_lib.nets.normalisation import LocalResponseNorm, WithinMapNorm, local_response_norm

CL = torch.channels_last


def activities(*shape, seed=0, scale=60.0, dtype=torch.float32):
    """Rectified normal numbers on the scale of 0-255 pixels, as a first layer gives them."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(shape, generator=generator, dtype=torch.float64) * scale).relu().to(dtype)


def naive(x, size=5, alpha=1e-4, beta=0.75, k=2.0, form="paper", columns=1, start=None):
    """The formula, channel by channel in float64; a window starts `start` channels before its own."""
    x = x.double()
    width = x.shape[1] // columns
    start = size // 2 if start is None else start
    normalised = []
    for i in range(x.shape[1]):
        first, beyond = i // width * width, (i // width + 1) * width
        total = 0
        for j in range(i - start, i - start + size):
            if first <= j < beyond:
                total = total + x[:, j] ** 2
        scale = alpha if form == "paper" else alpha / size
        normalised.append(x[:, i] / (k + scale * total) ** beta)
    return torch.stack(normalised, dim=1)


def with_gradient(function, x, weights, **settings):
    x = x.detach().clone(memory_format=torch.preserve_format).requires_grad_()
    y = function(x, **settings)
    y.backward(weights.to(y.dtype))
    return y.detach(), x.grad


def assert_as_naive(x, relative=1e-6, **settings):
    """Outputs to `relative` each; gradients, which are differences, to that much of the largest one."""
    weights = activities(*x.shape, seed=1, scale=1.0).to(x.dtype) - 0.5
    got, got_gradient = with_gradient(local_response_norm, x, weights, **settings)
    wanted, gradient = with_gradient(naive, x.double(), weights, **settings)
    torch.testing.assert_close(got.double(), wanted, rtol=relative, atol=0)
    torch.testing.assert_close(got_gradient.double(), gradient, rtol=0, atol=relative * gradient.abs().max().item())
    assert got.dtype == got_gradient.dtype == x.dtype


SETTINGS = [
    {},
    {"form": "released"},
    {"columns": 2},
    {"columns": 12},
    {"size": 1},
    {"size": 2, "alpha": 1e-3},
    {"size": 4, "columns": 3, "form": "released"},
    {"size": 9, "alpha": 1e-3, "k": 1.0, "form": "released"},
    {"size": 9, "columns": 4},
    {"size": 24, "columns": 2},
    {"size": 25},
    {"size": 50},
    {"beta": 0.5, "k": 1.0},
    {"beta": 1.0},
    {"beta": 0.0},
    {"beta": 2.3, "alpha": 1e-5},
    {"alpha": 0.0},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("layout", [torch.contiguous_format, CL], ids=str)
def test_values_and_gradients_equal_a_naive_loop(settings, layout):
    assert_as_naive(activities(3, 24, 5, 4).contiguous(memory_format=layout), **settings)


@pytest.mark.parametrize("shape", [(4, 24), (2, 12, 7), (2, 12, 3, 2, 2), (1, 1, 3, 3), (2, 3, 1, 1)], ids=str)
@pytest.mark.parametrize("settings", [{}, {"size": 4}, {"size": 9}], ids=str)
def test_any_number_of_axes_after_the_channels(shape, settings):
    assert_as_naive(activities(*shape), **settings)


@pytest.mark.parametrize("piece", [1, 50, 100, 1000])
@pytest.mark.parametrize("layout", [torch.contiguous_format, CL], ids=str)
def test_the_size_of_a_piece_does_not_change_a_bit(monkeypatch, piece, layout):
    x = activities(5, 6, 3, 3).contiguous(memory_format=layout)
    weights = torch.randn(x.shape, generator=torch.Generator().manual_seed(2))
    whole = with_gradient(local_response_norm, x, weights, size=4, columns=2)
    monkeypatch.setattr(normalisation, "PIECE", piece)
    for got, wanted in zip(with_gradient(local_response_norm, x, weights, size=4, columns=2), whole, strict=True):
        assert torch.equal(got, wanted)


def test_a_vector_by_hand():
    # sums of squares of three neighbours: 9+16, 9+16+0, 16+0+144, 0+144
    # times 0.5 plus 3.5: 16, 16, 83.5, 75.5; to the power 3/4: 8, 8, then two that are not whole
    x = torch.tensor([[3.0, -4.0, 0.0, 12.0]], dtype=torch.float64)
    wanted = [3 / 8, -4 / 8, 0.0, 12 / 75.5**0.75]
    assert local_response_norm(x, size=3, alpha=0.5, k=3.5).tolist()[0] == pytest.approx(wanted, rel=1e-14)
    released = local_response_norm(x, size=3, alpha=1.5, k=3.5, form="released")
    assert released.tolist()[0] == pytest.approx(wanted, rel=1e-14)


@pytest.mark.parametrize("size, wanted", [
    # LocalResponseNormOpTest of TensorFlow Lite, kernels/local_response_norm_test.cc, WithBias and SmallRadius;
    # radius 20 and 2 there are 41 and 5 members, bias is k, and alpha multiplies the sum itself
    (41, [-0.22, 0.12, 0.14, 0.24, -0.14, 0.02]),
    (5, [-0.264926, 0.125109, 0.140112, 0.267261, -0.161788, 0.0244266]),
])
def test_published_vectors_of_tensorflow_lite(size, wanted):
    x = torch.tensor([[-1.1, 0.6, 0.7, 1.2, -0.7, 0.1]])
    got = local_response_norm(x, size=size, alpha=4.0, beta=0.5, k=9.0)
    assert got.tolist()[0] == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("form, squares, denominator", [
    # worked out with a calculator: (2 + 1e-4 S) ** 0.75 as printed, (2 + 2e-5 S) ** 0.75 as released
    ("paper", 1e-6, 1.68), ("paper", 1e3, 1.74), ("paper", 1e4, 2.28), ("paper", 1e5, 6.45),
    ("released", 1e-6, 1.68), ("released", 1e3, 1.69), ("released", 1e4, 1.81), ("released", 1e5, 2.83),
])
def test_denominator_at_these_sums_of_squares(form, squares, denominator):
    x = torch.full((1, 5), math.sqrt(squares / 5), dtype=torch.float64)
    got = x / local_response_norm(x, form=form)
    assert got[0, 2].item() == pytest.approx(denominator, abs=0.005)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 9])
def test_torch_has_the_released_form_and_five_times_alpha_makes_it_the_papers(size):
    x = activities(2, 12, 4, 3, dtype=torch.float64)
    released = F.local_response_norm(x, size, alpha=1e-4, beta=0.75, k=2.0)
    printed = F.local_response_norm(x, size, alpha=size * 1e-4, beta=0.75, k=2.0)
    torch.testing.assert_close(local_response_norm(x, size, form="released"), released, rtol=1e-13, atol=0)
    torch.testing.assert_close(local_response_norm(x, size, form="paper"), printed, rtol=1e-13, atol=0)


def test_the_two_forms_differ():
    x = activities(1, 8)
    assert (local_response_norm(x, form="released") - local_response_norm(x)).max() > 1


def test_an_even_window_leans_to_lower_channels_and_onnx_to_higher():
    # OPEN-08: ONNX's window is c - floor((n - 1) / 2) .. c + ceil((n - 1) / 2) [onnx.ai, operator LRN]
    x = torch.zeros(1, 8, dtype=torch.float64)
    x[0, 3] = 100
    probe = x + 1e-3
    touched = (probe / local_response_norm(probe, 4) > 1.7).nonzero()[:, 1].tolist()
    assert touched == [2, 3, 4, 5]  # the windows i-2 .. i+1 that hold channel 3
    onnx = naive(probe, 4, start=1)
    torch.testing.assert_close(local_response_norm(probe.flip(1), 4).flip(1), onnx, rtol=1e-13, atol=0)


@pytest.mark.parametrize("layout", [torch.contiguous_format, CL], ids=str)
def test_columns_equal_splitting_and_joining(layout):
    x = activities(2, 96, 5, 5).contiguous(memory_format=layout)
    by_hand = torch.cat([local_response_norm(half.contiguous()) for half in x.split(48, dim=1)], dim=1)
    assert torch.equal(local_response_norm(x, columns=2), by_hand)


@pytest.mark.parametrize("channels", [96, 256])
def test_one_column_leaks_two_channels_over_the_border_and_no_further(channels):
    x = activities(4, channels, 6, 6) + 1
    border = channels // 2
    differs = (local_response_norm(x) != local_response_norm(x, columns=2)).flatten(2).any(dim=2).any(dim=0)
    assert differs.nonzero().flatten().tolist() == [border - 2, border - 1, border, border + 1]


@pytest.mark.parametrize("layout", [torch.contiguous_format, CL], ids=str)
def test_nothing_passes_between_images_pixels_or_columns(layout):
    x = (activities(3, 8, 3, 3) + 1).contiguous(memory_format=layout)
    clean = with_gradient(local_response_norm, x, torch.ones_like(x), columns=2)
    spoilt = x.clone()
    spoilt[1, 3, 1, 1] = math.nan  # reaches channels 1 .. 5, of which its own column has 1, 2, 3
    for before, after, reach in zip(clean, with_gradient(local_response_norm, spoilt, torch.ones_like(x), columns=2),
                                    [(1, 2, 3), (0, 1, 2, 3)], strict=True):
        touched = (before != after).nonzero().tolist()
        assert touched == [[1, channel, 1, 1] for channel in reach]


@pytest.mark.parametrize("settings", [{}, {"size": 4}, {"size": 9, "columns": 2}, {"beta": 0.6, "form": "released"}],
                         ids=str)
@pytest.mark.parametrize("layout", [torch.contiguous_format, CL], ids=str)
def test_gradcheck(settings, layout):
    x = activities(2, 6, 2, 2, dtype=torch.float64).add(1).contiguous(memory_format=layout).requires_grad_()
    assert gradcheck(lambda x: local_response_norm(x, **{"alpha": 1e-3, **settings}), x)


@pytest.mark.parametrize("settings", [{}, {"size": 4, "columns": 2, "beta": 0.6}, {"size": 9}], ids=str)
def test_second_derivatives(settings):
    x = activities(2, 4, 2, dtype=torch.float64).add(1).requires_grad_()
    assert gradgradcheck(lambda x: local_response_norm(x, **{"alpha": 1e-3, **settings}), x)


@pytest.mark.parametrize("size", [4, 5])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_a_gradient_made_to_be_differentiated_is_the_same_gradient(dtype, size):
    x = activities(2, 6, 3, 3, dtype=dtype).contiguous(memory_format=CL).requires_grad_()
    weights = torch.randn(x.shape, generator=torch.Generator().manual_seed(5)).to(dtype)
    plain, = torch.autograd.grad(local_response_norm(x, size, columns=2), x, weights)
    again, = torch.autograd.grad(local_response_norm(x, size, columns=2), x, weights, create_graph=True)
    torch.testing.assert_close(again, plain)
    assert again.requires_grad and not plain.requires_grad


@pytest.mark.parametrize("dtype, rounding", [(torch.float16, 2**-11), (torch.bfloat16, 2**-8)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, CL], ids=str)
def test_half_precision_is_computed_in_float32(dtype, rounding, layout):
    x = activities(2, 12, 4, 4, dtype=dtype).add(300).contiguous(memory_format=layout)
    assert (x.half() * x.half()).isinf().any(), "the square of 300 must be too much for float16"
    assert_as_naive(x, relative=1.01 * rounding)


def test_autocast_leaves_float32_alone():
    x = activities(2, 12, 4, 4)
    with torch.autocast("cpu", torch.bfloat16):
        got = local_response_norm(x)
    assert torch.equal(got, local_response_norm(x))


@pytest.mark.parametrize("shape, layout", [
    ((2, 6, 3, 4), torch.contiguous_format), ((2, 6, 3, 4), CL), ((2, 6, 3, 4, 2), torch.channels_last_3d)], ids=str)
def test_the_memory_format_is_kept_and_makes_no_difference(shape, layout):
    x, weights = activities(*shape), torch.randn(shape, generator=torch.Generator().manual_seed(3))
    y, gradient = with_gradient(local_response_norm, x.contiguous(memory_format=layout), weights, columns=2)
    assert y.is_contiguous(memory_format=layout) and gradient.is_contiguous(memory_format=layout)
    plain, plain_gradient = with_gradient(local_response_norm, x, weights, columns=2)
    assert torch.equal(y, plain) and torch.equal(gradient, plain_gradient)


@pytest.mark.parametrize("view", [
    lambda x: x[:, 2:8], lambda x: x[:, ::2], lambda x: x[..., 1:3], lambda x: x.transpose(0, 1),
    lambda x: x[:, :, :1].expand(-1, -1, 4, -1), lambda x: x.contiguous(memory_format=CL)[:, 2:8],
    lambda x: x.contiguous(memory_format=CL)[:, :, 1:]])
def test_a_view_gives_what_its_copy_gives_and_is_left_as_it_was(view):
    x = view(activities(12, 12, 4, 4))
    before = x.clone()
    got = local_response_norm(x, columns=2)
    assert torch.equal(got, local_response_norm(x.contiguous(), columns=2))
    assert torch.equal(x, before)


def test_a_slice_of_channels_last_stays_channels_last():
    x = activities(2, 12, 3, 3).contiguous(memory_format=CL)[:, :6]
    assert local_response_norm(x).is_contiguous(memory_format=CL)


def test_a_gradient_of_any_layout_is_taken():
    x = activities(2, 6, 3, 3).contiguous(memory_format=CL).requires_grad_()
    summed, = torch.autograd.grad(local_response_norm(x).sum(), x)  # its gradient is one number, expanded
    given, = torch.autograd.grad(local_response_norm(x), x, torch.ones(2, 6, 3, 3))
    assert torch.equal(summed, given)


@pytest.mark.parametrize("shape", [(0, 6, 3, 3), (0, 6), (2, 0, 3, 3), (2, 6, 0, 3)], ids=str)
def test_nothing_in_gives_nothing_out(shape):
    x = torch.zeros(shape, requires_grad=True)
    y = local_response_norm(x, columns=2)
    y.sum().backward()
    assert y.shape == x.grad.shape == shape


def test_only_the_input_is_kept_for_the_backward_pass():
    kept = []
    x = activities(2, 6, 3, 3).requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        local_response_norm(x)
    assert [t.data_ptr() for t in kept] == [x.data_ptr()]


def test_the_layer_is_the_function_and_has_no_parameters():
    x = activities(2, 8, 3, 3)
    layer = LocalResponseNorm(size=3, alpha=1e-3, beta=0.5, k=1.0, form="released", columns=2)
    assert torch.equal(layer(x), local_response_norm(x, 3, 1e-3, 0.5, 1.0, "released", 2))
    assert not layer.state_dict()
    assert torch.equal(LocalResponseNorm()(x), local_response_norm(x, 5, 1e-4, 0.75, 2.0, "paper", 1))
    assert repr(layer) == "LocalResponseNorm(size=3, alpha=0.001, beta=0.5, k=1.0, form='released', columns=2)"


@pytest.mark.parametrize("setting, value, message", [
    ("size", 0, "size must be a whole number of channels, at least 1, not 0"),
    ("size", 2.5, "size must be .* not 2.5"),
    ("alpha", -1e-4, "must be 0 or more.*alpha=-0.0001"),
    ("alpha", math.nan, "must be 0 or more.*alpha=nan"),
    ("beta", -1.0, "must be 0 or more.*beta=-1.0"),
    ("k", 0.0, "k must be above 0.*not 0.0"),
    ("form", "caffe", "unknown form 'caffe': choose one of paper, released"),
    ("columns", 0, "columns must be a whole number, at least 1, not 0"),
])
def test_a_setting_out_of_range_is_named(setting, value, message):
    with pytest.raises(ValueError, match=message):
        LocalResponseNorm(**{setting: value})
    with pytest.raises(ValueError, match=message):
        local_response_norm(torch.zeros(1, 4), **{setting: value})


@pytest.mark.parametrize("x, message", [
    (torch.zeros(2, 7, 3, 3), r"multiple of columns=2, not \(2, 7, 3, 3\): choose a number"),
    (torch.zeros(4), r"must be \(N, C, ...\).* not \(4,\)"),
    (torch.zeros(2, 4, dtype=torch.uint8), r"floating, not torch.uint8: convert it first, as in x.float\(\)"),
    (torch.zeros(2, 4, dtype=torch.complex64), "floating, not torch.complex64"),
])
def test_an_unfit_tensor_is_named(x, message):
    with pytest.raises(ValueError, match=message):
        local_response_norm(x, columns=2)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
@pytest.mark.parametrize("layout", [torch.contiguous_format, CL], ids=str)
def test_a_gpu_gives_what_the_cpu_gives(layout):
    x = activities(4, 96, 9, 9).contiguous(memory_format=layout)
    weights = torch.randn(x.shape, generator=torch.Generator().manual_seed(4))
    here = with_gradient(local_response_norm, x, weights, columns=2)
    there = with_gradient(local_response_norm, x.cuda(), weights.cuda(), columns=2)
    for cpu, gpu in zip(here, there, strict=True):
        torch.testing.assert_close(gpu.cpu(), cpu, rtol=2e-6, atol=2e-6)
        assert gpu.stride() == cpu.stride()


@pytest.mark.parametrize("size, scale, power, k", [(3, 5e-5, 0.75, 1.0), (5, 0.001, 0.75, 1.0), (5, 0.001, 0.5, 2.0)])
def test_same_map_normalisation_equals_a_naive_loop(size, scale, power, k):
    x = activities(2, 2, 6, 7, dtype=torch.float64)
    got = WithinMapNorm(size, scale, power, k)(x)
    reach = size // 2
    for n in range(2):
        for c in range(2):
            for row in range(6):
                for column in range(7):
                    total = sum(x[n, c, i, j].item() ** 2
                                for i in range(max(0, row - reach), min(6, row + reach + 1))
                                for j in range(max(0, column - reach), min(7, column + reach + 1)))
                    wanted = x[n, c, row, column].item() / (k + scale / size**2 * total) ** power
                    assert got[n, c, row, column].item() == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("dtype, rounding", [(torch.float16, 2**-11), (torch.bfloat16, 2**-8)])
def test_same_map_normalisation_of_300_in_half_precision(dtype, rounding):
    x = torch.full((1, 1, 4, 4), 300.0, dtype=dtype)
    got = WithinMapNorm(k=2.0)(x)
    wanted = WithinMapNorm(k=2.0)(x.double())
    assert got.dtype == dtype
    torch.testing.assert_close(got.double(), wanted, rtol=1.01 * rounding, atol=0)


@pytest.mark.parametrize("settings, message", [
    ({"size": 4}, "odd and positive, not 4"), ({"scale": -1.0}, "scale=-1.0"), ({"k": 0.0}, "k=0.0")])
def test_same_map_normalisation_names_a_bad_setting(settings, message):
    with pytest.raises(ValueError, match=message):
        WithinMapNorm(**settings)
