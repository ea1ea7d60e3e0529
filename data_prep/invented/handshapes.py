"""Handshapes as flexions of the fifteen finger joints of a right hand.

A handshape is written as four finger states (index, middle, ring, pinky), a thumb posture and a spread. Every state
is a triple of flexions in degrees (knuckle, middle joint, end joint); every thumb posture gives the directions of its
three bones along (fingers, palm side, thumb side). Our own invention; letters are given to shapes by number, not
taken from any fingerspelling alphabet.
"""

from functools import lru_cache

import numpy as np
from scipy.spatial.transform import Rotation

from sign_latent.pose.kinematics import rest_points

FINGER_STATES = {
    "0": (2, 4, 3),  # straight
    "c": (46, 52, 34),  # curved, finger tip to the thumb
    "h": (22, 42, 28),  # half open
    "k": (4, 96, 55),  # hooked
    "b": (82, 6, 4),  # bent at the knuckle only
    "x": (84, 98, 58),  # closed
    "r": (14, 24, 16),  # relaxed
}
THUMBS = {
    "out": ((0.45, 0.15, 0.88), (0.35, 0.02, 0.93), (0.25, -0.08, 0.96)),
    "along": ((0.75, 0.30, 0.58), (0.93, 0.20, 0.30), (0.98, 0.10, 0.15)),
    "across": ((0.62, 0.66, 0.42), (0.38, 0.62, -0.68), (0.20, 0.22, -0.95)),
    "touch": ((0.60, 0.74, 0.30), (0.76, 0.62, -0.18), (0.88, 0.28, -0.38)),
    "opposed": ((0.45, 0.80, 0.40), (0.55, 0.80, 0.22), (0.78, 0.60, 0.16)),
    "relaxed": ((0.66, 0.40, 0.63), (0.80, 0.38, 0.46), (0.86, 0.36, 0.36)),
}
SPREADS = {  # degrees towards the thumb for index, middle, ring, pinky
    "closed": (0, 0, 0, 0),
    "open": (16, 4, -9, -22),
    "vee": (15, -13, -8, -10),
    "crossed": (-12, 9, 0, 0),
}
HANDSHAPES = {
    "fist": ("xxxx", "along", "closed"),
    "thumb_up": ("xxxx", "out", "closed"),
    "flat": ("0000", "along", "closed"),
    "blade": ("0000", "across", "closed"),
    "five": ("0000", "out", "open"),
    "four": ("0000", "across", "open"),
    "one": ("0xxx", "across", "closed"),
    "ell": ("0xxx", "out", "closed"),
    "two": ("00xx", "across", "closed"),
    "vee": ("00xx", "across", "vee"),
    "vee_thumb": ("00xx", "out", "vee"),
    "three": ("000x", "across", "open"),
    "little": ("xxx0", "across", "closed"),
    "wings": ("xxx0", "out", "closed"),
    "horns": ("0xx0", "across", "closed"),
    "horns_thumb": ("0xx0", "out", "closed"),
    "claw": ("kkkk", "out", "open"),
    "hook": ("kxxx", "across", "closed"),
    "hook_thumb": ("kxxx", "out", "closed"),
    "hook_two": ("kkxx", "across", "vee"),
    "bent": ("bbbb", "along", "closed"),
    "bent_thumb": ("bbbb", "out", "closed"),
    "bent_two": ("bbxx", "across", "closed"),
    "cup": ("hhhh", "opposed", "closed"),
    "ring": ("cccc", "touch", "closed"),
    "okay": ("c000", "touch", "open"),
    "eight": ("0c00", "touch", "open"),
    "seven": ("00c0", "touch", "open"),
    "six": ("000c", "touch", "open"),
    "beak": ("bxxx", "out", "closed"),
    "three_down": ("x000", "across", "open"),
    "pair_down": ("xx00", "out", "open"),
    "crossed": ("00xx", "across", "crossed"),
    "roof": ("0bxx", "out", "closed"),
}
RELAXED = ("rrrr", "relaxed", "closed")
FINGERS = ("index", "middle", "pinky", "ring", "thumb")  # order of the SMPL-X hand joints, three each
_ORDER = {"index": 0, "middle": 1, "ring": 2, "pinky": 3}
RIGHT_WRIST, RIGHT_HAND, RIGHT_THUMB, RIGHT_THUMB_TIP = 21, 40, 52, 60


def _finger(state: str, spread: float) -> list[np.ndarray]:
    """Three joint rotations (axis-angle) of one right finger: knuckle spread about y, then flexion about z."""
    flexions = np.radians(FINGER_STATES[state])
    knuckle = Rotation.from_euler("y", np.radians(spread)) * Rotation.from_euler("z", flexions[0])
    return [knuckle.as_rotvec(), np.array([0, 0, flexions[1]]), np.array([0, 0, flexions[2]])]


def _thumb(posture: str) -> list[np.ndarray]:
    """Three joint rotations that turn the resting thumb bones into the directions of a posture."""
    rest = np.asarray(rest_points(), dtype=np.float64)
    chain = [*rest[RIGHT_THUMB : RIGHT_THUMB + 3], rest[RIGHT_THUMB_TIP]]
    turned, local = Rotation.identity(), []
    for joint, (finger, palm, side) in enumerate(THUMBS[posture]):
        bone = chain[joint + 1] - chain[joint]
        target = np.array([-finger, -palm, side])  # resting right hand: fingers -x, palm -y, thumb side +z
        axis = np.cross(bone, turned.inv().apply(target))
        angle = np.arctan2(np.linalg.norm(axis), bone @ turned.inv().apply(target))
        step = Rotation.from_rotvec(axis / max(np.linalg.norm(axis), 1e-9) * angle)
        local.append(step.as_rotvec())
        turned = turned * step
    return local


def hand_rotations(fingers: str, thumb: str, spread: str) -> np.ndarray:
    """Axis-angles [15, 3] of a right hand in SMPL-X order for one written handshape."""
    joints = []
    for finger in FINGERS[:4]:
        place = _ORDER[finger]
        joints += _finger(fingers[place], SPREADS[spread][place])
    return np.stack(joints + _thumb(thumb))


@lru_cache(maxsize=1)
def handshape_table() -> dict[str, np.ndarray]:
    """All handshapes by name, and `relaxed` for a resting hand: axis-angles [15, 3] of the right hand."""
    table = {name: hand_rotations(*shape) for name, shape in HANDSHAPES.items()}
    table["relaxed"] = hand_rotations(*RELAXED)
    return table
