"""Copies of a clip with other tempo and cut, for corpora too small to show such variety themselves."""

import numpy as np


def augmented(features: np.ndarray, copy: int, seed: int) -> np.ndarray:
    """Features [T, J, W] of copy ``copy``: 0 is the clip itself, others change in tempo and cut.

    Tempo is 85–115 %, and up to 8 % is lost at each end. 6-D rotations are interpolated linearly; they are
    orthonormalised when decoded.
    """
    if copy == 0 or len(features) < 4:
        return features
    chance = np.random.default_rng([seed, copy])
    frames = len(features)
    start, end = chance.uniform(0, 0.08) * frames, frames - 1 - chance.uniform(0, 0.08) * frames
    count = max(2, round((end - start + 1) * chance.uniform(0.87, 1.17)))
    places = np.linspace(start, end, count)
    below = np.floor(places).astype(int).clip(max=frames - 2)
    share = (places - below).astype(features.dtype)[:, None, None]
    return features[below] * (1 - share) + features[below + 1] * share
