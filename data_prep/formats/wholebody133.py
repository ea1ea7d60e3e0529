"""COCO-WholeBody (DWPose, RTMW, HRNet): an npz or pickle a clip; texts in `index.csv`, described in `folder`.

`keypoints` [T, 1, 133, 2] and `scores` [T, 1, 133]: body 17, feet 6, face 68, left hand 21, right hand 21. All of them
have their place among the 137 of OpenPose, so that is the skeleton; its neck and pelvis are the middle of the shoulders
and hips, its pupils stay missing. Of several people the first is read. 25 frames a second unless said otherwise.
"""

from functools import partial
from pathlib import Path

import numpy as np

from data_prep.formats.folder import Kind, open_folder
from data_prep.formats.pickles import array_of, load
from data_prep.formats.places import image_pose, numbers
from data_prep.formats.source import Options, Source
from sign_latent.arrays import read_arrays
from sign_latent.errors import UserError
from sign_latent.pose import Pose, get_skeleton
from sign_latent.pose.skeletons.openpose import FACE70
from sign_latent.pose.skeletons.parts import SIDES, hand21

SKELETON = get_skeleton("openpose137")
_POINTS = ["nose"] + [f"{side}_{joint}" for joint in ("eye", "ear", "shoulder", "elbow", "wrist") for side in SIDES]
_POINTS += [f"{side}_{joint}" for joint in ("hip", "knee", "ankle") for side in SIDES]
_POINTS += [f"{side}_{joint}" for side in SIDES for joint in ("big_toe", "small_toe", "heel")]
_POINTS += [*FACE70[:68], *hand21("left"), *hand21("right")]
_MIDDLES = {"neck": "shoulder", "pelvis": "hip"}
_READERS = {".npz": read_arrays, ".pkl": load}
_FRACTION = 2.0
"""Places beyond twice the image do not occur, so larger numbers are pixels."""


def open_source(path: Path, options: Options) -> Source:
    """Clips of skeleton `openpose137`. UserError if there is none, or the index lacks a column."""
    fps = options.source_fps or 25.0
    suffix = next((ending for ending in _READERS if any(path.rglob(f"*{ending}"))), ".npz")
    read = partial(_read, fps=fps, aspect=options.aspect or 1.0)
    return open_folder(path, options, Kind("whole bodies of {}", "see the source", suffix, read, SKELETON.name, fps))


def _read(path: Path, fps: float, aspect: float) -> Pose:
    reader = _READERS.get(path.suffix)
    fields = reader(path) if reader else None
    if not isinstance(fields, dict) or not {"keypoints", "scores"} <= set(fields):
        raise UserError(f"{path}: has no keypoints and scores; is it of this format?")
    keypoints, scores = (array_of(fields[name], f"{path}: {name}") for name in ("keypoints", "scores"))
    return pose_of(_first(keypoints, 4, path), _first(scores, 3, path), str(path), fps, aspect)


def _first(array: np.ndarray, dimensions: int, path: Path) -> np.ndarray:
    """Of several people the first. UserError where there is none."""
    if array.ndim == dimensions and array.shape[1] == 0:
        raise UserError(f"{path}: shows nobody")
    return array[:, 0] if array.ndim == dimensions else array


def pose_of(keypoints: np.ndarray, scores: np.ndarray, what: str, fps: float, aspect: float) -> Pose:
    """`keypoints` [T, 133, 2] and `scores` [T, 133] of one person -> skeleton `openpose137`."""
    keypoints = numbers(keypoints, f"{what}: keypoints", None, len(_POINTS), 2)
    scores = numbers(scores, f"{what}: scores", len(keypoints), len(_POINTS))
    scores = np.where((keypoints < 0).all(-1), 0, scores)  # how these tools mark what they do not see
    places = np.zeros((len(keypoints), len(SKELETON.points), 2))
    confidence = np.zeros(places.shape[:2])
    at = [SKELETON.points.index(name) for name in _POINTS]
    places[:, at], confidence[:, at] = keypoints, scores
    for middle, joint in _MIDDLES.items():
        pair = [SKELETON.points.index(f"{side}_{joint}") for side in SIDES]
        point = SKELETON.points.index(middle)
        places[:, point], confidence[:, point] = places[:, pair].mean(1), confidence[:, pair].min(1)
    seen = np.abs(keypoints[scores > 0])
    pixels = bool(len(seen)) and np.nanmedian(seen) > _FRACTION
    return image_pose(places, confidence, SKELETON, fps, 1.0 if pixels else aspect)
