"""Text below a signer, in a band of its own: over the picture it would cover hands."""

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sign_latent.renderer.look import Look

_MARGIN = 6
_LINES = 4


def captioned(pictures: Iterable[np.ndarray], text: str, look: Look) -> Iterator[np.ndarray]:
    """Pictures uint8 [H, W, 3] with the text in a band below each; as they are where there is none."""
    band = None
    for picture in pictures:
        if not text:
            yield picture
            continue
        band = _band(text, picture.shape[1], look) if band is None else band
        yield np.concatenate([picture, band])


def _band(text: str, width: int, look: Look) -> np.ndarray:
    """uint8 [H, width, 3] on as many lines as it needs, at most four; H is even, as videos want the sum to be."""
    font = _font(max(10, width // 24))
    lines = _wrap(text, font, width - 2 * _MARGIN)
    step = int(font.size * 1.25)
    height = step * len(lines) + 2 * _MARGIN
    band = Image.new("RGB", (width, height + height % 2), look.background)
    draw = ImageDraw.Draw(band)
    for i, line in enumerate(lines):
        draw.text((width / 2, _MARGIN + i * step), line, fill=look.caption, font=font, anchor="ma")
    return np.asarray(band)


def draw_label(picture: np.ndarray, text: str, look: Look) -> np.ndarray:
    """The picture [H, W, 3] with a short text in its upper left corner."""
    image = Image.fromarray(picture)
    font = _font(max(10, image.width // 20))
    ImageDraw.Draw(image).text((_MARGIN, _MARGIN), text, fill=look.caption, font=font)
    return np.asarray(image)


def _wrap(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines = [""]
    for word in (part for whole in text.split() for part in _broken(whole, font, width)):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], _shortened(lines[_LINES - 1], font, width)]
    return lines


def _broken(word: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """A word in parts that fit: some writing has no spaces."""
    parts = [""]
    for letter in word:
        if parts[-1] and font.getlength(parts[-1] + letter) > width:
            parts.append("")
        parts[-1] += letter
    return parts


def _shortened(line: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    while line and font.getlength(f"{line} …") > width:
        line = line[:-1].rstrip()
    return f"{line} …"


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """A font with many scripts where the system has it, else the one that Pillow carries."""
    try:
        return ImageFont.truetype("DejaVuSans.ttf", size)
    except OSError:
        return ImageFont.load_default(size)
