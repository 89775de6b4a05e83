"""Answers to ps2-block."""

import torch
from torch import nn
from torch.nn import functional as F


def right_by_layers(images, weight, bias, norm, stride=4):
    kernels, channels, height, width = weight.shape
    convolution = nn.utils.skip_init(nn.Conv2d, channels, kernels, (height, width), stride,
                                     dtype=weight.dtype, device=weight.device)
    convolution.weight.data, convolution.bias.data = weight, bias
    return nn.MaxPool2d(3, 2)(norm(nn.ReLU(inplace=True)(convolution(images)).detach()))


def right_by_unfold(images, weight, bias, norm, stride=4):
    height = (images.shape[2] - weight.shape[2]) // stride + 1
    columns = F.unfold(images, weight.shape[2:], stride=stride)
    z = (weight.flatten(1) @ columns).unflatten(2, (height, -1)) + bias.view(-1, 1, 1)
    b = norm(z.clamp(min=0))
    return b.unfold(2, 3, 2).unfold(3, 3, 2).amax((4, 5))


def right_by_loops(images, weight, bias, norm, stride=4):
    kh, kw = weight.shape[2:]
    rows = range(0, images.shape[2] - kh + 1, stride)
    columns = range(0, images.shape[3] - kw + 1, stride)
    if len(rows) * len(columns) > 1000:  # the paper's size takes too long
        return right_by_unfold(images, weight, bias, norm, stride)
    z = torch.stack([torch.stack([torch.einsum("nchw,kchw->nk", images[:, :, y:y + kh, x:x + kw], weight) + bias
                                  for x in columns], -1) for y in rows], -2)
    b = norm(torch.where(z > 0, z, torch.zeros_like(z)))
    return torch.stack([torch.stack([b[:, :, y:y + 3, x:x + 3].amax((2, 3))
                                     for x in range(0, b.shape[3] - 2, 2)], -1)
                        for y in range(0, b.shape[2] - 2, 2)], -2)


def wrong_norm_after_pool(images, weight, bias, norm, stride=4):
    """CaffeNet's order. Hint: before the pooling"""
    return norm(F.max_pool2d(F.conv2d(images, weight, bias, stride).relu(), 3, 2))


def wrong_norm_before_relu(images, weight, bias, norm, stride=4):
    """Negative responses in the sums. Hint: no ReLU before it"""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, stride)).relu(), 3, 2)


def wrong_released_order(images, weight, bias, norm, stride=4):
    """Convolution, norm, pooling, ReLU. Hint: comes before the ReLU"""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, stride)), 3, 2).relu()


def wrong_norm_of_images(images, weight, bias, norm, stride=4):
    """The input is normalised. Hint: after the convolution"""
    return F.max_pool2d(F.conv2d(norm(images), weight, bias, stride).relu(), 3, 2)


def wrong_no_relu(images, weight, bias, norm, stride=4):
    """The activation is left out. Hint: there is no ReLU"""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, stride)), 3, 2)


def wrong_no_norm(images, weight, bias, norm, stride=4):
    """norm is not called. Hint: never called"""
    return F.max_pool2d(F.conv2d(images, weight, bias, stride).relu(), 3, 2)


def wrong_own_norm(images, weight, bias, norm, stride=4):
    """LRN instead of the norm that is given. Hint: never called"""
    return F.max_pool2d(F.local_response_norm(F.conv2d(images, weight, bias, stride).relu(), 5, 5e-4, 0.75, 2.0), 3, 2)


def wrong_norm_twice(images, weight, bias, norm, stride=4):
    """Before and after the pooling."""
    return norm(F.max_pool2d(norm(F.conv2d(images, weight, bias, stride).relu()), 3, 2))


def wrong_pool_2_2(images, weight, bias, norm, stride=4):
    """Windows that do not overlap. Hint: 2x2"""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, stride).relu()), 2, 2)


def wrong_pool_3_3(images, weight, bias, norm, stride=4):
    """torch's default stride is the window. Hint: should have the shape"""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, stride).relu()), 3)


def wrong_pool_3_1(images, weight, bias, norm, stride=4):
    """A window at every pixel. Hint: should have the shape"""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, stride).relu()), 3, 1)


def wrong_pool_2_3(images, weight, bias, norm, stride=4):
    """s and z exchanged."""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, stride).relu()), 2, 3)


def wrong_pool_padded(images, weight, bias, norm, stride=4):
    """A border round the maps. Hint: should have the shape"""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, stride).relu()), 3, 2, 1)


