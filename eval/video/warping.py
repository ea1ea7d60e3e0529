"""Scores of a video whose tempo is its own: frames are compared that a path of dynamic time warping matches.

The path is that of the recommended definition over the hands, in the picture plane, as one regressor sees them in both
videos, so that what it sees wrongly in both does not bend the path. It forgives every change of tempo, of controls as
of the system.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from eval.dtw import Pair
from eval.video import frames
from eval.video.scenes import Scene
from sign_latent.evaluator.video_pose import PoseRegressor, as_pose, see
from sign_latent.pose.pose import Pose
from sign_latent.renderer.aspect import filled

PLANE = np.array([1, 1, 0], dtype=np.float32)


def flat(pose: Pose) -> Pose:
    """The pose as it is seen from the front."""
    return replace(pose, points=pose.points * PLANE[: pose.points.shape[-1]])


def hands_of(pair: Pair, pose: Pose) -> list[int]:
    """Points of the hands that both motions show."""
    return pair.scored([i for part in ("left_hand", "right_hand") for i in pose.skeleton.parts[part]])


def steps_of(model: PoseRegressor, seen: Pose, scene: Scene) -> np.ndarray | None:
    """Which frame of a video, where `seen` was seen, goes with which of the recording [S, 2]; None without hands."""
    real = as_pose(see(model, filled(scene.real)), model, seen.fps)
    pair = Pair.of(flat(seen), flat(real))
    hands = hands_of(pair, real)
    return pair.best_path(hands)[1] if hands else None


def compared(video: np.ndarray, scene: Scene, steps: np.ndarray) -> dict[str, float]:
    """PSNR and SSIM over the steps of the path, and SSIM where the recording shows hands."""
    made, real = steps.T
    alike = frames.ssim_map(video[made], scene.real[real])
    boxes = frames.hand_boxes(scene.pose, scene.window, scene.real.shape[1:3])[real]
    return {
        "psnr_dtw": frames.psnr(video[made], scene.real[real]),
        "ssim_dtw": float(alike.mean()),
        "hand_ssim_dtw": frames.mean_in_boxes(alike, boxes),
    }


def moved(starts: Sequence[int], window: int, steps: np.ndarray, length: int) -> list[int]:
    """First frames of windows around what the path puts in the middle of those of the recording, within the video."""
    found = []
    for start in starts:
        matched = steps[steps[:, 1] == min(start + window // 2, steps[-1, 1]), 0]
        found.append(int(np.clip(round(float(np.median(matched))) - window // 2, 0, max(0, length - window))))
    return found
