"""The meaningless parts that signs are built of: places, orientations, movements and the channels of face and head.

All of it is written for a right-handed signer in body coordinates (unit: shoulder width; x to the signer's left,
y up, z forward); left-handed signers are mirrored as a whole.
"""

from dataclasses import dataclass

import numpy as np

# Place of the hand's centre: an anchor on the signer's own body, and the offset from it.
LOCATIONS = {
    "forehead": ("brows", (-0.12, 0.16, 0.22)),
    "temple": ("eyes", (-0.48, 0.06, 0.02)),
    "nose": ("eyes", (-0.05, -0.10, 0.34)),
    "chin": ("mouth", (-0.04, -0.20, 0.24)),
    "neck": ("shoulders", (-0.22, 0.12, 0.26)),
    "shoulder_same": ("shoulder_same", (-0.08, 0.02, 0.26)),
    "shoulder_other": ("shoulder_other", (-0.06, -0.02, 0.30)),
    "chest": ("shoulders", (-0.02, -0.36, 0.42)),
    "belly": ("shoulders", (-0.02, -0.84, 0.46)),
    "side_high": ("shoulders", (-0.92, 0.52, 0.42)),
    "side_mid": ("shoulders", (-0.90, -0.20, 0.52)),
    "side_low": ("shoulders", (-0.78, -0.78, 0.42)),
    "front_high": ("shoulders", (-0.24, 0.42, 0.82)),
    "front_mid": ("shoulders", (-0.16, -0.26, 0.92)),
    "front_low": ("shoulders", (-0.18, -0.76, 0.80)),
    "across": ("shoulders", (0.46, -0.34, 0.66)),
}
SPELLING_PLACE = ("shoulders", (-0.56, 0.10, 0.56))
RESTING_PLACE = ("shoulders", (-0.52, -1.06, 0.34))
# Directions of the fingers and of the palm of the right hand.
ORIENTATIONS = {
    "up_out": ((0, 1, 0), (0, 0, 1)),
    "up_in": ((0, 1, 0), (0, 0, -1)),
    "up_side": ((0, 1, 0), (1, 0, 0)),
    "forward_down": ((0, 0, 1), (0, -1, 0)),
    "forward_up": ((0, 0, 1), (0, 1, 0)),
    "forward_side": ((0, 0, 1), (1, 0, 0)),
    "across_in": ((1, 0, 0), (0, 0, -1)),
    "across_down": ((1, 0, 0), (0, -1, 0)),
    "across_up": ((1, 0, 0), (0, 1, 0)),
}
RESTING_ORIENTATION = ((0.35, -0.70, 0.62), (0.75, -0.25, -0.70))
HANDS = ("one", "both", "base")
EXPRESSION = {  # coefficient of the linear face basis that a channel value drives
    "brows": {"raise": ((0, 1.3), (2, 0.4)), "furrow": ((1, 1.3), (2, -0.3))},
    "mouth": {
        "open": ((3, 1.2),),
        "wide": ((4, 1.2),),
        "round": ((5, 1.2),),
        "down": ((6, 1.2),),
        "puff": ((9, 1.2),),
    },
    "gaze": {"same": ((7, -1.4),), "other": ((7, 1.4),), "up": ((8, 1.4),), "down": ((8, -1.4),)},
}
HEADS = ("shake", "nod", "tilt")
NON_MANUALS = {**{channel: tuple(values) for channel, values in EXPRESSION.items()}, "head": HEADS}


@dataclass(frozen=True)
class Form:
    """What a sign looks like: one value a channel; `frames` is its nominal duration at 25 frames a second."""

    handshape: str
    location: str
    orientation: str
    movement: str
    hands: str = "one"
    base: str = ""
    mouth: str = ""
    gaze: str = ""
    frames: int = 10


@dataclass(frozen=True)
class Stroke:
    """A movement sampled at n frames: displacement [n, 3], wrist bend and twist [n], opening [n, 2], wiggle [n]."""

    shift: np.ndarray
    bend: np.ndarray
    twist: np.ndarray
    opening: np.ndarray  # 1 is the handshape itself, 0 the closed hand
    wiggle: np.ndarray


