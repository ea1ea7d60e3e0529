"""From one skeleton to another where points correspond by name."""

import numpy as np

from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import Skeleton, get_skeleton

# Where the source lacks a point of that name: the mean of these stands in for it.
_STAND_INS = {
    "neck": ("left_shoulder", "right_shoulder"),
    "pelvis": ("left_hip", "right_hip"),
    "head": ("left_ear", "right_ear"),
}
for _side in ("left", "right"):
    _STAND_INS |= {
        f"{_side}_hand_root": (f"{_side}_wrist",),
        f"{_side}_wrist": (f"{_side}_hand_root",),
        f"{_side}_eye": (f"{_side}_eye_outer", f"{_side}_eye_inner"),
        f"{_side}_eye_upper": (f"{_side}_eye_upper_outer", f"{_side}_eye_upper_inner"),
    }


def convert(pose: Pose, skeleton_name: str) -> Pose:
    """The pose on another skeleton: same-named points, or stand-ins; the others are 0 with confidence 0.

    Rotations and expression stay only when the skeleton stays; provenance always. A plane target drops the depth.
    UserError when the source lacks a shoulder, or has no depth where the target needs it.
    """
    target = get_skeleton(skeleton_name)
    if target == pose.skeleton:
        return pose
    if target.dimensions > pose.skeleton.dimensions:
        raise UserError(f"skeleton {pose.skeleton.name} has no depth, {target.name} needs it; convert to a plane one")
    sources = _sources(pose.skeleton, target)
    if target.left_shoulder not in sources or target.right_shoulder not in sources:
        raise UserError(f"skeleton {pose.skeleton.name} has no shoulders that {target.name} knows; nothing corresponds")
    points = np.zeros((len(pose), len(target.points), target.dimensions), np.float32)
    confidence = np.zeros(points.shape[:2], np.float32)
    for point, names in sources.items():
        confidence[:, point] = pose.confidence[:, names].min(-1)
        mean = pose.points[:, names, : target.dimensions].mean(1)
        points[:, point] = np.where(confidence[:, point, None] > 0, mean, 0)
    return Pose(points, confidence, pose.fps, target, provenance=pose.provenance)


def _sources(source: Skeleton, target: Skeleton) -> dict[int, list[int]]:
    """Target point -> the source points whose mean it is."""
    place = {name: i for i, name in enumerate(source.points)}
    found = {}
    for i, name in enumerate(target.points):
        names = (name,) if name in place else _STAND_INS.get(name, (name,))
        if all(part in place for part in names):
            found[i] = [place[part] for part in names]
    return found
