"""Is it the signer of the reference image who appears? Told by colours alone: skin, hair, clothes, background.

No face is recognised. Colours tell drawn signers apart, and people only as far as clothes and rooms do: on recordings
read the share of ground truth that is told rightly first.
"""

from __future__ import annotations

import numpy as np

BINS = 8
"""Steps of each colour."""


def colours(pictures: np.ndarray) -> np.ndarray:
    """Square roots of the shares of colours in pictures uint8 [T, H, W, 3], a vector [BINS³] of length 1.

    A pixel counts for the eight steps around its colour, so that a shade more or less is not another colour.
    """
    flat = pictures.reshape(-1, 3).astype(np.float32) * ((BINS - 1) / 255)
    low = np.minimum(flat.astype(int), BINS - 2)
    share = flat - low
    found = np.zeros(BINS**3)
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, share, 1 - share), axis=1)
        at = (low + corner) @ (BINS**2, BINS, 1)
        found += np.bincount(at, weights=weight, minlength=BINS**3)
    return np.sqrt(found / len(flat))


def similarity(one: np.ndarray, other: np.ndarray) -> float:
    """Bhattacharyya coefficient of two results of `colours`: 1 for equal shares, 0 for no colour in common."""
    return float(one @ other)


def identified(made: np.ndarray, own: int, references: dict[int, np.ndarray]) -> bool:
    """Whether `colours` of a video are nearer to the own reference than to that of every other look.

    references: look -> `colours` of its reference image. Ties count against.
    """
    mine = similarity(made, references[own])
    return all(mine > similarity(made, other) for look, other in references.items() if look != own)
