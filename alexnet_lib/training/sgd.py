"""The paper's update rule [K12 §5], as a torch optimiser.

    v <- momentum * v  -  weight_decay * lr * w  -  lr * gradient
    w <- w + v

The learning rate stands *inside* the velocity. ``torch.optim.SGD`` keeps it outside
(v <- momentum * v + g; w <- w - lr * v). At a constant rate the two walk the same path. After a drop
of the rate they part: torch shrinks the old velocity with the rate, the paper lets it run out.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch

__all__ = ["PaperSGD"]


class PaperSGD(torch.optim.Optimizer):
    """Stochastic gradient descent with momentum and weight decay, as printed in section 5.

    Args:
        params: tensors, or groups with their own ``lr``, ``momentum``, ``weight_decay``
            (cuda-convnet gives biases twice the rate and no decay).
        lr: learning rate, above 0.
        momentum: in [0, 1) [K12 §5: 0.9].
        weight_decay: at least 0 [K12 §5: 0.0005].

    Raises:
        ValueError: a setting out of range.
    """

    def __init__(self, params: Iterable, lr: float = 0.01, momentum: float = 0.9, weight_decay: float = 0.0005) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def add_param_group(self, param_group: dict) -> None:
        for name, low, high in (("lr", 0, float("inf")), ("momentum", 0, 1), ("weight_decay", 0, float("inf"))):
            value = param_group.get(name, self.defaults[name])
            if not low <= value < high or (name == "lr" and value == 0):
                raise ValueError(f"{name} must be {'above' if name == 'lr' else 'at least'} 0"
                                 f"{' and below 1' if name == 'momentum' else ''}, not {value}")
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure=None):
        """One update of every parameter that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            weights = [w for w in group["params"] if w.grad is not None]
            if not weights:
                continue
            gradients = [w.grad for w in weights]
            velocities = []
            for w in weights:
                state = self.state[w]
                if "velocity" not in state:
                    state["velocity"] = torch.zeros_like(w)
                velocities.append(state["velocity"])
            # One foreach call is one kernel launch for all tensors, not one each.
            torch._foreach_mul_(velocities, group["momentum"])
            if group["weight_decay"]:
                torch._foreach_add_(velocities, weights, alpha=-group["weight_decay"] * group["lr"])
            torch._foreach_add_(velocities, gradients, alpha=-group["lr"])
            torch._foreach_add_(weights, velocities)
        return loss
