"""An npz a clip in the manner of AMASS for SMPL-X, and `index.csv`.

`poses` [T, 165] axis-angle: root 3, body 63, jaw 3, eyes 6, hands 45 + 45 as whole rotations (the package's
`flat_hand_mean=True`); `trans` [T, 3] metres and `betas` [16] are 0, since place and shape of the body are not kept in
body coordinates; y up, the signer faces +z. `confidence` [T, 55] says which joints were seen. Our expression
coefficients are of another basis than SMPL-X's and are left out.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from data_prep.exports.index import write_each
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError


def export(clips: Iterable[Clip], folder: Path) -> None:
    """Write every clip. UserError for one without SMPL-X rotations."""
    write_each(clips, folder, ".npz", _write)


def rotations_of(clip: Clip) -> np.ndarray:
    """[T, 55, 3]. UserError where there are none."""
    if clip.pose.skeleton.name != "smplx" or clip.pose.rotations is None:
        raise UserError(f"clip {clip.id}: has no SMPL-X rotations; fit them first, or export points (pose, skels)")
    return clip.pose.rotations


def _write(clip: Clip, path: Path) -> None:
    rotations, pose = rotations_of(clip), clip.pose
    frames = len(pose)
    np.savez_compressed(
        path,
        poses=np.float32(rotations).reshape(frames, 165),
        trans=np.zeros((frames, 3), np.float32),
        betas=np.zeros(16, np.float32),
        gender=np.array("neutral"),
        mocap_frame_rate=np.float64(pose.fps),
        mocap_time_length=np.float64(frames / pose.fps),
        surface_model_type=np.array("smplx"),
        confidence=np.float32(pose.confidence[:, list(pose.skeleton.rotated)]),
        allow_pickle=False,
    )
