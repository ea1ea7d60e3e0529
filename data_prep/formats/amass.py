"""Motion in the manner of AMASS: an npz a clip; texts in `index.csv`, described in `folder`.

`poses` [T, 165] = root 3, body 63, jaw 3, eyes 6, left hand 45, right hand 45 (axis-angle), `mocap_frame_rate`; shape,
translation and gender are not read. Hands are whole rotations here, not relative to a mean hand; `smplx` says what else
becomes of them.
"""

from pathlib import Path

import numpy as np

from data_prep.formats.folder import Kind, open_folder
from data_prep.formats.places import numbers
from data_prep.formats.smplx import Parameters, pose_of
from data_prep.formats.source import Options, Source
from sign_latent.arrays import read_arrays
from sign_latent.errors import UserError
from sign_latent.pose import Pose

_FLAT = np.zeros((30, 3), np.float32)


def open_source(path: Path, options: Options) -> Source:
    """Clips of skeleton `smplx`. UserError if there is none, the index lacks a column, or no file can be read."""
    rate = options.source_fps or _first_rate(path)
    return open_folder(path, options, Kind("motion of {}", "see the source", ".npz", _read, "smplx", rate))


def _first_rate(path: Path) -> float:
    """Of the first readable file: others are resampled to it."""
    for file in sorted(path.rglob("*.npz")):
        try:
            return _rate(file)
        except UserError:
            continue
    return 30.0


def _rate(path: Path) -> float:
    rate = read_arrays(path, ("mocap_frame_rate",))["mocap_frame_rate"]
    if rate.size != 1 or rate.dtype.kind not in "fiu" or not 0 < float(rate.ravel()[0]) < 1000:
        raise UserError(f"{path}: mocap_frame_rate is not one rate between 0 and 1000; mend it")
    return float(rate.ravel()[0])


def _read(path: Path) -> Pose:
    poses = np.float32(numbers(read_arrays(path, ("poses",))["poses"], f"{path}: poses", None, 165))
    parameters = Parameters(poses[:, :66], poses[:, 75:120], poses[:, 120:165], poses[:, 66:69])
    return pose_of(parameters, np.ones((len(poses), 2), bool), _FLAT, _rate(path))
