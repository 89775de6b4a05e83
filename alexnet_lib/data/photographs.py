"""Photographs: bringing one to 256x256 pixels as section 2 does [K12 §2].

Decoded to RGB, the shorter side brought to 256 pixels, the central 256x256 cut out. The paper says no more than this;
the rest is our choice:

- OPEN-09: an EXIF orientation is ignored, as in torchvision's loader, or applied where that is asked for.
- OPEN-10: Pillow's bicubic filter, which averages when it shrinks. The author's tool of 2014 [cuda-convnet2, make-data]
  took area averages when shrinking and bicubic interpolation when enlarging, and stored the result as JPEG; ours is
  not compressed again.
- OPEN-10: the longer side is rounded to the nearest pixel, halves up. Of an odd margin the larger half is cut off at
  the right and at the bottom: the crop starts at ``(side - 256) // 2``. Both as in that tool.
- Grey becomes three equal channels; of more than 8 bits the highest 8 are kept; alpha is dropped, whatever colour lies
  under it; CMYK is converted without a colour profile, and a JPEG's is taken to be stored inverted, as Adobe does.
- Of an animation, the first picture.

`alexnet_lib.data.photograph_folders` finds the files, `alexnet_lib.data.prepared` keeps the results.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from alexnet_lib.data.photograph_folders import IMAGENETTE_CLASSES, PhotographError, Photographs, find_photographs

__all__ = [
    "EXIF", "IMAGENETTE_CLASSES", "SIDE", "Geometry", "PhotographError", "Photographs", "crop_geometry",
    "find_photographs", "prepare_photograph", "prepare_photographs", "resize_and_crop", "sample_photographs",
]

SIDE = 256  # pixels [K12 §2]
EXIF = ("ignore", "apply")
MAX_PIXELS = 2**27  # 134 million: a file that claims more is a mistake or an attack
#: Pillow's names of those in `photograph_folders.SUFFIXES`; it knows more, and hands PostScript to another program
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "PPM", "TIFF", "WEBP")
MAX_ASPECT = 16  # beyond it the resized picture would be much larger than what is kept of it


class Geometry(NamedTuple):
    """Size after the resize, and where the crop begins, in pixels."""

    width: int
    height: int
    left: int
    top: int


def crop_geometry(width: int, height: int, side: int = SIDE) -> Geometry:
    """To what size a picture of this size is brought, and where the square is cut out of it [K12 §2]."""
    if min(width, height, side) < 1:
        raise ValueError(f"sizes must be at least 1 pixel, not {width}x{height} to {side}")
    shorter = min(width, height)
    wide, high = ((2 * n * side + shorter) // (2 * shorter) for n in (width, height))  # nearest, halves up
    return Geometry(wide, high, (wide - side) // 2, (high - side) // 2)


def resize_and_crop(picture: Image.Image | np.ndarray, side: int = SIDE) -> np.ndarray:
    """The shorter side to ``side`` pixels, then the central square [K12 §2].

    Args:
        picture: an RGB picture, or (H, W, 3) uint8.

    Returns:
        (side, side, 3) uint8.
    """
    if isinstance(picture, np.ndarray):
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
            raise ValueError(f"a picture must be uint8 (H, W, 3), not {picture.dtype} {picture.shape}")
        picture = Image.fromarray(picture)
    (old_wide, old_high), (wide, high, left, top) = picture.size, crop_geometry(*picture.size, side)
    if max(wide, high) > MAX_ASPECT * side:  # the same geometry, computed for what is kept only
        box = (left * old_wide / wide, top * old_high / high,
               (left + side) * old_wide / wide, (top + side) * old_high / high)
        return np.array(picture.resize((side, side), Image.Resampling.BICUBIC, box))
    resized = picture.resize((wide, high), Image.Resampling.BICUBIC)  # OPEN-10
    return np.array(resized.crop((left, top, left + side, top + side)))


def prepare_photograph(path: Path | str, exif: str = "ignore") -> np.ndarray:
    """Read one file, whatever its format and colours, and bring it to 256x256 [K12 §2].

    Args:
        exif: "ignore" or "apply" the orientation noted by the camera (OPEN-09).

    Returns:
        (256, 256, 3) uint8, RGB.

    Raises:
        PhotographError: the file is no picture, is damaged, or is larger than `MAX_PIXELS`.
    """
    if exif not in EXIF:
        raise ValueError(f"unknown exif {exif!r}: choose one of {', '.join(EXIF)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on odd files: what matters is an error here
            return resize_and_crop(_read_rgb(path, exif))
    except MemoryError:
        raise
    except Exception as error:  # the decoders of damaged files raise all kinds
        reason = _reason(error)
        raise PhotographError(f"{path} cannot be used ({reason}): replace or remove it", reason) from None


def prepare_photographs(folder: Path, paths: Iterable[str], exif: str = "ignore"
                        ) -> Iterator[np.ndarray | PhotographError]:
    """`prepare_photograph` for some files of a folder; for one that cannot be used, the error."""
    for path in paths:
        try:
            yield prepare_photograph(folder / path, exif)
        except PhotographError as error:
            yield error


def _read_rgb(path: Path | str, exif: str) -> Image.Image:
    with open(path, "rb") as file, Image.open(file, formats=FORMATS) as picture:
        if picture.width * picture.height > MAX_PIXELS:  # said by the header, before anything is decoded
            raise ValueError(f"{picture.width}x{picture.height} pixels, more than {MAX_PIXELS:,}")
        picture.load()
        if exif == "apply":  # OPEN-09
            picture = ImageOps.exif_transpose(picture)
        if picture.mode.startswith("I"):  # 16 bits a pixel; `convert` would clip all but the darkest to white
            values = np.asarray(picture)
            if values.min() < 0 or values.max() > 65535:
                raise ValueError("grey levels of 32 bits, whose scale is unknown")
            return Image.fromarray((values >> 8).astype(np.uint8)).convert("RGB")
        if picture.mode == "F":
            raise ValueError("grey levels as floats, whose scale is unknown")
        if picture.mode in ("La", "RGBa"):  # colours multiplied by alpha: undo that first
            picture = picture.convert(picture.mode[:-1] + "A")
        return picture.convert("RGB")


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "not a picture"
    if isinstance(error, IsADirectoryError):
        return "a folder"
    return str(getattr(error, "strerror", None) or error or type(error).__name__).splitlines()[0]


def sample_photographs() -> dict[str, np.ndarray]:
    """Five real photographs that come with scikit-image and need no download: name -> (H, W, 3) uint8, RGB.

    ``astronaut`` 512x512 (NASA, public domain), ``cat`` 300x451 (Stéfan van der Walt, CC0), ``coffee`` 400x600
    (Rachel Michetti, CC0), ``rocket`` 427x640 (SpaceX, public domain), ``camera`` 512x512, black and white, as three
    equal channels (Lav Varshney, CC0).

    Raises:
        PhotographError: scikit-image is not installed.
    """
    try:
        from skimage import data
    except ImportError as error:
        raise PhotographError(f"the sample photographs come with scikit-image ({error}): "
                              "pip install -r requirements.txt") from None
    pictures = {"astronaut": data.astronaut(), "cat": data.chelsea(), "coffee": data.coffee(), "rocket": data.rocket(),
                "camera": data.camera()}
    return {name: np.array(Image.fromarray(picture).convert("RGB")) for name, picture in pictures.items()}
