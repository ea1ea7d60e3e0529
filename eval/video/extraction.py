"""Points found again in a video by MediaPipe, where it is installed and finds a person; drawn ones it may not find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from data_prep.extraction.backend import Extractor
from eval.video.scenes import Scene
from sign_latent.evaluator.video_pose import UPPER, Seen, apart, true_places
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.renderer.aspect import bounds


@dataclass
class Extraction:
    """An extractor that is open."""

    extractor: Extractor
    fps: float

    def errors(self, video: np.ndarray, scene: Scene, aligned: bool) -> dict[str, Any]:
        """`extracted`: summed distances in shoulder widths and how many, of points that both know by name;
        `extracted_frames`: hundred times the frames in which a person is found, and how many there are."""
        found = self.look(video)
        names, known = get_skeleton(self.extractor.skeleton).points, scene.pose.skeleton
        wanted = {point for part in ("left_hand", "right_hand") for point in known.parts[part]}
        pairs = [
            (names.index(name), i)
            for i, name in enumerate(known.points)
            if name in names and (i in wanted or name in UPPER)
        ]
        theirs, ours = (list(side) for side in zip(*pairs, strict=True))
        sure = found.confidence[:, theirs] > 0
        scores: dict[str, Any] = {"extracted_frames": (100.0 * float(sure.any(1).sum()), float(len(video)))}
        if aligned:
            size = video.shape[1:3]
            low, high = bounds(size)
            seen = low + found.points[:, theirs, :2] * (high - low)  # shares of the picture, then of its square
            places, there = true_places(scene.pose, scene.window, ours, size)
            off = apart(Seen(seen, sure), places, there & sure, scene.window)
            scores["extracted"] = (float(np.nansum(off)), float(np.isfinite(off).sum()))
        return scores

    def look(self, video: np.ndarray) -> Seen:
        """Landmarks [T, K, 3] as shares of the picture, frame after frame, and their confidence."""
        self.extractor.reset()
        found = [self.extractor.look(np.ascontiguousarray(p), round(i * 1000 / self.fps)) for i, p in enumerate(video)]
        return Seen(np.stack([one.points for one in found]), np.stack([one.confidence for one in found]))
