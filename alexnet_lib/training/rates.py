"""Which rate and which decay each parameter gets: the paper's rule, and the released files' (CODE-08).

The paper uses one learning rate for all layers and speaks of one weight decay [K12 §5]. The released
parameter files give biases twice the rate and no decay, and some CIFAR-10 nets a decay of their own in
each layer.
"""

from __future__ import annotations

from torch import nn

__all__ = ["RULES", "parameter_groups"]

#: "paper": one rate and one decay for everything; "released": biases at twice the rate without decay;
#: "files": as "released", with the decay of each layer from cuda-convnet's own file.
RULES = ("paper", "released", "files")


def parameter_groups(net: nn.Module, rule: str, lr: float, weight_decay: float) -> list[dict]:
    """Groups for the optimiser, each with its ``lr`` and ``weight_decay``; every parameter is in one of them.

    Args:
        net: any net; "files" needs layers that carry ``file_weight_decay`` (the nets of `nets.cifar` do).
        rule: one of `RULES`.
        lr: learning rate of the weights.
        weight_decay: decay of the weights, but for "files".

    Raises:
        ValueError: unknown rule, or "files" for a net without a file.
    """
    if rule not in RULES:
        raise ValueError(f"unknown rule {rule!r}: choose one of {', '.join(RULES)}")
    if rule == "paper":
        return [{"params": list(net.parameters()), "lr": lr, "weight_decay": weight_decay}]
    groups = []
    for layer in net.modules():
        own = dict(layer.named_parameters(recurse=False))
        if not own:
            continue
        if rule == "files" and not hasattr(layer, "file_weight_decay"):
            raise ValueError("rule 'files' needs a net that cuda-convnet published a file for: choose 'released'")
        decay = layer.file_weight_decay if rule == "files" else weight_decay
        groups += [{"params": [p], "lr": 2 * lr, "weight_decay": 0.0} if name == "bias"
                   else {"params": [p], "lr": lr, "weight_decay": decay} for name, p in own.items()]
    return groups
