"""How the drawn signer looks, and which part of the body coordinates a picture shows."""

from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Look:
    """Colours (red, green, blue; 0–255) of the drawn signer.

    Dark plain clothing behind light hands is what sign language interpreters wear, and for the same reason.
    `fingers` (thumb, index, middle, ring, little finger) tells folded fingers apart; None paints them as skin.
    `night` is the background on pages that are shown dark.
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

    def finger(self, number: int) -> Colour:
        """The colour of finger 0 (thumb) to 4 (little finger)."""
        return self.skin if self.fingers is None else self.fingers[number]


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
