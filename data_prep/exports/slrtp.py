"""`{split}.pt` of the SLRTP 2025 challenge: a dict of name → {name, text, gloss, poses_3d [N, 178, 3], speaker}.

Arms and hips, right and left hand by their names; the 128 points of the face are known by number only, since their
order among MediaPipe's is not published, and are 0 unless the clip has them by that number. Missing points are 0. In
body coordinates (shoulder widths, y up), 25 frames a second: axes and unit of the challenge's own files are not stated
anywhere. A file is one object, so a split is held in memory.
"""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import numpy as np
import torch

from sign_latent.corpus.clip import Clip
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeletons.parts import hand21

FPS = 25.0
_ARM = ("shoulder", "elbow", "wrist")
POINTS = (
    *(f"{side}_{joint}" for side in ("right", "left") for joint in _ARM),
    "right_hip",
    "left_hip",
    *hand21("right"),
    *hand21("left"),
    *(f"face{number}" for number in range(128)),
)
"""The 178 points in the order of the file."""


def export(clips: Iterable[Clip], folder: Path) -> None:
    """Write every split; its clips must follow each other."""
    for split, some in groupby(clips, key=lambda clip: clip.split):
        torch.save({clip.id: _entry(clip) for clip in some}, folder / f"{split}.pt")


def _entry(clip: Clip) -> dict[str, str | torch.Tensor]:
    poses = torch.from_numpy(points_of(clip.pose.resampled(FPS)))
    return {"name": clip.id, "text": clip.text, "gloss": clip.gloss, "poses_3d": poses, "speaker": clip.signer}


def points_of(pose: Pose) -> np.ndarray:
    """[T, 178, 3]; a hand's root is the wrist where the skeleton has none, depth is 0 where it has none."""
    index = {name: i for i, name in enumerate(pose.skeleton.points)}
    index |= {f"{side}_hand_root": index[f"{side}_wrist"] for side in ("right", "left")
              if f"{side}_hand_root" not in index}  # fmt: skip
    known = [i for i, name in enumerate(POINTS) if name in index]
    source = [index[POINTS[i]] for i in known]
    found = np.zeros((len(pose), len(POINTS), 3), np.float32)
    seen = pose.confidence[:, source, None] > 0
    found[:, known, : pose.points.shape[-1]] = np.where(seen, pose.points[:, source], 0)
    return found
