"""Points as extractors leave them -> a pose in body coordinates."""

import numpy as np

from sign_latent.errors import UserError
from sign_latent.pose import Pose, get_skeleton
from sign_latent.pose.formats.mediapipe_depth import to_common_depth
from sign_latent.pose.normalise import normalise
from sign_latent.pose.skeleton import Skeleton

_FAR = 1e6
"""Numbers beyond any image are damage, not places."""


def image_pose(places: np.ndarray, confidence: np.ndarray, skeleton: Skeleton, fps: float, aspect: float = 1.0) -> Pose:
    """`places` [T, K, 2] of an image, y down, and `confidence` [T, K]; what is not finite is missing.

    `aspect` is the image's width ÷ height where places are fractions of it. UserError as `normalise`.
    """
    places, confidence = _sound(places, confidence)
    return Pose(normalise(places * [aspect, -1], confidence, skeleton), confidence, fps, skeleton)


def mediapipe_pose(landmarks: np.ndarray, confidence: np.ndarray, fps: float, aspect: float = 1.0) -> Pose:
    """`landmarks` [T, 543, 3] of skeleton `holistic543` as MediaPipe gives them: x and y as fractions of the image,
    depth as a fraction of its width, from the wrist in hands and from the nose in the face."""
    skeleton = get_skeleton("holistic543")
    landmarks, confidence = _sound(landmarks, confidence)
    pixels = landmarks * [1000 * aspect, 1000, 1]
    pixels, _ = to_common_depth(pixels, confidence, skeleton, 1000 * aspect, 1000)
    return Pose(normalise(pixels * [1, -1, -1], confidence, skeleton), confidence, fps, skeleton)


def turned_pose(places: np.ndarray, skeleton: Skeleton, fps: float, above: str) -> Pose:
    """`places` [T, K, 3] whose axes nobody states: half turns bring the part or points `above` over the shoulders and
    the left shoulder to the left. Points that are (0, 0, 0) are missing."""
    confidence = (np.abs(np.nan_to_num(places)).max(-1) > 0).astype(np.float32)
    places, confidence = _sound(places, confidence)
    pair = [skeleton.left_shoulder, skeleton.right_shoulder]
    left, right = np.median(places[:, pair], axis=0)
    high = list(skeleton.parts.get(above) or [skeleton.points.index(above)])
    seen = confidence[:, high] > 0
    if seen.any() and np.median(places[:, high, 1][seen]) < (left + right)[1] / 2:
        places = places * [1, -1, -1]
    if left[0] < right[0]:
        places = places * [-1, 1, -1]
    return Pose(normalise(places, confidence, skeleton), confidence, fps, skeleton)


def numbers(array: np.ndarray, what: str, *shape: int | None) -> np.ndarray:
    """The array as float64 if it holds numbers in that shape (None: any length). UserError naming `what`."""
    array = np.asarray(array)
    fits = array.ndim == len(shape) and all(b in (None, a) for a, b in zip(array.shape, shape, strict=True))
    if array.dtype.kind not in "fiub" or not fits or len(array) == 0:
        wanted = ", ".join("T" if length is None else str(length) for length in shape)
        raise UserError(f"{what} has shape {array.shape} of {array.dtype}, not [{wanted}] numbers")
    with np.errstate(invalid="ignore"):  # NaN stays NaN
        return array.astype(np.float64)


def _sound(places: np.ndarray, confidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    whole = (np.abs(np.nan_to_num(places, nan=np.inf)) < _FAR).all(-1)
    confidence = np.where(whole, np.clip(np.nan_to_num(confidence), 0, 1), 0).astype(np.float32)
    return np.where(whole[..., None], places, 0), confidence
