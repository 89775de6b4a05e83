"""In which precision layers compute while weights, velocities and the loss stay float32.

Under autocast convolutions and matrix products read and give 16-bit numbers. Response normalisation reads what they
give, computes in float32 and rounds once (`nets.normalisation`); softmax and loss are float32.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

__all__ = ["Precision", "choose_precision"]

#: images of fewer pixels a side make nets too small to gain: the small net 1.3 times, the paper's twice
LARGE_IMAGES = 100


def choose_precision(name: str, device: torch.device, image_size: int) -> str:
    """The named precision, or for "auto" bf16 where the processor has it and the net is large enough to gain.

    Args:
        name: auto | off | bf16 | fp16.
        device: where layers compute.
        image_size: pixels, side of the images that the net sees.

    Raises:
        ValueError: fp16 anywhere but on cuda.
    """
    if name == "fp16" and device.type != "cuda":
        raise ValueError(f"--amp fp16 needs cuda, not {device.type}: choose bf16 or off")
    if name != "auto":
        return name
    return "bf16" if image_size >= LARGE_IMAGES and _has_bf16(device) else "off"


def _has_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu":
        return False
    can = getattr(torch.cpu, "get_capabilities", dict)()  # not every torch tells
    return any(can.get(name) for name in ("avx512_bf16", "amx_bf16"))


_DTYPES = {"off": None, "bf16": torch.bfloat16, "fp16": torch.float16}


class Precision:
    """What the training step needs of one precision.

    Args:
        name: off | bf16 | fp16.
        device: where layers compute.

    Raises:
        ValueError: another name; `choose_precision` finds what "auto" is.
    """

    def __init__(self, name: str, device: torch.device) -> None:
        if name not in _DTYPES:
            raise ValueError(f"unknown precision {name!r}: choose one of {', '.join(_DTYPES)}")
        self.name, self.device = name, device
        # Small gradients would be 0 in fp16, so the loss is multiplied by a factor that is sought as training goes.
        self.scaler = torch.amp.GradScaler(device.type, enabled=name == "fp16")

    def layers(self) -> AbstractContextManager:
        """For the net's layers, forward."""
        return torch.autocast(self.device.type, _DTYPES[self.name]) if _DTYPES[self.name] else nullcontext()

    def logits(self, found: Tensor) -> Tensor:
        """What the net found, as the loss reads it: never in 16 bits."""
        return found if _DTYPES[self.name] is None else found.float()

    def backward(self, loss: Tensor) -> None:
        """Add the loss's gradient to the parameters."""
        self.scaler.scale(loss).backward()

    def update(self, optimiser: torch.optim.Optimizer) -> None:
        """Change the weights; in fp16 not if a gradient is not finite."""
        self.scaler.step(optimiser)
        self.scaler.update()
