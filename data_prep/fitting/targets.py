"""What a clip of any skeleton shows of the points that are fitted to, and how far each is to be believed."""

from dataclasses import dataclass

import numpy as np

from data_prep.fitting.body import POINTS
from sign_latent.pose import Pose
from sign_latent.pose.skeleton import Skeleton
from sign_latent.pose.skeletons.parts import FACE, FINGERS, SIDES, finger

HAND_POINTS = {side: [point for name in FINGERS for point in finger(side, name)] for side in SIDES}
_JOINTS = [f"{side}_{joint}" for joint in ("shoulder", "elbow") for side in SIDES]
_LIKE = [*_JOINTS, *HAND_POINTS["left"], *HAND_POINTS["right"], *FACE]
_LIKE += ["nose", *[f"{side}_{name}" for name in ("eye", "ear") for side in SIDES]]
# The head of PHOENIX's skeletons is OpenPose's nose.
_OTHER_NAMES = {"phoenix50": {"nose": ("head",)}, "upper79": {"head": ("head",), "nose": ()}}

_NEAR = 0.02
"""Standard deviation of a good detection, in shoulder widths."""
_ROUGH = dict.fromkeys(FACE, 3.0) | {f"{side}_{name}": 3.0 for name in ("eye", "ear") for side in SIDES}
_ROUGH |= {"nose": 2.0} | {f"{side}_elbow": 1.5 for side in SIDES}
"""How much farther off than others these lie, for the detector's places are not quite ours."""

DEPTH_ERROR = {"smplx": 1.0, "upper79": 1.0, "phoenix50": 3.0}
"""How much farther off the depth is than the place in the picture; for skeletons not named, it is not looked at."""


@dataclass
class Seen:
    """`points` [T, P, 3] body coordinates (depth 0 where unknown), `weight` [T, P, 3] 1/σ², and `confidence` [T, P] as
    the source gives it, of the P points of `data_prep.fitting.body`."""

    points: np.ndarray
    weight: np.ndarray
    confidence: np.ndarray


def seen(pose: Pose, plane: bool = False) -> Seen:
    """The clip as targets. With `plane`, depth is left out though the source has it."""
    names = sources(pose.skeleton)
    shape = (len(pose), len(POINTS))
    points, confidence = np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32)
    place = {name: i for i, name in enumerate(pose.skeleton.points)}
    for target, alternatives in names.items():
        column = POINTS.index(target)
        for name in reversed(alternatives):  # the first counts, unless it is seen much less surely than the next
            sure = pose.confidence[:, place[name]]
            found = sure > 0.5 * confidence[:, column]
            points[found, column, : pose.points.shape[-1]] = pose.points[found, place[name]]
            confidence[found, column] = sure[found]
    error = np.array([_NEAR * _ROUGH.get(name, 1.0) for name in POINTS], np.float32)
    weight = np.repeat((confidence**2 / error**2)[..., None], 3, axis=-1)
    flat = plane or pose.skeleton.dimensions == 2 or pose.skeleton.name not in DEPTH_ERROR
    weight[..., 2] *= 0 if flat else DEPTH_ERROR[pose.skeleton.name] ** -2
    points[..., 2] *= not flat
    return Seen(points, weight, confidence)


def sources(skeleton: Skeleton) -> dict[str, tuple[str, ...]]:
    """Point to fit to -> the points of the source that show it, best first.

    Trunk and neck of other skeletons lie elsewhere than SMPL-X's joints of those names, so they are not used.
    """
    if skeleton.name == "smplx":
        return {name: (name,) for name in skeleton.points}
    own = {name: (name,) for name in _LIKE}
    own |= {f"{side}_wrist": (f"{side}_hand_root", f"{side}_wrist") for side in SIDES}
    own |= _OTHER_NAMES.get(skeleton.name, {})
    known = {target: tuple(name for name in names if name in skeleton.points) for target, names in own.items()}
    return {target: names for target, names in known.items() if names}
