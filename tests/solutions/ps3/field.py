"""Answers to ps3-field."""

import math

import torch
import torch.nn.functional as F


def right_from_the_unit_down(layers):
    def span(unit):
        first = last = unit
        for kernel, stride in reversed(layers):
            first, last = first * stride, last * stride + kernel - 1
        return first, last

    return span(0)[1] + 1, span(1)[0]


def right_as_a_sum(layers):
    steps = [math.prod(stride for _, stride in layers[:depth]) for depth in range(len(layers) + 1)]
    return 1 + sum((kernel - 1) * step for (kernel, _), step in zip(layers, steps[:-1], strict=True)), steps[-1]


def right_recursive(layers):
    if len(layers) == 0:
        return [1, 1]
    field, step = right_recursive(layers[:-1])
    kernel, stride = layers[-1]
    return [field + (kernel - 1) * step, step * stride]


def right_by_gradient(layers):
    pixels = torch.zeros(1, 1, 2000, dtype=torch.float64, requires_grad=True)
    x = pixels
    for kernel, stride in layers:
        x = F.conv1d(x, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride)
    (here,) = torch.autograd.grad(x[0, 0, 0], pixels, retain_graph=True)
    (there,) = torch.autograd.grad(x[0, 0, 1], pixels)
    return int(here.nonzero()[-1, 2]) + 1, int(there.nonzero()[0, 2])


def wrong_step_first(layers):
    """The new step spaces the window. Hint: the step is multiplied before the field grows"""
    field, step = 1, 1
    for kernel, stride in layers:
        step *= stride
        field += (kernel - 1) * step
    return field, step


def wrong_whole_kernels(layers):
    """kernel in place of kernel - 1. Hint: whole kernels are added"""
    field, step = 1, 1
    for kernel, stride in layers:
        field, step = field + kernel * step, step * stride
    return field, step


def wrong_begins_with_nothing(layers):
    """A pixel sees itself: the field begins at 1, not 0."""
    field, step = 0, 1
    for kernel, stride in layers:
        field, step = field + (kernel - 1) * step, step * stride
    return field, step


def wrong_ignores_strides(layers):
    """As if every stride were 1. Hint: strides are ignored"""
    return 1 + sum(kernel - 1 for kernel, _ in layers), 1


def wrong_field_ignores_strides(layers):
    """The step is right, the field is not."""
    return 1 + sum(kernel - 1 for kernel, _ in layers), math.prod(stride for _, stride in layers)


def wrong_adds_strides(layers):
    """Steps multiply. Hint: strides are added"""
    field, step = 1, 0
    for kernel, stride in layers:
        field, step = field + (kernel - 1) * max(step, 1), step + stride
    return field, step


def wrong_from_the_last_to_the_first(layers):
    """The right rule in the wrong order. Hint: from the last to the first"""
    return right_as_a_sum(layers[::-1])


def wrong_own_stride(layers):
    """Only the layer's own stride. Hint: own stride spaces its window"""
    field, step = 1, 1
    for kernel, stride in layers:
        field, step = field + (kernel - 1) * stride, step * stride
    return field, step


def wrong_last_layer_only(layers):
    """What a unit reads of the layer below. Hint: the last layer alone"""
    return layers[-1] if layers else (1, 1)


def wrong_product_of_kernels(layers):
    """Right for windows that touch, as 2/2."""
    return math.prod(kernel for kernel, _ in layers), math.prod(stride for _, stride in layers)


def wrong_after_each_layer(layers):
    """A list, where the last pair is asked for."""
    return [right_as_a_sum(layers[: depth + 1]) for depth in range(len(layers))]


def wrong_needs_a_layer(layers):
    """No layers is an error here. Hint: ([]) fails"""
    field, step = layers[0]
    for kernel, stride in layers[1:]:
        field, step = field + (kernel - 1) * step, step * stride
    return field, step


def wrong_step_and_field(layers):
    """The two in the other order."""
    return right_as_a_sum(layers)[::-1]


def wrong_field_only(layers):
    """One number in place of two. Hint: should be a tuple"""
    return right_as_a_sum(layers)[0]


def wrong_empties_the_list(layers):
    """Takes the layers away from the caller. Hint: in place"""
    field, step = 1, 1
    while layers:
        kernel, stride = layers.pop(0)
        field, step = field + (kernel - 1) * step, step * stride
    return field, step


def wrong_forgets_the_last_stride(layers):
    """The step is that of the layer below."""
    field, _ = right_as_a_sum(layers)
    return field, right_as_a_sum(layers[:-1])[1]


def wrong_whole_kernels_from_nothing(layers):
    """Right for one layer only. Hint: whole kernels are added and the field begins at 0"""
    field, step = wrong_whole_kernels(layers)
    return field - 1, step


def wrong_cut_to_the_image(layers):
    """A field may be larger than the image. Hint: cut to the 224 pixels"""
    field, step = right_as_a_sum(layers)
    return min(field, 224), step


def wrong_returns_floats(layers):
    """Numbers with a point. Hint: the field should be an int"""
    field, step = right_as_a_sum(layers)
    return field / 1, step / 1


def wrong_step_is_a_float(layers):
    """Only the step has a point. Hint: the step should be an int"""
    field, step = right_as_a_sum(layers)
    return field, float(step)
