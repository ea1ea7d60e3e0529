"""The joints that are fitted: about which axes each turns, how far it may, and where it usually is.

A rotation is a swing followed by a twist about the bone, R = exp(swing) · exp(twist); the swing is flexion about one
axis and abduction about the other. All three are in degrees here. Ranges are those of anatomy tables (Kapandji, *The
Physiology of the Joints*), rounded outwards; means and spreads describe arms raised for signing and are ours. Only
the left half and the middle are written down: the right half is the mirror image.
"""

from dataclasses import dataclass

import numpy as np

from sign_latent.pose.skeleton import get_skeleton
from sign_latent.pose.skeletons.parts import FINGERS

_DOWN, _FORWARD, _UP = (0, -1, 0), (0, 0, 1), (0, 1, 0)
_ACROSS = (0.6, -0.4, -0.7)  # where the thumb bends to

Range = tuple[float, float, float, float]
"""Least, most, usual, spread. A degree of freedom whose least is its most does not exist."""
_NONE: Range = (0, 0, 0, 1)


@dataclass(frozen=True)
class Joint:
    """Flexion turns `along` towards `bends`; without `along`, the direction of the bone at rest is meant."""

    bends: tuple[float, float, float]
    flexion: Range
    abduction: Range = _NONE
    twist: Range = _NONE
    along: tuple[float, float, float] | None = None


_SPINE = {"abduction": (-20, 20, 0, 5), "twist": (-20, 20, 0, 5), "along": _UP}
_NECK = {"abduction": (-25, 25, 0, 10), "twist": (-45, 45, 0, 15), "along": _UP}
_MIDDLE = {
    "pelvis": Joint(_FORWARD, (-20, 25, 0, 5), (-20, 20, 0, 5), (-30, 30, 0, 8), _UP),
    "spine1": Joint(_FORWARD, (-15, 25, 0, 5), **_SPINE),
    "spine2": Joint(_FORWARD, (-15, 25, 0, 5), **_SPINE),
    "spine3": Joint(_FORWARD, (-15, 25, 0, 5), **_SPINE),
    "neck": Joint(_FORWARD, (-35, 40, 5, 10), **_NECK),
    "head": Joint(_FORWARD, (-35, 40, 5, 10), **_NECK),
    "jaw": Joint(_DOWN, (-3, 30, 2, 5), along=_FORWARD),
}
_ARM = {
    "collar": Joint(_FORWARD, (-25, 25, 6, 6), (-30, 20, 0, 6)),
    "shoulder": Joint(_FORWARD, (-70, 140, 35, 30), (-100, 110, 50, 20), (-110, 110, 0, 40)),
    "elbow": Joint(_FORWARD, (-10, 155, 85, 40), (-15, 15, 0, 5), (-110, 110, 0, 45)),
    "wrist": Joint(_DOWN, (-85, 90, 0, 30), (-40, 40, 0, 15), (-40, 40, 0, 15)),
}
_FINGER = (
    Joint(_DOWN, (-35, 100, 25, 35), (-30, 30, 0, 10), (-15, 15, 0, 5)),
    Joint(_DOWN, (-15, 120, 30, 35)),
    Joint(_DOWN, (-20, 95, 20, 25)),
)
_THUMB = (
    Joint(_ACROSS, (-45, 60, 10, 20), (-50, 50, 0, 20), (-45, 45, 0, 15)),
    Joint(_ACROSS, (-35, 75, 10, 20), (-25, 25, 0, 10), (-15, 15, 0, 5)),
    Joint(_ACROSS, (-35, 90, 10, 25)),
)


@dataclass(frozen=True)
class Freedoms:
    """The D degrees of freedom, joint after joint: which joint [D], which of flexion, abduction and twist [D], and in
    radians the least, most, usual and spread [D]; and for every point of the skeleton the axes [K, 3, 3] (rows:
    flexion, abduction, twist)."""

    joint: np.ndarray
    kind: np.ndarray
    least: np.ndarray
    most: np.ndarray
    usual: np.ndarray
    spread: np.ndarray
    axes: np.ndarray


def joints() -> dict[str, Joint]:
    """Name of the joint in the skeleton -> how it turns; of a right joint, how its left twin does."""
    table = dict(_MIDDLE)
    for side in ("left", "right"):
        table |= {f"{side}_{name}": joint for name, joint in _ARM.items()}
        for finger in FINGERS:
            bones = _THUMB if finger == "thumb" else _FINGER
            table |= {f"{side}_{finger}{i}": joint for i, joint in enumerate(bones, 1)}
    return table


def freedoms(rest: np.ndarray) -> Freedoms:
    """The degrees of freedom of a signer with the rest pose [94, 3]."""
    skeleton, table = get_skeleton("smplx"), joints()
    axes = np.tile(np.eye(3), (len(skeleton.points), 1, 1))
    rows = []
    for name, joint in table.items():
        left = name.replace("right", "left")
        place = skeleton.points.index(name)
        found = _axes(joint, left, rest)
        # A rotation axis is mirrored as a pseudovector: what lies in the mirror's plane is turned round.
        axes[place] = found * [1, -1, -1] if name != left else found
        ranges = (joint.flexion, joint.abduction, joint.twist)
        rows += [(place, kind, *np.deg2rad(span)) for kind, span in enumerate(ranges) if span[0] < span[1]]
    rows.sort(key=lambda row: row[:2])
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Freedoms(*columns, axes=axes)


def _axes(joint: Joint, name: str, rest: np.ndarray) -> np.ndarray:
    """Rows: the axes of flexion, abduction and twist of a left or middle joint at rest."""
    points = get_skeleton("smplx").points
    along = np.array(joint.along or rest[_child(name)] - rest[points.index(name)], dtype=float)
    along /= np.linalg.norm(along)
    flexion = np.cross(along, joint.bends)
    flexion /= np.linalg.norm(flexion)
    return np.stack([flexion, np.cross(along, flexion), along])


def _child(name: str) -> int:
    """The point at the other end of the joint's bone; of a wrist, the knuckle of the middle finger."""
    skeleton = get_skeleton("smplx")
    if name.endswith("wrist"):
        return skeleton.points.index(name.replace("wrist", "middle1"))
    return skeleton.parents.index(skeleton.points.index(name))
