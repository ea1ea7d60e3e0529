"""OpenPose as it writes it: a folder a clip, one JSON a frame, `<clip>_<frame>_keypoints.json`; texts in `index.csv`.

`people[]` has `pose_keypoints_2d` 75, `face_keypoints_2d` 210, `hand_left_keypoints_2d` and `hand_right_keypoints_2d`
63 numbers (x, y, confidence in pixels). Of several people in a frame the one seen most surely is read.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from data_prep.formats.folder import Kind, open_folder
from data_prep.formats.numbered import frames_in, span
from data_prep.formats.places import image_pose
from data_prep.formats.source import Options, Source
from sign_latent.errors import UserError
from sign_latent.pose import Pose, get_skeleton

SKELETON = get_skeleton("openpose137")
_FPS = 25.0
_LARGEST = 4 * 2**20
"""Bytes of a frame: hundreds of people fit."""
_BLOCKS = {
    "pose_keypoints_2d": 25,
    "face_keypoints_2d": 70,
    "hand_left_keypoints_2d": 21,
    "hand_right_keypoints_2d": 21,
}
_PARTS = dict(zip(_BLOCKS, ("body", "face", "left_hand", "right_hand"), strict=True))


def open_source(path: Path, options: Options) -> Source:
    """Clips of skeleton `openpose137`. UserError if there is none, or the index lacks a column."""
    fps = options.source_fps or _FPS
    read = partial(read_clip, fps=fps)
    kind = Kind("OpenPose of {}", "see the source", "/*.json", read, SKELETON.name, fps, notes=True)
    return open_folder(path, options, kind)


def read_clip(folder: Path, fps: float, note: Callable[[str], None], start: float = 0, end: float = 0) -> Pose:
    """The frames from `start` to `end` in milliseconds (0: all). UserError for a frame that cannot be read."""
    chosen = span(frames_in(folder, ".json"), fps, start, end, note)
    people = np.zeros((chosen[-1][0] + 1, len(SKELETON.points), 3))
    for place, file in chosen:
        people[place] = _frame(file)
    return image_pose(people[..., :2], people[..., 2], SKELETON, fps)


def _frame(file: Path) -> np.ndarray:
    """[137, 3] x, y, confidence of the person seen most surely; zeros where there is none."""
    if file.stat().st_size > _LARGEST:
        raise UserError(f"{file}: is larger than any frame of OpenPose; extract it again")
    try:
        people = [_person(person) for person in json.loads(file.read_bytes())["people"]]
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        raise UserError(f"{file}: not a frame of OpenPose; extract it again") from None
    return max(
        people, key=lambda person: np.nan_to_num(person[:, 2]).sum(), default=np.zeros((len(SKELETON.points), 3))
    )


def _person(person: dict[str, list[float]]) -> np.ndarray:
    points = np.zeros((len(SKELETON.points), 3))
    for block, count in _BLOCKS.items():
        values = np.array(person.get(block) or np.zeros(3 * count), dtype=np.float64)
        points[list(SKELETON.parts[_PARTS[block]])] = values.reshape(count, 3)
    return points
