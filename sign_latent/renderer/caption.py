"""Text below a signer, in a band of its own: over the picture it would cover hands."""

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont, features

from sign_latent.errors import UserError
from sign_latent.renderer.look import Look

_MARGIN = 6
_LINES = 4
_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial.ttf", "arial.ttf")
"""Fonts of more than one script, as systems name them."""
_NO_CHARACTER = "\U0010ffff"
"""What no font has, so that it is drawn as every other that a font lacks."""


def captioned(pictures: Iterable[np.ndarray], text: str, look: Look, font: str | None = None) -> Iterator[np.ndarray]:
    """Pictures uint8 [H, W, 3] with the text in a band below each; as they are where there is none.

    font: a file; None is one that the system has. UserError as of ``lacking``.
    """
    band = None
    for picture in pictures:
        if not text:
            yield picture
            continue
        band = _band(text, picture.shape[1], look, font) if band is None else band
        yield np.concatenate([picture, band])


def lacking(text: str, font: str | None = None) -> list[str]:
    """The characters of a text, each once, in whose place a box is drawn. UserError for a file that is no font."""
    found = _font(32, font)

    def drawn(character: str) -> tuple[object, bytes]:
        return found.getbbox(character), bytes(found.getmask(character))

    box = drawn(_NO_CHARACTER)
    seen = (one for one in dict.fromkeys(text) if not one.isspace() and not _invisible(one))
    return [one for one in seen if drawn(one) == box]


def _invisible(character: str) -> bool:
    """Whether it is no letter: joiners, marks of direction, choices among glyphs."""
    name = unicodedata.name(character, "")
    return unicodedata.category(character) in ("Cc", "Cf") or name.startswith("VARIATION SELECTOR")


def misplaced(text: str) -> bool:
    """Whether letters that are written from right to left will not be joined and ordered: Pillow needs a library."""
    return not features.check("raqm") and any(unicodedata.bidirectional(one) in ("R", "AL") for one in text)


def _band(text: str, width: int, look: Look, file: str | None = None) -> np.ndarray:
    """uint8 [H, width, 3] on as many lines as it needs, at most four; H is even, as videos want the sum to be."""
    font = _font(max(10, width // 24), file)
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
def _font(size: int, file: str | None = None) -> ImageFont.FreeTypeFont:
    """That of a file, or a font with many scripts where the system has one, else what Pillow carries: bare Latin."""
    if file is not None:
        try:
            return ImageFont.truetype(file, size)
        except OSError as error:
            raise UserError(f"caption font {file}: cannot be read ({error}); give a .ttf or .otf file") from None
    for name in _FONTS:
        with suppress(OSError):
            return ImageFont.truetype(name, size)
    return ImageFont.load_default(size)
