"""Where the signer's points are seen in a video, against where they were to be."""

from __future__ import annotations

import numpy as np

from eval.dtw import Pair, recommended
from eval.video.scenes import Scene
from eval.video.warping import flat, hands_of
from sign_latent.evaluator.video_pose import PoseRegressor, Seen, apart, mean_known, see, true_places
from sign_latent.pose.pose import Pose


def errors(model: PoseRegressor, video: np.ndarray, scene: Scene) -> tuple[dict[str, float], Seen]:
    """Mean distance in shoulder widths of each part (nan where nothing of it is shown), and what was seen.

    video: uint8 [T, S, S, 3], filled up to squares where the recording's pictures are none.
    """
    seen = see(model, video)
    places, shown = true_places(scene.pose, scene.window, model.points, scene.real.shape[1:3])
    off = apart(seen, places, shown, scene.window)
    parts = {"body": model.parts["body"], "hands": model.parts["left_hand"] + model.parts["right_hand"]}
    means = {part: mean_known(off[:, rows]) for part, rows in parts.items()}
    return {part: float("nan") if mean is None else mean for part, mean in means.items()}, seen


def warped(seen: Pose, true: Pose) -> float:
    """The recommended DTW of the hands in the picture plane, shoulder widths: for videos of another tempo."""
    pair = Pair.of(flat(seen), flat(true))
    hands = hands_of(pair, true)
    return recommended(pair, [hands])[0] if hands else float("nan")
