"""Local response normalisation, forward and backward, against torch's and against copying the tensor.

    python benchmarks/normalisation.py [--quick]

The two shapes are those of AlexNet's first and second layer at a batch of 64, in both orders of memory. The peer is
``torch.nn.LocalResponseNorm`` with alpha set so that it computes the same, which is checked first. The unit is one
``x.clone()``, which reads a tensor and writes one. The whole operation can not read less than x twice and the
gradient once, nor write less than the result and the new gradient: five tensors, or 2.5 copies, are the floor.

On a CPU all is measured with freed memory kept and with the allocator's default.
"""

from __future__ import annotations

import statistics

import torch
from common import command_line, in_process, interleaved, row, timed

from alexnet_lib.nets.normalisation import LocalResponseNorm
from alexnet_lib.training.device import choose_device, keep_freed_memory

SHAPES = ((64, 96, 55, 55), (64, 256, 27, 27))
LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
FLOOR = 2.5  # copies


def compare_norms(shape: tuple[int, ...], layout: str, device: torch.device, repeats: int, memory: str = "") -> dict:
    """One row; `memory` says how the allocator was set."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(shape, generator=generator).mul(60).relu()
    x = x.to(device, memory_format=LAYOUTS[layout]).requires_grad_()
    gradient = torch.randn(shape, generator=generator).to(device, memory_format=LAYOUTS[layout])
    ours, peer = LocalResponseNorm(size=5, alpha=1e-4), torch.nn.LocalResponseNorm(size=5, alpha=5e-4, k=2.0)
    torch.testing.assert_close(ours(x), peer(x))
    copies = []

    def there_and_back(norm) -> None:
        norm(x).backward(gradient)
        x.grad = None

    def copy() -> None:  # short, so taken more often
        copies.append(statistics.median(timed(lambda: x.detach().clone(), device) for _ in range(5)))

    times = interleaved({"ours": lambda: there_and_back(ours), "peer": lambda: there_and_back(peer), "copy": copy},
                        device, repeats)
    mine, other, one_copy = (statistics.median(column) for column in (times["ours"], times["peer"], copies[1:]))
    return row(f"LRN {'x'.join(map(str, shape))}, {layout}{memory}",
               f"{1e3 * mine:.3g} ms, {mine / one_copy / FLOOR:.1f} x floor", times["ours"],
               f"torch.nn.LocalResponseNorm, {other / one_copy / FLOOR:.0f} x floor", times["peer"])


def one_setting(memory: str, quick: bool) -> list[dict]:
    """Rows with freed memory "kept", or as it is ("")."""
    if memory == "kept":
        keep_freed_memory()
    return [compare_norms(shape, layout, choose_device(), 3 if quick else 9, memory and f", freed memory {memory}")
            for shape in SHAPES for layout in LAYOUTS]


def measure(quick: bool) -> list[dict]:
    """A row for each shape and order of memory, on a CPU for each setting of the allocator."""
    if choose_device().type != "cpu":
        return one_setting("", quick)
    return [found for memory in ("kept", "default") for found in in_process(one_setting, memory, quick)]


if __name__ == "__main__":
    command_line(measure, __doc__)
