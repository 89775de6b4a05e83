"""Claims that need no training: counted from the built net, or checked on numbers known by hand.

Each check returns a verdict with what it found, in words that do not change with the machine. It builds
shapes rather than weights, so that the whole ledger is there in a moment; the chapters show the same facts
on the net with its weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from alexnet_lib import paper
from alexnet_lib.experiments import exact_augmentation, exact_dropout, exact_learning
from alexnet_lib.experiments.protocol import Verdict, exact
from alexnet_lib.nets.alexnet import AlexNet
from alexnet_lib.nets.alexnet_config import CONVOLUTIONS, AlexNetConfig
from alexnet_lib.nets.counts import count_layers, total
from alexnet_lib.nets.normalisation import local_response_norm
from alexnet_lib.training.metrics import top_k_error_pct

__all__ = ["EXACT_CHECKS"]

FULL = AlexNetConfig()


def _size() -> Verdict:
    """C02: five convolutions, three dense layers, about 60 million parameters and 650,000 neurons."""
    rows = count_layers(FULL)
    parameters, neurons = total(rows, "parameters"), total(rows, "neurons")
    kinds = [row.kind for row in rows]
    holds = (kinds.count("conv"), kinds.count("fc"), rows[-1].output) == (5, 3, (1000,))
    holds &= math.isclose(parameters, 60e6, rel_tol=0.02) and math.isclose(neurons, 650_000, rel_tol=0.02)
    return exact(holds, f"{parameters:,} parameters, {neurons:,} neurons, 5 convolutional and 3 dense layers")


def _top5() -> Verdict:
    """C15: the error counts labels outside the five best scores; three images whose answer is known by hand."""
    scores = torch.tensor([[9., 8, 7, 6, 5, 4, 3]] * 3)
    errors = [top_k_error_pct(scores, torch.tensor([0, 4, 5]), k) for k in (1, 5)]
    holds = math.isclose(errors[0], 200 / 3) and math.isclose(errors[1], 100 / 3)
    return exact(holds, "labels ranked 1st, 5th and 6th of 7: top-1 error 2 of 3, top-5 error 1 of 3")


def _preparation() -> Verdict:
    """C16: a picture of known size goes through the steps; the centre is the centre, and only the mean is taken off."""
    import numpy as np
    from PIL import Image

    from alexnet_lib.data.batches import ResidentImages
    from alexnet_lib.data.photographs import resize_and_crop
    from alexnet_lib.data.statistics import normalisation

    width, height = 512, 300
    ramp = np.broadcast_to(np.linspace(0, 255, width)[None, :, None], (height, width, 3)).astype(np.uint8)
    square = resize_and_crop(Image.fromarray(ramp.copy()))
    middle = square[:, :, 0].astype(float).mean()
    holds = square.shape == (256, 256, 3) and square.dtype == np.uint8 and abs(middle - 127.5) < 2
    both = np.stack([square, 255 - square])  # two pictures whose mean is 127.5 at every pixel
    pixels, _ = ResidentImages(both, np.zeros(2), normalisation(both, "raw")).batch(slice(0, 2))
    holds &= bool(np.all(pixels.permute(0, 2, 3, 1).numpy() == both - 127.5))
    return exact(holds, f"a {width} x {height} picture becomes 256 x 256, centred, and loses its mean image only")


def _columns() -> Verdict:
    """C23: two explicit columns equal one grouped net, in outputs and gradients."""
    from alexnet_lib.nets.columns import TwoDeviceAlexNet

    config = AlexNetConfig.small(dropout=0.0)
    net = AlexNet(config, torch.Generator().manual_seed(0)).double()
    two = TwoDeviceAlexNet(net, ("cpu", "cpu"))
    images = 60 * torch.randn(4, 3, 24, 24, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    one_out, two_out = net(images), two(images)
    worst = (one_out - two_out).abs().max().item() / one_out.abs().max().item()
    return exact(worst < 1e-9,
                 "explicit columns and grouped convolutions agree to 1e-9 of the largest output")


def _one_gpu() -> Verdict:
    """C25: most parameters of the one-GPU net lie in the layers that keep their size."""
    two, one = (count_layers(config) for config in (FULL, AlexNetConfig.one_gpu()))
    share = 100 * total(one, "parameters") / total(two, "parameters")
    return exact(share > 90, f"the one-GPU net keeps {total(one, 'parameters'):,} of {total(two, 'parameters'):,} "
                             f"parameters, {share:.1f} %")


def _formula() -> Verdict:
    """C27: three maps, one position, reckoned by hand."""
    a = (100.0, 200.0, 300.0)
    by_hand = [x / (2 + 1e-4 * sum(y * y for y in a)) ** 0.75 for x in a]  # n = 5 reaches all three
    ours = local_response_norm(torch.tensor(a, dtype=torch.float64).view(1, 3, 1, 1)).flatten().tolist()
    worst = max(abs(x - y) / y for x, y in zip(ours, by_hand, strict=True))
    return exact(worst < 1e-12, "the library and the printed formula agree to 1e-12")


def _brightness() -> Verdict:
    """C28c: no mean is subtracted; and a net whose maps stand in another order is the same net under other names.

    The maps of layer 1 are normalised in a shuffled order. For given weights the outputs differ. They are those of the
    usual order again once the kernels, which start as independent draws from one distribution, change names.
    """
    pixel = torch.full((1, 7, 1, 1), 300.0, dtype=torch.float64)
    kept = local_response_norm(pixel)  # contrast normalisation subtracts the mean over the maps, here all there is
    removed = local_response_norm(pixel - pixel.mean(1, keepdim=True))
    holds = bool((kept > 1).all()) and not removed.any()

    net = AlexNet(AlexNetConfig.small(columns=1, dropout=0.0), torch.Generator().manual_seed(0)).double()
    first = net.features[:list(dict(net.features.named_children())).index("conv2") + 1]  # conv1 to conv2
    images = 60 * torch.randn(2, 3, 24, 24, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    order = torch.randperm(len(first.conv1.weight), generator=torch.Generator().manual_seed(2))
    back = order.argsort()
    with torch.no_grad():
        usual = first(images)
        first.lrn1.register_forward_pre_hook(lambda _, maps: maps[0][:, order])
        first.lrn1.register_forward_hook(lambda _, maps, normalised: normalised[:, back])
        given = first(images)
        for values, dim in ((first.conv1.weight, 0), (first.conv1.bias, 0), (first.conv2.weight, 1)):
            values.copy_(values.index_select(dim, back))
        renamed = first(images)
    largest = usual.abs().max()
    holds &= bool((given - usual).abs().max() > 1e-3 * largest and (renamed - usual).abs().max() < 1e-9 * largest)
    return exact(holds, f"equal responses of 300 in {pixel.shape[1]} maps come out as {kept.min():.0f} to "
                        f"{kept.max():.0f}, and as 0 if the mean is taken off first; another order of the maps gives "
                        "other outputs with given weights, and the same net, to 1e-9, with the kernels renamed")


def _objective() -> Verdict:
    """C31: eight layers with weights, and the loss is the mean log-probability of the label, negated."""
    layers = sum(row.weights > 0 for row in count_layers(FULL))
    logits, labels = torch.tensor([[1.0, 2, 3], [0, 0, 0]], dtype=torch.float64), torch.tensor([2, 1])
    by_hand = -(math.log(math.exp(3) / sum(map(math.exp, (1, 2, 3)))) + math.log(1 / 3)) / 2
    loss = torch.nn.functional.cross_entropy(logits, labels).item()
    return exact(layers == 8 and math.isclose(loss, by_hand), f"{layers} layers with weights; the loss by hand and "
                                                              f"the library's: {by_hand:.4f} and {loss:.4f}")


def _connections() -> Verdict:
    """C32: who reads whom, and what follows what."""
    net = AlexNet(FULL, device="meta")
    reads = {name: net.features.get_submodule(name).weight.shape[1] for name in CONVOLUTIONS}
    order = [name for name, _ in net.features.named_children()]
    chain = ["border", "conv1", "relu1", "lrn1", "pool1", "conv2", "relu2", "lrn2", "pool2", "conv3", "relu3",
             "conv4", "relu4", "conv5", "relu5", "pool5"]
    holds = reads == {"conv1": 3, "conv2": 48, "conv3": 256, "conv4": 192, "conv5": 192} and order == chain
    return exact(holds, "maps read by one kernel of conv1 to conv5: " + ", ".join(map(str, reads.values())))


def _kernels() -> Verdict:
    """C33: numbers and sizes of the kernels, and the maps they make."""
    rows = {row.name: row for row in count_layers(FULL)}
    kernels = tuple(rows[name].output[0] for name in CONVOLUTIONS)
    sides = [rows[name].output[1] for name in ("conv1", "pool1", "pool2", "pool5")]
    holds = kernels == (96, 256, 384, 384, 256) and sides == [55, 27, 13, 6]
    holds &= all(rows[name].parameters == paper.layer(name).parameters for name in (*CONVOLUTIONS, "fc6", "fc7", "fc8"))
    return exact(holds, f"maps of {'-'.join(map(str, sides))} from 224 pixels, where the last windows of layer 1 "
                        "read three rows and columns of zeros")


def _caption() -> Verdict:
    """C34: the nine numbers of Figure 2's caption against the counts."""
    rows = [row for row in count_layers(FULL) if row.weights]
    counted = [3 * 224 * 224, *(row.neurons for row in rows)]
    printed = [number.printed for number in paper.PRINTED_NUMBERS[:9]]
    wrong = [f"printed {p:,}, counted {c:,}" for p, c in zip(printed, counted, strict=True) if p != c]
    return exact(not wrong, f"{9 - len(wrong)} of 9 numbers are right; " + "; ".join(wrong),
                 otherwise="paper is inconsistent")


#: claim -> its check
EXACT_CHECKS: dict[str, Callable[[], Verdict]] = {
    "C02": _size, "C15": _top5, "C16": _preparation, "C23": _columns, "C25": _one_gpu, "C27": _formula,
    "C28c": _brightness, "C31": _objective, "C32": _connections, "C33": _kernels, "C34": _caption,
    **exact_augmentation.CHECKS, **exact_dropout.CHECKS, **exact_learning.CHECKS,
}
