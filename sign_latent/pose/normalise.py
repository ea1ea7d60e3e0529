"""Body coordinates: origin between the shoulders, unit = shoulder width, both fixed for the clip."""

import numpy as np

from sign_latent.errors import UserError
from sign_latent.pose.skeleton import Skeleton


def normalise(points: np.ndarray, confidence: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """`points` [T, K, C] in any unit (x to the signer's left, y up, z forward) -> body coordinates, float32.

    Moving or scaling the whole input changes nothing. Points of confidence 0 become 0. UserError when the two
    shoulders are never seen together or coincide.
    """
    return in_frame(points, confidence, body_frame(points, confidence, skeleton))


def in_frame(points: np.ndarray, confidence: np.ndarray, frame: tuple[np.ndarray, float]) -> np.ndarray:
    """`points` [T, K, C] measured from `frame` = (origin [C], unit), float32; those of confidence 0 become 0."""
    origin, unit = frame
    seen = confidence[..., None] > 0
    return np.where(seen, (points - origin) / unit, 0).astype(np.float32)


def body_frame(points: np.ndarray, confidence: np.ndarray, skeleton: Skeleton) -> tuple[np.ndarray, float]:
    """(origin [C], unit): medians over the frames in which both shoulders are seen."""
    sides = [skeleton.left_shoulder, skeleton.right_shoulder]
    seen = (confidence[:, sides] > 0).all(-1)
    if not seen.any():
        raise UserError(
            "the two shoulders are never seen together, so there is no body to measure by; use another clip"
        )
    left, right = np.moveaxis(np.float64(points[seen][:, sides]), 1, 0)
    unit = float(np.median(np.linalg.norm(left - right, axis=-1)))
    if not np.isfinite(unit) or unit < 1e-9:
        raise UserError("the two shoulders coincide, so there is no body to measure by; use another clip")
    return np.median((left + right) / 2, axis=0), unit
