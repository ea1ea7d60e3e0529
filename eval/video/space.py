"""Distances in feature spaces that were trained in the project, each named by `name@hash` beside the number.

They are built as LPIPS and FVD are, over other networks: values cannot be compared with published ones, nor between two
feature spaces.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from sign_latent.evaluator.pictures import to_input
from sign_latent.evaluator.video_features import VideoClassifier, Watched, watch, windows
from sign_latent.evaluator.video_pose import PoseRegressor

STEP = 8
"""Frames from one window of a video to the next."""


@torch.no_grad()
def perceptual(model: PoseRegressor, made: np.ndarray, real: np.ndarray, batch_size: int = 64) -> float:
    """Mean over frames, levels and places of the squared distance of unit feature vectors, 0 to 4.

    As LPIPS without learnt weights (Zhang et al. 2018), over the maps of a pose regressor.
    """
    total = 0.0
    for first in range(0, len(real), batch_size):
        some = slice(first, first + batch_size)
        pair = [model.maps(to_input(video[some], model.settings.size)) for video in (made, real)]
        for ours, theirs in zip(*pair, strict=True):
            apart = (F.normalize(ours, dim=1) - F.normalize(theirs, dim=1)).square().sum(1)
            total += float(apart.mean((1, 2)).sum()) / len(pair[0])
    return total / len(real)


def watched(model: VideoClassifier, video: np.ndarray) -> Watched:
    """Features of the windows of a video, one every `STEP` frames; none of a video shorter than a window."""
    return watch(model, windows(video, model.settings.frames, STEP))
