"""How the drawn signer looks, and which part of the body coordinates a picture shows."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sign_latent.errors import UserError

Colour = tuple[int, int, int]
Hair = Literal["short", "long", "bun", "bald"]
HAIR: tuple[Hair, ...] = ("short", "long", "bun", "bald")


@dataclass(frozen=True)
class Look:
    """Colours (red, green, blue; 0–255), hair style and size of the drawn signer.

    Dark plain clothing behind light hands is what sign language interpreters wear, and for the same reason.
    `fingers` (thumb, index, middle, ring, little finger) tells folded fingers apart; None paints them as skin.
    `night` is the background on pages that are shown dark. `size` is how large the signer is in the picture: at 1 the
    default `Window` is shown. Colours and hair never move a point of the pose.
    """

    background: Colour = (229, 233, 238)
    clothing: Colour = (47, 58, 79)
    sleeve: Colour = (66, 80, 106)
    seam: Colour = (30, 38, 54)
    skin: Colour = (235, 190, 158)
    shade: Colour = (205, 152, 120)
    edge: Colour = (92, 54, 40)
    hair: Colour = (66, 47, 38)
    brow: Colour = (46, 30, 24)
    eye: Colour = (252, 252, 250)
    iris: Colour = (38, 52, 74)
    lips: Colour = (178, 74, 76)
    mouth: Colour = (74, 20, 28)
    teeth: Colour = (246, 244, 238)
    fingers: tuple[Colour, Colour, Colour, Colour, Colour] | None = (
        (240, 128, 96),
        (246, 205, 92),
        (126, 201, 132),
        (112, 172, 232),
        (184, 142, 226),
    )
    caption: Colour = (24, 28, 36)
    night: Colour = (104, 113, 126)
    hair_style: Hair = "short"
    size: float = 1.0

    def finger(self, number: int) -> Colour:
        """The colour of finger 0 (thumb) to 4 (little finger)."""
        return self.skin if self.fingers is None else self.fingers[number]

    def window(self) -> "Window":
        """What a picture shows of a signer of this size."""
        return Window(half=Window().half / self.size)


# Skins and hair from light to dark; plain clothing and backgrounds, as interpreters wear and choose them.
_SKINS = ((243, 220, 204), (238, 208, 186), (235, 190, 158), (226, 184, 142), (206, 164, 124))
_SKINS += ((160, 126, 86), (130, 92, 67), (96, 65, 52), (72, 50, 44))
_HAIRS = ((28, 24, 24), (58, 40, 32), (92, 62, 40), (134, 92, 54), (196, 160, 104), (142, 62, 36), (150, 148, 146))
_CLOTHES = ((30, 34, 44), (47, 58, 79), (28, 66, 62), (76, 36, 52), (52, 46, 84), (28, 64, 104), (88, 60, 36))
_CLOTHES += ((120, 128, 140), (44, 84, 52))
_BACKGROUNDS = ((229, 233, 238), (206, 219, 232), (238, 230, 216), (214, 226, 210), (188, 196, 206), (226, 214, 226))


def dressed(skin: Colour, hair: Colour, clothing: Colour, **more) -> Look:
    """A look whose further shades follow from three colours; `more` are other fields of `Look`. Fingers are of skin."""
    colours = {
        "skin": skin,
        "shade": _mix(skin, (110, 40, 20), 0.2),
        "edge": _mix(skin, (20, 4, 0), 0.68),
        "hair": hair,
        "brow": _mix(hair, (16, 10, 8), 0.5 if sum(skin) > 330 else 0.85),
        "lips": _mix(skin, (150, 24, 40), 0.55),
        "clothing": clothing,
        "sleeve": _mix(clothing, (255, 255, 255), 0.12),
        "seam": _mix(clothing, (0, 0, 0), 0.4),
    }
    return replace(Look(), **(colours | {"fingers": None} | more))


def signer_look(seed: int) -> Look:
    """One of many invented signers: the same seed, the same look. UserError for a negative seed."""
    if seed < 0:
        raise UserError(f"look {seed}: is negative; give a number from 0")
    chance = np.random.default_rng((seed, 0x100C))

    def one(colours: tuple, spread: int) -> Colour:
        near = np.array(colours[chance.integers(len(colours))]) + chance.integers(-spread, spread + 1, 3)
        return tuple(int(part) for part in np.clip(near, 0, 255))

    skin, hair, clothing, background = one(_SKINS, 4), one(_HAIRS, 8), one(_CLOTHES, 12), one(_BACKGROUNDS, 8)
    style = HAIR[chance.choice(len(HAIR), p=(0.4, 0.35, 0.15, 0.1))]
    size = round(float(chance.uniform(0.92, 1.06)), 3)
    return dressed(skin, hair, clothing, background=background, hair_style=style, size=size)


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    return tuple(round(x + share * (y - x)) for x, y in zip(a, b, strict=True))


@dataclass(frozen=True)
class Window:
    """A square of the body coordinates (shoulder widths): its middle and half its side.

    The default holds 99.8 % of the hand points of measured signing, from the belly to above the head.
    """

    x: float = 0.0
    y: float = -0.13
    half: float = 1.3

    def scale(self, size: int) -> float:
        """Pixels a shoulder width in a picture of `size` pixels."""
        return size / (2 * self.half)
