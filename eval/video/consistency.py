"""Does a video change from frame to frame as recordings do? Neither noise nor a frozen picture does.

A cosine of neighbouring frames, as is in use, gives white noise nearly 1. Here the change over 1, 2, 4 and 8 frames is
compared with that of recordings, in its mean and in its root mean square: motion changes little in one frame and more
in eight, and few pixels much; shuffled frames change as much in one as in eight; noise and flicker change all pixels
alike; what is frozen does not change at all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LAGS = (1, 2, 4, 8)
FLOOR = 1e-4
"""Of a change: far below one step of 8-bit pixels in a hundredth of a picture."""
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32) / 255


def changes(video: np.ndarray) -> np.ndarray:
    """Change of brightness (0 to 1) over each of `LAGS` frames of uint8 [T, H, W, 3]: its mean amount, and its root
    mean square [2, L]. nan for a lag that the video is too short for.
    """
    grey = video.astype(np.float32) @ _LUMA
    found = np.full((2, len(LAGS)), np.nan)
    for i, lag in enumerate(lag for lag in LAGS if lag < len(grey)):
        apart = np.abs(grey[lag:] - grey[:-lag])
        found[:, i] = apart.mean(dtype=np.float64), np.sqrt(np.square(apart).mean(dtype=np.float64))
    return found


def typical(recorded: Sequence[np.ndarray]) -> np.ndarray:
    """The geometric mean of `changes` of several recordings, for videos that stand beside no recording of their own.
    nan for a lag that all of them are too short for.
    """
    known = np.ma.masked_invalid(np.log(np.stack(recorded) + FLOOR))
    return np.exp(known.mean(axis=0).filled(np.nan)) - FLOOR


def consistency(made: np.ndarray, real: np.ndarray) -> float:
    """How alike two courses of `changes` are: exp(−mean |log ratio|), 1 where they are equal, falling to 0.

    Twice or half the change at every lag scores ½. nan where they have no lag in common.
    """
    known = np.isfinite(made) & np.isfinite(real)
    if not known.any():
        return float("nan")
    return float(np.exp(-np.abs(np.log((made[known] + FLOOR) / (real[known] + FLOOR))).mean()))