def wrong_pool_ceil(images, weight, bias, norm, stride=4):
    """Windows over the edge, as in cuda-convnet. Hint: hang over the edge"""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, stride).relu()), 3, 2, ceil_mode=True)


def wrong_average(images, weight, bias, norm, stride=4):
    """The mean of the window. Hint: takes the mean"""
    return F.avg_pool2d(norm(F.conv2d(images, weight, bias, stride).relu()), 3, 2)


def wrong_adaptive(images, weight, bias, norm, stride=4):
    """Always 27 x 27. Hint: should have the shape"""
    return F.adaptive_max_pool2d(norm(F.conv2d(images, weight, bias, stride).relu()), 27)


def wrong_no_bias(images, weight, bias, norm, stride=4):
    """Kernels only. Hint: the bias is forgotten"""
    return F.max_pool2d(norm(F.conv2d(images, weight, None, stride).relu()), 3, 2)


def wrong_bias_late(images, weight, bias, norm, stride=4):
    """Added after the ReLU. Hint: added after the ReLU"""
    a = F.conv2d(images, weight, None, stride).relu() + bias.view(-1, 1, 1)
    return F.max_pool2d(norm(a), 3, 2)


def wrong_stride_of_four(images, weight, bias, norm, stride=4):
    """The paper's only."""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, 4).relu()), 3, 2)


def wrong_stride_forgotten(images, weight, bias, norm, stride=4):
    """Every pixel. Hint: shape"""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias).relu()), 3, 2)


def wrong_default_stride(images, weight, bias, norm, stride=1):
    """The default is not the paper's. Hint: should have the shape"""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, stride).relu()), 3, 2)


def wrong_stride_in_pooling(images, weight, bias, norm, stride=4):
    """The argument goes to the pooling."""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, 4).relu()), 3, stride)


def wrong_border(images, weight, bias, norm, stride=4):
    """Padding of two pixels. Hint: shape"""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, stride, padding=2).relu()), 3, 2)


def wrong_turned_kernels(images, weight, bias, norm, stride=4):
    """A convolution in the mathematical sense. Hint: turned round"""
    return F.max_pool2d(norm(F.conv2d(images, weight.flip(2, 3), bias, stride).relu()), 3, 2)


def wrong_kernels_transposed(images, weight, bias, norm, stride=4):
    """Rows and columns of the kernels exchanged."""
    return F.max_pool2d(norm(F.conv2d(images, weight.mT, bias, stride).relu()), 3, 2)


def wrong_tanh(images, weight, bias, norm, stride=4):
    """The other activation."""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, stride).tanh()), 3, 2)


def wrong_second_relu(images, weight, bias, norm, stride=4):
    """What norm gives is rectified again. Hint: a ReLU after the normalisation too"""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, stride).relu()).relu(), 3, 2)


def wrong_relu6(images, weight, bias, norm, stride=4):
    """Activities are cut off at 6."""
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, stride).clamp(0, 6)), 3, 2)


def wrong_one_image(images, weight, bias, norm, stride=4):
    """The first image only. Hint: should have the shape"""
    return F.max_pool2d(norm(F.conv2d(images[:1], weight, bias, stride).relu()), 3, 2)


def wrong_float32(images, weight, bias, norm, stride=4):
    """dtype is not kept. Hint: should be float64"""
    z = F.conv2d(images.float(), weight.float(), bias.float(), stride)
    return F.max_pool2d(norm(z.relu()), 3, 2)


def wrong_in_place(images, weight, bias, norm, stride=4):
    """Centres the images themselves. Hint: in place"""
    images -= images.mean()
    return F.max_pool2d(norm(F.conv2d(images, weight, bias, stride).relu()), 3, 2)


def wrong_on_the_cpu(images, weight, bias, norm, stride=4):
    """A new tensor without device. Hint: device"""
    z = F.conv2d(images, weight, bias, stride)
    return F.max_pool2d(norm(torch.maximum(z, torch.zeros(z.shape, dtype=z.dtype))), 3, 2)


def wrong_returns_nothing(images, weight, bias, norm, stride=4):
    """Nothing is returned. Hint: returns nothing"""
    F.max_pool2d(norm(F.conv2d(images, weight, bias, stride).relu()), 3, 2)


def wrong_image_by_image(images, weight, bias, norm, stride=4):
    """norm does not see all images at once. Hint: one image at a time"""
    a = F.conv2d(images, weight, bias, stride).relu()
    return F.max_pool2d(torch.cat([norm(one[None]) for one in a]), 3, 2)
