"""Where the signer's points are seen in a video, against where they were to be."""

from __future__ import annotations

import numpy as np

from eval.video.scenes import Scene
from sign_latent.evaluator.video_pose import PoseRegressor, Seen, apart, mean_known, see, true_places


def errors(model: PoseRegressor, video: np.ndarray, scene: Scene) -> tuple[dict[str, float], Seen]:
    """Mean distance in shoulder widths of each part (nan where nothing of it is known), and what was seen."""
    seen = see(model, video)
    off = apart(seen, *true_places(scene.pose, scene.window, model.points), scene.window)
    parts = {"body": model.parts["body"], "hands": model.parts["left_hand"] + model.parts["right_hand"]}
    means = {part: mean_known(off[:, rows]) for part, rows in parts.items()}
    return {part: float("nan") if mean is None else mean for part, mean in means.items()}, seen