PATH = 0.34
REPEAT = 0.14


def ease(u: np.ndarray) -> np.ndarray:
    """Minimum-jerk course from 0 to 1 (Flash and Hogan 1985)."""
    return u**3 * (10 - 15 * u + 6 * u * u)


def _line(x: float, y: float, z: float):
    """A straight path centred on the place, eased at both ends."""
    return lambda u: np.stack([(ease(u) - 0.5) * PATH * part for part in (x, y, z)], -1)


def _wave(x: float, y: float, z: float, turns: float = 2.0):
    """A repeated to-and-fro about the place."""
    return lambda u: np.stack([np.sin(2 * np.pi * turns * u) * REPEAT * part for part in (x, y, z)], -1)


def _circle(u: np.ndarray) -> np.ndarray:
    angle = 2 * np.pi * u
    return 0.17 * np.stack([np.cos(angle), np.sin(angle), 0 * u], -1)


def _arc(u: np.ndarray) -> np.ndarray:
    e = ease(u)
    return np.stack([(0.5 - e) * 0.36, np.sin(np.pi * e) * 0.2 - 0.1, 0 * u], -1)


def _zigzag(u: np.ndarray) -> np.ndarray:
    side = 2 * np.abs((2.0 * u) % 2 - 1) - 1
    return np.stack([side * 0.14, (0.5 - u) * 0.36, 0 * u], -1)


def _tap(u: np.ndarray) -> np.ndarray:
    return np.stack([0 * u, 0 * u, -np.abs(np.sin(2 * np.pi * u)) * 0.28 + 0.14], -1)


SHIFTS = {
    "up": _line(0, 1, 0),
    "down": _line(0, -1, 0),
    "out": _line(-1, 0, 0),
    "in": _line(1, 0, 0),
    "forward": _line(0, 0, 1),
    "back": _line(0, 0, -1),
    "circle": _circle,
    "arc": _arc,
    "zigzag": _zigzag,
    "tap": _tap,
    "sway": _wave(1.0, 0, 0),
    "bounce": _wave(0, 1.0, 0),
}
TURNS = {"twist", "nod", "wiggle", "open", "close"}
MOVEMENTS = ("hold", *SHIFTS, *sorted(TURNS))
LONG_MOVEMENTS = {"circle", "zigzag", "tap", "sway", "bounce", "twist", "nod", "wiggle"}


def stroke(movement: str, frames: int, amplitude: float = 1.0) -> Stroke:
    """The movement over the given number of frames; amplitude scales paths and turns."""
    u = np.linspace(0.0, 1.0, frames)
    still = np.zeros(frames)
    wave = np.sin(4 * np.pi * u) * amplitude
    shift = SHIFTS[movement](u) * amplitude if movement in SHIFTS else np.zeros((frames, 3))
    opening = {"open": ease(u), "close": 1 - ease(u)}.get(movement, still + 1)
    return Stroke(
        shift=shift,
        bend=np.radians(32) * wave if movement == "nod" else still,
        twist=np.radians(48) * wave if movement == "twist" else still,
        opening=opening,
        wiggle=wave if movement == "wiggle" else still,
    )


def movement_distance(a: str, b: str) -> float:
    """How differently two movements look, mean over their course: a path of 0.3 against none is about 1."""
    one, other = stroke(a, 12), stroke(b, 12)
    square = 9 * ((one.shift - other.shift) ** 2).sum(-1) + (one.bend - other.bend) ** 2
    square += (one.twist - other.twist) ** 2 + 0.6 * (one.opening - other.opening) ** 2
    square += 0.15 * (one.wiggle - other.wiggle) ** 2
    return float(np.sqrt(square.mean()) / 0.3)


def orientation_matrix(fingers: tuple, palm: tuple) -> np.ndarray:
    """Global rotation [3, 3] that takes the resting right hand (fingers -x, palm -y, thumb +z) to two directions."""
    f = np.asarray(fingers, dtype=np.float64)
    f = f / np.linalg.norm(f)
    p = np.asarray(palm, dtype=np.float64)
    p = p - f * (f @ p)
    p = p / np.linalg.norm(p)
    return np.stack([-f, -p, np.cross(f, p)], axis=1)
