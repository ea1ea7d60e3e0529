"""MediaPipe's depths brought to one frame and one scale, and back.

Its hands have their depth from the wrist and its face from the head, and depth is a fraction of the image's width
("roughly the same scale as x") which most writers of `.pose` leave unscaled beside x and y in pixels. The second body,
in metres, has its own origin; it is brought to the size and place of the first.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sign_latent.pose.skeleton import Skeleton

# Depths of more than ten image widths do not occur, so larger numbers must be pixels already.
_FRACTION = 10.0


def to_common_depth(
    points: np.ndarray, confidence: np.ndarray, skeleton: Skeleton, width: float, height: float
) -> tuple[np.ndarray, dict[str, Any]]:
    """`points` [T, K, 3] of a holistic skeleton as in the file -> pixels in all three directions, one common depth;
    and what `as_in_file` needs to undo it."""
    points = points.copy()
    done: dict[str, Any] = {"width": float(width), "height": float(height)}
    world = _world(skeleton)
    image = [i for i in range(len(skeleton.points)) if i not in set(world)]
    # Files whose numbers were moved and scaled by other tools keep the depth they have.
    if np.abs(points[:, image, 2]).max(initial=0) <= _FRACTION:
        points[:, image, 2] *= max(width, 1)
        for part, anchor in _anchors(skeleton):
            points[:, part, 2] += _depth_of(anchor, points, confidence)
        done["fraction"] = True
    if world:
        metres = points[:, world]
        done["divided"] = bool(np.abs(metres[..., :2]).max(initial=0) > _FRACTION)
        if done["divided"]:  # written as if they were fractions of the image
            metres = metres / _image(width, height)
        scale, shift = _fitted(metres, points, world, confidence, skeleton)
        points[:, world] = metres * scale + shift
        done |= {"scale": float(scale), "shift": [float(value) for value in shift]}
    return points, done


def as_in_file(points: np.ndarray, confidence: np.ndarray, skeleton: Skeleton, done: Mapping[str, Any]) -> np.ndarray:
    """Undoes `to_common_depth`, which said what it had done."""
    points = points.copy()
    world, width = _world(skeleton), max(done["width"], 1)
    if world and "scale" in done:
        factor = _image(done["width"], done["height"]) if done["divided"] else 1.0
        points[:, world] = (points[:, world] - done["shift"]) / done["scale"] * factor
    if done.get("fraction"):
        for part, anchor in _anchors(skeleton):
            points[:, part, 2] -= _depth_of(anchor, points, confidence)
        points[:, [i for i in range(points.shape[1]) if i not in set(world)], 2] /= width
    return points


def _depth_of(anchor: int, points: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """[T, 1]; 0 where the anchor is missing, whose place means nothing and is not kept."""
    return np.where(confidence[:, anchor] > 0, points[:, anchor, 2], 0)[:, None]


def _image(width: float, height: float) -> np.ndarray:
    return np.array([max(width, 1), max(height, 1), 1.0])


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


def _fitted(
    metres: np.ndarray, points: np.ndarray, world: list[int], confidence: np.ndarray, skeleton: Skeleton
) -> tuple[float, np.ndarray]:
    """Scale and shift [3] that lay the shoulders of the body in metres [T, 33, 3] on the picture's."""
    pair = [skeleton.left_shoulder, skeleton.right_shoulder]
    copies = [world.index(skeleton.points.index(f"world_{skeleton.points[i]}")) for i in pair]
    seen = (confidence[:, pair] > 0).all(-1) & (confidence[:, [world[i] for i in copies]] > 0).all(-1)
    if not seen.any():
        return 1.0, np.zeros(3)
    here, there = metres[seen][:, copies], points[seen][:, pair]
    spans = [np.median(np.linalg.norm(x[:, 0] - x[:, 1], axis=-1)) for x in (here, there)]
    scale = spans[1] / max(spans[0], 1e-9)
    return scale, np.median(there.mean(1), axis=0) - np.median(here.mean(1), axis=0) * scale
