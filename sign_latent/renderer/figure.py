"""The drawn signer as a whole: its parts in order, and what another painter of the same figure needs to know."""

from dataclasses import asdict

import numpy as np

from sign_latent.pose.face import FACE_REST, METRES_PER_UNIT
from sign_latent.pose.skeletons.parts import FACE, FINGERS, SIDES, finger
from sign_latent.renderer import body, face, hand, head
from sign_latent.renderer.landmarks import Landmarks
from sign_latent.renderer.look import Look, Window
from sign_latent.renderer.shapes import Unit

_BEHIND = 0.25  # a hand has to be this far behind the base of the skull to be hidden by the head
_JOINTS = ("shoulder", "elbow", "wrist", "hand_root", "eye")
_NAMED = ("pelvis", *(f"{side}_{joint}" for side in SIDES for joint in _JOINTS), *FACE)
_NAMED += tuple(point for side in SIDES for name in FINGERS for point in finger(side, name))
POINTS = (*_NAMED, "head_origin", "head_x", "head_y", "head_z")


def units_of(marks: Landmarks, look: Look) -> list[Unit]:
    """The signer over the whole clip, in body coordinates."""
    frame = head.head_frame(marks)
    features = head.skull(marks, frame, look) + face.mouth(marks, look) + face.eyes(marks, look)
    torso = body.torso(marks, frame, look)
    units = [
        Unit(torso.depth, head.long_hair(frame, look) + torso.polygons),
        Unit(frame.origin[:, 2] - _BEHIND, features + face.brows(marks, look)),
    ]
    units += body.arms(marks, look)
    for side in SIDES:
        units += hand.hand(marks, side, look)
    return units


def places(marks: Landmarks) -> tuple[np.ndarray, np.ndarray]:
    """([T, P, 3], [T, P] whether to draw) of `POINTS`: the points of the figure and the ends of the head's axes."""
    frame = head.head_frame(marks)
    axes = frame.origin[:, None] + frame.axes.transpose(0, 2, 1)
    where = np.concatenate([marks.many(_NAMED), frame.origin[:, None], axes], axis=1)
    # A dot stands for an eye in skeletons of few points only, not for the unseen eye of one that draws eyes.
    undrawn = {name for name in ("left_eye", "right_eye") if marks.known(f"{name}_outer")}
    seen = [marks.visible(name) & (name not in undrawn) for name in _NAMED] + [frame.visible] * 4
    return where, np.stack(seen, axis=1)


def hand_sizes(marks: Landmarks) -> dict[str, float]:
    """How large each hand is against the canonical signer's."""
    return {side: hand.hand_size(marks, side) for side in SIDES}


def constants() -> dict:
    """Every number of the figure that does not change from clip to clip, for the painter in the page."""
    return {
        "points": POINTS,
        "look": asdict(Look()),
        "window": asdict(Window()),
        "metres": METRES_PER_UNIT,
        "torso": body.TORSO,
        "torsoBehind": body.BACK,
        "belly": body.BELLY,
        "nape": body.NAPE[0],
        "sleeveEdge": body.EDGE,
        "headBehind": _BEHIND,
        "skull": head.SKULL,
        "jaw": head.JAW,
        "ear": head.EAR,
        "mask": head.MASK,
        "nose": head.NOSE,
        "chin": FACE_REST[FACE.index("chin")].tolist(),
        "fingers": hand.RADII,
        "handEdge": hand.EDGE,
        "brow": face.BROW,
        "lips": face.LIPS,
    }
