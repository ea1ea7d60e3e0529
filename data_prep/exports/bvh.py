"""A `.bvh` a clip (Biovision hierarchy), and `index.csv`: the 55 joints of SMPL-X with finger tips as end sites.

Centimetres of a signer whose shoulders are 36 cm apart, y up, facing +z. Offsets are the signer's own bones, measured
in the clip; where a joint is never seen, those of the canonical signer. Rotations in degrees about z, x, y; only the
root moves as a whole. The face has no bones and is left out, and so is confidence: what was missing stands as it was
guessed.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from data_prep.exports.amass import rotations_of
from data_prep.exports.index import write_each
from sign_latent.corpus.clip import Clip
from sign_latent.pose.face import METRES_PER_UNIT
from sign_latent.pose.kinematics import rest_points
from sign_latent.pose.skeleton import Skeleton

CENTIMETRES = 100 * METRES_PER_UNIT
_ANGLES = "Zrotation Xrotation Yrotation"
_PLACES = "Xposition Yposition Zposition"


def export(clips: Iterable[Clip], folder: Path) -> None:
    """Write every clip. UserError for one without SMPL-X rotations."""
    write_each(clips, folder, ".bvh", lambda clip, path: path.write_text(text_of(clip), encoding="ascii"))


def text_of(clip: Clip) -> str:
    """The whole file."""
    rotations, skeleton = rotations_of(clip), clip.pose.skeleton
    bones = _bones(clip, rotations)
    order = list(_depth_first(skeleton, 0))
    joints = [point for point in order if point in skeleton.rotated]
    root = CENTIMETRES * _root(clip)
    angles = [Rotation.from_rotvec(rotations[:, joint]).as_euler("ZXY", degrees=True) for joint in joints]
    frames = np.concatenate([root, *angles], axis=1)
    lines = [" ".join(f"{value:.6f}" for value in frame) for frame in frames]
    head = ["HIERARCHY", *_hierarchy(skeleton, bones, 0, 0)]
    return "\n".join([*head, "MOTION", f"Frames: {len(lines)}", f"Frame Time: {1 / clip.pose.fps:.9f}", *lines]) + "\n"


def _hierarchy(skeleton: Skeleton, bones: np.ndarray, point: int, depth: int) -> Iterator[str]:
    """The lines of a joint and of what hangs on it."""
    pad, inner = "\t" * depth, "\t" * (depth + 1)
    offset = "OFFSET " + " ".join(f"{value:.6f}" for value in CENTIMETRES * bones[point])
    below = _children(skeleton, point)
    if point not in skeleton.rotated:
        yield from (f"{pad}End Site", f"{pad}{{", f"{inner}{offset}", f"{pad}}}")
        return
    channels = f"CHANNELS 3 {_ANGLES}" if depth else f"CHANNELS 6 {_PLACES} {_ANGLES}"
    kind = "JOINT" if depth else "ROOT"
    yield from (f"{pad}{kind} {skeleton.points[point]}", f"{pad}{{", f"{inner}{offset}", f"{inner}{channels}")
    for child in below:
        yield from _hierarchy(skeleton, bones, child, depth + 1)
    if not below:  # readers want every chain to end
        yield from (f"{inner}End Site", f"{inner}{{", f"{inner}\tOFFSET 0.000000 0.000000 0.000000", f"{inner}}}")
    yield f"{pad}}}"


def _children(skeleton: Skeleton, point: int) -> list[int]:
    """Without the face."""
    face = set(skeleton.parts["face"])
    return [child for child, above in enumerate(skeleton.parents) if above == point and child not in face]


def _depth_first(skeleton: Skeleton, point: int) -> Iterator[int]:
    yield point
    for child in _children(skeleton, point):
        yield from _depth_first(skeleton, child)


def _root(clip: Clip) -> np.ndarray:
    """[T, 3] of the pelvis: where it was seen, else where it is at rest."""
    seen = clip.pose.confidence[:, :1] > 0
    return np.where(seen, clip.pose.points[:, 0], rest_points()[0].numpy())


def _bones(clip: Clip, rotations: np.ndarray) -> np.ndarray:
    """[94, 3] from the parent in its frame: the median of what the clip shows, else the canonical signer's."""
    skeleton, pose = clip.pose.skeleton, clip.pose
    rest = rest_points().numpy()
    turned: dict[int, Rotation] = {}
    bones = np.zeros_like(rest)
    for point in _depth_first(skeleton, 0):
        above = skeleton.parents[point]
        own = Rotation.from_rotvec(rotations[:, point]) if point in skeleton.rotated else None
        if above >= 0:
            seen = (pose.confidence[:, [point, above]] > 0).all(1)
            bone = turned[above].inv().apply(pose.points[:, point] - pose.points[:, above])
            bones[point] = np.median(bone[seen], axis=0) if seen.any() else rest[point] - rest[above]
            own = turned[above] * own if own is not None else None
        if own is not None:
            turned[point] = own
    return bones
