"""Points found again in a video by MediaPipe, where it is installed and finds a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from data_prep.extraction.backend import Extractor
from eval.video.scenes import Scene
from sign_latent.evaluator.video_pose import UPPER, Seen, apart, true_places
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.renderer.aspect import bounds

NEAR = 0.1
"""Shoulder widths, some four centimetres, within which a point counts as found where it is."""


@dataclass
class Extraction:
    """An extractor that is open."""

    extractor: Extractor
    fps: float

    def errors(self, video: np.ndarray, scene: Scene, aligned: bool) -> dict[str, Any]:
        """Sums and how many they are of: of points that both know by name, `extracted` and, of hands alone,
        `extracted_hands`: distances in shoulder widths of what is found; `extracted_near`: hundred times the points of
        hands that are found within `NEAR` of where they are shown, of all that are shown; `extracted_frames`: hundred
        times the frames in which a person is found."""
        found = self.look(video)
        names, known = get_skeleton(self.extractor.skeleton).points, scene.pose.skeleton
        hands = {point for part in ("left_hand", "right_hand") for point in known.parts[part]}
        pairs = [
            (names.index(name), i)
            for i, name in enumerate(known.points)
            if name in names and (i in hands or name in UPPER)
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
            of_hands = np.isin(ours, sorted(hands))
            scores |= {"extracted": _summed(off), "extracted_hands": _summed(off[:, of_hands])}
            near, shown = (off[:, of_hands] <= NEAR).sum(), there[:, of_hands].sum()
            scores["extracted_near"] = (100.0 * float(near), float(shown))
        return scores

    def look(self, video: np.ndarray) -> Seen:
        """Landmarks [T, K, 3] as shares of the picture, frame after frame, and their confidence."""
        self.extractor.reset()
        found = [self.extractor.look(np.ascontiguousarray(p), round(i * 1000 / self.fps)) for i, p in enumerate(video)]
        return Seen(np.stack([one.points for one in found]), np.stack([one.confidence for one in found]))


def _summed(off: np.ndarray) -> tuple[float, float]:
    """The sum of what is known, and how much that is."""
    return float(np.nansum(off)), float(np.isfinite(off).sum())
