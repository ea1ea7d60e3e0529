"""MediaPipe's depths brought to one frame and one scale, and back.

Its hands have their depth from the wrist and its face from the head, and depth is a fraction of the image's width
("roughly the same scale as x") which most writers of `.pose` leave unscaled beside x and y in pixels. The second body,
in metres, has its own origin; it is brought to the size and place of the first.
"""

import numpy as np

from sign_latent.pose.skeleton import Skeleton

# Depths of more than ten image widths do not occur, so larger numbers must be pixels already.
_FRACTION = 10.0


def to_common_depth(
    points: np.ndarray, confidence: np.ndarray, skeleton: Skeleton, width: float, height: float
) -> np.ndarray:
    """`points` [T, K, 3] of a holistic skeleton as in the file -> pixels in all three directions, one common depth."""
    points = points.copy()
    world = _world(skeleton)
    image = [i for i in range(len(skeleton.points)) if i not in set(world)]
    # Files whose numbers were moved and scaled by other tools keep the depth they have.
    if np.abs(points[:, image, 2]).max(initial=0) <= _FRACTION:
        points[:, image, 2] *= max(width, 1)
        for part, anchor in _anchors(skeleton):
            points[:, part, 2] += points[:, anchor, 2][:, None]
    if world:
        points[:, world] = _placed(points, world, confidence, skeleton, width, height)
    return points


def to_landmark_depth(points: np.ndarray, skeleton: Skeleton, width: float) -> np.ndarray:
    """The way back for pixels [T, K, 3]: depth from wrist or head, as a fraction of the width."""
    points = points.copy()
    for part, anchor in _anchors(skeleton):
        points[:, part, 2] -= points[:, anchor, 2][:, None]
    points[..., 2] /= width
    return points


def _anchors(skeleton: Skeleton) -> list[tuple[list[int], int]]:
    names = {"left_hand": "left_wrist", "right_hand": "right_wrist", "face": "nose"}
    return [(list(skeleton.parts[part]), skeleton.points.index(anchor)) for part, anchor in names.items()]


def _world(skeleton: Skeleton) -> list[int]:
    return [i for i, name in enumerate(skeleton.points) if name.startswith("world_")]


def _placed(
    points: np.ndarray, world: list[int], confidence: np.ndarray, skeleton: Skeleton, width: float, height: float
) -> np.ndarray:
    """The body in metres, moved and scaled so that its shoulders lie on the picture's. [T, 33, 3]"""
    metres = points[:, world]
    if np.abs(metres[..., :2]).max(initial=0) > _FRACTION:  # written as if they were fractions of the image
        metres = metres / np.array([max(width, 1), max(height, 1), 1.0])
    pair = [skeleton.left_shoulder, skeleton.right_shoulder]
    copies = [world.index(skeleton.points.index(f"world_{skeleton.points[i]}")) for i in pair]
    seen = (confidence[:, pair] > 0).all(-1) & (confidence[:, [world[i] for i in copies]] > 0).all(-1)
    if not seen.any():
        return metres
    here, there = metres[seen][:, copies], points[seen][:, pair]
    spans = [np.median(np.linalg.norm(x[:, 0] - x[:, 1], axis=-1)) for x in (here, there)]
    scale = spans[1] / max(spans[0], 1e-9)
    return (metres - np.median(here.mean(1), axis=0)) * scale + np.median(there.mean(1), axis=0)
