"""Bringing photographs to 256x256 on an NVIDIA GPU: decoded, resized and cropped there, a few at a time [K12 §2].

Geometry and filter are those of `alexnet_lib.data.photographs`, but nvJPEG does not decode to the same pixels as
libjpeg. So a cache says which of the two made it. What is no ordinary JPEG file goes to Pillow as before: other
formats, grey, CMYK, an orientation that is to be applied, a file that is cut short, very long or very large pictures,
and whatever the GPU refuses.
"""

from __future__ import annotations

import io
import itertools
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from alexnet_lib.data.photographs import SIDE, PhotographError, crop_geometry, prepare_photographs

__all__ = ["decoder_name", "prepare_on_gpu", "resize_and_crop"]

DEVICE = "cuda"
AT_ONCE = 64  # files that are decoded together
MAX_PIXELS = 2**24  # of one picture; larger ones would need gigabytes when 64 come together
MAX_ASPECT = 2  # of longer ones Pillow brings another axis to its size first, which gives other pixels
READERS = 8  # threads
ORIENTATION = 0x0112  # EXIF


def decoder_name() -> str:
    """What decodes here, for the cache's records.

    Raises:
        ValueError: there is no NVIDIA GPU, or torchvision cannot use it.
    """
    remedy = "use --decoder pillow"
    if not torch.cuda.is_available():
        raise ValueError(f"decoder 'gpu' needs an NVIDIA GPU, and torch finds none: {remedy}")
    file = io.BytesIO()
    Image.new("RGB", (16, 16)).save(file, "JPEG")
    try:
        _decode([file.getvalue()])
    except RuntimeError as error:
        raise ValueError(f"torchvision cannot decode on this GPU ({str(error).splitlines()[0]}): {remedy}") from None
    import torchvision

    return (f"nvJPEG of CUDA {torch.version.cuda} on {torch.cuda.get_device_name()}, torchvision "
            f"{torchvision.__version__}")


def prepare_on_gpu(folder: Path, paths: list[str], exif: str = "ignore") -> Iterator[np.ndarray | PhotographError]:
    """As `photographs.prepare_photographs`: (256, 256, 3) uint8, or what is wrong with the file, in the order of paths.

    Raises:
        PhotographError: the GPU has no memory left.
    """
    with ThreadPoolExecutor(READERS) as readers:
        for start in range(0, len(paths), AT_ONCE):
            some = paths[start : start + AT_ONCE]
            contents = list(readers.map(_read_if_suitable, (folder / path for path in some), itertools.repeat(exif)))
            done = iter(_prepare([content for content in contents if content is not None]))
            for path, content in zip(some, contents, strict=True):
                picture = None if content is None else next(done)
                if picture is None:
                    yield from prepare_photographs(folder, [path], exif)
                else:
                    yield picture


def resize_and_crop(picture: Tensor) -> Tensor:
    """The shorter side to 256 pixels, then the central square: (3, H, W) uint8 -> (256, 256, 3) uint8 [K12 §2]."""
    wide, high, left, top = crop_geometry(picture.shape[2], picture.shape[1])
    picture = picture.float()
    for size in ((picture.shape[1], wide), (high, wide)):  # one axis, then the other, rounded after each as Pillow does
        if size != picture.shape[1:]:
            picture = interpolate(picture[None], size, mode="bicubic", antialias=True)[0]  # OPEN-10
            picture = picture.round_().clamp_(0, 255)
    return picture[:, top : top + SIDE, left : left + SIDE].byte().permute(1, 2, 0).contiguous()


def _read_if_suitable(file: Path, exif: str) -> bytes | None:
    """The bytes of an ordinary, whole JPEG file of colours; None for anything else."""
    try:
        content = file.read_bytes()
        with warnings.catch_warnings(), Image.open(io.BytesIO(content)) as picture:
            warnings.simplefilter("ignore")
            suitable = (
                picture.format == "JPEG" and picture.mode == "RGB"
                and picture.info.get("adobe_transform", 1) == 1  # else the channels are no luminance and chroma
                and picture.width * picture.height <= MAX_PIXELS
                and max(picture.size) <= MAX_ASPECT * min(picture.size)
                and content.rstrip(b"\0").endswith(b"\xff\xd9")  # else perhaps cut short, which nvJPEG does not say
                and (exif == "ignore" or picture.getexif().get(ORIENTATION, 1) == 1))
    except Exception:  # Pillow will say what is wrong with it
        return None
    return content if suitable else None


def _prepare(contents: list[bytes]) -> list[np.ndarray | None]:
    """None for what the GPU refuses; one bad file does not spoil the others."""
    if not contents:
        return []
    try:
        return list(torch.stack([resize_and_crop(picture) for picture in _decode(contents)]).cpu().numpy())
    except torch.OutOfMemoryError:  # not Pillow's turn: the same call must give the same bytes
        raise PhotographError("the GPU has no memory left: end what else runs on it; finished shards are kept"
                              ) from None
    except torch.AcceleratorError:  # nor here: nothing on this GPU works any more
        raise
    except RuntimeError:
        return [None] if len(contents) == 1 else [_prepare([content])[0] for content in contents]


def _decode(contents: list[bytes]) -> list[Tensor]:
    from torchvision.io import ImageReadMode, decode_jpeg

    data = [torch.frombuffer(bytearray(content), dtype=torch.uint8) for content in contents]
    return decode_jpeg(data, mode=ImageReadMode.RGB, device=DEVICE)
