"""The face of the canonical signer: 29 points in front of the head joint and our own linear expression basis.

Both are invented here (not SMPL-X's learned basis, whose 10 coefficients mean something else). Metres, relative to
the head joint, in the head's own frame: x to the signer's left, y up, z forward. Only left halves are written down.
"""

import numpy as np

from sign_latent.pose.skeletons.parts import FACE

METRES_PER_UNIT = 0.36  # distance of the canonical signer's shoulder joints

EXPRESSIONS = (
    "brows_raise",
    "brows_furrow",
    "eyes_wide",
    "mouth_open",
    "mouth_wide",
    "mouth_round",
    "corners_down",
    "gaze_left",
    "gaze_up",
    "puff",
)

_REST = {
    "left_brow1": (0.013, 0.081, 0.100),
    "left_brow2": (0.024, 0.084, 0.098),
    "left_brow3": (0.036, 0.085, 0.092),
    "left_brow4": (0.047, 0.082, 0.084),
    "left_brow5": (0.056, 0.075, 0.074),
    "left_eye_outer": (0.047, 0.055, 0.078),
    "left_eye_inner": (0.017, 0.054, 0.085),
    "left_eye_upper": (0.032, 0.062, 0.089),
    "left_eye_iris": (0.032, 0.055, 0.088),
    "mouth_left": (0.026, -0.013, 0.092),
    "lip_upper": (0.000, -0.006, 0.108),
    "lip_upper_left": (0.012, -0.006, 0.104),
    "lip_upper_inner": (0.000, -0.012, 0.104),
    "lip_lower": (0.000, -0.023, 0.106),
    "lip_lower_left": (0.012, -0.022, 0.102),
    "lip_lower_inner": (0.000, -0.014, 0.104),
    "chin": (0.000, -0.058, 0.095),
}

# Displacement at coefficient 1; large enough to be read in a 256-pixel picture of the upper body.
_MOVES = {
    "brows_raise": {f"left_brow{i}": (0.0, dy, -0.002) for i, dy in enumerate((0.014, 0.016, 0.017, 0.016, 0.013), 1)},
    "brows_furrow": {
        "left_brow1": (-0.007, -0.012, 0.002),
        "left_brow2": (-0.006, -0.010, 0.002),
        "left_brow3": (-0.004, -0.006, 0.001),
        "left_brow4": (-0.002, -0.002, 0.0),
    },
    "eyes_wide": {"left_eye_upper": (0.0, 0.007, 0.0)},
    "mouth_open": {
        "lip_upper": (0.0, 0.003, 0.0),
        "lip_upper_left": (0.0, 0.003, 0.0),
        "lip_upper_inner": (0.0, 0.003, 0.0),
        "mouth_left": (-0.003, -0.010, -0.001),
        "lip_lower": (0.0, -0.026, -0.005),
        "lip_lower_left": (-0.001, -0.024, -0.005),
        "lip_lower_inner": (0.0, -0.026, -0.005),
        "chin": (0.0, -0.024, -0.007),
    },
    "mouth_wide": {
        "mouth_left": (0.014, 0.007, -0.008),
        "lip_upper_left": (0.006, 0.002, -0.003),
        "lip_lower_left": (0.006, 0.002, -0.003),
    },
    "mouth_round": {
        "mouth_left": (-0.014, 0.0, 0.010),
        "lip_upper_left": (-0.005, 0.002, 0.010),
        "lip_lower_left": (-0.005, -0.003, 0.010),
        "lip_upper": (0.0, 0.003, 0.010),
        "lip_lower": (0.0, -0.004, 0.010),
        "lip_upper_inner": (0.0, 0.004, 0.009),
        "lip_lower_inner": (0.0, -0.004, 0.009),
    },
    "corners_down": {
        "mouth_left": (0.002, -0.013, -0.001),
        "lip_lower_left": (0.0, -0.003, 0.0),
        "lip_lower": (0.0, 0.002, 0.002),
    },
    "gaze_left": {"left_eye_iris": (0.010, 0.0, 0.0)},
    "gaze_up": {"left_eye_iris": (0.0, 0.007, -0.001), "left_eye_upper": (0.0, 0.003, 0.0)},
    "puff": {
        "mouth_left": (0.005, 0.0, 0.008),
        "lip_upper_left": (0.006, 0.008, 0.012),
        "lip_lower_left": (0.006, -0.008, 0.012),
        "lip_upper": (0.0, 0.007, 0.012),
        "lip_lower": (0.0, -0.007, 0.012),
    },
}


def _points(left: dict[str, tuple[float, float, float]], same_way: bool = False) -> np.ndarray:
    """[29, 3] from the left half; the right half is its mirror image, or moves the same way (gaze to one side)."""
    out = np.zeros((len(FACE), 3))
    for i, name in enumerate(FACE):
        side = name.replace("right", "left")
        flip = -1.0 if name != side and not same_way else 1.0
        out[i] = np.multiply(left.get(side, (0.0, 0.0, 0.0)), (flip, 1.0, 1.0))
    return out


FACE_REST = _points(_REST)  # [29, 3] metres
# [10, 29, 3] shoulder widths by which each point moves when a coefficient is 1
EXPRESSION_BASIS = np.stack([_points(_MOVES[name], name == "gaze_left") for name in EXPRESSIONS]) / METRES_PER_UNIT
