"""DWPose as Prompt2Sign keeps it: npz with `bodies`, `body_scores`, `hands`, `hands_scores`, `faces`, `faces_scores`.

Either a folder a clip with one npz a frame, or one npz a clip, its arrays with one more axis in front; texts in
`index.csv`, described in `folder`. Bodies are the 18 points of OpenPose's older model, faces 68, hands left before
right; places are fractions of the image, −1 where missing, so `aspect` matters. The skeleton is `openpose137`, whose
feet, pelvis and pupils stay missing. Of several people the first is read. 24 frames a second unless said otherwise.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from data_prep.formats.folder import Kind, open_folder
from data_prep.formats.numbered import frames_in, span
from data_prep.formats.places import image_pose, numbers
from data_prep.formats.source import Options, Source
from sign_latent.arrays import read_arrays
from sign_latent.errors import UserError
from sign_latent.pose import Pose, get_skeleton
from sign_latent.pose.skeletons.openpose import FACE70
from sign_latent.pose.skeletons.parts import hand21

SKELETON = get_skeleton("openpose137")
_BODY = ["nose", "neck"]
_BODY += [f"{side}_{joint}" for side in ("right", "left") for joint in ("shoulder", "elbow", "wrist")]
_BODY += [f"{side}_{joint}" for side in ("right", "left") for joint in ("hip", "knee", "ankle")]
_BODY += [f"{side}_{joint}" for joint in ("eye", "ear") for side in ("right", "left")]
_ROWS = {  # places, scores: points of one person
    ("bodies", "body_scores"): _BODY,
    ("hands", "hands_scores"): hand21("left") + hand21("right"),
    ("faces", "faces_scores"): FACE70[:68],
}


def open_source(path: Path, options: Options) -> Source:
    """Clips of skeleton `openpose137`. UserError if there is none, or the index lacks a column."""
    fps = options.source_fps or 24.0
    suffix = ".npz" if any(path.glob("*.npz")) else "/*.npz"
    read = partial(_read, fps=fps, aspect=options.aspect or 1.0)
    return open_folder(
        path, options, Kind("DWPose of {}", "see the source", suffix, read, SKELETON.name, fps, notes=True)
    )


def _read(path: Path, note: Callable[[str], None], fps: float, aspect: float) -> Pose:
    if path.is_dir():
        chosen = span(frames_in(path, ".npz"), fps, 0, 0, note)
        frames = np.zeros((chosen[-1][0] + 1, len(SKELETON.points), 3))
        for place, file in chosen:
            frames[place] = _frames(file, lambda array: array[None])[0]
    else:
        frames = _frames(path, lambda array: array)
    return image_pose(frames[..., :2], frames[..., 2], SKELETON, fps, aspect)


def _frames(path: Path, clip: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """[T, 137, 3]; `clip` gives arrays of a frame the axis of time."""
    fields = read_arrays(path, [name for pair in _ROWS for name in pair])
    frames = {}
    for (places, scores), points in _ROWS.items():
        here = _one_person(clip(fields[places]), points, 2, path)
        sure = _one_person(clip(fields[scores]), points, 1, path)
        if len(here) != len(sure):
            raise UserError(
                f"{path}: {len(here)} frames of {places} beside {len(sure)} of {scores}; is the file whole?"
            )
        sure = np.where((here < 0).all(-1, keepdims=True), 0, sure)
        frames |= dict(zip(points, np.concatenate([here, sure], -1).swapaxes(0, 1), strict=True))
    if len({len(rows) for rows in frames.values()}) != 1:
        raise UserError(f"{path}: body, hands and face differ in their number of frames; is the file whole?")
    made = np.zeros((len(frames["nose"]), len(SKELETON.points), 3))
    for point, rows in frames.items():
        made[:, SKELETON.points.index(point)] = rows
    return made


def _one_person(array: np.ndarray, points: list[str], width: int, path: Path) -> np.ndarray:
    """[T, …] of all people -> [T, points, width] of the first: left hands come before all right hands."""
    if array.ndim < 2 or not len(array) or not array.size or array.size % (len(array) * len(points) * width):
        raise UserError(f"{path}: an array of shape {array.shape} shows nobody with {len(points)} points")
    people = array.size // (len(array) * len(points) * width)
    blocks = 2 if len(points) == 42 else 1
    array = array.reshape(len(array), blocks, people, len(points) // blocks, width)[:, :, 0]
    return numbers(array.reshape(len(array), len(points), width), str(path), None, len(points), width)
