"""How2Sign as SMPL-X: the tables of `how2sign` and a folder a clip with one pickle a frame.

Keys of a frame: `smplx_root_pose` 3, `smplx_body_pose` 63, `smplx_lhand_pose` 45, `smplx_rhand_pose` 45,
`smplx_jaw_pose` 3 (axis-angle); shape, expression and `cam_trans` are not read. Frames that are missing hide the hands
and keep the pose before them. Hands are taken relative to SMPL-X's mean hand; `smplx` says what else becomes of them.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from data_prep.formats.how2sign import open_sentences
from data_prep.formats.numbered import frames_in, span
from data_prep.formats.pickles import array_of, load
from data_prep.formats.smplx import Parameters, described, mean_hands, pose_of
from data_prep.formats.source import Options, Source
from sign_latent.errors import UserError
from sign_latent.pose import Pose

_KEYS = {"root_pose": 3, "body_pose": 63, "lhand_pose": 45, "rhand_pose": 45, "jaw_pose": 3}


def open_source(path: Path, options: Options) -> Source:
    """Clips of skeleton `smplx`. Sentences without frames are dropped. UserError if there is no table."""
    read = partial(_read_clip, hands=mean_hands(options.smplx_model))
    source = open_sentences(path, options, "smplx", ".pkl", read)
    source.info |= described(options.smplx_model)
    return source


def _read_clip(
    folder: Path, fps: float, note: Callable[[str], None], hands: np.ndarray, start: float = 0, end: float = 0
) -> Pose:
    chosen = span(frames_in(folder, ".pkl"), fps, start, end, note)
    known = {place: _frame(file) for place, file in chosen}
    there = np.array([place in known for place in range(chosen[-1][0] + 1)])
    before = np.maximum.accumulate(np.where(there, np.arange(len(there)), chosen[0][0]))
    rows = np.stack([known[place] for place in before])  # [T, 159]
    root_body, left, right, jaw = np.split(rows, [66, 111, 156], axis=1)
    return pose_of(Parameters(root_body, left, right, jaw), np.stack([there, there], axis=1), hands, fps)


def _frame(file: Path) -> np.ndarray:
    """[159] root, body, left hand, right hand, jaw."""
    fields = load(file)
    try:
        rows = [np.float32(array_of(fields[f"smplx_{key}"], f"{file}: smplx_{key}")).ravel() for key in _KEYS]
    except (TypeError, KeyError, ValueError):
        rows = []
    if [len(row) for row in rows] != list(_KEYS.values()):
        raise UserError(f"{file}: has not smplx_root_pose 3, body 63, hands 45 and jaw 3; is it of How2Sign?")
    return np.concatenate(rows)
