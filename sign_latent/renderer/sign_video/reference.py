"""A picture of the signer whose looks a video shall have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from sign_latent.errors import UserError

_ASPECT = 0.02  # by how much width ÷ height may differ
_PIXELS = 64_000_000  # of a picture that is read at all


def reference_picture(reference: str | Path | np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """uint8 [H, W, 3] of a picture file, or of pixels of any size, at height and width ``size``.

    A photograph is turned upright as its file says it was taken.
    UserError where there is no picture, where it has another aspect than the model's, and where it shows one colour.
    """
    name = "picture" if isinstance(reference, np.ndarray) else str(reference)
    image = _opened(reference, name)
    height, width = size
    if abs(image.width / image.height / (width / height) - 1) > _ASPECT:
        raise UserError(
            f"reference {name}: is {image.width}×{image.height}, and the model's pictures are {width}×{height}; "
            "cut it to that aspect"
        )
    if image.width < width // 2:
        raise UserError(f"reference {name}: is only {image.width}×{image.height}; give at least {width}×{height}")
    picture = np.asarray(image.resize((width, height), Image.Resampling.BOX if image.width > width else None))
    if picture.reshape(-1, 3).std(0).max() < 2:
        raise UserError(f"reference {name}: shows nothing but one colour; give a picture of a signer")
    return picture.copy()


def _opened(reference: str | Path | np.ndarray, name: str) -> Image.Image:
    if isinstance(reference, np.ndarray):
        if reference.ndim != 3 or reference.shape[2] != 3 or reference.dtype != np.uint8 or not reference.size:
            raise UserError(f"reference {name}: is {reference.dtype} {reference.shape}; give uint8 [H, W, 3]")
        return Image.fromarray(reference)
    try:
        image = Image.open(reference)
        if image.width * image.height > _PIXELS:
            raise UserError(f"reference {name}: has more than {_PIXELS // 1_000_000} million pixels; make it smaller")
        return ImageOps.exif_transpose(image).convert("RGB")
    except FileNotFoundError:
        raise UserError(f"reference {name}: no such file; check the path") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError(
            f"reference {name}: cannot be read as a picture ({type(error).__name__}); give a .png or .jpg"
        ) from None
