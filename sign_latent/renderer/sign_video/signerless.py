"""Pictures without a signer, in the colours of pictures of signers: from them a model learns what to refuse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter

Picture = np.ndarray
"""uint8 [H, W, 3]."""


def _between(picture: Picture, shares: np.ndarray, chance: np.random.Generator) -> Picture:
    """Two colours of the picture, mixed at each place in shares [H, W] from 0 to 1."""
    colours = picture.reshape(-1, 3)[chance.integers(picture.shape[0] * picture.shape[1], size=2)].astype(float)
    return np.rint(colours[0] + (colours[1] - colours[0]) * shares[..., None]).astype(np.uint8)


def _unit(values: np.ndarray) -> np.ndarray:
    return (values - values.min()) / max(np.ptp(values), 1e-9)


def clouds(picture: Picture, chance: np.random.Generator) -> Picture:
    """Noise of any fineness, shaded or in two colours."""
    noise = gaussian_filter(chance.normal(size=picture.shape[:2]), chance.choice([0, 1, 2, 4, 8, 16]), mode="wrap")
    return _between(picture, _unit(noise) if chance.random() < 0.5 else (noise > 0).astype(float), chance)


def ramps(picture: Picture, chance: np.random.Generator) -> Picture:
    """A ramp in any direction, once or several times over."""
    rows, columns = np.indices(picture.shape[:2])
    angle, times = chance.uniform(0, 2 * np.pi), chance.choice([1, 1, 2, 4, 8])
    along = _unit(np.cos(angle) * rows + np.sin(angle) * columns)
    return _between(picture, along if times == 1 else along * times % 1, chance)


def pieces(picture: Picture, chance: np.random.Generator) -> Picture:
    """The picture cut into rectangles, in another order; what is left over at two edges stays."""
    count = min(int(chance.choice([2, 4, 8, 12, 24])), *picture.shape[:2])
    high, wide = (side // count for side in picture.shape[:2])
    inner, found = picture[: count * high, : count * wide], picture.copy()
    cut = inner.reshape(count, high, count, wide, 3).swapaxes(1, 2).reshape(-1, high, wide, 3)
    mixed = cut[chance.permutation(len(cut))].reshape(count, count, high, wide, 3).swapaxes(1, 2)
    found[: count * high, : count * wide] = mixed.reshape(inner.shape)
    return found


KINDS: tuple[Callable[[Picture, np.random.Generator], Picture], ...] = (clouds, ramps, pieces)


def signerless(pictures: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """One of each kind for every picture [N, H, W, 3], uint8 [3 N, H, W, 3]."""
    return np.stack([kind(picture, chance) for picture in pictures for kind in KINDS])
