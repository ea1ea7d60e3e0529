"""What a video is made from: a fine picture of the pose, and one of the hands as solids (SignViP, section 3.2).

The paper's pose is DWPose's and its hands HaMeR's; both are here drawn from the points of a pose, whatever measured
them. Each condition is a group of three channels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeletons.parts import FINGERS, SIDES, chain, face_limbs, finger
from sign_latent.renderer.aspect import Size, middle, sides
from sign_latent.renderer.landmarks import Landmarks
from sign_latent.renderer.look import Colour, Look, Window
from sign_latent.renderer.raster import Canvas, Capsule, Solid
from sign_latent.renderer.solid import hand_solids

_FINE = 2
_PIXELS = 1 << 21  # of all frames that are painted at once
_BLACK = (0, 0, 0)
_BONE, _LINE = 0.045, 0.016  # half widths of limbs and of lines of the face, in shoulder widths
# Left and right differ, and so do neighbouring limbs: where they cross, it is seen which is which.
_ARMS: dict[str, tuple[Colour, Colour]] = {
    "left": ((255, 60, 60), (255, 170, 0)),
    "right": ((60, 60, 255), (0, 200, 255)),
}
_TRUNK, _FACE, _HANDS = (0, 160, 80), (255, 255, 255), {"left": (255, 90, 200), "right": (150, 255, 90)}


def condition_pictures(
    pose: Pose, size: Size, window: Window | None = None, gauge: Pose | None = None, names: Sequence[str] = ()
) -> np.ndarray:
    """uint8 [T, H, W, 3 · conditions] of a pose seen through a window, on black; all conditions by default.

    ``gauge`` is a clip by which hands are measured. UserError for an unknown condition.
    """
    marks = Landmarks.of(pose, gauge)
    window = window or Window()
    return np.concatenate([_painted(CONDITIONS[name](marks), len(pose), size, window) for name in checked(names)], -1)


def checked(names: Sequence[str]) -> tuple[str, ...]:
    """The names of conditions, all of them where none is given. UserError for an unknown or repeated one."""
    names = tuple(names) or tuple(CONDITIONS)
    wrong = [name for name in names if name not in CONDITIONS]
    if wrong or len(set(names)) < len(names):
        raise UserError(f"conditions {', '.join(names)}: give each of {', '.join(CONDITIONS)} at most once")
    return names


def refuse_handless(pose: Pose) -> None:
    """UserError where no frame shows a whole hand."""
    marks = Landmarks.of(pose)
    if not any(marks.visible(*_hand_points(side)).any() for side in SIDES):
        raise UserError("pose shows no hands, so a video of it would say nothing; give one whose hands were found")


def _hand_points(side: str) -> list[str]:
    return [point for name in FINGERS for point in finger(side, name)]


def _painted(solids: list[Solid], frames: int, size: Size, window: Window) -> np.ndarray:
    fine = max(sides(size)) * _FINE
    step = int(np.clip(_PIXELS // fine**2, 1, 64))
    parts = []
    for start in range(0, frames, step):
        some = slice(start, min(start + step, frames))
        canvas = Canvas(some.stop - start, fine, _BLACK)
        for solid in solids:
            canvas.add(solid.placed(some, window, fine))
        parts.append(middle(canvas.pictures(_FINE), size))
    return np.concatenate(parts)


def _lines(marks: Landmarks, limbs: list[tuple[str, str]], colour: Colour, half: float) -> list[Solid]:
    return [
        Capsule(marks.at(a), marks.at(b), (half, half), marks.visible(a, b), colour, flat=True)
        for a, b in limbs
        if marks.known(a, b)
    ]


def _pose(marks: Landmarks) -> list[Solid]:
    """Limbs, fingers and lines of the face."""
    solids = _lines(marks, [("left_shoulder", "right_shoulder"), ("neck", "head")], _TRUNK, _BONE)
    for side in SIDES:
        arm = chain(*(f"{side}_{joint}" for joint in ("shoulder", "elbow", "wrist")))
        for limb, colour in zip(arm, _ARMS[side], strict=True):
            solids += _lines(marks, [limb], colour, _BONE)
        for name in FINGERS:
            solids += _lines(marks, chain(f"{side}_hand_root", *finger(side, name)), _HANDS[side], _LINE)
    return solids + _lines(marks, face_limbs(), _FACE, _LINE)


def _hands(marks: Landmarks) -> list[Solid]:
    """Shaded palms and fingers, each finger of its own colour."""
    return [solid for side in SIDES for solid in hand_solids(marks, side, Look())]


CONDITIONS: dict[str, Callable[[Landmarks], list[Solid]]] = {"pose": _pose, "hands": _hands}
"""Name of a condition -> what is painted of it."""
