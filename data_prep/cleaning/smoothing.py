"""Shaking is filtered away without delay."""

from dataclasses import replace

import numpy as np
import roma
import torch
from scipy.signal import butter, sosfiltfilt

from data_prep.cleaning.record import Record
from data_prep.cleaning.tracks import alike, stretches
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.pose.kinematics import axis_angle_to_matrix, matrix_to_axis_angle

_ORDER = 2
_LEAST = 4
"""Seen frames in a row from which there is something to filter."""
_PAD = 9


def smooth(clip: Clip, record: Record, hertz: float = 8.0) -> list[Clip]:
    """A Butterworth low-pass filter of second order at `hertz`, run forwards and backwards, so that nothing is delayed.

    Every stretch in which a point is seen is filtered by itself; missing points and confidence stay. Rotations are
    filtered as matrices and brought back to the nearest rotations. UserError for a limit that the frame rate cannot
    hold.
    """
    pose = clip.pose
    if not 0 < hertz < pose.fps / 2:
        raise UserError(
            f"cannot smooth at {hertz:g} Hz: at {pose.fps:g} frames a second give less than {pose.fps / 2:g}"
        )
    filters = butter(_ORDER, hertz, fs=pose.fps, output="sos")
    points = pose.points.copy()
    turns = None if pose.rotations is None else _matrices(pose.rotations)
    row = {point: i for i, point in enumerate(pose.skeleton.rotated)}
    for some, _, mask in alike(pose.confidence > 0, pose.skeleton):
        turned = [row[point] for point in some.tolist() if point in row]
        for start, end in stretches(mask):
            if end - start < _LEAST:
                continue
            points[start:end, some] = _filtered(filters, points[start:end, some])
            if turns is not None and turned:
                turns[start:end, turned] = _filtered(filters, turns[start:end, turned])
            record.counts["point frames"] += (end - start) * len(some)
    record.counts["clips"] += 1
    made = replace(pose, points=points)
    if turns is not None:
        nearest = roma.special_procrustes(torch.from_numpy(turns))
        made.rotations = matrix_to_axis_angle(nearest).numpy().astype(np.float32)
    if pose.expression is not None and len(pose) >= _LEAST:
        made.expression = _filtered(filters, pose.expression).astype(np.float32)
    return [replace(clip, pose=made)]


def _filtered(filters: np.ndarray, values: np.ndarray) -> np.ndarray:
    return sosfiltfilt(filters, values, axis=0, padlen=min(_PAD, len(values) - 1))


def _matrices(rotations: np.ndarray) -> np.ndarray:
    return axis_angle_to_matrix(torch.from_numpy(np.float64(rotations))).numpy()
