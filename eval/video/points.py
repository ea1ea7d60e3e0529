"""Where the signer's points are seen in a video, against where they were to be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eval.dtw import Pair, recommended
from eval.video.scenes import Scene
from sign_latent.evaluator.video_pose import PoseRegressor, Seen, apart, mean_known, see, true_places
from sign_latent.pose.pose import Pose

_PLANE = np.array([1, 1, 0], dtype=np.float32)


def errors(model: PoseRegressor, video: np.ndarray, scene: Scene) -> tuple[dict[str, float], Seen]:
    """Mean distance in shoulder widths of each part (nan where nothing of it is known), and what was seen."""
    seen = see(model, video)
    off = apart(seen, *true_places(scene.pose, scene.window, model.points), scene.window)
    parts = {"body": model.parts["body"], "hands": model.parts["left_hand"] + model.parts["right_hand"]}
    means = {part: mean_known(off[:, rows]) for part, rows in parts.items()}
    return {part: float("nan") if mean is None else mean for part, mean in means.items()}, seen


def warped(seen: Pose, true: Pose) -> float:
    """The recommended DTW of the hands in the picture plane, shoulder widths: for videos of another tempo."""
    flat = [replace(pose, points=pose.points * _PLANE[: pose.points.shape[-1]]) for pose in (seen, true)]
    pair = Pair.of(*flat)
    hands = pair.scored([i for part in ("left_hand", "right_hand") for i in true.skeleton.parts[part]])
    return recommended(pair, [hands])[0] if hands else float("nan")
