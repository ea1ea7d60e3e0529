"""Batches of clips of similar length, and padding. The order is a pure function of seed and step."""

import numpy as np
import torch

# Batches whose clips are sorted by length together: large enough to save padding, small enough to keep chance.
_POOL = 32


def steps_per_epoch(clips: int, batch_size: int) -> int:
    """Batches in which every clip is seen once (the last may be smaller)."""
    return -(-clips // batch_size)


def batch_indices(lengths: np.ndarray, batch_size: int, seed: int, step: int) -> np.ndarray:
    """Indices of the clips of one training step.

    A pure function, so a resumed run sees the same batches. Steps ``e*s … (e+1)*s - 1`` with
    ``s = steps_per_epoch(len(lengths), batch_size)`` are epoch ``e``, in which every clip comes exactly once.
    Clips are drawn at random, then sorted by length within pools of some batches, which saves padding.

    lengths: frames of each clip [N]. Returns at most ``batch_size`` indices.
    """
    if len(lengths) == 0 or batch_size < 1 or step < 0:
        raise ValueError(f"no batch of {batch_size} from {len(lengths)} clips at step {step}")
    epoch, place = divmod(step, steps_per_epoch(len(lengths), batch_size))
    chance = np.random.default_rng([seed, epoch])
    order = chance.permutation(len(lengths))
    batch = chance.permutation(steps_per_epoch(len(lengths), batch_size))[place]
    first = batch // _POOL * _POOL * batch_size
    pool = order[first : first + _POOL * batch_size]
    pool = pool[np.argsort(np.asarray(lengths)[pool], kind="stable")]
    start = batch % _POOL * batch_size
    return pool[start : start + batch_size]


def pad(arrays: list[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    """Stack arrays [T, ...] of different T with zeros at the end: ([B, T, ...], mask [B, T], true where valid)."""
    lengths = np.array([len(array) for array in arrays])
    first = np.asarray(arrays[0])
    padded = np.zeros((len(arrays), lengths.max(), *first.shape[1:]), first.dtype)
    for row, array in zip(padded, arrays, strict=True):
        row[: len(array)] = array
    return torch.from_numpy(padded), torch.from_numpy(np.arange(lengths.max()) < lengths[:, None])
