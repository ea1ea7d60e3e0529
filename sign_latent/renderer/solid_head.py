"""The head of the signer of solids: skull, hair, and the features of the face, which lie upon it and bear no shade."""

import itertools

import numpy as np

from sign_latent.pose.face import FACE_REST, METRES_PER_UNIT
from sign_latent.pose.skeletons.parts import FACE, SIDES
from sign_latent.renderer.face import BROW, LIPS
from sign_latent.renderer.head import BUN, HeadFrame
from sign_latent.renderer.landmarks import Landmarks
from sign_latent.renderer.look import Colour, Look
from sign_latent.renderer.raster import Capsule, Ellipsoid, Solid

# Centre and half axes in metres, in the head's own frame.
_FACE = ((0.0, 0.045, 0.012), (0.073, 0.112, 0.090))
_JAW = ((0.0, -0.012, 0.030), (0.050, 0.053, 0.058))
_NOSE = ((0.0, 0.030, 0.098), (0.012, 0.024, 0.020))
_EAR = ((0.076, 0.042, -0.004), (0.012, 0.031, 0.018))
_SCALP = ((0.0, 0.078, -0.012), (0.086, 0.110, 0.100))
_LONG = ((0.0, 0.010, -0.020), (0.108, 0.175, 0.070))
_LIFT = 0.05  # shoulder widths from the skin to its features, towards the viewer of the face


def head(marks: Landmarks, frame: HeadFrame, look: Look, back: float, hair: float) -> list[Solid]:
    """The head, `back` shoulder widths behind its place; long hair falls `hair` behind it, beyond the neck."""
    scalp = look.skin if look.hair_style == "bald" else look.hair
    solids: list[Solid] = [_ball(frame, part, look.skin, back) for part in (_FACE, _JAW, _NOSE)]
    solids += [_ball(frame, _EAR, look.skin, back, sign) for sign in (1.0, -1.0)]
    solids.append(_ball(frame, _SCALP, scalp, back))
    if look.hair_style == "bun":
        solids.append(_ball(frame, BUN, look.hair, back))
    if look.hair_style == "long":
        solids.append(_ball(frame, _LONG, look.hair, hair))
    face = _Face(marks, frame, back)
    return solids + face.brows(look) + face.eyes(look) + face.mouth(look)


def _ball(frame: HeadFrame, part: tuple, colour: Colour, back: float, side: float = 1.0) -> Ellipsoid:
    place, radii = part
    centre = frame.place(np.array([place]) * (side, 1.0, 1.0))[:, 0] - np.array([0.0, 0.0, back])
    return Ellipsoid(centre, frame.axes * (np.array(radii) / METRES_PER_UNIT), frame.visible, colour)


class _Face:
    """Places of the features: those of the pose, at the depth that they have on the canonical face."""

    def __init__(self, marks: Landmarks, frame: HeadFrame, back: float) -> None:
        self.marks, self.frame = marks, frame
        rest = frame.place(FACE_REST)  # [T, 29, 3]
        lift = frame.axes[:, :, 2] * _LIFT - np.array([0.0, 0.0, back])
        self.depth = {name: rest[:, i, 2] + lift[:, 2] for i, name in enumerate(FACE)}
        self.size = float(np.median(np.linalg.norm(frame.axes[:, :, 0], axis=-1)))

    def at(self, name: str, nearer: float = 0.0) -> np.ndarray:
        place = self.marks.at(name).copy()
        place[:, 2] = self.depth[name] + nearer
        return place

    def visible(self, *names: str) -> np.ndarray:
        """Where the face is turned to the viewer and its points are seen."""
        return self.marks.visible(*names) & self.frame.visible & (self.frame.axes[:, 2, 2] > 0)

    def line(self, names: tuple[str, ...], radii, colour: Colour, nearer: float = 0.0) -> list[Solid]:
        return [
            Capsule(
                self.at(a, nearer), self.at(b, nearer), (r * self.size, s * self.size), self.visible(a, b), colour, True
            )
            for (a, b), (r, s) in zip(itertools.pairwise(names), itertools.pairwise(radii), strict=True)
        ]

    def brows(self, look: Look) -> list[Solid]:
        radii = [1.25 * radius for radius in BROW]
        lines = [self.line(tuple(f"{side}_brow{i}" for i in range(1, 6)), radii, look.brow, 0.02) for side in SIDES]
        return [stroke for line in lines for stroke in line]

    def eyes(self, look: Look) -> list[Solid]:
        """White, iris and lid; dark without an iris: no gaze is invented."""
        solids: list[Solid] = []
        for side in SIDES:
            names = tuple(f"{side}_eye_{place}" for place in ("outer", "upper", "inner", "iris"))
            outer, upper, inner = (self.at(name) for name in names[:3])
            seen, gazing = self.visible(*names[:3]), self.visible(*names)
            half, middle = (inner - outer) / 2, (inner + outer) / 2
            rise = np.maximum((upper - middle)[:, 1], 0.008)
            white = self.disc(middle + 0.25 * (upper - middle), half, rise * 0.75)
            width = np.linalg.norm(half[:, :2], axis=-1)
            round_ = np.minimum(0.42 * width, 0.8 * rise)
            along = half / np.maximum(width, 1e-6)[:, None] * round_[:, None]
            iris = self.disc(self.at(names[3], 0.02), along, round_)
            solids += [
                Ellipsoid(*white, seen & gazing, look.eye, True),
                Ellipsoid(*white, seen & ~gazing, look.iris, True),
            ]
            solids += [Ellipsoid(*iris, gazing, look.iris, True), *self.line(names[:3], (0.006,) * 3, look.brow, 0.03)]
        return solids

    def mouth(self, look: Look) -> list[Solid]:
        """Lips as a closed line, and what is seen between them."""
        solids = self.line((*LIPS, LIPS[0]), (0.013,) * (len(LIPS) + 1), look.lips)
        upper, lower = self.at("lip_upper_inner", 0.02), self.at("lip_lower_inner", 0.02)
        half = (self.at("mouth_left") - self.at("mouth_right")) * 0.42
        open_ = np.maximum((upper - lower)[:, 1] / 2, 0.005)
        seen = self.visible("mouth_left", "mouth_right", "lip_upper_inner", "lip_lower_inner")
        return [*solids, Ellipsoid(*self.disc((upper + lower) / 2, half, open_), seen, look.mouth, True)]

    def disc(self, centre: np.ndarray, half: np.ndarray, height: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Centre and axes of a thin ellipsoid of half width `half` [T, 3] and half height `height` [T]."""
        up = self.frame.axes[:, :, 1] / np.linalg.norm(self.frame.axes[:, :, 1], axis=-1, keepdims=True)
        deep = np.broadcast_to(np.array([0.0, 0.0, 0.01]), centre.shape)
        return centre, np.stack([half, up * height[:, None], deep], axis=-1)
