"""The canonical signer at rest: joint places of our own in the attitude of SMPL-X's T-pose.

An adult of 1.75 m. Metres, origin between the shoulders, x to the signer's left, y up, z forward; palms face down,
thumbs point forward. Only the middle and the left half are written down.
"""

import numpy as np

from sign_latent.pose.face import FACE_REST
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.pose.skeletons.parts import FACE

_BODY = {
    "pelvis": (0.0, -0.465, 0.015),
    "left_hip": (0.066, -0.570, 0.0),
    "spine1": (0.0, -0.345, -0.010),
    "left_knee": (0.115, -0.980, -0.010),
    "spine2": (0.0, -0.205, -0.015),
    "left_ankle": (0.090, -1.400, -0.045),
    "spine3": (0.0, -0.145, 0.010),
    "left_foot": (0.125, -1.465, 0.080),
    "neck": (0.0, 0.030, -0.010),
    "left_collar": (0.052, -0.060, 0.012),
    "head": (0.0, 0.190, 0.010),
    "left_shoulder": (0.180, 0.0, 0.0),
    "left_elbow": (0.458, -0.052, -0.035),
    "left_wrist": (0.722, -0.040, -0.036),
    "jaw": (0.0, 0.196, 0.030),
    "left_eye": (0.032, 0.245, 0.076),
}

# From the wrist to the first joint, then the directions and lengths of the three bones (tip last).
_FINGERS = {
    "index": ((0.092, 0.002, 0.025), (1.0, -0.06, 0.09), (0.043, 0.026, 0.024)),
    "middle": ((0.094, 0.004, 0.003), (1.0, -0.05, -0.01), (0.047, 0.030, 0.026)),
    "ring": ((0.087, 0.002, -0.018), (1.0, -0.06, -0.10), (0.043, 0.029, 0.026)),
    "pinky": ((0.079, -0.003, -0.036), (1.0, -0.08, -0.20), (0.034, 0.021, 0.023)),
    "thumb": ((0.026, -0.010, 0.028), (0.72, -0.28, 0.64), (0.046, 0.034, 0.029)),
}


def rest_metres() -> np.ndarray:
    """[94, 3] points of the `smplx` skeleton in metres."""
    places = {name: np.array(place) for name, place in _BODY.items()}
    for finger, (root, direction, lengths) in _FINGERS.items():
        unit = np.array(direction) / np.linalg.norm(direction)
        here = places["left_wrist"] + np.array(root)
        for name, length in zip(("1", "2", "3", "_tip"), (*lengths, 0.0), strict=True):
            places[f"left_{finger}{name}"] = here
            here = here + unit * length
    places |= {name: places["head"] + place for name, place in zip(FACE, FACE_REST, strict=True)}
    return np.stack([_place(name, places) for name in get_skeleton("smplx").points])


def _place(name: str, places: dict[str, np.ndarray]) -> np.ndarray:
    if name in places:
        return places[name]
    return places[name.replace("right", "left")] * np.array([-1.0, 1.0, 1.0])
