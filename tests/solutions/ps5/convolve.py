"""Answers to ps5-convolve."""

import torch
import torch.nn.functional as F


def _columns(x, weight, bias, columns, stride, padding):
    """The maps of each column."""
    return [F.conv2d(x.chunk(columns, 1)[c], weight.chunk(columns)[c], bias.chunk(columns)[c], stride, padding)
            for c in range(columns)]


def right_slice_by_slice(x, weight, bias, columns=2, stride=1, padding=0):
    made, read = len(weight) // columns, x.shape[1] // columns
    out = []
    for c in range(columns):
        rows = slice(c * made, (c + 1) * made)
        out += [F.conv2d(x[:, c * read:(c + 1) * read], weight[rows], bias[rows], stride=stride, padding=padding)]
    return torch.cat(out, 1)


def right_dense_with_zeros(x, weight, bias, columns=2, stride=1, padding=0):
    made, read = len(weight) // columns, weight.shape[1]
    full = torch.zeros(len(weight), x.shape[1], *weight.shape[2:], dtype=x.dtype, device=x.device)
    for o in range(len(weight)):
        first = o // made * read
        full[o, first:first + read] = weight[o]
    return torch.conv2d(x, full, bias, stride, padding)


def right_kernel_by_kernel(x, weight, bias, columns=2, stride=1, padding=0):
    made, read = len(weight) // columns, weight.shape[1]
    maps = []
    for o, kernel in enumerate(weight):
        seen = x[:, o // made * read:(o // made + 1) * read]
        maps.append(F.conv2d(seen, kernel[None], None, stride, padding)[:, 0] + bias[o])
    return torch.stack(maps, dim=1)


def right_unfolded_einsum(x, weight, bias, columns=2, stride=1, padding=0):
    n, k = len(x), weight.shape[-1]
    patches = F.unfold(x, k, padding=padding, stride=stride)
    patches = patches.reshape(n, columns, -1, patches.shape[-1])
    out = torch.einsum("ncip,coi->ncop", patches, weight.reshape(columns, len(weight) // columns, -1))
    height = (x.shape[2] + 2 * padding - k) // stride + 1
    return out.reshape(n, len(weight), height, -1) + bias[:, None, None]


def right_mapped_over_columns(x, weight, bias, columns=2, stride=1, padding=0):
    n, made = len(x), len(weight) // columns
    xs = x.reshape(n, columns, -1, *x.shape[2:]).transpose(0, 1)
    out = torch.func.vmap(lambda a, w, b: torch.conv2d(a, w, b, stride, padding))(
        xs, weight.reshape(columns, made, *weight.shape[1:]), bias.reshape(columns, made))
    return out.transpose(0, 1).flatten(1, 2)


def wrong_input_halves_swapped(x, weight, bias, columns=2, stride=1, padding=0):
    """Each column reads the maps of another one. Hint: reads the maps of the other one"""
    turned = torch.cat(x.chunk(columns, 1)[::-1], 1)
    return torch.cat(_columns(turned, weight, bias, columns, stride, padding), 1)


def wrong_neighbouring_column_read(x, weight, bias, columns=2, stride=1, padding=0):
    """Column c reads the maps of column c + 1. Hint: reads the maps of the other one"""
    turned = x.roll(-(x.shape[1] // columns), 1)
    return torch.cat(_columns(turned, weight, bias, columns, stride, padding), 1)


def wrong_output_interleaved(x, weight, bias, columns=2, stride=1, padding=0):
    """The columns' maps take turns. Hint: take turns in the output"""
    return torch.stack(_columns(x, weight, bias, columns, stride, padding), 2).flatten(1, 2)


def wrong_input_interleaved(x, weight, bias, columns=2, stride=1, padding=0):
    """A column reads every second map. Hint: reads every second map"""
    return torch.cat([F.conv2d(x[:, c::columns], weight.chunk(columns)[c], bias.chunk(columns)[c], stride, padding)
                      for c in range(columns)], 1)


def wrong_bias_forgotten(x, weight, bias, columns=2, stride=1, padding=0):
    """There is no bias. Hint: the bias is forgotten"""
    return torch.cat(_columns(x, weight, torch.zeros_like(bias), columns, stride, padding), 1)


def wrong_bias_of_column_0(x, weight, bias, columns=2, stride=1, padding=0):
    """All columns take the biases of column 0. Hint: the bias of column 0"""
    return torch.cat(_columns(x, weight, bias.chunk(columns)[0].repeat(columns), columns, stride, padding), 1)


def wrong_only_column_0(x, weight, bias, columns=2, stride=1, padding=0):
    """The other columns are left out. Hint: there is only column 0"""
    return _columns(x, weight, bias, columns, stride, padding)[0]


def wrong_two_columns_always(x, weight, bias, columns=2, stride=1, padding=0):
    """The number of columns is written into the code. Hint: fails with RuntimeError"""
    return torch.cat(_columns(x, weight, bias, 2, stride, padding), 1)


def wrong_columns_0_and_1_only(x, weight, bias, columns=2, stride=1, padding=0):
    """Column a and column b, whatever their number. Hint: only columns 0 and 1"""
    return torch.cat(_columns(x, weight, bias, columns, stride, padding)[:2], 1)


def wrong_stride_ignored(x, weight, bias, columns=2, stride=1, padding=0):
    """The stride does not arrive. Hint: should have the shape"""
    return torch.cat(_columns(x, weight, bias, columns, 1, padding), 1)


def wrong_padding_ignored(x, weight, bias, columns=2, stride=1, padding=0):
    """The padding does not arrive. Hint: padding is not used"""
    return torch.cat(_columns(x, weight, bias, columns, stride, 0), 1)


def wrong_same_padding(x, weight, bias, columns=2, stride=1, padding=0):
    """The maps are padded to keep their size. Hint: should have the shape"""
    return torch.cat(_columns(x, weight, bias, columns, stride, weight.shape[-1] // 2), 1)


def wrong_stride_in_column_0_only(x, weight, bias, columns=2, stride=1, padding=0):
    """Padding and stride are handed to the first of two calls only. Hint: fails with RuntimeError"""
    first, *rest = (x.chunk(columns, 1)[c] for c in range(columns))
    w, b = weight.chunk(columns), bias.chunk(columns)
    out = [F.conv2d(first, w[0], b[0], stride, padding)]
    return torch.cat(out + [F.conv2d(y, w[c], b[c]) for c, y in enumerate(rest, 1)], 1)


def wrong_stride_and_padding_exchanged(x, weight, bias, columns=2, stride=1, padding=0):
    """The stride arrives as padding. Hint: y with stride=2"""
    return torch.cat(_columns(x, weight, bias, columns, padding + 1, stride - 1), 1)


def wrong_columns_summed(x, weight, bias, columns=2, stride=1, padding=0):
    """Adds the columns up. Hint: the columns are added up"""
    return sum(_columns(x, weight, bias, columns, stride, padding))


def wrong_all_read_column_0(x, weight, bias, columns=2, stride=1, padding=0):
    """Both columns read the first maps. Hint: both columns read the maps of column 0"""
    read = weight.shape[1]
    return F.conv2d(x[:, :read], weight, bias, stride, padding)


def wrong_order_of_columns(x, weight, bias, columns=2, stride=1, padding=0):
    """The last column comes first. Hint: come in the wrong order"""
    return torch.cat(_columns(x, weight, bias, columns, stride, padding)[::-1], 1)


def wrong_groups_of_torch(x, weight, bias, columns=2, stride=1, padding=0):
    """Lets torch do it. Hint: uses torch's `groups`"""
    return F.conv2d(x, weight, bias, stride, padding, groups=columns)


def wrong_groups_of_a_layer(x, weight, bias, columns=2, stride=1, padding=0):
    """Lets a layer of torch do it. Hint: uses torch's `groups`"""
    layer = torch.nn.Conv2d(x.shape[1], len(weight), weight.shape[-1], stride, padding, groups=columns)
    layer.weight.data, layer.bias.data = weight, bias
    return layer(x)


def wrong_columns_beside_each_other(x, weight, bias, columns=2, stride=1, padding=0):
    """Lays the columns side by side in the picture. Hint: should have the shape"""
    return torch.cat(_columns(x, weight, bias, columns, stride, padding), 3)


def wrong_float32_out(x, weight, bias, columns=2, stride=1, padding=0):
    """Collects the columns in a tensor of the default dtype. Hint: should be float64"""
    return torch.cat(_columns(x, weight, bias, columns, stride, padding), 1).float()


def wrong_float64_out(x, weight, bias, columns=2, stride=1, padding=0):
    """Reckons in float64 and leaves it so. Hint: should be float32"""
    return torch.cat(_columns(x.double(), weight.double(), bias.double(), columns, stride, padding), 1)


def wrong_through_float32(x, weight, bias, columns=2, stride=1, padding=0):
    """Reckons in float32 whatever comes in. Hint: float64 goes through float32"""
    return torch.cat(_columns(x.float(), weight.float(), bias.float(), columns, stride, padding), 1).to(x.dtype)


def wrong_first_image_only(x, weight, bias, columns=2, stride=1, padding=0):
    """The batch is lost. Hint: should have the shape"""
    return torch.cat(_columns(x[:1], weight, bias, columns, stride, padding), 1)


def wrong_list_of_columns(x, weight, bias, columns=2, stride=1, padding=0):
    """Gives a list. Hint: should be a torch tensor"""
    return _columns(x, weight, bias, columns, stride, padding)


def wrong_bias_twice(x, weight, bias, columns=2, stride=1, padding=0):
    """Adds the bias once more after the convolution. Hint: values differ"""
    return torch.cat(_columns(x, weight, bias, columns, stride, padding), 1) + bias[:, None, None]


def wrong_biases_exchanged(x, weight, bias, columns=2, stride=1, padding=0):
    """The columns' biases are exchanged. Hint: values differ"""
    return torch.cat(_columns(x, weight, torch.cat(bias.chunk(columns)[::-1]), columns, stride, padding), 1)


def wrong_kernels_exchanged(x, weight, bias, columns=2, stride=1, padding=0):
    """The columns' kernels are exchanged. Hint: values differ"""
    return torch.cat(_columns(x, torch.cat(weight.chunk(columns)[::-1]), bias, columns, stride, padding), 1)


def wrong_as_many_kernels_as_maps(x, weight, bias, columns=2, stride=1, padding=0):
    """Cuts the kernels by the number of maps. Hint: should have the shape"""
    share = x.shape[1] // columns
    return torch.cat([F.conv2d(x[:, c * share:(c + 1) * share], weight[c * share:(c + 1) * share],
                               bias[c * share:(c + 1) * share], stride, padding) for c in range(columns)], 1)


def wrong_turned_kernels(x, weight, bias, columns=2, stride=1, padding=0):
    """Flips the kernels as in mathematics. Hint: values differ"""
    return torch.cat(_columns(x, weight.flip(2, 3), bias, columns, stride, padding), 1)


def wrong_padding_of_edges(x, weight, bias, columns=2, stride=1, padding=0):
    """Repeats the edge instead of zeros. Hint: values differ"""
    x = F.pad(x, (padding,) * 4, mode="replicate")
    return torch.cat(_columns(x, weight, bias, columns, stride, 0), 1)


def wrong_in_the_cpu_memory(x, weight, bias, columns=2, stride=1, padding=0):
    """The result is made on the CPU, wherever x lies. Hint: device="""
    parts = _columns(x, weight, bias, columns, stride, padding)
    out = torch.zeros(len(x), len(weight), *parts[0].shape[2:], dtype=x.dtype)
    if x.device.type == "cpu":
        out.copy_(torch.cat(parts, 1))
    return out
