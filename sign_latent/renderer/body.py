"""Torso, neck and arms of the drawn signer."""

import numpy as np

from sign_latent.renderer.hand import palm_depth
from sign_latent.renderer.head import HeadFrame
from sign_latent.renderer.landmarks import Landmarks
from sign_latent.renderer.look import Look
from sign_latent.renderer.shapes import Polygon, Unit, capsule, smooth_loop

EDGE = 0.016
_BEFORE = 0.02
# Left half of the torso's outline: (across, down) in shoulder widths from the middle of the shoulders.
TORSO = (
    (0.08, -0.30),
    (0.19, -0.235),
    (0.36, -0.17),
    (0.50, -0.12),
    (0.57, 0.02),
    (0.52, 0.40),
    (0.45, 0.95),
    (0.50, 2.6),
)
BELLY = 1.29  # from the shoulders to the pelvis at rest
NAPE = ((0.0, -0.02, -0.01),)  # metres, in the head's own frame
BACK = 0.6  # an arm has to be this far behind the shoulders to be hidden by the torso


def torso(marks: Landmarks, head: HeadFrame, look: Look) -> Unit:
    """The trunk down to below the picture, leaning with the spine where the skeleton has a pelvis; and the neck."""
    left, right = marks.at("left_shoulder"), marks.at("right_shoulder")
    middle = (left + right) / 2
    visible = marks.visible("left_shoulder", "right_shoulder")
    across = left - right
    down = downwards(marks, middle, across)
    half = [middle + across * x + down * y for x, y in TORSO]
    other = [middle - across * x + down * y for x, y in reversed(TORSO)]
    outline = smooth_loop(np.stack(half + other, axis=1), corners=(7, 8))
    neck = capsule(middle - down * 0.10, head.place(NAPE)[:, 0], 0.165, 0.15, corners=10)
    polygons = [
        Polygon(outline, visible, look.clothing),
        Polygon(neck, visible & head.visible, look.shade),
    ]
    nearest = np.where(head.visible, np.minimum(middle[:, 2], head.origin[:, 2]), middle[:, 2])
    return Unit(nearest - BACK, polygons)


def arms(marks: Landmarks, look: Look) -> list[Unit]:
    """Upper arms and forearms as tapered sleeves.

    Measured depth is rough along the arm, but a forearm hardly ever hides the hand that it carries, nor an upper arm
    its forearm, so each lies at most as near as the next.
    """
    units = []
    for side in ("left", "right"):
        shoulder, elbow, wrist = (f"{side}_{joint}" for joint in ("shoulder", "elbow", "wrist"))
        limit = np.where(marks.visible(f"{side}_hand_root"), palm_depth(marks, side), np.inf)
        for a, b, radii in ((elbow, wrist, (0.108, 0.070)), (shoulder, elbow, (0.13, 0.108))):
            start, end, visible = marks.at(a), marks.at(b), marks.visible(a, b)
            depth = np.minimum((start[:, 2] + end[:, 2]) / 2, limit - _BEFORE)
            limit = np.where(visible, depth, limit)
            wide = capsule(start, end, radii[0] + EDGE, radii[1] + EDGE, corners=10)
            sleeve = capsule(start, end, *radii, corners=10)
            units.append(Unit(depth, [Polygon(wide, visible, look.seam), Polygon(sleeve, visible, look.sleeve)]))
    return units


def downwards(marks: Landmarks, middle: np.ndarray, across: np.ndarray) -> np.ndarray:
    """[T, 3] one shoulder width towards the belly."""
    square = np.stack([across[:, 1], -across[:, 0], 0 * across[:, 0]], axis=-1)
    square /= np.maximum(np.linalg.norm(square, axis=-1, keepdims=True), 1e-6)
    square = np.where(square[:, 1:2] > 0, -square, square)
    towards = (marks.at("pelvis") - middle) / BELLY
    return np.where(marks.visible("pelvis")[:, None], towards, square)
