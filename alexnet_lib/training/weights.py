"""Trained nets on disk: weights as safetensors, with all that is needed to use them.

Beside the weights a file holds what is subtracted from a pixel and what it is divided by, and, as metadata, the net's
configuration, the names of the classes, the settings and the checksum of the data it was trained on, and a checksum
of its own bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from alexnet_lib.data.statistics import Normalisation
from alexnet_lib.files import expanded, write_whole
from alexnet_lib.nets.alexnet_config import AlexNetConfig
from alexnet_lib.nets.build import NetConfig, build_net
from alexnet_lib.nets.cifar import CifarNetConfig
from alexnet_lib.training.settings import TrainingError

__all__ = ["WEIGHTS", "TrainedNet", "load_trained", "save_trained"]

WEIGHTS = "weights.safetensors"

FORMAT = 1
_FAMILIES = {"AlexNet": AlexNetConfig, "cuda-convnet": CifarNetConfig}


class TrainedNet(NamedTuple):
    """What `load_trained` gives.

    ``net``: in evaluation mode, on the CPU. ``metadata``: ``config`` (of the net), ``classes`` (names), ``settings``,
    ``data`` (name and checksum), ``provenance``, and ``scale``, the `Normalisation` of its images.
    """

    net: nn.Module
    metadata: dict


def save_trained(path: Path, net: nn.Module, config: NetConfig, scale: Normalisation, metadata: dict) -> str:
    """Write a net; returns the checksum of its bytes.

    Args:
        path: of the file, which is there whole or not at all.
        net: on any device.
        config: from which `build_net` builds it.
        scale: of its images.
        metadata: what JSON can hold.

    Raises:
        OSError: it cannot be written.
    """
    tensors = {f"net.{name}": value.detach().cpu().contiguous() for name, value in net.state_dict().items()}
    tensors |= {f"scale.{name}": torch.from_numpy(np.array(value)) for name, value in scale._asdict().items()}
    family = next(name for name, kind in _FAMILIES.items() if isinstance(config, kind))
    note = {"format": FORMAT, "family": family, "config": config.to_dict(), **metadata}
    note["digest"] = _digest(note, tensors)
    write_whole(path, safetensors.torch.save(tensors, {"alexnet_lib": json.dumps(note)}), durable=True)
    return note["digest"]


def load_trained(path: Path | str) -> TrainedNet:
    """Build a trained net from its file, every byte of it checked.

    Args:
        path: a run's folder, or a file of weights.

    Raises:
        TrainingError: not there, damaged, or of another version.
    """
    file = expanded(path)
    file = file / WEIGHTS if os.path.isdir(file) else file
    if not os.path.isfile(file):
        raise TrainingError(f"there are no weights at {file}: a run has them when it is finished, go on with it by the "
                            "command that began it")
    try:
        with safetensors.safe_open(file, "pt") as opened:
            note = json.loads(opened.metadata()["alexnet_lib"])
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118, no mapping
        if note["format"] != FORMAT:
            raise TrainingError(f"{file} has version {note['format']!r} of the format, not {FORMAT}: train again")
        digest = note.pop("digest")
        whole = digest == _digest(note, tensors)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, safetensors.SafetensorError):
        whole = False
    if not whole:
        raise TrainingError(f"{file} is damaged: delete it, and the command that trained it makes it again from the "
                            "run's checkpoint")
    try:
        config, net = _build(note, {name[4:]: value for name, value in tensors.items() if name.startswith("net.")})
        scale = Normalisation(*(tensors[f"scale.{name}"].numpy() for name in Normalisation._fields))
    except (ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError, RuntimeError) as error:
        # whole, as its checksum says, and yet nothing that `save_trained` of today would write
        reason = (str(error).splitlines() or [""])[0][:150]
        raise TrainingError(f"{file} holds no net that this version of the library knows ({type(error).__name__}: "
                            f"{reason}): use the version that wrote it, or train again") from None
    return TrainedNet(net.eval().to(memory_format=torch.channels_last),
                      note | {"config": config, "scale": scale, "digest": digest})


def _build(note: dict, weights: dict[str, Tensor]) -> tuple[NetConfig, nn.Module]:
    """The net of a file's configuration with its weights; nothing is built that is larger than the file."""
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in note["config"].items()}
    config = _FAMILIES[note["family"]](**fields)
    with torch.device("meta"):  # shapes alone, without memory
        shapes = {name: value.shape for name, value in build_net(config).state_dict().items()}
    if shapes != {name: value.shape for name, value in weights.items()}:
        raise ValueError("its weights are not those of its configuration")
    net = build_net(config)
    net.load_state_dict(weights)
    return config, net


def _digest(note: dict, tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256(json.dumps(note, sort_keys=True).encode())
    for name, value in sorted(tensors.items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.contiguous().view(torch.uint8).numpy().data if value.ndim else value.numpy().tobytes())
    return digest.hexdigest()
